"""Opening hours and weekdays, as people write them."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc._calendar.hours import ALL_DAY, DayHours, WeekHours, parse_weekdays
from slacalc._time.instants import HOUR, MINUTE, SECOND
from slacalc.errors import HoursError


def spans(text: Any) -> list[tuple[float, float]]:
    """The shifts of a text, in hours."""
    return [(shift.opens / HOUR, shift.closes / HOUR) for shift in DayHours.parse(text).shifts]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("9-17", [(9, 17)]),
        ("09:00-17:00", [(9, 17)]),
        ("8:30-12:00, 13:00-17:30", [(8.5, 12), (13, 17.5)]),
        ("8:30-12,13-17:30", [(8.5, 12), (13, 17.5)]),
        ("13-17, 8-12", [(8, 12), (13, 17)]),  # in any order
        ("9 – 17", [(9, 17)]),  # an en dash
        ("８:30-12:00".replace("８", "8") + "，13：00-17:30", [(8.5, 12), (13, 17.5)]),
        ("00:00-24:00", [(0, 24)]),
        ("22:00-06:00", [(22, 30)]),  # one shift, past midnight
        ("22:00-00:00", [(22, 24)]),
        ("9-12, 12-17", [(9, 17)]),  # touching ones merge
        ("9-13, 12-17", [(9, 17)]),  # so do overlapping ones
        ("20:00-04:00, 22:00-06:00", [(20, 30)]),
        ("closed", []),
        ("Closed ", []),
    ],
)
def test_hours_are_read(text: str, hours: list[tuple[float, float]]) -> None:
    """Hours come in the forms that people write, and merge where they touch."""
    assert spans(text) == hours


def test_seconds_count() -> None:
    """Times go down to the second."""
    (shift,) = DayHours.parse("08:30:15-08:30:16").shifts
    assert shift.opens == 8 * HOUR + 30 * MINUTE + 15 * SECOND
    assert shift.closes - shift.opens == SECOND


def test_hours_from_times() -> None:
    """Pairs of `datetime.time` are hours too."""
    assert spans([(time(8, 30), time(12)), (time(13), time(17, 30))]) == spans("8:30-12, 13-17:30")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("17:00-09:00x", r"'09:00x' in '17:00-09:00x' is not a time of day"),
        ("25:00", "not a stretch of hours"),
        ("09:00-25:00", "runs from 00:00 to 24:00"),
        ("24:01-25:00", "runs from 00:00 to 24:00"),
        ("09:60-10:00", "minutes and seconds go to 59"),
        ("24:00-06:00", "opens at 24:00, which is an end"),
        ("09:00-09:00", "opens and closes at the same time"),
        ("9-12-17", "not a stretch of hours"),
        ("9am-5pm", "not a time of day"),
        ("", "not a stretch of hours"),
        ("9-12,", "not a stretch of hours"),
        (9, "cannot be read as hours of a day"),
        ([(9, 17, 18)], "cannot be read as hours of a day"),
        (None, "cannot be read as hours of a day"),
        ([("9", "x")], "not a time of day"),
    ],
)
def test_what_are_no_hours_is_refused(text: object, says: str) -> None:
    """The error names the faulty part, and shows how it should be written."""
    with pytest.raises(HoursError, match=says):
        DayHours.parse(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", [0]),
        ("Monday", [0]),
        ("Mo-Fr", [0, 1, 2, 3, 4]),
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("sat,sun", [5, 6]),
        ("sat, sun", [5, 6]),
        ("sun-thu", [6, 0, 1, 2, 3]),  # a week that begins on Sunday
        ("fri-mon", [4, 5, 6, 0]),
        ("daily", [0, 1, 2, 3, 4, 5, 6]),
        ("mon-wed,sat", [0, 1, 2, 5]),
    ],
)
def test_weekdays_are_read(text: str, days: list[int]) -> None:
    """Weekdays come as names, ranges and lists; a range may run over Sunday."""
    assert parse_weekdays(text) == days


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("munday", "did you mean .*'monday'"),
        ("mon-tue-wed", "not a range"),
        ("x", "daily"),
        (1, "name"),
    ],
)
def test_what_are_no_weekdays_is_refused(text: object, says: str) -> None:
    """The error says which name is wrong, and what it may have meant."""
    with pytest.raises(HoursError, match=says):
        parse_weekdays(text)


def test_a_week() -> None:
    """Weekdays that a mapping does not name are closed."""
    week = WeekHours.parse({"mon-thu": "9-17", "fri": "9-12"})
    assert [str(hours) for hours in week.days] == [*["09:00-17:00"] * 4, "09:00-12:00"] + [
        "closed"
    ] * 2
    assert week.to_data() == {"mon-thu": "09:00-17:00", "fri": "09:00-12:00"}


def test_words_for_a_week() -> None:
    """``always`` and ``closed`` are whole weeks."""
    assert WeekHours.parse("always").days == (ALL_DAY,) * 7
    assert not WeekHours.parse("closed")
    assert WeekHours.parse("always").to_data() == "always"
    assert WeekHours.parse("closed").to_data() == "closed"
    assert WeekHours.parse({}).to_data() == "closed"


def test_a_weekday_named_twice_is_refused() -> None:
    """Which of two hours counts is a question for the writer, not for us."""
    with pytest.raises(HoursError, match="'fri' is given twice, by 'mon-fri' and 'fri'"):
        WeekHours.parse({"mon-fri": "9-17", "fri": "9-12"})


@pytest.mark.parametrize("given", ["9-17", None, ["mon"], 5])
def test_what_is_no_week_is_refused(given: object) -> None:
    """A week is a word or a mapping."""
    with pytest.raises(HoursError, match="not a week"):
        WeekHours.parse(given)


times_of_day = st.integers(0, 24 * 3600 - 1)
texts = st.lists(
    st.tuples(times_of_day, times_of_day).filter(lambda pair: pair[0] != pair[1]), max_size=3
).map(
    lambda pairs: (
        ", ".join(
            "-".join(f"{t // 3600}:{t // 60 % 60:02}:{t % 60:02}" for t in pair) for pair in pairs
        )
        or "closed"
    )
)


@given(st.dictionaries(st.sampled_from(["mon", "tue", "wed", "sat", "sun"]), texts))
def test_hours_survive_the_way_through_text(week: dict[str, str]) -> None:
    """What a week says of itself reads back as the same week, shifts longer than a day included."""
    hours = WeekHours.parse(week)
    assert WeekHours.parse(hours.to_data()) == hours
