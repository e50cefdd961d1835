"""Wall-clock readings over arrays: the methods `reading` and `first_reading` of a `Zone`.

A zone is a sequence of segments, each with one UTC offset. Instants and readings are int64 arrays
of microseconds without missing values; a reading is the wall time as if it were UTC.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from slacalc._columns.kernel import Buckets, chunks, least_and_most
from slacalc._time.instants import DAY, EARLIEST, LATEST, year_of, year_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from slacalc._time.instants import Zone

    Integers = NDArray[np.int64]

_MARGIN = 4 * DAY
_EARLIEST, _LATEST = EARLIEST - _MARGIN, LATEST + _MARGIN


class _Segments:
    """The changes of a zone in some years, and the offset from each on.

    Args:
        zone: The zone.
        first, last: The years.
    """

    def __init__(self, zone: Zone, first: int, last: int) -> None:
        start, end = year_start(first), year_start(last + 1)
        segments = zone.segments(start, end - 1)
        self.begins = np.array([begin for begin, _ in segments], np.int64)
        self.offsets = np.array([offset for _, offset in segments], np.int64)
        # By its own clock, each segment ends at the instant at which the next one begins.
        ends = np.maximum.accumulate(self.begins[1:] + self.offsets[:-1])
        self._start = int(self.begins[0])
        self._of_instants, self._of_readings = (
            Buckets(edges, self._start, end + 2 * DAY, inclusive=True) if len(edges) else None
            for edges in (self.begins[1:], ends)
        )

    def of_instants(self, instants: Integers) -> Integers | int:
        """The segment of each instant, or of all."""
        return self._passed(self._of_instants, instants)

    def of_readings(self, shown: Integers) -> Integers | int:
        """The first segment whose own clock shows each reading before it ends, or that of all."""
        return self._passed(self._of_readings, shown)

    def _passed(self, edges: Buckets | None, values: Integers) -> Integers | int:
        if edges is None:
            return 0
        passed = np.empty(len(values), np.int64)
        for rows in chunks(len(values)):
            passed[rows] = edges.passed(np.maximum(values[rows], self._start))
        return passed


def _segments(zone: Zone, around: Integers) -> _Segments:
    """The segments of a zone around instants or readings.

    They go a little beyond the supported years, so that readings there are not moved into them.
    """
    least, most = least_and_most(around)
    first = min(max(least - _MARGIN, _EARLIEST), _LATEST)
    last = min(max(most + _MARGIN, _EARLIEST), _LATEST)
    return _segments_of_years(zone, year_of(first), year_of(last))


_segments_of_years = lru_cache(maxsize=64)(_Segments)


def readings(zone: Zone, instants: Integers) -> Integers:
    """The wall-clock reading at each instant."""
    if not len(instants):
        return instants
    segments = _segments(zone, instants)
    answer: Integers = instants + segments.offsets.take(segments.of_instants(instants))
    return answer


def first_readings(zone: Zone, shown: Integers) -> Integers:
    """The first instant at which the wall clock shows each reading or something later."""
    if not len(shown):
        return shown
    segments = _segments(zone, shown)
    places = segments.of_readings(shown)
    answer: Integers = shown - segments.offsets.take(places)
    return np.maximum(answer, segments.begins.take(places), out=answer)


def passed_for_good(zone: Zone, shown: Integers) -> Integers:
    """The first instant from which on the wall clock never shows less than each reading."""
    if not len(shown):
        return shown
    segments = _segments(zone, shown)
    begins, offsets = segments.begins, segments.offsets
    least = np.minimum.accumulate((begins + offsets)[::-1])[::-1]
    places = np.maximum(np.searchsorted(least, shown, "left") - 1, 0)
    ends = np.append(begins[1:], LATEST + 2 * DAY)
    answer: Integers = np.minimum(shown - offsets.take(places), ends.take(places))
    return answer
