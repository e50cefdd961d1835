"""The forms of dates that recur: what they name in a year, what they are called, how they are read.

Each form is a class that names its dates year by year and describes itself in words. Some look at
holidays and working days, which they are given as `WorkingDays`. `parse_recurring_dates` reads
them; the module is loaded when the first is read.

Read next: `date_keys`, which reads dates of all kinds.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from datetime import date, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, NoReturn

import attrs

from slacalc._calendar.hours import WEEKDAY_NAMES, WIDE
from slacalc._calendar.recurring_dates import RecurringDates
from slacalc._i18n import ENGLISH, MONTHS, N_
from slacalc._threads import forks_wait
from slacalc._time.dates import parse_date
from slacalc._time.instants import FIRST_YEAR, LAST_YEAR
from slacalc.errors import DateError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from slacalc._calendar.recurring_dates import WorkingDays
    from slacalc._i18n import Translator

_DAY = timedelta(1)
_MOST_CHARACTERS = 1_000  # of a key
_MOST_FREE_DAYS = 60  # between two working days that are still neighbours
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FORMS = (
    '"2026-12-24", "2026-12-24..2026-12-31", "12-24", "first sunday of month", "every friday", '
    '"every 2 weeks from 2026-01-09", "day before holiday", "last working day of month" or '
    '"RRULE:FREQ=…"'
)


# The forms ---------------------------------------------------------------------------------------


@attrs.frozen
class YearlyDates(RecurringDates):
    """A date, or a range of dates, of each year; a range may lie across New Year."""

    first: tuple[int, int]
    last: tuple[int, int]

    @property
    def is_yearly(self) -> bool:
        return True

    @property
    def text(self) -> str:
        ends = dict.fromkeys((self.first, self.last))
        return "..".join(f"{month:02}-{day:02}" for month, day in ends)

    @property
    def per_year(self) -> float:
        return len(self.dates(2024))

    def dates(self, year: int, days: WorkingDays | None = None) -> list[date]:  # noqa: ARG002 - as all forms
        new_year, new_years_eve = (1, 1), (12, 31)
        parts = [(self.first, self.last)]
        if self.last < self.first:
            parts = [(new_year, self.last), (self.first, new_years_eve)]
        return [day for first, last in parts for day in _between(year, first, last)]

    def describe(self, translate: Translator) -> str:
        form = translate(N_("{day} {month}"))
        ends = [
            form.format(day=day, month=translate.short_month(month))
            for month, day in dict.fromkeys((self.first, self.last))
        ]
        if len(ends) == 1:
            return ends[0]
        return translate(N_("{first} to {last}")).format(first=ends[0], last=ends[1])


def _between(year: int, first: tuple[int, int], last: tuple[int, int]) -> Iterator[date]:
    """The dates of a year from one month and day to another; 29 February only if it has one."""
    day = date(year, *first) if first != (2, 29) or _is_leap(year) else date(year, 3, 1)
    while day.year == year and (day.month, day.day) <= last:
        yield day
        if day == date.max:
            return
        day += _DAY


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


_PERIODS = {"month": 1, "quarter": 3, "year": 12}  # in months
_LONGEST = {"month": 31, "quarter": 92, "year": 366}  # in days
_WEEKDAYS = tuple(dict.fromkeys(name for name in WEEKDAY_NAMES if name.endswith("day")))
_WEEKDAY_LABELS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_MONTHS = tuple(month.casefold() for month in MONTHS)


@attrs.frozen
class CountedDays(RecurringDates):
    """Days of a kind, counted in each month, quarter or year, or in months of the year.

    Args:
        positions: The numbers of the days from 1, or from -1 back; empty for all of them.
        unit: The number of a weekday, Monday 0; ``"day"``, or ``"working day"``.
        period: ``"month"``, ``"quarter"`` or ``"year"``.
        months: The months, from 1, to which it is confined; empty for all.
    """

    positions: tuple[int, ...]
    unit: int | str
    period: str
    months: tuple[int, ...] = ()

    @property
    def is_relative(self) -> bool:
        return self.unit == "working day"

    @property
    def text(self) -> str:
        unit = _WEEKDAYS[self.unit] if isinstance(self.unit, int) else self.unit
        number = " and ".join(map(_ordinal, self.positions)) or "every"
        months = " and ".join(_MONTHS[month - 1] for month in self.months)
        of = months or (self.period if self.positions else "")
        return f"{number} {unit} of {of}" if of else f"{number} {unit}"

    @property
    def per_year(self) -> float:
        periods = len(self.months) or 12 / _PERIODS[self.period]
        if self.positions:
            return len(self.positions) * periods
        in_year = 52 if isinstance(self.unit, int) else 250 if self.is_relative else 365
        return in_year * periods * _PERIODS[self.period] / 12

    def dates(self, year: int, days: WorkingDays | None = None) -> Iterator[date]:
        length = _PERIODS[self.period]
        for first_month in range(1, 13, length):
            if self.months and first_month not in self.months:
                continue
            counted = list(self._counted(year, first_month, length, days))
            if not self.positions:
                yield from counted
            at = {n - 1 if n > 0 else len(counted) + n for n in self.positions}
            yield from (counted[index] for index in sorted(at) if 0 <= index < len(counted))

    def _counted(
        self, year: int, month: int, length: int, days: WorkingDays | None
    ) -> Iterator[date]:
        """The days of the kind in one period."""
        first = date(year, month, 1)
        end = date(year, month + length, 1) if month + length <= 12 else date(year + 1, 1, 1)
        if isinstance(self.unit, int):
            start = first.toordinal() + (self.unit - first.weekday()) % 7
            yield from map(date.fromordinal, range(start, end.toordinal(), 7))
            return
        for day in map(date.fromordinal, range(first.toordinal(), end.toordinal())):
            if self.unit == "day" or (days is not None and days.is_working(day)):
                yield day

    def describe(self, translate: Translator) -> str:
        if isinstance(self.unit, int):
            unit = translate(_WEEKDAY_LABELS[self.unit])
        elif self.unit == "day":
            unit = translate(N_("day"))
        else:
            unit = translate.plural("working day", "working days", 1)
        months = _joined((translate(MONTHS[month - 1]) for month in self.months), translate)
        if not self.positions:
            form = translate(N_("every {unit} of {months}") if months else N_("every {unit}"))
            return form.format(unit=unit, months=months)
        forms = {
            "month": N_("{ordinals} {unit} of month"),
            "quarter": N_("{ordinals} {unit} of quarter"),
            "year": N_("{ordinals} {unit} of year"),
        }
        form = translate(N_("{ordinals} {unit} of {months}") if months else forms[self.period])
        ordinals = _joined((_ordinal(n, translate) for n in self.positions), translate)
        return form.format(ordinals=ordinals, unit=unit, months=months)

    def certain_until(self, last: date) -> date:
        if not self.is_relative or not self.positions:
            return last
        # The days of a period are certain once all of its holidays are known.
        after = last + _DAY
        month = after.month - (after.month - 1) % _PERIODS[self.period]
        return min(last, date(after.year, month, 1) - _DAY)


def _joined(parts: Iterable[str], translate: Translator) -> str:
    *before, final = [*parts] or [""]
    if not before:
        return final
    form = translate(N_("{first} and {last}"))
    return form.format(first=translate.listed(before), last=final)


_ENDINGS = {1: N_("{number}st"), 2: N_("{number}nd"), 3: N_("{number}rd"), 0: N_("{number}th")}


def _ordinal(position: int, translate: Translator = ENGLISH) -> str:
    """A position in words: ``first``, ``2nd``, ``last``, ``2nd last``."""
    if abs(position) == 1:
        return translate(N_("first") if position == 1 else N_("last"))
    number = abs(position)
    ending = 0 if number // 10 % 10 == 1 or number % 10 > 3 else number % 10
    text = translate(_ENDINGS[ending]).format(number=number)
    return text if position > 0 else translate(N_("{ordinal} last")).format(ordinal=text)


@attrs.frozen
class EveryInterval(RecurringDates):
    """A date, and those that follow it at equal intervals of days, weeks, months or years."""

    count: int
    unit: str
    first: date
    last: date | None = None

    @property
    def text(self) -> str:
        number = f"{self.count} {self.unit}s" if self.count > 1 else self.unit
        until = f" until {self.last}" if self.last else ""
        return f"every {number} from {self.first}{until}"

    @property
    def per_year(self) -> float:
        return {"day": 365, "week": 52, "month": 12, "year": 1}[self.unit] / self.count

    def dates(self, year: int, days: WorkingDays | None = None) -> Iterator[date]:  # noqa: ARG002 - as all forms
        begins = max(self.first, date(year, 1, 1))
        ends = min(self.last or date.max, date(year, 12, 31))
        if self.unit in ("day", "week"):
            step = self.count * (7 if self.unit == "week" else 1)
            start = begins.toordinal() + (self.first - begins).days % step
            yield from map(date.fromordinal, range(start, ends.toordinal() + 1, step))
            return
        for month in range(1, 13):
            passed = (year - self.first.year) * 12 + month - self.first.month
            if passed % (self.count * (12 if self.unit == "year" else 1)):
                continue
            if (month, self.first.day) != (2, 29) or _is_leap(year):
                day = date(year, month, self.first.day)
                if begins <= day <= ends:
                    yield day

    def describe(self, translate: Translator) -> str:
        forms = {
            "day": N_("every day from {date}"),
            "week": N_("every week from {date}"),
            "month": N_("every month from {date}"),
            "year": N_("every year from {date}"),
        }
        forms_of_several = {
            "day": N_("every {count} days from {date}"),
            "week": N_("every {count} weeks from {date}"),
            "month": N_("every {count} months from {date}"),
            "year": N_("every {count} years from {date}"),
        }
        form = translate((forms_of_several if self.count > 1 else forms)[self.unit])
        text = form.format(count=self.count, date=self.first)
        if self.last is None:
            return text
        return translate(N_("{dates} until {last}")).format(dates=text, last=self.last)


@attrs.frozen
class BesideHolidays(RecurringDates):
    """Working days before or after a day off: the next date, or the nearest working day."""

    is_before: bool
    is_nearest: bool

    @property
    def is_relative(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return f"{'working ' * self.is_nearest}day {self._side} holiday"

    @property
    def _side(self) -> str:
        return "before" if self.is_before else "after"

    @property
    def per_year(self) -> float:
        return 10  # as many holidays as most countries have

    def dates(self, year: int, days: WorkingDays | None = None) -> Iterator[date]:
        if days is None:
            return
        step = _DAY if self.is_before else -_DAY
        for day in _between(year, (1, 1), (12, 31)):
            if not days.is_working(day):
                continue
            beside = (day + step * number for number in range(1, _MOST_FREE_DAYS + 1))
            free = takewhile(lambda other: not days.is_working(other), beside)
            near = free if self.is_nearest else [day + step]
            if any(map(days.is_day_off, near)):
                yield day

    def describe(self, translate: Translator) -> str:
        forms = {
            "day before holiday": N_("day before holiday"),
            "day after holiday": N_("day after holiday"),
            "working day before holiday": N_("working day before holiday"),
            "working day after holiday": N_("working day after holiday"),
        }
        return translate(forms[self.text])

    def certain_until(self, last: date) -> date:
        return last - (7 if self.is_nearest else 1) * _DAY if self.is_before else last


@attrs.frozen
class RuleDates(RecurringDates):
    """The dates of a recurrence rule of iCalendar (RFC 5545).

    Args:
        rule: The rule, with its parts in order.
        first: The date at which it begins; None where it does not matter.
    """

    rule: str
    first: date | None = None

    @property
    def text(self) -> str:
        return f"RRULE:{self.rule}" + (f" from {self.first}" if self.first else "")

    @property
    def per_year(self) -> float:
        dates = _all_dates(self)
        return len(dates) / (1 + date.fromordinal(dates[-1]).year - date.fromordinal(dates[0]).year)

    def dates(self, year: int, days: WorkingDays | None = None) -> list[date]:  # noqa: ARG002 - as all forms
        dates = _all_dates(self)
        begins = bisect_left(dates, date(year, 1, 1).toordinal())
        ends = bisect_left(dates, date(year + 1, 1, 1).toordinal())
        return [*map(date.fromordinal, dates[begins:ends])]

    def describe(self, translate: Translator) -> str:  # noqa: ARG002 - as all forms
        return self.text

    def check(self) -> None:
        """Raise the error for a rule that cannot be read, or names no date."""
        if next(self.follow(), None) is None:
            msg = f"{self.text!r} names no date of the years {FIRST_YEAR} to {LAST_YEAR}"
            raise DateError(msg, given=self.text)

    def follow(self) -> Iterator[date]:
        """Its dates in the supported years, counted from its beginning."""
        with forks_wait:
            from slacalc._calendar.recurrence import rule_dates  # noqa: PLC0415 - few have rules

        return rule_dates(self.rule, self.first or date(FIRST_YEAR, 1, 1), written=self.text)


@lru_cache(maxsize=32)
def _all_dates(dates: RuleDates) -> array[int]:
    """The ordinals of a rule's dates in the supported years."""
    return array("l", map(date.toordinal, dates.follow()))


# Reading -----------------------------------------------------------------------------------------


def parse_recurring_dates(value: str) -> RecurringDates:
    """Read dates that recur.

    Raises:
        DateError: The text has none of the forms, or names no date.
    """
    if len(value) > _MOST_CHARACTERS:
        _fail(f"it has more than {_MOST_CHARACTERS} characters", value)
    if "RRULE" in value.upper():
        return _parse_rule(value)
    words = " ".join(value.translate(WIDE).replace(",", " , ").casefold().split())
    words = re.sub(r"\b(?:the|an?) ", "", words)
    return _parse_words(words, value) or _refuse(words, value)


_YEARLY = re.compile(r"(\d\d-\d\d)(?: ?(?:\.\.|/|:|–|—| to ) ?(\d\d-\d\d))?")
_INTERVAL = re.compile(
    r"every (?:(\d{1,4}|other) )?(day|week|month|year)s? "
    r"from (\d{4}-\d\d-\d\d)(?: until (\d{4}-\d\d-\d\d))?"
)
_BESIDE = re.compile(r"(working )?day (before|after) holidays?")
_UNITS = (
    *("working days", "working day", "days", "day"),
    *(name + "s" for name in WEEKDAY_NAMES if name.endswith("day")),
    *WEEKDAY_NAMES,
)
_COUNTED = re.compile(rf"(.+?) ({'|'.join(_UNITS)})(?: (?:of|in) (.+))?")
_NUMBER = re.compile(
    r"(?:(first|second|third|fourth|fifth)|([1-9]\d{0,2})(?:st|nd|rd|th))(?:[ -](last))?"
)
_NUMBERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
_LIST = re.compile(r" ?(?:,|\band\b) ?")
_MONTH_NAMES = {
    name[:length]: number for number, name in enumerate(_MONTHS, 1) for length in (3, 99)
}


def _parse_words(words: str, value: str) -> RecurringDates | None:
    """Dates that recur; None if the words have none of the forms.

    Raises:
        DateError: They have one, with a value that is not possible.
    """
    if match := _YEARLY.fullmatch(words):
        first = _month_and_day(match[1], value)
        return YearlyDates(first, _month_and_day(match[2], value) if match[2] else first)
    if match := _BESIDE.fullmatch(words):
        return BesideHolidays(match[2] == "before", bool(match[1]))
    if match := _INTERVAL.fullmatch(words):
        return _parse_interval(match, value)
    if match := _COUNTED.fullmatch(words):
        return _parse_counted(match[1], match[2], match[3], value)
    return None


def _month_and_day(text: str, value: str) -> tuple[int, int]:
    month, day = map(int, text.split("-"))
    if not (1 <= month <= 12 and 1 <= day <= _LONGEST_MONTHS[month - 1]):
        is_reversed = 1 <= day <= 12 and 1 <= month <= _LONGEST_MONTHS[day - 1]
        hint = f"; did you mean {text[3:]}-{text[:2]}?" if is_reversed else ""
        _fail(f"{text!r} is not the month and the day of a date, as in 12-24{hint}", value)
    return month, day


def _parse_interval(match: re.Match[str], value: str) -> EveryInterval:
    count = 2 if match[1] == "other" else int(match[1] or 1)
    first, last = parse_date(match[3]), parse_date(match[4]) if match[4] else None
    if count == 0:
        _fail("an interval is 1 or more", value)
    if last and last < first:
        _fail(f"it ends on {last}, before it begins", value)
    if match[2] == "month" and first.day > 28:
        hint = f'not every month has a {_ordinal(first.day)}: write "last day of month", or a rule'
        _fail(f"{hint}, which skips such months (RRULE:FREQ=MONTHLY;BYMONTHDAY={first.day})", value)
    return EveryInterval(count, match[2], first, last)


def _parse_counted(numbers: str, unit: str, of: str | None, value: str) -> RecurringDates | None:
    unit = unit if unit in WEEKDAY_NAMES else unit.removesuffix("s")
    positions = () if numbers == "every" else _positions(numbers)
    if positions is None:
        if re.fullmatch(r"every (?:other|second|\d{1,3}(?:st|nd|rd|th)?)", numbers):
            _fail(
                f'"every" is not clear here: write "2nd {unit} of month", or "every 2 weeks from" '
                "the date of the first",
                value,
            )
        return None
    if of is None and positions:
        _fail(f'say of what, as in "{numbers} {unit} of month"', value)
    period = re.sub(r"^(?:each|every) ", "", of or "month")
    months: tuple[int, ...] = ()
    if period not in _PERIODS:
        named = [_MONTH_NAMES.get(name) for name in _LIST.split(period)]
        if None in named or len({*named}) < len(named):
            return None
        months, period = tuple(sorted(filter(None, named))), "month"
    longest = max((_LONGEST_MONTHS[month - 1] for month in months), default=_LONGEST[period])
    most = -(-longest // 7) if unit in WEEKDAY_NAMES else longest
    for position in positions:
        if abs(position) > most:
            _fail(f"there is no {_ordinal(position)} {unit} of {of}", value)
    if len({*positions}) < len(positions):
        _fail("a day is named twice", value)
    ordered = tuple(sorted(positions, key=lambda number: (number < 0, number)))
    if not positions:  # every Friday of a month is every Friday of a year
        period = "month"
    return CountedDays(ordered, WEEKDAY_NAMES.get(unit, unit), period, months)


def _positions(text: str) -> tuple[int, ...] | None:
    positions = []
    for part in _LIST.split(text):
        match = _NUMBER.fullmatch(part)
        if part != "last" and match is None:
            return None
        number = 1 if match is None else _NUMBERS.get(match[1]) or int(match[2])
        positions.append(-number if match is None or match[3] else number)
    return tuple(positions)


# Rules of iCalendar ------------------------------------------------------------------------------

_RULE = re.compile(r"RRULE\s*[:=]\s*(\S.*?)(?:\s+FROM\s+(\S+))?", re.DOTALL)
_BEGINNING = re.compile(
    r"(?:;|\b)DTSTART(?:;VALUE=DATE)?\s*[:=]\s*(\d{4}-?\d\d-?\d\d)(?:T[\d:]*Z?)?"
)
_DAY_PARTS = {
    "DAILY": (),
    "WEEKLY": ("BYDAY",),
    "MONTHLY": ("BYDAY", "BYMONTHDAY"),
    "YEARLY": ("BYDAY", "BYMONTHDAY", "BYYEARDAY"),
}


def _parse_rule(value: str) -> RuleDates:
    text = value.strip().upper()
    first = None
    if beginning := _BEGINNING.search(text):
        first = beginning[1]
        text = f"{text[: beginning.start()]} {text[beginning.end() :]}".strip()
    match = _RULE.fullmatch(text)
    if match is None or (first and match[2]):
        _fail('write it as "RRULE:FREQ=WEEKLY;INTERVAL=2 from 2026-01-09"', value)
    first = first or match[2]
    if first and len(first) == 8:
        first = f"{first[:4]}-{first[4:6]}-{first[6:]}"
    parts = sorted(filter(None, "".join(match[1].split()).split(";")))
    parts.sort(key=lambda part: not part.startswith("FREQ="))
    named = dict(part.partition("=")[::2] for part in parts)
    farthest = 5 if named.get("FREQ") == "MONTHLY" or "BYMONTH" in named else 53
    numbers = re.findall(r"\d+", named.get("BYDAY", ""))
    if any(not 1 <= int(number) <= farthest for number in numbers):
        _fail(f"BYDAY counts from 1 to {farthest} at most here", value)
    rule = RuleDates(";".join(parts), parse_date(first) if first else None)
    if rule.first is None:
        _check_has_beginning(named, value)
    if rule.first and not FIRST_YEAR <= rule.first.year <= LAST_YEAR:
        _fail(f"it begins outside the supported years {FIRST_YEAR} to {LAST_YEAR}", value)
    rule.check()
    return rule


def _check_has_beginning(parts: Mapping[str, str], value: str) -> None:
    """Refuse a rule whose dates depend on where it begins, if it does not say so."""
    needed = _DAY_PARTS.get(parts.get("FREQ", ""))
    if needed is None:  # which is refused with a reason where rules are read
        return
    has_days = not needed or any(part in parts for part in needed)
    if not has_days or parts.get("INTERVAL", "1").lstrip("0") != "1" or "COUNT" in parts:
        _fail(
            "its dates depend on the date at which it begins: write that behind it, as in "
            '"RRULE:FREQ=WEEKLY;INTERVAL=2 from 2026-01-09"',
            value,
        )


# Errors ------------------------------------------------------------------------------------------

_VOCABULARY = (
    *("every", "of", "month", "quarter", "year", "day", "days", "working", "before", "after"),
    *("holiday", "from", "until", "week", "weeks", "months", "years", "last", "and", "other"),
    *(*_NUMBERS, *_WEEKDAYS, *_MONTHS),
)
_OTHER_WORDS = {"business": "working", "workday": "working day", "weekday": "working day"}
_DAY_OF_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|\.)? ?(?:of )?([a-z]{3,9})|([a-z]{3,9}) (\d{1,2})(?:st|nd|rd|th)?"
)


def _fail(reason: str, value: str) -> NoReturn:
    raise DateError(f"{value!r} cannot be read as dates that recur: {reason}", given=value)


def _refuse(words: str, value: str) -> NoReturn:
    if re.fullmatch(r"every (?:\d+ )?(?:day|week|month|year)s?", words):
        _fail(f'say from which date on they count, as in "{words} from 2026-01-09"', value)
    guess = _guess(words)
    hint = f"; did you mean {guess!r}? Write {_FORMS}" if guess else f": write {_FORMS}"
    msg = f"{value!r} is neither a date, nor a range of dates, nor dates that recur{hint}"
    raise DateError(msg, given=value)


def _guess(words: str) -> str:
    """Dates that may have been meant, as text; empty string if there are none."""
    if match := _DAY_OF_MONTH.fullmatch(words):
        month = _MONTH_NAMES.get(match[2] or match[3], 0)
        words = f"{month:02}-{int(match[1] or match[4]):02}"
    elif match := re.fullmatch(r"(\d{1,2})-(\d{1,2})", words):
        words = f"{int(match[1]):02}-{int(match[2]):02}"
    else:
        corrected = []
        for word in words.split():
            known = word in _VOCABULARY or word in WEEKDAY_NAMES or not word.isalpha()
            close = [] if known else did_you_mean(word, _VOCABULARY)[1]
            corrected.append(_OTHER_WORDS.get(word) or (close[0] if close else word))
        words = " ".join(corrected)
    try:
        dates = _parse_words(words, words)
    except DateError:
        return ""
    return str(dates) if dates else ""
