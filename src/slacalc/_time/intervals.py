"""Half-open intervals of integers, and set operations on sorted lists of them.

A `Span` has ``opens <= closes`` and covers ``[opens, closes)``. A *span list* is a sorted list of
pairs ``(opens, closes)`` that are not empty, do not overlap and do not touch. So one set of
instants has one span list, and equal lists are equal sets. All set operations use `combine`.
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
    """A half-open interval ``[opens, closes)`` of microseconds."""

    opens: int
    closes: int = attrs.field(validator=_not_before_opens)


def normalise(pairs: Iterable[tuple[int, int]]) -> SpanList:
    """Return the span list of pairs that may overlap and may come in any order."""
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
    """Return the part of a span list that is in ``[start, end)``."""
    if start >= end:
        return []
    first = bisect_right(spans, start, key=itemgetter(1))
    last = bisect_left(spans, end, lo=first, key=itemgetter(0))
    return [(max(opens, start), min(closes, end)) for opens, closes in spans[first:last]]


def combine(left: SpanList, right: SpanList, keep: Callable[[bool, bool], bool]) -> SpanList:
    """Return the instants for which ``keep(in left, in right)`` is true.

    One pass over the sorted edges: at each edge the membership in one list changes, and the result
    begins or ends where the value of *keep* changes.

    Args:
        left: A span list.
        right: A span list.
        keep: Returns whether to keep an instant; ``keep(False, False)`` must be false.
    """
    edges = sorted(
        [(edge, False) for span in left for edge in span]
        + [(edge, True) for span in right for edge in span]
    )
    result: SpanList = []
    inside_left = inside_right = inside = False
    start = 0
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
                start = edge
            else:
                result.append((start, edge))
    return result


def union(left: SpanList, right: SpanList) -> SpanList:
    """Return what is in at least one of the lists."""
    return combine(left, right, or_)


def intersect(left: SpanList, right: SpanList) -> SpanList:
    """Return what is in both lists."""
    return combine(left, right, and_)


def subtract(left: SpanList, right: SpanList) -> SpanList:
    """Return what is in the left list but not in the right one."""
    return combine(left, right, gt)  # True > False: in left and not in right
