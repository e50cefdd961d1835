"""Moments at which to look at a ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from slacalc import Policy
from tests.policy.desk import FRIDAY, paris, policy, resolution, row


def test_warnings() -> None:
    """Shares are of the target's own time; times count back and forth from the due date."""
    warnings = [
        *("50 %", "1 working hour before", "30 minutes after", "1 working day before"),
        {"at": "1 calendar day before", "name": "call the manager"},
    ]
    # 4 working hours from Friday 15:00 are due on Monday at 11:00.
    deadline = resolution(policy("4 working hours", warnings=warnings), at=paris("03 15:00"))
    assert [(alarm.at, alarm.threshold) for alarm in deadline.warnings] == [
        (paris("03 11:00"), "1 working day before"),
        (paris("03 17:00"), "50 %"),
        (paris("05 11:00"), "1 calendar day before"),
        (paris("06 10:00"), "1 working hour before"),
        (paris("06 11:30"), "30 minutes after"),
    ]
    assert deadline.warnings[2].name == "call the manager"
    plain = resolution(policy("10 hours", warnings=["80 %"]))
    assert [alarm.at for alarm in plain.warnings] == [FRIDAY + timedelta(hours=8)]


def test_the_nearest_list_of_warnings_counts() -> None:
    """A target's own list, or its metric's, or the policy's; an empty one means none."""
    parts: dict[str, Any] = {
        "warnings": ["10 %"],
        "metrics": {"resolution": {"warnings": ["20 %"]}},
    }
    assert [one.threshold for one in resolution(policy("1 hour", **parts)).warnings] == ["20 %"]
    own = row({"within": "1 hour", "warnings": ["30 %"]})
    assert [one.threshold for one in resolution(policy(own, **parts)).warnings] == ["30 %"]
    silent = policy(row({"within": "1 hour", "warnings": []}), **parts)
    assert resolution(silent).warnings == ()
    assert Policy.from_toml(silent.to_toml()) == silent


def test_a_warning_outside_hours_is_moved_if_the_policy_says_so() -> None:
    """Due at eight in the evening: an hour before is seven, when the office is closed."""
    warnings: list[dict[str, str]] = [
        {"at": "1 hour before"},
        {"at": "1 hour before", "when_closed": "previous_close"},
        {"at": "1 hour before", "when_closed": "next_open"},
        {"at": "210 minutes before", "when_closed": "next_open"},  # half past four, which is open
    ]
    deadline = resolution(policy("4 hours", warnings=warnings))
    assert [alarm.at for alarm in deadline.warnings] == [
        paris("03 16:30"),
        paris("03 17:00"),
        paris("03 19:00"),
        paris("06 09:00"),
    ]
