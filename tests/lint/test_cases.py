"""Which tickets and instants are tried, and what that proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.lint.desks import OFFICE, deadlines_of, desk, only_finding, row

if TYPE_CHECKING:
    from slacalc import Policy

WIDE = {f"a{i}": [f"v{j}" for j in range(9)] for i in range(6)}


def wide(*rows: dict[str, Any], **tables: list[dict[str, Any]]) -> Policy:
    """A policy with more kinds of tickets than can be tried."""
    asking = row({f"a{i}": [f"v{j}" for j in range(i + 1)] for i in range(6)}, resolution="1 hour")
    every = [row({f"a{i}": f"v{j}"}, resolution="2 hours") for i in range(6) for j in range(9)]
    return desk(attributes=WIDE, tables={"all": list(rows), "ask": [asking, *every], **tables})


def test_row_by_row_it_says_so_and_proves_what_it_says() -> None:
    """A row that one earlier row includes is dead; one that might be reached is not accused."""
    policy = wide(
        row({"a0": ["v0", "v1"]}, response="1 hour"),
        row({"a0": "v1", "a1": "v3"}, response="2 hours"),
        row({"a1": "v3"}, response="3 hours"),
        row(response="4 hours"),
    )
    findings = policy.lint()
    assert not findings.is_exhaustive
    assert "row by row" in str(findings)
    dead = [one for one in findings if one.kind == "unreachable-row"]
    assert "tables.all[1]" in [one.path for one in dead]
    assert not {"tables.all[2]", "tables.all[3]"} & {one.path for one in dead}
    for one in dead:
        assert deadlines_of(policy, one)


def test_row_by_row_it_finds_tables_that_undercut() -> None:
    """As it does where it can try everything, with an example."""
    policy = wide(
        row(response="4 hours"), special=[row({"a0": "v0", "a1": "v1"}, response="8 hours")]
    )
    finding = only_finding(policy, "undercut")
    assert finding.path == "tables.special[0].targets.response"
    assert deadlines_of(policy, finding)["response"].table == "all"


def test_each_kind_of_day_is_tried() -> None:
    """A promise for holidays alone is compared on the only holiday of the year, a Thursday."""
    office = {**OFFICE, "holidays": ["2025-05-01"]}
    tables = {
        "everybody": [row(response="4 hours")],
        "holidays": [row({"received": "holiday"}, response="8 hours")],
    }
    policy = desk(
        calendars={"office": office},
        tables=tables,
        effective_from="2025-01-01",
        effective_until="2025-12-31",
    )
    finding = only_finding(policy, "undercut")
    assert finding.path == "tables.holidays[0].targets.response"
    assert finding.received_at is not None
    assert str(finding.received_at.date()) == "2025-05-01"
