"""Times that a promise allows: each unit on a case worked out by hand."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import find

from slacalc import Policy, Target
from slacalc._policy.target_time import Unit, parse
from slacalc.errors import PolicyError
from tests.oracles import test_policy
from tests.policy.desk import paris, policy, resolution
from tests.strategies import clocks

DOCS = Path(__file__).parents[2] / "docs"

UNITS = {
    "2 working hours": "06 10:00",  # one on Friday, one on Monday
    "90 working minutes": "06 09:30",
    "1 working hour 30 working minutes": "06 09:30",
    "1 business hour": "03 17:00",  # an exact fit ends with the day
    "2 hours": "03 18:00",
    "1.5 hours": "03 17:30",
    "1 hour 30 minutes": "03 17:30",
    "45 seconds": "03 16:00:45",
    "1 working day": "06 16:00",
    "2 business days": "07 16:00",
    "1 calendar day": "04 16:00",
    "end of working day": "03 17:00",
    "end of working day + 1": "06 17:00",
    "end of day + 0": "04 00:00",
    "end of day+1": "05 00:00",
    "16:00 of working day": "03 16:00",  # the own day's has not passed
    "15:59:59 of working day + 0": "06 15:59:59",  # and this one has
    "16:00 of business day + 1": "06 16:00",
    "18:00 of working day+2": "07 18:00",  # not kept within hours
    "12:00 of day": "04 12:00",
    "12:00 of day + 1": "04 12:00",
    "24:00 of day + 0": "04 00:00",
    "at once": "03 16:00",
    "earliest of 2 working hours, 24 hours": "04 16:00",
    "latest of 2 working hours and 24 hours": "06 10:00",
    "earliest of 1 hour, 2 hours, end of day + 0": "03 17:00",
}


@pytest.mark.parametrize(("within", "due"), UNITS.items())
def test_units(within: str, due: str) -> None:
    """Each unit on Friday at four, an hour before the weekend."""
    deadline = resolution(policy(within))
    assert deadline.due == paris(due)
    assert Target(deadline.within) == Target(within)  # the canonical text says the same


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("7.5 working minutes", "7.5 working minutes"),
        ("007.50 business minutes", "7.5 working minutes"),
        ("1.0 hours", "1 hour"),
        ("90 minutes", "90 minutes"),
        ("60 minutes", "60 minutes"),
        ("1 hour 30 minutes", "1 hour 30 minutes"),
        ("0.001 seconds", "0.001 seconds"),
        ("earliest of 1.5 hours and 1 business day", "earliest of 1.5 hours, 1 working day"),
    ],
)
def test_a_length_comes_back_as_it_was_written(written: str, shown: str) -> None:
    """In answers and in files, with a word and a number as they are usually spelled."""
    desk = policy(written)
    assert resolution(desk).promises[0].within == shown
    assert f"'{shown}'" in repr(desk)
    assert eval(repr(desk), {"Policy": Policy}) == desk  # noqa: S307 - our own


def test_two_spellings_of_a_length_are_one_length() -> None:
    """Policies that differ in them are equal, and have one fingerprint; a multiple has neither."""
    hours, minutes = policy("1.5 hours"), policy("90 minutes")
    assert (hours, hash(hours)) == (minutes, hash(minutes))
    assert hours.fingerprint == minutes.fingerprint
    assert hours.is_known_as(minutes.fingerprint)
    tripled = parse("1.5 hours").parts[0].scaled(Fraction(3))
    assert str(tripled) == "270 minutes"


@pytest.mark.parametrize(
    ("within", "due"),
    [("at once", "06 09:00"), ("0 working hours", "06 09:00"), ("0 hours", "04 12:00")],
)
def test_at_once_outside_hours(within: str, due: str) -> None:
    """No work at all waits for the next opening; no time at all does not."""
    assert resolution(policy(within), at=paris("04 12:00")).due == paris(due)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 day", ["1 working day", "1 calendar day", "24 hours", "end of day + 1"]),
        ("4h", ["4 working hours", "4 hours"]),
        ("30 min", ["30 working minutes", "30 minutes"]),
        ("2 weeks", ["10 working days"]),
        ("4 Working Hours", ["'4 working hours'"]),
        ("soon", ["4 working hours", "at once"]),
        ("earliest of 1 hour", ["earliest of 24 hours, 1 working day"]),
    ],
)
def test_an_ambiguous_time_is_refused_with_the_choices(text: str, words: list[str]) -> None:
    """A bare day, an abbreviated unit, a week: the error spells out what to write instead."""
    with pytest.raises(PolicyError) as caught:
        policy(text)
    (fault,) = caught.value.faults
    assert fault.where == "tables.standard[0].targets.resolution"
    assert fault.found == repr(text)
    assert all(word in fault.message for word in words)


@pytest.mark.parametrize("unit", [unit for unit in get_args(Unit) if unit != "instant"])
def test_every_unit_is_documented_and_drawn(unit: str) -> None:
    """A new unit needs a row in the table of units, and a text among those of random policies."""
    page = (DOCS / "reference" / "policy-file.md").read_text(encoding="utf-8")
    section = page.split("\n### Units\n")[1].split("\n#")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    texts = [text for row in rows for text in re.findall("`([^`]+)`", row)]
    single = [text for text in texts if not text.startswith(("earliest of", "latest of"))]
    assert unit in {parse(text).parts[0].unit for text in single}
    for drawn in (test_policy.LENGTHS, clocks.LENGTHS):
        find(drawn, lambda text: parse(text).parts[0].unit == unit)
