"""`Calendar`: hours, holidays, exceptions and closures, as data, and the questions it answers.

How it works. A calendar is a frozen description. `compilation` turns each year of it into open
spans; `timeline` lays the years end to end and does all arithmetic, on integers of UTC
microseconds; equal calendars share one timeline. The methods here convert their arguments to
integers, ask the timeline once, and convert its answer back.

Combining. ``a | b``, ``a & b`` and ``a - b`` are copies of *a* with one more *term*: an operation
and a calendar of any zone. The terms apply from left to right to the hours of *a* itself, whose
zone and whose kinds of dates the combination keeps.

This module is long because `Calendar` has one method for each question, each documented for users.

Read next: `year`, the dates of a year for views.
"""

from __future__ import annotations

from calendar import monthrange
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload
from weakref import WeakValueDictionary

import attrs

from slacalc._calendar.arguments import (
    CONVENTIONS,
    INCLUSIVE,
    CalendarChange,
    DatedHours,
    check_month,
    dated_hours_data,
    holidays_data,
    is_date,
    parse_changes,
    parse_closures,
    parse_exceptions,
    parse_holidays,
    parse_horizon,
    parse_week,
    parse_zone,
    to_ordinal,
    unknown_convention,
    unknown_edge,
    unknown_inclusive,
    whole_days,
)
from slacalc._calendar.compilation import (
    OPERATIONS,
    RuleBook,
    compile_year,
    kind_of_day,
    most_stretches,
    rule_book,
    terms_of,
    unpublished_from,
)
from slacalc._calendar.date_keys import parse_date_key
from slacalc._calendar.holidays import Holidays, horizon_data, names_translator
from slacalc._calendar.hours import ALL_DAY, WeekHours
from slacalc._calendar.recurring_dates import RecurringDates
from slacalc._calendar.timeline import Timeline, counted_dates, last_decisive_date
from slacalc._schema.limits import MAX_DEPTH, MAX_STRETCHES
from slacalc._threads import Lock, forks_wait
from slacalc._time.dates import DateRange, merge_ranges
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
    DateError,
    ProvisionalError,
    ReversedRangeError,
    located,
    unknown_name,
)

if TYPE_CHECKING:
    from datetime import timedelta

    import pendulum

    from slacalc._calendar.ledger import Ledger
    from slacalc._time.intervals import SpanList


class OpenSpan(NamedTuple):
    """A stretch of working time.

    Args:
        opens: The first instant of the stretch.
        closes: The instant at which it ends; itself no longer open.
    """

    opens: pendulum.DateTime
    closes: pendulum.DateTime


OpenSpan.__module__ = "slacalc"


@attrs.frozen(kw_only=True)
class Day:
    """A date on a calendar, as `Calendar.days` returns it.

    Args:
        date: The date.
        kind: ``"working-day"``, ``"weekend"`` (a date without weekly hours, whatever weekday it
            is), ``"holiday"``, ``"make-up-day"``, ``"exception"``, or ``"closure"`` if closures
            leave it no hours.
        name: The name of the holiday or exception, or of the closures that shorten a working day;
            of dates that recur, without a name, what they are; for a make-up day the day off that
            it was exchanged for; empty string if there is none.
        spans: The stretches of working time that belong to the date, in order. A night shift
            belongs to the date on which it starts.

    Example:
        >>> from slacalc import Calendar
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"}, holidays="FR")
        >>> [holiday] = office.days("2026-05-01", "2026-05-01")
        >>> holiday.kind, holiday.name, holiday.is_working
        ('holiday', 'Labor Day', False)
    """

    __module__ = "slacalc"

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
        """The working time of the date, as the time that really passes."""
        return to_duration(
            sum(to_instant(closes) - to_instant(opens) for opens, closes in self.spans)
        )


@attrs.frozen(repr=False)
class Calendar:
    """Working hours as data: a time zone, weekly hours, holidays, exceptions and closures.

    Args:
        time_zone: The zone in which hours are read and answers are given: an IANA name such as
            ``"Asia/Shanghai"``, or a `zoneinfo.ZoneInfo`.
        week: The weekly hours: ``"always"``, ``"closed"``, or a mapping of weekdays
            (``"mon-fri"``, ``"sat,sun"``, ``"daily"``) to hours (``"08:30-12:00, 13:00-17:30"``,
            ``"9-17"``, ``"22:00-06:00"`` for a night shift, ``"closed"``, or pairs of
            `datetime.time`). Weekdays that are not named are closed.
        holidays: Days off and make-up days: a country or a financial market known to the
            `holidays` package (``"CN"``, ``"XNYS"``), a subdivision (``"US-CA"``), a `Holidays`,
            dates, a mapping of dates to names, or a list of these. Of several lists that mention
            a date, the last one decides. Default: none.
        exceptions: Hours that replace all others on a date, a range of dates, or dates that recur:
            a mapping of ``"2026-12-24"``, ``"2026-07-01..2026-08-31"``, ``"12-24"`` or
            ``"last friday of october"`` to hours, to a week, or to ``{"hours": …, "name": …}``.
            Default: none.
        closures: Hours that are taken out of all others, exceptions included: a mapping of such
            dates to hours, ``"all day"``, a week, or ``{"hours": …, "name": …}``. Several that
            name one date add up. Default: none.
        changes: What is new from a date on: a mapping of dates to ``{"week": …}``,
            ``{"holidays": …}``, ``{"exceptions": …}``, ``{"closures": …}``, or several of these.
            Default: none.
        horizon: The last year, or the last date, whose holidays are officially published.
            Default: what the lists of holidays say; see `Holidays`.

    Raises:
        TimeZoneError: The zone is unknown.
        HoursError: Hours or weekdays cannot be read.
        HolidaysError: A country or a subdivision is unknown, or a list cannot be read.
        DateError: A date cannot be read.
        CalendarError: Exceptions overlap, or exceptions or changes cannot be read.

    The methods take instants as aware datetimes or as ISO 8601 text with an offset, and return
    `pendulum.DateTime` in the calendar's zone and `pendulum.Duration`. They take dates as
    `datetime.date`, as ISO 8601 text, or as an instant, which stands for its date in the
    calendar's zone, and return `datetime.date`. They raise `NaiveDatetimeError` or
    `InstantError` if an instant cannot be read, `DateError` for a date, `HorizonError` outside
    the years 1900 to 2200, and with ``strict=True`` `ProvisionalError` if the answer depends on
    holidays that are not published yet.

    Calendars are frozen, hashable, picklable, and equal if their descriptions are. They combine:
    ``a | b`` is open where either is, ``a & b`` where both are, and ``a - b`` where *a* is and *b*
    is not. A combination has the zone of its left side, and so do its answers.

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

    __module__ = "slacalc"

    time_zone: str = attrs.field(converter=parse_zone)
    week: WeekHours = attrs.field(converter=parse_week)
    holidays: tuple[Holidays, ...] = attrs.field(default=(), converter=parse_holidays, kw_only=True)
    exceptions: tuple[DatedHours, ...] = attrs.field(
        factory=dict, converter=parse_exceptions, kw_only=True
    )
    closures: tuple[DatedHours, ...] = attrs.field(
        factory=dict, converter=parse_closures, kw_only=True
    )
    changes: tuple[CalendarChange, ...] = attrs.field(
        factory=dict, converter=parse_changes, kw_only=True
    )
    horizon: date | None = attrs.field(default=None, converter=parse_horizon, kw_only=True)
    _terms: tuple[tuple[str, Calendar], ...] = attrs.field(default=(), alias="_terms", kw_only=True)
    _rules: RuleBook = attrs.field(init=False, eq=False)
    timeline: Timeline = attrs.field(init=False, eq=False)
    """The compiled form, for arithmetic on UTC microseconds; equal calendars share it."""
    _zone: Zone = attrs.field(init=False, eq=False)

    @_rules.default
    def _rules_in_order(self) -> RuleBook:
        return rule_book(self.week, self.holidays, self.exceptions, self.closures, self.changes)

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
        """Make a calendar that is open all day on some dates, to combine with another calendar.

        Args:
            *dates: Dates, ranges such as ``"2026-10-01..2026-10-07"``, dates that recur, such as
                ``"first sunday of month"``, or iterables of them.
            time_zone: The zone in which the dates begin and end. Default: that of the calendar
                they are combined with.

        Returns:
            A `Calendar`; without a zone `FloatingDates`, which may stand on the right of ``|``,
            ``&`` and ``-``.

        Raises:
            DateError: A date cannot be read.
            TimeZoneError: The zone is unknown.

        Example:
            >>> from slacalc import Calendar
            >>> nights = Calendar("Europe/Berlin", {"daily": "22:00-06:00"})
            >>> cut = nights - Calendar.dates("2026-12-25")
            >>> print(cut.next_close("2026-12-24T23:00:00+01:00"))
            2026-12-25 00:00:00+01:00
        """
        keys: list[DateRange | RecurringDates] = []
        for item in dates:
            is_single = not isinstance(item, Iterable) or isinstance(item, str)
            is_single |= isinstance(item, tuple) and len(item) == 2
            keys += map(parse_date_key, [item] if is_single else item)
        recurring = {key.text: key for key in keys if isinstance(key, RecurringDates)}
        for key in recurring.values():
            if key.is_relative:
                msg = (
                    f"{key.text!r} looks at the working days of a calendar, and dates alone have "
                    "none: give it as a closure or an exception of the calendar"
                )
                raise DateError(msg, given=key.text)
        ranges = merge_ranges(key for key in keys if isinstance(key, DateRange))
        floating = FloatingDates((*ranges, *(recurring[text] for text in sorted(recurring))))
        return floating if time_zone is None else floating.in_zone(time_zone)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Calendar:
        """Make the calendar that a dictionary describes: the inverse of `to_dict`.

        Args:
            data: The arguments of `Calendar` by name, in any form that it accepts. A combination
                also has ``terms``: a list of ``{"operation": "|", "calendar": {…}}``, applied in
                this order.

        Raises:
            CalendarError: A key is unknown, or ``time_zone`` or ``week`` is missing. The errors
                of `Calendar` are raised as well.

        Example:
            >>> from slacalc import Calendar
            >>> Calendar.from_dict({"time_zone": "UTC", "week": {"mon-fri": "9-17"}})
            Calendar(time_zone='UTC', week={'mon-fri': '09:00-17:00'})
        """
        return cls._of_data(data, depth=0)

    @classmethod
    def _of_data(cls, data: Mapping[str, Any], depth: int) -> Calendar:
        known = [field.name for field in attrs.fields(cls) if field.init and field.name != "_terms"]
        if not isinstance(data, Mapping):
            msg = f"{data!r} does not describe a calendar: give a mapping with time_zone and week"
            raise CalendarError(msg, given=data)
        for key in data:
            if key not in (*known, "terms"):
                raise unknown_name(CalendarError, "a part of a calendar", key, known)
        for key in ("time_zone", "week"):
            if key not in data:
                msg = f"a calendar needs {key}"
                raise CalendarError(msg, given=dict(data))
        own = {key: value for key, value in data.items() if key != "terms"}
        terms = data.get("terms", ())
        if not isinstance(terms, list | tuple):
            msg = f"{terms!r} is not a list of terms"
            raise CalendarError(msg, given=terms, where="terms")
        calendar = cls(**own)
        if not terms:
            return calendar
        _check_size(0, depth + 1)
        stretches, read = calendar.timeline.stretches, []
        for index, term in enumerate(terms):
            with located(f"terms[{index}]"):
                if not isinstance(term, Mapping) or term.keys() != {"operation", "calendar"}:
                    msg = f"{term!r} is not a term: a term has an operation and a calendar"
                    raise CalendarError(msg, given=term)
                _check_operation(term["operation"])
                other = cls._of_data(term["calendar"], depth + 1)
                stretches += other.timeline.stretches
                _check_size(stretches, depth)
                read.append((term["operation"], other))
        return attrs.evolve(calendar, _terms=tuple(read))

    def to_dict(self) -> dict[str, Any]:
        """Describe the calendar as plain data, ready for JSON; `from_dict` reads it back.

        Returns:
            The arguments of `Calendar` in their shortest form, without those that have their
            default; for a combination also its ``terms``.

        Example:
            >>> from slacalc import Calendar
            >>> Calendar("UTC", {"mon,tue,wed": "9-12,13-17"}).to_dict()
            {'time_zone': 'UTC', 'week': {'mon-wed': '09:00-12:00, 13:00-17:00'}}
        """
        data: dict[str, Any] = {"time_zone": self.time_zone, "week": self.week.to_data()}
        if self.holidays:
            data["holidays"] = holidays_data(self.holidays)
        if self.exceptions:
            data["exceptions"] = dated_hours_data(self.exceptions)
        if self.closures:
            data["closures"] = dated_hours_data(self.closures)
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
        """Show the calendar as HTML: its week, and the dates of a year. Notebooks display this.

        Args:
            year: The year, from 1900 to 2200. Default: with holidays of a country, the last year
                that is officially published, but not later than the year for which the installed
                holiday data were made; otherwise the last year that an own date mentions.
            language: The language of the text and of holidays' names, such as ``"en"`` or
                ``"zh"``.

        Returns:
            A fragment of HTML, without scripts or references to other files.

        Raises:
            HorizonError: The year is outside the supported ones.

        Example:
            >>> from slacalc import Calendar
            >>> html = Calendar("UTC", {"mon-fri": "9-17"}).to_html(2026)
            >>> "Mon" in html
            True
        """
        from slacalc._html.calendar import calendar_html  # noqa: PLC0415 - loaded when shown

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

    def _combine(self, operation: str, other: Calendar | FloatingDates) -> Calendar:
        if isinstance(other, FloatingDates):
            other = other.in_zone(self.time_zone)
        stretches = self.timeline.stretches + other.timeline.stretches
        _check_size(stretches, max(self.timeline.depth, other.timeline.depth + 1))
        return attrs.evolve(self, _terms=(*self._terms, (operation, other)))

    def __or__(self, other: object) -> Calendar:
        """A calendar that is open where either calendar is."""
        return self._combine("|", other) if isinstance(other, _COMBINABLE) else NotImplemented

    def __and__(self, other: object) -> Calendar:
        """A calendar that is open where both calendars are."""
        return self._combine("&", other) if isinstance(other, _COMBINABLE) else NotImplemented

    def __sub__(self, other: object) -> Calendar:
        """A calendar that is open where this one is and the other is not."""
        return self._combine("-", other) if isinstance(other, _COMBINABLE) else NotImplemented

    # Published holidays --------------------------------------------------------------------------

    @property
    def provisional_from(self) -> date | None:
        """The first date whose holidays are not officially published; None if there is none.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN", horizon=2026)
            >>> print(office.provisional_from)
            2027-01-01
        """
        first = unpublished_from(self)
        return None if first is None else self._zone.date(first)

    def is_provisional(self, answer: date | str) -> bool:
        """Whether an answer depends on holidays that are not officially published yet.

        Args:
            answer: An instant or a date that another method returned, such as a due date.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN", horizon=2026)
            >>> office.is_provisional(office.add("2026-12-31T17:00:00+08:00", "4h"))
            True
        """
        first = unpublished_from(self)
        if first is None:
            return False
        if is_date(answer):
            return self._midnight(to_ordinal(answer, self._zone)) >= first
        return to_instant(answer) > first  # type: ignore[arg-type]  # not a date

    # Lengths of work -----------------------------------------------------------------------------

    def add(
        self,
        start: datetime | str,
        work: timedelta | str,
        *,
        edge: Literal["close", "next_open"] = "close",
        strict: bool = False,
    ) -> pendulum.DateTime:
        """The first instant at which work that begins at *start* is done.

        Args:
            start: The instant at which the work begins; outside working hours it waits for the
                next opening.
            work: The length of the work, in working time: a `timedelta`, a `pendulum.Duration`
                without months and years, or text (``"4h"``, ``"1h30m"``, ``"PT4H"``). Zero gives
                *start* itself, or the next opening if that is outside hours; a negative length
                gives what `subtract` does.
            edge: Which instant to return if the work ends exactly at a closing: ``"close"`` for
                that closing, ``"next_open"`` for the next opening.
            strict: Whether to refuse a provisional answer.

        Returns:
            The instant, in the calendar's zone.

        Raises:
            WorkError: The length cannot be read.
            NeverOpen: The calendar has no working time at all.
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
        """The last instant at which work can begin and be done by *end*: the mirror of `add`.

        Args:
            end: The instant by which the work is done.
            work: The length of the work, in the forms that `add` accepts. Zero gives *end* itself,
                or the previous closing if that is outside hours.
            edge: Which instant to return if the work begins exactly at an opening: ``"open"`` for
                that opening, ``"previous_close"`` for the closing before it.
            strict: Whether to refuse a provisional answer.

        Returns:
            The instant, in the calendar's zone.

        Raises:
            WorkError: The length cannot be read.
            NeverOpen: The calendar has no working time at all.
            HorizonError: The work does not fit into the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.subtract("2024-05-06T10:00:00+02:00", "2h"))
            2024-05-03 16:00:00+02:00
        """
        if edge not in ("open", "previous_close"):
            raise unknown_edge(edge, "open", "previous_close")
        ends = to_instant(end)
        begins = self.timeline.subtract(
            ends, to_work(work), to_previous_close=edge == "previous_close"
        )
        if strict:
            refuse_provisional(self, max(begins, ends))  # begins is the later for negative work
        return self._zone.datetime(begins)

    def elapsed(
        self, start: datetime | str, end: datetime | str, *, strict: bool = False
    ) -> pendulum.Duration:
        """The working time between two instants.

        Args:
            start: The first instant.
            end: The last instant.
            strict: Whether to refuse a provisional answer.

        Returns:
            The working time from *start* to *end*; negative if *end* is the earlier one.

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
        """The working time between two instants in whole seconds; three times as fast as `elapsed`.

        Args:
            start: The first instant.
            end: The last instant.
            strict: Whether to refuse a provisional answer.

        Returns:
            The seconds from *start* to *end*, without a fraction; negative if *end* is the earlier
            one.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> office.elapsed_seconds("2024-05-03T16:00:00+02:00", "2024-05-06T10:00:00+02:00")
            7200
        """
        elapsed = self._elapsed(start, end, strict=strict)
        return elapsed // SECOND if elapsed >= 0 else -(-elapsed // SECOND)  # towards zero

    def _elapsed(self, start: datetime | str, end: datetime | str, *, strict: bool) -> int:
        wall, zone = self.timeline.wall, self._zone
        # For speed: two datetimes of the calendar's own zone are looked up by their wall times,
        # without their offsets from UTC, wherever that gives the same answer.
        if (
            wall is not None
            and type(start) is datetime is type(end)
            and start.tzinfo is zone.info is end.tzinfo
            and not strict
        ):
            begins, ends = (start - zone.base) // MICROSECOND, (end - zone.base) // MICROSECOND
            if wall.start <= begins <= ends < wall.end:
                return wall.between(begins, ends)
        begins, ends = to_instant(start), to_instant(end)
        if strict:
            refuse_provisional(self, max(begins, ends))
        return self.timeline.elapsed(begins, ends)

    def spans(
        self, start: datetime | str, end: datetime | str, *, strict: bool = False
    ) -> list[OpenSpan]:
        """The stretches of working time between two instants.

        Args:
            start: The first instant.
            end: The instant after the last.
            strict: Whether to refuse a provisional answer.

        Returns:
            The stretches in order, cut at *start* and *end*; none of them touch.

        Raises:
            ReversedRangeError: *end* is earlier than *start*.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-12, 13-17"})
            >>> spans = office.spans("2024-05-03T10:00+02:00", "2024-05-03T16:00+02:00")
            >>> for opens, closes in spans:
            ...     print(f"{opens:%H:%M}-{closes:%H:%M}")
            10:00-12:00
            13:00-16:00
        """
        begins, ends = self._ordered(start, end, strict=strict)
        return self._open_spans(self.timeline.spans(begins, ends))

    def _ordered(
        self, start: datetime | str, end: datetime | str, *, strict: bool
    ) -> tuple[int, int]:
        begins, ends = to_instant(start), to_instant(end)
        if ends < begins:
            msg = f"the range from {start} to {end} ends before it begins: exchange the two"
            raise ReversedRangeError(msg, start=start, end=end)
        if strict:
            refuse_provisional(self, ends)
        return begins, ends

    def _open_spans(self, spans: SpanList) -> list[OpenSpan]:
        to_datetime = self._zone.datetime
        return [OpenSpan(to_datetime(opens), to_datetime(closes)) for opens, closes in spans]

    # Open and closed -----------------------------------------------------------------------------

    def is_open(self, at: datetime | str, *, strict: bool = False) -> bool:
        """Whether an instant is working time; an opening is, a closing is not.

        Args:
            at: The instant.
            strict: Whether to refuse a provisional answer.

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
        """The first open instant at or after *after*.

        Args:
            after: The instant to search from.
            strict: Whether to refuse a provisional answer.

        Returns:
            *after* itself if it is open, otherwise the next opening.

        Raises:
            NeverOpen: The calendar has no working time at all.
            HorizonError: It does not open again within the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.next_open("2024-05-03T18:00:00+02:00"))
            2024-05-06 09:00:00+02:00
        """
        return self._boundary(self.timeline.next_open(to_instant(after)), strict=strict)

    def next_close(self, after: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The first closing after an instant.

        Args:
            after: The instant to search from; a closing at this very instant does not count.
            strict: Whether to refuse a provisional answer.

        Returns:
            The closing of the stretch of working time around *after*, or of the next one.

        Raises:
            NeverOpen: The calendar has no working time at all.
            HorizonError: It does not close within the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.next_close("2024-05-03T16:00:00+02:00"))
            2024-05-03 17:00:00+02:00
        """
        return self._boundary(self.timeline.next_close(to_instant(after)), strict=strict)

    def previous_open(self, before: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The last opening at or before an instant.

        Args:
            before: The instant to search from; an opening at this very instant counts.
            strict: Whether to refuse a provisional answer.

        Returns:
            The opening of the stretch of working time around *before*, or of the previous one.

        Raises:
            NeverOpen: The calendar has no working time at all.
            HorizonError: It did not open within the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.previous_open("2024-05-05T12:00:00+02:00"))
            2024-05-03 09:00:00+02:00
        """
        return self._boundary(self.timeline.previous_open(to_instant(before)), strict=strict)

    def previous_close(self, before: datetime | str, *, strict: bool = False) -> pendulum.DateTime:
        """The last closing at or before an instant.

        Args:
            before: The instant to search from; a closing at this very instant counts.
            strict: Whether to refuse a provisional answer.

        Returns:
            The closing.

        Raises:
            NeverOpen: The calendar has no working time at all.
            HorizonError: It did not close within the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.previous_close("2024-05-06T12:00:00+02:00"))
            2024-05-03 17:00:00+02:00
        """
        return self._boundary(self.timeline.previous_close(to_instant(before)), strict=strict)

    def _boundary(self, instant: int, *, strict: bool) -> pendulum.DateTime:
        """An opening or a closing, which depends on the hours at that very instant."""
        if strict:
            refuse_provisional(self, instant, inclusive=True)
        return self._zone.datetime(instant)

    # Days ----------------------------------------------------------------------------------------

    def days(
        self,
        from_date: date | str,
        to_date: date | str,
        *,
        language: str = "en",
        strict: bool = False,
    ) -> list[Day]:
        """The dates from one to another, **both included**, with their kinds, names and hours.

        Args:
            from_date: The first date: a `datetime.date` or ISO 8601 text. An instant stands for
                its date in the calendar's zone.
            to_date: The last date.
            language: The language of holidays' names, such as ``"en"`` or ``"zh"``.
            strict: Whether to refuse a provisional answer.

        Returns:
            A `Day` for each date, in order.

        Raises:
            DateError: A date cannot be read.
            ReversedRangeError: *to_date* is earlier than *from_date*.
            HorizonError: A date is outside the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN")
            >>> for day in office.days("2026-02-14", "2026-02-16"):
            ...     print(day.date, day.kind, day.name or "-")
            2026-02-14 make-up-day for 2026-02-20
            2026-02-15 weekend -
            2026-02-16 holiday Chinese New Year's Eve
        """
        first, last = (
            date.fromordinal(to_ordinal(value, self._zone)) for value in (from_date, to_date)
        )
        if last < first:
            msg = f"the dates from {first} to {last} end before they begin: exchange the two"
            raise ReversedRangeError(msg, start=first, end=last)
        names_translator(language)  # refuses an unknown language
        for day in (first, last):
            if not EARLIEST <= (day.toordinal() - EPOCH_DAY) * DAY < LATEST:
                raise horizon_error(str(day))
        if strict:
            refuse_provisional(self, self._zone.midnight(last), inclusive=True)
        days = []
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            kind, name = kind_of_day(self, day, language)
            spans = tuple(self._open_spans(self.timeline.day_spans(ordinal)))
            days.append(Day(date=day, kind=kind, name=name, spans=spans))
        return days

    @overload
    def add_working_days(
        self, start: datetime, days: int, *, strict: bool = False
    ) -> pendulum.DateTime: ...
    @overload
    def add_working_days(self, start: date, days: int, *, strict: bool = False) -> date: ...
    @overload
    def add_working_days(self, start: str, days: int, *, strict: bool = False) -> Any: ...
    def add_working_days(
        self, start: date | str, days: int, *, strict: bool = False
    ) -> date | pendulum.DateTime:
        """The date a number of working days later; for an instant, the same wall time on it.

        Args:
            start: The date or the instant to count from. A day off is first rolled to the next
                working day, or for negative *days* to the previous one; an instant outside hours
                to the next opening, or to the previous closing.
            days: The number of working days; negative to go back.
            strict: Whether to refuse a provisional answer.

        Returns:
            For a date, the date. For an instant, its wall time on that working day, but not before
            its first opening nor after its last closing. A night shift is a working day of the
            date on which it starts.

        Raises:
            WorkError: The number of days is not a whole number.
            NeverOpen: The calendar has no working time at all.
            HorizonError: The day is outside the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("America/New_York", {"mon-thu": "8:30-17", "fri": "8:30-12"})
            >>> print(office.add_working_days("2024-05-01", 3))
            2024-05-06
            >>> print(office.add_working_days("2024-05-01T16:00:00-04:00", 2))
            2024-05-03 12:00:00-04:00
        """
        if type(start) is date or (type(start) is not datetime and is_date(start)):
            ordinal = start.toordinal() if type(start) is date else to_ordinal(start, self._zone)
            reached = self.timeline.date_after(ordinal, whole_days(days))
            if strict:
                self._refuse_provisional_date(max(ordinal, reached))
            return date.fromordinal(reached)
        at = to_instant(start)  # type: ignore[arg-type]  # not a date
        moved = self.timeline.add_working_days(at, whole_days(days))
        if strict:
            refuse_provisional(self, moved)
        return self._zone.datetime(moved)

    def is_working_day(self, day: date | str, *, strict: bool = False) -> bool:
        """Whether a date is a working day: one on which a shift starts.

        Args:
            day: The date; an instant stands for its date in the calendar's zone.
            strict: Whether to refuse a provisional answer.

        Raises:
            DateError: The date cannot be read.
            HorizonError: The date is outside the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN")
            >>> office.is_working_day("2026-02-14"), office.is_working_day("2026-02-16")
            (True, False)
        """
        ordinal = day.toordinal() if type(day) is date else to_ordinal(day, self._zone)
        if strict:
            self._refuse_provisional_date(ordinal)
        return self.timeline.is_working_day(ordinal)

    def count_working_days(
        self,
        start: date | str,
        end: date | str,
        *,
        inclusive: Literal["left", "right", "both", "neither"] = "left",
        strict: bool = False,
    ) -> int:
        """The number of working days from one date to another.

        Args:
            start: The date to count from; an instant stands for its date in the calendar's zone.
            end: The date to count to.
            inclusive: Which of the two dates count, if they are working days: ``"left"`` for
                *start* but not *end*, ``"right"`` for *end* but not *start*, ``"both"``, or
                ``"neither"``.
            strict: Whether to refuse a provisional answer.

        Returns:
            The number of working days; negative if *end* is the earlier date.

        Raises:
            CalendarError: *inclusive* is unknown.
            DateError: A date cannot be read.
            HorizonError: A date is outside the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> office.count_working_days("2026-05-18", "2026-05-22")
            4
            >>> office.count_working_days("2026-05-18", "2026-05-22", inclusive="both")
            5
        """
        if inclusive not in INCLUSIVE:
            raise unknown_inclusive(inclusive)
        first = start.toordinal() if type(start) is date else to_ordinal(start, self._zone)
        last = end.toordinal() if type(end) is date else to_ordinal(end, self._zone)
        count = self.timeline.count_working_days(first, last, inclusive)
        if strict:
            refuse_provisional(self, self._midnight(max(counted_dates(first, last, inclusive))))
        return count

    def nth_working_day(self, year: int, month: int, n: int, *, strict: bool = False) -> date:
        """The nth working day of a month, from its beginning or its end.

        Args:
            year: The year.
            month: The month, 1 to 12.
            n: Which working day: 1 for the first, -1 for the last.
            strict: Whether to refuse a provisional answer.

        Raises:
            CalendarError: The month does not have so many working days, or *n* is 0.
            DateError: The year or the month is not one.
            WorkError: *n* is not a whole number.
            NeverOpen: The calendar has no working time at all.
            HorizonError: The year is not supported.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"}, holidays="FR")
            >>> print(office.nth_working_day(2026, 5, 1), office.nth_working_day(2026, 5, -1))
            2026-05-04 2026-05-29
        """
        check_month(year, month)
        place = whole_days(n)
        first = date(year, month, 1).toordinal()
        end = first + monthrange(year, month)[1]
        days = self.timeline.working_dates(first, end)
        if not 1 <= abs(place) <= len(days):
            self.timeline.refuse_never_open()
            count = len(days)
            there_are = (
                "there is 1 working day" if count == 1 else f"there are {count} working days"
            )
            msg = f"{there_are} in {year}-{month:02}, so none has the number {n}"
            if count:
                msg += f": give 1 to {count}, or -1 to -{count} to count from the end"
            raise CalendarError(msg, given=n)
        reached = days[place - 1 if place > 0 else place]
        if strict:
            self._refuse_provisional_date(reached if place > 0 else end - 1)
        return date.fromordinal(reached)

    def roll(
        self,
        day: date | str,
        convention: Literal["following", "preceding", "modified_following", "modified_preceding"],
        *,
        strict: bool = False,
    ) -> date:
        """The date itself if it is a working day, otherwise the nearest one by a convention.

        Args:
            day: The date; an instant stands for its date in the calendar's zone.
            convention: ``"following"`` for the next working day, ``"preceding"`` for the previous
                one, ``"modified_following"`` for the next one unless that is in another month and
                the previous one then, ``"modified_preceding"`` for the mirror image.
            strict: Whether to refuse a provisional answer.

        Raises:
            CalendarError: *convention* is unknown.
            DateError: The date cannot be read.
            NeverOpen: The calendar has no working time at all.
            HorizonError: The date, or the working day, is outside the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.roll("2026-05-31", "following"))
            2026-06-01
            >>> print(office.roll("2026-05-31", "modified_following"))
            2026-05-29
        """
        if convention not in CONVENTIONS:
            raise unknown_convention(convention)
        ordinal = day.toordinal() if type(day) is date else to_ordinal(day, self._zone)
        reached = self.timeline.roll(ordinal, convention)
        if strict:
            self._refuse_provisional_date(last_decisive_date(ordinal, reached, convention))
        return date.fromordinal(reached)

    def _midnight(self, ordinal: int) -> int:
        return self._zone.midnight(date.fromordinal(ordinal))

    def _refuse_provisional_date(self, ordinal: int) -> None:
        """Refuse an answer that depends on the hours of a date."""
        refuse_provisional(self, self._midnight(ordinal), inclusive=True)

    def end_of_working_day(
        self, start: datetime | str, days: int = 0, *, strict: bool = False
    ) -> pendulum.DateTime:
        """The last closing of the working day of an instant, or of a later working day.

        Args:
            start: The instant. Its working day is the first one whose last closing is not before
                it: after hours, and on a day off, the next working day.
            days: The number of working days after that one; negative for before.
            strict: Whether to refuse a provisional answer.

        Returns:
            The closing, in the calendar's zone.

        Raises:
            WorkError: The number of days is not a whole number.
            NeverOpen: The calendar has no working time at all.
            HorizonError: The day is outside the supported years.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
            >>> print(office.end_of_working_day("2024-05-03T16:00:00+02:00", 1))
            2024-05-06 17:00:00+02:00
        """
        ends = self.timeline.end_of_working_day(to_instant(start), whole_days(days))
        if strict:
            refuse_provisional(self, ends)
        return self._zone.datetime(ends)

    def add_calendar_days(self, start: datetime | str, days: int) -> pendulum.DateTime:
        """The same wall time a number of dates later, whatever clock changes lie between.

        Args:
            start: The instant to count from, inside or outside hours.
            days: The number of dates; negative to go back.

        Returns:
            The wall time of the start on that date, in the calendar's zone. If a clock change
            skips it, the change itself; if one repeats it, the first of the two instants.

        Raises:
            WorkError: The number of days is not a whole number.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("America/New_York", {"mon-fri": "9-17"})
            >>> print(office.add_calendar_days("2024-03-08T10:00:00-05:00", 3))
            2024-03-11 10:00:00-04:00
        """
        return self._zone.datetime(self._zone.add_days(to_instant(start), whole_days(days)))

    def end_of_day(self, start: datetime | str, days: int = 0) -> pendulum.DateTime:
        """The local midnight that ends the date of an instant, or a later date.

        Args:
            start: The instant, inside or outside hours.
            days: The number of dates after its own; negative for before.

        Returns:
            The midnight, in the calendar's zone: 00:00 of the following date.

        Raises:
            WorkError: The number of days is not a whole number.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("America/New_York", {"mon-fri": "9-17"})
            >>> print(office.end_of_day("2024-03-08T10:00:00-05:00"))
            2024-03-09 00:00:00-05:00
        """
        return self._zone.datetime(self._zone.end_of_day(to_instant(start), whole_days(days)))

    # Reasons -------------------------------------------------------------------------------------

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
        """Account for every second between two instants, or from a start until some work is done.

        Args:
            start: The first instant.
            end: The instant after the last. Give either this or *work*.
            work: The length of the work whose `add` is to be explained.
            edge: As for `add`.
            language: The language of the text and of holidays' names, such as ``"en"`` or
                ``"zh"``.
            strict: Whether to refuse a provisional answer.

        Returns:
            A `Ledger`, whose rows sum to the whole exactly.

        Raises:
            CalendarError: Both or neither of *end* and *work* are given.
            ReversedRangeError: *end* is earlier than *start*.

        Example:
            >>> from slacalc import Calendar
            >>> office = Calendar("Asia/Shanghai", {"mon-fri": "8:30-12, 13-17:30"}, holidays="CN")
            >>> print(office.explain("2024-09-13T16:00:00+08:00", work="4h"))
            Fri 2024-09-13 16:00 → Fri 2024-09-13 17:30  open    1h 30m
            Fri 2024-09-13 17:30 → Sat 2024-09-14 08:30  closed     15h  overnight
            Sat 2024-09-14 08:30 → Sat 2024-09-14 11:00  open    2h 30m  make-up-day: for 2024-09-16
            total 19h: open 4h (open 1h 30m, make-up-day 2h 30m), closed 15h (overnight 15h)
        """
        with forks_wait:
            from slacalc._calendar.ledger import (  # noqa: PLC0415 - few questions have it as answer
                Ledger,
                account,
            )

        names_translator(language)  # refuses an unknown language
        if end is not None and work is None:
            begins, ends = self._ordered(start, end, strict=strict)
        elif work is not None and end is None:
            done = self.add(start, work, edge=edge, strict=strict)
            begins, ends = sorted((to_instant(start), to_instant(done)))
        else:
            msg = "give either the end of the stretch to explain, or work= to explain an add"
            raise CalendarError(msg, given=(end, work))
        first = unpublished_from(self)
        is_provisional = first is not None and ends > first
        return Ledger(
            rows=tuple(account(self, begins, ends, language)),
            provisional_from=self.provisional_from if is_provisional else None,
            language=language,
        )


def _check_operation(operation: object) -> None:
    if not isinstance(operation, str) or operation not in OPERATIONS:
        raise unknown_name(CalendarError, "an operation", operation, OPERATIONS)


def _check_size(stretches: int, depth: int) -> None:
    """Refuse a combination with more hours than can be compiled soon, or nested too deep."""
    if stretches > MAX_STRETCHES:
        msg = (
            f"the combined calendars have more than {MAX_STRETCHES} stretches a day together, "
            "the limit; each counts as one at least"
        )
        raise CalendarError(msg, given=stretches, limit=MAX_STRETCHES)
    if depth > MAX_DEPTH:
        msg = f"calendars are combined more than {MAX_DEPTH} deep inside each other, the limit"
        raise CalendarError(msg, given=depth, limit=MAX_DEPTH)


def refuse_provisional(calendar: Calendar, reached: int, *, inclusive: bool = False) -> None:
    """Refuse an answer that depends on holidays that are not officially published yet.

    Args:
        calendar: The calendar that gives the answer.
        reached: The instant up to which the answer depends on the calendar.
        inclusive: Whether it depends on the hours at that very instant as well, as an opening does.

    Raises:
        ProvisionalError: The answer depends on such holidays.
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
    """Whole dates without a zone: they take that of the calendar they are combined with.

    `Calendar.dates` makes them.

    Args:
        ranges: The dates as ranges, in order and not touching, and then those that recur.

    Example:
        >>> from slacalc import Calendar
        >>> Calendar.dates("2026-12-24", "2026-12-25", "2026-12-31")
        Calendar.dates('2026-12-24..2026-12-25', '2026-12-31')
    """

    __module__ = "slacalc"

    ranges: tuple[DateRange | RecurringDates, ...]

    def __repr__(self) -> str:
        return f"Calendar.dates({', '.join(repr(str(dates)) for dates in self.ranges)})"

    def in_zone(self, time_zone: str) -> Calendar:
        """Make the calendar that is open all day on these dates in a zone.

        Args:
            time_zone: An IANA name such as ``"Asia/Shanghai"``.

        Raises:
            TimeZoneError: The zone is unknown.

        Example:
            >>> from slacalc import Calendar
            >>> eve = Calendar.dates("2026-12-24").in_zone("Europe/Berlin")
            >>> print(eve.next_close("2026-12-24T12:00:00+01:00"))
            2026-12-25 00:00:00+01:00
        """
        return Calendar(time_zone, "closed", exceptions=dict.fromkeys(self.ranges, ALL_DAY))


_COMBINABLE = (Calendar, FloatingDates)


# Timelines by the descriptions of their calendars, kept while any such calendar lives. The latest
# few are kept longer, for programs that read a calendar anew for each request.
_timelines: WeakValueDictionary[str, Timeline] = WeakValueDictionary()
_latest: deque[Timeline] = deque(maxlen=16)
_timelines_lock = Lock()


def check_calendar(value: object, what: str = "calendar", *, or_none: bool = False) -> None:
    """Raise `CalendarError` for an argument that is not a calendar."""
    if not (isinstance(value, Calendar) or (or_none and value is None)):
        how = "give a slacalc.Calendar, as Calendar.from_dict makes one"
        raise CalendarError(f"{what}: {value!r} is not a calendar: {how}", given=value)


def _timeline_of(calendar: Calendar) -> Timeline:
    """The timeline that all calendars equal to this one share."""
    terms = [other.timeline for _, other in terms_of(calendar)]
    description = repr(calendar)
    with _timelines_lock:
        timeline = _timelines.get(description)
        if timeline is None:
            timeline = Timeline(
                zone(calendar.time_zone),
                partial(compile_year, calendar),
                stretches=most_stretches(calendar),
                depth=max((term.depth + 1 for term in terms), default=0),
            )
            _timelines[description] = timeline
            _latest.append(timeline)
        return timeline


ALWAYS = Calendar("UTC", "always")
"""The calendar on which every instant is working time, in UTC: for targets in elapsed hours."""
