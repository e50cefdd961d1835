"""What columns of events make of clocks: the machine asked once for each order of events.

Theory. What becomes of a cycle follows from the order of its events and from the ticket's fields,
and not from how long anything takes; only the dues do. So rows with the same fields, and whose
events come in the same order, those at one instant included, have the same *shape*: a cycle in
which each instant stands for a column. The machine makes one of each shape that occurs, with
instants that are mere ranks, and the columns are put in their places.

The exception are sequential cycles but for the first, which start when the last one was due: their
shapes do not tell.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.groups import CodeCombiner
from slacalc._clock.compiled_metrics import CompiledClause
from slacalc._clock.cycles import Cycle, Signal, TargetPeriod
from slacalc._clock.events import CREATED, Event
from slacalc._clock.state_machine import Machine, MetricState, State
from slacalc._columns.kernel import MISSING
from slacalc._policy.conditions import Clause
from slacalc._time.instants import SECOND, to_utc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._policy.matching import MatchedRow, Matcher
    from slacalc._policy.tickets import Receipt

START, STOP = ".start", ".stop"


class Shape(NamedTuple):
    """The present cycle of a metric, for all rows of one order of events.

    Args:
        cycle: The cycle; its instants are ranks.
        columns: The column of each rank.
        tells: Whether that is all there is to know of it.
    """

    cycle: Cycle
    columns: Mapping[int, str]
    tells: bool = True

    def named(self, *ranks: int | None) -> tuple[str | None, ...]:
        """The columns of ranks; None for none."""
        return tuple(None if rank is None else self.columns[rank] for rank in ranks)

    @property
    def stints(self) -> list[tuple[str | None, ...]]:
        """From when on each stint holds and counts."""
        return [self.named(one.since, one.counted_from) for one in self.cycle.stints]

    @property
    def rests(self) -> list[tuple[str | None, ...]]:
        """When each rest begins and ends; those that touch are one."""
        found: list[tuple[int, int | None]] = []
        for rest in self.cycle.rests:
            touches = found and found[-1][1] == rest.start
            found.append((found.pop()[0] if touches else rest.start, rest.end))
        return [self.named(*one) for one in found]

    def filled(self, instants: Mapping[str, int], found: tuple[MatchedRow, ...]) -> Cycle:
        """The cycle of one row, whose columns hold such instants, by what rows promise it."""

        def at(rank: Any) -> Any:
            return None if rank is None else instants[self.columns[rank]]

        cycle = self.cycle
        return cycle._replace(
            start=at(cycle.start),
            end=at(cycle.end),
            rests=tuple(one._replace(start=at(one.start), end=at(one.end)) for one in cycle.rests),
            stints=tuple(
                TargetPeriod(at(one.since), at(one.counted_from), found) for one in cycle.stints
            ),
        )


class ColumnMachine:
    """The machine of one version of a policy, which hears columns.

    Args:
        matcher: The policy compiled.
        columns: The names of the columns of events: types, or a metric with START or STOP.
    """

    def __init__(self, matcher: Matcher, columns: Sequence[str]) -> None:
        self.machine = Machine(matcher.policy)  # its own, since it hears what no other one does
        gears = self.machine.gears
        for gear in gears.all:
            for ending, signal in ((START, Signal.START), (STOP, Signal.STOP)):
                name = gear.name + ending
                if name in columns:
                    test = CompiledClause.of(Clause(name), "")
                    gears.by_event.setdefault(name, []).append((gear.place, signal, test))
        heard = gears.by_event
        self.machine._sound.update(heard)
        self.machine._telling.update(heard)
        self._columns = [name for name in columns if name in heard]
        self._known: dict[Any, Shape] = {}

    @staticmethod
    def heard(matcher: Matcher) -> list[str]:
        """The names of the columns that a policy would hear."""
        gears = matcher.policy.compiled(Machine).gears
        names = [name for name in gears.by_event if name != CREATED]
        return [*names, *(gear.name + one for gear in gears.all for one in (START, STOP))]

    def compared(self, name: str) -> frozenset[str]:
        """The values of a field that conditions tell apart, as text."""
        gears = self.machine.gears
        tests = [test for heard in gears.by_event.values() for _, _, test in heard]
        for gear in gears.all:
            tests += [*(test for _, test in gear.levels), *gear.pauses, *gear.holders]
        return frozenset(
            value
            for test in tests
            for field, values, _ in test.fields
            if field == name
            for value in values
        )

    @property
    def fields(self) -> frozenset[str]:
        """The fields that conditions ask for."""
        return frozenset(self.machine.gears.asked)

    def _around(self, place: int) -> set[int]:
        """The places of a metric and of those that must have been stopped before it starts."""
        found, open_ = {place}, [place]
        while open_:
            fresh = set(self.machine.gears.all[open_.pop()].gates) - found
            found |= fresh
            open_ += fresh
        return found

    def columns(self, place: int) -> list[str]:
        """The columns that concern a metric."""
        around = self._around(place)
        heard = self.machine.gears.by_event
        return [name for name in self._columns if any(one in around for one, _, _ in heard[name])]

    def asked(self, place: int) -> list[str]:
        """The fields on which the shapes of a metric depend."""
        gears, around = self.machine.gears, self._around(place)
        names = [name for one in around for name in gears.all[one].fields]
        for tests in gears.by_event.values():
            names += [name for at, _, test in tests if at in around for name, _, _ in test.fields]
        return sorted(set(names))

    def shapes(
        self,
        place: int,
        fields: Sequence[Mapping[str, str]],
        kinds: Codes,
        created: Integers,
        events: Mapping[str, Integers],
    ) -> tuple[list[Shape], Codes]:
        """The shapes of a metric, and which of them each row has.

        Args:
            place: Of which metric.
            fields: Fields of tickets.
            kinds: For each row, which of these are its own.
            created: When each came in.
            events: The columns that concern the metric; MISSING where it has not happened.
        """
        radix = CodeCombiner(len(created))
        radix.add(np.arange(len(fields)), len(fields), kinds)
        names = [*events]
        for at, name in enumerate(names):
            column = events[name]
            radix.add(np.arange(3), 3, _order(column, created))
            for other in names[:at]:
                radix.add(np.arange(3), 3, _order(column, events[other]))
        codes, any_row = radix.dense()
        shapes: dict[Any, int] = {}
        made: list[Shape] = []
        which = np.empty(len(any_row), np.intp)
        for code, row in enumerate(any_row.tolist()):
            happened = {
                name: int(events[name][row]) for name in names if events[name][row] != MISSING
            }
            kind, at = int(kinds[row]), int(created[row])
            ranks = sorted({at, *happened.values()})
            key = place, kind, *((name, ranks.index(one)) for name, one in happened.items())
            if key not in self._known:
                self._known[key] = self._shape(place, fields[kind], at, happened)
            if key not in shapes:
                shapes[key] = len(made)
                made.append(self._known[key])
            which[code] = shapes[key]
        return made, which.take(codes)

    def run(
        self, place: int, given: Mapping[str, Any], instants: Mapping[str, int]
    ) -> tuple[Cycle, tuple[str, ...]]:
        """The present cycle of a metric of one row, and its reasons to rest, from its events."""
        machine, created = self.machine, instants[CREATED]
        receipt = machine.matcher.receipt(created)
        state = machine.opened(given, receipt, Event(to_utc(created), CREATED))
        log = [
            (at, name) for name, at in instants.items() if name in self._columns and at != MISSING
        ]
        metric = self._fed(state, receipt, log).metrics[place]
        return metric.cycles[-1], metric.reasons

    def _fed(self, state: State, receipt: Receipt, log: list[tuple[int, str]]) -> State:
        """A state after events, given by their instants and types."""
        for at, batch in groupby(sorted(log, key=itemgetter(0)), key=itemgetter(0)):
            events = tuple(Event(to_utc(at), name) for _, name in batch)
            state = self.machine.advanced(state, receipt, at, events)
        return state

    def _shape(
        self, place: int, fields: Mapping[str, str], created: int, happened: Mapping[str, int]
    ) -> Shape:
        """The shape of one row, made by the machine."""
        at = sorted({created, *happened.values()})
        ranks = {instant: rank * SECOND for rank, instant in enumerate(at)}
        columns = {ranks[instant]: name for name, instant in reversed([*happened.items()])}
        columns[ranks[created]] = CREATED
        first = ranks[created]
        log = [(ranks[instant], name) for name, instant in happened.items()]
        machine, everyone = self.machine, len(self.machine.gears.all)
        receipt = machine.matcher.receipt(first)
        before = State({}, {}, (), covered=True, note="", metrics=(), readings=())
        state = before._replace(
            fields=fields, promised=((),) * everyone, metrics=(MetricState(),) * everyone
        )
        opening = (Event(to_utc(first), CREATED),)
        state = machine._advanced(before, state, set(range(everyone)), first, opening)
        metric = self._fed(state, receipt, log).metrics[place]
        if machine.gears.all[place].repeat == "sequential" and len(metric.cycles) > 1:
            return Shape(Cycle(), {}, tells=False)
        return Shape(metric.cycles[-1], columns)


def _order(one: Integers, other: Integers) -> NDArray[np.uint8]:
    """Whether values are less than others, equal, or more; what is missing is less."""
    order: NDArray[np.uint8] = np.greater(one, other).view(np.uint8)
    order += np.greater_equal(one, other).view(np.uint8)
    return order
