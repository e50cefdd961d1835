"""A tick: records that have come due are looked at, and what waits in the outbox is sent, once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import slacalc.sqlalchemy
from slacalc.errors import RecordError, WorkError
from tests.sqlalchemy.models import Notice, TicketSla, get_one
from tests.sqlalchemy.test_records import NINE, minutes, note, outbox, record, row_of, store_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine, Update

    from slacalc import Policy
    from slacalc.sqlalchemy import SlaStore, TickReport


KEYS = ("reply.1.warning.50 %", "reply.1.due", "reply.1.breached")
FOREIGN_KEY = "sla_notices_ticket_id_fkey"


@pytest.fixture
def sla(desk: Policy) -> SlaStore:
    return store_of(desk)


class Outgoing:
    """What was sent, and what sending meets."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.error: BaseException | None = None

    def __call__(self, notice: Notice) -> None:
        """Send a notice."""
        if self.error is not None:
            raise self.error
        self.keys.append(f"{notice.ticket_id} {notice.key}")


@pytest.fixture
def outgoing() -> Outgoing:
    return Outgoing()


def tick(engine: Engine, sla: SlaStore, now: datetime, outgoing: Outgoing) -> TickReport:
    with Session(engine) as session:
        return sla.tick(session, now, outgoing)


def test_only_what_has_come_due_is_looked_at(
    engine: Engine, sla: SlaStore, outgoing: Outgoing
) -> None:
    for ticket in (1, 2, 3):
        record(engine, sla, ticket=ticket)
    record(engine, sla, note(10, "replied"), ticket=2, now=minutes(10))

    assert tick(engine, sla, minutes(29), outgoing) == (0, 0, ())
    assert tick(engine, sla, minutes(30), outgoing) == (2, 2, ())
    assert outgoing.keys == ["1 reply.1.warning.50 %", "3 reply.1.warning.50 %"]
    assert tick(engine, sla, minutes(30), outgoing) == (0, 0, ())
    assert row_of(engine, 1).next_look == minutes(60)


def test_notices_are_sent_in_the_order_of_their_instants(
    engine: Engine, sla: SlaStore, outgoing: Outgoing
) -> None:
    """After a night without ticks, the first of all tickets come first."""
    record(engine, sla, ticket=1)
    record(engine, sla, note(10, "replied"), note(20, "solved"), ticket=2, now=minutes(20))
    assert tick(engine, sla, minutes(24 * 60 + 1), outgoing) == (1, 5, ())
    assert outgoing.keys == [
        "1 reply.1.warning.50 %",
        "1 reply.1.due",
        "1 reply.1.breached",
        "1 solution.1.due",
        "1 solution.1.breached",
    ]
    with Session(engine) as session:
        last = session.scalars(select(Notice.sent_at).order_by(Notice.at.desc())).first()
    assert last is not None
    assert minutes(24 * 60 + 1) < last < minutes(24 * 60 + 2)
    assert row_of(engine, 1).next_look is None


def test_notices_of_one_instant_are_sent_in_the_order_of_a_clock(
    engine: Engine, sla: SlaStore, outgoing: Outgoing
) -> None:
    """The event that raises the priority brings both."""
    record(engine, sla, note(5, "replied"), note(180, "changed", priority="high"), now=minutes(180))
    tick(engine, sla, minutes(180), outgoing)
    assert outgoing.keys == ["7 solution.1.due", "7 solution.1.breached"]


def test_a_limit(engine: Engine, sla: SlaStore, outgoing: Outgoing) -> None:
    for ticket in range(5):
        record(engine, sla, ticket=ticket)
    with Session(engine) as session:
        assert sla.tick(session, minutes(30), outgoing, limit=2) == (2, 2, ())
        assert sla.tick(session, minutes(30), outgoing, limit=9) == (3, 3, ())


def test_what_cannot_be_sent_is_sent_later_and_stops_nothing(
    engine: Engine, sla: SlaStore, outgoing: Outgoing
) -> None:
    record(engine, sla)
    now, distances = minutes(30), list[float]()
    outgoing.error = RuntimeError("no answer")
    for _ in range(8):
        result = tick(engine, sla, now, outgoing)
        assert [(failure.ticket, failure.key) for failure in result.failures] == [
            (7, "reply.1.warning.50 %")
        ]
        notice = outbox(engine)["reply.1.warning.50 %"]
        assert (notice.sent_at, notice.error) == (None, "RuntimeError('no answer')")
        assert notice.claimed_until is not None
        assert tick(engine, sla, now + timedelta(seconds=50), outgoing).failures == ()
        distances.append(round((notice.claimed_until - now).total_seconds() / 60))
        now = notice.claimed_until
        with Session(engine) as session, session.begin():  # so that nothing else comes due
            session.execute(update(TicketSla).values(next_look=None))
    assert distances == [1, 2, 4, 8, 16, 32, 60, 60]

    outgoing.error = None
    assert tick(engine, sla, now, outgoing).sent == 1
    assert (notice.attempts, outbox(engine)["reply.1.warning.50 %"].attempts) == (8, 9)
    assert outbox(engine)["reply.1.warning.50 %"].error == ""


def test_a_failure_does_not_stop_the_others(engine: Engine, sla: SlaStore) -> None:
    sent = []

    def send(notice: Notice) -> None:
        if notice.ticket_id == 1:
            raise OSError
        sent.append(notice.ticket_id)

    for ticket in (1, 2):
        record(engine, sla, ticket=ticket)
    with Session(engine) as session:
        looked, count, failures = sla.tick(session, minutes(30), send)
    assert (looked, count, [failure.ticket for failure in failures], sent) == (2, 1, [1], [2])


def test_a_worker_that_dies_between_claim_and_mark(
    engine: Engine, sla: SlaStore, outgoing: Outgoing
) -> None:
    """The notice is sent again when the lease is over, and not before."""
    record(engine, sla, note(10, "solved"))
    outgoing.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        tick(engine, sla, minutes(30), outgoing)
    outgoing.error = None
    assert tick(engine, sla, minutes(34.9), outgoing).sent == 0
    assert tick(engine, sla, minutes(35.1), outgoing).sent == 1


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_another_worker_between_the_choice_and_the_claim(
    engine: Engine, sla: SlaStore, outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(engine, sla, now=minutes(30))
    count = slacalc.sqlalchemy._count

    def be_late(session: Session, statement: Update) -> int:
        monkeypatch.undo()
        assert tick(engine, sla, minutes(30), outgoing).sent == 1
        return count(session, statement)

    monkeypatch.setattr(slacalc.sqlalchemy, "_count", be_late)
    assert tick(engine, sla, minutes(30), outgoing).sent == 0
    assert len(outgoing.keys) == 1


def test_claims_count_from_the_instant_of_the_claim(engine: Engine, sla: SlaStore) -> None:
    """Not from the beginning of a long tick."""
    ends = []

    def send(notice: Notice) -> None:
        with Session(engine) as session:
            ends.append(get_one(session, Notice, (notice.ticket_id, notice.key)).claimed_until)
        time.sleep(0.2)

    for ticket in (1, 2):
        record(engine, sla, ticket=ticket)
    with Session(engine) as session:
        sla.tick(session, minutes(30), send, lease=timedelta(minutes=2))
    first, second = ends
    assert first is not None
    assert second is not None
    assert minutes(32) <= first
    assert first + timedelta(seconds=0.2) <= second < minutes(33)


def test_a_lease_in_which_nothing_can_be_sent_is_refused(engine: Engine, sla: SlaStore) -> None:
    with Session(engine) as session, pytest.raises(WorkError, match="is shorter than 1 s"):
        sla.tick(session, NINE, print, lease=timedelta(milliseconds=999))


def test_a_failure_after_the_lease_leaves_the_claim_of_another(
    engine: Engine, sla: SlaStore
) -> None:
    record(engine, sla)

    def slow(notice: Notice) -> None:
        with Session(engine) as session, session.begin():
            other = get_one(session, Notice, (notice.ticket_id, notice.key))
            other.attempts, other.claimed_until = 2, minutes(50)
        raise OSError

    with Session(engine) as session:
        sla.tick(session, minutes(30), slow)
    notice = outbox(engine)["reply.1.warning.50 %"]
    assert (notice.claimed_until, notice.error) == (minutes(50), "")


def test_a_record_that_cannot_be_read_stops_nothing(
    engine: Engine, sla: SlaStore, outgoing: Outgoing
) -> None:
    for ticket in (1, 2, 3):
        record(engine, sla, ticket=ticket)
    with Session(engine) as session, session.begin():
        session.execute(update(TicketSla).where(TicketSla.ticket_id == 1).values(clock=[3]))
        broken = {"opened_at": "yesterday"}
        session.execute(update(TicketSla).where(TicketSla.ticket_id == 2).values(clock=broken))

    result = tick(engine, sla, minutes(30), outgoing)

    assert (result.looked, result.sent) == (1, 1)
    assert [(failure.ticket, failure.key) for failure in result.failures] == [(1, ""), (2, "")]
    assert row_of(engine, 1).next_look == minutes(31)
    assert tick(engine, sla, minutes(30.9), outgoing).failures == ()
    assert len(tick(engine, sla, minutes(31), outgoing).failures) == 2


def test_a_database_that_fails_is_not_a_failure_of_a_record(
    engine: Engine, sla: SlaStore, outgoing: Outgoing
) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE ticket_sla RENAME TO gone"))
    with pytest.raises(DBAPIError):
        tick(engine, sla, minutes(30), outgoing)


def test_a_session_with_a_transaction(engine: Engine, sla: SlaStore, outgoing: Outgoing) -> None:
    """What the host has not committed is not committed for it."""
    with (
        Session(engine) as session,
        session.begin(),
        pytest.raises(RecordError, match="session has one: commit it or roll it back"),
    ):
        sla.tick(session, NINE, outgoing)
    with Session(engine) as session:
        session.scalars(select(Notice)).all()
        with pytest.raises(RecordError, match="also one that a mere query has begun"):
            sla.tick(session, NINE, outgoing)


async def coroutine(_: Notice) -> None:
    """Send nothing."""


class Sender:
    """An object that is called like a coroutine function."""

    async def __call__(self, _: Notice) -> None:
        """Send nothing."""


def test_arguments_that_do_not_fit(engine: Engine, sla: SlaStore) -> None:
    limits: list[Any] = [-1, 1.5, True, "2"]
    for limit in limits:
        with Session(engine) as session, pytest.raises(RecordError, match="not a whole number"):
            sla.tick(session, NINE, print, limit=limit)
    senders: list[Any] = [None, "mail"]
    for send in senders:
        with Session(engine) as session, pytest.raises(RecordError, match="cannot send: give a f"):
            sla.tick(session, NINE, send)
    for send in (coroutine, partial(coroutine), Sender()):
        with Session(engine) as session, pytest.raises(RecordError, match="session cannot await"):
            sla.tick(session, NINE, send)
    with pytest.raises(RecordError, match="is not a session"):
        sla.tick(engine, NINE, print)  # type: ignore[arg-type] # on purpose


def test_the_notices_of_a_record_that_was_deleted(
    engine: Engine, sla: SlaStore, outgoing: Outgoing
) -> None:
    """SQLite heeds foreign keys only if it is told to."""
    for ticket in (1, 2):
        record(engine, sla, ticket=ticket, now=minutes(61))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE sla_notices DROP CONSTRAINT " + FOREIGN_KEY))
        connection.execute(text("DELETE FROM ticket_sla WHERE ticket_id = 1"))
    assert tick(engine, sla, minutes(61), outgoing) == (0, 3, ())
    assert {key.split()[0] for key in outgoing.keys} == {"2"}
    with Session(engine) as session:
        assert {notice.ticket_id for notice in session.scalars(select(Notice))} == {2}


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_transactions_that_come_into_the_way_of_each_other(
    engine: Engine, sla: SlaStore, isolation: str
) -> None:
    """A tick begins them again."""
    tickets, sent = 12, Counter[tuple[int, str]]()
    strict = engine.execution_options(isolation_level=isolation)
    for ticket in range(tickets):
        record(engine, sla, ticket=ticket)
    lock, start = threading.Lock(), threading.Barrier(3)

    def send(notice: Notice) -> None:
        with lock:
            sent[notice.ticket_id, notice.key] += 1

    def work(_: int) -> list[TickReport]:
        start.wait()
        reports = []
        for _ in range(4):
            with Session(strict) as session:
                reports.append(sla.tick(session, minutes(61), send))
        return reports

    with ThreadPoolExecutor(3) as pool:
        reports = [report for reports in pool.map(work, range(3)) for report in reports]
    assert [report.failures for report in reports if report.failures] == []
    assert sum(report.looked for report in reports) == tickets
    assert sent == {(ticket, key): 1 for ticket in range(tickets) for key in KEYS}


def test_two_workers_send_nothing_twice(engine: Engine, sla: SlaStore) -> None:
    """While events come in, and while each of them looks and sends as fast as it can."""
    tickets, sent, over = 15, Counter[tuple[int, str]](), threading.Event()
    lock = threading.Lock()
    for ticket in range(tickets):
        record(engine, sla, ticket=ticket)

    def send(notice: Notice) -> None:
        with lock:
            sent[notice.ticket_id, notice.key] += 1

    def work() -> None:
        while not over.is_set():
            with Session(engine) as session:
                sla.tick(session, minutes(61), send)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for number in range(tickets):
        record(engine, sla, note(40).with_key("late"), ticket=number, now=minutes(61))
    over.set()
    for worker in workers:
        worker.join()
    with Session(engine) as session:
        sla.tick(session, minutes(61), send)

    assert len(sent) == 3 * tickets
    assert set(sent.values()) == {1}
    assert all(len(row_of(engine, ticket).clock["events"]) == 1 for ticket in range(tickets))
