"""Zammad: a ticket with its history and its articles.

Read are the ticket as ``GET /api/v1/tickets/{id}?expand=true`` or a webhook gives it, what
``GET /api/v1/ticket_history/{id}`` returns, and the articles of
``GET /api/v1/ticket_articles/by_ticket/{id}``. Where the history cannot be had, the ticket as
it was kept at earlier times stands in for it: a change counts at the ``updated_at`` of the first
one that shows it. Owners and customers are ids.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from operator import itemgetter
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
    SYSTEM,
    Reader,
    Source,
    stage_by_status,
    unread_field,
)
from slacalc._time.instants import to_utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._adapters.sources import Names, Values
    from slacalc._adapters.ticket_logs import TicketLog

_SENDERS = {"Agent": AGENT, "Customer": CUSTOMER, "System": SYSTEM}
SOURCE = Source(
    "zammad",
    {"state": "state", "priority": "priority", "owner": "assignee", "group": "group"},
    {},
    stage_by_status("state", {"closed": CLOSED, "merged": CANCELLED, "removed": CANCELLED}),
    ("state",),
    "owner",
    messages={**MESSAGE_FIELDS, "by": tuple(_SENDERS.values())},
)
_CLOCKS = {"first_response": "first_response_at", "update": "", "close": "close_at"}
_PEOPLE = ("owner", "customer")  # who are known by their ids
_NOBODY = 1  # the owner of a ticket that nobody has taken
_UNREAD = ("article_count", "preferences")  # what the history does not have, beside ids
_MAX_MINUTES = 10**9
_DESCRIPTION = 10 * 10**6  # microseconds in which the first article is written


def read(
    ticket: Any,
    articles: Any = (),
    history: Any = None,
    *,
    earlier: Any = (),
    stages: Mapping[str, str] | None = None,
    names: Names | None = None,
    values: Values | None = None,
) -> TicketLog:
    """Read a ticket; who is an agent is what Zammad says of each article.

    An agent's note is not public even if customers may see it: Zammad sends no note to anyone, and
    does not count it as a response. The article with which a customer opened the ticket is its
    description, and no reply. Without a history, a ticket that is closed ended at its ``close_at``.

    Args:
        ticket: The ticket as it is today, with its states and priorities by name.
        articles: Its articles.
        history: Its history: the list, or the object that has it.
        earlier: The ticket as it was at earlier times, in any order, if there is no history.
        stages: What other states mean: ``"open"``, ``"resolved"``, ``"closed"`` or
            ``"cancelled"``.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: Something needed is missing, or is not what Zammad gives.
    """
    node, reader = Node(ticket), Reader(SOURCE.with_stages(stages), (), names, values)
    if not node["state"]:
        raise node["state"].error(expected="the name of the state, as `expand=true` gives it")
    opened = node["created_at"].instant()
    builder = LogBuilder(reader, node["id"].id(), opened)
    for field in reader.names:
        builder.has(field, _value(node, field))
    if history is not None:
        _read_history(builder, Node(history, ("history",)), names or {})
    else:
        _read_earlier(builder, reader, [*Node(earlier, ("earlier",)), node])
    closed = node["close_at"]
    ends = [(closed.instant(), "new", _value(node, "state"))] if closed else []
    builder.ended("state", ends)
    for at, key, article in in_order(Node(articles, ("articles",))):
        by = _SENDERS[article["sender"].choice(*_SENDERS)]
        is_note = by != CUSTOMER and article["type"].id() == "note"
        is_public = not article["internal"].flag() and not is_note
        if by != CUSTOMER or at >= opened + _DESCRIPTION:
            builder.message(at, f"article-{key}", by, public=is_public)
    return builder.log()


def _read_history(builder: LogBuilder, history: Node, names: Names) -> None:
    for field in names:
        if field.endswith("_id") or field in _UNREAD:
            raise unread_field(field, {*SOURCE.names, "customer", field.removesuffix("_id")})
    entries = history["history"] if isinstance(history.value, dict) else history
    for at, key, entry in in_order(entries.needed()):
        if entry["object"].id() == "Ticket" and entry["type"].id() == "updated":
            field = str(entry["attribute"].id())
            kind = "id" if field in _PEOPLE else "value"
            sides = (_user(field, entry[f"{kind}_{side}"]) for side in ("from", "to"))
            builder.change(at, f"history-{key}", field, *sides)


def _read_earlier(builder: LogBuilder, reader: Reader, tickets: list[Node]) -> None:
    if len(tickets) > 1:
        states = sorted(
            ((each["updated_at"].instant(), each) for each in tickets), key=itemgetter(0)
        )
        for (_, before), (at, after) in pairwise(states):
            for field in reader.names:
                values_of_both = _value(before, field), _value(after, field)
                builder.change(at, f"ticket-{at}", field, *values_of_both)


def _value(ticket: Node, field: str) -> Node:
    """The value of a field: its name, or in a webhook that of an object; the id of a user."""
    if field in _PEOPLE:
        return _user(field, ticket[f"{field}_id"])
    return ticket[field]["name"] if isinstance(ticket[field].value, dict) else ticket[field]


def _user(field: str, value: Node) -> Node:
    return value.with_value(None) if field in _PEOPLE and value.value == _NOBODY else value


def cycles(ticket: Any) -> list[ProductCycle]:
    """The clocks of a ticket: ``first_response``, ``update`` and ``close``, as far as they are due.

    Zammad clears the due date of what is done, and of tickets that wait; the minutes that were left
    show the breach. Of updates it keeps the longest.

    Raises:
        PayloadError: The ticket lacks its creation, or a time cannot be read.
    """
    node = Node(ticket)
    clocks = []
    for metric, stopped in _CLOCKS.items():
        due, left = node[f"{metric}_escalation_at"], node[f"{metric}_diff_in_min"]
        used = node[f"{metric}_in_min"]
        if not due and left.value is None:
            continue
        stop = node[stopped] if stopped else Node(None)
        minutes = None if left.value is None or used.value is None else _minutes(left, used)
        clocks.append(
            ProductCycle(
                metric=metric,
                start=to_utc(node["created_at"].instant()) if stopped else None,
                stop=to_utc(stop.instant()) if stop else None,
                due=to_utc(due.instant()) if due else None,
                breached=None if left.value is None else _minutes(left) < 0,
                goal=None if minutes is None else timedelta(minutes=minutes),
            )
        )
    return clocks


def _minutes(*counts: Node) -> int:
    for count in counts:
        if type(count.value) is not int or abs(count.value) > _MAX_MINUTES:
            raise count.error(expected="a number of minutes")
    return sum(count.value for count in counts)


check = checking.checker(SOURCE)
