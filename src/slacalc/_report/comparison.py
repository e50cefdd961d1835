"""What another policy would have meant for tickets that were: a backtest, and what flips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from slacalc._bulk.event_logs import TICKET
from slacalc._clock.events import CREATED
from slacalc._clock.states import STATES
from slacalc._columns.frames import take
from slacalc._columns.input import check_choice
from slacalc._columns.kernel import MISSING
from slacalc._report.answers import CODE, LEFT_OUT, UNJUDGED, walls
from slacalc._report.attainment import KINDS, sums
from slacalc._report.counting import Counter, group_codes, orders_of
from slacalc._report.objectives import wilson
from slacalc._report.pairs import held, kind_of_log, pairs_of_events, pairs_of_tickets
from slacalc._report.periods import PERIODS, numbers_of, period_text
from slacalc._report.ticket_attributes import Reading, names_of
from slacalc.errors import ReportError, unknown_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._policy.policy import Policy
    from slacalc._report.counting import Counts
    from slacalc._report.pairs import InForce, Pairs
    from slacalc._report.periods import Period
    from slacalc._report.ticket_attributes import Which

MOVES = ("neither", "only_a", "only_b", "earlier", "same", "later")
_MISSED = [CODE["late"], CODE["breached"]]


class Comparison:
    """What another policy would have meant for tickets that were: `slacalc.report.compare`.

    Attributes:
        policies: The names of the two policies.
    """

    def __init__(
        self, policies: tuple[Policy, Policy], pairs: Pairs, by: tuple[str, ...], confidence: float
    ) -> None:
        self.policies = policies[0].name, policies[1].name
        self._policies, self._pairs = policies, pairs
        self._by, self._confidence = by, confidence
        self._make = pairs.base.like(TICKET)

    # Counting ------------------------------------------------------------------------------------

    @property
    def totals(self) -> Any:
        """How both policies judge, by metric: the table that `by` gives without names."""
        return self.by()

    def by(self, *names: str, period: Period | None = None, time_zone: str | None = None) -> Any:
        """How both policies judge, by metric and group.

        Args:
            names: Attributes, or other columns of the table of tickets.
            period: Tell periods apart, too, by when tickets were created.
            time_zone: The zone of the periods; left out, that of the first policy.

        Returns:
            A table with ``metric``, a column for each name, ``period`` if there is one, and
            ``total``; for each policy, with ``_a`` or ``_b`` behind: ``decided``, ``met``,
            ``late``, ``breached``, ``open``, ``left_out``, ``unjudged``, ``attainment``, ``low``
            and ``high``; ``difference``, by which the second attains more; ``flips``, whose state
            differs, among them ``gained``, which only the second counts as met, and ``lost``, which
            only the first does, among those that both decide; and how many are ``due_earlier``,
            ``due_same``, ``due_later``, or have a due ``due_only_a`` or ``due_only_b``.

        Raises:
            ColumnError: There is no such column.
        """
        found = self.counted(names, period, time_zone)
        make = self._make
        if found is None:
            nothing = np.zeros(0, np.int64)
            columns = compared(np.zeros((0, KINDS, KINDS, len(MOVES)), np.int64), self._confidence)
            heads = {"metric": make.new_text([])}
            heads |= self._pairs.base.take(names, nothing)
            numbers = nothing
        else:
            shape = (-1, KINDS, KINDS, len(MOVES))
            columns = compared(found.counts.reshape(shape), self._confidence)
            heads = {"metric": make.new_text(found.metric), **found.group}
            numbers = found.period
        if period is not None:
            heads["period"] = make.new_text(
                [None if one == MISSING else period_text(one, period) for one in numbers.tolist()]
            )
        dressed = {
            name: make.new_counts(column) if column.dtype.kind == "i" else make.new_shares(column)
            for name, column in columns.items()
        }
        return make.new_table(heads | dressed)

    def counted(
        self, names: tuple[str, ...], period: Period | None, time_zone: str | None
    ) -> Counts | None:
        """Counts of the pairs by their states and moves."""
        pairs, base = self._pairs, self._pairs.base
        for name in names:
            if name not in base:
                raise unknown_column(name, base.names, "the tickets", where="by")
        size = len(base.column(TICKET))
        groups = group_codes([base.column(name) for name in names], size)[pairs.ticket]
        numbers: Integers | None = None
        if period is not None:
            check_choice(period, "period", PERIODS)
            own = self._policies[0].matcher.zone
            shown = walls(base, CREATED, time_zone, own)
            numbers = numbers_of(shown, period)[pairs.ticket]
        counter = Counter(KINDS * KINDS * len(MOVES))
        kind = (pairs.states[0] * KINDS + pairs.states[1]) * len(MOVES) + moved(*pairs.dues)

        def rows_of(rows: Any) -> dict[str, Any]:
            return base.take(names, pairs.ticket[rows])

        counter.add((pairs.metrics, pairs.metric), groups, rows_of, numbers, kind)
        return counter.counts(pairs.metrics, orders_of(self._policies[0], names, base))

    # Tickets -------------------------------------------------------------------------------------

    @property
    def flips(self) -> Any:
        """The tickets whose state differs, a row for each ticket, metric and cycle.

        A table with ``ticket``, ``metric``, for a log ``cycle``, the columns that were asked for by
        *by*, ``state_a``, ``state_b``, ``due_a`` and ``due_b``.
        """
        pairs, make = self._pairs, self._make
        rows = self.flipped()
        columns: dict[str, Any] = {
            TICKET: take(pairs.base.column(TICKET), pairs.ticket[rows]),
            "metric": make.new_values(pairs.metric[rows], pairs.metrics),
        }
        if pairs.cycle is not None:
            columns["cycle"] = make.new_counts(pairs.cycle[rows])
        for name in self._by:
            columns[name] = take(pairs.base.column(name), pairs.ticket[rows])
        for side, state in zip("ab", pairs.states, strict=True):
            columns[f"state_{side}"] = make.new_values(state[rows], STATES)
        for side, due in zip("ab", pairs.dues, strict=True):
            columns[f"due_{side}"] = make.new_instants(due[rows], pairs.like)
        return make.new_table(columns)

    def flipped(self) -> Integers:
        """The pairs whose states differ, by ticket, metric and cycle."""
        pairs = self._pairs
        one, other = pairs.states
        rows = np.flatnonzero((one != other) & (one != UNJUDGED) & (other != UNJUDGED))
        cycle = np.zeros(len(one), np.int64) if pairs.cycle is None else pairs.cycle
        order: Integers = rows[np.lexsort((cycle[rows], pairs.metric[rows], pairs.ticket[rows]))]
        return order

    @property
    def changes(self) -> Any:
        """How often which state became which, by metric.

        A table with ``metric``, ``state_a``, ``state_b`` and ``total``, in which states that stay
        the same are told too; a state is missing where a policy cannot judge the ticket.
        """
        make, rows = self._make, self.changed()
        places = np.array([row[:3] for row in rows], np.int64).reshape(-1, 3)
        return make.new_table(
            {
                "metric": make.new_values(places[:, 0], self._pairs.metrics),
                "state_a": make.new_values(places[:, 1], STATES),
                "state_b": make.new_values(places[:, 2], STATES),
                "total": make.new_counts(np.array([row[3] for row in rows], np.int64)),
            }
        )

    def changed(self) -> list[tuple[int, int, int, int]]:
        """The same as places, -1 for none, and counts."""
        found = self.counted((), None, None)
        if found is None:
            return []
        table = found.counts.reshape(-1, KINDS, KINDS, len(MOVES)).sum(axis=3)
        known = {name: place for place, name in enumerate(self._pairs.metrics)}
        return [
            (
                known.get(found.metric[group] or "", -1),
                -1 if one == UNJUDGED else one,
                -1 if other == UNJUDGED else other,
                int(table[group, one, other]),
            )
            for group, one, other in np.argwhere(table).tolist()
        ]

    @property
    def errors(self) -> Any:
        """The tickets that a policy cannot judge: ``ticket``, ``error_a`` and ``error_b``."""
        pairs, make = self._pairs, self._make
        one, other = pairs.errors
        rows = np.flatnonzero((one.codes >= 0) | (other.codes >= 0))
        return make.new_table(
            {
                TICKET: take(pairs.base.column(TICKET), rows),
                "error_a": make.new_values(one.codes[rows], one.values),
                "error_b": make.new_values(other.codes[rows], other.values),
            }
        )

    def __repr__(self) -> str:
        one, other = self.policies
        return f"<Comparison of {one} and {other}: {len(self.flipped())} flips>"


def compared(counts: NDArray[np.int64], confidence: float) -> dict[str, NDArray[Any]]:
    """The columns of a comparison, from counts by group, state, state and move."""
    columns: dict[str, NDArray[Any]] = {"total": counts.sum(axis=(1, 2, 3))}
    for side, axes in (("a", (2, 3)), ("b", (1, 3))):
        found = sums(counts.sum(axis=axes))
        left = [found[name.replace(" ", "_")] for name in LEFT_OUT]
        found["left_out"] = np.sum(left, axis=0)
        for name in ("decided", "met", "late", "breached", "open", "left_out", "unjudged"):
            columns[f"{name}_{side}"] = found[name]
        with np.errstate(invalid="ignore"):
            columns[f"attainment_{side}"] = found["met"] / found["decided"]
        low, high = wilson(found["met"], found["decided"], confidence)
        columns |= {f"low_{side}": low, f"high_{side}": high}
    columns["difference"] = columns["attainment_b"] - columns["attainment_a"]
    states = counts.sum(axis=3)[:, :UNJUDGED, :UNJUDGED]
    same = np.trace(states, axis1=1, axis2=2)
    columns["flips"] = states.sum(axis=(1, 2)) - same
    columns["gained"] = states[:, _MISSED, CODE["met"]].sum(axis=1)
    columns["lost"] = states[:, CODE["met"], _MISSED].sum(axis=1)
    moves = counts.sum(axis=(1, 2))
    for name in ("earlier", "same", "later", "only_a", "only_b"):
        columns[f"due_{name}"] = moves[:, MOVES.index(name)]
    return columns


def moved(due_a: Integers, due_b: Integers) -> Integers:
    """How each due moved, as a place among `MOVES`."""
    both = (due_a != MISSING) & (due_b != MISSING)
    move = np.where(due_a != MISSING, 1, 0) + np.where(due_b != MISSING, 2, 0)
    later = MOVES.index("same") + np.sign(np.where(both, (due_b > due_a) * 2 - 1, 0))
    later = np.where(due_a == due_b, MOVES.index("same"), later)
    answer: Integers = np.where(both, later, move)
    return answer


# Judging ------------------------------------------------------------------------------------------


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
    """What another policy, or another calendar, would have meant for the same tickets.

    Both judge every ticket from its receipt on, as of the same instant, whatever was shown to
    anybody at the time.

    Args:
        policy_a: The one policy, such as the one that holds.
        policy_b: The other, such as the one that is proposed.
        log: A table of tickets, as for `bulk.evaluate`; or a log of events, as for `bulk.replay`.
        as_of: As of when; of a log left out, as of each ticket's last event.
        by: Columns that `Comparison.flips` is to show: attributes, or others of the table.
        kind: Which kind of table it is, ``"tickets"`` or ``"events"``; left out, the one or the
            other by its columns.
        in_force: Which version holds for a ticket: that of its receipt, with the first one before
            its first day and each one up to the next (``"extended"``, the default); strictly that
            of its receipt (``"by_receipt"``); or the ``"last"`` one of each policy for all.
        which: Of a log, which value of an attribute counts that was changed: the ``"last"``, or the
            ``"first"``. The policies judge by all of them.
        columns: The table's names of columns that it calls otherwise. Of a table of tickets,
            ``"ticket"`` is what they are called; without it they are numbered from 0.
        naive: The zone in which instants without one were read.
        confidence: Of the intervals.

    Returns:
        A `Comparison`. Tickets that one policy cannot judge are in its `Comparison.errors`, and
        nothing else is said of them. For a metric that only one policy has, the other promises
        nothing: ``no target``.

    Raises:
        ReportError: A table of tickets is given without *as_of*.
        ColumnError, NaiveDatetimeError: A column is not there, or holds what it should not.

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
        >>> found = report.compare(
        ...     policy, Policy.from_dict(data), tickets, "2024-09-30T09:00:00+08:00", by="tier"
        ... )
        >>> for row in zip(*(found.flips[name] for name in ("ticket", "tier", "state_b", "due_b"))):
        ...     print(*row)
        1 silver breached 2024-09-07 16:00:00+08:00
    """
    check_choice(in_force, "in_force", ("extended", "by_receipt", "last"))
    chosen = kind or kind_of_log(log, columns)
    check_choice(chosen, "kind", ("tickets", "events"))
    policies = held(policy_a, in_force), held(policy_b, in_force)
    wilson(np.zeros(0, np.int64), np.zeros(0, np.int64), confidence)  # which refuses odd ones
    reading = Reading(columns, naive, which)
    if chosen == "events":
        pairs = pairs_of_events(policies, log, as_of, reading)
    else:
        if as_of is None:
            msg = "as_of is missing: say as of when the tickets are judged"
            raise ReportError(msg, argument="as_of", given=None)
        pairs = pairs_of_tickets(policies, log, as_of, reading)
    found = Comparison(policies, pairs, tuple(names_of(by)), confidence)
    for name in found._by:
        if name not in pairs.base:
            raise unknown_column(name, pairs.base.names, "the tickets", where="by")
    return found
