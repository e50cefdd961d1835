"""Read columns of any library as int64 arrays, with the type that a result needs to be alike.

A column is a NumPy array, a column of pandas, Polars or PyArrow (through Narwhals), or a list.
Instants and lengths become int64 microseconds, with `MISSING` for missing values. Data is copied
only where the library has to, and no Python object is made for a row, except in lists.

Read `output` next, which goes the other way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from slacalc._calendar.arguments import is_date, to_ordinal, whole_days
from slacalc._columns.categories import encode
from slacalc._columns.kernel import BEYOND, MISSING, chunks, least_and_most
from slacalc._columns.native import (
    UNITS,
    has_missing,
    is_column,
    library_of,
    to_array,
    to_integers,
    to_items,
    to_series,
    value_type,
)
from slacalc._columns.output import MICROSECONDS_IN, NANOSECONDS, WIDEST, OutputType
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
    located,
    unknown_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._columns.native import Library, TimeUnit
    from slacalc._columns.zones import Integers
    from slacalc._time.instants import Zone

UNREADABLE = BEYOND  # for an instant that cannot be read: no result, as outside the years
_MOST_DAYS = 1_000_000  # more than lie in all the years
_OF_PYTHON = ("list", "numpy", "masked")  # what they are made like is not kept
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
    library = library_of(raw)
    if library is None:
        with located(what):
            return Instants(read_instant(raw, what, naive), None)
    if library in ("numpy", "masked"):
        return _read_numpy(raw, what, naive, row_errors)
    if library == "list":
        values = _listed(raw, what, naive, row_errors)
        return Instants(values, OutputType("list", "us", shown_in.name))
    kind, unit, time_zone = value_type(raw)
    if kind == "instants" and (time_zone or naive is not None):
        values = _microseconds(to_integers(raw), unit, what)
        output_type = OutputType(library, unit, time_zone or "UTC", None, raw)
        if time_zone:
            return Instants(values, output_type)
        return _from_wall_times(values, output_type, naive)
    if _holds_objects(raw, kind) or _is_empty(raw):
        values = _listed(to_items(raw), what, naive, row_errors)
        return Instants(values, OutputType(library, "us", shown_in.name, None, raw))
    if kind != "instants":
        held = _held(raw)
        msg = f"{what} holds {held}, not instants: convert it to datetimes with a time zone first"
        raise ColumnError(msg, column=what, given=str(held))
    msg = (
        f"{what} has no time zone, so its times are not instants: pass the zone in which they "
        'were read, such as naive="Europe/Berlin", or give the column a time zone first'
    )
    raise NaiveDatetimeError(msg, given=what)


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


def _held(raw: Any) -> Any:
    """The type of the values in a column of any library, for errors and unusual types."""
    return raw.dtype if isinstance(raw, np.ndarray) else to_series(raw).dtype


def _holds_objects(raw: Any, kind: str) -> bool:
    """Whether a column of another library, with a `ValueType`, holds Python objects."""
    return kind == "objects" or _held(raw) in (nw.Object, nw.Unknown)


def _output_type(raw: Any, library: Library, unit: TimeUnit) -> OutputType:
    return OutputType(library, unit, sample=None if library in _OF_PYTHON else raw)


def _is_empty(raw: Any) -> bool:
    """Whether a column, which is not a list, has no value in any row."""
    if isinstance(raw, np.ndarray):
        if raw.ndim != 1:
            return False
        present = np.ma.compressed(raw) if isinstance(raw, np.ma.MaskedArray) else raw
        kind = present.dtype.kind
        is_missing = np.isnan if kind in "fc" else np.isnat if kind in "mM" else None
        if is_missing is None or not len(present):
            return not len(present)
        return bool(is_missing(present[0]) and is_missing(present).all())  # most have a first
    series = to_series(raw)
    if series.null_count() == len(series):
        return True
    return series.dtype.is_float() and bool(series.drop_nulls().is_nan().all())


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


def _read_numpy(
    raw: NDArray[Any],
    what: str,
    naive: str | None,
    row_errors: dict[int, SlacalcError] | None = None,
) -> Instants:
    """Read NumPy's datetimes, which are in UTC unless *naive* is another zone."""
    library: Library = "masked" if isinstance(raw, np.ma.MaskedArray) else "numpy"
    if raw.dtype == object and raw.ndim == 1:
        values = _listed(raw.tolist(), what, naive, row_errors)
        return Instants(values, OutputType(library, "us", naive=naive))
    if raw.dtype.kind != "M":
        if _is_empty(raw):
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
    if not is_column(raw):
        return is_date(raw)
    form = _form_of_dates(raw, naive)
    if form != "objects":
        return form in _READERS
    first = next((item for item in to_items(raw) if not is_missing(item)), None)
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
    library = library_of(raw)
    if library is None:
        with located(what):
            return Dates(_read_date(raw, what, naive, shown_in), None)
    form = _form_of_dates(raw, naive)
    if form == "objects":
        days = _listed_dates(
            to_items(raw), what, naive, shown_in, row_errors, only_dates=only_dates
        )
    elif form in _READERS:
        days = _READERS[form](raw)
    elif form == "instants" or _is_empty(raw):
        instants, output_type = read_instants(raw, what, naive, shown_in, row_errors)
        return Dates(_dates_of(np.asarray(instants), shown_in), output_type)
    else:
        kind = _held(raw)
        msg = f"{what} holds {kind}, not dates: convert it to dates, or to instants, first"
        raise ColumnError(msg, column=what, given=str(kind))
    return Dates(days, _output_type(raw, library, "s"))


_DATE_UNITS = ("Y", "M", "W", "D")


def _form_of_dates(raw: Any, naive: str | None) -> str:
    """The key in `_READERS` for a column of dates; else what it holds.

    It is ``"objects"`` for Python objects, which may be dates or instants.
    """
    if isinstance(raw, (list, tuple)):
        return "objects"
    if isinstance(raw, np.ndarray):
        if raw.dtype.kind == "M":
            is_of_days = raw.ndim == 1 and np.datetime_data(raw.dtype)[0] in _DATE_UNITS
            return "numpy" if is_of_days else "instants"
        return "objects" if raw.ndim == 1 and raw.dtype == object else "other"
    kind, _, time_zone = value_type(raw)
    if kind == "instants" and not time_zone and naive is None and _has_only_midnights(raw):
        return "midnights"
    return "objects" if kind == "other" and _holds_objects(raw, kind) else kind


def _has_only_midnights(raw: Any) -> bool:
    """Whether a column is of pandas' own datetimes, and all of them midnights."""
    dtype = getattr(raw, "dtype", None)
    if not isinstance(dtype, np.dtype):
        return False
    ticks = to_integers(raw)
    return bool(np.all((ticks == MISSING) | (ticks % _ticks_a_day(dtype) == 0)))


def _ticks_a_day(dtype: np.dtype[Any]) -> int:
    unit = np.datetime_data(dtype)[0]
    return DAY * NANOSECONDS if unit == "ns" else DAY // MICROSECONDS_IN[unit]


def _days_of_numpy(raw: NDArray[Any]) -> Integers:
    if isinstance(raw, np.ma.MaskedArray):
        raw = np.where(np.ma.getmaskarray(raw), np.array("NaT", raw.dtype), raw.data)
    return np.ascontiguousarray(raw.astype("<M8[D]", copy=False)).view(np.int64)


def _days_of_midnights(column: Any) -> Integers:
    ticks = to_integers(column)
    days = ticks // _ticks_a_day(column.dtype)
    days[ticks == MISSING] = MISSING
    return days


_READERS: dict[str, Callable[[Any], Integers]] = {
    "numpy": _days_of_numpy,
    "dates": lambda column: _days_of_numpy(to_array(column)),
    "periods": to_integers,
    "midnights": _days_of_midnights,
}
"""How columns of dates are read as days since 1970, with `MISSING`."""


def _dates_of(instants: Integers, at: Zone) -> Integers:
    """The dates that the clock of a zone shows at instants; marks stay."""
    least, most = least_and_most(instants)
    if least >= EARLIEST and most < LATEST:
        return readings(at, instants) // DAY
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
    library = library_of(raw)
    if library is None:
        work = to_work(raw)
        return Lengths(work, "s" if work % SECOND == 0 else "us", None)
    if isinstance(raw, np.ndarray):
        if raw.dtype.kind == "m" and not _is_empty(raw):
            values, unit = _of_numpy(raw, what)
            return Lengths(values, unit, _output_type(raw, library, unit))
    elif library != "list":
        kind, unit, _ = value_type(raw)
        if kind == "lengths":
            values = _microseconds(to_integers(raw), unit, what)
            return Lengths(values, unit, _output_type(raw, library, unit))
    if _may_be_text(raw):
        values = _each(raw, what, _bounded_work)
    elif _is_empty(raw):
        values = np.full(len(raw), MISSING, np.int64)
    else:
        kind = _held(raw)
        msg = f"{what} holds {kind}, not lengths of work: give durations, or text such as '4h'"
        raise ColumnError(msg, column=what, given=str(kind))
    return Lengths(values, "us", _output_type(raw, library, "us"))


def _bounded_work(text: Any) -> int:
    return min(max(to_work(text), -LONGEST_WORK), LONGEST_WORK)


def _may_be_text(raw: Any) -> bool:
    """Whether a column may hold text or Python objects."""
    if isinstance(raw, np.ndarray):
        return raw.ndim == 1 and raw.dtype.kind in "OUST"
    of_text = (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown)
    return library_of(raw) == "list" or _held(raw) in of_text


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
    library = library_of(raw)
    if library is None:
        return _count(raw), None
    if isinstance(raw, np.ndarray) and raw.ndim != 1:
        msg = f"{what} has {raw.ndim} dimensions: give a single column"
        raise ColumnError(msg, column=what, given=raw.shape)
    array, missing = raw, None
    if isinstance(raw, np.ndarray):
        is_whole = raw.dtype.kind in "iu"
        missing = np.ma.getmaskarray(raw)
    elif is_whole := library != "list" and value_type(raw).kind == "integers":
        if has_missing(raw):
            series = to_series(raw)
            missing = series.is_null().to_numpy().astype(np.bool_)
            array = series.fill_null(0).to_numpy()
        else:
            array = to_array(raw)
    output_type = _output_type(raw, library, "us")
    if not is_whole:
        return _each(raw, what, lambda value: _count(_whole(value))), output_type
    bounds = np.iinfo(array.dtype)
    clipped = np.clip(array, max(-_MOST_DAYS, bounds.min), min(_MOST_DAYS, bounds.max))
    counts = clipped.astype(np.int64)
    if missing is not None:
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
    series = {name: column for name, column in columns.items() if library_of(column) == "pandas"}
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


def read_names(names: str | Iterable[str], what: str) -> list[str]:
    """One name or several, as a list.

    Raises:
        ColumnError: They are something else.
    """
    if not isinstance(names, Iterable):
        msg = f"{what}: {names!r} is not a name, and not several"
        raise ColumnError(msg, column=what, given=names)
    return [names] if isinstance(names, str) else [*names]


def check_choice(value: object, what: str, known: Sequence[str]) -> None:
    """Raise `ColumnError` for an argument that is not one of a few words."""
    if value not in known:
        raise unknown_name(ColumnError, f"a value of {what}", value, known, column=what)
