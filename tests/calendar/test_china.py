"""China's working days, 2018 to 2026, against the notices of the State Council.

The days off and make-up days are those of ``data/cn_days_2018_2026.csv``; which day off a make-up
day was exchanged for is written out below, by hand, from the notices' own pairs as the names of
the days off name them ("休息日（由 2024-09-14 调休）" on 2024-09-16).
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from slacalc import Calendar

FIRST, LAST = date(2018, 1, 1), date(2026, 12, 31)
OFFICE = Calendar("Asia/Shanghai", {"mon-fri": "8:30-12:00, 13:00-17:30"}, holidays="CN")

# Each weekday has hours of its own, so that those of a make-up day show whose they are.
EACH_DAY_DIFFERENT = Calendar(
    "Asia/Shanghai",
    {"mon": "8-16", "tue": "8-16:10", "wed": "8-16:20", "thu": "8-16:30", "fri": "8-16:40"},
    holidays="CN",
)
CLOSES = {"Mon": "16:00", "Tue": "16:10", "Wed": "16:20", "Thu": "16:30", "Fri": "16:40"}

# The make-up day, the day off it was exchanged for, and the weekday of that day off.
EXCHANGES = [
    ("2018-02-11", "2018-02-15", "Thu"),
    ("2018-04-08", "2018-04-06", "Fri"),
    ("2018-12-29", "2018-12-31", "Mon"),
    ("2019-10-12", "2019-10-07", "Mon"),
    ("2020-05-09", "2020-05-05", "Tue"),
    ("2020-10-10", "2020-10-08", "Thu"),
    ("2021-02-20", "2021-02-17", "Wed"),
    ("2021-09-26", "2021-10-06", "Wed"),
    ("2022-04-24", "2022-05-03", "Tue"),
    ("2023-06-25", "2023-06-23", "Fri"),
    ("2024-09-14", "2024-09-16", "Mon"),
    ("2024-09-29", "2024-10-04", "Fri"),
    ("2025-10-11", "2025-10-08", "Wed"),
    ("2026-02-14", "2026-02-20", "Fri"),
    ("2026-10-10", "2026-10-07", "Wed"),
]


def notices() -> dict[date, bool]:
    """The dates that the notices mention: True for a day off, False for a make-up day."""
    path = Path(__file__).parents[1] / "data" / "cn_days_2018_2026.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            date.fromisoformat(row["date"]): row["is_off_day"] == "1"
            for row in csv.DictReader(lines)
        }


@pytest.mark.parametrize("year", range(FIRST.year, LAST.year + 1))
def test_every_date_is_what_the_state_council_says(year: int) -> None:
    """A date is a working day if a notice says so, or says nothing and it is Monday to Friday."""
    listed = notices()
    for day in OFFICE.days(date(year, 1, 1), date(year, 12, 31)):
        off = listed.get(day.date, day.date.weekday() >= 5)
        assert day.is_working is not off, f"{day.date} {day.kind} {day.name}"
        assert day.work == timedelta(hours=0 if off else 8), day.date
        assert (day.kind in ("weekend", "holiday")) is off, day


@pytest.mark.parametrize("year", range(FIRST.year, LAST.year + 1))
def test_a_year_has_its_working_hours(year: int) -> None:
    """The working time of a year is eight hours for each of its working days."""
    listed = notices()
    first = date(year, 1, 1)
    dates = [first + timedelta(days) for days in range((date(year + 1, 1, 1) - first).days)]
    count = sum(not listed.get(day, day.weekday() >= 5) for day in dates)
    elapsed = OFFICE.elapsed(f"{year}-01-01T00:00+08:00", f"{year + 1}-01-01T00:00+08:00")
    assert elapsed == timedelta(hours=8 * count)


def test_make_up_days_are_named() -> None:
    """Every make-up day of the notices that falls on a weekend is called one."""
    listed = notices()
    for day, off in listed.items():
        if not off and day.weekday() >= 5:
            (found,) = OFFICE.days(day, day)
            assert found.kind == "make-up-day", day


@pytest.mark.parametrize(("make_up", "day_off", "weekday"), EXCHANGES)
def test_a_make_up_day_has_the_hours_of_the_day_it_stands_in_for(
    make_up: str, day_off: str, weekday: str
) -> None:
    """Who works on a Saturday for a Friday works Friday's hours."""
    assert date.fromisoformat(day_off).strftime("%a") == weekday
    assert date.fromisoformat(make_up).strftime("%a") in ("Sat", "Sun")
    (worked,) = EACH_DAY_DIFFERENT.days(make_up, make_up)
    (closed,) = EACH_DAY_DIFFERENT.days(day_off, day_off)
    assert worked.kind == "make-up-day"
    assert worked.name == f"for {day_off}"
    assert [f"{closes:%H:%M}" for _, closes in worked.spans] == [CLOSES[weekday]]
    assert closed.kind == "holiday"
    assert not closed.is_working


def test_hours_of_a_make_up_day_that_no_day_off_names() -> None:
    """A make-up day of one's own that stands in for no date has Monday's hours."""
    calendar = Calendar(
        "Asia/Shanghai",
        {"mon": "8-16", "tue-fri": "8-18"},
        holidays={"workdays": ["2024-05-18"]},
    )
    (day,) = calendar.days("2024-05-18", "2024-05-18")
    assert [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in day.spans] == ["08:00-16:00"]
