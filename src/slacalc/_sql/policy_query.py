"""The query of the due dates of a policy: its promises as rows, and a look-up for each slot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from slacalc._clock.events import CREATED
from slacalc._policy.representatives import OTHER
from slacalc._sql.query import (
    Query,
    after_days,
    after_work,
    after_working_days,
    relation,
    type_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slacalc._sql.promises import AttributeColumn, MetricPromises, Promises, Slot

_FAR: Final = 10**18
"""Stands for no promise; its negative for an instant that is not in the table."""


@attrs.frozen
class PolicyQuery:
    """Writes the query.

    Args:
        query: The query, with the table of tickets as its source.
        dialect: The database.
        promises: The promises.
        tables: The table of each calendar.
        columns: The names of columns that differ.
        as_of: The instant of evaluation; None: due dates alone.
    """

    query: Query
    dialect: str
    promises: Promises
    tables: Mapping[str, str]
    columns: Mapping[str, str | None]
    as_of: str | datetime | None

    def write(self) -> str:
        """The whole."""
        attributes, metrics = self.promises.attributes, self.promises.metrics
        keys = [f"key_{place}" for place, _ in enumerate(attributes, 1)]
        count = sum(len(metric.due) + len(metric.limit) for metric in metrics)
        slots = [f"slot_{place}" for place in range(1, count + 1)]
        named = [*keys, *slots]
        values = relation(self.promises.rows, named, self.dialect)
        on = {key: self._key(each) for key, each in zip(keys, attributes, strict=True)}
        row = self.query.join(values, named, on)
        results: dict[str, str] = {}
        numbers = iter(f"{row}.{slot}" for slot in slots)
        for metric in metrics:
            start = self._instant(metric.start)
            due = self._earliest(metric.due, start, [next(numbers) for _ in metric.due])
            limit = self._earliest(metric.limit, start, [next(numbers) for _ in metric.limit])
            results |= self._of_metric(metric, due, limit)
        return self.query.write_columns(results)

    def _of_metric(self, metric: MetricPromises, due: str, limit: str) -> dict[str, str]:
        to_instant = self.query.syntax.instant
        results = {f"{metric.name}_due": to_instant.format(due)}
        if limit:
            later = to_instant.format(f"CASE WHEN {limit} > {due} THEN {limit} END")
            results[f"{metric.name}_limit"] = later
        if self.as_of is not None:
            as_of, stop = self.query.instant(self.as_of, "as_of"), self._instant(metric.stop)
            end = f"CASE WHEN {stop} < {as_of} THEN {stop} ELSE {as_of} END"
            past = ">=" if self.promises.is_breached_at_due else ">"
            results[f"{metric.name}_breached"] = f"({end} {past} {limit or due})"
        return {self._quoted(name): result for name, result in results.items()}

    def _quoted(self, name: str) -> str:
        return self.query.name(name)

    def _column(self, name: str, where: str) -> str:
        """A column of the source."""
        text = self.columns.get(name)
        return self.query.column(name) if text is None else self.query.value(text, where)

    def _instant(self, event: str) -> str:
        name = "created" if event == CREATED else event
        return self.query.syntax.microseconds.format(self._column(name, f"columns.{name}"))

    def _key(self, attribute: AttributeColumn) -> str:
        """The value of an attribute as it stands in the rows; empty where it is missing."""
        name = attribute.name
        text = f"CAST({self._column(name, f'columns.{name}')} AS {type_name('TEXT', self.dialect)})"
        if not attribute.is_text:
            # Columns of decimals write 2 as 2.0 or 2.00. Empty text is not a missing value.
            whole = "".join(
                f" WHEN {text} LIKE '{value}.0%' "
                f"AND REPLACE({text}, '0', '') = '{str(value).replace('0', '')}.' THEN '{value}'"
                for value in attribute.values
                if isinstance(value, int)
            )
            return f"CASE WHEN {text} IS NULL THEN ''{whole} WHEN {text} <> '' THEN {text} END"
        literals = [self.query.literal(str(value)) for value in attribute.values]
        known = f" WHEN {text} IN ({', '.join(literals)}) THEN {text}" if literals else ""
        other = self.query.literal(OTHER)
        return f"CASE WHEN {text} IS NULL THEN ''{known} ELSE {other} END"

    def _earliest(self, slots: tuple[Slot, ...], start: str, numbers: list[str]) -> str:
        """The earliest of the instants of slots; empty if there are no slots."""
        instants = [
            self._after(slot, start, number) for slot, number in zip(slots, numbers, strict=True)
        ]
        if len(instants) < 2:
            return "".join(instants)
        # Databases differ in what the least of several is if one is missing.
        known = ", ".join(
            f"CASE WHEN {number} IS NULL THEN {_FAR} ELSE COALESCE({instant}, -{_FAR}) END"
            for number, instant in zip(numbers, instants, strict=True)
        )
        least = f"{self.query.syntax.least}({known})"
        return f"NULLIF(NULLIF({least}, {_FAR}), -{_FAR})"

    def _after(self, slot: Slot, start: str, number: str) -> str:
        if slot.unit == "time":
            return f"({start} + {number})"
        self.query.use(self.tables[slot.calendar])
        if slot.unit == "working time":
            to_next_open = self.promises.to_next_open
            return after_work(self.query, start, number, to_next_open=to_next_open)
        add = after_working_days if slot.unit == "working days" else after_days
        return add(self.query, start, number)
