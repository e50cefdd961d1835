"""Random policies and logs: a trace tells exactly what the clock did."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc._clock.clock import progress_of
from slacalc._clock.cycles import Move
from slacalc._clock.events import CREATED, Event, instant_of
from slacalc._clock.state_machine import Machine
from slacalc._time.instants import to_instant, to_utc
from tests.laws.test_clock import asked

CODES = {
    "new cycle": Move.NEW_CYCLE,
    "began": Move.BEGIN,
    "paused": Move.PAUSE,
    "resumed": Move.RESUME,
    "stopped": Move.STOP,
    "cancelled": Move.CANCEL,
    "reopened": Move.REOPEN,
    "target changed": Move.RETARGET,
    "counted anew": Move.RETARGET_ANEW,
    "promised by other rows": Move.RENAME,
    "waiting for its start": Move.AWAIT,
    "due date set by hand": Move.OVERRIDE,
    "not owed": Move.END_OWED,
}


@settings(deadline=None)
@given(st.data())
def test_the_rows_say_all_that_was_done_and_nothing_else(data: st.DataObject) -> None:
    """Each move of the plain machine stands in one row of its instant and metric."""
    *_, clock, _ = asked(data)
    machine, opened = Machine(clock.policy), to_instant(clock.opened_at)
    receipt = machine.matcher.receipt(opened)
    names = [metric.name for metric in machine.compiled.metrics]
    expected: Counter[Any] = Counter()

    def count(at: int, moves: Any) -> None:
        for place, made in moves.items():
            expected.update((at, names[place], move) for move, _, _ in made)

    state, moves = machine.open(clock.ticket, receipt, Event(to_utc(opened), CREATED))
    count(opened, moves)
    for at, batch in groupby(clock.events, key=instant_of):
        state, moves = machine.advance(state, receipt, at, tuple(batch))
        count(at, moves)
    for everything in (False, True):
        rows = clock.trace(everything=everything)
        done = Counter(
            (to_instant(row.at), row.metric, CODES[each]) for row in rows for each in row.did
        )
        assert done == expected


@settings(deadline=None)
@given(st.data())
def test_the_rows_agree_with_the_cycles(data: st.DataObject) -> None:
    """Where a cycle began, was paused, ran again or ended, a row of that instant says so."""
    *_, clock, _ = asked(data)
    metrics = progress_of(clock).machine.compiled.metrics
    for metric, state in zip(metrics, progress_of(clock).state.metrics, strict=True):
        rows = list(clock.trace(metric.name))
        done = {(to_instant(row.at), each) for row in rows for each in row.did}
        assert 1 + sum(row.did.count("new cycle") for row in rows) == len(state.cycles)
        starts = [cycle for cycle in state.cycles if cycle.start is not None]
        assert sum(row.did.count("began") for row in rows) == len(starts)
        for cycle in state.cycles:
            if metric.repeat != "sequential" and cycle.start is not None:
                assert (cycle.start, "began") in done
            if cycle.end is not None:
                ends = {(cycle.end, each) for each in ("stopped", "cancelled", "not owed")}
                assert not done.isdisjoint(ends)
            for pause in cycle.pauses:
                # A pause in the place of a reopened cycle's end begins with that end.
                begins = {(pause.start, each) for each in ("paused", "stopped", "cancelled")}
                assert not done.isdisjoint(begins)
                if pause.end is not None and pause.reason not in ("stopped", "cancelled"):
                    ends = {
                        (pause.end, each)
                        for each in ("paused", "resumed", "stopped", "cancelled", "reopened")
                    }
                    assert not done.isdisjoint(ends | {(pause.end, "not owed")})


@settings(deadline=None)
@given(st.data())
def test_each_event_stands_beside_each_condition(data: st.DataObject) -> None:
    """With everything; and by default, rows are a part of these, with each one that did something.

    Every row that did nothing says why.
    """
    *_, clock, _ = asked(data)
    everything = list(clock.trace(everything=True))
    rules = {"on_change", "overridden", "until"}
    counts: dict[int, Counter[str]] = {}
    for row in everything:
        counts.setdefault(row.number, Counter())[row.metric] += row.condition not in rules
    assert all(each == counts[0] for each in counts.values())
    fewer = list(clock.trace())
    assert all(row in everything for row in fewer)
    assert [row for row in everything if row.did] == [row for row in fewer if row.did]
    for row in everything:
        assert row.why or row.did or (row.condition == "held_by" and row.held)
    rows = [row.to_dict() for row in clock.trace(metric=everything[0].metric, everything=True)]
    assert rows == [row.to_dict() for row in everything if row.metric == everything[0].metric]
