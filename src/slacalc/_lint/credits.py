"""Findings on credits: scales out of order, credits above a cap, and terms that nothing uses."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._policy.agreements import share_of
from slacalc._policy.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from slacalc._lint.due_dates import LintContext
    from slacalc._lint.findings import Finding
    from slacalc._policy.agreements import Credit, Settlement

_SECTIONS = ("objectives", "availability", "duties")


class _Worth(NamedTuple):
    """What a credit is worth, or a cap allows: an amount, or a percentage of the fee."""

    number: Fraction
    currency: str  # empty string for a percentage

    @classmethod
    def of_cap(cls, cap: Decimal | Money) -> _Worth:
        if isinstance(cap, Money):
            return cls(Fraction(cap.amount), cap.currency)
        return cls(Fraction(cap), "")

    @classmethod
    def of_credit(cls, credit: Credit, settlement: Settlement) -> _Worth:
        if credit.amount is not None:
            return cls.of_cap(credit.amount)
        if credit.percent is not None:
            return cls(Fraction(credit.percent), "")
        if credit.points is not None:
            return cls(Fraction(credit.points) * Fraction(settlement.percent_per_point or 0), "")
        share = Fraction(credit.allocation or 0) / 100
        return cls(Fraction(settlement.at_risk or 0) * share, "")

    def is_above(self, other: _Worth) -> bool:
        return self.currency == other.currency and self.number > other.number

    def __str__(self) -> str:
        number = f"{float(self.number):.10g}"
        return f"{self.currency} {number}" if self.currency else f"{number} %"


def find_in_credits(context: LintContext) -> Iterator[Finding]:
    """Find credits that are out of order, above a cap or never due, and terms without a use."""
    settlement = context.policy.settlement
    credits_ = []
    for section in _SECTIONS:
        for name, promise in getattr(context.policy, section).items():
            path = f"{section}.{name}"
            credits_ += promise.credits
            yield from _find_in_scale(context, path, promise)
            yield from _find_above_caps(context, path, promise)
            for key in ("claim", "earn_back"):
                if getattr(promise, key, None) and not promise.credits:
                    message = f"{key} has no effect without credits"
                    yield context.finding("idle-credit", "notice", f"{path}.{key}", message, None)
    for key, unit in (("at_risk", "allocation"), ("percent_per_point", "points")):
        stated = [value for credit in credits_ if (value := getattr(credit, unit)) is not None]
        if getattr(settlement, key) is not None and not stated:
            message = f"no credit states its {unit}, so that this has no effect"
            yield context.finding("idle-credit", "notice", f"settlement.{key}", message, None)
    has_penalties = bool(context.policy.penalties)
    if settlement.cap is not None and not credits_ and not has_penalties:
        message = "there are no credits for it to limit"
        yield context.finding("idle-credit", "notice", "settlement.cap", message, None)


def _find_in_scale(context: LintContext, path: str, promise: Any) -> Iterator[Finding]:
    """Find steps that are never due, that give less than a higher one, or are above the target."""
    steps, idle = _steps_of(promise)
    for place, message in idle.items():
        where = f"{path}.credits[{place}]"
        yield context.finding("idle-credit", "warning", where, message, None)
    worths = {
        place: _Worth.of_credit(promise.credits[place], context.policy.settlement)
        for place in steps
    }
    for lower, higher in pairwise(steps):
        if worths[higher].is_above(worths[lower]):
            message = (
                f"the credit below {promise.credits[lower].below} is {worths[lower]}, less than "
                f"the {worths[higher]} below {promise.credits[higher].below}"
            )
            where = f"{path}.credits[{lower}]"
            yield context.finding("credit-order", "warning", where, message, None)
    target = _target_of(promise)
    for place in steps:
        step = promise.credits[place]
        if target and step.threshold > share_of(target):
            message = (
                f"a figure below {step.below} earns a credit although it may meet the target of "
                f"{target}"
            )
            where = f"{path}.credits[{place}]"
            yield context.finding("credit-above-target", "notice", where, message, None)


def _target_of(promise: Any) -> str:
    """The share that is promised; empty string if something else is."""
    target: str = getattr(promise, "target", "") or getattr(promise, "share", "")
    return target


def _steps_of(promise: Any) -> tuple[list[int], dict[int, str]]:
    """The places of the steps from the lowest on, and why other credits are never due."""
    steps, idle, lower = [], {}, Fraction(0)
    decimals = getattr(promise, "decimals", None)
    for place in sorted(
        (place for place, credit in enumerate(promise.credits) if credit.below),
        key=lambda place: promise.credits[place].threshold,
    ):
        threshold, below = promise.credits[place].threshold, promise.credits[place].below
        if _has_figure(lower, threshold, decimals):
            steps.append(place)
            lower = threshold
        elif threshold == 0:
            idle[place] = f"no figure is below {below}"
        elif threshold == lower:
            idle[place] = f"another step has the threshold {below} as well"
        else:
            idle[place] = f"no figure is below {below} that is not below a lower step"
    target = _target_of(promise)
    if target and not share_of(target):
        for place, credit in enumerate(promise.credits):
            if not credit.below:
                idle[place] = f"a target of {target} is never missed"
    return steps, idle


def _has_figure(lower: Fraction, upper: Fraction, decimals: int | None) -> bool:
    """Whether a figure lies from *lower* to below *upper*, rounded if there are decimals."""
    if decimals is None:
        return lower < upper
    units = 100 * 10**decimals
    scaled = lower * units
    return Fraction(-(-scaled.numerator // scaled.denominator), units) < upper


def _find_above_caps(context: LintContext, path: str, promise: Any) -> Iterator[Finding]:
    """Find credits that a cap always reduces."""
    settlement = context.policy.settlement
    caps = {"its cap": promise.cap, "the contract's cap": settlement.cap}
    for part, cap in caps.items():
        if cap is None:
            continue
        limit = _Worth.of_cap(cap)
        for place, credit in enumerate(promise.credits):
            worth = _Worth.of_credit(credit, settlement)
            if worth.is_above(limit):
                message = f"the credit of {worth} is above {part} of {limit}"
                where = f"{path}.credits[{place}]"
                yield context.finding("credit-above-cap", "warning", where, message, None)
