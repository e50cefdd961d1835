"""The state machine, keeping records of what it does.

A `Recorder` is the machine itself: around each of its steps it notes the signal or the rule that
was applied, the phase in which the cycle was found, and the moves that were made. It costs time
that a clock should not take, so only traces use it.

Read next: `trace`.
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._clock.cycles import Move, Phase
from slacalc._clock.events import CREATED, OVERRIDDEN, Event, instant_of
from slacalc._clock.state_machine import Machine
from slacalc._time.instants import to_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from slacalc._clock.clauses import CompiledClause
    from slacalc._clock.compiled_metrics import CompiledMetric
    from slacalc._clock.cycles import Signal
    from slacalc._clock.state_machine import Moves, Step, TicketState
    from slacalc._policy.data import PolicyData

_CONDITIONS = ("start", "stop", "pause", "held_by", "resume", "cancel", "reset", "reopen")


class RecordedStep(NamedTuple):
    """What a step of the machine did to a metric.

    Args:
        place: The metric.
        key: The signal, or the rule of the metric that was applied.
        phase: The phase in which it found the current cycle.
        moves: The moves that it made.
    """

    place: int
    key: str
    phase: Phase
    moves: tuple[tuple[Move, int, Any], ...]


class Batch(NamedTuple):
    """The events of an instant, and what the machine made of them.

    Args:
        at: The instant.
        events: The events; none when a cap on pauses is used up.
        numbers: Their numbers; without events that of the last one before.
        before: The state before them.
        after: The state after them.
        records: What the machine did, in order.
        opens: Whether this is the opening of the ticket.
    """

    at: int
    events: tuple[Event, ...]
    numbers: tuple[int, ...]
    before: TicketState
    after: TicketState
    records: tuple[RecordedStep, ...] = ()
    opens: bool = False


class Recorder(Machine):
    """A state machine that keeps records of what it does.

    Attributes:
        conditions: By metric its conditions: their keys, and their clauses.
        records: What it has done since they were last taken.
    """

    def __init__(self, policy: PolicyData) -> None:
        super().__init__(policy)
        self.records: list[RecordedStep] = []
        keyed: list[list[tuple[str, CompiledClause]]] = [
            [
                *((signal.name.lower(), clause) for signal, clause in metric.clauses),
                *(("pause", clause) for clause in metric.pauses),
                *(("held_by", clause) for clause in metric.holders),
            ]
            for metric in self.compiled.metrics
        ]
        for signals in self.compiled.by_event.values():
            for place, signal, clause in signals:
                keyed[place].append((signal.name.lower(), clause))
        self.conditions = [
            sorted(pairs, key=lambda pair: _CONDITIONS.index(pair[0])) for pairs in keyed
        ]

    def batches(
        self, ticket: Mapping[str, Any], opened: int, log: Sequence[Event], until: int
    ) -> Iterator[Batch]:
        """Replay the log of a ticket up to an instant."""
        receipt = self.matcher.receipt(opened)
        created = Event(to_utc(opened), CREATED)
        state, _ = self.open(ticket, receipt, created)
        yield Batch(opened, (created,), (0,), self._unopened, state, self._take(), opens=True)
        number = 0
        for at, group in groupby(enumerate(log, 1), key=lambda pair: instant_of(pair[1])):
            if at > until:
                break
            pairs = tuple(group)
            while (end := self.next_wake(state)) is not None and end <= at:
                before, state = state, self.wake(state, end)
                yield Batch(end, (), (number,), before, state, self._take())
            before, number = state, pairs[-1][0]
            state, _ = self.advance(before, receipt, at, tuple(event for _, event in pairs))
            if at == opened:  # the opening has given the signals of the ticket's creation
                others = tuple(pair for pair in pairs if pair[1].type != CREATED)
                pairs = others or (pairs if state.fields != before.fields else ())
            numbers, events = tuple(zip(*pairs, strict=True)) or ((), ())
            yield Batch(at, events, numbers, before, state, self._take())
        while (end := self.next_wake(state)) is not None and end <= until:
            before, state = state, self.wake(state, end)
            yield Batch(end, (), (number,), before, state, self._take())

    def _take(self) -> tuple[RecordedStep, ...]:
        records = tuple(self.records)
        self.records.clear()
        return records

    def _record(self, key: str, step: Step, places: Iterable[int], act: Callable[[], None]) -> None:
        before = [
            (place, step.metrics[place].cycles[-1].phase, len(step.moves.get(place, ())))
            for place in places
        ]
        act()
        for place, phase, count in before:
            moves = tuple(step.moves.get(place, ())[count:])
            self.records.append(RecordedStep(place, key, phase, moves))

    def _run(
        self, before: TicketState, state: TicketState, *rest: Any
    ) -> tuple[TicketState, Moves]:
        after, moves = super()._run(before, state, *rest)
        for place, made in moves.items():
            overrides = tuple(each for each in made if each[0] is Move.OVERRIDE)
            if overrides:
                phase = after.metrics[place].cycles[-1].phase
                self.records.append(RecordedStep(place, OVERRIDDEN, phase, overrides))
        return after, moves

    def _apply(self, metric: CompiledMetric, signal: Signal, step: Step) -> None:
        act = partial(super()._apply, metric, signal, step)
        self._record(signal.name.lower(), step, (metric.place,), act)

    def _retarget(self, metric: CompiledMetric, step: Step) -> None:  # type: ignore[override] # it needs self
        self._record("on_change", step, (metric.place,), partial(super()._retarget, metric, step))

    def _update_pause(self, metric: CompiledMetric, step: Step) -> None:  # type: ignore[override] # it needs self
        self._record("pause", step, (metric.place,), partial(super()._update_pause, metric, step))

    def _settle_owed(self, step: Step) -> None:
        places = [metric.place for metric in self.compiled.until]
        self._record("until", step, places, partial(super()._settle_owed, step))

    def _apply_caps(self, step: Step) -> None:
        self._record("cap", step, self.compiled.capped, partial(super()._apply_caps, step))
