"""Evaluate a file of tickets, or replay a file of events, without reading all of it into memory.

A chunk of the input is read, evaluated by `bulk`, counted, written and forgotten, so that memory
does not grow with the file. Each row ends up either in the output or, with its number and what is
wrong with it, in the file of errors. What is wrong with the file as a whole, such as a missing
column, ends the job.

A row of tickets can be evaluated by itself. Those of a log are first brought together by ticket, by
`partitions`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from slacalc._bulk.event_logs import AT, TICKET, TYPE
from slacalc._bulk.event_orders import ENDS, ColumnMachine
from slacalc._bulk.replay import replay
from slacalc._bulk.tickets import TicketColumns, deadlines_with, evaluate_with
from slacalc._clock.compiled_metrics import START, STOP
from slacalc._clock.events import CHANGED, CREATED, VOCABULARY
from slacalc._clock.state_machine import Machine
from slacalc._clock.states import STATES
from slacalc._columns.categories import EncodedColumn, encode
from slacalc._files.columns import (
    ColumnReader,
    assume_columns,
    column_names,
    columns_option,
    field_values,
    kinds_of_fields,
    microseconds,
    refuse_events,
    refuse_kinds,
    replace_column,
    require_columns,
    without_rows,
)
from slacalc._files.partitions import ROW, LogPart, with_whole_tickets
from slacalc._files.reading import Chunk, InvalidRow
from slacalc._files.results import Outcome, invalid_rows
from slacalc._files.summary import DEADLINE_KINDS, Summary
from slacalc._files.time_forms import FileError
from slacalc._files.writing import is_text
from slacalc._policy.matching import one_slip, plain_name
from slacalc._time.instants import to_instant, to_utc
from slacalc.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from slacalc._columns.arithmetic import Integers
    from slacalc._files.columns import JobOptions
    from slacalc._files.reading import InputFile
    from slacalc._files.results import ResultFiles
    from slacalc._files.summary import SummaryPart
    from slacalc._files.workers import Workers
    from slacalc._files.writing import CsvLayout
    from slacalc._policy.policy import Policy

_ERROR = "error"
_LOST = "events_in_error"
_MOST_TYPES = 8  # of events that a warning names
_MOST_VALUES = 1_000  # of a field and a chunk, among which misspelled ones are looked for
_SHORTEST_VALUE = 5  # letters of a value that others may be slips of
_VERBS = {START: ("starts", "started"), STOP: ("stops", "stopped")}  # of the ends of metrics


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
        assume_columns(options, file, [CREATED])
        self._options, self._schema, self._path = options, file.schema, file.path
        words = TicketColumns.of(options.policy, for_evaluate=options.as_of is not None)
        known = [CREATED, *words.attributes, *words.events, *more]
        if options.as_of is None:
            refuse_events(options, known)
        self._names = column_names(options, file, known)
        require_columns(file, self._names, [CREATED])
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
        kinds = kinds_of_fields(options.policy)
        tags = [name for word, name in self._attributes.items() if "tags" in kinds[word]]
        refuse_kinds(file, others, tags)
        refuse_kinds(file, by)
        numbers = [name for word, name in self._attributes.items() if kinds[word] == {"number"}]
        self._reader = ColumnReader(
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
        table, kept = without_rows(table, errors)
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
        invalid = invalid_rows(chunk, errors)
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
            word: encode(field_values(answers[self._attributes.get(word, word)]))
            for word in summary.columns
        }
        groups = summary.groups(values, microseconds(answers[self._names[CREATED]]))
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
        assume_columns(options, file, [TICKET, AT, TYPE])
        self._options, self._schema, self._path = options, file.schema, file.path
        names = file.schema.names
        # A log may have fields that the policy does not read, so any name is right.
        self._names = column_names(options, file, [TICKET, AT, TYPE, *options.columns])
        versions = options.policy.all_versions
        fields = {name for each in versions for name in each.compiled(Machine).compiled.used_fields}
        file.check_unambiguous(options.columns.get(field, field) or "" for field in fields)
        require_columns(file, self._names, [TICKET, AT])
        self.ticket, self._at = self._names[TICKET], self._names[AT]
        kinds = kinds_of_fields(options.policy)
        used = {name: options.columns.get(name, name) for name in (TICKET, TYPE, *fields)}
        tags = [used[name] for name in fields if "tags" in kinds.get(name, {"tags"})]
        refuse_kinds(file, [name for name in used.values() if name in names], tags)
        by = [options.columns.get(name, name) for name in options.by]
        refuse_kinds(file, [name for name in by if name in names])
        others = [name for name in names if name != self._at]
        called = {used[name] for name in fields if kinds.get(name) == {"number"}}
        numbers = [name for name in names if name in called]
        self._reader = ColumnReader(file, options, {AT: self._at}, others, numbers=numbers)
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
            table = replace_column(table, self.ticket, plain)
        for name in [self._names[word] for word in (TICKET, AT, TYPE) if word in self._names]:
            if table[name].null_count:
                for place in np.flatnonzero(pc.is_null(table[name]).to_numpy()).tolist():
                    errors.setdefault(place, f"{name} is missing")
        return table, errors

    def note(self, events: Any) -> None:
        """Note what is needed to know of the whole log: of its valid events."""
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

    def note_lost(self, chunk: Chunk, errors: Iterable[int]) -> None:
        """Note the tickets of events in error: rows of a chunk, and its invalid ones."""
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

    def pieces(self, part: LogPart, count: int) -> Iterator[LogPart]:
        """The rows of a part divided by ticket, with how many events their tickets lack."""
        for piece in part.pieces(self.ticket, count):
            tickets = pc.unique(piece.events[self.ticket]).to_pylist() if self._lost else ()
            yield piece._replace(
                lost={name: self._lost[name] for name in tickets if name in self._lost}
            )

    def __getstate__(self) -> dict[str, Any]:
        """What processes need: not all events in error, of which each piece has its own."""
        return self.__dict__ | {"_lost": Counter()}

    def answer(self, part: LogPart) -> _Answered:
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
        invalid = invalid_rows(Chunk(part.original, part.numbers, []), errors)
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
        ordered = events.append_column(ROW, pa.array(np.arange(len(events)))).sort_by(
            [(self._at, "ascending"), (ROW, "ascending")]
        )
        names = {word: self._names.get(word, word) for word in summary.columns}
        columns = {
            name: encode(field_values(ordered[name])) for name in dict.fromkeys(names.values())
        }
        codes = [pa.array(column.codes, mask=column.codes < 0) for column in columns.values()]
        places = [f"{ROW}{place}" for place in range(len(codes))]
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
        created = microseconds(tickets[f"{self._at}_first"].take(rows))
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

    def parts() -> Iterator[LogPart]:
        nonlocal rows
        for chunk in file.chunks():
            rows += len(chunk.numbers) + len(chunk.invalid)
            table, errors = job.read(chunk)
            results.write_errors(invalid_rows(chunk, errors))
            events, kept = without_rows(table, errors)
            job.note(events)
            job.note_lost(chunk, errors)
            original = chunk.table if kept.all() else chunk.table.filter(pa.array(kept))
            yield LogPart(original, events, chunk.numbers[kept])
            progress(file.done)

    tickets = incomplete = 0
    if workers.count > 1:
        job.layout = results.layout
    for part in with_whole_tickets(parts(), job.ticket, file, results.outputs):
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
    assume_columns(options, file, [CREATED, TICKET, AT, TYPE])
    names = {options.columns.get(word, word) for word in (TICKET, AT)}
    is_log = names <= {*file.schema.names}
    # The tickets of a file may have a name, which a report shows.
    job = _LogJob(file, options) if is_log else _TicketJob(file, options, [TICKET])
    whole = _read_whole(file, job.read, progress)
    job.note(whole.table)
    return whole._replace(warnings=[*job.warnings(len(whole.numbers) + len(whole.invalid))])


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
    reader = ColumnReader(file, options, names, others, numbers=own_numbers)
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
        table, kept = without_rows(table, errors)
        tables.append(table)
        numbers.append(chunk.numbers[kept])
        invalid += invalid_rows(chunk, errors)
        progress(file.done)
    return WholeFile(pa.concat_tables(tables), np.concatenate(numbers), invalid)
