"""Read the columns of files: which of them a job reads, and what `bulk` gets of them.

Columns have the names of the policy, or those that an option gives them. Times become instants, by
the form that an option names or the file has; numbers as people write them become plain ones; texts
that stand for a missing value are missing. What cannot be read is an error of its row, unless it
shows that the column, or an option, is wrong: then it ends the job.

Read next: `results`, which writes what a job makes of them.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from slacalc._bulk.event_logs import AT
from slacalc._bulk.tickets import TicketColumns
from slacalc._clock.events import CREATED
from slacalc._columns.kernel import MISSING
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
from slacalc._files.writing import as_text, is_text, plain_kind
from slacalc._time.instants import zone as zone_of
from slacalc.errors import TimeZoneError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from slacalc._files.reading import Chunk, InputFile
    from slacalc._files.times import ParsedTimes
    from slacalc._policy.policy import Policy
    from slacalc._time.instants import Zone

_ENOUGH_TIMES = 10  # unreadable times that mean the column or the pattern is wrong, not the rows


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


def column_names(options: JobOptions, file: InputFile, known: Iterable[str]) -> dict[str, str]:
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


def assume_columns(options: JobOptions, file: InputFile, keys: Iterable[str]) -> None:
    """Let a file without rows and columns, as JSON may be, have those that are to be read.

    Args:
        options: The options of the job.
        file: The file.
        keys: The columns that it must have.
    """
    if not file.schema.names:
        words = TicketColumns.of(options.policy, for_evaluate=True)
        columns = {word: word for word in (*keys, *words.attributes, *words.events)}
        file.assume_columns([*(columns | dict(options.columns)).values(), *options.by])


def columns_option(word: str, name: str | None = "", /) -> str:
    """The option that names a column: None for one that a file does not have, empty for any."""
    own = f'"{name}"' if name and "," in name else "NAME" if name == "" else name or ""
    return f"--columns {shlex.quote(f'{word}={own}')}"


def refuse_events(options: JobOptions, known: Iterable[str]) -> None:
    """Refuse an option for an event that only tickets that are evaluated have a column of."""
    events = TicketColumns.of(options.policy, for_evaluate=True).events
    for option, words in (("--columns", options.columns), ("--lengths", options.lengths)):
        for word in words:
            if word in events and word not in known:
                msg = f"{word!r} is read only with --as-of, the instant of evaluation"
                raise FileError(msg, option=option)


def require_columns(file: InputFile, names: Mapping[str, str], required: Iterable[str]) -> None:
    """Refuse a file without a column that it must have."""
    for word in required:
        if word not in names:
            hint = f": if the column has another name, give {columns_option(word)}"
            hint = "; ".join([hint, *file.form])  # such as the sheet that is read, and others
            what, known = f"a column of {file.path}", file.schema.names
            raise unknown_name(FileError, what, word, known, hint=hint, option="--columns")


def refuse_kinds(
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


def kinds_of_fields(policy: Policy) -> dict[str, set[str]]:
    """By attribute, and by field with a kind, its kinds in all versions of a policy."""
    kinds: dict[str, set[str]] = {}
    for version in policy.all_versions:
        for name, field in version.field_kinds.items():
            kinds.setdefault(name, set()).add(field.kind)
    return kinds


def without_rows(table: Any, rows: Iterable[int]) -> tuple[Any, Any]:
    """A table without some rows, and a mask of the rows that it keeps."""
    kept = np.ones(len(table), np.bool_)
    kept[[*rows]] = False
    return (table if kept.all() else table.filter(pa.array(kept))), kept


def replace_column(table: Any, name: str, column: Any) -> Any:
    return table.set_column(table.schema.get_field_index(name), name, column)


def field_values(column: Any) -> Any:
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


def microseconds(column: Any) -> Any:
    """A column of timestamps as an array of instants; `MISSING` where there is none."""
    instants = column.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return pc.fill_null(instants, MISSING).to_numpy()


class ColumnReader:
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
            table = replace_column(table, name, instants)
        for name in self._numbers:
            column, wrong = plain_numbers(table[name], self._decimal)
            table = replace_column(table, name, column)
            for place, message in wrong.items():
                errors.setdefault(place, f"{name}: {message}")
        return table, errors

    def _with_missing(self, table: Any) -> Any:
        """A table with the values that fields can have, and those that are missing."""
        times, texts = {*self._times.values()}, pa.array(self._options.missing, pa.string())
        columns = dict(zip(table.schema.names, table.columns, strict=True))
        for name in {*self._others, *times}:
            column = columns[name] if name in times else field_values(columns[name])
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


def _count_read(times: ParsedTimes) -> int:
    """How many instants of a column were read, supported or not."""
    return int(np.sum(times.values != MISSING)) + len(times.outside)


def _naive_error(name: str, value: Any) -> str:
    return (
        f"{name}: {shown_time(value)!r} has no offset: name the zone in which the times were "
        "read, as in --time-zone Europe/Berlin"
    )


def _distinct_texts(column: Any) -> list[str]:
    texts: list[str] = column.drop_null().cast(pa.string()).unique().to_pylist()
    return texts
