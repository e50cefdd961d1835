"""Moments at which to look at a ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

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
        (paris("03 15:00"), "1 working day before"),  # not Friday 11:00, before the start
        (paris("03 17:00"), "50 %"),
        (paris("05 11:00"), "1 calendar day before"),
        (paris("06 10:00"), "1 working hour before"),
        (paris("06 11:30"), "30 minutes after"),
    ]
    assert deadline.warnings[2].name == "call the manager"
    plain = resolution(policy("10 hours", warnings=["80 %"]))
    assert [alarm.at for alarm in plain.warnings] == [FRIDAY + timedelta(hours=8)]


@pytest.mark.parametrize(
    ("start", "threshold", "when_closed", "expected"),
    [
        ("06 09:00", "2 working hours before", "", "06 09:00"),
        ("04 12:00", "2 working hours before", "", "04 12:00"),
        ("04 12:00", "2 working hours before", "next_open", "06 09:00"),
        ("04 12:00", "2 working hours before", "previous_close", "04 12:00"),  # not Friday 17:00
        ("06 09:00", "1 hour before", "", "06 09:00"),
        ("06 09:00", "1 hour before", "previous_close", "06 09:00"),
        ("06 09:00", "1 working day before", "", "06 09:00"),
        ("06 09:00", "1 calendar day before", "", "06 09:00"),
        ("06 09:00", "30 working minutes before", "", "06 09:00"),
        ("06 09:00", "20 working minutes before", "", "06 09:10"),
    ],
)
def test_no_warning_comes_before_the_start(
    start: str, threshold: str, when_closed: str, expected: str
) -> None:
    """The target is due on Monday 6 May at 9:30 whenever it starts after Friday 17:00."""
    warning = {"at": threshold} | ({"when_closed": when_closed} if when_closed else {})
    desk, at = policy("30 working minutes", warnings=[warning]), paris(start)
    assert [one.at for one in resolution(desk, at=at).warnings] == [paris(expected)]
    changes = desk.open({}, at).changes(at, paris("06 10:00"))
    announced = [one.at for one in changes if one.kind == "warning"]
    assert announced == [paris(expected)] * (paris(expected) > at)
    [status] = desk.open({}, at).status(paris("06 10:00"))["resolution"].warnings_passed
    assert status.at == paris(expected)


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
