"""Parse dates and inclusive ranges of dates.

A `DateRange` includes both ends, as in "from 24 to 31 December". It is the only closed range in
the library; all ranges of instants are half-open.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs

from slacalc.errors import DateError, ReversedRangeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Both ends are complete dates, so that any separator between them is clear.
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)\s*(?:\.\.|/|:|-|–|—|to)\s*(\d{4}-\d\d-\d\d)")


def parse_date(value: Any) -> date:
    """Convert a `date`, or a text such as ``2026-12-24``, to a plain date.

    Raises:
        DateError: It is neither. A datetime is refused, since its date depends on a zone.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return date(value.year, value.month, value.day)  # not a subclass
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError as error:
            msg = f"{value!r} is not a date of the calendar: {error}"
            raise DateError(msg, given=value) from None
    msg = f'{value!r} is not a date: write it as "2026-12-24", or give a datetime.date'
    raise DateError(msg, given=value)


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
    def parse(cls, value: Any) -> DateRange:
        """Convert a range, a date, a pair of dates, or a text like ``2026-12-24..2026-12-31``.

        Raises:
            DateError: It is none of these.
            ReversedRangeError: The last date is before the first.
        """
        if isinstance(value, DateRange):
            return value
        if isinstance(value, tuple) and len(value) == 2:
            return cls(parse_date(value[0]), parse_date(value[1]))
        if isinstance(value, str) and (match := _RANGE.fullmatch(value.strip())):
            return cls(parse_date(match[1]), parse_date(match[2]))
        if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
            msg = (
                f"{value!r} is neither a date nor a range of dates: "
                'write "2026-12-24" or "2026-12-24..2026-12-31"'
            )
            raise DateError(msg, given=value)
        day = parse_date(value)
        return cls(day, day)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __len__(self) -> int:
        return self.last.toordinal() - self.first.toordinal() + 1

    def __iter__(self) -> Iterator[date]:
        for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
            yield date.fromordinal(ordinal)

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def merge_ranges(ranges: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Merge ranges that overlap or touch; the result is in order."""
    result: list[DateRange] = []
    for dates in sorted(ranges, key=lambda dates: dates.first):
        if result and dates.first.toordinal() <= result[-1].last.toordinal() + 1:
            result[-1] = DateRange(result[-1].first, max(result[-1].last, dates.last))
        else:
            result.append(dates)
    return tuple(result)
