"""GitLab: an issue with its resource events and notes.

Read are the issue as ``GET /projects/{id}/issues/{iid}`` returns it, its ``resource_state_events``,
``resource_label_events``, ``resource_milestone_events`` and ``resource_weight_events``, and its
``notes``. A scoped label such as ``priority::high`` is the
value of a field. Assignees have no events in GitLab. Paths of errors begin with the name of the
argument.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from slacalc._adapters import checking
from slacalc._adapters.labels import Membership, follow_labels
from slacalc._adapters.log_builder import LogBuilder
from slacalc._adapters.payloads import Node, in_order
from slacalc._adapters.sources import (
    CANCELLED,
    CLOSED,
    CUSTOMER,
    SYSTEM,
    UNKNOWN,
    Reader,
    Source,
    as_they_are,
    stage_by_status,
    unread_field,
)

if TYPE_CHECKING:
    from slacalc._adapters.sources import Agents, Names, Values
    from slacalc._adapters.ticket_logs import TicketLog

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
_STATES = {"closed": "closed", "reopened": "opened", "opened": "opened"}
_GHOST = re.compile(r"ghost\d*")  # who has what deleted users left behind
# Users of access tokens, and GitLab's own. Not support-bot: it writes what customers send by mail.
_BOT = re.compile(
    r"(project|group)_\d+_bot.*|(alert|migration)-bot\d*|GitLab-\w+-Bot\d*|GitLabDuo\d*"
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
    milestone_events: Any = None,
    weight_events: Any = None,
) -> TicketLog:
    """Read an issue.

    An issue that was moved, or closed as a duplicate, is in the state ``duplicate``, and cancelled.

    Args:
        issue: The issue.
        state_events: Its resource state events.
        label_events: Its resource label events.
        notes: Its notes. Those that the support bot writes are customers' mails to the service
            desk; those of other bots are ``"system"``.
        agents: The users who are agents, by their user names, or a function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.
        milestone_events: Its resource milestone events, needed if *names* has ``milestone``.
        weight_events: Its resource weight events, needed if *names* has ``weight``.

    Raises:
        PayloadError: Something needed is missing, or is not what GitLab gives.
    """
    node, reader = Node(issue), Reader(SOURCE, agents, names, values)
    builder = LogBuilder(reader, node["iid"].id(), node["created_at"].instant())
    if unread := {*reader.names} & {*node.value} - {*SOURCE.names, "milestone", "weight"}:
        raise unread_field(min(unread), [*SOURCE.names, "milestone", "weight"])
    _read_states(builder, node, state_events)
    _read_labels(builder, node, label_events)
    for field, events in (("milestone", milestone_events), ("weight", weight_events)):
        if field in reader.names:
            _read_values(builder, field, node, events)
    for at, key, note in in_order(
        note for note in Node(notes, ("notes",)) if not note["system"].flag()
    ):
        is_public = not (note["internal"].flag() or note["confidential"].flag())
        builder.message(at, f"note-{key}", _by(note["author"], reader), public=is_public)
    return builder.log()


def _read_states(builder: LogBuilder, issue: Node, state_events: Any) -> None:
    is_void = bool(issue["moved_to_id"] or issue["_links"]["closed_as_duplicate_of"])
    closed = "duplicate" if is_void else "closed"
    events = in_order(Node(state_events, ("state_events",)))
    before = "opened"
    for number, (at, key, event) in enumerate(events, 1):
        after = _STATES[event["state"].choice(*_STATES)]
        if after == "closed" and number == len(events):
            after = closed
        # An issue may become a duplicate after it was closed: that is another event.
        builder.change(at, f"state-{key}-{after}", "state", before, after)
        before = after
    if before == "opened" and issue["state"].value == "closed":  # as of issues that were imported
        builder.change(issue["closed_at"].instant(), closed, "state", before, closed)
        before = closed
    builder.has("state", before)


def _is_added(event: Node) -> bool:
    return event["action"].choice("add", "remove") == "add"


def _read_labels(builder: LogBuilder, issue: Node, label_events: Any) -> None:
    keys: dict[int, str] = {}
    events = [
        # One edit makes events at one instant: a scoped label goes as another comes.
        Membership(
            at,
            keys.setdefault(at, f"label-{key}"),
            str(event["label"]["name"].id()),
            _is_added(event),
        )
        for at, key, event in in_order(Node(label_events, ("label_events",)))
        if event["label"]  # null where the label was deleted
    ]
    today = [
        str((label["name"] if isinstance(label.value, dict) else label).id())
        for label in issue["labels"]
    ]
    follow_labels(builder, today, events, ("::",))


def _read_values(builder: LogBuilder, field: str, issue: Node, events: Any) -> None:
    """Read the milestone or the weight, whose events have the value that was set."""
    expected = f"the resource {field} events, as `names` has {field!r}"
    records = in_order(Node(events, (f"{field}_events",)).needed(expected))
    value: Any = None
    for at, key, event in records:
        after: Any = event["weight"]
        if field == "milestone":
            after = event["milestone"]["title"]
            if not _is_added(event):
                value, after = after, None
        builder.change(at, f"{field}-{key}", field, value, after)
        value = after
    today = issue["milestone"]["title"] if field == "milestone" else issue["weight"]
    builder.has(field, value if records else today)


def _by(author: Node, reader: Reader) -> str:
    """Who wrote a note; unknown if the user was deleted, and the note was given to a ghost."""
    name = author["username"].id("ghost")
    if _GHOST.fullmatch(str(name)):
        return UNKNOWN
    by = reader.by(name)
    return SYSTEM if by == CUSTOMER and _BOT.fullmatch(str(name)) else by


check = checking.checker(SOURCE)
