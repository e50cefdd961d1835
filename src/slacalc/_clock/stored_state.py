"""The state that a stored clock has beside its log, so that the log need not be evaluated again.

A state is taken only if its hash is right: over the log, the ticket, the version of the policy, and
the releases of everything that evaluates them. Otherwise the log counts, and the state is computed
from it as if it had not been there; so the state of another log is not taken.

What a ticket was promised is not stored as rows of the policy, but as the attributes that led to
these rows, which are matched again.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from sys import intern
from typing import TYPE_CHECKING, Any

from slacalc._clock.audit import release
from slacalc._clock.cycles import Cycle, Override, Pause, Phase, TargetPeriod
from slacalc._clock.events import plain, thawed
from slacalc._clock.pause_caps import PauseUse
from slacalc._clock.state_machine import MetricState
from slacalc._time.zone_data import zone_data
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slacalc._clock.compiled_metrics import CompiledMetric
    from slacalc._clock.events import Event
    from slacalc._clock.state_machine import Machine, TicketState
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.tickets import Receipt

_FORMAT = 1
_PHASES = [*Phase]
_UNUSED = PauseUse()


@cache
def _releases() -> list[str]:
    """What evaluates a log; states that others computed are not taken."""
    return [str(_FORMAT), release("slacalc"), release("holidays"), str(zone_data())]


canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""Plain data as text that does not depend on the order of keys."""


def digest(fingerprint: str, opened: int, ticket: Any, events: str, body: Any) -> str:
    """The hash of a stored state and of everything it was computed from.

    Args:
        fingerprint: That of the version of the policy.
        opened: The instant of the opening.
        ticket: The attributes of the ticket, as stored.
        events: The events, as canonical text.
        body: The state, as `pack` returns it.
    """
    rest = canonical([_releases(), fingerprint, opened, ticket, body])
    whole = (events + rest).encode("utf-8", "surrogatepass")
    return hashlib.sha256(whole).hexdigest()[:32]


# Writing -----------------------------------------------------------------------------------------


def pack(
    machine: Machine,
    receipt: Receipt,
    state: TicketState,
    last: int,
    *,
    ticket: Mapping[str, Any],
    events: Sequence[Event],
) -> list[Any] | None:
    """A state as plain data; None if it cannot be stored.

    Args:
        machine: The machine of the policy's version.
        receipt: How the ticket was received.
        state: The state.
        last: The instant of the last event.
        ticket: The attributes of the ticket when it came in.
        events: Its events.
    """
    attributes = machine.matcher.policy.attributes
    now = {name: value for name, value in state.raw_fields.items() if name in attributes}
    snapshots, promises = [now], [state.promised if state.covered else None]
    rows = {
        _key(place, period.rows)
        for place, metric in enumerate(state.metrics)
        for cycle in metric.cycles
        for period in cycle.periods
        if period.rows
    }
    known = {
        _key(place, promised): 0
        for promise in promises
        if promise is not None
        for place, promised in enumerate(promise)
    }
    if not rows <= known.keys():
        for snapshot in _snapshots(attributes, ticket, events):
            try:
                promise = machine.rows_promised(snapshot, receipt)
            except SlacalcError:  # a batch made it legal again
                continue
            keys = {_key(place, promised) for place, promised in enumerate(promise)}
            new = (keys & rows) - known.keys()
            if new:
                known |= dict.fromkeys(new, len(snapshots))
                snapshots.append(snapshot)
    try:
        metrics = [
            _pack_metric(compiled, metric, place, known)
            for place, (compiled, metric) in enumerate(
                zip(machine.compiled.metrics, state.metrics, strict=True)
            )
        ]
    except KeyError:  # rows that no attributes promise
        return None
    raw, *others = [
        {name: thawed(plain(name, value)) for name, value in fields.items()}
        for fields in (state.raw_fields, *snapshots[1:])
    ]
    return [last, int(state.covered), state.note, raw, others, metrics]


def _key(place: int, rows: tuple[MatchedRow, ...]) -> Any:
    """The identity of rows of a metric: a row of the policy is known by its place."""
    return place, tuple([(row.table, row.place, row.target, row.scaling) for row in rows])


def _snapshots(
    attributes: Mapping[str, Any], ticket: Mapping[str, Any], events: Sequence[Event]
) -> Iterator[dict[str, Any]]:
    """The attributes of a ticket as it came in, and after each event that sets some."""
    now = {name: value for name, value in ticket.items() if name in attributes}
    yield dict(now)
    for event in events:
        changed = {name: event.fields[name] for name in event.fields if name in attributes}
        if changed:
            now = {name: value for name, value in (now | changed).items() if value is not None}
            yield dict(now)


def _pack_metric(
    compiled: CompiledMetric, metric: MetricState, place: int, known: Mapping[Any, int]
) -> list[Any]:
    clauses = [clause for _, clause in compiled.clauses]
    cycles = [
        [
            cycle.number,
            _PHASES.index(cycle.phase),
            cycle.start,
            cycle.end,
            [one if isinstance(one, str) else clauses.index(one) for one in cycle.stopped_by],
            [list(pause) for pause in cycle.pauses],
            [
                [
                    period.since,
                    period.counted_from,
                    known[_key(place, period.rows)] + 1 if period.rows else 0,
                    period.override and list(period.override),
                ]
                for period in cycle.periods
            ],
            cycle.override and list(cycle.override),
        ]
        for cycle in metric.cycles
    ]
    use = 0 if metric.use == _UNUSED else thawed(tuple(metric.use))
    reasons, event_reasons = list(metric.reasons), list(metric.event_reasons)
    return [cycles, reasons, event_reasons, int(metric.has_stopped), use]


# Reading -----------------------------------------------------------------------------------------


def unpack(machine: Machine, receipt: Receipt, body: list[Any]) -> tuple[TicketState, int]:
    """The state that plain data describe, and the instant of the last event.

    Raises:
        SlacalcError, LookupError, TypeError, ValueError: They do not fit the policy.
    """
    last, covered, note, raw, others, packed = body
    raw_fields = {name: plain(name, value) for name, value in raw.items()}
    state = machine.restored(raw_fields, receipt, covered=bool(covered), note=note)
    promises = [state.promised]
    promises += [machine.rows_promised(snapshot, receipt) for snapshot in others]
    metrics = tuple(
        [
            _unpack_metric(compiled, metric, [(), *(promise[place] for promise in promises)])
            for place, (compiled, metric) in enumerate(
                zip(machine.compiled.metrics, packed, strict=True)
            )
        ]
    )
    return state._replace(metrics=metrics), last


def _unpack_metric(
    compiled: CompiledMetric, packed: list[Any], rows_of: Sequence[tuple[Any, ...]]
) -> MetricState:
    packed_cycles, reasons, event_reasons, has_stopped, use = packed
    cycles = []
    for number, phase, start, end, stopped_by, pauses, periods, override in packed_cycles:
        by = [one if isinstance(one, str) else compiled.clauses[one][1] for one in stopped_by]
        cycles.append(
            Cycle(
                number,
                _PHASES[phase],
                start,
                end,
                tuple(by),
                tuple([Pause(start, end, intern(reason)) for start, end, reason in pauses]),
                tuple(
                    [
                        TargetPeriod(since, counted_from, rows_of[rows], own and Override(*own))
                        for since, counted_from, rows, own in periods
                    ]
                ),
                override and Override(*override),
            )
        )
    return MetricState(
        tuple(cycles),
        tuple(reasons),
        tuple(event_reasons),
        bool(has_stopped),
        PauseUse(*plain("use", use)) if use else _UNUSED,
    )
