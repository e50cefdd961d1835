"""Metrics that stay stopped by fields."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lint.desks import desk, findings_of, only_finding, row

TABLES = {"all": [row(response="1 hour", resolution="8 hours")]}


@pytest.mark.parametrize(
    ("metric", "is_found"),
    [
        ({"stop": {"status": "solved"}}, True),
        ({"stop": ["solved", {"status": ["solved", "closed"]}]}, True),
        ({"stop": {"status": {"not": "open"}}}, True),
        ({"stop": {"status": "solved"}, "on_reopen": "new_cycle"}, True),
        ({"stop": {"status": "solved"}, "repeat": "next_start"}, True),  # created only once
        ({"stop": {"status": "solved"}, "reopen": {"status": "open"}}, False),
        ({"stop": {"status": "solved"}, "reopen": "reopened"}, False),
        ({"stop": {"status": "solved"}, "reopen": []}, False),
        ({"stop": {"status": "solved"}, "on_reopen": "final"}, False),
        ({"stop": {"status": "solved"}, "reset": {"status": "new"}}, False),
        (
            {"start": {"status": "open"}, "stop": {"status": "solved"}, "repeat": "next_start"},
            False,
        ),
        ({"stop": {"status": "solved"}, "repeat": "independent"}, False),
        ({"stop": {"event": "replied", "by": "agent"}}, False),
        ({"stop": "solved"}, False),
        ({}, False),
    ],
)
def test_metrics_that_stay_stopped(metric: dict[str, Any], is_found: bool) -> None:  # noqa: FBT001 - a case
    """A metric stopped by fields alone, of which it is not said what sets it going again."""
    policy = desk(metrics={"response": {}, "resolution": metric}, tables=TABLES)
    if not is_found:
        assert not findings_of(policy, "stays-stopped")
        return
    finding = only_finding(policy, "stays-stopped")
    assert (finding.severity, finding.path) == ("warning", "metrics.resolution.stop")


def test_a_metric_inside_another_goes_on_as_that_does() -> None:
    """A stop and a reopening of its own, or those of the metric around it."""
    stop = {"stop": {"status": "solved"}}
    inner: dict[str, Any] = {"inside": "resolution"}
    metrics: dict[str, Any] = {"response": inner, "resolution": stop}
    found = findings_of(desk(metrics=metrics, tables=TABLES), "stays-stopped")
    assert [one.path for one in found] == ["metrics.resolution.stop"]
    metrics = {"response": inner | stop, "resolution": stop | {"reopen": {"status": "open"}}}
    assert not findings_of(desk(metrics=metrics, tables=TABLES), "stays-stopped")
    for product, is_found in (("zammad", False), ("zendesk", True), ("jira", True)):
        policy = desk(metrics={"response": stop}, semantics=product)
        assert bool(findings_of(policy, "stays-stopped")) is is_found, product
