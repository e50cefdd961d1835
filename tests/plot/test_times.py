"""`plot.time_by`: bars of the time of groups, of pauses and of closed hours."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Policy, bulk, plot
from slacalc.errors import ColumnError, UnknownMetricError
from tests.bulk.test_replay import table_of
from tests.bulk.test_time_by import DESK, HAND
from tests.clock.helpers import at
from tests.plot.figures import axes_of, legend_of, subtitle_of, texts_of, times_by


def bars_of(figure: Any) -> dict[str, float]:
    """The length of each bar in hours, by its label."""
    (ax,) = axes_of(figure)
    lengths = [patch.get_width() for patch in ax.patches]
    return dict(zip((text.get_text() for text in ax.get_yticklabels()), lengths, strict=True))


def test_bars_worked_out_by_hand() -> None:
    """Two breaches of 31 and 33 hours, as in the tests of `report.breaches`."""
    times = bulk.time_by(DESK, table_of(HAND), "group", at("Tu 18:00"))
    figure = plot.time_by(times, "work", breaches=True)
    bars = bars_of(figure)
    assert bars == {
        "closed": 33,
        "desk": 9,
        "8": 8,
        "7": 5,
        "paused": 4,
        "network": 3,
        "unassigned": 1,
        "before-change": 1,
    }
    assert [*bars] == sorted(bars, key=lambda name: -bars[name])
    assert subtitle_of(figure) == "2 cycles"
    texts = texts_of(figure)
    assert "33h · 51.6%" in texts  # of 64 hours
    assert "work: where the time of breaches went" in "".join(texts)


def test_all_cycles_count_by_default() -> None:
    """C, which was met, took no time; without the breaches A and B there is none left."""
    times = bulk.time_by(DESK, table_of(HAND), "group", at("Tu 18:00"))
    assert sum(bars_of(plot.time_by(times, "work")).values()) == 31 + 33
    of_c = bulk.time_by(DESK, table_of([row for row in HAND if row[0] == "C"]), "group")
    assert "no time has passed" in texts_of(plot.time_by(of_c, "work"))
    assert "no ticket was breached" in texts_of(plot.time_by(of_c, "work", breaches=True))


def test_many_groups_are_one_bar() -> None:
    """The longest and the rest, of ten hours each, but one hour unassigned and a tenth paused."""
    times = times_by(13)
    many = {name: column * 2 for name, column in times.items()}
    many["group"] = ["", *(f"department of the company that has the number {n}" for n in range(27))]
    hour, none = many["elapsed"][0], many["paused"][0]
    many["elapsed"] = [hour, *[hour * 10] * 27]
    many["paused"] = [hour / 10, *[none] * 27]
    figure = plot.time_by(many, "call")
    bars = bars_of(figure)
    assert len(bars) == 17
    assert bars["13 others"] == 130
    assert bars["unassigned"] == 1
    assert bars["paused"] == 0.1
    assert legend_of(figure) == ["running", "unassigned", "paused"]
    few = {name: column[:16] for name, column in many.items()}
    last = bars_of(plot.time_by(few, "call"))["department of…as the number 14"]
    assert last == 10  # the seventeenth has a bar of its own


def test_other_tables_and_metrics_are_refused() -> None:
    with pytest.raises(UnknownMetricError, match="did you mean 'call'"):
        plot.time_by(times_by(2), "cal")
    with pytest.raises(ColumnError, match=r"not an answer of bulk\.time_by"):
        plot.time_by({"ticket": [1]}, "work")


def test_an_axis_ends_with_its_bars() -> None:
    """Of three minutes, too, which are far from a whole hour."""
    log = {
        "ticket": ["A", "A"],
        "at": ["2026-05-18T09:00:00Z", "2026-05-18T09:03:00Z"],
        "type": ["created", "fixed"],
    }
    policy = Policy(
        "desk", metrics={"fix": {"stop": "fixed"}}, tables={"all": [{"targets": {"fix": "1 hour"}}]}
    )
    (ax,) = axes_of(plot.time_by(bulk.time_by(policy, log, ()), "fix"))
    assert ax.get_xlim() == pytest.approx((0, 0.05 * 1.3))
