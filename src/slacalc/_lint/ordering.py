"""What the linter finds between metrics, between ranks, and between a pause and its start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._lint.due_dates import Dues, needed
from slacalc._policy.attributes import value_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._lint.cases import Case
    from slacalc._lint.findings import Finding, Severity
    from slacalc._policy.attributes import Value
    from slacalc._policy.conditions import Clause, Condition
    from slacalc._policy.matching import MatchedRow

# What comes before what, in the field's own words; a metric's `before` and `inside` add to it.
_USUAL_ORDER = (
    ("response", "arrival"),
    ("response", "resolution"),
    ("arrival", "resolution"),
    ("workaround", "resolution"),
)
_USUALLY_RANKED = ("severity", "tier", "priority")


def metrics_out_of_order(dues: Dues) -> Iterator[Finding]:
    """Metrics that come first and are due later, as arrival after resolution."""
    metrics = dues.policy.metrics
    order = {
        (first, second) for first, second in _USUAL_ORDER if first in metrics and second in metrics
    }
    order |= {(name, after) for name, metric in metrics.items() for after in metric.before}
    order |= {(name, metric.inside) for name, metric in metrics.items() if metric.inside}
    for first, second in sorted(order):
        if metrics[first].start != metrics[second].start:
            continue
        seen = set()
        for case in dues.space.cases:
            one, other = case.spoken[first], case.spoken[second]
            key = (_rows(one), _rows(other), case.moments.words)
            if key in seen:
                continue
            seen.add(key)
            how = dues.compared((first, one), (second, other), case.moments.instants)
            if how.later is None:
                continue
            slow, quick = (
                _holding(dues, first, one, how.later),
                _holding(dues, second, other, how.later),
            )
            message = (
                f"{first} ({slow.target.within}) may be due after {second} "
                f"({quick.target.within} in {quick.table}[{quick.place}]), "
                "which should come after it"
            )
            severity: Severity = "warning" if how.earlier is None else "notice"
            path = f"tables.{slow.table}[{slow.place}].targets.{first}"
            yield dues.finding(
                "metric-order", severity, path, message, case, at=needed(how.later, how, case)
            )


def _holding(dues: Dues, metric: str, spoken: tuple[MatchedRow, ...], at: int) -> MatchedRow:
    """The row whose promise holds."""
    due = dues.due(metric, spoken, at)
    return next(one for one in spoken if dues.due(metric, (one,), at) == due)


def ranks_reversed(dues: Dues) -> Iterator[Finding]:
    """Higher values of a ranked attribute that are promised less than lower ones."""
    for name, classes in dues.space.classes.items():
        attribute = dues.policy.attributes[name]
        ranked = attribute.ordered or (attribute.ordered is None and name in _USUALLY_RANKED)
        values = [value for value in classes if value is not None]
        if ranked and attribute.values:
            told: set[tuple[Any, ...]] = set()
            for case in dues.space.cases:
                value = case.ticket.get(name)
                if value in values[:-1]:
                    lower = values[values.index(value) + 1]
                    yield from _reversed(dues, case, name, lower, told)


def _reversed(
    dues: Dues, case: Case, name: str, lower: Value, told: set[tuple[Any, ...]]
) -> Iterator[Finding]:
    value, at = case.ticket[name], case.moments.instants[0]
    other = dues.space.spoken(case.ticket | {name: lower}, at)
    for metric in dues.policy.metrics:
        mine, its = case.spoken[metric], (other or {}).get(metric, ())
        if (name, value, metric) in told or mine == its:
            continue
        how = dues.compared((metric, mine), (metric, its), case.moments.instants)
        bare = bool(dues.due(metric, its, at)) and dues.due(metric, mine, at) is None
        if how.later is None and not bare:
            continue
        told.add((name, value, metric))
        table = mine[0].table if mine else its[0].table
        more = "a figure" if bare else "an earlier deadline"
        message = (
            f"{metric}: {name} = {value_text(value)} ranks above {value_text(lower)}, which is "
            f"promised {more}"
        )
        moment = needed(how.later, how, case)
        yield dues.finding(
            "rank-reversed",
            "notice" if bare else "warning",
            f"tables.{table}",
            message,
            case,
            at=moment,
        )


def pauses_at_the_start(dues: Dues) -> Iterator[Finding]:
    """Pauses that hold at the very event that starts the clock."""
    pauses: list[tuple[str, str, Condition | None]] = [
        (name, f"metrics.{name}.pause", metric.pause)
        for name, metric in dues.policy.metrics.items()
    ]
    for key, precondition in dues.policy.preconditions.items():
        names = precondition.metrics or dues.policy.metrics
        pauses += [(name, f"preconditions.{key}.pause", precondition.pause) for name in names]
    for name, path, pause in pauses:
        start = dues.policy.metrics[name].start
        for clause in pause.clauses if pause else ():
            if any(_implied(clause, begun) for begun in start.clauses):
                message = f"the clock of {name} is paused by what starts it: {start}"
                case = next((case for case in dues.space.cases if case.spoken[name]), None)
                yield dues.finding("pause-at-start", "warning", path, message, case)
                break


def _rows(spoken: tuple[MatchedRow, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((found.table, found.place) for found in spoken)


def _implied(pause: Clause, start: Clause) -> bool:
    """Whether a pause holds whenever something starts."""
    if pause.event and pause.event != start.event:
        return False
    begun = {name: (set(values), negated) for name, values, negated in start.fields}
    for name, values, negated in pause.fields:
        if name not in begun or begun[name][1]:
            return False
        inside = begun[name][0] <= set(values)
        outside = not begun[name][0] & set(values)
        if not (outside if negated else inside):
            return False
    return bool(pause.event or pause.fields)
