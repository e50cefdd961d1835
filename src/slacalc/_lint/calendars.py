"""Findings on calendars: long closures, unpublished holidays, hours that a clock change skips.

The example is a ticket with a deadline that the calendar counts.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from slacalc._calendar.compilation import hours_of_dates, zone_of
from slacalc._time.instants import DAY, EPOCH_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._calendar.calendar import Calendar
    from slacalc._lint.due_dates import LintContext
    from slacalc._lint.findings import Finding, Severity

_LONG_CLOSURE = 14 * DAY
_FORESEEABLE = date(2099, 12, 31)  # for a policy without an end; rules reach to 2100


def find_in_calendars(context: LintContext) -> Iterator[Finding]:
    """Find long closures, unpublished holidays, and hours that a clock change skips."""
    for name, calendar in context.policy.calendars.items():
        yield from _find_closures(context, name, calendar)
        yield from _find_unpublished(context, name, calendar)
        yield from _find_clock_changes(context, name, calendar)


def _find_closures(context: LintContext, name: str, calendar: Calendar) -> Iterator[Finding]:
    first, last = context.case_set.window
    zone = zone_of(calendar)
    begins, ends = zone.midnight(first), zone.midnight(last + timedelta(1))
    edges = [begins, *(e for span in calendar.timeline.spans(begins, ends) for e in span), ends]
    if len(edges) == 2:
        message = f"the calendar is never open from {first} to {last}"
        yield _finding(context, "never-open", "error", name, message, at=begins)
        return
    for closes, opens in zip(edges[::2], edges[1::2], strict=True):
        if opens - closes > _LONG_CLOSURE:
            days = (opens - closes) // DAY
            message = f"closed for {days} days, from {zone.date(closes)} to {zone.date(opens)}"
            yield _finding(context, "long-closure", "notice", name, message, at=closes)


def _find_unpublished(context: LintContext, name: str, calendar: Calendar) -> Iterator[Finding]:
    since, until = calendar.provisional_from, context.policy.effective_until
    if since is None or (until or _FORESEEABLE) < since:
        return
    term = f"the policy is in force until {until}" if until else "the policy has no end"
    message = (
        f"holidays are published until {since - timedelta(1)} and {term}: answers that reach "
        "past that date are provisional"
    )
    severity: Severity = "warning" if until else "notice"
    at = zone_of(calendar).midnight(since)
    yield _finding(context, "unpublished-holidays", severity, name, message, at=at)


def _find_clock_changes(context: LintContext, name: str, calendar: Calendar) -> Iterator[Finding]:
    first, last = context.case_set.window
    zone = zone_of(calendar)
    begins, ends = zone.midnight(first), zone.midnight(last)
    for (_, offset), (change, after) in pairwise(zone.segments(begins, ends)):
        if after <= offset or not begins <= change < ends:
            continue
        skipped = (change + offset, change + after)  # readings that the clock never shows
        day = date.fromordinal(EPOCH_DAY + skipped[0] // DAY)
        if _overlaps(calendar, day, *skipped):
            message = "a clock change skips part of the working hours"
            yield _finding(context, "clock-change", "notice", name, message, at=change)
            return


def _overlaps(calendar: Calendar, day: date, start: int, end: int) -> bool:
    """Whether hours of a date, or of the one before, overlap a range of wall-clock readings."""
    for ordinal, hours in hours_of_dates(calendar, day - timedelta(1), day):
        midnight = (ordinal - EPOCH_DAY) * DAY
        for shift in hours.shifts:
            opens, closes = midnight + shift.opens, midnight + shift.closes
            if opens < end and start < closes and closes - opens < DAY:
                return True
    return False


def _finding(
    context: LintContext, kind: str, severity: Severity, name: str, message: str, *, at: int
) -> Finding:
    case = context.case_on(name)
    return context.finding(
        kind, severity, f"calendars.{name}", message, case, at=at if case else None
    )
