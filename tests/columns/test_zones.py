"""Wall-clock readings over arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from slacalc._columns.zones import first_readings, passed_for_good, readings
from slacalc._time.instants import DAY, HOUR, MINUTE, zone
from tests.strategies.calendars import MINUTES, clock_changes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
from tests.columns.scenes import ints, us


@pytest.mark.parametrize("name", MINUTES)
def test_walls_are_those_of_the_zone(name: str) -> None:
    """What clocks show, and when, over arrays that span decades and around every change."""
    at_zone = zone(name)
    near = [-DAY, -HOUR, -1, 0, 1, 30 * MINUTE, HOUR, 90 * MINUTE, DAY]
    at = ints([change + delta for change in clock_changes(name)[-40:] for delta in near])
    at = np.concatenate([at, ints([0, us("2026-07-01T12:00+00:00")])])
    shown = readings(at_zone, at)
    assert shown.tolist() == [at_zone.reading(one) for one in at.tolist()]
    wanted = np.concatenate([shown, at])  # the instants as readings, too: gaps are among them
    assert first_readings(at_zone, wanted).tolist() == list(
        map(at_zone.first_reading, wanted.tolist())
    )
    assert passed_for_good(at_zone, wanted).tolist() == list(
        map(at_zone.passed_for_good, wanted.tolist())
    )
