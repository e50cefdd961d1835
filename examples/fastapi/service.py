"""A help desk as a service: events in, SLA statuses out, and a page of live countdowns.

``uvicorn service:app`` serves it, and ``python service.py`` is a worker that sends the notices; any
number of each may run on one database, which ``DATABASE_URL`` names.
"""

from __future__ import annotations

import os
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Body, FastAPI, Request
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from pydantic import AwareDatetime, BaseModel, WithJsonSchema
from sqlalchemy import ForeignKey, create_engine, or_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker
from starlette.exceptions import HTTPException

from slacalc import Event, PolicyStore, SlacalcError, Status
from slacalc.errors import DuplicateEventError, EventError, RecordError
from slacalc.sqlalchemy import SlaNoticeMixin, SlaPolicyMixin, SlaRecordMixin, SlaStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = Path(__file__).parent
AHEAD = timedelta(minutes=5)  # how much the clock of a sender may be ahead of ours
MOST = 2**31 - 1  # of what an integer column holds
MOST_BYTES = 2**16  # of a body


# The tables --------------------------------------------------------------------------------------


class Base(DeclarativeBase):
    """The tables of the service."""


class Ticket(Base):
    """What the desk itself knows of a ticket."""

    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="open")


class TicketSla(SlaRecordMixin, Base):
    """The SLA record of each ticket."""

    __tablename__ = "ticket_sla"

    ticket_id: Mapped[int] = mapped_column(primary_key=True)


class Notice(SlaNoticeMixin, Base):
    """The outbox."""

    __tablename__ = "sla_notices"

    ticket_id: Mapped[int] = mapped_column(ForeignKey(TicketSla.ticket_id), primary_key=True)


class StoredPolicy(SlaPolicyMixin, Base):
    """The policies of all clocks."""

    __tablename__ = "sla_policies"


policies = PolicyStore()
policies.load(HERE / "desk.toml")
sla = SlaStore(policies, TicketSla, Notice, StoredPolicy)
address = os.environ.get("DATABASE_URL", f"sqlite:///{HERE / 'desk.db'}?timeout=60")
if address.startswith("postgresql:"):
    address = address.replace(":", "+psycopg:", 1)
engine = create_engine(address, pool_size=20, max_overflow=20)  # FastAPI has 40 threads
Session = sessionmaker(engine)


# The service -------------------------------------------------------------------------------------


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Make the tables before the first request."""
    Base.metadata.create_all(engine)
    yield


def answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    """An entry of the OpenAPI document."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}


REFUSED = answer("What is wrong, with the facts", SlacalcError.json_schema())
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: answer("The status of all metrics now", Status.json_schema()),
    400: REFUSED,
    404: REFUSED,
    413: REFUSED,
    409: REFUSED,
    422: REFUSED,
}
TicketNumber = Annotated[int, PathParameter(ge=1, le=MOST)]
EventData = Annotated[dict[str, Any], Body(), WithJsonSchema(Event.json_schema())]


class OpenTicket(BaseModel):
    """A line of the page."""

    ticket: int
    title: str
    status: str
    due: AwareDatetime | None
    metric: str
    is_breached: bool


class OpenTickets(BaseModel):
    """What the page shows, and what time it is."""

    now: AwareDatetime
    tickets: list[OpenTicket]


class BodyLimit:
    """Refuses a body that is too long while it comes in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        size = 0

        async def receive_some() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MOST_BYTES:
                raise HTTPException(413, f"the body is longer than {MOST_BYTES} bytes")
            return message

        await self.app(scope, receive_some, send)


app = FastAPI(title="Help desk", lifespan=lifespan)
app.add_middleware(BodyLimit)


def refuse_unknown(ticket: int) -> Any:
    """Refuse a ticket that has no record."""
    raise HTTPException(404, f"ticket {ticket} is not known: its first event is `created`")


@app.post("/tickets/{ticket}/events", responses=ANSWERS)
def add_event(ticket: TicketNumber, data: EventData) -> dict[str, Any]:
    """Record an event of a ticket: the first is `created`, and says what the ticket is.

    An event with a `key` may be sent again and again, and counts once.
    """
    event, now = Event.from_dict(data), datetime.now(UTC)
    if event.at > now + AHEAD:
        msg = f"{event.type} at {event.at} lies ahead: it is {now:%Y-%m-%d %H:%M:%S} UTC"
        raise EventError(msg, event=event.type, field="at", given=data["at"])
    title = event.fields.get("title")
    if not isinstance(title, str | None):
        msg = f"{event.type}: the title {title!r} is not text"
        raise EventError(msg, event=event.type, field="title", given=data["fields"]["title"])
    is_created = event.type == "created"
    opening = partial(policies.current("desk").open, event.fields, event.at)
    if not is_created:
        opening = partial(refuse_unknown, ticket)
    with Session.begin() as session:
        with sla.record(session, ticket, now, opening=opening) as recording:
            opened = recording.clock
            if not is_created:
                recording.insert(event)
            elif (opened.opened_at, opened.ticket) != (event.at, event.fields):
                msg = (
                    f"ticket {ticket} was created at {opened.opened_at} already, as {opened.ticket}"
                )
                raise DuplicateEventError(msg, event=event.type, given=ticket)
        clock = recording.clock  # with what others have recorded meanwhile
        title, status = clock.fields.get("title") or "", clock.fields.get("status") or "open"
        session.merge(Ticket(id=ticket, title=title, status=status))
    return clock.status(max(now, clock.last_event_at)).to_dict()


@app.get("/tickets/{ticket}/sla", responses={200: ANSWERS[200], 404: REFUSED, 422: REFUSED})
def show_status(ticket: TicketNumber) -> dict[str, Any]:
    """Show what each metric of a ticket says now."""
    with Session() as session:
        if session.get(TicketSla, ticket) is None:
            refuse_unknown(ticket)
        clock = sla.clock(session, ticket)
    return clock.status(max(datetime.now(UTC), clock.opened_at)).to_dict()


@app.get("/tickets")
def list_open() -> OpenTickets:
    """List the tickets that are not solved, or of which something is due, that one at the top."""
    columns = (Ticket, TicketSla.due, TicketSla.metric, TicketSla.is_breached)
    query = (
        select(*columns)
        .join(TicketSla, TicketSla.ticket_id == Ticket.id)
        .where(or_(Ticket.status != "solved", TicketSla.due.is_not(None)))
        .order_by(TicketSla.due.is_(None), TicketSla.due, Ticket.id)
    )
    with Session() as session:
        tickets = [
            OpenTicket(
                ticket=ticket.id,
                title=ticket.title,
                status=ticket.status,
                due=due,
                metric=metric,
                is_breached=is_breached,
            )
            for ticket, due, metric, is_breached in session.execute(query)
        ]
    return OpenTickets(now=datetime.now(UTC), tickets=tickets)


@app.get("/", include_in_schema=False)
def page() -> FileResponse:
    """Show the page of countdowns."""
    return FileResponse(HERE / "page.html")


@app.exception_handler(SlacalcError)
def refuse(_: Request, error: SlacalcError) -> JSONResponse:
    """Answer what slacalc refuses with its facts."""
    conflict = 409 if isinstance(error, DuplicateEventError) else 422
    return JSONResponse(error.to_dict(), 503 if isinstance(error, RecordError) else conflict)


@app.exception_handler(RequestValidationError)
def refuse_request(_: Request, error: RequestValidationError) -> JSONResponse:
    """Answer what FastAPI refuses in the same form."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    refused = SlacalcError(first["msg"], where=where, given=first.get("input"))
    return JSONResponse(refused.to_dict(), 422)


@app.exception_handler(HTTPException)
def refuse_path(_: Request, error: HTTPException) -> JSONResponse:
    """Answer unknown addresses in the same form, too."""
    return JSONResponse(SlacalcError(str(error.detail)).to_dict(), error.status_code)


# The worker --------------------------------------------------------------------------------------


def send(notice: Notice) -> None:
    """Send a notice; here, print it."""
    print(f"{notice.at:%Y-%m-%d %H:%M:%S} UTC ticket {notice.ticket_id}: {notice.key}", flush=True)


def work(seconds: float = 1) -> None:
    """Tick for ever."""
    Base.metadata.create_all(engine)
    while True:
        with Session() as session:
            report = sla.tick(session, datetime.now(UTC), send)
        for failure in report.failures:
            print(f"ticket {failure.ticket}: {failure.key}: {failure.error}", flush=True)
        time.sleep(seconds)


if __name__ == "__main__":
    work()
