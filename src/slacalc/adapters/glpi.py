"""GLPI: a ticket with its history and its followups.

Read are records of the REST API: ``Ticket``, its ``Log``, and its ``ITILFollowup``. Instants are
times in the zone of the server, without an offset; statuses, urgencies and priorities are numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._time.instants import to_utc, zone
from slacalc.adapters import checking
from slacalc.adapters.comparison import ProductCycle
from slacalc.adapters.core import (
    CLOSED,
    RESOLVED,
    LogBuilder,
    Node,
    Reader,
    Source,
    stage_by_status,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._policy.policy import Policy
    from slacalc.adapters.checking import Unmet
    from slacalc.adapters.core import Agents, Names, TicketLog, Values

_RANKS = {1: "very low", 2: "low", 3: "medium", 4: "high", 5: "very high"}
_CHOICES: Mapping[str, Mapping[int, str]] = {
    "status": {
        1: "new",
        2: "assigned",
        3: "planned",
        4: "pending",
        5: "solved",
        6: "closed",
    },
    "priority": {**_RANKS, 6: "major"},
    "urgency": _RANKS,
    "impact": _RANKS,
    "type": {1: "incident", 2: "request"},
}
# The numbers by which the history names fields: the search options of a ticket.
_OPTIONS = {12: "status", 3: "priority", 10: "urgency", 11: "impact", 14: "type"}

SOURCE = Source(
    "glpi",
    {name: name for name in _CHOICES},
    _CHOICES,
    stage_by_status("status", {5: RESOLVED, 6: CLOSED}),
    ("status",),
    "",
    ("resolved", "closed", "reopened"),
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
    """Read a ticket.

    Numbers become words, such as ``"pending"`` for the status 4; *values* replaces them, by number.

    Args:
        ticket: The record of the ticket.
        history: Its records of ``Log``.
        followups: Its records of ``ITILFollowup``.
        time_zone: The zone of the server's times, such as ``"Europe/Paris"``.
        agents: The users who are agents, by their ids, or a function of that.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: Something needed is missing, or is not what GLPI gives.
    """
    node, wall = Node(ticket), zone(time_zone)
    reader = Reader(SOURCE, agents, names, values)
    opened = (node["date"] or node["date_creation"]).instant(wall)
    builder = LogBuilder(reader, node["id"].id(), opened)
    for field in reader.names:
        builder.has(field, _number(node[field].value))
    for entry in Node(history, ("history",)):
        option = _number(entry["id_search_option"].value)
        field = _OPTIONS.get(option, "")
        if field and entry["linked_action"].value in (0, "0", None):
            before, after = (_number(entry[side].value) for side in ("old_value", "new_value"))
            at, key = entry["date_mod"].instant(wall), f"log-{entry['id'].id()}"
            builder.change(at, key, field, before, after)
    for followup in Node(followups, ("followups",)):
        at, key = (followup["date"] or followup["date_creation"]).instant(wall), followup["id"].id()
        is_public = followup["is_private"].value in (0, "0", False, None)
        author = followup["users_id"].value  # 0 where the user was deleted
        by = reader.by(author if author not in (0, "0") else None)
        builder.message(at, f"followup-{key}", by, public=is_public)
    return builder.log()


def cycles(ticket: Any, *, time_zone: str) -> list[ProductCycle]:
    """The clocks of a ticket: ``time_to_own`` and ``time_to_resolve``, as far as they are due.

    Args:
        ticket: The record of the ticket.
        time_zone: The zone of the server's times.

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
                    is_paused=_number(node["status"].value) == _PENDING,
                )
            )
    return clocks


_PENDING = 4


def _number(value: Any) -> Any:
    """The number in a text of digits: the API gives both."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


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
