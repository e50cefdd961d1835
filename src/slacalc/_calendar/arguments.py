"""Read the arguments of `Calendar(...)`: the forms that people write, and what they become.

Everything that may be wrong in them is reported here, with its path: ``exceptions.2026-12-24``,
``holidays[1]``, ``changes.2024-07-01.week.mon-fri``. The converters of `Calendar` accept their own
results, so that a calendar can be copied.

Read next: `compilation`, which makes the hours of each date from these values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time, tzinfo
from itertools import pairwise
from typing import Any, TypeAlias

import attrs

from slacalc._calendar import holidays as _holidays
from slacalc._calendar.holidays import Holidays
from slacalc._calendar.hours import DayHours, WeekHours
from slacalc._time.dates import DateRange, parse_date
from slacalc._time.instants import zone
from slacalc.errors import CalendarError, WorkError, located, unknown_name

HoursLike: TypeAlias = str | Iterable[tuple[time, time]] | DayHours
WeekLike: TypeAlias = str | Mapping[str, HoursLike] | WeekHours
_HolidayList: TypeAlias = str | date | Holidays | Mapping[Any, Any]
HolidaysLike: TypeAlias = _HolidayList | Iterable[_HolidayList]


@attrs.frozen
class ExceptionRule:
    """Hours by weekday that replace all others on a range of dates, and the reason for them."""

    dates: DateRange
    week: WeekHours
    name: str = ""

    def to_data(self) -> Any:
        """The shortest JSON-ready form that `parse_exceptions` reads back."""
        hours: Any = self.week.to_data()
        if len(set(self.week.days)) == 1:
            hours = str(self.week.days[0])
        return {"hours": hours, "name": self.name} if self.name else hours


@attrs.frozen
class CalendarChange:
    """Weekly hours or lists of holidays that come into force on a date; None for no change."""

    since: date
    week: WeekHours | None = None
    holidays: tuple[Holidays, ...] | None = None

    def to_data(self) -> dict[str, Any]:
        """The shortest JSON-ready form that `parse_changes` reads back."""
        data: dict[str, Any] = {}
        if self.week is not None:
            data["week"] = self.week.to_data()
        if self.holidays is not None:
            data["holidays"] = holidays_data(self.holidays)
        return data


def parse_zone(value: str | tzinfo) -> str:
    with located("time_zone"):
        return zone(value).name


def parse_week(value: WeekLike) -> WeekHours:
    with located("week"):
        return WeekHours.parse(value)


def parse_holidays(value: HolidaysLike | None) -> tuple[Holidays, ...]:
    if value is None:
        return ()
    with located("holidays"):
        if isinstance(value, str | date | Holidays | Mapping) or not isinstance(value, Iterable):
            return (Holidays.parse(value),)
        lists = []
        for index, item in enumerate(value):
            with located(f"[{index}]"):
                lists.append(Holidays.parse(item))
    return tuple(lists)


def holidays_data(lists: tuple[Holidays, ...]) -> Any:
    """The shortest JSON-ready form that `parse_holidays` reads back."""
    data = [holidays.to_data() for holidays in lists]
    return data[0] if len(data) == 1 else data


def parse_exceptions(
    value: Mapping[Any, Any] | tuple[ExceptionRule, ...],
) -> tuple[ExceptionRule, ...]:
    if isinstance(value, tuple) and all(isinstance(rule, ExceptionRule) for rule in value):
        return value
    with located("exceptions"):
        if not isinstance(value, Mapping):
            msg = (
                f"{value!r} cannot be read as exceptions: give a mapping of dates to hours, such "
                'as {"2026-12-24": "08:30-12:00", "2026-12-27..2026-12-31": "closed"}'
            )
            raise CalendarError(msg, given=value)
        exceptions = []
        for dates, hours in value.items():
            with located(str(dates)):
                exceptions.append(_parse_exception(DateRange.parse(dates), hours))
        exceptions.sort(key=lambda rule: (rule.dates.first, rule.dates.last))
        for before, after in pairwise(exceptions):
            if after.dates.first <= before.dates.last:
                msg = (
                    f"the exceptions for {before.dates} and {after.dates} overlap: "
                    "split the longer range so that each date is named once"
                )
                raise CalendarError(msg, given=(str(before.dates), str(after.dates)))
    return tuple(exceptions)


def _parse_exception(dates: DateRange, value: Any) -> ExceptionRule:
    hours, name = value, None
    if isinstance(value, Mapping) and value.keys() & {"hours", "name"}:
        for key in value.keys() - {"hours", "name"}:
            raise unknown_name(CalendarError, "a part of an exception", key, ["hours", "name"])
        hours, name = value.get("hours"), value.get("name")
        if "hours" not in value or not isinstance(name, str | None):
            msg = (
                f"{dict(value)!r} cannot be read as an exception: it needs hours, "
                "and its name must be text"
            )
            raise CalendarError(msg, given=value)
    if isinstance(hours, Mapping | WeekHours):
        return ExceptionRule(dates, WeekHours.parse(hours), name or "")
    return ExceptionRule(dates, WeekHours((DayHours.parse(hours),) * 7), name or "")


def parse_changes(
    value: Mapping[Any, Any] | tuple[CalendarChange, ...],
) -> tuple[CalendarChange, ...]:
    if isinstance(value, tuple) and all(isinstance(change, CalendarChange) for change in value):
        return value
    with located("changes"):
        if not isinstance(value, Mapping):
            msg = (
                f"{value!r} cannot be read as changes: give a mapping of dates to what is new from "
                'then on, such as {"2024-07-01": {"week": {"mon-fri": "9-17"}}}'
            )
            raise CalendarError(msg, given=value)
        changes = []
        for since, parts in value.items():
            with located(str(since)):
                if (
                    not isinstance(parts, Mapping)
                    or not parts
                    or parts.keys() - {"week", "holidays"}
                ):
                    msg = f"{parts!r} cannot be read as a change: give week, holidays or both"
                    raise CalendarError(msg, given=parts)
                changes.append(
                    CalendarChange(
                        parse_date(since),
                        parse_week(parts["week"]) if "week" in parts else None,
                        parse_holidays(parts["holidays"]) if "holidays" in parts else None,
                    )
                )
    return tuple(sorted(changes, key=lambda change: change.since))


def parse_horizon(value: int | str | date | None) -> date | None:
    with located("horizon"):
        return _holidays.parse_horizon(value)


# Arguments of the methods ------------------------------------------------------------------------


def unknown_edge(edge: object, *known: str) -> CalendarError:
    """The error for an `edge` that is not one of those known."""
    return unknown_name(CalendarError, "a value of edge", edge, known)


def whole_days(days: object) -> int:
    """A number of days.

    Raises:
        WorkError: It is not a whole number.
    """
    if isinstance(days, int) and not isinstance(days, bool):
        return days
    msg = f"{days!r} is not a number of days: give a whole number, negative to count back"
    raise WorkError(msg, given=days)
