"""Expressions of Polars, and single values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pytest

from slacalc.errors import (
    ColumnError,
    NaiveDatetimeError,
)
from tests.columns.libraries import (
    DAYS,
    DESK,
    LATER,
    SHOWN,
    TIMES,
    VERBS,
    WORK,
    _polars,
    ask,
    every_verb,
    one,
    rows,
)


@every_verb
def test_single_values_are_the_calendars_own_verbs(verb: str) -> None:
    """Without a column, a verb over columns is the calendar's."""
    for at in TIMES:
        if at is not None:
            answer, own = ask(verb, at, *VERBS[verb]), getattr(DESK, verb)(at, *VERBS[verb])
            assert (type(answer), repr(answer)) == (type(own), repr(own))
    with pytest.raises(NaiveDatetimeError):
        ask(verb, datetime(2024, 5, 1), *VERBS[verb])


def frame(unit: str = "us") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "opened": _polars(TIMES, unit, SHOWN),
            "closed": _polars(LATER, unit, "Asia/Tokyo"),
            "work": _polars(WORK, unit, None),
            "text": ["4h", None, "0s", "90m", "1h", "-2h", "PT3H"],
            "days": DAYS,
            "wall": _polars(TIMES, unit, None),
        }
    )


@every_verb
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("lazy", [False, True])
def test_expressions(verb: str, unit: str, *, lazy: bool) -> None:
    """An expression gives what the column gives, with the schema that it promised."""
    given = frame(unit)
    expression = ask(verb, pl.col("opened"), *VERBS[verb])
    assert isinstance(expression, pl.Expr)
    expected = ask(verb, given["opened"], *VERBS[verb])
    if lazy:
        promised = given.lazy().with_columns(due=expression)
        found = promised.collect()
        assert found.schema == promised.collect_schema()
    else:
        found = given.with_columns(due=expression)
    assert found["due"].to_list() == expected.to_list()
    if verb != "elapsed":  # which is in microseconds, as must be known beforehand
        assert found["due"].dtype == expected.dtype
    assert given.select(expression).columns == ["opened"]


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("verb", "first", "second"),
    [
        ("add", "opened", "work"),
        ("add", "opened", "text"),
        ("subtract", "opened", "work"),
        ("elapsed", "opened", "closed"),
        ("add_working_days", "opened", "days"),
        ("end_of_working_day", "opened", "days"),
        ("add", None, "work"),
        ("add", None, "text"),
        ("elapsed", None, "closed"),
        ("add_working_days", None, "days"),
    ],
)
def test_expressions_of_two_columns(
    verb: str, first: str | None, second: str, *, lazy: bool
) -> None:
    """Both arguments may be expressions, or only the second one."""
    given = frame()
    start = "2024-04-30T17:00:00+02:00"
    left = [start] * 7 if first is None else given[first].to_list()
    right = given[second].to_list()
    expression = ask(verb, start if first is None else pl.col(first), pl.col(second))
    chosen = given.lazy() if lazy else given
    found = chosen.select(due=expression).lazy().collect()["due"]
    assert rows(found) == [one(verb, *pair) for pair in zip(left, right, strict=True)]


@pytest.mark.parametrize("lazy", [False, True])
def test_expressions_with_options(*, lazy: bool) -> None:
    """Options hold for expressions as they do for columns."""
    given = frame()
    chosen = given.lazy() if lazy else given

    def found(expression: Any) -> Any:
        return chosen.select(due=expression).lazy().collect()["due"]

    walls = found(ask("add", pl.col("wall"), "4h", naive="Europe/Berlin"))
    assert walls.to_list() == ask("add", given["wall"], "4h", naive="Europe/Berlin").to_list()
    nothing = found(ask("add", pl.col("opened"), "9000000h", errors="null"))
    assert nothing.to_list() == [None] * 7
    edge = found(ask("add", pl.col("opened"), "4h", edge="next_open"))
    assert edge.to_list() == ask("add", given["opened"], "4h", edge="next_open").to_list()
    with pytest.raises(ColumnError, match="cast the column to a finer unit"):  # it is declared
        found(ask("add", pl.col("opened").dt.cast_time_unit("ms"), "0.0005s"))
    hours = found(ask("elapsed", pl.col("opened"), pl.col("closed")).dt.total_seconds())
    seconds = ask("elapsed", given["opened"], given["closed"]).dt.total_seconds()
    assert hours.to_list() == seconds.to_list()


def test_expressions_by_group_and_in_part() -> None:
    """Filters, groups and empty frames change nothing of a row's answer."""
    given = frame()
    due = ask("add", pl.col("opened"), "4h")
    whole = given.with_columns(due=due)
    late = given.lazy().filter(pl.col("days") > 0).with_columns(due=due).collect()
    assert late["due"].to_list() == whole.filter(pl.col("days") > 0)["due"].to_list()
    assert given.lazy().filter(pl.col("days") > 99).with_columns(due=due).collect().height == 0
    grouped = given.with_columns(due=due.over(pl.col("days") > 0))
    assert grouped["due"].to_list() == whole["due"].to_list()
