"""Caps on pauses: when the pauses of a cycle no longer stop its clock.

A cap is used up at an instant that follows from facts, as a breach does; but from that instant on
the cycle runs, and what comes later builds on that. So the state machine treats it as an event of
its own making: `PauseUse`, kept with the state of each metric, says when the pause that lasts now
will have used up its cap, and `Machine.wake` lets the clock run from there.

Read next: `state_machine`.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import attrs

from slacalc._clock.cycles import Pause
from slacalc._i18n import N_
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from collections.abc import Callable

    from slacalc._clock.evaluation import TargetClock
    from slacalc._policy.records import CappedPause
    from slacalc._policy.target_time import Within

CAP_TEXTS = {
    "": N_("the cap on pauses is used up"),
    "at_most": N_("the cap on a single pause is used up"),
    "times": N_("the cap on the number of pauses is used up"),
    "in_all": N_("the cap on all pauses together is used up"),
}
"""What is said when a cap is used up; the empty string stands for any."""


class PauseUse(NamedTuple):
    """How far the caps on the pauses of a metric are used up.

    Args:
        cycle: The number of the cycle whose pauses are counted.
        over: The pauses that are over, each with its first instant and the instant after its last.
        since: The start of the pause that lasts now; None if there is none, or its cap is used up.
        until: The instant at which a cap of that pause is used up; None for never.
        cap: Which one: ``at_most`` or ``in_all``; empty string for none.
        spent: The cap that is used up although the condition still holds: one of the keys of
            `CAP_TEXTS`; empty string if it does not, or none is.
        ignored: The stretches in which it held and did not stop the clock, each with the cap that
            was used up; the last one may be open. Those of earlier cycles are kept.
        event_reasons: The reasons to pause that events began under capped conditions, each with the
            place of the metric whose cap it is.
        ignored_reasons: The reasons that hold now and do not stop the clock.
    """

    cycle: int = 0
    over: tuple[tuple[int, int], ...] = ()
    since: int | None = None
    until: int | None = None
    cap: str = ""
    spent: str = ""
    ignored: tuple[tuple[int, int | None, str], ...] = ()
    event_reasons: tuple[tuple[str, int], ...] = ()
    ignored_reasons: tuple[str, ...] = ()

    def at(
        self,
        instant: int,
        cycle: int,
        caps: CappedPause,
        clock_of: Callable[[Within], TargetClock],
        *,
        holds: bool,
        is_live: bool,
    ) -> PauseUse:
        """The use at a later instant.

        Args:
            instant: The instant; not after the one at which the present cap is used up.
            cycle: The number of the current cycle.
            caps: The caps.
            clock_of: Returns how a length is counted.
            holds: Whether the condition holds from this instant on.
            is_live: Whether the cycle runs or is paused from this instant on.
        """
        use = self
        if use.since is not None and not (holds and is_live and cycle == use.cycle):
            use = use.ended(instant)
        if cycle != use.cycle:
            use = use._replace(cycle=cycle, over=(), spent="").without_ignored(instant)
        if not holds:
            return use._replace(spent="").without_ignored(instant)
        if not is_live or use.spent:
            return use
        if use.since is None:
            if caps.times is not None and len(use.over) >= caps.times:
                return use.used_up("times", instant)
            until, cap = use_until(caps, use.over, instant, clock_of)
            use = use._replace(since=instant, until=until, cap=cap)
        if use.until is not None and use.until <= instant:
            return use.ended(instant).used_up(use.cap, instant)
        return use

    def ended(self, at: int) -> PauseUse:
        """The use when the present pause is over; one without length does not count."""
        over = self.over
        if self.since is not None and self.since < at:
            over = (*over, (self.since, at))
        return self._replace(over=over, since=None, until=None, cap="")

    def used_up(self, cap: str, at: int) -> PauseUse:
        """The use when the condition holds on and no longer stops the clock."""
        return self._replace(spent=cap, ignored=(*self.ignored, (at, None, cap)))

    def without_ignored(self, at: int) -> PauseUse:
        """The use when no condition is ignored any longer."""
        if not self.ignored or self.ignored[-1][1] is not None:
            return self
        (*kept, (start, _, cap)) = self.ignored
        return self._replace(ignored=(*kept, (start, at, cap)) if start < at else tuple(kept))


def use_until(
    caps: CappedPause,
    over: tuple[tuple[int, int], ...],
    since: int,
    clock_of: Callable[[Within], TargetClock],
) -> tuple[int | None, str]:
    """When a pause that lasts on will have used up a cap, and which one; None for never.

    All pauses together are counted as a target is that runs while the ticket is paused, and is
    paused while it runs.

    Args:
        caps: The caps.
        over: The pauses before.
        since: The start of the pause.
        clock_of: Returns how a length is counted.
    """
    ends = []
    for cap, length, before in (("at_most", caps.at_most, ()), ("in_all", caps.in_all, over)):
        if length is not None:
            with suppress(NeverOpen, HorizonError):  # a cap that is never reached
                counted = attrs.evolve(length, calendar=caps.calendar)
                ends.append((_end_of(clock_of(counted), (*before, (since, since))), cap))
    return min(ends, default=(None, ""))


def _end_of(clock: TargetClock, pauses: tuple[tuple[int, int], ...]) -> int:
    """When a length is over that counts during pauses only, the last of which lasts on."""
    runs = [Pause(end, start, "") for (_, end), (start, _) in pairwise(pauses)]
    return clock._replace(roll="").due(pauses[0][0], runs).at
