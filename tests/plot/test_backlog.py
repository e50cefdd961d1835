"""`plot.backlog` counts open tickets over time by the time left until they are due."""

from __future__ import annotations

import numpy as np
import pytest

from slacalc import plot
from slacalc._columns.kernel import MISSING
from slacalc._plot.backlog import _layers, _OpenTickets
from slacalc.errors import (
    ColumnError,
    NaiveDatetimeError,
    ReportError,
)
from tests.plot.figures import (
    AS_OF,
    FIGURES,
    NAMES,
    OFFICE,
    content_of,
    in_pandas,
    legend_of,
    subtitle_of,
)


def test_the_legend_counts_tickets_open_now() -> None:
    """On the 20th: one overdue by days, one due in 27 hours, one paused."""
    figure = FIGURES["backlog"](in_pandas())
    counts = {"overdue: 1", "due within 1d: 0", "within 3d: 1", "no due date yet: 1"}
    assert counts <= {*legend_of(figure)}
    assert subtitle_of(figure).startswith(
        "3 open as of Fri 20 Sep 2024 09:00 (Asia/Shanghai), 1 of"
    )


def count_one_by_one(rows: list[tuple[int, int, int]], when: int, bands: list[int]) -> list[int]:
    """The number of tickets in each layer at an instant, counted ticket by ticket."""
    counts = [0] * (len(bands) + 3)
    for start, stop, due in rows:
        if not start <= when < stop:
            continue
        if due == MISSING:
            place = -1
        elif when > due:
            place = 0
        else:
            place = 1 + sum(due - when > band for band in bands)
        counts[place] += 1
    return counts


def test_layers_equal_a_count_ticket_by_ticket() -> None:
    """At every instant, with ties everywhere."""
    chance = np.random.default_rng(7)
    start = chance.integers(0, 30, 200)
    stop = start + chance.integers(0, 20, 200)
    due = np.where(chance.random(200) < 0.1, MISSING, start + chance.integers(0, 20, 200))
    rows = list(zip(start.tolist(), stop.tolist(), due.tolist(), strict=True))
    times, bands = np.arange(60), [3, 7, 11]
    layers = _layers(_OpenTickets(start, stop, due), times, bands, None)
    assert np.stack(layers, 1).tolist() == [
        count_one_by_one(rows, when, bands) for when in times.tolist()
    ]


def test_bands_are_working_time_on_a_calendar() -> None:
    """From Friday 9:00 to Saturday noon are 27 hours, seven of them working hours."""
    figure = plot.backlog(
        in_pandas(), "call", AS_OF, columns=NAMES, calendar=OFFICE, bands=("4h", "8h")
    )
    assert "within 8h: 1" in legend_of(figure)
    assert subtitle_of(figure).endswith("bands in working time")


def test_errors_say_which_column_or_argument_is_wrong() -> None:
    """With the columns that are there, and the argument that names the right one."""
    frame = in_pandas()
    with pytest.raises(
        ColumnError, match=r"'created' is not a column .*opened.*columns={'created'"
    ):
        plot.backlog(frame, "call", AS_OF)
    with pytest.raises(
        ColumnError,
        match="columns.stopped_at: 'close' is not a column of the table.*; did you",
    ):
        plot.backlog(frame, "call", AS_OF, columns={"stopped_at": "close"})
    with pytest.raises(
        ColumnError,
        match="'stopped' is not a role .*; did you mean 'stopped_at'",
    ):
        plot.backlog(frame, "call", AS_OF, columns={"stopped": "closed"})
    for bands in ((), ("8h", "4h"), "0h", ["1h"] * 2, [f"{n}h" for n in range(1, 9)]):
        with pytest.raises(ReportError, match="lengths in growing order"):
            plot.backlog(frame, "call", AS_OF, columns=NAMES, bands=bands)
    with pytest.raises(ReportError, match="is not before as_of"):
        plot.backlog(frame, "call", AS_OF, columns=NAMES, since=AS_OF)
    naive = frame.assign(opened=frame["opened"].dt.tz_localize(None))
    with pytest.raises(NaiveDatetimeError, match='naive="Europe/Berlin"'):
        plot.backlog(naive, "call", AS_OF, columns=NAMES)
    figure = plot.backlog(naive, "call", AS_OF, columns=NAMES, naive="Asia/Shanghai")
    assert content_of(figure) == content_of(plot.backlog(frame, "call", AS_OF, columns=NAMES))
