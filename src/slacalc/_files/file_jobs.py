"""The two jobs over files: tickets judged row by row, and logs replayed ticket by ticket.

A row of tickets stands for itself, so a piece of the file is judged as it comes. The events of a
ticket may stand anywhere in a log. One that fits into a million rows is replayed at once; a longer
one is first dealt out into files beside the output, by a hash of the ticket, each of which fits.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from slacalc._bulk.event_logs import AT, TICKET, TYPE
from slacalc._bulk.replay import replay
from slacalc._bulk.tickets import TicketColumns, deadlines, evaluate
from slacalc._clock.events import CHANGED, CREATED
from slacalc._columns.categories import EncodedColumn, encode
from slacalc._columns.kernel import MISSING
from slacalc._files.jobs import Cleaner, Outcome, bad_rows
from slacalc._files.reading import Piece
from slacalc._files.summary import DATED, Tally, Traits
from slacalc._files.times import FileError
from slacalc._time.instants import to_instant
from slacalc.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from slacalc._files.atomic import Outputs
    from slacalc._files.jobs import Bar, JobOptions, Results
    from slacalc._files.reading import Bad, Source

AT_ONCE = 1_000_000  # rows of a log that are replayed together
_MOST_PARTS = 256
_ERROR = "error"
_ROW = "__row__"
_TEXTS = [pa.field("metric", pa.string()), pa.field("state", pa.string())]


def _called(asked: JobOptions, source: Source, words: Iterable[str]) -> dict[str, str]:
    """The names of the columns that are there, by the policy's words.

    Raises:
        FileError: A word or a column that was named is not there.
    """
    known, names = [*words], source.schema.names
    for word, name in asked.columns.items():
        if word not in known:
            clause, _ = did_you_mean(word, known)
            msg = f"the policy asks for no {word!r}{clause}; it asks for {', '.join(known)}"
            raise FileError(msg, option="--columns")
        if name is not None and name not in names:
            clause, _ = did_you_mean(name, names)
            msg = f"{source.path} has no column {name!r}{clause}; it has {', '.join(names)}"
            raise FileError(msg, option="--columns")
    found = {word: asked.columns.get(word, word) for word in known}
    return {word: name for word, name in found.items() if name is not None and name in names}


def _demand(source: Source, called: Mapping[str, str], words: Iterable[str]) -> None:
    """Refuse a file that lacks a column it has to have."""
    for word in words:
        if word not in called:
            clause, _ = did_you_mean(word, source.schema.names)
            msg = (
                f"{source.path} has no column {word!r}{clause}: name the one that has it, as in "
                f"--columns {word}=NAME; there are {', '.join(source.schema.names)}"
            )
            raise FileError(msg, option="--columns")


def _kept(table: Any, places: Iterable[int]) -> tuple[Any, Any]:
    """A table without some rows, and which rows are kept."""
    kept = np.ones(len(table), np.bool_)
    kept[[*places]] = False
    return (table if kept.all() else table.filter(pa.array(kept))), kept


# Tickets ------------------------------------------------------------------------------------------


class _Tickets:
    """A file of tickets, while it is judged.

    Args:
        source: The file.
        asked: What is asked of it.
        more: Columns that may be named although the policy asks for none of them.
    """

    def __init__(self, source: Source, asked: JobOptions, more: Iterable[str] = ()) -> None:
        self._asked, self._source = asked, source
        is_judged = asked.as_of is not None
        words = TicketColumns.of(asked.policy, is_judged=is_judged)
        known = [CREATED, *words.attributes, *words.events, *more]
        self._called = _called(asked, source, known)
        _demand(source, self._called, [CREATED])
        times = {
            word: self._called[word] for word in (CREATED, *words.events) if word in self._called
        }
        columns = {word: name for word, name in self._called.items() if word in words.attributes}
        self._cleaner = Cleaner(source, asked, times, columns.values())
        self._traits = Traits(asked.policy, asked.by, [*columns, *source.schema.names])
        self._columns = columns
        self.tally = Tally(asked.policy, asked.by)

    def clean(self, piece: Piece) -> tuple[Any, dict[int, str]]:
        """A piece with instants, and by place the rows that cannot be taken."""
        return self._cleaner.clean(piece)

    def judge(self, table: Any) -> Any:
        """A table with its answers, and a column of errors."""
        asked = self._asked
        columns: dict[str, str | None] = {**asked.columns}
        if asked.as_of is None:
            return deadlines(asked.policy, table, columns=columns, errors="column")
        return evaluate(asked.policy, table, asked.as_of, columns=columns, errors="column")

    def schema(self) -> Any:
        """The columns of the answers."""
        empty = Piece(self._source.schema.empty_table(), np.zeros(0, np.int64), [])
        table, _ = self._cleaner.clean(empty)
        return self.judge(table).schema

    def piece(self, piece: Piece) -> tuple[Any, dict[int, str]]:
        """The good rows of a piece judged, and by place what is wrong with the others."""
        table, wrong = self._cleaner.clean(piece)
        table, kept = _kept(table, wrong)
        places = np.flatnonzero(kept)
        judged = self.judge(table)
        error = judged[_ERROR]
        if error.null_count < len(error):
            for place, message in enumerate(error.to_pylist()):
                if message is not None:
                    wrong[int(places[place])] = message
            judged = judged.filter(pc.is_null(error))
        judged = judged.drop_columns([_ERROR])
        self._count(judged)
        return judged, wrong

    def _count(self, judged: Any) -> None:
        name = self._called[CREATED]
        created = judged[name].cast(pa.timestamp("us", "UTC")).cast(pa.int64())
        created = pc.fill_null(created, MISSING).to_numpy()
        given = {
            word: encode(judged[self._columns.get(word, word)]) for word in self._traits.columns
        }
        groups = self._traits.of(given, created)
        for metric in self._asked.metrics:
            if self._asked.as_of is not None:
                kinds = encode(judged[f"{metric}_state"])
            else:
                due = pc.is_valid(judged[f"{metric}_due"]).to_numpy()
                provisional = pc.fill_null(judged[f"{metric}_provisional"], fill_value=False)
                codes = np.where(due, np.where(provisional.to_numpy(), 1, 0), 2)
                kinds = EncodedColumn(codes.astype(np.int32), [*DATED])
            self.tally.add(groups, metric, kinds)


def judge_tickets(source: Source, asked: JobOptions, results: Results, bar: Bar) -> Outcome:
    """Judge a file of tickets.

    Args:
        source: The file.
        asked: What is asked of it.
        results: Where answers and errors are written; they take their places in the end.
        bar: Is told how far the job is.

    Raises:
        FileError, SlacalcError, OSError: The job cannot be done; then nothing takes its place.
    """
    job = _Tickets(source, asked)
    schema = job.schema()
    results.begin(schema.remove(schema.get_field_index(_ERROR)), source.schema.names)
    bar.begin("judging", source.total, source.unit)
    rows = 0
    for piece in source.pieces():
        judged, wrong = job.piece(piece)
        rows += len(piece.rows) + len(piece.bad)
        results.write(judged)
        results.tell(bad_rows(piece, wrong))
        bar.reach(source.done)
    results.finish()
    return Outcome(rows, results.count, results.examples, job.tally)


# Logs ---------------------------------------------------------------------------------------------


class _JobPart(NamedTuple):
    """A part of a log, which has whole tickets.

    Args:
        given: Its rows as they stood in the file, and the number of each.
        clean: The same with instants.
    """

    given: Any
    clean: Any
    rows: Any


class _Log:
    """A log of events, while it is replayed."""

    def __init__(self, source: Source, asked: JobOptions) -> None:
        self._asked, self._source = asked, source
        names = source.schema.names
        free = [name for name in names if name not in asked.columns.values()]
        self._called = _called(
            asked, source, dict.fromkeys([TICKET, AT, TYPE, *asked.columns, *free])
        )
        _demand(source, self._called, [TICKET, AT])
        fields = [name for name in names if name != self._called[AT]]
        self._cleaner = Cleaner(source, asked, {AT: self._called[AT]}, fields)
        self._traits = Traits(asked.policy, asked.by, [*asked.columns, *names])
        self.tally, self.tickets = Tally(asked.policy, asked.by), 0

    def clean(self, piece: Piece) -> tuple[Any, dict[int, str]]:
        """A piece with instants, and by place the rows that cannot be taken."""
        table, wrong = self._cleaner.clean(piece)
        for name in [self._called[word] for word in (TICKET, AT, TYPE) if word in self._called]:
            if table[name].null_count:
                for place in np.flatnonzero(pc.is_null(table[name]).to_numpy()).tolist():
                    wrong.setdefault(place, f"{name} is missing")
        return table, wrong

    def typed(self, table: Any) -> Any:
        """A table with types; in a log without, the first row of a ticket opens it."""
        if TYPE in self._called:
            return table
        ticket, at = self._called[TICKET], self._called[AT]
        plain = pa.table({TICKET: table[ticket], AT: table[at], _ROW: np.arange(len(table))})
        ordered = plain.sort_by([(AT, "ascending"), (_ROW, "ascending")])
        first = ordered.group_by([TICKET], use_threads=False).aggregate([(_ROW, "first")])
        types = np.full(len(table), CHANGED, object)
        types[first[f"{_ROW}_first"].to_numpy()] = CREATED
        return table.append_column(TYPE, pa.array(types, pa.string()))

    def replay(self, table: Any) -> Any:
        """The answers to a table of whole tickets, with a column of errors."""
        return replay(
            self._asked.policy,
            self.typed(table),
            self._asked.as_of,
            columns={word: name for word, name in self._asked.columns.items() if name is not None},
            errors="column",
        )

    def schema(self) -> Any:
        """The columns of the answers."""
        empty = Piece(self._source.schema.empty_table(), np.zeros(0, np.int64), [])
        return self.replay(self.clean(empty)[0]).schema

    def answers(self, table: Any) -> tuple[Any, dict[Any, str]]:
        """What came of the tickets of a table, and which of them cannot be judged, and why."""
        told = self.replay(table)
        error = told[_ERROR]
        bad: dict[Any, str] = {}
        if error.null_count < len(error):
            wrong = told.filter(pc.is_valid(error))
            name = _ERROR
            bad = dict(zip(wrong[TICKET].to_pylist(), wrong[name].to_pylist(), strict=True))
            told = told.filter(pc.is_null(error))
        told = told.drop_columns([_ERROR])
        self._count(table, told)
        return told, bad

    def _count(self, table: Any, told: Any) -> None:
        """Count the last cycle of each metric, by what the ticket was in the end."""
        ticket = self._called[TICKET]
        order = table.append_column(_ROW, pa.array(np.arange(len(table)))).sort_by(
            [(self._called[AT], "ascending"), (_ROW, "ascending")]
        )
        wanted = {word: self._called.get(word, word) for word in self._traits.columns}
        skip = pc.ScalarAggregateOptions(skip_nulls=True)
        asks = [(name, "last", skip) for name in dict.fromkeys(wanted.values())]
        asks.append((self._called[AT], "first", skip))
        last = order.group_by([ticket], use_threads=False).aggregate(asks)
        self.tickets += len(last)
        plain = pa.table({name: told[name] for name in (TICKET, "metric", "state")})
        plain = plain.cast(pa.schema([plain.schema.field(0), *_TEXTS]))  # it groups no dictionaries
        latest = plain.group_by([TICKET, "metric"], use_threads=False).aggregate(
            [("state", "last")]
        )
        where = pc.index_in(latest[TICKET], last[ticket])
        state, metric = encode(latest["state_last"]), encode(latest["metric"])
        given = {word: encode(last[f"{name}_last"].take(where)) for word, name in wanted.items()}
        opened = last[f"{self._called[AT]}_first"].take(where).cast(pa.timestamp("us", "UTC"))
        created = pc.fill_null(opened.cast(pa.int64()), MISSING).to_numpy()
        self.tally.add(self._traits.of(given, created), metric, state)


def judge_log(source: Source, asked: JobOptions, results: Results, bar: Bar) -> Outcome:
    """Replay a log of events.

    Args:
        source: The file.
        asked: What is asked of it.
        results: Where answers and errors are written; they take their places in the end.
        bar: Is told how far the job is.

    Raises:
        FileError, SlacalcError, OSError: The job cannot be done; then nothing takes its place.
    """
    if asked.as_of is not None:
        to_instant(asked.as_of)
    job = _Log(source, asked)
    schema = job.schema()
    results.begin(schema.remove(schema.get_field_index(_ERROR)), source.schema.names)
    bar.begin("reading", source.total, source.unit)
    rows = 0

    def pieces() -> Iterator[_JobPart]:
        nonlocal rows
        for piece in source.pieces():
            rows += len(piece.rows) + len(piece.bad)
            table, wrong = job.clean(piece)
            results.tell(bad_rows(piece, wrong))
            clean, kept = _kept(table, wrong)
            given = piece.table if kept.all() else piece.table.filter(pa.array(kept))
            yield _JobPart(given, clean, piece.rows[kept])
            bar.reach(source.done)

    for part in _whole(pieces(), job._called[TICKET], source, results.outputs):
        told, bad = job.answers(part.clean)
        results.write(told)
        if bad:
            _tell(part, job._called[TICKET], bad, results)
    results.finish()
    return Outcome(rows, results.count, results.examples, job.tally, job.tickets)


def _tell(part: _JobPart, ticket: str, bad: Mapping[Any, str], results: Results) -> None:
    """Write all rows of the tickets that cannot be judged aside."""
    names = part.clean[ticket].to_pylist()
    wrong = {place: bad[name] for place, name in enumerate(names) if name in bad}
    results.tell(bad_rows(Piece(part.given, part.rows, []), wrong))


def _joined(parts: Sequence[_JobPart]) -> _JobPart:
    return _JobPart(
        pa.concat_tables([part.given for part in parts]),
        pa.concat_tables([part.clean for part in parts]),
        np.concatenate([part.rows for part in parts]),
    )


def _whole(
    parts: Iterator[_JobPart], ticket: str, source: Source, outputs: Outputs
) -> Iterator[_JobPart]:
    """The parts of a log put together so that each has whole tickets, and not too many rows."""
    held: list[_JobPart] = []
    for part in parts:
        held.append(part)
        if sum(len(one.rows) for one in held) > AT_ONCE:
            break
    else:
        if held:
            yield _joined(held)
        return
    done = max(source.done / source.total, 1e-6) if source.total else 1
    about = sum(len(one.rows) for one in held) / done
    count = min(_MOST_PARTS, max(2, round(2 * about / AT_ONCE)))
    deck = _PieceReader(outputs.folder(), count, ticket)
    for part in held:
        deck.deal(part)
    held.clear()
    for part in parts:
        deck.deal(part)
    yield from deck.hands()


class _PieceReader:
    """Rows dealt out into files, by a hash of the ticket."""

    def __init__(self, folder: Path, count: int, ticket: str) -> None:
        self._paths = [folder / f"{number}.parquet" for number in range(count)]
        self._writers: list[Any] = [None] * count
        self._ticket, self._width = ticket, 0

    def deal(self, part: _JobPart) -> None:
        """Deal out some rows."""
        codes, values = encode(part.clean[self._ticket])
        hashes = np.array([zlib.crc32(repr(value).encode()) for value in values], np.int64)
        places = (hashes % len(self._paths))[codes] if len(values) else codes
        self._width = part.given.num_columns
        names = [f"given{place}" for place in range(self._width)]
        table = pa.Table.from_arrays(
            [*part.given.columns, *part.clean.columns, pa.array(part.rows)],
            [*names, *part.clean.schema.names, _ROW],
        )
        self._names = part.given.schema.names
        for place in np.unique(places).tolist():
            some = table.filter(pa.array(places == place))
            if self._writers[place] is None:
                self._writers[place] = pq.ParquetWriter(
                    self._paths[place], table.schema, compression="lz4"
                )
            self._writers[place].write_table(some)

    def hands(self) -> Iterator[_JobPart]:
        """What was dealt out, file by file."""
        for writer in self._writers:
            if writer is not None:
                writer.close()
        for path, writer in zip(self._paths, self._writers, strict=True):
            if writer is None:
                continue
            table = pq.read_table(path)
            given = table.select(range(self._width)).rename_columns(self._names)
            clean = table.select(range(self._width, table.num_columns - 1))
            yield _JobPart(given, clean, table[_ROW].to_numpy())
            path.unlink()


# Whole files --------------------------------------------------------------------------------------


def read_whole(source: Source, asked: JobOptions) -> tuple[Any, list[Bad]]:
    """A file of tickets or of events as one table with instants, and the rows that are none.

    Args:
        source: The file; it is a log where it has both ``ticket`` and ``at``.
        asked: What its columns are called, and how its times are written.
    """
    names = {asked.columns.get(word, word) for word in (TICKET, AT)}
    is_log = names <= {*source.schema.names}
    job = _Log(source, asked) if is_log else _Tickets(source, asked, [TICKET])  # their names
    tables, bad = [job.clean(Piece(source.schema.empty_table(), np.zeros(0, np.int64), []))[0]], []
    for piece in source.pieces():
        table, wrong = job.clean(piece)
        tables.append(_kept(table, wrong)[0])
        bad += bad_rows(piece, wrong)
    whole = pa.concat_tables(tables)
    return (job.typed(whole) if isinstance(job, _Log) else whole), bad
