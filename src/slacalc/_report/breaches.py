"""The worst breaches of an evaluated table, and an explanation of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.event_logs import TICKET, read_log
from slacalc._bulk.replay import ticket_events
from slacalc._clock.clock import replay as replay_one
from slacalc._clock.events import CREATED
from slacalc._columns.frames import Frame, take, to_list
from slacalc._columns.input import read_lengths
from slacalc._columns.kernel import MISSING
from slacalc._report.answers import STATE_CODES, Answers
from slacalc._report.evaluated_table import columns_used
from slacalc._time.instants import to_utc
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from slacalc._report.evaluated_table import EvaluatedTable
    from slacalc._report.page_data import PageData

_PAST_DUE = ("late", "breached")


class Breach(NamedTuple):
    """A cycle that passed its due date.

    Args:
        ticket: The name of the ticket.
        metric: The metric.
        cycle: The number of the cycle; None for a table of tickets.
        values: The values of the columns that form groups.
        created: The receipt of the ticket, in UTC microseconds.
        due: The due date; None if the answer has none.
        elapsed: The time that it took, in microseconds of the time that the target counts.
        over: How much of that is past the due date.
        row: The row of the ticket.
    """

    ticket: Any
    metric: str
    cycle: int | None
    values: tuple[Any, ...]
    created: int
    due: int | None
    elapsed: int
    over: int
    row: int


def find_worst(data: PageData) -> list[Breach]:
    """The cycles that are past their due date by most of the time that their target counts."""
    answers = Answers(data.table.answer.native, data.metrics, known=data.metrics)
    past_due: list[tuple[int, int, str]] = []  # the remaining time, the row and the metric
    for part in answers.parts():
        is_past_due = np.isin(part.state, [STATE_CODES[state] for state in _PAST_DUE])
        if part.metrics is not None:
            is_past_due &= part.metrics.codes >= 0
        name = answers.column_name(part, "remaining")
        remaining = _lengths(data.table.answer, name)
        rows = np.flatnonzero(is_past_due & (remaining < 0) & (remaining != MISSING))
        worst = rows[np.lexsort((rows, remaining[rows]))][: data.options.worst]
        for row in worst.tolist():
            place = None if part.metrics is None else int(part.metrics.codes[row])
            metric = answers.metrics[place] if place is not None else str(part.metric)
            past_due.append((int(remaining[row]), row, metric))
    past_due.sort()
    return [
        _breach(data, *found, is_long=answers.is_long) for found in past_due[: data.options.worst]
    ]


def _breach(data: PageData, remaining: int, row: int, metric: str, *, is_long: bool) -> Breach:
    answer, prefix, at = data.table.answer, "" if is_long else f"{metric}_", np.array([row])
    ticket = int(data.table.ticket_of_row[row])
    due = _instant(data.table, answer, f"{prefix}due", row)
    return Breach(
        ticket=to_list(data.table.tickets.column(TICKET), np.array([ticket]))[0],
        metric=metric,
        cycle=int(to_list(answer.column("cycle"), at)[0]) if is_long else None,
        values=tuple(to_list(answer.column(name), at)[0] for name in data.by),
        created=_instant(data.table, answer, CREATED, row),
        due=None if due == MISSING else due,
        elapsed=int(_lengths(answer, f"{prefix}elapsed", at)[0]),
        over=-remaining,
        row=ticket,
    )


def _lengths(frame: Frame, name: str, rows: Any = None) -> Any:
    """A column of lengths in microseconds, in all rows or some."""
    column = frame.column(name) if rows is None else take(frame.column(name), rows)
    return np.asarray(read_lengths(column, name).values)


def _instant(table: EvaluatedTable, frame: Frame, word: str, row: int) -> int:
    """The instant in a row of a column, in UTC microseconds; `MISSING` for none."""
    name = frame.name(word)
    cell = Frame({name: take(frame.column(word), np.array([row]))}, None, ())
    return int(np.asarray(table.instants(cell, name).values)[0])


def explain_first(
    data: PageData, breaches: list[Breach], language: str
) -> tuple[Breach, str] | None:
    """The first breach that can be explained, and its explanation; None if none can."""
    explain = _explain_event_log if data.table.kind == "events" else _explain_ticket
    for breach in breaches:
        try:
            return breach, explain(data, breach, language)
        except SlacalcError:  # such as one whose promise has no single row
            continue
    return None


def _explain_ticket(data: PageData, breach: Breach, language: str) -> str:
    """Why a ticket of a table was due when it was."""
    table, policy = data.table, data.policy
    ticket, events = {}, dict[str, Any]()
    version = policy.version_in_force(breach.created)
    for name in sorted(name for name in columns_used(policy) if name in table.source):
        if name in version.attributes:
            (ticket[name],) = to_list(table.source.column(name), np.array([breach.row]))
        elif name != CREATED and name in version.start_events:
            at = _instant(table, table.source, name, breach.row)
            if at != MISSING:
                events[name] = to_utc(at)
    deadlines = policy.deadlines(ticket, to_utc(breach.created), events)
    return str(deadlines[breach.metric].explain(language=language))


def _explain_event_log(data: PageData, breach: Breach, language: str) -> str:
    """Where the time of a ticket of a log went."""
    table, options = data.table, data.table.options
    named = {word: name for word, name in (options.columns or {}).items() if name is not None}
    log = read_log(Frame(table.log, named), options.naive, data.zone, lambda _: True)
    clock = replay_one(data.policy, {}, ticket_events(log, breach.row))
    at = clock.last_event_at if table.as_of is None else to_utc(table.as_of)
    cycle = clock.status(at).cycles(breach.metric)[(breach.cycle or 1) - 1]
    return str(clock.ledger(breach.metric, cycle.stopped_at or at, language=language))
