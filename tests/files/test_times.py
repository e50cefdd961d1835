"""Columns of times: text and timestamps read as instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from slacalc._files.times import FileError, check_pattern, read_times, time_texts
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


@pytest.mark.parametrize(
    ("text", "pattern", "message"),
    [
        ("2026-06-01", None, "is a whole day, not an instant"),
        ("2026-02-30T09:00", None, "is not a time in ISO 8601: day"),
        ("2026-06-01T25:00", None, "is not a time in ISO 8601: hour"),
        ("06/01/2026 9:00", None, "describe the form of times with --time-format"),
        ("2026-06-01T09:00:00.0000001", None, "finer than a microsecond"),
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


def test_the_first_time_without_an_offset_is_reported() -> None:
    """By row, if the job has no zone."""
    for column in (
        pa.array([None, "2026-06-01T09:00Z", "2026-06-01T09:00"]),
        pa.array([None, None, 0], pa.timestamp("s")),
    ):
        reading = read_times(column, None, None)
        assert reading is not None
        assert reading.first_naive == 2


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_of_every_unit(unit: str) -> None:
    """With a zone they are instants; without, wall-clock times; too fine ones are reported."""
    wall = datetime(2026, 6, 1, 9, tzinfo=UTC)
    right = {"UTC": "2026-06-01T09:00+00:00", None: "2026-06-01T07:00+00:00"}
    for tz, instant in right.items():
        column = pa.array([wall, None], pa.timestamp(unit, "UTC")).cast(pa.timestamp(unit, tz))
        reading = read_times(column.dictionary_encode(), BERLIN, None)
        assert reading is not None
        assert reading.values[0] == at(instant)
    fine = pa.array([1, 1_000], pa.timestamp("ns", "UTC"))
    reading = read_times(fine, None, None)
    assert reading is not None
    assert reading.values[1] == 1
    assert "finer than a microsecond" in reading.errors[0]


def test_columns_that_are_not_times() -> None:
    """Numbers are not times; a column without any value is a column of missing times."""
    assert read_times(pa.array([1, 2]), BERLIN, None) is None
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
