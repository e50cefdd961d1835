"""What cycles come to at an instant, many at once: `_judge` over arrays.

Every rule here is one of `Judge`, and the tests hold the two together. Cycles that are promised the
same rows are judged together. Those whose dues are `BEYOND` the supported years are marked, for
their clocks to raise what is to be raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np

from slacalc._arrays import BEYOND, Arrays
from slacalc._cycle import Phase, Stint
from slacalc._dues import Dues, Promises, Rests
from slacalc._facts import PHASES, Facts, lasts
from slacalc._judge import State
from slacalc._kernel import MISSING

if TYPE_CHECKING:
    from slacalc._arrays import Integers
    from slacalc._calendar import Calendar
    from slacalc._dues import Flags
    from slacalc._judge import Judge
    from slacalc._machine import Machine
    from slacalc._match import Found
    from slacalc._policy import Policy

STATES: tuple[str, ...] = get_args(State)
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
_FAR = np.iinfo(np.int64).max
_OF = {name: STATES.index(name) for name in STATES}
_PAUSED, _STOPPED, _CANCELLED = (
    PHASES.index(one) for one in (Phase.PAUSED, Phase.STOPPED, Phase.CANCELLED)
)


def engine_of(policy: Policy, metric: str) -> str:
    """Why a metric of a policy cannot be worked out in columns; the empty string where it can."""
    repeat = policy.metrics[metric].repeat or policy.semantics.resolved.repeat
    if repeat == "sequential":
        return 'its cycles start when the last one was due (repeat = "sequential")'
    if any(term.from_ or term.until or term.for_ for term in policy.coverage):
        return "the coverage names dates, which are compared with each receipt"
    return ""


class Verdicts:
    """Judges the cycles of a policy's metrics.

    Args:
        machine: The machine of its version.

    Attributes:
        tables: The tables of that version.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.tables = [*machine.matcher.policy.tables]
        self._arrays: dict[int, Arrays] = {}

    def of(
        self, metric: int, facts: Facts, found: list[tuple[Found, ...]]
    ) -> tuple[dict[str, Integers], Flags]:
        """The fields of the cycles of a metric, and which of them have no answer."""
        return _Metric(self, self._machine.judges[metric], facts, found).answers()

    def arrays(self, calendar: Calendar) -> Arrays:
        """The verbs of a calendar."""
        known = self._arrays.get(id(calendar))
        if known is None:
            known = self._arrays[id(calendar)] = Arrays(calendar.timeline, calendar._zone)
        return known


class _Metric:
    """The cycles of one metric."""

    def __init__(
        self, verdicts: Verdicts, judge: Judge, facts: Facts, found: list[tuple[Found, ...]]
    ) -> None:
        self._verdicts, self._judge, self._facts, self._found = verdicts, judge, facts, found
        count = np.bincount(facts.rest_of, minlength=len(facts.ticket))
        self._rests = Rests(count, np.cumsum(count) - count, facts.rest_start, facts.rest_end)
        self._promises = Promises(judge, verdicts.arrays)
        self._beyond = np.zeros(len(facts.ticket), np.bool_)

    # Verdicts ------------------------------------------------------------------------------------

    def answers(self) -> tuple[dict[str, Integers], Flags]:
        """The fields, and which cycles have no answer."""
        facts, count = self._facts, len(self._facts.ticket)
        told = {name: np.full(count, MISSING) for name in FIELDS}
        told["ticket"], told["cycle"] = facts.ticket, facts.number
        told["table"] = np.full(count, -1)
        told["start"] = facts.start
        told["is_paused"] = (facts.phase == _PAUSED).astype(np.int64)
        told["stopped_at"] = np.where(facts.phase == _STOPPED, facts.end, MISSING)
        idle = np.where(facts.phase == _CANCELLED, _OF["cancelled"], _OF["not started"])
        told["state"] = np.where(facts.covered, idle, _OF["not covered"])
        stints = lasts(facts.stint_of)
        self._recorded(told["breached_at"], np.flatnonzero(~stints))
        present = np.flatnonzero(stints)
        for found in np.unique(facts.found[present]).tolist():
            some = present[facts.found[present] == found]
            self._judged(told, some, self._found[found])
        breached = (told["breached_at"] != MISSING).astype(np.int64)
        told["ever_breached"] = _ever(breached, facts.number)
        return told, self._beyond

    def _ends(self, cycles: Integers) -> Integers:
        """The instants that cycles are judged at."""
        ends = self._facts.end[cycles]
        return np.where(ends == MISSING, self._facts.as_of[cycles], ends)

    def _recorded(self, breached_at: Integers, stints: Integers) -> None:
        """Put down the bounds of earlier stints that were passed while these held."""
        facts = self._facts
        cycles, since = facts.stint_of[stints], facts.since[stints]
        lasts = np.minimum(facts.since[stints + 1], self._ends(cycles))
        held = (since < lasts) & facts.covered[cycles]
        stints, cycles, lasts = stints[held], cycles[held], lasts[held]
        for found in np.unique(facts.found[stints]).tolist():
            some = np.flatnonzero(facts.found[stints] == found)
            owners, ends = cycles[some], lasts[some]
            starts = facts.counted_from[stints[some]]
            bounds = self._promises.bounds(self._found[found], self._rests.of(owners), starts, ends)
            if bounds is None:
                continue
            self._beyond[owners[(bounds.bound <= BEYOND) | (bounds.due <= BEYOND)]] = True
            passed = bounds.bound < ends
            owners, first = owners[passed], bounds.bound[passed]
            # A cycle may have several; the earliest is what counts.
            known = np.where(breached_at == MISSING, _FAR, breached_at)
            np.minimum.at(known, owners, first)
            breached_at[owners] = known[owners]

    def _judged(
        self, told: dict[str, Integers], stints: Integers, found: tuple[Found, ...]
    ) -> None:
        """Work out the cycles whose last stints are promised by some rows: `Judge.verdict`."""
        facts, judge = self._facts, self._judge
        cycles, starts = facts.stint_of[stints], facts.counted_from[stints]
        ends, rests = self._ends(cycles), self._rests.of(cycles)
        covered, paused = facts.covered[cycles], facts.phase[cycles] == _PAUSED
        bounds = self._promises.bounds(found, rests, starts, ends)
        if bounds is None or not covered.all():
            idle = np.ones(len(cycles), np.bool_) if bounds is None else ~covered
            self._without(told, stints[idle])
            if bounds is None or not covered.any():
                return
            self._judged(told, stints[covered], found)
            return
        beyond = (bounds.due <= BEYOND) | (bounds.bound <= BEYOND)
        row, measure, kept = bounds.row, bounds.measure, bounds
        plain = Stint(0, 0, found).is_plain
        asked = np.flatnonzero(paused)
        if len(asked) and (judge._keeps_due or not plain):
            began = self._resting_since(rests.of(asked), starts[asked])
            then = self._promises.bounds(found, rests.of(asked), starts[asked], began) or bounds
            beyond[asked] |= (then.due <= BEYOND) | (then.bound <= BEYOND)
            row, measure = row.copy(), measure.copy()
            row[asked], measure[asked] = then.row, then.measure
            due, bound = bounds.due.copy(), bounds.bound.copy()
            due[asked], bound[asked] = then.due, then.bound
            kept = bounds._replace(due=due, bound=bound)
        self._beyond[cycles[beyond]] = True
        self._timed(told, _Span(cycles, starts, ends, rests), measure, bounds.due)
        grace = judge.grace
        broken = (ends >= bounds.bound + grace) & ~(bounds.bound_floats & paused)
        late = (ends >= bounds.due + grace) & ~(bounds.due_floats & paused)
        phase = facts.phase[cycles]
        state = np.full(len(cycles), _OF["running"])
        state[paused] = _OF["paused"]
        state[phase == _STOPPED] = _OF["met"]
        state[late] = _OF["late"]
        state[broken] = _OF["breached"]
        state[phase == _CANCELLED] = _OF["cancelled"]
        told["state"][cycles] = state
        known = told["breached_at"][cycles]
        first = np.where(known == MISSING, bounds.bound, np.minimum(known, bounds.bound))
        told["breached_at"][cycles] = np.where(broken, first, known)
        self._shown(told, cycles, bounds, kept, paused)
        told["table"][cycles] = np.array(
            [self._verdicts.tables.index(one.table) for one in found], np.int64
        )[row]
        told["row"][cycles] = np.array([one.place for one in found], np.int64)[row]

    def _shown(
        self,
        told: dict[str, Integers],
        cycles: Integers,
        bounds: Dues,
        kept: Dues,
        paused: Flags,
    ) -> None:
        """Show dues and limits, but those that a pause moves or the end hides."""
        semantics = self._judge.semantics
        hidden = np.zeros(len(cycles), np.bool_)
        if semantics.due_after_stop == "hidden":
            hidden = self._facts.end[cycles] != MISSING
        keeps = semantics.due_while_paused == "kept"
        floats = bounds.due_floats & paused
        due = np.where(floats, kept.due if keeps else MISSING, bounds.due)
        told["due"][cycles] = np.where(hidden, MISSING, due)
        told["due_if_resumed"][cycles] = np.where(floats & ~hidden, bounds.due, MISSING)
        floats = bounds.bound_floats & paused
        then = np.where(kept.bound > kept.due, kept.bound, MISSING) if keeps else MISSING
        limit = np.where(bounds.bound > bounds.due, bounds.bound, MISSING)
        limit = np.where(floats, then, limit)
        told["limit"][cycles] = np.where(hidden, MISSING, limit)

    def _without(self, told: dict[str, Integers], stints: Integers) -> None:
        """Work out cycles that are promised no figure, or that are not covered."""
        facts = self._facts
        cycles = facts.stint_of[stints]
        covered = facts.covered[cycles]
        told["state"][cycles] = np.where(covered, _OF["no target"], _OF["not covered"])
        told["breached_at"][cycles[~covered]] = MISSING
        starts, ends, rests = facts.counted_from[stints], self._ends(cycles), self._rests.of(cycles)
        span = _Span(cycles, starts, ends, rests)
        self._timed(told, span, np.zeros(len(cycles), np.int64), None)

    def _resting_since(self, rests: Rests, starts: Integers) -> Integers:
        """When the present rests of items that rest began, as far as their time counts."""
        since: Integers = np.maximum(rests.start[rests.first + rests.many - 1], starts)
        return since

    def _timed(
        self, told: dict[str, Integers], span: _Span, measures: Integers, dues: Integers | None
    ) -> None:
        """Work out what elapsed, remains and rested, each by the measure that tells."""
        for place in np.unique(measures).tolist():
            some: Any = np.flatnonzero(measures == place)
            if len(some) == len(measures):
                some = slice(None)
            cycles, first, last = span.cycles[some], span.starts[some], span.ends[some]
            measure, begun = self._promises.measures[place], self._facts.start[cycles]
            part, due = measure.part, first if dues is None else dues[some]
            elapsed = self._promises.between(part, measure, first, last)
            paused = np.zeros(len(first), np.int64)
            total = self._promises.between(part, measure, first, due)
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
            told["elapsed"][cycles], told["paused"][cycles] = elapsed, paused
            if dues is not None:
                told["remaining"][cycles] = total - elapsed


class _Span(NamedTuple):
    """Some cycles, from when on and until when their time is counted, and their rests."""

    cycles: Integers
    starts: Integers
    ends: Integers
    rests: Rests


def _ever(breached: Integers, number: Integers) -> Integers:
    """Whether a cycle or an earlier one of the same metric was breached."""
    total = np.cumsum(breached)
    before = (total - breached)[number == 1]
    of_first = np.repeat(before, np.diff(np.append(np.flatnonzero(number == 1), len(number))))
    return (total > of_first).astype(np.int64)
