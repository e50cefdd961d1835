"""Tasks of ServiceNow become events, as the audit of their fields says."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from slacalc.adapters import ProductCycle, TicketLog, servicenow
from slacalc.errors import PayloadError
from tests.adapters.payloads import desk, payload

USER = "46d44a23a9fe19810012d100cca80666"
read = partial(servicenow.read, agents={"ann.agent"})
policy = partial(desk, "3 - Moderate", "1 - Critical", pause="On Hold", field="state")


def at(time: str, day: int = 18) -> datetime:
    return datetime.fromisoformat(f"2026-05-{day}T{time}+00:00")


def log_of(**changes: Any) -> TicketLog:
    audits, journal = payload("servicenow/audits"), payload("servicenow/journal")
    return read(payload("servicenow/incident") | changes, audits, journal)


def facts(log: TicketLog) -> list[tuple[str, str, dict[str, Any]]]:
    """Time, type and fields of each event."""
    return [(f"{event.at:%H:%M:%S}", event.type, dict(event.fields)) for event in log.events]


def test_a_task_is_what_it_was_when_it_was_opened_and_what_changed_since() -> None:
    """Times are UTC, and the fields of one update are one event, even if written later."""
    log = log_of()
    assert log.ticket == {
        "id": "INC0010007",
        "state": "New",
        "priority": "3 - Moderate",
        "impact": "1 - High",
        "urgency": "1 - High",
    }
    assert log.opened_at == at("09:00")
    assert facts(log) == [
        ("09:30:00", "changed", {"state": "In Progress", "assignee": USER}),
        ("09:30:00", "assigned", {}),
        ("09:30:01", "replied", {"by": "agent", "public": True}),
        ("10:00:00", "changed", {"priority": "1 - Critical"}),
        ("10:30:00", "replied", {"by": "agent", "public": False}),
        ("11:00:00", "changed", {"state": "On Hold"}),
        ("11:59:59", "replied", {"by": "customer", "public": True}),
        ("12:00:00", "changed", {"state": "In Progress"}),
        ("12:30:00", "replied", {"by": "system", "public": True}),
        ("13:00:00", "replied", {"by": "unknown", "public": True}),  # a user that is gone
        ("15:00:00", "changed", {"state": "Resolved"}),
        ("15:00:00", "resolved", {}),
    ]
    assert [event.key for event in log.events[:3]] == [
        "servicenow:update-1",
        "servicenow:update-1/assigned",
        "servicenow:journal-jou01",
    ]


def test_due_dates_are_those_that_follow_from_the_events() -> None:
    """By hand: 4 hours from 09:00, an hour on hold; resolved an hour late."""
    clock = log_of().replay(policy())
    status = clock.status(at("16:00"))
    assert status["resolution"].due == status["resolution"].breached_at == at("14:00")
    assert status["response"].stopped_at == at("09:30:01")
    assert log_of().insert_into(clock) is clock


def test_records_with_display_values_are_read_by_their_values() -> None:
    """``sysparm_display_value=all`` gives both; the texts are in the language of the user."""

    def both(record: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value if isinstance(value, dict) else {"value": value, "display_value": "…"}
            for name, value in record.items()
        }

    tables = [payload(f"servicenow/{name}") for name in ("incident", "audits", "journal")]
    incident, audits, journal = both(tables[0]), map(both, tables[1]), map(both, tables[2])
    assert read(incident, [*audits], [*journal]) == log_of()
    records = payload("servicenow/task_sla")
    assert servicenow.cycles([*map(both, records)]) == servicenow.cycles(records)


def test_codes_that_are_not_known_stay_and_can_be_named() -> None:
    audits = payload("servicenow/audits")
    audits[6]["newvalue"] = audits[7]["oldvalue"] = "18"
    log = read(payload("servicenow/incident"), audits)
    assert {"state": "18"} in [event.fields for event in log.events]
    log = read(payload("servicenow/incident"), audits, values={"state": {"18": "On Hold"}})
    assert {"state": "On Hold"} in [event.fields for event in log.events]
    assert log.ticket["state"] == "New"  # other codes keep their texts


def test_codes_have_the_texts_that_come_with_the_product() -> None:
    def ticket(**codes: str) -> dict[str, Any]:
        return dict(read(payload("servicenow/incident") | codes, []).ticket)

    states = {"1": "New", "2": "In Progress", "3": "On Hold"}
    assert [ticket(state=code, resolved_at="")["state"] for code in states] == [*states.values()]
    priorities = ["1 - Critical", "2 - High", "3 - Moderate", "4 - Low", "5 - Planning"]
    assert [ticket(priority=str(code))["priority"] for code in range(1, 6)] == priorities
    ranks = ["1 - High", "2 - Medium", "3 - Low"]
    assert [ticket(impact=str(code))["impact"] for code in range(1, 4)] == ranks
    assert [ticket(urgency=str(code))["urgency"] for code in range(1, 4)] == ranks
    assert ticket(assignment_group="d625dccec0a8016700a222a0f7900d06")["group"].startswith("d625")


def test_a_task_that_is_cancelled_is_void() -> None:
    audits = payload("servicenow/audits")
    audits[0]["newvalue"] = "8"
    log = read(payload("servicenow/incident") | {"state": "8"}, audits)
    assert [event.type for event in log.events][-2:] == ["changed", "cancelled"]


def test_choices_follow_a_field_that_is_renamed() -> None:
    log = read(
        payload("servicenow/incident"), payload("servicenow/audits"), names={"state": "status"}
    )
    assert log.ticket["status"] == "New"
    assert log.events[-1].type == "resolved"


def test_tables_with_other_states_say_what_these_mean() -> None:
    """A catalog task is closed complete with 3, and skipped with 7."""
    stages = {3: "closed", "7": "cancelled"}
    log = read(payload("servicenow/incident"), payload("servicenow/audits"), stages=stages)
    assert [event.type for event in log.events if not event.fields] == [
        "assigned",
        "resolved",
        "closed",
        "reopened",
        "resolved",
    ]


TASK = {
    "number": "SCTASK0010001",
    "sys_class_name": "sc_task",
    "opened_at": "2026-05-18 09:00:00",
    "state": "3",
    "priority": "4",
}


def test_the_states_of_other_tasks_are_not_those_of_incidents() -> None:
    """By the documentation: 3 is Closed Complete of a catalog task, and On Hold of an incident."""
    audit = {"sys_id": "q", "fieldname": "state", "oldvalue": "1", "newvalue": "3"}
    audit |= {"record_checkpoint": "2", "sys_created_on": "2026-05-18 15:00:00"}
    with pytest.raises(PayloadError, match="`stages`") as raised:
        read(TASK, [audit])
    assert raised.value.where == "sys_class_name"
    log = read(TASK, [audit], stages={"3": "closed"})
    assert log.ticket == {"id": "SCTASK0010001", "state": "1", "priority": "4 - Low"}
    assert [event.type for event in log.events] == ["changed", "resolved", "closed"]
    assert log.events[0].fields == {"state": "3"}
    log = read(TASK, [audit], stages={"3": "closed"}, values={"state": {"3": "Closed Complete"}})
    assert log.events[0].fields == {"state": "Closed Complete"}
    assert [event.type for event in read(TASK | {"state": "7"}, [], stages={}).events] == []
    # Not audited: nobody knows what it was before.
    log = read(TASK | {"closed_at": "2026-05-18 16:00:00"}, [], stages={"3": "closed"})
    assert ("state" in log.ticket, log.events[0].at) == (False, at("16:00"))


@pytest.mark.parametrize("state", ["Resolved", "Gelöst", "解決済み", "", None])
def test_display_values_are_refused(state: Any) -> None:
    """With `sysparm_display_value=true`, times are in the zone of the user too."""
    incident = payload("servicenow/incident") | {"state": state}
    if not state:
        assert "state" not in read(incident, []).ticket
        return
    with pytest.raises(PayloadError, match="sysparm_display_value") as raised:
        read(incident, payload("servicenow/audits"))
    assert raised.value.where == "state"


@pytest.mark.parametrize("stage", ["Paused", "In progress", "Abgebrochen", "已取消"])
def test_display_values_of_slas_are_refused(stage: str) -> None:
    records = payload("servicenow/task_sla")
    records[0]["stage"] = stage
    with pytest.raises(PayloadError, match="sysparm_display_value"):
        servicenow.cycles(records)


def test_answers_of_the_api_need_not_be_unwrapped() -> None:
    names = ("incident", "audits", "journal")
    assert read(*({"result": payload(f"servicenow/{name}")} for name in names)) == log_of()
    records = payload("servicenow/task_sla")
    assert servicenow.cycles({"result": records}) == servicenow.cycles(records)


def test_changes_of_one_second_follow_one_another() -> None:
    """Without the numbers of their updates, the newest may come first."""
    audits = [
        {"sys_id": "aa", "oldvalue": "2", "newvalue": "6"},
        {"sys_id": "zz", "oldvalue": "1", "newvalue": "2"},
    ]
    for audit in audits:
        audit |= {"fieldname": "state", "sys_created_on": "2026-05-18 10:00:00"}
    for records in (audits, audits[::-1]):
        log = read(payload("servicenow/incident") | {"assigned_to": ""}, records)
        assert log.ticket["state"] == "New"
        assert facts(log)[-1] == ("10:00:00", "resolved", {})


def test_an_incident_that_does_not_say_when_it_ended_is_refused() -> None:
    incident = payload("servicenow/incident") | {"resolved_at": "", "closed_at": ""}
    with pytest.raises(PayloadError, match="fetch its whole history"):
        read(incident, [])


def test_a_task_whose_states_are_not_audited_is_resolved_when_it_says_so() -> None:
    times = {"resolved_at": "2026-05-18 14:00:00", "closed_at": "2026-05-18 16:00:00"}
    log = read(payload("servicenow/incident") | {"state": "7"} | times, [])
    assert log.ticket["state"] == "New"
    assert facts(log) == [
        ("09:00:00", "assigned", {}),
        ("14:00:00", "changed", {"state": "Resolved"}),
        ("14:00:00", "resolved", {}),
        ("16:00:00", "changed", {"state": "Closed"}),
        ("16:00:00", "closed", {}),
    ]
    assert len({event.key for event in log.events}) == 5


def test_an_audit_without_the_number_of_its_update_is_an_event_of_its_own() -> None:
    audits = payload("servicenow/audits")
    for audit in audits:
        del audit["record_checkpoint"]
    log = read(payload("servicenow/incident"), audits)
    assert [event.key for event in log.events][:2] == [
        "servicenow:audit-aud02a",
        "servicenow:audit-aud02b",
    ]


@pytest.mark.parametrize(
    ("table", "change", "where"),
    [
        (0, lambda task: task.pop("number"), "number"),
        (0, lambda task: task.update(opened_at="18/05/2026 11:00"), "opened_at"),
        (0, lambda task: task.update(state={"value": {"code": "6"}}), "state.value"),
        (1, lambda audits: audits[3].pop("sys_id"), "audits[3].sys_id"),
        (1, lambda audits: audits[3].update(fieldname=None), "audits[3].fieldname"),
        (1, lambda audits: audits[3].update(record_checkpoint="x"), "audits[3].record_checkpoint"),
        (2, lambda journal: journal[1].update(sys_created_on=""), "journal[1].sys_created_on"),
    ],
)
def test_a_part_that_is_missing_or_wrong_is_named(table: int, change: Any, where: str) -> None:
    tables = [payload(f"servicenow/{name}") for name in ("incident", "audits", "journal")]
    change(tables[table])
    with pytest.raises(PayloadError) as raised:
        read(*tables)
    assert raised.value.where == where


def test_task_slas_are_cycles() -> None:
    cancelled, resolution, paused = servicenow.cycles(payload("servicenow/task_sla"))
    assert resolution == ProductCycle(
        metric="Priority 1 resolution",
        start=at("10:00"),
        stop=at("15:00"),
        due=at("15:00"),
        breached=True,
        goal=timedelta(hours=4),
    )
    assert (cancelled.metric, cancelled.is_cancelled) == ("Priority 3 resolution", True)
    assert paused == ProductCycle(
        metric="88b5c8eec0a8016500f4c2c5d7e5b1bb", start=at("11:00"), is_paused=True
    )


def test_a_name_of_a_field_that_the_record_does_not_have_is_refused() -> None:
    """Misspelt, or left aside by `sysparm_fields`."""
    with pytest.raises(PayloadError, match="is missing") as raised:
        read(payload("servicenow/incident"), [], names={"u_tier": "tier"})
    assert raised.value.where == "u_tier"
