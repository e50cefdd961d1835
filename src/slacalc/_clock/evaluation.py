"""Evaluate a cycle at an instant: due dates, state and times, from its facts and calendars.

The law of pauses: a pause moves everything still to come on by as much of the target's own time as
the pause took; that is working time on its calendar if the target counts hours, and plain time if
not. So what remains of a target is the same before and after a pause, whatever its unit, and what
lies before a pause stays where it was. Due dates, limits and warnings all move this way
(`TargetClock.after_pauses`).

`_bulk.evaluation` is the same for columns of cycles, with the same names in the same order.

Instants and lengths are integers of microseconds.

Read next: `status`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._calendar.compilation import zone_of
from slacalc._clock.cycles import LIVE, Pause, Phase, pauses_until
from slacalc._clock.states import (
    NO_FIGURE,
    NOT_COVERED,
    PAST_DUE,
    PAST_LIMIT,
    PHASE_BITS,
    STATE_TABLE,
)
from slacalc._policy.records import Target
from slacalc._policy.target_time import Combined, Roll, Within
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from datetime import date

    from slacalc._calendar.calendar import Calendar
    from slacalc._clock.cycles import Cycle, TargetPeriod
    from slacalc._clock.states import State
    from slacalc._policy.matching import MatchedRow, Matcher
    from slacalc._policy.records import Metric
    from slacalc._policy.warnings import Warning_
    from slacalc._time.instants import Zone

ONGOING = "\0"  # the reason of a pause that has not ended by the end of what is evaluated
_WORKING_TIME = Within(0, "working time")
_PLAIN_TIME = Within(0, "time")
_NO_TARGET = Target(promise="nothing")
_PAUSED = Phase.PAUSED  # looking a phase up in its class takes longer
_FEW_PAUSES = 3  # that are walked as fast as they are looked up
_MAX_MOVES = 16  # due dates and warnings, of which a metric has a few
_MAX_KNOWN = 1_000  # targets that are kept; only dates of tickets make more of them


class DueInstant(NamedTuple):
    """An instant that pauses move.

    Args:
        at: The instant, as far as it is known.
        moves_with_pause: Whether it moves on for as long as the current pause lasts.
    """

    at: int
    moves_with_pause: bool = False


class KeptMoves:
    """How pauses moved instants, kept because the next state of a ticket has the same pauses first.

    Without it, a log of many pauses would be walked from its beginning after each event.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[list[Pause], list[int]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"_known": {}}  # a copy begins anew

    def before(self, key: Hashable, at: int, pauses: list[Pause]) -> list[int]:
        """The instant before each of the first pauses, as far as it is known.

        Args:
            key: What moves it, and how.
            at: The instant before the first one.
            pauses: The pauses.
        """
        known = self._known.get(key)
        if known is None:
            return [at]
        # Of a ticket that went on, all or all but the last one are what they were.
        longest = min(len(known[0]), len(pauses))
        for count in (longest, longest - 1):
            if known[0][:count] == pauses[:count]:
                return known[1][: count + 1]
        return [at]

    def keep(self, key: Hashable, pauses: list[Pause], before: list[int]) -> None:
        """Keep the instant before each of the first pauses."""
        if len(self._known) >= _MAX_MOVES:
            self._known.clear()
        self._known[key] = pauses, before


class TargetClock(NamedTuple):
    """How the time of a target is counted: a length in its unit, on a calendar.

    Args:
        part: The length; of a combined target the part that holds.
        calendar: The calendar.
        name: The name of the calendar in the policy; empty string for plain hours.
        zone: The zone in which instants are shown.
        pause_unit: The length in whose unit pauses move due dates: the part, or plain time.
        to_next_open: Whether work that is done at a closing is due at the next opening instead.
        roll: How a due date on a day off moves; empty string: it does not.
        moves: How pauses moved instants before.
    """

    part: Within
    calendar: Calendar
    name: str
    zone: Zone
    pause_unit: Within
    to_next_open: bool
    roll: Roll
    moves: KeptMoves

    def due(self, start: int, pauses: list[Pause]) -> DueInstant:
        """The due date of the length, counted from *start*, moved on by pauses, then rolled."""
        timeline = self.calendar.timeline
        part = self.part
        at = part.after(timeline, start, part.count, to_next_open=self.to_next_open)
        if part.unit == "instant":
            return DueInstant(at)
        due = self.after_pauses(at, pauses) if pauses else DueInstant(at)
        if self.roll:
            return due._replace(at=part.rolled(timeline, due.at, start, self.roll))
        return due

    def between(self, start: int, end: int) -> int:
        """The time that counts between two instants; 0 if they are reversed."""
        return self.part.measure(self.calendar.timeline, start, end) if start < end else 0

    def without_pauses(self, pauses: Sequence[Pause], start: int, end: int) -> int:
        """The time that counts between two instants, without pauses."""
        length = self.between(start, end)
        for first, last, _ in pauses:
            length -= self.between(max(first, start), end if last is None else min(last, end))
        return length

    def after_pauses(self, at: int, pauses: list[Pause]) -> DueInstant:
        """An instant moved on by the pauses that begin before it."""
        unit, timeline, edge = self.pause_unit, self.calendar.timeline, self.to_next_open
        key = at, id(self.calendar), unit.unit, edge  # the policy keeps the calendar alive
        before = self.moves.before(key, at, pauses) if len(pauses) > _FEW_PAUSES else [at]
        moves_with_pause = False
        for start, end, reason in pauses[len(before) - 1 :]:
            at = before[-1]
            if at <= start:
                break
            if end is not None and start < end:
                length = unit.measure(timeline, start, end)
                at = unit.shift(timeline, at, length, to_next_open=edge)
            if reason == ONGOING:
                moves_with_pause = True
                break
            before.append(at)
        else:
            at = before[-1]
        if len(pauses) > _FEW_PAUSES:
            self.moves.keep(key, pauses, before)
        return DueInstant(at, moves_with_pause)


class CountedLength(NamedTuple):
    """A time that a target allows, with what counts it.

    Args:
        clocks: How each of its parts is counted.
        is_latest: Whether the latest of the parts decides when it is over, not the earliest.
    """

    clocks: tuple[TargetClock, ...]
    is_latest: bool

    def due(self, start: int, pauses: list[Pause]) -> tuple[DueInstant, TargetClock]:
        """When it is over, and by which part; pauses move each part by itself."""
        clock = self.clocks[0]
        due = clock.due(start, pauses)
        for other in self.clocks[1:]:
            candidate = other.due(start, pauses)
            if candidate.at > due.at if self.is_latest else candidate.at < due.at:
                due, clock = candidate, other
        return due, clock


class CountedTarget(NamedTuple):
    """What a target allows, with what counts it.

    Args:
        target: The target; kept, so that no other one has its `id`.
        within: Its time.
        limit: Its limit; None if it has none.
    """

    target: Target
    within: CountedLength
    limit: CountedLength | None


class DueDates(NamedTuple):
    """The due dates of a target period.

    Args:
        due: The earliest due date of its rows.
        limit: The earliest limit; a row without one counts with its due date.
        row: The row with the earliest due date; None if no row has a figure (set by hand).
        clock: How the time of that row is counted.
        pauses: The pauses so far.
        is_fixed: Whether due and limit are set by hand, so that pauses do not move them.
        kept: Due and limit as they were when the current pause began, for products that go on
            showing these; else None.
    """

    due: DueInstant
    limit: DueInstant
    row: MatchedRow | None
    clock: TargetClock
    pauses: list[Pause]
    is_fixed: bool = False
    kept: tuple[int, int] | None = None

    @property
    def is_date(self) -> bool:
        """Whether the due date is set by hand or one of the ticket, so that it does not move."""
        return self.is_fixed or self.clock.part.unit == "instant"


class CycleResult(NamedTuple):
    """A cycle, evaluated at an instant.

    Args:
        state: Its state.
        due_dates: Its due dates; None if it has not started, or nothing with a figure is promised.
        clock: How its time is counted.
        at: The instant that it was evaluated at.
        end: That instant, or its end if it has one.
        breached_at: The first limit that it exceeded, in this target period or an earlier one.
        pauses: Its pauses.
        counted_from: The instant from which its time counts.
        counted_until: The instant until which its time has counted.

    Its times are computed when they are read; whoever wants its state does not pay for them.
    """

    state: State
    due_dates: DueDates | None
    clock: TargetClock
    at: int
    end: int
    breached_at: int | None = None
    pauses: tuple[Pause, ...] = ()
    counted_from: int = 0
    counted_until: int = 0

    @property
    def elapsed(self) -> int:
        """The time that counted."""
        return self.clock.without_pauses(self.pauses, self.counted_from, self.counted_until)

    @property
    def total(self) -> int | None:
        """The time that the target allows; None without a figure."""
        if self.due_dates is None:
            return None
        due, pauses = self.due_dates.due.at, self.due_dates.pauses
        return self.clock.without_pauses(pauses, self.counted_from, due)


class Evaluator:
    """Evaluates the cycles of one metric.

    Args:
        matcher: The policy, compiled.
        name: The metric.

    Attributes:
        key: The name by which keys of notices know the metric, whatever it is called today.
        semantics: How borderline cases are decided.
        keeps_due: Whether a paused cycle shows the due date that it had when the pause began.
        grace: The microseconds from a due date to the first instant at which it is exceeded.
        bare_clock: How time is counted if nothing is promised.
    """

    def __init__(self, matcher: Matcher, name: str) -> None:
        self.matcher, self.name = matcher, name
        self._metric: Metric = matcher.policy.metrics[name]
        self.key = self._metric.formerly or name
        self.semantics = matcher.semantics
        self._counted: dict[int, CountedTarget] = {}  # by the `id` of the target
        self._moves = KeptMoves()
        self._pauses_by_wall_time = self.semantics.pauses == "wall_time"
        self.keeps_due = self.semantics.due_while_paused == "kept"
        self.grace = 0 if self.semantics.at_due == "breached" else 1
        self.bare_clock = self.clock_of(_NO_TARGET, _WORKING_TIME)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_counted": {}}  # an `id` means nothing to a copy

    @property
    def start(self) -> str:
        """The condition that starts the metric, as text."""
        return str(self._metric.start)

    def clock_of(self, target: Target, part: Within) -> TargetClock:
        """How the time of a part of a target is counted."""
        name = self.matcher.calendar_name(target, self._metric, part)
        calendar = self.matcher.calendar(name)
        zone = zone_of(calendar) if name else self.matcher.zone
        pause_unit = _PLAIN_TIME if self._pauses_by_wall_time else part
        edge = self.matcher.to_next_open
        name = name if part.by_hours else ""
        return TargetClock(part, calendar, name, zone, pause_unit, edge, target.roll, self._moves)

    def bare_clock_of(self, rows: tuple[MatchedRow, ...]) -> TargetClock:
        """How time is counted without a figure: on the calendar of the first row, if there is one.

        Rows name a calendar of their own, such as that of the customer's site.
        """
        if rows and self.matcher.is_resolved(self.name):
            return self.clock_of(rows[0].target, _WORKING_TIME)
        return self.bare_clock

    # Due dates -----------------------------------------------------------------------------------

    def due_dates(self, cycle: Cycle, period: TargetPeriod, end: int) -> DueDates | None:
        """The due dates of a target period, as known at an instant; None without a figure."""
        start = period.counted_from
        pauses = merged_pauses(cycle.pauses, start, end) if cycle.pauses else []
        earliest: tuple[DueInstant, TargetClock, MatchedRow] | None = None
        limit: DueInstant | None = None
        for row in period.rows:
            target = row.target
            if target.within is None:
                continue
            counted = self._counted.get(id(target)) or self._count(target, target.within)
            due, clock = counted.within.due(start, pauses)
            bound = counted.limit.due(start, pauses)[0] if counted.limit else due
            limit = bound if limit is None or bound.at < limit.at else limit
            if earliest is None or due.at < earliest[0].at:
                earliest = due, clock, row
        override = period.override
        if override is not None:
            clock, holding = self.bare_clock_of(period.rows), None
            if earliest is not None:
                clock, holding = earliest[1], earliest[2]
            fixed = DueInstant(override.due), DueInstant(override.limit)
            return DueDates(*fixed, holding, clock, pauses, is_fixed=True)
        if earliest is None or limit is None:
            return None
        return DueDates(earliest[0], limit, earliest[2], earliest[1], pauses)

    def _count(self, target: Target, within: Within | Combined) -> CountedTarget:
        """A target that has a time, with what counts it; kept, because many tickets have it."""
        limit = None if target.limit is None else self._counted_length(target, target.limit)
        counted = CountedTarget(target, self._counted_length(target, within), limit)
        if len(self._counted) >= _MAX_KNOWN:
            self._counted.clear()
        self._counted[id(target)] = counted
        return counted

    def _counted_length(self, target: Target, length: Within | Combined) -> CountedLength:
        clocks = tuple(self.clock_of(target, part) for part in length.parts)
        return CountedLength(clocks, isinstance(length, Combined) and length.which == "latest")

    def _due_dates_shown(self, cycle: Cycle, period: TargetPeriod, due_dates: DueDates) -> DueDates:
        """The due dates of a paused cycle, from the row in force when the current pause began.

        Pauses move the due dates of several rows by different amounts. Without this rule another
        row could become the earliest in the middle of a pause, and with it another calendar and
        other warnings, although nothing has happened to the ticket.
        """
        if period.has_single_length and not self.keeps_due:
            return due_dates  # one length: no other row could take over
        at_pause = self.due_dates(cycle, period, due_dates.pauses[-1].start) or due_dates
        kept = (at_pause.due.at, at_pause.limit.at) if self.keeps_due else None
        return due_dates._replace(row=at_pause.row, clock=at_pause.clock, kept=kept)

    def _earlier_breaches(self, cycle: Cycle, end: int) -> Iterator[int]:
        """The limits of earlier target periods that were exceeded while those held."""
        for period, following in zip(cycle.periods, cycle.periods[1:], strict=False):
            last = min(following.since, end)
            due_dates = self.due_dates(cycle, period, last) if period.since < last else None
            if due_dates is not None and due_dates.limit.at < last:
                yield due_dates.limit.at

    # State and times -----------------------------------------------------------------------------

    def evaluate(self, cycle: Cycle, at: int, *, covered: bool) -> CycleResult:
        """Evaluate a cycle.

        Args:
            cycle: The cycle.
            at: The instant, not before the last event.
            covered: Whether the contract covers the ticket.
        """
        ended = at if cycle.phase in LIVE or cycle.end is None else cycle.end
        key = PHASE_BITS[cycle.phase] | (0 if covered else NOT_COVERED)
        if cycle.start is None:
            return CycleResult(STATE_TABLE[key], None, self.bare_clock, at, ended)
        period = cycle.periods[-1]
        end = max(ended, cycle.start)  # a sequential cycle may start when the last one was due
        due_dates = self.due_dates(cycle, period, end) if covered else None
        is_paused = cycle.phase is _PAUSED
        if is_paused and due_dates is not None:
            due_dates = self._due_dates_shown(cycle, period, due_dates)
        clock = due_dates.clock if due_dates else self.bare_clock_of(period.rows)
        is_retargeted = covered and len(cycle.periods) > 1
        breaches = [*self._earlier_breaches(cycle, end)] if is_retargeted else []
        if due_dates is None:
            key |= NO_FIGURE
        else:
            # What moves with the current pause cannot be exceeded.
            due, limit, last = due_dates.due, due_dates.limit, ended - self.grace
            if due.at <= last and not (is_paused and due.moves_with_pause):
                key |= PAST_DUE
            if limit.at <= last and not (is_paused and limit.moves_with_pause):
                key |= PAST_LIMIT
                breaches.append(limit.at)
        return CycleResult(
            STATE_TABLE[key],
            due_dates,
            clock,
            at,
            ended,
            min(breaches) if breaches else None,
            cycle.pauses,
            period.counted_from,
            end,
        )

    def check_earlier(self, cycles: Sequence[Cycle], at: int, *, covered: bool) -> None:
        """Refuse cycles before the current one whose due dates cannot be computed.

        What is promised to a later cycle as well needs no check: its due date is later still.
        """
        known = {id(row) for period in cycles[-1].periods for row in period.rows}
        for cycle in cycles[-2::-1]:
            rows = {id(row) for period in cycle.periods for row in period.rows}
            if not rows <= known:
                self.evaluate(cycle, at, covered=covered)
                known |= rows

    def paused(self, cycle: Cycle, result: CycleResult) -> dict[str, int]:
        """How long a cycle was paused, by reason, counted as its target counts."""
        paused: dict[str, int] = {}
        if cycle.start is not None:
            for start, end, reason in pauses_until(cycle.pauses, result.end):
                length = result.clock.between(max(start, cycle.start), end or start)
                paused[reason] = paused.get(reason, 0) + length
        return paused

    def consequence(self, result: CycleResult) -> str | None:
        """What follows if the target is missed, by name; None if nothing does."""
        row = result.due_dates.row if result.due_dates else None
        return (row.target.consequence if row else "") or self._metric.consequence or None

    def unpublished(self, period: TargetPeriod, result: CycleResult) -> date | None:
        """The first date whose holidays are not published yet and that a result depends on."""
        due_dates = result.due_dates
        if due_dates is None or due_dates.is_fixed:
            return None
        reached = max(due_dates.due.at, due_dates.limit.at)
        targets = [row.target for row in period.rows if row.target.within]
        return self.matcher.unpublished_from(targets, reached, self._metric)

    # Warnings ------------------------------------------------------------------------------------

    def warnings(self, cycle: Cycle, due_dates: DueDates) -> Iterator[tuple[DueInstant, Warning_]]:
        """The warnings of a cycle that have a moment, in the policy's order.

        None is before the time of the cycle counts. One without a moment never comes.
        """
        target = due_dates.row.target if due_dates.row else _NO_TARGET
        calendar, due = due_dates.clock.calendar, due_dates.due
        start = cycle.periods[-1].counted_from
        for warning in self.matcher.warnings(target, self._metric):
            beside = warning.at.beside
            try:
                if beside is None:
                    instant = self._share(due_dates, start, warning.at.share or 0)
                elif warning.at.direction > 0:
                    after = beside.before_or_after(calendar, due.at, 1)
                    instant = DueInstant(after, due.moves_with_pause)
                else:
                    instant = self._before_due(cycle, due_dates, beside)
                at = warning.place(calendar, instant.at, start)
            except (NeverOpen, HorizonError):
                continue
            yield DueInstant(at, instant.moves_with_pause), warning

    @staticmethod
    def _share(due_dates: DueDates, start: int, share: int) -> DueInstant:
        """When a share of the target, in percent, has elapsed."""
        clock, calendar = due_dates.clock, due_dates.clock.calendar
        if due_dates.is_date or not due_dates.pauses:
            due = max(due_dates.due.at, start)
            return DueInstant(clock.part.share(calendar, start, due, share))
        at = clock.part.share(calendar, start, clock.due(start, []).at, share)
        instant = clock.after_pauses(at, due_dates.pauses)
        if clock.roll and share <= 100:  # the due date may have been rolled to before it
            return instant._replace(at=min(instant.at, due_dates.due.at))
        return instant

    def _before_due(self, cycle: Cycle, due_dates: DueDates, length: Within) -> DueInstant:
        """When a length is left until the due date.

        The due date known at each moment decides. A warning that falls into a pause comes at its
        end: nobody is called while a clock is paused. A warning that has been given is not moved by
        later pauses.
        """

        def before(due_dates: DueDates) -> int:
            return length.before_or_after(due_dates.clock.calendar, due_dates.due.at, -1)

        period, resumed = cycle.periods[-1], 0
        for start, end, _ in [] if due_dates.is_date else due_dates.pauses:
            known = max(resumed, period.counted_from)
            then = self.due_dates(cycle, period, known) or due_dates
            at = max(before(then), resumed)
            if min(at, then.due.at) <= start:
                return DueInstant(at)
            resumed = end or start
        return DueInstant(max(before(due_dates), resumed), due_dates.due.moves_with_pause)


def merged_pauses(pauses: tuple[Pause, ...], start: int, end: int) -> list[Pause]:
    """The pauses between two instants; those that touch as one, one that lasts on as `ONGOING`."""
    merged: list[Pause] = []
    for begun, ended, _ in pauses:
        first, last, reason = max(begun, start), end, ONGOING
        if ended is not None and ended <= end:
            last, reason = ended, ""
        if first > end or (first >= last and not reason):
            continue
        if merged and merged[-1].end == first:
            merged[-1] = Pause(merged[-1].start, last, reason)
        else:
            merged.append(Pause(first, last, reason))
    return merged
