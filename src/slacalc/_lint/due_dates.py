"""The due dates of rows at the instants tried, and how those of two rows compare.

Every check gets a `LintContext`: one version of the policy, its cases, and its due dates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._lint.cases import STEPS_OF_DUE, STEPS_OF_VERSION, Case, CaseSet, Effort
from slacalc._lint.findings import Finding, Severity
from slacalc._policy.matching import Matcher
from slacalc._policy.records import field_of_date
from slacalc._threads import cached_property
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from slacalc._policy.data import PolicyData
    from slacalc._policy.matching import MatchedRow


class DueComparison(NamedTuple):
    """How two due dates compare over several instants of receipt.

    Args:
        later: The first instant for which the first is due later than the second.
        earlier: The first instant for which it is due earlier.
        has_equal: Whether both are due together for some instant.
    """

    later: int | None
    earlier: int | None
    has_equal: bool

    @property
    def is_settled(self) -> bool:
        """Whether the same one is due later for every instant."""
        return not self.has_equal and (self.later is None) != (self.earlier is None)


class LintContext:
    """One version of a policy, with the cases to try and their due dates.

    Args:
        policy: The version, complete.
        effort: What is left of the linter's effort.

    Attributes:
        case_set: The cases.
        matcher: The rows of the version, compiled.
    """

    def __init__(self, policy: PolicyData, effort: Effort | None = None) -> None:
        self.effort = effort or Effort()
        self.effort.spend(STEPS_OF_VERSION)
        self.policy, self.case_set = policy, CaseSet(policy, self.effort)
        self.matcher = policy.compiled(Matcher)
        self._series: dict[tuple[Any, ...], tuple[int | None, ...]] = {}

    def finding(
        self,
        kind: str,
        severity: Severity,
        path: str,
        message: str,
        case: Case | None,
        *,
        at: int | None = None,
    ) -> Finding:
        """Make a finding.

        Args:
            kind: Its kind.
            severity: Its severity.
            path: The path of the faulty part.
            message: The message.
            case: A case that shows it; None if none is needed.
            at: The instant of receipt that shows it; default: any, unless conditions of the case
                depend on the receipt.
        """
        if at is None and case is not None and case.receipt.words:
            at = case.receipt.instants[0]
        return Finding(
            kind=kind,
            severity=severity,
            path=path,
            message=message,
            example=case.ticket if case else {},
            received_at=None if at is None else self.matcher.zone.datetime(at),
        )

    def case_on(self, calendar: str) -> Case | None:
        """A case with a deadline that a calendar counts."""
        for case in self.case_set.cases:
            for name, rows in case.matched.items():
                metric = self.policy.metrics[name]
                for row in rows:
                    for part in row.target.within.parts if row.target.within else ():
                        on = self.matcher.calendar_name(row.target, metric, part)
                        if (part.by_hours or row.target.roll) and on == calendar:
                            return case
        return None

    def series(
        self, metric: str, rows: tuple[MatchedRow, ...], instants: tuple[int, ...]
    ) -> tuple[int | None, ...]:
        """For each instant, the earliest due date of several rows; None if they have none."""
        key = (metric, tuple(row.target for row in rows), instants)
        known = self._series.get(key)
        if known is None:
            if len(rows) == 1:
                self.effort.spend(STEPS_OF_DUE * len(instants))
                dues = [self._due(metric, rows[0], start) for start in instants]
            else:
                by_row = [self.series(metric, (row,), instants) for row in rows]
                dues = [
                    min((due for due in dues_at if due is not None), default=None)
                    for dues_at in zip(*by_row, strict=True)
                ]
            known = self._series[key] = tuple(dues) if rows else (None,) * len(instants)
        return known

    @cached_property
    def reached(self) -> frozenset[tuple[str, str, int]]:
        """The targets of rows that some case has: metric, table and place of the row."""
        return frozenset(
            (metric, row.table, row.place)
            for case in self.case_set.cases
            for metric, rows in case.matched.items()
            for row in rows
        )

    def _due(self, metric: str, row: MatchedRow, start: int) -> int | None:
        if row.target.within is None or field_of_date(row.target):  # each ticket has its own
            return None
        try:
            return self.matcher.due(row, self.policy.metrics[metric], start).due
        except (NeverOpen, HorizonError):
            return None

    def due(self, metric: str, rows: tuple[MatchedRow, ...], start: int) -> int | None:
        """The earliest due date of several rows for one instant; None if they have none."""
        return self.series(metric, rows, (start,))[0]

    def compare(
        self,
        first: tuple[str, tuple[MatchedRow, ...]],
        second: tuple[str, tuple[MatchedRow, ...]],
        instants: tuple[int, ...],
    ) -> DueComparison:
        """Compare the earliest due dates of two sets of rows over several instants.

        Args:
            first: A metric and its rows.
            second: The metric and the rows to compare them with.
            instants: The instants of receipt.
        """
        self.effort.spend(len(instants) + len(first[1]) + len(second[1]))
        if any(field_of_date(row.target) for row in (*first[1], *second[1])):
            return DueComparison(None, None, has_equal=False)  # nobody knows the dates of tickets
        later = earlier = None
        has_equal = False
        pairs = zip(self.series(*first, instants), self.series(*second, instants), strict=True)
        for start, (due, other_due) in zip(instants, pairs, strict=True):
            if due is None or other_due is None:
                continue
            if due == other_due:
                has_equal = True
            elif due > other_due and later is None:
                later = start
            elif due < other_due and earlier is None:
                earlier = start
            if later is not None and earlier is not None:
                break
        return DueComparison(later, earlier, has_equal)


def example_instant(at: int | None, comparison: DueComparison, case: Case) -> int | None:
    """The instant that a finding names as its example; None if any instant shows it."""
    return None if comparison.is_settled and not case.receipt.words else at
