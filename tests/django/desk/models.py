"""Tickets, their SLA, and what was sent."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from django.db import models

from slacalc import Event
from slacalc.django.models import SlaNotice, SlaRecord
from slacalc.django.settings import aware

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


class Ticket(models.Model):
    """A ticket."""

    title = models.CharField(max_length=100)
    priority = models.CharField(max_length=20, default="normal")
    status = models.CharField(max_length=20, default="open")
    created = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class Message(models.Model):
    """A message of a ticket."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages")
    at = models.DateTimeField()
    by = models.CharField(max_length=20)


class Mail(models.Model):
    """A mail that was sent; by which process."""

    key = models.CharField(max_length=100)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="mails")
    process = models.PositiveIntegerField()


class TicketSla(SlaRecord):
    """The SLA of a ticket."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="sla")

    @classmethod
    def attributes_of(cls, ticket: Any) -> Mapping[str, Any]:
        return {"priority": ticket.priority, "status": ticket.status}

    @classmethod
    def opened_at(cls, ticket: Any) -> datetime:
        at: datetime = ticket.created
        return at

    @classmethod
    def history_of(cls, ticket: Any) -> Iterable[Event]:
        for message in ticket.messages.all():
            event = Event(aware(message.at), "replied", by=message.by)
            yield event.with_key(f"message-{message.pk}")

    def send(self, notice: SlaNotice) -> None:
        """A mail; the environment says what goes wrong."""
        if "refuse" in self.ticket.title:
            raise ConnectionError("the mail server is away")
        if "die" in self.ticket.title and os.environ.get("DESK_DIES"):
            os.kill(os.getpid(), signal.SIGKILL)
        Mail.objects.using(self._state.db).create(
            key=notice.key, ticket=self.ticket, process=os.getpid()
        )
        if "slow" in self.ticket.title:
            time.sleep(1)
