"""What all adapters do alike: many tickets, policies with fields, and payloads of any shape."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import pairwise, permutations
from typing import Any

import pytest

from slacalc import Clock, Policy, SlacalcError
from slacalc._adapters.log_builder import LogBuilder
from slacalc._adapters.payloads import Node
from slacalc._adapters.sources import Reader, Source, stage_by_status
from slacalc.adapters import TicketLog, jira, read_many, servicenow, zendesk
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


def test_a_part_of_a_history_does_not_end_a_ticket_at_its_opening() -> None:
    """By hand: opened at 09:00 as new, and solved at 15:00, of which a webhook has no audit."""
    whole = zendesk.read(payload("zendesk/ticket"), payload("zendesk/audits"), agents={1001})
    clock = whole.replay(desk("normal", "high", pause="pending"))
    part = whole._replace(ticket={**whole.ticket, "status": "solved"})
    for build in (part.insert_into, part.events_for):
        with pytest.raises(
            PayloadError, match=r"opened with 'solved', and the clock with 'new'"
        ) as raised:
            build(clock)
        assert raised.value.where == "status"
    assert whole.insert_into(Clock.from_dict(clock.to_dict())).events == clock.events


def test_an_event_of_the_opening_needs_an_opening_that_is_the_same() -> None:
    """What the clock was opened without may be what the history lacks, such as a resolution."""
    policy = desk("Medium", "High", pause="Waiting for customer")
    issue = payload("jira/issue")
    clock = read_jira(issue).replay(policy)
    assigned = issue["changelog"]["histories"][4]["items"].pop(1)
    assert assigned["field"] == "assignee"
    with pytest.raises(PayloadError, match="None") as raised:
        read_jira(issue).insert_into(clock)
    assert raised.value.where == "assignee"
    # A clock of a host that knows the priority only takes what is no event of its opening.
    log = read_jira(payload("jira/issue"))
    bare = policy.open({"id": 5, "priority": "Medium"}, log.opened_at)
    assert len(log.insert_into(bare).events) == len(log.events)


def test_an_event_of_the_opening_is_new_for_a_new_clock_only() -> None:
    """A custom status stands in for the product's, which alone makes the stage."""
    names, policy = {"25356371": "status"}, desk("normal", "high", pause="pending")
    log = zendesk.read(payload("zendesk/ticket"), payload("zendesk/audits"), agents=(), names=names)
    part = payload("zendesk/audits")[:2]
    part[1]["events"] = [each for each in part[1]["events"] if each["type"] != "Change"]
    ticket = payload("zendesk/ticket") | {"status": "solved"}
    ticket |= {name: log.ticket.get(name) for name in ("priority", "type", "tags")}
    ticket |= {"custom_fields": [{"id": 25356371, "value": "silver"}], "assignee_id": None}
    solved = zendesk.read(ticket, part, agents=(), names=names)
    assert solved.ticket == log.ticket
    with pytest.raises(PayloadError, match="opened with 'resolved', and the clock with None"):
        solved.insert_into(log.replay(policy))
    fresh = policy.open(solved.ticket, solved.opened_at)
    assert solved.insert_into(fresh) == solved.replay(policy)


def test_the_log_of_another_ticket_is_not_put_into_a_clock() -> None:
    log = read_jira(payload("jira/issue"))
    clock = log.replay(desk("Medium", "High", pause="Waiting for customer"))
    with pytest.raises(PayloadError, match="another ticket") as raised:
        log._replace(opened_at=datetime(2026, 5, 18, 8, tzinfo=UTC)).insert_into(clock)
    assert raised.value.where == "opened_at"


@pytest.mark.parametrize("wrong", [None, {}, {"result": None, "audits": None}, {"error": "?"}, "?"])
def test_what_is_no_list_of_records_is_not_an_empty_history(wrong: Any) -> None:
    for read, where in (
        (lambda: zendesk.read(payload("zendesk/ticket"), wrong, agents=()), "audits"),
        (lambda: zendesk.cycles(wrong), "ticket_metric_events"),
        (lambda: servicenow.read(payload("servicenow/incident"), wrong, agents=()), "audits"),
        (lambda: servicenow.read(payload("servicenow/incident"), [], wrong, agents=()), "journal"),
        (lambda: servicenow.cycles(wrong), "task_sla"),
    ):
        with pytest.raises(PayloadError, match="expected a list") as raised:
            read()
        assert raised.value.where.partition(".")[0] == where


def test_a_ticket_that_ended_and_does_not_say_when_is_refused() -> None:
    building = builder()
    building.has("state", "done")
    building.ended("state", [])
    with pytest.raises(PayloadError, match="resolved, and neither it nor its history says"):
        building.log()
    building.change(1_000_000, 1, "state", None, "done")  # it came in like that
    assert types(building.log()) == ["resolved"]


@pytest.mark.parametrize("agents", [None, 1001, iter([1001]), [{"id": 1001}], [None], True])
def test_agents_are_ids_that_can_be_looked_up_often(agents: Any) -> None:
    with pytest.raises(PayloadError) as raised:
        jira.read(payload("jira/issue"), agents=agents)
    assert raised.value.where.startswith("agents")


@pytest.mark.parametrize("agents", ["1001", (1001,), [1001, 2], {1001}, {"1001": 0}, range(1002)])
def test_agents_may_be_any_collection(agents: Any) -> None:
    reader = Reader(Source("test", {}, {}, lambda _: "open"), agents)
    assert (reader.by(1001), reader.by(5000)) == ("agent", "customer")


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"names": {"a": "tier", "b": "tier"}}, "names"),
        ({"names": {"priority": "id"}}, "names"),
        ({"values": {"prioritty": {"High": 1}}}, "values"),
        ({"values": {"priority": 5}}, "values.priority"),
        ({"values": {"status": {}}, "names": {"status": "stage"}}, "values"),
    ],
)
def test_names_and_values_that_cannot_be_meant(options: Any, where: str) -> None:
    with pytest.raises(PayloadError) as raised:
        read_jira(payload("jira/issue"), **options)
    assert raised.value.where == where
    with pytest.raises(PayloadError):
        jira.check(desk("Medium", "High", pause="Open"), **options)


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_changes_of_one_instant_follow_one_another(order: tuple[int, ...]) -> None:
    """However they come: new, open, done, new."""
    steps = [("new", "open"), ("open", "done"), ("done", "wip")]
    building = builder()
    building.has("state", "wip")
    for number in order:
        building.change(2_000_000, number, "state", *steps[number])
    log = building.log()
    assert log.ticket["state"] == "new"
    assert types(log) == ["changed", "changed", "resolved", "changed", "reopened"]


def test_changes_that_do_not_fit_one_another_stay_in_their_order() -> None:
    for text in ("ab ba ab", "ab cd ef"):
        changes = [tuple(each) for each in text.split()]
        building = builder()
        for number, (before, after) in enumerate(changes):
            building.change(2_000_000, number, "priority", before, after)
        log = building.log()
        assert log.ticket["priority"] == "a"
        assert [event.fields["priority"] for event in log.events] == [each[1] for each in changes]


@pytest.mark.parametrize("read", [Node.flag, Node.number, Node.id, Node.millis, Node.field])
def test_a_number_too_long_for_text_is_refused(read: Any) -> None:
    options = {"expected": "a number"} if read is Node.number else {}
    with pytest.raises(PayloadError, match="…"):
        read(Node(10**5000), **options)
