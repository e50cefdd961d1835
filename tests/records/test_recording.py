"""Writers of one ticket, in turn: what one has recorded is applied to what another has stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import Clock, Event, Policy
from slacalc._records.recording import Recording
from slacalc._records.rows import columns_of, outbox_of
from slacalc.errors import EventError


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
        "looked_at": datetime(2026, 5, 18, 9, 30, tzinfo=UTC),
    }


def test_a_row_stored_by_a_clock_that_is_behind(clock: Clock) -> None:
    """The ticket was opened a second from now, by the clock of another machine."""
    assert columns_of(clock, "2026-05-18T08:59:59Z") == columns_of(clock, "2026-05-18T09:00Z")
    assert outbox_of(clock, "2026-05-18T08:59:59Z", known=(), waiting=()) == ((), ())


WARNED = Policy(
    "desk",
    attributes={"priority": {"values": ["high", "low"], "default": "low"}},
    metrics={
        "response": {"stop": "replied"},
        "resolution": {"stop": "resolved", "reopen": "reopened", "pause": {"status": "waiting"}},
    },
    tables={
        "all": [
            {
                "when": {"priority": "high"},
                "targets": {"response": "1 hour", "resolution": "5 hours"},
            },
            {"targets": {"response": "4 hours", "resolution": "20 hours"}},
        ]
    },
    warnings=["50 %", "75 %"],
)
OPENED = datetime(2026, 5, 18, 9, tzinfo=UTC)
KINDS = st.sampled_from(
    [
        ("replied", {}),
        ("resolved", {}),
        ("reopened", {}),
        ("changed", {"status": "waiting"}),
        ("changed", {"status": "open"}),
        ("changed", {"priority": "high"}),
        ("changed", {"priority": "low"}),
    ]
)
# Minutes from the opening at which an event comes in, and how many minutes late it is; or a look.
STEPS = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 700), st.none() | KINDS), max_size=12
)


@pytest.mark.parametrize("sends", [True, False])
@given(steps=STEPS)
def test_an_outbox_that_is_filled_step_by_step_is_that_of_the_whole_log(
    steps: list[tuple[int, int, tuple[str, dict[str, str]] | None]],
    sends: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Whether notices are sent at once or wait, and however late events are."""
    data = WARNED.open({}, OPENED).to_dict()
    known: dict[str, bool] = {}  # whether it was sent
    looked_at = None
    for number, (minutes, late, event) in enumerate(sorted(steps, key=itemgetter(0))):
        now = OPENED + timedelta(minutes=minutes)
        recording = Recording(Clock.from_dict(json.loads(json.dumps(data))))
        if event is not None:
            at = max(OPENED, now - timedelta(minutes=late))
            recording.insert(Event(at, event[0], **event[1]), key=number)
        waiting = [key for key, sent in known.items() if not sent]
        since = recording.complete_until(looked_at)
        outbox = outbox_of(recording.clock, now, known, waiting, since)
        for key in outbox.withdrawn:
            del known[key]
        known |= {notice.key: sends for notice in outbox.new}
        looked_at = columns_of(recording.clock, now)["looked_at"]
        data = recording.clock.to_dict()
        held = {notice.key for notice in recording.clock.notices(None, now)}
        assert held <= known.keys()
        assert sends or held == known.keys()


def test_what_was_looked_at_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a long log, that is the difference between milliseconds and minutes."""
    clock = WARNED.open({}, OPENED)
    for hour in range(1, 40):
        clock = clock.apply(Event(OPENED + timedelta(hours=hour), "note"))
    clock = clock.apply(Event(OPENED + timedelta(hours=41), "replied"))
    recording = Recording(Clock.from_dict(clock.to_dict()))
    recording.insert(Event(OPENED + timedelta(hours=42), "resolved"))
    now = OPENED + timedelta(hours=42)

    since = recording.complete_until(OPENED + timedelta(hours=41))
    assert since == OPENED + timedelta(hours=38)
    monkeypatch.setattr(Clock, "notices", None)
    assert outbox_of(recording.clock, now, (), (), since) == ((), ())

    # All are computed where nothing is known of before, or where another release may move them.
    assert recording.complete_until(None) is None
    assert Recording(clock).complete_until(now) is None
    recording.insert(Event(OPENED + timedelta(hours=1), "replied"), key="late")
    assert recording.complete_until(now) == OPENED + timedelta(hours=1, microseconds=-1)
    recording.rejudge(WARNED)
    assert recording.complete_until(now) is None
