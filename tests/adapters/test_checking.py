"""Conditions that a source never meets are found before anybody waits for them."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Policy
from slacalc.adapters import generic, github, glpi, jira, servicenow, zammad, zendesk


def policy(*, when: Any = None, attributes: Any = None, **metric: Any) -> Policy:
    row = {"targets": {"m": "4 hours"}} | ({"when": when} if when else {})
    other = {"targets": {"m": "8 hours"}}
    metrics = {"m": {"stop": "resolved"} | metric}
    rows = [row, other] if when else [row]
    return Policy("desk", attributes=attributes or {}, metrics=metrics, tables={"all": rows})


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ({}, []),
        ({"stop": "closed"}, []),
        ({"stop": "solved"}, ["metrics.m.stop: solved: zendesk has no event 'solved'"]),
        ({"start": "accepted"}, ["zendesk has no event 'accepted'"]),
        ({"stop": ["arrived", "resolved"]}, ["zendesk has no event 'arrived'"]),
        ({"pause": {"status": "pending"}}, []),
        ({"pause": {"status": ["pending", "hold"]}}, []),
        ({"pause": {"status": "waiting"}}, ["zendesk gives status as new, open, pending, hold,"]),
        ({"pause": {"status": ["waiting", "pending"]}}, []),
        ({"pause": {"not": {"status": "waiting"}}}, []),
        ({"pause": {"any": [{"status": "waiting"}, {"status": "stuck"}]}}, ["status as new,"]),
        ({"pause": {"any": [{"status": "waiting"}, {"status": "hold"}]}}, []),
        ({"pause": {"colour": "red"}}, ["zendesk does not give the field 'colour'"]),
        ({"held_by": {"group": "second line"}}, []),
        ({"held_by": {"team": "second line"}}, ["does not give the field 'team'"]),
        ({"stop": {"event": "replied", "by": "agent", "public": True}}, []),
        ({"stop": {"event": "replied", "by": "bot"}}, ["gives by as agent, customer, system"]),
        ({"stop": {"event": "replied", "channel": "mail"}}, ["field 'channel' of 'replied'"]),
        ({"stop": {"event": "changed", "status": "solved"}}, []),
        ({"pause": {"by": "customer"}}, []),  # of the last message
        ({"pause": {"public": False}}, []),
        ({"pause": {"by": "bot"}}, ["gives by as agent, customer, system, unknown"]),
        ({"pause": {"status": "5"}}, ["status as new,"]),
    ],
)
def test_conditions_of_metrics(metric: dict[str, Any], expected: list[str]) -> None:
    unmet = zendesk.check(policy(**metric))
    assert len(unmet) == len(expected)
    assert all(text in str(each) for text, each in zip(expected, unmet, strict=True))


@pytest.mark.parametrize(
    ("attribute", "when", "expected"),
    [
        ("priority", "high", ""),
        ("priority", "critical", "zendesk gives priority as urgent, high, normal, low"),
        ("priority", ["critical", "urgent"], ""),
        ("region", "EU", "zendesk does not give the field 'region'"),
    ],
)
def test_conditions_of_rows(attribute: str, when: Any, expected: str) -> None:
    """They are found by the values that the attribute has in the product."""
    attributes = {attribute: {"values": ["critical", "urgent", "high", "EU"], "optional": True}}
    unmet = zendesk.check(policy(when={attribute: when}, attributes=attributes))
    assert [each.reason for each in unmet] == ([expected] if expected else [])
    assert all(each.path == "tables.all" for each in unmet)


def test_values_of_any_text_are_not_reported() -> None:
    group = {"kind": "text"}
    assert not zendesk.check(policy(when={"group": "second line"}, attributes={"group": group}))
    tier = {"values": ["gold", "bronze"], "optional": True}
    gold = policy(when={"tier": "gold"}, attributes={"tier": tier})
    assert not zendesk.check(gold, names={"25356371": "tier"})


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("status", "new open pending hold solved closed"),
        ("priority", "urgent high normal low"),
        ("type", "problem incident question task"),
    ],
)
def test_every_documented_value_of_zendesk_can_be_met(field: str, values: str) -> None:
    for value in values.split():
        assert not zendesk.check(policy(pause={field: value}))


@pytest.mark.parametrize("event", ["resolved", "closed", "cancelled", "reopened", "assigned"])
def test_events_that_help_desks_have(event: str) -> None:
    assert not zendesk.check(policy(stop=event))
    assert not servicenow.check(policy(stop=event))
    assert bool(jira.check(policy(stop=event))) is (event in ("closed", "cancelled"))


def test_a_default_meets_conditions_too() -> None:
    tier = {"values": ["gold", "bronze"], "default": "bronze"}
    assert not zendesk.check(policy(when={"tier": "bronze"}, attributes={"tier": tier}))
    assert zendesk.check(policy(when={"tier": "gold"}, attributes={"tier": tier}))
    matrix = {"values": ["P1", "P2"], "by": ["type"], "matrix": {"incident": "P1", "task": "P2"}}
    kinds = {"type": {"values": ["incident", "task"]}, "level": matrix}
    assert not zendesk.check(policy(when={"level": "P1"}, attributes=kinds))


def test_tickets_that_an_objective_never_counts() -> None:
    data = policy(attributes={"type": {"values": ["incident", "fault"]}}).to_dict()
    faults = {"share": "99 %", "metric": "m", "when": {"type": "fault"}}
    data["objectives"] = {"faults": faults, "others": faults | {"when": {"type": "incident"}}}
    (unmet,) = zendesk.check(Policy.from_dict(data))
    assert unmet.path == "objectives.faults"


def test_capitals_matter_as_they_do_in_the_policy() -> None:
    priority = {"values": ["High", "Other"], "optional": True}
    assert zendesk.check(policy(when={"priority": "High"}, attributes={"priority": priority}))


def test_a_rank_is_met_if_a_value_above_it_is_given() -> None:
    attributes = {"priority": {"values": ["critical", "urgent", "high"], "ordered": True}}
    for when, count in ((">= urgent", 0), ("> urgent", 1), ("< critical", 0)):
        found = zendesk.check(policy(when={"priority": when}, attributes=attributes))
        assert len(found) == count, when


def test_names_and_values_of_the_caller_count() -> None:
    """As they do for `read`."""
    paused = policy(pause={"stage": "waiting"})
    assert zendesk.check(paused)
    assert zendesk.check(paused, names={"status": "stage"})
    values = {"stage": {"pending": "waiting"}}
    assert not zendesk.check(paused, names={"status": "stage"}, values=values)
    assert not zendesk.check(policy(pause={"tier": "x"}), names={"25356371": "tier"})


def test_each_product_has_its_own_events_and_values() -> None:
    assert [str(each) for each in jira.check(policy(stop="closed"))] == [
        "metrics.m.stop: closed: jira has no event 'closed'"
    ]
    assert not jira.check(policy(stop="closed"), stages={"Done": "closed"})
    assert not jira.check(policy(pause={"status": "whatever a workflow has"}))
    assert servicenow.check(policy(pause={"state": "Pending"}))
    assert not servicenow.check(policy(pause={"state": "On Hold"}))
    assert not servicenow.check(
        policy(pause={"state": "Pending"}), values={"state": {"-5": "Pending"}}
    )


def test_codes_that_an_adapter_does_not_know_stay_as_they_are() -> None:
    """By hand: a change is new with -5; 3 is read as On Hold."""
    counts = {"-5": 0, "10": 0, "On Hold": 0, "3": 1, "Waiting": 1}
    for state, count in counts.items():
        assert len(servicenow.check(policy(pause={"state": state}))) == count, state
    numbers = {"state": {"kind": "number", "optional": True}}
    assert not servicenow.check(policy(pause={"state": "< 0"}, attributes=numbers))
    log = servicenow.read(
        {"number": "CHG1", "opened_at": "2026-05-18 09:00:00", "state": "-5"}, [], agents=()
    )
    clock = log.replay(policy(pause={"state": "-5"}))
    assert clock.status("2026-05-18T10:00Z")["m"].state == "paused"
    levels = {"priority": {"values": ["6", "1 - Critical", "1"], "optional": True}}
    for level, count in (("6", 0), ("1 - Critical", 0), ("1", 1)):
        unmet = servicenow.check(policy(when={"priority": level}, attributes=levels))
        assert len(unmet) == count


def test_versions_are_checked_too() -> None:
    """A condition that several versions have is named once."""
    data = policy(pause={"status": "waiting"}).to_dict()
    data["versions"] = [{"effective_from": "2027-01-01", "description": "the same"}]
    data["effective_from"] = "2026-01-01"
    assert len(zendesk.check(Policy.from_dict(data))) == 1


@pytest.mark.parametrize(
    ("source", "fields", "expected"),
    [
        (generic, {"by": "system"}, "generic gives by as agent, customer, unknown"),
        (github, {"public": False}, "github gives public as true"),
        (glpi, {"by": "system"}, "glpi gives by as agent, customer, unknown"),
        (zammad, {"by": "unknown"}, "zammad gives by as agent, customer, system"),
    ],
)
def test_messages_that_never_come(source: Any, fields: dict[str, Any], expected: str) -> None:
    policy = Policy(
        "desk",
        metrics={"response": {"stop": {"event": "replied", **fields}}},
        tables={"all": [{"targets": {"response": "1 hour"}}]},
    )
    [unmet] = map(str, source.check(policy))
    assert unmet.endswith(expected)
