"""What is recorded of a ticket: its row, its outbox, and what several writers do to them."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext, isolate_apps, override_settings

from slacalc import Event
from slacalc.django.models import SlaNotice, SlaPolicy
from slacalc.django.worker import tick
from slacalc.errors import EventError, RecordError, WorkError
from tests.django import project
from tests.django.desk.models import Mail, Ticket, TicketSla

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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
    assert ticket.sla.version == 1
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
    assert record.version == ticket.sla.version == 2
    assert not SlaNotice.objects.exclude(sent_at=None).exists()


@pytest.mark.usefixtures("database")
def test_a_body_that_raises_stores_nothing() -> None:
    ticket = new_ticket()
    with pytest.raises(EventError), TicketSla.record(ticket, now=at(0)) as sla:  # noqa: PT012 - the block is tested
        sla.insert(reply(0.5))
        sla.observe(at(0.6), status="Solved")
    assert not TicketSla.objects.exists()
    assert not hasattr(ticket, "sla")


@pytest.mark.usefixtures("database")
def test_an_empty_body_writes_only_what_is_due() -> None:
    ticket = new_ticket()
    with TicketSla.record(ticket, now=at(0)):
        pass
    with CaptureQueriesContext(connection) as queries, TicketSla.record(ticket, now=at(0.5)) as sla:
        sla.observe(at(0.5), status="open", priority="normal")
    assert not [one for one in queries if "UPDATE" in one["sql"] or "INSERT" in one["sql"]]
    assert TicketSla.objects.get().version == 1

    with TicketSla.record(ticket, now=at(0.75)):
        pass
    assert keys(TicketSla.objects.get()) == ["response.1.warning.75 %"]


@pytest.mark.usefixtures("database")
def test_a_message_that_is_delivered_twice_counts_once() -> None:
    ticket = new_ticket()
    for _ in range(2):
        with TicketSla.record(ticket, now=at(0.5)) as sla:
            sla.insert(reply(0.5), key="m-1")
    assert [event.key for event in TicketSla.objects.get().clock.events] == ["m-1"]


@pytest.mark.usefixtures("database")
def test_a_late_reply_withdraws_what_nobody_has_claimed() -> None:
    ticket = new_ticket()
    with TicketSla.record(ticket, now=at(2)):
        pass
    record = TicketSla.objects.get()
    assert keys(record) == ["response.1.breached", "response.1.due", "response.1.warning.75 %"]
    # One was sent, one is being sent, and one could not be sent and waits for another attempt.
    later = datetime.now(UTC) + timedelta(hours=1)
    record.notices.filter(kind="warning").update(sent_at=at(1))
    record.notices.filter(kind="due").update(claimed_until=later)
    record.notices.filter(kind="breached").update(claimed_until=later, error="no mail server")

    with TicketSla.record(ticket, now=at(2.1)) as sla:
        sla.insert(reply(0.1))

    record.refresh_from_db()
    assert keys(record) == ["response.1.due", "response.1.warning.75 %"]
    assert record.clock.status(at(2.1))["response"].state == "met"
    assert not record.ever_breached


@pytest.mark.usefixtures("database")
def test_what_another_writer_stored_meanwhile_is_kept() -> None:
    ticket = new_ticket()
    with TicketSla.record(ticket, now=at(0)):
        pass
    with TicketSla.record(ticket, now=at(1)) as sla:
        with TicketSla.record(ticket, now=at(0.6)) as other:
            other.insert(reply(0.5), key="other")
        sla.insert(Event(at(0.25), "note"), key="mine")
    record = TicketSla.objects.get()
    assert [event.key for event in record.clock.events] == ["mine", "other"]
    assert (record.version, record.metric) == (3, "resolution")
    assert ticket.sla.clock == record.clock


@contextmanager
def threads(count: int) -> Iterator[Callable[..., list[Any]]]:
    """A pool whose threads all begin at once, and close their connections."""
    barrier = Barrier(count)

    def run(work: Callable[[int], Any], number: int) -> Any:
        barrier.wait(30)
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        yield lambda work: [*pool.map(lambda number: run(work, number), range(count))]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("is_new", [True, False])
def test_parallel_writers_of_one_ticket_lose_nothing(*, is_new: bool) -> None:
    ticket = new_ticket()
    if not is_new:
        with TicketSla.record(ticket, now=at(0)):
            pass

    def write(number: int) -> None:
        for turn in range(3):
            with TicketSla.record(ticket, now=at(3)) as sla:
                place = 3 * number + turn
                sla.insert(Event(at(place / 60), "note"), key=f"m-{place}")
                sla.insert(Event(at(0.5), "note"), key="all")  # which is delivered to each

    with threads(12) as run:
        run(write)

    record = TicketSla.objects.get()
    wanted = {f"m-{place}" for place in range(36)} | {"all"}
    assert {event.key for event in record.clock.events} == wanted
    assert len(record.clock.events) == 37
    assert record.notices.count() == 3


@pytest.mark.usefixtures("database")
def test_in_a_transaction_of_the_host_all_or_nothing_is_stored() -> None:
    ticket = new_ticket()
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012 - the block is tested
        with TicketSla.record(ticket, now=at(2)) as sla:
            sla.insert(reply(0.5))
        assert TicketSla.objects.count() == 1
        raise ZeroDivisionError
    assert not TicketSla.objects.exists()
    assert not SlaNotice.objects.exists()

    with transaction.atomic():
        for _ in range(2):
            with TicketSla.record(ticket, now=at(2)) as sla:
                sla.insert(reply(0.5), key="m")
    assert TicketSla.objects.get().notices.count() == 0


@pytest.mark.usefixtures("postgresql")
def test_in_a_transaction_of_the_host_other_writers_may_come_between() -> None:
    ticket = new_ticket()
    with TicketSla.record(ticket, now=at(0)):
        pass

    def write(_: int) -> None:
        with TicketSla.record(ticket, now=at(1)) as other:
            other.insert(reply(0.5), key="other")

    with transaction.atomic(), TicketSla.record(ticket, now=at(1)) as sla:
        sla.insert(Event(at(0.25), "note"), key="mine")
        with threads(1) as run:
            run(write)
    assert [event.key for event in TicketSla.objects.get().clock.events] == ["mine", "other"]


def test_on_sqlite_immediate_transactions_of_the_host_wait_for_one_another(
    sqlite: dict[str, Any],
) -> None:
    project.connect(sqlite | {"OPTIONS": sqlite["OPTIONS"] | {"transaction_mode": "IMMEDIATE"}})
    ticket = new_ticket()

    def write(number: int) -> None:
        for turn in range(5):
            with transaction.atomic(), TicketSla.record(ticket, now=at(1)) as sla:
                sla.insert(Event(at(0.1), "note"), key=f"m-{5 * number + turn}")

    with threads(4) as run:
        run(write)
    assert len(TicketSla.objects.get().clock.events) == 20


@pytest.mark.usefixtures("sqlite")
def test_what_cannot_be_recorded_is_said() -> None:
    with pytest.raises(RecordError, match="save it before its record"), TicketSla.record(Ticket()):
        pass
    ticket = new_ticket()
    ticket.pk = 17  # of which there is no ticket
    with pytest.raises(IntegrityError), TicketSla.record(ticket, now=at(0)):
        pass


@pytest.fixture
def saved() -> Iterator[None]:
    """Every save of a ticket is taken over, at 10:00."""

    def take_over(instance: Ticket, update_fields: Any, **_: Any) -> None:
        TicketSla.observe(instance, update_fields=update_fields, now=at(1))

    post_save.connect(take_over, sender=Ticket)
    yield
    post_save.disconnect(take_over, sender=Ticket)


@pytest.mark.usefixtures("database", "saved")
def test_a_ticket_is_saved_whatever_is_refused(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Also if not even the block of `record` is entered, and in a transaction of the host."""
    with transaction.atomic():
        ticket = new_ticket(priority="?")
    assert Ticket.objects.get() == ticket
    assert f"desk.Ticket {ticket.pk} is not recorded" in caplog.text
    assert "'?' is not" in caplog.text
    assert not TicketSla.objects.exists()
    ticket.priority = "normal"
    ticket.save()
    assert ticket.sla.version == 1

    TicketSla.objects.update(stored_clock={"format": 99})
    with override_settings(SLACALC={"POLICIES": [tmp_path / "none.toml"]}):
        new_ticket()
    ticket.status = "solved"
    ticket.save()
    caplog.clear()
    TicketSla.insert(ticket, reply(0.5))
    assert "is not recorded" in caplog.text
    assert Ticket.objects.get(pk=ticket.pk).status == "solved"
    assert TicketSla.objects.get().version == 1


@pytest.mark.usefixtures("sqlite")
def test_naive_instants_of_a_host_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    ticket = new_ticket()
    ticket.created = OPENED.replace(tzinfo=None)
    TicketSla.observe(ticket)
    assert "no time zone" in caplog.text


@pytest.mark.usefixtures("sqlite")
def test_errors_of_the_host_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def attributes_of(_: Ticket) -> dict[str, Any]:
        raise KeyError("status")

    monkeypatch.setattr(TicketSla, "attributes_of", attributes_of)
    with pytest.raises(KeyError):
        TicketSla.observe(new_ticket())


@pytest.mark.usefixtures("database", "saved")
def test_only_what_was_saved_is_taken_over() -> None:
    ticket = new_ticket()
    known = Ticket.objects.get()
    assert known.sla.version == 1
    known.status, known.priority = "solved", "?"
    known.title = "b"
    known.save(update_fields=["title"])
    assert TicketSla.objects.get().clock.fields == {"priority": "normal", "status": "open"}
    Ticket.objects.update(priority="urgent")  # by somebody else
    known.save(update_fields=["status"])
    assert known.sla.clock.fields == {"priority": "urgent", "status": "solved"}
    part = Ticket.objects.only("title").get()
    part.save()  # of which Django makes update_fields
    assert TicketSla.objects.get().clock.fields == known.sla.clock.fields
    ticket.save()
    assert ticket.sla.clock.fields == {"priority": "normal", "status": "open"}


@pytest.mark.usefixtures("database")
def test_events_are_added_once() -> None:
    ticket = new_ticket()
    for _ in range(2):
        TicketSla.insert(ticket, reply(0.5).with_key("m-1"), now=at(0.9))
    assert [event.key for event in ticket.sla.clock.events] == ["m-1"]
    assert keys(ticket.sla) == []  # of what lies after now


@pytest.mark.usefixtures("database")
def test_a_ticket_that_is_ahead_of_the_clock_has_its_record() -> None:
    ticket = new_ticket(created=at(1))
    TicketSla.observe(ticket, now=at(0))
    ticket.priority = "urgent"
    TicketSla.observe(ticket, now=at(0.5))
    clock = TicketSla.objects.get().clock
    assert [(event.at, event.fields) for event in clock.events] == [(at(1), {"priority": "urgent"})]
    assert ticket.sla.due == at(1.5)
    ticket.status = "waiting"
    TicketSla.observe(ticket, now=at(3))
    ticket.status = "open"
    TicketSla.observe(ticket, now=at(2))  # as it was before, which changes nothing
    assert ticket.sla.clock.fields["status"] == "waiting"


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("length", ["2 apples", "1 day", "P1D", "7", "", 2])
def test_lengths_that_cannot_be_read(length: Any) -> None:
    with pytest.raises(WorkError, match=r'is not a length of time: .* "24h" for a day'):
        TicketSla.objects.due_within(length)
    with pytest.raises(WorkError, match=r"^'-2h' is negative: "):
        TicketSla.objects.due_within("-2h")


@pytest.mark.usefixtures("database")
def test_a_deleted_ticket_takes_its_notices_along() -> None:
    first, second = new_ticket(), new_ticket()
    for ticket in (first, second):
        with TicketSla.record(ticket, now=at(2)):
            pass
    first.delete()
    kept = set(SlaNotice.objects.values_list("record_id", flat=True))
    assert kept == {str(second.sla.pk)}


@pytest.mark.usefixtures("database")
def test_people_look_records_up() -> None:
    tickets = [new_ticket(title=str(hours), created=at(hours)) for hours in (0, 1.5, 4, 9)]
    for ticket in tickets:
        with TicketSla.record(ticket, now=max(at(2.25), ticket.created)) as sla:
            if ticket is tickets[1]:
                sla.observe(at(2), status="waiting")

    def titles(rows: Any) -> list[str]:
        return [row.ticket.title for row in rows]

    now = at(2.25)
    # The second one is paused, and its response is due at 2.5; the others at 1, 5 and 10.
    assert titles(TicketSla.objects.due_within("2h", now)) == ["1.5"]
    assert titles(TicketSla.objects.due_within(timedelta(hours=2.75), now)) == ["1.5", "4"]
    assert titles(TicketSla.objects.overdue(now)) == ["0"]
    assert titles(TicketSla.objects.breached()) == ["0"]
    TicketSla.objects.update(is_breached=False)  # as after a second cycle that was in time
    assert titles(TicketSla.objects.breached()) == []
    assert titles(TicketSla.objects.ever_breached()) == ["0"]
    assert titles(TicketSla.objects.due_within("2h").filter(pk=0)) == []


@pytest.mark.usefixtures("database")
def test_the_status_of_a_record_is_that_of_its_clock() -> None:
    ticket = new_ticket()
    with TicketSla.record(ticket, now=at(0)):
        pass
    record = TicketSla.objects.get()
    assert record.status(at(1.5))["response"].state == "breached"
    assert record.status(at(-1)).as_of == OPENED  # a machine whose clock is behind
    assert record.status()["resolution"].state == "breached"
    assert SlaPolicy.objects.get().data["name"] == "Desk"


def test_records_live_in_the_database_of_their_tickets(
    sqlite: dict[str, Any], tmp_path: Path
) -> None:
    shutil.copy(sqlite["NAME"], tmp_path / "other.sqlite3")
    project.connect(sqlite, other=project.sqlite(tmp_path / "other.sqlite3"))
    ticket = Ticket.objects.using("other").create(title="a", created=OPENED)
    Ticket.objects.using("other").create(title="without", created=OPENED)
    with TicketSla.record(ticket, now=at(0)) as sla:
        sla.insert(reply(0.5))
    assert not SlaPolicy.objects.exists()
    call_command("sla_backfill", "--database", "other", "--now", at(1).isoformat(), verbosity=0)
    assert TicketSla.objects.using("other").count() == 2
    assert not TicketSla.objects.exists()
    assert tick(at(9), using="other").sent == 7  # of which the breach of one response
    assert Mail.objects.using("other").count() == 7
    connections["other"].close()


@pytest.mark.usefixtures("sqlite")
@isolate_apps("tests.django.desk")
def test_the_notices_of_a_proxy_are_those_of_its_model() -> None:
    class Proxy(TicketSla):
        class Meta:
            app_label = "desk"
            proxy = True

    ticket = new_ticket()
    with Proxy.record(ticket, now=at(1.5)):
        pass
    assert tick(at(1.5)).sent == 3


@pytest.mark.usefixtures("database")
def test_a_stored_state_is_not_evaluated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a database does to the order of keys and to the form of numbers."""
    ticket = new_ticket()
    with TicketSla.record(ticket, now=at(1)) as sla:
        for number, author in enumerate(("é", 1e-7, 2.0, [1, {"b": None, "a": True}])):
            sla.insert(Event(at(0.5), "note", author=author), key=f"m-{number}")
    monkeypatch.delattr("slacalc._clock.clock.open_clock")
    record = TicketSla.objects.get()
    assert record.status(at(1))["response"].state == "running"
    with TicketSla.record(ticket, now=at(1)) as sla:
        sla.insert(reply(1))
    assert TicketSla.objects.get().status(at(1))["response"].state == "met"
