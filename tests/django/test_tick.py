"""``sla_tick``: what has come due is sent once, whoever looks, and at least once after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slacalc import Event, replay
from slacalc.django.management.commands import sla_tick
from slacalc.django.models import SlaNotice
from slacalc.django.settings import only_policy
from slacalc.django.worker import TickResult, tick
from slacalc.errors import WorkError
from tests.django import project
from tests.django.desk.models import Mail, Ticket, TicketSla
from tests.django.test_records import OPENED, at, new_ticket, reply

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
        subprocess.Popen(TICK, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
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


def test_what_a_killed_worker_has_claimed_is_sent_after_the_lease(database: dict[str, Any]) -> None:
    [ticket] = open_tickets(1, title="die")
    environment = project.environment(database, DESK_DIES="1")
    began = time.monotonic()
    command = [*TICK, "--lease", "3s"]
    killed = subprocess.run(command, env=environment, check=False, timeout=60)  # noqa: S603 - our own
    assert killed.returncode == -signal.SIGKILL
    claimed = SlaNotice.objects.get(attempts=1)
    assert (claimed.sent_at, claimed.kind) == (None, "warning")

    assert tick(at(1.5)).sent == 2  # the others, of which the first one was not the last
    if time.monotonic() - began < 3:
        assert len(mails(ticket)) == 2
    while tick(at(1.5)).sent == 0:
        assert time.monotonic() - began < 30
        time.sleep(0.1)
    assert mails(ticket) == PER_TICKET
    claimed.refresh_from_db()
    assert (claimed.attempts, claimed.sent_at, claimed.claimed_until) == (2, at(1.5), None)


@pytest.mark.usefixtures("database")
def test_each_claim_has_a_whole_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the last one of a tick that takes longer than a lease."""
    open_tickets(2)
    left = []

    def send(_: TicketSla, notice: SlaNotice) -> None:
        assert notice.claimed_until is not None
        left.append(notice.claimed_until - datetime.now(UTC))
        time.sleep(0.25)

    monkeypatch.setattr(TicketSla, "send", send)
    assert tick(at(1.5), lease=timedelta(seconds=1)).sent == 6
    assert min(left) > timedelta(seconds=0.6)


@pytest.mark.usefixtures("database")
def test_what_cannot_be_sent_is_tried_again_and_does_not_stop_the_others() -> None:
    [bad] = open_tickets(1, title="refuse")
    [good] = open_tickets(1)
    assert tick(at(1.5)) == TickResult(looked=2, sent=3, failed=3)
    assert mails(good) == PER_TICKET
    waiting = SlaNotice.objects.filter(record_id=str(bad.sla.pk))
    for attempts, minutes in ((1, 1), (2, 2), (3, 4), (14, 60)):
        notice = waiting.get(kind="due")
        assert (notice.attempts, notice.sent_at) == (attempts, None)
        assert notice.error == "ConnectionError: the mail server is away"
        assert notice.claimed_until is not None
        wait = (notice.claimed_until - datetime.now(UTC)) / timedelta(minutes=1)
        assert minutes - 0.5 < wait <= minutes
        assert tick(at(1.5)) == TickResult()
        following = {1: 1, 2: 2, 3: 13}.get(attempts, attempts)
        waiting.update(claimed_until=None, attempts=following)
        assert tick(at(1.5)).failed == 3

    Ticket.objects.filter(pk=bad.pk).update(title="well")
    waiting.update(claimed_until=None)
    assert tick(at(1.5)).sent == 3
    assert mails(bad) == PER_TICKET
    assert set(waiting.values_list("error", flat=True)) == {""}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("damage", [{"format": 99}, {}, [], None, "text"], ids=str)
def test_a_broken_row_is_put_off_and_does_not_stop_the_others(damage: object) -> None:
    bad, good = open_tickets(2)
    TicketSla.objects.filter(ticket=bad).update(
        stored_clock={"policy_name": "Nothing"} if damage is None else damage
    )
    assert tick(at(1.5)) == TickResult(looked=1, sent=3, failed=1)
    assert mails() == mails(good)
    broken = TicketSla.objects.get(ticket=bad)
    assert broken.next_look is not None
    assert broken.next_look > datetime.now(UTC)
    assert tick(at(1.5)) == TickResult()


@pytest.mark.usefixtures("database")
def test_a_tick_has_a_limit() -> None:
    open_tickets(3)
    assert tick(at(1.5), limit=2) == TickResult(looked=2, sent=2)
    assert tick(at(1.5), limit=20) == TickResult(looked=1, sent=7)


@pytest.mark.usefixtures("sqlite")
def test_a_tick_refuses_a_transaction_in_which_claims_would_not_be_committed() -> None:
    open_tickets(1)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        tick(at(1.5))
    assert not SlaNotice.objects.exists()


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("lease", ["0s", "999 ms", "-1h", timedelta(0)])
def test_a_lease_in_which_nothing_can_be_sent_is_refused(lease: Any) -> None:
    open_tickets(1)
    with pytest.raises(WorkError):
        tick(at(1.5), lease=lease)
    assert not SlaNotice.objects.exists()


@pytest.mark.usefixtures("sqlite")
def test_notices_of_what_is_gone_are_dropped() -> None:
    [ticket] = open_tickets(1)
    with TicketSla.record(ticket, now=at(1.5)):
        pass
    TicketSla.objects.all()._raw_delete("default")
    SlaNotice.objects.create(
        record_model="gone.gone", record_id="1", key="k", kind="due", metric="m", cycle=1, at=at(0)
    )
    assert tick(at(1.5)) == TickResult()
    assert SlaNotice.objects.get().record_model == "gone.gone"


class FakeTime:
    """Time that passes only in naps, of which the one after 75 seconds is interrupted."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self.seconds == 75:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.usefixtures("sqlite")
def test_the_command_ticks_again_and_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_tickets(1)
    fake, times = FakeTime(), list[float]()

    def now() -> datetime:
        times.append(fake.seconds)
        return at(1.5)

    monkeypatch.setattr(sla_tick, "time", fake)
    monkeypatch.setattr("django.utils.timezone.now", now)
    before = signal.getsignal(signal.SIGTERM)
    call_command("sla_tick", "--every", "30s")
    assert signal.getsignal(signal.SIGTERM) is before
    assert sorted(set(times)) == [0, 30, 60]
    assert fake.seconds == 75
    assert capsys.readouterr().out == "looked at 1, sent 3, failed 0\n"


@pytest.mark.usefixtures("sqlite")
def test_the_command_ticks_once(capsys: pytest.CaptureFixture[str]) -> None:
    open_tickets(1)
    before = signal.getsignal(signal.SIGINT)
    call_command("sla_tick", "--once", "--now", "2026-05-18T20:00Z", "--limit", "7")
    assert capsys.readouterr().out == "looked at 1, sent 6, failed 0\n"
    assert signal.getsignal(signal.SIGINT) is before
    call_command("sla_tick")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--now 2026-05-18T20:00", "no time zone: write 2026-05-18T09:00Z or "),
        ("--now noon", "cannot be read as an instant"),
        ("--every day", "'day' is not a length of time: write \"30s\""),
        ("--every banana", "not a length of time"),
        ("--every 0s", "'0s' is shorter than 1 s"),
        ("--every=-5s", "'-5s' is shorter than 1 s"),
        ("--lease 5parsecs", "'5parsecs'"),
        ("--lease 0s", "'0s' is shorter than 1 s"),
        ("--limit 0", "'0' is not a whole number of at least 1"),
        ("--limit=-1", "'-1' is not a whole number of at least 1"),
        ("--limit few", "'few' is not a whole number of at least 1"),
        ("--every 5s --now 2026-05-18T20:00Z", "leave out --now"),
        ("--every 5s --once", "not allowed with"),
    ],
)
def test_arguments_that_make_no_sense(words: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("sla_tick", *words.split())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_stopped_ends_with_the_notice_that_it_sends(
    sqlite: dict[str, Any], number: signal.Signals
) -> None:
    [ticket] = open_tickets(1, title="slow")
    worker = subprocess.Popen(
        [sys.executable, "-m", "django", "sla_tick", "--every", "1h"],
        env=project.environment(sqlite),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    began = time.monotonic()
    while not mails(ticket):
        assert time.monotonic() - began < 60
        time.sleep(0.05)
    worker.send_signal(number)
    assert worker.communicate(timeout=60) == ("looked at 1, sent 1, failed 0\n", "")
    assert worker.returncode == 0
    waiting = SlaNotice.objects.filter(sent_at=None)
    assert [*waiting.values_list("attempts", "claimed_until")] == [(0, None)] * 5


@pytest.mark.usefixtures("database")
def test_what_a_killed_worker_had_claimed_is_dropped_if_it_holds_no_longer() -> None:
    [ticket] = open_tickets(1)
    with TicketSla.record(ticket, now=at(1.5)):
        pass
    future = datetime.now(UTC) + timedelta(minutes=5)
    SlaNotice.objects.update(attempts=1, claimed_until=future)  # by workers that are killed now
    with TicketSla.record(ticket, now=at(2)) as sla:
        sla.insert(reply(0.9))
    assert SlaNotice.objects.count() == 3
    SlaNotice.objects.update(claimed_until=future - timedelta(minutes=10))
    assert tick(at(2)).sent == 1
    assert mails() == ["response.1.warning.75 %"]
    assert SlaNotice.objects.count() == 1


TURNS = st.lists(
    st.tuples(
        st.sampled_from(["tick", "reply", "wait", "open", "urgent", "solve"]),
        st.integers(1, 90),  # minutes until the next turn
        st.integers(0, 120),  # minutes by which an event comes late
    ),
    max_size=12,
)


@pytest.mark.usefixtures("sqlite")
@given(turns=TURNS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_in_whatever_order_events_and_ticks_come_all_is_sent_once(
    turns: list[tuple[str, int, int]],
) -> None:
    """In the end the clock is that of the whole log, and what holds then was sent, once."""
    Ticket.objects.all().delete()
    [ticket] = open_tickets(1)
    minutes, log = 0, []
    for number, (what, later, late) in enumerate(turns):
        minutes += later
        now = at(minutes / 60)
        if what == "tick":
            tick(now)
            continue
        seen = at(max(minutes - late, 0) / 60)
        fields: dict[str, Any] = {
            "reply": {"by": "agent"},
            "wait": {"status": "waiting"},
            "open": {"status": "open"},
            "urgent": {"priority": "urgent"},
            "solve": {"status": "solved"},
        }[what]
        event = Event(seen, "replied" if what == "reply" else "changed", **fields)
        log.append(event.with_key(f"m-{number}"))
        with TicketSla.record(ticket, now=now) as sla:
            sla.insert(log[-1])

    end = at(minutes / 60 + 24)
    tick(end)
    whole = replay(only_policy(), {"priority": "normal", "status": "open"}, log, OPENED)
    record = TicketSla.objects.get()
    assert record.clock == whole
    assert len(set(mails())) == len(mails())
    assert {notice.key for notice in whole.notices(None, end)} <= set(mails())
    assert not SlaNotice.objects.filter(sent_at=None).exists()
    assert record.next_look is None or record.next_look > end
