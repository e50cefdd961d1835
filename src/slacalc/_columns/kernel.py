"""The two look-ups of a timeline over arrays, at about ten nanoseconds per value.

Theory. As in `_calendar.timeline`, working time is a monotone function W and everything is W and
its inverse. With S and E the opens and closes, C the work before each span, and base = C - S,

    W(t)   = min(t, E[i]) + base[i]    i the last span that has opened by t
    W⁻¹(g) = g - base[j]               j the first span that has done g by its close

The cost is in finding i and j. A binary search over a few thousand spans takes twelve steps that
the processor cannot predict. A table over buckets of 2^k microseconds takes one step to the first
span of the bucket, and one correction for each edge in the bucket: at most one, if buckets are
shorter than the shortest distance between edges. Where that would make the table too long, as with
spans of a few minutes, `Buckets` does use a binary search.

Rows are processed in chunks that fit into the processor's cache, with scratch arrays for each
thread, so memory use beside input and output does not grow with the number of rows.

Instants and lengths are int64 arrays of microseconds.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, Literal
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
_LONGEST = 1 << 18  # entries of a look-up table: 2 MB
_MOST_CORRECTIONS = 2
_FAR = 1 << 62
_SIGN = 63


class _Scratch(threading.local):
    """Arrays of the size of one chunk, for each thread."""

    def __init__(self) -> None:
        self.index, self.values, self.goals, self.sought = (
            np.empty(CHUNK, np.int64) for _ in range(4)
        )
        self.flag = np.empty(CHUNK, np.bool_)


scratch = _Scratch()


class Buckets:
    """Counts, for each value, the thresholds below it: `np.searchsorted`, but faster.

    Args:
        thresholds: The thresholds, sorted.
        start: The least possible value.
        end: The greatest possible value.
        inclusive: Whether thresholds equal to the value are counted too.
    """

    def __init__(self, thresholds: Integers, start: int, end: int, *, inclusive: bool) -> None:
        self._thresholds = thresholds
        self._side: Literal["left", "right"] = "right" if inclusive else "left"
        # A value is past a threshold if the threshold here minus the value is negative.
        self._passed = np.append(thresholds - int(inclusive), _FAR)
        # Buckets counted from 0 save a subtraction, at the cost of some that are never used.
        for origin in sorted({min(0, start), start}):
            self._start = origin
            self.shift, self.corrections = self._choose(end)
            if self.corrections <= 1:
                break
        self._first: Integers | None = None
        if self.corrections <= _MOST_CORRECTIONS:
            count = ((end - self._start) >> self.shift) + 1
            begins = self._start + (np.arange(count, dtype=np.int64) << self.shift)
            self._first = np.searchsorted(thresholds, begins, self._side).astype(np.int64)

    def _choose(self, end: int) -> tuple[int, int]:
        """The widest buckets that need only one correction, or the narrowest that fit."""
        shift = max(0, (end - self._start) // _LONGEST).bit_length()
        buckets = (self._thresholds - self._start) >> shift
        most = int(np.unique(buckets, return_counts=True)[1].max()) if len(buckets) else 0
        while most <= 1 and shift < 40:
            buckets = (self._thresholds - self._start) >> (shift + 1)
            if len(buckets) > 1 and not np.diff(buckets).all():
                break
            shift += 1
        return shift, most

    def find(self, values: Integers, index: Integers) -> None:
        """Write the counts of values into an array."""
        if self._first is None:
            index[:] = np.searchsorted(self._thresholds, values, self._side)
            return
        scratched = scratch.values[: len(values)]
        if self._start:
            np.subtract(values, self._start, out=scratched)
            np.right_shift(scratched, self.shift, out=scratched)
        else:
            np.right_shift(values, self.shift, out=scratched)
        self._first.take(scratched, out=index, mode="clip")
        for _ in range(self.corrections):
            self._passed.take(index, out=scratched, mode="clip")
            np.subtract(scratched, values, out=scratched)
            np.right_shift(scratched, _SIGN, out=scratched)  # -1 where it is negative, else 0
            np.subtract(index, scratched, out=index)


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
        self._opens, self._closes = opens, closes
        # An empty span at the table's start, for instants before the first opening.
        self._ends = np.concatenate([[self.start], closes])
        self._base = np.concatenate([[-self.start], done - closes])
        # The number of openings up to an instant is the index of its span, the empty one included.
        self._times = Buckets(opens, self.start, self.end, inclusive=True)
        self._works = Buckets(done, 0, self.total, inclusive=False)

    def work_until(self, instants: Integers, work: Integers) -> None:
        """Write W of each instant into an array of at most one chunk."""
        size = len(instants)
        index, scratched = scratch.index[:size], scratch.values[:size]
        self._times.find(instants, index)
        self._ends.take(index, out=scratched, mode="clip")
        np.minimum(instants, scratched, out=work)
        self._base.take(index, out=scratched, mode="clip")
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
        index, scratched = scratch.index[:size], scratch.values[:size]
        self._works.find(sought, index)
        np.add(index, 1, out=index)  # the empty span at the start
        self._base.take(index, out=scratched, mode="clip")
        np.subtract(goals, scratched, out=out)

    def is_open(self, instants: Integers, out: NDArray[np.bool_]) -> None:
        """Write into an array whether each instant is open."""
        size = len(instants)
        index, scratched = scratch.index[:size], scratch.values[:size]
        self._times.find(instants, index)
        self._ends.take(index, out=scratched, mode="clip")
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
        index = np.empty(len(instants), np.int64)
        self._begun.find(instants, index)
        index -= 1
        for begins, ends, ordinal in reversed(self._tails):
            inside = (begins <= instants) & (instants < ends)
            if inside.any():
                index[inside] = np.searchsorted(self.ordinals, ordinal, "left")
        return index

    def next_places(self, instants: Integers) -> Integers:
        """The index of the first day whose last closing is not before each instant."""
        index = np.empty(len(instants), np.int64)
        self._over.find(instants, index)
        return index


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
