"""What a policy answers for one ticket: when each metric is due, who promised it, and why.

Promises are gathered table by table; within a table the first matching row with a target for the
metric speaks. Among the promises with a figure the earliest one holds, and the others stay visible
beside it. A bound is the later one of a target's due and its limit, and the earliest bound holds as
well, so that a limit in one table never excuses what another table calls a breach.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._i18n import ENGLISH, N_, translator
from slacalc._policy.attributes import value_text
from slacalc._policy.coverage import NOT_COVERED, TAKEN_AS_COVERED
from slacalc._policy.target_time import told as within_told
from slacalc.errors import unknown_metric

if TYPE_CHECKING:
    from datetime import date

    import pendulum

    from slacalc._calendar.calendar import Calendar
    from slacalc._calendar.ledger import Ledger
    from slacalc._i18n import Translator
    from slacalc._policy.attributes import AttributeTest, Value

# Why a metric has no due date.
NOTHING = N_("nothing is promised")
NOT_BEGUN = N_("not begun: starts at {event}")


@attrs.frozen(kw_only=True)
class Promise:
    """What one row promises for a metric.

    Args:
        table: The table of the row.
        row: Its place in the table, from 0.
        when: Its conditions, in words.
        within: How long it leaves; None where it promises words.
        words: The words in place of a figure; else the empty string.
        starts: What starts its clock, where that has not come; else the empty string.
        due: When it is due; None without a figure or a start.
        limit: Its later bound, where it has one.
        calendar: The name of the calendar that counts; the empty string for plain hours.
    """

    table: str
    row: int
    when: str
    within: str | None
    words: str = ""
    starts: str = ""
    due: pendulum.DateTime | None = None
    limit: pendulum.DateTime | None = None
    calendar: str = ""
    _conditions: Mapping[str, AttributeTest] = attrs.field(
        factory=dict, eq=False, repr=False, alias="conditions"
    )

    @property
    def reason(self) -> str:
        """Why it has no due; the empty string where it has one."""
        if self.due is not None:
            return ""
        return self.words or NOT_BEGUN.format(event=self.starts)

    @property
    def path(self) -> str:
        """Where it stands in the policy, such as ``tier-promise[1]``."""
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
    """A moment to look at a ticket.

    Args:
        at: The moment.
        threshold: How the policy puts it, such as ``"80 %"``.
        name: Who is called, or what is done.
    """

    at: pendulum.DateTime
    threshold: str
    name: str = ""


@attrs.frozen(kw_only=True)
class Deadline:
    """When one metric of a ticket is due, and by whose promise.

    Args:
        metric: The metric.
        promises: What the tables promise: the one that holds first, then those it undercuts, then
            words.
        start: When its clock starts; None where it has not yet.
        limit: The bound past which a ticket is breached and not merely late; None where that is
            the due itself.
        reason: Why there is no due: ``"negotiated"`` or other words of the policy, ``"not
            covered"``, ``"not begun: …"``, ``"nothing is promised"``; else the empty string.
        warnings: When to look at the ticket, in order.
        consequence: What follows where it is missed, by name.
        provisional_from: The first date whose holidays are not officially published, where the
            answer rests on it; else None.
    """

    metric: str
    promises: tuple[Promise, ...] = ()
    start: pendulum.DateTime | None = None
    limit: pendulum.DateTime | None = None
    reason: str = ""
    warnings: tuple[Alarm, ...] = ()
    consequence: str | None = None
    provisional_from: date | None = None
    _calendar: Calendar | None = attrs.field(default=None, eq=False, repr=False, alias="_calendar")

    @property
    def _holds(self) -> Promise | None:
        return self.promises[0] if self.promises else None

    @property
    def due(self) -> pendulum.DateTime | None:
        """When it is due; None where it is not, and `reason` says why."""
        return self._holds.due if self._holds and not self.reason else None

    @property
    def within(self) -> str | None:
        """How long the promise that holds leaves, such as ``"4 working hours"``."""
        return self._holds.within if self._holds else None

    @property
    def table(self) -> str | None:
        """The table of the promise that holds."""
        return self._holds.table if self._holds else None

    @property
    def row(self) -> int | None:
        """The place of its row in the table, from 0."""
        return self._holds.row if self._holds else None

    @property
    def calendar(self) -> str | None:
        """The name of the calendar that counts; the empty string for plain hours."""
        return self._holds.calendar if self._holds else None

    @property
    def provisional(self) -> bool:
        """Whether the answer rests on holidays that are not officially published."""
        return self.provisional_from is not None

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON or a row of a data frame."""
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
                {"at": alarm.at.isoformat(), "threshold": alarm.threshold, "name": alarm.name}
                for alarm in self.warnings
            ],
        }

    def to_html(self, *, language: str = "en") -> str:
        """The deadline as HTML: a table, which notebooks show by themselves.

        Args:
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.
        """
        from slacalc._html.deadlines import deadlines_html  # noqa: PLC0415 - not needed until seen

        translate = translator(language)
        heading = translate("Deadline of {metric}").format(metric=self.metric)
        zone = "" if self.start is None else self.start.timezone_name or ""
        told = self._texts(translate, _offset([self.due, self.limit]))
        return deadlines_html(heading, [zone], [told], "", translate)

    def _repr_html_(self) -> str:
        return self.to_html()

    def _texts(self, translate: Translator, offset: str) -> DeadlineTexts:
        """The deadline in words, for a table."""
        holds, has_due = self._holds, self.due is not None
        promises = []
        for promise in self.promises:
            told = "" if promise is holds and has_due else _told(promise, offset, translate)
            asks = translate.listed(
                test.told(name, translate) for name, test in promise._conditions.items()
            )
            parts = [
                translate("{row}: {told}").format(row=promise.path, told=told)
                if told
                else promise.path
            ]
            if promise.when:
                parts.append(translate("where {asks}").format(asks=asks or promise.when))
            promises.append(translate.listed(parts))
        notes = []
        if self.consequence:
            notes.append(translate("if missed: {consequence}").format(consequence=self.consequence))
        for alarm in self.warnings:
            name = alarm.name or describe_threshold(alarm.threshold, translate)
            at = translate.instant(alarm.at, offset)
            notes.append(translate("warning {at}: {name}").format(at=at, name=name))
        if self.provisional_from is not None:
            note = translate("provisional: holidays from {date} on are not published yet")
            notes.append(note.format(date=self.provisional_from))
        return DeadlineTexts(
            metric=self.metric,
            due="" if self.due is None else translate.instant(self.due, offset),
            limit="" if self.limit is None else translate.instant(self.limit, offset),
            reason=describe_reason(self.reason, translate),
            within=within_told(self.within, translate) if has_due and self.within else "",
            calendar=(self.calendar or "") if has_due else "",
            promises=promises,
            notes=notes,
        )

    def explain(self, *, language: str = "en") -> Explanation:
        """Why it is due when it is: the promises, and where the time until then goes.

        Args:
            language: The language it is told in, such as ``"en"`` or ``"zh"``.
        """
        ledger, translate = None, translator(language)
        if self.due is not None and self.start is not None and self._calendar is not None:
            ledger = self._calendar.explain(self.start, self.due, language=language)
        return Explanation(
            text="\n".join(self._lines(ledger, translate)), rows=self._rows(), ledger=ledger
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
            yield translate("{metric} has no due: {reason}").format(
                metric=self.metric, reason=reason
            )
        else:
            form = (
                translate("{metric} is due {due}: {within} from {start}, calendar {calendar}")
                if holds.calendar
                else translate("{metric} is due {due}: {within} from {start}")
            )
            yield form.format(
                metric=self.metric,
                due=translate.instant(due, offset),
                within=within_told(holds.within or "", translate),
                start=translate.instant(start, offset),
                calendar=holds.calendar,
            )
        for promise in self.promises:
            told = _told(promise, offset, translate)
            yield f"  {_promised(promise, told, translate, holds=promise is holds)}"
        if self.limit is not None:
            late = translate("late from then on, breached after {limit}")
            yield f"  {late.format(limit=translate.instant(self.limit, offset))}"
        if self.consequence:
            missed = translate("if missed: {consequence}").format(consequence=self.consequence)
            yield f"  {missed}"
        for alarm in self.warnings:
            name = alarm.name or describe_threshold(alarm.threshold, translate)
            at = translate.instant(alarm.at, offset)
            warning = translate("warning {at}: {name}").format(at=at, name=name)
            yield f"  {warning}"
        if self.provisional_from is not None:
            note = translate("provisional: holidays from {date} on are not published yet")
            yield f"  {note.format(date=self.provisional_from)}"
        if ledger:
            yield from (f"    {line}" for line in str(ledger).splitlines())


def _offset(instants: Iterable[pendulum.DateTime | None]) -> str:
    """How to show an offset: not at all, where all instants have the same."""
    return "%z" if len({at.utcoffset() for at in instants if at is not None}) > 1 else ""


def _outcome(promise: Promise, *, is_first: bool) -> str:
    """What became of a promise: it holds, is undercut, has not begun, or has words alone."""
    if promise.words:
        return "words"
    if promise.starts:
        return "not begun"
    return "holds" if is_first else "undercut"


def _told(promise: Promise, offset: str, translate: Translator) -> str:
    """What a promise leaves, and when it is due."""
    if promise.words:
        return translate('"{words}"').format(words=promise.words)
    within = within_told(promise.within or "", translate)
    if promise.starts:
        return translate("{within} from {event}").format(within=within, event=promise.starts)
    if promise.due is None:
        return within
    return translate("{within}, due {due}").format(
        within=within, due=translate.instant(promise.due, offset)
    )


def _promised(promise: Promise, told: str, translate: Translator, *, holds: bool) -> str:
    """A promise with its row, and what the row asks of tickets."""
    if not promise.when:
        form = (
            translate("promised by {row}: {told}")
            if holds
            else translate("beside it {row}: {told}")
        )
        return form.format(row=promise.path, told=told)
    asks = translate.listed(
        test.told(name, translate) for name, test in promise._conditions.items()
    )
    form = (
        translate("promised by {row}: {told}, where {asks}")
        if holds
        else translate("beside it {row}: {told}, where {asks}")
    )
    return form.format(row=promise.path, told=told, asks=asks or promise.when)


def describe_reason(reason: str, translate: Translator) -> str:
    """Why there is no due; the words of a policy are left as they are."""
    begins = NOT_BEGUN.format(event="")
    if reason.startswith(begins):
        return translate(NOT_BEGUN).format(event=reason.removeprefix(begins))
    return translate(reason) if reason in (NOTHING, NOT_COVERED) else reason


def describe_coverage(note: str, translate: Translator) -> str:
    """What is to be said of coverage; the words of a policy are left as they are."""
    if note == TAKEN_AS_COVERED:
        return translate(note)
    return translate(NOT_COVERED) + note.removeprefix(NOT_COVERED)


def describe_threshold(threshold: str, translate: Translator) -> str:
    """When a warning comes: a share of the target, or a time before or after it is due."""
    within, _, side = threshold.rpartition(" ")
    forms = {"before": N_("{within} before"), "after": N_("{within} after")}
    if side not in forms:
        return threshold
    return translate(forms[side]).format(within=within_told(within, translate))


def _iso(at: pendulum.DateTime | None) -> str | None:
    return None if at is None else at.isoformat()


@attrs.frozen(kw_only=True)
class Explanation:
    """Why something is due when it is.

    Args:
        text: The explanation as people read it, which is also how it prints.
        rows: The promises as plain dictionaries, ready for JSON or a data frame.
        ledger: Where every second until the due goes, for the single metric explained.
    """

    text: str
    rows: tuple[dict[str, Any], ...]
    ledger: Ledger | None = None

    def __str__(self) -> str:
        return self.text

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)


@attrs.frozen(kw_only=True)
class Deadlines(Mapping[str, Deadline]):
    """The deadlines of one ticket, by metric; all metrics of the policy are there.

    Args:
        policy: The name of the policy.
        effective_from: When the version that holds took effect, where the policy says so.
        received_at: When the request was received.
        ticket: The attributes as they were read, with defaults and derived ones filled in.
        covered: Whether the contract covers the ticket.
        coverage_note: What the policy says of coverage: why not, or that it was taken for granted.
        entitlements: What the ticket is entitled to besides.
    """

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
        """A plain dictionary for each metric, ready for JSON or a data frame."""
        return [deadline.to_dict() for deadline in self.values()]

    def to_dict(self) -> dict[str, Any]:
        """The whole answer as plain data, ready for JSON."""
        return {
            "policy": self.policy,
            "effective_from": self.effective_from and str(self.effective_from),
            "received_at": self.received_at.isoformat(),
            "ticket": {
                name: value if isinstance(value, str | int) else str(value)
                for name, value in self.ticket.items()
            },
            "covered": self.covered,
            "coverage_note": self.coverage_note,
            "entitlements": list(self.entitlements),
            "deadlines": self.to_dicts(),
        }

    def to_html(self, *, language: str = "en") -> str:
        """The deadlines as HTML: a table, which notebooks show by themselves.

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
            translate.listed(f"{name} = {value_text(one)}" for name, one in self.ticket.items())
        )
        lines += [describe_coverage(self.coverage_note, translate)] if self.coverage_note else []
        entitled = translate("entitled to {names}").format(
            names=translate.listed(self.entitlements)
        )
        offset = _offset(at for one in self.values() for at in (one.due, one.limit))
        return deadlines_html(
            translate("Deadlines under {policy}").format(policy=self.policy),
            lines,
            [one._texts(translate, offset) for one in self.values()],
            entitled if self.entitlements else "",
            translate,
        )

    def _repr_html_(self) -> str:
        return self.to_html()

    def explain(self, *, language: str = "en") -> Explanation:
        """Why each metric is due when it is.

        Args:
            language: The language it is told in, such as ``"en"`` or ``"zh"``.
        """
        translate = translator(language)
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
            f"{name} = {value_text(one)}" for name, one in self.ticket.items()
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
        return Explanation(text="\n".join(lines), rows=rows)

    def __str__(self) -> str:
        width = max(map(len, self), default=0)
        offset = _offset(deadline.due for deadline in self.values())
        lines = []
        for name, deadline in self.items():
            due = deadline.due
            told = (
                deadline.reason
                if due is None
                else f"{ENGLISH.instant(due, offset)}  {deadline.within}"
            )
            lines.append(f"{name:<{width}}  {told}")
        return "\n".join(lines)
