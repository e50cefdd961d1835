"""Compile a calendar: the hours of each date and the reason for them, and each year as open spans.

How it works. The hours of a date follow from the first of these rules that applies:

1. an exception for the date;
2. the last list of holidays that mentions the date: closed on a day off; on a make-up day the hours
   of the weekday it stands in for, or Monday's if that is unknown;
3. the weekly hours in force.

Hours that a list of holidays closes on a single date are then taken out of all shifts but those of
exceptions.

`compile_year` collects the shifts of all dates of a year as wall-clock readings, converts them to
instants, merges them, and applies the other calendars of a combination (``a | b``, ``a & b``,
``a - b``) from left to right. So a combined calendar has the zone and the kinds of dates of its
leftmost calendar, and takes only open spans from the others.

Read next: `timeline`, which lays the compiled years end to end and does the arithmetic.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self, TypeAlias, TypeVar

import attrs

from slacalc._calendar.holidays import closed_hours_of, holiday_entries
from slacalc._calendar.hours import CLOSED, DayHours
from slacalc._calendar.timeline import CompiledYear, WorkingDay
from slacalc._time import intervals
from slacalc._time.dates import DateRange
from slacalc._time.instants import DAY, EARLIEST, EPOCH_DAY, LATEST, year_start
from slacalc._time.intervals import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slacalc._calendar.arguments import CalendarChange, ExceptionRule
    from slacalc._calendar.holidays import Holidays
    from slacalc._calendar.hours import WeekHours
    from slacalc._calendar.timeline import Timeline
    from slacalc._time.instants import Zone
    from slacalc._time.intervals import SpanList

_MARGIN = 3  # days before and after a year whose shifts may reach into it: zones, night shifts

# Opening and closing as instants, and the ordinal of the date the shift belongs to. A plain tuple,
# since a compiled decade makes tens of thousands of them.
_Shift: TypeAlias = tuple[int, int, int]
LabelT = TypeVar("LabelT", int, str)

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
    def exceptions(self) -> tuple[ExceptionRule, ...]: ...
    @property
    def changes(self) -> tuple[CalendarChange, ...]: ...
    @property
    def horizon(self) -> date | None: ...
    @property
    def timeline(self) -> Timeline: ...
    @property
    def _terms(self) -> tuple[tuple[str, Self], ...]: ...


CalendarT = TypeVar("CalendarT", bound=CalendarLike)


class DayKind(NamedTuple):
    """The kind of a date on a calendar, and the name that goes with it.

    The kinds are ``working-day``, ``weekend``, ``holiday``, ``make-up-day`` and ``exception``.
    """

    kind: str
    name: str = ""


class _RulesInForce(NamedTuple):
    """Weekly hours and lists of holidays, from the date *since* to the day before *until*."""

    since: date
    until: date
    week: WeekHours
    holidays: tuple[Holidays, ...]


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
    removed = _removed_hours(calendar, day, hours, kind)
    if removed and not _without(hours, removed):
        names = dict.fromkeys(name for _, _, name in removed)
        return DayKind("holiday", ", ".join(filter(None, names)))
    return kind


def closed_stretches(calendar: CalendarLike, day: date) -> list[tuple[int, int, str]]:
    """The parts of a date's shifts, and of those of the day before, that a list closes.

    Returns:
        For each the first instant, the instant after the last, and the name.
    """
    readings = []
    for start in (day - timedelta(1), day):
        rules = _rules_between(calendar, start, start)[0]
        hours, kind = _hours_and_kind(calendar, start, rules, "")
        midnight = (start.toordinal() - EPOCH_DAY) * DAY
        for opens, closes, name in _removed_hours(calendar, start, hours, kind):
            parts = intervals.clip(_spans(hours), opens, closes)
            readings += [(midnight + begins, midnight + ends, name) for begins, ends in parts]
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
    for rules in (rules for rules in in_force if rules.since <= last):
        begins = max(first, rules.since)
        ends = min(last, rules.until - timedelta(1))
        # Dates whose hours may differ from the weekly ones; all others skip the rules, for speed.
        special = {
            day
            for exception in calendar.exceptions
            if exception.dates.first <= ends and exception.dates.last >= begins
            for day in DateRange(
                max(exception.dates.first, begins), min(exception.dates.last, ends)
            )
        }
        for year in range(begins.year, ends.year + 1):
            special.update(holiday_entries(rules.holidays, year))
        special_hours = {}
        for day in special | closed:
            uncut, kind = _hours_and_kind(calendar, day, rules, "")
            removed = _removed_hours(calendar, day, uncut, kind) if day in closed else []
            special_hours[day.toordinal()] = _without(uncut, removed) if removed else uncut
        weekly = rules.week.days
        for ordinal in range(begins.toordinal(), ends.toordinal() + 1):
            hours = special_hours.get(ordinal)
            # Ordinal 1 is a Monday, hence the - 1.
            yield ordinal, weekly[(ordinal - 1) % 7] if hours is None else hours


def unpublished_from(calendar: CalendarLike) -> int | None:
    """The first instant of the first date whose holidays are not officially published, if any.

    For a combination, the earliest such instant of all its calendars.
    """
    if calendar.horizon:
        dates = [calendar.horizon + timedelta(1)]
    else:
        dates = [
            max(published + timedelta(1), rules.since)
            for rules in _rules_between(calendar, date.min, date.max)
            for published in (holidays.published_until() for holidays in rules.holidays)
            if published and published < rules.until - timedelta(1)
        ]
    instants: list[int | None] = [zone_of(calendar).midnight(day) for day in dates]
    instants += [unpublished_from(other) for _, other in terms_of(calendar)]
    return min((instant for instant in instants if instant is not None), default=None)


# Rules -------------------------------------------------------------------------------------------


def _rules_between(calendar: CalendarLike, first: date, last: date) -> list[_RulesInForce]:
    """The rules in force on the dates from *first* to *last*, in order of time."""
    rules = [_RulesInForce(date.min, date.max, calendar.week, calendar.holidays)]
    for change in calendar.changes:
        before = rules[-1]
        rules[-1] = before._replace(until=change.since)
        rules.append(
            _RulesInForce(
                change.since,
                date.max,
                before.week if change.week is None else change.week,
                before.holidays if change.holidays is None else change.holidays,
            )
        )
    return [rule for rule in rules if rule.since <= last and rule.until > first]


def _hours_and_kind(
    calendar: CalendarLike, day: date, rules: _RulesInForce, language: str
) -> tuple[DayHours, DayKind]:
    """The hours of a date and its kind, by the first rule that applies."""
    exceptions = calendar.exceptions
    index = bisect_right(exceptions, day, key=lambda exception: exception.dates.first) - 1
    if index >= 0 and day in exceptions[index].dates:
        exception = exceptions[index]
        return exception.week.days[day.weekday()], DayKind("exception", exception.name)
    entry = holiday_entries(rules.holidays, day.year, language).get(day)
    if entry is None:
        hours = rules.week.days[day.weekday()]
        return hours, DayKind("working-day" if hours else "weekend")
    if entry.is_workday:
        weekday = entry.stands_for.weekday() if entry.stands_for else 0
        return rules.week.days[weekday], DayKind("make-up-day", entry.name)
    return CLOSED, DayKind("holiday", entry.name)


def _spans(hours: DayHours) -> SpanList:
    return [(shift.opens, shift.closes) for shift in hours.shifts]


def _without(hours: DayHours, removed: list[tuple[int, int, str]]) -> DayHours:
    """Hours without those that were removed from them."""
    spans = intervals.normalise([span[:2] for span in removed])
    return DayHours(tuple(Span(*pair) for pair in intervals.subtract(_spans(hours), spans)))


def _closes_hours(calendar: CalendarLike) -> bool:
    """Whether any list of holidays closes hours; most do not, and need no further thought."""
    lists = [calendar.holidays, *(change.holidays or () for change in calendar.changes)]
    return any(holidays.closed_hours for several in lists for holidays in several)


def _removed_hours(
    calendar: CalendarLike, day: date, hours: DayHours, kind: DayKind
) -> list[tuple[int, int, str]]:
    """What lists of holidays close during the shifts of a date, from its midnight on, with names.

    Shifts end on the next date at the latest. Exceptions, for the date of the shifts or for that of
    the closed hours, count more than the lists.
    """
    if not hours or kind.kind == "exception" or not _closes_hours(calendar):
        return []
    removed = []
    for days in (0, 1):
        closed_day = day + timedelta(days)
        rules = _rules_between(calendar, closed_day, closed_day)[0]
        items = closed_hours_of(rules.holidays).get(closed_day, ())
        if items and _hours_and_kind(calendar, closed_day, rules, "")[1].kind != "exception":
            removed += [
                (opens + days * DAY, closes + days * DAY, item.name)
                for item in items
                for opens, closes in item.spans
            ]
    return removed


# A year ------------------------------------------------------------------------------------------


def compile_year(calendar: CalendarLike, year: int) -> CompiledYear:
    """Compile one year: the open spans of the UTC year and the working days of the local one."""
    margin = timedelta(_MARGIN)
    shifts = _shifts(calendar, date(year, 1, 1) - margin, date(year, 12, 31) + margin)
    spans = intervals.normalise([shift[:2] for shift in shifts])
    if terms_of(calendar):
        spans = _combine(calendar, spans, year)
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
    )


def _shifts(calendar: CalendarLike, first: date, last: date) -> list[_Shift]:
    """The shifts of the dates from *first* to *last* as instants, in order, not merged."""
    readings: list[tuple[int, int, int]] = []
    for ordinal, hours in hours_of_dates(calendar, first, last):
        midnight = (ordinal - EPOCH_DAY) * DAY
        readings += [
            (midnight + shift.opens, midnight + shift.closes, ordinal) for shift in hours.shifts
        ]
    return _to_instants(zone_of(calendar), readings)


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


def _combine(calendar: CalendarLike, spans: SpanList, year: int) -> SpanList:
    """Apply the other calendars of a combination to the spans of a year and its margins."""
    start = max(year_start(year) - _MARGIN * DAY, EARLIEST)
    end = min(year_start(year + 1) + _MARGIN * DAY, LATEST)
    spans = intervals.clip(spans, start, end)
    for operation, other in terms_of(calendar):
        spans = OPERATIONS[operation](spans, other.timeline.spans(start, end))
    return spans


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
    """What belongs to a day after the next day's first opening, and to no later day as well."""
    for day, following in pairwise(days):
        if day.closes > following.opens:
            own = intervals.normalise([shift[:2] for shift in shifts if shift[2] == day.ordinal])
            later = intervals.normalise([shift[:2] for shift in shifts if shift[2] > day.ordinal])
            tail = intervals.clip(own, following.opens, day.closes)
            for opens, closes in intervals.subtract(tail, later):
                yield opens, closes, day.ordinal
