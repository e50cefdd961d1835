"""Plain records of any other product."""

from __future__ import annotations

import copy
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from slacalc import replay
from slacalc.adapters import generic, read_many
from slacalc.errors import PayloadError
from tests.adapters.desk import desk, insert_again, lines
from tests.adapters.mutations import check_reader

POLICY = desk({"status": "waiting"}, priority=["high", "low"])
FIELDS = {"status": "status", "priority": "priority", "assignee": "assignee"}
read = partial(
    generic.read,
    fields=FIELDS,
    agents={"ann"},
    stages={"done": "resolved", "archived": "closed", "void": "cancelled"},
    time_zone="Europe/Paris",
)
TODAY = {
    "id": "T-1",
    "opened_at": "2026-05-18 11:00:00",
    "status": "done",
    "priority": "high",
    "assignee": "ann",
}
RECORDS = [
    {"id": 1, "at": "2026-05-18 11:10:00", "field": "priority", "before": "low", "after": "high"},
    {"id": 2, "at": "2026-05-18T09:20:00Z", "field": "assignee", "before": None, "after": "ann"},
    {"id": 3, "at": "2026-05-18 11:30:00", "author": "ann"},
    {"id": 3, "at": "2026-05-18 12:00:00", "field": "status", "before": "new", "after": "waiting"},
    {"id": 4, "at": "2026-05-18 12:15:00", "author": "bob", "public": True},
    {"id": 5, "at": "2026-05-18 12:20:00", "author": "ann", "public": False},
    {"id": 6, "at": "2026-05-18 12:30:00", "field": "status", "before": "waiting", "after": "open"},
    {"id": 7, "at": "2026-05-18 12:40:00", "event": "approved", "author": "ann"},
    {"id": 8, "at": "2026-05-18 13:00:00", "field": "status", "before": "open", "after": "done"},
]


def test_a_day() -> None:
    log = read(TODAY, RECORDS)
    assert log.ticket == {"id": "T-1", "status": "new", "priority": "low"}
    assert lines(log) == [
        "09:10:00 changed priority=high generic:change-1",
        "09:20:00 changed assignee=ann generic:change-2",
        "09:20:00 assigned generic:change-2/assigned",
        "09:30:00 replied by=agent public=True generic:message-3",
        "10:00:00 changed status=waiting generic:change-3",
        "10:15:00 replied by=customer public=True generic:message-4",
        "10:20:00 replied by=agent public=False generic:message-5",
        "10:30:00 changed status=open generic:change-6",
        "10:40:00 approved generic:event-7",
        "11:00:00 changed status=done generic:change-8",
        "11:00:00 resolved generic:change-8/resolved",
    ]


def test_due_dates() -> None:
    """2 hours from 9:00 UTC for a high priority, and half an hour of waiting."""
    status = read(TODAY, RECORDS[:-1]).replay(POLICY).status("2026-05-18T11:00:00Z")
    assert str(status["response"].stopped_at) == "2026-05-18 09:30:00+00:00"
    assert str(status["resolution"].due) == "2026-05-18 11:30:00+00:00"


def test_reading_again_changes_nothing() -> None:
    log = read(TODAY, RECORDS)
    assert insert_again(POLICY, log)
    assert log == read(copy.deepcopy(TODAY), copy.deepcopy(RECORDS))
    assert log == read(TODAY, RECORDS[::-1] * 2)


def test_a_log_is_what_a_clock_takes() -> None:
    log = read(TODAY, RECORDS)
    clock = replay(POLICY, log.ticket, log.events, log.opened_at)
    assert clock == log.replay(POLICY)


def test_other_keys() -> None:
    log = generic.read(
        {"key": 9, "meta": {"created": "2026-05-18T09:00:00.123456789Z"}, "state": "x", "who": "a"},
        [
            {"uid": "m", "time": "2026-05-18T09:10:00Z", "from": {"name": "a"}, "shown": 0},
            {"uid": "c", "time": "2026-05-18T09:20:00Z", "what": "state", "old": "", "new": "x"},
        ],
        fields={"state": "status"},
        agents=lambda name: name == "a",
        stages={"x": "cancelled"},
        keys={
            "id": "key",
            "opened_at": "meta.created",
            "status": "state",
            "assignee": "who",
            "key": "uid",
            "at": "time",
            "author": "from.name",
            "public": "shown",
            "field": "what",
            "before": "old",
            "after": "new",
        },
    )
    assert log.ticket == {"id": 9}
    assert str(log.opened_at) == "2026-05-18 09:00:00.123456+00:00"
    assert lines(log) == [
        "09:00:00 assigned generic:opening/assigned",
        "09:10:00 replied by=agent public=False generic:message-m",
        "09:20:00 changed status=x generic:change-c",
        "09:20:00 cancelled generic:change-c/cancelled",
    ]


def test_the_stage_does_not_need_a_name_in_the_policy() -> None:
    log = generic.read(TODAY, [], stages={"done": "resolved"})
    assert log.ticket == {"id": "T-1"}
    assert [event.type for event in log.events] == ["assigned", "resolved"]
    log = generic.read({**TODAY, "assignee": ""}, RECORDS[-1:], stages={"done": "resolved"})
    assert lines(log) == ["13:00:00 resolved generic:change-8/resolved"]


def test_fields_may_lie_deeper() -> None:
    ticket = {**TODAY, "custom": {"region": "eu", "site": None}}
    log = generic.read(ticket, [], fields={"custom.region": "region", "custom.site.name": "site"})
    assert log.ticket["region"] == "eu"
    assert "site" not in log.ticket


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"fields": {"prio": "priority"}}, "prio"),
        ({"fields": {"custom.site": "site"}}, "custom.site"),
        ({"keys": {"status": "state"}}, "state"),
        ({"keys": {"assignee": "owner"}}, "owner"),
    ],
)
def test_a_missing_key_is_not_null(options: Any, where: str) -> None:
    ticket = {**TODAY, "custom": {}}
    with pytest.raises(PayloadError, match="expected a value, or null for none") as error:
        generic.read(ticket, [], **options)
    assert error.value.where == where
    bare = {"id": 1, "opened_at": TODAY["opened_at"]}
    assert generic.read(bare, []).ticket == {"id": 1}
    with pytest.raises(PayloadError) as error:
        generic.read(bare, [], stages={"done": "resolved"})
    assert error.value.where == "status"


def test_messages_of_nobody_and_from_before_the_opening() -> None:
    records = [
        {"id": 1, "at": "2026-05-18 10:59:59", "author": "ann"},
        {"id": 2, "at": "2026-05-18 11:00:00", "author": None},
        {"id": 3, "at": "2026-05-18 11:00:00"},
        {
            "id": 4,
            "at": "2026-05-18 10:00:00",
            "field": "priority",
            "before": "low",
            "after": "high",
        },
    ]
    log = generic.read(TODAY, records, fields=FIELDS, time_zone="Europe/Paris")
    assert log.ticket["priority"] == "high"
    assert [event.key for event in log.events if event.type == "replied"] == [
        "generic:message-2",
        "generic:message-3",
    ]
    assert {event.fields["by"] for event in log.events if event.type == "replied"} == {"unknown"}


@pytest.mark.parametrize(
    ("ticket", "records", "where"),
    [
        ({}, [], "id"),
        ({"id": 1}, [], "opened_at"),
        (None, [], "id"),
        ("T-1", [], ""),
        (TODAY, {}, "records"),
        (TODAY, None, "records"),
        (TODAY, [None], "records[0].at"),
        (TODAY, [{"at": "monday"}], "records[0].at"),
        (TODAY, [{"at": "2026-05-18 11:00:00"}], "records[0].id"),
        (TODAY, [{**RECORDS[2], "public": "no"}], "records[0].public"),
        (TODAY, [{**RECORDS[2], "author": ["ann"]}], "records[0].author"),
        (TODAY, [{**RECORDS[0], "after": {"name": "high"}}], "records[0].after"),
        (TODAY, [{**RECORDS[7], "event": {}}], "records[0].event"),
        ({**TODAY, "priority": {}}, [], "priority"),
    ],
)
def test_errors_have_a_path(ticket: Any, records: Any, where: str) -> None:
    with pytest.raises(PayloadError) as error:
        read(ticket, records)
    assert error.value.where == where


def test_what_cannot_be_shown_is_an_error_as_well() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, 10**5000):
        with pytest.raises(PayloadError) as error:
            read({**TODAY, "priority": value}, [])
        assert error.value.where == "priority"
        assert error.value.to_dict()["where"] == "priority"


def test_unknown_stages_are_an_error() -> None:
    with pytest.raises(PayloadError, match="'solved' is not a stage: give one of 'open'"):
        generic.read(TODAY, [], stages={"done": "solved"})


def test_bad_tickets_do_not_stop_the_others() -> None:
    payloads = [(TODAY, RECORDS), (TODAY, [*RECORDS, {"id": 9, "at": "soon"}]), (TODAY, [])]
    logs, errors = read_many(payloads, lambda pair: read(*pair))
    assert len(logs) == 2
    assert [error.where for error in errors] == ["[1].records[9].at"]


def test_any_json_at_any_place() -> None:
    check_reader(POLICY, read, TODAY, RECORDS)


def test_check() -> None:
    stages = {"done": "resolved"}
    assert generic.check(POLICY, fields=FIELDS, stages=stages) == []
    assert [str(unmet) for unmet in generic.check(POLICY, fields=FIELDS)] == [
        "metrics.resolution.stop: resolved: generic has no event 'resolved'"
    ]
    policy = desk({"event": "parked"}, priority=["high", "low"])
    assert [str(unmet) for unmet in generic.check(policy, fields=FIELDS, stages=stages)] == [
        "metrics.resolution.pause: parked: generic has no event 'parked'"
    ]
    assert generic.check(policy, fields=FIELDS, events=["parked", "resolved"]) == []


def test_unknown_keys_are_an_error() -> None:
    with pytest.raises(PayloadError, match="'is_public' is not what a key is for") as error:
        generic.read(TODAY, [], keys={"is_public": "shown"})
    assert error.value.where == "keys"


@pytest.mark.parametrize(
    "fields", [{"status": "status", "custom.state": "status"}, {"priority": "id"}]
)
def test_each_field_has_a_name_of_its_own(fields: dict[str, str]) -> None:
    with pytest.raises(PayloadError, match="give each field a name of its own") as error:
        generic.read(TODAY, [], fields=fields)
    assert error.value.where == "fields"


def test_one_instant() -> None:
    """Changes of one instant are in the order of their ids, however they come."""
    at = "2026-05-18 12:00:00"
    records = [
        {"id": 9, "at": at, "field": "status", "before": "new", "after": "waiting"},
        {"id": 10, "at": at, "field": "status", "before": "waiting", "after": "open"},
        {"id": 11, "at": at, "field": "status", "before": "open", "after": "done"},
        {"id": 11, "at": at, "field": "priority", "before": "low", "after": "high"},
    ]
    log = read(TODAY, records)
    assert (log.ticket["status"], log.ticket["priority"]) == ("new", "low")
    assert lines(log)[1:] == [
        "10:00:00 changed status=waiting generic:change-9",
        "10:00:00 changed status=open generic:change-10",
        "10:00:00 changed status=done priority=high generic:change-11",
        "10:00:00 resolved generic:change-11/resolved",
    ]
    for shuffled in permutations(records[:3]):
        assert read(TODAY, [*shuffled, records[3]]) == log


@pytest.mark.parametrize(
    ("record", "other"),
    [
        (RECORDS[2], {"at": "2026-05-18 11:31:00"}),
        (RECORDS[2], {"author": "bob"}),
        (RECORDS[2], {"public": False}),
        (RECORDS[0], {"at": "2026-05-18 11:11:00"}),
        (RECORDS[0], {"at": "2026-05-18 11:11:00", "field": "status"}),
        (RECORDS[0], {"after": "low"}),
        (RECORDS[0], {"before": None}),
        (RECORDS[7], {"event": "refused"}),
        (RECORDS[7], {"at": "2026-05-18 12:41:00"}),
    ],
)
def test_two_records_of_one_id_that_differ(record: Any, other: Any) -> None:
    with pytest.raises(PayloadError, match="another id") as error:
        read(TODAY, [record, {**record}, {**record, **other}])
    assert error.value.where == "records[2].id"


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_change_has_both_sides(side: str) -> None:
    record = {key: value for key, value in RECORDS[0].items() if key != side}
    with pytest.raises(PayloadError, match="expected a value, or null for none") as error:
        read(TODAY, [record])
    assert error.value.where == f"records[0].{side}"
    read(TODAY, [{**record, side: None}])
    with pytest.raises(PayloadError) as error:
        read(TODAY, [{**record, "old": {"x": 1}}], keys={side: "old.value"})
    assert error.value.where == "records[0].old.value"
    with pytest.raises(PayloadError) as error:
        read(TODAY, [{**record, "old": "x"}], keys={side: "old.value"})
    assert error.value.where == "records[0].old"
    read(TODAY, [{**record, "old": None}], keys={side: "old.value"})
