"""The tables that a host declares."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from slacalc.sqlalchemy import SlaNoticeMixin, SlaPolicyMixin, SlaRecordMixin

RowT = TypeVar("RowT", bound="Base")


class Base(DeclarativeBase):
    """The tables of the host."""


class Ticket(Base):
    """A table of the host's own."""

    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(default="")


class TicketSla(SlaRecordMixin, Base):
    """The records."""

    __tablename__ = "ticket_sla"

    ticket_id: Mapped[int] = mapped_column(primary_key=True)


class Notice(SlaNoticeMixin, Base):
    """The outbox."""

    __tablename__ = "sla_notices"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket_sla.ticket_id"), primary_key=True)


class StoredPolicy(SlaPolicyMixin, Base):
    """The policies."""

    __tablename__ = "sla_policies"


def get_one(session: Session, kind: type[RowT], key: Any) -> RowT:
    """The object of a primary key; the session of SQLAlchemy 2.0.0 does not have the method."""
    row = session.get(kind, key)
    assert row is not None
    return row
