"""The dates of a year by kind and name, for the views of a calendar as text, HTML and plot.

`collect_year` collects the dates of a year, `mark_of` says how a date is marked, and
`special_dates` groups the dates that differ from the weekly hours. Colours, widths and the order of
the parts are each view's own.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from slacalc._calendar.holidays import latest_announced_year, year_of_data
from slacalc._i18n import NN_
from slacalc._time.dates import DateRange
from slacalc._time.instants import FIRST_YEAR, LAST_YEAR
from slacalc.errors import HorizonError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slacalc._calendar.calendar import Calendar, Day
    from slacalc._i18n import Translator


class DayMark(NamedTuple):
    """How a date is marked in every view.

    Args:
        sign: The character beside the date; a blank where it follows the weekly hours.
        labels: What the sign means, for one date and for several.
    """

    sign: str
    labels: tuple[str, str]


WORKING_DAY = DayMark(" ", NN_("working day", "working days"))
WEEKEND = DayMark(" ", NN_("weekend", "weekend"))
HOLIDAY = DayMark("*", NN_("holiday", "holidays"))
MAKE_UP_DAY = DayMark("+", NN_("make-up working day", "make-up working days"))
SPECIAL_HOURS = DayMark("!", NN_("special hours", "special hours"))
CLOSED_BY_EXCEPTION = DayMark("x", NN_("closed by exception", "closed by exception"))
CLOSED_BY_CLOSURE = DayMark("-", NN_("closed all day", "closed all day"))
SPECIAL_MARKS = (HOLIDAY, MAKE_UP_DAY, SPECIAL_HOURS, CLOSED_BY_EXCEPTION, CLOSED_BY_CLOSURE)

_MARKS = {
    "working-day": WORKING_DAY,
    "weekend": WEEKEND,
    "holiday": HOLIDAY,
    "make-up-day": MAKE_UP_DAY,
    "closure": CLOSED_BY_CLOSURE,
}


_SPECIAL_KINDS = ("holiday", "make-up-day", "exception", "closure")


def mark_of(day: Day) -> DayMark:
    """The mark of a date, by its kind; an exception is marked by whether it has working time.

    A working day with a name is one that a closure shortens.
    """
    if day.kind == "working-day" and day.name:
        return SPECIAL_HOURS
    if day.kind == "exception":
        return SPECIAL_HOURS if day.is_working else CLOSED_BY_EXCEPTION
    return _MARKS[day.kind]


class Year(NamedTuple):
    """The dates of a year.

    Args:
        days: The dates, in order; not all of the year if no calendar covers its beginning.
        unpublished_from: The first date of the year whose holidays are not officially published;
            None if all are.
    """

    days: list[Day]
    unpublished_from: date | None


def collect_year(
    calendars: Sequence[tuple[date, Calendar]], year: int, *, language: str = "en"
) -> Year:
    """Collect the dates of a year.

    Args:
        calendars: The calendars to follow, each with the date from which on it is followed, in
            order; a single calendar from `date.min` on, or those of the versions of a policy.
        year: The year.
        language: The language of the names.

    Raises:
        HorizonError: The year is outside the supported ones.
    """
    if not isinstance(year, int) or not FIRST_YEAR <= year <= LAST_YEAR:
        msg = f"{year!r} is not one of the supported years {FIRST_YEAR} to {LAST_YEAR}"
        raise HorizonError(msg, instant=str(year), horizon=(FIRST_YEAR, LAST_YEAR))
    days: list[Day] = []
    unpublished: list[date] = []
    new_year, new_years_eve = date(year, 1, 1), date(year, 12, 31)
    ends = [since - timedelta(1) for since, _ in calendars[1:]]
    for (since, calendar), end in zip(calendars, [*ends, new_years_eve], strict=True):
        first, last = max(since, new_year), min(end, new_years_eve)
        if first <= last:
            days += calendar.days(first, last, language=language)
            provisional_from = calendar.provisional_from
            if provisional_from is not None and provisional_from <= last:
                unpublished.append(max(provisional_from, first))
    return Year(days, min(unpublished, default=None))


class SpecialDates(NamedTuple):
    """Neighbouring dates of one kind and name that differ from the weekly hours.

    Args:
        days: The dates, in order; at least one.
    """

    days: list[Day]

    @property
    def first(self) -> date:
        """The first date."""
        return self.days[0].date

    @property
    def last(self) -> date:
        """The last date."""
        return self.days[-1].date

    @property
    def marks(self) -> list[DayMark]:
        """The marks of the dates, each once, in order of first occurrence."""
        return list(dict.fromkeys(map(mark_of, self.days)))

    def label(self, translate: Translator) -> str:
        """The name of the dates; for special hours also these, where they are all the same."""
        kind, name = self.days[0].kind, self.days[0].name
        if kind == "make-up-day":
            return " ".join(part for part in (translate("working day"), name) if part)
        mark_label = translate(self.marks[0].labels[0])
        if kind not in ("exception", "working-day"):
            return name or mark_label
        hours = {hours_text(day) for day in self.days} - {""}
        if len(hours) != 1:
            return name or mark_label
        if not name:
            return hours.pop()
        return translate("{kind}: {name}").format(kind=name, name=hours.pop())


def special_dates(days: Iterable[Day], *, of_same_hours: bool = False) -> Iterator[SpecialDates]:
    """Group the dates that are holidays, make-up days, exceptions, or shortened by closures.

    Args:
        days: Dates, in order.
        of_same_hours: Whether neighbours form a group only if their hours are the same.
    """
    groups = groupby(
        days, key=lambda day: (day.kind, day.name, hours_text(day) if of_same_hours else "")
    )
    for (kind, name, _), group in groups:
        if kind in _SPECIAL_KINDS or (kind == "working-day" and name):
            yield SpecialDates(list(group))


def hours_text(day: Day, dash: str = "-") -> str:
    """The hours of a date: ``09:00-12:00, 13:00-24:00``; empty string if it is closed."""
    texts = []
    for opens, closes in day.spans:
        closing = f"{closes:%H:%M}"
        texts.append(f"{opens:%H:%M}{dash}{'24:00' if closing == '00:00' else closing}")
    return ", ".join(texts)


def default_year(calendar: Calendar) -> int | None:
    """The year of a calendar to show if none is requested; None if all years are alike.

    The library never reads the present time, so the year follows from the data. With the holidays
    of a country, it is the last year that is officially published, but not later than the last
    one that any government had announced when the installed data were made: where the law fixes
    all holidays, decades to come count as published. Otherwise it is the last year that an own
    holiday, an exception or a closure mentions; of dates that recur, the year of the data.
    """
    lists = [*calendar.holidays]
    lists += [holidays for change in calendar.changes for holidays in change.holidays or ()]
    ends = [holidays.published_until() for holidays in lists if holidays.country]
    if ends:
        if calendar.horizon is not None:
            return min(latest_announced_year(), calendar.horizon.year)
        return min([latest_announced_year(), *(end.year for end in ends if end is not None)])
    own = [
        day.year
        for holidays in lists
        for day, _ in (*holidays.dates, *holidays.workdays)
        if isinstance(day, date)
    ]
    own += [item.day.year for holidays in lists for item in holidays.closed_hours]
    rules = (*calendar.exceptions, *calendar.closures)
    own += [rule.dates.last.year for rule in rules if isinstance(rule.dates, DateRange)]
    has_recurring = any(rule.recurs for rule in rules) or any(item.dates for item in lists)
    return max(own, default=year_of_data() if has_recurring and not own else None)
