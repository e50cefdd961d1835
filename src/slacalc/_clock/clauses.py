"""Clauses of conditions, compiled: the values of each field as text, ready to be compared.

A field's value is text, or a tuple of texts for a list; fields of numbers are text as well. Sets of
values that are not just listed, such as the numbers above 100, are `FieldSet`s.

Read next: `cycles`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from slacalc._i18n import N_
from slacalc._policy.attribute_tests import ANY, AnyOf, AttributeTest, NotAll, TagsTest
from slacalc._policy.attributes import value_text
from slacalc._policy.value_sets import (
    NumberSet,
    TagSet,
    TextSet,
    is_pattern,
    read_number,
    read_range,
    read_tags,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from slacalc._i18n import Translator
    from slacalc._policy.attribute_tests import Test, When
    from slacalc._policy.attributes import Attribute
    from slacalc._policy.conditions import Clause

FieldText: TypeAlias = str | tuple[str, ...]
"""A field's value as it is compared."""


class FieldSet:
    """The values of fields that a test names by ranges, patterns or tags.

    Args:
        members: The sets of values, any of which may have a value, each with what reads a value for
            it: None if it cannot.
    """

    __slots__ = ("members",)

    def __init__(self, *members: tuple[Callable[[Any], Any], Container[Any]]) -> None:
        self.members = members

    def __contains__(self, value: Any) -> bool:
        if value is None:
            return False
        for read, values in self.members:
            understood = read(value)
            if understood is not None and (False, understood) in values:
                return True
        return False


FieldTests: TypeAlias = "tuple[tuple[str, Container[Any], bool], ...]"


class FieldGroup(NamedTuple):
    """Alternatives, or what must not be met, compiled.

    Args:
        is_any: Whether one of the branches must be met, rather than not all of the one there is.
        branches: The sets of conditions.
    """

    is_any: bool
    branches: tuple[tuple[FieldTests, tuple[FieldGroup, ...]], ...]

    def holds(self, value_of: Callable[[str], Any]) -> bool:
        """Whether fields meet it."""
        met = any(_all_hold(tests, groups, value_of) for tests, groups in self.branches)
        return met is self.is_any

    def tests(self) -> FieldTests:
        """The conditions on single fields, at any depth."""
        return tuple(
            test
            for tests, groups in self.branches
            for test in (*tests, *(inner for group in groups for inner in group.tests()))
        )


def _all_hold(
    tests: FieldTests, groups: tuple[FieldGroup, ...], value_of: Callable[[str], Any]
) -> bool:
    return all((value_of(name) in values) is not negated for name, values, negated in tests) and (
        all(group.holds(value_of) for group in groups)
    )


class CompiledClause(NamedTuple):
    """A clause of a condition, compiled; values are compared as text.

    Args:
        event: The type of the event; the empty string for a clause on fields alone.
        fields: By field its values, and whether the field must have none of them (negated).
        clause: The clause as it is written.
        reason: The reason of the pause that it causes; the empty string if the fields are that.
        groups: Its alternatives, and what must not be met.
        words: By field what the reason says of it; the empty string for the field's value.
        capped_by: The place of the metric whose caps limit the pause that it causes; -1 for none.
    """

    event: str
    fields: FieldTests
    clause: Clause
    reason: str
    groups: tuple[FieldGroup, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    capped_by: int = -1

    @classmethod
    def of(
        cls,
        clause: Clause,
        reason: str,
        attributes: Mapping[str, Attribute] | None = None,
        capped_by: int = -1,
    ) -> CompiledClause:
        """Compile a clause; the fields that are *attributes* are compared by their kinds."""
        if not clause.fields:
            return cls(clause.event, (), clause, reason, capped_by=capped_by)
        fields, groups = _compile(clause.fields, attributes or {})
        listed = {name for name, values, _ in fields if isinstance(values, frozenset)}
        words = tuple(
            (name, "" if name in listed and _is_positive(test) else test.describe(name))
            for name, test in clause.fields.items()
        )
        return cls(clause.event, fields, clause, reason, groups, words, capped_by)

    @property
    def tests(self) -> FieldTests:
        """All conditions on single fields, at any depth."""
        return (*self.fields, *(test for group in self.groups for test in group.tests()))

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that it uses."""
        return tuple(dict.fromkeys(name for name, _, _ in self.tests))

    def holds(self, fields: Mapping[str, FieldText]) -> bool:
        """Whether the fields of a ticket meet the clause; a field that is absent has no value."""
        for name, values, negated in self.fields:
            if (fields.get(name) in values) is negated:
                return False
        return not self.groups or all(group.holds(fields.get) for group in self.groups)

    def matches(self, own: Mapping[str, Any], fields: Mapping[str, FieldText]) -> bool:
        """Whether an event meets the clause, by its own fields and the ticket's other ones."""
        for name, values, negated in self.fields:
            value = field_text(own[name]) if name in own else fields.get(name)
            if (value in values) is negated:
                return False
        return not self.groups or all(
            group.holds(lambda name: field_text(own[name]) if name in own else fields.get(name))
            for group in self.groups
        )

    def unmet(
        self, value_of: Callable[[str], FieldText | None]
    ) -> Iterator[tuple[str, Test, tuple[str, ...]]]:
        """The tests that fields do not meet: name, test, and the fields that it uses."""
        failed = {
            name for name, values, negated in self.fields if (value_of(name) in values) is negated
        }
        groups = iter(self.groups)
        for name, test in self.clause.fields.items():
            if isinstance(test, AnyOf | NotAll):
                group = next(groups)
                if not group.holds(value_of):
                    yield name, test, tuple(dict.fromkeys(each for each, _, _ in group.tests()))
            elif name in failed:
                yield name, test, (name,)

    def pause_reason(self, fields: Mapping[str, FieldText]) -> str:
        """The reason of the pause that it causes, such as ``status is pending``."""
        return self.reason or ", ".join(
            text or f"{name} is {fields.get(name)}" for name, text in self.words
        )

    def describe_reason(self, reason: str, translate: Translator) -> str:
        """A reason of `pause_reason` in a language; empty string for that of something else."""
        if self.reason or not self.words:
            return ""
        forms = (
            re.escape(text or f"{name} is ") + ("" if text else "(.*)") for name, text in self.words
        )
        match = re.fullmatch(", ".join(forms), reason, re.DOTALL)
        if match is None:
            return ""
        listed = {name: allowed for name, allowed, _ in self.fields}
        values = dict(
            zip((name for name, text in self.words if not text), match.groups(), strict=True)
        )
        if any(value not in listed[name] for name, value in values.items()):
            return ""
        form = translate(N_("{name} is {values}"))
        return translate.listed(
            form.format(name=name, values=values[name])
            if name in values
            else self.clause.fields[name].describe(name, translate)
            for name, _ in self.words
        )


def _is_positive(test: Test) -> bool:
    return isinstance(test, AttributeTest) and test.operation == "in"


def _compile(
    when: When, attributes: Mapping[str, Attribute]
) -> tuple[FieldTests, tuple[FieldGroup, ...]]:
    tests: list[tuple[str, Container[Any], bool]] = []
    groups = []
    for name, test in when.items():
        if isinstance(test, AnyOf | NotAll):
            branches = tuple(_compile(each, attributes) for each in test.branches)
            groups.append(FieldGroup(name == ANY, branches))
        elif isinstance(test, TagsTest):
            folds = name in attributes and attributes[name].fold_case
            for part, values in test.parts():
                tags = TagSet(values, has_all=part == "all", fold_case=folds)
                tests.append((name, FieldSet((read_tags, tags)), part == "none"))
        else:
            allowed = _field_values(test, attributes.get(name))
            tests.append((name, allowed, test.operation == "not in"))
    return tuple(tests), tuple(groups)


def _field_values(test: AttributeTest, attribute: Attribute | None) -> Container[Any]:
    """The values of a field that a test names: texts, or a set that compares by the kind."""
    values = test.values
    if attribute is not None and attribute.kind == "number":
        return FieldSet((read_number, NumberSet(values)))
    if attribute is not None and attribute.kind == "tags":
        return FieldSet((read_tags, TagSet(values, fold_case=attribute.fold_case)))
    if attribute is not None and attribute.values:
        return frozenset(map(value_text, values))
    texts = [value_text(value) for value in values]
    folds = attribute is not None and attribute.fold_case
    # A field of which the policy says nothing may have numbers, if a test compares them.
    ranges = [] if attribute else [text for text in texts if names_range(text)]
    if not (ranges or folds or any(map(is_pattern, texts))):
        return frozenset(texts)
    listed = TextSet([text for text in texts if text not in ranges], fold_case=folds)
    return FieldSet((_only_text, listed), (read_number, NumberSet(ranges)))


def names_range(text: str) -> bool:
    """Whether a text names more than one number, such as ``>= 100`` or ``10..20``."""
    return read_range(text) is not None and read_number(text) is None


def _only_text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def field_text(value: Any) -> FieldText | None:
    """A field's value as it is compared; None if there is none."""
    return None if value is None else text_of(value)


def text_of(value: Any) -> FieldText:
    """A value as it is compared: its text, or the texts of a list."""
    if type(value) is str:
        return value
    return tuple(map(value_text, value)) if isinstance(value, list | tuple) else value_text(value)
