"""Evaluate duties: which are owed to which customers in which periods, and what became of them.

How it works: the periods and due dates of a duty are worked out once for all contracts that begin
and end at the same instants. The events that fulfil it are sorted by customer and instant, so that
those of all periods are found at once, by bisection.

Read next: `customers` and `slacalc._policy.duty_dates`.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from decimal import Decimal
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from slacalc._columns.arithmetic import Arrays
from slacalc._columns.kernel import BEYOND, MISSING
from slacalc._policy.conditions import Clause, Condition
from slacalc._policy.coverage import supported
from slacalc._policy.duty_dates import NO_ANCHOR, DutyDates
from slacalc._policy.money import Money
from slacalc._time.instants import EARLIEST, LATEST, horizon_error
from slacalc.errors import ColumnError, ContractError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._contract.customers import CustomerEvents, Customers
    from slacalc._policy.agreements import Duty
    from slacalc._policy.policy import Policy

State: TypeAlias = Literal["done", "done late", "missed", "open", "not covered"]
STATES: tuple[State, ...] = get_args(State)
DONE, LATE, MISSED, OPEN, NOT_COVERED = range(5)
_AMOUNT = "amount"
_DECIMALS = 6  # of amounts, at most


class Slots(NamedTuple):
    """Duties to customers by period, as arrays; see `duties.DutyPeriod`.

    Args:
        customer: The place of the customer.
        plan: The place of the duty among the plans.
        first: The ordinal of the first day; -1 after an event.
        after: The ordinal of the day after the last.
        starts: The instant from which it is owed.
        due: The due date; `MISSING`: none.
        limit: The last instant that is in time; `LATEST` if it has no due date.
        state: The place of the state in `STATES`.
        done_at: When it was done; `MISSING`: it is not.
        begin, end: The range of its events among those of the plan.
        trigger: The place of the event after which it is owed; -1: none.
    """

    customer: Integers
    plan: Integers
    first: Integers
    after: Integers
    starts: Integers
    due: Integers
    limit: Integers
    state: Integers
    done_at: Integers
    begin: Integers
    end: Integers
    trigger: Integers

    def take(self, rows: Any) -> Slots:
        """Some of them."""
        return Slots(*(column[rows] for column in self))


NO_SLOTS = Slots(*[np.empty(0, np.int64)] * len(Slots._fields))


class Plan:
    """A duty of one version of a policy: the contracts for which it is owed, and its events.

    Args:
        place: The place of the version.
        name: The name of the duty.
        evaluation: The evaluation.
        owed: Which customers it is owed to.
    """

    def __init__(self, place: int, name: str, evaluation: Evaluation, owed: Any) -> None:
        self.place, self.name = place, name
        self.version: Policy = evaluation.policy.all_versions[place]
        self.duty: Duty = self.version.duties[name]
        keys = ("every", "due", "within", "from_", "roll", "calendar")
        self.form = (place, *(str(getattr(self.duty, key)) for key in keys))
        self.dates = evaluation.dates_of(self)
        terms = evaluation.terms[place]
        self.terms = type(terms)(*(column[owed[terms.customer]] for column in terms))
        self._log, until = evaluation.log, evaluation.as_of
        done_by = self.duty.done_by or Condition((Clause(name),))
        self.events = self._log.meeting(done_by, until)
        self.triggers: Integers = np.empty(0, np.int64)
        if self.duty.after is not None:
            self.triggers = self._log.meeting(self.duty.after, until)
        self._amounts: Any = None
        if self.duty.budget is not None:
            self._amounts = self._read_amounts(self.duty.budget.currency)
        self.sums: Any = None
        self._keys: Integers = np.empty(0, np.int64)

    def _read_amounts(self, currency: str) -> Any:
        """The amounts of its events in millionths; those that cannot be read are faulty."""
        log = self._log
        codes, values = log.field(_AMOUNT) if len(self.events) else (self.events, [])
        amounts: list[int] = []
        for code, value in enumerate(values):
            try:
                amounts.append(_millionths(value, currency))
            except SlacalcError as error:
                amounts.append(0)
                rows = self.events[codes[self.events] == code]
                log.errors.add(log.rows[rows], error)
        missing = self.events[codes[self.events] < 0]
        if len(missing):
            msg = f"the event has no amount, which duties.{self.name} adds up"
            log.errors.add(log.rows[missing], ColumnError(msg, column=_AMOUNT, given=None))
        return np.array([*amounts, 0], object)[codes[self.events]]

    def skip_faulty(self) -> None:
        """Skip events that are faulty for some duty, and add up the amounts of the others."""
        faulty = self._log.errors.rows
        if faulty is not None:
            kept = ~faulty[self._log.rows[self.events]]
            self.events = self.events[kept]
            self._amounts = None if self._amounts is None else self._amounts[kept]
            self.triggers = self.triggers[~faulty[self._log.rows[self.triggers]]]
        self._keys = self._log.keys[self.events]
        if self._amounts is not None:
            self.sums = np.concatenate([np.zeros(1, object), np.add.accumulate(self._amounts)])

    def first_since(self, customer: Integers, rank: Integers) -> Integers:
        """The place among its events of the first of customers that is not before instants.

        Args:
            customer: The customers.
            rank: The ranks of the instants among those of all events.
        """
        return np.searchsorted(self._keys, self._log.key(customer, rank))

    def completed(self, begin: Integers, end: Integers) -> Integers:
        """The place of the event that completes each range of events; -1 if none does."""
        if self.duty.budget is None:
            last = begin + self.duty.times - 1
        else:
            least = _millionths(self.duty.budget, self.duty.budget.currency)
            last = np.searchsorted(self.sums, self.sums[begin] + least) - 1
        return np.where(last < end, last, -1)

    def amount(self, begin: int, end: int) -> Money | None:
        """The sum of the amounts of a range of events; None without a budget."""
        if self.duty.budget is None:
            return None
        total = Decimal(int(self.sums[end] - self.sums[begin])).scaleb(-_DECIMALS)
        return Money(total, self.duty.budget.currency)


class _Row(NamedTuple):
    """A period of the contracts that begin and end at the same instants."""

    first: int
    after: int
    starts: int
    ends: int
    stops: int
    due: int
    limit: int
    is_covered: int


class Evaluation:
    """The duties of a policy to customers, with the events of a log up to an instant."""

    def __init__(
        self, policy: Policy, customers: Customers, log: CustomerEvents, as_of: int
    ) -> None:
        self.policy, self.customers, self.log, self.as_of = policy, customers, log, as_of
        self.terms = [customers.terms(version) for version in policy.all_versions]
        happened = log.at[log.at <= as_of]
        self._earliest = int(happened.min()) if len(happened) else as_of
        self._dates: dict[Any, DutyDates] = {}
        self._tables: dict[Any, list[_Row]] = {}
        self.plans: list[Plan] = []
        for place, version in enumerate(policy.all_versions):
            owed = customers.meet(version, [*version.duties.values()]) if version.duties else []
            for name, which in zip(version.duties, owed, strict=True):
                self.plans.append(Plan(place, name, self, which))
        for plan in self.plans:
            plan.skip_faulty()

    def dates_of(self, plan: Plan) -> DutyDates:
        """The periods and due dates of a plan, which are those of all others of its form."""
        if plan.form not in self._dates:
            self._dates[plan.form] = DutyDates(plan.version, plan.duty)
        return self._dates[plan.form]

    def evaluate(self, since: int | None, until: int) -> Slots:
        """The duties of the periods that overlap a stretch."""
        parts = [NO_SLOTS]
        for number, plan in enumerate(self.plans):
            evaluate = self._recurring if plan.duty.after is None else self._after_events
            parts.append(evaluate(number, plan, since, until))
        slots = Slots(*map(np.concatenate, zip(*parts, strict=True)))
        names = [*dict.fromkeys(plan.name for plan in self.plans)]
        ranks = np.array([*(names.index(plan.name) for plan in self.plans), 0], np.int64)
        # Those of a plan are in order, and of a later version later.
        order = np.argsort(slots.customer * len(ranks) + ranks[slots.plan], kind="stable")
        if self.customers.errors.rows is not None:
            order = order[~self.customers.errors.rows[slots.customer[order]]]
        return slots.take(order)

    # Recurring duties ----------------------------------------------------------------------------

    def _recurring(self, number: int, plan: Plan, since: int | None, until: int) -> Slots:
        table: list[_Row] = []
        counts: list[int] = []
        group = np.zeros(len(plan.terms.customer), np.intp)
        for rows in self._groups(plan):
            group[rows] = len(counts)
            periods = self._periods(plan, rows, since, until)
            table += periods
            counts.append(len(periods))
        if not table:
            return NO_SLOTS
        # Each contract has the rows of its group.
        sizes, first_rows = np.array(counts), np.concatenate([[0], np.cumsum(counts)[:-1]])
        of_term = sizes[group]
        term = np.repeat(np.arange(len(group)), of_term)
        inside = np.arange(len(term)) - np.repeat(np.cumsum(of_term) - of_term, of_term)
        place = first_rows[group[term]] + inside
        periods_of = np.array(table, np.int64).T
        ranks = self.log.rank(periods_of[2:5])
        first, after, starts, ends, _, due, limit, is_covered = periods_of[:, place]
        customer = plan.terms.customer[term]
        begin, period_end, end = (plan.first_since(customer, rank[place]) for rank in ranks)
        done = plan.completed(begin, end)
        self._share_events(plan, term, begin, end, done, ends=period_end)
        done_at = np.full(len(term), MISSING, np.int64)
        is_done = done >= 0
        done_at[is_done] = self.log.at[plan.events[done[is_done]]]
        state = self._states(done_at, limit, is_covered > 0)
        number_of, trigger = np.full(len(term), number), np.full(len(term), -1)
        slots = Slots(
            customer, number_of, first, after, starts, due, limit, state, done_at, begin, end,
            trigger,
        )  # fmt: skip
        return slots if since is None else slots.take(np.flatnonzero(ends > since))

    @staticmethod
    def _groups(plan: Plan) -> Iterator[Integers]:
        """The contracts that begin and end at the same instants, as places of the plan's."""
        _, begins, ends, anchors = plan.terms
        order = np.lexsort((anchors, ends, begins))
        keys = np.stack([begins, ends, anchors])[:, order]
        cuts = np.flatnonzero((keys[:, 1:] != keys[:, :-1]).any(axis=0)) + 1
        return (rows for rows in np.split(order, cuts) if len(rows))

    def _periods(self, plan: Plan, terms: Integers, since: int | None, until: int) -> list[_Row]:
        """The periods of equal contracts that overlap a stretch."""
        begin, end, anchor = (int(column[terms[0]]) for column in plan.terms[1:])
        start = begin
        if begin == EARLIEST and anchor != NO_ANCHOR:
            start = self.policy.zone.midnight(date.fromordinal(anchor))
        elif begin == EARLIEST:
            start = min(self._earliest, until)
        if since is not None:
            window = max(begin, since)
            # With a roll, earlier periods may take events of those in the window.
            start = min(start, window) if plan.duty.roll else window
        if start > until or start >= end:
            return []
        key = plan.form, begin, end, anchor, start, until
        if key not in self._tables:
            try:
                rows = self._rows(plan, begin, end, anchor, start)
                self._tables[key] = [*takewhile(lambda row: row.starts <= until, rows)]
            except SlacalcError as error:
                self.customers.errors.add(plan.terms.customer[terms], error)
                return []
        return self._tables[key]

    def _rows(self, plan: Plan, begin: int, end: int, anchor: int, start: int) -> Iterator[_Row]:
        """The periods of a contract from the one that contains an instant, in order."""
        dates = plan.dates
        for first, after in dates.periods(anchor, self.policy.zone.date(start)):
            starts, ends = dates.starts(first), dates.starts(after)
            if starts >= end:
                return
            if ends <= max(start, begin) or not self._is_in_force(plan, first, after):
                continue
            due, limit, plain = dates.due(first, after)
            is_covered = begin < plain <= end
            if is_covered and due > end:  # moved beyond the contract from a day off
                due, limit = end, end - 1
            stops = min(max(ends, limit + 1), end)
            yield _Row(
                first.toordinal(), after.toordinal(), max(starts, begin), min(ends, end), stops,
                due, limit, int(is_covered),
            )  # fmt: skip

    def _is_in_force(self, plan: Plan, first: date, after: date) -> bool:
        """Whether the version of a plan counts for a period: see `agreements_of`."""
        policy = self.policy
        if not policy.has_terms:
            return True
        day = first.toordinal()
        place = bisect_right(policy.first_days, day) - 1
        if place >= 0 and day <= policy.last_days[place]:
            return place == plan.place
        place += 1
        is_later = place < len(policy.first_days) and policy.first_days[place] < after.toordinal()
        return is_later and place == plan.place

    def _versions_at(self, instants: Integers, place: int) -> NDArray[np.bool_]:
        """Whether a version is in force at instants."""
        policy, zone = self.policy, self.policy.zone
        if not policy.has_terms:
            return np.ones(len(instants), np.bool_)
        first = [zone.midnight(supported(date.fromordinal(max(d, 1)))) for d in policy.first_days]
        last = min(policy.last_days[place], date.max.toordinal() - 1)
        end = zone.midnight(supported(date.fromordinal(last + 1)))
        in_force = np.searchsorted(np.array(first), instants, "right") - 1 == place
        result: NDArray[np.bool_] = in_force & (instants < end)
        return result

    @staticmethod
    def _share_events(
        plan: Plan,
        term: Integers,
        begin: Integers,
        end: Integers,
        done: Integers,
        *,
        ends: Integers,
    ) -> None:
        """Let no event count twice where a due date has moved into the next period.

        The first period that needs an event takes it; the ranges and *done* are changed in place.
        """
        for place in np.flatnonzero(done >= ends).tolist():
            used, following = done[place] + 1, place + 1
            while (
                following < len(term) and term[following] == term[place] and begin[following] < used
            ):
                begin[following] = min(used, end[following])
                single = slice(following, following + 1)
                done[single] = plan.completed(begin[single], end[single])
                used = max(used, done[following] + 1)
                following += 1
        end[:] = np.where(done >= 0, np.maximum(done + 1, ends), end)

    def _states(self, done_at: Integers, limit: Integers, is_covered: Any) -> Integers:
        state = np.where(self.as_of > limit, MISSED, OPEN)
        state = np.where(done_at == MISSING, state, np.where(done_at <= limit, DONE, LATE))
        return np.where(is_covered, state, NOT_COVERED).astype(np.int64)

    # Duties after events -------------------------------------------------------------------------

    def _after_events(self, number: int, plan: Plan, since: int | None, until: int) -> Slots:
        log, times, triggers = self.log, plan.duty.times, plan.triggers
        customer, starts = log.customer[triggers], log.at[triggers]
        kept = plan.terms.cover(customer, starts) & self._versions_at(starts, plan.place)
        due, limit = np.full(len(triggers), MISSING), np.full(len(triggers), LATEST)
        within = plan.duty.within
        if within is not None:
            arrays = Arrays(plan.dates.calendar.timeline)
            due = within.rolled(arrays, within.due_on(arrays, starts), starts, plan.duty.roll)
            limit, is_beyond = due, due == BEYOND
            if is_beyond.any():
                error = horizon_error(f"{within} after the event")
                log.errors.add(log.rows[triggers[is_beyond]], error)
            kept &= ~is_beyond
        triggers, customer, starts = triggers[kept], customer[kept], starts[kept]
        due, limit, count = due[kept], limit[kept], int(kept.sum())
        # An event does not fulfil the duty that it causes itself.
        first = plan.first_since(customer, log.rank(starts))
        own = np.searchsorted(plan.events, triggers, "right")
        first = np.where(np.isin(triggers, plan.events), np.maximum(first, own), first)
        top = plan.first_since(customer, np.full(count, len(log.at)))
        begin, end = _first_come(first, times, customer, top)
        is_done = begin + times <= top
        done_at = np.full(count, MISSING, np.int64)
        done_at[is_done] = log.at[plan.events[end[is_done] - 1]]
        none = np.full(count, -1, np.int64)
        slots = Slots(
            customer, np.full(count, number), none, none, starts, due, limit,
            self._states(done_at, limit, is_covered=True), done_at, begin, end, triggers,
        )  # fmt: skip
        keep = (starts <= until) & (starts >= (EARLIEST if since is None else since))
        return slots.take(np.flatnonzero(keep))

    # Changes and answers -------------------------------------------------------------------------

    def next_change(self, at: int, customer: int | None, duty: str | None) -> int | None:
        """The next instant at which a state changes by itself, for a customer and a duty or all."""
        slots = self.evaluate(None, at)
        waiting = (slots.state != NOT_COVERED) & (slots.done_at == MISSING)
        waiting &= (slots.limit >= at) & (slots.limit < LATEST)
        if customer is not None:
            waiting &= slots.customer == customer
        if duty is not None:
            waiting &= np.array([plan.name == duty for plan in self.plans], np.bool_)[slots.plan]
        nearest = int((slots.limit[waiting] + 1).min(initial=LATEST))
        bad = self.customers.errors.rows
        for plan in self.plans:
            if duty not in (None, plan.name):
                continue
            for terms in self._groups(plan):
                owners = plan.terms.customer[terms]
                if customer is not None and customer not in owners:
                    continue
                if bad is None or not bad[owners].all():
                    nearest = min(nearest, self._next_period(plan, int(terms[0]), at, nearest))
        return None if nearest == LATEST else nearest

    def _next_period(self, plan: Plan, term: int, at: int, nearest: int) -> int:
        """When the next period begins in which something is owed, if before *nearest*."""
        begin, end, anchor = (int(column[term]) for column in plan.terms[1:])
        start = max(at, begin)
        if anchor != NO_ANCHOR and begin == EARLIEST:
            start = max(start, self.policy.zone.midnight(date.fromordinal(anchor)))
        if start >= min(end, LATEST):
            return nearest
        for row in self._rows(plan, begin, end, anchor, start):
            if row.starts >= nearest:
                break
            if row.starts > at and row.is_covered:
                return row.starts
        return nearest


def _first_come(
    first: Integers, times: int, customer: Integers, top: Integers
) -> tuple[Integers, Integers]:
    """Assign events to what they follow: each takes the first ones that nothing earlier took.

    Args:
        first: The place of the first event that may count for each, sorted by customer and time.
        times: How many events each needs.
        customer: The customer of each.
        top: Where the events of the customer of each end.

    Returns:
        The ranges of events that each takes.
    """
    count = len(first)
    # Where each begins after the last: begin[i] = max(first[i], begin[i - 1] + times). Without the
    # growth, these are running maxima; a customer's offset keeps those of customers apart.
    growth = np.arange(count) * times
    apart = customer * (int(top.max(initial=0)) + times * (count + 1) + 1)
    begin = first - growth + apart
    begin = (np.maximum.accumulate(begin) if count else begin) + growth - apart
    begin = np.minimum(begin, top)
    return begin, np.minimum(begin + times, top)


def _millionths(value: Any, currency: str) -> int:
    """An amount as a whole number of millionths.

    Raises:
        ContractError: It is not exact, of another currency, or below 0.
    """
    if isinstance(value, Money):
        money = value
    elif isinstance(value, str) and any(map(str.isalpha, value)):
        money = Money.parse(value)
    else:
        money = Money(value, currency)
    if money.currency != currency:
        msg = f"{money} is not an amount in {currency}, in which the budget is"
        raise ContractError(msg, argument=_AMOUNT, given=value)
    scaled = money.amount.scaleb(_DECIMALS)
    if scaled < 0 or scaled != scaled.to_integral_value():
        msg = f"{value!r} is below 0, or has more than {_DECIMALS} decimals"
        raise ContractError(msg, argument=_AMOUNT, given=value)
    return int(scaled)
