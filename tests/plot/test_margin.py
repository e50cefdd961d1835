"""`plot.margin` counts tickets by the time that was left when they were stopped."""

from __future__ import annotations

import pandas as pd

from slacalc import plot
from tests.plot.figures import (
    FIGURES,
    axes_of,
    in_pandas,
    legend_of,
    margin_bars,
    subtitle_of,
)


def test_tickets_are_counted_by_the_time_left_and_their_state() -> None:
    """A ticket with exactly nothing left may be breached, by a night that does not count."""
    figure = FIGURES["margin"](in_pandas())
    labels = [one.get_text() for one in axes_of(figure)[0].get_xticklabels()]
    # From 20 minutes over to 180 minutes left, in steps up to the next larger ones.
    below = ["30m", "15m", "5m", "2m", "1m"]
    above = ["1m", "2m", "5m", "15m", "30m", "1h", "2h", "4h"]
    assert labels == [*(f"\N{MINUS SIGN}{step}" for step in below), "0", *above]
    bars = margin_bars(figure)
    place = labels.index("4h") - labels.index("0") - 0.5
    assert bars["met", place] == 1
    assert bars["met", 0.5] == bars["breached", 0.5] == 1
    assert [count for (state, where), count in bars.items() if state == "late" and where < 0] == [1]
    assert subtitle_of(figure) == (
        "4 tickets; half had at least 0m left, one in ten was over by at least 20m"
    )
    assert legend_of(figure)[:3] == ["met: 2 (50.0%)", "late: 1 (25.0%)", "breached: 1 (25.0%)"]


def test_open_breached_tickets_count_only_without_a_column_of_stops() -> None:
    """Without it, the open ticket that is over by five hours so far counts as well."""
    with_it, without = FIGURES["margin"](in_pandas()), plot.margin(in_pandas(), "call")
    assert sum(margin_bars(with_it).values()) == 4
    assert sum(margin_bars(without).values()) == 5


def test_shares_are_of_the_whole_target() -> None:
    """Three hours left of four are 75 %: between 70 and 80."""
    figure = FIGURES["share"](in_pandas())
    labels = [one.get_text() for one in axes_of(figure)[0].get_xticklabels()]
    place = labels.index("70") - labels.index("0") + 0.5
    assert margin_bars(figure)["met", place] == 1


def test_targets_due_at_once_have_no_share() -> None:
    """They are left out and counted in the subtitle."""
    frame = in_pandas()
    for name in ("call_elapsed", "call_remaining"):
        frame[name] = frame[name].mask(frame.index == 0, pd.Timedelta(0))
    figure = plot.margin(frame, "call", scale="share")
    assert "not counted, since due at once: 1" in subtitle_of(figure)
