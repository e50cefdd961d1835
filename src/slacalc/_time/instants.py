"""Convert aware datetimes and texts to integers of UTC microseconds, and back.

Three ideas are used in the whole library.

*Instant.* Microseconds since 1970-01-01 00:00 UTC, as an integer: exact, ordered, without a zone.

*Reading.* What a wall clock shows, as an integer as well: microseconds since 1970-01-01 00:00 on
that clock. Day ``n`` of the proleptic calendar begins at the reading ``(n - EPOCH_DAY) * DAY``. A
zone is a sequence of *segments* ``(from instant, offset)``, and ``reading = instant + offset`` in
each. When an offset grows, readings are skipped (a gap); when it shrinks, they repeat (a fold).

*The rule for wall times.* A reading stands for the first instant at which the clock shows it or a
later one: in a gap that is the change itself, in a fold the first of the two. This rule keeps the
order of readings, which "move forward by the length of the gap" does not.

pendulum is imported when the first datetime is returned, not when the library is imported. Read
`intervals`, `dates` and `durations` next.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from slacalc._threads import cached_property
from slacalc._time.partial_imports import load_pendulum
from slacalc._time.zone_data import (
    depends_on_machine,
    iana_name,
    is_zone_name,
    pendulum_zone,
    zone_info,
    zone_names,
)
from slacalc.errors import (
    HorizonError,
    InstantError,
    NaiveDatetimeError,
    TimeZoneError,
    did_you_mean,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pendulum

MICROSECOND = timedelta(microseconds=1)  # for divisions of timedeltas
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FIRST_YEAR, LAST_YEAR = 1900, 2200
EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def year_start(year: int) -> int:
    """The instant at which a year begins in UTC."""
    return (date(year, 1, 1).toordinal() - EPOCH_DAY) * DAY


EARLIEST, LATEST = year_start(FIRST_YEAR), year_start(LAST_YEAR + 1)
_END_OF_DATE = re.compile(r"(\d{4}-?\d\d-?\d\d[T ])24((?::?00){0,2}(?:[.,]0+)?(?:Z|[+-].*)?)")
_MAX_SHOWN = 80  # characters of a name in a message
_STRETCH = 41  # 2**41 microseconds are 25 days
_NEVER = 10**18  # microseconds, thirty thousand years


def year_of(instant: int) -> int:
    """The year that contains an instant in UTC."""
    return date.fromordinal(EPOCH_DAY + instant // DAY).year


def to_instant(value: datetime | str) -> int:
    """Convert an aware datetime, or an ISO 8601 text with an offset, to an instant.

    Raises:
        NaiveDatetimeError: It has neither a zone nor an offset.
        InstantError: It is not a datetime, and not such a text.
        HorizonError: It is outside the supported years.
    """
    if type(value) is not datetime:
        value = _as_datetime(value)
    # One expression of small integers, for speed: subtracting the epoch would build two objects,
    # and takes twenty microseconds for a datetime of pendulum.
    instant = (
        (((value.toordinal() * 24 + value.hour) * 60 + value.minute) * 60 + value.second) * SECOND
        + value.microsecond
        - _SHIFTS[value.utcoffset()]
    )
    if EARLIEST <= instant < LATEST:
        return instant
    if value.utcoffset() is None:
        raise _naive(value)
    raise horizon_error(str(value))


def to_instant_in_zone(value: datetime | str, at: Zone) -> int:
    """Convert a datetime or text to an instant; one without an offset is a wall time of a zone.

    Args:
        value: The datetime or text.
        at: The zone of wall times.

    Raises:
        InstantError, HorizonError: As for `to_instant`.
    """
    read = _as_datetime(value)
    if read.utcoffset() is not None:
        return to_instant(read)
    reading = _reading(read)
    if EARLIEST - DAY <= reading < LATEST + DAY:
        instant = at.first_reading(reading)
        if EARLIEST <= instant < LATEST:
            return instant
    raise horizon_error(str(read))


def unbounded_instant(value: datetime | str) -> int:
    """Convert what `to_instant` or `to_instant_in_zone` refuses because of its year."""
    read = _as_datetime(value)
    return _reading(read) - (read.utcoffset() or timedelta(0)) // MICROSECOND


def _reading(value: datetime) -> int:
    plain = datetime.combine(value.date(), value.time(), UTC)  # pendulum subtracts differently
    return (plain - _EPOCH) // MICROSECOND


class _Shifts(dict[timedelta | None, int]):
    """For each offset, what to subtract from the microseconds since day 0 on a clock with it.

    Zones return the same few offset objects again and again, so that looking them up is faster than
    computing with them. Only offsets of whole minutes are kept, of which there are 2,879.
    """

    def __missing__(self, offset: timedelta | None) -> int:
        if offset is None:
            return _NEVER  # so that every naive datetime is outside the supported years
        shift = EPOCH_DAY * DAY + offset // MICROSECOND
        if offset.seconds % 60 == 0 and offset.microseconds == 0:
            self[offset] = shift
        return shift


_SHIFTS = _Shifts()


def _as_datetime(value: Any) -> datetime:
    """Parse a text; refuse what is not a datetime, or finer than a microsecond."""
    if isinstance(value, str):
        return _parse(value)
    if not isinstance(value, datetime) or value != value:  # noqa: PLR0124 - pandas' NaT is unequal
        msg = (
            f"{value!r} ({type(value).__name__}) is not an instant: give an aware datetime, or an "
            'ISO 8601 text with an offset such as "2026-11-23T09:00:00+08:00"'
        )
        raise InstantError(msg, given=value)
    if getattr(value, "nanosecond", 0):
        raise _too_fine(value)
    return value


def _parse(text: str) -> datetime:
    if re.search(r"[.,]\d{6}\d*[1-9]", text):
        raise _too_fine(text)
    try:
        return parse_iso(text)
    except ValueError:
        msg = (
            f"{text!r} cannot be read as an instant: write ISO 8601 with an offset, such as "
            '"2026-11-23T09:00:00+08:00" or "2026-11-23T01:00:00Z"'
        )
        raise InstantError(msg, given=text) from None


def parse_iso(text: str) -> datetime:
    """Parse ISO 8601, where 24:00 ends the date, as in `datetime.fromisoformat` since Python 3.14.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        match = _END_OF_DATE.fullmatch(text)
        if match is None:
            raise
        begin, rest = match.groups()
        return datetime.fromisoformat(f"{begin}00{rest}") + timedelta(days=1)


def _too_fine(value: object) -> InstantError:
    return InstantError(f"{value} is finer than a microsecond: round it first", given=value)


def _naive(value: datetime) -> NaiveDatetimeError:
    msg = (
        f"{value.isoformat()} has no time zone, so it does not name an instant: give it its zone, "
        'as in datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai")) or '
        '"2026-11-23T09:00:00+08:00"'
    )
    return NaiveDatetimeError(msg, given=value)


def horizon_error(subject: str, *, verb: str = "is outside") -> HorizonError:
    """Make the error for an instant, or the end of some work, outside the supported years."""
    msg = f"{subject} {verb} the supported years {FIRST_YEAR} to {LAST_YEAR}"
    return HorizonError(msg, instant=subject, horizon=(FIRST_YEAR, LAST_YEAR))


def to_utc(instant: int) -> datetime:
    """Convert an instant to a datetime in UTC, for messages."""
    return _EPOCH + timedelta(microseconds=instant)


def to_duration(microseconds: int) -> pendulum.Duration:
    """Convert a length to a `pendulum.Duration`."""
    duration: pendulum.Duration = load_pendulum().Duration(microseconds=microseconds)
    return duration


def _beyond(days: int, start: int) -> HorizonError:
    return horizon_error(f"{days} days from {to_utc(start).isoformat()}", verb="is beyond")


class _SteadyOffsets(dict[int, int | None]):
    """The offset of a zone in each stretch of 25 days; None if it changes in it or near it.

    Near is within two days, so that a stretch of readings has that offset as well. Most stretches
    have one, and looking it up is faster than finding the year of an instant. The supported years
    have 4,300 of them.
    """

    def __init__(self, of: Zone) -> None:
        super().__init__()
        self._zone = of

    def __missing__(self, stretch: int) -> int | None:
        start, end = (stretch << _STRETCH) - 2 * DAY, (stretch + 1 << _STRETCH) + 2 * DAY
        segments = self._zone.segments(start, end)
        first, last = (bisect_right(segments, (at, LATEST)) for at in (start, end))
        offset = self[stretch] = segments[first - 1][1] if first == last else None
        return offset


class Zone:
    """A time zone as a sequence of offsets; it converts between instants, readings and datetimes.

    `zone` returns one object for each name. Offsets are sampled from zoneinfo year by year and
    kept; a change between two samples is found by bisection.

    Args:
        name: The IANA name.

    Attributes:
        name: The IANA name.
        info: The zone as an object of zoneinfo.
        base: The datetime of reading 0. Python subtracts two datetimes of one zone by their
            readings, so that ``(at - base) // MICROSECOND`` is the reading of *at*.
    """

    # No zone of the IANA database has changed its offset twice within three days since 1900; a test
    # checks this for every zone.
    _SAMPLE_SECONDS = 2 * 86_400

    def __init__(self, name: str) -> None:
        self.name = name
        self.info = zone_info(name)
        self.base = datetime(1970, 1, 1, tzinfo=self.info)
        self._years: dict[int, list[tuple[int, int]]] = {}
        self._around_years: dict[int, list[tuple[int, int]]] = {}
        self._steady = _SteadyOffsets(self)

    def __reduce__(self) -> tuple[Callable[[str], Zone], tuple[str]]:
        return zone, (self.name,)

    def _offset_seconds(self, seconds: int) -> int:
        at = (_EPOCH + timedelta(seconds=seconds)).astimezone(self.info)
        return (at - self.base) // timedelta(seconds=1) - seconds

    def _year(self, year: int) -> list[tuple[int, int]]:
        """The segments of one UTC year; the first begins with the year."""
        known = self._years.get(year)
        if known is not None:
            return known
        start, end = year_start(year) // SECOND, year_start(year + 1) // SECOND
        offset = self._offset_seconds(start)
        segments = [(start * SECOND, offset * SECOND)]
        for sample in range(start, end, self._SAMPLE_SECONDS):
            before, after = sample, min(sample + self._SAMPLE_SECONDS, end - 1)
            offset_after = self._offset_seconds(after)
            if offset_after == offset:
                continue
            while after - before > 1:
                middle = (before + after) // 2
                if self._offset_seconds(middle) == offset:
                    before = middle
                else:
                    after = middle
            offset = offset_after
            segments.append((after * SECOND, offset * SECOND))
        self._years[year] = segments
        return segments

    def segments(self, start: int, end: int) -> list[tuple[int, int]]:
        """The segments that cover ``[start, end]``; the first begins at *start* or before.

        Returns:
            Pairs of an instant and the offset from then on, both in microseconds. Neighbours have
            different offsets.
        """
        result: list[tuple[int, int]] = []
        for year in range(year_of(start), year_of(end) + 1):
            for segment in self._year(year):
                if not result or segment[1] != result[-1][1]:
                    result.append(segment)
        return result

    def _around(self, reading: int) -> list[tuple[int, int]]:
        """The segments of the year that contains a reading, and of two days on either side."""
        year = year_of(reading)
        known = self._around_years.get(year)
        if known is None:
            known = self.segments(year_start(year) - 2 * DAY, year_start(year + 1) + 2 * DAY)
            self._around_years[year] = known
        return known

    def reading(self, instant: int) -> int:
        """The reading of the wall clock at an instant."""
        offset = self._steady[instant >> _STRETCH]
        if offset is None:
            segments = self._year(year_of(instant))
            offset = segments[bisect_right(segments, (instant, LATEST)) - 1][1]
        return instant + offset

    def first_reading(self, reading: int) -> int:
        """The first instant at which the wall clock shows *reading* or a later one."""
        steady = self._steady[reading >> _STRETCH]
        if steady is not None:
            return reading - steady
        segments = self._around(reading)
        for (start, offset), (end, _) in pairwise(segments):
            if reading - offset < end:
                return max(reading - offset, start)
        start, offset = segments[-1]
        return max(reading - offset, start)

    def passed_for_good(self, reading: int) -> int:
        """The first instant after which the wall clock never shows less than *reading*.

        It differs from `first_reading` if the clock goes back over *reading*: in St John's on
        29 October 2006, one minute after midnight, the evening of the 28th began again.
        """
        segments = self._around(reading)
        end = LATEST + 2 * DAY
        for start, offset in reversed(segments):
            if start + offset < reading:
                return min(reading - offset, end)
            end = start
        return end

    def dates(self, start: int, end: int) -> Iterator[tuple[date, int, int]]:
        """Yield the dates between two instants, each with the instants of its start and end."""
        segments = self.segments(start, end)
        changes = [change for change, _ in segments[1:]]
        for (begins, offset), ends in zip(segments, [*changes, end], strict=True):
            at, last = max(begins, start), min(ends, end)
            while at < last:
                day = (at + offset) // DAY
                until = min((day + 1) * DAY - offset, last)
                yield date.fromordinal(EPOCH_DAY + day), at, until
                at = until

    def midnight(self, day: date) -> int:
        """The first instant of a date; that of the next date if the zone skips the date."""
        return self.first_reading((day.toordinal() - EPOCH_DAY) * DAY)

    def add_days(self, instant: int, days: int) -> int:
        """Add dates and keep the wall time; if the clock skips that, the result is the change."""
        if days == 0:
            return instant
        return self.first_reading(self._days_on(self.reading(instant), days, instant))

    def end_of_day(self, instant: int, days: int) -> int:
        """The midnight that ends the date of an instant, or a date some days later."""
        tomorrow = (self.reading(instant) // DAY + 1) * DAY
        return self.passed_for_good(self._days_on(tomorrow, days, instant))

    def time_of_day(self, instant: int, days: int, time: int) -> int:
        """A wall time on the date some days after that of an instant, but never before it.

        Where the wall time of that date lies before the instant, the first later one counts.

        Args:
            instant: The instant.
            days: The number of days.
            time: The wall time, in microseconds since midnight; a `DAY` is the end of the date.
        """
        day = max(self.reading(instant) // DAY + days, self.first_day_with(time, instant))
        if not EARLIEST <= day * DAY + time <= LATEST:
            raise _beyond(days, instant)
        return self.time_on(day, time)

    def time_on(self, day: int, time: int) -> int:
        """The instant of a wall time on a date, the date in days since 1970."""
        # A date ends when the clock leaves it for good, as in `end_of_day`.
        at = self.first_reading if time < DAY else self.passed_for_good
        return at(day * DAY + time)

    def first_day_with(self, time: int, instant: int) -> int:
        """The first date, in days since 1970, whose wall time is not before an instant."""
        day = (self.reading(instant) - time) // DAY
        while self.time_on(day, time) < instant:
            day += 1
        return day

    @staticmethod
    def _days_on(reading: int, days: int, start: int) -> int:
        """Add days to a reading; *start* is for the message."""
        moved = reading + days * DAY
        if not EARLIEST <= moved <= LATEST:
            raise _beyond(days, start)
        return moved

    def date(self, instant: int) -> date:
        """The date that the wall clock shows at an instant."""
        return date.fromordinal(EPOCH_DAY + self.reading(instant) // DAY)

    def datetime(self, instant: int) -> pendulum.DateTime:
        """Convert an instant to a datetime of this zone."""
        seconds, microsecond = divmod(instant, SECOND)
        datetime_class, info = self._datetime_type
        if seconds >= 0:
            at = datetime.fromtimestamp(seconds, info)
        else:  # not every platform reads a timestamp before 1970
            at = (_EPOCH + timedelta(seconds=seconds)).astimezone(info)
        answer = datetime_class(
            at.year, at.month, at.day, at.hour, at.minute, at.second, microsecond, info
        )
        return answer.replace(fold=1) if at.fold else answer

    @cached_property
    def _datetime_type(self) -> tuple[type[pendulum.DateTime], pendulum.Timezone]:
        """The class of datetimes and this zone for it, looked up once."""
        library = load_pendulum()
        return library.DateTime, pendulum_zone(self.name)


@lru_cache(maxsize=1024)  # more than there are zones; but file systems may ignore capitals
def _known_zone(name: str) -> Zone:
    return Zone(name)


def zone(name: object) -> Zone:
    """The zone of an IANA name, or of a `zoneinfo.ZoneInfo` or a pendulum timezone by its name.

    Raises:
        TimeZoneError: There is no such zone, or its name means another zone on another machine.
    """
    key = getattr(name, "key", name)
    try:
        if isinstance(key, str):
            return _known_zone(key)
    except (LookupError, ValueError, OSError):  # zoneinfo's ways to say that it has no such file
        pass
    raise _unknown_zone(name, str(key))


def _unknown_zone(value: object, key: str) -> TimeZoneError:
    """Make the error for an unknown name of a zone, and suggest a name."""
    shown = repr(key if len(key) <= _MAX_SHOWN else f"{key[:_MAX_SHOWN]}…")
    suggestions: list[str] = []
    clause = ", such as 'Asia/Shanghai'"
    if depends_on_machine(key):
        msg = f"the time zone {shown} depends on the machine: name a zone of the IANA database"
        return TimeZoneError(msg + clause, given=value, suggestions=suggestions)
    if windows := iana_name(key):
        msg = f"{shown} is the name that Windows gives a time zone; its IANA name is {windows!r}"
        return TimeZoneError(msg, given=value, suggestions=[windows])
    # Abbreviations such as PST or IST name several zones, and resemble many that are not meant.
    if is_zone_name(key.replace(" ", "_")) and not re.fullmatch(r"[A-Z]{1,5}|.* Time", key):
        alike, suggestions = did_you_mean(key, zone_names())
        place = re.sub(r"\W", "_", key).casefold()
        of_place = [name for name in zone_names() if name.casefold().endswith(f"/{place}")]
        if of_place:
            alike, suggestions = f"; did you mean {of_place[0]!r}?", of_place[:1]
        clause = alike or clause
    msg = f"{shown} is not a time zone of the IANA database{clause}"
    return TimeZoneError(msg, given=value, suggestions=suggestions)
