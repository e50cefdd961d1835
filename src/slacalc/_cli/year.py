"""Print a year of a calendar: small months, a legend, and the special dates with their names.

A date is marked by a sign beside it and by a style, so that it can be read without colour as well.
A line is a list of styled texts; whoever prints it knows how to apply a style. Which dates are
special is worked out in `_calendar.year`.
"""

from __future__ import annotations

import re
from calendar import Calendar as Weeks
from collections import Counter
from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeAlias

from slacalc._calendar.calendar import Calendar
from slacalc._calendar.holidays import Holidays
from slacalc._calendar.year import (
    CLOSED_BY_CLOSURE,
    CLOSED_BY_EXCEPTION,
    HOLIDAY,
    MAKE_UP_DAY,
    SPECIAL_HOURS,
    SPECIAL_MARKS,
    WEEKEND,
    mark_of,
    special_dates,
)
from slacalc._i18n import ENGLISH, MONTHS, WEEKDAY_INITIALS, pad, width
from slacalc.errors import CalendarError, HoursError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slacalc._calendar.calendar import Day
    from slacalc._calendar.year import DayMark
    from slacalc._i18n import Translator
    from slacalc._policy.policy import Policy

StyledText: TypeAlias = tuple[str, str]  # a text, and its style
StyledLine: TypeAlias = list[StyledText]
DatedCalendars: TypeAlias = list[
    tuple[date, Calendar]
]  # calendars, and since when each is followed

# Calendars ---------------------------------------------------------------------------------------

_ENTRY = re.compile(r"([^\d:=]+?)[\s:=]+(\d.*|closed)", re.IGNORECASE)


def _parse_week(text: str) -> str | dict[str, str]:
    """Parse a week such as ``mon-fri 9-17; sat 9-12``, ``always`` or ``closed``.

    Raises:
        HoursError: It is not of this form.
    """
    if text.strip().casefold() in ("always", "closed"):
        return text
    week: dict[str, str] = {}
    for entry in text.split(";"):
        match = _ENTRY.fullmatch(entry.strip())
        if match is None:
            msg = f"{entry.strip()!r} is not days and hours, as in 'mon-fri 9-17; sat 9-12'"
            raise HoursError(msg, given=text)
        if match[1] in week:
            msg = f"{match[1]!r} is given twice: write its hours at once, as in 'mon 9-12, 13-17'"
            raise HoursError(msg, given=text)
        week[match[1]] = match[2]
    return week


def of_country(
    country: str, subdivision: str | None, week: str | None, time_zone: str
) -> DatedCalendars:
    """The calendar of a country, by default with the hours of an office.

    Raises:
        HolidaysError: The country or the subdivision is unknown.
        HoursError: The week cannot be read.
        TimeZoneError: The zone is unknown.
    """
    holidays = Holidays(country=country, subdivision=subdivision) if subdivision else country
    hours = _parse_week(week or "mon-fri 09:00-17:00")
    return [(date.min, Calendar(time_zone, hours, holidays=holidays))]


def of_policy(policy: Policy, name: str | None) -> tuple[str, DatedCalendars]:
    """The name of a calendar of a policy, and the calendar in each version.

    Args:
        policy: The policy.
        name: The name. None: the default calendar of the policy, or its only one.

    Raises:
        CalendarError: There is no such calendar, or none is the default.
    """
    first, *later = policy.all_versions
    dated = [(date.min, first.calendars)]
    dated += [(version.effective_from or date.min, version.calendars) for version in later]
    names = list(dict.fromkeys(known for _, calendars in dated for known in calendars))
    chosen = name or policy.own_calendar or (names[0] if len(names) == 1 else "")
    if not chosen:
        msg = f"name a calendar of the policy ({', '.join(names) or 'it has none'})"
        raise CalendarError(msg, given=name)
    if chosen not in names:
        raise unknown_name(CalendarError, "a calendar of the policy", chosen, names)
    return chosen, [(since, calendars[chosen]) for since, calendars in dated if chosen in calendars]


# Lines -------------------------------------------------------------------------------------------

_WIDTH = 21  # of a month: seven days of two digits and a sign
_GAP, _ACROSS = 3, 3  # characters between months, and months side by side

_STYLES = {
    WEEKEND: "dim",
    HOLIDAY: "bold red",
    MAKE_UP_DAY: "bold green",
    SPECIAL_HOURS: "bold yellow",
    CLOSED_BY_EXCEPTION: "bold magenta",
    CLOSED_BY_CLOSURE: "bold magenta",
}


def months(
    days: Sequence[Day], width: int, translate: Translator = ENGLISH
) -> Iterator[StyledLine]:
    """The lines of the months of a year, up to three months side by side.

    Args:
        days: The dates of the year.
        width: How many characters fit into a line.
        translate: Translates the names of months and weekdays.
    """
    across = max(1, min(_ACROSS, (width + _GAP) // (_WIDTH + _GAP)))
    marks = {day.date: mark_of(day) for day in days}
    blocks = [list(_month(days[0].date.year, month, marks, translate)) for month in range(1, 13)]
    for first in range(0, 12, across):
        if first:
            yield []
        for side_by_side in zip_longest(*blocks[first : first + across], fillvalue=_empty()):
            line: StyledLine = []
            for block_line in side_by_side:
                line += [(" " * _GAP, ""), *block_line] if line else block_line
            while line and not line[-1][0].strip():
                line.pop()
            *before, (text, style) = line
            yield [*before, (text.rstrip(), style)]


def _empty() -> StyledLine:
    return [(" " * _WIDTH, "")]


def _month(
    year: int, month: int, marks: dict[date, DayMark], translate: Translator
) -> Iterator[StyledLine]:
    yield [(pad(translate(MONTHS[month - 1]), _WIDTH, "^"), "bold")]
    yield [("".join(f"{translate(name)} " for name in WEEKDAY_INITIALS), "dim")]
    for week in Weeks().monthdatescalendar(year, month):
        yield [
            (f"{day.day:2}{marks[day].sign}", _STYLES.get(marks[day], ""))
            if day.month == month
            else ("   ", "")
            for day in week
        ]


def legend(days: Sequence[Day], translate: Translator = ENGLISH) -> StyledLine:
    """What the signs of a year mean, and how many dates have each."""
    counts = Counter(map(mark_of, days))
    line: StyledLine = []
    for mark in SPECIAL_MARKS:
        if counts[mark]:
            label = translate.plural(*mark.labels, counts[mark])
            line += [(mark.sign, _STYLES[mark]), (f" {counts[mark]} {label}   ", "")]
    working = sum(day.is_working for day in days)
    total = translate.plural("{count} working day in all", "{count} working days in all", working)
    return [*line, (total.format(count=working), "")]


def special_date_lines(
    days: Iterable[Day], translate: Translator = ENGLISH
) -> Iterator[StyledLine]:
    """A line for each group of special dates: signs, first and last date, and name."""
    rows = []
    for group in special_dates(days):
        first, last = _date_text(group.first, translate), _date_text(group.last, translate)
        dates = first if group.first == group.last else f"{first} – {last}"
        rows.append((group.marks, dates, group.label(translate)))
    widest = max((width(dates) for _, dates, _ in rows), default=0)
    for marks, dates, label in rows:
        signs: StyledLine = [(mark.sign, _STYLES[mark]) for mark in marks]
        room = " " * (2 - len(signs))
        yield [*signs, (f"{room} {pad(dates, widest)}  {label}", "")]


def _date_text(day: date, translate: Translator) -> str:
    return translate("{weekday} {day} {month}").format(
        weekday=translate.weekday(day), day=f"{day.day:2}", month=translate.short_month(day.month)
    )
