"""Tables of every library: columns by name, new columns, and new tables of the same library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from slacalc._columns.frames import Frame, concat, take, to_list
from slacalc._columns.kernel import MISSING
from slacalc.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Callable

DATA: dict[str, list[Any]] = {"ticket": [7, 8, 9], "tier": ["gold", None, "silver"]}
TABLES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "lists": dict,
    "arrays": lambda data: {name: np.array(column, object) for name, column in data.items()},
    "pandas": lambda data: pd.DataFrame(data, index=range(5, 5 + len(data["ticket"]))),
    "polars": pl.DataFrame,
    "arrow": pa.table,
}
every_table = pytest.mark.parametrize("library", TABLES)


def values(column: Any) -> list[Any]:
    """A native column as Python values; None is missing."""
    plain = column.to_pylist() if hasattr(column, "to_pylist") else list(column)
    return [None if value is pd.NA or value != value else value for value in plain]  # noqa: PLR0124


@every_table
def test_columns_are_read_under_other_names(library: str) -> None:
    """Under the name given for it, or its own; a name given as None hides the column."""
    frame = Frame(TABLES[library](DATA), {"id": "ticket", "tier": None}, ["id", "tier"])
    assert values(frame.column("id")) == [7, 8, 9]
    assert "tier" not in frame
    assert values(frame.own_column("tier")) == ["gold", None, "silver"]
    assert frame.present(["tier", "id"]) == ["id"]
    with pytest.raises(
        ColumnError, match="'tier' is needed, but columns=.'tier': None. excludes it"
    ):
        frame.column("tier")


@every_table
def test_unknown_names_are_refused(library: str) -> None:
    """With what was meant, on either side of `columns`."""
    table = TABLES[library](DATA)
    with pytest.raises(ColumnError, match=r"^columns: 'tikket' is not .*did you mean 'ticket'"):
        Frame(table, {"tikket": "ticket"}, ["ticket"])
    with pytest.raises(ColumnError, match=r"^columns\.tier: 'tiers' is not .*mean 'tier'"):
        Frame(table, {"tier": "tiers"}, ["tier"])
    with pytest.raises(ColumnError, match=r"give columns=\{'teir': \.\.\.\}; did you mean 'tier'"):
        Frame(table).column("teir")


@pytest.mark.parametrize("wrong", [5, None, "created", [1, 2], pl.LazyFrame(DATA)])
def test_what_is_not_a_table_is_refused(wrong: Any) -> None:
    """With its type; a lazy frame is to be collected first."""
    with pytest.raises(ColumnError, match=f"^{type(wrong).__name__} is not a table") as refused:
        Frame(wrong)
    assert ("collect it first" in str(refused.value)) is isinstance(wrong, pl.LazyFrame)


@every_table
def test_new_columns_have_missing_values(library: str) -> None:
    """Texts, counts, shares, truths and distinct values, each with a missing one."""
    frame = Frame(TABLES[library](DATA))
    assert values(frame.new_text(["a", None, "b"])) == ["a", None, "b"]
    assert values(frame.new_counts(np.array([3, MISSING, 0]))) == [3, None, 0]
    assert values(frame.new_counts(np.array([3, 1, 0]))) == [3, 1, 0]
    assert values(frame.new_shares(np.array([0.5, np.nan, 1.0]))) == [0.5, None, 1.0]
    assert values(frame.new_flags([True, None, False])) == [True, None, False]
    assert values(frame.new_flags(np.array([True, False, False]))) == [True, False, False]
    assert values(frame.new_values(np.array([1, -1, 0]), ["x", "y"])) == ["y", None, "x"]
    assert values(frame.new_values(np.array([1, -1, 0]), [4, 5])) == [5, None, 4]
    assert values(frame.new_values(np.array([-1, -1, -1]), [])) == [None, None, None]


@every_table
def test_new_tables_are_of_the_same_library(library: str) -> None:
    """Alone, or the old table with a column more and one replaced."""
    table = TABLES[library](DATA)
    frame = Frame(table)
    new = frame.new_table({"a": frame.new_text(["x", "y"]), "b": frame.new_counts(np.arange(2))})
    assert type(new) is type(table)
    assert values(new["a"]) == ["x", "y"]
    assert values(new["b"]) == [0, 1]
    more = frame.with_index(
        {"tier": frame.new_text(["a", "b", "c"]), "x": frame.new_counts(np.arange(3))}
    )
    wider = frame.with_columns(more)
    assert type(wider) is type(table)
    assert values(wider["ticket"]) == [7, 8, 9]
    assert values(wider["tier"]) == ["a", "b", "c"]
    assert values(wider["x"]) == [0, 1, 2]
    assert values(Frame(table).column("tier")) == ["gold", None, "silver"]


def test_a_mapping_makes_lists_where_its_column_is_one() -> None:
    """By the first column, or by the one that is named."""
    frame = Frame({"created": np.arange(2), "ticket": ["a", "b"]})
    assert isinstance(frame.new_text(["x"]), np.ndarray)
    assert isinstance(frame.like("ticket").new_text(["x"]), list)
    assert isinstance(frame.new_text(["x"]), np.ndarray)


@every_table
def test_rows_are_taken_and_put_together(library: str) -> None:
    """In the order of the indices, without an index in pandas."""
    frame = Frame(TABLES[library](DATA))
    taken = frame.take(["tier", "ticket"], np.array([2, 1]))
    assert [*taken] == ["tier", "ticket"]
    assert values(taken["tier"]) == ["silver", None]
    whole = concat([taken, frame.take(["tier", "ticket"], np.array([0]))])
    assert values(whole["ticket"]) == [9, 8, 7]
    assert to_list(whole["tier"], np.array([2, 1])) == ["gold", None]
    if library == "pandas":
        assert whole["ticket"].index.tolist() == [0, 1, 2]
        assert take(frame.column("ticket"), np.array([2])).index.tolist() == [0]


def test_new_columns_of_pandas_leave_the_table_alone() -> None:
    """The index, though values of it stand twice, and the name of the columns."""
    table = pd.DataFrame({"a": [1, 2, 3]}, index=[7, 7, 8]).rename_axis(columns="fields")
    new = Frame(table).with_columns({"b": pd.Series([4, 5, 6], index=table.index)})
    expected = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]}, index=[7, 7, 8])
    pd.testing.assert_frame_equal(new, expected.rename_axis(columns="fields"))


def test_columns_of_the_same_name_are_refused() -> None:
    """Nobody can say which of them is meant."""
    table = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "b"])
    for each in (table, pa.table([[1], [2], [3]], names=["a", "b", "b"])):
        with pytest.raises(ColumnError, match="two columns are called 'b': rename one of them"):
            Frame(each)
