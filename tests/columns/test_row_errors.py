"""Rows that cannot be read, or lie outside the supported years, do not stop the others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from slacalc import Calendar, bulk, presets
from slacalc.errors import HorizonError, InstantError, NaiveDatetimeError, SlacalcError
from tests.columns.libraries import rows

if TYPE_CHECKING:
    from collections.abc import Callable

ALWAYS = Calendar("Europe/Paris", "always")
POLICY = presets.load("kingdee-diexun")
AS_OF = "2024-09-14T12:00:00+08:00"
SENTINELS = [
    "0001-01-01T00:00:00",
    "1753-01-01T00:00:00",
    "1899-12-30T00:00:00",
    "1899-12-31T23:59:59",
    "2201-01-01T12:00:00",
    "9999-12-31T00:00:00",
    "9999-12-31T23:59:59",
]
WALL = "2024-09-14T10:00:00"


def _arrow_backed(times: list[str]) -> Any:
    return pd.Series(pa.array(np.array(times, "M8[us]"))).astype(pd.ArrowDtype(pa.timestamp("us")))


COLUMNS: dict[str, Callable[[list[str]], Any]] = {
    "numpy": lambda times: np.array(times, "M8[s]"),
    "numpy days": lambda times: np.array(times, "M8[s]").astype("M8[us]"),
    "numpy objects": lambda times: np.array([*map(datetime.fromisoformat, times)], object),
    "list of text": list,
    "list of datetimes": lambda times: [datetime.fromisoformat(time) for time in times],
    "pandas": lambda times: pd.Series(np.array(times, "M8[us]")),
    "pandas index": lambda times: pd.DatetimeIndex(np.array(times, "M8[us]")),
    "pandas on arrow": _arrow_backed,
    "polars": lambda times: pl.Series(np.array(times, "M8[us]")),
    "arrow": lambda times: pa.array(np.array(times, "M8[us]")),
}
every_column = pytest.mark.parametrize("kind", COLUMNS)


@every_column
@pytest.mark.parametrize("sentinel", SENTINELS)
@pytest.mark.parametrize("zone", ["Europe/Paris", "UTC", "Asia/Shanghai"])
def test_naive_sentinels_have_no_answer(kind: str, sentinel: str, zone: str) -> None:
    """They are not moved to the first or last instant of the zone."""
    column = COLUMNS[kind]([WALL, sentinel])
    answer = rows(bulk.next_open(ALWAYS, column, naive=zone, errors="null"))
    assert [value is None for value in answer] == [False, True]
    with pytest.raises(HorizonError, match="row 1: .*outside the supported years"):
        bulk.next_open(ALWAYS, column, naive=zone)


@every_column
def test_the_years_end_by_utc(kind: str) -> None:
    """Paris kept 9 minutes 21 seconds ahead in 1900, so its first minutes belong to 1899."""
    column = COLUMNS[kind](["1900-01-01T00:09:20", "1900-01-01T00:09:21", "2201-01-01T00:59:59"])
    answer = bulk.next_open(ALWAYS, column, naive="Europe/Paris", errors="null")
    assert [value is None for value in rows(answer)] == [True, False, False]
    column = COLUMNS[kind](["2201-01-01T01:00:00", "1900-01-01T00:09:21"])
    answer = bulk.next_open(ALWAYS, column, naive="Europe/Paris", errors="null")
    assert [value is None for value in rows(answer)] == [True, False]


@every_column
@pytest.mark.parametrize("sentinel", SENTINELS)
def test_sentinels_in_tables_are_row_errors(kind: str, sentinel: str) -> None:
    """As a receipt or as an event; the first ticket is met at ten, within the three hours."""
    arrived, created = COLUMNS[kind]([WALL, sentinel]), COLUMNS[kind](["2024-09-13T16:00:00"] * 2)
    tickets = {"created": created, "arrived": arrived, "channel": ["on-site"] * 2}
    states = bulk.evaluate(POLICY, tickets, AS_OF, naive="Asia/Shanghai", errors="column")
    assert _values(states["arrival_state"]) == ["met", None]
    assert "arrived " in _values(states["error"])[1]
    assert "outside the supported years" in _values(states["error"])[1]
    with pytest.raises(HorizonError, match="^row 1"):
        bulk.evaluate(POLICY, tickets, AS_OF, naive="Asia/Shanghai")
    tickets = {"created": arrived, "channel": ["on-site"] * 2}
    due = bulk.deadlines(POLICY, tickets, naive="Asia/Shanghai", errors="column")
    errors = _values(due["error"])
    assert errors[0] is None
    assert "outside the supported years" in errors[1]


@every_column
@pytest.mark.parametrize("sentinel", SENTINELS)
def test_sentinels_in_logs_are_errors_of_their_tickets(kind: str, sentinel: str) -> None:
    log = {
        "ticket": ["A", "B", "A"],
        "at": COLUMNS[kind](["2024-09-13T16:00:00", sentinel, WALL]),
        "type": ["created", "created", "arrived"],
        "channel": ["on-site", "on-site", None],
    }
    answer = bulk.replay(POLICY, log, AS_OF, naive="Asia/Shanghai", errors="column")
    errors = dict(zip(_values(answer["ticket"]), _values(answer["error"]), strict=True))
    assert errors["A"] is None
    assert errors["B"] == "the instant of row 1 is outside the supported years 1900 to 2200"


# Rows that cannot be read -------------------------------------------------------------------------

GOOD = datetime(2024, 9, 14, 2, tzinfo=UTC)
UNREADABLE: dict[str, tuple[Any, str]] = {
    "naive datetime": (datetime(2024, 9, 14, 10), "has no time zone"),
    "naive text": ("2024-09-14T10:00:00", "has no time zone"),
    "naive timestamp": (pd.Timestamp("2024-09-14"), "has no time zone"),
    "date": (GOOD.date(), "is not an instant"),
    "number": (1726279200, "is not an instant"),
    "text": ("tomorrow", "cannot be read as an instant"),
    "empty text": ("", "cannot be read as an instant"),
    "mapping": ({"at": 1}, "is not an instant"),
    "list": ([GOOD], "is not an instant"),
    "nanoseconds": (pd.Timestamp("2024-09-14T02:00:00.000000001Z"), "finer than a microsecond"),
}
every_value = pytest.mark.parametrize("kind", UNREADABLE)


def _object_array(values: list[Any]) -> Any:
    array = np.empty(len(values), object)
    for place, value in enumerate(values):
        array[place] = value
    return array


HOLDERS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "numpy": _object_array,
    "pandas": lambda values: pd.Series(_object_array(values), dtype=object),
}
every_holder = pytest.mark.parametrize("holder", HOLDERS)


@every_value
@every_holder
def test_verbs_go_on_after_an_unreadable_row(kind: str, holder: str) -> None:
    value, message = UNREADABLE[kind]
    column = HOLDERS[holder]([GOOD, value, None, GOOD])
    answer = rows(bulk.add(ALWAYS, column, "1h", errors="null"))
    assert [item is None for item in answer] == [False, True, True, False]
    with pytest.raises(InstantError, match=rf"^starts\[1\]: .*{message}"):
        bulk.add(ALWAYS, column, "1h")


@every_value
@every_holder
@pytest.mark.parametrize("name", ["created", "arrived"])
def test_tables_go_on_after_an_unreadable_row(kind: str, holder: str, name: str) -> None:
    value, message = UNREADABLE[kind]
    tickets = {
        "created": HOLDERS[holder]([datetime(2024, 9, 13, 8, tzinfo=UTC)] * 3),
        "arrived": HOLDERS[holder]([GOOD] * 3),
        "channel": ["on-site"] * 3,
    }
    column = list(tickets[name])
    column[1] = value
    tickets[name] = HOLDERS[holder](column)
    states = bulk.evaluate(POLICY, tickets, AS_OF, errors="column")
    assert _values(states["arrival_state"]) == ["met", None, "met"]
    errors = _values(states["error"])
    assert errors[1].startswith(f"{name}: ")
    assert message in errors[1]
    assert errors[::2] == [None, None]
    with pytest.raises(InstantError, match=rf"^row 1.{name}: "):
        bulk.evaluate(POLICY, tickets, AS_OF)


@every_value
@every_holder
def test_logs_go_on_after_an_unreadable_row(kind: str, holder: str) -> None:
    value, message = UNREADABLE[kind]
    created = datetime(2024, 9, 13, 8, tzinfo=UTC)
    log = {
        "ticket": ["A", "B", "B", "A"],
        "at": HOLDERS[holder]([created, created, value, GOOD]),
        "type": ["created", "created", "arrived", "arrived"],
        "channel": ["on-site", "on-site", None, None],
    }
    answer = bulk.replay(POLICY, log, AS_OF, errors="column")
    errors = dict(zip(_values(answer["ticket"]), _values(answer["error"]), strict=True))
    assert errors["A"] is None
    assert errors["B"].startswith("at[2]: ")
    assert message in errors["B"]
    with pytest.raises(InstantError, match=r"^ticket B.at\[2\]: "):
        bulk.replay(POLICY, log, AS_OF)


@every_holder
def test_a_column_without_any_zone_is_refused_whole(holder: str) -> None:
    """It is no slip in a row: the caller has to name the zone."""
    column = HOLDERS[holder]([datetime(2024, 9, 14, 10), None, datetime(2024, 9, 14, 11)])
    with pytest.raises(NaiveDatetimeError, match=r"starts\[0\]"):
        bulk.add(ALWAYS, column, "1h", errors="null")
    with pytest.raises(NaiveDatetimeError):
        bulk.deadlines(POLICY, {"created": column, "channel": ["on-site"] * 3}, errors="column")


# Values that cannot be compared -------------------------------------------------------------------

UNHASHABLE = {
    "mapping": {"a": 1},
    "nested mapping": {"a": [1]},
    "list": [1],
    "set": {1},
    "tuple of lists": (1, [2]),
    "bytes": bytearray(b"x"),
    "array": np.array([1, 2]),
}
every_unhashable = pytest.mark.parametrize("kind", UNHASHABLE)


@every_unhashable
@every_holder
def test_attributes_that_are_no_single_value(kind: str, holder: str) -> None:
    tickets = {
        "created": ["2024-09-13T16:00:00+08:00"] * 3,
        "arrived": [GOOD] * 3,
        "channel": HOLDERS[holder](["on-site", UNHASHABLE[kind], "on-site"]),
    }
    states = bulk.evaluate(POLICY, tickets, AS_OF, errors="column")
    assert _values(states["arrival_state"]) == ["met", None, "met"]
    assert "is not a value of channel" in _values(states["error"])[1]
    assert (
        "is not a value of channel"
        in _values(bulk.deadlines(POLICY, tickets, errors="column")["error"])[1]
    )
    with pytest.raises(SlacalcError, match=r"^row 1.*is not a value of channel"):
        bulk.deadlines(POLICY, tickets)
    with pytest.raises(SlacalcError, match=r"^row 1.*is not a value of channel"):
        bulk.evaluate(POLICY, tickets, AS_OF)


@every_unhashable
@every_holder
@pytest.mark.parametrize("field", ["channel", "tier", "type"])
def test_fields_of_events_that_are_no_single_value(kind: str, holder: str, field: str) -> None:
    log: dict[str, Any] = {
        "ticket": ["A", "B", "A"],
        "at": ["2024-09-13T16:00:00+08:00", "2024-09-13T16:00:00+08:00", GOOD],
        "type": ["created", "created", "arrived"],
        "channel": ["on-site", "on-site", None],
        "tier": ["gold", "gold", None],
        "reason": [None, "lunch", None],
    }
    log[field] = HOLDERS[holder]([log[field][0], UNHASHABLE[kind], log[field][2]])
    answer = bulk.replay(POLICY, log, AS_OF, errors="column")
    errors = dict(zip(_values(answer["ticket"]), _values(answer["error"]), strict=True))
    assert errors["A"] is None
    assert errors["B"]
    with pytest.raises(SlacalcError, match="^ticket B: "):
        bulk.replay(POLICY, log, AS_OF)


@every_unhashable
@every_holder
def test_names_of_tickets_that_cannot_be_compared(kind: str, holder: str) -> None:
    """Two rows with equal lists would be two tickets."""
    log = {
        "ticket": HOLDERS[holder](["A", UNHASHABLE[kind], UNHASHABLE[kind]]),
        "at": ["2024-09-13T16:00:00+08:00"] * 3,
        "type": ["created"] * 3,
        "channel": ["on-site"] * 3,
    }
    answer = bulk.replay(POLICY, log, AS_OF, errors="column")
    _, *errors = dict.fromkeys(_values(answer["error"]))
    starts = [error.partition(" but has a ")[0] for error in errors]
    assert starts == ["row 1 names no ticket,", "row 2 names no ticket,"]
    with pytest.raises(SlacalcError, match="^row 1 names no ticket, but has a "):
        bulk.replay(POLICY, log, AS_OF)


@every_unhashable
@every_holder
def test_values_of_fields_by_which_time_is_divided(kind: str, holder: str) -> None:
    """They are text, whatever they are: no row loses the others."""
    log = {
        "ticket": ["A", "B"],
        "at": ["2024-09-13T16:00:00+08:00"] * 2,
        "type": ["created"] * 2,
        "channel": ["on-site"] * 2,
        "holder": HOLDERS[holder](["desk", UNHASHABLE[kind]]),
    }
    answer = bulk.time_by(POLICY, log, "holder", AS_OF, errors="column")
    holders = dict(zip(_values(answer["ticket"]), _values(answer["holder"]), strict=True))
    assert holders["A"] == "desk"
    if kind in ("list", "array", "tuple of lists"):
        assert holders["B"] in {"list": ["1"], "array": ["1, 2"]}.get(kind, ["1, [2]", "1, 2"])


@pytest.mark.parametrize("values", [[[1], [2], None], [{"a": 1}, {"a": 2}, None]])
@pytest.mark.parametrize("library", ["polars", "arrow", "pandas on arrow"])
def test_nested_columns_of_libraries(values: list[Any], library: str) -> None:
    at = np.array(["2024-09-13T08:00"] * 3, "M8[us]")
    table: Any = pa.table({"created": pa.array(at, pa.timestamp("us", "UTC")), "tier": values})
    table = table.append_column("channel", pa.array(["on-site"] * 3))
    if library == "polars":
        table = pl.from_arrow(table)
    elif library == "pandas on arrow":
        table = table.to_pandas(types_mapper=pd.ArrowDtype)
    errors = _values(bulk.deadlines(POLICY, table, errors="column")["error"])
    assert errors[2] is None
    assert all("is not a value of tier" in error for error in errors[:2])


def _values(column: Any) -> list[Any]:
    """A column as Python values, with None for missing ones."""
    values = column.to_pylist() if hasattr(column, "to_pylist") else list(column)
    return [None if value is pd.NA or value != value else value for value in values]  # noqa: PLR0124


def test_missing_times_stay_missing_beside_sentinels() -> None:
    column = np.array([WALL, "NaT", "9999-12-31"], "M8[s]")
    tickets = {"created": column[[0, 0, 0]], "arrived": column, "channel": ["on-site"] * 3}
    states = bulk.evaluate(POLICY, tickets, AS_OF, naive="Asia/Shanghai", errors="column")
    assert [error is None for error in _values(states["error"])] == [True, True, False]


def test_an_array_as_the_first_type() -> None:
    log = {
        "ticket": ["B", "A"],
        "at": ["2024-09-13T16:00:00+08:00"] * 2,
        "type": [np.array([1, 2]), "created"],
        "channel": ["on-site"] * 2,
    }
    answer = bulk.replay(POLICY, log, AS_OF, errors="column")
    errors = dict(zip(_values(answer["ticket"]), _values(answer["error"]), strict=True))
    assert errors["A"] is None
    assert "is not a type of event" in errors["B"]


def test_the_row_without_a_ticket_after_runs_of_others() -> None:
    tickets = pd.Series(["A"] * 4 + [None] + ["B"] * 5)
    log = pd.DataFrame({"ticket": tickets, "type": "created", "channel": "on-site"})
    log["at"] = pd.Timestamp("2024-09-13T16:00:00+08:00")
    with pytest.raises(SlacalcError, match="^row 4 names no ticket$"):
        bulk.replay(POLICY, log, AS_OF)
    answer = bulk.replay(POLICY, log, AS_OF, errors="column")
    errors = dict(zip(_values(answer["ticket"]), _values(answer["error"]), strict=True))
    assert errors == {"A": None, None: "row 4 names no ticket", "B": None}


def test_half_a_character_as_a_value() -> None:
    """Python has such texts, and pandas as objects; Arrow, in which pandas keeps text, has not."""
    log = pd.DataFrame({"ticket": ["A", "B"], "type": "created", "channel": "on-site"})
    log["at"] = pd.Timestamp("2024-09-13T16:00:00+08:00")
    log["holder"] = pd.Series(["desk", "\ud800"], dtype=object)
    answer = bulk.time_by(POLICY, log, "holder", AS_OF, errors="column")
    holders = dict(zip(_values(answer["ticket"]), _values(answer["holder"]), strict=True))
    assert holders == {"A": "desk", "B": "\ud800"}


def test_whole_numbers_of_128_bits() -> None:
    """NumPy has none such; a value beyond them is refused in its own row."""
    tickets = pl.DataFrame(
        {
            "created": [datetime(2024, 9, 13, 8, tzinfo=UTC)] * 3,
            "channel": ["on-site"] * 3,
            "tier": pl.Series([None, 10**30, None], dtype=pl.Int128),
        }
    )
    errors = _values(bulk.deadlines(POLICY, tickets, errors="column")["error"])
    assert [error is None for error in errors] == [True, False, True]
