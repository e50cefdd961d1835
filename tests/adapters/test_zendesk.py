"""Tickets of Zendesk become events, as their audits say."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from slacalc.adapters import ProductCycle, TicketLog, zendesk
from slacalc.errors import DuplicateEventError, PayloadError
from tests.adapters.payloads import desk, payload

read = partial(zendesk.read, agents={1001})


def at(time: str, day: int = 18) -> datetime:
    return datetime.fromisoformat(f"2026-05-{day}T{time}+00:00")


def log_of(**changes: Any) -> TicketLog:
    return read(payload("zendesk/ticket") | changes, payload("zendesk/audits"))


def facts(log: TicketLog) -> list[tuple[str, str, dict[str, Any]]]:
    """Time, type and fields of each event."""
    return [(f"{event.at:%d %H:%M}", event.type, dict(event.fields)) for event in log.events]


def test_a_ticket_is_what_it_was_when_it_was_opened_and_what_changed_since() -> None:
    """The comment that opened it is its description."""
    tier = {"25356371": "tier"}
    log = read(payload("zendesk/ticket"), payload("zendesk/audits"), names=tier)
    assert log.ticket == {
        "id": 35436,
        "status": "new",
        "type": "incident",
        "group": 77,
        "tags": ["printer"],
        "tier": "silver",
    }
    first = {"priority": "high", "assignee": 1001, "status": "open"}
    assert facts(log) == [
        ("18 09:15", "changed", first | {"tags": ("printer", "vip"), "tier": "gold"}),
        ("18 09:15", "assigned", {}),
        ("18 09:20", "replied", {"by": "agent", "public": False}),
        ("18 10:00", "replied", {"by": "agent", "public": True}),
        ("18 10:00", "changed", {"status": "pending"}),
        ("18 11:00", "replied", {"by": "customer", "public": True}),
        ("18 11:00", "changed", {"status": "open"}),
        ("18 12:00", "replied", {"by": "system", "public": True}),  # an automation
        ("18 15:00", "changed", {"status": "solved"}),
        ("18 15:00", "resolved", {}),
        ("19 09:30", "replied", {"by": "unknown", "public": True}),  # nobody knows whose
        ("19 09:30", "changed", {"status": "open"}),
        ("19 09:30", "reopened", {}),
    ]
    assert [event.key for event in log.events[:3]] == [
        "zendesk:audit-502",
        "zendesk:audit-502/assigned",
        "zendesk:comment-5031",
    ]


def test_due_dates_are_those_that_follow_from_the_events() -> None:
    """By hand: 4 hours from 09:00, and a pause from 10:00 to 11:00; solved an hour late."""
    status = log_of().replay(desk("normal", "high", pause="pending")).status(at("16:00"))
    assert status["resolution"].due == status["resolution"].breached_at == at("14:00")
    assert status["resolution"].elapsed == timedelta(hours=5)
    assert (status["response"].due, status["response"].stopped_at) == (at("11:00"), at("10:00"))


def test_reading_a_ticket_again_adds_only_what_is_new() -> None:
    policy = desk("normal", "high", pause="pending")
    early = read(payload("zendesk/ticket"), payload("zendesk/audits")[:4])
    clock = early.replay(policy)
    assert early.insert_into(clock) is clock
    assert log_of().insert_into(clock) == log_of().replay(policy)


def test_a_past_that_was_rewritten_is_not_put_into_a_clock_beside_the_old_one() -> None:
    policy = desk("normal", "high", pause="pending")
    clock = log_of().replay(policy)
    audits = payload("zendesk/audits")
    audits[3]["events"][0]["public"] = False
    with pytest.raises(DuplicateEventError, match="zendesk:comment-5041"):
        read(payload("zendesk/ticket"), audits).insert_into(clock)


def test_who_wrote_a_comment_counts_and_not_who_sent_it() -> None:
    """An agent may write for a customer, and an app for an agent."""
    audits = payload("zendesk/audits")
    audits[3]["author_id"], audits[4]["author_id"] = 9002, 1001
    del audits[2]["events"][0]["author_id"]
    assert read(payload("zendesk/ticket"), audits) == log_of()


def test_audits_may_come_in_any_order_and_twice() -> None:
    audits = payload("zendesk/audits")
    assert read(payload("zendesk/ticket"), audits[::-1] + audits[:3]) == log_of()


def test_changes_of_one_second_count_in_the_order_of_the_audits() -> None:
    audits = payload("zendesk/audits")
    for audit in audits[1:]:
        audit["created_at"] = "2026-05-18T10:00:00Z"
    log = read(payload("zendesk/ticket"), audits[::-1])
    statuses = [event.fields["status"] for event in log.events if "status" in event.fields]
    assert statuses == ["open", "pending", "open", "solved", "open"]


def test_a_ticket_that_is_merged_into_another_is_void() -> None:
    audits = payload("zendesk/audits")[:2]
    audits.append(
        {
            "id": 510,
            "created_at": "2026-05-18T09:45:00Z",
            "author_id": 1001,
            "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": "merge"}},
            "events": [
                {"id": 5101, "type": "Comment", "author_id": 1001, "public": True},
                {
                    "id": 5102,
                    "type": "Change",
                    "field_name": "status",
                    "value": "closed",
                    "previous_value": "open",
                },
            ],
        }
    )
    log = read(payload("zendesk/ticket") | {"status": "closed"}, audits)
    assert facts(log)[2:] == [
        ("18 09:45", "replied", {"by": "system", "public": True}),
        ("18 09:45", "changed", {"status": "closed"}),
        ("18 09:45", "cancelled", {}),
    ]
    status = log.replay(desk("normal", "high", pause="pending")).status(at("16:00"))
    assert (status["response"].state, status["resolution"].state) == ("cancelled", "cancelled")
    # Without the source, the tag shows it.
    tags = {"type": "Change", "field_name": "tags", "previous_value": []}
    audits[2]["via"] = {"channel": "web"}
    audits[2]["events"].append(tags | {"id": 5103, "value": ["closed_by_merge"]})
    assert facts(read(payload("zendesk/ticket"), audits))[-1][1] == "cancelled"


def test_a_ticket_that_follows_up_a_merged_one_is_none() -> None:
    """It has the tag of that from its beginning."""
    audits = payload("zendesk/audits")[:7]
    tags: Any = {"id": 9, "type": "Change", "field_name": "tags"}
    tags |= {"previous_value": ["closed_by_merge"], "value": ["closed_by_merge", "vip"]}
    audits[3]["events"].append(tags)
    audits[6]["events"][0]["value"] = "closed"
    audits[6]["events"].append(tags | {"id": 10, "value": ["closed_by_merge"]})
    log = read(payload("zendesk/ticket") | {"status": "closed"}, audits)
    assert log.events[3].fields == {"by": "agent", "public": True}
    assert [event.type for event in log.events][-2:] == ["resolved", "closed"]


def test_a_ticket_that_is_deleted_is_cancelled() -> None:
    audits = payload("zendesk/audits")
    audits[-1]["events"] = [
        audits[6]["events"][0] | {"previous_value": "solved", "value": "deleted"}
    ]
    log = read(payload("zendesk/ticket") | {"status": "deleted"}, audits)
    assert [event.type for event in log.events][-4:] == [
        "changed",
        "resolved",
        "changed",
        "cancelled",
    ]


def test_a_webhook_without_the_history_is_refused_if_the_ticket_ended() -> None:
    for status in ("solved", "closed", "deleted"):
        with pytest.raises(PayloadError, match="fetch its whole history"):
            read(payload("zendesk/ticket") | {"status": status}, payload("zendesk/audits")[2:3])
    ticket, audits = payload("zendesk/ticket"), payload("zendesk/audits")[:1]
    assert [event.type for event in read(ticket | {"status": "solved"}, audits).events][-1] == (
        "resolved"  # an agent wrote down a telephone call
    )


def test_the_ticket_that_another_is_merged_into_goes_on() -> None:
    """Who merges does not reply."""
    audits = payload("zendesk/audits")
    audits[3]["via"] = {"channel": "web", "source": {"rel": "merge"}}
    log = read(payload("zendesk/ticket"), audits)
    assert log.events[3].fields == {"by": "system", "public": True}
    assert "cancelled" not in [event.type for event in log.events]


def test_a_ticket_that_is_closed_was_solved() -> None:
    """Somebody who closes it at once has solved it too."""
    audits = payload("zendesk/audits")[:7]
    audits[6]["events"][0]["value"] = "closed"
    log = read(payload("zendesk/ticket") | {"status": "closed"}, audits)
    assert [event.type for event in log.events][-3:] == ["changed", "resolved", "closed"]
    assert len({event.key for event in log.events}) == len(log.events)


def test_a_ticket_without_changes_has_its_fields_from_the_beginning() -> None:
    """An agent who notes a call that is over opens it as solved."""
    log = read(
        payload("zendesk/ticket") | {"status": "solved"},
        payload("zendesk/audits")[:1],
        names={"25356371": "tier"},
    )
    assert log.ticket["tier"] == "gold"
    assert facts(log) == [("18 09:00", "assigned", {}), ("18 09:00", "resolved", {})]


def test_calls_and_other_channels_are_messages_too() -> None:
    audits = payload("zendesk/audits")
    for type_ in ("VoiceComment", "FacebookComment"):
        audits[3]["events"][0]["type"] = type_
        assert read(payload("zendesk/ticket"), audits) == log_of()
    audits[3]["events"][0]["type"] = "Tweet"
    assert len(read(payload("zendesk/ticket"), audits).events) == len(log_of().events) - 1


def test_instants_finer_than_microseconds_are_cut_off() -> None:
    log = log_of(created_at="2026-05-18T08:59:59.721021468Z")
    assert log.opened_at == at("08:59:59.721021")


def test_agents_may_be_a_list_of_users_as_text_or_a_function() -> None:
    audits = payload("zendesk/audits")
    users = [{"id": 1001, "role": "agent"}, {"id": 9002, "role": "end-user"}]
    roles = {user["id"]: user["role"] for user in users}
    for agents in ({1001}, ["1001"], lambda user: roles.get(user) != "end-user"):
        log = zendesk.read(payload("zendesk/ticket"), audits, agents=agents)
        assert log == log_of()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda ticket, _: ticket.pop("id"), "id"),
        (lambda ticket, _: ticket.update(created_at="2026-05-18 morning"), "created_at"),
        (lambda ticket, _: ticket.update(custom_fields=[{"value": 1}]), "custom_fields[0].id"),
        (lambda ticket, _: ticket.update(priority={"name": "high"}), "priority"),
        (lambda _, audits: audits[2].pop("id"), "audits[2].id"),
        (lambda _, audits: audits[2].update(created_at=0), "audits[2].created_at"),
        (lambda _, audits: audits[3]["events"][0].pop("id"), "audits[3].events[0].id"),
        (lambda _, audits: audits[1]["events"].append("?"), "audits[1].events[8]"),
        (
            lambda _, audits: audits[1]["events"][1].update(value="nobody"),
            "audits[1].events[1].value",
        ),
        (lambda _, audits: audits[1]["events"][1].pop("value"), "audits[1].events[1].value"),
        (
            lambda _, audits: audits[1]["events"][1].pop("previous_value"),
            "audits[1].events[1].previous_value",
        ),
    ],
)
def test_a_part_that_is_missing_or_wrong_is_named(change: Any, where: str) -> None:
    ticket, audits = payload("zendesk/ticket"), payload("zendesk/audits")
    change(ticket, audits)
    with pytest.raises(PayloadError) as raised:
        read(ticket, audits)
    assert raised.value.where == where


def test_a_page_of_audits_is_not_taken_for_their_list() -> None:
    """A page that is the only one may be."""
    page: Any = {
        "audits": payload("zendesk/audits"),
        "next_page": None,
        "meta": {"has_more": False},
    }
    assert read({"ticket": payload("zendesk/ticket")}, page) == log_of()
    for more in ({"next_page": "…?page=2"}, {"meta": {"has_more": True}}):
        with pytest.raises(PayloadError, match=r"^audits\..* expected all pages"):
            read(payload("zendesk/ticket"), page | more)
    events = payload("zendesk/metric_events")
    assert zendesk.cycles({"ticket_metric_events": events}) == zendesk.cycles(events)


def test_metric_events_are_the_cycles_of_clocks() -> None:
    """A breach that was taken back is none, and an instance 0 is no clock."""
    reply, next_reply, wait = zendesk.cycles(payload("zendesk/metric_events")[::-1])
    assert reply == ProductCycle(
        metric="reply_time",
        start=at("09:00"),
        stop=at("10:00"),
        due=at("09:30"),
        breached=True,
        goal=timedelta(minutes=30),
    )
    assert next_reply == ProductCycle(metric="reply_time", number=2, start=at("11:00"))
    assert (wait.start, wait.stop, wait.due) == (at("09:00"), at("15:00"), at("14:00"))
    paused = zendesk.cycles(payload("zendesk/metric_events")[:8])[1]
    assert (paused.is_paused, paused.breached, paused.due) == (True, False, None)
    assert not zendesk.cycles(payload("zendesk/metric_events")[:9])[1].is_paused


@pytest.mark.parametrize(
    ("type_", "sla", "goal"),
    [
        ("apply_sla", {"sla": {"target": 1, "target_in_seconds": 90}}, 90),
        ("apply_sla", {"sla": {"target": 2, "target_in_seconds": None}}, 120),
        ("apply_group_sla", {"group_sla": {"target": 1440}}, 86400),
    ],
)
def test_targets_may_be_in_seconds_or_those_of_groups(type_: str, sla: Any, goal: int) -> None:
    event = {"id": 1, "metric": "m", "instance_id": 1, "time": "2026-05-18T09:00:00Z"}
    (cycle,) = zendesk.cycles([event | {"type": type_} | sla])
    assert cycle == ProductCycle(metric="m", goal=timedelta(seconds=goal), breached=False)


def test_a_target_that_no_length_of_time_has_is_refused() -> None:
    event: Any = {"id": 1, "metric": "m", "instance_id": 1, "time": "2026-05-18T09:00:00Z"}
    event |= {"type": "apply_sla", "sla": {"target": 1779094800000}}
    with pytest.raises(PayloadError) as raised:
        zendesk.cycles([event])
    assert raised.value.where == "ticket_metric_events[0].sla.target"


@pytest.mark.parametrize("field", ["piority", "2535637", 25356371, "custom_fields.25356371"])
def test_a_name_of_a_field_that_no_ticket_has_is_refused(field: Any) -> None:
    with pytest.raises(PayloadError, match="is missing"):
        read(payload("zendesk/ticket"), payload("zendesk/audits"), names={field: "tier"})
    ticket = payload("zendesk/ticket") | {"piority": None}  # a field may be empty
    assert "tier" not in read(ticket, payload("zendesk/audits"), names={"piority": "tier"}).ticket
