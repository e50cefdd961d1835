"""One call, timed: every contender in turn, many rounds, on the same questions.

A round asks each contender all of its questions once, in an order drawn anew, so that whatever
else the machine does falls on all of them alike. Slow contenders get the first few questions
of the same list. Before the first round every answer is compared with ours.
"""

from __future__ import annotations

import gc
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from rivals import (
    HOUR,
    BusinessDuration,
    Businesstimedelta,
    Contender,
    Desk,
    DjangoBizcal,
    OpeningHours,
    Pandas,
    Slacalc,
    SlacalcIntegers,
    Timegrid,
    Workclock,
    library,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rivals import Calls

SEED = 20_240_913
QUESTIONS = 300
ROUNDS = 150
HOLIDAY_YEARS = range(2020, 2027)
_FIRST_START = datetime(2020, 12, 31, 16, tzinfo=UTC)  # New Year 2021 in Shanghai
_START_DAYS = 5 * 365


@dataclass
class Entry:
    """One line of the table: a contender, its questions, and nanoseconds a call in each round."""

    key: str
    label: str
    gives: str
    calls: Calls
    rounds: list[float]

    @property
    def fastest(self) -> float:
        """Nanoseconds a call in the best round."""
        return min(self.rounds)

    @property
    def median(self) -> float:
        """Nanoseconds a call in the median round."""
        return median(self.rounds)


@dataclass
class Race:
    """A question put to several contenders."""

    key: str
    title: str
    entries: list[Entry]

    def entry(self, key: str) -> Entry:
        """The line of a contender."""
        return next(one for one in self.entries if one.key == key)


class DisagreementError(Exception):
    """A contender answers otherwise than we do, where all should agree."""


def office() -> Desk:
    """The calendar of the race: Shanghai office hours with China's days off, no make-up days."""
    days = library("holidays").CN(years=HOLIDAY_YEARS)
    return Desk(
        "Asia/Shanghai",
        ((time(8, 30), time(12)), (time(13), time(17, 30))),
        closed=frozenset(day for day in days if day.year in HOLIDAY_YEARS),
        far_holiday=date(2030, 1, 1),
    )


def starts() -> list[tuple[datetime, timedelta]]:
    """Random starts over five years, to the minute, and work of 30 minutes to 40 hours."""
    draw = random.Random(SEED)  # noqa: S311 - not for secrets
    minutes = _START_DAYS * 24 * 60
    return [
        (
            _FIRST_START + timedelta(minutes=draw.randrange(minutes)),
            timedelta(minutes=30 * draw.randint(1, 80)),
        )
        for _ in range(QUESTIONS)
    ]


def tickets(desk: Desk) -> list[tuple[datetime, datetime]]:
    """The same starts, each with an instant up to a day after its work is due."""
    draw = random.Random(SEED + 1)  # noqa: S311 - not for secrets
    questions = starts()
    due = Slacalc().adds(desk, questions).answers()
    return [
        # A plain datetime, as our pendulum answer would slow down whoever is given it.
        (start, plain(at) + timedelta(minutes=draw.randrange(24 * 60)))
        for (start, _), at in zip(questions, due, strict=True)
    ]


def plain(answer: datetime) -> datetime:
    """The same instant as a `datetime` and nothing more."""
    return datetime.fromtimestamp(int(answer.timestamp()), UTC)


def months() -> list[tuple[datetime, datetime]]:
    """The same starts, each with an instant up to sixty days later."""
    draw = random.Random(SEED + 2)  # noqa: S311 - not for secrets
    return [
        (start, start + timedelta(minutes=draw.randrange(60 * 24 * 60))) for start, _ in starts()
    ]


def _agree(entry: Entry, expected: Sequence[Any]) -> None:
    answers = entry.calls.answers()
    for questions, answer, right in zip(entry.calls.arguments, answers, expected, strict=True):
        if answer != right:
            msg = f"{entry.label} on {questions}: {answer}, while we say {right}"
            raise DisagreementError(msg)


def adding(desk: Desk) -> Race:
    """``add`` in one call."""
    questions = starts()
    whole = [(start, work) for start, work in questions if not work % HOUR]
    lines: list[tuple[str, Contender, str, Sequence[tuple[datetime, timedelta]], str]] = [
        ("slacalc", Slacalc(), "slacalc `add`", questions, "pendulum, in the zone"),
        (
            "slacalc-utc",
            Slacalc(utc=True),
            "slacalc `add`, UTC in",
            questions,
            "pendulum, in the zone",
        ),
        ("integers", SlacalcIntegers(), "slacalc `timeline.add`", questions, "integer"),
        ("workclock", Workclock(), "workclock `add`", questions, "datetime, in the zone"),
        (
            "workclock-utc",
            Workclock(utc=True),
            "workclock `add`, UTC in",
            questions,
            "datetime, UTC",
        ),
        ("timegrid", Timegrid(), "timegrid `add_work_duration`", questions, "naive datetime"),
        ("pandas", Pandas(), "pandas `CustomBusinessHour`", whole[:60], "naive Timestamp"),
        ("pandas-zone", Pandas(aware=True), "pandas, aware", whole[:60], "Timestamp, in the zone"),
        (
            "bizcal",
            DjangoBizcal(),
            "django-bizcal `add_business_time`",
            questions,
            "datetime, in the zone",
        ),
        ("opening", OpeningHours(), "opening-hours-py, summed", questions[:60], "naive datetime"),
        (
            "btd",
            Businesstimedelta(),
            "businesstimedelta `+`",
            questions[:10],
            "datetime, in the zone",
        ),
    ]
    race = Race("add", "`add`: a start and some work, when is it done?", [])
    for key, contender, label, starting, gives in lines:
        entry = Entry(key, label, gives, contender.adds(desk, starting), [])
        race.entries.append(entry)
        _agree(entry, _due(desk, starting, contender.edge))
    return race


def _due(desk: Desk, questions: Sequence[tuple[datetime, timedelta]], edge: Any) -> list[datetime]:
    calendar = Slacalc().calendar(desk)
    return [calendar.add(start, work, edge=edge) for start, work in questions]


def measuring(
    desk: Desk, key: str, title: str, questions: Sequence[tuple[datetime, datetime]]
) -> Race:
    """``elapsed`` in one call."""
    seconds = "elapsed_seconds"
    lines: list[tuple[str, Contender, str, int, str]] = [
        ("slacalc", Slacalc(), "slacalc `elapsed`", QUESTIONS, "pendulum.Duration"),
        ("seconds", Slacalc(seconds), "slacalc `elapsed_seconds`", QUESTIONS, "integer"),
        (
            "seconds-utc",
            Slacalc(seconds, utc=True),
            "slacalc `elapsed_seconds`, UTC in",
            QUESTIONS,
            "integer",
        ),
        ("integers", SlacalcIntegers(), "slacalc `timeline.elapsed`", QUESTIONS, "integer"),
        ("workclock", Workclock(), "workclock `between`", QUESTIONS, "timedelta"),
        (
            "workclock-utc",
            Workclock(utc=True),
            "workclock `between`, UTC in",
            QUESTIONS,
            "timedelta",
        ),
        ("timegrid", Timegrid(), "timegrid `get_working_duration`", QUESTIONS, "timedelta"),
        ("bizcal", DjangoBizcal(), "django-bizcal `business_time_between`", QUESTIONS, "timedelta"),
        ("opening", OpeningHours(), "opening-hours-py, summed", 60, "timedelta"),
        ("bd", BusinessDuration(), "business-duration, two calls", 30, "seconds"),
        ("btd", Businesstimedelta(), "businesstimedelta `difference`", 5, "its own"),
    ]
    race = Race(key, title, [])
    right = Slacalc().lengths(desk, questions).answers()
    for name, contender, label, number, gives in lines:
        entry = Entry(name, label, gives, contender.lengths(desk, questions[:number]), [])
        race.entries.append(entry)
        _agree(entry, right[:number])
    return race


def races() -> list[Race]:
    """The three races, with every contender's answers compared with ours."""
    desk = office()
    return [
        adding(desk),
        measuring(desk, "ticket", "`elapsed` over the life of a ticket: a few days", tickets(desk)),
        measuring(desk, "months", "`elapsed` over up to sixty days", months()),
    ]


def _nanoseconds(calls: Calls) -> float:
    function, arguments = calls.function, calls.arguments
    for first, second in arguments:  # not timed: the caches still hold another library's data
        function(first, second)
    begun = perf_counter_ns()
    for first, second in arguments:
        function(first, second)
    return (perf_counter_ns() - begun) / len(arguments)


def run(entered: list[Race], rounds: int = ROUNDS) -> Iterable[int]:
    """Run all races together; yields the number of each round done."""
    entries = [entry for race in entered for entry in race.entries]
    draw = random.Random(SEED)  # noqa: S311 - not for secrets
    gc.collect()
    gc.disable()
    try:
        for number in range(1, rounds + 1):
            draw.shuffle(entries)
            for entry in entries:
                entry.rounds.append(_nanoseconds(entry.calls))
            yield number
    finally:
        gc.enable()
