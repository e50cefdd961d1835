"""Every phase of a cycle against every signal: what moves, and what stays as it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from slacalc._clock.clock import progress_of
from slacalc._clock.cycles import TRANSITIONS, Phase, Signal
from tests.clock.helpers import at, clock, event, policy

if TYPE_CHECKING:
    from slacalc import Clock

METRIC = {
    "start": "started",
    "stop": "stopped",
    "cancel": "voided",
    "reset": "restarted",
    "reopen": "woken",
    "pause": "rested",
    "resume": "went-on",
}
EVENTS = {
    Signal.STOP: "stopped",
    Signal.CANCEL: "voided",
    Signal.RESET: "restarted",
    Signal.REOPEN: "woken",
    Signal.PAUSE: "rested",
    Signal.RESUME: "went-on",
    Signal.START: "started",
}
# The events that lead to each phase.
WAYS = {
    Phase.NOT_STARTED: (),
    Phase.RUNNING: ("started",),
    Phase.PAUSED: ("started", "rested"),
    Phase.STOPPED: ("started", "stopped"),
    Phase.CANCELLED: ("started", "voided"),
    Phase.NOT_OWED: ("started", "done"),
}
# By phase, the phase after stop, cancel, reset, reopen, pause, resume and start, and the number of
# the cycle; written out by hand.
N, R, P, S, C, E = WAYS
EXPECTED = {
    N: [(N, 1), (C, 1), (N, 1), (N, 1), (N, 1), (N, 1), (R, 1)],
    R: [(S, 1), (C, 1), (N, 2), (R, 1), (P, 1), (R, 1), (R, 1)],
    P: [(S, 1), (C, 1), (N, 2), (P, 1), (P, 1), (R, 1), (P, 1)],
    S: [(S, 1), (S, 1), (N, 2), (R, 1), (S, 1), (S, 1), (S, 1)],
    C: [(C, 1), (C, 1), (N, 2), (R, 1), (C, 1), (C, 1), (C, 1)],
    E: [(E, 1), (E, 1), (N, 2), (E, 1), (E, 1), (E, 1), (E, 1)],  # the other is stopped still
}


def phase_of(made: Clock) -> tuple[Phase, int]:
    cycle = progress_of(made).state.metrics[0].cycles[-1]
    return cycle.phase, cycle.number


def in_phase(phase: Phase, **metric: str) -> Clock:
    parts: dict[str, Any] = {}
    if phase is Phase.NOT_OWED:  # another metric has stopped
        ended = METRIC | {"repeat": "next_start", "until": "other"}
        parts["metrics"] = {"work": ended, "other": {"stop": "done"}}
    made = clock(policy(METRIC | metric, **parts))
    for hour, kind in enumerate(WAYS[phase], start=10):
        made = made.apply(event(f"Mo {hour}", kind))
    assert phase_of(made) == (phase, 1)
    return made


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("signal", Signal)
def test_every_phase_and_every_signal(phase: Phase, signal: Signal) -> None:
    """What a signal does in a phase is as the table written by hand says."""
    after = in_phase(phase).apply(event("Tu 9:00", EVENTS[signal]))
    assert phase_of(after) == EXPECTED[phase][signal - 1]


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("signal", Signal)
def test_the_table_has_no_other_moves(phase: Phase, signal: Signal) -> None:
    """A pair that the table leaves out leaves the cycle as it is, but for reasons to rest."""
    before = in_phase(phase)
    after = before.apply(event("Tu 9:00", EVENTS[signal]))
    same = progress_of(before).state.metrics[0].cycles == progress_of(after).state.metrics[0].cycles
    if (phase, signal) not in TRANSITIONS and signal not in (Signal.PAUSE, Signal.RESUME):
        assert same
    if phase_of(before) != phase_of(after):
        assert (phase, signal) in TRANSITIONS


@pytest.mark.parametrize("phase", [N, R, P, S, C])
def test_a_clock_that_rests_in_any_phase_starts_or_wakes_at_rest(phase: Phase) -> None:
    """Reasons to rest are kept up to date before the start and after the end."""
    made = in_phase(phase).apply(event("Tu 9:00", "rested"))
    moves = {N: "started", S: "woken", C: "woken"}
    if phase in moves:
        made = made.apply(event("Tu 10:00", moves[phase]))
    assert phase_of(made) == (Phase.PAUSED, 1)
    assert phase_of(made.apply(event("Tu 11:00", "went-on"))) == (Phase.RUNNING, 1)


@pytest.mark.parametrize("repeat", ["next_start", "independent", "sequential"])
def test_repeating_metrics_begin_another_cycle(repeat: str) -> None:
    """At the next start, or at the stop itself."""
    stopped = in_phase(Phase.RUNNING, repeat=repeat).apply(event("Mo 12", "stopped"))
    at_once = repeat != "next_start"
    assert phase_of(stopped) == ((R, 2) if at_once else (S, 1))
    assert phase_of(stopped.apply(event("Mo 13", "started"))) == (R, 2)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        # stop → cancel → reset → reopen → pause → resume → start, whatever the order of the log
        (["started", "stopped"], (R, 2)),  # the old cycle stops before the next one starts
        (["voided", "stopped"], (S, 1)),  # what is stopped cannot be cancelled
        (["restarted", "stopped"], (N, 2)),
        (["woken", "stopped"], (R, 1)),
        (["went-on", "rested"], (R, 1)),  # a rest begun and ended at once is none
        (["started", "restarted"], (R, 2)),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_simultaneous_signals_have_a_fixed_order(
    order: list[str], expected: tuple[Phase, int], *, backwards: bool
) -> None:
    """The events of one instant give the same, one by one or at once, in any order."""
    running = in_phase(Phase.RUNNING, repeat="next_start")
    events = [event("Mo 12", kind) for kind in (reversed(order) if backwards else order)]
    one_by_one = running
    for one in events:
        one_by_one = one_by_one.apply(one)
    assert phase_of(one_by_one) == expected
    assert phase_of(running.insert(*events)) == expected
    assert (
        one_by_one.status(at("Mo 12")).to_dicts()
        == running.insert(*events).status(at("Mo 12")).to_dicts()
    )


def test_the_picture_is_drawn_from_the_table() -> None:
    """What the documentation shows is what the machine does."""
    path = Path(__file__).parents[2] / "docs" / "clock_diagram.py"
    spec = importlib.util.spec_from_file_location("clock_diagram", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.TARGET.read_text("utf-8") == module.picture()
