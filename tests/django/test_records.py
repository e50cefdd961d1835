"""What is recorded of a ticket: its row, its outbox, and what several writers do to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slacalc import Event
from slacalc.django.models import SlaNotice, SlaPolicy
from tests.django.desk.models import Ticket, TicketSla

OPENED = datetime(2026, 5, 18, 9, tzinfo=UTC)


def at(hours: float) -> datetime:
    return OPENED + timedelta(hours=hours)


def new_ticket(**fields: Any) -> Ticket:
    return Ticket.objects.create(**{"title": "a", "created": OPENED} | fields)


def keys(record: TicketSla) -> list[str]:
    return sorted(record.notices.values_list("key", flat=True))


def reply(hours: float, by: str = "agent") -> Event:
    return Event(at(hours), "replied", by=by)


@pytest.mark.usefixtures("database")
def test_a_ticket_gets_a_record_with_its_columns() -> None:
    ticket = new_ticket()
    with TicketSla.record(ticket, now=at(0)):
        pass

    record = TicketSla.objects.get()
    assert record.ticket == ticket
    assert (record.due, record.metric, record.next_look) == (at(1), "response", at(0.75))
    assert (record.is_breached, record.ever_breached, record.version) == (False, False, 1)
    assert type(record.due) is datetime
    assert record.clock.fields == {"priority": "normal", "status": "open"}
    assert SlaPolicy.objects.get().fingerprint == record.policy == record.clock.policy.fingerprint
    assert ticket.sla.version == 1


@pytest.mark.usefixtures("database")
def test_an_event_that_breaches_has_its_notices_in_the_same_transaction() -> None:
    ticket = new_ticket()
    with TicketSla.record(ticket, now=at(0)):
        pass
    with TicketSla.record(ticket, now=at(2.5)) as sla:
        sla.insert(reply(0.5), key="m-1")
        sla.observe(at(2.5), priority="urgent")
        assert sla.status(at(2.5))["resolution"].state == "breached"

    record = TicketSla.objects.get()
    assert keys(record) == [
        "resolution.1.breached",
        "resolution.1.due",
        "resolution.1.warning.75 %",
    ]
    assert (record.is_breached, record.due, record.metric) == (True, at(2), "resolution")
    assert record.version == 2
    assert not SlaNotice.objects.exclude(sent_at=None).exists()
