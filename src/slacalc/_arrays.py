"""The verbs of a timeline and of a zone over arrays of instants: the same questions, many at once.

Every function takes int64 arrays of microseconds, of which one may be a single number, and gives a
new array. Where an instant is `MISSING` the answer is; where there is none within the supported
years it is `BEYOND`, and the row's own question, asked of the timeline, says why.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np

from slacalc._instant import DAY, EARLIEST, LATEST
from slacalc._kernel import MISSING, Kernel, chunks, kernel_of, scratch
from slacalc._walls import first_readings, passed_for_good, readings
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from slacalc._instant import Zone
    from slacalc._timeline import Table, Timeline

    Integers = NDArray[np.int64]
    Work: TypeAlias = Integers | int

BEYOND: Final = MISSING + 1
"""In place of an answer outside the supported years."""


_MOST_DAYS: Final = (LATEST - EARLIEST) // DAY + 2  # more lead beyond the years from anywhere


class _Question:
    """Instants cleaned for a look-up, and what to put back into the answer.

    Args:
        columns: The arrays and numbers of the question; the first one is an array of instants.
        instants: How many of them are instants, which must lie in the supported years.
    """

    def __init__(self, *columns: Work, instants: int) -> None:
        self.missing: NDArray[np.bool_] | None = None
        self.beyond: NDArray[np.bool_] | None = None
        self._ranges = [_range(column) for column in columns]
        for place, (column, (least, most)) in enumerate(zip(columns, self._ranges, strict=True)):
            if isinstance(column, np.ndarray) and column.size:
                if least == MISSING:
                    self.missing = _either(self.missing, column == MISSING)
                if place < instants and (least < EARLIEST or most >= LATEST):
                    outside = (column != MISSING) & ((column < EARLIEST) | (column >= LATEST))
                    self.beyond = _either(self.beyond, outside)
        odd = self.missing
        if self.beyond is not None:
            odd = _either(odd, self.beyond)
        self.odd = odd if odd is not None and odd.any() else None
        self.columns = columns
        if self.odd is not None:
            self.columns = tuple(map(self._cleaned, columns))
            self._ranges = [_range(column) for column in self.columns]

    def _cleaned(self, column: Work) -> Work:
        """A column with a harmless value in the rows that have no answer: that of another row."""
        if not isinstance(column, np.ndarray) or self.odd is None:
            return column
        sound = column[~self.odd]
        return np.where(self.odd, sound[0] if sound.size else 0, column)

    def rows(self, place: int) -> Integers:
        """A column that is an array."""
        column = self.columns[place]
        return column if isinstance(column, np.ndarray) else np.array([column], np.int64)

    def range(self, place: int) -> tuple[int, int]:
        """The least and the greatest value of a column."""
        return self._ranges[place]

    def answered(self, answer: NDArray[Any], nothing: Any = MISSING) -> NDArray[Any]:
        """An answer with the odd rows marked."""
        if self.beyond is not None:
            answer[self.beyond] = BEYOND if nothing is MISSING else nothing
        if self.missing is not None:
            answer[self.missing] = nothing
        return answer


def _range(column: Work) -> tuple[int, int]:
    """The least and the greatest value of a column; nothing of an empty one."""
    if isinstance(column, np.ndarray):
        return (int(column.min()), int(column.max())) if column.size else (0, 0)
    return column, column


def _either(one: NDArray[np.bool_] | None, other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return other if one is None else one | other


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

    def _table(self, start: int, end: int, *questions: Callable[[], int]) -> tuple[Table, bool]:
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
        starts, works = question.rows(0), question.columns[1]
        (first, last), (least, most) = question.range(0), question.range(1)
        least, most = (least, most) if sign > 0 else (-most, -least)
        move = partial(self._timeline.add, to_next_open=at_edge)
        outermost = [lambda: move(last, most), lambda: move(first, least)]
        if least <= 0 <= most:
            outermost += [lambda: self._timeline.next_open(last)]
            outermost += [lambda: self._timeline.previous_close(first)]
        table, are_answered = self._table(first, last, *outermost)
        out = np.empty(len(starts), np.int64)
        if not table.edges:
            out[:] = BEYOND
            return question.answered(out)
        kernel = kernel_of(self._timeline, table)
        # Where all rows go one way, all of them are found by the same rule.
        way = (least > 0) - (most < 0)
        move_by = np.add if sign > 0 else np.subtract
        for rows in chunks(len(starts)):
            instants, length = starts[rows], _part(works, rows)
            goals = scratch.goals[: len(instants)]
            kernel.work_until(instants, goals)
            move_by(goals, length, out=goals)
            sought = _sought(goals, way * sign or length, sign, at_edge=at_edge)
            kernel.when_done(goals, sought, out[rows])
            if not are_answered:
                out[rows][(sought < 1) | (sought > kernel.total)] = BEYOND
        if sign < 0 and least <= 0 <= most:
            self._stay(kernel, starts, works, out)
        return question.answered(out)

    @staticmethod
    def _stay(kernel: Kernel, ends: Integers, works: Work, out: Integers) -> None:
        """Where no work at all is taken back from an open instant, that is the answer."""
        for rows in chunks(len(ends)):
            instants = ends[rows]
            stays = np.empty(len(instants), np.bool_)
            kernel.is_open(instants, stays)
            stays &= np.equal(_part(works, rows), 0)
            out[rows][stays] = instants[stays]

    def elapsed(self, starts: Integers, ends: Work) -> Integers:
        """The working time between instants; negative where they are reversed."""
        question = _Question(starts, ends, instants=2)
        starts, ends = question.rows(0), question.columns[1]
        (first, last), (least, most) = question.range(0), question.range(1)
        table, _ = self._table(min(first, least), max(last, most))
        if not len(starts) or not table.edges:
            return question.answered(np.zeros(len(starts), np.int64))
        out = np.empty(len(starts), np.int64)
        kernel = kernel_of(self._timeline, table)
        for rows in chunks(len(starts)):
            instants, until = starts[rows], _part(ends, rows)
            before, after = scratch.goals[: len(instants)], scratch.sought[: len(instants)]
            kernel.work_until(instants, before)
            if isinstance(until, np.ndarray):
                kernel.work_until(until, after)
                np.subtract(after, before, out=out[rows])
            else:
                np.subtract(table.work_until(until), before, out=out[rows])
        return question.answered(out)

    def is_open(self, instants: Integers) -> tuple[NDArray[np.bool_], NDArray[np.bool_] | None]:
        """Whether each instant is open, and which of them are missing or beyond the years."""
        question = _Question(instants, instants=1)
        cleaned = question.rows(0)
        out = np.zeros(len(instants), np.bool_)
        if len(instants):
            table, _ = self._table(*question.range(0))
            if table.edges:
                kernel = kernel_of(self._timeline, table)
                for rows in chunks(len(instants)):
                    kernel.is_open(cleaned[rows], out[rows])
        return question.answered(out, nothing=False), question.odd

    def next_close(self, instants: Integers) -> Integers:
        """The first closing after each instant."""
        question = _Question(instants, instants=1)
        cleaned = question.rows(0)
        first, last = question.range(0)
        out = np.empty(len(instants), np.int64)
        if not len(instants):
            return out
        table, _ = self._table(first, last, lambda: self._timeline.next_close(last))
        closes = np.array(table.edges[1::2], np.int64)
        # A span that ends with the table may go on after it, so its end is no closing.
        known = np.append(np.where(closes < table.end, closes, BEYOND), BEYOND)
        for rows in chunks(len(cleaned)):
            known.take(np.searchsorted(closes, cleaned[rows], "right"), out=out[rows])
        return question.answered(out)

    # Working days --------------------------------------------------------------------------------

    def add_working_days(self, starts: Integers, days: Work) -> Integers:
        """The same wall time so many working days on, as `Timeline.add_working_days` says."""
        question = _Question(starts, days, instants=1)
        table = self._days_table(question, self._timeline.add_working_days)
        starts, days = question.rows(0), question.columns[1]
        out = np.full(len(starts), BEYOND)
        if table.day_ordinals:
            known = _Days.of(table)
            for rows in chunks(len(starts)):
                out[rows] = self._days_on(starts[rows], _part(days, rows), known)
        return question.answered(out)

    def _days_on(self, starts: Integers, days: Work, known: _Days) -> Integers:
        """The same for one chunk."""
        begun = self.next_open(starts)
        back = np.less(days, 0)
        if back.any():
            begun = np.where(back, self.subtract(starts, 0), begun)
        found = begun != BEYOND
        begun = np.where(found, begun, starts)
        looked_up = np.where(back & ~self.is_open(begun)[0], begun - 1, begun)
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
        starts, days = question.rows(0), question.columns[1]
        out = np.full(len(starts), BEYOND)
        closes = np.array(table.day_closes, np.int64)
        for rows in chunks(len(starts)) if len(closes) else ():
            index = np.searchsorted(closes, starts[rows], "left") + _part(days, rows)
            sound = (index >= 0) & (index < len(closes))
            out[rows] = np.where(sound, closes[np.where(sound, index, 0)], BEYOND)
        return question.answered(out)

    def _days_table(self, question: _Question, move: Callable[[int, int], int]) -> Table:
        """A table around the instants of a question and the working days so many on."""
        (first, last), (least, most) = question.range(0), question.range(1)
        self._table(first, last, lambda: move(last, most), lambda: move(first, least))
        return self._timeline.around(first, last)

    # Dates on the calendar -----------------------------------------------------------------------

    def add_days(self, starts: Integers, days: Work) -> Integers:
        """The same wall time so many dates on, as `Zone.add_days` says."""
        question = _Question(starts, days, instants=1)
        starts, days = question.rows(0), question.columns[1]
        days = np.clip(days, -_MOST_DAYS, _MOST_DAYS)
        moved = readings(self._zone, starts) + np.multiply(days, DAY)
        sound = (moved >= EARLIEST) & (moved <= LATEST)
        answer = first_readings(self._zone, np.where(sound, moved, 0))
        answer = np.where(sound, answer, BEYOND)
        return question.answered(np.where(np.equal(days, 0), starts, answer))

    def end_of_day(self, starts: Integers, days: Work) -> Integers:
        """The midnight that ends a date, as `Zone.end_of_day` says."""
        question = _Question(starts, days, instants=1)
        starts, days = question.rows(0), question.columns[1]
        days = np.clip(days, -_MOST_DAYS, _MOST_DAYS)
        moved = (readings(self._zone, starts) // DAY + 1 + days) * DAY
        sound = (moved >= EARLIEST) & (moved <= LATEST)
        answer = passed_for_good(self._zone, np.where(sound, moved, LATEST))
        return question.answered(np.where(sound, answer, BEYOND))


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


class _Days(NamedTuple):
    """The working days of a table, as arrays."""

    ordinals: Integers
    opens: Integers
    closes: Integers
    tails: list[tuple[int, int, int]]

    @classmethod
    def of(cls, table: Table) -> _Days:
        """Those of a table."""
        columns = table.day_ordinals, table.day_opens, table.day_closes
        ordinals, opens, closes = (np.array(column, np.int64) for column in columns)
        return cls(ordinals, opens, closes, table.tails)

    def places(self, instants: Integers) -> Integers:
        """The places of the days that open instants belong to, as `Table.day_index` says."""
        index = np.searchsorted(self.opens, instants, "right") - 1
        for begins, ends, ordinal in reversed(self.tails):
            inside = (begins <= instants) & (instants < ends)
            if inside.any():
                index[inside] = np.searchsorted(self.ordinals, ordinal, "left")
        return index
