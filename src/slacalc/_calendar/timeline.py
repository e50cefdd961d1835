"""A calendar compiled: sorted edges with prefix sums, and the look-ups on them.

Theory. Working time is one monotone function, W(t) = working time that has passed up to t. The
*edges* are the opens and closes in order, alternating, so an instant with an odd number of edges
at or before it is open. With k that number,

    W(t)    = level[k] + t  where k is odd,  level[k]  where it is even
    W⁻¹(g)  = close of j - (done[j] - g),  j the first span that has done g by its close

and everything is those two look-ups: elapsed(a, b) = W(b) - W(a), add(a, d) = W⁻¹(W(a) + d). Where
W is flat its inverse is a whole closed stretch; `bisect_left` takes the beginning of it (the work
is done), `bisect_right` the end (the next opening).

Working days are a second table of the same kind: the working days in order, with the first opening
and the last closing of each.

Growth. An `EdgeTable` is immutable and covers whole years. A question beyond it makes a longer
one, at least twice as long, and swaps it in under a lock; readers take the reference once and are
never disturbed. Sums within one table are only ever compared with each other.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from slacalc._time.durations import length_text
from slacalc._time.instants import (
    DAY,
    EARLIEST,
    EPOCH_DAY,
    FIRST_YEAR,
    HOUR,
    LAST_YEAR,
    LATEST,
    horizon_error,
    to_utc,
    year_of,
    year_start,
)
from slacalc._time.intervals import subtract, union
from slacalc.errors import NeverOpen

if TYPE_CHECKING:
    from collections.abc import Callable

    from slacalc._time.instants import Zone
    from slacalc._time.intervals import SpanList


_WIDEST_OFFSET = 2 * DAY  # more than any clock is ahead of or behind UTC


class WorkingDay(NamedTuple):
    """A date with work on it: its ordinal, first opening and last closing."""

    ordinal: int
    opens: int
    closes: int


class CompiledYear(NamedTuple):
    """One year of a calendar: the spans inside the UTC year, the days of the local one.

    Args:
        spans: What is open.
        days: The working days.
        tails: What still belongs to a day although the next one has begun, as night shifts that
            end after the next day's first opening do: opens, closes and the day's ordinal.
    """

    spans: SpanList
    days: list[WorkingDay]
    tails: list[tuple[int, int, int]]


class EdgeTable(NamedTuple):
    """The years from *first_year* to *last_year*, compiled: instants in ``[start, end)``.

    Args:
        edges: The opens and closes, alternating, strictly increasing.
        level: For each count of edges passed, what W is made of: the work done where closed, the
            work done less the opening where open. One longer than the edges.
        done: The work done by the close of each span.
        day_ordinals: The working days.
        day_opens: Their first openings, and
        day_closes: their last closings.
        tails: As in `CompiledYear`; almost always none.
    """

    first_year: int
    last_year: int
    start: int
    end: int
    edges: list[int]
    level: list[int]
    done: list[int]
    day_ordinals: list[int]
    day_opens: list[int]
    day_closes: list[int]
    tails: list[tuple[int, int, int]]

    @classmethod
    def of(cls, years: list[CompiledYear], first_year: int) -> EdgeTable:
        """Lay compiled years end to end."""
        edges: list[int] = []
        level, work = [0], 0
        done: list[int] = []
        for year in years:
            for opens, closes in year.spans:
                if edges and opens == edges[-1]:  # one span that runs across New Year in UTC
                    edges.pop()
                    level.pop()
                    done.pop()
                else:
                    edges.append(opens)
                    level.append(work - opens)
                edges.append(closes)
                work += closes - opens
                level.append(work)
                done.append(work)
        days = [day for year in years for day in year.days]
        return cls(
            first_year=first_year,
            last_year=first_year + len(years) - 1,
            start=year_start(first_year),
            end=year_start(first_year + len(years)),
            edges=edges,
            level=level,
            done=done,
            day_ordinals=[day.ordinal for day in days],
            # Sorted whatever the clocks and overlapping night shifts do, as bisection needs.
            day_opens=list(accumulate((day.opens for day in days), max)),
            day_closes=list(accumulate((day.closes for day in days), max)),
            tails=[tail for year in years for tail in year.tails],
        )

    def day_index(self, instant: int) -> int:
        """The place among the working days of the one that an open instant belongs to."""
        for opens, closes, ordinal in self.tails:
            if opens <= instant < closes:
                return bisect_left(self.day_ordinals, ordinal)
        return bisect_right(self.day_opens, instant) - 1

    def passed(self, instant: int) -> int:
        """How many edges lie at or before an instant; odd where it is open."""
        return bisect_right(self.edges, instant)

    def work_until(self, instant: int) -> int:
        """W: the work done from the start of the table up to an instant inside it."""
        passed = bisect_right(self.edges, instant)
        return self.level[passed] + (instant if passed & 1 else 0)

    def between(self, start: int, end: int) -> int:
        """The work done from one instant to a later one, both inside the table."""
        # W twice, spelled out: this is the most frequent question of all.
        edges, level = self.edges, self.level
        passed = bisect_right(edges, end)
        work = level[passed] + end if passed & 1 else level[passed]
        passed = bisect_right(edges, start)
        return work - level[passed] - start if passed & 1 else work - level[passed]

    def on_the_wall(self, zone: Zone) -> EdgeTable | None:
        """This table in readings instead of instants, or None where that would not be the same.

        It is the same wherever each change of the offset comes in closed time, as far from every
        opening and closing as the clock jumps, which is so for all but night shifts: then no
        reading, skipped or repeated, is on the other side of an edge than its instant. A datetime
        of the zone itself can be looked up there without asking for its offset, which costs as
        much as all the rest.
        """
        segments = zone.segments(self.start, self.end - 1)
        edges: list[int] = []
        for (_, offset), (change, next_offset) in pairwise(segments):
            jump = abs(next_offset - offset)
            passed = bisect_left(self.edges, change + jump)
            if passed & 1 or passed != self.passed(change - jump):
                return None
            edges += [edge + offset for edge in self.edges[len(edges) : passed]]
        edges += [edge + segments[-1][1] for edge in self.edges[len(edges) :]]
        level = self.level.copy()
        for passed in range(1, len(level), 2):
            level[passed] += self.edges[passed - 1] - edges[passed - 1]
        return self._replace(
            start=self.start + _WIDEST_OFFSET,
            end=self.end - _WIDEST_OFFSET,
            edges=edges,
            level=level,
        )

    def when_done(self, index: int, work: int) -> int:
        """The instant inside, or at an end of, a span at which so much work is done."""
        return self.edges[2 * index + 1] - (self.done[index] - work)


class Timeline:
    """The compiled form of one calendar, growing by years on demand, safe under threads.

    Args:
        zone: The calendar's zone, for wall times.
        compile_year: Compiles one year; called once for each year, under a lock.

    Instants and lengths are integers of microseconds; instants lie in the supported years, which
    the caller has checked.

    Attributes:
        wall: The present table in readings of the zone, where they are as good as instants.
    """

    def __init__(self, zone: Zone, compile_year: Callable[[int], CompiledYear]) -> None:
        self.zone = zone
        self._compile_year = compile_year
        self._years: dict[int, CompiledYear] = {}
        self._lock = threading.Lock()
        self._table: EdgeTable | None = None
        self.wall: EdgeTable | None = None

    def covering(self, start: int, end: int) -> EdgeTable:
        """A table that covers ``[start, end]``, as far as the supported years go."""
        table = self._table
        if table is not None and table.start <= start and end < table.end:
            return table
        return self._grow(year_of(start), min(year_of(end), LAST_YEAR))

    def _grow(self, first_year: int, last_year: int) -> EdgeTable:
        """Make the table cover these years too, and at least twice as many as before."""
        with self._lock:
            table = self._table
            if table is not None:
                width = table.last_year - table.first_year + 1
                if first_year < table.first_year:
                    first_year = max(FIRST_YEAR, min(first_year, table.first_year - width))
                if last_year > table.last_year:
                    last_year = min(LAST_YEAR, max(last_year, table.last_year + width))
                first_year = min(first_year, table.first_year)
                last_year = max(last_year, table.last_year)
                if (first_year, last_year) == (table.first_year, table.last_year):
                    return table
            for year in range(first_year, last_year + 1):
                if year not in self._years:
                    self._years[year] = self._compile_year(year)
            years = [self._years[year] for year in range(first_year, last_year + 1)]
            self._table = grown = EdgeTable.of(years, first_year)
            self.wall = grown.on_the_wall(self.zone)
            return grown

    def _later(self, table: EdgeTable, at: int, doing: str) -> EdgeTable:
        """A longer table after *table* proved too short, or the error that there is none."""
        if table.last_year == LAST_YEAR:
            raise self._beyond(at, doing)
        return self._grow(table.first_year, table.last_year + 1)

    def _earlier(self, table: EdgeTable, at: int, doing: str) -> EdgeTable:
        """`_later`, into the past."""
        if table.first_year == FIRST_YEAR:
            raise self._beyond(at, doing)
        return self._grow(table.first_year - 1, table.last_year)

    def _beyond(self, at: int, doing: str) -> Exception:
        table = self._grow(FIRST_YEAR, LAST_YEAR)
        if not table.edges:
            msg = (
                "this calendar has no working minute at all, so no work on it is ever done: "
                "check its weekly hours and exceptions"
            )
            return NeverOpen(msg, time_zone=self.zone.name)
        return horizon_error(f"{doing} from {to_utc(at).isoformat()}", doing="passes")

    def elapsed(self, start: int, end: int) -> int:
        """The working time between two instants; negative where the end is the earlier one."""
        table = self._table
        if table is None or not table.start <= start <= end < table.end:
            table = self.covering(min(start, end), max(start, end))
        return table.between(start, end)

    def add(self, start: int, work: int, *, to_next_open: bool = False) -> int:
        """The first instant at which the work is done, or at an exact fit the next opening."""
        if work <= 0:
            if work == 0:
                return self.next_open(start)
            return self.subtract(start, -work, to_previous_close=to_next_open)
        table = self._table
        if table is None or not table.start <= start < table.end:
            table = self.covering(start, start)
        search = bisect_right if to_next_open else bisect_left
        while True:
            goal = table.work_until(start) + work
            index = search(table.done, goal)
            if index < len(table.done):
                return table.when_done(index, goal)
            table = self._later(table, start, length_text(work) + " of work")

    def subtract(self, end: int, work: int, *, to_previous_close: bool = False) -> int:
        """The last instant from which the work is done by *end*: the exact mirror of `add`."""
        if work <= 0:
            if work == 0:
                return end if self.is_open(end) else self.previous_close(end)
            return self.add(end, -work, to_next_open=to_previous_close)
        table = self.covering(end, end)
        search = bisect_left if to_previous_close else bisect_right
        while True:
            goal = table.work_until(end) - work
            # At goal 0 the previous closing lies before the table.
            if goal > 0 or (goal == 0 and not to_previous_close):
                return table.when_done(search(table.done, goal), goal)
            table = self._earlier(table, end, length_text(-work) + " of work")

    def shift(self, instant: int, work: int, *, to_next_open: bool = False) -> int:
        """Like `add`, but no work leaves an instant, open or not, where it is.

        An instant at which a span opens stands for that opening, so the work is counted from there
        and a result is never moved back to the closing before it.
        """
        if work == 0:
            return instant
        opens = self.is_open(instant) and instant > EARLIEST and not self.is_open(instant - 1)
        return self.add(instant, work, to_next_open=opens or to_next_open)

    def is_open(self, instant: int) -> bool:
        """Whether an instant lies in an open span."""
        return self.covering(instant, instant).passed(instant) & 1 == 1

    def next_open(self, instant: int) -> int:
        """The first open instant from *instant* on: itself where it is open."""
        table = self.covering(instant, instant)
        while True:
            passed = table.passed(instant)
            if passed & 1:
                return instant
            if passed < len(table.edges):
                return table.edges[passed]
            table = self._later(table, instant, "the next opening")

    def next_close(self, instant: int) -> int:
        """The first closing after *instant*."""
        table = self.covering(instant, instant)
        while True:
            closing = table.passed(instant) | 1
            # A span that ends with the table may go on in the next year.
            if closing < len(table.edges) and table.edges[closing] < table.end:
                return table.edges[closing]
            table = self._later(table, instant, "the next closing")

    def previous_open(self, instant: int) -> int:
        """The last opening at or before *instant*: that of the running span where it is open."""
        table = self.covering(instant, instant)
        while True:
            opening = (table.passed(instant) - 1) & ~1
            # A span that begins with the table may have begun in the year before.
            if opening >= 0 and table.edges[opening] > table.start:
                return table.edges[opening]
            table = self._earlier(table, instant, "the previous opening")

    def previous_close(self, instant: int) -> int:
        """The last closing at or before *instant*."""
        table = self.covering(instant, instant)
        while True:
            closing = (table.passed(instant) - 2) | 1
            if closing >= 1:
                return table.edges[closing]
            table = self._earlier(table, instant, "the previous closing")

    def spans(self, start: int, end: int) -> SpanList:
        """The open spans between two instants, cut to them."""
        if start >= end:
            return []
        table = self.covering(start, end)
        edges = table.edges
        first, last = table.passed(start) & ~1, bisect_left(edges, end)
        return [
            (max(edges[index], start), min(edges[index + 1], end))
            for index in range(first, last, 2)
        ]

    def day_at(self, offset: int, instant: int, *, after: bool) -> WorkingDay:
        """The working day *offset* days from the one found at *instant*.

        Args:
            offset: How many working days on; negative for back.
            instant: The instant whose day is looked up.
            after: Look up the first day whose last closing is not before the instant; else the
                one that the instant, which is open, belongs to.
        """
        table = self._around(instant)
        while True:
            index = offset + (
                bisect_left(table.day_closes, instant) if after else table.day_index(instant)
            )
            doing = f"{offset} working days on"
            if index < 0:
                table = self._earlier(table, instant, doing)
            elif index >= len(table.day_ordinals):
                table = self._later(table, instant, doing)
            else:
                return WorkingDay(
                    table.day_ordinals[index], table.day_opens[index], table.day_closes[index]
                )

    def add_working_days(self, start: int, days: int) -> int:
        """The same wall time so many working days on, kept within that day's hours."""
        if days >= 0:
            begun = looked_up = self.next_open(start)
        else:
            begun = start if self.is_open(start) else self.previous_close(start)
            # A closing belongs to the day that it ends.
            looked_up = begun if self.is_open(begun) else begun - 1
        if days == 0:
            return begun
        origin = self.day_at(0, looked_up, after=False)
        target = self.day_at(days, looked_up, after=False)
        moved = self.zone.reading(begun) + (target.ordinal - origin.ordinal) * DAY
        return min(max(self.zone.first_reading(moved), target.opens), target.closes)

    def end_of_working_day(self, start: int, days: int) -> int:
        """The last closing of the working day of *start*, or of the one so many working days on."""
        return self.day_at(days, start, after=True).closes

    # Elapsed time and dates, which depend on the zone alone ---------------------------------------

    @staticmethod
    def add_time(start: int, length: int) -> int:
        """The instant a length of elapsed time, day and night, after another one."""
        end = start + length
        if end >= LATEST:
            hours = f"{length // HOUR} hours from {to_utc(start).isoformat()}"
            raise horizon_error(hours, doing="passes")
        return end

    @staticmethod
    def elapsed_time(start: int, end: int) -> int:
        """The time between two instants, day and night."""
        return end - start

    def add_days(self, start: int, days: int) -> int:
        """The same wall time so many dates on: `Zone.add_days`."""
        return self.zone.add_days(start, days)

    def end_of_day(self, start: int, days: int) -> int:
        """The midnight that ends the date so many days on: `Zone.end_of_day`."""
        return self.zone.end_of_day(start, days)

    # Working days by date ------------------------------------------------------------------------

    def working_day(self, ordinal: int) -> WorkingDay | None:
        """The opening and closing of a date, or None where it is no working day."""
        table, index = self._date(ordinal)
        if index is None:
            return None
        return WorkingDay(ordinal, table.day_opens[index], table.day_closes[index])

    def day_spans(self, ordinal: int) -> SpanList:
        """What is open and belongs to a date."""
        table, index = self._date(ordinal)
        if index is None:
            return []
        following = table.day_opens[index + 1 : index + 2]
        ends = min([table.day_closes[index], *following])
        spans = self.spans(table.day_opens[index], ends)
        for opens, closes, day in table.tails:
            if day == ordinal:
                spans = union(spans, [(opens, closes)])
            else:
                spans = subtract(spans, [(opens, closes)])
        return spans

    def _date(self, ordinal: int) -> tuple[EdgeTable, int | None]:
        """A table around a date, and the place of the date among its working days."""
        table = self._around((ordinal - EPOCH_DAY) * DAY + DAY // 2)
        index = bisect_left(table.day_ordinals, ordinal)
        found = index < len(table.day_ordinals) and table.day_ordinals[index] == ordinal
        return table, index if found else None

    def _around(self, instant: int) -> EdgeTable:
        """A table whose working days surround an instant.

        They are those of local years, which begin and end some hours beside the table's own.
        """
        return self.around(instant, instant)

    def around(self, first: int, last: int) -> EdgeTable:
        """A table whose working days surround all instants between two."""
        margin = 3 * DAY
        return self.covering(max(first - margin, EARLIEST), min(last + margin, LATEST - 1))
