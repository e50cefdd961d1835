"""Working days over columns of dates: the same results as the single calls, in every library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import Calendar, bulk
from slacalc.errors import (
    CalendarError,
    ColumnError,
    DateError,
    HorizonError,
    InstantError,
    NaiveDatetimeError,
    NeverOpen,
    ProvisionalError,
    SlacalcError,
)
from tests.strategies.calendars import scenes

if TYPE_CHECKING:
    from collections.abc import Callable

DESK = Calendar(
    "America/New_York",
    {"mon-thu": "9-17", "fri": "22:00-06:00"},
    holidays=["2026-05-14", "2026-05-25", "2026-12-25"],
)
PUBLISHED = Calendar("Europe/Berlin", {"mon-fri": "9-17"}, holidays="DE", horizon=2026)
NEVER = Calendar("UTC", "closed")
CONVENTIONS = ("following", "preceding", "modified_following", "modified_preceding")

DATES = [
    date(2026, 5, 13),
    date(2026, 5, 16),
    None,
    date(2026, 5, 31),
    date(1969, 12, 27),
    date(2026, 8, 1),
    date(2027, 1, 1),
]
LATER = [date(2026, 5, 25), None, *DATES[4:], date(2026, 5, 1), date(2026, 12, 31)]
DAYS = [0, 1, -2, 3, -20, 7, 0]


def _pandas(dates: list[Any], kind: Any) -> Any:
    index = range(len(dates), 0, -1)
    if kind == "period[D]":
        return pd.Series(pd.PeriodIndex(dates, freq="D"), index=index, name="day")
    return pd.Series(dates, dtype=kind, index=index, name="day")


def _arrow_in_chunks(dates: list[Any]) -> Any:
    array = pa.array(dates, pa.date32())
    return pa.chunked_array([array[:2], array[2:2], array[2:]])


BUILD: dict[str, Callable[[list[Any]], Any]] = {
    "numpy": lambda dates: np.array(dates, "datetime64[D]"),
    "numpy, masked": lambda dates: np.ma.array(
        np.array(dates, "datetime64[D]"), mask=[day is None for day in dates]
    ),
    "pandas, objects": lambda dates: _pandas(dates, object),
    "pandas, ns": lambda dates: _pandas(dates, "datetime64[ns]"),
    "pandas, s": lambda dates: _pandas(dates, "datetime64[s]"),
    "pandas, periods": lambda dates: _pandas(dates, "period[D]"),
    "pandas, date32": lambda dates: _pandas(dates, pd.ArrowDtype(pa.date32())),
    "pandas, date64": lambda dates: _pandas(dates, pd.ArrowDtype(pa.date64())),
    "pandas, index": lambda dates: pd.DatetimeIndex(dates, name="day"),
    "pandas, index of periods": lambda dates: pd.PeriodIndex(dates, freq="D", name="day"),
    "polars": lambda dates: pl.Series("day", dates, pl.Date),
    "arrow": lambda dates: pa.array(dates, pa.date32()),
    "arrow, date64": lambda dates: pa.array(dates, pa.date64()),
    "arrow, chunks": _arrow_in_chunks,
    "list": list,
    "list of texts": lambda dates: [day and str(day) for day in dates],
    "tuple": tuple,
}

every_library = pytest.mark.parametrize("library", BUILD)


def rows(column: Any) -> list[Any]:
    """What a column has in each row: dates, numbers, truths, or None."""
    for way in ("to_pylist", "to_list", "tolist"):
        if hasattr(column, way):
            column = getattr(column, way)()
            break
    return [_plain(value) for value in column]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Period):
        return value.to_timestamp().date()
    if isinstance(value, datetime):
        assert value.time() == datetime.min.time(), "a date has no time of day"
        return value.date()
    return value


def is_like(answer: Any, given: Any) -> bool:
    """Whether a column of dates has the type, name and index of another."""
    index: Any = getattr(given, "index", None)
    if isinstance(given, (list, tuple)):
        return isinstance(answer, list)
    if isinstance(given, (pa.Array, pa.ChunkedArray)):
        return isinstance(answer, pa.ChunkedArray) and answer.type == given.type
    if isinstance(given, (pd.Series, pd.Index)):
        same = answer.dtype == given.dtype and answer.name == given.name
        return same and (isinstance(answer, pd.Index) or answer.index.equals(index))
    return type(answer) is type(given) and answer.dtype == given.dtype


def one(verb: str, *given: Any, calendar: Calendar = DESK, **options: Any) -> Any:
    """The calendar's own answer for a row; None where something is missing."""
    return None if None in given else getattr(calendar, verb)(*given, **options)


@every_library
def test_dates_come_back_in_the_type_they_came_in(library: str) -> None:
    """Moves and rolls are those of the calendar, in a column like the one given."""
    given = BUILD[library](DATES)
    for days in (0, 3, -3):
        answer = bulk.add_working_days(DESK, given, days)
        assert rows(answer) == [one("add_working_days", day, days) for day in DATES]
        assert is_like(answer, given)
    answer = bulk.add_working_days(DESK, given, DAYS)
    assert rows(answer) == [one("add_working_days", *row) for row in zip(DATES, DAYS, strict=True)]
    for convention in CONVENTIONS:
        answer = bulk.roll(DESK, given, convention)  # type: ignore[arg-type]  # a text
        assert rows(answer) == [one("roll", day, convention) for day in DATES]
        assert is_like(answer, given)


@every_library
def test_counts_and_truths(library: str) -> None:
    """Row by row those of the calendar; what is missing stays missing."""
    given, later = BUILD[library](DATES), BUILD[library](LATER)
    truths = [one("is_working_day", day) for day in DATES]
    if library == "numpy":
        truths = [bool(truth) for truth in truths]  # NumPy has no missing truth
    assert rows(bulk.is_working_day(DESK, given)) == truths
    pairs = list(zip(DATES, LATER, strict=True))
    for inclusive in ("left", "right", "both", "neither"):
        counts = bulk.count_working_days(DESK, given, later, inclusive=inclusive)
        expected = [one("count_working_days", *pair, inclusive=inclusive) for pair in pairs]
        assert rows(counts) == expected
        counts = bulk.count_working_days(DESK, given, given, inclusive=inclusive)
        of_one_day = inclusive == "both"
        assert rows(counts) == [
            None if day is None else of_one_day and DESK.is_working_day(day) for day in DATES
        ]
    counts = bulk.count_working_days(DESK, given, "2026-06-01")
    assert rows(counts) == [one("count_working_days", day, "2026-06-01") for day in DATES]
    counts = bulk.count_working_days(DESK, date(2026, 6, 1), given)
    assert rows(counts) == [one("count_working_days", "2026-06-01", day) for day in DATES]


def test_types_of_counts() -> None:
    """Whole numbers of each library, also where some are missing."""
    whole, some = DATES[3:], DATES
    end = "2026-06-01"

    def count(library: str, dates: list[Any]) -> Any:
        return bulk.count_working_days(DESK, BUILD[library](dates), end)

    assert type(count("numpy", whole)) is np.ndarray
    assert count("numpy", whole).dtype == np.int64
    assert type(count("numpy", some)) is np.ma.MaskedArray
    assert count("numpy", some).mask.tolist() == [day is None for day in some]
    assert count("pandas, objects", whole).dtype == np.int64
    assert count("pandas, objects", some).dtype == pd.Int64Dtype()
    assert count("pandas, date32", some).dtype == pd.ArrowDtype(pa.int64())
    assert count("polars", some).dtype == pl.Int64
    assert count("arrow", some).type == pa.int64()
    assert {type(value) for value in count("list", some)} == {int, type(None)}


AT = datetime(2026, 5, 16, 1, tzinfo=UTC)  # still Friday in New York
INSTANTS: dict[str, Any] = {
    "numpy": np.array([AT.replace(tzinfo=None), None], "datetime64[us]"),
    "pandas": pd.Series([AT, None], dtype="datetime64[ms, UTC]"),
    "polars": pl.Series([AT, None], dtype=pl.Datetime("us", "UTC")),
    "arrow": pa.array([AT, None], pa.timestamp("us", "UTC")),
    "list": [AT, None],
    "list of texts": ["2026-05-16T03:00:00+02:00", None],
}


@pytest.mark.parametrize("library", INSTANTS)
def test_instants_stand_for_their_dates_in_the_calendars_zone(library: str) -> None:
    """In columns of every library; only `add_working_days` answers them with instants."""
    given = INSTANTS[library]
    truth = None if library != "numpy" else False
    assert rows(bulk.is_working_day(DESK, given)) == [True, truth]
    assert rows(bulk.count_working_days(DESK, given, "2026-05-17")) == [1, None]
    assert rows(bulk.roll(DESK, given, "following")) == [date(2026, 5, 15), None]
    (moved, missing) = list(bulk.add_working_days(DESK, given, 1))
    assert datetime.fromisoformat(str(moved)) != datetime(2026, 5, 18)
    assert pd.isna(missing) if missing is not None and library != "arrow" else True
    rolled = bulk.roll(DESK, given, "following")
    expected = {"numpy": "datetime64[D]", "pandas": "datetime64[ms]", "polars": "Date"}
    if library in expected:
        assert str(rolled.dtype) == expected[library]


def test_a_list_may_mix_dates_and_instants() -> None:
    """Where all of them are meant as dates; but a column of moves has one type."""
    mixed = [AT, "2026-05-15", date(2026, 5, 16), np.datetime64("2026-05-15"), pd.NaT]
    assert bulk.is_working_day(DESK, mixed) == [True, True, False, True, None]
    for starts in (mixed[:2], mixed[1::-1]):
        with pytest.raises(SlacalcError, match=r"starts\[1\]"):
            bulk.add_working_days(DESK, starts, 1)


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "3D"])
def test_numpys_units_of_dates(unit: str) -> None:
    """Datetimes of days, weeks, months and years are dates, their first ones."""
    given = np.array(["2026-05-18", "NaT"], f"datetime64[{unit}]")
    first = given[0].astype("datetime64[D]").item()
    answer = bulk.add_working_days(DESK, given, 0)
    assert answer.dtype == "datetime64[D]"
    assert rows(answer) == [DESK.add_working_days(first, 0), None]
    assert bulk.add_working_days(DESK, np.array(["2026-05-18T15"], "datetime64[h]"), 1)[0] == (
        np.datetime64("2026-05-19T15", "h")
    )


def test_times_without_a_zone() -> None:
    """They are refused where they have a time of day, and read in `naive` where it is given."""
    walls = pd.Series(pd.to_datetime(["2026-05-15 21:00", "2026-05-16 00:00"]))
    for times in (walls, walls.to_list(), pl.Series([datetime(2026, 5, 15)])):
        asks: list[Any] = [
            lambda times=times, **naive: bulk.is_working_day(DESK, times, **naive),
            lambda times=times, **naive: bulk.add_working_days(DESK, times, 1, **naive),
        ]
        for ask in asks:
            with pytest.raises(NaiveDatetimeError):
                ask()
            ask(naive="America/New_York")
    assert rows(bulk.is_working_day(DESK, walls, naive="America/New_York")) == [True, False]
    assert rows(bulk.is_working_day(DESK, walls, naive="UTC")) == [True, True]
    midnights = walls.dt.normalize()
    assert rows(bulk.is_working_day(DESK, midnights)) == [True, False]
    # With a zone named, midnights are times like others.
    moved = bulk.add_working_days(DESK, midnights, 1, naive="America/New_York")
    assert moved.tolist() == [pd.Timestamp("2026-05-18 17:00")] * 2


WRONG: list[tuple[Any, type[SlacalcError], str]] = [
    (["2026-05-15", "2026-02-30"], DateError, r"dates\[1\]"),
    (["2026-05-15", "soon"], DateError, r"dates\[1\]"),
    (["2026-05-15T25:00Z"], InstantError, r"dates\[0\]"),
    ([date(2026, 5, 15), 5], DateError, r"dates\[1\]"),
    (np.array([1, 2]), ColumnError, "int64"),
    (np.array([["2026-05-15"]], "datetime64[D]"), ColumnError, "2 dimensions"),
    (pl.Series(["2026-05-15"]), ColumnError, "String, not dates"),
    (pd.Series(["2026-05-15"]), ColumnError, "String, not dates"),
    (np.array(["2026-05-15"]), ColumnError, "not dates"),
    (pd.Series(pd.PeriodIndex(["2026-05"], freq="M")), DateError, r"dates\[0\]"),
    (pl.Series([1.5]), ColumnError, "Float64"),
    (pa.array([timedelta(1)]), ColumnError, "Duration"),
]


@pytest.mark.parametrize(("wrong", "error", "says"), WRONG)
def test_what_is_no_date_is_refused(wrong: Any, error: type[SlacalcError], says: str) -> None:
    """With the place in the column, or the type of it."""
    with pytest.raises(error, match=says):
        bulk.is_working_day(DESK, wrong)
    with pytest.raises(error, match=says):
        bulk.roll(DESK, wrong, "following")


def test_faulty_rows_may_be_missing() -> None:
    """On request, in lists; the others keep their answers."""
    given = ["2026-05-15", "soon", "1899-12-31", None, "2026-05-16"]
    assert bulk.is_working_day(DESK, given, errors="null") == [True, None, None, None, False]
    assert bulk.roll(DESK, given, "preceding", errors="null")[1:4] == [None] * 3
    assert bulk.count_working_days(DESK, given, given, errors="null") == [0, None, None, None, 0]


@every_library
@pytest.mark.parametrize("outside", [date(1899, 12, 31), date(2201, 1, 1)])
def test_dates_outside_the_years(library: str, outside: date) -> None:
    """The first is refused by its row, or missing on request."""
    given = BUILD[library]([DATES[0], outside, None, outside])
    end = date(2026, 5, 20)
    asks: list[tuple[Callable[..., Any], Any]] = [
        (lambda **errors: bulk.is_working_day(DESK, given, **errors), True),
        (lambda **errors: bulk.count_working_days(DESK, given, end, **errors), 4),
        (lambda **errors: bulk.add_working_days(DESK, given, 1, **errors), date(2026, 5, 15)),
        (lambda **errors: bulk.roll(DESK, given, "following", **errors), DATES[0]),
    ]
    for place, (ask, first) in enumerate(asks):
        with pytest.raises(HorizonError, match=rf"row 1 \(and 1 more\).*{outside}"):
            ask()
        nothing = False if (place, library) == (0, "numpy") else None
        assert rows(ask(errors="null")) == [first, *[nothing] * 3]


def test_answers_outside_the_years() -> None:
    """A move or a roll that leads out of them has no answer, others do."""
    given = np.array(["2026-05-15", "2200-12-31", "1900-01-01"], "datetime64[D]")
    early = Calendar("UTC", {"tue": "9-17"})
    with pytest.raises(HorizonError, match=r"^row 1: .*2200-12-31"):
        bulk.roll(early, given, "following")
    with pytest.raises(HorizonError, match=r"^row 2: .*1900-01-01"):
        bulk.roll(early, given, "preceding")
    found = bulk.roll(early, given, "modified_following")
    assert rows(found) == [date(2026, 5, 19), date(2200, 12, 30), date(1900, 1, 2)]
    with pytest.raises(HorizonError, match=r"^row 0 \(and 2 more\): 1000000 working days"):
        bulk.add_working_days(early, given, 10**9)


def test_a_calendar_that_never_opens() -> None:
    """It has no working day to move to, and none to count."""
    given = BUILD["numpy"](DATES)
    asks: list[Any] = [
        lambda **errors: bulk.add_working_days(NEVER, given, 0, **errors),
        lambda **errors: bulk.roll(NEVER, given, "modified_following", **errors),
    ]
    for ask in asks:
        with pytest.raises(NeverOpen, match="row 0"):
            ask()
        assert rows(ask(errors="null")) == [None] * len(DATES)
    assert not bulk.is_working_day(NEVER, given).any()
    assert rows(bulk.count_working_days(NEVER, given[:2], given[1:3][::-1])) == [None, 0]


@every_library
def test_empty_columns(library: str) -> None:
    """They give empty ones; a column without any value gives missing ones."""
    empty, missing = BUILD[library]([]), BUILD[library]([None, None])
    assert rows(bulk.roll(DESK, empty, "following")) == []
    assert rows(bulk.count_working_days(DESK, empty, empty)) == []
    assert rows(bulk.add_working_days(DESK, empty, 1)) == []
    assert rows(bulk.is_working_day(DESK, empty)) == []
    assert rows(bulk.roll(DESK, missing, "following")) == [None, None]
    assert rows(bulk.count_working_days(DESK, missing, missing)) == [None, None]
    assert rows(bulk.add_working_days(DESK, missing, 1)) == [None, None]


def test_single_values() -> None:
    """Without a column, the verbs are the calendar's own."""
    day: Any
    for day in (date(2026, 5, 16), "2026-05-16", np.datetime64("2026-05-16"), AT):
        own = date(2026, 5, 16) if isinstance(day, np.datetime64) else day
        assert bulk.is_working_day(DESK, day) is DESK.is_working_day(own)
        assert bulk.roll(DESK, day, "following") == DESK.roll(own, "following")
        assert bulk.count_working_days(DESK, day, "2026-06-01", inclusive="both") == (
            DESK.count_working_days(own, "2026-06-01", inclusive="both")
        )
        assert bulk.add_working_days(DESK, day, 1) == DESK.add_working_days(own, 1)
    assert bulk.is_working_day(DESK, np.datetime64("2026-05-16T01")) is True
    assert bulk.is_working_day(DESK, datetime(2026, 5, 15), naive="UTC") is False
    assert bulk.add_working_days(DESK, "2026-05-15", 1, naive="UTC") == date(2026, 5, 18)
    with pytest.raises(NaiveDatetimeError):
        bulk.is_working_day(DESK, datetime(2026, 5, 15))
    with pytest.raises(InstantError):
        bulk.is_working_day(DESK, np.datetime64("NaT", "D"))
    moved = bulk.add_working_days(DESK, "2026-05-15", [1, None])
    assert moved == [date(2026, 5, 18), None]
    assert bulk.add_working_days(DESK, "2026-05-15", np.array([1])).dtype == "datetime64[D]"
    assert bulk.add_working_days(DESK, "2026-05-15", pl.Series([1])).dtype == pl.Date


def test_unknown_words_are_refused_alike() -> None:
    """By a column, a single value and the calendar itself."""
    for days in (BUILD["numpy"](DATES), "2026-05-16", pl.col("day")):
        with pytest.raises(CalendarError, match="modified_following"):
            bulk.roll(DESK, days, "modified")  # type: ignore[arg-type] # wrong on purpose
        with pytest.raises(CalendarError, match="'both'"):
            bulk.count_working_days(DESK, days, days, inclusive="bothe")  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize("lazy", [False, True])
def test_expressions(lazy: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """An expression gives what the column gives, with the schema that it promised."""
    frame = pl.DataFrame({"day": DATES, "later": LATER, "days": DAYS, "at": [AT] * 7})
    day = pl.col("day")
    asks: dict[str, Callable[[Any, Any, Any], Any]] = {
        "working": lambda day, *_: bulk.is_working_day(DESK, day),
        "count": lambda day, later, _: bulk.count_working_days(DESK, day, later, inclusive="both"),
        "until": lambda day, *_: bulk.count_working_days(DESK, day, "2026-06-01"),
        "moved": lambda day, _, days: bulk.add_working_days(DESK, day, days),
        "from": lambda _, __, days: bulk.add_working_days(DESK, "2026-05-16", days),
        "rolled": lambda day, *_: bulk.roll(DESK, day, "modified_preceding"),
    }
    for name, ask in asks.items():
        expected = ask(frame["day"], frame["later"], frame["days"])
        expression = ask(day, pl.col("later"), pl.col("days")).alias(name)
        if lazy:
            query = frame.lazy().select(expression)
            assert query.collect().schema == query.collect_schema()
            found = query.collect()
        else:
            found = frame.select(expression)
        assert found[name].to_list() == expected.to_list()
        assert found[name].dtype == expected.dtype
    rolled = frame.select(bulk.roll(DESK, pl.col("at"), "following"))["at"]
    assert rolled.to_list() == [date(2026, 5, 15)] * 7


@pytest.mark.parametrize("last", ["2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02"])
@pytest.mark.parametrize("library", ["numpy", "list", "polars"])
def test_strict_is_strict_by_row(library: str, last: str) -> None:
    """With `strict`, a column is refused where the single call of one of its rows is."""
    dates = [date(2026, 5, 31), None, date.fromisoformat(last)]
    given = BUILD[library](dates)
    asks: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("is_working_day", (), {}),
        *(("add_working_days", (days,), {}) for days in (0, 1, -3)),
        *(("roll", (convention,), {}) for convention in CONVENTIONS),
        *(
            ("count_working_days", (other,), {"inclusive": inclusive})
            for other in ("2026-03-01", "2026-12-31")
            for inclusive in ("left", "right", "both", "neither")
        ),
    ]
    for verb, others, options in asks:
        try:
            for day in dates:
                one(verb, day, *others, calendar=PUBLISHED, strict=True, **options)
        except ProvisionalError:
            with pytest.raises(ProvisionalError):
                getattr(bulk, verb)(PUBLISHED, given, *others, strict=True, **options)
        else:
            strictly = getattr(bulk, verb)(PUBLISHED, given, *others, strict=True, **options)
            freely = getattr(bulk, verb)(PUBLISHED, given, *others, **options)
            assert rows(strictly) == rows(freely)


def test_a_turn_at_the_end_of_a_month_depends_on_all_of_it() -> None:
    """As in the single call; rolled back by its convention, a date depends on earlier ones only."""
    calendar = Calendar(
        "UTC", {"mon-fri": "9-17"}, exceptions={"2026-05-29": "closed"}, horizon="2026-05-29"
    )
    day = np.array(["2026-05-29"], "datetime64[D]")
    assert rows(bulk.roll(calendar, day, "modified_following")) == [date(2026, 5, 28)]
    with pytest.raises(ProvisionalError):
        bulk.roll(calendar, day, "modified_following", strict=True)
    assert rows(bulk.roll(calendar, day, "preceding", strict=True)) == [date(2026, 5, 28)]


@given(data=st.data())
def test_columns_are_their_rows(data: st.DataObject) -> None:
    """On calendars of all kinds, few rows and many, with the errors of single calls missing."""
    calendar = data.draw(scenes(step=900)).calendar
    day = st.dates(date(1899, 12, 28), date(1900, 2, 1)) | st.dates(
        date(2024, 1, 1), date(2026, 1, 1)
    )
    near = st.dates(date(2024, 1, 28), date(2024, 3, 3)) | st.none()
    many = data.draw(st.booleans())
    dates = data.draw(st.lists(near if many else day | near, min_size=1, max_size=4))
    dates *= 20 if many else 1
    others = dates[::-1]
    counts = [count % 9 - 4 for count in range(len(dates))]
    columns = [np.array(each, "datetime64[D]") for each in (dates, others)]

    def alone(verb: str, *row: Any, **options: Any) -> Any:
        try:
            return one(verb, *row, calendar=calendar, **options)
        except (HorizonError, NeverOpen):
            return None

    for inclusive in ("left", "right", "both", "neither"):
        found = bulk.count_working_days(calendar, *columns, inclusive=inclusive, errors="null")
        assert rows(found) == [
            alone("count_working_days", *row, inclusive=inclusive)
            for row in zip(dates, others, strict=True)
        ]
    for convention in CONVENTIONS:
        found = bulk.roll(calendar, columns[0], convention, errors="null")  # type: ignore[arg-type] # a literal
        assert rows(found) == [alone("roll", each, convention) for each in dates]
    found = bulk.add_working_days(calendar, columns[0], counts, errors="null")
    assert rows(found) == [
        alone("add_working_days", *row) for row in zip(dates, counts, strict=True)
    ]


@every_library
def test_columns_are_not_written_to(library: str) -> None:
    """What is given stays as it is."""
    given, same = BUILD[library](DATES), BUILD[library](DATES)
    if isinstance(given, np.ndarray):
        given.flags.writeable = False
    bulk.roll(DESK, given, "modified_following")
    bulk.add_working_days(DESK, given, 1)
    bulk.count_working_days(DESK, given, given)
    bulk.is_working_day(DESK, given)
    assert rows(given) == rows(same)
