"""Read the arguments of `Calendar(...)`: the forms that people write, and what they become.

Everything that may be wrong in them is reported here, with its path: ``exceptions.2026-12-24``,
``holidays[1]``, ``changes.2024-07-01.week.mon-fri``. The converters of `Calendar` accept their own
results, so that a calendar can be copied.

Read next: `compilation`, which makes the hours of each date from these values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, tzinfo
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from slacalc._calendar import holidays as _holidays
from slacalc._calendar.date_keys import check_count, parse_date_key
from slacalc._calendar.holidays import Holidays
from slacalc._calendar.hours import ALL_DAY, DayHours, WeekHours
from slacalc._calendar.recurring_dates import RecurringDates
from slacalc._schema.limits import MAX_CLOSURES, MAX_DATES, MAX_LISTS
from slacalc._time.dates import DateRange, parse_date
from slacalc._time.instants import (
    DAY,
    EPOCH_DAY,
    FIRST_YEAR,
    LAST_YEAR,
    horizon_error,
    to_instant,
    zone,
)
from slacalc.errors import (
    CalendarError,
    DateError,
    HolidaysError,
    HoursError,
    WorkError,
    located,
    unknown_name,
)

if TYPE_CHECKING:
    from slacalc._time.instants import Zone

HoursLike: TypeAlias = str | Iterable[tuple[time, time]] | DayHours
WeekLike: TypeAlias = str | Mapping[str, HoursLike] | WeekHours
_HolidayList: TypeAlias = str | date | Holidays | Mapping[Any, Any]
HolidaysLike: TypeAlias = _HolidayList | Iterable[_HolidayList]


@attrs.frozen(cache_hash=True)
class DatedHours:
    """Hours by weekday on some dates, and the reason for them.

    Of an exception, the hours replace all others; of a closure, they are taken out.
    """

    dates: DateRange | RecurringDates
    week: WeekHours
    name: str = ""

    @property
    def recurs(self) -> bool:
        """Whether the dates recur."""
        return isinstance(self.dates, RecurringDates)

    def to_data(self) -> Any:
        """The shortest JSON-ready form that `parse_exceptions` and `parse_closures` read back."""
        first, *others = self.week.days
        is_alike = all(hours is first or hours == first for hours in others)
        hours: Any = str(first) if is_alike else self.week.to_data()
        return {"hours": hours, "name": self.name} if self.name else hours


@attrs.frozen
class CalendarChange:
    """Parts of a calendar that come into force on a date; None for those that do not change."""

    since: date
    week: WeekHours | None = None
    holidays: tuple[Holidays, ...] | None = None
    exceptions: tuple[DatedHours, ...] | None = None
    closures: tuple[DatedHours, ...] | None = None

    def to_data(self) -> dict[str, Any]:
        """The shortest JSON-ready form that `parse_changes` reads back."""
        data: dict[str, Any] = {}
        if self.week is not None:
            data["week"] = self.week.to_data()
        if self.holidays is not None:
            data["holidays"] = holidays_data(self.holidays)
        if self.exceptions is not None:
            data["exceptions"] = dated_hours_data(self.exceptions)
        if self.closures is not None:
            data["closures"] = dated_hours_data(self.closures)
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
            return (_holidays.shared(Holidays.parse(value)),)
        lists, dates = [], 0
        for index, item in enumerate(value):
            with located(f"[{index}]"):
                holidays = _holidays.shared(Holidays.parse(item))
                dates += _holidays.number_of_dates(holidays)
                lists.append(holidays)
                _check_lists(len(lists), dates)
    return tuple(lists)


def _check_lists(count: int, dates: int) -> None:
    if count > MAX_LISTS:
        msg = f"there are more than {MAX_LISTS:,} lists of holidays, the limit for a calendar"
        raise HolidaysError(
            f"{msg}: give one list with all dates", given=count, suggestions=[], limit=MAX_LISTS
        )
    _holidays.check_dates(dates)


def holidays_data(lists: tuple[Holidays, ...]) -> Any:
    """The shortest JSON-ready form that `parse_holidays` reads back."""
    data = [holidays.to_data() for holidays in lists]
    return data[0] if len(data) == 1 else data


def parse_exceptions(
    value: Mapping[Any, Any] | tuple[DatedHours, ...],
) -> tuple[DatedHours, ...]:
    """Read exceptions; those of dates come first, in order, and no two name one date."""
    exceptions = _parse_dated_hours(value, "exceptions", _EXCEPTIONS_EXAMPLE)
    one_by_one = [rule.dates for rule in exceptions if isinstance(rule.dates, DateRange)]
    for before, after in pairwise(one_by_one):
        if after.first <= before.last:
            raise _overlap(before, after, "overlap")
    recurring = [rule.dates for rule in exceptions if isinstance(rule.dates, RecurringDates)]
    yearly = [dates for dates in recurring if dates.is_yearly]
    for first, second in combinations(yearly, 2):
        if not {*first.dates(_LEAP_YEAR)}.isdisjoint(second.dates(_LEAP_YEAR)):
            raise _overlap(first, second, "overlap each year")
    return exceptions


def parse_closures(
    value: Mapping[Any, Any] | tuple[DatedHours, ...],
) -> tuple[DatedHours, ...]:
    """Read closures; those that name one date add up."""
    return _parse_dated_hours(value, "closures", _CLOSURES_EXAMPLE)


_EXCEPTIONS_EXAMPLE = '{"2026-12-24": "08:30-12:00", "12-27..12-31": "closed"}'
_CLOSURES_EXAMPLE = '{"2026-12-24": "12:00-24:00", "first sunday of month": "02:00-06:00"}'
_LEAP_YEAR = 2024


def _overlap(first: object, second: object, verb: str) -> CalendarError:
    msg = (
        f"the exceptions for {first} and {second} {verb}: "
        "split the longer range so that each date is named once"
    )
    return CalendarError(msg, given=(str(first), str(second)), where="exceptions")


def dated_hours_data(rules: tuple[DatedHours, ...]) -> dict[str, Any]:
    """The JSON-ready form of exceptions or closures."""
    return {str(rule.dates): rule.to_data() for rule in rules}


def _parse_dated_hours(
    value: Mapping[Any, Any] | tuple[DatedHours, ...], part: str, example: str
) -> tuple[DatedHours, ...]:
    if isinstance(value, tuple) and all(isinstance(rule, DatedHours) for rule in value):
        return value
    with located(part):
        if not isinstance(value, Mapping):
            msg = (
                f"{value!r} cannot be read as {part}: give a mapping of dates to hours, such "
                f"as {example}"
            )
            raise CalendarError(msg, given=value)
        if part == "closures" and len(value) > MAX_CLOSURES:  # several may name one date
            msg = f"there are more than {MAX_CLOSURES:,} closures, the limit for a calendar"
            raise CalendarError(msg, given=len(value), limit=MAX_CLOSURES)
        rules: dict[str, DatedHours] = {}
        for key, hours in value.items():
            with located(str(key)):
                rule = _parse_rule(parse_date_key(key), hours, is_closure=part == "closures")
                if str(rule.dates) in rules:
                    msg = f"{str(rule.dates)!r} is named twice: name each date once"
                    raise CalendarError(msg, given=key)
                rules[str(rule.dates)] = rule
        if part == "closures":
            _check_dates_of_closures(rules.values())
        check_count(
            [rule.dates for rule in rules.values() if isinstance(rule.dates, RecurringDates)]
        )
    return tuple(sorted(rules.values(), key=_order))


def _check_dates_of_closures(rules: Iterable[DatedHours]) -> None:
    dates = sum(len(rule.dates) for rule in rules if isinstance(rule.dates, DateRange))
    if dates > MAX_DATES:
        msg = f"the closures have more than {MAX_DATES:,} dates, the limit for a calendar"
        raise CalendarError(msg, given=dates, limit=MAX_DATES)


def _order(rule: DatedHours) -> tuple[bool, Any]:
    dates = rule.dates
    return (
        (False, (dates.first, dates.last)) if isinstance(dates, DateRange) else (True, str(dates))
    )


def _parse_rule(dates: DateRange | RecurringDates, value: Any, *, is_closure: bool) -> DatedHours:
    hours, name = value, None
    what = "a closure" if is_closure else "an exception"
    if isinstance(value, Mapping) and value.keys() & {"hours", "name"}:
        for key in value.keys() - {"hours", "name"}:
            raise unknown_name(CalendarError, f"a part of {what}", key, ["hours", "name"])
        hours, name = value.get("hours"), value.get("name")
        if "hours" not in value or not isinstance(name, str | None):
            msg = (
                f"{dict(value)!r} cannot be read as {what}: it needs hours, "
                "and its name must be text"
            )
            raise CalendarError(msg, given=value)
    if is_closure and isinstance(hours, str) and hours.strip().casefold() == "all day":
        hours = ALL_DAY
    if isinstance(hours, Mapping | WeekHours):
        week = WeekHours.parse(hours)
    else:
        week = WeekHours((DayHours.parse(hours),) * 7)
    if is_closure and not week:
        msg = f'{hours!r} closes no hours: give hours such as "02:00-06:00", or "all day"'
        raise HoursError(msg, given=hours)
    return DatedHours(dates, week, name or "")


_CHANGEABLE: dict[str, Callable[[Any], Any]] = {
    "week": parse_week,
    "holidays": parse_holidays,
    "exceptions": parse_exceptions,
    "closures": parse_closures,
}


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
        changes, count, dates = [], 0, 0
        for since, parts in value.items():
            with located(str(since)):
                if not isinstance(parts, Mapping) or not parts or parts.keys() - _CHANGEABLE.keys():
                    msg = (
                        f"{parts!r} cannot be read as a change: give one or more of "
                        f"{', '.join(_CHANGEABLE)}"
                    )
                    raise CalendarError(msg, given=parts)
                read = {name: _CHANGEABLE[name](part) for name, part in parts.items()}
                changes.append(CalendarChange(parse_date(since), **read))
                lists = changes[-1].holidays or ()
                count += len(lists)
                dates += sum(map(_holidays.number_of_dates, lists))
                _check_lists(count, dates)
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


INCLUSIVE = ("left", "right", "both", "neither")
CONVENTIONS = ("following", "preceding", "modified_following", "modified_preceding")


def unknown_inclusive(inclusive: object) -> CalendarError:
    """The error for an `inclusive` that is not one of those known."""
    return unknown_name(CalendarError, "a value of inclusive", inclusive, INCLUSIVE)


def unknown_convention(convention: object) -> CalendarError:
    """The error for a convention of `roll` that is not one of those known."""
    return unknown_name(CalendarError, "a convention", convention, CONVENTIONS)


def is_date(value: object) -> bool:
    """Whether a value names a date and no time of day: a `datetime.date` or ISO 8601 text."""
    if isinstance(value, str):
        text = value.strip()
        return len(text) == 10 and re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None
    return isinstance(value, date) and not isinstance(value, datetime)


def to_ordinal(value: object, zone: Zone) -> int:
    """The ordinal of a date, or of the date of an instant in a zone.

    Raises:
        DateError: It is neither a date nor an instant.
        NaiveDatetimeError, InstantError: It is a datetime without a zone, or cannot be read.
        HorizonError: It is an instant outside the supported years.
    """
    if is_date(value):
        return parse_date(value).toordinal()
    # A text with a time of day is meant as an instant, so its faults are those of instants.
    if isinstance(value, datetime) or (isinstance(value, str) and re.search(r"\d[Tt ]\d", value)):
        return EPOCH_DAY + zone.reading(to_instant(value)) // DAY
    msg = (
        f"{value!r} is neither a date nor an instant: give a datetime.date, a text such as "
        '"2026-05-18", or an aware datetime'
    )
    raise DateError(msg, given=value)


def check_month(year: int, month: int) -> None:
    """Check that a year and a month are those of supported dates.

    Raises:
        DateError: They are not a year and a month.
        HorizonError: The year is not supported.
    """
    if not (type(year) is int is type(month) and 1 <= month <= 12):
        msg = (
            f"year {year!r} and month {month!r} do not name a month: give, for example, 2026 and 5"
        )
        raise DateError(msg, given=(year, month))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise horizon_error(f"{year}-{month:02}")
