"""The life of one promise as facts: when it started, rested and ended, and what it was promised.

A `Cycle` is what events made of it and holds no due date: what is due follows from the facts and
an instant, and `_judge` works it out. So folding events costs no arithmetic on calendars.

`TRANSITIONS` says which signal moves a cycle in which phase, and how. Breach is no phase of it:
that follows from time, not from events.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._clock.compiled_metrics import CompiledClause
    from slacalc._policy.matching import MatchedRow


class Phase(StrEnum):
    """Where a cycle is in its life."""

    NOT_STARTED = "not started"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


LIVE = frozenset({Phase.RUNNING, Phase.PAUSED})


class Signal(IntEnum):
    """What a cycle may hear, in the order in which the signals of one instant are worked off."""

    STOP = 1
    CANCEL = 2
    RESET = 3
    REOPEN = 4
    PAUSE = 5
    RESUME = 6
    START = 7


Move: TypeAlias = Literal[
    "begin", "rest", "run", "stop", "cancel", "wait", "wake", "repeat", "renew"
]

TRANSITIONS: Mapping[tuple[Phase, Signal], Move] = {
    (Phase.NOT_STARTED, Signal.CANCEL): "cancel",
    (Phase.NOT_STARTED, Signal.START): "begin",
    (Phase.RUNNING, Signal.STOP): "stop",
    (Phase.RUNNING, Signal.CANCEL): "cancel",
    (Phase.RUNNING, Signal.RESET): "wait",
    (Phase.RUNNING, Signal.PAUSE): "rest",
    (Phase.RUNNING, Signal.START): "renew",
    (Phase.PAUSED, Signal.STOP): "stop",
    (Phase.PAUSED, Signal.CANCEL): "cancel",
    (Phase.PAUSED, Signal.RESET): "wait",
    (Phase.PAUSED, Signal.RESUME): "run",
    (Phase.PAUSED, Signal.START): "renew",
    (Phase.STOPPED, Signal.RESET): "wait",
    (Phase.STOPPED, Signal.REOPEN): "wake",
    (Phase.STOPPED, Signal.START): "repeat",
    (Phase.CANCELLED, Signal.RESET): "wait",
    (Phase.CANCELLED, Signal.REOPEN): "wake",
}
"""What a signal does to a cycle; a pair that is not there leaves it as it is.

begin: it starts. rest, run: it does. stop, cancel: it ends. wait: it is over, and a new one waits
for its start. wake: it goes on, or a new one begins, or neither, as `on_reopen` says. repeat: a new
one begins where `repeat` says so. renew: it goes on, and counts from now on where `counts_from`
says so.
"""


class Pause(NamedTuple):
    """A stretch of time that does not count.

    Args:
        start: Its first instant.
        end: The instant after its last; None while it lasts.
        reason: The reason that held the longest.
    """

    start: int
    end: int | None
    reason: str


def until(rests: tuple[Pause, ...], end: int) -> tuple[Pause, ...]:
    """Rests as they stood at an instant, the last one ended by it."""
    return tuple(
        rest if rest.end is not None and rest.end <= end else rest._replace(end=end)
        for rest in rests
        if rest.start < end
    )


class Override(NamedTuple):
    """A due date set by hand.

    Args:
        due: The due.
        bound: The limit, or the due where none was given.
        author: Who set it.
        reason: Why.
        at: When.
    """

    due: int
    bound: int
    author: str
    reason: str
    at: int


class TargetPeriod(NamedTuple):
    """What a cycle was promised for a part of its life.

    Args:
        since: From when on that held.
        counted_from: From when on its time counts.
        found: The rows that promise it.
        override: The due date set by hand, which goes before them.
    """

    since: int
    counted_from: int
    found: tuple[MatchedRow, ...]
    override: Override | None = None

    @property
    def is_plain(self) -> bool:
        """Whether one length alone tells what is due."""
        lengths = [found.target.within for found in self.found if found.target.within is not None]
        return len(lengths) < 2 and all(len(one.parts) < 2 for one in lengths)


class Cycle(NamedTuple):
    """One run of a metric, from its start to its stop.

    Args:
        number: From 1.
        phase: Where it is.
        start: When it started; None where it has not.
        end: When it was stopped or cancelled.
        stopped_by: What stopped it: the types of events, and clauses on fields.
        rests: In order, without overlap; the last one may last.
        stints: What it was promised, in order; the last one holds.
        override: The due date set by hand, for the stints to come.
    """

    number: int = 1
    phase: Phase = Phase.NOT_STARTED
    start: int | None = None
    end: int | None = None
    stopped_by: tuple[str | CompiledClause, ...] = ()
    rests: tuple[Pause, ...] = ()
    stints: tuple[TargetPeriod, ...] = ()
    override: Override | None = None

    # Each of these is a move of the machine: a new cycle, a moment later.

    def begun(self, at: int, found: tuple[MatchedRow, ...], reason: str) -> Cycle:
        """It starts: running, or at rest where there is a reason to."""
        stint = TargetPeriod(at, at, found, self.override)
        phase = Phase.PAUSED if reason else Phase.RUNNING
        begun = Cycle(self.number, phase, at, None, (), self.rests, (stint,), self.override)
        return begun.rested(at, reason)

    def rested(self, at: int, reason: str) -> Cycle:
        """It rests for a reason from now on, or runs where there is none.

        What is over keeps its phase. Its rests are kept all the same, for the case that it goes on
        as if it had never been stopped.
        """
        rests = self.rests
        if not rests and not reason:
            return self
        if rests and rests[-1].end is None:
            last = rests[-1]
            if last.reason == reason:
                return self
            rests = (*rests[:-1], last._replace(end=at)) if last.start < at else rests[:-1]
        if reason:
            rests = (*rests, Pause(at, None, reason))
        phase = self.phase
        if phase in LIVE:
            phase = Phase.PAUSED if reason else Phase.RUNNING
        number, _, start, end, stopped_by, _, stints, override = self
        return Cycle(number, phase, start, end, stopped_by, rests, stints, override)

    def ended(
        self, at: int, phase: Phase, stopped_by: tuple[str | CompiledClause, ...] = ()
    ) -> Cycle:
        """It is stopped, or cancelled."""
        number, _, start, _, _, rests, stints, override = self
        return Cycle(number, phase, start, at, stopped_by, rests, stints, override)

    def woken(self, at: int, reason: str, *, closed: str) -> Cycle:
        """It goes on; the time since its end counts as rest of the name *closed*, or as time."""
        phase = Phase.PAUSED if reason else Phase.RUNNING
        awake = self._replace(phase=phase, end=None, stopped_by=())
        if closed and self.end is not None:
            rests = until(self.rests, self.end)
            if self.end < at:
                rests = (*rests, Pause(self.end, at, closed))
            awake = awake._replace(rests=rests)
        return awake.rested(at, reason)

    def told(self, found: tuple[MatchedRow, ...]) -> Cycle:
        """What its present stint is promised, in other words."""
        return self._replace(stints=(*self.stints[:-1], self.stints[-1]._replace(found=found)))

    def retargeted(self, at: int, found: tuple[MatchedRow, ...], *, anew: bool) -> Cycle:
        """It is promised something else; with *anew* only the time from now on counts for it."""
        last = self.stints[-1]
        counted_from = at if anew else last.counted_from
        return self._with(TargetPeriod(at, counted_from, found, last.override))

    def overridden(self, at: int, override: Override | None) -> Cycle:
        """Its due date is set by hand, or no longer."""
        cycle = self._replace(override=override)
        if not self.stints:
            return cycle
        return cycle._with(self.stints[-1]._replace(since=at, override=override))

    def _with(self, stint: TargetPeriod) -> Cycle:
        """With another stint from its beginning on; one that did not last is forgotten."""
        kept = self.stints[:-1] if self.stints[-1].since == stint.since else self.stints
        return self._replace(stints=(*kept, stint))
