"""Clocks as data: stored, opened again, audited, and proved."""

from __future__ import annotations

import hashlib
import json
import pickle
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from slacalc import Calendar, Clock, Event, Policy, Proof, presets
from slacalc.errors import ClockError, EventError
from tests.clock.helpers import at, clock, event, hours, policy, shown, work

PAUSED = policy({"pause": {"status": "pending"}})
LIFE = clock(
    PAUSED,
    event("Mo 10:00", "changed", status="pending"),
    event("Mo 12:00", "changed", status="open"),
    event("Mo 14:00", "resolved"),
    event("Tu 10:00", "reopened"),
    ticket={"priority": "low"},
)


def stored(of: Clock, **options: Any) -> dict[str, Any]:
    """The data as they come back from a database."""
    data: dict[str, Any] = json.loads(json.dumps(of.to_dict(**options)))
    return data


# Storing ------------------------------------------------------------------------------------------


def test_the_stored_form() -> None:
    """Policy, ticket and events; and what was worked out, if it is wanted."""
    data = stored(LIFE, state=False)
    assert list(data) == [
        "format",
        "policy_name",
        "policy_effective_from",
        "policy_fingerprint",
        "opened_at",
        "ticket",
        "events",
        "policy",
    ]
    assert data["events"][0] == {
        "at": "2024-05-06T10:00:00+00:00",
        "type": "changed",
        "fields": {"status": "pending"},
    }
    assert len(json.dumps(stored(LIFE, embed_policy=False, state=False))) < 700
    assert stored(LIFE).keys() - data.keys() == {"state"}


def test_it_opens_with_its_policy_or_with_the_one_given() -> None:
    """And is the same clock."""
    assert Clock.from_dict(stored(LIFE)) == LIFE
    assert Clock.from_dict(stored(LIFE, embed_policy=False), PAUSED) == LIFE
    assert pickle.loads(pickle.dumps(LIFE)) == LIFE  # noqa: S301 - our own
    assert hash(Clock.from_dict(stored(LIFE))) == hash(LIFE)


@pytest.mark.parametrize(
    ("attribute", "value", "same"),
    [
        ({"kind": "tags"}, ("a", "b"), ["a", "b"]),
        ({"kind": "date"}, date(2024, 5, 6), "2024-05-06"),
        ({"kind": "number"}, Decimal("1.5"), 1.5),
    ],
)
def test_a_ticket_is_equal_to_what_is_stored_of_it(attribute: Any, value: Any, same: Any) -> None:
    """JSON has neither tuples nor dates nor decimal numbers."""
    office = policy({"stop": "resolved"}, attributes={"x": attribute | {"optional": True}})
    given = office.open({"x": value}, at("Mo 09:00"))
    assert Clock.from_dict(stored(given)) == given == office.open({"x": same}, at("Mo 09:00"))
    assert given != office.open({}, at("Mo 09:00"))


def test_a_clock_of_another_policy_opens_and_says_so() -> None:
    """By its own terms where it has them, else by those given."""
    today = policy({"pause": []})
    embedded = Clock.from_dict(stored(LIFE), today)
    assert "evaluated as stored, under desk (fingerprint" in embedded.note
    assert embedded == LIFE
    bare = Clock.from_dict(stored(LIFE, embed_policy=False), today)
    assert "stored under desk" in bare.note
    assert hours(work(bare, "Tu 10:00").elapsed) == 5
    assert bare.apply(event("Tu 11:00", "resolved")).note == bare.note
    assert embedded.rejudged(today) == bare


def test_an_older_version_of_a_policy_is_found_by_the_receipt() -> None:
    """A clock finds its own version in a file that has gone on."""
    of = policy({}, effective_from="2024-01-01")
    old = clock(of, event("Mo 12:00", "resolved"))
    newer = Policy.from_dict(
        of.to_dict()
        | {"versions": [{"effective_from": "2025-01-01", "metrics": {"work": {"stop": "closed"}}}]}
    )
    again = Clock.from_dict(stored(old, embed_policy=False), newer)
    assert (again.note, again) == ("", old)


def versioned(**changes: Any) -> Policy:
    """A policy with a version from 2025 on, and with further sections."""
    later = {"effective_from": "2025-01-01", "metrics": {"work": {"stop": "closed"}}}
    return Policy.from_dict(policy({}).to_dict() | {"versions": [later]} | changes)


@pytest.mark.parametrize("year", [2024, 2025])
def test_a_clock_has_the_fingerprint_of_its_policy(year: int) -> None:
    """Its version has one of its own, by which a policy with a further version knows it."""
    of = versioned()
    made = of.open({}, f"{year}-05-06T09:00:00+02:00")
    for embed in (True, False):
        data = stored(made, embed_policy=embed)
        assert data["policy_fingerprint"] == of.fingerprint
        assert data["version_fingerprint"] == of.version_at(made.opened_at).fingerprint
        again = Clock.from_dict(data, None if embed else of)
        assert (again, again.note, stored(again, embed_policy=embed)) == (made, "", data)
        further = [
            *of.to_dict()["versions"],
            {"effective_from": "2026-01-01", "description": "New"},
        ]
        again = Clock.from_dict(data, versioned(versions=further))
        assert (again, again.note) == (made, "")
    other = versioned(versions=[{"effective_from": "2023-01-01", "metrics": {"work": {}}}])
    assert "the given policy differs" in Clock.from_dict(stored(made), other).note
    assert pickle.loads(pickle.dumps(made)).to_dict() == made.to_dict()  # noqa: S301 - our own
    assert "version_fingerprint" not in stored(made.rejudged(policy({})))


def test_a_changed_description_is_the_same_policy() -> None:
    """Clocks and proofs know it, and those stored when descriptions still counted."""
    described = Policy.from_dict(policy({}).to_dict() | {"description": "As agreed in May."})
    made = clock(policy({}), event("Mo 12:00", "resolved"))
    assert Clock.from_dict(stored(made, embed_policy=False), described).note == ""
    text = json.dumps(
        described.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    before = hashlib.sha256(text.encode()).hexdigest()
    assert before != described.fingerprint
    data = stored(clock(described)) | {"policy_fingerprint": before}
    assert Clock.from_dict(data).note == Clock.from_dict(data, described).note == ""
    of_clock = clock(described)
    proof = of_clock.proof().to_dict()
    proof["facts"]["policy"] = proof["facts"]["policy"] | {"fingerprint": before}
    assert of_clock.verify(Proof.from_dict(proof)).moved == {}


def test_an_edited_policy_in_the_data_is_noticed() -> None:
    """The clock is evaluated by what the data contain, and says so."""
    data = stored(LIFE)
    data["policy"]["tables"] = {"edited": [{"targets": {"work": "1 hour"}}]}
    assert "is not the one it was stored under, desk (fingerprint" in Clock.from_dict(data).note


def test_unknown_keys_survive() -> None:
    """What a later version wrote is kept, in the clock and in its events."""
    data = stored(LIFE) | {"colour": "blue"}
    data["events"][1]["source"] = {"queue": 7}
    del data["state"]  # which is of other events
    again = Clock.from_dict(data)
    assert again.to_dict(state=False) == data
    assert Clock.from_dict(again.to_dict()).to_dict(state=False) == data
    assert again.apply(event("Tu 12:00", "note")).to_dict()["colour"] == "blue"
    assert again.insert(event("Mo 9:30", "note")).to_dict()["colour"] == "blue"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, "not a stored clock"),
        ([], "not a stored clock"),
        (stored(LIFE) | {"format": 2}, "reads formats up to 1"),
        (stored(LIFE) | {"format": "x"}, "reads formats up to 1"),
        (stored(LIFE) | {"ticket": 3}, "its ticket must be a table"),
        (stored(LIFE, embed_policy=False), "stored without its policy, desk"),
    ],
)
def test_what_is_no_clock_is_refused(data: Any, expected: str) -> None:
    """With what would be right."""
    with pytest.raises(ClockError, match=expected):
        Clock.from_dict(data)


def test_a_faulty_event_is_told_by_its_place() -> None:
    """The others are not to blame."""
    data = stored(LIFE)
    data["events"][2] = {"type": "resolved"}
    with pytest.raises(EventError, match=r"events\[2\]"):
        Clock.from_dict(data)


def test_tickets_of_any_library_are_stored_as_json() -> None:
    """Dates become text, and numbers of NumPy numbers."""
    numpy = pytest.importorskip("numpy")
    of = policy({}, attributes={"level": [1, 2], "signed": {"kind": "date"}})
    made = clock(of, ticket={"level": numpy.int64(2), "signed": at("Mo 8:00").date()})
    assert stored(made)["ticket"] == {"level": 2, "signed": "2024-05-06"}
    assert Clock.from_dict(stored(made)).status(at("Mo 9:00")) == made.status(at("Mo 9:00"))


# Events -------------------------------------------------------------------------------------------


def test_an_event_evaluates_and_compares() -> None:
    """Equal where instant, type and fields are; sorted by instants."""
    made = Event("2024-05-06T12:00:00+02:00", "replied", by="agent", tags=["a", "b"])
    assert eval(repr(made)) == made  # noqa: S307 - our own
    assert repr(made).startswith("Event('2024-05-06T10:00:00+00:00', 'replied', by='agent'")
    assert made == Event("2024-05-06T10:00:00Z", "replied", tags=["a", "b"], by="agent")
    assert made != Event("2024-05-06T10:00:00Z", "replied", by="agent")
    assert made < Event("2024-05-06T10:00:01Z", "created")
    unusual = Event("2024-05-06T10:00:00Z", "note", **{"not a name": {"x": [1]}})
    assert eval(repr(unusual)) == unusual  # noqa: S307 - our own
    assert unusual.to_dict()["fields"] == {"not a name": {"x": [1]}}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("2024-05-06T10:00:00Z", ""), "not a type of event"),
        (("2024-05-06T10:00:00Z", 3), "not a type of event"),
        (("2024-05-06T10:00:00", "note"), "has no time zone"),
    ],
)
def test_what_is_no_event_is_refused(arguments: Any, expected: str) -> None:
    """A type and an instant are needed."""
    with pytest.raises(ValueError, match=expected):
        Event(*arguments)


# Ledger -------------------------------------------------------------------------------------------


def test_the_ledger_tells_every_second() -> None:
    """Before the start, running, at rest and why, the night, and after the stop."""
    of = policy({"start": "accepted", "pause": {"status": "pending"}})
    made = clock(
        of,
        event("Mo 10:00", "accepted"),
        event("Mo 16:00", "changed", status="pending"),
        event("Tu 10:00", "changed", status="open"),
        event("Tu 11:00", "resolved"),
    )
    ledger = made.ledger("work", at("Tu 12:00"))
    assert [(shown(row.start), row.is_open, row.kind, row.name) for row in ledger] == [
        ("Mo 9:00", False, "before-start", ""),
        ("Mo 10:00", True, "running", ""),
        ("Mo 16:00", False, "paused", "status is pending"),
        ("Mo 17:00", False, "overnight", ""),
        ("Tu 9:00", False, "paused", "status is pending"),
        ("Tu 10:00", True, "running", ""),
        ("Tu 11:00", False, "after-stop", ""),
    ]
    assert (hours(ledger.running), hours(ledger.paused)) == (7, 2)
    assert str(ledger).endswith(
        "total 1d 3h: running 7h, halted 20h (before-start 1h, paused 2h, overnight 16h, "
        "after-stop 1h)"
    )
    assert ledger.to_dicts()[2]["kind"] == "paused"


def test_the_ledger_of_several_cycles_and_of_a_change() -> None:
    """What lies between two cycles is after the stop; what a change left behind is named."""
    of = policy({"on_reopen": "new_cycle"})
    made = clock(of, event("Mo 10:00", "resolved"), event("Mo 12:00", "reopened"))
    kinds = [(shown(row.start), row.kind) for row in made.ledger("work", at("Mo 13:00"))]
    assert kinds == [("Mo 9:00", "running"), ("Mo 10:00", "after-stop"), ("Mo 12:00", "running")]

    of = policy({"on_change": "from_change"}, {"high": "1 hour", "low": "8 hours"})
    made = clock(of, event("Mo 11:00", "changed", priority="high"))
    kinds = [(shown(row.start), row.kind) for row in made.ledger("work", at("Mo 12:00"))]
    assert kinds == [("Mo 9:00", "before-change"), ("Mo 11:00", "running")]


def test_a_holiday_at_rest_is_a_holiday() -> None:
    """Mid-Autumn costs a resting clock nothing, and the ledger names it."""
    of = presets.load("kingdee-diexun")
    ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
    made = of.open(ticket, "2024-09-13T16:00:00+08:00")
    made = made.apply(Event("2024-09-13T17:00:00+08:00", "paused"))
    ledger = made.ledger("arrival", "2024-09-18T09:00:00+08:00", language="zh")
    assert ("holiday", "中秋节") in {(row.kind, row.name) for row in ledger}
    # 30 minutes on Friday, a make-up Saturday of 8 hours, and half an hour on Wednesday
    assert hours(ledger.paused) == 9


# Proof --------------------------------------------------------------------------------------------


def test_a_proof_names_all_it_is_made_of() -> None:
    """Policy, ticket, events, calendars, and the releases of the data beneath them."""
    proof = LIFE.proof(at("Tu 12:00"))
    facts = proof.to_dict()["facts"]
    assert facts["policy"]["fingerprint"] == PAUSED.fingerprint
    assert facts["events"]["count"] == 4
    assert facts["calendars"]["desk"].keys() == {
        "description",
        "open",
        "time_zone",
        "time_zone_data",
        "offsets",
    }
    assert facts["calendars"]["desk"]["time_zone_data"].startswith(("system", "package"))
    assert facts["releases"].keys() == {"slacalc", "holidays"}
    assert Proof.from_dict(json.loads(json.dumps(proof.to_dict()))) == proof
    with pytest.raises(ClockError, match="not a proof"):
        Proof.from_dict({"as_of": "x"})


def test_a_proof_that_holds_and_one_that_does_not() -> None:
    """The answers that differ are listed, and every fact that moved."""
    proof = LIFE.proof(at("Tu 12:00"))
    assert str(LIFE.verify(proof)) == "the answers hold"
    more = LIFE.insert(event("Mo 13:00", "paused"))
    same = more.verify(proof)
    assert same.holds
    assert set(same.moved) == {"events.count", "events.fingerprint"}
    other = LIFE.rejudged(policy({"pause": []})).verify(proof)
    assert not other.holds
    assert other.answers["work: elapsed"] == (5 * 3600, 7 * 3600)
    assert "policy.fingerprint" in other.moved
    assert "moved: policy.fingerprint" in str(other)


def test_a_calendar_that_moved_is_found() -> None:
    """Another release of the holidays, or of the zone, changes what was open."""
    proof = LIFE.proof(at("Tu 12:00"))
    calendar = PAUSED.calendars["desk"]
    moved = attrs.evolve(
        PAUSED, calendars={"desk": attrs.evolve(calendar, holidays=["2024-05-06"])}
    )
    found = LIFE.rejudged(moved).verify(proof)
    assert "calendars.desk.open" in found.moved
    assert "calendars.desk.offsets" not in found.moved


def test_a_copy_of_a_status_shows_the_same_instants() -> None:
    """Also those of an hour that comes twice: 02:15 in Paris, at 00:15 and at 01:15 UTC."""
    paris = Calendar("Europe/Paris", {"mon-fri": "9-17"})
    made = policy({}, "20 hours", calendars={"paris": paris}).open({}, "2024-10-26T05:15:00Z")
    for hour, text in [(0, "2024-10-27T02:15:00+02:00"), (1, "2024-10-27T02:15:00+01:00")]:
        status = made.status(f"2024-10-27T0{hour}:15:00Z")
        for copied in (status, pickle.loads(pickle.dumps(status)), deepcopy(status)):  # noqa: S301 - our own
            assert copied.as_of.isoformat() == text
            assert copied.to_dict() == status.to_dict()


def test_a_copy_of_a_status_has_nothing_of_other_tickets() -> None:
    """What a policy keeps for the next ticket stays with it."""
    desk = policy({}, {"high": "1 hour", "low": "2 hours"})
    status = desk.open({"priority": "high"}, at("Mo 09:00")).status(at("Mo 09:30"))
    before = len(pickle.dumps(status))
    desk.open({"priority": "low"}, at("Mo 09:00")).status(at("Mo 09:30"))
    desk.deadlines({"priority": "low"}, at("Mo 09:00"))
    assert len(pickle.dumps(status)) == before
