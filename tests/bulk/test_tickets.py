"""A policy over a table says of each row what it says of that ticket alone."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from weakref import ref

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import Event, Policy, presets
from slacalc._bulk import ticket_deadlines, ticket_states
from slacalc._bulk.event_orders import ColumnMachine
from slacalc._bulk.groups import TicketGroups
from slacalc._bulk.ticket_deadlines import DeadlineEngine
from slacalc._bulk.tickets import deadlines, evaluate
from slacalc._clock.state_machine import Machine
from slacalc._time.instants import to_instant
from slacalc.errors import (
    ColumnError,
    HorizonError,
    InstantError,
    LateEventError,
    NaiveDatetimeError,
    NeverOpen,
    PolicyError,
    SlacalcError,
    TicketError,
)
from tests.oracles.calendar import DAY, EPOCH
from tests.strategies.clocks import ATTRIBUTES, clock_policies, heard, on_grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.strategies.clocks import Office

MISSING = np.iinfo(np.int64).min
Row = dict[str, Any]


# Rows and tables ----------------------------------------------------------------------------------


def at_us(instant: int) -> datetime:
    return EPOCH + timedelta(microseconds=instant)


def shown(instant: Any) -> int | None:
    return None if instant is None else to_instant(instant)


def length(duration: Any) -> int | None:
    return None if duration is None else duration.as_timedelta() // timedelta(microseconds=1)


def column_of(values: list[Any], *, instants: bool) -> Any:
    if not instants:
        return values
    return np.array([MISSING if one is None else one for one in values]).view("datetime64[us]")


def table_of(rows: list[Row], attributes: list[str]) -> dict[str, Any]:
    """A table whose columns of instants are NumPy's."""
    names = rows[0] if rows else {}
    return {
        name: column_of([row[name] for row in rows], instants=name not in attributes)
        for name in names
    }


def cell(value: Any) -> Any:
    """What stands in a table, as integers and words."""
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return (
            None if np.isnat(value) else int(value.astype(value.dtype.str[:3] + "[us]").view("i8"))
        )
    return value.item() if isinstance(value, np.generic) else value


def rows_of(table: Mapping[str, Any], names: list[str]) -> list[Row]:
    """The rows of a table of arrays and lists."""
    columns = {name: [cell(one) for one in table[name]] for name in names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


# One ticket at a time -----------------------------------------------------------------------------


def dated_alone(policy: Policy, row: Row) -> Row:
    """What the single call says of a ticket."""
    ticket = {name: one for name, one in row.items() if name in policy.attributes}
    since = {
        name: at_us(at)
        for name, at in row.items()
        if name in policy.start_events and name != "created" and at is not None
    }
    answer: Row = {}
    result = policy.deadlines(ticket, at_us(row["created"]), since)
    for name, one in result.items():
        answer[f"{name}_due"] = shown(one.due)
        answer[f"{name}_limit"] = shown(one.limit)
        answer[f"{name}_provisional"] = one.provisional
        answer[f"{name}_reason"] = one.reason or None
    return answer


PARTS = ("due", "limit", "breached_at", "elapsed", "remaining", "state", "provisional")


def evaluated_alone(policy: Policy, row: Row, as_of: int) -> Row:
    """What the clock says of a ticket."""
    ticket = {name: one for name, one in row.items() if name in policy.attributes}
    clock = policy.open(ticket, at_us(row["created"]))
    events = [
        Event(at_us(at), name)
        for name, at in row.items()
        if name not in (*policy.attributes, "created") and at is not None
    ]
    for event in sorted(events):
        clock = clock.apply(event)
    if row["created"] > as_of:
        nothing: Row = dict.fromkeys(PARTS) | {"state": "not started", "provisional": False}
        return {f"{name}_{part}": nothing[part] for name in policy.metrics for part in PARTS}
    answer: Row = {}
    for name, one in clock.status(at_us(as_of)).items():
        result = {
            "due": shown(one.due),
            "limit": shown(one.limit),
            "breached_at": shown(one.breached_at),
            "elapsed": length(one.elapsed),
            "remaining": length(one.remaining),
            "state": one.state,
            "provisional": one.provisional,
        }
        answer |= {f"{name}_{part}": value for part, value in result.items()}
    return answer


def alone(ask: Callable[[Row], Row], row: Row, names: list[str]) -> Row:
    """What is said of a ticket, or its error."""
    if row["created"] is None:
        return blank(names) | {"error": "created is missing, so the ticket has no receipt"}
    try:
        return ask(row) | {"error": None}
    except SlacalcError as error:
        return blank(names) | {"error": str(error)}


def blank(names: list[str]) -> Row:
    return {name: False if name.endswith("_provisional") else None for name in names}


# Random policies ----------------------------------------------------------------------------------


@st.composite
def tickets(draw: st.DrawFn, office: Office) -> list[Row]:
    """Some rows, bad ones among them, with columns for some of the events that are heard."""
    kinds = {*heard(office.data), "cancelled", "reopened", "resolved"} - {"created"}
    events = draw(st.lists(st.sampled_from(sorted(kinds)), max_size=4, unique=True))
    names = draw(st.lists(st.sampled_from([*ATTRIBUTES]), max_size=4, unique=True))
    instants = on_grid(office.scene)
    near = draw(st.lists(instants, min_size=1, max_size=4))
    instant = st.sampled_from(near) | instants
    row: dict[str, st.SearchStrategy[Any]] = {"created": instant.map(lambda at: at - DAY)}
    row["created"] = row["created"] | row["created"] | instant
    if draw(st.integers(0, 3)) == 0:
        row["created"] = row["created"] | st.none()
    for name in names:
        values = [*ATTRIBUTES[name], None]
        if draw(st.integers(0, 5)) == 0:
            values.append("unheard of")
        row[name] = st.sampled_from(values)
    for name in events:
        row[name] = st.none() | instant | instant
    rows = draw(st.lists(st.fixed_dictionaries(row), min_size=1, max_size=12))
    return [{name: one[name] for name in row} for one in rows]  # which come in any order


def only_heard(policy: Policy, rows: list[Row]) -> list[Row]:
    """Rows without events of which no metric takes note."""
    known = {"created", *policy.attributes, *policy.compiled(Machine).compiled.by_event}
    return [{name: one for name, one in row.items() if name in known} for row in rows]


def agrees(table: Any, expected: list[Row], rows: list[Row]) -> None:
    names = [*expected[0]]
    for row, result, wanted in zip(rows, rows_of(table, names), expected, strict=True):
        differs = {
            name: (result[name], wanted[name]) for name in names if result[name] != wanted[name]
        }
        assert not differs, (row, differs)


WINDOWS = st.sampled_from([2, ticket_deadlines.WINDOW])


@contextmanager
def windows_of(rows: int) -> Iterator[None]:
    """Tables are evaluated in windows of so many rows."""
    with (
        patch.object(ticket_deadlines, "WINDOW", rows),
        patch.object(ticket_states, "WINDOW", rows),
    ):
        yield


@given(st.data())
def test_deadlines_are_those_of_each_ticket_alone(data: st.DataObject) -> None:
    """Due, limit, reason and error of each row are those of the single call.

    So they are after a call with another table, whose groups of tickets are remembered, and however
    many rows are a window.
    """
    office = data.draw(clock_policies(choices=True))
    policy = Policy.from_dict(office.data)
    deadlines(policy, table_of(data.draw(tickets(office)), [*policy.attributes]), errors="column")
    rows = data.draw(tickets(office))
    parts = ("due", "limit", "provisional", "reason")
    names = [f"{name}_{part}" for name in policy.metrics for part in parts]
    expected = [alone(lambda row: dated_alone(policy, row), row, names) for row in rows]
    table = table_of(rows, [*policy.attributes])
    with windows_of(data.draw(WINDOWS)):
        answer = deadlines(policy, table, errors="column")
    agrees(answer, expected, rows)


@given(st.data())
def test_states_are_those_of_each_clock(data: st.DataObject) -> None:
    """Due, state, lengths and error of each row are those of the ticket's clock.

    So they are after a call with another table, whose groups and orders are remembered, and
    whether the metrics are evaluated together or, with few rows in a window, one by one.
    """
    office = data.draw(clock_policies(choices=True))
    policy = Policy.from_dict(office.data)
    earlier, rows = (only_heard(policy, data.draw(tickets(office))) for _ in range(2))
    as_of = data.draw(on_grid(office.scene)) + data.draw(st.sampled_from([0, 0, 1, DAY, 9 * DAY]))
    evaluate(policy, table_of(earlier, [*policy.attributes]), at_us(as_of), errors="column")
    names = [f"{name}_{part}" for name in policy.metrics for part in PARTS]
    expected = [alone(lambda row: evaluated_alone(policy, row, as_of), row, names) for row in rows]
    table = table_of(rows, [*policy.attributes])
    with windows_of(data.draw(WINDOWS)):
        answer = evaluate(policy, table, at_us(as_of), errors="column")
    agrees(answer, expected, rows)


# Tables of libraries ------------------------------------------------------------------------------

SHANGHAI = "Asia/Shanghai"
COLUMNS = {
    "created": ["2024-09-13T16:00:00", "2024-09-13T16:00:00", "2024-09-30T17:00:00", None],
    "arrived": ["2024-09-14T10:00:00", None, "2024-10-09T12:00:00", None],
    "channel": ["on-site", "on-site", "on-site", "hotline"],
    "tier": ["gold", None, "bronze", "gold"],
}


def as_frame(kind: str) -> Any:  # noqa: PLR0911 - one for each
    """The table above as each library has it."""
    frame = pl.DataFrame(COLUMNS).with_columns(
        pl.col("created", "arrived").str.to_datetime().dt.replace_time_zone(SHANGHAI)
    )
    if kind == "polars":
        return frame
    if kind == "categories":
        return frame.with_columns(pl.col("channel", "tier").cast(pl.Categorical))
    if kind == "lazy":
        return frame.lazy()
    if kind == "arrow":
        return frame.to_arrow()
    pandas = frame.to_pandas()
    pandas.index = [7, 7, 1, 0]
    if kind == "pandas categories":
        return pandas.astype({"channel": "category", "tier": "category"})
    if kind == "pandas arrow":
        return pandas.convert_dtypes(dtype_backend="pyarrow")
    return pandas


KINDS = (
    *("polars", "categories", "lazy", "arrow"),
    *("pandas", "pandas categories", "pandas arrow"),
)


def as_polars(table: Any) -> pl.DataFrame:
    """The table of any library as one of Polars, to compare them."""
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, pa.Table):
        return pl.DataFrame(pl.from_arrow(table))
    result: pl.DataFrame = pl.from_pandas(table.reset_index(drop=True))
    return result


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Categories as text, and one unit."""
    return frame.with_columns(
        pl.col(pl.Categorical, pl.Enum).cast(pl.String),
        pl.col(pl.Datetime(time_zone="*")).dt.cast_time_unit("us"),
        pl.col(pl.Duration).dt.cast_time_unit("us"),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_library_gets_its_own_table_back(kind: str) -> None:
    """The same answers, in a table of the same kind, in the zone of the question."""
    policy = presets.load("kingdee-diexun")
    table = as_frame(kind)
    as_of = "2024-10-08T12:00:00+08:00"
    dues = deadlines(policy, table, errors="column")
    result = evaluate(policy, table, as_of, errors="column")
    assert type(dues) is type(result) is type(table)
    dues, result = plain(as_polars(dues)), plain(as_polars(result))
    expected = ["2024-09-14T16:00", "2024-09-18T16:00", "2024-10-09T17:00", None]
    zone = dues["arrival_due"].dtype.time_zone  # type: ignore[attr-defined] # a column of instants
    assert zone == SHANGHAI
    shown = dues["arrival_due"].dt.to_string("%Y-%m-%dT%H:%M").to_list()
    assert shown == expected
    assert result["arrival_due"].equals(dues["arrival_due"], check_names=False)
    assert result["arrival_state"].to_list() == ["met", "breached", "running", None]
    assert result["arrival_elapsed"].to_list()[0] == timedelta(hours=3)
    assert result["error"].to_list()[:3] == [None] * 3
    assert "created is missing" in result["error"][3]
    assert dues["response_reason"].to_list() == [None, None, None, None]
    if kind.startswith("pandas"):
        assert list(evaluate(policy, table, as_of, errors="column").index) == [7, 7, 1, 0]


def test_rows_in_any_order_and_in_pieces() -> None:
    """Permutations and chunks change nothing."""
    policy = presets.load("kingdee-diexun")
    rng = np.random.default_rng(5)
    count = 500
    start = int(np.datetime64("2024-09-01", "us").astype(np.int64))
    created = start + rng.integers(0, 60 * 86_400, count) * 1_000_000
    arrived = created + rng.integers(0, 6 * 86_400, count) * 1_000_000
    channel = ["electronic", "hotline", "remote", "on-site", "data-repair"]
    frame = pl.DataFrame(
        {
            "created": created.view("datetime64[us]"),
            "arrived": pl.Series(arrived.view("datetime64[us]")),
            "channel": [channel[at] for at in rng.integers(0, 5, count)],
            "tier": [("gold", "bronze", None)[at] for at in rng.integers(0, 3, count)],
        }
    ).with_columns(
        pl.col("created").dt.replace_time_zone("UTC"),
        pl.when(pl.col("channel") != "hotline").then(pl.col("arrived").dt.replace_time_zone("UTC")),
    )
    as_of = "2024-10-20T12:00:00+08:00"
    whole = evaluate(policy, frame, as_of)
    order = rng.permutation(count)
    assert evaluate(policy, frame[order], as_of).equals(whole[order])
    pieces = [evaluate(policy, piece, as_of) for piece in frame.iter_slices(77)]
    assert pl.concat(pieces).equals(whole)
    empty = evaluate(policy, frame[:0], as_of)
    assert empty.schema == whole.schema


# Names, gaps and mistakes -------------------------------------------------------------------------


def desk(**parts: Any) -> Policy:
    return Policy.from_dict(
        {
            "name": "desk",
            "calendars": {"desk": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}},
            "attributes": {"severity": ["high", "low"]},
            "metrics": {"work": {"stop": {"event": "replied", "by": "agent"}}},
            "tables": {
                "all": [
                    {"when": {"severity": "high"}, "targets": {"work": "2 working hours"}},
                    {
                        "targets": {
                            "work": {"within": "4 working hours", "limit": "6 working hours"}
                        }
                    },
                ]
            },
        }
        | parts
    )


MONDAY = np.datetime64("2024-05-06T09:00", "s")


def tickets_of(*severities: Any, **more: Any) -> dict[str, Any]:
    return {"created": np.repeat(MONDAY, len(severities)), "severity": [*severities], **more}


def test_a_bad_row_leaves_the_others_alone() -> None:
    """Its error is in a column, or raised with the number of the row."""
    table = tickets_of("high", "hihg", None, "low")
    table["created"][3] = np.datetime64("NaT", "us")
    dues = deadlines(desk(), table, errors="column")
    assert dues["work_due"].tolist()[0] == datetime(2024, 5, 6, 11)
    assert np.isnat(dues["work_due"][1:]).all()
    assert dues["error"][0] is None
    assert "did you mean 'high'" in dues["error"][1]
    assert "does not say its severity" in dues["error"][2]
    assert "is missing" in dues["error"][3]
    with pytest.raises(
        TicketError, match=r"row 1 \(and 2 more\): 'hihg' is not a value of sev"
    ) as caught:
        deadlines(desk(), table)
    assert caught.value.row == 1  # type: ignore[attr-defined] # set beside the others
    with pytest.raises(InstantError, match="row 0"):
        evaluate(
            desk(), {"created": table["created"][3:], "severity": ["low"]}, "2024-05-07T00:00Z"
        )


def test_columns_may_have_other_names() -> None:
    """A mapping tells them; None takes one away."""
    table = {"OPENED": np.array([MONDAY]), "Severity": ["high"], "work.stop": ["closed"]}
    names = {"created": "OPENED", "severity": "Severity", "work.stop": None}
    result = evaluate(desk(), table, "2024-05-06T12:00:00Z", columns=names)
    assert result["work_state"].tolist() == ["breached"]
    assert [*result][:3] == ["OPENED", "Severity", "work.stop"]
    with pytest.raises(ColumnError, match="columns: .serverity. is not .*did you mean .severity"):
        deadlines(desk(), table, columns={"serverity": "Severity"})
    with pytest.raises(ColumnError, match=r"columns.created: 'OPEN' is not a column of the table"):
        deadlines(desk(), table, columns={"created": "OPEN"})
    with pytest.raises(ColumnError, match="created"):
        deadlines(desk(), {"severity": ["high"]})
    with pytest.raises(TicketError, match="did you mean 'severity'"):
        deadlines(desk(), {"created": np.array([MONDAY]), "severty": ["high"]})
    with pytest.raises(ColumnError, match="not a table"):
        deadlines(desk(), 7)


def test_a_metric_is_stopped_by_its_own_column() -> None:
    """Where a condition asks for fields, a column says when it came true for that metric."""
    hours = [np.timedelta64(one, "h") for one in (1, 4, 5, 8)]
    stops = np.array([MONDAY + one for one in hours])
    table = tickets_of("low", "low", "low", "low", **{"work.stop": stops})
    result = evaluate(desk(), table, "2024-05-09T00:00:00Z")
    assert result["work_state"].tolist() == ["met", "met", "late", "breached"]
    assert result["work_remaining"].astype(int).tolist() == [10_800, 0, -3_600, -14_400]
    assert result["work_limit"].tolist() == [datetime(2024, 5, 6, 15)] * 4
    ignored = evaluate(desk(), table | {"replied": stops}, "2024-05-06T10:00:00Z")
    assert ignored["work_state"].tolist() == ["met", "running", "running", "running"]


def clock_times(*texts: str | None) -> Any:
    """Times of Monday 6 May 2024, or of a day in May."""
    full = [text if text is None or "T" in text else f"06T{text}" for text in texts]
    return np.array(["NaT" if text is None else f"2024-05-{text}" for text in full], "M8[s]")


def test_rests_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses move what is due, and so does the time between a stop and a reopening; by columns."""

    def refuse(*_: Any) -> Any:
        pytest.fail("a row went to a clock")

    monkeypatch.setattr("slacalc._bulk.ticket_states.StateEvaluator._one_by_one", refuse)
    policy = desk(metrics={"work": {"stop": "resolved"}})
    table = {
        "created": np.repeat(MONDAY, 5),
        "severity": ["low"] * 5,  # four working hours, at the most six
        "paused": clock_times("10:00", "10:00", "12:00", None, "16:00"),
        "resumed": clock_times("12:00", None, "11:00", None, "07T10:00"),
        "resolved": clock_times(None, None, None, "10:00", "07T12:00"),
        "reopened": clock_times(None, None, None, "16:00", None),
    }
    result = evaluate(policy, table, "2024-05-06T16:30Z")
    # A pause of two hours moves 13:00 on; paused ones have no due; the third pauses at 12.
    due = clock_times("15:00", None, None, "07T11:00", "13:00")
    assert np.array_equal(result["work_due"], due, equal_nan=True)
    limit = clock_times("17:00", None, None, "07T13:00", "15:00")
    assert np.array_equal(result["work_limit"], limit, equal_nan=True)
    assert result["work_state"].tolist() == ["late", "paused", "paused", "running", "breached"]
    hours = [5.5, 1, 3, 1.5, 7]
    assert (result["work_elapsed"].astype(int) / 3600).tolist() == hours
    assert (result["work_remaining"].astype(int) / 3600).tolist() == [4 - one for one in hours]
    assert np.array_equal(
        result["work_breached_at"], clock_times(None, None, None, None, "15:00"), equal_nan=True
    )
    later = evaluate(policy, table, "2024-05-07T12:00Z")
    # The second and third stay paused; the last was breached before its pause.
    assert later["work_state"].tolist() == ["breached", "paused", "paused", "late", "breached"]
    sequential = desk(metrics={"work": {"stop": "resolved", "repeat": "sequential"}})
    opened = {name: column[:3] for name, column in table.items()}
    result = evaluate(sequential, opened, "2024-05-06T16:30Z")  # first cycles are as any other
    assert result["work_state"].tolist() == ["late", "paused", "paused"]


def test_more_orders_of_events_than_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine runs once for each order that occurs, however many rows there are."""
    policy = desk(metrics={"work": {"stop": "resolved"}})
    runs = []
    shape = ColumnMachine._shape

    def counted(*given: Any) -> Any:
        runs.append(given)
        return shape(*given)

    monkeypatch.setattr(ColumnMachine, "_shape", counted)
    draw = np.random.default_rng(3)
    names = ["paused", "resumed", "resolved", "reopened"]
    minutes = draw.integers(0, 600, (4, 20_000)).astype("m8[m]")
    table: Row = {"created": np.repeat(MONDAY, 20_000), "severity": ["low"] * 20_000}
    table |= {name: MONDAY + column for name, column in zip(names, minutes, strict=True)}
    evaluate(policy, table, "2024-05-07T12:00Z")
    # Four events come in 75 orders, ties among them; and the receipt before or with the first.
    assert len(runs) <= 150


def test_what_is_not_yet_has_not_begun() -> None:
    """Tickets of later than the question are not started; later events have not happened."""
    policy = desk(metrics={"work": {"start": "accepted", "stop": "resolved"}})
    table = tickets_of("high", "high")
    table["created"][1] += np.timedelta64(9, "D")
    table["accepted"] = np.array([MONDAY, "NaT"], "datetime64[s]")
    table["resolved"] = np.array([MONDAY + np.timedelta64(9, "h")] * 2)
    table["resolved"][1] = "NaT"
    result = evaluate(policy, table, "2024-05-06T10:00:00Z")
    assert result["work_state"].tolist() == ["running", "not started"]
    assert np.isnat(result["work_elapsed"][1])
    dues = deadlines(policy, table)
    assert dues["work_reason"].tolist() == [None, "not begun: starts at accepted"]


def test_an_event_before_its_ticket_is_an_error() -> None:
    """As a clock refuses it."""
    policy = desk(metrics={"work": {"stop": "resolved"}})
    table = tickets_of("high", resolved=np.array([MONDAY - np.timedelta64(1, "h")]))
    with pytest.raises(LateEventError, match="row 0: resolved at .* came before the ticket"):
        evaluate(policy, table, "2024-05-09T00:00:00Z")


def test_versions_hold_by_the_date_of_receipt() -> None:
    """The version in force on its day applies to each row; without one, that is its error."""
    policy = desk(
        effective_from=date(2024, 5, 6),
        metrics={"work": {"stop": "resolved"}},
        versions=[
            {
                "effective_from": date(2024, 5, 7),
                "effective_until": date(2024, 5, 7),
                "tables": {"all": [{"targets": {"work": "1 hour"}}]},
            }
        ],
    )
    days = [np.timedelta64(one, "D") for one in (0, 1, 2, -1)]
    created = np.array([MONDAY + one for one in days])
    table = {"created": created, "severity": ["high"] * 4}
    dues = deadlines(policy, table, errors="column")
    expected = [datetime(2024, 5, 6, 11), datetime(2024, 5, 7, 10), None, None]
    assert dues["work_due"].tolist() == expected
    for row in (2, 3):
        with pytest.raises(PolicyError) as caught:
            policy.deadlines({"severity": "high"}, created[row].item().replace(tzinfo=UTC))
        assert dues["error"][row] == str(caught.value)


def test_coverage_follows_the_bounds_of_each_contract() -> None:
    """Bounds may be dates of the policy, or columns of the table."""
    policy = desk(
        attributes={"severity": ["high", "low"], "until": {"kind": "date", "optional": True}},
        metrics={"work": {"stop": "resolved"}},
        coverage=[{"from": date(2024, 5, 6), "until": "until"}],
    )
    created = [MONDAY + np.timedelta64(one, "D") for one in (0, 1, 2, -3, 1)]
    until = [date(2024, 5, 6), date(2024, 5, 6), date(2024, 5, 8), date(2024, 5, 8), None]
    table = {"created": np.array(created), "severity": ["high"] * 5, "until": until}
    dues = deadlines(policy, table)
    reasons = [None, "not covered", None, "not covered", None]
    assert dues["work_reason"].tolist() == reasons
    result = evaluate(policy, table, "2024-05-20T00:00:00Z")
    assert [state == "not covered" for state in result["work_state"]] == [
        bool(one) for one in reasons
    ]
    for row, reason in enumerate(reasons):
        ticket = {"severity": "high", "until": until[row]}
        one = policy.deadlines(ticket, created[row].item().replace(tzinfo=UTC))["work"]
        assert (one.reason or None) == reason


def test_no_answer_within_the_years() -> None:
    """Rows beyond them, and calendars that never open, are errors of their rows."""
    policy = desk(metrics={"work": {"stop": "resolved"}})
    far = np.array(["2200-12-31T16:30", "2024-05-06T09:00", "2300-01-01T00:00"], "datetime64[s]")
    table = {"created": far, "severity": ["high"] * 3}
    dues = deadlines(policy, table, errors="column")
    assert "outside" in dues["error"][2] or "passes" in dues["error"][2]
    assert [one is None for one in dues["error"]] == [False, True, False]
    with pytest.raises(HorizonError, match="row 0"):
        deadlines(policy, table)
    never = desk(calendars={"desk": {"time_zone": "UTC", "week": {}}})
    with pytest.raises(NeverOpen, match="row 0"):
        deadlines(never, tickets_of("high"))


@pytest.mark.parametrize("zone", ["America/New_York", "America/Port-au-Prince", "EST5EDT"])
def test_a_table_of_any_zone_is_read(zone: str) -> None:
    """Zones whose names have underscores, hyphens or digits are zones too."""
    created = pd.to_datetime(["2024-05-06T05:00"]).tz_localize(zone)
    dues = deadlines(desk(), pd.DataFrame({"created": created, "severity": ["high"]}))
    assert str(dues["work_due"].dtype.tz) == zone
    nine_utc = created.tz_convert("UTC")[0]
    assert dues["work_due"][0] == nine_utc + timedelta(hours=2)


def test_naive_instants_need_a_zone() -> None:
    """And their answers are wall times as well."""
    frame = pl.DataFrame({"created": [datetime(2024, 5, 6, 9)], "severity": ["high"]})
    with pytest.raises(NaiveDatetimeError, match="naive"):
        deadlines(desk(), frame)
    dues = deadlines(desk(), frame, naive="UTC")
    assert dues["work_due"].to_list() == [datetime(2024, 5, 6, 11)]
    result = evaluate(desk(), tickets_of("high"), "2024-05-06T10:30", naive="Europe/Paris")
    assert result["work_due"].tolist() == [datetime(2024, 5, 6, 13)]  # from 11 to 13 in Paris
    assert result["work_state"].tolist() == ["running"]  # at 10:30 there, an hour and a half on
    with pytest.raises(NaiveDatetimeError):
        evaluate(desk(), tickets_of("high"), "2024-05-06T10:30")


def test_columns_of_a_dictionary_go_together() -> None:
    """They are equally long, and series of pandas among them name their rows alike."""
    created = pd.Series([MONDAY] * 3, index=[7, 8, 9]).dt.tz_localize("UTC")
    severity = pd.Series(["high", "low", "low"], index=[9, 8, 7])
    with pytest.raises(ColumnError, match="created and severity are Series with different indexes"):
        deadlines(desk(), {"created": created, "severity": severity})
    dues = deadlines(desk(), {"created": created, "severity": severity.reindex(created.index)})
    assert [at.hour for at in dues["work_due"]] == [13, 13, 11]
    assert [*dues["work_due"].index] == [7, 8, 9]
    with pytest.raises(ColumnError, match="created 3, severity 2"):
        deadlines(desk(), {"created": created, "severity": ["low", "low"]})
    with pytest.raises(ColumnError, match="severity is not a column, but str"):
        deadlines(desk(), {"created": created, "severity": "low"})


def test_nothing_under_a_mask_is_read() -> None:
    """Of instants, events and attributes; what is masked is missing."""
    created = np.ma.array([MONDAY] * 4, mask=[False, False, False, True])
    values: Any = ["high", "no value", "low", "low"]
    severity: Any = np.ma.array(values, object, mask=[False, True, False, False])
    stop: Any = np.ma.array([MONDAY] * 4, mask=[True, True, False, False])
    table = {"created": created, "severity": severity, "work.stop": stop}
    result = evaluate(desk(), table, "2024-05-06T10:30Z", errors="column")
    assert result["work_state"].tolist() == ["running", None, "met", None]
    assert "does not say its severity" in result["error"][1]
    assert "is missing" in result["error"][3]
    assert np.ma.getmaskarray(result["work_due"]).tolist() == [False, True, False, True]
    numbers: Any = np.ma.array([1, 7], mask=[False, True])
    level = desk(
        attributes={"level": [1, 2]},
        tables={"all": [{"when": {"level": 1}, "targets": {"work": "1 hour"}}]},
    )
    dues = deadlines(level, {"created": created[:2], "level": numbers}, errors="column")
    assert "does not say its level" in dues["error"][1]
    assert dues["error"][0] is None


def test_instants_in_columns_of_objects() -> None:
    """Datetimes of Python's own in a frame are instants as any other."""
    at = datetime(2024, 5, 6, 9, tzinfo=UTC)
    frame = pd.DataFrame({"created": [at, at], "severity": ["high", "low"]}, index=[5, 3])
    frame["created"] = pd.Series([at, at], dtype=object, index=[5, 3])
    frame["work.stop"] = pd.Series([None, at], dtype=object, index=[5, 3])
    result = evaluate(desk(), frame, "2024-05-06T10:30Z")
    assert [*result["work_state"]] == ["running", "met"]
    assert [*result["work_due"]] == [at + timedelta(hours=2), at + timedelta(hours=4)]
    assert [*result.index] == [5, 3]
    naive = frame.assign(
        created=pd.Series([datetime(2024, 5, 6, 9)] * 2, dtype=object, index=[5, 3])
    )
    with pytest.raises(NaiveDatetimeError, match=r"created\[0\]"):
        deadlines(desk(), naive)


def test_values_are_read_as_a_single_ticket_is() -> None:
    """Numbers of any width, truths, and text that spells them."""
    policy = desk(
        attributes={"level": [1, 2], "vip": {"values": [True, False], "default": False}},
        tables={
            "all": [
                {"when": {"level": 1, "vip": True}, "targets": {"work": "1 hour"}},
                {"when": {"level": 2}, "targets": {"work": "2 hours"}},
                {"targets": {"work": "3 hours"}},
            ]
        },
    )
    created = np.repeat(MONDAY, 4)
    numbers: list[Any] = [
        np.array([1, 1, 2, 1], np.int8),
        np.array([1.0, 1.0, 2.0, 1.0]),
        ["1", 1, "2", 1.0],
        pd.Series([1, 1, 2, 1], dtype="Int64"),
        pl.Series([1, 1, 2, 1], dtype=pl.UInt8),
        pa.chunked_array([[1, 1], [2, 1]]),
    ]
    truths: list[Any] = [
        np.array([True, False, True, True]),
        [True, None, "true", True],
        pd.Series([True, False, True, True]),
        pl.Series([True, None, True, True]),
        pa.chunked_array([[True, False, True, True]]),
    ]
    for level in numbers:
        for vip in truths:
            dues = deadlines(policy, {"created": created, "level": level, "vip": vip})
            hours = (dues["work_due"] - created).astype(int) // 3600
            assert hours.tolist() == [1, 3, 2, 1], (level, vip)


def test_what_is_known_of_groups_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty values, a call each: what is known is given up before it is more than five."""
    monkeypatch.setattr("slacalc._bulk.groups._MOST_KNOWN", 5)
    values = [f"v{number}" for number in range(30)]
    rows = [{"when": {"a": value}, "targets": {"m": "1 hour"}} for value in values]
    policy = Policy("desk", attributes={"a": values}, metrics={"m": {}}, tables={"t": rows})
    known = set()
    for value in values:
        deadlines(policy, {"created": np.array(["2026-05-18T09:00"], "M8[us]"), "a": [value]})
        known.add(len(DeadlineEngine.of(policy.matcher, ()).groups.results))
    assert 1 < max(known) <= 5
    last = ref(DeadlineEngine.of(policy.matcher, ()).groups)
    deadlines(policy, {"created": np.full(30, "2026-05-18T09:00", "M8[us]"), "a": values})
    gc.collect()
    assert last() is None  # a single call leaves no more behind


def test_rows_that_differ_in_how_much_they_allow() -> None:
    """Each has its own times: by hand, from Friday at 16:00 to Monday at 10:30, 09:00 to 17:00."""
    allowed: dict[str, Any] = {
        "a": {"within": "2 working hours", "limit": "4 working hours"},
        "b": {"within": "3 working hours", "limit": "6 working hours"},
        "c": "1 working day",
        "d": "2 working days",
        "e": {"promise": "negotiated"},
    }
    policy = Policy(
        "desk",
        calendars={"office": {"time_zone": "UTC", "week": {"mon-fri": "09:00-17:00"}}},
        attributes={"kind": [*allowed]},
        metrics={"m": {}},
        tables={
            "t": [{"when": {"kind": kind}, "targets": {"m": of}} for kind, of in allowed.items()]
        },
    )
    kinds = ["d", "a", "e", "b", "c", "a"]
    tickets = {"created": np.full(6, "2026-05-15T16:00", "M8[s]"), "kind": kinds}
    answer = evaluate(policy, tickets, "2026-05-18T10:30:00+00:00")
    hours = {  # due, limit, remaining
        "a": ("2026-05-18T10:00:00", "2026-05-18T12:00:00", -0.5),
        "b": ("2026-05-18T11:00:00", "2026-05-18T14:00:00", 0.5),
        "c": ("2026-05-18T16:00:00", "NaT", 5.5),
        "d": ("2026-05-19T16:00:00", "NaT", 13.5),
        "e": ("NaT", "NaT", np.nan),
    }
    for place, field in enumerate(("due", "limit")):
        expected = [hours[kind][place] for kind in kinds]
        assert np.datetime_as_string(answer[f"m_{field}"]).tolist() == expected
    remaining = answer["m_remaining"] / np.timedelta64(1, "h")
    np.testing.assert_array_equal(remaining, [hours[kind][2] for kind in kinds])
    assert (answer["m_elapsed"] == np.timedelta64(150, "m")).all()
    assert np.array_equal(deadlines(policy, tickets)["m_due"], answer["m_due"], equal_nan=True)


def test_promises_of_more_kinds_than_a_short_integer_counts() -> None:
    results: list[Any] = [SimpleNamespace(promises=(0, number)) for number in range(33_000)]
    groups = TicketGroups(np.zeros(0, np.intp), [*results, None, results[7]])
    assert groups.promises(1).tolist() == [*range(33_000), -1, 7]
    assert groups.promises(0).tolist() == [0] * 33_000 + [-1, 0]
    assert groups._replace(results=[None]).promises(0).tolist() == [-1]
