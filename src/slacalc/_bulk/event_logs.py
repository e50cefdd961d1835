"""Read event logs from tables, and build tables of answers like them.

A log is a data frame of pandas, Polars or PyArrow, or a dictionary of columns. Each column that
matters is encoded: its distinct values, and for each row the number of its value, so that whatever
has to be known about a value is found out once. Rows are sorted by ticket, in the order in which
tickets first occur, and by instant; those of one instant keep their order.

Read next: `automaton`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import narwhals as nw
import numpy as np

from slacalc._clock.events import CHANGED, CREATED
from slacalc._columns.categories import EncodedColumn, decode, encode
from slacalc._columns.frames import resize, take, to_list
from slacalc._columns.input import UNREADABLE, read_instants
from slacalc._columns.kernel import chunks
from slacalc._columns.output import OutputType, finest_unit
from slacalc.errors import ColumnError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.frames import Frame
    from slacalc._time.instants import Zone

Errors = Literal["raise", "column"]
TICKET, AT, TYPE = "ticket", "at", "type"
_PIECE = 1 << 19
"""Rows of a log that are worked on at a time.

Their arrays are so small that the next piece gets the same memory again. Larger ones are new to the
process each time, which costs more than the work on them.
"""
_ALWAYS_NAMES = frozenset({str, int})  # types whose values are names of tickets for certain
_SPARSE = 8  # codes that are larger than this many times the number of rows are numbered anew


class CodedColumn(NamedTuple):
    """A column, encoded by its distinct values.

    Args:
        rows: By row, the place of its value; -1 if it has none.
        values: The values, as Python objects.
    """

    rows: Integers
    values: list[Any]


class Log(NamedTuple):
    """A log of events, sorted by ticket and instant.

    Args:
        at: By row, the instant; `MISSING` if there is none.
        begins: By ticket, its first row; then the number of rows.
        type: The types of the events.
        fields: The fields of the events, by name.
        places: The row of the table that each row comes from; None: the same one.
        table: The table.
        firsts: The row of the table in which each ticket first occurs.
        output_type: The column type of the instants.
        unreadable: By row of the table, the error of an instant that cannot be read, or of a
            ticket without a name.
        nameless: The rows of the table that name no ticket.
    """

    at: Integers
    begins: Integers
    type: CodedColumn
    fields: dict[str, CodedColumn]
    places: Integers | None
    table: Frame
    firsts: Integers
    output_type: OutputType
    unreadable: Mapping[int, SlacalcError]
    nameless: Sequence[int]

    def place(self, row: int) -> int:
        """The row of the table that a row comes from."""
        return row if self.places is None else int(self.places[row])

    def name_of(self, ticket: int) -> Any:
        """The name of a ticket, by its place."""
        return to_list(self.table.column(TICKET), self.firsts[ticket : ticket + 1])[0]

    def pieces(self) -> Iterator[tuple[int, Log]]:
        """Views of about `_PIECE` rows, each with the place of its first ticket."""
        count = len(self.at)
        ends = np.searchsorted(self.begins, np.arange(_PIECE, count, _PIECE))
        first = 0
        for last in (*np.unique(ends).tolist(), len(self.firsts)):
            if last > first:
                yield first, self._piece(first, last)
            first = last

    def _piece(self, first: int, last: int) -> Log:
        begin, end = int(self.begins[first]), int(self.begins[last])
        rows = slice(begin, end)
        return self._replace(
            at=self.at[rows],
            begins=self.begins[first : last + 1] - begin,
            type=self.type._replace(rows=self.type.rows[rows]),
            fields={
                name: column._replace(rows=column.rows[rows])
                for name, column in self.fields.items()
            },
            places=np.arange(begin, end) if self.places is None else self.places[rows],
            firsts=self.firsts[first:last],
        )


class Answer(NamedTuple):
    """A column of answers, as integers.

    Args:
        kind: ``tickets``, ``words`` or ``text`` by their places, of which ``words`` repeat;
            ``instants`` or ``lengths`` in microseconds; ``counts``; or ``flags``, 1 for true.
        values: The integers.
        words: The words or texts.
    """

    kind: str
    values: Integers
    words: Sequence[str] = ()


def answer_table(log: Log, answers: Mapping[str, Answer]) -> Any:
    """A table of answers, of the library of a log's table."""
    frame, like = log.table.like(AT), log.output_type
    if not isinstance(frame.native, Mapping):
        like = resize(like, len(answers[TICKET].values))
    elif like.sample is not None:
        like = OutputType("numpy", finest_unit(like.unit, "us"))
    else:
        like = like._replace(unit=finest_unit(like.unit, "us"))
    columns: dict[str, Any] = {}
    for name, (kind, values, words) in answers.items():
        if kind == "tickets":
            columns[name] = _names_of_tickets(log, values, is_list=like.library == "list")
        elif kind == "counts":
            columns[name] = frame.new_counts(values, is_nullable=True)
        elif kind == "flags":
            columns[name] = frame.new_flags(values == 1)
        elif kind in ("words", "text"):
            columns[name] = decode(like, values, words, as_text=kind == "text")
        else:
            columns[name] = getattr(like, kind)(values)
    return frame.new_table(columns)


def _names_of_tickets(log: Log, tickets: Integers, *, is_list: bool) -> Any:
    column, rows = log.table.column(TICKET), log.firsts[tickets]
    if not isinstance(log.table.native, Mapping):
        return take(column, rows)
    if isinstance(column, np.ndarray) and not is_list:
        return column[rows]
    names = to_list(column, rows)
    return names if is_list else np.array(names, object)


def field_columns(table: Frame) -> dict[str, str]:
    """By field of events, the name of its column in the table, unless it is not to be read.

    If the types are in a column of another name, a column ``type`` is a field like any other.
    """
    keys = (TICKET, AT, TYPE)
    taken = {*table.renamed.values(), *(table.name(key) for key in keys)}
    taken |= {word for word, name in table.renamed.items() if name is None}
    fields = {str(name): name for name in table.names if name not in taken}
    return fields | {
        word: name for word, name in table.renamed.items() if word not in keys and name is not None
    }


def has_types(table: Frame) -> bool:
    """Whether a log has a column of types, or one that may be meant as such; else of changes."""
    renamed = table.renamed.get(TYPE, TYPE)
    if renamed is None or TYPE in table:
        return renamed is not None
    return TYPE in table.renamed or any(str(name).casefold() == TYPE for name in table.names)


def read_log(
    table: Frame,
    naive: str | None,
    shown_in: Zone,
    wanted: Callable[[str], bool],
    *,
    errors: Errors = "column",
) -> Log:
    """Read a log; in one without types, the first row of a ticket creates it.

    Args:
        table: The table.
        naive: The time zone of instants without one.
        shown_in: The zone in which answers are shown if instants are text.
        wanted: Whether a field can matter; others are not read.
        errors: What happens with a row without a ticket: ``"raise"``, or ``"column"`` for a ticket
            of its own, whose instant cannot be read.

    Raises:
        NaiveDatetimeError, ColumnError: The instants cannot be read, a ticket has no name, or a
            column is missing.
    """
    names, instants = table.column(TICKET), table.column(AT)
    unreadable: dict[int, SlacalcError] = {}
    at, like = read_instants(instants, AT, naive, shown_in, unreadable)
    at = cast("Integers", at)
    nameless: dict[int, SlacalcError] = {}
    tickets, firsts = tickets_in(names, None if errors == "raise" else nameless)
    if nameless:
        unreadable |= nameless
        at = at.copy()  # which may be the table's own
        at[[*nameless]] = UNREADABLE
    kinds = codes_of(table.column(TYPE)) if has_types(table) else None
    fields = {
        field: codes_of(table.own_column(name))
        for field, name in field_columns(table).items()
        if wanted(field)
    }
    order = _order(tickets, at)
    if order is not None:
        tickets, at = tickets[order], at[order]
        kinds = None if kinds is None else kinds._replace(rows=kinds.rows[order])
        fields = {name: fields[name]._replace(rows=fields[name].rows[order]) for name in fields}
    begins = np.searchsorted(tickets, np.arange(len(firsts) + 1)).astype(np.int64)
    if kinds is None:
        rows = np.ones(len(at), np.int64)
        rows[begins[:-1]] = 0
        kinds = CodedColumn(rows, [CREATED, CHANGED])
    output_type = cast("OutputType", like)
    return Log(
        at, begins, kinds, fields, order, table, firsts, output_type, unreadable, [*nameless]
    )


def _order(tickets: Integers, at: Integers) -> Integers | None:
    """The rows sorted by ticket and instant; None if they are sorted already."""
    if len(at) < 2:
        return None
    parts = (slice(rows.start, rows.stop + 1) for rows in chunks(len(at)))  # with the next row
    if all(_is_sorted(tickets[rows], at[rows]) for rows in parts):
        return None
    least, most = int(at.min()), int(at.max())
    width = most - least + 1
    if int(tickets.max() + 1) * width < np.iinfo(np.int64).max:
        return np.argsort(tickets * width + (at - least), kind="stable")
    return np.lexsort((at, tickets))


def _is_sorted(tickets: Integers, at: Integers) -> bool:
    later = tickets[1:] - tickets[:-1]
    return bool(((later > 0) | ((later == 0) & (at[1:] >= at[:-1]))).all())


def first_met(codes: Integers) -> tuple[Integers, Integers]:
    """Number codes in the order in which they first occur; and the rows in which they do."""
    count = len(codes)
    if not count:
        return codes, codes
    if int(codes.max()) > _SPARSE * count + 1_000:
        codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
    first = np.full(int(codes.max()) + 1, count, np.int64)
    first[codes[::-1]] = np.arange(count - 1, -1, -1)
    used = np.flatnonzero(first < count)
    order = used[np.argsort(first[used], kind="stable")]
    ranks = np.empty(len(first), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks[codes], first[order]


# Distinct values ----------------------------------------------------------------------------------


def codes_of(column: Any) -> CodedColumn:
    """Encode a column; whole numbers that pandas made floats of become integers again."""
    rows, values = encode(column)
    values = [
        int(value)
        if isinstance(value, float) and value.is_integer()
        else tuple(value)  # of tags, which can be hashed
        if isinstance(value, list)
        else value
        for value in values
    ]
    return CodedColumn(rows.astype(np.int64, copy=False), values)


def tickets_in(
    column: Any, row_errors: dict[int, SlacalcError] | None = None
) -> tuple[Integers, Integers]:
    """Number tickets in the order in which they first occur: by row its ticket, by ticket its row.

    Most logs have the rows of a ticket together; then only the first row of each run is encoded.

    Args:
        column: The names of the tickets.
        row_errors: Collects the errors of rows without a name, each of which is then a ticket of
            its own. Default: the first of them is raised.

    Raises:
        ColumnError: A row has no ticket, or a list or mapping in its place.
    """
    series = nw.from_native(column, series_only=True, pass_through=True)
    is_series = isinstance(series, nw.Series) and not series.dtype.is_nested()
    if is_series and len(series) and series.dtype not in (nw.Object, nw.Unknown):
        changes = (series != series.shift(1)).fill_null(value=True).to_numpy().astype(np.bool_)
        changes[0] = True
        begins = np.flatnonzero(changes)
        if len(begins) < len(changes) // 2:
            names = encode(series[begins].to_native())
            rows, firsts = _named_tickets(names, begins, row_errors)
            return np.repeat(rows, np.diff(np.append(begins, len(changes)))), begins[firsts]
    return _named_tickets(encode(column), None, row_errors)


def _named_tickets(
    names: EncodedColumn, begins: Integers | None, row_errors: dict[int, SlacalcError] | None
) -> tuple[Integers, Integers]:
    """Number tickets by their names.

    Args:
        names: The names.
        begins: The row of each. None: they are those of all rows.
        row_errors: As for `tickets_in`.
    """
    rows = names.codes.astype(np.int64, copy=False)
    unhashable: list[int] = []
    if not {*map(type, names.values)} <= _ALWAYS_NAMES:
        unhashable = [place for place, name in enumerate(names.values) if not is_name(name)]
    bad = np.flatnonzero((rows < 0) | np.isin(rows, unhashable) if unhashable else rows < 0)
    for place in bad.tolist():
        row = place if begins is None else int(begins[place])
        name = names.values[rows[place]] if rows[place] >= 0 else None
        kind = type(name).__name__
        msg = f"row {row} names no ticket" + (f", but has a {kind}" if name is not None else "")
        error = ColumnError(msg, column=TICKET, given=name, row=row)
        if row_errors is None:
            raise error
        row_errors[row] = error
    if len(bad):
        rows = rows.copy()
        rows[bad] = len(names.values) + np.arange(len(bad))
    return first_met(rows)


def is_name(value: Any) -> bool:
    """Whether a value can be compared as the name of a ticket: lists and mappings cannot."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
