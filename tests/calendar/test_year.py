"""The dates of a year by kind and name, which the text, HTML and plotted views share."""

from __future__ import annotations

from datetime import date

import pytest

from slacalc import Calendar, Holidays
from slacalc._calendar import year as year_module
from slacalc._calendar.year import (
    CLOSED_BY_EXCEPTION,
    HOLIDAY,
    MAKE_UP_DAY,
    SPECIAL_HOURS,
    WEEKEND,
    WORKING_DAY,
    collect_year,
    default_year,
    hours_text,
    mark_of,
    special_dates,
)
from slacalc._i18n import ENGLISH
from slacalc.errors import HorizonError

OFFICE = Calendar(
    "Europe/Paris",
    {"mon-fri": "9-12, 13-17"},
    holidays=Holidays(
        dates={"2026-05-01": "Labour Day", "2026-05-08": "", "2026-05-14..2026-05-15": "Bridge"},
        workdays={"2026-05-16": "2026-05-15", "2026-05-23": None},
    ),
    exceptions={
        "2026-07-06..2026-07-08": {"hours": "9-12", "name": "summer"},
        "2026-07-09": {"hours": "9-13", "name": "summer"},
        "2026-08-03": "18-24",
        "2026-08-10..2026-08-11": "closed",
        "2026-12-31": {"hours": "closed", "name": "stock-taking"},
    },
)


def test_every_kind_of_date_has_its_mark() -> None:
    """The mark follows the kind; an exception is special hours, or closed."""
    days = {str(day.date): day for day in collect_year([(date.min, OFFICE)], 2026).days}
    marks = {
        "2026-05-01": HOLIDAY,
        "2026-05-02": WEEKEND,
        "2026-05-04": WORKING_DAY,
        "2026-05-16": MAKE_UP_DAY,
        "2026-07-06": SPECIAL_HOURS,
        "2026-08-10": CLOSED_BY_EXCEPTION,
    }
    assert {text: mark_of(days[text]) for text in marks} == marks
    assert len(days) == 365


def test_neighbours_of_one_kind_and_name_form_a_group() -> None:
    """Each group has its first and last date, its marks and its label; weekdays are in none."""
    groups = list(special_dates(collect_year([(date.min, OFFICE)], 2026).days))
    assert [
        (f"{group.first:%m-%d}", f"{group.last:%m-%d}", group.label(ENGLISH)) for group in groups
    ] == [
        ("05-01", "05-01", "Labour Day"),
        ("05-08", "05-08", "holiday"),
        ("05-14", "05-15", "Bridge"),
        ("05-16", "05-16", "working day for 2026-05-15"),
        ("05-23", "05-23", "working day"),
        ("07-06", "07-09", "summer"),  # of two different hours, so no hours
        ("08-03", "08-03", "18:00-24:00"),
        ("08-10", "08-11", "closed by exception"),
        ("12-31", "12-31", "stock-taking"),
    ]
    assert groups[-2].marks == [CLOSED_BY_EXCEPTION]


def test_groups_may_be_told_apart_by_their_hours() -> None:
    """With `of_same_hours` a change of hours begins a new group, whose label names them."""
    days = collect_year([(date.min, OFFICE)], 2026).days[186:190]  # from the 6th of July
    assert [group.label(ENGLISH) for group in special_dates(days, of_same_hours=True)] == [
        "summer: 09:00-12:00",
        "summer: 09:00-13:00",
    ]


def test_hours_of_a_date_as_text() -> None:
    """A midnight that ends the date is 24:00; a night shift ends on the next date."""
    night = Calendar("UTC", {"mon": "0-24", "tue": "8-12, 22-6"})
    assert [hours_text(day) for day in night.days("2026-05-04", "2026-05-06")] == [
        "00:00-24:00",
        "08:00-12:00, 22:00-06:00",
        "",
    ]
    assert hours_text(night.days("2026-05-05", "2026-05-05")[0], "–") == "08:00–12:00, 22:00–06:00"


def test_each_calendar_is_followed_from_its_date_on() -> None:
    """The versions of a policy follow one another within a year."""
    shorter = Calendar("Europe/Paris", {"mon-fri": "9-12"})
    days, unpublished = collect_year([(date.min, OFFICE), (date(2026, 5, 1), shorter)], 2026)
    assert [hours_text(day) for day in days[118:121]] == [
        "09:00-12:00, 13:00-17:00",
        "09:00-12:00, 13:00-17:00",
        "09:00-12:00",  # the 1st of May, which the later calendar does not know as a holiday
    ]
    assert (len(days), unpublished) == (365, None)
    days, _ = collect_year([(date(2026, 12, 30), OFFICE)], 2026)
    assert [str(day.date) for day in days] == ["2026-12-30", "2026-12-31"]


@pytest.mark.parametrize(
    ("year", "first"), [(2025, None), (2026, "2026-07-01"), (2027, "2027-01-01")]
)
def test_holidays_not_published_count_within_the_year(year: int, first: str | None) -> None:
    """The first date without published holidays is given only if it lies in the year."""
    calendar = Calendar("UTC", "always", holidays=Holidays(country="FR", horizon="2026-06-30"))
    unpublished = collect_year([(date.min, calendar)], year).unpublished_from
    # A year after the horizon is unpublished from its own beginning.
    assert (unpublished and str(unpublished)) == first


def test_the_first_unpublished_date_of_all_calendars_counts() -> None:
    """Each calendar counts while it is followed: the first from July to August, then the other."""
    first = Calendar("UTC", "always", holidays=Holidays(country="FR", horizon="2026-06-30"))
    second = Calendar("UTC", "always", holidays=Holidays(country="FR", horizon="2026-09-30"))
    calendars = [(date.min, first), (date(2026, 9, 1), second)]
    assert collect_year(calendars, 2026).unpublished_from == date(2026, 7, 1)
    calendars = [(date.min, second), (date(2026, 9, 1), second)]
    assert collect_year(calendars, 2026).unpublished_from == date(2026, 10, 1)


@pytest.mark.parametrize("year", [1899, 2201, "2026"])
def test_years_that_are_not_supported_are_refused(year: int) -> None:
    with pytest.raises(HorizonError, match="not one of the supported years 1900 to 2200"):
        collect_year([(date.min, OFFICE)], year)


def test_the_year_to_show_follows_from_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Own dates: the last that is mentioned; a country: the last published, or announced, year."""
    monkeypatch.setattr(year_module, "latest_announced_year", lambda: 2026)
    assert default_year(OFFICE) == 2026
    assert default_year(Calendar("UTC", "always")) is None
    assert default_year(Calendar("UTC", "always", exceptions={"2031-01-01": "closed"})) == 2031
    assert default_year(Calendar("UTC", "always", holidays="FR")) == 2026, "published until 2100"
    assert default_year(Calendar("UTC", "always", holidays="FR", horizon=2024)) == 2024
    changed = Calendar("UTC", "always", changes={"2028-01-01": {"holidays": ["2029-05-04"]}})
    assert default_year(changed) == 2029
