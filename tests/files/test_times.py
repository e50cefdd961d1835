"""Columns of times: text and timestamps read as instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from slacalc._files.time_forms import (
    FileError,
    check_pattern,
    parse_length,
    parse_time,
    propose_forms,
)
from slacalc._files.times import read_times, time_texts
from slacalc._time.instants import zone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BERLIN = zone("Europe/Berlin")


def at(text: str) -> int:
    """Microseconds from 1970 of a time in ISO 8601 with an offset."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-06-01T09:00", "2026-06-01T07:00+00:00"),
        ("2026-06-01 09:00:30", "2026-06-01T07:00:30+00:00"),
        ("2026-06-01T09:00:00.5", "2026-06-01T07:00:00.500000+00:00"),
        ("2026-06-01T09:00Z", "2026-06-01T09:00+00:00"),
        ("2026-06-01T09:00:00.000001-0330", "2026-06-01T12:30:00.000001+00:00"),
        ("20260601T090000", "2026-06-01T07:00+00:00"),
        ("2026-W23-1T09:00", "2026-06-01T07:00+00:00"),
        ("2026-06-01T09:00:00.1234567", "2026-06-01T07:00:00.123456+00:00"),  # as .NET writes
        ("2026-06-01 09:00:00.123456999Z", "2026-06-01T09:00:00.123456+00:00"),  # as pandas does
        ("2026-06-01T09:00:00,123456999+0200", "2026-06-01T07:00:00.123456+00:00"),
        ("20260601T090000.1234567", "2026-06-01T07:00:00.123456+00:00"),
        ("2026-03-29T02:30", "2026-03-29T01:00+00:00"),  # in the gap: the change itself
        ("2026-10-25T02:30", "2026-10-25T00:30+00:00"),  # twice: the first
    ],
)
def test_times_in_iso_8601(text: str, instant: str) -> None:
    """A time without an offset is a wall-clock time of the zone."""
    reading = read_times(pa.array([None, text]), BERLIN, None)
    assert reading is not None
    assert reading.values.tolist() == [np.iinfo(np.int64).min, at(instant)]
    assert not reading.errors


def test_24_00_ends_the_date() -> None:
    """In ISO 8601 and in patterns, on every Python; and no other time of that hour is read."""
    for text, pattern in (
        ("2026-05-31T24:00", None),
        ("2026-05-31 24:00:00", None),
        ("2026-05-31T24:00+00:00", None),
        ("20260531T240000.000Z", None),
        ("31.05.2026 24:00", "%d.%m.%Y %H:%M"),
        ("24:00 24.05.2026", "%H:%M %d.%m.%Y"),
    ):
        parsed = read_times(pa.array([text]), zone("UTC"), pattern)
        assert parsed is not None
        day = "2026-05-25" if text.startswith("24") else "2026-06-01"
        assert parsed.values.tolist() == [at(f"{day}T00:00+00:00")]
    for text, pattern in (
        ("2026-05-31T24:01", None),
        ("2026-05-31T24:00:00.1", None),
        ("31.05.2026 24:01", "%d.%m.%Y %H:%M"),
    ):
        parsed = read_times(pa.array([text]), zone("UTC"), pattern)
        assert parsed is not None
        assert [*parsed.errors] == [0]


def test_milliseconds_that_may_be_seconds_are_errors() -> None:
    """Mixed columns would have times of 1970 otherwise."""
    texts = ["1700000000000", "1700000000", "1700000000,5", "94608000", "94607999", "0"]
    parsed = read_times(pa.array(texts), None, "epoch-ms")
    assert parsed is not None
    assert [*parsed.errors] == [1, 2, 3, 5]
    assert "1970-01-20; as seconds, --time-format epoch, 2023-11-14" in parsed.errors[1]
    assert "is the beginning of 1970; if it stands for a missing time" in parsed.errors[5]
    assert parsed.values[[0, 4]].tolist() == [1_700_000_000_000_000, 94_607_999_000]


@pytest.mark.parametrize("form", ["epoch", "epoch-ms"])
def test_days_of_spreadsheets_are_no_epoch(form: str) -> None:
    """45678 is 2025-01-21 as a day; nobody means the first day of 1970."""
    texts = ["45678", "45678,75", "26664", "26665", "73050.9", "73051"]
    parsed = read_times(pa.array(texts), None, form)
    assert parsed is not None
    assert [*parsed.errors] == [0, 1, 3, 4]
    for row, day in ((0, "2025-01-21"), (1, "2025-01-21"), (3, "1973-01-01"), (4, "2099-12-31")):
        assert f"by --time-format {form}; as days of a spreadsheet" in parsed.errors[row]
        assert parsed.errors[row].endswith(f"--time-format excel, it is {day}")
    unit = 1_000_000 if form == "epoch" else 1_000
    assert parsed.values[[2, 5]].tolist() == [26_664 * unit, 73_051 * unit]


@pytest.mark.parametrize("zero", ["0", "0.0", "-0"])
def test_an_epoch_of_zero_is_a_missing_time(zero: str) -> None:
    """Which programs write so; a second later is a time."""
    parsed = read_times(pa.array([zero, "1"]), None, "epoch")
    assert parsed is not None
    assert ([*parsed.errors], parsed.values[1]) == ([0], 1_000_000)


@pytest.mark.parametrize(
    ("text", "pattern", "message"),
    [
        ("2026-06-01", None, "is a whole day, not an instant"),
        ("2026-02-30T09:00", None, "is not a time in ISO 8601: day"),
        ("2026-06-01T25:00", None, "is not a time in ISO 8601: hour"),
        ("06/01/2026 9:00", None, "describe the form of times with --time-format"),
        ("31/02/2026 09:00", "%d/%m/%Y %H:%M", "is not a time in the form '%d/"),
        ("01/06/2026 09:00:60", "%d/%m/%Y %H:%M:%S", "is not a time in the form"),
        ("15/06/2026 09:00:60", "%d/%m/%Y %H:%M:%S", "is not a time in the form"),
        ("01/06/2026", "%d/%m/%Y %H:%M", "is not a time in the form"),
    ],
)
def test_texts_that_are_not_times_are_reported(
    text: str, pattern: str | None, message: str
) -> None:
    """By row; the other rows are read."""
    sound = "2026-06-01T09:00" if pattern is None else datetime(2026, 6, 1, 9).strftime(pattern)
    reading = read_times(pa.array([sound, text, sound]), BERLIN, pattern)
    assert reading is not None
    assert [*reading.errors] == [1]
    assert message in reading.errors[1]
    assert [*reading.values[[0, 2]]] == [at("2026-06-01T07:00+00:00")] * 2


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%d/%m/%Y %H:%M", "01/06/2026 09:05"),
        ("%m/%d/%Y %I:%M:%S %p", "06/01/2026 09:05:00 AM"),
        ("%A, %d %B %Y, %H:%M", "Monday, 01 June 2026, 09:05"),
        ("%d.%m.%y %H.%M", "01.06.26 09.05"),
        ("%Y-%m-%dT%H:%M%z", "2026-06-01T03:05-0400"),
        ("%%%Y-%j %H:%M", "%2026-152 09:05"),
    ],
)
def test_times_in_the_form_of_a_pattern(pattern: str, text: str) -> None:
    """Whether Arrow knows the pattern or only Python."""
    check_pattern(pattern)
    reading = read_times(pa.array([text, None, text]), BERLIN, pattern)
    assert reading is not None
    missing = np.iinfo(np.int64).min
    right = at("2026-06-01T07:05+00:00")
    assert reading.values.tolist() == [right, missing, right]


@pytest.mark.parametrize(
    ("pattern", "text", "instant"),
    [
        ("%Y-%m-%d %H:%M:%S %Z", "2026-05-18 07:00:00 UTC", "2026-05-18T07:00+00:00"),
        ("%Y-%m-%d %H:%M:%S %Z", "2026-05-18 07:00:00 gmt", "2026-05-18T07:00+00:00"),
        ("%Y-%m-%d %H:%M:%S %Z", "2026-05-18 07:00:00 Z", "2026-05-18T07:00+00:00"),
        ("%Y-%m-%d %H:%M:%S %Z", "2026-05-18 07:00:00 -03:30", "2026-05-18T10:30+00:00"),
        ("%Y-%m-%d %H:%M:%S %Z", "2026-05-18 07:00:00 +02", "2026-05-18T05:00+00:00"),
        ("%Y-%m-%d %H:%M:%S %Z", "2026-05-18 07:00:00 GMT+2", "2026-05-18T05:00+00:00"),
        ("%Y-%m-%dT%H:%M:%S%Z", "2026-05-18T07:00:00Z", "2026-05-18T07:00+00:00"),
        ("%Y-%m-%dT%H:%M:%S.%f%Z", "2026-05-18T07:00:00.1234567Z", "2026-05-18T07:00:00.123456Z"),
        ("%a %b %d %H:%M:%S %Z %Y", "Mon May 18 07:00:00 UTC 2026", "2026-05-18T07:00+00:00"),
        ("%d.%m.%Y %I:%M %p %Z", "18.05.2026 07:00 PM UTC", "2026-05-18T19:00+00:00"),
        ("%b %d %Y %H:%M:%S %Z%z", "May 18 2026 07:00:00 GMT+0200", "2026-05-18T05:00+00:00"),
        ("%b %d %Y %H:%M:%S %Z%z", "May 18 2026 07:00:00 CEST+0200", "2026-05-18T05:00+00:00"),
        ("%Y-%m-%d %H:%M:%S.%f", "2026-05-18 07:00:00.123456789", "2026-05-18T05:00:00.123456Z"),
    ],
)
def test_a_zone_in_the_text_decides(pattern: str, text: str, instant: str) -> None:
    """UTC, GMT, Z and offsets are what they say; else it is the zone of the job."""
    check_pattern(pattern)
    reading = read_times(pa.array([text, None]), BERLIN, pattern)
    assert reading is not None
    assert reading.values[0] == at(instant), reading.errors


@pytest.mark.parametrize("name", ["CEST", "EST", "PDT", "IST", "CST"])
def test_abbreviations_of_zones_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Since they have several meanings; also those of the machine, which strptime would accept."""
    monkeypatch.setattr("time.tzname", ("EST", "PDT"))
    pattern = "%Y-%m-%d %H:%M %Z"
    texts = pa.array(["2026-05-18 07:00 UTC", f"2026-05-18 07:00 {name}", "2026-05-18 07:00"])
    reading = read_times(texts, BERLIN, pattern)
    assert reading is not None
    assert reading.values[0] == at("2026-05-18T07:00Z")
    assert f"write {name} instead of %Z in --time-format" in reading.errors[1]
    assert "is not a time in the form" in reading.errors[2]
    cured = read_times(texts, BERLIN, f"%Y-%m-%d %H:%M {name}")
    assert cured is not None
    assert cured.values[1] == at("2026-05-18T05:00Z")


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "UTC"])
@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00",
        "1753-01-01 00:00:00",
        "1899-12-31T18:00",
        "2201-01-01T02:00",
        "9999-12-31T23:59:59.9999999",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-05:00",
    ],
)
def test_times_outside_the_supported_years_are_reported(text: str, name: str) -> None:
    """They are not moved into them, with an offset or without."""
    reading = read_times(pa.array(["2026-06-01T09:00Z", text]), zone(name), None)
    assert reading is not None
    assert reading.values.tolist() == [at("2026-06-01T09:00Z"), np.iinfo(np.int64).min]
    assert "is outside the supported years 1900 to 2200" in reading.outside[1]
    assert f"--missing {text!r}" in reading.outside[1]


def test_the_first_and_the_last_supported_reading() -> None:
    """The bounds are instants in UTC."""
    texts = ["1900-01-01T00:59", "1900-01-01T01:00", "2201-01-01T00:59", "2201-01-01T01:00"]
    reading = read_times(pa.array(texts), BERLIN, None)
    assert reading is not None
    assert [*reading.outside] == [0, 3]
    assert reading.values[1] == at("1900-01-01T00:00Z")
    assert reading.values[2] == at("2200-12-31T23:59Z")


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_timestamps_outside_the_supported_years_are_reported(unit: str) -> None:
    """Of any unit, also those that Python cannot show."""
    days = [-719_162, -79_257, 0, 2_932_896, 9_000_000]  # 0001-01-01, 1753, 1970, 9999, 26611
    raw = [day * 86_400 * {"s": 1, "ms": 1_000, "us": 1_000_000}[unit] for day in days]
    for tz in (None, "UTC"):
        reading = read_times(pa.array(raw).cast(pa.timestamp(unit, tz)), BERLIN, None)
        assert reading is not None
        assert [*reading.outside] == [0, 1, 3, 4]
        assert reading.outside[1].startswith("1753-01-01T00:00")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("%Y-%Q", "is not a pattern of strptime"),
        ("%Y %Y", "has the same directive twice"),
        ("%d.%m.", "has no year"),
    ],
)
def test_a_pattern_that_cannot_be_right_is_refused(pattern: str, message: str) -> None:
    """Before a row is read."""
    with pytest.raises(FileError, match=message):
        check_pattern(pattern)


def test_times_without_an_offset_are_reported() -> None:
    """By row, if the job has no zone."""
    for column in (
        pa.array([None, "2026-06-01T09:00Z", "2026-06-01T09:00", "20260601T0900"]),
        pa.array([None, None, 0, 0], pa.timestamp("s")),
    ):
        reading = read_times(column, None, None)
        assert reading is not None
        assert reading.naive.tolist() == [2, 3]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_of_every_unit(unit: str) -> None:
    """With a zone they are instants; without, wall-clock times; nanoseconds are cut off."""
    wall = datetime(2026, 6, 1, 9, tzinfo=UTC)
    right = {"UTC": "2026-06-01T09:00+00:00", None: "2026-06-01T07:00+00:00"}
    for tz, instant in right.items():
        column = pa.array([wall, None], pa.timestamp(unit, "UTC")).cast(pa.timestamp(unit, tz))
        reading = read_times(column.dictionary_encode(), BERLIN, None)
        assert reading is not None
        assert reading.values[0] == at(instant)
    fine = pa.array([1_999, 1_000, -1], pa.timestamp("ns", "UTC"))
    reading = read_times(fine, None, None)
    assert reading is not None
    assert reading.values.tolist() == [1, 1, -1]


def test_columns_that_are_not_times() -> None:
    """Flags are not times; a column without any value is a column of missing times."""
    assert read_times(pa.array([True, False]), BERLIN, None) is None
    reading = read_times(pa.nulls(2), BERLIN, None)
    assert reading is not None
    assert reading.values.tolist() == [np.iinfo(np.int64).min] * 2


@pytest.mark.parametrize(
    ("name", "instant", "text"),
    [
        ("Europe/Berlin", "2026-06-01T07:00:00+00:00", "2026-06-01T09:00:00+02:00"),
        ("Europe/Berlin", "2026-01-01T07:00:00.000250+00:00", "2026-01-01T08:00:00.000250+01:00"),
        ("America/St_Johns", "2026-01-01T00:00:00+00:00", "2025-12-31T20:30:00-03:30"),
        ("Africa/Monrovia", "1930-01-01T00:00:00+00:00", "1929-12-31T23:15:30-00:44:30"),
    ],
)
def test_instants_as_text(name: str, instant: str, text: str) -> None:
    """With the offset of the zone at that instant, which had seconds in former times."""
    values = np.array([at(instant), np.iinfo(np.int64).min, at("2026-06-01T00:00+00:00")])
    assert time_texts(values, zone(name)).to_pylist()[:2] == [text, None]


@pytest.mark.parametrize(
    ("texts", "forms"),
    [
        (["31.12.2025 17:05"], ["%d.%m.%Y %H:%M"]),
        (["05.06.2025 17:05"], ["%d.%m.%Y %H:%M"]),  # nobody writes 05.06. for the sixth of May
        (["05/06/2025 17:05", "12/31/2025 07:00"], ["%m/%d/%Y %H:%M"]),
        (["05/06/2025 17:05", "31/12/2025 07:00"], ["%d/%m/%Y %H:%M"]),
        (["05/06/2025 17:05"], ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]),
        (["5-6-25", "7-8-25"], ["%d-%m-%y", "%m-%d-%y"]),
        (["5/6/2025 5:05:09 PM", "5/13/2025 5:05:09 am"], ["%m/%d/%Y %I:%M:%S %p"]),
        (["31/Dec/25 5:05 PM"], ["%d/%b/%y %I:%M %p"]),  # Jira
        (["Dec 31, 2025 5:05 PM", "May 1, 2025 5:05 PM"], ["%b %d, %Y %I:%M %p"]),
        (["May 1, 2025", "June 1, 2025"], ["%B %d, %Y"]),
        (["2025/12/31 17:05:09"], ["%Y/%m/%d %H:%M:%S"]),
        (["2025年12月31日 17:05"], ["%Y年%m月%d日 %H:%M"]),
        (["31/12/2025 17h05"], ["%d/%m/%Y %Hh%M"]),
        (["31.12.2025 um 17:05 Uhr"], ["%d.%m.%Y um %H:%M Uhr"]),
        (["Wed, 31 Dec 2025 17:05:00 +0100"], ["%a, %d %b %Y %H:%M:%S %z"]),
        (["2025-12-31 17:05:00 UTC"], ["%Y-%m-%d %H:%M:%S %Z"]),
        (["31-DEC-25 05.05.00.000000 PM"], ["%d-%b-%y %I.%M.%S.%f %p"]),  # Oracle
        (["20251231170500"], ["%Y%m%d%H%M%S"]),
        (["1767200700", "1767200701"], ["epoch"]),
        (["1767200700123"], ["epoch-ms"]),
        (["46022.711805", "46023"], ["excel"]),
        (["46022,711805"], ["excel"]),
        (["31.12.2025 17:05"] * 9 + ["soon"], ["%d.%m.%Y %H:%M"]),
        (["135", "20"], []),
        (["02:15:00"], []),
        (["soon", "31. Dezember 2025"], []),
        ([], []),
    ],
)
def test_forms_are_proposed_from_the_values(texts: list[str], forms: list[str]) -> None:
    """Those that read the most; several only if the values do not show which is right."""
    assert propose_forms(texts) == forms
    if len(forms) > 1:
        assert propose_forms(texts, ["31/12/2025 17:05", "31-12-25"]) == forms[:1]


@pytest.mark.parametrize(
    ("form", "texts", "wall", "microseconds"),
    [
        (
            "epoch",
            ["1767200700", " +1767200700.250001 ", "1767200700,5"],
            "",
            [0, 250_001, 500_000],
        ),
        ("epoch-ms", ["1767200700000", "1767200700250.001"], "", [0, 250_001]),
        (
            "excel",
            ["46022.711805555555", "46022,711805555555", "46022.7118055556"],
            "BERLIN",
            [0] * 3,
        ),
        ("excel-1904", ["44560.711805555555"], "BERLIN", [0]),
        ("epoch", ["2025-12-31T17:05Z", "2025-12-31 17:05:00+00:00"], "", [0, 0]),
        ("%d.%m.%Y %H:%M", ["31.12.2025 18:05", "2025-12-31T18:05:00"], "BERLIN", [0, 0]),
    ],
)
def test_numbers_are_times_of_their_form(
    form: str, texts: list[str], wall: str, microseconds: list[int]
) -> None:
    """Since 1970 in UTC, or days by the wall clock; whatever is not a number is ISO 8601."""
    zone_of_times = BERLIN if wall else None
    if form.startswith("excel"):
        base = at("2025-12-31T16:05:00+00:00")
    else:
        base = at("2025-12-31T17:05:00+00:00")
    reading = read_times(pa.array(texts), zone_of_times, form)
    assert reading is not None
    assert reading.errors == {}
    assert (reading.values - base).tolist() == microseconds
    one = [parse_time(text, form) for text in texts]
    local = zone(BERLIN.name).info
    instants = [time if time.tzinfo else time.replace(tzinfo=local) for time in one]
    assert [at(time.isoformat()) - base for time in instants] == microseconds
    if all(text.isdigit() for text in texts):
        numbers = read_times(pa.array([*map(int, texts)]), zone_of_times, form)
        assert numbers is not None
        assert (numbers.values - base).tolist() == microseconds


@pytest.mark.parametrize("text", ["9" * 18, "-99999999999999", "1e9", "0x10", "1_000", ""])
def test_numbers_beyond_all_years_are_reported(text: str) -> None:
    """And whatever is not a plain number is not taken for one."""
    for form in ("epoch", "epoch-ms", "excel"):
        reading = read_times(pa.array([text]), BERLIN, form)
        assert reading is not None
        assert len(reading.errors) + len(reading.outside) == 1


def test_two_parts_of_a_clock_are_a_length_of_hours_alone() -> None:
    """In lengths of minutes or seconds they may be minutes and seconds."""
    hour_and_a_half = 5_400_000_000  # microseconds
    for unit in ("hours", "days"):
        assert parse_length("1:30", unit) == hour_and_a_half
    for unit in ("minutes", "seconds"):
        with pytest.raises(ValueError, match="may be hours and minutes, or minutes and seconds"):
            parse_length("1:30", unit)
        assert parse_length("1:30:00", unit) == hour_and_a_half
