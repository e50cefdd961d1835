"""Dates and inclusive ranges of dates, as values and as text.

A `DateRange` includes both its ends, as people mean it when they write "from 24 to 31 December";
it is the only closed range in the library, and it never becomes a stretch of time.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs

from slacalc.errors import DateError, ReversedRangeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Both ends are whole dates, so whatever people write between them cannot be mistaken.
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)\s*(?:\.\.|/|:|-|–|—|to)\s*(\d{4}-\d\d-\d\d)")


def parse_date(given: Any) -> date:
    """A date from a `date` or from text such as ``2026-12-24``.

    Raises:
        DateError: It is neither; a datetime is refused, since its date depends on a zone.
    """
    if isinstance(given, date) and not isinstance(given, datetime):
        return date(given.year, given.month, given.day)  # a plain one, whatever subclass came in
    if isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given.strip()):
        try:
            return date.fromisoformat(given.strip())
        except ValueError as error:
            msg = f"{given!r} is not a date of the calendar: {error}"
            raise DateError(msg, given=given) from None
    msg = f'{given!r} is not a date: write it as "2026-12-24", or give a datetime.date'
    raise DateError(msg, given=given)


@attrs.frozen
class DateRange:
    """The dates from *first* to *last*, both included."""

    first: date
    last: date

    def __attrs_post_init__(self) -> None:
        if self.last < self.first:
            msg = (
                f"{self.first}..{self.last} ends before it begins: "
                f"did you mean {self.last}..{self.first}?"
            )
            raise ReversedRangeError(msg, start=self.first, end=self.last)

    @classmethod
    def parse(cls, given: Any) -> DateRange:
        """A range from itself, a date, a pair of dates, or text like ``2026-12-24..2026-12-31``.

        Raises:
            DateError: It is none of these.
            ReversedRangeError: The last date is before the first.
        """
        if isinstance(given, DateRange):
            return given
        if isinstance(given, tuple) and len(given) == 2:
            return cls(parse_date(given[0]), parse_date(given[1]))
        if isinstance(given, str) and (match := _RANGE.fullmatch(given.strip())):
            return cls(parse_date(match[1]), parse_date(match[2]))
        if isinstance(given, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", given.strip()):
            msg = (
                f"{given!r} is neither a date nor a range of dates: "
                'write "2026-12-24" or "2026-12-24..2026-12-31"'
            )
            raise DateError(msg, given=given)
        only = parse_date(given)
        return cls(only, only)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:
        for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
            yield date.fromordinal(ordinal)

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def merge_ranges(ranges: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """The same dates as ranges in order, of which none overlap or touch."""
    result: list[DateRange] = []
    for one in sorted(ranges, key=lambda one: one.first):
        if result and one.first.toordinal() <= result[-1].last.toordinal() + 1:
            result[-1] = DateRange(result[-1].first, max(result[-1].last, one.last))
        else:
            result.append(one)
    return tuple(result)
