"""Open files of tables for reading, whatever their format.

The ending of its name says what a file is: CSV, Parquet, JSON, JSON lines or an Excel workbook.

Read next: `columns`, which reads the columns of what is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from slacalc._files.reading import FOR_EXCEL, CsvInput, FileFormat, ParquetInput
from slacalc._files.row_files import ExcelInput, JsonInput
from slacalc._files.time_forms import FileError

if TYPE_CHECKING:
    from slacalc._files.reading import InputFile


def open_input(
    path: str,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    decimal: str | None = None,
) -> InputFile:
    """Open a file and read the names and types of its columns.

    Args:
        path: The path of the file.
        delimiter: The character between the fields of CSV. Default: as the file shows.
        encoding: The encoding of CSV. Default: as the file shows.
        sheet: The sheet of a workbook. Default: the first with rows.
        decimal: The sign before the decimals of numbers in CSV. Default: as the file suggests.

    Raises:
        FileError, OSError: It cannot be read.
        MissingExtraError: It is a workbook, and the extra ``excel`` is not installed.
    """
    if path == "-" or (Path(path).exists() and not (Path(path).is_file() or Path(path).is_dir())):
        msg = f"{path}: pipes and devices can be read once, and a file is read twice: save it first"
        raise FileError(msg)
    file_format = FileFormat.of_name(path, delimiter)
    if sheet is not None and file_format.kind != "excel":
        msg = f"{path}: only Excel workbooks have sheets"
        raise FileError(msg, option="--sheet")
    if decimal is not None and file_format.kind != "csv":
        msg = (
            f"{path}: the sign before decimals is chosen for CSV alone: elsewhere, turn text into "
            "numbers"
        )
        raise FileError(msg, option="--decimal")
    if file_format.kind == "parquet":
        return ParquetInput(path)
    if file_format.kind == "excel":
        return ExcelInput(path, sheet)
    if file_format.kind in ("json", "jsonl"):
        return JsonInput(
            path, is_compressed=file_format.is_compressed, is_lines=file_format.kind == "jsonl"
        )
    encoding = None if encoding == FOR_EXCEL else encoding
    return CsvInput(path, file_format, delimiter, encoding, decimal)
