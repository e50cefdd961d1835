"""Issues of Jira become events, as their changelogs say."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from slacalc import Event
from slacalc.adapters import ProductCycle, TicketLog, jira
from slacalc.errors import PayloadError
from tests.adapters.payloads import desk, payload

ANN = "5b10ac8d82e05b22cc7d4ef5"
read = partial(jira.read, agents={ANN})


def at(time: str, day: int = 18) -> datetime:
    return datetime.fromisoformat(f"2026-05-{day}T{time}+00:00")


def facts(log: TicketLog) -> list[tuple[str, str, dict[str, Any]]]:
    """Time of day, type and fields of each event."""
    return [(f"{event.at:%d %H:%M:%S}", event.type, dict(event.fields)) for event in log.events]


def test_an_issue_is_what_it_was_when_it_was_opened_and_what_changed_since() -> None:
    log = read(payload("jira/issue"), names={"customfield_10020": "tier"})
    assert log.ticket == {
        "id": "IT-7",
        "status": "Open",
        "priority": "Medium",
        "type": "Service Request",
        "tier": "Silver",
    }
    assert log.opened_at == at("09:00")
    first = {"priority": "High", "assignee": ANN, "labels": ("laptop", "vpn"), "tier": "Gold"}
    assert facts(log) == [
        ("18 09:30:00", "changed", first),
        ("18 09:30:00", "assigned", {}),
        ("18 09:40:00", "replied", {"by": "customer", "public": True}),
        ("18 09:45:00", "replied", {"by": "agent", "public": False}),
        ("18 09:50:00", "replied", {"by": "system", "public": True}),  # an app
        ("18 10:00:00", "replied", {"by": "agent", "public": True}),
        ("18 10:00:00", "changed", {"status": "Waiting for customer"}),
        ("18 12:00:00", "replied", {"by": "unknown", "public": True}),  # a user that is gone
        ("18 12:00:00", "changed", {"status": "In Progress"}),
        ("18 14:00:00", "changed", {"resolution": "Done", "status": "Resolved"}),
        ("18 14:00:00", "resolved", {}),
        ("19 10:00:00", "changed", {"status": "In Progress", "resolution": None}),
        ("19 10:00:00", "reopened", {}),
    ]
    assert log.events[5].at == at("10:00:00.123")
    assert [event.key for event in log.events[:3]] == [
        "jira:change-10101",
        "jira:change-10101/assigned",
        "jira:comment-20001",
    ]


def test_due_dates_are_those_that_follow_from_the_events() -> None:
    """By hand: 4 hours from 09:00, and a pause of 2 hours; 3 hours are used when it is resolved.

    It comes back on Tuesday at 10:00, with 1 hour left.
    """
    log = read(payload("jira/issue"))
    policy = desk("Medium", "High", pause="Waiting for customer")
    clock = log.replay(policy)
    assert clock.status(at("13:00"))["resolution"].due == at("15:00")
    assert clock.status(at("14:00"))["resolution"].state == "met"
    assert clock.status(at("12:00", 19))["resolution"].due == at("11:00", 19)
    assert clock.status(at("12:00", 19))["resolution"].breached_at == at("11:00", 19)
    response = clock.status(at("12:00", 19))["response"]
    assert (response.due, response.stopped_at) == (at("11:00"), at("10:00:00.123"))


def test_reading_an_issue_again_adds_only_what_is_new() -> None:
    """The keys stay, whatever else is on the issue by then."""
    policy = desk("Medium", "High", pause="Waiting for customer")
    early, late = payload("jira/issue"), payload("jira/issue")
    early["changelog"]["histories"] = early["changelog"]["histories"][2:]
    early["changelog"]["total"] = 3
    clock = read(early).replay(policy)
    assert read(early).insert_into(clock) is clock
    assert read(late).insert_into(clock) == read(late).replay(policy)
    assert len(read(late).insert_into(clock).events) == len(clock.events) + 4


def test_histories_of_one_millisecond_count_in_the_order_of_their_numbers() -> None:
    """Issues have their newest history first, and the end of two changes is that of the later."""
    issue = payload("jira/issue")
    for history in issue["changelog"]["histories"]:
        history["created"] = "2026-05-18T16:00:00.000+0200"
    statuses = [event.fields["status"] for event in read(issue).events if "status" in event.fields]
    assert statuses == ["Waiting for customer", "In Progress", "Resolved", "In Progress"]


def test_a_history_that_came_twice_counts_once() -> None:
    """As pages have it, if a history was written between two of them."""
    issue = payload("jira/issue")
    changelog = issue["changelog"]
    changelog["histories"] += changelog["histories"][:3]
    assert read(issue) == read(payload("jira/issue"))


def test_a_changelog_of_its_own_is_read_as_that_of_an_issue() -> None:
    issue = payload("jira/issue")
    histories = issue["changelog"]["histories"][::-1]
    issue["changelog"] = {"startAt": 0, "total": 5, "isLast": True, "values": histories}
    assert read(issue) == read(payload("jira/issue"))
    issue["changelog"] = histories  # of several pages
    assert read(issue) == read(payload("jira/issue"))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda issue: issue.pop("changelog"), "changelog"),
        (lambda issue: issue.update(changelog={}), "changelog.histories"),
        (lambda issue: issue.update(changelog={"total": 0}), "changelog.histories"),
        (lambda issue: issue.update(changelog={"changeHistories": []}), "changelog.histories"),
        (lambda issue: issue["changelog"].update(histories=None), "changelog.histories"),
        (
            lambda issue: issue.update(changelog=issue["changelog"]["histories"][0]),
            "changelog.histories",
        ),
        (lambda issue: issue["changelog"].update(total=134), "changelog.total"),
        (lambda issue: issue["fields"].update(comment={}), "fields.comment.comments"),
        (lambda issue: issue["changelog"].update(isLast=False), "changelog.isLast"),
        (lambda issue: issue["fields"]["comment"].update(total=6), "fields.comment.total"),
        (lambda issue: issue["fields"].pop("created"), "fields.created"),
        (lambda issue: issue.pop("key"), "key"),
        (
            lambda issue: issue["changelog"]["histories"][1].update(created="18/May/26"),
            "changelog.histories[1].created",
        ),
        (
            lambda issue: issue["changelog"]["histories"][1]["items"][0].pop("field"),
            "changelog.histories[1].items[0].field",
        ),
        (
            lambda issue: issue["fields"]["comment"]["comments"][0].pop("id"),
            "fields.comment.comments[0].id",
        ),
    ],
)
def test_a_part_that_is_missing_or_wrong_is_named(change: Any, where: str) -> None:
    """A page of several is refused too: the changes on the others would be unknown."""
    issue = payload("jira/issue")
    change(issue)
    with pytest.raises(PayloadError) as raised:
        read(issue)
    assert raised.value.where == where


def test_an_issue_without_changes_has_its_fields_from_the_beginning() -> None:
    issue = payload("jira/issue")
    issue["changelog"] = {"startAt": 0, "maxResults": 0, "total": 0, "histories": []}
    del issue["fields"]["comment"]
    log = read(issue)
    assert log.ticket["priority"] == "High"
    assert [event.type for event in log.events] == ["assigned"]
    assert log.events[0].at == log.opened_at


def test_an_issue_that_was_imported_is_resolved_when_it_says_so() -> None:
    """Its resolution is in no history."""
    issue = payload("jira/issue")
    issue["changelog"] = {"histories": []}
    fields = {"resolution": {"name": "Done"}, "resolutiondate": "2026-05-18T15:00:00.000+0200"}
    issue["fields"] = {"created": issue["fields"]["created"], **fields}
    assert facts(read(issue)) == [
        ("18 13:00:00", "changed", {"resolution": "Done"}),
        ("18 13:00:00", "resolved", {}),
    ]


def test_an_issue_that_does_not_say_when_it_was_resolved_is_refused() -> None:
    issue = payload("jira/issue")
    issue["changelog"], issue["fields"]["resolution"] = {"histories": []}, {"name": "Done"}
    with pytest.raises(PayloadError, match="fetch its whole history") as raised:
        read(issue)
    assert raised.value.where == "resolution"


def test_an_issue_that_was_moved_or_cloned_came_in_as_it_was_then() -> None:
    """What is older than the issue happened to another one."""
    issue = payload("jira/issue")
    issue["fields"]["created"] = "2026-05-18T14:30:00.000+0200"
    log = read(issue)
    assert (log.ticket["status"], log.ticket["priority"]) == ("In Progress", "High")
    assert [event.type for event in log.events] == ["assigned", "changed", "resolved", *_BACK]


_BACK = ("changed", "reopened")


def test_a_resolution_can_mean_that_an_issue_is_void() -> None:
    """A duplicate is neither solved nor owed."""
    issue = payload("jira/issue")
    log = read(issue, stages={"Done": "cancelled"})
    assert [event.type for event in log.events][-3:] == ["cancelled", *_BACK]
    clock = log.replay(desk("Medium", "High", pause="Waiting for customer"))
    assert clock.status(at("15:00"))["resolution"].state == "cancelled"


def test_values_are_replaced_and_fields_renamed_but_the_stage_is_that_of_the_product() -> None:
    log = read(
        payload("jira/issue"),
        names={"resolution": "outcome", "priority": "urgency"},
        values={"outcome": {"Done": "solved"}, "urgency": {"High": 1}},
    )
    resolved = next(event for event in log.events if "outcome" in event.fields)
    assert resolved.fields == {"outcome": "solved", "status": "Resolved"}
    assert "resolved" in [event.type for event in log.events]
    assert (log.ticket["urgency"], log.events[0].fields["urgency"]) == ("Medium", 1)


def test_fields_with_lists_are_those_of_today() -> None:
    """Their changes are in words that do not always show the lists before and after."""
    issue = payload("jira/issue")
    issue["fields"]["customfield_10040"] = [{"value": "b"}, {"value": "a"}]
    item = {"field": "Sites", "fieldId": "customfield_10040", "fromString": "c", "toString": "a,b"}
    issue["changelog"]["histories"][0]["items"].append(item)
    log = read(issue, names={"customfield_10040": "sites"})
    assert log.ticket["sites"] == ["a", "b"]
    assert not any("sites" in event.fields for event in log.events)
    # A list that is empty today is known by the ids in its change, or by the schema of the issue.
    issue["fields"]["customfield_10040"] = None
    for extra in ({"from": "[10, 11]", "to": ""}, {"from": "", "to": "[10]"}):
        issue["changelog"]["histories"][0]["items"][-1] = item | extra
        assert "sites" not in read(issue, names={"customfield_10040": "sites"}).ticket
    issue["changelog"]["histories"][0]["items"][-1] = item
    assert read(issue, names={"customfield_10040": "sites"}).ticket["sites"] == "c"
    issue["schema"] = {"customfield_10040": {"type": "array", "items": "option"}}
    assert "sites" not in read(issue, names={"customfield_10040": "sites"}).ticket


@pytest.mark.parametrize(("today", "text"), [(5.0, "5"), (2.5, "2.5"), (7, "7"), (None, None)])
def test_numbers_are_text_as_they_are_in_the_changelog(today: Any, text: str | None) -> None:
    issue, names = payload("jira/issue"), {"customfield_10050": "points"}
    issue["fields"]["customfield_10050"] = today
    assert read(issue, names=names).ticket.get("points") == text
    item = {"field": "Points", "fieldId": "customfield_10050", "fromString": "3", "toString": text}
    issue["changelog"]["histories"][0]["items"].append(item)
    log = read(issue, names=names)
    points = [event.fields["points"] for event in log.events if "points" in event.fields]
    assert (log.ticket["points"], points) == ("3", [text])


def test_fields_of_a_server_are_known_by_the_names_that_its_changelog_has() -> None:
    """A server gives no ``fieldId``; ``expand=names`` says which field is meant."""
    issue = payload("jira/issue")
    issue["names"] = {"customfield_10020": "Tier", "status": "Status"}
    for history in issue["changelog"]["histories"]:
        for item in history["items"]:
            del item["fieldId"]
    log = read(issue, names={"customfield_10020": "tier"})
    assert log == read(payload("jira/issue"), names={"customfield_10020": "tier"})
    rank = {"field": "Rank", "fieldtype": "custom", "toString": "Ranked higher"}
    issue["changelog"]["histories"][0]["items"].append(rank)  # of a field that was deleted
    assert read(issue, names={"customfield_10020": "tier"}) == log
    del issue["names"]
    read(issue)
    with pytest.raises(PayloadError, match="`expand=names`") as raised:
        read(issue, names={"customfield_10020": "tier"})
    assert raised.value.where == "changelog.histories[4].items[3].fieldId"


def test_comments_of_a_request_say_whether_they_are_public() -> None:
    comments = {
        "start": 0,
        "isLastPage": True,
        "values": [
            {
                "id": "1",
                "public": False,
                "author": {"accountId": ANN},
                "created": {"iso8601": "2026-05-18T15:00:00+0200", "epochMillis": 1779109200000},
            },
        ],
    }
    replies = [
        event for event in read(payload("jira/issue"), comments).events if event.fields.get("by")
    ]
    expected = Event(at("13:00"), "replied", by="agent", public=False)
    assert replies == [expected.with_key("jira:comment-1")]
    everything = read(payload("jira/issue"), comments)
    assert read(payload("jira/issue"), comments["values"]) == everything  # of several pages
    comments["isLastPage"] = False
    with pytest.raises(PayloadError, match="fetch the other pages"):
        read(payload("jira/issue"), comments)
    for wrong, where in (
        ({"values": [{"id": "1", "created": "?"}]}, "comments.values[0].created"),
        ([{"id": "1", "created": "?"}], "comments[0].created"),
        ({}, "comments.comments"),
        ("?", "comments"),
    ):
        with pytest.raises(PayloadError) as raised:
            read(payload("jira/issue"), wrong)
        assert raised.value.where == where


def test_an_app_may_be_an_agent() -> None:
    issue = payload("jira/issue")
    bot = {"accountId": "bot", "accountType": "app"}
    issue["fields"]["comment"] = [{"id": "1", "author": bot, "created": _LATE}]
    for agents, by in (({"bot"}, "agent"), ((), "system")):
        assert jira.read(issue, agents=agents).events[-1].fields["by"] == by


def test_users_of_a_server_are_known_by_their_keys_or_names() -> None:
    issue = payload("jira/issue")
    ann = {"name": "ann", "key": "JIRAUSER10100", "displayName": "Ann"}
    issue["fields"]["comment"] = {"comments": [{"id": "1", "author": ann, "created": _LATE}]}
    for agents, by in (({"ann"}, "agent"), ({"JIRAUSER10100"}, "agent"), ({"bob"}, "customer")):
        assert jira.read(issue, agents=agents).events[-1].fields["by"] == by


_LATE = "2026-05-20T12:00:00.000+0200"


def test_a_comment_that_only_a_group_may_see_is_not_public() -> None:
    issue = payload("jira/issue")
    comment = issue["fields"]["comment"]["comments"][0]
    comment["visibility"] = {"type": "role", "value": "Administrators"}
    assert read(issue).events[2].fields == {"by": "customer", "public": False}


def test_cycles_are_read_from_milliseconds() -> None:
    response, resolved, again = jira.cycles(payload("jira/issue"))
    assert response == ProductCycle(
        metric="Time to first response",
        start=at("09:00"),
        stop=at("10:00:00.123"),
        due=at("11:00"),
        breached=False,
        goal=timedelta(hours=2),
    )
    assert (resolved.number, resolved.stop) == (1, at("14:00"))
    assert (again.number, again.start, again.stop) == (2, at("10:00", 19), None)
    assert (again.due, again.breached) == (at("14:00", 19), True)


def test_cycles_of_a_request_are_those_of_its_issue() -> None:
    fields = payload("jira/issue")["fields"]
    page: Any = {
        "isLastPage": True,
        "values": [fields["customfield_10031"], fields["customfield_10030"]],
    }
    page["values"][0]["ongoingCycle"] |= {"paused": True, "breachTime": None}
    resolved, again, response = jira.cycles(page)
    assert (response.metric, resolved.metric) == ("Time to first response", "Time to resolution")
    assert (again.is_paused, again.due) == (True, None)


def test_a_cycle_may_come_alone_and_have_its_dates_as_text_only() -> None:
    sla = {"name": "R", "ongoingCycle": {"startTime": {"iso8601": "2026-05-18T11:00:00+0200"}}}
    assert jira.cycles(sla) == [ProductCycle(metric="R", start=at("09:00"))]
    sla["ongoingCycle"]["goalDuration"] = {"millis": 10**17}  # type: ignore[index]  # data of JSON
    with pytest.raises(PayloadError) as raised:
        jira.cycles({"values": [sla]})
    assert raised.value.where == "values[0].ongoingCycle.goalDuration.millis"
