"""Moments at which to look at a ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from slacalc import Event, Policy
from slacalc._policy.warnings import NEVER_OPEN, NO_MOMENT
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


CLOSED = {"time_zone": "UTC", "week": "closed"}
OPENED = CLOSED | {"changes": {"2026-06-01": {"week": {"mon-fri": "09:00-17:00"}}}}
BACK = {"at": "50 %", "when_closed": "previous_close"}
AHEAD = {"at": "50 %", "when_closed": "next_open"}


@pytest.mark.parametrize(
    ("calendar", "within", "warning", "expected"),
    [
        (OPENED, "1 working hour", "2 working hours before", NO_MOMENT),
        (OPENED, "1 working hour", "2 working days before", NO_MOMENT),
        (OPENED, "1 working hour", "99999 working days after", NO_MOMENT),
        (OPENED, "1 working hour", "99999 calendar days after", NO_MOMENT),
        (OPENED, "24 hours", BACK, NO_MOMENT),
        (OPENED, "24 hours", AHEAD, "2026-06-01T09:00:00+00:00"),
        (OPENED, "1 working hour", "1 working hour before", "2026-06-01T09:00:00+00:00"),
        (CLOSED, "24 hours", BACK, NEVER_OPEN),
        (CLOSED, "24 hours", AHEAD, NEVER_OPEN),
        (CLOSED, "24 hours", "1 working hour before", NEVER_OPEN),
        (CLOSED, "24 hours", "1 working day after", NEVER_OPEN),
        (CLOSED, "24 hours", "50 %", "2026-05-18T21:00:00+00:00"),
    ],
)
def test_a_warning_without_a_moment_hides_no_answer(
    calendar: dict[str, Any], within: str, warning: Any, expected: str
) -> None:
    """It says so itself, last of all; the linter finds it; the clock goes on without it."""
    desk = Policy(
        "desk",
        calendars={"desk": calendar},
        metrics={"m": {"pause": {"status": ["waiting"]}}},
        tables={"t": [{"targets": {"m": {"within": within, "warnings": [warning, "100 %"]}}}]},
    )
    at = "2026-05-18T09:00:00Z"
    deadline = desk.deadlines({}, at)["m"]
    assert deadline.due is not None
    last = deadline.warnings[-1]
    data = deadline.to_dict()["warnings"]
    lint = [finding for finding in desk.lint() if finding.kind == "unplaced-warning"]
    texts = str(deadline.explain()), deadline.to_html(), str(deadline.explain(language="zh"))
    if expected.startswith("2026"):
        assert expected in [one["at"] for one in data]
        assert not any(one.reason for one in deadline.warnings)
        assert not lint
        assert not any("cannot be placed" in text for text in texts)
    else:
        assert (last.at, last.reason) == (None, expected)
        more = {"threshold": last.threshold, "name": ""}
        assert data[-1] == {"at": None, "reason": expected} | more
        assert [(one.severity, one.path) for one in lint] == [("warning", "tables.t[0].targets.m")]
        assert lint[0].message == f"the warning {last.threshold!r} cannot be placed: {expected}"
        assert f"warning {last.threshold} cannot be placed: {expected}" in texts[0]
        assert f"warning {last.threshold} cannot be placed: {expected}" in texts[1]
        assert "无法确定时刻" in texts[2]
    placed = [one.at for one in deadline.warnings if one.at]
    clock = desk.open({}, at)
    changes = clock.changes(at, "2200-12-31T00:00:00Z")
    assert [one.at for one in changes if one.kind == "warning"] == placed
    assert clock.next_change(at) == min(placed)
    assert clock.verify(clock.proof(deadline.due)).holds
    [passed] = [one.to_dict()["warnings_passed"] for one in clock.status(deadline.due).values()]
    assert [one["at"] for one in passed] == [
        one.isoformat() for one in placed if one <= deadline.due
    ]
    waiting = clock.apply(Event("2026-05-18T10:00:00Z", "changed", status="waiting"))
    assert waiting.status("2026-05-19T10:00:00Z").to_dicts()
    fixed = [one for one in waiting.changes(at, "2200-12-31T00:00:00Z") if one.kind != "event"]
    assert (waiting.next_change("2026-05-18T10:00:00Z") is None) is not bool(fixed)
