"""The answer of a policy for one ticket: when each metric is due, by which promise, and why.

Each table gives at most one `Promise` for a metric: that of its first matching row with a target.
The promise with the earliest due date holds, and the others stay visible in `Deadline.promises`.
The earliest limit holds as well, so that a limit in one table does not excuse what is a breach by
another table.

`matching.py` makes these objects. Their texts are here: `explain`, `to_html` and `str`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._calendar.holidays import names_translator
from slacalc._i18n import ENGLISH, N_, translator
from slacalc._policy.attribute_tests import describe_when
from slacalc._policy.attributes import plain_value, value_text
from slacalc._policy.coverage import NOT_COVERED, TAKEN_AS_COVERED
from slacalc._policy.target_time import describe_time, is_date_of_ticket
from slacalc.errors import escape_lines, unknown_metric

if TYPE_CHECKING:
    from decimal import Decimal

    import pendulum

    from slacalc._calendar.calendar import Calendar
    from slacalc._calendar.ledger import Ledger
    from slacalc._i18n import Translator
    from slacalc._policy.attribute_tests import Test
    from slacalc._policy.attributes import Value

# Why a metric has no due date.
NOTHING = N_("nothing is promised")
NOT_BEGUN = N_("not begun: starts at {event}")
NO_DATE = N_("the ticket has no {field}")
_NO_DATE = NO_DATE.format(field="")


class Scaling(NamedTuple):
    """How adjustments of a policy led from the time of a row to that of a ticket.

    Args:
        within: The time of the row, as text.
        factors: Of each adjustment the factor and the conditions.
    """

    within: str
    factors: tuple[tuple[Decimal, Mapping[str, Test]], ...]

    def describe(self, translate: Translator) -> str:
        """The multiplication in words: ``4 working hours × 0.5 (tier is premium)``."""
        text = describe_time(self.within, translate)
        for factor, when in self.factors:
            text = translate("{within} × {factor}").format(within=text, factor=f"{factor:f}")
            if when:
                conditions = describe_when(when, translate)
                form = translate("{promise} ({conditions})")
                text = form.format(promise=text, conditions=conditions)
        return text


@attrs.frozen(kw_only=True)
class Promise:
    """What one row promises for a metric.

    Args:
        table: The table of the row.
        row: The row's place in the table, from 0.
        when: The row's conditions, in words.
        within: The time allowed, such as ``"4 working hours"``; None if words are promised instead.
        words: The words that are promised instead of a time; empty string if none.
        starts: The event that starts the clock, if it has not happened; otherwise an empty string.
        due: When the promise is due; None if it has no time or has not started.
        limit: When a late ticket is breached; None if the target has no limit.
        calendar: The name of the calendar that counts; empty string for elapsed time.
        rolled_from: The due date on a day off that was moved to a working day; None if it was not.
    """

    __module__ = "slacalc"

    table: str
    row: int
    when: str
    within: str | None
    words: str = ""
    starts: str = ""
    due: pendulum.DateTime | None = None
    limit: pendulum.DateTime | None = None
    calendar: str = ""
    rolled_from: pendulum.DateTime | None = None
    _conditions: Mapping[str, Test] = attrs.field(
        factory=dict, eq=False, repr=False, alias="conditions"
    )
    _scaling: Scaling | None = attrs.field(default=None, eq=False, repr=False, alias="scaling")

    @property
    def adjusted(self) -> str:
        """How adjustments led to its time; empty string if none applies.

        For example ``"4 working hours × 0.5 (tier is premium)"``.
        """
        return "" if self._scaling is None else self._scaling.describe(ENGLISH)

    @property
    def reason(self) -> str:
        """Why there is no due date; empty string if there is one."""
        if self.due is not None:
            return ""
        return self.words or NOT_BEGUN.format(event=self.starts)

    @property
    def path(self) -> str:
        """The row's path in the policy, such as ``tier-promise[1]``."""
        return f"{self.table}[{self.row}]"


class DeadlineTexts(NamedTuple):
    """A deadline in the words of a language, for a table.

    Args:
        metric: The metric.
        due: When it is due; empty string if it is not.
        limit: The limit; empty string if there is none.
        reason: Why it is not due; empty string if it is.
        within: The time that the promise in force allows.
        calendar: The calendar that counts.
        promises: The promises with their rows, the one in force first.
        notes: The consequence, the warnings, and whether the answer is provisional.
    """

    metric: str
    due: str
    limit: str
    reason: str
    within: str
    calendar: str
    promises: list[str]
    notes: list[str]


@attrs.frozen(kw_only=True)
class Alarm:
    """A moment at which to look at a ticket, because a warning of the policy says so.

    Args:
        at: The moment; None if there is none, for the `reason` given.
        threshold: The warning as the policy has it, such as ``"80 %"``.
        name: Who is notified, or what is done; empty string if the policy does not say.
        reason: Why there is no moment, such as ``"its calendar is never open"``; empty string if
            there is one.
    """

    __module__ = "slacalc"

    at: pendulum.DateTime | None
    threshold: str
    name: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class Deadline:
    """When one metric of a ticket is due, and by which promise.

    Args:
        metric: The metric.
        promises: The promises of the tables: the one that holds, then those it undercuts, then
            those that are words.
        start: When the clock starts; None if it has not started.
        limit: When a late ticket is breached; None if it is breached as soon as it is late.
        reason: Why there is no due date: the policy's words, such as ``"negotiated"``, or ``"not
            covered"``, ``"not begun: starts at accepted"``, ``"nothing is promised"``. Empty string
            if there is a due date.
        warnings: When to look at the ticket, in order; those without a moment come last.
        consequence: The name of what follows if it is missed; None if nothing does.
        provisional_from: The first date without officially published holidays, if the answer
            depends on it; otherwise None.
    """

    __module__ = "slacalc"

    metric: str
    promises: tuple[Promise, ...] = ()
    start: pendulum.DateTime | None = None
    limit: pendulum.DateTime | None = None
    reason: str = ""
    warnings: tuple[Alarm, ...] = ()
    consequence: str | None = None
    provisional_from: date | None = None
    # The calendar whose ledger explains the time until the due date.
    _calendar: Calendar | None = attrs.field(default=None, eq=False, repr=False, alias="_calendar")

    @property
    def _holds(self) -> Promise | None:
        return self.promises[0] if self.promises else None

    @property
    def due(self) -> pendulum.DateTime | None:
        """When the metric is due; None if it is not, for the `reason` given."""
        return self._holds.due if self._holds and not self.reason else None

    @property
    def within(self) -> str | None:
        """The time that the promise in force allows, such as ``"4 working hours"``."""
        return self._holds.within if self._holds else None

    @property
    def table(self) -> str | None:
        """The table of the promise in force."""
        return self._holds.table if self._holds else None

    @property
    def row(self) -> int | None:
        """The place of its row in the table, from 0."""
        return self._holds.row if self._holds else None

    @property
    def calendar(self) -> str | None:
        """The name of the calendar that counts; empty string for elapsed time."""
        return self._holds.calendar if self._holds else None

    @property
    def provisional(self) -> bool:
        """Whether the answer depends on holidays that are not officially published."""
        return self.provisional_from is not None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON or a row of a data frame."""
        return {
            "metric": self.metric,
            "due": _iso(self.due),
            "limit": _iso(self.limit),
            "reason": self.reason,
            "within": self.within,
            "table": self.table,
            "row": self.row,
            "calendar": self.calendar,
            "start": _iso(self.start),
            "provisional": self.provisional,
            "provisional_from": self.provisional_from and str(self.provisional_from),
            "consequence": self.consequence,
            "warnings": [
                {
                    "at": _iso(alarm.at),
                    "threshold": alarm.threshold,
                    "name": alarm.name,
                    "reason": alarm.reason,
                }
                for alarm in self.warnings
            ],
        }

    def to_html(self, *, language: str = "en") -> str:
        """Return the deadline as an HTML table, which notebooks show.

        Args:
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.
        """
        from slacalc._html.deadlines import deadlines_html  # noqa: PLC0415 - not needed until seen

        translate = translator(language)
        heading = translate("Deadline of {metric}").format(metric=self.metric)
        zone = "" if self.start is None else self.start.timezone_name or ""
        texts = _table_texts(self, translate, _offset([self.due, self.limit]))
        return deadlines_html(heading, [zone], [texts], "", translate)

    def _repr_html_(self) -> str:
        return self.to_html()

    def explain(self, *, language: str = "en") -> Explanation:
        """Explain the due date: the promises, and where the time until then goes.

        Args:
            language: The language of the text, such as ``"en"`` or ``"zh"``.
        """
        ledger, translate = None, names_translator(language)
        if self.due is not None and self.start is not None and self._calendar is not None:
            ledger = self._calendar.explain(self.start, self.due, language=language)
        return Explanation(
            text=escape_lines("\n".join(self._lines(ledger, translate))),
            rows=self._rows(),
            ledger=ledger,
        )

    def _rows(self) -> tuple[dict[str, Any], ...]:
        holds = self._holds
        return tuple(
            {
                "metric": self.metric,
                "outcome": _outcome(promise, is_first=promise is holds),
                "table": promise.table,
                "row": promise.row,
                "when": promise.when,
                "within": promise.within,
                "adjusted": promise.adjusted,
                "words": promise.words,
                "due": _iso(promise.due),
                "limit": _iso(promise.limit),
            }
            for promise in self.promises
        )

    def _lines(self, ledger: Ledger | None, translate: Translator) -> Iterator[str]:
        due, start, holds = self.due, self.start, self._holds
        offset = _offset([start, self.limit, *(promise.due for promise in self.promises)])
        if due is None or holds is None or start is None:
            reason = describe_reason(self.reason, translate)
            yield translate("{metric} has no due date: {reason}").format(
                metric=self.metric, reason=reason
            )
        else:
            form = (
                translate("{metric} is due {due}: {within} from {start}, calendar {calendar}")
                if holds.calendar
                else translate("{metric} is due {due}: {within} from {start}")
            )
            if is_date_of_ticket(holds.within or ""):
                form = translate("{metric} is due {due}: {within}")
            yield form.format(
                metric=self.metric,
                due=translate.instant(due, offset),
                within=describe_time(holds.within or "", translate),
                start=translate.instant(start, offset),
                calendar=holds.calendar,
            )
        for promise in self.promises:
            yield f"  {_promise_text(promise, offset, translate, holds=promise is holds)}"
        if self.limit is not None:
            late = translate("late from then on, breached after {limit}")
            yield f"  {late.format(limit=translate.instant(self.limit, offset))}"
        yield from (f"  {note}" for note in _notes(self, translate, offset))
        if ledger:
            yield from (f"    {line}" for line in str(ledger).splitlines())


def _offset(instants: Iterable[pendulum.DateTime | None]) -> str:
    """The format of an offset, ``%z``; empty string if all instants have the same one."""
    return "%z" if len({at.utcoffset() for at in instants if at is not None}) > 1 else ""


def _outcome(promise: Promise, *, is_first: bool) -> str:
    """What became of a promise: it holds, is undercut, has not begun, or is words."""
    if promise.words:
        return "words"
    if promise.starts:
        return "not begun"
    return "holds" if is_first else "undercut"


def _time_text(promise: Promise, offset: str, translate: Translator) -> str:
    """The time, or the words, that a promise allows, and when it is due."""
    if promise.words.startswith(_NO_DATE):
        return describe_reason(promise.words, translate)
    if promise.words:
        return translate('"{words}"').format(words=promise.words)
    within = describe_time(promise.within or "", translate)
    scaling = promise._scaling  # noqa: SLF001 - not for users, but for this package
    if scaling is not None:
        within = translate("{within} = {product}").format(
            within=within, product=scaling.describe(translate)
        )
    if promise.starts:
        return translate("{within} from {event}").format(within=within, event=promise.starts)
    if promise.due is None:
        return within
    if promise.rolled_from is not None:
        return translate("{within}, moved from {day_off}, a day off, due {due}").format(
            within=within,
            day_off=translate.instant(promise.rolled_from, offset),
            due=translate.instant(promise.due, offset),
        )
    return translate("{within}, due {due}").format(
        within=within, due=translate.instant(promise.due, offset)
    )


def _conditions_text(promise: Promise, translate: Translator) -> str:
    conditions = promise._conditions  # noqa: SLF001 - not for users, but for this package
    return describe_when(conditions, translate) if conditions else promise.when


def _promise_text(promise: Promise, offset: str, translate: Translator, *, holds: bool) -> str:
    """A promise with its row and the row's conditions."""
    if promise.when:
        form = (
            translate("promised by {row}: {promise}, where {conditions}")
            if holds
            else translate("beside it {row}: {promise}, where {conditions}")
        )
    else:
        form = (
            translate("promised by {row}: {promise}")
            if holds
            else translate("beside it {row}: {promise}")
        )
    return form.format(
        row=promise.path,
        promise=_time_text(promise, offset, translate),
        conditions=_conditions_text(promise, translate),
    )


def _notes(deadline: Deadline, translate: Translator, offset: str) -> Iterator[str]:
    """The consequence of a deadline, its warnings, and whether it is provisional."""
    if deadline.consequence:
        form = translate("if missed: {consequence}")
        yield form.format(consequence=deadline.consequence)
    for alarm in deadline.warnings:
        name = alarm.name or describe_threshold(alarm.threshold, translate)
        if alarm.at is None:
            form = translate("warning {name} cannot be placed: {reason}")
            yield form.format(name=name, reason=translate(alarm.reason))
        else:
            at = translate.instant(alarm.at, offset)
            yield translate("warning {at}: {name}").format(at=at, name=name)
    if deadline.provisional_from is not None:
        form = translate("provisional: holidays from {date} on are not published yet")
        yield form.format(date=deadline.provisional_from)


def _table_texts(deadline: Deadline, translate: Translator, offset: str) -> DeadlineTexts:
    """The row of a deadline in an HTML table."""
    due, limit = deadline.due, deadline.limit
    promises = []
    for place, promise in enumerate(deadline.promises):
        parts = [promise.path]
        if place or due is None:  # the time of the promise that holds has columns of its own
            text = _time_text(promise, offset, translate)
            parts = [translate("{row}: {promise}").format(row=promise.path, promise=text)]
        if promise.when:
            conditions = _conditions_text(promise, translate)
            parts.append(translate("where {conditions}").format(conditions=conditions))
        promises.append(translate.listed(parts))
    return DeadlineTexts(
        metric=deadline.metric,
        due="" if due is None else translate.instant(due, offset),
        limit="" if limit is None else translate.instant(limit, offset),
        reason=describe_reason(deadline.reason, translate),
        within="" if due is None else describe_time(deadline.within or "", translate),
        calendar="" if due is None else deadline.calendar or "",
        promises=promises,
        notes=list(_notes(deadline, translate, offset)),
    )


def describe_reason(reason: str, translate: Translator) -> str:
    """The reason why there is no due date, in a language; the policy's words stay as they are."""
    if reason.startswith(_NO_DATE):
        return translate(NO_DATE).format(field=reason.removeprefix(_NO_DATE))
    begins = NOT_BEGUN.format(event="")
    if reason.startswith(begins):
        return translate(NOT_BEGUN).format(event=reason.removeprefix(begins))
    return translate(reason) if reason in (NOTHING, NOT_COVERED) else reason


def describe_coverage(note: str, translate: Translator) -> str:
    """What there is to say about coverage, in a language; the policy's words stay as they are."""
    if note == TAKEN_AS_COVERED:
        return translate(note)
    return translate(NOT_COVERED) + note.removeprefix(NOT_COVERED)


def describe_threshold(threshold: str, translate: Translator) -> str:
    """The threshold of a warning, in a language."""
    within, _, side = threshold.rpartition(" ")
    forms = {"before": N_("{within} before"), "after": N_("{within} after")}
    if side not in forms:
        return threshold
    return translate(forms[side]).format(within=describe_time(within, translate))


def _iso(at: pendulum.DateTime | None) -> str | None:
    return None if at is None else at.isoformat()


@attrs.frozen(kw_only=True)
class Explanation:
    """Why a metric, or each metric of a ticket, is due when it is. Prints as text.

    Args:
        text: The explanation.
        rows: The promises as plain dictionaries, ready for JSON or a data frame.
        ledger: Where every second until the due date goes, for a single metric that has one.
    """

    __module__ = "slacalc"

    text: str
    rows: tuple[dict[str, Any], ...]
    ledger: Ledger | None = None

    def __str__(self) -> str:
        return self.text

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)


@attrs.frozen(kw_only=True)
class Deadlines(Mapping[str, Deadline]):
    """The deadlines of one ticket: a mapping of every metric of the policy to its `Deadline`.

    Args:
        policy: The name of the policy.
        received_at: When the request was received.
        ticket: The ticket's attributes as they were read, with defaults and derived ones filled in.
        effective_from: The first day of the version in force; None if the policy does not say.
        covered: Whether the contract covers the ticket.
        coverage_note: Why the ticket is not covered, or that it was taken as covered; empty string
            otherwise.
        entitlements: What the ticket is entitled to as well.
    """

    __module__ = "slacalc"

    policy: str
    received_at: pendulum.DateTime
    ticket: Mapping[str, Value]
    effective_from: date | None = None
    covered: bool = True
    coverage_note: str = ""
    entitlements: tuple[str, ...] = ()
    _by_metric: dict[str, Deadline] = attrs.field(alias="_by_metric")

    def __getitem__(self, metric: str) -> Deadline:
        try:
            return self._by_metric[metric]
        except KeyError:
            raise unknown_metric(metric, self._by_metric, self.policy) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_metric)

    def __len__(self) -> int:
        return len(self._by_metric)

    def __contains__(self, metric: object) -> bool:
        return metric in self._by_metric

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a plain dictionary for each metric, ready for JSON or a data frame."""
        return [deadline.to_dict() for deadline in self.values()]

    def to_dict(self) -> dict[str, Any]:
        """Return the whole answer as plain data, ready for JSON."""
        return {
            "policy": self.policy,
            "effective_from": self.effective_from and str(self.effective_from),
            "received_at": self.received_at.isoformat(),
            "ticket": {
                name: str(value) if isinstance(value, date) else plain_value(value)
                for name, value in self.ticket.items()
            },
            "covered": self.covered,
            "coverage_note": self.coverage_note,
            "entitlements": list(self.entitlements),
            "deadlines": self.to_dicts(),
        }

    def to_html(self, *, language: str = "en") -> str:
        """Return the deadlines as an HTML table, which notebooks show.

        Args:
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.
        """
        from slacalc._html.deadlines import deadlines_html  # noqa: PLC0415 - not needed until seen

        translate = translator(language)
        received = translate("received {at}").format(at=translate.instant(self.received_at))
        lines = [translate("; ").join([received, self.received_at.timezone_name or ""])]
        if self.effective_from:
            lines.append(translate("version of {date}").format(date=self.effective_from))
        lines.append(
            translate.listed(f"{name} = {value_text(value)}" for name, value in self.ticket.items())
        )
        lines += [describe_coverage(self.coverage_note, translate)] if self.coverage_note else []
        entitled = translate("entitled to {names}").format(
            names=translate.listed(self.entitlements)
        )
        offset = _offset(at for deadline in self.values() for at in (deadline.due, deadline.limit))
        return deadlines_html(
            translate("Deadlines under {policy}").format(policy=self.policy),
            lines,
            [_table_texts(deadline, translate, offset) for deadline in self.values()],
            entitled if self.entitlements else "",
            translate,
        )

    def _repr_html_(self) -> str:
        return self.to_html()

    def explain(self, *, language: str = "en") -> Explanation:
        """Explain why each metric is due when it is.

        Args:
            language: The language of the text, such as ``"en"`` or ``"zh"``.
        """
        translate = names_translator(language)
        parts = [deadline.explain(language=language) for deadline in self.values()]
        form = (
            translate("{policy}, version of {date}, received {at}")
            if self.effective_from
            else translate("{policy}, received {at}")
        )
        received = form.format(
            policy=self.policy, date=self.effective_from, at=translate.instant(self.received_at)
        )
        values = translate.listed(
            f"{name} = {value_text(value)}" for name, value in self.ticket.items()
        )
        lines = [
            translate("{received}: {values}").format(received=received, values=values)
            if values
            else received
        ]
        lines += [describe_coverage(self.coverage_note, translate)] if self.coverage_note else []
        lines += [part.text for part in parts]
        if self.entitlements:
            lines.append(
                translate("entitled to {names}").format(names=translate.listed(self.entitlements))
            )
        rows = tuple(row for part in parts for row in part.rows)
        return Explanation(text=escape_lines("\n".join(lines)), rows=rows)

    def __str__(self) -> str:
        width = max(map(len, self), default=0)
        offset = _offset(deadline.due for deadline in self.values())
        lines = []
        for name, deadline in self.items():
            due = deadline.due
            text = (
                deadline.reason
                if due is None
                else f"{ENGLISH.instant(due, offset)}  {deadline.within}"
            )
            lines.append(f"{name:<{width}}  {text}")
        return escape_lines("\n".join(lines))
