"""Zammad: a ticket as it was at several times, and its articles.

Read are tickets as ``GET /api/v1/tickets/{id}?expand=true`` or a webhook gives them. Zammad shows a
ticket as it is, so that changes are the differences between what was kept of it from time to time;
a change counts at the ``updated_at`` of the first one that shows it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from slacalc._time.instants import to_utc
from slacalc.adapters import checking
from slacalc.adapters.comparison import ProductCycle
from slacalc.adapters.core import (
    AGENT,
    CANCELLED,
    CLOSED,
    CUSTOMER,
    SYSTEM,
    UNKNOWN,
    LogBuilder,
    Node,
    Reader,
    Source,
    stage_by_status,
)

if TYPE_CHECKING:
    from slacalc._policy.policy import Policy
    from slacalc.adapters.checking import Unmet
    from slacalc.adapters.core import Names, TicketLog, Values

SOURCE = Source(
    "zammad",
    {"state": "state", "priority": "priority", "owner": "assignee", "group": "group"},
    {},
    stage_by_status("state", {"closed": CLOSED, "merged": CANCELLED}),
    ("state",),
    "owner",
)
_SENDERS = {"Agent": AGENT, "Customer": CUSTOMER, "System": SYSTEM}
_CLOCKS = {"first_response": "first_response_at", "update": "", "close": "close_at"}
_NOBODY = "-"  # the owner of a ticket that nobody has taken


def read(
    snapshots: Any,
    articles: Any = (),
    *,
    names: Names | None = None,
    values: Values | None = None,
) -> TicketLog:
    """Read a ticket; who is an agent is what Zammad says of each article.

    Args:
        snapshots: The ticket as it was at several times, in any order.
        articles: Its articles.
        names: Further fields of the product, with their names in the policy; it may also rename
            the usual ones.
        values: By field of the policy, values of the product and those that they stand for.

    Raises:
        PayloadError: There is no snapshot, or something needed is missing in one.
    """
    node, reader = Node(snapshots, ("snapshots",)), Reader(SOURCE, (), names, values)
    tickets = sorted(node, key=lambda ticket: ticket["updated_at"].instant())
    if not tickets:
        raise Node(None, node.path).error(expected="the ticket at one time at least")
    first, last = tickets[0], tickets[-1]
    builder = LogBuilder(reader, first["id"].id(), first["created_at"].instant())
    for field in reader.names:
        builder.has(field, _value(last, field))
        for before, after in pairwise(tickets):
            if _value(before, field) != _value(after, field):
                at = after["updated_at"].instant()
                builder.change(
                    at, f"ticket-{at}", field, _value(before, field), _value(after, field)
                )
    for article in Node(articles, ("articles",)):
        at, key = article["created_at"].instant(), f"article-{article['id'].id()}"
        by = _SENDERS.get(str(article["sender"].value), UNKNOWN)
        builder.message(at, key, by, public=article["internal"].value is not True)
    return builder.log()


def cycles(ticket: Any) -> list[ProductCycle]:
    """The clocks of a ticket: ``first_response``, ``update`` and ``close``, as far as they are due.

    Zammad clears the due date of what is done; then the minutes that were left show the breach.

    Raises:
        PayloadError: The ticket lacks its creation.
    """
    node = Node(ticket)
    clocks = []
    for metric, stopped in _CLOCKS.items():
        due, left = node[f"{metric}_escalation_at"], node[f"{metric}_diff_in_min"]
        if due or left.value is not None:
            stop = node[stopped] if stopped else Node(None)
            clocks.append(
                ProductCycle(
                    metric=metric,
                    start=to_utc(node["created_at"].instant()) if stopped else None,
                    stop=to_utc(stop.instant()) if stop else None,
                    due=to_utc(due.instant()) if due else None,
                    breached=None if left.value is None else left.id() < 0,
                )
            )
    return clocks


def _value(ticket: Node, field: str) -> Any:
    """The value of a field: its name where it is expanded, in a webhook the name of an object."""
    value = ticket[field].value
    if isinstance(value, dict):
        value = value.get("name") or value.get("login") or value.get("id")
    return None if field == "owner" and value == _NOBODY else value


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
