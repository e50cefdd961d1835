"""What events make of many tickets at once, by asking the machine once for each thing that differs.

Theory. What a batch of events does to a ticket depends on its state and on what the events say, but
not on when they come: of two batches one is the later, and that is all the machine asks. So the
machine is an automaton over *letters*, which are batches without their instant, and its states are
tickets without their history: what they bear, what they are promised, and in which phase each
metric is. An `Automaton` learns it as it is met. To learn a step, the machine itself is given a
ticket in that state, with a past made up; what it did is put down as `Op`, moves of a cycle; and
these moves are made again, by the methods of `Cycle`, to see that they come to the very same. Where
they do not, or where the machine refuses, the ticket is *odd* and left to its clock.

What a ticket bears is cut down to what may still matter, or states would be as many as there are
combinations of attributes. Of attributes that nothing in the log ever changes remains which
conditions of the policy they meet.

Then a million events are a million look-ups, done for all tickets in step: first batches, second
batches, and so on. The moves with their instants, in order, are all that is left of the log, and
`CycleArrays` are read off them.
"""

from __future__ import annotations

import threading
from enum import IntEnum
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from slacalc._clock.cycles import LIVE, Cycle, Pause, Phase, TargetPeriod
from slacalc._clock.events import CREATED, OVERRIDDEN, Event
from slacalc._clock.state_machine import Machine, MetricState
from slacalc._policy.attributes import key_of_value
from slacalc._time.instants import to_utc
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slacalc._clock.compiled_metrics import CompiledMetric
    from slacalc._clock.state_machine import State
    from slacalc._policy.attributes import Value
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.tickets import Receipt

    Move: TypeAlias = tuple[int, int]
    Moves: TypeAlias = tuple[Move, ...]

_PAST = 1_000  # microseconds between the made-up past and the present
_PHASES = (*Phase,)
_CELLS = 1 << 25  # of the table of steps
_MOST = 20_000  # steps to learn, but for long logs: a step costs as much as the clock's few
_EVENTS_A_STEP = 8


class Op(IntEnum):
    """A move of a cycle; those with an argument say what it is."""

    NEW = 0  # another cycle
    BEGIN = 1  # which rows promise it
    REST = 2  # 1 to rest, 0 to run
    END = 3  # the place of a phase
    WAKE = 4  # 1 to rest, 0 to run
    STINT = 5  # which rows promise it from now on
    ANEW = 6  # the same, for the time from now on
    TELL = 7  # which rows promise it in other words
    WAIT = 8  # cancelled before its start, and not any longer


_OF_ROWS = frozenset({Op.BEGIN, Op.STINT, Op.ANEW, Op.TELL})


class Known(NamedTuple):
    """A state that the automaton has been in.

    Args:
        state: A ticket in it.
        receipt: How such a ticket was received.
        now: An instant after its past.
    """

    state: State
    receipt: Receipt
    now: int


class Automaton:
    """The machine of one version of a policy, as far as it was learned.

    Args:
        machine: The machine.
        moving: The attributes that may change after a ticket was opened.

    Attributes:
        after: For each step, the state after it. Step 0 leads from state 0 there: what is odd.
        moves: For each step and metric, its moves.
        covered: For each state, whether the contract covers the ticket.
        found: For each metric, the rows that may promise it something.
        resting: The types of events that may begin or end a rest.
        lock: To be held while it is asked, since it learns.
    """

    _kept: ClassVar[WeakKeyDictionary[Machine, Automaton]] = WeakKeyDictionary()
    ODD, UNBORN = 0, 1

    def __init__(self, machine: Machine, moving: frozenset[str]) -> None:
        self.machine, self.moving, self.lock = machine, moving, threading.Lock()
        gears = machine.gears
        self._fixed = _fixed(machine, moving)
        self._met: dict[Any, Any] = {}
        self._most = _MOST
        self._words: dict[Any, int] = {}
        self._events: list[Event | None] = []
        self._letters: dict[tuple[int, ...], int] = {}
        self._batches: list[tuple[int, ...]] = []
        self._receipts: dict[Any, int] = {}
        self._received: list[Receipt] = []
        self._states: dict[Any, int] = {}
        self._known: list[Known | None] = [None, None]
        self.covered = [True, True]
        self.after = [self.ODD]
        self.moves: list[tuple[Moves, ...]] = [((),) * len(gears.all)]
        self.found: list[list[tuple[MatchedRow, ...]]] = [[] for _ in gears.all]
        self._found: list[dict[tuple[int, ...], int]] = [{} for _ in gears.all]
        self.steps = np.full((16, 64), -1, np.int32)
        self.steps[self.ODD] = 0
        rests = {"paused", "resumed"}
        rests |= {
            kind
            for kind, heard in gears.by_event.items()
            if any(signal.name in ("PAUSE", "RESUME") for _, signal, _ in heard)
        }
        self.resting = rests

    @classmethod
    def of(cls, machine: Machine, moving: frozenset[str]) -> Automaton:
        """That of a machine, kept for as long as the machine is, or until more is moving."""
        known = cls._kept.get(machine)
        if known is None or not moving <= known.moving:
            moving |= frozenset() if known is None else known.moving
            known = cls._kept[machine] = cls(machine, moving)
        return known

    def expect(self, events: int) -> None:
        """Be ready for a log of so many events."""
        self._most = max(self._most, events // _EVENTS_A_STEP)

    # Letters -------------------------------------------------------------------------------------

    def word(self, kind: Any, fields: tuple[tuple[str, Any], ...]) -> int:
        """The place of what an event says; one that cannot be read makes its ticket odd."""
        key = kind, tuple((name, type(one), one) for name, one in fields)
        place = self._words.get(key)
        if place is None:
            place = self._words[key] = len(self._events)
            event: Event | None = None
            if kind != OVERRIDDEN:
                try:
                    event = Event(to_utc(0), kind, **dict(fields))
                except SlacalcError:
                    event = None
            self._events.append(event)
        return place

    def letter(self, words: tuple[int, ...]) -> int:
        """The place of a batch; of one that opens a ticket, with -1, receipt and creation first."""
        place = self._letters.get(words)
        if place is None:
            place = self._letters[words] = len(self._batches)
            self._batches.append(words)
        return place

    def batch(self, letter: int) -> tuple[int, ...]:
        """The words of a letter."""
        return self._batches[letter]

    def receipt(self, key: Any, at: int) -> int:
        """The place of a kind of receipt, of which one at an instant stands for all."""
        place = self._receipts.get(key)
        if place is None:
            place = self._receipts[key] = len(self._received)
            self._received.append(self.machine.matcher.receipt(at))
        return place

    # Steps ---------------------------------------------------------------------------------------

    def reach(self) -> None:
        """Make the table of steps large enough for all states and letters."""
        states, letters = self.steps.shape
        need = len(self._known) + 1, len(self._batches) + 1
        if need[0] > states or need[1] > letters:
            shape = max(states, need[0] * 5 // 4), max(letters, need[1] * 5 // 4)
            larger = np.full(shape, -1, np.int32)
            larger[:states, :letters] = self.steps
            larger[self.ODD] = 0
            self.steps = larger

    def learn(self, state: int, letter: int) -> None:
        """Learn what a batch does to a ticket in a state."""
        self.reach()
        step = 0
        if len(self.after) < self._most and self.steps.size < _CELLS:
            try:
                learned = self._stepped(state, self._batches[letter])
            except SlacalcError:  # which the clock will raise
                learned = None
            if learned is not None:
                step = len(self.after)
                self.after.append(learned[0])
                self.moves.append(learned[1])
        self.reach()
        self.steps[state, letter] = step

    def _stepped(self, place: int, words: tuple[int, ...]) -> tuple[int, tuple[Moves, ...]] | None:
        machine, known = self.machine, self._known[place]
        receipt = self._received[words[1]] if known is None else known.receipt
        events = [self._events[word] for word in (words[3:] if known is None else words)]
        batch = [event for event in events if event is not None]
        if len(batch) < len(events):
            return None
        if known is None:
            now = receipt.instant
            creation = self._events[words[2]] if words[2] >= 0 else None
            fields = creation.fields if creation else {}
            before = machine.opened(fields, receipt, Event(to_utc(now), CREATED))
            was = (MetricState(),) * len(machine.gears.all)
        else:
            now, before, was = known.now, known.state, known.state.metrics
        after = machine.advanced(before, receipt, now, batch)
        moves = []
        for gear, one, other in zip(machine.gears.all, was, after.metrics, strict=True):
            made = self._moves(gear, one, other, now)
            if made is None:
                return None
            moves.append(made)
        return self._place(after, receipt, now), tuple(moves)

    def _place(self, state: State, receipt: Receipt, now: int) -> int:
        """The place of a state, its history forgotten."""
        metrics = tuple(_forgotten(one, now) for one in state.metrics)
        key = (
            id(receipt),
            self._bearing(state.given),
            state.covered,
            tuple(
                (
                    one.cycles[-1].phase,
                    one.cycles[-1].start is None,
                    one.cycles[-1].stopped_by,
                    tuple([self._row(place, stint.found) for stint in one.cycles[-1].stints]),
                    *one[1:],
                )
                for place, one in enumerate(metrics)
            ),
        )
        place = self._states.get(key)
        if place is None:
            place = self._states[key] = len(self._known)
            then = state._replace(metrics=metrics)
            self._known.append(Known(then, receipt, now + 2 * _PAST))
            self.covered.append(state.covered)
        return place

    def _bearing(self, given: Mapping[str, Any]) -> Any:
        """What of a ticket's fields may still matter."""
        bears = sorted((name, type(one).__name__, one) for name, one in given.items())
        fixed = tuple([one for one in bears if one[0] in self._fixed])
        met = self._met.get(fixed)
        if met is None:
            met = self._met[fixed] = self._conditions_met(given)
        return tuple([one for one in bears if one[0] not in self._fixed]), met

    def _conditions_met(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """Of all conditions of the policy, what is left to ask of attributes that may change."""
        matcher = self.machine.matcher
        values = matcher.read(given)
        lacking = [
            question.name
            for term in matcher.policy.coverage
            for question in matcher.tests_of(term)
            if question.name in self._fixed and question.name not in values
        ]
        return tuple(lacking), *(self._left(one, values) for one in matcher.tests.values())

    def _left(self, questions: Sequence[Any], values: Mapping[str, Value]) -> Any:
        """What is left of the conditions of a row; None where one of them is not met."""
        left: list[int | str] = []
        for place, one in enumerate(questions):
            if one.name not in self._fixed:
                left.append(place)
            elif one.name in values:
                if (key_of_value(values[one.name]) in one.passing) is one.negated:
                    return None
            elif self.machine.matcher.policy.attributes[one.name].optional:
                return None
            else:
                left.append(one.name)  # which is an error, unless another one is not met
        return tuple(left)

    def _row(self, place: int, found: tuple[MatchedRow, ...]) -> int:
        """The place of rows among those that may promise a metric something."""
        ids = tuple(map(id, found))
        known = self._found[place].get(ids)
        if known is None:
            known = self._found[place][ids] = len(self.found[place])
            self.found[place].append(found)
        return known

    # Moves ---------------------------------------------------------------------------------------

    def _moves(
        self, gear: CompiledMetric, was: MetricState, then: MetricState, now: int
    ) -> Moves | None:
        """What the machine did to a metric; None where it cannot be told in moves."""
        last = len(was.cycles) - 1
        made = self._told(gear, was.cycles[last], then.cycles[last], now)
        for cycle in then.cycles[last + 1 :]:
            more = self._told(gear, Cycle(), cycle, now)
            if made is None or more is None:
                return None
            made = (*made, (Op.NEW, 0), *more)
        return made

    def _told(self, gear: CompiledMetric, was: Cycle, then: Cycle, now: int) -> Moves | None:
        """The moves from one shape of a cycle to another."""
        then = then._replace(number=was.number)
        if then == was:
            return ()
        if then.override is not None:
            return None
        row = self._row(gear.place, then.stints[-1].found) if then.stints else -1
        keeps = gear.on_reopen == "count_all"
        for moves in _guesses(was, then, now, row):
            made, told = was, []
            for op, argument in moves:
                # What rests after its end matters only where the end may be forgotten.
                if op != Op.REST or keeps or made.phase in LIVE:
                    told.append((int(op), argument))
                found = self.found[gear.place][argument] if op in _OF_ROWS else ()
                made = _made(made, op, found, now, then, keeps=keeps)
            if made == then:
                return tuple(told)
        return None


def _fixed(machine: Machine, moving: frozenset[str]) -> frozenset[str]:
    """The attributes that stay as they are, and of which only the conditions of rows may ask."""
    attributes = machine.matcher.policy.attributes
    told = set(moving) | machine.gears.tested
    while True:
        derived = (
            {name, *one.by}
            for name, one in attributes.items()
            if one.by and not told.isdisjoint({name, *one.by})
        )
        more = told.union(*derived)
        if more == told:
            return frozenset(attributes) - told
        told = more


def _resting(cycle: Cycle) -> str:
    """Why a cycle rests; the empty string where it does not."""
    return cycle.rests[-1].reason if cycle.rests and cycle.rests[-1].end is None else ""


def _made(
    cycle: Cycle, op: int, found: tuple[MatchedRow, ...], now: int, then: Cycle, *, keeps: bool
) -> Cycle:
    """A cycle after a move on its way to another shape."""
    if op == Op.BEGIN:
        made = cycle.begun(now, found, "")
    elif op == Op.REST:
        made = cycle.rested(now, _resting(then))
    elif op == Op.END:
        stops = then.phase not in LIVE
        made = cycle.ended(now, then.phase if stops else Phase.STOPPED, then.stopped_by)
    elif op == Op.WAKE:
        made = cycle.woken(now, _resting(then), closed="" if keeps else str(cycle.phase))
    elif op == Op.TELL:
        made = cycle.told(found)
    elif op == Op.WAIT:
        made = cycle._replace(phase=Phase.NOT_STARTED, end=None)
    else:
        made = cycle.retargeted(now, found, anew=op == Op.ANEW)
    return made


def _guesses(was: Cycle, then: Cycle, now: int, row: int) -> Iterator[list[Move]]:
    """The moves that may have led from one shape of a cycle to another, the likely ones first."""
    resting = int(bool(_resting(then)))
    end: list[Move] = [(Op.END, _PHASES.index(then.phase))] if then.end == now else []
    if was.start is None:
        wait: list[Move] = []
        if was.phase is Phase.CANCELLED and then.phase is not was.phase:
            wait = [(Op.WAIT, 0)]
        begin = [(Op.BEGIN, row)] if then.start == now else []
        yield [*wait, *begin, *([(Op.REST, 1)] if resting else []), *end]
        return
    ends: list[list[Move]] = [[], end] if end else [[]]
    wakes: list[list[Move]] = [[]]
    if then.phase in LIVE:
        stop, wake = (Op.END, _PHASES.index(Phase.STOPPED)), (Op.WAKE, resting)
        wakes += [[wake], [stop, wake]]
    rows: list[list[Move]] = [[]]
    rows += [[(op, row)] for op in (Op.STINT, Op.ANEW, Op.TELL)]
    rests: list[list[Move]] = [[], [(Op.REST, resting)]]
    for first, woken, promise, again, last in product(ends, wakes, rows, rests, ends):
        if not (first and last):
            yield [*first, *woken, *promise, *again, *last]


def _forgotten(metric: MetricState, now: int) -> MetricState:
    """A metric as it is, its history made up."""
    cycle, past = metric.cycles[-1], now
    end = None if cycle.end is None else past + _PAST // 2
    rests: tuple[Pause, ...] = ()
    stints: tuple[TargetPeriod, ...] = ()
    start = None
    if cycle.start is not None:
        start, stints = past, (TargetPeriod(past, past, cycle.stints[-1].found),)
        if metric.leading:
            rests = (Pause(past + 1, None, metric.leading),)
    made = Cycle(1, cycle.phase, start, end, cycle.stopped_by, rests, stints)
    return metric._replace(cycles=(made,))
