"""What is due, of many starts or cycles at once: the law of rests of `_judge` over arrays.

Rests are walked by their place: the first rest of all cycles that have one, then the second, each
moving what is due by its own length, until nobody has one more. Without rests, a due is one
question to a calendar.

An instant outside the supported years, or on a calendar that never opens, is `BEYOND`, and spreads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._calendar.compilation import unpublished_from
from slacalc._columns.arithmetic import BEYOND, Arrays
from slacalc._columns.kernel import MISSING
from slacalc._policy.target_time import Combined

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from slacalc._calendar.calendar import Calendar
    from slacalc._clock.evaluation import Evaluator, TargetClock
    from slacalc._columns.arithmetic import Integers, Work
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.records import Target
    from slacalc._policy.target_time import Within

    BoolArray: TypeAlias = NDArray[np.bool_]
    Positions: TypeAlias = Integers | int


class PauseArrays(NamedTuple):
    """The rests of some items, those of each in order.

    Args:
        many: How many each has.
        first: The place of its first.
        start: Their first instants.
        end: The instants after their last; `MISSING` for one that lasts.
    """

    many: Integers
    first: Integers
    start: Integers
    end: Integers

    def of(self, some: Any) -> PauseArrays:
        """Those of some of the items."""
        return self._replace(many=self.many[some], first=self.first[some])

    def steps(self, starts: Integers, ends: Integers) -> Any:
        """The first rests of the items between two instants of each, the second, and so on.

        Yields:
            The items, the beginnings and ends of the rests, and which of them last at the end.
        """
        for place in range(int(self.many.max(initial=0))):
            items = np.flatnonzero(self.many > place)
            at = self.first[items] + place
            begins, ends_of = np.maximum(self.start[at], starts[items]), self.end[at]
            lasts = (ends_of == MISSING) | (ends_of > ends[items])
            closes = np.where(lasts, ends[items], ends_of)
            kept = (begins <= ends[items]) & ((begins < closes) | lasts)
            yield items[kept], begins[kept], closes[kept], lasts[kept]


class DueArrays(NamedTuple):
    """What is due, of items that are promised the same rows: as `Bounds`.

    Args:
        due, bound: Instants.
        row: The place of the row that tells; one for all, or by item.
        measure: The place of how its time is counted, likewise.
        due_floats, bound_floats: Which of them a rest that lasts moves on; None for none.
        beyond: The items of which there is no due within the supported years; None for none.
    """

    due: Integers
    bound: Integers
    row: Positions
    measure: Positions
    due_floats: BoolArray | None = None
    bound_floats: BoolArray | None = None
    beyond: BoolArray | None = None


class _Moments(NamedTuple):
    """Instants, which of them float, and by which measure."""

    at: Integers
    measure: Positions
    floats: BoolArray | None = None


class _Walk(NamedTuple):
    """The rests of items, between two instants of each."""

    rests: PauseArrays
    starts: Integers
    ends: Integers


class DueCalculator:
    """What the targets of one metric make due.

    Args:
        judge: The judge of its cycles.

    Attributes:
        measures: How time was counted so far; the first one is that of cycles without a figure.
    """

    def __init__(self, judge: Evaluator) -> None:
        self._judge = judge
        self.measures: list[TargetClock] = [judge.bare_clock]
        self._arrays: dict[int, Arrays] = {}
        self._unpublished: dict[int, int | None] = {}

    # Time ----------------------------------------------------------------------------------------

    def _measure(self, target: Target, part: Within) -> int:
        """The place of a measure among those that are used."""
        measure = self._judge.clock_of(target, part)
        for place, one in enumerate(self.measures):
            if one is measure or (
                one.calendar is measure.calendar
                and (one.part, one.pause_unit, one.name) == (part, measure.pause_unit, measure.name)
            ):
                return place
        self.measures.append(measure)
        return len(self.measures) - 1

    def _arrays_of(self, calendar: Calendar) -> Arrays:
        """The verbs of a calendar over arrays."""
        known = self._arrays.get(id(calendar))
        if known is None:
            known = self._arrays[id(calendar)] = Arrays(calendar.timeline)
        return known

    def between(
        self, part: Within, measure: TargetClock, starts: Integers, ends: Integers
    ) -> Integers:
        """How much of a part passes; nothing where instants are reversed or unknown."""
        passed = part.measure(self._arrays_of(measure.calendar), starts, ends)
        np.maximum(passed, 0, out=passed)
        return passed

    def total(self, measure: TargetClock, starts: Integers, dues: Integers) -> Work:
        """How much of its own time a due leaves that no rest has moved."""
        part = measure.part
        if part.unit in ("working time", "time"):
            return part.count
        return self.between(part, measure, starts, dues)

    def _walked(
        self, measure: TargetClock, at: Integers, walk: _Walk
    ) -> tuple[Integers, BoolArray]:
        """Instants moved on by the rests that begin before them, and which of them float."""
        floats, at = np.zeros(len(at), np.bool_), at.copy()
        for items, begins, closes, lasts in walk.rests.steps(walk.starts, walk.ends):
            met = at[items] > begins
            if not met.any():
                continue
            some = items[met]
            lengths = self.between(measure.pause_unit, measure, begins[met], closes[met])
            at[some] = measure.pause_unit.shift(
                self._arrays_of(measure.calendar),
                at[some],
                lengths,
                to_next_open=measure.to_next_open,
            )
            floats[some] |= lasts[met]
        return at, floats

    # Dues ----------------------------------------------------------------------------------------

    def bounds(
        self,
        found: Sequence[MatchedRow],
        starts: Integers,
        ends: Integers | None = None,
        rests: PauseArrays | None = None,
    ) -> DueArrays | None:
        """What is due by some rows, as known at some ends: `Evaluator.due_dates`.

        Args:
            found: The rows.
            starts: From when on time counts.
            ends: The instants at which it is asked; they matter where there are rests.
            rests: The rests of the items; None where none of them rested.

        Returns:
            The dues; None where no row has a figure.
        """
        walk = None
        if rests is not None and ends is not None and rests.many.any():
            walk = _Walk(rests, starts, ends)
        beyond: list[BoolArray] = []
        told: tuple[_Moments, _Moments, Positions] | None = None
        for place, one in enumerate(found):
            target = one.target
            if target.within is None:
                continue
            due = last = self._over(target, target.within, starts, walk, beyond)
            if target.limit is not None:
                last = self._over(target, target.limit, starts, walk, beyond)
            if told is None:
                told = due, last, place
                continue
            holds, bound, row = told
            sooner = due.at < holds.at
            row = np.where(sooner, place, row)
            told = _chosen(sooner, due, holds), _chosen(last.at < bound.at, last, bound), row
        if told is None:
            return None
        holds, bound, row = told
        gone = np.logical_or.reduce(beyond) if beyond else None
        return DueArrays(holds.at, bound.at, row, holds.measure, holds.floats, bound.floats, gone)

    def _over(
        self,
        target: Target,
        length: Within | Combined,
        starts: Integers,
        walk: _Walk | None,
        beyond: list[BoolArray],
    ) -> _Moments:
        """When a length is over, each of its parts walked by itself: `Evaluator._due`."""
        latest = isinstance(length, Combined) and length.which == "latest"
        best: _Moments | None = None
        for part in length.parts:
            place = self._measure(target, part)
            measure = self.measures[place]
            calendar, edge = self._arrays_of(measure.calendar), measure.to_next_open
            at, floats = part.due_on(calendar, starts, to_next_open=edge), None
            if walk is not None:
                at, floats = self._walked(measure, at, walk)
            # What is beyond the years is an error, whichever part would have told.
            if len(at) and int(at.min()) <= BEYOND:
                beyond.append(at <= BEYOND)
            due = _Moments(at, place, floats)
            if best is None:
                best = due
            else:
                best = _chosen(at > best.at if latest else at < best.at, due, best)
        return best  # type: ignore[return-value] # a length has a part

    def unpublished(self, found: Sequence[MatchedRow]) -> int | None:
        """From when on what some rows make due is provisional; None for never."""
        known = []
        for target in (one.target for one in found):
            for length in (target.within, target.limit) if target.within is not None else ():
                for part in length.parts if length is not None else ():
                    if part.by_hours:
                        calendar = self.measures[self._measure(target, part)].calendar
                        if id(calendar) not in self._unpublished:
                            self._unpublished[id(calendar)] = unpublished_from(calendar)
                        known.append(self._unpublished[id(calendar)])
        return min((one for one in known if one is not None), default=None)


def _chosen(better: BoolArray, one: _Moments, other: _Moments) -> _Moments:
    """Of two moments of each item the better one."""
    floats = None
    if one.floats is not None and other.floats is not None:
        floats = np.where(better, one.floats, other.floats)
    measure = np.where(better, one.measure, other.measure)
    return _Moments(np.where(better, one.at, other.at), measure, floats)
