"""Findings on adjustments without effect, and on tickets for which no calendar is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from slacalc._lint.rows import meets
from slacalc._policy.attributes import value_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._lint.due_dates import LintContext
    from slacalc._lint.findings import Finding
    from slacalc._policy.records import Adjustment


def find_idle_adjustments(context: LintContext) -> Iterator[Finding]:
    """Find adjustments that change the time of no ticket."""
    for index, adjustment in enumerate(context.policy.adjustments):
        path = f"adjustments[{index}]"
        cases = [case for case in context.case_set.cases if meets(context, case, adjustment)]
        if not cases and context.case_set.is_exhaustive:
            message = "no ticket that the policy accepts meets these conditions"
            yield context.finding("idle-adjustment", "warning", path, message, None)
            continue
        for metric in adjustment.scale:
            message = _why_idle(context, adjustment, metric)
            scaled = any(row.scaling for case in cases for row in case.matched[metric])
            if not message and not scaled and context.case_set.is_exhaustive:
                message = f"no ticket that meets these conditions has a time for {metric} to scale"
            if message:
                yield context.finding(
                    "idle-adjustment",
                    "warning",
                    f"{path}.scale.{metric}",
                    message,
                    cases[0] if cases else None,
                )


def _why_idle(context: LintContext, adjustment: Adjustment, metric: str) -> str:
    """Why an adjustment does nothing to a metric, whatever the ticket; else empty string."""
    rows = [row for table in context.policy.tables for row in context.matcher.rows(metric, table)]
    if not any(row.target.within for row in rows):
        return f"no row promises {metric} a time"
    return "a factor of 1 changes nothing" if adjustment.scale[metric] == 1 else ""


def find_missing_calendars(context: LintContext) -> Iterator[Finding]:
    """Find values of an attribute that chooses a calendar for which none is named."""
    for (name, value), ticket in context.case_set.without_calendar.items():
        attribute = context.policy.attributes.get(name)
        if attribute is None or (value is not None and value not in attribute.values):
            continue  # of free text, some value is always missing
        who = f"without {name}" if value is None else f"with {name} = {value_text(value)}"
        message = f"tickets {who} are refused, since no calendar is named for them"
        path = f"attributes.{name}"
        finding = context.finding("no-calendar", "warning", path, message, None)
        yield attrs.evolve(finding, example=ticket)
