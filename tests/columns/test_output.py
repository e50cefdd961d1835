"""Columns of results: the type, unit and zone of the input, and no Python object for a row."""

from __future__ import annotations

import sys
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from slacalc import ALWAYS, Calendar, bulk
from slacalc._time.instants import Zone
from slacalc.errors import (
    SlacalcError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
from tests.columns.libraries import (
    ALL,
    AWARE_OR_NAIVE,
    DESK,
    END,
    LATER,
    SHOWN,
    TIMES,
    VERBS,
    WIDE,
    WORK,
    _pandas,
    ask,
    column,
    every_verb,
    one,
    raw,
    rows,
    type_of,
)

OFFICE = Calendar("UTC", {"mon-fri": "9-17"})


@pytest.mark.parametrize("first", ALL)
@pytest.mark.parametrize("second", ALL)
@pytest.mark.parametrize("library", ["numpy", "pandas", "arrow"])
def test_the_finer_unit_is_kept(library: str, first: str, second: str) -> None:
    """Of two columns the finer one's unit is the answer's."""
    finer = max(first, second, key=ALL.index)
    given = column(library, TIMES, first)
    assert type_of(ask("add", given, column(library, WORK, second)))[0] == finer
    assert type_of(ask("elapsed", given, column(library, LATER, second)))[0] == finer


def test_a_fine_length_makes_the_answer_fine() -> None:
    """Half a second of work does not get lost in a column of seconds."""
    given = raw([datetime(2024, 5, 2, 8, tzinfo=UTC)], "s")
    assert ask("add", given, "0.5s").tolist() == [datetime(2024, 5, 2, 8, 0, 0, 500_000)]
    assert ask("elapsed", given, "2024-05-02T10:00:00.25+02:00").tolist() == [
        timedelta(microseconds=250_000)
    ]


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
    assert type_of(answer) == ("us", time_zone)


def test_answers_to_lists_are_the_calendars_own() -> None:
    """A list's answers are what single calls give, types, zones and all."""
    start = "2024-10-27T01:30:00+01:00"
    (answer,) = ask("add", [start], "0h", calendar=ALWAYS)
    own = ALWAYS.add(start, "0h")
    assert (type(answer), repr(answer)) == (type(own), repr(own))
    (length,) = ask("elapsed", [start], END)
    own_length = DESK.elapsed(start, END)
    assert (type(length), repr(length)) == (type(own_length), repr(own_length))


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


def test_pandas_answers_stand_in_memory_of_their_own() -> None:
    """Neither the column nor its index is written to, and no answer has its frequency."""
    pandas = pytest.importorskip("pandas")
    index = pandas.date_range("2024-05-03T14:00", periods=3, freq="h", tz="UTC")
    due = ["2024-05-03T16:00Z", "2024-05-03T17:00Z", "2024-05-06T10:00Z"]
    for starts in (index, pandas.Series(index)):
        answers = bulk.add(OFFICE, starts, "2h")
        assert list(answers) == [pandas.Timestamp(at) for at in due]
        assert getattr(answers, "freq", None) is None
        assert list(starts) == [pandas.Timestamp(f"2024-05-03T{hour}:00Z") for hour in (14, 15, 16)]
