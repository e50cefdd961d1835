"""A year of a calendar as it is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import (
    DESK,
    data,
    lines,
    refused,
    write,
)


def test_a_year_at_a_glance() -> None:
    """September and October 2024 in China: make-up Saturdays and Sundays, and the days off."""
    command = ("calendar", "show", "--country", "CN", "--year", "2024")
    printed = lines(*command, columns=80)
    assert printed[0] == "CN, 2024"
    assert printed[2].split() == ["January", "February", "March"]
    narrow = lines(*command, columns=30)
    begins = narrow.index("      September")
    assert narrow[begins + 1] == "Mo Tu We Th Fr Sa Su"
    assert narrow[begins + 2] == "                   1"
    assert narrow[begins + 4].startswith(" 9 10 11 12 13 14+15")
    assert narrow[begins + 5] == "16*17*18 19 20 21 22"
    assert narrow[begins + 6] == "23 24 25 26 27 28 29+"
    assert "+  Sat 14 Sep               working day for 2024-09-16" in printed
    assert lines(*command, columns=50)[2].split() == ["January", "February"]
    assert lines(*command, columns=200)[2].split() == ["January", "February", "March"]


def test_the_legend_counts_the_signs(desk: str) -> None:
    """262 weekdays of 2024, but three of the five days off; exceptions are distinguished."""
    old = Path(desk).read_text("utf-8").replace("2026-", "2024-")
    Path(desk).write_text(old, encoding="utf-8")
    printed = lines("calendar", "show", "-p", desk, "--year", "2024")
    assert printed[0] == "desk, calendar office, 2024"
    assert any("10x11x" in line for line in printed)
    assert any("24!" in line for line in printed)
    assert "! 1 special hours   x 5 closed by exception   259 working days in all" in printed
    assert printed[-2:] == [
        "x  Sat 10 Aug – Wed 14 Aug  Works holiday",
        "!  Tue 24 Dec               Christmas Eve: 09:00-12:00",
    ]


def test_a_year_of_a_policy_follows_its_versions(tmp_path: Path) -> None:
    """From the first of July 2030 on Fridays are free and Sundays are not."""
    version = (
        "\n[[versions]]\neffective_from = 2030-07-01\n"
        '[versions.calendars.office]\ntime_zone = "Europe/Paris"\nweek = { sun-thu = "9-17" }\n'
    )
    path = write(tmp_path, DESK + version)
    days = {
        one["date"]: one for one in data("calendar", "show", "-p", path, "--year", "2030")["days"]
    }
    assert len(days) == 365
    kinds = [days[day]["kind"] for day in ("2030-06-28", "2030-06-30", "2030-07-05", "2030-07-07")]
    assert kinds == ["working-day", "weekend", "weekend", "working-day"]


def test_a_year_as_json() -> None:
    """Each date with its kind and name, and from when on the names are a guess."""
    answer = data("calendar", "show", "--country", "US", "--subdivision", "CA", "--year", "2026")
    assert (answer["calendar"], answer["year"], answer["provisional_from"]) == ("US-CA", 2026, None)
    assert answer["days"][0] == {
        "date": "2026-01-01",
        "kind": "holiday",
        "name": "New Year's Day",
        "is_working": False,
    }
    (chavez,) = (day for day in answer["days"] if day["date"] == "2026-03-31")
    assert chavez["kind"] == "holiday"  # Cesar Chavez Day, in California


def test_the_hours_of_a_country_may_be_given() -> None:
    """In the form in which people type them; in Israel from Sunday to Thursday."""
    week = ("--week", "sun-thu 9-17; fri: 9-12")
    answer = data("calendar", "show", "--country", "IL", "--year", "2026", *week)
    kinds = {one["date"]: one["kind"] for one in answer["days"]}
    days = ("2026-01-02", "2026-01-03", "2026-01-04")  # a Friday, a Saturday, a Sunday
    assert [kinds[day] for day in days] == ["working-day", "weekend", "working-day"]
    always = data("calendar", "show", "--country", "IL", "--year", "2026", "--week", "always")
    assert "weekend" not in {one["kind"] for one in always["days"]}


def test_unpublished_holidays_are_noted(desk: str) -> None:
    """Below the months."""
    printed = lines("calendar", "show", "-p", desk, "--year", "2027")
    assert printed[-1] == "provisional: holidays from 2027-01-01 on are not published yet"


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ([], "either --country CODE or --policy"),
        (["--country", "CN", "-p", "unida"], "either --country CODE or --policy"),
        (["--country", "CN", "--calendar", "office"], "give --policy as well"),
        (["-p", "unida", "--week", "always"], "go with --country"),
        (["--country", "cn"], "'--country': 'cn' is not a country"),
        (["--country", "US", "--subdivision", "ZZ"], "'--subdivision': 'ZZ' is not a subdivision"),
        (["--country", "CN", "--time-zone", "Mars"], "'--time-zone': 'Mars' is not a time zone"),
        (["--country", "CN", "--week", "mon-fri"], "'--week': 'mon-fri' is not days and hours"),
        (["--country", "CN", "--week", "mon 9-12; mon 13-17"], "'mon' is given twice"),
        (["--country", "CN", "--week", "mon 9-25"], "'--week': '25' in '9-25' is not a time"),
        (["-p", "mingdun", "--calendar", "ofice"], "did you mean 'office'?"),
    ],
)
def test_calendars_that_cannot_be_read_are_refused(typed: list[str], printed: str) -> None:
    """Each message names the option that is wrong."""
    assert printed in refused("calendar", "show", "--year", "2026", *typed)


def test_one_of_several_calendars_must_be_named(tmp_path: Path) -> None:
    """Unless the policy says which one counts by default."""
    second = '[calendars.night]\ntime_zone = "UTC"\nweek = "always"\n\n[attributes]'
    text = DESK.replace("[attributes]", second).replace("stop ", 'calendar = "office"\nstop ')
    path = write(tmp_path, text)
    printed = refused("calendar", "show", "-p", path, "--year", "2026")
    assert "'--calendar': name a calendar of the policy (office, night)" in printed
    command = ("calendar", "show", "-p", path, "--year", "2026", "--calendar", "night")
    assert lines(*command)[0] == "desk, calendar night, 2026"
