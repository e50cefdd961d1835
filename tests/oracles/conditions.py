"""A naive reader of single conditions: numbers, patterns and tags, as the plain data have them.

It knows nothing of the product. Numbers are compared as fractions, patterns by trying every way in
which a star may be filled, and tags one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

COMPARISONS = (">=", "<=", ">", "<")


@dataclass(frozen=True)
class Wanted:
    """What a condition of a clock wants of a field, with what the policy says of the field."""

    test: Any
    kind: str
    folds: bool

    @property
    def is_plain(self) -> bool:
        """Whether it is one of several values, so that a reason shows the value itself."""
        if isinstance(self.test, dict) or self.kind in ("number", "tags") or self.folds:
            return False
        return self.kind == "value" or not any(
            is_pattern(value) or (not self.kind and names_numbers(value))
            for value in several(self.test)
        )


def several(test: Any) -> list[Any]:
    """One value or a list of them as a list."""
    return list(test) if isinstance(test, list | tuple) else [test]


def text_of(value: Any) -> str:
    """A value as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


# Single tests ------------------------------------------------------------------------------------


def fits(test: Any, value: Any, kind: str, *, folds: bool = False) -> bool:
    """Whether a value is what a test wants; without a kind, the test says what it compares."""
    if isinstance(test, dict):
        if "not" in test:
            return not fits(test["not"], value, kind, folds=folds)
        own = tags(value)
        return all(
            {
                "any": any(has_tag(own, one, folds) for one in several(wanted)),
                "all": all(has_tag(own, one, folds) for one in several(wanted)),
                "none": not any(has_tag(own, one, folds) for one in several(wanted)),
            }[key]
            for key, wanted in test.items()
        )
    if kind == "tags":
        return any(has_tag(tags(value), one, folds) for one in several(test))
    if kind == "number":
        return any(in_range(one, number(value)) for one in several(test))
    if kind == "text" or not kind:
        return any(
            in_range(one, number(value))
            if not kind and names_numbers(one)
            else is_text(one, value, folds)
            for one in several(test)
        )
    return text_of(value) in [text_of(one) for one in several(test)]


def is_text(wanted: Any, value: Any, folds: bool) -> bool:  # noqa: FBT001 - of the tests alone
    """Whether a value is a text, or is like a pattern."""
    one, other = text_of(wanted), text_of(value)
    if folds:
        one, other = one.casefold(), other.casefold()
    return is_like(one, other) if is_pattern(one) else one == other


def is_pattern(text: Any) -> bool:
    """Whether a text has a star or a question mark."""
    return isinstance(text, str) and bool({"*", "?"} & {*text})


def is_like(pattern: str, text: str) -> bool:
    """Whether a text is like a pattern, by trying everything."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(is_like(pattern[1:], text[cut:]) for cut in range(len(text) + 1))
    if pattern[0] == "\\" and pattern[1:2] in ("*", "?", "\\"):
        return text[:1] == pattern[1:2] and is_like(pattern[2:], text[1:])
    return bool(text) and pattern[0] in ("?", text[0]) and is_like(pattern[1:], text[1:])


def number(value: Any) -> Fraction | None:
    """A number as the fraction that its digits say; None if there is none."""
    if isinstance(value, bool):
        return None
    try:
        return Fraction(Decimal(str(value)))
    except ArithmeticError:
        return None


def names_numbers(value: Any) -> bool:
    """Whether a test names a range of numbers."""
    if not isinstance(value, str):
        return False
    low, dots, high = value.partition("..")
    if dots:
        return None not in (number(low), number(high))
    return value[:1] in ("<", ">") and number(value.lstrip("<>=")) is not None


def in_range(test: Any, value: Fraction | None) -> bool:
    """Whether a number is one, in a range, or beyond a bound."""
    if value is None:
        return False
    text = str(test)
    low, dots, high = text.partition("..")
    if dots:
        return bound(low) <= value <= bound(high)
    for sign in COMPARISONS:
        if text.startswith(sign):
            than = bound(text[len(sign) :])
            return {
                ">=": value >= than,
                "<=": value <= than,
                ">": value > than,
                "<": value < than,
            }[sign]
    return value == bound(text)


def bound(text: str) -> Fraction:
    """The number that a test says."""
    said = number(text.strip())
    assert said is not None
    return said


def tags(value: Any) -> list[str]:
    """The tags of a list, or of a text with commas."""
    items = value.split(",") if isinstance(value, str) else value
    return [item.strip() for item in items if item.strip()]


def has_tag(own: list[str], wanted: Any, folds: bool) -> bool:  # noqa: FBT001 - of the tests alone
    """Whether one of some tags is a wanted one."""
    return any(is_text(wanted, tag, folds) for tag in own)


# Clauses of clocks -------------------------------------------------------------------------------


def with_kinds(condition: Any, attributes: dict[str, Any]) -> Any:
    """A condition of a clock, whose tests know what the policy says of their fields."""
    if isinstance(condition, list):
        return [with_kinds(one, attributes) for one in condition]
    if not isinstance(condition, dict):
        return condition
    if "when" in condition:  # a pause with caps
        return condition | {"when": with_kinds(condition["when"], attributes)}
    clause: dict[str, Any] = {}
    for name, test in condition.items():
        if name == "event":
            clause[name] = test
        elif name in ("any", "not"):
            clause[name] = with_kinds(test, attributes)
        else:
            about = attributes.get(name, {"kind": ""})
            about = {"kind": "value"} if isinstance(about, list) else about
            clause[name] = Wanted(test, about.get("kind", "value"), about.get("fold_case", False))
    return clause


def names_in(clause: dict[str, Any]) -> list[str]:
    """The fields that a clause names, at any depth."""
    names = []
    for name, test in clause.items():
        if name == "any":
            names += [inner for one in test for inner in names_in(one)]
        elif name == "not":
            names += names_in(test)
        elif name != "event":
            names.append(name)
    return names


def clause_holds(clause: dict[str, Any], value_of: Any) -> bool:
    """Whether fields are as a clause says, of whatever event; absent ones have no value."""
    for name, test in clause.items():
        if name == "event":
            continue
        if name == "any":
            holds = any(clause_holds(one, value_of) for one in test)
        elif name == "not":
            holds = not clause_holds(test, value_of)
        else:
            holds = field_fits(test, value_of(name))
        if not holds:
            return False
    return True


def field_fits(wanted: Wanted, value: Any) -> bool:
    """Whether a field has the value that is wanted; one that is absent has none."""
    if value is not None:
        return fits(wanted.test, value, wanted.kind, folds=wanted.folds)
    test = wanted.test
    return isinstance(test, dict) and not test.keys() & {"any", "all"}


def clause_words(clause: dict[str, Any], ticket: dict[str, Any] | None = None) -> str:
    """A clause on fields in words, with the ticket's present values where there is a ticket."""
    words = []
    for name, test in clause.items():
        if name == "any":
            parts = [clause_words(one) for one in test]
            parts = [f"({part})" if len(one) > 1 else part for part, one in zip(parts, test)]  # noqa: B905
            words.append(f"({' or '.join(parts)})")
        elif name == "not":
            words.append(f"not ({clause_words(test)})")
        elif test.is_plain and ticket is not None:
            words.append(f"{name} is {text_of(ticket[name])}")
        else:
            words.append(words_of_test(name, test.test))
    return ", ".join(words)


def words_of_test(name: str, test: Any) -> str:
    """A test in words."""
    if isinstance(test, dict) and "not" in test:
        return f"{name} is not {' or '.join(map(text_of, several(test['not'])))}"
    if isinstance(test, dict):
        forms = {"any": "has ", "all": "has all of ", "none": "has none of "}
        return ", ".join(
            f"{name} {forms[key]}"
            + (" or " if key == "any" else ", ").join(map(text_of, several(test[key])))
            for key in forms
            if key in test
        )
    values = several(test)
    if len(values) == 1 and isinstance(values[0], str) and values[0][:1] in ("<", ">"):
        return f"{name} {values[0]}"
    return f"{name} is {' or '.join(map(text_of, values))}"
