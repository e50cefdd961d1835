"""Values of an attribute that stand for all values which conditions distinguish.

For numbers these are the bounds of ranges, and a number between each two of them. For texts, all
patterns are followed at once, character by character, until no further combination of them can be
met; the shortest text of each is kept. For tags, all sets of such texts are tried. Where that would
be too many, a sample is taken instead.

Read next: `combinations`, and `_lint.cases`.
"""

from __future__ import annotations

from collections import deque
from decimal import Context, Decimal
from itertools import combinations, islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._policy.attributes import key_of_value
from slacalc._policy.value_sets import (
    NumberSet,
    TagSet,
    TextSet,
    is_pattern,
    pattern_tokens,
    read_number,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slacalc._policy.attribute_tests import CompiledTest
    from slacalc._policy.attributes import Attribute, Value
    from slacalc._policy.value_sets import Number

OTHER = "(any other)"
_MAX_STATES = 2_000  # of patterns that are followed together
_MAX_TAGS = 9  # of which all sets are tried
_MAX_PAIRS = 500  # of more tags
_EXACT = Context(prec=2_000)
_Positions = frozenset[int]


class Representatives(NamedTuple):
    """Values that stand for all others.

    Args:
        values: The values.
        is_complete: Whether there is one for each combination of conditions that can be met.
    """

    values: list[Value]
    is_complete: bool = True


def representatives(attribute: Attribute, tests: Iterable[CompiledTest]) -> Representatives:
    """Values of an attribute that stand for all values which some conditions distinguish."""
    tests = list(tests)
    if attribute.values:
        return Representatives([*attribute.values])
    if attribute.kind == "number":
        return Representatives(_numbers([test.passing for test in tests]))
    if attribute.kind == "tags":
        return _tag_lists(
            part
            for test in tests
            if isinstance(test.passing, TagSet)
            for part in test.passing.parts
        )
    values: dict[Value, None] = {value: None for test in tests for value in test.values}
    sets = [test.passing for test in tests if isinstance(test.passing, TextSet)]
    if not sets:
        return Representatives([*values, OTHER])
    return _texts([value for value in values if not is_pattern(value)], sets)


def _numbers(sets: list[Any]) -> list[Value]:
    """The bounds of all ranges, a number between each two, and one beyond either end."""
    ranges = [each for numbers in sets if isinstance(numbers, NumberSet) for each in numbers.ranges]
    bounds: list[Number] = sorted(
        {bound for each in ranges for bound in each[:2] if bound is not None}
    )
    if not bounds:
        return [0]
    between = [_half(_EXACT.add(Decimal(low), Decimal(high))) for low, high in pairwise(bounds)]
    ends = [
        _EXACT.add(Decimal(bounds[0]), Decimal(-1)),
        _EXACT.add(Decimal(bounds[-1]), Decimal(1)),
    ]
    every = [*bounds, *between, *ends]
    return sorted(number for each in every if (number := read_number(each)) is not None)


def _half(number: Decimal) -> Decimal:
    return _EXACT.divide(number, Decimal(2))


# Texts -------------------------------------------------------------------------------------------


def _texts(values: list[Value], sets: list[TextSet]) -> Representatives:
    """Texts for all combinations of values and patterns."""
    folds = any(each.fold_case for each in sets)
    patterns = list(dict.fromkeys(pattern for each in sets for pattern in each.patterns))
    fitting = TextSet(patterns, fold_case=folds)
    near = [value for value in values if key_of_value(value) in fitting]
    texts_by_ends, is_complete = _follow(patterns, [str(value) for value in near])
    texts: dict[Value, None] = dict.fromkeys(values)
    if (False, OTHER) not in fitting:
        texts[OTHER] = None
    return Representatives([*(texts | dict.fromkeys(texts_by_ends))], is_complete)


def _follow(patterns: list[str], texts: list[str]) -> tuple[list[str], bool]:
    """The shortest text of each combination of patterns and texts; whether all were found."""
    tokens = [pattern_tokens(pattern) for pattern in patterns]
    tokens += [[(False, character) for character in text] for text in texts]
    letters = dict.fromkeys(
        character for each in tokens for is_wildcard, character in each if not is_wildcard
    )
    letters[next(letter for letter in _other_letters() if letter not in letters)] = None
    start = tuple(_with_empty(each, frozenset({0})) for each in tokens)
    known = {start: ""}
    texts_by_ends: dict[tuple[bool, ...], str] = {}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        text = known[state]
        ends = tuple(len(each) in at for each, at in zip(tokens, state, strict=True))
        if text:
            texts_by_ends.setdefault(ends, text)
        for letter in letters:
            after = tuple(_after(each, at, letter) for each, at in zip(tokens, state, strict=True))
            if after not in known:
                if len(known) >= _MAX_STATES:
                    samples = [_sample(pattern) for pattern in patterns]
                    return [*texts_by_ends.values(), *(text for text in samples if text)], False
                known[after] = text + letter
                waiting.append(after)
    empty = tuple(len(each) in at for each, at in zip(tokens, start, strict=True))
    texts_by_ends.setdefault(empty, "")  # the last choice, as it is seldom meant
    return [*texts_by_ends.values()], True


def _other_letters() -> Iterable[str]:
    return (chr(code) for code in (*range(ord("a"), ord("z") + 1), *range(0x4E00, 0x9FFF)))


def _with_empty(tokens: list[tuple[bool, str]], at: _Positions) -> _Positions:
    """Positions in a pattern, and those after stars that stand for nothing."""
    every = set(at)
    for position in sorted(at):
        while position < len(tokens) and tokens[position] == (True, "*"):
            position += 1  # noqa: PLW2901 - a walk over stars
            every.add(position)
    return frozenset(every)


def _after(tokens: list[tuple[bool, str]], at: _Positions, letter: str) -> _Positions:
    """The positions in a pattern after one more letter."""
    reached = set()
    for position in at:
        if position < len(tokens):
            is_wildcard, character = tokens[position]
            if is_wildcard and character == "*":
                reached.add(position)
            elif is_wildcard or character == letter:
                reached.add(position + 1)
    return _with_empty(tokens, frozenset(reached))


def _sample(pattern: str) -> str:
    return "".join(
        {"*": "", "?": "x"}[character] if is_wildcard else character
        for is_wildcard, character in pattern_tokens(pattern)
    )


# Tags --------------------------------------------------------------------------------------------


def _tag_lists(parts: Iterable[TextSet]) -> Representatives:
    """Lists of tags for all combinations of the tags that conditions name."""
    sets = list(parts)
    exact = list(dict.fromkeys(str(value) for each in sets for _, value in each.exact))
    if any(each.patterns for each in sets):
        texts = _texts([*exact], sets)
        is_complete = texts.is_complete
        by_sets = {
            tuple((False, tag) in each for each in sets): str(tag)
            for tag in reversed(texts.values)
            if tag
        }
        tags = [tag for fits, tag in reversed(by_sets.items()) if any(fits)]
    else:
        tags, is_complete = exact, True
    lists: list[Value] = [(), ("other",) if "other" not in tags else ("another",)]
    if len(tags) <= _MAX_TAGS:
        lists += [chosen for size in range(len(tags)) for chosen in combinations(tags, size + 1)]
        return Representatives(lists, is_complete)
    lists += [(tag,) for tag in tags]
    lists += islice(combinations(tags, 2), _MAX_PAIRS)
    lists += [tuple(tag for tag in tags if (False, tag) in each) for each in sets]
    return Representatives([*lists, tuple(tags)], is_complete=False)
