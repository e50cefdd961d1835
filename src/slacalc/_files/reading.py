"""Files of rows, read a piece at a time, each row with its number in the file.

The ending of the name tells what a file is: CSV (`.csv`, `.tsv`, packed as `.csv.gz` too), of which
every column is text, or Parquet. The rows of a CSV file are numbered as a spreadsheet numbers them,
with the header as row 1; those of Parquet from 1 on. Rows that hold nothing at all are passed over.
A row that is no row, since it has too many fields or bytes that are no text, is told with its
number, and the others are read all the same.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from slacalc._files.times import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slacalc._columns.arithmetic import Integers

_BLOCK = 8 << 20  # bytes of CSV at a time; no row may be longer
_ROWS = 1 << 16  # rows of Parquet at a time
_TAIL = 64
_SHOWN = 200  # characters of a faulty row that are shown
_FAULTS = (pa.ArrowInvalid, EOFError, gzip.BadGzipFile, zlib.error)  # of what is no such file


class Form(NamedTuple):
    """What a file is.

    Args:
        kind: ``csv`` or ``parquet``.
        delimiter: What stands between the fields of a CSV file.
        is_packed: Whether it is packed by gzip.
    """

    kind: str
    delimiter: str = ","
    is_packed: bool = False

    @classmethod
    def of(cls, path: str, delimiter: str | None) -> Form:
        """What a file is by its name.

        Raises:
            FileError: Its ending tells nothing.
        """
        name = Path(path).name.lower()
        if name.endswith((".parquet", ".pq")):
            return cls("parquet")
        is_packed = name.endswith(".gz")
        name = name.removesuffix(".gz")
        if name.endswith((".csv", ".tsv", ".txt")):
            return cls("csv", delimiter or ("\t" if name.endswith(".tsv") else ","), is_packed)
        msg = f"{path}: the ending does not tell what the file is: .csv, .tsv, .csv.gz or .parquet"
        raise FileError(msg)


class Bad(NamedTuple):
    """A row that cannot be read.

    Args:
        row: Its number in the file.
        message: What is wrong with it.
        cells: Its fields, as far as there are any.
    """

    row: int
    message: str
    cells: Sequence[str | None]


class Piece(NamedTuple):
    """Some rows of a file.

    Args:
        table: The rows, as an Arrow table.
        rows: The number of each in the file.
        bad: Rows that are not in the table, since they cannot be read.
    """

    table: Any
    rows: Integers
    bad: list[Bad]


class Source:
    """A file to be read.

    Args:
        path: Its name.
        schema: Its columns, as Arrow has them.
        total: Its size: bytes of CSV, rows of Parquet.

    Attributes:
        done: How much of the size is read.
        unit: What the size counts.
    """

    unit = " rows"

    def __init__(self, path: str, schema: Any, total: int) -> None:
        self.path, self.schema, self.total = path, schema, total
        self.done = 0
        twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
        if twice:
            msg = f"{path}: two columns are called {twice[0]!r}: rename one of them"
            raise FileError(msg)

    def pieces(self) -> Iterator[Piece]:
        """The rows, a piece at a time."""
        raise NotImplementedError


def opened(path: str, *, delimiter: str | None = None, encoding: str = "utf-8") -> Source:
    """A file to be read, of which the columns are known.

    Raises:
        FileError, OSError: It cannot be read.
    """
    form = Form.of(path, delimiter)
    if form.kind == "parquet":
        return _Parquet(path)
    return _Csv(path, form, encoding)


# Parquet ------------------------------------------------------------------------------------------


class _Parquet(Source):
    """A file of Parquet."""

    def __init__(self, path: str) -> None:
        try:
            with self._file(path) as file:
                super().__init__(path, file.schema_arrow, file.metadata.num_rows)
        except pa.ArrowInvalid as error:
            raise _unreadable(path, error) from None

    @staticmethod
    def _file(path: str) -> Any:
        # Columns are read as they are needed, and not a whole row group at once.
        return pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)

    def pieces(self) -> Iterator[Piece]:
        with self._file(self.path) as file:
            batches = file.iter_batches(batch_size=_ROWS)
            while True:
                try:
                    batch = next(batches, None)
                except (pa.ArrowInvalid, OSError) as error:
                    raise _unreadable(self.path, error, self.done) from None
                if batch is None:
                    return
                table = pa.Table.from_batches([batch])
                rows = np.arange(self.done + 1, self.done + 1 + len(table))
                self.done += len(table)
                yield Piece(table, rows, [])


# CSV ----------------------------------------------------------------------------------------------


class _RecordingReader(io.RawIOBase):
    """A stream that counts what is read of it, and remembers the end."""

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._stream = stream
        self.count, self.tail = 0, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(size)
        self.count += len(data)
        self.tail = (self.tail + data[-_TAIL:])[-_TAIL:]
        return data

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Csv(Source):
    """A file of CSV, whose columns are all text."""

    unit = "B"

    def __init__(self, path: str, form: Form, encoding: str) -> None:
        self._form, self._encoding = form, encoding
        self._bad: deque[tuple[int, int, str]] = deque()  # number, fields, text
        self._next = 2
        self._last: Any = None  # the last field that was read
        raw, text = self._streams(path)
        with closing(text):
            try:
                names = self._reader(text, None).schema.names
            except _FAULTS as error:
                if "mpty CSV" in str(error):
                    msg = f"{path}: the file has no rows below its header, if it has one"
                    raise FileError(msg) from None
                raise _unreadable(path, error) from None
            except (UnicodeError, LookupError) as error:
                raise self._not_text(path, error) from None
        del raw
        schema = pa.schema([(name, pa.string()) for name in names])
        super().__init__(path, schema, Path(path).stat().st_size)

    def _streams(self, path: str) -> tuple[_RecordingReader, _RecordingReader]:
        """The file as it is, and as text."""
        raw = _RecordingReader(Path(path).open("rb", buffering=0))  # noqa: SIM115 - closed by whoever asks
        if not self._form.is_packed:
            return raw, raw
        return raw, _RecordingReader(gzip.GzipFile(fileobj=raw))

    def _reader(self, stream: Any, names: Sequence[str] | None) -> Any:
        kinds = None if names is None else dict.fromkeys(names, pa.binary())
        return pa_csv.open_csv(
            pa.PythonFile(stream, "r"),
            # One thread, since only it tells the numbers of rows that are no rows.
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK, encoding=self._encoding
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._form.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._misshapen if names else lambda _: "skip",
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=kinds, strings_can_be_null=True, null_values=[""]
            ),
        )

    def _misshapen(self, row: Any) -> str:
        self._bad.append((row.number, row.actual_columns, row.text))
        return "skip"

    def pieces(self) -> Iterator[Piece]:
        raw, text = self._streams(self.path)
        with closing(text):
            batches = self._batches(text)
            for batch in batches:
                self.done = raw.count
                yield self._piece(batch)
        self._check_end(text)
        self.done = self.total
        if self._bad:
            nothing = self.schema.empty_table()
            yield Piece(nothing, np.zeros(0, np.int64), self._told(None))

    def _batches(self, text: _RecordingReader) -> Iterator[Any]:
        """The batches of the file, of bytes."""
        try:
            reader = self._reader(text, self.schema.names)
            yield from reader
        except _FAULTS as error:
            raise _unreadable(self.path, error, self._next - 1) from None
        except UnicodeError as error:
            raise self._not_text(self.path, error) from None

    def _not_text(self, path: str, error: Exception) -> FileError:
        if not isinstance(error, UnicodeError):
            return FileError(f"{self._encoding!r} is no encoding", option="--encoding")
        msg = f"{path}: the file is no text in {self._encoding}: {error}"
        return FileError(msg, option="--encoding")

    def _check_end(self, text: _RecordingReader) -> None:
        """Refuse a file whose last field is a quote that is never closed."""
        end = text.tail.rstrip(b"\r\n\0")
        if self._last and b"\n" in self._last and not end.endswith(b'"'):
            msg = f"row {self._next - 1} opens a quote that is never closed"
            raise FileError(f"{self.path}: {msg}, and holds the rest of the file")

    def _piece(self, batch: Any) -> Piece:
        """A batch as text, with the numbers of its rows."""
        rows = self._numbers(len(batch))
        if len(batch):
            self._last = batch.column(batch.num_columns - 1)[-1].as_py()
        bad = self._told(int(rows[-1]) if len(rows) else self._next)
        kept = _not_blank(batch)
        columns, broken = [], set[int]()
        for column in batch.columns:
            try:
                columns.append(column.cast(pa.string()))
            except pa.ArrowInvalid:
                told = column.to_pylist()
                broken |= {at for at, one in enumerate(told) if not _is_text(one)}
                shown = [one if one is None else _shown(one) for one in told]
                columns.append(pa.array(shown, pa.string()))
        table = pa.Table.from_arrays(columns, schema=self.schema)
        if broken:
            for at in sorted(broken):
                cells = [column[at].as_py() for column in columns]
                msg = "the row holds bytes that are no UTF-8: name the encoding with --encoding"
                bad.append(Bad(int(rows[at]), msg, cells))
            sound = np.ones(len(table), np.bool_)
            sound[[*broken]] = False
            kept = sound if kept is None else kept & sound
        if kept is not None:
            table, rows = table.filter(pa.array(kept)), rows[kept]
        return Piece(table, rows, sorted(bad))

    def _numbers(self, count: int) -> Integers:
        """The numbers of the next rows, between which faulty ones may stand."""
        parts, left = [np.zeros(0, np.int64)], count
        for number in [*(one for one, _, _ in self._bad if one >= self._next), None]:
            until = self._next + left if number is None else min(number, self._next + left)
            parts.append(np.arange(self._next, until))
            left -= until - self._next
            self._next = until
            if not left:
                break
            self._next += 1  # the faulty one
        return np.concatenate(parts)

    def _told(self, until: int | None) -> list[Bad]:
        """The faulty rows up to a number, or all."""
        width = len(self.schema.names)
        found = []
        while self._bad and (until is None or self._bad[0][0] <= until):
            number, count, text = self._bad.popleft()
            try:
                cells = next(csv.reader(io.StringIO(text), delimiter=self._form.delimiter), [])
            except csv.Error:  # of a field that is too long for it
                cells = [text]
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
            msg = f"the row has {count} fields, and the header {width}: {shown!r}"
            found.append(Bad(number, msg, [one or None for one in cells[:width]]))
        return found


def _not_blank(batch: Any) -> Any:
    """Which rows hold anything; None where all do."""
    blank = None
    for column in batch.columns:
        if not column.null_count:
            return None
        nulls = pc.is_null(column)
        blank = nulls if blank is None else pc.and_(blank, nulls)
    if blank is None or not pc.any(blank).as_py():
        return None
    return ~blank.to_numpy(zero_copy_only=False)


def _is_text(data: bytes | None) -> bool:
    try:
        return data is None or bool(data.decode() or "-")
    except UnicodeDecodeError:
        return False


def _shown(data: bytes) -> str:
    return data.decode(errors="backslashreplace")


def _unreadable(path: str, error: Exception, after: int = 0) -> FileError:
    """The error for a file that cannot be read on."""
    where = f" after row {after}" if after else ""
    why = str(error).splitlines()[0]
    if "straddling" in why:
        why = f"a row is longer than {_BLOCK >> 20} MiB; perhaps a quote is never closed"
    return FileError(f"{path}: the file cannot be read{where}: {why}")
