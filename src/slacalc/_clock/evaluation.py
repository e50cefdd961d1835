"""What a cycle comes to at an instant: due, elapsed, breached, from its facts and calendars.

The law of rests. A rest moves what is still to come on by as much of the target's own time as it
took: working time on the calendar where the target counts on hours, plain time where it does not.
So what remains of a target is the same before and after a rest, whatever its unit; and what came
before a rest began stays where it was. Dues, limits and warnings are all *walked* through the rests
in this way.

Instants and lengths are integers of microseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slacalc._calendar.compilation import zone_of
from slacalc._clock.cycles import LIVE, Phase, until
from slacalc._clock.states import (
    NO_FIGURE,
    NOT_COVERED,
    PAST_DUE,
    PAST_LIMIT,
    PHASE_BITS,
    STATE_TABLE,
)
from slacalc._policy.records import Target
from slacalc._policy.target_time import Within

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from slacalc._calendar.calendar import Calendar
    from slacalc._clock.cycles import Cycle, Pause, TargetPeriod
    from slacalc._clock.states import State
    from slacalc._policy.matching import MatchedRow, Matcher
    from slacalc._policy.records import Metric
    from slacalc._policy.target_time import Combined
    from slacalc._policy.warnings import Warning_
    from slacalc._time.instants import Zone

_BARE = Within(0, "working time")
_PLAIN = Within(0, "time")
_NOTHING = Target(promise="nothing")


class DueInstant(NamedTuple):
    """An instant that rests move.

    Args:
        at: The instant, as far as is known.
        floats: Whether a rest that lasts moves it on.
    """

    at: int
    floats: bool = False


class TargetClock(NamedTuple):
    """How the time of a target is counted: the part of it that tells, on a calendar.

    Args:
        part: The length, of which the unit counts.
        calendar: The calendar.
        name: Its name in the policy; the empty string for plain hours.
        zone: The zone in which instants are shown.
        rests_by: The length by whose time rests move what is due: the part, or one of plain time.
        to_next_open: Whether working time that is used up at a closing is due at the next opening.
    """

    part: Within
    calendar: Calendar
    name: str
    zone: Zone
    rests_by: Within
    to_next_open: bool

    def due(self, start: int) -> int:
        """When the part is over."""
        return self.part.due_on(self.calendar.timeline, start, to_next_open=self.to_next_open)

    def between(self, start: int, end: int) -> int:
        """How much of it passes between two instants; nothing where they are reversed."""
        return self.part.measure(self.calendar.timeline, start, end) if start < end else 0

    def walked(self, at: int, rests: list[Pause]) -> DueInstant:
        """An instant moved on by the rests that begin before it."""
        rests_by, timeline, edge = self.rests_by, self.calendar.timeline, self.to_next_open
        for start, end, reason in rests:
            if at <= start:
                break
            if end is not None and start < end:
                length = rests_by.measure(timeline, start, end)
                at = rests_by.shift(timeline, at, length, to_next_open=edge)
            if reason == _LASTS:
                return DueInstant(at, floats=True)
        return DueInstant(at)


class Bounds(NamedTuple):
    """What is due, and past what it is breached.

    Args:
        due: The earliest due.
        bound: The earliest bound: a limit, or a due without one.
        found: The row whose due is the earliest; None for a due set by hand where no row has one.
        measure: How its time is counted.
        rests: The rests so far.
        is_fixed: Whether they were set by hand, so that no rest moves them.
        kept: The instants of due and bound as they were when a rest that lasts began, where those
            are shown meanwhile.
    """

    due: DueInstant
    bound: DueInstant
    found: MatchedRow | None
    measure: TargetClock
    rests: list[Pause]
    is_fixed: bool = False
    kept: tuple[int, int] | None = None


class CycleResult(NamedTuple):
    """A cycle at an instant.

    Args:
        state: What to call it.
        bounds: What is due; None without a figure or a start.
        measure: How its time is counted.
        elapsed: The time that counted.
        total: The time that the target leaves; None without a figure.
        breached_at: The first bound that it was past, now or under an earlier promise; else None.
        end: The instant that it was judged at: its end, or that of the question.
    """

    state: State
    bounds: Bounds | None
    measure: TargetClock
    elapsed: int = 0
    total: int | None = None
    breached_at: int | None = None
    end: int = 0


_LASTS = "\0"  # the reason of a rest without an end, while dues are walked


class Evaluator:
    """Judges the cycles of one metric.

    Args:
        matcher: The policy compiled.
        name: The metric.
    """

    def __init__(self, matcher: Matcher, name: str) -> None:
        self.matcher = matcher
        self._metric: Metric = matcher.policy.metrics[name]
        self.name = name
        self.semantics = matcher.semantics
        self.moves_by_wall = self.semantics.pauses == "wall_time"
        self.keeps_due = self.semantics.due_while_paused == "kept"
        # How many microseconds after its bound a promise is broken.
        self.grace = 0 if self.semantics.at_due == "breached" else 1
        self.bare = self.clock_of(_NOTHING, _BARE)

    def clock_of(self, target: Target, part: Within) -> TargetClock:
        name = self.matcher.calendar_name(target, self._metric, part)
        calendar = self.matcher.calendar(name)
        zone = zone_of(calendar) if name else self.matcher.zone
        rests_by = _PLAIN if self.moves_by_wall else part
        edge = self.matcher.to_next_open
        return TargetClock(part, calendar, name if part.by_hours else "", zone, rests_by, edge)

    # Dues ----------------------------------------------------------------------------------------

    def bounds(self, cycle: Cycle, stint: TargetPeriod, end: int) -> Bounds | None:
        """What is due by what a stint promises, as known at an instant; None without a figure."""
        start = stint.counted_from
        rests = merged(cycle.rests, start, end)
        holds: tuple[DueInstant, TargetClock, MatchedRow] | None = None
        bound: DueInstant | None = None
        for found in stint.found:
            target = found.target
            if target.within is not None:
                due, measure = self._due(target, target.within, start, rests)
                limit = self._due(target, target.limit, start, rests)[0] if target.limit else due
                bound = limit if bound is None or limit.at < bound.at else bound
                if holds is None or due.at < holds[0].at:
                    holds = due, measure, found
        if stint.override is not None:
            fixed = DueInstant(stint.override.due), DueInstant(stint.override.bound)
            measure, row = (holds[1], holds[2]) if holds else (self.bare, None)
            return Bounds(*fixed, row, measure, rests, is_fixed=True)
        if holds is None or bound is None:
            return None
        return Bounds(holds[0], bound, holds[2], holds[1], rests)

    def _due(
        self, target: Target, length: Within | Combined, start: int, rests: list[Pause]
    ) -> tuple[DueInstant, TargetClock]:
        """When a length is over, each of its parts walked by itself."""
        best: tuple[DueInstant, TargetClock] | None = None
        latest = getattr(length, "which", "") == "latest"
        for part in length.parts:
            measure = self.clock_of(target, part)
            due = measure.walked(measure.due(start), rests)
            if best is None or (due.at > best[0].at if latest else due.at < best[0].at):
                best = due, measure
        return best  # type: ignore[return-value] # a length has a part

    # Verdicts ------------------------------------------------------------------------------------

    def verdict(self, cycle: Cycle, at: int, *, covered: bool) -> CycleResult:
        """What a cycle comes to at an instant not before its last event."""
        end = at if cycle.phase in LIVE or cycle.end is None else cycle.end
        key = PHASE_BITS[cycle.phase] | (0 if covered else NOT_COVERED)
        if cycle.start is None:
            return CycleResult(STATE_TABLE[key], None, self.bare, end=end)
        stint, told_at = cycle.stints[-1], end
        end = max(end, cycle.start)  # a sequential cycle may start when the last one was due
        bounds = self._shown(cycle, stint, end) if covered else None
        measure = bounds.measure if bounds else self.bare
        elapsed = counted(measure, cycle.rests, stint.counted_from, end)
        breached = [*self._on_record(cycle, end)] if covered else []
        total = None
        if bounds is None:
            key |= NO_FIGURE
        else:
            total = counted(measure, tuple(bounds.rests), stint.counted_from, bounds.due.at)
            if self._is_past(bounds.due, cycle, told_at):
                key |= PAST_DUE
            if self._is_past(bounds.bound, cycle, told_at):
                key |= PAST_LIMIT
                breached.append(bounds.bound.at)
        first = min(breached, default=None)
        return CycleResult(STATE_TABLE[key], bounds, measure, elapsed, total, first, told_at)

    def _is_past(self, moment: DueInstant, cycle: Cycle, at: int) -> bool:
        """Whether a bound is passed; one that a pause moves on is not, for as long as it does."""
        is_moving = moment.floats and cycle.phase is Phase.PAUSED
        return at >= moment.at + self.grace and not is_moving

    def _shown(self, cycle: Cycle, stint: TargetPeriod, end: int) -> Bounds | None:
        """What is due; while it rests, the row that held as the rest began is the one that tells.

        Rests move dues on by different times, so another row might come to be the earliest in the
        midst of a rest, and with it another calendar and other warnings, though nothing happened.
        """
        bounds = self.bounds(cycle, stint, end)
        if bounds is None or cycle.phase is not Phase.PAUSED:
            return bounds
        if stint.is_plain and not self.keeps_due:
            return bounds
        then = self.bounds(cycle, stint, bounds.rests[-1].start) or bounds
        kept = (then.due.at, then.bound.at) if self.keeps_due else None
        return bounds._replace(found=then.found, measure=then.measure, kept=kept)

    def _on_record(self, cycle: Cycle, end: int) -> Iterator[int]:
        """The bounds of earlier stints that were passed while these held."""
        for stint, following in zip(cycle.stints, cycle.stints[1:], strict=False):
            last = min(following.since, end)
            bounds = self.bounds(cycle, stint, last) if stint.since < last else None
            if bounds is not None and bounds.bound.at < last:
                yield bounds.bound.at

    def paused(self, cycle: Cycle, verdict: CycleResult) -> dict[str, int]:
        """How long a cycle rested, by reason, in the time of its target."""
        paused: dict[str, int] = {}
        if cycle.start is not None:
            for start, end, reason in until(cycle.rests, verdict.end):
                length = verdict.measure.between(max(start, cycle.start), end or start)
                paused[reason] = paused.get(reason, 0) + length
        return paused

    @property
    def start(self) -> str:
        """What starts the clock, in words."""
        return str(self._metric.start)

    def consequence(self, verdict: CycleResult) -> str | None:
        """What follows where the target is missed, by name."""
        found = verdict.bounds.found if verdict.bounds else None
        return (found.target.consequence if found else "") or self._metric.consequence or None

    def unpublished(self, stint: TargetPeriod, verdict: CycleResult) -> date | None:
        """The first date without published holidays that a verdict rests on."""
        if verdict.bounds is None or verdict.bounds.is_fixed:
            return None
        reached = max(verdict.bounds.due.at, verdict.bounds.bound.at)
        targets = [found.target for found in stint.found if found.target.within]
        return self.matcher.unpublished_from(targets, reached, self._metric)

    # Warnings ------------------------------------------------------------------------------------

    def warnings(self, cycle: Cycle, bounds: Bounds) -> Iterator[tuple[DueInstant, Warning_]]:
        """When to look at a ticket, in the order of the policy; never before its time counts."""
        target = bounds.found.target if bounds.found else _NOTHING
        calendar, due = bounds.measure.calendar, bounds.due
        start = cycle.stints[-1].counted_from
        for warning in self.matcher.warnings(target, self._metric):
            beside = warning.at.beside
            if beside is None:
                moment = self._share(bounds, start, warning.at.share or 0)
            elif warning.at.direction > 0:
                moment = DueInstant(beside.moved(calendar, due.at, 1), due.floats)
            else:
                moment = self._before(cycle, bounds, beside)
            at = max(moment.at, start)
            yield DueInstant(warning.moved(calendar, at), moment.floats), warning

    def _share(self, bounds: Bounds, start: int, share: int) -> DueInstant:
        """When so much of a target has elapsed."""
        measure, part, calendar = bounds.measure, bounds.measure.part, bounds.measure.calendar
        if bounds.is_fixed or not bounds.rests:
            return DueInstant(part.share(calendar, start, max(bounds.due.at, start), share))
        at = part.share(calendar, start, measure.due(start), share)
        return measure.walked(at, bounds.rests)

    def _before(self, cycle: Cycle, bounds: Bounds, length: Within) -> DueInstant:
        """So long before the due, as that stood at each time: once reached, it stays.

        What a rest overtakes comes as the rest ends: nobody is called while a clock rests.
        """
        stint, ends = cycle.stints[-1], 0
        for start, end, _ in [] if bounds.is_fixed else bounds.rests:
            then = self.bounds(cycle, stint, max(ends, stint.counted_from)) or bounds
            at = max(self._back(then, length), ends)
            if min(at, then.due.at) <= start:
                return DueInstant(at)
            ends = end or start
        return DueInstant(max(self._back(bounds, length), ends), bounds.due.floats)

    @staticmethod
    def _back(bounds: Bounds, length: Within) -> int:
        """So long before a due."""
        return length.moved(bounds.measure.calendar, bounds.due.at, -1)


def merged(rests: tuple[Pause, ...], start: int, end: int) -> list[Pause]:
    """Rests between two instants, those that touch as one; one that lasts bears a mark."""
    found: list[Pause] = []
    for rest in rests:
        begins, ends = max(rest.start, start), end if rest.end is None else min(rest.end, end)
        reason = _LASTS if rest.end is None or rest.end > end else ""
        if begins > end or (begins >= ends and not reason):
            continue
        if found and found[-1].end == begins:
            found[-1] = found[-1]._replace(end=ends, reason=reason)
        else:
            found.append(rest._replace(start=begins, end=ends, reason=reason))
    return found


def counted(measure: TargetClock, rests: tuple[Pause, ...], start: int, end: int) -> int:
    """The time between two instants that is no rest."""
    length = measure.between(start, end)
    for begins, ends, _ in rests:
        length -= measure.between(max(begins, start), end if ends is None else min(ends, end))
    return length
