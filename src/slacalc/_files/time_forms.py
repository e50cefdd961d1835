"""The forms in which times are written: parse one time, and propose the form of many.

A time is in ISO 8601, follows a pattern of Python's `strptime`, or is a number of seconds or
milliseconds since 1970, or of days as spreadsheets count them. The last three have names instead of
a pattern. A form is proposed by taking a few of the texts to pieces: which of their numbers could
be the day, the month and the year. Whatever reads the most of the texts is proposed, and if two
forms do, such as the day before the month and after it, both are.

Read next: `times`, which reads whole columns.
"""

from __future__ import annotations

import re
import shlex
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from slacalc._files.numbers import DecimalSign
from slacalc._time.durations import to_work
from slacalc._time.instants import DAY, HOUR, LATEST, MINUTE, SECOND, parse_iso
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_WITH_YEAR = frozenset("YyGcx")
WHOLE_DAY = re.compile(r"\d{4}-?(\d\d-?\d\d|W\d\d(-?\d)?)")
_UTC_NAME = re.compile(r"(?<![A-Za-z])(?:UTC?|GMT|Z)(?![A-Za-z])", re.IGNORECASE)
_SHORT_OFFSET = re.compile(r"(?<=[\d ])([+-])(\d{1,2})$")  # such as +02, which %z does not read
DESCRIBE_FORM = "describe the form of times with --time-format"
MISSING_TIME = "; if it stands for a missing time, say so with --missing "
_FULL_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MIDNIGHT = EPOCH.time()


class NumberForm(NamedTuple):
    """What a number that stands for a time counts.

    Args:
        unit: Its unit, in microseconds.
        origin: The time 0, in microseconds since 1970.
        is_wall: Whether it counts by the wall clock of a zone, and not in UTC.
        precision: The microseconds to which it is rounded.
    """

    unit: int
    origin: int
    is_wall: bool
    precision: int


NUMBER_FORMS = {
    "epoch": NumberForm(SECOND, 0, is_wall=False, precision=1),
    "epoch-ms": NumberForm(1_000, 0, is_wall=False, precision=1),
    "excel": NumberForm(DAY, -25_569 * DAY, is_wall=True, precision=1_000),
    "excel-1904": NumberForm(DAY, -24_107 * DAY, is_wall=True, precision=1_000),
}
# Numbers of seconds for times of some present; the same milliseconds end in the March of 1970.
FEWEST_SECONDS, MOST_SECONDS = 3 * 365 * DAY // SECOND, LATEST // SECOND
# Numbers of days of spreadsheets from 1973 to 2099; as seconds they are the first day of 1970.
FEWEST_DAYS, MOST_DAYS = 26_665, 73_051
LENGTH_UNITS = {"seconds": SECOND, "minutes": MINUTE, "hours": HOUR, "days": DAY}
_CLOCK_LENGTH = re.compile(r"([+-]?)(\d{1,6}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")
_LAST_HOUR = re.compile(r"(?<!\d)24(?=(\D?)00)")
_LONGEST = 400 * 366 * DAY
NUMBER = r"^\s*[+-]?\d+([.,]\d+)?\s*$"
_PLAIN_NUMBER = r"[+-]?\d+(\.\d+)?"


class FileError(SlacalcError, ValueError):
    """A job cannot use a file, or an option that describes the file.

    Attributes:
        option: The command-line option that would correct it; empty string if none.
    """

    option: str = ""


def check_pattern(pattern: str) -> None:
    """Refuse a form of times that cannot be right.

    Raises:
        FileError: It is not a pattern of Python's, or has no year.
    """
    if pattern in NUMBER_FORMS:
        return
    if not _WITH_YEAR & {*directives_in(pattern)}:
        names = ", ".join(list(NUMBER_FORMS)[:3])
        msg = f"{pattern!r} has no year; write a pattern such as '%d.%m.%Y %H:%M', or {names}"
        raise FileError(msg, option="--time-format")
    try:
        datetime.strptime("", pattern)  # noqa: DTZ007 - nothing is read
    except ValueError as error:
        if "directive" in str(error) or "stray" in str(error):
            msg = f"{pattern!r} is not a pattern of strptime: {error}"
            raise FileError(msg, option="--time-format") from None
    except re.error:  # from a directive that is repeated
        msg = f"{pattern!r} has the same directive twice"
        raise FileError(msg, option="--time-format") from None


def directives_in(pattern: str) -> list[str]:
    """The letters after the percent signs of a pattern."""
    return re.findall(r"%(.)", pattern.replace("%%", ""))


# One time -----------------------------------------------------------------------------------------


def parse_time(text: str, pattern: str | None) -> datetime:
    """Parse one time, with an offset or without.

    Args:
        text: The time.
        pattern: The pattern of `strptime`, or the name of a form of numbers; None for ISO 8601.

    Raises:
        ValueError: It cannot be read; the message says why.
    """
    form = NUMBER_FORMS.get(pattern or "")
    is_number = re.match(NUMBER, text) is not None
    if form is not None and is_number:
        return _parse_number(text, form)
    if form is None and pattern is not None:
        try:
            return _parse_by_pattern(text, pattern)
        except ValueError:
            if not _FULL_ISO.match(text):
                raise
    if WHOLE_DAY.fullmatch(text.strip()):
        msg = (
            f"{text!r} is a whole day, not an instant; if it stands for the first moment of the "
            "day, say so with --time-format %Y-%m-%d"
        )
        raise ValueError(msg)
    try:
        if is_number:  # in which `datetime` would find a year
            raise ValueError
        return parse_iso(text)
    except ValueError as error:
        msg = f"{text!r} is not a time in ISO 8601{_advice(text, str(error))}"
        raise ValueError(msg) from None


def _advice(text: str, error: str) -> str:
    """What may be wrong with a text that is not in ISO 8601; *error* is what Python says."""
    if text.startswith("="):
        return ", but a formula without a value: open the file in a spreadsheet and save it"
    if not re.search("[1-9]", text):
        return f"{MISSING_TIME}{text!r}"
    return f": {error}" if error and "isoformat" not in error else f"; {DESCRIBE_FORM}"


def _parse_number(text: str, form: NumberForm) -> datetime:
    number = Fraction(text.strip().replace(",", "."))
    if form == NUMBER_FORMS["epoch-ms"] and FEWEST_SECONDS <= number < MOST_SECONDS:
        seconds, shown = (
            (EPOCH + timedelta(microseconds=int(number * unit))).date() for unit in (SECOND, 1_000)
        )
        msg = f"{text!r} milliseconds are {shown}; as seconds, --time-format epoch, {seconds}"
        raise ValueError(msg)
    if form.origin == 0 and FEWEST_DAYS <= number < MOST_DAYS:
        name = next(name for name, each in NUMBER_FORMS.items() if each == form)
        day = (EPOCH + timedelta(days=int(number) + NUMBER_FORMS["excel"].origin // DAY)).date()
        msg = (
            f"{text!r} is in 1970 by --time-format {name}; as days of a spreadsheet, --time-format "
            f"excel, it is {day}"
        )
        raise ValueError(msg)
    if not number and form.origin == 0:
        msg = f"{text!r} is the beginning of 1970"
        raise ValueError(f"{msg}{MISSING_TIME}{text!r}")
    count = number * form.unit / form.precision
    try:
        time = EPOCH + timedelta(microseconds=form.origin + round(count) * form.precision)
    except OverflowError:
        msg = f"{text!r} is not a time that is supported"
        raise ValueError(msg) from None
    return time.replace(tzinfo=None) if form.is_wall else time


def _parse_by_pattern(text: str, pattern: str) -> datetime:
    """Parse one time by a pattern of `strptime`.

    Raises:
        ValueError: It does not have this form, or names a zone by an ambiguous abbreviation.
    """
    cut = text
    if before := re.search(r"([^%\w\s])%f", pattern):  # `strptime` reads six digits at most
        cut = re.sub(rf"({re.escape(before[1])}\d{{6}})\d+", r"\1", text)
    directives = directives_in(pattern)
    if "Z" not in directives:
        time = _strptime(cut, pattern)
    elif "z" in directives:  # the offset decides, whatever the abbreviation is
        words = re.finditer(r"[A-Za-z]+", cut)
        texts = [f"{cut[: word.start()]}UTC{cut[word.end() :]}" for word in words]
        time = next(filter(None, (_strptime(other, pattern) for other in texts)), None)
    else:
        time = _parse_zoned(cut, re.sub("%(.)", lambda m: m[0].replace("Z", "z"), pattern))
    if time is None:
        msg = f"{text!r} is not a time in the form {pattern!r}"
        raise ValueError(msg)
    return time


def _strptime(text: str, pattern: str) -> datetime | None:
    with suppress(ValueError, IndexError):  # IndexError: from a lower-case z as an offset
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is applied later
    for hour in _LAST_HOUR.finditer(text) if "%H" in pattern else ():
        with suppress(ValueError, IndexError, OverflowError):
            time = datetime.strptime(f"{text[: hour.start()]}00{text[hour.end() :]}", pattern)  # noqa: DTZ007 - as above
            if time.time() == MIDNIGHT:
                return time + timedelta(days=1)
    return None


def _parse_zoned(text: str, pattern: str) -> datetime | None:
    """Parse a time with UTC, GMT, Z or an offset, where the pattern has ``%z``.

    `strptime` itself forgets the zone that ``%Z`` reads, and knows those of the machine.
    """
    text = _SHORT_OFFSET.sub(lambda m: f"{m[1]}{int(m[2]):02}00", text)
    texts = [text]
    for name in _UTC_NAME.finditer(text):
        rest = text[name.end() :]
        offset = re.match(r"\s?([+-])(\d{1,2})(?::?(\d\d))?(?!\d)", rest)
        sign, hours, minutes = offset.groups() if offset else ("+", "0", "0")
        end = rest[offset.end() :] if offset else rest
        numbers = f"{sign}{int(hours):02}{int(minutes or 0):02}"
        texts.append(f"{text[: name.start()]}{numbers}{end}")
    for other in texts:
        if time := _strptime(other, pattern):
            return time
    for word in re.finditer(r"[A-Za-z]+", text):
        if _strptime(f"{text[: word.start()]}+0000{text[word.end() :]}", pattern):
            msg = (
                f"{text!r}: {word[0]} is not a zone that is read by %Z (UTC, GMT, Z and offsets), "
                "since such abbreviations have several meanings: if all times have it, write "
                f"{word[0]} instead of %Z in --time-format and name the zone with --time-zone; "
                "else export the times with offsets"
            )
            raise ValueError(msg)
    return None


def parse_length(text: str, unit: str, decimal: DecimalSign = DecimalSign()) -> int:  # noqa: B008 - never changes
    """Parse a length of time, in microseconds.

    Args:
        text: A number of a unit, hours and minutes as on a clock, or text with its own units.
        unit: The unit of numbers.
        decimal: The sign before decimals.

    Raises:
        ValueError: It is not a length of time, or could be two.
    """
    number = decimal.plain(text, unit).strip()
    if re.fullmatch(_PLAIN_NUMBER, number):
        size = round(Fraction(number) * LENGTH_UNITS[unit])
    elif clock := _CLOCK_LENGTH.fullmatch(number):
        if clock[4] is None and unit not in ("hours", "days"):
            msg = (
                f"{text!r} may be hours and minutes, or minutes and seconds: write all three "
                "parts, as in 1:30:00 or 0:01:30; in lengths of hours, it is hours and minutes"
            )
            raise ValueError(msg)
        size = (int(clock[2]) * 60 + int(clock[3])) * 60 * SECOND
        size += round(Fraction(clock[4] or 0) * SECOND)
        size = -size if clock[1] == "-" else size
    else:
        try:
            size = to_work(text)
        except SlacalcError:
            msg = f"{text!r} is not a length of time, such as 2:15:00, 2h 15m or a number of {unit}"
            raise ValueError(msg) from None
    if abs(size) > _LONGEST:
        msg = f"{text!r} is longer than all years that are supported"
        raise ValueError(msg)
    return size


def is_length(text: str) -> bool:
    """Whether a text is a length of time, or may be one."""
    for sign in ".,":
        with suppress(ValueError):
            parse_length(text, "hours", DecimalSign(sign, is_certain=True))
            return True
    return False


# Proposals ----------------------------------------------------------------------------------------

_TAKEN_TO_PIECES = 8  # texts from which forms are made
_TRIED = 2_000  # texts by which they are compared
_FIRST_YEAR = 1973  # of what numbers are taken for times; smaller ones count something else
_DATE = "\0"  # stands for the date in a text whose clock is looked for
_SEPARATOR = r"[-/. ]"
_DAYS_FIRST, _MONTHS_FIRST = "%d{0}%m{0}%{1}", "%m{0}%d{0}%{1}"
_WEEKDAY = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b(\.?)")
_LONG_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_CLOCK = re.compile(
    r"(?<!\d)\d{1,2}([:.h\u65f6\u70b9])\d\d(?:([:.m\u5206])\d\d(?:([.,])\d+)?)?(?!\d)"
    r"(\s?)([AaPp][Mm]\b)?"
)
_PLAIN_CLOCK = re.compile(r"(?<!\d)\d{4}(\d\d)?(?!\d)")
_YEAR_FIRST = re.compile(rf"(?<!\d)\d{{4}}({_SEPARATOR})\d{{1,2}}\1\d{{1,2}}(?!\d)")
_HAN_DATE = re.compile("\\d{4}(\u5e74 ?)\\d{1,2}(\u6708 ?)\\d{1,2}(\u65e5)")
_DAY_AND_NAME = re.compile(
    rf"(?<!\d)\d{{1,2}}(\.? |{_SEPARATOR})([A-Za-z]{{3,9}})(\.? |, |{_SEPARATOR})(\d{{4}}|\d\d)"
    r"(?!\d)"
)
_NAME_AND_DAY = re.compile(
    rf"([A-Za-z]{{3,9}})(\.? |{_SEPARATOR})\d{{1,2}}(, |{_SEPARATOR})(\d{{4}}|\d\d)(?!\d)"
)
_NUMBERS_ONLY = re.compile(rf"(?<!\d)\d{{1,2}}({_SEPARATOR})\d{{1,2}}\1(\d{{4}}|\d\d)(?!\d)")
_COMPACT = re.compile(r"(?<!\d)\d{8}(?=\D|$|\d{4}$|\d{6}$)")


def propose_forms(texts: Iterable[str], more: Iterable[str] = ()) -> list[str]:
    """The forms in which most of some times are written.

    Args:
        texts: The times.
        more: Other times of the same file, which decide between forms that read as many of these.

    Returns:
        Patterns of `strptime`, or names of forms of numbers: none if the texts have no usual form,
        and several if the texts do not show which is right.
    """
    distinct = list(dict.fromkeys(texts))[:_TRIED]
    made = (form for text in distinct[:_TAKEN_TO_PIECES] for form in _forms_of(text))
    forms, most = _that_read_most(list(dict.fromkeys(made)), distinct)
    if 2 * most < len(distinct):
        return []
    if len(forms) > 1:
        forms, _ = _that_read_most(forms, list(dict.fromkeys(more))[:_TRIED])
    return forms


def describe_proposal(forms: list[str], texts: Collection[str] = ()) -> str:
    """What to try, as the end of a message; empty string if nothing is proposed.

    Args:
        forms: The forms that are proposed.
        texts: The times for which they are.
    """
    options = [f"--time-format {shlex.quote(form)}" for form in forms]
    if len(options) < 2:
        return "".join(f": try {option}" for option in options)
    if len({tuple(_reads(form, text) for text in texts) for form in forms}) > 1:
        return (
            f": some have the form of {' and others that of '.join(options)}: write all in one form"
        )
    order = " (the days come first)" if forms[0].startswith("%d") else ""
    last = " (the months come first)" if forms[-1].startswith("%m") else ""
    return (
        f": no value shows whether it is {', '.join(options[:-1])}{order} or {options[-1]}{last}; "
        "choose"
    )


def _that_read_most(forms: list[str], texts: list[str]) -> tuple[list[str], int]:
    """The forms that read the most texts, the usual ones if several do; and how many they read."""
    counts = {form: sum(_reads(form, text) for text in texts) for form in forms}
    most = max(counts.values(), default=0)
    best = [form for form in forms if counts[form] == most]
    usual = [form for form in best if form.startswith("%") and form[1] != "y"]
    return usual or best, most


def _reads(form: str, text: str) -> bool:
    try:
        return parse_time(text, form).year >= (_FIRST_YEAR if form in NUMBER_FORMS else 0)
    except ValueError:
        return False


def _forms_of(text: str) -> Iterator[str]:
    """The forms that a text may have, by what its numbers and words may be."""
    if re.match(NUMBER, text):
        yield from list(NUMBER_FORMS)[:3]
    for start, end, dates in _dates_in(text):
        before, after = (part.replace("%", "%%") for part in (text[:start], text[end:]))
        clock = _with_clock(_with_weekday(before) + _DATE + after)
        yield from (clock.replace(_DATE, date) for date in dates)
        return


def _dates_in(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Where a date may stand in a text, and its patterns; the likeliest place first."""
    for regex in (_YEAR_FIRST, _HAN_DATE, _DAY_AND_NAME, _NAME_AND_DAY, _NUMBERS_ONLY, _COMPACT):
        match = regex.search(text)
        if match is None:
            continue
        parts = match.groups()
        year = "Y" if parts and len(parts[-1]) == 4 else "y"
        if regex is _YEAR_FIRST:
            dates = [f"%Y{parts[0]}%m{parts[0]}%d"]
        elif regex is _HAN_DATE:
            dates = [f"%Y{parts[0]}%m{parts[1]}%d{parts[2]}"]
        elif regex is _DAY_AND_NAME:
            dates = [f"%d{parts[0]}{_month(parts[1])}{parts[2]}%{year}"]
        elif regex is _NAME_AND_DAY:
            dates = [f"{_month(parts[0])}{parts[1]}%d{parts[2]}%{year}"]
        elif regex is _COMPACT:
            dates = ["%Y%m%d"]
        else:
            dates = [_DAYS_FIRST.format(parts[0], year)]
            if parts[0] != ".":  # nobody writes months before days with points
                dates.append(_MONTHS_FIRST.format(parts[0], year))
            if year == "y":
                dates.append(f"%y{parts[0]}%m{parts[0]}%d")
        yield match.start(), match.end(), dates


def _month(name: str) -> str:
    return "%b" if len(name) == 3 else "%B"


def _with_weekday(text: str) -> str:
    return _WEEKDAY.sub(r"%a\1", _LONG_WEEKDAY.sub("%A", text))


def _with_clock(text: str) -> str:
    """A text with directives in place of its time of day and its zone."""
    match = _CLOCK.search(text)
    if match:
        minutes, seconds, point, gap, half = match.groups(default="")
        clock = f"%I{minutes}%M" if half else f"%H{minutes}%M"
        clock += (f"{seconds}%S" if seconds else "") + (f"{point}%f" if point else "")
        clock += f"{gap}%p" if half else gap
    else:
        match = _PLAIN_CLOCK.search(text)
        if match is None:
            return text
        clock = "%H%M%S" if match[1] else "%H%M"
    end = text[match.end() :]
    end = re.sub(r"[+-]\d\d:?\d\d$", "%z", end)
    end = re.sub(r"(?<![A-Za-z%])[A-Z]{1,5}$", "%Z", end)
    return text[: match.start()] + clock + end
