"""Adjustments without effect, calendars that are missing, and findings beside both."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lint.desks import OFFICE, deadlines_of, desk, findings_of, only_finding, row

ROWS = {"all": [row(response="2 hours", resolution="8 hours")]}
HALF = {"response": 0.5}


def adjustment(scale: dict[str, float], **when: Any) -> dict[str, Any]:
    return {"when": when, "scale": scale}


@pytest.mark.parametrize(
    ("parts", "path", "message"),
    [
        (
            {"tables": {"all": [row(resolution="8 hours")]}},
            "adjustments[0].scale.response",
            "no row promises response a time",
        ),
        (
            {"tables": {"all": [row(response={"promise": "soon"})]}},
            "adjustments[0].scale.response",
            "no row promises response a time",
        ),
        (
            {
                "tables": {
                    "all": [row({"severity": "low"}, response="2 hours"), row(resolution="1 hour")]
                }
            },
            "adjustments[0].scale.response",
            "no ticket that meets these conditions has a time for response to scale",
        ),
        (
            {"tables": {"all": [row(response="at once")]}},
            "adjustments[0].scale.response",
            "no ticket that meets these conditions has a time for response to scale",
        ),
        (
            {"refusals": [{"when": {"severity": "high"}, "because": "we do not"}], "tables": ROWS},
            "adjustments[0]",
            "no ticket that the policy accepts meets these conditions",
        ),
    ],
)
def test_adjustments_without_effect(parts: dict[str, Any], path: str, message: str) -> None:
    policy = desk(adjustments=[adjustment(HALF, severity="high")], **parts)
    finding = only_finding(policy, "idle-adjustment")
    assert (finding.severity, finding.path, finding.message) == ("warning", path, message)


def test_a_factor_of_one() -> None:
    policy = desk(adjustments=[adjustment({"response": 1, "resolution": 2})], tables=ROWS)
    finding = only_finding(policy, "idle-adjustment")
    assert (finding.path, finding.message) == (
        "adjustments[0].scale.response",
        "a factor of 1 changes nothing",
    )


def test_adjustments_with_an_effect() -> None:
    """Alone, with others, and where the products of two come to one."""
    both = [adjustment(HALF, severity="high"), adjustment({"response": 2}, area="far")]
    assert not findings_of(desk(adjustments=both, tables=ROWS), "idle-adjustment")


def test_the_order_of_metrics_is_that_of_the_products() -> None:
    """The response takes three times as long for some, and then longer than the resolution."""
    rows = {"all": [row(response="2 hours", resolution="4 hours")]}
    policy = desk(adjustments=[adjustment({"response": 3}, area="far")], tables=rows)
    finding = only_finding(policy, "metric-order")
    assert finding.example["area"] == "far"
    assert "response (6 hours) may be due after resolution (4 hours in all[0])" in finding.message
    answers = deadlines_of(policy, finding)
    assert answers["response"].due > answers["resolution"].due


def test_ranks_are_compared_by_the_products() -> None:
    """High tickets have half of the time of low ones, until an adjustment makes it the double."""
    rows = {
        "all": [row({"severity": "high"}, response="2 hours"), row(response="4 hours")],
    }
    assert not findings_of(desk(tables=rows), "rank-reversed")
    policy = desk(adjustments=[adjustment({"response": 4}, severity="high")], tables=rows)
    finding = only_finding(policy, "rank-reversed")
    assert finding.message.startswith("response: severity = high ranks above medium")


def test_a_table_is_undercut_for_some() -> None:
    """Without the adjustment the second table is quicker for all tickets."""
    tables = {"one": [row(response="4 hours")], "two": [row(response="3 hours")]}
    assert findings_of(desk(tables=tables), "undercut")
    quick = desk(tables=tables, adjustments=[adjustment({"response": 0.5})])
    assert findings_of(quick, "undercut")


def test_gaps_are_found_beside_adjustments() -> None:
    rows = {"all": [row({"severity": "high"}, response="2 hours")]}
    policy = desk(adjustments=[adjustment(HALF, severity="high")], tables=rows)
    assert only_finding(policy, "uncovered-ticket").example["severity"] in ("medium", "low")


def test_values_without_a_calendar() -> None:
    """Listed values, and the lack of the attribute; not those of free text, nor with a default."""
    choice = {"field": "area", "near": "office"}
    policy = desk(calendar=choice, tables=ROWS)
    finding = only_finding(policy, "no-calendar")
    assert (finding.severity, finding.path, finding.example["area"]) == (
        "warning",
        "attributes.area",
        "far",
    )
    assert finding.message == (
        "tickets with area = far are refused, since no calendar is named for them"
    )
    assert not findings_of(
        desk(calendar=choice | {"default": "office"}, tables=ROWS), "no-calendar"
    )
    optional = {"area": {"values": ["near", "far"], "optional": True}}
    whole = choice | {"far": "office"}
    finding = only_finding(desk(calendar=whole, attributes=optional, tables=ROWS), "no-calendar")
    assert (
        finding.message == "tickets without area are refused, since no calendar is named for them"
    )
    free = {"area": {"kind": "text"}}
    assert not findings_of(desk(calendar=choice, attributes=free, tables=ROWS), "no-calendar")


def test_rows_out_of_reach_on_one_calendar() -> None:
    """A target can be met at one site, and never at the other."""
    calendars = {"office": OFFICE, "shut": {"time_zone": "UTC", "week": "closed"}}
    choice = {"field": "area", "near": "office", "far": "shut"}
    rows = {"all": [row(response="2 working hours")]}
    policy = desk(calendars=calendars, calendar=choice, tables=rows)
    assert only_finding(policy, "out-of-reach").example["area"] == "far"


def test_too_many_tickets_to_try_all() -> None:
    """A finding needs a proof then; adjustments are still tried with each row."""
    attributes = {f"a{number}": {"values": [*range(9)], "default": 0} for number in range(8)}
    rows = {
        "all": [
            *(row({name: 1}, response="2 hours", resolution="3 hours") for name in attributes),
            row(response="2 hours", resolution="3 hours"),
        ]
    }
    policy = desk(
        attributes=attributes,
        tables=rows,
        adjustments=[
            adjustment({"response": 2}, a0=2, a1=3),
            adjustment({"response": 2}, a0=[5, 6], a1=[5, 6], a2=[5, 6], a3=[5, 6], a4=5, a5=6),
        ],
    )
    assert not policy.lint().is_exhaustive
    assert not findings_of(policy, "idle-adjustment")
    found = findings_of(policy, "metric-order")
    assert found
    assert {deadlines_of(policy, one)["response"].within for one in found} == {"4 hours"}
