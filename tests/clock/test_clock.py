"""One ticket's clock, event by event; the figures are reckoned by hand.

The desk is open Monday to Friday from 9 to 17, and a ticket comes in on Monday at 9.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from slacalc import Clock, Event, Policy, presets, replay
from slacalc.errors import (
    ClockError,
    DuplicateEventError,
    EventError,
    LateEventError,
    PolicyError,
    TicketError,
    UnknownMetricError,
)
from tests.clock.helpers import at, clock, event, hours, policy, shown, work

DAY = policy({})  # 8 working hours, from created to resolved
BY_STATUS = policy({"pause": {"status": ["pending", "on-hold"]}})
PRIORITIES = {"high": "4 working hours", "low": "16 working hours"}


# States -------------------------------------------------------------------------------------------


def test_running_met_and_breached() -> None:
    """A bound is kept at its very instant and broken a microsecond later."""
    made = clock(DAY)
    assert shown(work(made, "Mo 12:00").due) == "Mo 17:00"
    assert work(made, "Mo 17:00").state == "running"
    assert work(made, "Mo 17:00:01").state == "breached"
    late = made.status(at("Mo 17:00") + timedelta(microseconds=1))["work"]
    assert (late.state, late.breached_at) == ("breached", late.due)
    assert work(made.apply(event("Mo 17:00", "resolved")), "Fr 9:00").state == "met"
    assert work(made.apply(event("Mo 17:00:01", "resolved")), "Fr 9:00").state == "breached"


def test_a_fridays_breach_is_seen_on_saturday() -> None:
    """Instants are compared, not working time left, which is nothing all weekend."""
    made = clock(DAY, opened="Fr 9:00")
    saturday = work(made, "Sa 11:00")
    assert (saturday.state, shown(saturday.breached_at)) == ("breached", "Fr 17:00")
    assert (hours(saturday.remaining), saturday.share) == (0, 1)


def test_late_between_due_and_limit() -> None:
    """Past due and before the limit it is late, past the limit breached."""
    of = policy({}, {"within": "4 working hours", "limit": "8 working hours"})
    made = clock(of)
    states = [work(made, when).state for when in ("Mo 13:00", "Mo 13:01", "Mo 17:00", "Tu 9:00")]
    assert states == ["running", "late", "late", "breached"]
    status = work(made.apply(event("Mo 14:00", "resolved")), "Tu 9:00")
    assert (status.state, status.ever_breached, shown(status.limit)) == ("late", False, "Mo 17:00")


def test_elapsed_remaining_and_share() -> None:
    """A running clock counts working time only."""
    status = work(clock(DAY, opened="Mo 15:00"), "Tu 10:00")
    assert (hours(status.elapsed), hours(status.remaining), status.share) == (3, 5, 0.375)
    assert shown(status.due) == "Tu 15:00"


def test_a_clock_that_has_not_started_says_what_starts_it() -> None:
    """Not begun is no zero: there is no due, and a reason."""
    made = clock(policy({"start": "accepted"}))
    status = work(made, "Mo 10:00")
    assert (status.state, status.due, status.elapsed) == ("not started", None, None)
    assert status.reason == "not begun: starts at accepted"
    begun = work(made.apply(event("Mo 12:00", "accepted")), "Mo 12:00")
    assert (begun.state, shown(begun.due), shown(begun.start)) == (
        "running",
        "Tu 12:00",
        "Mo 12:00",
    )


def test_nothing_promised_and_not_covered() -> None:
    """Without a figure a clock still counts; without cover nothing is owed."""
    of = policy({}, {"high": "4 working hours", "none": {"promise": "negotiated"}})
    status = work(clock(of, ticket={"priority": "none"}), "Mo 11:00")
    assert (status.state, status.reason, hours(status.elapsed)) == ("no target", "negotiated", 2)
    status = work(clock(of, ticket={"priority": "low"}), "Mo 11:00")
    assert (status.state, status.reason) == ("no target", "nothing is promised")
    bought = {"signed": {"kind": "date"}}
    of = policy({}, attributes=bought, coverage=[{"from": "signed", "otherwise": "sold apart"}])
    status_of = clock(of, ticket={"signed": "2025-01-01"}).status(at("Tu 12:00"))
    assert status_of["work"].state == "not covered"
    assert status_of.coverage_note == "not covered; sold apart"


def test_created_closed_or_paused_is_legal() -> None:
    """The clock starts in the state that the ticket is in."""
    of = policy({"stop": {"status": "closed"}, "pause": {"status": "pending"}})
    closed = work(clock(of, ticket={"status": "closed"}), "Tu 9:00")
    assert (closed.state, hours(closed.elapsed)) == ("met", 0)
    paused = work(clock(of, ticket={"status": "pending"}), "Tu 9:00")
    assert (paused.state, paused.due, shown(paused.due_if_resumed)) == ("paused", None, "Tu 17:00")


# Pauses -------------------------------------------------------------------------------------------


def test_a_pause_takes_working_time_of_the_targets_calendar() -> None:
    """From Monday 16 to Tuesday 10 it pauses for two hours, not for eighteen."""
    made = clock(BY_STATUS, event("Mo 16:00", "changed", status="pending"))
    status = work(made, "Tu 9:30")
    assert (status.state, status.due, status.is_paused) == ("paused", None, True)
    assert (shown(status.due_if_resumed), hours(status.remaining)) == ("Tu 10:30", 1)
    assert status.reason == "paused: status is pending"
    status = work(made.apply(event("Tu 10:00", "changed", status="open")), "Tu 10:00")
    assert (status.state, shown(status.due)) == ("running", "Tu 11:00")
    assert {reason: hours(length) for reason, length in status.paused.items()} == {
        "status is pending": 2
    }


def test_a_pause_of_a_target_in_plain_hours_takes_plain_time() -> None:
    """The same pause is eighteen hours long where nights count."""
    of = policy({"pause": {"status": "pending"}}, "8 hours")
    made = clock(
        of, event("Mo 16:00", "changed", status="pending"), event("Tu 10:00", "changed", status="")
    )
    status = work(made, "Tu 10:00")
    assert (shown(status.due), hours(status.paused["status is pending"])) == ("Tu 11:00", 18)


def test_what_was_due_before_a_pause_stays_due() -> None:
    """A pause does not heal a breach, and nothing that was reached moves."""
    made = clock(BY_STATUS, event("Tu 9:30", "changed", status="pending"))
    status = work(made, "We 9:00")
    assert (status.state, shown(status.due), status.is_paused) == ("breached", "Mo 17:00", True)
    assert status.due_if_resumed is None
    assert hours(status.elapsed) == 8.5


def test_a_pause_that_begins_at_the_very_due_does_not_move_it() -> None:
    """The work was done by then."""
    made = clock(BY_STATUS, event("Mo 17:00", "changed", status="pending"))
    assert shown(work(made, "We 9:00").due) == "Mo 17:00"


def test_overlapping_reasons_are_not_counted_twice() -> None:
    """The clock pauses while any reason holds; the time is the oldest reason's."""
    made = clock(
        DAY,
        event("Mo 10:00", "paused", reason="customer"),
        event("Mo 11:00", "paused", reason="vendor"),
        event("Mo 12:00", "resumed", reason="customer"),
    )
    status = work(made, "Mo 13:00")
    assert (status.state, status.pause_reasons) == ("paused", ("vendor",))
    status = work(made.apply(event("Mo 14:00", "resumed")), "Mo 14:00")
    assert (status.state, shown(status.due)) == ("running", "Tu 13:00")
    assert {reason: hours(one) for reason, one in status.paused.items()} == {
        "customer": 2,
        "vendor": 2,
    }


def test_a_reason_changes_while_the_clock_pauses() -> None:
    """From waiting for one to waiting for another it pauses on."""
    made = clock(
        BY_STATUS,
        event("Mo 10:00", "changed", status="pending"),
        event("Mo 12:00", "changed", status="on-hold"),
        event("Mo 13:00", "changed", status="open"),
    )
    status = work(made, "Mo 13:00")
    assert {reason: hours(one) for reason, one in status.paused.items()} == {
        "status is pending": 2,
        "status is on-hold": 1,
    }
    assert shown(status.due) == "Tu 12:00"


def test_resumed_without_a_reason_ends_all_that_events_began() -> None:
    """But not what the ticket's fields are the cause of."""
    of = policy({"pause": ["paused", {"status": "pending"}]})
    made = clock(
        of,
        event("Mo 10:00", "paused"),
        event("Mo 10:00", "changed", status="pending"),
        event("Mo 11:00", "resumed"),
    )
    assert work(made, "Mo 11:00").pause_reasons == ("status is pending",)


def test_a_policy_may_never_pause() -> None:
    """An empty list means never, where leaving it out means the event paused."""
    made = clock(policy({"pause": []}), event("Mo 10:00", "paused"))
    assert work(made, "Mo 11:00").state == "running"
    assert work(clock(DAY, event("Mo 10:00", "paused")), "Mo 11:00").state == "paused"


def test_a_pause_moves_working_days_by_working_time() -> None:
    """Three working days from Monday 9 are Thursday 9; six hours of pause make it Thursday 15."""
    of = policy({"pause": {"status": "pending"}}, "3 working days")
    made = clock(
        of,
        event("Tu 10:00", "changed", status="pending"),
        event("Tu 16:00", "changed", status="open"),
    )
    assert shown(work(made, "Tu 16:00").due) == "Th 15:00"


def test_a_pause_through_the_opening_moves_at_once_to_the_next_one() -> None:
    """A promise to answer at once, met by a pause in the night, is due when work goes on."""
    of = policy({"pause": {"status": "pending"}}, "at once")
    made = clock(of, event("Mo 19:00", "changed", status="pending"), opened="Mo 18:00")
    assert shown(work(made, "Tu 10:00").due_if_resumed) == "Tu 10:00"
    assert shown(work(made, "Tu 20:00").due_if_resumed) == "We 9:00"


def test_a_precondition_pauses_what_it_names() -> None:
    """No work starts without the customer's backup."""
    of = policy(
        {"pause": []},
        preconditions={"backup": {"words": "a backup is made", "pause": {"status": "no-backup"}}},
    )
    status = work(clock(of, ticket={"status": "no-backup"}), "Mo 12:00")
    assert (status.state, status.pause_reasons) == ("paused", ("backup",))


# Changes of priority ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "due", "elapsed", "cycle"),
    [
        # Open since Monday 9, paused from 10 to 11, raised at 12 from 16 to 4 working hours.
        ("keep_elapsed", "Mo 14:00", 3, 1),  # 4 h from 9, and an hour of pause
        ("from_change", "Mo 16:00", 1, 1),  # 4 h from 12
        ("restart", "Mo 16:00", 1, 2),
        ("keep_original", "We 10:00", 3, 1),  # 16 h from Monday 9, and an hour of pause
    ],
)
def test_a_change_of_priority_in_four_modes(
    mode: str, due: str, elapsed: float, cycle: int
) -> None:
    """The pauses are never lost."""
    made = clock(
        policy({"on_change": mode}, PRIORITIES),
        event("Mo 10:00", "paused"),
        event("Mo 11:00", "resumed"),
        event("Mo 12:00", "changed", priority="high"),
    )
    status = work(made, "Mo 13:00")
    assert (shown(status.due), hours(status.elapsed), status.cycle) == (due, elapsed, cycle)
    first = made.status(at("Mo 13:00")).cycles("work")[0]
    assert hours(first.paused["paused"]) == 1
    assert first.state == ("cancelled" if mode == "restart" else "running")


@pytest.mark.parametrize("mode", ["keep_elapsed", "from_change", "restart", "keep_original"])
def test_a_breach_stays_on_record_after_a_downgrade(mode: str) -> None:
    """Breached by 4 hours at 13, relaxed to 16 hours at 15."""
    made = clock(
        policy({"on_change": mode}, PRIORITIES),
        event("Mo 15:00", "changed", priority="low"),
        ticket={"priority": "high"},
    )
    status = work(made, "Mo 16:00")
    assert status.ever_breached
    assert status.state == ("breached" if mode == "keep_original" else "running")
    assert shown(made.status(at("Mo 16:00")).cycles("work")[0].breached_at) == "Mo 13:00"


def test_a_change_in_time_is_no_breach() -> None:
    """Relaxed at the very due, the stricter promise was never broken."""
    made = clock(
        policy({}, PRIORITIES),
        event("Mo 13:00", "changed", priority="low"),
        ticket={"priority": "high"},
    )
    assert not work(made, "Mo 16:00").ever_breached


def test_a_change_at_the_very_start_is_part_of_it() -> None:
    """Ticketing systems often create first and set the priority in the same second."""
    for mode in ("restart", "keep_original", "from_change"):
        made = clock(
            policy({"on_change": mode}, PRIORITIES), event("Mo 9:00", "changed", priority="high")
        )
        status = work(made, "Mo 10:00")
        assert (status.cycle, shown(status.due)) == (1, "Mo 13:00")


def test_a_derived_priority_changes_with_its_sources() -> None:
    """A matrix derives priority from impact; another impact is another promise."""
    of = policy(
        {},
        PRIORITIES,
        attributes={
            "impact": ["big", "small"],
            "priority": {
                "values": ["high", "low"],
                "by": ["impact"],
                "matrix": {"big": "high", "small": "low"},
            },
        },
    )
    made = clock(of, ticket={"impact": "small"})
    assert shown(work(made, "Mo 10:00").due) == "Tu 17:00"
    made = made.apply(event("Mo 10:00", "changed", impact="big"))
    assert shown(work(made, "Mo 10:00").due) == "Mo 13:00"


# Reopening ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "state", "due", "cycle"),
    [
        # 8 working hours; resolved on Monday at 12, reopened on Tuesday at 10 (5 + 1 hours later)
        ("continue", "running", "Tu 15:00", 1),
        ("new_cycle", "running", "We 10:00", 2),
        ("final", "met", "Mo 17:00", 1),
        ("count_all", "breached", "Mo 17:00", 1),
    ],
)
def test_a_reopening_in_four_modes(mode: str, state: str, due: str, cycle: int) -> None:
    """The closed time is excluded, or counts, or is another cycle's, or nothing happens."""
    made = clock(
        policy({"on_reopen": mode}), event("Mo 12:00", "resolved"), event("Tu 10:00", "reopened")
    )
    status = work(made, "Tu 11:00")
    assert (status.state, shown(status.due), status.cycle) == (state, due, cycle)
    if mode == "continue":
        assert hours(status.paused["stopped"]) == 6
    if mode == "new_cycle":
        assert made.status(at("Tu 11:00")).cycles("work")[0].state == "met"


def test_counting_all_keeps_the_pauses_of_the_closed_time() -> None:
    """As if it had never been stopped: a pause that went on through the closed time counts."""
    of = policy({"on_reopen": "count_all", "pause": {"status": "pending"}})
    made = clock(
        of,
        event("Mo 11:00", "changed", status="pending"),
        event("Mo 12:00", "resolved"),
        event("Mo 14:00", "changed", status="open"),
        event("Mo 15:00", "reopened"),
    )
    assert shown(work(made, "Mo 15:00").due) == "Tu 12:00"


def test_reopened_wakes_what_was_resolved_and_nothing_else() -> None:
    """A first response given is given, unless the policy says otherwise."""
    of = policy({"stop": "responded"})
    log = event("Mo 10:00", "responded"), event("Mo 12:00", "reopened")
    assert work(clock(of, *log), "Mo 13:00").state == "met"
    of = policy({"stop": "responded", "reopen": "reopened"})
    assert work(clock(of, *log), "Mo 13:00").state == "running"


def test_reopened_wakes_what_fields_stopped_once_they_are_otherwise() -> None:
    """A ticket may be reopened by its status, where the policy says so, or by the event."""
    of = policy({"stop": {"status": "done"}})
    done = event("Mo 10:00", "changed", status="done")
    made = clock(of, done, event("Mo 12:00", "changed", status="open"))
    assert work(made, "Mo 13:00").state == "met"
    assert work(made.apply(event("Mo 13:00", "reopened")), "Mo 13:00").state == "running"
    still = clock(of, done, event("Mo 12:00", "reopened"))
    assert work(still, "Mo 13:00").state == "met"
    of = policy({"stop": {"status": "done"}, "reopen": {"status": {"not": "done"}}})
    made = clock(of, done, event("Mo 12:00", "changed", status="open"))
    assert work(made, "Mo 13:00").state == "running"


def test_cancelled_and_reopened() -> None:
    """A cancelled clock is void until it is reopened."""
    made = clock(DAY, event("Mo 10:00", "cancelled"))
    status = work(made, "Fr 9:00")
    assert (status.state, hours(status.elapsed)) == ("cancelled", 1)
    made = made.apply(event("Tu 9:00", "reopened"))
    assert shown(work(made, "Tu 9:00").due) == "Tu 16:00"


# Replies and updates ------------------------------------------------------------------------------

REPLIES = Policy.from_dict(
    {
        "name": "replies",
        "calendars": {"desk": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}},
        "metrics": {
            "first-reply": {"stop": {"event": "replied", "by": "agent"}},
            "next-reply": {
                "start": {"event": "replied", "by": "customer"},
                "stop": {"event": "replied", "by": "agent"},
                "starts_after": ["first-reply"],
                "repeat": "next_start",
            },
        },
        "tables": {"all": [{"targets": {"first-reply": "1 hour", "next-reply": "2 hours"}}]},
    }
)


def test_the_next_reply_starts_at_the_oldest_unanswered_message() -> None:
    """Messages before the first reply do not count, and later ones do not push it on."""
    made = clock(
        REPLIES,
        event("Mo 9:10", "replied", by="customer"),  # unanswered, but so is the request
        event("Mo 9:30", "replied", by="agent"),
        event("Mo 10:00", "replied", by="customer"),
        event("Mo 11:00", "replied", by="customer"),
    )
    status = made.status(at("Mo 11:30"))
    assert status["first-reply"].state == "met"
    assert shown(status["next-reply"].due) == "Mo 12:00"
    made = made.apply(event("Mo 12:30", "replied", by="agent"))
    made = made.apply(event("Mo 13:00", "replied", by="customer"))
    cycles = made.status(at("Mo 13:30")).cycles("next-reply")
    assert [one.state for one in cycles] == ["breached", "running"]
    assert shown(cycles[1].due) == "Mo 15:00"
    assert cycles[1].ever_breached
    assert cycles[1].breached_at is None


def test_a_reply_and_a_change_of_status_in_one_save() -> None:
    """One event may do both: the first reply is given and the ticket waits."""
    of = policy({"stop": {"event": "replied", "by": "agent"}, "pause": {"status": "pending"}})
    made = clock(of, event("Mo 10:00", "replied", by="agent", status="pending"))
    status = work(made, "Mo 10:00")
    assert (status.state, hours(status.elapsed)) == ("met", 1)
    two = clock(
        of,
        event("Mo 10:00", "changed", status="pending"),
        event("Mo 10:00", "replied", by="agent"),
    )
    assert work(two, "Mo 12:00").to_dict() == work(made, "Mo 12:00").to_dict()


def test_what_an_act_says_of_itself_is_not_the_tickets() -> None:
    """A reply without an author is nobody's, whoever wrote the one before."""
    of = policy({"stop": {"event": "replied", "by": "agent"}, "start": "accepted"})
    made = clock(
        of,
        event("Mo 9:10", "replied", by="agent"),
        event("Mo 9:20", "accepted"),
        event("Mo 9:30", "replied"),
    )
    assert work(made, "Mo 10:00").state == "running"


@pytest.mark.parametrize(
    ("mode", "dues"),
    [
        # Every four hours; updates at 11, in time, and at 16, which is late for both.
        ("independent", ["Mo 13:00", "Mo 15:00", "Mo 20:00"]),
        ("sequential", ["Mo 13:00", "Mo 17:00", "Mo 21:00"]),
    ],
)
def test_periodic_updates(mode: str, dues: list[str]) -> None:
    """From the last update on, or from when the last one was due."""
    of = policy({"stop": "updated", "repeat": mode, "cancel": "resolved"}, "4 hours")
    made = clock(of, event("Mo 11:00", "updated"), event("Mo 16:00", "updated"))
    cycles = made.status(at("Mo 16:30")).cycles("work")
    assert [shown(one.due) for one in cycles] == dues
    second = "breached" if mode == "independent" else "met"
    assert [one.state for one in cycles] == ["met", second, "running"]
    made = made.apply(event("Mo 19:00", "resolved"))
    assert work(made, "Tu 9:00").state == "cancelled"


def test_a_sequential_update_that_is_early_waits_for_its_time() -> None:
    """Its next cycle begins when the last one was due; until then nothing elapses."""
    of = policy({"stop": "updated", "repeat": "sequential"}, "4 hours")
    status = work(clock(of, event("Mo 10:00", "updated")), "Mo 11:00")
    assert (hours(status.elapsed), shown(status.start)) == (0, "Mo 13:00")
    assert shown(status.due) == "Mo 17:00"


# Holders ------------------------------------------------------------------------------------------

OLA = Policy.from_dict(
    {
        "name": "ola",
        "calendars": {"desk": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}},
        "metrics": {
            "resolution": {"stop": "resolved", "pause": {"status": "pending"}},
            "network": {"inside": "resolution", "held_by": {"group": "network"}},
        },
        "tables": {
            "sla": [{"targets": {"resolution": "16 working hours"}}],
            "ola": [{"targets": {"network": "4 working hours"}}],
        },
    }
)


def test_a_clock_that_runs_while_a_group_holds_the_ticket() -> None:
    """It pauses while others have it, and whenever the promise around it pauses."""
    made = clock(
        OLA,
        event("Mo 10:00", "assigned", group="network"),
        event("Mo 11:00", "changed", status="pending"),
        event("Mo 12:00", "changed", status="open"),
        event("Mo 14:00", "assigned", group="desk"),
    )
    network = made.status(at("Mo 15:00"))["network"]
    assert (network.state, hours(network.elapsed), hours(network.remaining)) == ("paused", 3, 1)
    assert network.pause_reasons == ("not held by group is network",)
    assert {reason: hours(one) for reason, one in network.paused.items()} == {
        "not held by group is network": 2,
        "status is pending": 1,
    }
    made = made.apply(event("Mo 15:00", "assigned", group="network"))
    assert shown(made.status(at("Mo 15:00"))["network"].due) == "Mo 16:00"
    made = made.apply(event("Mo 15:30", "resolved"))
    assert [one.state for one in made.status(at("Tu 9:00")).values()] == ["met", "met"]


def test_time_by_holder_adds_up() -> None:
    """Of the six hours that counted, by group; the pause is nobody's."""
    made = clock(
        OLA,
        event("Mo 10:00", "assigned", group="network"),
        event("Mo 11:00", "changed", status="pending"),
        event("Mo 12:00", "changed", status="open"),
        event("Mo 14:00", "assigned", group="desk"),
        event("Mo 16:00", "resolved"),
    )
    held = made.time_by("group", "resolution", at("We 9:00"))
    assert {name: hours(one) for name, one in held.items()} == {"": 1, "network": 3, "desk": 2}


# Overrides ----------------------------------------------------------------------------------------


def override(when: str, due: str | None, **more: Any) -> Event:
    fields = {"metric": "work", "due": due and at(due), "author": "kim", "reason": "agreed"}
    return event(when, "overridden", **fields | more)


def test_a_due_date_set_by_hand() -> None:
    """It holds with its author and reason, through pauses and changes, until it is taken back."""
    made = clock(policy({}, PRIORITIES), override("Mo 10:00", "Th 12:00"))
    status = work(made, "Mo 11:00")
    assert shown(status.due) == "Th 12:00"
    assert status.override is not None
    assert (status.override.author, status.override.reason) == ("kim", "agreed")
    made = made.apply(event("Mo 12:00", "changed", priority="high"))
    made = made.apply(event("Mo 13:00", "paused"))
    assert (work(made, "Mo 14:00").state, shown(work(made, "Mo 14:00").due)) == (
        "paused",
        "Th 12:00",
    )
    made = made.apply(override("Mo 15:00", None))
    # 4 hours were promised from 12 on, and three had gone by when it began to pause at 13
    assert shown(work(made, "Mo 15:00").due) == "Mo 13:00"


def test_a_breach_before_an_override_stays_on_record() -> None:
    """Nobody can set it away."""
    made = clock(DAY, override("Tu 10:00", "Fr 12:00"))
    status = work(made, "Tu 12:00")
    assert (status.state, status.ever_breached) == ("running", True)
    assert shown(status.breached_at) == "Mo 17:00"


def test_an_override_with_a_limit_and_before_the_start() -> None:
    """It holds for the cycle that starts next, and may have a limit."""
    of = policy({"start": "accepted"})
    made = clock(of, override("Mo 10:00", "Mo 14:00", limit=at("Mo 16:00")))
    made = made.apply(event("Mo 11:00", "accepted"))
    status = work(made, "Mo 15:00")
    assert (status.state, shown(status.due), shown(status.limit)) == (
        "late",
        "Mo 14:00",
        "Mo 16:00",
    )


def test_an_override_where_only_words_are_promised() -> None:
    """A negotiated date is entered once it is agreed."""
    made = clock(policy({}, {"promise": "negotiated"}), override("Mo 10:00", "Fr 12:00"))
    status = work(made, "Mo 12:00")
    assert (status.state, shown(status.due), status.row) == ("running", "Fr 12:00", None)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"metric": None}, "it has no metric"),
        ({"author": ""}, "it has no author"),
        ({"reason": None}, "it has no reason"),
        ({"limit": "2024-05-06T12:00:00Z"}, "comes before the due"),
    ],
)
def test_an_override_says_who_and_why(fields: dict[str, Any], expected: str) -> None:
    """Else it is refused, and the clock stays as it was."""
    with pytest.raises(EventError, match=expected):
        clock(DAY, override("Mo 10:00", "Th 12:00", **fields))


def test_an_override_of_an_unknown_metric() -> None:
    """With the metric that was meant."""
    with pytest.raises(UnknownMetricError, match="did you mean 'work'"):
        clock(DAY, override("Mo 10:00", "Th 12:00", metric="wrok"))


# What comes next ----------------------------------------------------------------------------------


def test_the_next_change_and_all_of_them() -> None:
    """Warnings, due, late and breached, and the hours if they are asked for."""
    of = policy(
        {"warnings": ["50 %", {"at": "1 working hour before", "name": "lead"}, "30 minutes after"]},
        {"within": "8 working hours", "limit": "10 working hours"},
    )
    made = clock(of, opened="Mo 13:00")
    changes = made.changes(at("Mo 13:00"), at("We 9:00"))
    assert [(shown(one.at), one.kind, one.name) for one in changes] == [
        ("Mo 17:00", "warning", "50 %"),
        ("Tu 12:00", "warning", "lead"),
        ("Tu 13:00", "due", ""),
        ("Tu 13:00", "late", ""),
        ("Tu 13:30", "warning", "30 minutes after"),
        ("Tu 15:00", "limit", ""),
        ("Tu 15:00", "breached", ""),
    ]
    assert shown(made.next_change(at("Mo 14:00"))) == "Mo 17:00"
    assert made.next_change(at("Tu 13:00")) == at("Tu 13:00") + timedelta(microseconds=1)
    assert made.next_change(at("Tu 16:00")) is None
    assert shown(made.next_change(at("Mo 18:00"), hours=True)) == "Tu 9:00"
    assert [one.kind for one in made.changes(at("Mo 17:00"), at("Tu 17:00"), hours=True)][:2] == [
        "opens",
        "warning",
    ]


def test_nothing_changes_by_itself_while_paused() -> None:
    """But for what was reached before."""
    made = clock(DAY, event("Mo 10:00", "paused"))
    assert made.next_change(at("Mo 10:00")) is None
    limited = policy({}, {"within": "2 hours", "limit": "4 hours"})
    late = clock(limited, event("Mo 12:00", "paused"))
    assert late.next_change(at("Mo 12:00")) is None
    assert work(late, "Mo 20:00").state == "late"


def test_past_changes_are_told_with_the_events() -> None:
    """A list of changes that begins before the last event contains what happened."""
    made = clock(DAY, event("Mo 12:00", "paused"), event("Tu 12:00", "resumed"))
    changes = made.changes(at("Mo 9:00"), at("Fr 9:00"))
    assert [(shown(one.at), one.kind, one.name) for one in changes] == [
        ("Mo 12:00", "event", "paused"),
        ("Tu 12:00", "event", "resumed"),
        ("Tu 17:00", "due", ""),
        ("Tu 17:00", "breached", ""),
    ]


def announced(made: Clock, start: str = "Mo 9:00", end: str = "Fr 9:00") -> list[tuple[str, str]]:
    """The changes that are not events, with their moments."""
    changes = made.changes(at(start), at(end))
    return [(str(shown(one.at)), one.kind) for one in changes if one.kind != "event"]


BY_PRIORITY = policy({"warnings": ["50 %"]}, {"high": "1 working hour", "low": "4 working hours"})


def test_a_breach_by_a_change_of_priority_is_announced_at_the_event() -> None:
    """At 12:00 the ticket is due since 10:00; its status is breached from 12:00 on."""
    made = clock(BY_PRIORITY, event("Mo 12:00", "changed", priority="high"))
    just_before = at("Mo 12:00") - timedelta(microseconds=1)
    assert made.status(just_before)["work"].state == "running"
    assert work(made, "Mo 12:00").state == "breached"
    assert announced(made) == [  # half of four hours at 11:00, half of one was at 9:30
        ("Mo 11:00", "warning"),
        ("Mo 12:00", "due"),
        ("Mo 12:00", "breached"),
    ]
    changes = made.changes(at("Mo 11:00"), at("Fr 9:00"))
    assert [change.kind for change in changes] == ["event", "due", "breached"]
    assert {change.at for change in changes} == {at("Mo 12:00")}
    assert made.next_change(at("Mo 11:00")) == at("Mo 12:00")
    assert made.next_change(just_before) == at("Mo 12:00")
    assert made.next_change(at("Mo 12:00")) is None


def test_a_warning_by_an_event_is_announced_at_the_event() -> None:
    """Half of one hour was over at 9:30, when the priority is raised at 9:45."""
    made = clock(BY_PRIORITY, event("Mo 9:45", "changed", priority="high"))
    expected = [("Mo 9:45", "warning"), ("Mo 10:00", "due"), ("Mo 10:00", "breached")]
    assert announced(made) == expected


def test_a_breach_by_a_due_date_set_by_hand_is_announced() -> None:
    """A due date in the past, while the clock runs and after it has stopped."""
    running = clock(DAY, override("Mo 12:00", "Mo 11:00"))
    assert announced(running) == [("Mo 12:00", "due"), ("Mo 12:00", "breached")]
    limited = clock(DAY, override("Mo 12:00", "Mo 11:00", limit=at("Mo 13:00")))
    assert announced(limited) == [
        ("Mo 12:00", "due"),
        ("Mo 12:00", "late"),
        ("Mo 13:00", "limit"),
        ("Mo 13:00", "breached"),
    ]
    stopped = clock(DAY, event("Mo 10:00", "resolved"), override("Mo 12:00", "Mo 9:30"))
    assert [work(stopped, when).state for when in ("Mo 11:00", "Mo 12:00")] == ["met", "breached"]
    assert announced(stopped) == [("Mo 12:00", "due"), ("Mo 12:00", "breached")]


def test_a_breach_by_a_reopening_is_announced() -> None:
    """Due at 13:00, solved at 12:00, and reopened on Tuesday as if it had never been solved."""
    of = policy({"on_reopen": "count_all"}, "4 working hours")
    made = clock(of, event("Mo 12:00", "resolved"), event("Tu 10:00", "reopened"))
    assert [work(made, when).state for when in ("Tu 9:59", "Tu 10:00")] == ["met", "breached"]
    assert announced(made) == [("Tu 10:00", "due"), ("Tu 10:00", "breached")]


def test_a_second_breach_is_announced_too() -> None:
    """Breached, saved by a later due date, and breached again by an earlier one."""
    later, earlier = override("Mo 14:00", "We 9:00"), override("Mo 15:00", "Mo 12:00")
    made = clock(policy({}, "4 working hours"), later, earlier)
    states = [work(made, when).state for when in ("Mo 13:01", "Mo 14:00", "Mo 15:00")]
    assert states == ["breached", "running", "breached"]
    assert [moment for moment, kind in announced(made) if kind == "breached"] == [
        "Mo 13:00",
        "Mo 15:00",
    ]


@pytest.mark.parametrize("kind", ["resolved", "cancelled", "paused"])
def test_a_breach_at_the_instant_of_the_event_that_ends_it_is_announced(kind: str) -> None:
    """A microsecond after the due date, in the instant in which the clock stops."""
    end = at("Mo 17:00") + timedelta(microseconds=1)
    made = clock(DAY).apply(Event(end, kind))
    assert made.status(end)["work"].ever_breached
    changes = [one for one in made.changes(at("Mo 9:00"), at("Fr 9:00")) if one.kind == "breached"]
    assert [change.at for change in changes] == [end]


def test_a_cycle_that_begins_past_its_due_date_is_announced() -> None:
    """Updates every two hours by the clock: the one of 13:00 begins when that of 11:00 is given."""
    of = policy({"stop": "note", "repeat": "sequential"}, "2 working hours")
    made = clock(of, event("Mo 14:00", "note"))
    changes = made.changes(at("Mo 13:00"), at("Mo 14:00"))
    assert [(shown(one.at), one.kind, one.cycle) for one in changes] == [
        ("Mo 14:00", "event", 0),
        ("Mo 14:00", "due", 2),
        ("Mo 14:00", "breached", 2),
    ]


def test_the_next_change_of_a_past_instant_is_the_next_event() -> None:
    """A clock that knows later events says so; without them it is the due date."""
    made = clock(DAY, event("Mo 10:00", "note"), event("Mo 12:00", "resolved"))
    assert made.next_change(at("Mo 9:00")) == at("Mo 10:00")
    assert made.next_change(at("Mo 10:00")) == at("Mo 12:00")
    assert made.next_change(at("Mo 12:00")) is None


def test_warnings_can_be_moved_into_working_hours() -> None:
    """A plain hour before a Saturday's due is on Saturday; nobody is there."""
    moved = [
        {"at": "1 hour before", "when_closed": "previous_close"},
        {"at": "30 minutes before", "when_closed": "next_open"},
    ]
    of = policy({"warnings": moved}, {"within": "24 hours"})
    made = clock(of, opened="Fr 12:00")
    status = work(made, "Mo+7 12:00")
    assert [shown(one.at) for one in status.warnings_passed] == ["Fr 17:00", "Mo+7 9:00"]
    expected = of.deadlines({}, at("Fr 12:00"))["work"].warnings
    assert [shown(one.at) for one in expected] == ["Fr 17:00", "Mo+7 9:00"]


def test_a_warning_that_was_reached_stays_and_the_others_move() -> None:
    """A pause of two hours moves only what had not come."""
    of = policy({"warnings": ["25 %", "75 %"]})
    made = clock(of, event("Mo 12:00", "paused"), event("Mo 14:00", "resumed"))
    status = work(made, "Tu 17:00")
    assert [shown(one.at) for one in status.warnings_passed] == ["Mo 11:00", "Mo 17:00"]


# One instant -------------------------------------------------------------------------------------

QUESTION = event("Mo 10:00", "replied", by="customer")
ANSWER = event("Mo 10:00", "replied", by="agent")
ANSWERED = policy(
    {
        "start": {"event": "replied", "by": "customer"},
        "stop": {"event": "replied", "by": "agent"},
        "repeat": "next_start",
    }
)


def lives(made: Clock, when: str = "Mo 12:00") -> list[tuple[str, str | None, str | None]]:
    """State, start and stop of each cycle."""
    return [
        (cycle.state, shown(cycle.start), shown(cycle.stopped_at))
        for cycle in made.status(at(when)).cycles("work")
    ]


@pytest.mark.parametrize("log", [[QUESTION, ANSWER], [ANSWER, QUESTION]])
def test_question_and_answer_in_one_instant(log: list[Event]) -> None:
    """The question is answered, in either order, also after an earlier one."""
    answered = ("met", "Mo 10:00", "Mo 10:00")
    assert lives(clock(ANSWERED, *log)) == [answered]
    assert lives(replay(ANSWERED, {}, log, at("Mo 9:00"))) == [answered]
    assert lives(clock(ANSWERED, *log, QUESTION)) == [answered]
    earlier = [event("Mo 9:10", "replied", by="customer"), event("Mo 9:20", "replied", by="agent")]
    assert lives(clock(ANSWERED, *earlier, *log)) == [("met", "Mo 9:10", "Mo 9:20"), answered]


def test_an_answer_belongs_to_the_question_that_waits() -> None:
    """The question of its own instant waits for the next answer."""
    made = clock(ANSWERED, event("Mo 9:10", "replied", by="customer"), QUESTION, ANSWER)
    assert lives(made) == [("met", "Mo 9:10", "Mo 10:00"), ("running", "Mo 10:00", None)]


def test_an_event_does_not_stop_what_it_starts_itself() -> None:
    """An update ends the wait for it and begins the next one, however often it is noted."""
    of = policy({"start": "note", "stop": "note", "repeat": "next_start"})
    for count in (1, 2):
        assert lives(clock(of, *[event("Mo 10:00", "note")] * count)) == [
            ("running", "Mo 10:00", None)
        ]
    by_field = policy({"start": {"status": "open"}, "stop": "assigned", "repeat": "next_start"})
    assert lives(clock(by_field, event("Mo 10:00", "assigned", status="open"))) == [
        ("running", "Mo 10:00", None)
    ]
    other = clock(
        by_field, event("Mo 10:00", "changed", status="open"), event("Mo 10:00", "assigned")
    )
    assert lives(other) == [("met", "Mo 10:00", "Mo 10:00")]


def test_reopened_and_solved_in_one_instant() -> None:
    """It is solved again; solved and reopened while it runs, it goes on."""
    both = [event("Mo 11:00", "reopened"), event("Mo 11:00", "resolved")]
    made = clock(DAY, event("Mo 10:00", "resolved"), *both)
    assert lives(made) == [("met", "Mo 9:00", "Mo 11:00")]
    assert lives(clock(DAY, *both)) == [("running", "Mo 9:00", None)]


def test_the_first_answer_in_the_instant_of_the_next_question() -> None:
    """Both metrics are met: the second starts as soon as the first is stopped."""
    of = Policy(
        "desk",
        metrics={
            "first": {"stop": {"event": "replied", "by": "agent"}},
            "next": {
                "start": {"event": "replied", "by": "customer"},
                "stop": {"event": "replied", "by": "agent"},
                "starts_after": ["first"],
                "repeat": "next_start",
            },
        },
        tables={"all": [{"targets": {"first": "2 hours", "next": "1 hour"}}]},
    )
    status = of.open({}, at("Mo 9:00")).apply(QUESTION).apply(ANSWER).status(at("Tu 9:00"))
    assert [cycle.state for cycle in status.values()] == ["met", "met"]


def test_raised_and_resolved_in_one_save() -> None:
    """Low until 14:00, an hour after what high would have allowed: the promise of low is kept."""
    of = policy({}, PRIORITIES)
    two = [event("Mo 14:00", "changed", priority="high"), event("Mo 14:00", "resolved")]
    for log in (two, two[::-1], [event("Mo 14:00", "resolved", priority="high")]):
        status = work(clock(of, *log), "Fr 9:00")
        assert (status.state, shown(status.due)) == ("met", "Tu 17:00")
    raised_before = clock(of, event("Mo 13:59", "changed", priority="high"), two[1])
    assert work(raised_before, "Fr 9:00").state == "breached"


# The log ------------------------------------------------------------------------------------------


def test_apply_refuses_an_older_event_and_insert_takes_it() -> None:
    """With the two instants, and the cure."""
    made = clock(DAY, event("Mo 12:00", "resolved"))
    late = event("Mo 11:00", "paused")
    with pytest.raises(LateEventError, match="put it in its place with insert") as caught:
        made.apply(late)
    assert caught.value.at == "2024-05-06T11:00:00+00:00"
    assert caught.value.last == "2024-05-06T12:00:00+00:00"
    mended = made.insert(late)
    assert hours(work(mended, "Tu 9:00").elapsed) == 2
    assert made.events == (event("Mo 12:00", "resolved"),)
    with pytest.raises(LateEventError, match="before the ticket was opened"):
        made.insert(event("Mo 8:00", "paused"))


def test_a_status_of_the_past_is_that_of_the_time() -> None:
    """Later events had not happened yet."""
    made = clock(DAY, event("Mo 12:00", "paused"), event("Mo 13:00", "resolved"))
    assert [work(made, when).state for when in ("Mo 11:00", "Mo 12:30", "Mo 13:00")] == [
        "running",
        "paused",
        "met",
    ]
    with pytest.raises(ClockError, match="before the ticket was opened"):
        made.status(at("Mo 8:59"))


def test_replay_opens_where_the_ticket_was_created() -> None:
    """At the event created, with its fields; without one, at the first event."""
    log = [
        event("Mo 15:00", "resolved"),
        event("Mo 10:00", "created", priority="high"),
    ]
    of = policy({}, PRIORITIES)
    made = replay(of, {}, log)
    assert (shown(made.opened_at), shown(work(made, "Tu 9:00").due)) == ("Mo 10:00", "Mo 14:00")
    assert shown(replay(of, {}, log[:1]).opened_at) == "Mo 15:00"
    assert shown(replay(of, {}, log[1:], at=at("Mo 9:00")).opened_at) == "Mo 9:00"
    with pytest.raises(ClockError, match="give at="):
        replay(of, {}, [])
    with pytest.raises(LateEventError):
        replay(of, {}, [event("Mo 9:00", "note"), event("Mo 10:00", "created")])


def test_events_may_be_plain_data() -> None:
    """And the faulty one among them is named by its place."""
    data = [{"at": "2024-05-06T12:00:00Z", "type": "resolved"}]
    assert work(replay(DAY, {}, data, at("Mo 9:00")), "Tu 9:00").state == "met"
    with pytest.raises(EventError, match=r"events\[1\]"):
        replay(DAY, {}, [*data, {"type": "resolved"}], at("Mo 9:00"))


def test_a_key_beside_the_fields_is_a_field() -> None:
    """As a column of a table is; it stays where it stood when it is stored."""
    replies = policy({"stop": {"event": "replied", "by": "agent"}})
    data = {"at": "2024-05-06T12:00:00+00:00", "type": "replied", "by": "agent"}
    assert Event.from_dict(data) == event("Mo 12:00", "replied", by="agent")
    made = replay(replies, {}, [data], at("Mo 9:00"))
    assert work(made, "Tu 9:00").state == "met"
    stored = made.to_dict()
    assert stored["events"] == [data]
    assert work(Clock.from_dict(stored), "Tu 9:00").state == "met"
    both = data | {"fields": {"by": "agent", "group": "network"}}
    assert Event.from_dict(both).fields == {"by": "agent", "group": "network"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"by": "agent", "fields": {"by": "customer"}},
            "two values of by: 'agent', and 'customer'",
        ),
        ({"field": {"by": "agent"}}, "did you mean 'fields'"),
        ({"Fields": {"by": "agent"}}, "did you mean 'fields'"),
        ({"fields": "agent"}, "is not an event"),
    ],
)
def test_fields_in_plain_data_that_cannot_be_read(more: dict[str, Any], message: str) -> None:
    """Nothing is ignored."""
    data = {"at": "2024-05-06T12:00:00Z", "type": "replied"} | more
    with pytest.raises(EventError, match=message):
        replay(DAY, {}, [data], at("Mo 9:00"))


def test_an_event_is_not_inserted_twice() -> None:
    """One that is there already is named; one that differs in a field is another event."""
    reply = event("Mo 10:00", "replied", by="agent")
    made = clock(DAY, reply, event("Mo 12:00", "resolved"))
    expected = r"replied at 2024-05-06T10:00:00\+00:00 is in the log already"
    with pytest.raises(DuplicateEventError, match=expected) as caught:
        made.insert(event("Mo 11:00", "note"), event("Mo 10:00", "replied", by="agent"))
    assert (caught.value.event, caught.value.given) == ("replied", reply)
    with pytest.raises(DuplicateEventError, match="note at"):
        made.insert(event("Mo 11:00", "note"), event("Mo 11:00", "note"))
    assert len(made.insert(event("Mo 10:00", "replied", by="agent", id=2)).events) == 3


@pytest.mark.parametrize("kind", ["resovled", "Resolved", "re-opened", "pause"])
def test_misspelled_types_of_events_are_refused(kind: str) -> None:
    """One slip from a known type, with the type that was meant."""
    with pytest.raises(EventError, match="did you mean"):
        clock(DAY, event("Mo 12:00", kind))
    assert clock(DAY, event("Mo 12:00", "escalated-to-nobody")).events


def test_an_unknown_value_of_an_attribute_is_refused() -> None:
    """The event is named, the clock stays as it was."""
    made = clock(DAY)
    with pytest.raises(TicketError, match="changed: 'hihg' is not a value of priority"):
        made.apply(event("Mo 12:00", "changed", priority="hihg"))
    assert made.events == ()


# Versions -----------------------------------------------------------------------------------------


def test_the_version_at_the_receipt_holds_and_rejudging_is_explicit() -> None:
    """An edit of the policy does not reach tickets that came in before."""
    of = policy(
        {}, versions=[{"effective_from": "2024-05-07", "metrics": {"work": {"stop": "closed"}}}]
    )
    made = clock(of, event("Mo 12:00", "resolved"))
    assert work(made, "Mo 13:00").state == "met"
    assert made.rejudged(of) == made
    anew = made.rejudged(of.version_at(at("Tu 12:00")))
    assert work(anew, "Mo 13:00").state == "running"
    assert anew.events == made.events


def test_a_preset_reads_as_it_says() -> None:
    """Seeyon's clocks pause without the customer's backup, and the VIP terms start anew."""
    of = presets.load("file-encryption-vip")
    ticket = {"kind": "complaint"}
    made = of.open(ticket, at("Mo 9:00"))
    made = made.apply(event("Mo 9:30", "called-back")).apply(event("Mo 12:00", "rejected"))
    cycles = made.status(at("Mo 12:10")).cycles("callback")
    assert [one.state for one in cycles] == ["met", "running"]
    assert shown(cycles[1].start) == "Mo 20:00"  # 12:00 UTC, on a clock in Shanghai


# Faulty policies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "path", "expected"),
    [
        ({"inside": "wrok"}, "inside", "did you mean 'work'"),
        ({"inside": "work"}, "inside", "work inside work"),
        ({"starts_after": ["work"]}, "starts_after", "other metrics"),
        ({"held_by": "assigned"}, "held_by", "only fields"),
        ({"pause": {"status": "x"}, "resume": "y"}, "resume", "pause with an event"),
        ({"on_change": "restrat"}, "on_change", "did you mean 'restart'"),
        ({"on_reopen": "never"}, "on_reopen", "one of continue"),
        ({"repeat": "daily"}, "repeat", "one of never, next_start"),
        ({"start": []}, "start", "a list of them"),
    ],
)
def test_faults_of_a_metric(metric: dict[str, Any], path: str, expected: str) -> None:
    """Each at its path, with its cure."""
    with pytest.raises(PolicyError) as caught:
        policy(metric)
    faults = {fault.where: str(fault) for fault in caught.value.faults}
    assert expected in faults[f"metrics.work.{path}"]


def test_the_row_that_held_tells_for_as_long_as_it_pauses() -> None:
    """Though by night another one would be due earlier, were the pause to end then."""
    # 10 working hours from Monday 9: Tuesday 11. 30 hours: Tuesday 15. Paused from Monday 10 on;
    # by 23 that are 7 working hours, and 13 hours: Wednesday 10, and Wednesday 4.
    targets = {"short": "10 working hours", "long": "30 hours"}
    tables = {name: [{"targets": {"work": one}}] for name, one in targets.items()}
    resting = clock(policy({}, tables=tables), event("Mo 10:00", "paused"))
    for when in ("Mo 10:00", "Mo 23:00", "Tu 9:00"):
        status = work(resting, when)
        assert (status.table, status.within, status.calendar) == (
            "short",
            "10 working hours",
            "desk",
        )
        assert hours(status.elapsed) == 1
    assert shown(work(resting, "Mo 23:00").due_if_resumed) == "We 4:00"
    resumed = work(resting.apply(event("Mo 23:00", "resumed")), "Mo 23:00")
    assert (resumed.table, shown(resumed.due)) == ("long", "We 4:00")


def test_a_ledger_says_that_a_make_up_day_is_one() -> None:
    """Saturday, 10 October 2026, makes up for the 7th; the clock runs on it and says why."""
    policy = Policy(
        "desk",
        calendars={
            "o": {"time_zone": "Asia/Shanghai", "week": {"mon-fri": "9-12"}, "holidays": "CN"}
        },
        metrics={"resolution": {"stop": "resolved"}},
        tables={"all": [{"targets": {"resolution": "3 working days"}}]},
    )
    opened = policy.open({}, "2026-10-09T11:00+08:00")
    ledger = opened.ledger("resolution", "2026-10-10T12:00+08:00")
    rows = [(row.kind, row.name) for row in ledger if row.is_open]
    assert rows == [("running", ""), ("running", "make-up-day: for 2026-10-07")]
    assert "running   3h  make-up-day: for 2026-10-07" in str(ledger)


def test_what_is_no_event_is_refused() -> None:
    """And the error says what would be one."""
    policy = Policy("empty", metrics={"resolution": {"stop": "resolved"}})
    opened = policy.open({}, "2026-06-01T09:00Z")
    with pytest.raises(EventError, match="'replied' is not an event: give an Event"):
        opened.apply("replied")  # type: ignore[arg-type] # wrong on purpose
