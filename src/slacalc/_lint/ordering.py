"""Findings on the order of metrics, on ranked attributes, and on pauses that hold at the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._clock.clauses import CompiledClause, names_range, text_of
from slacalc._lint.due_dates import LintContext, example_instant
from slacalc._policy.attribute_tests import ANY, NOT, AttributeTest
from slacalc._policy.attributes import value_text
from slacalc._policy.records import field_of_date
from slacalc._policy.value_sets import is_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slacalc._lint.cases import Case
    from slacalc._lint.findings import Finding, Severity
    from slacalc._policy.attributes import Attribute, Value
    from slacalc._policy.conditions import Clause, Condition
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.records import CappedPause

# The usual order of metrics with these names; `before` and `inside` of a metric add to it.
_USUAL_ORDER = (
    ("response", "arrival"),
    ("response", "resolution"),
    ("arrival", "resolution"),
    ("workaround", "resolution"),
)
_USUALLY_RANKED = ("severity", "tier", "priority")


def find_metrics_out_of_order(context: LintContext) -> Iterator[Finding]:
    """Find metrics that come before another but may be due after it, as arrival and resolution."""
    metrics = context.policy.metrics
    order = {
        (first, second) for first, second in _USUAL_ORDER if first in metrics and second in metrics
    }
    order |= {(name, after) for name, metric in metrics.items() for after in metric.before}
    order |= {(name, metric.inside) for name, metric in metrics.items() if metric.inside}
    for first, second in sorted(order):
        if metrics[first].start != metrics[second].start:
            continue
        seen = set()
        for case in context.case_set.cases:
            first_rows, second_rows = case.matched[first], case.matched[second]
            key = (_targets(first_rows), _targets(second_rows), case.receipt.words)
            if key in seen:
                continue
            seen.add(key)
            result = context.compare(
                (first, first_rows), (second, second_rows), case.receipt.instants
            )
            if result.later is None:
                continue
            slow = _strictest(context, first, first_rows, result.later)
            quick = _strictest(context, second, second_rows, result.later)
            message = (
                f"{first} ({slow.target.within}) may be due after {second} "
                f"({quick.target.within} in {quick.table}[{quick.place}]), "
                "which should come after it"
            )
            severity: Severity = "warning" if result.earlier is None else "notice"
            path = f"tables.{slow.table}[{slow.place}].targets.{first}"
            yield context.finding(
                "metric-order",
                severity,
                path,
                message,
                case,
                at=example_instant(result.later, result, case),
            )


def _strictest(
    context: LintContext, metric: str, rows: tuple[MatchedRow, ...], at: int
) -> MatchedRow:
    """The row that is due first."""
    due = context.due(metric, rows, at)
    return next(row for row in rows if context.due(metric, (row,), at) == due)


def find_reversed_ranks(context: LintContext) -> Iterator[Finding]:
    """Find values of a ranked attribute with a later deadline than the next lower value."""
    for name, classes in context.case_set.classes.items():
        attribute = context.policy.attributes[name]
        is_ranked = attribute.ordered or (attribute.ordered is None and name in _USUALLY_RANKED)
        values = [value for value in classes if value is not None]
        if is_ranked and attribute.values:
            reported: set[tuple[Any, ...]] = set()
            for case in context.case_set.cases:
                value = case.ticket.get(name)
                if value in values[:-1]:
                    lower = values[values.index(value) + 1]
                    yield from _compare_ranks(context, case, name, lower, reported)


def _compare_ranks(
    context: LintContext, case: Case, name: str, lower: Value, reported: set[tuple[Any, ...]]
) -> Iterator[Finding]:
    """Compare a case with the same ticket that has the next lower value."""
    value, at = case.ticket[name], case.receipt.instants[0]
    matched_by_lower = context.case_set.matched_rows(case.ticket | {name: lower}, at) or {}
    for metric in context.policy.metrics:
        rows, lower_rows = case.matched[metric], matched_by_lower.get(metric, ())
        if (name, value, metric) in reported or rows == lower_rows:
            continue
        result = context.compare((metric, rows), (metric, lower_rows), case.receipt.instants)
        has_date = any(field_of_date(row.target) for row in rows)
        has_no_due = not has_date and context.due(metric, rows, at) is None
        only_lower = has_no_due and context.due(metric, lower_rows, at) is not None
        if result.later is None and not only_lower:
            continue
        reported.add((name, value, metric))
        promised = "a target time" if only_lower else "an earlier deadline"
        message = (
            f"{metric}: {name} = {value_text(value)} ranks above {value_text(lower)}, which is "
            f"promised {promised}"
        )
        yield context.finding(
            "rank-reversed",
            "notice" if only_lower else "warning",
            f"tables.{(rows or lower_rows)[0].table}",
            message,
            case,
            at=example_instant(result.later, result, case),
        )


def find_pauses_at_start(context: LintContext) -> Iterator[Finding]:
    """Find pauses that hold whenever the clock starts, so that it never runs from there."""
    pauses: list[tuple[str, str, Condition | CappedPause | None]] = [
        (name, f"metrics.{name}.pause", metric.pause)
        for name, metric in context.policy.metrics.items()
    ]
    for key, precondition in context.policy.preconditions.items():
        names = precondition.metrics or context.policy.metrics
        pauses += [(name, f"preconditions.{key}.pause", precondition.pause) for name in names]
    attributes = context.policy.field_kinds
    for name, path, pause in pauses:
        start = context.policy.metrics[name].start
        for clause in pause.clauses if pause else ():
            if any(_holds_at(clause, each, attributes) for each in start.clauses):
                what = " or ".join(name for each in start.clauses for name in each.names)
                message = f"the clock of {name} is paused by what starts it ({what})"
                case = next((case for case in context.case_set.cases if case.matched[name]), None)
                yield context.finding("pause-at-start", "warning", path, message, case)
                break


def _targets(rows: tuple[MatchedRow, ...]) -> tuple[Any, ...]:
    return tuple((row.table, row.place, row.target) for row in rows)


def _holds_at(pause: Clause, start: Clause, attributes: Mapping[str, Attribute]) -> bool:
    """Whether a clause of a pause holds whenever a clause of a start does."""
    if pause.event and pause.event != start.event:
        return False
    if not (pause.event or pause.fields):
        return False
    at_start = {
        name: test.values
        for name, test in start.fields.items()
        if isinstance(test, AttributeTest) and test.operation == "in"
    }
    same = {name for name, test in pause.fields.items() if start.fields.get(name) == test}
    if not same.issuperset({ANY, NOT} & pause.fields.keys()):
        return False
    # The values that a start names hold for a pause if they are values, not patterns or ranges.
    return all(
        name in same
        or (
            name in at_start
            and not any(is_pattern(value) or names_range(str(value)) for value in at_start[name])
            and all((text_of(value) in values) is not negated for value in at_start[name])
        )
        for name, values, negated in CompiledClause.of(pause, "", attributes).fields
    )
