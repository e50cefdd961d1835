"""Which tickets and instants are tried, and what that proves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from slacalc._lint.cases import CaseSet
from slacalc._time.instants import to_instant
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


OPEN = {
    "severity": ["high", "medium", "low"],
    "area": ["near", "far"],
    "city": {"kind": "text"},  # which may have any value
}


@pytest.mark.parametrize(
    ("wide", "narrow", "is_included"),
    [
        ({}, {"severity": "high"}, True),
        ({"severity": "high"}, {}, False),
        ({"severity": ["high", "medium"]}, {"severity": "high", "area": "near"}, True),
        ({"severity": "high"}, {"severity": ["high", "medium"]}, False),
        ({"severity": "high"}, {"area": "near"}, False),
        ({"severity": {"not": "low"}}, {"severity": {"not": "low"}}, True),
        ({"severity": {"not": "low"}}, {"severity": {"not": "high"}}, False),
        ({"severity": {"not": "low"}}, {"severity": "low"}, False),
        ({"severity": {"not": "low"}}, {"severity": "high"}, True),
        ({"city": {"not": "Rome"}}, {"city": {"not": "Rome"}}, True),
        ({"city": {"not": "Rome"}}, {"city": {"not": "Oslo"}}, False),
        ({"city": {"not": "Rome"}}, {"city": "Rome"}, False),
        ({"city": {"not": "Rome"}}, {"city": "Oslo"}, False),  # it does, but that is not proven
    ],
)
def test_a_row_includes_another(
    wide: dict[str, Any],
    narrow: dict[str, Any],
    is_included: bool,  # noqa: FBT001 - parametrised
) -> None:
    """If each of its conditions is met by all values that the other row allows."""
    rows = [row(wide, response="1 hour"), row(narrow, response="1 hour")]
    policy = desk(attributes=OPEN, tables={"all": rows})
    assert CaseSet(policy).includes(*policy.tables["all"]) is is_included


@pytest.mark.parametrize(
    ("first", "second", "is_excluded"),
    [
        ({"severity": "high"}, {"severity": "low"}, True),
        ({"severity": "high"}, {"severity": ["high", "low"]}, False),
        ({"severity": "high", "area": "near"}, {"severity": "high", "area": "far"}, True),
        ({"severity": "high"}, {"area": "near"}, False),
        ({"severity": "high"}, {}, False),
        ({"severity": "high"}, {"severity": {"not": "high"}}, True),
        ({"city": "Rome"}, {"city": "Oslo"}, True),
        ({"city": "Rome"}, {"city": {"not": "Rome"}}, False),  # they do, but that is not proven
        ({"received": "open"}, {"received": "weekend"}, False),  # a desk may work at weekends
    ],
)
def test_rows_exclude_each_other(
    first: dict[str, Any],
    second: dict[str, Any],
    is_excluded: bool,  # noqa: FBT001 - parametrised
) -> None:
    """If no value of some attribute meets both."""
    rows = [row(first, response="1 hour"), row(second, response="1 hour")]
    policy = desk(attributes=OPEN, tables={"all": rows})
    assert CaseSet(policy).exclude(*policy.tables["all"]) is is_excluded


def test_tickets_may_lack_an_optional_attribute() -> None:
    """Unless it has a default; one value stands for all that no condition distinguishes."""
    near, values = row({"area": "near"}, response="1 hour"), ["near", "far", "farther"]
    for facts, classes in (
        ({}, ["near", "far"]),
        ({"optional": True}, ["near", "far", None]),
        ({"default": "far"}, ["near", "far"]),
    ):
        policy = desk(attributes={"area": {"values": values, **facts}}, tables={"all": [near]})
        assert CaseSet(policy).classes == {"area": classes}


def test_the_edges_of_hours_are_tried() -> None:
    """With the second before each, and the middle; 1 January 2025 is a Wednesday."""
    term = {"effective_from": "2025-01-01", "effective_until": "2025-12-31"}
    instants = CaseSet(desk(tables={"all": [row(response="1 hour")]}, **term)).instants
    for time in ("08:59:59", "09:00:00", "13:00:00", "16:59:59", "17:00:00"):
        assert to_instant(f"2025-01-01T{time}+01:00") in instants


def test_many_calendars_share_the_instants() -> None:
    """So that a policy with twenty calendars is checked as fast as one with a single calendar."""
    calendars = {
        f"desk-{i}": {"time_zone": "UTC", "week": {"mon-fri": f"08:{i:02}-17:{i:02}"}}
        for i in range(20)
    }
    policy = desk(calendars=calendars, tables={"all": [row(response="1 hour")]})
    assert len(CaseSet(policy).instants) <= 480


def test_the_last_year_with_published_holidays_is_tried() -> None:
    """For a policy without a term; else its term, but at most two years."""
    published = {"office": {**OFFICE, "holidays": ["2025-05-01"], "horizon": 2025}}
    by_rule = {"office": {**OFFICE, "holidays": "FR"}}  # which reach to 2100
    tables = {"all": [row(response="1 hour")]}
    for calendars, year in ((published, 2025), (by_rule, 2026), ({"office": OFFICE}, 2026)):
        window = CaseSet(desk(calendars=calendars, tables=tables)).window
        assert window == (date(year, 1, 1), date(year, 12, 31))
    long = desk(tables=tables, effective_from="2020-03-01", effective_until="2030-12-31")
    assert CaseSet(long).window == (date(2020, 3, 1), date(2022, 3, 3))  # 732 days on
