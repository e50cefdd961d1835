"""Spans and the set algebra over sorted lists of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc._time.intervals import Span, SpanList, clip, intersect, normalise, subtract, union
from slacalc.errors import ReversedRangeError

pairs = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8)


def members(spans: SpanList | list[tuple[int, int]]) -> set[int]:
    return {point for opens, closes in spans for point in range(opens, closes)}


def test_a_span_may_be_empty_but_not_reversed() -> None:
    """`Span(9, 9)` is empty; `Span(10, 9)` is refused, with both ends as facts."""
    assert Span(9, 9).opens == Span(9, 9).closes
    with pytest.raises(
        ReversedRangeError, match="cannot close at 9, before it opens at 10"
    ) as caught:
        Span(10, 9)
    assert (caught.value.start, caught.value.end) == (10, 9)


@given(pairs)
def test_normalise_keeps_the_set_and_makes_it_canonical(given_pairs: list[tuple[int, int]]) -> None:
    """Overlapping, touching, empty, reversed and unsorted pairs become one canonical list."""
    spans = normalise(given_pairs)
    assert members(spans) == members(given_pairs)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(set(edges))


@given(pairs, pairs)
def test_operations_are_those_of_sets(
    left: list[tuple[int, int]], right: list[tuple[int, int]]
) -> None:
    """Union, intersection and difference of span lists are those of the sets they cover."""
    a, b = normalise(left), normalise(right)
    for operation, expected in (
        (union, members(a) | members(b)),
        (intersect, members(a) & members(b)),
        (subtract, members(a) - members(b)),
    ):
        result = operation(a, b)
        assert members(result) == expected
        assert result == normalise(result)


@given(pairs, st.integers(0, 30), st.integers(0, 30))
def test_clip_is_the_intersection_with_one_span(
    given_pairs: list[tuple[int, int]], start: int, end: int
) -> None:
    """Clipping keeps what lies between two points."""
    spans = normalise(given_pairs)
    assert clip(spans, start, max(start, end)) == intersect(spans, normalise([(start, end)]))
