"""ServiceNow: records of a task with the audit of their fields.

Read are records of the Table API, of ``incident`` or another table of tasks, of ``sys_audit`` for
changes, of ``sys_journal_field`` for comments, and of ``task_sla``. Instants are times in UTC
without an offset, missing values are empty texts, and choices are codes. With
``sysparm_display_value=all`` a field is an object of both; its ``value`` counts. With ``true``
there are texts in the language and the zone of the user, which are refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from slacalc._adapters import checking
from slacalc._adapters.comparison import ProductCycle
from slacalc._adapters.log_builder import LogBuilder
from slacalc._adapters.payloads import Node, in_order
from slacalc._adapters.sources import (
    CANCELLED,
    CLOSED,
    OPEN,
    RESOLVED,
    SYSTEM,
    Reader,
    Source,
    stage_by_status,
)
from slacalc._time.instants import to_utc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slacalc._adapters.sources import Agents, Names, Values
    from slacalc._adapters.ticket_logs import TicketLog

STATES: Mapping[str, str] = {
    "1": "New",
    "2": "In Progress",
    "3": "On Hold",
    "6": "Resolved",
    "7": "Closed",
    "8": "Canceled",
}
"""The states of an incident by their codes, as they come with the product."""
_PRIORITIES = {
    "1": "1 - Critical",
    "2": "2 - High",
    "3": "3 - Moderate",
    "4": "4 - Low",
    "5": "5 - Planning",
}
_RANKS = {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}

SOURCE = Source(
    "servicenow",
    {
        "state": "state",
        "priority": "priority",
        "impact": "impact",
        "urgency": "urgency",
        "assigned_to": "assignee",
        "assignment_group": "group",
    },
    {"state": STATES, "priority": _PRIORITIES, "impact": _RANKS, "urgency": _RANKS},
    stage_by_status("state", {"6": RESOLVED, "7": CLOSED, "8": CANCELLED}),
    ("state",),
    "assigned_to",
)
# The states of other tasks have other meanings.
_OTHER_TASKS = SOURCE._replace(
    values={name: known for name, known in SOURCE.values.items() if name != "state"},
    stage=lambda _: OPEN,
)
_MESSAGES = ("comments", "work_notes")
_CODE, _STAGE = re.compile(r"-?\d{1,9}"), re.compile(r"[a-z_]+")
_BY_VALUE = "as the API returns it unless `sysparm_display_value` is true"
_EPOCH = to_utc(0)


def read(
    task: Any,
    audits: Any,
    journal: Any = (),
    *,
    agents: Agents,
    names: Names | None = None,
    values: Values | None = None,
    stages: Mapping[Any, str] | None = None,
) -> TicketLog:
    """Read a task.

    Codes of choices become the texts that come with the product, such as ``"1 - Critical"``; a
    code that is not among them stays as it is. *values* replaces those texts, by code. The states
    of other tables than ``incident`` stay codes, and need *stages*.

    Args:
        task: The record of the task.
        audits: Its records of ``sys_audit``.
        journal: Its records of ``sys_journal_field``: comments and work notes.
        agents: The users who are agents, by their user names, or a function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.
        stages: Codes of states, and whether a task with these is ``"open"``, ``"resolved"``,
            ``"closed"`` or ``"cancelled"``. Default: those of an incident.

    Raises:
        PayloadError: Something needed is missing, or is not what ServiceNow gives.
    """
    node = Node(task).unwrapped("result")
    reader = Reader(_source_of(node, stages), agents, names, values)
    opened = _field(node, "opened_at") or _field(node, "sys_created_on")
    builder = LogBuilder(reader, _field(node, "number").id(), opened.instant())
    for field in names or ():
        node.required(field)
    for field in reader.names:
        builder.has(field, _field(node, field))
    started: dict[str, int] = {}
    for at, number, audit in in_order(
        sorted(_records(audits, "audits"), key=_update), _created, _id
    ):
        update, key = _update(audit), f"audit-{number}"
        if update == 0:  # how the record was inserted
            continue
        if update > 0:  # of several fields, which may be written a second apart
            key = f"update-{update}"
        field, since = str(_field(audit, "fieldname").id()), started.setdefault(key, at)
        builder.change(since, key, field, _field(audit, "oldvalue"), _field(audit, "newvalue"))
    _note_ends(builder, node)
    for at, number, entry in in_order(_records(journal, "journal"), _created, _id):
        element, author = _field(entry, "element").value, _field(entry, "sys_created_by")
        if element in _MESSAGES:
            by = SYSTEM if author.value == "system" else reader.by(author)
            builder.message(at, f"journal-{number}", by, public=element == "comments")
    return builder.log()


def _is_incident(node: Node) -> bool:
    table = _field(node, "sys_class_name")
    return not table or table.value == "incident"


def _source_of(node: Node, stages: Mapping[Any, str] | None) -> Source:
    """The source with the states of a task.

    Raises:
        PayloadError: The state is not a code, or *stages* is missing.
    """
    state = _field(node, "state")
    if state and not _CODE.fullmatch(str(state.id())):
        raise state.error(expected=f"the code of a state, {_BY_VALUE}")
    if _is_incident(node):
        return SOURCE.with_stages(stages)
    if stages is None:
        table = _field(node, "sys_class_name")
        raise table.error(expected="'incident', whose states are known, or else `stages`")
    return _OTHER_TASKS.with_stages(stages)


def _note_ends(builder: LogBuilder, node: Node) -> None:
    """Note the end of a task whose states are not audited, by the times that it has itself."""
    state = _field(node, "state")
    times = [time for time in (_field(node, "resolved_at"), _field(node, "closed_at")) if time]
    states = ["1", "6", state] if len(times) > 1 else ["1", state]
    if not _is_incident(node):  # nobody knows what it was before
        times, states = times[-1:], [None, state]
    instants = [time.instant() for time in times]
    builder.ended("state", zip(instants, states, states[1:], strict=False))


def cycles(task_slas: Any) -> list[ProductCycle]:
    """The clocks in records of ``task_sla``, by the SLA definition: its name, or else its id.

    Each record of one definition is a cycle, in the order of their starts. The goal is known if
    ``sysparm_fields`` has ``sla.duration``.

    Raises:
        PayloadError: A record lacks its definition or its start.
    """
    numbers: dict[str, int] = {}
    read_cycles = []
    records = _records(task_slas, "task_sla")
    for start, _, record in in_order(
        records, lambda each: _field(each, "start_time").instant(), _id
    ):
        sla = record["sla"]
        shown = sla["display_value"] if isinstance(sla.value, dict) else sla
        metric = str((shown or _field(record, "sla")).id())
        numbers[metric] = numbers.get(metric, 0) + 1
        goal, stage = _field(record, "sla.duration"), _field(record, "stage")
        if stage and not _STAGE.fullmatch(str(stage.id())):
            raise stage.error(expected=f"a stage such as 'in_progress', {_BY_VALUE}")
        read_cycles.append(
            ProductCycle(
                metric=metric,
                number=numbers[metric],
                start=to_utc(start),
                stop=_instant(record, "end_time"),
                due=_instant(record, "planned_end_time"),
                breached=_field(record, "has_breached").flag(),
                goal=to_utc(goal.instant()) - _EPOCH if goal else None,
                is_paused=stage.value == "paused",
                is_cancelled=stage.value == "cancelled",
            )
        )
    return read_cycles


def _records(value: Any, name: str) -> Node:
    return Node(value, (name,)).records("result")


def _created(record: Node) -> int:
    return _field(record, "sys_created_on").instant()


def _id(record: Node) -> Node:
    return _field(record, "sys_id")


def _update(audit: Node) -> int:
    """The number of the update of a record, 0 for its insertion; -1 if it is not known."""
    update = _field(audit, "record_checkpoint")
    return update.number("the number of an update") if update else -1


def _field(node: Node, name: str) -> Node:
    field = node[name]
    return field["value"] if isinstance(field.value, dict) else field


def _instant(node: Node, name: str) -> datetime | None:
    field = _field(node, name)
    return to_utc(field.instant()) if field else None


check = checking.checker(SOURCE)
