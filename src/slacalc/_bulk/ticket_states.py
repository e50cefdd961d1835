"""Where what tickets are promised stands at an instant, as their clocks would tell.

Where a cycle starts, rests and ends follows from the order of a ticket's events (`_orders`), of
which the machine is asked once for each that occurs. The columns of the table, put in the places of
that order, are the facts of all cycles, and are judged as those of a log are (`_verdicts`). Only
sequential cycles that follow on another one go to the judge of single clocks one by one, since they
start when that was due.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.evaluation import (
    PHASES,
    PRESENT_FIELDS,
    CycleArrays,
    CycleEvaluator,
    empty_fields,
    fields_of_status,
)
from slacalc._bulk.event_orders import ColumnMachine
from slacalc._bulk.groups import TicketGrouper
from slacalc._bulk.ticket_deadlines import windows
from slacalc._clock.events import CREATED
from slacalc._clock.status import CycleStatus
from slacalc._columns.kernel import MISSING
from slacalc._time.instants import to_utc
from slacalc.errors import LateEventError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._bulk.event_orders import Shape
    from slacalc._bulk.ticket_deadlines import PromiseKey, TicketBatch
    from slacalc._clock.cycles import Cycle
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes

    Columns = Mapping[str, Integers]


class StateEvaluator:
    """Judges the tickets of a batch as of an instant, as their clocks would be.

    Args:
        batch: The tickets.
        as_of: The instant.
    """

    def __init__(self, batch: TicketBatch, as_of: int) -> None:
        self._batch, self._as_of = batch, as_of
        matcher = batch.matcher
        self._folder = ColumnMachine(matcher, [*batch.events])
        self._verdicts = CycleEvaluator(self._folder.machine)
        apart = {
            name: self._folder.compared(name)
            for name in matcher.policy.attributes
            if name in self._folder.fields
        }
        sorter = TicketGrouper(
            matcher, batch.attributes, batch.created, apart=apart, for_clock=True
        )
        self._sorter = sorter
        self._groups = sorter.groups(batch.mistakes, batch.place)
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

    def answers(self) -> Iterator[tuple[str, dict[str, NDArray[Any]]]]:
        """Where each metric stands: the columns of SHORT."""
        batch, codes = self._batch, self._groups.codes
        for place, name in enumerate(batch.metrics):
            answer = empty_fields(len(codes), PRESENT_FIELDS)
            plans, of_group = batch.plans(self._groups, place)
            fields = self._fields(place)
            for part in windows(len(codes)):
                own = of_group.take(codes[part])
                rows: Any = part
                if self._out is not None or (own < 0).any():
                    judged = own >= 0 if self._out is None else (own >= 0) & ~self._out[part]
                    rows = np.flatnonzero(judged) + part.start
                    own = own[judged]
                here = {one: column[rows] for one, column in answer.items()}
                if len(own):
                    self._judge(place, plans, fields, self._window(place, rows, own), here)
                if not isinstance(rows, slice):
                    for one, column in answer.items():
                        column[rows] = here[one]
            yield name, answer

    def _window(self, place: int, rows: Any, plans: NDArray[np.int16]) -> _Window:
        """Some rows of the batch."""
        known = {name: self._happened[name][rows] for name in self._folder.columns(place)}
        created = self._batch.created[rows]
        return _Window(rows, {CREATED: created, **known}, plans, self._groups.codes[rows])

    def _judge(
        self,
        place: int,
        plans: Sequence[PromiseKey],
        fields: tuple[list[Mapping[str, str]], Codes],
        window: _Window,
        told: dict[str, NDArray[Any]],
    ) -> None:
        """Work out one metric for some rows."""
        events = {name: one for name, one in window.known.items() if name != CREATED}
        created = window.known[CREATED]
        known, kinds = fields[0], fields[1].take(window.groups)
        shapes, which = self._folder.shapes(place, known, kinds, created, events)
        covered = np.array([plan.covered for plan in plans], np.bool_).take(window.plans)
        facts = facts_of(shapes, which, window.known, (window.plans, covered, self._as_of))
        found = [plan.found for plan in plans]
        beyond = self._verdicts.of(place, facts, found, told)
        one_by_one = np.array([not shape.tells for shape in shapes], np.bool_).take(which)
        if one_by_one.any():
            beyond &= ~one_by_one
            self._one_by_one(place, plans, window, np.flatnonzero(one_by_one), told)
        if beyond.any():

            def error(row: int) -> SlacalcError:
                at = window.place_of(row)
                plan, instants = plans[window.plans[at]], window.instants(at)
                cycle = shapes[which[at]].filled(instants, plan.found)
                return self._refusal(place, cycle, plan)

            self._batch.without_answer(window.of_batch(np.flatnonzero(beyond)), error)

    def _refusal(self, place: int, cycle: Cycle, plan: PromiseKey) -> SlacalcError:
        """The error of a cycle that has no answer."""
        judge = self._folder.machine.judges[place]
        try:
            judge.verdict(cycle, self._as_of, covered=plan.covered)
        except SlacalcError as refused:
            return refused
        raise AssertionError(cycle)

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

    def _one_by_one(
        self,
        place: int,
        plans: Sequence[PromiseKey],
        window: _Window,
        rows: Codes,
        told: dict[str, NDArray[Any]],
    ) -> None:
        """Work out cycles that start when the last one was due."""
        judge = self._folder.machine.judges[place]
        for row, batch_row in zip(rows.tolist(), window.of_batch(rows).tolist(), strict=True):
            plan = plans[window.plans[row]]
            try:
                given, instants = self._sorter.given(batch_row), window.instants(row)
                cycle, reasons = self._folder.run(place, given, instants)
                verdict = judge.verdict(cycle, self._as_of, covered=plan.covered)
                status = CycleStatus(judge, cycle, verdict, reasons)
                for name, value in fields_of_status(status, self._verdicts.tables).items():
                    if name in told:
                        told[name][row] = value
            except SlacalcError as error:
                self._batch.mistakes.add(self._batch.place(np.array([batch_row])), error)


class _Window(NamedTuple):
    """Some rows of a batch, few enough for the processor's cache.

    Args:
        rows: Which rows of the batch they are.
        known: The columns of instants that concern a metric, that of receipt among them.
        plans: What each is promised.
        groups: The group of each.
    """

    rows: slice | Codes
    known: Columns
    plans: NDArray[np.int16]
    groups: Codes

    def of_batch(self, places: Codes) -> Codes:
        """Rows of the batch that some of these are."""
        if not isinstance(self.rows, slice):
            return self.rows[places]
        whole: Codes = places + self.rows.start
        return whole

    def place_of(self, row: int) -> int:
        """The place among these of a row of the batch."""
        if isinstance(self.rows, slice):
            return row - int(self.rows.start)
        return int(np.searchsorted(self.rows, row))

    def instants(self, place: int) -> dict[str, int]:
        """The instants of a row."""
        return {name: int(column[place]) for name, column in self.known.items()}


# Facts from columns -------------------------------------------------------------------------------


def facts_of(
    shapes: Sequence[Shape],
    which: Codes,
    known: Columns,
    promised: tuple[NDArray[Any], NDArray[np.bool_], int],
) -> CycleArrays:
    """The facts of a metric's present cycles, from the columns that stand for their instants.

    Args:
        shapes: The shapes of cycles.
        which: The shape of each row.
        known: The columns.
        promised: Of each row, what it is promised, and whether it is covered; and the instant of
            the question.
    """
    cycles, (found, covered, as_of) = [one.cycle for one in shapes], promised
    start, end = (
        _picked(which, [one.named(getattr(one.cycle, part))[0] for one in shapes], known)
        for part in ("start", "end")
    )
    period_of, since, counted_from = _members(which, [one.stints for one in shapes], known)
    pause_of, pause_start, pause_end = _members(which, [one.rests for one in shapes], known)
    phases = np.array([PHASES.index(one.phase) for one in cycles], np.int8)
    rows = np.arange(len(which))
    return CycleArrays(
        rows,
        rows,
        covered,
        np.full(len(which), as_of),
        phases.take(which),
        start,
        end,
        period_of,
        since,
        counted_from,
        found.take(period_of),
        pause_of,
        pause_start,
        pause_end,
    )


def _picked(which: Codes, names: Sequence[str | None], known: Columns) -> Integers:
    """For each row the value of the column of its shape; `MISSING` for none."""
    different = [*dict.fromkeys(names)]
    if len(different) == 1 and different[0] is not None:
        return known[different[0]]
    picked = np.full(len(which), MISSING, np.int64)
    places = np.array([different.index(name) for name in names], np.int8).take(which)
    for place, name in enumerate(different):
        if name is not None:
            np.copyto(picked, known[name], where=places == place)
    return picked


def _members(
    which: Codes, members: Sequence[list[tuple[str | None, ...]]], known: Columns
) -> tuple[Integers, Integers, Integers]:
    """The stints or rests of all rows, those of each in order, and of which row each is."""
    found = []
    for place in range(max(map(len, members), default=0)):
        has = np.array([len(one) > place for one in members])
        rows, shape, columns = np.arange(len(which)), which, known
        if not has.all():
            rows = np.flatnonzero(has.take(which))
            shape, columns = which[rows], {name: one[rows] for name, one in known.items()}
        names = [one[place] if len(one) > place else (None, None) for one in members]
        first, second = (_picked(shape, [one[part] for one in names], columns) for part in (0, 1))
        found.append((rows, first, second))
    if not found:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, nothing
    owner, first, second = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if len(found) > 1:
        order = np.argsort(owner, kind="stable")
        owner, first, second = owner[order], first[order], second[order]
    return owner, first, second
