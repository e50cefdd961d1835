"""The verbs over columns: the same answers in every library, dressed as the question was."""

from __future__ import annotations

import re
import sys
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pendulum
import polars as pl
import pyarrow as pa
import pytest

from slacalc import ALWAYS, Calendar, bulk
from slacalc._columns.kernel import MISSING
from slacalc._time.instants import Zone
from slacalc.errors import (
    CalendarError,
    ColumnError,
    HorizonError,
    InstantError,
    NaiveDatetimeError,
    NeverOpen,
    ProvisionalError,
    SlacalcError,
    WorkError,
)
from tests.strategies.calendars import at_us, fresh, to_length, to_us

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

DESK = Calendar(
    "Europe/Berlin",
    {"mon-thu": "08:30-12:00, 13:00-17:30", "fri": "22:00-06:00"},
    holidays={"2024-05-01": "Labour Day"},
)
OFFICE = Calendar("UTC", {"mon-fri": "9-17"})
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


def _short(column: Any) -> str:
    """A column as the name of a test, which is the same in every run."""
    return re.sub(r" object at 0x[0-9a-f]+", "", repr(column))


def ask(verb: str, *given: Any, calendar: Calendar = DESK, **options: Any) -> Any:
    """A verb over columns."""
    return getattr(bulk, verb)(calendar, *given, **options)


def one(verb: str, *given: Any, calendar: Calendar = DESK) -> Any:
    """The calendar's own verb for one row, in microseconds."""
    if any(item is None for item in given):
        return None
    return plain(getattr(calendar, verb)(*given))


# Libraries ---------------------------------------------------------------------------------------


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
        like: Whether one column is dressed as another: name, index, and what kind it is.
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
BUILDS = [(name, unit) for name, library in LIBRARIES.items() for unit in library.units]
every_library = pytest.mark.parametrize("library", LIBRARIES)
every_build = pytest.mark.parametrize(("library", "unit"), BUILDS)
AWARE_OR_NAIVE = [name for name in LIBRARIES if name not in ("numpy", "list")]


def column(library: str, values: list[Any], unit: str = "us", time_zone: str | None = SHOWN) -> Any:
    return LIBRARIES[library].build(values, unit, time_zone)


def dress(answer: Any) -> tuple[str, str | None]:
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


# The same answers --------------------------------------------------------------------------------


@every_verb
@every_build
def test_every_library_has_the_calendars_answers(library: str, unit: str, verb: str) -> None:
    """The answers are those of the calendar's own verb, and the column is dressed alike."""
    given = column(library, TIMES, unit)
    answer = ask(verb, given, *VERBS[verb])
    expected = [one(verb, at, *VERBS[verb]) for at in TIMES]
    if verb == "is_open" and library == "numpy":
        expected = [bool(truth) for truth in expected]  # NumPy has no missing truth
    assert rows(answer) == expected
    assert LIBRARIES[library].like(answer, given)
    if verb == "is_open":
        return
    shown = {"numpy": None, "list": "Europe/Berlin"}.get(library, SHOWN)
    assert dress(answer) == (unit, None if verb == "elapsed" else shown)


@every_build
def test_second_columns(library: str, unit: str) -> None:
    """Lengths, ends and numbers of days are columns too, row by row."""
    build = LIBRARIES[library].build
    given, work = build(TIMES, unit, SHOWN), build(WORK, unit, None)
    pairs = list(zip(TIMES, WORK, strict=True))
    for verb, edge in (("add", "close"), ("add", "next_open"), ("subtract", "previous_close")):
        expected = [
            None if None in pair else plain(getattr(DESK, verb)(*pair, edge=edge)) for pair in pairs
        ]
        assert rows(ask(verb, given, work, edge=edge)) == expected
    answer = ask("elapsed", given, build(LATER, unit, "Asia/Tokyo"))
    assert rows(answer) == [one("elapsed", *pair) for pair in zip(TIMES, LATER, strict=True)]
    for verb in ("add_working_days", "end_of_working_day"):
        pairs_of_days = list(zip(TIMES, DAYS, strict=True))
        expected = [one(verb, *pair) for pair in pairs_of_days]
        index = getattr(given, "index", None) if library.startswith("pandas") else None
        for days in (
            DAYS,
            np.array(DAYS, np.int8),
            pl.Series(DAYS),
            pd.Series(DAYS, index=None if library == "pandas index" else index),
            pa.array(DAYS),
        ):
            answer = ask(verb, given, days)
            assert rows(answer) == expected
            assert dress(answer)[0] == unit


@every_library
def test_one_start_and_a_column(library: str) -> None:
    """A single first argument stands for each row; answers are in the calendar's zone."""
    start, build = "2024-04-30T17:00:00+02:00", LIBRARIES[library].build
    work, ends = build(WORK, "ms", None), build(LATER, "ms", SHOWN)
    answer = ask("add", start, work)
    assert rows(answer) == [one("add", start, length) for length in WORK]
    assert LIBRARIES[library].like(answer, work)
    assert dress(answer)[1] == (None if library == "numpy" else "Europe/Berlin")
    assert rows(ask("subtract", start, work)) == [one("subtract", start, each) for each in WORK]
    answer = ask("elapsed", start, ends)
    assert rows(answer) == [one("elapsed", start, end) for end in LATER]
    assert LIBRARIES[library].like(answer, ends)
    assert rows(ask("add_working_days", start, DAYS)) == [
        one("add_working_days", start, days) for days in DAYS
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ["4h", None, "1h30m", "PT90M", "-2h"],
        np.array(["4h", "", "1h30m", "PT90M", "-2h"]),
        np.array(["4h", None, "1h30m", "PT90M", "-2h"], object),
        pd.Series(["4h", None, "1h30m", "PT90M", "-2h"]),
        pd.Series(["4h", None, "1h30m", "PT90M", "-2h"], dtype=object),
        pd.Series(["4h", None, "1h30m", "PT90M", "-2h"], dtype="string"),
        pd.Series(["4h", None, "1h30m", "PT90M", "-2h"], dtype="category"),
        pd.Series(["4h", None, "1h30m", "PT90M", "-2h"], dtype=pd.ArrowDtype(pa.string())),
        pl.Series(["4h", None, "1h30m", "PT90M", "-2h"]),
        pl.Series(["4h", None, "1h30m", "PT90M", "-2h"], dtype=pl.Categorical),
        pa.array(["4h", None, "1h30m", "PT90M", "-2h"]),
        pa.chunked_array([["4h", None], ["1h30m", "PT90M", "-2h"]]),
        [timedelta(hours=4), None, pendulum.duration(minutes=90), "PT90M", pd.Timedelta(hours=-2)],
        [timedelta(hours=4), pd.NaT, "90m", float("nan"), "-2h"],
    ],
    ids=lambda texts: f"{type(texts).__module__.split('.')[0]} {getattr(texts, 'dtype', '')}",
)
def test_lengths_as_text(texts: Any) -> None:
    """Lengths are read as the single ones are, in columns of any kind."""
    starts = raw(TIMES[:1] * 5, "us")
    texts = list(texts) if isinstance(texts, np.ndarray) and texts.dtype.kind == "U" else texts
    written = texts if isinstance(texts, list) else None
    if written is not None and "" in written:
        with pytest.raises(WorkError, match=r"work\[1\]") as refused:
            ask("add", starts, texts)
        assert refused.value.where == "work[1]"
        return
    known = ["4h", None, "90m", "90m", "-2h"]
    if written is not None and isinstance(written[3], float):
        known[3] = None
    assert rows(ask("add", starts, texts)) == [
        one("add", TIMES[0] if text else None, text) for text in known
    ]


@every_verb
@every_library
def test_empty_columns(library: str, verb: str) -> None:
    """An empty column has an empty answer, of the same kind."""
    empty = column(library, TIMES, "us")[:0] if library != "list" else []
    answer = ask(verb, empty, *VERBS[verb])
    assert rows(answer) == []
    assert LIBRARIES[library].like(answer, empty)
    if library not in ("list", "numpy") and verb not in ("elapsed", "is_open"):
        assert dress(answer) == ("us", SHOWN)


def test_empty_second_columns() -> None:
    """Where both columns are empty, so is the answer; even where a list tells no kind."""
    empty = raw(TIMES, "us")[:0]
    assert rows(ask("add", [], [])) == []
    assert rows(ask("elapsed", [], [])) == []
    assert rows(ask("add", empty, np.array([], "timedelta64[s]"))) == []
    assert rows(ask("add_working_days", empty, np.array([], np.int64))) == []
    assert rows(ask("add_working_days", [], [])) == []
    assert rows(ask("end_of_working_day", empty, [])) == []
    assert rows(ask("add", pa.chunked_array([], pa.timestamp("us", "UTC")), "1h")) == []


@every_verb
@every_library
def test_nothing_but_missing(library: str, verb: str) -> None:
    """A column in which nothing is known has nothing known in its answer."""
    given = column(library, TIMES, "us")
    given = [None, None] if library == "list" else given[2:3]
    answer = rows(ask(verb, given, *VERBS[verb]))
    assert answer == [False if (verb, library) == ("is_open", "numpy") else None] * len(given)


def test_odd_columns_of_instants() -> None:
    """Strided, backward, foreign-endian and coarse arrays, objects, tuples and fixed offsets."""
    given = raw([at for at in TIMES if at], "us")
    expected = rows(ask("add", given, "4h"))
    assert rows(ask("add", given[::-1], "4h")) == expected[::-1]
    assert rows(ask("add", np.repeat(given, 2)[::2], "4h")) == expected
    work = np.arange(12).astype("timedelta64[h]")
    assert np.array_equal(
        ask("add", given, work[::2]), ask("add", given, np.ascontiguousarray(work[::2]))
    )
    known = [at for at in TIMES if at]
    assert rows(ask("add", tuple(known), "4h")) == expected
    assert rows(ask("add", [at.isoformat() for at in known], "4h")) == expected
    assert rows(ask("add", [pd.Timestamp(at) for at in known], "4h")) == expected
    assert rows(ask("add", np.array(known, object), "4h")) == expected
    for coarse in ("h", "m"):
        rounded = given.astype(f"datetime64[{coarse}]")
        answer = ask("add", rounded, "4h")
        assert rows(answer) == rows(ask("add", rounded.astype("datetime64[us]"), "4h"))
        assert dress(answer) == ("s", None)
    dated = np.array(["2024-05-02", "NaT"], "datetime64[D]")
    assert rows(ask("next_open", dated)) == [to_us(datetime(2024, 5, 2, 6, 30, tzinfo=UTC)), None]
    offset = pd.Series(pd.to_datetime(["2024-05-02T08:00+02:00"]))
    assert ask("next_open", offset).iloc[0].isoformat() == "2024-05-02T08:30:00+02:00"
    arrow = ask("next_open", pa.array(offset))
    assert arrow.type.tz == "+02:00"


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_byte_orders(byte_order: str) -> None:
    """An array of the other byte order holds the same instants and lengths."""
    given, work = raw(TIMES, "us"), raw(WORK, "us")
    expected = rows(ask("add", given, work))
    assert rows(ask("add", given.astype(f"{byte_order}M8[us]"), work)) == expected
    assert rows(ask("add", given, work.astype(f"{byte_order}m8[us]"))) == expected
    assert (
        rows(ask("add", given.astype(f"{byte_order}M8[us]"), work.astype(f"{byte_order}m8[s]")))
        == expected
    )


def test_multiples_of_a_unit() -> None:
    """NumPy's units may be of several seconds; then they are read so."""
    given = np.array(["2024-05-02T08:00", "NaT"], "datetime64[10s]")
    assert rows(ask("next_open", given)) == [to_us(datetime(2024, 5, 2, 8, tzinfo=UTC)), None]
    work = np.array([1, 2], "timedelta64[30m]")
    expected = rows(ask("add", given, ["30m", "1h"]))
    assert rows(ask("add", given, work)) == expected
    assert rows(ask("add", given, work.astype("timedelta64[60s]"))) == expected


# Units -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ALL)
@pytest.mark.parametrize("second", ALL)
@pytest.mark.parametrize("library", ["numpy", "pandas", "arrow"])
def test_the_finer_unit_is_kept(library: str, first: str, second: str) -> None:
    """Of two columns the finer one's unit is the answer's."""
    finer = max(first, second, key=ALL.index)
    given = column(library, TIMES, first)
    assert dress(ask("add", given, column(library, WORK, second)))[0] == finer
    assert dress(ask("elapsed", given, column(library, LATER, second)))[0] == finer


def test_a_fine_length_makes_the_answer_fine() -> None:
    """Half a second of work does not get lost in a column of seconds."""
    given = raw([datetime(2024, 5, 2, 8, tzinfo=UTC)], "s")
    assert ask("add", given, "0.5s").tolist() == [datetime(2024, 5, 2, 8, 0, 0, 500_000)]
    assert ask("elapsed", given, "2024-05-02T10:00:00.25+02:00").tolist() == [
        timedelta(microseconds=250_000)
    ]


@every_verb
@pytest.mark.parametrize("library", ["numpy", "pandas", "polars", "arrow", "pandas on arrow"])
def test_nanoseconds_are_refused_by_row(library: str, verb: str) -> None:
    """What is finer than a microsecond cannot be rounded on the quiet; the row is named."""
    given = np.array(["2024-05-02T08:00", "NaT", "2024-05-02T08:00:00.000000001"], "M8[ns]")
    series = WIDE[library](given)
    with pytest.raises(ColumnError, match=r"\[2\] is finer than a microsecond") as refused:
        ask(verb, series, *VERBS[verb])
    assert refused.value.row == 2


def test_fine_lengths_are_refused_by_row() -> None:
    """Lengths of single nanoseconds are refused likewise, in a column or alone."""
    given = raw(TIMES[:2], "us")
    with pytest.raises(ColumnError, match=r"work\[1\]"):
        ask("add", given, np.array([1000, 1], "m8[ns]"))
    with pytest.raises(SlacalcError, match="microsecond"):
        ask("add", given, np.timedelta64(1500, "ns"))
    with pytest.raises(SlacalcError, match="microsecond"):
        ask("add", np.array(["2024-01-01T00:00:00.000000000001"], "M8[ps]"), "1h")


def test_months_are_no_length() -> None:
    """NumPy's months and years have no length, as pendulum's have none, even after 30 days."""
    given = raw(TIMES[:2], "us")
    for months in (np.array([1, 2], "m8[M]"), np.array([1, 2], "m8[Y]"), np.timedelta64(1, "M")):
        with pytest.raises((WorkError, ColumnError)):
            ask("add", given, months)
    with pytest.raises(WorkError, match="months"):
        ask("add", given, [timedelta(days=30), pendulum.duration(months=1)])


# Zones and walls ---------------------------------------------------------------------------------


@every_verb
@pytest.mark.parametrize("library", AWARE_OR_NAIVE)
def test_naive_columns_are_refused(library: str, verb: str) -> None:
    """A column without a zone names no instants; the error shows the cure."""
    with pytest.raises(NaiveDatetimeError, match="naive="):
        ask(verb, column(library, TIMES, "us", None), *VERBS[verb])


def test_naive_lists_are_refused() -> None:
    """A list's datetimes are instants one by one; the naive one's place is told."""
    with pytest.raises(NaiveDatetimeError, match=r"starts\[1\]") as refused:
        ask("add", [TIMES[0], datetime(2024, 5, 1)], "1h")
    assert refused.value.where == "starts[1]"


def _walls(texts: list[str | None]) -> list[Any]:
    return [None if text is None else datetime.fromisoformat(text) for text in texts]


@pytest.mark.parametrize("library", AWARE_OR_NAIVE)
def test_naive_columns_are_wall_times(library: str) -> None:
    """In and out, times are read off the wall: a gap is its end, and a fold its first time."""
    given = column(
        library,
        _walls(
            [
                "2024-03-31T02:30",  # in the gap, so 03:00
                "2024-03-31T01:30",
                None,
                "2024-10-27T02:30",  # the first of the two
                "2024-10-27T01:30",
            ]
        ),
        "ms" if library == "polars" else "s",
        None,
    )
    hour = ask("add", given, "1h", calendar=ALWAYS, naive="Europe/Berlin")
    walls = ["2024-03-31T04:00", "2024-03-31T03:30", None, "2024-10-27T02:30", "2024-10-27T02:30"]
    assert rows(hour) == [plain(_utc(wall)) for wall in _walls(walls)]
    assert dress(hour) == ("ms" if library == "polars" else "s", None)
    assert LIBRARIES[library].like(hour, given)
    more = ask("elapsed", given, "2024-10-27T02:00+00:00", calendar=ALWAYS, naive="Europe/Berlin")
    assert rows(more)[3:] == [plain(timedelta(hours=1.5)), plain(timedelta(hours=2.5))]
    opened = ask("is_open", given, naive="Europe/Berlin", calendar=ALWAYS)
    assert rows(opened) == [True, True, None, True, True]


def _utc(wall: Any) -> Any:
    return None if wall is None else wall.replace(tzinfo=UTC)


def test_zones_of_two_columns() -> None:
    """The answer is shown where the first column is; a named zone counts only where one lacks."""
    starts = _pandas(TIMES, "us", None)
    ends = _pandas(LATER, "us", "Asia/Tokyo")
    answer = ask("elapsed", starts, ends, naive="UTC")
    assert rows(answer) == [one("elapsed", *pair) for pair in zip(TIMES, LATER, strict=True)]
    given = _pandas(TIMES, "us", SHOWN)
    assert ask("add", given, "1h", naive="Asia/Tokyo").equals(ask("add", given, "1h"))
    with pytest.raises(SlacalcError, match="time zone"):
        ask("add", starts, "1h", naive="Europe/Berln")


@pytest.mark.parametrize("library", AWARE_OR_NAIVE)
@pytest.mark.parametrize(
    "time_zone",
    ["UTC", "America/New_York", "America/Port-au-Prince", "Etc/GMT+8", "EST5EDT", "GMT0"],
)
def test_every_zone_is_kept(library: str, time_zone: str) -> None:
    """Zones are kept whatever letters their names are made of."""
    given = column(library, TIMES, "us", time_zone)
    answer = ask("add", given, "4h")
    assert rows(answer) == [one("add", at, "4h") for at in TIMES]
    assert dress(answer) == ("us", time_zone)


def test_a_named_zone_holds_for_all_that_has_none() -> None:
    """NumPy's datetimes are wall times then, in and out; so are naive ones in lists, and alone."""
    texts = ["2024-03-31T02:30", "2024-05-02T10:00", "2024-10-27T02:30"]
    walls = np.array([*texts, "NaT"], "M8[s]")
    berlin: dict[str, Any] = {"calendar": ALWAYS, "naive": "Europe/Berlin"}
    after = ["2024-03-31T04:00:00", "2024-05-02T11:00:00", "2024-10-27T02:30:00", "NaT"]
    assert ask("add", walls, "1h", **berlin).astype(str).tolist() == after
    assert [*ask("add", pd.Series(walls), "1h", **berlin)][:3] == [*map(pd.Timestamp, after[:3])]
    elapsed = ask("elapsed", walls, np.datetime64("2024-10-27T03:00"), **berlin)
    assert elapsed.astype(int).tolist()[2:] == [5_400, MISSING]  # half an hour twice, and one more
    instants = ["2024-03-31T01:00+00:00", "2024-05-02T08:00+00:00", "2024-10-27T00:30+00:00"]
    expected = [one("add", at, "1h", calendar=ALWAYS) for at in instants]
    aware = datetime(2024, 5, 2, 8, tzinfo=UTC)
    for given in (texts, _walls([*texts]), [*walls[:3]], [texts[0], aware, texts[2]]):
        answer = ask("add", given, "1h", **berlin)
        assert rows(answer) == expected
        assert {at.timezone_name for at in answer} == {"UTC"}  # the calendar's, as for any list
    assert rows(ask("add", np.array(_walls([*texts]), object), "1h", **berlin)) == rows(
        ask("add", walls[:3], "1h", **berlin)
    )
    assert plain(ask("add", datetime(2024, 5, 2, 10), "1h", **berlin)) == expected[1]
    assert plain(ask("add", "2024-05-02T10:00", "1h", **berlin)) == expected[1]
    assert plain(ask("add", aware, "1h", **berlin)) == expected[1]
    works = np.array([1, 2], "m8[h]")
    assert ask("add", datetime(2024, 5, 2, 10), works, **berlin).astype(str).tolist() == [
        "2024-05-02T09:00:00",
        "2024-05-02T10:00:00",
    ]
    for far in ("1899-12-31T12:00", "2201-01-01T12:00"):
        with pytest.raises(HorizonError, match=far[:4]):
            ask("add", [far], "1h", **berlin)
        with pytest.raises(HorizonError, match=far[:4]):
            ask("add", far, "1h", **berlin)


def test_numpys_datetimes_one_by_one() -> None:
    """A list of them, or a single one, is read as the array is; nothing at all is no instant."""
    given = raw([at for at in TIMES if at], "s")
    assert rows(ask("add", [*given], "4h")) == rows(ask("add", given, "4h"))
    assert rows(ask("elapsed", given, given[0])) == rows(
        ask("elapsed", given, np.repeat(given[:1], len(given)))
    )
    assert rows(ask("next_open", [given[0], np.datetime64("NaT", "s")]))[1] is None
    with pytest.raises(InstantError, match="ends"):
        ask("elapsed", given, np.datetime64("NaT", "s"))
    with pytest.raises(HorizonError, match="2250"):
        ask("elapsed", given, np.datetime64("2250-01-01"))
    with pytest.raises(HorizonError, match=r"row 0: 2250"):
        ask("next_open", [pendulum.datetime(2250, 1, 1)])


def test_columns_of_objects() -> None:
    """Datetimes of Python's own are read one by one, and the answer is a column of the library."""
    builds: list[Callable[[list[Any]], Any]] = [
        lambda values: pd.Series(values, dtype=object, index=[*"gfedcba"], name="opened"),
        lambda values: pl.Series("opened", values, dtype=pl.Object),
    ]
    for build in builds:
        given = build(TIMES)
        answer = ask("add", given, "4h")
        assert rows(answer) == [one("add", at, "4h") for at in TIMES]
        assert dress(answer) == ("us", "Europe/Berlin")
        assert type(answer) is type(given)
        assert answer.name == "opened"
        with pytest.raises(InstantError, match=r"starts\[1\]"):
            ask("add", build([TIMES[0], "yesterday", *TIMES[2:]]), "4h")
    assert rows(ask("add", pa.nulls(2), "4h")) == [None, None]


def test_answers_to_lists_are_the_calendars_own() -> None:
    """A list's answers are what single calls give, types, zones and all."""
    start = "2024-10-27T01:30:00+01:00"
    (answer,) = ask("add", [start], "0h", calendar=ALWAYS)
    own = ALWAYS.add(start, "0h")
    assert (type(answer), repr(answer)) == (type(own), repr(own))
    (length,) = ask("elapsed", [start], END)
    own_length = DESK.elapsed(start, END)
    assert (type(length), repr(length)) == (type(own_length), repr(own_length))


# Single values -----------------------------------------------------------------------------------


@every_verb
def test_single_values_are_the_calendars_own_verbs(verb: str) -> None:
    """Without a column, a verb over columns is the calendar's."""
    for at in TIMES:
        if at is not None:
            answer, own = ask(verb, at, *VERBS[verb]), getattr(DESK, verb)(at, *VERBS[verb])
            assert (type(answer), repr(answer)) == (type(own), repr(own))
    with pytest.raises(NaiveDatetimeError):
        ask(verb, datetime(2024, 5, 1), *VERBS[verb])


# Refusals ----------------------------------------------------------------------------------------

OUTSIDE = [
    datetime(2024, 5, 2, tzinfo=UTC),
    datetime(2250, 1, 1, tzinfo=UTC),
    None,
    datetime(1899, 12, 31, tzinfo=UTC),
]


@every_verb
@pytest.mark.parametrize("library", [library for library in LIBRARIES if library != "list"])
def test_rows_without_an_answer(library: str, verb: str) -> None:
    """Rows outside the years are refused, the first one by its place, or left on request."""
    given = column(library, OUTSIDE, "ms", "UTC")
    with pytest.raises(HorizonError, match=r"row 1 \(and 1 more\).*2250-01-01") as refused:
        ask(verb, given, *VERBS[verb])
    assert refused.value.horizon == (1900, 2200)
    answer = rows(ask(verb, given, *VERBS[verb], errors="null"))
    nothing = False if (verb, library) == ("is_open", "numpy") else None
    assert answer == [one(verb, OUTSIDE[0], *VERBS[verb]), nothing, nothing, nothing]


def test_which_row_has_no_answer() -> None:
    """Work past the years is refused by row; alone there is nothing more to count."""
    given = raw([OUTSIDE[0]] * 3, "us")
    with pytest.raises(HorizonError, match=r"^row 1: .* of work from 2024-05-02") as refused:
        ask("add", given, ["1h", "9000000h", "2h"])
    assert refused.value.where == "row 1"
    with pytest.raises(HorizonError, match=r"^row 0 \(and 2 more\)"):
        ask("add_working_days", given, 100_000)
    ends = raw([OUTSIDE[0], OUTSIDE[1], OUTSIDE[0]], "us")
    with pytest.raises(HorizonError, match=r"^row 1: .*2250-01-01"):
        ask("elapsed", given, ends)
    assert rows(ask("elapsed", given, ends, errors="null")) == [0, None, 0]


def test_a_calendar_that_never_opens() -> None:
    """It has no answer to any row, and says so; but time elapses, and none of it is open."""
    never, given = Calendar("UTC", "closed"), raw(TIMES, "us")
    with pytest.raises(NeverOpen, match=r"^row 0 \(and 5 more\)"):
        ask("add", given, "1h", calendar=never)
    with pytest.raises(NeverOpen):
        ask("end_of_working_day", given, calendar=never)
    assert rows(ask("next_open", given, calendar=never, errors="null")) == [None] * 7
    assert rows(ask("elapsed", given, END, calendar=never)) == [0, 0, None, 0, 0, 0, 0]
    assert not ask("is_open", given, calendar=never).any()


@pytest.mark.parametrize("work", [timedelta.max, timedelta.min, "999999999999h"])
def test_the_longest_lengths(work: Any) -> None:
    """Lengths that no integer of a column holds are still only too long."""
    given = raw(TIMES[:2], "us")
    for verb in ("add", "subtract"):
        with pytest.raises(HorizonError):
            ask(verb, given, work)
        assert rows(ask(verb, given, work, errors="null")) == [None, None]
        with pytest.raises(SlacalcError):
            ask(verb, given, [work, "1h"])


def test_numbers_that_overflow() -> None:
    """Instants, lengths and days past all integers of microseconds do not come round again."""
    given = raw(TIMES[:2], "us")
    past = round(2**64 / 1e6)
    with pytest.raises((HorizonError, ColumnError)):
        ask("next_open", np.array([1_700_000_000 + past], "M8[s]"))
    with pytest.raises((HorizonError, ColumnError)):
        ask("add", given, np.array([past, past], "m8[s]"))
    with pytest.raises((HorizonError, ColumnError)):
        ask("add_working_days", given, np.array([1, 2**64 - 1], np.uint64))
    with pytest.raises((HorizonError, WorkError)):
        ask("add_working_days", given, 10**20)
    first, last = np.array(["1900-01-01"], "M8[ns]"), np.array(["2200-12-31"], "M8[ns]")
    with pytest.raises((HorizonError, ColumnError)):  # longer than nanoseconds can tell
        ask("elapsed", first, last, calendar=ALWAYS)


@every_library
def test_columns_of_unequal_length(library: str) -> None:
    """Two columns must be equally long; one row does not stand for all."""
    build = LIBRARIES[library].build
    for shorter in (WORK[:1], WORK[:3]):
        with pytest.raises(ColumnError, match="equally long"):
            ask("add", build(TIMES, "us", SHOWN), build(shorter, "us", None))
    with pytest.raises(ColumnError, match="equally long"):
        ask("elapsed", build(TIMES, "us", SHOWN), build(LATER[:2], "us", SHOWN))
    with pytest.raises(ColumnError, match="equally long"):
        ask("add_working_days", build(TIMES, "us", SHOWN), [1, 2])
    with pytest.raises(ColumnError, match="equally long"):
        ask("end_of_working_day", build(TIMES, "us", SHOWN), [])


@pytest.mark.parametrize(
    "wrong",
    [
        np.arange(3),
        np.array([1.0, 2.0, 3.0]),
        np.array(["2024-05-02"] * 3),
        pd.Series([1, 2, 3]),
        pd.Series(["2024-05-02T00:00Z"] * 3),
        pl.Series([date(2024, 5, 2)] * 3),
        pa.array([1, 2, 3]),
        np.array([["2024-05-02"] * 3], "M8[s]"),
        np.array("2024-05-02", "M8[s]"),
    ],
    ids=_short,
)
def test_columns_of_no_instants(wrong: Any) -> None:
    """Numbers, dates, texts and tables are no columns of instants."""
    with pytest.raises(ColumnError, match="instants|dimensions"):
        ask("add", wrong, "4h")


@pytest.mark.parametrize(
    "wrong",
    [
        pd.Series([1.0, 2.0, 3.0]),
        pl.Series([1, 2, 3]),
        pa.array([1, 2, 3]),
        raw(TIMES[:3], "us"),
        np.arange(3),
        [1, 2, 3],
        ["4h", "1 day", "2h"],
        [["4h"], "1h", "1h"],
        np.array([["4h", "1h", "1h"]] * 3),
        np.array([[1, 2, 3]] * 3, "m8[h]"),
        pl.DataFrame({"work": ["4h"] * 3}),
    ],
    ids=_short,
)
def test_columns_of_no_lengths(wrong: Any) -> None:
    """Bare numbers, instants, days and tables are no lengths of work."""
    with pytest.raises((ColumnError, WorkError)):
        ask("add", raw(TIMES[:3], "us"), wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        "3",
        1.5,
        True,
        None,
        [1.5, 2, 3],
        ["1", "2", "3"],
        [True, False, True],
        pd.Series([1, 2.5, 3]),
        pl.Series(["1", None, "3"]),
        pa.array([1.5, None, 3]),
        np.array([[1, 2, 3]] * 3),
        np.array([1, 2, 3], "m8[D]"),
    ],
    ids=_short,
)
@pytest.mark.parametrize("verb", ["add_working_days", "end_of_working_day"])
def test_columns_of_no_days(wrong: Any, verb: str) -> None:
    """Numbers of days are whole."""
    with pytest.raises((ColumnError, WorkError)):
        ask(verb, raw(TIMES[:3], "us"), wrong)


def test_columns_that_are_no_days_say_which_row() -> None:
    """The error is that of the single call, with the row; or names the columns by their names."""
    given = raw(TIMES[:3], "us")
    for wrong in ([1, 2, "3"], pd.Series([1, 2, 2.5]), np.array([1, 2, None, "x"], object)[1:]):
        with pytest.raises(WorkError, match=r"^days\[2\]: .* is not a number of days") as refused:
            ask("add_working_days", given, wrong)
        assert refused.value.where == "days[2]"
    with pytest.raises(ColumnError, match="starts 3, days 2$"):
        ask("end_of_working_day", given, [1, 2])


NO_DAYS: dict[str, Any] = {
    "list": [1, None, -2],
    "list of objects": [np.int64(1), float("nan"), -2],
    "numpy": np.array([1.0, np.nan, -2.0]),
    "numpy, masked": np.ma.array([1, 99, -2], mask=[False, True, False]),
    "numpy, masked bytes": np.ma.array([1, 99, -2], np.int8, mask=[False, True, False]),
    "numpy objects": np.array([1, None, -2], object),
    "pandas": pd.Series([1, None, -2]),
    "pandas Int64": pd.Series([1, None, -2], dtype="Int64"),
    "pandas UInt8": pd.Series([1, None, 255], dtype="UInt8"),
    "pandas objects": pd.Series([1, None, -2], dtype=object),
    "pandas on arrow": pd.Series([1, None, -2], dtype=pd.ArrowDtype(pa.int16())),
    "polars": pl.Series([1, None, -2]),
    "polars in chunks": pl.concat([pl.Series([1, None]), pl.Series([-2])], rechunk=False),
    "polars floats": pl.Series([1.0, None, -2.0]),
    "arrow": pa.array([1, None, -2]),
    "arrow, a slice": pa.array([7, 1, None, -2, 7], pa.int32())[1:4],
    "nothing at all": pl.Series([None] * 3),
}


@pytest.mark.parametrize("days", NO_DAYS)
@pytest.mark.parametrize("verb", ["add_working_days", "end_of_working_day"])
def test_missing_numbers_of_days(days: str, verb: str) -> None:
    """Where the number of days is missing, so is the answer; the others have theirs."""
    given = raw(TIMES[3:6], "us")
    odd: dict[str, list[Any]] = {"nothing at all": [None] * 3, "pandas UInt8": [1, None, 255]}
    known = odd.get(days, [1, None, -2])
    assert rows(ask(verb, given, NO_DAYS[days])) == [
        one(verb, *pair) for pair in zip(TIMES[3:6], known, strict=True)
    ]


def test_rows_of_pandas_are_not_matched_by_their_order_alone() -> None:
    """Series of one call have one index, lest rows of different tickets be put together."""
    starts, work = _pandas(TIMES, "us", SHOWN), _pandas(WORK, "us", None)
    shuffled = work.sort_index()
    message = r"starts and work .*different indexes.*work\.reindex\(starts\.index\)"
    for other in (shuffled, work.reset_index(drop=True), shuffled.astype(object)):
        with pytest.raises(ColumnError, match=message) as refused:
            ask("add", starts, other)
        assert refused.value.column == "work"
    expected = rows(ask("add", starts, work))
    assert rows(ask("add", starts, shuffled.reindex(starts.index))) == expected
    assert rows(ask("add", starts, work.to_numpy())) == expected  # by order, as all else
    assert rows(ask("add", pd.DatetimeIndex(starts), shuffled.reindex(starts.index))) == expected
    with pytest.raises(ColumnError, match="starts and ends"):
        ask("elapsed", starts, starts.sort_index())
    with pytest.raises(ColumnError, match="starts and days"):
        ask("add_working_days", starts, pd.Series(DAYS))
    named = starts.rename_axis("ticket")  # which changes nothing of what rows are called
    assert rows(ask("add", named, work)) == expected


# Masked arrays -----------------------------------------------------------------------------------


def _masked(values: list[Any], unit: str) -> Any:
    """With nonsense under the mask, where a value is missing."""
    found = raw(values, unit)
    gone = np.isnat(found)
    found[gone] = np.array(1, found.dtype)
    return np.ma.array(found, mask=gone)


@every_verb
@pytest.mark.parametrize("unit", ALL)
def test_what_is_masked_is_missing(verb: str, unit: str) -> None:
    """Of a masked array nothing under the mask is read, and the answer is masked likewise."""
    given = _masked(TIMES, unit)
    answer = ask(verb, given, *VERBS[verb])
    assert isinstance(answer, np.ma.MaskedArray)
    assert rows(answer) == [one(verb, at, *VERBS[verb]) for at in TIMES]
    assert np.array_equal(np.ma.getmaskarray(answer), given.mask)
    whole = np.ma.array(raw(TIMES[:2], unit))
    assert not np.ma.getmaskarray(ask(verb, whole, *VERBS[verb])).any()


def test_masked_second_columns() -> None:
    """Masked lengths, texts and objects are missing; nonsense under the mask harms nobody."""
    given, mask = raw(TIMES[:3], "us")[[0, 1, 0]], [False, True, False]
    expected = [one("add", TIMES[row], "4h") if row != 1 else None for row in (0, 1, 0)]
    lengths: list[Any] = [
        np.ma.array([4, 99, 4], "m8[h]", mask=mask),
        np.ma.array(["4h", "1 day", "4h"], mask=mask),
        np.ma.array(["4h", 5, timedelta(hours=4)], object, mask=mask),
    ]
    for work in lengths:
        assert rows(ask("add", given, work)) == expected
    ends: Any = np.ma.array([END, "when?", END], object, mask=mask)
    wanted = [one("elapsed", TIMES[0], END), None, one("elapsed", TIMES[0], END)]
    assert rows(ask("elapsed", given, ends)) == wanted
    fine: Any = np.ma.array(["2024-05-02T08:00", "2024-05-02T08:00:00.000000001"], "M8[ns]")
    fine[1] = np.ma.masked
    assert np.ma.getmaskarray(ask("add", fine, "1h")).tolist() == [False, True]


def test_faults_in_lists_are_named() -> None:
    """What cannot be read in a list is named by its place."""
    with pytest.raises(InstantError, match=r"starts\[1\]"):
        ask("add", [TIMES[0], "yesterday"], "4h")
    with pytest.raises(WorkError, match=r"work\[2\]"):
        ask("add", TIMES[:3], ["4h", None, "1 day"])
    with pytest.raises(HorizonError, match=r"ends\[1\]|row 1"):
        ask("elapsed", TIMES[:2], ["2024-05-02T00:00Z", "2250-05-02T00:00Z"])
    assert rows(ask("elapsed", TIMES[:2], [END, "2250-05-02T00:00Z"], errors="null"))[1] is None


def test_unknown_options_are_refused() -> None:
    """A word that no option knows is refused, with those that it knows."""
    given = raw(TIMES, "us")
    with pytest.raises(SlacalcError, match="null"):
        ask("add", given, "4h", errors="ignore")


@pytest.mark.parametrize(("verb", "wrong"), [("add", "open"), ("subtract", "close"), ("add", True)])
def test_unknown_edges_are_refused_alike(verb: str, wrong: Any) -> None:
    """A column, a single value and the calendar itself refuse an edge in the same words."""
    with pytest.raises(CalendarError) as own:
        getattr(DESK, verb)(TIMES[0], "4h", edge=wrong)
    for given in (raw(TIMES, "us"), TIMES[0], pl.col("opened")):
        with pytest.raises(CalendarError) as refused:
            ask(verb, given, "4h", edge=wrong)
        assert (str(refused.value), refused.value.given) == (str(own.value), own.value.given)


# Strict ------------------------------------------------------------------------------------------

PUBLISHED = Calendar("Europe/Berlin", {"mon-fri": "9-17"}, holidays="DE", horizon=2024)


@every_verb
@pytest.mark.parametrize("library", ["numpy", "pandas"])
@pytest.mark.parametrize(
    "last",
    [
        "2024-12-20T12:00+01:00",
        "2024-12-30T12:00+01:00",
        "2024-12-31T16:00+01:00",
        "2024-12-31T23:59:59+01:00",
        "2025-01-01T00:00+01:00",
        "2025-06-01T00:00+02:00",
    ],
)
def test_strict_is_strict_by_row(library: str, verb: str, last: str) -> None:
    """With `strict`, a column is refused where the single call of one of its rows is."""
    at = [datetime(2024, 5, 2, 12, tzinfo=UTC), None, datetime.fromisoformat(last)]
    extra = ("2024-12-31T12:00+01:00",) if verb == "elapsed" else VERBS[verb]
    given = column(library, at, "us")
    assert PUBLISHED.provisional_from == date(2025, 1, 1)
    try:
        for each in at:
            if each is not None:
                getattr(PUBLISHED, verb)(each, *extra, strict=True)
    except ProvisionalError:
        with pytest.raises(ProvisionalError):
            ask(verb, given, *extra, calendar=PUBLISHED, strict=True)
    else:
        strictly = rows(ask(verb, given, *extra, calendar=PUBLISHED, strict=True))
        assert strictly == rows(ask(verb, given, *extra, calendar=PUBLISHED))
    assert len(rows(ask(verb, given, *extra, calendar=PUBLISHED))) == 3


@every_verb
def test_strict_and_out_of_the_years(verb: str) -> None:
    """What has no answer is no provisional answer: it is left out before that is asked."""
    given = np.array(["2024-05-02T12:00", "2250-01-01", "29250-01-01"], "M8[us]")
    extra = ("2024-12-31T12:00+01:00",) if verb == "elapsed" else VERBS[verb]
    answer = rows(ask(verb, given, *extra, calendar=PUBLISHED, strict=True, errors="null"))
    assert answer == rows(ask(verb, given, *extra, calendar=PUBLISHED, errors="null"))
    with pytest.raises(HorizonError, match="row 1"):
        ask(verb, given, *extra, calendar=PUBLISHED, strict=True)


# Expressions of Polars ---------------------------------------------------------------------------


def frame(unit: str = "us") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "opened": _polars(TIMES, unit, SHOWN),
            "closed": _polars(LATER, unit, "Asia/Tokyo"),
            "work": _polars(WORK, unit, None),
            "text": ["4h", None, "0s", "90m", "1h", "-2h", "PT3H"],
            "days": DAYS,
            "wall": _polars(TIMES, unit, None),
        }
    )


@every_verb
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("lazy", [False, True])
def test_expressions(verb: str, unit: str, *, lazy: bool) -> None:
    """An expression gives what the column gives, with the schema that it promised."""
    given = frame(unit)
    expression = ask(verb, pl.col("opened"), *VERBS[verb])
    assert isinstance(expression, pl.Expr)
    expected = ask(verb, given["opened"], *VERBS[verb])
    if lazy:
        promised = given.lazy().with_columns(due=expression)
        found = promised.collect()
        assert found.schema == promised.collect_schema()
    else:
        found = given.with_columns(due=expression)
    assert found["due"].to_list() == expected.to_list()
    if verb != "elapsed":  # which is in microseconds, as must be known beforehand
        assert found["due"].dtype == expected.dtype
    assert given.select(expression).columns == ["opened"]


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("verb", "first", "second"),
    [
        ("add", "opened", "work"),
        ("add", "opened", "text"),
        ("subtract", "opened", "work"),
        ("elapsed", "opened", "closed"),
        ("add_working_days", "opened", "days"),
        ("end_of_working_day", "opened", "days"),
        ("add", None, "work"),
        ("add", None, "text"),
        ("elapsed", None, "closed"),
        ("add_working_days", None, "days"),
    ],
)
def test_expressions_of_two_columns(
    verb: str, first: str | None, second: str, *, lazy: bool
) -> None:
    """Both arguments may be expressions, or only the second one."""
    given = frame()
    start = "2024-04-30T17:00:00+02:00"
    left = [start] * 7 if first is None else given[first].to_list()
    right = given[second].to_list()
    expression = ask(verb, start if first is None else pl.col(first), pl.col(second))
    chosen = given.lazy() if lazy else given
    found = chosen.select(due=expression).lazy().collect()["due"]
    assert rows(found) == [one(verb, *pair) for pair in zip(left, right, strict=True)]


@pytest.mark.parametrize("lazy", [False, True])
def test_expressions_with_options(*, lazy: bool) -> None:
    """Options hold for expressions as they do for columns."""
    given = frame()
    chosen = given.lazy() if lazy else given

    def found(expression: Any) -> Any:
        return chosen.select(due=expression).lazy().collect()["due"]

    walls = found(ask("add", pl.col("wall"), "4h", naive="Europe/Berlin"))
    assert walls.to_list() == ask("add", given["wall"], "4h", naive="Europe/Berlin").to_list()
    nothing = found(ask("add", pl.col("opened"), "9000000h", errors="null"))
    assert nothing.to_list() == [None] * 7
    edge = found(ask("add", pl.col("opened"), "4h", edge="next_open"))
    assert edge.to_list() == ask("add", given["opened"], "4h", edge="next_open").to_list()
    with pytest.raises(ColumnError, match="cast the column to a finer unit"):  # it is declared
        found(ask("add", pl.col("opened").dt.cast_time_unit("ms"), "0.0005s"))
    hours = found(ask("elapsed", pl.col("opened"), pl.col("closed")).dt.total_seconds())
    seconds = ask("elapsed", given["opened"], given["closed"]).dt.total_seconds()
    assert hours.to_list() == seconds.to_list()


def test_expressions_by_group_and_in_part() -> None:
    """Filters, groups and empty frames change nothing of a row's answer."""
    given = frame()
    due = ask("add", pl.col("opened"), "4h")
    whole = given.with_columns(due=due)
    late = given.lazy().filter(pl.col("days") > 0).with_columns(due=due).collect()
    assert late["due"].to_list() == whole.filter(pl.col("days") > 0)["due"].to_list()
    assert given.lazy().filter(pl.col("days") > 99).with_columns(due=due).collect().height == 0
    grouped = given.with_columns(due=due.over(pl.col("days") > 0))
    assert grouped["due"].to_list() == whole["due"].to_list()


# What it costs -----------------------------------------------------------------------------------


def many(size: int, unit: str = "us") -> NDArray[Any]:
    begin = np.datetime64("2020-01-01", "s")
    at = begin + np.random.default_rng(1).integers(0, 5 * 365 * 86_400, size)
    return at.astype(f"datetime64[{unit}]")


@pytest.fixture
def _no_single_values(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        pytest.fail("an object was made for a row")

    for name in ("slacalc._columns.input.to_instant", "slacalc._columns.output.to_duration"):
        monkeypatch.setattr(name, refuse)
    monkeypatch.setattr(Zone, "datetime", refuse)


@pytest.mark.usefixtures("_no_single_values")
@every_verb
@pytest.mark.parametrize("library", WIDE)
def test_no_row_becomes_a_datetime(library: str, verb: str) -> None:
    """Neither door between datetimes and instants is opened for a column."""
    given = WIDE[library](many(100))
    extra = (given,) if verb == "elapsed" else VERBS[verb]
    assert len(ask(verb, given, *extra)) == 100


def _calls(run: Callable[[], Any]) -> int:
    """How many functions are called."""
    count = 0

    def counted(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


@every_verb
@pytest.mark.parametrize("library", WIDE)
def test_more_rows_are_no_more_calls(library: str, verb: str) -> None:
    """Python does as much for ten rows as for ten thousand."""
    few, lots = WIDE[library](many(10)), WIDE[library](many(10_000))
    expected = [_calls_of(verb, few), _calls_of(verb, few)][1]
    assert _calls_of(verb, lots) <= expected + 60


def _calls_of(verb: str, given: Any) -> int:
    extra = (given,) if verb == "elapsed" else VERBS[verb]
    ask(verb, given, *extra)  # tables are compiled at the first call
    return _calls(lambda: ask(verb, given, *extra))


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def _beside(verb: str, *given: Any, **options: Any) -> int:
    """The most memory that a verb holds at once beside its question and its answer."""
    warm = [one[:20_000] if isinstance(one, np.ndarray) else one for one in given]
    ask(verb, *warm, calendar=OFFICE, **options)
    last = (one[-5:] if isinstance(one, np.ndarray) else one for one in given)
    ask(verb, *last, calendar=OFFICE, **options)
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    answer = ask(verb, *given, calendar=OFFICE, **options)
    return tracemalloc.get_traced_memory()[1] - before - int(answer.nbytes)


@pytest.mark.usefixtures("traced")
@every_verb
def test_memory_beside_question_and_answer(verb: str) -> None:
    """Two million rows need 4 MB beside themselves and their answers."""
    given = many(2_000_000)
    extra = (given[::-1].copy(),) if verb == "elapsed" else VERBS[verb]
    assert _beside(verb, given, *extra) <= 4_000_000


@pytest.mark.usefixtures("traced")
def test_memory_of_second_columns() -> None:
    """So they do with a column of lengths."""
    given = many(2_000_000)
    work = np.random.default_rng(2).integers(-(10**11), 10**11, len(given)).astype("m8[us]")
    assert _beside("add", given, work) <= 4_000_000
    assert _beside("subtract", given, work) <= 4_000_000


@pytest.mark.usefixtures("traced")
@every_verb
@pytest.mark.parametrize("unit", ["us", "s", "ns"])
def test_memory_where_rows_are_missing(verb: str, unit: str) -> None:
    """So they do where every tenth is missing, but for a column of another unit than ours."""
    given = many(2_000_000, unit)
    given[::10] = "NaT"
    extra = (given[::-1].copy(),) if verb == "elapsed" else VERBS[verb]
    converted = 0 if unit == "us" else given.nbytes * (1 + (verb == "elapsed"))
    assert _beside(verb, given, *extra) <= 4_000_000 + converted


@pytest.mark.usefixtures("traced")
def test_memory_where_second_columns_lack_rows() -> None:
    """And with missing lengths, ends and numbers of days, and instants out of the years."""
    given = many(2_000_000)
    given[::7], given[1::7] = "NaT", "2300-01-01"
    work = np.random.default_rng(2).integers(-(10**11), 10**11, len(given)).astype("m8[us]")
    work[::9] = "NaT"
    assert _beside("add", given, work, errors="null") <= 4_000_000
    assert _beside("elapsed", given, given[::-1].copy(), errors="null") <= 4_000_000
    assert _beside("is_open", given, errors="null") <= 4_000_000


@pytest.mark.parametrize("empty", [[], [None, None], ["2300-01-01T00:00Z"] * 2])
@every_verb
def test_nobody_asks_for_years_that_nobody_needs(verb: str, empty: list[Any]) -> None:
    """Columns without a row to look up compile no year, and no calendar is too closed for them."""
    for calendar in (
        Calendar("Europe/Berlin", {"mon": "9:01-17:02"}),
        Calendar("Europe/Berlin", "closed"),
    ):
        unasked = fresh(calendar)
        extra = ([END] * len(empty),) if verb == "elapsed" else VERBS[verb]
        for given in (empty, pd.Series(raw(_at(empty), "us"))):
            answer = ask(verb, given, *extra, calendar=unasked, errors="null", naive="UTC")
            assert rows(answer) == [None] * len(empty)
        assert unasked.timeline._table is None


def _at(given: list[Any]) -> list[Any]:
    return [None if at is None else datetime.fromisoformat(at) for at in given]


@every_verb
@pytest.mark.parametrize("unit", ALL)
def test_questions_are_not_written_to(unit: str, verb: str) -> None:
    """Read-only arrays can be asked about, and no answer lies in the question's memory."""
    at = raw([*TIMES, *OUTSIDE], unit)
    second: dict[str, Any] = {
        "add": raw([*WORK, *WORK[:4]], unit),
        "subtract": raw([*WORK, *WORK[:4]], unit),
        "elapsed": raw([*LATER, *OUTSIDE[::-1]], unit),
        "add_working_days": np.array([*DAYS, 0, 1, 2, 3]),
        "end_of_working_day": np.array([*DAYS, 0, 1, 2, 3]),
    }
    given = [at, second[verb]] if verb in second else [at]
    before = [each.copy() for each in given]
    for each in given:
        each.flags.writeable = False
    answer = ask(verb, *given, errors="null")
    assert answer.flags.writeable
    for each, was in zip(given, before, strict=True):
        assert not np.shares_memory(answer, each)
        assert np.array_equal(each.view(np.int64), was.view(np.int64))


@every_library
def test_columns_are_not_written_to(library: str) -> None:
    """A column of any library is afterwards what it was."""
    given = column(library, TIMES, "us")
    for verb, extra in VERBS.items():
        ask(verb, given, *extra)
        assert rows(given) == rows(column(library, TIMES, "us"))


# By hand -----------------------------------------------------------------------------------------


@every_library
def test_by_hand(library: str) -> None:
    """Four hours from an afternoon before a holiday, and from a night into which clocks change."""
    at = [datetime(2024, 4, 30, 16, 30), datetime(2024, 5, 3, 23), datetime(2024, 5, 5, 12)]
    berlin = [each.replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC) for each in at]
    due = rows(ask("add", column(library, berlin), "4h"))
    assert [f"{at_us(each):%m-%d %H:%M}" for each in due] == [
        "05-02 09:30",  # one hour on Tuesday, and from 08:30 to 11:30 on Thursday, in Berlin
        "05-04 01:00",
        "05-06 11:30",  # from 08:30 to 12:00, and half an hour after lunch
    ]
    spent = rows(ask("elapsed", column(library, berlin), "2024-05-06T09:00+02:00"))
    assert [each / 3.6e9 for each in spent] == [1 + 8 + 8 + 0.5, 7.5, 0.5]
    nights = [datetime(2024, 3, 29, 20, tzinfo=UTC), datetime(2024, 10, 26, 20, tzinfo=UTC)]
    shifts = Calendar("Europe/Berlin", {"sat": "22:00-06:00"})
    spent = rows(ask("elapsed", column(library, nights), "2024-10-27T12:00Z", calendar=shifts))
    assert spent[1] == 9 * 3_600_000_000
