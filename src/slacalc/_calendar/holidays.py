"""Days off and make-up working days: `Holidays`, and the adapter over the `holidays` package.

How it works. `Holidays` is a description. `holiday_entries` looks up what several of them say of
the dates of a year; the later one decides. For a country it asks the package, which is loaded at
the first such question, not when slacalc is imported, and which is asked for ten years at once.

A *make-up day* is a date, normally of a weekend, on which people work in exchange for a day off.
The package lists such dates in ``weekend_workdays``. The name of the day off says which date it
was exchanged for ("休息日（由 2026-02-14 调休）"), so the names, read backwards, give the date that
each make-up day stands in for.

This is one subject: what days off are, as they are written, and as the package lists them.

Read next: `ical_file`, `recurrence` and `icalendar`, which read days off from files; or at once
`arguments`.
"""

from __future__ import annotations

import re
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary, ref

import attrs

from slacalc._calendar.date_keys import check_count, is_date_key, parse_date_key
from slacalc._calendar.hours import DayHours
from slacalc._calendar.recurring_dates import RecurringDates, WorkingDays
from slacalc._i18n import N_, translator
from slacalc._schema.limits import MAX_DATES
from slacalc._threads import forks_wait
from slacalc._time.dates import DateRange, parse_date
from slacalc._time.instants import DAY, FIRST_YEAR, LAST_YEAR, horizon_error
from slacalc._time.intervals import Span, SpanList, clip, normalise
from slacalc._time.partial_imports import postponed
from slacalc.errors import DateError, HolidaysError, located, unknown_name

if TYPE_CHECKING:
    from pathlib import Path
    from types import EllipsisType

    from slacalc._calendar.icalendar import EventFilter
    from slacalc._i18n import Translator

# Days off with their names; make-up days with the date that each stands in for, if known.
DaysOff: TypeAlias = Mapping[date, str]
Workdays: TypeAlias = Mapping[date, "date | None"]

# A government decrees days year by year if it did so in each of as many years up to the last one.
_YEARS_OF_DECREES = 4

_LONGEST_CODE = 4  # of a market; the registry has names of classes beside the codes
_PLAIN_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BLOCK = 10  # years to ask the package for at once: setting it up is slow, further years are fast


# Reading the arguments ---------------------------------------------------------------------------


def _named_dates(value: Any) -> tuple[tuple[date | RecurringDates, str], ...]:
    """Dates with their names, in order, then dates that recur; a range counts for its dates."""
    days: dict[date, str] = {}
    recurring: dict[RecurringDates, str] = {}
    count = 0
    for key, name in _pairs(value):
        if not isinstance(name, str | None):
            msg = f"the name of holiday {key} must be text, not {name!r}"
            raise HolidaysError(msg, given=name, suggestions=[])
        if type(key) is date and FIRST_YEAR <= key.year <= LAST_YEAR:  # quickly, for long feeds
            days[key] = name or ""
            continue
        count += 1
        if isinstance(key, str) and _PLAIN_DATE.fullmatch(key):  # likewise
            with suppress(ValueError):
                day = date.fromisoformat(key)
                if FIRST_YEAR <= day.year <= LAST_YEAR:
                    days[day] = name or ""
                    continue
        with located(str(key)):
            dates = parse_date_key(key)
        if isinstance(dates, RecurringDates):
            recurring[dates] = name or ""
            continue
        dates = _supported_dates(dates)
        count += len(dates) - 1  # the key is counted
        check_dates(count)
        days.update(dict.fromkeys(dates, name or ""))
    check_dates(count)
    check_count(recurring)
    in_order = sorted(recurring.items(), key=lambda item: (item[0].is_relative, item[0].text))
    return (*sorted(days.items()), *in_order)


def check_dates(count: int) -> None:
    """Refuse lists of holidays with more dates than a calendar can have."""
    if count > MAX_DATES:
        msg = (
            f"the lists of holidays have more than {MAX_DATES:,} dates, the limit for a calendar; "
            "a range counts for each of its dates: close long ranges as exceptions"
        )
        raise HolidaysError(msg, given=count, suggestions=[], limit=MAX_DATES)


def _workdays(value: Any) -> tuple[tuple[date, date | None], ...]:
    days = {
        parse_date(day): None if other is None else parse_date(other)
        for day, other in _pairs(value)
    }
    return tuple((day, days[day]) for day in sorted(days))


def _supported_dates(value: Any) -> DateRange:
    dates = DateRange.parse(value)
    if dates.first.year < FIRST_YEAR or dates.last.year > LAST_YEAR:
        raise horizon_error(str(dates))
    return dates


def _hours_and_name(entry: Any) -> tuple[SpanList, str]:
    """The hours of an entry, at least some, in microseconds from midnight; and its name."""
    hours, name = entry, ""
    if isinstance(entry, Mapping):
        for part in entry.keys() - {"hours", "name"}:
            raise unknown_name(HolidaysError, "a part of closed hours", part, ["hours", "name"])
        hours, name = entry.get("hours"), entry.get("name") or ""
    shifts = DayHours.parse(hours).shifts
    if not shifts or not isinstance(name, str):
        msg = f'{entry!r} closes no hours: give hours such as "12:00-24:00", and a text as name'
        raise HolidaysError(msg, given=entry, suggestions=[])
    return [(shift.opens, shift.closes) for shift in shifts], name


def _closed_hours(value: Any) -> tuple[ClosedHours, ...]:
    """Hours closed on single dates, in order; what runs past midnight belongs to the next date."""
    if isinstance(value, tuple) and all(isinstance(item, ClosedHours) for item in value):
        return value
    spans: dict[date, list[tuple[int, int]]] = {}
    names: dict[date, dict[str, None]] = {}
    count = 0
    for key, entry in _pairs(value):
        with located("closed_hours"), located(str(key)):
            hours, name = _hours_and_name(entry)
            dates = _supported_dates(key)
            count += len(dates) * len(hours)
            check_dates(count)
            # What runs past midnight is the business of the next date.
            parts = [
                (timedelta(days), (opens - days * DAY, closes - days * DAY))
                for days in range(2)
                for opens, closes in clip(hours, days * DAY, (days + 1) * DAY)
            ]
            for day in dates:
                for later, part in parts:
                    on = day + later
                    spans.setdefault(on, []).append(part)
                    names.setdefault(on, {})[name] = None
    return tuple(
        ClosedHours(
            day,
            DayHours(tuple(Span(*pair) for pair in normalise(spans[day]))),
            ", ".join(filter(None, names[day])),
        )
        for day in sorted(spans)
        if day.year <= LAST_YEAR
    )


def _pairs(value: Any) -> Iterable[tuple[Any, Any]]:
    """The items of a mapping, or each of some dates with None."""
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, str) or not isinstance(value, Iterable):
        msg = f"{value!r} must be a mapping, or a list of dates"
        raise HolidaysError(msg, given=value, suggestions=[])
    items = [(item, None) for item in islice(value, MAX_DATES + 1)]
    check_dates(len(items))
    return items


def _names(value: Any) -> tuple[str, ...]:
    """The names of categories."""
    names = (value,) if isinstance(value, str) else value
    is_iterable = isinstance(names, Iterable) and not isinstance(names, Mapping)
    names = tuple(names) if is_iterable else (None,)
    if not all(isinstance(name, str) for name in names) or len({*names}) < len(names):
        msg = f"categories: {value!r} is not a list of names, each named once"
        raise HolidaysError(msg, given=value, suggestions=[])
    return names


def _code(value: Any) -> str | None:
    """A code of a country or a subdivision."""
    if value is None or isinstance(value, str):
        return value
    msg = f"{value!r} is not a code: give text such as 'CN' or 'CA'"
    raise HolidaysError(msg, given=value, suggestions=[])


def parse_horizon(value: Any) -> date | None:
    """Read the last date with published holidays: a date, a year, or None.

    Raises:
        DateError: It is none of these.
    """
    if value is None:
        return None
    if re.fullmatch(r"[1-9]\d{3}", str(value)):
        horizon = date(int(value), 12, 31)
        if not FIRST_YEAR <= horizon.year <= LAST_YEAR:
            raise horizon_error(str(value))
        return horizon
    try:
        return _supported_dates(value).first
    except DateError:
        msg = (
            f'{value!r} is not a horizon: give the last published year, or a date like "2026-06-30"'
        )
        raise DateError(msg, given=value) from None


def horizon_data(horizon: date) -> int | str:
    """The shortest JSON-ready form of a horizon: the year, if it is the last day of one."""
    return horizon.year if (horizon.month, horizon.day) == (12, 31) else str(horizon)


class ClosedHours(NamedTuple):
    """Hours of the wall clock in which a date is closed, within the date, and the reason."""

    day: date
    hours: DayHours
    name: str = ""

    @property
    def spans(self) -> SpanList:
        """The hours in microseconds from midnight."""
        return [(shift.opens, shift.closes) for shift in self.hours.shifts]


@attrs.frozen(kw_only=True, repr=False, cache_hash=True)
class Holidays:
    """Days off and make-up working days: those of a country, your own, or both.

    Args:
        country: A code known to the `holidays` package: a country (``"CN"``) or a financial market
            (``"XNYS"``). Default: none.
        subdivision: A part of the country, such as ``"CA"`` of ``"US"``. Default: none.
        categories: The categories of the country's holidays that count, such as ``"public"``.
            Default: public holidays. A date of the category ``half_day`` is closed all day; give
            its hours as an exception of the calendar instead.
        dates: Your own days off: dates, or a mapping of dates to names. A range such as
            ``"2026-12-24..2026-12-31"`` counts for each of its dates, and so do dates that recur,
            such as ``"12-24"`` or ``"first monday of october"``. On these dates the country's list
            does not count.
        workdays: Your own make-up days: dates, or a mapping of each date to the date that it stands
            in for, whose weekday gives it its hours. Without one it has Monday's hours.
        closed_hours: Hours of single dates in which nothing is open: a mapping of a date, or a
            range of dates, to hours by the wall clock of the calendar (``"12:00-24:00"``), or to
            ``{"hours": …, "name": …}``. They close parts of all shifts, those of night shifts of
            the day before too, whatever another list says of the date; an exception for the date
            replaces them.
        horizon: The last year, or the last date, whose days are officially published. Default: for
            countries that exchange days, or decree them every year, the last year with such days;
            but not later than the last year, of those that may still change, of which the package
            estimates no day. It is the end of the data, mostly 2100, if the law fixes all days;
            for your own dates alone none.

    Raises:
        HolidaysError: The country, subdivision or category is unknown, or a list or a name cannot
            be read.
        DateError: A date cannot be read.
        HorizonError: A date is outside the years 1900 to 2200.

    Example:
        >>> from slacalc import Calendar, Holidays
        >>> Holidays(country="DE", subdivision="BY", categories=["public", "catholic"])
        Holidays(country='DE', subdivision='BY', categories=['public', 'catholic'])
        >>> own = Holidays(
        ...     dates={"2026-05-04": "Founders' Day"}, workdays={"2026-05-09": "2026-05-04"}
        ... )
        >>> office = Calendar("UTC", {"mon-fri": "9-17"}, holidays=own)
        >>> office.is_open("2026-05-04T10:00Z"), office.is_open("2026-05-09T10:00Z")
        (False, True)
        >>> Holidays(closed_hours={"2026-12-24": {"hours": "12-24", "name": "Christmas Eve"}})
        Holidays(closed_hours={'2026-12-24': {'hours': '12:00-24:00', 'name': 'Christmas Eve'}})
    """

    __module__ = "slacalc"

    country: str | None = attrs.field(default=None, converter=_code)
    subdivision: str | None = attrs.field(default=None, converter=_code)
    categories: tuple[str, ...] = attrs.field(default=(), converter=_names)
    dates: tuple[tuple[date | RecurringDates, str], ...] = attrs.field(
        default=(), converter=_named_dates
    )
    workdays: tuple[tuple[date, date | None], ...] = attrs.field(default=(), converter=_workdays)
    closed_hours: tuple[ClosedHours, ...] = attrs.field(default=(), converter=_closed_hours)
    horizon: date | None = attrs.field(default=None, converter=parse_horizon)

    def __attrs_post_init__(self) -> None:
        if self.country is None:
            if self.subdivision or self.categories:
                msg = "a subdivision or category needs a country: add country="
                raise HolidaysError(msg, given=self.subdivision or self.categories, suggestions=[])
            return
        entity = _entity_class(self.country)
        if self.subdivision:
            known = {*entity.subdivisions, *entity.subdivisions_aliases}
            self._require("subdivision", self.subdivision, known)
        for category in self.categories:
            self._require("category", category, entity.supported_categories)

    def _require(self, what: str, name: str, known: Iterable[str]) -> None:
        if name not in known:
            raise unknown_name(HolidaysError, f"a {what} of {self.country}", name, sorted(known))

    @classmethod
    def parse(cls, value: Any) -> Holidays:
        """Read one list of holidays, in any of the forms that `Calendar` accepts.

        Args:
            value: A code (``"CN"``, ``"US-CA"``), a date, a range of dates or dates that recur, a
                mapping of these to names, a mapping of this class's arguments, or a `Holidays`,
                which is returned.

        Raises:
            HolidaysError: It is none of these.

        Example:
            >>> from slacalc import Holidays
            >>> Holidays.parse("US-CA")
            Holidays(country='US', subdivision='CA')
            >>> Holidays.parse({"2026-12-24": "Christmas Eve"})
            Holidays(dates={'2026-12-24': 'Christmas Eve'})
        """
        if isinstance(value, Holidays):
            return value
        if isinstance(value, date):
            return cls(dates=[value])
        if isinstance(value, str):
            if is_date_key(value):
                return cls(dates=[value])
            country, _, subdivision = value.partition("-")
            return cls(country=country, subdivision=subdivision or None)
        if isinstance(value, Mapping):
            if any(map(is_date_key, value)):
                return cls(dates=value)
            names = [field.name for field in attrs.fields(cls)]
            for key in value:
                if key not in names:
                    raise unknown_name(HolidaysError, "a part of a list of holidays", key, names)
            return cls(**value)
        msg = (
            f'{value!r} cannot be read as holidays: give a code such as "CN" or "US-CA", dates, '
            "a mapping of dates to names, or Holidays(...)"
        )
        raise HolidaysError(msg, given=value, suggestions=[])

    @classmethod
    def from_ical(
        cls,
        source: str | bytes | Path,
        *,
        include: EventFilter | None = None,
        workdays: EventFilter | EllipsisType | None = ...,
        timed: Literal["close", "skip", "refuse"] = "refuse",
    ) -> Holidays:
        r"""Read days off, make-up days and closed hours from an iCalendar file (RFC 5545).

        Args:
            source: The text of the file, its bytes, or a `pathlib.Path` to it.
            include: The events that count: a regular expression that occurs in their summary,
                their description or one of their categories, in capitals or not; or a function
                of an event with the attributes ``summary``, ``description`` and ``categories``.
                Default: all events.
            workdays: The events that are make-up working days: an expression that occurs in the
                summary or a category, or a function as for *include*. None: no event. Default:
                those that Chinese calendars mark in the summary, such as 上班, 补班, 补行上班,
                调班, 工作日 or （班）, unless a day off (放假, 休息) is named before it.
            timed: What an event of part of a day does: ``"close"`` closes its hours, ``"skip"``
                leaves it out, and ``"refuse"`` raises an error. Default: ``"refuse"``.

        Returns:
            Holidays with the dates that the events cover, named by the summaries of the events. A
            recurring event counts for each of its dates in the supported years; cancelled events do
            not count.

        Raises:
            MissingExtraError: The extra ``ical`` is not installed.
            HolidaysError: The file cannot be read or is not an iCalendar file, an event cannot be
                read or happens too often, or an event lasts for only part of a day.

        Example:
            >>> from slacalc import Holidays
            >>> text = (
            ...     "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:上班(补春节假期)\r\n"
            ...     "DTSTART;VALUE=DATE:20260214\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            ... )
            >>> Holidays.from_ical(text)
            Holidays(workdays={'2026-02-14': None})
        """
        from slacalc._calendar.icalendar import (  # noqa: PLC0415 - an extra
            marks_working_day,
            read_feed,
        )

        is_workday = marks_working_day if workdays is ... else workdays
        return cls(**read_feed(source, include, is_workday, timed))

    def to_data(self) -> str | dict[str, Any]:
        """Describe the list as plain data, ready for JSON; `parse` reads it back.

        Returns:
            A code if that says all, otherwise the arguments by name.

        Example:
            >>> from slacalc import Holidays
            >>> Holidays(country="US", subdivision="CA").to_data()
            'US-CA'
        """
        data: dict[str, Any] = {}
        if self.country:
            data["country"] = self.country
        if self.subdivision:
            data["subdivision"] = self.subdivision
        if self.categories:
            data["categories"] = list(self.categories)
        if self.dates:
            data["dates"] = {str(day): name for day, name in self.dates}
        if self.workdays:
            data["workdays"] = {
                str(day): stands_for and str(stands_for) for day, stands_for in self.workdays
            }
        if self.closed_hours:
            data["closed_hours"] = {
                str(item.day): {"hours": str(item.hours), "name": item.name}
                if item.name
                else str(item.hours)
                for item in self.closed_hours
            }
        if self.horizon:
            data["horizon"] = horizon_data(self.horizon)
        if data.keys() == {"country"}:
            return self.country or ""
        if data.keys() == {"country", "subdivision"}:
            return f"{self.country}-{self.subdivision}"
        return data

    def __repr__(self) -> str:
        data = self.to_data()
        if isinstance(data, str):
            country, _, subdivision = data.partition("-")
            data = {"country": country} | ({"subdivision": subdivision} if subdivision else {})
        return f"Holidays({', '.join(f'{key}={value!r}' for key, value in data.items())})"

    def published_until(self) -> date | None:
        """The last date whose days are officially published; None if there is no such limit.

        Example:
            >>> from slacalc import Holidays
            >>> print(Holidays(country="CN", horizon=2026).published_until())
            2026-12-31
            >>> print(Holidays(dates=["2026-12-24"]).published_until())
            None
        """
        if self.horizon or not self.country:
            return self.horizon
        return _published_until(self.country, self.subdivision, self.categories)

    @property
    def is_relative(self) -> bool:
        """Whether some of its dates look at working days, or at the other days off."""
        last = self.dates[-1][0] if self.dates else None  # where such dates are
        return isinstance(last, RecurringDates) and last.is_relative

    def special_days(
        self, year: int, language: str = "", days: WorkingDays | None = None
    ) -> tuple[DaysOff, Workdays]:
        """The days off with their names, and the make-up days, of one year.

        Args:
            year: The year.
            language: The language of the names, such as ``"en"`` or ``"zh"``. Default, and if the
                package lacks it: the country's own.
            days: The working days and days off that relative dates look at. Default: without
                these dates.

        Returns:
            A mapping of days off to names, and one of make-up days to the dates that they stand in
            for, or to None if those are unknown.
        """
        days_off = self._own_days_off(year, language, days)
        workdays = _of_year(self.workdays, year)
        if self.country:
            country_days_off, country_workdays = _country_year(
                self.country, self.subdivision, self.categories, year, language
            )
            own = days_off.keys() | workdays.keys()
            days_off |= {day: name for day, name in country_days_off.items() if day not in own}
            workdays |= {day: other for day, other in country_workdays.items() if day not in own}
        return days_off, workdays

    def _own_days_off(self, year: int, language: str, days: WorkingDays | None) -> dict[date, str]:
        fixed = _of_year(self.dates, year)
        recurring: list[tuple[RecurringDates, str]] = []
        for dates, name in reversed(self.dates):  # those that recur come last
            if not isinstance(dates, RecurringDates):
                break
            recurring.insert(0, (dates, name))
        days_off: dict[date, str] = {}
        # Of several that name a date, the rarest gives it its name.
        for dates, name in sorted(recurring, key=lambda item: item[0].per_year, reverse=True):
            if days is not None or not dates.is_relative:
                days_off |= dict.fromkeys(dates.dates(year, days), name or _name(dates, language))
        return days_off | fixed


def _name(dates: RecurringDates, language: str) -> str:
    translate = names_translator(language or "en")
    form = N_("yearly holiday {dates}") if dates.is_yearly else N_("holiday {dates}")
    return translate(form).format(dates=dates.describe(translate))


def _of_year(items: tuple[tuple[Any, Any], ...], year: int) -> dict[date, Any]:
    """The items of one year; all are in the order of their dates, those that recur come last."""

    def first_date(item: tuple[Any, Any]) -> date:
        return date.max if isinstance(item[0], RecurringDates) else item[0]

    begins = bisect_left(items, date(year, 1, 1), key=first_date)
    return dict(items[begins : bisect_right(items, date(year, 12, 31), key=first_date)])


_shared: WeakKeyDictionary[Holidays, ref[Holidays]] = WeakKeyDictionary()


def shared(holidays: Holidays) -> Holidays:
    """The first of all equal lists that are in use: caches look it up without comparing dates."""
    known = _shared.get(holidays)
    first = None if known is None else known()
    if first is None:
        first = holidays
        _shared[first] = ref(first)
    return first


def number_of_dates(holidays: Holidays) -> int:
    """How many dates a list has of its own, beside those of a country."""
    return len(holidays.dates) + len(holidays.workdays) + len(holidays.closed_hours)


class HolidayEntry(NamedTuple):
    """What lists of holidays say of a date that they mention.

    Args:
        is_workday: Whether it is a make-up day; otherwise it is a day off.
        name: The name of the day off; for a make-up day the date that it stands in for, in words.
        stands_for: The date that a make-up day stands in for, if known.
    """

    is_workday: bool
    name: str
    stands_for: date | None = None


@lru_cache(maxsize=1024)
def closed_hours_of(lists: tuple[Holidays, ...]) -> Mapping[date, tuple[ClosedHours, ...]]:
    """The hours that several lists close, by their dates; those of all lists add up."""
    closed: dict[date, tuple[ClosedHours, ...]] = {}
    for holidays in lists:
        for item in holidays.closed_hours:
            closed[item.day] = (*closed.get(item.day, ()), item)
    return closed


@lru_cache(maxsize=4096)
def holiday_entries(
    lists: tuple[Holidays, ...], year: int, language: str = "", days: WorkingDays | None = None
) -> Mapping[date, HolidayEntry]:
    """What several lists say of the dates of a year; of two that mention a date, the later.

    Dates that look at working days or days off count if these are given.
    """
    translate = names_translator(language or "en")
    entries: dict[date, HolidayEntry] = {}
    for holidays in lists:
        days_off, workdays = holidays.special_days(year, language, days)
        for day, name in days_off.items():
            entries[day] = HolidayEntry(is_workday=False, name=name)
        for day, other in workdays.items():
            name = translate("for {date}").format(date=other) if other else ""
            entries[day] = HolidayEntry(is_workday=True, name=name, stands_for=other)
    return entries


def names_translator(language: str) -> Translator:
    """The translator of a text that names holidays, whose languages are known too.

    Raises:
        LanguageError: The language is not known.
    """
    return translator(language, _languages_of_names)


@cache
def _languages_of_names() -> frozenset[str]:
    with forks_wait:  # all countries
        from holidays import list_localized_countries  # noqa: PLC0415 - slow to import

        by_country = list_localized_countries().values()
    return frozenset(name.split("_")[0] for names in by_country for name in names)


def latest_announced_year() -> int:
    """The last year that any government had announced when the installed data were made.

    Governments that announce early, and whose modules load quickly, stand for all.
    """
    return max(_last_special_year(code) for code in ("BY", "CN", "HU", "RU"))


def year_of_data() -> int:
    """The last year that China had announced when the installed data were made.

    It does so in the autumn before. Without reading the time, nothing in the data is closer to
    "this year".
    """
    return _last_special_year("CN")


@cache
def _last_special_year(code: str) -> int:
    years: Iterable[int] = _entity_class(code)().special_public_holidays
    return max(years)


# The `holidays` package --------------------------------------------------------------------------


@cache
def _modules() -> Mapping[str, str]:
    """The module of each country and financial market by its code, without loading any of them."""
    with postponed("holidays"):
        from holidays.registry import COUNTRIES, FINANCIAL  # noqa: PLC0415 - slow to import

    return {
        code: f"holidays.{package}.{module}"
        for package, registry in (("countries", COUNTRIES), ("financial", FINANCIAL))
        for module, (_, *codes) in registry.items()
        for code in codes
        if len(code) <= _LONGEST_CODE
    }


def _entity_class(code: str) -> Any:
    """The package's class of a country or a financial market."""
    if code not in _modules():
        what = "a country or market known to `holidays`, such as CN or XNYS"
        raise unknown_name(HolidaysError, what, code, _modules())
    # Either package imports all its modules.
    with postponed("holidays", "holidays.countries", "holidays.financial"):
        return getattr(import_module(_modules()[code]), code)


def _populated(
    code: str,
    subdivision: str | None,
    categories: tuple[str, ...],
    language: str,
    years: Iterable[int],
) -> tuple[Any, bool]:
    """An entity with the holidays of some years, and whether the package warns of its own data.

    The warnings say that the days of some years are not known. They are not passed on at every
    question, since the horizon says the same.
    """
    with forks_wait, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        entity = _entity_class(code)(
            subdiv=subdivision,
            categories=categories or None,
            language=language or None,
            years=years,
            expand=False,
        )
    return entity, bool(caught)


@lru_cache(maxsize=512)
def _block(
    code: str, subdivision: str | None, categories: tuple[str, ...], first: int, language: str
) -> tuple[Any, dict[date, date]]:
    """An entity with a block of years and one year on either side, and its `_exchanged_days`."""
    years = range(first - 1, first + _BLOCK + 1)
    with forks_wait:  # `strptime` has a lock too
        entity, _ = _populated(code, subdivision, categories, language, years)
        return entity, _exchanged_days(entity)


def _exchanged_days(entity: Any) -> dict[date, date]:
    """Make-up day → the day off it was exchanged for, read from the names of the days off."""
    label = getattr(entity, "substituted_label", None)
    date_format = getattr(entity, "substituted_date_format", None)
    if not label or not date_format:
        return {}
    before, after = map(re.escape, entity.tr(label).split("%s"))
    pattern = re.compile(f"{before}(.+?){after}")
    return {
        datetime.strptime(text, entity.tr(date_format)).date(): day_off  # noqa: DTZ007 - a date
        for day_off, name in entity.items()
        for text in pattern.findall(name)
    }


@lru_cache(maxsize=4096)
def _country_year(
    code: str, subdivision: str | None, categories: tuple[str, ...], year: int, language: str
) -> tuple[DaysOff, Workdays]:
    """The days off and the make-up days of a country in a year."""
    entity_class = _entity_class(code)
    own_language = entity_class.default_language or ""
    supported = _supported_language(language.replace("-", "_"), entity_class.supported_languages)
    first = year - year % _BLOCK
    # Exchanged days are read from names in the country's own language, which has them all.
    entity, exchanged = _block(code, subdivision, categories, first, own_language)
    workdays = {day: exchanged.get(day) for day in entity.weekend_workdays if day.year == year}
    if supported and supported != own_language:
        entity, _ = _block(code, subdivision, categories, first, supported)
    return {day: name for day, name in entity.items() if day.year == year}, workdays


def _supported_language(language: str, supported: Iterable[str]) -> str | None:
    """The supported language that has the requested name, or else whose first part has it.

    Of several regions of one language, those with the most readers come first.
    """
    regions = [name for name in supported if language and name.split("_")[0] == language]
    preferred = [name for name in (language, "en_US", "zh_CN") if name in supported]
    return next(
        (name for name in [*preferred, *regions] if name == language or name in regions), None
    )


@lru_cache(maxsize=1024)
def _published_until(code: str, subdivision: str | None, categories: tuple[str, ...]) -> date:
    """The last date for which the package has the days of a country or a market for certain.

    It is the end of the last year before the first one that may still change: because the package
    estimates days of it, or because its days have not been decreed yet.
    """
    entity_class = _entity_class(code)
    last_year = entity_class.end_year
    if _is_estimated(code, subdivision, categories, last_year):
        # Estimates of years that are over can no longer change.
        last_year = year_of_data() - 1
        while not _is_estimated(code, subdivision, categories, last_year + 1):
            last_year += 1
    decreed = _decreed_until(code, subdivision, categories)
    return date(last_year if decreed is None else min(last_year, decreed), 12, 31)


def _is_estimated(
    code: str, subdivision: str | None, categories: tuple[str, ...], year: int
) -> bool:
    """Whether the package estimates a day of a year, or warns of its data."""
    language = _entity_class(code).default_language or ""
    entity, has_warned = _populated(code, subdivision, categories, language, [year])
    label = getattr(entity, "estimated_label", None)
    mark = entity.tr(label).replace("%s", "").strip() if label else None
    return has_warned or bool(mark and any(mark in name for name in entity.values()))


def _decreed_until(code: str, subdivision: str | None, categories: tuple[str, ...]) -> int | None:
    """The last year with decreed or exchanged days, if a government decrees them year by year.

    None if the law fixes the days, and decrees are the exception. Where days were exchanged once,
    but not in the last years, the years that are over can no longer change, and those to come can.
    """
    entity, _ = _populated(code, subdivision, categories, "", [])
    decreed, exchanged = set(), set()
    for name in _special_days_names(entity, subdivision):
        for year, entries in getattr(entity, name, {}).items():
            items = entries if entries and isinstance(entries[0], tuple) else (entries,)
            decreed.add(year)
            if any(len(item) > 3 for item in items):  # the day off, and the day it is taken from
                exchanged.add(year)
    if not decreed:
        return None
    this_year = year_of_data()
    # Some data name days of the far future, which follow from the law.
    last = max((year for year in decreed if year <= this_year + 3), default=0)
    if exchanged:
        return last if last >= this_year - 2 else this_year
    is_yearly = decreed.issuperset(range(last - _YEARS_OF_DECREES + 1, last + 1))
    return last if is_yearly and last >= this_year - 1 else None


def _special_days_names(entity: Any, subdivision: str | None) -> list[str]:
    """The attributes in which the package keeps the days that are decreed for single years."""
    parts = [""]
    if subdivision:
        name = entity.subdivisions_aliases.get(subdivision, subdivision)
        parts.append(f"{name}_".lower().replace("-", "_").replace(" ", "_"))
    return [
        f"special_{part}{category}_holidays{observed}"
        for part in parts
        for category in entity.categories
        for observed in ("", "_observed")
    ]
