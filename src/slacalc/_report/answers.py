"""The answers of `bulk` read back: of every row the state, and when it belongs where.

`evaluate` gives a row for each ticket and columns for each metric; `replay` a row for each ticket,
metric and cycle. Both are *parts* here: rows with a state each, of one metric or of several. Of the
states some are *decided*, since it is certain whether the target was kept, *open* ones may still
turn out either way, and the others are *left out* of any share.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._clock.states import STATES
from slacalc._columns.categories import encode
from slacalc._columns.frames import Frame
from slacalc._columns.kernel import MISSING
from slacalc._columns.zones import readings
from slacalc._time.instants import SECOND, zone
from slacalc.errors import ColumnError, ReportError, unknown_column, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import EncodedColumn
    from slacalc._time.instants import Zone

CODE = {state: code for code, state in enumerate(STATES)}
UNJUDGED = len(STATES)  # in place of a state, in the row of a ticket that has an error
DECIDED = ("met", "late", "breached")
OPEN = ("running", "paused")
LEFT_OUT = ("not started", "cancelled", "not covered", "no target")
_LONG = ("metric", "cycle", "state", "due")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d):?(\d\d)")


class Part(NamedTuple):
    """Rows with a state each.

    Args:
        metric: Their metric; None where each row tells its own.
        metrics: Those; None where all have one.
        state: The places of their states; `UNJUDGED` for none.
    """

    metric: str | None
    metrics: EncodedColumn | None
    state: NDArray[np.int64]


class Answers:
    """A table that `evaluate` or `replay` gave.

    Args:
        given: The table.
        only: The metrics that count; None for all.
        known: Metrics that may be asked for although no row is of theirs.

    Raises:
        ColumnError, ReportError: It is no such table, or has no such metric.
    """

    def __init__(
        self, given: Any, only: Iterable[str] | None = None, known: Iterable[str] = ()
    ) -> None:
        if hasattr(given, "collect_schema") and hasattr(given, "collect"):  # of Polars, and lazy
            given = given.collect()
        self.sheet = Frame(given)
        names = self.sheet.names
        self.is_long = all(name in names for name in _LONG)
        there = self._metrics(names)
        chosen = there if only is None else list(dict.fromkeys(only))
        for name in chosen:
            if name not in there and not (self.is_long and name in known):
                what = "a metric of the answer"
                raise unknown_name(
                    ReportError, what, name, there, where="metrics", argument="metrics"
                )
        self.metrics = chosen
        self._all = only is None

    def _metrics(self, names: list[str]) -> list[str]:
        """The metrics in the order of the table."""
        if self.is_long:
            codes, values = self._of_metric
            _, firsts = np.unique(codes[codes >= 0], return_index=True)
            met = codes[codes >= 0][np.sort(firsts)]
            return [str(values[code]) for code in met.tolist()]
        ends = "_state"
        found = [
            name.removesuffix(ends)
            for name in names
            if name.endswith(ends) and f"{name.removesuffix(ends)}_due" in names
        ]
        if not found:
            msg = (
                "the table holds no answer: give what bulk.evaluate or bulk.replay returned, which "
                "has columns such as resolution_state and resolution_due, or metric, cycle, state "
                "and due"
            )
            raise ColumnError(msg, column="", given=names)
        return found

    @cached_property
    def _of_metric(self) -> EncodedColumn:
        return encode(self.sheet.column("metric"))

    @cached_property
    def size(self) -> int:
        """How many rows the table has."""
        return len(self.sheet.column("state" if self.is_long else f"{self.metrics[0]}_state"))

    def parts(self) -> Iterator[Part]:
        """The rows, by metric or all together."""
        if self.is_long:
            states = self._states("state")
            codes = np.array([*map(self._place, self._of_metric.values), -1], np.int64)
            yield Part(None, self._of_metric._replace(codes=codes[self._of_metric.codes]), states)
            return
        for metric in self.metrics:
            yield Part(metric, None, self._states(f"{metric}_state"))

    def _place(self, metric: Any) -> int:
        """The place of a metric among those that count; -2 where it does not."""
        return self.metrics.index(str(metric)) if str(metric) in self.metrics else -2

    @property
    def keeps_errors(self) -> bool:
        """Whether rows of no metric, which are errors, count."""
        return self._all

    def _states(self, name: str) -> NDArray[np.int64]:
        """A column of states as their places."""
        codes, values = encode(self.sheet.column(name))
        places = [*(self._state(name, value) for value in values), UNJUDGED]
        return np.array(places, np.int64)[codes]

    @staticmethod
    def _state(name: str, value: Any) -> int:
        if value not in CODE:
            msg = f"{name} holds {value!r}, which is no state: {', '.join(STATES)}"
            raise ColumnError(msg, column=name, given=value)
        return CODE[value]

    def named(self, part: Part, word: str) -> str:
        """The column of a part that is called by a word, such as ``due`` for ``arrival_due``.

        Raises:
            ColumnError: There is none.
        """
        names = self.sheet.names
        own = f"{part.metric}_{word}"
        if part.metric is not None and own in names:
            return own
        if word in names:
            return word
        hint = ""
        if word == "created":
            hint = "; name the column of the instants that count, as in "
            hint += (
                'at="start", or add it with report.with_attributes'
                if self.is_long
                else 'at="opened_at"'
            )
        raise unknown_column(word, names, "the answer", hint=hint)

    def missing(self, name: str) -> NDArray[np.bool_]:
        """In which rows a column of instants has none."""
        values, _ = self.sheet.instants(name, "UTC", zone("UTC"))
        return np.equal(values, MISSING)


def walls(sheet: Frame, name: str, time_zone: str | None, own: Zone | None) -> Integers:
    """What a wall clock shows at the instants of a column; `MISSING` where there is none.

    Args:
        sheet: The table.
        name: The column.
        time_zone: The zone of the clock.
        own: The zone where none is named; left out, that of the column. A column without a
            zone shows the readings of some wall already.

    Raises:
        ReportError: The zone is not known, or is named for a column that has none.
    """
    values, like = sheet.instants(name, "UTC", zone("UTC"))
    instants = np.asarray(values)
    if like is not None and like.naive is not None and like.library != "numpy":  # which is UTC
        if time_zone is not None:
            msg = (
                f"{name} has no time zone, so nobody knows what it is in {time_zone}: leave "
                "out time_zone for the periods of its own wall times, or give it a zone first"
            )
            raise ReportError(msg, argument="time_zone", given=time_zone)
        return instants
    if time_zone is not None:
        at = zone(time_zone)
    elif own is not None:
        at = own
    elif like is not None and like.library == "list":
        at = zone(_zone_of_list(sheet.column(name), name))
    else:
        shown = "UTC" if like is None else like.time_zone
        offset = _OFFSET.fullmatch(shown)
        if offset:
            minutes = int(offset[2]) * 60 + int(offset[3])
            moved = minutes * 60 * SECOND * (1 if offset[1] == "+" else -1)
            return np.where(instants == MISSING, MISSING, instants + moved)
        at = zone(shown)
    known = instants != MISSING
    answer = np.full(len(instants), MISSING)
    answer[known] = readings(at, instants[known])
    return answer


def _zone_of_list(column: Any, name: str) -> str:
    """The zone of the first datetime of a list."""
    told = (one for one in column if isinstance(one, datetime))
    info = getattr(next(told, None), "tzinfo", None)
    key: str | None = getattr(info, "key", None) or getattr(info, "name", None)
    if not isinstance(key, str):
        msg = f"{name} is a list that names no zone: say whose months count, with time_zone=…"
        raise ReportError(msg, argument="time_zone", given=None)
    return key
