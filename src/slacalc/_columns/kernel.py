"""The two look-ups of a timeline over arrays, at about ten nanoseconds per value.

Theory. As in `_calendar.timeline`, working time is a monotone function W and everything is W and
its inverse. With S and E the opens and closes, C the work before each span, and base = C - S,

    W(t)   = min(t, E[i]) + base[i]    i the last span that has opened by t
    W⁻¹(g) = g - base[j]               j the first span that has done g by its close

The cost is in finding i and j. A binary search over a few thousand spans takes twelve steps that
the processor cannot predict. Here values are divided into buckets of 2^k microseconds with at most
one threshold each, an opening or an end of work, and what is added or subtracted is stored for
buckets, not for spans. To each value is added what takes the last one before its bucket's threshold
to the end of the bucket, so that all after it fall into the next, where the next span holds:

    b = (t + nudge[t >> k]) >> k       W(t) = min(t, E[b]) + base[b]

That is three steps to tables, and two for the inverse. Where openings are too near to each other
for tables of a bounded length, the values of their buckets are searched.

Rows are processed in chunks that fit into the processor's cache, with scratch arrays for each
thread, so memory use beside input and output does not grow with the number of rows.

Instants and lengths are int64 arrays of microseconds.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from slacalc._threads import cached_property

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from slacalc._calendar.timeline import EdgeTable, Timeline

    Integers = NDArray[np.int64]

MISSING: Final = np.iinfo(np.int64).min
"""Stands for a missing value."""
CHUNK = 16_384
_MOST_BUCKETS = 1 << 17  # of a table of 1 MB
_WIDEST = 40  # 2^40 microseconds are 13 days: more would not make the tables much shorter
_CROWDED = -(1 << 62)


class _Scratch(threading.local):
    """Arrays of the size of one chunk, for each thread."""

    def __init__(self) -> None:
        self.places, self.values, self.goals, self.sought = (
            np.empty(CHUNK, np.int64) for _ in range(4)
        )
        self.flag = np.empty(CHUNK, np.bool_)


scratch = _Scratch()


class Buckets:
    """The thresholds that values have passed: `np.searchsorted`, but faster.

    What depends on the number of passed thresholds is stored by *places*, which are easier to find:
    the buckets, and after them the numbers themselves for values in buckets with many thresholds.

    Args:
        thresholds: The thresholds, sorted; at least one.
        start: The least possible value.
        end: The greatest possible value.
        inclusive: Whether a threshold is passed by the value equal to it.
    """

    def __init__(self, thresholds: Integers, start: int, end: int, *, inclusive: bool) -> None:
        self._last = thresholds - int(inclusive)  # the last values that have not passed them
        least = min(start, int(thresholds[0])) - int(inclusive)
        end = max(end, int(thresholds[-1]))
        self._shift = shift = self._choose(least, end)
        first = least >> shift
        self._count = (end >> shift) - first + 2
        buckets = (self._last >> shift) - first
        held = np.bincount(buckets, minlength=self._count)
        self._counts: Integers = np.cumsum(held) - held
        nudges = np.full(self._count, -first << shift, np.int64)
        nudges[buckets] = ((buckets + 1) << shift) - 1 - self._last
        nudges[held > 1] = _CROWDED
        self._is_crowded = bool((held > 1).any())
        if self._is_crowded:
            self._counts = np.append(self._counts, np.arange(len(thresholds) + 1))
        # Buckets counted from 0 save a subtraction, at the cost of some that are never used.
        self._origin = 0 if least >= 0 and end >> shift < 2 * _MOST_BUCKETS else first << shift
        self._nudges = nudges if self._origin else np.append(np.zeros(first, np.int64), nudges)

    def _choose(self, least: int, end: int) -> int:
        """The widest buckets with one threshold at most, or the narrowest that are not too many."""
        shift = max(0, (end - least) // _MOST_BUCKETS).bit_length()
        while shift < _WIDEST and np.diff(self._last >> (shift + 1)).all():
            shift += 1
        return shift

    def by_place(self, values: Integers) -> Integers:
        """Values that are given by the number of passed thresholds, from none to all of them."""
        return values[self._counts]

    def passed(self, values: Integers) -> Integers:
        """How many thresholds each value has passed, for at most one chunk of values."""
        places = scratch.places[: len(values)]
        self.find(values, places)
        counts: Integers = self._counts.take(places, mode="clip")
        return counts

    def find(self, values: Integers, places: Integers) -> None:
        """Write the places of values into an array."""
        nudged = scratch.values[: len(values)]
        # Unsigned numbers, as the processor shifts them faster.
        shifted, unsigned = places.view(np.uint64), nudged.view(np.uint64)
        if self._origin:
            np.subtract(values, self._origin, out=places)
            np.right_shift(shifted, self._shift, out=shifted)
        else:
            np.right_shift(values.view(np.uint64), self._shift, out=shifted)
        self._nudges.take(places, out=nudged, mode="clip")
        np.add(values, nudged, out=nudged)
        np.right_shift(unsigned, self._shift, out=shifted)
        if self._is_crowded:
            rows = np.flatnonzero(places >= self._count)
            places[rows] = np.searchsorted(self._last, values[rows]) + self._count


class Kernel:
    """One table of a timeline, as arrays.

    Args:
        table: The table, with at least one edge.

    Attributes:
        start: The first instant of the table.
        end: The instant after its last.
        total: All its work.
    """

    def __init__(self, table: EdgeTable) -> None:
        self._table = table
        self.start, self.end = table.start, table.end
        edges = np.array(table.edges, np.int64)
        opens, closes = edges[0::2], edges[1::2]
        done = np.array(table.done, np.int64)
        self.total = table.done[-1]
        base = done - closes
        self._times = Buckets(opens, self.start, self.end, inclusive=True)
        # An empty span at the table's start, for instants before the first opening.
        self._ends = self._times.by_place(np.append(self.start, closes))
        self._base = self._times.by_place(np.append(-self.start, base))
        self._works = Buckets(done, 0, self.total, inclusive=False)
        self._work_base = self._works.by_place(np.append(base, base[-1]))

    def work_until(self, instants: Integers, work: Integers) -> None:
        """Write W of each instant into an array of at most one chunk."""
        size = len(instants)
        places, scratched = scratch.places[:size], scratch.values[:size]
        self._times.find(instants, places)
        self._ends.take(places, out=scratched, mode="clip")
        np.minimum(instants, scratched, out=work)
        self._base.take(places, out=scratched, mode="clip")
        np.add(work, scratched, out=work)

    def when_done(self, goals: Integers, sought: Integers, out: Integers) -> None:
        """Write W⁻¹ of each goal into an array.

        Args:
            goals: The work.
            sought: The amount by which the span is found, the first one by whose end so much is
                done: the goal, or 1 more for the instant after a closed stretch.
            out: The instants.
        """
        size = len(goals)
        places, scratched = scratch.places[:size], scratch.values[:size]
        self._works.find(sought, places)
        self._work_base.take(places, out=scratched, mode="clip")
        np.subtract(goals, scratched, out=out)

    def is_open(self, instants: Integers, out: NDArray[np.bool_]) -> None:
        """Write into an array whether each instant is open."""
        size = len(instants)
        places, scratched = scratch.places[:size], scratch.values[:size]
        self._times.find(instants, places)
        self._ends.take(places, out=scratched, mode="clip")
        np.less(instants, scratched, out=out)

    @cached_property
    def days(self) -> Days:
        """The working days."""
        return Days(self._table)


class Days:
    """The working days of a table, as arrays.

    Args:
        table: The table, with at least one working day.

    Attributes:
        ordinals: The dates.
        opens: Their first openings.
        closes: Their last closings.
    """

    def __init__(self, table: EdgeTable) -> None:
        columns = table.day_ordinals, table.day_opens, table.day_closes
        self.ordinals, self.opens, self.closes = (np.array(column, np.int64) for column in columns)
        self._tails = table.tails
        self._begun = Buckets(self.opens, table.start, table.end, inclusive=True)
        self._over = Buckets(self.closes, table.start, table.end, inclusive=False)

    def places(self, instants: Integers) -> Integers:
        """The index of the day that each open instant belongs to: `EdgeTable.day_index`."""
        index = self._begun.passed(instants) - 1
        for begins, ends, ordinal in reversed(self._tails):
            inside = (begins <= instants) & (instants < ends)
            if inside.any():
                index[inside] = np.searchsorted(self.ordinals, ordinal, "left")
        return index

    def next_places(self, instants: Integers) -> Integers:
        """The index of the first day whose last closing is not before each instant."""
        return self._over.passed(instants)


_kernels: WeakKeyDictionary[Timeline, tuple[EdgeTable, Kernel]] = WeakKeyDictionary()


def kernel_of(timeline: Timeline, table: EdgeTable) -> Kernel:
    """The kernel of a timeline's present table, kept for as long as the timeline lives."""
    known = _kernels.get(timeline)
    if known is None or known[0] is not table:
        known = _kernels[timeline] = table, Kernel(table)
    return known[1]


def rows_equal_to(values: NDArray[Any], value: int) -> Integers:
    """The rows with a value."""
    parts = [np.flatnonzero(values[rows] == value) + rows.start for rows in chunks(len(values))]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def chunks(size: int) -> Iterator[slice]:
    """Slices of at most `CHUNK` rows."""
    for begin in range(0, size, CHUNK):
        yield slice(begin, min(begin + CHUNK, size))
