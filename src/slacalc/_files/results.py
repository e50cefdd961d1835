"""Write the results of a job: answers to one file, and rows in error to another.

A row in error has its number in the file, what is wrong with it, and its fields as they were read.

Read next: `jobs`.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from slacalc._files.atomic import STANDARD_OUTPUT
from slacalc._files.reading import FileFormat, InvalidRow
from slacalc._files.writing import CsvWriter, as_text, open_writer
from slacalc._report.row_errors import ErrorKinds
from slacalc.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from slacalc._files.atomic import Outputs
    from slacalc._files.reading import Chunk, InputFile
    from slacalc._files.summary import Summary
    from slacalc._files.writing import CsvLayout, TableWriter


class Outcome(NamedTuple):
    """What a job did.

    Args:
        rows: How many rows were read, without blank ones.
        errors: How many rows were written to the file of errors.
        kinds: What is wrong with them.
        summary: What was counted.
        tickets: For a log, how many tickets were replayed.
        incomplete: For a log, how many of them were replayed without events that are in error.
        warnings: What is probably a mistake.
    """

    rows: int
    errors: int
    kinds: ErrorKinds
    summary: Summary
    tickets: int | None = None
    incomplete: int = 0
    warnings: Sequence[str] = ()


class ResultFiles:
    """The two files that a job writes: answers, and rows in error.

    Args:
        outputs: Puts the files in place when the job is done.
        path: The path of the answers.
        errors_path: The path of the rows in error. None: a file beside the answers, which is
            written only if there are any.
        delimiter: The character between the fields of CSV.
        guards: Whether texts of CSV that begin like a formula begin with an apostrophe instead.
            None: those of files do, which a spreadsheet may open.
        for_excel: Whether CSV is written as Excel opens it.
        said: Puts the messages of rows in error into the language of the reader.
    """

    def __init__(
        self,
        outputs: Outputs,
        path: str,
        errors_path: str | None,
        delimiter: str | None,
        *,
        guards: bool | None = None,
        for_excel: bool = False,
        said: Callable[[str], str] = str,
    ) -> None:
        self.outputs, self.path, self._said = outputs, path, said
        self._guards = path != STANDARD_OUTPUT if guards is None else guards
        self._guards_errors = guards is not False
        answers_format = (
            FileFormat("csv", delimiter or ",")
            if path == STANDARD_OUTPUT
            else FileFormat.of_name(path, delimiter)
        )
        self._format = answers_format._replace(for_excel=for_excel)
        self.errors_path = errors_path or f"{path}.errors.csv"
        self._always_has_errors_file = errors_path is not None
        errors_format = (
            FileFormat("csv", self._format.delimiter)
            if errors_path is None
            else FileFormat.of_name(errors_path, delimiter)
        )
        self._errors_format = errors_format._replace(for_excel=for_excel)
        self._answers: TableWriter | None = None
        self._errors: TableWriter | None = None
        self.error_count = 0
        self.kinds = ErrorKinds()

    def begin(self, schema: Any, source: InputFile) -> None:
        """Open the files.

        Args:
            schema: The columns of the answers.
            source: The file that is read; its columns are those of a row in error, after its number
                and error.
        """
        for path in (self.path, self.errors_path):
            if path != STANDARD_OUTPUT and Path(path).is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        names = source.schema.names
        heads = [_unused("row", names), _unused("error", names), *names]
        self._error_schema = pa.schema([(name, pa.string()) for name in heads])
        self._headings = source.headings
        file = self.outputs.open(self.path)
        self._answers = open_writer(
            file, self.path, self._format, schema, self._headings, guards=self._guards
        )
        if self._always_has_errors_file:
            self._open_errors()

    def _open_errors(self) -> TableWriter:
        if self._errors is None:
            file = self.outputs.open(self.errors_path)
            self._errors = open_writer(
                file,
                self.errors_path,
                self._errors_format,
                self._error_schema,
                self._headings,
                guards=self._guards_errors,
            )
        return self._errors

    @property
    def layout(self) -> CsvLayout | None:
        """How answers become what is written; None for a file that is not CSV."""
        return self._answers.layout if isinstance(self._answers, CsvWriter) else None

    def write(self, answers: Any) -> None:
        """Write a table of answers, or the texts that `layout` made of one."""
        if isinstance(self._answers, CsvWriter) and isinstance(answers, list):
            self._answers.write_texts(answers)
        elif self._answers is not None and len(answers):
            self._answers.write(answers)

    def write_errors(self, invalid: Sequence[InvalidRow]) -> None:
        """Write rows in error."""
        if not invalid:
            return
        width = len(self._error_schema.names) - 2
        said = {message: self._said(message) for message in {row.message for row in invalid}}
        rows = [
            [str(row.row), said[row.message], *row.cells, *[None] * (width - len(row.cells))]
            for row in invalid
        ]
        arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        self._open_errors().write(pa.Table.from_arrays(arrays, schema=self._error_schema))
        self.error_count += len(invalid)
        self.kinds.add((row.row, row.message) for row in invalid)

    @property
    def guarded(self) -> int:
        """How many texts begin with an apostrophe, so that no spreadsheet runs them."""
        return sum(writer.guarded for writer in (self._answers, self._errors) if writer)

    def finish(self) -> None:
        """Complete the files and put them in place."""
        for writer in (self._answers, self._errors):
            if writer is not None:
                writer.finish()
        if self._errors is None and self.path != STANDARD_OUTPUT:
            self.outputs.remove_on_commit(self.errors_path)
        self.outputs.commit()


def _unused(name: str, used: Iterable[str]) -> str:
    """A name for a column that is not used yet."""
    names = {*used}
    while name in names:
        name += "_"
    return name


def invalid_rows(chunk: Chunk, errors: Mapping[int, str]) -> list[InvalidRow]:
    """The invalid rows of a chunk, in order, with those that have an error."""
    rows = [*chunk.invalid]
    for place, message in errors.items():
        row = chunk.table.slice(place, 1).combine_chunks()
        texts = (as_text(column.combine_chunks()) for column in row.columns)
        cells = [text[0].as_py() for text in texts]
        rows.append(InvalidRow(int(chunk.numbers[place]), message, cells))
    lines = {message: one_line(message) for message in {row.message for row in rows}}
    rows = [
        row if lines[row.message] == row.message else row._replace(message=lines[row.message])
        for row in rows
    ]
    return sorted(rows, key=lambda row: row.row)
