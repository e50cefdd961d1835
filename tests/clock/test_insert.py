"""Keys of events, insertion of what comes twice, and tickets that are seen as they are."""

from __future__ import annotations

import gc
import json
import pickle
import tracemalloc
from itertools import permutations

import pytest

from slacalc import Clock, Event, Policy, replay
from slacalc._clock import events
from slacalc._clock.clock import Progress
from slacalc.errors import DuplicateEventError, EventError, LateEventError, TicketError
from tests.clock.helpers import at, clock, event, hours, policy, work

DAY = policy({"pause": {"status": "waiting"}, "start": {"event": "created"}})
REPLY = event("Mo 10:00", "replied", by="agent")


# Keys --------------------------------------------------------------------------------------------


def test_a_key_is_stored_and_told_apart() -> None:
    """It stands beside instant, type and fields, and belongs to the event's value."""
    keyed = REPLY.with_key("msg-17")
    assert (REPLY.key, keyed.key) == ("", "msg-17")
    assert keyed != REPLY
    assert keyed == event("Mo 10:00", "replied", by="agent").with_key("msg-17")
    assert keyed.with_key("") == REPLY
    assert REPLY.with_key(17).key == "17"
    assert keyed.to_dict() == {
        "at": "2024-05-06T10:00:00+00:00",
        "type": "replied",
        "key": "msg-17",
        "fields": {"by": "agent"},
    }
    assert Event.from_dict(json.loads(json.dumps(keyed.to_dict()))) == keyed
    assert pickle.loads(pickle.dumps(keyed)) == keyed  # noqa: S301 - our own
    expected = "Event('2024-05-06T10:00:00+00:00', 'replied', by='agent').with_key('msg-17')"
    assert repr(keyed) == expected


def test_a_field_named_key_is_not_the_key() -> None:
    """It stands in ``fields``."""
    with_field = event("Mo 10:00", "note", key="K")
    assert with_field.key == ""
    assert with_field.to_dict()["fields"] == {"key": "K"}
    assert Event.from_dict(with_field.to_dict()) == with_field


def test_what_stands_beside_fields_does_so_in_a_copy_with_a_key() -> None:
    """Plain data keep their shape."""
    data = {"at": "2024-05-06T10:00:00+00:00", "type": "replied", "by": "agent"}
    assert Event.from_dict(data).with_key("a").to_dict() == data | {"key": "a"}


@pytest.mark.parametrize("key", [1.5, True, ["a"], {"a": 1}, b"a", "k" * 201])
def test_what_is_no_key_is_refused(key: object) -> None:
    """A key is text or an integer; None in plain data says that there is none."""
    with pytest.raises(EventError, match="is not a key of 'replied'") as caught:
        REPLY.with_key(key)  # type: ignore[arg-type]  # wrong on purpose
    assert (caught.value.field, caught.value.given) == ("key", key)
    with pytest.raises(EventError, match="is not a key of 'replied'"):
        Event.from_dict({"at": "2024-05-06T10:00Z", "type": "replied", "key": key})
    assert Event.from_dict({"at": "2024-05-06T10:00Z", "type": "replied", "key": None}).key == ""


def test_pickles_of_events_without_keys_are_read() -> None:
    """As earlier versions wrote them."""
    old = object.__new__(Event)
    state = REPLY.__getstate__()
    del state["key"], state["_beside"]
    old.__setstate__(state)
    assert old == REPLY
    assert old.to_dict() == REPLY.to_dict()


# Insertion ---------------------------------------------------------------------------------------


def test_an_event_twice_is_once() -> None:
    """The same clock is returned, wherever in the log the event stands."""
    made = clock(DAY).insert(REPLY, key="msg-1")
    assert made.insert(REPLY, key="msg-1") is made
    assert made.insert(REPLY.with_key("msg-1")) is made
    later = made.insert(event("Mo 12:00", "resolved"), key=2)
    assert later.insert(REPLY, key="msg-1") is later
    assert later.insert(REPLY.with_key("msg-1"), event("Mo 12:00", "resolved").with_key(2)) is later
    assert [known.key for known in later.events] == ["msg-1", "2"]
    # After storing and reading as well.
    again = Clock.from_dict(json.loads(json.dumps(later.to_dict())))
    assert again == later
    assert again.insert(REPLY, key="msg-1") is again
    # Twice in one call.
    twice = REPLY.with_key("msg-1")
    assert clock(DAY).insert(twice, twice) == made


def test_equal_events_with_keys_of_their_own_are_two() -> None:
    """Two messages of one second, with the same words."""
    made = clock(DAY).insert(REPLY, key="a").insert(REPLY, key="b")
    assert [known.key for known in made.events] == ["a", "b"]
    assert made.insert(REPLY, key="a") is made


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (event("Mo 10:00", "replied", by="customer"), "with other fields"),
        (event("Mo 10:00", "note"), "of another event, replied at"),
        (event("Mo 11:00", "replied", by="agent"), "of another event, replied at"),
        (event("Mo 9:30", "replied", by="agent"), "of another event, replied at"),
    ],
)
def test_a_key_of_another_event_is_refused(other: Event, words: str) -> None:
    """What differs is not the same message delivered again."""
    made = clock(DAY).insert(REPLY, key="msg-1")
    with pytest.raises(DuplicateEventError, match=words) as caught:
        made.insert(other, key="msg-1")
    assert caught.value.given == other.with_key("msg-1")
    with pytest.raises(DuplicateEventError, match=words):
        replay(DAY, {}, [REPLY.with_key("msg-1"), other.with_key("msg-1")], at("Mo 9:00"))


def test_one_key_is_of_one_event() -> None:
    """Several events bear their own."""
    with pytest.raises(EventError, match="given with 2 events"):
        clock(DAY).insert(REPLY, event("Mo 11:00", "note"), key="a")
    with pytest.raises(EventError, match="given with 0 events"):
        clock(DAY).insert(key="a")
    with pytest.raises(EventError, match="is not an event"):
        clock(DAY).insert("replied")  # type: ignore[arg-type]  # wrong on purpose


def test_inserting_at_the_end_is_applying() -> None:
    """The same clock in all that it says, also for several events of the last instant."""
    events = [event("Mo 10:00", "changed", status="waiting"), event("Mo 11:00", "note")]
    events += [event("Mo 11:00", "changed", status="open"), event("Mo 12:00", "resolved")]
    applied = clock(DAY, *events)
    inserted = clock(DAY)
    for one in events:
        inserted = inserted.insert(one)
    assert inserted == applied == clock(DAY).insert(*events)
    assert inserted.status(at("Mo 13:00")) == applied.status(at("Mo 13:00"))
    # 9 to 10 and 11 to 12 counted.
    assert hours(work(inserted, "Mo 13:00").elapsed) == 2
    # Newer ones in any order, in one call.
    assert clock(DAY, events[0]).insert(events[3], events[2], events[1]).status(
        at("Mo 13:00")
    ) == applied.status(at("Mo 13:00"))


def test_inserting_at_the_last_instant_does_not_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs what `apply` costs, also if the clock has events of that instant."""
    made = clock(DAY, REPLY)

    def replayed(*_: object) -> None:
        pytest.fail("the log was evaluated again")

    monkeypatch.setattr(Progress, "of", replayed)
    made = made.insert(event("Mo 10:00", "changed", status="waiting"), key="a")
    assert work(made, "Mo 12:00").state == "paused"


def test_an_event_without_a_key_is_not_inserted_twice() -> None:
    """At the last instant, earlier, and twice in one call."""
    noted = event("Mo 11:00", "note")
    for made in (clock(DAY, REPLY), clock(DAY, REPLY, noted)):
        with pytest.raises(DuplicateEventError, match="in the log already"):
            made.insert(REPLY)
    with pytest.raises(DuplicateEventError):
        clock(DAY, REPLY).insert(noted, noted)
    assert len(clock(DAY, REPLY).insert(noted, event("Mo 11:00", "note", by="kim")).events) == 3


def test_every_order_and_repetition_gives_one_clock() -> None:
    """As a queue delivers: at least once, and in any order."""
    messages = [
        event("Mo 10:00", "changed", status="waiting").with_key(1),
        event("Mo 12:00", "changed", status="open").with_key(2),
        event("Mo 13:00", "resolved").with_key(3),
        event("Tu 9:00", "note").with_key(4),
    ]
    expected = replay(DAY, {}, messages, at("Mo 9:00"))
    assert hours(work(expected, "Tu 9:00").elapsed) == 2  # 9 to 10, 12 to 13
    for order in permutations(messages):
        made = clock(DAY)
        for message in (*order, *reversed(order)):
            made = made.insert(message)
        assert made == expected
        assert made.status(at("We 9:00")) == expected.status(at("We 9:00"))
    assert replay(DAY, {}, [*messages, *messages], at("Mo 9:00")) == expected


def test_what_cannot_be_inserted_leaves_the_clock() -> None:
    """One event of two is illegal, and none is inserted."""
    made = clock(DAY, REPLY)
    wrong = event("Mo 12:00", "changed", priority="urgent")
    with pytest.raises(TicketError):
        made.insert(event("Mo 11:00", "note"), wrong)
    with pytest.raises(LateEventError, match="before the ticket was opened"):
        made.insert(event("Mo 8:00", "note"), key="early")
    assert made.events == (REPLY,)


# Fields and observations -------------------------------------------------------------------------


def test_fields_are_what_events_set() -> None:
    """Ticket and events, without what describes an event alone, and without what is removed."""
    made = clock(DAY, ticket={"priority": "high", "vip": True, "none": None})
    assert made.fields == {"priority": "high", "vip": True}
    made = made.apply(event("Mo 10:00", "assigned", group="web", by="kim", reason="rota"))
    assert made.fields == {"priority": "high", "vip": True, "group": "web"}
    made = made.apply(event("Mo 11:00", "changed", vip=None, by="kim", tags=["a", "b"]))
    assert made.fields == {"priority": "high", "group": "web", "by": "kim", "tags": ("a", "b")}
    assert clock(DAY).fields == {}  # the default of priority is the policy's


def test_fields_that_only_conditions_on_events_use_belong_to_the_event() -> None:
    """As conditions see them: a call does not make later replies calls."""
    calls = policy({"stop": {"event": "replied", "channel": "phone"}})
    made = clock(calls, event("Mo 10:00", "replied", channel="mail"))
    assert made.fields == {}
    assert clock(calls, event("Mo 10:00", "changed", channel="mail")).fields == {"channel": "mail"}


def test_an_observation_sets_what_differs() -> None:
    """And returns the same clock if nothing does."""
    made = clock(DAY, ticket={"priority": "high", "status": "open", "count": 2})
    assert made.observe(at("Mo 10:00"), status="open", priority="high", count="2") is made
    assert made.observe(at("Mo 10:00"), owner=None) is made
    assert made.observe(at("Mo 10:00")) is made
    seen = made.observe(at("Mo 10:00"), status="waiting", priority="high", owner="kim")
    assert seen.events == (event("Mo 10:00", "changed", status="waiting", owner="kim"),)
    assert seen.observe(at("Mo 11:00"), status="waiting", owner="kim") is seen
    gone = seen.observe(at("Mo 11:00"), status="open", owner=None)
    assert gone.fields == {"priority": "high", "status": "open", "count": 2}
    assert hours(work(gone, "Mo 12:00").elapsed) == 2  # 9 to 10, 11 to 12


def test_an_observation_of_the_past_is_compared_with_the_past() -> None:
    """What was seen at 10 differs from what was known at 10, though it is as it is now."""
    made = clock(DAY, event("Mo 12:00", "changed", status="waiting"), ticket={"status": "open"})
    assert made.observe(at("Mo 10:00"), status="open") is made
    seen = made.observe(at("Mo 10:00"), status="waiting")
    assert [known.at for known in seen.events] == [at("Mo 10:00"), at("Mo 12:00")]
    assert hours(work(seen, "Mo 13:00").elapsed) == 1
    with pytest.raises(LateEventError, match="before the ticket was opened"):
        made.observe(at("Mo 8:00"), status="open")
    with pytest.raises(LateEventError, match="before the ticket was opened"):
        made.observe(at("Mo 8:00"), status="waiting")


def test_an_observation_at_the_instant_of_an_event_is_compared_with_what_it_set() -> None:
    """Also at the opening, and if later events have set something else."""
    waits, goes_on = ("Mo 10:00", "waiting"), ("Mo 11:00", "open")
    changes = [event(moment, "changed", status=status) for moment, status in (waits, goes_on)]
    made = clock(DAY, *changes, ticket={"status": "new"})
    for moment, status in (("Mo 9:00", "new"), waits, goes_on):
        assert made.observe(at(moment), status=status) is made
    other = clock(DAY).observe(at("Mo 9:00"), status="waiting")
    assert work(other, "Mo 9:30").state == "paused"


def test_an_observation_is_checked_as_events_are() -> None:
    """By the attributes and the declared fields of the policy."""
    declared = Policy(
        "desk",
        fields={"status": ["open", "solved"]},
        metrics={"work": {"stop": {"status": "solved"}}},
    )
    made = declared.open({"status": "open"}, at("Mo 9:00"))
    with pytest.raises(EventError, match="did you mean 'solved'"):
        made.observe(at("Mo 10:00"), status="Solved")
    with pytest.raises(EventError, match="cannot be stored"):
        made.observe(at("Mo 10:00"), status=object())


# Memory ------------------------------------------------------------------------------------------


def test_events_that_say_the_same_share_their_fields() -> None:
    """Equal values of different kinds, such as 1 and True, stay what they are."""
    values = [1, True, 1.0, "1", 0, False, None, 2**70]
    for _ in range(3):
        made = [event("Mo 10:00", "changed", count=value, by="kim") for value in values]
        shown = [one.fields["count"] for one in made]
        assert shown == values
        assert [*map(type, shown)] == [*map(type, values)]
    assert event("Tu 9:00", "note", count=1, by="kim").fields is made[0].fields
    assert [*event("Tu 9:00", "note", by="kim", count=1).fields] == ["by", "count"]


def test_what_is_shared_is_bounded() -> None:
    """However many fields there are, and however long their values."""
    for number in range(5_000):
        for _ in range(2):
            event("Mo 10:00", "note", number=number)
    assert 0 < len(events._shared_fields) <= 4_000
    assert 0 < len(events._seen_once) <= 4_000
    long = [event("Mo 10:00", "note", text="x" * 101).fields for _ in range(3)]
    assert long[1] is not long[2]


def test_a_clock_that_is_fed_event_by_event_keeps_little() -> None:
    """Its events share fields, and no former clock stays alive: less than 9 kB for 30 events."""

    def fed() -> Clock:
        made = clock(DAY)
        for number in range(30):
            status = "waiting" if number % 2 else "open"
            made = made.apply(event(f"Mo 10:{number:02}", "changed", status=status))
        return made

    kept = [fed(), fed()]
    gc.collect()
    tracemalloc.start()
    kept += [fed() for _ in range(50)]
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size / 50 < 9_000


def test_what_is_seen_again_at_one_instant_is_seen_again() -> None:
    """A source with whole seconds may show waiting, open and waiting within one of them."""
    opened = clock(policy({"pause": {"status": "waiting"}}))
    seen = opened
    for status in ("waiting", "open", "waiting", "open", "waiting"):
        seen = seen.observe(at("Mo 10:00"), status=status)
        assert seen.fields["status"] == status
    assert seen.observe(at("Mo 10:00"), status="waiting") is seen
    assert [event.fields["status"] for event in seen.events] == ["waiting", "open"] * 2 + [
        "waiting"
    ]
    assert seen.status(at("Mo 11:00"))["work"].state == "paused"
    assert Clock.from_dict(seen.to_dict()) == seen
