"""Due dates that periods lack, have several of, or that lie outside of them."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Policy
from tests.lint.desks import OFFICE


def findings(duty: dict[str, Any], **more: Any) -> list[str]:
    """The findings on a duty, in 2025."""
    terms: dict[str, Any] = {"effective_from": "2025-01-01", "effective_until": "2025-12-31"}
    policy = Policy("care", calendars={"office": OFFICE}, duties={"visit": duty}, **terms, **more)
    return [str(each) for each in policy.lint() if each.path.startswith("duties")]


@pytest.mark.parametrize(
    ("duty", "line"),
    [
        (  # April, June, September, November have 30 days, and February 28
            {"every": "month", "due": "31st day of month"},
            (
                "warning: duties.visit.due: 5 of 12 periods have no '31st day of month', such as "
                "that from 2025-02-01: it is due at their end instead [no-due-date]"
            ),
        ),
        (
            {"every": "month", "due": "12-15", "from": "calendar"},
            (
                "warning: duties.visit.due: 11 of 12 periods have no '12-15', such as that from "
                "2025-01-01: it is due at their end instead [no-due-date]"
            ),
        ),
        (
            {"every": "quarter", "due": "5th working day of month"},
            (
                "notice: duties.visit.due: the period from 2025-01-01 has 3 such days, of which "
                "the first counts [several-due-dates]"
            ),
        ),
        (
            {"every": "month", "within": "40 calendar days"},
            (
                "warning: duties.visit.within: 40 calendar days are longer than each period, at "
                "whose end it is due instead [due-after-period]"
            ),
        ),
        (
            {"every": "RRULE:FREQ=MONTHLY;BYDAY=1MO;UNTIL=20241231"},
            "error: duties.visit: no period begins from 2025-01-01 to 2025-12-31 [duty-never-due]",
        ),
        ({"every": "month", "due": "5th working day of month"}, ""),
        ({"every": "year", "due": "12-15"}, ""),
        ({"every": "month", "within": "30 calendar days"}, ""),  # February alone is shorter
        ({"every": "RRULE:FREQ=MONTHLY;BYDAY=1MO"}, ""),
        ({"every": "week"}, ""),
        ({"after": "visited"}, ""),
        ({"every": "2 weeks", "roll": "following"}, ""),
    ],
)
def test_due_dates_in_periods(duty: dict[str, Any], line: str) -> None:
    assert findings(duty) == ([line] if line else [])


@pytest.mark.parametrize(
    ("duty", "term", "line"),
    [
        (
            {"every": "month", "from": "calendar", "due": "10th day of month"},
            {"from": "2025-03-15", "until": "2025-12-31"},
            (
                "notice: duties.visit: it is due on 2025-03-10, before the contract begins "
                "on 2025-03-15, so that it is not owed in the first period [due-before-contract]"
            ),
        ),
        (
            {"every": "year", "from": "calendar", "due": "01-31"},
            {"from": "2025-03-01", "until": "2025-12-31"},
            (
                "error: duties.visit: it is never due in the contract from 2025-03-01 to "
                "2025-12-31 [duty-never-due]"
            ),
        ),
        (
            {"every": "year"},
            {"from": "2025-03-01", "for": "6 months"},
            (
                "error: duties.visit: it is never due in the contract from 2025-03-01 to "
                "2025-08-31 [duty-never-due]"
            ),
        ),
        ({"every": "year"}, {"from": "2025-03-01", "for": "1 year"}, ""),
        ({"every": "year"}, {"from": "2025-03-01"}, ""),
        (
            {"every": "month", "from": "calendar", "due": "10th day of month"},
            {"from": "2025-03-10", "until": "2025-12-31"},
            "",
        ),
    ],
)
def test_due_dates_in_contracts(duty: dict[str, Any], term: dict[str, Any], line: str) -> None:
    assert findings(duty, coverage=[term]) == ([line] if line else [])
