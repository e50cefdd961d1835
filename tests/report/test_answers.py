"""Answers of `bulk` read back: their metrics, their states, and the periods of their instants."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pytest

from slacalc import report
from slacalc.errors import ColumnError, ReportError
from tests.report.cases import replayed, rows_of


def months(created: Any, **more: Any) -> list[str | None]:
    """The month of each of several instants, all of which are met."""
    size = len(created)
    answer: Any = {"repair_state": ["met"] * size, "repair_due": [None] * size}
    if isinstance(created, pl.Series):
        answer = pl.DataFrame({**answer, "created": created})
    elif isinstance(created, (pd.Series, pd.DatetimeIndex)):
        answer = pd.DataFrame({**answer, "created": created})
    else:
        answer["created"] = created
    table = report.attainment(answer, period="month", **more)
    table = table.to_arrow() if isinstance(table, pl.DataFrame) else table
    return [period for period, total in rows_of(table, "period", "total") for _ in range(total)]


# 2026-02-28 18:29 UTC and a minute later; 2026-03-01 04:59 UTC and a minute later.
INSTANTS = ["2026-02-28T18:29Z", "2026-02-28T18:30Z", "2026-03-01T04:59Z", "2026-03-01T05:00Z"]


@pytest.mark.parametrize(
    ("time_zone", "february"),
    [
        ("UTC", 2),
        ("Asia/Kolkata", 1),  # +05:30: 23:59 on 28 February, then midnight
        (timezone(timedelta(hours=5, minutes=30)), 1),
        (timezone(timedelta(hours=-5)), 3),  # 23:59 on 28 February, then midnight
        ("America/New_York", 3),
    ],
)
def test_the_zone_of_the_column_decides(time_zone: Any, february: int) -> None:
    """Named zones and fixed offsets, ahead of UTC and behind."""
    created = pd.to_datetime(INSTANTS, utc=True).tz_convert(time_zone)
    assert months(created) == ["2026-02"] * february + ["2026-03"] * (4 - february)


def test_a_named_zone_comes_before_that_of_the_column() -> None:
    created = pd.to_datetime(INSTANTS, utc=True).tz_convert("Asia/Kolkata")
    assert months(created, time_zone="UTC") == ["2026-02"] * 2 + ["2026-03"] * 2


def test_a_list_counts_in_the_zone_of_its_first_datetime() -> None:
    """Text names no zone, so that a list of it needs one."""
    kolkata = ZoneInfo("Asia/Kolkata")
    created = [datetime.fromisoformat(text).astimezone(kolkata) for text in INSTANTS]
    assert months([None, *created]) == ["2026-02"] + ["2026-03"] * 3 + [None]
    with pytest.raises(ReportError, match="time_zone"):
        months(INSTANTS)
    assert months(INSTANTS, time_zone="America/New_York") == ["2026-02"] * 3 + ["2026-03"]


def test_wall_times_count_as_they_read() -> None:
    """A column without a zone; a zone for it is refused, since nobody knows what it reads in."""
    walls = pl.Series([datetime(2026, 2, 28, 23, 59), datetime(2026, 3, 1), None])
    assert months(walls) == ["2026-02", "2026-03", None]
    with pytest.raises(ReportError, match="no time zone"):
        months(walls, time_zone="Asia/Kolkata")


def test_arrays_of_numpy_are_utc() -> None:
    created = np.array(["2026-02-28T23:59", "2026-03-01T00:00", "NaT"], "datetime64[us]")
    assert months(created) == ["2026-02", "2026-03", None]
    assert months(created, time_zone="America/New_York") == ["2026-02"] * 2 + [None]


def test_the_answer_of_a_log_counts_by_its_own_columns() -> None:
    """It has no `created`, and the message says what to do about that."""
    table = report.attainment(replayed(), period="month", at="start", time_zone="UTC")
    assert rows_of(table, "metric", "period", "total") == [
        ("repair", "2026-03", 3),
        (None, None, 1),
    ]
    with pytest.raises(ColumnError, match="'created'.*at=\"start\".*with_attributes"):
        report.attainment(replayed(), period="month")


def test_the_answer_for_tickets_counts_by_its_own_columns() -> None:
    """Without `created` the message names a column that is the table's own."""
    answer = {"repair_state": ["met"], "repair_due": [None]}
    with pytest.raises(ColumnError, match="'created'.*opened_at"):
        report.attainment(answer, period="month")
    with pytest.raises(ColumnError, match="'repaired_at'"):
        report.attainment(answer, period="month", at="repaired_at")


def test_a_state_that_is_none_is_refused() -> None:
    """With the column that has it."""
    with pytest.raises(ColumnError, match="'ok' is not a state, in repair_state"):
        report.attainment({"repair_state": ["ok"], "repair_due": [None]})


def test_lazy_frames_are_collected() -> None:
    frame = pl.DataFrame({"repair_state": ["met", "late"], "repair_due": [None, None]}).lazy()
    table = report.attainment(frame)
    assert rows_of(table.to_arrow(), "met", "late") == [(1, 1)]


def test_running_and_paused_rows_are_open() -> None:
    """Neither is decided, and each of the states that are left out has its own column."""
    states = ["running", "paused", "paused", "not started", "cancelled", "not covered", "no target"]
    answer = {"repair_state": [*states, None], "repair_due": [None] * 8}
    table = report.attainment(answer)
    names = ("total", "decided", "open", "not_started", "cancelled", "not_covered", "no_target")
    assert rows_of(table, *names, "unjudged") == [(8, 0, 3, 1, 1, 1, 1, 1)]
