"""GitLab: an issue with its resource events and notes.

Read are the issue as ``GET /projects/{id}/issues/{iid}`` returns it, its ``resource_state_events``
and ``resource_label_events``, and its ``notes``. A scoped label such as ``priority::high`` is the
value of a field. Paths of errors begin with the name of the argument.
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
    "gitlab",
    {
        "state": "state",
        "labels": "labels",
        "priority": "priority",
        "severity": "severity",
        "status": "status",
        "type": "type",
    },
    {"state": as_they_are("opened", "closed", "duplicate")},
    stage_by_status("state", {"closed": CLOSED, "duplicate": CANCELLED}),
    ("state",),
    "",
    ("resolved", "closed", "cancelled", "reopened"),
)


def read(
    issue: Any,
    state_events: Any = (),
    label_events: Any = (),
    notes: Any = (),
    *,
    agents: Agents,
    names: Names | None = None,
    values: Values | None = None,
) -> TicketLog:
    """Read an issue.

    An issue that was moved, or closed as a duplicate, is in the state ``duplicate``, and cancelled.

    Args:
        issue: The issue.
        state_events: Its resource state events.
        label_events: Its resource label events.
        notes: Its notes.
        agents: The users who are agents, by their user names, or a function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: Something needed is missing, or is not what GitLab gives.
    """
    node, reader = Node(issue), Reader(SOURCE, agents, names, values)
    builder = LogBuilder(reader, node["iid"].id(), node["created_at"].instant())
    is_void = bool(node["moved_to_id"] or node["_links"]["closed_as_duplicate_of"])
    changes = sorted(
        Node(state_events, ("state_events",)), key=lambda event: event["created_at"].instant()
    )
    before, closed = "opened", "duplicate" if is_void else "closed"
    for number, event in enumerate(changes, 1):
        after = {"reopened": "opened"}.get(event["state"].id(), event["state"].id())
        if after == "closed" and number == len(changes):
            after = closed
        at, key = event["created_at"].instant(), f"state-{event['id'].id()}"
        builder.change(at, key, "state", before, after)
        before = after
    builder.has("state", before)
    if not changes and node["closed_at"]:
        builder.change(node["closed_at"].instant(), "state-closed", "state", "opened", closed)
    labels = [
        label["name"].id() if isinstance(label.value, dict) else label.id()
        for label in node["labels"]
    ]
    events = [
        (
            event["created_at"].instant(),
            f"label-{event['id'].id()}",
            event["label"]["name"].id(),
            event["action"].value == "add",
        )
        for event in Node(label_events, ("label_events",))
        if event["label"]  # null where the label was deleted
    ]
    labels_as_changes(builder, labels, events, ("::",))
    for note in Node(notes, ("notes",)):
        if note["system"].value is not True:
            is_bot = note["author"]["bot"].value is True
            by = SYSTEM if is_bot else reader.by(_user(note["author"]))
            is_public = True not in (note["internal"].value, note["confidential"].value)
            at, key = note["created_at"].instant(), f"note-{note['id'].id()}"
            builder.message(at, key, by, public=is_public)
    return builder.log()


def _user(author: Node) -> Any:
    """The name of a user; None where it was deleted, and its notes were given to a ghost."""
    name = author["username"].value
    return None if name == "ghost" else name


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
