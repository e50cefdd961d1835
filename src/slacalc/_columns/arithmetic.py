"""Working-time arithmetic over arrays: the methods of `Timeline`, many rows at once.

Every method takes int64 arrays of microseconds, or a single number as its second argument, and
returns a new array. Where an input is `MISSING`, so is the result. Where there is no result within
the supported years it is `BEYOND`; calling the method of `Timeline` for that row raises the error.

How it works: `_Inputs` finds the range of the values, the timeline compiles a table that covers it,
and the look-ups of `kernel` run over chunks of rows. Read `kernel` next, then `zones`.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from slacalc._columns.kernel import (
    BEYOND,
    MISSING,
    Kernel,
    SpanSearch,
    chunks,
    kernel_of,
    least_and_most,
    scratch,
)
from slacalc._columns.zones import first_readings, passed_for_good, readings
from slacalc._time.instants import DAY, EARLIEST, EPOCH_DAY, LATEST
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from slacalc._calendar.timeline import DateTable, EdgeTable, RollConvention, Timeline
    from slacalc._time.instants import Zone

    Integers = NDArray[np.int64]
    Work: TypeAlias = Integers | int

MARKS: Final = MISSING, BEYOND
NO_TRUTHS: Final = -1, -2
"""The same two in columns of truths."""

FIRST_DAY: Final = EARLIEST // DAY
LAST_DAY: Final = LATEST // DAY - 1
"""The first and the last supported date, as days since 1970."""

_MOST_DAYS: Final = (LATEST - EARLIEST) // DAY + 2  # as many lead out of the years from anywhere


class _Inputs:
    """The input columns of one method and their ranges; `compute` runs over them in chunks.

    Rows with a value that is missing or outside the supported years have no result. They get
    harmless values for the computation, and `MISSING` or `BEYOND` afterwards.

    Args:
        columns: Arrays and numbers; the first one is an array.
        instants: How many of them, from the first on, are instants.
        dates: How many of them, from the first on, are dates in days since 1970.

    Attributes:
        ranges: The least and the greatest valid value of each column.
        is_empty: Whether no row is valid.
    """

    def __init__(self, *columns: Work, instants: int = 0, dates: int = 0) -> None:
        self._columns = columns
        self._valid = [_YEARS] * instants + [_DATES] * dates
        self._valid += [_KNOWN] * (len(columns) - len(self._valid))
        self._size = len(np.asarray(columns[0]))
        self.is_empty = not self._size
        self._incomplete: list[int] = []
        self.ranges: list[tuple[int, int]] = []
        for place, (column, (low, high)) in enumerate(zip(columns, self._valid, strict=True)):
            least, most = _range(column)
            if self._size and not low <= least <= most <= high:
                self._incomplete.append(place)
                least, most = _range_within(np.asarray(column), low, high)
            self.ranges.append((least, most))
            self.is_empty |= least > most

    def compute(
        self, write: Callable[..., None], dtype: Any = np.int64, marks: tuple[int, int] = MARKS
    ) -> NDArray[Any]:
        """A new array, written chunk by chunk.

        Args:
            write: Writes the results of one chunk; is called with that chunk of the new array and
                of each column.
            dtype: The type of the results.
            marks: What stands for a missing result, and for one outside the supported years.
        """
        out = np.empty(self._size, dtype)
        for rows in chunks(self._size):
            columns = [_part(column, rows) for column in self._columns]
            if not self._incomplete:
                write(out[rows], *columns)
                continue
            missing, invalid = self._invalid(columns)
            if not self.is_empty:
                filled = (
                    np.where(invalid, least, column) if isinstance(column, np.ndarray) else column
                    for column, (least, _) in zip(columns, self.ranges, strict=True)
                )
                write(out[rows], *filled)
            np.copyto(out[rows], marks[1], where=invalid)
            np.copyto(out[rows], marks[0], where=missing)
        return out

    def _invalid(self, columns: Sequence[Work]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which rows of a chunk have a missing value, and which have any invalid value."""
        missing, invalid = [], []
        for place in self._incomplete:
            column, (low, high) = np.asarray(columns[place]), self._valid[place]
            missing.append(column == MISSING)
            invalid.append(_distance_above(column, low) > high - low)
        return np.logical_or.reduce(missing), np.logical_or.reduce(invalid)


_YEARS = EARLIEST, LATEST - 1
_DATES = FIRST_DAY, LAST_DAY
_KNOWN = MISSING + 1, int(np.iinfo(np.int64).max)


def _distance_above(values: Integers, low: int) -> NDArray[np.uint64]:
    """How far values are above a bound; as unsigned numbers, those below it are the greatest."""
    return (values - low).view(np.uint64)


def _range(column: Work) -> tuple[int, int]:
    """The least and the greatest value of a column; zeros for an empty one."""
    return least_and_most(column) if isinstance(column, np.ndarray) else (column, column)


def _range_within(column: Integers, low: int, high: int) -> tuple[int, int]:
    """The least and the greatest value between two bounds; reversed if there is none."""
    parts = [column[rows] for rows in chunks(len(column))]
    least = min(int(_distance_above(part, low).min()) for part in parts)
    most = min(int(_distance_above(~part, ~high).min()) for part in parts)  # ~ reverses the order
    return low + least, high - most


def _part(column: Work, rows: slice) -> Work:
    return column[rows] if isinstance(column, np.ndarray) else column


class Arrays:
    """The methods of a timeline over arrays.

    Args:
        timeline: The compiled calendar.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline, self._zone = timeline, timeline.zone

    # Tables --------------------------------------------------------------------------------------

    def _table(self, start: int, end: int, *extremes: Callable[[], int]) -> tuple[EdgeTable, bool]:
        """A table that covers the input instants and the results.

        Args:
            start, end: The first and the last input instant.
            extremes: Calls of the timeline that work out the outermost results, so that it
                compiles the years up to them.

        Returns:
            The table, and whether all *extremes* have a result: then every row has one.
        """
        all_within = True
        for extreme in extremes:
            try:
                extreme()
            except (HorizonError, NeverOpen):
                all_within = False
        return self._timeline.covering(start, end), all_within

    # Working time --------------------------------------------------------------------------------

    def add(self, starts: Integers, works: Work, *, to_next_open: bool = False) -> Integers:
        """The first instants at which the work is done: `Timeline.add`."""
        return self._move(starts, works, 1, at_edge=to_next_open)

    def subtract(self, ends: Integers, works: Work, *, to_previous_close: bool = False) -> Integers:
        """The last instants from which the work is done by the ends: `Timeline.subtract`."""
        return self._move(ends, works, -1, at_edge=to_previous_close)

    def next_open(self, instants: Integers) -> Integers:
        """The first open instant at or after each: `Timeline.next_open`."""
        return self._next_edge(instants, self._timeline.next_open, SpanSearch.next_open)

    def _next_edge(
        self,
        instants: Integers,
        single: Callable[[int], int],
        look_up: Callable[[SpanSearch, Integers, Integers], None],
    ) -> Integers:
        """The next opening or closing of instants, by the methods for one and for a chunk."""
        inputs = _Inputs(instants, instants=1)
        if inputs.is_empty:
            return inputs.compute(_all_beyond)
        first, last = inputs.ranges[0]
        table, _ = self._table(first, last, lambda: single(last))
        if not table.edges:
            return inputs.compute(_all_beyond)
        spans = kernel_of(self._timeline, table).spans
        return inputs.compute(lambda out, instants: look_up(spans, instants, out))

    def _move(self, starts: Integers, works: Work, sign: int, *, at_edge: bool) -> Integers:
        """Add working time to instants (*sign* 1), or subtract it (-1).

        Args:
            starts: The instants.
            works: The working time.
            sign: The direction.
            at_edge: Whether work that exactly fills a span ends at the opening after it, or, if
                subtracted, begins at the closing before it.
        """
        inputs = _Inputs(starts, works, instants=1)
        if inputs.is_empty:
            return inputs.compute(_all_beyond)
        (first, last), (least, most) = inputs.ranges
        least, most = (least, most) if sign > 0 else (-most, -least)
        move = partial(self._timeline.add, to_next_open=at_edge)
        outermost = [lambda: move(last, most), lambda: move(first, least)]
        if least <= 0 <= most:
            outermost += [lambda: self._timeline.next_open(last)]
            outermost += [lambda: self._timeline.previous_close(first)]
        table, all_within = self._table(first, last, *outermost)
        if not table.edges:
            return inputs.compute(_all_beyond)
        kernel = kernel_of(self._timeline, table)
        # If all rows move in one direction, one rule at the edges holds for all of them.
        direction = (least > 0) - (most < 0)
        apply = np.add if sign > 0 else np.subtract
        may_stay = sign < 0 and least <= 0 <= most

        def write(out: Integers, instants: Integers, length: Work) -> None:
            goals = scratch.goals[: len(instants)]
            kernel.work_until(instants, goals)
            apply(goals, length, out=goals)
            sought = _work_to_find(goals, direction * sign or length, sign, at_edge=at_edge)
            kernel.when_done(goals, sought, out)
            if not all_within:
                out[(sought < 1) | (sought > kernel.total)] = BEYOND
            if may_stay:
                self._stay(kernel, instants, length, out)

        return inputs.compute(write)

    @staticmethod
    def _stay(kernel: Kernel, ends: Integers, works: Work, out: Integers) -> None:
        """Keep open instants from which no work is subtracted."""
        stays = np.empty(len(ends), np.bool_)
        kernel.is_open(ends, stays)
        stays &= np.equal(works, 0)
        out[stays] = ends[stays]

    def shift(self, instants: Integers, works: Work, *, to_next_open: bool = False) -> Integers:
        """Like `add`, but no work leaves an instant where it is: `Timeline.shift`.

        Args:
            instants: The instants; those that are `BEYOND` stay so.
            works: How much work is added; not negative.
            to_next_open: As for `Timeline.add`.
        """
        shifted = instants.copy()
        moving = np.flatnonzero((works > 0) & (instants > BEYOND))
        starts = instants[moving]
        works = works[moving] if isinstance(works, np.ndarray) else works
        ends = self.add(starts, works, to_next_open=to_next_open)
        if not to_next_open:
            before = np.maximum(starts - 1, EARLIEST)
            opens = self.is_open(starts) & ~self.is_open(before) & (starts > EARLIEST)
            if opens.any():
                works = works[opens] if isinstance(works, np.ndarray) else works
                ends[opens] = self.add(starts[opens], works, to_next_open=True)
        shifted[moving] = ends
        return shifted

    def elapsed(self, starts: Integers, ends: Work) -> Integers:
        """The working time between instants, negative if reversed: `Timeline.elapsed`."""
        inputs = _Inputs(starts, ends, instants=2)
        if inputs.is_empty:
            return inputs.compute(_all_beyond)
        (first, last), (least, most) = inputs.ranges
        table, _ = self._table(min(first, least), max(last, most))
        if not table.edges:
            return inputs.compute(lambda out, *_: out.fill(0))
        kernel = kernel_of(self._timeline, table)

        def write(out: Integers, instants: Integers, until: Work) -> None:
            before, after = scratch.goals[: len(instants)], scratch.sought[: len(instants)]
            kernel.work_until(instants, before)
            if isinstance(until, np.ndarray):
                kernel.work_until(until, after)
                np.subtract(after, before, out=out)
            else:
                np.subtract(table.work_until(until), before, out=out)

        return inputs.compute(write)

    def openness(self, instants: Integers) -> NDArray[np.int8]:
        """Whether each instant is open, as 1 or 0, or one of `NO_TRUTHS`."""
        inputs = _Inputs(instants, instants=1)
        table = None if inputs.is_empty else self._table(*inputs.ranges[0])[0]
        if table is None or not table.edges:
            return inputs.compute(lambda out, *_: out.fill(0), np.int8, NO_TRUTHS)
        kernel = kernel_of(self._timeline, table)

        def write(out: NDArray[np.int8], instants: Integers) -> None:
            kernel.is_open(instants, out.view(np.bool_))

        return inputs.compute(write, np.int8, NO_TRUTHS)

    def is_open(self, instants: Integers) -> NDArray[np.bool_]:
        """Whether each instant is open; False for `MISSING` and outside the years."""
        return self.openness(instants) > 0

    def next_close(self, instants: Integers) -> Integers:
        """The first closing after each instant: `Timeline.next_close`."""
        return self._next_edge(instants, self._timeline.next_close, SpanSearch.next_close)

    # Working days --------------------------------------------------------------------------------

    def add_working_days(self, starts: Integers, days: Work) -> Integers:
        """The same wall times a number of working days later: `Timeline.add_working_days`."""
        inputs = _Inputs(starts, days, instants=1)
        table, all_within = self._days_table(inputs, self._timeline.add_working_days)
        if table is None:
            return inputs.compute(_all_beyond)
        kernel = kernel_of(self._timeline, table)
        known, (least, most) = kernel.days, inputs.ranges[1]

        def write(out: Integers, starts: Integers, days: Work) -> None:
            begun = np.empty(len(starts), np.int64)
            kernel.spans.next_open(starts, begun)
            if least < 0:
                begun = np.where(np.less(days, 0), self.subtract(starts, 0), begun)
            if not all_within:
                has_begun = begun != BEYOND
                begun = np.where(has_begun, begun, starts)
            in_day = begun
            if least < 0:
                # A closing belongs to the day that it ends, as in `Timeline.add_working_days`.
                in_day = begun - (np.less(days, 0) & ~self.is_open(begun))
            origin = known.places(in_day)
            target = origin + days
            moved = known.ordinals.take(target, mode="clip")
            moved -= known.ordinals.take(origin, mode="clip")
            moved *= DAY
            moved += readings(self._zone, begun)
            result = first_readings(self._zone, moved)
            np.maximum(result, known.opens.take(target, mode="clip"), out=result)
            np.minimum(result, known.closes.take(target, mode="clip"), out=out)
            if least <= 0 <= most:
                np.copyto(out, begun, where=np.equal(days, 0))
            if not all_within:
                is_valid = (target >= 0) & (target < len(known.ordinals)) & (origin >= 0)
                out[~(has_begun & (is_valid | np.equal(days, 0)))] = BEYOND

        return inputs.compute(write)

    def end_of_working_day(self, starts: Integers, days: Work) -> Integers:
        """The last closings of working days: `Timeline.end_of_working_day`."""
        inputs = _Inputs(starts, days, instants=1)
        table, all_within = self._days_table(inputs, self._timeline.end_of_working_day)
        if table is None:
            return inputs.compute(_all_beyond)
        known = kernel_of(self._timeline, table).days
        closes = known.closes

        def write(out: Integers, starts: Integers, days: Work) -> None:
            index = known.next_places(starts) + days
            closes.take(index, out=out, mode="clip")
            if not all_within:
                out[(index < 0) | (index >= len(closes))] = BEYOND

        return inputs.compute(write)

    def time_of_working_day(self, starts: Integers, days: Work, time: int) -> Integers:
        """A wall time on working days: `Timeline.time_of_working_day`."""
        inputs = _Inputs(starts, days, instants=1)
        table, _ = self._days_table(
            inputs, lambda start, count: self._timeline.time_of_working_day(start, count, time)
        )
        if table is None:
            return inputs.compute(_all_beyond)
        known = kernel_of(self._timeline, table).days
        ordinals = known.ordinals

        def write(out: Integers, starts: Integers, days: Work) -> None:
            # The first day whose time is not before the start, if that is a later one.
            first = _first_days_with(self._zone, time, starts) + EPOCH_DAY
            index = known.next_places(starts) + days
            is_valid = index >= 0  # which too many days are not, as their number overflows
            np.maximum(index, np.searchsorted(ordinals, first), out=index)
            is_valid &= index < len(ordinals)
            dates = ordinals[np.where(is_valid, index, 0)] - EPOCH_DAY
            out[:] = np.where(is_valid, _times_on(self._zone, dates, time), BEYOND)

        return inputs.compute(write)

    def roll_instant(
        self, instants: Integers, starts: Integers, convention: RollConvention, *, ends_date: bool
    ) -> Integers:
        """Move instants on days off to working days: `Timeline.roll_instant`."""

        def write(out: Integers, instants: Integers, starts: Integers) -> None:
            shown = readings(self._zone, instants - ends_date) + ends_date
            dates = (shown - ends_date) // DAY
            times = shown - dates * DAY
            rolled = self.roll(dates, convention)
            moved = self._times_on_dates(rolled, times)
            early = np.flatnonzero((rolled < dates) & (rolled != BEYOND) & (moved < starts))
            if len(early):
                following = self.roll(dates[early], "following")
                moved[early] = self._times_on_dates(following, times[early])
            out[:] = np.where(rolled == dates, instants, moved)

        return _Inputs(instants, starts, instants=2).compute(write)

    def _times_on_dates(self, dates: Integers, times: Integers) -> Integers:
        """The instants of wall times on dates; `BEYOND` where the date is."""
        is_known = dates != BEYOND
        return np.where(
            is_known, _times_on(self._zone, np.where(is_known, dates, 0), times), BEYOND
        )

    def _days_table(
        self, inputs: _Inputs, move: Callable[[int, int], int]
    ) -> tuple[EdgeTable | None, bool]:
        """A table around the starts and the working days that are reached; None: none is open.

        With whether every row has a result, as for `_table`.
        """
        if inputs.is_empty:
            return None, False
        (first, last), (least, most) = inputs.ranges
        _, all_within = self._table(
            first, last, lambda: move(last, most), lambda: move(first, least)
        )
        table = self._timeline.around(first, last)
        return (table if table.day_ordinals else None), all_within

    # Dates, in days since 1970 -------------------------------------------------------------------

    def is_working_date(self, dates: Integers) -> NDArray[np.int8]:
        """Whether each date is a working day, as 1 or 0, or one of `NO_TRUTHS`."""
        inputs = _Inputs(dates, dates=1)
        if inputs.is_empty:
            return inputs.compute(lambda out, *_: out.fill(0), np.int8, NO_TRUTHS)
        known = self._date_counts(*inputs.ranges[0])

        def write(out: NDArray[np.int8], dates: Integers) -> None:
            places = dates - known.first
            np.greater(known.before(places + 1), known.before(places), out=out.view(np.bool_))

        return inputs.compute(write, np.int8, NO_TRUTHS)

    def count_working_days(self, starts: Integers, ends: Work, inclusive: str) -> Integers:
        """The numbers of working days between dates: `Timeline.count_working_days`."""
        inputs = _Inputs(starts, ends, dates=2)
        if inputs.is_empty:
            return inputs.compute(_all_beyond)
        (first, last), (least, most) = inputs.ranges
        known = self._date_counts(min(first, least), max(last, most))

        def write(out: Integers, starts: Integers, ends: Work) -> None:
            begins, stops = self.counted_dates(starts, ends, inclusive)
            np.subtract(
                known.before(stops - known.first), known.before(begins - known.first), out=out
            )

        return inputs.compute(write)

    def date_after(self, dates: Integers, days: Work) -> Integers:
        """The dates a number of working days after others: `Timeline.date_after`."""
        inputs = _Inputs(dates, days, dates=1)
        if inputs.is_empty:
            return inputs.compute(_all_beyond)
        (first, last), (least, most) = inputs.ranges
        known = self._date_counts(first, last, (last, most), (first, least))

        def write(out: Integers, dates: Integers, days: Work) -> None:
            back = np.less(days, 0)
            out[:] = known.dates_at(known.before(dates - known.first + back) - back + days)

        return inputs.compute(write)

    def roll(self, dates: Integers, convention: str) -> Integers:
        """The dates, or the nearest working days by a convention: `Timeline.roll`."""
        inputs = _Inputs(dates, dates=1)
        if inputs.is_empty:
            return inputs.compute(_all_beyond)
        first, last = inputs.ranges[0]
        known = self._date_counts(first, last, (last, 0), (first, -1))
        if last - first < len(dates):  # cheaper for each date than for each row
            rolled = known.roll(np.arange(first, last + 1), convention)
            return inputs.compute(lambda out, dates: rolled.take(dates - first, out=out))

        def write(out: Integers, dates: Integers) -> None:
            out[:] = known.roll(dates, convention)

        return inputs.compute(write)

    @staticmethod
    def counted_dates(starts: Integers, ends: Work, inclusive: str) -> tuple[Integers, Work]:
        """The dates whose counts are subtracted from each other: `timeline.counted_dates`."""
        with_start, with_end = inclusive in ("left", "both"), inclusive in ("right", "both")
        is_reversed = np.greater(starts, ends)
        if inclusive == "left" and not is_reversed.any():
            return starts, ends
        begins = starts + (is_reversed ^ (not with_start))
        stops = ends + (is_reversed ^ with_end)
        if inclusive == "neither":
            begins = np.where(np.equal(starts, ends), stops, begins)
        return begins, stops

    @staticmethod
    def last_decisive_dates(dates: Integers, rolled: Integers, convention: str) -> Integers:
        """The last dates whose hours decide where dates roll to: `timeline.last_decisive_date`."""
        last = np.maximum(dates, rolled)
        if convention == "modified_following":
            turned = np.flatnonzero((rolled > BEYOND) & (rolled < dates))
            following_months = (_months(dates[turned]) + 1).view("datetime64[M]")
            last[turned] = following_months.astype("datetime64[D]").view(np.int64) - 1
        return last

    def _date_counts(self, first: int, last: int, *extremes: tuple[int, int]) -> _DateCounts:
        """The counts for the dates from *first* to *last*.

        Args:
            first, last: The dates.
            extremes: Dates and numbers of working days that lead to the outermost results, so that
                the timeline compiles the years up to them.
        """
        for day, days in extremes:
            with suppress(HorizonError, NeverOpen):
                self._timeline.date_after(day + EPOCH_DAY, days)
        table = self._timeline.dates_covering(first + EPOCH_DAY, last + EPOCH_DAY)
        known = _known_counts.get(self._timeline)
        if known is None or known[0] is not table:
            known = _known_counts[self._timeline] = table, _DateCounts(table)
        return known[1]

    # Elapsed time and dates ----------------------------------------------------------------------

    @staticmethod
    def add_time(starts: Integers, lengths: Work) -> Integers:
        """The instants a length of elapsed time, day and night, after others."""
        ends = starts + lengths
        if len(ends) and (int(ends.min()) < EARLIEST or int(ends.max()) >= LATEST):
            ends[(ends < EARLIEST) | (ends >= LATEST)] = BEYOND
            ends[starts == MISSING] = MISSING
        return ends

    @staticmethod
    def elapsed_time(starts: Integers, ends: Integers) -> Integers:
        """The time between instants, day and night."""
        lengths = np.subtract(ends, starts)
        lengths[(starts == BEYOND) | (ends == BEYOND)] = BEYOND
        lengths[(starts == MISSING) | (ends == MISSING)] = MISSING
        return lengths

    def add_days(self, starts: Integers, days: Work) -> Integers:
        """The same wall times a number of dates later: `Zone.add_days`."""

        def write(out: Integers, starts: Integers, days: Work) -> None:
            moved = readings(self._zone, starts)
            moved += np.clip(days, -_MOST_DAYS, _MOST_DAYS) * DAY
            is_valid = (moved >= EARLIEST) & (moved <= LATEST)
            result = first_readings(self._zone, np.where(is_valid, moved, 0))
            out[:] = np.where(np.equal(days, 0), starts, np.where(is_valid, result, BEYOND))

        return _Inputs(starts, days, instants=1).compute(write)

    def end_of_day(self, starts: Integers, days: Work) -> Integers:
        """The midnights that end the dates a number of days later: `Zone.end_of_day`."""

        def write(out: Integers, starts: Integers, days: Work) -> None:
            days = np.clip(days, -_MOST_DAYS, _MOST_DAYS)
            moved = (readings(self._zone, starts) // DAY + 1 + days) * DAY
            is_valid = (moved >= EARLIEST) & (moved <= LATEST)
            result = passed_for_good(self._zone, np.where(is_valid, moved, LATEST))
            out[:] = np.where(is_valid, result, BEYOND)

        return _Inputs(starts, days, instants=1).compute(write)

    def time_of_day(self, starts: Integers, days: Work, time: int) -> Integers:
        """A wall time on the dates a number of days later: `Zone.time_of_day`."""

        def write(out: Integers, starts: Integers, days: Work) -> None:
            dates = readings(self._zone, starts) // DAY + np.clip(days, -_MOST_DAYS, _MOST_DAYS)
            dates = np.maximum(dates, _first_days_with(self._zone, time, starts))
            is_valid = (dates * DAY >= EARLIEST - time) & (dates * DAY <= LATEST - time)
            result = _times_on(self._zone, np.where(is_valid, dates, 0), time)
            out[:] = np.where(is_valid, result, BEYOND)

        return _Inputs(starts, days, instants=1).compute(write)


def _times_on(zone: Zone, dates: Integers, times: Work) -> Integers:
    """The instants of wall times on dates, in days since 1970: `Zone.time_on`."""
    shown = dates * DAY + times
    ends = np.equal(times, DAY)
    if not ends.any():
        return first_readings(zone, shown)
    return np.where(ends, passed_for_good(zone, shown), first_readings(zone, shown))


def _first_days_with(zone: Zone, time: int, starts: Integers) -> Integers:
    """The first dates whose wall time is not before each start: `Zone.first_day_with`."""
    dates = (readings(zone, starts) - time) // DAY
    while True:
        is_before = _times_on(zone, dates, time) < starts
        if not is_before.any():
            return dates
        dates += is_before


class _DateCounts:
    """A `DateTable` as arrays, with dates in days since 1970.

    Attributes:
        first: Its first date.
    """

    def __init__(self, table: DateTable) -> None:
        self.first = table.first - EPOCH_DAY
        self._before = np.frombuffer(table.before, np.int32)
        self._days = np.frombuffer(table.ordinals, np.int32).astype(np.int64) - EPOCH_DAY

    def before(self, places: Work) -> NDArray[np.signedinteger[Any]]:
        """How many working days are before the dates with these places."""
        return self._before.take(places, mode="clip")

    def dates_at(self, indexes: NDArray[np.signedinteger[Any]]) -> Integers:
        """The working days with these indexes; `BEYOND` if the table has none."""
        count = len(self._days)
        if not count or not len(indexes):
            return np.full(len(indexes), BEYOND, np.int64)
        dates = self._days.take(indexes, mode="clip")
        if not 0 <= int(indexes.min()) <= int(indexes.max()) < count:
            dates[(indexes < 0) | (indexes >= count)] = BEYOND
        return dates

    def roll(self, dates: Integers, convention: str) -> Integers:
        """The dates, or the nearest working days by a convention."""
        places = dates - self.first
        back = convention in ("preceding", "modified_preceding")
        rolled = self.dates_at(self.before(places + back) - back)
        if convention in ("modified_following", "modified_preceding"):
            # `BEYOND` is in another month as well, so a table of whole years is enough.
            turned = np.flatnonzero(_months(rolled) != _months(dates))
            rolled[turned] = self.dates_at(self.before(places[turned] + (not back)) - (not back))
        return rolled


_known_counts: WeakKeyDictionary[Timeline, tuple[DateTable, _DateCounts]] = WeakKeyDictionary()
"""Of the present tables of timelines, kept for as long as these live."""


def _months(dates: Integers) -> Integers:
    """The months of dates, counted from 1970; `BEYOND` is in a month of its own."""
    return dates.view("datetime64[D]").astype("datetime64[M]").view(np.int64)


def _all_beyond(out: Integers, *_: Work) -> None:
    out.fill(BEYOND)


def _work_to_find(goals: Integers, works: Work, sign: int, *, at_edge: bool) -> Integers:
    """The amount of work by which the span of each result is found.

    A goal that falls exactly between two spans stands for two instants: the closing of the first
    span and the opening of the second. Looking for 1 more finds the second span, hence its opening.
    Forwards, work that exactly fills a span is done at the closing, but zero work at the next
    opening. Backwards, work begins at the opening, but zero work at the previous closing. With
    *at_edge* it is the other way round for all but zero work.
    """
    sought = scratch.sought[: len(goals)]
    forwards = sign > 0
    if not isinstance(works, np.ndarray):
        length = works * sign
        ahead = (length > 0) is at_edge if length else forwards
        return np.add(goals, 1, out=sought) if ahead else goals
    flag = scratch.flag[: len(goals)]
    if forwards:
        # positive: only at_edge; nothing: always; negative: unless at_edge
        np.greater_equal(works, 0, out=flag) if at_edge else np.less_equal(works, 0, out=flag)
    else:
        # positive: unless at_edge; nothing: never; negative: only at_edge
        np.less(works, 0, out=flag) if at_edge else np.greater(works, 0, out=flag)
    np.add(goals, flag, out=sought)
    return sought
