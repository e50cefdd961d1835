"""The table of states: which flag takes precedence over which."""

from __future__ import annotations

import pytest

from slacalc._clock.cycles import Phase
from slacalc._clock.states import (
    NO_FIGURE,
    NOT_COVERED,
    PAST_DUE,
    PAST_LIMIT,
    PHASE_BITS,
    STATE_TABLE,
    STATES,
)


@pytest.mark.parametrize(
    ("phase", "in_time", "past_due", "past_limit"),
    [
        (Phase.NOT_STARTED, "not started", None, None),
        (Phase.RUNNING, "running", "late", "breached"),
        (Phase.PAUSED, "paused", "late", "breached"),
        (Phase.STOPPED, "met", "late", "breached"),
        (Phase.CANCELLED, "cancelled", "cancelled", "cancelled"),
    ],
)
def test_state_of_a_phase_in_time_past_due_and_past_the_limit(
    phase: Phase, in_time: str, past_due: str | None, past_limit: str | None
) -> None:
    """A cancelled cycle stays cancelled; every other one that has begun can be late or breached."""
    bits = PHASE_BITS[phase]
    assert STATE_TABLE[bits] == in_time
    if past_due and past_limit:
        assert STATE_TABLE[bits | PAST_DUE] == past_due
        assert STATE_TABLE[bits | PAST_LIMIT] == past_limit
        assert STATE_TABLE[bits | PAST_DUE | PAST_LIMIT] == past_limit
    assert STATE_TABLE[bits | NO_FIGURE] == "no target"
    assert STATE_TABLE[bits | NO_FIGURE | NOT_COVERED] == "not covered"
    assert STATE_TABLE[bits | NOT_COVERED] == "not covered"


def test_every_state_occurs_in_the_table() -> None:
    """No state is declared that nothing can be in."""
    assert {*STATE_TABLE} == {*STATES}
