"""Real databases answer what `bulk` answers, to the microsecond."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slacalc import Calendar, Policy, sql
from slacalc._time.instants import DAY, EARLIEST, HOUR, LATEST, MINUTE, SECOND, year_of, year_start
from tests.sql.answers import assert_same_as_bulk
from tests.sql.databases import Database, Ticket
from tests.strategies.calendars import Scene, instants, scenes, to_us, works

if TYPE_CHECKING:
    from collections.abc import Callable

BOSTON = Path(__file__).parents[2] / "examples" / "boston-311"
OFFICE = Calendar("Europe/Paris", {"mon-fri": "9-17"})


@st.composite
def tickets_of(draw: Callable[[st.SearchStrategy[Any]], Any], scene: Scene) -> list[Ticket]:
    """Forty tickets near a scene, the last of which lacks everything."""
    at = instants(scene)
    works_of_scene = works(scene)
    middle = scene.middle // DAY
    day, days = st.integers(middle - 40, middle + 40), st.integers(-9, 9)
    length = works_of_scene | works_of_scene.map(lambda work: -work)
    some = st.builds(Ticket, at, at, length, day, day, days)
    missing = Ticket(None, None, None, None, None, None)
    return [*draw(st.lists(some, min_size=40, max_size=40)), missing]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), scene=scenes())
def test_random_calendars(database: Database, data: st.DataObject, scene: Scene) -> None:
    """Clock changes, nights, breaks of a minute, unions, make-up days."""
    tickets = data.draw(tickets_of(scene))
    sources = [data.draw(st.sampled_from((None, "tickets")))]
    year = year_of(scene.middle)
    assert_same_as_bulk(database, scene.calendar, tickets, (year - 1, year + 1), sources=sources)


HOURS = {
    "nights over clock changes": Calendar("America/New_York", {"daily": "22-06"}),
    "a minute a day": Calendar("UTC", {"daily": "00:00-00:01"}),
    "breaks of five minutes": Calendar(
        "Europe/Berlin", {"mon-fri": "8-9:55,10-11:55,12-13:55,14-15:55"}
    ),
    "always": Calendar("Australia/Lord_Howe", "always"),
    "make-up days": Calendar("Asia/Shanghai", {"mon-fri": "8:30-12,13-17:30"}, holidays="CN"),
    "a union": Calendar("Asia/Kolkata", {"mon-fri": "9-18"})
    | Calendar("America/Santiago", {"mon-sat": "20-04"}),
    "never": Calendar("UTC", {"mon": "9-10"}) - Calendar("UTC", "always"),
    "a date that is skipped": Calendar("Pacific/Apia", {"daily": "7-12,13-19"}),
}


def tickets_of_2011(step: int) -> list[Ticket]:
    """One each so many microseconds of 2011, a year in which Samoa skipped a date."""
    start, end = year_start(2011), year_start(2012)
    return [
        Ticket(
            a,
            a + (number % 17 - 8) * 11 * HOUR,
            (number % 29 - 14) * 3 * HOUR + number % 7,
            a // DAY,
            a // DAY + number % 23 - 11,
            number % 13 - 6,
        )
        for number, a in enumerate(range(start, end, step))
    ]


@pytest.mark.parametrize("hours", HOURS)
def test_hours_over_a_year(database: Database, hours: str) -> None:
    """At all times of the day."""
    tickets = tickets_of_2011(8 * HOUR + 7 * MINUTE + 1)
    assert_same_as_bulk(database, HOURS[hours], tickets, (2010, 2012))


# Where working days are difficult: a week, and the day around which instants lie.
DIFFICULT = {
    "a shift ends as the clock goes forward": (
        Calendar("America/New_York", {"sat": "22-02", "sun-fri": "22-06"}),
        datetime(2011, 3, 13, tzinfo=UTC),
    ),
    "midnight is skipped": (
        Calendar("America/Havana", {"daily": "20-03"}),
        datetime(2011, 3, 20, tzinfo=UTC),
    ),
    "an hour before midnight is repeated": (
        Calendar("America/Havana", {"daily": "20-03"}),
        datetime(2011, 11, 13, tzinfo=UTC),
    ),
    "a shift ends after the next has begun": (
        Calendar("UTC", {"mon": "22-10", "tue": "6-18", "wed": "22-09", "thu": "8-9, 11-12"}),
        datetime(2011, 5, 11, tzinfo=UTC),
    ),
    "a date is skipped": (
        Calendar("Pacific/Apia", {"daily": "20-03"}),
        datetime(2011, 12, 30, tzinfo=UTC),
    ),
}


@pytest.mark.parametrize("week", DIFFICULT)
def test_working_days_where_they_are_difficult(database: Database, week: str) -> None:
    """Every 19 minutes of four days, up to three working days back and ahead."""
    calendar, middle = DIFFICULT[week]
    first = to_us(middle) - 2 * DAY
    tickets = [
        Ticket(first + step * 19 * MINUTE, first, step, first // DAY, first // DAY, step % 7 - 3)
        for step in range(4 * 24 * 60 // 19)
    ]
    assert_same_as_bulk(database, calendar, tickets, (2010, 2012), sources=["tickets"])


AROUND = [EARLIEST + 400 * DAY, -DAY, 0, 4_102_444_800 * SECOND, LATEST - 400 * DAY]


def years_around(around: int) -> tuple[int, int]:
    """The years of a table that has an instant in its middle, as far as tables go."""
    year = min(max(year_of(around), 1902), 2198)
    return year - 1, year + 1


def edges_of_time(around: int) -> list[Ticket]:
    """Tickets microseconds beside an instant."""
    steps = [*range(-3, 4), -SECOND, SECOND, -DAY, DAY, -MINUTE + 1, 900_000, -900_000]
    return [
        Ticket(around + step, around + other, 8 * HOUR, around // DAY, (around + other) // DAY, 1)
        for step in steps
        for other in (-3, -10 * DAY)
    ]


@pytest.mark.parametrize("around", AROUND)
def test_the_ends_of_time(database: Database, around: int) -> None:
    """Before 1970 and to the year 2199, microsecond by microsecond."""
    assert_same_as_bulk(database, OFFICE, edges_of_time(around), years_around(around))


def test_dates_without_an_end(database: Database) -> None:
    """An infinite date, which SQLite does not have, is outside every table and ends no query."""
    database.create(OFFICE, "desk", 2024, 2024)
    database.fill([Ticket(None, None, None)])
    for infinite in ("infinity", "-infinity"):
        day = f"'{infinite}'" if database.dialect == "sqlite" else f"DATE '{infinite}'"
        count = sql.count_working_days("desk", day, date(2024, 5, 3), dialect=database.dialect)
        add = sql.add_working_days("desk", day, 1, dialect=database.dialect)
        assert database.expression(count) + database.expression(add) == [None, None]


def boston() -> list[Ticket]:
    """The cases of Boston, the first 3,000 that are closed."""
    zone = ZoneInfo("America/New_York")

    def instant(text: str) -> int:
        return to_us(datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=zone))

    with (BOSTON / "cases-2015-mar-may.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["CLOSED_DT"]][:3_000]
    return [
        Ticket(
            opened := instant(row["OPEN_DT"]),
            closed := instant(row["CLOSED_DT"]),
            (number % 90) * HOUR,
            opened // DAY,
            closed // DAY,
            number % 30,
        )
        for number, row in enumerate(rows)
    ]


def boston_calendar() -> Calendar:
    return Policy.from_toml(BOSTON / "city.toml").calendars["city"]


def test_boston(database: Database) -> None:
    """Cases of three months, with a clock change among them."""
    assert_same_as_bulk(database, boston_calendar(), boston(), (2015, 2016))
