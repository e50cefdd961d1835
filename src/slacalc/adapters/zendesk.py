"""Zendesk Support: a ticket with its audits.

Read are the ticket as ``GET /api/v2/tickets/{id}`` returns it, its audits as
``GET /api/v2/tickets/{id}/audits`` lists them, oldest first or not, and its metric events.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from slacalc._time.instants import to_utc
from slacalc.adapters import checking
from slacalc.adapters.comparison import ProductCycle
from slacalc.adapters.core import (
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
    from slacalc._policy.policy import Policy
    from slacalc.adapters.checking import Unmet
    from slacalc.adapters.core import Agents, Names, TicketLog, Values

SOURCE = Source(
    "zendesk",
    {
        "status": "status",
        "priority": "priority",
        "type": "type",
        "assignee_id": "assignee",
        "group_id": "group",
        "tags": "tags",
    },
    {
        "status": ("new", "open", "pending", "hold", "solved", "closed"),
        "priority": ("urgent", "high", "normal", "low"),
        "type": ("problem", "incident", "question", "task"),
    },
    stage_by_status("status", {"solved": RESOLVED, "closed": CLOSED}),
    ("status",),
    "assignee_id",
)


def read(
    ticket: Any,
    audits: Any,
    *,
    agents: Agents,
    names: Names | None = None,
    values: Values | None = None,
) -> TicketLog:
    """Read a ticket.

    The comment with which one ticket is merged into another counts as one of the system, and a
    ticket that is closed by a merge is cancelled. Custom fields are named by their ids, as text.

    Args:
        ticket: The ticket.
        audits: The list of its audits.
        agents: The users who are agents, by their ids, or a function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: Something needed is missing, or is not what Zendesk gives.
    """
    node, reader = Node(ticket), Reader(SOURCE, agents, names, values)
    opened = node["created_at"].instant()
    builder = LogBuilder(reader, node["id"].id(), opened)
    for field in reader.names:
        builder.has(field, node[field].value)
    for custom in node["custom_fields"]:
        builder.has(str(custom["id"].id()), custom["value"].value)
    for audit in Node(audits, ("audits",)):
        at, author = audit["created_at"].instant(), audit["author_id"].value
        is_merge = audit["via"]["source"]["rel"].value == "merge"
        for event in audit["events"]:
            type_, key = event["type"].value, f"audit-{audit['id'].id()}"
            if type_ == "Change":
                field = str(event["field_name"].id())
                before, after = event["previous_value"].value, event["value"].value
                builder.change(at, key, field, _whole(before), _whole(after))
                if is_merge and field == "status" and after == "closed":
                    builder.event(at, f"{key}/merged", "cancelled", reason="merged")
            elif type_ in ("Comment", "VoiceComment"):
                by = SYSTEM if is_merge else reader.by(_author(event, author))
                is_public = event["public"].value is not False
                builder.message(at, f"comment-{event['id'].id()}", by, public=is_public)
    return builder.log()


def cycles(metric_events: Any) -> list[ProductCycle]:
    """The clocks in a list of metric events, by the name of the metric.

    Each instance of a metric is a cycle. Zendesk gives the target and the instant of the breach; a
    due date is known only once it is breached.

    Raises:
        PayloadError: An event lacks its metric, its type or its time.
    """
    by_clock: dict[tuple[str, int], list[Node]] = {}
    for event in Node(metric_events, ("ticket_metric_events",)):
        clock = str(event["metric"].id()), int(event["instance_id"].id())
        if clock[1]:  # instance 0 is of what is measured without a clock
            by_clock.setdefault(clock, []).append(event)
    return [_cycle(metric, number, events) for (metric, number), events in sorted(by_clock.items())]


def _cycle(metric: str, number: int, events: list[Node]) -> ProductCycle:
    parts: dict[str, Any] = {}
    for event in sorted(events, key=lambda event: event["time"].instant()):
        at, type_ = to_utc(event["time"].instant()), event["type"].value
        if type_ == "activate":
            parts.setdefault("start", at)
            parts["stop"] = None
        elif type_ == "fulfill":
            parts["stop"] = at
        elif type_ == "breach" and event["deleted"].value is not True:
            parts |= {"due": at, "breached": True}
        elif type_ == "apply_sla" and event["sla"]["target"]:
            parts["goal"] = timedelta(minutes=event["sla"]["target"].id())
            parts.setdefault("breached", False)
        if type_ in ("activate", "pause", "fulfill"):
            parts["is_paused"] = type_ == "pause"
    return ProductCycle(metric=metric, number=number, **parts)


def _author(event: Node, author: Any) -> Any:
    """Who wrote a comment; the author of the audit may have acted for somebody."""
    return author if event["author_id"].value is None else event["author_id"].value


def _whole(value: Any) -> Any:
    """The id in a text of digits: audits give ids as text, and tickets as numbers."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


def check(
    policy: Policy, *, names: Names | None = None, values: Values | None = None
) -> list[Unmet]:
    """The conditions of a policy that tickets of this product never meet.

    Args:
        policy: The policy.
        names: As for `read`.
        values: As for `read`.
    """
    return checking.check(policy, SOURCE, names, values)
