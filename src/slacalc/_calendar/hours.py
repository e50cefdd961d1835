"""The hours of a day and of a week, as values and as the text that people write.

A shift is a `Span` of microseconds since the midnight that begins its day: ``08:30-12:00`` is
``[8.5 h, 12 h)``, and ``22:00-06:00`` is ``[22 h, 30 h)``, one shift that belongs to the day on
which it starts. So times go up to 48:00 in values, while text stops at ``24:00``, which may end a
shift and never begins one.

Read next: `recurring_dates`, of which some have other hours than their weekday.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from itertools import groupby, islice
from typing import Any

import attrs

from slacalc._schema.limits import MAX_STRETCHES
from slacalc._time.instants import DAY, HOUR, MINUTE, SECOND
from slacalc._time.intervals import Span, normalise
from slacalc.errors import HoursError, located, unknown_name

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY_NAMES = {
    name: index
    for index, full in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
    for name in (full, full[:3], full[:2])
}
_SPELLED_WEEKDAYS = [name for name in WEEKDAY_NAMES if name[:3] in WEEKDAYS]
_TIME = re.compile(r"(\d{1,2})(?::(\d\d))?(?::(\d\d))?", re.ASCII)
_DASH = re.compile(r"[-–—~]")  # the spaces beside it are stripped, in linear time
# The separators as Chinese keyboards write them.
WIDE = str.maketrans({"，": ",", "、": ",", "：": ":", "－": "-", "；": ","})


def parse_time(text: str, whole: str) -> int:
    """Read a time of day from 00:00 to 24:00, as microseconds since midnight.

    Args:
        text: The time.
        whole: The text that it is part of, for the error.
    """
    match = _TIME.fullmatch(text)
    if not match:
        msg = f"{text!r} in {whole!r} is not a time of day: write it as 8:30, 08:30 or 08:30:15"
        raise HoursError(msg, given=whole)
    hour, minute, second = (int(part or 0) for part in match.groups())
    since_midnight = hour * HOUR + minute * MINUTE + second * SECOND
    if minute > 59 or second > 59:
        msg = f"{text!r} in {whole!r} is not a time of day: minutes and seconds go to 59"
        raise HoursError(msg, given=whole)
    if since_midnight > DAY:
        msg = (
            f"{text!r} in {whole!r} is not a time of day: a day runs from 00:00 to 24:00; "
            'a shift past midnight is written like "22:00-06:00"'
        )
        raise HoursError(msg, given=whole)
    return since_midnight


def time_text(microseconds: int) -> str:
    """A time of day as ``08:30`` or ``08:30:15``."""
    minutes, second = divmod(microseconds // SECOND, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{second:02}" if second else "")


def _shift(opens: int, closes: int, source: object) -> Span:
    """The shift between two times of day; over midnight if the second is the earlier one."""
    if opens == closes:
        msg = (
            f"{source!r} opens and closes at the same time: "
            'write "00:00-24:00" for a whole day, or "closed" for none'
        )
        raise HoursError(msg, given=source)
    if opens == DAY:
        msg = f'{source!r} opens at 24:00, which is an end: write "00:00" on the next day'
        raise HoursError(msg, given=source)
    return Span(opens, closes if closes > opens else closes + DAY)


def _parse_shift(text: str, whole: str) -> Span:
    ends = _DASH.split(text)
    if len(ends) != 2:
        msg = (
            f"{text!r} in {whole!r} is not a stretch of hours: "
            'write "08:30-12:00, 13:00-17:30", "9-17" or "closed"'
        )
        raise HoursError(msg, given=whole)
    opens, closes = (parse_time(end.strip(), whole) for end in ends)
    return _shift(opens, closes, text)


def _check_count(count: int, whole: object) -> None:
    if count > MAX_STRETCHES:
        msg = f"the hours of a day have more than {MAX_STRETCHES} stretches, the limit for a day"
        raise HoursError(msg, given=whole, limit=MAX_STRETCHES)


def _shift_text(shift: Span) -> str:
    if shift.closes <= DAY:
        return f"{time_text(shift.opens)}-{time_text(shift.closes)}"
    closes = time_text(shift.closes - DAY)
    if shift.closes - DAY < shift.opens:
        return f"{time_text(shift.opens)}-{closes}"
    # A day or longer, merged from shifts that overlap: written as two that overlap by a second.
    return f"{time_text(shift.opens)}-24:00, 23:59:59-{closes}"


def _time_of_day(value: Any) -> int:
    if isinstance(value, time) and value.tzinfo is None and not value.microsecond:
        return value.hour * HOUR + value.minute * MINUTE + value.second * SECOND
    return parse_time(str(value), str(value))


@attrs.frozen
class DayHours:
    """The shifts that start on a day, in order, none of which touch."""

    shifts: tuple[Span, ...] = ()

    @classmethod
    def parse(cls, value: Any) -> DayHours:
        """Read hours from text, an iterable of pairs of `datetime.time`, or a `DayHours`.

        Raises:
            HoursError: The hours cannot be read.
        """
        if isinstance(value, DayHours):
            return value
        if isinstance(value, str):
            text = value.translate(WIDE).strip()
            if text.casefold() == "closed":
                return cls()
            parts = text.split(",")
            _check_count(len(parts), value)
            shifts = [_parse_shift(part.strip(), value) for part in parts]
        else:
            try:
                if isinstance(value, Mapping):
                    raise TypeError
                pairs = list(islice(value, MAX_STRETCHES + 1))
                _check_count(len(pairs), value)
                shifts = [
                    _shift(_time_of_day(opens), _time_of_day(closes), (opens, closes))
                    for opens, closes in pairs
                ]
            except (TypeError, ValueError) as error:
                if isinstance(error, HoursError):
                    raise
                msg = (
                    f"{value!r} cannot be read as hours of a day: write text such as "
                    '"08:30-12:00, 13:00-17:30", or give pairs of datetime.time'
                )
                raise HoursError(msg, given=value) from None
        merged = normalise((shift.opens, shift.closes) for shift in shifts)
        return cls(tuple(Span(opens, closes) for opens, closes in merged))

    def __bool__(self) -> bool:
        return bool(self.shifts)

    def __str__(self) -> str:
        if not self.shifts:
            return "closed"
        return ", ".join(_shift_text(shift) for shift in self.shifts)


CLOSED = DayHours()
ALL_DAY = DayHours((Span(0, DAY),))


def _weekday(text: str, whole: object) -> int:
    index = WEEKDAY_NAMES.get(text.strip().casefold())
    if index is None:
        what, hint = f"a weekday in {whole!r}", ': write "mon", "mon-fri", "sat,sun" or "daily"'
        name, known = text.strip(), _SPELLED_WEEKDAYS
        raise unknown_name(HoursError, what, name, known, hint=hint, given=whole)
    return index


def parse_weekdays(value: object) -> list[int]:
    """Read weekdays from text such as ``mon-fri``, ``sat,sun``, ``sun-thu`` or ``daily``.

    Returns:
        The weekdays as numbers, Monday 0, in the order of the text.

    Raises:
        HoursError: The text does not name weekdays.
    """
    if not isinstance(value, str):
        msg = f'{value!r} is not the name of weekdays: write "mon", "mon-fri" or "sat,sun"'
        raise HoursError(msg, given=value)
    if value.strip().casefold() == "daily":
        return list(range(7))
    days: list[int] = []
    for part in value.translate(WIDE).split(","):
        ends = [_weekday(end, value) for end in _DASH.split(part)]
        if len(ends) > 2:
            msg = f'{part.strip()!r} in {value!r} is not a range of weekdays: write "mon-fri"'
            raise HoursError(msg, given=value)
        first, last = ends[0], ends[-1]
        days += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return days


@attrs.frozen(cache_hash=True)
class WeekHours:
    """The hours of the seven weekdays, Monday first."""

    days: tuple[DayHours, ...] = (CLOSED,) * 7

    @classmethod
    def parse(cls, value: Any) -> WeekHours:
        """Read a week: ``"always"``, ``"closed"``, or a mapping of weekdays to hours.

        Raises:
            HoursError: A weekday or its hours cannot be read, or a weekday is named twice.
        """
        if isinstance(value, WeekHours):
            return value
        word = value.strip().casefold() if isinstance(value, str) else ""
        if word == "always":
            return cls((ALL_DAY,) * 7)
        if word == "closed":
            return cls()
        if not isinstance(value, Mapping):
            msg = (
                f'{value!r} is not a week: write "always", "closed", '
                'or {"mon-fri": "08:30-12:00, 13:00-17:30", "sat": "9-13"}'
            )
            raise HoursError(msg, given=value)
        days: dict[int, DayHours] = {}
        named_by: dict[int, object] = {}
        for key, hours in value.items():
            with located(str(key)):
                parsed = DayHours.parse(hours)
                for weekday in parse_weekdays(key):
                    if weekday in named_by:
                        msg = (
                            f"{WEEKDAYS[weekday]!r} is given twice, by {named_by[weekday]!r} and "
                            f"{key!r}: name each weekday once"
                        )
                        raise HoursError(msg, given=value)
                    named_by[weekday] = key
                    days[weekday] = parsed
        return cls(tuple(days.get(weekday, CLOSED) for weekday in range(7)))

    def to_data(self) -> str | dict[str, str]:
        """The shortest JSON-ready form that `parse` reads back."""
        if set(self.days) == {ALL_DAY}:
            return "always"
        if not any(self.days):
            return "closed"
        runs = [
            (hours, [weekday for weekday, _ in run])
            for hours, run in groupby(enumerate(self.days), key=lambda pair: pair[1])
        ]
        return {
            WEEKDAYS[run[0]] + (f"-{WEEKDAYS[run[-1]]}" if len(run) > 1 else ""): str(hours)
            for hours, run in runs
            if hours
        }

    def __bool__(self) -> bool:
        return any(self.days)
