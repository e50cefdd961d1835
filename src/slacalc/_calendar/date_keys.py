"""The keys by which exceptions, closures and own holidays name dates.

`parse_date_key` reads one: a date, a range of dates, or dates that recur. The forms of these are
loaded when the first is read.

Read next: `holidays`, which has such dates among its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from slacalc._calendar.recurring_dates import RecurringDates
from slacalc._threads import forks_wait
from slacalc._time.dates import DateRange
from slacalc.errors import DateError

if TYPE_CHECKING:
    from collections.abc import Collection

_MOST_RULES = 100  # in one mapping


def parse_date_key(value: Any) -> DateRange | RecurringDates:
    """Read a date, a range of dates, or dates that recur.

    Raises:
        DateError: It is none of these.
        ReversedRangeError: The last date of a range is before the first.
    """
    if isinstance(value, RecurringDates):
        return value
    if not isinstance(value, str) or re.match(r"\s*\d{4}-\d", value):
        return DateRange.parse(value)
    return parse_recurring_dates(value)


def parse_recurring_dates(text: str) -> RecurringDates:
    """Read dates that recur.

    Raises:
        DateError: They have none of the forms.
    """
    with forks_wait:
        from slacalc._calendar import date_forms  # noqa: PLC0415 - few calendars have any

    return date_forms.parse_recurring_dates(text)


def is_date_key(value: Any) -> bool:
    """Whether a key or a text can only mean dates, and not a name or the code of a country."""
    return not isinstance(value, str) or value[:1].isdigit() or " " in value or ":" in value


def check_count(keys: Collection[RecurringDates]) -> None:
    """Refuse so many rules in one place that following them would take long.

    Raises:
        DateError: There are more than a hundred.
    """
    if len(keys) > _MOST_RULES:
        msg = f"{len(keys)} dates that recur are too many in one place: {_MOST_RULES} are read"
        raise DateError(msg, given=len(keys))
