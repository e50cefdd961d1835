"""Tables of events as arrays of codes, and tables of answers in the likeness of the question.

A log comes in as a table of pandas, Polars or PyArrow through Narwhals, or as a dictionary of
columns. Of each column that counts remain the distinct values and, for each row, the place of its
value among them, so that whatever has to be known of a value is found out once. Rows are sorted by
ticket, in the order in which tickets are first met, and by instant; those of one instant keep their
order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import narwhals as nw
import numpy as np

from slacalc._columns.categories import coded, worded
from slacalc._columns.input import columns_of, read_instants
from slacalc._columns.kernel import MISSING
from slacalc._columns.output import OutputType, finer
from slacalc.errors import ColumnError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slacalc._columns.arithmetic import Integers
    from slacalc._time.instants import Zone

TICKET, AT, TYPE = "ticket", "at", "type"
_SPARSE = 8  # codes this many times as numerous as rows are counted anew


class Codes(NamedTuple):
    """A column as its distinct values.

    Args:
        rows: For each row the place of its value; -1 where there is none.
        values: The values, as Python has them.
    """

    rows: Integers
    values: list[Any]


class Log(NamedTuple):
    """A log of events, sorted.

    Args:
        at: The instants; `MISSING` where there is none.
        begins: The first row of each ticket, and after the last ticket the number of rows.
        type: The types of the events.
        fields: Their fields, by name.
        places: The place of each row in the table that was given; None where that was sorted.
        table: The table that was given.
    """

    at: Integers
    begins: Integers
    type: Codes
    fields: dict[str, Codes]
    places: Integers | None
    table: Table

    def place(self, row: int) -> int:
        """Where a row stood in the table that was given."""
        return row if self.places is None else int(self.places[row])


class Table:
    """A table as it was given.

    Args:
        given: A data frame, or a dictionary of columns.
        columns: The names of the table's columns by ours, where they differ.

    Attributes:
        keys: The columns of tickets, instants and types.
        fields: The other columns, by our names.
        firsts: The row in which each ticket is first met, once the log is read.
        like: How the instants looked.
    """

    like: OutputType
    firsts: Integers

    def __init__(self, given: Any, columns: Mapping[str, str] | None) -> None:
        self._frame: Any = None
        if isinstance(given, Mapping):
            theirs = columns_of(given)
        else:
            if type(given).__name__ == "RecordBatch":
                import pyarrow as pa  # noqa: PLC0415 - only where the question came from it

                given = pa.Table.from_batches([given])
            self._frame = nw.from_native(given, eager_only=True, pass_through=True)
            if not isinstance(self._frame, nw.DataFrame):
                collect = "; collect it first" if hasattr(given, "collect") else ""
                msg = (
                    f"{type(given).__name__} is no table of events: give a data frame of pandas, "
                    f"Polars or PyArrow, or a dictionary of columns{collect}"
                )
                raise ColumnError(msg, column="", given=type(given).__name__)
            theirs = {name: self._frame[name] for name in self._frame.columns}
        self.keys, self.fields = _named(theirs, columns or {})

    def name_of(self, ticket: int) -> Any:
        """The name of a ticket, by its place."""
        column = self.keys[TICKET]
        return column[int(self.firsts[ticket])]

    def dressed(self, answers: Mapping[str, Answer]) -> Any:
        """A table of answers in the likeness of this one."""
        size = len(answers[TICKET].values)
        like = self.like._replace(unit=finer(self.like.unit, "us"))
        if self._frame is None:
            if like.library in ("series", "index"):
                like = OutputType("numpy", like.unit)
            return {name: self._listed(one, like) for name, one in answers.items()}
        backend = self._frame.implementation
        like = like._replace(sample=_in_order(like.sample[np.zeros(size, np.int64)]))
        made = {
            name: nw.from_native(self._series(one, like, backend), series_only=True).alias(name)
            for name, one in answers.items()
        }
        if backend.is_pandas_like():  # which compares the rows' names, unless they are the same
            for one in made.values():
                one.to_native().index = like.sample.to_native().index
        first, *others = made.values()
        native = first.to_frame().with_columns(*others).to_native()
        if backend.is_pandas_like():
            whole = [name for name, one in answers.items() if one.kind == "counts"]
            return native.astype(dict.fromkeys(whole, "Int64"))
        return native

    def _series(self, answer: Answer, like: OutputType, backend: Any) -> Any:
        kind, values, words = answer
        if kind == "tickets":
            return _in_order(self.keys[TICKET][self.firsts[values]]).to_native()
        if kind in ("instants", "lengths"):
            return getattr(like, kind)(values)
        if kind in ("words", "text"):
            return worded(like, values, words, as_text=kind == "text")
        if kind == "flags":
            return nw.new_series("flag", values == 1, backend=backend).to_native()
        series = nw.new_series("count", values, backend=backend)
        lacking = values == MISSING
        if not lacking.any():
            return series.to_native()
        known = nw.new_series("known", ~lacking, backend=backend)
        frame = nw.from_dict({"known": known, "count": series}, backend=backend)
        chosen = frame.select(nw.when(nw.col("known")).then(nw.col("count")).alias("count"))
        return chosen["count"].to_native()

    def _listed(self, answer: Answer, like: OutputType) -> Any:
        """A column of answers as a list, or as an array where the instants came in one."""
        kind, values, words = answer
        is_list = like.library == "list"
        if kind in ("instants", "lengths"):
            return getattr(like, kind)(values)
        if kind in ("words", "text"):
            return worded(like, values, words)
        if kind == "flags":
            return (values == 1).tolist() if is_list else values == 1
        if kind == "tickets":
            column, rows = self.keys[TICKET], self.firsts[values]
            if isinstance(column, np.ndarray) and not is_list:
                return column[rows]
            given = column if isinstance(column, (list, tuple)) else column.to_list()
            found = [given[row] for row in rows.tolist()]
        elif is_list or (values == MISSING).any():
            found = [None if one == MISSING else one for one in values.tolist()]
        else:
            return values
        return found if is_list else np.array(found, object)


class Answer(NamedTuple):
    """A column of answers.

    Args:
        kind: ``tickets`` by their places; ``words`` by theirs, of which there are few, or
            ``text``; ``instants`` and ``lengths`` in microseconds; ``counts``; or ``flags``,
            which are 1 or not.
        values: The integers.
        words: What the places of words stand for.
    """

    kind: str
    values: Integers
    words: Sequence[str] = ()


def _in_order(series: Any) -> Any:
    """A series of pandas gets the index of a new table."""
    if not series.implementation.is_pandas_like():
        return series
    return nw.from_native(series.to_native().reset_index(drop=True), series_only=True)


def _named(
    theirs: dict[str, Any], columns: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns by our names: those that every log has, and the fields of events.

    Where the types stand in another column, one that is called ``type`` is a field as any other.
    """
    for ours, name in columns.items():
        if name not in theirs:
            clause, _ = did_you_mean(name, map(str, theirs))
            msg = f"columns: {ours!r} is to be read from {name!r}, which the table lacks{clause}"
            raise ColumnError(msg, column=ours, given=name)
    called = {name: columns.get(name, name) for name in (TICKET, AT, TYPE)}
    for ours, name in called.items():
        if name not in theirs:
            clause, _ = did_you_mean(name, map(str, theirs))
            msg = (
                f"the table has no column {name!r}{clause}: name the one that holds it, with "
                f'columns={{"{ours}": "…"}}'
            )
            raise ColumnError(msg, column=ours, given=[*map(str, theirs)])
    taken = {*columns.values(), *called.values()}
    fields = {str(name): one for name, one in theirs.items() if name not in taken}
    fields |= {ours: theirs[name] for ours, name in columns.items() if ours not in called}
    return {ours: theirs[name] for ours, name in called.items()}, fields


def _native(column: Any) -> Any:
    """A column as its library has it."""
    return column.to_native() if isinstance(column, nw.Series) else column


def read_log(table: Table, naive: str | None, shown_in: Zone, wanted: Callable[[str], bool]) -> Log:
    """A log, of which the fields that are wanted are read.

    Raises:
        NaiveDatetimeError, ColumnError: The instants cannot be read, or a ticket has no name.
    """
    at, like = read_instants(_native(table.keys[AT]), AT, naive, shown_in)
    table.like, at = cast("OutputType", like), cast("Integers", at)
    tickets, table.firsts = tickets_in(table.keys[TICKET])
    kinds = codes_of(_native(table.keys[TYPE]))
    fields = {name: codes_of(_native(one)) for name, one in table.fields.items() if wanted(name)}
    order = _order(tickets, at)
    if order is not None:
        tickets, at = tickets[order], at[order]
        kinds = kinds._replace(rows=kinds.rows[order])
        fields = {name: one._replace(rows=one.rows[order]) for name, one in fields.items()}
    begins = np.searchsorted(tickets, np.arange(len(table.firsts) + 1))
    return Log(at, begins.astype(np.int64), kinds, fields, order, table)


def _order(tickets: Integers, at: Integers) -> Integers | None:
    """The rows by ticket and instant; None where they are so already."""
    if len(at) < 2:
        return None
    later = tickets[1:] - tickets[:-1]
    if bool(((later > 0) | ((later == 0) & (at[1:] >= at[:-1]))).all()):
        return None
    least, most = int(at.min()), int(at.max())
    width = most - least + 1
    if int(tickets.max() + 1) * width < np.iinfo(np.int64).max:
        return np.argsort(tickets * width + (at - least), kind="stable")
    return np.lexsort((at, tickets))


def first_met(codes: Integers) -> tuple[Integers, Integers]:
    """Codes in the order in which they are first met, and the rows where they are."""
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


def codes_of(column: Any) -> Codes:
    """A column as its distinct values; whole numbers that pandas made floats of are so again."""
    rows, values = coded(column)
    if any(isinstance(one, float) for one in values):
        values = [
            int(one) if isinstance(one, float) and one.is_integer() else one for one in values
        ]
    return Codes(rows.astype(np.int64, copy=False), values)


def tickets_in(column: Any) -> tuple[Integers, Integers]:
    """Of each row the ticket, numbered as they are first met, and the row where each is.

    Most logs have the rows of a ticket together; then only the first of each run is looked up.
    """
    native = _native(column)
    series = nw.from_native(native, series_only=True, pass_through=True)
    begins: Integers | None = None
    if isinstance(series, nw.Series) and len(series):
        changes = (series != series.shift(1)).fill_null(value=True).to_numpy().astype(np.bool_)
        changes[0] = True
        begins = np.flatnonzero(changes)
        if len(begins) < len(changes) // 2:
            rows, _ = coded(series[begins].to_native())
            rows, firsts = _named_tickets(rows, begins)
            return np.repeat(rows, np.diff(np.append(begins, len(changes)))), begins[firsts]
    return _named_tickets(coded(native).codes, None)


def _named_tickets(rows: Any, begins: Integers | None) -> tuple[Integers, Integers]:
    """Tickets numbered as they are first met, all of which have names."""
    rows = rows.astype(np.int64, copy=False)
    if len(rows) and int(rows.min()) < 0:
        place = int(np.flatnonzero(rows < 0)[0])
        row = place if begins is None else int(begins[place])
        msg = f"row {row} names no ticket"
        raise ColumnError(msg, column=TICKET, given=None, row=row)
    return first_met(rows)
