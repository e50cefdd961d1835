"""Clauses of conditions, compiled: the values of each field as text, ready to be compared.

Read next: `cycles`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._policy.attributes import value_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._policy.conditions import Clause


class CompiledClause(NamedTuple):
    """A clause of a condition, compiled; values are compared as text.

    Args:
        event: The type of the event; the empty string for a clause on fields alone.
        fields: By field its values, and whether the field must have none of them (negated).
        clause: The clause as it is written.
        reason: The reason of the pause that it causes; the empty string if the fields are that.
    """

    event: str
    fields: tuple[tuple[str, frozenset[str], bool], ...]
    clause: Clause
    reason: str

    @classmethod
    def of(cls, clause: Clause, reason: str) -> CompiledClause:
        """Compile a clause."""
        fields = tuple(
            (name, frozenset(map(value_text, values)), negated)
            for name, values, negated in clause.fields
        )
        return cls(clause.event, fields, clause, reason)

    def holds(self, fields: Mapping[str, str]) -> bool:
        """Whether the fields of a ticket meet the clause; a field that is absent has no value."""
        for name, values, negated in self.fields:
            if (fields.get(name) in values) is negated:
                return False
        return True

    def matches(self, own: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
        """Whether an event meets the clause, by its own fields and the ticket's other ones."""
        for name, values, negated in self.fields:
            value = field_text(own[name]) if name in own else fields.get(name)
            if (value in values) is negated:
                return False
        return True

    def pause_reason(self, fields: Mapping[str, str]) -> str:
        """The reason of the pause that it causes, such as ``status is pending``."""
        return self.reason or ", ".join(
            f"{name} is not {' or '.join(map(value_text, values))}"
            if negated
            else f"{name} is {fields.get(name)}"
            for name, values, negated in self.clause.fields
        )


def field_text(value: Any) -> str | None:
    """A field's value as it is compared; None if there is none."""
    return None if value is None else value_text(value)
