"""Replay many tickets at once with a finite automaton learnt from the clock's state machine.

Theory. What a batch of events does to a ticket depends on the ticket's state and on the events, but
not on when they happen: all that the state machine asks of two instants is which one is later. So
the machine is an automaton. Its input symbols are batches without their instants, its states are
tickets without their history: fields, promises, and the phase of each metric. A transition of the
automaton is called a *step*; its output are the moves that the machine made.

An `Automaton` learns a step when it is first met: the machine is given a ticket in that state, with
an invented past, and the moves that it returns are stored. If it raises an error, or a move does
not fit into the arrays, the step leads to the state `IRREGULAR`, and the ticket is left to a clock.

A state contains only the parts of a ticket that can still affect it; otherwise there would be as
many states as combinations of attributes. An attribute that nothing in the log changes is replaced
by the conditions that it meets.

Read next: `log_cycles`, which runs all tickets of a log through an automaton.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from slacalc._bulk.groups import number_classes
from slacalc._clock.clauses import FieldSet, text_of
from slacalc._clock.cycles import Cycle, Move, Pause, TargetPeriod
from slacalc._clock.events import CREATED, OVERRIDDEN, Event
from slacalc._policy.attribute_tests import CompiledGroup, leaves
from slacalc._policy.attributes import key_of_value, value_text
from slacalc._policy.conditions import OWN_FIELDS
from slacalc._threads import Lock, after_fork
from slacalc._time.instants import to_utc
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from slacalc._clock.declared_fields import DeclaredFields
    from slacalc._clock.state_machine import Machine, MetricState, Moves, TicketState
    from slacalc._columns.arithmetic import Integers
    from slacalc._policy.attribute_tests import CompiledTest, CompiledTests
    from slacalc._policy.attributes import Value
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.tickets import Receipt

    EncodedMoves: TypeAlias = tuple[tuple[int, int], ...]
    """The moves of one metric: each with the number of its rows, or 0 if it has no rows."""

_PAST = 1_000  # microseconds between the invented past and the present
_MAX_CELLS = 1 << 24  # the largest table of steps
_MAX_STEPS = 20_000  # except in long logs: to learn a step costs as much as a few events of a clock
_EVENTS_PER_STEP = 8
_MAX_CODES = 200_000  # of one automaton, before the next log begins with a new one
_WITH_ROWS = frozenset({Move.BEGIN, Move.RETARGET, Move.RETARGET_ANEW, Move.RENAME})


class KnownState(NamedTuple):
    """A state of the automaton.

    Args:
        state: The state of a ticket that is in it.
        receipt: How such a ticket was received.
        now: An instant after its past.
    """

    state: TicketState
    receipt: Receipt
    now: int


class Automaton:
    """The state machine of one version of a policy, as far as it has been learnt.

    Args:
        machine: The machine.
        changing: The attributes that may change after a ticket was opened.

    Attributes:
        next_state: By step, the state that it leads to. Step 0 leads to `IRREGULAR`.
        moves: By step, the moves of each metric.
        covered: By state, whether the contract covers the ticket.
        rows: By metric, the rows that may promise it something; moves refer to them by number.
        steps: By state and code of the batch, the step; -1 if it has not been learnt.
        pausing_events: The types of events that may begin or end a pause.
        lock: To be held while the automaton is used, because it learns.
    """

    _kept: ClassVar[WeakKeyDictionary[Machine, Automaton]] = WeakKeyDictionary()
    IRREGULAR, UNOPENED = 0, 1

    def __init__(self, machine: Machine, changing: frozenset[str]) -> None:
        self.machine, self.changing, self.lock = machine, changing, Lock()
        compiled = machine.compiled
        self._unchanging = _unchanging_attributes(machine, changing)
        self._conditions: dict[Any, Any] = {}
        self._field_sets = compiled.field_sets()
        self._max_steps = _MAX_STEPS
        self._event_codes: dict[Any, int] = {}
        self._events: list[Event | None] = []
        self._batch_codes: dict[tuple[int, ...], int] = {}
        self._batches: list[tuple[int, ...]] = []
        self._receipt_codes: dict[Any, int] = {}
        self._receipts: list[Receipt] = []
        self._states: dict[Any, int] = {}
        self._known: list[KnownState | None] = [None, None]
        self.covered = [True, True]
        self.next_state = np.full(64, self.IRREGULAR, np.int64)  # by step, with room for more
        self.moves: list[tuple[EncodedMoves, ...]] = [((),) * len(compiled.metrics)]
        self.rows: list[list[tuple[MatchedRow, ...]]] = [[] for _ in compiled.metrics]
        self._row_codes: list[dict[tuple[int, ...], int]] = [{} for _ in compiled.metrics]
        self.steps = np.full((16, 64), -1, np.int32)
        self.steps[self.IRREGULAR] = 0
        self.pausing_events = {"paused", "resumed"} | {
            event
            for event, signals in compiled.by_event.items()
            if any(signal.name in ("PAUSE", "RESUME") for _, signal, _ in signals)
        }

    @classmethod
    def of(cls, machine: Machine, changing: frozenset[str]) -> Automaton:
        """The automaton of a machine, cached while the machine lives.

        A call with more attributes that can change replaces it, and so does one that finds it full
        of codes.
        """
        known = cls._kept.get(machine)
        if known is None or not changing <= known.changing or known.is_full:
            changing |= frozenset() if known is None else known.changing
            known = cls._kept[machine] = cls(machine, changing)
        return known

    @classmethod
    def forget_all(cls) -> None:
        """Have automata learnt anew."""
        cls._kept = WeakKeyDictionary()

    @property
    def is_full(self) -> bool:
        """Whether it has so many codes that a new automaton is worth more than what it knows."""
        codes = self._event_codes, self._batch_codes, self._receipt_codes, self._states
        return sum(map(len, codes)) > _MAX_CODES

    def expect(self, events: int) -> None:
        """Allow as many steps as pay off for a log of so many events."""
        self._max_steps = max(self._max_steps, events // _EVENTS_PER_STEP)

    # Codes of the input --------------------------------------------------------------------------

    def event_code(self, event_type: Any, fields: tuple[tuple[str, Any], ...]) -> int:
        """The code of an event without its instant."""
        key = event_type, tuple((name, type(value), value) for name, value in fields)
        try:
            code = self._event_codes.get(key)
        except TypeError:  # a mapping or list as a value, about which a clock decides
            return self.event_code(None, ())
        if code is None:
            code = self._event_codes[key] = len(self._events)
            event: Event | None = None  # which makes every ticket that has it irregular
            if event_type != OVERRIDDEN:
                try:
                    event = Event(to_utc(0), event_type, **dict(fields))
                except SlacalcError:
                    event = None
            self._events.append(event)
        return code

    def without_differences(self, name: str, values: Sequence[Any]) -> Integers | None:
        """By value of a field, the place of one that no condition distinguishes from it.

        Only fields that are tested by ranges, patterns or tags may have more values than an
        automaton has room for; None for others: all are different. The last place is that of the
        missing value, -1.

        Args:
            name: The field.
            values: The values.
        """
        matcher, sets = self.machine.matcher, self._field_sets.get(name, ())
        attribute, declared = matcher.policy.attributes.get(name), self.machine.declared
        if declared is not None and name not in self.machine.compiled.used_fields:
            return None if name in OWN_FIELDS else _refused(declared, name, values)
        field = attribute or (declared.restricted.get(name) if declared else None)
        is_open = attribute is not None and name in matcher.open_attributes
        if not (is_open or (attribute is None and any(map(_is_field_set, sets)))):
            return None
        seen: dict[Any, int] = {}
        firsts = np.full(len(values) + 1, -1, np.int64)
        tests = matcher.tests_by_name.get(name, ())
        places = number_classes(field, values, [*sets, *(test.passing for test in tests)])
        if places is not None:
            codes, of_classes = places
            firsts[:-1] = np.array(of_classes)[codes]
            return firsts
        for place, raw in enumerate(values):
            try:
                value = raw if field is None else field.read(name, raw)
                if field is not attribute:
                    value = raw  # declared fields are compared as they are
                text = text_of(value)
                key: Any = (
                    None if attribute is None else matcher.key_of(name, value),
                    *(text in each and (_is_field_set(each) or text) for each in sets),
                )
                firsts[place] = seen.setdefault(key, place)
            except (SlacalcError, TypeError):  # about which a clock decides
                firsts[place] = place
        return firsts

    def step_code(self, events: tuple[int, ...]) -> int:
        """The code of a batch of events.

        Args:
            events: The codes of its events. The first batch of a ticket has -1, the code of its
                receipt and that of its creation, or -1, before them.
        """
        code = self._batch_codes.get(events)
        if code is None:
            code = self._batch_codes[events] = len(self._batches)
            self._batches.append(events)
        return code

    def batch(self, code: int) -> tuple[int, ...]:
        """The codes of the events of a batch."""
        return self._batches[code]

    def receipt_code(self, key: Any, at: int) -> int:
        """The code of a kind of receipt; *at* is the instant of an example."""
        code = self._receipt_codes.get(key)
        if code is None:
            code = self._receipt_codes[key] = len(self._receipts)
            self._receipts.append(self.machine.matcher.receipt(at))
        return code

    # Steps ---------------------------------------------------------------------------------------

    def grow(self) -> None:
        """Make the table of steps large enough for all states and batches."""
        states, batches = self.steps.shape
        need = len(self._known) + 1, len(self._batches) + 1
        if need[0] > states or need[1] > batches:
            shape = max(states, need[0] * 5 // 4), max(batches, need[1] * 5 // 4)
            larger = np.full(shape, -1, np.int32)
            larger[:states, :batches] = self.steps
            larger[self.IRREGULAR] = 0
            self.steps = larger

    def learn(self, state: int, code: int) -> None:
        """Learn what a batch does to a ticket in a state."""
        self.grow()
        step = 0
        if len(self.moves) < self._max_steps and self.steps.size < _MAX_CELLS:
            try:
                learnt = self._run(state, self._batches[code])
            except SlacalcError:  # which the clock of the ticket raises again
                learnt = None
            if learnt is not None:
                step = len(self.moves)
                if step == len(self.next_state):
                    self.next_state = np.concatenate([self.next_state, self.next_state])
                self.next_state[step] = learnt[0]
                self.moves.append(learnt[1])
        self.grow()
        self.steps[state, code] = step

    def _run(
        self, state: int, codes: tuple[int, ...]
    ) -> tuple[int, tuple[EncodedMoves, ...]] | None:
        """Run the machine: the state that a batch leads to, and its moves; None if irregular."""
        machine, known = self.machine, self._known[state]
        receipt = self._receipts[codes[1]] if known is None else known.receipt
        events = [self._events[code] for code in (codes[3:] if known is None else codes)]
        batch = [event for event in events if event is not None]
        if len(batch) < len(events):
            return None
        opening: Moves = {}
        if known is None:
            now = receipt.instant
            creation = self._events[codes[2]] if codes[2] >= 0 else None
            fields = creation.fields if creation else {}
            before, opening = machine.open(fields, receipt, Event(to_utc(now), CREATED))
        else:
            now, before = known.now, known.state
        machine.check_each(before, receipt, batch)
        after, moves = machine.advance(before, receipt, now, batch)
        encoded = []
        for place in range(len(after.metrics)):
            made = [*opening.get(place, ()), *moves.get(place, ())]
            # Sequential cycles start at other instants; a due date set by hand has no number.
            if any(at != now or move is Move.OVERRIDE for move, at, _ in made):
                return None
            encoded.append(
                tuple(
                    (int(move), self._row_code(place, value) if move in _WITH_ROWS else 0)
                    for move, _, value in made
                )
            )
        return self._state_code(after, receipt, now), tuple(encoded)

    def _state_code(self, state: TicketState, receipt: Receipt, now: int) -> int:
        """The code of a state, without its history."""
        metrics = tuple(_without_history(metric, now) for metric in state.metrics)
        key = (
            id(receipt),
            self._relevant_fields(state.raw_fields),
            state.covered,
            tuple(
                (
                    metric.cycles[-1].phase,
                    metric.cycles[-1].start is None,
                    metric.cycles[-1].stopped_by,
                    tuple([self._row_code(place, one.rows) for one in metric.cycles[-1].periods]),
                    *metric[1:],
                )
                for place, metric in enumerate(metrics)
            ),
        )
        code = self._states.get(key)
        if code is None:
            code = self._states[key] = len(self._known)
            example = state._replace(metrics=metrics)
            self._known.append(KnownState(example, receipt, now + 2 * _PAST))
            self.covered.append(state.covered)
        return code

    def _relevant_fields(self, raw_fields: Mapping[str, Any]) -> Any:
        """The parts of a ticket's fields that can still affect it."""
        fields = sorted((name, type(value).__name__, value) for name, value in raw_fields.items())
        unchanging = tuple([field for field in fields if field[0] in self._unchanging])
        conditions = self._conditions.get(unchanging)
        if conditions is None:
            conditions = self._conditions[unchanging] = self._open_conditions(raw_fields)
        return tuple([field for field in fields if field[0] not in self._unchanging]), conditions

    def _open_conditions(self, raw_fields: Mapping[str, Any]) -> tuple[Any, ...]:
        """Of all conditions of the policy, those that depend on attributes that may change.

        Beside them the calendars that the others choose.
        """
        matcher = self.machine.matcher
        values = matcher.read(raw_fields)
        lacking = [
            test.name
            for term in matcher.policy.coverage
            for test in leaves(matcher.tests_of(term))
            if test.name in self._unchanging and test.name not in values
        ]
        calendars = [
            choice.name_for(value_text(values[choice.field]) if choice.field in values else None)
            for choice in matcher.calendar_choices
            if choice.field in self._unchanging
        ]
        rows = matcher.tests.values()
        conditions = (self._open_conditions_of(row, values) for row in rows)
        return tuple(lacking), tuple(calendars), *conditions

    def _open_conditions_of(self, tests: CompiledTests, values: Mapping[str, Value]) -> Any:
        """The undecided conditions of a row; None if one already fails."""
        left: list[Any] = []
        for place, test in enumerate(tests):
            if isinstance(test, CompiledGroup):
                # What is decided inside a group is kept as well, as it may not decide the group.
                left.append(tuple(self._state_of(leaf, values) for leaf in leaves([test])))
                continue
            state = self._state_of(test, values)
            if state is False or state is None:
                return None
            if state is not True:
                left.append(place if state == "open" else state)
        return tuple(left)

    def _state_of(self, test: CompiledTest, values: Mapping[str, Value]) -> Any:
        """Whether a condition is met; None if it never will be either way; else what it awaits."""
        name = test.name
        if name not in self._unchanging:
            return "open"
        if name in values:
            return (key_of_value(values[name]) in test.passing) is not test.negated
        if self.machine.matcher.policy.attributes[name].optional:
            return None
        return (name,)  # an error, unless another condition is not met

    def _row_code(self, metric: int, rows: tuple[MatchedRow, ...]) -> int:
        """The code of a set of rows, among those that may promise a metric something."""
        ids = tuple(map(id, rows))
        code = self._row_codes[metric].get(ids)
        if code is None:
            code = self._row_codes[metric][ids] = len(self.rows[metric])
            self.rows[metric].append(rows)
        return code


def _refused(declared: DeclaredFields, name: str, values: Sequence[Any]) -> Integers:
    """The values of a field without conditions that differ: those for which events are refused."""
    firsts = np.full(len(values) + 1, -1, np.int64)
    if name not in declared.names:
        firsts[:-1] = 0
    elif declared.concerns(name):
        for place, value in enumerate(values):
            if not declared.accepts(name, value):
                firsts[place] = place
    return firsts


def _is_field_set(values: Any) -> bool:
    return isinstance(values, FieldSet)


def _unchanging_attributes(machine: Machine, changing: frozenset[str]) -> frozenset[str]:
    """The attributes that never change, and that only the conditions of rows depend on."""
    attributes = machine.matcher.policy.attributes
    used = set(changing) | machine.compiled.condition_fields
    while True:
        derived = (
            {name, *attribute.by}
            for name, attribute in attributes.items()
            if attribute.by and not used.isdisjoint({name, *attribute.by})
        )
        more = used.union(*derived)
        if more == used:
            return frozenset(attributes) - used
        used = more


def _without_history(metric: MetricState, now: int) -> MetricState:
    """A metric with the same future and an invented past: one cycle, started just before."""
    cycle = metric.cycles[-1]
    end = None if cycle.end is None else now + _PAST // 2
    pauses: tuple[Pause, ...] = ()
    periods: tuple[TargetPeriod, ...] = ()
    start = None
    if cycle.start is not None:
        start, periods = now, (TargetPeriod(now, now, cycle.periods[-1].rows),)
        if metric.pause_reason:
            pauses = (Pause(now + 1, None, metric.pause_reason),)
    invented = Cycle(1, cycle.phase, start, end, cycle.stopped_by, pauses, periods)
    return metric._replace(cycles=(invented,))


after_fork(Automaton.forget_all)  # another thread may have been learning
