"""Read tables of outages and of announced maintenance, and measure how much time they cover.

Instants are int64 arrays of UTC microseconds. A `Stretches` is a set of instants as sorted,
half-open stretches that neither overlap nor touch; `Stretches.until` is the time of it that has
passed up to an instant, so that the time of it between two instants is a subtraction. Degraded
outages have a share; where several overlap, the largest counts (`largest_shares`). There is no loop
over rows.

Read next: `availability`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.groups import RowErrors
from slacalc._columns.categories import encode
from slacalc._columns.kernel import MISSING
from slacalc._contract.tables import frame_of
from slacalc._policy.matching import one_slip
from slacalc._time.instants import EARLIEST, LATEST, horizon_error, to_utc
from slacalc.errors import ColumnError, ReversedRangeError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import EncodedColumn
    from slacalc._time.instants import Zone
    from slacalc._time.intervals import SpanList

START, END, COMPONENT, SHARE = "start", "end", "component", "share"
OUTAGES, MAINTENANCE = "outages", "maintenance"
ONGOING = LATEST  # the end of an outage that has not ended
_DECIMALS = 18  # of a share, at most
_SHARE = re.compile(rf"(\d{{1,3}}(?:\.\d{{1,{_DECIMALS}}})?)( ?%)?", re.ASCII)


# Sets of instants ---------------------------------------------------------------------------------


class Stretches:
    """A set of instants, as stretches ``[opens, closes)`` in order, which do not touch.

    Args:
        opens: Their beginnings.
        closes: Their ends.
    """

    def __init__(self, opens: Integers, closes: Integers) -> None:
        self.opens, self.closes = opens, closes
        before = np.concatenate([[0], np.cumsum(closes - opens)])
        # The time before each stretch less its beginning; an empty stretch comes before the first.
        self._base = np.concatenate([[0], before[:-1] - opens])
        self._ends = np.concatenate([[0], closes])

    @classmethod
    def of_spans(cls, spans: SpanList) -> Stretches:
        """The stretches of a span list."""
        pairs = np.array(spans, np.int64).reshape(-1, 2)
        return cls(pairs[:, 0].copy(), pairs[:, 1].copy())

    @classmethod
    def union(cls, starts: Integers, ends: Integers) -> Stretches:
        """The instants in any of some intervals, which may overlap and be in any order."""
        return cls.of_groups(starts, ends)[0]

    @classmethod
    def of_groups(cls, starts: Integers, ends: Integers) -> tuple[Stretches, Integers, Integers]:
        """As `union`, and the intervals in order, with the index of the stretch that each is in."""
        order = np.arange(len(starts))
        if len(starts) > 1 and not bool(np.all(starts[1:] >= starts[:-1])):
            order = np.argsort(starts, kind="stable")
            starts, ends = starts[order], ends[order]
        reached = np.maximum.accumulate(ends) if len(ends) else ends
        begins = np.ones(len(starts), np.bool_)
        begins[1:] = starts[1:] > reached[:-1]
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(starts)) - 1 if len(first) else first
        return cls(starts[first], reached[last]), order, np.cumsum(begins) - 1

    @property
    def total(self) -> int:
        """All its time, in microseconds."""
        return int((self.closes - self.opens).sum())

    def until(self, instants: Integers) -> Integers:
        """The time of it before each instant."""
        index = np.searchsorted(self.opens, instants, "right")
        time: Integers = np.minimum(instants, self._ends[index]) + self._base[index]
        time[index == 0] = 0
        return time

    def between(self, starts: Integers, ends: Integers) -> Integers:
        """The time of it between pairs of instants."""
        time: Integers = self.until(ends) - self.until(starts)
        return time

    def clip(self, start: int, end: int) -> Stretches:
        """Its part between two instants."""
        kept = (self.closes > start) & (self.opens < end)
        return Stretches(np.maximum(self.opens[kept], start), np.minimum(self.closes[kept], end))

    def without(self, other: Stretches) -> Stretches:
        """Its instants that are not in another set."""
        if not len(other.opens) or not len(self.opens):
            return self
        at = np.concatenate([self.opens, self.closes, other.opens, other.closes])
        sizes = [len(self.opens)] * 2 + [len(other.opens)] * 2
        change = np.repeat(np.array([1, -1, 2, -2]), sizes)
        order = np.argsort(at, kind="stable")
        at, inside = at[order], np.cumsum(change[order])
        is_last = np.append(at[1:] != at[:-1], True)  # several edges at one instant act together
        at, kept = at[is_last], inside[is_last] == 1  # in this set alone
        edges = at[np.diff(np.concatenate([[False], kept])) != 0]
        return Stretches(edges[0::2], edges[1::2])


def largest_shares(left: Integers, right: Integers, ranks: Integers, size: int) -> Integers:
    """For each of *size* places in a row, the largest rank of the ranges ``[left, right)`` over it.

    Each range is the union of two ranges whose length is a power of two. From the longest lengths
    to the shortest, the ranks of ranges are handed down to their halves.

    Args:
        left: The first place of each range, of which none is empty.
        right: The place after its last.
        ranks: Their ranks, from 1 on.
        size: The number of places.

    Returns:
        An array of *size* ranks; 0: no range is there.
    """
    largest = np.zeros(size, np.int64)
    if not len(left):
        return largest
    levels = np.frexp(right - left)[1] - 1
    for level in range(int(levels.max()), -1, -1):
        rows = np.flatnonzero(levels == level)
        np.maximum.at(largest, left[rows], ranks[rows])
        np.maximum.at(largest, right[rows] - (1 << level), ranks[rows])
        if level:
            half = 1 << (level - 1)
            below = largest.copy()
            np.maximum(below[half:], largest[:-half], out=below[half:])
            largest = below
    return largest


# Tables -------------------------------------------------------------------------------------------


class Incidents(NamedTuple):
    """The valid rows of a table of outages, or of announced maintenance.

    Args:
        starts: When they began.
        ends: When they ended; `ONGOING` where they have not.
        component: Their components; None: the table does not say.
        ranks: The ranks of their shares, from 1 on; None: all are whole.
        shares: The share of each rank, in units of 1 / *units*, after a 0.
        units: The common denominator of the shares.
        rows: Their rows in the table.
    """

    starts: Integers
    ends: Integers
    component: EncodedColumn | None
    ranks: Integers | None
    shares: tuple[int, ...]
    units: int
    rows: Integers

    def take(self, kept: Any) -> Incidents:
        """Some of them."""
        component = self.component
        return self._replace(
            starts=self.starts[kept],
            ends=self.ends[kept],
            component=component and component._replace(codes=component.codes[kept]),
            ranks=None if self.ranks is None else self.ranks[kept],
            rows=self.rows[kept],
        )

    def concerning(self, components: Collection[str]) -> NDArray[np.bool_]:
        """Which concern any of some components; one that names none concerns all."""
        if self.component is None or not components:
            return np.ones(len(self.starts), np.bool_)
        named = [value in components for value in self.component.values]
        return np.array([*named, True], np.bool_)[self.component.codes]

    def known_by(self, end: int) -> Incidents:
        """Those that had begun before an instant; one that ended later had not ended by then."""
        begun = self.take(self.starts < end)
        return begun._replace(ends=np.where(begun.ends > end, ONGOING, begun.ends))


def read_incidents(
    table: Any,
    what: str,
    zone: Zone,
    *,
    columns: Mapping[str, str | None] | None,
    naive: str | None,
) -> tuple[Incidents, RowErrors]:
    """Read a table of outages, or of announced maintenance.

    Args:
        table: The table.
        what: Its name in errors: ``outages`` or ``maintenance``. Only outages have shares and may
            be without an end.
        zone: The policy's zone.
        columns: The names of its columns where they differ.
        naive: The time zone of times without one.

    Returns:
        The valid rows, and the errors of the others.

    Raises:
        ColumnError: It is not a table, a column is missing or seems to be misspelled, or holds
            something else.
        NaiveDatetimeError: Its times have no zone, and *naive* is not given.
    """
    known = [START, END, COMPONENT, *([SHARE] if what == OUTAGES else [])]
    frame = frame_of(table, what, columns, known)
    for word in (START, END):
        frame.column(word)  # which raises the error for a missing column
    frame.refuse_misspelled(known, {frame.name(word) for word in known if word in frame}, _is_like)
    unreadable: dict[str, dict[int, SlacalcError]] = {START: {}, END: {}}
    starts, ends = (
        np.asarray(frame.instants(word, naive, zone, unreadable[word]).values)
        for word in (START, END)
    )
    errors = RowErrors(len(starts))
    for word, of_rows in unreadable.items():
        for row, error in of_rows.items():
            error.where = frame.name(word)
            errors.add(np.array([row]), error)
    if what == OUTAGES:
        ends = np.where(ends == MISSING, ONGOING, ends)
    for word, values in ((START, starts), (END, ends)):
        _refuse_missing(errors, frame.name(word), values)
    _refuse_reversed(errors, starts, ends)
    component: EncodedColumn | None = None
    if COMPONENT in frame:
        component = _read_components(encode(frame.column(COMPONENT)), frame.name(COMPONENT), errors)
    ranks: Integers | None = None
    shares: tuple[int, ...] = (0, 1)
    units = 1
    if what == OUTAGES and SHARE in frame:
        ranks, shares, units = _read_shares(encode(frame.column(SHARE)), frame.name(SHARE), errors)
    rows = np.arange(len(starts))
    read = Incidents(starts, ends, component, ranks, shares, units, rows)
    bad = errors.rows
    return (read if bad is None else read.take(~bad)), errors


NO_INCIDENTS = Incidents(
    *(np.empty(0, np.int64),) * 2, None, None, (0, 1), 1, np.empty(0, np.int64)
)


def _is_like(name: str, word: str) -> bool:
    """Whether a name may be a misspelled word, or its plural."""
    return one_slip(name, word) or one_slip(name.casefold().removesuffix("s"), word)


def _refuse_missing(errors: RowErrors, column: str, values: Integers) -> None:
    """Refuse rows whose instant is missing, or outside the supported years."""
    missing = np.flatnonzero(values == MISSING)
    if len(missing):
        errors.add(missing, ColumnError(f"{column} is missing", column=column, given=None))
    outside = np.flatnonzero((values != MISSING) & ((values < EARLIEST) | (values > LATEST)))
    if len(outside):
        errors.add(outside, partial(_outside, column, values))


def _outside(column: str, values: Integers, row: int) -> SlacalcError:
    error = horizon_error(f"the time {np.datetime64(int(values[row]), 'us')}")
    error.where = column
    return error


def _refuse_reversed(errors: RowErrors, starts: Integers, ends: Integers) -> None:
    valid = (starts >= EARLIEST) & (ends >= EARLIEST) & (ends <= LATEST)
    reversed_rows = np.flatnonzero(valid & (ends < starts))
    if len(reversed_rows):
        errors.add(reversed_rows, partial(_reversed, starts, ends))


def _reversed(starts: Integers, ends: Integers, row: int) -> SlacalcError:
    start, end = (to_utc(int(at[row])).isoformat() for at in (starts, ends))
    msg = f"it ends at {end}, before it begins at {start}"
    return ReversedRangeError(msg, start=start, end=end)


def _read_components(column: EncodedColumn, name: str, errors: RowErrors) -> EncodedColumn:
    """A column of components as text; other values than text and whole numbers are faulty."""
    values: list[Any] = []
    for code, value in enumerate(column.values):
        is_number = isinstance(value, int | np.integer) and not isinstance(value, bool)
        values.append(str(value) if is_number else value)
        if not isinstance(values[-1], str):
            msg = f"{value!r} is not the name of a component"
            rows = np.flatnonzero(column.codes == code)
            errors.add(rows, ColumnError(msg, where=name, column=name, given=value))
    return column._replace(values=values)


def _read_shares(
    column: EncodedColumn, name: str, errors: RowErrors
) -> tuple[Integers | None, tuple[int, ...], int]:
    """The ranks of a column of shares, and the share of each rank; a missing one is whole."""
    read = np.zeros(len(column.values) + 1, object)
    read[-1] = Fraction(1)
    for code, value in enumerate(column.values):
        share = _share(value)
        if share is None:
            msg = f"{value!r} is not a share above 0 and at most 1, such as 0.25 or '25 %'"
            rows = np.flatnonzero(column.codes == code)
            errors.add(rows, ColumnError(msg, where=name, column=name, given=value))
        read[code] = share or Fraction(1)
    distinct = sorted(set(read))
    if distinct == [1]:
        return None, (0, 1), 1
    units = lcm(*(share.denominator for share in distinct))
    places = {share: rank for rank, share in enumerate(distinct, 1)}
    ranks = np.array([places[share] for share in read], np.int64)[column.codes]
    return ranks, (0, *(int(share * units) for share in distinct)), units


def _share(value: Any) -> Fraction | None:
    """A share above 0 and at most 1; a float stands for the decimal number that it shows."""
    share: Fraction | None
    try:
        if isinstance(value, str):
            match = _SHARE.fullmatch(value.strip())
            share = Fraction(match[1]) / (100 if match[2] else 1) if match else Fraction(0)
        elif isinstance(value, Decimal):
            share = _share(f"{value:f}") if value.adjusted() > -_DECIMALS else None
        elif isinstance(value, Fraction | int) and not isinstance(value, bool):
            share = Fraction(value)
        else:
            share = Fraction(repr(value)) if isinstance(value, float) else Fraction(0)
    except (ValueError, ArithmeticError):
        return None
    if share is None:
        return None
    return share if 0 < share <= 1 else None
