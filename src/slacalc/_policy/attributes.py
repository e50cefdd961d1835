"""Attributes of tickets and their values, and the conditions that rows have on them.

An `Attribute` lists its values from the highest to the lowest, so that a row may have the condition
``severity = ">= high"``, and reads what a ticket has for it. It may be derived from other
attributes by a matrix. An `AttributeTest` is the right side of a ``when``; compiled, it is the set
of values that pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import attrs

from slacalc._i18n import ENGLISH, N_
from slacalc._policy.calendars import CALENDAR_NAME, CalendarByField
from slacalc._policy.receipts import RECEIVED, ReceiptSet, describe_receipt
from slacalc._schema.faults import INVALID, DocumentPath, Faults
from slacalc._schema.shapes import (
    Choice,
    Description,
    Flag,
    FrozenMap,
    ListOf,
    MapOf,
    Record,
    Scalar,
    Short,
    Text,
    bind,
    read_by_shape,
    shaped,
)
from slacalc._threads import cached_property
from slacalc.errors import TicketError, unknown_name

if TYPE_CHECKING:
    from slacalc._i18n import Translator

Value: TypeAlias = str | int | bool

_OPERATIONS = (">=", "<=", ">", "<")
_COMPARISON = re.compile(r"(>=|<=|>|<)\s*(\S.*)", re.DOTALL)
_MAX_LENGTH = 200
_SCALAR = Scalar()
_WORDS = Text()


def key_of_value(value: Value) -> tuple[bool, Value]:
    """The key by which a value is looked up. To Python True equals 1, to a policy it does not."""
    return isinstance(value, bool), value


def value_text(value: Value) -> str:
    """A value as text, as a policy file spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


# Tests -------------------------------------------------------------------------------------------


@attrs.frozen
class AttributeTest:
    """A condition on one attribute: that it is, or is not, one of some values, or has some rank.

    Args:
        operation: ``in``, ``not in``, ``>=``, ``<=``, ``>`` or ``<``.
        values: The values; for a rank, one.
        on: The calendar of a condition on the receipt. Default: the policy's own.
    """

    operation: str
    values: tuple[Value, ...]
    on: str | CalendarByField = ""

    def compile(self, name: str, attribute: Attribute | None) -> CompiledTest:
        """The test as the set of values that pass it, or that do not.

        Args:
            name: The attribute's name.
            attribute: The attribute; None for the moment of receipt.
        """
        if attribute is None:
            required = ReceiptSet.of(self.values)
            return CompiledTest(name, required, self.operation == "not in", self.on, self.values)
        values = frozenset(map(key_of_value, self.values))
        negated = False
        if not attribute.values:  # any value may come: no list of those that pass
            negated = self.operation == "not in"
        else:
            ranked = [key_of_value(value) for value in attribute.values]
            if self.operation == "not in":
                values = frozenset(ranked) - values
            elif self.operation != "in":
                rank = ranked.index(key_of_value(self.values[0]))
                if self.operation in (">=", ">"):
                    values = frozenset(ranked[: rank + (self.operation == ">=")])
                else:
                    values = frozenset(ranked[rank + (self.operation == "<") :])
        return CompiledTest(name, values, negated, self.on, self.values)

    def __str__(self) -> str:
        return self.describe("").lstrip()

    def describe(self, name: str, translate: Translator = ENGLISH) -> str:
        """The condition in words: ``tier is gold or silver``."""
        values = self.describe_values(name, translate)
        forms = {"in": N_("{name} is {values}"), "not in": N_("{name} is not {values}")}
        form = forms.get(self.operation, "{name} " + self.operation + " {values}")
        text = translate(form).format(name=name, values=values)
        if self.on:
            form, on = translate("{condition} on {calendar}"), self.on
            calendar = on if isinstance(on, str) else on.describe(translate)
            text = form.format(condition=text, calendar=calendar)
        return text

    def describe_values(self, name: str, translate: Translator) -> str:
        """The values in words: ``gold or silver``."""
        if name == RECEIVED:
            values = describe_receipt(self.values, translate)
            # What is not the case must be seen to be all of it.
            several = self.operation == "not in" and len(self.values) > 1
            return translate("({conditions})").format(conditions=values) if several else values
        return translate.either(map(value_text, self.values))


class CompiledTest(NamedTuple):
    """A condition on one attribute, ready to be evaluated.

    Args:
        name: The attribute's name, or ``received``.
        passing: The keys of the values that pass, or, if negated, of those that do not. Of the
            receipt, a `ReceiptSet`.
        negated: Whether *passing* lists the values that do not pass.
        on: The calendar of a condition on the receipt, by its name or by a choice of the ticket;
            empty string for the policy's own.
        values: The values that the condition names.
    """

    name: str
    passing: Any
    negated: bool
    on: str | CalendarByField
    values: tuple[Value, ...]


class _Values:
    """A value, or a list of values, any of which is meant."""

    expected = 'a value, a list of values, ">= value" by rank, or { not = value }'
    _single = Scalar()
    _list = ListOf(_single, "a list of values", min_length=1)

    def accepts(self, data: Any) -> bool:
        return self._single.accepts(data) or self._list.accepts(data)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if self._list.accepts(data):
            values = self._list.read(data, path, faults)
        elif self._single.accepts(data):
            values = (self._single.read(data, path, faults),)
        else:
            return faults.add(path, data, self.expected)
        return INVALID if values is INVALID or INVALID in values else values

    def write(self, value: Any) -> Any:
        return value[0] if len(value) == 1 else list(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if "Values" not in definitions:
            one, many = self._single.schema(definitions), self._list.schema(definitions)
            definitions["Values"] = {"anyOf": [one, many]}
        return {"$ref": "#/$defs/Values"}


VALUES = _Values()


class _TestShape:
    """The right side of a condition."""

    expected = _Values.expected

    def accepts(self, data: Any) -> bool:
        return VALUES.accepts(data) or isinstance(data, Mapping | AttributeTest)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, AttributeTest):
            return data
        if isinstance(data, Mapping):
            return self._table(data, path, faults)
        if isinstance(data, str) and data[:1] in ("<", ">"):
            match = _COMPARISON.fullmatch(data)
            if match and len(data) <= _MAX_LENGTH:
                return AttributeTest(match[1], (match[2],))
            return faults.add(path, data, "a comparison by rank such as '>= high'")
        values = VALUES.read(data, path, faults)
        return INVALID if values is INVALID else AttributeTest("in", values)

    def _table(self, data: Mapping[Any, Any], path: DocumentPath, faults: Faults) -> Any:
        parts: dict[str, Any] = {}
        for key, value in data.items():
            if key in ("not", "is"):
                parts[key] = VALUES.read(value, (*path, key), faults)
            elif key == "on":
                parts[key] = CALENDAR_NAME.read(value, (*path, key), faults)
            else:
                known = ("not", "is", "on")
                faults.add((*path, str(key)), key, "not, is or on", known=known)
        if ("not" in parts) == ("is" in parts):
            return faults.add(path, data, "{ not = value } or { is = value }, one of the two")
        if INVALID in parts.values() or data.keys() != parts.keys():
            return INVALID
        operation, values = ("not in", "not") if "not" in parts else ("in", "is")
        return AttributeTest(operation, parts[values], parts.get("on", ""))

    def write(self, value: Any) -> Any:
        values = VALUES.write(value.values)
        if value.operation in _OPERATIONS:
            return f"{value.operation} {value_text(values)}"
        if value.operation == "in" and not value.on:
            return values
        data = {"not" if value.operation == "not in" else "is": values}
        return data | ({"on": CALENDAR_NAME.write(value.on)} if value.on else {})

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if "Test" not in definitions:
            values = VALUES.schema(definitions)
            plain = {"not": {"type": "string", "pattern": "^[<>]"}}
            compared = {"type": "string", "maxLength": _MAX_LENGTH, "pattern": r"^(>=|<=|>|<)\s*\S"}
            table = {
                "type": "object",
                "properties": {
                    "not": values,
                    "is": values,
                    "on": CALENDAR_NAME.schema(definitions),
                },
                "additionalProperties": False,
                "oneOf": [{"required": ["not"]}, {"required": ["is"]}],
            }
            definitions["Test"] = {"anyOf": [values | plain, compared, table]}
        return {"$ref": "#/$defs/Test"}


TEST = _TestShape()
WHEN = MapOf(TEST, "a table of attributes and what they must be")


# Attributes --------------------------------------------------------------------------------------


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


_KINDS = ("value", "text", "date")
_VALUE_LIST = ListOf(_SCALAR, "a list of values, highest first", min_length=1)
_MATRIX = _Matrix()
_BY = ListOf(_WORDS, "a list of attributes", min_length=1)


@attrs.frozen(repr=False, field_transformer=bind)
class Attribute(Description):
    """Something a ticket has, such as a severity, on which rows can have conditions.

    Args:
        values: The values it can have, from the highest to the lowest if they have a rank.
        kind: ``"value"`` for one of the values, ``"text"`` for any text or number, or ``"date"``
            for a date or an instant that coverage can refer to.
        default: The value of a ticket that has none.
        optional: Whether a ticket may lack the attribute. If it does, no row with a condition on it
            matches. A ticket that lacks any other attribute is refused, if what it is promised
            depends on it.
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
    kind: Literal["value", "text", "date"] = attrs.field(
        default="value", converter=read_by_shape, kw_only=True, metadata=shaped(Choice(_KINDS))
    )
    default: Value | None = attrs.field(
        default=None, converter=read_by_shape, kw_only=True, metadata=shaped(_SCALAR)
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
        if self.kind == "date":
            if isinstance(given, str | date | datetime):
                return given  # type: ignore[return-value] # coverage reads it
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
        expected = "a date or an instant" if self.kind == "date" else "text or a number"
        msg = f"{name} = {given!r} cannot be read: give {expected}"
        raise TicketError(msg, attribute=name, given=given, known=(), suggestions=[])

    @cached_property
    def _known(self) -> dict[tuple[bool, Any], tuple[Value]]:
        """The values by their keys and by their texts; each in a tuple, since False is a value."""
        known: dict[tuple[bool, Any], tuple[Value]] = {
            (False, value_text(value)): (value,) for value in self.values
        }
        return known | {key_of_value(value): (value,) for value in self.values}


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
