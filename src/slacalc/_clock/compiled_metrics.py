"""A policy's metrics, compiled for the machine: which event, or which field, tells which metric.

A `CompiledMetric` is one metric with all that its neighbours lend it: a metric inside another one
takes over the conditions it does not state, and rests whenever the outer one does; preconditions
pause every metric they name. `CompiledMetrics` is the index by which an event finds the few metrics
it concerns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._clock.cycles import Signal
from slacalc._policy.attributes import value_text
from slacalc._policy.conditions import Clause, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slacalc._clock.events import Event
    from slacalc._policy.data import PolicyData
    from slacalc._policy.records import Metric
    from slacalc._policy.semantics import Semantics


def _on(event: str) -> Condition:
    return Condition((Clause(event),))


_NEVER = Condition(())
_DEFAULTS = {
    "stop": _NEVER,
    "cancel": _on("cancelled"),
    "reset": _NEVER,
    "reopen": _on("reopened"),
    "pause": _on("paused"),
    "resume": _on("resumed"),
}
_SIGNALS = {
    "stop": Signal.STOP,
    "cancel": Signal.CANCEL,
    "reset": Signal.RESET,
    "reopen": Signal.REOPEN,
    "resume": Signal.RESUME,
    "start": Signal.START,
}


class CompiledClause(NamedTuple):
    """A clause of a condition, compiled; values are compared as text.

    Args:
        event: The type of the event, or the empty string for a clause on fields alone.
        fields: What fields must be, or, with the flag, must not be.
        clause: The clause as it is written.
        reason: Why a clock rests by it, where the fields do not say it.
    """

    event: str
    fields: tuple[tuple[str, frozenset[str], bool], ...]
    clause: Clause
    reason: str

    @classmethod
    def of(cls, clause: Clause, reason: str) -> CompiledClause:
        """Compile a clause."""
        fields = tuple(
            (name, frozenset(map(value_text, values)), negated)
            for name, values, negated in clause.fields
        )
        return cls(clause.event, fields, clause, reason)

    def holds(self, fields: Mapping[str, str]) -> bool:
        """Whether a ticket's fields are what it asks; one that is absent is nothing."""
        for name, values, negated in self.fields:
            if (fields.get(name) in values) is negated:
                return False
        return True

    def matches(self, event: Event, fields: Mapping[str, str]) -> bool:
        """Whether an event is what it asks, by its own fields or by the ticket's beside them."""
        own = event.fields
        for name, values, negated in self.fields:
            value = field_text(own[name]) if name in own else fields.get(name)
            if (value in values) is negated:
                return False
        return True

    def told(self, fields: Mapping[str, str]) -> str:
        """Why a clock rests by it: with the fields' present values, or with those they lack."""
        return self.reason or ", ".join(
            f"{name} is not {' or '.join(map(value_text, values))}"
            if negated
            else f"{name} is {fields.get(name)}"
            for name, values, negated in self.clause.fields
        )


def field_text(value: Any) -> str | None:
    """A field's value as it is compared; None where there is none."""
    return None if value is None else value_text(value)


class FieldSignals(NamedTuple):
    """What a metric makes of a ticket's fields.

    Args:
        holds: The clauses on fields alone that hold, each with the signal that its rise gives.
        reasons: The reasons to rest.
        stops: Those of the clauses that stop it.
        starts: Whether one of them starts it.
    """

    holds: frozenset[tuple[Signal, CompiledClause]]
    reasons: tuple[str, ...]
    stops: tuple[CompiledClause, ...] = ()
    starts: bool = False

    def rising(self, before: FieldSignals) -> frozenset[tuple[Signal, CompiledClause]]:
        """The clauses that did not hold before, with their signals."""
        return self.holds - before.holds


NO_SIGNALS = FieldSignals(frozenset(), ())


class CompiledMetric:
    """One metric, compiled.

    Args:
        place: Its place among the metrics of the policy.
        name: Its name.
        metric: Its description.
        semantics: What holds where that does not say it.
        levels: Its clauses on fields alone, with the signals that their rise gives.
        pauses: Its clauses on fields alone that keep it at rest.
        holders: Of which one must hold, else it rests; none at all where nobody must.
        gates: The places of the metrics that must have been stopped before it starts.
        undone: The types of events a stop by which its `reopen` undoes; None for any stop.
    """

    _MOST = 10_000

    def __init__(
        self,
        place: int,
        name: str,
        metric: Metric,
        semantics: Semantics,
        *,
        levels: tuple[tuple[Signal, CompiledClause], ...],
        pauses: tuple[CompiledClause, ...],
        holders: tuple[CompiledClause, ...],
        gates: tuple[int, ...],
        undone: frozenset[str] | None,
    ) -> None:
        self.place, self.name, self.metric = place, name, metric
        self.levels, self.pauses, self.holders = levels, pauses, holders
        self.gates, self.undone = gates, undone
        usual = semantics.on_change_inside if metric.inside else semantics.on_change
        self.on_change = metric.on_change or usual
        self.on_reopen = metric.on_reopen or semantics.on_reopen
        self.repeat = metric.repeat or semantics.repeat
        self.counts_from = metric.counts_from or semantics.counts_from
        tests = (*(test for _, test in levels), *pauses, *holders)
        self.fields = tuple(dict.fromkeys(name for test in tests for name, _, _ in test.fields))
        self._readings: dict[tuple[str | None, ...], FieldSignals] = {}

    def reading(self, fields: Mapping[str, str]) -> FieldSignals:
        """What it makes of fields; kept, since tickets bear the same few again and again."""
        key = tuple([fields.get(name) for name in self.fields])
        known = self._readings.get(key)
        if known is None:
            if len(self._readings) >= self._MOST:
                self._readings.clear()
            known = self._readings[key] = self._read(fields)
        return known

    def _read(self, fields: Mapping[str, str]) -> FieldSignals:
        reasons = [test.told(fields) for test in self.pauses if test.holds(fields)]
        if self.holders and not any(test.holds(fields) for test in self.holders):
            reasons.append(f"not held by {self.metric.held_by}")
        holds = [(signal, test) for signal, test in self.levels if test.holds(fields)]
        return FieldSignals(
            frozenset(holds),
            tuple(dict.fromkeys(reasons)),
            tuple(test for signal, test in holds if signal is Signal.STOP),
            any(signal is Signal.START for signal, _ in holds),
        )


class CompiledMetrics:
    """The metrics of a policy by what concerns them.

    Attributes:
        all: The metrics, in order.
        by_event: By the type of an event: the place of a metric, the signal and the clause.
        by_field: By a field: the places of the metrics whose clauses on fields alone ask for it.
        sticky: The fields that any event sets on the ticket.
        asked: All fields that the policy asks for.
        tested: Those that conditions of metrics ask for.
    """

    _UNDONE = frozenset({"resolved", "closed", "solved"})

    def __init__(self, policy: PolicyData) -> None:
        self._policy, self._semantics = policy, policy.semantics.resolved
        self._places = {name: place for place, name in enumerate(policy.metrics)}
        self.by_event: dict[str, list[tuple[int, Signal, CompiledClause]]] = {}
        self.by_field: dict[str, list[int]] = {}
        self.sticky = set(policy.attributes)
        self.asked = set(policy.attributes)
        self.tested: set[str] = set()
        self.all = [self._gear(name) for name in policy.metrics]

    def condition(self, name: str, key: str) -> Condition:
        """A condition of a metric: its own, that of a metric around it, or the usual one."""
        for one in self._chain(name):
            stated: Condition | None = getattr(self._policy.metrics[one], key)
            if stated is not None:
                return stated
        return _DEFAULTS[key]

    def _pauses(self, name: str) -> Iterator[tuple[Clause, str]]:
        """What keeps a metric at rest, itself or one around it: conditions, then preconditions."""
        chain = [self._policy.metrics[one] for one in self._chain(name)]
        for metric in chain:
            condition = metric.pause
            if condition is None:
                condition = _NEVER if metric.inside else _DEFAULTS["pause"]
            yield from ((clause, "") for clause in condition.clauses)
        for key, duty in self._policy.preconditions.items():
            mine = not duty.metrics or not set(duty.metrics).isdisjoint(self._chain(name))
            if duty.pause is not None and mine:
                yield from ((clause, key) for clause in duty.pause.clauses)

    def _chain(self, name: str) -> list[str]:
        """A metric, the one around it, the one around that, and so on."""
        chain = [name]
        while inside := self._policy.metrics[chain[-1]].inside:
            chain.append(inside)
        return chain

    def _gear(self, name: str) -> CompiledMetric:
        metric, place = self._policy.metrics[name], self._places[name]
        levels: list[tuple[Signal, CompiledClause]] = []
        for key, signal in _SIGNALS.items():
            condition = metric.start if key == "start" else self.condition(name, key)
            tests = [self._noted(clause, place, signal) for clause in condition.clauses]
            levels += [(signal, test) for test in tests if not test.event]
        pauses = [
            self._noted(clause, place, Signal.PAUSE, reason)
            for clause, reason in dict.fromkeys(self._pauses(name))
        ]
        holders = metric.held_by.clauses if metric.held_by else ()
        return CompiledMetric(
            place,
            name,
            metric,
            self._semantics,
            levels=tuple(levels),
            pauses=tuple(test for test in pauses if not test.event),
            holders=tuple(self._noted(clause, place, Signal.PAUSE) for clause in holders),
            gates=tuple(self._places[other] for other in metric.starts_after),
            undone=self._UNDONE if self.condition(name, "reopen") is _DEFAULTS["reopen"] else None,
        )

    def _noted(
        self, clause: Clause, place: int, signal: Signal, reason: str = ""
    ) -> CompiledClause:
        """A clause compiled, and put where events and fields find it."""
        test = CompiledClause.of(clause, reason)
        names = [name for name, _, _ in test.fields]
        self.asked.update(names)
        self.tested.update(names)
        if test.event:
            self.by_event.setdefault(test.event, []).append((place, signal, test))
        else:
            self.sticky.update(names)
            for name in names:
                places = self.by_field.setdefault(name, [])
                if place not in places:
                    places.append(place)
        return test
