"""How CSV files are written is found out, or the error names the option and shows the guess."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from slacalc._files import sniffing
from slacalc._files.opening import open_input
from slacalc._files.time_forms import FileError

if TYPE_CHECKING:
    from pathlib import Path

ROWS = "Nr,Ort,Zeit\n1,Zürich,17:05\n2,Köln,\n"
READ = [(2, ("1", "Zürich", "17:05")), (3, ("2", "Köln", None))]


def write(folder: Path, data: bytes, name: str = "a.csv") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def read(path: str, **how: Any) -> tuple[list[tuple[int, Any]], str]:
    """The rows of a file by number, and the form that was found out."""
    file = open_input(path, **how)
    rows: list[tuple[int, Any]] = []
    for chunk in file.chunks():
        assert not chunk.invalid
        cells = (tuple(row.values()) for row in chunk.table.to_pylist())
        rows += zip(chunk.numbers.tolist(), cells, strict=True)
    assert file.done == file.total
    return rows, ", ".join(file.form)


@pytest.mark.parametrize(
    ("above", "number"),
    [
        ("\n\r\n", 3),
        ("Tickets of May\n", 2),
        ("Tickets of Köln;;\n;;\n", 3),
        ('"Tickets\nof May"\n', 2),  # one row, as a spreadsheet counts
        ("Tickets\r\rMay\r", 4),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_header_is_found_below_titles(
    tmp_path: Path, above: str, number: int, encoding: str
) -> None:
    """With rows numbered as in the file, also the invalid ones."""
    text = above + "sep;Ort;Zeit\n1;Zürich;17:05\n2\n3;Köln;\n"
    for given in (None, encoding):
        file = open_input(write(tmp_path, text.encode(encoding)), encoding=given)
        assert file.schema.names == ["sep", "Ort", "Zeit"]
        assert file.form[-1] == f"header in row {number}"
        [chunk] = file.chunks()
        assert chunk.numbers.tolist() == [number + 1, number + 3]
        assert chunk.table["Ort"].to_pylist() == ["Zürich", "Köln"]
        assert [row.row for row in chunk.invalid] == [number + 2]
    path = write(tmp_path, f'{above}a;b;c\n1;2;3\n1;"2;3\n'.encode(encoding))
    with pytest.raises(FileError, match=f"row {number + 2} opens a quote"):
        list(open_input(path).chunks())


@pytest.mark.parametrize(
    "text",
    [
        "id,created,closed\n1,,\n2,,\n",  # sparse rows
        "id,created\n1,2,3,4\n1,2,3,4\n",  # all rows are too long
        "created\n1,2\n3,4\n",
        "created\n1\n3,4\n5\n",
    ],
)
def test_a_header_is_not_taken_for_a_title(tmp_path: Path, text: str) -> None:
    """Whatever the rows below are like."""
    file = open_input(write(tmp_path, text.encode()))
    assert file.schema.names == text.partition("\n")[0].split(",")
    assert not file.form


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Report,May 2026,,\nid,created,closed,team\n1,2026-05-04,,\n2,2026-05-05,,\n", 2),
        ("Report,31.05.2026,,,\n,,,,\nid,created,a,b,c\n1,4.5.2026,,,\n2,5.5.2026,,,\n", 3),
        ("A,B,,\nx,y,z,t\nno,value,,\n", 1),  # which may all be names, or none
        ("id,created,\nx,unknown,a note\n1,2026-05-04,\n", 1),  # more than half as many
        ("Tickets\nteam,2024,2025\ndesk,5,7\nfield,8,2\n", 2),
        ("Tickets\nteam,2024,2025\ndesk,5,2019\nfield,8,2\n", 1),  # values below such values
        ("Tickets\nteam,7,2025\ndesk,5,7\nfield,8,2\n", 1),
    ],
)
def test_titles_of_several_fields_and_headers_with_years(
    tmp_path: Path, text: str, number: int
) -> None:
    """A title has at most half as many fields as the header; years are names above other values."""
    file = open_input(write(tmp_path, text.encode()), delimiter=",")
    header = text.split("\n")[number - 1].split(",")
    assert (
        file.schema.names[: len(header)]
        == [name or f"column {place}" for place, name in enumerate(header, start=1)][
            : len(file.schema.names)
        ]
    )
    assert [*file.form] == ([f"header in row {number}"] if number > 1 else [])


def test_few_fields_are_tried_as_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet of the greatest width, of texts that begin with digits, is looked at in part."""
    tried: list[str] = []

    def note(texts: list[str]) -> list[str]:
        tried.extend(texts)
        return []

    monkeypatch.setattr(sniffing, "propose_forms", note)
    rows = [["title"], ["name"] * 16_384, *[["1st line"] * 16_384] * 48]
    assert sniffing.find_header(rows) == 1
    assert len(tried) <= 1_000


NAMES = ["id", "created", "1st response", "2nd line", "24h", "7 days", "2. Ebene", "95%"]


@pytest.mark.parametrize("count", [3, 4, 8])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_names_may_begin_with_digits(tmp_path: Path, count: int, kind: str) -> None:
    """Only values, such as numbers and times, show that a row is no header below a title."""
    names = NAMES[:count]
    rows = [["Tickets of May"], [], names, ["1", "2026-05-04T09:00", *["5"] * (count - 2)]]
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        path.write_text("\n".join(map(",".join, rows)), "utf-8")
    else:
        made = openpyxl.Workbook()
        for row in rows:
            made.worksheets[0].append(row)
        made.save(path)
    file = open_input(str(path))
    assert (file.schema.names, file.form) == (names, ["header in row 3"])


@pytest.mark.parametrize(
    "value",
    [
        *["7", "-7", "1.5", "1,5", "1 000", "17:05", "2026-05-04", "2026-05-04T09:00Z", "4.5.2026"],
        *["4 May 2026", "04-May-26 09:00", "5/4/2026 9:00 AM", "2026\u5e745\u67084\u65e5"],
    ],
)
def test_a_row_of_values_is_no_header(tmp_path: Path, value: str) -> None:
    """Whatever form they have."""
    text = f"created\nx;{value};y\nx;{value};z\n"
    assert open_input(write(tmp_path, text.encode()), delimiter=";").schema.names == ["created"]


@pytest.mark.parametrize(
    ("header", "rows", "kept"),
    [
        ("id,created,x,,", ["1,2,3,,", "1,2,3", "1,2,3,"], 3),
        ("id,created,x,,", ["1,2,3,,", "1,2,3,,", "1,2,3,,", "1,2,3"], 3),
        ("id,created,x,,", ["1,2,3,,"], 5),  # all as the header
        ("id,created,x,,", ["1,2,3,4,5", "1,2,3,4,5", "1,2,3,4"], 5),
        ("id,created,x,,", ["1,2,3,4", "1,2,3,4,", "1,2,3"], 4),  # a value would be lost
        ("id,created,x,,", ["1,2", "1,2"], 5),  # too short in any case
        ("id,created,x,,", ["1,2,3,4,5", "1,2,3", "1,2,3,4"], 5),  # two rows in any case
    ],
)
def test_empty_names_are_cut_where_it_costs_the_fewest_rows(
    tmp_path: Path, header: str, rows: list[str], kept: int
) -> None:
    """Rows with fewer fields than the header are errors, and rows with values behind it."""
    file = open_input(write(tmp_path, "\n".join([header, *rows]).encode()))
    assert len(file.schema.names) == kept
    invalid = [row.row for chunk in file.chunks() for row in chunk.invalid]
    fits = [len(row.rstrip(",").split(",")) <= kept <= len(row.split(",")) for row in rows]
    assert invalid == [number for number, fit in enumerate(fits, start=2) if not fit]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("begin", ["", "sep={}\r\n", '"sep={}"\n', "SEP={}\r"])
@pytest.mark.parametrize(
    "how",
    [
        ("utf-8", b"", ""),
        ("utf-8", b"\xef\xbb\xbf", ""),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("utf-32-le", b"\xff\xfe\0\0", "utf-32-le"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_every_form_is_found_out(
    tmp_path: Path, sign: str, begin: str, how: tuple[str, bytes, str]
) -> None:
    """The rows and their numbers are the same, and a line with the separator is not a row."""
    encoding, mark, form = how
    text = begin.format(sign) + ROWS.replace(",", sign)
    path = write(tmp_path, mark + text.encode(encoding))
    rows, shown = read(path)
    assert rows == READ
    signs = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
    between = f"{signs[sign]} between fields" if sign in signs else ""
    assert shown == ", ".join(filter(None, [form, between]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_options_are_obeyed_as_well(tmp_path: Path, encoding: str) -> None:
    """Also with a mark and a line with the separator, and then nothing is said about the form."""
    text = "sep=;\n" + ROWS.replace(",", ";")
    path = write(tmp_path, text.encode(encoding))
    assert read(path, encoding=encoding, delimiter=";") == (READ, "")


def test_compressed_files_are_sniffed(tmp_path: Path) -> None:
    """As they are when they are decompressed."""
    data = gzip.compress(ROWS.replace(",", ";").encode("utf-16"))
    assert read(write(tmp_path, data, "a.csv.gz"))[0] == READ


def test_letters_may_come_late(tmp_path: Path) -> None:
    """After megabytes of ASCII."""
    row = "1,Bern,17:05\n"
    text = "Nr,Ort,Zeit\n" + row * 200_000 + "2,Genève,\n"
    rows, form = read(write(tmp_path, text.encode("cp1252")))
    assert (rows[-1], form) == ((200_002, ("2", "Genève", None)), "cp1252")


@pytest.mark.parametrize(
    "text",
    ["Müller;Straße 5", "Café;naïve – d’été", "Peña;¿Qué pasó?", "São Paulo;10 €", "Ærø;Åse Øye"],
)
def test_western_letters_are_cp1252(tmp_path: Path, text: str) -> None:
    """Of Germans, French, Spaniards, Brazilians and Danes."""
    rows, form = read(write(tmp_path, f"a;b\n{text}\n".encode("cp1252")))
    assert rows == [(2, tuple(text.split(";")))]
    assert form.startswith("cp1252, ")


@pytest.mark.parametrize(
    ("text", "encoding", "guess"),
    [
        ("编号,城市\n1,北京\n2,上海\n", "gb18030", "--encoding gb18030"),
        ("id,city\n1,\u5317\u4eac\n", "gbk", "in which the line has '1,\u5317\u4eac'"),
        ("id,name\n1,Привет\n", "cp1251", "--encoding cp1252"),
        ("id,name\n1,Paweł\n2,Michał\n", "cp1250", "--encoding cp1252"),
        ("id,name\n1,Müller\n", "mac-roman", "--encoding cp1252"),
        ("id,name\n1,Größe\n", "cp850", "--encoding cp1252"),
    ],
)
def test_other_encodings_are_asked_for(
    tmp_path: Path, text: str, encoding: str, guess: str
) -> None:
    """With the likeliest one, and what the file has in it."""
    path = write(tmp_path, text.encode(encoding))
    with pytest.raises(FileError, match="its encoding is not certain") as refused:
        open_input(path)
    assert (refused.value.option, guess in str(refused.value)) == ("--encoding", True)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("id;cost\n1;1,5\n2;2,75\n", ";"),  # decimal commas
        ("id;note\n1;a, b\n2;c, d, e\n", ";"),
        ("id,tags\n1,a|b\n2,c|d|e\n", ","),
        ('id,note\n1,"a;b"\n2,"c;d;e"\n', ","),
        ('"a,b";c\n"1,2";3\n', ";"),
        ("id,from;to\n1,2\n3,4\n5,6\n", ","),  # a header with another sign, rows without
        ("id;a\n1;x;y\n2;x;y\n3;z\n", ";"),  # ragged, but only one sign splits the header
        ("id\n1\n2\n", ","),
        ("id,a\n", ","),
        ("time;id\n17:05;1\n", ";"),
    ],
)
def test_the_delimiter_is_what_splits_header_and_rows(tmp_path: Path, text: str, sign: str) -> None:
    """Whatever else the fields have."""
    names = open_input(write(tmp_path, text.encode())).schema.names
    header = text.partition("\n")[0].replace('"', "")
    assert names == (["a,b", "c"] if "a,b" in header else header.split(sign))


@pytest.mark.parametrize(
    "text", ["last, first;id;x\nDoe, Joe;1;2\nRoe, Ann;2;3\n", "a|b;c;d\n1|2;3;4\n4|5;6;7\n"]
)
def test_a_delimiter_that_is_not_certain_is_asked_for(tmp_path: Path, text: str) -> None:
    """With one of the candidates and the columns that it gives."""
    with pytest.raises(
        FileError, match="such as --delimiter ';', with which the columns are"
    ) as no:
        open_input(write(tmp_path, text.encode()))
    assert no.value.option == "--delimiter"
