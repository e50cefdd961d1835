"""The verbs of a timeline and of a zone over arrays of instants: the same questions, many at once.

Every function takes int64 arrays of microseconds, of which one may be a single number, and gives a
new array. Where an instant is `MISSING` the answer is; where there is none within the supported
years it is `BEYOND`, and the row's own question, asked of the timeline, says why.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from slacalc._columns.kernel import MISSING, Days, Kernel, chunks, kernel_of, scratch
from slacalc._columns.zones import first_readings, passed_for_good, readings
from slacalc._time.instants import DAY, EARLIEST, LATEST
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from slacalc._calendar.timeline import EdgeTable, Timeline
    from slacalc._time.instants import Zone

    Integers = NDArray[np.int64]
    Work: TypeAlias = Integers | int

BEYOND: Final = MISSING + 1
"""In place of an answer outside the supported years."""
MARKS: Final = MISSING, BEYOND
NO_TRUTHS: Final = -1, -2
"""The same two, where truths are asked for."""

_MOST_DAYS: Final = (LATEST - EARLIEST) // DAY + 2  # more lead beyond the years from anywhere


class _Question:
    """Columns of a question, with what a look-up needs to know of them; worked off in chunks.

    Rows that have no answer, since a value in them is missing or lies outside the supported years,
    get harmless values for the look-up, and their marks afterwards.

    Args:
        columns: The arrays and numbers of the question; the first one is an array of instants.
        instants: How many of them are instants, which must lie in the supported years.

    Attributes:
        ranges: The least and the greatest value of each column, but for such values.
        is_empty: Whether there is no row to be looked up.
    """

    def __init__(self, *columns: Work, instants: int) -> None:
        self._columns = columns
        self._legal = [_YEARS] * instants + [_KNOWN] * (len(columns) - instants)
        self._size = int(np.size(columns[0]))
        self._lacking: list[int] = []
        self.ranges: list[tuple[int, int]] = []
        for place, (column, (low, high)) in enumerate(zip(columns, self._legal, strict=True)):
            least, most = _range(column)
            if self._size and not low <= least <= most <= high:
                self._lacking.append(place)
                least, most = _range_within(np.asarray(column), low, high)
            self.ranges.append((least, most))
        self.is_empty = not self._size or any(least > most for least, most in self.ranges)

    def answered(
        self, work: Callable[..., None], kind: Any = np.int64, marks: tuple[int, int] = MARKS
    ) -> NDArray[Any]:
        """An answer, the rows of which are written chunk by chunk.

        Args:
            work: Writes into a part of the answer, given that and the parts of the columns.
            kind: What the answer holds.
            marks: What stands for what is missing, and for what is beyond the years.
        """
        out = np.empty(self._size, kind)
        for rows in chunks(self._size):
            columns = [_part(column, rows) for column in self._columns]
            if not self._lacking:
                work(out[rows], *columns)
                continue
            missing, odd = self._odd(columns)
            if not self.is_empty:
                harmless = zip(columns, self.ranges, strict=True)
                work(out[rows], *(_filled(column, odd, least) for column, (least, _) in harmless))
            np.copyto(out[rows], marks[1], where=odd)
            np.copyto(out[rows], marks[0], where=missing)
        return out

    def _odd(self, columns: Sequence[Work]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which rows of a chunk are missing, and which have no answer, those among them."""
        missing, odd = [], []
        for place in self._lacking:
            column, (low, high) = np.asarray(columns[place]), self._legal[place]
            missing.append(column == MISSING)
            odd.append(_above(column, low) > high - low)
        return np.logical_or.reduce(missing), np.logical_or.reduce(odd)


_YEARS = EARLIEST, LATEST - 1
_KNOWN = MISSING + 1, int(np.iinfo(np.int64).max)


def _above(values: Integers, low: int) -> NDArray[np.uint64]:
    """How far values are above a bound; for those below it, more than for any other."""
    return (values - low).view(np.uint64)


def _range(column: Work) -> tuple[int, int]:
    """The least and the greatest value of a column; nothing of an empty one."""
    if isinstance(column, np.ndarray):
        return (int(column.min()), int(column.max())) if column.size else (0, 0)
    return column, column


def _range_within(column: Integers, low: int, high: int) -> tuple[int, int]:
    """The same of the values between two bounds; reversed where there are none."""
    parts = [column[rows] for rows in chunks(len(column))]
    least = min(int(_above(part, low).min()) for part in parts)
    most = min(int(_above(~part, ~high).min()) for part in parts)  # ~ turns the order round
    return low + least, high - most


def _filled(column: Work, odd: NDArray[np.bool_], harmless: int) -> Work:
    """A column with a harmless value in the rows that have no answer."""
    return np.where(odd, harmless, column) if isinstance(column, np.ndarray) else column


def _part(column: Work, rows: slice) -> Work:
    return column[rows] if isinstance(column, np.ndarray) else column


class Arrays:
    """The verbs of a timeline over arrays.

    Args:
        timeline: The compiled calendar.
        zone: Its zone.
    """

    def __init__(self, timeline: Timeline, zone: Zone) -> None:
        self._timeline, self._zone = timeline, zone

    # Tables --------------------------------------------------------------------------------------

    def _table(self, start: int, end: int, *questions: Callable[[], int]) -> tuple[EdgeTable, bool]:
        """A table that covers the instants and the answers to the outermost questions.

        Returns:
            The table, and whether all of these have an answer, so that every row between has one.
        """
        are_answered = True
        for question in questions:
            try:
                question()
            except (HorizonError, NeverOpen):
                are_answered = False  # some rows have no answer; the others have theirs
        return self._timeline.covering(start, end), are_answered

    # Working time --------------------------------------------------------------------------------

    def add(self, starts: Integers, works: Work, *, to_next_open: bool = False) -> Integers:
        """When so much work is done, as `Timeline.add` says."""
        return self._moved(starts, works, 1, at_edge=to_next_open)

    def subtract(self, ends: Integers, works: Work, *, to_previous_close: bool = False) -> Integers:
        """From when so much work is done by then, as `Timeline.subtract` says."""
        return self._moved(ends, works, -1, at_edge=to_previous_close)

    def next_open(self, instants: Integers) -> Integers:
        """The first open instant from each on."""
        return self.add(instants, 0)

    def _moved(self, starts: Integers, works: Work, sign: int, *, at_edge: bool) -> Integers:
        """The instants so much work on: by *sign* later, or earlier."""
        question = _Question(starts, works, instants=1)
        if question.is_empty:
            return question.answered(_nobody)
        (first, last), (least, most) = question.ranges
        least, most = (least, most) if sign > 0 else (-most, -least)
        move = partial(self._timeline.add, to_next_open=at_edge)
        outermost = [lambda: move(last, most), lambda: move(first, least)]
        if least <= 0 <= most:
            outermost += [lambda: self._timeline.next_open(last)]
            outermost += [lambda: self._timeline.previous_close(first)]
        table, are_answered = self._table(first, last, *outermost)
        if not table.edges:
            return question.answered(_nobody)
        kernel = kernel_of(self._timeline, table)
        # Where all rows go one way, all of them are found by the same rule.
        way = (least > 0) - (most < 0)
        move_by = np.add if sign > 0 else np.subtract
        may_stay = sign < 0 and least <= 0 <= most

        def work(out: Integers, instants: Integers, length: Work) -> None:
            goals = scratch.goals[: len(instants)]
            kernel.work_until(instants, goals)
            move_by(goals, length, out=goals)
            sought = _sought(goals, way * sign or length, sign, at_edge=at_edge)
            kernel.when_done(goals, sought, out)
            if not are_answered:
                out[(sought < 1) | (sought > kernel.total)] = BEYOND
            if may_stay:
                self._stay(kernel, instants, length, out)

        return question.answered(work)

    @staticmethod
    def _stay(kernel: Kernel, ends: Integers, works: Work, out: Integers) -> None:
        """Where no work at all is taken back from an open instant, that is the answer."""
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
        """The working time between instants; negative where they are reversed."""
        question = _Question(starts, ends, instants=2)
        if question.is_empty:
            return question.answered(_nobody)
        (first, last), (least, most) = question.ranges
        table, _ = self._table(min(first, least), max(last, most))
        if not table.edges:
            return question.answered(lambda out, *_: out.fill(0))
        kernel = kernel_of(self._timeline, table)

        def work(out: Integers, instants: Integers, until: Work) -> None:
            before, after = scratch.goals[: len(instants)], scratch.sought[: len(instants)]
            kernel.work_until(instants, before)
            if isinstance(until, np.ndarray):
                kernel.work_until(until, after)
                np.subtract(after, before, out=out)
            else:
                np.subtract(table.work_until(until), before, out=out)

        return question.answered(work)

    def openness(self, instants: Integers) -> NDArray[np.int8]:
        """Whether each instant is open: 1 or 0, or one of `NO_TRUTHS`."""
        question = _Question(instants, instants=1)
        table = None if question.is_empty else self._table(*question.ranges[0])[0]
        if table is None or not table.edges:
            return question.answered(lambda out, *_: out.fill(0), np.int8, NO_TRUTHS)
        kernel = kernel_of(self._timeline, table)

        def work(out: NDArray[np.int8], instants: Integers) -> None:
            kernel.is_open(instants, out.view(np.bool_))

        return question.answered(work, np.int8, NO_TRUTHS)

    def is_open(self, instants: Integers) -> NDArray[np.bool_]:
        """Whether each instant is open; what is missing or beyond the years is not."""
        return self.openness(instants) > 0

    def next_close(self, instants: Integers) -> Integers:
        """The first closing after each instant."""
        question = _Question(instants, instants=1)
        if question.is_empty:
            return question.answered(_nobody)
        first, last = question.ranges[0]
        table, _ = self._table(first, last, lambda: self._timeline.next_close(last))
        closes = np.array(table.edges[1::2], np.int64)
        # A span that ends with the table may go on after it, so its end is no closing.
        known = np.append(np.where(closes < table.end, closes, BEYOND), BEYOND)

        def work(out: Integers, instants: Integers) -> None:
            known.take(np.searchsorted(closes, instants, "right"), out=out)

        return question.answered(work)

    # Working days --------------------------------------------------------------------------------

    def add_working_days(self, starts: Integers, days: Work) -> Integers:
        """The same wall time so many working days on, as `Timeline.add_working_days` says."""
        question = _Question(starts, days, instants=1)
        table = self._days_table(question, self._timeline.add_working_days)
        if table is None:
            return question.answered(_nobody)
        known = kernel_of(self._timeline, table).days

        def work(out: Integers, starts: Integers, days: Work) -> None:
            out[:] = self._days_on(starts, days, known)

        return question.answered(work)

    def _days_on(self, starts: Integers, days: Work, known: Days) -> Integers:
        """The same for one chunk."""
        begun = self.next_open(starts)
        back = np.less(days, 0)
        if back.any():
            begun = np.where(back, self.subtract(starts, 0), begun)
        found = begun != BEYOND
        begun = np.where(found, begun, starts)
        looked_up = np.where(back & ~self.is_open(begun), begun - 1, begun)
        origin = known.places(looked_up)
        target = origin + days
        stays = np.equal(days, 0)
        sound = found & (target >= 0) & (target < len(known.ordinals)) & (origin >= 0)
        origin, target = (np.where(sound, index, 0) for index in (origin, target))
        moved = readings(self._zone, begun)
        moved += (known.ordinals[target] - known.ordinals[origin]) * DAY
        answer = first_readings(self._zone, moved)
        answer = np.clip(answer, known.opens[target], known.closes[target])
        answer = np.where(stays, begun, answer)
        return np.where(sound | (found & stays), answer, BEYOND)

    def end_of_working_day(self, starts: Integers, days: Work) -> Integers:
        """The last closing of a working day, as `Timeline.end_of_working_day` says."""
        question = _Question(starts, days, instants=1)
        table = self._days_table(question, self._timeline.end_of_working_day)
        if table is None:
            return question.answered(_nobody)
        known = kernel_of(self._timeline, table).days
        closes = known.closes

        def work(out: Integers, starts: Integers, days: Work) -> None:
            index = known.next_places(starts) + days
            sound = (index >= 0) & (index < len(closes))
            out[:] = np.where(sound, closes[np.where(sound, index, 0)], BEYOND)

        return question.answered(work)

    def _days_table(self, question: _Question, move: Callable[[int, int], int]) -> EdgeTable | None:
        """A table around the instants of a question and the working days so many on, if any."""
        if question.is_empty:
            return None
        (first, last), (least, most) = question.ranges
        self._table(first, last, lambda: move(last, most), lambda: move(first, least))
        table = self._timeline.around(first, last)
        return table if table.day_ordinals else None

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
        """The same wall time so many dates on, as `Zone.add_days` says."""

        def work(out: Integers, starts: Integers, days: Work) -> None:
            moved = readings(self._zone, starts)
            moved += np.clip(days, -_MOST_DAYS, _MOST_DAYS) * DAY
            sound = (moved >= EARLIEST) & (moved <= LATEST)
            answer = first_readings(self._zone, np.where(sound, moved, 0))
            out[:] = np.where(np.equal(days, 0), starts, np.where(sound, answer, BEYOND))

        return _Question(starts, days, instants=1).answered(work)

    def end_of_day(self, starts: Integers, days: Work) -> Integers:
        """The midnight that ends a date, as `Zone.end_of_day` says."""

        def work(out: Integers, starts: Integers, days: Work) -> None:
            days = np.clip(days, -_MOST_DAYS, _MOST_DAYS)
            moved = (readings(self._zone, starts) // DAY + 1 + days) * DAY
            sound = (moved >= EARLIEST) & (moved <= LATEST)
            answer = passed_for_good(self._zone, np.where(sound, moved, LATEST))
            out[:] = np.where(sound, answer, BEYOND)

        return _Question(starts, days, instants=1).answered(work)


def _nobody(out: Integers, *_: Work) -> None:
    """No row has an answer."""
    out.fill(BEYOND)


def _sought(goals: Integers, works: Work, sign: int, *, at_edge: bool) -> Integers:
    """By which work a span is found: 1 more where the end of a closed stretch is meant.

    Forwards, work that ends with a span is done at its closing, and no work waits for the next
    opening. Backwards, work begins at an opening, and no work goes back to the previous closing.
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
