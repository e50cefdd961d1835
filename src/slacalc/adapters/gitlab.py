"""GitLab: an issue with its resource events and notes.

Read are the issue as ``GET /projects/{id}/issues/{iid}`` returns it, its ``resource_state_events``
and ``resource_label_events``, and its ``notes``. A scoped label such as ``priority::high`` is the
value of a field. Assignees have no events in GitLab. Paths of errors begin with the name of the
argument.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from slacalc.adapters import checking
from slacalc.adapters.core import (
    CANCELLED,
    CLOSED,
    CUSTOMER,
    SYSTEM,
    UNKNOWN,
    LogBuilder,
    Node,
    Reader,
    Source,
    as_they_are,
    in_order,
    stage_by_status,
)
from slacalc.adapters.labels import OWN_FIELDS, Labels

if TYPE_CHECKING:
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

    Raises:
        PayloadError: Something needed is missing, or is not what GitLab gives.
    """
    node, reader = Node(issue), Reader(SOURCE, agents, names, values)
    builder = LogBuilder(reader, node["iid"].id(), node["created_at"].instant())
    for field in {*(names or ())} - {*OWN_FIELDS}:
        builder.has(field, node[field])
    _read_states(builder, node, state_events)
    _read_labels(builder, node, label_events)
    for note in Node(notes, ("notes",)):
        if note["system"].value is not True:
            is_public = True not in (note["internal"].value, note["confidential"].value)
            at, key = note["created_at"].instant(), f"note-{note['id'].id()}"
            builder.message(at, key, _by(note["author"], reader), public=is_public)
    return builder.log()


def _read_states(builder: LogBuilder, issue: Node, state_events: Any) -> None:
    is_void = bool(issue["moved_to_id"] or issue["_links"]["closed_as_duplicate_of"])
    closed = "duplicate" if is_void else "closed"
    events = [
        (at, key, str(event["state"].id()))
        for at, key, event in in_order(Node(state_events, ("state_events",)))
    ]
    if not events and issue["closed_at"] and issue["state"].value == "closed":
        events = [(issue["closed_at"].instant(), "issue", "closed")]
    before = "opened"
    for number, (at, key, state) in enumerate(events, 1):
        after = {"reopened": "opened"}.get(state, state)
        if after == "closed" and number == len(events):
            after = closed
        # An issue may become a duplicate after it was closed: that is another event.
        builder.change(at, f"state-{key}-{after}", "state", before, after)
        before = after
    builder.has("state", before)


def _read_labels(builder: LogBuilder, issue: Node, label_events: Any) -> None:
    events = [
        (at, key, str(event["label"]["name"].id()), event["action"].value == "add")
        for at, key, event in in_order(Node(label_events, ("label_events",)))
        if event["label"]  # null where the label was deleted
    ]
    labels = Labels(
        builder,
        [
            str((label["name"] if isinstance(label.value, dict) else label).id())
            for label in issue["labels"]
        ],
        [(label, is_added) for _, _, label, is_added in events],
        ("::",),
    )
    keys: dict[int, str] = {}
    for at, key, label, is_added in events:
        # One edit makes events at one instant: a scoped label goes as another comes.
        labels.change(at, keys.setdefault(at, f"label-{key}"), label, is_added=is_added)


def _by(author: Node, reader: Reader) -> str:
    """Who wrote a note; unknown if the user was deleted, and the note was given to a ghost."""
    name = author["username"].id("ghost")
    if _GHOST.fullmatch(str(name)):
        return UNKNOWN
    by = reader.by(name)
    return SYSTEM if by == CUSTOMER and _BOT.fullmatch(str(name)) else by


check = checking.checker(SOURCE)
