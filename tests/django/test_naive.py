"""``USE_TZ = False``: instants are naive in ``TIME_ZONE``, in and out, and mean the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.test.utils import override_settings

from slacalc import Event
from slacalc.django.admin import sla_text
from slacalc.django.models import SlaNotice
from slacalc.django.settings import aware
from slacalc.django.worker import tick
from tests.django.desk.models import Mail, Ticket, TicketSla
from tests.django.test_records import OPENED

if TYPE_CHECKING:
    from collections.abc import Iterator

NINE = datetime(2026, 5, 18, 11)  # in Paris, where it is 09:00 in UTC


@pytest.fixture(autouse=True)
def naive() -> Iterator[None]:
    with override_settings(USE_TZ=False):
        yield


@pytest.mark.usefixtures("database")
def test_instants_are_naive_in_and_out() -> None:
    ticket = Ticket.objects.create(title="a", created=NINE)
    with TicketSla.record(ticket, now=NINE) as sla:
        sla.insert(Event(aware(NINE + timedelta(minutes=5)), "note"))
        sla.observe(NINE + timedelta(minutes=10), priority="urgent")
        assert sla.status(NINE + timedelta(minutes=40))["response"].state == "breached"

    record = TicketSla.objects.get()
    assert record.clock.opened_at == OPENED
    assert [event.at.hour for event in record.clock.events] == [9, 9]
    # At 09:00, before the priority was raised: the next look is the first of the two events.
    assert (record.due, record.next_look) == (
        NINE + timedelta(hours=1),
        NINE + timedelta(minutes=5),
    )

    assert tick(NINE + timedelta(minutes=45)).sent == 3
    record.refresh_from_db()
    assert record.due == NINE + timedelta(minutes=30)
    assert set(Mail.objects.values_list("key", flat=True)) == {
        "response.1.warning.75 %",
        "response.1.due",
        "response.1.breached",
    }
    notice = SlaNotice.objects.get(kind="due")
    assert (notice.at, notice.sent_at) == (
        NINE + timedelta(minutes=30),
        NINE + timedelta(minutes=45),
    )
    assert record.status(NINE + timedelta(minutes=45))["resolution"].state == "running"
    assert [*TicketSla.objects.overdue(NINE + timedelta(minutes=31))] == [record]
    assert not TicketSla.objects.overdue(NINE + timedelta(minutes=30)).exists()
    assert [*TicketSla.objects.due_within("1h", NINE)] == [record]
    later = NINE + timedelta(minutes=45)
    assert sla_text(record, later) == "breached since 2026-05-18 11:30 (response)"


@pytest.mark.usefixtures("database")
def test_claims_and_commands_are_naive_too() -> None:
    ticket = Ticket.objects.create(title="refuse", created=NINE)
    with TicketSla.record(ticket, now=NINE):
        pass
    call_command("sla_tick", "--now", "2026-05-18T11:45", verbosity=0)
    notice = SlaNotice.objects.get()
    assert (notice.attempts, notice.error) == (1, "ConnectionError: the mail server is away")
    assert tick(NINE + timedelta(minutes=45)).failed == 0  # put off by a minute
    assert notice.claimed_until is not None
    SlaNotice.objects.update(claimed_until=notice.claimed_until - timedelta(minutes=2))
    assert tick(NINE + timedelta(minutes=45)).failed == 1


@pytest.mark.usefixtures("sqlite")
def test_backfill_and_rejudging_of_naive_tickets() -> None:
    Ticket.objects.create(title="a", created=NINE)
    call_command("sla_backfill", "--now", "2026-05-18T12:00", verbosity=0)
    call_command("sla_rejudge", "--now", "2026-05-18T12:00", verbosity=0)
    record = TicketSla.objects.get()
    assert (record.clock.opened_at, record.next_look) == (
        OPENED,
        NINE + timedelta(hours=1, microseconds=1),
    )
