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

from slacalc._columns.kernel import MISSING, chunks
from slacalc._columns.zones import readings
from slacalc._time.instants import EPOCH_DAY, to_duration, zone
from slacalc.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from slacalc._columns.zones import Integers

TimeUnit: TypeAlias = Literal["s", "ms", "us", "ns"]
Library: TypeAlias = Literal["numpy", "masked", "list", "series", "index"]
ColumnKind: TypeAlias = Literal["bool", "int", "datetime", "timedelta"]
UNITS: tuple[TimeUnit, ...] = ("s", "ms", "us", "ns")
MICROSECONDS_IN = {"s": 1_000_000, "ms": 1_000, "us": 1}
NANOSECONDS = 1_000  # in a microsecond
WIDEST = np.iinfo(np.int64).max - 1


class OutputType(NamedTuple):
    """The type of a column, and how to make a result of the same type.

    The methods may overwrite the arrays that they are given.

    Args:
        library: The kind of column.
        unit: Its unit.
        time_zone: The time zone in which it shows instants.
        naive: The zone in which it has wall times without a zone; results are wall times as well.
        sample: The column itself as a series of Narwhals, for name and index.
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
        missing = values < 0 if self.library != "numpy" else None
        np.maximum(values, 0, out=values)
        return self._column(values.view(np.bool_), missing, "bool")

    def numbers(self, values: Integers) -> Any:
        """A column of whole numbers.

        Plain NumPy arrays have no missing integer: there, the result is a masked array.
        """
        if self.library == "list":
            return [None if value == MISSING else value for value in values.tolist()]
        missing = values == MISSING
        if self.library == "numpy" and missing.any():
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
        backend = self.sample.implementation
        if backend.is_pandas_like():
            return self._pandas_dates(values)
        days = np.where(missing, 0, values).astype(np.int32)
        if backend.is_polars():
            import polars as pl  # noqa: PLC0415 - only for its own columns

            series = pl.Series(self.sample.name, days).cast(pl.Date)
            return series.set(pl.Series(missing), None) if missing.any() else series
        import pyarrow as pa  # noqa: PLC0415 - only for its own columns

        kind = self.sample.to_native().type
        array = pa.array(days, pa.int32(), mask=missing).cast(pa.date32())
        return pa.chunked_array([array.cast(kind) if pa.types.is_date(kind) else array])

    def _pandas_dates(self, values: Integers) -> Any:
        """A column of pandas: like a column of dates, else of datetimes without a time zone."""
        import pandas as pd  # noqa: PLC0415 - only for its own columns

        native = self.sample.to_native()
        if str(native.dtype) == "period[D]":
            series = pd.Series(pd.arrays.PeriodArray(values, dtype=native.dtype))
        elif hasattr(native.dtype, "pyarrow_dtype"):
            import pyarrow as pa  # noqa: PLC0415 - only for its own columns

            kind = native.dtype.pyarrow_dtype
            array = pa.array(values.view("datetime64[D]"))
            array = array.cast(kind) if pa.types.is_date(kind) else array
            series = pd.Series(array, dtype=pd.ArrowDtype(array.type))
        elif native.dtype == object:
            series = pd.Series(self._replace(library="list").dates(values), dtype=object)
        else:
            unit = getattr(native.dtype, "unit", None) or "s"
            if native.dtype.kind == "M" and isinstance(native.dtype, np.dtype):
                unit = np.datetime_data(native.dtype)[0]
            series = pd.Series(values.view("datetime64[D]").astype(f"datetime64[{unit}]"))
        if self.library == "index":
            return pd.Index(series, name=native.name)
        series.name, series.index = native.name, native.index
        return series

    def _times(self, values: Integers, kind: ColumnKind, time_zone: str | None = None) -> Any:
        """A column of datetimes or timedeltas."""
        _scale(values, self.unit)
        missing = values == MISSING if self.library != "numpy" else None
        return self._column(values, missing, kind, time_zone)

    def _column(
        self,
        values: NDArray[Any],
        missing: NDArray[np.bool_] | None,
        kind: ColumnKind,
        time_zone: str | None = None,
    ) -> Any:
        """A column of Boolean values, of integers, or of integers that stand for times."""
        if missing is not None and not missing.any():
            missing = None
        if self.library in ("numpy", "masked"):
            plain = kind in ("bool", "int")
            typed = values if plain else values.view(f"{kind}64[{self.unit}]")
            if self.library == "numpy":
                return typed
            return np.ma.array(typed, mask=np.ma.nomask if missing is None else missing)
        backend = self.sample.implementation
        if backend.is_polars():
            return self._in_polars(values, missing, kind, time_zone)
        if backend.is_pyarrow():
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

        known = {
            "bool": pa.bool_(),
            "int": pa.int64(),
            "datetime": pa.timestamp(self.unit, time_zone),
            "timedelta": pa.duration(self.unit),
        }
        return pa.chunked_array([pa.array(values, known[kind], mask=missing)])

    def _in_pandas(self, values: Any, missing: Any, kind: ColumnKind, time_zone: str | None) -> Any:
        import pandas as pd  # noqa: PLC0415 - only for its own columns

        native = self.sample.to_native()
        if kind in ("bool", "int"):
            nullable: Any = pd.arrays.BooleanArray if kind == "bool" else pd.arrays.IntegerArray
            series = pd.Series(values if missing is None else nullable(values, missing))
        else:
            dtype: Any = f"{kind}64[{self.unit}]"
            if time_zone is None:
                values = values.view(dtype)
            else:  # the column's own zone object, since not every zone has a name
                zoned = getattr(native.dtype, "tz", None) or time_zone
                dtype = pd.DatetimeTZDtype(self.unit, zoned)
            series = pd.Series(values, dtype=dtype, copy=False)
        if hasattr(native.dtype, "pyarrow_dtype"):
            import pyarrow as pa  # noqa: PLC0415 - only for its own columns

            array = pa.array(series, from_pandas=True)
            series = pd.Series(array, dtype=pd.ArrowDtype(array.type))
        if self.library == "index":
            return pd.Index(series, name=native.name)
        series.name, series.index = native.name, native.index
        return series


# Units and walls ----------------------------------------------------------------------------------


def finest_unit(*units: TimeUnit) -> TimeUnit:
    """The finest of the units."""
    return max(units, key=UNITS.index)


def apply_where_present(values: Integers, change: Callable[[Integers], Integers]) -> Integers:
    """Apply a function to the values that are not `MISSING`."""
    missing = values == MISSING
    if not missing.any():
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
                msg = f"the answer in row {row} is too long for nanoseconds: "
                msg += "give columns in microseconds"
                raise ColumnError(msg, column="", given=int(values[row]), row=row)
            part *= NANOSECONDS
        else:
            part //= MICROSECONDS_IN[unit]
        part[missing] = MISSING
