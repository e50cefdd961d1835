"""Attributes of tickets and their values.

An `Attribute` lists its values from the highest to the lowest, so that a row may have the condition
``severity = ">= high"``, and reads what a ticket has for it. It may be derived from other
attributes by a matrix. Other kinds have texts, numbers, tags or dates.

Read next: `attribute_tests`, the conditions on attributes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from slacalc._policy.value_sets import read_number, read_tags
from slacalc._schema.shapes import (
    Choice,
    Description,
    Flag,
    FrozenMap,
    ListOf,
    OneOf,
    Record,
    Scalar,
    Short,
    Text,
    bind,
    read_by_shape,
    shaped,
)
from slacalc._threads import cached_property
from slacalc._time.instants import to_instant
from slacalc.errors import TicketError, located, unknown_name

if TYPE_CHECKING:
    from slacalc._schema.faults import DocumentPath, Faults

Value: TypeAlias = str | int | bool | float | Decimal | tuple[str, ...]

_SCALAR = Scalar()
_WORDS = Text()


def key_of_value(value: Value) -> tuple[bool, Value]:
    """The key by which a value is looked up. To Python True equals 1, to a policy it does not."""
    return isinstance(value, bool), value


def value_text(value: Value) -> str:
    """A value as text, as a policy file spells it."""
    if isinstance(value, tuple):
        return ", ".join(map(value_text, value))  # of events, which may list anything
    if isinstance(value, str):
        return str.__str__(value)  # since `str` names a member of an Enum, which equals its text
    if isinstance(value, int):
        return str(value).lower() if isinstance(value, bool) else str(int(value))
    return str(value)


def plain_value(value: Any) -> Any:
    """A value of an attribute as JSON has it: a list of tags, or a number without loss."""
    if isinstance(value, Decimal):
        as_float = float(value)
        return as_float if read_number(as_float) == value else str(value)
    return list(value) if isinstance(value, tuple) else value


class ValueShape(Scalar):
    """A value of a condition, or a default: unlike the values of a list it may have a fraction."""

    expected = "text, a number, true or false"

    def accepts(self, data: Any) -> bool:
        return isinstance(data, (str, int, float, Decimal))

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, str):
            return super().read(data, path, faults)
        if isinstance(data, Decimal) and data.is_finite():
            data = plain_value(read_number(data))
        if isinstance(data, float) and math.isfinite(data) and abs(data) <= self._MAX_INTEGER:
            return int(data) if data.is_integer() else data
        return super().read(data, path, faults)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        text, number, flag = super().schema(definitions)["anyOf"]
        return {"anyOf": [text, number | {"type": "number"}, flag]}


class _Matrix:
    """Values by other values, as many levels deep as there are attributes to derive from."""

    expected = "a table of values, such as { high = { high = 1, low = 2 } }"
    _MAX_DEPTH = 6

    def accepts(self, data: Any) -> bool:
        return isinstance(data, Mapping)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        return self._level(data, path, faults, self._MAX_DEPTH)

    def _level(self, data: Any, path: DocumentPath, faults: Faults, depth: int) -> Any:
        if not isinstance(data, Mapping) or not depth:
            return faults.add(path, data, self.expected)
        values: dict[str, Any] = {}
        for key, value in data.items():
            inner = (*path, str(key))
            if isinstance(value, Mapping):
                values[str(key)] = self._level(value, inner, faults, depth - 1)
            else:
                values[str(key)] = _SCALAR.read(value, inner, faults)
        return FrozenMap(values)

    def write(self, value: Any) -> Any:
        return {
            key: self.write(part) if isinstance(part, Mapping) else part
            for key, part in value.items()
        }

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        inner: dict[str, Any] = {"type": "object"}
        schema = _SCALAR.schema(definitions)
        for _ in range(self._MAX_DEPTH):
            inner = {"type": "object", "additionalProperties": schema}
            schema = {"anyOf": [*_SCALAR.schema(definitions)["anyOf"], inner]}
        return inner


_KINDS = ("value", "text", "number", "tags", "date", "instant")
_VALUE_LIST = ListOf(_SCALAR, "a list of values, highest first", min_length=1)
_MATRIX = _Matrix()
_DEFAULT = OneOf(
    (ValueShape(), ListOf(_WORDS, "a list of tags")),
    "text, a number, true or false, or a list of tags",
    index_of=lambda value: int(isinstance(value, tuple)),
)
_BY = ListOf(_WORDS, "a list of attributes", min_length=1)


@attrs.frozen(repr=False, field_transformer=bind)
class Attribute(Description):
    """Something a ticket has, such as a severity, on which rows can have conditions.

    Args:
        values: The values it can have, from the highest to the lowest if they have a rank.
        kind: ``"value"`` for one of the values, ``"text"`` for any text or whole number,
            ``"number"`` for any number, ``"tags"`` for a list of texts, ``"date"`` for a date or an
            instant that coverage can refer to, or ``"instant"`` for one that targets can.
        default: The value of a ticket that has none.
        fold_case: Whether conditions on a text or on tags take capitals and small letters for the
            same. Default: false.
        optional: Whether a ticket may lack the attribute. If it does, conditions on it are neither
            met nor not met, so that no row matches that depends on them. A ticket that lacks any
            other attribute is refused, if what it is promised depends on it.
        ordered: Whether a higher value deserves more, to which the linter holds the rows. Default:
            true for attributes named severity, tier or priority.
        by: The attributes it is derived from if the ticket does not have it itself.
        matrix: The derived value, by the value of the first of these attributes, then of the
            second, and so on.
        words: What the attribute means.

    Example:
        >>> from slacalc import Attribute
        >>> Attribute(["gold", "silver"], optional=True)
        Attribute(values=['gold', 'silver'], optional=True)
    """

    __module__ = "slacalc"

    values: tuple[Value, ...] = attrs.field(
        default=(), converter=read_by_shape, metadata=shaped(_VALUE_LIST)
    )
    kind: Literal["value", "text", "number", "tags", "date", "instant"] = attrs.field(
        default="value", converter=read_by_shape, kw_only=True, metadata=shaped(Choice(_KINDS))
    )
    default: Value | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(_DEFAULT)
    )
    fold_case: bool = attrs.field(
        default=False, converter=read_by_shape, kw_only=True, metadata=shaped(Flag())
    )
    optional: bool = attrs.field(
        default=False, converter=read_by_shape, kw_only=True, metadata=shaped(Flag())
    )
    ordered: bool | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(Flag())
    )
    by: tuple[str, ...] = attrs.field(
        default=(), converter=read_by_shape, kw_only=True, metadata=shaped(_BY)
    )
    matrix: FrozenMap[Any] = attrs.field(
        factory=FrozenMap, converter=read_by_shape, kw_only=True, metadata=shaped(_MATRIX)
    )
    words: str = attrs.field(
        default="", converter=read_by_shape, kw_only=True, metadata=shaped(_WORDS)
    )

    def read(self, name: str, given: Any) -> Value:
        """The value of the attribute that a ticket has.

        Args:
            name: The name of the attribute, for the error.
            given: What the ticket has for it.

        Raises:
            TicketError: It is not one of the values.
        """
        kind = self.kind
        if kind == "date":
            if isinstance(given, str | date | datetime):
                return given  # type: ignore[return-value] # coverage reads it
        elif kind == "number" or kind == "tags":  # noqa: PLR1714 - the fastest on this path
            read = read_number(given) if kind == "number" else read_tags(given)
            if read is not None:
                return read
        elif kind == "instant":
            with located(name):
                to_instant(given)
            return given if isinstance(given, str) else str(given.isoformat())
        elif not self.values:
            if isinstance(given, str | int):
                return given
        else:
            value = self._known.get(_key_of_any(given))
            if value is not None:
                return value[0]
        if self.values:
            legal = map(value_text, self.values)
            raise unknown_name(
                TicketError, f"a value of {name}", given, legal, attribute=name, known=self.values
            )
        msg = f"{name} = {given!r} cannot be read: give {self.expected}"
        raise TicketError(msg, attribute=name, given=given, known=(), suggestions=[])

    @property
    def expected(self) -> str:
        """What a ticket may have for it, if it does not list values."""
        return _EXPECTED[self.kind]

    @cached_property
    def default_value(self) -> Value | None:
        """The default as `read` returns values."""
        if self.kind == "number":
            return read_number(self.default)
        return read_tags(self.default) if self.kind == "tags" else self.default

    @cached_property
    def _known(self) -> dict[tuple[bool, Any], tuple[Value]]:
        """The values by their keys and by their texts; each in a tuple, since False is a value."""
        known: dict[tuple[bool, Any], tuple[Value]] = {
            (False, value_text(value)): (value,) for value in self.values
        }
        return known | {key_of_value(value): (value,) for value in self.values}


def restricted(fields: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """Those of the fields of events that do not take any value."""
    return {name: one for name, one in fields.items() if one.values or one.kind != "value"}


_EXPECTED = {
    "date": "a date or an instant",
    "instant": 'an instant, such as "2026-11-23T09:00:00+08:00"',
    "number": "a number, such as 99.5",
    "tags": 'a list of texts, or text such as "vip, urgent"',
    "text": "text or a number",
    "value": "text or a number",
}


def derived(matrix: Mapping[str, Any], values: tuple[Value, ...]) -> Value | None:
    """The value that a matrix has for some values; None if it has none."""
    level: Any = matrix
    for value in values:
        level = level.get(value_text(value)) if isinstance(level, Mapping) else None
    return None if isinstance(level, Mapping) else level


def _key_of_any(given: Any) -> tuple[bool, Any]:
    """As `key_of_value`, for whatever a ticket may have, such as the numbers of NumPy."""
    if isinstance(given, str):
        return (False, given)
    is_flag = isinstance(given, bool) or type(given).__name__ in ("bool_", "bool")
    try:
        hash(given)
    except TypeError:
        return (False, None)
    return (is_flag, bool(given) if is_flag else given)


ATTRIBUTE = Short(
    _VALUE_LIST,
    Record(Attribute, "a list of values, or a table"),
    "a list of values, or a table such as { values = [...], default = ... }",
)
