"""Policies to find something in, and what was found."""

from __future__ import annotations

from typing import Any

from slacalc import Finding, Policy

OFFICE = {"time_zone": "Europe/Paris", "week": {"mon-fri": "9-17"}}


def desk(**parts: Any) -> Policy:
    """A policy without findings, apart from those of the parts passed."""
    return Policy(
        "desk",
        **{
            "calendars": {"office": OFFICE},
            "attributes": {"severity": ["high", "medium", "low"], "area": ["near", "far"]},
            "metrics": {"response": {}, "resolution": {}},
            **parts,
        },
    )


def row(when: dict[str, Any] | None = None, **targets: Any) -> dict[str, Any]:
    return {"when": when or {}, "targets": targets}


def findings_of(policy: Policy, kind: str) -> list[Finding]:
    return [finding for finding in policy.lint() if finding.kind == kind]


def only_finding(policy: Policy, kind: str) -> Finding:
    findings = findings_of(policy, kind)
    assert len(findings) == 1, [str(finding) for finding in policy.lint()]
    return findings[0]


def deadlines_of(policy: Policy, finding: Finding) -> Any:
    """The deadlines of a finding's example; at any moment, where it names none."""
    at = finding.received_at or "2025-03-12T10:00:00+01:00"
    return policy.deadlines(finding.example, at)
