"""Dates that recur, in exceptions, closures, own holidays and sets of dates, by hand."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import Any

import pytest

from slacalc import Calendar, Holidays, Policy
from slacalc._calendar.date_keys import parse_date_key
from slacalc._calendar.recurring_dates import RecurringDates
from slacalc.errors import CalendarError, DateError, HolidaysError, HoursError, PolicyError

WEEK = {"mon-fri": "9-17"}


def dates_of(text: str, year: int = 2026) -> str:
    """The dates that a rule names in a year, as month and day."""
    dates = parse_date_key(text)
    assert isinstance(dates, RecurringDates)
    return " ".join(f"{day:%m-%d}" for day in dates.dates(year))


def exceptions_of(calendar: Calendar, year: int = 2026) -> list[str]:
    """The dates of a year that are exceptions."""
    days = calendar.days(f"{year}-01-01", f"{year}-12-31")
    return [f"{day.date:%m-%d}" for day in days if day.kind == "exception"]


# What rules name, from calendars on paper --------------------------------------------------------

FIRST_SUNDAYS = "01-04 02-01 03-01 04-05 05-03 06-07 07-05 08-02 09-06 10-04 11-01 12-06"
SATURDAYS = (
    "01-10 01-24 02-14 02-28 03-14 03-28 04-11 04-25 05-09 05-23 06-13 06-27 "
    "07-11 07-25 08-08 08-22 09-12 09-26 10-10 10-24 11-14 11-28 12-12 12-26"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12-24", "12-24"),
        ("02-29", ""),
        ("12-30..01-02", "01-01 01-02 12-30 12-31"),
        ("02-27 to 03-01", "02-27 02-28 03-01"),
        ("02-29..03-02", "03-01 03-02"),
        ("first sunday of month", FIRST_SUNDAYS),
        ("1st Sun of each month", FIRST_SUNDAYS),
        ("RRULE:FREQ=MONTHLY;BYDAY=1SU", FIRST_SUNDAYS),
        ("2nd and 4th saturday of month", SATURDAYS),
        ("second, 4th Saturdays of the month", SATURDAYS),
        ("fifth friday of month", "01-30 05-29 07-31 10-30"),
        ("last friday of october", "10-30"),
        ("last friday of october and march", "03-27 10-30"),
        ("2nd last monday of quarter", "03-23 06-22 09-21 12-21"),
        ("first monday of quarter", "01-05 04-06 07-06 10-05"),
        ("20th monday of year", "05-18"),
        ("last day of quarter", "03-31 06-30 09-30 12-31"),
        ("every sunday of december", "12-06 12-13 12-20 12-27"),
        ("every 2 weeks from 2026-10-09", "10-09 10-23 11-06 11-20 12-04 12-18"),
        ("every 2 weeks from 2026-10-09 until 2026-11-20", "10-09 10-23 11-06 11-20"),
        ("every other week from 2025-12-19 until 2026-01-20", "01-02 01-16"),
        ("every 100 days from 2026-01-01", "01-01 04-11 07-20 10-28"),
        ("every 5 months from 2025-12-15", "05-15 10-15"),
        ("every year from 2027-05-01", ""),
        ("every 3 years from 2020-05-01", "05-01"),
        ("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1FR", "10-30"),
        ("DTSTART=20261009 RRULE:FREQ=WEEKLY;INTERVAL=2", "10-09 10-23 11-06 11-20 12-04 12-18"),
        ("DTSTART;VALUE=DATE:20261009\nRRULE:FREQ=WEEKLY;INTERVAL=10", "10-09 12-18"),
        ("rrule:freq=weekly;interval=10;count=2 from 2026-10-09", "10-09 12-18"),
    ],
)
def test_what_rules_name(text: str, expected: str) -> None:
    """The dates of 2026; and what is written back names the same dates, in all three places."""
    assert dates_of(text) == expected
    again = str(parse_date_key(text))
    assert parse_date_key(again) == parse_date_key(text)
    calendar = Calendar("UTC", "closed", exceptions={text: "9-10"})
    assert exceptions_of(calendar) == expected.split()
    for other in (
        Calendar("UTC", "always", closures={text: "all day"}),
        Calendar("UTC", "always", holidays={text: "day"}),
        Calendar("UTC", "always", holidays=[text]),
        Calendar("UTC", "always") - Calendar.dates(text),
    ):
        days = other.days("2026-01-01", "2026-12-31")
        assert [f"{day.date:%m-%d}" for day in days if not day.is_working] == expected.split()
        assert Calendar.from_dict(json.loads(json.dumps(other.to_dict()))) == other


def test_rules_at_the_ends_of_the_supported_years() -> None:
    """Rules are followed from 1900 to 2200; weekdays and leap years are those of the calendar."""
    assert dates_of("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29 from 1904-02-29", 2000) == "02-29"
    assert dates_of("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29 from 1904-02-29", 1900) == ""
    assert dates_of("RRULE:FREQ=MONTHLY;BYDAY=-1WE", 2200).endswith("12-31")  # a Wednesday
    assert dates_of("RRULE:FREQ=DAILY;UNTIL=19000103", 1900) == "01-01 01-02 01-03"
    assert dates_of("RRULE:FREQ=WEEKLY;UNTIL=20261021 from 2026-10-07") == "10-07 10-14 10-21"


def test_leap_years() -> None:
    """29 February is named where a year has it, also in intervals of years."""
    assert dates_of("02-29", 2028) == "02-29"
    assert dates_of("02-29", 2100) == ""
    assert dates_of("02-28..03-01", 2028) == "02-28 02-29 03-01"
    assert dates_of("every 2 years from 2024-02-29", 2026) == ""
    assert dates_of("every 2 years from 2024-02-29", 2028) == "02-29"
    assert dates_of("last day of february", 2028) == "02-29"


# The holidays of France in 2026: Thursday 1 January, Monday 6 April, Fridays 1 and 8 May, Thursday
# 14 and Monday 25 May, Tuesday 14 July, Saturday 15 August, Sunday 1 and Wednesday 11 November,
# Friday 25 December; and then Friday 1 January.
WORKED_BEFORE = "04-03 04-30 05-07 05-13 05-22 07-13 08-14 10-30 11-10 12-24 12-31"
WORKED_AFTER = "01-02 04-07 05-04 05-11 05-15 05-26 07-15 08-17 11-02 11-12 12-28"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("day before holiday", "04-30 05-07 05-13 07-13 08-14 11-10 12-24 12-31"),
        ("day after holiday", "01-02 04-07 05-15 05-26 07-15 11-02 11-12"),
        ("working day before holiday", WORKED_BEFORE),
        ("working day after holiday", WORKED_AFTER),
        ("last working day of quarter", "03-31 06-30 09-30 12-31"),
        ("last working day of may and october", "05-29 10-30"),
        ("first working day of january and may", "01-02 05-04"),
        ("2nd last working day of may", "05-28"),
        ("last working day of year", "12-31"),
        ("2nd working day of year", "01-05"),
    ],
)
def test_rules_that_look_at_holidays(text: str, expected: str) -> None:
    """A day before a holiday is a working day itself: neither Easter Sunday nor a Saturday."""
    calendar = Calendar("Europe/Paris", WEEK, holidays="FR", exceptions={text: "9-12"})
    assert exceptions_of(calendar) == expected.split()
    closed = Calendar("Europe/Paris", WEEK, holidays="FR", closures={text: "12-17"})
    shortened = [day for day in closed.days("2026-01-01", "2026-12-31") if day.name and day.spans]
    assert [f"{day.date:%m-%d}" for day in shortened] == exceptions_of(calendar)


def test_a_holiday_at_a_weekend_has_a_day_before() -> None:
    """15 August 2026 and 1 November 2026 are a Saturday and a Sunday."""
    eves = {"day before holiday": "9-12"}
    calendar = Calendar("Europe/Paris", WEEK, holidays="FR", exceptions=eves)
    assert "08-14" in exceptions_of(calendar)
    assert "10-31" not in exceptions_of(calendar)  # a Saturday, not worked
    always = Calendar("Europe/Paris", "always", holidays="FR", exceptions=eves)
    assert "10-31" in exceptions_of(always)


def test_nothing_goes_in_circles() -> None:
    """Rules look at the week and the lists, those of lists at what is left without such rules."""
    calendar = Calendar(
        "UTC",
        WEEK,
        holidays=["2026-05-29", "last working day of may", "day before holiday"],
        exceptions={"last working day of may": "9-10", "2026-05-27": "closed"},
        closures={"last working day of may": "9:00-9:30"},
    )
    # Of the lists: Friday 29 is off, so Thursday 28 is the last working day, and the day before a
    # holiday. Of exceptions and closures: Wednesday 27, although an exception closes it.
    kinds = {day.date.day: day.kind for day in calendar.days("2026-05-26", "2026-05-29")}
    assert kinds == {26: "working-day", 27: "exception", 28: "holiday", 29: "holiday"}
    without = Calendar.from_dict(calendar.to_dict() | {"exceptions": {}})
    [day] = without.days("2026-05-27", "2026-05-27")
    assert (day.kind, day.name) == ("working-day", "closure last working day of May")


def test_working_days_follow_changes_of_week_and_lists() -> None:
    """The last working day of a month is found with the hours in force on each date."""
    calendar = Calendar(
        "UTC",
        WEEK,
        exceptions={"last working day of month": "9-10", "first working day of month": "10-11"},
        changes={"2026-05-15": {"week": {"mon-sun": "9-17"}, "holidays": ["2026-06-01"]}},
    )
    days = [day for day in exceptions_of(calendar) if day.startswith(("05", "06"))]
    assert days == ["05-01", "05-31", "06-02", "06-30"]


# Which key counts --------------------------------------------------------------------------------


def test_a_date_beats_a_range_beats_rules() -> None:
    """Dates and ranges may not overlap; each beats every rule."""
    calendar = Calendar(
        "UTC",
        WEEK,
        exceptions={
            "12-24": "9-12",
            "2026-12-24": "9-10",
            "2027-12-20..2027-12-24": "9-11",
            "every friday": "9-13",
        },
    )
    ends = {year: calendar.next_close(f"{year}-12-24T09:00Z").hour for year in range(2025, 2028)}
    assert ends == {2025: 12, 2026: 10, 2027: 11}


def test_the_rarest_rule_counts_and_then_the_one_with_fewer_hours() -> None:
    """Whatever the order in which they are written."""
    rules = {
        "every friday": "9-16",
        "last friday of month": "9-15",
        "last friday of october": "9-14",
        "12-25": "closed",
        "first monday of month": "9-11",
        "1st monday of november and december": "9-18",
        "last monday of month": "9-12",
        "RRULE:FREQ=MONTHLY;BYDAY=-1MO;BYMONTH=11": "9-13",
    }
    for keys in (list(rules), sorted(rules), sorted(rules, reverse=True)):
        calendar = Calendar("UTC", WEEK, exceptions={key: rules[key] for key in keys})
        assert calendar == Calendar("UTC", WEEK, exceptions=rules)
        days = calendar.days("2026-10-01", "2026-12-31")
        ends = {f"{day.date:%m-%d}": day.spans[-1].closes.hour for day in days if day.spans}
        assert (ends["10-23"], ends["10-30"], ends["11-27"]) == (16, 14, 15)
        assert "12-25" not in ends
        assert (ends["11-02"], ends["10-05"]) == (18, 11)
        assert (ends["11-30"], ends["12-28"]) == (13, 12)
    fewer = {"first monday of month": "9-12", "first day of month": "9-13"}
    assert (
        Calendar("UTC", WEEK, exceptions=fewer).days("2026-06-01", "2026-06-01")[0].work.hours == 3
    )


@pytest.mark.parametrize(
    ("exceptions", "words"),
    [
        ({"12-24": "9-12", "12-20..12-26": "closed"}, "12-20..12-26 and 12-24 overlap each year"),
        ({"12-24..01-02": "9-12", "01-01..01-05": "closed"}, "overlap each year"),
        ({"first sunday of month": "9-12", "1st Sun of the month": "closed"}, "is named twice"),
        ({"2026-12-24..2026-12-26": "9-12", "2026-12-25": "closed"}, "overlap"),
    ],
)
def test_dates_that_are_named_twice(exceptions: dict[str, str], words: str) -> None:
    """What is refused of dates is refused of yearly dates."""
    with pytest.raises(CalendarError, match=words):
        Calendar("UTC", WEEK, exceptions=exceptions)


# Closures ----------------------------------------------------------------------------------------


def test_a_closure_takes_hours_out_of_everything() -> None:
    """Out of the evening's shift that runs into the date, exceptions and make-up days alike."""
    nights = Calendar(
        "Europe/Berlin",
        {"mon-sun": "20:00-06:00"},
        holidays=Holidays(dates=["2026-03-03"], workdays=["2026-03-08"]),
        exceptions={"2026-02-28": "22:00-04:00", "2026-03-01": "00:00-24:00"},
        closures={"first sunday of month": "02:00-05:00", "2026-03-07": "23:00-01:00"},
    )

    def hours(start: str, end: str) -> list[str]:
        return [f"{opens:%d %H}-{closes:%d %H}" for opens, closes in nights.spans(start, end)]

    assert hours("2026-02-28T12:00+01:00", "2026-03-01T12:00+01:00") == [
        "28 22-01 02",
        "01 05-01 12",
    ]
    assert hours("2026-03-07T12:00+01:00", "2026-03-08T12:00+01:00") == [
        "07 20-07 23",
        "08 01-08 06",
    ]


def test_closures_add_up_and_may_close_a_day() -> None:
    """Two on one date close the hours of both; a day without hours is of the kind "closure"."""
    desk = Calendar(
        "UTC",
        WEEK,
        closures={
            "every day": {"hours": "9-10", "name": "Stand-up"},
            "first monday of month": "16:00-24:00",
            "2026-06-02": "all day",
            "2026-06-03..2026-06-04": {"hours": {"wed": "11-12"}},
        },
    )
    days = desk.days("2026-06-01", "2026-06-06")
    assert [(day.kind, day.name, day.work.hours) for day in days] == [
        ("working-day", "closure first Monday of month, Stand-up", 6),
        ("closure", "Stand-up", 0),
        ("working-day", "Stand-up", 6),
        ("working-day", "Stand-up", 7),
        ("working-day", "Stand-up", 7),
        ("weekend", "", 0),
    ]
    ledger = desk.explain("2026-06-01T08:00Z", "2026-06-02T08:00Z")
    assert [(row.kind, row.name) for row in ledger if not row.is_open] == [
        ("overnight", ""),
        ("closure", "Stand-up"),
        ("closure", "closure first Monday of month"),
        ("overnight", ""),
    ]
    assert not desk.is_open("2026-06-01T16:30Z")


def test_a_closure_that_runs_past_midnight() -> None:
    """The next date says why it is closed, whatever comes before it."""
    desk = Calendar("UTC", {"daily": "00:00-02:00"}, closures={"2026-03-07": "23:00-02:00"})
    [day] = desk.days("2026-03-08", "2026-03-08")
    assert (day.kind, day.is_working) == ("closure", False)
    [row] = desk.explain("2026-03-08T00:00Z", "2026-03-08T01:00Z")
    assert (row.is_open, row.kind) == (False, "closure")
    weekly = Calendar("UTC", {"daily": "00:00-02:00"}, closures={"every saturday": "23:00-01:00"})
    [day] = weekly.days("2026-03-08", "2026-03-08")
    assert (day.kind, day.name) == ("working-day", "closure every Saturday")


def test_maintenance_on_the_first_sunday_does_not_count() -> None:
    """Six hours from Sunday 1 March 2026, 00:00, on a desk that is always open."""
    desk = Calendar("Europe/Zurich", "always", closures={"first sunday of month": "02:00-06:00"})
    assert str(desk.add("2026-03-01T00:00+01:00", "6h")) == "2026-03-01 10:00:00+01:00"
    assert str(desk.add("2026-03-08T00:00+01:00", "6h")) == "2026-03-08 06:00:00+01:00"


def test_from_and_until_are_changes() -> None:
    """A change brings other exceptions and closures, in place of those before it."""
    desk = Calendar(
        "UTC",
        WEEK,
        exceptions={"12-24": "9-12"},
        changes={
            "2026-01-01": {"closures": {"first friday of month": "9-10"}},
            "2027-01-01": {"closures": {}, "exceptions": {"12-24": "closed"}},
        },
    )
    opened = {
        day: desk.is_open(f"{day}T09:30Z")
        for day in ("2025-12-05", "2026-12-04", "2027-12-03", "2026-12-24", "2027-12-24")
    }
    assert [*opened.values()] == [True, False, True, True, False]
    assert Calendar.from_dict(json.loads(json.dumps(desk.to_dict()))) == desk
    assert desk.to_dict()["changes"]["2027-01-01"] == {
        "exceptions": {"12-24": "closed"},
        "closures": {},
    }


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("12-24", "yearly exception 24 Dec", "每年 12月24日 例外"),
        ("12-24..12-31", "yearly exception 24 Dec to 31 Dec", "每年 12月24日至12月31日 例外"),
        (
            "last thursday of december",
            "exception last Thursday of December",
            "12月最后一个星期四 例外",
        ),
        ("4th thursday of month", "exception 4th Thursday of month", None),
        ("2nd and last day of month", "exception 2nd and last day of month", None),
    ],
)
def test_what_an_explanation_says(text: str, english: str, chinese: str | None) -> None:
    """A recurring exception without a name is named by its dates; a name comes before."""
    day = {"4th thursday of month": "2026-12-24", "2nd and last day of month": "2026-12-31"}
    at = day.get(text, "2026-12-31" if "last thursday" in text else "2026-12-24")
    desk = Calendar("UTC", WEEK, exceptions={text: "closed"})
    ledger = desk.explain(f"{at}T09:00Z", f"{at}T10:00Z")
    assert [(row.kind, row.name) for row in ledger] == [("exception", english)]
    assert f"  {english}\n" in str(ledger)
    if chinese:
        assert f"  {chinese}\n" in str(desk.explain(f"{at}T09:00Z", f"{at}T10:00Z", language="zh"))
    named = Calendar("UTC", WEEK, exceptions={text: {"hours": "closed", "name": "Party"}})
    assert "exception: Party\n" in str(named.explain(f"{at}T09:00Z", f"{at}T10:00Z"))


def test_own_holidays_that_recur() -> None:
    """By a name, or by their dates; on them the list of the country does not count."""
    own = {"12-24": "Christmas Eve", "last monday of may": None}
    desk = Calendar("Europe/Paris", WEEK, holidays=["FR", own])
    days = desk.days("2026-05-25", "2026-05-25") + desk.days("2026-12-24", "2026-12-24")
    assert [(day.kind, day.name) for day in days] == [
        ("holiday", "holiday last Monday of May"),
        ("holiday", "Christmas Eve"),
    ]
    one = Holidays(country="FR", dates={"12-25": "Ours", "2026-12-25": "This year's"})
    assert Holidays.parse(one.to_data()) == one
    assert one.special_days(2026)[0][date(2026, 12, 25)] == "This year's"
    assert one.special_days(2027)[0][date(2027, 12, 25)] == "Ours"


def test_answers_depend_on_holidays_to_come() -> None:
    """The day before an unpublished day may be a day before a holiday."""

    def first(**hours: Any) -> str:
        desk = Calendar("UTC", WEEK, holidays=Holidays(dates=["2026-05-01"], horizon=2026), **hours)
        return str(desk.provisional_from)

    assert first() == first(exceptions={"12-24": "closed"}) == "2027-01-01"
    assert first(exceptions={"day before holiday": "9-12"}) == "2026-12-31"
    assert first(closures={"last working day of month": "9-12"}) == "2027-01-01"
    desk = Calendar(
        "UTC",
        WEEK,
        holidays=Holidays(dates=["2026-05-01"], horizon="2026-06-15"),
        closures={"last working day of month": "9-12"},
    )
    assert str(desk.provisional_from) == "2026-06-01"


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("frist sunday of month", "did you mean 'first sunday of month'"),
        ("last fryday of octobr", "did you mean 'last friday of october'"),
        ("last business day of month", "did you mean 'last working day of month'"),
        ("24 december", "did you mean '12-24'"),
        ("December 24th", "did you mean '12-24'"),
        ("1-5", "did you mean '01-05'"),
        ("24-12", "did you mean 12-24"),
        ("first sunday", 'as in "first sunday of month"'),
        ("every 2 weeks", 'as in "every 2 weeks from 2026-01-09"'),
        ("every 2nd friday", '"2nd friday of month"'),
        ("every other friday", '"every 2 weeks from"'),
        ("6th sunday of month", "there is no 6th sunday of month"),
        ("31st day of april and june", "there is no 31st day"),
        ("54th monday of year", "there is no 54th monday"),
        ("02-30", "not the month and the day of a date"),
        ("13-01", "did you mean 01-13"),
        ("every 2 months from 2026-01-31", 'write "last day of month"'),
        ("every 0 weeks from 2026-01-09", "1 or more"),
        ("every 2 weeks from 2026-01-09 until 2025-01-01", "before it begins"),
        ("every 2 weeks from 2026-02-30", "not a date of the calendar"),
        ("first and 1st monday of month", "named twice"),
        ("the day", 'write "2026-12-24"'),
        ("", 'write "2026-12-24"'),
        ("easter", '"RRULE:FREQ=…"'),
        ("2026-12-24..12-31", "neither a date nor a range"),
        ("RRULE:", '"RRULE:FREQ=WEEKLY;INTERVAL=2 from 2026-01-09"'),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2", "depend on the date at which it begins"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=10;BYDAY=MO", "depend on the date at which it begins"),
        ("RRULE:FREQ=WEEKLY", "depend on the date at which it begins"),
        ("RRULE:FREQ=MONTHLY;BYDAY=MO;COUNT=3", "depend on the date at which it begins"),
        ("RRULE:FREQ=YEARLY;BYMONTH=5", "depend on the date at which it begins"),
        ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "there is no such date"),
        ("RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=TU from 2026-01-05", "names no date"),
        ("RRULE:FREQ=MONTHLY;BYDAY=6MO", "BYDAY counts from 1 to 5"),
        ("RRULE:FREQ=YEARLY;BYDAY=MO,54TU", "BYDAY counts from 1 to 53"),
        ("RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-9FR", "BYDAY counts from 1 to 5"),
        ("RRULE:FREQ=YEARLY;BYWEEKNO=1;BYMONTH=6;BYDAY=MO", "names no date"),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=18991231", "names no date"),
        ("RRULE:FREQ=DAILY from 2201-01-01", "outside the supported years"),
        ("RRULE:FREQ=DAILY from 1899-01-01", "outside the supported years"),
        ("RRULE:FREQ=HOURLY", "does not count dates"),
        ("RRULE:FREQ=FORTNIGHTLY", "FREQ is missing or unknown"),
        ("RRULE:FREQ=WEEKLY;BYDAY=XX", "cannot be read"),
        ("RRULE:FREQ=DAILY;INTERVAL=0 from 2026-01-01", "INTERVAL must be 1 or more"),
        ("RRULE:BYEASTER=0;FREQ=YEARLY from 2026-01-01", "is not a part of one"),
        ("first " * 400 + "monday of month", "more than 1000 characters"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(text: str, words: str) -> None:
    """With its place, and what would be right; in little time."""
    begun = time.process_time()
    with pytest.raises(DateError) as caught:
        Calendar("UTC", WEEK, closures={text: "9-10"})
    assert time.process_time() - begun < 1
    assert words in str(caught.value)
    assert caught.value.where.startswith("closures")


def test_other_faults() -> None:
    """Closures without hours, too many rules, and dates alone that ask for working days."""
    for hours in ("closed", {"hours": "closed"}, {}):
        with pytest.raises((HoursError, CalendarError)) as caught:
            Calendar("UTC", WEEK, closures={"12-24": hours})
        assert caught.value.where == "closures.12-24"
    many = {f"every {count} days from 2026-01-01": "9-10" for count in range(2, 103)}
    with pytest.raises(DateError, match="too many in one place"):
        Calendar("UTC", WEEK, closures=many)
    with pytest.raises(DateError, match="looks at the working days"):
        Calendar.dates("last working day of month")
    with pytest.raises(CalendarError, match="week, holidays, exceptions, closures"):
        Calendar("UTC", WEEK, changes={"2026-01-01": {"closure": {}}})
    with pytest.raises(HolidaysError):
        Holidays.parse("firstsunday")


def test_a_policy_reports_each_key_with_its_place() -> None:
    """All faults together; and a policy with all forms comes back whole, with one fingerprint."""
    office = {"time_zone": "UTC", "week": WEEK}
    bad = {"first sonday of month": "9-10", "12-24": "9-", "RRULE:FREQ=X": "9-10"}
    with pytest.raises(PolicyError) as caught:
        Policy("desk", calendars={"office": office | {"closures": bad, "exceptions": bad}})
    paths = sorted(fault.path for fault in caught.value.faults)
    assert len(paths) == 6
    assert paths[0] == ("calendars", "office", "closures", "12-24")
    good = office | {
        "exceptions": {"12-24": "9-12", "Last Friday of October": "9-13"},
        "closures": {"first sunday of the month": {"hours": "02:00-06:00", "name": "Patches"}},
    }
    spelled = office | {
        "exceptions": {"last friday of october": "09:00-13:00", "12-24": "9-12"},
        "closures": {"1st Sun of month": {"name": "Patches", "hours": "2-6"}},
    }
    policy, other = (Policy("desk", calendars={"office": part}) for part in (good, spelled))
    assert policy.fingerprint == other.fingerprint
    assert Policy.from_toml(policy.to_toml()) == policy == Policy.from_dict(policy.to_dict())
    assert "closures" not in Policy("desk", calendars={"office": office}).to_toml()
    empty = Policy("desk", calendars={"office": office | {"closures": {}}})
    assert empty.fingerprint == Policy("desk", calendars={"office": office}).fingerprint
