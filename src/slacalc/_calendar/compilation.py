"""Compile a calendar: the hours of each date and the reason for them, and each year as open spans.

How it works. The hours of a date follow from the first of these rules that applies:

1. an exception that names the date; if none does, an exception whose dates recur: of several, the
   one that names the fewest dates in a year, and of these the one with the fewest hours;
2. the last list of holidays that mentions the date: closed on a day off; on a make-up day the hours
   of the weekday it stands in for, or Monday's if that is unknown;
3. the weekly hours in force.

Hours that a list of holidays closes on a single date are then taken out of all shifts but those of
exceptions, and the hours of closures out of all.

Rules that look at holidays or working days see what 2. and 3. give alone; those among the lists of
holidays themselves see the lists without such rules. So nothing goes in circles.

`compile_year` collects the shifts of all dates of a year as wall-clock readings, converts them to
instants, merges them, and applies the other calendars of a combination (``a | b``, ``a & b``,
``a - b``) from left to right. So a combined calendar has the zone and the kinds of dates of its
leftmost calendar, and takes only open spans from the others.

Read next: `timeline`, which lays the compiled years end to end and does the arithmetic.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, TypeAlias, TypeVar

import attrs

from slacalc._calendar import holidays as _holidays
from slacalc._calendar.holidays import closed_hours_of, holiday_entries, names_translator
from slacalc._calendar.hours import CLOSED, DayHours
from slacalc._calendar.recurring_dates import RecurringDates
from slacalc._calendar.timeline import CompiledYear, WorkingDay
from slacalc._i18n import N_
from slacalc._threads import cached_property
from slacalc._time import intervals
from slacalc._time.dates import DateRange
from slacalc._time.instants import DAY, EARLIEST, EPOCH_DAY, LATEST, year_start
from slacalc._time.intervals import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from slacalc._calendar.arguments import CalendarChange, DatedHours
    from slacalc._calendar.holidays import HolidayEntry, Holidays
    from slacalc._calendar.hours import WeekHours
    from slacalc._calendar.timeline import Timeline
    from slacalc._time.instants import Zone
    from slacalc._time.intervals import SpanList

_FEW = 100  # at the end of a list of holidays, where dates that recur are
_MARGIN = 3  # days before and after a year whose shifts may reach into it: zones, night shifts

# Opening and closing as instants, and the ordinal of the date the shift belongs to. A plain tuple,
# since a compiled decade makes tens of thousands of them.
_Shift: TypeAlias = tuple[int, int, int]
LabelT = TypeVar("LabelT", int, "DayKind")

OPERATIONS: dict[str, Callable[[SpanList, SpanList], SpanList]] = {
    "|": intervals.union,
    "&": intervals.intersect,
    "-": intervals.subtract,
}
"""How two calendars combine, as operations on their open spans."""


class CalendarLike(Protocol):
    """What this module and `ledger` need of a `Calendar`, which is made from them."""

    @property
    def week(self) -> WeekHours: ...
    @property
    def holidays(self) -> tuple[Holidays, ...]: ...
    @property
    def exceptions(self) -> tuple[DatedHours, ...]: ...
    @property
    def closures(self) -> tuple[DatedHours, ...]: ...
    @property
    def changes(self) -> tuple[CalendarChange, ...]: ...
    @property
    def horizon(self) -> date | None: ...
    @property
    def timeline(self) -> Timeline: ...
    @property
    def _terms(self) -> tuple[tuple[str, Self], ...]: ...
    @property
    def _rules(self) -> RuleBook: ...


CalendarT = TypeVar("CalendarT", bound=CalendarLike)


class DayKind(NamedTuple):
    """The kind of a date on a calendar, and the name that goes with it.

    The kinds are ``working-day``, ``weekend``, ``holiday``, ``make-up-day``, ``exception`` and
    ``closure``. A working day that a closure shortens has its name.
    """

    kind: str
    name: str = ""


class RulesInForce(NamedTuple):
    """What holds from the date *since* to the day before *until*.

    Exceptions and closures whose dates recur are listed apart as well: they are few.
    """

    since: date
    until: date
    week: WeekHours
    holidays: tuple[Holidays, ...]
    exceptions: tuple[DatedHours, ...] = ()
    closures: tuple[DatedHours, ...] = ()
    recurring_exceptions: tuple[DatedHours, ...] = ()
    recurring_closures: tuple[DatedHours, ...] = ()


@attrs.frozen(eq=False, slots=False)
class RuleBook:
    """All rules of a calendar, its own and those from each change on, in order of time."""

    rules: tuple[RulesInForce, ...]

    @cached_property
    def closes_hours(self) -> bool:
        """Whether any list of holidays closes hours; most do not, and need no further thought."""
        return any(item.closed_hours for rules in self.rules for item in rules.holidays)

    @cached_property
    def has_closures(self) -> bool:
        return any(rules.closures for rules in self.rules)

    @cached_property
    def regular_days(self) -> _WorkingDays:
        """The working days without exceptions and closures."""
        kept: dict[str, Any] = dict.fromkeys(
            ("exceptions", "closures", "recurring_exceptions", "recurring_closures"), ()
        )
        return _WorkingDays(tuple(rules._replace(**kept) for rules in self.rules))

    @cached_property
    def days_of_lists(self) -> _WorkingDays:
        """As `regular_days`, without the dates of lists that look at working days."""
        return _WorkingDays(self.regular_days.rules, of_lists_alone=True)


# What other packages ask of a calendar -----------------------------------------------------------


def zone_of(calendar: CalendarLike) -> Zone:
    """The zone in which a calendar's hours are read and its answers are given."""
    return calendar.timeline.zone


def terms_of(calendar: CalendarT) -> tuple[tuple[str, CalendarT], ...]:
    """The operations of a combined calendar, with their right-hand calendars; empty for others."""
    return calendar._terms  # noqa: SLF001 - not for users, but for this package


def without_terms(calendar: CalendarT) -> CalendarT:
    """The leftmost calendar of a combination; any other calendar itself."""
    if not terms_of(calendar):
        return calendar
    return attrs.evolve(calendar, _terms=())  # type: ignore[misc]  # every calendar is an attrs class


def kind_of_day(calendar: CalendarLike, day: date, language: str = "") -> DayKind:
    """The kind and the name of a date, as the leftmost calendar of a combination has it."""
    rules = _rules_between(calendar, day, day)[0]
    hours, kind = _hours_and_kind(calendar, day, rules, language)
    taken = _taken_by_closures(calendar, day, day + timedelta(1), language)
    removed = _removed_hours(calendar, day, hours, kind, taken)
    if not removed:
        return kind
    of_lists = [item for item in removed if item.kind == "holiday"]
    if of_lists and not _without(hours, of_lists):
        return DayKind("holiday", _names(of_lists))
    closures = [item for item in removed if item.kind == "closure"]
    closures = [item for item in closures if intervals.clip(_spans(hours), *item[:2])]
    if not _without(hours, removed):
        return DayKind("closure", _names(closures))
    if closures and kind.kind == "working-day":
        return DayKind("working-day", _names(closures))
    return kind


def _names(removed: list[_Removed]) -> str:
    return ", ".join(filter(None, dict.fromkeys(item.name for item in removed)))


def closed_stretches(
    calendar: CalendarLike, day: date, language: str = ""
) -> list[tuple[int, int, DayKind]]:
    """The parts of a date's shifts, and of those of the day before, that are closed.

    Returns:
        For each the first instant, the instant after the last, and the reason: a holiday, or a
        closure.
    """
    readings = []
    taken = _taken_by_closures(calendar, day - timedelta(1), day + timedelta(1), language)
    for start in (day - timedelta(1), day):
        rules = _rules_between(calendar, start, start)[0]
        hours, kind = _hours_and_kind(calendar, start, rules, "")
        midnight = (start.toordinal() - EPOCH_DAY) * DAY
        for opens, closes, of, name in _removed_hours(calendar, start, hours, kind, taken):
            parts = intervals.clip(_spans(hours), opens, closes)
            reason = DayKind(of, name)
            readings += [(midnight + begins, midnight + ends, reason) for begins, ends in parts]
    return _to_instants(zone_of(calendar), sorted(readings))


def hours_of_dates(
    calendar: CalendarLike, first: date, last: date
) -> Iterator[tuple[int, DayHours]]:
    """The hours of the dates from *first* to *last*, as pairs of the date's ordinal and its hours.

    Other calendars of a combination are not considered.
    """
    in_force = _rules_between(calendar, first, last + timedelta(1))
    closed = {
        day - timedelta(days)
        for rules in in_force
        for day in closed_hours_of(rules.holidays)
        if rules.since <= day < rules.until
        for days in (0, 1)
    }
    taken = _taken_by_closures(calendar, first, last + timedelta(1))
    closed |= taken.keys() | {day - timedelta(1) for day in taken}
    for rules in (rules for rules in in_force if rules.since <= last):
        begins = max(first, rules.since)
        ends = min(last, rules.until - timedelta(1))
        # Dates whose hours may differ from the weekly ones; all others skip the rules, for speed.
        special = {
            day
            for exception in rules.exceptions
            if isinstance(exception.dates, DateRange)
            and exception.dates.first <= ends
            and exception.dates.last >= begins
            for day in DateRange(
                max(exception.dates.first, begins), min(exception.dates.last, ends)
            )
        }
        special_hours = {}
        for year in range(begins.year, ends.year + 1):
            entries = _entries(calendar, rules, year, "")
            special.update(_recurring_exceptions(calendar, rules, year))
            if rules.exceptions:
                special.update(entries)
                continue
            for day, entry in entries.items():  # all that is open on a day off is an exception
                if entry.is_workday:
                    special.add(day)
                else:
                    special_hours[day.toordinal()] = CLOSED
        for day in special | {day for day in closed if begins <= day <= ends}:
            uncut, kind = _hours_and_kind(calendar, day, rules, "")
            removed = _removed_hours(calendar, day, uncut, kind, taken) if day in closed else []
            special_hours[day.toordinal()] = _without(uncut, removed) if removed else uncut
        weekly = rules.week.days
        for ordinal in range(begins.toordinal(), ends.toordinal() + 1):
            hours = special_hours.get(ordinal)
            # Ordinal 1 is a Monday, hence the - 1.
            yield ordinal, weekly[(ordinal - 1) % 7] if hours is None else hours


def disagreements(
    calendar: CalendarLike, year: int
) -> Iterator[tuple[date, DatedHours, DatedHours]]:
    """The dates of a year that exceptions whose dates recur give different hours.

    Returns:
        Each date with the exception that counts, and one that does not.
    """
    for rules in _rules_between(calendar, date(year, 1, 1), date(year, 12, 31)):
        named = _named_in_year(rules.exceptions, year, _days_for(calendar, rules.exceptions))
        for day, (first, *others) in sorted(named.items()):
            if others and rules.since <= day < rules.until:
                if _exception_on(calendar, day, rules) is not first:
                    continue  # a date of its own decides
                for other in others:
                    if other.week.days[day.weekday()] != first.week.days[day.weekday()]:
                        yield day, first, other


def unpublished_from(calendar: CalendarLike) -> int | None:
    """The first instant of the first date whose holidays are not officially published, if any.

    For a combination, the earliest such instant of all its calendars.
    """
    if calendar.horizon:
        dates = [calendar.horizon + timedelta(1)]
    else:
        dates = [
            max(_certain_until(rules, published) + timedelta(1), rules.since)
            for rules in _rules_between(calendar, date.min, date.max)
            for published in (holidays.published_until() for holidays in rules.holidays)
            if published and published < rules.until - timedelta(1)
        ]
    instants: list[int | None] = [zone_of(calendar).midnight(day) for day in dates]
    instants += [unpublished_from(other) for _, other in terms_of(calendar)]
    return min((instant for instant in instants if instant is not None), default=None)


# Rules -------------------------------------------------------------------------------------------


def _certain_until(rules: RulesInForce, published: date) -> date:
    """The last date whose hours are certain; rules may look at holidays of later dates."""
    recurring = (*rules.recurring_exceptions, *rules.recurring_closures)
    keys: list[object] = [rule.dates for rule in recurring]
    for holidays in rules.holidays:
        if holidays.dates:
            keys += [dates for dates, _ in holidays.dates[-_FEW:]]
    if not keys:
        return published
    looking = (dates for dates in keys if isinstance(dates, RecurringDates))
    return min((dates.certain_until(published) for dates in looking), default=published)


def rule_book(
    week: WeekHours,
    holidays: tuple[Holidays, ...],
    exceptions: tuple[DatedHours, ...],
    closures: tuple[DatedHours, ...],
    changes: tuple[CalendarChange, ...],
) -> RuleBook:
    """The rules of a calendar, from its description."""
    first = RulesInForce(date.min, date.max, week, holidays)
    rules = [_with_hours(first, exceptions, closures)]
    for change in changes:
        before = rules[-1]
        rules[-1] = before._replace(until=change.since)
        after = before._replace(since=change.since, until=date.max)
        if change.week is not None:
            after = after._replace(week=change.week)
        if change.holidays is not None:
            after = after._replace(holidays=change.holidays)
        rules.append(_with_hours(after, change.exceptions, change.closures))
    return RuleBook(tuple(rules))


def _with_hours(
    rules: RulesInForce,
    exceptions: tuple[DatedHours, ...] | None,
    closures: tuple[DatedHours, ...] | None,
) -> RulesInForce:
    """Rules with other exceptions or closures, where those are not None."""
    if exceptions is not None and (exceptions or rules.exceptions):
        recurring = tuple(rule for rule in exceptions if rule.recurs)
        rules = rules._replace(exceptions=exceptions, recurring_exceptions=recurring)
    if closures is not None and (closures or rules.closures):
        recurring = tuple(rule for rule in closures if rule.recurs)
        rules = rules._replace(closures=closures, recurring_closures=recurring)
    return rules


def number_of_dates(calendar: CalendarLike) -> int:
    """The dates in a calendar's own lists of holidays, and in those of combined calendars."""
    lists = [calendar.holidays, *(change.holidays or () for change in calendar.changes)]
    own = sum(_holidays.number_of_dates(holidays) for several in lists for holidays in several)
    return own + sum(number_of_dates(other) for _, other in terms_of(calendar))


def most_stretches(calendar: CalendarLike) -> int:
    """The stretches of a day, at most, of all combined calendars together; 1 for each at least."""
    weeks = [
        week
        for rules in _book(calendar).rules
        for week in (rules.week, *(exception.week for exception in rules.exceptions))
    ]
    own = max(len(hours.shifts) for week in weeks for hours in week.days)
    return max(own, 1) + sum(other.timeline.stretches for _, other in terms_of(calendar))


def _book(calendar: CalendarLike) -> RuleBook:
    return calendar._rules  # noqa: SLF001 - not for users, but for this package


def _rules_between(calendar: CalendarLike, first: date, last: date) -> Sequence[RulesInForce]:
    """The rules in force on the dates from *first* to *last*, in order of time."""
    rules = _book(calendar).rules
    if len(rules) == 1:
        return rules
    begins = bisect_right(rules, first, key=attrgetter("until"))
    return rules[begins : bisect_right(rules, last, lo=begins, key=attrgetter("since"))]


def _hours_and_kind(
    calendar: CalendarLike, day: date, rules: RulesInForce, language: str
) -> tuple[DayHours, DayKind]:
    """The hours of a date and its kind, by the first rule that applies."""
    exception = _exception_on(calendar, day, rules)
    if exception is not None:
        hours = exception.week.days[day.weekday()]
        return hours, DayKind("exception", _name_of(exception, "exception", language))
    entry = _entries(calendar, rules, day.year, language).get(day)
    if entry is None:
        hours = rules.week.days[day.weekday()]
        return hours, DayKind("working-day" if hours else "weekend")
    if entry.is_workday:
        weekday = entry.stands_for.weekday() if entry.stands_for else 0
        return rules.week.days[weekday], DayKind("make-up-day", entry.name)
    return CLOSED, DayKind("holiday", entry.name)


def _exception_on(calendar: CalendarLike, day: date, rules: RulesInForce) -> DatedHours | None:
    exceptions = rules.exceptions
    if not exceptions:
        return None
    index = bisect_right(exceptions, day, key=_first_date) - 1
    if index >= 0:
        dates = exceptions[index].dates
        if isinstance(dates, DateRange) and day in dates:
            return exceptions[index]
    recurring = _recurring_exceptions(calendar, rules, day.year).get(day)
    return recurring[0] if recurring else None


def _first_date(rule: DatedHours) -> date:
    """The first date of a rule; those whose dates recur come last."""
    return rule.dates.first if isinstance(rule.dates, DateRange) else date.max


def _entries(
    calendar: CalendarLike, rules: RulesInForce, year: int, language: str
) -> Mapping[date, HolidayEntry]:
    """What the lists of holidays in force say of the dates of a year."""
    days = None
    if any(holidays.is_relative for holidays in rules.holidays):
        days = _book(calendar).days_of_lists
    return holiday_entries(rules.holidays, year, language, days)


# Dates that recur --------------------------------------------------------------------------------

_NAMES = {
    ("exception", True): N_("yearly exception {dates}"),
    ("exception", False): N_("exception {dates}"),
    ("closure", True): N_("yearly closure {dates}"),
    ("closure", False): N_("closure {dates}"),
}


@lru_cache(maxsize=256)
def _name_of(rule: DatedHours, kind: str, language: str) -> str:
    """The name of an exception or a closure: its own, or its dates if they recur."""
    if rule.name or not isinstance(rule.dates, RecurringDates):
        return rule.name
    translate = names_translator(language or "en")
    form = translate(_NAMES[kind, rule.dates.is_yearly])
    return form.format(dates=rule.dates.describe(translate))


@attrs.frozen(eq=False, slots=False)  # a key of caches, too long to be compared
class _WorkingDays:
    """The days that the weekly hours and the lists of holidays make working days.

    Args:
        rules: The rules of a calendar, without exceptions and closures.
        of_lists_alone: Whether dates of the lists that themselves look at working days do not
            count.
    """

    rules: tuple[RulesInForce, ...]
    of_lists_alone: bool = False

    def is_working(self, day: date) -> bool:
        rules, entry = self._entry(day)
        if entry is None:
            return bool(rules.week.days[day.weekday()])
        weekday = entry.stands_for.weekday() if entry.stands_for else 0
        return entry.is_workday and bool(rules.week.days[weekday])

    def is_day_off(self, day: date) -> bool:
        entry = self._entry(day)[1]
        return entry is not None and not entry.is_workday

    @cached_property
    def _of_lists(self) -> _WorkingDays:
        return _WorkingDays(self.rules, of_lists_alone=True)

    def _entry(self, day: date) -> tuple[RulesInForce, HolidayEntry | None]:
        rules = self.rules[bisect_right(self.rules, day, key=attrgetter("since")) - 1]
        days = None
        if not self.of_lists_alone and any(item.is_relative for item in rules.holidays):
            days = self._of_lists
        return rules, holiday_entries(rules.holidays, day.year, "", days).get(day)


def _days_for(calendar: CalendarLike, rules: tuple[DatedHours, ...]) -> _WorkingDays | None:
    """The working days of a calendar, if one of some rules looks at them."""
    is_relative = any(
        isinstance(rule.dates, RecurringDates) and rule.dates.is_relative for rule in rules
    )
    return _book(calendar).regular_days if is_relative else None


def _recurring_exceptions(
    calendar: CalendarLike, rules: RulesInForce, year: int
) -> Mapping[date, list[DatedHours]]:
    """The exceptions whose dates recur, by their dates in a year; the first of each counts."""
    exceptions = rules.recurring_exceptions
    if not exceptions:
        return {}
    return _named_in_year(exceptions, year, _days_for(calendar, exceptions))


@lru_cache(maxsize=512)
def _named_in_year(
    rules: tuple[DatedHours, ...], year: int, days: _WorkingDays | None
) -> Mapping[date, list[DatedHours]]:
    """Rules whose dates recur, by their dates in a year; of several, the one that counts first."""
    named: dict[date, list[DatedHours]] = {}
    for rule in rules:
        if isinstance(rule.dates, RecurringDates):
            for day in rule.dates.dates(year, days):
                named.setdefault(day, []).append(rule)
    for day, rules_of_day in named.items():
        if len(rules_of_day) > 1:
            rules_of_day.sort(key=partial(_rarity, day))
    return named


def _rarity(day: date, rule: DatedHours) -> tuple[float, int, str]:
    dates = rule.dates
    per_year = dates.per_year if isinstance(dates, RecurringDates) else 0
    hours = rule.week.days[day.weekday()]
    return per_year, sum(shift.closes - shift.opens for shift in hours.shifts), str(dates)


# Hours that are taken out ------------------------------------------------------------------------


class _Removed(NamedTuple):
    """Hours of a date, from its midnight on, that a holiday or a closure takes out."""

    opens: int
    closes: int
    kind: str
    name: str


def _spans(hours: DayHours) -> SpanList:
    return [(shift.opens, shift.closes) for shift in hours.shifts]


def _without(hours: DayHours, removed: list[_Removed]) -> DayHours:
    """Hours without those that were removed from them."""
    spans = intervals.normalise([item[:2] for item in removed])
    return DayHours(tuple(Span(*pair) for pair in intervals.subtract(_spans(hours), spans)))


def _taken_by_closures(
    calendar: CalendarLike, first: date, last: date, language: str = ""
) -> dict[date, list[_Removed]]:
    """What closures take out of the dates from *first* to *last*, from the midnight of each on."""
    taken: dict[date, list[_Removed]] = {}
    if not _book(calendar).has_closures:
        return taken
    first -= timedelta(1)  # whose closures may run past midnight
    for rules in _rules_between(calendar, first, last):
        begins, ends = max(first, rules.since), min(last, rules.until - timedelta(1))
        for named, rule in _named_by_closures(calendar, rules, begins, ends):
            name = _name_of(rule, "closure", language)
            for opens, closes in _spans(rule.week.days[named.weekday()]):
                for days in range(opens // DAY, -(-closes // DAY)):
                    part = max(opens - days * DAY, 0), min(closes - days * DAY, DAY)
                    day = named + timedelta(days)
                    taken.setdefault(day, []).append(_Removed(*part, "closure", name))
    return taken


def _named_by_closures(
    calendar: CalendarLike, rules: RulesInForce, first: date, last: date
) -> Iterator[tuple[date, DatedHours]]:
    for rule in rules.closures:
        if isinstance(rule.dates, DateRange):
            begins, ends = max(first, rule.dates.first), min(last, rule.dates.last)
            for ordinal in range(begins.toordinal(), ends.toordinal() + 1):
                yield date.fromordinal(ordinal), rule
    if rules.recurring_closures:
        days = _days_for(calendar, rules.recurring_closures)
        years = range(first.year, last.year + 1)
        by_year = {year: _named_in_year(rules.recurring_closures, year, days) for year in years}
        for day in map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1)):
            for rule in by_year[day.year].get(day, ()):
                yield day, rule


def _removed_hours(
    calendar: CalendarLike,
    day: date,
    hours: DayHours,
    kind: DayKind,
    taken: Mapping[date, list[_Removed]],
) -> list[_Removed]:
    """What lists of holidays and closures take out of the shifts of a date, with names.

    Shifts end on the next date at the latest. Exceptions, for the date of the shifts or for that of
    the closed hours, count more than the lists; closures, in *taken*, count more than exceptions.
    """
    if not hours:
        return []
    removed: list[_Removed] = []
    follows_lists = kind.kind != "exception" and _book(calendar).closes_hours
    if not (taken or follows_lists):
        return removed
    for days in (0, 1):
        closed_day = day + timedelta(days)
        of_day = [*taken.get(closed_day, ())]
        if follows_lists:
            rules = _rules_between(calendar, closed_day, closed_day)[0]
            items = closed_hours_of(rules.holidays).get(closed_day, ())
            if items and _hours_and_kind(calendar, closed_day, rules, "")[1].kind != "exception":
                of_day += [
                    _Removed(*span, "holiday", item.name) for item in items for span in item.spans
                ]
        removed += [
            item._replace(opens=item.opens + days * DAY, closes=item.closes + days * DAY)
            for item in of_day
        ]
    return removed


# A year ------------------------------------------------------------------------------------------


def compile_year(calendar: CalendarLike, year: int) -> CompiledYear:
    """Compile one year: the open spans of the UTC year and the working days of the local one."""
    margin = timedelta(_MARGIN)
    shifts = _shifts(calendar, date(year, 1, 1) - margin, date(year, 12, 31) + margin)
    spans = intervals.normalise([shift[:2] for shift in shifts])
    cost = len(shifts)
    if terms_of(calendar):
        spans, added = _combine(calendar, spans, year)
        cost += added
        shifts = _cut_by_day(calendar, spans, shifts)
    first_opens: dict[int, int] = {}
    last_closes: dict[int, int] = {}
    for opens, closes, day in shifts:
        first_opens[day] = min(first_opens.get(day, opens), opens)
        last_closes[day] = max(last_closes.get(day, closes), closes)
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    days = [WorkingDay(day, first_opens[day], last_closes[day]) for day in sorted(first_opens)]
    return CompiledYear(
        intervals.clip(spans, year_start(year), year_start(year + 1)),
        [day for day in days if first <= day.ordinal <= last],
        [tail for tail in _tails(days, shifts) if first <= tail[2] <= last],
        cost,
    )


def _shifts(calendar: CalendarLike, first: date, last: date) -> list[_Shift]:
    """The shifts of the dates from *first* to *last* as instants, in order, not merged."""
    readings: list[tuple[int, int, int]] = []
    for ordinal, hours in hours_of_dates(calendar, first, last):
        midnight = (ordinal - EPOCH_DAY) * DAY
        readings += [
            (midnight + shift.opens, midnight + shift.closes, ordinal) for shift in hours.shifts
        ]
    # What a closure leaves of a shift after midnight may begin after the next date's first shift.
    return _to_instants(zone_of(calendar), sorted(readings))


def _to_instants(
    zone: Zone, readings: list[tuple[int, int, LabelT]]
) -> list[tuple[int, int, LabelT]]:
    """Stretches of wall-clock readings, in order, as stretches of instants, in order."""
    if not readings:
        return []
    segments = zone.segments(readings[0][0] - 2 * DAY, readings[-1][1] + 2 * DAY)
    if len(segments) == 1:  # no clock change
        offset = segments[0][1]
        return [(opens - offset, closes - offset, day) for opens, closes, day in readings]
    # An instant is open when its reading is. So each stretch between two clock changes takes the
    # readings that its own clock shows: those in a gap occur in no stretch, those in a fold in two.
    ends = [start for start, _ in segments[1:]] + [LATEST + 2 * DAY]
    shifts: list[tuple[int, int, LabelT]] = []
    for (start, offset), end in zip(segments, ends, strict=True):
        # Shifts are shorter than two days, so none that opens earlier is still open at the start.
        begins = bisect_left(readings, start + offset - 2 * DAY, key=itemgetter(0))
        stops = bisect_left(readings, end + offset, key=itemgetter(0))
        shifts += [
            (max(opens - offset, start), min(closes - offset, end), day)
            for opens, closes, day in readings[begins:stops]
            if closes - offset > start
        ]
    return sorted(shifts)


def _combine(calendar: CalendarLike, spans: SpanList, year: int) -> tuple[SpanList, int]:
    """Apply the other calendars of a combination to the spans of a year and its margins.

    Returns:
        The spans, and how many spans those of the other calendars were made from.
    """
    start = max(year_start(year) - _MARGIN * DAY, EARLIEST)
    end = min(year_start(year + 1) + _MARGIN * DAY, LATEST)
    spans, cost = intervals.clip(spans, start, end), 0
    for operation, other in terms_of(calendar):
        others = other.timeline.spans(start, end)
        spans = OPERATIONS[operation](spans, others)
        cost += other.timeline.cost_of(year)
    return spans, cost


def _cut_by_day(calendar: CalendarLike, spans: SpanList, shifts: list[_Shift]) -> list[_Shift]:
    """Cut combined spans into pieces, each with the date it belongs to.

    A piece inside one of the calendar's own shifts belongs to the date of the shift. A piece that
    another calendar adds belongs to the date that the clock of this calendar's zone shows.
    """
    pieces = [
        (*piece, day)
        for opens, closes, day in shifts
        for piece in intervals.clip(spans, opens, closes)
    ]
    own = intervals.normalise([shift[:2] for shift in shifts])
    pieces += [
        (begins, ends, day.toordinal())
        for opens, closes in intervals.subtract(spans, own)
        for day, begins, ends in zone_of(calendar).dates(opens, closes)
    ]
    return pieces


def _tails(days: list[WorkingDay], shifts: list[_Shift]) -> Iterator[_Shift]:
    """What belongs to a day although another day has begun, and to no later day as well.

    Mostly that is the end of a shift after the next day's first opening. Where a shift has lost its
    beginning, the next day may even open before it: then it is that day's beginning.
    """
    for day, following in pairwise(days):
        parts = []
        if day.closes > following.opens:
            parts.append((day.ordinal, following.opens, day.closes))
        if day.opens > following.opens:
            parts.append((following.ordinal, following.opens, day.opens))
        for ordinal, begins, ends in parts:
            own = intervals.normalise([shift[:2] for shift in shifts if shift[2] == ordinal])
            later = intervals.normalise([shift[:2] for shift in shifts if shift[2] > ordinal])
            for opens, closes in intervals.subtract(intervals.clip(own, begins, ends), later):
                yield opens, closes, ordinal
