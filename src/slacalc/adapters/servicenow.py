"""ServiceNow: records of a task with the audit of their fields.

Read are records of the Table API, of ``incident`` or another table of tasks, of ``sys_audit`` for
changes, of ``sys_journal_field`` for comments, and of ``task_sla``. Instants are times in UTC
without an offset, missing values are empty texts, and choices are codes. With
``sysparm_display_value=all`` a field is an object of both; its ``value`` counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._time.instants import to_utc
from slacalc.adapters import checking
from slacalc.adapters.comparison import ProductCycle
from slacalc.adapters.core import (
    CANCELLED,
    CLOSED,
    RESOLVED,
    SYSTEM,
    LogBuilder,
    Node,
    Reader,
    Source,
    stage_by_status,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slacalc._policy.policy import Policy
    from slacalc.adapters.checking import Unmet
    from slacalc.adapters.core import Agents, Names, TicketLog, Values

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
_CHOICES = {"state": STATES, "priority": _PRIORITIES, "impact": _RANKS, "urgency": _RANKS}

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
    {name: tuple(choices) for name, choices in _CHOICES.items()},
    stage_by_status("state", {"6": RESOLVED, "7": CLOSED, "8": CANCELLED}),
    ("state",),
    "assigned_to",
)


def read(
    task: Any,
    audits: Any,
    journal: Any = (),
    *,
    agents: Agents,
    names: Names | None = None,
    values: Values | None = None,
) -> TicketLog:
    """Read a task.

    Codes of choices become the texts that come with the product, such as ``"1 - Critical"``; a
    code that is not among them stays as it is. *values* replaces those texts, by code.

    Args:
        task: The record of the task.
        audits: Its records of ``sys_audit``.
        journal: Its records of ``sys_journal_field``: comments and work notes.
        agents: The users who are agents, by their user names, or a function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: Something needed is missing, or is not what ServiceNow gives.
    """
    node, reader = Node(task), Reader(SOURCE, agents, names, {**_CHOICES, **(values or {})})
    builder = LogBuilder(
        reader, _field(node, "number").id(), _field(node, "sys_created_on").instant()
    )
    for field in reader.names:
        builder.has(field, _field(node, field).value)
    for audit in Node(audits, ("audits",)):
        at, key = _field(audit, "sys_created_on").instant(), _field(audit, "sys_id").id()
        number = _field(audit, "record_checkpoint").value  # one update of several fields
        key = f"audit-{key}" if number in (None, "") else f"update-{number}"
        before, after = _field(audit, "oldvalue").value, _field(audit, "newvalue").value
        builder.change(at, key, str(_field(audit, "fieldname").id()), before, after)
    for entry in Node(journal, ("journal",)):
        at, key = _field(entry, "sys_created_on").instant(), _field(entry, "sys_id").id()
        is_public = _field(entry, "element").value == "comments"
        by = SYSTEM if _field(entry, "sys_created_by").value == "system" else ""
        by = by or reader.by(_field(entry, "sys_created_by").value)
        builder.message(at, f"journal-{key}", by, public=is_public)
    return builder.log()


def cycles(task_slas: Any) -> list[ProductCycle]:
    """The clocks in records of ``task_sla``, by the SLA definition: its name, or else its id.

    Each record of one definition is a cycle, in the order of their starts; cancelled ones count.

    Raises:
        PayloadError: A record lacks its definition or its start.
    """
    records = list(Node(task_slas, ("task_sla",)))
    records.sort(key=lambda record: _field(record, "start_time").instant())
    numbers: dict[str, int] = {}
    read_cycles = []
    for record in records:
        sla = record["sla"]
        shown = sla["display_value"] if isinstance(sla.value, dict) else sla
        metric = str((shown or _field(record, "sla")).id())
        numbers[metric] = numbers.get(metric, 0) + 1
        read_cycles.append(
            ProductCycle(
                metric=metric,
                number=numbers[metric],
                start=_instant(record, "start_time"),
                stop=_instant(record, "end_time"),
                due=_instant(record, "planned_end_time"),
                breached=str(_field(record, "has_breached").value).lower() == "true",
                is_paused=_field(record, "stage").value == "paused",
            )
        )
    return read_cycles


def _field(node: Node, name: str) -> Node:
    field = node[name]
    return field["value"] if isinstance(field.value, dict) else field


def _instant(node: Node, name: str) -> datetime | None:
    field = _field(node, name)
    return to_utc(field.instant()) if field else None


def check(
    policy: Policy, *, names: Names | None = None, values: Values | None = None
) -> list[Unmet]:
    """The conditions of a policy that tickets of this product never meet.

    Args:
        policy: The policy.
        names: As for `read`.
        values: As for `read`.
    """
    return checking.check(policy, SOURCE, names, {**_CHOICES, **(values or {})})
