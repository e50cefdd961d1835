"""A naive reckoning of credits: percentages by a scale, claim windows, lateness, and caps.

It walks day by day and minute by minute, shares no code with the product, and knows only the
standard library.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DAY = timedelta(1)
MINUTE = timedelta(minutes=1)


def percent_of_scale(
    steps: Sequence[tuple[Fraction, Fraction]], figure: Fraction, cap: Fraction | None
) -> Fraction:
    """What a scale of ``(below, percent)`` gives for a figure: the deepest step that it is under.

    A cap limits it.
    """
    percent, deepest = Fraction(0), None
    for below, worth in steps:
        if figure < below and (deepest is None or below < deepest):
            percent, deepest = worth, below
    return percent if cap is None or percent < cap else cap


def end_of(kind: str, day: date) -> date:
    """The last day of the month, of the next month, of the quarter, or of the year of a day."""
    months_left = {
        "month": 0,
        "next month": 1,
        "quarter": -day.month % 3,
        "year": 12 - day.month,
    }[kind]
    for _ in range(months_left + 1):
        while (day + DAY).day != 1:
            day += DAY
        day += DAY
    return day - DAY


def last_day_of_claim(anchor: date, days: int, is_working: Callable[[date], bool] | None) -> date:
    """The day so many days after another one.

    With *is_working*, of working days, of which the anchor or the first one after it is day 0.
    """
    while is_working and not is_working(anchor):
        anchor += DAY
    while days:
        anchor += DAY
        days -= is_working is None or is_working(anchor)
    return anchor


def started(
    unit: str,
    late_from: datetime,
    late_until: datetime,
    is_open: Callable[[datetime], bool],
    day_of: Callable[[datetime], date] = datetime.date,
) -> int:
    """The started units of lateness between two instants at whole minutes, minute by minute."""
    minutes = []
    at = late_from
    while at < late_until:
        minutes.append(at)
        at += MINUTE
    if unit == "started hour":
        return -(-len(minutes) // 60)
    if unit == "started day":
        return -(-len(minutes) // (24 * 60))
    working = [minute for minute in minutes if is_open(minute)]
    if unit == "started working hour":
        return -(-len(working) // 60)
    return len({day_of(minute) for minute in working})


def divide(total: int, parts: Sequence[int]) -> list[int]:
    """Whole hundredths in proportion to parts: one by one to the part that lacks most."""
    shares = [total * part // sum(parts) for part in parts]
    while sum(shares) < total:
        lacks = [Fraction(total * p, sum(parts)) - s for p, s in zip(parts, shares, strict=True)]
        shares[lacks.index(max(lacks))] += 1
    return shares


def half_up(exact: Fraction) -> int:
    """A number that is not negative, rounded half up."""
    whole = exact.numerator // exact.denominator
    return whole + (exact - whole >= Fraction(1, 2))
