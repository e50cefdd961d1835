"""From a description to the hours of each date and the open spans of each year."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from slacalc import ALWAYS, Calendar, Holidays
from slacalc._calendar.compilation import (
    compile_year,
    hours_of_dates,
    kind_of_day,
    terms_of,
    unpublished_from,
    without_terms,
    zone_of,
)
from slacalc._time.instants import to_instant
from tests.calendar.examples import SEASONED


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
    """The exception decides first, then the holidays in force, then the weekly hours in force."""
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
    """Those of the weekday that was given up, if the list names it; otherwise Monday's."""
    calendar = Calendar(
        "UTC",
        {"mon": "9-17", "fri": "9-12"},
        holidays=Holidays(workdays={"2026-05-09": "2026-05-15", "2026-05-10": None}),
    )
    assert hours(calendar, "2026-05-09") == "09:00-12:00"
    assert hours(calendar, "2026-05-10") == "09:00-17:00"
    assert [day.kind for day in calendar.days("2026-05-09", "2026-05-10")] == ["make-up-day"] * 2


def test_a_make_up_day_for_a_weekday_without_hours_is_closed() -> None:
    """A desk that is closed on Fridays has nothing to make up for one."""
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


def at(text: str) -> int:
    """An instant, to the minute, in microseconds."""
    return to_instant(f"{text}Z")


def texts(spans: list[tuple[int, int]]) -> list[str]:
    """Spans in UTC, as text."""
    return [
        " ".join(f"{datetime.fromtimestamp(instant / 1e6, UTC):%m-%d %H:%M}" for instant in span)
        for span in spans
    ]


def test_a_year_has_the_spans_of_utc_and_the_days_of_its_zone() -> None:
    """Shanghai's first hours of 2026 are the last ones of 2025 in UTC."""
    year = compile_year(Calendar("Asia/Shanghai", "always"), 2026)
    assert year.spans == [(at("2026-01-01T00:00"), at("2027-01-01T00:00"))]
    assert len(year.days) == 365
    assert year.days[0] == (
        date(2026, 1, 1).toordinal(),
        at("2025-12-31T16:00"),
        at("2026-01-01T16:00"),
    )
    assert year.tails == []


def test_hours_in_a_gap_do_not_exist_and_those_in_a_fold_come_twice() -> None:
    """In Berlin 02:30 is skipped on 29 March 2026, and comes twice on 25 October."""
    early = Calendar("Europe/Berlin", {"sun": "02:30-05:00"})
    spans = texts(compile_year(early, 2026).spans)
    assert spans[11:14] == [
        "03-22 01:30 03-22 04:00",
        "03-29 01:00 03-29 03:00",
        "04-05 00:30 04-05 03:00",
    ]
    assert [span for span in spans if span.startswith("10-25")] == [
        "10-25 00:30 10-25 01:00",
        "10-25 01:30 10-25 04:00",
    ]


def test_a_closure_after_midnight_beside_a_clock_change_moves_nothing_to_another_date() -> None:
    """Where the clock jumps from 02:00 to 02:30, closures leave several pieces of two dates."""
    calendar = Calendar(
        "Australia/Lord_Howe",
        "always",
        exceptions={"10-26": "03:15-03:00"},
        closures={"1985-10-27": "02:30-02:45", "10-27": "09:00-17:00"},
    )
    shown = [
        [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in day.spans]
        for day in calendar.days(date(1985, 10, 26), date(1985, 10, 27))
    ]
    assert shown == [["03:15-00:00"], ["00:00-02:30", "02:45-09:00", "17:00-00:00"]]


def test_a_shift_that_outlasts_the_next_opening_has_a_tail() -> None:
    """Monday's night ends at 06:00, after Tuesday has opened at 05:00 and closed at 05:30."""
    calendar = Calendar("UTC", {"mon": "22-6", "tue": "5:00-5:30"})
    year = compile_year(calendar, 2026)
    monday = date(2026, 1, 5).toordinal()
    assert year.days[:2] == [
        (monday, at("2026-01-05T22:00"), at("2026-01-06T06:00")),
        (monday + 1, at("2026-01-06T05:00"), at("2026-01-06T05:30")),
    ]
    assert year.tails[0] == (at("2026-01-06T05:30"), at("2026-01-06T06:00"), monday)


def test_terms_apply_from_left_to_right() -> None:
    """What one term removes a later one may add again."""
    day, noon = Calendar("UTC", {"mon": "9-17"}), Calendar("UTC", {"mon": "12-13"})
    assert texts(compile_year(day - noon, 2026).spans)[:2] == [
        "01-05 09:00 01-05 12:00",
        "01-05 13:00 01-05 17:00",
    ]
    assert compile_year(day - noon | noon, 2026).spans == compile_year(day, 2026).spans
    assert texts(compile_year((day | noon) & noon, 2026).spans)[:1] == ["01-05 12:00 01-05 13:00"]
    assert [operation for operation, _ in terms_of(day - noon | noon)] == ["-", "|"]
    assert without_terms(day - noon) == day
    assert without_terms(day) is day


def test_added_time_belongs_to_the_date_on_the_left_calendars_clock() -> None:
    """Tokyo's Tuesday morning is Monday evening in New York."""
    west = Calendar("America/New_York", {"mon": "9-17"}) | Calendar("Asia/Tokyo", {"tue": "9-17"})
    days = compile_year(west, 2026).days
    monday = date(2026, 1, 5).toordinal()
    # 9:00 in New York is 14:00 UTC; Tokyo works from 00:00 to 08:00 UTC, New York's midnight is 5.
    assert days[:2] == [
        (monday, at("2026-01-05T14:00"), at("2026-01-06T05:00")),
        (monday + 1, at("2026-01-06T05:00"), at("2026-01-06T08:00")),
    ]


def test_hours_of_dates_across_a_change() -> None:
    """The new week is in force from its date on; an exception has the hours of each weekday."""
    first, last = date(2025, 6, 30), date(2025, 7, 2)
    assert [str(hours) for _, hours in hours_of_dates(SEASONED, first, last)] == [
        "09:00-17:00",
        "08:00-16:00",
        "08:00-16:00",
    ]
    friday = date(2026, 7, 3)
    assert [str(hours) for _, hours in hours_of_dates(SEASONED, friday, friday)] == ["08:00-12:00"]


def test_the_earliest_unpublished_date_of_all_lists_counts() -> None:
    """Of lists, of changes while they are in force, and of the other calendars of a combination."""
    early = Calendar("UTC", "always", holidays=Holidays(dates=["2026-01-01"], horizon=2026))
    late = Calendar("Asia/Tokyo", "always", holidays=Holidays(dates=["2026-01-01"], horizon=2028))
    assert unpublished_from(early) == at("2027-01-01T00:00")
    assert unpublished_from(late) == at("2028-12-31T15:00"), "midnight in Tokyo"
    assert unpublished_from(late | early) == at("2027-01-01T00:00")
    assert unpublished_from(Calendar("UTC", "always")) is None
    replaced = Calendar(
        "UTC",
        "always",
        holidays=early.holidays,
        changes={"2026-07-01": {"holidays": late.holidays[0]}},
    )
    assert unpublished_from(replaced) == at("2029-01-01T00:00"), "the first list ends before"
    assert unpublished_from(Calendar("UTC", "always", holidays=late.holidays, horizon=2026)) == at(
        "2027-01-01T00:00"
    )


def test_the_kind_of_a_date_is_that_of_the_leftmost_calendar() -> None:
    """Whatever the others open and close."""
    christmas = date(2026, 12, 25)
    assert kind_of_day(SEASONED - ALWAYS, christmas, "en") == ("holiday", "Christmas Day")
    assert kind_of_day(ALWAYS - SEASONED, christmas) == ("working-day", "")
    assert zone_of(ALWAYS - SEASONED).name == "UTC"
