"""Shares of tickets: confidence intervals, and the objectives that they are compared with.

A share is a count divided by a count. Its confidence interval is Wilson's score interval [1]_: the
true shares for which the count would not be surprising at the chosen confidence. Unlike the usual
plus and minus, it stays between 0 and 1 and holds for few tickets and for shares near 1, which are
the rule for service levels. An objective is an exact fraction, so that 99 of 100 reach an objective
of 99 %, whatever floats say.

.. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
   of the American Statistical Association 22 (1927), 209-212.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from slacalc._columns.frames import Frame
from slacalc._i18n import N_
from slacalc._policy.agreements import share_of
from slacalc._policy.money import percent
from slacalc._report.objective_tickets import COUNTS, ObjectiveMatcher
from slacalc.errors import ReportError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Sequence

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._policy.agreements import IfFewer, Objective
    from slacalc._policy.policy import Policy

Conclusion: TypeAlias = Literal["met", "missed", "too few to tell"]
_PERCENT = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*%\s*")


def wilson(
    hits: Integers, counts: Integers, confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute Wilson's score intervals of shares.

    Args:
        hits: The numerators, an array of n numbers.
        counts: The denominators, an array of n numbers.
        confidence: The confidence, such as 0.95.

    Returns:
        The lower and the upper bounds, arrays of n numbers; NaN where the denominator is 0.

    Raises:
        ReportError: The confidence is not a number between 0 and 1.
    """
    is_number = isinstance(confidence, (int, float)) and not isinstance(confidence, bool)
    if not is_number or not 0 < confidence < 1:
        msg = f"confidence={confidence!r} is not between 0 and 1: give a number such as 0.95"
        raise ReportError(msg, argument="confidence", given=confidence)
    score = NormalDist().inv_cdf((1 + confidence) / 2)
    hits, counts = np.asarray(hits), np.asarray(counts)
    low, high = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    has_count = counts > 0
    n, k = counts[has_count].astype(float), hits[has_count].astype(float)
    centre = k + score**2 / 2
    spread = score * np.sqrt(k * (n - k) / n + score**2 / 4)
    # At the ends the bounds are exactly 0 and 1, which floats would miss by a hair.
    low[has_count] = np.where(k == 0, 0.0, (centre - spread) / (n + score**2))
    high[has_count] = np.where(k == n, 1.0, (centre + spread) / (n + score**2))
    return low, high


# Objectives ---------------------------------------------------------------------------------------


class PromisedShare(NamedTuple):
    """A share that was promised.

    Args:
        share: The share.
        at_least: For how many tickets.
        if_fewer: What holds if there are fewer, as in an `Objective`.
    """

    share: Fraction
    at_least: int = 1
    if_fewer: IfFewer = "too few to tell"

    @classmethod
    def of(cls, objective: Objective) -> PromisedShare:
        """The share, or the percentile, of an objective."""
        if objective.percentile is None:
            share = share_of(objective.share)
        else:
            share = Fraction(objective.percentile) / 100
        return cls(share, objective.at_least, objective.if_fewer)

    def is_reached(self, met: int, decided: int) -> bool | None:
        """Whether a count reaches it; None if nothing, or too little, is decided."""
        if not decided:
            return None
        is_reached = met * self.share.denominator >= decided * self.share.numerator
        return kept_with_few(self, decided, decided - met, is_reached=is_reached)

    def budget(self, decided: int, still_open: int, missed: int) -> int:
        """How many more may be missed; below 0 if too many were."""
        return floor((1 - self.share) * (decided + still_open)) - missed

    def conclusion(
        self, met: int, decided: int, interval: tuple[float, float], rare: float
    ) -> Conclusion | None:
        """What a count proves, as `conclusion` does; with few tickets, what was agreed for them."""
        if not 0 < decided < self.at_least:
            return conclusion(met, decided, interval, self.share, rare)
        is_kept = self.is_reached(met, decided)
        return "too few to tell" if is_kept is None else "met" if is_kept else "missed"


def kept_with_few(
    objective: PromisedShare | Objective, decided: int, missed: int, *, is_reached: bool
) -> bool | None:
    """Whether an objective is kept; None if there are too few tickets.

    Args:
        objective: What holds if there are few.
        decided: How many tickets are decided.
        missed: How many of them missed.
        is_reached: Whether it is reached, if they are enough.
    """
    if decided >= objective.at_least:
        return is_reached
    if objective.if_fewer == "too few to tell":
        return None
    return objective.if_fewer == "met" or missed <= 1


class _ObjectiveRule(NamedTuple):
    """An objective, and what it applies to.

    Args:
        metric: A metric; the empty string for all.
        values: The first values of the group.
        promised: The share.
        objective: The name of the policy's objective, if it has conditions; else empty string.
    """

    metric: str
    values: tuple[Any, ...]
    promised: PromisedShare
    objective: str = ""


class Objectives:
    """The shares of tickets that are to be within target, by metric and group.

    Args:
        objective: A share for everything; or shares by metric, or by a tuple of a metric and the
            first values of a group, of which the longest that fits counts; or None.
        policy: The policy whose objectives count if *objective* is None.
        period: The period that is counted. An objective of the policy for another one does not
            apply.
    """

    def __init__(self, objective: Any, policy: Policy | None, period: str | None) -> None:
        self._rules: list[_ObjectiveRule] = []
        self._policy = policy
        if isinstance(objective, Mapping):
            for key, share in objective.items():
                metric, *values = key if isinstance(key, tuple) else (key,)
                if not isinstance(metric, str):
                    msg = f"objective: {key!r} does not begin with a metric, as ('arrival', 'gold')"
                    raise ReportError(msg, argument="objective", given=key)
                promised = PromisedShare(parse_share(share))
                self._rules.append(_ObjectiveRule(metric, tuple(values), promised))
        elif objective is not None:
            self._rules.append(_ObjectiveRule("", (), PromisedShare(parse_share(objective))))
        elif policy is not None:
            self._rules += [
                _ObjectiveRule(
                    one.metric,
                    (),
                    PromisedShare.of(one),
                    name if one.when or one.except_ else "",
                )
                for name, one in shares_of(policy, period).items()
                if one.share
            ]
        # The first that fits counts: those for fewer tickets come first.
        self._rules.sort(key=lambda rule: (not rule.objective, -len(rule.values)))

    def validate(self, counted: Container[str], known: Collection[str], by: Sequence[str]) -> None:
        """Refuse objectives of unknown metrics, and those with more values than groups have.

        Args:
            counted: The metrics that are counted. Objectives of others have no effect.
            known: The metrics that there are; if there are none, nothing is counted.
            by: The columns that form groups.
        """
        for rule in self._rules:
            if rule.metric and known and rule.metric not in known:
                what, argument = "a metric of the answer", "objective"
                raise unknown_name(
                    ReportError, what, rule.metric, known, where=argument, argument=argument
                )
            if len(rule.values) > len(by) and rule.metric in counted:
                key = (rule.metric, *rule.values)
                msg = (
                    f"objective: {key!r} has more values than by={list(by)!r} has columns: add the "
                    "columns that have these values to by"
                )
                raise ReportError(msg, argument="objective", given=key)

    def of_groups(
        self, metrics: Sequence[str | None], by: Sequence[str], values: Sequence[Sequence[Any]]
    ) -> list[PromisedShare | None]:
        """The objective of each group; None if there is none.

        An objective with conditions applies to a group whose values decide that they hold.

        Args:
            metrics: The metric of each group.
            by: The columns that form groups.
            values: The values of each group, one for each column.
        """
        holds = {
            rule.objective: self._holds(rule.objective, by, values)
            for rule in self._rules
            if rule.objective
        }
        promised: list[PromisedShare | None] = []
        for place, (metric, of_group) in enumerate(zip(metrics, values, strict=True)):
            fitting = (
                rule.promised
                for rule in self._rules
                if rule.metric in ("", metric)
                and (holds[rule.objective][place] if rule.objective else _fits(rule, of_group))
            )
            promised.append(next(fitting, None))
        return promised

    def _holds(
        self, name: str, by: Sequence[str], values: Sequence[Sequence[Any]]
    ) -> Sequence[bool]:
        """Whether all tickets of each group count for an objective of the policy."""
        assert self._policy is not None  # noqa: S101 - whose objective it is
        latest = self._policy.latest
        matcher = ObjectiveMatcher(latest, {name: latest.objectives[name]})
        attributes = latest.attributes
        is_decided = not matcher.depends_on_receipt and all(
            tested in by or (attributes[tested].by and {*attributes[tested].by} <= {*by})
            for tested in matcher.tested
        )
        if not is_decided or not values:
            return [False] * len(values)
        columns = {
            column: [of_group[place] for of_group in values] for place, column in enumerate(by)
        }
        tickets = Frame(columns)
        counts: list[bool] = (matcher.codes(tickets)[name] == COUNTS).tolist()
        return counts


def _fits(rule: _ObjectiveRule, values: Sequence[Any]) -> bool:
    # As text too: the values of a file are text where a policy has numbers.
    return all(
        wanted == value or str(wanted) == str(value)
        for wanted, value in zip(rule.values, values, strict=False)
    )


def parse_share(objective: Any) -> Fraction:
    """Read a share such as 0.99 or "99.5 %", exactly as it is written.

    Raises:
        ReportError: It is not a share between 0 and 1.
    """
    share: Fraction | None = None
    if isinstance(objective, str):
        percent = _PERCENT.fullmatch(objective)
        share = Fraction(percent[1]) / 100 if percent else None
    elif isinstance(objective, (int, float, Decimal, Fraction)) and not isinstance(objective, bool):
        try:
            share = Fraction(str(objective))
        except ValueError:  # not a number, or infinite
            share = None
    if share is None or not 0 <= share <= 1:
        msg = f"objective: {objective!r} is not a share between 0 and 1: write 0.99, or '99 %'"
        raise ReportError(msg, argument="objective", given=objective)
    return share


def shares_of(policy: Policy, period: str | None) -> dict[str, Objective]:
    """The objectives of a policy that are shares or percentiles of the tickets of a period.

    Args:
        policy: The policy, whose last version counts.
        period: The period; None for what has none. Those for this very period come first.
    """
    with_period, without_period = {}, {}
    for name, objective in policy.latest.objectives.items():
        is_share = objective.share or objective.percentile is not None
        if objective.metric and is_share and objective.rolling_days is None:
            if not objective.period_word:
                without_period[name] = objective
            elif objective.period_word == period:
                with_period[name] = objective
    return with_period | without_period


def conclusion(
    hits: int, count: int, interval: tuple[float, float], objective: Fraction | None, rare: float
) -> Conclusion | None:
    """What a count proves about an objective; None without an objective or a count.

    Wilson's interval must not contain the objective. It is too narrow where none or all of few are
    hits; there the exact probability of that must be small too. A count of 1 proves nothing, except
    that a share is not 0 or not 1.

    Args:
        hits: The numerator of the share.
        count: The denominator.
        interval: Wilson's interval.
        objective: The objective.
        rare: The probability below which a count is a surprise, half of what the confidence leaves.
    """
    if objective is None or not count:
        return None
    low, high = interval
    is_enough = count > 1 or objective in (0, 1)
    if low >= objective and is_enough and (hits < count or float(objective) ** count <= rare):
        return "met"
    if high < objective and is_enough and (hits > 0 or float(1 - objective) ** count <= rare):
        return "missed"
    return "too few to tell"


# Text ---------------------------------------------------------------------------------------------

NOT_MEASURED = N_("not measured")


def share_text(share: Fraction | float | None, beside: Fraction | float | None = None) -> str:
    """Format a share in percent, rounded half up to one decimal place.

    More decimal places are shown where one would make the share look like 0 %, 100 % or an
    objective that it is not.

    Args:
        share: The share. A float is taken as the decimal fraction that Python prints for it, so
            that 123/400 is rounded in the same way however it was computed. None, or NaN as in a
            column: nothing was measured.
        beside: The objective that the share is compared with.

    Example:
        >>> from fractions import Fraction
        >>> from slacalc.report import share_text
        >>> share_text(Fraction(123, 400)), share_text(0.3075), share_text(0.9996)
        ('30.8%', '30.8%', '99.96%')
    """
    if share is None or share != share:  # noqa: PLR0124 - NaN differs from itself
        return NOT_MEASURED
    exact = Fraction(str(share))
    others = [Fraction(0), Fraction(1)] + ([] if beside is None else [Fraction(str(beside))])
    if exact in others:
        return percent(exact).replace(".0%", "%")
    text = ""
    for digits in range(1, 9):
        text = percent(exact, digits)
        if text not in [percent(other, digits) for other in others]:
            break
    return text
