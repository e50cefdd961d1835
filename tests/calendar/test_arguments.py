"""What people may pass to `Calendar(...)` and its methods, and every fault with its path."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Calendar
from slacalc._calendar.arguments import parse_changes, parse_exceptions, parse_holidays
from slacalc.errors import (
    CalendarError,
    DateError,
    HolidaysError,
    HoursError,
    ReversedRangeError,
    SlacalcError,
    TimeZoneError,
    WorkError,
)
from tests.calendar.examples import OFFICE, SEASONED

NOON = "2024-05-03T12:00Z"  # a Friday


@pytest.mark.parametrize(
    ("arguments", "error", "where", "says"),
    [
        ({"time_zone": "Asia/Shangai"}, TimeZoneError, "time_zone", "did you mean 'Asia/Shanghai'"),
        ({"week": "nine to five"}, HoursError, "week", "not a week"),
        ({"week": {"mon-fri": "17:00-09:00x"}}, HoursError, "week.mon-fri", "not a time of day"),
        ({"week": {"mon-fry": "9-17"}}, HoursError, "week.mon-fry", "did you mean .*'fri'"),
        ({"week": {"mon": "9-25:00"}}, HoursError, "week.mon", "00:00 to 24:00"),
        ({"holidays": "ZZ"}, HolidaysError, "holidays", "not a country or market"),
        ({"holidays": "US-XX"}, HolidaysError, "holidays", "not a subdivision of US"),
        ({"holidays": ["CN", 5]}, HolidaysError, "holidays[1]", "cannot be read as holidays"),
        ({"holidays": 5}, HolidaysError, "holidays", "cannot be read as holidays"),
        ({"holidays": {"contry": "CN"}}, HolidaysError, "holidays", "did you mean 'country'"),
        ({"holidays": {"2026-13-01": "x"}}, DateError, "holidays.2026-13-01", "month must be"),
        ({"holidays": {"2026-01-01": 5}}, HolidaysError, "holidays", "must be text"),
        ({"exceptions": ["2026-12-24"]}, CalendarError, "exceptions", "give a mapping"),
        (
            {"exceptions": {"24.12.2026": "9-12"}},
            DateError,
            "exceptions.24.12.2026",
            "neither a date",
        ),
        (
            {"exceptions": {"2026-12-31..2026-12-24": "closed"}},
            ReversedRangeError,
            "exceptions.2026-12-31..2026-12-24",
            "ends before it begins",
        ),
        (
            {"exceptions": {"2026-12-24..2026-12-31": "closed", "2026-12-31": "9-12"}},
            CalendarError,
            "exceptions",
            "overlap",
        ),
        ({"exceptions": {"2026-12-24": "9-9"}}, HoursError, "exceptions.2026-12-24", "same time"),
        (
            {"exceptions": {"2026-12-24": {"hours": "9-12", "nam": "x"}}},
            CalendarError,
            "exceptions.2026-12-24",
            "did you mean 'name'",
        ),
        ({"changes": ["2026-01-01"]}, CalendarError, "changes", "give a mapping"),
        ({"changes": {"2026-01-01": {}}}, CalendarError, "changes.2026-01-01", "read as a change"),
        (
            {"changes": {"2026-01-01": {"weeks": {}}}},
            CalendarError,
            "changes.2026-01-01",
            "cannot be read as a change",
        ),
        (
            {"changes": {"2026-01-01": {"week": {"mon": "x"}}}},
            HoursError,
            "changes.2026-01-01.week.mon",
            "not a stretch",
        ),
        (
            {"exceptions": {"2026-12-24": {"name": "x"}}},
            CalendarError,
            "exceptions.2026-12-24",
            "needs hours",
        ),
        (
            {"exceptions": {"2026-12-24": {"hours": "9-12", "name": 5}}},
            CalendarError,
            "exceptions.2026-12-24",
            "must be text",
        ),
        ({"horizon": "soon"}, DateError, "horizon", "not a horizon"),
    ],
)
def test_an_error_names_the_path_to_the_fault(
    arguments: dict[str, Any], error: type[SlacalcError], where: str, says: str
) -> None:
    """An error knows the path to the fault, what stands there, and what would be right."""
    with pytest.raises(error, match=says) as caught:
        Calendar(**{"time_zone": "UTC", "week": {"mon-fri": "9-17"}} | arguments)
    assert caught.value.where == where
    assert str(caught.value).startswith(f"{where}: ")


@pytest.mark.parametrize("days", [1.5, "1", None, True])
def test_days_are_whole_numbers(days: Any) -> None:
    """A fraction of a day, or a truth value, is not a number of days."""
    for method in (
        OFFICE.add_working_days,
        OFFICE.end_of_working_day,
        OFFICE.add_calendar_days,
        OFFICE.end_of_day,
    ):
        with pytest.raises(WorkError, match="not a number of days"):
            method(NOON, days)


def test_unknown_edges_are_refused() -> None:
    """An unknown edge is refused, with those that are known."""
    with pytest.raises(ValueError, match="close, next_open"):
        OFFICE.add(NOON, "1h", edge="open")  # type: ignore[arg-type]  # which is the test
    with pytest.raises(ValueError, match="open, previous_close"):
        OFFICE.subtract(NOON, "1h", edge="close")  # type: ignore[arg-type]  # which is the test


def test_arguments_are_read_once() -> None:
    """What the converters return they accept again, so that a calendar can be copied."""
    assert parse_exceptions(SEASONED.exceptions) == SEASONED.exceptions
    assert parse_changes(SEASONED.changes) == SEASONED.changes
    assert parse_holidays(SEASONED.holidays) == SEASONED.holidays


def test_exceptions_and_changes_are_kept_in_order_of_time() -> None:
    """However they are written, and each with its hours by weekday."""
    exceptions = parse_exceptions({"2026-12-24": "9-12", "2026-07-01": {"mon-fri": "8-14"}})
    assert [str(rule.dates) for rule in exceptions] == ["2026-07-01", "2026-12-24"]
    assert [rule.to_data() for rule in exceptions] == [{"mon-fri": "08:00-14:00"}, "09:00-12:00"]
    changes = parse_changes({"2026-07-01": {"week": "closed"}, "2025-07-01": {"holidays": "FR"}})
    assert [change.to_data() for change in changes] == [{"holidays": "FR"}, {"week": "closed"}]
    assert changes[0].week is None, "which stays as it was"


def test_touching_exceptions_do_not_overlap() -> None:
    """Ranges include both ends, so one may begin on the day after another ends, and no earlier."""
    parse_exceptions({"2026-12-24..2026-12-26": "closed", "2026-12-27": "9-12"})
    with pytest.raises(CalendarError, match="2026-12-24..2026-12-26 and 2026-12-26 overlap"):
        parse_exceptions({"2026-12-24..2026-12-26": "closed", "2026-12-26": "9-12"})
