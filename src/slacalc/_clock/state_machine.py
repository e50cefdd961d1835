"""The machine: what events make of a ticket.

Theory of operation. All events of one instant are one *batch*. First their fields are set on the
ticket, in the order in which they were given. Then each metric hears *signals*: a condition that
names an event gives one where such an event is in the batch, one on fields alone where it *rises*,
which is to say where it did not hold before the batch and does after it; what fields were in
between is not seen. The signals are worked off in the order of `Signal`, each for all metrics, by
the table `TRANSITIONS`. Between *reopen* and *pause* comes what changed of the promises, and what
was set by hand.

Whether a clock rests is a level, not an edge: a list of reasons, kept up to date in every phase, so
that a clock may start, or wake, at rest.

A `State` is frozen, and so is all it is made of; a fold of batches can be taken up at any point. No
due date is worked out on the way, but for sequential cycles, which start where the last was due.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from slacalc._clock.compiled_metrics import NO_SIGNALS, CompiledMetrics, field_text
from slacalc._clock.cycles import LIVE, TRANSITIONS, Cycle, Move, Phase, Signal
from slacalc._clock.evaluation import Evaluator
from slacalc._clock.events import (
    CHANGED,
    CREATED,
    OVERRIDDEN,
    VOCABULARY,
    instant_of,
    override_metric,
    read_override,
)
from slacalc._policy.attributes import key_of_value, value_text
from slacalc._policy.matching import Matcher, one_slip
from slacalc._time.missing import is_missing
from slacalc.errors import EventError, located

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slacalc._clock.compiled_metrics import CompiledClause, CompiledMetric, FieldSignals
    from slacalc._clock.events import Event
    from slacalc._policy.attributes import Value
    from slacalc._policy.data import PolicyData
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.tickets import MatchedTicket, Receipt

Promised: TypeAlias = "tuple[tuple[MatchedRow, ...], ...]"


class MetricState(NamedTuple):
    """What became of one metric.

    Args:
        cycles: Its cycles; the last one is the present one.
        reasons: Why it rests, the oldest reason first.
        by_event: Those of the reasons that events began.
        has_stopped: Whether it was ever stopped.
    """

    cycles: tuple[Cycle, ...] = (Cycle(),)
    reasons: tuple[str, ...] = ()
    by_event: tuple[str, ...] = ()
    has_stopped: bool = False

    @property
    def leading(self) -> str:
        """The oldest reason to rest; the empty string where there is none."""
        return self.reasons[0] if self.reasons else ""

    def now(self, cycle: Cycle, *, has_stopped: bool = False) -> MetricState:
        """With the present cycle in another shape."""
        cycles, reasons, by_event, stopped = self
        return MetricState((*cycles[:-1], cycle), reasons, by_event, stopped or has_stopped)

    def new(self, cycle: Cycle) -> MetricState:
        """With one cycle more."""
        numbered = cycle._replace(number=len(self.cycles) + 1)
        return self._replace(cycles=(*self.cycles, numbered))


class State(NamedTuple):
    """What became of a ticket.

    Args:
        given: The fields it bears, as far as the policy asks for them.
        fields: The same as text, with defaults and derived attributes.
        promised: The rows that promise it something, by metric.
        covered: Whether the contract covers it.
        note: What the policy says of that.
        metrics: What became of each metric.
        readings: What each metric makes of the fields; none before the opening.
    """

    given: Mapping[str, Any]
    fields: Mapping[str, str]
    promised: Promised
    covered: bool
    note: str
    metrics: tuple[MetricState, ...]
    readings: tuple[FieldSignals, ...]


class Step(NamedTuple):
    """What one instant's events say to the metrics, by their places.

    Args:
        at: The instant.
        fields: The ticket's fields after it.
        readings: What each metric makes of them.
        promised: The rows that promise it something from then on.
        rest_anew: Those for which fields are another reason to rest, or none.
        heard: The signals.
        stopped_by: What stops a metric: types of events, and clauses on fields.
        paused: The reasons to rest that events begin.
        resumed: The reasons that events end; None for all.
    """

    at: int
    fields: Mapping[str, str]
    readings: tuple[FieldSignals, ...]
    promised: Promised
    rest_anew: set[int]
    heard: dict[int, set[Signal]]
    stopped_by: dict[int, list[str | CompiledClause]]
    paused: dict[int, list[str]]
    resumed: dict[int, list[str | None]]


class Machine:
    """One version of a policy, ready to be fed with events.

    Args:
        policy: The version.
    """

    _MOST = 10_000

    def __init__(self, policy: PolicyData) -> None:
        self.matcher = policy.compiled(Matcher)
        self.gears = CompiledMetrics(policy)
        self.judges = [Evaluator(self.matcher, gear.name) for gear in self.gears.all]
        self._promises: dict[Any, Promised] = {}
        self._sound = {*VOCABULARY, *self.gears.by_event}
        self._telling = {OVERRIDDEN, *self.gears.by_event}
        # A rest is a level rather than an edge, so `_rested` works off both of its signals.
        self._moves: dict[Move, Callable[[MetricState, CompiledMetric, Step], MetricState]] = {
            "begin": self._begun,
            "repeat": self._repeated,
            "renew": self._renewed,
            "rest": self._rested,
            "run": self._rested,
            "stop": self._stopped,
            "cancel": self._cancelled,
            "wait": self._waiting,
            "wake": self._woken,
        }

    # Opening -------------------------------------------------------------------------------------

    def opened(self, ticket: Mapping[str, Any], receipt: Receipt, created: Event) -> State:
        """The state of a ticket when it comes in.

        Raises:
            TicketError: An attribute is not legal, or the policy refuses the ticket.
        """
        values = self.matcher.read(ticket)
        asked = self.gears.asked
        given = {name: ticket[name] for name in ticket if name in asked}
        before = State({}, {}, (), covered=True, note="", metrics=(), readings=())
        state = self._read(before, given, receipt, values)
        state = state._replace(metrics=(MetricState(),) * len(self.gears.all))
        everyone = set(range(len(self.gears.all)))
        return self._advanced(before, state, everyone, receipt.instant, (created,))

    def _read(
        self,
        state: State,
        given: Mapping[str, Any],
        receipt: Receipt,
        values: dict[str, Value] | None = None,
    ) -> State:
        """A state in which a ticket bears other fields."""
        if values is None:
            values = self.matcher.read(given)
        fields = {name: value_text(one) for name, one in given.items() if not is_missing(one)} | {
            name: value_text(value) for name, value in values.items()
        }
        ticket = self.matcher.ticket(values, receipt)
        covered, note = self.matcher.contract.check(given, ticket)
        promised = self._rows(ticket, values) if covered else ((),) * len(self.gears.all)
        return State(given, fields, promised, covered, note, state.metrics, state.readings)

    def _rows(self, ticket: MatchedTicket, values: Mapping[str, Value]) -> Promised:
        """The rows that promise a ticket something; kept, since many tickets are alike."""
        words = tuple(ticket.receipt.words(on) for on in self.matcher.receipt_calendars)
        asked = self.matcher.tested_attributes
        key = words, *((name, key_of_value(one)) for name, one in values.items() if name in asked)
        promised = self._promises.get(key)
        if promised is None:
            self.matcher.refuse(ticket)
            promised = tuple(
                tuple(self.matcher.matched_rows(gear.name, ticket)) for gear in self.gears.all
            )
            if len(self._promises) >= self._MOST:
                self._promises.clear()
            self._promises[key] = promised
        return promised

    # Events --------------------------------------------------------------------------------------

    def advanced(self, state: State, receipt: Receipt, at: int, batch: Sequence[Event]) -> State:
        """The state after the events of one instant.

        Raises:
            EventError: An event says what no policy knows.
            TicketError: The ticket is no longer legal with the fields that the events set.
        """
        changed = self._news(state.given, batch)
        if not changed and all(event.type not in self._telling for event in batch):
            return state
        after, concerned = state, set[int]()
        if changed:
            after = self._changed(state, changed, receipt, batch)
            for name, places in self.gears.by_field.items():
                if after.fields.get(name) != state.fields.get(name):
                    concerned.update(places)
        if at == receipt.instant:  # the opening has given the signals of the ticket's creation
            batch = [event for event in batch if event.type != CREATED]
        return self._advanced(state, after, concerned, at, batch)

    def _news(self, given: Mapping[str, Any], batch: Sequence[Event]) -> dict[str, Any]:
        """The fields that events set on a ticket to something else than it bears."""
        news: dict[str, Any] = {}
        for event in batch:
            if event.type not in self._sound:
                self._refuse_misspelled(event.type)
            known = self.gears.asked if event.type in _SETTING else self.gears.sticky
            news |= {name: value for name, value in event.fields.items() if name in known}
        return {
            name: value
            for name, value in news.items()
            if value != given.get(name) and field_text(value) != field_text(given.get(name))
        }

    def _changed(
        self, state: State, changed: dict[str, Any], receipt: Receipt, batch: Sequence[Event]
    ) -> State:
        """A state with some fields changed; rows are matched again only where attributes are."""
        given = {name: one for name, one in state.given.items() if name not in changed}
        given |= {name: one for name, one in changed.items() if one is not None}
        if not changed.keys().isdisjoint(self.matcher.policy.attributes):
            with located(" and ".join(event.type for event in batch)):
                return self._read(state, given, receipt)
        fields = {name: one for name, one in state.fields.items() if name not in changed}
        fields |= {name: value_text(one) for name, one in changed.items() if one is not None}
        return state._replace(given=given, fields=fields)

    def _refuse_misspelled(self, event: str) -> None:
        """Refuse a type of event that seems to be a known one under a wrong name."""
        known = dict.fromkeys((*self.gears.by_event, *VOCABULARY))
        names = [name for name in known if one_slip(event, name)]
        if names:
            msg = f"the policy knows no event {event!r}; did you mean {names[0]!r}?"
            raise EventError(msg, event=event, given=event, suggestions=names)
        if len(self._sound) < self._MOST:
            self._sound.add(event)

    def _advanced(
        self, before: State, state: State, concerned: set[int], at: int, events: Sequence[Event]
    ) -> State:
        """The state after a batch whose fields are set; *concerned* are those that ask for them.

        Before the opening nothing that is asked of fields holds.
        """
        readings = [*(state.readings or repeat(NO_SIGNALS, len(self.gears.all)))]
        news = {}
        for place in concerned:
            now = self.gears.all[place].reading(state.fields)
            if now is not readings[place]:
                news[place], readings[place] = readings[place], now
        batch = Step(at, state.fields, tuple(readings), state.promised, set(), {}, {}, {}, {})
        for event in events:
            for place, signal, test in self.gears.by_event.get(event.type, ()):
                if test.matches(event, batch.fields):
                    _hear(batch, place, signal, test, event)
        for place, then in news.items():
            now = readings[place]
            if now.reasons != then.reasons:
                batch.rest_anew.add(place)
            for signal, test in now.rising(then):
                _hear(batch, place, signal, test)
        overrides = [event for event in events if event.type == OVERRIDDEN]
        anew = state.promised is not before.promised
        metrics = state.metrics
        if batch.heard or batch.rest_anew or batch.paused or batch.resumed or overrides or anew:
            metrics = tuple(self._worked_off([*metrics], batch, overrides, anew=anew))
        given, fields, promised, covered, note, _, _ = state
        return State(given, fields, promised, covered, note, metrics, batch.readings)

    def _worked_off(
        self, metrics: list[MetricState], batch: Step, overrides: list[Event], *, anew: bool
    ) -> list[MetricState]:
        """The metrics after a batch, signal by signal; *anew* where other rows promise them."""
        hearing = [(place, batch.heard[place]) for place in sorted(batch.heard)]
        for signal in (Signal.STOP, Signal.CANCEL, Signal.RESET, Signal.REOPEN):
            for place, heard in hearing:
                if signal in heard:
                    metrics[place] = self._moved(metrics[place], place, signal, batch)
        if anew:
            for gear in self.gears.all:
                metrics[gear.place] = self._promised(metrics[gear.place], gear, batch)
        for place in {*batch.rest_anew, *batch.paused, *batch.resumed}:
            metrics[place] = self._rested(metrics[place], self.gears.all[place], batch)
        for place, heard in hearing:  # in order, since the start of one may be the gate of the next
            gates = self.gears.all[place].gates
            if Signal.START in heard and all(metrics[gate].has_stopped for gate in gates):
                metrics[place] = self._moved(metrics[place], place, Signal.START, batch)
        for event in overrides:
            self._override(metrics, event)
        return metrics

    # Moves ---------------------------------------------------------------------------------------

    def _moved(self, metric: MetricState, place: int, signal: Signal, batch: Step) -> MetricState:
        """A metric after a signal, by the table."""
        move = TRANSITIONS.get((metric.cycles[-1].phase, signal))
        if move is None:
            return metric
        return self._moves[move](metric, self.gears.all[place], batch)

    @staticmethod
    def _cancelled(metric: MetricState, gear: CompiledMetric, batch: Step) -> MetricState:
        """The present cycle is void."""
        del gear
        return metric.now(metric.cycles[-1].ended(batch.at, Phase.CANCELLED))

    def _repeated(self, metric: MetricState, gear: CompiledMetric, batch: Step) -> MetricState:
        """A new cycle starts, where the metric repeats at its next start."""
        if gear.repeat != "next_start":
            return metric
        return self._begun(metric.new(Cycle()), gear, batch)

    @staticmethod
    def _renewed(metric: MetricState, gear: CompiledMetric, batch: Step) -> MetricState:
        """The present cycle counts from now on, where the last of several starts is what counts."""
        cycle, at = metric.cycles[-1], batch.at
        if gear.counts_from == "first" or cycle.start is None or at <= cycle.start:
            return metric
        return metric.now(cycle.retargeted(at, cycle.stints[-1].found, anew=True))

    def _begun(self, metric: MetricState, gear: CompiledMetric, batch: Step) -> MetricState:
        """The present cycle starts; it stops at once where fields say that it is stopped."""
        cycle = metric.cycles[-1].begun(batch.at, batch.promised[gear.place], metric.leading)
        metric = metric.now(cycle)
        stops = batch.readings[gear.place].stops
        if stops:
            batch.stopped_by.setdefault(gear.place, []).extend(stops)
            return self._stopped(metric, gear, batch)
        return metric

    def _stopped(self, metric: MetricState, gear: CompiledMetric, batch: Step) -> MetricState:
        """The present cycle stops; where the metric repeats by itself, the next one starts."""
        cycle, at = metric.cycles[-1], batch.at
        begins = at
        if gear.repeat == "sequential":
            bounds = self.judges[gear.place].bounds(cycle, cycle.stints[-1], at)
            begins = bounds.due.at if bounds else at
        stopped_by = tuple(batch.stopped_by.get(gear.place, ()))
        ended = metric.now(cycle.ended(at, Phase.STOPPED, stopped_by), has_stopped=True)
        if gear.repeat not in ("independent", "sequential"):
            return ended
        following = Cycle(rests=cycle.rests if begins < at else ())
        found = batch.promised[gear.place]
        return ended.new(following.begun(begins, found, metric.leading))

    def _waiting(self, metric: MetricState, gear: CompiledMetric, batch: Step) -> MetricState:
        """The present cycle is over, and a new one waits for its start."""
        cycle = metric.cycles[-1]
        if cycle.phase in LIVE:
            metric = metric.now(cycle.ended(batch.at, Phase.CANCELLED))
        if batch.readings[gear.place].starts:
            batch.heard[gear.place].add(Signal.START)
        return metric.new(Cycle())

    def _woken(self, metric: MetricState, gear: CompiledMetric, batch: Step) -> MetricState:
        """The present cycle goes on, or a new one begins, as the metric says."""
        cycle, mode = metric.cycles[-1], gear.on_reopen
        if mode == "final" or not self._undone(cycle, gear, batch):
            return metric
        if cycle.start is None:
            return metric.now(cycle._replace(phase=Phase.NOT_STARTED, end=None))
        if mode == "new_cycle":
            found = batch.promised[gear.place]
            return metric.new(Cycle().begun(batch.at, found, metric.leading))
        closed = "" if mode == "count_all" else str(cycle.phase)
        cycle = cycle.woken(batch.at, metric.leading, closed=closed)
        found, on_change = batch.promised[gear.place], gear.on_change
        if on_change != "keep_original" and _figures(cycle.stints[-1].found) != _figures(found):
            cycle = cycle.retargeted(batch.at, found, anew=on_change == "from_change")
        return metric.now(cycle)

    @staticmethod
    def _undone(cycle: Cycle, gear: CompiledMetric, batch: Step) -> bool:
        """Whether a reopening undoes what ended a cycle."""
        if gear.undone is None or cycle.phase is Phase.CANCELLED:
            return True
        return any(
            cause in gear.undone if isinstance(cause, str) else not cause.holds(batch.fields)
            for cause in cycle.stopped_by
        )

    def _promised(self, metric: MetricState, gear: CompiledMetric, batch: Step) -> MetricState:
        """A metric after a change of what the ticket is promised."""
        cycle, found, mode = metric.cycles[-1], batch.promised[gear.place], gear.on_change
        if cycle.phase not in LIVE or cycle.start is None or cycle.stints[-1].found == found:
            return metric
        if batch.at <= cycle.start or _figures(cycle.stints[-1].found) == _figures(found):
            return metric.now(cycle.told(found))
        if mode == "keep_original":
            return metric
        if mode == "restart":
            ended = metric.now(cycle.ended(batch.at, Phase.CANCELLED))
            return ended.new(Cycle().begun(batch.at, found, metric.leading))
        anew = mode == "from_change"
        return metric.now(cycle.retargeted(batch.at, found, anew=anew))

    @staticmethod
    def _rested(metric: MetricState, gear: CompiledMetric, batch: Step) -> MetricState:
        """A metric with its reasons to rest as they are after a batch."""
        begun = [*metric.by_event, *batch.paused.get(gear.place, ())]
        for ended in batch.resumed.get(gear.place, ()):
            begun = [] if ended is None else [one for one in begun if one != ended]
        by_event = tuple(dict.fromkeys(begun))
        present = dict.fromkeys((*batch.readings[gear.place].reasons, *by_event))
        kept = [reason for reason in metric.reasons if reason in present]
        reasons = tuple(dict.fromkeys((*kept, *present)))
        if reasons == metric.reasons:
            return metric if by_event == metric.by_event else metric._replace(by_event=by_event)
        metric = metric._replace(reasons=reasons, by_event=by_event)
        cycle = metric.cycles[-1]
        return metric if cycle.start is None else metric.now(cycle.rested(batch.at, metric.leading))

    def _override(self, metrics: list[MetricState], event: Event) -> None:
        """Set the due date of a metric's present cycle by hand, or no longer."""
        names = [gear.name for gear in self.gears.all]
        name = override_metric(event, names)
        place = names.index(name)
        metric = metrics[place]
        cycle = metric.cycles[-1].overridden(instant_of(event), read_override(event, name))
        metrics[place] = metric.now(cycle)


_SETTING = frozenset({CREATED, CHANGED})


def _figures(found: tuple[MatchedRow, ...]) -> list[MatchedRow]:
    """The rows that promise a figure, by which promises are told apart."""
    return [one for one in found if one.target.within is not None]


def _hear(
    batch: Step, place: int, signal: Signal, test: CompiledClause, event: Event | None = None
) -> None:
    """Note what an event, or a clause on fields that rises, says to a metric."""
    if signal is Signal.PAUSE and event:
        told = test.reason or str(event.fields.get("reason") or event.type)
        batch.paused.setdefault(place, []).append(told)
    elif signal is Signal.RESUME:
        reason = event.fields.get("reason") if event else None
        batch.resumed.setdefault(place, []).append(str(reason) if reason else None)
    else:
        batch.heard.setdefault(place, set()).add(signal)
        if signal is Signal.STOP:
            batch.stopped_by.setdefault(place, []).append(event.type if event else test)
