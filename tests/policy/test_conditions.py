"""Conditions of clocks: their forms in a file, and how they read."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Metric
from slacalc.errors import PolicyError


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
