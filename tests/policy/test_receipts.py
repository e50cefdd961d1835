"""Cut-offs and weekdays of the moment of receipt, worked out by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from slacalc import Policy
from slacalc.errors import PolicyError
from tests.policy.desk import OFFICE, PARIS, paris, policy, resolution, row

OPEN = OFFICE | {"holidays": ["2024-05-01"]}  # a Wednesday
NIGHTS = {"time_zone": "Europe/Paris", "week": {"mon-thu": "22:00-06:00"}}
NEVER = {"time_zone": "Europe/Paris", "week": "closed"}
ALWAYS = {"time_zone": "Europe/Paris", "week": "always"}


def passes(received: Any, at: datetime, calendar: dict[str, Any] = OPEN) -> bool:
    desk = policy(row("1 hour", received=received), calendars={"office": calendar})
    return resolution(desk, at=at).due is not None


@pytest.mark.parametrize(
    ("at", "counts_as"),
    [
        ("03 13:59:59", "friday before"),
        ("03 14:00", "friday after"),  # at or after
        ("03 16:59:59", "friday after"),
        ("03 17:00", "monday before"),  # closed from then on: the next opening, at nine
        ("03 18:00", "monday before"),
        ("04 15:00", "monday before"),
        ("06 08:00", "monday before"),
        ("06 09:00", "monday before"),
        ("02 08:59:59", "thursday before"),
        ("01 15:00", "thursday before"),  # a holiday
    ],
)
def test_a_ticket_outside_hours_counts_at_the_next_opening(at: str, counts_as: str) -> None:
    """Weekday and time are those of that opening; before and after divide all moments."""
    weekday, word = counts_as.split()
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"):
        assert passes(day, paris(at)) is (day == weekday)
        assert passes({"not": day}, paris(at)) is (day != weekday)
    assert passes("before 14:00", paris(at)) is (word == "before")
    assert passes("after 14:00", paris(at)) is (word == "after")
    assert passes([weekday, f"{word} 14:00"], paris(at))
    assert passes([weekday, "tuesday", f"{word} 14:00:00"], paris(at))
    other = "after" if word == "before" else "before"
    assert not passes([weekday, f"{other} 14:00"], paris(at))
    assert passes({"not": [weekday, f"{other} 14:00"]}, paris(at))
    assert not passes({"not": [weekday, f"{word} 14:00"]}, paris(at))


@pytest.mark.parametrize(
    ("received", "at", "meets"),
    [
        (["after 10:00", "before 14:00"], "03 09:59", False),  # times must hold together
        (["after 10:00", "before 14:00"], "03 10:00", True),
        (["after 10:00", "before 14:00"], "03 14:00", False),
        (["holiday", "weekend"], "04 12:00", True),  # kinds of days are alternatives
        (["weekend", "monday"], "04 12:00", True),  # on a Saturday, and counts on Monday
        (["weekend", "monday"], "06 12:00", False),
        (["closed", "after 14:00"], "03 18:00", False),  # closed, and counts at nine
        (["closed", "before 14:00"], "03 18:00", True),
        ("mon-thu", "03 12:00", False),
        ("mon-thu", "03 18:00", True),
        ("fri", "03 12:00", True),
        ("sat,sun", "04 12:00", False),
        ("before 24:00", "03 12:00", True),
        ("after 24:00", "03 12:00", False),
        ("before 00:00", "03 12:00", False),
        ("after 9:00", "06 08:00", True),
    ],
)
def test_a_list_of_conditions(received: Any, at: str, *, meets: bool) -> None:
    """Kinds of days are alternatives, so are weekdays; with times, all three hold together."""
    assert passes(received, paris(at)) is meets


def test_night_shifts() -> None:
    """The clock on the wall counts, not the day on which the shift began."""
    assert passes(["tuesday", "before 14:00"], paris("07 02:00"), NIGHTS)  # of Monday's shift
    assert passes(["monday", "after 14:00"], paris("04 12:00"), NIGHTS)  # Monday at ten
    assert passes(["tuesday", "after 14:00"], paris("07 06:00"), NIGHTS)


def test_a_calendar_that_never_opens_and_one_that_always_is() -> None:
    """Nothing is outside hours: the ticket counts when it comes in."""
    for calendar in (NEVER, ALWAYS):
        assert passes(["saturday", "after 14:00"], paris("04 14:00"), calendar)
        assert passes(["saturday", "before 14:00"], paris("04 13:59:59"), calendar)


def test_clock_changes() -> None:
    """Of an hour that comes twice both are before or after; a skipped time is passed by three."""
    for fold in (0, 1):
        twice = datetime(2024, 10, 27, 2, 15, tzinfo=PARIS, fold=fold)
        assert passes("before 02:30", twice, ALWAYS)
        assert passes("after 02:15", twice, ALWAYS)
    assert passes("before 02:30", datetime(2024, 3, 31, 1, 59, tzinfo=PARIS), ALWAYS)
    assert passes("after 02:30", datetime(2024, 3, 31, 3, tzinfo=PARIS), ALWAYS)


def test_the_calendar_of_the_condition() -> None:
    """Outside whose hours: those of the calendar that the condition names."""
    calendars = {"office": OPEN, "support": {"time_zone": "America/New_York", "week": "always"}}
    test = {"is": "before 08:00", "on": "support"}
    desk = policy(row("1 hour", received=test), calendars=calendars, calendar="office")
    assert resolution(desk, at=paris("03 13:59")).due  # 7:59 in New York
    assert not resolution(desk, at=paris("03 14:00")).due


def test_the_next_opening_may_lie_beyond_the_published_holidays() -> None:
    """Then it is not certain on which day the ticket counts."""
    office = OFFICE | {"horizon": 2024}
    desk = policy(row("1 hour", received="before 14:00"), calendars={"office": office})
    for at, is_provisional in (("31T16:59", False), ("31T17:00", True), ("31T20:00", True)):
        start = datetime.fromisoformat(f"2024-12-{at}").replace(tzinfo=PARIS)
        desk_of = policy(
            row("1 hour", received=["before 14:00", "after 09:00"]),
            row("1 hour", received="after 14:00"),
            calendars={"office": office},
        )
        assert resolution(desk_of, at=start).provisional is is_provisional
    assert not resolution(desk, at=paris("03 18:00")).provisional


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("before 2pm", 'a time of day, as in "before 14:00"'),
        ("after 25:00", "a time of day"),
        ("before", "a weekday"),
        ("until 14:00", '"before 14:00"'),
        ("14:00", '"before 14:00"'),
        ("frday", "a weekday"),
        (["monday", "after noon"], "a time of day"),
        (1, "a weekday"),
        (">= 14:00", "no rank"),
    ],
)
def test_what_cannot_be_read(received: Any, expected: str) -> None:
    """The fault says at which value, and what is right there."""
    with pytest.raises(PolicyError) as caught:
        policy(row("1 hour", received=received))
    (fault,) = caught.value.faults
    assert fault.where == "tables.standard[0].when.received"
    assert expected in fault.message


@pytest.mark.parametrize(
    ("received", "english", "chinese"),
    [
        ("before 14:00", "received is before 14:00", "received 为 14:00 之前"),
        (
            ["friday", "after 14:00"],
            "received is friday and after 14:00",
            "received 为 周五 且 14:00 及之后",
        ),
        (
            ["mon", "fri", "before 14:00"],
            "received is (mon or fri) and before 14:00",
            "received 为 （周一 或 周五） 且 14:00 之前",
        ),
        (
            {"not": ["friday", "after 14:00"]},
            "received is not (friday and after 14:00)",
            "received 不为 （周五 且 14:00 及之后）",
        ),
        (
            ["holiday", "weekend"],
            "received is holiday or weekend",
            "received 为 holiday 或 weekend",
        ),
    ],
)
def test_explanations(received: Any, english: str, chinese: str) -> None:
    """Conditions that hold together are not shown as alternatives; files keep what was written."""
    desk = policy(row("1 hour", received=received), calendars={"office": ALWAYS})
    assert Policy.from_toml(desk.to_toml()) == Policy.from_json(desk.to_json()) == desk
    test = desk.tables["standard"][0].when["received"]
    assert test.describe("received") == english
    for at in ("03 14:00", "03 13:00", "04 12:00", "06 12:00"):
        deadline = resolution(desk, at=paris(at))
        if deadline.due is not None:
            assert deadline.promises[0].when == english
            assert chinese in str(deadline.explain(language="zh"))
