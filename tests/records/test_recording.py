"""Writers of one ticket, in turn: what one has recorded is applied to what another has stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slacalc import Event, Policy
from slacalc._records.recording import Recording
from slacalc._records.rows import columns_of, outbox_of
from slacalc.errors import EventError

if TYPE_CHECKING:
    from slacalc import Clock


@pytest.fixture
def clock() -> Clock:
    policy = Policy(
        "desk",
        fields={"status": ["open", "waiting"]},
        metrics={"response": {"stop": "replied"}},
        tables={"all": [{"targets": {"response": "1 hour"}}]},
    )
    return policy.open({"status": "open"}, "2026-05-18T09:00Z")


def test_two_writers_lose_nothing(clock: Clock) -> None:
    first, second = Recording(clock), Recording(clock)
    first.insert(Event("2026-05-18T09:40Z", "note"), key="a")
    second.insert(Event("2026-05-18T09:20Z", "replied"), key="b")
    second.observe("2026-05-18T09:30Z", status="waiting")

    merged = second.apply_to(first.clock)

    assert [event.key for event in merged.events] == ["b", "", "a"]
    assert merged.fields["status"] == "waiting"
    assert str(merged.status("2026-05-18T10:00Z")["response"].stopped_at)[11:16] == "09:20"


def test_what_is_refused_is_not_recorded(clock: Clock) -> None:
    recording = Recording(clock)
    with pytest.raises(EventError):
        recording.observe("2026-05-18T09:30Z", status="Open")
    assert recording.clock is clock
    assert recording.apply_to(clock) is clock


def test_a_late_reply_withdraws_what_was_not_sent(clock: Clock) -> None:
    now = "2026-05-18T10:30Z"
    missed = outbox_of(clock, now, known=(), waiting=())
    keys = [notice.key for notice in missed.new]
    assert keys == ["response.1.due", "response.1.breached"]

    answered = clock.insert(Event("2026-05-18T09:59Z", "replied"))

    assert outbox_of(answered, now, known=keys, waiting=keys[1:]) == ((), ("response.1.breached",))
    assert outbox_of(clock, now, known=keys, waiting=keys) == ((), ())


def test_the_columns_of_a_row(clock: Clock) -> None:
    columns = columns_of(clock, "2026-05-18T09:30Z")
    assert columns.pop("policy") == clock.policy.fingerprint
    due = columns.pop("due")
    assert str(due) == "2026-05-18 10:00:00+00:00"
    assert columns == {
        "metric": "response",
        "is_breached": False,
        "ever_breached": False,
        "next_look": due,
    }


def test_a_row_stored_by_a_clock_that_is_behind(clock: Clock) -> None:
    """The ticket was opened a second from now, by the clock of another machine."""
    assert columns_of(clock, "2026-05-18T08:59:59Z") == columns_of(clock, "2026-05-18T09:00Z")
    assert outbox_of(clock, "2026-05-18T08:59:59Z", known=(), waiting=()) == ((), ())
