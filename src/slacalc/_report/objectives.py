"""Shares of tickets: how far one may trust them, and what was promised of them.

A share is a count over a count. Beside it stands Wilson's score interval [1]_: the true shares for
which what was counted is no surprise at the chosen confidence. Unlike the usual plus and minus it
stays between 0 and 1 and holds for few tickets and for shares near 1, which is where service levels
live. An objective is an exact fraction, so that 99 of 100 are 99 % and not a hair less.

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
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._policy.policy import Policy

Verdict: TypeAlias = Literal["met", "missed", "too few to tell"]
_PERCENT = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*%\s*")


def wilson(
    hits: Integers, counts: Integers, confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's score interval of shares; NaN where nothing was counted.

    Args:
        hits: How many of each count; a column of n.
        counts: The counts; a column of n.
        confidence: The confidence, such as 0.95.

    Returns:
        The lower and the upper bounds; columns of n.

    Raises:
        ReportError: The confidence does not lie between 0 and 1.
    """
    is_number = isinstance(confidence, (int, float)) and not isinstance(confidence, bool)
    if not is_number or not 0 < confidence < 1:
        msg = f"confidence={confidence!r} does not lie between 0 and 1: give 0.95 or the like"
        raise ReportError(msg, argument="confidence", given=confidence)
    score = NormalDist().inv_cdf((1 + confidence) / 2)
    hits, counts = np.asarray(hits), np.asarray(counts)
    low, high = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    some = counts > 0
    n, k = counts[some].astype(float), hits[some].astype(float)
    centre = k + score**2 / 2
    spread = score * np.sqrt(k * (n - k) / n + score**2 / 4)
    low[some] = np.where(k == 0, 0.0, (centre - spread) / (n + score**2))
    high[some] = np.where(k == n, 1.0, (centre + spread) / (n + score**2))
    return low, high


# Objectives ---------------------------------------------------------------------------------------


class _Rule(NamedTuple):
    """An objective, and to what it applies.

    Args:
        metric: A metric; the empty string for all.
        values: The first values of the grouping.
        share: What is promised.
    """

    metric: str
    values: tuple[Any, ...]
    share: Fraction


class Objectives:
    """What share of tickets is to be within target, by metric and group.

    Args:
        given: A share, for everything; or shares by metric, or by a tuple of a metric and the
            first values of the grouping, of which the longest that fits counts; or None.
        policy: Where none is given: the policy whose objectives count.
        period: The period that is counted; an objective of the policy for another one does not
            apply.
    """

    def __init__(self, given: Any, policy: Policy | None, period: str | None) -> None:
        self._rules: list[_Rule] = []
        if isinstance(given, Mapping):
            for key, share in given.items():
                metric, *values = key if isinstance(key, tuple) else (key,)
                if not isinstance(metric, str):
                    msg = f"objective: {key!r} names no metric first: write ('arrival', 'gold')"
                    raise ReportError(msg, argument="objective", given=key)
                self._rules.append(_Rule(metric, tuple(values), share_of(share)))
        elif given is not None:
            self._rules.append(_Rule("", (), share_of(given)))
        elif policy is not None:
            self._rules += _of_policy(policy, period)
        self._rules.sort(key=lambda rule: -len(rule.values))

    def check(self, metrics: Iterable[str], by: Sequence[str]) -> None:
        """Refuse objectives of unknown metrics, and those that ask for more than the grouping."""
        known = list(metrics)
        for rule in self._rules:
            if rule.metric and rule.metric not in known:
                what, argument = "a metric of the answer", "objective"
                raise unknown_name(
                    ReportError, what, rule.metric, known, where=argument, argument=argument
                )
            if len(rule.values) > len(by):
                key = (rule.metric, *rule.values)
                msg = (
                    f"objective: {key!r} has more values than by={list(by)!r}: name the columns "
                    "that tell them apart in by"
                )
                raise ReportError(msg, argument="objective", given=key)

    def of(self, metric: str | None, values: Sequence[Any]) -> Fraction | None:
        """What is promised of a group; None for nothing."""
        for rule in self._rules:
            first = values[: len(rule.values)]
            if rule.metric in ("", metric) and _alike(rule.values, first):
                return rule.share
        return None


def _alike(asked: Sequence[Any], values: Sequence[Any]) -> bool:
    """Whether values are those that are asked for, be it as text."""
    return all(
        one == other or str(one) == str(other) for one, other in zip(asked, values, strict=True)
    )


def share_of(given: Any) -> Fraction:
    """A share such as 0.99 or "99.5 %", exactly as it is written.

    Raises:
        ReportError: It is none.
    """
    share: Fraction | None = None
    if isinstance(given, str):
        percent = _PERCENT.fullmatch(given)
        share = Fraction(percent[1]) / 100 if percent else None
    elif isinstance(given, (int, float, Decimal, Fraction)) and not isinstance(given, bool):
        try:
            share = Fraction(str(given))
        except ValueError:  # not a number, or infinite
            share = None
    if share is None or not 0 <= share <= 1:
        msg = f"objective: {given!r} is no share: write 0.99, or '99 %'"
        raise ReportError(msg, argument="objective", given=given)
    return share


def _of_policy(policy: Policy, period: str | None) -> list[_Rule]:
    """The objectives of a policy that name a metric; those of the very period come first."""
    latest = policy.latest
    fitting: list[tuple[bool, _Rule]] = []
    for one in latest.objectives.values():
        known = re.search("day|week|month|quarter|year", one.period.casefold())
        if one.metric and (known is None or known[0] == period):
            fitting.append((known is None, _Rule(one.metric, (), share_of(one.share))))
    return [rule for _, rule in sorted(fitting, key=lambda pair: pair[0])]


def reached(hits: int, count: int, objective: Fraction | None) -> bool | None:
    """Whether a share is at least what was promised; None where there is nothing to compare."""
    if objective is None or not count:
        return None
    return hits * objective.denominator >= count * objective.numerator


def verdict(low: float, high: float, objective: Fraction | None) -> Verdict | None:
    """What an interval says of an objective; None where there is nothing to say."""
    if objective is None or low != low:  # noqa: PLR0124 - NaN
        return None
    if low >= objective:
        return "met"
    return "missed" if high < objective else "too few to tell"


# Text ---------------------------------------------------------------------------------------------

NOT_MEASURED = N_("not measured")


def share_text(share: Fraction | float | None, beside: Fraction | float | None = None) -> str:
    """Format a share in percent, rounded half up to one decimal place.

    More decimal places are shown where one would make the share look like 0 %, 100 % or an
    objective that it is not.

    Args:
        share: The share. A float is taken as the decimal fraction that Python prints for it, so
        that
            123/400 is rounded in the same way however it was computed. None: nothing was measured.
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
        return _percent(exact, 1).replace(".0%", "%")
    text = ""
    for digits in range(1, 9):
        text = _percent(exact, digits)
        if text not in [_percent(other, digits) for other in others]:
            break
    return text


def _percent(share: Fraction, digits: int) -> str:
    rounded = int(share * 100 * 10**digits + Fraction(1, 2))
    whole, decimals = divmod(rounded, 10**digits)
    return f"{whole}.{decimals:0{digits}}%"
