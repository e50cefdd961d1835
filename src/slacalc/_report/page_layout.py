"""The tables of a page: which rows and columns of its content are shown, and in which order.

A page has room for forty values of an attribute, not for a thousand. What does not fit is counted,
and the page says so. `PageTables` arranges the content of one policy, `ComparisonTables` that of
two; both take the positions of their marks from `page_charts`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.event_logs import TICKET
from slacalc._clock.states import STATES
from slacalc._columns.frames import to_list
from slacalc._columns.kernel import MISSING
from slacalc._report.answers import DECIDED, EXCLUDED, OPEN, STATE_CODES
from slacalc._report.comparison import comparison_columns
from slacalc._report.page_charts import Scale, draw_course
from slacalc._report.page_content import as_shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slacalc._report.comparison import Pairs
    from slacalc._report.page_charts import Course
    from slacalc._report.page_content import PageContent, Share
    from slacalc._report.periods import Period

_MOST_VALUES = 40  # values of an attribute in a table
_MOST_ACROSS = 8
MOST_DIFFERENCES = 40  # between two policies
_MOST_LINES, _FIRST_LINES, _LAST_LINES = 26, 18, 6  # lines of an explanation
_MOST_PROBLEMS = 10
_STATE_ORDER = (*DECIDED, *OPEN, *EXCLUDED)  # in tables of states


class ShareCell(NamedTuple):
    """A share in a table.

    Args:
        share: The counts; None if there are none.
        dot, low, high: The positions of the share and its interval, from 0 to 100; None if nothing
            is decided.
        goal: The position of the objective.
        missed: The part that was missed, from 0 to 1, for a tint.
    """

    share: Share | None
    dot: float | None = None
    low: float | None = None
    high: float | None = None
    goal: float | None = None
    missed: float = 0.0


class ValueRow(NamedTuple):
    """A row of a table: the value of an attribute, and a share in each column."""

    value: Any
    cells: list[ShareCell]


class GroupTable(NamedTuple):
    """Attainment by the values of one attribute.

    Args:
        name: The attribute.
        lines: The rows.
        others: The number of values that are not shown.
        undecided: The number of values without any decided or open ticket, and of their tickets.
    """

    name: str
    lines: list[ValueRow]
    others: int
    undecided: tuple[int, int]


class CrossTable(NamedTuple):
    """Attainment of one metric by the values of two attributes."""

    metric: str
    heads: list[Any]
    lines: list[ValueRow]


class PageTables:
    """The content of one policy in tables.

    Args:
        content: The content.
        period: The period that is shown; None for none.
    """

    def __init__(self, content: PageContent, period: Period | None) -> None:
        self._content = content
        in_groups = (share for _, group in content.groups for share in group)
        shares = [*content.totals, *content.periods, *in_groups]
        self.scale = Scale.of(
            value for share in shares for value in (share.attainment, share.objective)
        )
        self.metrics = [share.metric for share in content.totals]
        self.totals = [self.cell(share) for share in content.totals]
        self.has_objectives = any(share.objective is not None for share in content.totals)
        self.groups = [self._group_table(name, group) for name, group in content.groups]
        self.crossed = self._cross_tables()
        self.courses: list[Course] = []
        for metric in self.metrics:
            own = [share for share in content.periods if share.metric == metric]
            if period is not None and any(share.decided for share in own):
                self.courses.append(draw_course(metric, own, self.scale, period))
        self.by_period = self._period_rows()
        self.kept = self._periods_reached()
        self.problems = content.problems[:_MOST_PROBLEMS]
        others = content.problems[_MOST_PROBLEMS:]
        self.more_problems = len(others), sum(problem.total for problem in others)
        self.with_errors = sum(problem.total for problem in content.problems)
        self.explanation = ""
        if content.explanation is not None:
            self.explanation = _shorten(content.explanation[1])

    def cell(self, share: Share | None) -> ShareCell:
        """A share with its positions on the line."""
        if share is None or share.attainment is None or share.low is None or share.high is None:
            return ShareCell(share)
        place = self.scale.place
        return ShareCell(
            share,
            place(share.attainment),
            place(share.low),
            place(share.high),
            None if share.objective is None else place(share.objective),
            round(1 - share.attainment, 4),
        )

    def _period_rows(self) -> list[tuple[str | None, list[tuple[Share | None, bool]]]]:
        """The periods in order; for each course the share, and whether it has an objective."""
        shares = {(share.period, share.metric): share for share in self._content.periods}
        numbers = {share.period: share.number for share in self._content.periods}
        labels = sorted(numbers, key=lambda label: (label is None, numbers[label]))
        return [
            (
                label,
                [
                    (shares.get((label, course.metric)), course.objective is not None)
                    for course in self.courses
                ],
            )
            for label in labels
        ]

    def _periods_reached(self) -> dict[str, tuple[float, int, int]]:
        """By metric the objective, in how many periods it was reached, and of how many."""
        periods: dict[str, tuple[float, int, int]] = {}
        for share in self._content.periods:
            if share.objective is not None and share.reached is not None:
                _, reached, count = periods.get(share.metric, (0.0, 0, 0))
                periods[share.metric] = share.objective, reached + share.reached, count + 1
        return periods

    def _group_table(self, name: str, shares: Sequence[Share]) -> GroupTable:
        values: dict[Any, dict[str, Share]] = {}
        for share in shares:
            values.setdefault(share.values[0], {})[share.metric] = share
        # Each metric counts every ticket of a value, or of a log those for which it has cycles.
        tickets = {
            value: max(share.total for share in by_metric.values())
            for value, by_metric in values.items()
        }
        undecided = [
            value
            for value, by_metric in values.items()
            if not any(share.decided or share.open for share in by_metric.values())
        ]
        seen = [value for value in values if value not in undecided]
        frequent = sorted(seen, key=lambda value: -tickets[value])[:_MOST_VALUES]
        lines = [
            ValueRow(value, [self.cell(values[value].get(metric)) for metric in self.metrics])
            for value in seen
            if value in frequent
        ]
        in_undecided = sum(tickets[value] for value in undecided)
        return GroupTable(name, lines, len(seen) - len(lines), (len(undecided), in_undecided))

    def _cross_tables(self) -> list[CrossTable]:
        """Tables of the first two attributes, one for each metric for which it is small enough."""
        tables: list[CrossTable] = []
        if not self._content.crossed:
            return tables
        for metric in self.metrics:
            own = {
                share.values: share
                for share in self._content.crossed
                if share.metric == metric and share.decided
            }
            down = self._in_order(0, {values[0] for values in own})
            across = self._in_order(1, {values[1] for values in own})
            if 0 < len(across) <= _MOST_ACROSS and len(down) <= _MOST_VALUES:
                lines = [
                    ValueRow(first, [self.cell(own.get((first, second))) for second in across])
                    for first in down
                ]
                tables.append(CrossTable(metric, across, lines))
        return tables

    def _in_order(self, place: int, values: set[Any]) -> list[Any]:
        """Values in the order in which the table of their own attribute has them."""
        order = dict.fromkeys(share.values[0] for share in self._content.groups[place][1])
        return [value for value in order if value in values]


def _shorten(text: str) -> str:
    """The first and the last lines of a text that is too long for a page."""
    lines = text.splitlines()
    if len(lines) <= _MOST_LINES:
        return text
    omitted = f"    ⋮ {len(lines) - _FIRST_LINES - _LAST_LINES}"
    return "\n".join([*lines[:_FIRST_LINES], omitted, *lines[-_LAST_LINES:]])


# Two policies -------------------------------------------------------------------------------------


class ComparedGroup(NamedTuple):
    """The figures of a group under two policies.

    Args:
        metric: The metric.
        values: The values of the group.
        figures: The columns of `Comparison.by`.
        dots: The positions of both shares on the line; None where nothing is decided.
    """

    metric: str
    values: tuple[Any, ...]
    figures: dict[str, Any]
    dots: tuple[float | None, float | None] = (None, None)


class StateTable(NamedTuple):
    """How often each state became which other one.

    Args:
        metric: The metric.
        states: The states that occur, in order.
        counts: For each state under A its name, and a count for each state under B.
    """

    metric: str
    states: list[str]
    counts: list[tuple[str, list[int]]]


class Flip(NamedTuple):
    """A ticket whose state differs, with what both policies say about it."""

    ticket: Any
    metric: str
    values: tuple[Any, ...]
    states: tuple[str, str]
    dues: tuple[int | None, int | None]


class ComparisonTables:
    """A comparison of two policies in tables.

    Args:
        pairs: The tickets under both policies.
        metrics: The metrics that are shown.
        by: The attributes that form groups.
        confidence: The confidence of the intervals.
        most_flips: How many of the tickets that flip are shown.
    """

    def __init__(
        self,
        pairs: Pairs,
        metrics: tuple[str, ...],
        by: tuple[str, ...],
        confidence: float,
        most_flips: int,
    ) -> None:
        self._pairs, self._metrics, self._confidence = pairs, metrics, confidence
        self.names = tuple(policy.name for policy in pairs.policies)
        self.prints = tuple(policy.fingerprint[:8] for policy in pairs.policies)
        totals, groups = self._groups(()), [(name, self._groups((name,))) for name in by]
        every = [*totals, *(row for _, rows in groups for row in rows)]
        self.scale = Scale.of(
            row.figures[name] for row in every for name in ("attainment_a", "attainment_b")
        )
        self.totals = [self._with_dots(row) for row in totals]
        self.groups = [(name, self._most_frequent(rows)) for name, rows in groups]
        self.changes = self._state_tables()
        flips = self._flips_in_order()
        self.flips = self._describe(flips[:most_flips], by)
        self.flipped = len(flips)
        has_error_a, has_error_b = (error.codes >= 0 for error in pairs.errors)
        self.errors_a_only = int((has_error_a & ~has_error_b).sum())
        self.errors_b_only = int((has_error_b & ~has_error_a).sum())

    def _groups(self, names: tuple[str, ...]) -> list[ComparedGroup]:
        counts = self._pairs.count_groups(names)
        if counts is None:
            return []
        columns = comparison_columns(counts.counts, self._confidence)
        lists = {name: column.tolist() for name, column in columns.items()}
        return [
            ComparedGroup(
                metric,
                as_shown(values),
                {
                    name: None if math.isnan(column[row]) else column[row]
                    for name, column in lists.items()
                },
            )
            for row, (metric, values) in enumerate(zip(counts.metric, counts.values, strict=True))
            if metric in self._metrics
        ]

    def _with_dots(self, row: ComparedGroup) -> ComparedGroup:
        shares = row.figures["attainment_a"], row.figures["attainment_b"]
        first, second = (None if share is None else self.scale.place(share) for share in shares)
        return row._replace(dots=(first, second))

    def _most_frequent(self, rows: list[ComparedGroup]) -> list[ComparedGroup]:
        """The most frequent groups with decided tickets, at most `_MOST_VALUES`."""
        decided = [row for row in rows if row.figures["decided_a"] or row.figures["decided_b"]]
        frequent = sorted(decided, key=lambda row: -row.figures["total"])[:_MOST_VALUES]
        return [self._with_dots(row) for row in decided if row in frequent]

    def _state_tables(self) -> list[StateTable]:
        """A table for each metric of which a ticket has another state under B."""
        by_metric: dict[int, dict[tuple[str, str], int]] = {}
        for metric, state_a, state_b, count in self._pairs.state_changes():
            if metric >= 0 and state_a >= 0 and state_b >= 0:
                states = STATES[state_a], STATES[state_b]
                by_metric.setdefault(metric, {})[states] = count
        tables = []
        for metric, counts in by_metric.items():
            name = self._pairs.metrics[metric]
            if name in self._metrics and any(a != b for a, b in counts):
                occurring = {state for states in counts for state in states}
                order = sorted(occurring, key=_STATE_ORDER.index)
                rows = [(a, [counts.get((a, b), 0) for b in order]) for a in order]
                tables.append(StateTable(name, order, rows))
        return tables

    def _flips_in_order(self) -> list[int]:
        """The pairs that flip: first those that both policies decide."""
        pairs = self._pairs
        wanted = [place for place, name in enumerate(pairs.metrics) if name in self._metrics]
        rows = pairs.flips()
        rows = rows[np.isin(pairs.metric[rows], wanted)]
        decided = [STATE_CODES[state] for state in DECIDED]
        decided_a, decided_b = (np.isin(state[rows], decided) for state in pairs.states)
        both = decided_a & decided_b
        in_order: list[int] = np.concatenate([rows[both], rows[~both]]).tolist()
        return in_order

    def _describe(self, rows: list[int], by: tuple[str, ...]) -> list[Flip]:
        pairs, at = self._pairs, np.array(rows, np.int64)
        tickets = pairs.ticket[at]
        values = [to_list(pairs.tickets.column(name), tickets) for name in (TICKET, *by)]
        states = [[STATES[code] for code in state[at].tolist()] for state in pairs.states]
        dues = [[None if at == MISSING else at for at in due[rows].tolist()] for due in pairs.dues]
        return [
            Flip(name, pairs.metrics[metric], tuple(of_group), of_states, of_dues)
            for (name, *of_group), metric, of_states, of_dues in zip(
                zip(*values, strict=True),
                pairs.metric[at].tolist(),
                zip(*states, strict=True),
                zip(*dues, strict=True),
                strict=True,
            )
        ]
