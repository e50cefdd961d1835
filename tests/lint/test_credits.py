"""Scales out of order, credits above a cap, and terms of credits without a use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slacalc import Finding, Policy

PROVIDERS = json.loads(
    (Path(__file__).parent.parent / "data" / "service-credits.json").read_text("utf-8")
)
KINDS = {"idle-credit", "credit-order", "credit-above-target", "credit-above-cap"}
FEW = {"below": "99 %", "percent": 10}
MANY = {"below": "95 %", "percent": 25}


def findings(policy: Policy) -> list[Finding]:
    return [finding for finding in policy.lint() if finding.kind in KINDS]


def web(*steps: dict[str, Any], settlement: dict[str, Any] | None = None, **terms: Any) -> Policy:
    """A policy with one target of 99.9 %."""
    target = {"target": "99.9 %", "credits": list(steps), **terms}
    return Policy("host", availability={"web": target}, settlement=settlement or {})


@pytest.mark.parametrize(
    ("policy", "line"),
    [
        (web(FEW, MANY), ""),
        (web(MANY, FEW), ""),  # the order in the file does not matter
        (
            web(FEW, {"below": "95 %", "percent": 5}),
            (
                "warning: availability.web.credits[1]: the credit below 95 % is 5 %, less than the "
                "10 % below 99 % [credit-order]"
            ),
        ),
        (web(FEW, {"below": "95 %", "amount": "CHF 5"}), ""),  # which is more depends on the fee
        (
            web(FEW, {"below": "99.00 %", "percent": 20}),
            (
                "warning: availability.web.credits[1]: another step has the threshold 99.00 % as "
                "well [idle-credit]"
            ),
        ),
        (
            web(FEW, {"below": "0 %", "percent": 20}),
            "warning: availability.web.credits[1]: no figure is below 0 % [idle-credit]",
        ),
        (  # rounded figures are 99.9 %, 99.8 % and so on
            web(
                {"below": "99.85 %", "percent": 5}, {"below": "99.81 %", "percent": 10}, decimals=1
            ),
            (
                "warning: availability.web.credits[0]: no figure is below 99.85 % that is not "
                "below a lower step [idle-credit]"
            ),
        ),
        (web({"below": "99.85 %", "percent": 5}, FEW, decimals=1), ""),
        (
            web({"below": "99.95 %", "percent": 5}),
            (
                "notice: availability.web.credits[0]: a figure below 99.95 % earns a credit "
                "although it may meet the target of 99.9 % [credit-above-target]"
            ),
        ),
        (
            web(MANY, cap="20 %"),
            (
                "warning: availability.web.credits[0]: the credit of 25 % is above its cap of 20 % "
                "[credit-above-cap]"
            ),
        ),
        (web(MANY, cap="25 %"), ""),
        (web(MANY, cap="CHF 20"), ""),
        (
            web({"amount": "CHF 12.50"}, cap="CHF 10"),
            (
                "warning: availability.web.credits[0]: the credit of CHF 12.5 is above its cap of "
                "CHF 10 [credit-above-cap]"
            ),
        ),
        (
            web({"below": "99 %", "points": 6}, settlement={"cap": "10 %", "percent_per_point": 2}),
            (
                "warning: availability.web.credits[0]: the credit of 12 % is above the contract's "
                "cap of 10 % [credit-above-cap]"
            ),
        ),
        (
            web({"below": "99 %", "allocation": 50}, settlement={"cap": "5 %", "at_risk": 12}),
            (
                "warning: availability.web.credits[0]: the credit of 6 % is above the contract's "
                "cap of 5 % [credit-above-cap]"
            ),
        ),
        (
            web({"amount": "CHF 5"}, target="0 %"),
            ("warning: availability.web.credits[0]: a target of 0 % is never missed [idle-credit]"),
        ),
        (
            web(earn_back=2),
            (
                "notice: availability.web.earn_back: earn_back has no effect without credits "
                "[idle-credit]"
            ),
        ),
        (
            web(claim={"from": "incident"}),
            "notice: availability.web.claim: claim has no effect without credits [idle-credit]",
        ),
        (
            web(FEW, settlement={"at_risk": 12}),
            (
                "notice: settlement.at_risk: no credit states its allocation, so that this has no "
                "effect [idle-credit]"
            ),
        ),
        (
            web(FEW, settlement={"percent_per_point": 1}),
            (
                "notice: settlement.percent_per_point: no credit states its points, so that this "
                "has no effect [idle-credit]"
            ),
        ),
        (
            web(settlement={"cap": "12 %"}),
            "notice: settlement.cap: there are no credits for it to limit [idle-credit]",
        ),
    ],
)
def test_credits(policy: Policy, line: str) -> None:
    assert [*map(str, findings(policy))] == ([line] if line else [])


def test_objectives_and_duties_have_credits_as_well() -> None:
    late: dict[str, Any] = {"every": "month", "credits": [{"amount": "CHF 50"}], "cap": "CHF 20"}
    share: dict[str, Any] = {"metric": "repair", "share": "90 %", "credits": [FEW]}
    policy = Policy(
        "host", metrics={"repair": {}}, objectives={"solved": share}, duties={"call": late}
    )
    assert [(finding.kind, finding.path) for finding in findings(policy)] == [
        ("credit-above-cap", "duties.call.credits[0]"),
        ("credit-above-target", "objectives.solved.credits[0]"),
    ]


def test_published_scales() -> None:
    """Three providers credit above what they promise, and the cap of one is below every credit."""
    expected = {
        "planetscale": ["credit-above-target"],
        "redis-cloud": ["credit-above-target"],
        "sanity": ["credit-above-target"],
        "snowflake": ["credit-above-cap"] * 3,
    }
    for provider in PROVIDERS:
        steps = [{"below": f"{below} %", "percent": each} for below, each in provider["tiers"]]
        terms: dict[str, Any] = {"target": f"{provider['uptime']} %"}
        if provider["cap_percent"]:
            terms["cap"] = f"{provider['cap_percent']} %"
        kinds = [finding.kind for finding in findings(web(*steps, **terms))]
        assert kinds == expected.get(provider["provider"], []), provider["provider"]
