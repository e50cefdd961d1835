"""Where the time of a ticket went: every second of a metric, and who held the ticket meanwhile.

The life of a metric is cut into *stretches* that follow each other from the opening on: before its
start, running, paused for a reason, after its stop. If the target counts hours of a calendar,
running and paused stretches are cut again where the calendar opens and closes, and closed time is
assigned to the calendar: a night costs nothing, whether the clock ran or was paused.

Read next: `audit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import attrs

from slacalc._calendar.ledger import Ledger, LedgerRow, reason_text, totals_of
from slacalc._clock.cycles import Phase, pauses_until
from slacalc._clock.events import instant_of
from slacalc._i18n import N_, translator
from slacalc._time.instants import to_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pendulum

    from slacalc._clock.cycles import Cycle
    from slacalc._clock.evaluation import CycleResult, Evaluator, TargetClock
    from slacalc._clock.events import Event
    from slacalc._clock.state_machine import MetricState


class ClockLedger(Ledger):
    """An account of every second of a metric, from the opening of the ticket on.

    `Clock.ledger` returns it: a `Ledger` whose rows have one of these kinds:

    - ``running``: time that counts
    - ``paused``: with the reason as the name of the row
    - ``before-start`` and ``after-stop``
    - ``before-change``: time that no longer counts, if a clock counts from a change on
    - ``overnight``, ``break``, ``weekend``, ``holiday``, ``exception`` and ``removed``: closed by
    the
      calendar, as in a `Ledger`
    """

    _sides = (N_("running"), N_("halted"))

    @property
    def running(self) -> pendulum.Duration:
        """The time that counted: what elapsed in all cycles of the metric."""
        return self.open

    @property
    def paused(self) -> pendulum.Duration:
        """The time that would have counted if the metric had not been paused."""
        return to_duration(totals_of(self).get("paused", 0))


class _Stretch(NamedTuple):
    start: int
    end: int
    kind: Literal["before-start", "before-change", "running", "paused", "after-stop"]
    clock: TargetClock
    name: str = ""


def ledger_of(
    evaluator: Evaluator, metric: MetricState, opened: int, at: int, *, covered: bool, language: str
) -> ClockLedger:
    """The account of a metric from the opening of its ticket to an instant."""
    rows: list[LedgerRow] = []
    provisional = None
    for stretch in _stretches(evaluator, metric, opened, at, covered=covered):
        ledger = _cut(stretch, language)
        rows += ledger.rows
        provisional = provisional or ledger.provisional_from
    return ClockLedger(rows=tuple(_merged(rows)), provisional_from=provisional, language=language)


def _stretches(
    evaluator: Evaluator, metric: MetricState, opened: int, at: int, *, covered: bool
) -> Iterator[_Stretch]:
    """The life of a metric, in stretches that follow each other."""
    done = opened
    for cycle in metric.cycles:
        if cycle.start is None:
            continue
        result = evaluator.evaluate(cycle, at, covered=covered)
        start = max(cycle.start, done)
        if done < min(start, at):
            kind: Literal["before-start", "after-stop"] = (
                "before-start" if cycle.number == 1 else "after-stop"
            )
            yield _Stretch(done, min(start, at), kind, result.clock)
        for stretch in _cycle_stretches(cycle, result, start):
            if stretch.start < stretch.end:
                yield stretch
        done = max(min(result.end, at), done)
    if done < at:
        last = metric.cycles[-1]
        waiting = last.phase is Phase.NOT_STARTED and last.number == 1
        clock = evaluator.evaluate(last, at, covered=covered).clock
        yield _Stretch(done, at, "before-start" if waiting else "after-stop", clock)


def _cycle_stretches(cycle: Cycle, result: CycleResult, start: int) -> Iterator[_Stretch]:
    """A cycle from an instant after its start to its end, running and paused."""
    clock, end = result.clock, result.end
    counted_from = cycle.periods[-1].counted_from
    if start < counted_from:
        yield _Stretch(start, min(counted_from, end), "before-change", clock)
    at = max(start, counted_from)
    for pause in pauses_until(cycle.pauses, end):
        first, last = max(pause.start, at), pause.end or end
        if first < last:
            yield _Stretch(at, first, "running", clock)
            yield _Stretch(first, last, "paused", clock, pause.reason)
            at = last
    yield _Stretch(at, end, "running", clock)


def _cut(stretch: _Stretch, language: str) -> Ledger:
    """The rows of a stretch, cut where its calendar opens and closes."""
    start, end, kind, clock, name = stretch
    show = clock.zone.datetime
    counts = kind == "running"
    if kind not in ("running", "paused") or not clock.name:
        row = LedgerRow(start=show(start), end=show(end), is_open=counts, kind=kind, name=name)
        return Ledger(rows=(row,))
    ledger = clock.calendar.explain(show(start), show(end), language=language)
    rows = tuple(
        attrs.evolve(
            row, is_open=counts, kind=kind, name=name or reason_text(row, translator(language))
        )
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
    events: Sequence[Event], field: str, first: object, opened: int, at: int
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
    since, value = opened, "" if first is None else str(first)
    for event in events:
        if field in event.fields and instant_of(event) <= at:
            now = "" if event.fields[field] is None else str(event.fields[field])
            if now != value:
                stretches.append((since, instant_of(event), value))
                since, value = instant_of(event), now
    return [*(stretch for stretch in stretches if stretch[0] < stretch[1]), (since, at, value)]


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
            if first < last:
                length = result.clock.without_pauses(pauses, first, last)
                totals[name] = totals.get(name, 0) + length
            else:
                totals.setdefault(name, 0)
    return totals
