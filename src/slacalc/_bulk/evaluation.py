"""What cycles come to at an instant, many at once: `_judge` over arrays.

Every rule here is one of `Evaluator`, and the tests hold the two together. Cycles that are promised
the same rows are judged together, whoever found out the `CycleArrays` of them: a log of events
(`_facts`), or the columns of a table (`_standing`). Those whose dues are beyond the supported years
are marked, for their clocks to raise what is to be raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.due_dates import DueArrays, DueCalculator, PauseArrays
from slacalc._bulk.groups import as_indices, rows_by_code
from slacalc._clock.cycles import Phase, TargetPeriod
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
from slacalc._time.instants import to_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from slacalc._bulk.due_dates import BoolArray, Positions
    from slacalc._clock.evaluation import Evaluator
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
"""Of a present cycle alone; the last one is whether holidays matter that are not published yet."""
PHASES = (*Phase,)
_FAR = np.iinfo(np.int64).max
_PAUSED, _STOPPED = PHASES.index(Phase.PAUSED), PHASES.index(Phase.STOPPED)
_STATE_CODES = np.array([STATES.index(state) for state in STATE_TABLE], np.int8)
_PHASE_BITS = np.array([PHASE_BITS[phase] for phase in PHASES], np.int8)
_BLANK: dict[str, tuple[int, Any]] = {
    "state": (STATES.index("not started"), np.int8),
    "is_paused": (0, np.int8),
    "ever_breached": (0, np.int8),
    "provisional": (0, np.bool_),
    "table": (-1, np.int64),
}


def empty_fields(count: int, fields: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Fields of so many cycles, of which nothing is known."""
    return {name: np.full(count, *_BLANK.get(name, (MISSING, np.int64))) for name in fields}


def fields_of_status(status: CycleStatus, tables: Sequence[str]) -> dict[str, int]:
    """What the clock of a single ticket says of a cycle: all fields, and those of SHORT."""
    cycle, verdict = cycle_of(status), result_of(status)
    begun = cycle.start is not None
    remaining = None if verdict.total is None else verdict.total - verdict.elapsed
    rests = evaluator_of(status).paused(cycle, verdict)
    instants = {
        name: getattr(status, name)
        for name in ("start", "due", "limit", "due_if_resumed", "stopped_at", "breached_at")
    }
    return {
        **{name: MISSING if one is None else to_instant(one) for name, one in instants.items()},
        "cycle": status.cycle,
        "state": STATES.index(status.state),
        "is_paused": int(status.is_paused),
        "ever_breached": int(status.ever_breached),
        "elapsed": verdict.elapsed if begun else MISSING,
        "remaining": MISSING if remaining is None else remaining,
        "paused": sum(rests.values()) if begun else MISSING,
        "table": -1 if status.table is None else tables.index(status.table),
        "row": MISSING if status.row is None else status.row,
        "provisional": int(status.provisional),
    }


class CycleArrays(NamedTuple):
    """The cycles of one metric, of many tickets.

    Args:
        ticket: Of which ticket each is, in order.
        number: Which of its cycles, from 1.
        covered: Whether the contract covers the ticket.
        as_of: The instant of the question.
        phase: The place of its phase.
        start: When it started; `MISSING` where it has not.
        end: When it ended, likewise.
        period_of, since, counted_from, found: Its stints: of which cycle each is, from when on it
            holds and counts, and which rows it is promised by.
        pause_of, pause_start, pause_end: Its rests, those that touch as one, in order; `MISSING`
        for
            the end of one that lasts.
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
    found: Integers
    pause_of: Integers
    pause_start: Integers
    pause_end: Integers


def is_last_of_owner(owner: Integers) -> NDArray[np.bool_]:
    """Which of the members, sorted by owner, is the last one of its owner."""
    last = np.ones(len(owner), np.bool_)
    last[:-1] = owner[1:] != owner[:-1]
    return last


def why_not_columns(policy: Policy, metric: str) -> str:
    """Why a metric of a policy cannot be worked out in columns; the empty string where it can."""
    repeat = policy.metrics[metric].repeat or policy.semantics.resolved.repeat
    if repeat == "sequential":
        return 'its cycles start when the last one was due (repeat = "sequential")'
    if any(term.from_ or term.until or term.for_ for term in policy.coverage):
        return "the coverage names dates, which are compared with each receipt"
    return ""


class CycleEvaluator:
    """Judges the cycles of a policy's metrics.

    Args:
        machine: The machine of its version.

    Attributes:
        tables: The tables of that version.
        promises: What each metric makes due.
    """

    def __init__(self, machine: Machine) -> None:
        self.tables = [*machine.matcher.policy.tables]
        self._judges = machine.evaluators
        self.promises = [DueCalculator(judge) for judge in machine.evaluators]

    def of(
        self,
        metric: int,
        facts: CycleArrays,
        found: Sequence[tuple[MatchedRow, ...]],
        told: dict[str, NDArray[Any]],
    ) -> BoolArray:
        """Work out the cycles of a metric.

        Args:
            metric: The place of the metric. facts: The facts of its cycles. found: The rows that
            may promise them something. told: The fields that are asked for, as `empty_fields`, to
            be written into: all of FIELDS, or
                those of SHORT.

        Returns:
            Which of the cycles have no answer.
        """
        judging = _MetricEvaluation(
            self._judges[metric], self.promises[metric], self.tables, facts, told
        )
        return judging.answered(found)


class _MetricEvaluation:
    """The cycles of one metric, whose fields are written where they are asked for.

    First what is due, and how long it took, for all cycles that are promised the same; then what
    follows from that, for all cycles. Where nothing is due, that is `_FAR` away.
    """

    def __init__(
        self,
        judge: Evaluator,
        promises: DueCalculator,
        tables: list[str],
        facts: CycleArrays,
        told: dict[str, NDArray[Any]],
    ) -> None:
        self._judge, self._promises, self._tables = judge, promises, tables
        self._facts, self._told = facts, told
        count = len(facts.phase)
        self._state_keys: NDArray[np.int8] = _PHASE_BITS.take(facts.phase)
        self._state_keys |= ~facts.covered * np.int8(NOT_COVERED)
        self._ends: Integers = np.where(facts.end == MISSING, facts.as_of, facts.end)
        self._beyond = np.zeros(count, np.bool_)
        self._has_earlier = not is_last_of_owner(facts.period_of).all()  # stints of the same cycles
        self._due = self._bound = np.full(count, _FAR)
        self._floats: tuple[BoolArray, BoolArray] | None = None
        self._kept: tuple[Integers, Integers] | None = None
        self._rests: PauseArrays | None = None
        if len(facts.pause_of):
            many = np.bincount(facts.pause_of, minlength=count)
            self._rests = PauseArrays(
                many, np.cumsum(many) - many, facts.pause_start, facts.pause_end
            )
            self._floats = np.zeros(count, np.bool_), np.zeros(count, np.bool_)

    # What is due, and how long it took -----------------------------------------------------------

    def answered(self, found: Sequence[tuple[MatchedRow, ...]]) -> BoolArray:
        """Write the fields; and say which cycles have no answer."""
        facts, told = self._facts, self._told
        if any(one.target.limit is not None for some in found for one in some):
            self._bound = self._due.copy()
        present: Any = slice(None)
        if self._has_earlier:
            is_last = is_last_of_owner(facts.period_of)
            self._recorded(np.flatnonzero(~is_last), found)
            present = np.flatnonzero(is_last)
        for place, rows in rows_by_code(facts.found[present], len(found)):
            self._judged(rows if isinstance(present, slice) else present[rows], found[place])
        self._stated()
        self._shown()
        if "cycle" in told:
            told["cycle"][:], told["start"][:] = facts.number, facts.start
            told["is_paused"][:] = facts.phase == _PAUSED
            np.copyto(told["stopped_at"], facts.end, where=facts.phase == _STOPPED)
            breached = (told["breached_at"] != MISSING).astype(np.int64)
            told["ever_breached"][:] = _ever(breached, facts.number)
        return self._beyond

    def _cycles(self, stints: Any) -> Any:
        """The cycles of some stints; they have the same places where each has exactly one."""
        of = self._facts.period_of
        is_same = len(of) == len(self._facts.phase) and not self._has_earlier
        return stints if is_same else of[stints]

    def _rests_of(self, cycles: Any) -> PauseArrays | None:
        """The rests of some cycles; None where none of them ever rested."""
        rests = None if self._rests is None else self._rests.of(cycles)
        return rests if rests is not None and rests.many.any() else None

    def _recorded(self, stints: Integers, found: Sequence[tuple[MatchedRow, ...]]) -> None:
        """Put down the bounds of earlier stints that were passed while these held."""
        facts, breached_at = self._facts, self._told["breached_at"]
        cycles, since = facts.period_of[stints], facts.since[stints]
        last = np.minimum(facts.since[stints + 1], self._ends[cycles])
        held = (since < last) & facts.covered[cycles]
        stints, cycles, last = stints[held], cycles[held], last[held]
        first = np.full(len(facts.phase), _FAR)
        for place, rows in rows_by_code(facts.found[stints], len(found)):
            owners, ends = cycles[rows], last[rows]
            starts = facts.counted_from[stints[rows]]
            dues = self._promises.bounds(found[place], starts, ends, self._rests_of(owners))
            if dues is None:
                continue
            if dues.beyond is not None:
                self._beyond[owners[dues.beyond]] = True
            passed = dues.bound < ends
            # A cycle may have several; the earliest is what counts.
            np.minimum.at(first, owners[passed], dues.bound[passed])
        np.copyto(breached_at, first, where=first != _FAR)

    def _judged(self, stints: Any, found: tuple[MatchedRow, ...]) -> None:
        """Write of cycles whose last stints are promised by some rows: `Evaluator.evaluate`."""
        facts, told = self._facts, self._told
        cycles = self._cycles(stints)
        covered = facts.covered[cycles]
        span = _Span(facts.counted_from[stints], self._ends[cycles], self._rests_of(cycles))
        if not covered.all():
            places = as_indices(stints, len(facts.found))
            self._timed(cycles, span, 0, None)  # and once more where it is covered
            if covered.any():
                self._judged(places[covered], found)
            return
        dues = self._promises.bounds(found, *span)
        if dues is None:
            self._state_keys[cycles] |= NO_FIGURE
            self._timed(cycles, span, 0, None)
            return
        self._due[cycles] = dues.due
        if self._bound is not self._due:
            self._bound[cycles] = dues.bound
        measure, row = dues.measure, dues.row
        if dues.beyond is not None:
            self._beyond[cycles] |= dues.beyond
        if dues.due_floats is not None and dues.bound_floats is not None and self._floats:
            self._floats[0][cycles], self._floats[1][cycles] = dues.due_floats, dues.bound_floats
            if self._judge.keeps_due or not TargetPeriod(0, 0, found).has_single_length:
                measure, row = self._as_kept(cycles, dues, found, span)
        self._timed(cycles, span, measure, dues.due)
        if "provisional" in told and (unpublished := self._promises.unpublished(found)) is not None:
            told["provisional"][cycles] = np.maximum(dues.due, dues.bound) > unpublished
        if "row" in told:
            tables = np.array([self._tables.index(one.table) for one in found], np.int64)
            told["table"][cycles] = tables[row]
            told["row"][cycles] = np.array([one.place for one in found], np.int64)[row]

    def _as_kept(
        self, cycles: Any, dues: DueArrays, found: tuple[MatchedRow, ...], span: _Span
    ) -> tuple[Positions, Positions]:
        """Note dues as they were when the current pauses began (`Evaluator._due_dates_shown`)."""
        paused = np.flatnonzero(self._facts.phase[cycles] == _PAUSED)
        if not len(paused) or span.rests is None:
            return dues.measure, dues.row
        rests, starts = span.rests.of(paused), span.starts[paused]
        since = np.maximum(rests.start[rests.first + rests.many - 1], starts)
        then = self._promises.bounds(found, starts, since, rests)
        if then is None:
            return dues.measure, dues.row
        those = as_indices(cycles, len(self._facts.phase))[paused]
        if self._kept is None:
            self._kept = np.full(len(self._due), _FAR), np.full(len(self._due), _FAR)
        self._kept[0][those], self._kept[1][those] = then.due, then.bound
        if then.beyond is not None:
            self._beyond[those] |= then.beyond
        measure, row = (
            np.array(np.broadcast_to(one, len(starts_of)))
            for one, starts_of in ((dues.measure, span.starts), (dues.row, span.starts))
        )
        measure[paused], row[paused] = then.measure, then.row
        return measure, row

    def _timed(self, cycles: Any, span: _Span, measures: Positions, dues: Integers | None) -> None:
        """Write what elapsed, remains and rested, each by the measure that tells."""
        told = self._told
        for place in np.unique(measures).tolist():
            some: Any = slice(None)
            of = cycles
            if not isinstance(measures, int):
                some = np.flatnonzero(measures == place)
                of = as_indices(cycles, len(self._facts.phase))[some]
            measure = self._promises.measures[place]
            part, first, last = measure.part, span.starts[some], span.ends[some]
            elapsed = self._promises.between(part, measure, first, last)
            paused: Any = 0
            if dues is not None and span.rests is None:
                told["remaining"][of] = self._promises.total(measure, first, dues[some]) - elapsed
            elif span.rests is not None:
                due = first if dues is None else dues[some]
                total = self._promises.between(part, measure, first, due)
                paused = np.zeros(len(first), np.int64)
                begun = self._facts.start[of]
                for items, begins, closes, _ in span.rests.of(some).steps(begun, last):
                    rested = self._promises.between(part, measure, begins, closes)
                    paused[items] += rested
                    counts = np.maximum(begins, first[items])
                    if (counts > begins).any():
                        rested = self._promises.between(part, measure, counts, closes)
                    elapsed[items] -= rested
                    cut = np.minimum(closes, due[items])
                    if (cut < closes).any():
                        rested = self._promises.between(part, measure, counts, cut)
                    total[items] -= rested
                if dues is not None:
                    told["remaining"][of] = total - elapsed
            told["elapsed"][of] = elapsed
            if "paused" in told:
                told["paused"][of] = paused

    # What follows --------------------------------------------------------------------------------

    def _stated(self) -> None:
        """Write in which state cycles are, and since when they are breached."""
        told, facts = self._told, self._facts
        past = np.greater if self._judge.grace else np.greater_equal
        broken = past(self._ends, self._bound)
        late = broken if self._bound is self._due else past(self._ends, self._due)
        if self._floats is not None:
            running = facts.phase != _PAUSED
            broken &= running | ~self._floats[1]
            late = late & (running | ~self._floats[0])
        self._state_keys |= late * np.int8(PAST_DUE)
        self._state_keys |= broken * np.int8(PAST_LIMIT)
        _STATE_CODES.take(self._state_keys, out=told["state"], mode="clip")
        if self._has_earlier:
            known = np.where(facts.covered, told["breached_at"], MISSING)
            first = np.where(known == MISSING, self._bound, np.minimum(known, self._bound))
            told["breached_at"][:] = np.where(broken, first, known)
        else:
            np.copyto(told["breached_at"], self._bound, where=broken)

    def _shown(self) -> None:
        """Show dues and limits, but those that a pause moves or the end hides."""
        told, facts, semantics = self._told, self._facts, self._judge.semantics
        shown = self._due != _FAR
        if semantics.due_after_stop == "hidden":
            shown &= facts.end == MISSING
        np.copyto(told["due"], self._due, where=shown)
        if self._bound is not self._due:
            np.copyto(told["limit"], self._bound, where=shown & (self._bound > self._due))
        if self._floats is None:
            return
        due_floats, bound_floats = (one & shown & (facts.phase == _PAUSED) for one in self._floats)
        due, bound = self._kept or (self._due, self._bound)
        keeps = semantics.due_while_paused == "kept"
        if "due_if_resumed" in told:
            np.copyto(told["due_if_resumed"], self._due, where=due_floats)
        np.copyto(told["due"], due if keeps else MISSING, where=due_floats)
        limit = np.where(bound > due, bound, MISSING) if keeps else MISSING
        np.copyto(told["limit"], limit, where=bound_floats)


class _Span(NamedTuple):
    """From when on and until when the time of cycles is counted, and their rests, if any."""

    starts: Integers
    ends: Integers
    rests: PauseArrays | None


def _ever(breached: Integers, number: Integers) -> Integers:
    """Whether a cycle or an earlier one of the same metric was breached."""
    total = np.cumsum(breached)
    before = (total - breached)[number == 1]
    of_first = np.repeat(before, np.diff(np.append(np.flatnonzero(number == 1), len(number))))
    return (total > of_first).astype(np.int64)
