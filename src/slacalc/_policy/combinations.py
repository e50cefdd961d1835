"""Which adjustments may apply together to the tickets that a row matches.

`validation` asks, since days must stay whole and the end of a day has no multiples: a row with such
a length is a fault only where an adjustment may reach it. All tickets that the conditions of a
table's rows and of the adjustments distinguish are tried, if they are not too many.
"""

from __future__ import annotations

from itertools import chain, combinations, product
from math import prod
from typing import TYPE_CHECKING, Any

from slacalc._policy.attribute_tests import AnyOf, NotAll, single_tests
from slacalc._policy.attributes import key_of_value
from slacalc._policy.receipts import RECEIVED, CutOffs
from slacalc._policy.representatives import representatives

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from slacalc._policy.attribute_tests import AttributeTest, CompiledTest, SingleTest, Test

_MAX_TICKETS = 5_000
_MAX_TOGETHER = 8  # adjustments of which all combinations are tried


class Combinations:
    """The adjustments of a metric that may apply together, for each row of a table.

    Args:
        policy: The policy; its conditions are valid.
        metric: The metric.
        rows: The rows of the table.
    """

    def __init__(self, policy: Any, metric: str, rows: Sequence[Any]) -> None:
        self._rows = {i: row.when for i, row in enumerate(rows) if metric in row.targets}
        self._adjustments = {
            i: one.when for i, one in enumerate(policy.adjustments) if metric in one.scale
        }
        tests: dict[str, dict[SingleTest, None]] = {}
        for when in (*self._rows.values(), *self._adjustments.values()):
            for name, test, _ in single_tests(when):
                tests.setdefault(name, {})[test] = None
        # Values that pass the same tests are one class: the set of these tests.
        self._classes = {
            name: _classes_of(name, policy.attributes.get(name), [*of_name])
            for name, of_name in tests.items()
        }
        self._applied: dict[int, set[tuple[int, ...]]] | None = None
        if prod(map(len, self._classes.values())) <= _MAX_TICKETS:
            self._applied = self._try_all()

    def _try_all(self) -> dict[int, set[tuple[int, ...]]]:
        applied_by_row: dict[int, set[tuple[int, ...]]] = {index: set() for index in self._rows}
        for classes in product(*self._classes.values()):
            passing = dict(zip(self._classes, classes, strict=True))
            row = next((i for i, when in self._rows.items() if _meets(when, passing)), None)
            if row is not None:
                applied = (i for i, when in self._adjustments.items() if _meets(when, passing))
                applied_by_row[row].add(tuple(applied))
        return applied_by_row

    def of_row(self, index: int) -> Iterable[tuple[int, ...]] | None:
        """The sets of adjustments that may apply to tickets of a row, by their places; none empty.

        If there are too many tickets to try, these are all combinations of adjustments that do not
        exclude the row; None if there are too many of these as well.
        """
        if self._applied is not None:
            return sorted(self._applied[index] - {()}, key=lambda applied: (len(applied), applied))
        row = self._rows[index]
        may_apply = [
            place
            for place, when in self._adjustments.items()
            if all(
                any({test, row[name]} <= passing for passing in self._classes[name])
                for name, test in when.items()
                if name in row and name in self._classes
            )
        ]
        if len(may_apply) > _MAX_TOGETHER:
            return None
        sizes = range(1, len(may_apply) + 1)
        return chain.from_iterable(combinations(may_apply, size) for size in sizes)


def _meets(when: Mapping[str, Test], passing: Mapping[str, Any]) -> bool:
    for name, test in when.items():
        if isinstance(test, AnyOf):
            meets = any(_meets(inner, passing) for inner in test.alternatives)
        elif isinstance(test, NotAll):
            meets = not _meets(test.when, passing)
        else:
            meets = test in passing[name]
        if not meets:
            return False
    return True


def _classes_of(name: str, attribute: Any, tests: list[SingleTest]) -> list[frozenset[SingleTest]]:
    """The sets of tests of one attribute that some value passes together."""
    if attribute is None:
        return _classes_of_receipts(tests)
    compiled = {test: test.compile(name, attribute) for test in tests}
    values, is_complete = representatives(attribute, chain.from_iterable(compiled.values()))
    if not is_complete:
        return _too_many(tests)
    classes = {
        frozenset(
            test
            for test, parts in compiled.items()
            if all((key in part.passing) is not part.negated for part in parts)
        )
        for key in map(key_of_value, values)
    }
    if attribute.optional:
        classes.add(frozenset())
    return [*classes]


def _too_many(tests: Iterable[SingleTest]) -> list[frozenset[SingleTest]]:
    """More classes than are tried, so that none of the tests is known to exclude another."""
    return [frozenset(tests)] * (_MAX_TICKETS + 1)


def _classes_of_receipts(tests: list[Any]) -> list[frozenset[Any]]:
    """The sets of conditions on the receipt that some instant meets together.

    Conditions on different calendars are taken to be independent of one another.
    """
    by_calendar: dict[Any, dict[AttributeTest, CompiledTest]] = {}
    for test in tests:
        (compiled,) = test.compile(RECEIVED, None)
        by_calendar.setdefault(test.on, {})[test] = compiled
    choices: list[set[frozenset[AttributeTest]]] = []
    for together in by_calendar.values():
        cut_offs = CutOffs.of(one.passing for one in together.values())
        choices.append(
            {
                frozenset(
                    test
                    for test, one in together.items()
                    if (words in one.passing) is not one.negated
                )
                for words in cut_offs.all_words()
            }
        )
    if prod(map(len, choices)) > _MAX_TICKETS:
        return _too_many(tests)
    return [frozenset(chain.from_iterable(parts)) for parts in product(*choices)]
