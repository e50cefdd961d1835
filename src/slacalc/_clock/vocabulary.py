"""The vocabulary of a policy: the events, fields and values that it reacts to.

It is collected from the compiled metrics, so that it contains what a metric takes over from another
one and what it has by default, and from the conditions of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from slacalc._clock.compiled_metrics import CompiledMetrics
from slacalc._i18n import pad, width
from slacalc._policy.attribute_tests import AttributeTest, single_tests
from slacalc._policy.attributes import plain_value, value_text
from slacalc._policy.matching import Matcher
from slacalc._policy.receipts import RECEIVED
from slacalc._schema.shapes import FrozenMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from slacalc._policy.attribute_tests import SingleTest, Test
    from slacalc._policy.attributes import Value
    from slacalc._policy.data import PolicyData

_ANY_OR_NONE = ("no", "any")
_WITH_WHEN = ("adjustments", "refusals", "coverage")


@attrs.frozen(kw_only=True)
class VocabularyEntry:
    """A type of event, or a field with its values, and where a policy reacts to it.

    Args:
        name: The type of the event, or the name of the field.
        values: The values of a field that conditions name, as they name them: ``">= high"``.
        declared: The values that the policy allows; empty if it allows any or declares none.
        is_declared: Whether it is an attribute or a field that the policy declares.
        used_in: The paths of the conditions, such as ``metrics.response.pause`` or ``tables.vip``.
    """

    __module__ = "slacalc"

    name: str
    values: tuple[str, ...] = ()
    declared: tuple[Value, ...] = ()
    is_declared: bool = False
    used_in: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as plain data, ready for JSON."""
        return {
            "name": self.name,
            "values": list(self.values),
            "declared": [plain_value(value) for value in self.declared],
            "is_declared": self.is_declared,
            "used_in": list(self.used_in),
        }


@attrs.frozen(kw_only=True)
class Vocabulary:
    """The types of events, the fields and the values that a policy reacts to.

    `Policy.vocabulary` returns it; printed, it is a table.

    Args:
        events: The types of events by name, those that conditions have by default among them.
        fields: The fields of events and tickets by name; attributes are fields.
    """

    __module__ = "slacalc"

    events: Mapping[str, VocabularyEntry]
    fields: Mapping[str, VocabularyEntry]

    def __str__(self) -> str:
        events = [(entry.name, ", ".join(entry.used_in)) for entry in self.events.values()]
        fields = [
            (
                entry.name,
                ", ".join(entry.values),
                ", ".join(map(value_text, entry.declared)) or _ANY_OR_NONE[entry.is_declared],
                ", ".join(entry.used_in),
            )
            for entry in self.fields.values()
        ]
        parts = [_table(("event", "used in"), events)] if events else []
        parts += [_table(("field", "values", "declared", "used in"), fields)] if fields else []
        return "\n\n".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the vocabulary as plain data, ready for JSON."""
        return {
            "events": [entry.to_dict() for entry in self.events.values()],
            "fields": [entry.to_dict() for entry in self.fields.values()],
        }


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [headings, *rows]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(pad, line, widths)).rstrip() for line in lines)


class _Collector:
    def __init__(self) -> None:
        self.events: dict[str, dict[str, None]] = {}
        self.used_in: dict[str, dict[str, None]] = {}
        self.values: dict[str, dict[str, None]] = {}

    def add_field(self, name: str, values: Iterable[str], path: str) -> None:
        """Note the use of a field, and the values that it names."""
        self.used_in.setdefault(name, {})[path] = None
        self.values.setdefault(name, {}).update(dict.fromkeys(values))

    def add_when(self, when: Mapping[str, Test], path: str) -> None:
        """Note the fields of conditions, at any depth."""
        for name, test, _ in single_tests(when):
            if name != RECEIVED:
                self.add_field(name, _values_of(test), path)

    def add_policy(self, policy: PolicyData) -> None:
        """Note what a version of a policy reacts to."""
        compiled = CompiledMetrics(policy)
        for event, signals in compiled.by_event.items():
            for place, signal, clause in signals:
                path = f"metrics.{compiled.metrics[place].name}.{signal.name.lower()}"
                self.events.setdefault(event, {})[path] = None
                self.add_when(clause.clause.fields, path)
        for metric in compiled.metrics:
            clauses = [(signal.name.lower(), clause) for signal, clause in metric.clauses]
            clauses += [("pause", clause) for clause in metric.pauses]
            clauses += [("held_by", clause) for clause in metric.holders]
            for key, clause in clauses:
                self.add_when(clause.clause.fields, f"metrics.{metric.name}.{key}")
        sections = [(name, getattr(policy, name)) for name in _WITH_WHEN]
        sections += [(f"tables.{table}", rows) for table, rows in policy.tables.items()]
        for path, owner in ((path, owner) for path, owners in sections for owner in owners):
            self.add_when(owner.when, path)
        for name, path in _fields_read(policy):
            self.add_field(name, (), path)
        for choice in policy.compiled(Matcher).calendar_choices:
            self.add_field(choice.field, choice.names, "calendar")


def _fields_read(policy: PolicyData) -> Iterator[tuple[str, str]]:
    """The attributes that are read without a condition, with paths: sources and dates."""
    for name, attribute in policy.attributes.items():
        yield from ((source, f"attributes.{name}") for source in attribute.by)
    for table, rows in policy.tables.items():
        times = [target.within for row in rows for target in row.targets.values()]
        parts = [part for time in times if time is not None for part in time.parts]
        yield from ((part.field, f"tables.{table}") for part in parts if part.field)
    for term in policy.coverage:
        bounds = (term.from_, term.until)
        yield from ((bound, "coverage") for bound in bounds if isinstance(bound, str))


def vocabulary_of(policy: PolicyData) -> Vocabulary:
    """The vocabulary of a policy and of all its versions."""
    collector = _Collector()
    declared: dict[str, tuple[Value, ...]] = {}
    for version in policy.all_versions:
        collector.add_policy(version)
        for name, field in {**(version.fields or {}), **version.attributes}.items():
            declared[name] = tuple(dict.fromkeys((*declared.get(name, ()), *field.values)))
    names = dict.fromkeys((*declared, *sorted(collector.used_in)))
    return Vocabulary(
        events=FrozenMap(
            {
                name: VocabularyEntry(name=name, used_in=tuple(collector.events[name]))
                for name in sorted(collector.events)
            }
        ),
        fields=FrozenMap(
            {
                name: VocabularyEntry(
                    name=name,
                    values=tuple(collector.values.get(name, ())),
                    declared=declared.get(name, ()),
                    is_declared=name in declared,
                    used_in=tuple(collector.used_in.get(name, ())),
                )
                for name in names
            }
        ),
    )


def _values_of(test: SingleTest) -> list[str]:
    """The values that a test names, as a policy file spells them."""
    if isinstance(test, AttributeTest):
        rank = "" if test.operation in ("in", "not in") else f"{test.operation} "
        return [rank + value_text(value) for value in test.values]
    return [value_text(value) for _, values in test.parts() for value in values]
