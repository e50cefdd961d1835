"""Times that a promise allows: ``4 working hours``, ``24 hours``, ``16:00 of working day + 1``.

A `Within` is a number of one unit, and each unit has its own arithmetic on a calendar. There are
nine units with nine names, because "a day" alone has three meanings and "4h" two. A `Combined` is
the earliest, or the latest, of several. `due` gives the due date for a start.

The arithmetic works on single instants and on arrays of them: see `Arithmetic`. After it come the
texts (`parse` and `describe_time`) and the shape in a policy file (`WITHIN`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar

import attrs

from slacalc._calendar.hours import parse_time, time_text
from slacalc._i18n import N_, NN_
from slacalc._policy.calendars import CALENDAR_NAME, CalendarByField
from slacalc._schema.faults import INVALID, DocumentPath, Faults
from slacalc._schema.shapes import (
    NAME_SHAPE,
    Description,
    ListOf,
    Record,
    Short,
    Text,
    bind,
    read_by_shape,
    shaped,
)
from slacalc._time.instants import DAY, HOUR, MINUTE, SECOND
from slacalc.errors import WorkError, did_you_mean_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from slacalc._calendar.calendar import Calendar
    from slacalc._i18n import Translator

_MOST_TIME, _MOST_DAYS = 10**18, 10**6  # of a product; either lies far beyond the supported years
_SIZES = {"hour": HOUR, "minute": MINUTE, "second": SECOND}

_NUMBER = r"\d{1,6}(\.\d{1,3})?"
_LENGTH = rf"{_NUMBER} +(hour|minute|second)s?"
_WORKING_LENGTH = rf"{_NUMBER} +(working|business) +(hour|minute|second)s?"
_HOURS = rf"{_LENGTH}( +{_LENGTH}){{0,2}}|{_WORKING_LENGTH}( +{_WORKING_LENGTH}){{0,2}}"
COUNTED = rf"{_HOURS}|\d{{1,5}} +(working|business|calendar) +days?"
_TIME_OF_DAY = r"(([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?|24:00(:00)?)"
_ONE = rf"at once|{COUNTED}|(end|{_TIME_OF_DAY}) of ((working|business) )?day( *\+ *\d{{1,5}})?"
ONE = rf"^({_ONE})$"
_JOINED = r"(?: *, *| +and +)"
PATTERN = rf"^(({_ONE})|(earliest|latest) of ({_ONE})({_JOINED}({_ONE})){{1,5}})$"
LONGEST = 200
_UNIT_WORDS = (word + s for word in ("hour", "minute", "second", "day") for s in ("", "s"))
_OTHER_WORDS = ("at", "once", "working", "business", "calendar", "end", "of", "earliest", "latest")
WORDS = frozenset((*_UNIT_WORDS, *_OTHER_WORDS, "and"))

_FORMS = (
    '"4 working hours", "24 hours", "3 working days", "30 calendar days", '
    '"end of working day + 1", "16:00 of working day + 1", "end of day + 0", "at once", '
    'or "earliest of 24 hours, 1 working day"'
)
EXPECTED = f"how long, as in {_FORMS}"
_ABBREVIATED = re.compile(r"(\d+(?:\.\d+)?) *(h|hrs?|m|mins?|s|secs?|wh)", re.ASCII)
_FULL = {"h": "hours", "m": "minutes", "s": "seconds", "w": "hours"}
_DAYS = re.compile(r"(\d+) +(day|week|month|year)s?", re.ASCII)
_CLOCK = re.compile(r"\b(\d{1,2}):([0-5]\d)\b", re.ASCII)

_OF_TICKET = " of the ticket"

Unit: TypeAlias = Literal[
    "working time",
    "time",
    "working days",
    "calendar days",
    "end of working day",
    "end of day",
    "time of working day",
    "time of day",
    "at once",
    "instant",
]
Roll: TypeAlias = Literal["", "following", "preceding", "modified_following"]


_BY_HOURS: frozenset[Unit] = frozenset(
    {"working time", "working days", "end of working day", "time of working day", "at once"}
)


_T = TypeVar("_T")  # an instant or a length: an int, or an array of int64


class Arithmetic(Protocol[_T]):
    """What a calendar can work out for target times: `Timeline`, or `Arrays` for many at once."""

    def add(self, start: _T, work: Any, /, *, to_next_open: bool = False) -> _T: ...
    def subtract(self, end: _T, work: Any, /) -> _T: ...
    def shift(self, instant: _T, work: _T, /, *, to_next_open: bool = False) -> _T: ...
    def elapsed(self, start: _T, end: _T, /) -> _T: ...
    def next_open(self, instant: _T, /) -> _T: ...
    def add_working_days(self, start: _T, days: Any, /) -> _T: ...
    def end_of_working_day(self, start: _T, days: Any, /) -> _T: ...
    def add_time(self, start: _T, length: Any, /) -> _T: ...
    def elapsed_time(self, start: _T, end: _T, /) -> _T: ...
    def add_days(self, start: _T, days: Any, /) -> _T: ...
    def end_of_day(self, start: _T, days: Any, /) -> _T: ...
    def time_of_working_day(self, start: _T, days: Any, time: int, /) -> _T: ...
    def time_of_day(self, start: _T, days: Any, time: int, /) -> _T: ...
    def roll_instant(self, at: _T, start: _T, convention: Any, /, *, ends_date: bool) -> _T: ...


@attrs.frozen
class Within:
    """A time that a promise allows: a number of one unit.

    Args:
        count: Microseconds for lengths of time; otherwise days.
        unit: What is counted.
        calendar: The name of the calendar that counts, or a choice by an attribute of the ticket.
            Default: the target's.
        time: For a time of a day, the microseconds from midnight; otherwise 0.
        field: For an instant, the attribute of tickets that contains it. The count is the instant
            of a ticket, in the targets of matched rows.
        written: The text of a length that was written in other units than the largest that divides
            it, such as ``7.5 working minutes``. It is shown again, and means nothing else.
    """

    count: int
    unit: Unit
    calendar: str | CalendarByField = ""
    time: int = 0
    field: str = ""
    written: str = attrs.field(default="", eq=False, repr=False)

    @property
    def by_hours(self) -> bool:
        """Whether the answer depends on the hours and holidays of the calendar."""
        return self.unit in _BY_HOURS

    @property
    def parts(self) -> tuple[Within, ...]:
        """Itself, as the only one."""
        return (self,)

    def due(
        self,
        calendar_of: Callable[[Within], Calendar],
        start: int,
        *,
        to_next_open: bool = False,
        roll: Roll = "",
    ) -> tuple[int, Within]:
        """The due date, and the part that determines it: this one.

        Args:
            calendar_of: Returns the calendar of a part.
            start: The instant from which it counts.
            to_next_open: Whether working time that ends as the calendar closes is due at the next
                opening instead.
            roll: How a due date on a day off moves; see `rolled`.

        Raises:
            NeverOpen: The calendar has no working minute.
            HorizonError: It is due outside the supported years.
        """
        timeline = calendar_of(self).timeline
        at = self.after(timeline, start, self.count, to_next_open=to_next_open)
        return (self.rolled(timeline, at, start, roll) if roll else at), self

    def rolled(self, calendar: Arithmetic[_T], at: _T, start: _T, roll: Roll) -> _T:
        """A due date, moved from a day off to a working day.

        Args:
            calendar: The calendar.
            at: The due date.
            start: The instant from which it counts.
            roll: The working day, as in `Timeline.roll_instant`; empty string: it stays.
        """
        if not roll or self.by_hours:
            return at
        ends_date = self.unit == "end of day" or self.time == DAY
        return calendar.roll_instant(at, start, roll, ends_date=ends_date)

    def due_on(self, calendar: Arithmetic[_T], start: _T, *, to_next_open: bool = False) -> _T:
        """The due date on a calendar; see `due`."""
        return self.after(calendar, start, self.count, to_next_open=to_next_open)

    def after(  # noqa: PLR0911 - one for each unit
        self, calendar: Arithmetic[_T], start: _T, count: _T | int, *, to_next_open: bool = False
    ) -> _T:
        """The instant *count* units after *start*, for this count or another."""
        unit = self.unit
        if unit == "working time":
            return calendar.add(start, count, to_next_open=to_next_open)
        if unit == "time":
            return calendar.add_time(start, count)
        if unit == "working days":
            return calendar.add_working_days(start, count)
        if unit == "calendar days":
            return calendar.add_days(start, count)
        if unit == "end of working day":
            return calendar.end_of_working_day(start, count)
        if unit == "end of day":
            return calendar.end_of_day(start, count)
        if unit == "time of working day":
            return calendar.time_of_working_day(start, count, self.time)
        if unit == "time of day":
            return calendar.time_of_day(start, count, self.time)
        if unit == "instant":
            return count  # type: ignore[return-value] # of one ticket; columns have it by row
        return calendar.next_open(start)

    def measure(self, calendar: Arithmetic[_T], start: _T, end: _T) -> _T:
        """The time between two instants: working time if it depends on hours, else all of it."""
        if self.unit in _BY_HOURS:  # `by_hours`, without the call
            return calendar.elapsed(start, end)
        return calendar.elapsed_time(start, end)

    def shift(
        self, calendar: Arithmetic[_T], at: _T, length: _T, *, to_next_open: bool = False
    ) -> _T:
        """Add a length, as `measure` counts it, to an instant.

        A result that starts at an opening is never moved back to the closing before it.
        """
        if self.unit not in _BY_HOURS:  # as in `measure`
            return calendar.add_time(at, length)
        to_next_open = to_next_open and self.unit == "working time"
        return calendar.shift(at, length, to_next_open=to_next_open)

    def share(self, calendar: Calendar, start: int, due: int, share: int) -> int:
        """The instant at which a share, in percent, of the time from *start* to *due* is over."""
        if self.by_hours:
            timeline = calendar.timeline
            at = timeline.add(start, timeline.elapsed(start, due) * share // 100)
            # Due before the day opens, without any working time until then.
            is_late = self.unit == "time of working day" and share <= 100 and at > due
            return due if is_late else at
        return start + (due - start) * share // 100

    def before_or_after(self, calendar: Calendar, at: int, direction: Literal[-1, 1]) -> int:
        """The instant that lies the time before or after another one."""
        if self.unit == "working time" and direction < 0:
            return calendar.timeline.subtract(at, self.count)
        return self.after(calendar.timeline, at, self.count * direction)

    def scaled(self, factor: Fraction) -> Within | None:
        """This length times a factor; None if the unit has no multiples of that size.

        Times are exact to the microsecond, halves rounded to even; days must stay whole.
        """
        if self.unit == "at once":
            return self
        if self.unit in ("working time", "time"):
            count = min(round(self.count * factor), _MOST_TIME)
            return attrs.evolve(self, count=count, written="")
        days = self.count * factor
        if self.unit in ("working days", "calendar days") and days.denominator == 1:
            return attrs.evolve(self, count=min(int(days), _MOST_DAYS))
        return None

    def __str__(self) -> str:
        if self.written or self.unit == "at once":
            return self.written or self.unit
        if self.unit == "instant":
            return f"{self.field}{_OF_TICKET}"
        if self.unit in ("working time", "time"):
            unit = next((u for u, size in _SIZES.items() if self.count % size == 0), "second")
            number = f"{self.count / _SIZES[unit]:.6f}".rstrip("0").rstrip(".")
            working = "working " if self.unit == "working time" else ""
            return f"{number} {working}{unit}{'' if number == '1' else 's'}"
        if self.unit in ("working days", "calendar days"):
            return f"{self.count} {self.unit.removesuffix('s') if self.count == 1 else self.unit}"
        if self.unit in ("time of working day", "time of day"):
            return f"{time_text(self.time)}{self.unit.removeprefix('time')} + {self.count}"
        return f"{self.unit} + {self.count}"


@attrs.frozen
class Combined:
    """The earliest or the latest of several times.

    Args:
        which: Which of the due dates counts.
        parts: The times.
    """

    which: Literal["earliest", "latest"]
    parts: tuple[Within, ...]

    @property
    def by_hours(self) -> bool:
        """Whether the answer depends on the hours and holidays of a calendar."""
        return any(part.by_hours for part in self.parts)

    def due(
        self,
        calendar_of: Callable[[Within], Calendar],
        start: int,
        *,
        to_next_open: bool = False,
        roll: Roll = "",
    ) -> tuple[int, Within]:
        """The earliest or latest due date of the parts, and the part that determines it."""
        choose = min if self.which == "earliest" else max
        dues = (
            part.due(calendar_of, start, to_next_open=to_next_open, roll=roll)
            for part in self.parts
        )
        return choose(dues, key=itemgetter(0))

    def __str__(self) -> str:
        return f"{self.which} of {', '.join(map(str, self.parts))}"


def replace_parts(
    length: Within | Combined, change: Callable[[Within], Within]
) -> Within | Combined:
    """A time with each of its parts replaced by another one."""
    parts = tuple(map(change, length.parts))
    return parts[0] if isinstance(length, Within) else attrs.evolve(length, parts=parts)


def is_date_of_ticket(text: str) -> bool:
    """Whether a time, as text, is a date that the ticket has."""
    return text.endswith(_OF_TICKET)


def describe_time(text: str, translate: Translator) -> str:
    """The time that a promise allows, in a language.

    Args:
        text: The time as a policy file has it.
        translate: The language.
    """
    if translate.language == "en":
        return text
    if is_date_of_ticket(text):
        return translate("{field} of the ticket").format(field=text.removesuffix(_OF_TICKET))
    length = _parse_any(text)
    parts = [_describe_part(part, translate) for part in length.parts]
    if isinstance(length, Within):
        return parts[0]
    form = {"earliest": N_("earliest of {parts}"), "latest": N_("latest of {parts}")}[length.which]
    return translate(form).format(parts=translate.listed(parts))


def _describe_part(length: Within, translate: Translator) -> str:
    counts = [
        translate.plural(*_COUNTS[unit.removesuffix("s")], float(number)).format(count=number)
        for number, unit in _COUNT.findall(str(length))
    ]
    if counts:
        return " ".join(counts)
    return translate(_ENDS[length.unit]).format(count=length.count, time=time_text(length.time))


_COUNT = re.compile(r"(\d[\d.]*) ((?:working |calendar )?(?:hour|minute|second|day)s?)")


_ENDS: dict[Unit, str] = {
    "at once": N_("at once"),
    "end of working day": N_("end of working day + {count}"),
    "end of day": N_("end of day + {count}"),
    "time of working day": N_("{time} of working day + {count}"),
    "time of day": N_("{time} of day + {count}"),
}
_COUNTS = {
    singular.removeprefix("{count} "): (singular, plural)
    for singular, plural in (
        NN_("{count} working hour", "{count} working hours"),
        NN_("{count} working minute", "{count} working minutes"),
        NN_("{count} working second", "{count} working seconds"),
        NN_("{count} hour", "{count} hours"),
        NN_("{count} minute", "{count} minutes"),
        NN_("{count} second", "{count} seconds"),
        NN_("{count} working day", "{count} working days"),
        NN_("{count} calendar day", "{count} calendar days"),
    )
}


def parse(text: str, *, pattern: str = PATTERN) -> Within | Combined:
    """Read the time that a promise allows.

    Args:
        text: The time.
        pattern: What those times match that may be suggested.

    Raises:
        WorkError: It is not in a known form, or could be read in more than one way.
    """
    if len(text) > LONGEST or not re.fullmatch(PATTERN, text):
        raise _unreadable(text, pattern)
    return _parse_any(text)


def _parse_any(text: str) -> Within | Combined:
    """Read a time; the product of a factor may have more digits than a policy file allows."""
    which, of, rest = text.partition(" of ")
    if of and which in ("earliest", "latest"):
        parts = tuple(map(_parse_one, re.split(_JOINED, rest)))
        return Combined("earliest" if which == "earliest" else "latest", parts)
    return _parse_one(text)


def _parse_one(text: str) -> Within:
    words = text.replace("business", "working").replace("+", " + ").split()
    if words == ["at", "once"]:
        return Within(0, "at once")
    if words[0] == "end":
        count = int(words[-1]) if "+" in words else 0
        return Within(count, "end of working day" if "working" in words else "end of day")
    if ":" in words[0]:
        count = int(words[-1]) if "+" in words else 0
        unit: Unit = "time of working day" if "working" in words else "time of day"
        return Within(count, unit, time=parse_time(words[0], text))
    if words[-1].startswith("day"):
        return Within(int(words[0]), "working days" if words[1] == "working" else "calendar days")
    working = "working " if "working" in words else ""
    numbers = [word for word in words if word[0].isdigit()]
    units = [word.removesuffix("s") for word in words if word.removesuffix("s") in _SIZES]
    length, written = 0, []
    for number, size in zip(numbers, units, strict=True):
        whole, _, decimals = number.partition(".")
        length += int(whole + decimals) * _SIZES[size] // 10 ** len(decimals)
        plain = f"{int(whole)}.{decimals}".rstrip("0").rstrip(".")
        written.append(f"{plain} {working}{size}{'' if plain == '1' else 's'}")
    within = Within(length, "working time" if working else "time")
    text = " ".join(written)
    return within if str(within) == text else attrs.evolve(within, written=text)


def _unreadable(text: str, pattern: str) -> WorkError:
    clause, suggestions = did_you_mean_words(text, WORDS, partial(re.fullmatch, pattern))
    shown = repr(text if len(text) <= 80 else text[:80] + "…")
    short, days = _ABBREVIATED.fullmatch(text.strip()), _DAYS.fullmatch(text.strip())
    if short:
        number, unit = short[1], _FULL[short[2][0]]
        choices = f'"{number} working {unit}" or "{number} {unit}" (which run day and night)'
        msg = f"{shown} does not say which hours count: write {choices}"
    elif days and days[2] == "day":
        number, s = days[1], "s" if days[1] != "1" else ""
        msg = (
            f'{shown} can be read in several ways: write "{number} working day{s}", '
            f'"{number} calendar day{s}", "{int(number) * 24} hours", "end of day + {number}" '
            f'or "end of working day + {number}"'
        )
    elif days:
        msg = f'{shown}: weeks, months and years are not units; write, say, "10 working days"'
    elif suggestions == [" ".join(text.lower().split())]:
        msg = f"{shown} must be in lower case, without spaces around it: {suggestions[0]!r}"
    elif suggestions:
        msg = f"{shown} does not say how long{clause}"
    elif len(text) <= LONGEST and (clock := _CLOCK.search(text)):
        time = f"{int(clock[1]):02}:{clock[2]}" if int(clock[1]) < 24 else "16:00"
        msg = (
            f'{shown} does not say of which day: write "{time} of working day + 1", or '
            f'"{time} of day + 1" for every day of the week; + 0 is the day of the start, and '
            "times run from 00:00 to 24:00"
        )
    else:
        msg = f"{shown} does not say how long: write {_FORMS}"
    return WorkError(msg, given=text, suggestions=suggestions)


# The forms in a policy file ----------------------------------------------------------------------

_WITHIN_TEXT = Text(
    expected=EXPECTED,
    pattern=PATTERN,
    max_length=LONGEST,
    parse=parse,
    to_text=str,
    result_type=(Within, Combined),
)
_ONE_TEXT = attrs.evolve(_WITHIN_TEXT, pattern=ONE)


@attrs.frozen(repr=False, field_transformer=bind)
class WithinPart(Description):
    """One of several times, of which the earliest or the latest counts.

    Args:
        within: The time allowed.
        calendar: The calendar that counts. Default: the target's.
    """

    within: Any = attrs.field(converter=read_by_shape, metadata=shaped(_ONE_TEXT))
    calendar: str | CalendarByField = attrs.field(
        default="", converter=read_by_shape, metadata=shaped(CALENDAR_NAME)
    )


class _WithinShape:
    """A text, a table of several times, the earliest or latest of which counts, or an attribute."""

    expected = EXPECTED
    _parts = ListOf(
        Short(_ONE_TEXT, Record(WithinPart, "a text, or a table"), EXPECTED),
        "a list of texts such as '24 hours'",
        min_length=2,
    )
    _keys = ("earliest_of", "latest_of")

    def accepts(self, data: Any) -> bool:
        return isinstance(data, str | Within | Combined) or (
            isinstance(data, Mapping) and bool(data.keys() & {*self._keys, "field"})
        )

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, Within | Combined):
            return data
        if isinstance(data, str):
            return _WITHIN_TEXT.read(data, path, faults)
        if not isinstance(data, Mapping) or len(data) != 1 or not self.accepts(data):
            return faults.add(path, data, self.expected)
        ((key, members),) = data.items()
        if key == "field":
            field = NAME_SHAPE.read(members, (*path, key), faults)
            return field if field is INVALID else Within(0, "instant", field=field)
        before = len(faults.collected)
        parts = self._parts.read(members, (*path, key), faults)
        if len(faults.collected) > before:
            return INVALID
        return Combined(
            "earliest" if key == "earliest_of" else "latest",
            tuple(attrs.evolve(part.within, calendar=part.calendar) for part in parts),
        )

    def write(self, value: Any) -> Any:
        if isinstance(value, Within) and value.unit == "instant":
            return {"field": value.field}
        if not any(part.calendar for part in value.parts):
            return str(value)
        parts = [
            {"within": str(part), "calendar": CALENDAR_NAME.write(part.calendar)}
            if part.calendar
            else str(part)
            for part in value.parts
        ]
        return {f"{value.which}_of": parts}

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if "Within" not in definitions:
            parts = self._parts.schema(definitions)
            forms = {"field": NAME_SHAPE.schema(definitions), **dict.fromkeys(self._keys, parts)}
            tables = [
                {
                    "type": "object",
                    "properties": {key: schema},
                    "required": [key],
                    "additionalProperties": False,
                }
                for key, schema in forms.items()
            ]
            definitions["Within"] = {"anyOf": [_WITHIN_TEXT.schema(definitions), *tables]}
        return {"$ref": "#/$defs/Within"}


WITHIN = _WithinShape()
_LENGTH_PATTERN = rf"^({COUNTED})$"
LENGTH = attrs.evolve(
    _WITHIN_TEXT,
    expected='a length of time such as "2 working days", "8 working hours" or "24 hours"',
    pattern=_LENGTH_PATTERN,
    parse=partial(parse, pattern=_LENGTH_PATTERN),
    result_type=Within,
)
_HOURS_PATTERN = rf"^({_HOURS})$"
HOURS = attrs.evolve(  # lengths that have a mean
    LENGTH,
    expected='a length in hours, minutes or seconds such as "8 working hours" or "24 hours"',
    pattern=_HOURS_PATTERN,
    parse=partial(parse, pattern=_HOURS_PATTERN),
)
