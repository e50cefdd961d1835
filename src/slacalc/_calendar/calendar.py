"""`Calendar`: a zone, weekly hours, holidays and exceptions, as data, and the questions it answers.

How it works. A calendar is a frozen description. `compilation` turns each year of it into open
spans; `timeline` lays the years end to end and does all arithmetic, on integers of UTC
microseconds; equal calendars share one timeline. The methods here convert their arguments to
integers, ask the timeline once, and convert its answer back.

Combining. ``a | b``, ``a & b`` and ``a - b`` are copies of *a* with one more *term*: an operation
and a calendar of any zone. The terms apply from left to right to the hours of *a* itself, whose
zone and whose kinds of dates the combination keeps.

Next: `arguments`, for what people may pass to `Calendar(...)`; `compilation`, for the hours of a
date. This module is long because `Calendar` has one method for each question, each documented for
users.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload
from weakref import WeakValueDictionary

import attrs

from slacalc._calendar.arguments import (
    CalendarChange,
    ExceptionRule,
    holidays_data,
    parse_changes,
    parse_exceptions,
    parse_holidays,
    parse_horizon,
    parse_week,
    parse_zone,
    unknown_edge,
    whole_days,
)
from slacalc._calendar.compilation import OPERATIONS, compile_year, kind_of_day, unpublished_from
from slacalc._calendar.holidays import Holidays, horizon_data
from slacalc._calendar.hours import ALL_DAY, WeekHours
from slacalc._calendar.ledger import Ledger, account
from slacalc._calendar.timeline import Timeline
from slacalc._time.dates import DateRange, merge_ranges, parse_date
from slacalc._time.durations import to_work
from slacalc._time.instants import (
    DAY,
    EARLIEST,
    EPOCH_DAY,
    LATEST,
    MICROSECOND,
    SECOND,
    Zone,
    horizon_error,
    to_duration,
    to_instant,
    zone,
)
from slacalc.errors import (
    CalendarError,
    ProvisionalError,
    ReversedRangeError,
    located,
    unknown_name,
)

if TYPE_CHECKING:
    from datetime import timedelta

    import pendulum

    from slacalc._time.intervals import SpanList


class OpenSpan(NamedTuple):
    """A half-open stretch of working time, from *opens* to just before *closes*."""

    opens: pendulum.DateTime
    closes: pendulum.DateTime


@attrs.frozen(kw_only=True)
class Day:
    """A date on a calendar.

    Args:
        date: The date.
        kind: ``working-day``, ``weekend`` (a weekly day of rest), ``holiday``, ``make-up-day``
            or ``exception``.
        name: The name of the holiday or exception, or the day off that a make-up day was
            exchanged for; else the empty string.
        spans: The open stretches that belong to the date; those of a night shift belong to the
            date it starts on.
    """

    date: date
    kind: str
    name: str = ""
    spans: tuple[OpenSpan, ...] = ()

    @property
    def is_working(self) -> bool:
        """Whether there is any working time on the date."""
        return bool(self.spans)

    @property
    def work(self) -> pendulum.Duration:
        """The working time of the date, as physical time."""
        return to_duration(
            sum(to_instant(closes) - to_instant(opens) for opens, closes in self.spans)
        )


@attrs.frozen(repr=False)
class Calendar:
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
    changes: tuple[CalendarChange, ...] = attrs.field(
        factory=dict, converter=parse_changes, kw_only=True
    )
    horizon: date | None = attrs.field(default=None, converter=parse_horizon, kw_only=True)
    _terms: tuple[tuple[str, Calendar], ...] = attrs.field(default=(), alias="_terms", kw_only=True)
    timeline: Timeline = attrs.field(init=False, eq=False)
    """The compiled form, for arithmetic on UTC microseconds; equal calendars share it."""
    _zone: Zone = attrs.field(init=False, eq=False)

    @timeline.default
    def _shared_timeline(self) -> Timeline:
        return _timeline_of(self)

    @_zone.default
    def _zone_of_timeline(self) -> Zone:
        return self.timeline.zone

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
                raise unknown_name(CalendarError, "a part of a calendar", key, known)
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
        if operation not in OPERATIONS:
            msg = f"{operation!r} is no operation: it is one of {', '.join(OPERATIONS)}"
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

    # Questions --------------------------------------------------------------------------------

    @property
    def provisional_from(self) -> date | None:
        """The first date whose holidays are not officially published; None where there is none.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN", horizon=2026)
            >>> print(office.provisional_from)
            2027-01-01
        """
        first = unpublished_from(self)
        return None if first is None else self._zone.date(first)

    def is_provisional(self, answer: datetime | str) -> bool:
        """Whether an answer reaches past the officially published holidays.

        Args:
            answer: An instant that another verb gave.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN", horizon=2026)
            >>> office.is_provisional(office.add("2026-12-31T17:00:00+08:00", "4h"))
            True
        """
        first = unpublished_from(self)
        return first is not None and to_instant(answer) > first

    def _answer(self, instant: int, *, strict: bool) -> pendulum.DateTime:
        if strict:
            refuse_provisional(self, instant)
        return self._zone.datetime(instant)

    def add(
        self,
        start: datetime | str,
        work: timedelta | str,
        *,
        edge: Literal["close", "next_open"] = "close",
        strict: bool = False,
    ) -> pendulum.DateTime:
        """The first instant at which so much work, begun at *start*, is done.

        Args:
            start: Where the work begins; outside hours it waits for the next opening.
            work: Its length: a `timedelta`, a `pendulum.Duration`, or text (``"4h"``,
                ``"1h30m"``, ``"PT4H"``). No work at all answers *start*, or the next opening;
                negative work answers what `subtract` does.
            edge: Where the work ends exactly with a span of hours: ``"close"`` answers that
                closing, ``"next_open"`` the next opening.
            strict: Refuse a provisional answer.

        Raises:
            WorkError: The length cannot be read.
            NeverOpen: The calendar has no working minute.
            HorizonError: The work is not done within the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.add("2024-05-03T16:00:00+02:00", "2h"))
            2024-05-06 10:00:00+02:00
            >>> print(office.add("2024-05-03T16:00:00+02:00", "1h"))
            2024-05-03 17:00:00+02:00
        """
        if edge not in ("close", "next_open"):
            raise unknown_edge(edge, "close", "next_open")
        done = self.timeline.add(to_instant(start), to_work(work), to_next_open=edge == "next_open")
        if strict:
            refuse_provisional(self, done)
        return self._zone.datetime(done)

    def subtract(
        self,
        end: datetime | str,
        work: timedelta | str,
        *,
        edge: Literal["open", "previous_close"] = "open",
        strict: bool = False,
    ) -> pendulum.DateTime:
        """The last instant from which so much work is done by *end*: the exact mirror of `add`.

        Args:
            end: When the work is done.
            work: Its length, as for `add`. No work at all answers *end*, or the previous closing.
            edge: Where the work begins exactly with a span of hours: ``"open"`` answers that
                opening, ``"previous_close"`` the closing before it.
            strict: Refuse a provisional answer.

        Raises:
            WorkError: The length cannot be read.
            NeverOpen: The calendar has no working minute.
            HorizonError: The work does not fit into the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.subtract("2024-05-06T10:00:00+02:00", "2h"))
            2024-05-03 16:00:00+02:00
        """
        if edge not in ("open", "previous_close"):
            raise unknown_edge(edge, "open", "previous_close")
        ended = to_instant(end)
        begun = self.timeline.subtract(
            ended, to_work(work), to_previous_close=edge == "previous_close"
        )
        if strict:
            refuse_provisional(self, ended)
        return self._answer(begun, strict=strict)

    def elapsed(
        self, start: datetime | str, end: datetime | str, *, strict: bool = False
    ) -> pendulum.Duration:
        """The working time between two instants; negative where the end is the earlier one.

        Args:
            start: The first instant.
            end: The last instant.
            strict: Refuse a provisional answer.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> office.elapsed("2024-05-03T16:00:00+02:00", "2024-05-06T10:00:00+02:00").in_hours()
            2
        """
        return to_duration(self._elapsed(start, end, strict=strict))

    def elapsed_seconds(
        self, start: datetime | str, end: datetime | str, *, strict: bool = False
    ) -> int:
        """`elapsed` in whole seconds, a fraction dropped: the same answer at a third of the cost.

        Args:
            start: The first instant.
            end: The last instant.
            strict: Refuse a provisional answer.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> office.elapsed_seconds("2024-05-03T16:00:00+02:00", "2024-05-06T10:00:00+02:00")
            7200
        """
        elapsed = self._elapsed(start, end, strict=strict)
        return elapsed // SECOND if elapsed >= 0 else -(-elapsed // SECOND)

    def _elapsed(self, start: datetime | str, end: datetime | str, *, strict: bool) -> int:
        wall, zone = self.timeline.wall, self._zone
        if (
            wall is not None
            and type(start) is datetime is type(end)
            and start.tzinfo is zone.info is end.tzinfo
            and not strict
        ):
            begun, ended = (start - zone.base) // MICROSECOND, (end - zone.base) // MICROSECOND
            if wall.start <= begun <= ended < wall.end:
                return wall.between(begun, ended)
        begun, ended = to_instant(start), to_instant(end)
        if strict:
            refuse_provisional(self, max(begun, ended))
        return self.timeline.elapsed(begun, ended)

    def is_open(self, at: datetime | str, *, strict: bool = False) -> bool:
        """Whether an instant is working time; an opening is, a closing is not.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> office.is_open("2024-05-03T09:00+02:00"), office.is_open("2024-05-03T17:00+02:00")
            (True, False)
        """
        instant = to_instant(at)
        if strict:
            refuse_provisional(self, instant, inclusive=True)
        return self.timeline.is_open(instant)

    def next_open(self, after: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The first open instant from *after* on: itself where it is open, else the next opening.

        Raises:
            NeverOpen: The calendar has no working minute.
            HorizonError: It does not open again within the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.next_open("2024-05-03T18:00:00+02:00"))
            2024-05-06 09:00:00+02:00
        """
        return self._event(self.timeline.next_open(to_instant(after)), strict=strict)

    def next_close(self, after: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The first closing after an instant: of the running span, or of the next one.

        Raises:
            NeverOpen: The calendar has no working minute.
            HorizonError: It does not close within the supported years.
        """
        return self._event(self.timeline.next_close(to_instant(after)), strict=strict)

    def previous_open(self, before: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The last opening at or before an instant: of the running span, or of the one before.

        Raises:
            NeverOpen: The calendar has no working minute.
            HorizonError: It did not open before within the supported years.
        """
        return self._event(self.timeline.previous_open(to_instant(before)), strict=strict)

    def previous_close(self, before: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The last closing at or before an instant.

        Raises:
            NeverOpen: The calendar has no working minute.
            HorizonError: It did not close before within the supported years.
        """
        return self._event(self.timeline.previous_close(to_instant(before)), strict=strict)

    def _event(self, instant: int, *, strict: bool) -> pendulum.DateTime:
        """Answer an opening or closing, which rests on what is open at that instant."""
        if strict:
            refuse_provisional(self, instant, inclusive=True)
        return self._zone.datetime(instant)

    def spans(
        self, start: datetime | str, end: datetime | str, *, strict: bool = False
    ) -> list[OpenSpan]:
        """The stretches of working time between two instants, cut to them, in order.

        Args:
            start: The first instant.
            end: The instant after the last.
            strict: Refuse a provisional answer.

        Raises:
            ReversedRangeError: The end is before the start.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-12, 13-17"})
            >>> spans = office.spans("2024-05-03T10:00+02:00", "2024-05-03T16:00+02:00")
            >>> for opens, closes in spans:
            ...     print(f"{opens:%H:%M}-{closes:%H:%M}")
            10:00-12:00
            13:00-16:00
        """
        begun, ended = self._ordered(start, end, strict=strict)
        return self._datetimes(self.timeline.spans(begun, ended))

    def _ordered(
        self, start: datetime | str, end: datetime | str, *, strict: bool
    ) -> tuple[int, int]:
        begun, ended = to_instant(start), to_instant(end)
        if ended < begun:
            msg = f"the range from {start} to {end} ends before it begins: exchange the two"
            raise ReversedRangeError(msg, start=start, end=end)
        if strict:
            refuse_provisional(self, ended)
        return begun, ended

    def _datetimes(self, spans: SpanList) -> list[OpenSpan]:
        show = self._zone.datetime
        return [OpenSpan(show(opens), show(closes)) for opens, closes in spans]

    def days(
        self,
        from_date: date | str,
        to_date: date | str,
        *,
        language: str = "en",
        strict: bool = False,
    ) -> list[Day]:
        """The dates from one to another, **both included**, with what the calendar says of each.

        Args:
            from_date: The first date, as a `date` or ISO 8601 text.
            to_date: The last date.
            language: The language of holidays' names, such as ``"en"`` or ``"zh"``.
            strict: Refuse a provisional answer.

        Raises:
            DateError: One is not a date.
            ReversedRangeError: The last is before the first.
            HorizonError: One is outside the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN")
            >>> for day in office.days("2026-02-14", "2026-02-16"):
            ...     print(day.date, day.kind, day.name or "-")
            2026-02-14 make-up-day for 2026-02-20
            2026-02-15 weekend -
            2026-02-16 holiday Chinese New Year's Eve
        """
        first, last = parse_date(from_date), parse_date(to_date)
        if last < first:
            msg = f"the dates from {first} to {last} end before they begin: exchange the two"
            raise ReversedRangeError(msg, start=first, end=last)
        for day in (first, last):
            if not EARLIEST <= (day.toordinal() - EPOCH_DAY) * DAY < LATEST:
                raise horizon_error(str(day))
        if strict:
            refuse_provisional(self, self._zone.midnight(last), inclusive=True)
        return [
            self._day(first.fromordinal(ordinal), language)
            for ordinal in range(first.toordinal(), last.toordinal() + 1)
        ]

    def _day(self, day: date, language: str) -> Day:
        spans = self.timeline.day_spans(day.toordinal())
        kind, name = kind_of_day(self, day, language)
        return Day(date=day, kind=kind, name=name, spans=tuple(self._datetimes(spans)))

    def add_working_days(
        self, start: datetime | str, days: int, *, strict: bool = False
    ) -> pendulum.DateTime:
        """The same wall time so many working days on, kept within that day's hours.

        Args:
            start: Where to count from; outside hours, the next opening (for negative days, the
                previous closing).
            days: How many working days on; negative to go back.
            strict: Refuse a provisional answer.

        Returns:
            The wall time of the start, but not before that day's first opening nor after its last
            closing. A night shift is a day of the date it starts on.

        Raises:
            WorkError: The number of days is not whole.
            NeverOpen: The calendar has no working minute.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("America/New_York", {"mon-thu": "8:30-17", "fri": "8:30-12"})
            >>> print(office.add_working_days("2024-05-01T16:00:00-04:00", 2))
            2024-05-03 12:00:00-04:00
        """
        moved = self.timeline.add_working_days(to_instant(start), whole_days(days))
        return self._answer(moved, strict=strict)

    def end_of_working_day(
        self, start: datetime | str, days: int = 0, *, strict: bool = False
    ) -> pendulum.DateTime:
        """The last closing of the working day of an instant, or of a later one.

        Args:
            start: The instant. Its working day is the first one whose last closing is not before
                it, so after hours, and on a day off, that is the next working day.
            days: How many working days after that one; negative for before.
            strict: Refuse a provisional answer.

        Raises:
            WorkError: The number of days is not whole.
            NeverOpen: The calendar has no working minute.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.end_of_working_day("2024-05-03T16:00:00+02:00", 1))
            2024-05-06 17:00:00+02:00
        """
        ends = self.timeline.end_of_working_day(to_instant(start), whole_days(days))
        return self._answer(ends, strict=strict)

    def add_calendar_days(self, start: datetime | str, days: int) -> pendulum.DateTime:
        """The same wall time so many dates on, whatever the clocks do between.

        Args:
            start: Where to count from, in or out of hours.
            days: How many dates on; negative to go back.

        Returns:
            That wall time in the calendar's zone; where a clock change skips it, the change
            itself, and where one repeats it, the first of the two.

        Raises:
            WorkError: The number of days is not whole.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("America/New_York", {"mon-fri": "9-17"})
            >>> print(office.add_calendar_days("2024-03-08T10:00:00-05:00", 3))
            2024-03-11 10:00:00-04:00
        """
        moved = self._zone.add_days(to_instant(start), whole_days(days))
        return self._zone.datetime(moved)

    def end_of_day(self, start: datetime | str, days: int = 0) -> pendulum.DateTime:
        """The local midnight that ends the date of an instant, or a later date.

        Args:
            start: The instant, in or out of hours.
            days: How many dates after its own; negative for before.

        Raises:
            WorkError: The number of days is not whole.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("America/New_York", {"mon-fri": "9-17"})
            >>> print(office.end_of_day("2024-03-08T10:00:00-05:00"))
            2024-03-09 00:00:00-05:00
        """
        ends = self._zone.end_of_day(to_instant(start), whole_days(days))
        return self._zone.datetime(ends)

    def explain(
        self,
        start: datetime | str,
        end: datetime | str | None = None,
        *,
        work: timedelta | str | None = None,
        edge: Literal["close", "next_open"] = "close",
        language: str = "en",
        strict: bool = False,
    ) -> Ledger:
        """Where every second between two instants went, or every second until some work is done.

        Args:
            start: The first instant.
            end: The instant after the last; or instead
            work: the work whose `add` is to be explained.
            edge: As for `add`.
            language: The language of the account, such as ``"en"`` or ``"zh"``.
            strict: Refuse a provisional answer.

        Returns:
            A `Ledger`: a table in print, rows in a loop; its rows sum to the whole, exactly.

        Raises:
            CalendarError: Both, or neither, of *end* and *work* are given.
            ReversedRangeError: The end is before the start.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "8:30-12, 13-17:30"}, holidays="CN")
            >>> print(office.explain("2024-09-13T16:00:00+08:00", work="4h"))
            Fri 2024-09-13 16:00 → Fri 2024-09-13 17:30  open    1h 30m
            Fri 2024-09-13 17:30 → Sat 2024-09-14 08:30  closed     15h  overnight
            Sat 2024-09-14 08:30 → Sat 2024-09-14 11:00  open    2h 30m  make-up-day: for 2024-09-16
            total 19h: open 4h (open 1h 30m, make-up-day 2h 30m), closed 15h (overnight 15h)
        """
        if end is not None and work is None:
            begun, ended = self._ordered(start, end, strict=strict)
        elif work is not None and end is None:
            done = self.add(start, work, edge=edge, strict=strict)
            begun, ended = sorted((to_instant(start), to_instant(done)))
        else:
            msg = "give either the end of the stretch to explain, or work= to explain an add"
            raise CalendarError(msg, given=(end, work))
        rows = account(self, begun, ended, language)
        unpublished = unpublished_from(self)
        reaches = unpublished is not None and ended > unpublished
        return Ledger(
            rows=tuple(rows),
            provisional_from=self.provisional_from if reaches else None,
            language=language,
        )


def refuse_provisional(calendar: Calendar, reached: int, *, inclusive: bool = False) -> None:
    """Refuse an answer that depends on time after the officially published holidays.

    Args:
        calendar: The calendar that gives the answer.
        reached: The instant up to which the answer depends on the calendar.
        inclusive: Whether it depends on the calendar at that instant as well, as an opening does.

    Raises:
        ProvisionalError: It reaches past the published holidays.
    """
    first = unpublished_from(calendar)
    if first is None or reached < first or (reached == first and not inclusive):
        return
    zone = calendar.timeline.zone
    since, instant = zone.date(first), zone.datetime(reached).isoformat()
    msg = (
        f"{instant} lies past the officially published holidays: those from {since} on are "
        "not known yet; drop strict=True to accept a provisional answer, or set the "
        "calendar's horizon if you know them to be complete"
    )
    raise ProvisionalError(msg, instant=instant, since=since)


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
            timeline = _timelines[description] = Timeline(
                zone(calendar.time_zone), partial(compile_year, calendar)
            )
            _latest.append(timeline)
        return timeline


ALWAYS = Calendar("UTC", "always")
"""Every instant: the calendar of targets that count plain hours."""
