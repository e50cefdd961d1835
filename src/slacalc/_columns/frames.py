"""Tables of any library: read their columns by name, add columns, and make new tables like them.

A `Frame` wraps a data frame of pandas or Polars or a table of PyArrow (through Narwhals), or a
mapping of names to columns. Columns go in and out in the form of their own library ("native"): a
series, an Arrow array, a NumPy array or a list. A new column of a mapping is a list where the
column that it is made like is one, else a NumPy array.

Read next: `input` reads single columns, `output` and `categories` make them.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from math import isnan
from typing import TYPE_CHECKING, Any, Protocol

import narwhals as nw
import numpy as np
from narwhals.dependencies import is_pandas_index
from narwhals.exceptions import DuplicateError

from slacalc._columns.input import columns_of, read_instants
from slacalc._columns.kernel import MISSING
from slacalc._columns.native import in_chunks, to_series
from slacalc._columns.output import finest_unit
from slacalc._policy.matching import one_slip
from slacalc._time.missing import is_missing
from slacalc.errors import ColumnError, unknown_column, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.input import Instants
    from slacalc._columns.output import OutputType
    from slacalc._time.instants import Zone
    from slacalc.errors import SlacalcError


class Advice(Protocol):
    """How a user names a column: see `Frame`."""

    def __call__(self, word: str, name: str | None = "", /) -> str: ...


def columns_advice(word: str, name: str | None = "", /) -> str:
    """The argument *columns* of a function, for one column."""
    return f"columns={{{word!r}: {'...' if name == '' else repr(name)}}}"


class Frame:
    """A table whose columns can be read under other names than its own.

    Args:
        table: A data frame, or a mapping of names to columns.
        columns: The table's own column names by the names under which they are read; None for a
            column that is not to be read under that name, although the table may have it.
        known: The names that *columns* may use; None: any.
        owner: What it is called in errors.
        advise: How a user says that a column has another name: from the name under which it is
            read, and its own; None if the table does not have it, empty if its name is not known.

    Attributes:
        names: The table's own column names.
        renamed: *columns*.
        makes_lists: Whether new columns are lists, which only those of a mapping may be.

    Raises:
        ColumnError: It is not a table, or *columns* has an unknown name.
    """

    def __init__(
        self,
        table: Any,
        columns: Mapping[str, str | None] | None = None,
        known: Iterable[str] | None = None,
        *,
        owner: str = "the table",
        advise: Advice = columns_advice,
    ) -> None:
        self._owner, self._advise = owner, advise
        self._frame: Any = None
        self._mapping: dict[str, Any] = {}
        if isinstance(table, Mapping):
            self._mapping = columns_of(table)
            self.names = [*self._mapping]
        else:
            self._frame = _data_frame(table)
            self.names = self._frame.columns
        if columns is not None and not isinstance(columns, Mapping):
            msg = "columns is not a mapping from names that the policy reads to those of columns"
            raise ColumnError(msg, column="columns", given=columns)
        self.renamed = dict(columns or {})
        self._own_names: dict[str, str | None] = {name: name for name in self.names}
        for word, name in self.renamed.items():
            if known is not None and word not in known:
                what = "a column that the policy reads"
                raise unknown_name(ColumnError, what, word, known, column=word, where="columns")
            if name is not None and name not in self.names:
                raise unknown_column(name, self.names, owner, where=f"columns.{word}")
            self._own_names[word] = name
        first = next(iter(self._mapping.values()), None)
        self.makes_lists = isinstance(first, (list, tuple))

    # Reading -------------------------------------------------------------------------------------

    @property
    def native(self) -> Any:
        """The table in the form of its library, or as a dictionary of columns."""
        return self._mapping if self._frame is None else self._frame.to_native()

    def __contains__(self, word: str) -> bool:
        return self._own_names.get(word) is not None

    def name(self, word: str) -> str:
        """The table's own name of a column."""
        return self._own_names.get(word) or word

    def present(self, words: Iterable[str]) -> list[str]:
        """The columns among *words* that the table has, in its order."""
        present = [word for word in words if word in self]
        return sorted(present, key=lambda word: self.names.index(self.name(word)))

    def own_column(self, name: str) -> Any:
        """A native column by the table's own name."""
        if self._frame is None:
            return in_chunks(self._mapping[name])
        return self._frame.to_native()[name]

    def column(self, word: str) -> Any:
        """A native column.

        Raises:
            ColumnError: The table does not have it.
        """
        name = self._own_names.get(word)
        if name is None:
            if word in self.renamed:
                excluded = self._advise(word, None)
                msg = f"the column {word!r} is needed, but {excluded} excludes it"
                raise ColumnError(msg, column=word, given=None)
            hint = f": if the column has another name, give {self._advise(word)}"
            raise unknown_column(word, self.names, self._owner, hint=hint)
        return self.own_column(name)

    def instants(
        self,
        word: str,
        naive: str | None,
        shown_in: Zone,
        row_errors: dict[int, SlacalcError] | None = None,
    ) -> Instants:
        """Read a column of instants, as `read_instants` does.

        Raises:
            ColumnError, NaiveDatetimeError: It holds something else, or its times have no zone.
        """
        name = self.name(word)
        try:
            return read_instants(self.column(word), name, naive, shown_in, row_errors)
        except ColumnError as error:
            if word == "created":
                raise
            excluded = self._advise(word, None)
            msg = f"{error.args[0]}; if this column is something else, pass {excluded}"
            raise ColumnError(msg, column=name, given=error.given) from None

    def refuse_misspelled(
        self,
        words: Iterable[str],
        in_use: Container[str | None],
        resembles: Callable[[str, str], bool] = one_slip,
    ) -> None:
        """Refuse a table that lacks a column, and has one of nearly its name that is not read.

        Args:
            words: The names under which columns are read.
            in_use: The table's own names of columns that are read.
            resembles: Whether a name may be a misspelled word.

        Raises:
            ColumnError: A column is probably misspelled.
        """
        for word in words:
            for name in self.names if word not in self and word not in self.renamed else ():
                if name not in in_use and resembles(name, word):
                    msg = (
                        f"{self._owner} has a column {name!r}, which is not read; did you mean "
                        f"{word!r}? Then pass {self._advise(word, name)}; if it is something "
                        f"else, pass {self._advise(word, None)}"
                    )
                    raise ColumnError(msg, column=name, given=self.names)

    def take(self, words: Iterable[str], rows: Any) -> dict[str, Any]:
        """Some rows of some native columns, by name."""
        return {word: take(self.column(word), rows) for word in words}

    # Adding columns ------------------------------------------------------------------------------

    def with_columns(self, more: Mapping[str, Any]) -> Any:
        """The native table with more native columns, which replace those of the same names."""
        if self._frame is None:
            return {**self._mapping, **more}
        native = self._frame.to_native()
        # By the libraries' own methods: Narwhals takes 20 µs to look at each new column.
        if self._backend.is_polars():
            return native.with_columns(**more)
        if self._backend.is_pyarrow():
            for name, column in more.items():
                place = native.schema.get_field_index(name)
                native = (
                    native.append_column(name, column)
                    if place < 0
                    else native.set_column(place, name, column)
                )
            return native
        if self._backend.is_pandas() and more and not any(name in native for name in more):
            import pandas as pd  # noqa: PLC0415 - only for its own tables

            whole = pd.concat([native, pd.concat(more, axis=1)], axis=1)
            whole.columns.names = native.columns.names
            return whole
        return self._frame.with_columns(*_aliased(more)).to_native()

    def with_index(self, more: dict[str, Any]) -> dict[str, Any]:
        """New native columns with the index that the rows of a pandas table have."""
        if self._frame is not None and self._frame.implementation.is_pandas_like():
            for column in more.values():
                column.index = self._frame.to_native().index
        return more

    # Making columns and tables of the same library ----------------------------------------------

    def like(self, word: str) -> Frame:
        """This frame, but the new columns of a mapping are lists where this column is one."""
        frame = copy.copy(self)
        frame.makes_lists = self._frame is None and isinstance(self.column(word), (list, tuple))
        return frame

    @property
    def _backend(self) -> Any:
        return None if self._frame is None else self._frame.implementation

    def new_text(self, texts: Sequence[str | None]) -> Any:
        """A native column of texts; None is missing."""
        if self._frame is None:
            return list(texts) if self.makes_lists else np.array(texts, object)
        return nw.new_series("", list(texts), nw.String(), backend=self._backend).to_native()

    def new_values(self, codes: NDArray[Any], values: Sequence[Any]) -> Any:
        """A native column of few different values, from the place of each row's; -1 is missing."""
        lacking = codes < 0
        has_missing = bool(lacking.any()) or not values
        choices = [*values, None] if has_missing else list(values)
        places = np.where(lacking, len(values), codes)
        if self._frame is None:
            # Through a longer array, so that equally long sequences are not made two dimensions.
            column = np.array([*choices, None], object)[:-1][places]
            return column.tolist() if self.makes_lists else column
        is_whole = all(isinstance(value, int) and not isinstance(value, bool) for value in values)
        try:
            series = nw.new_series("", choices, backend=self._backend)
        except (OverflowError, TypeError, ValueError):  # of types that no column can have at once
            texts = [None if value is None else str(value) for value in choices]
            series = nw.new_series("", texts, nw.String(), backend=self._backend)
            is_whole = False
        if has_missing and is_whole and values and self._backend.is_pandas_like():
            # which has made floats of them
            series = nw.from_native(series.to_native().astype("Int64"), series_only=True)
        return without_index(series[places]).to_native()

    def new_instants(self, values: Integers, like: OutputType) -> Any:
        """A native column of instants, in microseconds, of the type of another one."""
        return resize(like, len(values)).instants(values)

    def new_lengths(self, values: Integers, like: OutputType) -> Any:
        """A native column of lengths, in microseconds, of the type of another one."""
        return resize(like, len(values)).lengths(values)

    def new_counts(self, values: Integers, *, is_nullable: bool = False) -> Any:
        """A native column of whole numbers; `MISSING` is missing.

        Args:
            values: The numbers.
            is_nullable: Whether the type of pandas can hold missing values even if none is.
        """
        lacking = values == MISSING
        if self._frame is None:
            if not self.makes_lists and not lacking.any():
                return values
            numbers = [None if value == MISSING else value for value in values.tolist()]
            return numbers if self.makes_lists else np.array(numbers, object)
        series = nw.new_series("", values, nw.Int64(), backend=self._backend)
        if self._backend.is_pandas_like():
            native = series.to_native()
            if lacking.any():
                return native.astype("Int64").mask(lacking)
            return native.astype("Int64") if is_nullable else native
        if not lacking.any():
            return series.to_native()
        known = nw.new_series("known", ~lacking, backend=self._backend)
        frame = nw.from_dict({"known": known, "count": series}, backend=self._backend)
        masked = frame.select(nw.when(nw.col("known")).then(nw.col("count")).alias("count"))
        return masked["count"].to_native()

    def new_shares(self, values: NDArray[np.float64]) -> Any:
        """A native column of shares; NaN is missing."""
        if self._frame is None and not self.makes_lists:
            return values
        shares = [None if isnan(value) else value for value in values.tolist()]
        if self._frame is None:
            return shares
        return nw.new_series("", shares, nw.Float64(), backend=self._backend).to_native()

    def new_flags(self, values: Sequence[bool | None] | NDArray[np.bool_]) -> Any:
        """A native column of truths; None is missing."""
        is_array = isinstance(values, np.ndarray)
        if self._frame is None:
            if self.makes_lists:
                return values.tolist() if isinstance(values, np.ndarray) else list(values)
            return values if is_array else np.array(values, object)
        if is_array:
            return nw.new_series("", values, backend=self._backend).to_native()
        if self._backend.is_pandas_like() and None in values:
            plain = nw.new_series("", [bool(value) for value in values], backend=self._backend)
            lacking = np.array([value is None for value in values])
            return plain.to_native().astype("boolean").mask(lacking)
        return nw.new_series("", list(values), nw.Boolean(), backend=self._backend).to_native()

    def new_table(self, columns: Mapping[str, Any]) -> Any:
        """A native table of native columns."""
        if self._frame is None:
            return dict(columns)
        first, *others = _aliased(columns)
        if self._backend.is_pandas_like():
            # One index object for all, or Narwhals would compare and copy them.
            for series in others:
                series.to_native().index = first.to_native().index
        return first.to_frame().with_columns(*others).to_native()


# Native columns -----------------------------------------------------------------------------------


def take(column: Any, rows: Any) -> Any:
    """Some rows of a native column; of pandas without their index."""
    if isinstance(column, np.ndarray) or is_pandas_index(column):
        return column[rows]
    if isinstance(column, (list, tuple)):
        return [column[row] for row in np.asarray(rows).tolist()]
    return without_index(to_series(column)[rows]).to_native()


def to_list(column: Any, rows: Any) -> list[Any]:
    """Some rows of a native column as Python values; what is missing in pandas is None."""
    chosen = take(column, rows)
    if isinstance(chosen, list):
        return chosen
    if isinstance(chosen, np.ndarray) or is_pandas_index(chosen):
        return list(chosen.tolist())
    values: list[Any] = nw.from_native(chosen, series_only=True).to_list()
    return [None if is_missing(value) else value for value in values]


def concat(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of several tables with the same native columns."""
    first, *others = parts
    if not others:
        return dict(first)
    return {name: _concat_columns([part[name] for part in parts]) for name in first}


def _concat_columns(pieces: Sequence[Any]) -> Any:
    if isinstance(pieces[0], np.ndarray):
        return np.concatenate(pieces)
    if isinstance(pieces[0], (list, tuple)):
        return [value for piece in pieces for value in piece]
    series = [nw.from_native(piece, series_only=True).alias("column") for piece in pieces]
    whole = nw.concat([piece.to_frame() for piece in series], how="vertical")["column"]
    return without_index(whole).to_native()


def value_order(column: Any) -> list[Any]:
    """The values of a native column in the order of its type, as ordered categories have one."""
    series = nw.from_native(column, series_only=True, pass_through=True)
    if isinstance(series, nw.Series) and isinstance(series.dtype, nw.Enum):
        return list(series.dtype.categories)
    return []


def resize(like: OutputType, size: int) -> OutputType:
    """The type of another column, for instants of microseconds in another number of rows."""
    like = like._replace(unit=finest_unit(like.unit, "us"))
    if like.sample is None:
        return like
    return like._replace(sample=take(like.sample, np.zeros(size, np.int64)))


def without_index(series: Any) -> Any:
    """A series whose rows, in pandas, are numbered from 0."""
    if not series.implementation.is_pandas_like():
        return series
    return nw.from_native(series.to_native().reset_index(drop=True), series_only=True)


def _aliased(columns: Mapping[str, Any]) -> list[Any]:
    return [
        nw.from_native(column, series_only=True).alias(name) for name, column in columns.items()
    ]


def _data_frame(table: Any) -> Any:
    if type(table).__name__ == "RecordBatch":
        import pyarrow as pa  # noqa: PLC0415 - only for its own tables

        table = pa.Table.from_batches([table])
    try:
        frame = nw.from_native(table, eager_only=True, pass_through=True)
    except DuplicateError:
        names = [*(table.column_names if hasattr(table, "column_names") else table.columns)]
        name = next(name for name, count in Counter(names).items() if count > 1)
        msg = f"two columns are called {name!r}: rename one of them"
        raise ColumnError(msg, column=str(name), given=names) from None
    if not isinstance(frame, nw.DataFrame):
        kind = type(table).__name__
        collect = "; collect it first" if hasattr(table, "collect") else ""
        msg = (
            f"{kind} is not a table: give a data frame of pandas or Polars, a table of PyArrow, or "
            f"a mapping of names to columns{collect}"
        )
        raise ColumnError(msg, column="", given=kind)
    return frame
