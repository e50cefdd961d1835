"""Columns: a million rows at once, beside the batch calls of other libraries.

Every round runs each contender once, in an order drawn anew. Slow ones get the first rows
only; the tables say how many. Where a rival answers the same question its answers are compared
first; whole working days are another question, shown for scale.
"""

from __future__ import annotations

import gc
import random
import warnings
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from statistics import median
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from compiled import compiled
from pages import table
from rivals import Desk, Workclock, library
from slacalc import Calendar, bulk
from speed import DisagreementError, office

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

SEED = 20_261_123
ROWS = 1_000_000
ROUNDS = 15
_MINUTE = 60_000_000


@dataclass
class Column:
    """A contender: its question, its number of rows, and nanoseconds a row in each round."""

    key: str
    label: str
    what: str
    rows: int
    run: Callable[[], Any]
    rounds: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """Ask it once more."""
        begun = perf_counter_ns()
        self.run()
        self.rounds.append((perf_counter_ns() - begun) / self.rows)

    @property
    def fastest(self) -> float:
        """Nanoseconds a row in the best round."""
        return min(self.rounds)


FEW = 10
"""The rows of a call that has hardly begun when it is over."""
_FEW_CALLS, _FEW_ROUNDS = 8, 200  # short rounds, of which some are undisturbed
_VERBS: dict[str, Callable[[Calendar, Any, Any], Any]] = {
    "add": lambda calendar, starts, _: bulk.add(calendar, starts, "4h"),
    "subtract": lambda calendar, starts, _: bulk.subtract(calendar, starts, "4h"),
    "elapsed": bulk.elapsed,
    "is_open": lambda calendar, starts, _: bulk.is_open(calendar, starts),
    "next_open": lambda calendar, starts, _: bulk.next_open(calendar, starts),
    "count_working_days": bulk.count_working_days,
    "add_working_days": lambda calendar, starts, _: bulk.add_working_days(calendar, starts, 3),
}


def calendars() -> dict[str, Calendar]:
    """The calendars of the goals, beside that of the races."""
    week = {"mon-fri": "08:30-12:00, 13:00-17:30"}
    breaks = {"mon-fri": "08:30-10:00, 10:05-12:00, 13:00-15:00, 15:05-17:30"}
    shanghai = Calendar("Asia/Shanghai", week, holidays="CN")
    new_york = Calendar("America/New_York", week, holidays="US")
    berlin = Calendar("Europe/Berlin", breaks, holidays="DE")
    return {
        "with make-up days (Shanghai)": shanghai,
        "with clock changes (New York)": new_york,
        "with 5-minute breaks (Berlin)": berlin,
        "a union of these three zones": shanghai | new_york | berlin,
    }


def plain(desk: Desk | None = None) -> Calendar:
    """The desk of the races, whose days off everyone takes as dates."""
    desk = desk or office()
    shifts = ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in desk.shifts)
    return Calendar(desk.zone, {"mon-fri": shifts}, holidays=sorted(desk.closed))


@dataclass
class Questions:
    """A million starts over five years, work of half an hour to forty, and ends within sixty days.

    All in UTC.
    """

    starts: NDArray[Any]
    work: NDArray[Any]
    ends: NDArray[Any]

    @classmethod
    def drawn(cls, rows: int = ROWS) -> Questions:
        """With the fixed seed."""
        draw = np.random.default_rng(SEED)
        first = np.datetime64("2020-12-31T16:00", "us")
        minutes = draw.integers(0, 5 * 365 * 1440, rows)
        starts = first + (minutes * _MINUTE).astype("timedelta64[us]")
        work = (draw.integers(1, 81, rows) * 30 * _MINUTE).astype("timedelta64[us]")
        lengths = (draw.integers(0, 60 * 1440, rows) * _MINUTE).astype("timedelta64[us]")
        return cls(starts, work, starts + lengths)


def _in_c(questions: Questions, calendar: Calendar) -> dict[str, list[Column]]:
    """The same look-ups compiled from C, on the calendar's own table; none without a compiler."""
    due = bulk.add(calendar, questions.starts, questions.work)
    lengths = bulk.elapsed(calendar, questions.starts, questions.ends)
    ends = np.concatenate([questions.starts, due, questions.ends]).view(np.int64)
    look_ups = compiled(calendar.timeline.covering(int(ends.min()), int(ends.max())))
    starts, work, until = (
        one.view(np.int64) for one in (questions.starts, questions.work, questions.ends)
    )
    asked = {"add": (work, due), "elapsed": (until, lengths)}
    columns = {}
    for verb, look_up in look_ups.items():
        second, expected = asked[verb]
        run = partial(look_up, starts, second)
        _agree(f"{verb} in C", expected, run())
        columns[verb] = [Column("c", f"the look-ups of `{verb}` in C", "exact", ROWS, run)]
    return columns


def _whole_days(questions: Questions, desk: Desk) -> dict[str, list[Column]]:
    """NumPy's and Polars' business days: whole days only."""
    days = questions.starts.astype("datetime64[D]")
    until = questions.ends.astype("datetime64[D]")
    counts = np.maximum(1, questions.work.view(np.int64) // (8 * 60 * _MINUTE))
    calendar = np.busdaycalendar(holidays=np.array(sorted(desk.closed), "datetime64[D]"))
    polars = library("polars")
    frame = polars.DataFrame({"start": days, "end": until, "days": counts})
    closed = sorted(desk.closed)
    start, end, number = (polars.col(name) for name in ("start", "end", "days"))
    adds = start.dt.add_business_days(number, holidays=closed, roll="forward")
    spans = polars.business_day_count(start, end, holidays=closed)
    what = "whole days"
    return {
        "add": [
            Column(
                "busday",
                "`numpy.busday_offset`",
                what,
                ROWS,
                lambda: np.busday_offset(days, counts, "forward", busdaycal=calendar),
            ),
            Column("polars", "Polars `add_business_days`", what, ROWS, lambda: frame.select(adds)),
        ],
        "elapsed": [
            Column(
                "busday",
                "`numpy.busday_count`",
                what,
                ROWS,
                lambda: np.busday_count(days, until, busdaycal=calendar),
            ),
            Column(
                "polars", "Polars `business_day_count`", what, ROWS, lambda: frame.select(spans)
            ),
        ],
    }


def _pandas(questions: Questions, desk: Desk, rows: int) -> Column:
    """`CustomBusinessHour` on a Series: one length for all, since it takes no column of them."""
    pandas = library("pandas")
    series = pandas.Series(questions.starts[:rows]).dt.tz_localize("UTC").dt.tz_convert(desk.zone)
    naive = series.dt.tz_localize(None)
    offset = pandas.offsets.CustomBusinessHour(
        n=4,
        start=[f"{opens:%H:%M}" for opens, _ in desk.shifts],
        end=[f"{closes:%H:%M}" for _, closes in desk.shifts],
        holidays=sorted(desk.closed),
    )

    def added() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it is not vectorised
            return naive + offset

    return Column("pandas", "pandas `CustomBusinessHour`", "4 hours, naive", rows, added)


def races() -> dict[str, list[Column]]:
    """Everyone ready: calendars compiled, columns converted, answers compared."""
    questions, desk = Questions.drawn(), office()
    ours, few = plain(desk), 20_000
    schedule = Workclock().schedule(desk)
    kinds = {"without make-up days (Shanghai)": ours} | calendars()
    found: dict[str, list[Column]] = {"add": [], "elapsed": []} | _in_c(questions, ours)
    for name, calendar in kinds.items():
        key = "slacalc" if calendar is ours else name

        def add(calendar: Calendar = calendar) -> Any:
            return bulk.add(calendar, questions.starts, questions.work)

        def elapsed(calendar: Calendar = calendar) -> Any:
            return bulk.elapsed(calendar, questions.starts, questions.ends)

        found["add"].append(Column(key, f"slacalc `bulk.add`, {name}", "exact", ROWS, add))
        found["elapsed"].append(
            Column(key, f"slacalc `bulk.elapsed`, {name}", "exact", ROWS, elapsed)
        )
    starts, work, ends = questions.starts[:few], questions.work[:few], questions.ends[:few]
    theirs = Column(
        "workclock",
        "workclock `add_many`",
        "exact",
        few,
        lambda: schedule.add_many(starts, work),
    )
    lengths = Column(
        "workclock",
        "workclock `between_many`",
        "exact",
        few,
        lambda: schedule.between_many(starts, ends),
    )
    _agree("add", bulk.add(ours, starts, work), theirs.run())
    _agree("elapsed", bulk.elapsed(ours, starts, ends), lengths.run())
    found["add"].append(theirs)
    found["elapsed"].append(lengths)
    pandas = _pandas(questions, desk, 1_000)
    later = bulk.add(ours, questions.starts[:1_000], timedelta(hours=4), edge="next_open")
    zone = library("pandas").Series(pandas.run()).dt.tz_localize(desk.zone).dt.tz_convert("UTC")
    _agree("pandas", later, zone.dt.tz_localize(None).to_numpy())
    found["add"].append(pandas)
    for question, others in _whole_days(questions, desk).items():
        found[question] += others
    return found


def _agree(question: str, ours: NDArray[Any], theirs: Any) -> None:
    """Compare two columns of answers."""
    wrong = np.flatnonzero(ours != np.asarray(theirs).astype(ours.dtype))
    if len(wrong):
        row = int(wrong[0])
        msg = f"{question}, row {row}: {ours[row]} and {theirs[row]}"
        raise DisagreementError(msg)


def measured() -> dict[str, list[Column]]:
    """All rounds, after everything has run once."""
    found = races()
    everyone = [one for race in found.values() for one in race]
    shuffle = random.Random(SEED).shuffle  # noqa: S311 - an order, no secret
    for one in everyone:
        one.run()
    for _ in range(ROUNDS):
        shuffle(everyone)
        for one in everyone:
            gc.collect()
            one.measure()
    return found


def few_rows() -> list[Column]:
    """Each verb over columns of ten rows of each library: what a call takes to begin."""
    arrow, index = pa.timestamp("us", "UTC"), pd.DatetimeIndex
    kinds: dict[str, Callable[[NDArray[Any]], Any]] = {
        "NumPy": lambda times: times,
        "PyArrow": lambda times: pa.array(times, arrow),
        "PyArrow, chunked": lambda times: pa.chunked_array([pa.array(times, arrow)]),
        "Polars": lambda times: pl.Series(times).dt.replace_time_zone("UTC"),
        "pandas": lambda times: pd.Series(index(times, tz="UTC")),
        "pandas, on Arrow": lambda times: pd.Series(
            pa.array(times, arrow), dtype=pd.ArrowDtype(arrow)
        ),
        "a list": lambda times: index(times, tz="UTC").to_pydatetime().tolist(),
    }
    steps = np.arange(FEW) * np.timedelta64(3_700, "s")
    starts = np.datetime64("2024-05-06T01:00:00", "us") + steps
    calendar = plain()
    calls = [
        Column(f"{kind}/{verb}", kind, verb, 1, partial(run, calendar, *columns))
        for kind, make in kinds.items()
        for columns in [(make(starts), make(starts + np.timedelta64(1, "D")))]
        for verb, run in _VERBS.items()
    ]
    for call in calls:
        call.run()
        for _ in range(_FEW_ROUNDS):
            begun = perf_counter_ns()
            for _ in range(_FEW_CALLS):
                call.run()
            call.rounds.append((perf_counter_ns() - begun) / _FEW_CALLS)
    return calls


def few_rows_table(calls: Sequence[Column]) -> str:
    """The best microseconds of a call."""
    kinds = dict.fromkeys(call.label for call in calls)
    rows = [
        [kind, *(f"{call.fastest / 1_000:,.0f}" for call in calls if call.label == kind)]
        for kind in kinds
    ]
    header = ["best µs", *(f"`{verb}`" for verb in _VERBS)]
    return f"**A call over {FEW} rows**\n\n{table(header, rows, numbers=len(_VERBS))}"


def race_table(race: Sequence[Column]) -> str:
    """Nanoseconds a row, fastest first, with the ratios to our plain calendar and to C."""
    in_c, ours = (next((one for one in race if one.key == key), None) for key in ("c", "slacalc"))
    rows = [
        [
            one.label,
            one.what,
            f"{one.rows:,}",
            f"{one.fastest:,.1f}",
            f"{median(one.rounds):,.1f}",
            *(f"{one.fastest / base.fastest:,.2f}" if base else "" for base in (in_c, ours)),
        ]
        for one in sorted(race, key=lambda one: one.fastest)
    ]
    header = ["call", "answers", "rows", "best ns", "median ns", "× C", "× ours"]
    missing = (
        "" if in_c else "\n\nThere is no C compiler here, so the look-ups in C are not measured."
    )
    return table(header, rows, numbers=5) + missing
