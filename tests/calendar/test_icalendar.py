"""Days off, make-up days and closed hours from iCalendar files.

Expected dates are counted by hand, by the rules of RFC 5545.
"""

from __future__ import annotations

import sys
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slacalc import Calendar, Holidays
from slacalc._calendar import recurrence
from slacalc.errors import HolidaysError, MissingExtraError, SlacalcError

if TYPE_CHECKING:
    from pathlib import Path

ALL_DAY = "DTSTART;VALUE=DATE:"


def ical(*events: str, head: str = "", uid: str = "") -> str:
    """An iCalendar text of some events, each given by its lines."""
    body = "".join(
        f"BEGIN:VEVENT\nUID:{uid or number}\n{event}\nEND:VEVENT\n"
        for number, event in enumerate(events)
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{head}{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


def days(*events: str, head: str = "", uid: str = "", **options: Any) -> list[str]:
    """The dates that some events close."""
    holidays = Holidays.from_ical(ical(*events, head=head, uid=uid), **options)
    return [str(day) for day, _ in holidays.dates]


def hours(*events: str, head: str = "", uid: str = "") -> dict[str, str]:
    """The hours that some events close."""
    holidays = Holidays.from_ical(ical(*events, head=head, uid=uid), timed="close")
    return {str(item.day): str(item.hours) for item in holidays.closed_hours}


# Dates -------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (ALL_DAY + "20260714\nDTEND;VALUE=DATE:20260714", "0714"),  # as French feeds have it
        ("DTSTART:20260714", "0714"),
        (ALL_DAY + "20260714\nDURATION:P0D", "0714"),
        (ALL_DAY + "20260714\nDURATION:PT48H", "0714 0715"),
        (ALL_DAY + "20260714\nDURATION:P1W", "0714 0715 0716 0717 0718 0719 0720"),
        ("DTSTART:20260714T000000\nDTEND:20260716T000000", "0714 0715"),
        ("DTSTART:20260714T000000\nDURATION:P1D", "0714"),
        ("DTSTART:20260714T000000\nDTEND:20260714T235959", "0714"),
        ("DTSTART:20260714T000000Z\nDTEND:20260715T000000Z", "0714"),
        (
            "DTSTART;TZID=Europe/Paris:20260714T000000\nDTEND;TZID=Europe/Paris:20260715T000000",
            "0714",
        ),
        (
            "DTSTART;TZID=Europe/Paris:20260714T000000\nDTEND:20260714T220000Z",  # midnight there
            "0714",
        ),
    ],
)
def test_whole_days_in_every_form(lines: str, expected: str) -> None:
    """One date at both ends is that day; from midnight to midnight are days."""
    assert days(lines) == [f"2026-{day[:2]}-{day[2:]}" for day in expected.split()]


def test_midnights_in_utc_are_read_in_the_zone_of_the_file() -> None:
    """22:00 UTC is midnight in Berlin in May, and 23:00 UTC in December."""
    head = "X-WR-TIMEZONE:Europe/Berlin\n"
    may = "DTSTART:20260504T220000Z\nDTEND:20260505T220000Z\nRRULE:FREQ=MONTHLY;COUNT=8"
    assert days(may, head=head) == [f"2026-{month:02}-05" for month in range(5, 13)]


# Recurrence --------------------------------------------------------------------------------------


def test_recurring_events_count_for_each_of_their_dates() -> None:
    """A yearly day recurs to the end of the supported years; 29 February in leap years only."""
    leap = days(ALL_DAY + "20240229\nRRULE:FREQ=YEARLY")
    assert (leap[:2], leap[-1], len(leap)) == (["2024-02-29", "2028-02-29"], "2196-02-29", 43)
    turns = days("DTSTART;VALUE=DATE:20251231\nDTEND;VALUE=DATE:20260102\nRRULE:FREQ=YEARLY")
    assert turns[:3] == ["2025-12-31", "2026-01-01", "2026-12-31"]
    assert turns[-1] == "2200-12-31"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (ALL_DAY + "20260105\nRDATE;VALUE=DATE:20260210,20260311", "0105 0210 0311"),
        (ALL_DAY + "20260105\nRDATE:20260210T000000,20260311T000000Z", "0105 0210 0311"),
        (ALL_DAY + "20260105\nRDATE;TZID=Asia/Tokyo:20260210T000000", "0105 0210"),
        (
            ALL_DAY + "20260105\nRDATE;VALUE=PERIOD:20260210T000000/P2D,"
            "20260311T000000/20260312T000000",
            "0105 0210 0211 0311",
        ),
        (ALL_DAY + "20260105\nRDATE:20260210\nRDATE:20260311", "0105 0210 0311"),
        (ALL_DAY + "20260105\nRRULE:", "0105"),
        (ALL_DAY + "20260105\nRDATE:\nEXDATE:", "0105"),
        (ALL_DAY + "20260301\nRRULE:FREQ=DAILY;COUNT=4\nEXRULE:FREQ=DAILY;INTERVAL=2", "0302 0304"),
        (ALL_DAY + "20260302\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20260311", "0302 0304 0309 0311"),
        (ALL_DAY + "20260302\nrrule:freq=weekly;count=2;byday=mo", "0302 0309"),
        (ALL_DAY + "20260101\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20261231", "0101 1126"),
    ],
)
def test_dates_added_and_taken_out(lines: str, expected: str) -> None:
    """RDATE adds to DTSTART, with or without a rule; EXRULE takes out."""
    assert days(lines) == [f"2026-{day[:2]}-{day[2:]}" for day in expected.split()]


@pytest.mark.parametrize(
    "exdate",
    [
        ";VALUE=DATE:20260302",
        ":20260302",
        ":20260302T000000",
        ":20260302T000000Z",
        ":20260302T090000",
        ";TZID=Europe/Berlin:20260302T000000",
        ";TZID=America/New_York:20260302T000000",
        ":20260302T000000,20260309T000000",
    ],
)
def test_excluded_dates_in_every_form(exdate: str) -> None:
    """EXDATE takes the second of three days out, however it is written."""
    lines = ALL_DAY + "20260301\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE" + exdate
    assert days(lines) == ["2026-03-01", "2026-03-03"]
    if ";TZID" in exdate:  # 2 March begins at 23:00 UTC in Berlin
        lines = ALL_DAY + "20260301\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260301T230000Z"
        head = "X-WR-TIMEZONE:Europe/Berlin\n"
        assert days(lines, head=head) == ["2026-03-01", "2026-03-03"]


@pytest.mark.parametrize(
    "until",
    ["20280105", "20280105T000000", "20280105T120000Z", "20280105T000000Z", "20281231T235959Z"],
)
def test_the_end_of_a_rule_in_every_form(until: str) -> None:
    """UNTIL is the last date that counts."""
    expected = ["2026-01-05", "2027-01-05", "2028-01-05"]
    assert days(f"{ALL_DAY}20260105\nRRULE:FREQ=YEARLY;UNTIL={until}") == expected
    zoned = "DTSTART;TZID=Europe/Berlin:20260105T000000\nDTEND;TZID=Europe/Berlin:20260106T000000\n"
    assert days(f"{zoned}RRULE:FREQ=YEARLY;UNTIL={until}") == expected
    before = days(f"{zoned}RRULE:FREQ=YEARLY;UNTIL=20280104T225959Z")  # a second before midnight
    assert before == expected[:2]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (["RECURRENCE-ID;VALUE=DATE:20260302\nSTATUS:CANCELLED\nDTSTART:20260302"], "01 03 04"),
        (["RECURRENCE-ID:20260302T000000Z\nSTATUS:CANCELLED"], "01 03 04"),
        (["RECURRENCE-ID;TZID=Asia/Tokyo:20260302T000000\nSTATUS:CANCELLED"], "01 03 04"),
        (
            ["RECURRENCE-ID:20260302\nDTSTART:20260320\nDTEND:20260322"],  # moved, and longer
            "01 03 04 20 21",
        ),
        (["RECURRENCE-ID;RANGE=THISANDFUTURE:20260303\nDTSTART:20260313"], "01 02 13 14"),
        (["RECURRENCE-ID;RANGE=THISANDFUTURE:20260303\nSTATUS:CANCELLED"], "01 02"),
        (
            [
                "RECURRENCE-ID:20260302\nDTSTART:20260320\nSEQUENCE:1",
                "RECURRENCE-ID:20260302\nDTSTART:20260325\nSEQUENCE:2",  # the later revision
                "RECURRENCE-ID:20260302\nDTSTART:20260327\nSEQUENCE:1",
            ],
            "01 03 04 25",
        ),
        (["RECURRENCE-ID:20260303\nDTSTART:20260303\nRRULE:FREQ=DAILY;COUNT=9"], "01 02 03 04"),
        (["RECURRENCE-ID:20260320\nDTSTART:20260321"], "01 02 03 04 21"),  # one more
    ],
)
def test_changed_occurrences(changes: list[str], expected: str) -> None:
    """RECURRENCE-ID names the occurrence of the series that is moved, cancelled or repeated."""
    series = ALL_DAY + "20260301\nRRULE:FREQ=DAILY;COUNT=4"
    assert days(series, *changes, uid="series") == [f"2026-03-{day}" for day in expected.split()]


def test_revisions_and_cancelled_events() -> None:
    """Of several revisions the latest counts; careless files give all events one UID."""
    assert days("STATUS:CANCELLED\n" + ALL_DAY + "20260504") == []
    assert days("STATUS:cancelled\nDTSTART:nonsense") == []
    revised = ["SEQUENCE:1\nDTSTART:20260505", "SEQUENCE:0\nDTSTART:20260504"]
    assert days(*revised, uid="one") == ["2026-05-05"]
    assert days("DTSTART:20260505", "DTSTART:20260504", uid="one") == ["2026-05-04", "2026-05-05"]


# Parts of days -----------------------------------------------------------------------------------

LUNCH = "SUMMARY:Lunch\nDTSTART:20260504T120000\nDTEND:20260504T130000"


def test_what_an_event_of_part_of_a_day_does() -> None:
    """It is refused, skipped, or closes its hours; the error names it and the three choices."""
    with pytest.raises(
        HolidaysError, match=r"'Lunch' lasts for part of a day.*close.*skip.*refuse"
    ):
        days(LUNCH, ALL_DAY + "20260505")
    assert days(LUNCH, ALL_DAY + "20260505", timed="skip") == ["2026-05-05"]
    assert hours(LUNCH) == {"2026-05-04": "12:00-13:00"}
    with pytest.raises(HolidaysError, match=r"'open' is not a value of timed \(close, skip, ref"):
        days(LUNCH, timed="open")
    holidays = Holidays.from_ical(ical(LUNCH), timed="close")
    office = Calendar("Europe/Berlin", {"mon-fri": "9-17"}, holidays=["DE", holidays])
    account = office.explain("2026-05-04T11:30+02:00", "2026-05-04T13:30+02:00")
    rows = [(row.kind, row.name, row.length.in_minutes()) for row in account]
    assert rows == [("open", "", 30), ("holiday", "Lunch", 60), ("open", "", 30)]
    assert eval(repr(holidays), {"Holidays": Holidays}) == holidays  # noqa: S307 - the promise


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "DTSTART:20261224T120000\nDTEND:20261226T090000",
            {
                "2026-12-24": "12:00-24:00",
                "2026-12-25": "00:00-24:00",
                "2026-12-26": "00:00-09:00",
            },
        ),
        (  # 12:00 in Berlin is 11:00 UTC before 29 March, and 10:00 after it
            (
                "DTSTART;TZID=Europe/Berlin:20260323T120000\nDURATION:PT1H\n"
                "RRULE:FREQ=WEEKLY;UNTIL=20260413T100000Z\nEXDATE:20260330T100000Z"
            ),
            dict.fromkeys(["2026-03-23", "2026-04-06", "2026-04-13"], "12:00-13:00"),
        ),
        (
            (
                "DTSTART:20261224T120000\nDURATION:PT1H\n"
                "RDATE;VALUE=PERIOD:20261228T090000/PT2H,20261229T090000/20261229T100000\n"
                "RDATE;VALUE=DATE:20261230"
            ),
            {
                "2026-12-24": "12:00-13:00",
                "2026-12-28": "09:00-11:00",
                "2026-12-29": "09:00-10:00",
                "2026-12-30": "12:00-13:00",
            },
        ),
        (
            (
                "DTSTART:20261224T120000\nDTEND:20261224T130000\n"
                "RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20261225"
            ),
            dict.fromkeys(["2026-12-24", "2026-12-26"], "12:00-13:00"),
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20261224T120000\nDTEND:20261224T120000Z",
            {"2026-12-24": "12:00-13:00"},
        ),
    ],
)
def test_closed_hours_of_events(lines: str, expected: dict[str, str]) -> None:
    """An event closes the hours that the clock of its own zone shows."""
    assert hours(lines) == expected


def test_hours_in_utc_need_the_zone_of_the_file() -> None:
    """What is 12:00 UTC on the wall depends on where the wall is."""
    lunch = "SUMMARY:Lunch\nDTSTART:20260504T120000Z\nDTEND:20260504T130000Z"
    assert hours(lunch, head="X-WR-TIMEZONE:Asia/Kolkata\n") == {"2026-05-04": "17:30-18:30"}
    with pytest.raises(HolidaysError, match=r"'Lunch' has its hours in UTC.*X-WR-TIMEZONE"):
        hours(lunch)
    with pytest.raises(HolidaysError, match=r"'Lunch' has a time of the zone 'Mars', which is"):
        hours(lunch, head="X-WR-TIMEZONE:Mars\n")


def test_a_zone_that_the_file_defines_itself() -> None:
    """VTIMEZONE gives the offset of a TZID that nobody else knows."""
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Our Zone\nBEGIN:STANDARD\nDTSTART:16010101T000000\n"
        "TZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    lunch = "DTSTART;TZID=Our Zone:20260504T120000\nDTEND:20260504T100000Z"
    assert hours(lunch, head=zone) == {"2026-05-04": "12:00-13:00"}


def test_changed_occurrences_of_timed_events() -> None:
    """A moved lunch, and one that is later and longer from a day on."""
    series = "DTSTART;TZID=Europe/Berlin:20260326T120000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4"
    moved = "RECURRENCE-ID:20260327T110000Z\nDTSTART:20260327T150000\nDTEND:20260327T160000"
    later = (
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260328T120000\n"
        "DTSTART;TZID=Europe/Berlin:20260328T130000\nDTEND;TZID=Europe/Berlin:20260328T150000"
    )
    assert hours(series, moved, later, uid="lunch") == {
        "2026-03-26": "12:00-13:00",
        "2026-03-27": "15:00-16:00",
        "2026-03-28": "13:00-15:00",
        "2026-03-29": "13:00-15:00",
    }


# Which events count ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("summary", "works"),
    [
        ("上班(补春节假期)", True),
        ("春节 补班 第1天/共2天", True),
        ("国庆节（班）", True),
        ("调休上班", True),
        ("補行上班", True),
        ("Special Working Day", True),
        ("班:国庆节", True),
        ("中秋节 班", True),
        ("Makeup workday", True),
        ("跟班学习", False),
        ("春节放假(2月14日上班)", False),
        ("国庆节（休）", False),
        ("休息日（由 2026-02-14 调休）", False),
        ("不上班", False),
        ("无需上班", False),
        ("非工作日", False),
        ("Special Non-working Day", False),
    ],
)
def test_working_days_of_chinese_feeds(summary: str, works: bool) -> None:  # noqa: FBT001 - a case
    """The summary says that people work, unless it says before that they are off."""
    holidays = Holidays.from_ical(ical(f"SUMMARY:{summary}\n{ALL_DAY}20260214"))
    assert [str(day) for day, _ in holidays.workdays] == ["2026-02-14"] * works
    assert [str(day) for day, _ in holidays.dates] == ["2026-02-14"] * (not works)


def test_a_feed_of_china_opens_its_working_days() -> None:
    """Saturday 14 February 2026 is open after "CN", and closed if no event is a working day."""
    text = ical(f"SUMMARY:上班(补春节假期)\n{ALL_DAY}20260214")
    morning = "2026-02-14T10:00+08:00"

    def is_open(**options: Any) -> bool:
        lists: list[str | Holidays] = ["CN", Holidays.from_ical(text, **options)]
        return Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays=lists).is_open(morning)

    assert is_open()
    assert not is_open(workdays=None)
    assert not is_open(workdays="Arbeit")
    assert is_open(workdays="补")
    assert is_open(workdays=lambda event: event.summary.startswith("上"))
    with pytest.raises(HolidaysError, match=r"'A上班' is a working day for part of a day"):
        hours("SUMMARY:A上班\nDTSTART:20260214T090000\nDTEND:20260214T120000")


def test_which_events_count() -> None:
    """A pattern is searched in summary, description and categories; a function sees all three."""
    events = [
        f"SUMMARY:Karneval\nDESCRIPTION:ein Feiertag\\, in Köln\n{ALL_DAY}20260216",
        f"SUMMARY:Messe\nCATEGORIES:Werk,Feiertag\n{ALL_DAY}20260217",
        f"SUMMARY:feiertag\n{ALL_DAY}20260218",
        "SUMMARY:Sitzung\nDTSTART:20260219T090000\nDTEND:20260219T100000",
    ]
    assert days(*events, include="Feiertag") == ["2026-02-16", "2026-02-17", "2026-02-18"]
    assert days(*events, include=lambda event: "Werk" in event.categories) == ["2026-02-17"]
    assert days(*events, include=lambda event: event.description == "ein Feiertag, in Köln") == [
        "2026-02-16"
    ]
    with pytest.raises(HolidaysError, match=r"'\(', given as include, is not a pattern"):
        days(*events, include="(")
    with pytest.raises(HolidaysError, match="7 is not a filter: include takes a pattern"):
        days(*events, include=7)


# Files -------------------------------------------------------------------------------------------


def test_files_as_they_are(tmp_path: Path) -> None:
    """Byte order marks, line ends, folded letters and several calendars in one file are read."""
    text = ical("SUMMARY:Tag der Arbeit – für alle\nDTSTART:20260501")
    expected = Holidays(dates={"2026-05-01": "Tag der Arbeit – für alle"})
    data = text.encode()
    letter = data.index("ü".encode())
    folded = data[: letter + 1] + b"\r\n " + data[letter + 1 :]
    for source in (
        "\ufeff" + text,
        b"\xef\xbb\xbf" + data,
        text.encode("utf-16"),
        folded,
        folded.decode("utf-8", "surrogateescape"),
        text.replace("\r\n", "\n"),
        text.replace("\r\n", "\r"),
        text.replace("für", "f\r\n\tür"),
        "\r\n" + text + "\r\n\r\n",
        text + "\ufeff" + ical("BEGIN:VALARM\nDTSTART:x\nEND:VALARM\nSTATUS:CANCELLED"),
    ):
        assert Holidays.from_ical(source) == expected
    both = text + ical("SUMMARY:Zweiter\nDTSTART:20260502")
    assert [str(day) for day, _ in Holidays.from_ical(both).dates] == ["2026-05-01", "2026-05-02"]
    path = tmp_path / "latin.ics"
    path.write_bytes(text.encode("cp1252"))
    with pytest.raises(HolidaysError, match="its text is not UTF-8"):
        Holidays.from_ical(path)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ("SUMMARY:Lost", "has no DTSTART"),
        ("SUMMARY:Back\nDTSTART;VALUE=DATE:20260504\nDTEND;VALUE=DATE:20260501", "ends before"),
        ("SUMMARY:Back\nDTSTART:20260504\nDURATION:-P1D", "ends before it begins"),
        ("SUMMARY:Half\nDTSTART:20260504\nDURATION:PT12H", "which is not whole days"),
        ("SUMMARY:Often\nDTSTART;VALUE=DATE:20260504\nRRULE:FREQ=SECONDLY", "does not count dates"),
        ("SUMMARY:None\nDTSTART;VALUE=DATE:20260230", "'20260230', which is not a date"),
        ("SUMMARY:None\nDTSTART:20260228\nRDATE:20260231", "'20260231', which is not a date"),
        ("SUMMARY:Mixed\nDTSTART:20260228\nDTEND:20260301T120000", "a date at one end and a time"),
        ("SUMMARY:Mixed\nDTSTART:20260228T000000\nDTEND:20260301", "a date at one end and a time"),
        ("SUMMARY:Late\nDTSTART:99991231", "a time that cannot be read"),
        ("SUMMARY:Late\nDTSTART:99990101\nDURATION:P9W999D", "a DURATION that cannot be read"),
        ("SUMMARY:Twice\nDTSTART:20260228\nDTSTART:20260301", "has DTSTART twice"),
        ("SUMMARY:Odd\nDTSTART;VALUE=DATE\nDTSTART:20260101", "'DTSTART;VALUE=DATE', which cannot"),
        ("SUMMARY:Odd\nDTSTART:20260101\nRRULE FREQ=YEARLY", "'RRULE FREQ=YEARLY', which cannot"),
        ("SUMMARY:Odd\nDTSTART:20260101\nRRULE:FREQ=SOMETIMES", "FREQ is missing or unknown"),
        (
            "SUMMARY:Odd\nDTSTART:20260101\nRRULE:FREQ=YEARLY;BYDAY=XX",
            "a recurrence that cannot be",
        ),
        ("SUMMARY:Odd\nDTSTART:20260101\nRRULE:FREQ=YEARLY;RSCALE=CHINESE", "is not a part of one"),
        ("SUMMARY:Odd\nDTSTART:20260101\nRRULE:FREQ=YEARLY;COUNT=-1", "COUNT must be 1 or more"),
    ],
)
def test_events_that_cannot_be_read_are_named(event: str, says: str) -> None:
    """The error names the event and what is wrong with it; an event left out is no fault."""
    with pytest.raises(HolidaysError, match=says) as caught:
        days(event)
    assert caught.value.given in event
    assert days(event, include="nothing like it") == []


@pytest.mark.parametrize(
    "rule",
    [
        "DTSTART:20260101\nRRULE:FREQ=DAILY;INTERVAL=0",
        "DTSTART:20000101\nDTEND:21000101\nRRULE:FREQ=YEARLY;COUNT=1000",
        "DTSTART:20000101\nDTEND:21000101\nRRULE:FREQ=DAILY;COUNT=1000",
        "DTSTART:00010101\nRRULE:FREQ=DAILY",
        "DTSTART:20260101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "DTSTART:20260101\nRRULE:FREQ=DAILY;BYSETPOS=2",
        "DTSTART:20260101T120000\nDURATION:PT1H\nRRULE:FREQ=SECONDLY",
        "DTSTART:20260101T120000\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR=1,2,3,4;BYMINUTE=1,2",
        "DTSTART:20260101T120000\nDURATION:PT1H\nRRULE:FREQ=HOURLY;BYMONTH=2;COUNT=3",
        "DTSTART:20260101\nDURATION:P9999999999W\nRRULE:FREQ=DAILY",
        "DTSTART:20260101\nDTEND:99991231\nRRULE:FREQ=DAILY;COUNT=3",
        "DTSTART:20260101\n" + "RRULE:FREQ=DAILY\n" * 1000,
    ],
)
def test_rules_without_end_are_refused_at_once(rule: str) -> None:
    """A malicious event is named within a second, whatever its hours do."""
    began = time.thread_time()
    with pytest.raises(HolidaysError, match="Bomb"):
        hours(f"SUMMARY:Bomb\n{rule}")
    assert time.thread_time() - began < 1


def test_many_harmless_events_are_a_bomb_too() -> None:
    """A century repeated a thousand times, as a thousand events."""
    with pytest.raises(HolidaysError, match="makes the file cover more than 200000 dates"):
        days(*["SUMMARY:Bomb\nDTSTART:20000101\nDTEND:21000101"] * 1000)


def test_leap_days_are_counted_where_they_are() -> None:
    """Three 29 Februaries take from 2024 to 2032."""
    event = "SUMMARY:Leap day\nDTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;COUNT=3"
    assert days(event) == ["2024-02-29", "2028-02-29", "2032-02-29"]


def test_rules_cost_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """175 years of a yearly rule cost 5,250, and the file is refused by the sum of its rules."""
    rule = "SUMMARY:Thanksgiving\nDTSTART:20260105\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"
    monkeypatch.setattr(recurrence.Budget.__init__, "__defaults__", (200_000, 16_500))
    assert len(days(*[rule] * 3)) == 176  # the fourth Thursdays, and DTSTART
    with pytest.raises(HolidaysError, match="'Thanksgiving' .* its rules take too long"):
        days(*[rule] * 4)


def test_long_feeds_are_read_quickly() -> None:
    """Ten thousand events take less than two seconds."""
    events = [
        f"SUMMARY:Day {number}\nDTSTART;VALUE=DATE:{1950 + number % 200}0{1 + number % 9}15\n"
        "DTSTAMP:20260101T000000Z\nTRANSP:TRANSPARENT\nCATEGORIES:Holidays"
        for number in range(10_000)
    ]
    text = ical(*events)

    def took() -> float:
        began = time.thread_time()
        assert len(Holidays.from_ical(text).dates) == 1800  # 200 years of 9 months
        return time.thread_time() - began

    assert any(took() < 2 for _ in range(3))  # a busy machine may take longer once


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing of the kind",
        "holidays.ics",
        "<html>\n<body>\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
        "BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n",
        "BEGIN:VCALENDAR\nEND:VCALENDAR\nDTSTART:20260101\n",
        None,
        7,
    ],
)
def test_what_is_no_calendar_is_refused(text: Any) -> None:
    """What is not iCalendar ends in our error."""
    with pytest.raises(HolidaysError, match="not an iCalendar file"):
        Holidays.from_ical(text)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file and a folder end in our error, which names them."""
    for path in (tmp_path / "missing.ics", tmp_path):
        with pytest.raises(HolidaysError, match="cannot be read") as caught:
            Holidays.from_ical(path)
        assert caught.value.given == str(path)


SEEDS = [
    ical(
        f"SUMMARY:A\n{ALL_DAY}20260301\nDTEND;VALUE=DATE:20260302\nRRULE:FREQ=DAILY;COUNT=4\n"
        "EXDATE;VALUE=DATE:20260302\nRDATE;VALUE=PERIOD:20260210T000000/P2D",
        LUNCH + "\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20260601T000000Z",
        head="X-WR-TIMEZONE:Europe/Berlin\n",
    ),
    ical(
        f"{ALL_DAY}20260301\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=1SU",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20270307\nDTSTART:20270308\nSEQUENCE:1",
        "DTSTART;TZID=Europe/Paris:20260714T000000\nDURATION:P1D\nEXRULE:FREQ=DAILY;COUNT=2",
        uid="x",
    ),
    ical(
        "DTSTART:99991230\nDTEND:99991231\nRRULE:FREQ=YEARLY;UNTIL=99991231",
        "DTSTART:00010101T000000\nDTEND:00010102T235900\nRDATE:99991231T235959Z",
        "DTSTART:99991231T220000Z\nDURATION:PT1H",
        head="X-WR-TIMEZONE:America/New_York\n",
    ),
]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.sampled_from(SEEDS),
    edits=st.lists(
        st.tuples(
            st.integers(0, 10_000),
            st.integers(0, 12),
            st.sampled_from(["", "0", "9", "-", ";", ":", "=", ",", "/", "\r\n", "\n ", "Z", "T"])
            | st.text(max_size=3),
        ),
        max_size=4,
    ),
    timed=st.sampled_from(["close", "skip", "refuse"]),
)
def test_damaged_files_are_read_or_refused(
    text: str, edits: list[tuple[int, int, str]], timed: Any
) -> None:
    """Whatever a file holds, it ends in dates or in our error."""
    for position, length, new in edits:
        start = position % len(text)
        text = text[:start] + new + text[start + length :]
    try:
        holidays = Holidays.from_ical(text, timed=timed)
    except SlacalcError:
        return
    for day, _ in holidays.dates:
        assert isinstance(day, date)
        assert date(1900, 1, 1) <= day <= date(2200, 12, 31)
    assert Holidays.parse(holidays.to_data()) == holidays


def test_without_the_extra_the_error_names_the_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A missing library says what to type."""
    for module in ("icalendar", "recurring_ical_events"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, module, None)
            with pytest.raises(MissingExtraError, match=r'pip install "slacalc\[ical\]"') as caught:
                Holidays.from_ical(ical())
        assert caught.value.extra == "ical"
        assert isinstance(caught.value, ImportError)
