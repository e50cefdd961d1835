"""A naive measurement of availability: time is cut into pieces, and each piece is looked at alone.

It shares no code with the product and knows only the standard library.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Down(NamedTuple):
    """An outage: its instants in microseconds (None: it goes on), and its share."""

    start: int
    end: int | None
    share: Fraction = Fraction(1)


class Measured(NamedTuple):
    """The agreed time, the downtime, and the downtime of each merged outage that has some."""

    agreed: int
    downtime: Fraction
    outages: list[Fraction]


def measure(
    start: int,
    end: int,
    cell: int,
    agreed_at: Callable[[int], bool],
    outages: list[Down],
) -> Measured:
    """Measure the time from *start* to *end*.

    Args:
        start: The first instant.
        end: The instant after the last.
        cell: Microseconds, at multiples of which alone the agreed time begins or ends.
        agreed_at: Whether an instant is in the agreed time.
        outages: The outages.
    """
    cuts = {start, end, *range(-(-start // cell) * cell, end, cell)}
    for outage in outages:
        cuts |= {at for at in (outage.start, outage.end) if at is not None and start < at < end}
    edges = sorted(cuts)
    agreed, downtime = 0, Fraction(0)
    of_merged: dict[int, Fraction] = {}
    for begin, after in pairwise(edges):
        if not agreed_at(begin):
            continue
        agreed += after - begin
        over = [o for o in outages if o.start <= begin and (o.end is None or o.end > begin)]
        if over:
            down = max(outage.share for outage in over) * (after - begin)
            downtime += down
            first = _first_start(over[0], outages)
            of_merged[first] = of_merged.get(first, Fraction(0)) + down
    return Measured(agreed, downtime, [of_merged[first] for first in sorted(of_merged)])


def _first_start(outage: Down, outages: list[Down]) -> int:
    """When the chain of outages that overlap or touch this one began."""
    first, found = outage.start, True
    while found:
        found = False
        for other in outages:
            is_empty = other.end is not None and other.end <= other.start
            if not is_empty and other.start < first and (other.end is None or other.end >= first):
                first, found = other.start, True
    return first
