"""Compare two policies over the same tickets: what a change of terms would have meant.

Both policies evaluate the same table as of the same instant. Every ticket, metric and cycle becomes
a *pair* of states and due dates (`Pairs`). A metric that only one policy has counts as "no target"
under the other; a cycle that only one of them counts has, under the other, not started.
`Comparison` gives tables of the pairs, and the page of a report arranges them in `page_layout`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import attrs
import numpy as np

from slacalc._bulk.event_logs import TICKET
from slacalc._clock.events import CREATED
from slacalc._clock.states import STATES
from slacalc._columns.categories import encode
from slacalc._columns.frames import Frame, take
from slacalc._columns.input import check_choice, read_names
from slacalc._columns.kernel import MISSING
from slacalc._policy.policy import check_policy
from slacalc._report.answers import EXCLUDED, STATE_CODES, WITHOUT_STATE, wall_readings
from slacalc._report.attainment import KINDS, metrics_of, sum_counts
from slacalc._report.counting import Counter, group_codes, orders_of
from slacalc._report.evaluated_table import EvaluatedTable, columns_used, kind_of
from slacalc._report.objectives import wilson
from slacalc._report.periods import PERIODS, period_numbers, period_text
from slacalc._report.ticket_attributes import ReadOptions, all_attributes
from slacalc._schema.shapes import FrozenMap
from slacalc.errors import ColumnError, unknown_column, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import EncodedColumn
    from slacalc._columns.output import OutputType
    from slacalc._contract.costs import Costs
    from slacalc._policy.policy import Policy
    from slacalc._report.counting import Counts
    from slacalc._report.evaluated_table import TableKind
    from slacalc._report.periods import Period
    from slacalc._report.ticket_attributes import Which

InForce = Literal["extended", "by_receipt", "last"]

# How the due date of a pair moves. The first three are the sum of 1 (A has it) and 2 (B has it).
MOVES = ("neither", "only_a", "only_b", "earlier", "same", "later")
MISSED = ("late", "breached")
_MISSED_CODES = [STATE_CODES[state] for state in MISSED]


class Comparison:
    """What another policy would have meant for tickets: the result of `slacalc.report.compare`.

    Attributes:
        policies: The names of the two policies.
    """

    def __init__(  # noqa: PLR0917 - made by `compare` alone
        self,
        policies: tuple[Policy, Policy],
        pairs: Pairs,
        by: tuple[str, ...],
        confidence: float,
        log: Any,
        options: ReadOptions,
    ) -> None:
        self.policies = policies[0].name, policies[1].name
        self._policies, self._pairs, self._by = policies, pairs, by
        self._confidence = confidence
        self._log, self._options = log, options
        self._make = pairs.tickets.like(TICKET)

    @property
    def totals(self) -> Any:
        """The counts under both policies by metric: the table that `by` gives without names."""
        return self.by()

    def by(self, *names: str, period: Period | None = None, time_zone: str | None = None) -> Any:
        """Count the tickets under both policies, by metric and group.

        Args:
            names: Attributes, or other columns of the table of tickets.
            period: Also group by the day, week, month, quarter or year in which tickets were
                created.
            time_zone: The zone of the periods. Default: that of the first policy.

        Returns:
            A table with ``metric``, a column for each name, ``period`` if one is given, and
            ``total``; for each policy, with the suffix ``_a`` or ``_b``: ``decided``, ``met``,
            ``late``, ``breached``, ``open``, ``left_out``, ``unjudged``, ``attainment``, ``low``
            and ``high``; ``difference``, the attainment of B less that of A; ``flips``, the number
            of tickets whose state differs, among them ``gained`` (missed under A, met under B) and
            ``lost`` (met under A, missed under B); and the numbers of due dates that are
            ``due_earlier``, ``due_same`` or ``due_later`` under B, or exist as ``due_only_a`` or
            ``due_only_b``.

        Raises:
            ColumnError: The tickets have no such column.
        """
        make, counts = self._make, self._pairs.count_groups(names, period, time_zone)
        if counts is None:
            no_rows = np.zeros(0, np.int64)
            group = self._pairs.tickets.take(names, no_rows)
            columns = comparison_columns(_NO_COUNTS, self._confidence)
            heads, numbers = {"metric": make.new_text([]), **group}, no_rows
        else:
            columns = comparison_columns(counts.counts, self._confidence)
            heads = {"metric": make.new_text(counts.metric), **counts.group}
            numbers = counts.period
        if period is not None:
            heads["period"] = make.new_text(
                [
                    None if number == MISSING else period_text(number, period)
                    for number in numbers.tolist()
                ]
            )
        figures = {
            name: make.new_counts(column) if column.dtype.kind == "i" else make.new_shares(column)
            for name, column in columns.items()
        }
        return make.new_table(heads | figures)

    @property
    def flips(self) -> Any:
        """The tickets whose state differs, with a row for each ticket, metric and cycle.

        A table with ``ticket``, ``metric``, for a log ``cycle``, the columns requested by the
        argument *by* of `compare`, ``state_a``, ``state_b``, ``due_a`` and ``due_b``.
        """
        pairs, make = self._pairs, self._make
        rows = pairs.flips()
        tickets = pairs.ticket[rows]
        columns: dict[str, Any] = {
            TICKET: take(pairs.tickets.column(TICKET), tickets),
            "metric": make.new_values(pairs.metric[rows], pairs.metrics),
        }
        if pairs.kind == "events":
            columns["cycle"] = make.new_counts(pairs.cycle[rows])
        for name in self._by:
            columns[name] = take(pairs.tickets.column(name), tickets)
        for side, state in zip("ab", pairs.states, strict=True):
            columns[f"state_{side}"] = make.new_values(state[rows], STATES)
        for side, due in zip("ab", pairs.dues, strict=True):
            columns[f"due_{side}"] = make.new_instants(due[rows], pairs.due_type)
        return make.new_table(columns)

    @property
    def changes(self) -> Any:
        """How often which state became which, by metric.

        A table with ``metric``, ``state_a``, ``state_b`` and ``total``. States that stay the same
        are counted too; a state is missing where a policy cannot evaluate the ticket.
        """
        make, rows = self._make, self._pairs.state_changes()
        codes = np.array([row[:3] for row in rows], np.int64).reshape(-1, 3)
        return make.new_table(
            {
                "metric": make.new_values(codes[:, 0], self._pairs.metrics),
                "state_a": make.new_values(codes[:, 1], STATES),
                "state_b": make.new_values(codes[:, 2], STATES),
                "total": make.new_counts(np.array([row[3] for row in rows], np.int64)),
            }
        )

    @property
    def errors(self) -> Any:
        """The tickets that a policy cannot evaluate: ``ticket``, ``error_a`` and ``error_b``."""
        pairs, make = self._pairs, self._make
        error_a, error_b = pairs.errors
        rows = np.flatnonzero((error_a.codes >= 0) | (error_b.codes >= 0))
        return make.new_table(
            {
                TICKET: take(pairs.tickets.column(TICKET), rows),
                "error_a": make.new_values(error_a.codes[rows], error_a.values),
                "error_b": make.new_values(error_b.codes[rows], error_b.values),
            }
        )

    def costs(
        self,
        period: Any,
        *,
        fee: Any = None,
        as_of: datetime | str | None = None,
        **tables: Any,
    ) -> Costs:
        """What each policy would have cost in credits and penalties for the same tickets.

        Args:
            period: The period, such as ``"2026-05"``.
            fee: The fee of the period, as for `contract.statement`; under both policies the same.
            as_of: The instant up to which everything counts. Default: the end of the period.
            **tables: Other tables and options of `contract.statement`, such as *outages*.

        Returns:
            `contract.Costs`: both statements, and their lines side by side.

        Raises:
            ContractError: The period or the fee is invalid, or a credit needs the fee.
        """
        from slacalc._contract.costs import compare_costs  # noqa: PLC0415 - it needs reports

        policies, options = self._pairs.policies, self._options
        columns = [columns_of(policy, options.columns) for policy in policies]
        common = {"tickets": self._log, "naive": options.naive, "fee": fee, "as_of": as_of}
        return compare_costs(policies, columns, period, common | tables)

    def to_html(self, *, language: str = "en") -> str:
        """The comparison as HTML; notebooks show it this way by themselves.

        What the policies mean differently, in words; then the figures of `totals`, those of each
        column requested by the argument *by* of `compare`, and the first of `flips`.

        Args:
            language: The language of all words but the policies' own, such as ``"en"`` or ``"zh"``.
        """
        from slacalc._report.comparison_view import comparison_html  # noqa: PLC0415 - it needs this

        return comparison_html(
            self._policies, self._pairs, self._by, self._confidence, language=language
        )

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        policy_a, policy_b = self.policies
        return f"<Comparison of {policy_a} and {policy_b}: {len(self._pairs.flips())} flips>"


def compare(
    policy_a: Policy,
    policy_b: Policy,
    log: Any,
    as_of: datetime | str | None = None,
    *,
    by: str | Iterable[str] = (),
    kind: Literal["tickets", "events"] | None = None,
    in_force: InForce = "extended",
    which: Which = "last",
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    confidence: float = 0.95,
) -> Comparison:
    """Show what another policy, or another calendar, would have meant for the same tickets.

    Both policies evaluate every ticket from its receipt on, as of the same instant, whatever was
    shown to anybody at the time.

    Args:
        policy_a: The first policy, such as the one in force.
        policy_b: The second policy, such as a proposal.
        log: A table of tickets, as for `bulk.evaluate`; or a log of events, as for `bulk.replay`.
        as_of: The instant of evaluation. Default, for a log only: the last event of each ticket.
        by: Columns that `Comparison.flips` shows: attributes, or others of the table.
        kind: Whether the table has a row for each ticket (``"tickets"``) or for each event
            (``"events"``). Default: recognized by its columns.
        in_force: The version that applies to a ticket: that of its receipt, with the first one
            also before its first day and each one up to the next (``"extended"``, the default);
            strictly that of its receipt (``"by_receipt"``); or the ``"last"`` one of each policy
            for all tickets.
        which: For a log, which value of an attribute that changed is shown: the ``"last"`` or the
            ``"first"``. The policies take all of them into account.
        columns: The names of columns that the table calls differently. For a table of tickets,
            ``"ticket"`` is the column of their names; without one they are numbered from 0.
        naive: The zone of instants that have none.
        confidence: The confidence of the intervals, between 0 and 1.

    Returns:
        A `Comparison`. Tickets that a policy cannot evaluate are in `Comparison.errors`, and in no
        other table of tickets. For a metric that only one policy has, the other promises nothing:
        ``no target``.

    Raises:
        ReportError: A table of tickets is given without *as_of*.
        ColumnError, NaiveDatetimeError: A column is missing, or its content is invalid.

    Example:
        >>> from slacalc import Policy, presets, report
        >>> policy = presets.load("kingdee-diexun")
        >>> data = policy.to_dict()
        >>> data["calendars"]["working-hours"]["week"] = {"mon-sat": "08:30-12:00, 13:00-17:30"}
        >>> tickets = {
        ...     "created": ["2024-09-06T16:00:00+08:00"] * 2,
        ...     "arrived": ["2024-09-07T15:00:00+08:00", "2024-09-09T15:00:00+08:00"],
        ...     "channel": ["on-site"] * 2,
        ...     "tier": ["gold", "silver"],
        ... }
        >>> comparison = report.compare(
        ...     policy, Policy.from_dict(data), tickets, "2024-09-30T09:00:00+08:00", by="tier"
        ... )
        >>> flips = comparison.flips
        >>> for row in zip(flips["ticket"], flips["tier"], flips["state_b"], flips["due_b"]):
        ...     print(*row)
        1 silver breached 2024-09-07 16:00:00+08:00
    """
    check_policy(policy_a, "policy_a")
    check_policy(policy_b, "policy_b")
    wilson(np.zeros(0, np.int64), np.zeros(0, np.int64), confidence)  # refuses invalid ones
    options = ReadOptions(columns, naive, which)
    pairs = pair_up((policy_a, policy_b), log, as_of, kind, in_force, options)
    policies = policy_a, policy_b
    comparison = Comparison(policies, pairs, tuple(read_names(by, "by")), confidence, log, options)
    pairs.require_columns(read_names(by, "by"))
    return comparison


# Counts -------------------------------------------------------------------------------------------

_NO_COUNTS = np.zeros((0, KINDS * KINDS * len(MOVES)), np.int64)


def comparison_columns(counts: Integers, confidence: float) -> dict[str, NDArray[Any]]:
    """The columns of `Comparison.by`, from counts by group (rows) and by two states and a move."""
    cube = counts.reshape(-1, KINDS, KINDS, len(MOVES))
    columns: dict[str, NDArray[Any]] = {"total": cube.sum(axis=(1, 2, 3))}
    for side, other_axes in (("a", (2, 3)), ("b", (1, 3))):
        sums = sum_counts(cube.sum(axis=other_axes))
        sums["left_out"] = np.sum([sums[state.replace(" ", "_")] for state in EXCLUDED], axis=0)
        for name in ("decided", "met", "late", "breached", "open", "left_out", "unjudged"):
            columns[f"{name}_{side}"] = sums[name]
        with np.errstate(invalid="ignore"):
            columns[f"attainment_{side}"] = sums["met"] / sums["decided"]
        low, high = wilson(sums["met"], sums["decided"], confidence)
        columns |= {f"low_{side}": low, f"high_{side}": high}
    columns["difference"] = columns["attainment_b"] - columns["attainment_a"]
    states = cube.sum(axis=3)[:, :WITHOUT_STATE, :WITHOUT_STATE]
    columns["flips"] = states.sum(axis=(1, 2)) - np.trace(states, axis1=1, axis2=2)
    columns["gained"] = states[:, _MISSED_CODES, STATE_CODES["met"]].sum(axis=1)
    columns["lost"] = states[:, STATE_CODES["met"], _MISSED_CODES].sum(axis=1)
    moves = cube.sum(axis=(1, 2))
    for name in ("earlier", "same", "later", "only_a", "only_b"):
        columns[f"due_{name}"] = moves[:, MOVES.index(name)]
    return columns


def _moves(due_a: Integers, due_b: Integers) -> Integers:
    """How each due date moves from A to B, as a place in `MOVES`."""
    has_a, has_b = due_a != MISSING, due_b != MISSING
    order = MOVES.index("same") + (due_b > due_a).astype(np.int64) - (due_b < due_a)
    moves: Integers = np.where(has_a & has_b, order, has_a * 1 + has_b * 2)
    return moves


# Pairs --------------------------------------------------------------------------------------------


class Pairs(NamedTuple):
    """Every ticket, metric and cycle, as two policies evaluate it; one row for each.

    Args:
        policies: The policies, as they apply.
        kind: What the table has a row for.
        tickets: A table with a row for each ticket: its name, its receipt, its attributes.
        metrics: The metrics of both policies.
        ticket: The row of each pair's ticket.
        metric: The place of each pair's metric; -1 for a ticket that neither policy can evaluate.
        cycle: The cycle of each pair; `MISSING` where there is no metric.
        states: The codes of the states under A and under B.
        dues: The due dates under A and under B, in UTC microseconds; `MISSING` for none.
        errors: For each ticket why A, and why B, cannot evaluate it.
        due_type: What a column of due dates looks like.
    """

    policies: tuple[Policy, Policy]
    kind: TableKind
    tickets: Frame
    metrics: list[str]
    ticket: Integers
    metric: Integers
    cycle: Integers
    states: tuple[Integers, Integers]
    dues: tuple[Integers, Integers]
    errors: tuple[EncodedColumn, EncodedColumn]
    due_type: OutputType

    def require_columns(self, names: Iterable[str]) -> None:
        """Refuse names that are not columns of the tickets."""
        for name in names:
            if name not in self.tickets:
                raise unknown_column(name, self.tickets.names, "the tickets", where="by")

    def count_groups(
        self, names: tuple[str, ...], period: Period | None = None, time_zone: str | None = None
    ) -> Counts | None:
        """Count the pairs by their two states and the move of their due date; None for no pairs."""
        self.require_columns(names)
        tickets = self.tickets
        size = len(tickets.column(TICKET))
        groups = group_codes([tickets.column(name) for name in names], size)[self.ticket]
        numbers: Integers | None = None
        if period is not None:
            check_choice(period, "period", PERIODS)
            readings = wall_readings(tickets, CREATED, time_zone, self.policies[0].matcher.zone)
            numbers = period_numbers(readings, period)[self.ticket]
        kinds = (self.states[0] * KINDS + self.states[1]) * len(MOVES) + _moves(*self.dues)
        counter = Counter(KINDS * KINDS * len(MOVES))
        counter.add(
            (self.metrics, self.metric),
            groups,
            lambda rows: tickets.take(names, self.ticket[rows]),
            numbers,
            kinds,
        )
        return counter.counts(self.metrics, orders_of(self.policies[0], names, tickets))

    def flips(self) -> Integers:
        """The pairs whose states differ, by ticket, metric and cycle."""
        state_a, state_b = self.states
        has_both = (state_a != WITHOUT_STATE) & (state_b != WITHOUT_STATE)
        rows = np.flatnonzero((state_a != state_b) & has_both)
        keys = self.cycle[rows], self.metric[rows], self.ticket[rows]
        ordered: Integers = rows[np.lexsort(keys)]
        return ordered

    def state_changes(self) -> list[tuple[int, int, int, int]]:
        """The place of the metric, both states' codes (-1 for none), and how often that occurs."""
        counts = self.count_groups(())
        if counts is None:
            return []
        table = counts.counts.reshape(-1, KINDS, KINDS, len(MOVES)).sum(axis=3)
        places = {name: place for place, name in enumerate(self.metrics)}
        return [
            (
                places.get(counts.metric[group] or "", -1),
                -1 if state_a == WITHOUT_STATE else state_a,
                -1 if state_b == WITHOUT_STATE else state_b,
                int(table[group, state_a, state_b]),
            )
            for group, state_a, state_b in np.argwhere(table).tolist()
        ]


class _Outcomes(NamedTuple):
    """What one policy answers, with a row for each ticket, metric and cycle that it counts.

    Args:
        ticket: The row of the ticket.
        metric: The place of the metric.
        cycle: The cycle.
        state: The code of the state.
        due: The due date in UTC microseconds; `MISSING` for none.
    """

    ticket: Integers
    metric: Integers
    cycle: Integers
    state: Integers
    due: Integers


def pair_up(  # noqa: PLR0917 - as `compare` has them
    policies: tuple[Policy, Policy],
    log: Any,
    as_of: datetime | str | None,
    kind: TableKind | None,
    in_force: InForce,
    options: ReadOptions,
    *,
    evaluated: EvaluatedTable | None = None,
) -> Pairs:
    """Evaluate a table under two policies.

    Args:
        policies: A and B.
        log: A table of tickets, or a log of events.
        as_of: The instant of evaluation.
        kind: What the table has a row for; None: recognized by its columns.
        in_force: Which version of a policy applies.
        options: How the table is read.
        evaluated: The same table under a policy, which is not evaluated again.
    """
    check_choice(in_force, "in_force", ("extended", "by_receipt", "last"))
    kind = kind or kind_of(log, options.columns)
    check_choice(kind, "kind", ("tickets", "events"))
    policy_a, policy_b = (_as_applied(policy, in_force) for policy in policies)
    columns = dict(options.columns or {})
    known = columns_used(policy_a) | columns_used(policy_b)
    for word in columns if kind == "tickets" else ():
        if word not in known and word != TICKET:
            what = "a column that a policy reads"
            raise unknown_name(ColumnError, what, word, known, where="columns", column=word)

    def evaluate_under(policy: Policy) -> EvaluatedTable:
        if evaluated is not None and evaluated.policy is policy:
            return evaluated
        own = columns_of(policy, columns) if kind == "tickets" else columns
        return EvaluatedTable(policy, log, as_of, kind, options._replace(columns=own))

    return _pairs_of(evaluate_under(policy_a), evaluate_under(policy_b))


def columns_of(policy: Policy, columns: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """The names of columns of tickets that a policy knows."""
    words = {*columns_used(policy), TICKET}
    return {word: name for word, name in (columns or {}).items() if word in words}


def _as_applied(policy: Policy, in_force: InForce) -> Policy:
    """A policy that applies to tickets of any time; the same object if it does so by itself."""
    if in_force == "last":
        policy = policy.latest
    has_end = any("effective_until" in version for version in policy.versions)
    has_dates = policy.effective_from or policy.effective_until or has_end
    if in_force == "by_receipt" or not has_dates:
        return policy
    versions = tuple(
        FrozenMap({key: value for key, value in version.items() if key != "effective_until"})
        for version in policy.versions
    )
    return attrs.evolve(policy, effective_from=None, effective_until=None, versions=versions)


def _pairs_of(table_a: EvaluatedTable, table_b: EvaluatedTable) -> Pairs:
    tables = table_a, table_b
    of_policy = [metrics_of(table.policy) for table in tables]
    metrics = list(dict.fromkeys([*of_policy[0], *of_policy[1]]))
    outcomes = [_outcomes(table, metrics) for table in tables]
    errors = table_a.errors, table_b.errors
    size = len(errors[0].codes)
    # A key for each ticket, metric and cycle that at least one of the policies counts. In a table
    # of tickets each metric has one cycle, so that the keys are simply all places of a table.
    most = 1 + max(int(side.cycle.max(initial=0)) for side in outcomes)
    own_keys = [(side.ticket * len(metrics) + side.metric) * most + side.cycle for side in outcomes]
    is_log = table_a.kind == "events"
    keys = np.union1d(*own_keys) if is_log else np.arange(size * len(metrics))
    ticket, of_ticket = np.divmod(keys, len(metrics) * most)
    metric, cycle = np.divmod(of_ticket, most)
    # The tickets of a log that neither policy can evaluate have no row yet.
    has_row = np.zeros(size, np.bool_)
    has_row[ticket] = True
    lost = np.flatnonzero((errors[0].codes >= 0) & (errors[1].codes >= 0) & ~has_row)
    states, dues = [], []
    for side, own, names, error in zip(outcomes, own_keys, of_policy, errors, strict=True):
        without_row = [
            STATE_CODES["not started" if name in names else "no target"] for name in metrics
        ]
        state, due = np.array(without_row)[metric], np.full(len(keys), MISSING)
        state[error.codes[ticket] >= 0] = WITHOUT_STATE
        rows = np.searchsorted(keys, own) if is_log else own
        state[rows], due[rows] = side.state, side.due
        states.append(np.append(state, np.full(len(lost), WITHOUT_STATE)))
        dues.append(np.append(due, np.full(len(lost), MISSING)))
    tickets, known = table_a.tickets, all_attributes(table_a.policy)
    more = [name for name in all_attributes(table_b.policy) if name not in known]
    columns = {name: table_b.tickets.column(name) for name in more if name in table_b.tickets}
    if columns:
        tickets = Frame(tickets.with_columns(columns))
    return Pairs(
        (table_a.policy, table_b.policy),
        table_a.kind,
        tickets,
        metrics,
        np.append(ticket, lost),
        np.append(metric, np.full(len(lost), -1)),
        np.append(cycle, np.full(len(lost), MISSING)),
        (states[0], states[1]),
        (dues[0], dues[1]),
        errors,
        cast("OutputType", table_a.instants(tickets, CREATED)[1]),
    )


def _outcomes(table: EvaluatedTable, metrics: list[str]) -> _Outcomes:
    """The rows of an evaluated table; those of a log that have an error have no metric."""
    if table.kind == "events":
        answer = table.result
        codes, values = encode(answer.column("metric"))
        metric = np.array([*map(metrics.index, values), -1], np.int64)[codes]
        rows = np.flatnonzero(metric >= 0)
        codes, values = encode(answer.column("cycle"))
        cycle = np.array([*map(int, values), MISSING], np.int64)[codes]
        return _Outcomes(
            table.ticket_of_row[rows],
            metric[rows],
            cycle[rows],
            _states(answer, "state")[rows],
            np.asarray(table.instants(answer, "due")[0])[rows],
        )
    own, size = metrics_of(table.policy), len(table.ticket_of_row)
    return _Outcomes(
        np.tile(table.ticket_of_row, len(own)),
        np.repeat([metrics.index(name) for name in own], size),
        np.zeros(size * len(own), np.int64),
        _joined([_states(table.result, f"{name}_state") for name in own]),
        _joined([np.asarray(table.instants(table.result, f"{name}_due")[0]) for name in own]),
    )


def _states(answer: Frame, name: str) -> Integers:
    codes, values = encode(answer.column(name))
    return np.array([*(STATE_CODES[value] for value in values), WITHOUT_STATE], np.int64)[codes]


def _joined(columns: list[Integers]) -> Integers:
    return np.concatenate([np.zeros(0, np.int64), *columns])
