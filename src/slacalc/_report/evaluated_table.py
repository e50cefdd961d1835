"""Evaluate a table of tickets, or a log of events, under one policy.

`EvaluatedTable` has the answers of `bulk.evaluate` or `bulk.replay`, and the tickets with their
attributes. A page has one such table, a comparison has one for each policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from slacalc._bulk.event_logs import AT, TICKET, TYPE, tickets_in
from slacalc._bulk.event_orders import ColumnMachine
from slacalc._bulk.replay import replay
from slacalc._bulk.tickets import evaluate
from slacalc._clock.events import CREATED
from slacalc._columns.categories import EncodedColumn, encode
from slacalc._columns.frames import Frame, take
from slacalc._columns.input import check_choice
from slacalc._report.ticket_attributes import (
    all_attributes,
    tickets_of,
    with_attributes,
)
from slacalc._time.instants import to_instant
from slacalc.errors import ReportError, unknown_column

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slacalc._columns.input import Instants
    from slacalc._policy.policy import Policy
    from slacalc._report.ticket_attributes import ReadOptions

TableKind = Literal["tickets", "events"]


def kind_of(log: Any, columns: Mapping[str, str | None] | None) -> TableKind:
    """Whether a table has a row for each ticket, or for each event."""
    names = Frame(log).names
    called = {word: (columns or {}).get(word, word) for word in (TICKET, AT, TYPE, CREATED)}
    is_log = all(called[word] in names for word in (TICKET, AT, TYPE))
    return "events" if is_log and called[CREATED] not in names else "tickets"


def columns_used(policy: Policy) -> set[str]:
    """The columns of a table of tickets that a policy reads, by its own words."""
    versions = policy.all_versions
    events = (name for version in versions for name in ColumnMachine.event_columns(version.matcher))
    return {CREATED, *all_attributes(policy), *events}


class EvaluatedTable:
    """A table of tickets, or a log of events, evaluated under a policy.

    Args:
        policy: The policy.
        log: The table.
        as_of: The instant of evaluation. None, for a log: the last event of each ticket.
        kind: What the table is. None: it is recognized by its columns.
        options: How the table is read.

    Attributes:
        as_of: The instant of evaluation in UTC microseconds, or None.
        tickets: A table with a row for each ticket: its name, when it was created, and its
            attributes as the policy reads them.
        answer: The answers of `bulk`, with these columns of their tickets.
        ticket_of_row: For each row of `answer` the row of its ticket in `tickets`.
        is_numbered: Whether tickets are numbered from 0, for want of a column with their names.
        source: A table of tickets as it was given, by the words of the policy; not for a log.

    Raises:
        ReportError: A table of tickets is given without *as_of*.
        SlacalcError: The table cannot be evaluated.
    """

    source: Frame

    def __init__(
        self,
        policy: Policy,
        log: Any,
        as_of: datetime | str | None,
        kind: TableKind | None,
        options: ReadOptions,
    ) -> None:
        self.policy, self.log, self.options = policy, log, options
        self.kind = kind or kind_of(log, options.columns)
        check_choice(self.kind, "kind", ("tickets", "events"))
        self.as_of = None if as_of is None else to_instant(as_of)
        if self.kind == "events":
            self._replay(as_of)
        else:
            self._evaluate(as_of)

    def _evaluate(self, as_of: datetime | str | None) -> None:
        if as_of is None:
            msg = "as_of is missing: give the instant as of which the tickets are evaluated"
            raise ReportError(msg, argument="as_of", given=None)
        columns, naive = dict(self.options.columns or {}), self.options.naive
        name_column = columns.pop(TICKET, TICKET)
        self.source = Frame(self.log, columns, columns_used(self.policy))
        answer = Frame(
            evaluate(self.policy, self.log, as_of, columns=columns, naive=naive, errors="column"),
            None,
            (),
        )
        size = len(encode(answer.column("error")).codes)
        tickets = Frame(
            with_attributes(self.log, self.policy, columns=columns, naive=naive), None, ()
        )
        more: dict[str, Any] = {}
        self.is_numbered = name_column is None or name_column not in tickets.names
        if name_column is None or self.is_numbered:
            if name_column not in (None, TICKET):
                raise unknown_column(name_column, tickets.names, where="columns.ticket")
            more[TICKET] = answer.like("error").new_counts(np.arange(size))
        elif name_column != TICKET:
            more[TICKET] = tickets.column(name_column)
        created = columns.get(CREATED, CREATED)
        if created not in (None, CREATED):
            more[CREATED] = tickets.column(created)
        self.tickets = _with_columns(tickets, more)
        self.ticket_of_row = np.arange(size)
        names = [TICKET, CREATED, *all_attributes(self.policy)]
        self.answer = _with_columns(
            answer, {name: self.tickets.column(name) for name in names if name in self.tickets}
        )

    def _replay(self, as_of: datetime | str | None) -> None:
        named = {word: name for word, name in (self.options.columns or {}).items() if name}
        answer = Frame(
            replay(
                self.policy,
                self.log,
                as_of,
                columns=named,
                naive=self.options.naive,
                errors="column",
            ),
            None,
            (),
        )
        options = self.options._replace(until=self.as_of)
        names = all_attributes(self.policy)
        self.tickets = Frame(tickets_of(self.policy, self.log, names, options))
        self.ticket_of_row, _ = tickets_in(answer.column(TICKET))
        self.is_numbered = False
        self.answer = _with_columns(
            answer,
            {
                name: take(self.tickets.column(name), self.ticket_of_row)
                for name in self.tickets.names
                if name not in answer.names
            },
        )

    def instants(self, frame: Frame, word: str) -> Instants:
        """A column of instants of one of its tables, in UTC microseconds, and how it looked."""
        return frame.instants(word, self.options.naive or "UTC", self.policy.matcher.zone)

    @property
    def errors(self) -> EncodedColumn:
        """For each ticket why it cannot be evaluated, as codes; -1 for no error."""
        codes, texts = encode(self.answer.column("error"))
        of_ticket = np.full(len(self.tickets.column(TICKET)), -1, np.intp)
        of_ticket[self.ticket_of_row] = codes
        return EncodedColumn(of_ticket, texts)


def _with_columns(frame: Frame, more: dict[str, Any]) -> Frame:
    return Frame(frame.with_columns(frame.with_index(more)), None, ()) if more else frame
