"""`plot.ticket` draws bars as long as the time they stand for, and due dates where they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.dates import num2date

from slacalc import Event, plot
from slacalc.errors import (
    ClockError,
)
from tests.plot.figures import (
    CHINA,
    HELPDESK,
    at,
    axes_of,
    clock,
    legend_of,
    subtitle_of,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def hours(figure: Figure, gid: str) -> float:
    """The total length of the bars of a kind, in hours."""
    (bars,) = figure.findobj(lambda one: one.get_gid() == gid)
    assert isinstance(bars, PolyCollection)
    widths = [np.ptp(np.asarray(path.vertices)[:, 0]) for path in bars.get_paths()]
    return round(24 * float(sum(widths)), 6)


def test_bars_are_as_long_as_the_time_they_stand_for() -> None:
    """Half an hour on Thursday, two and four on Friday, 1.5 on Monday; then it is late."""
    figure = plot.ticket(clock(), at("16 11:00"))
    assert hours(figure, "running-resolution") == 8
    assert hours(figure, "late-resolution") == 0.5
    assert hours(figure, "paused-resolution") == 3.5  # 14:30-17:00 and 9:00-10:00
    assert hours(figure, "closed-resolution") == 81  # 17:00-9:00, 12:00-13:00, and the weekend's 64
    assert hours(figure, "running-response") == pytest.approx(1 / 3, abs=1e-4)
    rows = axes_of(figure)[1]
    assert [one.get_text() for one in rows.get_yticklabels()] == ["response", "resolution"]
    assert [one.get_text() for one in rows.texts] == [
        "met, 20m of 2h used\ndue Thu 12 Sep 16:00",
        "late, 8h 30m of 8h used\ndue Mon 16 Sep 10:30",
    ]
    assert "past due" in legend_of(figure)
    assert "after the breach" not in legend_of(figure)


def wall_time(number: float) -> str:
    """The wall-clock time in China of a matplotlib date number."""
    at: datetime = num2date(number, CHINA)  # type: ignore[no-untyped-call] # so in matplotlib
    return at.strftime("%d %H:%M")


def test_due_dates_and_stops_are_marked_where_they_are() -> None:
    """The due date of the response; due date and limit of the resolution; the stop; now."""
    figure = plot.ticket(clock(), at("16 11:00"))
    rows = axes_of(figure)[1]
    lines = [
        wall_time(float(x))
        for one in rows.collections
        if type(one).__name__ == "LineCollection"
        for path in one.get_paths()
        for x in {*path.vertices[:, 0]}
    ]
    assert lines == ["12 16:00", "16 10:30", "16 13:30"]
    marks = [wall_time(line.get_xdata()[0]) for line in rows.lines]
    assert marks == ["12 14:20", "16 11:00"]


def test_events_are_named_by_what_they_changed() -> None:
    """A change of nothing has no label; later events are not drawn."""
    repeated = clock().apply(Event(at("13 10:30"), "changed", status="open"))
    later = repeated.apply(Event(at("18 10:00"), "resolved"))
    figure = plot.ticket(later, at("16 11:00"))
    above = axes_of(figure)[0]
    named = [one.get_text() for one in above.texts]
    assert sorted(named) == ["created", "replied", "status=open", "status=waiting"]
    (marks,) = (one for one in above.collections if isinstance(one, PathCollection))
    assert len(np.asarray(marks.get_offsets())) == 5


def test_events_without_room_for_a_label_are_counted() -> None:
    """Of a hundred notes in an hour, a few have labels."""
    opened = HELPDESK.open({}, at("12 14:00"))
    notes = [Event(at("12 14:01") + timedelta(seconds=30 * n), f"note {n}") for n in range(100)]
    figure = plot.ticket(opened.insert(*notes), at("16 11:00"))
    named = len(axes_of(figure)[0].texts)
    assert f"events without a label: {101 - named}" in subtitle_of(figure)


def test_a_ticket_is_drawn_at_any_time_since_its_opening() -> None:
    """At its opening, nothing has passed yet."""
    assert "as of Thu 12 Sep 2024 14:00" in subtitle_of(plot.ticket(clock(), at("12 14:00")))
    with pytest.raises(ClockError):
        plot.ticket(clock(), at("12 13:59"))
