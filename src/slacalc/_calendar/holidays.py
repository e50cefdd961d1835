"""Days off and make-up working days: the adapter over the `holidays` package.

`Holidays` is a description; `holiday_entries` looks up what several of them say of the dates of a
year. The package is loaded at the first question about a country, not when slacalc is imported.

A *make-up day* is a date, normally of a weekend, on which people work in exchange for a day off.
The package keeps such dates in ``weekend_workdays``, and the name of the day off says which date
it was exchanged for ("休息日（由 2026-02-14 调休）"); reading that name backwards tells which
weekday the make-up day stands in for.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import attrs

from slacalc._i18n import translator
from slacalc._time.dates import DateRange, parse_date
from slacalc._time.instants import FIRST_YEAR, LAST_YEAR, horizon_error
from slacalc.errors import DateError, HolidaysError, did_you_mean, located

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

# Days off with their names, and make-up days with the date each stands in for, where known.
DaysOff: TypeAlias = Mapping[date, str]
Workdays: TypeAlias = Mapping[date, "date | None"]

# Countries whose government announces the days off and make-up days of each year by a notice of
# its own, so that a year without exchanged days in the data is a year not yet published. Elsewhere
# the law fixes the days, or exchanges are too rare to conclude anything from their absence.
_ANNOUNCED_YEARLY = frozenset({"BY", "CN", "HU", "RU"})

_SHOWN = 12  # names that a message lists before it says "…"
_BLOCK = 10  # years generated at once; an entity is costly to set up and cheap to extend


@cache
def _package() -> ModuleType:
    """The `holidays` package, loaded at the first call."""
    import holidays  # noqa: PLC0415 - costs more than the rest of this library together

    return holidays


@cache
def _codes() -> frozenset[str]:
    """The codes of all countries and financial markets, without loading any of them."""
    loader = _package().registry.EntityLoader
    return frozenset(loader.get_country_codes()) | frozenset(loader.get_financial_codes())


def _entity_class(code: str) -> Any:
    """The class of a country or a financial market; raises `HolidaysError` for neither."""
    if code not in _codes():
        clause, suggestions = did_you_mean(code, _codes())
        msg = (
            f"{code!r} is no country or market that `holidays` knows"
            f"{clause or '; codes look like CN, US-CA or XNYS'}"
        )
        raise HolidaysError(msg, given=code, suggestions=suggestions)
    return getattr(_package(), code)


@lru_cache(maxsize=512)
def _block(
    code: str, subdivision: str | None, categories: tuple[str, ...], first: int, language: str
) -> tuple[Any, dict[date, date]]:
    """An entity populated with a block of years and a year either side, and its `_substitutes`."""
    years = range(first - 1, first + _BLOCK + 1)
    entity, _ = _populated(code, subdivision, categories, language, years)
    return entity, _substitutes(entity)


def _populated(
    code: str,
    subdivision: str | None,
    categories: tuple[str, ...],
    language: str,
    years: Iterable[int],
) -> tuple[Any, bool]:
    """An entity populated with some years, and whether the package warns of its own data.

    Its warnings are not ours to pass on at each question: what they say, that the days of some
    years are not known, we say with the horizon.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        entity = _entity_class(code)(
            subdiv=subdivision,
            categories=categories or None,
            language=language or None,
            years=years,
            expand=False,
        )
    return entity, bool(caught)


def _substitutes(entity: Any) -> dict[date, date]:
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


def _pairs(given: Any) -> Iterable[tuple[Any, Any]]:
    """The pairs of a mapping, or each of some dates paired with None."""
    if isinstance(given, Mapping):
        return given.items()
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"{given!r} must be a mapping, or a list of dates"
        raise HolidaysError(msg, given=given, suggestions=[])
    return [(item, None) for item in given]


def _named_dates(given: Any) -> tuple[tuple[date, str], ...]:
    """Dates with their names; a range counts for each of its dates."""
    days: dict[date, str] = {}
    for key, name in _pairs(given):
        if not isinstance(name, str | None):
            msg = f"the name of holiday {key} must be text, not {name!r}"
            raise HolidaysError(msg, given=name, suggestions=[])
        with located(str(key)):
            dates = DateRange.parse(key)
        if dates.first.year < FIRST_YEAR or dates.last.year > LAST_YEAR:
            raise horizon_error(str(dates))
        days.update(dict.fromkeys(dates, name or ""))
    return tuple(sorted(days.items()))


def _workdays(given: Any) -> tuple[tuple[date, date | None], ...]:
    days = {parse_date(day): other and parse_date(other) for day, other in _pairs(given)}
    return tuple((day, days[day]) for day in sorted(days))


def _names(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def parse_horizon(given: Any) -> date | None:
    """The last date with published holidays, from a date, a year, or None.

    Raises:
        DateError: It is none of these.
    """
    if given is None:
        return None
    if re.fullmatch(r"[1-9]\d{3}", str(given)):
        return date(int(given), 12, 31)
    try:
        return parse_date(given)
    except DateError:
        msg = f'{given!r} is no horizon: give the last published year, or a date like "2026-06-30"'
        raise DateError(msg, given=given) from None


@attrs.frozen(kw_only=True, repr=False, cache_hash=True)
class Holidays:
    """Days off and make-up working days, of a country, of your own, or both.

    Args:
        country: A code that the `holidays` package knows: a country (``"CN"``) or a financial
            market (``"XNYS"``).
        subdivision: A part of the country, such as ``"CA"`` of ``"US"``.
        categories: Which of the country's categories count; its public holidays by default. Note
            that a date of the category ``half_day`` is closed as a whole: give its hours as an
            exception instead.
        dates: Own days off: dates, or a mapping of dates to names; ranges such as
            ``"2026-12-24..2026-12-31"`` count for each of their dates.
        workdays: Own make-up days: dates, or a mapping of each to the date it stands in for.
        horizon: The last year (or date) whose days are officially published. By default the last
            announced year for countries that announce their make-up days yearly, such as China;
            for others the last year that the package counts out without estimating a day, which
            is 2100 where the law fixes them all; none for own dates alone.

    Raises:
        HolidaysError: The country, subdivision or category is unknown.
        DateError: A date cannot be read.

    Example:
        >>> from slacalc import Holidays
        >>> Holidays(country="DE", subdivision="BY", categories=["public", "catholic"])
        Holidays(country='DE', subdivision='BY', categories=['public', 'catholic'])
        >>> Holidays(dates={"2026-05-04": "Founders' Day"}, workdays={"2026-05-09": "2026-05-04"})
        Holidays(dates={'2026-05-04': "Founders' Day"}, workdays={'2026-05-09': '2026-05-04'})
    """

    country: str | None = None
    subdivision: str | None = None
    categories: tuple[str, ...] = attrs.field(default=(), converter=_names)
    dates: tuple[tuple[date, str], ...] = attrs.field(default=(), converter=_named_dates)
    workdays: tuple[tuple[date, date | None], ...] = attrs.field(default=(), converter=_workdays)
    horizon: date | None = attrs.field(default=None, converter=parse_horizon)

    def __attrs_post_init__(self) -> None:
        if self.country is None:
            if self.subdivision or self.categories:
                msg = "a subdivision or category needs a country: add country="
                raise HolidaysError(msg, given=self.subdivision or self.categories, suggestions=[])
            return
        entity = _entity_class(self.country)
        if self.subdivision:
            known = (*entity.subdivisions, *entity.subdivisions_aliases)
            self._require("subdivision", self.subdivision, known)
        for category in self.categories:
            self._require("category", category, entity.supported_categories)

    def _require(self, what: str, given: str, known: Iterable[str]) -> None:
        if given not in known:
            clause, suggestions = did_you_mean(given, known)
            names = sorted(known)
            shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
            msg = f"{given!r} is no {what} of {self.country}{clause}; known are: {shown or 'none'}"
            raise HolidaysError(msg, given=given, suggestions=suggestions)

    @classmethod
    def parse(cls, given: Any) -> Holidays:
        """One list of holidays, from itself or from what `Calendar` accepts for one.

        Args:
            given: A code (``"CN"``, ``"US-CA"``), a date, or a mapping: of dates to names, or of
                this class's own arguments.

        Raises:
            HolidaysError: It is none of these.
        """
        if isinstance(given, Holidays):
            return given
        if isinstance(given, date):
            return cls(dates=[given])
        if isinstance(given, str):
            if given[:1].isdigit():
                return cls(dates=[given])
            country, _, subdivision = given.partition("-")
            return cls(country=country, subdivision=subdivision or None)
        if isinstance(given, Mapping):
            names = {field.name for field in attrs.fields(cls)}
            if all(isinstance(key, str) and not key[:1].isdigit() for key in given):
                for key in given.keys() - names:
                    clause, suggestions = did_you_mean(key, names)
                    msg = f"{key!r} is no part of a list of holidays{clause}"
                    raise HolidaysError(msg, given=key, suggestions=suggestions)
                return cls(**given)
            return cls(dates=given)
        msg = (
            f'{given!r} is no list of holidays: give a code such as "CN" or "US-CA", dates, '
            "a mapping of dates to names, or Holidays(...)"
        )
        raise HolidaysError(msg, given=given, suggestions=[])

    @classmethod
    def from_ical(cls, source: str | bytes | Path) -> Holidays:
        """Read the days off of an iCalendar file (RFC 5545); each event closes its dates.

        Args:
            source: The text of the file, or a `pathlib.Path` to it.

        Returns:
            Holidays with the dates and summaries of the events. A recurring event counts for
            each of its dates in the supported years.

        Raises:
            MissingExtraError: The extra ``ical`` is not installed.
            HolidaysError: The text is no calendar, or an event lasts for part of a day only.
        """
        from slacalc._calendar.icalendar import read_days_off  # noqa: PLC0415 - an extra

        return cls(dates=read_days_off(source))

    def to_data(self) -> str | dict[str, Any]:
        """The shortest JSON-ready form that `parse` reads back."""
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
        """The last date whose days are officially published; None where there is no such end."""
        if self.horizon or not self.country:
            return self.horizon
        return _announced_until(self.country, self.subdivision, self.categories)

    def special_days(self, year: int, language: str = "") -> tuple[DaysOff, Workdays]:
        """The days off with their names, and the make-up days, of one year.

        Args:
            year: The year.
            language: The language of the names, such as ``"en"`` or ``"zh"``; where the package
                lacks it, or by default, the country's own.
        """
        days_off = {day: name for day, name in self.dates if day.year == year}
        workdays = {day: other for day, other in self.workdays if day.year == year}
        if self.country:
            of_country, made_up = _country_year(
                self.country, self.subdivision, self.categories, year, language
            )
            mentioned = days_off.keys() | workdays.keys()  # what we say ourselves counts
            days_off |= {day: name for day, name in of_country.items() if day not in mentioned}
            workdays |= {day: other for day, other in made_up.items() if day not in mentioned}
        return days_off, workdays


@cache
def _announced_until(code: str, subdivision: str | None, categories: tuple[str, ...]) -> date:
    """The last date for which the package has a country's days for certain.

    Where the government announces each year by itself, that is the last announced year; elsewhere
    the last one in which the package neither estimates a day nor warns of its data.
    """
    entity_class = _entity_class(code)
    if code in _ANNOUNCED_YEARLY:
        return date(max(entity_class().special_public_holidays), 12, 31)
    language = entity_class.default_language or ""
    for year in range(entity_class.end_year, entity_class.start_year, -1):
        entity, warned = _populated(code, subdivision, categories, language, [year])
        label = getattr(entity, "estimated_label", None)
        mark = entity.tr(label).replace("%s", "").strip() if label else None
        if not warned and not (mark and any(mark in name for name in entity.values())):
            return date(year, 12, 31)
    return date(entity_class.start_year, 12, 31)


def latest_announced_year() -> int:
    """The last year that any government had announced when the installed data were made.

    Without reading the time, nothing in the data is closer to "this year".
    """
    return max(_announced_until(code, None, ()).year for code in _ANNOUNCED_YEARLY)


def horizon_data(horizon: date) -> int | str:
    """A horizon in its shortest form: the year, where it is the last day of one."""
    return horizon.year if (horizon.month, horizon.day) == (12, 31) else str(horizon)


class HolidayEntry(NamedTuple):
    """What the lists of holidays say of a date that they mention."""

    is_workday: bool
    name: str
    stands_for: date | None = None


@lru_cache(maxsize=4096)
def holiday_entries(
    lists: tuple[Holidays, ...], year: int, language: str = ""
) -> Mapping[date, HolidayEntry]:
    """What several lists say of the dates of a year; of two that mention one date, the later."""
    translate = translator(language)
    found: dict[date, HolidayEntry] = {}
    for one in lists:
        days_off, workdays = one.special_days(year, language)
        found.update(
            (day, HolidayEntry(is_workday=False, name=name)) for day, name in days_off.items()
        )
        for day, other in workdays.items():
            name = translate("for {date}").format(date=other) if other else ""
            found[day] = HolidayEntry(is_workday=True, name=name, stands_for=other)
    return found


@lru_cache(maxsize=4096)
def _country_year(
    code: str, subdivision: str | None, categories: tuple[str, ...], year: int, language: str
) -> tuple[DaysOff, Workdays]:
    entity_class = _entity_class(code)
    own_language = entity_class.default_language or ""
    spoken = _spoken(language.replace("-", "_"), entity_class.supported_languages) or own_language
    first = year - year % _BLOCK
    entity, substitutes = _block(code, subdivision, categories, first, own_language)
    workdays = {day: substitutes.get(day) for day in entity.weekend_workdays if day.year == year}
    if spoken != own_language:
        entity, _ = _block(code, subdivision, categories, first, spoken)
    return {day: name for day, name in entity.items() if day.year == year}, workdays


def _spoken(language: str, supported: Iterable[str]) -> str | None:
    """The supported language asked for: by its whole name, or by its first part.

    Of several regions of one language the widest-read comes first.
    """
    regions = [name for name in supported if language and name.split("_")[0] == language]
    preferred = [name for name in (language, "en_US", "zh_CN") if name in supported]
    return next(
        (name for name in [*preferred, *regions] if name == language or name in regions), None
    )
