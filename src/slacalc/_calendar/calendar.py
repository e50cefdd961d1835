"""`Calendar`: a zone, weekly hours, holidays and exceptions, as data; and the algebra of calendars.

A calendar is a description. It knows which hours a date has and why (`Calendar._rule`), and it can
spell them out for a year as spans of instants (`Calendar._compile`), from which a `Timeline` is
made; equal calendars share one. All arithmetic is the timeline's.

The hours of a date, first rule that speaks:

1. an exception for the date;
2. the last list of holidays that mentions it: closed on a day off; on a make-up day the hours of
   the weekday it stands in for, or Monday's;
3. the weekly hours in force.

Algebra. ``a | b``, ``a & b`` and ``a - b`` are *a* with one more term; the terms apply from left to
right to what *a* itself would have open. So every calendar has one zone, one judgement of dates
(its own, the leftmost), and any number of calendars of any zones behind it.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, overload
from weakref import WeakValueDictionary

import attrs

from slacalc._calendar.arguments import (
    Change,
    ExceptionRule,
    holidays_data,
    parse_changes,
    parse_exceptions,
    parse_holidays,
    parse_horizon,
    parse_week,
    parse_zone,
)
from slacalc._calendar.holidays import Holidays, horizon_data, verdicts
from slacalc._calendar.hours import ALL_DAY, CLOSED, DayHours, WeekHours
from slacalc._calendar.ledger import Judgement
from slacalc._calendar.timeline import CompiledYear, Timeline, WorkingDay
from slacalc._calendar.verbs import CalendarVerbs
from slacalc._time import intervals as _spans
from slacalc._time.dates import DateRange, merge_ranges
from slacalc._time.instants import DAY, EARLIEST, EPOCH_DAY, LATEST, Zone, year_start, zone
from slacalc.errors import CalendarError, did_you_mean, located

if TYPE_CHECKING:
    from slacalc._time.intervals import SpanList

_MARGIN = 3  # days either side of a year that its spans may come from: zones and night shifts


# Opens and closes as instants, and the ordinal of the date the shift belongs to. Bare tuples, here
# and below: a compiled decade makes tens of thousands of them.
_Shift: TypeAlias = tuple[int, int, int]


class _Version(NamedTuple):
    """What is in force from one date until just before another."""

    since: date
    until: date
    week: WeekHours
    holidays: tuple[Holidays, ...]


_OPERATIONS: dict[str, Callable[[SpanList, SpanList], SpanList]] = {
    "|": _spans.union,
    "&": _spans.intersect,
    "-": _spans.subtract,
}


@attrs.frozen(repr=False)
class Calendar(CalendarVerbs):
    """Working hours as data: a zone, a week, holidays and exceptions.

    Args:
        time_zone: An IANA name such as ``"Asia/Shanghai"``. Hours are read, and answers given, in
            this zone.
        week: The weekly hours: ``"always"``, ``"closed"``, or a mapping of weekdays
            (``"mon-fri"``, ``"sat,sun"``, ``"daily"``) to hours (``"08:30-12:00, 13:00-17:30"``,
            ``"9-17"``, ``"22:00-06:00"`` for a night shift, ``"closed"``, or pairs of
            `datetime.time`). Weekdays not named are closed.
        holidays: Days off and make-up working days: a country that the `holidays` package knows
            (``"CN"``), a subdivision (``"US-CA"``), a `Holidays`, dates, a mapping of dates to
            names, or a list of several. Of two lists that mention one date the later one counts.
        exceptions: Hours for a date or a range of dates, in place of all other hours there: a
            mapping of ``"2026-12-24"`` or ``"2026-07-01..2026-08-31"`` to hours, to a week, or to
            ``{"hours": …, "name": …}``.
        changes: What is different from a date on: a mapping of dates to ``{"week": …}``,
            ``{"holidays": …}``, or both.
        horizon: The last year (or date) whose holidays are officially published, where that is
            known better than the lists of holidays do.

    Raises:
        TimeZoneError: The zone is unknown.
        HoursError: Hours or weekdays cannot be read.
        HolidaysError: A country or subdivision is unknown.
        CalendarError: Exceptions overlap, or are no mapping.

    Calendars are frozen, hashable and picklable, equal where their descriptions are, and combine:
    ``a | b`` is open where either is, ``a & b`` where both are, ``a - b`` where only *a* is. A
    combination answers in the zone of its left side.

    Example:
        >>> from slacalc import Calendar
        >>> office = Calendar(
        ...     time_zone="Asia/Shanghai",
        ...     week={"mon-fri": "08:30-12:00, 13:00-17:30"},
        ...     holidays="CN",
        ...     exceptions={"2026-12-24": "08:30-12:00", "2026-12-31": "closed"},
        ... )
        >>> print(office.add("2026-12-24T11:00:00+08:00", "4h"))
        2026-12-25 11:30:00+08:00
        >>> on_call = Calendar("Asia/Shanghai", "always") - office
        >>> on_call.is_open("2026-12-24T15:00:00+08:00")
        True
    """

    time_zone: str = attrs.field(converter=parse_zone)
    week: WeekHours = attrs.field(converter=parse_week)
    holidays: tuple[Holidays, ...] = attrs.field(default=(), converter=parse_holidays, kw_only=True)
    exceptions: tuple[ExceptionRule, ...] = attrs.field(
        factory=dict, converter=parse_exceptions, kw_only=True
    )
    changes: tuple[Change, ...] = attrs.field(factory=dict, converter=parse_changes, kw_only=True)
    horizon: date | None = attrs.field(default=None, converter=parse_horizon, kw_only=True)
    _terms: tuple[tuple[str, Calendar], ...] = attrs.field(default=(), alias="_terms", kw_only=True)
    _zone: Zone = attrs.field(init=False, eq=False)
    timeline: Timeline = attrs.field(init=False, eq=False)
    """The compiled form, for arithmetic on integers; equal calendars share it."""

    @_zone.default
    def _find_zone(self) -> Zone:
        return zone(self.time_zone)

    @timeline.default
    def _share_timeline(self) -> Timeline:
        return _timeline_of(self)

    # Description ---------------------------------------------------------------------------------

    @overload
    @classmethod
    def dates(cls, *dates: Any, time_zone: str) -> Calendar: ...
    @overload
    @classmethod
    def dates(cls, *dates: Any) -> FloatingDates: ...
    @classmethod
    def dates(cls, *dates: Any, time_zone: str | None = None) -> Calendar | FloatingDates:
        """A calendar that is open all day on the given dates, to combine others with.

        Args:
            *dates: Dates, ranges such as ``"2026-10-01..2026-10-07"``, or iterables of them.
            time_zone: Where the dates begin and end; left out, in the zone of the calendar they
                are combined with.

        Raises:
            DateError: A date cannot be read.

        Example:
            >>> from slacalc import Calendar
            >>> nights = Calendar("Europe/Berlin", {"daily": "22:00-06:00"})
            >>> cut = nights - Calendar.dates("2026-12-25")
            >>> print(cut.next_close("2026-12-24T23:00:00+01:00"))
            2026-12-25 00:00:00+01:00
        """
        ranges: list[DateRange] = []
        for given in dates:
            one = isinstance(given, str | date | DateRange) or (
                isinstance(given, tuple) and len(given) == 2
            )
            ranges += map(DateRange.parse, [given] if one else given)
        floating = FloatingDates(merge_ranges(ranges))
        return floating if time_zone is None else floating.in_zone(time_zone)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Calendar:
        """The calendar that `to_dict` described.

        Args:
            data: The arguments of this class by name, JSON-ready, and ``terms`` for a combination.

        Raises:
            CalendarError: A name is unknown, or one is missing.

        Example:
            >>> from slacalc import Calendar
            >>> Calendar.from_dict({"time_zone": "UTC", "week": {"mon-fri": "9-17"}})
            Calendar(time_zone='UTC', week={'mon-fri': '09:00-17:00'})
        """
        known = [field.name for field in attrs.fields(cls) if field.init and field.name != "_terms"]
        if not isinstance(data, Mapping):
            msg = (
                f"{data!r} is no description of a calendar: give a mapping with time_zone and week"
            )
            raise CalendarError(msg, given=data)
        for key in data:
            if key not in (*known, "terms"):
                clause, _ = did_you_mean(key, known)
                msg = f"{key!r} is no part of a calendar{clause}; its parts are {', '.join(known)}"
                raise CalendarError(msg, given=key)
        for key in ("time_zone", "week"):
            if key not in data:
                msg = f"a calendar needs {key}"
                raise CalendarError(msg, given=dict(data))
        calendar = cls(**{key: value for key, value in data.items() if key != "terms"})
        for index, term in enumerate(data.get("terms", ())):
            with located(f"terms[{index}]"):
                if not isinstance(term, Mapping) or term.keys() != {"operation", "calendar"}:
                    msg = f"{term!r} is no term: it has an operation and a calendar"
                    raise CalendarError(msg, given=term)
                calendar = calendar._with(term["operation"], cls.from_dict(term["calendar"]))
        return calendar

    def to_dict(self) -> dict[str, Any]:
        """The description as plain data, ready for JSON; `from_dict` reads it back.

        Example:
            >>> from slacalc import Calendar
            >>> Calendar("UTC", {"mon,tue,wed": "9-12,13-17"}).to_dict()
            {'time_zone': 'UTC', 'week': {'mon-wed': '09:00-12:00, 13:00-17:00'}}
        """
        data: dict[str, Any] = {"time_zone": self.time_zone, "week": self.week.to_data()}
        if self.holidays:
            data["holidays"] = holidays_data(self.holidays)
        if self.exceptions:
            data["exceptions"] = {str(one.dates): one.to_data() for one in self.exceptions}
        if self.changes:
            data["changes"] = {str(change.since): change.to_data() for change in self.changes}
        if self.horizon:
            data["horizon"] = horizon_data(self.horizon)
        if self._terms:
            data["terms"] = [
                {"operation": operation, "calendar": other.to_dict()}
                for operation, other in self._terms
            ]
        return data

    def to_html(self, year: int | None = None, *, language: str = "en") -> str:
        """The calendar as HTML: its week, and the days of a year; notebooks show it so.

        Args:
            year: The year; left out, since there is no clock to ask, the last one officially
                published, yet none later than the installed data of holidays were made for; for
                own dates alone the last one that they mention.
            language: The language, such as ``"en"`` or ``"zh"``.

        Raises:
            HorizonError: The year is outside the supported ones.
        """
        from slacalc._html.calendar import calendar_html  # noqa: PLC0415 - not needed until seen

        return calendar_html(self, year, language=language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        data = self.to_dict()
        data.pop("terms", None)
        text = f"Calendar({', '.join(f'{key}={value!r}' for key, value in data.items())})"
        for operation, other in self._terms:
            text = f"({text} {operation} {other!r})"
        return text

    def __reduce__(self) -> tuple[Callable[..., Calendar], tuple[dict[str, Any]]]:
        return Calendar.from_dict, (self.to_dict(),)

    # Algebra -------------------------------------------------------------------------------------

    def _with(self, operation: str, other: Calendar | FloatingDates) -> Calendar:
        if operation not in _OPERATIONS:
            msg = f"{operation!r} is no operation: it is one of {', '.join(_OPERATIONS)}"
            raise CalendarError(msg, given=operation)
        if isinstance(other, FloatingDates):
            other = other.in_zone(self.time_zone)
        return attrs.evolve(self, _terms=(*self._terms, (operation, other)))

    def __or__(self, other: object) -> Calendar:
        """Open where either calendar is."""
        return self._with("|", other) if isinstance(other, _COMBINABLE) else NotImplemented

    def __and__(self, other: object) -> Calendar:
        """Open where both calendars are."""
        return self._with("&", other) if isinstance(other, _COMBINABLE) else NotImplemented

    def __sub__(self, other: object) -> Calendar:
        """Open where this calendar is and the other is not."""
        return self._with("-", other) if isinstance(other, _COMBINABLE) else NotImplemented

    # Rules ---------------------------------------------------------------------------------------

    def _versions(self, first: date, last: date) -> list[_Version]:
        """What is in force on the dates from first to last, both included."""
        versions = [_Version(date.min, date.max, self.week, self.holidays)]
        for change in self.changes:
            before = versions[-1]
            versions[-1] = before._replace(until=change.since)
            versions.append(
                _Version(
                    change.since,
                    date.max,
                    before.week if change.week is None else change.week,
                    before.holidays if change.holidays is None else change.holidays,
                )
            )
        return [one for one in versions if one.since <= last and one.until > first]

    def _rule(self, day: date, version: _Version, language: str) -> tuple[DayHours, Judgement]:
        """The hours of a date and the reason for them, by the first rule that speaks."""
        index = bisect_right(self.exceptions, day, key=lambda one: one.dates.first) - 1
        if index >= 0 and day in self.exceptions[index].dates:
            exception = self.exceptions[index]
            return exception.week.days[day.weekday()], Judgement("exception", exception.name)
        verdict = verdicts(version.holidays, day.year, language).get(day)
        if verdict is None:
            hours = version.week.days[day.weekday()]
            return hours, Judgement("working-day" if hours else "weekend")
        if verdict.is_workday:
            weekday = verdict.stands_for.weekday() if verdict.stands_for else 0
            return version.week.days[weekday], Judgement("make-up-day", verdict.name)
        return CLOSED, Judgement("holiday", verdict.name)

    def _judge(self, day: date, language: str) -> Judgement:
        return self._rule(day, self._versions(day, day)[0], language)[1]

    def _hours(self, first: date, last: date) -> Iterable[tuple[int, DayHours]]:
        """The hours of the dates from first to last, as pairs of ordinal and hours."""
        for version in self._versions(first, last):
            begins = max(first, version.since)
            ends = min(last, version.until - timedelta(1))
            special = {
                day
                for exception in self.exceptions
                if exception.dates.first <= ends and exception.dates.last >= begins
                for day in DateRange(
                    max(exception.dates.first, begins), min(exception.dates.last, ends)
                )
            }
            for year in range(begins.year, ends.year + 1):
                special.update(verdicts(version.holidays, year))
            ruled = {day.toordinal(): self._rule(day, version, "")[0] for day in special}
            weekly = version.week.days
            for ordinal in range(begins.toordinal(), ends.toordinal() + 1):
                hours = ruled.get(ordinal)
                yield ordinal, weekly[(ordinal - 1) % 7] if hours is None else hours

    # Compilation ---------------------------------------------------------------------------------

    def _shifts(self, first: date, last: date) -> list[_Shift]:
        """The shifts of the dates from first to last as instants, in order, not merged."""
        readings: list[tuple[int, int, int]] = []
        for ordinal, hours in self._hours(first, last):
            midnight = (ordinal - EPOCH_DAY) * DAY
            readings += [
                (midnight + shift.opens, midnight + shift.closes, ordinal) for shift in hours.shifts
            ]
        if not readings:
            return []
        segments = self._zone.segments(readings[0][0] - 2 * DAY, readings[-1][1] + 2 * DAY)
        if len(segments) == 1:
            offset = segments[0][1]
            return [(opens - offset, closes - offset, day) for opens, closes, day in readings]
        # An instant is open when its reading is, so each segment shows its own part of the
        # readings: what lies in a gap is shown by none, what lies in a fold by two.
        ends = [start for start, _ in segments[1:]] + [LATEST + 2 * DAY]
        shifts: list[_Shift] = []
        for (start, offset), end in zip(segments, ends, strict=True):
            # No shift is as long as two days.
            begins = bisect_left(readings, start + offset - 2 * DAY, key=itemgetter(0))
            stops = bisect_left(readings, end + offset, key=itemgetter(0))
            shifts += [
                (max(opens - offset, start), min(closes - offset, end), day)
                for opens, closes, day in readings[begins:stops]
                if closes - offset > start
            ]
        return sorted(shifts)

    def _compile(self, year: int) -> CompiledYear:
        """One year: the spans within the UTC year, and the working days of the local one."""
        margin = timedelta(_MARGIN)
        shifts = self._shifts(date(year, 1, 1) - margin, date(year, 12, 31) + margin)
        spans = _spans.normalise([shift[:2] for shift in shifts])
        if self._terms:
            spans = self._combined(spans, year)
            shifts = self._assigned(spans, shifts)
        first_opens: dict[int, int] = {}
        last_closes: dict[int, int] = {}
        for opens, closes, day in shifts:
            first_opens[day] = min(first_opens.get(day, opens), opens)
            last_closes[day] = max(last_closes.get(day, closes), closes)
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        days = [WorkingDay(day, first_opens[day], last_closes[day]) for day in sorted(first_opens)]
        return CompiledYear(
            _spans.clip(spans, year_start(year), year_start(year + 1)),
            [day for day in days if first <= day.ordinal <= last],
            [tail for tail in _tails(days, shifts) if first <= tail[2] <= last],
        )

    def _combined(self, spans: SpanList, year: int) -> SpanList:
        """What is left and added of a year's spans once the terms have been applied."""
        start = max(year_start(year) - _MARGIN * DAY, EARLIEST)
        end = min(year_start(year + 1) + _MARGIN * DAY, LATEST)
        spans = _spans.clip(spans, start, end)
        for operation, other in self._terms:
            spans = _OPERATIONS[operation](spans, other.timeline.spans(start, end))
        return spans

    def _assigned(self, spans: SpanList, shifts: list[_Shift]) -> list[_Shift]:
        """Each piece of combined spans, with the date it belongs to.

        What lies inside a shift of our own belongs to the shift's date; the rest, which other
        calendars add, to the date that our clock shows.
        """
        pieces = [
            (*piece, day)
            for opens, closes, day in shifts
            for piece in _spans.clip(spans, opens, closes)
        ]
        own = _spans.normalise([shift[:2] for shift in shifts])
        pieces += [
            (begins, ends, day.toordinal())
            for opens, closes in _spans.subtract(spans, own)
            for day, begins, ends in self._zone.dates(opens, closes)
        ]
        return pieces

    def _own_spans(self, start: int, end: int) -> SpanList:
        own = attrs.evolve(self, _terms=()) if self._terms else self
        return own.timeline.spans(start, end)

    def _unpublished_from(self) -> int | None:
        found = []
        for version in self._versions(date.min, date.max):
            for one in version.holidays:
                last = one.published_until()
                if last and last < version.until - timedelta(1):
                    found.append(max(last + timedelta(1), version.since))
        if self.horizon:
            found = [self.horizon + timedelta(1)]
        instants = [self._zone.midnight(day) for day in found]
        for _, other in self._terms:
            instant = other._unpublished_from()
            if instant is not None:
                instants.append(instant)
        return min(instants, default=None)


def _tails(days: list[WorkingDay], shifts: list[_Shift]) -> Iterator[_Shift]:
    """What belongs to a day after the next one's first opening, and to no later day as well."""
    for day, following in pairwise(days):
        if day.closes > following.opens:
            own = _spans.normalise([shift[:2] for shift in shifts if shift[2] == day.ordinal])
            later = _spans.normalise([shift[:2] for shift in shifts if shift[2] > day.ordinal])
            for opens, closes in _spans.subtract(
                _spans.clip(own, following.opens, day.closes), later
            ):
                yield opens, closes, day.ordinal


@attrs.frozen(repr=False)
class FloatingDates:
    """Whole dates without a zone of their own: they take that of the calendar they combine with."""

    ranges: tuple[DateRange, ...]

    def __repr__(self) -> str:
        return f"Calendar.dates({', '.join(repr(str(one)) for one in self.ranges)})"

    def in_zone(self, time_zone: str) -> Calendar:
        """The calendar that is open all day on these dates in a zone."""
        return Calendar(time_zone, "closed", exceptions=dict.fromkeys(self.ranges, ALL_DAY))


_COMBINABLE = (Calendar, FloatingDates)


# Timelines by the descriptions of their calendars, for as long as any such calendar lives; and the
# latest few, for programs that read a calendar anew for each request.
_timelines: WeakValueDictionary[str, Timeline] = WeakValueDictionary()
_latest: deque[Timeline] = deque(maxlen=16)
_timelines_lock = threading.Lock()


def _timeline_of(calendar: Calendar) -> Timeline:
    """The timeline that all calendars equal to this one share."""
    description = repr(calendar)
    with _timelines_lock:
        timeline = _timelines.get(description)
        if timeline is None:
            timeline = _timelines[description] = Timeline(calendar._zone, calendar._compile)
            _latest.append(timeline)
        return timeline


ALWAYS = Calendar("UTC", "always")
"""Every instant: the calendar of targets that count plain hours."""
