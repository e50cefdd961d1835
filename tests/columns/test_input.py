"""Reading columns: every library, unit and zone, and what is refused."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pendulum
import polars as pl
import pyarrow as pa
import pytest

from slacalc import ALWAYS
from slacalc._columns.kernel import MISSING
from slacalc.errors import (
    ColumnError,
    HorizonError,
    InstantError,
    NaiveDatetimeError,
    SlacalcError,
    WorkError,
)
from tests.strategies.calendars import to_us

if TYPE_CHECKING:
    from collections.abc import Callable

from tests.columns.libraries import (
    ALL,
    AWARE_OR_NAIVE,
    DAYS,
    END,
    LATER,
    LIBRARIES,
    SHOWN,
    TIMES,
    VERBS,
    WIDE,
    WORK,
    _pandas,
    ask,
    column,
    every_library,
    every_verb,
    one,
    plain,
    raw,
    rows,
    type_of,
)


def _short(column: Any) -> str:
    """A column as the name of a test, which is the same in every run."""
    return re.sub(r" object at 0x[0-9a-f]+", "", repr(column))


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


def test_unusual_columns_of_instants() -> None:
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
        assert type_of(answer) == ("s", None)
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


@every_verb
@pytest.mark.parametrize("library", AWARE_OR_NAIVE)
def test_naive_columns_are_refused(library: str, verb: str) -> None:
    """A column without a zone names no instants; the error shows the cure."""
    with pytest.raises(NaiveDatetimeError, match="naive="):
        ask(verb, column(library, TIMES, "us", None), *VERBS[verb])


def test_naive_lists_are_refused() -> None:
    """A list's datetimes are instants one by one; the error names the position of the naive one."""
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
    assert type_of(hour) == ("ms" if library == "polars" else "s", None)
    assert LIBRARIES[library].like(hour, given)
    more = ask("elapsed", given, "2024-10-27T02:00+00:00", calendar=ALWAYS, naive="Europe/Berlin")
    assert rows(more)[3:] == [plain(timedelta(hours=1.5)), plain(timedelta(hours=2.5))]
    opened = ask("is_open", given, naive="Europe/Berlin", calendar=ALWAYS)
    assert rows(opened) == [True, True, None, True, True]


def _utc(wall: Any) -> Any:
    return None if wall is None else wall.replace(tzinfo=UTC)


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
        assert type_of(answer) == ("us", "Europe/Berlin")
        assert type(answer) is type(given)
        assert answer.name == "opened"
        with pytest.raises(InstantError, match=r"starts\[1\]"):
            ask("add", build([TIMES[0], "yesterday", *TIMES[2:]]), "4h")
    assert rows(ask("add", pa.nulls(2), "4h")) == [None, None]


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
    unusual: dict[str, list[Any]] = {"nothing at all": [None] * 3, "pandas UInt8": [1, None, 255]}
    known = unusual.get(days, [1, None, -2])
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
    named = starts.rename_axis("ticket")  # which does not change the index values
    assert rows(ask("add", named, work)) == expected


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


@every_library
def test_columns_are_not_written_to(library: str) -> None:
    """A column of any library is afterwards what it was."""
    given = column(library, TIMES, "us")
    for verb, extra in VERBS.items():
        ask(verb, given, *extra)
        assert rows(given) == rows(column(library, TIMES, "us"))
