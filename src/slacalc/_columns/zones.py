"""Wall-clock readings over arrays: the methods `reading` and `first_reading` of a `Zone`.

A zone is a sequence of segments, each with one UTC offset. Instants and readings are int64 arrays
of microseconds without missing values; a reading is the wall time as if it were UTC.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from slacalc._time.instants import DAY, EARLIEST, LATEST, year_of, year_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from slacalc._time.instants import Zone

    Integers = NDArray[np.int64]

_MARGIN = 4 * DAY
_FAR = np.iinfo(np.int64).max


def _segments(zone: Zone, around: Integers) -> tuple[Integers, Integers]:
    """The zone's changes around instants or readings, and the offset from each on.

    They go a little beyond the supported years, so that readings there are not moved into them.
    """
    first, last = int(around.min()) - _MARGIN, int(around.max()) + _MARGIN
    first, last = (min(max(at, EARLIEST - _MARGIN), LATEST + _MARGIN) for at in (first, last))
    return _segments_of_years(zone, year_of(first), year_of(last))


@lru_cache(maxsize=64)
def _segments_of_years(zone: Zone, first: int, last: int) -> tuple[Integers, Integers]:
    segments = zone.segments(year_start(first), year_start(last))
    begins = np.array([begin for begin, _ in segments], np.int64)
    return begins, np.array([offset for _, offset in segments], np.int64)


def readings(zone: Zone, instants: Integers) -> Integers:
    """The wall-clock reading at each instant."""
    if not len(instants):
        return instants
    begins, offsets = _segments(zone, instants)
    answer: Integers
    if len(offsets) == 1:
        answer = instants + offsets[0]
        return answer
    places = np.maximum(np.searchsorted(begins, instants, "right") - 1, 0)
    answer = instants + offsets.take(places)
    return answer


def first_readings(zone: Zone, shown: Integers) -> Integers:
    """The first instant at which the wall clock shows each reading or something later."""
    if not len(shown):
        return shown
    begins, offsets = _segments(zone, shown)
    answer: Integers
    if len(offsets) == 1:
        answer = np.maximum(shown - offsets[0], begins[0])
        return answer
    # By its own clock, each segment ends at the instant at which the next one begins.
    ends = np.maximum.accumulate(np.append(begins[1:] + offsets[:-1], _FAR))
    places = np.searchsorted(ends, shown, "right")
    answer = np.maximum(shown - offsets.take(places), begins.take(places))
    return answer


def passed_for_good(zone: Zone, shown: Integers) -> Integers:
    """The first instant from which on the wall clock never shows less than each reading."""
    if not len(shown):
        return shown
    begins, offsets = _segments(zone, shown)
    least = np.minimum.accumulate((begins + offsets)[::-1])[::-1]
    places = np.maximum(np.searchsorted(least, shown, "left") - 1, 0)
    ends = np.append(begins[1:], LATEST + 2 * DAY)
    answer: Integers = np.minimum(shown - offsets.take(places), ends.take(places))
    return answer
