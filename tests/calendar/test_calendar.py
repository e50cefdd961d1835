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
    DateError,
    HolidaysError,
    HoursError,
    ReversedRangeError,
    SlacalcError,
    TimeZoneError,
)

OFFICE = Calendar(
    time_zone="Asia/Shanghai",
    week={"mon-fri": "08:30-12:00, 13:00-17:30"},
    holidays="CN",
    exceptions={"2026-12-24": "08:30-12:00", "2026-12-31": "closed"},
)
SEASONED = Calendar(
    "Europe/Berlin",
    {"mon-fri": "9-17", "sat": "22:00-06:00"},
    holidays=[
        "DE-BY",
        Holidays(country="US", categories=["public"], horizon=2030),
        {"2026-05-04": "Founders' Day", "2026-12-27..2026-12-30": "between the years"},
        Holidays(workdays={"2026-05-09": "2026-05-04", "2026-05-10": None}),
    ],
    exceptions={
        "2026-07-01..2026-08-31": {"mon-thu": "8-14", "fri": "8-12"},
        "2026-12-24": {"hours": "9-12", "name": "Christmas Eve"},
        "2026-06-01..2026-06-02": {"hours": "closed", "name": "Inventory"},
    },
    changes={
        "2027-01-01": {"week": "always"},
        "2025-07-01": {"week": {"mon-fri": "8-16"}, "holidays": ["DE", "2025-12-24"]},
    },
    horizon=2028,
)
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
    ("arguments", "error", "where", "says"),
    [
        ({"time_zone": "Asia/Shangai"}, TimeZoneError, "time_zone", "did you mean 'Asia/Shanghai'"),
        ({"week": "nine to five"}, HoursError, "week", "not a week"),
        ({"week": {"mon-fri": "17:00-09:00x"}}, HoursError, "week.mon-fri", "not a time of day"),
        ({"week": {"mon-fry": "9-17"}}, HoursError, "week.mon-fry", "did you mean .*'fri'"),
        ({"week": {"mon": "9-25:00"}}, HoursError, "week.mon", "00:00 to 24:00"),
        ({"holidays": "ZZ"}, HolidaysError, "holidays", "not a country or market"),
        ({"holidays": "US-XX"}, HolidaysError, "holidays", "not a subdivision of US"),
        ({"holidays": ["CN", 5]}, HolidaysError, "holidays[1]", "cannot be read as holidays"),
        ({"holidays": 5}, HolidaysError, "holidays", "cannot be read as holidays"),
        ({"holidays": {"contry": "CN"}}, HolidaysError, "holidays", "did you mean 'country'"),
        ({"holidays": {"2026-13-01": "x"}}, DateError, "holidays.2026-13-01", "month must be"),
        ({"holidays": {"2026-01-01": 5}}, HolidaysError, "holidays", "must be text"),
        ({"exceptions": ["2026-12-24"]}, CalendarError, "exceptions", "give a mapping"),
        (
            {"exceptions": {"24.12.2026": "9-12"}},
            DateError,
            "exceptions.24.12.2026",
            "neither a date",
        ),
        (
            {"exceptions": {"2026-12-31..2026-12-24": "closed"}},
            ReversedRangeError,
            "exceptions.2026-12-31..2026-12-24",
            "ends before it begins",
        ),
        (
            {"exceptions": {"2026-12-24..2026-12-31": "closed", "2026-12-31": "9-12"}},
            CalendarError,
            "exceptions",
            "overlap",
        ),
        ({"exceptions": {"2026-12-24": "9-9"}}, HoursError, "exceptions.2026-12-24", "same time"),
        (
            {"exceptions": {"2026-12-24": {"hours": "9-12", "nam": "x"}}},
            CalendarError,
            "exceptions.2026-12-24",
            "did you mean 'name'",
        ),
        ({"changes": ["2026-01-01"]}, CalendarError, "changes", "give a mapping"),
        ({"changes": {"2026-01-01": {}}}, CalendarError, "changes.2026-01-01", "read as a change"),
        (
            {"changes": {"2026-01-01": {"weeks": {}}}},
            CalendarError,
            "changes.2026-01-01",
            "cannot be read as a change",
        ),
        (
            {"changes": {"2026-01-01": {"week": {"mon": "x"}}}},
            HoursError,
            "changes.2026-01-01.week.mon",
            "not a stretch",
        ),
        (
            {"exceptions": {"2026-12-24": {"name": "x"}}},
            CalendarError,
            "exceptions.2026-12-24",
            "needs hours",
        ),
        (
            {"exceptions": {"2026-12-24": {"hours": "9-12", "name": 5}}},
            CalendarError,
            "exceptions.2026-12-24",
            "must be text",
        ),
        ({"horizon": "soon"}, DateError, "horizon", "not a horizon"),
    ],
)
def test_faults_are_told_with_their_place(
    arguments: dict[str, Any], error: type[SlacalcError], where: str, says: str
) -> None:
    """An error knows the path to the fault, what stands there, and what would be right."""
    with pytest.raises(error, match=says) as caught:
        Calendar(**{"time_zone": "UTC", "week": {"mon-fri": "9-17"}} | arguments)
    assert caught.value.where == where
    assert str(caught.value).startswith(f"{where}: ")


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


def hours(calendar: Calendar, day: str) -> str:
    """The hours of a date, as text."""
    (only,) = calendar.days(day, day)
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in only.spans) or "closed"


@pytest.mark.parametrize(
    ("day", "text", "kind", "name"),
    [
        ("2025-06-27", "09:00-17:00", "working-day", ""),  # a Friday, before the change
        ("2025-07-01", "08:00-16:00", "working-day", ""),  # the first day of the change
        ("2025-12-24", "closed", "holiday", ""),  # listed from the change on
        ("2026-07-03", "08:00-12:00", "exception", ""),  # a Friday of the season
        ("2026-07-04", "closed", "exception", ""),  # a Saturday of the season: not in its week
        ("2026-07-06", "08:00-14:00", "exception", ""),
        ("2026-09-01", "08:00-16:00", "working-day", ""),
        ("2026-12-24", "09:00-12:00", "exception", "Christmas Eve"),
        ("2026-06-01", "closed", "exception", "Inventory"),
        ("2026-12-25", "closed", "holiday", "Christmas Day"),
        ("2027-01-01", "closed", "holiday", "New Year's Day"),  # a holiday closes "always" too
        ("2027-01-02", "00:00-00:00", "working-day", ""),
    ],
)
def test_rules_of_a_date(day: str, text: str, kind: str, name: str) -> None:
    """The exception speaks first, then the holidays in force, then the weekly hours in force."""
    (only,) = SEASONED.days(day, day)
    assert (hours(SEASONED, day), only.kind, only.name) == (text, kind, name)
    assert only.is_working == (text != "closed")


def test_of_two_lists_of_holidays_the_later_counts() -> None:
    """A company may close on a make-up day, and work on a holiday."""
    week = {"mon-fri": "9-17"}
    company: list[str | Holidays] = [
        "CN",
        Holidays(dates={"2026-02-14": "Company day"}, workdays={"2026-10-01": "2026-10-01"}),
    ]
    calendar = Calendar("Asia/Shanghai", week, holidays=company)
    day = calendar.days("2026-02-14", "2026-02-14")[0]
    assert (day.kind, day.name) == ("holiday", "Company day")
    assert hours(calendar, "2026-10-01") == "09:00-17:00"
    reverse = Calendar("Asia/Shanghai", week, holidays=company[::-1])
    assert hours(reverse, "2026-02-14") == "09:00-17:00"
    assert hours(reverse, "2026-10-01") == "closed"


def test_make_up_days_take_the_hours_they_stand_in_for() -> None:
    """The weekday that was given up, where the list says which; Monday where it does not."""
    calendar = Calendar(
        "UTC",
        {"mon": "9-17", "fri": "9-12"},
        holidays=Holidays(workdays={"2026-05-09": "2026-05-15", "2026-05-10": None}),
    )
    assert hours(calendar, "2026-05-09") == "09:00-12:00"
    assert hours(calendar, "2026-05-10") == "09:00-17:00"
    assert [day.kind for day in calendar.days("2026-05-09", "2026-05-10")] == ["make-up-day"] * 2


def test_a_make_up_day_for_a_weekday_without_hours_is_closed() -> None:
    """Who does not work on Fridays need not make up for one."""
    calendar = Calendar(
        "UTC", {"mon-thu": "9-17"}, holidays=Holidays(workdays={"2026-05-09": "2026-05-15"})
    )
    assert hours(calendar, "2026-05-09") == "closed"


def test_a_holiday_removes_the_shifts_that_start_on_its_date() -> None:
    """The shift of the evening before runs to its end; `- Calendar.dates` cuts it at midnight."""
    nights = Calendar("Europe/Berlin", {"daily": "22:00-06:00"}, holidays=["2026-12-25"])
    evening = "2026-12-24T23:00:00+01:00"
    assert nights.next_close(evening).isoformat() == "2026-12-25T06:00:00+01:00"
    assert nights.next_open("2026-12-25T06:00:00+01:00").isoformat() == "2026-12-26T22:00:00+01:00"
    cut = Calendar("Europe/Berlin", {"daily": "22:00-06:00"}) - Calendar.dates("2026-12-25")
    assert cut.next_close(evening).isoformat() == "2026-12-25T00:00:00+01:00"
    assert cut.next_open("2026-12-25T00:00:00+01:00").isoformat() == "2026-12-26T00:00:00+01:00"


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


def test_combining_with_what_is_no_calendar_is_a_type_error() -> None:
    """Operators answer as Python's do."""
    for other in (5, "always", None):
        with pytest.raises(TypeError, match="unsupported operand"):
            OFFICE | other
        with pytest.raises(TypeError, match="unsupported operand"):
            OFFICE & other
        with pytest.raises(TypeError, match="unsupported operand"):
            OFFICE - other


def test_follow_the_sun() -> None:
    """A union over zones answers in the zone of its left side, and knows its own days."""
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


def test_provisional_from_the_day_after_the_last_published_one() -> None:
    """China's horizon comes with the data; any calendar's may be set; the earliest part counts."""
    china = Calendar("Asia/Shanghai", {"mon-fri": "9-17"}, holidays="CN")
    published = china.provisional_from
    assert published is not None
    assert (published.month, published.day) == (1, 1)
    assert published.year >= 2027  # the data of 2026 came in November 2025
    assert Calendar("UTC", "always").provisional_from is None
    assert Calendar("UTC", "always", horizon=2026).provisional_from == date(2027, 1, 1)
    assert Calendar("UTC", "always", horizon="2026-06-30").provisional_from == date(2026, 7, 1)
    # A law without end is known for as long as the package counts it out.
    assert Calendar("UTC", {"mon": "9-17"}, holidays="US").provisional_from == date(2101, 1, 1)
    both = Calendar("UTC", "always", horizon=2030) - Calendar("UTC", "always", horizon=2026)
    assert both.provisional_from == date(2027, 1, 1)
    replaced = Calendar("UTC", "always", holidays="CN", changes={"2020-01-01": {"holidays": "US"}})
    assert replaced.provisional_from == date(2101, 1, 1)


def test_days_need_dates_in_order() -> None:
    """A reversed range, and dates beyond the supported years, are refused."""
    with pytest.raises(ReversedRangeError, match="exchange the two"):
        OFFICE.days("2026-01-02", "2026-01-01")
    with pytest.raises(DateError):
        OFFICE.days(datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")), "2026-01-02")
    with pytest.raises(SlacalcError, match="1900 to 2200"):
        OFFICE.days("1899-12-31", "1900-01-01")
