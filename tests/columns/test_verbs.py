"""The bulk verbs: the same results as the single calls, in every library."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from slacalc import Calendar
from slacalc.errors import (
    CalendarError,
    HorizonError,
    NeverOpen,
    ProvisionalError,
    SlacalcError,
)
from tests.columns.libraries import (
    ALL,
    DAYS,
    DESK,
    END,
    LATER,
    LIBRARIES,
    SHOWN,
    TIMES,
    VERBS,
    WORK,
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
from tests.strategies.calendars import at_us, fresh

BUILDS = [(name, unit) for name, library in LIBRARIES.items() for unit in library.units]


every_build = pytest.mark.parametrize(("library", "unit"), BUILDS)


@every_verb
@every_build
def test_every_library_has_the_calendars_answers(library: str, unit: str, verb: str) -> None:
    """Each result is that of the calendar's own method, and the column is of the input's type."""
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
    assert type_of(answer) == (unit, None if verb == "elapsed" else shown)


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
            assert type_of(answer)[0] == unit


@every_library
def test_one_start_and_a_column(library: str) -> None:
    """A single first argument stands for each row; answers are in the calendar's zone."""
    start, build = "2024-04-30T17:00:00+02:00", LIBRARIES[library].build
    work, ends = build(WORK, "ms", None), build(LATER, "ms", SHOWN)
    answer = ask("add", start, work)
    assert rows(answer) == [one("add", start, length) for length in WORK]
    assert LIBRARIES[library].like(answer, work)
    assert type_of(answer)[1] == (None if library == "numpy" else "Europe/Berlin")
    assert rows(ask("subtract", start, work)) == [one("subtract", start, each) for each in WORK]
    answer = ask("elapsed", start, ends)
    assert rows(answer) == [one("elapsed", start, end) for end in LATER]
    assert LIBRARIES[library].like(answer, ends)
    assert rows(ask("add_working_days", start, DAYS)) == [
        one("add_working_days", start, days) for days in DAYS
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
        assert type_of(answer) == ("us", SHOWN)


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
    """A row without an answer is not provisional: only the others are checked."""
    given = np.array(["2024-05-02T12:00", "2250-01-01", "29250-01-01"], "M8[us]")
    extra = ("2024-12-31T12:00+01:00",) if verb == "elapsed" else VERBS[verb]
    answer = rows(ask(verb, given, *extra, calendar=PUBLISHED, strict=True, errors="null"))
    assert answer == rows(ask(verb, given, *extra, calendar=PUBLISHED, errors="null"))
    with pytest.raises(HorizonError, match="row 1"):
        ask(verb, given, *extra, calendar=PUBLISHED, strict=True)


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
    """Read-only arrays are accepted, and no result shares memory with the input."""
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
