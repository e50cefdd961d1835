"""A calendar as rows: stretches of time in which working time grows evenly, or not at all.

Theory. As in `_calendar.timeline`, all is the function W, the working time that has passed up to an
instant, and its inverse. Both are straight lines over a stretch. A row is such a stretch, so that

    W(t)   = work + is_open * (t - begins)   in the row with begins <= t < ends
    W⁻¹(g) = begins + g - work               in the open row with work <= g < work + ends - begins

Databases are quick to find rows by an equality. So stretches are cut where they leave a bucket, of
which there are two kinds: of twelve hours of time, and of eight hours of work. A row is found by
its ``bucket`` or by its ``work_bucket``, which few others have, and its bounds are checked. It is
cut at midnight, too, and where another date's shift begins, so that it belongs to one date and one
shift.

Dates are rows of a second table, by which working days are counted and added. It also has what the
clock does on each: with R a wall-clock reading on the date, its first instant is

    R - clock                           if there is no change, or this is before it
    max(R - next_clock, change)         otherwise

All instants and lengths are integers of microseconds, from 1970 in UTC; dates are days from 1970.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from slacalc._time.instants import DAY, EPOCH_DAY, HOUR, year_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._calendar.timeline import Timeline
    from slacalc._time.instants import Zone

BUCKET: Final = 12 * HOUR
WORK_BUCKET: Final = 8 * HOUR
ORIGIN: Final = 100 * 366 * DAY
"""Added to instants, so that those from 1900 on are positive: division then rounds down."""


class Piece(NamedTuple):
    """A stretch of time in which the calendar is open, or closed, throughout.

    Args:
        bucket: The number of its bucket of time.
        begins: Its first instant.
        ends: The instant after its last.
        work: The working time from the start of the table to its first instant.
        is_open: 1 where it is working time, else 0.
        work_bucket: The number of its bucket of work; None where it is not working time.
        day: Its date in the calendar's zone.
        clock: How far the calendar's clock is ahead of UTC.
        working_days: The number of working days before its date, from the start of the table.
        is_working: 1 where its date is a working day, else 0.
        shift_day: The date that its working time belongs to, which may be the one before; None
            where it is not working time.
        shift_number: The number of working days before that date.
        previous_close: The last closing at or before any of its instants; None where that is
            outside the table.
        next_close: The first closing after any of its instants; likewise.
    """

    bucket: int
    begins: int
    ends: int
    work: int
    is_open: int
    work_bucket: int | None
    day: int
    clock: int
    working_days: int
    is_working: int
    shift_day: int | None
    shift_number: int | None
    previous_close: int | None
    next_close: int | None


class WorkingDate(NamedTuple):
    """A date.

    Args:
        day: The date.
        working_days: The number of working days before it, from the start of the table.
        is_working: 1 where it is a working day, else 0.
        opens: Its first opening; None where it is not a working day.
        closes: Its last closing; likewise.
        clock: How far the clock is ahead of UTC, up to a change.
        change: The instant at which the clock changes; None where no reading of the date is
            concerned.
        next_clock: How far the clock is ahead of UTC from then on; likewise.
    """

    day: int
    working_days: int
    is_working: int
    opens: int | None
    closes: int | None
    clock: int
    change: int | None
    next_clock: int | None


def pieces(timeline: Timeline, first_year: int, last_year: int) -> Iterator[Piece]:
    """The stretches of whole years in UTC, in order.

    Args:
        timeline: The compiled calendar.
        first_year: The first year.
        last_year: The last year.
    """
    start, end = year_start(first_year), year_start(last_year + 1)
    table, zone = timeline.around(start, end), timeline.zone
    cuts = sorted({*table.day_opens, *(edge for tail in table.tails for edge in tail[:2])})
    first_date = start // DAY + EPOCH_DAY
    closes = [None, *(close for close in table.edges[1::2] if start <= close <= end), None]
    closed, work = 0, 0
    for date, date_begins, date_ends in zone.dates(start, end):
        ordinal = date.toordinal()
        day = (
            ordinal - EPOCH_DAY,
            zone.reading(date_begins) - date_begins,
            timeline.count_working_days(first_date, ordinal),
            int(timeline.is_working_day(ordinal)),
        )
        spans = timeline.spans(date_begins, date_ends)
        edges = [date_begins, *(edge for span in spans for edge in span), date_ends]
        for number, (begins, ends) in enumerate(pairwise(edges)):
            is_open, at = number & 1, begins
            while at < ends:
                bucket = (at + ORIGIN) // BUCKET
                until = min(ends, (bucket + 1) * BUCKET - ORIGIN)
                work_bucket = shift_day = shift_number = None
                if is_open:
                    work_bucket = work // WORK_BUCKET
                    until = min(until, at + (work_bucket + 1) * WORK_BUCKET - work)
                    until = min([until, *cuts[(cut := bisect_right(cuts, at)) : cut + 1]])
                    shift = table.day_ordinals[table.day_index(at)]
                    shift_day = shift - EPOCH_DAY
                    shift_number = timeline.count_working_days(first_date, shift)
                while (close := closes[closed + 1]) is not None and close <= at:
                    closed += 1
                place = (bucket, at, until, work, is_open, work_bucket)
                nearest = closes[closed : closed + 2]
                yield Piece(*place, *day, shift_day, shift_number, *nearest)
                work += (until - at) * is_open
                at = until


def working_dates(timeline: Timeline, first_year: int, last_year: int) -> Iterator[WorkingDate]:
    """The dates of whole years, in order; arguments as for `pieces`."""
    first, end = year_start(first_year) // DAY, year_start(last_year + 1) // DAY
    count = 0
    for day in range(first, end):
        hours = timeline.working_day(day + EPOCH_DAY)
        opens, closes = (hours.opens, hours.closes) if hours else (None, None)
        is_working = int(hours is not None)
        yield WorkingDate(day, count, is_working, opens, closes, *_clock_on(timeline.zone, day))
        count += is_working


def _clock_on(zone: Zone, day: int) -> tuple[int, int | None, int | None]:
    """The clock of a date, its change, and the clock from then on: see `WorkingDate`."""
    begins, ends = day * DAY, (day + 1) * DAY
    segments = zone.segments(begins - 2 * DAY, ends + 2 * DAY)
    for (_, clock), (change, next_clock) in pairwise(segments):
        if ends - clock <= change:
            return clock, None, None
        if min(begins - clock, begins - next_clock) < change:
            return clock, change, next_clock
    return segments[-1][1], None, None
