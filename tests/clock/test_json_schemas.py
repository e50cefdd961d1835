"""Plain data for other programs: the schemas are committed, and real documents satisfy them."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from slacalc import (
    Calendar,
    Clock,
    ClockSummary,
    CycleStatus,
    Event,
    Policy,
    SlacalcError,
    Status,
    presets,
)
from slacalc.errors import PolicyError
from tests.clock.helpers import at, clock, event, policy

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SCHEMAS: dict[str, dict[str, Any]] = {
    "event": Event.json_schema(),
    "status": Status.json_schema(),
    "summary": ClockSummary.json_schema(),
    "clock": Clock.json_schema(),
    "error": SlacalcError.json_schema(),
}
DAY = policy(
    {"warnings": ["50 %"], "pause": {"status": "waiting"}, "on_reopen": "new_cycle"},
    {"within": "2 working hours", "limit": "4 working hours"},
)


def check(name: str, data: Any) -> None:
    """Validate data as another program reads them, and find every key that is documented."""
    data = json.loads(json.dumps(data, allow_nan=False))
    Draft202012Validator(SCHEMAS[name]).validate(data)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_schemas_are_current(name: str) -> None:
    """docs/reference has what `json_schema` returns."""
    Draft202012Validator.check_schema(SCHEMAS[name])
    committed = (REFERENCE / f"{name}.schema.json").read_text("utf-8")
    assert json.loads(committed) == SCHEMAS[name]


def test_the_reference_lists_all_keys_with_their_meanings() -> None:
    """A table for each kind of object, as the schema has it."""
    page = (REFERENCE / "clock.md").read_text("utf-8")
    tables = [
        dict(re.findall(r"^\| `(\w+)` \| .+? \| (.+) \|$", rows, re.MULTILINE))
        for rows in page.split("| key | value | meaning |")[1:]
    ]
    cycle = SCHEMAS["status"]["properties"]["cycles"]["items"]
    documented = [SCHEMAS["status"], cycle, SCHEMAS["summary"], SCHEMAS["clock"], SCHEMAS["event"]]
    assert tables == [
        {key: schema["description"] for key, schema in one["properties"].items()}
        for one in documented
    ]
    attributes = {name for name, value in vars(CycleStatus).items() if isinstance(value, property)}
    assert attributes - tables[1].keys() == {
        "is_running",
        "share",
        "provisional",
        "limit_if_resumed",
    }
    assert all(f"`{name}`" in page for name in attributes)


def test_a_schema_belongs_to_the_caller() -> None:
    """Changing it changes nothing for others."""
    Event.json_schema()["properties"].clear()
    assert Event.json_schema() == SCHEMAS["event"]


def test_real_documents_satisfy_the_schemas() -> None:
    """In every state that a promise can have, with keys, fields and due dates set by hand."""
    by_hand = {"metric": "work", "due": "2024-05-08T12:00Z", "author": "kim", "reason": "agreed"}
    events = [
        event("Mo 10:00", "changed", status="waiting", tags=["a"], gone=None).with_key("m-1"),
        event("Mo 11:00", "changed", status="open"),
        event("Tu 9:00", "resolved"),
        event("Tu 10:00", "reopened"),
        event("Tu 11:00", "overridden", **by_hand),
        event("We 16:00", "cancelled"),
    ]
    made = clock(DAY, *events)
    for known in events:
        check("event", known.to_dict())
    check("clock", made.to_dict())
    check("clock", made.to_dict(embed_policy=False))
    states = set()
    for moment in ("Mo 9:00", "Mo 10:30", "Mo 13:00", "Tu 9:30", "Tu 12:00", "We 13:00", "Th 9:00"):
        status = made.status(at(moment)).to_dict()
        check("status", status)
        check("summary", made.summary(at(moment)).to_dict())
        states |= {cycle["state"] for cycle in status["cycles"]}
        for cycle in status["cycles"]:
            assert (
                cycle.keys()
                == SCHEMAS["status"]["properties"]["cycles"]["items"]["properties"].keys()
            )
    assert states == {"running", "paused", "late", "breached", "cancelled"}


def test_documents_of_presets_satisfy_the_schemas() -> None:
    """Real policies, and tickets that they do not promise anything."""
    for name in presets.names():
        loaded = presets.load(name)
        try:
            made = loaded.open({}, "2025-03-03T09:00+01:00")
        except SlacalcError as error:
            check("error", error.to_dict())
            continue
        check("clock", made.to_dict())
        check("status", made.status("2025-03-10T09:00+01:00").to_dict())


@pytest.mark.parametrize(
    "data",
    [
        {"type": "note"},
        {"at": "2024-05-06T10:00Z", "type": ""},
        {"at": "2024-05-06T10:00Z", "type": "note", "key": 1.5},
        {"at": "2024-05-06T10:00Z", "type": "note", "fields": []},
    ],
)
def test_the_schema_refuses_what_is_refused(data: dict[str, Any]) -> None:
    """So that a service answers with a fault of form before it opens a clock."""
    assert not Draft202012Validator(SCHEMAS["event"]).is_valid(data)
    if data.get("fields") != []:
        with pytest.raises(SlacalcError):
            Event.from_dict(data)


def test_an_error_is_data() -> None:
    """With its name, its message, its place and its facts; what JSON lacks is text."""
    with pytest.raises(SlacalcError) as caught:
        clock(DAY).apply(event("Mo 8:00", "resolved"))
    data = caught.value.to_dict()
    check("error", data)
    assert data["error"] == "LateEventError"
    assert data["message"] == str(caught.value)
    assert data["facts"]["given"] == {"at": "2024-05-06T08:00:00+00:00", "type": "resolved"}
    assert data["facts"]["at"] == "2024-05-06T08:00:00+00:00"

    with pytest.raises(PolicyError) as faulty:
        Policy.from_dict({"name": "desk", "metrics": {"work": {"stopp": "resolved"}}})
    data = faulty.value.to_dict()
    check("error", data)
    assert [fault["path"] for fault in data["faults"]] == ["metrics.work.stopp"]
    assert "faults" not in data["facts"]

    with pytest.raises(SlacalcError) as hours:
        Calendar("Europe/Paris", {"mon-fri": "9-25"})
    assert hours.value.to_dict()["where"] == "week.mon-fri"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (date(2024, 5, 6), "2024-05-06"),
        (float("nan"), "nan"),
        ({1: {"a": (1, 2.5, None, True)}}, {"1": {"a": [1, 2.5, None, True]}}),
        (b"raw", "b'raw'"),
        ("\ud800", "?"),
        (object, "<class 'object'>"),
    ],
)
def test_facts_are_what_json_has(given: Any, shown: Any) -> None:
    """Whatever was given."""
    data = SlacalcError("no", given=given).to_dict()
    check("error", data)
    assert data["facts"] == {"given": shown}


def test_a_value_that_contains_itself_is_cut() -> None:
    """An error is always data."""
    given: list[Any] = []
    given.append(given)
    check("error", SlacalcError("no", given=given).to_dict())


# Summary -----------------------------------------------------------------------------------------

TWO = Policy.from_dict(
    DAY.to_dict()
    | {
        "metrics": {"answer": {"stop": "replied"}, "work": {"stop": "resolved", "pause": "held"}},
        "tables": {"all": [{"targets": {"answer": "1 working hour", "work": "4 working hours"}}]},
    }
)


def test_a_summary_is_the_first_due_date_that_runs() -> None:
    """Also one that has passed, until it is fulfilled."""
    made = clock(TWO)
    early = made.summary(at("Mo 9:30"))
    assert (early.due, early.metric, early.next_look) == (at("Mo 10:00"), "answer", at("Mo 10:00"))
    assert (early.is_breached, early.ever_breached) == (False, False)
    late = made.summary(at("Mo 12:00"))
    assert (late.due, late.metric, late.next_look) == (at("Mo 10:00"), "answer", at("Mo 13:00"))
    assert (late.is_breached, late.ever_breached) == (True, True)
    answered = made.apply(event("Mo 9:45", "replied")).summary(at("Mo 12:00"))
    assert (answered.due, answered.metric) == (at("Mo 13:00"), "work")
    assert (answered.is_breached, answered.ever_breached) == (False, False)


def test_a_summary_without_a_due_date() -> None:
    """A pause has none, nor has a ticket that is done."""
    held = clock(TWO, event("Mo 9:15", "replied"), event("Mo 9:30", "held"))
    assert held.summary(at("Mo 12:00")).to_dict() == {
        "due": None,
        "metric": "",
        "is_breached": False,
        "ever_breached": False,
        "next_look": None,
    }
    done = clock(TWO, event("Mo 9:15", "replied"), event("Tu 12:00", "resolved"))
    summary = done.summary(at("We 9:00"))
    assert (summary.due, summary.is_breached, summary.next_look) == (None, True, None)


def test_a_breach_of_the_past_is_remembered() -> None:
    """A new cycle runs after one that was breached."""
    of = policy({"on_reopen": "new_cycle"}, "2 working hours")
    made = clock(of, event("Mo 12:00", "resolved"), event("Tu 9:00", "reopened"))
    summary = made.summary(at("Tu 10:00"))
    assert (summary.is_breached, summary.ever_breached) == (False, True)
    assert summary.due == at("Tu 11:00")
