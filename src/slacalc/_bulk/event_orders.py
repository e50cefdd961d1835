"""The cycles of a table's rows, by one run of the state machine for each order of their events.

What becomes of a cycle follows from the order of its events and from the ticket's fields; how long
anything takes matters for due dates only. So rows with the same fields whose events come in the
same order have cycles of the same *shape*: a cycle whose instants stand for columns. The machine
makes one of each shape that occurs, with ranks in place of instants, and `ticket_states` puts the
columns into their places.

Two kinds of cycles are an exception, because no order of events says when they start or run:
sequential ones but for the first, which start when the last one was due, and those whose pauses
have caps.

Read next: `ticket_states`.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.groups import CodeCombiner
from slacalc._clock.compiled_metrics import START, STOP
from slacalc._clock.cycles import Cycle, Signal
from slacalc._clock.events import CREATED, Event
from slacalc._clock.state_machine import Machine
from slacalc._columns.kernel import MISSING
from slacalc._time.instants import SECOND, to_utc

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._clock.clauses import FieldText
    from slacalc._clock.state_machine import MetricState, TicketState
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._policy.matching import MatchedRow, Matcher
    from slacalc._policy.tickets import Receipt

_MOST_SHAPES = 20_000
ENDS = {START: Signal.START, STOP: Signal.STOP}


class CycleShape(NamedTuple):
    """The current cycle of a metric, for all rows with the same order of events.

    Args:
        cycle: The cycle; its instants are ranks.
        columns: The column of each rank.
        is_complete: Whether the cycle follows from the order of events alone.
        earlier: The last cycle that has started, if the current one has not; otherwise None.
    """

    cycle: Cycle
    columns: Mapping[int, str]
    is_complete: bool = True
    earlier: Cycle | None = None

    def named(self, *ranks: int | None) -> tuple[str | None, ...]:
        """The columns of ranks; None for None."""
        return tuple(None if rank is None else self.columns[rank] for rank in ranks)

    @property
    def periods(self) -> list[tuple[str | None, ...]]:
        """The columns at which each target period begins, and from which it counts."""
        return [self.named(one.since, one.counted_from) for one in self.cycle.periods]

    @property
    def pauses(self) -> list[tuple[str | None, ...]]:
        """The columns at which each pause begins and ends; pauses that touch are one."""
        merged: list[tuple[int, int | None]] = []
        for pause in self.cycle.pauses:
            touches = merged and merged[-1][1] == pause.start
            merged.append((merged.pop()[0] if touches else pause.start, pause.end))
        return [self.named(*ranks) for ranks in merged]

    def filled(self, instants: Mapping[str, int], rows: tuple[MatchedRow, ...]) -> Cycle:
        """The cycle of one row of the table.

        Args:
            instants: The instants in its columns.
            rows: The matched rows that promise it something.
        """

        def at(rank: Any) -> Any:
            return None if rank is None else instants[self.columns[rank]]

        cycle = self.cycle
        return cycle._replace(
            start=at(cycle.start),
            end=at(cycle.end),
            pauses=tuple(
                one._replace(start=at(one.start), end=at(one.end)) for one in cycle.pauses
            ),
            periods=tuple(
                one._replace(since=at(one.since), counted_from=at(one.counted_from), rows=rows)
                for one in cycle.periods
            ),
        )


class ColumnMachine:
    """A state machine whose events are the event columns of a table.

    Args:
        matcher: The matcher of one version of a policy.
        columns: The names of the event columns: types of events, or metrics with START or STOP.
    """

    def __init__(self, matcher: Matcher, columns: Sequence[str]) -> None:
        self.machine = Machine(matcher.policy)  # its own, with events that no other one has
        self._compiled = self.machine.compiled
        for metric in self._compiled.metrics:
            for ending, signal in ENDS.items():
                if metric.name + ending in columns:
                    self.machine.listen(metric.name + ending, metric.place, signal)
        self._columns = [name for name in columns if name in self._compiled.by_event]
        self._known: dict[Any, CycleShape] = {}
        self._concerning: dict[int, tuple[list[str], list[str]]] = {}

    @property
    def is_full(self) -> bool:
        """Whether it knows so many shapes that a new machine is worth more than what it knows."""
        return len(self._known) > _MOST_SHAPES

    @staticmethod
    def event_columns(matcher: Matcher) -> list[str]:
        """The names of the event columns that a policy can use."""
        return matcher.policy.compiled(Machine).compiled.event_columns

    @staticmethod
    def end_columns(matcher: Matcher) -> dict[tuple[str, str], list[str]]:
        """By metric and START or STOP, the columns of which one has to say when it does so."""
        compiled = matcher.policy.compiled(Machine).compiled
        return {
            (metric.name, ending): [
                *compiled.events_of(metric.place, signal),
                metric.name + ending,
            ]
            for metric in compiled.metrics
            for ending, signal in ENDS.items()
        }

    def field_sets(self) -> Mapping[str, Sequence[Container[Any]]]:
        """By field, the sets of values that conditions test."""
        return self._compiled.field_sets()

    @property
    def fields(self) -> frozenset[str]:
        """The fields that matter."""
        return frozenset(self._compiled.used_fields)

    def _with_predecessors(self, place: int) -> set[int]:
        """A metric, and all whose stop decides whether it starts, or is owed."""
        known, left = {place}, [place]
        while left:
            metric = self._compiled.metrics[left.pop()]
            until = () if metric.until is None else (metric.until,)
            fresh = {*metric.starts_after, *until} - known
            known |= fresh
            left += fresh
        return known

    def columns_of(self, place: int) -> list[str]:
        """The event columns that concern a metric."""
        return self._names_concerning(place)[0]

    def fields_of(self, place: int) -> list[str]:
        """The fields on which the shapes of a metric depend."""
        return self._names_concerning(place)[1]

    def _names_concerning(self, place: int) -> tuple[list[str], list[str]]:
        """The event columns and the fields that concern a metric."""
        if place not in self._concerning:
            places, by_event = self._with_predecessors(place), self._compiled.by_event
            columns = [
                name for name in self._columns if any(one[0] in places for one in by_event[name])
            ]
            names = [name for one in places for name in self._compiled.metrics[one].fields]
            for signals in by_event.values():
                clauses = [clause for one, _, clause in signals if one in places]
                names += [name for clause in clauses for name in clause.names]
            self._concerning[place] = columns, sorted(set(names))
        return self._concerning[place]

    def shapes(
        self,
        place: int,
        fields: Sequence[Mapping[str, FieldText]],
        kinds: Codes,
        created: Integers,
        events: Mapping[str, Integers],
    ) -> tuple[list[CycleShape], Codes]:
        """The shapes of a metric, and which of them each row has.

        Args:
            place: The metric.
            fields: The different fields of tickets.
            kinds: By row, the number of its fields.
            created: By row, the instant at which it came in.
            events: The event columns that concern the metric; MISSING if an event has not happened.
        """
        radix = CodeCombiner(len(created))
        radix.add(np.arange(len(fields)), len(fields), kinds)
        names = [*events]
        for at, name in enumerate(names):
            column = events[name]
            radix.add(np.arange(3), 3, _order(column, created))
            for other in names[:at]:
                radix.add(np.arange(3), 3, _order(column, events[other]))
        codes, any_row = radix.dense()
        of_kinds = [tuple(map(each.get, self.fields_of(place))) for each in fields]
        numbers: dict[Any, int] = {}
        shapes: list[CycleShape] = []
        which = np.empty(len(any_row), np.intp)
        for code, row in enumerate(any_row.tolist()):
            happened = {
                name: int(events[name][row]) for name in names if events[name][row] != MISSING
            }
            kind, at = int(kinds[row]), int(created[row])
            ranks = sorted({at, *happened.values()})
            key = place, of_kinds[kind], *((name, ranks.index(happened[name])) for name in happened)
            if key not in self._known:
                self._known[key] = self._shape(place, fields[kind], at, happened)
            if key not in numbers:
                numbers[key] = len(shapes)
                shapes.append(self._known[key])
            which[code] = numbers[key]
        return shapes, which.take(codes)

    def run(
        self, place: int, raw_fields: Mapping[str, Any], instants: Mapping[str, int], as_of: int
    ) -> MetricState:
        """The state of a metric of one row.

        Args:
            place: The metric.
            raw_fields: The fields of the ticket.
            instants: The instants in its columns, with that of its creation.
            as_of: The instant at which the cycle is wanted.
        """
        machine, created = self.machine, instants[CREATED]
        receipt = machine.matcher.receipt(created)
        state, _ = machine.open(raw_fields, receipt, Event(to_utc(created), CREATED))
        happened = {name: at for name, at in instants.items() if at != MISSING}
        log = [(at, name) for name, at in happened.items() if name in self._columns]
        return machine.wake(self._advance(state, receipt, log), as_of).metrics[place]

    def _advance(
        self, state: TicketState, receipt: Receipt, log: list[tuple[int, str]]
    ) -> TicketState:
        """The state after events, given by their instants and types."""
        for at, batch in groupby(sorted(log, key=itemgetter(0)), key=itemgetter(0)):
            events = tuple(Event(to_utc(at), name) for _, name in batch)
            state, _ = self.machine.advance(state, receipt, at, events)
        return state

    def _shape(
        self, place: int, fields: Mapping[str, FieldText], created: int, happened: Mapping[str, int]
    ) -> CycleShape:
        """The shape of one row, made by the machine with ranks in place of instants."""
        at = sorted({created, *happened.values()})
        ranks = {instant: rank * SECOND for rank, instant in enumerate(at)}
        columns = {ranks[instant]: name for name, instant in reversed([*happened.items()])}
        columns[ranks[created]] = CREATED
        first = ranks[created]
        log = [(ranks[instant], name) for name, instant in happened.items()]
        state = self.machine.open_without_promises(fields, first)
        receipt = self.machine.matcher.receipt(first)
        metric = self._advance(state, receipt, log).metrics[place]
        is_sequential = self._compiled.metrics[place].repeat == "sequential"
        is_capped = place in self._compiled.capped
        if (is_sequential and len(metric.cycles) > 1) or (
            is_capped and any(cycle.pauses for cycle in metric.cycles)
        ):
            return CycleShape(Cycle(), {}, is_complete=False)
        begun = [cycle for cycle in metric.cycles if cycle.start is not None]
        earlier = begun[-1] if begun and metric.cycles[-1].start is None else None
        return CycleShape(metric.cycles[-1], columns, earlier=earlier)


def _order(left: Integers, right: Integers) -> NDArray[np.uint8]:
    """0, 1 or 2 for a value that is less than the other, equal or greater; MISSING is the least."""
    order: NDArray[np.uint8] = np.greater(left, right).view(np.uint8)
    order += np.greater_equal(left, right).view(np.uint8)
    return order
