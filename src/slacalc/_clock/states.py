"""The states of a cycle, and the table from which one ticket and columns of tickets read theirs.

A state follows from the cycle's phase and four flags: whether the contract covers the ticket,
whether the promise has a figure, and whether the due date and the limit have passed. Both engines
work out the flags, `_clock.evaluation` for one cycle and `_bulk.evaluation` for arrays of cycles,
and look the state up in `STATE_TABLE` at the index ``PHASE_BITS[phase] | flags``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from slacalc._clock.cycles import Phase

State: TypeAlias = Literal[
    "not covered",
    "no target",
    "not started",
    "running",
    "paused",
    "met",
    "late",
    "breached",
    "cancelled",
    "not owed",
]
STATES: tuple[str, ...] = get_args(State)

PAST_DUE, PAST_LIMIT, NO_FIGURE, NOT_COVERED = 1, 2, 4, 8
PHASE_BITS = {phase: place << 4 for place, phase in enumerate(Phase)}

_IN_TIME: dict[Phase, State] = {
    Phase.NOT_STARTED: "not started",
    Phase.RUNNING: "running",
    Phase.PAUSED: "paused",
    Phase.STOPPED: "met",
    Phase.CANCELLED: "cancelled",
    Phase.NOT_OWED: "not owed",
}


def _state(phase: Phase, flags: int) -> State:
    if flags & NOT_COVERED:
        return "not covered"
    if flags & NO_FIGURE:
        return "no target"
    if phase is not Phase.CANCELLED and flags & (PAST_DUE | PAST_LIMIT):
        return "breached" if flags & PAST_LIMIT else "late"
    return _IN_TIME[phase]


STATE_TABLE: tuple[State, ...] = tuple(
    _state(phase, flags) for phase in Phase for flags in range(16)
)
