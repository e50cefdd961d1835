"""A file of tickets judged, a piece at a time.

A piece of the input is read, judged by `bulk`, counted and written, and then forgotten; so memory
does not grow with the file. A row is in the output or, with its number and what is wrong with it,
in the file of errors, and never in both or in neither. What is wrong with the file as a whole, such
as a column that is not there, ends the job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from slacalc._clock.events import CREATED
from slacalc._files.reading import Bad, Form
from slacalc._files.times import FileError, read_times
from slacalc._files.writing import Csv, as_text, sink
from slacalc._time.instants import zone as zone_of
from slacalc.errors import TimeZoneError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from slacalc._files.atomic import Outputs
    from slacalc._files.reading import Piece, Source
    from slacalc._files.summary import Tally
    from slacalc._files.writing import Sink
    from slacalc._policy.policy import Policy
    from slacalc._time.instants import Zone

_ENOUGH = 10  # times, none of which can be read: then it is not the rows that are wrong
_EXAMPLES = 3  # faulty rows that are kept to be shown


class Bar(Protocol):
    """What shows how far a job is."""

    def begin(self, what: str, total: int, unit: str) -> None:
        """Begin a stage, of so many units."""

    def reach(self, done: int) -> None:
        """So many units are done."""


class JobOptions(NamedTuple):
    """What a job is asked.

    Args:
        policy: The policy.
        as_of: The instant of the question; None for deadlines only.
        columns: The file's names of columns, by the policy's words; None for what it has not.
        zone: The zone of times without an offset.
        pattern: How times are written, for `strptime`; None for ISO 8601.
        missing: Texts that stand for nothing.
        by: What groups of the summary are told apart by.
    """

    policy: Policy
    as_of: datetime | str | None
    columns: Mapping[str, str | None]
    zone: Zone | None = None
    pattern: str | None = None
    missing: Sequence[str] = ()
    by: Sequence[str] = ()

    @property
    def metrics(self) -> list[str]:
        """The metrics of the policy and its versions."""
        versions = self.policy.all_versions
        return list(dict.fromkeys(name for one in versions for name in one.metrics))


class Outcome(NamedTuple):
    """What a job came to.

    Args:
        rows: How many rows were read, blank ones aside.
        errors: How many faults were written aside.
        examples: The first of them.
        tally: What was counted.
        tickets: Of a log, how many tickets were judged.
    """

    rows: int
    errors: int
    examples: Sequence[Bad]
    tally: Tally
    tickets: int | None = None


class Results:
    """The two files that a job writes: answers, and errors.

    Args:
        outputs: Where they are put in place.
        out: The name of the answers' file.
        errors: The name of the errors' file; None for one beside the answers, if there are any.
        delimiter: What stands between the fields of CSV.
    """

    def __init__(
        self, outputs: Outputs, out: str, errors: str | None, delimiter: str | None
    ) -> None:
        self.outputs, self.out = outputs, out
        self._form = Form("csv", delimiter or ",") if out == "-" else Form.of(out, delimiter)
        self.errors, self._is_asked = errors or f"{out}.errors.csv", errors is not None
        self._delimiter = (
            self._form.delimiter if errors is None else Form.of(errors, delimiter).delimiter
        )
        self._answers: Sink | None = None
        self._faults: Sink | None = None
        self.count = 0
        self.examples: list[Bad] = []

    def begin(self, schema: Any, faulty: Sequence[str]) -> None:
        """Open the files.

        Args:
            schema: The columns of the answers.
            faulty: The columns that a faulty row is told with, beside its number and error.
        """
        heads = [_free("row", faulty), _free("error", faulty), *faulty]
        self._heads = pa.schema([(name, pa.string()) for name in heads])
        self._answers = sink(self.outputs.file(self.out), self.out, self._form, schema)
        if self._is_asked:
            self._open_faults()

    def _open_faults(self) -> Sink:
        if self._faults is None:
            file = self.outputs.file(self.errors)
            self._faults = Csv(file, self.errors, self._heads, self._delimiter)
        return self._faults

    def write(self, table: Any) -> None:
        """Write answers."""
        if self._answers is not None and len(table):
            self._answers.write(table)

    def tell(self, bad: Sequence[Bad]) -> None:
        """Write faulty rows."""
        if not bad:
            return
        width = len(self._heads.names) - 2
        rows = [
            [str(one.row), one.message, *one.cells, *[None] * (width - len(one.cells))]
            for one in bad
        ]
        arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        self._open_faults().write(pa.Table.from_arrays(arrays, schema=self._heads))
        self.count += len(bad)
        self.examples += bad[: _EXAMPLES - len(self.examples)]

    def finish(self) -> None:
        """Let the files take their places."""
        for one in (self._answers, self._faults):
            if one is not None:
                one.finish()
        if self._faults is None and self.out != "-":
            self.outputs.remove(self.errors)  # of an earlier job
        self.outputs.commit()


def _free(name: str, taken: Iterable[str]) -> str:
    """A name for a column that is not taken."""
    there = {*taken}
    while name in there:
        name += "_"
    return name


# Reading ------------------------------------------------------------------------------------------


class Cleaner:
    """Makes of the pieces of a file what `bulk` reads: instants, and nothing where nothing is.

    Args:
        source: The file.
        asked: What the job is asked.
        times: The columns of times, by the policy's words.
        others: The other columns that count, where texts may stand for nothing.
    """

    def __init__(
        self, source: Source, asked: JobOptions, times: Mapping[str, str], others: Iterable[str]
    ) -> None:
        self._path, self._asked, self._times = source.path, asked, times
        self._others = [*others]
        self._fresh = {*times.values()}  # of which no time was read yet
        self.zones: dict[str, str] = {}
        for word, name in times.items():
            field = source.schema.field(name)
            if read_times(pa.array([], field.type), None, None) is None:
                msg = (
                    f"{source.path}: the column {name!r}, {word}, holds {field.type}, and no times"
                )
                if word not in (CREATED, "at"):
                    msg += f"; if it is something else, say so: --columns {word}="
                raise FileError(msg, option="--columns")
            self.zones[name] = self._shown_in(field.type)

    def _shown_in(self, kind: Any) -> str:
        """The zone in which the instants of a column are shown."""
        own = getattr(kind, "tz", None)
        if own is not None:
            try:
                return zone_of(own).name
            except TimeZoneError:  # such as +08:00, which is no zone
                pass
        return (self._asked.zone or self._asked.policy.matcher.zone).name

    def clean(self, piece: Piece) -> tuple[Any, dict[int, str]]:
        """A piece, and by place in it the rows whose times cannot be read.

        Raises:
            FileError: No time of a column can be read, or one has no offset and no zone is named.
        """
        table, wrong = piece.table, dict[int, str]()
        if self._asked.missing:
            for name in dict.fromkeys([*self._times.values(), *self._others]):
                if pa.types.is_string(table.schema.field(name).type):
                    column = table[name]
                    void = pc.is_in(column, value_set=pa.array(self._asked.missing, pa.string()))
                    table = _replaced(table, name, pc.if_else(void, None, column))
        for name in dict.fromkeys(self._times.values()):
            found = read_times(table[name], self._asked.zone, self._asked.pattern)
            if found is None:
                continue
            if found.naive is not None:
                self._refuse_naive(piece, name, found.naive)
            for place, why in found.wrong.items():
                wrong.setdefault(place, f"{name}: {why}")
            if name in self._fresh and len(piece.rows):
                self._refuse_all(piece, name, found.wrong, int(np.sum(table[name].is_valid())))
            kind = pa.timestamp("us", self.zones[name])
            instants = pa.array(found.values, pa.int64(), mask=found.values == _MISSING)
            table = _replaced(table, name, instants.cast(pa.timestamp("us", "UTC")).cast(kind))
        return table, wrong

    def _refuse_naive(self, piece: Piece, name: str, place: int) -> None:
        value = piece.table[name][place].as_py()
        shown = value if isinstance(value, str) else value.isoformat()
        msg = (
            f"{self._path}, row {piece.rows[place]}: {name}: {shown!r} has no offset, so it names "
            "no instant: say in which zone the times were read, as in --time-zone Europe/Berlin"
        )
        raise FileError(msg, option="--time-zone")

    def _refuse_all(self, piece: Piece, name: str, wrong: Mapping[int, str], known: int) -> None:
        """Refuse a column of which no time can be read."""
        if not known:
            return
        if len(wrong) < known or known < _ENOUGH:
            self._fresh.discard(name)
            return
        place = min(wrong)
        msg = (
            f"{self._path}, row {piece.rows[place]}: {name}: {wrong[place]}; nor can any other of "
            f"the first {known:,} be read"
        )
        raise FileError(msg, option="--time-format")


_MISSING = np.iinfo(np.int64).min


def _replaced(table: Any, name: str, column: Any) -> Any:
    return table.set_column(table.schema.get_field_index(name), name, column)


def cells_of(table: Any, place: int) -> list[str | None]:
    """A row as text."""
    row = table.slice(place, 1).combine_chunks()
    texts = (as_text(column.combine_chunks()) for column in row.columns)
    return [text[0].as_py() for text in texts]


def bad_rows(piece: Piece, wrong: Mapping[int, str]) -> list[Bad]:
    """The faulty rows of a piece, in order."""
    found = [*piece.bad]
    for place, why in wrong.items():
        found.append(Bad(int(piece.rows[place]), why, cells_of(piece.table, place)))
    return sorted(found, key=lambda one: one.row)
