"""Working days as numbers: single dates and columns, beside libraries that count days.

All have Monday to Friday and the same days off. Single calls get dates that are working days, since
the libraries differ about starts and ends on days off; rolls and columns get any date, and NumPy
and Polars are told to roll forward, as we do. All answers are compared with ours first.

A library that cannot be imported is skipped, and a line below the table says so.
"""

from __future__ import annotations

import gc
import random
from datetime import date, timedelta
from functools import partial
from importlib import metadata
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from column_speed import Column, plain
from pages import table
from rivals import Calls, Desk, library
from slacalc import Calendar, bulk
from speed import DisagreementError, Entry, Race, office, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SEED = 20_260_518
QUESTIONS = 300
ROWS = 1_000_000
ROUNDS, COLUMN_ROUNDS = 100, 15
_FIRST, _DAYS = date(2021, 1, 4), 5 * 365


def _drawn(calendar: Calendar) -> dict[str, list[tuple[Any, Any]]]:
    """Questions as pairs: two dates, a date and a number, and a date and a convention."""
    draw = random.Random(SEED)  # noqa: S311 - not for secrets
    every = [_FIRST + timedelta(draw.randrange(_DAYS)) for _ in range(QUESTIONS)]
    starts = [calendar.roll(day, "following") for day in every]
    ends = [calendar.roll(day + timedelta(draw.randrange(60)), "following") for day in starts]
    return {
        "count": list(zip(starts, ends, strict=True)),
        "add": [(day, draw.randint(1, 40)) for day in starts],
        "roll": [(day, "modified_following") for day in every],
    }


def _numpy(desk: Desk) -> dict[str, tuple[Callable[..., Any], Callable[[Any, Any], Any]]]:
    """For each question the function, and what a pair of arguments becomes for it."""
    numpy: Any = np  # whose stubs know fewer forms of dates than it does
    calendar = numpy.busdaycalendar(holidays=sorted(desk.closed))
    roll = partial(numpy.busday_offset, roll="modifiedfollowing", busdaycal=calendar)
    return {
        "count": (
            partial(numpy.busday_count, busdaycal=calendar),
            lambda start, end: (np.datetime64(start, "D"), np.datetime64(end, "D")),
        ),
        "add": (
            partial(numpy.busday_offset, roll="forward", busdaycal=calendar),
            lambda start, days: (np.datetime64(start, "D"), days),
        ),
        "roll": (roll, lambda day, _: (np.datetime64(day, "D"), 0)),
    }


def _quantlib(desk: Desk) -> dict[str, tuple[Callable[..., Any], Callable[[Any, Any], Any]]]:
    ql = library("QuantLib")
    calendar = ql.BespokeCalendar("desk")
    for weekday in (ql.Saturday, ql.Sunday):
        calendar.addWeekend(weekday)
    for day in desk.closed:
        calendar.addHoliday(ql.Date(day.day, day.month, day.year))

    def its(day: date) -> Any:
        return ql.Date(day.day, day.month, day.year)

    return {
        "count": (calendar.businessDaysBetween, lambda start, end: (its(start), its(end))),
        "add": (calendar.advance, lambda start, days: (its(start), ql.Period(days, ql.Days))),
        "roll": (calendar.adjust, lambda day, _: (its(day), ql.ModifiedFollowing)),
    }


def _bizdays(desk: Desk) -> dict[str, tuple[Callable[..., Any], Callable[[Any, Any], Any]]]:
    calendar = library("bizdays").Calendar(
        sorted(desk.closed), ["Saturday", "Sunday"], startdate="2020-01-01", enddate="2027-12-31"
    )
    return {
        "count": (calendar.bizdays, lambda *pair: pair),
        "add": (calendar.offset, lambda *pair: pair),
        "roll": (lambda day, _: calendar.modified_following(day), lambda *pair: pair),
    }


def _better_calendar(desk: Desk) -> Any:
    return library("better_calendar").Calendar("desk", holidays=sorted(desk.closed))


def _better(desk: Desk) -> dict[str, tuple[Callable[..., Any], Callable[[Any, Any], Any]]]:
    calendar = _better_calendar(desk)
    return {
        "count": (calendar.count, lambda *pair: pair),
        "add": (calendar.offset, lambda *pair: pair),
        "roll": (lambda day, _: calendar.adjust(day, "MF"), lambda *pair: pair),
    }


_OTHERS = {"QuantLib": _quantlib, "bizdays": _bizdays, "better-calendar": _better}


def _read(answer: Any) -> Any:
    """An answer as a whole number or a date."""
    if hasattr(answer, "dayOfMonth"):  # QuantLib's
        return date(answer.year(), answer.month(), answer.dayOfMonth())
    return answer.item() if isinstance(answer, np.generic) else answer


_TITLES = {
    "count": ("`count_working_days`: how many between two dates?", "a number"),
    "add": ("`add_working_days`: which date is n working days later?", "a date"),
    "roll": ("`roll`: to which date does a day off move?", "a date"),
}
_NAMES = {
    "numpy": ("`numpy.busday_count`", "`numpy.busday_offset`", "`numpy.busday_offset`"),
    "QuantLib": (
        "QuantLib `businessDaysBetween`",
        "QuantLib `advance`",
        "QuantLib `adjust`",
    ),
    "bizdays": ("bizdays `bizdays`", "bizdays `offset`", "bizdays `modified_following`"),
    "better-calendar": (
        "better-calendar `count`",
        "better-calendar `offset`",
        "better-calendar `adjust`",
    ),
}


def races() -> tuple[list[Race], list[str]]:
    """Everyone ready, answers compared; and which libraries cannot be imported."""
    desk = office()
    ours = plain(desk)
    questions = _drawn(ours)
    rivals, absent = {"numpy": _numpy(desk)}, []
    for name, make in _OTHERS.items():
        try:
            rivals[name] = make(desk)
        except ImportError:
            absent.append(name)
    found = []
    for place, (key, (title, gives)) in enumerate(_TITLES.items()):
        method = title.split("`")[1]
        calls = Calls(getattr(ours, method), questions[key], _read)
        race = Race(key, title, [Entry("slacalc", f"slacalc `{method}`", gives, calls, [])])
        for name, forms in rivals.items():
            function, enter = forms[key]
            theirs = Calls(function, [enter(*pair) for pair in questions[key]], _read)
            _agree(f"{name}, {key}", calls.answers(), theirs.answers())
            race.entries.append(Entry(name, _NAMES[name][place], gives, theirs, []))
        found.append(race)
    return found, absent


def columns(absent: Sequence[str]) -> dict[str, list[Column]]:
    """A million dates at once: ours, NumPy's and Polars', with the answers compared.

    And those of better-calendar, if it is not absent.
    """
    desk, draw = office(), np.random.default_rng(SEED)
    better = None if "better-calendar" in absent else _better_calendar(desk)
    ours, closed = plain(desk), sorted(desk.closed)
    numpy, polars = np, library("polars")
    calendar = np.busdaycalendar(holidays=np.array(closed, "datetime64[D]"))
    days = np.datetime64(_FIRST, "D") + draw.integers(0, _DAYS, ROWS)
    until, counts = days + draw.integers(0, 60, ROWS), draw.integers(1, 41, ROWS)
    frame = polars.DataFrame({"start": days, "end": until, "days": counts})
    start, end, number = (polars.col(name) for name in ("start", "end", "days"))
    counted = polars.business_day_count(start, end, holidays=closed)
    added = start.dt.add_business_days(number, holidays=closed, roll="forward")
    lines: dict[str, list[tuple[str, Callable[[], Any]]]] = {
        "count": [
            (
                "slacalc `bulk.count_working_days`",
                lambda: bulk.count_working_days(ours, days, until),
            ),
            ("`numpy.busday_count`", lambda: np.busday_count(days, until, busdaycal=calendar)),
            ("Polars `business_day_count`", lambda: frame.select(counted).to_series()),
        ],
        "add": [
            ("slacalc `bulk.add_working_days`", lambda: bulk.add_working_days(ours, days, counts)),
            (
                "`numpy.busday_offset`",
                lambda: numpy.busday_offset(days, counts, "forward", busdaycal=calendar),
            ),
            ("Polars `add_business_days`", lambda: frame.select(added).to_series()),
        ],
        "roll": [
            ("slacalc `bulk.roll`", lambda: bulk.roll(ours, days, "modified_following")),
            (
                "`numpy.busday_offset`, no days",
                lambda: numpy.busday_offset(days, 0, "modifiedfollowing", busdaycal=calendar),
            ),
        ],
    }
    if better is not None:
        lines["count"] += [("better-calendar `count`", lambda: better.count(days, until))]
        lines["roll"] += [("better-calendar `adjust`", lambda: better.adjust(days, "MF"))]
    found = {}
    for key, calls in lines.items():
        right = np.asarray(calls[0][1]())
        for label, call in calls[1:]:
            _agree(label, right.tolist(), np.asarray(call()).astype(right.dtype).tolist())
        found[key] = [
            Column(label.split()[0].strip("`"), label, "dates", ROWS, call) for label, call in calls
        ]
    return found


def _agree(whose: str, ours: Sequence[Any], theirs: Sequence[Any]) -> None:
    for row, (right, answer) in enumerate(zip(ours, theirs, strict=True)):
        if answer != right:
            msg = f"{whose}, row {row}: {answer}, while we say {right}"
            raise DisagreementError(msg)


def measured() -> tuple[list[Race], dict[str, list[Column]], list[str]]:
    """Single calls and columns, each in many rounds; and which libraries are missing."""
    singles, absent = races()
    for _ in run(singles, ROUNDS):
        pass
    found = columns(absent)
    everyone = [column for race in found.values() for column in race]
    shuffle = random.Random(SEED).shuffle  # noqa: S311 - an order, no secret
    for _ in range(COLUMN_ROUNDS):
        shuffle(everyone)
        for column in everyone:
            gc.collect()
            column.measure()
    return singles, found, absent


def day_table(
    singles: Sequence[Race], found: dict[str, list[Column]], absent: Sequence[str]
) -> str:
    """Both tables, and the versions of those that were measured."""
    header = ["call", "best µs", "median µs", "× ours"]
    rows = []
    for race in singles:
        ours = race.entry("slacalc")
        rows += [
            [
                entry.label,
                f"{entry.fastest / 1000:.2f}",
                f"{entry.median / 1000:.2f}",
                f"{entry.fastest / ours.fastest:.2f}",
            ]
            for entry in race.entries
        ]
    parts = [table(header, rows, numbers=3)]
    rows = []
    for columns in found.values():
        rows += [
            [
                column.label,
                f"{column.fastest:.1f}",
                f"{median(column.rounds):.1f}",
                f"{column.fastest / columns[0].fastest:.2f}",
            ]
            for column in columns
        ]
    parts.append(table([header[0], "best ns a row", "median ns a row", header[3]], rows, numbers=3))
    packages = [name for name in ("numpy", "polars", *_OTHERS) if name not in absent]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    skipped = f" Not installed, and so not measured: {', '.join(absent)}." if absent else ""
    parts.append(f"{versions}.{skipped}")
    return "\n\n".join(parts)
