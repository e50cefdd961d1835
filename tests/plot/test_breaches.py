"""`plot.breaches` counts breaches by the hour of the week in a time zone."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from slacalc import Calendar, plot
from slacalc.errors import (
    CalendarError,
    ColumnError,
)
from tests.plot.figures import (
    axes_of,
    in_pandas,
    legend_of,
    subtitle_of,
)


def test_breaches_are_counted_by_their_hour_of_the_week() -> None:
    """Friday 13 and Saturday 14 September 2024 at noon in China, which is four in the morning."""
    for name, hour in (("Asia/Shanghai", 12), ("UTC", 4)):
        figure = plot.breaches(in_pandas(), "call", time_zone=name)
        cells = {(*one.get_position(), one.get_text()) for one in axes_of(figure)[0].texts}
        assert cells == {(hour + 0.5, 4.5, "1"), (hour + 0.5, 5.5, "1")}
    assert subtitle_of(figure) == "2 breaches, 13 Sep 2024 to 14 Sep 2024"


def test_the_open_hours_of_the_calendar_are_outlined() -> None:
    """Nine to twelve and one to five from Monday to Friday: two boxes."""
    desk = Calendar("Asia/Shanghai", {"mon-fri": "9-12, 13-17"})
    figure = plot.breaches(in_pandas(), "call", calendar=desk)
    (frame,) = figure.findobj(lambda one: one.get_gid() == "open-hours")
    edges = {tuple(map(tuple, path.vertices.astype(int))) for path in frame.get_paths()}  # type: ignore[attr-defined] # an array
    box = {((x, y), (x + 1, y)) for x in (9, 10, 11, 13, 14, 15, 16) for y in (0, 5)}
    assert edges == box | {((x, y), (x, y + 1)) for x in (9, 12, 13, 17) for y in range(5)}
    assert legend_of(figure) == ["open hours (0.0% of the breaches)"]
    with pytest.raises(CalendarError, match="give one of the two"):
        plot.breaches(in_pandas(), "call", calendar=desk, time_zone="UTC")


def test_the_share_in_open_hours_counts_parts_of_hours() -> None:
    """Open from 8:30 to 12 and from 13 to 17:15: four of eight breaches on Monday are inside.

    Friday 7 August was closed, but one of the two Fridays was open: the ninth breach is inside too.
    The tenth is outside.
    """
    desk = Calendar(
        "Europe/Paris", {"mon-fri": "8:30-12, 13-17:15"}, exceptions={"2026-08-07": "closed"}
    )
    inside = ["03T08:30", "03T11:59:59", "03T13:00", "03T17:14"]
    outside = ["03T08:29", "03T12:00", "03T17:15", "03T17:45"]
    friday, sunday = "07T10:00", "16T10:00"
    for days, share in (
        (inside + outside, "50.0%"),
        ([*inside, *outside, friday, sunday], "50.0%"),
        ([*inside, friday, sunday], "83.3%"),
    ):
        at = pd.to_datetime([f"2026-08-{day}" for day in days], format="ISO8601")
        at = at.tz_localize("Europe/Paris")
        table = pd.DataFrame({"call_due": at, "call_state": "breached", "call_breached_at": at})
        figure = plot.breaches(table, "call", calendar=desk)
        assert legend_of(figure) == [f"open hours ({share} of the breaches)"]
    (frame,) = figure.findobj(lambda one: one.get_gid() == "open-hours")
    lines = [path.vertices.tolist() for path in frame.get_paths()]  # type: ignore[attr-defined] # an array
    assert {begin[0] for begin, end in lines if begin[0] == end[0]} == {8.5, 12, 13, 17.25}


@pytest.mark.parametrize(
    ("week", "share"),
    [
        ("always", "100.0%"),
        ("closed", "0.0%"),
        ({"fri": "22-24", "sat": "0-4"}, "0.0%"),
        ({"fri": "22-24", "sat": "0-4:01"}, "33.3%"),
    ],
)
def test_open_hours_at_the_edges_of_days(week: Any, share: str) -> None:
    """Breaches at 4 on Saturday, at midnight on Sunday, and at noon."""
    at = pd.to_datetime(["2026-08-08T04:00", "2026-08-09T00:00", "2026-08-10T12:00"])
    at = at.tz_localize("America/New_York")
    table = pd.DataFrame({"call_due": at, "call_state": "breached", "call_breached_at": at})
    figure = plot.breaches(table, "call", calendar=Calendar("America/New_York", week))
    assert legend_of(figure) == [f"open hours ({share} of the breaches)"]


def test_breaches_that_were_undone_count_on_request() -> None:
    """A ticket that is met under a later promise was breached under the first one."""
    frame = in_pandas()
    frame["call_breached_at"] = frame["call_due"].where(frame.index < 5)
    frame.loc[1:2, "call_breached_at"] = None
    assert "2 breaches" in subtitle_of(plot.breaches(frame, "call"))
    assert "3 breaches" in subtitle_of(plot.breaches(frame, "call", breaches="ever"))
    with pytest.raises(ColumnError, match="'eve' is not a value of breaches"):
        plot.breaches(frame, "call", breaches="eve")  # type: ignore[arg-type] # wrong on purpose
