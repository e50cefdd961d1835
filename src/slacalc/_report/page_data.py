"""A table judged under a policy, for a report: its answers, its tickets, and what can be told.

A metric counts where the data tell when it was stopped. Else a table without the column of an event
would report every promise broken that ends by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from slacalc._bulk.event_logs import TICKET, TYPE, tickets_in
from slacalc._bulk.event_orders import STOP
from slacalc._bulk.replay import replay
from slacalc._bulk.tickets import evaluate
from slacalc._clock.cycles import Signal
from slacalc._clock.state_machine import Machine
from slacalc._columns.categories import encode
from slacalc._columns.frames import Frame, take
from slacalc._columns.input import check_choice
from slacalc._report.attainment import metrics_of
from slacalc._report.pairs import base_of_log, base_of_tickets, kind_of_log, words_of
from slacalc._report.ticket_attributes import Reading
from slacalc._time.instants import to_instant, zone
from slacalc.errors import ReportError, unknown_column, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slacalc._policy.policy import Policy
    from slacalc._report.periods import Period
    from slacalc._report.ticket_attributes import Which

_MOST_GROUPED = 3  # attributes by which tickets are grouped where nothing is said


class Options(NamedTuple):
    """What a report is to tell, as `slacalc.report.page` has it."""

    by: tuple[str, ...] | None = None
    period: Period | None = "month"
    at: str = "created"
    time_zone: str | None = None
    objective: Any = None
    metrics: tuple[str, ...] | None = None
    kind: Literal["tickets", "events"] | None = None
    which: Which = "last"
    columns: Mapping[str, str | None] | None = None
    naive: str | None = None
    confidence: float = 0.95
    worst: int = 15

    @property
    def reading(self) -> Reading:
        """How the table is read."""
        return Reading(self.columns, self.naive, self.which)


class Unmeasured(NamedTuple):
    """A metric of which the data do not tell when it was stopped.

    Args:
        metric: The metric.
        events: What would stop it; nothing at all where the policy says nothing.
    """

    metric: str
    events: tuple[str, ...]


class PageData:
    """A table under a policy.

    Args:
        policy: The policy.
        log: A table of tickets or of events.
        as_of: As of when.
        options: What is to be told.

    Attributes:
        kind: Whether it is of tickets, or of events.
        answer: The answers, with what their tickets are.
        base: The tickets.
        whose: The ticket of each answer.
        given: The columns of a table of tickets, by the words of the policy.
        zone: The zone of times and periods.
        metrics: The metrics that count.
        unmeasured: The others.
        by: The columns to group by.
        is_numbered: Whether tickets go by the places of their rows, since they bear no names.

    Raises:
        SlacalcError: The table cannot be judged, or what is asked for is not there.
    """

    def __init__(
        self, policy: Policy, log: Any, as_of: datetime | str | None, options: Options
    ) -> None:
        self.policy, self.log, self.options = policy, log, options
        self.kind = options.kind or kind_of_log(log, options.columns)
        check_choice(self.kind, "kind", ("tickets", "events"))
        self.as_of = None if as_of is None else to_instant(as_of)
        if self.kind == "events":
            self._judge_events(as_of)
        else:
            self._judge_tickets(as_of)
        self.zone = zone(options.time_zone) if options.time_zone else policy.matcher.zone
        self.metrics, self.unmeasured = self._measured()
        self.by = self._groups()

    def _judge_tickets(self, as_of: datetime | str | None) -> None:
        if as_of is None:
            msg = "as_of is missing: say as of when the tickets are judged"
            raise ReportError(msg, argument="as_of", given=None)
        reading = self.options.reading
        named = dict(reading.columns or {})
        of_ticket = named.pop(TICKET, TICKET)
        known = words_of(self.policy)
        self.given = Frame(self.log, named, known)  # which refuses what the policy does not know
        answer = evaluate(
            self.policy, self.log, as_of, columns=named, naive=reading.naive, errors="column"
        )
        sheet = Frame(answer)
        size = len(encode(sheet.column("error")).codes)
        whole = reading._replace(columns=named)
        self.base = base_of_tickets((self.policy,), answer, of_ticket, size, whole)
        self.is_numbered = of_ticket is None or of_ticket not in sheet.names
        self.whose = np.arange(size)
        self.answer = self.base

    def _judge_events(self, as_of: datetime | str | None) -> None:
        reading = self.options.reading
        named = {word: name for word, name in (reading.columns or {}).items() if name is not None}
        until = None if self.as_of is None else self.as_of
        answer = replay(
            self.policy, self.log, as_of, columns=named, naive=reading.naive, errors="column"
        )
        self.base = base_of_log((self.policy,), self.log, reading._replace(until=until))
        sheet = Frame(answer)
        self.whose, _ = tickets_in(sheet.column(TICKET))
        self.is_numbered = False
        more = [name for name in self.base.names if name != TICKET and name not in sheet.names]
        self.answer = Frame(
            sheet.with_columns(
                sheet.with_index(
                    {name: take(self.base.column(name), self.whose) for name in more},
                )
            ),
            None,
            (),
        )

    # Metrics and groups --------------------------------------------------------------------------

    def _measured(self) -> tuple[tuple[str, ...], list[Unmeasured]]:
        """The metrics that count, and those that the data say nothing of."""
        if self.options.metrics is not None:
            known = metrics_of(self.policy)
            for name in self.options.metrics:
                if name not in known:
                    what = f"a metric of {self.policy.name}"
                    raise unknown_name(
                        ReportError, what, name, known, where="metrics", argument="metrics"
                    )
            return self.options.metrics, []
        there = self._heard()
        measured, lacking = [], []
        for name in metrics_of(self.policy):
            stops, by_fields = self._stops(name)
            if there & {*stops, name + STOP} or (by_fields and self.kind == "events"):
                measured.append(name)
            else:
                lacking.append(Unmeasured(name, tuple(stops)))
        if not measured:
            events = dict.fromkeys(event for one in lacking for event in one.events)
            what = "columns" if self.kind == "tickets" else "events"
            msg = (
                f"nothing in the table tells whether a promise was kept: it has no {what} such as "
                f"{', '.join(events) or 'those that would stop a metric'}; where they are called "
                "otherwise, say so with columns"
            )
            raise ReportError(msg, argument="log", given=sorted(there))
        return tuple(measured), lacking

    def _heard(self) -> set[str]:
        """The events of which the data tell."""
        if self.kind == "tickets":
            return {name for name in words_of(self.policy) if name in self.given}
        named = {word: name for word, name in (self.options.columns or {}).items() if name}
        kinds = Frame(self.log, named).column(TYPE)
        return {str(one) for one in encode(getattr(kinds, "to_native", lambda: kinds)()).values}

    def _stops(self, name: str) -> tuple[list[str], bool]:
        """The events that stop a metric, and whether fields of tickets do, too."""
        latest = self.policy.latest
        compiled = latest.compiled(Machine).compiled
        metric = next((metric for metric in compiled.metrics if metric.name == name), None)
        if metric is None:
            return [], False
        events = [
            event
            for event, heard in compiled.by_event.items()
            for place, signal, test in heard
            if place == metric.place
            and signal is Signal.STOP
            and (self.kind == "events" or not test.fields)
        ]
        by_fields = any(signal is Signal.STOP for signal, _ in metric.clauses)
        return list(dict.fromkeys(events)), by_fields

    def _groups(self) -> tuple[str, ...]:
        """By what tickets are grouped: what was asked for, or what the promises depend on."""
        if self.options.by is not None:
            for name in self.options.by:
                if name not in self.answer:
                    known = [one for one in self.answer.names if one in self.base]
                    raise unknown_column(name, known, "the tickets", where="by")
            return self.options.by
        latest = self.policy.latest
        asked = latest.matcher.tested_attributes
        found = []
        for name in latest.attributes:
            if name in asked and name in self.base:
                codes, _ = encode(self.base.column(name))
                if len(codes) and int(codes.min()) != int(codes.max()):
                    found.append(name)
        return tuple(found[:_MOST_GROUPED])
