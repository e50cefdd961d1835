"""The conditions of a row on attributes: its ``when``.

They are tests by attribute: an `AttributeTest` or a `TagsTest`. Beside them may stand `AnyOf`
several sets of conditions, and `NotAll` of some conditions. `WhenShape` reads and writes them.
Compiled, a test is a set of values that pass, a `CompiledTest`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

import attrs

from slacalc._i18n import ENGLISH, N_
from slacalc._policy.attributes import ValueShape, key_of_value, value_text
from slacalc._policy.calendars import CALENDAR_NAME, CalendarByField
from slacalc._policy.receipts import RECEIVED, ReceiptSet, describe_receipt
from slacalc._policy.value_sets import NumberSet, TagSet, TextSet, is_comparison, is_pattern
from slacalc._schema.faults import INVALID, DocumentPath, Faults
from slacalc._schema.limits import MAX_RANKED
from slacalc._schema.shapes import FrozenMap, ListOf, MapOf

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from slacalc._i18n import Translator
    from slacalc._policy.attributes import Attribute, Value

ANY, NOT = "any", "not"
"""The keys beside the attributes of a ``when``: alternatives, and what must not be met."""

_OPERATIONS = (">=", "<=", ">", "<")
_COMPARISON = re.compile(r"(>=|<=|>|<)\s*(\S.*)", re.DOTALL)
_MAX_LENGTH = 200
_MAX_DEPTH = 4  # of conditions inside conditions


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

    def compile(self, name: str, attribute: Attribute | None) -> tuple[CompiledTest, ...]:
        """The test as the set of values that pass it, or that do not.

        Args:
            name: The attribute's name.
            attribute: The attribute; None for the moment of receipt.
        """
        is_negated = self.operation == "not in"
        if attribute is None:
            required = ReceiptSet.of(self.values)
            return (CompiledTest(name, required, is_negated, self.on, self.values),)
        kind = attribute.kind
        values: Container[Any] = frozenset(map(key_of_value, self.values))
        if kind == "date":
            pass
        elif kind == "number":
            texts = [self.operation + value_text(value) for value in self.values]
            values = NumberSet(texts if self.operation in _OPERATIONS else self.values)
        elif kind == "tags":
            values = TagSet(self.values, fold_case=attribute.fold_case)
        elif not attribute.values:
            if attribute.fold_case or any(map(is_pattern, self.values)):
                values = TextSet(self.values, fold_case=attribute.fold_case)
        else:
            # The few are listed, rather than the many.
            is_negated = is_negated and len(attribute.values) > MAX_RANKED
            if self.operation != "in" and not is_negated:
                values = self._ranked(attribute)
        return (CompiledTest(name, values, is_negated, self.on, self.values),)

    def _ranked(self, attribute: Attribute) -> frozenset[tuple[bool, Value]]:
        """The keys of those of an attribute's values that pass another operation than ``in``."""
        ranked = [key_of_value(value) for value in attribute.values]
        if self.operation == "not in":
            return frozenset(ranked).difference(map(key_of_value, self.values))
        rank = ranked.index(key_of_value(self.values[0]))
        if self.operation in (">=", ">"):
            return frozenset(ranked[: rank + (self.operation == ">=")])
        return frozenset(ranked[rank + (self.operation == "<") :])

    def __str__(self) -> str:
        return self.describe("").lstrip()

    def describe(self, name: str, translate: Translator = ENGLISH) -> str:
        """The condition in words: ``tier is gold or silver``."""
        values = self.describe_values(name, translate)
        forms = {"in": N_("{name} is {values}"), "not in": N_("{name} is not {values}")}
        form = forms.get(self.operation, "{name} " + self.operation + " {values}")
        if self.operation == "in" and len(self.values) == 1 and is_comparison(self.values[0]):
            form = "{name} {values}"
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


_TAG_FORMS = {
    "any": N_("{name} has {values}"),
    "all": N_("{name} has all of {values}"),
    "none": N_("{name} has none of {values}"),
}


@attrs.frozen
class TagsTest:
    """A condition on tags: that one has some of them, all of them, or none of them.

    Args:
        any: Tags of which one suffices.
        all: Tags that are all needed.
        none: Tags that exclude.
    """

    any: tuple[Value, ...] = ()
    all: tuple[Value, ...] = ()
    none: tuple[Value, ...] = ()
    on: ClassVar[str] = ""

    def compile(self, name: str, attribute: Attribute | None) -> tuple[CompiledTest, ...]:
        """A test for each part; see `AttributeTest.compile`."""
        folds = attribute is not None and attribute.fold_case
        return tuple(
            CompiledTest(
                name,
                TagSet(values, has_all=part == "all", fold_case=folds),
                part == "none",
                "",
                values,
            )
            for part, values in self.parts()
        )

    def parts(self) -> list[tuple[str, tuple[Value, ...]]]:
        """The parts that it has, by name."""
        parts = {"any": self.any, "all": self.all, "none": self.none}
        return [(part, values) for part, values in parts.items() if values]

    def __str__(self) -> str:
        return self.describe("").lstrip()

    def describe(self, name: str, translate: Translator = ENGLISH) -> str:
        """The condition in words: ``labels has vip or gold``."""
        texts = []
        for part, values in self.parts():
            words = [value_text(value) for value in values]
            shown = translate.either(words) if part == "any" else translate.listed(words)
            texts.append(translate(_TAG_FORMS[part]).format(name=name, values=shown))
        return translate.listed(texts)


@attrs.frozen
class AnyOf:
    """Alternatives in a ``when``: sets of conditions, one of which must be met.

    Args:
        alternatives: The sets of conditions.
    """

    alternatives: tuple[When, ...]
    on: ClassVar[str] = ""

    @property
    def branches(self) -> tuple[When, ...]:
        """The sets of conditions, as those of `NotAll`."""
        return self.alternatives

    def __str__(self) -> str:
        return self.describe("")

    def describe(self, name: str, translate: Translator = ENGLISH) -> str:
        """The alternatives in words: ``(tier is gold or site is bern)``."""
        del name
        texts = [
            describe_when(each, translate)
            if len(each) == 1
            else translate("({conditions})").format(conditions=describe_when(each, translate))
            for each in self.alternatives
        ]
        return translate("({conditions})").format(conditions=translate.either(texts))


@attrs.frozen
class NotAll:
    """Conditions in a ``when`` that must not all be met.

    Args:
        when: The conditions.
    """

    when: When
    on: ClassVar[str] = ""

    @property
    def branches(self) -> tuple[When, ...]:
        """The conditions, as the only set of conditions."""
        return (self.when,)

    def __str__(self) -> str:
        return self.describe("")

    def describe(self, name: str, translate: Translator = ENGLISH) -> str:
        """The conditions in words: ``not (tier is gold)``."""
        del name
        conditions = describe_when(self.when, translate)
        return translate("not ({conditions})").format(conditions=conditions)


SingleTest: TypeAlias = AttributeTest | TagsTest
Test: TypeAlias = SingleTest | AnyOf | NotAll
When: TypeAlias = FrozenMap[Test]


def describe_when(when: Mapping[str, Test], translate: Translator = ENGLISH) -> str:
    """Conditions in words: ``tier is gold, severity >= high``."""
    return translate.listed(test.describe(name, translate) for name, test in when.items())


def single_tests(
    when: Mapping[str, Test], path: DocumentPath = ()
) -> Iterator[tuple[str, SingleTest, DocumentPath]]:
    """The tests of single attributes or fields, at any depth: the name, the test and its path."""
    for name, test in when.items():
        if isinstance(test, AnyOf):
            for index, inner in enumerate(test.alternatives):
                yield from single_tests(inner, (*path, name, index))
        elif isinstance(test, NotAll):
            yield from single_tests(test.when, (*path, name))
        else:
            yield name, test, (*path, name)


class CompiledTest(NamedTuple):
    """A condition on one attribute, ready to be evaluated.

    Args:
        name: The attribute's name, or ``received``.
        passing: The keys of the values that pass, or, if negated, of those that do not. Of the
            receipt, a `ReceiptSet`.
        negated: Whether *passing* has the values that do not pass.
        on: The calendar of a condition on the receipt, by its name or by a choice of the ticket;
            empty string for the policy's own.
        values: The values that the condition names.
    """

    name: str
    passing: Any
    negated: bool
    on: str | CalendarByField
    values: tuple[Value, ...]

    @property
    def is_plain(self) -> bool:
        """Whether *passing* is a set of values, rather than of ranges, patterns or tags."""
        return isinstance(self.passing, frozenset | ReceiptSet)


class CompiledGroup(NamedTuple):
    """Alternatives, or what must not be met, ready to be evaluated.

    Args:
        name: ``any`` or ``not``.
        branches: The sets of conditions: several alternatives, or the one that must not be met.
    """

    name: str
    branches: tuple[CompiledTests, ...]


CompiledTests: TypeAlias = "tuple[CompiledTest | CompiledGroup, ...]"


def compile_when(
    when: Mapping[str, Test],
    attributes: Mapping[str, Attribute],
    calendar: str | CalendarByField = "",
) -> CompiledTests:
    """The conditions of a ``when``, compiled.

    Args:
        when: The conditions.
        attributes: The attributes of the policy.
        calendar: The calendar of conditions on the receipt that name none.
    """
    compiled: list[CompiledTest | CompiledGroup] = []
    for name, test in when.items():
        if isinstance(test, (AnyOf, NotAll)):
            branches = tuple(compile_when(each, attributes, calendar) for each in test.branches)
            compiled.append(CompiledGroup(name, branches))
            continue
        tests = test.compile(name, attributes.get(name))
        if name not in attributes and calendar:
            tests = tuple(one if one.on else one._replace(on=calendar) for one in tests)
        compiled += tests
    return tuple(compiled)


def leaves(tests: Iterable[CompiledTest | CompiledGroup]) -> Iterator[CompiledTest]:
    """The compiled tests of single attributes, at any depth; see `single_tests`."""
    for test in tests:
        if isinstance(test, CompiledGroup):
            for branch in test.branches:
                yield from leaves(branch)
        else:
            yield test


class _Values:
    """A value, or a list of values, any of which is meant."""

    expected = 'a value, a list of values, ">= value" by rank, or { not = value }'
    _single = ValueShape()
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
_TAG_KEYS = ("any", "all", "none")


class _TestShape:
    """The right side of a condition.

    Args:
        for_clocks: Whether it is a condition of clocks, in which ``>= …`` is left to be understood
            by the kind of the field, and which asks no calendar.
    """

    expected = _Values.expected

    def __init__(self, *, for_clocks: bool = False) -> None:
        self._keys = ("not",) if for_clocks else ("not", "is", "on")
        self._compares = not for_clocks
        self._name = "FieldTest" if for_clocks else "Test"

    def accepts(self, data: Any) -> bool:
        return VALUES.accepts(data) or isinstance(data, Mapping | AttributeTest | TagsTest)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, (AttributeTest, TagsTest)):
            return data
        if not isinstance(data, str) and isinstance(data, Mapping):
            if data.keys() & {*_TAG_KEYS}:
                return self._tags(data, path, faults)
            return self._table(data, path, faults)
        if self._compares and isinstance(data, str) and data[:1] in ("<", ">"):
            match = _COMPARISON.fullmatch(data)
            if match and len(data) <= _MAX_LENGTH:
                return AttributeTest(match[1], (match[2],))
            return faults.add(path, data, "a comparison by rank such as '>= high'")
        values = VALUES.read(data, path, faults)
        return INVALID if values is INVALID else AttributeTest("in", values)

    def _tags(self, data: Mapping[Any, Any], path: DocumentPath, faults: Faults) -> Any:
        parts = {
            key: VALUES.read(value, (*path, str(key)), faults)
            for key, value in data.items()
            if key in _TAG_KEYS
        }
        for key in data.keys() - parts.keys():
            faults.add((*path, str(key)), key, "any, all or none", known=_TAG_KEYS)
        if INVALID in parts.values() or data.keys() != parts.keys():
            return INVALID
        return TagsTest(**parts)

    def _table(self, data: Mapping[Any, Any], path: DocumentPath, faults: Faults) -> Any:
        parts: dict[str, Any] = {}
        for key, value in data.items():
            if key in ("not", "is") and key in self._keys:
                parts[key] = VALUES.read(value, (*path, key) if self._compares else path, faults)
            elif key == "on" and key in self._keys:
                parts[key] = CALENDAR_NAME.read(value, (*path, key), faults)
            else:
                known = (*self._keys, *_TAG_KEYS)
                expected = f"{', '.join(known[:-1])} or {known[-1]}"
                faults.add((*path, str(key)), key, expected, known=known)
        if ("not" in parts) == ("is" in parts):
            expected = "{ not = value } or { is = value }, one of the two"
            return faults.add(path, data, expected if self._compares else "{ not = value }")
        if INVALID in parts.values() or data.keys() != parts.keys():
            return INVALID
        operation, values = ("not in", "not") if "not" in parts else ("in", "is")
        return AttributeTest(operation, parts[values], parts.get("on", ""))

    def write(self, value: Any) -> Any:
        if isinstance(value, TagsTest):
            return {part: VALUES.write(values) for part, values in value.parts()}
        values = VALUES.write(value.values)
        if value.operation in _OPERATIONS:
            return f"{value.operation} {value_text(values)}"
        if value.operation == "in" and not value.on:
            return values
        data = {"not" if value.operation == "not in" else "is": values}
        return data | ({"on": CALENDAR_NAME.write(value.on)} if value.on else {})

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if self._name not in definitions:
            values = VALUES.schema(definitions)
            plain = {"not": {"type": "string", "pattern": "^[<>]"}}
            compared = {"type": "string", "maxLength": _MAX_LENGTH, "pattern": r"^(>=|<=|>|<)\s*\S"}
            properties = {
                key: CALENDAR_NAME.schema(definitions) if key == "on" else values
                for key in self._keys
            }
            table = {
                "type": "object",
                "properties": properties,
                "additionalProperties": False,
                "oneOf": [{"required": [key]} for key in self._keys if key != "on"],
            }
            tags = {
                "type": "object",
                "properties": dict.fromkeys(_TAG_KEYS, values),
                "additionalProperties": False,
                "minProperties": 1,
            }
            plainly = [values | plain, compared] if self._compares else [values]
            definitions[self._name] = {"anyOf": [*plainly, table, tags]}
        return {"$ref": f"#/$defs/{self._name}"}


TEST = _TestShape()
FIELD_TEST = _TestShape(for_clocks=True)


class WhenShape:
    """Conditions on attributes, with alternatives and with what must not be met.

    Args:
        name: The name of its JSON Schema.
        of: The shape of a test.
    """

    expected = "a table of attributes and what they must be"
    _alternatives = 'a list of tables of conditions, such as [{ tier = "gold" }, { … }]'

    def __init__(self, name: str, of: _TestShape) -> None:
        self._name, self._of = name, of
        self._map = MapOf(of, self.expected)

    def accepts(self, data: Any) -> bool:
        return isinstance(data, Mapping)

    def read(self, data: Any, path: DocumentPath, faults: Faults, depth: int = 0) -> Any:
        if not isinstance(data, Mapping):
            return faults.add(path, data, self.expected)
        if ANY not in data and NOT not in data:
            return self._map.read(data, path, faults)
        tests = self._map.read(
            {name: data[name] for name in data if name not in (ANY, NOT)}, path, faults
        )
        by_name = {}
        for name in data:
            if name == ANY:
                by_name[name] = self._any_of(data[name], (*path, ANY), faults, depth + 1)
            elif name == NOT:
                by_name[name] = self._not_all(data[name], (*path, NOT), faults, depth + 1)
            elif name in tests:
                by_name[name] = tests[name]
        return FrozenMap(by_name)

    def _any_of(self, data: Any, path: DocumentPath, faults: Faults, depth: int) -> Any:
        if isinstance(data, AnyOf):
            return data
        if not isinstance(data, list | tuple) or not data:
            return faults.add(path, data, self._alternatives)
        inner = [self._inner(item, (*path, i), faults, depth) for i, item in enumerate(data)]
        return INVALID if INVALID in inner else AnyOf(tuple(inner))

    def _not_all(self, data: Any, path: DocumentPath, faults: Faults, depth: int) -> Any:
        if isinstance(data, NotAll):
            return data
        inner = self._inner(data, path, faults, depth)
        return INVALID if inner is INVALID else NotAll(inner)

    def _inner(self, data: Any, path: DocumentPath, faults: Faults, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            expected = f"conditions that are nested at most {_MAX_DEPTH} levels deep"
            return faults.add(path, data, expected, of_meaning=True)
        if not isinstance(data, Mapping) or not data:
            return faults.add(path, data, 'a table of conditions, such as { tier = "gold" }')
        inner = self.read(data, path, faults, depth)
        is_good = inner.keys() == data.keys() and INVALID not in inner.values()
        return inner if is_good else INVALID

    def write(self, value: Any) -> Any:
        data: dict[str, Any] = {}
        for name, test in value.items():
            if isinstance(test, AnyOf):
                data[name] = [self.write(each) for each in test.alternatives]
            elif isinstance(test, NotAll):
                data[name] = self.write(test.when)
            else:
                data[name] = self._of.write(test)
        return data

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if self._name not in definitions:
            definitions[self._name] = {}  # its parts refer to it
            definitions[self._name] = self._map.schema(definitions) | {
                "properties": self.group_schemas()
            }
        return {"$ref": f"#/$defs/{self._name}"}

    def group_schemas(self) -> dict[str, Any]:
        """The JSON Schemas of ``any`` and ``not``."""
        inner = {"$ref": f"#/$defs/{self._name}", "minProperties": 1}
        alternatives = {"type": "array", "minItems": 1, "items": inner}
        return {
            ANY: {"description": "Alternatives, one of which must be met."} | alternatives,
            NOT: {"description": "Conditions that must not all be met."} | inner,
        }


WHEN = WhenShape("When", TEST)
