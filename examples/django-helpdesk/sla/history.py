"""The history of tickets that are older than their records, for ``sla_backfill``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpdesk.models import Ticket, TicketChange

from slacalc import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = {"Priority": "priority", "On Hold": "on_hold"}  # as an English desk has written them


def events_of(ticket: Ticket) -> Iterator[Event]:
    """The events of a ticket, as far as its follow-ups say."""
    from sla.models import STATUS, TicketSla, is_reply, reply  # noqa: PLC0415 - which needs this

    changes = TicketChange.objects.filter(followup__ticket=ticket, field__in=FIELDS)
    changes = [*changes.order_by("followup__date", "pk").select_related("followup")]
    now = TicketSla.attributes_of(ticket)
    first = {FIELDS[change.field]: change.old_value.lower() for change in reversed(changes)}
    yield Event(ticket.created, "created", **now | {"status": "open", "on_hold": False} | first)
    for change in changes:
        value = {FIELDS[change.field]: change.new_value.lower()}
        yield Event(change.followup.date, "changed", **value)
    for followup in ticket.followup_set.filter(date__gt=ticket.created):
        if followup.new_status:
            yield Event(followup.date, "changed", status=STATUS[followup.new_status])
        if is_reply(followup):
            yield reply(followup)
    yield Event(ticket.modified, "changed", **now)  # what has changed without a follow-up
