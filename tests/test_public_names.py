"""The public names are a promise; this is the list."""

from __future__ import annotations

import pickle

import pytest

import slacalc
from slacalc import errors


def test_public_names() -> None:
    """The names of the top module and of its errors are a promise; this is the list."""
    assert set(slacalc.__all__) == {
        "ALWAYS",
        "Adjustment",
        "Alarm",
        "Attribute",
        "Availability",
        "Calendar",
        "Change",
        "Claim",
        "Clock",
        "ClockLedger",
        "ClockSummary",
        "Coverage",
        "Credit",
        "CycleStatus",
        "Day",
        "Deadline",
        "Deadlines",
        "DueMove",
        "DueOverride",
        "Duty",
        "Effect",
        "Event",
        "Exclusion",
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
        "Penalty",
        "Policy",
        "PolicyDiff",
        "PolicyStore",
        "Precondition",
        "Promise",
        "Proof",
        "Refusal",
        "Row",
        "Semantics",
        "Settlement",
        "SlacalcError",
        "Status",
        "Target",
        "Trace",
        "TraceRow",
        "Verification",
        "Vocabulary",
        "VocabularyEntry",
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


def test_public_classes_name_the_package_as_their_home() -> None:
    """Where a class is defined may change; pickles and messages do not show it."""
    classes = [getattr(slacalc, name) for name in slacalc.__all__]
    homes = {
        value.__name__: value.__module__
        for value in classes
        if isinstance(value, type) and value is not slacalc.SlacalcError
    }
    assert len(homes) > 30
    assert set(homes.values()) == {"slacalc"}
    assert all(getattr(slacalc, name).__name__ == name for name in homes)


@pytest.mark.parametrize(
    "name", [b"slacalc._calendar\nCalendar", b"slacalc._clock\nClock", b"slacalc._policy\nPolicy"]
)
def test_pickles_from_before_the_packages_find_their_class(name: bytes) -> None:
    """Calendars, clocks and policies were pickled by the names of modules that are packages now."""
    loaded = pickle.loads(b"c" + name + b"\n.")  # noqa: S301 - our own
    assert loaded is getattr(slacalc, name.decode().partition("\n")[2])
    with pytest.raises(AttributeError, match="get attribute 'Nothing'"):
        pickle.loads(b"c" + name.partition(b"\n")[0] + b"\nNothing\n.")  # noqa: S301 - bytes made here
