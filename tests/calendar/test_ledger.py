"""Explanations: where every second went."""

from __future__ import annotations

import json

import pytest

from slacalc import Calendar
from slacalc.errors import CalendarError, ProvisionalError, ReversedRangeError

OFFICE = Calendar(
    "Asia/Shanghai",
    {"mon-fri": "08:30-12:00, 13:00-17:30"},
    holidays="CN",
    exceptions={"2026-12-24": {"hours": "8:30-12", "name": "Christmas Eve"}},
    horizon=2026,
)


def rows(
    calendar: Calendar, start: str, end: str, language: str = "en"
) -> list[tuple[object, ...]]:
    """The rows of an explanation: minutes, open or not, kind and name."""
    ledger = calendar.explain(start, end, language=language)
    return [(row.length.total_minutes(), row.is_open, row.kind, row.name) for row in ledger]


def test_a_lunch_break_a_night_a_make_up_saturday_and_a_holiday() -> None:
    """Every reason for being open or closed has its row.

    Friday 13 September 2024 to Wednesday 18 September: Saturday was worked in exchange for Monday;
    the Mid-Autumn Festival was on Tuesday 17 September.
    """
    assert rows(OFFICE, "2024-09-13T11:00+08:00", "2024-09-18T09:00+08:00") == [
        (60, True, "open", ""),
        (60, False, "break", ""),
        (4.5 * 60, True, "open", ""),
        (15 * 60, False, "overnight", ""),
        (3.5 * 60, True, "make-up-day", "for 2024-09-16"),
        (60, False, "break", ""),
        (4.5 * 60, True, "make-up-day", "for 2024-09-16"),
        (6.5 * 60, False, "overnight", ""),
        (24 * 60, False, "weekend", ""),
        (24 * 60, False, "holiday", "Day off (substituted from 09/14/2024)"),
        (24 * 60, False, "holiday", "Mid-Autumn Festival"),
        (8.5 * 60, False, "overnight", ""),
        (30, True, "open", ""),
    ]


def test_names_in_chinese() -> None:
    """Holidays are named in the requested language."""
    start, end = "2024-09-17T00:00+08:00", "2024-09-18T00:00+08:00"
    assert rows(OFFICE, start, end, "zh") == [(24 * 60, False, "holiday", "中秋节")]


def test_an_exception_names_itself_open_and_closed() -> None:
    """Special hours are open for their own reason; what they leave closed is so by exception."""
    assert rows(OFFICE, "2026-12-24T00:00+08:00", "2026-12-25T00:00+08:00") == [
        (8.5 * 60, False, "exception", "Christmas Eve"),
        (3.5 * 60, True, "special-hours", "Christmas Eve"),
        (12 * 60, False, "exception", "Christmas Eve"),
    ]


def test_a_night_shift_belongs_to_the_evening_it_began() -> None:
    """A night begun before a holiday stays ordinary work; the holiday's own night is missing."""
    nights = Calendar(
        "Europe/Berlin", {"daily": "22:00-06:00"}, holidays={"2026-12-25": "Christmas"}
    )
    assert rows(nights, "2026-12-24T20:00+01:00", "2026-12-26T23:00+01:00") == [
        (2 * 60, False, "overnight", ""),
        (8 * 60, True, "open", ""),
        (18 * 60, False, "holiday", "Christmas"),
        (22 * 60, False, "overnight", ""),
        (60, True, "open", ""),
    ]


def test_a_night_of_nine_hours() -> None:
    """Rows are physical time: the night of the repeated hour is an hour longer."""
    nights = Calendar("Europe/Berlin", {"daily": "22:00-06:00"})
    assert rows(nights, "2024-10-26T22:00+02:00", "2024-10-27T06:00+01:00") == [
        (9 * 60, True, "open", "")
    ]


def test_combined_calendars_mark_what_they_add_and_remove() -> None:
    """What another calendar opens is added, what it closes removed; others keep their reason."""
    week = Calendar("Europe/Berlin", {"mon-fri": "9-17"})
    saturday = Calendar("Europe/Berlin", {"sat": "10-12"})
    stocktaking = Calendar("Europe/Berlin", {"fri": "15-17"})
    assert rows(
        (week | saturday) - stocktaking, "2024-05-03T14:00+02:00", "2024-05-04T13:00+02:00"
    ) == [
        (60, True, "open", ""),
        (2 * 60, False, "removed", ""),
        (7 * 60, False, "overnight", ""),
        (10 * 60, False, "weekend", ""),
        (2 * 60, True, "added", ""),
        (60, False, "weekend", ""),
    ]


def test_a_holiday_keeps_its_name_beside_added_hours() -> None:
    """What another calendar adds to a holiday does not hide why the date is otherwise closed."""
    desk = Calendar("UTC", {"mon-fri": "9-17"}, holidays={"2024-05-06": "Bank holiday"})
    both = desk | Calendar("UTC", {"mon": "10-11"})
    assert rows(both, "2024-05-06T00:00Z", "2024-05-07T00:00Z") == [
        (10 * 60, False, "holiday", "Bank holiday"),
        (60, True, "added", ""),
        (13 * 60, False, "holiday", "Bank holiday"),
    ]


def test_sums() -> None:
    """Totals by kind, open and closed time, and the rows themselves all give the same whole."""
    ledger = OFFICE.explain("2024-09-13T11:00+08:00", "2024-09-18T09:00+08:00")
    assert ledger.open.total_hours() == 1 + 4.5 + 8 + 0.5
    assert ledger.open == OFFICE.elapsed("2024-09-13T11:00+08:00", "2024-09-18T09:00+08:00")
    assert ledger.closed.total_hours() == 118 - 14
    totals = {kind: total.total_hours() for kind, total in ledger.totals().items()}
    assert totals == {
        "open": 6,
        "break": 2,
        "overnight": 15 + 6.5 + 8.5,
        "make-up-day": 8,
        "weekend": 24,
        "holiday": 48,
    }
    assert sum(totals.values()) == 118
    assert len(ledger) == len(ledger.rows) == 13


def test_text() -> None:
    """Printed, a ledger is a table that an operations manager can read."""
    assert str(OFFICE.explain("2026-12-31T17:29:30+08:00", "2027-01-01T00:00:01+08:00")) == (
        "Thu 2026-12-31 17:29:30 → Thu 2026-12-31 17:30     open       30s\n"
        "Thu 2026-12-31 17:30    → Fri 2027-01-01 00:00     closed  6h 30m  overnight\n"
        "Fri 2027-01-01 00:00    → Fri 2027-01-01 00:00:01  closed      1s"
        "  holiday: New Year's Day\n"
        "total 6h 30m 31s: open 30s, closed 6h 30m 1s (overnight 6h 30m, holiday 1s)\n"
        "provisional: holidays from 2027-01-01 are not published yet"
    )
    same = "2026-12-31T17:29:30+08:00"
    assert str(OFFICE.explain(same, same)) == "nothing: the two instants are the same"


def test_text_over_a_clock_change_shows_the_offsets() -> None:
    """Wall times alone would not add up to nine hours."""
    nights = Calendar("Europe/Berlin", {"daily": "22:00-06:00"})
    assert str(nights.explain("2024-10-26T22:00+02:00", "2024-10-27T06:00+01:00")) == (
        "Sat 2024-10-26 22:00 +0200 → Sun 2024-10-27 06:00 +0100  open  9h\ntotal 9h: open 9h"
    )


def test_rows_for_machines() -> None:
    """As dictionaries the rows are ready for JSON."""
    data = OFFICE.explain("2026-12-24T11:59:59.5+08:00", "2026-12-24T12:00+08:00").to_dicts()
    assert json.loads(json.dumps(data)) == [
        {
            "start": "2026-12-24T11:59:59.500000+08:00",
            "end": "2026-12-24T12:00:00+08:00",
            "seconds": 0.5,
            "is_open": True,
            "kind": "special-hours",
            "name": "Christmas Eve",
        }
    ]


def test_explaining_an_add() -> None:
    """The account of an `add` runs from the start to its answer, in time's order."""
    start = "2024-09-13T16:00+08:00"
    ledger = OFFICE.explain(start, work="4h")
    assert ledger.open.total_hours() == 4
    assert ledger.rows[-1].end == OFFICE.add(start, "4h")
    opening = OFFICE.explain(start, work="1h30m", edge="next_open")
    assert opening.rows[-1].end.isoformat() == "2024-09-14T08:30:00+08:00"
    back = OFFICE.explain(start, work="-4h")
    assert back.rows[0].start == OFFICE.subtract(start, "4h")
    assert back.open.total_hours() == 4


def test_provisional_accounts_say_so() -> None:
    """An account that reaches past the published holidays names the date, or is refused."""
    start, end = "2026-12-31T09:00+08:00", "2027-01-05T09:00+08:00"
    assert str(OFFICE.explain(start, end).provisional_from) == "2027-01-01"
    assert OFFICE.explain(start, "2027-01-01T00:00+08:00").provisional_from is None
    with pytest.raises(ProvisionalError, match="2027-01-01"):
        OFFICE.explain(start, end, strict=True)
    with pytest.raises(ProvisionalError, match="2027-01-01"):
        OFFICE.explain(start, work="24h", strict=True)


def test_either_an_end_or_some_work() -> None:
    """Both, or neither, are refused."""
    start = "2026-12-31T09:00+08:00"
    with pytest.raises(CalendarError, match="either the end"):
        OFFICE.explain(start)
    with pytest.raises(CalendarError, match="either the end"):
        OFFICE.explain(start, start, work="4h")
    with pytest.raises(ReversedRangeError):
        OFFICE.explain("2026-12-31T10:00+08:00", start)
