"""Rows counted by metric, group and period: the numerators and denominators of every report.

Counting goes in two strides. A table of a million rows becomes a few hundred counts, over codes and
without an object a row; those of several tables, or of several metrics, are then added up. So what
is counted does not depend on how rows are ordered or cut into tables.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.groups import CodeCombiner
from slacalc._columns.categories import encode
from slacalc._columns.frames import Frame, concat, take, value_order
from slacalc._columns.kernel import MISSING
from slacalc._policy.attributes import key_of_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._policy.policy import Policy


_MOST_PARTS = 200  # counts of tables that are kept before they are added up


class Counts(NamedTuple):
    """Counts by metric, group and period.

    Args:
        metric: The metrics; None for the rows of none.
        group: The values that the groups have in common, as columns.
        values: The same values, as Python has them, by group.
        period: The number of each period; `MISSING` for none.
        counts: By group and kind of row, how many there are.
    """

    metric: list[str | None]
    group: dict[str, Any]
    values: list[tuple[Any, ...]]
    period: Integers
    counts: Integers


def group_codes(columns: Sequence[Any], size: int) -> Codes:
    """The rows of some columns by the combination of values that they have."""
    radix = CodeCombiner(size)
    for column in columns:
        add_codes(radix, *encode(column))
    return radix.dense()[0]


def add_codes(radix: CodeCombiner, codes: Codes, values: Sequence[Any] | int) -> None:
    """Add a digit for a column that has codes; nothing at all is a value too."""
    count = values if isinstance(values, int) else len(values)
    radix.add(np.arange(count + 1, dtype=np.intp), count + 1, codes)


class Counter:
    """Adds up the rows of tables, one table after another.

    Args:
        kinds: How many kinds of rows there are.
    """

    def __init__(self, kinds: int) -> None:
        self._kinds = kinds
        self._metric: list[str | None] = []
        self._groups: list[dict[str, Any]] = []
        self._period: list[Integers] = []
        self._counts: list[Integers] = []

    def add(
        self,
        metrics: str | tuple[Sequence[str], Integers],
        groups: Codes,
        rows_of: Any,
        period: Integers | None,
        kind: Integers,
    ) -> None:
        """Count rows.

        Args:
            metrics: Their metric; or all metrics, and the place of each row's, -1 for none.
            groups: The group of each row.
            rows_of: Makes the columns of the group from some rows.
            period: The period of each row; None where periods do not count.
            kind: The kind of each row.
        """
        if not len(kind):
            return
        radix = CodeCombiner(len(kind))
        add_codes(radix, groups, int(groups.max()) + 1)
        if not isinstance(metrics, str):
            add_codes(radix, metrics[1], len(metrics[0]))
        if period is not None:
            numbers, places = np.unique(period, return_inverse=True)
            add_codes(radix, places, len(numbers))
        codes, any_row = radix.dense()
        counts = np.bincount(codes * self._kinds + kind, minlength=len(any_row) * self._kinds)
        self._counts.append(counts.reshape(-1, self._kinds))
        self._groups.append(rows_of(any_row))
        self._period.append(np.full(len(any_row), MISSING) if period is None else period[any_row])
        if isinstance(metrics, str):
            self._metric += [metrics] * len(any_row)
        else:
            names = [*metrics[0], None]
            self._metric += [names[place] for place in metrics[1][any_row].tolist()]
        if len(self._counts) > _MOST_PARTS:
            self._merge()

    def _merge(self) -> None:
        """Add up what was counted so far: memory must not grow with the number of tables."""
        names = list(dict.fromkeys(name for name in self._metric if name is not None))
        merged = self.counts(names, {})
        if merged is not None:
            self._metric, self._groups = merged.metric, [merged.group]
            self._period, self._counts = [merged.period], [merged.counts]

    def counts(self, metrics: Sequence[str], orders: Mapping[str, Sequence[Any]]) -> Counts | None:
        """What was counted, in order; None where nothing was.

        Args:
            metrics: The order of the metrics.
            orders: By column, the order of its values; others are in their own order.
        """
        if not self._counts:
            return None
        groups = concat(self._groups)
        period, counts = np.concatenate(self._period), np.concatenate(self._counts)
        places = {name: place for place, name in enumerate(metrics)}
        metric = np.array([places.get(one or "", len(places)) for one in self._metric])
        keys, columns = [metric], []
        for name, column in groups.items():
            codes, values = encode(column)
            told = [*values, None]
            columns.append([told[code] for code in codes.tolist()])
            keys.append(_ranks(told, orders.get(name, ()))[codes])
        late = np.iinfo(np.int64).max
        keys.append(np.where(period == MISSING, late, period))
        order = np.lexsort(keys[::-1])
        table = np.stack(keys)[:, order]
        is_new = np.ones(len(order), np.bool_)
        is_new[1:] = (table[:, 1:] != table[:, :-1]).any(axis=0)
        begins = np.flatnonzero(is_new)
        rows = order[begins]
        values = list(zip(*columns, strict=True)) if columns else [()] * len(order)
        listed = rows.tolist()
        return Counts(
            [self._metric[row] for row in listed],
            {name: take(column, rows) for name, column in groups.items()},
            [values[row] for row in listed],
            period[rows],
            np.add.reduceat(counts[order], begins, axis=0),
        )


def _ranks(values: Sequence[Any], order: Sequence[Any]) -> Integers:
    """The rank of each value: as in a known order, then in its own; nothing at all is last."""
    known = {key_of_value(one): place for place, one in enumerate(order)}

    def key(value: Any) -> tuple[Any, ...]:
        if value is None:
            return (2, 0, "", 0)
        try:
            place = known.get(key_of_value(value))
        except TypeError:  # what cannot be hashed has no place
            place = None
        if place is not None:
            return (0, place, "", 0)
        if isinstance(value, (int, float)):
            return (1, 0, "bool" if isinstance(value, bool) else "", value)
        return (1, 0, type(value).__name__, value if _compares(value) else str(value))

    keys = [key(value) for value in values]
    sorted_keys = {one: place for place, one in enumerate(sorted({*keys}))}
    return np.array([sorted_keys[one] for one in keys], np.int64)


def _compares(value: Any) -> bool:
    """Whether values of a kind have an order that Python knows."""
    return isinstance(value, (str, bytes, date)) and not isinstance(value, datetime)


def orders_of(
    policy: Policy | None, names: Iterable[str], sheet: Frame
) -> dict[str, Sequence[Any]]:
    """The order of the values of columns: as the policy lists them, or as their own type does."""
    attributes: Mapping[str, Any] = {}
    if policy is not None:
        attributes = policy.latest.attributes
    return {
        name: attributes[name].values if name in attributes else value_order(sheet.column(name))
        for name in names
    }
