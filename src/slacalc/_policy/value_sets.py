"""Sets of values that conditions describe: numbers in ranges, texts by patterns, lists of tags.

Numbers are compared exactly: a float stands for the shortest decimal number that is read as it, so
that 0.1 is what the text "0.1" says. A number is an `int` if it is whole, else a `Decimal`.

In a pattern ``*`` stands for any characters and ``?`` for one; a backslash before one of them, or
before a backslash, takes its meaning away. Patterns are translated to regular expressions whose
groups are atomic, so that the time is linear in the length of the text.

Read next: `attributes`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

Number: TypeAlias = int | Decimal
Tags: TypeAlias = tuple[str, ...]

_MAX_DIGITS = 400  # of a number, before and after the point
_MAX_LENGTH = 200  # characters of a number as text
_EXACT = Context(prec=3 * _MAX_DIGITS)
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
_PLAIN_NUMBER = re.compile(rf"\s*({_NUMBER})\s*")
_RANGE = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*")
_COMPARISON = re.compile(rf"\s*(>=|<=|>|<)\s*({_NUMBER})\s*")
_SPECIAL = re.compile(r"\\([*?\\])|([*?])|(.)", re.DOTALL)


# Numbers -----------------------------------------------------------------------------------------


def read_number(value: Any) -> Number | None:  # noqa: PLR0911 - a case for each type
    """The number that a value is, or that a text says; None if it is not a finite number."""
    if isinstance(value, str):
        text = _PLAIN_NUMBER.fullmatch(value) if len(value) <= _MAX_LENGTH else None
        return _canonical(text[1]) if text else None
    if type(value) is int:
        return value if value.bit_length() < 3 * _MAX_DIGITS else None
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return None
    if isinstance(value, float):
        return _canonical(float.__repr__(value))
    if isinstance(value, Decimal):
        return _canonical(value)
    if type(value).__name__.startswith("float") and hasattr(value, "dtype"):
        return _canonical(str(value))  # a narrower float of NumPy, by its own shortest decimal
    try:
        return read_number(int(operator.index(value)))
    except TypeError:
        return None


def _canonical(value: str | Decimal) -> Number | None:
    """A number as an int if it is whole, else as a Decimal without trailing zeros."""
    try:
        number = Decimal(value)
        digits = number.as_tuple().digits
    except InvalidOperation:
        return None
    if not number.is_finite() or len(digits) > _MAX_DIGITS:
        return None
    if not number:
        return 0
    if abs(number.adjusted()) > _MAX_DIGITS:
        return None
    number = number.normalize(_EXACT)
    exponent = number.as_tuple().exponent
    return int(number) if isinstance(exponent, int) and exponent >= 0 else number


class NumberRange(NamedTuple):
    """The numbers between two bounds; None for no bound.

    Args:
        low, high: The bounds.
        has_low, has_high: Whether the bound itself is among them.
    """

    low: Number | None
    high: Number | None
    has_low: bool = True
    has_high: bool = True

    def __contains__(self, number: Any) -> bool:
        low, high, has_low, has_high = self
        if low is not None and (number < low or (number == low and not has_low)):
            return False
        return high is None or number < high or (number == high and has_high)


def read_range(value: Any) -> NumberRange | None:
    """The numbers that a test names: ``100``, ``">= 100"`` or ``"10..20"``; None if none."""
    if isinstance(value, str) and len(value) <= _MAX_LENGTH:
        if match := _COMPARISON.fullmatch(value):
            bound = read_number(match[2])
            if bound is None:
                return None
            is_closed = match[1].endswith("=")
            if match[1][0] == ">":
                return NumberRange(bound, None, has_low=is_closed)
            return NumberRange(None, bound, has_high=is_closed)
        if match := _RANGE.fullmatch(value):
            low, high = read_number(match[1]), read_number(match[2])
            if low is None or high is None or high < low:
                return None
            return NumberRange(low, high)
    number = read_number(value)
    return None if number is None else NumberRange(number, number)


def is_comparison(value: Any) -> bool:
    """Whether a test is a comparison with a number, such as ``>= 100``."""
    if not isinstance(value, str) or not ("<" in value or ">" in value):
        return False  # at once, since nearly all values are none
    return _COMPARISON.fullmatch(value) is not None


class NumberSet:
    """The numbers in any of some ranges; it has the keys of values, as `key_of_value`."""

    __slots__ = ("ranges",)

    def __init__(self, values: Iterable[Any]) -> None:
        ranges = [each for value in values if (each := read_range(value)) is not None]
        self.ranges = tuple(ranges)

    def __contains__(self, key: Any) -> bool:
        number = key[1]
        return any(number in each for each in self.ranges)


# Patterns ----------------------------------------------------------------------------------------


def is_pattern(text: Any) -> bool:
    """Whether a text of a condition is a pattern rather than a value."""
    return isinstance(text, str) and ("*" in text or "?" in text)


def pattern_tokens(pattern: str) -> list[tuple[bool, str]]:
    """The characters of a pattern, each with whether it is a wildcard."""
    return [
        (bool(wildcard), wildcard or escaped or plain)
        for escaped, wildcard, plain in _SPECIAL.findall(pattern)
    ]


@lru_cache(maxsize=1_000)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression that takes linear time."""
    segments = [""]
    for is_wildcard, character in pattern_tokens(pattern):
        if is_wildcard and character == "*":
            segments.append("")
        else:
            segments[-1] += "." if is_wildcard else re.escape(character)
    first, *others = segments
    if not others:
        return re.compile(first, re.DOTALL)
    *middle, last = others
    # What a group has found first it keeps: an earlier match of a part is never worse.
    inner = "".join(f"(?>.*?{segment})" for segment in middle if segment)
    return re.compile(f"{first}{inner}.*{last}", re.DOTALL)


class TextSet:
    """Texts that are among some values, or fit one of some patterns.

    Args:
        values: The values and patterns.
        fold_case: Whether capitals and small letters are the same.

    Attributes:
        exact: The values, as keys.
        patterns: The patterns.
        fold_case: Whether capitals and small letters are the same.
    """

    __slots__ = ("_fits", "exact", "fold_case", "patterns")

    def __init__(self, values: Iterable[Any], *, fold_case: bool = False) -> None:
        folded = [fold(value) if fold_case else value for value in values]
        self.fold_case = fold_case
        self.patterns = tuple(value for value in folded if is_pattern(value))
        self.exact = frozenset(
            (isinstance(value, bool), value) for value in folded if not is_pattern(value)
        )
        self._fits = tuple(compile_pattern(pattern).fullmatch for pattern in self.patterns)

    def __contains__(self, key: Any) -> bool:
        is_flag, value = key
        if self.fold_case:
            value = fold(value)
        if (is_flag, value) in self.exact:
            return True
        text = value if isinstance(value, str) else str(value).lower()
        return any(fits(text) for fits in self._fits)


def fold(value: Any) -> Any:
    """A text without regard to capitals; other values unchanged."""
    return value.casefold() if isinstance(value, str) else value


# Tags --------------------------------------------------------------------------------------------


def read_tags(value: Any) -> Tags | None:
    """The tags in a list of texts, or in a text with commas; None if it is neither."""
    if isinstance(value, str):
        items: Iterable[Any] = value.split(",")
    elif isinstance(value, list | tuple):
        items = value
    elif isinstance(value, AbstractSet):
        items = sorted(value, key=str)
    elif hasattr(value, "tolist") and hasattr(value, "__len__"):  # an array
        return read_tags(value.tolist())
    else:
        return None
    tags: dict[str, None] = {}
    for item in items:
        if isinstance(item, str):
            tags[item.strip()] = None
        elif type(item) is int:
            tags[str(item)] = None
        elif item is not None and item == item:  # noqa: PLR0124 - a missing value
            return None
    return tuple(tag for tag in tags if tag)


class TagSet:
    """Lists of tags that have one of some tags, or all of them.

    Args:
        values: The tags, which may be patterns.
        has_all: Whether a list needs all of them.
        fold_case: Whether capitals and small letters are the same.

    Attributes:
        parts: Sets of which a list needs a tag each.
    """

    __slots__ = ("parts",)

    def __init__(
        self, values: Iterable[Any], *, has_all: bool = False, fold_case: bool = False
    ) -> None:
        texts = [value if isinstance(value, str) else str(value).lower() for value in values]
        groups = [[text] for text in texts] if has_all else [texts]
        self.parts = tuple(TextSet(group, fold_case=fold_case) for group in groups)

    def __contains__(self, key: Any) -> bool:
        tags = key[1]
        return all(any((False, tag) in part for tag in tags) for part in self.parts)
