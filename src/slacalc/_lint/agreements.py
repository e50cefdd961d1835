"""Findings on availability targets: maintenance that takes too much of the service hours."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from slacalc._calendar.calendar import ALWAYS
from slacalc._lint.cases import STEPS_OF_CALENDAR
from slacalc._policy.agreements import ROLLING, maintenance_calendar, share_of
from slacalc._policy.money import percent_texts
from slacalc._time.intervals import intersect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._lint.due_dates import LintContext
    from slacalc._lint.findings import Finding, Severity
    from slacalc._policy.agreements import Availability
    from slacalc._time.intervals import SpanList

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_STEPS = 30  # of the effort, for each period


def find_in_availability(context: LintContext) -> Iterator[Finding]:
    """Find targets that maintenance leaves no time for, and maintenance without any effect."""
    for name, target in context.policy.availability.items():
        if target.maintenance:
            context.effort.spend(STEPS_OF_CALENDAR)
            yield from _find_in_maintenance(context, f"availability.{name}", target)


def _find_in_maintenance(
    context: LintContext, path: str, target: Availability
) -> Iterator[Finding]:
    policy = context.policy
    service = policy.calendars.get(target.hours, ALWAYS)
    maintenance = maintenance_calendar(policy, target)
    taken, since = Fraction(0), None  # the largest share of a period, and its first day
    for first, after in _periods(*context.case_set.window, target.period):
        context.effort.spend(_STEPS)
        begins, ends = policy.zone.midnight(first), policy.zone.midnight(after)
        hours = service.timeline.spans(begins, ends)
        if not hours:
            continue
        lost = _length(intersect(hours, maintenance.timeline.spans(begins, ends)))
        share = Fraction(lost, _length(hours))
        if share > taken:
            taken, since = share, first
    allowed = 1 - share_of(target.target)
    percents = [share * 100 for share in (taken, allowed, Fraction(0), Fraction(1))]
    taken_text, allowed_text, *_ = percent_texts(percents, 3)
    if taken > Fraction(1, 2):
        severity: Severity = "warning" if taken < 1 else "error"
        part = f"{taken_text} of" if taken < 1 else "all"
        message = f"maintenance takes {part} the service hours of the period from {since}"
        yield context.finding("little-agreed-time", severity, path, message, None)
    elif taken > allowed:
        message = (
            f"maintenance takes {taken_text} of the service hours of the period from {since}, "
            f"more than the {allowed_text} that outages may take"
        )
        yield context.finding("maintenance-above-target", "notice", path, message, None)
    if not taken:
        message = "maintenance is never in the service hours, so that it changes nothing"
        yield context.finding("idle-maintenance", "notice", f"{path}.maintenance", message, None)


def _periods(first: date, last: date, period: str) -> Iterator[tuple[date, date]]:
    """The whole periods of a target that begin and end between two days."""
    rolling = ROLLING.fullmatch(period)
    days = int(rolling[1]) if rolling else {"day": 1, "week": 7}.get(period, 0)
    if days:
        begin = first if period != "week" else first - timedelta(first.weekday())
        while begin <= last:
            yield begin, begin + timedelta(days)
            begin += timedelta(days)
        return
    months = _MONTHS.get(period, 1)
    number = (first.year * 12 + first.month - 1) // months * months
    while (begin := _month(number)) <= last:
        yield begin, _month(number + months)
        number += months


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _length(spans: SpanList) -> int:
    return sum(closes - opens for opens, closes in spans)
