"""Periods: which day, week, month, quarter or year a wall clock shows, and how it is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from slacalc._columns.kernel import MISSING
from slacalc._report.periods import first_day, period_numbers, period_text

# Dates whose week belongs to another year, by ISO 8601 (its own examples and the calendar).
CASES: list[tuple[str, dict[str, str]]] = [
    ("1969-12-28", {"week": "1969-W52", "quarter": "1969-Q4", "month": "1969-12"}),  # a Sunday
    ("1969-12-29", {"week": "1970-W01", "quarter": "1969-Q4", "month": "1969-12"}),  # a Monday
    ("1970-01-01", {"week": "1970-W01", "quarter": "1970-Q1", "month": "1970-01"}),
    ("2005-01-02", {"week": "2004-W53", "quarter": "2005-Q1", "month": "2005-01"}),  # a Sunday
    ("2005-01-03", {"week": "2005-W01", "quarter": "2005-Q1", "month": "2005-01"}),
    ("2008-12-29", {"week": "2009-W01", "quarter": "2008-Q4", "month": "2008-12"}),
    ("2024-02-29", {"week": "2024-W09", "quarter": "2024-Q1", "month": "2024-02"}),
    ("2026-03-31", {"week": "2026-W14", "quarter": "2026-Q1", "month": "2026-03"}),
    ("2026-04-01", {"week": "2026-W14", "quarter": "2026-Q2", "month": "2026-04"}),
    ("2026-09-30", {"week": "2026-W40", "quarter": "2026-Q3", "month": "2026-09"}),
]


def reading(text: str) -> Any:
    """A wall-clock reading in microseconds, as NumPy has it."""
    return np.array([text], "datetime64[us]").astype(np.int64)


@pytest.mark.parametrize(("day", "texts"), CASES)
@pytest.mark.parametrize("time", ["T00:00", "T23:59:59.999999"])
def test_the_periods_of_a_day(day: str, time: str, texts: dict[str, str]) -> None:
    """From midnight to midnight."""
    for period, text in {**texts, "day": day, "year": day[:4]}.items():
        (number,) = period_numbers(reading(day + time), period).tolist()  # type: ignore[arg-type] # a literal
        assert period_text(number, period) == text  # type: ignore[arg-type] # a literal


@pytest.mark.parametrize(
    ("period", "begins"),
    [
        ("day", ["2026-02-27", "2026-02-28", "2026-03-01"]),
        ("week", ["2026-02-16", "2026-02-23", "2026-03-02"]),
        ("month", ["2025-12-01", "2026-01-01", "2026-02-01"]),
        ("quarter", ["2025-07-01", "2025-10-01", "2026-01-01"]),
        ("year", ["2024-01-01", "2025-01-01", "2026-01-01"]),
    ],
)
def test_consecutive_periods_have_consecutive_numbers(period: Any, begins: list[str]) -> None:
    """So that a chart can show those in which nothing happened."""
    numbers = [int(period_numbers(reading(day), period)[0]) for day in begins]
    assert numbers == [*range(numbers[0], numbers[0] + 3)]
    assert [first_day(number, period) for number in numbers] == [*map(date.fromisoformat, begins)]


def test_missing_readings_have_no_period() -> None:
    assert period_numbers(np.array([MISSING, 0]), "month").tolist() == [MISSING, 0]
