"""Write tables to CSV, Parquet, JSON and Excel files, a part at a time.

CSV is written by columns: each becomes text, in quotes where necessary, as Python's `csv` writes
it; then the columns are joined to lines. Instants are ISO 8601 with the offset of their zone,
lengths are seconds, and missing values are empty. So they are in JSON, and in workbooks, but that
cells with instants are dates there, by the clock of their zone. A spreadsheet would run a text that
begins like a formula, so on request such texts are written with an apostrophe before them.

Read next: `atomic`, which makes the files appear whole or not at all.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from slacalc._columns.kernel import MISSING
from slacalc._files.time_forms import FileError
from slacalc._files.times import time_texts
from slacalc._time.instants import SECOND, zone
from slacalc.errors import TimeZoneError, require_extra

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from slacalc._files.atomic import OutputFile
    from slacalc._files.reading import FileFormat

_ROWS_AT_ONCE = 1 << 12  # rows that are Python objects together
MOST_ROWS = 1_048_576  # of a sheet
_DATE_WIDTH = 20  # characters
_NOT_IN_CELLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ROW_GROUP = 1 << 19  # rows of a row group of Parquet
_PER_SECOND = {"s": 1, "ms": 1_000, "us": SECOND, "ns": 1_000 * SECOND}
_MOST_BYTES = 1 << 26  # of a table that are turned into text at once
# What a spreadsheet takes for the beginning of a formula, or drops before it; but not in numbers.
_FORMULA = "^[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]"
_NUMBER = r"^[+-]+$|^[+-](\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?%?$"
_MAY_BE_FORMULA = np.zeros(256, np.bool_)  # by the first byte
_MAY_BE_FORMULA[[*b"=+@\t\r\n-", 0xEF]] = True


class CsvText(NamedTuple):
    """Some rows as the text of a CSV file.

    Args:
        lines: The text, as bytes.
        guarded: How many fields of it have an apostrophe before them.
    """

    lines: Any
    guarded: int


class CsvLayout(NamedTuple):
    """How rows become the text of a CSV file.

    Args:
        delimiter: The character between fields.
        guards: Whether texts that begin like a formula begin with an apostrophe instead.
        for_excel: Whether times are those of the clock, without an offset, and numbers have decimal
            commas between semicolons.
    """

    delimiter: str
    guards: bool
    for_excel: bool = False

    def texts(self, table: Any) -> Iterator[CsvText]:
        """The rows of a table, so many at a time that their text does not grow large."""
        rows = max(1, len(table) * _MOST_BYTES // max(table.nbytes, 1))
        for batch in table.to_batches(max_chunksize=rows):
            if not len(batch):
                continue
            texts, guarded = [self._text(column) for column in batch.columns], 0
            if self.guards:
                for place, column in enumerate(batch.columns):
                    if is_text(column.type):
                        texts[place], count = _guard(texts[place])
                        guarded += count
            yield CsvText(csv_lines(texts, self.delimiter), guarded)

    def _text(self, column: Any) -> Any:
        kind = column.type
        if self.for_excel and pa.types.is_timestamp(kind):
            return _wall_clock(column).cast(pa.timestamp("s"), safe=False).cast(pa.string())
        text = as_text(column)
        has_point = pa.types.is_floating(kind) or pa.types.is_duration(kind)
        if self.for_excel and self.delimiter == ";" and has_point:
            text = pc.replace_substring(text, ".", ",")
        return text


class TableWriter:
    """Writes tables of one schema to a file.

    Args:
        file: The file.
        path: Its path, for messages.
        schema: The columns.

    Attributes:
        guarded: How many texts have an apostrophe before them, so that no spreadsheet runs them.
    """

    def __init__(self, file: OutputFile, path: str, schema: Any) -> None:
        self.file, self.path, self.schema = file, path, schema
        self.guarded = 0

    def write(self, table: Any) -> None:
        """Write the rows of a table."""
        raise NotImplementedError

    def finish(self) -> None:
        """Write what belongs at the end of the file."""


def open_writer(
    file: OutputFile,
    path: str,
    file_format: FileFormat,
    schema: Any,
    headings: Mapping[str, str] | None = None,
    *,
    guards: bool = False,
) -> TableWriter:
    """A writer for the format of a file.

    Args:
        file: The file.
        path: Its path, for messages.
        file_format: The format.
        schema: The columns.
        headings: The columns that have another name in CSV and workbooks, in which names may stand
            twice.
        guards: Whether texts of CSV that begin like a formula begin with an apostrophe instead.

    Raises:
        FileError: The format cannot store one of the columns.
    """
    if file_format.kind == "parquet":
        return ParquetWriter(file, path, schema)
    if file_format.kind == "excel":
        return ExcelWriter(file, path, schema, headings)
    if file_format.kind in ("json", "jsonl"):
        is_lines = file_format.kind == "jsonl"
        stream = _stream(file, is_compressed=file_format.is_compressed)
        return JsonWriter(file, path, schema, stream, is_lines=is_lines)
    return CsvWriter(
        file,
        path,
        schema,
        file_format.delimiter,
        headings,
        is_compressed=file_format.is_compressed,
        guards=guards,
        for_excel=file_format.for_excel,
    )


class ParquetWriter(TableWriter):
    """Writes tables to a Parquet file."""

    def __init__(self, file: OutputFile, path: str, schema: Any) -> None:
        super().__init__(file, path, schema)
        try:
            self._writer = pq.ParquetWriter(file, schema)
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
            msg = f"{path}: Parquet cannot store these columns: {error}"
            raise FileError(msg) from None

    def write(self, table: Any) -> None:
        for batch in table.cast(self.schema).to_batches():
            self._writer.write_batch(batch, row_group_size=_ROW_GROUP)

    def finish(self) -> None:
        self._writer.close()


def _stream(file: OutputFile, *, is_compressed: bool) -> Any:
    return pa.CompressedOutputStream(file, "gzip") if is_compressed else file


class JsonWriter(TableWriter):
    """Writes tables as JSON objects, in lines or in an array.

    Args:
        file: The file.
        path: Its path, for messages.
        schema: The columns.
        stream: Where the text is written to.
        is_lines: Whether each object is a line of its own, and there is no array.
    """

    def __init__(
        self, file: OutputFile, path: str, schema: Any, stream: Any, *, is_lines: bool
    ) -> None:
        super().__init__(file, path, schema)
        self._stream, self._is_lines = stream, is_lines
        self._before = "" if is_lines else "["

    def write(self, table: Any) -> None:
        for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
            columns = [_as_plain_data(column) for column in batch.columns]
            for values in zip(*columns, strict=True):
                row = dict(zip(self.schema.names, values, strict=True))
                text = json.dumps(row, ensure_ascii=False, default=str)
                self._stream.write(f"{self._before}{text}\n".encode())
                self._before = "" if self._is_lines else ","

    def finish(self) -> None:
        if not self._is_lines:
            self._stream.write((self._before.replace(",", "") + "]\n").encode())
        if self._stream is not self.file:
            self._stream.close()


class ExcelWriter(TableWriter):
    """Writes tables to the sheet of an Excel workbook.

    Args:
        file: The file.
        path: Its path, for messages.
        schema: The columns.
        headings: The columns that have another name in the file.
    """

    def __init__(
        self, file: OutputFile, path: str, schema: Any, headings: Mapping[str, str] | None = None
    ) -> None:
        require_extra("excel", "Excel workbooks need", "openpyxl")
        from openpyxl import Workbook  # noqa: PLC0415 - an extra
        from openpyxl.utils import get_column_letter  # noqa: PLC0415 - an extra

        super().__init__(file, path, schema)
        self._book = Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet("slacalc")
        self._sheet.freeze_panes = "A2"
        for place, field in enumerate(schema, start=1):
            if pa.types.is_timestamp(field.type):
                self._sheet.column_dimensions[get_column_letter(place)].width = _DATE_WIDTH
        self._count, self._is_saved = 0, False
        file.when_ended = self.finish  # for openpyxl to remove its temporary file
        self._append([(headings or {}).get(name, name) for name in schema.names])

    def write(self, table: Any) -> None:
        for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
            columns = [
                _wall_clock(column).to_pylist()
                if pa.types.is_timestamp(column.type)
                else _as_plain_data(column)
                for column in batch.columns
            ]
            for values in zip(*columns, strict=True):
                self._append(values)

    def _append(self, values: Iterable[Any]) -> None:
        self._count += 1
        if self._count > MOST_ROWS:
            msg = f"{self.path}: a sheet has at most {MOST_ROWS:,} rows: write .csv or .parquet"
            raise FileError(msg)
        self._sheet.append([self._cell(value) for value in values])

    def _cell(self, value: Any) -> Any:
        """A value as openpyxl writes it: text stays text, also if it looks like a formula."""
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - an extra

        if isinstance(value, datetime):
            cell = WriteOnlyCell(self._sheet, value)
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
            return cell
        if isinstance(value, str):
            value = _NOT_IN_CELLS.sub("\ufffd", value)
            if value[:1] in ("=", "#"):
                cell = WriteOnlyCell(self._sheet, value)
                cell.data_type = "s"
                return cell
            return value
        return value if value is None or isinstance(value, bool | int | float) else str(value)

    def finish(self) -> None:
        if not self._is_saved:
            self._is_saved = True
            self._book.save(self.file)


def _as_plain_data(column: Any) -> list[Any]:
    """A column as JSON has it: times and lengths as in CSV, and no number that is not finite."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_plain_data(column.dictionary_decode())
    if pa.types.is_duration(kind):
        column = _in_seconds(column)
    elif pa.types.is_temporal(kind):
        column = as_text(column)
    values: list[Any] = column.to_pylist()
    if pa.types.is_floating(column.type):
        return [_plain_number(value) for value in values]
    return values


def _in_seconds(lengths: Any) -> Any:
    counts = lengths.cast(pa.int64()).cast(pa.float64(), safe=False)
    return pc.divide(counts, _PER_SECOND[lengths.type.unit])


def _plain_number(value: float | None) -> float | None:
    """A number that is whole without a point; None for one that JSON does not have."""
    if value is None or not isfinite(value):
        return None
    return int(value) if value.is_integer() else value


def _wall_clock(column: Any) -> Any:
    """Timestamps without a zone, as their zone shows them."""
    if column.type.tz is not None:
        column = pc.local_timestamp(column)
    return column.cast(pa.timestamp("us"), safe=False)


class CsvWriter(TableWriter):
    """Writes tables to a CSV file.

    Args:
        file: The file.
        path: Its path, for messages.
        schema: The columns.
        delimiter: The character between fields.
        headings: The columns that have another name in the file.
        is_compressed: Whether to compress the file by gzip.
        guards: Whether texts that begin like a formula begin with an apostrophe instead.
        for_excel: Whether Excel can open the file as it is; it begins with a mark of UTF-8.
    """

    def __init__(
        self,
        file: OutputFile,
        path: str,
        schema: Any,
        delimiter: str,
        headings: Mapping[str, str] | None = None,
        *,
        is_compressed: bool = False,
        guards: bool = False,
        for_excel: bool = False,
    ) -> None:
        super().__init__(file, path, schema)
        self.layout = CsvLayout(delimiter, guards, for_excel)
        self._stream = _stream(file, is_compressed=is_compressed)
        for field in schema:
            if not _fits_csv(field.type):
                msg = (
                    f"{path}: the column {field.name!r} holds {field.type}, which CSV cannot "
                    "store: write a file that ends with .parquet"
                )
                raise FileError(msg)
        names = pa.array([(headings or {}).get(name, name) for name in schema.names], pa.string())
        if guards:
            names, self.guarded = _guard(names)
        # An empty line would not be a row.
        header = delimiter.join(_with_quotes(names, delimiter).to_pylist()) or '""'
        self._stream.write(f"{header}\n".encode("utf-8-sig" if for_excel else "utf-8"))

    def write(self, table: Any) -> None:
        self.write_texts(self.layout.texts(table))

    def write_texts(self, texts: Iterable[CsvText]) -> None:
        """Write rows that are text already."""
        for text in texts:
            self._stream.write(text.lines)
            self.guarded += text.guarded

    def finish(self) -> None:
        if self._stream is not self.file:
            self._stream.close()


# Text ---------------------------------------------------------------------------------------------


def _fits_csv(kind: Any) -> bool:
    """Whether CSV can store values of an Arrow type."""
    return not (pa.types.is_nested(kind) or "binary" in str(kind))


def plain_kind(kind: Any) -> Any:
    """The type of the values of an encoded column; texts of any length are one type."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.string() if pa.types.is_large_string(kind) else kind


def is_text(kind: Any) -> bool:
    """Whether values of an Arrow type are text, and not numbers or times."""
    return bool(pa.types.is_string(plain_kind(kind)))


def _guard(text: Any) -> tuple[Any, int]:
    """A column of text in which what begins like a formula begins with an apostrophe instead.

    Returns:
        The column, and how many texts were changed.
    """
    _, offsets, data = text.buffers()
    if not data:
        return text, 0
    bounds = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    starts = np.minimum(bounds[:-1], len(data) - 1)  # an empty text may be at the end
    rows = np.flatnonzero(_MAY_BE_FORMULA[np.frombuffer(data, np.uint8)[starts]])
    if not len(rows):
        return text, 0
    candidates = text.take(pa.array(rows))
    is_formula = pc.and_not(
        pc.match_substring_regex(candidates, _FORMULA),
        pc.match_substring_regex(candidates, _NUMBER),
    )
    rows = rows[pc.fill_null(is_formula, fill_value=False).to_numpy(zero_copy_only=False)]
    is_guarded = np.zeros(len(text), np.bool_)
    is_guarded[rows] = True
    guarded = pc.if_else(pa.array(is_guarded), pc.binary_join_element_wise("'", text, ""), text)
    return guarded, len(rows)


def as_text(column: Any) -> Any:
    """A column as text; missing values stay missing."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        return _timestamps_as_text(column)
    if pa.types.is_duration(kind):
        return _floats_as_text(_in_seconds(column))
    if pa.types.is_floating(kind):
        return _floats_as_text(column)
    if not _fits_csv(kind):  # in a row of Parquet that is reported with its error
        return pa.array([None if value is None else str(value) for value in column.to_pylist()])
    return column if pa.types.is_string(kind) else column.cast(pa.string())


def _floats_as_text(column: Any) -> Any:
    """Floating-point numbers as text; whole ones without a point."""
    values = column.cast(pa.float64())
    is_short = pc.less(pc.abs(values), 1e15)  # larger ones are written with an exponent
    is_whole = pc.fill_null(pc.and_(is_short, pc.equal(pc.floor(values), values)), fill_value=False)
    if pc.all(pc.or_kleene(is_whole, pc.is_null(values))).as_py():
        return values.cast(pa.int64()).cast(pa.string())
    whole = pc.if_else(is_whole, values, None).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(whole, column.cast(pa.string()))


def _timestamps_as_text(column: Any) -> Any:
    """Timestamps as ISO 8601, with the offset of their zone if they have one."""
    kind = column.type
    if kind.tz is None or kind.unit == "ns":
        texts = column.cast(pa.timestamp(kind.unit)).cast(pa.string())
        texts = pc.binary_replace_slice(texts, 10, 11, "T")
        return texts if kind.tz is None else pc.binary_join_element_wise(texts, "+00:00", "")
    try:
        shown_in = zone(kind.tz)
    except TimeZoneError:  # a fixed offset such as +08:00
        shown_in = zone("UTC")
    missing = pc.is_null(column).to_numpy(zero_copy_only=False)
    values = pc.fill_null(column.cast(pa.int64()), 0).to_numpy() * (
        SECOND // _PER_SECOND[kind.unit]
    )
    return time_texts(np.where(missing, MISSING, values), shown_in)


def _with_quotes(text: Any, delimiter: str) -> Any:
    """Texts as fields of CSV; missing ones stay missing."""
    special = f'[{re.escape(delimiter)}"\r\n]'
    needs_quotes = pc.match_substring_regex(text, special)
    if not pc.any(needs_quotes).as_py():
        return text
    doubled = pc.replace_substring(text, '"', '""')
    return pc.if_else(needs_quotes, pc.binary_join_element_wise('"', doubled, '"', ""), text)


def csv_lines(texts: list[Any], delimiter: str) -> Any:
    """Join columns of text of equal length to lines of CSV, as bytes."""
    fields = [pc.fill_null(_with_quotes(text, delimiter), "") for text in texts]
    if len(fields) == 1:  # an empty line would not be a row
        fields = [pc.if_else(pc.equal(fields[0], ""), '""', fields[0])]
    joined = pc.binary_join_element_wise(*fields, delimiter)
    lines = pc.binary_join_element_wise(joined, "", "\n")
    _, offsets, data = lines.buffers()
    bounds = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return data.slice(int(bounds[0]), int(bounds[-1] - bounds[0]))
