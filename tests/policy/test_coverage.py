"""Terms under which a contract covers a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.policy.desk import FRIDAY, PARIS, policy

TERM = {"from": "signed", "until": "ends", "otherwise": "ask for a quote"}


@pytest.mark.parametrize(
    ("ticket", "covered"),
    [
        ({"signed": "2024-05-03", "ends": "2024-05-03"}, True),  # both days belong to it
        ({"signed": "2024-05-04", "ends": "2024-06-01"}, False),
        ({"signed": "2024-01-01", "ends": "2024-05-02"}, False),
        ({"signed": FRIDAY, "ends": FRIDAY}, True),
        ({"signed": FRIDAY + timedelta(microseconds=1), "ends": "2025-01-01"}, False),
        ({"signed": "2024-05-03T14:00:00Z"}, True),  # 16:00 in Paris, and no end
        ({}, True),  # nothing is known
        ({"ends": "2024-05-02"}, False),  # one bound is enough to be out
    ],
)
def test_coverage_by_dates_of_the_ticket(ticket: dict[str, Any], covered: bool) -> None:  # noqa: FBT001 - parametrised
    """Days are those of the policy's zone; a bound that the ticket does not say counts as met."""
    dates = {"signed": {"kind": "date"}, "ends": {"kind": "date"}}
    answer = policy("1 hour", attributes=dates, coverage=[TERM]).deadlines(ticket, FRIDAY)
    assert answer.covered is covered
    assert answer["resolution"].reason == ("" if covered else "not covered")
    assert ("ask for a quote" in answer.coverage_note) is not covered
    assert ("taken as covered" in answer.coverage_note) is (covered and len(ticket) < 2)


@pytest.mark.parametrize(
    ("first", "term", "last"),
    [
        ("2023-05-04", "1 year", "2024-05-03"),
        ("2024-01-31", "1 month", "2024-02-29"),  # no 31st: the term ends with the month
        ("2024-02-29", "1 year", "2025-02-28"),
        ("2023-11-30", "18 months", "2025-05-29"),
        ("2024-12-15", "1 month", "2025-01-14"),
        ("2024-04-04", "30 calendar days", "2024-05-03"),
    ],
)
def test_coverage_for_a_term(first: str, term: str, last: str) -> None:
    """A term ends with the day before the same day of a later month or year."""
    desk = policy("1 hour", coverage=[{"from": first, "for": term}])
    end = datetime.fromisoformat(last).replace(tzinfo=PARIS) + timedelta(days=1)
    assert desk.deadlines({}, end - timedelta(microseconds=1)).covered
    assert not desk.deadlines({}, end).covered


def test_coverage_by_the_moment_of_receipt_and_by_attributes() -> None:
    """The moment is always known; an attribute that the ticket lacks leaves the answer open."""
    terms = [{"when": {"received": "working-day", "severity": "high"}}]
    attributes = {"severity": {"values": ["high", "low"], "optional": True}}
    desk = policy("1 hour", attributes=attributes, coverage=terms)
    saturday = FRIDAY + timedelta(days=1)
    assert desk.deadlines({"severity": "high"}, FRIDAY).covered
    assert not desk.deadlines({"severity": "high"}, saturday).covered
    assert not desk.deadlines({"severity": "low"}, FRIDAY).covered
    assert "taken as covered" in desk.deadlines({}, FRIDAY).coverage_note
