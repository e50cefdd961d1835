"""Calendars inside a policy: all of their faults, each at its path."""

from __future__ import annotations

import pytest

from slacalc import Policy
from slacalc.errors import PolicyError
from tests.policy.desk import OFFICE, policy


def test_all_faults_of_a_calendar_are_reported() -> None:
    """`Calendar` raises for its first fault; a policy reports each entry that is wrong."""
    office = {
        "time_zone": "Europe/Pari",
        "week": {"mon": "9-17", "tue": "17", "wed": "25-26"},
        "exceptions": {"2026-12-24": "closed", "2026-13-01": "closed"},
        "holiday": "FR",
    }
    with pytest.raises(PolicyError) as caught:
        policy("1 hour", calendars={"office": office})
    assert {fault.where for fault in caught.value.faults} == {
        "calendars.office.holiday",
        "calendars.office.time_zone",
        "calendars.office.week.tue",
        "calendars.office.week.wed",
        "calendars.office.exceptions.2026-13-01",
    }


def test_a_calendar_without_its_parts() -> None:
    """A zone and a week are required; anything but a table is refused."""
    for data, path in (
        ({"week": "always"}, ".time_zone"),
        ({"time_zone": "UTC"}, ".week"),
        (5, ""),
    ):
        with pytest.raises(PolicyError) as caught:
            policy("1 hour", calendars={"office": data})
        assert [fault.where for fault in caught.value.faults] == [f"calendars.office{path}"]


def test_a_calendar_comes_back_as_it_was() -> None:
    """The calendar of a policy has the data of `Calendar.to_dict`."""
    desk = policy("1 hour", calendars={"office": OFFICE})
    assert Policy.from_dict(desk.to_dict()).calendars["office"] == desk.calendars["office"]
