"""Tickets of Zammad, by its REST API; see README.md for the sources of the payloads."""

from __future__ import annotations

import copy
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from slacalc.adapters import compare, read_many, zammad
from slacalc.errors import PayloadError
from tests.adapters.desk import desk, insert_again, lines
from tests.adapters.mutations import check_cycles, check_reader

POLICY = desk({"state": "pending reminder"}, priority=["3 high", "2 normal"])


def at(time: str) -> str:
    return f"2026-05-18T{time}Z"


def ticket(**changes: Any) -> dict[str, Any]:
    return {
        "id": 19,
        "group_id": 2,
        "priority_id": 2,
        "state_id": 1,
        "organization_id": None,
        "number": "22019",
        "title": "Help me!",
        "owner_id": 1,
        "customer_id": 10,
        "first_response_at": None,
        "first_response_escalation_at": None,
        "first_response_in_min": None,
        "first_response_diff_in_min": None,
        "close_at": None,
        "close_escalation_at": None,
        "close_in_min": None,
        "close_diff_in_min": None,
        "update_escalation_at": None,
        "update_in_min": None,
        "update_diff_in_min": None,
        "escalation_at": None,
        "pending_time": None,
        "preferences": {},
        "created_at": at("09:00:00.000"),
        "updated_at": at("09:00:00.050"),
        "group": "2nd Level",
        "priority": "2 normal",
        "state": "new",
        "owner": "-",
        "customer": "david@example.com",
        **changes,
    }


def change(number: int, time: str, attribute: str, old: str, new: str, *ids: Any) -> dict[str, Any]:
    entry = {
        "id": number,
        "o_id": 19,
        "created_by_id": 3,
        "created_at": at(time),
        "object": "Ticket",
        "type": "updated",
        "attribute": attribute,
        "value_from": old,
        "value_to": new,
    }
    return entry | dict(zip(("id_from", "id_to"), ids, strict=False))


def article(number: int, time: str, sender: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": 19,
        "type_id": 1,
        "sender_id": 2,
        "from": "David Bell <david@example.com>",
        "internal": False,
        "created_by_id": 10,
        "origin_by_id": None,
        "created_at": at(time),
        "updated_at": at(time),
        "type": "email",
        "sender": sender,
        "created_by": "david@example.com",
        **more,
    }


TODAY = ticket(state="closed", state_id=4, priority="3 high", owner="ann@example.com", owner_id=5)
HISTORY: dict[str, Any] = {
    "history": [
        {
            "id": 100,
            "o_id": 19,
            "created_by_id": 10,
            "created_at": at("09:00:00.000"),
            "object": "Ticket",
            "type": "created",
        },
        {
            "id": 101,
            "o_id": 30,
            "related_o_id": 19,
            "created_by_id": 10,
            "created_at": at("09:00:00.050"),
            "object": "Ticket::Article",
            "type": "created",
            "related_object": "Ticket",
        },
        {
            "id": 102,
            "o_id": 19,
            "created_by_id": 1,
            "created_at": at("09:00:01.000"),
            "object": "Ticket",
            "type": "notification",
            "value_to": "ann@example.com(create:online)",
        },
        change(103, "09:10:00.000", "owner", "-", "Ann Doe", 1, 5),
        change(104, "09:10:00.000", "state", "new", "open", 1, 2),
        change(105, "09:20:00.000", "priority", "2 normal", "3 high", 2, 3),
        change(106, "09:20:00.000", "title", "Help", "Help me!"),
        {**change(112, "09:40:00.000", "state", "open", "closed"), "object": "Checklist::Item"},
        change(107, "10:00:00.000", "state", "open", "pending reminder", 2, 3),
        change(108, "10:30:00.000", "state", "pending reminder", "open", 3, 2),
        change(109, "11:00:00.000", "state", "open", "closed", 2, 4),
        change(110, "11:15:00.000", "state", "closed", "open", 4, 2),
        change(111, "12:00:00.000", "state", "open", "closed", 2, 4),
    ],
    "assets": {"Ticket": {}, "User": {}},
}
ARTICLES = [
    article(30, "09:00:00.050", "Customer"),
    article(31, "09:05:00.000", "System", type="email"),
    article(32, "09:15:00.000", "Agent", type="note"),
    article(33, "09:20:00.000", "Agent", type="email", internal=True),
    article(34, "09:30:00.000", "Agent"),
    article(35, "10:30:00.000", "Customer", type="note"),
]


def test_a_day() -> None:
    log = zammad.read(TODAY, ARTICLES, HISTORY)
    assert log.ticket == {"id": 19, "state": "new", "priority": "2 normal", "group": "2nd Level"}
    assert lines(log) == [
        "09:05:00 replied by=system public=True zammad:article-31",
        "09:10:00 changed assignee=5 zammad:history-103",
        "09:10:00 assigned zammad:history-103/assigned",
        "09:10:00 changed state=open zammad:history-104",
        "09:15:00 replied by=agent public=False zammad:article-32",
        "09:20:00 replied by=agent public=False zammad:article-33",
        "09:20:00 changed priority=3 high zammad:history-105",
        "09:30:00 replied by=agent public=True zammad:article-34",
        "10:00:00 changed state=pending reminder zammad:history-107",
        "10:30:00 replied by=customer public=True zammad:article-35",
        "10:30:00 changed state=open zammad:history-108",
        "11:00:00 changed state=closed zammad:history-109",
        "11:00:00 resolved zammad:history-109/resolved",
        "11:00:00 closed zammad:history-109/closed",
        "11:15:00 changed state=open zammad:history-110",
        "11:15:00 reopened zammad:history-110/reopened",
        "12:00:00 changed state=closed zammad:history-111",
        "12:00:00 resolved zammad:history-111/resolved",
        "12:00:00 closed zammad:history-111/closed",
    ]


def test_due_dates() -> None:
    """2 hours from 9:00 for a high priority; half an hour pending, a quarter closed."""
    history = HISTORY["history"][:-1]
    status = zammad.read(TODAY, ARTICLES, history).replay(POLICY).status(at("11:20:00"))
    assert str(status["response"].stopped_at) == "2026-05-18 09:30:00+00:00"
    assert str(status["resolution"].due) == "2026-05-18 11:45:00+00:00"


def test_reading_again_changes_nothing() -> None:
    log = zammad.read(TODAY, ARTICLES, HISTORY)
    assert insert_again(POLICY, log)
    assert log == zammad.read(*copy.deepcopy((TODAY, ARTICLES, HISTORY)))
    assert log == zammad.read(TODAY, ARTICLES[::-1] * 2, HISTORY["history"][::-1] * 2)


EARLIER = [
    ticket(),
    ticket(state="open", owner_id=5, updated_at=at("09:10:00.000")),
    ticket(state="open", owner_id=5, priority="3 high", updated_at=at("09:20:00.000")),
    ticket(state="open", owner_id=5, priority="3 high", updated_at=at("09:30:00.000")),
]


def test_differences_of_what_was_kept() -> None:
    today = ticket(state="closed", owner_id=5, priority="3 high", updated_at=at("11:00:00.000"))
    log = zammad.read(today, earlier=EARLIER)
    assert log.ticket == {"id": 19, "state": "new", "priority": "2 normal", "group": "2nd Level"}
    opened = 1779094800 * 10**6  # 9:00 of that day
    keys = [opened + minutes * 60 * 10**6 for minutes in (10, 20, 120)]
    assert lines(log) == [
        f"09:10:00 changed state=open assignee=5 zammad:ticket-{keys[0]}",
        f"09:10:00 assigned zammad:ticket-{keys[0]}/assigned",
        f"09:20:00 changed priority=3 high zammad:ticket-{keys[1]}",
        f"11:00:00 changed state=closed zammad:ticket-{keys[2]}",
        f"11:00:00 resolved zammad:ticket-{keys[2]}/resolved",
        f"11:00:00 closed zammad:ticket-{keys[2]}/closed",
    ]
    assert zammad.read(today, earlier=[today, *EARLIER[::-1], today]) == log
    assert insert_again(POLICY, log)


def test_webhooks_have_objects() -> None:
    webhook = ticket(
        state={"id": 2, "name": "open"},
        priority={"id": 3, "name": "3 high"},
        group={"id": 2, "name": "2nd Level"},
        owner={"id": 5, "login": "ann@example.com"},
        owner_id=5,
    )
    assert zammad.read(webhook).ticket == {
        "id": 19,
        "state": "open",
        "priority": "3 high",
        "group": "2nd Level",
        "assignee": 5,
    }


def test_merged() -> None:
    """The ticket ends; its articles go to the other, where older ones do not count."""
    history = [
        {**change(1, "10:00:00", "", "", ""), "type": "merged_into", "id_from": 19, "id_to": 18},
        change(2, "10:00:00.100", "state", "open", "merged", 2, 5),
        change(3, "10:00:00.100", "owner", "Ann Doe", "-", 5, 1),
    ]
    merged = article(40, "10:00:00.050", "Agent", type="note", body="merged")
    log = zammad.read(ticket(state="merged"), [merged], history)
    assert lines(log) == [
        "09:00:00 assigned zammad:opening/assigned",
        "10:00:00 replied by=agent public=False zammad:article-40",
        "10:00:00 changed state=merged zammad:history-2",
        "10:00:00 cancelled zammad:history-2/cancelled",
        "10:00:00 changed assignee=None zammad:history-3",
    ]
    other = zammad.read(
        ticket(), [article(8, "08:00:00", "Agent"), article(9, "09:01:00", "Agent")]
    )
    assert lines(other) == ["09:01:00 replied by=agent public=True zammad:article-9"]


def test_the_article_of_the_opening() -> None:
    """A customer's is the description; with an agent's the agent wrote first."""
    articles = [
        article(1, "09:00:00.050", "Customer", type="web"),
        article(2, "09:00:10.000", "Customer", type="web"),
    ]
    assert lines(zammad.read(ticket(), articles, [])) == [
        "09:00:10 replied by=customer public=True zammad:article-2"
    ]
    log = zammad.read(ticket(), [article(1, "09:00:00.050", "Agent", type="phone")], [])
    assert lines(log) == ["09:00:00 replied by=agent public=True zammad:article-1"]


def test_unknown_types_and_states() -> None:
    articles = [article(1, "09:10:00", "Agent", type="hologram")]
    log = zammad.read(ticket(state="on the moon"), articles, [])
    assert [event.fields["public"] for event in log.events] == [True]
    assert log.ticket["state"] == "on the moon"
    solved = zammad.read(
        ticket(state="solved"),
        (),
        [change(1, "10:00:00", "state", "open", "solved")],
        stages={"solved": "resolved"},
    )
    assert [event.type for event in solved.events] == ["changed", "resolved"]
    with pytest.raises(PayloadError, match="'done' is not a stage"):
        zammad.read(ticket(), stages={"solved": "done"})


def test_internal_may_be_text() -> None:
    articles = [
        article(1, "09:10:00", "Agent", internal="true"),
        article(2, "09:20:00", "Agent", internal="false"),
        article(3, "09:30:00", "Agent", internal=None),
    ]
    public = [event.fields["public"] for event in zammad.read(ticket(), articles, []).events]
    assert public == [False, True, True]


@pytest.mark.parametrize("history", [None, []])
def test_closed_without_a_history(history: Any) -> None:
    today = ticket(state="closed", close_at=at("12:00:00"))
    log = zammad.read(today, [], history)
    assert log.ticket["state"] == "new"
    assert lines(log) == [
        "12:00:00 changed state=closed zammad:state-1",
        "12:00:00 resolved zammad:state-1/resolved",
        "12:00:00 closed zammad:state-1/closed",
    ]
    solved = zammad.read(today | {"state": "solved"}, [], history, stages={"solved": "resolved"})
    assert [event.type for event in solved.events] == ["changed", "resolved"]
    reopened = zammad.read(today | {"state": "open"}, [], history)
    assert (reopened.ticket["state"], reopened.events) == ("open", ())


@pytest.mark.parametrize("history", [None, []])
def test_closed_without_any_instant(history: Any) -> None:
    with pytest.raises(PayloadError, match="the ticket is cancelled, and neither it") as error:
        zammad.read(ticket(state="merged"), [], history)
    assert error.value.where == "state"


@pytest.mark.parametrize("name", ["organization_id", "group_id", "article_count", "preferences"])
def test_fields_whose_history_is_not_read_are_refused(name: str) -> None:
    with pytest.raises(
        PayloadError, match=f"'{name}' is not a field whose history is read"
    ) as error:
        zammad.read(ticket(), [], [], names={name: "x"})
    assert error.value.where == "names"
    kept = ticket(organization_id=4, updated_at=at("10:00:00"))
    log = zammad.read(kept, earlier=[ticket()], names={"organization_id": "organization"})
    assert lines(log)[0].startswith("10:00:00 changed organization=4")


def test_further_fields() -> None:
    log = zammad.read(
        ticket(category="vpn", customer_id=11),
        (),
        [
            change(1, "10:00:00", "category", "", "vpn"),
            change(2, "10:10:00", "customer", "David Bell", "Eve", 10, 11),
        ],
        names={"category": "category", "customer": "customer"},
        values={"customer": {10: "vip"}},
    )
    assert log.ticket["customer"] == "vip"
    assert zammad.read(ticket(), names={"customer": "customer"}).ticket["customer"] == 10
    assert lines(log) == [
        "10:00:00 changed category=vpn zammad:history-1",
        "10:10:00 changed customer=11 zammad:history-2",
    ]


def test_cycles() -> None:
    """Zammad keeps the minutes used and left: 60 + -20 is a goal of 40 minutes."""
    kept = ticket(
        first_response_at=at("10:00:00.000"),
        first_response_in_min=60,
        first_response_diff_in_min=-20,
        close_escalation_at=at("13:00:00.000"),
        update_in_min=10,
        update_diff_in_min=0,
    )
    response, update, close = zammad.cycles(kept)
    assert (response.metric, response.breached) == ("first_response", True)
    assert response.goal == timedelta(minutes=40)
    assert str(response.stop) == "2026-05-18 10:00:00+00:00"
    assert (update.metric, update.start, update.breached) == ("update", None, False)
    assert (close.metric, str(close.due)) == ("close", "2026-05-18 13:00:00+00:00")
    assert (close.stop, close.breached, close.goal) == (None, None, None)
    assert zammad.cycles(ticket()) == []


def test_differences_from_its_clocks() -> None:
    kept = ticket(
        first_response_at=at("09:30:00.000"),
        first_response_in_min=30,
        first_response_diff_in_min=30,
        close_escalation_at=at("14:00:00.000"),
    )
    clock = zammad.read(kept, ARTICLES, []).replay(POLICY)
    names = {"first_response": "response", "close": "resolution"}
    assert list(map(str, compare(clock, zammad.cycles(kept), at("10:00:00"), names))) == [
        (
            "resolution, cycle 1, due: theirs 2026-05-18 14:00:00+00:00, ours 2026-05-18 "
            "13:00:00+00:00: the start is the same, so length, hours or holidays differ"
        ),
    ]


@pytest.mark.parametrize(
    ("payloads", "where"),
    [
        (({},), "state"),
        (({"id": 19, "state_id": 2, "created_at": at("09:00:00")},), "state"),
        ((ticket(created_at=""),), "created_at"),
        ((ticket(owner_id={}),), ""),
        ((ticket(), [{}]), "articles[0].id"),
        ((ticket(), {"error": "Not authorized"}), "articles"),
        ((ticket(), [article(1, "9 o'clock", "Agent")]), "articles[0].created_at"),
        ((ticket(), [article(1, "10:00:00", "Robot")]), "articles[0].sender"),
        ((ticket(), [{**article(1, "10:00:00", "Agent"), "sender": None}]), "articles[0].sender"),
        ((ticket(), [article(1, "10:00:00", "Agent", type=None)]), "articles[0].type"),
        ((ticket(), [article(1, "10:00:00", "Agent", internal="no")]), "articles[0].internal"),
        ((ticket(), [], {"history": {}}), "history.history"),
        ((ticket(), [], {"error": "Not authorized"}), "history.history"),
        ((ticket(), [], {"history": None}), "history.history"),
        ((ticket(), [], [{"id": 1, "created_at": at("10:00:00")}]), "history[0].object"),
        ((ticket(), [], [change(1, "", "state", "a", "b")]), "history[0].created_at"),
    ],
)
def test_errors_have_a_path(payloads: tuple[Any, ...], where: str) -> None:
    with pytest.raises(PayloadError) as error:
        zammad.read(*payloads)
    assert error.value.where == (where or "owner_id")


def test_bad_tickets_do_not_stop_the_others() -> None:
    today = TODAY | {"close_at": at("12:00:00")}
    logs, errors = read_many([today, ticket(id=None), ticket(id=20)], zammad.read)
    assert [log.ticket["id"] for log in logs] == [19, 20]
    assert [error.where for error in errors] == ["[1].id"]


def test_any_json_at_any_place() -> None:
    history = {"history": [HISTORY["history"][number] for number in (0, 3, 4, 9)]}
    check_reader(POLICY, zammad.read, TODAY, ARTICLES[:2], history)
    read = partial(zammad.read, ticket(updated_at=at("12:00:00")))
    check_reader(POLICY, lambda earlier: read(earlier=earlier), EARLIER[:2])


def test_any_json_in_cycles() -> None:
    kept = ticket(
        first_response_at=at("10:00:00.000"),
        first_response_in_min=60,
        first_response_diff_in_min=-20,
        close_escalation_at=at("13:00:00.000"),
    )
    check_cycles(zammad.cycles, kept)


def test_check() -> None:
    policy = desk({"status": "waiting"}, priority=["3 high", "2 normal"])
    assert [str(unmet) for unmet in zammad.check(policy)] == [
        "metrics.resolution.pause: status is waiting: zammad does not give the field 'status'",
    ]
    assert zammad.check(POLICY) == []
    assert zammad.check(policy, names={"status": "status"}) == []
