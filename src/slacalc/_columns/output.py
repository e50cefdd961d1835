"""Convert int64 results to the caller's column type: same library, time zone, unit, name and index.

Results are int64 microseconds with `MISSING` for missing values. Every library stores instants and
lengths as integers too, so a result is converted by declaring what its integers mean. No Python
object is made for a row, except in lists.

Units: a result has the finest of the units of the input columns, or microseconds if a single length
needs them. Calendars open and close at whole seconds, so the result fits.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from slacalc._columns.kernel import MISSING, chunks, least_of
from slacalc._columns.native import UNITS
from slacalc._columns.zones import readings
from slacalc._time.instants import EPOCH_DAY, to_duration, zone
from slacalc.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from slacalc._columns.native import Library, TimeUnit
    from slacalc._columns.zones import Integers

ColumnKind: TypeAlias = Literal["bool", "int", "datetime", "timedelta"]
MICROSECONDS_IN = {"s": 1_000_000, "ms": 1_000, "us": 1}
NANOSECONDS = 1_000  # in a microsecond
_SHORT = 10_000  # rows, which are copied sooner than pandas makes an array
WIDEST = np.iinfo(np.int64).max - 1


class OutputType(NamedTuple):
    """The type of a column, and how to make a result of the same type.

    The methods may overwrite the arrays that they are given.

    Args:
        library: The kind of column.
        unit: Its unit.
        time_zone: The time zone in which it shows instants.
        naive: The zone in which it has wall times without a zone; results are wall times as well.
        sample: The column itself, if it is of pandas, Polars or PyArrow: for name and index.
    """

    library: Library
    unit: TimeUnit
    time_zone: str = "UTC"
    naive: str | None = None
    sample: Any = None

    def instants(self, values: Integers) -> Any:
        """A column of instants, from microseconds."""
        if self.library == "list":
            show = zone(self.time_zone).datetime
            return [None if at == MISSING else show(at) for at in values.tolist()]
        if self.naive is None:
            return self._times(values, "datetime", self.time_zone)
        shown_by = zone(self.naive)
        walls = apply_where_present(values, lambda known: readings(shown_by, known))
        return self._times(walls, "datetime")

    def lengths(self, values: Integers) -> Any:
        """A column of lengths, from microseconds."""
        if self.library == "list":
            return [None if value == MISSING else to_duration(value) for value in values.tolist()]
        return self._times(values, "timedelta")

    def truths(self, values: NDArray[np.int8]) -> Any:
        """A column of truths, from 1 and 0; less than 0 is missing.

        Plain NumPy arrays have no missing truth: there it becomes False.
        """
        if self.library == "list":
            return [None if value < 0 else bool(value) for value in values.tolist()]
        missing = values < 0
        if not np.count_nonzero(missing):
            return self._column(values.view(np.bool_), None, "bool")
        np.maximum(values, 0, out=values)
        return self._column(values.view(np.bool_), missing, "bool")

    def numbers(self, values: Integers) -> Any:
        """A column of whole numbers.

        Plain NumPy arrays have no missing integer: there, the result is a masked array.
        """
        if self.library == "list":
            return [None if value == MISSING else value for value in values.tolist()]
        missing = _missing(values)
        if self.library == "numpy" and missing is not None:
            return np.ma.array(values, mask=missing)
        return self._column(values, missing, "int")

    def dates(self, values: Integers) -> Any:
        """A column of dates, from days since 1970."""
        if self.library == "list":
            return [
                None if day == MISSING else date.fromordinal(day + EPOCH_DAY)
                for day in values.tolist()
            ]
        if self.library == "numpy":
            return values.view("datetime64[D]")
        missing = values == MISSING
        if self.library == "masked":
            return np.ma.array(values.view("datetime64[D]"), mask=missing)
        if self.library == "polars":
            import polars as pl  # noqa: PLC0415 - only for its own columns

            days = np.where(missing, 0, values).astype(np.int32)
            series = pl.Series(self.sample.name, days).cast(pl.Date)
            return series.set(pl.Series(missing), None) if missing.any() else series
        if self.library == "arrow":
            return _arrow_dates(values, self.sample.type)
        return self._pandas_dates(values)

    def _pandas_dates(self, values: Integers) -> Any:
        """A column of pandas: like a column of dates, else of datetimes without a time zone."""
        import pandas as pd  # noqa: PLC0415 - only for its own columns

        dtype = self.sample.dtype
        if hasattr(dtype, "pyarrow_dtype"):
            return self._with_rows(_backed(_arrow_dates(values, dtype.pyarrow_dtype)))
        unit = getattr(dtype, "unit", None) or "s"
        if isinstance(dtype, np.dtype):
            if dtype.kind == "O":
                days = self._replace(library="list").dates(values)
                return self._with_rows(np.array(days, object))
            if dtype.kind == "M":
                unit = np.datetime_data(dtype)[0]
        elif str(dtype) == "period[D]":
            return self._with_rows(pd.arrays.PeriodArray(values, dtype=dtype))
        midnights = values.view("datetime64[D]").astype(f"datetime64[{unit}]")
        return self._with_rows(pd.array(midnights, copy=False))

    def _times(self, values: Integers, kind: ColumnKind, time_zone: str | None = None) -> Any:
        """A column of datetimes or timedeltas."""
        _scale(values, self.unit)
        missing = _missing(values) if self.library != "numpy" else None
        return self._column(values, missing, kind, time_zone)

    def _column(
        self,
        values: NDArray[Any],
        missing: NDArray[np.bool_] | None,
        kind: ColumnKind,
        time_zone: str | None = None,
    ) -> Any:
        """A column of Boolean values, of integers, or of integers that stand for times.

        Args:
            values: The values.
            missing: Which of them are missing; None: none is.
            kind: What they are, or stand for.
            time_zone: That of instants; None for wall times.
        """
        if self.library in ("numpy", "masked"):
            plain = kind in ("bool", "int")
            typed = values if plain else values.view(f"{kind}64[{self.unit}]")
            if self.library == "numpy":
                return typed
            return np.ma.array(typed, mask=np.ma.nomask if missing is None else missing)
        if self.library == "polars":
            return self._in_polars(values, missing, kind, time_zone)
        if self.library == "arrow":
            return self._in_arrow(values, missing, kind, time_zone)
        return self._in_pandas(values, missing, kind, time_zone)

    def _in_polars(self, values: Any, missing: Any, kind: ColumnKind, time_zone: str | None) -> Any:
        import polars as pl  # noqa: PLC0415 - only for its own columns

        series = pl.Series(self.sample.name, values)
        if missing is not None:
            series = series.set(pl.Series(missing), None)
        if kind in ("bool", "int"):
            return series
        unit: Any = self.unit  # Polars has no seconds, so neither has the input
        dtype = pl.Duration(unit) if kind == "timedelta" else pl.Datetime(unit, time_zone)
        return series.cast(dtype)

    def _in_arrow(self, values: Any, missing: Any, kind: ColumnKind, time_zone: str | None) -> Any:
        import pyarrow as pa  # noqa: PLC0415 - only for its own columns

        if kind == "bool":
            return pa.chunked_array([pa.array(values, mask=missing)])
        dtype = pa.int64()
        if kind != "int":
            is_length = kind == "timedelta"
            dtype = pa.duration(self.unit) if is_length else pa.timestamp(self.unit, time_zone)
        is_valid = (
            None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
        )
        buffers = [is_valid, pa.py_buffer(values)]
        return pa.chunked_array([pa.Array.from_buffers(dtype, len(values), buffers)])

    def _in_pandas(self, values: Any, missing: Any, kind: ColumnKind, time_zone: str | None) -> Any:
        import pandas as pd  # noqa: PLC0415 - only for its own columns

        dtype = self.sample.dtype
        if hasattr(dtype, "pyarrow_dtype"):
            return self._with_rows(_backed(self._in_arrow(values, missing, kind, time_zone)))
        array: Any = values
        if kind in ("bool", "int"):
            if missing is not None:
                nullable: Any = pd.arrays.BooleanArray if kind == "bool" else pd.arrays.IntegerArray
                array = nullable(values, missing)
        elif time_zone is None:
            array = pd.array(values.view(f"{kind}64[{self.unit}]"), copy=False)
        else:  # the column's own zone object, since not every zone has a name
            zoned = pd.DatetimeTZDtype(self.unit, getattr(dtype, "tz", None) or time_zone)
            if self.library == "pandas" and dtype == zoned and len(values) <= _SHORT:
                array = self.sample.array.copy()
                array.asi8[:] = values
            else:
                array = pd.array(values, zoned, copy=False)
        return self._with_rows(array)

    def _with_rows(self, array: Any) -> Any:
        """A column of pandas with the name and the index of the input."""
        import pandas as pd  # noqa: PLC0415 - only for its own columns

        if self.library == "index":
            return pd.Index(array, name=self.sample.name)
        return pd.Series(array, self.sample.index, name=self.sample.name, copy=False)


def _arrow_dates(values: Integers, kind: Any) -> Any:
    """A column of dates of a type of Arrow, or of days for an input of another type."""
    import pyarrow as pa  # noqa: PLC0415 - only for its own columns

    array = pa.array(values.view("datetime64[D]"))
    return pa.chunked_array([array.cast(kind) if pa.types.is_date(kind) else array])


def _backed(column: Any) -> Any:
    """A column of Arrow as an array of pandas."""
    import pandas as pd  # noqa: PLC0415 - only for its own columns

    return pd.arrays.ArrowExtensionArray(column)


# Units and walls ----------------------------------------------------------------------------------


def finest_unit(*units: TimeUnit) -> TimeUnit:
    """The finest of the units."""
    return max(units, key=UNITS.index)


def _missing(values: Integers) -> NDArray[np.bool_] | None:
    """Which values are `MISSING`; None: none is."""
    return values == MISSING if least_of(values) == MISSING else None


def apply_where_present(values: Integers, change: Callable[[Integers], Integers]) -> Integers:
    """Apply a function to the values that are not `MISSING`."""
    missing = _missing(values)
    if missing is None:
        return change(values)
    answer = values.copy()
    answer[~missing] = change(values[~missing])
    return answer


def _scale(values: Integers, unit: TimeUnit) -> None:
    """Convert microseconds to a unit in place; `MISSING` stays.

    Raises:
        ColumnError: A length is too long for nanoseconds.
    """
    for rows in chunks(len(values)) if unit != "us" else ():
        part = values[rows]
        missing = part == MISSING
        if unit == "ns":
            too_long = (np.abs(part) > WIDEST // NANOSECONDS) & ~missing
            if too_long.any():
                row = rows.start + int(np.flatnonzero(too_long)[0])
                msg = (
                    f"the answer in row {row} is too long for nanoseconds: give columns in "
                    "microseconds"
                )
                raise ColumnError(msg, column="", given=int(values[row]), row=row)
            part *= NANOSECONDS
        else:
            part //= MICROSECONDS_IN[unit]
        part[missing] = MISSING
