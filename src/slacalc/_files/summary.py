"""How promises were kept, counted while a file goes by.

What is counted is a handful of numbers for each group of tickets and each metric, whatever the
number of rows. *Decided* are the promises of which it is certain whether they were kept: met, late
and breached. Of these the share that was met is the attainment. *Open* ones run or are paused and
may still turn out either way; all others bear no promise that could be kept or broken.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.groups import CodeCombiner
from slacalc._bulk.versions import versions_of
from slacalc._columns.categories import EncodedColumn
from slacalc._files.times import FileError
from slacalc._policy.attributes import key_of_value, value_text
from slacalc.errors import SlacalcError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from slacalc._columns.arithmetic import Integers
    from slacalc._policy.policy import Policy

DECIDED = ("met", "late", "breached")
OPEN = ("running", "paused")
DATED = ("due", "provisional", "none")  # of deadlines: provisional ones are due as well
_TELLING = ("tier", "severity", "priority")
_MOST_GROUPS = 10_000


def usual_groups(policy: Policy) -> tuple[str, ...]:
    """The attributes that a policy's tickets are usually told apart by."""
    latest = policy.latest
    found = [name for name in _TELLING if name in latest.attributes]
    if found:
        return tuple(found[:2])
    ranked = [name for name, attribute in latest.attributes.items() if attribute.ordered]
    return tuple(ranked[:1])


class Line(NamedTuple):
    """What came of one metric for one group of tickets.

    Args:
        group: The values that the group has in common.
        metric: The metric.
        counts: How many there are, by kind.
    """

    group: tuple[Any, ...]
    metric: str
    counts: Mapping[str, int]

    def of(self, *kinds: str) -> int:
        """How many there are of some kinds."""
        return sum(self.counts.get(kind, 0) for kind in kinds)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def attainment(self) -> Fraction | None:
        """The share that was met of what is decided; None where nothing is."""
        decided = self.of(*DECIDED)
        return Fraction(self.of("met"), decided) if decided else None


class Tally:
    """Counts promises by group, metric and kind.

    Args:
        policy: The policy.
        by: What tells groups apart: attributes of the policy, or columns of a file.
    """

    def __init__(self, policy: Policy, by: Sequence[str]) -> None:
        self._policy, self.by = policy, tuple(by)
        self._counts: dict[tuple[Any, str], dict[str, int]] = {}
        self._values: dict[Any, tuple[Any, ...]] = {}

    def add(
        self, groups: Sequence[EncodedColumn], metric: str | EncodedColumn, kinds: EncodedColumn
    ) -> None:
        """Count rows.

        Args:
            groups: A column for each of *by*.
            metric: The metric of all, or of each.
            kinds: The kind of each; what has none is not counted.

        Raises:
            FileError: There are too many groups to be told apart.
        """
        digits = [*groups, kinds] if isinstance(metric, str) else [*groups, metric, kinds]
        if not len(kinds.codes):
            return
        radix = CodeCombiner(len(kinds.codes))
        for codes, values in digits:
            radix.add(np.arange(len(values) + 1, dtype=np.intp), len(values) + 1, codes)
        codes, any_row = radix.dense()
        counts = np.bincount(codes, minlength=len(any_row)).tolist()
        for row, count in zip(any_row.tolist(), counts, strict=True):
            kind = _told(kinds, row)
            name = metric if isinstance(metric, str) else _told(metric, row)
            if kind is None or name is None:
                continue
            group = tuple(_told(one, row) for one in groups)
            key = tuple((type(one).__name__, str(one)) for one in group)
            self._values.setdefault(key, group)
            found = self._counts.setdefault((key, name), {})
            found[kind] = found.get(kind, 0) + count
        if len(self._values) > _MOST_GROUPS:
            names = ", ".join(self.by)
            msg = f"{names}: these are more than {_MOST_GROUPS:,} groups, and no summary"
            raise FileError(msg, option="--by")

    def lines(self, metrics: Sequence[str]) -> list[Line]:
        """What was counted, by group and metric, in the order of the policy."""
        latest = self._policy.latest
        orders = []
        for name in self.by:
            known = latest.attributes[name].values if name in latest.attributes else ()
            orders.append({key_of_value(one): place for place, one in enumerate(known)})

        def rank(key: Any) -> Any:
            return [_rank(one, order) for one, order in zip(self._values[key], orders, strict=True)]

        return [
            Line(self._values[key], metric, self._counts[key, metric])
            for key in sorted(self._values, key=rank)
            for metric in metrics
            if (key, metric) in self._counts
        ]

    def totals(self, metrics: Iterable[str]) -> list[Line]:
        """What was counted, by metric."""
        found = []
        for metric in metrics:
            counts: dict[str, int] = {}
            for (_, name), some in self._counts.items():
                if name == metric:
                    for kind, count in some.items():
                        counts[kind] = counts.get(kind, 0) + count
            found.append(Line((), metric, counts))
        return found


def _told(column: EncodedColumn, row: int) -> Any:
    code = int(column.codes[row])
    return None if code < 0 else column.values[code]


def _rank(value: Any, order: Mapping[Any, int]) -> tuple[int, float, str]:
    """Where a value stands: as the policy lists it, then numbers, then text; nothing is last."""
    if value is None:
        return (3, 0, "")
    try:
        place = order.get(key_of_value(value))
    except TypeError:
        place = None
    if place is not None:
        return (0, place, "")
    if isinstance(value, (int, float)):
        return (1, value, "")
    return (2, 0, str(value))


# What tickets are ---------------------------------------------------------------------------------


class Traits:
    """What tickets are, as a policy reads them: with defaults, and with what is derived.

    Args:
        policy: The policy; of each ticket its version at the receipt counts.
        by: Attributes of it, or columns of a file.
        columns: The columns that there are, by the policy's words.

    Raises:
        FileError: There is neither such an attribute nor such a column.
    """

    def __init__(self, policy: Policy, by: Sequence[str], columns: Iterable[str]) -> None:
        self._policies = policy.all_versions
        self._policy = policy
        self._by = tuple(by)
        known = [*dict.fromkeys(name for one in self._policies for name in one.attributes)]
        there = {*columns}
        self._sources: dict[str, list[str]] = {}
        for name in self._by:
            if name not in known:
                if name not in there:
                    clause, _ = did_you_mean(name, [*known, *there])
                    msg = f"{name!r} is no attribute of the policy and no column{clause}"
                    raise FileError(msg, option="--by")
                continue
            self._sources[name] = [one for one in self._behind(name) if one in there]

    def _behind(self, name: str) -> Iterator[str]:
        """An attribute, and those that it may be derived from."""
        yield name
        for policy in self._policies:
            if name in policy.attributes:
                yield from policy.attributes[name].by

    @property
    def columns(self) -> set[str]:
        """The columns that are asked for."""
        plain = {name for name in self._by if name not in self._sources}
        return plain.union(*self._sources.values())

    def of(self, given: Mapping[str, EncodedColumn], created: Integers) -> list[EncodedColumn]:
        """What some tickets are, a column for each of *by*.

        Args:
            given: The columns that are asked for.
            created: When each ticket came in; `MISSING` where that is not known.
        """
        versions, _ = versions_of(self._policy, created)
        return [
            self._read(name, given, versions) if name in self._sources else given[name]
            for name in self._by
        ]

    def _read(self, name: str, given: Mapping[str, EncodedColumn], versions: Any) -> EncodedColumn:
        """An attribute; as it is given where the policy cannot read it."""
        radix = CodeCombiner(len(versions))
        count = len(self._policies)
        radix.add(np.arange(count, dtype=np.intp), count, versions)
        sources = [*dict.fromkeys(self._sources[name])]
        for source in sources:
            codes, values = given[source]
            radix.add(np.arange(len(values) + 1, dtype=np.intp), len(values) + 1, codes)
        codes, any_row = radix.dense()
        values = []
        for row in any_row.tolist():
            told = {source: _told(given[source], row) for source in sources}
            policy = self._policies[int(versions[row])]
            ticket = {one: value for one, value in told.items() if one in policy.attributes}
            try:
                values.append(policy.matcher.read(ticket).get(name))
            except SlacalcError:
                values.append(told.get(name))
        return EncodedColumn(codes, values)


# Told ---------------------------------------------------------------------------------------------


def share_text(share: Fraction | None) -> str:
    """A share for people: rounded down, so that 100 % means all."""
    if share is None:
        return ""
    tenths = int(share * 1000)
    return f"{tenths // 10}.{tenths % 10}%"


def table(by: Sequence[str], lines: Sequence[Line], totals: Sequence[Line]) -> list[list[str]]:
    """A summary as the cells of a table, the heads first; groups without any promise are left out.

    Args:
        by: What tells groups apart.
        lines: The groups.
        totals: All of them, by metric.
    """
    kinds = {kind for line in totals for kind in line.counts}
    is_judged = not kinds <= {*DATED}
    heads = ["count", *DECIDED, "open", "other", "attainment"]
    if not is_judged:
        heads = ["count", "due", "provisional", "no due"]

    def cells(line: Line) -> list[str]:
        if not is_judged:
            dues = line.of("due", "provisional")
            numbers = [line.total, dues, line.of("provisional"), line.of("none")]
            return [f"{one:,}" for one in numbers]
        numbers = [line.total, *(line.of(one) for one in DECIDED), line.of(*OPEN)]
        numbers.append(line.total - sum(numbers[1:]))
        return [*(f"{one:,}" for one in numbers), share_text(line.attainment)]

    shown = [line for line in lines if _is_promised(line)] if by else []
    rows = [[*map(_value_text, line.group), line.metric, *cells(line)] for line in shown]
    every = ["all", *[""] * len(by)][: len(by)]
    rows += [[*every, one.metric, *cells(one)] for one in totals]
    columns = [[*by, "metric", *heads], *rows]
    width = len(by) + 1
    told = [list(column) for column in zip(*columns, strict=True)]
    for column in told[width:]:
        if {*column[1:]} <= {"0"} and column[0] != "count":
            column[1:] = [""] * len(rows)  # a column of nothing
        size = max(map(len, column))
        column[:] = [one.rjust(size) if one else "" for one in column]
    return [list(row) for row in zip(*told, strict=True)]


def _is_promised(line: Line) -> bool:
    return line.total > line.of("no target", "not covered", "none")


def _value_text(value: Any) -> str:
    return "–" if value is None else value_text(value)


def as_data(by: Sequence[str], line: Line) -> dict[str, Any]:
    """A line as plain data, ready for JSON."""
    share = line.attainment
    data: dict[str, Any] = {"group": dict(zip(by, line.group, strict=True))} if line.group else {}
    data |= {"metric": line.metric, "count": line.total}
    if {*line.counts} <= {*DATED} and line.counts:
        dues = line.of("due", "provisional")
        return data | {
            "due": dues,
            "provisional": line.of("provisional"),
            "no due": line.of("none"),
        }
    data |= {kind: line.of(kind) for kind in DECIDED}
    data |= {"open": line.of(*OPEN)}
    others = {kind: count for kind, count in line.counts.items() if kind not in (*DECIDED, *OPEN)}
    return data | {"other": others, "attainment": None if share is None else float(share)}
