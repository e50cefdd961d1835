"""The look-ups of a timeline over arrays, at about ten nanoseconds per value.

Theory. As in `_calendar.timeline`, working time is a monotone function W and everything is W and
its inverse. With S and E the opens and closes, C the work before each span, and base = C - S,

    W(t)   = min(t, E[i]) + base[i]    i the last span that has opened by t
    W⁻¹(g) = g - base[j]               j the first span that has done g by its close

The next opening and the next closing need i alone: they are those of span i, or of the one after.
The cost is in finding i and j. A binary search over a few thousand spans takes twelve steps that
the processor cannot predict. A table over buckets of 2^k microseconds takes one step to the first
span of the bucket, and one correction for each edge in the bucket: at most one, if buckets are
shorter than the shortest distance between edges. Where there are few buckets, what is added or
subtracted is stored for buckets, not for spans, which saves that step. Where there would be too
many, as with spans of a few seconds, `Buckets` does use a binary search.

W itself needs no i if buckets are shorter than the shortest span: then W rises in a bucket, stands
still from a closing to an opening, and rises again, which is a sum of two bounds (`BucketLines`).

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
BEYOND: Final = MISSING + 1
"""Stands for a result outside the supported years."""
CHUNK = 32_768
_MOST_LINES = 1 << 17  # of a table of 4 MB: a longer one is slower than `SpanSearch`
_MOST_BUCKETS = 1 << 19  # of a table of 2 MB
_MOST_PLACES = 1 << 15  # of tables of 256 KB, which the processor's cache holds
_MOST_CORRECTIONS = 2
_WIDEST = 40  # 2^40 microseconds are 13 days: more would not make tables much shorter
_FAR = 1 << 62
_SIGN = 63


class _Scratch(threading.local):
    """Arrays of the size of one chunk, for each thread."""

    def __init__(self) -> None:
        self.places, self.values, self.goals, self.sought = (
            np.empty(CHUNK, np.int64) for _ in range(4)
        )
        self.lines = np.empty((CHUNK, 4), np.int64)
        self.flag = np.empty(CHUNK, np.bool_)


scratch = _Scratch()


class Buckets:
    """Finds how many thresholds each value has passed: `np.searchsorted`, but faster.

    What depends on that number is stored by *places*: the numbers, or the buckets if they are few.

    Args:
        thresholds: The thresholds, sorted.
        start: The least possible value.
        end: The greatest possible value.
        inclusive: Whether a threshold is passed by the value equal to it.

    Attributes:
        corrections: The most thresholds in a bucket; above `_MOST_CORRECTIONS` there is a search.
        is_by_bucket: Whether places are buckets.
    """

    def __init__(self, thresholds: Integers, start: int, end: int, *, inclusive: bool) -> None:
        # A value has passed a threshold if the last value before it minus the value is negative.
        self._last = np.append(thresholds - int(inclusive), _FAR)
        self._shift = self._choose(start, end)
        first, end_bucket = start >> self._shift, (end >> self._shift) + 1
        are_few = end_bucket - first <= _MOST_PLACES
        # Buckets counted from 0 save a subtraction, at the cost of some that are never used.
        if start >= 0 and end_bucket <= (_MOST_PLACES if are_few else _MOST_BUCKETS):
            first = 0
        self._origin, count = first << self._shift, end_bucket - first
        following = (self._last[:-1] >> self._shift) - first + 1
        held = np.bincount(np.clip(following, 0, count + 1), minlength=count + 1)[: count + 1]
        self.corrections = int(held[1:].max())
        self.is_by_bucket = are_few and self.corrections <= 1
        self._passed = np.cumsum(held, dtype=np.int32)  # before each bucket, and after the last
        self._limits = self.by_place(self._last)

    def _choose(self, start: int, end: int) -> int:
        """The widest buckets that need only one correction, or the narrowest that fit."""
        shift = max(0, (end - start) // (_MOST_BUCKETS - 1)).bit_length()
        while shift < _WIDEST and np.diff(self._last[:-1] >> (shift + 1)).all():
            shift += 1
        return shift

    def by_place(self, values: Integers) -> Integers:
        """Values that are given by the number of passed thresholds, from none to all of them."""
        return values[self._passed] if self.is_by_bucket else values

    def find(self, values: Integers, places: Integers) -> None:
        """Write the places of values into an array."""
        if self.corrections > _MOST_CORRECTIONS:
            places[:] = np.searchsorted(self._last[:-1], values)
            return
        scratched = scratch.values[: len(values)]
        # As unsigned numbers they are shifted faster, and the sign becomes 1.
        buckets, signs = places.view(np.uint64), scratched.view(np.uint64)
        if self._origin:
            np.subtract(values, self._origin, out=places)
            np.right_shift(buckets, self._shift, out=buckets)
        else:
            np.right_shift(values.view(np.uint64), self._shift, out=buckets)
        if not self.is_by_bucket:
            self._count(places)
        for _ in range(self.corrections):
            self._limits.take(places, out=scratched, mode="clip")
            np.subtract(scratched, values, out=scratched)
            np.right_shift(signs, _SIGN, out=signs)
            np.add(places, scratched, out=places)

    def passed(self, values: Integers) -> Integers:
        """How many thresholds each value has passed, for at most one chunk of values."""
        passed = np.empty(len(values), np.int64)
        self.find(values, passed)
        if self.is_by_bucket:
            self._count(passed)
        return passed

    def _count(self, buckets: Integers) -> None:
        """Replace buckets by the numbers of thresholds before them."""
        passed = scratch.values.view(np.int32)[: len(buckets)]
        self._passed.take(buckets, out=passed, mode="clip")
        buckets[:] = passed


class BucketLines:
    """Working time by buckets of time: of each a line that may stand still once.

    Until an instant t it is min(t, closing) + max(t, opening) + work. In a bucket without a closing
    or an opening, its own start or end is the bound instead.

    Args:
        table: The table.
        shift: The logarithm of the length of a bucket. No bucket contains a whole span.
    """

    def __init__(self, table: EdgeTable, shift: int) -> None:
        first, end_bucket = table.start >> shift, (table.end >> shift) + 1
        self._origin, self._shift = first << shift, shift
        starts = np.arange(first, end_bucket, dtype=np.int64) << shift
        ends = starts + (1 << shift)
        edges = np.array([*table.edges, _FAR, _FAR], np.int64)
        passed = np.searchsorted(edges, starts, "right")
        is_open = passed % 2 == 1
        following, second = np.minimum(edges[passed], ends), np.minimum(edges[passed + 1], ends)
        closing = np.where(is_open, following, starts)
        opening = np.where(is_open, second, following)
        done = np.array(table.level, np.int64)[passed] + starts * is_open
        work = done - np.minimum(starts, closing) - np.maximum(starts, opening)
        # A row of 32 bytes is looked up as fast as two single columns.
        self._rows = np.stack([closing, opening, work, work], axis=1)

    @classmethod
    def of(cls, table: EdgeTable) -> BucketLines | None:
        """The lines of a table; None if there would be too many."""
        edges = np.array(table.edges, np.int64)
        opens, closes = edges[0::2], edges[1::2]
        shift = min(int((closes - opens).min()).bit_length() - 1, _WIDEST)
        while shift < _WIDEST and (opens >> (shift + 1) != closes >> (shift + 1)).all():
            shift += 1
        count = (table.end >> shift) - (table.start >> shift) + 1
        return cls(table, shift) if count <= _MOST_LINES else None

    def _find(self, instants: Integers) -> Integers:
        """The rows of instants: closing, opening and work."""
        size = len(instants)
        places, rows = scratch.places[:size], scratch.lines[:size]
        buckets = places.view(np.uint64)  # unsigned numbers are shifted faster
        np.subtract(instants, self._origin, out=places)
        np.right_shift(buckets, self._shift, out=buckets)
        return self._rows.take(places, axis=0, out=rows, mode="clip")

    def work_until(self, instants: Integers, work: Integers) -> None:
        """Write W of each instant into an array of at most one chunk."""
        rows, scratched = self._find(instants), scratch.values[: len(instants)]
        np.minimum(instants, rows[:, 0], out=work)
        np.maximum(instants, rows[:, 1], out=scratched)
        np.add(work, scratched, out=work)
        np.add(work, rows[:, 2], out=work)

    def is_open(self, instants: Integers, out: NDArray[np.bool_]) -> None:
        """Write into an array whether each instant is open."""
        rows, flag = self._find(instants), scratch.flag[: len(instants)]
        np.less(instants, rows[:, 0], out=out)
        np.greater_equal(instants, rows[:, 1], out=flag)
        np.logical_or(out, flag, out=out)


class SpanSearch:
    """The last span that has opened: working time until an instant, next opening and closing.

    Args:
        table: The table.
    """

    def __init__(self, table: EdgeTable) -> None:
        edges, done = np.array(table.edges, np.int64), np.array(table.done, np.int64)
        opens, closes = edges[0::2], edges[1::2]
        self._opened = Buckets(opens, table.start, table.end, inclusive=True)
        # An empty span at the table's start, for instants before the first opening.
        self._ends = self._opened.by_place(np.append(table.start, closes))
        self._base = self._opened.by_place(np.append(-table.start, done - closes))
        self._next_opens = self._opened.by_place(np.append(opens, BEYOND))
        self._next_closes = self._opened.by_place(np.append(closes, BEYOND))
        # A span that ends with the table may continue after it, so its end is not a closing.
        self._end = table.end if table.edges[-1] == table.end else None

    def _find(self, instants: Integers) -> tuple[Integers, Integers]:
        """The places of the last spans that have opened, and their ends."""
        size = len(instants)
        places, ends = scratch.places[:size], scratch.values[:size]
        self._opened.find(instants, places)
        return places, self._ends.take(places, out=ends, mode="clip")

    def work_until(self, instants: Integers, work: Integers) -> None:
        """Write W of each instant into an array of at most one chunk."""
        places, scratched = self._find(instants)
        np.minimum(instants, scratched, out=work)
        self._base.take(places, out=scratched, mode="clip")
        np.add(work, scratched, out=work)

    def is_open(self, instants: Integers, out: NDArray[np.bool_]) -> None:
        """Write into an array whether each instant is open."""
        np.less(instants, self._find(instants)[1], out=out)

    def next_open(self, instants: Integers, out: Integers) -> None:
        """Write into an array the first open instant at or after each; `BEYOND` after the last."""
        places, ends = self._find(instants)
        self._next_opens.take(places, out=out, mode="clip")
        np.copyto(out, instants, where=np.less(instants, ends, out=scratch.flag[: len(out)]))

    def next_close(self, instants: Integers, out: Integers) -> None:
        """Write into an array the first closing after each instant; `BEYOND` after the last."""
        places, ends = self._find(instants)
        self._next_closes.take(places, out=out, mode="clip")
        np.copyto(out, ends, where=np.less(instants, ends, out=scratch.flag[: len(out)]))
        if self._end is not None:
            out[out == self._end] = BEYOND


class Kernel:
    """One table of a timeline, as arrays.

    Args:
        table: The table, with at least one edge.

    Attributes:
        start: The first instant of the table.
        end: The instant after its last.
        total: All its work.
        work_until, is_open: The quickest way to these, of `BucketLines` or `SpanSearch`.
    """

    def __init__(self, table: EdgeTable) -> None:
        self._table = table
        self.start, self.end = table.start, table.end
        quickest = BucketLines.of(table) or self.spans
        self.work_until, self.is_open = quickest.work_until, quickest.is_open
        closes, done = np.array(table.edges[1::2], np.int64), np.array(table.done, np.int64)
        self.total = table.done[-1]
        base = done - closes
        self._works = Buckets(done, 0, self.total, inclusive=False)
        self._work_base = self._works.by_place(np.append(base, base[-1]))

    @cached_property
    def spans(self) -> SpanSearch:
        """The last span that has opened."""
        return SpanSearch(self._table)

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


def least_and_most(values: Integers) -> tuple[int, int]:
    """The least and the greatest value of a column; zeros for an empty one."""
    if len(values) > CHUNK:  # as the second look then finds its values in the processor's cache
        ends = [least_and_most(values[rows]) for rows in chunks(len(values))]
        return min(ends)[0], max(most for _, most in ends)
    return (least_of(values), int(values[values.argmax()])) if len(values) else (0, 0)


def least_of(values: NDArray[np.signedinteger[Any]]) -> int:
    """The least value of a column; zero for an empty one."""
    return int(values[values.argmin()]) if len(values) else 0  # faster than its minimum


def chunks(size: int) -> Iterator[slice]:
    """Slices of at most `CHUNK` rows."""
    for begin in range(0, size, CHUNK):
        yield slice(begin, min(begin + CHUNK, size))
