"""Find out how a CSV file is written: its encoding, and the character between its fields.

The encoding is that of the mark at the beginning, or UTF-16 if every other byte is null, or UTF-8.
The first bytes that are not UTF-8 decide otherwise: if they read as the letters of Western Europe
in cp1252, each alone among letters of ASCII, it is that; bytes that are text in no usual encoding
are errors of their rows. The header is the first row, or one below titles. The delimiter is the one
that splits the header, and the rows as often as the header. A line such as ``sep=;`` at the
beginning, which spreadsheets write and read, says it, and is not a row. Whatever is not certain is
an error that shows the likeliest answer and names the option that gives it.

Read next: `reading`, which reads the rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from slacalc._files.time_forms import FileError, propose_forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

_BLOCK = 1 << 20  # bytes that are looked at together
_MOST_BLOCKS = 64  # in which bytes that are not ASCII are looked for
_SAMPLE = 1 << 16  # characters by which delimiters are compared
_MOST_ROWS = 500
_MOST_LINES = 10_000  # with bytes beyond ASCII that show an encoding
HEADER_AMONG = 50  # rows at the beginning
_MOST_VALUES = 500  # fields below a header that are looked at
_DELIMITERS = ",;\t|"
_AGREEING = 0.8  # the share of rows that have as many fields as the header, if a delimiter is right
_BYTE_ORDER_MARKS = {  # UTF-32 first, since its mark begins with that of UTF-16
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?(?:\r\n|\n|\r)', re.IGNORECASE)
_NUMBERS = re.compile(r"[+-]?\d[\d.,:\s]*")
_YEAR = re.compile(r"(19|20|21)\d\d")
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_LIKELIER = 3  # how much more a line says that is valid UTF-8 with letters beyond ASCII
_ALONE = 0.8  # the share of letters beyond ASCII with none beside them, in words of Western Europe
# What cp1252 has beyond ASCII and texts of Western Europe use.
_WESTERN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåæçèéêëìíîïñòóôõöøùúûüýßœŒ€£§°²µ·«»„“”‘’‚–—…•™©®ªº¿¡½¼¾×\xa0"
)
_SIGN_IN_WORD = re.compile(r"[^\W\d_][€£§°²µ«»„“”‚…•™©®¿¡½¼¾×][^\W\d_]")
_COMMON_HAN = range(0xB0, 0xD8)  # the first bytes of the most frequent Chinese characters
_COLUMNS = 8  # that are shown
_SHOWN = 40  # characters of a guess


class CsvForm(NamedTuple):
    """How a CSV file is written.

    Args:
        encoding: Its encoding.
        delimiter: The character between its fields.
        begin: How many bytes come before the header.
        header: The number of the row that is the header.
        names: The fields of the header.
        width: How many fields rows have, with empty ones behind those of the header.
    """

    encoding: str
    delimiter: str
    begin: int
    header: int
    names: list[str]
    width: int


def sniff_csv(
    path: str, stream: BinaryIO, usual: str, delimiter: str | None, encoding: str | None
) -> CsvForm:
    """Find out how a CSV file is written.

    Args:
        path: Its path, for messages.
        stream: Its bytes.
        usual: The delimiter that its name stands for.
        delimiter: Its delimiter; None if it is to be found out.
        encoding: Its encoding; None if it is to be found out.

    Raises:
        FileError: It is not certain.
    """
    blocks = _blocks(stream)
    first = next(blocks, b"")
    mark, marked = next(
        ((mark, name) for mark, name in _BYTE_ORDER_MARKS.items() if first.startswith(mark)),
        (b"", ""),
    )
    if encoding is None:
        encoding = marked or _by_null_bytes(first) or _by_letters(path, first, blocks)
    elif marked.startswith(codecs.lookup(encoding).name.removesuffix("-sig")):
        encoding = marked
    else:
        mark = b""
    # So that the bytes before the header can be counted, whatever they are.
    errors = "surrogateescape" if codecs.lookup(encoding).name.startswith("utf-8") else "replace"
    whole = first[len(mark) :].decode(encoding, errors)
    text = whole[:_SAMPLE]
    line = _SEPARATOR_LINE.match(text)
    before = line[0] if line else ""
    if delimiter is None:
        delimiter = line[1] if line else _delimiter_of(path, text, usual)
    rows, lines = _rows(text[len(before) :], delimiter)
    header = find_header(rows[:HEADER_AMONG])
    before += "".join(io.StringIO(text[len(before) :], newline="").readlines()[: lines[header]])
    begin = len(mark) + len(before.encode(encoding, errors)) - len("".encode(encoding))
    names = next(csv.reader(io.StringIO(whole[len(before) :], newline=""), delimiter=delimiter), [])
    below = sorted([*filter(any, rows[header + 1 :])], key=len) or [names]
    row = below[len(below) // 2]  # as long as most
    # What a header has too many, empty names, is cut where the fewest rows have other fields.
    named = max((place for place, name in enumerate(names, start=1) if name), default=0)
    widths = {count for count in map(len, below) if named <= count < len(names)} | {len(names)}
    names = names[
        : min(widths, key=lambda each: (sum(not suits_width(row, each) for row in below), -each))
    ]
    width = len(names) if any(row[len(names) :]) else max(len(names), len(row))
    return CsvForm(encoding, delimiter, begin, header + 1, names, width)


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file in blocks of whole lines, up to a limit."""
    rest = b""
    for _ in range(_MOST_BLOCKS):
        block = rest
        while len(block) < _BLOCK and (more := stream.read(_BLOCK)):
            block += more
        if len(block) < _BLOCK:
            if block:
                yield block
            return
        end = block.rfind(b"\n") + 1 or len(block)
        yield block[:end]
        rest = block[end:]


# Encoding -----------------------------------------------------------------------------------------


def _by_null_bytes(block: bytes) -> str:
    """UTF-16 if every other byte of many is null; empty string if not."""
    first, second = block[::2].count(0), block[1::2].count(0)
    if 4 * max(first, second) < len(block) // 2 or 10 * min(first, second) > max(first, second):
        return ""
    return "utf-16-le" if second > first else "utf-16-be"


def _by_letters(path: str, first: bytes, more: Iterator[bytes]) -> str:
    """The encoding by the first block that has bytes beyond ASCII."""
    block, row = first, 1
    while block.isascii():
        row += block.count(b"\n")
        block = next(more, b"")
        if not block:
            return "utf-8"
    valid, others = 0, list[tuple[int, bytes]]()
    numbered = enumerate(block.split(b"\n"), start=row)
    beyond = ((number, line) for number, line in numbered if not line.isascii())
    for number, line in islice(beyond, _MOST_LINES):
        try:
            line.decode()
        except UnicodeDecodeError:
            others.append((number, line))
        else:
            valid += 1
    if _LIKELIER * valid >= len(others):
        return "utf-8"
    text = b"\n".join(line for _, line in others)
    if _is_western(text):
        return "cp1252"
    guess = _guess(text)
    if not guess:
        return "utf-8"
    number, line = others[0]
    start = max(0, next(_HIGH_BYTES.finditer(line)).start() - _SHOWN // 4)
    shown = line[start:].decode(guess, "replace").strip()[:_SHOWN]
    msg = (
        f"{path}, line {number}: the text is not UTF-8, and its encoding is not certain: give it, "
        f"such as --encoding {guess}, in which the line has {shown!r}"
    )
    raise FileError(msg, option="--encoding")


def _is_western(text: bytes) -> bool:
    """Whether bytes can hardly be anything but cp1252."""
    runs = _HIGH_BYTES.findall(text)
    try:
        decoded = text.decode("cp1252")
    except UnicodeDecodeError:
        return False
    letters = {letter for letter in decoded if not letter.isascii()}
    return (
        letters <= _WESTERN
        and sum(len(run) == 1 for run in runs) >= _ALONE * len(runs)
        and not _SIGN_IN_WORD.search(decoded)
    )


def _guess(text: bytes) -> str:
    """The likeliest encoding of bytes that are neither UTF-8 nor surely cp1252; or empty string."""
    firsts = [byte for run in _HIGH_BYTES.findall(text) for byte in run[::2]]
    common = sum(byte in _COMMON_HAN for byte in firsts)
    for guess in ("gb18030", "cp1252") if 2 * common > len(firsts) else ("cp1252",):
        with suppress(UnicodeDecodeError):
            text.decode(guess)
            return "" if b"\xff" in text else guess
    return ""


# Header and delimiter -----------------------------------------------------------------------------


def suits_width(row: Sequence[str], width: int) -> bool:
    """Whether a row has the fields of a header and only empty ones behind them, or is blank."""
    return not any(row[width:]) and (len(row) >= width or not any(row))


def header_form(number: int) -> list[str]:
    """Where the header is, if it is not the first row."""
    return [f"header in row {number}"] if number > 1 else []


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """The place of the header among the first rows of a file: the first row, or one below titles.

    A title has fields in no more than half as many columns as most rows; or, since rows may have
    few, as the first of those with the most fields, if these are names above values.

    Args:
        rows: The first rows, which may be blank.
    """
    counts = [sum(map(bool, row)) for row in rows]
    filled = [place for place, count in enumerate(counts) if count]
    if not filled:
        return 0
    usual = sorted(counts[place] for place in filled)[len(filled) // 2]
    header = next(place for place in filled if 2 * counts[place] > usual)
    most = max(counts)
    fullest = counts.index(most)
    if all(2 * counts[place] <= most for place in filled if place < fullest):
        below = rows[fullest + 1 :]
        digits = (field for field in chain(*below) if field[:1].isdigit())
        if _has_names(rows[fullest], below) and any(map(_is_value, islice(digits, _MOST_VALUES))):
            return fullest
    return header if _has_names(rows[header], rows[header + 1 :]) else filled[0]


def _has_names(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the fields of a row are names, if only years above what is none."""
    values = [place for place, field in enumerate(row) if _is_value(field)]
    return all(map(_YEAR.fullmatch, (row[place] for place in values))) and not any(
        _YEAR.fullmatch(other[place]) for other in below for place in values if place < len(other)
    )


def _is_value(field: str) -> bool:
    """Whether a field is a number, a time or a date, and not a name such as *1st response*."""
    return bool(_NUMBERS.fullmatch(field) or (field[:1].isdigit() and propose_forms([field])))


def _delimiter_of(path: str, text: str, usual: str) -> str:
    """The character that splits the header, and the rows into as many fields."""
    headers: dict[str, list[str]] = {}
    agreeing: dict[str, int] = {}
    for delimiter in dict.fromkeys(usual + _DELIMITERS):
        all_rows, _ = _rows(text, delimiter)
        filled = [row for row in all_rows[find_header(all_rows[:HEADER_AMONG]) :] if any(row)]
        header, *rows = filled or [[]]
        if len(header) > 1:
            headers[delimiter] = header
            if sum(len(row) == len(header) for row in rows) >= _AGREEING * len(rows):
                agreeing[delimiter] = len(header)
    candidates = list(agreeing) or list(headers) or [usual]
    most = max(agreeing.values(), default=0)
    if len(candidates) == 1 or agreeing.get(usual, -1) == most:
        return usual if usual in candidates else candidates[0]
    likeliest = max(candidates, key=lambda each: len(headers[each]))
    shown = ", ".join(headers[likeliest][:_COLUMNS]) + ", …" * (len(headers[likeliest]) > _COLUMNS)
    msg = (
        f"{path}: what stands between the fields is not certain, since the header can be split at "
        f"{' and at '.join(map(repr, candidates))}: give it, such as --delimiter {likeliest!r}, "
        f"with which the columns are {shown}"
    )
    raise FileError(msg, option="--delimiter")


def _rows(text: str, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The rows of a sample, without the last, which may be cut off; and the lines before each."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, lines = list[list[str]](), [0]
    with suppress(csv.Error):  # what follows is not CSV
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num)
            if len(rows) > _MOST_ROWS:
                break
    return rows[:-1] if len(text) == _SAMPLE and len(rows) > 1 else rows, lines
