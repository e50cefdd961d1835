"""Findings on metrics that stay stopped, and on unused fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slacalc._clock.compiled_metrics import CompiledMetrics
from slacalc._policy.attributes import restricted
from slacalc._policy.conditions import OWN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._lint.due_dates import LintContext
    from slacalc._lint.findings import Finding
    from slacalc._policy.data import PolicyData


def find_stays_stopped(context: LintContext) -> Iterator[Finding]:
    """Find metrics stopped by fields that do not say what happens when these change back."""
    policy, semantics = context.policy, context.matcher.semantics
    for name, metric in policy.metrics.items():
        stops = (
            [clause for clause in metric.stop.clauses if not clause.event] if metric.stop else []
        )
        repeat = metric.repeat or semantics.repeat
        starts_once = all(clause.event == "created" for clause in metric.start.clauses)
        goes_on = (
            metric.reset
            or _says_reopen(policy, name)
            or (metric.on_reopen or semantics.on_reopen) == "final"
            or not (repeat == "never" or (repeat == "next_start" and starts_once))
        )
        if stops and not goes_on:
            fields = " or ".join(stops[0].names)
            message = (
                f"{name} stays stopped even if {fields} changes back: say with reopen what sets "
                'it going again besides an event "reopened", or reopen = [] for nothing'
            )
            yield context.finding("stays-stopped", "warning", f"metrics.{name}.stop", message, None)


def _says_reopen(policy: PolicyData, name: str) -> bool:
    """Whether a metric, or one that encloses it, has a condition to reopen it."""
    while name:
        metric = policy.metrics[name]
        if metric.reopen is not None:
            return True
        name = metric.inside
    return False


def find_unused_fields(context: LintContext) -> Iterator[Finding]:
    """Find fields with values of their own that no condition names."""
    used = context.policy.compiled(CompiledMetrics).condition_fields
    for name in restricted(context.policy.fields or {}):
        if name not in used and name not in OWN_FIELDS:
            message = "nothing reacts to it, as no condition names it"
            yield context.finding("unused-field", "notice", f"fields.{name}", message, None)
