"""Maintenance that takes the agreed time away, or has no effect."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from slacalc import Finding, Policy
from slacalc._policy.money import percent_texts
from tests.lint.desks import OFFICE

CALENDARS = {
    "office": OFFICE,
    "all-day": {"time_zone": "Europe/Paris", "week": {"mon-fri": "8-18"}},
    "sundays": {"time_zone": "Europe/Paris", "week": {"sun": "2-6"}},
    "most": {"time_zone": "Europe/Paris", "week": {"mon-fri": "9-14"}},
}


def findings(**target: Any) -> list[Finding]:
    """The findings on a target of 99 %, in 2025."""
    policy = Policy(
        "host",
        calendar="office",
        calendars=CALENDARS,
        effective_from="2025-01-01",
        effective_until="2025-12-31",
        availability={"web": {"target": "99 %", **target}},
    )
    return [finding for finding in policy.lint() if finding.path.startswith("availability")]


@pytest.mark.parametrize(
    ("target", "line"),
    [
        (
            {"hours": "office", "maintenance": "all-day"},
            (
                "error: availability.web: maintenance takes all the service hours of the period "
                "from 2025-01-01 [little-agreed-time]"
            ),
        ),
        (  # five of eight hours
            {"hours": "office", "maintenance": "most", "period": "rolling 30 days"},
            (
                "warning: availability.web: maintenance takes 62.5 % of the service hours of the "
                "period from 2025-01-01 [little-agreed-time]"
            ),
        ),
        (
            {"hours": "office", "maintenance": "sundays"},
            (
                "notice: availability.web.maintenance: maintenance is never in the service hours, "
                "so that it changes nothing [idle-maintenance]"
            ),
        ),
        (  # all the hours of one week
            {
                "hours": "office",
                "maintenance": {"2025-06-02..2025-06-06": "00:00-24:00"},
                "period": "week",
            },
            (
                "error: availability.web: maintenance takes all the service hours of the period "
                "from 2025-06-02 [little-agreed-time]"
            ),
        ),
        ({"hours": "office"}, ""),
        (  # five Sundays in the 720 hours of June
            {"maintenance": "sundays"},
            (
                "notice: availability.web: maintenance takes 2.778 % of the service hours of the "
                "period from 2025-06-01, more than the 1 % that outages may take "
                "[maintenance-above-target]"
            ),
        ),
        ({"maintenance": {"2025-05-04": "2:00-9:26:24"}}, ""),  # 1 % of the 744 hours of May
        (
            {"maintenance": {"2025-05-04": "2:00-9:26:25"}},
            (
                "notice: availability.web: maintenance takes 1.00004 % of the service hours of the "
                "period from 2025-05-01, more than the 1 % that outages may take "
                "[maintenance-above-target]"
            ),
        ),
        ({"hours": "office", "maintenance": {"2025-06-02": "9-12"}, "period": "quarter"}, ""),
        (
            {"hours": "office", "maintenance": {"2025-06-02": "9-12"}, "period": "day"},
            (
                "notice: availability.web: maintenance takes 37.5 % of the service hours of the "
                "period from 2025-06-02, more than the 1 % that outages may take "
                "[maintenance-above-target]"
            ),
        ),
    ],
)
def test_maintenance(target: dict[str, Any], line: str) -> None:
    assert [*map(str, findings(**target))] == ([line] if line else [])


@pytest.mark.parametrize(
    ("percents", "texts"),
    [
        ((Fraction(1), Fraction(10001, 10000)), ["1 %", "1.0001 %"]),
        ((Fraction(1), Fraction(1), Fraction(12345, 10000)), ["1 %", "1 %", "1.235 %"]),
        ((Fraction(1, 10**9), Fraction(0)), ["0.000000001 %", "0 %"]),
        ((100 - Fraction(1, 10**5), Fraction(100)), ["99.99999 %", "100 %"]),
    ],
)
def test_two_percentages_that_differ_look_different(
    percents: tuple[Fraction, ...], texts: list[str]
) -> None:
    """With as many decimals as that needs."""
    assert percent_texts(percents, 3) == texts
