"""Shapes of documents: one declaration reads the data, writes it back and gives its JSON Schema.

A shape reads plain data (as parsed from TOML or JSON) into values, converts values back to plain
data, and describes itself as JSON Schema. Classes are read by a `Record`: each of their attrs
fields names its shape in its metadata, so that loader, writer and schema cannot disagree.

Reading does not stop at the first fault. Each fault is collected with its path, and `INVALID`
takes the place of the value, so that the rest is read and checked as well. A fault is either one
of the *shape*, which the JSON Schema finds too, or one of the *meaning*, which only the loader can
find: a name that is not declared, hours that end before they begin.

Read `faults` first. `_policy/records.py` shows how the shapes are used.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, ItemsView, Iterator, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any, Generic, Protocol, TypeVar

import attrs

from slacalc._schema.faults import INVALID, DocumentPath, Faults, TooManyFaultsError, describe_value
from slacalc._time.dates import parse_date
from slacalc.errors import PolicyError, SlacalcError

_Value = TypeVar("_Value")
_MAX_NAME_LENGTH = 100
NAME_PATTERN = rf"^[^\s.\[\]]([^.\[\]\r\n]{{0,{_MAX_NAME_LENGTH - 2}}}[^\s.\[\]])?$"


class FrozenMap(Mapping[str, _Value], Generic[_Value]):
    """An immutable mapping, in the order of its items; equal and hashed by its contents."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, _Value] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: str) -> _Value:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def items(self) -> ItemsView[str, _Value]:
        """The pairs of keys and values; as fast as those of a dictionary."""
        return self._items.items()

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


class Shape(Protocol):
    """The form that one value of a document may have."""

    @property
    def expected(self) -> str:
        """What a message says is expected here, such as ``a list of names``."""

    def accepts(self, data: Any) -> bool:
        """Whether data is of the kind that this shape reads, though it may have faults."""

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        """Return the value; or add a fault and return `INVALID`."""

    def write(self, value: Any) -> Any:
        """Return the plain data from which `read` makes the value."""

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON Schema; schemas that have a name are added to the definitions."""


@attrs.frozen(kw_only=True)
class Text:
    """Text that matches a pattern, or that a parser converts to a value.

    Args:
        expected: What a message says is expected.
        pattern: A regular expression; default: any text.
        max_length: The most characters.
        parse: Converts the text to the value; may raise a `SlacalcError`.
        to_text: Converts the value back.
        result_type: The type that `parse` returns. A value of it is accepted as it is.
    """

    expected: str = "text"
    pattern: str = ""
    max_length: int = 10_000
    parse: Callable[[str], Any] = str
    to_text: Callable[[Any], Any] = str
    result_type: type | tuple[type, ...] = ()

    def accepts(self, data: Any) -> bool:
        return isinstance(data, (str, self.result_type))

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, self.result_type):
            return data
        if (
            not isinstance(data, str)
            or len(data) > self.max_length
            or (self.pattern and not re.search(self.pattern, data))
        ):
            try:  # the message of the parser, if it has one, says best what is wrong
                if isinstance(data, str):
                    self.parse(data)
            except SlacalcError as error:
                return faults.add_error(path, data, error, of_meaning=False)
            too_long = isinstance(data, str) and len(data) > self.max_length
            limit = f" of at most {self.max_length:,} characters" if too_long else ""
            return faults.add(path, data, self.expected + limit)
        try:
            return self.parse(data)
        except SlacalcError as error:
            return faults.add_error(path, data, error)

    def write(self, value: Any) -> Any:
        return self.to_text(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        schema: dict[str, Any] = {"type": "string", "maxLength": self.max_length}
        return schema | ({"pattern": self.pattern} if self.pattern else {})


NAME_SHAPE = Text(expected="a name without dots, brackets and line breaks", pattern=NAME_PATTERN)


@attrs.frozen
class Choice:
    """One of a few fixed texts."""

    options: tuple[str, ...]

    @property
    def expected(self) -> str:
        return "one of " + ", ".join(self.options)

    def accepts(self, data: Any) -> bool:
        return isinstance(data, str)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, str) and data in self.options:
            return data
        return faults.add(path, data, self.expected, known=self.options)

    def write(self, value: Any) -> Any:
        return value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return {"enum": list(self.options)}


class Flag:
    """True or false."""

    expected = "true or false"

    def accepts(self, data: Any) -> bool:
        return isinstance(data, bool)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        return data if isinstance(data, bool) else faults.add(path, data, self.expected)

    def write(self, value: Any) -> Any:
        return value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return {"type": "boolean"}


class Scalar:
    """A value of an attribute of a ticket: text, a whole number, true or false."""

    expected = "text, a whole number, true or false"
    _MAX_LENGTH = 200
    _MAX_INTEGER = 10**15

    def accepts(self, data: Any) -> bool:
        return isinstance(data, str | int)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, bool):
            return data
        if isinstance(data, int) and abs(data) <= self._MAX_INTEGER:
            return data
        if isinstance(data, str) and 0 < len(data) <= self._MAX_LENGTH:
            return data
        return faults.add(path, data, self.expected)

    def write(self, value: Any) -> Any:
        return value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": self._MAX_LENGTH},
                {"type": "integer", "minimum": -self._MAX_INTEGER, "maximum": self._MAX_INTEGER},
                {"type": "boolean"},
            ]
        }


class Count:
    """A whole number from 1 to 1,000."""

    expected = "a whole number from 1 to 1000"
    _MAX = 1_000

    def accepts(self, data: Any) -> bool:
        return isinstance(data, int) and not isinstance(data, bool)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if self.accepts(data) and 1 <= data <= self._MAX:
            return data
        return faults.add(path, data, self.expected)

    def write(self, value: Any) -> Any:
        return value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return {"type": "integer", "minimum": 1, "maximum": self._MAX}


@attrs.frozen(kw_only=True)
class NumberShape:
    """A positive number, taken for exactly the decimal number that is written.

    Args:
        expected: What a message says is expected.
        largest: The largest number.
        decimals: The most decimals.
    """

    expected: str
    largest: int
    decimals: int

    def accepts(self, data: Any) -> bool:
        return isinstance(data, int | float | Decimal) and not isinstance(data, bool)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if not self.accepts(data):
            return faults.add(path, data, self.expected)
        number = Decimal(float.__repr__(data) if isinstance(data, float) else data)
        if not (number.is_finite() and number > 0):
            return faults.add(path, data, self.expected)
        if number > self.largest:
            return faults.add(path, data, f"a number of at most {self.largest:,}")
        number = number.normalize()
        if -int(number.as_tuple().exponent) > self.decimals:
            expected = f"a number with at most {self.decimals} decimals"
            return faults.add(path, data, expected, of_meaning=True)
        return number

    def write(self, value: Any) -> Any:
        return int(value) if value == value.to_integral_value() else float(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return {"type": "number", "exclusiveMinimum": 0, "maximum": self.largest}


class DayShape:
    """A date, as a TOML date or as text."""

    expected = "a date such as 2024-07-01"
    _PATTERN = r"^\d{4}-\d\d-\d\d$"

    def accepts(self, data: Any) -> bool:
        return isinstance(data, date) or (
            isinstance(data, str) and re.search(self._PATTERN, data) is not None
        )

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if not isinstance(data, date) and not self.accepts(data):
            return faults.add(path, data, self.expected)
        try:
            return parse_date(data)
        except SlacalcError as error:
            return faults.add_error(path, data, error)

    def write(self, value: Any) -> Any:
        return str(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return {"type": "string", "pattern": self._PATTERN}


@attrs.frozen
class ListOf:
    """A list of values of one shape, kept as a tuple."""

    of: Shape
    expected: str = "a list"
    min_length: int = 0
    max_length: int | None = None

    def accepts(self, data: Any) -> bool:
        return isinstance(data, list | tuple)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if not isinstance(data, list | tuple):
            return faults.add(path, data, self.expected)
        if len(data) < self.min_length:
            return faults.add(path, data, f"{self.expected} (at least {self.min_length})")
        if self.max_length is not None and len(data) > self.max_length:
            return faults.add_too_many(path, len(data), self.expected, self.max_length)
        return tuple(self.of.read(item, (*path, i), faults) for i, item in enumerate(data))

    def write(self, value: Any) -> Any:
        return [self.of.write(item) for item in value]

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "array", "items": self.of.schema(definitions)}
        schema |= {"minItems": self.min_length} if self.min_length else {}
        return schema | ({} if self.max_length is None else {"maxItems": self.max_length})


@attrs.frozen
class MapOf:
    """A mapping of names to values of one shape, kept as a `FrozenMap`."""

    of: Shape
    expected: str = "a table"
    pattern: str = NAME_PATTERN
    min_length: int = 0
    max_length: int | None = None

    def accepts(self, data: Any) -> bool:
        return isinstance(data, Mapping)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if not isinstance(data, Mapping):
            return faults.add(path, data, self.expected)
        if len(data) < self.min_length:
            return faults.add(path, data, f"{self.expected} (at least {self.min_length})")
        if self.max_length is not None and len(data) > self.max_length:
            return faults.add_too_many(path, len(data), self.expected, self.max_length)
        values = {}
        for key, item in data.items():
            if not isinstance(key, str) or not re.search(self.pattern, key):
                faults.add((*path, describe_value(key)), key, NAME_SHAPE.expected)
            else:
                values[key] = self.of.read(item, (*path, key), faults)
        return FrozenMap(values)

    def write(self, value: Any) -> Any:
        return {key: self.of.write(item) for key, item in value.items()}

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "object",
            "propertyNames": {"pattern": self.pattern},
            "additionalProperties": self.of.schema(definitions),
        }
        schema |= {"minProperties": self.min_length} if self.min_length else {}
        return schema | ({} if self.max_length is None else {"maxProperties": self.max_length})


@attrs.frozen
class OneOf:
    """A value that has one of several shapes: the first that accepts the data reads it.

    Args:
        shapes: The shapes.
        expected: What a message says is expected.
        index_of: Returns the index of the shape that writes a value.
    """

    shapes: tuple[Shape, ...]
    expected: str
    index_of: Callable[[Any], int]

    def accepts(self, data: Any) -> bool:
        return any(shape.accepts(data) for shape in self.shapes)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        for shape in self.shapes:
            if shape.accepts(data):
                return shape.read(data, path, faults)
        return faults.add(path, data, self.expected)

    def write(self, value: Any) -> Any:
        return self.shapes[self.index_of(value)].write(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [shape.schema(definitions) for shape in self.shapes]}


def shaped(shape: Shape) -> dict[str, Any]:
    """Return the metadata of an attrs field that a `Record` reads by a shape."""
    return {"shape": shape}


def read_by_shape(value: Any) -> Any:
    """Mark a field whose argument its shape reads: `bind` replaces this converter by the reader."""
    return value


def bind(_: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Make the arguments of a class accept what its keys accept in a document.

    It is passed to `attrs.frozen` as the field transformer.
    """
    marker: object = read_by_shape
    return [
        field.evolve(converter=_reader(field)) if field.converter is marker else field
        for field in fields
    ]


def _reader(field: attrs.Attribute[Any]) -> Callable[[Any], Any]:
    shape: Shape = field.metadata["shape"]

    def read(value: Any) -> Any:
        if isinstance(value, str | tuple | None) and value == field.default:
            return value  # most arguments are left at their default, which need not be read
        faults, result = Faults(), INVALID
        with suppress(TooManyFaultsError):
            result = shape.read(value, (key_of(field),), faults)
        if faults.collected:
            raise PolicyError.of(faults.collected)
        return result

    return read


def key_of(field: attrs.Attribute[Any]) -> str:
    """The key of a field in a document: its name without the underscore of ``from_``."""
    return field.name.removesuffix("_")


def _default_of(field: attrs.Attribute[Any]) -> Any:
    """The value of a field that is omitted; `INVALID` if it is required."""
    if field.default is attrs.NOTHING:
        return INVALID
    factory = getattr(field.default, "factory", None)
    return field.default if factory is None else factory()


@cache
def _fields_with_factories(target: type) -> list[tuple[str, Callable[[], Any] | None, Any]]:
    """The name of each field of a class, the factory of its default, and the default."""
    return [
        (field.name, getattr(field.default, "factory", None), _default_of(field))
        for field in attrs.fields(target)
    ]


def construct(target: type, values: Mapping[str, Any]) -> Any:
    """Return an instance of a class whose values were read already, without reading them again.

    Args:
        target: A class of which all fields have shapes.
        values: The values of its fields by name; the others have their defaults.
    """
    instance: Any = object.__new__(target)
    for name, factory, default in _fields_with_factories(target):
        if name in values:
            value = values[name]
        elif factory is None:
            value = default
        else:
            value = factory()
        object.__setattr__(instance, name, value)  # the class is frozen
    return instance


@cache
def _fields_by_key(target: type) -> Mapping[str, attrs.Attribute[Any]]:
    """The fields of a class that have a key in the document, by that key."""
    return {key_of(field): field for field in attrs.fields(target) if "shape" in field.metadata}


_ARGUMENT = re.compile(r"^    (\w+): ((?:.|\n {8,})+)", re.MULTILINE)


def argument_descriptions(target: type) -> dict[str, str]:
    """Return what a class's docstring says about each argument, as plain text."""
    _, _, section = (inspect.getdoc(target) or "").partition("\nArgs:\n")
    section = re.split(r"\n(?=\S)", section)[0]
    texts = {match[1]: " ".join(match[2].split()) for match in _ARGUMENT.finditer(section)}
    return {name: text.replace("``", "").replace("`", "") for name, text in texts.items()}


@attrs.frozen
class Record:
    """A table with fixed keys, which is read into a class by the shapes of its fields.

    The JSON Schema describes each key as the ``Args:`` section of the class's docstring does.

    Args:
        target: The class.
        expected: What a message says is expected.
    """

    target: type
    expected: str

    def fields(self) -> list[attrs.Attribute[Any]]:
        """The fields of the class that have a key in the document."""
        return [*_fields_by_key(self.target).values()]

    def accepts(self, data: Any) -> bool:
        return isinstance(data, Mapping | self.target)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, self.target):
            return data
        before = len(faults.collected)
        values = self.read_fields(data, path, faults)
        if values is INVALID:
            return INVALID
        if len(faults.collected) == before:
            return construct(self.target, values)
        # Not an instance of the class, but enough to check the values that were read.
        defaults = {field.name: _default_of(field) for field in self.fields()}
        return SimpleNamespace(**defaults | values)

    def read_fields(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        """Return the values of the fields that are in the data, by name of field."""
        if not isinstance(data, Mapping):
            return faults.add(path, data, self.expected)
        fields = _fields_by_key(self.target)
        for key in data:
            if key not in fields:
                expected = f"one of the keys {', '.join(fields)}"
                faults.add((*path, str(key)), key, expected, known=fields)
        values = {}
        for key, field in fields.items():
            shape: Shape = field.metadata["shape"]
            if key in data:
                values[field.name] = shape.read(data[key], (*path, key), faults)
            elif field.default is attrs.NOTHING:
                values[field.name] = faults.add_missing((*path, key), shape.expected)
        return values

    def write(self, value: Any) -> Any:
        return to_plain_data(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        name = self.target.__name__
        if name not in definitions:
            definitions[name] = {}  # the shapes of the fields may already refer to it
            definitions[name] = self.definition(definitions)
        return {"$ref": f"#/$defs/{name}"}

    def definition(
        self, definitions: dict[str, Any], *, without: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Return the JSON Schema to which `schema` returns a reference.

        Args:
            definitions: The schemas that have a name; those of the fields are added.
            without: Keys to omit.
        """
        fields = [field for field in self.fields() if key_of(field) not in without]
        descriptions = argument_descriptions(self.target)
        return {
            "type": "object",
            "properties": {
                key_of(field): {"description": descriptions.get(field.name, "")}
                | field.metadata["shape"].schema(definitions)
                for field in fields
            },
            "required": [key_of(field) for field in fields if field.default is attrs.NOTHING],
            "additionalProperties": False,
        }


@attrs.frozen
class Short:
    """A record that may also be written as the value of its first field alone.

    Args:
        short: The shape of the first field.
        record: The record.
        expected: What a message says is expected.
    """

    short: Shape
    record: Record
    expected: str

    def accepts(self, data: Any) -> bool:
        return self.short.accepts(data) or self.record.accepts(data)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, self.record.target) or not self.short.accepts(data):
            if self.record.accepts(data):
                return self.record.read(data, path, faults)
            return faults.add(path, data, self.expected)
        before = len(faults.collected)
        value = self.short.read(data, path, faults)
        if len(faults.collected) > before:
            return INVALID
        return construct(self.record.target, {self.record.fields()[0].name: value})

    def write(self, value: Any) -> Any:
        data = self.record.write(value)
        first = key_of(self.record.fields()[0])
        return data[first] if data.keys() == {first} else data

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [self.short.schema(definitions), self.record.schema(definitions)]}


def to_plain_data(value: Any) -> dict[str, Any]:
    """Convert an object whose fields have shapes to plain data; defaults are omitted."""
    data = {}
    target: type = type(value)
    for key, field in _fields_by_key(target).items():
        item = getattr(value, field.name)
        if item != _default_of(field):
            data[key] = field.metadata["shape"].write(item)
    return data


class Description:
    """Base class of the parts of a policy, whose `repr` is the code that makes them."""

    __slots__ = ()

    def __repr__(self) -> str:
        target: type = type(self)
        fields = _fields_by_key(target)
        arguments = [f"{fields[key].name}={value!r}" for key, value in to_plain_data(self).items()]
        return f"{type(self).__name__}({', '.join(arguments)})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON, from which the object can be made again."""
        return to_plain_data(self)
