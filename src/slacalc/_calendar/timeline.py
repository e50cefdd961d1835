"""A compiled calendar: sorted edges with prefix sums, and all arithmetic of working time on them.

Theory. Working time is one monotone function, W(t) = the working time that has passed up to t. The
*edges* are the openings and closings in order, alternating, so an instant with an odd number of
edges at or before it is open. With k that number,

    W(t)    = level[k] + t  if k is odd,  level[k]  if it is even
    W⁻¹(g)  = closing of j - (done[j] - g),  j the first span that has done g by its closing

and everything is one of these two look-ups: elapsed(a, b) = W(b) - W(a) and
add(a, d) = W⁻¹(W(a) + d). Where W is flat, its inverse is a whole closed stretch; `bisect_left`
finds its beginning (the work is done), `bisect_right` its end (the next opening).

Working days are a second table of the same kind: the working days in order, with the first opening
and the last closing of each. For questions about dates alone, a `DateTable` has the number of
working days before each date, so that counting is a subtraction and moving is an index.

Growth. An `EdgeTable` is immutable and covers whole years. A question beyond it makes a longer
one, at least twice as long, and swaps it in under a lock; readers take the reference once and are
never disturbed. Sums of different tables are never compared with each other.

Read next: `ledger`. `slacalc._columns.arithmetic` has the same methods over arrays.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from calendar import monthrange
from datetime import date
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from slacalc._schema.limits import MAX_SPANS
from slacalc._threads import Lock
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
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from collections.abc import Callable

    from slacalc._time.instants import Zone
    from slacalc._time.intervals import SpanList


RollConvention: TypeAlias = Literal["following", "preceding", "modified_following"]
_WIDEST_OFFSET = 2 * DAY  # farther than any clock is from UTC
FIRST_DATE, LAST_DATE = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()


class WorkingDay(NamedTuple):
    """A date with working time: its ordinal, its first opening and its last closing."""

    ordinal: int
    opens: int
    closes: int


class CompiledYear(NamedTuple):
    """One year of a calendar.

    Args:
        spans: The open spans of the UTC year.
        days: The working days of the local year.
        tails: The spans that belong to a day although the next day has begun, as the end of a night
            shift after the next day's first opening: opening, closing and the day's ordinal.
        cost: How many spans it was made from, those of combined calendars included.
    """

    spans: SpanList
    days: list[WorkingDay]
    tails: list[tuple[int, int, int]]
    cost: int


class EdgeTable(NamedTuple):
    """The compiled years from *first_year* to *last_year*, for the instants in ``[start, end)``.

    Args:
        first_year: The first year.
        last_year: The last year.
        start: The first instant.
        end: The instant after the last.
        edges: The openings and closings, alternating, strictly increasing.
        level: For each number of passed edges, the constant of W: the work done where closed, and
            the work done less the opening where open. One longer than the edges.
        done: The work done by the closing of each span.
        day_ordinals: The ordinals of the working days.
        day_opens: Their first openings.
        day_closes: Their last closings.
        tails: As in `CompiledYear`; almost always empty.
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
        """Make the table of compiled years that follow one another."""
        edges: list[int] = []
        level, work = [0], 0
        done: list[int] = []
        for year in years:
            for opens, closes in year.spans:
                if edges and opens == edges[-1]:  # one span across New Year in UTC: go on with it
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
            # Bisection needs them sorted, which overlapping night shifts may not be.
            day_opens=list(accumulate((day.opens for day in days), max)),
            day_closes=list(accumulate((day.closes for day in days), max)),
            tails=[tail for year in years for tail in year.tails],
        )

    def day_index(self, instant: int) -> int:
        """The index of the working day that an open instant belongs to."""
        for opens, closes, ordinal in self.tails:
            if opens <= instant < closes:
                return bisect_left(self.day_ordinals, ordinal)
        return bisect_right(self.day_opens, instant) - 1

    def passed(self, instant: int) -> int:
        """The number of edges at or before an instant; odd if it is open."""
        return bisect_right(self.edges, instant)

    def work_until(self, instant: int) -> int:
        """W: the working time from the start of the table to an instant inside it."""
        passed = bisect_right(self.edges, instant)
        return self.level[passed] + (instant if passed & 1 else 0)

    def between(self, start: int, end: int) -> int:
        """The working time from one instant to a later one, both inside the table."""
        # `work_until` twice, written out for speed: this is the most frequent question of all.
        edges, level = self.edges, self.level
        passed = bisect_right(edges, end)
        work = level[passed] + end if passed & 1 else level[passed]
        passed = bisect_right(edges, start)
        return work - level[passed] - start if passed & 1 else work - level[passed]

    def by_wall_time(self, zone: Zone) -> EdgeTable | None:
        """This table with wall times in place of instants; None if that gives other answers.

        With it, a datetime of the zone itself is looked up without its offset from UTC, whose
        computation costs as much as all the rest.

        The answers are the same if every clock change comes in closed time and at least as far
        from every opening and closing as the clock jumps: then each wall time, skipped and
        repeated ones included, is on the same side of all edges as its instant. That holds for
        all hours but night shifts.
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
        """The instant in span *index*, its ends included, by which that much work is done."""
        return self.edges[2 * index + 1] - (self.done[index] - work)


def _too_many_spans(first_year: int, last_year: int) -> HorizonError:
    msg = (
        f"the years from {first_year} to {last_year} have more than {MAX_SPANS:,} open stretches "
        "on this calendar, the most that it can be compiled to"
    )
    years = (first_year, last_year)
    return HorizonError(msg, instant=str(last_year), horizon=years, limit=MAX_SPANS)


class DateTable(NamedTuple):
    """The working days of whole years, for questions about dates, which are ordinals here.

    Args:
        first: The first date.
        end: The date after the last.
        before: For each date, how many of the working days are before it; one longer than the
            dates. It is also the index of the first working day that is not before the date.
        ordinals: The working days, in order.
    """

    first: int
    end: int
    before: array[int]
    ordinals: array[int]

    @classmethod
    def of(cls, table: EdgeTable) -> DateTable:
        """Make the table of the same years."""
        first = date(table.first_year, 1, 1).toordinal()
        end = date(table.last_year, 12, 31).toordinal() + 1
        follows_working_day = bytearray(end - first + 1)
        for ordinal in table.day_ordinals:
            follows_working_day[ordinal + 1 - first] = 1
        # "i" has 32 bits, which the arrays of `slacalc._columns` rely on.
        before = array("i", accumulate(follows_working_day))
        return cls(first, end, before, array("i", table.day_ordinals))


def same_month(ordinal: int, other: int) -> bool:
    """Whether two dates are in the same month of the same year."""
    return date.fromordinal(ordinal).replace(day=1) == date.fromordinal(other).replace(day=1)


def last_decisive_date(ordinal: int, rolled: int, convention: str) -> int:
    """The last date whose hours decide what `Timeline.roll` returns for a date."""
    if convention == "modified_following" and rolled < ordinal:
        day = date.fromordinal(ordinal)
        return ordinal - day.day + monthrange(day.year, day.month)[1]  # no later working day in it
    return max(ordinal, rolled)


def counted_dates(start: int, end: int, inclusive: str) -> tuple[int, int]:
    """Two dates such that the working days before the second less those before the first count.

    Args:
        start: The date to count from.
        end: The date to count to, earlier or later.
        inclusive: Which of the two count themselves: ``"left"`` for *start*, ``"right"`` for
            *end*, ``"both"`` or ``"neither"``.
    """
    with_start, with_end = inclusive in ("left", "both"), inclusive in ("right", "both")
    if start > end:
        return start + with_start, end + (not with_end)
    if start == end and not (with_start and with_end):
        return start, start
    return start + (not with_start), end + with_end


class Timeline:
    """The compiled form of a calendar: a table of edges that grows by years, safe under threads.

    Args:
        zone: The calendar's zone, for wall times.
        compile_year: Compiles one year; called once for each year, under a lock.
        stretches: How many stretches of hours a day has at most.
        depth: How many calendars are combined inside each other.

    Instants and lengths are integers of microseconds. Instants lie in the supported years; the
    caller has checked that.

    Attributes:
        zone: The calendar's zone.
        wall: The current table by wall times of the zone; None where they would not do: see
            `EdgeTable.by_wall_time`.
    """

    def __init__(
        self,
        zone: Zone,
        compile_year: Callable[[int], CompiledYear],
        *,
        stretches: int = 1,
        depth: int = 0,
    ) -> None:
        self.zone = zone
        self.stretches, self.depth = stretches, depth
        self._compile_year = compile_year
        self._years: dict[int, CompiledYear] = {}
        self._lock = Lock()
        self._table: EdgeTable | None = None
        self.wall: EdgeTable | None = None
        self._dates: DateTable | None = None

    def covering(self, start: int, end: int) -> EdgeTable:
        """A table that covers ``[start, end]``, within the supported years."""
        table = self._table
        if table is not None and table.start <= start and end < table.end:
            return table
        return self._grow(year_of(start), min(year_of(end), LAST_YEAR))

    def _grow(self, first_year: int, last_year: int) -> EdgeTable:
        """A table that covers these years too; if it has to grow, to twice its length or more."""
        with self._lock:
            table = self._table
            if table is not None:
                if table.first_year <= first_year and last_year <= table.last_year:
                    return table
                width = table.last_year - table.first_year + 1
                cost = self._cost(table.first_year, table.last_year)
                width = min(width, (MAX_SPANS - cost) * width // max(cost, 1))
                if first_year < table.first_year:
                    first_year = max(FIRST_YEAR, min(first_year, table.first_year - width))
                if last_year > table.last_year:
                    last_year = min(LAST_YEAR, max(last_year, table.last_year + width))
                first_year = min(first_year, table.first_year)
                last_year = max(last_year, table.last_year)
                if (first_year, last_year) == (table.first_year, table.last_year):
                    return table
            made: dict[int, CompiledYear] = {}
            cost = self._cost(first_year, last_year)
            for year in range(first_year, last_year + 1):
                if year not in self._years:
                    made[year] = self._compile_year(year)
                    cost += made[year].cost
                if cost > MAX_SPANS:
                    raise _too_many_spans(first_year, last_year)
            self._years |= made
            years = [self._years[year] for year in range(first_year, last_year + 1)]
            self._table = grown = EdgeTable.of(years, first_year)
            is_small = cost <= MAX_SPANS // 2  # a large one would need too much memory
            self.wall = grown.by_wall_time(self.zone) if is_small else None
            return grown

    def cost_of(self, year: int) -> int:
        """How many spans a year was made from; 0 before it is compiled."""
        return self._cost(year, year)

    def _cost(self, first_year: int, last_year: int) -> int:
        """How many spans the years of a range that are compiled were made from."""
        years = range(first_year, last_year + 1)
        return sum(self._years[year].cost for year in years if year in self._years)

    def _later(self, table: EdgeTable, at: int, subject: str) -> EdgeTable:
        """A table that ends later, after *table* proved too short; an error if there is none."""
        if table.last_year == LAST_YEAR:
            raise self._beyond(f"{subject} from {to_utc(at).isoformat()}")
        return self._grow(table.first_year, table.last_year + 1)

    def _earlier(self, table: EdgeTable, at: int, subject: str) -> EdgeTable:
        """A table that begins earlier; otherwise as `_later`."""
        if table.first_year == FIRST_YEAR:
            raise self._beyond(f"{subject} from {to_utc(at).isoformat()}")
        return self._grow(table.first_year - 1, table.last_year)

    def _beyond(self, subject: str) -> Exception:
        table = self._grow(FIRST_YEAR, LAST_YEAR)
        if not table.edges:
            msg = (
                "this calendar has no working minute at all, so no work on it is ever done: "
                "check its weekly hours and exceptions"
            )
            return NeverOpen(msg, time_zone=self.zone.name)
        return horizon_error(subject, verb="is beyond")

    def elapsed(self, start: int, end: int) -> int:
        """The working time between two instants; negative if the end is the earlier one."""
        table = self._table
        if table is None or not table.start <= start <= end < table.end:
            table = self.covering(min(start, end), max(start, end))
        return table.between(start, end)

    def add(self, start: int, work: int, *, to_next_open: bool = False) -> int:
        """The first instant at which work is done.

        If that is a closing, `to_next_open` gives the next opening in its place.
        """
        if work <= 0:
            if work == 0:
                return self.next_open(start)
            return self.subtract(start, -work, to_previous_close=to_next_open)
        table = self._table
        if table is None or not table.start <= start < table.end:
            table = self.covering(start, start)
        search = bisect_right if to_next_open else bisect_left
        while True:
            # `work_until` and `when_done`, written out for speed.
            edges, done = table.edges, table.done
            passed = bisect_right(edges, start)
            goal = table.level[passed] + work + (start if passed & 1 else 0)
            index = search(done, goal)
            if index < len(done):
                return edges[2 * index + 1] - done[index] + goal
            table = self._later(table, start, length_text(work, has_days=False) + " of work")

    def subtract(self, end: int, work: int, *, to_previous_close: bool = False) -> int:
        """The last instant at which work can begin and be done by *end*: the mirror of `add`.

        If that is an opening, `to_previous_close` gives the closing before it in its place.
        """
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
            table = self._earlier(table, end, length_text(-work, has_days=False) + " of work")

    def shift(self, instant: int, work: int, *, to_next_open: bool = False) -> int:
        """Like `add`, but no work leaves an instant, open or not, where it is.

        An instant at which a span opens stands for that opening, so the work is counted from there
        and a result is never moved back to the closing before it.
        """
        if work == 0:
            return instant
        table = self._table
        if table is None or not table.start < instant < table.end:
            table = self.covering(max(instant - 1, EARLIEST), instant)
        passed = bisect_right(table.edges, instant)
        opens = passed & 1 == 1 and table.edges[passed - 1] == instant > EARLIEST
        return self.add(instant, work, to_next_open=opens or to_next_open)

    def is_open(self, instant: int) -> bool:
        """Whether an instant is working time."""
        return self.covering(instant, instant).passed(instant) & 1 == 1

    def next_open(self, instant: int) -> int:
        """The instant itself if it is open, otherwise the next opening."""
        table = self._table
        if table is None or not table.start <= instant < table.end:
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
            closing = table.passed(instant) | 1  # closings have odd indexes
            # A span that ends with the table may go on in the next year.
            if closing < len(table.edges) and table.edges[closing] < table.end:
                return table.edges[closing]
            table = self._later(table, instant, "the next closing")

    def previous_open(self, instant: int) -> int:
        """The last opening at or before *instant*."""
        table = self.covering(instant, instant)
        while True:
            opening = (table.passed(instant) - 1) & ~1  # openings have even indexes
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
        """The open spans between two instants, cut at them."""
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
        """The working day a number of working days after that of an instant.

        Args:
            offset: The number of working days; negative to go back.
            instant: The instant.
            after: Whether its working day is the first one whose last closing is not before it;
                otherwise the instant is open, and its day is the one it belongs to.
        """
        table, index = self._find_day(offset, instant, after=after)
        return WorkingDay(
            table.day_ordinals[index], table.day_opens[index], table.day_closes[index]
        )

    def _find_day(self, offset: int, instant: int, *, after: bool) -> tuple[EdgeTable, int]:
        """A table with both working days of `day_at`, and the index of its answer."""
        table = self.around(instant, instant)
        while True:
            own = bisect_left(table.day_closes, instant) if after else table.day_index(instant)
            index, first = own + offset, min(own, own + offset)
            if first >= 0 and index < len(table.day_ordinals):
                return table, index
            grow = self._earlier if first < 0 else self._later
            table = grow(table, instant, f"{offset} working days")

    def add_working_days(self, start: int, days: int) -> int:
        """The same wall time a number of working days later, kept within the hours of that day."""
        if days >= 0:
            begins = in_day = self.next_open(start)
        else:
            begins = start if self.is_open(start) else self.previous_close(start)
            # A closing belongs to the day that it ends: the instant before it is open.
            in_day = begins if self.is_open(begins) else begins - 1
        if days == 0:
            return begins
        table, index = self._find_day(days, in_day, after=False)
        dates = table.day_ordinals[index] - table.day_ordinals[index - days]
        at = self.zone.first_reading(self.zone.reading(begins) + dates * DAY)
        return min(max(at, table.day_opens[index]), table.day_closes[index])

    def end_of_working_day(self, start: int, days: int) -> int:
        """The last closing of the working day of *start*, or of a later one."""
        return self.day_at(days, start, after=True).closes

    def time_of_working_day(self, start: int, days: int, time: int) -> int:
        """A wall time on the working day of *start*, or on a later one, but never before *start*.

        Args:
            start: The start. Its working day is that of `end_of_working_day`.
            days: The number of working days after that.
            time: The wall time, in microseconds since midnight; a `DAY` is the end of the date.
        """
        ordinal = self.day_at(days, start, after=True).ordinal
        first = self.zone.first_day_with(time, start) + EPOCH_DAY
        if ordinal < first:
            ordinal = self.date_after(first, 0)
        return self.zone.time_on(ordinal - EPOCH_DAY, time)

    def roll_instant(
        self, at: int, start: int, convention: RollConvention, *, ends_date: bool
    ) -> int:
        """Move an instant on a day off to a working day, at the same wall time.

        Args:
            at: The instant.
            start: The instant before which nothing is moved; the following working day counts then.
            convention: The working day, as in `roll`.
            ends_date: Whether a midnight belongs to the date that it ends.
        """
        shown = self.zone.reading(at - 1) + 1 if ends_date else self.zone.reading(at)
        day = (shown - ends_date) // DAY
        ordinal, time = day + EPOCH_DAY, shown - day * DAY
        rolled = self.roll(ordinal, convention)
        if rolled == ordinal:
            return at
        moved = self.zone.time_on(rolled - EPOCH_DAY, time)
        if rolled < ordinal and moved < start:
            moved = self.zone.time_on(self.date_after(ordinal, 0) - EPOCH_DAY, time)
        return moved

    # Elapsed time and dates, which depend on the zone alone ---------------------------------------

    @staticmethod
    def add_time(start: int, length: int) -> int:
        """The instant a length of elapsed time, day and night, after another one."""
        end = start + length
        if end >= LATEST:
            hours = f"{length // HOUR} hours from {to_utc(start).isoformat()}"
            raise horizon_error(hours, verb="is beyond")
        return end

    @staticmethod
    def elapsed_time(start: int, end: int) -> int:
        """The time between two instants, day and night."""
        return end - start

    def add_days(self, start: int, days: int) -> int:
        """The same wall time a number of dates later: `Zone.add_days`."""
        return self.zone.add_days(start, days)

    def end_of_day(self, start: int, days: int) -> int:
        """The midnight that ends the date a number of dates later: `Zone.end_of_day`."""
        return self.zone.end_of_day(start, days)

    def time_of_day(self, start: int, days: int, time: int) -> int:
        """A wall time on the date a number of dates later: `Zone.time_of_day`."""
        return self.zone.time_of_day(start, days, time)

    # Working days by date ------------------------------------------------------------------------

    def dates_covering(self, first: int, last: int) -> DateTable:
        """A table of whole years that covers the dates from *first* to *last*.

        Raises:
            HorizonError: One of them is outside the supported years.
        """
        table = self._dates
        if table is not None and table.first <= first and last < table.end:
            return table
        for ordinal in (first, last):
            if not FIRST_DATE <= ordinal <= LAST_DATE:
                raise horizon_error(str(date.fromordinal(ordinal)))
        years = self._grow(date.fromordinal(first).year, date.fromordinal(last).year)
        self._dates = table = DateTable.of(years)
        return table

    def is_working_day(self, ordinal: int) -> bool:
        """Whether any shift starts on a date."""
        table = self._dates
        if table is None or not table.first <= ordinal < table.end:
            table = self.dates_covering(ordinal, ordinal)
        place = ordinal - table.first
        return table.before[place + 1] > table.before[place]

    def count_working_days(self, start: int, end: int, inclusive: str = "left") -> int:
        """The number of working days from one date to another; negative if *end* is earlier."""
        table = self._dates
        if table is None or not table.first <= start < table.end > end >= table.first:
            table = self.dates_covering(min(start, end), max(start, end))
        if start > end or inclusive != "left":
            start, end = counted_dates(start, end, inclusive)
        return table.before[end - table.first] - table.before[start - table.first]

    def date_after(self, ordinal: int, days: int, *, back: bool | None = None) -> int:
        """The date a number of working days after a date that is first rolled to a working day.

        Args:
            ordinal: The date.
            days: The number of working days; negative to go back.
            back: Whether a day off is rolled back rather than forward. Default: if *days* is
                negative.
        """
        back = days < 0 if back is None else back
        table = self._dates
        if table is None or not table.first <= ordinal < table.end:
            table = self.dates_covering(ordinal, ordinal)
        while True:
            # The last working day that is not after the date is one before the first that is.
            place = ordinal - table.first + back
            index = table.before[place] - back + days
            if 0 <= index < len(table.ordinals):
                return table.ordinals[index]
            year = date.fromordinal(table.first - 1 if index < 0 else table.end).year
            if not FIRST_YEAR <= year <= LAST_YEAR:
                count = f"{days} working days" if days else "the nearest working day"
                raise self._beyond(f"{count} from {date.fromordinal(ordinal)}")
            edge = date(year, 1, 1).toordinal()
            table = self.dates_covering(min(edge, table.first), max(edge, table.end - 1))

    def roll(self, ordinal: int, convention: str) -> int:
        """The date itself if it is a working day, otherwise the one that a convention names."""
        table = self._dates
        if table is None or not table.first <= ordinal < table.end:
            table = self.dates_covering(ordinal, ordinal)
        place = ordinal - table.first
        index = table.before[place]
        if table.before[place + 1] > index:
            return ordinal
        back = convention in ("preceding", "modified_preceding")
        if convention in ("modified_following", "modified_preceding"):
            # Tables have whole years, so a working day of the same month cannot lie outside.
            nearest = table.ordinals[index - back : index - back + 1] if index >= back else None
            if not nearest or not same_month(nearest[0], ordinal):
                back = not back
        return self.date_after(ordinal, 0, back=back)

    def working_dates(self, first: int, end: int) -> array[int]:
        """The working days from *first* to the date before *end*."""
        table = self.dates_covering(first, end - 1)
        return table.ordinals[table.before[first - table.first] : table.before[end - table.first]]

    def refuse_never_open(self) -> None:
        """Raise `NeverOpen` if the calendar has no working time in any supported year."""
        table = self._table
        if (table is None or not table.edges) and not self._grow(FIRST_YEAR, LAST_YEAR).edges:
            raise self._beyond(f"a working day of {self.zone.name}")

    def working_day(self, ordinal: int) -> WorkingDay | None:
        """The first opening and the last closing of a date; None if it is not a working day."""
        table, index = self._date(ordinal)
        if index is None:
            return None
        return WorkingDay(ordinal, table.day_opens[index], table.day_closes[index])

    def day_spans(self, ordinal: int) -> SpanList:
        """The open spans that belong to a date."""
        table, index = self._date(ordinal)
        if index is None:
            return []
        following = table.day_opens[index + 1 : index + 2]
        ends = min([table.day_closes[index], *following])
        spans = self.spans(table.day_opens[index], ends)
        # A tail lies after the next opening, where the spans above belong to another day.
        for opens, closes, day in table.tails:
            if day == ordinal:
                spans = union(spans, [(opens, closes)])
            else:
                spans = subtract(spans, [(opens, closes)])
        return spans

    def _date(self, ordinal: int) -> tuple[EdgeTable, int | None]:
        """A table around a date, and the index of the date among its working days, if it is one."""
        noon = (ordinal - EPOCH_DAY) * DAY + DAY // 2
        table = self.around(noon, noon)
        index = bisect_left(table.day_ordinals, ordinal)
        is_working = index < len(table.day_ordinals) and table.day_ordinals[index] == ordinal
        return table, index if is_working else None

    def around(self, first: int, last: int) -> EdgeTable:
        """A table whose working days surround all instants from *first* to *last*.

        Its working days are those of local years, which begin and end some hours beside the UTC
        years of its edges; hence the margin.
        """
        margin, table = 3 * DAY, self._table
        if table is not None and table.start <= first - margin and last + margin < table.end:
            return table
        return self.covering(max(first - margin, EARLIEST), min(last + margin, LATEST - 1))
