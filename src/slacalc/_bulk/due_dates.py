"""Due dates over arrays: `TargetClock` and `Evaluator.due_dates` for many target periods at once.

Without pauses, a due date is one call of `Arrays`. Pauses are applied by their position: the first
pause of all periods that have one, then the second, and so on; each moves the due dates after it on
by its own length.

A due date outside the supported years, or on a calendar that never opens, is `BEYOND`.

Read next: `evaluation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._calendar.compilation import unpublished_from
from slacalc._columns.arithmetic import BEYOND, Arrays
from slacalc._columns.kernel import MISSING
from slacalc._policy.target_time import Combined
from slacalc._threads import Lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from slacalc._calendar.calendar import Calendar
    from slacalc._clock.evaluation import Evaluator, TargetClock
    from slacalc._columns.arithmetic import Integers, Work
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.records import Target
    from slacalc._policy.target_time import Within

    BoolArray: TypeAlias = NDArray[np.bool_]
    Positions: TypeAlias = Integers | int  # one for each item, or one for all


class PauseArrays(NamedTuple):
    """The pauses of some items, such as cycles; those of each item are consecutive and in order.

    Args:
        counts: The number of pauses of each item.
        first: The index of each item's first pause.
        start: The first instant of each pause.
        end: The instant after its last; `MISSING`: it has not ended.
    """

    counts: Integers
    first: Integers
    start: Integers
    end: Integers

    def select(self, items: Any) -> PauseArrays:
        """The pauses of some of the items."""
        return self._replace(counts=self.counts[items], first=self.first[items])

    def clipped(
        self, starts: Integers, ends: Integers
    ) -> Iterator[tuple[Integers, Integers, Integers, BoolArray]]:
        """Yield the first pause of each item, clipped; then the second; and so on.

        Each pause is clipped to an interval of its item. The end comes when no item has another.

        Yields:
            The items that have such a pause, its start, its end, and whether it goes on after the
            end of the interval.
        """
        for position in range(int(self.counts.max(initial=0))):
            items = np.flatnonzero(self.counts > position)
            pauses = self.first[items] + position
            begins, closes = np.maximum(self.start[pauses], starts[items]), self.end[pauses]
            is_ongoing = (closes == MISSING) | (closes > ends[items])
            closes = np.where(is_ongoing, ends[items], closes)
            kept = (begins <= ends[items]) & ((begins < closes) | is_ongoing)
            yield items[kept], begins[kept], closes[kept], is_ongoing[kept]


class DueArrays(NamedTuple):
    """The due dates of items with the same matched rows, as `DueDates` has them for one.

    Args:
        due, limit: Instants.
        row: The position of the row with the earliest due date.
        clock: The position of its clock in `DueCalculator.clocks`.
        due_moves, limit_moves: Whether an ongoing pause moves them; None: there are no pauses.
        beyond: Whether an item has no due date within the supported years; None: each has one.
    """

    due: Integers
    limit: Integers
    row: Positions
    clock: Positions
    due_moves: BoolArray | None = None
    limit_moves: BoolArray | None = None
    beyond: BoolArray | None = None


class _DueInstants(NamedTuple):
    """`DueInstant` over arrays, with the position of the clock by which each is counted."""

    at: Integers
    clock: Positions
    moves: BoolArray | None = None


class _PausedSpans(NamedTuple):
    """The pauses of items, and the interval of each that counts."""

    pauses: PauseArrays
    starts: Integers
    ends: Integers


class DueCalculator:
    """Computes the due dates of one metric.

    Args:
        evaluator: The evaluator of its cycles.

    Attributes:
        clocks: The clocks that were needed so far; the first one is for items without a figure.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self.clocks: list[TargetClock] = [evaluator.bare_clock]
        self._positions = {self._key_of(evaluator.bare_clock): 0}
        self._lock = Lock()  # since calls in several threads use it
        self._arrays: dict[int, Arrays] = {}
        # By the identity of what they are about, which they keep alive.
        self._of_parts: dict[tuple[int, int], tuple[Target, Within, int]] = {}
        self._unpublished: dict[int, tuple[Sequence[MatchedRow], int | None]] = {}

    # Time ----------------------------------------------------------------------------------------

    def _clock_of(self, target: Target, part: Within) -> int:
        """The position in `clocks` of the clock of a part of a target."""
        known = self._of_parts.get((id(target), id(part)))
        if known is None:
            position = self._position_of(self._evaluator.clock_of(target, part))
            known = self._of_parts[id(target), id(part)] = target, part, position
        return known[2]

    @staticmethod
    def _key_of(clock: TargetClock) -> tuple[Any, ...]:
        return id(clock.calendar), clock.part, clock.pause_unit, clock.name, clock.roll

    def _position_of(self, clock: TargetClock) -> int:
        with self._lock:
            position = self._positions.setdefault(self._key_of(clock), len(self.clocks))
            if position == len(self.clocks):
                self.clocks.append(clock)
        return position

    def bare_clock_of(self, rows: tuple[MatchedRow, ...]) -> int:
        """The position in `clocks` of the clock that counts without a figure."""
        return self._position_of(self._evaluator.bare_clock_of(rows))

    def _arrays_of(self, calendar: Calendar) -> Arrays:
        arrays = self._arrays.get(id(calendar))
        if arrays is None:
            arrays = self._arrays[id(calendar)] = Arrays(calendar.timeline)
        return arrays

    def between(
        self, part: Within, clock: TargetClock, starts: Integers, ends: Integers
    ) -> Integers:
        """The time of a part between instants; 0 if they are reversed, or there is no instant."""
        lengths = part.measure(self._arrays_of(clock.calendar), starts, ends)
        np.maximum(lengths, 0, out=lengths)
        return lengths

    def total(self, clock: TargetClock, starts: Integers, dues: Integers) -> Work:
        """The time from the start to a due date that no pause has moved."""
        part = clock.part
        if part.unit in ("working time", "time") and not clock.roll:
            return part.count
        return self.between(part, clock, starts, dues)

    def _after_pauses(
        self, clock: TargetClock, at: Integers, spans: _PausedSpans
    ) -> tuple[Integers, BoolArray]:
        """Instants moved on by the pauses before them, and whether an ongoing pause moves them."""
        at, moves = at.copy(), np.zeros(len(at), np.bool_)
        unit, arrays = clock.pause_unit, self._arrays_of(clock.calendar)
        for items, begins, closes, is_ongoing in spans.pauses.clipped(spans.starts, spans.ends):
            is_before = begins < at[items]
            if not is_before.any():
                continue
            moved = items[is_before]
            lengths = self.between(unit, clock, begins[is_before], closes[is_before])
            at[moved] = unit.shift(arrays, at[moved], lengths, to_next_open=clock.to_next_open)
            moves[moved] |= is_ongoing[is_before]
        return at, moves

    # Due dates -----------------------------------------------------------------------------------

    def due_dates(
        self,
        rows: Sequence[MatchedRow],
        starts: Integers,
        ends: Integers | None = None,
        pauses: PauseArrays | None = None,
        dates: Mapping[str, Integers] | None = None,
    ) -> DueArrays | None:
        """The due dates of items with the same matched rows: `Evaluator.due_dates`.

        Args:
            rows: The matched rows.
            starts: The instants from which time counts.
            ends: The instants at which the items are evaluated; needed only with pauses.
            pauses: The pauses of the items; None: there are none.
            dates: By attribute, the instants that the tickets of the items have.

        Returns:
            The due dates; None if no row has a figure.
        """
        spans, dates = None, dates or {}
        if pauses is not None and ends is not None and pauses.counts.any():
            spans = _PausedSpans(pauses, starts, ends)
        beyond: list[BoolArray] = []
        earliest: tuple[_DueInstants, _DueInstants, Positions] | None = None
        for position, row in enumerate(rows):
            target = row.target
            if target.within is None:
                continue
            if target.within.parts[0].unit == "instant":
                due = bound = self._date(target, target.within.parts[0], dates, spans)
            else:
                due = bound = self._due(target, target.within, starts, spans, beyond)
            if target.limit is not None:
                bound = self._due(target, target.limit, starts, spans, beyond)
            if earliest is None:
                earliest = due, bound, position
                continue
            known_due, limit, of_row = earliest
            sooner = due.at < known_due.at
            earliest = (
                _choose(sooner, due, known_due),
                _choose(bound.at < limit.at, bound, limit),
                np.where(sooner, position, of_row),
            )
        if earliest is None:
            return None
        due, limit, of_row = earliest
        is_beyond = np.logical_or.reduce(beyond) if beyond else None
        return DueArrays(due.at, limit.at, of_row, due.clock, due.moves, limit.moves, is_beyond)

    def _date(
        self,
        target: Target,
        part: Within,
        dates: Mapping[str, Integers],
        spans: _PausedSpans | None,
    ) -> _DueInstants:
        """The dates of the tickets, which no pause moves."""
        at = dates[part.field]
        moves = None if spans is None else np.zeros(len(at), np.bool_)
        return _DueInstants(at, self._clock_of(target, part), moves)

    def _due(
        self,
        target: Target,
        length: Within | Combined,
        starts: Integers,
        spans: _PausedSpans | None,
        beyond: list[BoolArray],
    ) -> _DueInstants:
        """When a length is over; pauses move each part of a combined one by itself."""
        latest = isinstance(length, Combined) and length.which == "latest"
        best: _DueInstants | None = None
        for part in length.parts:
            position = self._clock_of(target, part)
            clock, moves = self.clocks[position], None
            arrays = self._arrays_of(clock.calendar)
            at = part.due_on(arrays, starts, to_next_open=clock.to_next_open)
            if spans is not None:
                at, moves = self._after_pauses(clock, at, spans)
            at = part.rolled(arrays, at, starts, clock.roll)
            # A part outside the years is an error even if another part would decide.
            if len(at) and int(at.min()) <= BEYOND:
                beyond.append(at <= BEYOND)
            due = _DueInstants(at, position, moves)
            if best is None:
                best = due
            else:
                best = _choose(at > best.at if latest else at < best.at, due, best)
        return best  # type: ignore[return-value] # a length has at least one part

    def unpublished_from(self, rows: Sequence[MatchedRow]) -> int | None:
        """The first instant at which due dates of these rows are provisional; None: none is."""
        known = self._unpublished.get(id(rows))
        if known is None:
            firsts = (
                unpublished_from(self.clocks[self._clock_of(row.target, part)].calendar)
                for row in rows
                for length in (row.target.within, row.target.limit)
                for part in (length.parts if row.target.within and length else ())
                if part.by_hours or row.target.roll
            )
            first = min((first for first in firsts if first is not None), default=None)
            known = self._unpublished[id(rows)] = rows, first
        return known[1]


def _choose(better: BoolArray, a: _DueInstants, b: _DueInstants) -> _DueInstants:
    """*a* where it is better, else *b*."""
    moves = None
    if a.moves is not None and b.moves is not None:
        moves = np.where(better, a.moves, b.moves)
    clock = np.where(better, a.clock, b.clock)
    return _DueInstants(np.where(better, a.at, b.at), clock, moves)
