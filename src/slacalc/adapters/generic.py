"""Any other product: records of tickets and of what happened to them, with the names of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._time.instants import zone
from slacalc.adapters import checking
from slacalc.adapters.core import LogBuilder, Node, Reader, Source, stage_by_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._policy.policy import Policy
    from slacalc.adapters.checking import Unmet
    from slacalc.adapters.core import Agents, TicketLog, Values

KEYS: Mapping[str, str] = {
    "id": "id",
    "opened_at": "opened_at",
    "at": "at",
    "key": "id",
    "field": "field",
    "before": "before",
    "after": "after",
    "author": "author",
    "public": "public",
    "event": "event",
}
"""The keys that `read` looks for, by what they are for; *keys* replaces some of them."""


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
        fields: The fields of the ticket that are read, with their names in the policy.
        agents: The users who are agents, by their ids, or a function of that.
        stages: What values of the field ``status`` mean: ``"resolved"``, ``"closed"`` or
            ``"cancelled"``; with any other the ticket is open.
        keys: The names of keys that are called otherwise than in `KEYS`; a dot leads further down.
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
        >>> log.events[0]
        Event('2026-05-18T09:00:00+00:00', 'replied', by='agent', public=True).with_key('generic:7')
    """
    source, wall, key_of = _source(fields, stages), zone(time_zone), {**KEYS, **(keys or {})}
    node, reader = Node(ticket), Reader(source, agents, None, values)

    def part(of: Node, purpose: str) -> Node:
        for name in key_of[purpose].split("."):
            of = of[name]
        return of

    builder = LogBuilder(reader, part(node, "id").id(), part(node, "opened_at").instant(wall))
    for field in reader.names:
        builder.has(field, node[field].value)
    for record in Node(records, ("records",)):
        at, key = part(record, "at").instant(wall), part(record, "key").id()
        if part(record, "event"):
            builder.event(at, key, str(part(record, "event").id()))
        elif part(record, "field"):
            before, after = part(record, "before").value, part(record, "after").value
            builder.change(at, key, str(part(record, "field").id()), before, after)
        else:
            by = reader.by(part(record, "author").value)
            builder.message(at, key, by, public=part(record, "public").value not in (False, 0))
    return builder.log()


def _source(fields: Mapping[str, str] | None, stages: Mapping[Any, str] | None) -> Source:
    return Source("generic", fields or {}, {}, stage_by_status("status", stages or {}), ("status",))


def check(policy: Policy, *, fields: Mapping[str, str] | None = None) -> list[Unmet]:
    """The conditions of a policy that tickets with these fields never meet.

    Args:
        policy: The policy.
        fields: As for `read`.
    """
    return checking.check(policy, _source(fields, None))
