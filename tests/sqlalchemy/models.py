"""The tables that a host declares."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from slacalc.sqlalchemy import SlaNoticeMixin, SlaPolicyMixin, SlaRecordMixin


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
