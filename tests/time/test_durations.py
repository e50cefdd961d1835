"""Lengths of work, as values and as text."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import Policy
from slacalc._time.durations import length_text, to_work
from slacalc._time.instants import DAY, HOUR, MINUTE, SECOND
from slacalc.errors import WorkError


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("4h", 4 * HOUR),
        ("1h30m", 90 * MINUTE),
        ("1h 30m", 90 * MINUTE),
        ("1 hour, 30 minutes", 90 * MINUTE),
        ("90 min", 90 * MINUTE),
        ("1.5h", 90 * MINUTE),
        ("0h", 0),
        ("15s", 15 * SECOND),
        ("0.000001s", 1),
        ("-4h", -4 * HOUR),
        ("PT4H", 4 * HOUR),
        ("pt1h30m", 90 * MINUTE),
        ("PT1H30M15S", 90 * MINUTE + 15 * SECOND),
        ("PT0.5H", 30 * MINUTE),
        ("-PT4H", -4 * HOUR),
        (timedelta(hours=4), 4 * HOUR),
        (timedelta(microseconds=-1), -1),
        (pendulum.duration(hours=4), 4 * HOUR),
        (pendulum.duration(hours=-1), -HOUR),
        (pendulum.duration(hours=-25, microseconds=-7), -25 * HOUR - 7),
        (pendulum.duration(days=1), DAY),
        (pd.Timedelta("4h"), 4 * HOUR),
    ],
)
def test_lengths_are_read(text: object, length: int) -> None:
    """Text, ISO 8601, timedelta and pendulum's durations are lengths of work."""
    assert to_work(text) == length


@pytest.mark.parametrize(
    "text", ["1 day", "1d", "2 weeks", "P1D", "P1DT2H", "1 month", "P1Y", "1d 2h"]
)
def test_days_are_refused_with_the_choices(text: str) -> None:
    """A day is no length: the error spells out what it may mean, and how to say each."""
    with pytest.raises(WorkError, match="add_working_days.*add_calendar_days") as caught:
        to_work(text)
    assert caught.value.given == text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("4", "a bare number has no unit"),
        ("", "not a length"),
        ("four hours", "not a length"),
        ("4 parsecs", "not a length"),
        ("4h nonsense", "not a length"),
        ("PT", "not a length"),
        ("h", "not a length"),
        ("1/3h", "not a length"),
        ("0.0000001s", "whole number of microseconds"),
        ("9" * 100 + "h", "too long"),
        (4, r"4 \(int\) is not a length"),
        (None, "not a length"),
        (pendulum.duration(months=1), "whose length varies"),
        (pendulum.duration(years=1), "whose length varies"),
        (pd.Timedelta("4h1ns"), "finer than a microsecond"),
    ],
)
def test_what_is_no_length_is_refused(given: object, says: str) -> None:
    """The error names what was given and shows the forms that are right."""
    with pytest.raises(WorkError, match=says):
        to_work(given)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2 huors", "2 hours"),
        ("3 minuts", "3 minutes"),
        ("-2 Huors", "-2 hours"),
        ("1 hourr 30 min", "1 hour 30 min"),
        ("2 hours, 30 minuets", "2 hours, 30 minutes"),
        ("90 sceonds", "90 seconds"),
        ("4 workng hours", ""),  # as "4 working hours"
        ("2 fortnights", ""),
        ("huors", ""),
    ],
)
def test_the_length_that_was_meant_is_suggested(text: str, meant: str) -> None:
    """If one is right with other words."""
    with pytest.raises(WorkError) as caught:
        to_work(text)
    assert list(caught.value.suggestions) == ([meant] if meant else [])
    assert ("did you mean" in str(caught.value)) is bool(meant)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0s"),
        (15 * HOUR, "15h"),
        (90 * MINUTE, "1h 30m"),
        (2 * DAY + 3 * HOUR, "2d 3h"),
        (1_500_000, "1.5s"),
        (1, "0.000001s"),
        (-HOUR, "-1h"),
    ],
)
def test_lengths_for_people(length: int, text: str) -> None:
    """A length is shown by its largest units, days of 24 hours first."""
    assert length_text(length) == text


@given(st.integers(-(10**6), 10**6))
def test_seconds_as_text_are_exact(seconds: int) -> None:
    """No float stands between a text and its microseconds."""
    assert to_work(f"{seconds / 1000:.3f}s") == seconds * 1000


def test_working_time_has_no_days_of_24_hours() -> None:
    """Three days of ten hours are 30 hours, and by no means a day and six hours."""
    assert length_text(30 * HOUR, has_days=False) == "30h"
    assert length_text(30 * HOUR) == "1d 6h"
    assert length_text(10_071 * HOUR + 59 * MINUTE, has_days=False) == "10,071h 59m"
    policy = Policy(
        "desk",
        calendars={"office": {"time_zone": "UTC", "week": {"mon-fri": "8-18"}}},
        metrics={"resolution": {"stop": "resolved"}},
        tables={"all": [{"targets": {"resolution": "3 working days"}}]},
    )
    status = policy.open({}, "2026-06-01T08:00Z").status("2026-06-03T17:30Z")
    assert "29h 30m of 30h used" in str(status)
    assert "29h 30m of 30h" in status.to_html()
