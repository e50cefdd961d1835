"""The SLA records of tickets, and the signals of django-helpdesk that write them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.mail import send_mail
from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver
from helpdesk.models import FollowUp, Ticket
from helpdesk.signals import update_ticket_done

from sla import history
from slacalc import Event
from slacalc.django.models import SlaNotice, SlaRecord

# The words of the policy. `get_status_display` speaks the language of whoever looks.
STATUS = {1: "open", 2: "reopened", 3: "resolved", 4: "closed", 5: "duplicate", 6: "waiting"}


class TicketSla(SlaRecord):
    """The promises to one ticket."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="sla")

    @classmethod
    def opened_at(cls, ticket: Ticket) -> datetime:
        """When the ticket came in."""
        return ticket.created

    @classmethod
    def attributes_of(cls, ticket: Ticket) -> dict[str, Any]:
        """What the policy wants to know of a ticket, as it is now."""
        status = STATUS[int(ticket.status)]
        return {"priority": ticket.priority, "status": status, "on_hold": ticket.on_hold}

    @classmethod
    def history_of(cls, ticket: Ticket) -> Iterator[Event]:
        """What has happened to a ticket that is older than its record."""
        return history.events_of(ticket)

    def send(self, notice: SlaNotice) -> None:
        """Mail the agent who has the ticket, or the address of the queue."""
        if notice.kind == "due":  # the breach follows at once
            return
        ticket, promise = self.ticket, self.status(notice.at)[notice.metric]
        due = f"{promise.within}, due {promise.due:%a %d %b %H:%M}"
        send_mail(
            f"{ticket.ticket} SLA {notice.metric}: {notice.threshold or notice.kind}",
            f"{ticket.title}\n{due}\n{ticket.staff_url}",
            ticket.queue.from_address,
            [ticket.assigned_to.email if ticket.assigned_to else ticket.queue.email_address],
        )


@receiver(post_save, sender=Ticket)
def ticket_saved(
    instance: Ticket, *, raw: bool, update_fields: frozenset[str] | None, **_: Any
) -> None:
    """Take over the fields of a ticket; nothing is written where none has changed."""
    if not raw:  # from a fixture
        TicketSla.observe(instance, update_fields=update_fields)


@receiver(update_ticket_done)
def ticket_answered(followup: FollowUp, **_: Any) -> None:
    """Record the answer of an agent."""
    if is_reply(followup):
        TicketSla.insert(followup.ticket, reply(followup))


def is_reply(followup: FollowUp) -> bool:
    """Whether an agent has answered the customer."""
    public = followup.direction == FollowUp.DIRECTION_OUTBOUND
    return bool(public and followup.comment and followup.user)


def reply(followup: FollowUp) -> Event:
    """A reply as an event, with the key of its follow-up, so that it counts once."""
    return Event(followup.date, "replied", by="agent").with_key(f"followup-{followup.pk}")
