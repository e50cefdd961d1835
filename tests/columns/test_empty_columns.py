"""A column without a value in any row: nothing has happened yet, whatever its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from slacalc import bulk, presets
from slacalc.errors import ColumnError, WorkError
from tests.columns.libraries import DESK, END, VERBS, every_verb, rows

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = presets.load("kingdee-diexun")
AS_OF = "2024-09-14T12:00:00+08:00"


def _pandas(dtype: Any, value: Any = None) -> Callable[[int], Any]:
    return lambda count: pd.Series([value] * count, dtype=dtype)


def _polars(dtype: Any, value: Any = None) -> Callable[[int], Any]:
    return lambda count: pl.Series("x", [value] * count, dtype=dtype)


def _masked(count: int, dtype: Any) -> Any:
    return np.ma.array(np.zeros(count, dtype), mask=True)


NOTHING: dict[str, Callable[[int], Any]] = {
    "list of None": lambda count: [None] * count,
    "list of NaN": lambda count: [float("nan")] * count,
    "list of NaT": lambda count: [pd.NaT] * count,
    "list of NA": lambda count: [pd.NA] * count,
    "numpy floats": lambda count: np.full(count, np.nan),
    "numpy objects": lambda count: np.full(count, None, object),
    "numpy datetimes without a unit": lambda count: np.full(count, "NaT", "M8"),
    "numpy lengths": lambda count: np.full(count, "NaT", "m8[s]"),
    "numpy lengths without a unit": lambda count: np.full(count, np.iinfo("i8").min).view("m8"),
    "masked floats": lambda count: _masked(count, float),
    "masked whole numbers": lambda count: _masked(count, int),
    "masked text": lambda count: _masked(count, "U3"),
    "pandas floats": _pandas(float, np.nan),
    "pandas objects": _pandas(object),
    "pandas naive datetimes": lambda count: pd.Series(np.full(count, "NaT", "M8[ns]")),
    "pandas nullable floats": _pandas("Float64", pd.NA),
    "pandas nullable whole numbers": _pandas("Int64", pd.NA),
    "pandas text": _pandas("string"),
    "pandas categories": _pandas("category"),
    "pandas lengths": _pandas("timedelta64[ns]"),
    "pandas null of Arrow": _pandas(pd.ArrowDtype(pa.null())),
    "pandas dates of Arrow": _pandas(pd.ArrowDtype(pa.date32())),
    "polars null": _polars(pl.Null),
    "polars text": _polars(pl.String),
    "polars floats": _polars(pl.Float64),
    "polars NaN": _polars(pl.Float64, float("nan")),
    "polars dates": _polars(pl.Date),
    "polars naive datetimes": _polars(pl.Datetime("us")),
    "polars objects": _polars(pl.Object),
    "polars lists": _polars(pl.List(pl.Int64)),
    "arrow null": pa.nulls,
    "arrow null in chunks": lambda count: pa.chunked_array([pa.nulls(count)]),
    "arrow text": lambda count: pa.nulls(count, pa.string()),
    "arrow categories": lambda count: pa.nulls(count, pa.dictionary(pa.int32(), pa.string())),
    "arrow NaN": lambda count: pa.array([float("nan")] * count, pa.float64()),
    "arrow dates": lambda count: pa.nulls(count, pa.date32()),
    "arrow mappings": lambda count: pa.nulls(count, pa.struct({"a": pa.int32()})),
}
every_kind = pytest.mark.parametrize("kind", NOTHING)


@every_verb
@every_kind
@pytest.mark.parametrize("count", [0, 3])
def test_verbs_return_nothing(verb: str, kind: str, count: int) -> None:
    """As a column of the same length; plain NumPy truths have no missing value."""
    column = NOTHING[kind](count)
    answer = getattr(bulk, verb)(DESK, column, *VERBS[verb])
    nothing = False if verb == "is_open" and type(answer) is np.ndarray else None
    assert rows(answer) == [nothing] * count


@every_kind
@pytest.mark.parametrize("verb", ["add", "subtract", "elapsed", "add_working_days"])
@pytest.mark.parametrize("count", [0, 3])
def test_second_columns_may_be_empty(verb: str, kind: str, count: int) -> None:
    column = NOTHING[kind](count)
    assert rows(getattr(bulk, verb)(DESK, END, column)) == [None] * count


@pytest.mark.parametrize("dtype", [pl.Null, pl.String, pl.Float64, pl.Datetime("us")])
@pytest.mark.parametrize("count", [0, 3])
def test_expressions_return_nothing(dtype: Any, count: int) -> None:
    frame = pl.LazyFrame({"x": pl.Series([None] * count, dtype=dtype)})
    assert (
        frame.select(bulk.add(DESK, pl.col("x"), "4h")).collect()["x"].to_list() == [None] * count
    )


@every_kind
@pytest.mark.parametrize("count", [0, 3])
def test_events_have_not_happened(kind: str, count: int) -> None:
    """Ten o'clock on a working day: five working hours have passed, and nobody has come."""
    column = NOTHING[kind](count)
    tickets = {
        "created": ["2024-09-13T16:00:00+08:00"] * count,
        "channel": ["on-site"] * count,
        "tier": column,
        "arrived": column,
        "resolved": column,
    }
    states = bulk.evaluate(POLICY, tickets, AS_OF)
    assert states["arrival_state"] == ["running"] * count
    assert list(bulk.deadlines(POLICY, tickets)["arrival_due"]) == list(states["arrival_due"])


@every_kind
@pytest.mark.parametrize("field", ["tier", "urgency", "by", "status", "due"])
def test_fields_of_events_may_be_empty(kind: str, field: str) -> None:
    log = {
        "ticket": [1, 2],
        "at": ["2024-09-13T16:00:00+08:00"] * 2,
        "type": ["created"] * 2,
        "channel": ["on-site"] * 2,
        field: NOTHING[kind](2),
    }
    answer = bulk.replay(POLICY, log, AS_OF)
    states = dict(
        zip(zip(answer["ticket"], answer["metric"], strict=True), answer["state"], strict=True)
    )
    assert states[1, "arrival"] == states[2, "arrival"] == "running"


@every_kind
def test_tickets_without_a_receipt_are_faulty_rows(kind: str) -> None:
    tickets = {"created": NOTHING[kind](2), "channel": ["on-site"] * 2}
    errors = bulk.deadlines(POLICY, tickets, errors="column")["error"]
    expected = ["created is missing, so the ticket has no receipt"] * 2
    assert (errors.to_pylist() if hasattr(errors, "to_pylist") else list(errors)) == expected


@every_kind
def test_an_empty_log_has_an_empty_answer(kind: str) -> None:
    """As read from a file with a header alone."""
    nothing = NOTHING[kind](0)
    answer = bulk.replay(POLICY, {"ticket": nothing, "at": nothing, "type": nothing}, AS_OF)
    assert [len(column) for column in answer.values()] == [0] * len(answer)


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_tables_without_events(library: str) -> None:
    """A data frame whose columns of events have the type that the library gives nothing."""
    at = pd.Series(pd.to_datetime(["2024-09-13T16:00:00+08:00"] * 2))
    frame: Any = pd.DataFrame(
        {"created": at, "channel": "on-site", "arrived": None, "tier": np.nan}
    )
    if library != "pandas":
        frame = pl.from_pandas(frame[["created", "channel"]]).with_columns(
            arrived=None, tier=pl.lit(None)
        )
    states = bulk.evaluate(POLICY, frame.to_arrow() if library == "arrow" else frame, AS_OF)
    column = states["arrival_state"]
    assert list(column.to_pylist() if library == "arrow" else column) == ["running"] * 2


@pytest.mark.parametrize(
    "column",
    [np.array([1.0, np.nan]), pd.Series([True, None], dtype="boolean"), pl.Series([1, None])],
)
def test_a_single_value_makes_a_column_something_else(column: Any) -> None:
    with pytest.raises(ColumnError, match="not of instants|not instants"):
        bulk.next_open(DESK, column)
    with pytest.raises((ColumnError, WorkError)):
        bulk.add(DESK, END, column)
