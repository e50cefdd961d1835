"""Count how promises were kept while a job goes through a file, and lay out the counts as a table.

What is counted is a handful of numbers for each group of tickets and each metric, however many rows
there are. The counting, and what attainment is, are those of reports (`_report.counting` and
`_report.answers`), so that a summary and a report of the same answers never differ. Without an
instant of evaluation a job computes deadlines only; then it counts how many tickets have one.
"""

from __future__ import annotations

from copy import copy
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.groups import CodeCombiner
from slacalc._files.time_forms import FileError
from slacalc._i18n import N_, pad, width
from slacalc._policy.attributes import value_text
from slacalc._report.answers import DECIDED, EXCLUDED, OPEN
from slacalc._report.attainment import metrics_of
from slacalc._report.counting import Counter, add_codes
from slacalc._report.objectives import share_text
from slacalc._report.ticket_attributes import all_attributes, read_attributes
from slacalc.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes, EncodedColumn
    from slacalc._i18n import Translator
    from slacalc._policy.policy import Policy

DEADLINE_KINDS = ("due", "provisional", "none")  # provisional deadlines are due as well
_WITHOUT_PROMISE = ("no target", "not covered", "none")
_USUAL_GROUPS = ("tier", "severity", "priority")
_MOST_GROUPS = 10_000


def usual_groups(policy: Policy) -> tuple[str, ...]:
    """The attributes by which the tickets of a policy are grouped if nobody says otherwise."""
    attributes = policy.latest.attributes
    usual = [name for name in _USUAL_GROUPS if name in attributes][:2]
    ordered = [name for name, attribute in attributes.items() if attribute.ordered]
    return tuple(usual or ordered[:1])


class SummaryLine(NamedTuple):
    """The counts of one metric for one group of tickets.

    Args:
        group: The values that the group has in common.
        metric: The metric.
        counts: How many rows there are, by state or by kind of deadline.
    """

    group: tuple[Any, ...]
    metric: str
    counts: Mapping[str, int]

    def count(self, *kinds: str) -> int:
        """How many rows are of some kinds."""
        return sum(self.counts.get(kind, 0) for kind in kinds)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def attainment(self) -> Fraction | None:
        """The share that was met of what is decided; None if nothing is."""
        decided = self.count(*DECIDED)
        return Fraction(self.count("met"), decided) if decided else None


class RowGroups(NamedTuple):
    """The groups that some rows belong to.

    Args:
        codes: The group of each row.
        columns: The columns by which rows are grouped, by name.
    """

    codes: Codes
    columns: dict[str, EncodedColumn]

    def rows(self, rows: Codes) -> dict[str, list[Any]]:
        """The values of some rows."""
        return {name: _values(column, rows) for name, column in self.columns.items()}


def _values(column: EncodedColumn, rows: Codes) -> list[Any]:
    values = [*column.values, None]  # the code of a missing value is -1
    return [values[code] for code in column.codes[rows].tolist()]


class SummaryPart(NamedTuple):
    """What a summary counted of some rows.

    Args:
        counter: The counts.
        seen: The groups, as texts.
    """

    counter: Counter
    seen: set[tuple[str, ...]]


class Summary:
    """Counts by group and metric, to which tables are added one after another.

    Args:
        policy: The policy.
        by: What groups have in common: attributes of the policy, or columns of the file.
        columns: The columns of the file, by their own names and by the policy's.
        kinds: What rows may be: states, or kinds of deadlines.

    Raises:
        FileError: There is neither such an attribute nor such a column.

    Attributes:
        columns: The columns that `groups` needs.
        counted: What was counted so far.
    """

    def __init__(
        self, policy: Policy, by: Sequence[str], columns: Iterable[str], kinds: Sequence[str]
    ) -> None:
        self._policy, self.by, self.kinds = policy, tuple(by), tuple(kinds)
        self.metrics = metrics_of(policy)
        attributes, available = all_attributes(policy), {*columns}
        self._attributes = [name for name in self.by if name in attributes]
        self.columns: set[str] = set()
        for name in self.by:
            if name not in attributes and name not in available:
                what = "an attribute of the policy or a column"
                known = sorted({*attributes, *available})
                raise unknown_name(FileError, what, name, known, option="--by")
            derived_from = (
                source
                for version in policy.all_versions
                if name in version.attributes
                for source in version.attributes[name].by
            )
            self.columns |= {name, *derived_from} & available
        self.counted = SummaryPart(Counter(len(self.kinds)), set())

    def blank(self) -> Summary:
        """A summary of the same kind in which nothing is counted yet."""
        summary = copy(self)
        summary.counted = SummaryPart(Counter(len(self.kinds)), set())
        return summary

    def merge(self, counted: SummaryPart) -> None:
        """Add what another summary of this kind counted.

        Raises:
            FileError: There are too many groups by now.
        """
        self.counted.counter.merge(counted.counter)
        self._add_groups(counted.seen)

    def groups(self, values: Mapping[str, EncodedColumn], created: Integers) -> RowGroups:
        """The groups of some rows.

        Args:
            values: Their values, by `columns`.
            created: When the ticket of each was created; `MISSING` where that is not known.

        Raises:
            FileError: There are too many groups by now.
        """
        size = len(created)
        derived = read_attributes(self._policy, values, self._attributes, created, size)
        columns = {name: derived[name] if name in derived else values[name] for name in self.by}
        combiner = CodeCombiner(size)
        for column in columns.values():
            add_codes(combiner, column.codes, column.values)
        codes, any_row = combiner.dense()
        groups = RowGroups(codes, columns)
        distinct = groups.rows(any_row).values()
        self._add_groups({tuple(map(str, values)) for values in zip(*distinct, strict=True)})
        return groups

    def _add_groups(self, groups: set[tuple[str, ...]]) -> None:
        self.counted.seen.update(groups)
        if len(self.counted.seen) > _MOST_GROUPS:
            names = ", ".join(self.by)
            msg = f"{names}: there are more than {_MOST_GROUPS:,} groups, too many for a summary"
            raise FileError(msg, option="--by")

    def add(self, groups: RowGroups, metric: str | EncodedColumn, kinds: EncodedColumn) -> None:
        """Count rows.

        Args:
            groups: The group of each row.
            metric: The metric of all rows, or of each.
            kinds: The kind of each row; a row without one is not counted.
        """
        codes = np.array([*map(self.kinds.index, kinds.values), -1])[kinds.codes]
        rows = np.flatnonzero(codes >= 0)
        self.counted.counter.add(
            metric if isinstance(metric, str) else (metric.values, metric.codes[rows]),
            groups.codes[rows],
            lambda chosen: groups.rows(rows[chosen]),
            None,
            codes[rows],
        )

    def lines(self) -> list[SummaryLine]:
        """The counts by group and metric, in the order of the policy."""
        attributes = self._policy.latest.attributes
        orders = {name: attributes[name].values for name in self.by if name in attributes}
        counts = self.counted.counter.counts(self.metrics, orders)
        groups = self.counted.counter.counts([], orders)  # without metrics: the order of the groups
        if counts is None or groups is None:
            return []
        place = {_key(values): place for place, values in enumerate(groups.values)}
        lines = [
            SummaryLine(values, str(metric), dict(zip(self.kinds, row, strict=True)))
            for values, metric, row in zip(
                counts.values, counts.metric, counts.counts.tolist(), strict=True
            )
        ]
        return sorted(lines, key=lambda line: place[_key(line.group)])

    def totals(self) -> list[SummaryLine]:
        """The counts by metric."""
        totals = {metric: dict.fromkeys(self.kinds, 0) for metric in self.metrics}
        for line in self.lines():
            for kind, count in line.counts.items():
                totals[line.metric][kind] += count
        return [SummaryLine((), metric, counts) for metric, counts in totals.items()]

    # Output ---------------------------------------------------------------------------------------

    def table(self, translate: Translator) -> list[list[str]]:
        """The summary as the cells of a table, with a first row of column names.

        Groups without any promise are left out, and so is the text of columns without a count.
        """
        names = ["metric", N_("count"), *DECIDED, "still open", N_("other"), "attainment"]
        if not self._is_evaluated:
            names = ["metric", "count", "due", "provisional", N_("no due")]
        heads = [*self.by, *map(translate, names)]
        lines = [line for line in self.lines() if self.by and _has_promise(line)]
        all_groups = [translate("all"), *[""] * len(self.by)][: len(self.by)]
        rows = [
            [*map(_value_text, line.group), line.metric, *self._cells(line, translate)]
            for line in lines
        ]
        rows += [
            [*all_groups, line.metric, *self._cells(line, translate)] for line in self.totals()
        ]
        columns = [list(column) for column in zip(heads, *rows, strict=True)]
        for place, column in enumerate(columns[len(self.by) + 1 :]):
            if place and {*column[1:]} <= {"0"}:
                column[1:] = [""] * len(rows)
            cells = max(map(width, column))
            column[:] = [pad(cell, cells, ">") if cell else "" for cell in column]
        return [list(row) for row in zip(*columns, strict=True)]

    @property
    def _is_evaluated(self) -> bool:
        return self.kinds != DEADLINE_KINDS

    def _cells(self, line: SummaryLine, translate: Translator) -> list[str]:
        if not self._is_evaluated:
            due, provisional = line.count("due", "provisional"), line.count("provisional")
            return [f"{count:,}" for count in (line.total, due, provisional, line.count("none"))]
        parts = [*(line.count(state) for state in DECIDED), line.count(*OPEN)]
        counts = [line.total, *parts, line.total - sum(parts)]
        return [*(f"{count:,}" for count in counts), translate(share_text(line.attainment))]

    def to_dict(self, line: SummaryLine) -> dict[str, Any]:
        """A line as plain data, ready for JSON."""
        data: dict[str, Any] = {}
        if line.group:
            data["group"] = dict(zip(self.by, line.group, strict=True))
        data |= {"metric": line.metric, "count": line.total}
        if not self._is_evaluated:
            due, provisional = line.count("due", "provisional"), line.count("provisional")
            return data | {"due": due, "provisional": provisional, "no due": line.count("none")}
        data |= {state: line.count(state) for state in DECIDED}
        others = {state: line.count(state) for state in EXCLUDED if line.count(state)}
        share = line.attainment
        data |= {"open": line.count(*OPEN), "other": others}
        return data | {"attainment": None if share is None else float(share)}


def _key(values: Sequence[Any]) -> tuple[Any, ...]:
    """A group as the key of a dictionary, in which 1 is not True."""
    return tuple((type(value).__name__, str(value)) for value in values)


def _has_promise(line: SummaryLine) -> bool:
    return line.total > line.count(*_WITHOUT_PROMISE)


def _value_text(value: Any) -> str:
    return "–" if value is None else value_text(value)
