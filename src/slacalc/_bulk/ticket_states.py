"""Compute the status of many tickets at an instant; equal to what `Clock.status` returns for each.

When a cycle starts, pauses and ends follows from the order of a ticket's events, so the state
machine runs once for each order that occurs (`event_orders`). The columns of the table, put into
the places of that order, are the arrays of all cycles (`cycles_of_tickets`), which `evaluation`
evaluates as it does those of a log. Only sequential cycles that follow another one, and cycles
whose pauses have caps, are evaluated one by one: when they start or run does not follow from the
order of their events.
"""

from __future__ import annotations

from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.evaluation import (
    PHASES,
    PRESENT_FIELDS,
    CycleArrays,
    CycleEvaluator,
    empty_fields,
    fields_of_status,
)
from slacalc._bulk.event_orders import ColumnMachine
from slacalc._bulk.groups import TicketEngine, TicketGrouper, as_indices
from slacalc._bulk.ticket_deadlines import WINDOW, windows
from slacalc._clock.cycles import Cycle
from slacalc._clock.events import CREATED
from slacalc._clock.status import CycleStatus
from slacalc._columns.kernel import MISSING
from slacalc._time.instants import to_utc
from slacalc.errors import LateEventError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._bulk.due_dates import MatchedForms
    from slacalc._bulk.event_orders import CycleShape
    from slacalc._bulk.groups import PromiseKey
    from slacalc._bulk.ticket_deadlines import VersionTickets
    from slacalc._clock.clauses import FieldText
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._policy.matching import Matcher

    Columns = Mapping[str, Integers]


class StateEngine(TicketEngine):
    """What `StateEvaluator` has found out about a version of a policy.

    Attributes:
        machine: The state machine whose events are the columns.
        evaluator: The evaluator of its cycles.
    """

    def __init__(self, matcher: Matcher, columns: Sequence[str]) -> None:
        super().__init__(matcher, columns)
        self.machine = ColumnMachine(matcher, columns)
        self.evaluator = CycleEvaluator(self.machine.machine)
        self._promised: dict[tuple[int, ...], _Promised] = {}

    def promised(self, metrics: tuple[int, ...]) -> _Promised:
        """All that was promised for some metrics so far."""
        promises, known = self.groups.promises, self._promised.get(metrics)
        counts = [len(promises[place]) for place in metrics]
        if known is None or len(known.plans) < sum(counts):
            by_metric = {
                place: promises[place][:count] for place, count in zip(metrics, counts, strict=True)
            }
            known = self._promised[metrics] = _Promised.of(self.evaluator, by_metric)
        return known

    @property
    def is_full(self) -> bool:
        """Whether the next call begins anew."""
        return super().is_full or self.machine.is_full


class StateEvaluator:
    """Evaluates the tickets of a batch at an instant.

    Args:
        batch: The tickets.
        as_of: The instant.
        more: Instants of `FIELDS` that are wanted beside `PRESENT_FIELDS`.
    """

    def __init__(self, batch: VersionTickets, as_of: int, more: Sequence[str] = ()) -> None:
        self._batch, self._as_of = batch, as_of
        self._wanted = (*PRESENT_FIELDS, *more)
        matcher = batch.matcher
        known = StateEngine.of(matcher, (*batch.events,))
        self._engine, self._machine, self._evaluator = known, known.machine, known.evaluator
        self._grouper = TicketGrouper(
            matcher,
            batch.attributes,
            batch.created,
            dates=batch.dates,
            sets=self._machine.field_sets(),
            for_clock=True,
            known=known.groups,
        )
        self._groups = self._grouper.group(batch.errors, batch.table_rows)
        self._happened = {name: self._until(column) for name, column in batch.events.items()}
        self._excluded = self._exclude()

    def _until(self, column: Integers) -> Integers:
        """A column without the events that have not happened yet."""
        if not len(column) or int(column.max()) <= self._as_of:
            return column
        return np.where(column <= self._as_of, column, MISSING)

    def _exclude(self) -> NDArray[np.bool_] | None:
        """The rows that are not evaluated: bad ones, and tickets that have not come in yet."""
        batch, created = self._batch, self._batch.created
        excluded: NDArray[np.bool_] | None = None
        for name, column in batch.events.items():
            early = column < created
            early &= column != MISSING
            if early.any():
                excluded = early if excluded is None else excluded | early
                self._happened[name] = np.where(early, MISSING, self._happened[name])
        if excluded is not None:
            rows = np.flatnonzero(excluded)
            batch.errors.add(batch.table_rows(rows), self._late_event_error(rows))
        if len(created) and int(created.max()) > self._as_of:
            future = created > self._as_of
            excluded = future if excluded is None else excluded | future
        return excluded

    def _late_event_error(self, rows: Codes) -> Callable[[int], SlacalcError]:
        """A function that makes the errors of events that came before their tickets."""
        batch = self._batch
        places = dict(zip(batch.table_rows(rows).tolist(), rows.tolist(), strict=True))

        def error(row: int) -> SlacalcError:
            events = [(int(column[places[row]]), name) for name, column in batch.events.items()]
            happened = (event for event in events if event[0] != MISSING)
            instant, name = min(happened, key=itemgetter(0))
            at = to_utc(instant).isoformat()
            opened = to_utc(int(batch.created[places[row]])).isoformat()
            return LateEventError(
                f"{name} at {at} came before the ticket was opened ({opened})",
                event=name,
                given=at,
                at=at,
                last=opened,
                suggestions=[],
            )

        return error

    def answers(self) -> Iterator[tuple[str, dict[str, NDArray[Any]]]]:
        """The status of each metric: its name and the wanted columns."""
        names, count = [*self._batch.metrics], len(self._groups.codes)
        for places in self._evaluated_together(count):
            promised = self._engine.promised(places)
            metrics = [self._metric(place, promised) for place in places]
            # A block for each metric, of one after the other.
            answer = empty_fields(len(places) * count, self._wanted)
            for part in windows(count):
                self._write(metrics, promised, part, answer)
            for block, place in enumerate(places):
                rows = slice(block * count, (block + 1) * count)
                yield names[place], {field: column[rows] for field, column in answer.items()}
        self._engine.release()

    def _evaluated_together(self, count: int) -> list[tuple[int, ...]]:
        """The metrics that are evaluated at once: all, if their tickets fit into one window."""
        places = range(len(self._batch.metrics))
        if len(places) * count <= WINDOW and places:
            return [tuple(places)]
        return [(place,) for place in places]

    def _metric(self, place: int, promised: _Promised) -> _MetricTickets:
        of_group = self._groups.promises(place)
        first = promised.first[place]
        if first:
            of_group = np.where(of_group < 0, -1, of_group.astype(np.intp) + first)
        return _MetricTickets(place, of_group, *self._fields(place))

    def _write(
        self,
        metrics: Sequence[_MetricTickets],
        promised: _Promised,
        part: slice,
        answer: dict[str, NDArray[Any]],
    ) -> None:
        """Write the status of some metrics for a part of the rows."""
        every = [self._window(metric, part) for metric in metrics]
        blocks = [block for block, window in enumerate(every) if len(window.plans)]
        if not blocks:
            return
        windows_of = [every[block] for block in blocks]
        shaped = [self._shaped(window) for window in windows_of]
        cycles = [
            self._cycles(window, shapes.of_row, shapes.shapes, promised)
            for window, shapes in zip(windows_of, shaped, strict=True)
        ]
        rows = _rows_of_blocks([window.rows for window in every], blocks, len(self._groups.codes))
        here = {field: column[rows] for field, column in answer.items()}
        beyond = self._evaluator.evaluate(CycleArrays.joined(cycles), promised.matched, here)
        first = 0
        for window, shapes in zip(windows_of, shaped, strict=True):
            own = slice(first, first + len(window.plans))
            of_window = {field: column[own] for field, column in here.items()}
            self._complete(window, shapes, promised, of_window, beyond[own])
            first = own.stop
        if not isinstance(rows, slice):  # which is a copy, not a view
            for field, column in answer.items():
                column[rows] = here[field]

    def _window(self, metric: _MetricTickets, part: slice) -> _Window:
        plans = metric.of_group.take(self._groups.codes[part])
        rows: Any = part
        if self._excluded is not None or (plans < 0).any():
            kept = plans >= 0
            if self._excluded is not None:
                kept &= ~self._excluded[part]
            rows, plans = np.flatnonzero(kept) + part.start, plans[kept]
        known = {
            name: self._happened[name][rows] for name in self._machine.columns_of(metric.place)
        }
        known = {CREATED: self._batch.created[rows], **known}
        return _Window(metric, rows, known, plans, self._groups.codes[rows])

    def _shaped(self, window: _Window) -> _Shaped:
        """The shapes of the rows of a window."""
        metric = window.metric
        events = {name: column for name, column in window.known.items() if name != CREATED}
        is_one = len(metric.fields) == 1
        kinds = (
            np.zeros(len(window.groups), np.intp) if is_one else metric.kind_of.take(window.groups)
        )
        created = window.known[CREATED]
        return _Shaped(*self._machine.shapes(metric.place, metric.fields, kinds, created, events))

    def _cycles(
        self, window: _Window, which: Codes, shapes: Sequence[CycleShape], promised: _Promised
    ) -> CycleArrays:
        """The cycles of the rows of a window."""
        of_rows = window.plans, promised.covered.take(window.plans)
        cycles = cycles_of_tickets(shapes, which, window.known, of_rows, self._as_of)
        dates = {name: column[window.rows] for name, column in self._batch.dates.items()}
        return cycles._replace(dates=dates)

    def _complete(
        self,
        window: _Window,
        shaped: _Shaped,
        promised: _Promised,
        answer: dict[str, NDArray[Any]],
        beyond: NDArray[np.bool_],
    ) -> None:
        """Evaluate the rows whose shape does not say all, and add the errors of those *beyond*."""
        shapes, which = shaped
        is_complete = np.array([shape.is_complete for shape in shapes], np.bool_).take(which)
        if not is_complete.all():
            beyond &= is_complete
            self._one_by_one(window, promised, np.flatnonzero(~is_complete), answer)
        if any(shape.earlier for shape in shapes):
            earlier = [shape._replace(cycle=shape.earlier or Cycle()) for shape in shapes]
            cycles = self._cycles(window, which, earlier, promised)
            unused = empty_fields(len(which), PRESENT_FIELDS)
            beyond |= self._evaluator.evaluate(cycles, promised.matched, unused)
        if beyond.any():

            def error(row: int) -> SlacalcError:
                at = window.place_of(row)
                plan, instants = promised.plans[window.plans[at]], window.instants(at)
                shape = shapes[which[at]]
                if shape.earlier:
                    shape = shape._replace(cycle=shape.earlier)
                cycle = shape.filled(instants, plan.rows)
                return self._refusal(window.metric.place, cycle, plan)

            self._batch.add_errors(window.of_batch(np.flatnonzero(beyond)), error)

    def _refusal(self, place: int, cycle: Cycle, plan: PromiseKey) -> SlacalcError:
        """The error of a cycle whose due dates are beyond the supported years."""
        evaluator = self._machine.machine.evaluators[place]
        try:
            evaluator.evaluate(cycle, self._as_of, covered=plan.covered)
        except SlacalcError as refused:
            return refused
        raise AssertionError(cycle)

    def _fields(self, place: int) -> tuple[list[Mapping[str, FieldText]], Codes]:
        """The different fields on which a metric's shapes depend, and by group their number."""
        names = self._machine.fields_of(place)
        if not names:
            return [{}], np.zeros(len(self._groups.results), np.intp)
        known: dict[Any, int] = {}
        fields: list[Mapping[str, FieldText]] = []
        of_group = np.zeros(len(self._groups.results), np.intp)
        for group, result in enumerate(self._groups.results):
            if result is not None:
                key = tuple(result.fields.get(name) for name in names)
                if key not in known:
                    known[key] = len(fields)
                    fields.append(result.fields)
                of_group[group] = known[key]
        return fields or [{}], of_group

    def _one_by_one(
        self,
        window: _Window,
        promised: _Promised,
        rows: Codes,
        answer: dict[str, NDArray[Any]],
    ) -> None:
        """Write the status of cycles that do not follow from the order of events alone."""
        place = window.metric.place
        evaluator = self._machine.machine.evaluators[place]
        for row, batch_row in zip(rows.tolist(), window.of_batch(rows).tolist(), strict=True):
            plan = promised.plans[window.plans[row]]
            try:
                raw_fields, instants = self._grouper.ticket(batch_row), window.instants(row)
                metric = self._machine.run(place, raw_fields, instants, self._as_of)
                cycle = metric.cycles[-1]
                evaluator.check_earlier(metric.cycles, self._as_of, covered=plan.covered)
                result = evaluator.evaluate(cycle, self._as_of, covered=plan.covered)
                status = CycleStatus(evaluator, cycle, result, metric.pause_reasons)
                for name, value in fields_of_status(status, self._evaluator.tables).items():
                    if name in answer:
                        answer[name][row] = value
            except SlacalcError as error:
                self._batch.errors.add(self._batch.table_rows(np.array([batch_row])), error)


class _Promised(NamedTuple):
    """All that was promised to groups for some metrics.

    Args:
        plans: The promises, of one metric after the other.
        first: By metric, the place of its first one.
        covered: Whether the contract covers the tickets of each.
        matched: The matched rows of each.
    """

    plans: Sequence[PromiseKey]
    first: Mapping[int, int]
    covered: NDArray[np.bool_]
    matched: MatchedForms

    @classmethod
    def of(
        cls, evaluator: CycleEvaluator, by_metric: Mapping[int, Sequence[PromiseKey]]
    ) -> _Promised:
        """The promises of some metrics."""
        plans = [plan for of_metric in by_metric.values() for plan in of_metric]
        ends = accumulate(map(len, by_metric.values()), initial=0)
        matched = {
            place: [plan.rows for plan in of_metric] for place, of_metric in by_metric.items()
        }
        return cls(
            plans,
            dict(zip(by_metric, ends, strict=False)),
            np.array([plan.covered for plan in plans], np.bool_),
            evaluator.forms(matched),
        )


class _MetricTickets(NamedTuple):
    """What the tickets of a batch differ in for one metric.

    Args:
        place: The position of the metric.
        of_group: By group, the place of its promises in `_Promised.plans`; -1: it is invalid.
        fields: The different fields on which shapes depend.
        kind_of: By group, the number of its fields.
    """

    place: int
    of_group: Codes
    fields: list[Mapping[str, FieldText]]
    kind_of: Codes


class _Shaped(NamedTuple):
    """The shapes of some rows, and the one that each of them has."""

    shapes: Sequence[CycleShape]
    of_row: Codes


class _Window(NamedTuple):
    """Rows of a batch, few enough for the processor's cache.

    Args:
        metric: The metric for which they are evaluated.
        rows: The rows of the batch.
        known: The columns of instants that concern the metric, that of the receipt among them.
        plans: By row, the place of its promises in `_Promised.plans`.
        groups: By row, its group.
    """

    metric: _MetricTickets
    rows: slice | Codes
    known: Columns
    plans: Codes
    groups: Codes

    def of_batch(self, places: Codes) -> Codes:
        """The rows of the batch at places of the window."""
        if not isinstance(self.rows, slice):
            return self.rows[places]
        whole: Codes = places + self.rows.start
        return whole

    def place_of(self, row: int) -> int:
        """The place in the window of a row of the batch."""
        if isinstance(self.rows, slice):
            return row - int(self.rows.start)
        return int(np.searchsorted(self.rows, row))

    def instants(self, place: int) -> dict[str, int]:
        """The instants at a place."""
        return {name: int(column[place]) for name, column in self.known.items()}


def _rows_of_blocks(rows: Sequence[Any], blocks: Sequence[int], count: int) -> Any:
    """Rows of some of the blocks of an array, each of *count* rows; a slice if they are all."""
    if len(rows) == 1:
        return rows[0]
    if all(isinstance(one, slice) for one in rows):
        return slice(0, len(rows) * count)  # blocks are evaluated together if each is a window
    places = [as_indices(rows[block], count) + block * count for block in blocks]
    return np.concatenate(places)


# Cycles from columns ------------------------------------------------------------------------------


def cycles_of_tickets(
    shapes: Sequence[CycleShape],
    which: Codes,
    known: Columns,
    promised: tuple[NDArray[Any], NDArray[np.bool_]],
    as_of: int,
) -> CycleArrays:
    """The current cycles of a metric, from the columns that stand for their instants.

    Logs have another builder (`log_cycles`), which expands moves and selects them: some 250 ns a
    ticket and metric. Here each array is a column of the table, or a choice of columns: 10 ns.

    Args:
        shapes: The shapes of the cycles.
        which: By row, its shape.
        known: The columns.
        promised: By row, the number of its promises, and whether the contract covers it.
        as_of: The instant at which they are evaluated.
    """
    plans, covered = promised
    start, end = (
        _instants(which, [shape.named(getattr(shape.cycle, part))[0] for shape in shapes], known)
        for part in ("start", "end")
    )
    rows = np.arange(len(which))
    periods = _members(rows, which, [shape.periods for shape in shapes], known)
    phases = np.array([PHASES.index(shape.cycle.phase) for shape in shapes], np.int8)
    return CycleArrays(
        rows,
        rows,
        covered,
        np.full(len(which), as_of),
        phases.take(which),
        start,
        end,
        *periods,
        plans if periods[0] is rows else plans.take(periods[0]),
        *_members(rows, which, [shape.pauses for shape in shapes], known),
    )


def _instants(which: Codes, names: Sequence[str | None], known: Columns) -> Integers:
    """By row, the instant in the column that its shape names; `MISSING` if it names none."""
    different = [*dict.fromkeys(names)]
    if len(different) == 1 and different[0] is not None:
        return known[different[0]]
    instants = np.full(len(which), MISSING, np.int64)
    places = np.array([different.index(name) for name in names], np.int8).take(which)
    for place, name in enumerate(different):
        if name is not None:
            np.copyto(instants, known[name], where=places == place)
    return instants


def _members(
    rows: Codes, which: Codes, members: Sequence[list[tuple[str | None, ...]]], known: Columns
) -> tuple[Integers, Integers, Integers]:
    """The target periods or pauses of all rows, in order: their row, first and second instant.

    Args:
        rows: The rows.
        which: By row, its shape.
        members: By shape, the columns of the first and the second instant of each.
        known: The columns.
    """
    parts = []
    for place in range(max(map(len, members), default=0)):
        has = np.array([len(columns) > place for columns in members])
        owners, shape, columns = rows, which, known
        if not has.all():
            owners = np.flatnonzero(has.take(which))
            shape, columns = which[owners], {name: known[name][owners] for name in known}
        names = [pairs[place] if len(pairs) > place else (None, None) for pairs in members]
        first, second = (
            _instants(shape, [pair[part] for pair in names], columns) for part in (0, 1)
        )
        parts.append((owners, first, second))
    if not parts:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, nothing
    if len(parts) == 1:
        return parts[0]
    # The first of all rows, then the second of all: sort them by row.
    owner, first, second = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(owner, kind="stable")
    return owner[order], first[order], second[order]
