"""Policies as data: versions, and what they inherit."""

from __future__ import annotations

import pytest

from slacalc import bulk
from slacalc._policy.matching import Matcher
from slacalc.errors import PolicyError
from tests.policy.desk import policy, resolution, row


def test_versions_inherit_what_they_do_not_state() -> None:
    """The version in force at the receipt holds, by the date in the policy's zone."""
    desk = policy(
        row("1 hour", severity="high"),
        row("8 hours"),
        effective_from="2024-01-01",
        versions=[
            {"effective_from": "2024-07-01", "tables": {"extra": [row("2 hours")]}},
            {"effective_from": "2024-05-04", "tables": {"standard": [row("4 hours")]}},
        ],
    )
    assert resolution(desk, {"severity": "low"}, at="2024-05-03T21:59:59Z").within == "8 hours"
    assert resolution(desk, {}, at="2024-05-03T22:00:00Z").within == "4 hours"  # midnight in Paris
    july = desk.deadlines({}, "2024-07-01T12:00:00Z")
    assert [one.within for one in july["resolution"].promises] == ["2 hours", "4 hours"]
    assert str(july.effective_from) == "2024-07-01"
    assert desk.version_at("2024-07-01T12:00:00Z").tables.keys() == {"standard", "extra"}
    with pytest.raises(PolicyError, match="no version of desk is in force on 2023-12-31"):
        resolution(desk, at="2023-12-31T12:00:00Z")


def test_a_version_that_is_listed_before_an_earlier_one_never_takes_effect() -> None:
    """One ticket and a column of tickets agree, although the first days are not in order."""
    desk = policy(
        "1 hour",
        effective_from="2025-01-01",
        versions=[{"effective_from": "2024-01-01", "tables": {"standard": [row("2 hours")]}}],
    )
    assert list(desk.first_days) == sorted(desk.first_days)  # so that they can be searched
    received = ["2024-06-03T10:00:00Z", "2025-06-03T10:00:00Z"]
    assert [resolution(desk, at=at).within for at in received] == ["2 hours", "2 hours"]
    table = bulk.deadlines(desk, {"created": received})
    assert [due.isoformat() for due in table["resolution_due"]] == [
        "2024-06-03T14:00:00+02:00",
        "2025-06-03T14:00:00+02:00",
    ]


def test_an_expired_version_is_not_in_force() -> None:
    """Its last day is the last one; a column has the error of each ticket."""
    desk = policy("1 hour", effective_until="2024-05-03")
    assert resolution(desk, at="2024-05-03T21:59:59Z").within == "1 hour"  # midnight in Paris
    with pytest.raises(PolicyError, match=r"in force on 2024-05-04: … to 2024-05-03"):
        resolution(desk, at="2024-05-03T22:00:00Z")
    received = ["2024-05-03T21:59:59Z", "2024-05-03T22:00:00Z"]
    table = bulk.deadlines(desk, {"created": received}, errors="column")
    assert table["resolution_due"][0] is not None
    assert "in force on 2024-05-04" in table["error"][1]


def test_a_version_changes_the_fingerprint() -> None:
    """Equal policies have one fingerprint; anything new gives another."""
    desk = policy("1 hour")
    assert policy("1 hour").fingerprint == desk.fingerprint
    later = policy("1 hour", versions=[{"effective_from": "2024-07-01", "calendar": "office"}])
    assert len({desk.fingerprint, later.fingerprint, later.latest.fingerprint}) == 3


def test_what_is_compiled_from_a_policy_is_made_once() -> None:
    """The class is the key; equal policies do not share what is compiled."""
    desk = policy("1 hour")
    assert desk.compiled(Matcher) is desk.compiled(Matcher) is desk.matcher
    assert policy("1 hour").matcher is not desk.matcher
