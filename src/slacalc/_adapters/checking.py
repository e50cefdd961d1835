"""Which conditions of a policy a source never meets, because it does not have what they test.

A condition is reported only if no value that the source can give meets it; what takes any value is
never reported. Conditions that every metric has by default, such as the event ``paused``, are not
reported either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from slacalc._adapters.sources import Names, Reader, Source, Values
from slacalc._clock.clauses import CompiledClause, FieldGroup, FieldTests, field_text
from slacalc._clock.compiled_metrics import CompiledMetrics, is_default
from slacalc._policy.attribute_tests import AnyOf, AttributeTest
from slacalc._policy.attributes import value_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from slacalc._policy.attribute_tests import When
    from slacalc._policy.attributes import Attribute
    from slacalc._policy.data import PolicyData
    from slacalc._policy.policy import Policy

_MESSAGE = "replied"
_CODE = re.compile(r"-?\d+")


class Unmet(NamedTuple):
    """A condition of a policy that a source never meets.

    Args:
        path: Where it stands, such as ``metrics.response.stop`` or ``tables.vip``.
        condition: The condition in words.
        reason: What the source does not have.
    """

    path: str
    condition: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.condition}: {self.reason}"


class Check(Protocol):
    """A function that checks policies for a source."""

    def __call__(
        self,
        policy: Policy,
        *,
        names: Names | None = None,
        values: Values | None = None,
        stages: Mapping[Any, str] | None = None,
    ) -> list[Unmet]:
        """See `checker`."""


def checker(source: Source) -> Check:
    """Make the function ``check`` of a source."""

    def check(
        policy: Policy,
        *,
        names: Names | None = None,
        values: Values | None = None,
        stages: Mapping[Any, str] | None = None,
    ) -> list[Unmet]:
        """The conditions of a policy, and of its versions, that tickets of the product never meet.

        Args:
            policy: The policy.
            names: As for ``read``.
            values: As for ``read``.
            stages: As for ``read``, if it takes them.
        """
        supply = _Supply(source.with_stages(stages), names, values)
        unmet: dict[Unmet, None] = {}
        for version in policy.all_versions:
            unmet |= dict.fromkeys(_of_metrics(version, supply))
            unmet |= dict.fromkeys(_of_rows(version, supply))
        return list(unmet)

    return check


class _Supply:
    """The events, fields and values that a source can give."""

    def __init__(self, source: Source, names: Names | None, values: Values | None) -> None:
        reader = Reader(source, (), names, values)
        self.source, self._messages = source.name, source.messages
        self.events = {"created", "changed", _MESSAGE, *source.events}
        # Those of messages stay in the clock.
        self.values: dict[str, tuple[Any, ...] | None] = {"id": None, **source.messages}
        self._codes: dict[str, Container[str]] = {}
        for field, name in reader.names.items():
            self.values[name] = reader.values_of(field)
            codes = reader.codes_of(field)
            if any(map(_CODE.fullmatch, codes)):
                self._codes[name] = codes

    def texts(
        self, name: str, event: str = "", tested: Container[Any] = ()
    ) -> tuple[Any, ...] | None:
        """The values of a field as they are compared, with None for no value; None for any.

        Codes that the adapter does not know stay as they are, so that any of those tested can be.
        """
        if event == _MESSAGE and name in self._messages:
            return tuple(map(field_text, self._messages[name]))
        listed, known = self.values.get(name, ()), self._codes.get(name)
        if listed is None or known is None:
            return None if listed is None else (*map(field_text, listed), None)
        if not isinstance(tested, Iterable):  # a pattern, or a range of numbers
            return None
        codes = filter(_CODE.fullmatch, map(str, tested))
        return (*map(field_text, listed), *(code for code in codes if code not in known), None)

    def why(self, name: str, event: str = "") -> str:
        """What the source gives for a field."""
        texts = self.texts(name, event)
        if texts is None or texts == (None,):
            on = f" of {event!r}" if event == _MESSAGE else ""
            return f"{self.source} does not give the field {name!r}{on}"
        return f"{self.source} gives {name} as {', '.join(map(str, filter(None, texts)))}"


def _of_metrics(version: PolicyData, supply: _Supply) -> Iterator[Unmet]:
    compiled = CompiledMetrics(version)
    clauses = [
        (place, signal.name.lower(), clause)
        for signals in compiled.by_event.values()
        for place, signal, clause in signals
    ]
    for metric in compiled.metrics:
        clauses += [(metric.place, signal.name.lower(), each) for signal, each in metric.clauses]
        clauses += [(metric.place, "pause", each) for each in metric.pauses]
        clauses += [(metric.place, "held_by", each) for each in metric.holders]
    for place, key, clause in clauses:
        if not is_default(key, clause.clause):
            reason = _why_never(clause, supply)
            if reason:
                path = f"metrics.{compiled.metrics[place].name}.{key}"
                yield Unmet(path, str(clause.clause), reason)


def _why_never(clause: CompiledClause, supply: _Supply) -> str:
    """Why a clause is never met; the empty string if it can be."""
    if clause.event and clause.event not in supply.events:
        return f"{supply.source} has no event {clause.event!r}"
    return _why_tests_fail(clause.fields, clause.groups, clause.event, supply)


def _why_tests_fail(
    tests: FieldTests, groups: tuple[FieldGroup, ...], event: str, supply: _Supply
) -> str:
    for name, values, negated in tests:
        texts = supply.texts(name, event, values)
        if texts is not None and all((text in values) is negated for text in texts):
            return supply.why(name, event)
    for group in groups:
        if group.is_any:  # what must not be met is not looked into
            reasons = [_why_tests_fail(*branch, event, supply) for branch in group.branches]
            if all(reasons):
                return "; ".join(dict.fromkeys(reasons))
    return ""


def _of_rows(version: PolicyData, supply: _Supply) -> Iterator[Unmet]:
    """The conditions of rows, and the like, on values of attributes that no ticket has."""
    parts: list[tuple[str, Any]] = [
        (f"tables.{table}", row) for table, rows in version.tables.items() for row in rows
    ]
    parts += [(f"objectives.{name}", part) for name, part in version.objectives.items()]
    for name in ("adjustments", "refusals", "coverage"):
        parts += [(name, part) for part in getattr(version, name)]
    for path, part in parts:
        for name, test in _positive_tests(part.when):
            attribute = version.attributes.get(name)
            texts = supply.texts(name, tested=attribute.values if attribute else ())
            if attribute is None or attribute.by or texts is None:
                continue
            texts = tuple(text for text in (*texts, field_text(attribute.default)) if text)
            if not texts or not _pass(test, attribute, texts):
                yield Unmet(path, test.describe(name), supply.why(name))


def _positive_tests(when: When) -> Iterator[tuple[str, AttributeTest]]:
    """The tests of single attributes that say what these must be, at any depth."""
    for name, test in when.items():
        if isinstance(test, AnyOf):
            for each in test.branches:
                yield from _positive_tests(each)
        elif isinstance(test, AttributeTest) and test.operation != "not in":
            yield name, test


def _pass(test: AttributeTest, attribute: Attribute, texts: tuple[Any, ...]) -> bool:
    """Whether a test of an attribute that lists its values passes for one of some values."""
    if attribute.kind != "value":
        return True
    passing = test.values
    if test.operation != "in":  # a rank; the values are listed from the highest to the lowest
        place = attribute.values.index(test.values[0])
        higher = place + test.operation.endswith("=")
        lower = place + (not test.operation.endswith("="))
        is_above = test.operation.startswith(">")
        passing = attribute.values[:higher] if is_above else attribute.values[lower:]
    return not {*map(value_text, passing)}.isdisjoint(map(str, texts))
