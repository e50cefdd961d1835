"""Days off from iCalendar files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from slacalc import Calendar, Holidays
from slacalc.errors import HolidaysError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path


def ical(*events: str) -> str:
    """An iCalendar text of some events, each given by its lines."""
    body = "".join(f"BEGIN:VEVENT\nUID:1\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


def days(*events: str) -> dict[str, str]:
    return {str(day): name for day, name in Holidays.from_ical(ical(*events)).dates}


def test_events_close_their_dates(tmp_path: Path) -> None:
    """Events cover one date or several; DTEND is the date after the last (RFC 5545)."""
    text = ical(
        "SUMMARY:Founders' Day\nDTSTART;VALUE=DATE:20260504",
        "SUMMARY:Between the years\nDTSTART;VALUE=DATE:20261228\nDTEND;VALUE=DATE:20261231",
        "SUMMARY:Two days\nDTSTART;VALUE=DATE:20260601\nDURATION:P2D",
    )
    path = tmp_path / "company.ics"
    path.write_text(text, encoding="utf-8")
    holidays = Holidays.from_ical(path)
    assert holidays == Holidays.from_ical(text) == Holidays.from_ical(text.encode())
    assert {str(day): name for day, name in holidays.dates} == {
        "2026-05-04": "Founders' Day",
        "2026-06-01": "Two days",
        "2026-06-02": "Two days",
        "2026-12-28": "Between the years",
        "2026-12-29": "Between the years",
        "2026-12-30": "Between the years",
    }
    office = Calendar("Europe/Berlin", {"mon-fri": "9-17"}, holidays=["DE", holidays])
    (day,) = office.days("2026-05-04", "2026-05-04")
    assert (day.kind, day.name) == ("holiday", "Founders' Day")
    assert eval(repr(holidays), {"Holidays": Holidays}) == holidays  # noqa: S307 - the promise


def test_recurring_events_count_for_each_of_their_dates() -> None:
    """A yearly day recurs to the end of the supported years, but for the dates taken out of it."""
    found = days(
        "SUMMARY:Yearly\nDTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY",
        "SUMMARY:Mondays\nDTSTART;VALUE=DATE:20260601\nRRULE:FREQ=WEEKLY;COUNT=4\n"
        "EXDATE;VALUE=DATE:20260608",
    )
    assert [day for day, name in found.items() if name == "Mondays"] == [
        "2026-06-01",
        "2026-06-15",
        "2026-06-22",
    ]
    leap = [day for day, name in found.items() if name == "Yearly"]
    assert leap[:2] == ["2024-02-29", "2028-02-29"]
    assert leap[-1] == "2196-02-29"


def test_cancelled_events_do_not_count() -> None:
    """A cancelled event is not a day off."""
    assert days("SUMMARY:Off\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20260504") == {}


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ("SUMMARY:Lunch\nDTSTART:20260504T120000Z\nDTEND:20260504T130000Z", "part of a day"),
        ("SUMMARY:Lost", "has no DTSTART"),
        ("SUMMARY:Back\nDTSTART;VALUE=DATE:20260504\nDTEND;VALUE=DATE:20260501", "ends before"),
        ("SUMMARY:Often\nDTSTART;VALUE=DATE:20260504\nRRULE:FREQ=SECONDLY", "does not count dates"),
    ],
)
def test_events_that_are_no_days_off_are_refused(event: str, says: str) -> None:
    """The error names the event and what is wrong with it."""
    with pytest.raises(HolidaysError, match=says) as caught:
        days(event)
    assert caught.value.given in event


@pytest.mark.parametrize("text", ["", "nothing of the kind", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n"])
def test_what_is_no_calendar_is_refused(text: str) -> None:
    """Text that is not iCalendar ends in our error."""
    with pytest.raises(HolidaysError, match="not an iCalendar file"):
        Holidays.from_ical(text)


def test_without_the_extra_the_error_names_the_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A missing library says what to type."""
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(MissingExtraError, match=r'pip install "slacalc\[ical\]"') as caught:
        Holidays.from_ical(ical())
    assert caught.value.extra == "ical"
    assert isinstance(caught.value, ImportError)
