"""Read the columns of one metric from a table that `bulk` returned.

`evaluate` and `replay` name their columns differently, and `evaluate` does not repeat the instants
at which metrics were stopped, since a column of the input has them. `MetricColumns` finds a column
by its role, such as ``due``; a mapping from the user names those that are called differently.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from slacalc._columns.categories import encode
from slacalc._columns.input import read_lengths
from slacalc._columns.kernel import MISSING
from slacalc._report.answers import STATE_CODES, Answers, wall_readings
from slacalc._threads import cached_property
from slacalc._time.instants import zone
from slacalc.errors import (
    ColumnError,
    TimeZoneError,
    unknown_column,
    unknown_metric,
    unknown_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.input import Instants

ROLES = ("created", "due", "stopped_at", "breached_at", "elapsed", "remaining")


class MetricColumns:
    """The columns of one metric in a table that `bulk` returned.

    Args:
        table: The result of `bulk.evaluate` or `bulk.replay`; lazy tables are collected.
        metric: The metric.
        columns: Names of columns by the roles of `ROLES`, where they differ from the usual ones.
        naive: The time zone in which naive instants were read.

    Raises:
        ColumnError: The table has no results, or *columns* names an unknown role or column.
        UnknownMetricError: The table does not have the metric.
    """

    def __init__(
        self,
        table: Any,
        metric: str,
        columns: Mapping[str, str] | None = None,
        *,
        naive: str | None = "UTC",
    ) -> None:
        if hasattr(table, "collect_schema") and hasattr(table, "collect"):
            table = table.collect()
        self._answers = answers = Answers(table)
        self.metric, self._columns, self._naive = metric, dict(columns or {}), naive
        check_metric(answers, metric)
        self._part = next(part for part in answers.parts() if part.metric in (None, metric))
        names = answers.frame.names
        for role, name in self._columns.items():
            if role not in ROLES:
                raise unknown_name(
                    ColumnError,
                    "a role of a column",
                    role,
                    ROLES,
                    where="columns",
                    column=role,
                    given=name,
                )
            if name not in names:
                raise unknown_column(name, names, where=f"columns.{role}")

    @cached_property
    def _rows(self) -> Any:
        """A slice or an index array that selects the metric's rows."""
        metrics = self._part.metrics
        if metrics is None:
            return slice(None)
        known = self._answers.metrics
        # An empty log may lack the metric; no row has the code after the last one.
        code = known.index(self.metric) if self.metric in known else len(known)
        chosen = metrics.codes == code
        return slice(None) if chosen.all() else np.flatnonzero(chosen)

    @cached_property
    def state(self) -> NDArray[np.int64]:
        """The codes of the rows' states."""
        states: NDArray[np.int64] = self._part.state[self._rows]
        return states

    def has_state(self, states: Iterable[str]) -> NDArray[np.bool_]:
        """For each row, whether its state is one of *states*."""
        return np.isin(self.state, [STATE_CODES[state] for state in states])

    def __contains__(self, role: str) -> bool:
        return self._find(role) is not None

    def _find(self, role: str) -> str | None:
        """The name of the column of a role; None if there is none."""
        if role in self._columns:
            return self._columns[role]
        if not self._answers.is_long:
            candidates = [f"{self.metric}_{role}", role]
        elif role == "created":
            candidates = [role, "start"]
        else:
            candidates = [role]
        return next((name for name in candidates if name in self._answers.frame.names), None)

    def _name(self, role: str) -> str:
        """The name of the column of a role.

        Raises:
            ColumnError: There is none.
        """
        name = self._find(role)
        if name is None:
            names = self._answers.frame.names
            hint = f": if the column has another name, give columns={{{role!r}: ...}}"
            raise unknown_column(role, names, hint=hint)
        return name

    def _read(self, role: str) -> Instants:
        return self._answers.frame.instants(self._name(role), self._naive, zone("UTC"))

    def instants(self, role: str) -> Integers:
        """The instants of a column; `MISSING` where a row has none.

        Raises:
            ColumnError, NaiveDatetimeError: There is no such column, or it has other values.
        """
        instants: Integers = np.asarray(self._read(role).values)[self._rows]
        return instants

    def zone_name(self, role: str) -> str:
        """The time zone of a column; UTC if that has no name."""
        like = self._read(role).output_type
        if like is None:
            return "UTC"
        if like.library == "list":
            values = self._answers.frame.column(self._name(role))
            zones = (value.tzinfo for value in values if isinstance(value, datetime))
            first = next(zones, None)
            return _zone_or_utc(str(getattr(first, "key", None) or getattr(first, "name", None)))
        return _zone_or_utc(like.naive or like.time_zone)

    def wall_times(self, role: str, time_zone: str | None) -> tuple[Integers, str]:
        """The wall-clock readings at a column's instants, and the time zone of the clock.

        Args:
            role: The role of the column.
            time_zone: The zone of the clock. Default: that of the column.

        Returns:
            The readings, `MISSING` where a row has none, and the name of the zone, which is empty
            for naive columns.
        """
        instants = self.instants(role)
        if (instants == MISSING).all():
            return instants, ""  # a list without a datetime has no zone
        readings = wall_readings(self._answers.frame, self._name(role), time_zone, None)[self._rows]
        if time_zone is not None:
            return readings, time_zone
        like = self._read(role).output_type
        is_naive = like is not None and like.naive is not None
        return readings, "" if is_naive else self.zone_name(role)

    def lengths(self, role: str) -> Integers:
        """The durations of a column, in microseconds; `MISSING` where a row has none."""
        name = self._name(role)
        values = np.asarray(read_lengths(self._answers.frame.column(name), name).values)
        lengths: Integers = values[self._rows]
        return lengths


def check_metric(answers: Answers, metric: str) -> None:
    """Refuse a metric that a table does not have; an empty log may have any.

    Raises:
        UnknownMetricError: The table has other metrics.
    """
    known = dict.fromkeys(answers.metrics)
    if answers.is_long:
        if not answers.size:
            return
        # A categorical column may know metrics of which no row is left.
        known |= dict.fromkeys(map(str, encode(answers.frame.column("metric")).values))
    if metric not in known:
        raise unknown_metric(metric, known, "the table")


def _zone_or_utc(name: str) -> str:
    try:
        return zone(name).name
    except TimeZoneError:
        return "UTC"
