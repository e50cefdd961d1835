"""Scenarios reckoned by hand, to which the product and the naive reader are held alike.

Most of them play on Monday 6 May 2024 and the days after it; the office is open from nine to five
on weekdays, and the zone is UTC. Where nothing else is said a target is four working hours.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.clock.answers import Oracle, Product
from tests.oracles.calendar import EPOCH, HOUR
from tests.oracles.clock import parts
from tests.oracles.conditions import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.oracles.clock import CycleAnswer, Event, Fields, MetricAnswer

ENGINE: ContextVar[Product | Oracle] = ContextVar("ENGINE")


@pytest.fixture(autouse=True, params=[Product(), Oracle()], ids=["product", "oracle"])
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every scenario is put to both."""
    token = ENGINE.set(request.param)
    yield
    ENGINE.reset(token)


MINUTE = HOUR // 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def when(text: str) -> int:
    """An instant such as "tue 09:30"."""
    day, clock = text.split()
    hour, minute = clock.split(":")
    at = datetime(2024, 5, 6 + DAYS.index(day), int(hour), int(minute), tzinfo=UTC)
    return (at - EPOCH) // (EPOCH.resolution)


def shown(at: int | None) -> str | None:
    """An instant as `when` reads it; with a sign where it lies a little beside the minute."""
    if at is None:
        return None
    moment = EPOCH + at * EPOCH.resolution
    assert at % MINUTE == 0, moment
    return f"{DAYS[moment.weekday()]} {moment:%H:%M}"


def event(text: str, kind: str, /, **fields: Any) -> Event:
    return when(text), kind, fields


def ask(data: dict[str, Any], log: Iterable[Event], as_of: int | str, **ticket: Any) -> Any:
    """How the metrics of a policy are; the ticket is opened at the first instant of the week."""
    opened = when("mon 09:00")
    instant = when(as_of) if isinstance(as_of, str) else as_of
    return ENGINE.get().answers(data, ticket, opened, list(log), instant)


def metric(
    keys: dict[str, Any],
    log: Iterable[Event],
    as_of: int | str,
    target: Any = "4 working hours",
    **ticket: Any,
) -> MetricAnswer:
    """How the only metric of a policy stands, which has one row for all."""
    data = {"metrics": {"m": keys}, "tables": {"t": [{"targets": {"m": target}}]}}
    answer: MetricAnswer = ask(data, log, as_of, **ticket)["m"]
    return answer


def last(*args: Any, **ticket: Any) -> CycleAnswer:
    """The current cycle of `metric`."""
    return metric(*args, **ticket).cycles[-1]


def stand(cycle: CycleAnswer) -> tuple[str, str | None]:
    """The state of a cycle and its due."""
    return cycle.state, shown(cycle.due)


# Pauses ------------------------------------------------------------------------------------------


def test_a_pause_over_a_night() -> None:
    """Begun on Monday at 15:00 and due on Tuesday at 11:00, it pauses from 16:00 to 10:00.

    That is an hour on Monday and an hour on Tuesday, so it is due at 13:00.
    """
    keys = {"start": "accepted"}
    log = [
        event("mon 15:00", "accepted"),
        event("mon 16:00", "paused"),
        event("tue 10:00", "resumed"),
    ]
    before = last(keys, log, "mon 15:30")
    assert stand(before) == ("running", "tue 11:00")
    assert (before.elapsed, before.remaining) == (HOUR // 2, 7 * HOUR // 2)

    during = last(keys, log, "tue 09:30")  # an hour on Monday and half an hour on Tuesday
    assert stand(during) == ("paused", None)
    assert shown(during.due_if_resumed) == "tue 12:30"
    assert (during.elapsed, during.remaining) == (HOUR, 3 * HOUR)
    assert during.paused == {"paused": 3 * HOUR // 2}

    after = last(keys, log, "tue 12:00")  # an hour on Monday, two on Tuesday from ten on
    assert stand(after) == ("running", "tue 13:00")
    assert (after.elapsed, after.remaining) == (3 * HOUR, HOUR)
    assert after.paused == {"paused": 2 * HOUR}
    assert after.breached_at is None

    assert last(keys, log, "tue 13:00").state == "running"
    late = last(keys, log, when("tue 13:00") + 1)
    assert (late.state, shown(late.breached_at)) == ("breached", "tue 13:00")


def test_at_the_instant_of_a_pause_the_due_is_hidden() -> None:
    """And shown again at the instant of the end, as it is when the due came before the pause."""
    log = [event("mon 10:00", "paused"), event("mon 11:00", "resumed")]
    at = last({}, log, "mon 10:00")
    assert (stand(at), shown(at.due_if_resumed)) == (("paused", None), "mon 13:00")
    assert stand(last({}, log, "mon 11:00")) == ("running", "mon 14:00")
    late = last({}, [event("mon 13:00", "paused")], "mon 16:00")  # due at 13:00
    assert (stand(late), late.due_if_resumed) == (("breached", "mon 13:00"), None)


def test_hours_by_day_and_night_are_moved_by_all_of_a_rest() -> None:
    """Ten hours from 09:00, with a pause from 16:00 to Tuesday 02:00: 19:00 and ten hours."""
    log = [event("mon 16:00", "paused"), event("tue 02:00", "resumed")]
    assert stand(last({}, log, "tue 03:00", "10 hours")) == ("running", "tue 05:00")


def test_a_pause_outside_hours_moves_no_working_time() -> None:
    log = [event("mon 17:00", "paused"), event("tue 09:00", "resumed")]
    cycle = last({}, log, "tue 09:00", "10 working hours")
    assert stand(cycle) == ("running", "tue 11:00")
    assert cycle.paused == {}


def test_pauses_that_touch_are_one() -> None:
    """A due of working days lies on the edge that the second pause begins at, yet it is moved.

    One working day from Monday 09:00 is Tuesday 09:00. A pause from Monday 17:00 to then is of no
    working time, and one from then on does not begin before the due; but together they are one
    pause until 10:00, of an hour, which is the same if no second reason comes.
    """
    both = [
        event("mon 17:00", "paused", reason="a"),
        event("tue 09:00", "resumed", reason="a"),
        event("tue 09:00", "paused", reason="b"),
        event("tue 10:00", "resumed"),
    ]
    one = [event("mon 17:00", "paused"), event("tue 10:00", "resumed")]
    for log in (both, one):
        assert stand(last({}, log, "tue 10:00", "1 working day")) == ("running", "tue 10:00")
        during = last({}, log, "tue 09:30", "1 working day")
        assert (during.state, shown(during.due_if_resumed)) == ("paused", "tue 09:30")
    assert last({}, both, "tue 10:00", "1 working day").paused == {"b": HOUR}
    apart = [both[2], both[3]]
    assert stand(last({}, apart, "tue 10:00", "1 working day")) == ("breached", "tue 09:00")


def test_overlapping_reasons_are_accounted_once() -> None:
    """From 10:00 for a, from 11:00 for b as well; a ends at 12:00, b at 14:00: two hours each."""
    log = [
        event("mon 10:00", "paused", reason="a"),
        event("mon 11:00", "paused", reason="b"),
        event("mon 12:00", "resumed", reason="a"),
        event("mon 14:00", "resumed", reason="b"),
    ]
    cycle = last({}, log, "mon 15:00")
    assert cycle.paused == {"a": 2 * HOUR, "b": 2 * HOUR}
    assert (cycle.elapsed, cycle.remaining) == (2 * HOUR, 2 * HOUR)
    assert stand(cycle) == ("running", "mon 17:00")


def test_the_order_of_reasons_that_begin_together() -> None:
    """Fields before preconditions, these before what holds the clock, events last."""
    data = {
        "metrics": {
            "m": {
                "pause": ["paused", {"status": ["waiting", "hold"]}],
                "held_by": {"group": ["second", "third"]},
            }
        },
        "tables": {"t": [{"targets": {"m": "4 working hours"}}]},
        "preconditions": {"access": {"words": "there is access", "pause": {"access": "no"}}},
    }
    log = [
        event("mon 10:00", "paused", reason="x"),
        event("mon 10:00", "changed", access="no", status="hold", group="first"),
        event("mon 11:00", "changed", status="waiting"),  # another reason, and the youngest
        event("mon 12:00", "changed", access="yes"),
        event("mon 13:00", "assigned", group="second"),
        event("mon 14:00", "resumed"),
        event("mon 15:00", "changed", status=None),
    ]
    assert ask(data, log, "mon 16:00", group="second")["m"].cycles[-1].paused == {
        "status is hold": HOUR,
        "access": HOUR,
        "not held by group is second or third": HOUR,
        "x": HOUR,
        "status is waiting": HOUR,
    }


def test_a_pause_and_its_end_at_one_instant() -> None:
    """Nothing is paused, in whatever order they stand; another reason goes on."""
    for order in ((0, 1), (1, 0)):
        events = [event("mon 10:00", "paused"), event("mon 10:00", "resumed")]
        assert last({}, [events[one] for one in order], "mon 11:00").state == "running"
    log = [
        event("mon 10:00", "resumed", reason="a"),
        event("mon 10:00", "paused", reason="a"),
        event("mon 10:00", "paused", reason="b"),
    ]
    assert last({}, log, "mon 11:00").paused == {"b": HOUR}


def test_a_clock_starts_paused_where_a_reason_began_before() -> None:
    """The reason counts from the start on: 11:00 to 12:00."""
    log = [
        event("mon 10:00", "paused"),
        event("mon 11:00", "accepted"),
        event("mon 12:00", "resumed"),
    ]
    keys = {"start": "accepted"}
    assert last(keys, log, "mon 10:30").state == "not started"
    assert last(keys, log, "mon 11:30").state == "paused"
    cycle = last(keys, log, "mon 13:00")
    assert (stand(cycle), cycle.paused) == (("running", "mon 16:00"), {"paused": HOUR})


def test_held_by() -> None:
    """Not ours from 09:00 to 11:00 and from 12:00 on: an hour is ours."""
    log = [event("mon 11:00", "assigned", group="b"), event("mon 12:00", "assigned", group="a")]
    keys = {"held_by": {"group": "b"}}
    cycle = last(keys, log, "mon 13:00", "2 working hours", group="a")
    assert cycle.state == "paused"
    assert cycle.paused == {"not held by group is b": 3 * HOUR}
    assert cycle.elapsed == HOUR
    assert shown(cycle.due_if_resumed) == "mon 14:00"
    running = last(keys, log, "mon 11:30", "2 working hours", group="a")
    assert stand(running) == ("running", "mon 13:00")


def test_preconditions_pause_the_metrics_they_name() -> None:
    """An event of theirs begins a reason by their name, which resuming ends by that name."""
    condition = {"words": "parts are there", "pause": "ordered", "metrics": ["m"]}
    row = {"targets": {"m": "4 working hours", "n": "4 working hours"}}
    data = {
        "metrics": {"m": {}, "n": {}},
        "tables": {"t": [row]},
        "preconditions": {"parts": condition},
    }
    log = [event("mon 10:00", "ordered"), event("mon 12:00", "resumed", reason="parts")]
    answers = ask(data, log, "mon 12:30")
    assert answers["m"].cycles[0].paused == {"parts": 2 * HOUR}
    assert answers["n"].cycles[0].paused == {}
    assert ask(data, log[:1], "mon 12:30")["m"].cycles[0].state == "paused"


# Stops and reopenings ----------------------------------------------------------------------------

STOPPED = [event("mon 11:00", "resolved"), event("mon 13:00", "reopened")]


@pytest.mark.parametrize(
    ("mode", "states", "due", "elapsed"),
    [
        # Two hours were stopped: 13:00 becomes 15:00, and at 14:00 three hours are used.
        ("continue", ["running"], "mon 15:00", 3),
        # As if nothing had been: due at 13:00, and five hours are used.
        ("count_all", ["breached"], "mon 13:00", 5),
        # Four hours from 13:00, of which one is used.
        ("new_cycle", ["met", "running"], "mon 17:00", 1),
        # It stays as it was: two hours used of four.
        ("final", ["met"], "mon 13:00", 2),
    ],
)
def test_reopening(mode: str, states: list[str], due: str, elapsed: int) -> None:
    answer = metric({"stop": "resolved", "on_reopen": mode}, STOPPED, "mon 14:00")
    assert [cycle.state for cycle in answer.cycles] == states
    cycle = answer.cycles[-1]
    assert (shown(cycle.due), cycle.elapsed) == (due, elapsed * HOUR)
    assert cycle.paused == ({"stopped": 2 * HOUR} if mode == "continue" else {})
    assert (shown(cycle.stopped_at) == "mon 11:00") is (mode == "final")
    assert answer.ever_breached is (mode == "count_all")


def test_an_earlier_question_is_answered_as_it_stood() -> None:
    keys = {"stop": "resolved"}
    assert stand(last(keys, STOPPED, "mon 10:00")) == ("running", "mon 13:00")
    assert stand(last(keys, STOPPED, "mon 12:00")) == ("met", "mon 13:00")


def test_a_reopened_clock_pauses_on_where_the_reason_is_still_there() -> None:
    """Paused from 10:00, stopped from 11:00 to 13:00, and paused until 14:00: one long pause."""
    log = [event("mon 10:00", "paused"), *STOPPED, event("mon 14:00", "resumed")]
    keys = {"stop": "resolved"}
    during = last(keys, log, "mon 13:30")
    assert (during.state, shown(during.due_if_resumed)) == ("paused", "mon 16:30")
    cycle = last(keys, log, "mon 14:00")
    assert stand(cycle) == ("running", "mon 17:00")
    assert cycle.paused == {"paused": 2 * HOUR, "stopped": 2 * HOUR}


def test_what_is_reopened_by_default() -> None:
    """What was resolved, closed or solved, or stopped by a state that is no longer so."""
    reopened = event("mon 13:00", "reopened")

    def goes_on(stop: Any, *log: Event) -> bool:
        return last({"stop": stop}, log, "mon 14:00").state == "running"

    assert goes_on(["solved"], event("mon 11:00", "solved"), reopened)
    assert not goes_on("responded", event("mon 11:00", "responded"), reopened)
    state = {"status": "done"}
    done = event("mon 11:00", "changed", status="done")
    assert not goes_on(state, done, reopened)
    assert goes_on(state, done, event("mon 13:00", "reopened", status="open"))
    assert not goes_on(state, done, event("mon 13:00", "changed", status="open"))


def test_a_cancelled_clock_is_reopened() -> None:
    """From 10:00 to 12:00 it was void; a cycle that had not begun waits for its start again."""
    log = [event("mon 10:00", "cancelled"), event("mon 12:00", "reopened")]
    cancelled = last({}, log, "mon 11:00")
    assert stand(cancelled) == ("cancelled", "mon 13:00")
    assert (shown(cancelled.cancelled_at), cancelled.elapsed) == ("mon 10:00", HOUR)
    cycle = last({}, log, "mon 13:00")
    assert (stand(cycle), cycle.paused) == (("running", "mon 15:00"), {"cancelled": 2 * HOUR})
    waiting = {"start": "accepted"}
    accepted = event("mon 11:00", "accepted")
    assert last(waiting, [*log[:1], accepted], "mon 13:00").state == "cancelled"
    assert last(waiting, log, "mon 13:00").state == "not started"
    assert last({**waiting, "on_reopen": "final"}, log, "mon 13:00").state == "cancelled"


def test_the_end_of_a_stop_on_fields() -> None:
    """Only a rise stops, and one that begins with the stop holding is stopped at once."""
    keys = {"start": "accepted", "stop": {"status": "done"}}
    log = [event("mon 10:00", "changed", status="done"), event("mon 11:00", "accepted")]
    cycle = last(keys, log, "mon 12:00")
    assert (cycle.state, shown(cycle.start), shown(cycle.stopped_at)) == (
        *("met", "mon 11:00"),
        "mon 11:00",
    )
    flash = [
        event("mon 10:00", "changed", status="done"),
        event("mon 10:00", "changed", status="open"),
    ]
    assert last({"stop": {"status": "done"}}, flash, "mon 12:00").state == "running"


def test_stop_and_reopen_at_one_instant() -> None:
    log = [event("mon 10:00", "reopened"), event("mon 10:00", "resolved")]
    assert stand(last({"stop": "resolved"}, log, "mon 11:00")) == ("running", "mon 13:00")


# Changes -----------------------------------------------------------------------------------------


def changing(keys: dict[str, Any], as_of: str) -> list[CycleAnswer]:
    """Low (eight hours) until 11:00, then high (two hours), with a pause from 09:30 to 10:00."""
    data = {
        "attributes": {"severity": ["high", "low"]},
        "metrics": {"m": keys},
        "tables": {
            "t": [
                {"when": {"severity": "high"}, "targets": {"m": "2 working hours"}},
                {"targets": {"m": "8 working hours"}},
            ]
        },
    }
    log = [
        event("mon 09:30", "paused"),
        event("mon 10:00", "resumed"),
        event("mon 11:00", "changed", severity="high"),
    ]
    cycles: list[CycleAnswer] = ask(data, log, as_of, severity="low")["m"].cycles
    return cycles


@pytest.mark.parametrize(
    ("mode", "states", "due", "elapsed", "row"),
    [
        # Two hours from 09:00 and half an hour of pause; at 11:30 two hours are used.
        ("keep_elapsed", ["running"], "mon 11:30", 120, 0),
        # Two hours from 11:00; the pause before does not matter.
        ("from_change", ["running"], "mon 13:00", 30, 0),
        ("restart", ["cancelled", "running"], "mon 13:00", 30, 0),
        # Eight hours from 09:00 end at 17:00, and the half-hour is on Tuesday.
        ("keep_original", ["running"], "tue 09:30", 120, 1),
    ],
)
def test_changes(mode: str, states: list[str], due: str, elapsed: int, row: int) -> None:
    cycles = changing({"on_change": mode}, "mon 11:30")
    assert [cycle.state for cycle in cycles] == states
    assert shown(cycles[-1].due) == due
    assert cycles[-1].elapsed == elapsed * MINUTE
    assert cycles[-1].row == ("t", row)
    assert cycles[-1].paused == ({} if mode == "restart" else {"paused": HOUR // 2})
    if mode == "restart":
        assert stand(cycles[0]) == ("cancelled", "tue 09:30")
        assert shown(cycles[1].start) == "mon 11:00"


def test_a_change_at_the_beginning_is_part_of_it() -> None:
    """The ticket is opened as low and called high at the same instant: high it is."""
    data = {
        "attributes": {"severity": ["high", "low"]},
        "metrics": {"m": {"on_change": "keep_original"}},
        "tables": {
            "t": [{"when": {"severity": "high"}, "targets": {"m": "2 hours"}}],
            "u": [{"targets": {"m": "3 hours"}}],
        },
    }
    log = [event("mon 09:00", "changed", severity="high")]
    cycle = ask(data, log, "mon 09:00", severity="low")["m"].cycles[0]
    assert (stand(cycle), cycle.row) == (("running", "mon 11:00"), ("t", 0))


def test_a_breach_stays_on_record() -> None:
    """High until 12:00, of which 11:00 was the due; low from then on, and due at 17:00."""
    data = {
        "attributes": {"severity": ["high", "low"]},
        "metrics": {"m": {"stop": "resolved"}},
        "tables": {
            "t": [
                {"when": {"severity": "high"}, "targets": {"m": "2 working hours"}},
                {"targets": {"m": "8 working hours"}},
            ]
        },
    }
    log = [event("mon 12:00", "changed", severity="low"), event("mon 13:00", "resolved")]
    answer = ask(data, log, "mon 14:00", severity="high")["m"]
    assert answer.cycles[0].state == "met"
    assert shown(answer.cycles[0].breached_at) == "mon 11:00"
    assert answer.ever_breached


def test_a_stopped_clock_is_told_of_changes_when_it_goes_on() -> None:
    """Stopped 10:00 to 12:00, while four hours became two: two of pause make it due at 13:00."""
    data = {
        "attributes": {"severity": ["high", "low"]},
        "metrics": {"m": {"stop": "resolved", "on_change": "restart"}},
        "tables": {
            "t": [
                {"when": {"severity": "high"}, "targets": {"m": "2 working hours"}},
                {"targets": {"m": "4 working hours"}},
            ]
        },
    }
    log = [
        event("mon 10:00", "resolved"),
        event("mon 11:00", "changed", severity="high"),
        event("mon 12:00", "reopened"),
    ]
    assert stand(ask(data, log, "mon 11:30", severity="low")["m"].cycles[-1]) == (
        *("met", "mon 13:00"),
    )
    cycles = ask(data, log, "mon 12:30", severity="low")["m"].cycles
    assert [stand(cycle) for cycle in cycles] == [("running", "mon 13:00")]


# Several cycles ----------------------------------------------------------------------------------


def test_next_replies() -> None:
    """Each question of the customer is to be answered within an hour of work, the first in time.

    The second comes at 16:30, and half an hour of it is left on Tuesday; a further question while
    the clock runs is part of the second, and the answer at 10:00 is half an hour too late.
    """
    keys = {
        "start": {"event": "replied", "by": "customer"},
        "stop": {"event": "replied", "by": "agent"},
        "repeat": "next_start",
    }
    log = [
        event("mon 10:00", "replied", by="customer"),
        event("mon 10:30", "replied", by="agent"),
        event("mon 11:00", "replied", by="agent"),
        event("mon 16:30", "replied", by="customer"),
        event("mon 17:00", "replied", by="customer"),
        event("tue 10:00", "replied", by="agent"),
    ]
    hour = "1 working hour"
    assert metric(keys, log, "mon 09:30", hour).cycles[0].state == "not started"
    answer = metric(keys, log, "tue 11:00", hour)
    assert [(stand(one), shown(one.start), shown(one.stopped_at)) for one in answer.cycles] == [
        (("met", "mon 11:00"), "mon 10:00", "mon 10:30"),
        (("breached", "tue 09:30"), "mon 16:30", "tue 10:00"),
    ]
    assert answer.ever_breached
    once = {key: keys[key] for key in ("start", "stop")}
    assert len(metric(once, log, "tue 11:00", hour).cycles) == 1


def test_a_repeat_that_does_not_wait() -> None:
    """Each cycle begins where the one before ended: at 10:00, and at 12:00."""
    log = [event("mon 10:00", "responded"), event("mon 12:00", "responded")]
    keys = {"stop": "responded", "repeat": "independent"}
    cycles = metric(keys, log, "mon 13:00").cycles
    assert [(shown(one.start), *stand(one)) for one in cycles] == [
        ("mon 09:00", "met", "mon 13:00"),
        ("mon 10:00", "met", "mon 14:00"),
        ("mon 12:00", "running", "mon 16:00"),
    ]


def test_a_repeat_in_sequence() -> None:
    """The first is due at 13:00, and there begins the second, though the first ends at 10:00."""
    log = [event("mon 10:00", "responded"), event("mon 14:00", "paused")]
    keys = {"stop": "responded", "repeat": "sequential"}
    early = metric(keys, log, "mon 11:00").cycles
    assert [(shown(one.start), *stand(one)) for one in early] == [
        ("mon 09:00", "met", "mon 13:00"),
        ("mon 13:00", "running", "mon 17:00"),
    ]
    assert (early[1].elapsed, early[1].remaining) == (0, 4 * HOUR)
    paused = metric(keys, log, "mon 15:00").cycles[1]
    assert (paused.elapsed, shown(paused.due_if_resumed)) == (HOUR, "tue 10:00")


def test_a_sequence_counts_no_pause_of_before() -> None:
    """Paused from 9:30 to 10:00, two hours are due at 11:30, where the next cycle begins.

    At 15:00 that has run for three and a half hours, and was never paused.
    """
    log = [
        event("mon 09:30", "paused"),
        event("mon 10:00", "resumed"),
        event("mon 14:00", "resolved"),
    ]
    keys = {"stop": "resolved", "repeat": "sequential"}
    first, second = metric(keys, log, "mon 15:00", "2 working hours").cycles
    assert first.paused == {"paused": HOUR // 2}
    assert (shown(second.start), second.elapsed, second.paused) == ("mon 11:30", 7 * HOUR // 2, {})


def test_a_sequence_of_a_paused_clock() -> None:
    """Paused since 10:00 and stopped at 12:00, it would be due at 15:00: there the next begins."""
    log = [event("mon 10:00", "paused"), event("mon 12:00", "responded")]
    keys = {"stop": "responded", "repeat": "sequential"}
    assert shown(last(keys, log, "mon 12:00").start) == "mon 15:00"


def test_a_sequence_that_goes_back_over_time_that_did_not_count() -> None:
    """Due at 10:00, void from 11:00 to 12:00, stopped at 13:00: the next began at 10:00.

    At 14:00 it has run for three hours of four, and was due at 11:00, where it was paused.
    """
    log = [
        event("mon 11:00", "cancelled"),
        event("mon 12:00", "reopened"),
        event("mon 13:00", "resolved"),
    ]
    keys = {"stop": "resolved", "repeat": "sequential"}
    cycle = last(keys, log, "mon 14:00", "1 working hour")
    assert (shown(cycle.start), *stand(cycle)) == ("mon 10:00", "breached", "mon 11:00")
    assert (cycle.elapsed, cycle.paused) == (3 * HOUR, {"cancelled": HOUR})


def test_the_event_of_the_creation_is_heard_once() -> None:
    """Solved as it comes in, a ticket starts and stops at once; the log does not start it again."""
    keys = {"stop": {"status": "solved"}, "repeat": "next_start"}
    log = [event("mon 09:00", "created", status="solved")]
    (only,) = metric(keys, log, "mon 10:00", status="solved").cycles
    assert (only.state, shown(only.start), shown(only.stopped_at)) == ("met", *["mon 09:00"] * 2)


def test_reset() -> None:
    """What ran is void; the next start begins anew, and a state that holds is a start at once."""
    log = [event("mon 10:00", "note"), event("mon 11:00", "accepted")]
    keys: dict[str, Any] = {"start": ["created", "accepted"], "reset": "note"}
    states = [cycle.state for cycle in metric(keys, log, "mon 10:30").cycles]
    assert states == ["cancelled", "not started"]
    assert stand(last(keys, log, "mon 11:30")) == ("running", "mon 15:00")
    keys = {"start": {"status": "open"}, "reset": "note"}
    cycles = metric(keys, log, "mon 10:30", status="open").cycles
    assert [stand(one) for one in cycles] == [("cancelled", "mon 13:00"), ("running", "mon 14:00")]
    assert len(metric({**keys, "start": "accepted"}, log, "mon 10:30").cycles) == 1


def test_a_start_waits_for_other_metrics() -> None:
    """The first acceptance comes before the response; the second one counts."""
    data = {
        "metrics": {
            "response": {"stop": "responded"},
            "m": {"start": "accepted", "starts_after": ["response"]},
        },
        "tables": {"t": [{"targets": {"m": "4 working hours"}}]},
    }
    log = [
        event("mon 10:00", "accepted"),
        event("mon 11:00", "responded"),
        event("mon 12:00", "accepted"),
    ]
    assert ask(data, log, "mon 11:30")["m"].cycles[0].state == "not started"
    assert stand(ask(data, log, "mon 12:30")["m"].cycles[0]) == ("running", "mon 16:00")
    together = [event("mon 11:00", "accepted"), event("mon 11:00", "responded")]
    assert stand(ask(data, together, "mon 12:30")["m"].cycles[0]) == ("running", "mon 15:00")


def test_a_clock_inside_another() -> None:
    """It stops with the outer one, and pauses when that pauses, and for a reason of its own."""
    data = {
        "metrics": {
            "outer": {"stop": "closed", "pause": "paused"},
            "inner": {"inside": "outer", "pause": {"group": "other"}},
        },
        "tables": {"t": [{"targets": {"inner": "4 working hours", "outer": "8 working hours"}}]},
    }
    log = [
        event("mon 10:00", "paused"),
        event("mon 11:00", "resumed"),
        event("mon 12:00", "assigned", group="other"),
        event("mon 14:00", "closed"),
    ]
    answers = ask(data, log, "mon 15:00")
    assert answers["outer"].cycles[0].paused == {"paused": HOUR}
    inner = answers["inner"].cycles[0]
    assert inner.paused == {"paused": HOUR, "group is other": 2 * HOUR}
    assert (stand(inner), inner.elapsed) == (("met", "mon 16:00"), 2 * HOUR)


# Fields ------------------------------------------------------------------------------------------


def test_what_events_say_of_the_ticket() -> None:
    """A note's field stays if a clause asks the ticket for it, else it is the note's own."""
    log = [event("mon 10:00", "note", place="here", mood="bad"), event("mon 11:00", "bell")]
    stop = {"event": "bell", "place": "here"}
    assert last({"stop": stop}, log, "mon 12:00").state == "running"
    asked = {"stop": stop, "cancel": {"place": "nowhere"}}
    assert last(asked, log, "mon 12:00").state == "met"
    changed = [event("mon 10:00", "changed", place="here"), log[1]]
    assert last({"stop": stop}, changed, "mon 12:00").state == "met"
    gone = [changed[0], event("mon 10:30", "changed", place=None), log[1]]
    assert last({"stop": stop}, gone, "mon 12:00").state == "running"
    own = [changed[0], event("mon 11:00", "bell", place="there")]
    assert last({"stop": stop}, own, "mon 12:00").state == "running"


# Targets -----------------------------------------------------------------------------------------


def test_values_are_compared_as_text() -> None:
    assert [text_of(one) for one in (1, "1", True, "true")] == ["1", "1", "true", "true"]
    for value in (True, "true"):
        cycle = last({"pause": {"vip": True}}, [], "mon 10:00", vip=value)
        assert cycle.paused == {"vip is true": HOUR}
    assert last({"pause": {"vip": {"not": True}}}, [], "mon 10:00").state == "paused"


def test_parts_are_moved_each_by_itself() -> None:
    """With a pause from Monday 16:00 to Tuesday 10:00, eighteen hours, two of them of work.

    A working day from Monday 09:00 is Tuesday 09:00, and two hours later 11:00. Twelve hours are
    over at 21:00, and with the pause on Tuesday at 15:00.
    """
    log = [event("mon 16:00", "paused"), event("tue 10:00", "resumed")]
    assert parts("end of working day + 1") == ("earliest", ["end of working day + 1"])
    for which, due, elapsed in (("earliest", "tue 11:00", 7), ("latest", "tue 15:00", 7)):
        cycle = last({}, log, "tue 10:00", f"{which} of 12 hours, 1 working day")
        assert (shown(cycle.due), cycle.elapsed) == (due, elapsed * HOUR)
        # The hour of Monday and that of Tuesday; or all of the night as well.
        assert cycle.paused == {"paused": (2 if which == "earliest" else 18) * HOUR}


def test_late_and_breached() -> None:
    """Due at 11:00 with a limit at 13:00."""
    target = {"within": "2 working hours", "limit": "4 working hours"}
    for as_of, state in (
        (when("mon 11:00"), "running"),
        (when("mon 11:00") + 1, "late"),
        (when("mon 13:00"), "late"),
        (when("mon 13:00") + 1, "breached"),
    ):
        cycle = last({}, [], as_of, target)
        assert cycle.state == state
        assert (shown(cycle.due), shown(cycle.limit)) == ("mon 11:00", "mon 13:00")
        assert shown(cycle.breached_at) == ("mon 13:00" if state == "breached" else None)
    for hour, state in ((11, "met"), (12, "late"), (13, "late"), (14, "breached")):
        log = [event(f"mon {hour}:00", "resolved")]
        assert last({"stop": "resolved"}, log, "tue 09:00", target).state == state


def test_a_limit_is_hidden_by_itself() -> None:
    """The due at 11:00 is past when the pause begins at 12:00, the limit at 13:00 is not."""
    target = {"within": "2 working hours", "limit": "4 working hours"}
    cycle = last({}, [event("mon 12:00", "paused")], "mon 15:00", target)
    assert (stand(cycle), cycle.limit) == (("late", "mon 11:00"), None)


def test_the_strictest_promise_tells() -> None:
    """Both tables promise: two hours with a limit of six, and three hours without one."""
    data = {
        "metrics": {"m": {}},
        "tables": {
            "t": [{"targets": {"m": {"within": "2 hours", "limit": "6 hours"}}}],
            "u": [{"targets": {"m": "3 hours"}}],
        },
    }
    cycle = ask(data, [], "mon 10:00")["m"].cycles[0]
    assert (shown(cycle.due), shown(cycle.limit), cycle.row) == ("mon 11:00", "mon 12:00", ("t", 0))


def test_words_are_no_target_and_some_are_not_covered() -> None:
    data = {
        "metrics": {"m": {}},
        "tables": {"t": [{"targets": {"m": {"promise": "negotiated"}}}]},
    }
    cycle = ask(data, [], "mon 10:00")["m"].cycles[0]
    assert (stand(cycle), cycle.elapsed, cycle.row) == (("no target", None), None, None)
    data["coverage"] = [{"when": {"received": "closed"}}]
    assert ask(data, [], "mon 10:00")["m"].cycles[0].state == "not covered"


def fixed(at: str, due: str | None, **more: str) -> Event:
    """An override of the metric's due."""
    instants_of = {name: when(text) for name, text in more.items()}
    fields: Fields = {"metric": "m", "due": due and when(due), "author": "x", "reason": "agreed"}
    return when(at), "overridden", fields | instants_of


def test_overrides() -> None:
    """Fixed at 16:00 whatever pauses; before its start it waits for it; None gives it back."""
    log = [event("mon 10:00", "paused"), fixed("mon 11:00", "mon 16:00", limit="mon 17:00")]
    cycle = last({}, log, "mon 12:00")
    assert (stand(cycle), shown(cycle.limit)) == (("paused", "mon 16:00"), "mon 17:00")
    assert (cycle.elapsed, cycle.due_if_resumed) == (HOUR, None)
    # Seven hours from nine to four, less the two of pause, of which one has been used.
    assert cycle.remaining == 4 * HOUR
    back = last({}, [*log, fixed("mon 12:00", None)], "mon 12:00")
    assert (stand(back), shown(back.due_if_resumed)) == (("paused", None), "mon 15:00")
    waiting = [fixed("mon 10:00", "mon 16:00"), event("mon 11:00", "accepted")]
    assert stand(last({"start": "accepted"}, waiting, "mon 10:30"))[0] == "not started"
    assert stand(last({"start": "accepted"}, waiting, "mon 12:00")) == ("running", "mon 16:00")
    # It was breached at 13:00, before it was agreed at 14:00 that 16:00 would do.
    late = last({}, [fixed("mon 14:00", "mon 16:00")], "mon 15:00")
    assert (late.state, shown(late.breached_at)) == ("running", "mon 13:00")


# Warnings ----------------------------------------------------------------------------------------


def warned(log: list[Event], as_of: str, *thresholds: str) -> list[tuple[str | None, str]]:
    target = {"within": "4 working hours", "warnings": list(thresholds)}
    answer = metric({"stop": "resolved"}, log, as_of, target)
    return [(shown(at), text) for at, text in answer.warnings_passed]


def test_warnings() -> None:
    """Half is at 11:00 and the due at 13:00; what comes after the stop has not been passed."""
    texts = ("1 hour after", "50 %", "90 working minutes before", "30 minutes before")
    passed = [
        ("mon 11:00", "50 %"),
        ("mon 11:30", "90 working minutes before"),
        ("mon 12:30", "30 minutes before"),
        ("mon 14:00", "1 hour after"),
    ]
    assert warned([], "mon 14:00", *texts) == passed
    assert warned([], "mon 12:00", *texts) == passed[:2]
    assert warned([event("mon 12:30", "resolved")], "mon 14:00", *texts) == passed[:3]


def test_warnings_move_with_pauses_that_come_before_them() -> None:
    """A pause from 11:30 to 12:30: what was to come at 12:00 comes at 13:00.

    Half of it was used at 11:00, before the pause; two hours before the due was then too.
    """
    log = [event("mon 11:30", "paused"), event("mon 12:30", "resumed")]
    assert warned(log, "mon 14:00", "50 %", "75 %", "2 hours before", "1 hour before") == [
        ("mon 11:00", "2 hours before"),
        ("mon 11:00", "50 %"),
        ("mon 13:00", "1 hour before"),
        ("mon 13:00", "75 %"),
    ]


def test_a_warning_that_a_pause_overtakes_comes_as_it_ends() -> None:
    """Two hours before the due, by day and night, while the clock pauses over a night.

    From 14:00 on there are four hours; at 16:30 one and a half of them are left. The due would be
    on Tuesday at 10:30 from the night on, and at 8:30, two hours before, nobody is called. As the
    clock goes on at 12:00, with half an hour and three hours of pause behind it, 13:30 is due.
    """
    keys = {"start": "accepted"}
    log = [event("mon 14:00", "accepted"), event("mon 16:30", "paused")]
    target = {"within": "4 working hours", "warnings": ["2 hours before"]}
    assert metric(keys, log, "tue 09:00", target).warnings_passed == []
    log.append(event("tue 12:00", "resumed"))
    passed = metric(keys, log, "tue 16:00", target).warnings_passed
    assert passed == [(when("tue 12:00"), "2 hours before")]


# Semantics ---------------------------------------------------------------------------------------


def like(
    semantics: str | dict[str, str],
    keys: dict[str, Any],
    log: Iterable[Event],
    as_of: int | str,
    target: Any = "4 working hours",
) -> MetricAnswer:
    """How the only metric of a policy stands that reckons as a product does."""
    tables = {"t": [{"targets": {"m": target}}]}
    data = {"metrics": {"m": keys}, "tables": tables, "semantics": semantics}
    answer: MetricAnswer = ask(data, log, as_of)["m"]
    return answer


@pytest.mark.parametrize(
    ("target", "closing", "opening"),
    [
        # From Monday 09:00 eight hours are used up at 17:00, and Tuesday opens at 09:00.
        ("8 working hours", "mon 17:00", "tue 09:00"),
        ("480 working minutes", "mon 17:00", "tue 09:00"),
        ("40 working hours", "fri 17:00", None),  # not until the Monday after
        ("7 working hours", "mon 16:00", "mon 16:00"),
        # What is due at a closing for another reason stays there.
        ("end of working day", "mon 17:00", "mon 17:00"),
        ("8 hours", "mon 17:00", "mon 17:00"),
        ("1 working day", "tue 09:00", "tue 09:00"),
        # Of two parts each by itself: the earliest is that of the day.
        ("earliest of 8 working hours, end of working day", "mon 17:00", "mon 17:00"),
        ("latest of 8 working hours, end of working day", "mon 17:00", "tue 09:00"),
    ],
)
def test_working_time_used_up_at_a_closing(target: str, closing: str, opening: str | None) -> None:
    assert shown(last({}, [], "mon 10:00", target).due) == closing
    cycle = like({"exact_fit": "next_opening"}, {}, [], "mon 10:00", target).cycles[0]
    monday = when("sun 09:00") + 24 * HOUR
    assert cycle.due == (monday if opening is None else when(opening))


def test_an_exact_fit_after_pauses() -> None:
    """Six hours from 09:00, with two of pause from 10:00 on, are used up at 17:00.

    A second pause from 18:00 to Tuesday 10:00 comes after a due at 17:00, and before one on Tuesday
    at 09:00, which it moves by its hour of work to 10:00. From 18:00 to 08:00 there is none.
    """
    pause = [event("mon 10:00", "paused"), event("mon 12:00", "resumed")]
    long = [*pause, event("mon 18:00", "paused"), event("tue 10:00", "resumed")]
    idle = [*pause, event("mon 18:00", "paused"), event("tue 08:00", "resumed")]
    for fit, dues in (
        ("closing", ("mon 17:00", "mon 17:00", "mon 17:00")),
        ("next_opening", ("tue 09:00", "tue 10:00", "tue 09:00")),
    ):
        for log, due in zip((pause, long, idle), dues, strict=True):
            answer = like({"exact_fit": fit}, {}, log, "tue 11:00", "6 working hours")
            assert shown(answer.cycles[0].due) == due


def test_an_exact_fit_moves_the_limit_and_no_share() -> None:
    """Due at 16:00 with a limit of eight hours: on Tuesday at 09:00. All of it is used at 17:00.

    At 16:30 half an hour of eight is left, whether they end at 17:00 or at 09:00.
    """
    target = {"within": "7 working hours", "limit": "8 working hours"}
    log = [event("mon 20:00", "resolved")]
    cycle = like("zammad", {"stop": "resolved"}, [], "mon 16:30", target).cycles[0]
    assert (stand(cycle), shown(cycle.limit)) == (("late", "mon 16:00"), "tue 09:00")
    assert like("zammad", {"stop": "resolved"}, log, "tue 10:00", target).cycles[0].state == "late"
    assert last({"stop": "resolved"}, log, "tue 10:00", target).state == "breached"

    exact = {"within": "8 working hours", "warnings": ["100 %", "1 hour before"]}
    answer = like({"exact_fit": "next_opening"}, {}, [], "tue 08:30", exact)
    assert answer.warnings_passed == [
        (when("mon 17:00"), "100 %"),
        (when("tue 08:00"), "1 hour before"),
    ]
    early = like({"exact_fit": "next_opening"}, {}, [], "mon 16:30", exact).cycles[0]
    assert (early.elapsed, early.remaining) == (15 * HOUR // 2, HOUR // 2)


def test_at_the_very_due() -> None:
    """Due at 11:00 with a limit at 13:00; who answers at 11:00 is late."""
    target = {"within": "2 working hours", "limit": "4 working hours"}
    for as_of, state in (
        (when("mon 11:00") - 1, "running"),
        (when("mon 11:00"), "late"),
        (when("mon 13:00") - 1, "late"),
        (when("mon 13:00"), "breached"),
    ):
        cycle = like({"at_due": "breached"}, {}, [], as_of, target).cycles[0]
        assert cycle.state == state
        assert shown(cycle.breached_at) == ("mon 13:00" if state == "breached" else None)
    for hour, state in ((10, "met"), (11, "late"), (12, "late"), (13, "breached")):
        log = [event(f"mon {hour}:00", "resolved")]
        answer = like({"at_due": "breached"}, {"stop": "resolved"}, log, "tue 09:00", target)
        assert answer.cycles[0].state == state
        assert answer.ever_breached is (state == "breached")


def test_what_has_not_begun_is_not_breached() -> None:
    """At 10:00 the first cycle, due at 13:00, is stopped: there the next one will begin.

    It is due at once: at 13:00, which breaches it; not before, nor if it is cancelled before.
    """
    keys = {"stop": "responded", "repeat": "sequential", "on_change": "keep_original"}
    data = {
        "attributes": {"severity": ["high", "low"]},
        "metrics": {"m": keys},
        "tables": {
            "t": [
                {"when": {"severity": "high"}, "targets": {"m": "4 working hours"}},
                {"targets": {"m": "at once"}},
            ]
        },
        "semantics": {"at_due": "breached"},
    }
    log = [
        event("mon 09:30", "changed", severity="low"),
        event("mon 10:00", "responded"),
        event("mon 12:00", "cancelled"),
    ]
    for events, as_of, state, breached in (
        (log[:2], "mon 12:30", "running", None),
        (log[:2], "mon 13:00", "breached", "mon 13:00"),
        (log, "mon 13:00", "cancelled", None),
    ):
        cycle = ask(data, events, as_of, severity="high")["m"].cycles[-1]
        assert (shown(cycle.start), *stand(cycle)) == ("mon 13:00", state, "mon 13:00")
        assert (shown(cycle.breached_at), cycle.elapsed) == (breached, 0)


def test_what_floats_is_never_past() -> None:
    """A working day from Monday 09:00 is Tuesday 09:00, and a pause from 18:00 on comes before it.

    At 09:30 half an hour of work has moved the due to 09:30, and so on; as the pause ends at 10:00
    nothing is left. What is due before the pause does not float, nor does what was fixed.
    """
    log = [event("mon 18:00", "paused"), event("tue 10:00", "resumed")]
    for as_of, state, due, resumed, breached in (
        ("tue 09:00", "paused", None, "tue 09:00", None),
        ("tue 09:30", "paused", None, "tue 09:30", None),
        ("tue 10:00", "breached", "tue 10:00", None, "tue 10:00"),
    ):
        cycle = like({"at_due": "breached"}, {}, log, as_of, "1 working day").cycles[0]
        assert (stand(cycle), shown(cycle.due_if_resumed)) == ((state, due), resumed)
        assert shown(cycle.breached_at) == breached
    stopped = [*log[:1], event("tue 09:30", "resolved")]  # at the due as it was moved so far
    keys = {"stop": "resolved"}
    answer = like({"at_due": "breached"}, keys, stopped, "tue 10:00", "1 working day")
    assert stand(answer.cycles[0]) == ("breached", "tue 09:30")
    early = like({"at_due": "breached"}, {}, [event("mon 13:00", "paused")], "mon 13:00").cycles[0]
    assert stand(early) == ("breached", "mon 13:00")
    agreed = [event("mon 10:00", "paused"), fixed("mon 11:00", "mon 12:00")]
    assert stand(like({"at_due": "breached"}, {}, agreed, "mon 12:00").cycles[0]) == (
        *("breached", "mon 12:00"),
    )


def test_a_promise_that_ends_at_its_due_is_not_breached() -> None:
    """High until 11:00, which was its due, and low from then on: due at 17:00."""
    data = {
        "attributes": {"severity": ["high", "low"]},
        "metrics": {"m": {}},
        "tables": {
            "t": [
                {"when": {"severity": "high"}, "targets": {"m": "2 working hours"}},
                {"targets": {"m": "8 working hours"}},
            ]
        },
        "semantics": {"at_due": "breached"},
    }
    log = [event("mon 11:00", "changed", severity="low")]
    answer = ask(data, log, "mon 12:00", severity="high")["m"]
    assert stand(answer.cycles[0]) == ("running", "mon 17:00")
    assert not answer.ever_breached


def test_a_due_is_kept_while_the_clock_pauses() -> None:
    """Pauses from 10:00 to 11:00 and from 12:00 on: due at 13:00, at 14:00, and later still."""
    log = [
        event("mon 10:00", "paused"),
        event("mon 11:00", "resumed"),
        event("mon 12:00", "paused"),
    ]
    for as_of, states, due, resumed in (
        ("mon 10:30", "paused", "mon 13:00", "mon 13:30"),
        ("mon 11:30", "running", "mon 14:00", None),
        ("mon 12:00", "paused", "mon 14:00", "mon 14:00"),
        ("mon 15:00", "paused", "mon 14:00", "mon 17:00"),
    ):
        cycle = like("frappe", {}, log, as_of).cycles[0]
        assert (stand(cycle), shown(cycle.due_if_resumed)) == ((states, due), resumed)
        assert cycle.breached_at is None


def test_a_limit_is_kept_as_the_due_is() -> None:
    """Due at 11:00 and at the latest at 13:00; a pause from 10:00 on, and one from 12:00 on."""
    target = {"within": "2 working hours", "limit": "4 working hours"}
    early = like("frappe", {}, [event("mon 10:00", "paused")], "mon 16:00", target).cycles[0]
    assert (stand(early), shown(early.limit)) == (("paused", "mon 11:00"), "mon 13:00")
    assert shown(early.due_if_resumed) == "mon 17:00"  # an hour of the two is left
    late = like("frappe", {}, [event("mon 12:00", "paused")], "mon 16:00", target).cycles[0]
    assert (stand(late), shown(late.limit)) == (("late", "mon 11:00"), "mon 13:00")
    assert late.due_if_resumed is None


def test_a_due_is_hidden_after_the_stop() -> None:
    """Two hours of four are used at 11:00, and all else but the due is known."""
    target = {"within": "4 working hours", "limit": "6 working hours"}
    keys = {"stop": "resolved"}
    running = like("zendesk", keys, [], "mon 11:00", target).cycles[0]
    assert (stand(running), shown(running.limit)) == (("running", "mon 13:00"), "mon 15:00")
    for kind, state in (("resolved", "met"), ("cancelled", "cancelled")):
        for more in ([], [fixed("mon 10:00", "mon 13:00")]):
            log = [*more, event("mon 11:00", kind)]
            cycle = like("zendesk", keys, log, "mon 16:00", target).cycles[0]
            assert (stand(cycle), cycle.limit) == ((state, None), None)
            assert (cycle.elapsed, cycle.remaining) == (2 * HOUR, 2 * HOUR)
    log = [event("mon 16:00", "resolved")]
    breached = like("zendesk", keys, log, "mon 17:00", target).cycles[0]
    assert (stand(breached), shown(breached.breached_at)) == (("breached", None), "mon 15:00")


def test_pauses_of_plain_time() -> None:
    """Begun at 15:00 and due on Tuesday at 11:00; a pause of 18 hours makes it Wednesday 05:00.

    By then there are two hours on Monday and eight on Tuesday, of which two, from 16:00 to 17:00
    and from 09:00 to 10:00, are of pause: eight in all. One of them, on Monday, is used.
    """
    log = [
        event("mon 15:00", "accepted"),
        event("mon 16:00", "paused"),
        event("tue 10:00", "resumed"),
    ]
    cycle = like("erpnext", {"start": "accepted"}, log, "tue 10:00").cycles[0]
    assert stand(cycle) == ("running", "wed 05:00")
    assert (cycle.elapsed, cycle.remaining) == (HOUR, 7 * HOUR)
    assert cycle.paused == {"paused": 2 * HOUR}
    # At six in the morning it has been paused for fourteen hours: Tuesday 11:00 and these.
    during = like("erpnext", {"start": "accepted"}, log[:2], "tue 06:00").cycles[0]
    assert (stand(during), shown(during.due_if_resumed)) == (("paused", None), "wed 01:00")
    # A night without any work counts as well: ten hours are due on Tuesday at 11:00.
    night = [event("mon 17:00", "paused"), event("tue 09:00", "resumed")]
    idle = like("erpnext", {}, night, "tue 09:00", "10 working hours").cycles[0]
    assert (stand(idle), idle.paused) == (("running", "wed 03:00"), {})


def test_shares_pause_for_plain_time_as_dues_do() -> None:
    """Two hours of four from 15:00 on are over at 17:00; with the pause from 16:00 on, at 11:00."""
    log = [
        event("mon 15:00", "accepted"),
        event("mon 16:00", "paused"),
        event("tue 10:00", "resumed"),
    ]
    target = {"within": "4 working hours", "warnings": ["25 %", "50 %"]}
    answer = like("erpnext", {"start": "accepted"}, log, "tue 12:00", target)
    assert answer.warnings_passed == [(when("mon 16:00"), "25 %"), (when("tue 11:00"), "50 %")]


def test_pauses_of_plain_time_end_at_a_closing_as_they_come() -> None:
    """Six hours and two of pause are over at 17:00; eight are on Tuesday at 09:00, or at 11:00."""
    semantics = {"like": "erpnext", "exact_fit": "next_opening"}
    log = [event("mon 10:00", "paused"), event("mon 12:00", "resumed")]
    six = like(semantics, {}, log, "mon 13:00", "6 working hours").cycles[0]
    assert stand(six) == ("running", "mon 17:00")
    eight = like(semantics, {}, log, "mon 13:00", "8 working hours").cycles[0]
    assert stand(eight) == ("running", "tue 11:00")


@pytest.mark.parametrize(
    ("semantics", "keys", "outer", "inner"),
    [
        # Low, eight hours, from 09:00; high, two hours, from 11:00 on: due at 11:00 or at 13:00.
        ("zammad", {}, ["mon 11:00"], ["mon 11:00"]),
        ("servicenow", {}, ["mon 17:00", "mon 13:00"], ["mon 17:00", "mon 13:00"]),
        ("glpi", {}, ["mon 11:00"], ["mon 13:00"]),
        ("glpi", {"on_change": "keep_original"}, ["mon 17:00"], ["mon 17:00"]),
        ({"on_change": "from_change"}, {}, ["mon 13:00"], ["mon 13:00"]),
        ({"on_change_inside": "keep_original"}, {}, ["mon 11:00"], ["mon 17:00"]),
    ],
)
def test_changes_by_default(
    semantics: Any, keys: dict[str, Any], outer: list[str], inner: list[str]
) -> None:
    """By the switch for all metrics, or by that for those inside others."""
    lengths = [dict.fromkeys(("outer", "inner"), f"{hours} hours") for hours in (2, 8)]
    data = {
        "attributes": {"severity": ["high", "low"]},
        "metrics": {"outer": keys, "inner": {"inside": "outer", **keys}},
        "tables": {
            "t": [{"when": {"severity": "high"}, "targets": lengths[0]}, {"targets": lengths[1]}]
        },
        "semantics": semantics,
    }
    log = [event("mon 11:00", "changed", severity="high")]
    answers = ask(data, log, "mon 11:30", severity="low")
    assert [shown(one.due) for one in answers["outer"].cycles] == outer
    assert [shown(one.due) for one in answers["inner"].cycles] == inner


def test_reopening_by_default() -> None:
    """Stopped at 11:00 and reopened at 13:00, when a new cycle has four hours till 17:00."""

    def states(semantics: str, **keys: str) -> list[str]:
        answer = like(semantics, {"stop": "resolved", **keys}, STOPPED, "mon 14:00")
        return [one.state for one in answer.cycles]

    assert states("zammad") == ["met"]
    assert states("zammad", on_reopen="continue") == ["running"]
    assert states("jira") == ["met", "running"]
    assert states("zendesk") == ["running"]


def test_repeats_by_default() -> None:
    """A second start after the stop begins a second cycle, unless the metric says never."""
    log = [
        event("mon 10:00", "asked"),
        event("mon 11:00", "answered"),
        event("mon 12:00", "asked"),
    ]

    def cycles(semantics: Any, **keys: str) -> int:
        answer = like(semantics, {"start": "asked", "stop": "answered", **keys}, log, "mon 13:00")
        return len(answer.cycles)

    assert [cycles(name) for name in ("zammad", "jira", "servicenow")] == [1, 2, 2]
    assert cycles("jira", repeat="never") == 1
    assert cycles({"repeat": "independent"}) == 2
    assert cycles({}, repeat="never") == 1


REQUESTS = [event("mon 10:00", "asked"), event("mon 11:00", "asked"), event("mon 13:30", "asked")]


def test_counting_from_the_last_start() -> None:
    """Asked at 10:00, 11:00 and 13:30; two hours are over at 12:00, 13:00 and 15:30.

    So it was breached at 13:00, which stays on record when the third question comes.
    """
    keys = {"start": "asked", "stop": "answered", "counts_from": "last"}
    two = "2 working hours"
    first = last({**keys, "counts_from": "first"}, REQUESTS, "mon 11:30", two)
    assert (stand(first), first.elapsed) == (("running", "mon 12:00"), 3 * HOUR // 2)
    again = last(keys, REQUESTS, "mon 11:30", two)
    assert (stand(again), shown(again.start)) == (("running", "mon 13:00"), "mon 10:00")
    assert (again.elapsed, again.remaining) == (HOUR // 2, 3 * HOUR // 2)
    answer = metric(keys, REQUESTS, "mon 14:00", two)
    assert [stand(one) for one in answer.cycles] == [("running", "mon 15:30")]
    assert shown(answer.cycles[0].breached_at) == "mon 13:00"
    # By the switch; the first instant of a cycle counts once; and what is stopped stays so.
    by_switch = like({"counts_from": "last"}, {"start": "asked"}, REQUESTS, "mon 11:30", two)
    assert stand(by_switch.cycles[0]) == ("running", "mon 13:00")
    twice = [REQUESTS[0], REQUESTS[0]]
    assert stand(last(keys, twice, "mon 11:00", two)) == ("running", "mon 12:00")
    done = [REQUESTS[0], event("mon 10:30", "answered"), REQUESTS[1]]
    assert stand(last(keys, done, "mon 11:30", two)) == ("met", "mon 12:00")


def test_counting_from_the_last_start_amid_a_rest() -> None:
    """A pause from 10:30 to 12:00; asked again at 11:00: two hours from then and one of pause."""
    keys = {"start": "asked", "counts_from": "last"}
    log = [REQUESTS[0], event("mon 10:30", "paused"), REQUESTS[1], event("mon 12:00", "resumed")]
    during = like("frappe", keys, log, "mon 11:30", "2 working hours").cycles[0]
    assert (stand(during), during.elapsed) == (("paused", "mon 13:00"), 0)
    assert shown(during.due_if_resumed) == "mon 13:30"
    cycle = last(keys, log, "mon 13:00", "2 working hours")
    assert (stand(cycle), cycle.elapsed) == (("running", "mon 14:00"), HOUR)
    assert cycle.paused == {"paused": 3 * HOUR // 2}


def test_counting_from_the_last_start_keeps_targets_and_overrides() -> None:
    """What was fixed at 16:00 is; lifted, two hours from 13:30; and the old promise is kept."""
    keys = {"start": "asked", "counts_from": "last"}
    log = [*REQUESTS[:2], fixed("mon 12:00", "mon 16:00"), REQUESTS[2]]
    assert stand(last(keys, log, "mon 14:00", "2 working hours")) == ("running", "mon 16:00")
    lifted = [*log, fixed("mon 14:00", None)]
    assert stand(last(keys, lifted, "mon 14:00", "2 working hours")) == ("running", "mon 15:30")
    data = {
        "attributes": {"severity": ["high", "low"]},
        "metrics": {"m": {**keys, "on_change": "keep_original"}},
        "tables": {
            "t": [
                {"when": {"severity": "high"}, "targets": {"m": "1 working hour"}},
                {"targets": {"m": "2 working hours"}},
            ]
        },
    }
    raised = [REQUESTS[0], event("mon 10:30", "changed", severity="high"), REQUESTS[1]]
    cycle = ask(data, raised, "mon 11:30", severity="low")["m"].cycles[0]
    assert (stand(cycle), cycle.row) == (("running", "mon 13:00"), ("t", 1))
