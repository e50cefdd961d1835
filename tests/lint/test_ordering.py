"""Metrics out of order, reversed ranks, and pauses that hold at the start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lint.desks import deadlines_of, desk, findings_of, only_finding, row


def test_metrics_out_of_order() -> None:
    """Arrival after resolution, always or at times; and what a metric says of itself."""
    metrics: dict[str, Any] = {"arrival": {}, "resolution": {}}
    always = desk(metrics=metrics, tables={"all": [row(arrival="36 hours", resolution="28 hours")]})
    finding = only_finding(always, "metric-order")
    assert (finding.severity, finding.received_at) == ("warning", None)
    answer = deadlines_of(always, finding)
    assert answer["arrival"].due > answer["resolution"].due
    at_times = desk(
        metrics=metrics, tables={"all": [row(arrival="4 working hours", resolution="24 hours")]}
    )
    finding = only_finding(at_times, "metric-order")
    assert finding.severity == "notice"
    assert finding.received_at is not None
    answer = deadlines_of(at_times, finding)
    assert answer["arrival"].due > answer["resolution"].due
    in_order = desk(
        metrics=metrics, tables={"all": [row(arrival="4 hours", resolution="28 hours")]}
    )
    assert not findings_of(in_order, "metric-order")
    own = {"first": {"before": ["second"]}, "second": {}}
    named = desk(metrics=own, tables={"all": [row(first="2 hours", second="1 hour")]})
    assert only_finding(named, "metric-order").path == "tables.all[0].targets.first"
    apart = {"arrival": {"start": "accepted"}, "resolution": {}}
    later = desk(metrics=apart, tables={"all": [row(arrival="36 hours", resolution="28 hours")]})
    assert not findings_of(later, "metric-order")  # from different events they cannot be compared


def test_ranks_reversed() -> None:
    """A higher severity that waits longer, or that is promised nothing."""
    rows = [row({"severity": "high"}, response="8 hours"), row(response="4 hours")]
    finding = only_finding(desk(tables={"all": rows}), "rank-reversed")
    assert (finding.severity, finding.example) == ("warning", {"severity": "high"})
    lower = desk(tables={"all": rows}).deadlines({"severity": "low"}, "2025-03-12T10:00:00Z")
    higher = desk(tables={"all": rows}).deadlines(finding.example, "2025-03-12T10:00:00Z")
    assert higher["response"].due > lower["response"].due  # type: ignore[operator] # both are due
    bare = [row({"severity": "high"}, response={"promise": "soon"}), row(response="4 hours")]
    assert only_finding(desk(tables={"all": bare}), "rank-reversed").severity == "notice"
    assert not findings_of(desk(tables={"all": [rows[0]]}), "rank-reversed")
    by_area = [row({"area": "near"}, response="8 hours"), row(response="4 hours")]
    assert not findings_of(desk(tables={"all": by_area}), "rank-reversed")  # places have no rank
    ranked = {"area": {"values": ["near", "far"], "ordered": True}}
    policy = desk(attributes=ranked, tables={"all": by_area})
    assert only_finding(policy, "rank-reversed").example == {"area": "near"}


@pytest.mark.parametrize(
    ("start", "pause", "is_found"),
    [
        ("created", "created", True),
        (["created", "reopened"], "created", True),
        ("created", ["waiting", "created"], True),
        ({"status": "new"}, {"status": ["new", "waiting"]}, True),
        ({"event": "created", "status": "new"}, {"status": "new"}, True),
        ({"event": "created", "by": "bot"}, {"event": "created"}, True),
        ({"status": "new"}, {"status": {"not": "open"}}, True),
        ({"status": ["new", "open"]}, {"status": "new"}, False),
        ({"status": "new"}, {"status": "waiting"}, False),
        ({"status": "new"}, {"status": "new", "by": "bot"}, False),
        ("created", {"status": "new"}, False),
        ({"status": {"not": "new"}}, {"status": "open"}, False),
    ],
)
def test_pauses_at_the_start(start: Any, pause: Any, is_found: bool) -> None:  # noqa: FBT001 - parametrised
    """A pause that holds whenever the clock starts, so that it never runs from there."""
    metrics = {"response": {"start": start, "pause": pause}}
    policy = desk(metrics=metrics, tables={"all": [row(response="1 hour")]})
    assert bool(findings_of(policy, "pause-at-start")) is is_found
    before = {"ready": {"words": "be ready", "pause": pause}}
    policy = desk(
        metrics={"response": {"start": start}},
        preconditions=before,
        tables={"all": [row(response="1 hour")]},
    )
    assert [finding.path for finding in findings_of(policy, "pause-at-start")] == (
        ["preconditions.ready.pause"] if is_found else []
    )
