"""The state machine of a ticket: its state and the events of an instant in, the next state out.

All events of one instant are one *batch*. First their fields are set on the ticket, in the order in
which they are given. Then metrics get *signals*: a clause that names an event gives one if such an
event is in the batch; a clause on fields alone gives one if it is met after the batch and was not
met before it, whatever the fields were in between. Signals apply in the order of `Signal`, each to
all metrics, and `TRANSITIONS` says which action follows. Between *reopen* and *pause* come changes
of what is promised; due dates set by hand come last. A *stop* that found nothing to stop applies
again to the cycle that another event of the batch begins: a question and its answer in one instant.

Whether a metric is paused is not a matter of signals: a list of reasons is kept in every phase, so
that a cycle may start, or go on, paused.

An action is carried out in moves. `Step.move` changes the cycle and records the move, so the moves
that `Machine.advance` returns are all that it did; `_bulk.automaton` replays logs with them.

States are frozen, with all they consist of. No due date is computed on the way, except for
sequential cycles, which start when the last one was due. The caps on pauses are the only thing that
changes a state without an event: see `pause_caps`.

This is one subject: the order of signals, their actions, and the moves that these make.

Read next: `evaluation`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from slacalc._clock.clauses import CompiledClause, field_text, text_of
from slacalc._clock.compiled_metrics import NO_SIGNALS, CompiledMetrics
from slacalc._clock.cycles import LIVE, TRANSITIONS, Cycle, Move, Phase, Signal
from slacalc._clock.declared_fields import DeclaredFields
from slacalc._clock.evaluation import Evaluator
from slacalc._clock.events import (
    CHANGED,
    CREATED,
    OVERRIDDEN,
    VOCABULARY,
    Event,
    override_metric,
    read_override,
)
from slacalc._clock.pause_caps import PauseUse
from slacalc._policy.conditions import OWN_FIELDS, Clause
from slacalc._policy.matching import FieldNames, Matcher, one_slip
from slacalc._time.instants import to_utc
from slacalc._time.missing import is_missing
from slacalc.errors import EventError, located

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from slacalc._clock.clauses import FieldText
    from slacalc._clock.compiled_metrics import CompiledMetric, FieldSignals
    from slacalc._clock.cycles import Action, Pause
    from slacalc._clock.evaluation import TargetClock
    from slacalc._i18n import Translator
    from slacalc._policy.attributes import Value
    from slacalc._policy.data import PolicyData
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.target_time import Within
    from slacalc._policy.tickets import MatchedTicket, Receipt

    Promised: TypeAlias = tuple[tuple[MatchedRow, ...], ...]
    Moves: TypeAlias = dict[int, list[tuple[Move, int, Any]]]
    """By the place of a metric its moves, in order: the move, its instant and its value."""

_FIELD_EVENTS = frozenset({CREATED, CHANGED})  # events that set all fields that matter
_BEGINNING = frozenset({Signal.START, Signal.REOPEN, Signal.RESET})  # what may begin a cycle
_OVER = frozenset({Phase.STOPPED, Phase.NOT_OWED})  # what another cycle may follow
_MAX_KNOWN = 10_000  # promises and types of events that are kept
_LONGEST_KNOWN = 500  # characters of such a type


class MetricState(NamedTuple):
    """The state of one metric of a ticket.

    Args:
        cycles: Its cycles; the last one is the current one.
        reasons: The reasons to pause, the oldest one first.
        event_reasons: Those of the reasons that events began.
        has_stopped: Whether it was ever stopped.
        use: How far the caps on its pauses are used up.
    """

    cycles: tuple[Cycle, ...] = (Cycle(),)
    reasons: tuple[str, ...] = ()
    event_reasons: tuple[str, ...] = ()
    has_stopped: bool = False
    use: PauseUse = PauseUse()

    @property
    def pause_reasons(self) -> tuple[str, ...]:
        """The reasons for which it is paused: without those whose cap is used up."""
        ignored = self.use.ignored_reasons
        if not ignored:
            return self.reasons
        return tuple(reason for reason in self.reasons if reason not in ignored)

    @property
    def pause_reason(self) -> str:
        """The oldest of them; the empty string if there is none."""
        reasons = self.pause_reasons if self.reasons else ()
        return reasons[0] if reasons else ""

    def with_cycle(self, cycle: Cycle, *, has_stopped: bool = False) -> MetricState:
        """A copy with another current cycle."""
        cycles, reasons, event_reasons, stopped, use = self
        stopped = stopped or has_stopped
        return MetricState((*cycles[:-1], cycle), reasons, event_reasons, stopped, use)

    def with_new_cycle(self, cycle: Cycle) -> MetricState:
        """A copy with one more cycle."""
        cycles, reasons, event_reasons, has_stopped, use = self
        return MetricState((*cycles, cycle), reasons, event_reasons, has_stopped, use)


class TicketState(NamedTuple):
    """The state of a ticket.

    Args:
        raw_fields: Its fields, as far as the policy uses them.
        fields: The same as text, or as texts for a list, with defaults and derived attributes.
        promised: The matched rows that promise something, by metric.
        covered: Whether the contract covers it.
        note: What the policy says about coverage.
        metrics: The state of each metric.
        signals: What the fields mean for each metric.
    """

    raw_fields: Mapping[str, Any]
    fields: Mapping[str, FieldText]
    promised: Promised
    covered: bool
    note: str
    metrics: tuple[MetricState, ...]
    signals: tuple[FieldSignals, ...]


class Step:
    """The evaluation of one batch of events; metrics are identified by their places.

    Attributes:
        at: The instant.
        events: The batch.
        fields: The ticket's fields after the batch.
        field_signals: What these mean for each metric.
        promised: The matched rows that promise something from now on, by metric.
        metrics: The states of the metrics, as far as the step has come.
        moves: What it did so far.
        signals: The signals, by metric; a stop that was carried out is removed.
        stopped_by: By metric what stops it: types of events, and clauses on fields.
        paused: By metric the reasons to pause that events begin.
        capped: Those of them that caps limit, each with the metric whose caps these are.
        resumed: By metric the reasons that events end; None for all reasons.
        new_reasons: The metrics for which fields are another reason to pause, or no longer one.
    """

    __slots__ = (
        "at",
        "capped",
        "events",
        "field_signals",
        "fields",
        "metrics",
        "moves",
        "new_reasons",
        "paused",
        "promised",
        "resumed",
        "signals",
        "stopped_by",
    )

    def __init__(
        self,
        at: int,
        events: Sequence[Event],
        state: TicketState,
        field_signals: list[FieldSignals],
    ) -> None:
        self.at, self.events = at, events
        self.fields, self.promised = state.fields, state.promised
        self.field_signals, self.metrics = field_signals, [*state.metrics]
        self.moves: Moves = {}
        self.signals: dict[int, set[Signal]] = {}
        self.stopped_by: dict[int, list[str | CompiledClause]] = {}
        self.paused: dict[int, list[str]] = {}
        self.capped: dict[int, list[tuple[str, int]]] = {}
        self.resumed: dict[int, list[str | None]] = {}
        self.new_reasons: set[int] = set()

    def add_signal(
        self, place: int, signal: Signal, clause: CompiledClause, event: Event | None = None
    ) -> None:
        """Note the signal that an event, or a clause on fields alone, gives to a metric."""
        if signal is Signal.PAUSE and event:
            reason = clause.reason or str(event.fields.get("reason") or event.type)
            self.paused.setdefault(place, []).append(reason)
            if clause.capped_by >= 0:
                self.capped.setdefault(place, []).append((reason, clause.capped_by))
        elif signal is Signal.RESUME:
            ended = event.fields.get("reason") if event else None
            self.resumed.setdefault(place, []).append(str(ended) if ended else None)
        else:
            self.signals.setdefault(place, set()).add(signal)
            if signal is Signal.STOP:
                self.stopped_by.setdefault(place, []).append(event.type if event else clause)

    def move(self, place: int, move: Move, value: Any = None, at: int | None = None) -> None:
        """Change the current cycle of a metric, and record the change.

        Args:
            place: The metric.
            move: The move.
            value: The value of the move.
            at: Its instant. Default: that of the step.
        """
        if at is None:
            at = self.at
        metric = self.metrics[place]
        cycle = metric.cycles[-1].apply(move, at, value)
        if move is Move.NEW_CYCLE:
            self.metrics[place] = metric.with_new_cycle(cycle)
        else:
            self.metrics[place] = metric.with_cycle(cycle, has_stopped=move is Move.STOP)
        moves = self.moves.get(place)
        if moves is None:
            self.moves[place] = [(move, at, value)]
        else:
            moves.append((move, at, value))

    def move_if_paused(self, place: int, at: int | None = None) -> None:
        """Pause the current cycle of a metric, which now runs, if there is a reason to."""
        if reason := self.metrics[place].pause_reason:
            self.move(place, Move.PAUSE, reason, at)


class Machine:
    """The state machine of one version of a policy.

    Args:
        policy: The version.

    Attributes:
        matcher: The matcher of its rows.
        compiled: Its metrics, compiled.
        declared: The fields that events may set; None if they may set any.
        evaluators: The evaluator of each metric.
    """

    def __init__(self, policy: PolicyData) -> None:
        self.matcher = policy.compiled(Matcher)
        self.compiled = CompiledMetrics(policy)
        self.evaluators = [Evaluator(self.matcher, one.name) for one in self.compiled.metrics]
        self.declared = None if policy.fields is None else DeclaredFields(policy)
        used = self.compiled.used_fields | {*(policy.fields or ())}
        self._names = FieldNames(used, OWN_FIELDS)
        count = len(self.compiled.metrics)
        metrics, signals = (MetricState(),) * count, (NO_SIGNALS,) * count
        self._unopened = TicketState({}, {}, (), True, "", metrics, signals)  # noqa: FBT003 - positions
        self._promised: dict[Any, Promised] = {}
        self._accepted = {*VOCABULARY, *self.compiled.by_event}
        self._effective = {OVERRIDDEN, *self.compiled.by_event}
        # "pause" and "resume" are missing: `_update_pause` does both, by the reasons that remain.
        self._actions: dict[Action, Callable[[CompiledMetric, Step], None]] = {
            "begin": self._begin,
            "repeat": self._repeat,
            "count anew": self._count_anew,
            "stop": self._stop,
            "cancel": self._cancel,
            "reset": self._reset,
            "reopen": self._reopen,
        }

    def listen(self, event: str, place: int, signal: Signal) -> None:
        """Have a type of event give a signal to a metric, beside the conditions of the policy."""
        clause = CompiledClause.of(Clause(event), "")
        self.compiled.by_event.setdefault(event, []).append((place, signal, clause))
        self._accepted.add(event)
        self._effective.add(event)

    # Opening -------------------------------------------------------------------------------------

    def open(
        self, ticket: Mapping[str, Any], receipt: Receipt, created: Event
    ) -> tuple[TicketState, Moves]:
        """The state of a ticket as it comes in, and the moves that led to it.

        Args:
            ticket: The attributes.
            receipt: How it is received.
            created: The event of its creation.

        Raises:
            TicketError: An attribute is not legal, or the policy refuses the ticket.
        """
        values = self.matcher.read(ticket)
        self._names.refuse_misspelled(ticket)
        if self.declared is not None:
            self.declared.check_ticket(ticket)
        used = self.compiled.used_fields
        raw_fields = {name: ticket[name] for name in ticket if name in used}
        return self._open(
            self._match(self._unopened, raw_fields, receipt, values), created, receipt.instant
        )

    def open_without_promises(self, fields: Mapping[str, FieldText], at: int) -> TicketState:
        """The state of a ticket with these fields, as text, to which no row promises anything."""
        promised: Promised = ((),) * len(self.compiled.metrics)
        state = self._unopened._replace(fields=fields, promised=promised)
        return self._open(state, Event(to_utc(at), CREATED), at)[0]

    def _open(self, state: TicketState, created: Event, at: int) -> tuple[TicketState, Moves]:
        """Apply the `created` event; all clauses on fields count as not met before it."""
        return self._run(self._unopened, state, {*range(len(state.metrics))}, at, (created,))

    def _match(
        self,
        state: TicketState,
        raw_fields: Mapping[str, Any],
        receipt: Receipt,
        values: dict[str, Value] | None = None,
    ) -> TicketState:
        """A state with other fields, by which rows and coverage are matched anew."""
        if values is None:
            values = self.matcher.read(raw_fields)
        fields = {
            name: text_of(raw_fields[name])
            for name in raw_fields
            if not is_missing(raw_fields[name])
        }
        fields |= {name: text_of(value) for name, value in values.items()}
        ticket = self.matcher.ticket(values, receipt)
        covered, note = self.matcher.contract.check(raw_fields, ticket)
        promised: Promised = ((),) * len(self.compiled.metrics)
        if covered:
            promised = self._matched_rows(ticket, values)
        return TicketState(
            raw_fields, fields, promised, covered, note, state.metrics, state.signals
        )

    def _matched_rows(self, ticket: MatchedTicket, values: Mapping[str, Value]) -> Promised:
        """The rows that promise a ticket something; kept, because many tickets are alike."""
        receipt = tuple(ticket.receipt.words(on) for on in self.matcher.receipt_calendars)
        used, key_of = self.matcher.deciding_attributes, self.matcher.key_of
        key = receipt, *((name, key_of(name, values[name])) for name in values if name in used)
        promised = self._promised.get(key)
        if promised is None:
            self.matcher.refuse(ticket)
            promised = tuple(
                tuple(self.matcher.matched_rows(metric.name, ticket))
                for metric in self.compiled.metrics
            )
            if len(self._promised) >= _MAX_KNOWN:
                self._promised.clear()
            self._promised[key] = promised
        return promised

    # Stored states -------------------------------------------------------------------------------

    def rows_promised(self, attributes: Mapping[str, Any], receipt: Receipt) -> Promised:
        """The rows that promise something to a covered ticket, by metric.

        Raises:
            TicketError: An attribute is not legal, or the policy refuses the ticket.
        """
        values = self.matcher.read(attributes)
        return self._matched_rows(self.matcher.ticket(values, receipt), values)

    def restored(
        self, raw_fields: Mapping[str, Any], receipt: Receipt, *, covered: bool, note: str
    ) -> TicketState:
        """A state that was stored, without its metrics; what follows from fields is computed.

        Raises:
            TicketError: An attribute is not legal.
        """
        values = self.matcher.read(raw_fields)
        fields = {name: text_of(value) for name, value in raw_fields.items()}
        fields |= {name: text_of(value) for name, value in values.items()}
        promised: Promised = ((),) * len(self.compiled.metrics)
        if covered:
            promised = self._matched_rows(self.matcher.ticket(values, receipt), values)
        signals = tuple([metric.field_signals(fields) for metric in self.compiled.metrics])
        return TicketState(raw_fields, fields, promised, covered, note, (), signals)

    # Events --------------------------------------------------------------------------------------

    def advance(
        self, state: TicketState, receipt: Receipt, at: int, batch: Sequence[Event]
    ) -> tuple[TicketState, Moves]:
        """The state after the events of one instant, and the moves that led to it.

        Args:
            state: The state before them.
            receipt: How the ticket was received.
            at: The instant.
            batch: The events.

        Raises:
            EventError: The type of an event is misspelled, it sets a field otherwise than the
                policy declares it, or a due date set by hand lacks something.
            TicketError: The ticket is no longer legal with the fields that the events set.
        """
        if self.compiled.capped:
            state = self.wake(state, at)
        changed = self._changed_fields(state.raw_fields, batch)
        if not changed and all(event.type not in self._effective for event in batch):
            return state, {}
        after, concerned = state, set[int]()
        if changed:
            after = self._with_fields(state, changed, receipt, batch)
            for name, places in self.compiled.by_field.items():
                if after.fields.get(name) != state.fields.get(name):
                    concerned.update(places)
        if at == receipt.instant:  # the opening has given the signals of the ticket's creation
            batch = [event for event in batch if event.type != CREATED]
        return self._run(state, after, concerned, at, batch)

    def check_each(self, state: TicketState, receipt: Receipt, batch: Sequence[Event]) -> None:
        """Refuse a batch in which an event makes the ticket illegal, even if a later one mends it.

        A clock that gets the events one by one refuses such an event, so a log with it is refused
        as well.

        Raises:
            EventError, TicketError: As in `advance`.
        """
        for place in range(len(batch) - 1):
            changed = self._changed_fields(state.raw_fields, batch[place : place + 1])
            if changed:
                state = self._with_fields(state, changed, receipt, batch[place : place + 1])

    def _changed_fields(
        self, raw_fields: Mapping[str, Any], batch: Sequence[Event]
    ) -> dict[str, Any]:
        """The fields that events set to other values than the ticket has."""
        changed: dict[str, Any] = {}
        self.check_types(batch)
        for event in batch:
            if event.fields and self.declared is not None:
                self.declared.check_event(event)
            elif event.fields:
                self._names.refuse_misspelled(event.fields, event.type)
            settable = self.compiled.sticky_fields
            if event.type in _FIELD_EVENTS:
                settable = self.compiled.used_fields
            changed |= {name: value for name, value in event.fields.items() if name in settable}
        return {
            name: value
            for name, value in changed.items()
            if value != raw_fields.get(name)
            and field_text(value) != field_text(raw_fields.get(name))
        }

    def ticket_fields(self, ticket: Mapping[str, Any], events: Iterable[Event]) -> dict[str, Any]:
        """All fields of a ticket after some events, also those that the policy does not use."""
        fields = {name: value for name, value in ticket.items() if not is_missing(value)}
        for event in events:
            for name, value in event.fields.items():
                if event.type in _FIELD_EVENTS or self._is_set_by_any(name):
                    if value is None:
                        fields.pop(name, None)
                    else:
                        fields[name] = value
        return fields

    def _is_set_by_any(self, name: str) -> bool:
        """Whether an event of any type sets a field; others describe the event alone."""
        if name in self.compiled.used_fields:
            return name in self.compiled.sticky_fields
        return name not in OWN_FIELDS

    def _with_fields(
        self, state: TicketState, changed: dict[str, Any], receipt: Receipt, batch: Sequence[Event]
    ) -> TicketState:
        """A state with some fields changed; rows are matched anew only if attributes changed."""
        set_ = {name: value for name, value in changed.items() if value is not None}
        raw_fields = {
            name: state.raw_fields[name] for name in state.raw_fields if name not in changed
        } | set_
        if not changed.keys().isdisjoint(self.matcher.policy.attributes):
            with located(" and ".join(dict.fromkeys(event.type for event in batch))):
                return self._match(state, raw_fields, receipt)
        fields = {name: state.fields[name] for name in state.fields if name not in changed}
        fields |= {name: text_of(value) for name, value in set_.items()}
        return state._replace(raw_fields=raw_fields, fields=fields)

    def check_types(self, events: Iterable[Event]) -> None:
        """Refuse events of which a type looks like a known one misspelled.

        Raises:
            EventError: One does.
        """
        for event in events:
            if event.type not in self._accepted:
                self._refuse_misspelled(event.type)

    def _refuse_misspelled(self, event: str) -> None:
        """Refuse a type of event that looks like a known one misspelled."""
        known = dict.fromkeys((*self.compiled.by_event, *VOCABULARY))
        names = [name for name in known if one_slip(event, name)]
        if names:
            msg = f"the policy knows no event {event!r}; did you mean {names[0]!r}?"
            raise EventError(msg, event=event, given=event, suggestions=names)
        if len(self._accepted) < _MAX_KNOWN and len(event) <= _LONGEST_KNOWN:
            self._accepted.add(event)

    def _run(
        self,
        before: TicketState,
        state: TicketState,
        concerned: set[int],
        at: int,
        events: Sequence[Event],
    ) -> tuple[TicketState, Moves]:
        """Collect the signals of a batch whose fields are set, and apply them.

        Args:
            before: The state before the batch.
            state: The same with the fields set.
            concerned: The metrics with clauses on fields that changed.
            at: The instant.
            events: The events.
        """
        step = self._collect_signals(state, concerned, at, events)
        if state.promised is not before.promised:
            self._apply_signals(step, retarget=True)
        elif step.signals or step.new_reasons or step.paused or step.resumed:
            self._apply_signals(step, retarget=False)
        for event in events:
            if event.type == OVERRIDDEN:
                names = [metric.name for metric in self.compiled.metrics]
                name = override_metric(event, names)
                step.move(names.index(name), Move.OVERRIDE, read_override(event, name))
        if self.compiled.capped:
            self._apply_caps(step)
        raw_fields, fields, promised, covered, note, _, _ = state
        metrics, signals = tuple(step.metrics), tuple(step.field_signals)
        return TicketState(
            raw_fields, fields, promised, covered, note, metrics, signals
        ), step.moves

    def _collect_signals(
        self, state: TicketState, concerned: set[int], at: int, events: Sequence[Event]
    ) -> Step:
        """A step with the signals of a batch."""
        step = Step(at, events, state, [*state.signals])
        changes = []
        for place in concerned:
            then = step.field_signals[place]
            now = self.compiled.metrics[place].field_signals(state.fields)
            if now is not then:
                step.field_signals[place] = now
                changes.append((place, then, now))
        for event in events:
            for place, signal, clause in self.compiled.by_event.get(event.type, ()):
                if clause.matches(event.fields, state.fields):
                    step.add_signal(place, signal, clause, event)
        for place, then, now in changes:
            if now.reasons != then.reasons:
                step.new_reasons.add(place)
            for signal, clause in now.holds:
                if (signal, clause) not in then.holds:
                    step.add_signal(place, signal, clause)
        return step

    def _apply_signals(self, step: Step, *, retarget: bool) -> None:
        """Apply the signals of a step in their order; *retarget* if promises may have changed."""
        compiled, places = self.compiled.metrics, self.compiled.in_turn(step.signals)
        for signal in (Signal.STOP, Signal.CANCEL, Signal.RESET, Signal.REOPEN):
            for place in places:
                if signal in step.signals[place]:
                    self._apply(compiled[place], signal, step)
        self._settle_owed(step)
        if retarget:
            for metric in compiled:
                self._retarget(metric, step)
        for place in {*step.new_reasons, *step.paused, *step.resumed}:
            self._update_pause(compiled[place], step)
        for place in places:  # in order, since the next metric may start after this one has stopped
            metric, signals = compiled[place], step.signals[place]
            if (
                Signal.START in signals
                and self._is_owed(metric, step)
                and all(step.metrics[other].has_stopped for other in metric.starts_after)
            ):
                self._apply(metric, Signal.START, step)
            if (
                Signal.STOP in signals
                and not signals.isdisjoint(_BEGINNING)
                and self._is_stopped_by_another(metric, step)
            ):
                self._apply(metric, Signal.STOP, step)
        self._settle_owed(step)

    @staticmethod
    def _is_owed(metric: CompiledMetric, step: Step) -> bool:
        """Whether cycles of a metric are owed: not while the one named by `until` is stopped."""
        if metric.until is None:
            return True
        return step.metrics[metric.until].cycles[-1].phase is not Phase.STOPPED

    def _settle_owed(self, step: Step) -> None:
        """End cycles that are no longer owed; begin the next of those that are owed again."""
        for metric in self.compiled.until:
            place = metric.place
            phase = step.metrics[place].cycles[-1].phase
            if not self._is_owed(metric, step):
                if phase in LIVE:
                    step.move(place, Move.END_OWED)
            elif phase in _OVER and metric.repeats_by_itself and metric.on_reopen != "final":
                self._begin_next(metric, step, step.at, ())

    def _begin_next(
        self, metric: CompiledMetric, step: Step, start: int, pauses: tuple[Pause, ...]
    ) -> None:
        """Begin the next cycle of a metric."""
        step.move(metric.place, Move.NEW_CYCLE, pauses)
        step.move(metric.place, Move.BEGIN, step.promised[metric.place], start)
        step.move_if_paused(metric.place, start)

    def _apply(self, metric: CompiledMetric, signal: Signal, step: Step) -> None:
        action = TRANSITIONS.get((step.metrics[metric.place].cycles[-1].phase, signal))
        if action is not None:
            self._actions[action](metric, step)

    def _is_stopped_by_another(self, metric: CompiledMetric, step: Step) -> bool:
        """Whether a metric is stopped by an event other than those that begin its cycle."""
        beginning = self._causes(metric, _BEGINNING, step)
        return any(event not in beginning for event in self._causes(metric, {Signal.STOP}, step))

    def _causes(
        self, metric: CompiledMetric, signals: Collection[Signal], step: Step
    ) -> list[Event]:
        """The events that give a metric one of some signals, by their types or their fields."""
        by_event = self.compiled.by_event
        names = {
            name for signal, clause in metric.clauses if signal in signals for name in clause.names
        }
        return [
            event
            for event in step.events
            if not names.isdisjoint(event.fields)
            or any(
                place == metric.place
                and signal in signals
                and clause.matches(event.fields, step.fields)
                for place, signal, clause in by_event.get(event.type, ())
            )
        ]

    # Actions -------------------------------------------------------------------------------------

    def _begin(self, metric: CompiledMetric, step: Step) -> None:
        """Start the current cycle; stop it at once if the fields say that it is stopped."""
        place = metric.place
        step.move(place, Move.BEGIN, step.promised[place])
        step.move_if_paused(place)
        stops = step.field_signals[place].stops
        if stops:
            step.stopped_by.setdefault(place, []).extend(stops)
            self._stop(metric, step)

    def _repeat(self, metric: CompiledMetric, step: Step) -> None:
        if metric.repeat == "next_start":
            step.move(metric.place, Move.NEW_CYCLE, ())
            self._begin(metric, step)

    @staticmethod
    def _count_anew(metric: CompiledMetric, step: Step) -> None:
        """Count from now on, if of several starts the last one counts."""
        cycle = step.metrics[metric.place].cycles[-1]
        if metric.counts_from == "first" or cycle.start is None or step.at <= cycle.start:
            return
        step.move(metric.place, Move.RETARGET_ANEW, cycle.periods[-1].rows)

    def _stop(self, metric: CompiledMetric, step: Step) -> None:
        """Stop the current cycle, and start the next one if the metric repeats by itself."""
        place = metric.place
        step.signals[place].discard(Signal.STOP)
        cycle, start = step.metrics[place].cycles[-1], step.at
        if metric.repeat == "sequential":
            due_dates = self.evaluators[place].due_dates(cycle, cycle.periods[-1], step.at)
            start = due_dates.due.at if due_dates else step.at
        step.move(place, Move.STOP, tuple(step.stopped_by.get(place, ())))
        if metric.repeats_by_itself and self._is_owed(metric, step):
            # A cycle that starts in the past has the pauses since then, which the last one
            # recorded.
            self._begin_next(metric, step, start, cycle.pauses if start < step.at else ())

    @staticmethod
    def _cancel(metric: CompiledMetric, step: Step) -> None:
        step.move(metric.place, Move.CANCEL)

    @staticmethod
    def _reset(metric: CompiledMetric, step: Step) -> None:
        """End the current cycle; a new one waits for its start."""
        place = metric.place
        if step.metrics[place].cycles[-1].phase in LIVE:
            step.move(place, Move.CANCEL)
        step.move(place, Move.NEW_CYCLE, ())
        if step.field_signals[place].starts:  # the fields already meet the start
            step.signals[place].add(Signal.START)

    def _reopen(self, metric: CompiledMetric, step: Step) -> None:
        """Go on with the current cycle or begin a new one, as the metric says."""
        place, mode = metric.place, metric.on_reopen
        cycle, rows = step.metrics[place].cycles[-1], step.promised[place]
        if mode == "final" or not _is_undone(cycle, metric, step):
            return
        if not self._is_owed(metric, step):
            return
        if metric.repeats_by_itself and cycle.phase is Phase.STOPPED:
            return  # `_settle_owed` begins the next one
        if cycle.start is None:
            step.move(place, Move.AWAIT)
            return
        if mode == "new_cycle":
            step.move(place, Move.NEW_CYCLE, ())
            step.move(place, Move.BEGIN, rows)
            step.move_if_paused(place)
            return
        step.move(place, Move.REOPEN, "" if mode == "count_all" else str(cycle.phase))
        step.move_if_paused(place)
        if metric.on_change != "keep_original" and _figures(cycle.periods[-1].rows) != _figures(
            rows
        ):
            anew = metric.on_change == "from_change"
            step.move(place, Move.RETARGET_ANEW if anew else Move.RETARGET, rows)

    @staticmethod
    def _retarget(metric: CompiledMetric, step: Step) -> None:
        """Apply a change of what is promised to the current cycle."""
        place, mode = metric.place, metric.on_change
        cycle, rows = step.metrics[place].cycles[-1], step.promised[place]
        if cycle.phase not in LIVE or cycle.start is None or cycle.periods[-1].rows == rows:
            return
        if step.at <= cycle.start or _figures(cycle.periods[-1].rows) == _figures(rows):
            step.move(place, Move.RENAME, rows)
        elif mode == "restart":
            step.move(place, Move.CANCEL)
            step.move(place, Move.NEW_CYCLE, ())
            step.move(place, Move.BEGIN, rows)
            step.move_if_paused(place)
        elif mode != "keep_original":
            anew = mode == "from_change"
            step.move(place, Move.RETARGET_ANEW if anew else Move.RETARGET, rows)

    @staticmethod
    def _update_pause(metric: CompiledMetric, step: Step) -> None:
        """Update the reasons to pause, and pause or resume the current cycle accordingly."""
        place, before = metric.place, step.metrics[metric.place]
        cycles, reasons, event_reasons, has_stopped, use = before
        begun = [*event_reasons, *step.paused.get(place, ())]
        for ended in step.resumed.get(place, ()):
            begun = [] if ended is None else [reason for reason in begun if reason != ended]
        now = dict.fromkeys((*step.field_signals[place].reasons, *begun))
        ordered = tuple(now)
        if reasons:
            kept = [reason for reason in reasons if reason in now]
            ordered = tuple(dict.fromkeys((*kept, *now)))
        event_reasons = tuple(dict.fromkeys(begun))
        after = MetricState(cycles, ordered, event_reasons, has_stopped, use)
        step.metrics[place] = after
        cycle, reason = cycles[-1], after.pause_reason
        if reason == before.pause_reason or cycle.start is None:
            return
        # The pauses of a cycle that has ended matter only if it may go on as if it never had.
        if cycle.phase in LIVE or metric.on_reopen == "count_all":
            if reason:
                step.move(place, Move.PAUSE, reason)
            else:
                step.move(place, Move.RESUME)

    # Caps on pauses ------------------------------------------------------------------------------

    def next_wake(self, state: TicketState) -> int | None:
        """The next instant at which the cap on a pause will be used up; None if there is none."""
        if not self.compiled.capped:
            return None
        ends = (metric.use.until for metric in state.metrics)
        return min((end for end in ends if end is not None), default=None)

    def wake(self, state: TicketState, at: int) -> TicketState:
        """The state at an instant after the last event, when all caps until then are used up."""
        if not self.compiled.capped:
            return state
        while (end := self.next_wake(state)) is not None and end <= at:
            step = Step(end, (), state, [*state.signals])
            self._apply_caps(step)
            state = state._replace(metrics=tuple(step.metrics))
        return state

    def _apply_caps(self, step: Step) -> None:
        """Count capped pauses, and let those whose cap is used up no longer stop a clock."""
        for place in self.compiled.capped:
            metric, state = self.compiled.metrics[place], step.metrics[place]
            cycle, use = state.cycles[-1], state.use
            known = dict.fromkeys((*use.event_reasons, *step.capped.get(place, ())))
            begun = tuple(pair for pair in known if pair[0] in state.event_reasons)
            capped = (*step.field_signals[place].capped, *begun)
            use = use._replace(event_reasons=begun)
            if metric.caps is not None:
                use = use.at(
                    step.at,
                    cycle.number,
                    metric.caps,
                    partial(self._clock_of, place, cycle),
                    holds=any(other == place for _, other in capped),
                    is_live=cycle.phase in LIVE,
                )
            step.metrics[place] = state._replace(use=use)
            # Those around it come first in the order of the loop.
            ignored = tuple(reason for reason, other in capped if step.metrics[other].use.spent)
            step.metrics[place] = state._replace(use=use._replace(ignored_reasons=ignored))
            self._follow_reasons(metric, step)

    def _clock_of(self, place: int, cycle: Cycle, length: Within) -> TargetClock:
        """How a length is counted that limits the pauses of a cycle: as its target is."""
        evaluator, rows = self.evaluators[place], cycle.periods[-1].rows
        targets = [row.target for row in rows if row.target.within is not None]
        if targets:
            return evaluator.clock_of(targets[0], length)
        clock = evaluator.bare_clock_of(rows)._replace(part=length)
        name = length.calendar
        if isinstance(name, str) and name:
            clock = clock._replace(calendar=self.matcher.calendar(name))
        return clock

    @staticmethod
    def _follow_reasons(metric: CompiledMetric, step: Step) -> None:
        """Pause or resume the current cycle of a metric by the reasons that are left."""
        place = metric.place
        cycle, reason = step.metrics[place].cycles[-1], step.metrics[place].pause_reason
        if cycle.phase in LIVE:
            is_paused = cycle.pauses and cycle.pauses[-1].end is None
            paused_for = cycle.pauses[-1].reason if is_paused else ""
            if reason and reason != paused_for:
                step.move(place, Move.PAUSE, reason)
            elif paused_for and not reason:
                step.move(place, Move.RESUME)


def _is_undone(cycle: Cycle, metric: CompiledMetric, step: Step) -> bool:
    """Whether a reopening undoes what ended a cycle."""
    if metric.undone is None or cycle.phase is Phase.CANCELLED:
        return True
    return any(
        cause in metric.undone if isinstance(cause, str) else not cause.holds(step.fields)
        for cause in cycle.stopped_by
    )


def _figures(rows: tuple[MatchedRow, ...]) -> list[MatchedRow]:
    """The rows that promise a figure; promises differ if these do."""
    return [row for row in rows if row.target.within is not None]


def describe_pause(evaluator: Evaluator, reason: str, translate: Translator) -> str:
    """The reason of a pause of a metric in a language."""
    machine = evaluator.matcher.policy.compiled(Machine)
    return machine.compiled.describe_pause(reason, translate)
