r"""Expectations of one line each, worked out by hand, that an operations manager can check.

    ZONE HOURS [CN] {and|or|minus ZONE HOURS [CN]} | QUESTION => ANSWER   # arithmetic

HOURS are parts between semicolons: ``Mo-Fr 09-12,13-17``, ``always``, ``closed``; ``off DATE`` a
day off; ``on DATE`` or ``on DATE=DATE`` a make-up day, and the date it stands in for; ``cut DATE``
a date cut out by the clock; ``DATE 09-12`` or ``DATE..DATE closed`` an exception.

An instant is a weekday, a date and a wall time, such as ``Fr 2024-05-03 16:00``. The weekday must
be that of the date, and a wall time that comes twice must say which, by its offset.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from slacalc import Calendar, Holidays, errors
from tests.strategies.calendars import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "conformance"
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
WORDS = {"and": "&", "or": "|", "minus": "-"}

DATE = r"\d{4}-\d\d-\d\d"
AT = rf"(?:{'|'.join(WEEKDAYS)}) {DATE} \d\d:\d\d(?::\d\d)?(?:[+-]\d\d:\d\d)?"
QUESTIONS = {
    "days": rf"(?P<at>{AT}) (?P<sign>[+-]) (?P<count>\d+) (?P<unit>working|calendar) days",
    "work": rf"(?P<at>{AT}) (?P<sign>[+-]) (?P<work>\w+)(?: (?P<edge>next_open|previous_close))?",
    "elapsed": rf"(?P<at>{AT}) -> (?P<end>{AT})",
    "end": rf"end of (?P<unit>working day|day) (?P<at>{AT})(?: \+ (?P<count>\d+))?",
    "edge": rf"(?P<verb>is_open|next_open|next_close|previous_open|previous_close) (?P<at>{AT})",
}


class Line(NamedTuple):
    """One expectation, cut into its three parts."""

    place: str
    calendar: str
    question: str
    answer: str


def lines() -> Iterator[Line]:
    """Every expectation of every file."""
    for path in sorted(FOLDER.glob("*.txt")):
        if path.name == "presets.txt":  # of policies; test_presets.py reads it
            continue
        for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
            line = text.partition("#")[0].strip()
            if line:
                calendar, question = line.split(" | ")
                call, answer = re.split(" => | = ", question)
                place = f"{path.name}:{number}"
                yield Line(place, calendar.strip(), call.strip(), answer.strip())


def read_instant(text: str, zone: str) -> datetime:
    """An instant in UTC; refused where its weekday is wrong, or its wall time none or two."""
    weekday, day, clock = text.split(" ")
    at = datetime.fromisoformat(f"{day}T{clock}")
    assert WEEKDAYS[at.weekday()] == weekday, f"{day} is not a {weekday}"
    info = ZoneInfo(zone)
    if at.tzinfo:
        shown = at.astimezone(info)
        assert shown.utcoffset() == at.utcoffset(), f"{text} has an offset foreign to {zone}"
        return at.astimezone(UTC)
    both = {at.replace(tzinfo=info, fold=fold).astimezone(UTC) for fold in (0, 1)}
    assert len(both) == 1, f"{text} comes twice in {zone}, or never: write its offset"
    return both.pop()


def read_simple(text: str) -> Calendar:
    """A calendar without the words that combine."""
    zone, hours = text.split(maxsplit=1)
    country = re.search(r" ([A-Z]{2}(?:-\w+)?)$", hours)
    holidays: list[Any] = [country[1]] if country else []
    hours = hours[: country.start()] if country else hours
    week: dict[str, str] | str = {}
    exceptions: dict[str, str] = {}
    cut: list[str] = []
    for part in map(str.strip, hours.split(";")):
        head, _, rest = part.partition(" ")
        if head in ("always", "closed"):
            week = head
        elif head == "off":
            holidays.append(Holidays(dates=[rest]))
        elif head == "on":
            day, _, other = rest.partition("=")
            holidays.append(Holidays(workdays={day: other or None}))
        elif head == "cut":
            cut.append(rest)
        elif re.match(DATE, head):
            exceptions[head] = rest
        else:
            assert isinstance(week, dict)
            week[head] = rest
    calendar = Calendar(zone, week, holidays=holidays, exceptions=exceptions)
    return calendar - Calendar.dates(*cut) if cut else calendar


def read_calendar(text: str) -> Calendar:
    """A calendar, of one part or several."""
    first, *rest = re.split(r" (and|or|minus) ", text)
    calendar = read_simple(first)
    for word, other in zip(rest[::2], rest[1::2], strict=True):
        calendar = OPERATIONS[WORDS[word]](calendar, read_simple(other))
    return calendar


def ask(calendar: Calendar, question: str) -> Any:
    """The answer of the calendar, as text."""
    matches = ((kind, re.fullmatch(pattern, question)) for kind, pattern in QUESTIONS.items())
    kind, found = next((kind, match.groupdict()) for kind, match in matches if match)
    zone = calendar.time_zone
    at = read_instant(found["at"], zone)
    sign = -1 if found.get("sign") == "-" else 1
    count = sign * int(found.get("count") or 0)
    if kind == "days":
        return getattr(calendar, f"add_{found['unit']}_days")(at, count)
    if kind == "work":
        verb = calendar.add if sign > 0 else calendar.subtract
        edge = {"edge": found["edge"]} if found["edge"] else {}
        return verb(at, found["work"], **edge)  # type: ignore[arg-type]  # a word of the line
    if kind == "elapsed":
        return calendar.elapsed(at, read_instant(found["end"], zone))
    if kind == "end":
        return getattr(calendar, f"end_of_{found['unit'].replace(' ', '_')}")(at, count)
    return getattr(calendar, found["verb"])(at)


def seconds(text: str) -> int:
    """A length such as ``-1h30m``."""
    found = re.fullmatch(r"(-?)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    assert found, text
    hours, minutes, rest = (int(part or 0) for part in found.groups()[1:])
    return (-1 if found[1] else 1) * (hours * 3600 + minutes * 60 + rest)


ALL = list(lines())


@pytest.mark.parametrize("line", ALL, ids=lambda line: line.place)
def test_a_line_holds(line: Line) -> None:
    """The calendar gives the answer that was worked out by hand."""
    calendar = read_calendar(line.calendar)
    if hasattr(errors, line.answer):
        with pytest.raises(getattr(errors, line.answer)):
            ask(calendar, line.question)
        return
    answer = ask(calendar, line.question)
    if isinstance(answer, bool):
        assert line.answer == ("yes" if answer else "no")
    elif isinstance(answer, datetime):
        expected = read_instant(line.answer, calendar.time_zone)
        assert answer.astimezone(UTC) == expected, f"answered {answer}"
    else:
        assert answer.total_seconds() == seconds(line.answer)


def test_the_files_say_enough() -> None:
    """There are lines of every kind, and none that no pattern reads."""
    kinds = [
        next(kind for kind, pattern in QUESTIONS.items() if re.fullmatch(pattern, line.question))
        for line in ALL
    ]
    assert len(ALL) >= 80
    assert set(kinds) == set(QUESTIONS)


def test_a_wrong_weekday_is_refused() -> None:
    """A slip in a file fails as a slip."""
    with pytest.raises(AssertionError, match="is not a Mo"):
        read_instant("Mo 2024-05-03 16:00", "Europe/Paris")
    with pytest.raises(AssertionError, match="comes twice"):
        read_instant("Su 2024-10-27 02:30", "Europe/Berlin")
    with pytest.raises(AssertionError, match="or never"):
        read_instant("Su 2024-03-31 02:30", "Europe/Berlin")
