"""Periods of a contract: a month, a quarter, any stretch of days, in the contract's zone.

A `ContractPeriod` is half-open, from the midnight that begins its first day to the one that begins
the day after its last, so that periods that follow each other neither overlap nor leave a gap.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._calendar.arguments import is_date
from slacalc._policy.duty_dates import add_months
from slacalc._time.dates import parse_date
from slacalc._time.instants import FIRST_YEAR, LAST_YEAR
from slacalc.errors import ContractError, SlacalcError

if TYPE_CHECKING:
    from slacalc._policy.policy import Policy
    from slacalc._time.instants import Zone

_FORMS = (
    "2026, 2026-Q2, 2026-05, 2026-W20, 2026-05-04, or the first and the last day: "
    "2026-05-01..2026-05-15"
)
_PERIOD = re.compile(
    r"(?P<year>\d{4})"
    r"(?:-Q(?P<quarter>[1-4])|-W(?P<week>\d\d)|-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?",
    re.ASCII,
)


class ContractPeriod(NamedTuple):
    """A stretch of whole days.

    Args:
        first: Its first day.
        after: The day after its last day.
        starts: The instant at which it begins, in UTC microseconds.
        ends: The instant at which it has ended.
    """

    first: date
    after: date
    starts: int
    ends: int

    @classmethod
    def of_days(cls, first: date, after: date, zone: Zone) -> ContractPeriod:
        """The period from one day to another, which it no longer contains."""
        return cls(first, after, zone.midnight(first), zone.midnight(after))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after - timedelta(1)

    def __str__(self) -> str:
        first, after = self.first, self.after
        if first.day == 1 and add_months(first, 1) == after:
            return f"{first:%Y-%m}"
        if first.day == 1 and first.month % 3 == 1 and add_months(first, 3) == after:
            return f"{first.year}-Q{first.month // 3 + 1}"
        if (first.month, first.day) == (1, 1) and add_months(first, 12) == after:
            return str(first.year)
        if first.weekday() == 0 and (after - first).days == 7:
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02}"
        return str(first) if after - first == timedelta(1) else f"{first}..{self.last}"


def parse_period(value: Any, zone: Zone) -> ContractPeriod:
    """Read a period.

    Args:
        value: Text such as ``"2026-05"``, ``"2026-Q2"``, ``"2026"``, ``"2026-W20"``,
            ``"2026-05-04"`` or ``"2026-05-01..2026-05-15"``; or a pair of the first and the last
            day, dates or text.
        zone: The zone in which days begin.

    Raises:
        ContractError: It is not a period, or lies outside the supported years.
    """
    try:
        first, after = _days_of(value)
    except (ValueError, OverflowError) as error:
        detail = f": {error}" if isinstance(error, SlacalcError) else ""
        msg = f"period: {value!r} is not a period{detail}; write {_FORMS}"
        raise ContractError(msg, argument="period", given=value) from None
    if after <= first:
        msg = f"period: {value!r} ends before it begins"
        raise ContractError(msg, argument="period", given=value)
    if first.year < FIRST_YEAR or after > date(LAST_YEAR, 12, 31):
        msg = f"period: {value!r} lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
        raise ContractError(msg, argument="period", given=value)
    return ContractPeriod.of_days(first, after, zone)


def _days_of(value: Any) -> tuple[date, date]:
    if isinstance(value, ContractPeriod):
        return value.first, value.after
    if isinstance(value, tuple | list) and len(value) == 2:
        first, last = map(_day, value)
        return first, last + timedelta(1)
    if isinstance(value, str) and ".." in value:
        first, last = map(parse_date, map(str.strip, value.split("..", 1)))
        return first, last + timedelta(1)
    if type(value) is int:  # a year; True is none
        value = str(value)
    match = _PERIOD.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError
    return _named_days(match)


def _named_days(match: re.Match[str]) -> tuple[date, date]:
    year = int(match["year"])
    if match["week"]:
        first = date.fromisocalendar(year, int(match["week"]), 1)
        return first, first + timedelta(7)
    if match["day"]:
        first = date(year, int(match["month"]), int(match["day"]))
        return first, first + timedelta(1)
    if match["month"]:
        month, length = int(match["month"]), 1
    elif match["quarter"]:
        month, length = int(match["quarter"]) * 3 - 2, 3
    else:
        month, length = 1, 12
    first = date(year, month, 1)
    return first, add_months(first, length)


def _day(value: Any) -> date:
    if not (is_date(value) or isinstance(value, str)):
        raise ValueError
    return parse_date(value)


def rolling(period: ContractPeriod, days: int, zone: Zone) -> ContractPeriod:
    """The days before the end of a period.

    Raises:
        ContractError: They begin before the supported years.
    """
    first = period.after - timedelta(days)
    if first.year < FIRST_YEAR:
        msg = f"period: the {days} days before {period.after} begin before the year {FIRST_YEAR}"
        raise ContractError(msg, argument="period", given=str(period))
    return ContractPeriod.of_days(first, period.after, zone)


def split(period: ContractPeriod, unit: str, zone: Zone) -> list[ContractPeriod]:
    """The days, weeks, months, quarters or years that a period overlaps."""
    parts = []
    day = containing(period.first, unit, zone)
    while day.first < period.after:
        parts.append(day)
        day = containing(day.after, unit, zone)
    return parts


UNITS = ("day", "week", "month", "quarter", "year")


def containing(day: date, unit: str, zone: Zone) -> ContractPeriod:
    """The day, week, month, quarter or year that contains a day."""
    if unit == "day":
        first, after = day, day + timedelta(1)
    elif unit == "week":
        first = day - timedelta(day.weekday())
        after = first + timedelta(7)
    else:
        months = {"month": 1, "quarter": 3, "year": 12}[unit]
        first = date(day.year, (day.month - 1) // months * months + 1, 1)
        after = add_months(first, months)
    return ContractPeriod.of_days(first, after, zone)


def before(period: ContractPeriod, count: int, unit: str, zone: Zone) -> ContractPeriod:
    """The period of the calendar that lies some periods before another one."""
    for _ in range(count):
        period = containing(period.first - timedelta(1), unit, zone)
    return period


def agreements_of(policy: Policy, period: ContractPeriod) -> Policy:
    """The version of a policy whose objectives, availability and duties count for a period.

    It is the one in force on the first day, or else the first that takes effect within the period.

    Raises:
        ContractError: No version is in force in the period.
    """
    first, after = period.first.toordinal(), period.after.toordinal()
    for version, begins, ends in zip(
        policy.all_versions,
        policy.first_days,
        (*policy.first_days[1:], date.max.toordinal() + 1),
        strict=True,
    ):
        last = version.effective_until
        stops = min(ends, last.toordinal() + 1) if last else ends
        if begins < after and stops > max(first, begins):
            return version
    msg = f"period: no version of {policy.name} is in force in {period}"
    raise ContractError(msg, argument="period", given=str(period))
