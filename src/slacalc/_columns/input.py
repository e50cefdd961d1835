"""Columns of any library as arrays of integers.

A column of instants comes in as NumPy's ``datetime64``, as a series of pandas, Polars or PyArrow
through Narwhals, or as a list. What matters of it is its instants, as int64 microseconds with
`MISSING` for none, and how it looked. Nothing is copied that the library itself does not have to
copy, and no Python object is made for a row, lists aside.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np
from narwhals.dependencies import is_pandas_index, is_pandas_series

from slacalc._calendar.arguments import whole_days
from slacalc._columns.categories import encode
from slacalc._columns.kernel import MISSING, chunks
from slacalc._columns.output import (
    MICROSECONDS_IN,
    NANOSECONDS,
    UNITS,
    WIDEST,
    OutputType,
    apply_where_present,
)
from slacalc._columns.zones import first_readings
from slacalc._time.durations import to_work
from slacalc._time.instants import (
    EARLIEST,
    LATEST,
    SECOND,
    horizon_error,
    to_instant,
    to_instant_in_zone,
    unbounded_instant,
    zone,
)
from slacalc._time.missing import is_missing
from slacalc.errors import (
    ColumnError,
    HorizonError,
    InstantError,
    NaiveDatetimeError,
    WorkError,
    unknown_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._columns.output import Library, TimeUnit
    from slacalc._columns.zones import Integers
    from slacalc._time.instants import Zone

_MOST_DAYS = 1_000_000  # more than lie in all the years
LONGEST_WORK = 1 << 60  # microseconds: longer than all the years, and far from any overflow


class Instants(NamedTuple):
    """Instants, and how they looked; no likeness where it was a single one."""

    values: Integers | int
    like: OutputType | None


class Lengths(NamedTuple):
    """Lengths, the unit they need, and how they looked; no likeness for a single one."""

    values: Integers | int
    unit: TimeUnit
    like: OutputType | None


def is_column(given: Any) -> bool:
    """Whether something is a column, and not a single value."""
    if isinstance(given, (str, datetime, timedelta, np.datetime64, np.timedelta64)):
        return False
    return isinstance(given, (list, tuple, np.ndarray)) or _series(given) is not None


def _series(given: Any) -> Any:
    """A column of a library as Narwhals has it; None where it is none."""
    if isinstance(given, (list, tuple, np.ndarray, int, float, str)) or given is None:
        return None
    if is_pandas_index(given):
        return nw.from_native(given.to_series(), series_only=True)
    if type(given).__module__.startswith("pyarrow") and type(given).__name__.endswith("Array"):
        import pyarrow as pa  # noqa: PLC0415 - only where the question came from it

        if not isinstance(given, pa.ChunkedArray):
            given = pa.chunked_array([given])
    series = nw.from_native(given, series_only=True, pass_through=True)
    return series if isinstance(series, nw.Series) else None


def _library(given: Any) -> Library:
    """What kind of column something is."""
    if isinstance(given, (list, tuple)):
        return "list"
    if isinstance(given, np.ndarray):
        return "masked" if isinstance(given, np.ma.MaskedArray) else "numpy"
    return "index" if is_pandas_index(given) else "series"


# Instants -----------------------------------------------------------------------------------------


def read_instants(given: Any, what: str, naive: str | None, shown_in: Zone) -> Instants:
    """A column of instants, or a single one.

    Args:
        given: The column.
        what: What to call it in errors.
        naive: The zone of times that bear none.
        shown_in: The zone of answers where the column has none of its own.

    Raises:
        NaiveDatetimeError: It has no zone, and none was named.
        ColumnError: It holds something else, or is finer than a microsecond.
    """
    if isinstance(given, np.ndarray):
        return _read_numpy(given, what, naive)
    if isinstance(given, (list, tuple)):
        return Instants(_listed(given, what, naive), OutputType("list", "us", shown_in.name))
    series = _series(given)
    if series is None:
        return Instants(read_instant(given, what, naive), None)
    dtype, library = _kind(series), _library(given)
    if dtype in (nw.Object, nw.Unknown):  # of Python's own, or nothing at all
        values = _listed(series.to_list(), what, naive)
        return Instants(values, OutputType(library, "us", shown_in.name, None, series))
    if not isinstance(dtype, nw.Datetime):
        msg = f"{what} holds {dtype}, and no instants: convert it to datetimes with a zone first"
        raise ColumnError(msg, column=what, given=str(dtype))
    if dtype.time_zone is None and naive is None:
        msg = (
            f"{what} has no time zone, so its times name no instants: say in which zone they were "
            'read, with naive="Europe/Berlin" or the like, or give the column one first'
        )
        raise NaiveDatetimeError(msg, given=what)
    values = _microseconds(_integers(series), dtype.time_unit, what)
    like = OutputType(library, dtype.time_unit, dtype.time_zone or "UTC", None, series)
    return Instants(values, like) if dtype.time_zone else _off_the_wall(values, like, naive)


def read_instant(given: Any, what: str, naive: str | None) -> int:
    """A single instant, in a zone where it bears none; NumPy's are in UTC without one.

    Raises:
        NaiveDatetimeError, InstantError, HorizonError: As for `to_instant`.
    """
    if not isinstance(given, np.datetime64):
        return to_instant(given) if naive is None else to_instant_in_zone(given, zone(naive))
    at = int(np.asarray(_read_numpy(np.array([given]), what, naive).values)[0])
    if at == MISSING:
        msg = f"{what} is {given!r}, and no instant"
        raise InstantError(msg, given=given)
    if not EARLIEST <= at < LATEST:
        raise horizon_error(str(given))
    return at


def _off_the_wall(values: Integers, like: OutputType, naive: str | None) -> Instants:
    """The instants at which a zone's clock showed times; the answer is such times as well."""
    if naive is None:
        return Instants(values, like)
    at = zone(naive)
    known = apply_where_present(values, lambda shown: first_readings(at, shown))
    return Instants(known, like._replace(naive=naive))


def _kind(series: Any) -> Any:
    """What a series holds; pandas' zones by their own names, of which Narwhals knows not all."""
    native = series.to_native()
    if series.implementation.is_pandas_like() and hasattr(native.dtype, "tz"):
        return nw.Datetime(native.dtype.unit, str(native.dtype.tz))
    return series.dtype


def _integers(series: Any) -> Integers:
    """Datetimes in UTC, or lengths, as the integers that every library keeps of them."""
    native = series.to_native()
    if series.implementation.is_polars():
        numbers: Integers = native.to_physical().fill_null(MISSING).to_numpy()
    elif series.implementation.is_pyarrow():
        import pyarrow as pa  # noqa: PLC0415 - only where the question came from it

        if pa.types.is_timestamp(native.type):
            native = native.cast(pa.timestamp(native.type.unit))
        numbers = native.combine_chunks().to_numpy(zero_copy_only=False).view(np.int64)
    elif hasattr(native.array, "asi8"):
        numbers = native.array.asi8
    else:  # of Arrow's types
        if isinstance(series.dtype, nw.Datetime) and series.dtype.time_zone is not None:
            series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        numbers = np.ascontiguousarray(series.to_numpy()).view(np.int64)
    return numbers


def _read_numpy(given: NDArray[Any], what: str, naive: str | None) -> Instants:
    """NumPy's datetimes, which are in UTC unless another zone is named."""
    library = _library(given)
    if given.dtype == object and given.ndim == 1:
        values = _listed(given.tolist(), what, naive)
        return Instants(values, OutputType(library, "us", naive=naive))
    if given.dtype.kind != "M":
        msg = (
            f"{what} is an array of {given.dtype}, and holds no instants: give datetime64, which "
            "is read as UTC"
        )
        raise ColumnError(msg, column=what, given=str(given.dtype))
    values, unit = _of_numpy(given, what)
    return _off_the_wall(values, OutputType(library, unit), naive)


def _of_numpy(given: NDArray[Any], what: str) -> tuple[Integers, TimeUnit]:
    """Datetimes or lengths of NumPy as microseconds, and the unit for their answers.

    Raises:
        ColumnError: It has several dimensions, or is finer than a microsecond.
    """
    if given.ndim != 1:
        msg = f"{what} has {given.ndim} dimensions: give a single column"
        raise ColumnError(msg, column=what, given=given.shape)
    unit, count = np.datetime_data(given.dtype)
    kind = given.dtype.kind
    if unit in ("ps", "fs", "as"):
        msg = f"{what} counts {unit}, finer than a microsecond: round the column first"
        raise ColumnError(msg, column=what, given=str(given.dtype))
    if kind == "m" and unit in ("Y", "M", "generic"):
        msg = f"{what} counts months, years or nothing, and has no length: give hours"
        raise ColumnError(msg, column=what, given=str(given.dtype))
    if isinstance(given, np.ma.MaskedArray):
        given = np.where(np.ma.getmaskarray(given), np.array("NaT", given.dtype), given.data)
    target: TimeUnit = next((one for one in UNITS if one == unit), "s")
    if unit != target or count != 1:
        given = given.astype(f"{kind}8[{target}]")
    if not given.dtype.isnative:
        given = given.astype(given.dtype.newbyteorder("="))
    return _microseconds(np.ascontiguousarray(given).view(np.int64), target, what), target


def _listed(given: Sequence[Any], what: str, naive: str | None) -> Integers:
    """Single instants, one by one."""
    values = np.empty(len(given), np.int64)
    for row, one in enumerate(given):
        if isinstance(one, np.datetime64):
            values[row : row + 1] = _read_numpy(np.array([one]), f"{what}[{row}]", naive).values
            continue
        try:
            values[row] = MISSING if is_missing(one) else read_instant(one, what, naive)
        except HorizonError:
            values[row] = unbounded_instant(one)  # a row without an answer, as in any column
        except InstantError as error:
            error.where = f"{what}[{row}]"
            raise
    return values


# Lengths and counts -------------------------------------------------------------------------------


def read_lengths(given: Any, what: str) -> Lengths:
    """A column of lengths of work, or a single one.

    Raises:
        WorkError: A single length, or a text in the column, cannot be read.
        ColumnError: The column holds something else.
    """
    if isinstance(given, np.timedelta64):
        ((work,), unit) = _of_numpy(np.array([given]), what)
        return Lengths(int(work), unit, None)
    if not is_column(given):
        work = to_work(given)
        return Lengths(work, "s" if work % SECOND == 0 else "us", None)
    series, library = _series(given), _library(given)
    if series is None and isinstance(given, np.ndarray) and given.dtype.kind == "m":
        values, unit = _of_numpy(given, what)
        return Lengths(values, unit, OutputType(library, unit))
    dtype = given.dtype if isinstance(given, np.ndarray) else getattr(series, "dtype", None)
    if isinstance(dtype, nw.Duration):
        unit = dtype.time_unit
        values = _microseconds(_integers(series), unit, what)
    elif _may_be_text(given, dtype):
        unit = "us"
        column = given if series is None else series.to_native()
        values = _each(
            column, what, lambda one: min(max(to_work(one), -LONGEST_WORK), LONGEST_WORK)
        )
    else:
        msg = f"{what} holds {dtype}, and no lengths of work: give durations, or text such as '4h'"
        raise ColumnError(msg, column=what, given=str(dtype))
    return Lengths(values, unit, OutputType(library, unit, sample=series))


def _may_be_text(given: Any, dtype: Any) -> bool:
    """Whether a column may hold values that are to be looked at one by one."""
    if isinstance(given, np.ndarray):
        return given.ndim == 1 and dtype.kind in "OUST"
    return dtype is None or dtype in (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown)


def _each(given: Any, what: str, read: Callable[[Any], int]) -> Integers:
    """A column of values of some other kind as integers; each that occurs is read once."""
    codes, values = encode(given)
    known = np.full(len(values) + 1, MISSING, np.int64)  # the last one is for -1
    for place in np.unique(codes[codes >= 0]).tolist():
        try:
            known[place] = read(values[place])
        except WorkError as error:
            error.where = f"{what}[{int(np.flatnonzero(codes == place)[0])}]"
            raise
    return known[codes]


def read_counts(given: Any, what: str) -> tuple[Integers | int, OutputType | None]:
    """Whole numbers, such as of days: a column with its looks, or a single one.

    Raises:
        WorkError: A single one, or one in the column, is no whole number.
        ColumnError: The column has several dimensions.
    """
    if not is_column(given):
        return _count(given), None
    if isinstance(given, np.ndarray) and given.ndim != 1:
        msg = f"{what} has {given.ndim} dimensions: give a single column"
        raise ColumnError(msg, column=what, given=given.shape)
    series, array = _series(given), given
    is_whole = isinstance(given, np.ndarray) and given.dtype.kind in "iu"
    missing: Any = np.ma.getmaskarray(given) if is_whole else None
    if series is not None:
        array, is_whole = series.to_native(), series.dtype.is_integer()
        missing = series.is_null().to_numpy().astype(np.bool_)
        array = series.fill_null(0).to_numpy() if is_whole else series.to_native()
    like = OutputType(_library(given), "us", sample=series)
    if not is_whole:
        return _each(array, what, lambda one: _count(_whole(one))), like
    bounds = np.iinfo(array.dtype)
    clipped = np.clip(array, max(-_MOST_DAYS, bounds.min), min(_MOST_DAYS, bounds.max))
    counts = clipped.astype(np.int64)
    counts[missing] = MISSING
    return counts, like


def _count(given: Any) -> int:
    """A whole number of days, no more than matter."""
    days = whole_days(int(given) if isinstance(given, np.integer) else given)
    return min(max(days, -_MOST_DAYS), _MOST_DAYS)


def _whole(given: Any) -> Any:
    """A number as it was before a library made a float of it, since others were missing."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


# Units --------------------------------------------------------------------------------------------


def _microseconds(raw: Integers, unit: str, what: str) -> Integers:
    """Numbers of a unit as microseconds; missing ones stay so.

    Raises:
        ColumnError: One is finer than a microsecond.
    """
    if unit == "us":
        return raw
    values = np.empty(len(raw), np.int64)
    for rows in chunks(len(raw)):
        given, part = raw[rows], values[rows]
        missing = given == MISSING
        if unit == "ns":
            np.floor_divide(given, NANOSECONDS, out=part)
            fine = (part * NANOSECONDS != given) & ~missing
            if fine.any():
                row = rows.start + int(np.flatnonzero(fine)[0])
                msg = f"{what}[{row}] is finer than a microsecond: round the column first"
                raise ColumnError(msg, column=what, given=int(raw[row]), row=row)
        else:
            factor = MICROSECONDS_IN[unit]
            np.clip(given, -(WIDEST // factor), WIDEST // factor, out=part)
            np.multiply(part, factor, out=part)
        part[missing] = MISSING
    return values


# Refusing -----------------------------------------------------------------------------------------


def check_equal_length(columns: Mapping[str, Any]) -> None:
    """Refuse columns that are not equally long, or whose rows pandas would match otherwise.

    Raises:
        ColumnError: They are, or series of pandas among them have different indexes.
    """
    rows = {name: len(one) for name, one in columns.items()}
    if len(set(rows.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in rows.items())
        msg = f"the columns are not equally long: {told}"
        raise ColumnError(msg, column="", given=rows)
    series = {name: one for name, one in columns.items() if is_pandas_series(one)}
    first = next(iter(series), "")
    for name, one in series.items():
        if not one.index.equals(series[first].index):
            msg = (
                f"{first} and {name} are series of different indexes, and rows go by their order: "
                f"align them first, as with {name}.reindex({first}.index), or drop the indexes, "
                "with reset_index(drop=True)"
            )
            raise ColumnError(msg, column=name, given=one.index)


def columns_of(given: Mapping[Any, Any]) -> dict[str, Any]:
    """The columns of a dictionary, which go together.

    Raises:
        ColumnError: A value is no column, or they are uneven.
    """
    columns = {str(name): one for name, one in given.items()}
    for name, one in columns.items():
        if not is_column(one):
            msg = f"{name} is no column, but {type(one).__name__}"
            raise ColumnError(msg, column=name, given=one)
    check_equal_length(columns)
    return columns


def check_choice(given: object, what: str, known: Sequence[str]) -> None:
    """Refuse a value of an argument that is not one of a few."""
    if given not in known:
        raise unknown_name(ColumnError, f"a value of {what}", given, known, column=what)
