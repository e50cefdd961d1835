"""`plot.attainment` draws the shares, counts and intervals of `report.attainment`."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest

from slacalc import Policy, plot, report
from slacalc._plot.palette import LIGHT
from slacalc.errors import (
    ColumnError,
    ReportError,
    UnknownMetricError,
)
from tests.plot.figures import (
    FIGURES,
    axes_of,
    content_of,
    in_pandas,
    legend_of,
    subtitle_of,
    tickets,
)


def test_bars_are_shares_with_their_counts_below() -> None:
    """Of three gold tickets two were met, of two silver ones none."""
    gold, silver = axes_of(FIGURES["attainment"](in_pandas()))[:2]
    assert [one.get_height() for one in gold.patches] == [2 / 3]
    assert [one.get_height() for one in silver.patches] == [0]
    assert [one.get_text() for one in gold.get_xticklabels()] == ["2/3"]
    assert [one.get_text() for one in silver.get_xticklabels()] == ["0/2"]
    assert (gold.get_title(loc="left"), silver.get_title(loc="left")) == ("gold", "silver")


def whiskers(ax: Any) -> list[tuple[float, float]]:
    (lines,) = (one for one in ax.collections if type(one).__name__ == "LineCollection")
    return [(path.vertices[0, 1], path.vertices[-1, 1]) for path in lines.get_paths()]


def test_whiskers_are_wilsons_interval() -> None:
    """8 of 10: 0.490 to 0.943; 81 of 263: 0.255 to 0.366 (Newcombe 1998, table I)."""
    rows = tickets(8, 2, 1) + tickets(81, 182, 2)
    figure = plot.attainment(pd.DataFrame(rows), "call")
    (first, second) = whiskers(axes_of(figure)[0])
    assert first == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert second == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_months_without_tickets_keep_their_places() -> None:
    """Bars of January and April stand three months apart."""
    frame = pd.DataFrame(tickets(3, 1, 1) + tickets(1, 1, 4))
    ax = axes_of(plot.attainment(frame, "call", time_zone="Asia/Shanghai"))[0]
    assert [one.get_x() + one.get_width() / 2 for one in ax.patches] == pytest.approx([0, 3])
    names = [one.get_text() for one in ax.get_xticklabels(minor=True)]
    assert names == ["Jan\n2024", "Feb", "Mar", "Apr"]


def test_groups_of_two_columns_stand_in_rows_and_columns() -> None:
    """Tiers one below the other and severities side by side, in the policy's order."""
    rows = [
        ticket
        for tier in ("silver", "gold")
        for severity in ("low", "high")
        for ticket in tickets(2, 1, 3, tier=tier, severity=severity)
    ]
    policy = Policy(
        "p",
        calendars={"c": {"time_zone": "Asia/Shanghai", "week": "always"}},
        attributes={"tier": ["gold", "silver"], "severity": ["high", "low"]},
        metrics={"call": {"stop": "called"}},
        tables={"t": [{"targets": {"call": "1 hour"}}]},
    )
    frame = pd.DataFrame(rows)
    figure = plot.attainment(frame, "call", by=["tier", "severity"], policy=policy)
    grid = [one.get_subplotspec().rowspan.start for one in axes_of(figure)]
    assert grid == [0, 0, 1, 1]
    titles = [one.get_title(loc="left") for one in figure.axes]
    assert titles == ["gold · high", "gold · low", "silver · high", "silver · low"]


def test_a_counted_table_is_drawn_as_it_was_counted() -> None:
    """The picture of `report.attainment`'s table is that of the answer."""
    answer = in_pandas()
    counted = report.attainment(
        answer, by="tier", at="opened", time_zone="Asia/Shanghai", period="month", objective=0.5
    )
    assert content_of(plot.attainment(counted, "call")) == content_of(FIGURES["attainment"](answer))
    with pytest.raises(ColumnError, match=r"by=\['team'\].*counted by \['tier'\]"):
        plot.attainment(counted, "call", by="team")
    with pytest.raises(UnknownMetricError, match="'cal' is not a metric.*did you mean 'call'"):
        plot.attainment(counted, "cal")


def test_bars_are_coloured_by_what_their_interval_proves() -> None:
    """Of 90 %: 400 of 400 meets it, 300 of 400 misses it, 9 of 10 may do either."""
    rows = tickets(400, 0, 1) + tickets(300, 100, 2) + tickets(9, 1, 3)
    figure = plot.attainment(pd.DataFrame(rows), "call", objective="90 %")
    met, missed, unsure = (one.get_facecolor() for one in axes_of(figure)[0].patches)
    assert met == mpl.colors.to_rgba(LIGHT.blue)
    assert missed == mpl.colors.to_rgba(LIGHT.vermillion)
    assert unsure not in (met, missed)
    assert {"objective met", "too few tickets to tell", "objective missed"} < {*legend_of(figure)}


def test_groups_beyond_the_most_are_not_shown_but_counted() -> None:
    """Of three groups the two with the most tickets are shown."""
    rows = [*tickets(5, 0, 1, team="a"), *tickets(1, 0, 1, team="b"), *tickets(3, 0, 1, team="c")]
    figure = plot.attainment(pd.DataFrame(rows), "call", by="team", most=2)
    assert [one.get_title(loc="left") for one in figure.axes] == ["a", "c"]
    assert "shown: the 2 largest of 3 groups" in subtitle_of(figure)
    with pytest.raises(ReportError, match="most=0"):
        plot.attainment(pd.DataFrame(rows), "call", most=0)


def test_the_share_is_rounded_as_in_reports() -> None:
    """123 of 400 are 30.75 %, which is rounded up; 9999 of 10,000 are not all."""
    for met, decided, share in ((123, 400, "30.8%"), (9999, 10_000, "99.99%"), (400, 400, "100%")):
        states = ["met"] * met + ["breached"] * (decided - met)
        answer = {"call_state": states, "call_due": [None] * decided}
        figure = plot.attainment(answer, "call", period=None)
        assert subtitle_of(figure) == f"{met:,} of {decided:,} decided tickets ({share})"


def test_each_objective_has_its_bar_and_budget() -> None:
    """Of three gold tickets one was missed; half of three may be, which is one."""
    policy = Policy.from_dict(
        {
            "name": "desk",
            "attributes": {"tier": ["gold", "silver"]},
            "calendars": {"desk": {"time_zone": "Asia/Shanghai", "week": "always"}},
            "metrics": {"call": {}},
            "tables": {"all": [{"targets": {"call": "1 hour"}}]},
            "objectives": {
                "gold": {"metric": "call", "share": "50 %", "when": {"tier": "gold"}},
                "all": {"metric": "call", "share": "90 %"},
            },
        }
    )
    figure = plot.attainment(in_pandas(), "call", by="objective", period=None, policy=policy)
    (ax,) = axes_of(figure)
    assert [one.get_text() for one in ax.get_yticklabels()] == ["gold", "all"]
    texts = [one.get_text() for one in ax.texts]
    assert {"+0", "−3", "2/3", "2/5"} <= {*texts}
    assert "how many more may be missed" in legend_of(figure)
    assert "decided" not in subtitle_of(figure)
