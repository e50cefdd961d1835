"""GitHub: an issue with its timeline.

Read are the issue as ``GET /repos/{owner}/{repo}/issues/{number}`` returns it, and its timeline of
``…/timeline``. A label such as ``priority: high`` or ``priority/high`` is the value of a field.
Paths of errors in events begin with ``timeline``.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from slacalc.adapters import checking
from slacalc.adapters.core import (
    AGENT,
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
    stage_by_status,
)
from slacalc.adapters.labels import OWN_FIELDS, Labels, at_opening

if TYPE_CHECKING:
    from slacalc.adapters.core import Agents, Names, TicketLog, Values

_VOID = ("not_planned", "duplicate", "converted_to_discussion")  # states that are cancelled
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
    {"state": as_they_are("open", "closed", *_VOID)},
    stage_by_status("state", {"closed": CLOSED, **dict.fromkeys(_VOID, CANCELLED)}),
    ("state",),
    "assignee",
)
_STATES = ("closed", "reopened", "converted_to_discussion")
_LABELS = ("labeled", "unlabeled")
_ASSIGNEES = ("assigned", "unassigned")
_TIMES = {
    **dict.fromkeys((*_STATES, *_LABELS, *_ASSIGNEES, "commented"), "created_at"),
    "reviewed": "submitted_at",
}
_GHOST = "ghost"  # who has what deleted users left behind
_MEMBERS = ("OWNER", "MEMBER", "COLLABORATOR")


def read(
    issue: Any,
    timeline: Any,
    *,
    agents: Agents | None = None,
    names: Names | None = None,
    values: Values | None = None,
) -> TicketLog:
    """Read an issue.

    An issue that is closed as not planned, closed as a duplicate, or converted to a discussion, is
    in the state ``not_planned``, ``duplicate`` or ``converted_to_discussion``, and cancelled.

    Args:
        issue: The issue.
        timeline: The list of the events in its timeline.
        agents: The users who are agents, by their logins, or a function of that. Default: the owner
            of the repository, members of its organization and collaborators, as GitHub says of each
            comment. Other apps and bots are ``"system"``.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: Something needed is missing, or is not what GitHub gives.
    """
    node, reader = Node(issue), Reader(SOURCE, agents or (), names, values)
    builder = LogBuilder(reader, node["number"].id(), node["created_at"].instant())
    for field in {"type", *(names or ())} - {*OWN_FIELDS}:
        builder.has(field, _plain(node[field]))
    events = _events(timeline)
    labels = Labels(
        builder,
        [str(_plain(label).id()) for label in node["labels"]],
        [
            (str(event["label"]["name"].id()), type_ == "labeled")
            for _, type_, event in events
            if type_ in _LABELS
        ],
        (": ", "/", ":"),
    )
    assignees = at_opening(
        [_login(user) for user in node["assignees"]],
        [
            (_login(event["assignee"]), type_ == "assigned")
            for _, type_, event in events
            if type_ in _ASSIGNEES
        ],
    )
    builder.has("assignee", next(iter(assignees), None))
    states = [event for _, type_, event in events if type_ in _STATES]
    state = "open"
    for at, type_, event in events:
        key = f"event-{event['id'].id()}"
        if type_ in _LABELS:
            labels.change(at, key, str(event["label"]["name"].id()), is_added=type_ == "labeled")
        elif type_ in _ASSIGNEES:
            former = next(iter(assignees), None)
            if type_ == "assigned":
                assignees[_login(event["assignee"])] = None
            else:
                assignees.pop(_login(event["assignee"]), None)
            builder.change(at, key, "assignee", former, next(iter(assignees), None))
        elif type_ in _STATES:
            former, state = state, {"reopened": "open"}.get(type_, type_)
            if type_ == "closed":
                # Events of former years have no reason; the issue has that of the last closing.
                state = _closed(event, node if event is states[-1] else event)
            builder.change(at, f"{key}-{state}", "state", former, state)
        else:  # comments and reviews have ids of their own
            by = _by(event, reader, by_association=agents is None)
            builder.message(at, f"{type_}-{event['id'].id()}", by, public=True)
    if not states and node["closed_at"] and node["state"].value == "closed":
        at, state = node["closed_at"].instant(), _closed(node, node)
        builder.change(at, "closed", "state", "open", state)
    builder.has("state", state)
    return builder.log()


def _events(timeline: Any) -> list[tuple[int, str, Node]]:
    """The events of a timeline that are read, in order, with their instants and types."""
    events = []
    for event in Node(timeline, ("timeline",)):
        type_ = str(event["event"].id())
        if type_ in _TIMES and (type_ != "reviewed" or event["submitted_at"]):  # or it is pending
            events.append((event[_TIMES[type_]].instant(), type_, event))
    return sorted(events, key=itemgetter(0))


def _closed(event: Node, issue: Node) -> str:
    """The state of a closed issue, by the reason in the event or in the issue."""
    reason = event["state_reason"].value or issue["state_reason"].value
    return reason if reason in _VOID else "closed"


def _by(event: Node, reader: Reader, *, by_association: bool) -> str:
    """Who wrote a comment; unknown if the user was deleted."""
    user = event["user"] or event["actor"]
    login = _login(user)
    if login == _GHOST:
        return UNKNOWN
    by = reader.by(login)
    if by == CUSTOMER and (user["type"].value == "Bot" or login.endswith("[bot]")):
        return SYSTEM
    if by_association and event["author_association"].value in _MEMBERS:
        return AGENT
    return by


def _login(user: Node) -> str:
    return str(user["login"].id(_GHOST))


def _plain(node: Node) -> Node:
    """A value that may be an object with a name."""
    return node["name"] if isinstance(node.value, dict) else node


check = checking.checker(SOURCE)
