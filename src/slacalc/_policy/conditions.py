"""What starts, stops or pauses a clock, as data: types of events, and fields of tickets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from slacalc._policy.attributes import VALUES, Value, value_text
from slacalc._schema.faults import INVALID, DocumentPath, Faults
from slacalc._schema.shapes import NAME_PATTERN, NAME_SHAPE


@attrs.frozen
class Clause:
    """An event of a type, with fields of some values; either may be left open.

    Args:
        event: The type, or the empty string for any.
        fields: What the ticket's fields must be; the flag says that they must not be it.
    """

    event: str
    fields: tuple[tuple[str, tuple[Value, ...], bool], ...] = ()

    def __str__(self) -> str:
        fields = [
            f"{name} {'is not' if negated else 'is'} {' or '.join(map(value_text, values))}"
            for name, values, negated in self.fields
        ]
        return " with ".join(part for part in (self.event, ", ".join(fields)) if part)


@attrs.frozen
class Condition:
    """What starts, stops or pauses a clock: any one of its clauses; never, where it has none."""

    clauses: tuple[Clause, ...]

    @property
    def events(self) -> tuple[str, ...]:
        """The types of events it names."""
        return tuple(clause.event for clause in self.clauses if clause.event)

    def __str__(self) -> str:
        return ", or ".join(map(str, self.clauses))


@attrs.frozen
class _ConditionShape:
    """An event's type, a table of fields, or a list of these; an empty list where it may be so."""

    name: str
    at_least: int = 1

    @property
    def expected(self) -> str:
        never = "" if self.at_least else ', or [] for "never"'
        return (
            'an event such as "created", a table such as { status = "open" }, '
            f"or a list of them{never}"
        )

    def accepts(self, given: Any) -> bool:
        return isinstance(given, str | Mapping | list | tuple | Condition)

    def read(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(given, Condition):
            return given
        many = isinstance(given, list | tuple)
        if not self.accepts(given) or (many and len(given) < self.at_least):
            return faults.add(path, given, self.expected)
        if many:
            clauses = [self._clause(one, (*path, i), faults) for i, one in enumerate(given)]
        else:
            clauses = [self._clause(given, path, faults)]
        return INVALID if INVALID in clauses else Condition(tuple(clauses))

    def _clause(self, given: Any, path: DocumentPath, faults: Faults) -> Any:
        if isinstance(given, str):
            event = NAME_SHAPE.read(given, path, faults)
            return INVALID if event is INVALID else Clause(event)
        if not isinstance(given, Mapping) or not given:
            return faults.add(path, given, self.expected)
        event, fields, good = "", [], True
        for key, one in given.items():
            inner = (*path, str(key))
            if key == "event":
                event = NAME_SHAPE.read(one, inner, faults)
                good = good and event is not INVALID
                continue
            if not isinstance(key, str) or not re.search(NAME_PATTERN, key):
                good = faults.add(inner, key, NAME_SHAPE.expected)
                continue
            negated = isinstance(one, Mapping) and one.keys() == {"not"}
            values = VALUES.read(one["not"] if negated else one, inner, faults)
            good = good and values is not INVALID
            fields.append((key, values, negated))
        return Clause(event, tuple(fields)) if good else INVALID

    def write(self, value: Any) -> Any:
        clauses = [self._written(clause) for clause in value.clauses]
        return clauses[0] if len(clauses) == 1 else clauses

    @staticmethod
    def _written(clause: Clause) -> Any:
        if not clause.fields:
            return clause.event
        data: dict[str, Any] = {"event": clause.event} if clause.event else {}
        for name, values, negated in clause.fields:
            data[name] = {"not": VALUES.write(values)} if negated else VALUES.write(values)
        return data

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if self.name not in definitions:
            values = VALUES.schema(definitions)
            negated = {
                "type": "object",
                "properties": {"not": values},
                "required": ["not"],
                "additionalProperties": False,
            }
            named = NAME_SHAPE.schema(definitions)
            clause = {
                "anyOf": [
                    named,
                    {
                        "type": "object",
                        "minProperties": 1,
                        "propertyNames": {"pattern": NAME_PATTERN},
                        "properties": {"event": named},
                        "additionalProperties": {"anyOf": [values, negated]},
                    },
                ]
            }
            many = {"type": "array", "minItems": self.at_least, "items": clause}
            definitions[self.name] = {"anyOf": [clause, many]}
        return {"$ref": f"#/$defs/{self.name}"}


CONDITION = _ConditionShape("Condition")
CONDITION_OR_NEVER = _ConditionShape("ConditionOrNever", at_least=0)
