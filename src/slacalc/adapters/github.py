"""GitHub: an issue with its timeline.

Read are the issue as ``GET /repos/{owner}/{repo}/issues/{number}`` returns it, and its timeline of
``…/timeline``. A label such as ``priority: high`` or ``priority/high`` is the value of a field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc.adapters import checking
from slacalc.adapters.core import (
    CANCELLED,
    CLOSED,
    SYSTEM,
    LogBuilder,
    Node,
    Reader,
    Source,
    as_they_are,
    labels_as_changes,
    stage_by_status,
)

if TYPE_CHECKING:
    from slacalc._policy.policy import Policy
    from slacalc.adapters.checking import Unmet
    from slacalc.adapters.core import Agents, Names, TicketLog, Values

SOURCE = Source(
    "github",
    {
        "state": "state",
        "labels": "labels",
        "priority": "priority",
        "severity": "severity",
        "status": "status",
        "type": "type",
        "assignee": "assignee",
    },
    {"state": as_they_are("open", "closed", "not_planned", "duplicate")},
    stage_by_status("state", {"closed": CLOSED, "not_planned": CANCELLED, "duplicate": CANCELLED}),
    ("state",),
    "assignee",
)
_LABELS = {"labeled": True, "unlabeled": False}
_MESSAGES = {"commented": "created_at", "reviewed": "submitted_at"}


def read(
    issue: Any,
    timeline: Any,
    *,
    agents: Agents,
    names: Names | None = None,
    values: Values | None = None,
) -> TicketLog:
    """Read an issue.

    An issue that is closed as not planned, or as a duplicate, is in the state of that name, and
    cancelled.

    Args:
        issue: The issue.
        timeline: The list of the events in its timeline.
        agents: The users who are agents, by their logins, or a function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: Something needed is missing, or is not what GitHub gives.
    """
    node, reader = Node(issue), Reader(SOURCE, agents, names, values)
    builder = LogBuilder(reader, node["number"].id(), node["created_at"].instant())
    state = "open"
    labels: list[tuple[int, Any, str, bool]] = []
    builder.has("assignee", node["assignee"]["login"].value)
    for event in Node(timeline, ("timeline",)):
        type_, key = event["event"].value, f"event-{event['id'].value or event['node_id'].value}"
        if type_ in ("closed", "reopened"):
            before, state = state, "open"
            if type_ == "closed":
                reason = event["state_reason"].value
                state = reason if reason in ("not_planned", "duplicate") else "closed"
            builder.change(event["created_at"].instant(), key, "state", before, state)
        elif type_ in _LABELS:
            at, name = event["created_at"].instant(), event["label"]["name"].id()
            labels.append((at, key, name, _LABELS[type_]))
        elif type_ in ("assigned", "unassigned"):
            login = event["assignee"]["login"].value
            before_and_after = (None, login) if type_ == "assigned" else (login, None)
            builder.change(event["created_at"].instant(), key, "assignee", *before_and_after)
        elif type_ in _MESSAGES:
            actor = event["user"] or event["actor"]
            by = SYSTEM if actor["type"].value == "Bot" else reader.by(_user(actor))
            builder.message(event[_MESSAGES[type_]].instant(), key, by, public=True)
    builder.has("state", state)
    names_of_labels = [
        label["name"].id() if isinstance(label.value, dict) else label.id()
        for label in node["labels"]
    ]
    labels_as_changes(builder, names_of_labels, labels, (": ", "/", ":"))
    return builder.log()


def _user(actor: Node) -> Any:
    """The login of a user; None where it was deleted, and its messages were given to a ghost."""
    login = actor["login"].value
    return None if login == "ghost" else login


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
