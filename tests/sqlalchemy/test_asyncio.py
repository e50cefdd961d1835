"""The same with asynchronous sessions."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from slacalc import Event
from slacalc.errors import RecordError
from tests.sqlalchemy.models import Base, Notice, TicketSla
from tests.sqlalchemy.test_records import NINE, TICKET, minutes, note, store_of

if TYPE_CHECKING:
    from pathlib import Path

    from slacalc import Policy
    from slacalc.sqlalchemy import SlaStore


async def use(engine: AsyncEngine, desk: Policy) -> None:
    """Sixteen writers of one ticket, a tick whose sending is awaited, and what is refused."""
    sla, sent = store_of(desk), list[str]()

    async def write(number: int) -> None:
        event = Event(minutes(number), "note").with_key(number)
        async with (
            AsyncSession(engine) as session,
            session.begin(),
            sla.record(
                session, 7, minutes(20), opening=lambda: desk.open(TICKET, NINE)
            ) as recording,
        ):
            recording.insert(event)

    async def send(notice: Notice) -> None:
        await asyncio.sleep(0)
        sent.append(notice.key)

    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await asyncio.gather(*map(write, range(16)))
    async with AsyncSession(engine) as session:
        result = await session.run_sync(sla.tick, minutes(61), send)
        clock = await session.run_sync(sla.clock, 7)
        row = await session.get(TicketSla, 7)

    assert len(clock.events) == 16
    assert row is not None
    assert (row.version, row.is_breached) == (17, True)
    assert (result.looked, result.sent) == (1, 3)
    assert sent == ["reply.1.warning.50 %", "reply.1.due", "reply.1.breached"]
    async with AsyncSession(engine) as session, session.begin():
        row = await session.get(TicketSla, 7)
        async with sla.record(session, 7, minutes(62)) as recording:
            recording.insert(note(61))
        assert row is not None
        assert (row.version, row.metric) == (18, "reply")  # without a query of its own
    await refuse_what_does_not_fit(engine, sla)
    async with AsyncSession(engine) as session:
        with pytest.raises(RecordError):
            async with sla.record(session, 8, NINE):
                pass
        with suppress(ZeroDivisionError):
            async with sla.record(session, 7, NINE) as recording:
                recording.insert(note(59))
                raise ZeroDivisionError
        assert len((await session.run_sync(sla.clock, 7)).events) == 17
    await engine.dispose()


async def refuse_what_does_not_fit(engine: AsyncEngine, sla: SlaStore) -> None:
    """Sessions of the other kind."""
    async with AsyncSession(engine) as session:
        with (
            pytest.raises(RecordError, match="write `async with` instead"),
            sla.record(session, 7, NINE),
        ):
            pass
        with pytest.raises(RecordError, match="write `await session.run_sync.sla.tick, …"):
            sla.tick(session, NINE, print)  # type: ignore[arg-type] # on purpose
        with pytest.raises(RecordError, match="write `await session.run_sync.sla.clock, …"):
            sla.clock(session, 7)  # type: ignore[arg-type] # on purpose
        with pytest.raises(RecordError, match="write `with` instead"):
            async with sla.record(session.sync_session, 7, NINE):
                pass


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_asynchronous_sessions(
    kind: str, desk: Policy, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        address = f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}"
    else:
        server = request.getfixturevalue("postgres")
        address = server.new_database().replace("postgresql:", "postgresql+psycopg:")
    # In a thread of its own, since a browser of other tests has an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(use(create_async_engine(address), desk))).result()
