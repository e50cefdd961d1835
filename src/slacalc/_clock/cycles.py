"""The life of one promise: when it started, was paused and ended, and what was promised meanwhile.

A `Cycle` holds facts and no due date: due dates follow from the facts and an instant, and
`evaluation` computes them. So feeding events to a clock costs no arithmetic on calendars.

`TRANSITIONS` says which action a signal causes in each phase. The state machine carries actions out
in `Move` after `Move`, and `Cycle.apply` is the only function that changes a cycle; so the list of
its moves is all there is to know of a cycle. A breach is not a phase: it follows from time, not
from events.

Read next: `compiled_metrics`, which turns events into signals, and `state_machine`.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slacalc._clock.clauses import CompiledClause
    from slacalc._policy.matching import MatchedRow


class Phase(StrEnum):
    """Where a cycle is in its life."""

    NOT_STARTED = "not started"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    NOT_OWED = "not owed"


LIVE = frozenset({Phase.RUNNING, Phase.PAUSED})


class Signal(IntEnum):
    """What an event can ask of a cycle, in the order in which the signals of one instant apply."""

    STOP = 1
    CANCEL = 2
    RESET = 3
    REOPEN = 4
    PAUSE = 5
    RESUME = 6
    START = 7


Action: TypeAlias = Literal[
    "begin", "pause", "resume", "stop", "cancel", "reset", "reopen", "repeat", "count anew"
]

TRANSITIONS: Mapping[tuple[Phase, Signal], Action] = {
    (Phase.NOT_STARTED, Signal.CANCEL): "cancel",
    (Phase.NOT_STARTED, Signal.START): "begin",
    (Phase.RUNNING, Signal.STOP): "stop",
    (Phase.RUNNING, Signal.CANCEL): "cancel",
    (Phase.RUNNING, Signal.RESET): "reset",
    (Phase.RUNNING, Signal.PAUSE): "pause",
    (Phase.RUNNING, Signal.START): "count anew",
    (Phase.PAUSED, Signal.STOP): "stop",
    (Phase.PAUSED, Signal.CANCEL): "cancel",
    (Phase.PAUSED, Signal.RESET): "reset",
    (Phase.PAUSED, Signal.RESUME): "resume",
    (Phase.PAUSED, Signal.START): "count anew",
    (Phase.STOPPED, Signal.RESET): "reset",
    (Phase.STOPPED, Signal.REOPEN): "reopen",
    (Phase.STOPPED, Signal.START): "repeat",
    (Phase.CANCELLED, Signal.RESET): "reset",
    (Phase.CANCELLED, Signal.REOPEN): "reopen",
    (Phase.NOT_OWED, Signal.RESET): "reset",
    (Phase.NOT_OWED, Signal.START): "repeat",
}
"""What a signal does to a cycle in a phase; a pair that is not listed leaves the cycle as it is.

`begin`, `pause`, `resume`, `stop` and `cancel` do what they say. `reset` ends the cycle, and a new
one waits for its start. `reopen` continues the cycle, begins a new one, or does nothing, as
`on_reopen` says. `repeat` begins a new cycle if `repeat` says so. `count anew` discards the time
that has counted so far if `counts_from` says so.
"""


class Move(IntEnum):
    """A change of a cycle. Most moves have a value, named here; that of the others is None."""

    NEW_CYCLE = 0
    """The next cycle of the metric, not started. Value: the pauses that it takes over."""
    BEGIN = 1
    """The cycle starts. Value: the matched rows that promise it something."""
    PAUSE = 2
    """The cycle is paused, or its reason changes. Value: the reason."""
    RESUME = 3
    """The cycle runs again."""
    STOP = 4
    """The cycle is stopped. Value: what stopped it, as `Cycle.stopped_by`."""
    CANCEL = 5
    """The cycle is void."""
    REOPEN = 6
    """The cycle goes on. Value: the reason of a pause from its end until now; empty for none."""
    RETARGET = 7
    """Something else is promised. Value: the matched rows."""
    RETARGET_ANEW = 8
    """The same, and only the time from now on counts. Value: the matched rows."""
    RENAME = 9
    """The same figures come from other rows, as of before. Value: the matched rows."""
    AWAIT = 10
    """The cycle, cancelled before its start, waits for its start again."""
    OVERRIDE = 11
    """The due date is set by hand. Value: an `Override`, or None to take it back."""
    END_OWED = 12
    """The cycle ends, because nothing is owed any more."""


class Pause(NamedTuple):
    """A stretch of time that does not count.

    Args:
        start: Its first instant.
        end: The instant after its last one; None while it is open.
        reason: The oldest reason that holds.
    """

    start: int
    end: int | None
    reason: str


def pauses_until(pauses: tuple[Pause, ...], end: int) -> tuple[Pause, ...]:
    """The pauses that began before an instant, cut off at it."""
    return tuple(
        pause if pause.end is not None and pause.end <= end else pause._replace(end=end)
        for pause in pauses
        if pause.start < end
    )


class Override(NamedTuple):
    """A due date set by hand.

    Args:
        due: The due date.
        limit: The limit; equal to the due date if none was set.
        author: Who set it.
        reason: Why.
        at: When.
    """

    due: int
    limit: int
    author: str
    reason: str
    at: int


class TargetPeriod(NamedTuple):
    """What a cycle was promised for part of its life.

    Args:
        since: The instant from which on this holds.
        counted_from: The instant from which on time counts towards the target.
        rows: The matched rows that promise something.
        override: The due date set by hand, which takes precedence over the rows.
    """

    since: int
    counted_from: int
    rows: tuple[MatchedRow, ...]
    override: Override | None = None

    @property
    def has_single_length(self) -> bool:
        """Whether one length of time makes everything due, so that no row overtakes another."""
        lengths = [row.target.within for row in self.rows if row.target.within is not None]
        return len(lengths) < 2 and all(len(length.parts) < 2 for length in lengths)


class Cycle(NamedTuple):
    """One run of a metric, from its start to its stop.

    Args:
        number: Which cycle of the metric it is, from 1.
        phase: Where it is in its life.
        start: When it started; None if it has not.
        end: When it was stopped or cancelled, or was no longer owed.
        stopped_by: What stopped it: types of events, and clauses on fields.
        pauses: In order, without overlap; the last one may be open.
        periods: What it was promised, in order; the last one holds.
        override: The due date set by hand, for the target periods to come.
    """

    number: int = 1
    phase: Phase = Phase.NOT_STARTED
    start: int | None = None
    end: int | None = None
    stopped_by: tuple[str | CompiledClause, ...] = ()
    pauses: tuple[Pause, ...] = ()
    periods: tuple[TargetPeriod, ...] = ()
    override: Override | None = None

    def apply(self, move: Move, at: int, value: Any = None) -> Cycle:
        """The cycle after a move.

        Args:
            move: The move.
            at: The instant of the move.
            value: The value of the move, as `Move` names it.
        """
        return _CHANGES[move](self, at, value)


# The moves. Tuples are built with all their fields because `_replace` takes twice as long.


def _new_cycle(cycle: Cycle, _at: int, pauses: tuple[Pause, ...]) -> Cycle:
    return Cycle(cycle.number + 1, pauses=pauses)


def _begin(cycle: Cycle, at: int, rows: tuple[MatchedRow, ...]) -> Cycle:
    number, _, _, _, _, pauses, _, override = cycle
    period = TargetPeriod(at, at, rows, override)
    return Cycle(number, Phase.RUNNING, at, None, (), pauses, (period,), override)


def _pause(cycle: Cycle, at: int, reason: str) -> Cycle:
    """Pause the cycle; one that has ended stays so, but may be reopened with its pauses."""
    number, phase, start, end, stopped_by, pauses, periods, override = cycle
    if not pauses or pauses[-1].end is not None or pauses[-1].reason != reason:
        pauses = (*_closed(pauses, at), Pause(at, None, reason))
    if phase in LIVE:
        phase = Phase.PAUSED
    return Cycle(number, phase, start, end, stopped_by, pauses, periods, override)


def _resume(cycle: Cycle, at: int, _value: None) -> Cycle:
    number, phase, start, end, stopped_by, pauses, periods, override = cycle
    if phase in LIVE:
        phase = Phase.RUNNING
    return Cycle(number, phase, start, end, stopped_by, _closed(pauses, at), periods, override)


def _closed(pauses: tuple[Pause, ...], at: int) -> tuple[Pause, ...]:
    """The pauses with the last one closed; an empty one is dropped."""
    if not pauses or pauses[-1].end is not None:
        return pauses
    start, _, reason = pauses[-1]
    return (*pauses[:-1], Pause(start, at, reason)) if start < at else pauses[:-1]


def _stop(cycle: Cycle, at: int, stopped_by: tuple[str | CompiledClause, ...]) -> Cycle:
    number, _, start, _, _, pauses, periods, override = cycle
    return Cycle(number, Phase.STOPPED, start, at, stopped_by, pauses, periods, override)


def _cancel(cycle: Cycle, at: int, _value: None) -> Cycle:
    number, _, start, _, _, pauses, periods, override = cycle
    return Cycle(number, Phase.CANCELLED, start, at, (), pauses, periods, override)


def _end_owed(cycle: Cycle, at: int, _value: None) -> Cycle:
    number, _, start, _, _, pauses, periods, override = cycle
    return Cycle(number, Phase.NOT_OWED, start, at, (), pauses, periods, override)


def _reopen(cycle: Cycle, at: int, closed: str) -> Cycle:
    number, _, start, end, _, pauses, periods, override = cycle
    if closed and end is not None:
        pauses = pauses_until(pauses, end)
        if end < at:
            pauses = (*pauses, Pause(end, at, closed))
    return Cycle(number, Phase.RUNNING, start, None, (), pauses, periods, override)


def _retarget(cycle: Cycle, at: int, rows: tuple[MatchedRow, ...]) -> Cycle:
    _, counted_from, _, override = cycle.periods[-1]
    return _with_period(cycle, TargetPeriod(at, counted_from, rows, override))


def _retarget_anew(cycle: Cycle, at: int, rows: tuple[MatchedRow, ...]) -> Cycle:
    return _with_period(cycle, TargetPeriod(at, at, rows, cycle.periods[-1].override))


def _rename(cycle: Cycle, _at: int, rows: tuple[MatchedRow, ...]) -> Cycle:
    return cycle._replace(periods=(*cycle.periods[:-1], cycle.periods[-1]._replace(rows=rows)))


def _await(cycle: Cycle, _at: int, _value: None) -> Cycle:
    return cycle._replace(phase=Phase.NOT_STARTED, end=None)


def _override(cycle: Cycle, at: int, override: Override | None) -> Cycle:
    cycle = cycle._replace(override=override)
    if not cycle.periods:
        return cycle
    return _with_period(cycle, cycle.periods[-1]._replace(since=at, override=override))


def _with_period(cycle: Cycle, period: TargetPeriod) -> Cycle:
    """The cycle with another target period; one that did not last is dropped."""
    kept = cycle.periods[:-1] if cycle.periods[-1].since == period.since else cycle.periods
    return cycle._replace(periods=(*kept, period))


_CHANGES: tuple[Callable[[Cycle, int, Any], Cycle], ...] = (
    _new_cycle,
    _begin,
    _pause,
    _resume,
    _stop,
    _cancel,
    _reopen,
    _retarget,
    _retarget_anew,
    _rename,
    _await,
    _override,
    _end_owed,
)
"""What each move does, in the order of `Move`."""
