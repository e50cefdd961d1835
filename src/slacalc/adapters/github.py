"""GitHub: an issue with its timeline.

Read are the issue as ``GET /repos/{owner}/{repo}/issues/{number}`` returns it, and its timeline of
``…/timeline``. A label such as ``priority: high`` or ``priority/high`` is the value of a field.
Paths of errors in events begin with ``timeline``.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._adapters import checking
from slacalc._adapters.labels import (
    OWN_FIELDS,
    Membership,
    first,
    follow_labels,
    follow_member,
    last,
)
from slacalc._adapters.log_builder import LogBuilder
from slacalc._adapters.payloads import Node, in_order
from slacalc._adapters.sources import (
    AGENT,
    CANCELLED,
    CLOSED,
    CUSTOMER,
    MESSAGE_FIELDS,
    SYSTEM,
    UNKNOWN,
    Reader,
    Source,
    as_they_are,
    stage_by_status,
    unread_field,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from slacalc._adapters.sources import Agents, Names, Values
    from slacalc._adapters.ticket_logs import TicketLog

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
    messages={**MESSAGE_FIELDS, "public": (True,)},
)
_TYPES = ("issue_type_added", "issue_type_removed", "issue_type_changed")
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
    if unread := {*(names or ())} & {*node.value} - {*SOURCE.names, "milestone"}:
        raise unread_field(min(unread), [*SOURCE.names, "milestone"])
    by_type: dict[str, list[Node]] = defaultdict(list)
    for event in Node(timeline, ("timeline",)).needed():
        by_type[str(event["event"].id())].append(event)

    def events(*types: str) -> list[_Event]:
        records = in_order(event for type_ in types for event in by_type[type_])
        return [
            _Event(at, f"event-{key}", event["event"].value, event) for at, key, event in records
        ]

    def members(name_of: Callable[[Node], Node], added: str, removed: str) -> list[Membership]:
        return [
            Membership(at, key, str(name_of(event).id()), type_ == added)
            for at, key, type_, event in events(added, removed)
        ]

    is_typed = _read_type(builder, node, events(*_TYPES))
    follow_labels(
        builder,
        [str(_plain(label).id()) for label in node["labels"]],
        members(lambda event: event["label"]["name"], "labeled", "unlabeled"),
        (": ", "/", ":"),
        (*OWN_FIELDS, "type") if is_typed else OWN_FIELDS,
    )
    assignees = members(lambda event: _login(event["assignee"]), "assigned", "unassigned")
    today = [str(_login(user).id()) for user in node["assignees"]]
    follow_member(builder, "assignee", today, assignees, first)
    if "milestone" in reader.names:
        title = node["milestone"]["title"]
        milestones = members(
            lambda event: event["milestone"]["title"], "milestoned", "demilestoned"
        )
        follow_member(builder, "milestone", [str(title.id())] if title else [], milestones, last)
    _read_states(builder, node, events("closed", "reopened", "converted_to_discussion"))
    reviews = (event for event in by_type["reviewed"] if event["submitted_at"])  # or pending
    for type_, messages in (
        ("commented", in_order(by_type["commented"])),
        ("reviewed", in_order(reviews, lambda each: each["submitted_at"].instant())),
    ):
        for at, key, message in messages:  # they have ids of their own
            by = _by(message, reader, by_association=agents is None)
            builder.message(at, f"{type_}-{key}", by, public=True)
    return builder.log()


class _Event(NamedTuple):
    at: int
    key: str
    type: str
    node: Node


def _read_type(builder: LogBuilder, issue: Node, events: list[_Event]) -> bool:
    """Read the type of an issue; whether it has or had one, so that no label is its type.

    An event that lacks the types leads to the one of the next event, or of today.
    """
    after = _plain(issue["type"])
    builder.has("type", after)
    for at, key, type_, event in reversed(events):
        after = after if type_ != _TYPES[1] else after.with_value(None)
        after = _plain(event["issue_type"]) if event["issue_type"] else after
        before = _plain(event["prev_issue_type"])
        builder.change(at, key, "type", before, after)
        after = before
    return bool(events or issue["type"])


def _read_states(builder: LogBuilder, issue: Node, events: list[_Event]) -> None:
    state = "open"
    for at, key, type_, event in events:
        former, state = state, {"reopened": "open"}.get(type_, type_)
        if type_ == "closed":
            # Events of former years have no reason; the issue has that of the last closing.
            state = _closed(event, issue if key == events[-1].key else event)
        builder.change(at, f"{key}-{state}", "state", former, state)
    if state == "open" and issue["state"].value == "closed":  # the timeline does not have it
        state = _closed(issue, issue)
        builder.change(issue["closed_at"].instant(), "closed", "state", "open", state)
    builder.has("state", state)


def _closed(event: Node, issue: Node) -> str:
    """The state of a closed issue, by the reason in the event or in the issue."""
    reason = event["state_reason"] or issue["state_reason"]
    word = reason.choice(*_VOID, "completed", "reopened") if reason else ""
    return word if word in _VOID else "closed"


def _by(event: Node, reader: Reader, *, by_association: bool) -> str:
    """Who wrote a comment; unknown if the user was deleted."""
    user = event["user"] or event["actor"]
    login = str(_login(user).id())
    if login == _GHOST:
        return UNKNOWN
    by = reader.by(login)
    if by == CUSTOMER and (user["type"].value == "Bot" or login.endswith("[bot]")):
        return SYSTEM
    if by_association and event["author_association"].value in _MEMBERS:
        return AGENT
    return by


def _login(user: Node) -> Node:
    return user["login"] if user["login"].value is not None else user.with_value(_GHOST)


def _plain(node: Node) -> Node:
    """A value that may be an object with a name."""
    return node["name"] if isinstance(node.value, dict) else node


check = checking.checker(SOURCE)
