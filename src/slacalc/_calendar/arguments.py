"""The parts that a calendar's arguments become, and the forms that people write them in.

Everything a person may get wrong is caught here, with its path: ``exceptions.2026-12-24``,
``holidays[1]``, ``changes.2024-07-01.week.mon-fri``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time, tzinfo
from itertools import pairwise
from typing import Any, TypeAlias

import attrs

from slacalc._calendar.holidays import Holidays
from slacalc._calendar.holidays import parse_horizon as _parse_horizon
from slacalc._calendar.hours import DayHours, WeekHours
from slacalc._time.dates import DateRange, parse_date
from slacalc._time.instants import zone
from slacalc.errors import CalendarError, WorkError, did_you_mean, located

HoursLike: TypeAlias = str | Iterable[tuple[time, time]] | DayHours
WeekLike: TypeAlias = str | Mapping[str, HoursLike] | WeekHours
_HolidayList: TypeAlias = str | date | Holidays | Mapping[Any, Any]
HolidaysLike: TypeAlias = _HolidayList | Iterable[_HolidayList]


@attrs.frozen
class ExceptionRule:
    """Hours that replace all others on a range of dates, by weekday, and why."""

    dates: DateRange
    week: WeekHours
    name: str = ""

    def to_data(self) -> Any:
        hours: Any = self.week.to_data()
        if len(set(self.week.days)) == 1:
            hours = str(self.week.days[0])
        return {"hours": hours, "name": self.name} if self.name else hours


@attrs.frozen
class CalendarChange:
    """Weekly hours, or lists of holidays, that are in force from a date on."""

    since: date
    week: WeekHours | None = None
    holidays: tuple[Holidays, ...] | None = None

    def to_data(self) -> dict[str, Any]:
        data: dict[str, Any] = {}
        if self.week is not None:
            data["week"] = self.week.to_data()
        if self.holidays is not None:
            data["holidays"] = holidays_data(self.holidays)
        return data


def parse_zone(given: str | tzinfo) -> str:
    with located("time_zone"):
        return zone(given).name


def parse_week(given: WeekLike) -> WeekHours:
    with located("week"):
        return WeekHours.parse(given)


def parse_holidays(given: HolidaysLike | None) -> tuple[Holidays, ...]:
    if given is None:
        return ()
    with located("holidays"):
        if isinstance(given, str | date | Holidays | Mapping):
            return (Holidays.parse(given),)
        if not isinstance(given, Iterable):
            return (Holidays.parse(given),)  # which says what is wrong with it
        lists = []
        for index, one in enumerate(given):
            with located(f"[{index}]"):
                lists.append(Holidays.parse(one))
    return tuple(lists)


def holidays_data(lists: tuple[Holidays, ...]) -> Any:
    data = [one.to_data() for one in lists]
    return data[0] if len(data) == 1 else data


def _parse_exception(dates: DateRange, given: Any) -> ExceptionRule:
    name: Any = None
    if isinstance(given, Mapping) and given.keys() & {"hours", "name"}:
        for key in given.keys() - {"hours", "name"}:
            clause, _ = did_you_mean(key, ["hours", "name"])
            msg = f"{key!r} is no part of an exception{clause}; its parts are hours and name"
            raise CalendarError(msg, given=key)
        name = given.get("name")
        if "hours" not in given or not isinstance(name, str | None):
            msg = f"{dict(given)!r} is no exception: it needs hours, and its name must be text"
            raise CalendarError(msg, given=given)
        given = given["hours"]
    if isinstance(given, Mapping | WeekHours):
        return ExceptionRule(dates, WeekHours.parse(given), name or "")
    return ExceptionRule(dates, WeekHours((DayHours.parse(given),) * 7), name or "")


def parse_exceptions(
    given: Mapping[Any, Any] | tuple[ExceptionRule, ...],
) -> tuple[ExceptionRule, ...]:
    if isinstance(given, tuple) and all(isinstance(one, ExceptionRule) for one in given):
        return given
    with located("exceptions"):
        if not isinstance(given, Mapping):
            msg = (
                f"{given!r} are no exceptions: give a mapping of dates to hours, such as "
                '{"2026-12-24": "08:30-12:00", "2026-12-27..2026-12-31": "closed"}'
            )
            raise CalendarError(msg, given=given)
        exceptions = []
        for key, hours in given.items():
            with located(str(key)):
                exceptions.append(_parse_exception(DateRange.parse(key), hours))
        exceptions.sort(key=lambda one: (one.dates.first, one.dates.last))
        for before, after in pairwise(exceptions):
            if after.dates.first <= before.dates.last:
                msg = (
                    f"the exceptions for {before.dates} and {after.dates} overlap: "
                    "split the longer range so that each date is named once"
                )
                raise CalendarError(msg, given=(str(before.dates), str(after.dates)))
    return tuple(exceptions)


def parse_changes(
    given: Mapping[Any, Any] | tuple[CalendarChange, ...],
) -> tuple[CalendarChange, ...]:
    if isinstance(given, tuple) and all(isinstance(one, CalendarChange) for one in given):
        return given
    with located("changes"):
        if not isinstance(given, Mapping):
            msg = (
                f"{given!r} are no changes: give a mapping of dates to what is new from then on, "
                'such as {"2024-07-01": {"week": {"mon-fri": "9-17"}}}'
            )
            raise CalendarError(msg, given=given)
        changes = []
        for key, parts in given.items():
            with located(str(key)):
                if (
                    not isinstance(parts, Mapping)
                    or not parts
                    or parts.keys() - {"week", "holidays"}
                ):
                    msg = f"{parts!r} is no change: it has week, holidays or both, and no more"
                    raise CalendarError(msg, given=parts)
                changes.append(
                    CalendarChange(
                        parse_date(key),
                        parse_week(parts["week"]) if "week" in parts else None,
                        parse_holidays(parts["holidays"]) if "holidays" in parts else None,
                    )
                )
    return tuple(sorted(changes, key=lambda change: change.since))


def parse_horizon(given: int | str | date | None) -> date | None:
    with located("horizon"):
        return _parse_horizon(given)


def unknown_edge(given: object, *known: str) -> CalendarError:
    """The error for an edge that is none of a few."""
    msg = f"edge={given!r} is unknown: it is {' or '.join(map(repr, known))}"
    return CalendarError(msg, given=given)


def whole_days(given: object) -> int:
    """A number of days.

    Raises:
        WorkError: It is not whole, or no number.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    msg = f"{given!r} is not a number of days: give a whole number, negative to count back"
    raise WorkError(msg, given=given)
