"""Conditions that start, stop or pause a clock: types of events, and fields of tickets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._i18n import ENGLISH
from slacalc._policy.attribute_tests import (
    FIELD_TEST,
    When,
    WhenShape,
    describe_when,
    single_tests,
)
from slacalc._schema.faults import INVALID, DocumentPath, Faults
from slacalc._schema.shapes import NAME_PATTERN, NAME_SHAPE, FrozenMap

if TYPE_CHECKING:
    from slacalc._i18n import Translator

_FIELDS = WhenShape("Fields", FIELD_TEST)
OWN_FIELDS = frozenset({"by", "reason", "metric", "due", "limit", "author"})
"""The fields of events that have a meaning by themselves."""


@attrs.frozen
class Clause:
    """An event of a type, with some values of the ticket's fields; either may be omitted.

    Args:
        event: The type of the event; empty string for any.
        fields: The tests of fields, by name, as in the ``when`` of a row.
    """

    event: str
    fields: When = attrs.field(factory=FrozenMap)

    def __str__(self) -> str:
        return self.describe(ENGLISH)

    def describe(self, translate: Translator) -> str:
        """The clause in words: ``replied with by is agent``."""
        fields = describe_when(self.fields, translate)
        if self.event and fields:
            return translate("{event} with {fields}").format(event=self.event, fields=fields)
        return self.event or fields

    @property
    def names(self) -> list[str]:
        """The type of the event, or else the names of the fields."""
        return (
            [self.event] if self.event else sorted({name for name, *_ in single_tests(self.fields)})
        )


@attrs.frozen
class Condition:
    """A condition that starts, stops or pauses a clock: any of its clauses; without any, never.

    Args:
        clauses: The clauses.
    """

    clauses: tuple[Clause, ...]

    @property
    def events(self) -> tuple[str, ...]:
        """The types of events that the condition names."""
        return tuple(clause.event for clause in self.clauses if clause.event)

    def __str__(self) -> str:
        return ", or ".join(map(str, self.clauses))


def _is_name(name: object) -> bool:
    return isinstance(name, str) and re.search(NAME_PATTERN, name) is not None


@attrs.frozen
class _ConditionShape:
    """The type of an event, a table of fields, or a list of these.

    Args:
        name: The name of its JSON Schema.
        min_length: The shortest list; an empty one means never.
    """

    name: str
    min_length: int = 1

    @property
    def expected(self) -> str:
        never = "" if self.min_length else ', or [] for "never"'
        return (
            'an event such as "created", a table such as { status = "open" }, '
            f"or a list of them{never}"
        )

    def accepts(self, data: Any) -> bool:
        return isinstance(data, str | Mapping | list | tuple | Condition)

    def read(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, Condition):
            return data
        is_list = isinstance(data, list | tuple)
        if not self.accepts(data) or (is_list and len(data) < self.min_length):
            return faults.add(path, data, self.expected)
        if is_list:
            clauses = [self._clause(item, (*path, i), faults) for i, item in enumerate(data)]
        else:
            clauses = [self._clause(data, path, faults)]
        return INVALID if INVALID in clauses else Condition(tuple(clauses))

    def _clause(self, data: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(data, str):
            name = NAME_SHAPE.read(data, path, faults)
            return INVALID if name is INVALID else Clause(name)
        if not isinstance(data, Mapping) or not data:
            return faults.add(path, data, self.expected)
        event = ""
        if "event" in data:
            event = NAME_SHAPE.read(data["event"], (*path, "event"), faults)
        tests = {name: data[name] for name in data if name != "event"}
        named = {name: tests[name] for name in tests if _is_name(name)}
        for name in tests.keys() - named.keys():
            faults.add((*path, str(name)), name, NAME_SHAPE.expected)
        fields = _FIELDS.read(named, path, faults)
        is_good = fields.keys() == tests.keys() and INVALID not in fields.values()
        return Clause(event, fields) if is_good and event is not INVALID else INVALID

    def write(self, value: Any) -> Any:
        clauses = [self._write_clause(clause) for clause in value.clauses]
        return clauses[0] if len(clauses) == 1 else clauses

    @staticmethod
    def _write_clause(clause: Clause) -> Any:
        if not clause.fields:
            return clause.event
        data: dict[str, Any] = {"event": clause.event} if clause.event else {}
        return data | _FIELDS.write(clause.fields)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if self.name not in definitions:
            _FIELDS.schema(definitions)
            named = NAME_SHAPE.schema(definitions)
            clause = {
                "anyOf": [
                    named,
                    {
                        "type": "object",
                        "minProperties": 1,
                        "propertyNames": {"pattern": NAME_PATTERN},
                        "properties": {"event": named} | _FIELDS.group_schemas(),
                        "additionalProperties": FIELD_TEST.schema(definitions),
                    },
                ]
            }
            many = {"type": "array", "minItems": self.min_length, "items": clause}
            definitions[self.name] = {"anyOf": [clause, many]}
        return {"$ref": f"#/$defs/{self.name}"}


CONDITION = _ConditionShape("Condition")
CONDITION_OR_NEVER = _ConditionShape("ConditionOrNever", min_length=0)
