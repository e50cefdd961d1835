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
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from slacalc._i18n import N_
from slacalc.errors import ReportError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Sequence

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
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


class _ObjectiveRule(NamedTuple):
    """An objective, and what it applies to.

    Args:
        metric: A metric; the empty string for all.
        values: The first values of the group.
        share: The objective.
    """

    metric: str
    values: tuple[Any, ...]
    share: Fraction


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
        if isinstance(objective, Mapping):
            for key, share in objective.items():
                metric, *values = key if isinstance(key, tuple) else (key,)
                if not isinstance(metric, str):
                    msg = f"objective: {key!r} does not begin with a metric, as ('arrival', 'gold')"
                    raise ReportError(msg, argument="objective", given=key)
                self._rules.append(_ObjectiveRule(metric, tuple(values), parse_share(share)))
        elif objective is not None:
            self._rules.append(_ObjectiveRule("", (), parse_share(objective)))
        elif policy is not None:
            self._rules += _rules_of_policy(policy, period)
        # Longest key first, so that the first match is the most specific.
        self._rules.sort(key=lambda rule: -len(rule.values))

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

    def of_group(self, metric: str | None, values: Sequence[Any]) -> Fraction | None:
        """The objective of a group; None if there is none."""
        for rule in self._rules:
            # As text too: the values of a file are text where a policy has numbers.
            fits = all(
                wanted == value or str(wanted) == str(value)
                for wanted, value in zip(rule.values, values, strict=False)
            )
            if rule.metric in ("", metric) and fits:
                return rule.share
        return None


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


def _rules_of_policy(policy: Policy, period: str | None) -> list[_ObjectiveRule]:
    """The objectives of a policy that name a metric; those for this very period come first."""
    with_period, without_period = [], []
    for objective in policy.latest.objectives.values():
        if objective.metric:
            rule = _ObjectiveRule(objective.metric, (), parse_share(objective.share))
            if not objective.period_word:
                without_period.append(rule)
            elif objective.period_word == period:
                with_period.append(rule)
    return with_period + without_period


def is_reached(hits: int, count: int, objective: Fraction | None) -> bool | None:
    """Whether a share is at least the objective; None without an objective or a count."""
    if objective is None or not count:
        return None
    return hits * objective.denominator >= count * objective.numerator


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
            that 123/400 is rounded in the same way however it was computed. None: nothing was
            measured.
        beside: The objective that the share is compared with.

    Examples:
        >>> share_text(Fraction(123, 400)), share_text(0.3075), share_text(0.9996)
        ('30.8%', '30.8%', '99.96%')
    """
    if share is None:
        return NOT_MEASURED
    exact = Fraction(str(share))
    others = [Fraction(0), Fraction(1)] + ([] if beside is None else [Fraction(str(beside))])
    if exact in others:
        return percent(exact, 1).replace(".0%", "%")
    text = ""
    for digits in range(1, 9):
        text = percent(exact, digits)
        if text not in [percent(other, digits) for other in others]:
            break
    return text


def percent(share: Fraction, digits: int = 1) -> str:
    """Format a share in percent, rounded half up to a number of decimal places: ``0.0%``."""
    rounded = int(share * 100 * 10**digits + Fraction(1, 2))
    whole, decimals = divmod(rounded, 10**digits)
    return f"{whole}.{decimals:0{digits}}%"
