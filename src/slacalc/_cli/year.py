"""A year at a glance: whose calendar, twelve small months, a legend, and the days with names.

A date is marked by a sign beside it, and by a style, so that it reads without colour as well. A
line is a list of pieces, each a text and the name of its style; whoever prints them knows how.
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
    CLOSED_BY_EXCEPTION,
    HOLIDAY,
    MAKE_UP_DAY,
    SPECIAL_HOURS,
    SPECIAL_MARKS,
    WEEKEND,
    mark_of,
    special_dates,
)
from slacalc._i18n import ENGLISH, N_, pad, width
from slacalc.errors import CalendarError, HoursError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slacalc._calendar.calendar import Day
    from slacalc._calendar.year import DayMark
    from slacalc._i18n import Translator
    from slacalc._policy.policy import Policy

Piece: TypeAlias = tuple[str, str]  # a text, and its style
Line: TypeAlias = list[Piece]
Stretches: TypeAlias = list[tuple[date, Calendar]]  # what a calendar is, from which date on

# Whose calendar ----------------------------------------------------------------------------------

_ENTRY = re.compile(r"([^\d:=]+?)[\s:=]+(\d.*|closed)", re.IGNORECASE)


def _week(text: str) -> str | dict[str, str]:
    """A week as it is typed: ``mon-fri 9-17; sat 9-12``, ``always`` or ``closed``.

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
) -> Stretches:
    """The calendar of a country; its hours matter little, and are an office's by default.

    Raises:
        HolidaysError: The country or the subdivision is unknown.
        HoursError: The week cannot be read.
        TimeZoneError: The zone is unknown.
    """
    holidays = Holidays(country=country, subdivision=subdivision) if subdivision else country
    hours = _week(week or "mon-fri 09:00-17:00")
    return [(date.min, Calendar(time_zone, hours, holidays=holidays))]


def of_policy(policy: Policy, name: str | None) -> tuple[str, Stretches]:
    """The name of a calendar, and what it is by the versions of a policy.

    Args:
        policy: The policy.
        name: The calendar's name; None for the one that counts by default, or the only one.

    Raises:
        CalendarError: There is no such calendar.
    """
    versions = sorted(policy.versions, key=lambda one: one["effective_from"])
    known = [(date.min, policy.calendars)]
    known += [(one["effective_from"], one["calendars"]) for one in versions if "calendars" in one]
    names = list(dict.fromkeys(one for _, calendars in known for one in calendars))
    chosen = name or policy.calendar or (names[0] if len(names) == 1 else "")
    if chosen not in names:
        clause, _ = did_you_mean(chosen, names)
        msg = f"{chosen!r} is no calendar of the policy{clause}" if chosen else "name a calendar"
        raise CalendarError(f"{msg}; there are {', '.join(names) or 'none'}", given=name)
    return chosen, [(since, one[chosen]) for since, one in known if chosen in one]


# How it looks ------------------------------------------------------------------------------------

WEEKDAYS = (N_("Mo"), N_("Tu"), N_("We"), N_("Th"), N_("Fr"), N_("Sa"), N_("Su"))
MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
_WIDTH, _GAP, _ACROSS = 21, 3, 3  # of a month: a sign after each of two digits, for seven days


_STYLES = {
    WEEKEND: "dim",
    HOLIDAY: "bold red",
    MAKE_UP_DAY: "bold green",
    SPECIAL_HOURS: "bold yellow",
    CLOSED_BY_EXCEPTION: "bold magenta",
}


def months(days: Sequence[Day], width: int, translate: Translator = ENGLISH) -> Iterator[Line]:
    """The months of a year, as many side by side as there is room for, but at most three.

    Args:
        days: The dates of the year.
        width: How many characters there are in a line.
        say: The words of a language.
    """
    across = max(1, min(_ACROSS, (width + _GAP) // (_WIDTH + _GAP)))
    marks = {day.date: mark_of(day) for day in days}
    blocks = [list(_month(days[0].date.year, month, marks, translate)) for month in range(1, 13)]
    for first in range(0, 12, across):
        if first:
            yield []
        for side_by_side in zip_longest(*blocks[first : first + across], fillvalue=_empty()):
            line: Line = []
            for block_line in side_by_side:
                line += [(" " * _GAP, ""), *block_line] if line else block_line
            while line and not line[-1][0].strip():
                line.pop()
            *before, (text, style) = line
            yield [*before, (text.rstrip(), style)]


def _empty() -> Line:
    return [(" " * _WIDTH, "")]


def _month(
    year: int, month: int, marks: dict[date, DayMark], translate: Translator
) -> Iterator[Line]:
    yield [(pad(translate(MONTHS[month - 1]), _WIDTH, "^"), "bold")]
    yield [("".join(f"{translate(name)} " for name in WEEKDAYS), "dim")]
    for week in Weeks().monthdatescalendar(year, month):
        yield [
            (f"{day.day:2}{marks[day].sign}", _STYLES.get(marks[day], ""))
            if day.month == month
            else ("   ", "")
            for day in week
        ]


def legend(days: Sequence[Day], translate: Translator = ENGLISH) -> Line:
    """What the signs of a year mean, and how many dates have each."""
    counts = Counter(map(mark_of, days))
    line: Line = []
    for mark in SPECIAL_MARKS:
        if counts[mark]:
            words = translate.plural(*mark.labels, counts[mark])
            line += [(mark.sign, _STYLES[mark]), (f" {counts[mark]} {words}   ", "")]
    working = sum(day.is_working for day in days)
    told = translate.plural("{count} working day in all", "{count} working days in all", working)
    return [*line, (told.format(count=working), "")]


def named(days: Iterable[Day], translate: Translator = ENGLISH) -> Iterator[Line]:
    """A line for each group of special dates: signs, first and last date, and name."""
    rows = []
    for group in special_dates(days):
        first, last = _shown(group.first, translate), _shown(group.last, translate)
        dates = first if group.first == group.last else f"{first} – {last}"
        rows.append((group.marks, dates, group.label(translate)))
    wide = max((width(dates) for _, dates, _ in rows), default=0)
    for marks, dates, label in rows:
        signs: Line = [(mark.sign, _STYLES[mark]) for mark in marks]
        room = " " * (2 - len(signs))
        yield [*signs, (f"{room} {pad(dates, wide)}  {label}", "")]


def short_month(month: int, translate: Translator = ENGLISH) -> str:
    """The short name of a month: ``Jan``."""
    name = MONTHS[month - 1]
    return name[:3] if translate(name) == name else translate(name)


def _shown(day: date, translate: Translator) -> str:
    return translate("{weekday} {day} {month}").format(
        weekday=translate.weekday(day), day=f"{day.day:2}", month=short_month(day.month, translate)
    )
