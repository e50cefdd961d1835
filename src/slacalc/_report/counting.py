"""Count rows by metric, group and period: the numerators and denominators of every report.

A table of a million rows becomes a few hundred counts, by codes and without a Python object for
each row; the counts of several tables, or of several metrics, are then added up. So neither the
order of the rows nor their division into tables matters. `attainment` counts states in this way,
`comparison` counts pairs of them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.groups import CodeCombiner
from slacalc._columns.categories import encode
from slacalc._columns.frames import concat, take, value_order
from slacalc._columns.kernel import MISSING
from slacalc._policy.attributes import key_of_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._columns.frames import Frame
    from slacalc._policy.policy import Policy


_MOST_PARTS = 200  # counts of tables that are kept before they are added up


class Counts(NamedTuple):
    """Counts by metric, group and period.

    Args:
        metric: The metric of each group; None for rows without one.
        group: The values of the groups, as columns.
        values: The same values as Python objects, a tuple for each group.
        period: The number of each group's period; `MISSING` for none.
        counts: The number of rows of each group (first axis) and kind (second axis).
    """

    metric: list[str | None]
    group: dict[str, Any]
    values: list[tuple[Any, ...]]
    period: Integers
    counts: Integers


def group_codes(columns: Sequence[Any], size: int) -> Codes:
    """A number for each row, equal where rows have the same values in all columns."""
    combiner = CodeCombiner(size)
    for column in columns:
        add_codes(combiner, *encode(column))
    return combiner.dense()[0]


def add_codes(combiner: CodeCombiner, codes: Codes, values: Sequence[Any] | int) -> None:
    """Add a column of codes to a combination; a missing value (-1) counts as a value of its own."""
    count = values if isinstance(values, int) else len(values)
    combiner.add(np.arange(count + 1, dtype=np.intp), count + 1, codes)


class Counter:
    """Counts the rows of one table after another.

    Args:
        kinds: The number of kinds of rows, such as states.
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
        rows_of: Callable[[Codes], dict[str, Any]],
        period: Integers | None,
        kind: Integers,
    ) -> None:
        """Count rows.

        Args:
            metrics: The metric of all rows; or all metrics, and for each row the place of its
                metric among them, -1 for none.
            groups: The group of each row, a number from 0.
            rows_of: Takes the values of the groups from some of these rows.
            period: The number of each row's period; None if periods are not distinguished.
            kind: The kind of each row, a number from 0.
        """
        if not len(kind):
            return
        combiner = CodeCombiner(len(kind))
        add_codes(combiner, groups, int(groups.max()) + 1)
        if not isinstance(metrics, str):
            add_codes(combiner, metrics[1], len(metrics[0]))
        if period is not None:
            numbers, places = np.unique(period, return_inverse=True)
            add_codes(combiner, places, len(numbers))
        codes, any_row = combiner.dense()
        counts = np.bincount(codes * self._kinds + kind, minlength=len(any_row) * self._kinds)
        self._counts.append(counts.reshape(-1, self._kinds))
        self._groups.append(rows_of(any_row))
        self._period.append(np.full(len(any_row), MISSING) if period is None else period[any_row])
        if isinstance(metrics, str):
            self._metric += [metrics] * len(any_row)
        else:
            names = [*metrics[0], None]
            self._metric += [names[place] for place in metrics[1][any_row].tolist()]
        self._add_up()

    def merge(self, other: Counter) -> None:
        """Add what another counter of the same kinds counted."""
        self._metric += other._metric
        self._groups += other._groups
        self._period += other._period
        self._counts += other._counts
        self._add_up()

    def _add_up(self) -> None:
        """Add up what was counted so far: memory must not grow with the number of tables."""
        if len(self._counts) <= _MOST_PARTS:
            return
        names = list(dict.fromkeys(name for name in self._metric if name is not None))
        merged = self.counts(names, {})
        if merged is not None:
            self._metric, self._groups = merged.metric, [merged.group]
            self._period, self._counts = [merged.period], [merged.counts]

    def counts(self, metrics: Sequence[str], orders: Mapping[str, Sequence[Any]]) -> Counts | None:
        """The counts in order; None if no row was counted.

        Args:
            metrics: The order of the metrics.
            orders: By name of a column the order of its values; others are in their natural order.
        """
        if not self._counts:
            return None
        groups = concat(self._groups)
        period, counts = np.concatenate(self._period), np.concatenate(self._counts)
        places = {name: place for place, name in enumerate(metrics)}
        metric = np.array([places.get(name or "", len(places)) for name in self._metric])
        keys, columns = [metric], []
        for name, column in groups.items():
            codes, values = encode(column)
            values_or_none = [*values, None]  # the code of a missing value is -1
            columns.append([values_or_none[code] for code in codes.tolist()])
            keys.append(_ranks(values_or_none, orders.get(name, ()))[codes])
        last = np.iinfo(np.int64).max
        keys.append(np.where(period == MISSING, last, period))
        order = np.lexsort(keys[::-1])
        sorted_keys = np.stack(keys)[:, order]
        is_new = np.ones(len(order), np.bool_)
        is_new[1:] = (sorted_keys[:, 1:] != sorted_keys[:, :-1]).any(axis=0)
        begins = np.flatnonzero(is_new)
        rows = order[begins]
        groups_values = list(zip(*columns, strict=True)) if columns else [()] * len(order)
        return Counts(
            [self._metric[row] for row in rows.tolist()],
            {name: take(column, rows) for name, column in groups.items()},
            [groups_values[row] for row in rows.tolist()],
            period[rows],
            np.add.reduceat(counts[order], begins, axis=0),
        )


def _ranks(values: Sequence[Any], order: Sequence[Any]) -> Integers:
    """The rank of each value: values of a known order first, then others by type; None is last."""
    places = {key_of_value(value): place for place, value in enumerate(order)}

    def key(value: Any) -> tuple[Any, ...]:
        if value is None:
            return (2, 0, "", 0)
        try:
            place = places.get(key_of_value(value))
        except TypeError:  # what cannot be hashed has no place
            place = None
        if place is not None:
            return (0, place, "", 0)
        if isinstance(value, (int, float)):
            return (1, 0, "bool" if isinstance(value, bool) else "", value)
        # Datetimes of different zones, some without one, have no common order but their text.
        is_ordered = isinstance(value, (str, bytes, date)) and not isinstance(value, datetime)
        return (1, 0, type(value).__name__, value if is_ordered else str(value))

    keys = [key(value) for value in values]
    ranks = {key: rank for rank, key in enumerate(sorted({*keys}))}
    return np.array([ranks[key] for key in keys], np.int64)


def orders_of(
    policy: Policy | None, names: Iterable[str], frame: Frame
) -> dict[str, Sequence[Any]]:
    """The order of the values of columns: that of the policy, or of the type of the column."""
    attributes: Mapping[str, Any] = {} if policy is None else policy.latest.attributes
    return {
        name: attributes[name].values if name in attributes else value_order(frame.column(name))
        for name in names
    }
