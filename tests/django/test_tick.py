"""``sla_tick``: what has come due is sent once, whoever looks, and at least once after a kill."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from slacalc.django.models import SlaNotice
from slacalc.django.worker import TickResult, tick
from tests.django import project
from tests.django.desk.models import Mail, Ticket, TicketSla
from tests.django.test_records import OPENED, at, new_ticket

TICK = [sys.executable, "-m", "django", "sla_tick", "--now", at(1.5).isoformat()]
# Each of the tickets: the warning and the due date of the response, and that it is breached.
PER_TICKET = ["response.1.breached", "response.1.due", "response.1.warning.75 %"]


def open_tickets(count: int, **fields: Any) -> list[Ticket]:
    tickets = [new_ticket(**fields) for _ in range(count)]
    for ticket in tickets:
        with TicketSla.record(ticket, now=OPENED):
            pass
    return tickets


def mails(ticket: Ticket | None = None) -> list[str]:
    rows = Mail.objects.all() if ticket is None else ticket.mails.all()
    return sorted(rows.values_list("key", flat=True))


@pytest.mark.usefixtures("database")
def test_a_tick_sends_what_has_come_due_and_nothing_twice() -> None:
    [ticket] = open_tickets(1)
    assert tick(at(0.5)) == TickResult()
    assert tick(at(0.75)) == TickResult(looked=1, sent=1)
    assert tick(at(1.5)) == TickResult(looked=1, sent=2)
    assert tick(at(1.5)) == TickResult()
    assert mails(ticket) == PER_TICKET
    record = TicketSla.objects.get()
    assert (record.is_breached, record.next_look) == (True, at(6))
    assert set(SlaNotice.objects.values_list("sent_at", flat=True)) == {at(0.75), at(1.5)}


def test_two_processes_at_once_send_each_notice_once(database: dict[str, Any]) -> None:
    tickets = open_tickets(200)
    environment = project.environment(database)
    workers = [
        subprocess.Popen(TICK, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for _ in range(2)
    ]
    outputs = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert all("failed 0" in output for output in outputs), outputs

    assert len(mails()) == 600
    assert all(mails(ticket) == PER_TICKET for ticket in tickets)
    assert not SlaNotice.objects.filter(sent_at=None).exists()
    # Both did a part of it; otherwise this tests nothing.
    assert Mail.objects.values("process").distinct().count() == 2
