"""Due dates on days off that move to a working day, worked out by hand.

May 2024 in Paris: the 3rd is a Friday, the 4th a Saturday, the 31st a Friday. The office is closed
on the 9th and 10th, a Thursday and a Friday.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from slacalc import Event, Policy, bulk
from slacalc.errors import NeverOpen, PolicyError
from tests.policy.desk import OFFICE, PARIS, paris, policy, resolution, row

CLOSED = OFFICE | {"holidays": ["2024-05-09", "2024-05-10"]}


def rolled(within: str, roll: str = "following", **more: Any) -> Policy:
    target = {"within": within, "roll": roll, **more}
    return policy(row(target), calendars={"office": CLOSED})


@pytest.mark.parametrize(
    ("within", "roll", "at", "due"),
    [
        ("1 calendar day", "following", "03 16:00", "06 16:00"),
        ("1 calendar day", "preceding", "03 16:00", "03 16:00"),  # due at once
        ("3 calendar days", "following", "03 16:00", "06 16:00"),  # no day off
        ("24 hours", "following", "03 16:00", "06 16:00"),
        ("30 hours", "following", "03 22:30", "06 04:30"),  # whatever the hours
        ("end of day + 1", "following", "03 16:00", "07 00:00"),  # the end of Monday
        ("end of day + 0", "following", "03 16:00", "04 00:00"),  # Friday's, a working day
        ("24:00 of day + 1", "following", "03 16:00", "07 00:00"),
        ("00:00 of day + 2", "following", "03 16:00", "06 00:00"),  # the beginning of Sunday
        ("12:00 of day + 1", "following", "03 16:00", "06 12:00"),
        ("3 calendar days", "following", "06 10:00", "13 10:00"),  # the 9th, off until the 12th
        ("3 calendar days", "preceding", "06 10:00", "08 10:00"),
        ("3 calendar days", "modified_following", "06 10:00", "13 10:00"),
        ("29 calendar days", "following", "03 10:00", "3 10:00"),  # Saturday, 1 June, is Monday's
        ("29 calendar days", "preceding", "03 10:00", "31 10:00"),
        ("29 calendar days", "modified_following", "03 10:00", "3 10:00"),  # in June anyway
        ("earliest of 1 calendar day, 30 hours", "following", "03 16:00", "06 16:00"),
        ("latest of 1 calendar day, 30 hours", "following", "03 16:00", "06 22:00"),
    ],
)
def test_due_dates(within: str, roll: str, at: str, due: str) -> None:
    """The same wall time on another date; the end of a date becomes the end of another one."""
    expected = paris(due) if len(due) == 8 else datetime(2024, 6, 3, 10, tzinfo=PARIS)
    assert resolution(rolled(within, roll), at=paris(at)).due == expected


def test_the_end_of_a_month() -> None:
    """Saturday, 29 June 2024, would roll into July."""
    at = datetime(2024, 6, 24, 10, tzinfo=PARIS)
    for roll, day in (("following", 1), ("preceding", 28), ("modified_following", 28)):
        due = resolution(rolled("5 calendar days", roll), at=at).due
        assert due is not None
        assert (due.day, due.hour) == (day, 10)


def test_never_before_the_start() -> None:
    """Received on a Saturday: the Friday before has passed, so Monday counts."""
    saturday = paris("04 12:00")
    for roll in ("preceding", "following"):
        assert resolution(rolled("2 hours", roll), at=saturday).due == paris("06 14:00")
    end_of_may = datetime(2024, 6, 29, 12, tzinfo=PARIS)  # a Saturday; Monday is 1 July
    due = resolution(rolled("2 hours", "modified_following"), at=end_of_may).due
    assert due == datetime(2024, 7, 1, 14, tzinfo=PARIS)


def test_clock_changes() -> None:
    """A wall time that is skipped on the other date is the change itself."""
    desk = policy(
        row({"within": "02:30 of day + 1", "roll": "preceding"}),
        calendars={"office": {"time_zone": "Europe/Paris", "week": {"sun": "9-17"}}},
    )
    friday = datetime(2024, 3, 30, 1, tzinfo=PARIS)  # due on Sunday the 31st at half past two
    assert str(resolution(desk, at=friday).due) == "2024-03-31 03:00:00+02:00"


def test_the_limit_rolls_too() -> None:
    """A limit in calendar days moves; one in working time lies on a working day anyway."""
    deadline = resolution(rolled("1 calendar day", limit="8 calendar days"), at=paris("03 16:00"))
    assert (deadline.due, deadline.limit) == (paris("06 16:00"), paris("13 16:00"))
    deadline = resolution(rolled("1 calendar day", limit="2 working days"), at=paris("03 16:00"))
    assert deadline.limit == paris("07 16:00")


def test_after_pauses() -> None:
    """A pause moves the due date first: Friday becomes Saturday, which is Monday."""
    desk = rolled("1 calendar day")
    clock = desk.open({}, paris("02 16:00"))
    paused, resumed = paris("02 17:00").isoformat(), paris("03 09:00").isoformat()
    clock = clock.apply(Event(paused, "paused")).apply(Event(resumed, "resumed"))
    status = clock.status(paris("03 10:00"))["resolution"]
    assert status.due == paris("06 08:00")  # sixteen hours after Friday at four
    log = {
        "ticket": ["A"] * 3,
        "at": [paris("02 16:00").isoformat(), paused, resumed],
        "type": ["created", "paused", "resumed"],
    }
    replayed = bulk.replay(desk, log, paris("03 10:00"))
    assert [*replayed["engine"]] == ["columns"]
    assert datetime.fromisoformat(str(replayed["due"][0])) == paris("06 08:00")


def test_it_is_explained() -> None:
    """The day off is named; so is the roll in the table of the policy."""
    deadline = resolution(rolled("1 calendar day"), at=paris("03 16:00"))
    assert deadline.promises[0].rolled_from == paris("04 16:00")
    words = "1 calendar day, moved from Sat 2024-05-04 16:00, a day off, due Mon 2024-05-06 16:00"
    assert words in str(deadline.explain())
    assert "原定 2024-05-04 周六 16:00 为休息日" in str(deadline.explain(language="zh"))
    assert (
        resolution(rolled("3 calendar days"), at=paris("03 16:00")).promises[0].rolled_from is None
    )
    assert "on a day off: the following working day" in rolled("1 hour").to_html()
    desk = rolled("1 calendar day", "modified_following")
    assert Policy.from_toml(desk.to_toml()) == Policy.from_json(desk.to_json()) == desk


def test_it_depends_on_holidays() -> None:
    """A due date on a date whose holidays are not published yet is provisional."""
    desk = policy(
        row({"within": "10 calendar days", "roll": "following"}),
        calendars={"office": OFFICE | {"horizon": 2024}},
    )
    for day, is_provisional in ((20, False), (23, True)):
        at = datetime(2024, 12, day, 10, tzinfo=PARIS)
        assert resolution(desk, at=at).provisional is is_provisional


def test_a_calendar_without_a_working_day() -> None:
    """No date is one to move to."""
    never = {"time_zone": "Europe/Paris", "week": "closed"}
    desk = policy(row({"within": "1 hour", "roll": "following"}), calendars={"office": never})
    with pytest.raises(NeverOpen):
        resolution(desk)


@pytest.mark.parametrize(
    ("target", "where", "expected"),
    [
        ({"within": "4 working hours", "roll": "following"}, ".roll", "calendar days"),
        ({"within": "end of working day + 1", "roll": "following"}, ".roll", "calendar days"),
        ({"within": "16:00 of working day", "roll": "preceding"}, ".roll", "calendar days"),
        ({"within": "at once", "roll": "preceding"}, ".roll", "calendar days"),
        (
            {"within": "earliest of 1 hour, 1 working day", "roll": "following"},
            ".roll",
            "calendar days",
        ),
        ({"promise": "soon", "roll": "following"}, ".roll", "within"),
        ({"within": "1 hour", "roll": "folowing"}, ".roll", "following"),
        ({"within": "1 hour", "roll": True}, ".roll", "following"),
    ],
)
def test_what_cannot_roll(target: Any, where: str, expected: str) -> None:
    """Working time is never due on a day off, and words are not due at all."""
    with pytest.raises(PolicyError) as caught:
        policy(row(target))
    (fault,) = caught.value.faults
    assert fault.where == f"tables.standard[0].targets.resolution{where}"
    assert expected in fault.message


def test_a_roll_needs_a_calendar() -> None:
    """Days off are those of a calendar."""
    with pytest.raises(PolicyError, match="a calendar to count 1 hour on"):
        policy(row({"within": "1 hour", "roll": "following"}), calendars={})
