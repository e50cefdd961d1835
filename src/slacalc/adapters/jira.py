"""Jira and Jira Service Management: issues with their changelogs.

Read are the issue as ``GET /rest/api/3/issue/{key}?expand=changelog`` returns it, or version 2 of
that, and SLAs as they stand in its fields, or as ``GET /rest/servicedeskapi/request/{key}/sla``
returns them; not the changelogs of ``POST /rest/api/3/changelog/bulkfetch``. As for Jira itself, an
issue is resolved while its resolution is set.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from slacalc._adapters import checking
from slacalc._adapters.comparison import ProductCycle
from slacalc._adapters.log_builder import LogBuilder
from slacalc._adapters.payloads import Node, in_order
from slacalc._adapters.sources import AGENT, OPEN, RESOLVED, SYSTEM, UNKNOWN, Reader, Source
from slacalc._time.instants import to_utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slacalc._adapters.sources import Agents, Names, Values
    from slacalc._adapters.ticket_logs import TicketLog

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
_LIST = re.compile(r"\[.*\]", re.DOTALL)  # the ids of several values, in a change
_LONGEST_NUMBER = 10**15
_HISTORIES, _COMMENTS, _SLAS = ("histories", "values"), ("comments", "values"), ("values",)
_EXPECTED = {
    _HISTORIES: "the changelog, which `expand=changelog` adds to an issue",
    _COMMENTS: "a list of comments",
    _SLAS: "a list of SLAs",
}
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

    Of fields that have lists, only the changes of ``labels`` are followed. Numbers become text, as
    they are in the changelog.

    Args:
        issue: The issue, with its whole ``changelog`` and, unless they are apart, its comments. The
            changelog may be the list of all histories.
        comments: The comments of the request, as ``GET /rest/servicedeskapi/request/{key}/comment``
            returns them, or the list of those of all pages. Default: those in the field
            ``comment`` of the issue, if it has any.
        agents: The users who are agents, by their account ids (on a server: keys or names), or a
            function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones. Custom fields of a server need ``expand=names`` too.
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
    ids = {shown.id(): field for field, shown in node["names"].items()}
    lists = {each for each, kind in node["schema"].items() if kind["type"].value == "array"}
    lists |= {each for each in reader.names if _is_list(fields[each])}
    unknown = (names or {}).keys() - ids.values()
    is_missing = any(str(field).startswith("customfield_") for field in unknown)
    for at, number, history in in_order(_whole(node["changelog"], _HISTORIES), _created, _id):
        for item in history["items"]:
            shown = item["field"].id()
            field = item["fieldId"].id(ids.get(shown, shown))
            if is_missing and not item["fieldId"] and item["fieldtype"].value == "custom":
                expected = "the id of the field, or an issue with `expand=names`"
                raise item["fieldId"].error(expected=expected)
            names_of_sides = ("from", "to") if field in _USERS else ("fromString", "toString")
            before, after = (item[side] for side in names_of_sides)
            if field == "labels":
                before, after = _words(before), _words(after)
            elif field in lists or _is_list(item["from"]) or _is_list(item["to"]):
                continue
            builder.change(at, f"change-{number}", field, before, after)
    resolution, date = _plain("resolution", fields["resolution"]), fields["resolutiondate"]
    # An imported issue has no change of it.
    builder.ended("resolution", [(date.instant(), None, resolution)] if date else [])
    apart = Node(comments, ("comments",))
    page = fields["comment"] if comments is None else apart
    for at, number, comment in in_order(_whole(page, _COMMENTS) if page else (), _created, _id):
        by = _author(comment["author"], reader)
        flags = comment["jsdPublic"].flag(), comment["public"].flag()
        is_public = False not in flags and comment["visibility"].value is None
        builder.message(at, f"comment-{number}", by, public=is_public)
    return builder.log()


def _whole(page: Node, keys: tuple[str, ...]) -> Node:
    """The records of a page, by the first of some keys that it has, or of a list.

    Raises:
        PayloadError: There are none, or others are on other pages.
    """
    if isinstance(page.value, list | tuple):
        return page
    records = next((page[key] for key in keys if page[key].value is not None), page[keys[0]])
    if records.value is None:
        raise (page if page.value is None else records).error(expected=_EXPECTED[keys])
    total = page["total"]
    if total and total.number("a number") > len([*records]):
        raise total.error(expected=f"{len([*records])}, which are here, or {_TOO_FEW}")
    for is_last in (page["isLast"], page["isLastPage"]):
        if is_last.flag() is False:
            raise is_last.error(expected=_TOO_FEW)
    return records


def cycles(issue: Any) -> list[ProductCycle]:
    """The cycles of the SLAs of an issue, those in its fields or in ``values``, by the SLA's name.

    Args:
        issue: The issue, its SLAs, or one of these.

    Raises:
        PayloadError: A cycle lacks its start, or something is not what Jira gives.
    """
    node = Node(issue)
    in_values = _whole(node, _SLAS) if node["values"] else ()
    slas = (node, *in_values, *(field for _, field in node["fields"].items()))
    return [
        cycle
        for sla in slas
        if isinstance(sla.value, dict)
        and ("ongoingCycle" in sla.value or "completedCycles" in sla.value)
        for cycle in _cycles(sla)
    ]


def _cycles(sla: Node) -> Iterator[ProductCycle]:
    ongoing = [sla["ongoingCycle"]] if sla["ongoingCycle"] else []
    completed = sorted(sla["completedCycles"], key=lambda cycle: _date(cycle["startTime"]))
    for number, cycle in enumerate([*completed, *ongoing], 1):
        stop, due = cycle["stopTime"], cycle["breachTime"]
        yield ProductCycle(
            metric=str(sla["name"].id()),
            number=number,
            start=to_utc(_date(cycle["startTime"])),
            stop=to_utc(_date(stop)) if stop else None,
            due=to_utc(_date(due)) if due else None,
            breached=cycle["breached"].flag(),
            goal=cycle["goalDuration"]["millis"].span("milliseconds"),
            is_paused=cycle["paused"].flag() is True,
        )


def _created(record: Node) -> int:
    return _date(record["created"])


def _date(date: Node) -> int:
    """An instant, of which the service desk gives an object of several forms."""
    if not isinstance(date.value, dict):
        return date.instant()
    is_text = not date["epochMillis"] and date["iso8601"]
    return date["iso8601"].instant() if is_text else date["epochMillis"].millis()


def _id(record: Node) -> Node:
    return record["id"]


def _author(author: Node, reader: Reader) -> str:
    """Who wrote a comment, by any of the ids of a user."""
    known = {reader.by(author[key]) for key in _USER_KEYS if author[key]}
    if AGENT not in known and author["accountType"].value == "app":
        return SYSTEM
    return AGENT if AGENT in known else next(iter(known), UNKNOWN)


def _words(labels: Node) -> Node:
    """The labels in a text."""
    return labels.with_value(sorted(str(labels.id()).split())) if labels else labels


def _is_list(node: Node) -> bool:
    """Whether a value is a list, or a text of one, as changes have them."""
    value = node.value
    return isinstance(value, list) or (isinstance(value, str) and bool(_LIST.fullmatch(value)))


def _plain(field: str, node: Node) -> Node:
    """The value of a field, as changes have it: a user's id, a name, or a number as text."""
    value = node.value
    if isinstance(value, list):
        plain = [item.value if _is_list(item) else _plain(field, item).value for item in node]
        is_text = all(isinstance(item, str) for item in plain)
        return node.with_value(sorted(plain) if is_text else plain)
    if isinstance(value, dict):
        keys = _USER_KEYS if field in _USERS else ("accountId", "name", "value")
        return next((node[key] for key in keys if node[key]), node.with_value(None))
    if type(value) in (int, float) and abs(value) < _LONGEST_NUMBER:
        return node.with_value(str(int(value) if value == int(value) else value))
    return node


check = checking.checker(SOURCE)
