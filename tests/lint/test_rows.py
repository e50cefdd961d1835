"""Rows out of reach, never reached, missing, or undercut by other tables."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc.errors import NeverOpen
from tests.lint.desks import OFFICE, deadlines_of, desk, findings_of, only_finding, row


def test_rows_never_reached() -> None:
    """An earlier row takes all its tickets, or two earlier rows together do."""
    rows = [
        row({"severity": ["high", "medium"]}, response="1 hour"),
        row({"severity": "high"}, response="2 hours"),
        row(response="3 hours"),
    ]
    finding = only_finding(desk(tables={"all": rows}), "unreachable-row")
    assert finding.path == "tables.all[1]"
    assert "all[0] comes first" in finding.message
    assert deadlines_of(desk(tables={"all": rows}), finding)["response"].row == 0
    split = [
        row({"area": "near"}, response="1 hour"),
        row({"area": "far"}, response="2 hours"),
        rows[2],
    ]
    finding = only_finding(desk(tables={"all": split}), "unreachable-row")
    assert (finding.path, "all[0] or all[1]" in finding.message) == ("tables.all[2]", True)
    assert not findings_of(desk(tables={"all": [rows[0], rows[2]]}), "unreachable-row")


def test_targets_never_reached() -> None:
    """A row may be reached for one metric and not for another."""
    rows = [row(response="1 hour"), row(response="2 hours", resolution="8 hours")]
    finding = only_finding(desk(tables={"all": rows}), "unreachable-row")
    assert finding.path == "tables.all[1].targets.response"
    assert finding.message == "its response is never reached: all[0] comes first"
    assert not findings_of(desk(tables={"all": rows[:1]}), "unreachable-row")


def test_rows_never_reached_on_some_moments() -> None:
    """A row that asks for the moment of receipt is shown at such a moment."""
    rows = [row(response="1 hour"), row({"received": "weekend"}, response="2 hours")]
    policy = desk(tables={"all": rows})
    finding = only_finding(policy, "unreachable-row")
    assert (finding.path, finding.example) == ("tables.all[1]", {})
    assert finding.received_at is not None
    assert finding.received_at.isoweekday() in (6, 7)
    assert "all[0] comes first" in finding.message


@pytest.mark.parametrize(
    "received",
    [
        "before 09:00",  # what comes in before counts as received at nine
        "after 17:00",
        ["after 14:00", "before 12:00"],
        "saturday",
        ["friday", "after 17:00"],
        ["closed", "after 14:00"],
    ],
)
def test_rows_whose_cut_offs_never_hold(received: str | list[str]) -> None:
    """No moment counts as one at which they would."""
    rows = [row({"received": received}, response="1 hour"), row(response="2 hours")]
    finding = only_finding(desk(tables={"all": rows}), "unreachable-row")
    assert finding.path == "tables.all[0]"
    assert "no ticket that the policy accepts" in finding.message


@pytest.mark.parametrize(
    "received",
    [
        "before 09:00:01",
        ["friday", "after 16:59:59"],
        ["closed", "monday"],
        "after 18:00",  # in summer
        ["weekend", "tuesday"],  # before Whit Monday
        ["working-day", "closed", "before 14:00"],
        {"not": ["monday", "tuesday", "wednesday", "thursday"]},
    ],
)
def test_rows_whose_cut_offs_hold_at_some_moment(received: str | list[str]) -> None:
    """However rare it is, the row is not found to be out of reach."""
    office = OFFICE | {
        "holidays": ["2026-05-25"],
        "changes": {"2026-07-01": {"week": {"mon-fri": "9-19"}}},
    }
    rows = [row({"received": received}, response="1 hour"), row(response="2 hours")]
    policy = desk(tables={"all": rows}, calendars={"office": office})
    assert not findings_of(policy, "unreachable-row")


def test_rows_behind_cut_offs() -> None:
    """Two cut-offs divide all moments, and an hour later leaves a gap."""
    before, after = row({"received": "before 14:00"}, response="1 hour"), row(response="2 hours")
    after["when"] = {"received": "after 14:00"}
    assert not findings_of(desk(tables={"all": [before, after]}), "uncovered-ticket")
    finding = only_finding(
        desk(tables={"all": [before, after, row(response="3 hours")]}), "unreachable-row"
    )
    assert (finding.path, "all[0] or all[1]" in finding.message) == ("tables.all[2]", True)
    late = row({"received": "after 15:00"}, response="2 hours")
    finding = only_finding(desk(tables={"all": [before, late]}), "uncovered-ticket")
    assert finding.received_at is not None
    assert 14 <= finding.received_at.hour < 15
    earlier = row({"received": "before 12:00"}, response="2 hours")
    finding = only_finding(desk(tables={"all": [before, earlier, after]}), "unreachable-row")
    assert (finding.path, "all[0] comes first" in finding.message) == ("tables.all[1]", True)


def test_due_dates_behind_cut_offs() -> None:
    """A later due date before the cut-off is found at a moment before it."""
    rows = [
        row({"received": "before 14:00", "severity": "high"}, response="end of working day + 1"),
        row({"received": "before 14:00"}, response="16:00 of working day + 0"),
        row(response="end of working day + 2"),
    ]
    finding = only_finding(desk(tables={"all": rows}), "rank-reversed")
    due = deadlines_of(desk(tables={"all": rows}), finding)["response"]
    assert finding.received_at is not None
    assert (due.row, finding.received_at.hour < 14) == (0, True)


def test_rows_that_only_refused_tickets_meet() -> None:
    """No ticket that the policy accepts meets them."""
    rows = [row({"severity": "high"}, response="1 hour"), row(response="2 hours")]
    refusals = [{"when": {"severity": "high"}, "because": "call"}]
    finding = only_finding(desk(tables={"all": rows}, refusals=refusals), "unreachable-row")
    assert (finding.path, finding.example) == ("tables.all[0]", {})
    assert "no ticket that the policy accepts" in finding.message


def test_tickets_without_a_row() -> None:
    """To somebody nothing is promised at all; words are a promise."""
    rows = [row({"severity": ">= medium"}, response="1 hour")]
    finding = only_finding(desk(tables={"all": rows}), "uncovered-ticket")
    assert finding.example == {"severity": "low"}
    answer = deadlines_of(desk(tables={"all": rows}), finding)
    assert {one.reason for one in answer.values()} == {"nothing is promised"}
    words = [*rows, row(resolution={"promise": "some day"})]
    assert not findings_of(desk(tables={"all": words}), "uncovered-ticket")


OPTIONAL = {"tier": {"values": ["gold", "silver"], "optional": True}}


@pytest.mark.parametrize(
    ("whens", "example", "lacking"),
    [
        ([{"tier": "gold"}, {"tier": "silver"}], {}, "tier"),
        ([{"tier": "gold"}, {"tier": {"not": "gold"}}], {}, "tier"),
        # Whoever has silver is not promised anything either, and this shows more.
        ([{"tier": "gold"}], {"tier": "silver"}, ""),
        ([{"tier": ["gold", "silver"], "severity": "high"}], {"tier": "gold"}, ""),
        # One of the two is enough.
        ([{"any": [{"tier": ["gold", "silver"]}, {"note": "*"}]}], {}, "tier and note"),
        ([{"tier": ["gold", "silver"], "note": "*"}], {"tier": "gold"}, "note"),
    ],
)
def test_what_tickets_without_a_row_lack(
    whens: list[dict[str, Any]], example: dict[str, Any], lacking: str
) -> None:
    """Named if no ticket that has it is without a promise."""
    attributes = {
        "severity": ["high", "low"],
        **OPTIONAL,
        "note": {"kind": "text", "optional": True},
    }
    rows = [row(when, response="1 hour") for when in whens]
    policy = desk(tables={"all": rows}, attributes=attributes)
    finding = only_finding(policy, "uncovered-ticket")
    assert finding.example.items() >= example.items()
    assert f"some tickets that lack {lacking} (" in finding.message or not lacking
    assert lacking or "lack" not in finding.message
    assert not any(name in finding.example for name in lacking.split(" and "))


def test_a_narrow_table_that_promises_later() -> None:
    """Special customers who are promised more time than everybody: a warning."""
    tables = {
        "everybody": [row(response="4 hours")],
        "special": [row({"severity": "high"}, response="8 hours")],
    }
    policy = desk(tables=tables)
    finding = only_finding(policy, "undercut")
    assert (finding.severity, finding.path) == ("warning", "tables.special[0].targets.response")
    promises = deadlines_of(policy, finding)["response"].promises
    assert [one.table for one in promises] == ["everybody", "special"]
    assert findings_of(policy, "never-strictest")


def test_a_broad_table_that_promises_later_is_how_tiers_are_made() -> None:
    """A slower promise to everybody, a quicker one to some: a notice; both ways: nothing."""
    tables = {
        "everybody": [row(response="8 hours")],
        "special": [row({"severity": "high"}, response="4 hours")],
    }
    assert only_finding(desk(tables=tables), "undercut").severity == "notice"
    assert not findings_of(desk(tables=tables), "never-strictest")
    alike = tables | {"special": [row(response="4 hours")]}  # for the same tickets
    assert only_finding(desk(tables=alike), "undercut").severity == "warning"
    either = tables | {"everybody": [row(response="3 working hours")]}  # later on a Friday only
    assert not findings_of(desk(tables=either), "undercut")


def test_targets_that_no_calendar_can_meet() -> None:
    """A calendar that is never open, and a target beyond all years."""
    closed = {"office": {"time_zone": "UTC", "week": "closed"}}
    policy = desk(calendars=closed, tables={"all": [row(response="1 working hour")]})
    finding = only_finding(policy, "out-of-reach")
    assert (finding.severity, finding.path) == ("error", "tables.all[0].targets.response")
    with pytest.raises(NeverOpen):
        deadlines_of(policy, finding)
    assert only_finding(policy, "never-open").severity == "error"
    far = desk(tables={"all": [row(response="99999 working days")]})
    assert only_finding(far, "out-of-reach").severity == "error"
    assert not findings_of(desk(tables={"all": [row(response="300 working days")]}), "out-of-reach")


def test_limits_before_targets() -> None:
    """At once where the units are the same, at a moment where they are not."""
    early = desk(tables={"all": [row(response={"within": "4 hours", "limit": "2 hours"})]})
    finding = only_finding(early, "limit-before-target")
    assert (finding.severity, finding.path) == ("error", "tables.all[0].targets.response.limit")
    mixed = {"within": "4 working hours", "limit": "24 hours"}
    policy = desk(tables={"all": [row(response=mixed)]})
    finding = only_finding(policy, "limit-before-target")
    assert deadlines_of(policy, finding)["response"].limit is None  # the bound is before the due
    fine = desk(tables={"all": [row(response={"within": "2 hours", "limit": "4 hours"})]})
    assert not findings_of(fine, "limit-before-target")
