"""Ticks of time axes stand at round readings of a zone's clock."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from slacalc._i18n import ENGLISH
from slacalc._plot.time_axis import set_time_axis, time_ticks
from slacalc._time.instants import MINUTE, to_instant, zone


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2024-03-31T00:30+01:00", "2024-03-31T05:30+02:00", "01:00 03:00 04:00 05:00"),
        ("2024-10-27T00:30+02:00", "2024-10-27T04:30+01:00", "01:00 02:00 03:00 04:00"),
        ("2024-05-03T12:00+02:00", "2024-05-06T12:00+02:00", "Sat 4 May|Sun 5 May|Mon 6 May"),
        ("2024-05-01T12:00+02:00", "2024-06-01T12:00+02:00", "6 May|13 May|20 May|27 May"),
        ("2023-12-20T12:00+01:00", "2024-03-20T12:00+01:00", "Jan 2024|Feb 2024|Mar 2024"),
    ],
)
def test_ticks_stand_at_round_readings_of_the_wall_clock(
    first: str, last: str, expected: str
) -> None:
    """Also where an hour is skipped or repeated; never two at one reading."""
    paris = zone("Europe/Paris")
    ticks = time_ticks(paris, to_instant(first), to_instant(last), ENGLISH, most=5)
    assert "|".join(tick.text for tick in ticks) in (expected, expected.replace(" ", "|"))


@pytest.mark.parametrize("room", [120, 211, 400])
@pytest.mark.parametrize("minutes", [40, 90, 300, 26 * 60, 4 * 1440, 9 * 1440, 40 * 1440])
def test_an_axis_has_two_ticks_at_least(minutes: int, room: float) -> None:
    """One alone does not say how long anything is."""
    utc, first = zone("UTC"), to_instant("2026-05-12T14:07Z")
    ax = Figure().subplots()
    set_time_axis(ax, utc, first, first + minutes * MINUTE, ENGLISH, room=room)
    assert len(ax.get_xticks()) >= 2
