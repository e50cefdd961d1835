"""Credits and claim windows: published scales of 34 providers, and cases reckoned by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from slacalc import Policy
from slacalc._contract.credits import (
    Miss,
    PromiseOutcome,
    credit_line,
    earned_back,
    read_fee,
    settle,
)
from slacalc._contract.periods import parse_period
from slacalc.contract import Money, statement
from slacalc.errors import ContractError
from tests.oracles.contract_credits import end_of, half_up, last_day_of_claim, percent_of_scale

PROVIDERS = json.loads(
    (Path(__file__).parent.parent / "data" / "service-credits.json").read_text("utf-8")
)
# The source's anchor words, and our words for them.
ANCHORS = {
    "downtime_date": "incident",
    "incident_date": "incident",
    "non_availability_period": "incident",
    "billing_cycle_end": "end of month",
    "calendar_month_end": "end of month",
    "eligibility_date": "end of month",  # a month's figure is known, and a credit due, at its end
    "end_of_billing_month": "end of month",
    "end_of_calendar_month": "end of month",
    "end_of_calendar_month_of_failure": "end of month",
    "end_of_month": "end of month",
    "month_end": "end of month",
    "end_of_calendar_quarter": "end of quarter",
    "end_of_quarter": "end of quarter",
    "quarter_end": "end of quarter",
    "end_of_second_billing_cycle": "end of next month",
}
OFFICE = {"office": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}}


def us(text: str) -> int:
    """An instant in UTC as microseconds."""
    at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def policy_of(**sections: Any) -> Policy:
    return Policy.from_dict(
        {"name": "contract", "calendar": "office", "calendars": OFFICE, **sections}
    )


def line_of(
    policy: Policy, section: str, outcome: PromiseOutcome, fee: Any = None, month: str = "2026-05"
) -> Any:
    name = next(iter(getattr(policy, section)))
    period = parse_period(month, policy.zone)
    return credit_line(policy, section, name, outcome, period=period, fee=read_fee(fee, policy))


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one["provider"])
def test_published_scales(provider: dict[str, Any]) -> None:
    """Just below, at and above each step the percentage is the published one, within the cap."""
    steps = [(Fraction(str(below)), Fraction(percent)) for below, percent in provider["tiers"]]
    cap = provider["cap_percent"]
    terms: dict[str, Any] = {
        "target": f"{provider['uptime']} %",
        "credits": [
            {"below": f"{below} %", "percent": percent} for below, percent in provider["tiers"]
        ],
    }
    if cap is not None:
        terms["cap"] = f"{cap} %"
    policy = policy_of(availability={"service": terms}, settlement={"currency": "USD"})
    assert Policy.from_toml(policy.to_toml()) == policy
    for step, _ in steps:
        for figure in (step - Fraction(1, 10**9), step, step + Fraction(1, 10**9), Fraction(0)):
            outcome = PromiseOutcome(is_missed=False, figure=figure / 100)
            line = line_of(policy, "availability", outcome, Decimal(100))
            expected = percent_of_scale(steps, figure, cap)
            assert line.amount.amount == expected, (figure, line.explain())


@pytest.mark.parametrize("month", ["2024-02", "2026-01", "2026-05", "2026-11", "2026-12"])
@pytest.mark.parametrize(
    "provider", [one for one in PROVIDERS if one["claim"]], ids=lambda one: one["provider"]
)
def test_published_claim_windows(provider: dict[str, Any], month: str) -> None:
    """The last day of claim, counted day by day from the anchor, for each day of a month."""
    [window] = provider["claim"]
    word = ANCHORS[window["anchor_point"]]
    days, is_working = window["days"] or 0, window["business_days"]
    claim: dict[str, Any] = {"from": word}
    if days:
        claim["within"] = f"{days} {'working ' if is_working else ''}days"
    step = {"below": "99 %", "percent": 10}
    target = {"target": "99 %", "credits": [step], "claim": claim}
    policy = policy_of(availability={"service": target})
    for day in range(1, 29):
        incident = date.fromisoformat(f"{month}-{day:02}")
        anchor = incident
        if word != "incident":
            anchor = end_of(word.removeprefix("end of "), incident)
        expected = last_day_of_claim(
            anchor, days, (lambda at: at.weekday() < 5) if is_working else None
        )
        miss = Miss(us(f"{incident}T10:00"))
        outcome = PromiseOutcome(is_missed=True, figure=Fraction(1, 2), misses=(miss,))
        line = line_of(policy, "availability", outcome, "USD 100", month)
        assert (line.claim_until, line.claim_of(miss)) == (expected, expected)


@pytest.mark.parametrize(
    ("claim", "last"),
    [  # the incident is on Wednesday 2026-05-13
        ({"within": "30 days", "from": "end of month"}, "2026-06-30"),
        ({"within": "1 day", "from": "incident"}, "2026-05-14"),
        ({"within": "5 working days", "from": "incident"}, "2026-05-20"),
        ({"within": "5 days", "from": "end of quarter"}, "2026-07-05"),
        ({"within": "10 working days", "from": "end of quarter"}, "2026-07-14"),
        ({"from": "end of next month"}, "2026-06-30"),
        ({"within": "2 days", "from": "end of year"}, "2027-01-02"),
        ({"within": "2 days", "from": "end of period"}, "2026-06-02"),
        # 31 May is a Sunday, so that Monday, 1 June, is day 0
        ({"within": "3 working days", "from": "end of month"}, "2026-06-04"),
        ({"within": "0 working days", "from": "end of month"}, "2026-06-01"),
    ],
)
def test_claim_windows(claim: dict[str, Any], last: str) -> None:
    """Each beginning of a window, by hand."""
    step = {"below": "99 %", "percent": 10}
    policy = policy_of(availability={"it": {"target": "99 %", "credits": [step], "claim": claim}})
    later, first = Miss(us("2026-05-20T10:00")), Miss(us("2026-05-13T10:00"))
    outcome = PromiseOutcome(is_missed=True, figure=Fraction(1, 2), misses=(later, first))
    line = line_of(policy, "availability", outcome, "USD 100")
    assert str(line.claim_until) == last
    assert str(line.claim_of(first)) == last


@pytest.mark.parametrize(
    ("per", "grace", "until", "count"),
    [
        ("started hour", "", "2026-05-15T16:00", 1),  # Friday; exactly an hour late
        ("started hour", "", "2026-05-15T16:00:01", 2),
        ("started hour", "30 minutes", "2026-05-15T15:30", 0),
        ("started hour", "30 minutes", "2026-05-15T15:31", 1),
        ("started day", "", "2026-05-16T15:00", 1),
        ("started day", "", "2026-05-16T15:01", 2),
        ("started working hour", "", "2026-05-18T09:30", 3),  # 2 h on Friday, half on Monday
        ("started working hour", "1 working hour", "2026-05-18T09:30", 2),
        ("started working day", "", "2026-05-15T15:01", 1),
        ("started working day", "", "2026-05-18T09:00", 1),  # nothing of Monday yet
        ("started working day", "", "2026-05-18T09:01", 2),
        ("started working day", "1 working day", "2026-05-18T15:00", 0),
        ("started working day", "1 working day", "2026-05-19T10:00", 2),
    ],
)
def test_lateness(per: str, grace: str, until: str, count: int) -> None:
    """Late since Friday 2026-05-15 15:00, with office hours from 9 to 17."""
    credit = {"per": per, "amount": "CHF 20"} | ({"grace": grace} if grace else {})
    policy = policy_of(duties={"report": {"every": "month", "credits": [credit]}})
    miss = Miss(us("2026-05-15T15:00"), us(until))
    line = line_of(policy, "duties", PromiseOutcome(is_missed=True, misses=(miss,)))
    assert line.amount == Money(20 * count, "CHF")


def test_settlement() -> None:
    """Allocations are limited to the amount at risk, then all credits to the contract's cap."""
    targets = {
        name: {"target": "99 %", "credits": [{"below": "99 %", "allocation": share}]}
        for name, share in (("a", 80), ("b", 40))
    }
    targets["c"] = {"target": "99 %", "credits": [{"below": "99 %", "points": 3}]}
    policy = policy_of(
        availability=targets,
        settlement={"currency": "CHF", "at_risk": 10, "percent_per_point": 2, "cap": "CHF 120"},
    )
    fee, period = read_fee(Decimal(1000), policy), parse_period("2026-05", policy.zone)
    outcome = PromiseOutcome(is_missed=True, figure=Fraction(9, 10))
    lines = [
        credit_line(policy, "availability", name, outcome, period=period, fee=fee) for name in "abc"
    ]
    assert [str(line.amount) for line in lines] == ["CHF 80.00", "CHF 40.00", "CHF 60.00"]
    settled = settle(lines, policy, fee)
    assert [(one.by, str(one.before), str(one.limit)) for one in settled.reductions] == [
        ("at_risk", "CHF 120.00", "CHF 100.00"),
        ("cap", "CHF 160.00", "CHF 120.00"),
    ]
    # 66.67 + 33.33 + 60, each times 120/160
    assert [str(one) for one in settled.credited] == ["CHF 50.00", "CHF 25.00", "CHF 45.00"]
    assert (settled.total, settled.points) == (Money(120, "CHF"), Decimal(3))


def test_allocations_within_their_own_caps() -> None:
    """Of CHF 100 at risk, 100 limited to 30 and 80 are 110, in proportion to 100."""
    terms = {"target": "99 %", "credits": [{"below": "99 %", "allocation": 100}], "cap": "CHF 30"}
    other = {"target": "99 %", "credits": [{"below": "99 %", "allocation": 80}]}
    policy = policy_of(availability={"a": terms, "b": other}, settlement={"at_risk": 10})
    fee, period = read_fee("CHF 1000", policy), parse_period("2026-05", policy.zone)
    outcome = PromiseOutcome(is_missed=True, figure=Fraction(9, 10))
    lines = [
        credit_line(policy, "availability", name, outcome, period=period, fee=fee) for name in "ab"
    ]
    settled = settle(lines, policy, fee)
    assert [str(one) for one in settled.credited] == ["CHF 27.27", "CHF 72.73"]
    assert [str(one.before) for one in settled.reductions] == ["CHF 110.00"]


@pytest.mark.parametrize(
    ("of_credit", "of_miss", "count"),
    [("", "", 2), ("", "early", 1), ("early", "", 1), ("office", "early", 2)],
)
def test_the_calendar_of_lateness(of_credit: str, of_miss: str, count: int) -> None:
    """From 9:00 to 10:30 are two started hours of the office, and one of a desk that closes at 10.

    The credit's calendar counts, else the target's, else the policy's.
    """
    calendars = OFFICE | {"early": {"time_zone": "UTC", "week": {"mon-fri": "8-10"}}}
    credit = {"per": "started working hour", "amount": "CHF 1"}
    if of_credit:
        credit["calendar"] = of_credit
    objective: dict[str, Any] = {"metric": "repair", "share": "95 %", "credits": [credit]}
    policy = policy_of(calendars=calendars, metrics={"repair": {}}, objectives={"it": objective})
    miss = Miss(us("2026-05-15T09:00"), us("2026-05-15T10:30"), calendar=of_miss)
    line = line_of(policy, "objectives", PromiseOutcome(is_missed=True, misses=(miss,)))
    assert line.amount == Money(count, "CHF")


def test_an_incident_before_the_period_is_claimed_from_its_first_day() -> None:
    step = {"below": "99 %", "percent": 10}
    claim = {"within": "10 days", "from": "incident"}
    policy = policy_of(availability={"it": {"target": "99 %", "credits": [step], "claim": claim}})
    outcome = PromiseOutcome(
        is_missed=True, figure=Fraction(1, 2), misses=(Miss(us("2026-04-20T10:00")),)
    )
    assert str(line_of(policy, "availability", outcome, "USD 100").claim_until) == "2026-05-11"


def test_earned_back() -> None:
    """A credit is returned after exactly so many periods, all of them met."""
    terms = {"target": "99 %", "earn_back": 2, "credits": [{"below": "99 %", "percent": 10}]}
    policy = policy_of(availability={"service": terms})
    outcome = PromiseOutcome(is_missed=True, figure=Fraction(9, 10))
    line = line_of(policy, "availability", outcome, "CHF 1200")
    later = parse_period("2026-07", policy.zone)
    for verdicts in (["met"], ["met", "missed"], ["met", "too few to tell"], ["met"] * 3):
        assert earned_back(line, verdicts, period=later, credited=line.amount) is None
    back = earned_back(line, ["met", "met"], period=later, credited=line.amount)
    assert back is not None
    assert settle([back], policy).total == Money(-120, "CHF")


def test_misses_within_an_objective() -> None:
    """Misses cost nothing while the objective is met; what was done late is a miss."""
    terms = {"metric": "m", "share": "90 %", "credits": [{"per": "miss", "amount": "CNY 50"}]}
    policy = policy_of(metrics={"m": {}}, objectives={"o": terms})
    misses = (Miss(us("2026-05-15T15:00")), Miss(us("2026-05-16T15:00"), was_done=True))
    met, missed = (
        line_of(policy, "objectives", PromiseOutcome(is_missed=is_missed, misses=misses))
        for is_missed in (False, True)
    )
    assert (met.amount, missed.amount) == (Money(0, "CNY"), Money(100, "CNY"))


@pytest.mark.parametrize("fee", [12.5, "12.5 EUR", -1, "a lot", True, Decimal("NaN")])
def test_refused_fees(fee: Any) -> None:
    """A fee is exact, not negative, and in the policy's currency."""
    with pytest.raises(ContractError, match="fee"):
        read_fee(fee, policy_of(settlement={"currency": "CHF"}))


def test_fee_without_currency() -> None:
    """Without a currency anywhere, a number is not a fee; without a fee, no amount is known."""
    terms = {"target": "99 %", "credits": [{"below": "99 %", "percent": 10}]}
    policy = policy_of(availability={"service": terms})
    with pytest.raises(ContractError, match="has no currency"):
        read_fee(Decimal(12), policy)
    line = line_of(policy, "availability", PromiseOutcome(is_missed=True, figure=Fraction(0)))
    assert line.needs_fee
    assert line.amount is None
    assert "not known" in line.explain()


# Through the public door --------------------------------------------------------------------------

APRIL = 720 * 3_600 * 1_000_000  # its microseconds, in UTC


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one["provider"])
def test_published_scales_by_outages(provider: dict[str, Any]) -> None:
    """Outages that leave exactly a step, and a microsecond more or less of uptime."""
    steps = [(Fraction(str(below)), Fraction(percent)) for below, percent in provider["tiers"]]
    cap = provider["cap_percent"]
    terms: dict[str, Any] = {
        "target": f"{provider['uptime']} %",
        "credits": [{"below": f"{below} %", "percent": each} for below, each in provider["tiers"]],
        "cap": f"{cap or 100} %",
    }
    policy = Policy("cloud", availability={"service": terms}, settlement={"currency": "USD"})
    for step, _ in steps:
        exact = APRIL * (100 - step) / 100
        assert exact.denominator == 1
        for more in (-1, 0, 1):
            downtime = int(exact) + more
            start = datetime(2026, 4, 1, tzinfo=UTC)
            outage = {"start": start, "end": start + timedelta(microseconds=downtime)}
            made = statement(policy, "2026-04", outages=[outage], fee=Decimal("99.90"))
            figure = 100 - Fraction(downtime, APRIL) * 100
            exact_credit = Fraction("99.90") * percent_of_scale(steps, figure, cap)
            assert made.total is not None
            assert int(made.total.amount * 100) == half_up(exact_credit)


def test_credits_by_misses_of_outages() -> None:
    """Three outages of which two count, CHF 50 each, and a step of 10 % of CHF 1,000."""
    terms = {
        "target": "99 %",
        "hours": "office",
        "credits": [{"below": "99 %", "percent": 10}, {"per": "miss", "amount": "CHF 50"}],
        "claim": {"within": "10 days", "from": "incident"},
    }
    policy = policy_of(availability={"web": terms})
    outages = [
        {"start": "2026-05-04T09:00Z", "end": "2026-05-04T12:00Z"},
        {"start": "2026-05-09T09:00Z", "end": "2026-05-09T12:00Z"},  # Saturday
        {"start": "2026-05-11T09:00Z", "end": "2026-05-11T10:00Z"},
    ]
    [line] = statement(policy, "2026-05", outages=outages, fee="CHF 1000").lines
    assert line.credit.amount == Money(200, "CHF")
    assert str(line.credit.claim_until) == "2026-05-14"
    assert [str(each.claim_until) for each in line.evidence] == ["2026-05-14", "2026-05-21"]
    assert line.credit.explain().splitlines() == [
        "97.62 % is below 99 %: 10 % of CHF 1,000.00 = CHF 100.00.",
        "2 misses: 2 × CHF 50.00 = CHF 100.00.",
        "Together CHF 200.00.",
    ]


@pytest.mark.parametrize(
    ("cap", "settlement", "words"),
    [
        ("25 %", {}, "the credit of 'web' for 2026-05 depends on the fee of the period"),
        (None, {"cap": "20 %"}, "the contract's cap is a share of the fee"),
    ],
)
def test_a_cap_that_is_a_share_needs_the_fee(
    cap: str | None, settlement: dict[str, Any], words: str
) -> None:
    """Also where the credits are amounts; without outages nothing needs it."""
    terms: dict[str, Any] = {"target": "99.9 %", "credits": [{"amount": "CHF 50"}]}
    if cap:
        terms["cap"] = cap
    policy = Policy("host", availability={"web": terms}, settlement=settlement)
    outages = [
        {"start": f"2026-05-{day:02}T08:00Z", "end": f"2026-05-{day:02}T09:00Z"}
        for day in range(1, 20)
    ]
    with pytest.raises(ContractError, match=words):
        statement(policy, "2026-05", outages=outages)
    assert statement(policy, "2026-05", outages=[]).total == Money(0, "CHF")
    owed = statement(policy, "2026-05", outages=outages, fee="CHF 1000").total
    assert owed == Money(250 if cap else 200, "CHF")


@pytest.mark.parametrize(("microseconds", "owed"), [(0, 0), (1, 100)])
def test_steps_look_at_the_rounded_figure(microseconds: int, owed: int) -> None:
    """Of April, 64 min 48 s leave 99.85 %, which rounds half up to 99.9 %, and more does not."""
    step = {"below": "99.9 %", "percent": 10}
    terms = {"target": "99.9 %", "decimals": 1, "credits": [step]}
    policy = Policy("host", availability={"web": terms}, settlement={"currency": "CHF"})
    start = datetime(2026, 4, 14, tzinfo=UTC)
    end = start + timedelta(minutes=64, seconds=48, microseconds=microseconds)
    made = statement(policy, "2026-04", outages=[{"start": start, "end": end}], fee=1000)
    assert made.total == Money(owed, "CHF")


def test_nothing_is_owed_for_what_is_not_measured() -> None:
    """A month in which no time was agreed, although there was an outage."""
    terms = {
        "target": "99.9 %",
        "hours": "office",
        "maintenance": {"2026-04-01..2026-04-30": "0-24"},
        "credits": [{"below": "99.9 %", "percent": 10}, {"amount": "CHF 5"}],
    }
    outages = [{"start": "2026-04-14T09:00Z", "end": "2026-04-14T14:00Z"}]
    made = statement(policy_of(availability={"web": terms}), "2026-04", outages=outages, fee=1000)
    assert (made.lines[0].verdict, made.total) == ("not measured", Money(0, "CHF"))
