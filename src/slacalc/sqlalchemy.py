"""Clocks of tickets in the tables of SQLAlchemy: one row for each ticket, and an outbox of notices.

Mixins declare the columns of three tables, and `SlaStore` works with them. `SlaStore.record` writes
events into the clock of a ticket, and its new notices into the outbox, in one transaction.
`SlaStore.tick` looks at the clocks that have come due, and sends what waits in the outbox: once
with any number of workers, and at least once if one of them is killed. `ClockType` is a column for
a clock alone. Both kinds of sessions will do; there is one code for them.

Nothing here reads the time of day: the caller says what time it is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from slacalc.errors import require_extra

require_extra("sqlalchemy", "tables of SQLAlchemy need", "sqlalchemy")

from sqlalchemy import JSON, DateTime, String, and_, case, delete, insert, or_, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlalchemy.types import TypeDecorator
from sqlalchemy.util import await_only

from slacalc._clock.clock import check_clock
from slacalc._records.lengths import LEASE, PUT_OFF, check_lease, retry_after, wall_length
from slacalc._records.policies import open_stored
from slacalc._records.recording import Recording
from slacalc._records.rows import columns_of, outbox_of
from slacalc._time.instants import to_instant, to_utc
from slacalc.errors import ClockError, RecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Dialect, Row
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import Session

    from slacalc._clock.clock import Clock
    from slacalc._clock.policy_store import PolicyStore

__all__ = [
    "ClockType",
    "Recording",
    "SlaNoticeMixin",
    "SlaPolicyMixin",
    "SlaRecordMixin",
    "SlaStore",
    "TickFailure",
    "TickReport",
    "UtcDateTime",
]

_ATTEMPTS = 20  # of a writer whom others precede again and again
_ORDER = {"warning": 0, "due": 1, "late": 2, "limit": 3, "breached": 4}
_CONFLICTS = {"40001", "40P01"}  # of transactions, as PostgreSQL numbers them
_MAX_ERROR = 1000  # characters of a stored error

ResultT = TypeVar("ResultT")

_DOCUMENT = JSON().with_variant(postgresql.JSONB(), "postgresql")


# Columns -----------------------------------------------------------------------------------------


class UtcDateTime(TypeDecorator[datetime]):
    """A column of instants, which are aware and in UTC on every database."""

    impl = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102 - the base class has it
        return None if value is None else _utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102 - the base class has it
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ClockType(TypeDecorator["Clock"]):
    """A column that holds a `Clock`, as JSON without its policy.

    Args:
        policies: The policies under which clocks are read, as `PolicyStore.open` does.

    Example:
        >>> from slacalc import Policy, PolicyStore
        >>> from slacalc.sqlalchemy import ClockType
        >>> from sqlalchemy import Column, Integer, MetaData, Table, create_engine, select
        >>> desk = Policy("desk", metrics={"resolution": {"stop": "resolved"}})
        >>> clocks = Column("clock", ClockType(PolicyStore(desk)))
        >>> tickets = Table("tickets", MetaData(), Column("id", Integer), clocks)
        >>> engine = create_engine("sqlite://")
        >>> with engine.begin() as connection:
        ...     tickets.create(connection)
        ...     clock = desk.open({}, "2026-05-18T09:00Z")
        ...     _ = connection.execute(tickets.insert().values(id=7, clock=clock))
        ...     connection.scalar(select(clocks)) == clock
        True
        >>> engine.dispose()
    """

    impl = _DOCUMENT
    cache_ok = True

    def __init__(self, policies: PolicyStore) -> None:
        super().__init__()
        self.policies = policies

    def process_bind_param(self, value: Clock | None, dialect: Dialect) -> Any:  # noqa: ARG002, D102 - the base class has it
        if value is None:
            return None
        check_clock(value)
        return value.to_dict(embed_policy=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> Clock | None:  # noqa: ARG002, D102 - the base class has it
        return None if value is None else self.policies.open(value)


class SlaRecordMixin:
    """The columns of a table with one row for each ticket, which is the SLA record of the ticket.

    The class that inherits them adds the primary key: the one column that names the ticket.

    Attributes:
        clock: The stored clock, as plain data; `SlaStore.clock` reads it.
        policy: The fingerprint of the policy, of its version if it has several.
        due: The earliest due date of a promise that runs, also one that has passed; else None.
        metric: The metric of that promise; empty string if none.
        is_breached: Whether the current cycle of a metric is breached, as of the last look.
        ever_breached: Whether any cycle of a metric was ever breached.
        next_look: When something will change although nothing happens; None if never.
        looked_at: The instant up to which the notices of the ticket are in the outbox.
        version: How often the row was written.
    """

    clock: Mapped[dict[str, Any]] = mapped_column(_DOCUMENT)
    policy: Mapped[str] = mapped_column(String(64))
    due: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    metric: Mapped[str] = mapped_column(String(200))
    is_breached: Mapped[bool] = mapped_column()
    ever_breached: Mapped[bool] = mapped_column()
    next_look: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    looked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column()

    @classmethod
    def due_within(cls, length: timedelta | str, now: datetime | str) -> ColumnElement[bool]:
        """The condition that a promise is due from now on, within a length of time such as `2h`.

        Raises:
            WorkError: The length cannot be read, or is negative.
        """
        start = _utc(now)
        return and_(cls.due >= start, cls.due <= start + wall_length(length))

    @classmethod
    def overdue(cls, now: datetime | str) -> ColumnElement[bool]:
        """The condition that the due date of a promise has passed, and it is not yet fulfilled."""
        return cls.due < _utc(now)


class SlaNoticeMixin:
    """The columns of the outbox: a row for each notice of a ticket.

    The class that inherits them adds the column that names the ticket, to the primary key and by
    the name that it has in the class of records. The columns `key`, `kind`, `metric`, `cycle`,
    `name`, `threshold` and `at` say what a `slacalc.Change` says.

    Attributes:
        sent_at: When the notice was sent; None if it waits.
        claimed_until: Until when it belongs to a worker, or is put off after a failure.
        attempts: How often workers have tried to send it.
        error: Why the last attempt failed; the empty string if it did not.
    """

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    metric: Mapped[str] = mapped_column(String(200))
    cycle: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(200))
    threshold: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(_MAX_ERROR), default="")


class SlaPolicyMixin:
    """The columns of the table of policies, so that each clock stays under its own.

    Attributes:
        fingerprint: The fingerprint of the policy, of its version if it has several.
        name: Its name.
        data: The policy, as plain data.
    """

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    data: Mapped[dict[str, Any]] = mapped_column(_DOCUMENT)


# Records -----------------------------------------------------------------------------------------


class TickFailure(NamedTuple):
    """What a tick could not do.

    Args:
        ticket: The ticket.
        key: The key of the notice that could not be sent; the empty string if the record could not
            be looked at.
        error: The error.
    """

    ticket: Any
    key: str
    error: Exception


class TickReport(NamedTuple):
    """What a tick has done.

    Args:
        looked: How many records it has looked at.
        sent: How many notices it has sent.
        failures: What it could not do, and will try again later.
    """

    looked: int
    sent: int
    failures: tuple[TickFailure, ...]


class SlaStore:
    """The SLA records of tickets, in three tables.

    Args:
        policies: The policies. Those of stored clocks that it lacks are read from the table.
        record: The class of records, which inherits `SlaRecordMixin`.
        notice: The class of the outbox, which inherits `SlaNoticeMixin`.
        policy: The class of stored policies, which inherits `SlaPolicyMixin`.

    Raises:
        RecordError: The primary key of the records is not one column, or the outbox lacks it.

    Example:
        >>> from slacalc import Event, Policy, PolicyStore
        >>> from slacalc.sqlalchemy import SlaNoticeMixin, SlaPolicyMixin, SlaRecordMixin, SlaStore
        >>> from sqlalchemy import create_engine
        >>> from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
        >>> class Base(DeclarativeBase): ...
        >>> class TicketSla(SlaRecordMixin, Base):
        ...     __tablename__ = "ticket_sla"
        ...     ticket_id: Mapped[int] = mapped_column(primary_key=True)
        >>> class Notice(SlaNoticeMixin, Base):
        ...     __tablename__ = "sla_notices"
        ...     ticket_id: Mapped[int] = mapped_column(primary_key=True)
        >>> class StoredPolicy(SlaPolicyMixin, Base):
        ...     __tablename__ = "sla_policies"
        >>> promise = {"all": [{"targets": {"resolution": "4 hours"}}]}
        >>> desk = Policy("desk", metrics={"resolution": {"stop": "resolved"}}, tables=promise)
        >>> sla = SlaStore(PolicyStore(desk), TicketSla, Notice, StoredPolicy)
        >>> engine = create_engine("sqlite://")
        >>> Base.metadata.create_all(engine)
        >>> now = "2026-05-18T09:00Z"
        >>> with Session(engine) as session, session.begin():
        ...     with sla.record(session, 7, now, opening=lambda: desk.open({}, now)) as clock:
        ...         clock.insert(Event(now, "note"), key="msg-17")
        >>> with Session(engine) as session:
        ...     result = sla.tick(session, "2026-05-18T14:00Z", lambda notice: print(notice.key))
        resolution.1.due
        resolution.1.breached
        >>> result
        TickReport(looked=1, sent=2, failures=())
        >>> engine.dispose()
    """

    def __init__(self, policies: PolicyStore, record: Any, notice: Any, policy: Any) -> None:
        keys = [column.key for column in record.__mapper__.primary_key]
        if len(keys) != 1 or not hasattr(notice, keys[0]):
            msg = (
                f"the primary key of {record.__name__} is {', '.join(keys)}: it must be one column "
                f"that names the ticket, and {notice.__name__} must have it by the same name"
            )
            raise RecordError(msg)
        self.policies = policies
        self._tables = _SlaTables(policies, record, notice, policy, keys[0])

    def clock(self, session: Session, ticket: Any) -> Clock:
        """The clock of a ticket.

        Args:
            session: A session. With an asynchronous one, call this through its ``run_sync``.
            ticket: What names the ticket: the primary key of its record.

        Raises:
            RecordError: The ticket has no record.
            ClockError: The record cannot be read.
        """
        _check_session(session, "clock")
        row = self._tables.find(session, ticket)
        if row is None:
            raise _no_record(ticket)
        return self._tables.open(session, row.clock)

    def record(
        self,
        session: Session | AsyncSession,
        ticket: Any,
        now: datetime | str,
        *,
        opening: Callable[[], Clock] | None = None,
        notify: bool = True,
    ) -> _Writer:
        """Record events of a ticket, in the transaction of a session, which the caller commits.

        The body of the ``with`` statement calls ``insert`` and ``observe`` of what it gets. At its
        end the row of the ticket is locked, where the database can do that, and written; what was
        recorded is applied again if another writer was first, and ``clock`` is what was written.
        New notices go into the outbox, and those that no longer hold leave it. If the body raises,
        nothing is written.

        Args:
            session: A session, or an asynchronous one for ``async with``.
            ticket: What names the ticket: the primary key of its record.
            now: The present. Notices up to this instant go into the outbox.
            opening: A function that opens the clock of a ticket that has no record yet.
            notify: Whether new notices are to be sent; False for those of a past that is read in.

        Raises:
            RecordError: The ticket has no record and there is no opening; its policy is neither
                in the store nor in the table; or other writers were always first.
            ClockError: The record cannot be read, or the database does not store it.
            EventError: Databases do not store a text of the ticket or of an event.
        """
        if opening is not None and not callable(opening):
            msg = f"{opening!r} is not a function: give one that opens a clock, and is called late"
            raise RecordError(msg, ticket=ticket)
        return _Writer(self._tables, session, ticket, _utc(now), opening, notify=notify)

    def tick(
        self,
        session: Session,
        now: datetime | str,
        send: Callable[[Any], Any],
        *,
        lease: timedelta = LEASE,
        limit: int | None = None,
    ) -> TickReport:
        """Look at the records that have come due, then send the notices that wait in the outbox.

        Each record is looked at in a transaction of its own. A notice is claimed and committed,
        then sent, then marked; one whose sending raises is sent later, after a minute at first and
        after an hour at last. A worker that is killed between claim and mark leaves the claim, and
        the notice is sent again when the lease is over. Two workers do not send the same notice as
        long as a sending takes less than the lease, less what their clocks differ by.

        Args:
            session: A session without a transaction; several are begun. With an asynchronous
                session, call this through its ``run_sync``.
            now: The present. Claims count from it, and from what has passed since the call.
            send: Is called with each notice, an object of the class of the outbox that belongs to
                no session. What it returns is awaited if it can be.
            lease: How long a claim holds, at least a second.
            limit: At most so many records are looked at, and as many notices sent. Default: all.

        Returns:
            What was done. A record or notice that fails does not stop the others.

        Raises:
            WorkError: The lease is shorter than a second, so that others would send the same.
            RecordError: The session has a transaction, or is asynchronous; the limit is not a
                number; or what is to send cannot.
        """
        _check_session(session, "tick")
        if session.in_transaction():
            msg = (
                "tick begins transactions of its own, and the session has one: commit it or roll "
                "it back first, also one that a mere query has begun, or use another session"
            )
            raise RecordError(msg)
        if limit is not None and (type(limit) is not int or limit < 0):
            raise RecordError(f"limit {limit!r} is not a whole number from 0 on, or None for all")
        check_lease(lease)
        start, begun = _utc(now), time.monotonic()

        def present() -> datetime:
            return start + timedelta(seconds=time.monotonic() - begun)

        most = sys.maxsize if limit is None else limit
        self._tables.check_send(session, send)
        looked, failures = self._tables.look(session, start, most)
        sent, more = self._tables.send(session, present, send, lease, most)
        return TickReport(looked, sent, (*failures, *more))


# Inside ------------------------------------------------------------------------------------------


class _Writer:
    """The context manager that `SlaStore.record` returns, for both kinds of sessions."""

    def __init__(
        self,
        tables: _SlaTables,
        session: Any,
        ticket: Any,
        now: datetime,
        opening: Callable[[], Clock] | None,
        *,
        notify: bool,
    ) -> None:
        self._tables, self._session, self._ticket, self._now = tables, session, ticket, now
        self._opening, self._notify = opening, notify

    def __enter__(self) -> Recording:
        _check_session(self._session, "with")
        return self._begin(self._session)

    def __exit__(self, error: type[BaseException] | None, *rest: object) -> None:
        if error is None:
            self._end(self._session)

    async def __aenter__(self) -> Recording:
        _check_session(self._session, "async with")
        recording: Recording = await self._session.run_sync(self._begin)
        return recording

    async def __aexit__(self, error: type[BaseException] | None, *rest: object) -> None:
        if error is None:
            await self._session.run_sync(self._end)

    def _begin(self, session: Session) -> Recording:
        row = self._tables.find(session, self._ticket)
        if row is not None:
            self._read, self._version = self._tables.open(session, row.clock), row.version
        elif self._opening is not None:
            self._read, self._version = self._opening(), 0
            check_clock(self._read, "opening")
        else:
            raise _no_record(self._ticket)
        self._recording = Recording(self._read)
        return self._recording

    def _end(self, session: Session) -> None:
        def recording_of(row: Row[Any] | None) -> Recording | None:
            """What was recorded, on what the row has now; None if the row stays as it is."""
            recording = self._recording
            if row is None:
                return recording
            if row.version != self._version:
                self._read = self._tables.open(session, row.clock)
                self._version = row.version
                recording.apply_to(self._read)
            is_due = row.next_look is not None and row.next_look <= self._now
            return recording if is_due or recording.clock is not self._read else None

        self._tables.save(session, self._ticket, self._now, recording_of, notify=self._notify)


class _SlaTables:
    """The statements that read and write the three tables."""

    def __init__(
        self, policies: PolicyStore, record: Any, notice: Any, policy: Any, key: str
    ) -> None:
        self._policies, self._record, self._notice, self._policy = policies, record, notice, policy
        self._key = key
        self._id, self._id_of_notice = getattr(record, key), getattr(notice, key)

    def find(self, session: Session, ticket: Any, *, lock: bool = False) -> Row[Any] | None:
        """What is needed of the record of a ticket, if it has one."""
        record = self._record
        columns = ("clock", "policy", "version", "next_look", "looked_at")
        query = select(*(getattr(record, name) for name in columns)).where(self._id == ticket)
        with _readable(f"the record of {ticket!r}"):
            return session.execute(query.with_for_update() if lock else query).one_or_none()

    def open(self, session: Session, data: Any) -> Clock:
        """The clock that a row has stored, under its own policy."""
        policy = self._policy

        def fetch(fingerprint: str) -> Any:
            with _readable(f"the policy {fingerprint}"):
                return session.scalar(select(policy.data).where(policy.fingerprint == fingerprint))

        if not isinstance(data, Mapping):
            return self._policies.open(data)  # which says what is wrong
        return open_stored(self._policies, data, fetch)

    def save(
        self,
        session: Session,
        ticket: Any,
        now: datetime,
        recording_of: Callable[[Row[Any] | None], Recording | None],
        *,
        notify: bool = True,
    ) -> None:
        """Write the row of a ticket and its outbox; from the start again if others were first."""
        for _ in range(_ATTEMPTS):
            row = self.find(session, ticket, lock=True)
            recording = recording_of(row)
            if recording is None:
                return
            clock, version = recording.clock, 0 if row is None else row.version
            columns = columns_of(clock, now).items()
            values = {
                name: _utc(value) if isinstance(value, datetime) else value
                for name, value in columns
            } | {
                "clock": clock.to_dict(embed_policy=False),
                "version": version + 1,
            }
            if row is None or row.policy != values["policy"]:
                self._keep_policy(session, clock)
            try:
                is_written = self._write(session, ticket, version, values)
            except DataError as error:
                why = str(error.orig).partition("\n")[0]
                msg = f"the database does not store the clock of {ticket!r}: {why}"
                raise ClockError(msg, given=ticket) from error
            if is_written:
                since = recording.complete_until(None if row is None else row.looked_at)
                self._update_outbox(session, ticket, clock, now, since, notify=notify)
                return
        msg = f"other writers of {ticket!r} were first, {_ATTEMPTS} times: try again"
        raise RecordError(msg, ticket=ticket)

    def _write(self, session: Session, ticket: Any, version: int, values: dict[str, Any]) -> bool:
        """Write the row if it has still that version, or if there is still none for version 0."""
        if not version:
            return _insert(session, self._id, {self._key: ticket} | values)
        record = self._record
        change = update(record).where(self._id == ticket, record.version == version).values(values)
        known: Any = session.identity_map.get(identity_key(record, ticket))
        if known is None:
            return _count(session, change) == 1
        # The object gets the values, and loses them if a savepoint is rolled back. SQLAlchemy
        # compares the version that it has, and passes over one that is expired.
        if known.version != version:
            set_committed_value(known, "version", version)
        return _count(session, change, synchronize="evaluate") == 1

    def _keep_policy(self, session: Session, clock: Clock) -> None:
        table, policy = self._policy, clock.policy
        query = select(table.fingerprint).where(table.fingerprint == policy.fingerprint)
        if session.scalar(query) is None:
            values = {"fingerprint": policy.fingerprint, "name": policy.name}
            _insert(session, table.fingerprint, values | {"data": policy.to_dict()})

    def _update_outbox(
        self,
        session: Session,
        ticket: Any,
        clock: Clock,
        now: datetime,
        since: datetime | None,
        *,
        notify: bool,
    ) -> None:
        notice, mine = self._notice, self._id_of_notice == ticket
        # Nobody is sending it; a claim may be over, and the notice sent all the same.
        is_idle = and_(
            notice.sent_at.is_(None), or_(notice.claimed_until.is_(None), notice.error != "")
        )
        rows = session.execute(select(notice.key, is_idle).where(mine)).all()
        waiting = [key for key, idle in rows if idle]
        outbox = outbox_of(clock, now, {key for key, _ in rows}, waiting, since)
        if outbox.withdrawn:
            gone = notice.key.in_(outbox.withdrawn)
            _count(session, delete(notice).where(mine, gone, is_idle))
        if outbox.new:
            sent_at = None if notify else now
            columns = ("key", "kind", "metric", "cycle", "name", "threshold", "at")
            values = [
                {name: getattr(change, name) for name in columns}
                | {self._key: ticket, "sent_at": sent_at}
                for change in outbox.new
            ]
            session.execute(insert(notice), values)

    # The two steps of a tick ---------------------------------------------------------------------

    def check_send(self, session: Session, send: Any) -> None:
        """Raise `RecordError` if a function cannot send notices."""
        if not callable(send):
            msg = f"{send!r} cannot send: give a function, which is called with each notice"
            raise RecordError(msg)
        if not (iscoroutinefunction(send) or iscoroutinefunction(send.__call__)):
            return
        if not session.get_bind(self._notice).dialect.is_async:
            msg = "the session cannot await: give a send that is not a coroutine function"
            raise RecordError(msg)

    def look(self, session: Session, now: datetime, limit: int) -> tuple[int, list[TickFailure]]:
        """Write the records anew whose next look has come, the one that waits longest first."""
        looked, failures, seen, ticket = 0, list[TickFailure](), set[Any](), None
        due = self._record.next_look
        query = select(self._id).where(due <= now).order_by(due).limit(1)

        def look_at_next() -> bool:
            nonlocal ticket
            ticket = None
            ticket = session.scalar(query.with_for_update(skip_locked=True))
            if ticket is None or ticket in seen:
                return False
            self.save(
                session, ticket, now, lambda row: row and Recording(self.open(session, row.clock))
            )
            return True

        def put_off() -> None:
            later = {due: now + PUT_OFF}
            _count(session, update(self._record).where(self._id == ticket).values(later))

        while len(seen) < limit:
            try:
                if not _transact(session, look_at_next):
                    break
                looked += 1
            except Exception as error:
                if ticket is None:  # the database fails, not a record
                    raise
                failures.append(TickFailure(ticket, "", error))
                _transact(session, put_off)
            seen.add(ticket)
        return looked, failures

    def send(
        self,
        session: Session,
        present: Callable[[], datetime],
        send: Callable[[Any], Any],
        lease: timedelta,
        limit: int,
    ) -> tuple[int, list[TickFailure]]:
        """Claim, send and mark notices that wait, in the order of their instants."""
        sent, failures = 0, list[TickFailure]()
        while sent + len(failures) < limit:
            notice = self._claim(session, present(), lease)
            if notice is None:
                break
            ticket, key, values = getattr(notice, self._key), notice.key, dict[str, Any]()
            try:
                outcome = send(notice)
                if isawaitable(outcome):
                    await_only(outcome)
                sent += 1
                values["sent_at"] = present()
            except Exception as error:  # noqa: BLE001 - whatever the host's code raises
                failures.append(TickFailure(ticket, key, error))
                values["claimed_until"] = present() + retry_after(notice.attempts)
                values["error"] = (repr(error) or "error")[:_MAX_ERROR]
            table = self._notice
            mine = [self._id_of_notice == ticket, table.key == key, table.sent_at.is_(None)]
            if "error" in values:  # not over the claim of another, if ours is over
                mine.append(table.attempts == notice.attempts)
            _transact(session, partial(_count, session, update(table).where(*mine).values(values)))
        return sent, failures

    def _claim(self, session: Session, now: datetime, lease: timedelta) -> Any | None:
        """The first notice that waits, as an object without a session; None if there is none."""
        notice = self._notice
        is_free = and_(
            notice.sent_at.is_(None),
            or_(notice.claimed_until.is_(None), notice.claimed_until <= now),
        )
        # At one instant, as a clock has them: a breach after the due date.
        order = (notice.at, case(_ORDER, value=notice.kind), notice.key)
        query = select(notice).where(is_free).order_by(*order).limit(1)
        claim = {
            "claimed_until": now + lease,
            "attempts": notice.attempts + 1,
            "error": "",
        }

        def claim_first() -> tuple[Any, bool]:
            """The first notice, and whether it is claimed."""
            first = session.scalar(query.with_for_update(skip_locked=True))
            if first is None:
                return None, True
            session.expunge(first)
            ticket = getattr(first, self._key)
            mine = self._id_of_notice == ticket
            if session.scalar(select(self._id).where(self._id == ticket)) is None:
                # The record was deleted, in a database that does not heed foreign keys.
                _count(session, delete(notice).where(mine))
                return first, False
            change = update(notice).where(mine, notice.key == first.key, is_free).values(claim)
            return first, _count(session, change) == 1

        while True:
            first, is_mine = _transact(session, claim_first)
            if is_mine:
                if first is not None:
                    first.attempts += 1
                return first


def _transact(session: Session, step: Callable[[], ResultT]) -> ResultT:
    """Run a step in a transaction of its own; again if another one came into its way.

    That is so with isolation above READ COMMITTED, and where two wait for each other.
    """
    for left in reversed(range(_ATTEMPTS)):
        try:
            with session.begin():
                return step()
        except DBAPIError as error:
            code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
            if not left or code not in _CONFLICTS:
                raise
    raise AssertionError  # for the type checker: the last attempt returns or raises


def _utc(instant: datetime | str) -> datetime:
    return to_utc(to_instant(instant))


def _check_session(session: Any, use: str) -> None:
    """Raise `RecordError` for what is not a session, or not of the kind that is needed."""
    if not hasattr(session, "identity_map"):
        msg = f"{session!r} is not a session: give a Session or an AsyncSession of SQLAlchemy"
        raise RecordError(msg)
    if hasattr(session, "run_sync"):
        if use == "with":
            msg = "the session is asynchronous: write `async with` instead of `with`"
            raise RecordError(msg)
        if use != "async with":
            msg = f"the session is asynchronous: write `await session.run_sync(sla.{use}, …)`"
            raise RecordError(msg)
    elif use == "async with":
        msg = "the session is not asynchronous: write `with` instead of `async with`"
        raise RecordError(msg)


def _no_record(ticket: Any) -> RecordError:
    msg = f"{ticket!r} has no SLA record: give an opening, or record the ticket when it comes in"
    return RecordError(msg, ticket=ticket)


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Say which row has text that is not JSON, or not an instant; SQLite stores any."""
    try:
        yield
    except ValueError as error:
        raise ClockError(f"{what} cannot be read: {error}", given=what) from error


def _insert(session: Session, key: Any, values: dict[str, Any]) -> bool:
    """Insert a row with a primary key unless another writer has; whether it was inserted."""
    table = key.class_
    makers: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
    make = makers.get(session.get_bind(table).dialect.name)
    if make is not None:  # rowcount is unknown here
        attempt = make(table).values(values).on_conflict_do_nothing().returning(key)
        return session.scalar(attempt) is not None
    try:
        with session.begin_nested():
            session.execute(insert(table).values(values))
    except IntegrityError:
        return False
    return True


def _count(session: Session, statement: Any, *, synchronize: Any = False) -> int:
    """Execute a statement, by default past the objects of the session; the number of its rows."""
    result: Any = session.execute(statement.execution_options(synchronize_session=synchronize))
    count: int = result.rowcount
    return count
