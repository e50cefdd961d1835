"""Shapes: what a document may look like, said once, to read it, to write it and to describe it.

A shape reads plain data (what TOML and JSON give) into values, writes values back as plain data,
and describes itself as JSON Schema. A class's shape is the list of its attrs fields, each of which
bears the shape of its values; so loader, writer and schema cannot disagree.

Reading never stops at the first fault. Whatever is wrong becomes a `Fault` with its path, and
`INVALID` stands in for the value, so that the rest is read and judged as well. A fault is one of
the *shape*, which the JSON Schema sees too, or one of the *meaning*, which only the loader can see:
a name that is declared nowhere, hours that end before they begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, ItemsView, Iterator, Mapping
from contextlib import suppress
from datetime import date
from types import SimpleNamespace
from typing import Any, Generic, Protocol, TypeVar

import attrs

from slacalc._schema.faults import INVALID, DocumentPath, Faults, TooManyFaultsError, describe_value
from slacalc._time.dates import parse_date
from slacalc.errors import PolicyError, SlacalcError

_Value = TypeVar("_Value")
_LONGEST_NAME = 100
NAME_PATTERN = rf"^[^\s.\[\]]([^.\[\]\r\n]{{0,{_LONGEST_NAME - 2}}}[^\s.\[\]])?$"


class FrozenMap(Mapping[str, _Value], Generic[_Value]):
    """A mapping that never changes: ordered as given, equal and hashed by its contents."""

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
        """Pairs of keys and values, as quickly as a dictionary gives them."""
        return self._items.items()

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


class Shape(Protocol):
    """What a value may look like."""

    @property
    def expected(self) -> str:
        """What to say to a person who wrote something else."""

    def takes(self, given: Any) -> bool:
        """Whether a value is of the kind that this shape reads, be it faulty or not."""

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        """The value; or `INVALID` and a fault."""

    def write(self, value: Any) -> Any:
        """The plain data that `read` reads back."""

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """The JSON Schema; shapes with a name of their own go into the definitions."""


@attrs.frozen(kw_only=True)
class Text:
    """A text, of a pattern, or turned into something by a parser of its own."""

    expected: str = "text"
    pattern: str = ""
    longest: int = 10_000
    parse: Callable[[str], Any] = str
    show: Callable[[Any], Any] = str
    result: type | tuple[type, ...] = ()  # what it becomes, and may already be

    def takes(self, given: Any) -> bool:
        return isinstance(given, (str, self.result))

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(given, self.result):
            return given
        if (
            not isinstance(given, str)
            or len(given) > self.longest
            or (self.pattern and not re.search(self.pattern, given))
        ):
            try:  # the parser knows best what is wrong
                if isinstance(given, str):
                    self.parse(given)
            except SlacalcError as error:
                return faults.caught(path, given, error, meaning=False)
            long = f" of at most {self.longest:,} characters"
            too_long = isinstance(given, str) and len(given) > self.longest
            return faults.add(path, given, self.expected + long * too_long)
        try:
            return self.parse(given)
        except SlacalcError as error:
            return faults.caught(path, given, error)

    def write(self, value: Any) -> Any:
        return self.show(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        schema: dict[str, Any] = {"type": "string", "maxLength": self.longest}
        return schema | ({"pattern": self.pattern} if self.pattern else {})


NAME_SHAPE = Text(expected="a name without dots, brackets and line breaks", pattern=NAME_PATTERN)


@attrs.frozen
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        return "one of " + ", ".join(self.words)

    def takes(self, given: Any) -> bool:
        return isinstance(given, str)

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(given, str) and given in self.words:
            return given
        return faults.add(path, given, self.expected, known=self.words)

    def write(self, value: Any) -> Any:
        return value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return {"enum": list(self.words)}


class Flag:
    """True or false."""

    expected = "true or false"

    def takes(self, given: Any) -> bool:
        return isinstance(given, bool)

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        return given if isinstance(given, bool) else faults.add(path, given, self.expected)

    def write(self, value: Any) -> Any:
        return value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return {"type": "boolean"}


class Scalar:
    """A value that a ticket's attribute may have: text, a whole number, true or false."""

    expected = "text, a whole number, true or false"
    _LONGEST = 200
    _GREATEST = 10**15

    def takes(self, given: Any) -> bool:
        return isinstance(given, str | int)

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(given, bool):
            return given
        if isinstance(given, int) and abs(given) <= self._GREATEST:
            return given
        if isinstance(given, str) and 0 < len(given) <= self._LONGEST:
            return given
        return faults.add(path, given, self.expected)

    def write(self, value: Any) -> Any:
        return value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": self._LONGEST},
                {"type": "integer", "minimum": -self._GREATEST, "maximum": self._GREATEST},
                {"type": "boolean"},
            ]
        }


class DayShape:
    """A date, as TOML has it or as text."""

    expected = "a date such as 2024-07-01"
    _PATTERN = r"^\d{4}-\d\d-\d\d$"

    def takes(self, given: Any) -> bool:
        return isinstance(given, date) or (
            isinstance(given, str) and re.search(self._PATTERN, given) is not None
        )

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if not isinstance(given, date) and not self.takes(given):
            return faults.add(path, given, self.expected)
        try:
            return parse_date(given)
        except SlacalcError as error:
            return faults.caught(path, given, error)

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
    at_least: int = 0

    def takes(self, given: Any) -> bool:
        return isinstance(given, list | tuple)

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if not isinstance(given, list | tuple):
            return faults.add(path, given, self.expected)
        if len(given) < self.at_least:
            return faults.add(path, given, f"{self.expected}; an empty one says nothing")
        return tuple(self.of.read(one, (*path, i), faults) for i, one in enumerate(given))

    def write(self, value: Any) -> Any:
        return [self.of.write(one) for one in value]

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "array", "items": self.of.schema(definitions)}
        return schema | ({"minItems": self.at_least} if self.at_least else {})


@attrs.frozen
class MapOf:
    """A mapping of names to values of one shape, kept as a `FrozenMap`."""

    of: Shape
    expected: str = "a table"
    pattern: str = NAME_PATTERN
    at_least: int = 0

    def takes(self, given: Any) -> bool:
        return isinstance(given, Mapping)

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if not isinstance(given, Mapping):
            return faults.add(path, given, self.expected)
        if len(given) < self.at_least:
            return faults.add(path, given, f"{self.expected}; an empty one says nothing")
        values = {}
        for key, one in given.items():
            if not isinstance(key, str) or not re.search(self.pattern, key):
                faults.add((*path, describe_value(key)), key, NAME_SHAPE.expected)
            else:
                values[key] = self.of.read(one, (*path, key), faults)
        return FrozenMap(values)

    def write(self, value: Any) -> Any:
        return {key: self.of.write(one) for key, one in value.items()}

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "object",
            "propertyNames": {"pattern": self.pattern},
            "additionalProperties": self.of.schema(definitions),
        }
        return schema | ({"minProperties": self.at_least} if self.at_least else {})


@attrs.frozen
class OneOf:
    """A value of the first shape that takes its kind: a short form, or the long one."""

    shapes: tuple[Shape, ...]
    expected: str
    which: Callable[[Any], int]
    """The place of the shape that writes a value."""

    def takes(self, given: Any) -> bool:
        return any(shape.takes(given) for shape in self.shapes)

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        for shape in self.shapes:
            if shape.takes(given):
                return shape.read(given, path, faults)
        return faults.add(path, given, self.expected)

    def write(self, value: Any) -> Any:
        return self.shapes[self.which(value)].write(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [shape.schema(definitions) for shape in self.shapes]}


def shaped(shape: Shape, words: str) -> dict[str, Any]:
    """The metadata of an attrs field that a `Record` reads: its shape, and what to say of it."""
    return {"shape": shape, "words": words}


def read_by_shape(given: Any) -> Any:
    """Marks a field whose argument is read by its shape: `bind` puts the reader in its place."""
    return given


def bind(_: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Let the arguments of a class be read as its keys in a document are (a field transformer)."""
    marker: object = read_by_shape
    return [
        field.evolve(converter=_reader(field)) if field.converter is marker else field
        for field in fields
    ]


def _reader(field: attrs.Attribute[Any]) -> Callable[[Any], Any]:
    shape: Shape = field.metadata["shape"]

    def read(given: Any) -> Any:
        if isinstance(given, str | tuple | None) and given == field.default:
            return given
        faults, value = Faults(), INVALID
        with suppress(TooManyFaultsError):
            value = shape.read(given, (key_of(field),), faults)
        if faults.found:
            raise PolicyError.of(faults.found)
        return value

    return read


def key_of(field: attrs.Attribute[Any]) -> str:
    """The key of a field in a document: its name, without the underscore Python needs."""
    return field.name.removesuffix("_")


def default_of(part: attrs.Attribute[Any]) -> Any:
    """What a field is where it is not given; `INVALID` where it must be."""
    if part.default is attrs.NOTHING:
        return INVALID
    factory = getattr(part.default, "factory", None)
    return part.default if factory is None else factory()


@attrs.frozen
class Record:
    """A table with known keys, read into a class whose fields bear shapes."""

    makes: type
    expected: str

    def parts(self) -> list[attrs.Attribute[Any]]:
        """The fields that stand in a document."""
        return [part for part in attrs.fields(self.makes) if "shape" in part.metadata]

    def takes(self, given: Any) -> bool:
        return isinstance(given, Mapping | self.makes)

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(given, self.makes):
            return given
        before = len(faults.found)
        values = self.read_parts(given, path, faults)
        if values is INVALID:
            return INVALID
        if len(faults.found) == before:
            try:
                return self.makes(**values)
            except PolicyError as error:  # of parts that do not fit together
                faults.adopt(path, error.faults)
        # A draft, so that what was read can still be judged.
        return SimpleNamespace(**{part.name: default_of(part) for part in self.parts()} | values)

    def read_parts(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        """The values of the fields that are given, by name."""
        if not isinstance(given, Mapping):
            return faults.add(path, given, self.expected)
        parts = {key_of(part): part for part in self.parts()}
        for key in given:
            if key not in parts:
                faults.add(
                    (*path, str(key)), key, f"one of the keys {', '.join(parts)}", known=parts
                )
        values = {}
        for key, part in parts.items():
            shape: Shape = part.metadata["shape"]
            if key in given:
                values[part.name] = shape.read(given[key], (*path, key), faults)
            elif part.default is attrs.NOTHING:
                values[part.name] = faults.missing((*path, key), shape.expected)
        return values

    def write(self, value: Any) -> Any:
        return to_plain_data(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        name = self.makes.__name__
        if name not in definitions:
            definitions[name] = {}  # which shapes inside may already point to
            definitions[name] = self.described(definitions)
        return {"$ref": f"#/$defs/{name}"}

    def described(
        self, definitions: dict[str, Any], *, without: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """The schema itself, where `schema` gives a pointer to it."""
        parts = [part for part in self.parts() if key_of(part) not in without]
        return {
            "type": "object",
            "properties": {
                key_of(part): {"description": part.metadata["words"]}
                | part.metadata["shape"].schema(definitions)
                for part in parts
            },
            "required": [key_of(part) for part in parts if part.default is attrs.NOTHING],
            "additionalProperties": False,
        }


def _fields(value: Any) -> list[attrs.Attribute[Any]]:
    return list(attrs.fields(type(value)))


@attrs.frozen
class Short:
    """A class with a short form: what its first field alone would be."""

    short: Shape
    record: Record
    expected: str

    def takes(self, given: Any) -> bool:
        return self.short.takes(given) or self.record.takes(given)

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(given, self.record.makes) or not self.short.takes(given):
            if self.record.takes(given):
                return self.record.read(given, path, faults)
            return faults.add(path, given, self.expected)
        before = len(faults.found)
        value = self.short.read(given, path, faults)
        return INVALID if len(faults.found) > before else self.record.makes(value)

    def write(self, value: Any) -> Any:
        data = self.record.write(value)
        first = key_of(self.record.parts()[0])
        return data[first] if data.keys() == {first} else data

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [self.short.schema(definitions), self.record.schema(definitions)]}


def to_plain_data(value: Any) -> dict[str, Any]:
    """The plain data of an object whose fields bear shapes, without what is as by default."""
    data = {}
    for part in _fields(value):
        if "shape" in part.metadata:
            one = getattr(value, part.name)
            if one != default_of(part):
                data[key_of(part)] = part.metadata["shape"].write(one)
    return data


class Description:
    """Base of the classes that stand in a policy: they print as the code that makes them."""

    __slots__ = ()

    def __repr__(self) -> str:
        names = {key_of(part): part.name for part in _fields(self)}
        parts = [f"{names[key]}={value!r}" for key, value in to_plain_data(self).items()]
        return f"{type(self).__name__}({', '.join(parts)})"

    def to_dict(self) -> dict[str, Any]:
        """The plain data that makes it again, ready for JSON."""
        return to_plain_data(self)
