"""Days, weeks, months, quarters and years of a wall clock, as consecutive numbers.

The next period has the next number, so that a chart can show those in which nothing happened.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from slacalc._columns.kernel import MISSING
from slacalc._time.instants import DAY, EPOCH_DAY

if TYPE_CHECKING:
    from slacalc._columns.arithmetic import Integers

Period: TypeAlias = Literal["day", "week", "month", "quarter", "year"]
PERIODS = ("day", "week", "month", "quarter", "year")
_TO_MONDAY = 3  # days from the Monday of its week to 1 January 1970, a Thursday
_FIRST_YEAR = 1970


def period_numbers(readings: Integers, period: Period) -> Integers:
    """The numbers of the periods of wall-clock readings in microseconds; `MISSING` stays so."""
    known = readings != MISSING
    numbers = np.full(len(readings), MISSING)
    numbers[known] = _numbers(readings[known] // DAY, period)
    return numbers


def _numbers(days: Integers, period: Period) -> Integers:
    if period == "day":
        return days
    if period == "week":
        return (days + _TO_MONDAY) // 7
    months: Integers = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months // {"month": 1, "quarter": 3, "year": 12}[period]


def first_day(number: int, period: Period) -> date:
    """The first day of a period."""
    if period in ("day", "week"):
        days = number if period == "day" else number * 7 - _TO_MONDAY
        return date.fromordinal(EPOCH_DAY) + timedelta(days=days)
    years, month = divmod(number * {"month": 1, "quarter": 3, "year": 12}[period], 12)
    return date(_FIRST_YEAR + years, month + 1, 1)


def period_text(number: int, period: Period) -> str:
    """A period as ISO 8601 writes it: ``2024-09``, ``2024-W37``; a quarter as ``2024-Q3``."""
    day = first_day(number, period)
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    if period == "quarter":
        return f"{day.year}-Q{day.month // 3 + 1}"
    return str(day)[: {"day": 10, "month": 7, "year": 4}[period]]
