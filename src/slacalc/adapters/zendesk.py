"""Zendesk Support: a ticket with its audits.

Read are the ticket as ``GET /api/v2/tickets/{id}`` returns it, its audits as
``GET /api/v2/tickets/{id}/audits`` lists them, oldest first or not, and its metric events. Of
chats and messaging, only what stands in comments is read, not transcripts (``ChatEndedEvent``).
Comments are as public as they were at first: ``CommentPrivacyChange`` is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._adapters import checking
from slacalc._adapters.comparison import ProductCycle
from slacalc._adapters.log_builder import LogBuilder
from slacalc._adapters.payloads import Node, in_order
from slacalc._adapters.sources import (
    CANCELLED,
    CLOSED,
    RESOLVED,
    SYSTEM,
    Reader,
    Source,
    as_they_are,
    stage_by_status,
)
from slacalc._time.instants import to_utc

if TYPE_CHECKING:
    from slacalc._adapters.sources import Agents, Names, Values
    from slacalc._adapters.ticket_logs import TicketLog

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
        "status": as_they_are("new", "open", "pending", "hold", "solved", "closed", "deleted"),
        "priority": as_they_are("urgent", "high", "normal", "low"),
        "type": as_they_are("problem", "incident", "question", "task"),
    },
    stage_by_status(
        "stage",
        {"solved": RESOLVED, "closed": CLOSED, "merged": CANCELLED, "deleted": CANCELLED},
    ),
    ("stage",),
    "assignee_id",
)
_MESSAGES = ("Comment", "VoiceComment", "FacebookComment")
_NOBODY = -1  # the author of what Zendesk itself does


def read(
    ticket: Any,
    audits: Any,
    *,
    agents: Agents,
    names: Names | None = None,
    values: Values | None = None,
) -> TicketLog:
    """Read a ticket.

    The comment with which a ticket was opened is its description, and not a message. The comments
    with which one ticket is merged into another count as those of the system, and the one that is
    closed by it is cancelled. Custom fields are named by their ids, as text.

    Args:
        ticket: The ticket.
        audits: The list of all its audits, or the only page of them.
        agents: The users who are agents, by their ids, or a function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: Something needed is missing, or is not what Zendesk gives.
    """
    node, reader = Node(ticket).unwrapped("ticket"), Reader(SOURCE, agents, names, values)
    builder = LogBuilder(reader, node["id"].id(), node["created_at"].instant())
    custom = {str(field["id"].id()): field["value"] for field in node["custom_fields"]}
    for field in (names or {}).keys() - custom:
        node.required(field)
    for field in reader.names:
        builder.has(field, _with_number(field, custom.get(field, node[field])))
    builder.has("stage", node["status"])  # the status, or that it was merged
    is_whole = False
    for at, number, audit in in_order(Node(audits, ("audits",)).records("audits")):
        events = list(audit["events"])
        is_opening = any(event["type"].value == "Create" for event in events)
        is_whole, is_merge = is_whole or is_opening, _is_merge(audit, events)
        for event in events:
            type_, key = event["type"].value, f"audit-{number}"
            if type_ == "Change":
                field = str(event["field_name"].id())
                if not (reader.reads(field) or field == "status"):
                    continue
                before, after = event.required("previous_value"), event.required("value")
                sides = _with_number(field, before), _with_number(field, after)
                builder.change(at, key, field, *sides)
                if field == "status":
                    stage = "merged" if is_merge and after.value == "closed" else after
                    builder.change(at, key, "stage", before, stage)
            elif type_ in _MESSAGES and not is_opening:
                author = event["author_id"] or audit["author_id"]
                by = SYSTEM if is_merge or author.value == _NOBODY else reader.by(author)
                is_public = event["public"].flag() is not False
                builder.message(at, f"comment-{event['id'].id()}", by, public=is_public)
    if not is_whole:
        builder.ended("stage", [])
    return builder.log()


def _is_merge(audit: Node, events: list[Node]) -> bool:
    """Whether an audit is of a merge, by its source, or by the tag of the ticket that it closes.

    A ticket that follows up a merged one has the tag from its beginning.
    """
    tags = [event for event in events if event["field_name"].value == "tags"]
    return audit["via"]["source"]["rel"].value == "merge" or any(
        _is_merged(event["value"]) and not _is_merged(event["previous_value"])
        for event in tags
        if event["type"].value == "Change"
    )


def _is_merged(tags: Node) -> bool:
    return isinstance(tags.value, list) and "closed_by_merge" in tags.value


def cycles(metric_events: Any) -> list[ProductCycle]:
    """The clocks in a list of metric events, by the name of the metric.

    Each instance of a metric is a cycle. Zendesk gives the target, which may be that of a group,
    and the instant of the breach; a due date is known only once it is breached.

    Raises:
        PayloadError: An event lacks its metric, its type or its time.
    """
    by_clock: dict[tuple[str, int], list[Node]] = {}
    key = "ticket_metric_events"
    for event in Node(metric_events, (key,)).records(key):
        clock = str(event["metric"].id()), event["instance_id"].number("the number of a clock")
        if clock[1]:  # instance 0 is of what is measured without a clock
            by_clock.setdefault(clock, []).append(event)
    return [_cycle(metric, number, events) for (metric, number), events in sorted(by_clock.items())]


def _cycle(metric: str, number: int, events: list[Node]) -> ProductCycle:
    parts: dict[str, Any] = {}
    for time, _, event in in_order(events, lambda each: each["time"].instant()):
        at, type_ = to_utc(time), event["type"].value
        if type_ == "activate":
            parts.setdefault("start", at)
            parts["stop"] = None
        elif type_ == "fulfill":
            parts["stop"] = at
        elif type_ == "breach" and event["deleted"].flag() is not True:
            parts |= {"due": at, "breached": True}
        elif type_ in ("apply_sla", "apply_group_sla"):
            sla = event["sla"] or event["group_sla"]
            goal = sla["target_in_seconds"].span("seconds") or sla["target"].span("minutes")
            parts["goal"] = goal
            parts.setdefault("breached", None if goal is None else False)
        if type_ in ("activate", "pause", "fulfill"):
            parts["is_paused"] = type_ == "pause"
    return ProductCycle(metric=metric, number=number, **parts)


def _with_number(field: str, node: Node) -> Node:
    """The value of a field; audits give ids as text, and tickets as numbers."""
    text = node.value
    is_text_of_id = field.endswith("_id") and isinstance(text, str) and text.isascii()
    return node.with_value(node.number("an id")) if is_text_of_id and text else node


check = checking.checker(SOURCE)
