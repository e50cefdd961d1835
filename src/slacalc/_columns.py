"""Columns of any library as arrays of integers, and back.

A column of instants comes in as NumPy's ``datetime64``, as a series of pandas, Polars or PyArrow
through Narwhals, or as a list. What matters of it is its instants, as int64 microseconds with
`MISSING` for none, and its *likeness*: library, zone, unit, name and index, by which the answer is
dressed as the question was. Nothing is copied that the library itself does not have to copy, and no
Python object is made for a row, lists aside.

Units: an answer has the finer of the units of the question's columns, and of microseconds where a
length given as one value needs them; calendars open and close at whole seconds, so the answer fits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import narwhals as nw
import numpy as np

from slacalc._categories import coded
from slacalc._instant import SECOND, beyond_years, to_duration, to_instant, zone
from slacalc._kernel import MISSING
from slacalc._walls import first_readings, readings
from slacalc._work import to_work
from slacalc.errors import (
    ColumnError,
    HorizonError,
    InstantError,
    NaiveDatetimeError,
    WorkError,
    did_you_mean,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from slacalc._instant import Zone
    from slacalc._walls import Integers

Unit: TypeAlias = Literal["s", "ms", "us", "ns"]
Library: TypeAlias = Literal["numpy", "list", "series", "index"]
UNITS: tuple[Unit, ...] = ("s", "ms", "us", "ns")
_TO_MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_NANOSECONDS = 1_000
_WIDEST = np.iinfo(np.int64).max - 1
_MOST_DAYS = 1_000_000  # more than lie in all the years
FARTHEST = 1 << 60  # microseconds: longer than all the years, and far from any overflow


class Likeness(NamedTuple):
    """How a column looked, for the answer to look the same.

    Args:
        library: Which kind of column it was.
        unit: Its unit.
        time_zone: The zone in which it shows instants.
        naive: The zone of wall times without one; their answers are wall times too.
        sample: The column itself, of which the answer takes name and index.
    """

    library: Library
    unit: Unit
    time_zone: str = "UTC"
    naive: str | None = None
    sample: Any = None

    def instants(self, values: Integers) -> Any:
        """A column of instants; nothing where they are missing."""
        if self.library == "list":
            show = zone(self.time_zone).datetime
            return [None if at == MISSING else show(at) for at in values.tolist()]
        if self.naive is not None:
            values = _on_the_wall(values, zone(self.naive))
        dressed = _scaled(values, self.unit).view(f"datetime64[{self.unit}]")
        if self.library == "numpy":
            return dressed
        return self._series(dressed, None if self.naive is not None else self.time_zone)

    def lengths(self, values: Integers) -> Any:
        """A column of lengths."""
        if self.library == "list":
            return [None if one == MISSING else to_duration(one) for one in values.tolist()]
        dressed = _scaled(values, self.unit).view(f"timedelta64[{self.unit}]")
        return dressed if self.library == "numpy" else self._series(dressed, None)

    def flags(self, values: NDArray[np.bool_], missing: NDArray[np.bool_] | None) -> Any:
        """A column of truths; where the library has a way to say it, nothing where it is missing.

        NumPy has none: there, what is missing is not so.
        """
        if self.library == "numpy":
            return values
        if self.library == "list" or missing is not None:
            gaps = np.zeros(len(values), np.bool_) if missing is None else missing
            told = [None if gap else one for one, gap in zip(values.tolist(), gaps, strict=True)]
            return told if self.library == "list" else self._series_of_truths(told)
        return self._series(values, None)

    def _series(self, values: NDArray[Any], time_zone: str | None) -> Any:
        """A series of the sample's library."""
        sample = self.sample
        if sample.implementation.is_pyarrow():
            return _arrow(values, time_zone)
        series = nw.new_series(sample.name, values, backend=sample.implementation)
        zoned = getattr(getattr(sample.to_native(), "dtype", None), "tz", None)
        if time_zone is not None and zoned is not None:
            return self._finished(series.to_native().dt.tz_localize("UTC").dt.tz_convert(zoned))
        if time_zone is not None:
            series = series.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone)
        return self._finished(series.to_native())

    def _series_of_truths(self, values: list[bool | None]) -> Any:
        sample = self.sample
        if sample.implementation.is_pandas_like():
            import pandas as pd  # noqa: PLC0415 - only where the question came from it

            return self._finished(pd.Series(values, dtype="boolean", name=sample.name))
        series = nw.new_series(sample.name, values, nw.Boolean(), backend=sample.implementation)
        return self._finished(series.to_native())

    def _finished(self, series: Any) -> Any:
        """A series of pandas gets the sample's index, and is of Arrow's types where that is."""
        if not self.sample.implementation.is_pandas_like():
            return series
        native = self.sample.to_native()
        if hasattr(native.dtype, "pyarrow_dtype"):
            series = _arrow_backed(series, native.dtype)
        series.index = native.index
        if self.library == "index":
            import pandas as pd  # noqa: PLC0415 - only where the question came from it

            return pd.Index(series, name=native.name)
        return series


def _arrow_backed(series: Any, like: Any) -> Any:
    """A series of pandas with its values as PyArrow has them, as the question's were."""
    import pyarrow as pa  # noqa: PLC0415 - only where the question came from it

    values = pa.array(series, from_pandas=True)
    return type(series)(values, dtype=type(like)(values.type), name=series.name)


def _arrow(values: NDArray[Any], time_zone: str | None) -> Any:
    """A chunked array of PyArrow, without a copy but for what is missing."""
    import pyarrow as pa  # noqa: PLC0415 - only where the question came from it

    array = pa.array(values)
    if time_zone is not None:
        unit = array.type.unit
        array = array.cast(pa.timestamp(unit, "UTC")).cast(pa.timestamp(unit, time_zone))
    return pa.chunked_array([array])


# Reading ------------------------------------------------------------------------------------------


class Instants(NamedTuple):
    """Instants, and how they looked; no likeness where it was a single one."""

    values: Integers | int
    like: Likeness | None


class Lengths(NamedTuple):
    """Lengths, the unit they need, and how they looked; no likeness for a single one."""

    values: Integers | int
    unit: Unit
    like: Likeness | None


def is_column(given: Any) -> bool:
    """Whether something is a column, and not a single value."""
    if isinstance(given, (str, datetime, timedelta, np.datetime64, np.timedelta64)):
        return False
    if isinstance(given, (list, tuple, np.ndarray)) or _is_pandas_index(given):
        return True
    return _series(given) is not None


def _series(given: Any) -> Any:
    """A column of a library as Narwhals has it; None where it is none."""
    if isinstance(given, (list, tuple, np.ndarray, int, float, str)) or given is None:
        return None
    if _is_pandas_index(given):
        return nw.from_native(given.to_series(), series_only=True)
    if type(given).__module__.startswith("pyarrow") and type(given).__name__.endswith("Array"):
        import pyarrow as pa  # noqa: PLC0415 - only where the question came from it

        if not isinstance(given, pa.ChunkedArray):
            given = pa.chunked_array([given])
    series = nw.from_native(given, series_only=True, pass_through=True)
    return series if isinstance(series, nw.Series) else None


def read_instants(given: Any, what: str, naive: str | None, shown_in: Zone) -> Instants:
    """A column of instants, or a single one.

    Args:
        given: The column.
        what: What to call it in errors.
        naive: The zone of wall times that bear none.
        shown_in: The zone of answers where the column has none of its own.

    Raises:
        NaiveDatetimeError: It has no zone, and none was named.
        ColumnError: It holds something else, or is finer than a microsecond.
    """
    if isinstance(given, np.ndarray):
        return _read_numpy(given, what)
    if isinstance(given, (list, tuple)):
        return _read_list(given, what, shown_in)
    series = _series(given)
    if series is None:
        return Instants(_single(given), None)
    library: Library = "index" if _is_pandas_index(given) else "series"
    dtype = kind_of(series)
    if not isinstance(dtype, nw.Datetime):
        msg = f"{what} holds {dtype}, and no instants: convert it to datetimes with a zone first"
        raise ColumnError(msg, column=what, given=str(dtype))
    if dtype.time_zone is None and naive is None:
        msg = (
            f"{what} has no time zone, so its times name no instants: say in which zone they were "
            'read, with naive="Europe/Berlin" or the like, or give the column one first'
        )
        raise NaiveDatetimeError(msg, given=what)
    raw = _raw(series, dtype)
    values = _microseconds(raw.view(np.int64), dtype.time_unit, what)
    if dtype.time_zone is None and naive is not None:
        values = _off_the_wall(values, zone(naive))
        return Instants(values, Likeness(library, dtype.time_unit, "UTC", naive, series))
    shown = dtype.time_zone or "UTC"
    return Instants(values, Likeness(library, dtype.time_unit, shown, None, series))


def kind_of(series: Any) -> Any:
    """What a series holds; pandas' zones by their own names, of which Narwhals knows not all."""
    native = series.to_native()
    if series.implementation.is_pandas_like() and hasattr(native.dtype, "tz"):
        return nw.Datetime(native.dtype.unit, str(native.dtype.tz))
    return series.dtype


def _single(given: Any) -> int:
    """One instant; NumPy's are in UTC."""
    if isinstance(given, np.datetime64):
        return int(given.astype("datetime64[us]").astype(np.int64))
    return to_instant(given)


def _is_pandas_index(given: Any) -> bool:
    return type(given).__module__.startswith("pandas") and type(given).__name__.endswith("Index")


def _raw(series: Any, dtype: Any) -> NDArray[Any]:
    """What a series holds, as NumPy has it: instants in UTC, or lengths."""
    if series.implementation.is_pyarrow():
        import pyarrow as pa  # noqa: PLC0415 - only where the question came from it

        array = series.to_native()
        if isinstance(dtype, nw.Datetime):
            array = array.cast(pa.timestamp(dtype.time_unit))
        raw: NDArray[Any] = array.combine_chunks().to_numpy(zero_copy_only=False)
        return raw
    if hasattr(series.to_native(), "array") and hasattr(series.to_native().array, "asi8"):
        numbers: NDArray[Any] = series.to_native().array.asi8  # of pandas, without a copy
        return numbers
    if isinstance(dtype, nw.Datetime) and dtype.time_zone is not None:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    raw = series.to_numpy()
    return np.ascontiguousarray(raw)


def _read_numpy(given: NDArray[Any], what: str) -> Instants:
    """NumPy's datetimes, which are in UTC."""
    if given.dtype == object and given.ndim == 1:
        return _read_list(given.tolist(), what, zone("UTC"))._replace(like=Likeness("numpy", "us"))
    if given.dtype.kind != "M":
        msg = (
            f"{what} is an array of {given.dtype}, and holds no instants: give datetime64, which "
            "is read as UTC"
        )
        raise ColumnError(msg, column=what, given=str(given.dtype))
    values, unit = _of_numpy(given, what)
    return Instants(values, Likeness("numpy", unit))


def _of_numpy(given: NDArray[Any], what: str) -> tuple[Integers, Unit]:
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
    target: Unit = next((one for one in UNITS if one == unit), "s")
    if unit != target or count != 1:
        given = given.astype(f"{kind}8[{target}]")
    if not given.dtype.isnative:
        given = given.astype(given.dtype.newbyteorder("="))
    return _microseconds(np.ascontiguousarray(given).view(np.int64), target, what), target


def _read_list(given: Sequence[Any], what: str, shown_in: Zone) -> Instants:
    """Single instants, one by one."""
    values = np.empty(len(given), np.int64)
    for row, one in enumerate(given):
        try:
            values[row] = MISSING if one is None or one != one else to_instant(one)  # noqa: PLR0124 - NaT
        except HorizonError:
            values[row] = beyond_years(one)  # a row without an answer, as in any column
        except InstantError as error:
            error.where = f"{what}[{row}]"
            raise
    return Instants(values, Likeness("list", "us", shown_in.name))


def read_lengths(given: Any, what: str) -> Lengths:
    """A column of lengths of work, or a single one.

    Raises:
        WorkError: A single length, or a text in the column, cannot be read.
        ColumnError: The column holds something else.
    """
    if isinstance(given, np.timedelta64):
        ((work,), unit) = _of_numpy(np.array([given]), what)
        return Lengths(int(work), unit, None)
    if isinstance(given, np.ndarray):
        if given.dtype.kind == "m":
            values, unit = _of_numpy(given, what)
            return Lengths(values, unit, Likeness("numpy", unit))
        if given.dtype.kind not in "OUST" or given.ndim != 1:
            msg = f"{what} is an array of {given.dtype}, and holds no lengths of work"
            raise ColumnError(msg, column=what, given=str(given.dtype))
    if isinstance(given, (list, tuple, np.ndarray)):
        like = Likeness("numpy" if isinstance(given, np.ndarray) else "list", "us")
        return Lengths(_texts(given, what), "us", like)
    series = _series(given)
    if series is None:
        work = to_work(given)
        return Lengths(work, _unit_of(work), None)
    dtype = series.dtype
    library: Library = "index" if _is_pandas_index(given) else "series"
    if isinstance(dtype, nw.Duration):
        values = _microseconds(_raw(series, dtype).view(np.int64), dtype.time_unit, what)
        return Lengths(values, dtype.time_unit, Likeness(library, dtype.time_unit, sample=series))
    if dtype in (nw.String, nw.Categorical, nw.Enum, nw.Object):
        values = _texts(series.to_native(), what)
        return Lengths(values, "us", Likeness(library, "us", sample=series))
    msg = f"{what} holds {dtype}, and no lengths of work: give durations, or text such as '4h'"
    raise ColumnError(msg, column=what, given=str(dtype))


def _unit_of(work: int) -> Unit:
    return "s" if work % SECOND == 0 else "us"


def _texts(given: Any, what: str) -> Integers:
    """Lengths given as values of some other kind; each that occurs is read once."""
    codes, values = coded(given)
    known = np.full(len(values) + 1, MISSING, np.int64)  # the last one is for -1
    for place, value in enumerate(values):
        try:
            known[place] = min(max(to_work(value), -FARTHEST), FARTHEST)
        except WorkError as error:
            error.where = f"{what}[{int(np.flatnonzero(codes == place)[0])}]"
            raise
    return known[codes]


def read_counts(given: Any, what: str) -> tuple[Integers | int, Likeness | None]:
    """Whole numbers, such as of days: a column with its looks, or a single one.

    Raises:
        WorkError: A single one is no whole number.
        ColumnError: The column holds something else, or a number is missing.
    """
    if isinstance(given, (int, np.integer)) and not isinstance(given, bool):
        return min(max(int(given), -_MOST_DAYS), _MOST_DAYS), None
    if not is_column(given):
        msg = f"{given!r} is not a number of days: give a whole number, negative to count back"
        raise WorkError(msg, given=given)
    series = _series(given)
    values = np.asarray(given if series is None else series.to_numpy())
    if values.size == 0:
        values = values.astype(np.int64)
    if values.dtype.kind not in "iu" or values.ndim != 1:
        msg = f"{what} holds {values.dtype}, and not whole numbers only"
        raise ColumnError(msg, column=what, given=str(values.dtype))
    library: Library = "list" if isinstance(given, (list, tuple)) else "numpy"
    if series is not None:
        library = "index" if _is_pandas_index(given) else "series"
    clipped = np.clip(values, max(-_MOST_DAYS, np.iinfo(values.dtype).min), None)
    clipped = np.minimum(clipped, min(_MOST_DAYS, np.iinfo(values.dtype).max))
    return clipped.astype(np.int64, copy=False), Likeness(library, "us", sample=series)


# Units and walls ----------------------------------------------------------------------------------


def finer(*units: Unit) -> Unit:
    """The finest of some units."""
    return max(units, key=UNITS.index)


def _microseconds(raw: Integers, unit: str, what: str) -> Integers:
    """Numbers of a unit as microseconds; missing ones stay so."""
    if unit == "us":
        return raw
    missing = raw == MISSING
    if unit == "ns":
        values, rest = np.divmod(raw, _NANOSECONDS)
        rest[missing] = 0
        if rest.any():
            row = int(np.flatnonzero(rest)[0])
            msg = f"{what}[{row}] is finer than a microsecond: round the column first"
            raise ColumnError(msg, column=what, given=int(raw[row]), row=row)
    else:
        factor = _TO_MICROSECONDS[unit]
        values = np.clip(raw, -(_WIDEST // factor), _WIDEST // factor) * factor
    values[missing] = MISSING
    return values


def _scaled(values: Integers, unit: Unit) -> Integers:
    """Microseconds as numbers of a unit, which they fit; missing ones stay so."""
    if unit == "us":
        return values
    missing = values == MISSING
    if unit == "ns":
        too_long = (np.abs(values) > _WIDEST // _NANOSECONDS) & ~missing
        if too_long.any():
            row = int(np.flatnonzero(too_long)[0])
            msg = f"the answer in row {row} is longer than nanoseconds can tell: give microseconds"
            raise ColumnError(msg, column="", given=int(values[row]), row=row)
        scaled = values * _NANOSECONDS
    else:
        scaled = values // _TO_MICROSECONDS[unit]
    scaled[missing] = MISSING
    return scaled


def _off_the_wall(readings: Integers, at: Zone) -> Integers:
    """The instants at which a zone's clock showed times."""
    return _known(readings, lambda known: first_readings(at, known))


def _on_the_wall(instants: Integers, at: Zone) -> Integers:
    """What a zone's clock shows."""
    return _known(instants, lambda known: readings(at, known))


def _known(values: Integers, change: Callable[[Integers], Integers]) -> Integers:
    """Values changed where there are any."""
    missing = values == MISSING
    if not missing.any():
        return change(values)
    answer = values.copy()
    answer[~missing] = change(values[~missing])
    return answer


def refuse_lengths(rows: dict[str, int]) -> None:
    """Refuse columns that are not equally long."""
    if len(set(rows.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in rows.items())
        msg = f"the columns are not equally long: {told}"
        raise ColumnError(msg, column="", given=rows)


def choice(given: object, what: str, known: Sequence[str]) -> None:
    """Refuse a word that is none of a few."""
    if given not in known:
        clause, _ = did_you_mean(str(given), known)
        msg = f"{what}={given!r} is unknown: it is {' or '.join(map(repr, known))}{clause}"
        raise ColumnError(msg, column=what, given=given)
