"""Objectives that another one shadows, or for which no ticket can count."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lint.desks import desk, findings_of, row

TABLES = {"all": [row(response="1 hour", resolution="8 hours")]}


def test_objectives_that_never_apply() -> None:
    """The first of a metric and a period counts; a period is its word in any capitals."""

    def objective(metric: str = "", period: str = "", share: str = "90 %") -> dict[str, str]:
        named = {"metric": metric} if metric else {}
        return {"share": share, "of": "tickets", "period": period, **named}

    objectives = {
        "first": objective("response", "month"),
        "second": objective("response", "Calendar month", "95 %"),
        "yearly": objective("response", "year"),
        "other": objective("resolution", "month"),
        "always": objective("response"),
        "in the contract": objective("response", "the contract"),
        "elsewhere": objective(),
        "elsewhere too": objective(),
    }
    found = findings_of(desk(tables=TABLES, objectives=objectives), "shadowed-objective")
    assert [(one.path, one.message.split(", which")[0]) for one in found] == [
        ("objectives.second", "is for the same tickets as first"),
        ("objectives.in the contract", "is for the same tickets as always"),
    ]
    assert {one.severity for one in found} == {"warning"}


def test_objectives_of_other_tickets_are_not_shadowed() -> None:
    """Other conditions, exceptions, instants or rolling days make another objective."""
    common = {"metric": "response", "share": "90 %", "period": "month"}
    objectives = {
        "first": common,
        "high": {**common, "when": {"severity": "high"}},
        "gold again": {**common, "when": {"severity": "high"}, "share": "95 %"},
        "not gold": {**common, "except": {"severity": "high"}},
        "due": {**common, "counted_by": "due"},
        "rolling": {**common, "period": "rolling 30 days"},
        "longer": {**common, "period": "rolling 90 days"},
        "median": {"metric": "response", "percentile": 50, "within": "1 hour"},
        "most": {"metric": "response", "percentile": 95, "within": "8 hours"},
    }
    found = findings_of(desk(tables=TABLES, objectives=objectives), "shadowed-objective")
    assert [one.path for one in found] == ["objectives.gold again"]


@pytest.mark.parametrize(
    ("objective", "reason"),
    [
        ({"when": {"severity": ["high", "low"]}}, ""),
        ({"when": {"severity": "high"}, "except": {"severity": "high"}}, "its exceptions take all"),
        ({"except": {"severity": ["high", "medium", "low"]}}, "its exceptions take all"),
        (
            {"when": {"severity": "high", "not": {"severity": "high"}}},
            "none that the policy accepts meets",
        ),
        (
            {"metric": "resolution", "when": {"severity": "high"}},
            "none of them has a target for reso",
        ),
        ({"metric": "resolution", "when": {"severity": "low"}}, ""),
    ],
)
def test_objectives_for_which_no_ticket_counts(objective: dict[str, Any], reason: str) -> None:
    """Only low tickets have a target for the resolution."""
    tables = {
        "all": [{"targets": {"response": "1 hour"}}],
        "low": [{"when": {"severity": "low"}, "targets": {"resolution": "4 hours"}}],
    }
    whole = {"metric": "response", "share": "90 %", **objective}
    found = findings_of(desk(tables=tables, objectives={"one": whole}), "idle-objective")
    assert [one.path for one in found] == ["objectives.one"] * bool(reason)
    assert all(f"no ticket counts for it: {reason}" in one.message for one in found)


def test_times_of_their_own_need_no_target() -> None:
    tables = {"all": [{"targets": {"response": "1 hour"}}]}
    objectives = {
        "mean": {"metric": "resolution", "mean": "4 hours"},
        "most": {"metric": "resolution", "percentile": 90, "within": "4 hours"},
    }
    assert not findings_of(desk(tables=tables, objectives=objectives), "idle-objective")
