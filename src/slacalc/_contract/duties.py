"""Recurring duties, such as monthly visits: what was owed, and whether it was done in time.

Read next: `duty_evaluation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, overload

import attrs
import numpy as np

from slacalc._calendar.arguments import is_date
from slacalc._columns.input import check_choice, read_instant
from slacalc._columns.kernel import MISSING
from slacalc._contract.credits import Miss, PromiseOutcome
from slacalc._contract.customers import read_tables
from slacalc._contract.duty_evaluation import LATE, MISSED, STATES, Evaluation
from slacalc._contract.periods import ContractPeriod, agreements_of, parse_period
from slacalc._contract.tables import faulty_rows
from slacalc._html.markup import quiet, table, title, view
from slacalc._i18n import ENGLISH, N_, NN_, translator
from slacalc._policy.policy import check_policy
from slacalc._time.dates import parse_date
from slacalc._time.instants import EARLIEST, FIRST_YEAR, LAST_YEAR
from slacalc.errors import ContractError, SlacalcError, one_line, unknown_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    import pendulum
    from numpy.typing import NDArray

    from slacalc._contract.duty_evaluation import Slots, State
    from slacalc._contract.tables import FaultyRow, TableErrors, UnknownName
    from slacalc._i18n import Translator
    from slacalc._policy.money import Money
    from slacalc._policy.policy import Policy

_STATE_WORDS = {
    "done": N_("done"),
    "done late": N_("done late"),
    "missed": N_("missed"),
    "open": N_("open"),
    "not covered": N_("not covered"),
}
_HEADINGS = (N_("customer"), N_("duty"), N_("period"), N_("due"), N_("state"), N_("done at"))
_COUNTED = NN_("{count} of {times} time", "{count} of {times} times")
_MOST_SHOWN, _MOST_ROWS = 30, 10


# Results ------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class DutyPeriod:
    """A duty to a customer in one period, or after one event.

    Args:
        customer: The name of the customer.
        duty: The name of the duty.
        words: What is owed, in words.
        period: The period; None for a duty after an event.
        due: When it is due; a last day ends at midnight. None if it has no due date.
        last_day: The last day on which it is in time; None if it has no due date.
        state: ``"done"``, ``"done late"``, ``"missed"``, ``"open"``, or ``"not covered"`` if the
            contract does not last until it is due.
        done_at: When it was done; None if it is not done.
        count: How many events of the period count for it.
        times: How many it needs.
        amount: The sum of their amounts; None if it has no budget.
        budget: The least sum; None if it has none.
        events: The rows of these events in the log, from 0.
        after_row: The row of the event after which it is owed; None if it recurs.
        is_provisional: Whether the due date depends on holidays that are not published yet.
    """

    __module__ = "slacalc.contract"

    customer: Any
    duty: str
    words: str
    period: ContractPeriod | None
    due: pendulum.DateTime | None
    last_day: date | None
    state: State
    done_at: pendulum.DateTime | None
    count: int
    times: int
    amount: Money | None
    budget: Money | None
    events: tuple[int, ...]
    after_row: int | None
    is_provisional: bool

    @property
    def is_late(self) -> bool:
        """Whether it was done late, or is missed."""
        return self.state in ("done late", "missed")

    def explain(self, language: str = "en") -> str:
        """Say how the state comes about.

        Args:
            language: The language, such as ``"en"`` or ``"zh"``.
        """
        return _explain(self, translator(language))

    def __str__(self) -> str:
        return _explain(self, ENGLISH)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, ready for JSON."""
        return {
            "customer": self.customer,
            "duty": self.duty,
            "period": None if self.period is None else str(self.period),
            "due": None if self.due is None else self.due.isoformat(),
            "last_day": None if self.last_day is None else self.last_day.isoformat(),
            "state": self.state,
            "done_at": None if self.done_at is None else self.done_at.isoformat(),
            "count": self.count,
            "times": self.times,
            "amount": None if self.amount is None else str(self.amount),
            "budget": None if self.budget is None else str(self.budget),
            "events": list(self.events),
            "after_row": self.after_row,
            "is_provisional": self.is_provisional,
        }


def _due_text(duty: DutyPeriod, translate: Translator) -> str:
    if duty.due is None or duty.last_day is None:
        return ""
    is_day = duty.due.date() > duty.last_day
    return duty.last_day.isoformat() if is_day else translate.instant(duty.due)


def _period_text(duty: DutyPeriod, translate: Translator) -> str:
    if duty.period is not None:
        return str(duty.period)
    return translate(N_("after row {row}")).format(row=duty.after_row)


def _explain(duty: DutyPeriod, translate: Translator) -> str:
    if duty.budget is not None:
        figure = translate(N_("{amount} of {budget}")).format(
            amount=duty.amount, budget=duty.budget
        )
    else:
        figure = translate.plural(*_COUNTED, duty.times).format(count=duty.count, times=duty.times)
    parts = [_period_text(duty, translate)]
    if duty.due is not None:
        parts.append(translate(N_("due {date}")).format(date=_due_text(duty, translate)))
    parts.append(figure)
    if duty.events:
        more = len(duty.events) - _MOST_ROWS
        rows = [*map(str, duty.events[:_MOST_ROWS]), *([f"+{more}"] if more > 0 else [])]
        parts.append(translate(N_("rows {rows}")).format(rows=" ".join(rows)))
    state = translate(_STATE_WORDS[duty.state])
    if duty.state == "not covered":
        state = translate(N_("not covered, since it is due outside the contract"))
    elif duty.done_at is not None:
        form = translate(N_("{state} {instant}"))
        state = form.format(state=state, instant=translate.instant(duty.done_at))
    form = translate(N_("{duty}, {customer}: {state} ({details})"))
    return form.format(
        duty=duty.words or duty.duty,
        customer=duty.customer,
        state=state,
        details=translate(", ").join(parts),
    )


class Duties(Sequence[DutyPeriod]):
    """The duties to customers by period, in the order of customers, duties and periods.

    Attributes:
        as_of: The instant at which they are evaluated.
        errors: The faulty rows of the tables, which do not count.
    """

    __module__ = "slacalc.contract"

    def __init__(
        self,
        evaluation: Evaluation,
        slots: Slots,
        errors: tuple[FaultyRow, ...],
        selected: tuple[int | None, str | None] = (None, None),
    ) -> None:
        self._evaluation, self._slots, self._selected = evaluation, slots, selected
        self._zone = evaluation.policy.zone
        self.errors = errors
        self.as_of = self._zone.datetime(evaluation.as_of)

    def __len__(self) -> int:
        return len(self._slots.customer)

    @overload
    def __getitem__(self, place: int) -> DutyPeriod: ...
    @overload
    def __getitem__(self, place: slice) -> list[DutyPeriod]: ...
    def __getitem__(self, place: int | slice) -> Any:
        places = range(len(self))[place]
        return self._duty(places) if isinstance(places, int) else [*map(self._duty, places)]

    def __iter__(self) -> Iterator[DutyPeriod]:
        return map(self._duty, range(len(self)))

    def _duty(self, place: int) -> DutyPeriod:
        values = [int(column[place]) for column in self._slots]
        customer, plan, first, after, _, due, limit, state, done_at, begin, end, trigger = values
        evaluation, zone = self._evaluation, self._zone
        of = evaluation.plans[plan]
        period = last_day = None
        if trigger < 0:
            days = date.fromordinal(first), date.fromordinal(after)
            period = ContractPeriod.of_days(*days, zone)
        if due != MISSING:
            last_day = zone.date(limit)
        unpublished = of.dates.provisional_from
        return DutyPeriod(
            customer=evaluation.customers.names[customer],
            duty=of.name,
            words=of.duty.words,
            period=period,
            due=zone.datetime(due) if due != MISSING else None,
            last_day=last_day,
            state=STATES[state],
            done_at=zone.datetime(done_at) if done_at != MISSING else None,
            count=end - begin,
            times=of.duty.times,
            amount=of.amount(begin, end),
            budget=of.duty.budget,
            events=tuple(evaluation.log.rows[of.events[begin:end]].tolist()),
            after_row=None if trigger < 0 else int(evaluation.log.rows[trigger]),
            is_provisional=bool(unpublished and last_day and last_day >= unpublished),
        )

    def select(
        self,
        *,
        customer: Any = None,
        duty: str | None = None,
        state: State | None = None,
        due_in: Any = None,
    ) -> Duties:
        """Return those of a customer, of a duty, in a state, or due in a period.

        Args:
            customer: The name of the customer. Default: all.
            duty: The name of the duty. Default: all.
            state: The state. Default: all.
            due_in: The period that contains the last day, such as ``"2026-05"``. Default: any.

        Raises:
            ContractError: There is no such customer, duty, state or period.
        """
        slots, keep = self._slots, np.ones(len(self), np.bool_)
        place, name = self._selected
        if customer is not None:
            known = self._evaluation.customers.places
            place = known[_known(customer, "customer", known)]
            keep &= slots.customer == place
        if duty is not None:
            names = [plan.name for plan in self._evaluation.plans]
            name = _known(duty, "duty", names)
            keep &= np.array([each == name for each in names], np.bool_)[slots.plan]
        if state is not None:
            keep &= slots.state == STATES.index(_known(state, "state", STATES))
        if due_in is not None:
            keep &= self._is_due_in(parse_period(due_in, self._zone))
        rows = np.flatnonzero(keep)
        return Duties(self._evaluation, slots.take(rows), self.errors, (place, name))

    def _is_due_in(self, period: ContractPeriod) -> NDArray[np.bool_]:
        due, limit = self._slots.due, self._slots.limit
        is_due: NDArray[np.bool_] = (
            (due != MISSING) & (period.starts <= limit) & (limit < period.ends)
        )
        return is_due

    @property
    def counts(self) -> dict[State, int]:
        """How many are in each state."""
        numbers = np.bincount(self._slots.state, minlength=len(STATES)).tolist()
        return dict(zip(STATES, numbers, strict=True))

    def next_change(self, after: datetime | str | None = None) -> pendulum.DateTime | None:
        """Return when the next state changes without an event; None if none will.

        That is when a due date has passed, or a period begins in which something is owed. One timer
        for all customers and duties is enough. After `select`, it is about the chosen customer and
        duty.

        Args:
            after: The instant to look from, not before `as_of`. Default: `as_of`.

        Raises:
            ContractError: *after* is before `as_of`.
        """
        as_of = self._evaluation.as_of
        at = as_of if after is None else read_instant(after, "after", None)
        if at < as_of:
            msg = f"after: {after} is before {self.as_of}, at which the duties are evaluated"
            raise ContractError(msg, argument="after", given=after)
        change = self._evaluation.next_change(at, *self._selected)
        return None if change is None else self._zone.datetime(change)

    def outcomes(self, period: Any) -> dict[str, PromiseOutcome]:
        """What `credits` needs to know of each duty: what was due in a period, but not in time.

        Args:
            period: The period.
        """
        span = parse_period(period, self._zone)
        names = agreements_of(self._evaluation.policy, span).duties
        misses: dict[str, list[Miss]] = {name: [] for name in names}
        is_late = np.isin(self._slots.state, (LATE, MISSED)) & self._is_due_in(span)
        for place in np.flatnonzero(is_late).tolist():
            duty, slot = self[place], self._slots.take(place)
            if duty.duty not in misses:
                continue
            # A day that ends at midnight is dated by its last instant, and so is what is done late.
            due, shift = int(slot.due), int(slot.due - slot.limit)
            done_at = self._evaluation.as_of if slot.done_at == MISSING else int(slot.done_at)
            miss = Miss(
                due - shift,
                done_at - shift,
                self._evaluation.plans[int(slot.plan)].duty.calendar,
                was_done=duty.state == "done late",
                reference=f"{duty.customer}, {_period_text(duty, ENGLISH)}",
            )
            misses[duty.duty].append(miss)
        return {
            name: PromiseOutcome(is_missed=bool(late), misses=tuple(late))
            for name, late in misses.items()
        }

    def check_for(self, policy: Policy, as_of: int) -> None:
        """Raise `ContractError` if these are the duties of another policy, or end too early."""
        of = self._evaluation
        if of.policy != policy:
            msg = f"duties: they are those of {of.policy.name}, evaluated by another policy"
            raise ContractError(msg, argument="duties", given=of.policy.name)
        if of.as_of < as_of - 1:
            needed = self._zone.datetime(as_of)
            msg = f"duties: they are evaluated as of {self.as_of}, and are needed as of {needed}"
            raise ContractError(msg, argument="duties", given=str(self.as_of))

    @property
    def unknown(self) -> tuple[UnknownName, ...]:
        """The types of events, up to `as_of`, that no duty and no penalty has (`UnknownName`)."""
        of = self._evaluation
        return of.log.unknown_types(of.policy, EARLIEST, of.as_of)

    def unknown_in(self, period: ContractPeriod) -> tuple[UnknownName, ...]:
        """As `unknown`, of the events in a period.

        Args:
            period: The period.
        """
        of = self._evaluation
        return of.log.unknown_types(of.policy, period.starts, min(of.as_of, period.ends - 1))

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return each as plain data, ready for JSON."""
        return [duty.to_dict() for duty in self]

    def _rows(self, translate: Translator) -> list[list[str]]:
        return [
            [
                one_line(str(duty.customer)),
                duty.duty,
                _period_text(duty, translate),
                _due_text(duty, translate),
                translate(_STATE_WORDS[duty.state]),
                translate.instant(duty.done_at) if duty.done_at else "",
            ]
            for duty in self[:_MOST_SHOWN]
        ]

    def _notes(self, translate: Translator) -> list[str]:
        notes = []
        if len(self) > _MOST_SHOWN:
            form = translate(N_("and {count} more"))
            notes.append(form.format(count=f"{len(self) - _MOST_SHOWN:,}"))
        notes += [one_line(item.text(translate)) for item in self.unknown]
        if self.errors:
            form = translate.plural(
                "{count} faulty row does not count",
                "{count} faulty rows do not count",
                len(self.errors),
            )
            notes.append(form.format(count=f"{len(self.errors):,}"))
        return notes

    def __str__(self) -> str:
        rows = self._rows(ENGLISH)
        widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in [_HEADINGS, *rows]
        ]
        return "\n".join([*lines, *self._notes(ENGLISH)])

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {state}" for state, count in self.counts.items() if count)
        return f"Duties({counts})"

    def to_html(self, *, language: str = "en") -> str:
        """Return the first of them as HTML; notebooks show it.

        Args:
            language: The language, such as ``"en"`` or ``"zh"``.
        """
        translate = translator(language)
        heading = translate(N_("Duties"))
        return view(
            title(heading, translate.instant(self.as_of)),
            table(
                [translate(each) for each in _HEADINGS],
                self._rows(translate),
                caption=heading,
                is_titled=True,
            ),
            *map(quiet, self._notes(translate)),
            label=heading,
        )

    def _repr_html_(self) -> str:
        return self.to_html()


def duties(
    policy: Policy,
    customers: Any,
    events: Any,
    as_of: datetime | str,
    *,
    since: date | str | None = None,
    until: date | str | None = None,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: TableErrors = "raise",
) -> Duties:
    """Find which duties are owed to which customers, and what became of them.

    A duty counts if its due date lies within the customer's contract. An event counts for the
    period that contains it; where a due date moves from a day off beyond the period, for the first
    period that still needs it.

    Args:
        policy: The policy. The duties of the version in force on the first day of a period count.
        customers: A table with one row per customer: a data frame of pandas or Polars, a table of
            PyArrow, a mapping of names to columns, or a list of dictionaries. It has ``customer``
            and the attributes that duties and coverage depend on. It may have ``from`` and
            ``until``, the first and the last day of the contract.
        events: A table with one row per event: ``customer``, ``at``, ``type``, and fields such as
            ``amount``: whole numbers, decimals, or text such as ``"CNY 120.50"``.
        as_of: The instant of evaluation. Later events have not happened.
        since: The first day; earlier periods do not count. Default: the beginning of
            each contract, or if it is not known, the first event of all.
        until: The last day; later periods do not count. Default: that of *as_of*.
        columns: The names of the tables' columns where they differ, such as ``{"at": "when"}``.
        naive: The time zone of times without one.
        errors: Whether the first faulty row is raised (``"raise"``), or faulty rows do not count
            and are listed in `Duties.errors` (``"column"``).

    Returns:
        `Duties`: a sequence with a `DutyPeriod` each.

    Raises:
        ColumnError: A table cannot be read.
        ContractError: A day is not one, or *until* lies before *since*.
        NaiveDatetimeError: Times have no zone, and *naive* is not given.

    Example:
        >>> from slacalc import Policy, contract
        >>> policy = Policy("care", duties={"visit": {"every": "month"}})
        >>> customers = [{"customer": "acme", "from": "2026-01-15"}]
        >>> events = [{"customer": "acme", "at": "2026-01-20T09:00Z", "type": "visit"}]
        >>> print(contract.duties(policy, customers, events, "2026-03-20T00:00Z"))
        customer  duty   period                  due         state   done at
        acme      visit  2026-01-15..2026-02-14  2026-02-14  done    Tue 2026-01-20 09:00
        acme      visit  2026-02-15..2026-03-14  2026-03-14  missed
        acme      visit  2026-03-15..2026-04-14  2026-04-14  open
    """
    check_policy(policy)
    check_choice(errors, "errors", ("raise", "column"))
    at = read_instant(as_of, "as_of", naive)
    zone = policy.zone
    first = None if since is None else _read_day(since, "since")
    last = zone.date(at) if until is None else _read_day(until, "until")
    if first is not None and last < first:
        msg = f"until: {last} lies before since, {first}"
        raise ContractError(msg, argument="until", given=until)
    people, log = read_tables(policy, customers, events, columns, naive)
    evaluation = Evaluation(policy, people, log, at)
    begin = None if first is None else zone.midnight(first)
    end = at if until is None else zone.midnight(last + timedelta(1)) - 1
    slots = evaluation.evaluate(begin, end)
    faulty = (
        *faulty_rows(people.errors, "customers", errors),
        *faulty_rows(log.errors, "events", errors),
    )
    return Duties(evaluation, slots, faulty)


def _known(value: Any, what: str, known: Collection[Any]) -> Any:
    if value not in known:
        raise unknown_name(ContractError, f"a {what}", value, known, argument=what)
    return value


def _read_day(value: Any, argument: str) -> date:
    detail = ""
    try:
        if is_date(value) or isinstance(value, str):
            day = parse_date(value)
            if FIRST_YEAR <= day.year <= LAST_YEAR:
                return day
            detail = f": it lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
    except SlacalcError as error:
        detail = f": {error}"
    msg = f"{argument}: {value!r} is not a day, such as 2026-05-01{detail}"
    raise ContractError(msg, argument=argument, given=value)
