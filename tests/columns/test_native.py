"""What columns of other libraries hold, asked of themselves: one kind as another."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from slacalc import bulk
from slacalc._columns.native import ValueType, library_of, to_array, to_integers, value_type
from tests.columns.libraries import DESK, TIMES, column

DAY = date(2024, 5, 3)
AT = datetime(2024, 5, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "library", "held"),
    [
        (pa.array([AT]), "arrow", ("instants", "us", "UTC")),
        (pa.chunked_array([], pa.timestamp("s")), "arrow", ("instants", "s", None)),
        (pa.array([DAY]).cast(pa.date64()), "arrow", ("dates",)),
        (pa.array([1], pa.duration("ms")), "arrow", ("lengths", "ms")),
        (pa.array(["4h"]), "arrow", ("other",)),
        (pl.Series([AT]), "polars", ("instants", "us", "UTC")),
        (pl.Series([DAY]), "polars", ("dates",)),
        (pl.Series([1, None], dtype=pl.UInt8), "polars", ("integers",)),
        (pl.Series([AT], dtype=pl.Object), "polars", ("objects",)),
        (pd.Series([AT]).dt.as_unit("ms"), "pandas", ("instants", "ms", "UTC")),
        (pd.DatetimeIndex(["2024-05-03"]).as_unit("s"), "index", ("instants", "s", None)),
        (
            pd.Series([AT], dtype=pd.ArrowDtype(pa.timestamp("ns", "UTC"))),
            "pandas",
            ("instants", "ns", "UTC"),
        ),
        (pd.Series(pd.period_range("2024", periods=2, freq="D")), "pandas", ("periods",)),
        (pd.Series(pd.period_range("2024", periods=2, freq="M")), "pandas", ("other",)),
        (pd.Series([1, None], dtype="Int8"), "pandas", ("integers",)),
        (pd.Series([DAY, None], dtype=object), "pandas", ("objects",)),
        (pd.Series([None, "4h"], dtype=object), "pandas", ("other",)),
        (pd.Series(["4h"], dtype="category"), "pandas", ("other",)),
    ],
)
def test_what_a_column_holds(values: Any, library: str, held: tuple[Any, ...]) -> None:
    assert library_of(values) == library
    assert value_type(values) == ValueType(*held)


@pytest.mark.parametrize(
    ("value", "library"),
    [
        ([AT], "list"), ((), "list"), (np.array([1]), "numpy"), (np.ma.array([1]), "masked"),
        ("4h", None), (AT, None), (np.datetime64("2024"), None), (pd.Timestamp(AT), None),
        (pd.NaT, None), (pl.col("opened"), None), (pd.DataFrame(), None), (None, None),
    ],
)  # fmt: skip
def test_single_values_are_no_columns(value: Any, library: str | None) -> None:
    assert library_of(value) == library


@pytest.mark.parametrize(
    "library", ["pandas", "pandas index", "pandas on arrow", "polars", "arrow"]
)
def test_ordinary_columns_are_not_shown_to_narwhals(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Narwhals takes longer to be asked than a thousand rows take."""
    starts = column(library, TIMES)

    def answers() -> list[str]:
        return [
            str(bulk.add(DESK, starts, "4h")),
            str(bulk.elapsed(DESK, starts, starts)),
            str(bulk.is_open(DESK, starts)),
            str(bulk.count_working_days(DESK, starts, starts)),
            str(bulk.add_working_days(DESK, starts, 2)),
        ]

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError

    expected = answers()  # by which the types are known
    monkeypatch.setattr(nw, "from_native", refuse)
    assert answers() == expected


@pytest.mark.parametrize("dtype", ["uint8", "UInt8", "uint8[pyarrow]"])
def test_whole_numbers_of_pandas(dtype: Any) -> None:
    array = to_array(pd.Series([1, 2, 3], dtype=dtype))
    assert array.dtype == np.uint8
    assert array.tolist() == [1, 2, 3]


def test_missing_times_are_the_least_integer() -> None:
    least = np.iinfo(np.int64).min
    for values in (pa.array([None, 1], pa.timestamp("s", "UTC")), pl.Series([None, AT])):
        assert to_integers(values).tolist()[0] == least


def test_an_index_of_objects_is_read_as_a_series_of_them() -> None:
    """Pandas would make datetimes of the objects of an index, and leave those of a series."""
    objects = pd.Series([AT, None], dtype=object)
    from_series = bulk.add(DESK, objects, "4h")
    from_index = bulk.add(DESK, pd.Index([AT, None], dtype=object), "4h")
    assert from_index.dtype == from_series.dtype
    assert from_index.tolist() == from_series.tolist()


def test_objects_that_come_late() -> None:
    """Whatever the index is, and though many values at the beginning are missing."""
    column = pd.Series([None] * 150 + [datetime(2024, 5, 1, tzinfo=UTC)], dtype=object)
    column.index = column.index[::-1] / 2
    assert value_type(column).kind == "objects"
