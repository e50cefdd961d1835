"""Laws of credits: they equal a naive reckoning, and caps hold and lose no hundredth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from slacalc import Policy
from slacalc._contract.credits import (
    CreditLine,
    Miss,
    PromiseOutcome,
    credit_line,
    read_fee,
    settle,
    started_units,
)
from slacalc._contract.periods import parse_period
from slacalc.contract import Money
from tests.oracles.calendar import SECOND
from tests.oracles.contract_credits import divide, half_up, percent_of_scale, started
from tests.strategies.calendars import at_us, scenes

FEWER = settings().max_examples // 3
SHARES = st.integers(0, 10_000).map(lambda number: Fraction(number, 100))  # in percent
SCALES = st.dictionaries(SHARES, st.integers(1, 100), min_size=1, max_size=5)
FEES = st.decimals(0, 100_000, places=2)
UNITS = ("started hour", "started day", "started working hour", "started working day")


def line(
    terms: dict[str, Any], figure: Fraction | None, fee: Decimal, **settled: Any
) -> CreditLine:
    """The line of a policy with one availability target."""
    policy = Policy(
        "p",
        availability={"it": {"target": "99 %", **terms}},
        settlement={"currency": "CHF", **settled},
    )
    outcome = PromiseOutcome(is_missed=True, figure=figure)
    period = parse_period("2026-05", policy.zone)
    return credit_line(
        policy, "availability", "it", outcome, period=period, fee=read_fee(fee, policy)
    )


def scale_of(steps: list[tuple[Fraction, int]]) -> list[dict[str, Any]]:
    return [{"below": f"{float(below):.2f} %", "percent": worth} for below, worth in steps]


@settings(max_examples=FEWER)
@given(SCALES, st.none() | st.integers(1, 100), FEES, st.data())
def test_a_scale_equals_a_naive_reckoning(
    scale: dict[Fraction, int], cap: int | None, fee: Decimal, data: st.DataObject
) -> None:
    """In any order of steps, near a step and elsewhere, to the hundredth."""
    steps = data.draw(st.permutations(list(scale.items())))
    side = data.draw(st.integers(-1, 1)) * Fraction(1, 10**7)
    figure = data.draw(SHARES | st.sampled_from(list(scale))) + side
    expected = percent_of_scale([(b, Fraction(w)) for b, w in steps], figure, None)
    amount = half_up(Fraction(fee) * expected)  # in hundredths
    limit = half_up(Fraction(fee) * cap) if cap else amount
    terms = {"credits": scale_of(steps)} | ({"cap": f"{cap} %"} if cap else {})
    answer = line(terms, figure / 100, fee).amount
    assert answer == Money(Decimal(min(amount, limit)) / 100, "CHF")


@settings(max_examples=FEWER)
@given(SCALES, SHARES, SHARES)
def test_a_worse_figure_never_costs_less(
    scale: dict[Fraction, int], one: Fraction, other: Fraction
) -> None:
    """On a scale whose lower steps have larger credits."""
    worths = sorted(scale.values(), reverse=True)
    steps = list(zip(sorted(scale), worths, strict=True))
    worse, better = (
        line({"credits": scale_of(steps)}, figure / 100, Decimal(1000)).amount
        for figure in sorted([one, other])
    )
    assert worse is not None
    assert better is not None
    assert worse >= better


@settings(max_examples=FEWER)
@given(st.data())
def test_lateness_equals_a_naive_reckoning(data: st.DataObject) -> None:
    """The started units on any calendar whose shifts do not overlap, minute by minute."""
    scene = data.draw(scenes(step=900, terms=0))
    start = scene.middle + data.draw(st.integers(-2 * 96, 96)) * 900 * SECOND
    end = start + data.draw(st.integers(-30, 2 * 1440)) * 60 * SECOND
    unit = data.draw(st.sampled_from(UNITS))
    quarters = range(start, end, 900 * SECOND)
    assume(all(len(scene.walker.own_dates(at)) < 2 for at in (*quarters, end)))
    calendars = {"hours": scene.calendar}
    policy = Policy(
        "p",
        calendar="hours",
        calendars=calendars,
        duties={"it": {"every": "month", "credits": [{"per": unit, "amount": "CHF 1"}]}},
    )

    def us(at: datetime) -> int:
        return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    [credit] = policy.duties["it"].credits
    assert started_units(credit, Miss(start, end), policy) == started(
        unit,
        at_us(start),
        at_us(end),
        lambda at: scene.walker.is_open(us(at)),
        lambda at: scene.walker.own_dates(us(at))[0],
    )


@settings(max_examples=FEWER)
@given(
    st.lists(st.tuples(st.integers(1, 100), st.booleans()), min_size=1, max_size=6),
    st.integers(1, 100),
    st.none() | st.integers(1, 100),
    FEES,
)
def test_caps_hold_and_lose_nothing(
    parts: list[tuple[int, bool]], at_risk: int, cap: int | None, fee: Decimal
) -> None:
    """The amount at risk limits allocations, the cap all credits; what remains adds up exactly."""
    targets = {
        f"t{number}": {
            "target": "99 %",
            "credits": [{"below": "99 %", "allocation" if is_share else "percent": worth}],
        }
        for number, (worth, is_share) in enumerate(parts)
    }
    policy = Policy(
        "p",
        availability=targets,
        settlement={"currency": "CHF", "at_risk": at_risk} | ({"cap": f"{cap} %"} if cap else {}),
    )
    money, period = read_fee(fee, policy), parse_period("2026-05", policy.zone)
    outcome = PromiseOutcome(is_missed=True, figure=Fraction(1, 2))
    lines = [
        credit_line(policy, "availability", name, outcome, period=period, fee=money)
        for name in targets
    ]
    settled = settle(lines, policy, money)

    whole = Fraction(fee)
    owed = [
        half_up(whole * worth * (Fraction(at_risk, 100) if is_share else 1))
        for worth, is_share in parts
    ]
    shares = [place for place, (_, is_share) in enumerate(parts) if is_share]
    risk = half_up(whole * at_risk)
    if sum(owed[place] for place in shares) > risk:
        for place, part in zip(
            shares, divide(risk, [owed[place] for place in shares]), strict=True
        ):
            owed[place] = part
    limit = half_up(whole * cap) if cap else sum(owed)
    if sum(owed) > limit:
        owed = divide(limit, owed)
    assert settled.credited == tuple(Money(Decimal(part) / 100, "CHF") for part in owed)
    assert settled.total == Money(Decimal(sum(owed)) / 100, "CHF")
    backwards = settle(lines[::-1], policy, money)
    assert backwards.total == settled.total
