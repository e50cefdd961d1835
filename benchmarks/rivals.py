"""The contenders, each called in the fastest form that its documentation shows.

A `Desk` describes working hours once; every contender builds its own calendar from it and turns
questions (an instant and a length, or two instants) into `Calls`: a function, its arguments, and a
way to read its answers. What a program would do once, such as building a calendar, compiling it or
converting a column of instants, is done before the first call and is not timed.

The rivals are loaded by name, not by an import statement: they are installed for benchmarks only,
and some have no types.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import import_module, metadata
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias
from zoneinfo import ZoneInfo

from slacalc import Calendar, Holidays, __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MICROSECOND, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Starts: TypeAlias = "Sequence[tuple[datetime, timedelta]]"
Stretches: TypeAlias = "Sequence[tuple[datetime, datetime]]"


@cache
def library(name: str) -> Any:
    """A rival's module, loaded when it is first used."""
    return import_module(name)


class CannotAskError(Exception):
    """A library has no way to put a question."""


@dataclass(frozen=True)
class Desk:
    """Working hours, and the dates on which there are none.

    Args:
        zone: Where the hours are read.
        shifts: Opening and closing times; a closing not after its opening is on the next date.
        weekdays: The days of the week that work; Monday is 0.
        closed: Days off.
        make_up: Make-up days, each with the date whose hours it has.
        published_until: The last date whose days off are known, where there is such an end.
        far_holiday: A day off long after the question, for a library that fails past its last one.
    """

    zone: str
    shifts: tuple[tuple[time, time], ...]
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    closed: frozenset[date] = frozenset()
    make_up: tuple[tuple[date, date], ...] = ()
    published_until: date | None = None
    far_holiday: date | None = None

    @property
    def info(self) -> ZoneInfo:
        """The zone, for datetimes."""
        return ZoneInfo(self.zone)

    def at(self, text: str) -> datetime:
        """A wall time of the desk as an aware datetime."""
        return datetime.fromisoformat(text).replace(tzinfo=self.info)

    def wall(self, instant: datetime) -> datetime:
        """What the desk's clock shows, without a zone."""
        return instant.astimezone(self.info).replace(tzinfo=None)

    def aware(self, answer: datetime) -> datetime:
        """An answer as an instant; a naive one is read on the desk's clock."""
        return answer.replace(tzinfo=self.info) if answer.tzinfo is None else answer

    def spelled_out(self, first: date, last: date) -> Desk:
        """The same hours for libraries without make-up days: free weekend dates as holidays."""
        working = {day for day, _ in self.make_up}
        dates = (first + DAY * index for index in range((last - first).days + 1))
        free = {day for day in dates if day.weekday() not in self.weekdays and day not in working}
        return replace(self, weekdays=tuple(range(7)), closed=self.closed | free, make_up=())


@dataclass(frozen=True)
class Calls:
    """One function to call on many arguments, and how to read what it answers."""

    function: Callable[..., Any]
    arguments: list[tuple[Any, Any]]
    read: Callable[[Any], Any]

    def answers(self) -> list[Any]:
        """Every answer, as an aware datetime or a timedelta."""
        return [self.read(self.function(*pair)) for pair in self.arguments]


class Contender:
    """A library under measurement, and the form of its call.

    Attributes:
        name: The library.
        package: Its distribution, for the version.
        form: What is called, and with what.
        edge: Where the library lets an exact fit end: at the closing, or the next opening.
    """

    name: ClassVar[str]
    package: ClassVar[str]
    form: str = ""
    edge: ClassVar[str] = "close"

    def enter(self, desk: Desk, instant: datetime) -> Any:
        """An instant as this library takes it."""
        del desk
        return instant

    def adds(self, desk: Desk, questions: Starts) -> Calls:
        """The calls that find when work is done."""
        raise NotImplementedError

    def lengths(self, desk: Desk, questions: Stretches) -> Calls:
        """The calls that find the working time between two instants."""
        raise NotImplementedError

    def version(self) -> str:
        """The installed version."""
        return metadata.version(self.package)


class Slacalc(Contender):
    """This library: `Calendar.add` and `Calendar.elapsed`.

    Args:
        verb: The method that measures lengths.
        strict: Refuse what reaches past the published holidays.
        utc: Give datetimes in UTC instead of the desk's zone.
    """

    name = package = "slacalc"

    def version(self) -> str:
        """The version of the source at hand, installed or not."""
        return __version__

    def __init__(self, verb: str = "elapsed", *, strict: bool = False, utc: bool = False) -> None:
        self.verb, self.strict, self.utc = verb, strict, utc

    def enter(self, desk: Desk, instant: datetime) -> datetime:
        """Aware, in the desk's zone or in UTC."""
        return instant.astimezone(UTC if self.utc else desk.info)

    def calendar(self, desk: Desk) -> Calendar:
        """The desk's hours and holidays."""
        hours = ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in desk.shifts)
        return Calendar(
            desk.zone,
            {",".join(WEEKDAYS[index] for index in desk.weekdays): hours},
            holidays=Holidays(dates=sorted(desk.closed), workdays=dict(desk.make_up)),
            horizon=desk.published_until,
        )

    def adds(self, desk: Desk, questions: Starts) -> Calls:
        """`Calendar.add`, which answers a `pendulum.DateTime` in the desk's zone."""
        add = self.calendar(desk).add
        if self.strict:
            return Calls(lambda at, work: add(at, work, strict=True), [*questions], desk.aware)
        arguments = [(self.enter(desk, at), work) for at, work in questions]
        return Calls(add, arguments, desk.aware)

    def lengths(self, desk: Desk, questions: Stretches) -> Calls:
        """`Calendar.elapsed`, or the method named."""
        pairs = [(self.enter(desk, start), self.enter(desk, end)) for start, end in questions]
        calendar = self.calendar(desk)
        if self.verb == "elapsed_seconds":
            return Calls(calendar.elapsed_seconds, [*pairs], lambda n: timedelta(seconds=n))
        return Calls(
            calendar.elapsed, [*pairs], lambda length: timedelta(seconds=length.total_seconds())
        )


class SlacalcIntegers(Slacalc):
    """This library between the doors: the compiled timeline on integers of UTC microseconds."""

    def enter(self, desk: Desk, instant: datetime) -> Any:
        """Microseconds since 1970."""
        del desk
        return (instant - EPOCH) // MICROSECOND

    def adds(self, desk: Desk, questions: Starts) -> Calls:
        """`Timeline.add`."""
        arguments = [(self.enter(desk, at), work // MICROSECOND) for at, work in questions]
        return Calls(
            self.calendar(desk).timeline.add, [*arguments], lambda at: EPOCH + at * MICROSECOND
        )

    def lengths(self, desk: Desk, questions: Stretches) -> Calls:
        """`Timeline.elapsed`."""
        pairs = [(self.enter(desk, start), self.enter(desk, end)) for start, end in questions]
        return Calls(
            self.calendar(desk).timeline.elapsed, pairs, lambda length: length * MICROSECOND
        )


class Workclock(Contender):
    """`workclock.Schedule`, built once; aware datetimes.

    Args:
        utc: Give datetimes in UTC, and so have answers in UTC, instead of the desk's zone.
    """

    name = package = "workclock"

    def __init__(self, *, utc: bool = False) -> None:
        self.utc = utc

    def enter(self, desk: Desk, instant: datetime) -> datetime:
        """Aware, in the desk's zone or in UTC."""
        return instant.astimezone(UTC if self.utc else desk.info)

    def schedule(self, desk: Desk) -> Any:
        """A rule a shift, and the holidays."""
        workclock = library("workclock")
        rules = [
            workclock.WorkDay(opens, closes, days=desk.weekdays) for opens, closes in desk.shifts
        ]
        return workclock.Schedule([*rules, workclock.Holidays(desk.closed)], time_zone=desk.info)

    def adds(self, desk: Desk, questions: Starts) -> Calls:
        """`Schedule.add`."""
        arguments = [(self.enter(desk, at), work) for at, work in questions]
        return Calls(self.schedule(desk).add, [*arguments], desk.aware)

    def lengths(self, desk: Desk, questions: Stretches) -> Calls:
        """`Schedule.between`."""
        pairs = [(self.enter(desk, start), self.enter(desk, end)) for start, end in questions]
        return Calls(self.schedule(desk).between, [*pairs], lambda length: length)


class Timegrid(Contender):
    """`timegrid`: naive datetimes only, so the desk's wall clock; lengths on a compiled timeline.

    Sums of work are computed by the calendar, since a compiled timeline does not add.
    """

    name = package = "timegrid"

    def enter(self, desk: Desk, instant: datetime) -> datetime:
        """The desk's wall clock."""
        return desk.wall(instant)

    def calendar(self, desk: Desk) -> Any:
        """Weekly opening rules, and the holidays closed."""
        timegrid = library("timegrid")
        names = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
        calendar = timegrid.TimeGridCalendar.create()
        for index in desk.weekdays:
            for opens, closes in desk.shifts:
                calendar.add_open_rule(getattr(timegrid.DayOfWeek, names[index]), opens, closes)
        for day in sorted(desk.closed):
            calendar.close(day)
        for day, _ in desk.make_up:
            for opens, closes in desk.shifts:
                begins, ends = datetime.combine(day, opens), datetime.combine(day, closes)
                calendar.set_open_window(f"{begins}", begins, ends)
        return calendar

    def adds(self, desk: Desk, questions: Starts) -> Calls:
        """`TimeGridCalendar.add_work_duration`."""
        arguments = [(self.enter(desk, at), work) for at, work in questions]
        return Calls(self.calendar(desk).add_work_duration, [*arguments], desk.aware)

    def lengths(self, desk: Desk, questions: Stretches) -> Calls:
        """`TimeGridTimeline.get_working_duration`."""
        pairs = [(self.enter(desk, start), self.enter(desk, end)) for start, end in questions]
        instants = [instant for pair in pairs for instant in pair]
        first, last = min(instants) - 7 * DAY, max(instants) + 7 * DAY
        timeline = self.calendar(desk).compile(first, last)
        return Calls(timeline.get_working_duration, [*pairs], lambda length: length)


class Pandas(Contender):
    """`pandas.offsets.CustomBusinessHour`, one offset for each length, made beforehand.

    Args:
        aware: Give timestamps in the desk's zone instead of its wall clock; slower, but the zone
            is not lost.
    """

    name = package = "pandas"
    edge = "next_open"

    def __init__(self, *, aware: bool = False) -> None:
        self.in_zone = aware

    def enter(self, desk: Desk, instant: datetime) -> Any:
        """A `pandas.Timestamp`."""
        given = instant.astimezone(desk.info) if self.in_zone else desk.wall(instant)
        return library("pandas").Timestamp(given)

    def offset(self, desk: Desk, work: timedelta) -> Any:
        """The offset for so much work, which must be whole hours."""
        if work % HOUR:
            msg = "takes whole hours only"
            raise CannotAskError(msg)
        return library("pandas").offsets.CustomBusinessHour(
            n=work // HOUR,
            start=[f"{opens:%H:%M}" for opens, _ in desk.shifts],
            end=[f"{closes:%H:%M}" for _, closes in desk.shifts],
            weekmask="".join("01"[index in desk.weekdays] for index in range(7)),
            holidays=sorted(desk.closed),
        )

    def adds(self, desk: Desk, questions: Starts) -> Calls:
        """``timestamp + offset``."""
        offsets = {work: self.offset(desk, work) for work in {work for _, work in questions}}
        arguments = [(self.enter(desk, at), offsets[work]) for at, work in questions]
        return Calls(operator.add, arguments, lambda at: desk.aware(at.to_pydatetime()))

    def lengths(self, desk: Desk, questions: Stretches) -> Calls:
        """There is no inverse."""
        del desk, questions
        msg = "adds only"
        raise CannotAskError(msg)


class Businesstimedelta(Contender):
    """`businesstimedelta.Rules`, built once: a working day, the break in it, the holidays."""

    name = package = "businesstimedelta"

    def rules(self, desk: Desk) -> Any:
        """The rules; its zones are those of pytz."""
        library_ = library("businesstimedelta")
        zone, days = library("pytz").timezone(desk.zone), list(desk.weekdays)
        opens, closes = desk.shifts[0][0], desk.shifts[-1][1]
        rules = [library_.WorkDayRule(opens, closes, days, tz=zone)]
        for (_, begins), (ends, _) in pairwise(desk.shifts):
            rules.append(library_.LunchTimeRule(begins, ends, days, tz=zone))
        if desk.closed:
            far = {desk.far_holiday} if desk.far_holiday else set()
            rules.append(library_.HolidayRule(desk.closed | far, tz=zone))
        return library_.Rules(rules)

    def adds(self, desk: Desk, questions: Starts) -> Calls:
        """``datetime + BusinessTimeDelta``, or ``-`` where all of the work is negative."""
        rules, length = self.rules(desk), library("businesstimedelta").BusinessTimeDelta
        arguments = [(at, length(rules, timedelta=abs(work))) for at, work in questions]
        back = all(work < timedelta() for _, work in questions)
        return Calls(operator.sub if back else operator.add, [*arguments], desk.aware)

    def lengths(self, desk: Desk, questions: Stretches) -> Calls:
        """`Rules.difference`."""
        return Calls(self.rules(desk).difference, [*questions], lambda length: length.timedelta)


class BusinessDuration(Contender):
    """`businessDuration`, once for each shift and summed, for it knows no breaks."""

    name = package = "business-duration"

    def enter(self, desk: Desk, instant: datetime) -> datetime:
        """The desk's wall clock; an aware datetime is read the same way, without its zone."""
        return desk.wall(instant)

    def adds(self, desk: Desk, questions: Starts) -> Calls:
        """There is no inverse."""
        del desk, questions
        msg = "measures only"
        raise CannotAskError(msg)

    def lengths(self, desk: Desk, questions: Stretches) -> Calls:
        """`businessDuration` in seconds."""
        duration = library("business_duration").businessDuration
        weekend = [index for index in range(7) if index not in desk.weekdays]

        def of_shift(start: datetime, end: datetime, shift: tuple[time, time]) -> Any:
            return duration(start, end, *shift, weekend, desk.closed, "sec")

        def of_shifts(start: datetime, end: datetime) -> Any:
            return sum(of_shift(start, end, shift) for shift in desk.shifts)

        def read(seconds: Any) -> Any:
            return timedelta(seconds=seconds) if seconds == seconds else seconds  # noqa: PLR0124 - NaN and NaT differ from themselves

        pairs = [(self.enter(desk, start), self.enter(desk, end)) for start, end in questions]
        return Calls(of_shifts, [*pairs], read)


class DjangoBizcal(Contender):
    """`django_bizcal.WorkingCalendar`, built once; aware datetimes, without a project of Django."""

    name = package = "django-bizcal"

    def calendar(self, desk: Desk) -> Any:
        """Windows for each weekday, and the holidays."""
        library_ = library("django_bizcal")
        shifts = [(f"{opens:%H:%M}", f"{closes:%H:%M}") for opens, closes in desk.shifts]
        closed = library("django_bizcal.providers").SetHolidayProvider.from_dates(desk.closed)
        return library_.WorkingCalendar(
            tz=desk.zone,
            weekly_schedule=dict.fromkeys(desk.weekdays, shifts),
            holiday_provider=closed,
        )

    def adds(self, desk: Desk, questions: Starts) -> Calls:
        """`WorkingCalendar.add_business_time`."""
        arguments = [(self.enter(desk, at), work) for at, work in questions]
        return Calls(self.calendar(desk).add_business_time, [*arguments], desk.aware)

    def lengths(self, desk: Desk, questions: Stretches) -> Calls:
        """`WorkingCalendar.business_time_between`."""
        pairs = [(self.enter(desk, start), self.enter(desk, end)) for start, end in questions]
        return Calls(self.calendar(desk).business_time_between, [*pairs], lambda length: length)

    def enter(self, desk: Desk, instant: datetime) -> datetime:
        """Aware, in the desk's zone."""
        return instant.astimezone(desk.info)


class OpeningHours(Contender):
    """`opening_hours.OpeningHours`, parsed once: no sums, so the open intervals are added up.

    The hours are written in the notation of OpenStreetMap, with all runs of days off in one rule,
    which is three times as fast as a rule for each day.
    """

    name, package = "opening-hours-py", "opening-hours-py"

    def intervals(self, desk: Desk) -> Callable[..., Any]:
        """A function that yields the intervals from one instant to another."""
        names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
        shifts = ",".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in desk.shifts)
        days = ",".join(names[index] for index in desk.weekdays)
        runs: list[list[date]] = []
        for day in sorted(desk.closed):
            if runs and runs[-1][-1] + DAY == day:
                runs[-1].append(day)
            else:
                runs.append([day])
        off = ",".join(f"{run[0]:%Y %b %d}-{run[-1]:%Y %b %d}" for run in runs)
        its: Callable[..., Any] = (
            library("opening_hours").OpeningHours(f"{days} {shifts}; {off} off").intervals
        )
        return its

    def enter(self, desk: Desk, instant: datetime) -> datetime:
        """The desk's wall clock; its own zones cost more."""
        return desk.wall(instant)

    def adds(self, desk: Desk, questions: Starts) -> Calls:
        """The intervals from the start on, until the work is done."""
        intervals, is_open = self.intervals(desk), library("opening_hours").State.OPEN

        def add(start: datetime, work: timedelta) -> Any:
            for begins, ends, state, _ in intervals(start):
                if state == is_open:
                    if work <= ends - begins:
                        return begins + work
                    work -= ends - begins
            return None

        arguments = [(self.enter(desk, at), work) for at, work in questions]
        return Calls(add, [*arguments], desk.aware)

    def lengths(self, desk: Desk, questions: Stretches) -> Calls:
        """The intervals between two instants, summed."""
        intervals, is_open = self.intervals(desk), library("opening_hours").State.OPEN

        def elapsed(start: datetime, end: datetime) -> timedelta:
            return sum(
                (
                    ends - begins
                    for begins, ends, state, _ in intervals(start, end)
                    if state == is_open
                ),
                timedelta(),
            )

        pairs = [(self.enter(desk, start), self.enter(desk, end)) for start, end in questions]
        return Calls(elapsed, [*pairs], lambda length: length)


RIVALS = (Workclock, Timegrid, Pandas, Businesstimedelta, BusinessDuration)
