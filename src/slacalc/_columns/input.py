"""Read columns of any library as int64 arrays, with the type that a result needs to be alike.

A column is a NumPy array, a column of pandas, Polars or PyArrow (through Narwhals), or a list.
Instants and lengths become int64 microseconds, with `MISSING` for missing values. Data is copied
only where the library has to, and no Python object is made for a row, except in lists.

Read `output` next, which goes the other way.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import narwhals as nw
import numpy as np
from narwhals.dependencies import is_pandas_index, is_pandas_series

from slacalc._calendar.arguments import is_date, to_ordinal, whole_days
from slacalc._columns.arithmetic import BEYOND
from slacalc._columns.categories import encode, in_chunks
from slacalc._columns.kernel import MISSING, chunks
from slacalc._columns.output import (
    MICROSECONDS_IN,
    NANOSECONDS,
    UNITS,
    WIDEST,
    OutputType,
)
from slacalc._columns.zones import first_readings, readings
from slacalc._time.durations import to_work
from slacalc._time.instants import (
    DAY,
    EARLIEST,
    EPOCH_DAY,
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
    DateError,
    HorizonError,
    InstantError,
    NaiveDatetimeError,
    SlacalcError,
    WorkError,
    unknown_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._columns.output import Library, TimeUnit
    from slacalc._columns.zones import Integers
    from slacalc._time.instants import Zone

UNREADABLE = BEYOND  # for an instant that cannot be read: no result, as outside the years
_MOST_DAYS = 1_000_000  # more than lie in all the years
LONGEST_WORK = 1 << 60  # microseconds: longer than all the years, and far from any overflow


class Instants(NamedTuple):
    """Instants in microseconds, and the column's type; None for a single instant."""

    values: Integers | int
    output_type: OutputType | None


class Lengths(NamedTuple):
    """Lengths in microseconds, the unit they need, and the column's type; None for a single one."""

    values: Integers | int
    unit: TimeUnit
    output_type: OutputType | None


def is_column(value: Any) -> bool:
    """Whether a value is a column, not a single value."""
    if isinstance(value, (str, date, timedelta, np.datetime64, np.timedelta64)):
        return False
    if isinstance(value, (list, tuple, np.ndarray)):
        return True
    kind = type(value)
    if kind not in _column_types:  # which costs Narwhals as much as reading the column
        _column_types[kind] = _series(value) is not None
    return _column_types[kind]


_column_types: WeakKeyDictionary[type, bool] = WeakKeyDictionary()
"""The types of values that were met, and whether such values are columns."""


def _series(raw: Any) -> Any:
    """A column as a series of Narwhals; None for lists, arrays and single values."""
    if isinstance(raw, (list, tuple, np.ndarray, int, float, str)) or raw is None:
        return None
    if is_pandas_index(raw):
        return nw.from_native(raw.to_series(), series_only=True)
    series = nw.from_native(in_chunks(raw), series_only=True, pass_through=True)
    return series if isinstance(series, nw.Series) else None


def _library(raw: Any) -> Library:
    """The kind of a column."""
    if isinstance(raw, (list, tuple)):
        return "list"
    if isinstance(raw, np.ndarray):
        return "masked" if isinstance(raw, np.ma.MaskedArray) else "numpy"
    return "index" if is_pandas_index(raw) else "series"


# Instants -----------------------------------------------------------------------------------------


def read_instants(
    raw: Any,
    what: str,
    naive: str | None,
    shown_in: Zone,
    row_errors: dict[int, SlacalcError] | None = None,
) -> Instants:
    """Read a column of instants, or a single one.

    In a column that has no value in any row nothing has happened yet, whatever its type.

    Args:
        raw: The column.
        what: Its name in errors.
        naive: The time zone of times without one.
        shown_in: The time zone of results if the column does not have one.
        row_errors: Collects the errors of rows that cannot be read, whose instants are then
            `UNREADABLE`. Default: the first of them is raised.

    Raises:
        NaiveDatetimeError: It has no time zone, and *naive* is None.
        ColumnError: It holds something else, or values finer than a microsecond.
    """
    if isinstance(raw, np.ndarray):
        return _read_numpy(raw, what, naive, row_errors)
    if isinstance(raw, (list, tuple)):
        values = _listed(raw, what, naive, row_errors)
        return Instants(values, OutputType("list", "us", shown_in.name))
    series = _series(raw)
    if series is None:
        return Instants(read_instant(raw, what, naive), None)
    dtype, library = _kind(series), _library(raw)
    is_datetime = isinstance(dtype, nw.Datetime)
    is_empty = not (is_datetime and (dtype.time_zone or naive)) and _is_empty(raw, series)
    if is_empty or dtype in (nw.Object, nw.Unknown):  # Python objects, or only missing values
        output_type = OutputType(library, "us", shown_in.name, None, series)
        nothing = np.full(len(series), MISSING, np.int64)
        values = nothing if is_empty else _listed(series.to_list(), what, naive, row_errors)
        return Instants(values, output_type)
    if not is_datetime:
        msg = f"{what} holds {dtype}, not instants: convert it to datetimes with a time zone first"
        raise ColumnError(msg, column=what, given=str(dtype))
    if dtype.time_zone is None and naive is None:
        msg = (
            f"{what} has no time zone, so its times are not instants: pass the zone in which they "
            'were read, such as naive="Europe/Berlin", or give the column a time zone first'
        )
        raise NaiveDatetimeError(msg, given=what)
    values = _microseconds(_integers(series), dtype.time_unit, what)
    output_type = OutputType(library, dtype.time_unit, dtype.time_zone or "UTC", None, series)
    if dtype.time_zone:
        return Instants(values, output_type)
    return _from_wall_times(values, output_type, naive)


def read_instant(raw: Any, what: str, naive: str | None) -> int:
    """Read a single instant; a naive one in the zone *naive*, but NumPy's in UTC by default.

    Raises:
        NaiveDatetimeError, InstantError, HorizonError: As for `to_instant`.
    """
    if not isinstance(raw, np.datetime64):
        return to_instant(raw) if naive is None else to_instant_in_zone(raw, zone(naive))
    at = int(np.asarray(_read_numpy(np.array([raw]), what, naive).values)[0])
    if at == MISSING:
        msg = f"{what} is {raw!r}, which is not an instant"
        raise InstantError(msg, given=raw)
    if not EARLIEST <= at < LATEST:
        raise horizon_error(str(raw))
    return at


def _is_empty(raw: Any, series: Any) -> bool:
    """Whether a column, which is an array or a series, has no value in any row."""
    if series is not None:
        if series.null_count() == len(series):
            return True
        return series.dtype.is_float() and bool(series.drop_nulls().is_nan().all())
    if raw.ndim != 1:
        return False
    present = np.ma.compressed(raw) if isinstance(raw, np.ma.MaskedArray) else raw
    kind = present.dtype.kind
    is_missing = np.isnan if kind in "fc" else np.isnat if kind in "mM" else None
    if is_missing is None or not len(present):
        return not len(present)
    return bool(is_missing(present[0]) and is_missing(present).all())  # most columns have a first


def _from_wall_times(values: Integers, output_type: OutputType, naive: str | None) -> Instants:
    """Wall times in the zone *naive* as instants; the results will be wall times as well.

    Readings far outside the supported years stay as they are, since zones end there: they would
    become the first or the last instant of the zone.
    """
    if naive is None or not len(values):
        return Instants(values, output_type)
    at = zone(naive)
    first, end = EARLIEST - DAY, LATEST + DAY
    if first <= int(values.min()) and int(values.max()) < end:
        known = first_readings(at, values)
    else:
        known, near = values.copy(), (values >= first) & (values < end)
        known[near] = first_readings(at, values[near])
    return Instants(known, output_type._replace(naive=naive))


def _kind(series: Any) -> Any:
    """The data type of a series; with pandas' own name of a zone, as Narwhals lacks some."""
    native = series.to_native()
    if series.implementation.is_pandas_like() and hasattr(native.dtype, "tz"):
        return nw.Datetime(native.dtype.unit, str(native.dtype.tz))
    return series.dtype


def _integers(series: Any) -> Integers:
    """Datetimes or lengths as the integers that their library stores."""
    native = series.to_native()
    if series.implementation.is_polars():
        numbers: Integers = native.to_physical().fill_null(MISSING).to_numpy()
    elif series.implementation.is_pyarrow():
        import pyarrow as pa  # noqa: PLC0415 - only for its own columns

        if pa.types.is_timestamp(native.type):
            native = native.cast(pa.timestamp(native.type.unit))
        numbers = native.combine_chunks().to_numpy(zero_copy_only=False).view(np.int64)
    elif hasattr(native.array, "asi8"):
        numbers = native.array.asi8
    else:  # pandas with types of Arrow
        if isinstance(series.dtype, nw.Datetime) and series.dtype.time_zone is not None:
            series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        numbers = np.ascontiguousarray(series.to_numpy()).view(np.int64)
    return numbers


def _read_numpy(
    raw: NDArray[Any],
    what: str,
    naive: str | None,
    row_errors: dict[int, SlacalcError] | None = None,
) -> Instants:
    """Read NumPy's datetimes, which are in UTC unless *naive* is another zone."""
    library = _library(raw)
    if raw.dtype == object and raw.ndim == 1:
        values = _listed(raw.tolist(), what, naive, row_errors)
        return Instants(values, OutputType(library, "us", naive=naive))
    if raw.dtype.kind != "M":
        if _is_empty(raw, None):
            values = np.full(len(raw), MISSING, np.int64)
            return Instants(values, OutputType(library, "us", naive=naive))
        msg = (
            f"{what} is an array of {raw.dtype}, not of instants: give datetime64, which is read "
            "as UTC"
        )
        raise ColumnError(msg, column=what, given=str(raw.dtype))
    values, unit = _of_numpy(raw, what)
    return _from_wall_times(values, OutputType(library, unit), naive)


def _of_numpy(raw: NDArray[Any], what: str) -> tuple[Integers, TimeUnit]:
    """NumPy's datetimes or lengths as microseconds, and the unit for their results.

    Raises:
        ColumnError: It has several dimensions, or is finer than a microsecond.
    """
    if raw.ndim != 1:
        msg = f"{what} has {raw.ndim} dimensions: give a single column"
        raise ColumnError(msg, column=what, given=raw.shape)
    unit, count = np.datetime_data(raw.dtype)
    kind = raw.dtype.kind
    if unit in ("ps", "fs", "as"):
        msg = f"{what} has the unit {unit}, finer than a microsecond: round the column first"
        raise ColumnError(msg, column=what, given=str(raw.dtype))
    if kind == "m" and unit in ("Y", "M", "generic"):
        msg = f"{what} counts months or years, or has no unit, so it is not a length: give hours"
        raise ColumnError(msg, column=what, given=str(raw.dtype))
    if isinstance(raw, np.ma.MaskedArray):
        raw = np.where(np.ma.getmaskarray(raw), np.array("NaT", raw.dtype), raw.data)
    target: TimeUnit = next((known for known in UNITS if known == unit), "s")
    if unit != target or count != 1:
        raw = raw.astype(f"{kind}8[{target}]")
    if not raw.dtype.isnative:
        raw = raw.astype(raw.dtype.newbyteorder("="))
    return _microseconds(np.ascontiguousarray(raw).view(np.int64), target, what), target


def _listed(
    raw: Sequence[Any],
    what: str,
    naive: str | None,
    row_errors: dict[int, SlacalcError] | None,
) -> Integers:
    """Read a list of instants one by one."""
    values = np.empty(len(raw), np.int64)
    errors: dict[int, SlacalcError] = {}
    for row, value in enumerate(raw):
        try:
            if isinstance(value, np.datetime64):
                values[row : row + 1] = _read_numpy(np.array([value]), what, naive).values
            else:
                values[row] = MISSING if is_missing(value) else read_instant(value, what, naive)
        except HorizonError:
            values[row] = _outside(unbounded_instant(value))
        except (InstantError, ColumnError) as error:
            error.where = f"{what}[{row}]"
            errors[row], values[row] = error, UNREADABLE
    if not errors:
        return values
    naives = (error for error in errors.values() if isinstance(error, NaiveDatetimeError))
    naive_error = next(naives, None)
    if row_errors is None:
        raise next(iter(errors.values()))
    if naive_error is not None and not (values > UNREADABLE).any():
        raise naive_error  # not a slip in a row: the whole column has no time zone
    row_errors |= errors
    return values


def _outside(at: int) -> int:
    """An instant that its zone puts outside the supported years, although UTC may not."""
    if EARLIEST <= at < LATEST:
        return EARLIEST - 1 if at < 0 else LATEST
    return at  # a row without a result, as in any column


# Dates --------------------------------------------------------------------------------------------


class Dates(NamedTuple):
    """Dates in days since 1970, and the column's type; None for a single date."""

    values: Integers | int
    output_type: OutputType | None


def holds_dates(raw: Any, naive: str | None = None) -> bool:
    """Whether a column, or a single value, holds dates rather than instants.

    NumPy's datetimes are dates if their unit is a day or longer. Pandas has no such type: there,
    datetimes without a time zone are dates if all of them are midnights. A column of Python objects
    is what its first value is.

    Args:
        raw: The column.
        naive: The time zone of times without one, which makes them instants.
    """
    if isinstance(raw, np.datetime64):
        return np.datetime_data(raw.dtype)[0] in _DATE_UNITS
    dtype = getattr(raw, "dtype", None)
    if getattr(dtype, "tz", None) or getattr(dtype, "time_zone", None):
        return False  # quickly, for the most usual columns of pandas and Polars
    if not is_column(raw):
        return is_date(raw)
    series = _series(raw)
    form = _form_of_dates(raw, series, naive)
    if form != "objects":
        return form is not None
    items = raw if series is None else series.to_list()
    first = next((item for item in items if not is_missing(item)), None)
    return not isinstance(first, (list, tuple, np.ndarray)) and holds_dates(first)


def read_dates(
    raw: Any,
    what: str,
    naive: str | None,
    shown_in: Zone,
    row_errors: dict[int, SlacalcError] | None = None,
    *,
    only_dates: bool = False,
) -> Dates:
    """Read a column of dates, or a single one; an instant stands for its date in a zone.

    Args:
        raw: The column.
        what: Its name in errors.
        naive: The time zone of times without one.
        shown_in: The zone in which instants are converted to dates.
        row_errors: As for `read_instants`.
        only_dates: Whether instants among dates are refused.

    Raises:
        NaiveDatetimeError: It holds times without a time zone, and *naive* is None.
        DateError, InstantError: A single value, or one in a list, cannot be read.
        ColumnError: The column holds something else.
    """
    if not is_column(raw):
        return Dates(_read_date(raw, what, naive, shown_in), None)
    series = _series(raw)
    form = _form_of_dates(raw, series, naive)
    if form is None:
        kind = raw.dtype if series is None else _kind(series)
        is_of_times = kind.kind == "M" if series is None else isinstance(kind, nw.Datetime)
        if not is_of_times and not _is_empty(raw, series):
            msg = f"{what} holds {kind}, not dates: convert it to dates, or to instants, first"
            raise ColumnError(msg, column=what, given=str(kind))
        instants, output_type = read_instants(raw, what, naive, shown_in, row_errors)
        return Dates(_dates_of(np.asarray(instants), shown_in), output_type)
    if form == "objects":
        items = list(raw) if series is None else series.to_list()
        days = _listed_dates(items, what, naive, shown_in, row_errors, only_dates=only_dates)
    else:
        days = _READERS[form](raw if series is None else series)
    return Dates(days, OutputType(_library(raw), "s", sample=series))


_DATE_UNITS = ("Y", "M", "W", "D")


def _form_of_dates(raw: Any, series: Any, naive: str | None) -> str | None:
    """The key in `_READERS` for a column of dates; None if its type is another one.

    It is ``"objects"`` for Python objects, which may be dates or instants.
    """
    form = None
    if isinstance(raw, np.ndarray):
        is_of_days = raw.dtype.kind == "M" and np.datetime_data(raw.dtype)[0] in _DATE_UNITS
        if raw.ndim == 1 and (is_of_days or raw.dtype == object):
            form = "numpy" if is_of_days else "objects"
    elif series is None:
        form = "objects"
    elif _is_period(series):
        form = "periods"
    elif _is_arrow_date(series) or series.dtype == nw.Date:
        form = "polars" if series.implementation.is_polars() else "arrow"
    elif series.dtype in (nw.Object, nw.Unknown):
        form = "objects"
    elif naive is None and _has_only_midnights(series):
        form = "midnights"
    return form


def _is_period(series: Any) -> bool:
    """Whether a series is of pandas' periods of a day."""
    return str(getattr(series.to_native(), "dtype", "")) == "period[D]"


def _is_arrow_date(series: Any) -> bool:
    """Whether a series is of Arrow's dates, of which Narwhals knows only those in days."""
    native = series.to_native()
    kind = getattr(native, "type", None) or getattr(native.dtype, "pyarrow_dtype", "")
    return str(kind).startswith("date")


def _has_only_midnights(series: Any) -> bool:
    """Whether a series is of pandas' datetimes without a time zone, and all of them midnights."""
    dtype = series.to_native().dtype if series.implementation.is_pandas_like() else None
    if not isinstance(dtype, np.dtype) or dtype.kind != "M":
        return False
    ticks = _integers(series)
    return bool(np.all((ticks == MISSING) | (ticks % _ticks_a_day(dtype) == 0)))


def _ticks_a_day(dtype: np.dtype[Any]) -> int:
    unit = np.datetime_data(dtype)[0]
    return DAY * NANOSECONDS if unit == "ns" else DAY // MICROSECONDS_IN[unit]


def _days_of_numpy(raw: NDArray[Any]) -> Integers:
    if isinstance(raw, np.ma.MaskedArray):
        raw = np.where(np.ma.getmaskarray(raw), np.array("NaT", raw.dtype), raw.data)
    return np.ascontiguousarray(raw.astype("<M8[D]", copy=False)).view(np.int64)


def _days_of_midnights(series: Any) -> Integers:
    ticks = _integers(series)
    days = ticks // _ticks_a_day(series.to_native().dtype)
    days[ticks == MISSING] = MISSING
    return days


def _days_of_arrow(series: Any) -> Integers:
    import pyarrow as pa  # noqa: PLC0415 - only for its own columns

    array = pa.array(series.to_native())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    days = array.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    return np.asarray(days.fill_null(MISSING))


_READERS: dict[str, Callable[[Any], Integers]] = {
    "numpy": _days_of_numpy,
    "periods": lambda series: series.to_native().array.asi8,
    "polars": lambda series: (
        series.to_native().to_physical().cast(int).fill_null(MISSING).to_numpy()
    ),
    "arrow": _days_of_arrow,
    "midnights": _days_of_midnights,
}
"""How columns of dates are read as days since 1970, with `MISSING`."""


def _dates_of(instants: Integers, at: Zone) -> Integers:
    """The dates that the clock of a zone shows at instants; marks stay."""
    days = instants // DAY  # outside the supported years this is outside their dates as well
    inside = (instants >= EARLIEST) & (instants < LATEST)
    days[inside] = readings(at, instants[inside]) // DAY
    marked = instants <= BEYOND
    days[marked] = instants[marked]
    return days


def _read_date(raw: Any, what: str, naive: str | None, shown_in: Zone) -> int:
    """Read a single date, as days since 1970."""
    if isinstance(raw, np.datetime64) and holds_dates(raw) and not np.isnat(raw):
        return int(raw.astype("datetime64[D]").view(np.int64))
    if isinstance(raw, np.datetime64) or (naive is not None and not is_date(raw)):
        return shown_in.reading(read_instant(raw, what, naive)) // DAY
    return to_ordinal(raw, shown_in) - EPOCH_DAY


def _listed_dates(
    raw: Sequence[Any],
    what: str,
    naive: str | None,
    shown_in: Zone,
    row_errors: dict[int, SlacalcError] | None,
    *,
    only_dates: bool,
) -> Integers:
    """Read a list of dates and instants one by one."""
    days = np.empty(len(raw), np.int64)
    for row, value in enumerate(raw):
        try:
            if is_missing(value):
                days[row] = MISSING
            elif only_dates and not holds_dates(value):
                msg = f"{value!r} is not a date, as the first value of the column is"
                raise DateError(msg, given=value)
            elif isinstance(value, np.datetime64):
                column = np.array([value])
                days[row : row + 1] = read_dates(column, what, naive, shown_in).values
            else:
                days[row] = _read_date(value, what, naive, shown_in)
        except HorizonError:
            days[row] = _outside(unbounded_instant(value)) // DAY
        except (DateError, InstantError, ColumnError) as error:
            error.where = f"{what}[{row}]"
            if row_errors is None:
                raise
            row_errors[row], days[row] = error, UNREADABLE
    return days


# Lengths and counts -------------------------------------------------------------------------------


def read_lengths(raw: Any, what: str) -> Lengths:
    """Read a column of lengths of work, or a single one.

    Raises:
        WorkError: A single length, or a text in the column, cannot be read.
        ColumnError: The column holds something else.
    """
    if isinstance(raw, np.timedelta64):
        ((work,), unit) = _of_numpy(np.array([raw]), what)
        return Lengths(int(work), unit, None)
    if not is_column(raw):
        work = to_work(raw)
        return Lengths(work, "s" if work % SECOND == 0 else "us", None)
    series, library = _series(raw), _library(raw)
    is_array = isinstance(raw, np.ndarray)
    if series is None and is_array and raw.dtype.kind == "m" and not _is_empty(raw, None):
        values, unit = _of_numpy(raw, what)
        return Lengths(values, unit, OutputType(library, unit))
    dtype = raw.dtype if is_array else getattr(series, "dtype", None)
    if isinstance(dtype, nw.Duration):
        unit = dtype.time_unit
        values = _microseconds(_integers(series), unit, what)
    elif _may_be_text(raw, dtype):
        unit = "us"
        column = raw if series is None else series.to_native()
        values = _each(
            column, what, lambda text: min(max(to_work(text), -LONGEST_WORK), LONGEST_WORK)
        )
    elif _is_empty(raw, series):
        unit, values = "us", np.full(len(raw), MISSING, np.int64)
    else:
        msg = f"{what} holds {dtype}, not lengths of work: give durations, or text such as '4h'"
        raise ColumnError(msg, column=what, given=str(dtype))
    return Lengths(values, unit, OutputType(library, unit, sample=series))


def _may_be_text(raw: Any, dtype: Any) -> bool:
    """Whether a column may hold text or Python objects."""
    if isinstance(raw, np.ndarray):
        return raw.ndim == 1 and dtype.kind in "OUST"
    return dtype is None or dtype in (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown)


def _each(raw: Any, what: str, read: Callable[[Any], int]) -> Integers:
    """Read a column of text or Python objects as integers, each distinct value once."""
    codes, values = encode(raw)
    known = np.full(len(values) + 1, MISSING, np.int64)  # the last one is for the code -1
    for place in np.unique(codes[codes >= 0]).tolist():
        try:
            known[place] = read(values[place])
        except WorkError as error:
            error.where = f"{what}[{int(np.flatnonzero(codes == place)[0])}]"
            raise
    return known[codes]


def read_counts(raw: Any, what: str) -> tuple[Integers | int, OutputType | None]:
    """Read a column of whole numbers (of days), or a single one, and the column's type.

    Raises:
        WorkError: A single value, or one in the column, is not a whole number.
        ColumnError: The column has several dimensions.
    """
    if not is_column(raw):
        return _count(raw), None
    if isinstance(raw, np.ndarray) and raw.ndim != 1:
        msg = f"{what} has {raw.ndim} dimensions: give a single column"
        raise ColumnError(msg, column=what, given=raw.shape)
    series, array = _series(raw), raw
    is_whole = isinstance(raw, np.ndarray) and raw.dtype.kind in "iu"
    missing: Any = np.ma.getmaskarray(raw) if is_whole else None
    if series is not None:
        array, is_whole = series.to_native(), series.dtype.is_integer()
        missing = series.is_null().to_numpy().astype(np.bool_)
        array = series.fill_null(0).to_numpy() if is_whole else series.to_native()
    output_type = OutputType(_library(raw), "us", sample=series)
    if not is_whole:
        return _each(array, what, lambda value: _count(_whole(value))), output_type
    bounds = np.iinfo(array.dtype)
    clipped = np.clip(array, max(-_MOST_DAYS, bounds.min), min(_MOST_DAYS, bounds.max))
    counts = clipped.astype(np.int64)
    counts[missing] = MISSING
    return counts, output_type


def _count(number: Any) -> int:
    """A whole number of days, limited to more than there are in the supported years."""
    days = whole_days(int(number) if isinstance(number, np.integer) else number)
    return min(max(days, -_MOST_DAYS), _MOST_DAYS)


def _whole(number: Any) -> Any:
    """A whole number that a library made a float, because others were missing, as an int."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


# Units --------------------------------------------------------------------------------------------


def _microseconds(raw: Integers, unit: str, what: str) -> Integers:
    """Convert numbers of a unit to microseconds; `MISSING` stays.

    Raises:
        ColumnError: A value is finer than a microsecond.
    """
    if unit == "us":
        return raw
    values = np.empty(len(raw), np.int64)
    for rows in chunks(len(raw)):
        numbers, part = raw[rows], values[rows]
        missing = numbers == MISSING
        if unit == "ns":
            np.floor_divide(numbers, NANOSECONDS, out=part)
            fine = (part * NANOSECONDS != numbers) & ~missing
            if fine.any():
                row = rows.start + int(np.flatnonzero(fine)[0])
                msg = f"{what}[{row}] is finer than a microsecond: round the column first"
                raise ColumnError(msg, column=what, given=int(raw[row]), row=row)
        else:
            factor = MICROSECONDS_IN[unit]
            np.clip(numbers, -(WIDEST // factor), WIDEST // factor, out=part)
            np.multiply(part, factor, out=part)
        part[missing] = MISSING
    return values


# Refusing -----------------------------------------------------------------------------------------


def check_equal_length(columns: Mapping[str, Any]) -> None:
    """Check that columns have the same number of rows, and pandas Series the same index.

    Raises:
        ColumnError: They do not.
    """
    rows = {name: len(column) for name, column in columns.items()}
    if len(set(rows.values())) > 1:
        lengths = ", ".join(f"{name} {count}" for name, count in rows.items())
        msg = f"the columns are not equally long: {lengths}"
        raise ColumnError(msg, column="", given=rows)
    series = {name: column for name, column in columns.items() if is_pandas_series(column)}
    first = next(iter(series), "")
    for name, column in series.items():
        if not column.index.equals(series[first].index):
            msg = (
                f"{first} and {name} are Series with different indexes, but rows are matched by "
                f"position: align them first, for example with {name}.reindex({first}.index), or "
                "drop the indexes with reset_index(drop=True)"
            )
            raise ColumnError(msg, column=name, given=column.index)


def columns_of(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    """The columns of a mapping.

    Raises:
        ColumnError: A value is not a column, or they are not equally long.
    """
    columns = {str(name): column for name, column in mapping.items()}
    for name, column in columns.items():
        if not is_column(column):
            msg = f"{name} is not a column, but {type(column).__name__}"
            raise ColumnError(msg, column=name, given=column)
    check_equal_length(columns)
    return columns


def check_choice(value: object, what: str, known: Sequence[str]) -> None:
    """Raise `ColumnError` for an argument that is not one of a few words."""
    if value not in known:
        raise unknown_name(ColumnError, f"a value of {what}", value, known, column=what)
