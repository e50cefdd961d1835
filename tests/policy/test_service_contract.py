"""The contract of `examples/service-contract`: every clause, reckoned by hand on a wall calendar.

December 2026: the 4th is a Friday, the 6th the first Sunday, the 8th (Tuesday) a holiday in Ticino
and not in Zürich, the 24th a Thursday, the 25th a holiday, the 26th a Saturday; all at +01:00.
"""

from pathlib import Path
from typing import Any

import pytest

from slacalc import Event, Policy, SlacalcError
from slacalc.errors import TicketError

POLICY = Policy.from_toml(Path(__file__).parents[2] / "examples/service-contract/contract.toml")


def local(text: str) -> str:
    """A wall time of December 2026, such as ``04 16:30``, as an instant."""
    day, time = text.split()
    return f"2026-12-{day}T{time}:00+01:00"


def shown(instant: Any) -> str:
    assert instant is not None
    assert (instant.year, instant.month, instant.utcoffset().total_seconds()) == (2026, 12, 3600)
    return f"{instant:%d %H:%M}"


DEADLINES: list[tuple[dict[str, Any], str, str, str]] = [
    # Friday 16:30: 90 minutes on Friday, 30 on Monday; two service days on, Tuesday.
    ({"priority": "P2", "site": "zurich"}, "04 16:30", "07 08:30", "08 18:00"),
    # In Ticino Tuesday is a holiday: Monday, Wednesday.
    ({"priority": "P2", "site": "lugano"}, "04 16:30", "07 08:30", "09 18:00"),
    # Saturday counts as Monday; two days on, Wednesday, in Ticino Thursday.
    ({"priority": "P2", "site": "zurich"}, "05 10:00", "07 10:00", "09 18:00"),
    ({"priority": "P2", "site": "lugano"}, "05 10:00", "07 10:00", "10 18:00"),
    # One hour on the 23rd, one on Christmas Eve, which is the first service day; then the 28th.
    ({"priority": "P2", "site": "zurich"}, "23 17:00", "24 09:00", "28 18:00"),
    # Ten minutes before noon on Christmas Eve, and the rest on Monday the 28th.
    ({"priority": "P2", "site": "zurich"}, "24 11:50", "28 09:50", "29 18:00"),
    # The first Sunday: half an hour until maintenance begins, the rest from 6:00 on.
    ({"priority": "P1", "site": "zurich"}, "06 01:30", "06 02:00", "06 09:30"),
    ({"priority": "P1", "site": "zurich"}, "06 03:00", "06 06:30", "06 10:00"),
    ({"priority": "P1", "site": "zurich"}, "13 03:00", "13 03:30", "13 07:00"),
    # Before 14:00, and at 14:00; on Christmas Eve after noon it counts as Monday morning.
    ({"priority": "P4", "site": "zurich"}, "04 13:59", "07 11:59", "07 18:00"),
    ({"priority": "P4", "site": "zurich"}, "04 14:00", "07 12:00", "08 18:00"),
    ({"priority": "P4", "site": "zurich"}, "24 10:00", "28 14:00", "28 18:00"),
    ({"priority": "P4", "site": "zurich"}, "24 13:00", "28 16:00", "29 18:00"),
    # After 14:00 on the 29th: the second service day on is the 31st, which ends at noon.
    ({"priority": "P4", "site": "zurich"}, "29 14:00", "30 12:00", "31 12:00"),
    # Premium customers are answered in half the time; the solution is not affected.
    ({"priority": "P2", "site": "zurich", "tier": "premium"}, "05 10:00", "07 09:00", "09 18:00"),
    ({"priority": "P1", "site": "zurich", "tier": "premium"}, "06 01:30", "06 01:45", "06 09:30"),
    # A hundred people, or security: within an hour of service, halved for premium customers.
    ({"priority": "P4", "site": "zurich", "users": 100}, "04 16:30", "04 17:30", "08 18:00"),
    ({"priority": "P4", "site": "zurich", "users": 99}, "04 16:30", "07 14:30", "08 18:00"),
    (
        {"priority": "P2", "site": "zurich", "labels": ["mail", "security"], "tier": "premium"},
        "04 16:30",
        "04 17:00",
        "08 18:00",
    ),
    # The date agreed for a P3, a Saturday night.
    (
        {"priority": "P3", "site": "zurich", "promised": "2026-12-12T20:00:00+01:00"},
        "04 16:30",
        "07 10:30",
        "12 20:00",
    ),
]


@pytest.mark.parametrize(("ticket", "received", "response", "resolution"), DEADLINES)
def test_deadlines(ticket: dict[str, Any], received: str, response: str, resolution: str) -> None:
    deadlines = POLICY.deadlines(ticket, local(received))
    assert shown(deadlines["response"].due) == response
    assert shown(deadlines["resolution"].due) == resolution


def test_report_on_a_day_off_is_due_on_the_next_service_day() -> None:
    """Solved on Thursday 26 November 15:00; 30 days on is Saturday 26 December; then Monday."""
    clock = POLICY.open({"priority": "P1", "site": "zurich"}, "2026-11-26T10:00:00+01:00")
    clock = clock.apply(Event("2026-11-26T15:00:00+01:00", "solved"))
    assert shown(clock.status("2026-11-26T16:00:00+01:00")["report"].due) == "28 15:00"


def test_waiting_for_the_customer_stops_the_clock_for_two_working_days_at_most() -> None:
    """Waiting from Monday 9:00: from Wednesday 9:00 on the clock runs; 20 working hours are gained.

    Tuesday 18:00 and 20 working hours is Thursday 18:00, whether the customer answers or not.
    """
    clock = POLICY.open({"priority": "P2", "site": "zurich"}, local("04 16:30"))
    clock = clock.apply(Event(local("07 09:00"), "changed", status="waiting"))
    paused = clock.status(local("09 08:59"))["resolution"]
    assert (paused.state, paused.due) == ("paused", None)
    running = clock.status(local("09 09:00"))["resolution"]
    assert (running.state, shown(running.due)) == ("running", "10 18:00")
    clock = clock.apply(Event(local("10 11:00"), "changed", status="open"))
    assert shown(clock.status(local("10 12:00"))["resolution"].due) == "10 18:00"


def test_a_fourth_wait_does_not_stop_the_clock() -> None:
    """Three waits of an hour each move Tuesday 18:00 to Wednesday 11:00; the fourth none."""
    clock = POLICY.open({"priority": "P2", "site": "zurich"}, local("04 16:30"))
    for hour in ("09", "11", "13", "15"):
        clock = clock.apply(Event(local(f"07 {hour}:00"), "changed", status="waiting"))
        clock = clock.apply(Event(local(f"07 {int(hour) + 1}:00"), "changed", status="open"))
    assert shown(clock.status(local("07 17:00"))["resolution"].due) == "09 11:00"


def test_updates_are_owed_until_there_is_a_workaround() -> None:
    clock = POLICY.open({"priority": "P1", "site": "zurich"}, local("13 03:00"))
    assert shown(clock.status(local("13 03:00"))["update"].due) == "13 04:00"
    clock = clock.apply(Event(local("13 03:50"), "updated"))
    assert shown(clock.status(local("13 04:00"))["update"].due) == "13 04:50"
    clock = clock.apply(Event(local("13 04:30"), "workaround"))
    assert clock.status(local("13 06:00"))["update"].state == "not owed"
    assert not clock.status(local("13 06:00"))["update"].ever_breached


def test_an_update_missed_before_the_workaround_stays_on_record() -> None:
    clock = POLICY.open({"priority": "P1", "site": "zurich"}, local("13 03:00"))
    clock = clock.apply(Event(local("13 04:30"), "workaround"))
    update = clock.status(local("13 06:00"))["update"]
    assert update.ever_breached
    assert shown(update.breached_at) == "13 04:00"


@pytest.mark.parametrize("fields", [{"status": "wating"}, {"stauts": "waiting"}])
def test_a_word_that_the_contract_does_not_know_is_refused(fields: dict[str, str]) -> None:
    clock = POLICY.open({"priority": "P1", "site": "zurich"}, local("13 03:00"))
    with pytest.raises(SlacalcError, match="did you mean"):
        clock.apply(Event(local("13 04:30"), "changed", **fields))


def test_a_p3_without_the_date_agreed_is_refused() -> None:
    with pytest.raises(TicketError, match="promised"):
        POLICY.deadlines({"priority": "P3", "site": "zurich"}, local("04 16:30"))


def test_the_linter_finds_nothing() -> None:
    assert not POLICY.lint().findings


def test_it_survives_a_round_trip() -> None:
    assert Policy.from_toml(POLICY.to_toml()) == POLICY
    assert Policy.from_json(POLICY.to_json()) == POLICY
