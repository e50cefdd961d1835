"""The tickets and the moments that a linter tries.

Tickets. Values that no condition tells apart are one class, so a policy over hundreds of values
has few different tickets. Where there are not too many, all of them are tried; else, row by row,
those that meet its conditions, and those that meet the conditions of two rows at once.

Moments. Deadlines in different units can only be compared at a moment. Those tried are the edges
of the calendars' hours, an instant beside them, and the middles between them: through an ordinary
fortnight, around the longest closure, and on each kind of day there is.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, islice, pairwise, product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from slacalc._calendar.calendar import ALWAYS, Calendar
from slacalc._calendar.compilation import kind_of_day, zone_of
from slacalc._policy.attributes import key_of_value
from slacalc._policy.matching import Matcher
from slacalc._policy.tickets import receipt_words
from slacalc._policy.validation import RECEIVED
from slacalc._time.instants import DAY, SECOND
from slacalc.errors import TicketError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slacalc._policy.attributes import Attribute, Value
    from slacalc._policy.data import PolicyData
    from slacalc._policy.matching import MatchedRow

MOST_TICKETS = 4_000
_MOST_OF_A_ROW = 200
_MOST_PROBES = 240
_OTHER = "(any other)"
_ANY_YEAR = 2026  # an ordinary one: neither a leap year nor without changes of the clock

Ticket: TypeAlias = dict[str, "Value"]
Spoken: TypeAlias = dict[str, tuple["MatchedRow", ...]]


class Case(NamedTuple):
    """A ticket received at a kind of moment, and the rows that speak for it, by metric."""

    ticket: Ticket
    moments: Moments
    spoken: Spoken


class Moments(NamedTuple):
    """Instants of which the policy's conditions say the same."""

    words: frozenset[tuple[str, str]]
    instants: tuple[int, ...]


class Space:
    """Everything a linter tries on one version of a policy.

    Attributes:
        is_exhaustive: Whether all tickets that conditions tell apart are tried.
        cases: What was tried, but for refused tickets.
        window: The first and the last date of the moments.
        instants: All moments.
    """

    def __init__(self, policy: PolicyData) -> None:
        self.policy, self.matcher = policy, policy.compiled(Matcher)
        self.window = _window(policy)
        self._owners = [row for rows in policy.tables.values() for row in rows]
        self.classes = self._classes()
        self.moments = self._moments()
        self.instants = tuple(at for one in self.moments for at in one.instants)
        size = prod(map(len, self.classes.values())) * len(self.moments)
        self.is_exhaustive = size <= MOST_TICKETS
        some = self._all() if self.is_exhaustive else self._by_rows()
        tickets = islice(some, MOST_TICKETS)
        self.cases = [case for ticket in tickets for case in self.cases_of(ticket)]

    # Tickets -------------------------------------------------------------------------------------

    def _classes(self) -> dict[str, list[Value | None]]:
        """For each attribute that conditions ask, one value of each class; None for no value."""
        asked: dict[str, list[Any]] = {}
        for owner in (*self._owners, *self.policy.refusals):
            for question in self.matcher.tests_of(owner):
                if question.name != RECEIVED:
                    asked.setdefault(question.name, []).append(question)
        classes: dict[str, list[Value | None]] = {}
        for name, questions in asked.items():
            attribute = self.policy.attributes[name]
            values = attribute.values or _mentioned(questions)
            by_answer = {
                tuple(key_of_value(value) in question.passing for question in questions): value
                for value in reversed(values)
            }
            some: list[Value | None] = [v for v in values if v in by_answer.values()]
            classes[name] = [*some, None] if _may_lack(attribute) else some
        return classes

    def _all(self) -> Iterator[Ticket]:
        for values in product(*self.classes.values()):
            yield _borne(zip(self.classes, values, strict=True))

    def _by_rows(self) -> Iterator[Ticket]:
        """Tickets that meet each row, and each two rows of different tables."""
        tables = [[*rows] for rows in self.policy.tables.values()]
        for rows in tables:
            for row in rows:
                yield from self._meeting(row)
        for one, other in combinations(tables, 2):
            for first, second in product(one, other):
                yield from islice(self._meeting(first, second), 2)

    def _meeting(self, *rows: Any) -> Iterator[Ticket]:
        """Some tickets that meet all conditions of some rows."""
        passing: dict[str, list[Value | None]] = {
            name: values[-1:] if values[-1] is None else values[:1]
            for name, values in self.classes.items()
        }
        asked: set[str] = set()
        for question in (q for row in rows for q in self.matcher.tests_of(row)):
            name = question.name
            if name != RECEIVED:
                among = passing[name] if name in asked else self.classes[name]
                asked.add(name)
                passing[name] = [
                    value
                    for value in among
                    if value is not None
                    and (key_of_value(value) in question.passing) is not question.negated
                ]
        for values in islice(product(*passing.values()), _MOST_OF_A_ROW):
            yield _borne(zip(passing, values, strict=True))

    def cases_of(self, ticket: Ticket) -> Iterator[Case]:
        """A ticket at each kind of moment at which the policy does not refuse it."""
        for moments in self.moments:
            spoken = self.spoken(ticket, moments.instants[0])
            if spoken is not None:
                yield Case(ticket, moments, spoken)

    def spoken(self, ticket: Ticket, at: int) -> Spoken | None:
        """The rows that speak for a ticket; None where it is bad input."""
        try:
            matched = self.matcher.ticket(self.matcher.read(ticket), self.matcher.receipt(at))
            self.matcher.refuse(matched)
            return {
                name: tuple(self.matcher.matched_rows(name, matched))
                for name in self.policy.metrics
            }
        except TicketError:
            return None

    # Rows against rows ---------------------------------------------------------------------------

    def includes(self, wide: Any, narrow: Any) -> bool:
        """Whether every ticket that meets the conditions of one row meets those of another."""
        asked = {question.name: question for question in self.matcher.tests_of(narrow)}
        for question in self.matcher.tests_of(wide):
            own = asked.get(question.name)
            if own is None or own.on != question.on:
                return False
            if question.negated or own.negated:
                if question[1:3] != own[1:3]:
                    return False
            elif not own.passing <= question.passing:
                return False
        return True

    def exclude(self, one: Any, other: Any) -> bool:
        """Whether no ticket meets the conditions of both rows."""
        asked = {question.name: question for question in self.matcher.tests_of(one)}
        for question in self.matcher.tests_of(other):
            own = asked.get(question.name)
            if own is None or question.name == RECEIVED or question.negated or own.negated:
                continue
            if not own.passing & question.passing:
                return True
        return False

    def rivals(self, found: MatchedRow, metric: str, table: str) -> list[MatchedRow] | None:
        """The rows of another table of which one surely speaks whenever a row does; else None."""
        rivals = []
        for rival in self.matcher.rows(metric, table):
            if not self.exclude(found.row, rival.row):
                rivals.append(rival)
                if self.includes(rival.row, found.row):
                    return rivals
        return None

    # Moments -------------------------------------------------------------------------------------

    def _moments(self) -> list[Moments]:
        """The moments to try, those together of which conditions say the same."""
        asked = sorted(
            {
                question.on
                for owner in (*self._owners, *self.policy.refusals)
                for question in self.matcher.tests_of(owner)
                if question.name == RECEIVED
            }
        )
        groups: dict[frozenset[tuple[str, str]], list[int]] = {}
        for instant in self._probes():
            words = frozenset(
                (on, word)
                for on in asked
                for word in receipt_words(self.matcher.calendar(on), instant)
            )
            groups.setdefault(words, []).append(instant)
        return [Moments(words, tuple(instants)) for words, instants in groups.items()]

    def _probes(self) -> list[int]:
        calendars = [*self.policy.calendars.values()] or [ALWAYS]
        probes: set[int] = set()
        for calendar in dict.fromkeys(calendars):
            found = list(_probes_of(calendar, *self.window))
            step = max(1, len(calendars) * len(found) // _MOST_PROBES)
            probes.update(found[::step])
            probes.update(_kinds_of_days(calendar, *self.window))
        return sorted(probes)


def _borne(pairs: Iterable[tuple[str, Value | None]]) -> Ticket:
    return {name: value for name, value in pairs if value is not None}


def _may_lack(attribute: Attribute) -> bool:
    return attribute.optional and attribute.default is None


def _mentioned(questions: list[Any]) -> tuple[Value, ...]:
    """The values of an attribute with open values that conditions name, and another one."""
    values = {value: None for question in questions for value in question.values}
    return (*values, _OTHER)


def _window(policy: PolicyData) -> tuple[date, date]:
    """The dates to try: the policy's term, else the last year with published holidays.

    Holidays that follow by rule, as most countries' do, reach to 2100; then any year will do.
    """
    ends = [one.provisional_from for one in policy.calendars.values()]
    published = [end.year - 1 for end in ends if end is not None and end.year < 2100]
    year = min(published, default=_ANY_YEAR)
    first = policy.effective_from or date(year, 1, 1)
    last = policy.effective_until or date(max(year, first.year), 12, 31)
    return first, min(last, first + timedelta(2 * 366))


def _probes_of(calendar: Calendar, first: date, last: date) -> Iterator[int]:
    """Edges of hours, instants beside them, and middles, where hours are ordinary and where not."""
    begins = zone_of(calendar).midnight(first)
    ends = zone_of(calendar).midnight(last)
    spans = calendar.timeline.spans(begins, ends)
    if not spans:
        yield from range(begins, begins + 7 * DAY, DAY // 4)
        return
    gaps = [(opens - closes, closes) for (_, closes), (opens, _) in pairwise(spans)]
    longest = max(gaps)[1] if gaps else begins
    for start in (spans[0][0], longest - 5 * DAY):
        # A middle of open and of closed time, for the calendars without edges too.
        yield from range(start, start + 14 * DAY, DAY // 3)
        for opens, closes in calendar.timeline.spans(start, start + 14 * DAY):
            yield from (opens, opens - SECOND, (opens + closes) // 2, closes - SECOND, closes)


def _kinds_of_days(calendar: Calendar, first: date, last: date) -> Iterator[int]:
    """A few moments on the first two days of each kind."""
    seen: dict[str, int] = {}
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        kind = kind_of_day(calendar, day).kind
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= 2:
            midnight = zone_of(calendar).midnight(day)
            yield from (midnight + DAY // 8, midnight + 11 * DAY // 24, midnight + 20 * DAY // 24)
