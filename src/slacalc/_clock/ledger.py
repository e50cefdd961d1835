"""Where the time of a ticket went: every second of a metric, and who held the ticket meanwhile.

The life of a metric is cut into *stretches* that follow each other from the opening on: before its
start, running, paused for a reason, after its stop. If the target counts hours of a calendar,
running and paused stretches are cut again where the calendar opens and closes, and closed time is
assigned to the calendar: a night costs nothing, whether the clock ran or was paused. Pictures of a
clock draw the same stretches.

Read next: `audit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import attrs

from slacalc._calendar.holidays import names_translator
from slacalc._calendar.ledger import Ledger, LedgerRow, reason_text, totals_of
from slacalc._clock.cycles import Phase, pauses_until
from slacalc._clock.events import instant_of
from slacalc._clock.pause_caps import CAP_TEXTS
from slacalc._clock.state_machine import describe_pause
from slacalc._i18n import N_
from slacalc._policy.attributes import value_text
from slacalc._time.instants import to_duration
from slacalc._time.intervals import clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pendulum

    from slacalc._clock.cycles import Cycle, Pause
    from slacalc._clock.evaluation import CycleResult, Evaluator, TargetClock
    from slacalc._clock.events import Event
    from slacalc._clock.state_machine import MetricState
    from slacalc._i18n import Translator
    from slacalc._policy.attributes import Value
    from slacalc._time.intervals import SpanList


class ClockLedger(Ledger):
    """An account of every second of a metric, from the opening of the ticket on.

    `Clock.ledger` returns it: a `Ledger` whose rows have one of these kinds:

    - ``running``: time that counts
    - ``paused``: with the reason as the name of the row
    - ``before-start`` and ``after-stop``
    - ``before-change``: time that no longer counts, if a clock counts from a change on
    - ``overnight``, ``break``, ``weekend``, ``holiday``, ``exception`` and ``removed``: closed by
      the calendar, as in a `Ledger`
    """

    __module__ = "slacalc"

    _sides = (N_("running"), N_("halted"))

    @property
    def running(self) -> pendulum.Duration:
        """The time that counted: what elapsed in all cycles of the metric."""
        return self.open

    @property
    def paused(self) -> pendulum.Duration:
        """The time that would have counted if the metric had not been paused."""
        return to_duration(totals_of(self).get("paused", 0))


class Stretch(NamedTuple):
    """A part of the life of a metric, not yet cut by the calendar.

    Args:
        start: Its first instant.
        end: The instant after its last one.
        kind: What it is.
        clock: How the time of its cycle is counted.
        cycle: The number of its cycle.
        reason: The reason of a pause, or why one does not count; otherwise empty string.
    """

    start: int
    end: int
    kind: Literal["before-start", "before-change", "running", "paused", "after-stop"]
    clock: TargetClock
    cycle: int
    reason: str = ""

    def open_spans(self) -> SpanList:
        """The spans in which the target's calendar is open; all of it for plain hours."""
        if not self.clock.name:
            return [(self.start, self.end)]
        return self.clock.calendar.timeline.spans(self.start, self.end)


def stretches(
    cycles: Sequence[tuple[Cycle, CycleResult]], opened: int, at: int
) -> Iterator[Stretch]:
    """The life of a metric from the opening to an instant, in stretches that follow each other.

    Args:
        cycles: All cycles of the metric and their results at that instant.
        opened: The opening.
        at: The instant.
    """
    done = opened
    for cycle, result in cycles:
        if cycle.start is None:
            continue
        start = max(cycle.start, done)
        if done < min(start, at):
            kind: Literal["before-start", "after-stop"] = (
                "before-start" if cycle.number == 1 else "after-stop"
            )
            yield Stretch(done, min(start, at), kind, result.clock, cycle.number)
        yield from cycle_stretches(cycle, result, start)
        done = max(min(result.end, at), done)
    if done < at:
        last, result = cycles[-1]
        waiting = last.phase is Phase.NOT_STARTED and last.number == 1
        kind = "before-start" if waiting else "after-stop"
        yield Stretch(done, at, kind, result.clock, last.number)


def cycle_stretches(cycle: Cycle, result: CycleResult, start: int) -> Iterator[Stretch]:
    """The life of a cycle from an instant not before its start to its end, running and paused."""
    clock, end, number = result.clock, result.end, cycle.number
    counted_from = cycle.periods[-1].counted_from
    if start < min(counted_from, end):
        yield Stretch(start, min(counted_from, end), "before-change", clock, number)
    at = max(start, counted_from)
    for pause in pauses_until(cycle.pauses, end):
        first, last = max(pause.start, at), pause.end or end
        if first < last:
            if at < first:
                yield Stretch(at, first, "running", clock, number)
            yield Stretch(first, last, "paused", clock, number, pause.reason)
            at = last
    if at < end:
        yield Stretch(at, end, "running", clock, number)


def split_by_state(
    counted: SpanList, cycle: Cycle, result: CycleResult
) -> dict[Literal["running", "late", "breached"], SpanList]:
    """Split the spans that counted of a cycle at its due date and its limit."""
    due_dates = result.due_dates
    if due_dates is None or not counted:
        return {"running": counted, "late": [], "breached": []}
    start, end = counted[0][0], counted[-1][1]
    # What moves with the pause is not reached while that lasts.
    due, limit = (
        end if cycle.phase is Phase.PAUSED and instant.moves_with_pause else instant.at
        for instant in (due_dates.due, due_dates.limit)
    )
    limit = max(limit, due)
    return {
        "running": clip(counted, start, due),
        "late": clip(counted, due, limit),
        "breached": clip(counted, limit, end),
    }


def ledger_of(
    evaluator: Evaluator, metric: MetricState, opened: int, at: int, *, covered: bool, language: str
) -> ClockLedger:
    """The account of a metric from the opening of its ticket to an instant."""
    translate = names_translator(language)
    rows: list[LedgerRow] = []
    provisional = None
    cycles = [(cycle, evaluator.evaluate(cycle, at, covered=covered)) for cycle in metric.cycles]
    life = (
        stretch._replace(reason=describe_pause(evaluator, stretch.reason, translate))
        for stretch in stretches(cycles, opened, at)
    )
    for stretch in _marked(life, metric.use.ignored, translate):
        ledger = _cut(stretch, translate)
        rows += ledger.rows
        provisional = provisional or ledger.provisional_from
    return ClockLedger(rows=tuple(_merged(rows)), provisional_from=provisional, language=language)


def _marked(
    life: Iterable[Stretch],
    ignored: Sequence[tuple[int, int | None, str]],
    translate: Translator,
) -> Iterator[Stretch]:
    """Stretches, those that run cut where a pause does not count because its cap is used up."""
    for stretch in life:
        at = stretch.start
        for first, last, cap in ignored if stretch.kind == "running" else ():
            start, end = max(first, at), stretch.end if last is None else min(last, stretch.end)
            if start >= end:
                continue
            if at < start:
                yield stretch._replace(start=at, end=start)
            yield stretch._replace(start=start, end=end, reason=translate(CAP_TEXTS[cap]))
            at = end
        if at < stretch.end:
            yield stretch._replace(start=at)


def _cut(stretch: Stretch, translate: Translator) -> Ledger:
    """The rows of a stretch, cut where its calendar opens and closes."""
    kind, clock, name = stretch.kind, stretch.clock, stretch.reason
    start, end = clock.zone.datetime(stretch.start), clock.zone.datetime(stretch.end)
    counts = kind == "running"
    if kind not in ("running", "paused") or not clock.name:
        row = LedgerRow(start=start, end=end, is_open=counts, kind=kind, name=name)
        return Ledger(rows=(row,))
    ledger = clock.calendar.explain(start, end, language=translate.language)
    rows = tuple(
        attrs.evolve(row, is_open=counts, kind=kind, name=name or reason_text(row, translate))
        if row.is_open
        else row
        for row in ledger
    )
    return attrs.evolve(ledger, rows=rows)


def _merged(rows: list[LedgerRow]) -> Iterator[LedgerRow]:
    """The rows; neighbours of the same kind and name as one."""
    last: LedgerRow | None = None
    for row in rows:
        if last is not None and (last.is_open, last.kind, last.name) == (
            row.is_open,
            row.kind,
            row.name,
        ):
            last = attrs.evolve(last, end=row.end)
        else:
            if last is not None:
                yield last
            last = row
    if last is not None:
        yield last


def held(
    events: Sequence[Event], field: str, first: Value | None, opened: int, at: int
) -> list[tuple[int, int, str]]:
    """The stretches in which a field had one value, as text: its start, its end and the value.

    Args:
        events: The events, in order.
        field: The field.
        first: Its value at the opening; None for none, which becomes the empty string.
        opened: The instant of the opening.
        at: The end of the last stretch.
    """
    stretches: list[tuple[int, int, str]] = []
    since, value = opened, "" if first is None else value_text(first)
    for event in events:
        if field in event.fields and instant_of(event) <= at:
            current = event.fields[field]
            now = "" if current is None else value_text(current)
            if now != value:
                stretches.append((since, instant_of(event), value))
                since, value = instant_of(event), now
    return [*(stretch for stretch in stretches if stretch[0] < stretch[1]), (since, at, value)]


class TimeSpent(NamedTuple):
    """What a part of the life of a cycle was spent on, in microseconds.

    Args:
        elapsed: The time that counted.
        paused: The time that would have counted without pauses.
        before_change: The time that no longer counts, because the clock counts from a change on.
        closed: All other time, in which the calendar of the target was closed.
    """

    elapsed: int
    paused: int
    before_change: int
    closed: int


def time_spent(
    cycle: Cycle, result: CycleResult, pauses: tuple[Pause, ...], start: int, end: int
) -> TimeSpent:
    """What the time of a cycle between two instants of its life was spent on.

    Args:
        cycle: The cycle.
        result: What is known about it.
        pauses: Its pauses up to its end.
        start: The first instant.
        end: The second one.
    """
    between = result.clock.between
    is_open = between(start, end)
    paused = sum(between(max(pause.start, start), min(pause.end or end, end)) for pause in pauses)
    counted_from = max(start, cycle.periods[-1].counted_from)
    elapsed = result.clock.without_pauses(pauses, counted_from, end)
    return TimeSpent(elapsed, paused, is_open - paused - elapsed, max(end - start, 0) - is_open)


def time_by(
    evaluator: Evaluator,
    metric: MetricState,
    stretches: list[tuple[int, int, str]],
    at: int,
    *,
    covered: bool,
) -> dict[str, int]:
    """How much of the time that counted fell into stretches of time, by their names."""
    totals: dict[str, int] = {}
    for cycle in metric.cycles:
        if cycle.start is None:
            continue
        result = evaluator.evaluate(cycle, at, covered=covered)
        counted_from = cycle.periods[-1].counted_from
        pauses = pauses_until(cycle.pauses, result.end)
        for start, end, name in stretches:
            first, last = max(start, counted_from), min(end, result.end)
            length = result.clock.without_pauses(pauses, first, last) if first < last else 0
            totals[name] = totals.get(name, 0) + length
    return totals
