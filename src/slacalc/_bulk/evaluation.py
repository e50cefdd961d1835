"""Evaluate arrays of cycles at an instant: `_clock.evaluation` for columns of cycles.

Every rule here is one of `Evaluator`, under the same name, and property tests hold the two
together. `CycleArrays` come from a log of events (`log_cycles`) or from the columns of a table
(`ticket_states`). The due dates of cycles whose matched rows differ only in how much they allow are
computed together (`due_dates.Form`); then, for all cycles, their times and the state. Cycles whose
due date is outside the supported years are reported, and their clocks raise the error.

Read next: `tickets` and `replay`, which use this.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.due_dates import DueCalculator, MatchedForms, PauseArrays
from slacalc._bulk.groups import as_indices, rows_with
from slacalc._clock.compiled_metrics import has_capped_pauses
from slacalc._clock.cycles import Phase
from slacalc._clock.states import (
    NO_FIGURE,
    NOT_COVERED,
    PAST_DUE,
    PAST_LIMIT,
    PHASE_BITS,
    STATE_TABLE,
    STATES,
)
from slacalc._clock.status import cycle_of, evaluator_of, result_of
from slacalc._columns.kernel import MISSING
from slacalc._schema.shapes import FrozenMap
from slacalc._time.instants import to_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._bulk.due_dates import BoolArray, DueArrays, Positions
    from slacalc._clock.state_machine import Machine
    from slacalc._clock.status import CycleStatus
    from slacalc._columns.arithmetic import Integers
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.policy import Policy

FIELDS = (
    "cycle",
    "state",
    "is_paused",
    "start",
    "due",
    "limit",
    "due_if_resumed",
    "stopped_at",
    "breached_at",
    "ever_breached",
    "elapsed",
    "remaining",
    "paused",
    "table",
    "row",
)
PRESENT_FIELDS = ("due", "limit", "breached_at", "elapsed", "remaining", "state", "provisional")
"""The fields of `evaluate`, which shows the present cycle of each metric."""
PHASES = (*Phase,)
_FAR = np.iinfo(np.int64).max  # in place of a due date where there is none
_PAUSED, _STOPPED = PHASES.index(Phase.PAUSED), PHASES.index(Phase.STOPPED)
_STATE_CODES = np.array([STATES.index(state) for state in STATE_TABLE], np.int8)
_PHASE_BITS = np.array([PHASE_BITS[phase] for phase in PHASES], np.int8)
_BLANK: dict[str, tuple[int, Any]] = {
    "state": (STATES.index("not started"), np.int8),
    "is_paused": (0, np.int8),
    "ever_breached": (0, np.int8),
    "provisional": (0, np.bool_),
    "table": (-1, np.int16),
}


def empty_fields(count: int, fields: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Arrays of missing values, for a number of cycles."""
    return {name: np.full(count, *_BLANK.get(name, (MISSING, np.int64))) for name in fields}


def fields_of_status(status: CycleStatus, tables: Sequence[str]) -> dict[str, int]:
    """All fields of a cycle, as the clock of its ticket gives them."""
    cycle, result = cycle_of(status), result_of(status)
    has_begun = cycle.start is not None
    remaining = None if result.total is None else result.total - result.elapsed
    paused = evaluator_of(status).paused(cycle, result)
    instants = {
        name: getattr(status, name)
        for name in ("start", "due", "limit", "due_if_resumed", "stopped_at", "breached_at")
    }
    return {
        **{name: MISSING if at is None else to_instant(at) for name, at in instants.items()},
        "cycle": status.cycle,
        "state": STATES.index(status.state),
        "is_paused": int(status.is_paused),
        "ever_breached": int(status.ever_breached),
        "elapsed": result.elapsed if has_begun else MISSING,
        "remaining": MISSING if remaining is None else remaining,
        "paused": sum(paused.values()) if has_begun else MISSING,
        "table": -1 if status.table is None else tables.index(status.table),
        "row": MISSING if status.row is None else status.row,
        "provisional": int(status.provisional),
    }


class CycleArrays(NamedTuple):
    """The cycles of a metric, for many tickets.

    Target periods and pauses are sorted by cycle; those of a cycle are in order, and no two pauses
    of it touch.

    Args:
        ticket: The ticket of each cycle, in ascending order.
        number: Which of the ticket's cycles it is, from 1.
        covered: Whether the contract covers the ticket.
        as_of: The instant at which it is evaluated.
        phase: The position of its phase in `PHASES`.
        start: Its start; `MISSING`: it has not started.
        end: Its end; `MISSING`: it has not ended.
        period_of: The cycle of each target period.
        since: The instant from which the period holds.
        counted_from: The instant from which its time counts.
        rows: Which matched rows it has, as a position in a list.
        pause_of: The cycle of each pause.
        pause_start: The start of the pause.
        pause_end: Its end; `MISSING`: it has not ended.
        dates: By attribute, the instant that the ticket of each cycle has.
    """

    ticket: Integers
    number: Integers
    covered: NDArray[np.bool_]
    as_of: Integers
    phase: NDArray[Any]
    start: Integers
    end: Integers
    period_of: Integers
    since: Integers
    counted_from: Integers
    rows: Integers
    pause_of: Integers
    pause_start: Integers
    pause_end: Integers
    dates: Mapping[str, Integers] = FrozenMap()

    @classmethod
    def joined(cls, parts: Sequence[CycleArrays]) -> CycleArrays:
        """The cycles of several metrics, of one after the other."""
        if len(parts) == 1:
            return parts[0]
        names = [name for name in cls._fields if name != "dates"]
        columns = {name: [getattr(part, name) for part in parts] for name in names}
        first = 0
        for place, part in enumerate(parts):
            for name in ("period_of", "pause_of"):
                columns[name][place] = columns[name][place] + first
            first += len(part.phase)
        whole = {name: np.concatenate(column) for name, column in columns.items()}
        dates = {
            name: np.concatenate([part.dates[name] for part in parts]) for name in parts[0].dates
        }
        return cls(**whole, dates=dates)

    @property
    def ends(self) -> Integers:
        """The end of each cycle; of one that has not ended, the instant of its evaluation."""
        return np.where(self.end == MISSING, self.as_of, self.end)


def is_last_of_owner(owner: Integers) -> NDArray[np.bool_]:
    """Whether each item, sorted by owner, is the last one of its owner."""
    last = np.ones(len(owner), np.bool_)
    last[:-1] = owner[1:] != owner[:-1]
    return last


def why_not_columns(policy: Policy, metric: str) -> str:
    """Why the cycles of a metric cannot be computed in columns; empty string if they can."""
    repeat = policy.metrics[metric].repeat or policy.semantics.resolved.repeat
    if repeat == "sequential":
        return 'its cycles start when the previous one was due (repeat = "sequential")'
    if has_capped_pauses(policy, metric):
        return "its pauses have caps, which are used up at an instant of the calendar"
    if any(term.from_ or term.until or term.for_ for term in policy.coverage):
        return "the coverage names dates, which are compared with each receipt"
    if metric in policy.matcher.date_fields:
        names = " or ".join(sorted(policy.matcher.date_fields[metric]))
        return f"it is due at a date of the ticket ({names}), which events may change"
    return ""


class CycleEvaluator:
    """Evaluates the cycles of all metrics of a policy version.

    Args:
        machine: The version's state machine.

    Attributes:
        tables: The names of the version's tables.
    """

    def __init__(self, machine: Machine) -> None:
        self.tables = [*machine.matcher.policy.tables]
        self._calculator = DueCalculator(machine.evaluators)

    def forms(self, promised: Mapping[int, Sequence[tuple[MatchedRow, ...]]]) -> MatchedForms:
        """Lists of matched rows by metric, one list after the other, for `evaluate`."""
        return self._calculator.forms(promised)

    def evaluate(
        self, cycles: CycleArrays, matched: MatchedForms, fields: dict[str, NDArray[Any]]
    ) -> BoolArray:
        """Evaluate cycles of a metric, or of several metrics.

        Args:
            cycles: The cycles.
            matched: The matched rows to which `CycleArrays.rows` refers.
            fields: The arrays to be filled, from `empty_fields`: either those of `FIELDS`, or those
                of `PRESENT_FIELDS` and perhaps ``stopped_at`` or ``clock``, by which the time of
                each cycle is counted: see `between`.

        Returns:
            Which cycles have no due date within the supported years.
        """
        return _Evaluation(self._calculator, self.tables, cycles, matched, fields).run()

    def between(self, clocks: Integers, starts: Integers, ends: Integers) -> Integers:
        """The time between instants by the clocks that `evaluate` wrote; 0 if they are reversed."""
        return self._calculator.measure(clocks, starts, ends)


class _CountedSpans(NamedTuple):
    """When the time of some cycles begins to count, and their pauses until some instants.

    Without pauses both of the latter are None.
    """

    starts: Integers
    ends: Integers | None
    pauses: PauseArrays | None

    def select(self, items: Any) -> _CountedSpans:
        """Those of some of the cycles."""
        if self.ends is None or self.pauses is None:
            return _CountedSpans(self.starts[items], None, None)
        return _CountedSpans(self.starts[items], self.ends[items], self.pauses.select(items))


class _FormCycles(NamedTuple):
    """The cycles whose matched rows have one form: its position, and by cycle those rows."""

    place: int
    cycles: Any
    codes: Integers
    spans: _CountedSpans


class _Evaluation:
    """One evaluation of cycles, with its intermediate arrays.

    Due dates and limits are `_FAR` where a cycle has none, so it is never past them.
    """

    def __init__(
        self,
        calculator: DueCalculator,
        tables: list[str],
        cycles: CycleArrays,
        matched: MatchedForms,
        fields: dict[str, NDArray[Any]],
    ) -> None:
        self._calculator, self._tables = calculator, tables
        self._evaluator = calculator.evaluators[0]  # for the semantics, which all metrics share
        self._cycles, self._matched, self._fields = cycles, matched, fields
        count = len(cycles.phase)
        self._state_keys: NDArray[np.int8] = _PHASE_BITS.take(cycles.phase)
        self._are_covered = cycles.covered.all()
        if not self._are_covered:
            self._state_keys |= ~cycles.covered * np.int8(NOT_COVERED)
        self._ends = cycles.ends
        self._beyond = np.zeros(count, np.bool_)
        self._has_earlier_periods = not is_last_of_owner(cycles.period_of).all()
        # One array for both, until a row has a limit.
        self._due = self._limit = np.full(count, _FAR)
        if matched.has_limits:
            self._limit = self._due.copy()
        self._clocks = np.zeros(count, np.int16)  # their positions, by which time is counted
        self._totals = np.zeros(count, np.int64)  # the time allowed, as far as no pause matters
        # Whether due and limit move with a pause.
        self._moves: tuple[BoolArray, BoolArray] | None = None
        self._kept: tuple[Integers, Integers] | None = None  # due and limit as the pause began
        self._pauses: PauseArrays | None = None
        if len(cycles.pause_of):
            counts = np.bincount(cycles.pause_of, minlength=count)
            first = np.cumsum(counts) - counts
            self._pauses = PauseArrays(counts, first, cycles.pause_start, cycles.pause_end)
            self._moves = np.zeros(count, np.bool_), np.zeros(count, np.bool_)

    def run(self) -> BoolArray:
        """Fill the fields, and return which cycles have no due date within the supported years."""
        cycles, fields = self._cycles, self._fields
        present: Any = slice(None)
        if self._has_earlier_periods:
            is_last = is_last_of_owner(cycles.period_of)
            self._earlier_breaches(np.flatnonzero(~is_last))
            present = np.flatnonzero(is_last)
        self._evaluate_periods(present)
        self._write_states()
        self._write_due_dates()
        if "stopped_at" in fields:
            np.copyto(fields["stopped_at"], cycles.end, where=cycles.phase == _STOPPED)
        if "cycle" in fields:
            fields["cycle"][:], fields["start"][:] = cycles.number, cycles.start
            fields["is_paused"][:] = cycles.phase == _PAUSED
            is_breached = (fields["breached_at"] != MISSING).astype(np.int64)
            fields["ever_breached"][:] = _ever_breached(is_breached, cycles.number)
        return self._beyond

    # Due dates and times -------------------------------------------------------------------------

    def _cycles_of(self, periods: Any) -> Any:
        """The cycles of some target periods."""
        period_of = self._cycles.period_of
        is_one_each = len(period_of) == len(self._cycles.phase) and not self._has_earlier_periods
        return periods if is_one_each else period_of[periods]

    def _pauses_of(self, cycles: Any) -> PauseArrays | None:
        """The pauses of some cycles; None if there are none."""
        pauses = None if self._pauses is None else self._pauses.select(cycles)
        return pauses if pauses is not None and pauses.counts.any() else None

    def _dates_of(self, cycles: Any) -> Mapping[str, Integers]:
        """The instants that the tickets of some cycles have."""
        return {name: column[cycles] for name, column in self._cycles.dates.items()}

    def _earlier_breaches(self, periods: Integers) -> None:
        """Write the first limit of earlier target periods that was exceeded while they held."""
        cycles, matched = self._cycles, self._matched
        of_cycle, since = cycles.period_of[periods], cycles.since[periods]
        last = np.minimum(cycles.since[periods + 1], self._ends[of_cycle])
        held = (since < last) & cycles.covered[of_cycle]
        periods, of_cycle, last = periods[held], of_cycle[held], last[held]
        codes = cycles.rows[periods]
        first = np.full(len(cycles.phase), _FAR)
        for form, items in matched.split(codes):
            owners, ends = of_cycle[items], last[items]
            starts, pauses = cycles.counted_from[periods[items]], self._pauses_of(owners)
            counts, dates = matched.counts(form, codes[items]), self._dates_of(owners)
            dues = self._calculator.due_dates(
                matched.forms[form], counts, starts, ends, pauses, dates=dates
            )
            if dues is None:
                continue
            if dues.beyond is not None:
                self._beyond[owners[dues.beyond]] = True
            is_past = dues.limit < ends
            # A cycle may have several earlier periods.
            np.minimum.at(first, owners[is_past], dues.limit[is_past])
        np.copyto(self._fields["breached_at"], first, where=first != _FAR)

    def _evaluate_periods(self, periods: Any) -> None:
        """Due dates and times of the cycles that have these target periods as their last ones."""
        cycles = self._cycles_of(periods)
        codes, pauses = self._cycles.rows[periods], self._pauses_of(cycles)
        starts, ends = self._cycles.counted_from[periods], self._ends[cycles]
        spans = _CountedSpans(starts, None if pauses is None else ends, pauses)
        for place, items in self._matched.split(codes):
            of_form = cycles if isinstance(items, slice) else self._items(cycles)[items]
            group = _FormCycles(place, of_form, codes[items], spans.select(items))
            if not self._are_covered:
                covered = self._cycles.covered[of_form]
                self._clocks[of_form] = self._matched.forms[place].bare
                of_form = self._items(of_form)[covered]
                codes_left, spans_left = group.codes[covered], group.spans.select(covered)
                group = _FormCycles(place, of_form, codes_left, spans_left)
            if len(group.codes):
                self._evaluate_form(group)
        self._write_times(cycles, starts, ends, pauses)

    def _items(self, cycles: Any) -> Integers:
        """Cycles as an array of indices."""
        return as_indices(cycles, len(self._cycles.phase))

    def _evaluate_form(self, group: _FormCycles) -> None:
        """Due dates of covered cycles."""
        place, cycles, codes, spans = group
        calculator, form = self._calculator, self._matched.forms[place]
        counts, dates = self._matched.counts(place, codes), self._dates_of(cycles)
        dues = calculator.due_dates(form, counts, *spans, dates=dates)
        if dues is None:
            self._state_keys[cycles] |= NO_FIGURE
            self._clocks[cycles] = form.bare
            return
        self._due[cycles] = dues.due
        if self._limit is not self._due:
            self._limit[cycles] = dues.limit
        clock, row = dues.clock, dues.row
        if dues.beyond is not None:
            self._beyond[cycles] |= dues.beyond
        if dues.due_moves is not None and dues.limit_moves is not None and self._moves:
            self._moves[0][cycles], self._moves[1][cycles] = dues.due_moves, dues.limit_moves
            if self._evaluator.keeps_due or not form.has_single_length:
                clock, row = self._as_pauses_began(group, dues)
        self._clocks[cycles] = clock
        self._totals[cycles] = (
            calculator.measure(clock, spans.starts, dues.due) if dues.total is None else dues.total
        )
        self._write_row(group, row)
        unpublished = calculator.unpublished_from(form)
        if "provisional" in self._fields and unpublished is not None:
            is_provisional = np.maximum(dues.due, dues.limit) > unpublished
            self._fields["provisional"][cycles] = is_provisional

    def _write_row(self, group: _FormCycles, row: Positions) -> None:
        """Write which of the matched rows decides."""
        fields, cycles = self._fields, group.cycles
        if "row" in fields:
            known = self._matched.places(self._tables, group.codes, row)
            fields["table"][cycles], fields["row"][cycles] = known

    def _as_pauses_began(self, group: _FormCycles, dues: DueArrays) -> tuple[Positions, Positions]:
        """Clock and row in force when the current pauses began: `Evaluator._due_dates_shown`."""
        place, cycles, codes, spans = group
        paused = np.flatnonzero(self._cycles.phase[cycles] == _PAUSED)
        if not len(paused) or spans.pauses is None:
            return dues.clock, dues.row
        pauses, starts = spans.pauses.select(paused), spans.starts[paused]
        began = np.maximum(pauses.start[pauses.first + pauses.counts - 1], starts)
        indices = self._items(cycles)[paused]
        counts, dates = self._matched.counts(place, codes[paused]), self._dates_of(indices)
        form = self._matched.forms[place]
        then = self._calculator.due_dates(form, counts, starts, began, pauses, dates=dates)
        if then is None:
            return dues.clock, dues.row
        if self._kept is None:
            self._kept = np.full(len(self._due), _FAR), np.full(len(self._due), _FAR)
        self._kept[0][indices], self._kept[1][indices] = then.due, then.limit
        if then.beyond is not None:
            self._beyond[indices] |= then.beyond
        clock, row = (
            np.array(np.broadcast_to(positions, len(spans.starts)))
            for positions in (dues.clock, dues.row)
        )
        clock[paused], row[paused] = then.clock, then.row
        return clock, row

    def _write_times(
        self, cycles: Any, starts: Integers, ends: Integers, all_pauses: PauseArrays | None
    ) -> None:
        """Write the elapsed, remaining and paused time, by the clock of each cycle."""
        fields, calculator = self._fields, self._calculator
        clocks = calculator.alike.take(self._clocks[cycles])
        if "clock" in fields:
            fields["clock"][cycles] = clocks
        forms = self._matched.forms
        used = sorted({int(calculator.alike[one]) for form in forms for one in form.all_clocks})
        is_one = len(used) == 1
        by_clock = iter([(used[0], slice(None))]) if is_one else rows_with(clocks, used)
        for position, items in by_clock:
            between = partial(calculator.between, calculator.clocks[position])
            of_cycle = cycles if isinstance(items, slice) else self._items(cycles)[items]
            first, last = starts[items], ends[items]
            pauses = None if all_pauses is None else all_pauses.select(items)
            elapsed, due = between(first, last), self._due[of_cycle]
            total = self._totals[of_cycle]
            has_due = due != _FAR
            if pauses is not None:
                paused = np.zeros(len(first), np.int64)
                having = np.flatnonzero(pauses.counts)
                due = np.where(has_due, due, first)
                total[having] = between(first[having], due[having])
                places, begins, closes, _ = pauses.all_clipped(self._cycles.start[of_cycle], last)
                length = between(begins, closes)
                np.add.at(paused, places, length)
                # Time may count from later than the start, or end with the due date: then only a
                # part of the pause is taken off.
                counted = np.maximum(begins, first[places])
                if (counted > begins).any():
                    length = between(counted, closes)
                np.subtract.at(elapsed, places, length)
                until_due = np.minimum(closes, due[places])
                if (until_due < closes).any():
                    length = between(counted, until_due)
                np.subtract.at(total, places, length)
                if "paused" in fields:
                    fields["paused"][of_cycle] = paused
            elif "paused" in fields:
                fields["paused"][of_cycle] = 0
            fields["elapsed"][of_cycle] = elapsed
            fields["remaining"][of_cycle] = np.where(has_due, total - elapsed, MISSING)

    # States --------------------------------------------------------------------------------------

    def _write_states(self) -> None:
        """Write the states, and the first limits that were exceeded."""
        fields, cycles = self._fields, self._cycles
        past = np.greater if self._evaluator.grace else np.greater_equal
        past_limit = past(self._ends, self._limit)
        past_due = past_limit if self._limit is self._due else past(self._ends, self._due)
        if self._moves is not None:
            # What an ongoing pause moves is not past for as long as it does.
            is_running = cycles.phase != _PAUSED
            past_due = past_due & (is_running | ~self._moves[0])
            past_limit = past_limit & (is_running | ~self._moves[1])
        self._state_keys |= past_due * np.int8(PAST_DUE)
        self._state_keys |= past_limit * np.int8(PAST_LIMIT)
        _STATE_CODES.take(self._state_keys, out=fields["state"], mode="clip")
        if self._has_earlier_periods:
            earlier = np.where(cycles.covered, fields["breached_at"], MISSING)
            first = np.where(earlier == MISSING, self._limit, np.minimum(earlier, self._limit))
            fields["breached_at"][:] = np.where(past_limit, first, earlier)
        else:
            np.copyto(fields["breached_at"], self._limit, where=past_limit)

    def _write_due_dates(self) -> None:
        """Write due dates and limits, but for those that a pause moves or the semantics hide."""
        fields, semantics = self._fields, self._evaluator.semantics
        is_shown = self._due != _FAR
        if semantics.due_after_stop == "hidden":
            is_shown &= self._cycles.end == MISSING
        np.copyto(fields["due"], self._due, where=is_shown)
        if self._limit is not self._due:
            np.copyto(fields["limit"], self._limit, where=is_shown & (self._limit > self._due))
        if self._moves is None:
            return
        is_paused = is_shown & (self._cycles.phase == _PAUSED)
        due_moves, limit_moves = self._moves[0] & is_paused, self._moves[1] & is_paused
        due, limit = self._kept or (self._due, self._limit)
        keeps = self._evaluator.keeps_due
        if "due_if_resumed" in fields:
            np.copyto(fields["due_if_resumed"], self._due, where=due_moves)
        np.copyto(fields["due"], due if keeps else MISSING, where=due_moves)
        kept_limit = np.where(limit > due, limit, MISSING) if keeps else MISSING
        np.copyto(fields["limit"], kept_limit, where=limit_moves)


def _ever_breached(is_breached: Integers, number: Integers) -> Integers:
    """Whether a cycle, or an earlier one of the same ticket and metric, was breached."""
    total = np.cumsum(is_breached)
    before = (total - is_breached)[number == 1]
    of_first = np.repeat(before, np.diff(np.append(np.flatnonzero(number == 1), len(number))))
    return (total > of_first).astype(np.int64)
