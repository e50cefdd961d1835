"""Read tables made by `bulk`: the state of each row, and the period it counts in.

`bulk.evaluate` gives a row for each ticket with columns for each metric, `bulk.replay` a row for
each ticket, metric and cycle. `Answers` shows either as `AnswerColumns`: rows with a state each, of
one metric or of several. States come in three sets: `DECIDED` ones are final for attainment, `OPEN`
ones may still turn out either way, and those `EXCLUDED` do not count in any share.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._clock.states import STATES
from slacalc._columns.categories import encode
from slacalc._columns.frames import Frame
from slacalc._columns.kernel import MISSING
from slacalc._columns.zones import readings
from slacalc._threads import cached_property
from slacalc._time.instants import MINUTE, zone
from slacalc.errors import ColumnError, ReportError, unknown_column, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import EncodedColumn
    from slacalc._time.instants import Zone

STATE_CODES = {state: code for code, state in enumerate(STATES)}
WITHOUT_STATE = len(STATES)  # the code in the row of a ticket that has an error
DECIDED = ("met", "late", "breached")
OPEN = ("running", "paused")
EXCLUDED = ("not started", "cancelled", "not owed", "not covered", "no target")
_LONG = ("metric", "cycle", "state", "due")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d):?(\d\d)")


class AnswerColumns(NamedTuple):
    """Rows with a state each.

    Args:
        metric: The metric of all rows; None if each row has its own.
        metrics: The metric of each row, as its place in `Answers.metrics`: -1 for none (an error),
            -2 for one that does not count. None if all rows have one metric.
        state: The code of each row's state; `WITHOUT_STATE` for none.
    """

    metric: str | None
    metrics: EncodedColumn | None
    state: NDArray[np.int64]


class Answers:
    """A table that `bulk.evaluate` or `bulk.replay` returned.

    Args:
        answer: The table.
        only: The metrics that count; None for all.
        known: Metrics that *only* may name although no row has them.

    Attributes:
        frame: The table.
        is_long: Whether it has a row for each metric, as `bulk.replay` returns it.
        available: All metrics of the table.
        metrics: The metrics that count.
        counts_errors: Whether rows without a metric, which have an error, count.

    Raises:
        ColumnError: It is not such a table.
        ReportError: It has no such metric.
    """

    def __init__(
        self, answer: Any, only: Iterable[str] | None = None, known: Iterable[str] = ()
    ) -> None:
        if hasattr(answer, "collect_schema") and hasattr(answer, "collect"):  # lazy Polars frame
            answer = answer.collect()
        self.frame = Frame(answer)
        names = self.frame.names
        self.is_long = all(name in names for name in _LONG)
        self.available = available = self._metrics(names)
        self.metrics = available if only is None else list(dict.fromkeys(only))
        for name in self.metrics:
            if name not in available and not (self.is_long and name in known):
                what, argument = "a metric of the answer", "metrics"
                raise unknown_name(
                    ReportError, what, name, available, where=argument, argument=argument
                )
        self.counts_errors = only is None

    def _metrics(self, names: list[str]) -> list[str]:
        """The metrics in the order of the table."""
        if self.is_long:
            codes, values = self._metric_column
            with_metric = codes[codes >= 0]
            _, first_rows = np.unique(with_metric, return_index=True)
            return [str(values[code]) for code in with_metric[np.sort(first_rows)].tolist()]
        with_state = [name.removesuffix("_state") for name in names if name.endswith("_state")]
        metrics = [name for name in with_state if f"{name}_due" in names]
        if not metrics:
            msg = (
                "the table is not an answer of bulk.evaluate or bulk.replay: those have columns "
                "such as resolution_state and resolution_due, or metric, cycle, state and due"
            )
            raise ColumnError(msg, column="", given=names)
        return metrics

    @cached_property
    def _metric_column(self) -> EncodedColumn:
        return encode(self.frame.column("metric"))

    @cached_property
    def size(self) -> int:
        """The number of rows of the table."""
        return len(self.frame.column("state" if self.is_long else f"{self.metrics[0]}_state"))

    def parts(self) -> Iterator[AnswerColumns]:
        """The rows of each metric, or those of all metrics together."""
        if not self.is_long:
            for metric in self.metrics:
                yield AnswerColumns(metric, None, self._states(f"{metric}_state"))
            return
        places = {name: place for place, name in enumerate(self.metrics)}
        column = self._metric_column
        codes = np.array([*(places.get(str(name), -2) for name in column.values), -1], np.int64)
        metrics = column._replace(codes=codes[column.codes])
        yield AnswerColumns(None, metrics, self._states("state"))

    def _states(self, name: str) -> NDArray[np.int64]:
        codes, values = encode(self.frame.column(name))
        for value in values:
            if value not in STATE_CODES:
                raise unknown_name(ColumnError, f"a state, in {name}", value, STATES, column=name)
        return np.array([*(STATE_CODES[value] for value in values), WITHOUT_STATE], np.int64)[codes]

    def column_name(self, part: AnswerColumns, word: str) -> str:
        """The name of a column of a part: ``arrival_due`` for ``due``, if there is one, or ``due``.

        Raises:
            ColumnError: There is neither.
        """
        names = self.frame.names
        own = f"{part.metric}_{word}"
        if part.metric is not None and own in names:
            return own
        if word in names:
            return word
        hint = ""
        if word == "created":
            hint = '; name the column of the instants that count, as in at="opened_at"'
            if self.is_long:
                hint = '; name another column, as in at="start", or use report.with_attributes'
        raise unknown_column(word, names, "the answer", hint=hint)

    def is_missing(self, name: str) -> NDArray[np.bool_]:
        """Whether a row has no instant in a column."""
        values, _ = self.frame.instants(name, "UTC", zone("UTC"))
        return np.equal(values, MISSING)


def wall_readings(frame: Frame, name: str, time_zone: str | None, own: Zone | None) -> Integers:
    """What a wall clock shows at the instants of a column, in microseconds; `MISSING` for none.

    Args:
        frame: The table.
        name: The column.
        time_zone: The zone of the clock.
        own: The zone if *time_zone* is None. Default: that of the column. A column without a zone
            has wall-clock readings already.

    Raises:
        ReportError: *time_zone* is given for a column that has no zone, or a list names none.
    """
    values, column_type = frame.instants(name, "UTC", zone("UTC"))
    instants = np.asarray(values)
    has_zone = column_type is None or column_type.naive is None or column_type.library == "numpy"
    if not has_zone:  # unlike NumPy's instants, which are in UTC
        if time_zone is not None:
            msg = (
                f"{name} has no time zone, so that its instants in {time_zone} are unknown: omit "
                "time_zone to count by its own wall times, or give the column a zone first"
            )
            raise ReportError(msg, argument="time_zone", given=time_zone)
        return instants
    known = instants != MISSING
    if time_zone is not None:
        at = zone(time_zone)
    elif own is not None:
        at = own
    elif column_type is not None and column_type.library == "list":
        at = zone(_zone_of_list(frame.column(name), name))
    else:
        name_of_zone = "UTC" if column_type is None else column_type.time_zone
        offset = _OFFSET.fullmatch(name_of_zone)
        if offset:
            minutes = int(offset[2]) * 60 + int(offset[3])
            ahead = minutes * MINUTE * (1 if offset[1] == "+" else -1)
            return np.where(known, instants + ahead, MISSING)
        at = zone(name_of_zone)
    shown = np.full(len(instants), MISSING)
    shown[known] = readings(at, instants[known])
    return shown


def _zone_of_list(column: Any, name: str) -> str:
    """The zone of the first datetime of a list."""
    first = next((value for value in column if isinstance(value, datetime)), None)
    info = getattr(first, "tzinfo", None)
    key: str | None = getattr(info, "key", None) or getattr(info, "name", None)
    if not isinstance(key, str):
        msg = f"{name} is a list without a named zone: give the zone of the periods, time_zone=…"
        raise ReportError(msg, argument="time_zone", given=None)
    return key
