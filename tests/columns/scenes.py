"""Calendars and rows of integers: shared by the tests of arithmetic over arrays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from slacalc import ALWAYS, Calendar
from slacalc._calendar.compilation import zone_of
from slacalc._columns.arithmetic import Arrays
from slacalc._columns.kernel import BEYOND, MISSING
from slacalc._time.instants import DAY, EARLIEST, HOUR, LATEST, SECOND
from slacalc.errors import HorizonError, NeverOpen
from tests.strategies.calendars import to_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


class Verb(NamedTuple):
    """A verb over arrays, beside the single call that it must agree with.

    Args:
        over: The verb over arrays; its second argument may not matter.
        single: The same of one row.
        second: What the second argument is.
    """

    over: Callable[[Arrays, Any, Any], Any]
    single: Callable[[Calendar, int, int], int]
    second: Literal["work", "days", "instant", "none"]


def ahead(days: Any) -> Any:
    """As many days, but not back: a time of a day is never before the start."""
    return abs(days)


VERBS: dict[str, Verb] = {
    "add": Verb(
        lambda arrays, at, work: arrays.add(at, work),
        lambda calendar, at, work: calendar.timeline.add(at, work),
        "work",
    ),
    "add to the next opening": Verb(
        lambda arrays, at, work: arrays.add(at, work, to_next_open=True),
        lambda calendar, at, work: calendar.timeline.add(at, work, to_next_open=True),
        "work",
    ),
    "subtract": Verb(
        lambda arrays, at, work: arrays.subtract(at, work),
        lambda calendar, at, work: calendar.timeline.subtract(at, work),
        "work",
    ),
    "subtract to the previous closing": Verb(
        lambda arrays, at, work: arrays.subtract(at, work, to_previous_close=True),
        lambda calendar, at, work: calendar.timeline.subtract(at, work, to_previous_close=True),
        "work",
    ),
    "elapsed": Verb(
        lambda arrays, at, end: arrays.elapsed(at, end),
        lambda calendar, at, end: calendar.timeline.elapsed(at, end),
        "instant",
    ),
    "is_open": Verb(
        lambda arrays, at, _: _openness(arrays, at),
        lambda calendar, at, _: calendar.timeline.is_open(at),
        "none",
    ),
    "next_open": Verb(
        lambda arrays, at, _: arrays.next_open(at),
        lambda calendar, at, _: calendar.timeline.next_open(at),
        "none",
    ),
    "next_close": Verb(
        lambda arrays, at, _: arrays.next_close(at),
        lambda calendar, at, _: calendar.timeline.next_close(at),
        "none",
    ),
    "add_working_days": Verb(
        lambda arrays, at, days: arrays.add_working_days(at, days),
        lambda calendar, at, days: calendar.timeline.add_working_days(at, days),
        "days",
    ),
    "end_of_working_day": Verb(
        lambda arrays, at, days: arrays.end_of_working_day(at, days),
        lambda calendar, at, days: calendar.timeline.end_of_working_day(at, days),
        "days",
    ),
    "time_of_working_day": Verb(
        lambda arrays, at, days: arrays.time_of_working_day(at, ahead(days), 16 * HOUR),
        lambda calendar, at, days: calendar.timeline.time_of_working_day(
            at, ahead(days), 16 * HOUR
        ),
        "days",
    ),
    "roll": Verb(
        lambda arrays, at, start: arrays.roll_instant(
            at, start, "modified_following", ends_date=True
        ),
        lambda calendar, at, start: calendar.timeline.roll_instant(
            at, start, "modified_following", ends_date=True
        ),
        "instant",
    ),
    "roll back": Verb(
        lambda arrays, at, start: arrays.roll_instant(at, start, "preceding", ends_date=False),
        lambda calendar, at, start: calendar.timeline.roll_instant(
            at, start, "preceding", ends_date=False
        ),
        "instant",
    ),
    "time_of_day": Verb(
        lambda arrays, at, days: arrays.time_of_day(at, ahead(days), DAY),
        lambda calendar, at, days: zone_of(calendar).time_of_day(at, ahead(days), DAY),
        "days",
    ),
    "add_days": Verb(
        lambda arrays, at, days: arrays.add_days(at, days),
        lambda calendar, at, days: zone_of(calendar).add_days(at, days),
        "days",
    ),
    "end_of_day": Verb(
        lambda arrays, at, days: arrays.end_of_day(at, days),
        lambda calendar, at, days: zone_of(calendar).end_of_day(at, days),
        "days",
    ),
}


def _openness(arrays: Arrays, at: Integers) -> Integers:
    """Truths as numbers, with the marks that the other verbs' answers bear."""
    opened = arrays.openness(at)
    assert np.array_equal(arrays.is_open(at), opened == 1), "what is missing is not open"
    marks = np.array([0, 1, BEYOND, MISSING])  # the last two by -2 and -1
    return marks[opened]


def arrays_of(calendar: Calendar) -> Arrays:
    return Arrays(calendar.timeline)


def ints(values: list[int]) -> Integers:
    return np.array(values, np.int64)


def us(text: str) -> int:
    return to_us(datetime.fromisoformat(text))


def alone(verb: Verb, calendar: Calendar, at: int, second: int) -> int:
    """What the single call answers to a row, in the words of arrays."""
    if at == MISSING or (verb.second != "none" and second == MISSING):
        return MISSING
    inside = [at, second] if verb.second == "instant" else [at]
    if any(not EARLIEST <= one < LATEST for one in inside):
        return BEYOND
    try:
        return verb.single(calendar, at, second)
    except (HorizonError, NeverOpen):
        return BEYOND


def one_by_one(verb: Verb, calendar: Calendar, at: Integers, second: Integers | int) -> list[int]:
    seconds = np.broadcast_to(second, at.shape).tolist()
    return [alone(verb, calendar, *row) for row in zip(at.tolist(), seconds, strict=True)]


def check(name: str, calendar: Calendar, at: Integers, second: Integers | int) -> None:
    """An array has the results of its rows; computed first, while few years are compiled."""
    verb = VERBS[name]
    got = verb.over(arrays_of(calendar), at, second)
    assert got.dtype == np.int64
    assert got.tolist() == one_by_one(verb, calendar, at, second)


UNUSUAL: dict[str, tuple[Calendar, list[str]]] = {
    "never open": (Calendar("UTC", "closed"), ["2024-05-03T12:00+00:00"]),
    "always open": (ALWAYS, ["2024-05-03T12:00+00:00", "2024-12-31T23:59:59.999999+00:00"]),
    "always open in Berlin": (
        Calendar("Europe/Berlin", "always"),
        ["2024-03-31T00:59:59+00:00", "2024-03-31T01:00:00+00:00", "2024-10-27T00:30:00+00:00"],
    ),
    "nights over clock changes": (
        Calendar("Europe/Berlin", {"daily": "22:00-06:00"}),
        ["2024-03-30T21:00+00:00", "2024-03-31T01:00+00:00", "2024-10-27T00:59+00:00"],
    ),
    "nights that overlap": (
        Calendar("America/New_York", {"sat": "22:00-09:00", "sun": "02:00-02:15", "mon": "8-17"}),
        ["2024-03-10T06:59:59+00:00", "2024-11-03T05:30+00:00", "2024-11-03T13:00+00:00"],
    ),
    "Apia's skipped date": (
        Calendar("Pacific/Apia", {"mon-thu": "9-17", "fri": "0-24"}),
        ["2011-12-30T09:59:59+00:00", "2011-12-30T10:00+00:00", "2011-12-29T20:00+00:00"],
    ),
    "Lord Howe's half hour": (
        Calendar("Australia/Lord_Howe", {"daily": "01:00-02:15, 9-17"}),
        ["2024-04-06T14:45+00:00", "2024-04-06T15:10+00:00", "2024-10-05T15:29:59+00:00"],
    ),
    "midnight that comes twice": (
        Calendar("America/St_Johns", {"daily": "0-24"}, exceptions={"2006-10-29": "closed"}),
        ["2006-10-29T02:30:59+00:00", "2006-10-29T02:31+00:00", "2006-10-29T03:15+00:00"],
    ),
    "one second in two": (
        Calendar(
            "UTC", {"mon": ", ".join(f"12:00:{s:02}-12:00:{s + 1:02}" for s in range(0, 38, 2))}
        ),
        ["2024-05-06T12:00+00:00", "2024-05-06T12:00:07.5+00:00", "2024-05-06T12:00:58+00:00"],
    ),
    "of several zones": (
        Calendar("Europe/Berlin", {"mon-fri": "9-17"})
        | Calendar("Australia/Lord_Howe", {"mon-fri": "9-17"})
        | Calendar("America/St_Johns", {"mon-fri": "22:00-03:00"}),
        ["2024-05-06T12:00+00:00", "2024-11-03T05:30+00:00"],
    ),
    "open once": (
        Calendar("UTC", "closed", exceptions={"2024-05-03": "9-17"}),
        ["2024-05-03T08:59:59+00:00", "2024-05-03T16:00+00:00", "2024-05-03T17:00+00:00"],
    ),
}


def shown(answers: Integers) -> list[str]:
    return [f"{datetime.fromtimestamp(one // SECOND, UTC):%m-%d %H:%M}" for one in answers.tolist()]
