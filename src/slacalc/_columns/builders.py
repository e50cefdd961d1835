"""New tables in the likeness of a given one: a frame of its library, or a dictionary of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from slacalc._columns.kernel import MISSING
from slacalc._columns.output import finer
from slacalc._policy.attributes import is_missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.frames import Sheet
    from slacalc._columns.output import OutputType


class Rows:
    """Some columns of a table, in some of its rows.

    Args:
        columns: The columns, as their library has them.
    """

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.columns = dict(columns)

    @classmethod
    def of(cls, sheet: Sheet, names: Sequence[str], rows: Any) -> Rows:
        """Some columns of a table, in some rows."""
        return cls({name: taken(sheet.column(name), rows) for name in names})

    @classmethod
    def joined(cls, parts: Sequence[Rows]) -> Rows:
        """The rows of several ones, of the same columns."""
        first, *others = parts
        if not others:
            return first
        return cls({name: _joined([one.columns[name] for one in parts]) for name in first.columns})

    def chosen(self, rows: Any) -> Rows:
        """Some of the rows."""
        return Rows({name: taken(column, rows) for name, column in self.columns.items()})


def taken(column: Any, rows: Any) -> Any:
    """Some rows of a column."""
    if isinstance(column, np.ndarray):
        return column[rows]
    if isinstance(column, (list, tuple)):
        return [column[row] for row in np.asarray(rows).tolist()]
    return _plain(nw.from_native(column, series_only=True)[rows]).to_native()


def listed(column: Any, rows: Any) -> list[Any]:
    """Some rows of a column as Python has them."""
    chosen = taken(column, rows)
    if isinstance(chosen, (list, np.ndarray)):
        return chosen.tolist() if isinstance(chosen, np.ndarray) else chosen
    values: list[Any] = nw.from_native(chosen, series_only=True).to_list()
    return [None if is_missing(value) else value for value in values]


def own_order(column: Any) -> list[Any]:
    """The order of a column's values where its type has one, as ordered categories do."""
    series = nw.from_native(column, series_only=True, pass_through=True)
    if isinstance(series, nw.Series) and isinstance(series.dtype, nw.Enum):
        return list(series.dtype.categories)
    return []


def _joined(pieces: Sequence[Any]) -> Any:
    """Columns one after another."""
    if isinstance(pieces[0], np.ndarray):
        return np.concatenate(pieces)
    if isinstance(pieces[0], (list, tuple)):
        return [value for piece in pieces for value in piece]
    series = [nw.from_native(piece, series_only=True).alias("column") for piece in pieces]
    whole = nw.concat([one.to_frame() for one in series], how="vertical")["column"]
    return _plain(whole).to_native()


def _plain(series: Any) -> Any:
    """A series whose rows have no names of their own."""
    if not series.implementation.is_pandas_like():
        return series
    return nw.from_native(series.to_native().reset_index(drop=True), series_only=True)


class Maker:
    """Makes columns and tables in the likeness of a table.

    Args:
        sheet: The table.
        sample: A column of it, by which a dictionary tells lists from arrays.
    """

    def __init__(self, sheet: Sheet, sample: str) -> None:
        self._backend = None if sheet._frame is None else sheet._frame.implementation
        self._in_lists = self._backend is None and isinstance(sheet.column(sample), (list, tuple))

    def text(self, words: Sequence[str | None]) -> Any:
        """A column of text."""
        if self._backend is None:
            return list(words) if self._in_lists else np.array(words, object)
        return nw.new_series("", list(words), nw.String(), backend=self._backend).to_native()

    def values(self, codes: NDArray[Any], values: Sequence[Any]) -> Any:
        """A column of few different values, from their places; -1 for none."""
        lacking = codes < 0
        some = bool(lacking.any()) or not values
        told = [*values, None] if some else list(values)
        places = np.where(lacking, len(values), codes)
        if self._backend is None:
            found = np.array([*told, None], object)[:-1][places]  # an array of objects, whatever
            return found.tolist() if self._in_lists else found
        whole = all(isinstance(one, int) and not isinstance(one, bool) for one in values)
        series = nw.new_series("", told, backend=self._backend)
        if some and whole and values and self._backend.is_pandas_like():
            series = nw.from_native(series.to_native().astype("Int64"), series_only=True)
        return _plain(series[places]).to_native()

    def instants(self, values: Integers, like: OutputType) -> Any:
        """A column of instants that looks as another one."""
        like = like._replace(unit=finer(like.unit, "us"))
        if like.sample is not None:
            sample = _plain(like.sample[np.zeros(len(values), np.int64)])
            like = like._replace(sample=sample)
        return like.instants(values)

    def counts(self, values: Integers) -> Any:
        """A column of whole numbers; missing ones are missing."""
        lacking = values == MISSING
        if self._backend is None:
            if not self._in_lists and not lacking.any():
                return values
            listed = [None if one == MISSING else one for one in values.tolist()]
            return listed if self._in_lists else np.array(listed, object)
        series = nw.new_series("", values, nw.Int64(), backend=self._backend)
        if not lacking.any():
            return series.to_native()
        if self._backend.is_pandas_like():
            native = series.to_native().astype("Int64")
            return native.mask(lacking)
        known = nw.new_series("known", ~lacking, backend=self._backend)
        frame = nw.from_dict({"known": known, "count": series}, backend=self._backend)
        chosen = frame.select(nw.when(nw.col("known")).then(nw.col("count")).alias("count"))
        return chosen["count"].to_native()

    def shares(self, values: NDArray[np.float64]) -> Any:
        """A column of shares; NaN is missing."""
        if self._backend is None and not self._in_lists:
            return values
        told = [None if one != one else one for one in values.tolist()]  # noqa: PLR0124 - NaN
        if self._backend is None:
            return told
        return nw.new_series("", told, nw.Float64(), backend=self._backend).to_native()

    def flags(self, values: Sequence[bool | None]) -> Any:
        """A column of truths, some of which may be missing."""
        if self._backend is None:
            return list(values) if self._in_lists else np.array(values, object)
        if self._backend.is_pandas_like() and None in values:
            plain = nw.new_series("", [bool(one) for one in values], backend=self._backend)
            lacking = np.array([one is None for one in values])
            return plain.to_native().astype("boolean").mask(lacking)
        return nw.new_series("", list(values), nw.Boolean(), backend=self._backend).to_native()

    def table(self, columns: Mapping[str, Any]) -> Any:
        """A table of columns."""
        if self._backend is None:
            return dict(columns)
        made = [
            nw.from_native(column, series_only=True).alias(name) for name, column in columns.items()
        ]
        first, *others = made
        return first.to_frame().with_columns(*others).to_native()
