"""Half-open stretches of integers, and the set algebra over sorted lists of them.

Invariants. A `Span` holds ``opens <= closes`` and covers ``[opens, closes)``. A *span list* is a
list of ``(opens, closes)`` pairs that is sorted, disjoint, without empty pairs and without pairs
that touch: one set of instants has one span list, so equality of lists is equality of sets.
Every set operation is the one sweep in `combine`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import and_, gt, itemgetter, or_
from typing import TYPE_CHECKING, TypeAlias

import attrs

from slacalc.errors import ReversedRangeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SpanList: TypeAlias = list[tuple[int, int]]


def _not_before_opens(span: Span, _attribute: attrs.Attribute[int], closes: int) -> None:
    if closes < span.opens:
        msg = f"a span cannot close at {closes}, before it opens at {span.opens}"
        raise ReversedRangeError(msg, start=span.opens, end=closes)


@attrs.frozen
class Span:
    """A half-open stretch ``[opens, closes)`` of microseconds."""

    opens: int
    closes: int = attrs.field(validator=_not_before_opens)


def normalise(pairs: Iterable[tuple[int, int]]) -> SpanList:
    """The span list that covers what the pairs cover; they may overlap and come in any order."""
    result: SpanList = []
    last_closes = None
    for opens, closes in sorted(pairs):
        if opens >= closes:
            continue
        if last_closes is None or opens > last_closes:
            result.append((opens, closes))
            last_closes = closes
        elif closes > last_closes:
            result[-1] = (result[-1][0], closes)
            last_closes = closes
    return result


def clip(spans: SpanList, start: int, end: int) -> SpanList:
    """The part of a span list that lies in ``[start, end)``."""
    if start >= end:
        return []
    first = bisect_right(spans, start, key=itemgetter(1))
    last = bisect_left(spans, end, lo=first, key=itemgetter(0))
    return [(max(opens, start), min(closes, end)) for opens, closes in spans[first:last]]


def combine(left: SpanList, right: SpanList, keep: Callable[[bool, bool], bool]) -> SpanList:
    """The instants for which ``keep(in left, in right)`` holds; ``keep(False, False)`` must not.

    One sweep over the sorted edges: at each edge membership of one side flips, and the result
    begins or ends wherever the answer of *keep* changes.
    """
    edges = sorted(
        [(edge, False) for span in left for edge in span]
        + [(edge, True) for span in right for edge in span]
    )
    result: SpanList = []
    inside_left = inside_right = inside = False
    begun = 0
    for index, (edge, is_right) in enumerate(edges):
        if is_right:
            inside_right = not inside_right
        else:
            inside_left = not inside_left
        if index + 1 < len(edges) and edges[index + 1][0] == edge:
            continue  # several edges at one instant act together
        if keep(inside_left, inside_right) != inside:
            inside = not inside
            if inside:
                begun = edge
            else:
                result.append((begun, edge))
    return result


def union(left: SpanList, right: SpanList) -> SpanList:
    """What lies in either list."""
    return combine(left, right, or_)


def intersect(left: SpanList, right: SpanList) -> SpanList:
    """What lies in both lists."""
    return combine(left, right, and_)


def subtract(left: SpanList, right: SpanList) -> SpanList:
    """What lies in the left list and not in the right one."""
    return combine(left, right, gt)  # of two truths, greater is "left and not right"
