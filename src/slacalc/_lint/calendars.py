"""Findings on calendars: what is closed for long, what runs out, and what contradicts itself.

The example is a ticket with a deadline that the calendar counts.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from slacalc._calendar.compilation import disagreements, hours_of_dates, zone_of
from slacalc._lint.cases import STEPS_OF_CALENDAR
from slacalc._time.dates import DateRange
from slacalc._time.instants import DAY, EPOCH_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._calendar.calendar import Calendar
    from slacalc._lint.due_dates import LintContext
    from slacalc._lint.findings import Finding, Severity

_LONG_CLOSURE = 14 * DAY
_YEARS_AHEAD = 10  # in which exceptions that disagree are looked for
_FORESEEABLE = date(2099, 12, 31)  # for a policy without an end; rules reach to 2100


def find_in_calendars(context: LintContext) -> Iterator[Finding]:
    """Find long closures, dates that run out or contradict, and hours that a clock change skips."""
    for name, calendar in context.policy.calendars.items():
        context.effort.spend(STEPS_OF_CALENDAR)
        yield from _find_closures(context, name, calendar)
        yield from _find_unpublished(context, name, calendar)
        yield from _find_ending_dates(context, name, calendar)
        yield from _find_disagreements(context, name, calendar)
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


def _find_ending_dates(context: LintContext, name: str, calendar: Calendar) -> Iterator[Finding]:
    """Find lists of nothing but single dates that end in a year before the policy does."""
    until = context.policy.effective_until
    term = f"the policy is in force until {until}" if until else "the policy has no end"
    for part, last in _ends_of_lists(calendar):
        if (until or _FORESEEABLE).year > last.year:
            message = (
                f"{part} name dates until {last} and {term}: name the later ones, or dates that "
                'recur, such as "12-24"'
            )
            severity: Severity = "warning" if until else "notice"
            day = min(last + timedelta(1), _FORESEEABLE)
            at = zone_of(calendar).midnight(day)
            yield _finding(context, "dates-run-out", severity, name, message, at=at)


def _ends_of_lists(calendar: Calendar) -> Iterator[tuple[str, date]]:
    """The last dates of the lists of a calendar, as it is in the end, that have nothing else."""
    exceptions, closures, lists = calendar.exceptions, calendar.closures, calendar.holidays
    for change in calendar.changes:
        exceptions = exceptions if change.exceptions is None else change.exceptions
        closures = closures if change.closures is None else change.closures
        lists = lists if change.holidays is None else change.holidays
    for part, rules in (("exceptions", exceptions), ("closures", closures)):
        ends = [rule.dates.last for rule in rules if isinstance(rule.dates, DateRange)]
        if ends and len(ends) == len(rules):
            yield part, max(ends)
    own = [dates for holidays in lists for dates, _ in holidays.dates]
    has_more = any(holidays.country or holidays.horizon for holidays in lists)
    fixed = [day for day in own if isinstance(day, date)]
    if fixed and len(fixed) == len(own) and not (has_more or calendar.horizon):
        yield "holidays", max(fixed)


def _find_disagreements(context: LintContext, name: str, calendar: Calendar) -> Iterator[Finding]:
    first, last = context.case_set.window
    reported: set[tuple[str, str]] = set()
    for year in range(first.year, last.year + _YEARS_AHEAD + 1):
        for day, counts, ignored in disagreements(calendar, year):
            pair = (str(counts.dates), str(ignored.dates))
            if pair not in reported:
                reported.add(pair)
                message = (
                    f"two exceptions name {day}: {pair[0]!r}, which counts, and {pair[1]!r}, which "
                    "names more dates or has more hours: name the date on its own if that is wrong"
                )
                at = zone_of(calendar).midnight(day)
                yield _finding(context, "exceptions-disagree", "warning", name, message, at=at)


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
