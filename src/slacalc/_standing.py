"""Where what tickets are promised stands at an instant, as their clocks would tell.

Where a cycle starts and ends follows from the order of a ticket's events (`_orders`), of which the
machine is asked once for each that occurs. What never rested, and counts from one instant, is
judged over arrays; the few others go to the judge of single clocks, one by one.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np

from slacalc._batches import narrowed, rows_of, windows
from slacalc._cycle import Phase
from slacalc._events import CREATED
from slacalc._groups import Sorter
from slacalc._instant import to_instant, to_utc
from slacalc._judge import State
from slacalc._kernel import MISSING
from slacalc._orders import Folder
from slacalc._status import CycleStatus
from slacalc.errors import LateEventError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._arrays import Integers
    from slacalc._batches import Batch
    from slacalc._categories import Codes
    from slacalc._orders import Shape
    from slacalc._plans import Plan

STATES: tuple[str, ...] = get_args(State)
_CODE = {state: code for code, state in enumerate(STATES)}


class Judged(NamedTuple):
    """Where a metric stands.

    Args:
        due, limit, breached_at: Instants.
        provisional: Whether holidays that a due rests on are not published yet.
        state: The place of the state among STATES.
        elapsed, remaining: Lengths.
    """

    due: Integers
    limit: Integers
    provisional: NDArray[np.bool_]
    state: NDArray[np.int8]
    elapsed: Integers
    remaining: Integers
    breached_at: Integers

    def of(self, rows: slice) -> Judged:
        """A view of some rows."""
        due, limit, provisional, state, elapsed, remaining, breached_at = self
        return Judged(
            due[rows],
            limit[rows],
            provisional[rows],
            state[rows],
            elapsed[rows],
            remaining[rows],
            breached_at[rows],
        )


class Judging:
    """Judges the tickets of a batch as of an instant, as their clocks would be.

    Args:
        batch: The tickets.
        as_of: The instant.
    """

    def __init__(self, batch: Batch, as_of: int) -> None:
        self._batch, self._as_of = batch, as_of
        matcher = batch.matcher
        self._folder = Folder(matcher, [*batch.events])
        apart = {
            name: self._folder.compared(name)
            for name in matcher.policy.attributes
            if name in self._folder.fields
        }
        sorter = Sorter(matcher, batch.attributes, batch.created, apart=apart, for_clock=True)
        self._sorter = sorter
        self._groups = sorter.groups(batch.mistakes, batch.place)
        self._judges = self._folder.judges
        self._happened = {name: self._until(column) for name, column in batch.events.items()}
        self._out = self._left_out()

    def _until(self, column: Integers) -> Integers:
        """A column without what has not happened yet."""
        if not len(column) or int(column.max()) <= self._as_of:
            return column
        return np.where(column <= self._as_of, column, MISSING)

    def _left_out(self) -> NDArray[np.bool_] | None:
        """The rows that are not judged: bad ones, and those that have not come in yet."""
        batch, created = self._batch, self._batch.created
        out: NDArray[np.bool_] | None = None
        for name, column in batch.events.items():
            early = column < created
            early &= column != MISSING
            if early.any():
                out = early if out is None else out | early
                self._happened[name] = np.where(early, MISSING, self._happened[name])
        if out is not None:
            rows = np.flatnonzero(out)
            batch.mistakes.add(batch.place(rows), self._late(rows))
        if len(created) and int(created.max()) > self._as_of:
            future = created > self._as_of
            out = future if out is None else out | future
        return out

    def _late(self, rows: Codes) -> Callable[[int], SlacalcError]:
        """What makes the errors of events that came before their tickets."""
        batch = self._batch
        places = dict(zip(batch.place(rows).tolist(), rows.tolist(), strict=True))

        def error(row: int) -> SlacalcError:
            events = [(int(column[places[row]]), name) for name, column in batch.events.items()]
            instant, name = min((one for one in events if one[0] != MISSING), key=itemgetter(0))
            at = to_utc(instant).isoformat()
            opened = to_utc(int(batch.created[places[row]])).isoformat()
            return LateEventError(
                f"{name} at {at} came before the ticket was opened ({opened})",
                event=name,
                given=at,
                at=at,
                last=opened,
                suggestions=[],
            )

        return error

    def answers(self) -> Iterator[tuple[str, Judged]]:
        """Where each metric stands."""
        batch, codes = self._batch, self._groups.codes
        for place, (name, metric) in enumerate(batch.metrics.items()):
            new, flags = batch.new, batch.new(0, np.bool_)
            state = batch.new(_CODE["not started"], np.int8)
            answer = Judged(new(), new(), flags, state, new(), new(), new())
            plans, of_group = batch.plans(self._groups, place, metric)
            fields, kinds = self._fields(place)
            for part in windows(len(codes)):
                own = of_group.take(codes[part])
                if self._out is not None:
                    own[self._out[part]] = -1
                window = _Window(
                    part.start,
                    batch.created[part],
                    {one: self._happened[one][part] for one in self._folder.columns(place)},
                    answer.of(part),
                )
                shapes = fields, kinds.take(codes[part])
                self._judge(place, plans, own, shapes, window)
            yield name, answer

    def _judge(
        self,
        place: int,
        plans: Sequence[Plan],
        codes: NDArray[np.int16],
        fields: tuple[Sequence[Mapping[str, str]], Codes],
        window: _Window,
    ) -> None:
        """Work out one metric for some rows."""
        shapes, which = self._folder.shapes(place, *fields, window.created, window.events)
        known, answer = {CREATED: window.created, **window.events}, window.answer
        told = _Told.of(shapes)
        dates = [one.dates for one in shapes]
        starts = _picked(which, [start for start, _ in dates], known, MISSING)
        ends = _picked(which, [end for _, end in dates], known, self._as_of)
        has_shapes = self._folder.has_shapes(place)
        for code, rows in rows_of(codes, len(plans)):
            plan, shape = plans[code], which[rows]
            if not (has_shapes and told.plain.all()):
                hard = ~told.plain[shape] | (not has_shapes)
                self._one_by_one(place, plan, (shapes, which), narrowed(rows, hard), window)
                rows = narrowed(rows, ~hard)  # noqa: PLW2901
                shape = which[rows]
            if not told.begun.all():
                begun = told.begun[shape]
                idle = narrowed(rows, ~begun)
                answer.state[idle] = (
                    told.state[which[idle]] if plan.covered else _CODE["not covered"]
                )
                rows = narrowed(rows, begun)  # noqa: PLW2901
                shape = which[rows]
            if len(shape):
                self._counted(plan, rows, (starts[rows], ends[rows]), _Shaped(told, shape), window)

    def _fields(self, place: int) -> tuple[list[Mapping[str, str]], Codes]:
        """The fields on which a metric's shapes depend, and by group whose are whose."""
        asked = self._folder.asked(place)
        known: dict[Any, int] = {}
        fields: list[Mapping[str, str]] = []
        of_group = np.zeros(len(self._groups.verdicts), np.intp)
        for group, verdict in enumerate(self._groups.verdicts):
            if verdict is not None:
                key = tuple(verdict.fields.get(name) for name in asked)
                if key not in known:
                    known[key] = len(fields)
                    fields.append(verdict.fields)
                of_group[group] = known[key]
        return fields or [{}], of_group

    def _counted(
        self,
        plan: Plan,
        rows: Any,
        between: tuple[Integers, Integers],
        shaped: _Shaped,
        window: _Window,
    ) -> None:
        """Write where a promise stands that began and never rested."""
        (starts, ends), answer = between, window.answer
        if not plan.covered or not plan.has_figures:
            answer.elapsed[rows] = plan.lengths(starts, ends, None)[0]
            answer.state[rows] = _CODE["no target" if plan.covered else "not covered"]
            return
        dues = plan.dues(starts)
        self._batch.without_due(plan, starts, window.of_batch(rows), dues)
        elapsed, total = plan.lengths(starts, ends, dues)
        answer.elapsed[rows] = elapsed
        answer.remaining[rows] = np.subtract(total, elapsed, out=elapsed)
        semantics = self._batch.matcher.semantics
        past = np.greater_equal if semantics.at_due == "breached" else np.greater
        broken = past(ends, dues.bound)
        state = shaped.told.state.take(shaped.shape)
        cancelled = shaped.told.cancelled
        live = ~cancelled[shaped.shape] if cancelled.any() else None
        if plan.has_limits:
            is_late = past(ends, dues.due)
            state[is_late if live is None else is_late & live] = _CODE["late"]
        state[broken if live is None else broken & live] = _CODE["breached"]
        answer.state[rows] = state
        answer.breached_at[rows] = np.where(broken, dues.bound, MISSING)
        if plan.unpublished is not None:
            last = np.maximum(dues.due, dues.bound)
            answer.provisional[rows] = last > plan.unpublished
        due, limit = dues.due, None
        if plan.has_limits:
            limit = np.where(dues.bound > dues.due, dues.bound, MISSING)
        if semantics.due_after_stop == "hidden" and shaped.told.over.any():
            over = shaped.told.over[shaped.shape]
            due = np.where(over, MISSING, due)
            limit = None if limit is None else np.where(over, MISSING, limit)
        answer.due[rows] = due
        if limit is not None:
            answer.limit[rows] = limit

    # What arrays cannot tell ---------------------------------------------------------------------

    def _one_by_one(
        self,
        place: int,
        plan: Plan,
        shaped: tuple[Sequence[Shape], Codes],
        rows: Codes,
        window: _Window,
    ) -> None:
        """Write where promises stand that rested, or whose time was counted anew, one by one."""
        judge, (shapes, which) = self._judges[place], shaped
        for row in rows.tolist():
            instants = {name: int(one[row]) for name, one in window.events.items()}
            instants[CREATED] = int(window.created[row])
            whole = window.first + row
            try:
                if self._folder.has_shapes(place):
                    shape = shapes[which[row]]
                    cycle, reasons = shape.filled(instants, plan.found), shape.reasons
                else:
                    given = self._sorter.given(whole)
                    cycle, reasons = self._folder.run(place, given, instants)
                verdict = judge.verdict(cycle, self._as_of, covered=plan.covered)
                _write(CycleStatus(judge, cycle, verdict, reasons), row, window.answer)
            except SlacalcError as error:
                self._batch.mistakes.add(self._batch.place(np.array([whole])), error)


def _write(status: CycleStatus, row: int, answer: Judged) -> None:
    """Write the status of one cycle."""
    answer.state[row] = _CODE[status.state]
    for column, shown in (
        (answer.due, status.due),
        (answer.limit, status.limit),
        (answer.breached_at, status.breached_at),
    ):
        column[row] = MISSING if shown is None else to_instant(shown)
    verdict = status._verdict
    if status.elapsed is not None:
        answer.elapsed[row] = verdict.elapsed
    if verdict.total is not None:
        answer.remaining[row] = verdict.total - verdict.elapsed
    answer.provisional[row] = status.provisional


class _Window(NamedTuple):
    """Some rows of a batch, few enough for the processor's cache.

    Args:
        first: Where they begin.
        created: When each ticket came in.
        events: The columns of events that concern a metric.
        answer: Where the metric stands.
    """

    first: int
    created: Integers
    events: Mapping[str, Integers]
    answer: Judged

    def of_batch(self, rows: Any) -> Codes:
        """Rows of the batch that some of these are."""
        if isinstance(rows, slice):
            return np.arange(self.first, self.first + len(self.created))
        whole: Codes = rows + self.first
        return whole


class _Shaped(NamedTuple):
    """Rows with their shapes."""

    told: _Told
    shape: Codes


class _Told(NamedTuple):
    """What shapes tell, by shape.

    Args:
        plain: Whether arrays can tell the rest.
        begun: Whether the cycle has started.
        over: Whether it has ended.
        cancelled: Whether it was cancelled.
        state: What to call it, as long as it is in time.
    """

    plain: NDArray[np.bool_]
    begun: NDArray[np.bool_]
    over: NDArray[np.bool_]
    cancelled: NDArray[np.bool_]
    state: NDArray[np.int8]

    @classmethod
    def of(cls, shapes: Sequence[Shape]) -> _Told:
        """What some shapes tell."""
        cycles = [one.cycle for one in shapes]
        names = {
            Phase.NOT_STARTED: "not started",
            Phase.RUNNING: "running",
            Phase.PAUSED: "paused",
            Phase.STOPPED: "met",
            Phase.CANCELLED: "cancelled",
        }
        return cls(
            np.array([one.is_plain for one in shapes], np.bool_),
            np.array([one.start is not None for one in cycles], np.bool_),
            np.array([one.end is not None for one in cycles], np.bool_),
            np.array([one.phase is Phase.CANCELLED for one in cycles], np.bool_),
            np.array([_CODE[names[one.phase]] for one in cycles], np.int8),
        )


def _picked(
    which: Codes, columns: Sequence[str | None], known: Mapping[str, Integers], nothing: int
) -> Integers:
    """For each row the value of the column of its shape."""
    if len(set(columns)) == 1 and columns[0] is not None:
        return known[columns[0]]
    picked = np.full(len(which), nothing, np.int64)
    for shape, name in enumerate(columns):
        if name is not None:
            np.copyto(picked, known[name], where=which == shape)
    return picked
