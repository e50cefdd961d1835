"""Any other product: records of tickets and of what happened to them, with the names of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._time.instants import zone
from slacalc.adapters import checking
from slacalc.adapters.core import LogBuilder, Node, Reader, Source, stage_by_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slacalc._policy.policy import Policy
    from slacalc.adapters.checking import Unmet
    from slacalc.adapters.core import Agents, TicketLog, Values

KEYS: Mapping[str, str] = {
    "id": "id",
    "opened_at": "opened_at",
    "status": "status",
    "assignee": "assignee",
    "at": "at",
    "key": "id",
    "field": "field",
    "before": "before",
    "after": "after",
    "author": "author",
    "public": "public",
    "event": "event",
}
"""The keys that `read` looks for, by what they are for; *keys* replaces some of them.

The first four are those of tickets, the others those of records.
"""


def read(
    ticket: Any,
    records: Any,
    *,
    fields: Mapping[str, str] | None = None,
    agents: Agents = (),
    stages: Mapping[Any, str] | None = None,
    keys: Mapping[str, str] | None = None,
    values: Values | None = None,
    time_zone: str = "UTC",
) -> TicketLog:
    """Read a ticket from plain records.

    A record with ``event`` is an event of that type. One with ``field`` is a change of a field from
    ``before`` to ``after``. Any other is a message, and public unless it says otherwise.

    Args:
        ticket: The ticket as it is today.
        records: What happened to it, in any order.
        fields: The keys of the ticket that are read, with their names in the policy.
        agents: The users who are agents, by their ids, or a function of that.
        stages: What values of ``status`` mean: ``"resolved"``, ``"closed"`` or ``"cancelled"``;
            with any other the ticket is open.
        keys: Keys that are called otherwise than in `KEYS`; a dot leads further down.
        values: By field of the policy, values of the product and those that they stand for.
        time_zone: The zone of times without an offset.

    Raises:
        PayloadError: Something needed is missing, or cannot be read.

    Example:
        >>> from slacalc.adapters import generic
        >>> record = {"id": 7, "at": "2026-05-18 11:00:00", "author": "ann"}
        >>> log = generic.read(
        ...     {"id": "T-1", "opened_at": "2026-05-18 09:00:00"},
        ...     [record],
        ...     agents={"ann"},
        ...     time_zone="Europe/Paris",
        ... )
        >>> log.events[0].to_dict()["at"], log.events[0].key
        ('2026-05-18T09:00:00+00:00', 'generic:message-7')
    """
    key_of, wall = {**KEYS, **(keys or {})}, zone(time_zone)
    status, assignee = key_of["status"], key_of["assignee"]
    source = Source("generic", fields or {}, {}, stage_by_status(status, {}), (status,), assignee)
    node = Node(ticket)
    reader = Reader(source.with_stages(stages), agents, None, values)

    def part(of: Node, purpose: str) -> Node:
        return _below(of, key_of[purpose])

    builder = LogBuilder(reader, part(node, "id").id(), part(node, "opened_at").instant(wall))
    for field in (*reader.names, status, assignee):
        builder.has(field, _below(node, field))
    for record in Node(records, ("records",)):
        at, key = part(record, "at").instant(wall), part(record, "key").id()
        if part(record, "event"):
            builder.event(at, f"event-{key}", str(part(record, "event").id()))
        elif part(record, "field"):
            field, sides = str(part(record, "field").id()), ("before", "after")
            builder.change(at, f"change-{key}", field, *(part(record, side) for side in sides))
        else:
            public, by = part(record, "public"), reader.by(part(record, "author"))
            if public.value not in (None, True, False):
                raise public.error(expected="true or false")
            is_public = public.value is None or bool(public.value)
            builder.message(at, f"message-{key}", by, public=is_public)
    return builder.log()


def _below(node: Node, path: str) -> Node:
    for key in path.split("."):
        node = node[key]
    return node


def check(
    policy: Policy, *, fields: Mapping[str, str] | None = None, events: Iterable[str] = ()
) -> list[Unmet]:
    """The conditions of a policy that tickets with these fields never meet.

    Args:
        policy: The policy.
        fields: As for `read`.
        events: The types of events that records name.
    """
    stage, stages = stage_by_status("status", {}), ("resolved", "closed", "cancelled", "reopened")
    source = Source("generic", fields or {}, {}, stage, (), "", (*stages, "assigned", *events))
    return checking.checker(source)(policy)
