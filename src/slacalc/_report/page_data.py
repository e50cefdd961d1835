"""The data of a page: one evaluated table, and the metrics and groups that the page covers.

A metric is covered if the data show when it was stopped. Otherwise every promise that ends with an
event would look broken in a table without the column of that event. `page_content` counts these
data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._bulk.event_logs import TYPE, has_types
from slacalc._clock.compiled_metrics import STOP
from slacalc._clock.cycles import Signal
from slacalc._clock.events import CREATED
from slacalc._clock.state_machine import Machine
from slacalc._columns.categories import encode
from slacalc._columns.frames import Frame
from slacalc._report.attainment import metrics_of
from slacalc._report.evaluated_table import EvaluatedTable, columns_used
from slacalc._report.objective_tickets import TimedPolicy
from slacalc._report.objectives import shares_of
from slacalc._report.periods import PERIODS
from slacalc._report.ticket_attributes import ReadOptions
from slacalc._threads import cached_property
from slacalc._time.instants import to_utc, zone
from slacalc.errors import ReportError, unknown_column, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slacalc._columns.arithmetic import Integers
    from slacalc._policy.policy import Policy
    from slacalc._report.evaluated_table import TableKind
    from slacalc._report.periods import Period
    from slacalc._report.ticket_attributes import Which

_MOST_GROUPED = 3  # attributes by which tickets are grouped by default


class PageOptions(NamedTuple):
    """What a page shows; the fields are arguments of `slacalc.report.page`, and `ReadOptions`."""

    by: tuple[str, ...] | None = None
    period: Period | None = "month"
    at: str = "created"
    time_zone: str | None = None
    objective: Any = None
    metrics: tuple[str, ...] | None = None
    kind: TableKind | None = None
    which: Which = "last"
    columns: Mapping[str, str | None] | None = None
    naive: str | None = None
    confidence: float = 0.95
    worst: int = 15
    numbers: Integers | None = None

    @property
    def read_options(self) -> ReadOptions:
        return ReadOptions(self.columns, self.naive, self.which, numbers=self.numbers)


class UnmeasuredMetric(NamedTuple):
    """A metric that the page leaves out, since the data do not show when it was stopped.

    Args:
        metric: The metric.
        events: The events that would stop it; none if the policy names none.
    """

    metric: str
    events: tuple[str, ...]


class PageData:
    """One evaluated table, and the metrics and groups that the page covers.

    Args:
        policy: The policy.
        log: A table of tickets, or a log of events.
        as_of: The instant of evaluation.
        options: What the page shows.

    Attributes:
        table: The evaluated table.
        zone: The zone of instants and periods.
        metrics: The metrics that are covered.
        unmeasured: The other metrics.
        by: The columns that form groups.

    Raises:
        SlacalcError: The table cannot be evaluated, or lacks what is requested.
    """

    def __init__(
        self, policy: Policy, log: Any, as_of: datetime | str | None, options: PageOptions
    ) -> None:
        self.policy, self.options = policy, options
        self.table = EvaluatedTable(policy, log, as_of, options.kind, options.read_options)
        self.zone = zone(options.time_zone) if options.time_zone else policy.matcher.zone
        self.metrics, self.unmeasured = self._measured()
        self.by = self._groups()

    def _measured(self) -> tuple[tuple[str, ...], list[UnmeasuredMetric]]:
        known = metrics_of(self.policy)
        if self.options.metrics is not None:
            for name in self.options.metrics:
                if name not in known:
                    what, argument = f"a metric of {self.policy.name}", "metrics"
                    raise unknown_name(
                        ReportError, what, name, known, where=argument, argument=argument
                    )
            return self.options.metrics, []
        is_log = self.table.kind == "events"
        available = self._available_events()
        measured, unmeasured = [], []
        for name in known:
            events, has_fields = self._stops(name)
            if available & {*events, name + STOP} or (has_fields and is_log):
                measured.append(name)
            else:
                unmeasured.append(UnmeasuredMetric(name, tuple(events)))
        if not measured:
            events = list(dict.fromkeys(event for metric in unmeasured for event in metric.events))
            what = "events" if is_log else "columns"
            cure = "rename them in the log" if is_log else "name them with columns"
            msg = (
                f"the table does not show whether any promise was kept: it lacks {what} such as "
                f"{', '.join(events) or 'those that would stop a metric'}; if they are called "
                f"differently, {cure}"
            )
            raise ReportError(msg, argument="log", given=sorted(available))
        return tuple(measured), unmeasured

    @cached_property
    def objectives_table(self) -> EvaluatedTable:
        """The table with what objectives need besides: metrics for percentiles, and the stops."""
        objectives = {
            name: one
            for period in (None, *PERIODS)
            for name, one in shares_of(self.policy, period).items()
        }
        if not any(one.within or one.counted_by == "stopped" for one in objectives.values()):
            return self.table
        timed, table = TimedPolicy.of(self.policy, objectives), self.table
        as_of = None if table.as_of is None else to_utc(table.as_of)
        columns = timed.columns(table.options.columns, Frame(table.log).names)
        options = table.options._replace(columns=columns)
        return EvaluatedTable(
            timed.policy, table.log, as_of, table.kind, options, more=("stopped_at",)
        )

    def _available_events(self) -> set[str]:
        """The events that the data have."""
        table = self.table
        if table.kind == "tickets":
            return {name for name in columns_used(self.policy) if name in table.source}
        named = {word: name for word, name in (self.options.columns or {}).items() if name}
        log = Frame(table.log, named)
        if not has_types(log):
            return {CREATED}
        return {str(event) for event in encode(log.column(TYPE)).values}

    def _stops(self, name: str) -> tuple[list[str], bool]:
        """The events that stop a metric, and whether fields of tickets stop it, too."""
        compiled = self.policy.latest.compiled(Machine).compiled
        metric = next((metric for metric in compiled.metrics if metric.name == name), None)
        if metric is None:
            return [], False
        events = [
            event
            for event, listeners in compiled.by_event.items()
            for place, signal, test in listeners
            if place == metric.place
            and signal is Signal.STOP
            and (self.table.kind == "events" or not test.fields)
        ]
        return list(dict.fromkeys(events)), any(
            signal is Signal.STOP for signal, _ in metric.clauses
        )

    def _groups(self) -> tuple[str, ...]:
        """The columns requested, or up to three attributes that the promises depend on."""
        answer, tickets = self.table.answer, self.table.tickets
        if self.options.by is not None:
            for name in self.options.by:
                if name not in answer:
                    known = [other for other in answer.names if other in tickets]
                    raise unknown_column(name, known, "the tickets", where="by")
            return self.options.by
        latest = self.policy.latest
        groups = []
        for name in latest.attributes:
            if name in latest.matcher.tested_attributes and name in tickets:
                codes, _ = encode(tickets.column(name))
                if len(codes) and int(codes.min()) != int(codes.max()):  # not all the same
                    groups.append(name)
        return tuple(groups[:_MOST_GROUPED])
