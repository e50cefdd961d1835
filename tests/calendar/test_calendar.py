"""`Calendar` as data: its parts, its forms, its rules, its algebra."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slacalc import ALWAYS, Calendar, FloatingDates, Holidays
from slacalc.errors import (
    CalendarError,
    NaiveDatetimeError,
    ReversedRangeError,
    SlacalcError,
)
from tests.calendar.examples import OFFICE, SEASONED

COMBINED = (OFFICE | SEASONED) - (Calendar.dates("2026-10-01", time_zone="UTC") & ALWAYS)


@pytest.mark.parametrize("calendar", [OFFICE, SEASONED, COMBINED, ALWAYS], ids=["1", "2", "3", "4"])
def test_a_calendar_survives_every_way_out_and_in(calendar: Calendar) -> None:
    """Its repr, dictionary, JSON, pickle and copies give an equal calendar with one timeline."""
    names = {"Calendar": Calendar, "Holidays": Holidays}
    for again in (
        eval(repr(calendar), names),  # noqa: S307 - that it evaluates is the promise
        Calendar.from_dict(calendar.to_dict()),
        Calendar.from_dict(json.loads(json.dumps(calendar.to_dict()))),
        pickle.loads(pickle.dumps(calendar)),  # noqa: S301 - our own
        copy.deepcopy(calendar),
    ):
        assert again == calendar
        assert hash(again) == hash(calendar)
        assert again.timeline is calendar.timeline
        assert again.to_dict() == calendar.to_dict()


def test_the_dictionary_is_what_a_person_would_write() -> None:
    """Descriptions come out in their shortest form."""
    assert OFFICE.to_dict() == {
        "time_zone": "Asia/Shanghai",
        "week": {"mon-fri": "08:30-12:00, 13:00-17:30"},
        "holidays": "CN",
        "exceptions": {"2026-12-24": "08:30-12:00", "2026-12-31": "closed"},
    }
    assert Calendar("UTC", "always", horizon="2026-06-30").to_dict()["horizon"] == "2026-06-30"
    data = SEASONED.to_dict()
    assert data["holidays"][0] == "DE-BY"
    assert data["horizon"] == 2028
    assert list(data["changes"]) == ["2025-07-01", "2027-01-01"]


def test_equal_descriptions_are_equal_calendars() -> None:
    """How a calendar was written does not matter: forms, order, or objects in place of text."""
    same = Calendar(
        ZoneInfo("Asia/Shanghai"),
        {
            "mon,tue,wed": [(time(13), time(17, 30)), (time(8, 30), time(12))],
            "Thursday-Friday": "8:30-12, 13-17:30",
        },
        holidays=Holidays(country="CN"),
        exceptions={date(2026, 12, 31): "closed", (date(2026, 12, 24), "2026-12-24"): "8:30-12"},
    )
    assert same == OFFICE
    assert len({same, OFFICE}) == 1
    assert same.timeline is OFFICE.timeline
    assert Calendar("UTC", "closed") != Calendar("UTC", "always")


def test_calendars_are_frozen() -> None:
    """A calendar cannot be changed after it was made."""
    with pytest.raises(AttributeError):
        OFFICE.time_zone = "UTC"  # type: ignore[misc]  # which is the test


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "does not describe a calendar"),
        ({}, "needs time_zone"),
        ({"time_zone": "UTC"}, "needs week"),
        ({"time_zone": "UTC", "week": "always", "holiday": "CN"}, "did you mean 'holidays'"),
        ({"time_zone": "UTC", "week": "always", "_zone": "UTC"}, "not a part of a calendar"),
        ({"time_zone": "UTC", "week": "always", "timeline": 1}, "not a part of a calendar"),
        ({"time_zone": "UTC", "week": "always", "terms": [{}]}, "not a term: a term has"),
        (
            {
                "time_zone": "UTC",
                "week": "always",
                "terms": [{"operation": "^", "calendar": {"time_zone": "UTC", "week": "always"}}],
            },
            "not an operation",
        ),
    ],
)
def test_faulty_dictionaries_are_refused(data: Any, says: str) -> None:
    """What `to_dict` would not write, `from_dict` does not read."""
    with pytest.raises(CalendarError, match=says):
        Calendar.from_dict(data)


def test_dates_without_a_zone_take_that_of_the_left_side() -> None:
    """The same dates cut Berlin's midnight from a Berlin calendar, Shanghai's from another."""
    floating = Calendar.dates(
        "2026-10-01", ["2026-10-03", date(2026, 10, 4)], ("2026-10-06", "2026-10-07")
    )
    assert isinstance(floating, FloatingDates)
    assert eval(repr(floating), {"Calendar": Calendar}) == floating  # noqa: S307 - the promise
    for name in ("Europe/Berlin", "Asia/Shanghai"):
        cut = Calendar(name, "always") - floating
        assert cut == Calendar(name, "always") - floating.in_zone(name)
        assert cut.time_zone == name
        assert cut.is_open(datetime(2026, 9, 30, 23, 59, tzinfo=ZoneInfo(name)))
        assert not cut.is_open(datetime(2026, 10, 1, tzinfo=ZoneInfo(name)))
        assert [day.date.day for day in cut.days("2026-10-01", "2026-10-08") if day.is_working] == [
            2,
            5,
            8,
        ]


def test_combining_with_something_else_is_a_type_error() -> None:
    """As Python's own operators do."""
    for other in (5, "always", None):
        with pytest.raises(TypeError, match="unsupported operand"):
            OFFICE | other
        with pytest.raises(TypeError, match="unsupported operand"):
            OFFICE & other
        with pytest.raises(TypeError, match="unsupported operand"):
            OFFICE - other


def test_follow_the_sun() -> None:
    """A union over zones gives answers in the zone of its left side, and knows its own days."""
    week = {"mon-fri": "9-17"}
    sun = (
        Calendar("Europe/Berlin", week)
        | Calendar("America/New_York", week)
        | Calendar("Asia/Tokyo", week)
    )
    # Wednesday 3 July 2024: Tokyo works 02:00-10:00 in Berlin's clock, Berlin 09:00-17:00, New York
    # 15:00-23:00: together 02:00-23:00.
    (day,) = sun.days("2024-07-03", "2024-07-03")
    assert [(f"{a:%H:%M}", f"{b:%H:%M}") for a, b in day.spans] == [("02:00", "23:00")]
    assert day.work.total_hours() == 21
    assert (
        sun.end_of_working_day("2024-07-03T12:00:00+09:00").isoformat()
        == "2024-07-03T23:00:00+02:00"
    )


def test_days_need_dates_in_order() -> None:
    """A reversed range, and dates beyond the supported years, are refused."""
    with pytest.raises(ReversedRangeError, match="exchange the two"):
        OFFICE.days("2026-01-02", "2026-01-01")
    with pytest.raises(NaiveDatetimeError):
        OFFICE.days(datetime(2026, 1, 1), "2026-01-02")
    with pytest.raises(SlacalcError, match="1900 to 2200"):
        OFFICE.days("1899-12-31", "1900-01-01")
