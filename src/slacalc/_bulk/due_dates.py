"""Due dates over arrays: `TargetClock` and `Evaluator.due_dates` for many target periods at once.

Few promises differ in anything but how much they allow, so what is matched is taken apart into a
`Form` and counts, and all periods of one form are computed at once, each with its own counts.
Without pauses, a due date is one call of `Arrays`. Pauses are applied by their position: the first
pause of all periods that have one, then the second, and so on; each moves the due dates after it on
by its own length.

A due date outside the supported years, or on a calendar that never opens, is `BEYOND`.

Read next: `evaluation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np

from slacalc._bulk.groups import rows_by_code
from slacalc._calendar.compilation import unpublished_from
from slacalc._columns.arithmetic import Arrays
from slacalc._columns.kernel import BEYOND, MISSING
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


class ClippedPauses(NamedTuple):
    """Some pauses, clipped to intervals.

    Args:
        items: The item of each.
        start: Its start.
        end: Its end.
        is_ongoing: Whether it goes on after the end of the interval.
    """

    items: Integers
    start: Integers
    end: Integers
    is_ongoing: BoolArray


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

    def clipped(self, starts: Integers, ends: Integers) -> Iterator[ClippedPauses]:
        """Yield the first pause of each item, clipped; then the second; and so on.

        Each pause is clipped to an interval of its item. The end comes when no item has another.
        """
        for position in range(int(self.counts.max(initial=0))):
            items = np.flatnonzero(self.counts > position)
            yield self._clip(items, self.first[items] + position, starts, ends)

    def all_clipped(self, starts: Integers, ends: Integers) -> ClippedPauses:
        """All pauses together, clipped as by `clipped`."""
        items = np.repeat(np.arange(len(self.counts)), self.counts)
        earlier = np.cumsum(self.counts) - self.counts
        pauses = self.first[items] + np.arange(len(items)) - earlier[items]
        return self._clip(items, pauses, starts, ends)

    def _clip(
        self, items: Integers, pauses: Integers, starts: Integers, ends: Integers
    ) -> ClippedPauses:
        """Some pauses, clipped to an interval of their items."""
        begins, closes = np.maximum(self.start[pauses], starts[items]), self.end[pauses]
        is_ongoing = (closes == MISSING) | (closes > ends[items])
        closes = np.where(is_ongoing, ends[items], closes)
        kept = (begins <= ends[items]) & ((begins < closes) | is_ongoing)
        return ClippedPauses(items[kept], begins[kept], closes[kept], is_ongoing[kept])


class Length(NamedTuple):
    """A `Within` or a `Combined` without its counts.

    Args:
        clocks: The positions in `DueCalculator.clocks` of the clocks of its parts.
        is_latest: Whether the latest part counts; else the earliest.
    """

    clocks: tuple[int, ...]
    is_latest: bool


class RowForm(NamedTuple):
    """A row with a figure, without its counts.

    Args:
        row: The position of the row among the matched ones.
        within: The time that it allows.
        limit: Its limit; None: it is the due date.
    """

    row: int
    within: Length
    limit: Length | None


class Form(NamedTuple):
    """Matched rows without their counts: those of the same form are evaluated together.

    Args:
        rows: Those with a figure.
        bare: The position of the clock that counts without a figure.
    """

    rows: tuple[RowForm, ...]
    bare: int

    @property
    def clocks(self) -> list[int]:
        """The positions of the clocks of all parts, in the order of their counts."""
        lengths = (length for row in self.rows for length in (row.within, row.limit) if length)
        return [clock for length in lengths for clock in length.clocks]

    @property
    def all_clocks(self) -> list[int]:
        """The same, and the clock that counts without a figure."""
        return [*self.clocks, self.bare]

    @property
    def has_single_length(self) -> bool:
        """Whether one length makes everything due: `TargetPeriod.has_single_length`."""
        return len(self.rows) < 2 and all(len(row.within.clocks) < 2 for row in self.rows)


class MatchedForms:
    """A list of matched rows, by their forms.

    Args:
        matched: The list.
        known: By position, the form, and the counts of all parts.

    Attributes:
        matched: The list.
        forms: The forms.
        form_of: By position in the list, the position of the form.
        has_limits: Whether a form has a limit.
    """

    def __init__(
        self,
        matched: Sequence[tuple[MatchedRow, ...]],
        known: Sequence[tuple[Form, tuple[int, ...]]],
    ) -> None:
        self.matched = matched
        self._places: Integers | None = None
        places: dict[Form, int] = {}
        of_each = [places.setdefault(form, len(places)) for form, _ in known]
        self.forms = [*places]
        self.has_limits = any(row.limit for form in self.forms for row in form.rows)
        self.form_of = np.array(of_each, np.min_scalar_type(len(places)))
        self._are_alone = np.bincount(self.form_of, minlength=len(places)) == 1
        width = max((len(counts) for _, counts in known), default=0)
        self._counts = np.array(
            [(*counts, *(0,) * (width - len(counts))) for _, counts in known], np.int64
        ).reshape(len(known), width)

    def split(self, codes: NDArray[Any]) -> Iterator[tuple[int, Any]]:
        """Each form that occurs, with its items; a slice if these are all.

        Args:
            codes: The position in the list of each item.
        """
        if len(self.forms) == 1 and len(codes):
            return iter([(0, slice(None))])
        return rows_by_code(self.form_of.take(codes), len(self.forms))

    def counts(self, form: int, codes: NDArray[Any]) -> list[Work]:
        """The counts of all parts of a form, one for each item, or one for all."""
        count = len(self.forms[form].clocks)
        if self._are_alone[form] and len(codes):
            return [*self._counts[codes[0], :count].tolist()]
        return [self._counts[:, part].take(codes) for part in range(count)]

    def places(
        self, tables: list[str], codes: NDArray[Any], rows: Positions
    ) -> tuple[NDArray[np.int16], Integers]:
        """The table of one of the matched rows of each item, and its place in the table.

        Args:
            tables: The names of the tables.
            codes: The position in the list of each item.
            rows: The position of the row among its matched ones.
        """
        if self._places is None:
            width = max(map(len, self.matched), default=0)
            self._places = np.zeros((2, len(self.matched), width), np.int64)
            for code, matched in enumerate(self.matched):
                for place, row in enumerate(matched):
                    self._places[:, code, place] = tables.index(row.table), row.place
        of_table, place = self._places[:, codes, rows]
        return of_table.astype(np.int16), place


class DueArrays(NamedTuple):
    """The due dates of items whose matched rows have the same form, as `DueDates` for one item.

    Args:
        due, limit: Instants.
        row: The position of the row with the earliest due date.
        clock: The position of its clock in `DueCalculator.clocks`.
        total: How much time it allows, if no pause has moved it; None: that is to be measured.
        due_moves, limit_moves: Whether an ongoing pause moves them; None: there are no pauses.
        beyond: Whether an item has no due date within the supported years; None: each has one.
    """

    due: Integers
    limit: Integers
    row: Positions
    clock: Positions
    total: Work | None
    due_moves: BoolArray | None = None
    limit_moves: BoolArray | None = None
    beyond: BoolArray | None = None


class _DueInstants(NamedTuple):
    """`DueInstant` over arrays, with the position of the clock by which each is counted.

    The total is as in `DueArrays`.
    """

    at: Integers
    clock: Positions
    total: Work | None
    moves: BoolArray | None = None


class _PausedSpans(NamedTuple):
    """The pauses of items, and the interval of each that counts."""

    pauses: PauseArrays
    starts: Integers
    ends: Integers


class _Items(NamedTuple):
    """From when the time of items counts, its pauses, and the dates of their tickets."""

    starts: Integers
    spans: _PausedSpans | None
    dates: Mapping[str, Integers]


class DueCalculator:
    """Computes the due dates of the metrics of a policy version.

    Args:
        evaluators: The evaluators of their cycles.

    Attributes:
        evaluators: The evaluators.
        clocks: The clocks that were needed so far; the first ones are for items of each metric
            without a figure. They have no counts.
        alike: By clock, the position of the first one that measures time like it.
    """

    def __init__(self, evaluators: Sequence[Evaluator]) -> None:
        self.evaluators = evaluators
        self.clocks: list[TargetClock] = []
        self._positions: dict[Any, int] = {}
        self.alike = np.empty(0, np.int16)
        self._measures: dict[tuple[int, bool], int] = {}
        self._lock = Lock()  # since calls in several threads use it
        for evaluator in evaluators:
            self._position_of(evaluator.bare_clock)
        self._arrays: dict[int, Arrays] = {}
        # By metric and the identity of the rows, which it keeps alive.
        self._forms: dict[
            tuple[int, int], tuple[Form, tuple[int, ...], tuple[MatchedRow, ...]]
        ] = {}
        self._unpublished: dict[Form, int | None] = {}

    # Forms ---------------------------------------------------------------------------------------

    def forms(self, promised: Mapping[int, Sequence[tuple[MatchedRow, ...]]]) -> MatchedForms:
        """The forms of lists of matched rows by metric, one list after the other."""
        matched = [rows for of_metric in promised.values() for rows in of_metric]
        known = [
            self._form_of(metric, rows)
            for metric, of_metric in promised.items()
            for rows in of_metric
        ]
        return MatchedForms(matched, known)

    def _form_of(self, metric: int, rows: tuple[MatchedRow, ...]) -> tuple[Form, tuple[int, ...]]:
        known = self._forms.get((metric, id(rows)))
        if known is None:
            evaluator, counts = self.evaluators[metric], list[int]()

            def length_of(target: Target, length: Within | Combined) -> Length:
                counts.extend(part.count for part in length.parts)
                clocks = (evaluator.clock_of(target, part) for part in length.parts)
                is_latest = isinstance(length, Combined) and length.which == "latest"
                return Length(tuple(map(self._position_of, clocks)), is_latest)

            forms = []
            for place, row in enumerate(rows):
                within, limit = row.target.within, row.target.limit
                if within is not None:
                    allowed = length_of(row.target, within)
                    bound = length_of(row.target, limit) if limit else None
                    forms.append(RowForm(place, allowed, bound))
            form = Form(tuple(forms), self._position_of(evaluator.bare_clock_of(rows)))
            known = self._forms[metric, id(rows)] = form, tuple(counts), rows
        return known[:2]

    def _position_of(self, clock: TargetClock) -> int:
        """The position in `clocks` of a clock, whatever it counts."""
        part = attrs.evolve(clock.part, count=0, calendar="", written="")
        pause_unit = part if clock.pause_unit == clock.part else clock.pause_unit
        key = id(clock.calendar), part, pause_unit, clock.roll
        with self._lock:
            position = self._positions.setdefault(key, len(self.clocks))
            if position == len(self.clocks):
                self.clocks.append(clock._replace(part=part, pause_unit=pause_unit))
                measured = id(clock.calendar), part.by_hours
                alike = self._measures.setdefault(measured, position)
                self.alike = np.append(self.alike, np.int16(alike))
        return position

    # Time ----------------------------------------------------------------------------------------

    def _arrays_of(self, calendar: Calendar) -> Arrays:
        arrays = self._arrays.get(id(calendar))
        if arrays is None:
            arrays = self._arrays[id(calendar)] = Arrays(calendar.timeline)
        return arrays

    def between(
        self, clock: TargetClock, starts: Integers, ends: Integers, part: Within | None = None
    ) -> Integers:
        """The time between instants; 0 if they are reversed, or there is no instant.

        Args:
            clock: How it is counted.
            starts, ends: The instants.
            part: The length in whose unit it is counted; None: that of the clock.
        """
        lengths = (part or clock.part).measure(self._arrays_of(clock.calendar), starts, ends)
        np.maximum(lengths, 0, out=lengths)
        return lengths

    def measure(self, clocks: Positions, starts: Integers, ends: Integers) -> Integers:
        """The time between instants, by the clock of each."""
        if isinstance(clocks, int):
            return self.between(self.clocks[clocks], starts, ends)
        lengths = np.empty(len(starts), np.int64)
        for position, items in rows_by_code(clocks, len(self.clocks)):
            lengths[items] = self.between(self.clocks[position], starts[items], ends[items])
        return lengths

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
            lengths = self.between(clock, begins[is_before], closes[is_before], unit)
            at[moved] = unit.shift(arrays, at[moved], lengths, to_next_open=clock.to_next_open)
            moves[moved] |= is_ongoing[is_before]
        return at, moves

    # Due dates -----------------------------------------------------------------------------------

    def due_dates(
        self,
        form: Form,
        counts: Sequence[Work],
        starts: Integers,
        ends: Integers | None = None,
        pauses: PauseArrays | None = None,
        *,
        dates: Mapping[str, Integers] | None = None,
    ) -> DueArrays | None:
        """The due dates of items whose matched rows have the same form: `Evaluator.due_dates`.

        Args:
            form: The form.
            counts: The counts of its parts, as of `MatchedForms.counts`.
            starts: The instants from which time counts.
            ends: The instants at which the items are evaluated; needed only with pauses.
            pauses: The pauses of the items; None: there are none.
            dates: By attribute, the instants that the tickets of the items have.

        Returns:
            The due dates; None if no row has a figure.
        """
        spans = None
        if pauses is not None and ends is not None and pauses.counts.any():
            spans = _PausedSpans(pauses, starts, ends)
        items = _Items(starts, spans, dates or {})
        beyond: list[BoolArray] = []
        parts = iter(counts)
        earliest: tuple[_DueInstants, _DueInstants, Positions] | None = None
        for row, within, limit_of_row in form.rows:
            due = bound = self._due(within, parts, items, beyond)
            if limit_of_row is not None:
                bound = self._due(limit_of_row, parts, items, beyond)
            if earliest is None:
                earliest = due, bound, row
                continue
            known_due, limit, of_row = earliest
            sooner = due.at < known_due.at
            earliest = (
                _choose(sooner, due, known_due),
                _choose(bound.at < limit.at, bound, limit),
                np.where(sooner, row, of_row),
            )
        if earliest is None:
            return None
        due, limit, of_row = earliest
        is_beyond = np.logical_or.reduce(beyond) if beyond else None
        return DueArrays(
            due.at, limit.at, of_row, due.clock, due.total, due.moves, limit.moves, is_beyond
        )

    def _due(
        self,
        length: Length,
        counts: Iterator[Work],
        items: _Items,
        beyond: list[BoolArray],
    ) -> _DueInstants:
        """When a length is over; pauses move each part of a combined one by itself."""
        starts, spans, dates = items
        best: _DueInstants | None = None
        # After its own counts come those of other lengths.
        for position, count in zip(length.clocks, counts, strict=False):
            clock, part = self.clocks[position], self.clocks[position].part
            if part.unit == "instant":  # which no pause moves
                moves = None if spans is None else np.zeros(len(starts), np.bool_)
                return _DueInstants(dates[part.field], position, None, moves)
            moves, arrays = None, self._arrays_of(clock.calendar)
            at = part.after(arrays, starts, count, to_next_open=clock.to_next_open)
            if spans is not None:
                at, moves = self._after_pauses(clock, at, spans)
            at = part.rolled(arrays, at, starts, clock.roll)
            # A part outside the years is an error even if another part would decide.
            if len(at) and int(at.min()) <= BEYOND:
                beyond.append(at <= BEYOND)
            is_time = part.unit in ("working time", "time") and not clock.roll
            due = _DueInstants(at, position, count if is_time else None, moves)
            if best is None:
                best = due
            else:
                best = _choose(at > best.at if length.is_latest else at < best.at, due, best)
        return best  # type: ignore[return-value] # a length has at least one part

    def unpublished_from(self, form: Form) -> int | None:
        """The first instant at which due dates of a form are provisional; None: none is."""
        if form not in self._unpublished:
            clocks = [self.clocks[position] for position in form.clocks]
            firsts = (
                unpublished_from(clock.calendar)
                for clock in clocks
                if clock.part.by_hours or clock.roll
            )
            known = (first for first in firsts if first is not None)
            self._unpublished[form] = min(known, default=None)
        return self._unpublished[form]


def _choose(better: BoolArray, a: _DueInstants, b: _DueInstants) -> _DueInstants:
    """*a* where it is better, else *b*."""
    moves = None
    if a.moves is not None and b.moves is not None:
        moves = np.where(better, a.moves, b.moves)
    total = None
    if a.total is not None and b.total is not None:
        total = np.where(better, a.total, b.total)
    clock = np.where(better, a.clock, b.clock)
    return _DueInstants(np.where(better, a.at, b.at), clock, total, moves)
