"""A comparison arranged for a page: both policies by metric and group, and what flips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.event_logs import TICKET
from slacalc._clock.states import STATES
from slacalc._columns.frames import to_list
from slacalc._columns.kernel import MISSING
from slacalc._report.answers import CODE, UNJUDGED
from slacalc._report.attainment import KINDS
from slacalc._report.comparison import MOVES, compared
from slacalc._report.page_charts import Scale

if TYPE_CHECKING:
    from slacalc._policy.policy import Policy
    from slacalc._report.comparison import Comparison

_MOST_VALUES = 40
_MISSED = ("late", "breached")


class Versus(NamedTuple):
    """How two policies judge a group.

    Args:
        metric: The metric.
        values: The values of the group.
        told: The columns of `Comparison.by`.
        dots: Where both shares stand on their line; None where nothing is decided.
    """

    metric: str
    values: tuple[Any, ...]
    told: dict[str, Any]
    dots: tuple[float | None, float | None]


class Change(NamedTuple):
    """How often each state became which other one.

    Args:
        metric: The metric.
        states: The states that occur, in order.
        counts: A row for each state under the first policy, a count for each under the second.
    """

    metric: str
    states: list[str]
    counts: list[tuple[str, list[int]]]


class Flip(NamedTuple):
    """A ticket whose state differs."""

    ticket: Any
    metric: str
    values: tuple[Any, ...]
    states: tuple[str, str]
    dues: tuple[int | None, int | None]


class ComparisonTables(NamedTuple):
    """What another policy would have meant.

    Args:
        names: What the policies are called.
        prints: The beginnings of their fingerprints.
        scale: The scale of the shares.
        totals: By metric.
        groups: By attribute.
        changes: From state to state.
        flips: Some of the tickets that flip.
        flipped: How many there are.
        unjudged: How many tickets only the one, and only the other, cannot judge.
        sums: Over all metrics, how many of the flips are gained and lost.
    """

    names: tuple[str, str]
    prints: tuple[str, str]
    scale: Scale
    totals: list[Versus]
    groups: list[tuple[str, list[Versus]]]
    changes: list[Change]
    flips: list[Flip]
    flipped: int
    unjudged: tuple[int, int]
    sums: tuple[int, int]


def contrast_of(
    comparison: Comparison,
    policies: tuple[Policy, Policy],
    metrics: tuple[str, ...],
    by: tuple[str, ...],
    most: int,
) -> ComparisonTables:
    """A comparison arranged.

    Args:
        comparison: The comparison.
        policies: What was compared.
        metrics: The metrics that count.
        by: The attributes by which it is told.
        most: How many of the tickets that flip are shown.
    """
    totals = _versus(comparison, (), metrics)
    groups = [(name, _versus(comparison, (name,), metrics)) for name in by]
    every = [*totals, *(one for _, group in groups for one in group)]
    scale = Scale.of(
        value for one in every for value in (one.told["attainment_a"], one.told["attainment_b"])
    )
    placed = [[_placed(one, scale) for one in group] for group in (totals, *(g for _, g in groups))]
    rows = _flipped(comparison, metrics)
    codes = comparison._pairs.errors
    bad = codes[0].codes >= 0, codes[1].codes >= 0
    return ComparisonTables(
        names=comparison.policies,
        prints=(policies[0].fingerprint[:8], policies[1].fingerprint[:8]),
        scale=scale,
        totals=placed[0],
        groups=[(name, _fewer(group)) for (name, _), group in zip(groups, placed[1:], strict=True)],
        changes=_changes(comparison, metrics),
        flips=_flips(comparison, rows[:most], by),
        flipped=len(rows),
        unjudged=(int((bad[0] & ~bad[1]).sum()), int((bad[1] & ~bad[0]).sum())),
        sums=(sum(one.told["gained"] for one in totals), sum(one.told["lost"] for one in totals)),
    )


def _versus(
    comparison: Comparison, names: tuple[str, ...], metrics: tuple[str, ...]
) -> list[Versus]:
    """Both policies by metric and group."""
    found = comparison.counted(names, None, None)
    if found is None:
        return []
    columns = compared(found.counts.reshape(-1, KINDS, KINDS, len(MOVES)), comparison._confidence)
    listed_columns = {name: column.tolist() for name, column in columns.items()}
    rows = []
    for row, (metric, values) in enumerate(zip(found.metric, found.values, strict=True)):
        told = {name: _number(column[row]) for name, column in listed_columns.items()}
        if metric in metrics:
            rows.append(Versus(metric, values, told, (None, None)))
    return rows


def _number(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124 - NaN


def _placed(one: Versus, scale: Scale) -> Versus:
    first, second = one.told["attainment_a"], one.told["attainment_b"]
    return one._replace(
        dots=(
            None if first is None else scale.place(first),
            None if second is None else scale.place(second),
        )
    )


def _fewer(group: list[Versus]) -> list[Versus]:
    """The groups of which a policy decides some, and not too many of them."""
    known = [one for one in group if one.told["decided_a"] or one.told["decided_b"]]
    often = sorted(known, key=lambda one: -one.told["total"])[:_MOST_VALUES]
    return [one for one in known if one in often]


def _changes(comparison: Comparison, metrics: tuple[str, ...]) -> list[Change]:
    """How often each state became which, of the metrics where one did."""
    tables: dict[int, dict[tuple[int, int], int]] = {}
    for metric, one, other, count in comparison.changed():
        if metric >= 0 and one >= 0 and other >= 0:
            tables.setdefault(metric, {})[one, other] = count
    found = []
    for metric, table in tables.items():
        name = comparison._pairs.metrics[metric]
        if name in metrics and any(one != other for one, other in table):
            codes = sorted({code for pair in table for code in pair}, key=_ORDER.index)
            counts = [
                (STATES[one], [table.get((one, other), 0) for other in codes]) for one in codes
            ]
            found.append(Change(name, [STATES[one] for one in codes], counts))
    return found


_ORDER = [
    CODE[state]
    for state in (
        "met",
        "late",
        "breached",
        "running",
        "paused",
        "not started",
        "cancelled",
        "not covered",
        "no target",
    )
]


def _flipped(comparison: Comparison, metrics: tuple[str, ...]) -> list[int]:
    """The pairs that flip: first those that both decide."""
    pairs = comparison._pairs
    wanted = [place for place, name in enumerate(pairs.metrics) if name in metrics]
    rows = comparison.flipped()
    rows = rows[np.isin(pairs.metric[rows], wanted)]
    decided = [CODE[one] for one in ("met", *_MISSED)]
    both = np.isin(pairs.states[0][rows], decided) & np.isin(pairs.states[1][rows], decided)
    order: list[int] = np.concatenate([rows[both], rows[~both]]).tolist()
    return order


def _flips(comparison: Comparison, rows: list[int], by: tuple[str, ...]) -> list[Flip]:
    """Some pairs with all that is told of them."""
    pairs, at = comparison._pairs, np.array(rows, np.int64)
    base, whose = pairs.base, pairs.ticket[at]
    tickets = to_list(base.column(TICKET), whose)
    values = [to_list(base.column(name), whose) for name in by]
    dues = [
        [None if one == MISSING else one for one in column[at].tolist()] for column in pairs.dues
    ]
    return [
        Flip(
            tickets[place],
            pairs.metrics[int(pairs.metric[row])],
            tuple(column[place] for column in values),
            (_state(pairs.states[0][row]), _state(pairs.states[1][row])),
            (dues[0][place], dues[1][place]),
        )
        for place, row in enumerate(rows)
    ]


def _state(code: int) -> str:
    return "" if code == UNJUDGED else STATES[int(code)]
