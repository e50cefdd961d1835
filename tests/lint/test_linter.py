"""Findings of a policy and its versions, each with an example that shows it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import Policy, presets
from slacalc.errors import PolicyError
from tests.lint.desks import deadlines_of, desk, findings_of, row


def test_a_policy_in_order() -> None:
    """Nothing odd, and it says how it looked."""
    policy = desk(
        tables={
            "all": [
                row({"severity": "high"}, response="1 working hour", resolution="8 working hours"),
                row(response="2 working hours", resolution="3 working days"),
            ]
        }
    )
    findings = policy.lint()
    assert not findings, str(findings)
    assert findings.is_exhaustive
    assert findings.tickets == 2  # high, and what is not
    assert str(findings).startswith("no findings\ntried all kinds of tickets: 2 at ")


@pytest.mark.parametrize(
    ("until", "begins", "kind", "severity"),
    [
        ("2025-06-30", "2025-07-02", "version-gap", "warning"),
        ("2025-06-30", "2025-07-01", "", ""),
        ("2025-06-30", "2025-06-30", "version-overlap", "warning"),
        (None, "2025-07-01", "", ""),
        (None, "2025-01-01", "version-overlap", "error"),
    ],
)
def test_gaps_and_overlaps_of_versions(
    until: str | None, begins: str, kind: str, severity: str
) -> None:
    """The day after the last one is the first day of the next version."""
    policy = desk(
        effective_from="2025-01-01",
        effective_until=until,
        tables={"all": [row(response="1 hour")]},
        versions=[{"effective_from": begins}],
    )
    findings = [finding for finding in policy.lint() if finding.kind.startswith("version")]
    shown = [(finding.kind, finding.severity) for finding in findings]
    assert shown == ([(kind, severity)] if kind else [])
    if kind == "version-gap":
        assert findings[0].path == "versions[0].effective_from"
        with pytest.raises(PolicyError, match="no version of desk is in force on 2025-07-01"):
            deadlines_of(policy, findings[0])


def test_what_a_version_inherits_is_reported_once() -> None:
    """A dead row of the first version is not reported again; one of the second's own is."""
    rows = [row(response="1 hour"), row(response="2 hours")]
    versions = [
        {"effective_from": "2025-01-01"},
        {"effective_from": "2026-01-01", "tables": {"all": rows}},
    ]
    policy = desk(tables={"all": rows}, versions=versions)
    assert [finding.path for finding in findings_of(policy, "unreachable-row")] == [
        "tables.all[1]",
        "versions[1].tables.all[1]",
    ]


UNITS = ["1 hour", "30 hours", "4 working hours", "2 working days", "end of day + 1", "at once"]


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Two tables over two attributes, with targets of all kinds."""

    def draw_row() -> dict[str, Any]:
        when: dict[str, Any] = {}
        if draw(st.booleans()):
            when["severity"] = draw(st.sampled_from(["high", ">= medium", {"not": "low"}, ["low"]]))
        if draw(st.booleans()):
            when["area"] = draw(st.sampled_from(["near", "far"]))
        if draw(st.integers(0, 3)) == 0:
            when["received"] = draw(st.sampled_from(["open", "weekend", {"not": "closed"}]))
        names = draw(st.lists(st.sampled_from(["response", "resolution"]), min_size=1, unique=True))
        return row(when, **{name: draw(st.sampled_from(UNITS)) for name in names})

    sizes = st.integers(1, 3)
    tables = {name: [draw_row() for _ in range(draw(sizes))] for name in ("one", "two")}
    return desk(tables=tables)


@given(policies())
def test_every_example_is_a_ticket_that_the_policy_answers(policy: Policy) -> None:
    """Whatever is found, its example can be asked; a comparison is what the deadlines show."""
    for finding in policy.lint():
        answer = deadlines_of(policy, finding)
        if finding.kind == "metric-order":
            assert answer["response"].due > answer["resolution"].due
        elif finding.kind == "undercut":
            slow = finding.path.split(".")[1].partition("[")[0]
            promises = answer[finding.path.split(".")[-1]].promises
            assert promises[-1].table == slow
            assert promises[0].due < promises[-1].due
        elif finding.kind == "uncovered-ticket":
            assert {one.reason for one in answer.values()} == {"nothing is promised"}


@pytest.mark.parametrize("name", presets.names())
def test_presets_have_no_errors(name: str) -> None:
    """What ships may be odd, since the papers are, but every promise can be kept."""
    findings = presets.load(name).lint()
    assert not findings.errors
    assert findings.is_exhaustive
