"""Metrics compiled for the state machine, indexed by the events and fields they react to.

A `CompiledMetric` includes what it takes over from others: the conditions of the metric that it is
`inside`, if it has none of its own, and the preconditions that pause it. `CompiledMetrics` finds
the few metrics that an event, or a field of the ticket, concerns.

Clauses that name an event give a signal when such an event happens. Clauses on fields alone are
evaluated whenever one of their fields changes; all that they mean for a metric is one
`FieldSignals`, of which there are few, so they are kept.

Read next: `state_machine`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._clock.clauses import CompiledClause
from slacalc._clock.cycles import Signal
from slacalc._clock.events import CREATED
from slacalc._i18n import N_
from slacalc._policy.conditions import Clause, Condition
from slacalc._policy.records import CappedPause

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from slacalc._clock.clauses import FieldText
    from slacalc._i18n import Translator
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


def is_default(key: str, clause: Clause) -> bool:
    """Whether a clause is what a metric reacts to if its key says nothing."""
    return key in _DEFAULTS and clause in _DEFAULTS[key].clauses


_SIGNALS = {
    "stop": Signal.STOP,
    "cancel": Signal.CANCEL,
    "reset": Signal.RESET,
    "reopen": Signal.REOPEN,
    "resume": Signal.RESUME,
    "start": Signal.START,
}
START, STOP = ".start", ".stop"  # after the name of a metric, the columns that say when it did
_REOPENABLE = frozenset({"resolved", "closed", "solved"})  # events that a reopening undoes
_MAX_KNOWN = 10_000  # fields that are kept; a policy with more rarely sees the same fields twice
_LONGEST_KNOWN = 500  # characters of one that is kept


class FieldSignals(NamedTuple):
    """What the fields of a ticket mean for a metric.

    Args:
        holds: The clauses on fields alone that are met, in the order of the policy, each with the
            signal that it gives when it begins to be met.
        reasons: The reasons to pause.
        stops: Those of the clauses that stop the metric.
        starts: Whether one of them starts it.
        capped: The reasons that only conditions with caps give, each with the place of the metric
            whose caps these are.
    """

    holds: tuple[tuple[Signal, CompiledClause], ...]
    reasons: tuple[str, ...]
    stops: tuple[CompiledClause, ...] = ()
    starts: bool = False
    capped: tuple[tuple[str, int], ...] = ()


NO_SIGNALS = FieldSignals((), ())


class CompiledMetric:
    """One metric, compiled.

    Args:
        place: Its place among the metrics of the policy.
        name: Its name.
        metric: Its description.
        semantics: What holds where the description says nothing.
        clauses: Its clauses on fields alone, with the signals that they give.
        pauses: Its clauses on fields alone that pause it.
        holders: Clauses on fields alone of which one must be met, or it is paused.
        starts_after: The places of the metrics that must have been stopped before it can start.
        until: The place of the metric after whose stop it is not owed; None if there is none.
        undone: The types of events that its `reopen` undoes if they stopped it. Default: all.

    Attributes:
        fields: The fields that these clauses use.
        caps: The caps on its pauses; None if it has none of its own.
    """

    def __init__(
        self,
        place: int,
        name: str,
        metric: Metric,
        semantics: Semantics,
        *,
        clauses: tuple[tuple[Signal, CompiledClause], ...],
        pauses: tuple[CompiledClause, ...],
        holders: tuple[CompiledClause, ...],
        starts_after: tuple[int, ...],
        until: int | None,
        undone: frozenset[str] | None,
    ) -> None:
        self.place, self.name, self.metric = place, name, metric
        self.clauses, self.pauses, self.holders = clauses, pauses, holders
        self.starts_after, self.until, self.undone = starts_after, until, undone
        usual = semantics.on_change_inside if metric.inside else semantics.on_change
        self.on_change = metric.on_change or usual
        self.on_reopen = metric.on_reopen or semantics.on_reopen
        self.repeat = metric.repeat or semantics.repeat
        self.counts_from = metric.counts_from or semantics.counts_from
        self.caps = metric.pause if isinstance(metric.pause, CappedPause) else None
        used = (*(clause for _, clause in clauses), *pauses, *holders)
        self.fields = tuple(dict.fromkeys(name for clause in used for name in clause.names))
        self._known: dict[tuple[FieldText | None, ...], FieldSignals] = {}

    @property
    def not_held(self) -> str:
        """The reason to pause of a metric that runs only while somebody has the ticket."""
        return f"not held by {self.metric.held_by}"

    @property
    def repeats_by_itself(self) -> bool:
        """Whether another cycle follows a stop without an event that starts it."""
        return self.repeat in ("independent", "sequential")

    def field_signals(self, fields: Mapping[str, FieldText]) -> FieldSignals:
        """What the fields of a ticket mean for it; the same object for the same values."""
        key = tuple([fields.get(name) for name in self.fields])
        known = self._known.get(key)
        if known is not None:
            return known
        pauses = [
            (clause.pause_reason(fields), clause.capped_by)
            for clause in self.pauses
            if clause.holds(fields)
        ]
        reasons = [reason for reason, _ in pauses]
        if self.holders and not any(clause.holds(fields) for clause in self.holders):
            reasons.append(self.not_held)
        holds = [(signal, clause) for signal, clause in self.clauses if clause.holds(fields)]
        signals = FieldSignals(
            tuple(holds),
            tuple(dict.fromkeys(reasons)),
            tuple(clause for signal, clause in holds if signal is Signal.STOP),
            any(signal is Signal.START for signal, _ in holds),
            tuple(pause for pause in pauses if pause[1] >= 0 and (pause[0], -1) not in pauses),
        )
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        if all(value is None or len(value) <= _LONGEST_KNOWN for value in key):
            self._known[key] = signals
        return signals


def has_capped_pauses(policy: PolicyData, name: str) -> bool:
    """Whether the pauses of a metric, or of one around it, have caps."""
    while name:
        metric = policy.metrics[name]
        if isinstance(metric.pause, CappedPause):
            return True
        name = metric.inside
    return False


class CompiledMetrics:
    """The metrics of a policy, indexed by what concerns them.

    Attributes:
        metrics: The metrics, in order.
        by_event: By the type of an event: the place of a metric, the signal and the clause.
        by_field: By a field: the places of the metrics with clauses on fields alone that use it.
        sticky_fields: The fields that any event sets on the ticket; other fields are set by
            ``created`` and ``changed`` only.
        used_fields: All fields that matter: attributes, and what conditions use.
        condition_fields: The fields that conditions of metrics use.
        until: The metrics that are owed until another one has stopped, in the order of `in_turn`.
        capped: The places of the metrics with caps on their pauses or those of a metric around
            them, outer ones first.
    """

    def __init__(self, policy: PolicyData) -> None:
        self._policy, self._semantics = policy, policy.semantics.resolved
        self._places = {name: place for place, name in enumerate(policy.metrics)}
        self.by_event: dict[str, list[tuple[int, Signal, CompiledClause]]] = {}
        self.by_field: dict[str, list[int]] = {}
        self.sticky_fields = set(policy.attributes)
        self.used_fields = set(policy.attributes)
        self.condition_fields: set[str] = set()
        self.metrics = [self._compile(name) for name in policy.metrics]
        self.until = sorted(
            (metric for metric in self.metrics if metric.until is not None), key=self._turn
        )
        capped = [name for name in policy.metrics if has_capped_pauses(policy, name)]
        capped.sort(key=lambda name: len(self._chain(name)))
        self.capped = [self._places[name] for name in capped]

    @property
    def event_columns(self) -> list[str]:
        """The names of all columns in which a table of tickets may say when events happened."""
        names = [name for name in self.by_event if name != CREATED]
        return [*names, *(one.name + end for one in self.metrics for end in (START, STOP))]

    def describe_pause(self, reason: str, translate: Translator) -> str:
        """The reason of a pause in a language; one that an event or a name states, as it is."""
        if translate.language == "en":
            return reason
        for metric in self.metrics:
            if metric.holders and reason == metric.not_held:
                holders = translate.either(
                    clause.clause.describe(translate) for clause in metric.holders
                )
                return translate(N_("not held by {holders}")).format(holders=holders)
            for clause in metric.pauses:
                if text := clause.describe_reason(reason, translate):
                    return text
        return reason

    def in_turn(self, places: Iterable[int]) -> list[int]:
        """Metrics in the order in which a signal applies: after those on which they depend."""
        if not self.until:
            return sorted(places)
        return sorted(places, key=lambda place: self._turn(self.metrics[place]))

    def _turn(self, metric: CompiledMetric) -> tuple[int, int]:
        depth, other = 0, metric
        while other.until is not None:
            depth, other = depth + 1, self.metrics[other.until]
        return depth, metric.place

    def _compile(self, name: str) -> CompiledMetric:
        metric, place = self._policy.metrics[name], self._places[name]
        clauses: list[tuple[Signal, CompiledClause]] = []
        for key, signal in _SIGNALS.items():
            condition = metric.start if key == "start" else self._condition(name, key)
            compiled = [self._add(clause, place, signal) for clause in condition.clauses]
            clauses += [(signal, clause) for clause in compiled if not clause.event]
        pauses = [
            self._add(clause, place, Signal.PAUSE, reason, capped_by)
            for clause, reason, capped_by in dict.fromkeys(self._pauses(name))
        ]
        holders = metric.held_by.clauses if metric.held_by else ()
        return CompiledMetric(
            place,
            name,
            metric,
            self._semantics,
            clauses=tuple(clauses),
            pauses=tuple(clause for clause in pauses if not clause.event),
            holders=tuple(self._add(clause, place, Signal.PAUSE) for clause in holders),
            starts_after=tuple(self._places[other] for other in metric.starts_after),
            until=self._places[metric.until] if metric.until else None,
            undone=_REOPENABLE if self._condition(name, "reopen") is _DEFAULTS["reopen"] else None,
        )

    def _add(
        self, clause: Clause, place: int, signal: Signal, reason: str = "", capped_by: int = -1
    ) -> CompiledClause:
        """Compile a clause and index it by its event, or by its fields."""
        compiled = CompiledClause.of(clause, reason, self._policy.field_kinds, capped_by)
        names = compiled.names if compiled.fields or compiled.groups else ()
        self.used_fields.update(names)
        self.condition_fields.update(names)
        if compiled.event:
            self.by_event.setdefault(compiled.event, []).append((place, signal, compiled))
        else:
            self.sticky_fields.update(names)
            for name in names:
                places = self.by_field.setdefault(name, [])
                if place not in places:
                    places.append(place)
        return compiled

    def events_of(self, place: int, signal: Signal) -> list[str]:
        """The types of events that give a metric a signal."""
        return [
            name
            for name, signals in self.by_event.items()
            if any((one, own) == (place, signal) for one, own, _ in signals)
        ]

    def field_sets(self) -> dict[str, list[Container[Any]]]:
        """By field, the sets of values that conditions test, as `CompiledClause` has them."""
        clauses = [clause for signals in self.by_event.values() for *_, clause in signals]
        for metric in self.metrics:
            clauses += [clause for _, clause in metric.clauses]
            clauses += [*metric.pauses, *metric.holders]
        sets: dict[str, list[Container[Any]]] = {}
        for name, values, _ in (test for clause in clauses for test in clause.tests):
            sets.setdefault(name, []).append(values)
        return sets

    def _condition(self, name: str, key: str) -> Condition:
        """A condition of a metric: its own, that of a metric around it, or the default."""
        for metric in self._chain(name):
            condition: Condition | None = getattr(metric, key)
            if condition is not None:
                return condition
        return _DEFAULTS[key]

    def _pauses(self, name: str) -> Iterator[tuple[Clause, str, int]]:
        """What pauses a metric or one around it: conditions, then preconditions.

        Each with its reason, and the place of the metric whose caps limit it, or -1.
        """
        for each in (name, *self._outer(name)):
            metric = self._policy.metrics[each]
            condition = metric.pause
            if condition is None:
                condition = _NEVER if metric.inside else _DEFAULTS["pause"]
            capped_by = self._places[each] if isinstance(condition, CappedPause) else -1
            yield from ((clause, "", capped_by) for clause in condition.clauses)
        names = {name, *self._outer(name)}
        for key, precondition in self._policy.preconditions.items():
            concerns = not precondition.metrics or not names.isdisjoint(precondition.metrics)
            if precondition.pause is not None and concerns:
                yield from ((clause, key, -1) for clause in precondition.pause.clauses)

    def _chain(self, name: str) -> list[Metric]:
        """A metric, then the metrics that enclose it, innermost first."""
        return [self._policy.metrics[each] for each in (name, *self._outer(name))]

    def _outer(self, name: str) -> Iterator[str]:
        while name := self._policy.metrics[name].inside:
            yield name
