"""Read tables from CSV and Parquet files, a chunk at a time, with the number of each row.

The columns of CSV are all text; `sniffing` finds out how it is written. The rows of a CSV file are
numbered as a spreadsheet numbers them, the header being row 1; those of Parquet from 1 on. Blank
rows are skipped, and so are empty fields behind those of the header. A row that is invalid, because
it has too many or too few fields or bytes that are not text, is reported with its number, and the
others are read all the same. A quote that is not closed would swallow rows, so it ends the job.
Columns whose names are empty or stand twice get names of their own, and may not be used.

Read next: `row_files`, which reads other files in the same way, and `times`, which reads the
columns of times.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter, deque
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from slacalc._files.numbers import DecimalSign
from slacalc._files.sniffing import header_form, sniff_csv, suits_width
from slacalc._files.time_forms import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slacalc._columns.arithmetic import Integers

_BLOCK = 8 << 20  # bytes of CSV that are read at a time; no row may be longer
_BATCH = 1 << 16  # rows of Parquet that are read at a time
_MARKS = 0x10FF00  # of characters for private use: each stands for a byte that is not UTF-8
_MARK_OF_SURROGATE = {0xDC00 + byte: _MARKS + byte for byte in range(0x80, 0x100)}
_MARKED = re.compile("[\U0010ff80-\U0010ffff]")
_QUOTE, _LINE_BREAK = b'"\n'
_NOT_UTF8 = "the row has bytes that are not UTF-8: name the encoding with --encoding"
_LONGEST_QUOTE = 200  # characters of an invalid row that are shown
_TAB = "a tab (in many shells $'\\t'), or a file whose name ends with .tsv"
FOR_EXCEL = "excel"  # in place of an encoding: as the file shows, and the output as Excel opens it
_DELIMITERS = {
    "semicolon": "';' itself",
    "comma": "',' itself",
    "colon": "':' itself",
    "pipe": "'|' itself",
    "space": "' ' itself",
    "tab": _TAB,
    "\\t": _TAB,
}
_SIGNS = {";": "semicolons", ",": "commas", "\t": "tabs", "|": "vertical bars"}
_KINDS = {
    (".csv", ".tsv", ".txt"): "csv",
    (".parquet", ".pq"): "parquet",
    (".json",): "json",
    (".jsonl", ".ndjson"): "jsonl",
    (".xlsx", ".xlsm"): "excel",
}
GZIP_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error)
_READ_ERRORS = (pa.ArrowInvalid, *GZIP_ERRORS)


class FileFormat(NamedTuple):
    """How a file is stored.

    Args:
        kind: ``csv``, ``parquet``, ``json``, ``jsonl`` (lines of JSON) or ``excel``.
        delimiter: The character between the fields of a CSV file.
        is_compressed: Whether it is compressed by gzip.
        for_excel: Whether CSV is written as Excel opens it.
    """

    kind: str
    delimiter: str = ","
    is_compressed: bool = False
    for_excel: bool = False

    @classmethod
    def of_name(cls, path: str, delimiter: str | None) -> FileFormat:
        """The format that the ending of a name stands for.

        Raises:
            FileError: It stands for none, or the delimiter cannot be one.
        """
        if delimiter is not None:
            _check_delimiter(delimiter)
        name = Path(path).name.lower()
        is_compressed = name.endswith(".gz")
        name = name.removesuffix(".gz")
        for endings, kind in _KINDS.items():
            if name.endswith(endings) and not (is_compressed and kind in ("parquet", "excel")):
                usual = "\t" if name.endswith(".tsv") else ","
                return cls(kind, delimiter or usual, is_compressed)
        msg = (
            f"{path}: the name of the file must end with .csv, .tsv, .xlsx, .json, .jsonl, .csv.gz "
            "or .parquet"
        )
        if name.endswith((".xls", ".xlsb", ".ods", ".numbers")):
            msg += ": save this spreadsheet as .xlsx"
        raise FileError(msg)


def _check_delimiter(delimiter: str) -> None:
    """Refuse what cannot stand between fields.

    Raises:
        FileError: It is not a single character of ASCII, or one that has another meaning in CSV.
    """
    if len(delimiter) == 1 and delimiter.isascii() and delimiter not in '"\r\n\0':
        return
    hint = _DELIMITERS.get(delimiter.lower(), "one character, such as ';'")
    msg = f"{delimiter!r} cannot be the character between fields: give {hint}"
    raise FileError(msg, option="--delimiter")


def _check_encoding(encoding: str) -> None:
    """Refuse what is not an encoding of text.

    Raises:
        FileError: Python does not know it, or it is a codec for something else, such as rot13.
    """
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        msg = f"{encoding!r} is not a known encoding: give one such as utf-8, utf-16 or cp1252"
        raise FileError(msg, option="--encoding") from None


class InvalidRow(NamedTuple):
    """A row that cannot be read or evaluated.

    Args:
        row: Its number in the file.
        message: What is wrong with it.
        cells: Its fields, as far as they could be read.
    """

    row: int
    message: str
    cells: Sequence[str | None]


def wrong_width(count: int, width: int, text: str) -> str:
    """What is wrong with a row that has more or fewer fields than the header.

    Args:
        count: How many it has.
        width: How many the header has.
        text: The row.
    """
    quote = text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
    fields = "1 field" if count == 1 else f"{count} fields"
    return f"the row has {fields}, and the header {width}: {quote!r}"


class Chunk(NamedTuple):
    """Some consecutive rows of a file.

    Args:
        table: The rows, as an Arrow table.
        numbers: The number of each row in the file.
        invalid: Rows between them that could not be read, and are not in the table.
    """

    table: Any
    numbers: Integers
    invalid: list[InvalidRow]

    @classmethod
    def empty(cls, schema: Any) -> Chunk:
        return cls(schema.empty_table(), np.zeros(0, np.int64), [])


class InputFile:
    """A file that is being read.

    Args:
        path: Its path.
        schema: Its columns as they are in the file, as an Arrow schema.
        total: Its size: bytes of CSV, rows of Parquet.

    Attributes:
        schema: Its columns, each with a name of its own.
        headings: The names in the file of the columns whose names differ from it, since there they
            are empty, stand twice, or have blanks around them.
        done: How much of the size has been read.
        form: How it is written, part by part, as far as that was found out and is not the usual.
        delimiter: The character between the fields of CSV; None for other files.
        decimal: The sign before the decimals of numbers that are text.
        time_format: The form of its times, unless an option says otherwise; None for ISO 8601.
    """

    form: Sequence[str] = ()
    delimiter: str | None = None
    decimal = DecimalSign(is_option=False)
    time_format: str | None = None

    def __init__(self, path: str, schema: Any, total: int) -> None:
        self.path, self.total, self.done = path, total, 0
        names: dict[str, None] = {}
        counts: dict[str, int] = {}  # of columns that have the same heading
        headings = frozenset(schema.names)
        alike = Counter(heading.strip() for heading in schema.names)
        for place, heading in enumerate(schema.names, start=1):
            plain = heading.strip()
            name = first_choice = (plain if alike[plain] == 1 else heading) or f"column {place}"
            while name in names or (name != heading and name in headings):
                counts[first_choice] = counts.get(first_choice, 1) + 1
                name = f"{first_choice} ({counts[first_choice]})"
            names[name] = None
        columns = zip(schema, names, strict=True)
        self.schema = pa.schema([column.with_name(name) for column, name in columns])
        self.headings = {
            name: heading
            for name, heading in zip(names, schema.names, strict=True)
            if name != heading
        }

    def assume_columns(self, names: Iterable[str | None]) -> None:
        """Let a file that shows no columns, since it has no rows, have those that are to be read.

        Args:
            names: The columns; None is skipped.
        """
        self.schema = pa.schema([(name, pa.string()) for name in dict.fromkeys(names) if name])

    def check_unambiguous(self, names: Iterable[str]) -> None:
        """Refuse columns that are to be read, but stand twice.

        Raises:
            FileError: Two columns have one of these names.
        """
        for name in names:
            if name and name in self.headings.values():
                msg = f"{self.path}: two columns are called {name!r}: rename one of them"
                raise FileError(msg)

    def chunks(self) -> Iterator[Chunk]:
        """The rows, a chunk at a time."""
        raise NotImplementedError


# Parquet ------------------------------------------------------------------------------------------


class ParquetInput(InputFile):
    """A Parquet file that is being read.

    Columns of types that Arrow can hardly compute with come in the plain type of the same values.
    """

    def __init__(self, path: str) -> None:
        try:
            with self._open(path) as file:
                schema = pa.schema(
                    [field.with_type(_plain_type(field.type)) for field in file.schema_arrow]
                )
                super().__init__(path, schema, file.metadata.num_rows)
        except pa.ArrowInvalid as error:
            raise _unreadable(path, error) from None

    @staticmethod
    def _open(path: str) -> Any:
        # Read columns as they are needed, and not a whole row group at once.
        return pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)

    def chunks(self) -> Iterator[Chunk]:
        with self._open(self.path) as file:
            batches = file.iter_batches(batch_size=_BATCH)
            while True:
                try:
                    batch = next(batches, None)
                except (pa.ArrowInvalid, OSError) as error:
                    raise _unreadable(self.path, error, self.done) from None
                if batch is None:
                    return
                columns = [
                    column.cast(field.type)
                    for column, field in zip(batch.columns, self.schema, strict=True)
                ]
                table = pa.Table.from_arrays(columns, schema=self.schema)
                numbers = np.arange(self.done + 1, self.done + 1 + len(table))
                self.done += len(table)
                yield Chunk(table, numbers, [])


def _plain_type(kind: Any) -> Any:
    """The type in which a column is read: without an extension, and not as views."""
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_type(kind.storage_type)
    if pa.types.is_string_view(kind):
        return pa.string()
    return pa.binary() if pa.types.is_binary_view(kind) else kind


# CSV ----------------------------------------------------------------------------------------------


class _RecordingReader(io.RawIOBase):
    """A stream that counts the bytes read from it, and decodes and scans them.

    Args:
        stream: The bytes.
        encoding: How they are decoded, to be read as UTF-8; None to read the bytes themselves.
        quotes: What scans the text.
        raw: The file as it is stored.

    Attributes:
        count: How many bytes have been read.
        stored: After each read, how many bytes of the stored file had been read.
        has_marks: Whether some were not UTF-8, though they should be; a character for private use
            stands for each of them, so that a single row with such bytes does not end the job.
    """

    def __init__(
        self,
        stream: Any,
        encoding: str | None = None,
        quotes: _QuoteScanner | None = None,
        raw: _RecordingReader | None = None,
    ) -> None:
        super().__init__()
        self._stream, self.quotes, self._raw = stream, quotes, raw
        self.stored: list[int] = []
        self._decoder: Any = codecs.getincrementaldecoder(encoding)() if encoding else None
        self._marks = encoding == "utf-8"
        self.count, self.has_marks = 0, False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(size)
        is_end = False
        if self._decoder is not None and data:
            while len(data) < size and (more := self._stream.read(size - len(data))):
                data += more
            is_end = len(data) < size
        self.count += len(data)
        if self._decoder is not None and not (data.isascii() and self._is_clean(data)):
            text = ""
            while not text and data:
                text = self._decode(data)
                data = b"" if text else self._stream.read(size)
            data = (text or self._decode(b"")).encode()
        if is_end and not data.endswith((b"\n", b"\r")) and not self._decoder.getstate()[0]:
            data += b"\n"  # Arrow refuses a header without a line break
        if self.quotes is not None:
            self.quotes.scan(data)
        if self._raw is not None:
            self.stored.append(self._raw.count)
        return data

    def _is_clean(self, data: bytes) -> bool:
        # Whether ASCII can be passed on as it is, since nothing has to be decoded before it.
        return self._marks and bool(data) and not self._decoder.getstate()[0]

    def _decode(self, data: bytes) -> str:
        text: str
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            if not self._marks:
                raise
            self.has_marks, self._decoder.errors = True, "surrogateescape"
            text = self._decoder.decode(data, final=not data).translate(_MARK_OF_SURROGATE)
            self._decoder.errors = "strict"
        return text

    def close(self) -> None:
        self._stream.close()
        super().close()


class _QuoteScanner:
    """Notices quotes that are closed nowhere, or where the text of a later row begins.

    Arrow reads the rows up to there as one field, without a complaint. Blocks in which every quote
    is where it should be are scanned by NumPy; others, quote by quote.

    Args:
        delimiter: The character between fields.
        row: The number of the first row.

    Attributes:
        fault: What is wrong; empty string if nothing is.
    """

    def __init__(self, delimiter: str, row: int) -> None:
        self._is_end = np.zeros(256, np.bool_)  # whether a byte may stand beside a quoted field
        self._is_end[[ord(delimiter), *b"\r\n"]] = True
        self._held, self._last_byte, self._row = b"", _LINE_BREAK, row
        self._is_open = self._is_broken = False  # a quoted field is open, and has a line break
        self.fault = ""

    def scan(self, block: bytes) -> None:
        """Scan the next bytes of a file, or its end: no bytes."""
        data = self._held + block
        length = (
            len(data.rstrip(b'"')) if block else len(data)
        )  # what follows a quote must be known
        data, self._held = data[:length], data[length:]
        if data and b'"' not in data:  # for speed
            count = data.count(b"\n")
            self._row += 0 if self._is_open or self.fault else count
            self._is_broken |= self._is_open and count > 0
            self._last_byte = data[-1]
        elif data and not self.fault:
            self._scan(np.frombuffer(data.removeprefix(codecs.BOM_UTF8), np.uint8))
            self._last_byte = data[-1]
        if not block and self._is_open:
            self.fault = (
                f"row {self._row} opens a quote that is never closed, so the rest of the file is "
                "one field"
            )

    def _scan(self, text: Any) -> None:
        quotes, breaks = np.flatnonzero(text == _QUOTE), np.flatnonzero(text == _LINE_BREAK)
        before = np.where(quotes == 0, self._last_byte, text[quotes - 1])
        after = np.append(text, _LINE_BREAK)[quotes + 1]
        opens = np.arange(len(quotes)) % 2 == int(self._is_open)
        beside = np.where(opens, before, after)
        was_open = self._is_open
        if (self._is_end[beside] | (beside == _QUOTE)).all():
            starts = quotes[opens & self._is_end[before]]
            start = int(starts[-1]) if len(starts) else -1
            self._is_open ^= len(quotes) % 2 == 1
            bounds = quotes
        else:
            bounds, start = self._bounds(quotes, before, after, breaks)
        is_outside = np.searchsorted(bounds, breaks) % 2 == int(was_open)
        self._row += int(np.sum(is_outside)) if not self.fault else 0
        is_broken = self._is_broken if start < 0 else False
        self._is_broken = self._is_open and (is_broken or bool((breaks > start).any()))

    def _bounds(self, quotes: Any, before: Any, after: Any, breaks: Any) -> tuple[Any, int]:
        """The quotes that open and close fields, and the last that opens one; -1 if none does."""
        bounds: list[int] = []
        start, is_second = -1, False
        was_open, is_broken = self._is_open, self._is_broken
        for quote, left, right in zip(
            quotes.tolist(), before.tolist(), after.tolist(), strict=True
        ):
            if is_second:
                is_second = False
            elif not self._is_open:
                if self._is_end[left]:
                    self._is_open, start, is_broken = True, quote, False
                    bounds.append(quote)
            elif right == _QUOTE:
                is_second = True  # two quotes in a quoted field are one
            else:
                self._is_open = False
                bounds.append(quote)
                is_broken |= bool(((breaks > start) & (breaks < quote)).any())
                if is_broken and not self._is_end[right]:
                    earlier = breaks[breaks < max(start, 0)]
                    outside = np.searchsorted(bounds, earlier) % 2 == int(was_open)
                    row = self._row + int(np.sum(outside))
                    self.fault = (
                        f"row {row} opens a quote that is not closed before the next row, or has a "
                        "quote in a quoted field that is not doubled"
                    )
                    break
        return np.array(bounds, np.int64), start


class CsvInput(InputFile):
    """A CSV file that is being read.

    Arrow parses the file, skips rows whose number of fields is wrong, and reports each of them. The
    numbers of the other rows follow from how many rows it returns between the skipped ones.
    """

    _text: _RecordingReader  # that is being read

    def __init__(
        self,
        path: str,
        file_format: FileFormat,
        delimiter: str | None,
        encoding: str | None,
        decimal: str | None,
    ) -> None:
        if encoding is not None:
            _check_encoding(encoding)
        self._is_compressed, usual = file_format.is_compressed, file_format.delimiter
        try:
            with closing(self._bytes(path)[1]) as stream:
                self._csv = sniff_csv(path, stream, usual, delimiter, encoding)
        except _READ_ERRORS as error:
            raise _unreadable(path, error) from None
        _check_delimiter(self._csv.delimiter)
        self._encoding, self.delimiter = encoding or self._csv.encoding, self._csv.delimiter
        usual_sign = "," if self.delimiter == ";" else "."
        self.decimal = DecimalSign(decimal or usual_sign, is_certain=decimal is not None)
        self.form = header_form(self._csv.header)
        if self._csv.delimiter not in (delimiter, usual):
            signs = _SIGNS.get(self._csv.delimiter, repr(self._csv.delimiter))
            self.form = [f"{signs} between fields", *self.form]
        if encoding is None and self._encoding != "utf-8":
            self.form = [self._encoding, *self.form]
        self._skipped: deque[tuple[int, int, str]] = deque()  # number, count of fields, text
        self._next_number = self._csv.header + 1
        if not self._csv.names:
            msg = f"{path}: the file has no rows below its header, if it has a header"
            raise FileError(msg)
        schema = pa.schema([(name, pa.string()) for name in self._csv.names])
        super().__init__(path, schema, Path(path).stat().st_size)

    def _bytes(self, path: str) -> tuple[_RecordingReader, Any]:
        """The file as it is stored, and decompressed."""
        raw = _RecordingReader(Path(path).open("rb", buffering=0))  # noqa: SIM115 - the caller closes it
        return raw, gzip.GzipFile(fileobj=raw) if self._is_compressed else raw

    def _streams(self, path: str) -> tuple[_RecordingReader, _RecordingReader]:
        """The file as it is stored; and its text from the header on, as UTF-8."""
        raw, stream = self._bytes(path)
        begin = self._csv.begin
        while begin and (skipped := stream.read(begin)):
            begin -= len(skipped)
        codec = codecs.lookup(self._csv.encoding).name
        encoding = "utf-8" if codec == "utf-8-sig" else codec
        quotes = _QuoteScanner(self._csv.delimiter, self._csv.header)
        return raw, _RecordingReader(stream, encoding, quotes, raw)

    def _arrow_reader(self, stream: Any) -> Any:
        names = [str(place) for place in range(self._csv.width)]
        return pa_csv.open_csv(
            pa.PythonFile(stream, "r"),
            # One thread: with several, Arrow does not report the numbers of rows that it skips.
            read_options=pa_csv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK,
                column_names=names,
                skip_rows_after_names=1,  # the header, which has others
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._csv.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._skip,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.binary()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _skip(self, row: Any) -> str:
        number = row.number + self._csv.header - 1  # of the file; Arrow is given it from there on
        self._skipped.append((number, row.actual_columns, row.text))
        return "skip"

    def chunks(self) -> Iterator[Chunk]:
        raw, text = self._streams(self.path)
        self._text = text
        with closing(text):
            for number, batch in enumerate(self._batches(text)):
                # Not all that is read by now: Arrow reads ahead, now more and now less.
                self.done = text.stored[min(number, len(text.stored) - 1)]
                self._check_quotes(text)
                yield self._chunk(batch)
        self._check_quotes(text)
        if raw.count < self.total:
            msg = (
                f"{self.path}: the file was cut short while it was read: it had {self.total:,} "
                f"bytes, of which {raw.count:,} could be read"
            )
            raise FileError(msg)
        self.done = self.total
        self._take_numbers(0)
        if self._skipped:
            yield self._with_skipped(Chunk.empty(self.schema))

    def _batches(self, text: _RecordingReader) -> Iterator[Any]:
        try:
            yield from self._arrow_reader(text)
        except _READ_ERRORS as error:
            self._check_quotes(text)
            if _is_too_long(error):  # Arrow may not have read the end, which says why
                _, whole = self._streams(self.path)
                with closing(whole):
                    while whole.read(_BLOCK):
                        pass
                self._check_quotes(whole)
            raise _unreadable(self.path, error, self._next_number - 1) from None
        except UnicodeError as error:
            raise self._undecodable(self.path, error) from None

    def _undecodable(self, path: str, error: UnicodeError) -> FileError:
        msg = f"{path}: the file is not text in {self._encoding}: {error}"
        return FileError(msg, option="--encoding")

    def _check_quotes(self, text: _RecordingReader) -> None:
        if text.quotes is not None and text.quotes.fault:
            msg = f"{self.path}: {text.quotes.fault}"
            raise FileError(msg)

    def _chunk(self, batch: Any) -> Chunk:
        """A batch as text, without blank and invalid rows, and with the numbers of its rows."""
        numbers = self._take_numbers(len(batch))
        kept = _rows_with_content(batch)
        width = len(self.schema.names)
        columns = [column.cast(pa.string()) for column in batch.columns]
        wrong: dict[int, str] = {}
        for column in columns[width:]:
            for row in np.flatnonzero(column.is_valid()).tolist():
                text = ", ".join(filter(None, (each[row].as_py() for each in columns)))
                wrong[row] = wrong_width(len(columns), width, text)
        if self._text.has_marks:
            for place, column in enumerate(columns):
                is_marked = pc.match_substring_regex(column, _MARKED.pattern)
                rows = np.flatnonzero(pc.fill_null(is_marked, fill_value=False))
                if len(rows):
                    wrong |= dict.fromkeys(rows.tolist(), _NOT_UTF8)
                    texts = [
                        None if text is None else _unmarked(text) for text in column.to_pylist()
                    ]
                    columns[place] = pa.array(texts, pa.string())
        del columns[width:]
        table = pa.Table.from_arrays(columns, schema=self.schema)
        invalid = list[InvalidRow]()
        if wrong:
            of_wrong = table.take(pa.array([*wrong])).columns
            cells = zip(*(column.to_pylist() for column in of_wrong), strict=True)
            parts = zip(numbers[[*wrong]].tolist(), wrong.values(), cells, strict=True)
            invalid = [*map(InvalidRow._make, parts)]
            is_valid = np.ones(len(table), np.bool_)
            is_valid[[*wrong]] = False
            kept = is_valid if kept is None else kept & is_valid
        if kept is not None:
            table, numbers = table.filter(pa.array(kept)), numbers[kept]
        return self._with_skipped(Chunk(table, numbers, invalid))

    def _take_numbers(self, count: int) -> Integers:
        """The numbers of the next rows, which leave out those of skipped rows."""
        parts, missing = [np.zeros(0, np.int64)], count
        for number in [*(number for number, _, _ in self._skipped), None]:
            end = self._next_number + missing
            if number is not None:
                end = min(number, end)
            parts.append(np.arange(self._next_number, end))
            missing -= end - self._next_number
            self._next_number = end
            if number != end:
                break
            self._next_number += 1  # the skipped row
        return np.concatenate(parts)

    def _with_skipped(self, chunk: Chunk) -> Chunk:
        """A chunk with the skipped rows before the next number: those that are invalid, or not."""
        width, invalid = len(self.schema.names), [*chunk.invalid]
        numbers, valid = list[int](), list[list[str | None]]()
        while self._skipped and self._skipped[0][0] < self._next_number:
            number, count, text = self._skipped.popleft()
            try:
                fields = next(csv.reader(io.StringIO(text), delimiter=self._csv.delimiter), [])
                is_valid = suits_width(fields, width)
            except csv.Error:  # a field is longer than Python's reader allows
                fields, is_valid = [text], False
            cells = [field or None for field in fields[:width]]
            if self._text.has_marks and _MARKED.search(text):
                unmarked = [cell and _unmarked(cell) for cell in cells]
                invalid.append(InvalidRow(number, _NOT_UTF8, unmarked))
            elif not is_valid:
                invalid.append(InvalidRow(number, wrong_width(count, width, text), cells))
            elif any(cells):
                numbers.append(number)
                valid.append(cells)
        table, order = chunk.table, np.concatenate([chunk.numbers, np.array(numbers, np.int64)])
        if numbers:
            columns = [pa.array(column, pa.string()) for column in zip(*valid, strict=True)]
            more = pa.Table.from_arrays(columns, schema=self.schema)
            places = np.argsort(order)
            table, order = pa.concat_tables([table, more]).take(pa.array(places)), order[places]
        return Chunk(table, order, sorted(invalid))


def _rows_with_content(batch: Any) -> Any:
    """Which rows are not blank; None if none is blank."""
    blank = None
    for column in batch.columns:
        if not column.null_count:
            return None
        nulls = pc.is_null(column)
        blank = nulls if blank is None else pc.and_(blank, nulls)
    if blank is None or not pc.any(blank).as_py():
        return None
    return ~blank.to_numpy(zero_copy_only=False)


def _unmarked(text: str) -> str:
    """A text in which the bytes that are not UTF-8 are escaped in hexadecimal."""
    return _MARKED.sub(lambda found: f"\\x{ord(found[0]) - _MARKS:02x}", text)


def _is_too_long(error: Exception) -> bool:
    """Whether Arrow says that a row is longer than a block."""
    return "straddling" in str(error)


def _unreadable(path: str, error: Exception, after: int = 0) -> FileError:
    """The error for a file that cannot be read any further than a row."""
    where = f" after row {after}" if after else ""
    reason = str(error).splitlines()[0]
    if _is_too_long(error):
        reason = f"a row is longer than {_BLOCK >> 20} MiB; perhaps a quote is never closed"
    return FileError(f"{path}: the file cannot be read{where}: {reason}")
