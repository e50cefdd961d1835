"""The public names are a promise; this is the list."""

from __future__ import annotations

import pytest

import slacalc
from slacalc import errors


def test_public_names() -> None:
    """The names of the top module and of its errors are a promise; this is the list."""
    assert set(slacalc.__all__) == {
        "ALWAYS",
        "Alarm",
        "Attribute",
        "Calendar",
        "Change",
        "Clock",
        "ClockLedger",
        "Coverage",
        "CycleStatus",
        "Day",
        "Deadline",
        "Deadlines",
        "DueOverride",
        "Event",
        "Explanation",
        "Finding",
        "Findings",
        "FloatingDates",
        "Holidays",
        "Ledger",
        "LedgerRow",
        "Metric",
        "Objective",
        "OpenSpan",
        "Policy",
        "Precondition",
        "Promise",
        "Proof",
        "Refusal",
        "Row",
        "Semantics",
        "SlacalcError",
        "Status",
        "Target",
        "Verification",
        "presets",
        "replay",
    }
    assert all(hasattr(slacalc, name) for name in slacalc.__all__)
    assert set(errors.__all__) == {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and value.__module__ == errors.__name__
    }


def test_verbs_of_a_calendar() -> None:
    """Every verb that the documentation promises is there."""
    promised = (
        "add subtract elapsed elapsed_seconds spans days is_open next_open next_close "
        "previous_open previous_close add_working_days end_of_working_day add_calendar_days "
        "end_of_day explain to_dict from_dict dates is_provisional provisional_from"
    )
    assert not [name for name in promised.split() if not hasattr(slacalc.Calendar, name)]


@pytest.mark.parametrize(
    "error",
    [getattr(errors, name) for name in errors.__all__ if name != "Fault"],
    ids=lambda error: error.__name__,
)
def test_errors_have_one_root_and_a_builtin(error: type[Exception]) -> None:
    """Every error is a `SlacalcError`, and every one but the root also a built-in."""
    assert issubclass(error, errors.SlacalcError)
    builtins = (ValueError, LookupError, ImportError)
    assert error is errors.SlacalcError or issubclass(error, builtins)
