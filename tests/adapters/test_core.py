"""What all adapters do alike: many tickets, policies with fields, and payloads of any shape."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from slacalc import Policy, SlacalcError
from slacalc.adapters import TicketLog, jira, read_many, servicenow, zendesk
from slacalc.adapters.core import (
    LogBuilder,
    Node,
    Reader,
    Source,
    stage_by_status,
)
from slacalc.errors import EventError, PayloadError
from tests.adapters.mutations import check_cycles, check_reader
from tests.adapters.payloads import desk, payload

read_jira = partial(jira.read, agents=())


def test_a_ticket_that_cannot_be_read_does_not_keep_the_others_from_it() -> None:
    """Its error says which it is, and where in it."""
    issues = [payload("jira/issue") for _ in range(4)]
    issues[1]["fields"]["created"] = None
    issues[2]["changelog"]["histories"][3]["id"] = {}
    logs, errors = read_many([*issues, None, "IT-8"], read_jira)
    assert logs == [read_jira(payload("jira/issue"))] * 2
    assert [error.where for error in errors] == [
        "[1].fields.created",
        "[2].changelog.histories[3].id",
        "[4].key",
        "[5]",
    ]
    assert isinstance(errors[0], PayloadError)
    assert str(errors[0]).startswith(
        "[1].fields.created: the value is missing: expected an instant"
    )
    assert errors[1].to_dict()["facts"] == {"given": {}}


def test_many_tickets_are_read_with_what_belongs_to_each() -> None:
    pairs = [(payload("zendesk/ticket"), payload("zendesk/audits")), (payload("zendesk/ticket"), 0)]
    logs, errors = read_many(pairs, lambda pair: zendesk.read(*pair, agents={1001}))
    assert len(logs) == 1
    assert [error.where for error in errors] == ["[1].audits"]


def test_fields_that_a_policy_does_not_declare_are_left_aside() -> None:
    """A policy with `fields` refuses others; the log has them for policies that do not."""
    plain = desk("Medium", "High", pause="Waiting for customer")
    data = plain.to_dict() | {"fields": {"status": {}, "public": {}}}
    policy = Policy.from_dict(data)
    log = read_jira(payload("jira/issue"))
    with pytest.raises(EventError):
        policy.open(log.ticket, log.opened_at).insert(*log.events)
    clock = log.replay(policy)
    assert clock.events[0].fields == {"priority": "High"}
    assert clock.events[0].key == "jira:change-10101"
    assert log.insert_into(clock) is clock
    when = "2026-05-19T12:00Z"
    ours, theirs = clock.status(when), log.replay(plain).status(when)
    assert ours["resolution"].due == theirs["resolution"].due


def test_a_log_is_replayed_under_the_version_that_was_in_force() -> None:
    policy = Policy.from_dict(
        {
            "name": "desk",
            "metrics": {"resolution": {"stop": "resolved"}},
            "tables": {"all": [{"targets": {"resolution": "4 hours"}}]},
            "effective_from": "2027-01-01",
        }
    )
    with pytest.raises(SlacalcError, match="2026-05-18"):
        read_jira(payload("jira/issue")).replay(policy)


def test_the_fields_of_the_version_in_force_count() -> None:
    """The log is of May, and the status is declared from June on."""
    data = desk("Medium", "High", pause="Waiting for customer").to_dict() | {
        "effective_from": "2026-01-01",
        "fields": {"public": {}},
        "versions": [{"effective_from": "2026-06-01", "fields": {"public": {}, "status": {}}}],
    }
    data["metrics"]["resolution"].pop("pause")
    policy = Policy.from_dict(data)
    log = read_jira(payload("jira/issue"))
    clock = log.replay(policy)
    assert log.insert_into(clock) is clock
    assert not any("status" in event.fields for event in clock.events)
    later = log._replace(opened_at=datetime(2026, 6, 2, tzinfo=UTC))
    assert any("status" in event.fields for event in later.events_for(policy))


def builder(**options: Any) -> LogBuilder:
    names = {"state": "state", "labels": "labels", "priority": "priority"}
    stage = stage_by_status("state", {"done": "resolved", "shut": "closed", "void": "cancelled"})
    source = Source("test", names, {}, stage, ("state",))
    return LogBuilder(Reader(source, **options), 7, 1_000_000)


def types(log: TicketLog) -> list[str]:
    return [event.type for event in log.events]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("new", "done", "shut"), ["resolved", "closed"]),
        (("new", "shut"), ["resolved", "closed"]),
        (("new", "done", "new", "done"), ["resolved", "reopened", "resolved"]),
        (("new", "void"), ["cancelled"]),
        (("new", "void", "new"), ["cancelled", "reopened"]),
        (("done", "shut"), ["resolved", "closed"]),
        (("shut",), ["resolved", "closed"]),
        (("new", "wip", "unheard of"), []),
        (("shut", "done"), ["resolved", "closed", "resolved"]),
    ],
)
def test_events_follow_from_the_stages_of_a_ticket(
    states: tuple[str, ...], expected: list[str]
) -> None:
    building = builder()
    building.has("state", states[-1])
    for number, (before, after) in enumerate(pairwise(states), 1):
        building.change(1_000_000 * (number + 1), number, "state", before, after)
    assert [type_ for type_ in types(building.log()) if type_ != "changed"] == expected


def test_changes_of_the_opening_instant_are_how_a_ticket_came_in() -> None:
    building = builder()
    building.change(1_000_000, 1, "priority", None, "low")
    building.change(999_999, 2, "state", None, "new")
    building.change(1_000_001, 3, "priority", "low", "high")
    log = building.log()
    assert log.ticket == {"id": 7, "priority": "low", "state": "new"}
    assert [dict(event.fields) for event in log.events] == [{"priority": "high"}]


def test_a_change_to_the_value_that_is_there_is_none() -> None:
    building = builder()
    building.change(2_000_000, 1, "priority", "low", "high")
    building.change(3_000_000, 2, "priority", "low", "high")
    building.change(4_000_000, 3, "priority", "high", "")
    fields = [dict(event.fields) for event in building.log().events]
    assert fields == [{"priority": "high"}, {"priority": None}]


def test_the_times_that_a_ticket_has_itself_count_if_its_history_does_not_have_them() -> None:
    """They do not count for a ticket that is open, or that has a change of the field."""
    times = [(3_000_000, "new", "done"), (5_000_000, "done", "shut")]
    building = builder()
    building.has("state", "shut")
    building.change(2_000_000, 1, "priority", "low", "high")
    building.ended("state", times)
    log = building.log()
    assert log.ticket == {"id": 7, "priority": "low", "state": "new"}
    assert types(log) == ["changed", "changed", "resolved", "changed", "closed"]
    assert [event.key for event in log.events][1:4:2] == ["test:state-1", "test:state-2"]
    building = builder()
    building.has("state", "done")
    building.change(9_000_000, 2, "state", "new", "done")
    building.ended("state", times)
    assert [f"{event.at:%S} {event.type}" for event in building.log().events][1:] == ["09 resolved"]
    building = builder()
    building.has("state", "new")
    building.ended("state", times[:1])
    assert types(building.log()) == []


def test_a_field_stands_in_for_the_usual_one_of_its_name() -> None:
    """A desk that has its own priority in a custom field."""
    building = builder(names={"custom": "priority"})
    building.has("custom", None)
    building.has("priority", "2")
    building.change(2_000_000, 1, "custom", "gold", None)
    building.change(3_000_000, 2, "priority", "1", "2")
    log = building.log()
    assert log.ticket == {"id": 7, "priority": "gold"}
    assert [dict(event.fields) for event in log.events] == [{"priority": None}]


def test_one_agent_may_stand_alone() -> None:
    """Otherwise each part of a name would be an agent."""
    reader = Reader(Source("test", {}, {}, lambda _: "open"), "annabel")
    assert (reader.by("annabel"), reader.by("anna")) == ("agent", "customer")


def test_changes_may_come_in_any_order() -> None:
    building = builder()
    building.change(3_000_000, "a", "priority", "high", "low")
    building.change(2_000_000, "b", "priority", "none", "high")
    log = building.log()
    assert log.ticket == {"id": 7, "priority": "none"}
    assert [event.fields["priority"] for event in log.events] == ["high", "low"]


def test_messages_from_before_the_opening_are_those_of_another_ticket() -> None:
    building = builder()
    building.message(999_999, 1, "agent", public=True)
    building.message(1_000_000, 2, "agent", public=True)
    building.message(1_000_000, 2, "agent", public=True)
    assert [event.key for event in building.log().events] == ["test:2"]


def test_an_instant_may_have_more_digits_and_names_of_zones() -> None:
    second = datetime(2026, 5, 18, 9, tzinfo=UTC).timestamp()
    assert Node("2026-05-18T09:00:00.123456789Z").instant() == second * 1_000_000 + 123_456
    assert Node("2026-05-18 09:00:00 UTC").instant() == second * 1_000_000
    assert Node("2026-05-18 09:00:00").instant() == second * 1_000_000
    assert Node("2026-05-18T11:00:00.000+0200").instant() == second * 1_000_000


@pytest.mark.parametrize(
    ("read", "names"),
    [
        (partial(jira.read, agents=()), ("jira/issue",)),
        (partial(zendesk.read, agents=()), ("zendesk/ticket", "zendesk/audits")),
        (
            partial(servicenow.read, agents=()),
            ("servicenow/incident", "servicenow/audits", "servicenow/journal"),
        ),
    ],
    ids=["jira", "zendesk", "servicenow"],
)
def test_any_value_in_any_place_of_a_ticket(read: Any, names: tuple[str, ...]) -> None:
    """It is read, or refused with its place."""
    row = {"targets": {"resolution": "4 hours"}}
    metrics = {"resolution": {"stop": "resolved", "pause": {"status": "pending"}}}
    policy = Policy("desk", metrics=metrics, tables={"all": [row]})
    check_reader(policy, read, *(small(payload(name)) for name in names))


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (jira.cycles, "jira/issue"),
        (zendesk.cycles, "zendesk/metric_events"),
        (servicenow.cycles, "servicenow/task_sla"),
    ],
    ids=["jira", "zendesk", "servicenow"],
)
def test_any_value_in_any_place_of_the_clocks(read: Any, name: str) -> None:
    check_cycles(read, small(payload(name)))


def small(value: Any) -> Any:
    """A payload with two records of a kind."""
    if isinstance(value, dict):
        return {key: small(item) for key, item in value.items() if key not in ("total", "names")}
    return [small(item) for item in value[:2]] if isinstance(value, list) else value
