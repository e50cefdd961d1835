"""Which tickets count for an objective, and what measures those of a percentile or a mean.

The engine decides both, by policies made for it. To match tickets, an objective is a metric with a
table of its own, and another one for its exclusions. To measure times, an objective with a
percentile or a mean is a copy of its metric whose only target is the objective's time. So no
condition is read, and no time counted, by a second rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np

from slacalc._bulk.tickets import deadlines
from slacalc._clock.compiled_metrics import START, STOP
from slacalc._clock.events import CREATED
from slacalc._columns.categories import encode
from slacalc._policy.attribute_tests import single_tests
from slacalc._policy.data import PolicyData
from slacalc._policy.policy import Policy
from slacalc._policy.receipts import RECEIVED
from slacalc._policy.records import Metric, Row, Target
from slacalc._policy.target_time import Within
from slacalc._schema.shapes import FrozenMap, construct
from slacalc.errors import PolicyError, unknown_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from slacalc._columns.categories import Codes
    from slacalc._columns.frames import Frame
    from slacalc._policy.agreements import Objective
    from slacalc._policy.attribute_tests import When

COUNTS, OUTSIDE = 0, -1
_EXCEPT = " except"  # no name of a policy has a space
_EXCLUDED = "excluded {place}"
_ANY_INSTANT = np.datetime64("2024-01-01", "us")
_ANY_TIME = Target(Within(3_600_000_000, "time"))


class ObjectiveMatcher:
    """Matches tickets with the conditions of objectives.

    Args:
        policy: The policy of the tickets.
        objectives: The objectives, by name.

    Attributes:
        attributes: The columns on which their conditions depend.
        tested: The attributes that they name.
        depends_on_receipt: Whether they depend on when a ticket was received.
        needs_receipt: Whether tickets have to have ``created``.
    """

    def __init__(self, policy: Policy, objectives: Mapping[str, Objective]) -> None:
        self._objectives = objectives
        self._conditional = {
            name: objective
            for name, objective in objectives.items()
            if objective.when or objective.except_
        }
        tests = [test for one in self._conditional.values() for test in _tests_of(one)]
        fields = [test.on.field for _, test in tests if not isinstance(test.on, str)]
        names = dict.fromkeys([*(name for name, _ in tests), *fields])
        self.tested = [name for name in names if name != RECEIVED]
        self.depends_on_receipt = RECEIVED in names
        self.needs_receipt = self.depends_on_receipt or len(policy.all_versions) > 1
        self.attributes = self._attributes(policy)
        self._policy = policy if not self._conditional else _with_versions(policy, self._sections)

    def _attributes(self, policy: Policy) -> list[str]:
        """What conditions name, with what a matrix derives it from, and what chooses calendars."""
        names = dict.fromkeys(self.tested)
        for version in policy.all_versions:
            for name in [*names]:
                if name in version.attributes:
                    names |= dict.fromkeys(version.attributes[name].by)
            if self.depends_on_receipt and not isinstance(version.calendar, str):
                names[version.calendar.field] = None
        return [*names]

    def _sections(self, version: Policy) -> dict[str, Any]:
        """A metric and a table for the conditions of each objective, others for its exclusions."""
        tables: dict[str, tuple[Row, ...]] = {}
        for name, objective in self._conditional.items():
            if _is_readable(version, objective.when):
                tables[name] = (Row(objective.when, {name: _ANY_TIME}),)
            own = name + _EXCEPT
            tables[own] = tuple(
                Row(one.when, {own: Target(promise=_EXCLUDED.format(place=place))})
                for place, one in enumerate(objective.except_, 1)
                if _is_readable(version, one.when)
            )
        names = (name + end for name in self._conditional for end in ("", _EXCEPT))
        sections: dict[str, Any] = {}
        if not self.depends_on_receipt:  # nor on the calendar
            sections["calendar"] = next(iter(version.calendars), "")
        if not self.needs_receipt:
            sections |= {"effective_from": None, "effective_until": None}
        return {
            **_NOTHING,
            **sections,
            "metrics": FrozenMap({name: Metric() for name in names}),
            "tables": FrozenMap(tables),
        }

    def check_answer(self, answer: Frame) -> None:
        """Refuse an answer of `bulk.replay` that lacks what conditions name.

        Raises:
            ColumnError: It lacks a column.
        """
        for name in (*([CREATED] if self.needs_receipt else []), *self.tested):
            if name not in answer:
                hint = "; report.with_attributes adds attributes of tickets"
                raise unknown_column(name, answer.names, "the answer", hint=hint)

    def codes(self, tickets: Frame, naive: str | None = None) -> dict[str, Codes]:
        """Which tickets count for each objective.

        Args:
            tickets: A row for each ticket, with the attributes, and ``created`` if it is needed.
            naive: The zone of instants that have none.

        Returns:
            By objective, for each ticket `COUNTS`, the number of the exclusion that holds, from 1,
            or `OUTSIDE` where the conditions do not hold, or the ticket is invalid.
        """
        size = len(tickets.column(tickets.names[0])) if tickets.names else 0
        codes: dict[str, Codes] = {
            name: np.full(size, COUNTS, np.intp) for name in self._objectives
        }
        if not self._conditional:
            return codes
        needed = (CREATED, *self.attributes)
        own = {word: tickets.column(word) for word in needed if word in tickets}
        if CREATED not in own and not self.needs_receipt:
            own[CREATED] = np.full(size, _ANY_INSTANT)
        answer = deadlines(self._policy, own, naive=naive, errors="column")
        errors = encode(answer["error"]).codes
        for name, objective in self._conditional.items():
            holds = (encode(answer[f"{name}_reason"]).codes < 0) & (errors < 0)
            reason_of, reasons = encode(answer[f"{name}{_EXCEPT}_reason"])
            places = range(1, len(objective.except_) + 1)
            place_of = {_EXCLUDED.format(place=place): place for place in places}
            excluded = np.array([*(place_of.get(reason, COUNTS) for reason in reasons), COUNTS])
            codes[name] = np.where(holds, excluded[reason_of], OUTSIDE)
        return codes


def _tests_of(objective: Objective) -> Iterator[tuple[str, Any]]:
    """The tests of its conditions, each with the name that it tests."""
    for when in (objective.when, *(one.when for one in objective.except_)):
        yield from ((name, test) for name, test, _ in single_tests(when))


def _is_readable(version: Policy, when: When) -> bool:
    """Whether a version has the attributes and the values that conditions name."""
    if not when:
        return True
    row = Row(when, {"matched": _ANY_TIME})
    try:
        attrs.evolve(
            version,
            versions=(),
            metrics={"matched": Metric()},
            tables={"rows": (row,)},
            **_NOTHING,
        )
    except PolicyError:
        return False
    return True


# Sections that make no difference to matched rows.
_NOTHING: dict[str, Any] = {
    "adjustments": (),
    "coverage": (),
    "refusals": (),
    "preconditions": FrozenMap(),
    "objectives": FrozenMap(),
    "availability": FrozenMap(),
    "duties": FrozenMap(),
    "penalties": FrozenMap(),
    "warnings": (),
}


# Times -------------------------------------------------------------------------------------------


def own_metric(objective: str) -> str:
    """The name of the metric that measures an objective with a percentile or a mean."""
    return f"objective-{objective}"


class TimedPolicy(NamedTuple):
    """A policy that also measures the objectives with a percentile or a mean.

    Args:
        policy: The policy, with a metric for each of them.
        metrics: The names of these metrics, by objective.
        copied: The metric that each of them copies, by name.
    """

    policy: Policy
    metrics: dict[str, str]
    copied: dict[str, str]

    @classmethod
    def of(cls, policy: Policy, objectives: Mapping[str, Objective]) -> TimedPolicy:
        """Add the metrics of objectives to a policy."""
        timed = {name: one for name, one in objectives.items() if one.within or one.mean}
        taken = {name for version in policy.all_versions for name in version.metrics}
        names: dict[str, str] = {}
        for name in timed:
            own = own_metric(name)
            while own in taken:
                own += "-x"
            names[name] = own

        def sections(version: Policy) -> dict[str, Any]:
            metrics, tables = {}, {}
            for name, objective in timed.items():
                metric = version.metrics.get(objective.metric)
                if metric is not None:
                    own = names[name]
                    metrics[own] = attrs.evolve(metric, warnings=(), before=(), consequence="")
                    target = Target(objective.within or objective.mean)
                    tables[own] = (Row(targets={own: target}),)
            return {
                "metrics": FrozenMap({**version.metrics, **metrics}),
                "tables": FrozenMap({**version.tables, **tables}),
                "semantics": attrs.evolve(version.semantics, due_after_stop="kept"),
            }

        copied = {names[name]: objective.metric for name, objective in timed.items()}
        return cls(_with_versions(policy, sections), names, copied)

    def columns(
        self, columns: Mapping[str, str | None] | None, names: Iterable[str]
    ) -> dict[str, str | None]:
        """The names of columns of a table, where a copied metric reads those of its own."""
        known, more = dict(columns or {}), {}
        for own, metric in self.copied.items():
            for end in (START, STOP):
                column = known.get(metric + end, metric + end)
                if column in {*names}:
                    more[own + end] = column
        return known | more


def _with_versions(policy: Policy, sections_of: Callable[[Policy], dict[str, Any]]) -> Policy:
    """A policy of which each version has some sections in place of its own."""

    def sections(version: Policy) -> dict[str, Any]:
        own = {field.name: getattr(version, field.name) for field in attrs.fields(PolicyData)}
        return own | sections_of(version)

    first, *later = policy.all_versions
    versions = []
    for version in later:
        own = sections(version)
        kept = {
            name: part for name, part in own.items() if name not in _OF_WHOLE and part is not None
        }
        versions.append(FrozenMap(kept))
    changed: Policy = construct(Policy, sections(first) | {"versions": tuple(versions)})
    return changed


_OF_WHOLE = ("name", "title", "source", "versions")
