"""Findings on objectives that another one shadows, or for which no ticket can count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from slacalc._lint.cases import CaseSet
from slacalc._policy.records import Metric, Row, Target
from slacalc._policy.target_time import Within
from slacalc._time.instants import HOUR
from slacalc.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slacalc._lint.cases import Case
    from slacalc._lint.due_dates import LintContext
    from slacalc._lint.findings import Finding
    from slacalc._policy.agreements import Objective
    from slacalc._policy.data import PolicyData

_ANY_TARGET = Target(Within(HOUR, "time"))
_MEETS, _COUNTS = " meets", " counts"  # no name of a policy has a space


def find_shadowed_objectives(context: LintContext) -> Iterator[Finding]:
    """Find shares of the same tickets in the same period, of which an earlier one counts."""
    first: dict[Any, str] = {}
    for name, objective in context.policy.objectives.items():
        if objective.metric and objective.share:
            key = (
                objective.metric,
                objective.rolling_days or objective.period_word,
                objective.when,
                tuple(one.when for one in objective.except_),
                objective.counted_by,
            )
            earlier = first.setdefault(key, name)
            if earlier != name:
                message = (
                    f"is for the same tickets as {earlier}, which comes first: groups of a report "
                    "are compared with that one"
                )
                path = f"objectives.{name}"
                yield context.finding("shadowed-objective", "warning", path, message, None)


def find_idle_objectives(context: LintContext) -> Iterator[Finding]:
    """Find objectives for which no ticket can count, as far as all tickets can be tried."""
    objectives = {name: one for name, one in context.policy.objectives.items() if one.metric}
    if not objectives:
        return
    try:
        policy = _with_conditions(context.policy, objectives)
    except PolicyError:  # more metrics than a policy may have
        return
    case_set = CaseSet(policy, context.effort)
    if not case_set.is_exhaustive:
        return
    for name, objective in objectives.items():
        reason = _why_idle(name, objective, case_set.cases)
        if reason:
            message = f"no ticket counts for it: {reason}"
            yield context.finding("idle-objective", "warning", f"objectives.{name}", message, None)


def _with_conditions(policy: PolicyData, objectives: Mapping[str, Objective]) -> PolicyData:
    """A policy with two metrics for each objective, each with a table of its own.

    One has a target where the conditions hold. The other has one for each exception, and then one
    for the tickets that count.
    """
    metrics, tables = dict(policy.metrics), dict(policy.tables)
    for name, objective in objectives.items():
        exceptions = [one.when for one in objective.except_]
        for own, whens in ((_MEETS, []), (_COUNTS, exceptions)):
            metrics[name + own] = Metric()
            tables[name + own] = tuple(
                Row(when, {name + own: _ANY_TARGET}) for when in (*whens, objective.when)
            )
    return attrs.evolve(policy, metrics=metrics, tables=tables)


def _why_idle(name: str, objective: Objective, cases: list[Case]) -> str:
    """Why no ticket counts for an objective; empty string if one does."""
    meeting = [case for case in cases if case.matched[name + _MEETS]]
    if not meeting:
        return "none that the policy accepts meets its conditions"
    place = len(objective.except_)
    counting = [
        case for case in meeting if any(row.place == place for row in case.matched[name + _COUNTS])
    ]
    if not counting:
        return "its exceptions take all that meet its conditions"
    has_own_time = objective.within is not None or objective.mean is not None
    has_target = any(
        row.target.within is not None for case in counting for row in case.matched[objective.metric]
    )
    return "" if has_own_time or has_target else f"none of them has a target for {objective.metric}"
