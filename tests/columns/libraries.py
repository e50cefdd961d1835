"""Columns of every library, and the verbs that take them: shared by the tests of columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pendulum
import polars as pl
import pyarrow as pa
import pytest

from slacalc import Calendar, bulk
from tests.strategies.calendars import to_length, to_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


DESK = Calendar(
    "Europe/Berlin",
    {"mon-thu": "08:30-12:00, 13:00-17:30", "fri": "22:00-06:00"},
    holidays={"2024-05-01": "Labour Day"},
)


SHOWN = "Europe/Paris"  # where the columns below show their instants


END = "2024-06-03T12:00:00+02:00"


TIMES = [
    None if text is None else datetime.fromisoformat(text)
    for text in (
        "2024-04-30T15:00:00+00:00",
        "2024-05-03T19:59:59+00:00",
        None,
        "2024-03-31T00:30:00+00:00",
        "2024-10-27T00:30:00+00:00",
        "1969-12-31T23:59:59+00:00",
        "2024-05-04T04:00:00+00:00",
    )
]


LATER = [None, *TIMES[:1], *TIMES[3:], TIMES[1]]


WORK = [timedelta(hours=2), None, timedelta(), timedelta(hours=-9), *[timedelta(hours=3.5)] * 3]


DAYS = [0, 1, -2, 3, 20, -1, 7]


VERBS: dict[str, tuple[Any, ...]] = {
    "add": ("4h",),
    "subtract": ("4h",),
    "elapsed": (END,),
    "is_open": (),
    "next_open": (),
    "next_close": (),
    "add_working_days": (3,),
    "end_of_working_day": (1,),
}


every_verb = pytest.mark.parametrize("verb", VERBS)


def ask(verb: str, *given: Any, calendar: Calendar = DESK, **options: Any) -> Any:
    """A verb over columns."""
    return getattr(bulk, verb)(calendar, *given, **options)


def one(verb: str, *given: Any, calendar: Calendar = DESK) -> Any:
    """The calendar's own verb for one row, in microseconds."""
    if any(item is None for item in given):
        return None
    return plain(getattr(calendar, verb)(*given))


def plain(value: Any) -> Any:
    """A value of any library in microseconds; truths as they are, and None for what is missing."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pendulum.Duration):
        return to_length(value)
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    if isinstance(value, datetime):
        return to_us(value)
    assert isinstance(value, (bool, np.bool_))
    return bool(value)


def rows(answer: Any) -> list[Any]:
    """What a column holds, row by row."""
    if isinstance(answer, np.ndarray):
        if answer.dtype.kind in "Mm":
            answer = answer.astype(f"{answer.dtype.kind}8[us]")
        return [plain(value) for value in answer.tolist()]
    for way in ("to_pylist", "to_list", "tolist"):
        if hasattr(answer, way):
            return [plain(value) for value in getattr(answer, way)()]
    return [plain(value) for value in answer]


def raw(values: list[Any], unit: str) -> NDArray[Any]:
    """Datetimes, taken as UTC, or lengths as NumPy has them."""
    lengths = any(isinstance(value, timedelta) for value in values)
    bare = [
        value.astimezone(UTC).replace(tzinfo=None) if getattr(value, "tzinfo", None) else value
        for value in values
    ]
    return np.array(bare, "timedelta64[us]" if lengths else "datetime64[us]").astype(
        f"{'timedelta' if lengths else 'datetime'}64[{unit}]"
    )


class Library(NamedTuple):
    """A kind of column.

    Args:
        build: A column of datetimes or lengths in a unit, datetimes shown in a zone or in none.
        units: What it knows.
        like: Whether one column is typed as another: name, index, and what kind it is.
    """

    build: Callable[[list[Any], str, str | None], Any]
    units: tuple[str, ...]
    like: Callable[[Any, Any], bool]


def _pandas(values: list[Any], unit: str, time_zone: str | None) -> Any:
    found = raw(values, unit)
    series = pd.Series(found, index=range(7, 7 - len(values), -1), name="opened")
    if time_zone is None or found.dtype.kind == "m":
        return series
    return series.dt.tz_localize("UTC").dt.tz_convert(time_zone)


def _pandas_index(values: list[Any], unit: str, time_zone: str | None) -> Any:
    series = _pandas(values, unit, time_zone)
    return pd.TimedeltaIndex(series) if series.dtype.kind == "m" else pd.DatetimeIndex(series)


def _arrow(values: list[Any], unit: str, time_zone: str | None) -> Any:
    array = pa.array(raw(values, unit))
    if time_zone is None or pa.types.is_duration(array.type):
        return array
    return array.cast(pa.timestamp(unit, "UTC")).cast(pa.timestamp(unit, time_zone))


def _chunked(values: list[Any], unit: str, time_zone: str | None) -> Any:
    array = _arrow(values, unit, time_zone)
    return pa.chunked_array([array[:2], array[2:2], array[2:3], array[3:]])


def _arrow_backed(values: list[Any], unit: str, time_zone: str | None) -> Any:
    array = _arrow(values, unit, time_zone)
    dtype = pd.ArrowDtype(array.type)
    return pd.Series(
        pd.array(array, dtype=dtype), index=range(7, 7 - len(values), -1), name="opened"
    )


def _polars(values: list[Any], unit: str, time_zone: str | None) -> Any:
    series = pl.Series("opened", raw(values, unit))
    if time_zone is None or series.dtype == pl.Duration:
        return series
    return series.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone)


def _same_index(answer: Any, given: Any) -> bool:
    return bool(answer.name == given.name and answer.index.equals(given.index))


def _backed_by_arrow(answer: Any, given: Any) -> bool:
    return _same_index(answer, given) and isinstance(answer.dtype, pd.ArrowDtype)


ALL = ("s", "ms", "us", "ns")


LIBRARIES = {
    "numpy": Library(
        lambda values, unit, _: raw(values, unit), ALL, lambda got, _: type(got) is np.ndarray
    ),
    "pandas": Library(_pandas, ALL, _same_index),
    "pandas index": Library(
        _pandas_index, ALL, lambda got, given: isinstance(got, pd.Index) and got.name == given.name
    ),
    "pandas on arrow": Library(_arrow_backed, ALL, _backed_by_arrow),
    "polars": Library(
        _polars,
        ("ms", "us", "ns"),
        lambda got, given: isinstance(got, pl.Series) and got.name == given.name,
    ),
    "arrow": Library(_arrow, ALL, lambda got, _: isinstance(got, pa.ChunkedArray)),
    "arrow in chunks": Library(_chunked, ALL, lambda got, _: isinstance(got, pa.ChunkedArray)),
    "list": Library(lambda values, *_: values, ("us",), lambda got, _: isinstance(got, list)),
}


every_library = pytest.mark.parametrize("library", LIBRARIES)


AWARE_OR_NAIVE = [name for name in LIBRARIES if name not in ("numpy", "list")]


def column(library: str, values: list[Any], unit: str = "us", time_zone: str | None = SHOWN) -> Any:
    return LIBRARIES[library].build(values, unit, time_zone)


def type_of(answer: Any) -> tuple[str, str | None]:
    """The unit and the zone of a column of instants, or the unit of one of lengths."""
    if isinstance(answer, list):
        zones = {getattr(value, "timezone_name", None) for value in answer if value is not None}
        return "us", zones.pop()
    kind = answer.type if isinstance(answer, pa.ChunkedArray) else answer.dtype
    if isinstance(kind, pd.ArrowDtype):
        kind = kind.pyarrow_dtype
    if isinstance(kind, np.dtype):
        return np.datetime_data(kind)[0], None
    if isinstance(kind, (pl.Datetime, pl.Duration)):
        return str(kind.time_unit), getattr(kind, "time_zone", None)
    zone = getattr(kind, "tz", None)
    return kind.unit, None if zone is None else str(zone)


def _unit(values: NDArray[Any]) -> str:
    return np.datetime_data(values.dtype)[0]


WIDE: dict[str, Callable[[NDArray[Any]], Any]] = {
    "numpy": lambda values: values,
    "pandas": lambda values: pd.Series(values).dt.tz_localize("UTC").dt.tz_convert(SHOWN),
    "pandas index": lambda values: pd.DatetimeIndex(values, tz="UTC"),
    "pandas on arrow": lambda values: (
        pd.Series(values).astype(pd.ArrowDtype(pa.timestamp(_unit(values)))).dt.tz_localize("UTC")
    ),
    "polars": lambda values: (
        pl.Series(values).dt.replace_time_zone("UTC").dt.convert_time_zone(SHOWN)
    ),
    "arrow": lambda values: pa.array(values).cast(pa.timestamp(_unit(values), "UTC")),
}
