"""Random policies and logs: a trace tells exactly what the clock did."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc._clock.clock import progress_of
from slacalc._clock.cycles import Move, Phase
from slacalc._clock.events import CREATED, Event, instant_of
from slacalc._clock.state_machine import Machine
from slacalc._time.instants import to_instant, to_utc
from tests.clock.answers import to_datetime
from tests.laws.test_clock import asked

if TYPE_CHECKING:
    from slacalc import Clock

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


def net(moves: Counter[Any]) -> Counter[Any]:
    """Without pauses that a cap ends at once."""
    left = Counter(moves)
    for at, metric, move in moves:
        if move is Move.PAUSE:
            both = min(moves[at, metric, Move.PAUSE], moves[at, metric, Move.RESUME])
            left[at, metric, Move.PAUSE] -= both
            left[at, metric, Move.RESUME] -= both
    return +left


class Plain:
    """The moves of a clock's log, counted as the machine itself returns them."""

    def __init__(self, clock: Clock, as_of: int) -> None:
        self.machine = Machine(clock.policy)
        self.names = [metric.name for metric in self.machine.compiled.metrics]
        self.moves: Counter[Any] = Counter()
        opened = to_instant(clock.opened_at)
        receipt = self.machine.matcher.receipt(opened)
        created = Event(to_utc(opened), CREATED)
        self.state, moves = self.machine.open(clock.ticket, receipt, created)
        for place, made in moves.items():
            self.moves.update((opened, self.names[place], move) for move, _, _ in made)
        for at, batch in groupby(clock.events, key=instant_of):
            self.wake(at)
            before = self.state
            self.state, moves = self.machine.advance(before, receipt, at, tuple(batch))
            for place, made in moves.items():
                cycle = before.metrics[place].cycles[-1]
                for move, instant, value in made:
                    last, cycle = cycle, cycle.apply(move, instant, value)
                    # Where a cap is used up, the machine resumes what runs.
                    if move is not Move.RESUME or cycle != last:
                        self.moves[at, self.names[place], move] += 1
        self.wake(as_of)

    def wake(self, until: int) -> None:
        """Let the caps on pauses be used up, and count what that did to the cycles."""
        while (end := self.machine.next_wake(self.state)) is not None and end <= until:
            before, self.state = self.state, self.machine.wake(self.state, end)
            for name, old, new in zip(self.names, before.metrics, self.state.metrics, strict=True):
                was, now = old.cycles[-1], new.cycles[-1]
                if was.phase is Phase.PAUSED and now.phase is Phase.RUNNING:
                    self.moves[end, name, Move.RESUME] += 1
                elif now.pauses[-1:] != was.pauses[-1:]:
                    self.moves[end, name, Move.PAUSE] += 1


@settings(deadline=None)
@given(st.data())
def test_the_rows_say_all_that_was_done_and_nothing_else(data: st.DataObject) -> None:
    """Each move of the plain machine stands in one row of its instant and metric."""
    *_, clock, as_of = asked(data)
    as_of = max(as_of, to_instant(clock.last_event_at))
    expected = net(Plain(clock, as_of).moves)
    for everything in (False, True):
        rows = clock.trace(as_of=to_datetime(as_of), everything=everything)
        done = Counter(
            (to_instant(row.at), row.metric, CODES[each]) for row in rows for each in row.did
        )
        assert net(done) == expected


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
                if metric.repeat == "sequential" and pause.start == cycle.start:
                    # The cycle starts when the last one was due, before or after it is begun.
                    begins |= {(at, "paused") for at, each in done if each == "new cycle"}
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
        if row.event:  # a cap on pauses is used up without one
            counts.setdefault(row.number, Counter())[row.metric] += row.condition not in rules
    assert all(each == counts[0] for each in counts.values())
    fewer = list(clock.trace())
    assert all(row in everything for row in fewer)
    assert [row for row in everything if row.did] == [row for row in fewer if row.did]
    for row in everything:
        assert row.why or row.did or (row.condition == "held_by" and row.held)
    rows = [row.to_dict() for row in clock.trace(metric=everything[0].metric, everything=True)]
    assert rows == [row.to_dict() for row in everything if row.metric == everything[0].metric]
