"""Jira and Jira Service Management: issues with their changelogs.

Read are the issue as ``GET /rest/api/3/issue/{key}?expand=changelog`` returns it, or version 2 of
that, and SLAs as they stand in its fields, or as ``GET /rest/servicedeskapi/request/{key}/sla``
returns them. As for Jira itself, an issue is resolved while its resolution is set.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from slacalc._time.instants import to_utc
from slacalc.adapters import checking
from slacalc.adapters.comparison import ProductCycle
from slacalc.adapters.core import (
    AGENT,
    OPEN,
    RESOLVED,
    SYSTEM,
    UNKNOWN,
    LogBuilder,
    Node,
    Reader,
    Source,
    in_order,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from slacalc.adapters.core import Agents, Names, TicketLog, Values

SOURCE = Source(
    "jira",
    {
        "status": "status",
        "priority": "priority",
        "resolution": "resolution",
        "assignee": "assignee",
        "issuetype": "type",
        "labels": "labels",
    },
    {},
    lambda fields: OPEN if fields.get("resolution") is None else RESOLVED,
    ("resolution",),
    "assignee",
    ("resolved", "reopened", "assigned"),
)
_USERS = frozenset({"assignee", "reporter", "creator"})
_USER_KEYS = ("accountId", "key", "name")  # on the cloud, and on a server
_TOO_FEW = "all of them: fetch the other pages, and put them together"


def read(
    issue: Any,
    comments: Any = None,
    *,
    agents: Agents,
    names: Names | None = None,
    values: Values | None = None,
    stages: Mapping[Any, str] | None = None,
) -> TicketLog:
    """Read an issue.

    Of fields that have lists, only the changes of ``labels`` are followed.

    Args:
        issue: The issue, with its whole ``changelog`` and, unless they are apart, its comments.
        comments: The comments of the request, as ``GET /rest/servicedeskapi/request/{key}/comment``
            returns them. Default: those in the field ``comment`` of the issue, if it has any.
        agents: The users who are agents, by their account ids (on a server: keys or names), or a
            function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.
        stages: Resolutions with which an issue is not resolved, but ``"cancelled"``, ``"closed"``
            or ``"open"``: ``{"Duplicate": "cancelled"}``.

    Raises:
        PayloadError: Something needed is missing, or is not what Jira gives, or the changelog or
            the comments are one page of several.
    """
    source = SOURCE.with_stages(stages)
    node, reader = Node(issue), Reader(source, agents, names, values)
    fields = node["fields"]
    builder = LogBuilder(reader, node["key"].id(), fields["created"].instant())
    for field in reader.names:
        builder.has(field, _plain(field, fields[field]))
    shown_as = {shown.id(): field for field, shown in node["names"].items()}
    for at, number, history in in_order(_histories(node["changelog"]), _created, _id):
        for item in history["items"]:
            shown = item["field"].id()
            field = item["fieldId"].id(shown_as.get(shown, shown))
            names_of_sides = ("from", "to") if field in _USERS else ("fromString", "toString")
            before, after = (item[side] for side in names_of_sides)
            if field == "labels":
                before, after = _words(before), _words(after)
            elif isinstance(fields[field].value, list):
                continue
            builder.change(at, f"change-{number}", field, before, after)
    if date := fields["resolutiondate"]:  # an imported issue has no change of it
        resolution = _plain("resolution", fields["resolution"])
        builder.ended("resolution", [(date.instant(), None, resolution)])
    for at, number, comment in in_order(
        _comments(fields["comment"], Node(comments)), _created, _id
    ):
        by = _author(comment["author"], reader)
        flags = comment["jsdPublic"].flag(), comment["public"].flag()
        is_public = False not in flags and comment["visibility"].value is None
        builder.message(at, f"comment-{number}", by, public=is_public)
    return builder.log()


def _histories(changelog: Node) -> Node:
    """The records of a changelog, in an issue or of its own.

    Raises:
        PayloadError: It is missing, or not whole.
    """
    if changelog.value is None:
        raise changelog.error(expected="the changelog, which `expand=changelog` adds to an issue")
    return _whole(changelog, "histories" if changelog["histories"] else "values")


def _comments(field: Node, apart: Node) -> Node:
    return _whole(field, "comments") if apart.value is None else _whole(apart, "values")


def _whole(page: Node, key: str) -> Node:
    """The records of a page.

    Raises:
        PayloadError: There are others on other pages.
    """
    records, total = page[key], page["total"]
    if total and total.number("a number") > len([*records]):
        raise total.error(expected=f"{len([*records])}, which are here, or {_TOO_FEW}")
    for is_last in (page["isLast"], page["isLastPage"]):
        if is_last.flag() is False:
            raise is_last.error(expected=_TOO_FEW)
    return records


def cycles(issue: Any) -> list[ProductCycle]:
    """The cycles of the SLAs of an issue, those in its fields or in ``values``, by the SLA's name.

    Raises:
        PayloadError: A cycle lacks its start, or something is not what Jira gives.
    """
    node = Node(issue)
    fields = node["fields"]
    slas = (*_whole(node, "values"), *(field for _, field in fields.items()))
    return [
        cycle
        for sla in slas
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
        goal = cycle["goalDuration"]["millis"]
        yield ProductCycle(
            metric=str(sla["name"].id()),
            number=number,
            start=to_utc(cycle["startTime"]["epochMillis"].millis()),
            stop=_instant(cycle["stopTime"]),
            due=_instant(cycle["breachTime"]),
            breached=cycle["breached"].flag(),
            goal=timedelta(milliseconds=goal.number("milliseconds")) if goal else None,
            is_paused=cycle["paused"].flag() is True,
        )


def _instant(node: Node) -> datetime | None:
    return to_utc(node["epochMillis"].millis()) if node else None


def _created(record: Node) -> int:
    created = record["created"]
    is_object = isinstance(created.value, dict)
    return created["epochMillis"].millis() if is_object else created.instant()


def _id(record: Node) -> Node:
    return record["id"]


def _author(author: Node, reader: Reader) -> str:
    """Who wrote a comment, by any of the ids of a user."""
    if author["accountType"].value == "app":
        return SYSTEM
    known = {reader.by(author[key]) for key in _USER_KEYS if author[key]}
    return AGENT if AGENT in known else next(iter(known), UNKNOWN)


def _words(labels: Node) -> Node:
    """The labels in a text."""
    return labels.with_value(sorted(str(labels.id()).split())) if labels else labels


def _plain(field: str, node: Node) -> Node:
    """The value of a field, of which Jira gives an object: a user's id, or a name."""
    keys = _USER_KEYS if field in _USERS else ("accountId", "name", "value")
    if isinstance(node.value, list):
        items = [_plain(field, item).value for item in node]
        is_text = all(isinstance(item, str) for item in items)
        return node.with_value(sorted(items) if is_text else items)
    if isinstance(node.value, dict):
        return next((node[key] for key in keys if node[key]), node.with_value(None))
    return node


check = checking.checker(SOURCE)
