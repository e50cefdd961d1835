"""Conditions of clocks: their forms in a file, and how they read."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Metric, Policy
from slacalc.errors import PolicyError
from tests.policy.desk import policy


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("created", "created"),
        ({"status": "open"}, "status is open"),
        ({"status": ["open", "new"]}, "status is open or new"),
        ({"status": {"not": "open"}, "level": 1}, "status is not open, level is 1"),
        ({"event": "replied", "by": "agent"}, "replied with by is agent"),
        (["solved", {"urgent": True}], "solved, or urgent is true"),
        ([], ""),
    ],
)
def test_forms(data: Any, text: str) -> None:
    """Each form is read, printed as people say it, and written as it was."""
    pause = Metric(pause=data).pause
    assert str(pause) == text
    assert Metric(pause=data).to_dict() == {"pause": data}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (5, "pause"),
        ({}, "pause"),
        ("a.b", "pause"),
        (["created", 5], "pause[1]"),
        ({"event": 5}, "pause.event"),
        ({"status": []}, "pause.status"),
        ({"status": {"not": []}}, "pause.status"),
        ({"a.b": "open"}, "pause.a.b"),
    ],
)
def test_what_is_not_a_condition_is_refused(data: Any, path: str) -> None:
    """The fault has the path of the clause, or of the field, that cannot be read."""
    with pytest.raises(PolicyError) as caught:
        Metric(pause=data)
    assert [fault.where for fault in caught.value.faults] == [path]


def test_a_condition_that_must_be_met_at_some_time_is_not_empty() -> None:
    """A pause may be `[]`, which means never; a start may not."""
    with pytest.raises(PolicyError, match="or a list of them$"):
        Metric(start=[])


@pytest.mark.parametrize(
    ("condition", "where", "expected"),
    [
        (
            {"event": "replied", "max": 3},
            ".max",
            "max belongs beside when: pause = { when = { … }, at_",
        ),
        ({"status": "x", "for": "2 days"}, ".for", "for belongs beside when: pause = {"),
        (
            {"status": "x", "times": 3},
            ".times",
            "belongs beside when: pause = { when = { … }, times",
        ),
        ({"status": "x", "in_all": "2 days"}, ".in_all", "{ when = { … }, in_all = … }"),
        ({"status": "x", "until": "fix"}, ".until", "until belongs to the metric"),
        ({"event": "replied", "at_most": 3}, ".at_most", "at_most belongs beside when"),
        ({"event": "replied", "at_least": 3}, ".at_least", "no such setting"),
        ({"status": "solved", "At-Least": "2"}, ".At-Least", "no such setting"),
        ({"status": "solved", "atMost": 1}, ".atMost", "atMost belongs beside when"),
        (
            ["solved", {"status": "x", "reopen": "open"}],
            "[1].reopen",
            "reopen belongs to the metric",
        ),
        ({"within": "3 hours"}, ".within", "within belongs to a target of a row"),
        ({"status": "solved", "not": {"max": 2}}, ".not.max", "max belongs beside when"),
        (
            {"any": [{"status": "x"}, {"reopen": 1}]},
            ".any[1].reopen",
            "reopen belongs to the metric",
        ),
        ({"not": {"event": "solved"}}, ".not.event", "the type of an event stands beside"),
        ({"status": "solved", "or": "closed"}, ".or", "alternatives are any = [{ … }, { … }]"),
        ({"held_by": "network"}, ".held_by", "held_by belongs to the metric"),
        ({"Event": "solved"}, ".Event", "did you mean 'event'"),
        ({"events": "solved"}, ".events", "did you mean 'event'"),
        ({"Severity": "low"}, ".Severity", "did you mean 'severity'"),
        ({"severity": ">= medium"}, ".severity", "only tests in rows compare by rank"),
    ],
)
@pytest.mark.parametrize("key", ["start", "stop", "pause", "cancel", "reset", "reopen"])
def test_a_condition_has_no_settings(key: str, condition: Any, where: str, expected: str) -> None:
    """A misplaced setting would be a field that no ticket has, so that nothing ever meets it."""
    with pytest.raises(PolicyError) as caught:
        policy("1 hour", metrics={"resolution": {key: condition}})
    [fault] = caught.value.faults
    assert fault.where == f"metrics.resolution.{key}{where}"
    assert expected in fault.message
    assert fault.of_meaning


def test_an_attribute_may_have_the_name_of_a_setting() -> None:
    """And other fields may have any other names; text of tickets may look like a comparison."""
    attributes = {"max": [1, 2], "severity": ["high", "low"]}
    for condition in ({"max": 2}, {"state": "> 2 weeks"}, {"group": "max"}, {"type": "incident"}):
        desk = policy("1 hour", attributes=attributes, metrics={"resolution": {"stop": condition}})
        assert Policy.from_dict(desk.to_dict()) == desk
    with pytest.raises(PolicyError, match=r"preconditions.key.pause.max: found 'max'"):
        policy("1 hour", preconditions={"key": {"words": "A key.", "pause": {"max": 2}}})
