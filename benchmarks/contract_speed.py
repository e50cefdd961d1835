"""Availability: a million outages against service hours and maintenance, in the frames people have.

The rivals are what one would write without a library: merging by `cummax` and `groupby` in pandas,
with a clip for each stretch of the agreed time; and a loop over sorted outages in plain Python.
Both are handed the agreed time ready-made, and have no degraded shares, evidence or excluded
outages. The floor is sorting as many integers. All downtimes are compared first, to the
microsecond.
"""

from __future__ import annotations

import random
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from pages import table
from rivals import library
from slacalc import Policy, contract
from speed import DisagreementError
from table_speed import Form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SEED = 20_261_129
ROWS = 1_000_000
ROUNDS = 7
PERIOD = "2026"
_SECOND = 1_000_000

POLICY = Policy(
    "measured",
    calendars={
        "office": {"time_zone": "Europe/Zurich", "week": {"mon-fri": "06:00-22:00"}},
        "nights": {"time_zone": "Europe/Zurich", "week": {"tue": "20:00-23:00"}},
    },
    calendar="office",
    availability={"web": {"target": "99.9 %", "hours": "office", "maintenance": "nights"}},
)


def drawn(rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The beginnings and ends of outages of 2026 in UTC microseconds, in any order."""
    draw = np.random.default_rng(SEED)
    first = int(np.datetime64("2026-01-01", "us").astype(np.int64))
    starts = first + draw.integers(0, 364 * 86_400 * _SECOND, rows)
    seconds = draw.exponential(4_000_000 / rows, rows)  # an eighth of the year
    return starts, starts + (seconds * _SECOND).astype(np.int64)


def frames(rows: int) -> dict[str, Any]:
    """The outages in every form that is measured."""
    starts, ends = drawn(rows)
    pa, pl = library("pyarrow"), library("polars")
    columns = {"start": starts.view("datetime64[us]"), "end": ends.view("datetime64[us]")}
    kind = pa.timestamp("us", "UTC")
    arrow = pa.table({name: pa.array(values).cast(kind) for name, values in columns.items()})
    return {"pandas": arrow.to_pandas(), "Polars": pl.from_arrow(arrow), "PyArrow": arrow}


def downtime(frame: Any) -> int:
    """Our downtime, in microseconds."""
    result = contract.availability(POLICY, frame, period=PERIOD)["web"]
    return round(result.downtime.total_seconds() * _SECOND)


def agreed() -> list[tuple[int, int]]:
    """The agreed time as stretches of UTC microseconds: the hours less Tuesdays from 20:00."""
    calendar = POLICY.calendars["office"] - POLICY.calendars["nights"]
    spans = calendar.spans("2026-01-01T00:00+01:00", "2027-01-01T00:00+01:00")
    return [(_us(span.opens), _us(span.closes)) for span in spans]


def _us(instant: Any) -> int:
    microseconds: int = round(instant.timestamp() * _SECOND)
    return microseconds


def by_pandas(starts: NDArray[np.int64], ends: NDArray[np.int64], spans: Any) -> int:
    """The downtime by pandas."""
    pd = library("pandas")
    outages = pd.DataFrame({"start": starts, "end": ends}).sort_values("start")
    group = (outages.start > outages.end.cummax().shift()).cumsum()
    merged = outages.groupby(group).agg({"start": "min", "end": "max"})
    return sum(
        int((merged.end.clip(upper=closes) - merged.start.clip(lower=opens)).clip(lower=0).sum())
        for opens, closes in spans
    )


def by_loop(starts: Sequence[int], ends: Sequence[int], spans: Any) -> int:
    """The downtime by a loop."""
    total, reached, place = 0, 0, 0
    for start, end in sorted(zip(starts, ends, strict=True)):
        begin, reached = max(start, reached), max(end, reached)
        while place < len(spans) and spans[place][1] <= begin:
            place += 1
        for opens, closes in spans[place:]:
            if opens >= end:
                break
            total += max(0, min(end, closes) - max(begin, opens))
    return total


def measured(rows: int = ROWS, rounds: int = ROUNDS) -> list[Form]:
    """All forms and rivals, in rounds of one order after another.

    Raises:
        DisagreementError: Their answers differ.
    """
    starts, ends = drawn(rows)
    spans, ours = agreed(), frames(rows)
    lists = starts.tolist(), ends.tolist()
    races: dict[str, Any] = {
        f"`contract.availability`, {name}": partial(downtime, frame) for name, frame in ours.items()
    }
    races["pandas by `cummax` and `groupby`"] = partial(by_pandas, starts, ends, spans)
    races["a loop in Python"] = partial(by_loop, *lists, spans)
    floor = "`np.sort` of as many integers: the floor", partial(np.sort, starts)
    return race_forms(races, floor, rows, rounds)


def race_forms(
    races: dict[str, Any], floor: tuple[str, Any], rows: int, rounds: int = ROUNDS
) -> list[Form]:
    """Compare the answers of races, and measure them and a floor in rounds.

    Raises:
        DisagreementError: Their answers differ.
    """
    answers = {name: race() for name, race in races.items()}
    if len(set(answers.values())) > 1:
        raise DisagreementError(str(answers))
    forms = [Form(name, rows, race) for name, race in [*races.items(), floor]]
    order = list(forms)
    shuffle = random.Random(SEED).shuffle  # noqa: S311 - an order, no secret
    for _ in range(rounds):
        shuffle(order)
        for form in order:
            form.measure()
    return forms


def form_table(outages: Sequence[Form], events: Sequence[Form]) -> str:
    """Nanoseconds of an outage, and of an event of duties; ours first."""
    return form_tables(
        {
            f"Availability of a year: {outages[0].counted:,} outages, an outage": outages,
            f"A year of twelve monthly duties: {events[0].counted:,} events, an event": events,
        }
    )


def form_tables(forms_of: Mapping[str, Sequence[Form]]) -> str:
    """Nanoseconds of a row, in a table below each title."""
    parts = []
    for title, forms in forms_of.items():
        rows = [[one.name, f"{one.fastest:,.1f}", f"{median(one.rounds):,.1f}"] for one in forms]
        parts += [f"**{title}**", table(["", "best ns", "median ns"], rows, numbers=2)]
    return "\n\n".join(parts)
