"""Tables written to CSV and Parquet files."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slacalc._files.atomic import Outputs
from slacalc._files.reading import FileFormat
from slacalc._files.time_forms import FileError
from slacalc._files.writing import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def written(folder: Path, name: str, table: Any, *, guards: bool = False) -> Path:
    """A table in a file, in two pieces."""
    path = folder / name
    with Outputs(str(path)) as outputs:
        file = outputs.open(str(path))
        kind = FileFormat.of_name(name, None)
        out = open_writer(file, str(path), kind, table.schema, guards=guards)
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
def test_csv_is_read_by_python(tmp_path: Path, name: str, text: Callable[[Path], str]) -> None:
    """Instants are ISO 8601, lengths are seconds, missing values are empty."""
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


def test_a_missing_value_in_a_single_column_is_a_row(tmp_path: Path) -> None:
    """An empty line would not be a row."""
    path = written(tmp_path, "a.csv", pa.table({"a": ["1", None, "2"]}))
    assert path.read_text("utf-8") == 'a\n1\n""\n2\n'


def test_columns_that_csv_cannot_store_are_refused(tmp_path: Path) -> None:
    """Before anything is written; the message says what to write instead."""
    with pytest.raises(FileError, match="'tags' holds list<.* that ends with .parquet"):
        written(tmp_path, "a.csv", pa.table({"tags": [["a"]]}))
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("text", "is_formula"),
    [
        *[(f"{sign}cmd|' /C calc'!A0", True) for sign in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"],
        ("=", True),
        ("@", True),
        ("-5x", True),
        ("-1+1", True),
        ("+5\n=1", True),
        ("-2:30", True),
        ("+49 (0)170", True),
        ("-1,000,=1", True),
        ("-5", False),
        ("-5.25", False),
        ("-.5", False),
        ("+49170123456", False),
        ("-1,234.50", False),
        ("-1e-7", False),
        ("-5%", False),
        ("-", False),
        ("--", False),
        ("", False),
        ("a=b", False),
        (" =1", False),
        ("'=1", False),
        ("\u4e2d\u6587", False),
        ("\uff21", False),
    ],
)
def test_texts_that_spreadsheets_run_are_guarded(
    tmp_path: Path, text: str, *, is_formula: bool
) -> None:
    """By an apostrophe before them; in headings and in encoded columns too, but not in numbers."""
    values = ["a", None, text, "", text]
    table = pa.table({text: values, "b": pa.array(values).dictionary_encode(), "c": [-1] * 5})
    for name, read in (("a.csv", _plain), ("b.csv.gz", _packed), ("c.tsv", _plain)):
        (tmp_path / name).mkdir()
        for guards in (False, True):
            path = written(tmp_path / name, name, table, guards=guards)
            delimiter = "\t" if name.endswith("tsv") else ","
            rows = [*csv.reader(io.StringIO(read(path), newline=""), delimiter=delimiter)]
            shown = f"'{text}" if guards and is_formula else text
            assert rows == [
                [shown, "b", "c"],
                ["a", "a", "-1"],
                ["", "", "-1"],
                [shown, shown, "-1"],
                ["", "", "-1"],
                [shown, shown, "-1"],
            ]
