"""All libraries and both kinds of results give the same figures; errors say what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from slacalc import bulk, plot
from slacalc.errors import (
    ColumnError,
    UnknownMetricError,
)
from tests.plot.figures import (
    AS_OF,
    FIGURES,
    HELPDESK,
    at,
    axes_of,
    columns,
    content_of,
    in_pandas,
    margin_bars,
    subtitle_of,
    texts_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def in_numpy() -> dict[str, Any]:
    frame = in_pandas()
    arrays: dict[str, Any] = {"tier": np.array(columns()["tier"], object)}
    for name in frame.columns.difference(["tier", "call_state"]):
        column = frame[name]
        zoned = hasattr(column.dtype, "tz")
        arrays[name] = (column.dt.tz_convert(None) if zoned else column).to_numpy()
    return arrays | {"call_state": frame["call_state"].to_numpy(object)}


LIBRARIES: dict[str, Callable[[], Any]] = {
    "polars": lambda: pl.from_pandas(in_pandas()).lazy(),
    "pyarrow": lambda: pa.Table.from_pandas(in_pandas()),
    "numpy": in_numpy,
    "lists": columns,
}


@pytest.mark.parametrize("name", FIGURES)
def test_all_libraries_give_the_same_figure(name: str) -> None:
    """The figure does not depend on the library of the table."""
    expected = content_of(FIGURES[name](in_pandas()))
    for library, make in LIBRARIES.items():
        if (name, library) != ("attainment", "lists"):  # lists have no column of instants to group
            assert content_of(FIGURES[name](make())) == expected, library


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_without_data_says_what_is_missing(name: str) -> None:
    """For a table without rows, and for one without targets."""
    without_targets = in_pandas().assign(call_state="no target")
    for column in ("call_breached_at", "call_due"):
        without_targets[column] = without_targets[column].mask(without_targets[column].notna())
    for frame in (in_pandas().iloc[:0], without_targets):
        figure = FIGURES[name](frame)
        assert figure.get_suptitle().startswith("call: ")
        (message,) = (one.get_text() for one in axes_of(figure)[0].texts)
        assert message.startswith("no ticket ")


@pytest.mark.parametrize("name", FIGURES)
def test_one_row_is_enough(name: str) -> None:
    """A breached ticket that was stopped has a place in every figure."""
    figure = FIGURES[name](in_pandas().iloc[3:4])
    assert any(one.has_data() for one in figure.axes)


def test_results_of_replay_are_read_by_their_own_column_names() -> None:
    """They have starts and stops, and rows of several metrics."""
    log = pd.DataFrame(
        {
            "ticket": [1, 1, 2],
            "at": [at("13 09:00"), at("13 10:00"), at("13 09:00")],
            "type": ["created", "replied", "created"],
        }
    )
    answer = bulk.replay(HELPDESK, log, AS_OF)
    assert (
        sum(margin_bars(plot.margin(answer, "response")).values()) == 1
    )  # the other is still open
    assert "1 open as of" in subtitle_of(plot.backlog(answer, "response", AS_OF))
    assert "2 open as of" in subtitle_of(plot.backlog(answer, "resolution", AS_OF))
    assert "1 breach," in subtitle_of(plot.breaches(answer, "response"))
    share = plot.attainment(answer, "response", at="start")
    assert [one.get_height() for one in axes_of(share)[0].patches] == [0.5]
    with pytest.raises(UnknownMetricError, match=r"\(response, resolution\); did you mean"):
        plot.margin(answer, "respons")
    empty = bulk.replay(HELPDESK, log.iloc[:0], AS_OF)
    assert "no ticket has been stopped" in texts_of(plot.margin(empty, "response"))


def test_unknown_metrics_and_other_tables_are_refused() -> None:
    """With the known names, and suggestions."""
    for draw in (plot.margin, plot.breaches, plot.attainment):
        with pytest.raises(
            UnknownMetricError, match=r"'cal' is not a metric of the table \(call\)"
        ):
            draw(in_pandas(), "cal")
        with pytest.raises(ColumnError, match="is not an answer"):
            draw(pd.DataFrame({"a": [1]}), "call")
    with pytest.raises(ColumnError, match=r"'remaining' is not a column.*call_due, call_state"):
        plot.margin(in_pandas().drop(columns="call_remaining"), "call")
