"""`plot.breaches` counts breaches by the hour of the week in a time zone."""

from __future__ import annotations

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
    edges = {tuple(map(tuple, path.vertices.astype(int))) for path in frame.get_paths()}  # type: ignore[attr-defined]
    box = {((x, y), (x + 1, y)) for x in (9, 10, 11, 13, 14, 15, 16) for y in (0, 5)}
    assert edges == box | {((x, y), (x, y + 1)) for x in (9, 12, 13, 17) for y in range(5)}
    assert legend_of(figure) == ["open hours (0.0% of the breaches)"]
    with pytest.raises(CalendarError, match="give one of the two"):
        plot.breaches(in_pandas(), "call", calendar=desk, time_zone="UTC")


def test_breaches_that_were_undone_count_on_request() -> None:
    """A ticket that is met under a later promise was breached under the first one."""
    frame = in_pandas()
    frame["call_breached_at"] = frame["call_due"].where(frame.index < 5)
    frame.loc[1:2, "call_breached_at"] = None
    assert "2 breaches" in subtitle_of(plot.breaches(frame, "call"))
    assert "3 breaches" in subtitle_of(plot.breaches(frame, "call", breaches="ever"))
    with pytest.raises(ColumnError, match="'eve' is not a value of breaches"):
        plot.breaches(frame, "call", breaches="eve")  # type: ignore[arg-type]
