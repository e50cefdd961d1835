"""Where the clocks of a product differ from ours, it is said in what, and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from slacalc import Event, Policy
from slacalc.adapters import ProductCycle, compare, jira, servicenow, zendesk
from slacalc.errors import UnknownMetricError
from tests.adapters.payloads import OFFICE, desk, payload

if TYPE_CHECKING:
    from slacalc import Clock


def at(time: str, day: int = 18) -> datetime:
    return datetime.fromisoformat(f"2026-05-{day}T{time}+00:00")


def test_clocks_of_jira_begin_anew_where_ours_go_on() -> None:
    """The issue came back on Tuesday at 10:00, when Jira began a second cycle of 4 hours."""
    issue = payload("jira/issue")
    log = jira.read(issue, agents={"5b10ac8d82e05b22cc7d4ef5"})
    metrics = {"Time to first response": "response", "Time to resolution": "resolution"}
    find = partial(compare, cycles=jira.cycles(issue), as_of=at("15:00", 19), metrics=metrics)
    policy = desk("Medium", "High", pause="Waiting for customer")
    stop, due, breached, cycle = find(log.replay(policy))
    assert stop[:5] == ("resolution", 1, "stop", at("14:00"), None)
    assert stop.reason == (
        "in the policy it runs, or runs again: see `stop`, `reopen` and `on_reopen`"
    )
    assert due[2:] == ("due", at("15:00"), at("11:00", 19), "it follows from the stop")
    assert breached[2:] == ("breached", False, True, "it follows from the due date")
    assert cycle[1:5] == (2, "cycle", at("10:00", 19), None)
    again = desk("Medium", "High", pause="Waiting for customer", on_reopen="new_cycle")
    assert find(log.replay(again)) == []


def test_clocks_of_zendesk_have_other_goals() -> None:
    """A first reply is due in half an hour there, and in two hours here."""
    log = zendesk.read(payload("zendesk/ticket"), payload("zendesk/audits"), agents={1001})
    clock = log.replay(desk("normal", "high", pause="pending"))
    cycles = zendesk.cycles(payload("zendesk/metric_events"))
    metrics = {"reply_time": "response", "requester_wait_time": "resolution"}
    goal, due, breached, cycle = compare(clock, cycles, at("16:00"), metrics)
    assert goal[:5] == ("response", 1, "goal", timedelta(minutes=30), timedelta(hours=2))
    assert goal.reason == "another goal, or another row, applies"
    assert due[2:] == ("due", at("09:30"), at("11:00"), "it follows from start and goal")
    assert (breached.theirs, breached.ours) == (True, False)
    assert cycle[1:5] == (2, "cycle", at("11:00"), None)  # the next reply, which repeats


def test_records_of_servicenow_follow_one_another_in_one_metric() -> None:
    """Another priority cancels one record and begins another; ours goes on from the opening."""
    tables = [payload(f"servicenow/{name}") for name in ("incident", "audits", "journal")]
    policy = desk("3 - Moderate", "1 - Critical", pause="On Hold", field="state")
    clock = servicenow.read(*tables, agents={"ann.agent"}).replay(policy)
    cycles = servicenow.cycles(payload("servicenow/task_sla"))
    metrics = {f"Priority {number} resolution": "resolution" for number in (1, 3)}
    start, due = compare(clock, cycles, at("16:00"), metrics)
    assert start[:5] == ("resolution", 1, "start", at("10:00"), at("09:00"))
    assert start.reason == "they start at different events: see `start` and `on_change`"
    assert due[2:] == ("due", at("15:00"), at("14:00"), "it follows from start and goal")


def clock_of(**options: Any) -> Clock:
    """A clock with 4 working hours from 09:00."""
    row = {"targets": {"resolution": "4 working hours"}}
    policy = Policy(
        "desk",
        calendars=OFFICE,
        calendar="office",
        metrics={"resolution": {"stop": "resolved"}},
        tables={"all": [row]},
        **options,
    )
    return policy.open({}, at("09:00"))


def theirs(**values: Any) -> list[ProductCycle]:
    usual: Any = {"start": at("09:00"), "due": at("13:00"), "goal": timedelta(hours=4)}
    return [ProductCycle(metric="R", **(usual | values))]


RESOLVED = clock_of().apply(Event(at("13:00"), "resolved"))
PAUSED = clock_of().apply(Event(at("10:00"), "paused", reason="parts"))
RESUMED = PAUSED.apply(Event(at("11:00"), "resumed"))
CANCELLED = clock_of().apply(Event(at("10:00"), "cancelled"))
FULL_DAY = Policy(
    "desk",
    calendars=OFFICE,
    calendar="office",
    metrics={"resolution": {"stop": "resolved"}},
    tables={"all": [{"targets": {"resolution": "8 working hours"}}]},
).open({}, at("09:00"))
WAITING = Policy(
    "desk",
    calendars=OFFICE,
    calendar="office",
    metrics={"resolution": {"stop": "resolved"}},
    tables={"all": [{"targets": {"resolution": "1 working day"}}]},
).open({}, at("09:00"))
BY_HAND = clock_of().apply(
    Event(at("10:00"), "overridden", metric="resolution", due=at("15:00"), author="Ann", reason="x")
)


@pytest.mark.parametrize(
    ("clock", "cycles", "expected"),
    [
        (clock_of(), theirs(breached=False), {}),
        (clock_of(), theirs(due=None, goal=None, start=None), {}),
        (clock_of(), theirs(start=at("09:00:59"), due=at("13:00:59")), "rounds|it follows"),
        (clock_of(), theirs(due=at("13:00:30")), {"due": "rounds instants"}),
        (clock_of(), theirs(due=at("12:00")), {"due": "hours or holidays"}),
        (clock_of(), theirs(due=at("12:00"), goal=None), {"due": "length, hours or holidays"}),
        (clock_of(), theirs(goal=timedelta(hours=5)), {"goal": "another goal"}),
        (RESOLVED, theirs(stop=at("13:00"), breached=True), {"breached": "`at_due`"}),
        (RESOLVED, theirs(stop=at("12:30")), {"stop": "different events"}),
        (RESOLVED, theirs(), {"stop": "in the product it runs"}),
        (PAUSED, theirs(is_paused=True), {"due": "`due_while_paused`"}),
        (RESUMED, theirs(), {"due": "paused at other times"}),
        (RESUMED, theirs(due=at("14:00")), {}),
        (CANCELLED, theirs(), {"cancelled": "`cancel`"}),
        (CANCELLED, theirs(is_cancelled=True, due=None), {}),
        (clock_of(), theirs(is_cancelled=True), {"cancelled": "`cancel`"}),
        (FULL_DAY, theirs(due=at("09:00", 19), goal=None), {"due": "`exact_fit`"}),
        (BY_HAND, theirs(), {"due": "set by hand"}),
        (clock_of(), [], {"cycle": "the product has no cycle of 'R'"}),
        (
            PAUSED,
            theirs(start=at("09:00:00.123"), is_paused=True),
            {"start": "rounds", "due": "`due_while_paused`"},
        ),
        (
            clock_of(),
            theirs(start=at("09:00:30"), due=at("11:00")),
            {"start": "rounds", "due": "hours or"},
        ),
        (
            clock_of(),
            theirs(is_paused=True, due=at("15:00")),
            {"due": "only in the product it is paused"},
        ),
        (
            WAITING,
            theirs(due=at("17:00"), goal=None),
            {"due": "the policy waits for an opening"},
        ),
    ],
)
def test_each_difference_has_its_reason(
    clock: Clock, cycles: list[ProductCycle], expected: dict[str, str] | str
) -> None:
    """What follows from another difference says so, and is not explained a second time."""
    differences = compare(clock, cycles, at("13:00"), {"R": "resolution"})
    if isinstance(expected, str):
        assert [each.what for each in differences] == ["start", "due"]
        assert "rounds" in differences[0].reason
        assert "it follows" in differences[1].reason
        return
    assert [each.what for each in differences] == [*expected]
    for difference in differences:
        assert expected[difference.what] in difference.reason


def test_the_last_of_records_that_are_all_cancelled_counts() -> None:
    cycles = [*theirs(is_cancelled=True), ProductCycle(metric="S", is_cancelled=True)]
    names = {"R": "resolution", "S": "resolution"}
    assert compare(CANCELLED, cycles, at("13:00"), names) == []
    (difference,) = compare(clock_of(), cycles, at("13:00"), names)
    assert difference.what == "cancelled"


def test_what_was_cancelled_for_the_next_counts_in_neither() -> None:
    """Whether it has one definition or two, and whether ours was cancelled too."""
    usual = theirs(number=2)
    again = [ProductCycle(metric="R", start=at("09:00"), is_cancelled=True), *usual]
    names = {"R": "resolution", "S": "resolution"}
    assert compare(clock_of(), again, at("11:00"), names) == []
    renamed = [ProductCycle(metric="S", start=at("09:00"), is_cancelled=True), *usual]
    assert compare(clock_of(), renamed, at("11:00"), names) == []
    (difference,) = compare(CANCELLED, again, at("11:00"), names)
    assert difference[:5] == ("resolution", 1, "cancelled", False, True)


def test_a_name_that_no_cycle_has_is_named() -> None:
    (difference,) = compare(
        clock_of(), theirs(), at("11:00"), {"r": "resolution", "S": "resolution"}
    )
    assert "the product has no cycle of 'r' or 'S'" in difference.reason


def test_cycles_of_several_metrics_are_numbered_by_their_starts() -> None:
    names = {"R": "resolution", "S": "resolution"}
    cycles = [ProductCycle(metric="S", start=at("12:00")), *theirs()]
    (difference,) = compare(clock_of(), cycles, at("13:00"), names)
    assert difference[:4] == ("resolution", 2, "cycle", at("12:00"))


def test_a_breach_that_the_product_has_not_noticed() -> None:
    late = theirs(breached=False)
    (breached,) = compare(clock_of(), late, at("13:30"), {"R": "resolution"})
    assert str(breached) == (
        "resolution, cycle 1, breached: theirs False, ours True: "
        "the product has not updated its record"
    )
    paused = theirs(breached=False, is_paused=True)
    (breached,) = compare(clock_of(), paused, at("13:30"), {"R": "resolution"})
    assert breached.reason == "only in the product it is paused: see `pause`"


def test_metrics_that_are_not_named_are_not_compared() -> None:
    assert compare(clock_of(), theirs(due=at("10:00")), at("11:00"), {}) == []
    with pytest.raises(UnknownMetricError, match="did you mean 'resolution'"):
        compare(clock_of(), theirs(), at("11:00"), {"R": "resolutoin"})
