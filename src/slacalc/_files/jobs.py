"""Evaluate a file of tickets, or replay a file of events, without reading all of it into memory.

A chunk of the input is read, evaluated by `bulk`, counted, written and forgotten, so that memory
does not grow with the file. Each row ends up either in the output or, with its number and what is
wrong with it, in the file of errors. What is wrong with the file as a whole, such as a missing
column, ends the job.

A row of tickets can be evaluated by itself. The events of a ticket may be anywhere in a log, so a
log of up to a million rows is replayed at once; a longer one is first distributed to temporary
files by a hash of the ticket, and each of these is replayed at once.

This is one subject from options to results; `reading`, `times`, `writing` and `summary` are its
parts.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from slacalc._bulk.event_logs import AT, TICKET, TYPE
from slacalc._bulk.event_orders import ENDS, START, STOP, ColumnMachine
from slacalc._bulk.replay import replay
from slacalc._bulk.tickets import TicketColumns, deadlines_with, evaluate_with
from slacalc._clock.events import CHANGED, CREATED, VOCABULARY
from slacalc._clock.state_machine import Machine
from slacalc._clock.states import STATES
from slacalc._columns.categories import EncodedColumn, encode
from slacalc._columns.kernel import MISSING
from slacalc._files.atomic import STANDARD_OUTPUT
from slacalc._files.reading import Chunk, FileFormat, InvalidRow
from slacalc._files.summary import DEADLINE_KINDS, Summary
from slacalc._files.time_forms import (
    DESCRIBE_FORM,
    MISSING_TIME,
    NUMBER,
    FileError,
    describe_proposal,
    is_length,
    propose_forms,
)
from slacalc._files.times import plain_numbers, read_lengths, read_times, shown_time
from slacalc._files.writing import CsvWriter, as_text, is_text, open_writer, plain_kind
from slacalc._policy.matching import one_slip, plain_name
from slacalc._report.row_errors import ErrorKinds
from slacalc._time.instants import to_instant, to_utc
from slacalc._time.instants import zone as zone_of
from slacalc.errors import TimeZoneError, one_line, unknown_name

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Container,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from slacalc._columns.arithmetic import Integers
    from slacalc._files.atomic import Outputs
    from slacalc._files.reading import InputFile
    from slacalc._files.summary import SummaryPart
    from slacalc._files.times import ParsedTimes
    from slacalc._files.workers import Workers
    from slacalc._files.writing import CsvLayout, TableWriter
    from slacalc._policy.policy import Policy
    from slacalc._time.instants import Zone

AT_ONCE = 1_000_000  # rows of a log that are replayed together
_MOST_PARTITIONS = 256
_ENOUGH_TIMES = 10  # unreadable times that mean the column or the pattern is wrong, not the rows
_ERROR = "error"
_LOST = "events_in_error"
_MOST_TYPES = 8  # of events that a warning names
_MOST_VALUES = 1_000  # of a field and a chunk, among which misspelled ones are looked for
_SHORTEST_VALUE = 5  # letters of a value that others may be slips of
_ROW = "__row__"
_VERBS = {START: ("starts", "started"), STOP: ("stops", "stopped")}  # of the ends of metrics


class JobOptions(NamedTuple):
    """How a file is read and evaluated.

    Args:
        policy: The policy.
        as_of: The instant at which tickets are evaluated. None: of tickets, compute deadlines
            only; of logs, evaluate each ticket at its last event.
        columns: The file's names of columns, by the policy's names; None for a column that the file
            does not have.
        zone: The zone of times without an offset.
        time_format: The pattern of times, for `strptime`, or the name of a form of numbers. None:
            ISO 8601.
        missing: Texts that stand for a missing value.
        by: The attributes and columns by which the summary is grouped.
        lengths: The events whose column has the length since the ticket was created instead of a
            time, with the units of numbers.
    """

    policy: Policy
    as_of: datetime | str | None
    columns: Mapping[str, str | None]
    zone: Zone | None = None
    time_format: str | None = None
    missing: Sequence[str] = ()
    by: Sequence[str] = ()
    lengths: Mapping[str, str] = {}


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


# Columns and rows ---------------------------------------------------------------------------------


def _column_names(options: JobOptions, file: InputFile, known: Iterable[str]) -> dict[str, str]:
    """The names of the columns that the file has, by the policy's names.

    Raises:
        FileError: An option names a column that the policy, or the file, does not have.
    """
    words, names = [*known], file.schema.names
    for word, name in options.columns.items():
        if word not in words:
            what = "a column that the policy reads"
            raise unknown_name(FileError, what, word, words, option="--columns")
        if name is not None and name not in names:
            what = f"a column of {file.path}"
            raise unknown_name(FileError, what, name, names, option="--columns")
    called = {word: options.columns.get(word, word) for word in words}
    file.check_unambiguous([*filter(None, called.values()), *options.by])
    return {word: name for word, name in called.items() if name is not None and name in names}


def columns_option(word: str, name: str | None = "", /) -> str:
    """The option that names a column: None for one that a file does not have, empty for any."""
    own = f'"{name}"' if name and "," in name else "NAME" if name == "" else name or ""
    return f"--columns {shlex.quote(f'{word}={own}')}"


def _refuse_events(options: JobOptions, known: Iterable[str]) -> None:
    """Refuse an option for an event that only tickets that are evaluated have a column of."""
    events = TicketColumns.of(options.policy, for_evaluate=True).events
    for option, words in (("--columns", options.columns), ("--lengths", options.lengths)):
        for word in words:
            if word in events and word not in known:
                msg = f"{word!r} is read only with --as-of, the instant of evaluation"
                raise FileError(msg, option=option)


def _require_columns(file: InputFile, names: Mapping[str, str], required: Iterable[str]) -> None:
    """Refuse a file without a column that it must have."""
    if not file.schema.names:
        msg = f"{file.path}: the file has no objects with values"
        raise FileError(msg)
    for word in required:
        if word not in names:
            hint = f": if the column has another name, give {columns_option(word)}"
            hint = "; ".join([hint, *file.form])  # such as the sheet that is read, and others
            what, known = f"a column of {file.path}", file.schema.names
            raise unknown_name(FileError, what, word, known, hint=hint, option="--columns")


def _refuse_kinds(
    file: InputFile, names: Iterable[str | None], tags: Collection[str | None] = ()
) -> None:
    """Refuse columns whose values cannot be those of a field.

    Args:
        file: The file.
        names: The columns.
        tags: Those of them that may hold lists of texts.

    Raises:
        FileError: A column holds mappings, bytes, lengths of time or lists.
    """
    for name in names:
        kind = file.schema.field(name).type
        if name in tags and _is_list(kind) and is_text(kind.value_type):
            continue
        kind = plain_kind(kind)
        if pa.types.is_nested(kind) or pa.types.is_duration(kind) or "binary" in str(kind):
            msg = (
                f"{file.path}: the column {name!r} holds {kind}, which cannot be the value of a "
                "field: turn it into text, or exclude it with --columns"
            )
            raise FileError(msg, option="--columns")


def _is_list(kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _kinds_of_fields(policy: Policy) -> dict[str, set[str]]:
    """By attribute, and by field with a kind, its kinds in all versions of a policy."""
    kinds: dict[str, set[str]] = {}
    for version in policy.all_versions:
        for name, field in version.field_kinds.items():
            kinds.setdefault(name, set()).add(field.kind)
    return kinds


def _without(table: Any, rows: Iterable[int]) -> tuple[Any, Any]:
    """A table without some rows, and a mask of the rows that it keeps."""
    kept = np.ones(len(table), np.bool_)
    kept[[*rows]] = False
    return (table if kept.all() else table.filter(pa.array(kept))), kept


def _replace_column(table: Any, name: str, column: Any) -> Any:
    return table.set_column(table.schema.get_field_index(name), name, column)


def _invalid_rows(chunk: Chunk, errors: Mapping[int, str]) -> list[InvalidRow]:
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


def _field_values(column: Any) -> Any:
    """A column as values that a field can have; dates and times are text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        if pa.types.is_string(kind.value_type):
            return column
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_temporal(kind) or pa.types.is_null(kind):
        texts = [as_text(chunk) for chunk in column.chunks]
        return pa.chunked_array(texts, pa.string())
    return column


def _microseconds(column: Any) -> Any:
    """A column of timestamps as an array of instants; `MISSING` where there is none."""
    instants = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return pc.fill_null(instants, MISSING).to_numpy()


def _count_read(times: ParsedTimes) -> int:
    """How many instants of a column were read, supported or not."""
    return int(np.sum(times.values != MISSING)) + len(times.outside)


def _naive_error(name: str, value: Any) -> str:
    return (
        f"{name}: {shown_time(value)!r} has no offset: name the zone in which the times were "
        "read, as in --time-zone Europe/Berlin"
    )


class _ColumnReader:
    """Turns the columns of chunks into what `bulk` reads: instants and missing values.

    Args:
        file: The file.
        options: The options of the job.
        times: The columns of times, by the policy's names.
        others: Other columns in which a text may stand for a missing value.
        numbers: Those of them that have numbers.
        events: Which times may be given as lengths instead, by the policy's names.

    Attributes:
        unproven: The columns of which no time has been read yet.
    """

    def __init__(
        self,
        file: InputFile,
        options: JobOptions,
        times: Mapping[str, str],
        others: Iterable[str],
        *,
        numbers: Collection[str] = (),
        events: Collection[str] = (),
    ) -> None:
        self._path, self._options, self._times, self._events = file.path, options, times, events
        self._time_format = options.time_format or file.time_format
        self._decimal = file.decimal
        self._others = [*others]
        self._numbers = [name for name in numbers if is_text(file.schema.field(name).type)]
        self._lengths = {
            times[word]: unit for word, unit in options.lengths.items() if word in times
        }
        self.unproven = {*times.values()} - {*self._lengths}
        self._zones: dict[str, str] = {}
        for name in times.values():
            field = file.schema.field(name)
            if (
                name not in self._lengths
                and read_times(pa.array([], field.type), None, None) is None
            ):
                raise self._not_times(name, field.type)
            self._zones[name] = self._zone_of(field.type)

    def _not_times(self, name: str, kind: Any) -> FileError:
        words = [word for word, column in self._times.items() if column == name]
        msg = f"{self._path}: the column {name!r} ({words[0]}) holds {kind}, not times"
        if not {CREATED, AT} & {*words}:
            msg += f"; if it is something else, exclude it: {columns_option(words[0], None)}"
        return FileError(msg, option="--columns")

    def _zone_of(self, kind: Any) -> str:
        """The zone in which the instants of a column are written."""
        own = getattr(kind, "tz", None)
        if own is not None:
            try:
                return zone_of(own).name
            except TimeZoneError:  # a fixed offset such as +08:00
                pass
        return (self._options.zone or self._options.policy.matcher.zone).name

    def read(self, chunk: Chunk) -> tuple[Any, dict[int, str]]:
        """The table of a chunk with instants, and by row the errors of times that cannot be read.

        Raises:
            FileError: No time of a column can be read, or most have no offset and no zone is named.
        """
        table, errors = self._with_missing(chunk.table), dict[int, str]()
        times: dict[str, ParsedTimes] = {}
        for name in dict.fromkeys(self._times.values()):
            if name in self._lengths:
                created = times[self._times[CREATED]].values
                times[name] = read_lengths(table[name], self._lengths[name], created, self._decimal)
            elif parsed := read_times(table[name], self._options.zone, self._time_format):
                times[name] = parsed
        naive = sum(len(column.naive) for column in times.values())
        is_naive = naive > sum(_count_read(column) for column in times.values())
        for name, column in times.items():
            known = int(np.sum(table[name].is_valid()))
            if name in self.unproven and known:
                self._refuse_naive(chunk, name, column, is_naive=is_naive)
                self._refuse_unreadable(chunk, name, times, known)
            for place in column.naive.tolist():
                errors.setdefault(place, _naive_error(name, table[name][place]))
            for place, message in (column.errors | column.outside).items():
                errors.setdefault(place, f"{name}: {message}")
            kind = pa.timestamp("us", self._zones[name])
            instants = pa.array(column.values, pa.int64(), mask=column.values == MISSING)
            instants = instants.cast(pa.timestamp("us", "UTC")).cast(kind)
            table = _replace_column(table, name, instants)
        for name in self._numbers:
            column, wrong = plain_numbers(table[name], self._decimal)
            table = _replace_column(table, name, column)
            for place, message in wrong.items():
                errors.setdefault(place, f"{name}: {message}")
        return table, errors

    def _with_missing(self, table: Any) -> Any:
        """A table with the values that fields can have, and those that are missing."""
        times, texts = {*self._times.values()}, pa.array(self._options.missing, pa.string())
        columns = dict(zip(table.schema.names, table.columns, strict=True))
        for name in {*self._others, *times}:
            column = columns[name] if name in times else _field_values(columns[name])
            if len(texts) and pa.types.is_string(column.type):
                column = pc.if_else(pc.is_in(column, value_set=texts), None, column)
            columns[name] = column
        return pa.table(columns)

    def _refuse_naive(self, chunk: Chunk, name: str, times: ParsedTimes, *, is_naive: bool) -> None:
        """Refuse a column of naive times; a few among times with offsets are errors of their rows.

        Raises:
            FileError: Most times of the column have no offset, and either they are many, or most of
                the chunk has none (*is_naive*); and no zone is named.
        """
        if len(times.naive) <= _count_read(times):
            return
        place = int(times.naive[0])
        value = chunk.table[name][place]
        if len(times.naive) < _ENOUGH_TIMES and not is_naive and pa.types.is_string(value.type):
            return
        error = _naive_error(name, value)
        msg = f"{self._path}, row {chunk.numbers[place]}: {error}"
        raise FileError(msg, option="--time-zone")

    def _refuse_unreadable(
        self, chunk: Chunk, name: str, times: Mapping[str, ParsedTimes], known: int
    ) -> None:
        """Refuse a column whose times have another form, going by the first chunk that has some.

        Raises:
            FileError: Half of them or more cannot be read, and another form reads most of all, or
                they are lengths; or none can be read, and they are many or numbers.
        """
        errors = times[name].errors
        if self._time_format != self._options.time_format:  # a guess: its numbers may count others
            errors = errors | {
                place: message.partition(MISSING_TIME)[0]
                for place, message in times[name].outside.items()
                if re.match(NUMBER, shown_time(chunk.table[name][place]))
            }
        if 2 * len(errors) < known:
            self.unproven.discard(name)
            return
        unread = _distinct_texts(chunk.table[name].take(pa.array([*errors], pa.int64())))
        columns = [column for column in times if times[column].errors or column == name]
        texts = (text for column in columns for text in _distinct_texts(chunk.table[column]))
        forms = propose_forms(unread, texts)
        kind = chunk.table[name].type
        if not forms and len(errors) == known and not is_text(kind):
            raise self._not_times(name, kind)
        cure, option = describe_proposal(forms, unread), "--time-format"
        word = next(word for word, column in self._times.items() if column == name)
        if not forms and word in self._events and all(map(is_length, unread)):
            cure, option = (
                f": lengths since the creation are read by --lengths {word}=UNIT",
                "--lengths",
            )
        if cure or (len(errors) == known and known >= _ENOUGH_TIMES):
            place = min(errors)
            count = "none" if len(errors) == known else f"only {known - len(errors):,}"
            problem = errors[place].removesuffix(f"; {DESCRIBE_FORM}") if cure else errors[place]
            share = f"; and {count} of the first {known:,} times can be read" if known > 1 else ""
            msg = f"{self._path}, row {chunk.numbers[place]}: {name}: {problem}{share}{cure}"
            raise FileError(msg, option=option)
        if len(errors) < known:
            self.unproven.discard(name)


def _distinct_texts(column: Any) -> list[str]:
    texts: list[str] = column.drop_null().cast(pa.string()).unique().to_pylist()
    return texts


# Tickets ------------------------------------------------------------------------------------------


class _Answered(NamedTuple):
    """What became of a part of a file.

    Args:
        answers: The answers, as a table or as the texts of it.
        invalid: The rows in error.
        total: How many rows of tickets were read, or how many tickets of a log replayed.
        counted: What the summary adds.
        unproven: The columns of which no time has been read yet.
        first: For tickets, when the first of them was created, in microseconds.
        incomplete: For a log, how many tickets were replayed without events that are in error.
    """

    answers: Any
    invalid: list[InvalidRow]
    total: int
    counted: SummaryPart
    unproven: AbstractSet[str] = frozenset()
    first: int | None = None
    incomplete: int = 0


def _first_of(column: Any) -> int | None:
    """The earliest of some instants, in microseconds; None if there is none."""
    first: int | None = pc.min(column).cast(pa.int64()).as_py()
    return first


def _earlier(first: int | None, second: int | None) -> int | None:
    return min((each for each in (first, second) if each is not None), default=None)


def _warnings(path: str, options: JobOptions, rows: int, first: int | None) -> Iterator[str]:
    """What is probably a mistake in any file.

    Args:
        path: Its path.
        options: How it was evaluated.
        rows: How many rows it has.
        first: When its first ticket was created, in microseconds.
    """
    if not rows:
        yield f"{path} has no rows below its header: is it the right file?"
    if options.as_of and first is not None and first > to_instant(options.as_of):
        yield (
            f"all tickets were created after --as-of, the first at {to_utc(first).isoformat()}: "
            "nothing had happened by then; give a later instant, such as that of the export"
        )


def _laid_out(answers: Any, layout: CsvLayout | None) -> Any:
    return answers if layout is None else [*layout.texts(answers)]


class _TicketJob:
    """Evaluates the chunks of a file of tickets.

    Args:
        file: The file.
        options: The options of the job.
        more: Further columns that the options may name although the policy does not use them.
    """

    def __init__(self, file: InputFile, options: JobOptions, more: Iterable[str] = ()) -> None:
        self._options, self._schema, self._path = options, file.schema, file.path
        words = TicketColumns.of(options.policy, for_evaluate=options.as_of is not None)
        known = [CREATED, *words.attributes, *words.events, *more]
        if options.as_of is None:
            _refuse_events(options, known)
        self._names = _column_names(options, file, known)
        _require_columns(file, self._names, [CREATED])
        times = {
            word: self._names[word]
            for word in (CREATED, *words.dates, *words.events)
            if word in self._names
        }
        for word in options.lengths:
            if word not in words.events:
                what = "an event of the policy with a column"
                raise unknown_name(FileError, what, word, words.events, option="--lengths")
        self._attributes = {
            word: name for word, name in self._names.items() if word in words.attributes
        }
        others = [name for word, name in self._attributes.items() if word not in words.dates]
        by = [name for name in options.by if name in file.schema.names]
        kinds = _kinds_of_fields(options.policy)
        tags = [name for word, name in self._attributes.items() if "tags" in kinds[word]]
        _refuse_kinds(file, others, tags)
        _refuse_kinds(file, by)
        numbers = [name for word, name in self._attributes.items() if kinds[word] == {"number"}]
        self._reader = _ColumnReader(
            file, options, times, others, numbers=numbers, events=words.events
        )
        columns = [*self._attributes, *file.schema.names]
        answers = DEADLINE_KINDS if options.as_of is None else STATES
        self.summary = Summary(options.policy, options.by, columns, answers)
        self.layout: CsvLayout | None = None
        self.first: int | None = None

    def read(self, chunk: Chunk) -> tuple[Any, dict[int, str]]:
        """The table of a chunk with instants, and the errors by row."""
        return self._reader.read(chunk)

    def schema(self) -> Any:
        """The columns of the answers, with that of errors."""
        table, _ = self.read(Chunk.empty(self._schema))
        return self._evaluate(table).schema

    def answer(self, chunk: Chunk) -> _Answered:
        """The answers to the valid rows of a chunk, and the other rows."""
        table, errors = self.read(chunk)
        table, kept = _without(table, errors)
        places = np.flatnonzero(kept)
        answers = self._evaluate(table)
        messages = answers[_ERROR]
        if messages.null_count < len(messages):
            for place, message in enumerate(messages.to_pylist()):
                if message is not None:
                    errors[int(places[place])] = message
            answers = answers.filter(pc.is_null(messages))
        answers = answers.drop_columns([_ERROR])
        counted = self._count(answers)
        invalid = _invalid_rows(chunk, errors)
        return _Answered(
            _laid_out(answers, self.layout),
            invalid,
            len(chunk.numbers) + len(chunk.invalid),
            counted,
            self._reader.unproven,
            _first_of(table[self._names[CREATED]]),
        )

    def take_in(self, answered: _Answered) -> None:
        """Count what was answered; parts that follow may rely on what its times have proven."""
        self.summary.merge(answered.counted)
        self._reader.unproven &= answered.unproven
        self.first = _earlier(self.first, answered.first)

    def note(self, table: Any) -> None:
        """Note what is needed to know of the whole file: of its valid rows."""
        self.first = _earlier(self.first, _first_of(table[self._names[CREATED]]))

    def warnings(self, rows: int) -> Iterator[str]:
        """What is probably a mistake in the file, which has some rows."""
        yield from _warnings(self._path, self._options, rows, self.first)
        versions = self._options.policy.all_versions
        yield from dict.fromkeys(one for each in versions for one in self._lacking(each))

    def _lacking(self, policy: Policy) -> Iterator[str]:
        """What follows from columns that the file does not have, although nobody said so."""
        read, columns = {CREATED, *self._names}, self._options.columns
        unstarted = set[str]()
        for (metric, end), words in ColumnMachine.end_columns(policy.matcher).items():
            if end == STOP and (self._options.as_of is None or metric in unstarted):
                continue
            said = any(columns.get(word, word) is None for word in words)
            if said or not read.isdisjoint(words):
                continue
            unstarted.add(metric)
            verb, ended = _VERBS[end]
            events = ", ".join(words[:-1] or words)
            problem = (
                f"no column says when {metric} {verb} ({events}): none of its tickets counts "
                f"as {ended}"
            )
            near = self._near_heading([*words, metric])
            excluded = columns_option(words[0], None)
            if near is None:
                yield f"{problem}; give {columns_option(words[0])}, or {excluded} if there is none"
            else:
                named = columns_option(words[0], near)
                yield f"{problem}; if {near!r} says so, give {named}, otherwise {excluded}"

    def _near_heading(self, words: Iterable[str]) -> str | None:
        """A column that is not read and whose name contains one of some words."""
        used = {*self._names.values(), *self._options.by}
        unread = {name: plain_name(name) for name in self._schema.names if name not in used}
        near = (name for word in words for name in unread if plain_name(word) in unread[name])
        return next(near, None)

    def _evaluate(self, table: Any) -> Any:
        policy, as_of = self._options.policy, self._options.as_of
        columns: dict[str, str | None] = {**self._options.columns}
        if as_of is None:
            return deadlines_with(
                policy, table, columns=columns, errors="column", advise=columns_option
            )
        return evaluate_with(
            policy, table, as_of, (), columns=columns, errors="column", advise=columns_option
        )

    def _count(self, answers: Any) -> SummaryPart:
        summary = self.summary.blank()
        values = {
            word: encode(_field_values(answers[self._attributes.get(word, word)]))
            for word in summary.columns
        }
        groups = summary.groups(values, _microseconds(answers[self._names[CREATED]]))
        for metric in summary.metrics:
            if self._options.as_of is not None:
                kinds = encode(answers[f"{metric}_state"])
            else:
                has_due = pc.is_valid(answers[f"{metric}_due"]).to_numpy()
                provisional = pc.fill_null(answers[f"{metric}_provisional"], fill_value=False)
                codes = np.where(has_due, np.where(provisional.to_numpy(), 1, 0), 2)
                kinds = EncodedColumn(codes.astype(np.int32), [*DEADLINE_KINDS])
            summary.add(groups, metric, kinds)
        return summary.counted


def evaluate_tickets(
    file: InputFile,
    options: JobOptions,
    results: ResultFiles,
    workers: Workers,
    progress: Callable[[int], None],
) -> Outcome:
    """Evaluate a file of tickets.

    Args:
        file: The file.
        options: How it is read and evaluated.
        results: The files of answers and of errors, which are put in place in the end.
        workers: The processes that evaluate chunks of the file.
        progress: Is called with how much of the file is done, in the unit of ``file.total``.

    Raises:
        FileError, SlacalcError, OSError: The job cannot be done; then no file is put in place.
    """
    job = _TicketJob(file, options)
    schema = job.schema()
    results.begin(schema.remove(schema.get_field_index(_ERROR)), file)
    rows = 0
    if workers.count > 1:
        job.layout = results.layout
    for answered in workers.map(job.answer, file.chunks()):
        rows += answered.total
        job.take_in(answered)
        results.write(answered.answers)
        results.write_errors(answered.invalid)
        progress(file.done)
    results.finish()
    warnings = [*job.warnings(rows)]
    return Outcome(rows, results.error_count, results.kinds, job.summary, warnings=warnings)


# Logs ---------------------------------------------------------------------------------------------


class _LogPart(NamedTuple):
    """Some rows of a log.

    Args:
        original: The rows as they are in the file, to be shown with errors.
        events: The same rows with instants.
        numbers: The number of each row in the file.
        lost: How many events of their tickets are in error.
    """

    original: Any
    events: Any
    numbers: Any
    lost: Mapping[Any, int] = {}

    @classmethod
    def joined(cls, parts: Sequence[_LogPart]) -> _LogPart:
        return cls(
            pa.concat_tables([part.original for part in parts]),
            pa.concat_tables([part.events for part in parts]),
            np.concatenate([part.numbers for part in parts]),
        )

    def pieces(self, ticket: str, count: int) -> Iterator[_LogPart]:
        """The rows divided by ticket; the tickets are in their order over all pieces.

        Args:
            ticket: The column of tickets.
            count: How many pieces there are at most.
        """
        if count == 1:
            yield self
            return
        codes = encode(self.events[ticket]).codes
        _, first, places = np.unique(codes, return_index=True, return_inverse=True)
        numbers = np.empty(len(first), np.int64)
        numbers[np.argsort(first)] = np.arange(len(first)) * count // len(first)
        piece = numbers[places]
        for number in range(count):
            rows = np.flatnonzero(piece == number)
            if len(rows):
                yield _LogPart(self.original.take(rows), self.events.take(rows), self.numbers[rows])


def _listed(names: Iterable[str]) -> str:
    """The first of some names."""
    shown = [*map(repr, names)]
    return ", ".join(shown[:_MOST_TYPES]) + ", …" * (len(shown) > _MOST_TYPES)


def _is_near(value: str, named: str) -> bool:
    """Whether a value is another one but for capitals, blanks or a slip; digits make others."""
    if plain_name(value) == plain_name(named):
        return True
    is_long = len(named) >= _SHORTEST_VALUE
    return is_long and one_slip(value, named) and _digits(value) == _digits(named)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


class _LogJob:
    """Replays the parts of a log of events."""

    def __init__(self, file: InputFile, options: JobOptions) -> None:
        self._options, self._schema, self._path = options, file.schema, file.path
        names = file.schema.names
        # A log may have fields that the policy does not read, so any name is right.
        self._names = _column_names(options, file, [TICKET, AT, TYPE, *options.columns])
        versions = options.policy.all_versions
        fields = {name for each in versions for name in each.compiled(Machine).compiled.used_fields}
        file.check_unambiguous(options.columns.get(field, field) or "" for field in fields)
        _require_columns(file, self._names, [TICKET, AT])
        self.ticket, self._at = self._names[TICKET], self._names[AT]
        kinds = _kinds_of_fields(options.policy)
        used = {name: options.columns.get(name, name) for name in (TICKET, TYPE, *fields)}
        tags = [used[name] for name in fields if "tags" in kinds.get(name, {"tags"})]
        _refuse_kinds(file, [name for name in used.values() if name in names], tags)
        by = [options.columns.get(name, name) for name in options.by]
        _refuse_kinds(file, [name for name in by if name in names])
        others = [name for name in names if name != self._at]
        called = {used[name] for name in fields if kinds.get(name) == {"number"}}
        numbers = [name for name in names if name in called]
        self._reader = _ColumnReader(file, options, {AT: self._at}, others, numbers=numbers)
        self.summary = Summary(options.policy, options.by, [*options.columns, *names], STATES)
        self.layout: CsvLayout | None = None
        self.first: int | None = None
        # In a log without types, rows create their tickets or change them.
        self._types = dict.fromkeys(() if TYPE in self._names else (CREATED, CHANGED))
        self._known_types = {*VOCABULARY}.union(
            *(each.compiled(Machine).compiled.by_event for each in versions)
        )
        self._lost: Counter[Any] = Counter()  # events in error, by ticket
        self._conditions: dict[str, list[Container[Any]]] = {}  # by field, what is named of it
        for each in versions:
            for field, sets in each.compiled(Machine).compiled.field_sets().items():
                if used[field] in names and field not in each.attributes:
                    self._conditions.setdefault(field, []).extend(sets)
        self._columns_of_fields = {field: used[field] for field in self._conditions}
        self._near_values: dict[tuple[str, str], str] = {}

    def read(self, chunk: Chunk) -> tuple[Any, dict[int, str]]:
        """The table of a chunk with instants, and the errors by row."""
        table, errors = self._reader.read(chunk)
        if pa.types.is_dictionary(table[self.ticket].type):
            plain = table[self.ticket].cast(table[self.ticket].type.value_type)
            table = _replace_column(table, self.ticket, plain)
        for name in [self._names[word] for word in (TICKET, AT, TYPE) if word in self._names]:
            if table[name].null_count:
                for place in np.flatnonzero(pc.is_null(table[name]).to_numpy()).tolist():
                    errors.setdefault(place, f"{name} is missing")
        return table, errors

    def note(self, chunk: Chunk, events: Any, errors: Iterable[int]) -> None:
        """Note what is needed to know of the whole log: of its valid events, and of the others."""
        self.first = _earlier(self.first, _first_of(events[self._at]))
        if TYPE in self._names:
            types = pc.unique(events[self._names[TYPE]]).cast(pa.string()).to_pylist()
            # As many as a warning names, and one more; a wrong column may have any number.
            seen = self._known_types | {*self._types}
            unknown = [name for name in types if name not in seen]
            beyond = {*unknown[_MOST_TYPES + 1 - len(self._unknown_types) :]}
            self._types |= dict.fromkeys(name for name in types if name not in beyond)
        for field, sets in self._conditions.items():
            self._note_values(field, sets, events[self._columns_of_fields[field]])
        column, place = chunk.table[self.ticket], chunk.table.schema.get_field_index(self.ticket)
        self._lost.update(column.take(pa.array([*errors], pa.int64())).to_pylist())
        self._lost.update(row.cells[place] for row in chunk.invalid if len(row.cells) > place)
        del self._lost[None]

    def _note_values(self, field: str, sets: Sequence[Container[Any]], column: Any) -> None:
        """Note texts that no condition names, but one that is nearly the same."""
        if not is_text(column.type):
            return
        values = pc.unique(column).cast(pa.string())
        listed = (text for each in sets if isinstance(each, frozenset) for text in each)
        named = [text for text in listed if isinstance(text, str)]
        for value in values[:_MOST_VALUES].drop_null().to_pylist():
            if len(self._near_values) < _MOST_TYPES and not any(value in each for each in sets):
                near = next((text for text in named if _is_near(value, text)), None)
                if near is not None:
                    self._near_values[field, value] = near

    def warnings(self, rows: int) -> Iterator[str]:
        """What is probably a mistake in the log, which has some rows."""
        yield from _warnings(self._path, self._options, rows, self.first)
        if CREATED not in self._types and self._types:
            shown = _listed(self._types)
            likely = [name for name in self._types if one_slip(name, CREATED)]
            which = f"{likely[0]!r}" if likely else "the events that open tickets"
            yield (
                f"no event has the type 'created', but {shown}: a ticket is then opened at its "
                f"first event and without its fields; call {which} 'created', "
                "or give --columns type= to let the first row of a ticket create it"
            )
        versions = self._options.policy.all_versions
        yield from dict.fromkeys(one for each in versions for one in self._lacking(each))
        for (field, value), named in self._near_values.items():
            yield (
                f"the field {field} has the value {value!r}, which no condition of the policy "
                f"names; did you mean {named!r}?"
            )

    @property
    def _unknown_types(self) -> list[str]:
        return [name for name in self._types if name not in self._known_types]

    def _lacking(self, policy: Policy) -> Iterator[str]:
        """What follows from events that the log does not have, by types that may be meant."""
        unknown = self._unknown_types
        if not unknown and (TYPE in self._names or TYPE in self._options.columns):
            return
        hint = (
            f"; types that the policy does not know: {_listed(unknown)}"
            if unknown
            else ", since it has no column of types; if it has one, give "
            f"{columns_option(TYPE)}, otherwise {columns_option(TYPE, None)}"
        )
        compiled = policy.compiled(Machine).compiled
        by_fields = {
            (metric.name, signal) for metric in compiled.metrics for signal, _ in metric.clauses
        }
        for (metric, end), (*events, _) in ColumnMachine.end_columns(policy.matcher).items():
            needs_event = (metric, ENDS[end]) not in by_fields
            if needs_event and {CREATED, *self._types}.isdisjoint(events):
                verb, _ = _VERBS[end]
                yield f"no event of this log {verb} {metric} ({', '.join(events)}){hint}"

    def schema(self) -> Any:
        """The columns of the answers, with that of errors."""
        table, _ = self.read(Chunk.empty(self._schema))
        return _with_lost(self._replay(table), {})[0].schema

    def pieces(self, part: _LogPart, count: int) -> Iterator[_LogPart]:
        """The rows of a part divided by ticket, with how many events their tickets lack."""
        for piece in part.pieces(self.ticket, count):
            tickets = pc.unique(piece.events[self.ticket]).to_pylist() if self._lost else ()
            yield piece._replace(
                lost={name: self._lost[name] for name in tickets if name in self._lost}
            )

    def __getstate__(self) -> dict[str, Any]:
        """What processes need: not all events in error, of which each piece has its own."""
        return self.__dict__ | {"_lost": Counter()}

    def answer(self, part: _LogPart) -> _Answered:
        """The answers to whole tickets; if one cannot be replayed, all its rows are invalid."""
        answers = self._replay(part.events)
        messages = answers[_ERROR]
        errors: dict[int, str] = {}
        if messages.null_count < len(messages):
            wrong = answers.filter(pc.is_valid(messages))
            bad = dict(zip(wrong[TICKET].to_pylist(), wrong[_ERROR].to_pylist(), strict=True))
            tickets = part.events[self.ticket].to_pylist()
            errors = {place: bad[name] for place, name in enumerate(tickets) if name in bad}
            answers = answers.filter(pc.is_null(messages))
        answers, incomplete = _with_lost(answers.drop_columns([_ERROR]), part.lost)
        count, counted = self._count(part.events, answers)
        invalid = _invalid_rows(Chunk(part.original, part.numbers, []), errors)
        texts = _laid_out(answers, self.layout)
        return _Answered(texts, invalid, count, counted, incomplete=incomplete)

    def _replay(self, events: Any) -> Any:
        names = self._options.columns.items()
        return replay(
            self._options.policy,
            events,
            self._options.as_of,
            columns={word: name for word, name in names if name is not None or word == TYPE},
            errors="column",
        )

    def _count(self, events: Any, answers: Any) -> tuple[int, SummaryPart]:
        """Count the tickets, and all cycles by the last known values of their tickets."""
        summary = self.summary.blank()
        ordered = events.append_column(_ROW, pa.array(np.arange(len(events)))).sort_by(
            [(self._at, "ascending"), (_ROW, "ascending")]
        )
        names = {word: self._names.get(word, word) for word in summary.columns}
        columns = {
            name: encode(_field_values(ordered[name])) for name in dict.fromkeys(names.values())
        }
        codes = [pa.array(column.codes, mask=column.codes < 0) for column in columns.values()]
        places = [f"{_ROW}{place}" for place in range(len(codes))]
        ordered = pa.table(
            [ordered[self.ticket], ordered[self._at], *codes], [self.ticket, self._at, *places]
        )
        known = pc.ScalarAggregateOptions(skip_nulls=True)
        wanted = [(place, "last", known) for place in places]
        wanted.append((self._at, "first", known))
        tickets = ordered.group_by([self.ticket], use_threads=False).aggregate(wanted)
        rows = pc.index_in(answers[TICKET], tickets[self.ticket])
        last = {
            name: pc.fill_null(tickets[f"{place}_last"].take(rows), -1).to_numpy()
            for name, place in zip(columns, places, strict=True)
        }
        values = {
            word: EncodedColumn(last[name], columns[name].values) for word, name in names.items()
        }
        created = _microseconds(tickets[f"{self._at}_first"].take(rows))
        groups = summary.groups(values, created)
        summary.add(groups, encode(answers["metric"]), encode(answers["state"]))
        return len(tickets), summary.counted


def _with_lost(answers: Any, lost: Mapping[Any, int]) -> tuple[Any, int]:
    """Answers with the numbers of events that tickets lack, and how many tickets lack some."""
    tickets = answers[TICKET]
    rows = pc.index_in(tickets, pa.array([*lost], tickets.type))
    counts = pa.array([*lost.values()], pa.int64()).take(rows)
    incomplete = len(pc.unique(rows.drop_null()))
    return answers.append_column(_LOST, pc.fill_null(counts, 0)), incomplete


def replay_log(
    file: InputFile,
    options: JobOptions,
    results: ResultFiles,
    workers: Workers,
    progress: Callable[[int], None],
) -> Outcome:
    """Replay a log of events.

    Args:
        file: The file.
        options: How it is read and replayed.
        results: The files of answers and of errors, which are put in place in the end.
        workers: The processes that replay tickets.
        progress: Is called with how much of the file is done, in the unit of ``file.total``.

    Raises:
        FileError, SlacalcError, OSError: The job cannot be done; then no file is put in place.
    """
    if options.as_of is not None:
        to_instant(options.as_of)
    job = _LogJob(file, options)
    schema = job.schema()
    results.begin(schema.remove(schema.get_field_index(_ERROR)), file)
    rows = 0

    def parts() -> Iterator[_LogPart]:
        nonlocal rows
        for chunk in file.chunks():
            rows += len(chunk.numbers) + len(chunk.invalid)
            table, errors = job.read(chunk)
            results.write_errors(_invalid_rows(chunk, errors))
            events, kept = _without(table, errors)
            job.note(chunk, events, errors)
            original = chunk.table if kept.all() else chunk.table.filter(pa.array(kept))
            yield _LogPart(original, events, chunk.numbers[kept])
            progress(file.done)

    tickets = incomplete = 0
    if workers.count > 1:
        job.layout = results.layout
    for part in _with_whole_tickets(parts(), job.ticket, file, results.outputs):
        tables, invalid = [], list[InvalidRow]()
        for answered in workers.map(job.answer, job.pieces(part, workers.count)):
            tickets += answered.total
            incomplete += answered.incomplete
            job.summary.merge(answered.counted)
            invalid += answered.invalid
            if job.layout is None:  # what Parquet stores depends on how rows come to it
                tables.append(answered.answers)
            else:
                results.write(answered.answers)
        if tables:
            results.write(pa.concat_tables(tables).combine_chunks())
        results.write_errors(sorted(invalid))
    results.finish()
    warnings = [*job.warnings(rows)]
    return Outcome(
        rows, results.error_count, results.kinds, job.summary, tickets, incomplete, warnings
    )


def _with_whole_tickets(
    parts: Iterator[_LogPart], ticket: str, file: InputFile, outputs: Outputs
) -> Iterator[_LogPart]:
    """The rows of a log in parts that have whole tickets, and not too many rows each."""
    first: list[_LogPart] = []
    for part in parts:
        first.append(part)
        if sum(len(part.numbers) for part in first) > AT_ONCE:
            break
    else:
        if first:
            yield _LogPart.joined(first)
        return
    done = max(file.done / file.total, 1e-6) if file.total else 1
    estimate = sum(len(part.numbers) for part in first) / done
    count = min(_MOST_PARTITIONS, max(2, round(2 * estimate / AT_ONCE)))
    partitions = _Partitions(outputs.temporary_folder(), count, ticket)
    for part in first:
        partitions.add(part)
    first.clear()
    for part in parts:
        partitions.add(part)
    yield from partitions.parts()


class _Partitions:
    """Temporary files that the rows of a log are distributed to, by a hash of the ticket.

    Args:
        folder: The folder of the files.
        count: How many files there may be.
        ticket: The column of tickets.
    """

    def __init__(self, folder: Path, count: int, ticket: str) -> None:
        self._paths = [folder / f"{number}.parquet" for number in range(count)]
        self._writers: list[Any] = [None] * count
        self._ticket = ticket

    def add(self, part: _LogPart) -> None:
        """Distribute rows. The columns of a file are the original ones, the events, the numbers."""
        codes, values = encode(part.events[self._ticket])
        hashes = np.array([zlib.crc32(repr(value).encode()) for value in values], np.int64)
        partition = (hashes % len(self._paths))[codes] if len(values) else codes
        self._names = part.original.schema.names
        table = pa.Table.from_arrays(
            [*part.original.columns, *part.events.columns, pa.array(part.numbers)],
            [*(f"original{n}" for n in range(len(self._names))), *part.events.schema.names, _ROW],
        )
        for number in np.unique(partition).tolist():
            rows = table.filter(pa.array(partition == number))
            if self._writers[number] is None:
                self._writers[number] = pq.ParquetWriter(
                    self._paths[number], table.schema, compression="lz4"
                )
            self._writers[number].write_table(rows)

    def parts(self) -> Iterator[_LogPart]:
        """Read the files back one by one, and remove them."""
        for writer in self._writers:
            if writer is not None:
                writer.close()
        for path, writer in zip(self._paths, self._writers, strict=True):
            if writer is None:
                continue
            table, width = pq.read_table(path), len(self._names)
            original = table.select(range(width)).rename_columns(self._names)
            events = table.select(range(width, table.num_columns - 1))
            yield _LogPart(original, events, table[_ROW].to_numpy())
            path.unlink()


# Whole files --------------------------------------------------------------------------------------


class WholeFile(NamedTuple):
    """A file as one table.

    Args:
        table: Its valid rows, as an Arrow table.
        numbers: The number of each row in the file.
        invalid: The rows that could not be read.
        warnings: What is probably a mistake.
    """

    table: Any
    numbers: Integers
    invalid: list[InvalidRow]
    warnings: Sequence[str] = ()


def read_table(
    file: InputFile, options: JobOptions, progress: Callable[[int], None] = lambda _: None
) -> WholeFile:
    """Read a file of tickets or of events as one table with instants.

    Args:
        file: The file. It is a log if it has the columns ``ticket`` and ``at``.
        options: How it is read.
        progress: Takes how much of the file has been read.
    """
    names = {options.columns.get(word, word) for word in (TICKET, AT)}
    if not names <= {*file.schema.names}:
        # The tickets of a file may have a name, which a report shows.
        tickets = _TicketJob(file, options, [TICKET])
        whole = _read_whole(file, tickets.read, progress)
        tickets.note(whole.table)
        return whole._replace(warnings=[*tickets.warnings(len(whole.numbers) + len(whole.invalid))])
    log = _LogJob(file, options)
    whole = _read_whole(file, log.read, progress)
    log.note(Chunk.empty(file.schema), whole.table, ())
    return whole._replace(warnings=[*log.warnings(len(whole.numbers) + len(whole.invalid))])


def read_columns(
    file: InputFile,
    options: JobOptions,
    times: Iterable[str],
    numbers: Iterable[str],
    progress: Callable[[int], None] = lambda _: None,
) -> WholeFile:
    """Read a file of anything as one table.

    Args:
        file: The file.
        options: How it is read.
        times: The columns that have times, where the file has them.
        numbers: The columns that have numbers, where the file has them.
        progress: Takes how much of the file has been read.
    """
    if not file.schema.names:  # JSON without any objects
        columns = {name: pa.array([], pa.timestamp("us", "UTC")) for name in times}
        return WholeFile(pa.table(columns), Chunk.empty(file.schema).numbers, [])
    names = {name: name for name in times if name in file.schema.names}
    others = [name for name in file.schema.names if name not in names]
    own_numbers = [name for name in numbers if name in others]
    reader = _ColumnReader(file, options, names, others, numbers=own_numbers)
    return _read_whole(file, reader.read, progress)


def _read_whole(
    file: InputFile,
    read: Callable[[Chunk], tuple[Any, dict[int, str]]],
    progress: Callable[[int], None],
) -> WholeFile:
    empty = Chunk.empty(file.schema)
    tables, numbers, invalid = [read(empty)[0]], [empty.numbers], list[InvalidRow]()
    for chunk in file.chunks():
        table, errors = read(chunk)
        table, kept = _without(table, errors)
        tables.append(table)
        numbers.append(chunk.numbers[kept])
        invalid += _invalid_rows(chunk, errors)
        progress(file.done)
    return WholeFile(pa.concat_tables(tables), np.concatenate(numbers), invalid)
