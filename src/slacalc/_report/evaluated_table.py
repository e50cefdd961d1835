"""Evaluate a table of tickets, or a log of events, under one policy.

`EvaluatedTable` has the answers of `bulk.evaluate` or `bulk.replay`, and the tickets with their
attributes. A page has one such table, a comparison has one for each policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from slacalc._bulk.event_logs import AT, TICKET, tickets_in
from slacalc._bulk.event_orders import ColumnMachine
from slacalc._bulk.replay import replay
from slacalc._bulk.tickets import evaluate_with
from slacalc._clock.events import CREATED
from slacalc._columns.categories import EncodedColumn, encode
from slacalc._columns.frames import Frame, take
from slacalc._columns.input import check_choice
from slacalc._report.ticket_attributes import (
    all_attributes,
    tickets_of,
    with_attributes,
)
from slacalc._threads import cached_property
from slacalc._time.instants import to_instant
from slacalc.errors import ReportError, unknown_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.input import Instants
    from slacalc._policy.policy import Policy
    from slacalc._report.ticket_attributes import ReadOptions

TableKind = Literal["tickets", "events"]


def kind_of(log: Any, columns: Mapping[str, str | None] | None) -> TableKind:
    """Whether a table has a row for each ticket, or for each event."""
    names = Frame(log).names
    called = {word: (columns or {}).get(word, word) for word in (TICKET, AT, CREATED)}
    is_log = called[TICKET] in names and called[AT] in names
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
        more: More instants of each metric that an answer for tickets has, such as ``stopped_at``.

    Attributes:
        as_of: The instant of evaluation in UTC microseconds, or None.
        result: What `bulk.evaluate` or `bulk.replay` returned.
        size: The number of tickets.
        ticket_of_row: For each row of `result` the row of its ticket in `tickets`.
        is_numbered: Whether tickets have the numbers of their rows, for want of a column with their
            names.
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
        *,
        more: Sequence[str] = (),
    ) -> None:
        self.policy, self.log, self.options = policy, log, options
        self._more = more
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
        columns, naive = self._columns, self.options.naive
        self.source = Frame(self.log, columns, columns_used(self.policy))
        answer = evaluate_with(
            self.policy, self.log, as_of, self._more, columns=columns, naive=naive, errors="column"
        )
        self.result = Frame(answer)
        self.size = len(encode(self.result.column("error")).codes)
        self.ticket_of_row = np.arange(self.size)
        self.is_numbered = self._name_column not in self.result.names

    def _replay(self, as_of: datetime | str | None) -> None:
        named = {word: name for word, name in (self.options.columns or {}).items() if name}
        naive = self.options.naive
        self.result = Frame(
            replay(self.policy, self.log, as_of, columns=named, naive=naive, errors="column")
        )
        self.ticket_of_row, first_rows = tickets_in(self.result.column(TICKET), {})
        self.size = len(first_rows)
        self.is_numbered = False

    @property
    def _columns(self) -> dict[str, str | None]:
        """The names of columns of a table of tickets, by the words of the policy."""
        return {word: name for word, name in (self.options.columns or {}).items() if word != TICKET}

    @property
    def _numbers(self) -> Integers:
        numbers = self.options.numbers
        return np.arange(self.size) if numbers is None else numbers

    @property
    def _name_column(self) -> str | None:
        return (self.options.columns or {}).get(TICKET, TICKET)

    @cached_property
    def tickets(self) -> Frame:
        """A row for each ticket: its name, its receipt, its attributes as the policy reads them."""
        if self.kind == "events":
            options = self.options._replace(until=self.as_of)
            names = all_attributes(self.policy)
            return Frame(tickets_of(self.policy, self.log, names, options))
        columns, name = self._columns, self._name_column
        table = with_attributes(self.log, self.policy, columns=columns, naive=self.options.naive)
        tickets = Frame(table)
        more: dict[str, Any] = {}
        if name is None or self.is_numbered:
            if name not in (None, TICKET):
                raise unknown_column(str(name), tickets.names, where="columns.ticket")
            more[TICKET] = self.result.like("error").new_counts(self._numbers)
        elif name != TICKET:
            more[TICKET] = tickets.column(name)
        created = columns.get(CREATED, CREATED)
        if created not in (None, CREATED):
            more[CREATED] = tickets.column(created)
        return _with_columns(tickets, more)

    @cached_property
    def answer(self) -> Frame:
        """`result` with the columns of `tickets`; the columns of a replay itself stay."""
        tickets = self.tickets
        if self.kind == "tickets":
            names = [TICKET, CREATED, *all_attributes(self.policy)]
            columns = {name: tickets.column(name) for name in names if name in tickets}
        else:
            columns = {
                name: take(tickets.column(name), self.ticket_of_row)
                for name in tickets.names
                if name not in self.result.names
            }
        return _with_columns(self.result, columns)

    def instants(self, frame: Frame, word: str) -> Instants:
        """A column of instants of one of its tables, in UTC microseconds, and its column type."""
        return frame.instants(word, self.options.naive or "UTC", self.policy.matcher.zone)

    @property
    def errors(self) -> EncodedColumn:
        """For each ticket why it cannot be evaluated, as codes; -1 for no error."""
        codes, texts = encode(self.result.column("error"))
        of_ticket = np.full(self.size, -1, np.intp)
        of_ticket[self.ticket_of_row] = codes
        return EncodedColumn(of_ticket, texts)


def _with_columns(frame: Frame, more: dict[str, Any]) -> Frame:
    return Frame(frame.with_columns(frame.with_index(more))) if more else frame
