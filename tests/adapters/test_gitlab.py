"""Issues of GitLab, by its REST API; see README.md for the sources of the payloads."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import pytest

from slacalc.adapters import gitlab, read_many
from slacalc.errors import PayloadError
from tests.adapters.desk import desk, insert_again, lines
from tests.adapters.mutations import check_reader

POLICY = desk({"status": "blocked"}, priority=["1", "2"])
read = partial(gitlab.read, agents={"ann"})


def user(name: str) -> dict[str, Any]:
    return {"id": 1, "username": name, "name": name.title(), "state": "active", "locked": False}


def at(time: str) -> str:
    return f"2026-05-18T{time}Z"


def issue(**changes: Any) -> dict[str, Any]:
    return {
        "id": 76,
        "iid": 6,
        "project_id": 1,
        "title": "It does not start",
        "state": "opened",
        "created_at": at("09:00:00.123"),
        "updated_at": at("15:00:00.000"),
        "closed_at": None,
        "closed_by": None,
        "labels": [],
        "author": user("mona"),
        "type": "ISSUE",
        "issue_type": "issue",
        "severity": "UNKNOWN",
        "moved_to_id": None,
        "service_desk_reply_to": None,
        "_links": {"self": "https://gitlab.example.com/api/v4/projects/1/issues/6"},
        **changes,
    }


def state(number: int, time: str, name: str) -> dict[str, Any]:
    event = {"id": number, "user": user("ann"), "created_at": at(time), "state": name}
    return {**event, "resource_type": "Issue", "resource_id": 76}


def label(number: int, time: str, name: str | None, action: str = "add") -> dict[str, Any]:
    event = {"id": number, "user": user("ann"), "created_at": at(time), "action": action}
    value = None if name is None else {"id": 73, "name": name, "color": "#34495E"}
    return {**event, "resource_type": "Issue", "resource_id": 76, "label": value}


def note(number: int, time: str, author: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": None,
        "body": "Hello",
        "author": author,
        "created_at": at(time),
        "updated_at": at(time),
        "system": False,
        "noteable_id": 76,
        "noteable_type": "Issue",
        "confidential": False,
        "internal": False,
        "noteable_iid": 6,
        **more,
    }


TODAY = issue(state="closed", closed_at=at("12:00:00.000"), labels=["bug", "priority::1"])
STATES = [
    state(1, "11:00:00.000", "closed"),
    state(2, "11:15:00.000", "reopened"),
    state(3, "12:00:00.000", "closed"),
]
LABELS = [
    label(1, "09:10:00.500", "priority::2"),
    label(2, "09:20:00.500", "priority::1"),
    label(3, "09:20:00.500", "priority::2", "remove"),
    label(4, "10:00:00.000", "status::blocked"),
    label(5, "10:30:00.000", "status::blocked", "remove"),
]
NOTES = [
    note(12, "12:00:00.000", user("ann"), system=True, body="closed"),
    note(11, "10:20:00.000", user("mona")),
    note(10, "09:30:00.000", user("ann")),
    note(9, "09:25:00.000", user("ann"), internal=True, confidential=True),
    {**note(8, "09:24:00.000", user("ann"), confidential=True), "internal": None},  # before 15.0
]


def test_a_day() -> None:
    log = read(TODAY, STATES, LABELS, NOTES)
    assert log.ticket == {"id": 6, "labels": ["bug"], "state": "opened"}
    assert str(log.opened_at) == "2026-05-18 09:00:00.123000+00:00"
    assert lines(log) == [
        "09:10:00 changed labels=('bug', 'priority::2') priority=2 gitlab:label-1",
        "09:20:00 changed labels=('bug', 'priority::1') priority=1 gitlab:label-2",
        "09:24:00 replied by=agent public=False gitlab:note-8",
        "09:25:00 replied by=agent public=False gitlab:note-9",
        "09:30:00 replied by=agent public=True gitlab:note-10",
        (
            "10:00:00 changed labels=('bug', 'priority::1', 'status::blocked') status=blocked "
            "gitlab:label-4"
        ),
        "10:20:00 replied by=customer public=True gitlab:note-11",
        "10:30:00 changed labels=('bug', 'priority::1') status=None gitlab:label-5",
        "11:00:00 changed state=closed gitlab:state-1-closed",
        "11:00:00 resolved gitlab:state-1-closed/resolved",
        "11:00:00 closed gitlab:state-1-closed/closed",
        "11:15:00 changed state=opened gitlab:state-2-opened",
        "11:15:00 reopened gitlab:state-2-opened/reopened",
        "12:00:00 changed state=closed gitlab:state-3-closed",
        "12:00:00 resolved gitlab:state-3-closed/resolved",
        "12:00:00 closed gitlab:state-3-closed/closed",
    ]


def test_due_dates() -> None:
    """2 hours from 9:00:00.123 for the highest priority; 30 minutes blocked, 15 closed."""
    status = read(TODAY, STATES[:2], LABELS, NOTES).replay(POLICY).status(at("11:20:00"))
    assert str(status["response"].stopped_at) == "2026-05-18 09:30:00+00:00"
    assert str(status["resolution"].due) == "2026-05-18 11:45:00.123000+00:00"


def test_reading_again_changes_nothing() -> None:
    log = read(TODAY, STATES, LABELS, NOTES)
    assert insert_again(POLICY, log)
    assert log == read(*copy.deepcopy((TODAY, STATES, LABELS, NOTES)))
    assert log == read(TODAY, STATES + STATES, LABELS + LABELS, NOTES + NOTES)
    assert log == read(TODAY, STATES[::-1], LABELS, NOTES[::-1])
    assert read(TODAY, [], [], []).ticket["priority"] == "1"


def test_instants() -> None:
    """What is finer than microseconds is cut off; other offsets are the same instants."""
    notes = [
        note(1, "09:30:00.123456789", user("ann")),
        {**note(2, "", user("ann")), "created_at": "2026-05-18T11:30:00.5+02:00"},
    ]
    events = read(issue(), notes=notes).events
    assert [str(event.at) for event in events] == [
        "2026-05-18 09:30:00.123456+00:00",
        "2026-05-18 09:30:00.500000+00:00",
    ]


@pytest.mark.parametrize(
    "void",
    [
        {"moved_to_id": 99},
        {
            "_links": {
                "closed_as_duplicate_of": "https://gitlab.example.com/api/v4/projects/1/issues/5"
            }
        },
    ],
)
def test_moved_and_duplicate_issues(void: dict[str, Any]) -> None:
    log = read(issue(state="closed", **void), STATES)
    assert lines(log)[-2:] == [
        "12:00:00 changed state=duplicate gitlab:state-3-duplicate",
        "12:00:00 cancelled gitlab:state-3-duplicate/cancelled",
    ]
    # Before the last closing it was closed as any other.
    assert "11:00:00 resolved gitlab:state-1-closed/resolved" in lines(log)


def test_it_may_become_a_duplicate_after_it_was_closed() -> None:
    clock = read(issue(state="closed"), STATES[:1]).replay(POLICY)
    later = read(issue(state="closed", moved_to_id=99), STATES[:1])
    assert clock.insert(*later.events).fields["state"] == "duplicate"


def test_closed_without_an_event() -> None:
    """State events are not what GitLab kept of issues that were imported."""
    log = read(issue(state="closed", closed_at=at("10:00:00")))
    assert lines(log)[0] == "10:00:00 changed state=closed gitlab:closed"
    assert read(issue(closed_at=at("10:00:00"))).events == ()
    log = read(issue(state="closed", closed_at=at("12:00:00")), STATES[:2])
    assert lines(log)[-1] == "12:00:00 closed gitlab:closed/closed"
    assert read(issue(state="closed", closed_at=at("12:00:00"), moved_to_id=9)).events[-1].key == (
        "gitlab:duplicate/cancelled"
    )


def test_labels_added_twice_never_or_deleted() -> None:
    events = [
        label(1, "09:10:00", "priority::2"),
        label(2, "09:20:00", "priority::2"),
        label(3, "09:30:00", "severity::1", "remove"),
        label(4, "09:40:00", None),
        label(5, "09:50:00", None, "remove"),
    ]
    log = read(issue(labels=["priority::2"]), [], events)
    assert log.ticket == {
        "id": 6,
        "labels": ["severity::1"],
        "severity": "1",
        "state": "opened",
    }
    assert lines(log) == [
        "09:10:00 changed labels=('priority::2', 'severity::1') priority=2 gitlab:label-1",
        "09:30:00 changed labels=('priority::2',) severity=None gitlab:label-3",
    ]


def test_scopes() -> None:
    """The last pair of colons parts scope and value; labels may come with their details."""
    labels = [{"name": "area::ui::forms"}, {"name": "state::x"}, {"name": "::x"}, {"name": "x::"}]
    log = read(issue(labels=labels), names={"area::ui": "area"})
    assert log.ticket["area"] == "forms"
    assert log.ticket["state"] == "opened"


def test_authors() -> None:
    authors = [
        user("ann"),
        user("mona"),
        user("support-bot"),
        user("alert-bot"),
        user("project_123_bot_4ffca233d8298ea1"),
        user("group_9_bot1"),
        user("GitLab-Security-Bot"),
        user("rob-bot"),
        user("ghost"),
        user("ghost1"),
        user("ghostwriter"),
        None,
        {},
    ]
    notes = [note(n, f"09:30:{n:02}", author) for n, author in enumerate(authors)]
    assert [event.fields["by"] for event in read(issue(), notes=notes).events] == [
        "agent",
        "customer",
        "customer",
        "system",
        "system",
        "system",
        "system",
        "customer",
        "unknown",
        "unknown",
        "customer",
        "unknown",
        "unknown",
    ]
    # A bot may be an agent, if the caller says so.
    log = gitlab.read(issue(), notes=[note(1, "09:30:00", user("alert-bot"))], agents=["alert-bot"])
    assert log.events[0].fields["by"] == "agent"


def test_before_the_opening() -> None:
    """What is older than the issue is how it came in; older notes are those of another."""
    log = read(
        issue(),
        [state(1, "08:00:00", "closed"), state(2, "08:10:00", "reopened")],
        [label(1, "08:30:00", "priority::1")],
        [note(1, "08:40:00", user("ann"))],
    )
    assert log.events == ()
    assert log.ticket == {"id": 6, "labels": ["priority::1"], "priority": "1", "state": "opened"}


def milestone(number: int, time: str, title: str, action: str = "add") -> dict[str, Any]:
    event = {"id": number, "user": user("ann"), "created_at": at(time), "action": action}
    return {**event, "milestone": {"id": 61, "iid": 9, "title": title, "state": "active"}}


def weight(number: int, time: str, value: int | None) -> dict[str, Any]:
    event = {"id": number, "user": user("ann"), "created_at": at(time)}
    return {**event, "issue_id": 76, "weight": value}


def test_milestones_and_weights() -> None:
    """An added milestone stands in for the one before it, which has no event of its own."""
    log = read(
        issue(milestone={"title": "4"}, weight=5),
        names={"milestone": "release", "weight": "size"},
        values={"size": {3: "small", 5: "large"}},
        milestone_events=[
            milestone(4, "09:40:00", "4"),
            milestone(1, "09:10:00", "1", "remove"),
            milestone(2, "09:20:00", "2"),
            milestone(3, "09:30:00", "3"),
            milestone(3, "09:30:00", "3"),
        ],
        weight_events=[weight(1, "09:00:00", 3), weight(2, "09:15:00", 5)],
    )
    assert (log.ticket["release"], log.ticket["size"]) == ("1", "small")
    assert lines(log) == [
        "09:10:00 changed release=None gitlab:milestone-1",
        "09:15:00 changed size=large gitlab:weight-2",
        "09:20:00 changed release=2 gitlab:milestone-2",
        "09:30:00 changed release=3 gitlab:milestone-3",
        "09:40:00 changed release=4 gitlab:milestone-4",
    ]
    kept = read(issue(weight=5), names={"weight": "size"}, weight_events=[])
    assert kept.ticket["size"] == 5
    none = read(issue(), names={"milestone": "release"}, milestone_events=[])
    assert "release" not in none.ticket


@pytest.mark.parametrize("name", ["confidential", "issue_type", "moved_to_id", "title"])
def test_fields_whose_history_is_not_read_are_refused(name: str) -> None:
    with pytest.raises(
        PayloadError, match=f"'{name}' is not a field whose history is read"
    ) as error:
        read(issue(confidential=True), names={name: "x"})
    assert error.value.where == "names"


def test_usual_names_are_scopes_of_labels_only() -> None:
    """Issues have a severity and a type of their own, whose history GitLab does not keep."""
    log = read(issue(severity="HIGH", labels=["type::bug"]), names={"severity": "impact"})
    assert log.ticket == {"id": 6, "labels": ["type::bug"], "state": "opened", "type": "bug"}


def test_words_for_true_and_false() -> None:
    notes = [
        note(1, "09:10:00", user("ann"), internal="true"),
        note(2, "09:20:00", user("ann"), internal="false", confidential="True"),
        note(3, "09:30:00", user("ann"), internal="false"),
        note(4, "09:40:00", user("ann"), system="true"),
    ]
    assert [each.fields["public"] for each in read(issue(), notes=notes).events] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("payloads", "where"),
    [
        (({},), "iid"),
        ((issue(created_at=None),), "created_at"),
        ((issue(labels=[{}]),), "labels[0].name"),
        ((issue(_links="x"),), "_links"),
        ((issue(), {"message": "404"}), "state_events"),
        ((issue(), [{"id": 1, "created_at": at("09:00:00")}]), "state_events[0].state"),
        ((issue(), [], [label(1, "9 o'clock", "x")]), "label_events[0].created_at"),
        ((issue(), [], [{**label(1, "09:00:00", "x"), "label": {}}]), "label_events[0].label.name"),
        ((issue(), [], [], [note(1, "10:00:00", {"username": 1.5})]), "notes[0].author.username"),
        ((issue(), [], [], [{"system": False, "id": 1}]), "notes[0].created_at"),
        ((issue(weight={}), [], [], []), "weight"),
        ((issue(), [state(1, "10:00:00", "locked")]), "state_events[0].state"),
        ((issue(), [], [label(1, "10:00:00", "x", "added")]), "label_events[0].action"),
        ((issue(), [], [], [note(1, "10:00:00", user("a"), internal="no")]), "notes[0].internal"),
        ((issue(state="closed"),), "closed_at"),
    ],
)
def test_errors_have_a_path(payloads: tuple[Any, ...], where: str) -> None:
    with pytest.raises(PayloadError) as error:
        read(*payloads, names={"weight": "weight"}, weight_events=[])
    assert error.value.where == where


@pytest.mark.parametrize("name", ["milestone", "weight"])
def test_their_events_are_needed(name: str) -> None:
    with pytest.raises(PayloadError, match=f"expected the resource {name} events") as error:
        read(issue(), names={name: "x"})
    assert error.value.where == f"{name}_events"


def test_bad_tickets_do_not_stop_the_others() -> None:
    logs, errors = read_many([TODAY, {**TODAY, "iid": None}, issue(iid=8)], read)
    assert [log.ticket["id"] for log in logs] == [6, 8]
    assert [error.where for error in errors] == ["[1].iid"]


def test_any_json_at_any_place() -> None:
    check_reader(POLICY, read, TODAY, STATES[:2], LABELS[:3], NOTES[-2:])
    names = {"milestone": "release", "weight": "size"}
    check_reader(
        POLICY,
        lambda milestones, weights: read(
            issue(), names=names, milestone_events=milestones, weight_events=weights
        ),
        [milestone(1, "09:10:00", "1")],
        [weight(1, "09:20:00", 3)],
    )


def test_check() -> None:
    policy = desk({"state": "waiting"}, priority=["1", "2"], region=["eu", "us"])
    assert [str(unmet) for unmet in gitlab.check(policy)] == [
        (
            "metrics.resolution.pause: state is waiting: gitlab gives state as opened, closed, "
            "duplicate"
        ),
    ]
    assert gitlab.check(POLICY) == []
