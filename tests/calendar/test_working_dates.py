"""Working days as numbers: dates in, dates and counts out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import ALWAYS, Calendar
from slacalc.errors import (
    CalendarError,
    DateError,
    HorizonError,
    InstantError,
    NaiveDatetimeError,
    NeverOpen,
    ProvisionalError,
    SlacalcError,
    WorkError,
)
from tests.strategies.calendars import fresh

WEEK = Calendar("Europe/Paris", {"mon-fri": "9-17"})
HOLIDAYS = ("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-12-25")
DESK = Calendar("America/New_York", {"mon-fri": "9-17"}, holidays=list(HOLIDAYS))
CONVENTIONS = ("following", "preceding", "modified_following", "modified_preceding")
NEVER = Calendar("UTC", "closed")
NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)


def _excel(*holidays: str, week: str = "mon-fri") -> Calendar:
    return Calendar("UTC", {week: "9-17"}, holidays=list(holidays))


# Answers from outside -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calendar", "start", "end", "count"),
    [
        # NETWORKDAYS, with none, one and all of three holidays
        (_excel(), "2012-10-01", "2013-03-01", 110),
        (_excel("2012-11-22"), "2012-10-01", "2013-03-01", 109),
        (_excel("2012-11-22", "2012-12-04", "2013-01-21"), "2012-10-01", "2013-03-01", 107),
        # NETWORKDAYS.INTL, reversed, and with other weekends
        (_excel(), "2006-01-01", "2006-01-31", 22),
        (_excel(), "2006-02-28", "2006-01-31", -21),
        (_excel("2006-01-02", "2006-01-16", week="sun-thu"), "2006-01-01", "2006-02-01", 22),
        (
            _excel("2006-01-02", "2006-01-16", week="mon,tue,thu,fri,sat"),
            "2006-01-01",
            "2006-02-01",
            20,
        ),
    ],
)
def test_both_ends_are_excels_networkdays(
    calendar: Calendar, start: str, end: str, count: int
) -> None:
    """The examples of Excel's documentation."""
    assert calendar.count_working_days(start, end, inclusive="both") == count


@pytest.mark.parametrize(
    ("calendar", "due"),
    [
        (_excel(), date(2009, 4, 30)),
        (_excel("2008-11-26", "2008-12-04", "2009-01-21"), date(2009, 5, 5)),
    ],
)
def test_workday(calendar: Calendar, due: date) -> None:
    """The examples of Excel's WORKDAY, whose start is a working day."""
    assert calendar.add_working_days("2008-10-01", 151) == due


def test_excels_workday_from_a_day_off() -> None:
    """WORKDAY counts from the day off itself: it is our answer from the rolled date."""
    saturday = "2026-05-16"
    assert WEEK.add_working_days(saturday, 1) == date(2026, 5, 19)
    assert WEEK.add_working_days(WEEK.roll(saturday, "preceding"), 1) == date(2026, 5, 18)
    assert WEEK.add_working_days(saturday, -1) == date(2026, 5, 14)
    assert WEEK.add_working_days(WEEK.roll(saturday, "following"), -1) == date(2026, 5, 15)


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [("2011-01-01", "2011-02-01", 21), ("2011-01-01", "2012-01-01", 260)],
)
def test_the_left_end_is_numpys(start: str, end: str, count: int) -> None:
    """The examples of NumPy's `busday_count`."""
    assert WEEK.count_working_days(start, end) == count


DATES = st.dates(date(2025, 10, 1), date(2027, 3, 1))


@given(start=DATES, end=DATES, days=st.integers(-300, 300))
def test_numpy_has_the_same_answers(start: date, end: date, days: int) -> None:
    """Counts in both directions, moves, and rolls by all four conventions."""
    numpy: Any = np  # whose stubs know fewer forms of dates than it does
    calendar = numpy.busdaycalendar(holidays=HOLIDAYS)
    assert DESK.count_working_days(start, end) == numpy.busday_count(start, end, busdaycal=calendar)
    assert DESK.is_working_day(start) == numpy.is_busday(start, busdaycal=calendar)
    roll = "forward" if days >= 0 else "backward"
    expected = numpy.busday_offset(start, days, roll, busdaycal=calendar)
    assert DESK.add_working_days(start, days) == expected.item()
    for convention in CONVENTIONS:
        expected = numpy.busday_offset(start, 0, convention.replace("_", ""), busdaycal=calendar)
        assert DESK.roll(start, convention) == expected.item()  # type: ignore[arg-type]  # a text


# Laws ---------------------------------------------------------------------------------------------


@given(start=DATES, end=DATES, days=st.integers(-300, 300))
def test_moves_and_counts_are_inverse(start: date, end: date, days: int) -> None:
    """As many working days as are added are counted, in either direction and from days off too."""
    moved = DESK.add_working_days(start, days)
    assert DESK.is_working_day(moved)
    assert DESK.count_working_days(start, moved) == days
    if DESK.is_working_day(start):
        assert DESK.add_working_days(moved, -days) == start
    count = DESK.count_working_days
    # Exchanging the dates exchanges the ends that count, and the sign.
    assert count(start, end) == -count(end, start, inclusive="right")
    if start != end:
        for inclusive in ("both", "neither"):
            there, back = ((start, end), (end, start))
            assert count(*there, inclusive=inclusive) == -count(*back, inclusive=inclusive)
    ends = DESK.is_working_day(start) + (start != end and DESK.is_working_day(end))
    sign = 1 if start <= end else -1
    inner = count(start, end, inclusive="neither")
    assert count(start, end, inclusive="both") == inner + sign * ends
    assert count(start, end, inclusive="both") == sign * sum(
        day.is_working for day in DESK.days(min(start, end), max(start, end))
    )


@given(day=DATES)
def test_rolling_again_changes_nothing(day: date) -> None:
    """A rolled date is a working day, in the same month for the modified conventions here."""
    for convention in CONVENTIONS:
        rolled = DESK.roll(day, convention)  # type: ignore[arg-type]  # a text
        assert DESK.is_working_day(rolled)
        assert DESK.roll(rolled, convention) == rolled  # type: ignore[arg-type]  # a text
        if convention.startswith("modified"):
            assert rolled.month == day.month


@given(day=DATES)
def test_the_nth_working_day_is_the_nth(day: date) -> None:
    """They are the month's working days in order, from either end."""
    first = day.replace(day=1)
    following = (first + timedelta(31)).replace(day=1)
    days = [one.date for one in DESK.days(first, following - timedelta(1)) if one.is_working]
    nth = [DESK.nth_working_day(day.year, day.month, n + 1) for n in range(len(days))]
    last = [DESK.nth_working_day(day.year, day.month, -n - 1) for n in range(len(days))]
    assert nth == days == last[::-1]


# By hand ------------------------------------------------------------------------------------------


def test_a_working_day_is_the_date_its_shift_starts_on() -> None:
    """A night belongs to its evening; make-up days work, exceptions decide, combinations too."""
    nights = Calendar("Europe/Paris", {"fri": "22:00-06:00"})
    assert [nights.is_working_day(f"2026-05-{day}") for day in (14, 15, 16)] == [False, True, False]
    shanghai = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN")
    assert shanghai.is_working_day("2026-02-14")  # for 20 February
    assert not shanghai.is_working_day("2026-02-16")
    # 15 February to 23 February are the holidays; of 14 to 24 February two dates work.
    assert shanghai.count_working_days("2026-02-14", "2026-02-24", inclusive="both") == 2
    half = Calendar("UTC", {"mon-fri": "9-17"}, exceptions={"2026-12-24": "9-12"})
    assert half.is_working_day("2026-12-24")
    assert (half - Calendar.dates("2026-12-24")).is_working_day("2026-12-24") is False
    assert (half | Calendar.dates("2026-12-26")).is_working_day("2026-12-26")


@pytest.mark.parametrize(
    ("day", "rolled"),
    [  # Sunday 31 May, Saturday 1 August, Sunday 17 May 2026
        ("2026-05-31", ("2026-06-01", "2026-05-29", "2026-05-29", "2026-05-29")),
        ("2026-08-01", ("2026-08-03", "2026-07-31", "2026-08-03", "2026-08-03")),
        ("2026-05-17", ("2026-05-18", "2026-05-15", "2026-05-18", "2026-05-15")),
        ("2026-05-18", ("2026-05-18",) * 4),
    ],
)
def test_conventions(day: str, rolled: tuple[str, ...]) -> None:
    """Over a weekend at the end of a month, at its beginning, and inside it."""
    assert tuple(str(WEEK.roll(day, each)) for each in CONVENTIONS) == rolled  # type: ignore[arg-type]  # a text


def test_a_month_without_a_working_day() -> None:
    """The modified conventions then leave the month, in the other direction."""
    closed = Calendar("UTC", {"mon-fri": "9-17"}, exceptions={"2026-08-01..2026-08-31": "closed"})
    assert closed.roll("2026-08-12", "modified_following") == date(2026, 7, 31)
    assert closed.roll("2026-08-12", "modified_preceding") == date(2026, 9, 1)
    with pytest.raises(CalendarError, match="there are 0 working days in 2026-08"):
        closed.nth_working_day(2026, 8, 1)
    once = Calendar("UTC", "closed", exceptions={"2026-08-05": "9-17"})
    with pytest.raises(CalendarError, match="there is 1 working day in 2026-08.*1 to 1"):
        once.nth_working_day(2026, 8, 2)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 5, 15),
        "2026-05-15",
        " 2026-05-15 ",
        pendulum.date(2026, 5, 15),
        # Saturday 01:00 in UTC is Friday evening in New York.
        datetime(2026, 5, 16, 1, tzinfo=UTC),
        datetime(2026, 5, 15, 21, tzinfo=ZoneInfo("America/New_York")),
        "2026-05-16T01:00:00Z",
        "2026-05-16T03:00+02:00",
        pendulum.datetime(2026, 5, 16, 1),
    ],
)
def test_forms_of_a_date(day: Any) -> None:
    """Dates and texts; an instant is taken as its date in the calendar's zone."""
    assert DESK.is_working_day(day) is True
    assert DESK.count_working_days(day, "2026-05-18") == 1
    assert DESK.count_working_days("2026-05-13", day) == 1  # Thursday is a holiday
    assert DESK.roll(day, "following") == date(2026, 5, 15)
    assert type(DESK.roll(day, "following")) is date
    (first, last) = DESK.days(day, "2026-05-16")
    assert (first.date, last.date) == (date(2026, 5, 15), date(2026, 5, 16))


def test_a_date_gives_a_date_and_an_instant_an_instant() -> None:
    """`add_working_days` answers in kind."""
    moved = DESK.add_working_days(date(2026, 5, 15), 1)
    assert type(moved) is date
    assert moved == date(2026, 5, 18)
    assert type(DESK.add_working_days("2026-05-15", 1)) is date
    assert type(DESK.add_working_days(pendulum.date(2026, 5, 15), 1)) is date
    instant = DESK.add_working_days("2026-05-15T10:00:00-04:00", 1)
    assert instant.isoformat() == "2026-05-18T10:00:00-04:00"


WRONG: list[tuple[Any, type[SlacalcError]]] = [
    (datetime(2026, 5, 15), NaiveDatetimeError),
    ("2026-05-15T10:00", NaiveDatetimeError),
    ("2026-05-15T25:00Z", InstantError),
    ("2026-02-30", DateError),
    ("15.05.2026", DateError),
    ("2026-W20-5", DateError),
    ("20260515", DateError),
    ("today", DateError),
    ("", DateError),
    (20260515, DateError),
    (None, DateError),
    (timedelta(1), DateError),
    (date(1899, 12, 31), HorizonError),
    ("2201-01-01", HorizonError),
    (date.max, HorizonError),
    (date.min, HorizonError),
    ("2300-01-01T00:00Z", HorizonError),
    # 1900 in UTC, but still 1899 in New York
    (datetime(1900, 1, 1, tzinfo=UTC), HorizonError),
]


@pytest.mark.parametrize(("wrong", "error"), WRONG)
def test_what_is_not_a_date_is_refused(wrong: Any, error: type[SlacalcError]) -> None:
    """With the error for what is wrong about it, by every method that takes a date."""
    asks: list[Any] = [
        lambda: DESK.is_working_day(wrong),
        lambda: DESK.count_working_days(wrong, "2026-05-15"),
        lambda: DESK.count_working_days("2026-05-15", wrong, inclusive="both"),
        lambda: DESK.count_working_days(wrong, "2026-05-15", inclusive="neither"),
        *(lambda name=name: DESK.roll(wrong, name) for name in CONVENTIONS),
    ]
    for ask in asks:
        with pytest.raises(error):
            ask()


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda: DESK.count_working_days(NOON, NOON, inclusive="all"), CalendarError, "neither"),  # type: ignore[arg-type] # wrong on purpose
        (lambda: DESK.count_working_days(NOON, NOON, inclusive=True), CalendarError, "both"),  # type: ignore[arg-type] # wrong on purpose
        (lambda: DESK.roll(NOON, "modifiedfollowing"), CalendarError, "'modified_following'"),  # type: ignore[arg-type] # wrong on purpose
        (lambda: DESK.roll(NOON, None), CalendarError, "preceding"),  # type: ignore[arg-type] # wrong on purpose
        (lambda: DESK.add_working_days("2026-05-15", 1.0), WorkError, "whole number"),  # type: ignore[call-overload] # wrong on purpose
        (lambda: DESK.add_working_days("2026-05-15", days=True), WorkError, "whole number"),
        (lambda: DESK.nth_working_day(2026, 5, 20), CalendarError, "there are 19 working days"),
        (lambda: DESK.nth_working_day(2026, 5, -20), CalendarError, "-1 to -19"),
        (lambda: DESK.nth_working_day(2026, 5, 0), CalendarError, "1 to 19"),
        (lambda: DESK.nth_working_day(2026, 5, "last"), WorkError, "whole number"),  # type: ignore[arg-type] # wrong on purpose
        (lambda: DESK.nth_working_day(2026, 13, 1), DateError, "13"),
        (lambda: DESK.nth_working_day(2026, "May", 1), DateError, "May"),  # type: ignore[arg-type] # wrong on purpose
        (lambda: DESK.nth_working_day(2026.0, 5, 1), DateError, "2026"),  # type: ignore[arg-type] # wrong on purpose
        (lambda: DESK.nth_working_day(2201, 1, 1), HorizonError, "2201-01"),
        (lambda: DESK.nth_working_day(0, 1, 1), HorizonError, "1900 to 2200"),
        (lambda: DESK.nth_working_day(10**30, 1, 1), HorizonError, "1900 to 2200"),
        (lambda: NEVER.nth_working_day(2026, 5, 1), NeverOpen, "no working"),
        (lambda: NEVER.add_working_days("2026-05-15", 0), NeverOpen, "no working"),
        (lambda: NEVER.add_working_days("2026-05-15", -1), NeverOpen, "no working"),
        (lambda: NEVER.roll("2026-05-15", "following"), NeverOpen, "no working"),
        (lambda: NEVER.roll("2026-05-15", "modified_preceding"), NeverOpen, "no working"),
        (lambda: DESK.add_working_days("2026-05-15", 10**6), HorizonError, "from 2026-05-15"),
        (lambda: DESK.add_working_days("2026-05-15", -(10**6)), HorizonError, "from 2026-05-15"),
        (lambda: WEEK.roll("1900-01-01", "preceding").month, None, 1),
        (lambda: ALWAYS.add_working_days("2200-12-31", 1), HorizonError, "1 working days"),
    ],
)
def test_what_has_no_answer_is_refused(ask: Any, error: Any, says: Any) -> None:
    """Unknown words, counts that are not whole, and days that there are not; nothing hangs."""
    if error is None:
        assert ask() == says
        return
    with pytest.raises(error, match=says):
        ask()


def test_the_edges_of_the_supported_years() -> None:
    """The first and the last date have answers, and count where they are included."""
    count = ALWAYS.count_working_days
    assert count("1900-01-01", "2200-12-31", inclusive="both") == 301 * 365 + 73
    assert count("2200-12-31", "2200-12-31", inclusive="both") == 1
    assert count("2200-12-31", "1900-01-01") == -(301 * 365 + 72)
    assert count("2200-12-31", "2200-12-31", inclusive="right") == 0
    weekend = Calendar("UTC", {"tue-fri": "9-17"})  # 1 January 1900 was a Monday
    assert weekend.roll("1900-01-01", "modified_preceding") == date(1900, 1, 2)
    with pytest.raises(HorizonError, match="nearest working day from 1900-01-01"):
        weekend.roll("1900-01-01", "preceding")
    early = Calendar("UTC", {"mon,tue": "9-17"})  # 31 December 2200 is a Wednesday
    assert early.roll("2200-12-31", "modified_following") == date(2200, 12, 30)
    with pytest.raises(HorizonError):
        early.roll("2200-12-31", "following")


def test_never_open_has_no_working_days_to_count() -> None:
    """Counting none is an answer."""
    assert NEVER.count_working_days("2026-01-01", "2027-01-01") == 0
    assert NEVER.is_working_day("2026-01-01") is False


def test_answers_do_not_depend_on_the_years_compiled_before() -> None:
    """Questions far apart, in either order, and one after the other have the same answers."""
    asks: list[Any] = [
        lambda calendar: calendar.count_working_days("2026-01-01", "2026-06-01"),
        lambda calendar: calendar.add_working_days("2026-12-31", 1),
        lambda calendar: calendar.add_working_days("1999-12-31", 700),
        lambda calendar: calendar.roll("2061-01-01", "preceding"),
        lambda calendar: calendar.count_working_days("2050-01-01", "1990-01-01"),
        lambda calendar: calendar.nth_working_day(1950, 2, -1),
    ]
    alone = [ask(fresh(DESK)) for ask in asks]
    calendar = fresh(DESK)
    assert [ask(calendar) for ask in asks] == alone
    calendar = fresh(DESK)
    assert [ask(calendar) for ask in asks[::-1]] == alone[::-1]


# Published holidays -------------------------------------------------------------------------------

PUBLISHED = Calendar("Europe/Berlin", {"mon-fri": "9-17"}, holidays="DE", horizon=2026)


@pytest.mark.parametrize(
    "ask",
    [
        lambda **strict: PUBLISHED.is_working_day("2026-12-31", **strict),
        lambda **strict: PUBLISHED.count_working_days("2026-01-01", "2027-01-01", **strict),
        lambda **strict: PUBLISHED.count_working_days(
            "2026-01-01", "2026-12-31", inclusive="both", **strict
        ),
        lambda **strict: PUBLISHED.count_working_days(
            "2027-01-01", "2026-06-01", inclusive="right", **strict
        ),
        lambda **strict: PUBLISHED.add_working_days("2026-12-30", 1, **strict),
        lambda **strict: PUBLISHED.nth_working_day(2026, 12, -1, **strict),
        lambda **strict: PUBLISHED.roll("2026-12-27", "following", **strict),
    ],
)
def test_answers_inside_the_published_years(ask: Any) -> None:
    """What depends on published dates only is final."""
    assert ask(strict=True) == ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda **strict: PUBLISHED.is_working_day("2027-01-01", **strict),
        lambda **strict: PUBLISHED.count_working_days("2026-01-01", "2027-01-02", **strict),
        lambda **strict: PUBLISHED.count_working_days(
            "2026-01-01", "2027-01-01", inclusive="both", **strict
        ),
        lambda **strict: PUBLISHED.count_working_days("2027-01-01", "2026-06-01", **strict),
        lambda **strict: PUBLISHED.add_working_days("2026-12-31", 1, **strict),
        lambda **strict: PUBLISHED.add_working_days("2027-01-04", -5, **strict),
        lambda **strict: PUBLISHED.nth_working_day(2027, 1, 1, **strict),
        lambda **strict: PUBLISHED.roll("2027-01-02", "preceding", **strict),
    ],
)
def test_answers_past_the_published_years(ask: Any) -> None:
    """What depends on a later date is refused with `strict`, and given without."""
    assert ask() is not None
    with pytest.raises(ProvisionalError, match="2027-01-01"):
        ask(strict=True)


def test_a_turn_at_the_end_of_a_month_depends_on_all_of_it() -> None:
    """That no later day of the month works is not certain yet."""
    calendar = Calendar(
        "UTC", {"mon-fri": "9-17"}, exceptions={"2026-05-29": "closed"}, horizon="2026-05-29"
    )
    assert calendar.roll("2026-05-29", "modified_following") == date(2026, 5, 28)
    with pytest.raises(ProvisionalError):
        calendar.roll("2026-05-29", "modified_following", strict=True)
    assert calendar.roll("2026-05-29", "preceding", strict=True) == date(2026, 5, 28)


def test_a_date_can_be_provisional() -> None:
    """From the first date that is not published on."""
    assert PUBLISHED.provisional_from == date(2027, 1, 1)
    assert not PUBLISHED.is_provisional(date(2026, 12, 31))
    assert PUBLISHED.is_provisional("2027-01-01")
    assert not WEEK.is_provisional("2100-01-01")
