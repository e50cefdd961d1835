"""What the linter finds in calendars: closed for long, holidays unknown, hours that jump.

The example is a ticket whose deadline counts on the calendar, received where it shows.
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
    from slacalc._lint.due_dates import Dues
    from slacalc._lint.findings import Finding, Severity

_LONG_CLOSURE = 14 * DAY
_FORESEEABLE = date(2099, 12, 31)  # for a policy without a last day; rules reach to 2100


def calendars(dues: Dues) -> Iterator[Finding]:
    """Calendars that are closed for long, whose holidays are unknown, or whose hours jump."""
    for name, calendar in dues.policy.calendars.items():
        yield from _closures(dues, name, calendar)
        yield from _unpublished(dues, name, calendar)
        yield from _clock_changes(dues, name, calendar)


def _closures(dues: Dues, name: str, calendar: Calendar) -> Iterator[Finding]:
    first, last = dues.space.window
    zone = zone_of(calendar)
    begins, ends = zone.midnight(first), zone.midnight(last + timedelta(1))
    edges = [begins, *(e for span in calendar.timeline.spans(begins, ends) for e in span), ends]
    if len(edges) == 2:
        message = f"the calendar is never open from {first} to {last}"
        yield _found(dues, "never-open", "error", name, message, at=begins)
        return
    for closes, opens in zip(edges[::2], edges[1::2], strict=True):
        if opens - closes > _LONG_CLOSURE:
            days = (opens - closes) // DAY
            message = f"closed for {days} days, from {zone.date(closes)} to {zone.date(opens)}"
            yield _found(dues, "long-closure", "notice", name, message, at=closes)


def _unpublished(dues: Dues, name: str, calendar: Calendar) -> Iterator[Finding]:
    since, until = calendar.provisional_from, dues.policy.effective_until
    if since is None or (until or _FORESEEABLE) < since:
        return
    term = f"the policy holds until {until}" if until else "the policy has no last day"
    message = (
        f"holidays are published until {since - timedelta(1)} and {term}: answers that reach "
        "past that date are provisional"
    )
    severity: Severity = "warning" if until else "notice"
    at = zone_of(calendar).midnight(since)
    yield _found(dues, "unpublished-holidays", severity, name, message, at=at)


def _clock_changes(dues: Dues, name: str, calendar: Calendar) -> Iterator[Finding]:
    first, last = dues.space.window
    zone = zone_of(calendar)
    begins, ends = zone.midnight(first), zone.midnight(last)
    for (_, offset), (change, after) in pairwise(zone.segments(begins, ends)):
        if after <= offset or not begins <= change < ends:
            continue
        skipped = (change + offset, change + after)  # readings that no clock shows
        day = date.fromordinal(EPOCH_DAY + skipped[0] // DAY)
        if _touches(calendar, day, *skipped):
            message = "its hours touch a clock change, which skips part of them"
            yield _found(dues, "clock-change", "notice", name, message, at=change)
            return


def _touches(calendar: Calendar, day: date, start: int, end: int) -> bool:
    """Whether a shift of a date, or of the one before, has readings in a stretch of them."""
    for ordinal, hours in hours_of_dates(calendar, day - timedelta(1), day):
        midnight = (ordinal - EPOCH_DAY) * DAY
        for shift in hours.shifts:
            opens, closes = midnight + shift.opens, midnight + shift.closes
            if opens < end and start < closes and closes - opens < DAY:
                return True
    return False


def _found(
    dues: Dues, kind: str, severity: Severity, name: str, message: str, *, at: int
) -> Finding:
    case = dues.case_on(name)
    return dues.finding(kind, severity, f"calendars.{name}", message, case, at=at if case else None)
