"""What a column of pandas, Polars or PyArrow holds, read from its own attributes.

A call over columns needs this of each of its columns before it can begin. Narwhals, which knows
more types and more libraries, takes longer to answer than a thousand rows take to be computed: it
says which library a type of column belongs to, once, and describes columns that hold neither times,
dates nor whole numbers.

Read next: `input` and `output`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import narwhals as nw
import numpy as np
from narwhals.dependencies import is_pandas_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from slacalc._columns.zones import Integers

TimeUnit: TypeAlias = Literal["s", "ms", "us", "ns"]
Library: TypeAlias = Literal["numpy", "masked", "list", "pandas", "index", "polars", "arrow"]
UNITS: tuple[TimeUnit, ...] = ("s", "ms", "us", "ns")
_LOOK = 100  # values by which a column of objects is known


class ValueType(NamedTuple):
    """What a column holds.

    Args:
        kind: The kind of its values. Periods are those of a day, of pandas; objects are of Python,
            but not text.
        unit: The unit of instants and lengths.
        time_zone: The time zone in which it shows instants; None if it has none.
    """

    kind: Literal["instants", "lengths", "dates", "periods", "integers", "objects", "other"]
    unit: TimeUnit = "us"
    time_zone: str | None = None


_OTHER = ValueType("other")
_DATES = ValueType("dates")
_INTEGERS = ValueType("integers")
_OBJECTS = ValueType("objects")


# Libraries ----------------------------------------------------------------------------------------


def library_of(value: Any) -> Library | None:
    """The kind of a column; None for a single value."""
    kind = type(value)
    try:
        return _libraries[kind]
    except KeyError:
        library = _libraries[kind] = _find_library(value)
        return library


_libraries: WeakKeyDictionary[type, Library | None] = WeakKeyDictionary()
"""The types of values that were met, and the libraries of those that are columns."""


def _find_library(value: Any) -> Library | None:
    if isinstance(value, (list, tuple)):
        return "list"
    if isinstance(value, np.ndarray):
        return "masked" if isinstance(value, np.ma.MaskedArray) else "numpy"
    if isinstance(value, (str, date, timedelta, np.datetime64, np.timedelta64)):
        return None
    if is_pandas_index(value):
        return "index"
    series = nw.from_native(in_chunks(value), series_only=True, pass_through=True)
    if not isinstance(series, nw.Series):
        return None
    backend = series.implementation
    return "polars" if backend.is_polars() else "arrow" if backend.is_pyarrow() else "pandas"


def is_column(value: Any) -> bool:
    """Whether a value is a column, not a single value."""
    return library_of(value) is not None


def in_chunks(column: Any) -> Any:
    """A plain array of Arrow as a chunked one, as Narwhals knows no others; others unchanged."""
    if type(column).__module__.startswith("pyarrow") and type(column).__name__.endswith("Array"):
        import pyarrow as pa  # noqa: PLC0415 - only for its own columns

        return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    return column


def to_series(column: Any) -> Any:
    """A column of a library as a series of Narwhals."""
    if is_pandas_index(column):
        column = column.to_series().astype(column.dtype)  # so that objects stay what they are
    return nw.from_native(in_chunks(column), series_only=True)


# Values -------------------------------------------------------------------------------------------


def value_type(column: Any) -> ValueType:
    """What a column of pandas, Polars or PyArrow holds."""
    library = library_of(column)
    if library == "arrow":
        return _of_arrow(column.type)
    return _of_polars(column.dtype) if library == "polars" else _of_pandas(column)


def _of_arrow(kind: Any) -> ValueType:
    import pyarrow as pa  # noqa: PLC0415 - only for its own columns

    types = pa.types
    if types.is_timestamp(kind):
        return ValueType("instants", kind.unit, kind.tz)
    if types.is_duration(kind):
        return ValueType("lengths", kind.unit)
    if types.is_date(kind):
        return _DATES
    return _INTEGERS if types.is_integer(kind) else _OTHER


def _of_polars(dtype: Any) -> ValueType:
    import polars as pl  # noqa: PLC0415 - only for its own columns

    if isinstance(dtype, pl.Datetime):
        unit: Any = dtype.time_unit
        return ValueType("instants", unit, dtype.time_zone)
    if isinstance(dtype, pl.Duration):
        unit = dtype.time_unit
        return ValueType("lengths", unit)
    if dtype == pl.Date:
        return _DATES
    if dtype == pl.Object:
        return _OBJECTS
    return _INTEGERS if dtype.is_integer() else _OTHER


def _of_pandas(column: Any) -> ValueType:
    import pandas as pd  # noqa: PLC0415 - only for its own columns

    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        if dtype.kind in "mM":
            unit: Any = np.datetime_data(dtype)[0]
            return ValueType("instants" if dtype.kind == "M" else "lengths", unit)
        if dtype.kind == "O":
            values = column.to_numpy()
            held = pd.api.types.infer_dtype(values[:_LOOK], skipna=True)
            if held == "empty":  # such as an event that has not happened to the first tickets
                held = pd.api.types.infer_dtype(values, skipna=True)
            return _OTHER if held in ("string", "empty") else _OBJECTS
    elif hasattr(dtype, "pyarrow_dtype"):
        return _of_arrow(dtype.pyarrow_dtype)
    elif hasattr(dtype, "tz"):
        return ValueType("instants", dtype.unit, str(dtype.tz))
    elif str(dtype) == "period[D]":
        return ValueType("periods")
    return _INTEGERS if dtype.kind in "iu" else _OTHER


def to_items(column: Any) -> Any:
    """The values of a column as Python objects."""
    if hasattr(column, "to_pylist"):
        return column.to_pylist()
    return column.to_list() if hasattr(column, "to_list") else list(column)


def to_array(column: Any) -> NDArray[Any]:
    """Times, dates, or whole numbers of which none is missing, as an array of NumPy.

    Missing times are NaT. Times of pandas' own types are the integers that it stores.
    """
    library = library_of(column)
    if library == "polars":
        array: NDArray[Any] = column.to_numpy()
    elif library == "arrow":
        array = column.to_numpy(zero_copy_only=False)
    elif hasattr(column.array, "asi8"):
        array = column.array.asi8
    elif hasattr(column.dtype, "pyarrow_dtype"):
        array = column.array.__arrow_array__().to_numpy(zero_copy_only=False)
    else:
        array = np.asarray(column.array, getattr(column.dtype, "numpy_dtype", column.dtype))
    return array


def categories_of(column: Any) -> Any:
    """The array of a column of pandas' categories; None for another column."""
    array = getattr(column, "array", None)
    return array if hasattr(array, "codes") and hasattr(array, "categories") else None


def has_missing(column: Any) -> bool:
    """Whether a value is missing in a column of pandas, Polars or PyArrow."""
    library = library_of(column)
    if library == "polars":
        return bool(column.null_count())
    return bool(column.null_count if library == "arrow" else column.hasnans)


def to_integers(column: Any) -> Integers:
    """Instants or lengths as the integers that their library stores, with `MISSING`."""
    return np.ascontiguousarray(to_array(column)).view(np.int64)  # where NaT is `MISSING`
