"""When the rows of a policy are due at the moments tried, and how two of them compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._lint.cases import Case, Space
from slacalc._lint.findings import Finding, Severity
from slacalc._policy.matching import Matcher
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from slacalc._policy.data import PolicyData
    from slacalc._policy.matching import MatchedRow


class Compared(NamedTuple):
    """How two sets of speaking rows compare over some moments.

    Args:
        later: The first moment at which the one is due later than the other.
        earlier: The first at which it is due earlier.
        same: Whether they are due together at some moment.
    """

    later: int | None
    earlier: int | None
    same: bool

    @property
    def is_settled(self) -> bool:
        """Whether one of them is due later at every moment."""
        return not self.same and (self.later is None) != (self.earlier is None)


class Dues:
    """The dues of one version of a policy, at the moments that its space has.

    Args:
        policy: The version, complete.
    """

    def __init__(self, policy: PolicyData) -> None:
        self.policy, self.space = policy, Space(policy)
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
        """A finding with a case that shows it, at a moment where that matters."""
        if at is None and case is not None and case.moments.words:
            at = case.moments.instants[0]
        return Finding(
            kind=kind,
            severity=severity,
            path=path,
            message=message,
            example=case.ticket if case else {},
            received_at=None if at is None else self.matcher.zone.datetime(at),
        )

    def case_on(self, calendar: str) -> Case | None:
        """A case with a deadline that counts on a calendar."""
        for case in self.space.cases:
            for name, spoken in case.spoken.items():
                metric = self.policy.metrics[name]
                for found in spoken:
                    for part in found.target.within.parts if found.target.within else ():
                        on = self.matcher.calendar_name(found.target, metric, part)
                        if part.by_hours and on == calendar:
                            return case
        return None

    def series(
        self, metric: str, spoken: tuple[MatchedRow, ...], instants: tuple[int, ...]
    ) -> tuple[int | None, ...]:
        """The strictest due at each of some moments; None where no row has a figure in reach."""
        key = (metric, tuple(found.target for found in spoken), instants)
        known = self._series.get(key)
        if known is None:
            if len(spoken) == 1:
                dues = [self._due(metric, spoken[0], start) for start in instants]
            else:
                several = [self.series(metric, (found,), instants) for found in spoken]
                dues = [
                    min((due for due in some if due is not None), default=None)
                    for some in zip(*several, strict=True)
                ]
            known = self._series[key] = tuple(dues) if spoken else (None,) * len(instants)
        return known

    def _due(self, metric: str, found: MatchedRow, start: int) -> int | None:
        if found.target.within is None:
            return None
        try:
            return self.matcher.due(found, self.policy.metrics[metric], start).due
        except (NeverOpen, HorizonError):
            return None

    def due(self, metric: str, spoken: tuple[MatchedRow, ...], start: int) -> int | None:
        """The strictest due at one moment."""
        return self.series(metric, spoken, (start,))[0]

    def compared(
        self,
        one: tuple[str, tuple[MatchedRow, ...]],
        other: tuple[str, tuple[MatchedRow, ...]],
        instants: tuple[int, ...],
    ) -> Compared:
        """How the strictest dues of two sets of rows compare, each a metric and its rows."""
        later = earlier = None
        same = False
        pairs = zip(self.series(*one, instants), self.series(*other, instants), strict=True)
        for start, (due, other_due) in zip(instants, pairs, strict=True):
            if due is None or other_due is None:
                continue
            if due == other_due:
                same = True
            elif due > other_due and later is None:
                later = start
            elif due < other_due and earlier is None:
                earlier = start
            if later is not None and earlier is not None:
                break
        return Compared(later, earlier, same)


def needed(at: int | None, how: Compared, case: Case) -> int | None:
    """The moment that shows a difference; None where any moment does."""
    return None if how.is_settled and not case.moments.words else at
