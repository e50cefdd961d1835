"""Two policies over the same tickets, side by side: each ticket, metric and cycle judged twice.

Both policies see the same table and the same instant. A metric that only one of them has is one for
which the other promises nothing; a cycle that only one of them counts has, under the other, not
started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import attrs
import numpy as np

from slacalc._bulk.event_logs import AT, TICKET, TYPE, tickets_in
from slacalc._bulk.event_orders import ColumnMachine
from slacalc._bulk.replay import replay
from slacalc._bulk.tickets import evaluate
from slacalc._clock.events import CREATED
from slacalc._columns.categories import EncodedColumn, encode
from slacalc._columns.frames import Frame
from slacalc._columns.kernel import MISSING
from slacalc._report.answers import CODE, UNJUDGED
from slacalc._report.attainment import metrics_of
from slacalc._report.ticket_attributes import (
    all_attributes,
    tickets_of,
    with_attributes,
)
from slacalc._schema.shapes import FrozenMap
from slacalc._time.instants import to_instant
from slacalc.errors import ColumnError, unknown_column, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.output import OutputType
    from slacalc._policy.policy import Policy
    from slacalc._report.ticket_attributes import Reading

InForce = Literal["extended", "by_receipt", "last"]


def held(policy: Policy, in_force: InForce) -> Policy:
    """A policy for tickets of any time.

    Args:
        policy: The policy.
        in_force: Which version holds: that of the receipt (``"by_receipt"``); the same, with the
            first one before its first day, and the others up to the next one (``"extended"``); or
            always the ``"last"``.
    """
    if in_force == "by_receipt":
        return policy
    if in_force == "last":
        last = policy.latest
        return attrs.evolve(last, effective_from=None, effective_until=None)
    versions = tuple(
        FrozenMap({key: value for key, value in one.items() if key != "effective_until"})
        for one in policy.versions
    )
    return attrs.evolve(policy, effective_from=None, effective_until=None, versions=versions)


class Pairs(NamedTuple):
    """Every ticket, metric and cycle, as two policies judge it.

    Args:
        base: A row for each ticket: what it is called, when it came in, what it is.
        ticket: The row of each pair there.
        metrics: The metrics of both policies.
        metric: The place of each pair's; -1 for a ticket that neither can judge.
        cycle: Which of its cycles; None for a table of tickets, which has one.
        states: The places of the states under the one and the other.
        dues: The dues under the one and the other.
        errors: Of each ticket, why the one and the other cannot judge it.
        like: How the dues looked.
    """

    base: Frame
    ticket: Integers
    metrics: list[str]
    metric: Integers
    cycle: Integers | None
    states: tuple[Integers, Integers]
    dues: tuple[Integers, Integers]
    errors: tuple[EncodedColumn, EncodedColumn]
    like: OutputType


def kind_of_log(log: Any, columns: Mapping[str, str | None] | None) -> Literal["tickets", "events"]:
    """Whether a table has a row for each ticket, or for each event."""
    names = Frame(log).names
    called = {word: (columns or {}).get(word, word) for word in (TICKET, AT, TYPE, CREATED)}
    is_log = all(called[word] in names for word in (TICKET, AT, TYPE))
    return "events" if is_log and called[CREATED] not in names else "tickets"


def _versions(policy: Policy) -> tuple[Policy, ...]:
    return policy.all_versions


def words_of(policy: Policy) -> set[str]:
    """The columns of a table of tickets that a policy asks for."""
    heard = (name for one in _versions(policy) for name in ColumnMachine.event_columns(one.matcher))
    return {CREATED, *all_attributes(policy), *heard}


def pairs_of_tickets(
    policies: tuple[Policy, Policy],
    tickets: Any,
    as_of: datetime | str,
    reading: Reading,
) -> Pairs:
    """A table of tickets under two policies."""
    named, naive = dict(reading.columns or {}), reading.naive
    of_ticket = named.pop(TICKET, TICKET)
    known = [words_of(policy) for policy in policies]
    for word in named:
        if word not in known[0] | known[1]:
            what, names = "a column that a policy reads", known[0] | known[1]
            raise unknown_name(ColumnError, what, word, names, where="columns", column=word)
    metrics = list(dict.fromkeys(name for one in policies for name in metrics_of(one)))
    states: list[Integers] = []
    dues: list[Integers] = []
    errors: list[EncodedColumn] = []
    for policy, words in zip(policies, known, strict=True):
        own = {word: name for word, name in named.items() if word in words}
        answer = evaluate(policy, tickets, as_of, columns=own, naive=naive, errors="column")
        sheet = Frame(answer)
        bad = encode(sheet.column("error"))
        errors.append(bad)
        nothing = np.where(bad.codes >= 0, UNJUDGED, CODE["no target"])
        of_metrics: list[Integers] = []
        of_dues: list[Integers] = []
        for metric in metrics:
            if metric not in metrics_of(policy):
                of_metrics.append(nothing)
                of_dues.append(np.full(len(nothing), MISSING))
                continue
            codes, values = encode(sheet.column(f"{metric}_state"))
            places = np.array([*(CODE[one] for one in values), UNJUDGED], np.int64)
            of_metrics.append(places[codes])
            of_dues.append(_instants(sheet, f"{metric}_due", policy, naive)[0])
        states.append(np.concatenate(of_metrics))
        dues.append(np.concatenate(of_dues))
    size = len(errors[0].codes)
    base = base_of_tickets(policies, tickets, of_ticket, size, reading._replace(columns=named))
    return Pairs(
        base,
        np.tile(np.arange(size), len(metrics)),
        metrics,
        np.repeat(np.arange(len(metrics)), size),
        None,
        (states[0], states[1]),
        (dues[0], dues[1]),
        (errors[0], errors[1]),
        _instants(base, CREATED, policies[0], naive)[1],
    )


def _instants(
    sheet: Frame, name: str, policy: Policy, naive: str | None
) -> tuple[Integers, OutputType]:
    """A column of instants, and how it looked."""
    values, like = sheet.instants(name, naive or "UTC", policy.matcher.zone)
    return np.asarray(values), cast("OutputType", like)


def base_of_tickets(
    policies: tuple[Policy, ...],
    tickets: Any,
    of_ticket: str | None,
    size: int,
    reading: Reading,
) -> Frame:
    """A table of tickets with what they are called, when they came in and what they are."""
    table, done, named = tickets, set[str](), reading.columns or {}
    for policy in policies:
        names = [name for name in all_attributes(policy) if name not in done]
        done.update(names)
        table = with_attributes(table, policy, attributes=names, columns=named, naive=reading.naive)
    sheet = Frame(table)
    more: dict[str, Any] = {}
    if of_ticket is None or of_ticket not in sheet.names:
        if of_ticket not in (None, TICKET):
            raise unknown_column(of_ticket, sheet.names, where="columns.ticket")
        more[TICKET] = sheet.like(sheet.names[0]).new_counts(np.arange(size))
    elif of_ticket != TICKET:
        more[TICKET] = sheet.column(of_ticket)
    created = named.get(CREATED, CREATED)
    if created not in (None, CREATED):
        more[CREATED] = sheet.column(created)
    return Frame(sheet.with_columns(sheet.with_index(more))) if more else sheet


def pairs_of_events(
    policies: tuple[Policy, Policy],
    events: Any,
    as_of: datetime | str | None,
    reading: Reading,
) -> Pairs:
    """A log under two policies."""
    metrics = list(dict.fromkeys(name for one in policies for name in metrics_of(one)))
    named = {word: name for word, name in (reading.columns or {}).items() if name is not None}
    naive = reading.naive
    sides = [
        _Side.of(
            policy,
            Frame(replay(policy, events, as_of, columns=named, naive=naive, errors="column")),
            metrics,
            naive,
        )
        for policy in policies
    ]
    # A key for each ticket, metric and cycle that at least one of them knows.
    most = 1 + max(int(side.cycle.max(initial=0)) for side in sides)
    keys = [(side.ticket * len(metrics) + side.metric) * most + side.cycle for side in sides]
    whole = np.union1d(*keys)
    ticket, rest = np.divmod(whole, len(metrics) * most)
    metric, cycle = np.divmod(rest, most)
    # Tickets that neither can judge.
    none = (sides[0].errors.codes >= 0) & (sides[1].errors.codes >= 0)
    lost = np.flatnonzero(none)
    states, dues = [], []
    for policy, side, own in zip(policies, sides, keys, strict=True):
        has = np.array([name in metrics_of(policy) for name in metrics], np.bool_)
        state = np.where(has, CODE["not started"], CODE["no target"])[metric]
        state[side.errors.codes[ticket] >= 0] = UNJUDGED
        due = np.full(len(whole), MISSING)
        places = np.searchsorted(whole, own)
        state[places], due[places] = side.state, side.due
        states.append(np.append(state, np.full(len(lost), UNJUDGED)))
        dues.append(np.append(due, np.full(len(lost), MISSING)))
    until = None if as_of is None else to_instant(as_of)
    base = base_of_log(policies, events, reading._replace(until=until))
    return Pairs(
        base,
        np.append(ticket, lost),
        metrics,
        np.append(metric, np.full(len(lost), -1)),
        np.append(cycle, np.full(len(lost), MISSING)),
        (states[0], states[1]),
        (dues[0], dues[1]),
        (sides[0].errors, sides[1].errors),
        _instants(base, CREATED, policies[0], naive)[1],
    )


class _Side(NamedTuple):
    """A log under one policy: the rows of its answer that judge something.

    Args:
        ticket: The place of each row's ticket, as the log first tells of them.
        metric: The place of its metric.
        cycle: Which cycle.
        state: The place of its state.
        due: Its due.
        errors: Of each ticket, why it cannot be judged.
    """

    ticket: Integers
    metric: Integers
    cycle: Integers
    state: Integers
    due: Integers
    errors: EncodedColumn

    @classmethod
    def of(cls, policy: Policy, sheet: Frame, metrics: list[str], naive: str | None) -> _Side:
        """Those of an answer."""
        ticket, firsts = tickets_in(sheet.column(TICKET))
        of_metric, of_state = encode(sheet.column("metric")), encode(sheet.column("state"))
        places = np.array([*map(metrics.index, of_metric.values), -1], np.int64)
        metric = places[of_metric.codes]
        kept = np.flatnonzero(metric >= 0)
        states = np.array([*(CODE[one] for one in of_state.values), UNJUDGED], np.int64)
        cycle = encode(sheet.column("cycle"))
        numbers = np.array([*map(int, cycle.values), MISSING], np.int64)[cycle.codes]
        error = encode(sheet.column("error"))
        return cls(
            ticket[kept],
            metric[kept],
            numbers[kept],
            states[of_state.codes][kept],
            _instants(sheet, "due", policy, naive)[0][kept],
            EncodedColumn(error.codes[firsts], error.values),
        )


def base_of_log(policies: tuple[Policy, ...], events: Any, reading: Reading) -> Frame:
    """The tickets of a log, with the attributes that either policy knows."""
    done: list[str] = []
    table: Any = None
    for policy in policies:
        names = [name for name in all_attributes(policy) if name not in done]
        done += names
        own = tickets_of(policy, events, names, reading)
        if table is None:
            table = own
        elif names:
            sheet = Frame(own)
            table = Frame(table).with_columns({n: sheet.column(n) for n in names})
    return Frame(table)
