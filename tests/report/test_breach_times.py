"""`report.breaches`: where the time of each breach went, to the microsecond."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc import Policy, bulk, report
from slacalc._time.instants import to_instant
from slacalc.errors import ColumnError
from tests.bulk.test_replay import LIBRARIES, microseconds, rows_of, table_of, to_datetime
from tests.bulk.test_time_by import DESK, HAND
from tests.clock.helpers import at
from tests.oracles.calendar import HOUR
from tests.strategies.clocks import clock_policies, event_logs, moments_of

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

# A lasts from Monday 9:00 to Tuesday 16:00, B from Monday 9:00 to Tuesday 18:00; C was met.
PARTS = [
    ("A", "unassigned", "", 1),
    ("A", "running", "desk", 9),
    ("A", "running", "network", 3),
    ("A", "paused", "", 2),
    ("A", "closed", "", 16),
    ("B", "running", "7", 5),
    ("B", "running", "8", 8),
    ("B", "paused", "", 2),
    ("B", "before change", "", 1),
    ("B", "closed", "", 17),
]
TOTALS = [
    ("closed", "", 2, 33),
    ("running", "desk", 1, 9),
    ("running", "8", 1, 8),
    ("running", "7", 1, 5),
    ("paused", "", 2, 4),
    ("running", "network", 1, 3),
    ("unassigned", "", 1, 1),
    ("before change", "", 1, 1),
]
ALL = {"A": 31, "B": 33}  # hours


def rows_in(table: dict[str, list[Any]], *names: str) -> list[tuple[Any, ...]]:
    """Columns of a dictionary of lists, and its times in hours, row by row."""
    hours = [(microseconds(length) or 0) / HOUR for length in table["time"]]
    return [*zip(*(table[name] for name in names), hours, strict=True)]


def test_the_parts_of_each_breach() -> None:
    times = bulk.time_by(DESK, table_of(HAND), "group", at("Tu 18:00"))
    table = report.breaches(times)
    assert [*table] == ["ticket", "metric", "cycle", "part", "group", "time", "share"]
    assert rows_in(table, "ticket", "part", "group") == PARTS
    shares = [hours / ALL[ticket] for ticket, _, _, hours in PARTS]
    assert table["share"] == pytest.approx(shares)


def test_totals() -> None:
    times = bulk.time_by(DESK, table_of(HAND), "group", at("Tu 18:00"))
    table = report.breaches(times, totals=True)
    assert rows_in(table, "part", "group", "breaches") == TOTALS
    assert table["share"] == pytest.approx([hours / 64 for *_, hours in TOTALS])


def test_without_a_field_all_time_that_counted_is_running() -> None:
    times = bulk.time_by(DESK, table_of(HAND), (), at("Tu 18:00"))
    assert rows_in(report.breaches(times), "ticket", "part")[:2] == [
        ("A", "running", 13),
        ("A", "paused", 2),
    ]


def test_no_breach_gives_no_row() -> None:
    """Of a table without breaches, and of one without rows."""
    log = table_of([row for row in HAND if row[0] == "C"])
    for data in (pd.DataFrame(log), pd.DataFrame(log).iloc[:0]):
        times = bulk.time_by(DESK, data, "group")
        assert len(report.breaches(times)) == len(report.breaches(times, totals=True)) == 0


@pytest.mark.parametrize("library", LIBRARIES)
def test_answers_come_in_the_library_of_the_question(library: str) -> None:
    data = pd.DataFrame(table_of(HAND)).replace({7: "7", 8: "8"}).rename(columns={"at": "updated"})
    log = LIBRARIES[library](data)
    times = bulk.time_by(DESK, log, "group", at("Tu 18:00"), columns={"at": "updated"})
    table = report.breaches(times)
    assert type(table) is type(times)
    if library in ("pyarrow", "polars"):
        table = table.to_pandas()
    rows = pd.DataFrame(table)[["ticket", "part", "group", "time"]].itertuples(index=False)
    hour = pd.Timedelta(hours=1)
    assert [(*words, length / hour) for *words, length in rows] == PARTS


def test_another_table_is_refused() -> None:
    with pytest.raises(ColumnError, match="not an answer of bulk.time_by: it has no column"):
        report.breaches(bulk.replay(DESK, table_of(HAND)))


@pytest.mark.parametrize("name", ["part", "time", "share", "breaches"])
def test_a_field_with_the_name_of_a_column_is_refused(name: str) -> None:
    """Rather than lost; only the totals count breaches."""
    log = {**table_of(HAND), name: ["x"] * len(HAND)}
    times = bulk.time_by(DESK, log, name, at("Tu 18:00"))
    with pytest.raises(ColumnError, match=f"divided by '{name}', which is a column"):
        report.breaches(times, totals=name == "breaches")


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_the_parts_of_a_breach_add_up_to_its_life(data: st.DataObject) -> None:
    """From its start to its stop, or to now; and those that count to what has elapsed."""
    office = data.draw(clock_policies(choices=True))
    logs = [data.draw(event_logs(office)) for _ in range(2)]
    rows = [row for place, log in enumerate(logs) for row in rows_of(f"T{place}", log)]
    as_of = to_datetime(data.draw(moments_of(office, logs[0])))
    of, log = Policy.from_dict(office.data), table_of(rows)
    by = [name for name in ("group", "status") if name in log]
    table = report.breaches(bulk.time_by(of, log, by, as_of, errors="column"))
    sums: dict[str, Counter[Any]] = {"all": Counter(), "running": Counter(), "paused": Counter()}
    for *cycle, part, time in zip(
        *(table[name] for name in ("ticket", "metric", "cycle", "part", "time")), strict=True
    ):
        for name in ("all", "running" if part == "unassigned" else part):
            sums.setdefault(name, Counter())[*cycle] += microseconds(time) or 0
    answer = bulk.replay(of, log, as_of, errors="column")
    for row in zip(*answer.values(), strict=True):
        cell = dict(zip(answer, row, strict=True))
        cycle = [cell["ticket"], cell["metric"], cell["cycle"]]
        if cell["state"] not in ("late", "breached"):
            assert (*cycle,) not in sums["all"]
            continue
        end = to_instant(cell["stopped_at"] or as_of)
        # One that ends with another metric has no column for its end.
        if cell["stopped_at"] or not of.metrics[cell["metric"]].until:
            assert sums["all"][*cycle] == max(end - to_instant(cell["start"]), 0)
        assert sums["running"][*cycle] == microseconds(cell["elapsed"])
        assert sums["paused"][*cycle] == microseconds(cell["paused"])
