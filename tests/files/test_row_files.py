"""JSON, JSON lines and Excel workbooks: read as CSV is, with numbers of rows, and within limits."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from slacalc._files.atomic import Outputs
from slacalc._files.opening import open_input
from slacalc._files.reading import FileFormat
from slacalc._files.time_forms import FileError
from slacalc._files.writing import open_writer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read(path: Path) -> tuple[list[tuple[int, dict[str, Any]]], list[tuple[int, str]]]:
    """The rows of a file by number, without missing values; and the messages about invalid rows."""
    good: list[tuple[int, dict[str, Any]]] = []
    bad: list[tuple[int, str]] = []
    file = open_input(str(path))
    for chunk in file.chunks():
        rows = [
            {name: value for name, value in row.items() if value is not None}
            for row in chunk.table.to_pylist()
        ]
        good += zip(chunk.numbers.tolist(), rows, strict=True)
        bad += [(row.row, row.message) for row in chunk.invalid]
    assert file.done == file.total
    return good, bad


def book(path: Path, rows: Sequence[list[Any]], **formats: str) -> Path:
    """A workbook with some rows; formats are those of cells, such as ``B2``."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append([*row])
    for place, text in formats.items():
        sheet[place].number_format = text
    made.save(path)
    return path


# JSON ---------------------------------------------------------------------------------------------

ROWS = [
    {"id": 1, "at": "2026-06-01T09:00Z", "open": True, "cost": 1.50, "tags": ["a", "b"]},
    {"id": 2, "note": None, "fields": {"priority": {"name": "High"}, "n": 3}, "tags": []},
]
READ = [
    (1, {"id": "1", "at": "2026-06-01T09:00Z", "open": "true", "cost": "1.5", "tags": ["a", "b"]}),
    (2, {"id": "2", "fields.priority.name": "High", "fields.n": "3", "tags": []}),
]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", json.dumps(ROWS).encode()),
        ("a.json", json.dumps({"total": 2, "issues": ROWS}, indent=1).encode("utf-8-sig")),
        ("a.json", json.dumps(ROWS).encode("utf-16")),
        ("a.json.gz", gzip.compress(json.dumps(ROWS).encode())),
        ("a.json", "\n".join(map(json.dumps, ROWS)).encode()),  # lines, whatever it is called
        ("a.jsonl", "\n".join(map(json.dumps, ROWS)).encode()),
        ("a.jsonl", json.dumps(ROWS, indent=1).encode()),  # an array, whatever it is called
        ("a.NDJSON", "\r\n".join([*map(json.dumps, ROWS), "", ""]).encode("utf-8-sig")),
        ("a.jsonl", "\n".join(map(json.dumps, ROWS)).encode("utf-16")),
        ("a.jsonl.gz", gzip.compress("\n".join(map(json.dumps, ROWS)).encode())),
    ],
)
def test_json_is_read_whatever_its_form(tmp_path: Path, name: str, data: bytes) -> None:
    """All values are text, but for lists; objects in objects are columns."""
    (tmp_path / name).write_bytes(data)
    assert read(tmp_path / name) == (READ, [])


EMPTY = [
    *["[]", " [ ]\n", '{"issues": []}', '{"tickets": [], "comments": []}'],
    '{"expand": "schema,names", "startAt": 0, "maxResults": 50, "total": 0, "issues": []}',
    '{"@odata.context": "https://example.org/v1.0/$metadata#tickets", "value": []}',
    '{"tickets": [], "next_page": null, "meta": {"has_more": false}}',
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("a.json", text) for text in EMPTY),
        *(("a.json.gz", text) for text in EMPTY),
        *(("a.jsonl", text) for text in EMPTY[:2]),
    ],
)
def test_json_without_objects_has_no_rows(tmp_path: Path, name: str, text: str) -> None:
    """Nor columns; whoever needs some refuses it."""
    data = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    assert read(tmp_path / name) == ([], [])
    assert open_input(str(tmp_path / name)).schema.names == []


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 7, "created": "2026-05-04T09:00Z", "tags": []}',
        '{"id": 7, "created": "4.5.2026 09:00", "tags": []}',
        '{"id": 7, "created": 1780000000, "tags": []}',
        '{"id": 7, "fields": {"created": "2026-05-04 09:00"}, "tags": []}',
        '{"id": 7, "tags": ["a"]}',
        '{"id": 7}',
    ],
)
def test_an_object_with_a_time_is_a_row(tmp_path: Path, text: str) -> None:
    """Whatever lists it has, and any object without an empty list."""
    (tmp_path / "a.json").write_text(text, "utf-8")
    good, bad = read(tmp_path / "a.json")
    assert [row["id"] for _, row in good] == ["7"]
    assert bad == []


def test_lines_that_are_not_json_are_reported(tmp_path: Path) -> None:
    """With the numbers of their lines; blank ones count and are skipped."""
    deep = "[" * 100_000
    lines = [
        '{"a": 1}',
        "",
        "{a}",
        '{"a": NaN, "b": "x"}',
        "[1]",
        deep,
        '{"a": "\\ud800"}',
        '{"a":',
    ]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, '{"a": 2}']), "utf-8")
    good, bad = read(tmp_path / "a.jsonl")
    assert good == [(1, {"a": "1"}), (4, {"b": "x"}), (9, {"a": "2"})]
    assert [row for row, _ in bad] == [3, 5, 6, 7, 8]
    messages = dict(bad)
    assert messages[5] == "the row is not an object of JSON"
    assert messages[6] == "the row is nested too deeply"
    assert messages[7] == "the row has text that is not Unicode"


def test_values_of_several_kinds_in_a_column_are_text(tmp_path: Path) -> None:
    """A list among texts is JSON, and so are objects in lists, and objects that are deep."""
    deep: Any = 1
    for _ in range(20):
        deep = {"d": deep}
    rows = [{"a": [1, None]}, {"a": "x"}, {"a": [{"b": 1}]}, {"c": {}, "a.b": 1, "e": deep}]
    (tmp_path / "a.json").write_text(json.dumps(rows), "utf-8")
    good, bad = read(tmp_path / "a.json")
    assert bad == []
    assert [row.get("a") for _, row in good] == ['["1", null]', "x", '[{"b": "1"}]', None]
    assert {key for key in good[3][1] if key.startswith("e")} == {"e" + ".d" * 7}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read as JSON"),
        ("[1", "cannot be read as JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("3", "has no list of objects"),
        ("[{}]", "has no objects with values"),
        ("[[1]]", "has no objects with values: row 1: the row is not an object of JSON"),
        ('[{"a.b": 1, "a": {"b": 2}}]', "the key 'a.b' stands twice in an object"),
        ('[{"a": 1, "b": 2, "a": 3}]', "the key 'a' stands twice in an object"),
        ('{"a": [{"b": 1}], "c": [{"d": 1}]}', "'a', 'c' are all lists of objects"),
    ],
)
def test_files_that_are_not_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    """With what they are."""
    (tmp_path / "a.json").write_text(text, "utf-8")
    with pytest.raises(FileError, match=message):
        open_input(str(tmp_path / "a.json"))


@pytest.mark.parametrize("name", ["t.json.gz", "t.jsonl.gz"])
@pytest.mark.parametrize("damage", [slice(12, 20), slice(60, None)])
def test_damaged_gzip_is_refused(tmp_path: Path, name: str, damage: slice) -> None:
    """Bytes that are wrong are an error of the file, as bytes that are missing are."""
    data = bytearray(gzip.compress(b'{"a": "%d"}' % 7**200))
    data[damage] = bytes(byte ^ 0xFF for byte in data[damage]) if damage.stop else b""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FileError, match="the file cannot be read as JSON"):
        open_input(str(tmp_path / name))


def test_keys_without_values_are_columns(tmp_path: Path) -> None:
    """Unless objects stand for them in other rows."""
    rows = [{"a": None, "b": None, "c": None, "d": "x"}, {"b": {"c": 1}, "c": ["y"], "d": ""}]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows), "utf-8")
    file = open_input(str(path))
    assert file.schema.names == ["a", "c", "d", "b.c"]
    assert file.schema.types == [pa.string(), pa.list_(pa.string()), pa.string(), pa.string()]
    assert read(path)[0] == [(1, {"d": "x"}), (2, {"c": ["y"], "b.c": "1"})]


def test_a_key_that_stands_twice_is_found_soon(tmp_path: Path) -> None:
    """However many others there are."""
    keys = [*range(200_000), 199_999]
    pairs = ",".join(f'"{key}": 1' for key in keys)
    (tmp_path / "t.json").write_text(f"[{{{pairs}}}]")
    began = time.process_time()
    with pytest.raises(FileError, match="'199999' stands twice"):
        open_input(str(tmp_path / "t.json"))
    assert time.process_time() - began < 20


def test_each_row_with_keys_of_its_own_ends_soon(tmp_path: Path) -> None:
    """Instead of a table of as many columns as rows."""
    lines = "\n".join(
        json.dumps({f"k{row}_{place}": 1 for place in range(100)}) for row in range(900)
    )
    (tmp_path / "a.jsonl").write_text(lines, "utf-8")
    began = time.process_time()
    with pytest.raises(FileError, match="more than 2,000 different keys"):
        open_input(str(tmp_path / "a.jsonl"))
    assert time.process_time() - began < 5


# Excel --------------------------------------------------------------------------------------------


def test_cells_behind_the_header_are_an_error_as_in_csv(tmp_path: Path) -> None:
    """Unless they are blank; what stands there would be lost."""
    rows: list[list[Any]] = [
        ["id", "note", None],
        [1, "a", None, ""],
        [2, "b", None, None, datetime(2026, 5, 1)],
        [None, None, "c"],
        [3],
    ]
    path = book(tmp_path / "a.xlsx", rows)
    assert read(path) == (
        [(2, {"id": "1", "note": "a"}), (5, {"id": "3"})],
        [
            (3, "the row has 5 fields, and the header 2: '2, b, 2026-05-01T00:00:00'"),
            (4, "the row has 3 fields, and the header 2: 'c'"),
        ],
    )
    invalid = [row for chunk in open_input(str(path)).chunks() for row in chunk.invalid]
    assert [row.cells for row in invalid] == [["2", "b"], [None, None]]


def test_lengths_before_the_ticket_have_a_sign(tmp_path: Path) -> None:
    """All of the length is before, not its hours alone."""
    rows: list[list[Any]] = [["long"], [timedelta(seconds=-90)], [-timedelta(hours=26, minutes=5)]]
    good, _ = read(book(tmp_path / "a.xlsx", rows, A2="[h]:mm:ss", A3="[h]:mm:ss"))
    assert good == [(2, {"long": "-0:01:30"}), (3, {"long": "-26:05:00"})]


def test_the_run_says_which_sheet_is_read(tmp_path: Path) -> None:
    """The first with rows, or the one that is named, also if it is hidden."""
    made = openpyxl.Workbook()
    made.create_sheet("Data").append(["id"])
    made.create_sheet("More").append(["no"])
    made.create_sheet("Hidden").append(["secret"])
    made["Hidden"].sheet_state = "hidden"
    path = str(tmp_path / "a.xlsx")
    made.save(path)
    file = open_input(path)
    assert file.schema.names == ["id"]
    assert file.form == ["sheet 'Data'; --sheet reads another: 'More'"]
    for sheet, name in (("More", "no"), ("Hidden", "secret")):
        file = open_input(path, sheet=sheet)
        assert (file.schema.names, file.form) == ([name], [])
    for sheet in ("Sheet", "more"):  # blank, and not there
        with pytest.raises(FileError, match=f"'{sheet}' is not a sheet with rows of .*Data, More"):
            open_input(path, sheet=sheet)
    (tmp_path / "a.csv").write_text("id\n1\n")
    with pytest.raises(FileError, match="only Excel workbooks have sheets"):
        open_input(str(tmp_path / "a.csv"), sheet="Data")


def test_cells_are_read_as_they_are_meant(tmp_path: Path) -> None:
    """Dates are times of the wall clock; rows have the numbers of the spreadsheet."""
    rows: list[list[Any]] = [
        ["id", "created", "note", None, "id", "long", "when"],
        [1, datetime(2025, 12, 31, 17, 5), "=no", 1.5, "x", timedelta(hours=26, minutes=5), None],
        [],
        [2.0, date(2025, 12, 31), True, None, None, None, time_of_day(9, 30)],
        [None, 46022.71180555555, "#N/A", None, None, None, " "],
    ]
    path = book(tmp_path / "a.xlsx", rows, F2="[h]:mm:ss")
    good, bad = read(path)
    assert bad == []
    assert good == [
        (
            2,
            {
                "id": "1",
                "created": "2025-12-31T17:05:00",
                "note": "=no",
                "column 4": "1.5",
                "id (2)": "x",
                "long": "26:05:00",
            },
        ),
        (4, {"id": "2", "created": "2025-12-31T00:00:00", "note": "true", "when": "09:30:00"}),
        (5, {"created": "46022.71180555555", "note": "#N/A", "when": " "}),
    ]
    assert open_input(str(path)).time_format == "excel"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="B2"><f>A2&lt;5</f><v></v></c>', "=A2<5"),
        ('<c r="B2" s="1"><f>A2+1</f><v /></c>', "=A2+1"),
        ('<c r="B2"><f t="shared" si="0"/></c>', "="),
        ('<c r="B2"><f>A2+1</f><v>8</v></c>', "8"),
        ('<c r="B2" t="str"><f>IF(A2,"")</f><v></v></c>', None),  # computed, as empty
        ('<c r="B2" s="1"/>', None),
    ],
)
def test_formulas_without_a_value_are_not_blank(
    tmp_path: Path, cell: str, value: str | None
) -> None:
    """As programs write them; a time that is blank has not happened, which may be wrong."""
    path = book(tmp_path / "a.xlsx", [["id", "x"], [7, "here"]])
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    parts["xl/worksheets/sheet1.xml"] = re.sub('<c r="B2".*?</c>', cell, sheet).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)
    known = {} if value is None else {"x": value}
    assert read(path) == ([(2, {"id": "7"} | known)], [])


def test_titles_other_sheets_and_old_macs(tmp_path: Path) -> None:
    """Rows above the header count; empty and hidden sheets are passed over."""
    made = openpyxl.Workbook()
    made.epoch = CALENDAR_MAC_1904
    hidden = made.create_sheet("Hidden")
    hidden.append(["x"])
    hidden.sheet_state = "hidden"
    sheet = made.create_sheet("Tickets")
    sheet["A1"] = "Export of May"
    sheet["B3"], sheet["C3"] = "id", "at"
    sheet["B5"], sheet["C5"] = 7, datetime(2025, 12, 31, 17, 5)
    made.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx") == ([(5, {"id": "7", "at": "2025-12-31T17:05:00"})], [])
    file = open_input(str(tmp_path / "a.xlsx"))
    assert (file.form, file.time_format) == (["header in row 3"], "excel-1904")


def sheet_of(path: Path, xml: str, dimension: str = "A1:B2") -> Path:
    """A workbook whose sheet has some XML, as no spreadsheet writes it."""
    book(path, [["id"], [1]])
    with zipfile.ZipFile(path) as parts:
        texts = {name: parts.read(name) for name in parts.namelist()}
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    size = f'<dimension ref="{dimension}"/>'
    texts["xl/worksheets/sheet1.xml"] = (
        f"{head}{size}<sheetData>{xml}</sheetData></worksheet>".encode()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, data in texts.items():
            parts.writestr(name, data)
    return path


ID = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>'


def test_cells_of_empty_text_are_blank(tmp_path: Path) -> None:
    """A row of them is neither the header nor a row; some exports write them for nothing."""
    blank = '<row><c t="inlineStr"><is><t></t></is></c></row>'
    row = '<row><c t="str"><v>{}</v></c></row>'
    xml = f"{blank}{row.format('id')}{blank}{row.format(7)}"
    assert read(sheet_of(tmp_path / "a.xlsx", xml)) == ([(4, {"id": "7"})], [])


@pytest.mark.parametrize(
    ("xml", "dimension"),
    [
        (ID + '<row r="2"><c r="A2"><v>1</v></c></row>', "A1:XFD1048576"),  # a wrong dimension
        (ID + '<row r="2"><c r="A2"><v>1</v></c><c r="ZZZ2"><v>9</v></c></row>', "A1"),
        (ID + '<row r="2"><c r="A2"><v>1</v></c></row><row r="99999999999"/>', "A1"),
        (ID + '<row r="2"><c r="A2"><v>1</v></c></row>' + '<row><c s="0"/></row>' * 200_000, "A1"),
        (ID + "<row/>" * 2 + '<row r="2"><c r="A2"><v>1</v></c></row>', "A1"),
        ('<row r="1"><c r="A1" t="str"><v>id</v></c></row><row><c><v>1</v></c></row>', "A1"),
        (ID + '<row r="2"><c r="A2"><v>1</v></c></row><!--<f ' + "<c " * 1_000_000 + "-->", "A1"),
    ],
)
def test_unusual_sheets_are_read_soon(tmp_path: Path, xml: str, dimension: str) -> None:
    """Whatever size they claim to have."""
    began = time.process_time()
    good, bad = read(sheet_of(tmp_path / "a.xlsx", xml, dimension))
    assert time.process_time() - began < 20
    assert [number for number, _ in bad] == [2] * ("ZZZ2" in xml)  # where no spreadsheet has a cell
    assert good in ([(2, {"id": "1"})], [])


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (ID + '<row r="2"><c r="A2" t="s"><v>999</v></c></row>', "the workbook cannot be read"),
        (ID + '<row r="x"/>', "the workbook cannot be read"),
        (ID + "<row><", "the workbook cannot be read"),
        ("", "has no sheet with rows"),
        ('<row r="5000"><c r="A5000"><v>1</v></c></row>', "has no sheet with rows"),
        ("<row/>" * 5_000_000, "too large when it is unpacked"),
    ],
)
def test_broken_sheets_are_refused(tmp_path: Path, xml: str, message: str) -> None:
    """With the path, and without a traceback."""
    path = sheet_of(tmp_path / "a.xlsx", xml)
    with pytest.raises(FileError, match=message):
        list(open_input(str(path)).chunks())


def test_other_spreadsheets_are_refused(tmp_path: Path) -> None:
    """With what would be right."""
    (tmp_path / "a.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))  # encrypted, or of old
    with pytest.raises(FileError, match="save it as .xlsx, without a password"):
        open_input(str(tmp_path / "a.xlsx"))
    for name in ("a.xls", "a.ods"):
        with pytest.raises(FileError, match="save this spreadsheet as .xlsx"):
            open_input(str(tmp_path / name))


# Output -------------------------------------------------------------------------------------------

DUE = datetime(2026, 6, 1, 7, tzinfo=UTC)
TABLE = pa.table(
    {
        "id": pa.array(["1", "=1+1", "#N/A\x01"]),
        "due": pa.array([DUE, None, None], pa.timestamp("us", "Europe/Berlin")),
        "left": pa.array([timedelta(seconds=-90), timedelta(milliseconds=500), None]),
        "met": pa.array([True, False, None]),
        "n": pa.array([1, 2, None]),
        "share": pa.array([0.5, 2.0, float("nan")]),
        "tags": pa.array([["a"], [], None]),
        "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
    }
)


def written(path: Path) -> Path:
    form = FileFormat.of_name(str(path), None)
    with Outputs(str(path)) as outputs:
        writer = open_writer(outputs.open(str(path)), str(path), form, TABLE.schema, {"n": "id"})
        for row in range(3):
            writer.write(TABLE.slice(row, 1))
        writer.finish()
        outputs.commit()
    return path


def test_workbooks_have_real_dates_and_no_formulas(tmp_path: Path) -> None:
    """By the clock of their zone; lengths are seconds, as in CSV."""
    sheet = openpyxl.load_workbook(written(tmp_path / "a.xlsx")).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows == [
        ["id", "due", "left", "met", "id", "share", "tags", "kind"],
        ["1", datetime(2026, 6, 1, 9), -90, True, 1, 0.5, "['a']", "x"],
        ["=1+1", None, 0.5, False, 2, 2, "[]", "y"],
        ["#N/A\ufffd", None, None, None, None, None, None, "x"],
    ]
    assert sheet["B2"].is_date
    assert {sheet[place].data_type for place in ("A2", "A3", "A4")} == {"s"}


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.json.gz", "a.jsonl.gz"])
def test_json_has_times_as_csv_has_them(tmp_path: Path, name: str) -> None:
    """In an array or in lines."""
    data = written(tmp_path / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode()
    lines = "jsonl" in name
    rows = [json.loads(line) for line in io.StringIO(text)] if lines else json.loads(text)
    assert rows[0] == {
        "id": "1",
        "due": "2026-06-01T09:00:00+02:00",
        "left": -90,
        "met": True,
        "n": 1,
        "share": 0.5,
        "tags": ["a"],
        "kind": "x",
    }
    assert [row["share"] for row in rows] == [0.5, 2, None]
    assert [row["left"] for row in rows] == [-90, 0.5, None]


def test_an_array_of_no_rows_is_empty(tmp_path: Path) -> None:
    """And still JSON."""
    path = str(tmp_path / "a.json")
    with Outputs(path) as outputs:
        writer = open_writer(outputs.open(path), path, FileFormat("json"), TABLE.schema)
        writer.finish()
        outputs.commit()
    assert json.loads((tmp_path / "a.json").read_text()) == []


def test_a_sheet_has_only_so_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More are refused, and not cut off."""
    monkeypatch.setattr("slacalc._files.writing.MOST_ROWS", 3)
    with pytest.raises(FileError, match="at most 3 rows: write .csv or .parquet"):
        written(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
