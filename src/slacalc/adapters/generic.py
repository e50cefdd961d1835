"""Any other product: records of tickets and of what happened to them, with the names of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._adapters import checking
from slacalc._adapters.log_builder import LogBuilder
from slacalc._adapters.payloads import Node, rank
from slacalc._adapters.sources import (
    AGENT,
    CUSTOMER,
    MESSAGE_FIELDS,
    UNKNOWN,
    Reader,
    Source,
    stage_by_status,
)
from slacalc._time.instants import zone
from slacalc.errors import PayloadError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slacalc._adapters.checking import Unmet
    from slacalc._adapters.sources import Agents, Values
    from slacalc._adapters.ticket_logs import TicketLog
    from slacalc._policy.policy import Policy

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
    ``before`` to ``after``, and has both; changes with one id are one event. Any other is a
    message, and public unless it says otherwise.

    Args:
        ticket: The ticket as it is today.
        records: What happened to it, in any order; those of one instant by their ids.
        fields: The keys of the ticket that are read, with their names in the policy. All tickets
            have them, if only with null.
        agents: The users who are agents, by their ids, or a function of that.
        stages: What values of ``status`` mean: ``"resolved"``, ``"closed"`` or ``"cancelled"``;
            with any other the ticket is open.
        keys: Keys that are called otherwise than in `KEYS`; a dot leads further down.
        values: By field of the policy, values of the product and those that they stand for.
        time_zone: The zone of times without an offset.

    Raises:
        PayloadError: Something needed is missing, or cannot be read, or records with one id differ.

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
    for purpose in {*(keys or ())} - {*KEYS}:
        raise unknown_name(PayloadError, "what a key is for", purpose, KEYS, where="keys")
    key_of, wall = {**KEYS, **(keys or {})}, zone(time_zone)
    status, assignee = key_of["status"], key_of["assignee"]
    stage = stage_by_status(status, {})
    source = Source("generic", fields or {}, {}, stage, (status,), assignee)
    node = Node(ticket)
    reader = Reader(source.with_stages(stages), agents, None, values)

    def part(of: Node, purpose: str) -> Node:
        return _below(of, key_of[purpose])

    builder = LogBuilder(reader, part(node, "id").id(), part(node, "opened_at").instant(wall))
    needed = {*reader.names, *(key_of[each] for each in keys or ())}
    needed |= {status} if stages else set()
    for field in (*reader.names, status, assignee):
        builder.has(field, _below(node, field, required=field in needed))
    instants: dict[str, int] = {}
    known: dict[tuple[str, str], tuple[int, int, tuple[Any, ...]]] = {}
    for record in Node(records, ("records",)).needed():
        at, key = part(record, "at").instant(wall), part(record, "key")
        kind, field, content = _content(record, key_of, reader)
        name = f"{kind}-{key.id()}"
        entry = (at, rank(key.value), content)
        if instants.setdefault(name, at) != at or known.setdefault((name, field), entry) != entry:
            raise key.error(expected="another id: a record that differs has this one")
    for (name, field), (at, _, content) in sorted(known.items(), key=lambda item: item[1][:2]):
        if field:
            builder.change(at, name, field, *content)
        elif name.startswith("event"):
            builder.event(at, name, *content)
        else:
            builder.message(at, name, content[0], public=content[1])
    return builder.log()


def _content(
    record: Node, key_of: Mapping[str, str], reader: Reader
) -> tuple[str, str, tuple[Any, ...]]:
    """Of what kind a record is, the field that it changes, and what it says."""

    def part(purpose: str) -> Node:
        return _below(record, key_of[purpose])

    if part("event"):
        return "event", "", (str(part("event").id()),)
    if part("field"):
        sides = tuple(
            _below(record, key_of[side], required=True).field() for side in ("before", "after")
        )
        return "change", str(part("field").id()), sides
    public = part("public")
    if public.value not in (None, True, False):
        raise public.error(expected="true or false")
    by = reader.by(part("author"))
    return "message", "", (by, public.value is None or bool(public.value))


def _below(node: Node, path: str, *, required: bool = False) -> Node:
    for key in path.split("."):
        node = node.required(key) if required and node.value is not None else node[key]
    return node


def check(
    policy: Policy,
    *,
    fields: Mapping[str, str] | None = None,
    stages: Mapping[Any, str] | None = None,
    events: Iterable[str] = (),
) -> list[Unmet]:
    """The conditions of a policy that tickets with these fields never meet.

    Args:
        policy: The policy.
        fields: As for `read`.
        stages: As for `read`.
        events: The types of events that records name.
    """
    made = ("assigned", *(("reopened",) if stages else ()), *events)
    stage = stage_by_status("status", {})
    by = {**MESSAGE_FIELDS, "by": (AGENT, CUSTOMER, UNKNOWN)}
    source = Source("generic", fields or {}, {}, stage, ("status",), "", made, by)
    return checking.checker(source)(policy, stages=stages)
