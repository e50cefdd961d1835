"""Issues of GitHub, by its REST API; see README.md for the sources of the payloads."""

from __future__ import annotations

import copy
from functools import partial
from time import process_time
from typing import Any

import pytest

from slacalc.adapters import github, read_many
from slacalc.errors import PayloadError
from tests.adapters.desk import desk, insert_again, lines
from tests.adapters.mutations import check_reader

POLICY = desk({"status": "blocked"}, priority=["high", "low"])


def user(login: str, kind: str = "User") -> dict[str, Any]:
    return {"login": login, "id": 1, "node_id": "MDQ6VXNlcjE=", "type": kind, "site_admin": False}


def at(time: str) -> str:
    return f"2026-05-18T{time}Z"


def issue(**changes: Any) -> dict[str, Any]:
    return {
        "id": 444500041,
        "node_id": "I_kwDO",
        "number": 7,
        "title": "It does not start",
        "user": user("mona"),
        "labels": [],
        "state": "open",
        "state_reason": None,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": 0,
        "created_at": at("09:00:00"),
        "updated_at": at("15:00:00"),
        "closed_at": None,
        "author_association": "NONE",
        "performed_via_github_app": None,
        **changes,
    }


def event(number: int, time: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "node_id": f"E_{number}",
        "url": f"https://api.github.com/repos/o/r/issues/events/{number}",
        "actor": user("hubot"),
        "event": kind,
        "commit_id": None,
        "commit_url": None,
        "created_at": at(time),
        "performed_via_github_app": None,
        **more,
    }


def label(number: int, time: str, name: str, kind: str = "labeled") -> dict[str, Any]:
    return event(number, time, kind, label={"name": name, "color": "d73a4a"})


def comment(number: int, time: str, author: Any, association: str = "NONE") -> dict[str, Any]:
    return {
        "id": number,
        "node_id": f"IC_{number}",
        "user": author,
        "actor": author,
        "created_at": at(time),
        "updated_at": at(time),
        "author_association": association,
        "body": "Hello",
        "performed_via_github_app": None,
        "event": "commented",
    }


DAY = [
    label(1, "09:10:00", "priority: high"),
    event(2, "09:20:00", "assigned", assignee=user("ann")),
    comment(3, "09:30:00", user("ann"), "MEMBER"),
    label(4, "10:00:00", "status: blocked"),
    comment(5, "10:20:00", user("mona")),
    label(6, "10:30:00", "status: blocked", "unlabeled"),
    event(7, "11:00:00", "closed", state_reason="completed"),
    event(8, "11:15:00", "reopened", state_reason=None),
    event(9, "12:00:00", "closed", state_reason="completed"),
]
TODAY = issue(
    labels=[{"id": 1, "name": "priority: high", "color": "d73a4a", "default": False}],
    assignee=user("ann"),
    assignees=[user("ann")],
    state="closed",
    state_reason="completed",
    closed_at=at("12:00:00"),
)


def test_a_day() -> None:
    log = github.read(TODAY, DAY, agents={"ann"})
    assert log.ticket == {"id": 7, "labels": [], "state": "open"}
    assert str(log.opened_at) == "2026-05-18 09:00:00+00:00"
    assert lines(log) == [
        "09:10:00 changed labels=('priority: high',) priority=high github:event-1",
        "09:20:00 changed assignee=ann github:event-2",
        "09:20:00 assigned github:event-2/assigned",
        "09:30:00 replied by=agent public=True github:commented-3",
        (
            "10:00:00 changed labels=('priority: high', 'status: blocked') status=blocked "
            "github:event-4"
        ),
        "10:20:00 replied by=customer public=True github:commented-5",
        "10:30:00 changed labels=('priority: high',) status=None github:event-6",
        "11:00:00 changed state=closed github:event-7-closed",
        "11:00:00 resolved github:event-7-closed/resolved",
        "11:00:00 closed github:event-7-closed/closed",
        "11:15:00 changed state=open github:event-8-open",
        "11:15:00 reopened github:event-8-open/reopened",
        "12:00:00 changed state=closed github:event-9-closed",
        "12:00:00 resolved github:event-9-closed/resolved",
        "12:00:00 closed github:event-9-closed/closed",
    ]


def test_due_dates() -> None:
    """2 hours from 9:00 for a high priority; half an hour blocked, a quarter closed."""
    status = github.read(TODAY, DAY[:-1], agents={"ann"}).replay(POLICY).status(at("11:20:00"))
    assert str(status["response"].stopped_at) == "2026-05-18 09:30:00+00:00"
    assert str(status["resolution"].due) == "2026-05-18 11:45:00+00:00"


def test_reading_again_changes_nothing() -> None:
    assert insert_again(POLICY, github.read(TODAY, DAY))
    assert github.read(TODAY, DAY) == github.read(copy.deepcopy(TODAY), copy.deepcopy(DAY))
    assert github.read(TODAY, DAY + DAY) == github.read(TODAY, DAY)  # pages that overlap
    assert github.read(TODAY, DAY[::-1]) == github.read(TODAY, DAY)


def test_empty_timeline() -> None:
    log = github.read(issue(labels=["priority/high"]), [])
    assert log.ticket == {
        "id": 7,
        "labels": ["priority/high"],
        "priority": "high",
        "state": "open",
    }
    assert log.events == ()


def test_agents_by_association() -> None:
    timeline = [
        comment(1, "09:01:00", user("a"), "OWNER"),
        comment(2, "09:02:00", user("b"), "COLLABORATOR"),
        comment(3, "09:03:00", user("c"), "CONTRIBUTOR"),
        comment(4, "09:04:00", user("d"), "FIRST_TIME_CONTRIBUTOR"),
        comment(5, "09:05:00", user("e"), "MANNEQUIN"),
        comment(6, "09:06:00", user("dependabot[bot]", "Bot"), "MEMBER"),
        comment(7, "09:07:00", user("ghost"), "NONE"),
        comment(8, "09:08:00", None, "NONE"),
        comment(9, "09:09:00", user("f"), "A_NEW_KIND"),
    ]
    log = github.read(issue(), timeline)
    assert [each.fields["by"] for each in log.events] == [
        "agent",
        "agent",
        "customer",
        "customer",
        "customer",
        "system",
        "unknown",
        "unknown",
        "customer",
    ]
    named = github.read(issue(), timeline, agents=lambda login: login in ("c", "dependabot[bot]"))
    assert [each.fields["by"] for each in named.events if each.fields["by"] == "agent"] == [
        "agent",
        "agent",
    ]


@pytest.mark.parametrize("reason", ["not_planned", "duplicate"])
def test_closed_for_another_reason(reason: str) -> None:
    closed = event(1, "10:00:00", "closed", state_reason=reason)
    log = github.read(issue(state="closed", state_reason=reason), [closed])
    assert lines(log) == [
        f"10:00:00 changed state={reason} github:event-1-{reason}",
        f"10:00:00 cancelled github:event-1-{reason}/cancelled",
    ]
    # Events of former years have no reason.
    log = github.read(
        issue(state="closed", state_reason=reason),
        [event(1, "10:00:00", "closed", state_reason=None)],
    )
    assert [each.type for each in log.events] == ["changed", "cancelled"]


def test_the_reason_of_the_issue_is_that_of_the_last_closing() -> None:
    timeline = [
        event(1, "10:00:00", "closed"),
        event(2, "10:10:00", "reopened"),
        event(3, "10:20:00", "closed"),
    ]
    log = github.read(issue(state="closed", state_reason="not_planned"), timeline)
    assert [each.type for each in log.events if each.type != "changed"] == [
        "resolved",
        "closed",
        "reopened",
        "cancelled",
    ]
    reopened = github.read(issue(state_reason="reopened"), timeline[:2])
    assert [each.type for each in reopened.events if each.type != "changed"] == [
        "resolved",
        "closed",
        "reopened",
    ]


def test_closed_without_an_event() -> None:
    log = github.read(issue(state="closed", closed_at=at("10:00:00")), [])
    assert lines(log) == [
        "10:00:00 changed state=closed github:closed",
        "10:00:00 resolved github:closed/resolved",
        "10:00:00 closed github:closed/closed",
    ]


def test_closed_after_the_last_event() -> None:
    """Pages of the timeline are missing, or it was fetched before."""
    timeline = [event(1, "10:00:00", "closed"), event(2, "10:10:00", "reopened")]
    log = github.read(issue(state="closed", closed_at=at("11:00:00")), timeline)
    assert lines(log)[-3:] == [
        "11:00:00 changed state=closed github:closed",
        "11:00:00 resolved github:closed/resolved",
        "11:00:00 closed github:closed/closed",
    ]


def test_converted_to_discussion() -> None:
    log = github.read(issue(), [event(1, "10:00:00", "converted_to_discussion")])
    assert [each.type for each in log.events] == ["changed", "cancelled"]


def test_transferred_issues_go_on() -> None:
    """Comments keep their times; the event of the transfer means nothing for a clock."""
    timeline = [
        comment(1, "08:00:00", user("ann"), "MEMBER"),
        event(2, "09:30:00", "transferred"),
        comment(3, "09:40:00", user("ann"), "MEMBER"),
    ]
    log = github.read(issue(), timeline)
    assert lines(log) == ["09:40:00 replied by=agent public=True github:commented-3"]


def test_labels_added_twice_or_never() -> None:
    timeline = [
        label(1, "09:10:00", "priority: low"),
        label(2, "09:20:00", "priority: low"),
        label(3, "09:30:00", "severity: 1", "unlabeled"),
        label(4, "09:40:00", "severity: 1", "unlabeled"),
    ]
    log = github.read(issue(labels=[{"name": "priority: low"}]), timeline)
    assert log.ticket["severity"] == "1"
    assert log.ticket["labels"] == ["severity: 1"]
    assert lines(log) == [
        "09:10:00 changed labels=('priority: low', 'severity: 1') priority=low github:event-1",
        "09:30:00 changed labels=('priority: low',) severity=None github:event-3",
    ]


def test_a_label_before_the_opening_is_there_at_the_opening() -> None:
    log = github.read(
        issue(labels=[{"name": "priority: low"}]), [label(1, "08:59:59", "priority: low")]
    )
    assert log.ticket["priority"] == "low"
    assert log.events == ()


def test_changes_of_one_instant_are_in_the_order_of_their_ids() -> None:
    timeline = [
        label(12, "09:10:00", "priority: low"),
        label(13, "09:10:00", "priority: low", "unlabeled"),
        label(9, "09:10:00", "priority: high"),
        event(14, "10:00:00", "closed", state_reason=None),
        event(15, "10:00:00", "reopened"),
        comment(3, "10:00:00", user("ann")),
        comment(4, "10:00:00", user("bob")),
    ]
    log = github.read(issue(labels=[{"name": "priority: high"}]), timeline, agents={"ann"})
    assert [each.fields.get("priority") for each in log.events][:3] == ["high", "low", "high"]
    assert [each.type for each in log.events][3:] == [
        "replied",
        "replied",
        "changed",
        "resolved",
        "closed",
        "changed",
        "reopened",
    ]
    for shuffled in (timeline[::-1], timeline[3:] + timeline[:3], timeline * 2):
        assert github.read(issue(labels=["priority: high"]), shuffled, agents={"ann"}) == log


def test_the_newest_label_of_a_scope_counts() -> None:
    """The last by alphabet of those at the opening; if the newest goes, the one before it."""
    timeline = [
        label(1, "09:10:00", "priority: b"),
        label(2, "09:20:00", "priority: a"),
        label(3, "09:30:00", "priority: b", "unlabeled"),
        label(4, "09:40:00", "priority: a", "unlabeled"),
    ]
    labels = ["priority: d", "priority: c"]
    log = github.read(issue(labels=labels), timeline)
    assert log.ticket["priority"] == "d"
    assert [each.fields.get("priority", "") for each in log.events] == ["b", "a", "", "d"]
    assert github.read(issue(labels=labels[::-1]), timeline) == log


def test_the_opening_stays_the_same_as_labels_and_assignees_go() -> None:
    both = issue(labels=["type: x", "type: y"], assignees=[user("bob"), user("ann")])
    first = github.read(both, [])
    assert (first.ticket["type"], first.ticket["assignee"]) == ("y", "ann")
    timeline = [
        label(1, "09:10:00", "type: x", "unlabeled"),
        event(2, "09:20:00", "unassigned", assignee=user("ann")),
    ]
    later = github.read(issue(labels=["type: y"], assignees=[user("bob")]), timeline)
    assert later.ticket == first.ticket


def test_many_labels() -> None:
    """Each of 2,000 labels comes and goes; the last ones stay."""
    count = 2000
    timeline = []
    for number in range(count):
        time = f"{10 + number // 600}:{number // 10 % 60:02}:{number % 10:02}"
        timeline.append(label(2 * number, time, f"s{number}: x"))
        if number >= 3:
            timeline.append(label(2 * number + 1, time, f"s{number - 3}: x", "unlabeled"))
    names = [f"s{number}: x" for number in range(count - 3, count)]
    before = process_time()
    log = github.read(issue(labels=names), timeline)
    assert process_time() - before < 2
    assert len(log.events) == count + count - 3
    assert log.events[-1].fields["labels"] == tuple(names)


def test_what_is_no_scope() -> None:
    names = [
        "state: x",
        "assignee/x",
        "labels: x",
        "bug",
        "a:",
        ":b",
        " / ",
        "area/ui/forms",
        "type: a/b:c",
    ]
    log = github.read(issue(labels=names), [], names={"area/ui": "area"})
    assert log.ticket == {
        "id": 7,
        "labels": sorted(names),
        "state": "open",
        "area": "forms",
        "type": "a/b:c",
    }


def test_several_assignees() -> None:
    """The first of them is the assignee; a deleted user is a ghost."""
    timeline = [
        event(1, "09:10:00", "assigned", assignee=user("ann")),
        event(2, "09:20:00", "assigned", assignee=user("bob")),
        event(3, "09:30:00", "unassigned", assignee=user("ann")),
        event(4, "09:40:00", "assigned", assignee=None),
        event(5, "09:50:00", "unassigned", assignee=user("bob")),
    ]
    log = github.read(issue(assignees=[user("ghost")]), timeline)
    assert "assignee" not in log.ticket
    assert lines(log) == [
        "09:10:00 changed assignee=ann github:event-1",
        "09:10:00 assigned github:event-1/assigned",
        "09:30:00 changed assignee=bob github:event-3",
        "09:30:00 assigned github:event-3/assigned",
        "09:50:00 changed assignee=ghost github:event-5",
        "09:50:00 assigned github:event-5/assigned",
    ]


def test_reviews_and_other_events() -> None:
    review = {
        "id": 3,
        "user": user("ann"),
        "state": "commented",
        "submitted_at": at("09:30:00"),
        "author_association": "MEMBER",
        "event": "reviewed",
    }
    pending = {**review, "id": 4, "submitted_at": None, "state": "pending"}
    timeline = [
        {"sha": "6dcb09b", "event": "committed", "author": {"date": at("09:00:00")}},
        {"event": "cross-referenced", "actor": user("x"), "created_at": at("09:05:00")},
        event(1, "09:10:00", "subscribed"),
        event(2, "09:20:00", "an_event_of_tomorrow"),
        review,
        pending,
    ]
    log = github.read(issue(), timeline)
    assert lines(log) == ["09:30:00 replied by=agent public=True github:reviewed-3"]


def test_issue_types() -> None:
    """Of an issue that has a type, or had one, no label is the type."""
    today = issue(type={"id": 1, "name": "Bug"}, labels=["type: task"])
    assert github.read(today, []).ticket["type"] == "Bug"
    assert github.read(today | {"type": None}, []).ticket["type"] == "task"
    values = {"type": {"Bug": "incident"}}
    assert github.read(today, [], values=values).ticket["type"] == "incident"
    timeline = [
        event(1, "09:10:00", "issue_type_added", issue_type={"name": "Task"}),
        event(
            2,
            "09:20:00",
            "issue_type_changed",
            issue_type={"name": "Bug"},
            prev_issue_type={"name": "Task"},
        ),
        event(3, "09:30:00", "issue_type_removed", prev_issue_type={"name": "Bug"}),
        event(4, "09:40:00", "issue_type_added", issue_type={"name": "Bug"}),
    ]
    log = github.read(today, timeline)
    assert "type" not in log.ticket
    assert [each.fields["type"] for each in log.events] == ["Task", "Bug", None, "Bug"]
    # Some servers leave the types out: what is known then is that of today.
    bare = [event(1, "09:10:00", "issue_type_added")]
    log = github.read(today, bare)
    assert "type" not in log.ticket
    assert lines(log) == ["09:10:00 changed type=Bug github:event-1"]
    timeline = [event(1, "09:10:00", "issue_type_removed", prev_issue_type={"name": "Bug"})]
    log = github.read(today | {"type": None}, timeline)
    assert (log.ticket["type"], log.events[0].fields["type"]) == ("Bug", None)


def test_milestones() -> None:
    timeline = [
        event(1, "09:10:00", "demilestoned", milestone={"title": "1.0"}),
        event(2, "09:20:00", "milestoned", milestone={"title": "2.0"}),
        event(3, "09:30:00", "milestoned", milestone={"title": "3.0"}),
        event(4, "09:30:00", "demilestoned", milestone={"title": "2.0"}),
    ]
    today = issue(milestone={"title": "3.0"})
    log = github.read(today, timeline, names={"milestone": "release"})
    assert log.ticket["release"] == "1.0"
    assert lines(log) == [
        "09:10:00 changed release=None github:event-1",
        "09:20:00 changed release=2.0 github:event-2",
        "09:30:00 changed release=3.0 github:event-3",
    ]
    assert github.read(today, [], names={"milestone": "release"}).ticket["release"] == "3.0"
    assert github.read(today, timeline).events == ()


@pytest.mark.parametrize("name", ["locked", "comments", "author_association", "assignees"])
def test_fields_whose_history_is_not_read_are_refused(name: str) -> None:
    with pytest.raises(
        PayloadError, match=f"'{name}' is not a field whose history is read"
    ) as error:
        github.read(issue(), [], names={name: "x"})
    assert error.value.where == "names"


@pytest.mark.parametrize(
    ("today", "timeline", "where"),
    [
        ({}, [], "number"),
        (issue(created_at="yesterday"), [], "created_at"),
        (issue(created_at=1779094800), [], "created_at"),
        (issue(labels="bug"), [], "labels"),
        (issue(labels=[{"color": "red"}]), [], "labels[0].name"),
        (issue(), {"message": "Not Found"}, "timeline"),
        (issue(), None, "timeline"),
        (issue(), [comment(1, "09:00:00", "ann")], "timeline[0].user"),
        (issue(), [{**comment(1, "09:00:00", None), "id": None}], "timeline[0].id"),
        (issue(), [{"body": "a comment of another list"}], "timeline[0].event"),
        (issue(), [event(1, "25:00:00", "closed")], "timeline[0].created_at"),
        (issue(), [event(1, "10:00:00", "labeled")], "timeline[0].label.name"),
        (
            issue(),
            [event(1, "10:00:00", "closed", state_reason="bored")],
            "timeline[0].state_reason",
        ),
        (issue(state="closed"), [], "closed_at"),
        (issue(state="closed", closed_at=at("10:00:00"), state_reason="?"), [], "state_reason"),
    ],
)
def test_errors_have_a_path(today: Any, timeline: Any, where: str) -> None:
    with pytest.raises(PayloadError) as error:
        github.read(today, timeline)
    assert error.value.where == where


def test_bad_tickets_do_not_stop_the_others() -> None:
    payloads = [(TODAY, DAY), (TODAY, [event(1, "", "closed")]), (issue(number=8), [])]
    logs, errors = read_many(payloads, lambda pair: github.read(*pair))
    assert [log.ticket["id"] for log in logs] == [7, 8]
    assert [error.where for error in errors] == ["[1].timeline[0].created_at"]


def test_any_json_at_any_place() -> None:
    read = partial(github.read, names={"milestone": "release"})
    milestone = event(20, "09:10:00", "milestoned", milestone={"title": "1.0"})
    type_ = event(21, "09:10:00", "issue_type_added", issue_type={"name": "Bug"})
    check_reader(POLICY, read, TODAY, [DAY[0], DAY[1], DAY[2], DAY[8], milestone, type_])


def test_check() -> None:
    policy = desk({"state": "waiting"}, priority=["high", "low"], region=["eu", "us"])
    assert [str(unmet) for unmet in github.check(policy)] == [
        (
            "metrics.resolution.pause: state is waiting: github gives state as open, closed, "
            "not_planned, duplicate, converted_to_discussion"
        ),
    ]
    assert github.check(POLICY) == []
