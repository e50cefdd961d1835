"""Read tables whose rows come one by one: JSON, JSON lines and Excel workbooks.

As in CSV, all columns are text: numbers as they are written, dates of workbooks in ISO 8601, and
what is empty is missing. A formula of a workbook whose value was never computed is its own text.
Objects within the objects of JSON are columns of their own, as in ``fields.priority.name``, and a
column whose values are all lists is one of lists, such as tags. An empty list, alone or in an
object without a time, is a table without rows. Rows of JSON lines are numbered by their lines,
those of workbooks as the spreadsheet numbers them, and those of a JSON array from 1 on. A workbook
is read from its first sheet that has rows.

Files are read within limits: what is small on the disk may be huge when it is unpacked.

Read next: `opening`, which chooses the reader of a file.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import warnings
import zipfile
from collections import Counter
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa

from slacalc._files.reading import GZIP_ERRORS, Chunk, InputFile, InvalidRow, wrong_width
from slacalc._files.sniffing import HEADER_AMONG, find_header, header_form
from slacalc._files.time_forms import FileError, propose_forms
from slacalc.errors import require_extra, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# The number of a row and its values by columns; or what is wrong with it.
Row: TypeAlias = "tuple[int, Sequence[Any]] | InvalidRow"

_CELLS = 1 << 18  # of a chunk
_MOST_CELLS = 200_000_000  # of a workbook
_LARGEST_JSON = 1 << 29  # bytes of JSON that is not in lines
_LONGEST_LINE = 8 << 20  # characters of JSON lines
_LARGEST_PART = 1 << 28  # bytes of a part of a workbook that is not a sheet
_MOST_PACKED = 200  # how many times larger than packed a part may be
_MOST_KEYS = 2_000  # of JSON, which become columns of all rows
_DEEPEST = 8  # objects within objects that are columns
_BLOCK = 1 << 16  # bytes
_HEADER_WITHIN, _LONGEST = 1_000, 1_048_576  # rows of a sheet
_SHEETS_SHOWN = 4
_MAC_EPOCH = 1904
_CELL_WITHIN = 1 << 16  # bytes of a cell with a formula
_UNCOMPUTED = re.compile(  # a cell with a formula and without a value, in the XML of a sheet
    rb"<c\b([^<>]*)>\s*<f\b(?:[^<>]*/>|[^<>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)


class RowsInput(InputFile):
    """A file that is read row by row.

    Args:
        path: Its path.
        columns: Its columns and their types.
        total: The number of its last row, as far as it is known.
    """

    def __init__(self, path: str, columns: Sequence[tuple[str, Any]], total: int) -> None:
        super().__init__(path, pa.schema(columns), total)

    def rows(self) -> Iterator[Row]:
        """The rows that are not blank."""
        raise NotImplementedError

    def chunks(self) -> Iterator[Chunk]:
        size = _CELLS // max(1, len(self.schema.names))
        rows = self.rows()
        while batch := list(islice(rows, size)):
            self.done = min(batch[-1][0], self.total)
            valid = [row for row in batch if not isinstance(row, InvalidRow)]
            invalid = [row for row in batch if isinstance(row, InvalidRow)]
            columns = list(zip(*(cells for _, cells in valid), strict=True)) or [()] * len(
                self.schema
            )
            arrays = [
                pa.array(column, kind)
                for column, kind in zip(columns, self.schema.types, strict=True)
            ]
            table = pa.Table.from_arrays(arrays, schema=self.schema)
            yield Chunk(table, np.array([number for number, _ in valid], np.int64), invalid)
        self.done = self.total


# JSON ---------------------------------------------------------------------------------------------


class JsonInput(RowsInput):
    """A file of JSON objects, in an array or in lines, that is being read.

    Args:
        path: Its path.
        is_compressed: Whether it is compressed by gzip.
        is_lines: Whether each line has an object.
    """

    def __init__(self, path: str, *, is_compressed: bool, is_lines: bool) -> None:
        self.path, self._is_compressed = path, is_compressed
        self._objects: list[Mapping[str, Any] | str] | None = None
        if not is_lines or self._begins_with_array():
            self._objects = self._read_all()  # None: it has lines after all
        is_list: dict[str, bool | None] = {}  # None: it has no values so far
        last, fault = 0, ""
        for number, values in self._numbered():
            last = number
            if isinstance(values, str):
                fault = fault or f": row {number}: {values}"
            else:
                for name, value in values.items():
                    if value is None:
                        is_list.setdefault(name)
                    else:
                        is_list[name] = is_list.get(name) is not False and isinstance(value, list)
            if len(is_list) > _MOST_KEYS:
                msg = f"{path}: the objects have more than {_MOST_KEYS:,} different keys"
                raise FileError(msg)
        if not is_list and last:
            msg = f"{path}: the file has no objects with values{fault}"
            raise FileError(msg)
        objects = {name[:end] for name in is_list for end in _points(name)}
        self._is_list = {
            name: bool(of_lists)
            for name, of_lists in is_list.items()
            if of_lists is not None or name not in objects
        }
        text, texts = pa.string(), pa.list_(pa.string())
        columns = [(name, texts if of_lists else text) for name, of_lists in self._is_list.items()]
        super().__init__(path, columns, last)

    def _open(self) -> Any:
        return gzip.open(self.path) if self._is_compressed else Path(self.path).open("rb")

    def _begins_with_array(self) -> bool:
        with closing(self._open()) as stream:
            try:
                begin: bytes = stream.read(_BLOCK)
            except GZIP_ERRORS as error:
                raise self._unreadable(error) from None
        return begin.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"[")

    def _read_all(self) -> list[Mapping[str, Any] | str] | None:
        with closing(self._open()) as stream:
            try:
                data = stream.read(_LARGEST_JSON + 1)
            except GZIP_ERRORS as error:
                raise self._unreadable(error) from None
        if len(data) > _LARGEST_JSON:
            msg = (
                f"{self.path}: JSON of more than {_LARGEST_JSON >> 20} MiB is read from lines "
                "only: write an object on each line, in a file that ends with .jsonl"
            )
            raise FileError(msg)
        try:
            content = _load(data.decode(json.detect_encoding(data)).removeprefix("\ufeff"))
        except json.JSONDecodeError as error:
            if error.msg == "Extra data" and data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
                return None
            raise self._unreadable(error) from None
        except (ValueError, RecursionError) as error:
            raise self._unreadable(error) from None
        if isinstance(content, dict):
            lists = [value for value in content.values() if _is_table(value)]
            if len(lists) > 1:
                names = [name for name, value in content.items() if _is_table(value)]
                msg = (
                    f"{self.path}: {', '.join(map(repr, names))} are all lists of objects: "
                    "give a file with one of them"
                )
                raise FileError(msg)
            content = lists[0] if lists else [] if _holds_nothing(content) else [content]
        if not isinstance(content, list):
            msg = f"{self.path}: the file has no list of objects"
            raise FileError(msg)
        for place, row in enumerate(content):  # in place, to save memory
            content[place] = _values(row)
        return content

    def _unreadable(self, error: Exception) -> FileError:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return FileError(f"{self.path}: the file cannot be read as JSON: {reason}")

    def rows(self) -> Iterator[Row]:
        for number, values in self._numbered():
            if isinstance(values, str):
                yield InvalidRow(number, values, [])
            elif any(value is not None for value in values.values()):
                yield number, [self._cell(values.get(name), name) for name in self._is_list]

    def _cell(self, value: Any, name: str) -> Any:
        is_text = not isinstance(value, list) or self._is_list[name]
        return value if is_text else json.dumps(value, ensure_ascii=False)

    def _numbered(self) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
        """The values of each row by name, or what is wrong with it; with its number."""
        if self._objects is not None:
            yield from enumerate(self._objects, start=1)
            return
        with closing(self._open()) as stream:
            number = 0
            try:
                encoding = json.detect_encoding(stream.read(4))
                stream.seek(0)
                lines = io.TextIOWrapper(stream, encoding, "surrogateescape")
                while line := lines.readline(_LONGEST_LINE):
                    number += 1
                    if len(line) == _LONGEST_LINE and not line.endswith("\n"):
                        msg = f"{self.path}, row {number}: the line is too long"
                        raise FileError(msg)
                    if text := line.strip("\ufeff \r\n\t"):
                        try:
                            yield number, _values(_load(text))
                        except (ValueError, RecursionError) as error:
                            yield number, _row_error(error)
            except GZIP_ERRORS as error:
                raise self._unreadable(error) from None


def _load(text: str) -> Any:
    """Read JSON; its numbers are text, as they are written."""
    return json.loads(
        text,
        parse_int=str,
        parse_float=str,
        parse_constant=lambda _: None,
        object_pairs_hook=_unique,
    )


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The values by name.

    Raises:
        ValueError: A name stands twice, so one of the values would be lost.
    """
    pairs = [*pairs]
    values = dict(pairs)
    if len(values) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        msg = f"the key {twice!r} stands twice in an object"
        raise ValueError(msg)
    return values


def _points(name: str) -> Iterator[int]:
    return (place for place, sign in enumerate(name) if sign == ".")


def _values(content: Any) -> Mapping[str, Any] | str:
    """The values of an object by name, or what is wrong with it."""
    if not isinstance(content, dict):
        return "the row is not an object of JSON"
    try:
        values = _unique(_flat(content, "", _DEEPEST))
        "".join([*values, *map(str, values.values())]).encode()
    except (ValueError, RecursionError) as error:
        return _row_error(error)
    return values


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _holds_nothing(content: Mapping[str, Any]) -> bool:
    """Whether an object is the frame of an empty list, and no row: it has no time."""
    lists = [value for value in content.values() if isinstance(value, list)]
    if not lists or any(lists):
        return False
    values = _values(content)
    texts = [] if isinstance(values, str) else filter(None, values.values())
    return not any(propose_forms([text]) for text in texts if isinstance(text, str))


def _row_error(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the row is nested too deeply"
    if isinstance(error, UnicodeError):
        return "the row has text that is not Unicode"
    return f"the row is not JSON: {error}"


def _flat(content: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    """The values of an object, and those of objects in it, as text or lists of text."""
    for key, value in content.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and value and depth > 1:
            yield from _flat(value, f"{name}.", depth - 1)
        elif isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
            yield name, [_text(item) for item in value]
        elif isinstance(value, dict | list):
            yield name, json.dumps(value, ensure_ascii=False)
        else:
            yield name, _text(value)


def _text(value: Any) -> str | None:
    """A plain value as text; None if it is missing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(abs(round(value.total_seconds())), 60)
        sign = "-" if value < timedelta(0) else ""
        return f"{sign}{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return None if value is None else str(value) or None


# Excel --------------------------------------------------------------------------------------------


class ExcelInput(RowsInput):
    """A sheet of an Excel workbook that is being read.

    Args:
        path: Its path.
        sheet: The name of the sheet. None: the first one with rows.
    """

    time_format = "excel"  # a number in a column of times is a date whose format was lost

    def __init__(self, path: str, sheet: str | None = None) -> None:
        require_extra("excel", "Excel workbooks need", "openpyxl")
        self.path = path
        with self._book() as book:
            tops = _tops(book, sheet)
            if sheet is not None and sheet not in tops:
                what = f"a sheet with rows of {path}"
                raise unknown_name(FileError, what, sheet, list(tops), option="--sheet")
            if not tops:
                msg = f"{path}: the workbook has no sheet with rows"
                raise FileError(msg)
            self._sheet = sheet or next(iter(tops))
            self._header, header = tops[self._sheet]
            others = [repr(name) for name in tops if name != self._sheet and not sheet]
            self.form = header_form(self._header)
            if others:
                shown = ", ".join(others[:_SHEETS_SHOWN]) + ", …" * (len(others) > _SHEETS_SHOWN)
                name = f"sheet {self._sheet!r}; --sheet reads another: {shown}"
                self.form = [*self.form, name]
            self._is_computed = not self._has_formulas_without_values()
            if book.epoch.year == _MAC_EPOCH:
                self.time_format = "excel-1904"
        super().__init__(path, [(heading, pa.string()) for heading in header], 1)

    @contextmanager
    def _book(self, *, with_formulas: bool = False) -> Iterator[Any]:
        """The workbook; errors of whatever kind that a broken one leads to are errors of the file.

        Args:
            with_formulas: Whether cells that are computed have their formulas, not their values.

        Raises:
            FileError: It cannot be read, or is larger than a workbook can be.
        """
        import openpyxl  # noqa: PLC0415 - an extra

        try:
            with zipfile.ZipFile(self.path) as parts:
                for part in parts.infolist():
                    is_sheet = part.filename.startswith("xl/worksheets/")
                    most = _MOST_PACKED * (part.compress_size + _BLOCK)
                    if part.file_size > (most if is_sheet else min(most, _LARGEST_PART)):
                        msg = f"{self.path}: the workbook is too large when it is unpacked"
                        raise FileError(msg)
            with warnings.catch_warnings():  # about what is not read, such as formats
                warnings.simplefilter("ignore")
                # A file of our own, as openpyxl leaves its own open when the workbook is broken.
                with (
                    Path(self.path).open("rb") as file,
                    closing(
                        openpyxl.load_workbook(file, read_only=True, data_only=not with_formulas)
                    ) as book,
                ):
                    yield book
        except (FileError, OSError):
            raise
        except zipfile.BadZipFile:
            msg = f"{self.path}: this is not a workbook: save it as .xlsx, without a password"
            raise FileError(msg) from None
        except Exception as error:  # noqa: BLE001 - openpyxl raises whatever a broken file leads to
            msg = f"{self.path}: the workbook cannot be read: {error!r}"
            raise FileError(msg) from None

    def rows(self) -> Iterator[Row]:
        width, count = len(self.schema.names), 0
        with self._book() as book:
            for number, values in enumerate(self._values(book), start=self._header + 1):
                count += max(width, len(values))
                if count > _MOST_CELLS:
                    most = f"{_MOST_CELLS:,}"
                    msg = f"{self.path}: the sheet has more than {most} cells: save it as .csv"
                    raise FileError(msg)
                cells = [_text(value) for value in values]
                if any(cells[width:]):
                    text = ", ".join(filter(None, cells))
                    message = wrong_width(len(_without_end(cells)), width, text)
                    yield InvalidRow(number, message, cells[:width])
                elif any(cells):
                    yield number, cells[:width] + [None] * (width - len(cells))

    def _values(self, book: Any) -> Iterator[Sequence[Any]]:
        """The values of the rows below the header."""
        if self._is_computed:
            yield from self._cells(book, values_only=True)
            return
        with self._book(with_formulas=True) as written:
            for row, formulas in zip(self._cells(book), self._cells(written), strict=True):
                yield [
                    _formula_text(formula.value) if _is_uncomputed(cell, formula) else cell.value
                    for cell, formula in zip(row, formulas, strict=True)
                ]

    def _cells(self, book: Any, *, values_only: bool = False) -> Iterator[Sequence[Any]]:
        sheet = book[self._sheet]
        sheet.reset_dimensions()
        rows: Iterator[Sequence[Any]] = sheet.iter_rows(
            min_row=self._header + 1, max_row=_LONGEST, values_only=values_only
        )
        return rows

    def _has_formulas_without_values(self) -> bool:
        """Whether there are formulas that no spreadsheet has computed yet: a program wrote them.

        They would be read as blank, and so as what has not happened.
        """
        with zipfile.ZipFile(self.path) as parts:
            return any(_has_uncomputed(parts.open(name)) for name in parts.namelist())


def _tops(book: Any, named: str | None) -> dict[str, tuple[int, list[str]]]:
    """The number of the header and the headings, by sheet with rows; hidden ones only if named."""
    tops: dict[str, tuple[int, list[str]]] = {}
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible" or sheet.title == named:
            sheet.reset_dimensions()  # which the file may state wrongly
            rows = sheet.iter_rows(max_row=_HEADER_WITHIN, values_only=True)
            texts = ([_text(value) or "" for value in cells] for cells in rows)
            filled = ((number, row) for number, row in enumerate(texts, start=1) if any(row))
            top = [(number, _without_end(row)) for number, row in islice(filled, HEADER_AMONG)]
            if top:
                tops[sheet.title] = top[find_header([row for _, row in top])]
    return tops


def _without_end(row: Sequence[Any]) -> list[Any]:
    """The cells of a row up to the last that is not empty."""
    cells = [*row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _is_uncomputed(cell: Any, formula: Any) -> bool:
    return (
        formula.data_type == "f"
        and cell.value is None
        and cell.data_type != "str"  # a text that was computed as empty
    )


def _formula_text(formula: Any) -> str:
    """A formula as text; one that fills several cells is an object."""
    return formula if isinstance(formula, str) else getattr(formula, "text", None) or "="


def _has_uncomputed(part: IO[bytes]) -> bool:
    """Whether the XML of a sheet has formulas without values."""
    with part as source:
        held = b""
        while block := source.read(_LARGEST_PART >> 6):
            data = held + block
            held = data[-_CELL_WITHIN:]
            for cell in _UNCOMPUTED.finditer(data) if b"<f" in data else ():
                if b't="str"' not in cell[1]:  # a text that was computed as empty
                    return True
    return False
