"""The cases that the linter tries: tickets, and the instants at which they are received.

Tickets. Values that no condition distinguishes form one class, so that a policy with hundreds of
values has few different tickets. All of them are tried if there are not too many. Otherwise those
are tried that match one row, and those that match two rows of different tables.

Instants. Deadlines in different units can only be compared at an instant. The linter tries the
edges of the calendars' hours, the second before an edge, and the middle between two: through two
ordinary weeks, around the longest closure, and on two days of each kind.

Read `due_dates` next.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, islice, pairwise, product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeGuard

from slacalc._calendar.calendar import ALWAYS, Calendar
from slacalc._calendar.compilation import kind_of_day, zone_of
from slacalc._policy.attribute_tests import NOT, CompiledGroup, CompiledTest, leaves
from slacalc._policy.attributes import key_of_value, value_text
from slacalc._policy.matching import Matcher
from slacalc._policy.receipts import RECEIVED
from slacalc._policy.representatives import representatives
from slacalc._time.instants import DAY, SECOND
from slacalc.errors import TicketError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slacalc._policy.attribute_tests import CompiledTests
    from slacalc._policy.attributes import Value
    from slacalc._policy.data import PolicyData
    from slacalc._policy.matching import MatchedRow

MAX_TICKETS = 4_000
MAX_STEPS = 2_000_000
# To compile a version, to look at the dates of a calendar, and to find a due date.
STEPS_OF_VERSION, STEPS_OF_CALENDAR, STEPS_OF_DUE = 4_000, 4_000, 8
_MAX_TICKETS_OF_ROWS = 200
_MAX_INSTANTS = 240
_MIN_INSTANTS_OF_CUT_OFFS = 4  # of each class of receipts
_MAX_WAYS = 20  # in which a row is met, if it has alternatives
_ORDINARY_YEAR = 2026  # not a leap year

Ticket: TypeAlias = dict[str, "Value"]
MatchedRows: TypeAlias = dict[str, tuple["MatchedRow", ...]]


class EffortSpentError(Exception):
    """The linter has tried as much as it may."""


class Effort:
    """How much the linter may still try, in steps of about a microsecond.

    Counted, and not timed, so that a policy has the same findings on every machine.
    """

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Count steps before they are made.

        Raises:
            EffortSpentError: There are no more.
        """
        self._left -= steps
        if self._left < 0:
            raise EffortSpentError


class Case(NamedTuple):
    """A ticket, a class of instants at which it is received, and its matched rows by metric."""

    ticket: Ticket
    receipt: ReceiptClass
    matched: MatchedRows


class ReceiptClass(NamedTuple):
    """Instants that the conditions on the receipt of a ticket do not distinguish.

    Args:
        words: The pairs of a calendar and a word, such as ``weekend``, that hold at the instants;
            only those on which conditions depend.
        instants: The instants.
    """

    words: frozenset[tuple[str, str]]
    instants: tuple[int, ...]


class CaseSet:
    """All cases that the linter tries on one version of a policy.

    Args:
        policy: The version, complete.
        effort: What is left of the linter's effort.

    Attributes:
        is_exhaustive: Whether all tickets that conditions distinguish are tried.
        sampled: The attributes of whose values only a sample is tried.
        cases: The cases, without refused tickets.
        classes: For each attribute, one value of each class of values that conditions
            distinguish; None for no value.
        receipts: The classes of instants.
        instants: All instants.
        window: The first and the last date of the instants.
        without_calendar: By attribute and value, a ticket for which no calendar is named.
    """

    def __init__(self, policy: PolicyData, effort: Effort | None = None) -> None:
        self.policy, self.matcher = policy, policy.compiled(Matcher)
        self._effort = effort or Effort()
        self.window = _window(policy)
        self.without_calendar: dict[tuple[str, Value | None], Ticket] = {}
        self._rows = [row for rows in policy.tables.values() for row in rows]
        self._steps_to_match = len(self._rows) // 2 + len(policy.metrics) + len(policy.attributes)
        self.sampled: tuple[str, ...] = ()
        self.classes = self._classes()
        self.receipts = self._receipt_classes()
        self.instants = tuple(at for receipt in self.receipts for at in receipt.instants)
        size = prod(map(len, self.classes.values())) * len(self.receipts)
        self.is_exhaustive = size <= MAX_TICKETS and not self.sampled
        tickets = self._all_tickets() if size <= MAX_TICKETS else self._tickets_by_rows()
        self.cases = [
            case for ticket in islice(tickets, MAX_TICKETS) for case in self._cases_of(ticket)
        ]

    # Tickets -------------------------------------------------------------------------------------

    def _classes(self) -> dict[str, list[Value | None]]:
        tests: dict[str, list[Any]] = {}
        for owner in (*self._rows, *self.policy.refusals, *self.policy.adjustments):
            for test in leaves(self.matcher.tests_of(owner)):
                if test.name != RECEIVED:
                    tests.setdefault(test.name, []).append(test)
        for choice in self.matcher.calendar_choices:
            tests.setdefault(choice.field, [])
        classes: dict[str, list[Value | None]] = {}
        for name, tests_of_name in tests.items():
            attribute = self.policy.attributes[name]
            values, is_complete = representatives(attribute, tests_of_name)
            if not is_complete:
                self.sampled += (name,)
            choices = [one for one in self.matcher.calendar_choices if one.field == name]
            if not attribute.values:
                values = [
                    *dict.fromkeys([value for one in choices for value in one.names] + values)
                ]
            self._effort.spend(len(values) * (len(tests_of_name) + len(choices)))
            first_by_results = {  # reversed: of each class the first value is kept
                (
                    *(key_of_value(value) in test.passing for test in tests_of_name),
                    *(choice.name_for(value_text(value)) for choice in choices),
                ): value
                for value in reversed(values)
            }
            kept = first_by_results.values()
            classes[name] = [value for value in values if value in kept]
            if attribute.optional and attribute.default is None:
                classes[name].append(None)
        for name in frozenset[str]().union(*self.matcher.date_fields.values()):
            without = [None] if self.policy.attributes[name].optional else []
            classes[name] = [f"{self.window[0]}T12:00:00Z", *without]
        return classes

    def _all_tickets(self) -> Iterator[Ticket]:
        for values in product(*self.classes.values()):
            yield _to_ticket(zip(self.classes, values, strict=True))

    def _tickets_by_rows(self) -> Iterator[Ticket]:
        """Tickets that match each row, and each pair of rows of different tables.

        Also those that match a row and an adjustment.
        """
        tables = [[*rows] for rows in self.policy.tables.values()]
        for rows in tables:
            for row in rows:
                yield from self._tickets_for(row)
        for adjustment, row in product(self.policy.adjustments, self._rows):
            yield from islice(self._tickets_for(row, adjustment), 2)
        for first_table, second_table in combinations(tables, 2):
            for first, second in product(first_table, second_table):
                yield from islice(self._tickets_for(first, second), 2)

    def _tickets_for(self, *rows: Any) -> Iterator[Ticket]:
        """Tickets that meet all conditions of all the rows."""
        tests = [test for row in rows for test in self.matcher.tests_of(row)]
        self._effort.spend(len(self.classes) + 10 * len(tests))
        tickets = (
            ticket for way in islice(_ways(tests), _MAX_WAYS) for ticket in self._tickets_by(way)
        )
        yield from islice(tickets, _MAX_TICKETS_OF_ROWS)

    def _tickets_by(self, way: list[tuple[CompiledTest, bool]]) -> Iterator[Ticket]:
        """Tickets that meet some conditions, and do not meet others."""
        passing: dict[str, list[Value | None]] = {
            name: values[-1:] if values[-1] is None else values[:1]
            for name, values in self.classes.items()
        }
        restricted: set[str] = set()
        for test, wanted in way:
            name = test.name
            if name != RECEIVED:
                candidates = passing[name] if name in restricted else self.classes[name]
                restricted.add(name)
                passing[name] = [
                    value
                    for value in candidates
                    if value is not None
                    and ((key_of_value(value) in test.passing) is not test.negated) is wanted
                ]
        for values in product(*passing.values()):
            yield _to_ticket(zip(passing, values, strict=True))

    def _cases_of(self, ticket: Ticket) -> Iterator[Case]:
        for receipt in self.receipts:
            matched = self.matched_rows(ticket, receipt.instants[0])
            if matched is not None:
                yield Case(ticket, receipt, matched)

    def matched_rows(self, ticket: Ticket, at: int) -> MatchedRows | None:
        """The rows that match a ticket received at an instant; None if the policy refuses it."""
        self._effort.spend(self._steps_to_match)
        try:
            matched = self.matcher.ticket(self.matcher.read(ticket), self.matcher.receipt(at))
            self.matcher.refuse(matched)
        except TicketError:
            return None
        try:
            return {
                name: tuple(self.matcher.matched_rows(name, matched))
                for name in self.policy.metrics
            }
        except TicketError as error:
            name = str(getattr(error, "attribute", ""))
            self.without_calendar.setdefault((name, ticket.get(name)), ticket)
            return None

    # Comparing rows ---------------------------------------------------------------------------

    def includes(self, wide: Any, narrow: Any) -> bool:
        """Whether every ticket that meets the conditions of *narrow* meets those of *wide*."""
        wide_tests, narrow_tests = self.matcher.tests_of(wide), self.matcher.tests_of(narrow)
        self._effort.spend(1 + len(wide_tests) + len(narrow_tests))
        if not (_are_plain(wide_tests) and _are_plain(narrow_tests)):
            both = self._meets(wide, narrow)
            return both is not None and all(meets or not other for meets, other in both)
        by_name = {test.name: test for test in narrow_tests}
        for test in wide_tests:
            narrow_test = by_name.get(test.name)
            if narrow_test is None or narrow_test.on != test.on:
                return False
            if test.negated or narrow_test.negated:
                if test[1:3] != narrow_test[1:3]:  # the same values, both negated
                    return False
            elif not narrow_test.passing <= test.passing:
                return False
        return True

    def exclude(self, first: Any, second: Any) -> bool:
        """Whether no ticket meets the conditions of both rows."""
        first_tests, second_tests = self.matcher.tests_of(first), self.matcher.tests_of(second)
        self._effort.spend(1 + len(first_tests) + len(second_tests))
        if not (_are_plain(first_tests) and _are_plain(second_tests)):
            both = self._meets(first, second)
            return both is not None and not any(meets and other for meets, other in both)
        tests = {test.name: test for test in first_tests}
        for test in second_tests:
            other = tests.get(test.name)
            if other is None or test.name == RECEIVED or test.negated or other.negated:
                continue
            if not other.passing & test.passing:
                return True
        return False

    def _meets(self, first: Any, second: Any) -> set[tuple[bool, bool]] | None:
        """Whether tickets meet the conditions of two rows: all pairs of answers that there are.

        None if not all tickets that the two rows distinguish can be tried.
        """
        tests = [*leaves(self.matcher.tests_of(first)), *leaves(self.matcher.tests_of(second))]
        names = list(dict.fromkeys(test.name for test in tests if test.name != RECEIVED))
        depends = any(test.name == RECEIVED for test in tests)
        receipts = self.receipts if depends else self.receipts[:1]
        size = prod(len(self.classes[name]) for name in names) * len(receipts)
        if size > MAX_TICKETS or not {*names}.isdisjoint(self.sampled):
            return None
        answers = set()
        self._effort.spend(10 * size)
        for values in product(*(self.classes[name] for name in names)):
            for receipt in receipts:
                ticket = self.matcher.ticket(
                    _to_ticket(zip(names, values, strict=True)),
                    self.matcher.receipt(receipt.instants[0]),
                )
                answers.add((ticket.meets(first), ticket.meets(second)))
        return answers

    def rivals(self, row: MatchedRow, metric: str, table: str) -> list[MatchedRow] | None:
        """Rows of another table, one of which matches every ticket that *row* matches.

        None if there may be tickets for which the other table has no matching row.
        """
        rivals = []
        for rival in self.matcher.rows(metric, table):
            if not self.exclude(row.row, rival.row):
                rivals.append(rival)
                if self.includes(rival.row, row.row):
                    return rivals
        return None

    # Instants ------------------------------------------------------------------------------------

    def _receipt_classes(self) -> list[ReceiptClass]:
        owners = (*self._rows, *self.policy.refusals, *self.policy.adjustments)
        calendars = self.matcher.receipt_calendars_of(owners)
        by_words: dict[frozenset[tuple[str, str]], list[int]] = {}
        for instant in self._all_instants():
            by_words.setdefault(self._words(calendars, instant), []).append(instant)
        if times := self.matcher.cut_offs:
            for name in calendars:
                for instant in _instants_at_cut_offs(
                    self.matcher.calendar(name), times.times, *self.window
                ):
                    known = by_words.setdefault(self._words(calendars, instant), [])
                    if len(known) < _MIN_INSTANTS_OF_CUT_OFFS:
                        known.append(instant)
        return [ReceiptClass(words, tuple(instants)) for words, instants in by_words.items()]

    def _words(self, calendars: tuple[str, ...], instant: int) -> frozenset[tuple[str, str]]:
        receipt = self.matcher.receipt(instant)
        return frozenset((name, word) for name in calendars for word in receipt.words(name))

    def _all_instants(self) -> list[int]:
        calendars = [*self.policy.calendars.values()] or [ALWAYS]
        instants: set[int] = set()
        for calendar in dict.fromkeys(calendars):
            self._effort.spend(STEPS_OF_CALENDAR)
            candidates = list(_instants_at_edges(calendar, *self.window))
            step = max(1, len(calendars) * len(candidates) // _MAX_INSTANTS)
            instants.update(candidates[::step])
            instants.update(_instants_on_kinds_of_days(calendar, *self.window))
        return sorted(instants)


def _to_ticket(pairs: Iterable[tuple[str, Value | None]]) -> Ticket:
    return {name: value for name, value in pairs if value is not None}


def _are_plain(tests: CompiledTests) -> TypeGuard[tuple[Any, ...]]:
    """Whether conditions are single sets of values, one for each attribute."""
    return all(isinstance(test, CompiledTest) and test.is_plain for test in tests)


def _ways(
    tests: Iterable[CompiledTest | CompiledGroup], *, wanted: bool = True
) -> Iterator[list[tuple[CompiledTest, bool]]]:
    """Ways in which conditions are all met, or not all: which of them are met, and which not."""
    if not wanted:
        for test in tests:
            yield from _ways_of(test, wanted=False)
        return
    each = [[*islice(_ways_of(test, wanted=True), _MAX_WAYS)] for test in tests]
    for chosen in product(*each):
        yield [part for way in chosen for part in way]


def _ways_of(
    test: CompiledTest | CompiledGroup, *, wanted: bool
) -> Iterator[list[tuple[CompiledTest, bool]]]:
    if isinstance(test, CompiledTest):
        yield [(test, wanted)]
    elif test.name == NOT:
        yield from _ways(test.branches[0], wanted=not wanted)
    elif wanted:
        for branch in test.branches:
            yield from _ways(branch)
    else:
        each = [[*islice(_ways(branch, wanted=False), _MAX_WAYS)] for branch in test.branches]
        for chosen in product(*each):
            yield [part for way in chosen for part in way]


def _window(policy: PolicyData) -> tuple[date, date]:
    """The dates to try: the term of the policy; default: the last year with published holidays.

    Holidays that follow by rule, as in most countries, reach to 2100; then any year will do.
    """
    ends = [calendar.provisional_from for calendar in policy.calendars.values()]
    published = [end.year - 1 for end in ends if end is not None and end.year < 2100]
    year = min(published, default=_ORDINARY_YEAR)
    first = policy.effective_from or date(year, 1, 1)
    last = policy.effective_until or date(max(year, first.year), 12, 31)
    return first, min(last, first + timedelta(2 * 366))


def _instants_at_edges(calendar: Calendar, first: date, last: date) -> Iterator[int]:
    """Instants at and around the edges of hours, in two ordinary weeks and at a long closure."""
    begins = zone_of(calendar).midnight(first)
    ends = zone_of(calendar).midnight(last)
    spans = calendar.timeline.spans(begins, ends)
    if not spans:
        yield from range(begins, begins + 7 * DAY, DAY // 4)
        return
    gaps = [(opens - closes, closes) for (_, closes), (opens, _) in pairwise(spans)]
    longest = max(gaps)[1] if gaps else begins
    for start in (spans[0][0], longest - 5 * DAY):
        # Every eight hours as well: a calendar that is always open has no edges.
        yield from range(start, start + 14 * DAY, DAY // 3)
        for opens, closes in calendar.timeline.spans(start, start + 14 * DAY):
            yield from (opens, opens - SECOND, (opens + closes) // 2, closes - SECOND, closes)


def _instants_at_cut_offs(
    calendar: Calendar, times: tuple[int, ...], first: date, last: date
) -> Iterator[int]:
    """The edges of hours, the midnights between them, and cut-offs with the second before each."""
    zone = zone_of(calendar)
    closed = zone.midnight(first)
    for opens, closes in calendar.timeline.spans(closed, zone.midnight(last)):
        yield from (begins for _, begins, _ in zone.dates(closed, opens))
        yield opens
        for _, begins, ends in zone.dates(opens, closes):
            day = (zone.reading(begins) // DAY) * DAY
            for at in (zone.first_reading(day + time) for time in times):
                yield from (each for each in (at - SECOND, at) if begins <= each < ends)
        closed = closes


def _instants_on_kinds_of_days(calendar: Calendar, first: date, last: date) -> Iterator[int]:
    """Three instants on each of the first two days of each kind."""
    seen: dict[str, int] = {}
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        kind = kind_of_day(calendar, day).kind
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= 2:
            midnight = zone_of(calendar).midnight(day)
            yield from (midnight + DAY // 8, midnight + 11 * DAY // 24, midnight + 20 * DAY // 24)
