"""Parse and format lengths of work: ``4h``, ``1h30m``, ``90 minutes``, ``PT4H``.

A length is an integer of microseconds. Texts with days are refused: a "day" may be 24 hours, a
working day or a calendar day, and only the person who wrote it knows which.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from typing import Any

from slacalc._time.instants import DAY, HOUR, MINUTE, SECOND
from slacalc.errors import WorkError, did_you_mean_words

_UNITS = {
    name: size
    for size, names in (
        (HOUR, "h hr hrs hour hours"),
        (MINUTE, "m min mins minute minutes"),
        (SECOND, "s sec secs second seconds"),
    )
    for name in names.split()
}
_ISO = re.compile(
    r"(?P<sign>[+-]?)P(?P<date>[^T]*)"
    r"(?:T(?:(?P<h>\d+(?:[.,]\d+)?)H)?(?:(?P<m>\d+(?:[.,]\d+)?)M)?(?:(?P<s>\d+(?:[.,]\d+)?)S)?)?",
    re.ASCII | re.IGNORECASE,
)
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*,?", re.ASCII | re.IGNORECASE)
_DAYS = re.compile(r"(d|day|days|w|week|weeks|month|months|y|year|years)", re.IGNORECASE)
_LONGEST_TEXT = 60

_FORMS = 'write "4h", "1h30m" or "PT4H", or give a timedelta'
_DAY_CHOICES = (
    'a "day" can be read in three ways: for 24 hours of working time write "24h"; for working '
    "days use add_working_days(start, 1) or end_of_working_day(start, 1); for dates on the "
    "calendar use add_calendar_days(start, 1)"
)
_PARTS = timedelta.days, timedelta.seconds, timedelta.microseconds


def to_work(value: Any) -> int:
    """Convert a length of work to microseconds.

    Args:
        value: A `timedelta`, a `pendulum.Duration` without months or years, or text.

    Raises:
        WorkError: It is none of these, or uses days, weeks, months or years.
    """
    if isinstance(value, timedelta):
        if type(value) is not timedelta and (_count(value, "months") or _count(value, "years")):
            msg = f"{value!r} counts months or years, whose length varies: give it in hours"
            raise WorkError(msg, given=value)
        if type(value) is not timedelta and _count(value, "nanoseconds"):  # of pandas
            msg = f"{value!r} is finer than a microsecond: round it first"
            raise WorkError(msg, given=value)
        length: timedelta = value
        if type(value) is not timedelta:
            # `seconds` of a negative `pendulum.Duration` is not that of the timedelta it extends.
            length = timedelta(*(part.__get__(value) for part in _PARTS))
        return (length.days * 86_400 + length.seconds) * SECOND + length.microseconds
    if isinstance(value, str):
        return _parse(value.strip())
    msg = f"{value!r} ({type(value).__name__}) is not a length of work: {_FORMS}"
    raise WorkError(msg, given=value)


def _count(duration: timedelta, unit: str) -> int:
    """The number of a unit in a timedelta of another library; 0 if it does not have the unit."""
    count: int = getattr(duration, unit, 0)
    return count


@lru_cache(maxsize=1024)
def _parse(text: str) -> int:
    if len(text) > _LONGEST_TEXT:
        msg = f"{text[:_LONGEST_TEXT] + '…'!r} is too long for a length of work: {_FORMS}"
        raise WorkError(msg, given=text)
    iso = _ISO.fullmatch(text)
    if iso:
        if iso["date"]:
            raise _days_refused(text)
        sign = iso["sign"]
        parts = [(iso[unit], unit) for unit in "hms" if iso[unit]]
    else:
        sign = text[:1] if text[:1] in ("-", "+") else ""
        rest = text[len(sign) :]
        parts = _units_of(rest)
        if not parts and any(_DAYS.fullmatch(unit) for _, unit in _PART.findall(rest)):
            raise _days_refused(text)
    if not parts:
        hint = "; a bare number has no unit" if re.fullmatch(r"[+-]?[\d.]+", text) else ""
        words = [name for name in _UNITS if len(name) > 2]
        clause, suggestions = did_you_mean_words(
            text, words, lambda text: _units_of(text.lstrip("+-"))
        )
        msg = f"{text!r} is not a length of work{hint}: {_FORMS}{clause}"
        raise WorkError(msg, given=text, suggestions=suggestions)
    length = 0
    for number, unit in parts:
        whole, _, decimals = number.replace(",", ".").partition(".")
        part, rest = divmod(int(whole + decimals) * _UNITS[unit], 10 ** len(decimals))
        if rest:
            msg = f"{text!r} is not a whole number of microseconds: round it first"
            raise WorkError(msg, given=text)
        length += part
    return -length if sign == "-" else length


def _units_of(text: str) -> list[tuple[str, str]]:
    """The numbers and units that a text without a sign consists of; empty if it has others."""
    parts = [(number, unit.casefold()) for number, unit in _PART.findall(text)]
    is_right = all(unit in _UNITS for _, unit in parts) and not _PART.sub("", text).strip()
    return parts if is_right else []


def _days_refused(value: str) -> WorkError:
    return WorkError(f"{value!r} is ambiguous: {_DAY_CHOICES}", given=value)


def length_text(microseconds: int, *, has_days: bool = True) -> str:
    """Format a length for readers: ``15h``, ``2d 3h 30m`` (days of 24 hours), ``1,000h``, ``0s``.

    Args:
        microseconds: The length.
        has_days: Whether to write 24 hours as a day; for working time they are not one.
    """
    sign, parts = length_parts(microseconds, has_days=has_days)
    return sign + " ".join(number + unit for number, unit in parts)


def length_parts(microseconds: int, *, has_days: bool = True) -> tuple[str, list[tuple[str, str]]]:
    """Split a length into its sign and pairs of a number and a unit: d, h, m or s."""
    sign, rest = ("-" if microseconds < 0 else ""), abs(microseconds)
    parts = []
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"))[not has_days :]:
        count, rest = divmod(rest, size)
        if count:
            parts.append((f"{count:,}", unit))
    if rest or not parts:
        parts.append((f"{rest / SECOND:.6f}".rstrip("0").rstrip("."), "s"))
    return sign, parts
