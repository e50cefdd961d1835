"""GLPI: a ticket with its history and its followups.

Read are records of the REST API, without ``expand_dropdowns``: ``Ticket``, its ``Log``, and its
``ITILFollowup``. Instants are times without an offset, in the zone of the server or in that of the
API's user; statuses, urgencies and priorities are numbers, and numbers may be text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from slacalc._adapters import checking
from slacalc._adapters.comparison import ProductCycle
from slacalc._adapters.log_builder import LogBuilder
from slacalc._adapters.payloads import Node, in_order
from slacalc._adapters.sources import (
    AGENT,
    CANCELLED,
    CLOSED,
    CUSTOMER,
    MESSAGE_FIELDS,
    OPEN,
    RESOLVED,
    UNKNOWN,
    Reader,
    Source,
    unread_field,
)
from slacalc._time.instants import to_utc, zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._adapters.sources import Agents, Names, Values
    from slacalc._adapters.ticket_logs import TicketLog

_RANKS = {1: "very low", 2: "low", 3: "medium", 4: "high", 5: "very high"}
_PENDING, _SOLVED, _CLOSED = 4, 5, 6
_IN_TRASH = "is_deleted"
_CHOICES: Mapping[str, Mapping[int, Any]] = {
    "status": {
        1: "new",
        2: "assigned",
        3: "planned",
        _PENDING: "pending",
        _SOLVED: "solved",
        _CLOSED: "closed",
    },
    "priority": {**_RANKS, 6: "major"},
    "urgency": _RANKS,
    "impact": _RANKS,
    "type": {1: "incident", 2: "request"},
    "global_validation": {1: "none", 2: "waiting", 3: "accepted", 4: "refused"},
    _IN_TRASH: {0: False, 1: True},
}
# The numbers by which the history names fields: the search options of a ticket.
_OPTIONS = {
    12: "status",
    3: "priority",
    10: "urgency",
    11: "impact",
    14: "type",
    52: "global_validation",
    7: "itilcategories_id",
    9: "requesttypes_id",
    30: "slas_id_ttr",
    37: "slas_id_tto",
    80: "entities_id",
    83: "locations_id",
}
_DATES = {_SOLVED: ("solvedate",), _CLOSED: ("solvedate", "closedate")}  # of the end
_NAMED = re.compile(r".*\(([0-9]{1,9})\)", re.DOTALL)  # what stands in for an id there
_UPDATED = 0  # the action of an entry of the history that changes a field
_TRASH = {13: (0, 1), 14: (1, 0)}  # those of going into the trash and coming back


def _stage(fields: Mapping[str, Any]) -> str:
    if fields.get(_IN_TRASH) == 1:
        return CANCELLED
    status = fields.get("status")
    return RESOLVED if status == _SOLVED else CLOSED if status == _CLOSED else OPEN


SOURCE = Source(
    "glpi",
    {**{name: name for name in _CHOICES}, "global_validation": "approval", _IN_TRASH: "deleted"},
    _CHOICES,
    _stage,
    ("status", _IN_TRASH),
    "",
    ("resolved", "closed", "cancelled", "reopened"),
    {**MESSAGE_FIELDS, "by": (AGENT, CUSTOMER, UNKNOWN)},
)


def read(
    ticket: Any,
    history: Any,
    followups: Any = (),
    *,
    time_zone: str,
    agents: Agents,
    names: Names | None = None,
    values: Values | None = None,
) -> TicketLog:
    """Read a ticket; one in the trash is cancelled.

    Numbers become words, such as ``"pending"`` for the status 4; *values* replaces them, by number.
    Who is assigned, and tasks and solutions, are not read.

    Args:
        ticket: The record of the ticket.
        history: Its records of ``Log``.
        followups: Its records of ``ITILFollowup``.
        time_zone: The zone of the times, such as ``"Europe/Paris"``.
        agents: The users who are agents, by their ids, or a function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones. Further ones are ``itilcategories_id``, ``requesttypes_id``,
            ``locations_id``, ``entities_id``, ``slas_id_tto`` and ``slas_id_ttr``.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: Something needed is missing, or is not what GLPI gives.
    """
    node, wall = Node(ticket), zone(time_zone)
    reader = Reader(SOURCE, agents, names, values)
    read_fields = [*_OPTIONS.values(), _IN_TRASH]
    if unread := reader.names.keys() - {*read_fields}:
        raise unread_field(min(unread), read_fields)
    opened = (node["date"] or node["date_creation"]).instant(wall)
    builder = LogBuilder(reader, node["id"].id(), opened)
    for field in reader.names:
        builder.has(field, _number(node[field]))
    status = _number(node["status"])
    if status.value in _DATES:
        times = [node[date].instant(wall) for date in _DATES[status.value] if node[date]]
        states = [1, _SOLVED, status] if len(times) > 1 else [1, status]
        builder.ended("status", zip(times, states, states[1:], strict=False))
    if _number(node[_IN_TRASH]).value == 1 and node["date_mod"]:
        builder.ended(_IN_TRASH, [(node["date_mod"].instant(wall), 0, 1)])
    changes = [entry for entry in Node(history, ("history",)).needed() if _field_of(entry)]
    for at, key, entry in in_order(changes, lambda each: each["date_mod"].instant(wall)):
        field = _field_of(entry)
        if field == _IN_TRASH:
            sides = [entry.with_value(side) for side in _TRASH[_action(entry)]]
        else:
            sides = [_side(entry, field, side) for side in ("old", "new")]
        builder.change(at, f"log-{key}", field, *sides)
    for at, key, followup in in_order(
        Node(followups, ("followups",)),
        lambda each: (each["date"] or each["date_creation"]).instant(wall),
    ):
        author = _number(followup["users_id"])  # 0 where nobody is known, or the user was deleted
        by = UNKNOWN if author.value == 0 else reader.by(author)
        is_public = not _number(followup["is_private"]).value
        builder.message(at, f"followup-{key}", by, public=is_public)
    return builder.log()


def _action(entry: Node) -> int:
    return entry["linked_action"].number("a number") if entry["linked_action"] else _UPDATED


def _field_of(entry: Node) -> str:
    """The field that an entry of the history changes; empty for any that is not read."""
    if _action(entry) == _UPDATED:
        return _OPTIONS.get(entry["id_search_option"].number("a number"), "")
    return _IN_TRASH if _action(entry) in _TRASH and not entry["itemtype_link"] else ""


def cycles(ticket: Any, *, time_zone: str) -> list[ProductCycle]:
    """The clocks of a ticket: ``time_to_own`` and ``time_to_resolve``, as far as they are due.

    Args:
        ticket: The record of the ticket.
        time_zone: The zone of the times.

    Raises:
        PayloadError: A time cannot be read.
    """
    node, wall = Node(ticket), zone(time_zone)
    opened = (node["date"] or node["date_creation"]).instant(wall)
    clocks = []
    for metric, stopped in (
        ("time_to_own", "takeintoaccountdate"),
        ("time_to_resolve", "solvedate"),
    ):
        if node[metric]:
            due = node[metric].instant(wall)
            stop = node[stopped].instant(wall) if node[stopped] else None
            clocks.append(
                ProductCycle(
                    metric=metric,
                    start=to_utc(opened),
                    stop=None if stop is None else to_utc(stop),
                    due=to_utc(due),
                    breached=None if stop is None else stop > due,
                    is_paused=_number(node["status"]).value == _PENDING,
                )
            )
    return clocks


def _side(entry: Node, field: str, side: str) -> Node:
    """A value in the history; of what has a name, the id that stands behind it."""
    value, number = entry[f"{side}_value"], entry[f"{side}_id"]
    if field in _CHOICES or number:
        return _number(number or value)
    named = _NAMED.fullmatch(str(value.field()))
    if value and not named:
        raise value.error(expected="a name and an id, such as 'Network (51)'")
    return value.with_value(int(named[1]) if named else None)


def _number(node: Node) -> Node:
    """The number in a text of digits: the API gives both, and flags too."""
    if not node or isinstance(node.value, bool):
        return node
    return node.with_value(node.number("a number, as it is without `expand_dropdowns`"))


check = checking.checker(SOURCE)
