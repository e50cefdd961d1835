"""Instants: aware datetimes at the door, integers of UTC microseconds inside.

The only module that knows pendulum and zoneinfo. It holds three ideas.

*Instant.* An integer: microseconds since 1970-01-01 00:00 UTC. Exact, ordered, without a zone.

*Reading.* What a wall clock shows, as an integer too: microseconds from 1970-01-01 00:00 on that
clock. Day ``n`` of the proleptic calendar begins at the reading ``(n - EPOCH_DAY) * DAY``. A zone
is a sequence of *segments* ``(from instant, offset)``, and ``reading = instant + offset`` inside
each. Where an offset grows, readings are skipped (a gap); where it shrinks, they repeat (a fold).

*The rule for wall times.* A reading stands for the first instant at which the clock shows it or
something later: in a gap that is the change itself, in a fold the first of the two. The rule keeps
order, which "move forward by the length of the gap" does not.

pendulum is loaded when the first answer leaves, not when the library is imported.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

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
    from collections.abc import Iterator
    from types import ModuleType

    import pendulum

MICROSECOND = timedelta(microseconds=1)  # as Python has it; ours is the integer 1
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
_MOST_SHOWN = 80  # characters of a name in a message
_NEVER = 10**18  # microseconds, thirty thousand years


def year_of(instant: int) -> int:
    """The year that contains an instant in UTC."""
    return date.fromordinal(EPOCH_DAY + instant // DAY).year


@cache
def _pendulum() -> ModuleType:
    """pendulum, loaded at the first call."""
    import pendulum  # noqa: PLC0415 - half of this library's import time, and not always needed

    return pendulum


def to_instant(given: datetime | str) -> int:
    """Read an aware datetime, or an ISO 8601 text with an offset, as an instant.

    Raises:
        NaiveDatetimeError: It bears neither a zone nor an offset.
        InstantError: It is neither a datetime nor such a text.
        HorizonError: It lies outside the supported years.
    """
    if type(given) is not datetime:
        given = _as_datetime(given)
    # One expression over small integers: subtracting the epoch would build two objects on the way,
    # and takes twenty microseconds where the datetime is pendulum's.
    instant = (
        (((given.toordinal() * 24 + given.hour) * 60 + given.minute) * 60 + given.second) * SECOND
        + given.microsecond
        - _SHIFTS[given.utcoffset()]
    )
    if EARLIEST <= instant < LATEST:
        return instant
    if given.utcoffset() is None:
        raise _naive(given)
    raise horizon_error(str(given))


def to_instant_in_zone(given: datetime | str, at: Zone) -> int:
    """Read a datetime or text without a zone as what a clock shows; others as `to_instant` does.

    Args:
        given: The datetime or text.
        at: The zone of the clock.

    Raises:
        InstantError, HorizonError: As for `to_instant`.
    """
    read = _as_datetime(given)
    if read.utcoffset() is not None:
        return to_instant(read)
    reading = _reading(read)
    if EARLIEST - DAY <= reading < LATEST + DAY:
        instant = at.first_reading(reading)
        if EARLIEST <= instant < LATEST:
            return instant
    raise horizon_error(str(read))


def unbounded_instant(given: datetime | str) -> int:
    """An instant that `to_instant` or `to_instant_in_zone` refuses for its year."""
    read = _as_datetime(given)
    return _reading(read) - (read.utcoffset() or timedelta(0)) // MICROSECOND


def _reading(given: datetime) -> int:
    """What a datetime shows."""
    bare = datetime.combine(given.date(), given.time(), UTC)  # pendulum's have ideas of their own
    return (bare - _EPOCH) // MICROSECOND


class _Shifts(dict[timedelta | None, int]):
    """What to take from a count of microseconds since day 0, on a clock of each offset.

    Zones give out the same few offset objects again and again, so looking them up is quicker than
    taking them apart. Only offsets of whole minutes are kept, and there are but 2,879 of those.
    """

    def __missing__(self, offset: timedelta | None) -> int:
        if offset is None:
            return _NEVER  # which puts every naive datetime out of the supported years
        shift = EPOCH_DAY * DAY + offset // MICROSECOND
        if offset.seconds % 60 == 0 and offset.microseconds == 0:
            self[offset] = shift
        return shift


_SHIFTS = _Shifts()


def _as_datetime(given: Any) -> datetime:
    """Text as the datetime it spells; a datetime as it is, unless it is finer than we are."""
    if isinstance(given, str):
        return _parse(given)
    if not isinstance(given, datetime) or given != given:  # noqa: PLR0124 - pandas' NaT is unequal
        msg = (
            f"{given!r} ({type(given).__name__}) is not an instant: give an aware datetime, or an "
            'ISO 8601 text with an offset such as "2026-11-23T09:00:00+08:00"'
        )
        raise InstantError(msg, given=given)
    if getattr(given, "nanosecond", 0):
        raise _too_fine(given)
    return given


def _parse(text: str) -> datetime:
    if re.search(r"[.,]\d{6}\d*[1-9]", text):
        raise _too_fine(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        msg = (
            f"{text!r} cannot be read as an instant: write ISO 8601 with an offset, such as "
            '"2026-11-23T09:00:00+08:00" or "2026-11-23T01:00:00Z"'
        )
        raise InstantError(msg, given=text) from None


def _too_fine(given: object) -> InstantError:
    return InstantError(f"{given} is finer than a microsecond: round it first", given=given)


def _naive(given: datetime) -> NaiveDatetimeError:
    msg = (
        f"{given.isoformat()} has no time zone, so it names no instant: give it the zone it was "
        'read in, as in datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai")) or '
        '"2026-11-23T09:00:00+08:00"'
    )
    return NaiveDatetimeError(msg, given=given)


def horizon_error(subject: str, *, doing: str = "lies outside") -> HorizonError:
    """The error for an instant, or the end of some work, beyond the supported years."""
    msg = f"{subject} {doing} the supported years {FIRST_YEAR} to {LAST_YEAR}"
    return HorizonError(msg, instant=subject, horizon=(FIRST_YEAR, LAST_YEAR))


def to_utc(instant: int) -> datetime:
    """An instant as a datetime in UTC, for messages."""
    return _EPOCH + timedelta(microseconds=instant)


def to_duration(microseconds: int) -> pendulum.Duration:
    """The length of so many microseconds."""
    duration: pendulum.Duration = _pendulum().Duration(microseconds=microseconds)
    return duration


class Zone:
    """A time zone as a sequence of offsets, and the door from instants to its datetimes.

    Obtain one with `zone`, which keeps one object a name. Offsets are sampled from zoneinfo year
    by year and kept; the changes between samples are found by bisection.

    Attributes:
        name: Its IANA name.
        info: The zone as zoneinfo knows it.
        base: The reading 0. Python subtracts datetimes of one zone by what they show, so
            ``(at - base) // MICROSECOND`` is the reading of a datetime of this very zone.
    """

    # No zone of the IANA database has changed its offset twice within three days since 1900; a test
    # reads every one of them and holds the library to it.
    _SAMPLE_SECONDS = 2 * 86_400

    def __init__(self, name: str) -> None:
        self.name = name
        self.info = zone_info(name)
        self.base = datetime(1970, 1, 1, tzinfo=self.info)
        self._years: dict[int, list[tuple[int, int]]] = {}

    def _offset_seconds(self, seconds: int) -> int:
        at = (_EPOCH + timedelta(seconds=seconds)).astimezone(self.info)
        return (at - self.base) // timedelta(seconds=1) - seconds

    def _year(self, year: int) -> list[tuple[int, int]]:
        """The segments of one UTC year, the first of which begins with the year."""
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
        """The segments that cover ``[start, end]``, the first one from *start* or before.

        Returns:
            Pairs of the instant from which, and the offset that, is in force, both in
            microseconds; no two neighbours have the same offset.
        """
        result: list[tuple[int, int]] = []
        for year in range(year_of(start), year_of(end) + 1):
            for segment in self._year(year):
                if not result or segment[1] != result[-1][1]:
                    result.append(segment)
        return result

    def reading(self, instant: int) -> int:
        """What the wall clock shows at an instant."""
        segments = self._year(year_of(instant))
        return instant + segments[bisect_right(segments, (instant, LATEST)) - 1][1]

    def first_reading(self, reading: int) -> int:
        """The first instant at which the wall clock shows *reading* or something later."""
        segments = self.segments(reading - 2 * DAY, reading + 2 * DAY)
        for (start, offset), (end, _) in pairwise(segments):
            if reading - offset < end:
                return max(reading - offset, start)
        start, offset = segments[-1]
        return max(reading - offset, start)

    def passed_for_good(self, reading: int) -> int:
        """The first instant from which on the wall clock never shows less than *reading*.

        It differs from `first_reading` where the clock goes back over *reading*: in St John's on
        29 October 2006, one minute after midnight, the evening of the 28th began again.
        """
        segments = self.segments(reading - 2 * DAY, reading + 2 * DAY)
        end = LATEST + 2 * DAY
        for start, offset in reversed(segments):
            if start + offset < reading:
                return min(reading - offset, end)
            end = start
        return end

    def dates(self, start: int, end: int) -> Iterator[tuple[date, int, int]]:
        """The stretches between two instants in which the wall clock shows one date, in order."""
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
        """The first instant of a date, or of the next one where the zone skips the date."""
        return self.first_reading((day.toordinal() - EPOCH_DAY) * DAY)

    def add_days(self, instant: int, days: int) -> int:
        """The same wall time so many dates on; where the clock skips it, the change itself."""
        if days == 0:
            return instant
        return self.first_reading(self._days_on(self.reading(instant), days, instant))

    def end_of_day(self, instant: int, days: int) -> int:
        """The midnight that ends the date of an instant, or a date so many days later."""
        tomorrow = (self.reading(instant) // DAY + 1) * DAY
        return self.passed_for_good(self._days_on(tomorrow, days, instant))

    @staticmethod
    def _days_on(reading: int, days: int, start: int) -> int:
        """The reading so many days on, if it lies in the supported years."""
        moved = reading + days * DAY
        if not EARLIEST <= moved <= LATEST:
            raise horizon_error(f"{days} days from {to_utc(start).isoformat()}", doing="passes")
        return moved

    def date(self, instant: int) -> date:
        """The date that the wall clock shows at an instant."""
        return date.fromordinal(EPOCH_DAY + self.reading(instant) // DAY)

    def datetime(self, instant: int) -> pendulum.DateTime:
        """An instant as a datetime of this zone."""
        seconds, microsecond = divmod(instant, SECOND)
        datetime_class, info = self._door
        if seconds >= 0:
            at = datetime.fromtimestamp(seconds, info)
        else:  # not every platform reads a timestamp before 1970
            at = (_EPOCH + timedelta(seconds=seconds)).astimezone(info)
        answer = datetime_class(
            at.year, at.month, at.day, at.hour, at.minute, at.second, microsecond, info
        )
        return answer.replace(fold=1) if at.fold else answer

    @cached_property
    def _door(self) -> tuple[type[pendulum.DateTime], pendulum.Timezone]:
        """What answers are made of; looked up once a zone."""
        library = _pendulum()
        return library.DateTime, pendulum_zone(self.name)


@cache
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


def _unknown_zone(given: object, key: str) -> TimeZoneError:
    """The error for a name that is not one of a zone, with a name that would be right."""
    shown = repr(key if len(key) <= _MOST_SHOWN else f"{key[:_MOST_SHOWN]}…")
    suggestions: list[str] = []
    clause = ", such as 'Asia/Shanghai'"
    if depends_on_machine(key):
        msg = f"the time zone {shown} depends on the machine: name a zone of the IANA database"
        return TimeZoneError(msg + clause, given=given, suggestions=suggestions)
    if windows := iana_name(key):
        msg = f"{shown} is the name that Windows gives a time zone; its IANA name is {windows!r}"
        return TimeZoneError(msg, given=given, suggestions=[windows])
    # Abbreviations such as PST or IST name several zones, and resemble many that are not meant.
    if is_zone_name(key.replace(" ", "_")) and not re.fullmatch(r"[A-Z]{1,5}|.* Time", key):
        alike, suggestions = did_you_mean(key, zone_names())
        place = re.sub(r"\W", "_", key).casefold()
        of_place = [name for name in zone_names() if name.casefold().endswith(f"/{place}")]
        if of_place:
            alike, suggestions = f"; did you mean {of_place[0]!r}?", of_place[:1]
        clause = alike or clause
    msg = f"{shown} is not a time zone of the IANA database{clause}"
    return TimeZoneError(msg, given=given, suggestions=suggestions)
