"""The time of many tickets by the values that fields had meanwhile: `bulk.time_by`.

The log is replayed as in `replay`. Each cycle is then cut where one of the fields changes
(`HeldValues`), and the time of each piece is measured on the clock that the cycle has, with the
pauses in it as the difference of two sums (`_Pieces`). Pieces with the same values are added up.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.evaluation import PRESENT_FIELDS, empty_fields, is_last_of_owner
from slacalc._bulk.event_logs import field_columns, first_met
from slacalc._bulk.replay import AnswerRows, ReplayCall
from slacalc._clock.cycles import pauses_until
from slacalc._clock.ledger import TimeSpent, time_spent
from slacalc._clock.states import STATES
from slacalc._clock.status import cycle_of, result_of
from slacalc._columns.input import read_names
from slacalc._columns.kernel import MISSING
from slacalc._policy.attributes import value_text
from slacalc.errors import ColumnError, unknown_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from slacalc._bulk.due_dates import MatchedForms
    from slacalc._bulk.evaluation import CycleArrays, CycleEvaluator
    from slacalc._bulk.event_logs import Errors, Log
    from slacalc._clock.status import CycleStatus
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.frames import Frame
    from slacalc._policy.policy import Policy

TIMES = TimeSpent._fields
OWN_COLUMNS = ("ticket", "metric", "cycle", "cycle_state", *TIMES, "engine", "error")


def time_by(
    policy: Policy,
    events: Any,
    by: str | Iterable[str],
    as_of: datetime | str | None = None,
    *,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: Errors = "raise",
    progress: bool = False,
) -> Any:
    """Where the time of many tickets went, by holder or state: `Clock.time_by` for a table.

    Args:
        policy: The policy; the version in force at the receipt of each ticket counts.
        events: A table of events, or an iterator of tables, as for `replay`.
        by: A field of events, such as ``"group"`` or ``"status"``, or several; every event that has
            it sets it.
        as_of, columns, naive, errors, progress: As for `replay`.

    Returns:
        A table of the same library with a row for each ticket, metric, cycle and value of the
        fields during the cycle, in the order in which they first occur: ``ticket``, ``metric``,
        ``cycle`` and ``cycle_state``, as ``state`` in `replay`; a column for each of *by*, as text,
        with the empty string for the time without a value; and the durations

        - ``elapsed``, the time that counted. It adds up to ``elapsed`` of `replay`.
        - ``paused``, the time that would have counted without pauses. It adds up to ``paused``.
        - ``before_change``, the time that no longer counts, because the clock counts from a change
          on.
        - ``closed``, all other time, outside the hours of the target.

        The four add up to the time between the start of a cycle and its end, or *as_of*. A cycle
        that has not started has no rows. The last column, ``engine``, is that of `replay`.

    Raises:
        ColumnError: The table has no such field, or *by* names a column that the answer has anyway.
        NaiveDatetimeError, SlacalcError, MissingExtraError: As for `replay`.

    Example:
        >>> from slacalc import Policy, bulk
        >>> policy = Policy(
        ...     "desk",
        ...     metrics={"resolution": {"stop": "resolved", "pause": {"status": "waiting"}}},
        ...     tables={"all": [{"targets": {"resolution": "4 hours"}}]},
        ... )
        >>> log = {
        ...     "ticket": ["A"] * 5,
        ...     "at": [f"2026-05-18T{hour:02}:00:00Z" for hour in (9, 10, 11, 14, 16)],
        ...     "type": ["created", "changed", "changed", "changed", "resolved"],
        ...     "group": ["desk", None, None, "network", None],
        ...     "status": ["new", None, "waiting", "active", None],
        ... }
        >>> times = bulk.time_by(policy, log, "group")
        >>> for row in zip(times["group"], times["elapsed"], times["paused"]):
        ...     print(*row, sep=", ")
        desk, 2 hours, 3 hours
        network, 2 hours, 0 microseconds
    """
    call = TimeByCall(policy, as_of, read_names(by, "by"), naive=naive, errors=errors)
    return call.run_tables(events, columns, progress=progress)


class TimeByCall(ReplayCall):
    """One call of `time_by`.

    Args:
        policy: The policy.
        as_of: The instant up to which time counts.
        by: The fields.
        naive: The time zone of instants without one.
        errors: What happens with a ticket that cannot be evaluated.
        by_columns: Whether the engine *columns* may be used.

    Raises:
        ColumnError: A field has the name of a column of the answer.
    """

    def __init__(
        self,
        policy: Policy,
        as_of: datetime | str | None,
        by: Sequence[str],
        *,
        naive: str | None,
        errors: Errors,
        by_columns: bool = True,
    ) -> None:
        super().__init__(policy, as_of, naive=naive, errors=errors, by_columns=by_columns)
        for name in by:
            if name in OWN_COLUMNS:
                msg = f"by names {name!r}, which is a column of the answer anyway"
                raise ColumnError(msg, column=name, given=name)
        self.by = by

    def run(self, table: Frame, bar: Any = None) -> Any:
        """Replay one table."""
        known = field_columns(table)
        for name in self.by:
            if name not in known:
                raise unknown_column(name, known, where="by")
        return super().run(table, bar)

    def new_rows(self, log: Log) -> AnswerRows:
        """The rows of the answer for a log, of which there are none yet."""
        return _TimeRows(self.metrics, self.by, HeldValues.of(log, self.by))


class HeldValues(NamedTuple):
    """The stretches of time in which fields kept their values; the first begins at the opening.

    Args:
        first: By ticket, its first stretch; then the number of stretches.
        start: By stretch, its first instant.
        values: By field, the place of its value in each stretch.
        texts: By field, its values as text.
        combination: By stretch, the number of its values together.
    """

    first: Integers
    start: Integers
    values: list[Integers]
    texts: list[list[str]]
    combination: Integers

    @classmethod
    def of(cls, log: Log, by: Iterable[str]) -> HeldValues:
        """The stretches of all tickets of a log."""
        count = len(log.at)
        is_opening = np.zeros(count + 1, np.bool_)
        is_opening[log.begins] = True  # and one after the last row
        # Of several events of one instant, the last one counts.
        is_last = is_opening[1:].copy()
        is_last[:-1] |= log.at[1:] != log.at[:-1]
        lasts = np.flatnonzero(is_last)
        values, texts = [], []
        combination = np.zeros(len(lasts), np.int64)
        for name in by:
            column, known = log.fields[name], {"": 0}
            codes = [known.setdefault(value_text(value), len(known)) for value in column.values]
            is_set = (column.rows >= 0) | is_opening[:-1]
            latest = np.maximum.accumulate(np.where(is_set, np.arange(count), 0))
            of_field = np.array([*codes, 0])[column.rows[latest[lasts]]]
            values.append(of_field)
            texts.append([*known])
            combination, _ = first_met(combination * len(known) + of_field)
        ticket = np.cumsum(is_opening)[lasts] - 1
        is_new = np.ones(len(lasts), np.bool_)
        is_new[1:] = (ticket[1:] != ticket[:-1]) | (combination[1:] != combination[:-1])
        kept = np.flatnonzero(is_new)
        return cls(
            np.searchsorted(ticket[kept], np.arange(len(log.begins))),
            log.at[lasts][kept],
            [of_field[kept] for of_field in values],
            texts,
            combination[kept],
        )

    def of_ticket(self, ticket: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The stretches of a ticket: the first instant of each, and its values."""
        for place in range(int(self.first[ticket]), int(self.first[ticket + 1])):
            yield int(self.start[place]), tuple(int(values[place]) for values in self.values)


class _TimeRows(AnswerRows):
    """A row for each cycle and each combination of values, with its times."""

    def __init__(self, metrics: list[str], by: Sequence[str], held: HeldValues) -> None:
        self._by, self._held = by, held
        kinds = {"cycle": "counts", "cycle_state": "words"}
        kinds |= dict.fromkeys(by, "words") | dict.fromkeys(TIMES, "lengths")
        super().__init__(
            metrics, kinds, {"cycle_state": STATES, **dict(zip(by, held.texts, strict=True))}
        )

    def of_cycles(
        self,
        evaluator: CycleEvaluator,
        cycles: CycleArrays,
        matched: MatchedForms,
        first: int,
    ) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
        """The rows of many cycles."""
        fields = empty_fields(len(cycles.ticket), (*PRESENT_FIELDS, "clock"))
        beyond = evaluator.evaluate(cycles, matched, fields)
        started = np.flatnonzero((cycles.start != MISSING) & ~beyond)
        pieces = _Pieces.of(cycles, started, first, self._held)
        clocks = np.maximum(fields["clock"], 0)  # also of cycles that have not started
        times = pieces.times(evaluator, clocks, cycles)
        width = int(self._held.combination.max(initial=0)) + 1
        rows, firsts = first_met(pieces.cycle * width + self._held.combination[pieces.stretch])
        columns: dict[str, NDArray[Any]] = {}
        for name, lengths in times.items():
            columns[name] = np.zeros(len(firsts), np.int64)
            np.add.at(columns[name], rows, lengths)
        cycle, stretch = pieces.cycle[firsts], pieces.stretch[firsts]
        columns |= {"ticket": cycles.ticket[cycle], "cycle": cycles.number[cycle]}
        columns["cycle_state"] = fields["state"][cycle]
        for name, values in zip(self._by, self._held.values, strict=True):
            columns[name] = values[stretch]
        return columns, beyond

    def of_status(self, ticket: int, status: CycleStatus) -> Iterable[dict[str, int]]:
        """The rows of a cycle that a clock evaluated."""
        cycle, result = cycle_of(status), result_of(status)
        if cycle.start is None:
            return
        last, held = max(cycle.start, result.end), [*self._held.of_ticket(ticket)]
        at_start = [values for since, values in held if since <= cycle.start][-1]
        later = [(since, values) for since, values in held if cycle.start < since < last]
        pauses = pauses_until(cycle.pauses, result.end)
        times: dict[tuple[int, ...], Integers] = {}
        for (start, values), (end, _) in pairwise([(cycle.start, at_start), *later, (last, ())]):
            spent = np.array(time_spent(cycle, result, pauses, start, end))
            times[values] = times[values] + spent if values in times else spent
        for values, spent in times.items():
            yield {
                "cycle": status.cycle,
                "cycle_state": STATES.index(status.state),
                **dict(zip(self._by, values, strict=True)),
                **dict(zip(TIMES, spent, strict=True)),
            }


class _Pieces(NamedTuple):
    """Cycles, cut where a value changes; those of a cycle are together and in order.

    Args:
        cycle: The cycle of each piece.
        stretch: The stretch whose values it has.
        start: Its first instant.
        end: The instant after its last one.
    """

    cycle: Integers
    stretch: Integers
    start: Integers
    end: Integers

    @classmethod
    def of(cls, cycles: CycleArrays, which: Integers, first: int, held: HeldValues) -> _Pieces:
        """Cut some cycles that have started.

        Args:
            cycles: The cycles, whose tickets count from the first one.
            which: Which of them.
            first: The place of the first ticket in the log.
            held: The values of all tickets of the log.
        """
        ticket, start, ends = cycles.ticket[which] + first, cycles.start[which], cycles.ends[which]
        begin, after = held.first[ticket], held.first[ticket + 1]
        opening = _last_until(begin, after, held.start, start)
        closing = np.maximum(_last_until(begin, after, held.start, ends - 1), opening)
        counts = closing - opening + 1
        firsts = np.cumsum(counts) - counts
        stretch = np.repeat(opening - firsts, counts) + np.arange(int(counts.sum()))
        starts, end = held.start[stretch], np.append(held.start[1:], 0)[stretch]
        starts[firsts], end[firsts + counts - 1] = start, ends
        return cls(np.repeat(which, counts), stretch, starts, end)

    def times(
        self, evaluator: CycleEvaluator, clocks: Integers, cycles: CycleArrays
    ) -> dict[str, Integers]:
        """What the time of each piece was spent on, as `time_spent` has it for one.

        Args:
            evaluator: The evaluator of the cycles.
            clocks: The clock of each cycle, as the evaluator wrote it.
            cycles: The cycles.
        """
        clock = clocks[self.cycle]
        pauses = _PausesBefore(evaluator, clocks, cycles)
        is_open = evaluator.between(clock, self.start, self.end)
        paused = pauses.between(self.cycle, self.start, self.end)
        before_change = np.zeros(len(clock), np.int64)
        counted_from = cycles.start.copy()
        last = is_last_of_owner(cycles.period_of)
        counted_from[cycles.period_of[last]] = cycles.counted_from[last]
        until = np.minimum(counted_from[self.cycle], self.end)
        if len(early := np.flatnonzero(self.start < until)):
            span = self.start[early], until[early]
            before_change[early] = evaluator.between(clock[early], *span)
            before_change[early] -= pauses.between(self.cycle[early], *span)
        elapsed = is_open - paused - before_change
        closed = self.end - self.start - is_open
        return dict(zip(TIMES, (elapsed, paused, before_change, closed), strict=True))


class _PausesBefore:
    """How long the pauses of cycles lasted up to an instant, as sums from the first pause on."""

    def __init__(self, evaluator: CycleEvaluator, clocks: Integers, cycles: CycleArrays) -> None:
        owner, self._start = cycles.pause_of, cycles.pause_start
        self._between = evaluator.between
        self._clocks = clocks
        self._first = np.searchsorted(owner, np.arange(len(cycles.ticket) + 1))
        # A pause that has not ended lasts until the cycle has.
        is_open = cycles.pause_end == MISSING
        self._end = np.where(is_open, cycles.ends[owner], cycles.pause_end)
        lengths = self._between(clocks[owner], self._start, self._end)
        self._before = np.append(0, np.cumsum(lengths))

    def between(self, cycle: Integers, start: Integers, end: Integers) -> Integers:
        """How long pauses of cycles lasted between instants of their lives."""
        lengths = np.zeros(len(cycle), np.int64)
        items = np.flatnonzero(self._first[cycle + 1] > self._first[cycle])
        cycle = cycle[items]
        lengths[items] = self._until(cycle, end[items]) - self._until(cycle, start[items])
        return lengths

    def _until(self, cycle: Integers, at: Integers) -> Integers:
        first, after = self._first[cycle], self._first[cycle + 1]
        pause = _last_until(first, after, self._start, at)
        lengths = self._before[np.maximum(pause, first)]
        items = np.flatnonzero(pause >= first)
        pause, end = pause[items], np.minimum(self._end[pause[items]], at[items])
        lengths[items] += self._between(self._clocks[cycle[items]], self._start[pause], end)
        return lengths


def _last_until(first: Integers, after: Integers, starts: Integers, at: Integers) -> Integers:
    """Of the items from *first* to before *after*, the last one that has started by an instant.

    Items are in the order of their starts. The one before *first* if none has started.
    """
    low, high = first - 1, after.copy()
    while len(wide := np.flatnonzero(high - low > 1)):
        middle = (low[wide] + high[wide]) // 2
        starts_by = starts[middle] <= at[wide]
        low[wide[starts_by]] = middle[starts_by]
        high[wide[~starts_by]] = middle[~starts_by]
    return low
