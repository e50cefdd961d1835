"""The state beside the log: it is what a replay gives, and where it may differ it is not taken."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from slacalc import Clock, Policy
from slacalc._clock import clock as clock_module
from slacalc._clock.clock import Progress, progress_of
from tests.clock.helpers import at, clock, event, hours, policy, work

DAY = policy(
    {
        "stop": ["resolved", {"status": "solved"}],
        "pause": {"status": "waiting"},
        "on_reopen": "new_cycle",
    },
    {"high": "2 working hours", "low": "8 working hours"},
)
EVENTS = [
    event("Mo 10:00", "changed", status="waiting").with_key("m-1"),
    event("Mo 11:00", "changed", status="open", tags=["a", "b"]),
    event("Mo 12:00", "changed", priority="high"),
    event("Mo 13:00", "changed", status="solved"),
    event("Tu 9:00", "reopened", status="open"),
    event("Tu 10:00", "note"),
]


def stored(of: Clock, **options: Any) -> dict[str, Any]:
    """As a database gives it back, with its keys in another order."""
    data: dict[str, Any] = json.loads(json.dumps(of.to_dict(**options), sort_keys=True))
    return data


def without_state(of: Clock) -> Clock:
    """The clock as a replay gives it."""
    return Clock.from_dict(stored(of, state=False), of.policy)


@pytest.fixture
def replays(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many events each replay has."""
    counts: list[int] = []
    replay = Progress.of.__func__  # type: ignore[attr-defined]  # a class method has one

    def counted(cls: type, of: Any, ticket: Any, opened: int, log: Any = ()) -> Progress:
        counts.append(len(log))
        result: Progress = replay(cls, of, ticket, opened, log)
        return result

    monkeypatch.setattr(clock_module.Progress, "of", classmethod(counted))
    return counts


def test_a_stored_clock_need_not_replay(replays: list[int]) -> None:
    """And answers as one that does: 9 to 10, 11 to 13; then a cycle of two hours."""
    made = clock(DAY, *EVENTS)
    data = stored(made, embed_policy=False)
    del replays[:]
    again = Clock.from_dict(data, DAY)
    first, second = again.status(at("Tu 10:30")).cycles("work")
    assert (hours(first.elapsed), first.state, first.ever_breached) == (3, "breached", True)
    assert (second.due, hours(second.elapsed)) == (at("Tu 11:00"), 1.5)
    assert again.status(at("We 9:00")) == made.status(at("We 9:00"))
    assert again.next_change(at("Tu 10:00")) == made.next_change(at("Tu 10:00"))
    assert replays == []
    assert progress_of(again).state == progress_of(without_state(made)).state


@pytest.mark.parametrize("count", range(1, len(EVENTS) + 1))
def test_it_goes_on_where_it_was_stored(count: int) -> None:
    """With an event of the last instant, or of a later one, or of an earlier one."""
    made = clock(DAY, *EVENTS[:count])
    again = Clock.from_dict(stored(made))
    assert again == made
    assert again.note == ""
    last = EVENTS[count - 1].at
    for more in (event("We 9:00", "resolved"), event("Mo 9:30", "changed", status="waiting")):
        assert again.insert(more).status(at("We 10:00")) == made.insert(more).status(at("We 10:00"))
    same = type(EVENTS[0])(last, "changed", status="waiting", priority="low")
    assert again.apply(same).status(at("We 10:00")) == made.apply(same).status(at("We 10:00"))
    assert again.apply(same) == made.apply(same)
    for later in EVENTS[count:]:
        made, again = made.apply(later), again.apply(later)
    assert progress_of(again).state == progress_of(without_state(made)).state


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["events"][0]["fields"].update(status="open"),
        lambda data: data["events"].pop(),
        lambda data: data["ticket"].update(priority="high"),
        lambda data: data.update(opened_at="2024-05-06T08:00:00+00:00"),
        lambda data: data["state"].update(hash="0" * 32),
        lambda data: data["state"]["data"].__setitem__(0, 0),
        lambda data: data["state"].update(data=[]),
        lambda data: data["state"].pop("hash"),
        lambda data: data.update(state=None),
        lambda data: data.update(state=[1]),
    ],
)
def test_a_state_of_something_else_is_not_taken(change: Any, replays: list[int]) -> None:
    """The log counts, and the state is made anew when the clock is stored again."""
    data = stored(clock(DAY, *EVENTS))
    change(data)
    del replays[:]
    again = Clock.from_dict(data)
    assert replays == [len(data["events"])]
    del data["state"]
    assert again == Clock.from_dict(data)
    assert again.status(at("We 9:00")) == Clock.from_dict(data).status(at("We 9:00"))
    assert stored(again)["state"] == stored(Clock.from_dict(data))["state"]


def test_the_state_of_another_policy_is_not_taken(replays: list[int]) -> None:
    """Its rows promise something else; words do not count."""
    data = stored(clock(DAY, *EVENTS[:2]), embed_policy=False)
    stricter = policy(
        {"stop": ["resolved", {"status": "solved"}], "pause": {"status": "waiting"}}, "1 hour"
    )
    del replays[:]
    again = Clock.from_dict(data, stricter)
    assert "which differs" in again.note
    assert replays == [2]
    assert work(again, "Mo 12:00").due == at("Mo 10:00")
    described = Policy.from_dict(DAY.to_dict() | {"description": "As agreed."})
    del replays[:]
    Clock.from_dict(data, described)
    assert replays == []


def test_the_state_of_another_release_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, replays: list[int]
) -> None:
    """Holidays may have moved, and with them the start of a sequential cycle."""
    from slacalc._clock import stored_state

    data = stored(clock(DAY, *EVENTS))
    monkeypatch.setattr(stored_state, "_releases", lambda: ["another"])
    del replays[:]
    Clock.from_dict(data)
    assert replays == [len(EVENTS)]


def test_what_was_read_does_not_depend_on_the_data_any_more() -> None:
    """The events are read when somebody needs them."""
    made = clock(DAY, *EVENTS)
    data = stored(made)
    again = Clock.from_dict(data)
    data["events"].clear()
    assert again.events == made.events
    assert again.to_dict() == made.to_dict()


def test_a_state_can_be_left_out() -> None:
    """And there is none without events; clocks are equal with it and without."""
    made = clock(DAY, *EVENTS)
    assert "state" not in made.to_dict(state=False)
    assert "state" not in clock(DAY).to_dict()
    assert without_state(made) == made == Clock.from_dict(stored(made))
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own
    assert len(json.dumps(stored(made)["state"])) < 600


def test_a_ticket_that_is_covered_no_longer_is_read_back(replays: list[int]) -> None:
    """Its cycle remembers what it was promised before, and is held to it when it is covered again.

    Eight hours from Monday at 9, of which none is lost while it is not covered.
    """
    of = policy(
        {"on_change": "keep_original"},
        {"high": "2 working hours", "low": "8 working hours"},
        coverage=[{"when": {"priority": ["high", "low"]}, "otherwise": "no contract"}],
    )
    made = clock(of, event("Mo 10:00", "changed", priority="none"))
    data = stored(made)
    replays.clear()
    again = Clock.from_dict(data)
    assert replays == []
    status = again.status(at("Mo 12:00"))
    assert (status.covered, status.coverage_note) == (False, "not covered; no contract")
    assert status["work"].state == "not covered"
    assert progress_of(again).state == progress_of(without_state(made)).state
    (period,) = progress_of(again).state.metrics[0].cycles[0].periods
    assert [row.within for row in period.rows] == ["8 working hours"]
    covered = again.apply(event("Mo 13:00", "changed", priority="high"))
    assert work(covered, "Mo 14:00").due == at("Mo 17:00")
    assert covered.status(at("Mo 14:00")) == made.apply(covered.events[-1]).status(at("Mo 14:00"))


def test_due_dates_set_by_hand_are_read_back() -> None:
    """With author and reason; a later change of priority does not move them."""
    by_hand = {"metric": "work", "due": "2024-05-08T12:00Z", "author": "kim", "reason": "agreed"}
    made = clock(DAY, event("Mo 10:00", "overridden", **by_hand))
    again = Clock.from_dict(stored(made))
    assert progress_of(again).state == progress_of(without_state(made)).state
    changed = again.apply(event("Mo 11:00", "changed", priority="high"))
    status = work(changed, "Mo 12:00")
    assert status.due == at("We 12:00")
    assert status.override
    assert (status.override.author, status.override.reason) == ("kim", "agreed")


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_which_field_stopped_it_is_read_back(status: str) -> None:
    """It is reopened once that very field is another one."""
    of = policy(
        {"stop": [{"status": "solved"}, {"done": True}, {"status": "closed"}, "resolved"]},
    )
    made = clock(of, event("Mo 10:00", "changed", status=status))
    again = Clock.from_dict(stored(made))
    assert progress_of(again).state == progress_of(without_state(made)).state
    still = again.apply(event("Mo 11:00", "reopened", done=False))
    assert work(still, "Mo 12:00").state == "met"
    back = again.apply(event("Mo 11:00", "reopened", status="open"))
    assert work(back, "Mo 12:00").state == "running"


def test_values_of_other_types_are_read_back() -> None:
    """Dates and numbers of a ticket, as its stored form has them."""
    made = DAY.open({"priority": "low", "status": "open", "due": at("Mo 9:00")}, at("Mo 9:00"))
    made = made.apply(event("Mo 10:00", "changed", status="waiting"))
    again = Clock.from_dict(stored(made))
    assert again == made
    assert progress_of(again).state == progress_of(without_state(made)).state


def test_caps_on_pauses_are_read_back() -> None:
    """How far they are used up, and when they will be."""
    of = policy({"pause": {"when": {"status": "waiting"}, "at_most": "1 working hour"}})
    made = clock(of, event("Mo 10:00", "changed", status="waiting"))
    again = Clock.from_dict(stored(made))
    assert progress_of(again).state == progress_of(made).state
    # Paused from 10 to 11 only: eight hours end on Tuesday at 10.
    assert work(again, "Mo 12:00").due == at("Tu 10:00")
    over = made.apply(event("Mo 15:00", "changed", status="open"))
    again = Clock.from_dict(stored(over))
    assert progress_of(again).state == progress_of(over).state
