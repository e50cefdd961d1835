"""When the rows of a policy are due at the moments tried, and how two of them compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._finding import Finding, Severity
from slacalc._lint_space import Case, Space
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from slacalc._match import Figure, Found
    from slacalc._policy import Policy


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

    def __init__(self, policy: Policy) -> None:
        self.policy, self.space = policy, Space(policy)
        self.matcher = policy._matcher
        self._dues: dict[tuple[Any, ...], int | None] = {}

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
                        on = self.matcher.name_of(found.target, metric, part)
                        if part.by_hours and on == calendar:
                            return case
        return None

    def figure(self, metric: str, found: Found, start: int) -> Figure | None:
        """A target's due and bound; None where it has no figure or is out of reach."""
        if found.target.within is None:
            return None
        try:
            return self.matcher.figure(found, self.policy.metrics[metric], start)
        except (NeverOpen, HorizonError):
            return None

    def due(self, metric: str, found: tuple[Found, ...], start: int) -> int | None:
        """The strictest due of the rows that speak; None where they have no figure."""
        key = (metric, *((one.table, one.place) for one in found), start)
        if key not in self._dues:
            figures = [self.figure(metric, one, start) for one in found]
            dues = [figure.due for figure in figures if figure is not None]
            self._dues[key] = min(dues, default=None)
        return self._dues[key]

    def compared(
        self,
        one: tuple[str, tuple[Found, ...]],
        other: tuple[str, tuple[Found, ...]],
        instants: tuple[int, ...],
    ) -> Compared:
        later = earlier = None
        same = False
        for start in instants:
            due, other_due = self.due(*one, start), self.due(*other, start)
            if due is None or other_due is None:
                continue
            if due > other_due and later is None:
                later = start
            elif due < other_due and earlier is None:
                earlier = start
            same = same or due == other_due
            if later is not None and earlier is not None:
                break
        return Compared(later, earlier, same)


def needed(at: int | None, how: Compared, case: Case) -> int | None:
    """The moment that shows a difference; None where any moment does."""
    return None if how.is_settled and not case.moments.words else at
