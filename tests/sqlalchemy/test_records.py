"""What is written of a ticket: its clock, the columns of its row, and its outbox."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select, text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import slacalc.sqlalchemy
from slacalc import Clock, Event, Policy, PolicyStore
from slacalc._records.rows import columns_of
from slacalc.errors import (
    ClockError,
    EventError,
    NaiveDatetimeError,
    PolicyError,
    RecordError,
    WorkError,
)
from slacalc.sqlalchemy import ClockType, SlaNoticeMixin, SlaRecordMixin, SlaStore, UtcDateTime
from tests.sqlalchemy.models import Notice, StoredPolicy, Ticket, TicketSla, get_one

if TYPE_CHECKING:
    from sqlalchemy import Engine

NINE = datetime(2026, 5, 18, 9, tzinfo=UTC)
TICKET = {"status": "open", "priority": "low"}


def store_of(*policies: Policy) -> SlaStore:
    return SlaStore(PolicyStore(*policies), TicketSla, Notice, StoredPolicy)


@pytest.fixture
def sla(desk: Policy) -> SlaStore:
    return store_of(desk)


def minutes(count: float) -> datetime:
    """So many minutes past nine o'clock."""
    return NINE + timedelta(minutes=count)


def note(count: float, name: str = "note", **fields: Any) -> Event:
    return Event(minutes(count), name, **fields)


def record(
    engine: Engine, sla: SlaStore, *events: Event, now: datetime = NINE, ticket: int = 7
) -> None:
    """Record events of a ticket in a transaction of their own."""

    def opening() -> Clock:
        return sla.policies.current("desk").open(TICKET, NINE)

    with (
        Session(engine) as session,
        session.begin(),
        sla.record(session, ticket, now, opening=opening) as clock,
    ):
        clock.insert(*events)


def row_of(engine: Engine, ticket: int = 7) -> TicketSla:
    with Session(engine) as session:
        return get_one(session, TicketSla, ticket)


def outbox(engine: Engine) -> dict[str, Notice]:
    with Session(engine) as session:
        return {notice.key: notice for notice in session.scalars(select(Notice))}


def test_a_row_says_what_people_search_by(engine: Engine, sla: SlaStore, desk: Policy) -> None:
    record(engine, sla, note(10), now=minutes(20))

    row = row_of(engine)

    assert (row.due, row.metric, row.next_look) == (minutes(60), "reply", minutes(30))
    assert (row.is_breached, row.ever_breached, row.version) == (False, False, 1)
    assert row.policy == desk.fingerprint
    assert row.due is not None
    assert row.due.tzinfo is UTC
    with Session(engine) as session:
        clock = sla.clock(session, 7)
    assert clock == desk.open(TICKET, NINE).insert(note(10))


def test_a_stored_state_is_not_evaluated_again(
    engine: Engine, sla: SlaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a database does to the order of keys and to the form of numbers."""
    record(engine, sla, note(1, text="é", status="open"), note(2, text=1e-7), note(3, text=[2.0]))
    monkeypatch.delattr("slacalc._clock.clock.open_clock")
    with Session(engine) as session:
        assert len(sla.clock(session, 7).status(minutes(4))) == 2


def test_a_breach_by_an_event_has_its_notice_in_the_same_transaction(
    engine: Engine, sla: SlaStore
) -> None:
    """The priority goes up after three hours: the two hours of high are over at once."""
    record(engine, sla, note(5, "replied"))
    with Session(engine) as session, session.begin():
        with sla.record(session, 7, minutes(180)) as clock:
            clock.observe(minutes(180), priority="high")
        session.rollback()
    assert (outbox(engine), row_of(engine).version) == ({}, 1)

    record(engine, sla, note(180, "changed", priority="high"), now=minutes(180))

    notices = outbox(engine)
    assert {*notices} == {"solution.1.breached", "solution.1.due"}
    breach = notices["solution.1.breached"]
    assert (breach.at, breach.kind, breach.metric, breach.cycle) == (
        minutes(180),
        "breached",
        "solution",
        1,
    )
    assert (breach.sent_at, breach.claimed_until, breach.attempts, breach.error) == (
        None,
        None,
        0,
        "",
    )
    assert row_of(engine).is_breached


def test_a_message_that_comes_twice_writes_nothing(engine: Engine, sla: SlaStore) -> None:
    for _ in range(2):
        record(engine, sla, note(5).with_key("msg-17"))
    assert row_of(engine).version == 1
    assert len(row_of(engine).clock["events"]) == 1


def test_an_empty_body_writes_only_what_has_come_due(engine: Engine, sla: SlaStore) -> None:
    record(engine, sla)
    record(engine, sla, now=minutes(29))
    assert row_of(engine).version == 1
    record(engine, sla, now=minutes(30))
    assert row_of(engine).version == 2
    assert [(notice.key, notice.name, notice.threshold) for notice in outbox(engine).values()] == [
        ("reply.1.warning.50 %", "lead", "50 %")
    ]


def test_nothing_is_written_if_the_body_raises(engine: Engine, sla: SlaStore) -> None:
    record(engine, sla)
    with Session(engine) as session, session.begin():
        with suppress(EventError), sla.record(session, 7, NINE) as clock:
            clock.insert(note(1))
            clock.observe(minutes(2), status="Open")
        session.add(Ticket(id=1))  # the transaction of the host goes on
    assert row_of(engine).version == 1
    with Session(engine) as session:
        assert session.get(Ticket, 1) is not None


def test_a_late_reply_withdraws_what_nobody_sends(engine: Engine, sla: SlaStore) -> None:
    """Not what is claimed or sent; what could not be sent counts as not claimed."""
    record(engine, sla, now=minutes(61))
    with Session(engine) as session, session.begin():
        get_one(session, Notice, (7, "reply.1.warning.50 %")).sent_at = minutes(31)
        get_one(session, Notice, (7, "reply.1.due")).claimed_until = minutes(40)
        failed = get_one(session, Notice, (7, "reply.1.breached"))
        failed.claimed_until, failed.error, failed.attempts = minutes(70), "no answer", 1

    record(engine, sla, note(20, "replied"), now=minutes(62))

    assert {*outbox(engine)} == {"reply.1.due", "reply.1.warning.50 %"}


def test_notices_of_a_past_that_is_read_in_are_not_sent(
    engine: Engine, sla: SlaStore, desk: Policy
) -> None:
    now = minutes(600)
    with (
        Session(engine) as session,
        session.begin(),
        sla.record(session, 7, now, opening=lambda: desk.open(TICKET, NINE), notify=False) as clock,
    ):
        clock.insert(note(70, "replied"))
    sent: list[str] = []
    with Session(engine) as session:
        sla.tick(session, now, lambda notice: sent.append(notice.key))
    assert sent == []
    assert {notice.sent_at for notice in outbox(engine).values()} == {now}
    assert len(outbox(engine)) == 3


def test_what_one_writer_does_between_the_steps_of_another_is_kept(
    engine: Engine, sla: SlaStore
) -> None:
    record(engine, sla)
    with Session(engine) as session, session.begin(), sla.record(session, 7, minutes(3)) as clock:
        clock.insert(note(1).with_key("first"))
        record(engine, sla, note(2).with_key("second"), now=minutes(2))
    assert [event.key for event in clock.clock.events] == ["first", "second"]
    assert [event["key"] for event in row_of(engine).clock["events"]] == ["first", "second"]
    assert row_of(engine).version == 3


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_another_writer_between_the_last_look_at_the_row_and_the_update(
    engine: Engine, sla: SlaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where rows cannot be locked, the version in the row decides."""
    record(engine, sla)

    def be_late(clock: Clock, now: datetime) -> dict[str, Any]:
        monkeypatch.undo()
        record(engine, sla, note(2).with_key("second"), now=minutes(2))
        return columns_of(clock, now)

    monkeypatch.setattr(slacalc.sqlalchemy, "columns_of", be_late)
    record(engine, sla, note(1).with_key("first"), now=minutes(3))
    assert [event["key"] for event in row_of(engine).clock["events"]] == ["first", "second"]
    assert row_of(engine).version == 3


def test_two_first_writers_make_one_row(engine: Engine, sla: SlaStore, desk: Policy) -> None:
    with (
        Session(engine) as session,
        session.begin(),
        sla.record(session, 7, NINE, opening=lambda: desk.open(TICKET, NINE)) as clock,
    ):
        clock.insert(note(1).with_key("first"))
        record(engine, sla, note(2).with_key("second"))
    assert [event["key"] for event in row_of(engine).clock["events"]] == ["first", "second"]


@pytest.mark.parametrize(
    ("engine", "knows_conflicts"),
    [("sqlite", True), ("postgresql", True), ("postgresql", False)],
    indirect=["engine"],
)
def test_another_first_writer_between_the_last_look_and_the_insert(
    engine: Engine, sla: SlaStore, monkeypatch: pytest.MonkeyPatch, *, knows_conflicts: bool
) -> None:
    """Other databases than these two do not ignore conflicts; a savepoint meets the row there."""

    def be_late(clock: Clock, now: datetime) -> dict[str, Any]:
        monkeypatch.undo()
        record(engine, sla, note(2).with_key("second"), now=minutes(2))
        if not knows_conflicts:
            monkeypatch.setattr(engine.dialect, "name", "another")
        return columns_of(clock, now)

    monkeypatch.setattr(slacalc.sqlalchemy, "columns_of", be_late)
    record(engine, sla, note(1).with_key("first"), now=minutes(3))
    assert [event["key"] for event in row_of(engine).clock["events"]] == ["first", "second"]


@pytest.mark.parametrize("tickets", [1, 40])
def test_parallel_writers_lose_nothing(engine: Engine, sla: SlaStore, tickets: int) -> None:
    """First writers among them."""
    count = 80

    def write(number: int) -> None:
        event = note(number / 10).with_key(f"msg-{number}")
        record(engine, sla, event, ticket=number % tickets, now=minutes(90))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(count)))

    rows = [row_of(engine, ticket) for ticket in range(tickets)]
    keys = [event["key"] for row in rows for event in row.clock["events"]]
    assert sorted(keys) == sorted(f"msg-{number}" for number in range(count))
    assert sum(row.version for row in rows) == count
    with Session(engine) as session:
        assert len(session.scalars(select(Notice)).all()) == 3 * tickets


def test_a_writer_that_never_comes_first_gives_up(
    engine: Engine, sla: SlaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(engine, sla)
    monkeypatch.setattr("slacalc.sqlalchemy._count", lambda *_: 0)
    with pytest.raises(RecordError, match="other writers of 7 were first") as caught:
        record(engine, sla, note(1))
    assert caught.value.ticket == 7


def test_the_objects_of_the_session_are_read_again(engine: Engine, sla: SlaStore) -> None:
    record(engine, sla)
    with Session(engine) as session, session.begin():
        row = get_one(session, TicketSla, 7)
        with sla.record(session, 7, minutes(70)) as clock:
            clock.insert(note(70))
        assert (row.is_breached, row.version) == (True, 2)


@pytest.mark.parametrize("is_expired", [False, True])
def test_a_savepoint_that_is_rolled_back(
    engine: Engine, sla: SlaStore, *, is_expired: bool
) -> None:
    """The object of the session says again what the row says."""
    record(engine, sla)
    with Session(engine) as session, session.begin():
        row = get_one(session, TicketSla, 7)
        if is_expired:
            session.expire(row)
        nested = session.begin_nested()
        with sla.record(session, 7, minutes(70)) as recording:
            recording.insert(note(70))
        assert (row.is_breached, row.version, row.due) == (True, 2, minutes(60))
        assert type(row.due) is datetime
        nested.rollback()
        assert (row.is_breached, row.version, row.clock["events"]) == (False, 1, [])


def test_an_object_that_others_have_overtaken(engine: Engine, sla: SlaStore) -> None:
    """Its version is not that of the row, so that the session must not compare it."""
    record(engine, sla)
    with Session(engine) as session:
        row = get_one(session, TicketSla, 7)
        if engine.dialect.name == "sqlite":
            session.commit()  # which ends the transaction that locks the file
        record(engine, sla, note(5), now=minutes(5))
        with sla.record(session, 7, minutes(70)) as recording:
            recording.insert(note(70))
        assert (row.is_breached, row.version, len(row.clock["events"])) == (True, 3, 2)


def test_conditions_of_queries(engine: Engine, sla: SlaStore) -> None:
    record(engine, sla)
    cases = [
        (TicketSla.due_within("1h", NINE), True),
        (TicketSla.due_within("59m", NINE), False),
        (TicketSla.due_within(timedelta(0), minutes(60)), True),
        (TicketSla.due_within("2h", minutes(61)), False),
        (TicketSla.overdue(minutes(60)), False),
        (TicketSla.overdue("2026-05-18T12:00:01+02:00"), True),
    ]
    with Session(engine) as session:
        for condition, expected in cases:
            shown = session.scalars(select(TicketSla.ticket_id).where(condition)).all()
            assert shown == ([7] if expected else []), condition


def test_lengths_that_cannot_be_read() -> None:
    for length in "2 apples", "1 day":
        with pytest.raises(WorkError, match=r'is not a length of time: .* "24h" for a day'):
            TicketSla.due_within(length, NINE)
    with pytest.raises(WorkError, match=r"^'-2h' is negative: "):
        TicketSla.due_within("-2h", NINE)


def test_an_observation_before_the_opening_counts_from_it(engine: Engine, sla: SlaStore) -> None:
    record(engine, sla, now=minutes(-5))
    with Session(engine) as session, session.begin():
        with sla.record(session, 7, minutes(-5)) as recording:
            recording.observe(minutes(-5), priority="high")
        [event] = sla.clock(session, 7).events
    assert (event.at, event.fields) == (NINE, {"priority": "high"})


def test_a_ticket_without_a_record(engine: Engine, sla: SlaStore) -> None:
    with Session(engine) as session:
        with pytest.raises(RecordError, match="8 has no SLA record: give an opening"):
            sla.clock(session, 8)
        with pytest.raises(RecordError), sla.record(session, 8, NINE):
            pass


def test_arguments_that_do_not_fit(engine: Engine, sla: SlaStore, desk: Policy) -> None:
    cases: list[tuple[Any, Any, type[Exception], str]] = [
        (None, None, RecordError, "None is not a session: give a Session or an AsyncSession"),
        (engine, None, RecordError, "is not a session"),
        (Session, desk.open(TICKET, NINE), RecordError, "is not a function: give one that"),
        (Session, lambda: None, ClockError, "opening: None is not a clock"),
        (Session, lambda: desk, ClockError, "opening: .* is not a clock"),
    ]
    for value, opening, kind, message in cases:
        with (
            Session(engine) as session,
            pytest.raises(kind, match=message),
            sla.record(session if value is Session else value, 7, NINE, opening=opening),
        ):
            pass
    with pytest.raises(RecordError, match="is not a session"):
        sla.clock(engine, 7)  # type: ignore[arg-type] # on purpose
    record(engine, sla)
    with (
        Session(engine) as session,
        pytest.raises(PolicyError, match="'desk' is not a policy"),
        sla.record(session, 7, NINE) as recording,
    ):
        recording.rejudge("desk")  # type: ignore[arg-type] # on purpose


def test_a_record_that_cannot_be_read(engine: Engine, sla: SlaStore) -> None:
    record(engine, sla)
    with Session(engine) as session, session.begin():
        session.execute(update(TicketSla).values(clock={"opened_at": 3}))
    with Session(engine) as session, pytest.raises(ClockError, match="not a stored clock"):
        sla.clock(session, 7)


def test_text_that_a_database_does_not_store(engine: Engine, sla: SlaStore, desk: Policy) -> None:
    """PostgreSQL has neither; it is refused before it spoils the transaction of the host."""
    cases = [
        (note(1, text="a\0b"), "note", "text"),
        (note(1, "replied", text={"in": ["fine", {"\ud800": 1}]}), "replied", "text"),
        (note(1, text="fine").with_key("a\0"), "note", "key"),
    ]
    record(engine, sla)
    with Session(engine) as session, session.begin():
        for event, kind, field in cases:
            with (
                pytest.raises(EventError, match=f"{kind}: '{field}' contains") as caught,
                sla.record(session, 7, NINE) as recording,
            ):
                recording.insert(event)
            assert (caught.value.event, caught.value.field) == (kind, field)
        opening = partial(desk.open, TICKET | {"text": "\udfff"}, NINE)
        with (
            pytest.raises(EventError, match="created: 'text' contains"),
            sla.record(session, 8, NINE, opening=opening),
        ):
            pass
        with (
            pytest.raises(EventError, match="changed: 'text' contains"),
            sla.record(session, 7, NINE) as recording,
        ):
            recording.observe(NINE, text="\ud83d")
        with sla.record(session, 7, NINE) as recording:
            recording.insert(note(1, text="é 😀 \\ud800"))
    assert row_of(engine).version == 2


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_text_that_is_not_json(engine: Engine, sla: SlaStore) -> None:
    """SQLite stores any text in any column."""
    for spoil in ("clock = '{'", "next_look = 'soon'"):
        record(engine, sla)
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE ticket_sla SET {spoil}"))  # noqa: S608 - ours
        with Session(engine) as session, pytest.raises(ClockError, match="record of 7 cannot be"):
            sla.clock(session, 7)
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM ticket_sla"))


# Policies ----------------------------------------------------------------------------------------


def test_a_clock_stays_under_its_own_policy(engine: Engine, sla: SlaStore, desk: Policy) -> None:
    """The program starts again, and its file says something else by now."""
    record(engine, sla)
    newer = Policy("desk", metrics={"reply": {"stop": "answered"}})
    again = store_of(newer)

    record(engine, again, note(5, "replied"), now=minutes(5))

    row = row_of(engine)
    assert (row.policy, row.metric, row.due) == (desk.fingerprint, "solution", minutes(24 * 60))
    assert again.policies.current("desk") is newer
    with Session(engine) as session:
        assert session.scalars(select(StoredPolicy.name)).all() == ["desk"]


def test_versions_of_a_policy(engine: Engine) -> None:
    """The version in force at the opening counts, also after the program has started again."""
    table = {"all": [{"targets": {"reply": "1 hour"}}]}
    versions = [
        {"effective_from": "2026-01-01", "tables": table},
        {
            "effective_from": "2026-06-01",
            "tables": {"all": [{"targets": {"reply": "5 hours"}}]},
        },
    ]
    policy = Policy.from_dict(
        {"name": "desk", "metrics": {"reply": {"stop": "replied"}}, "versions": versions}
    )
    record(engine, store_of(policy))
    other = store_of(Policy("desk", metrics={"reply": {"stop": "answered"}}))
    record(engine, other, note(1), now=minutes(1))
    assert row_of(engine).due == minutes(60)
    assert row_of(engine).version == 2


def test_a_policy_that_is_nowhere(engine: Engine, sla: SlaStore) -> None:
    """The policy of today does not take its place."""
    record(engine, sla)
    with Session(engine) as session, session.begin():
        session.execute(text("DELETE FROM sla_policies"))
    other = store_of(Policy("desk", metrics={"reply": {"stop": "answered"}}))
    with Session(engine) as session, pytest.raises(RecordError, match="is not in the table"):
        other.clock(session, 7)
    with Session(engine) as session:
        [failure] = other.tick(session, minutes(30), print).failures
    assert (failure.ticket, failure.key, type(failure.error)) == (7, "", RecordError)


def test_a_ticket_is_put_under_another_policy_on_purpose(
    engine: Engine, sla: SlaStore, desk: Policy
) -> None:
    record(engine, sla)
    quicker = Policy.from_dict(
        desk.to_dict() | {"tables": {"replies": [{"targets": {"reply": "30 minutes"}}]}}
    )
    sla.policies.add(quicker)
    with Session(engine) as session, session.begin(), sla.record(session, 7, minutes(10)) as clock:
        clock.rejudge(quicker)
    row = row_of(engine)
    assert (row.policy, row.due) == (quicker.fingerprint, minutes(30))
    with Session(engine) as session:
        assert len(session.scalars(select(StoredPolicy)).all()) == 2


# Columns -----------------------------------------------------------------------------------------


def test_instants_are_aware_and_in_utc(engine: Engine) -> None:
    table = Table("instants", MetaData(), Column("at", UtcDateTime))
    paris = timezone(timedelta(hours=2))
    exact = datetime(2026, 5, 18, 11, 0, 0, 1, tzinfo=paris)
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"at": exact}, {"at": None}])
        stored = connection.scalars(select(table.c.at)).all()
    assert stored == [exact, None]
    assert stored[0].tzinfo is UTC
    with engine.begin() as connection, pytest.raises(Exception, match="time zone") as caught:
        connection.execute(table.insert(), {"at": datetime(2026, 5, 18)})
    assert isinstance(caught.value.__cause__ or caught.value, NaiveDatetimeError)


def test_a_column_of_clocks(engine: Engine, desk: Policy) -> None:
    table = Table(
        "clocks", MetaData(), Column("id", Integer), Column("clock", ClockType(PolicyStore(desk)))
    )
    clock = desk.open(TICKET, NINE).insert(note(1, text="é"))
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"id": 1, "clock": clock}, {"id": 2, "clock": None}])
        stored = connection.scalars(select(table.c.clock).order_by(table.c.id)).all()
        kind = connection.scalar(
            text("SELECT jsonb_typeof(clock) FROM clocks WHERE id = 1")
            if engine.dialect.name == "postgresql"
            else text("SELECT json_type(clock) FROM clocks WHERE id = 1")
        )
    assert stored == [clock, None]
    assert kind == "object"
    with engine.begin() as connection, pytest.raises(Exception, match="not a clock"):
        connection.execute(table.insert(), {"id": 3, "clock": {}})


def test_tables_that_do_not_fit() -> None:
    class Base(DeclarativeBase):
        pass

    class Pair(SlaRecordMixin, Base):
        __tablename__ = "pairs"
        tenant: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[int] = mapped_column(primary_key=True)

    class Other(SlaNoticeMixin, Base):
        __tablename__ = "others"
        tenant: Mapped[int] = mapped_column(primary_key=True)

    with pytest.raises(RecordError, match="primary key of Pair is tenant, number: it must be one"):
        SlaStore(PolicyStore(), Pair, Other, StoredPolicy)
    with pytest.raises(RecordError, match="Other must have it by the same name"):
        SlaStore(PolicyStore(), TicketSla, Other, StoredPolicy)
