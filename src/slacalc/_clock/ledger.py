"""Where the time of a ticket went: every second of a metric, and who held the ticket meanwhile.

The life of a metric is cut into *stretches* that lie end to end from the opening on: before its
start, running, at rest for a reason, after its stop. Where the target counts on hours, a running or
resting stretch is cut again by the calendar, and what the calendar closes is accounted to it: a
night costs nothing, whether the clock ran or rested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import attrs

from slacalc._calendar.ledger import Ledger, LedgerRow
from slacalc._clock.cycles import Phase, until
from slacalc._clock.evaluation import counted
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

    A `Ledger` whose rows are of the kinds ``running`` (which counts), ``paused`` with the reason as
    the name, ``before-start``, ``before-change`` (of a clock that counts from a change on) and
    ``after-stop``; and, where the calendar closes, of its kinds: ``overnight``, ``break``,
    ``weekend``, ``holiday``, ``exception``, ``removed``.
    """

    _sides = (N_("running"), N_("stands"))

    @property
    def running(self) -> pendulum.Duration:
        """The time that counted: what the cycles of the metric elapsed."""
        return self.open

    @property
    def paused(self) -> pendulum.Duration:
        """The time for which it rested while it would have counted."""
        return to_duration(self._totals().get("paused", 0))


class _Stretch(NamedTuple):
    start: int
    end: int
    kind: Literal["before-start", "before-change", "running", "paused", "after-stop"]
    measure: TargetClock
    name: str = ""


def ledger_of(
    judge: Evaluator, metric: MetricState, opened: int, at: int, *, covered: bool, language: str
) -> ClockLedger:
    """The account of a metric from the opening of its ticket up to an instant."""
    rows: list[LedgerRow] = []
    provisional = None
    for stretch in _stretches(judge, metric, opened, at, covered=covered):
        ledger = _cut(stretch, language)
        rows += ledger.rows
        provisional = provisional or ledger.provisional_from
    return ClockLedger(rows=tuple(_merged(rows)), provisional_from=provisional, language=language)


def _stretches(
    judge: Evaluator, metric: MetricState, opened: int, at: int, *, covered: bool
) -> Iterator[_Stretch]:
    """The life of a metric, end to end."""
    done = opened
    for cycle in metric.cycles:
        verdict = judge.verdict(cycle, at, covered=covered)
        measure = verdict.measure
        if cycle.start is None:
            continue
        start = max(cycle.start, done)
        if done < min(start, at):
            kind: Literal["before-start", "after-stop"] = (
                "before-start" if cycle.number == 1 else "after-stop"
            )
            yield _Stretch(done, min(start, at), kind, measure)
        for stretch in _running(cycle, verdict, start):
            if stretch.start < stretch.end:
                yield stretch
        done = max(min(verdict.end, at), done)
    if done < at:
        last = metric.cycles[-1]
        waiting = last.phase is Phase.NOT_STARTED and last.number == 1
        measure = judge.verdict(last, at, covered=covered).measure
        yield _Stretch(done, at, "before-start" if waiting else "after-stop", measure)


def _running(cycle: Cycle, verdict: CycleResult, start: int) -> Iterator[_Stretch]:
    """A cycle from its start, or a later instant, to its end: running, and at rest."""
    measure, end = verdict.measure, verdict.end
    counted_from = cycle.stints[-1].counted_from
    if start < counted_from:
        yield _Stretch(start, min(counted_from, end), "before-change", measure)
    at = max(start, counted_from)
    for rest in until(cycle.rests, end):
        begins, ends = max(rest.start, at), rest.end or end
        if begins < ends:
            yield _Stretch(at, begins, "running", measure)
            yield _Stretch(begins, ends, "paused", measure, rest.reason)
            at = ends
    yield _Stretch(at, end, "running", measure)


def _cut(stretch: _Stretch, language: str) -> Ledger:
    """A stretch as rows, cut where its calendar opens and closes."""
    start, end, kind, measure, name = stretch
    show = measure.zone.datetime
    counts = kind == "running"
    if kind not in ("running", "paused") or not measure.name:
        row = LedgerRow(start=show(start), end=show(end), is_open=counts, kind=kind, name=name)
        return Ledger(rows=(row,))
    ledger = measure.calendar.explain(show(start), show(end), language=language)
    rows = tuple(
        attrs.evolve(
            row, is_open=counts, kind=kind, name=name or ledger._why(row, translator(language))
        )
        if row.is_open
        else row
        for row in ledger
    )
    return attrs.evolve(ledger, rows=rows)


def _merged(rows: list[LedgerRow]) -> Iterator[LedgerRow]:
    """Rows of which no two neighbours say the same."""
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
    """The stretches in which a field of the ticket had one value; the empty string for none."""
    stretches: list[tuple[int, int, str]] = []
    since, value = opened, "" if first is None else str(first)
    for event in events:
        if field in event.fields and instant_of(event) <= at:
            given = event.fields[field]
            now = "" if given is None else str(given)
            if now != value:
                stretches.append((since, instant_of(event), value))
                since, value = instant_of(event), now
    return [*(one for one in stretches if one[0] < one[1]), (since, at, value)]


def time_by(
    judge: Evaluator,
    metric: MetricState,
    stretches: list[tuple[int, int, str]],
    at: int,
    *,
    covered: bool,
) -> dict[str, int]:
    """How much of the time that counted fell into each of some stretches, by their names."""
    totals: dict[str, int] = {}
    for cycle in metric.cycles:
        if cycle.start is None:
            continue
        verdict = judge.verdict(cycle, at, covered=covered)
        counted_from = cycle.stints[-1].counted_from
        rests = until(cycle.rests, verdict.end)
        for start, end, name in stretches:
            begins, ends = max(start, counted_from), min(end, verdict.end)
            if begins < ends or name not in totals:
                length = counted(verdict.measure, rests, begins, ends) if begins < ends else 0
                totals[name] = totals.get(name, 0) + length
    return totals
