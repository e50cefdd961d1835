"""Where the time of each breach went: `report.breaches`.

`TimeParts` takes the cycles of `bulk.time_by` apart, or those that were missed: into the time that
counted, by the values of the row, and the sums of the cycle for all other time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from slacalc._bulk.event_logs import TICKET, first_met
from slacalc._bulk.time_by import OWN_COLUMNS, TIMES
from slacalc._columns.categories import encode
from slacalc._columns.frames import Frame
from slacalc._columns.input import read_lengths
from slacalc._report.comparison import MISSED
from slacalc.errors import ColumnError

if TYPE_CHECKING:
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.output import OutputType

PARTS = ("running", "unassigned", "paused", "before change", "closed")
_CYCLE = (TICKET, "metric", "cycle")


def breaches(times: Any, *, totals: bool = False) -> Any:
    """Where the time of each breach went: with whom, in pauses, in closed hours.

    Args:
        times: What `bulk.time_by` returned.
        totals: Whether to add the breaches of each metric up.

    Returns:
        A table of the same library with a row for each part of each cycle that is late or breached,
        as `bulk.replay` has them: ``ticket``, ``metric``, ``cycle``, ``part``, the columns that
        time was divided by, such as ``group``, ``time``, and ``share``, the part of all time of the
        cycle. The parts are

        - ``running``: the time that counted, by group;
        - ``unassigned``: the time that counted while none of these columns had a value;
        - ``paused``, ``before change`` and ``closed``: as in `bulk.time_by`, all groups together.

        The parts of a cycle add up to the time from its start to its end. With *totals* a row for
        each metric, part and group, the longest first, with the number of ``breaches`` that it is
        part of instead of ``ticket`` and ``cycle``.

    Raises:
        ColumnError: The table is not such a result, or time was divided by a field that has the
            name of a column of the answer.

    Example:
        >>> from slacalc import Policy, bulk, report
        >>> policy = Policy(
        ...     "desk",
        ...     metrics={"resolution": {"stop": "resolved", "pause": {"status": "waiting"}}},
        ...     tables={"all": [{"targets": {"resolution": "2 hours"}}]},
        ... )
        >>> log = {
        ...     "ticket": ["A"] * 5,
        ...     "at": [f"2026-05-18T{hour:02}:00:00Z" for hour in (9, 10, 11, 14, 16)],
        ...     "type": ["created", "changed", "changed", "changed", "resolved"],
        ...     "group": [None, "desk", None, "network", None],
        ...     "status": ["new", None, "waiting", "active", None],
        ... }
        >>> breaches = report.breaches(bulk.time_by(policy, log, "group"))
        >>> for row in zip(breaches["part"], breaches["group"], breaches["time"]):
        ...     print(*row, sep=", ")
        unassigned, , 1 hour
        running, desk, 1 hour
        running, network, 2 hours
        paused, , 3 hours
    """
    missed = TimeParts(times)
    return missed.totals() if totals else missed.parts()


class TimeParts:
    """The parts of the time of all cycles, or of those that were missed.

    Args:
        times: What `bulk.time_by` returned.
        missed: Whether only cycles count that are late or breached.

    Attributes:
        by: The columns that time was divided by.
        metrics: The metrics.
        cycle: By part, its cycle, numbered in the order of the table.
        metric: By part, the place of its metric.
        part: By part, its place in `PARTS`.
        values: By column of *by*, the place of the value of each part, and the values as text.
        time: By part, its length in microseconds.

    Raises:
        ColumnError: The table is not such a result.
    """

    def __init__(self, times: Any, *, missed: bool = True) -> None:
        self._frame = frame = Frame(times)
        names = [str(name) for name in frame.names]
        if lacking := [name for name in (*_CYCLE, "cycle_state", *TIMES) if name not in names]:
            msg = f"the table is not an answer of bulk.time_by: it has no column {lacking[0]!r}"
            raise ColumnError(msg, column=lacking[0], given=names)
        self.by = [name for name in names if name not in OWN_COLUMNS]
        state = encode(frame.column("cycle_state"))
        counts = [value in MISSED or not missed for value in state.values]
        rows = np.flatnonzero(np.isin(state.codes, np.flatnonzero(counts)))
        cycle = np.zeros(len(rows), np.int64)
        for name in _CYCLE:
            codes, values = encode(frame.column(name))
            cycle, self._first = first_met(cycle * len(values) + codes[rows])
        self._first = rows[self._first]  # by cycle, a row of the table
        lengths = [read_lengths(frame.column(name), name) for name in TIMES]
        self._output_type = cast("OutputType", lengths[0].output_type)
        elapsed, *others = (cast("Integers", length.values)[rows] for length in lengths)

        # The time that counted by row, then all other time by cycle.
        count = len(self._first)
        sums = [np.zeros(count, np.int64) for _ in others]
        for total, length in zip(sums, others, strict=True):
            np.add.at(total, cycle, length)
        self.values: dict[str, tuple[Integers, list[str]]] = {}
        without_value = np.zeros(count * len(others), np.int64)
        is_assigned = np.full(len(rows), not self.by)
        for name in self.by:
            codes, values = encode(frame.column(name))
            texts = {"": 0}
            places = [texts.setdefault(str(value), len(texts)) for value in values]
            of_row = np.array([*places, 0])[codes[rows]]
            is_assigned |= of_row > 0
            self.values[name] = np.concatenate([of_row, without_value]), [*texts]
        part = [np.where(is_assigned, PARTS.index("running"), PARTS.index("unassigned"))]
        part += [np.full(count, place) for place in range(PARTS.index("paused"), len(PARTS))]
        self.part, self.time = np.concatenate(part), np.concatenate([elapsed, *sums])
        self.cycle = np.concatenate([cycle, *[np.arange(count)] * len(others)])
        self._keep(np.flatnonzero(self.time))
        self._keep(np.argsort(self.cycle, kind="stable"))
        codes, self.metrics = encode(frame.column("metric"))
        self.metric = codes[self._first][self.cycle]

    def _keep(self, rows: Integers) -> None:
        """Keep some parts, in this order."""
        self.cycle, self.part, self.time = self.cycle[rows], self.part[rows], self.time[rows]
        for name, (places, texts) in self.values.items():
            self.values[name] = places[rows], texts

    def value_text(self, row: int) -> str:
        """The values of a part, as text; the empty string if it has none."""
        values = [texts[int(places[row])] for places, texts in self.values.values()]
        return " · ".join(value for value in values if value)

    def parts(self) -> Any:
        """The table of all parts."""
        heads = self._frame.take(_CYCLE, self._first[self.cycle])
        return self._table(heads, np.arange(len(self.time)), self.time, self.cycle)

    def totals(self) -> Any:
        """The table of the parts of all cycles of each metric together."""
        rows, time, count = self.sums()
        make = self._frame.like(TICKET)
        heads = {"metric": make.new_values(self.metric[rows], self.metrics)}
        heads["breaches"] = make.new_counts(count)
        return self._table(heads, rows, time, self.metric[rows])

    def sums(self) -> tuple[Integers, Integers, Integers]:
        """The parts of each metric, the longest first.

        Returns:
            Of each a part that is one of them; the time of all of them; the number of their cycles.
        """
        key = self.metric * len(PARTS) + self.part
        for places, texts in self.values.values():
            key, _ = first_met(key * len(texts) + places)
        key, rows = first_met(key)
        time = np.zeros(len(rows), np.int64)
        np.add.at(time, key, self.time)
        pairs = np.unique(key * (len(self._first) + 1) + self.cycle)
        count = np.bincount(pairs // (len(self._first) + 1), minlength=len(rows))
        order = np.lexsort((-time, self.metric[rows]))
        return rows[order], time[order], count[order]

    def _table(self, heads: dict[str, Any], rows: Integers, time: Integers, whole: Integers) -> Any:
        """A table with some parts, their time, and its share of all time of what they belong to."""
        make = self._frame.like(TICKET)
        columns = {**heads, "part": make.new_values(self.part[rows], PARTS)}
        for name, (places, texts) in self.values.items():
            if name in {*columns, "time", "share"}:
                msg = f"time is divided by {name!r}, which is a column of the answer anyway"
                raise ColumnError(msg, column=name, given=name)
            columns[name] = make.new_values(places[rows], texts)
        sums = np.zeros(int(whole.max(initial=-1)) + 1, np.int64)
        np.add.at(sums, whole, time)
        columns["time"] = make.new_lengths(time, self._output_type)
        columns["share"] = make.new_shares(time / sums[whole])
        return make.new_table(columns)
