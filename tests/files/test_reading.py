"""Rows of CSV and Parquet files: how they are read, numbered and refused."""

from __future__ import annotations

import gzip
import os
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slacalc._files.opening import open_input
from slacalc._files.reading import _QuoteScanner
from slacalc._files.time_forms import FileError

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, **how: Any) -> tuple[list[tuple[int, Any]], list[tuple[int, str]]]:
    """The rows of a file by number, and the messages about invalid rows."""
    good: list[tuple[int, Any]] = []
    bad: list[tuple[int, str]] = []
    file = open_input(str(path), **how)
    for chunk in file.chunks():
        cells = (tuple(row.values()) for row in chunk.table.to_pylist())
        good += zip(chunk.numbers.tolist(), cells, strict=True)
        bad += [(row.row, row.message) for row in chunk.invalid]
    assert file.done == file.total
    return good, bad


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
def test_format_and_encoding_do_not_change_rows(
    tmp_path: Path, name: str, data: bytes, how: dict[str, str]
) -> None:
    """Rows are the same in CSV of any delimiter, encoding and compression."""
    path = tmp_path / name
    path.write_bytes(data)
    assert read(path, **how) == ([(2, ("1", "Zürich")), (3, ("2", None))], [])


def test_rows_are_numbered_as_in_a_spreadsheet(tmp_path: Path) -> None:
    """A blank row, and one with line breaks, counts as one; invalid rows keep their numbers."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'id,note\n1,a\n\n2,"b\nc, ""d"""\n3,e,f\n4\n5,\xff\n,\n6,g\n7,h,"i,j",k')
    good, bad = read(path)
    assert good == [(2, ("1", "a")), (4, ("2", 'b\nc, "d"')), (9, ("6", "g"))]
    assert [row for row, _ in bad] == [5, 6, 7, 10]
    messages = dict(bad)
    assert messages[5] == "the row has 3 fields, and the header 2: '3,e,f'"
    assert messages[6] == "the row has 1 field, and the header 2: '4'"
    assert "--encoding" in messages[7]
    assert messages[10] == "the row has 4 fields, and the header 2: '7,h,\"i,j\",k'"


def test_rows_that_are_not_utf8_go_aside_whatever_their_length(tmp_path: Path) -> None:
    """With the bytes escaped; the rows around them are read, also with letters of several bytes."""
    path = tmp_path / "a.csv"
    rows = [
        "id,note,c",
        "1,\u00e9\u4e2d,a",
        "2,\udcff\udcfe",
        "3,\udcc3(,b",
        "4,\u00e9,c,\udc80",
        "5,\U0001f600,",
    ]
    path.write_bytes("\n".join(rows).encode(errors="surrogateescape"))
    invalid = [row for chunk in open_input(str(path)).chunks() for row in chunk.invalid]
    assert [row.row for row in invalid] == [3, 4, 5]
    assert [*invalid[0].cells] == ["2", r"\xff\xfe"]
    assert [*invalid[1].cells] == ["3", r"\xc3(", "b"]
    assert all("--encoding" in row.message for row in invalid)
    good, _ = read(path)
    assert good == [(2, ("1", "\u00e9\u4e2d", "a")), (6, ("5", "\U0001f600", None))]


def test_a_file_that_is_cut_short_while_it_is_read_is_refused(tmp_path: Path) -> None:
    """By its size when it was opened."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,note\n" + b"1,a\n" * 100)
    file = open_input(str(path))
    path.write_bytes(b"id,note\n" + b"1,a\n" * 50)
    with pytest.raises(
        FileError, match="cut short while it was read: it had 408 bytes, of which 208"
    ):
        list(file.chunks())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet"])
def test_pipes_and_devices_are_refused(tmp_path: Path, name: str) -> None:
    """A pipe is not waited for, and a device is not read without end."""
    path = tmp_path / name
    for device in ("/dev/zero", "/dev/urandom", "/dev/null"):
        path.symlink_to(device)
        with pytest.raises(FileError, match="pipes and devices can be read once"):
            open_input(str(path))
        path.unlink()
    with pytest.raises(FileError, match="pipes and devices can be read once"):
        open_input("-")
    os.mkfifo(path)
    with pytest.raises(FileError, match="pipes and devices can be read once"):
        open_input(str(path))


def test_the_message_about_a_long_invalid_row_is_short(tmp_path: Path) -> None:
    """Even if Python's own reader refuses its fields."""
    path = tmp_path / "a.csv"
    long = "x" * 200_000
    path.write_text(f"id,note\n1,a\n2,{long},b\n3,c\n", "utf-8")
    good, bad = read(path)
    assert [row for row, _ in good] == [2, 4]
    assert [row for row, _ in bad] == [3]
    assert len(bad[0][1]) < 300


@pytest.mark.parametrize(
    ("name", "data", "how", "message"),
    [
        ("a.csv", b"", {}, "no rows below its header"),
        ("a.csv", b'id,note,c\n1,a,b\n"2,b,c\n3,c,d\n', {}, "row 3 opens a quote that is never"),
        ("a.csv", b'id,note,c\n1,a,b\n2,"b,c\n3,"c",d\n', {}, "row 3 opens a quote that is not"),
        ("a.csv", b'id,note\n1,"a\nb"\n2,"b\n3,"c"\n4,"d"\n', {}, "row 3 opens a quote that is"),
        ("a.csv", 'id,note\n"1,a\n2,b\n'.encode("utf-16"), {"encoding": "utf-16"}, "row 2 opens"),
        ("a.csv", b"i\0d\0\n\0\0\xd81\0\n\0", {"encoding": "utf-16-le"}, "not text in utf-16-le"),
        ("a.csv", b"id\n\xff\n", {"encoding": "ascii"}, "not text in ascii"),
        ("a.csv", b"id\n1\n", {"encoding": "rot13"}, "'rot13' is not a known encoding"),
        ("a.csv", b"id\n1\n", {"encoding": "base64"}, "'base64' is not a known encoding"),
        ("a.csv", b"id\n1\n", {"encoding": ""}, "'' is not a known encoding"),
        ("a.csv", b"id;a\n1;2\n", {"delimiter": "semicolon"}, "give ';' itself"),
        ("a.csv", b"id;a\n1;2\n", {"delimiter": "tab"}, r"'tab' cannot be .* give a tab"),
        ("a.csv", b"id;a\n1;2\n", {"delimiter": r"\t"}, r"cannot be .* give a tab"),
        ("a.csv", b"id;a\n1;2\n", {"delimiter": ";;"}, "';;' cannot be .* one character"),
        ("a.csv", b"id;a\n1;2\n", {"delimiter": ""}, "'' cannot be .* one character"),
        ("a.csv", b"id;a\n1;2\n", {"delimiter": '"'}, "cannot be .* one character"),
        ("a.csv", b"id;a\n1;2\n", {"delimiter": "\uff1b"}, "cannot be .* one character"),
        ("a.csv", b'id,note\n1,a\n2,"b\n3,c\n', {}, "row 3 opens a quote that is never closed"),
        ("a.csv", b"id,note\n1,\xfc\n", {"encoding": "utf-16"}, "not text in utf-16"),
        ("a.csv", b"id\n1\n", {"encoding": "klingon"}, "'klingon' is not a known encoding"),
        ("a.xlsx", b"PK", {}, "this is not a workbook"),
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
def test_files_that_cannot_be_read_are_refused(
    tmp_path: Path, name: str, data: bytes, how: dict[str, str], message: str
) -> None:
    """With a message that says what would be right."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(FileError, match=message):
        read(path, **how)


def test_a_quote_that_is_never_closed_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row must not be longer than a block."""
    monkeypatch.setattr("slacalc._files.reading._BLOCK", 1 << 20)
    path = tmp_path / "a.csv"
    path.write_text('id,note\n1,"a\n' + "2,b\n" * 600_000, "utf-8")
    with pytest.raises(FileError, match="row 2 opens a quote that is never closed"):
        read(path)


@pytest.mark.parametrize(
    "rows",
    [
        b'1,"a\nb, ""c"""\n2,"""d"\n3,""\n4,"x\n"\n',
        b'1,5" pipe\n2,a ""b"" c\n3,"a" b\n4,"x\ny"\n',
        b'1,a"\r\n2,"x\r\ny"\r\n3,c\r\n4,"d"',
    ],
)
def test_quotes_that_swallow_no_row_are_read(tmp_path: Path, rows: bytes) -> None:
    """Those of fields with line breaks, and those that are part of a text."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,note\n" + rows)
    good, bad = read(path)
    assert [cells[0] for _, cells in good] == ["1", "2", "3", "4"]
    assert not bad


def swallows_rows(text: str) -> bool:
    """Whether a quoted field has a line break, and is not closed before a delimiter or line end."""
    place, is_open, is_broken = 0, False, False
    while place < len(text):
        char, after = text[place], text[place + 1 : place + 2]
        if not is_open:
            is_open = char == '"' and (not place or text[place - 1] in ",\n")
            is_broken = False
        elif char == "\n":
            is_broken = True
        elif char == '"' and after == '"':
            place += 1
        elif char == '"':
            is_open = False
            if is_broken and after not in ("", ",", "\n"):
                return True
        place += 1
    return is_open


def test_quotes_are_scanned_in_blocks_of_any_size() -> None:
    """As character by character; in random texts."""
    random = Random(7)  # noqa: S311 - not for secrets
    for _ in range(4_000):
        text = "".join(random.choices('",\na', (4, 3, 2, 2), k=random.randint(0, 24)))
        scanner, data = _QuoteScanner(",", 1), text.encode()
        while data:
            size = random.randint(1, 9)
            scanner.scan(data[:size])
            data = data[size:]
        scanner.scan(b"")
        assert bool(scanner.fault) == swallows_rows(text), text


@pytest.mark.parametrize("most", [1, 50])
@pytest.mark.parametrize("sign", ["", ";", ";;;"])
def test_empty_fields_behind_the_header_do_not_matter(tmp_path: Path, most: int, sign: str) -> None:
    """Whether all rows have them, or a few; fields that have something there do."""
    path = tmp_path / "a.csv"
    rows = [f"1;2{sign}"] * most + ["3;4", "5;6;", "", ";;;", "7", "8;9;;;x", f'"a\nb";c{sign}']
    path.write_text("\n".join(["a;b", *rows]), "utf-8")
    good, bad = read(path)
    numbers = [*range(2, most + 4), most + 8]
    cells = [("1", "2")] * most + [("3", "4"), ("5", "6"), ("a\nb", "c")]
    assert good == list(zip(numbers, cells, strict=True))
    assert [row for row, _ in bad] == [most + 6, most + 7]
    assert bad[0][1] == "the row has 1 field, and the header 2: '7'"
    assert bad[1][1].startswith("the row has 5 fields, and the header 2: '8")


@pytest.mark.parametrize("blank", ["", ",", ",,", ",,,,", '"",', '""'])
def test_blank_rows_may_have_any_number_of_fields(tmp_path: Path, blank: str) -> None:
    """Fewer than the header, or more."""
    path = tmp_path / "a.csv"
    path.write_text(f"a,b,c\n1,2,3\n{blank}\n{blank}\n4,5,6\n,x\n{blank}", "utf-8")
    good, bad = read(path)
    assert good == [(2, ("1", "2", "3")), (5, ("4", "5", "6"))]
    assert bad == [(6, "the row has 2 fields, and the header 3: ',x'")]


def test_rows_that_are_all_skipped_by_arrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whole blocks, of rows that are right and rows that are not."""
    monkeypatch.setattr("slacalc._files.reading._BLOCK", 1 << 12)
    path = tmp_path / "a.csv"
    for above in ([], ["0,0"]):
        rows = ["1,2,", "3"] * 2_000
        path.write_text("\n".join(["a,b", *above, *rows, "4,5"]), "utf-8")
        good, bad = read(path)
        first = 2 + len(above)
        assert [row for row, _ in good][len(above) :] == [*range(first, first + 4_001, 2)]
        assert [row for row, _ in bad] == [*range(first + 1, first + 4_000, 2)]


def test_blanks_around_headings_do_not_matter(tmp_path: Path) -> None:
    """Unless they are all that differs."""
    path = tmp_path / "a.csv"
    path.write_text(" id,created\u00a0, Tag,Tag , ,x\n1,2,3,4,5,6\n", "utf-8")
    file = open_input(str(path))
    assert file.schema.names == ["id", "created", " Tag", "Tag ", "column 5", "x"]
    assert file.headings == {"id": " id", "created": "created\u00a0", "column 5": " "}


def test_columns_without_a_name_of_their_own(tmp_path: Path) -> None:
    """They are read, but cannot be used."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,Labels,,Labels,,Labels (2)\n1,a,b,c,,d\n")
    file = open_input(str(path))
    names = ["id", "Labels", "column 3", "Labels (3)", "column 5", "Labels (2)"]
    assert file.schema.names == names
    assert file.headings == {"column 3": "", "Labels (3)": "Labels", "column 5": ""}
    assert read(path) == ([(2, ("1", "a", "b", "c", None, "d"))], [])
    file.check_unambiguous(["id", "column 3"])
    with pytest.raises(FileError, match="two columns are called 'Labels'"):
        file.check_unambiguous(["Labels"])


def test_a_damaged_parquet_file_is_reported(tmp_path: Path) -> None:
    """By an error of ours, with the name of the file."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": pa.array(range(300_000))}), path, row_group_size=100_000)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400_00] = b"\xff" * 400_00
    path.write_bytes(data)
    with pytest.raises(FileError, match=r"a\.parquet: the file cannot be read"):
        read(path)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_progress_in_a_csv_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """How much of the file was read grows from chunk to chunk, in bytes as they are stored."""
    monkeypatch.setattr("slacalc._files.reading._BLOCK", 1 << 16)
    data = b"id,note\n" + b"".join(b"%d,%x\n" % (n, n * n) for n in range(400_000))
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    file = open_input(str(path))
    assert file.total == path.stat().st_size
    steps = [file.done for _ in file.chunks()]
    assert len(steps) > 5
    assert steps == sorted(steps)
    assert 0 < steps[0] < steps[-1] <= file.total
