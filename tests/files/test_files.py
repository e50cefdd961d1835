"""The files of jobs, as people have them: how they are read, refused, and written."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slacalc._files.atomic import Outputs
from slacalc._files.reading import Form, opened
from slacalc._files.times import FileError, check_pattern, read_times
from slacalc._files.writing import sink
from slacalc._time.instants import zone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BERLIN = zone("Europe/Berlin")


def read(path: Path, **how: Any) -> tuple[list[tuple[int, Any]], list[tuple[int, str]]]:
    """The rows of a file by number, and what is wrong with those that are none."""
    good: list[tuple[int, Any]] = []
    bad: list[tuple[int, str]] = []
    source = opened(str(path), **how)
    for piece in source.pieces():
        cells = (tuple(row.values()) for row in piece.table.to_pylist())
        good += zip(piece.rows.tolist(), cells, strict=True)
        bad += [(one.row, one.message) for one in piece.bad]
    assert source.done == source.total
    return good, bad


# Reading ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "how"),
    [
        ("a.csv", b"id,city\n1,Z\xc3\xbcrich\n2,\n", {}),
        ("a.csv", b"\xef\xbb\xbfid,city\r\n1,Z\xc3\xbcrich\r\n2,\r\n", {}),  # as spreadsheets do
        ("a.csv", b'"id","city"\n"1","Z\xc3\xbcrich"\n"2",', {}),
        ("a.txt", b"id;city\n1;Z\xfcrich\n2;\n", {"delimiter": ";", "encoding": "latin-1"}),
        ("a.TSV", b"id\tcity\n1\tZ\xc3\xbcrich\n2\t\n", {}),
        ("a.csv.gz", gzip.compress(b"id,city\n1,Z\xc3\xbcrich\n2,\n", mtime=0), {}),
        ("a.csv", "id,city\n1,Zürich\n2,\n".encode("utf-16"), {"encoding": "utf-16"}),
    ],
)
def test_many_files_say_one_thing(
    tmp_path: Path, name: str, data: bytes, how: dict[str, str]
) -> None:
    """Endings, delimiters, encodings and packing are of the file, and not of its rows."""
    path = tmp_path / name
    path.write_bytes(data)
    assert read(path, **how) == ([(2, ("1", "Zürich")), (3, ("2", None))], [])


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    """Blank rows and those with line breaks count as one; faulty ones keep their numbers."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'id,note\n1,a\n\n2,"b\nc, ""d"""\n3,e,f\n4\n5,\xff\n,\n6,g\n7,h,"i,j",k')
    good, bad = read(path)
    assert good == [(2, ("1", "a")), (4, ("2", 'b\nc, "d"')), (9, ("6", "g"))]
    assert [row for row, _ in bad] == [5, 6, 7, 10]
    told = dict(bad)
    assert told[5] == "the row has 3 fields, and the header 2: '3,e,f'"
    assert told[6] == "the row has 1 fields, and the header 2: '4'"
    assert "--encoding" in told[7]
    assert told[10] == "the row has 4 fields, and the header 2: '7,h,\"i,j\",k'"


def test_a_long_faulty_row_is_told_in_short(tmp_path: Path) -> None:
    """And its cells are kept whole, even those that Python's own reader refuses."""
    path = tmp_path / "a.csv"
    long = "x" * 200_000
    path.write_text(f"id,note\n1,a\n2,{long},b\n3,c\n", "utf-8")
    good, bad = read(path)
    assert [row for row, _ in good] == [2, 4]
    assert [row for row, _ in bad] == [3]
    assert len(bad[0][1]) < 300


@pytest.mark.parametrize(
    ("name", "data", "how", "told"),
    [
        ("a.csv", b"", {}, "no rows below its header"),
        ("a.csv", b"id,id\n1,2\n", {}, "two columns are called 'id'"),
        ("a.csv", b'id,note\n1,a\n2,"b\n3,c\n', {}, "row 3 opens a quote that is never closed"),
        ("a.csv", b"id,note\n1,\xfc\n", {"encoding": "utf-16"}, "no text in utf-16"),
        ("a.csv", b"id\n1\n", {"encoding": "klingon"}, "'klingon' is no encoding"),
        ("a.xlsx", b"PK", {}, ".csv, .tsv, .csv.gz or .parquet"),
        ("a.parquet", b"PAR1 and nothing more", {}, "a.parquet: the file cannot be read"),
        ("a.csv.gz", b"id\n1\n", {}, "the file cannot be read: Not a gzipped file"),
        (
            "a.csv.gz",
            gzip.compress(b"id\n" + b"1\n" * 9_000, mtime=0)[:-9],
            {},
            "cannot be read.*ended before",
        ),
    ],
)
def test_what_is_no_file_of_rows_says_so(
    tmp_path: Path, name: str, data: bytes, how: dict[str, str], told: str
) -> None:
    """And what would be right."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(FileError, match=told):
        read(path, **how)


def test_a_quote_that_swallows_the_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row may be longer than a block."""
    monkeypatch.setattr("slacalc._files.reading._BLOCK", 1 << 20)
    path = tmp_path / "a.csv"
    path.write_text('id,note\n1,"a\n' + "2,b\n" * 600_000, "utf-8")
    with pytest.raises(FileError, match="perhaps a quote is never closed"):
        read(path)


def test_a_parquet_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    """At the row after which nothing can be read."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": pa.array(range(300_000))}), path, row_group_size=100_000)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400_00] = b"\xff" * 400_00
    path.write_bytes(data)
    with pytest.raises(FileError, match=r"a\.parquet: the file cannot be read"):
        read(path)


# Times --------------------------------------------------------------------------------------------


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
def test_times_as_iso_has_them(text: str, instant: str) -> None:
    """Without an offset they are those of the zone."""
    reading = read_times(pa.array([None, text]), BERLIN, None)
    assert reading is not None
    assert reading.values.tolist() == [np.iinfo(np.int64).min, at(instant)]
    assert not reading.wrong


@pytest.mark.parametrize(
    ("text", "pattern", "told"),
    [
        ("2026-06-01", None, "is a whole day, and no instant"),
        ("2026-02-30T09:00", None, "is no time in ISO 8601: day"),
        ("2026-06-01T25:00", None, "is no time in ISO 8601: hour"),
        ("06/01/2026 9:00", None, "say how times are written, with --time-format"),
        ("2026-06-01T09:00:00.0000001", None, "finer than a microsecond"),
        ("31/02/2026 09:00", "%d/%m/%Y %H:%M", "is no time as '%d/%m/%Y %H:%M' has it"),
        ("01/06/2026 09:00:60", "%d/%m/%Y %H:%M:%S", "is no time as"),
        ("01/06/2026", "%d/%m/%Y %H:%M", "is no time as"),
    ],
)
def test_what_is_no_time_says_why(text: str, pattern: str | None, told: str) -> None:
    """By its place; the others are read."""
    sound = "2026-06-01T09:00" if pattern is None else datetime(2026, 6, 1, 9).strftime(pattern)
    reading = read_times(pa.array([sound, text, sound]), BERLIN, pattern)
    assert reading is not None
    assert [*reading.wrong] == [1]
    assert told in reading.wrong[1]
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
def test_times_as_a_pattern_has_them(pattern: str, text: str) -> None:
    """Whether Arrow knows the pattern or only Python does."""
    check_pattern(pattern)
    reading = read_times(pa.array([text, None, text]), BERLIN, pattern)
    assert reading is not None
    missing = np.iinfo(np.int64).min
    right = at("2026-06-01T07:05+00:00")
    assert reading.values.tolist() == [right, missing, right]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("%Y-%Q", "no pattern of strptime"),
        ("%Y %Y", "names something twice"),
        ("%d.%m.", "no year"),
    ],
)
def test_a_pattern_that_cannot_be_right_is_refused(pattern: str, told: str) -> None:
    """Before a row is read."""
    with pytest.raises(FileError, match=told):
        check_pattern(pattern)


def test_the_first_time_without_a_zone_is_told() -> None:
    """Where the job has none; by its place."""
    for column in (
        pa.array([None, "2026-06-01T09:00Z", "2026-06-01T09:00"]),
        pa.array([None, None, 0], pa.timestamp("s")),
    ):
        reading = read_times(column, None, None)
        assert reading is not None
        assert reading.naive == 2


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_of_every_unit(unit: str) -> None:
    """With a zone they are instants; without, times of the zone; what is too fine is told."""
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
    assert "finer than a microsecond" in reading.wrong[0]


def test_columns_of_no_times() -> None:
    """Numbers are none; a column of nothing is a column of no time."""
    assert read_times(pa.array([1, 2]), BERLIN, None) is None
    reading = read_times(pa.nulls(2), BERLIN, None)
    assert reading is not None
    assert reading.values.tolist() == [np.iinfo(np.int64).min] * 2


# Writing ------------------------------------------------------------------------------------------

TABLE = pa.table(
    {
        "text": ["plain", 'with "quotes", and\nbreaks', None],
        "whole": pa.array([1, None, -3], pa.int32()),
        "number": [1.0, 0.25, None],
        "big": [1e20, None, float("inf")],
        "flag": [True, None, False],
        "day": pa.array([date(2026, 6, 1), None, None]),
        "length": pa.array([timedelta(hours=1), timedelta(seconds=0.5), None], pa.duration("us")),
        "group": pa.array(["a", None, "a"]).dictionary_encode(),
        "instant": pa.array([datetime(2026, 6, 1, 7, tzinfo=UTC), None, None]).cast(
            pa.timestamp("us", "Europe/Berlin")
        ),
        "wall": pa.array([datetime(2026, 6, 1, 9), None, None], pa.timestamp("ms")),
        "fixed": pa.array([0, None, None], pa.timestamp("ms", "+08:00")),
    }
)


def written(folder: Path, name: str, table: Any) -> Path:
    """A table in a file, in two pieces."""
    path = folder / name
    with Outputs(str(path)) as outputs:
        out = sink(outputs.file(str(path)), str(path), Form.of(name, None), table.schema)
        out.write(table.slice(0, 1))
        out.write(table.slice(1))
        out.finish()
        outputs.commit()
    assert [*folder.iterdir()] == [path]
    return path


def _plain(path: Path) -> str:
    return path.read_bytes().decode()


def _packed(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode()


@pytest.mark.parametrize(("name", "text"), [("a.csv", _plain), ("a.csv.gz", _packed)])
def test_what_is_written_is_read_by_others(
    tmp_path: Path, name: str, text: Callable[[Path], str]
) -> None:
    """By Python's own reader, for one."""
    path = written(tmp_path, name, TABLE)
    rows = [*csv.reader(io.StringIO(text(path), newline=""))]
    assert rows[0] == TABLE.schema.names
    first, second, third = (dict(zip(rows[0], row, strict=True)) for row in rows[1:])
    assert first == {
        "text": "plain",
        "whole": "1",
        "number": "1",
        "big": "1e+20",
        "flag": "true",
        "day": "2026-06-01",
        "length": "3600",
        "group": "a",
        "instant": "2026-06-01T09:00:00+02:00",
        "wall": "2026-06-01T09:00:00.000",
        "fixed": "1970-01-01T00:00:00+00:00",
    }
    assert second == dict.fromkeys(rows[0], "") | {
        "text": 'with "quotes", and\nbreaks',
        "number": "0.25",
        "length": "0.5",
    }
    assert third == dict.fromkeys(rows[0], "") | {
        "whole": "-3",
        "big": "inf",
        "flag": "false",
        "group": "a",
    }


def test_parquet_keeps_every_type(tmp_path: Path) -> None:
    """And every value."""
    again = pq.read_table(written(tmp_path, "a.parquet", TABLE))
    assert again.to_pylist() == TABLE.to_pylist()
    assert again.schema.equals(TABLE.schema)


def test_one_column_that_is_empty_is_still_a_row(tmp_path: Path) -> None:
    """An empty line would be none."""
    path = written(tmp_path, "a.csv", pa.table({"a": ["1", None, "2"]}))
    assert read(path)[0] == [(2, ("1",)), (4, ("2",))]
    assert path.read_text("utf-8") == 'a\n1\n""\n2\n'


def test_what_csv_cannot_hold_is_refused(tmp_path: Path) -> None:
    """Before anything is written; the error says what to write instead."""
    with pytest.raises(FileError, match="'tags' holds list<.* that ends with .parquet"):
        written(tmp_path, "a.csv", pa.table({"tags": [["a"]]}))
    assert not [*tmp_path.iterdir()]


def test_a_file_takes_the_rights_of_the_one_before(tmp_path: Path) -> None:
    """And where that is a link, the place of what it leads to."""
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("before", "utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    with Outputs(str(link)) as outputs:
        outputs.file(str(link)).write(b"after")
        outputs.commit()
    assert link.is_symlink()
    assert real.read_text("utf-8") == "after"
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """And the error names it."""
    with Outputs(str(tmp_path)) as outputs, pytest.raises(OSError, match="Is a directory") as told:
        outputs.file(str(tmp_path))
    assert told.value.filename == str(tmp_path)
    assert not [*tmp_path.iterdir()]
