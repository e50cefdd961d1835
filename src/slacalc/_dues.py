"""What is due, of many cycles at once: the law of rests of `_judge` over arrays.

Rests are walked by their place: the first rest of all cycles that have one, then the second, each
moving what is due by its own length, until nobody has one more.

An instant outside the supported years, or on a calendar that never opens, is `BEYOND`, and spreads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._arrays import BEYOND, Arrays
from slacalc._instant import EARLIEST, LATEST
from slacalc._kernel import MISSING
from slacalc._within import Combined

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from numpy.typing import NDArray

    from slacalc._arrays import Integers
    from slacalc._calendar import Calendar
    from slacalc._judge import Judge, Measure
    from slacalc._match import Found
    from slacalc._parts import Target
    from slacalc._within import Within

    Flags: TypeAlias = NDArray[np.bool_]


class Rests(NamedTuple):
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

    def of(self, some: Any) -> Rests:
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


class Dues(NamedTuple):
    """What is due, of items that are promised the same rows: as `Bounds`."""

    due: Integers
    due_floats: Flags
    bound: Integers
    bound_floats: Flags
    row: Integers
    measure: Integers


class Promises:
    """What the targets of one metric make due.

    Args:
        judge: The judge of its cycles.
        arrays_of: The verbs of a calendar over arrays.

    Attributes:
        measures: How time was counted so far; the first one is that of cycles without a figure.
    """

    def __init__(self, judge: Judge, arrays_of: Callable[[Calendar], Arrays]) -> None:
        self._judge, self._arrays_of = judge, arrays_of
        self.measures: list[Measure] = [judge._bare]

    # Time ----------------------------------------------------------------------------------------

    def _measure(self, target: Target, part: Within) -> int:
        """The place of a measure among those that are used."""
        measure = self._judge._measure(target, part)
        for place, one in enumerate(self.measures):
            if one is measure or (
                one.calendar is measure.calendar
                and (one.part, one.rests_by, one.name) == (part, measure.rests_by, measure.name)
            ):
                return place
        self.measures.append(measure)
        return len(self.measures) - 1

    def between(self, part: Within, measure: Measure, starts: Integers, ends: Integers) -> Integers:
        """How much of a part passes; nothing where instants are reversed or unknown."""
        sound = (starts > BEYOND) & (ends > BEYOND) & (starts < ends) & (ends < LATEST)
        every = bool(sound.all())
        if not every:
            starts, ends = starts[sound], ends[sound]
        if part.by_hours:
            length = self._arrays_of(measure.calendar).elapsed(starts, ends)
        else:
            length = ends - starts
        if every:
            return length
        spread = np.zeros(len(sound), np.int64)
        spread[sound] = length
        return spread

    def _due(self, part: Within, measure: Measure, starts: Integers) -> Integers:
        """When a part is over: `Within.due_on`."""
        arrays, count = self._arrays_of(measure.calendar), part.count
        if part.unit == "working time":
            return arrays.add(starts, count, to_next_open=measure.to_next_open)
        if part.unit == "time":
            return _within_years(starts + count)
        if part.unit == "at once":
            return arrays.next_open(starts)
        verb = {
            "working days": arrays.add_working_days,
            "calendar days": arrays.add_days,
            "end of working day": arrays.end_of_working_day,
            "end of day": arrays.end_of_day,
        }[part.unit]
        return verb(starts, count)

    def _later(self, measure: Measure, at: Integers, lengths: Integers) -> Integers:
        """Instants moved on by so much of a measure's time: `Within.later`."""
        part = measure.rests_by
        if not part.by_hours:
            return _within_years(at + lengths)
        arrays, moved = self._arrays_of(measure.calendar), at.copy()
        moving = np.flatnonzero((lengths > 0) & (at > BEYOND))
        at, lengths = at[moving], lengths[moving]
        edge = measure.to_next_open and part.unit == "working time"
        if edge:
            moved[moving] = arrays.add(at, lengths, to_next_open=True)
            return moved
        later = arrays.add(at, lengths)
        before = np.maximum(at - 1, EARLIEST)
        opens = arrays.is_open(at) & ~arrays.is_open(before) & (at > EARLIEST)
        if opens.any():
            later[opens] = arrays.add(at[opens], lengths[opens], to_next_open=True)
        moved[moving] = later
        return moved

    def _walked(
        self, measure: Measure, at: Integers, rests: Rests, starts: Integers, ends: Integers
    ) -> tuple[Integers, Flags]:
        """Instants moved on by the rests that begin before them, and which of them float."""
        floats, at = np.zeros(len(at), np.bool_), at.copy()
        for items, begins, closes, lasts in rests.steps(starts, ends):
            met = at[items] > begins
            if not met.any():
                continue
            some = items[met]
            lengths = self.between(measure.rests_by, measure, begins[met], closes[met])
            at[some] = self._later(measure, at[some], lengths)
            floats[some] |= lasts[met]
        return at, floats

    # Dues ----------------------------------------------------------------------------------------

    def bounds(
        self, found: tuple[Found, ...], rests: Rests, starts: Integers, ends: Integers
    ) -> Dues | None:
        """What is due by some rows: `Judge.bounds`."""
        holds: Dues | None = None
        for place, one in enumerate(found):
            target = one.target
            if target.within is None:
                continue
            due, floats, measure = self._of_length(target, target.within, rests, starts, ends)
            bound, bound_floats = due, floats
            if target.limit is not None:
                bound, bound_floats, _ = self._of_length(target, target.limit, rests, starts, ends)
            row = np.full(len(due), place)
            if holds is None:
                holds = Dues(due, floats, bound, bound_floats, row, measure)
                continue
            sooner, tighter = due < holds.due, bound < holds.bound
            holds = Dues(
                np.where(sooner, due, holds.due),
                np.where(sooner, floats, holds.due_floats),
                np.where(tighter, bound, holds.bound),
                np.where(tighter, bound_floats, holds.bound_floats),
                np.where(sooner, row, holds.row),
                np.where(sooner, measure, holds.measure),
            )
        return holds

    def _of_length(
        self,
        target: Target,
        length: Within | Combined,
        rests: Rests,
        starts: Integers,
        ends: Integers,
    ) -> tuple[Integers, Flags, Integers]:
        """When a length is over, each of its parts walked by itself: `Judge._due`."""
        latest = isinstance(length, Combined) and length.which == "latest"
        best = starts, np.zeros(len(starts), np.bool_), starts
        beyond = np.zeros(len(starts), np.bool_)
        for number, part in enumerate(length.parts):
            place = self._measure(target, part)
            measure = self.measures[place]
            due = self._due(part, measure, starts)
            due, floats = self._walked(measure, due, rests, starts, ends)
            beyond |= due <= BEYOND
            places = np.full(len(due), place)
            if not number:
                best = due, floats, places
                continue
            better = due > best[0] if latest else due < best[0]
            best = (
                np.where(better, due, best[0]),
                np.where(better, floats, best[1]),
                np.where(better, places, best[2]),
            )
        # What is beyond the years is an error, whichever part would have told.
        return np.where(beyond, BEYOND, best[0]), best[1], best[2]


def _within_years(instants: Integers) -> Integers:
    """Instants, `BEYOND` where they are too late, or were so before."""
    within: Integers = np.where((instants >= LATEST) | (instants < EARLIEST), BEYOND, instants)
    return within
