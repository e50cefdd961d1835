"""Attributes of tickets: values, tests by rows, and matrices."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc.errors import TicketError
from tests.policy.desk import FRIDAY, policy, resolution, row


@pytest.mark.parametrize(
    ("test", "passing"),
    [
        (">= medium", "high medium"),
        ("> medium", "high"),
        ("<= medium", "medium low"),
        ("< medium", "low"),
        ({"not": "medium"}, "high low"),
        ({"not": ["medium", "low"]}, "high"),
        ({"is": "low"}, "low"),
        (["low", "high"], "high low"),
    ],
)
def test_conditions(test: Any, passing: str) -> None:
    """Values are listed from the highest to the lowest; a list means any of its values."""
    desk = policy(row("1 hour", severity=test))
    met = [one for one in ("high", "medium", "low") if resolution(desk, {"severity": one}).due]
    assert met == passing.split()


def test_values() -> None:
    """A value may come as text; an invalid one is refused, with the valid ones."""
    desk = policy(
        row("1 hour", level=1, urgent=True),
        row("2 hours"),
        attributes={"level": [1, 2], "urgent": [True, False]},
    )
    for level, urgent in ((1, True), ("1", "true"), (1.0, True)):
        assert resolution(desk, {"level": level, "urgent": urgent}).within == "1 hour"
    for bad in ({"level": True}, {"level": 3}, {"level": [1]}, {"urgent": 1}, {"level": "one"}):
        with pytest.raises(TicketError) as caught:
            resolution(desk, {"level": 1, "urgent": True} | bad)
        assert caught.value.attribute == next(iter(bad))
        assert caught.value.known in ((1, 2), (True, False))
    with pytest.raises(TicketError, match="did you mean 'high'"):
        resolution(policy(row("1 hour", severity="high")), {"severity": "hihg"})


def test_an_attribute_derived_by_a_matrix() -> None:
    """Impact and urgency give the priority, unless the ticket has one itself."""
    levels = ["high", "low"]
    matrix = {"high": {"high": 1, "low": 2}, "low": {"high": 2, "low": 3}}
    priority = {"values": [1, 2, 3], "by": ["impact", "urgency"], "matrix": matrix}
    desk = policy(
        *(row(f"{number} hours", priority=number) for number in (1, 2, 3)),
        attributes={"impact": levels, "urgency": levels, "priority": priority},
    )
    answers = {
        (impact, urgency): desk.deadlines({"impact": impact, "urgency": urgency}, FRIDAY)
        for impact in levels
        for urgency in levels
    }
    assert [one.ticket["priority"] for one in answers.values()] == [1, 2, 2, 3]
    own = desk.deadlines({"impact": "low", "urgency": "low", "priority": 1}, FRIDAY)
    assert own["resolution"].within == "1 hour"
    with pytest.raises(TicketError, match="derived from urgency, which it lacks too"):
        desk.deadlines({"impact": "low"}, FRIDAY)
