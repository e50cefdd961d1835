"""Jira and Jira Service Management: issues with their changelogs.

Read are the issue as ``GET /rest/api/3/issue/{key}?expand=changelog`` returns it, and SLA fields as
they stand in it, or as ``GET /rest/servicedeskapi/request/{key}/sla`` returns them. A ticket is
resolved while its resolution is set, as for Jira itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from slacalc._time.instants import to_utc
from slacalc.adapters import checking
from slacalc.adapters.comparison import ProductCycle
from slacalc.adapters.core import OPEN, RESOLVED, SYSTEM, LogBuilder, Node, Reader, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from slacalc._policy.policy import Policy
    from slacalc.adapters.checking import Unmet
    from slacalc.adapters.core import Agents, Names, TicketLog, Values

SOURCE = Source(
    "jira",
    {
        "status": "status",
        "priority": "priority",
        "resolution": "resolution",
        "assignee": "assignee",
        "issuetype": "type",
    },
    {},
    lambda fields: OPEN if fields.get("resolution") is None else RESOLVED,
    ("resolution",),
    "assignee",
    ("resolved", "reopened", "assigned"),
)
_IDS = frozenset({"assignee", "reporter", "creator"})  # fields that are compared by their ids


def read(
    issue: Any,
    *,
    agents: Agents,
    names: Names | None = None,
    values: Values | None = None,
) -> TicketLog:
    """Read an issue.

    Args:
        issue: The issue, with its ``changelog`` and its comments, if wanted.
        agents: The users who are agents, by their account ids (on a server: names), or a
            function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: Something needed is missing, or is not what Jira gives.
    """
    node, reader = Node(issue), Reader(SOURCE, agents, names, values)
    fields = node["fields"]
    builder = LogBuilder(reader, node["key"].id(), fields["created"].instant())
    for field in reader.names:
        builder.has(field, fields[field].with_value(_plain(fields[field].value)))
    changelog = node["changelog"]
    for history in changelog["histories"] or changelog["values"]:
        for item in history["items"]:
            field = item["fieldId"].value or item["field"].id()
            side = ("from", "to") if field in _IDS else ("fromString", "toString")
            before, after = (item[key].value for key in side)
            at = history["created"].instant()
            builder.change(at, f"change-{history['id'].id()}", field, before, after)
    for comment in fields["comment"]["comments"]:
        # Issues have "jsdPublic"; requests of a service desk have "public".
        is_public = comment["jsdPublic"].value is not False and comment["public"].value is not False
        at, key = comment["created"].instant(), f"comment-{comment['id'].id()}"
        by = SYSTEM if comment["author"]["accountType"].value == "app" else ""
        by = by or reader.by(_user(comment["author"]))
        builder.message(at, key, by, public=is_public)
    return builder.log()


def cycles(issue: Any) -> list[ProductCycle]:
    """The cycles of the SLAs of an issue, those in its fields or in ``values``, by the SLA's name.

    Raises:
        PayloadError: A cycle lacks its start.
    """
    node = Node(issue)
    fields = node["fields"]
    slas = [fields[key] for key in fields.value or {}]
    return [
        cycle
        for sla in (*node["values"], *slas)
        if isinstance(sla.value, dict)
        and ("ongoingCycle" in sla.value or "completedCycles" in sla.value)
        for cycle in _cycles(sla)
    ]


def _cycles(sla: Node) -> Iterator[ProductCycle]:
    ongoing = [sla["ongoingCycle"]] if sla["ongoingCycle"] else []
    completed = sorted(
        sla["completedCycles"], key=lambda cycle: cycle["startTime"]["epochMillis"].millis()
    )
    for number, cycle in enumerate([*completed, *ongoing], 1):
        goal = cycle["goalDuration"]["millis"].value
        yield ProductCycle(
            metric=sla["name"].id(),
            number=number,
            start=_instant(cycle["startTime"]),
            stop=_instant(cycle["stopTime"]),
            due=_instant(cycle["breachTime"]),
            breached=cycle["breached"].value,
            goal=None if goal is None else timedelta(milliseconds=goal),
            is_paused=cycle["paused"].value is True,
        )


def _instant(node: Node) -> datetime | None:
    return to_utc(node["epochMillis"].millis()) if node else None


def _user(author: Node) -> Any:
    """The id of a user: on the cloud an account, on a server a name; None if it is deleted."""
    return author["accountId"].value or author["name"].value or author["key"].value


def _plain(value: Any) -> Any:
    """The name of a value of a field; a user is meant by its id."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return next((value[key] for key in ("accountId", "name", "value") if value.get(key)), None)
    return value


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
