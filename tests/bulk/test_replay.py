"""`bulk.replay`: a table of events says of every ticket what its own clock says."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import slacalc
from slacalc import Event, Policy, bulk, presets
from slacalc._bulk import log_cycles
from slacalc._bulk.automaton import Automaton
from slacalc._bulk.replay import ReplayCall, plan, replay
from slacalc._clock.state_machine import Machine
from slacalc._columns.frames import Frame
from slacalc._time.instants import to_instant
from slacalc.errors import (
    ColumnError,
    EventError,
    LateEventError,
    MissingExtraError,
    NaiveDatetimeError,
    SlacalcError,
    TicketError,
)
from tests.clock.helpers import at, policy
from tests.oracles.calendar import EPOCH, HOUR
from tests.strategies.clocks import clock_policies, event_logs, moments_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.strategies.clocks import Log

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

EXAMPLE = Path(__file__).parents[2] / "examples" / "servicenow"
INSTANTS = ("start", "due", "limit", "due_if_resumed", "stopped_at", "breached_at")
LENGTHS = ("elapsed", "remaining", "paused")
SAME = ("metric", "cycle", "state", "is_paused", "ever_breached", "table", "row")
COLUMNS = ["ticket", "metric", "cycle", "state", "is_paused", *INSTANTS, "ever_breached", *LENGTHS]


# Tables and expectations --------------------------------------------------------------------------


def table_of(
    rows: Iterable[tuple[str, Any, str, dict[str, Any]]], kind: str = "type"
) -> dict[str, list[Any]]:
    """Events of tickets, each a row, as a dictionary of lists."""
    rows = [*rows]
    names = dict.fromkeys(name for *_, fields in rows for name in fields)
    return {
        "ticket": [row[0] for row in rows],
        "at": [row[1] for row in rows],
        kind: [row[2] for row in rows],
        **{name: [row[3].get(name) for row in rows] for name in names},
    }


def listed(answer: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """A dictionary of lists as rows, with instants and lengths as integers."""
    rows = []
    for values in zip(*answer.values(), strict=True):
        row = dict(zip(answer, values, strict=True))
        for name in INSTANTS:
            row[name] = None if row[name] is None else to_instant(row[name])
        for name in LENGTHS:
            row[name] = microseconds(row[name])
        rows.append(row)
    return rows


def by_clock(of: Policy, events: list[Event], as_of: datetime | None) -> list[dict[str, Any]]:
    """What the clock of a ticket says, as rows of the table.

    Only what the table contains is read of each status: warnings may lie outside the years.
    """
    clock = slacalc.replay(of, {}, events)
    if as_of is not None and as_of < clock.opened_at:
        nothing = dict.fromkeys((*SAME, *INSTANTS, *LENGTHS))
        nothing |= {"cycle": 1, "state": "not started", "is_paused": False, "ever_breached": False}
        return [nothing | {"metric": name} for name in clock.policy.metrics]
    status = clock.status(clock.last_event_at if as_of is None else as_of)
    rows = []
    for cycle in (one for name in status for one in status.cycles(name)):
        row = {name: getattr(cycle, name) for name in SAME}
        for name in INSTANTS:
            at_ = getattr(cycle, name)
            row[name] = None if at_ is None else to_instant(at_)
        for name in ("elapsed", "remaining"):
            row[name] = microseconds(getattr(cycle, name))
        paused = sum((one.as_timedelta() for one in cycle.paused.values()), timedelta(0))
        row["paused"] = None if cycle.start is None else paused // timedelta(microseconds=1)
        rows.append(row)
    return rows


def microseconds(length: Any) -> int | None:
    """A length as an integer."""
    return None if length is None else length.as_timedelta() // timedelta(microseconds=1)


def is_as_the_clocks(
    of: Policy,
    log: dict[str, list[Any]],
    as_of: datetime | None = None,
    *,
    columns: bool = True,
    kind: str = "type",
) -> list[dict[str, Any]]:
    """Hold the answer to the clocks, ticket by ticket; give its rows."""
    call = ReplayCall(of, as_of, naive=None, errors="column", by_columns=columns)
    rows = listed(call.run(Frame(log, {"type": kind})))
    tickets: dict[str, list[int]] = {}
    for place, ticket in enumerate(log["ticket"]):
        tickets.setdefault(ticket, []).append(place)
    answers: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        answers.setdefault(row["ticket"], []).append(row)
    assert [*answers] == [*tickets]
    fields = [name for name in log if name not in ("ticket", "at", kind)]
    for ticket, places in tickets.items():
        mine = answers[ticket]
        refused: SlacalcError | None = None
        try:
            events = [
                Event(
                    log["at"][place],
                    log[kind][place],
                    **{name: log[name][place] for name in fields if log[name][place] is not None},
                )
                for place in places
            ]
            expected = by_clock(of, events, as_of)
        except SlacalcError as error:
            refused = error
        if refused is not None:
            assert [(row["error"], row["metric"]) for row in mine] == [(str(refused), None)]
            continue
        assert {row["error"] for row in mine} == {None}
        assert [{name: row[name] for name in expected[0]} for row in mine] == expected
    return rows


def to_datetime(instant: int) -> datetime:
    return EPOCH + timedelta(microseconds=instant)


def rows_of(name: str, log: Log) -> list[tuple[str, Any, str, dict[str, Any]]]:
    """A random log as rows; what was taken from a ticket cannot be said by a table."""
    created = (name, to_datetime(log.opened), "created", log.ticket)
    rows = [created]
    for instant, kind, fields in log.events:
        said = dict(fields)
        for key in ("due", "limit"):
            if isinstance(said.get(key), int):
                said[key] = to_datetime(said[key]).isoformat()
        rows.append((name, to_datetime(instant), kind, said))
    return rows


PIECES = st.sampled_from([1, 5, 1 << 19])  # how many rows are replayed at once


@st.composite
def policies_with_logs(
    draw: st.DrawFn,
) -> tuple[Policy, list[tuple[Any, ...]], datetime | None]:
    """A policy, the rows of up to three tickets in any order, and perhaps an instant."""
    office = draw(clock_policies(choices=True))
    logs = [draw(event_logs(office)) for _ in range(draw(st.integers(1, 3)))]
    rows = [row for place, log in enumerate(logs) for row in rows_of(f"T{place}", log)]
    if draw(st.booleans()):
        instants = sorted({(row[0], row[1]) for row in rows}, key=str)
        keys = {each: draw(st.integers(0, 9)) for each in instants}
        rows.sort(key=lambda row: keys[row[0], row[1]])
    as_of = to_datetime(draw(moments_of(office, logs[0]))) if draw(st.booleans()) else None
    return Policy.from_dict(office.data), rows, as_of


# Laws ---------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.data())
def test_a_table_says_what_the_clocks_say(data: st.DataObject) -> None:
    """Whatever the policy, the logs, the order of the rows and their pieces, and the engine."""
    of, rows, as_of = data.draw(policies_with_logs())
    with patch("slacalc._bulk.event_logs._PIECE", data.draw(PIECES)):
        is_as_the_clocks(of, table_of(rows), as_of)


def test_both_engines_give_all_cycles_of_a_log() -> None:
    """Metrics that restart, come back and repeat, with two tables and limits."""
    of = policy(
        {"repeat": "next_start", "start": ["created", "note"], "on_reopen": "new_cycle"},
        {"high": "2 working hours", "low": {"within": "4 working hours", "limit": "6 hours"}},
    )
    log = table_of(
        [
            ("A", at("Mo 9:00"), "created", {"priority": "low"}),
            ("A", at("Mo 10:00"), "changed", {"priority": "high"}),
            ("A", at("Mo 12:00"), "resolved", {}),
            ("A", at("Mo 13:00"), "note", {}),
            ("A", at("Mo 13:30"), "paused", {"reason": "parts"}),
            ("A", at("Tu 9:00"), "resolved", {}),
            ("A", at("Tu 10:00"), "reopened", {}),
        ]
    )
    for columns in (True, False):
        rows = is_as_the_clocks(of, log, at("We 12:00"), columns=columns)
        assert [row["cycle"] for row in rows] == [1, 2, 3]
        assert {row["engine"] for row in rows} == {"columns" if columns else "clock"}


WIDE: dict[str, Any] = {
    "name": "wide",
    "calendars": {"desk": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}},
    "attributes": {
        "severity": ["high", "mid", "low"],
        "tier": {"values": ["gold", "silver", "bronze"], "optional": True},
        "channel": ["web", "phone", "mail", "desk"],
        "region": {"values": ["north", "south", "east", "west"], "default": "east"},
        "impact": ["wide", "narrow"],
        "priority": {
            "values": ["P1", "P2"],
            "by": ["impact", "region"],
            "matrix": {
                "wide": {"north": "P1", "south": "P1", "east": "P2", "west": "P2"},
                "narrow": {"north": "P2", "south": "P2", "east": "P2", "west": "P2"},
            },
        },
    },
    "coverage": [{"when": {"tier": {"not": ["bronze"]}}}, {"when": {"channel": "desk"}}],
    "refusals": [{"when": {"channel": "desk", "severity": "low"}, "because": "go home"}],
    "metrics": {
        "response": {"stop": "responded"},
        "work": {"stop": "resolved", "pause": {"status": "waiting"}, "on_change": "from_change"},
    },
    "tables": {
        "first": [
            {"when": {"severity": "high", "tier": "gold"}, "targets": {"work": "2 working hours"}},
            {
                "when": {"priority": "P1"},
                "targets": {"work": "3 working hours", "response": "1 hour"},
            },
            {"targets": {"work": "9 working hours"}},
        ],
        "second": [
            {"when": {"channel": ["web", "mail"]}, "targets": {"response": "2 working hours"}},
            {"when": {"severity": ">= mid"}, "targets": {"response": "4 working hours"}},
        ],
    },
}


def wide_log(draw: random.Random, moving: Sequence[str]) -> dict[str, list[Any]]:
    """A log of many tickets with any attributes, of which some change."""
    values: dict[str, list[Any]] = {
        "severity": ["high", "mid", "low"],
        "tier": ["gold", "silver", "bronze", None],
        "channel": ["web", "phone", "mail", "desk", None],
        "region": ["north", "south", "east", "west", None],
        "impact": ["wide", "narrow", None],
    }
    rows = []
    for ticket in range(400):
        when = at("Mo 9:00") + timedelta(minutes=draw.randrange(600))
        fields = {name: draw.choice(some) for name, some in values.items()}
        known = {name: one for name, one in fields.items() if one is not None}
        rows.append((f"T{ticket}", when, "created", known))
        for _ in range(draw.randrange(4)):
            when += timedelta(minutes=draw.randrange(0, 300, 30))
            news = {name: draw.choice(values[name][:3]) for name in moving if draw.random() < 0.5}
            news["status"] = draw.choice(["open", "waiting"])
            rows.append(
                (f"T{ticket}", when, draw.choice(["changed", "responded", "resolved"]), news)
            )
    return table_of(rows)


def test_many_kinds_of_tickets_are_few_states() -> None:
    """Attributes that do not change cost no more steps than there are promises; all is the same."""
    of, draw = Policy.from_dict(WIDE), random.Random(7)  # noqa: S311 - a log, no secret
    for moving in ((), ("severity",), ("severity", "region"), ("channel",)):
        log = wide_log(draw, moving)
        rows = is_as_the_clocks(of, log, at("Fr 12:00"))
        assert {row["engine"] for row in rows if row["error"] is None} == {"columns"}
        assert any(row["error"] for row in rows)
        automaton = Automaton.of(of.compiled(Machine), frozenset(moving))
        if not moving:
            columns = [log[name] for name in ("type", *WIDE["attributes"]) if name in log]
            kinds = {row for row in zip(*columns, strict=True) if row[0] == "created"}
            # Each of them is met running and paused, and with one or both metrics stopped.
            assert len(kinds) > 250
            assert len(automaton._known) < 200
    assert automaton.changing == {"severity", "region", "channel"}, "what once was moving stays so"


# A log worked out by hand -------------------------------------------------------------------------

HAND = [
    ("waits", at("Mo 9:00"), "created", {}),
    ("waits", at("Mo 12:00"), "changed", {"status": "waiting"}),
    ("waits", at("Mo 14:00"), "changed", {"status": "open"}),
    ("waits", at("Tu 10:00"), "resolved", {}),
    ("pauses", at("Mo 10:00"), "created", {}),
    ("pauses", at("Tu 9:00"), "changed", {"status": "waiting"}),
    ("returns", at("Mo 9:00"), "created", {}),
    ("returns", at("Mo 12:00"), "resolved", {}),
    ("returns", at("Tu 10:00"), "reopened", {}),
    ("forgotten", at("Mo 9:00"), "created", {}),
]
DESK = policy({"pause": {"status": "waiting"}})


def test_figures_worked_out_by_hand() -> None:
    """Eight working hours at a desk that is open from 9 to 17; as of Tuesday at 12."""
    rows = listed(replay(DESK, table_of(HAND), at("Tu 12:00")))

    def hours(row: dict[str, Any]) -> tuple[float, float, float]:
        return tuple(row[name] / HOUR for name in LENGTHS)

    waits, pauses, returns, forgotten = rows
    # 9-12, 14-17 and 9-10; the two hours of waiting move the due from Monday 17:00.
    assert (waits["state"], waits["due"]) == ("met", to_instant(at("Tu 11:00")))
    assert hours(waits) == (7, 1, 2)
    # Seven hours on Monday; were it resumed now, one hour would be left.
    assert (pauses["state"], pauses["due"]) == ("paused", None)
    assert pauses["due_if_resumed"] == to_instant(at("Tu 13:00"))
    assert hours(pauses) == (7, 1, 3)
    # 9-12 and 10-12; the five hours of Monday and the one of Tuesday in between do not count.
    assert (returns["state"], returns["due"]) == ("running", to_instant(at("Tu 15:00")))
    assert hours(returns) == (5, 3, 6)
    assert (forgotten["state"], forgotten["due"]) == ("breached", to_instant(at("Mo 17:00")))
    assert forgotten["breached_at"] == forgotten["due"]
    assert hours(forgotten) == (11, -3, 0)
    assert {row["engine"] for row in rows} == {"columns"}


def test_all_time_counts_after_a_reopening() -> None:
    """Stopped at 10:00, paused 11:00 to 12:00, reopened at 13:00: four of five hours at 14:00."""
    of = policy({"on_reopen": "count_all"})
    log = table_of(
        [
            ("A", at("Mo 9:00"), "created", {}),
            ("A", at("Mo 10:00"), "resolved", {}),
            ("A", at("Mo 11:00"), "paused", {}),
            ("A", at("Mo 12:00"), "resumed", {}),
            ("A", at("Mo 13:00"), "reopened", {}),
            ("B", at("Mo 9:00"), "created", {}),
            ("B", at("Mo 10:00"), "resolved", {}),
            ("B", at("Mo 11:00"), "paused", {}),
            ("B", at("Mo 13:00"), "reopened", {}),
        ]
    )
    rows = listed(replay(of, log, at("Mo 14:00")))
    assert [(row["state"], row["engine"]) for row in rows] == [
        ("running", "columns"),
        ("paused", "columns"),
    ]
    assert [[row[name] / HOUR for name in LENGTHS] for row in rows] == [[4, 4, 1], [2, 6, 3]]


def test_a_pause_counts_from_the_change_that_discards_time() -> None:
    """Paused from 10:00 to 12:00 and of high priority, of four hours, from 11:00 on: due at 16:00.

    At 14:00 two hours have elapsed, since of the pause only the hour after the change is left out.
    """
    of = policy({"on_change": "from_change"}, {"high": "4 working hours", "low": "8 working hours"})
    log = table_of(
        [
            ("A", at("Mo 9:00"), "created", {"priority": "low"}),
            ("A", at("Mo 10:00"), "paused", {}),
            ("A", at("Mo 11:00"), "changed", {"priority": "high"}),
            ("A", at("Mo 12:00"), "resumed", {}),
        ]
    )
    (row,) = listed(replay(of, log, at("Mo 14:00")))
    assert (row["engine"], row["due"]) == ("columns", to_instant(at("Mo 16:00")))
    assert (row["elapsed"], row["remaining"], row["paused"]) == (2 * HOUR, 2 * HOUR, 2 * HOUR)


def test_pauses_that_touch_are_one() -> None:
    """Stopped on Monday at 20:00, reopened on Tuesday at 12:00, but paused until 14:00.

    Of that the five hours from 9:00 on are working time, by which the due at the opening moves.
    """
    of = policy({"pause": {"status": "waiting"}}, "at once")
    log = table_of(
        [
            ("A", at("Mo 18:00"), "created", {}),
            ("A", at("Mo 20:00"), "resolved", {}),
            ("A", at("Tu 12:00"), "reopened", {}),
            ("A", at("Tu 12:00"), "changed", {"status": "waiting"}),
            ("A", at("Tu 14:00"), "changed", {"status": "open"}),
        ]
    )
    (row,) = listed(replay(of, log, at("Tu 15:00")))
    assert (row["engine"], row["due"]) == ("columns", to_instant(at("Tu 14:00")))


def test_which_engine_works() -> None:
    """The plan says it by metric, and why; an unusual ticket alone goes by its clock."""
    assert plan(DESK) == {"work": ("columns", "")}
    sequential = policy({"repeat": "sequential"})
    assert plan(sequential)["work"].engine == "clock"
    assert "sequential" in plan(sequential)["work"].reason
    rows = is_as_the_clocks(sequential, table_of(HAND), at("Tu 12:00"))
    assert {row["engine"] for row in rows} == {"clock"}
    by_hand = {"metric": "work", "due": at("Fr 9:00").isoformat(), "author": "me", "reason": "so"}
    log = table_of([*HAND, ("forgotten", at("Mo 10:00"), "overridden", by_hand)])
    rows = is_as_the_clocks(DESK, log, at("Tu 12:00"))
    assert [row["engine"] for row in rows] == ["columns", "columns", "columns", "clock"]


def test_five_events_of_one_instant() -> None:
    """Only the fifth tells the two tickets apart."""
    rows: list[tuple[str, Any, str, dict[str, Any]]] = []
    for ticket, last in (("A", "resolved"), ("B", "called")):
        rows.append((ticket, at("Mo 9:00"), "created", {}))
        rows += [(ticket, at("Mo 10:00"), type_, {}) for type_ in (*["called"] * 4, last)]
    answer = replay(DESK, table_of(rows), at("Mo 12:00"))
    assert (answer["state"], answer["engine"]) == (["met", "running"], ["columns"] * 2)


@pytest.mark.parametrize("most", [1, log_cycles._MAX_CODES])
def test_more_kinds_of_events_than_64_bits_can_number(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight fields of 255 values or none: 256 ** 8 combinations, times the types of events."""
    monkeypatch.setattr(log_cycles, "_MAX_CODES", most)
    names = [f"field{number}" for number in range(8)]
    of = policy({"stop": [{"event": "resolved", name: "0"} for name in names]})
    fields = [dict.fromkeys(names, str(value)) for value in range(255)]
    rows = [(f"T{value}", at("Mo 9:00"), "created", fields[value]) for value in range(255)]
    rows += [
        ("T0", at("Mo 10:00"), "called", fields[0]),
        ("T1", at("Mo 10:00"), "resolved", fields[0]),
    ]
    answer = replay(of, table_of(rows), at("Mo 12:00"))
    assert answer["state"] == ["running", "met", *["running"] * 253]
    assert set(answer["engine"]) == {"columns"}


# Order, batches, libraries ------------------------------------------------------------------------


def test_the_order_of_rows_does_not_matter() -> None:
    """But for the order of the tickets, which come as they first occur."""
    expected = {row["ticket"]: row for row in listed(replay(DESK, table_of(HAND)))}
    for seed in range(5):
        shuffled = [*HAND]
        random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, no secret
        rows = listed(replay(DESK, table_of(shuffled)))
        assert [row["ticket"] for row in rows] == [*dict.fromkeys(row[0] for row in shuffled)]
        assert {row["ticket"]: row for row in rows} == expected


@pytest.mark.parametrize("how", ["lists", "pandas", "polars", "arrow"])
def test_in_a_log_without_types_the_first_event_creates_its_ticket(how: str) -> None:
    """In whatever order its rows are; of events of one instant, the first row does."""
    rows = [
        ("B", at("Tu 9:00"), "changed", {"severity": "low"}),
        ("A", at("Mo 9:00"), "created", {"severity": "high"}),
        ("A", at("Mo 9:00"), "changed", {"severity": "low"}),
        ("B", at("Mo 10:00"), "created", {"severity": "high"}),
        ("C", at("We 9:00"), "created", {"severity": "low"}),
    ]
    table = table_of(rows)
    expected = listed(replay(DESK, table, at("Th 9:00")))
    make: dict[str, Callable[[Any], Any]] = {
        "lists": dict,
        "pandas": pd.DataFrame,
        "polars": pl.DataFrame,
        "arrow": pa.table,
    }
    excluded = listed(
        replay(DESK, table | {"type": ["x"] * 5}, at("Th 9:00"), columns={"type": None})
    )
    assert excluded == expected
    del table["type"]
    answer = replay(DESK, make[how](table), at("Th 9:00"))
    assert [str(state) for state in answer["state"]] == [row["state"] for row in expected]
    assert listed(replay(DESK, table, at("Th 9:00"))) == expected


@pytest.mark.parametrize(("name", "columns"), [("Type", {}), ("kind", {"type": "Kind"})])
def test_a_column_of_types_that_is_misspelt_is_refused(
    name: str, columns: dict[str, str | None]
) -> None:
    """And its log is not taken for one without types."""
    table = table_of([("A", at("Mo 9:00"), "created", {})], name)
    with pytest.raises(ColumnError, match="type"):
        replay(DESK, table, at("Th 9:00"), columns=columns)


def test_batches_are_answered_one_by_one() -> None:
    """An iterator of tables gives an iterator of answers, each when it is requested."""
    batches = [table_of(HAND[:4]), table_of(HAND[4:])]
    tables = iter(batches)
    answers = replay(DESK, tables, at("Tu 12:00"))
    rows = listed(next(answers))
    assert next(tables) is batches[1]
    answers = replay(DESK, iter(batches), at("Tu 12:00"))
    assert [row for one in answers for row in listed(one)] == listed(
        replay(DESK, table_of(HAND), at("Tu 12:00"))
    )
    assert [row["ticket"] for row in rows] == ["waits"]


def frame() -> Any:
    """The log worked out by hand as a frame of pandas."""
    data = pd.DataFrame(table_of(HAND)).rename(columns={"ticket": "number", "at": "updated"})
    data["updated"] = pd.to_datetime(data["updated"], utc=True).dt.tz_convert("Europe/Paris")
    data.index = data.index[::-1]
    return data


LIBRARIES: dict[str, Callable[[Any], Any]] = {
    "pandas": lambda data: data,
    "pandas, Arrow": lambda data: data.convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.from_pandas,
    "pyarrow": pa.Table.from_pandas,
    "columns": lambda data: {name: data[name] for name in data},
    "numpy": lambda data: {
        name: data[name].dt.tz_convert(None).to_numpy() if name == "updated" else [*data[name]]
        for name in data
    },
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_answers_come_in_the_library_of_the_question(library: str) -> None:
    """With the same facts, in the zone of the question."""
    given = LIBRARIES[library](frame())
    answer = replay(
        DESK, given, at("Tu 12:00"), columns={"ticket": "number", "at": "updated"}, errors="column"
    )
    assert type(answer) is type(given)
    if library in ("pyarrow", "polars"):
        answer = answer.to_pandas()
    answer = pd.DataFrame(answer)
    assert [*answer] == [*COLUMNS, "table", "row", "engine", "error"]
    expected = listed(replay(DESK, table_of(HAND), at("Tu 12:00"), errors="column"))
    for place, row in enumerate(expected):
        for name, value in row.items():
            cell = answer[name].iloc[place]
            if value is None:
                assert cell is None or pd.isna(cell), name
            elif name in INSTANTS:
                utc = cell.tz_localize("UTC") if cell.tzinfo is None else cell
                assert utc == to_datetime(value), name
                assert library in ("numpy", "columns") or "Paris" in str(cell.tzinfo)
            elif name in LENGTHS:
                assert cell == timedelta(microseconds=value), name
            else:
                assert cell == value, name


def test_an_empty_log_has_an_empty_answer() -> None:
    """Of all columns."""
    for library in ("pandas", "polars", "pyarrow"):
        given = LIBRARIES[library](frame().iloc[:0])
        answer = replay(DESK, given, columns={"ticket": "number", "at": "updated"})
        assert len(answer) == 0
        names = answer.column_names if library == "pyarrow" else [*answer.columns]
        assert names == [*COLUMNS, "table", "row", "engine"]


@pytest.mark.parametrize("columns", [True, False])
def test_a_ticket_that_is_opened_later_is_not_started(*, columns: bool) -> None:
    """As `bulk.evaluate` calls it, whose answer has the same values; a bad one is an error."""
    rows = [
        ("A", at("Mo 9:00"), "created", {"priority": "low"}),
        ("B", at("Tu 9:00"), "created", {"priority": "low"}),
        ("B", at("Tu 10:00"), "resolved", {}),
        ("C", at("Tu 9:00"), "created", {"priority": "huge"}),
    ]
    answer = is_as_the_clocks(ATTRIBUTED, table_of(rows), at("Mo 10:00"), columns=columns)
    assert [(row["ticket"], row["state"], row["cycle"]) for row in answer] == [
        ("A", "running", 1),
        ("B", "not started", 1),
        ("C", None, None),
    ]
    assert [row["engine"] for row in answer[:2]] == ["columns" if columns else "clock"] * 2
    tickets = {
        "created": [at("Mo 9:00"), at("Tu 9:00"), at("Tu 9:00")],
        "resolved": [None, at("Tu 10:00"), None],
        "priority": ["low", "low", "huge"],
    }
    evaluated = bulk.evaluate(ATTRIBUTED, tickets, at("Mo 10:00"), errors="column")
    assert [row["state"] for row in answer] == evaluated["work_state"]
    for name in ("due", "limit", "breached_at"):
        known = [None if each is None else to_instant(each) for each in evaluated[f"work_{name}"]]
        assert [row[name] for row in answer] == known
    assert [row["elapsed"] for row in answer[1:]] == [None, None]
    assert [row["error"] is None for row in answer] == [True, True, False]


# Bad input ----------------------------------------------------------------------------------------

ATTRIBUTED = policy({}, {"high": "2 working hours", "low": "4 working hours"})
INVALID: dict[str, tuple[list[tuple[Any, ...]], type[SlacalcError]]] = {
    "an unknown value": ([(at("Mo 9:00"), "created", {"priority": "huge"})], TicketError),
    "a later one": (
        [(at("Mo 9:00"), "created", {}), (at("Mo 10:00"), "changed", {"priority": "huge"})],
        TicketError,
    ),
    "before it was created": (
        [(at("Mo 9:00"), "note", {}), (at("Mo 10:00"), "created", {})],
        LateEventError,
    ),
    "misspelled": (
        [(at("Mo 9:00"), "created", {}), (at("Mo 10:00"), "resolvd", {})],
        EventError,
    ),
    "without an instant": ([(None, "created", {})], EventError),
    "without a type": ([(at("Mo 9:00"), None, {})], EventError),
}


@pytest.mark.parametrize("what", INVALID)
def test_a_bad_ticket_loses_nobody_else(what: str) -> None:
    """Its error is raised with its name, or with it in its row; the others are as they were."""
    events, kind = INVALID[what]
    rows = [
        ("good", at("Mo 9:00"), "created", {"priority": "low"}),
        *(("bad", *one) for one in events),
        ("fine", at("Mo 9:00"), "created", {}),
    ]
    with pytest.raises(kind) as caught:
        replay(ATTRIBUTED, table_of(rows), at("Tu 9:00"))
    assert caught.value.where.startswith("ticket bad")
    table = replay(ATTRIBUTED, table_of(rows), at("Tu 9:00"), errors="column")
    assert table["ticket"] == ["good", "bad", "fine"]
    assert [one is None for one in table["error"]] == [True, False, True]
    assert table["state"] == ["breached", None, "breached"]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("place", [0, 3, 7])
def test_rows_without_a_ticket_are_in_error(library: str, place: int) -> None:
    """Each by itself; all tickets are as they would be without these rows."""
    log = frame()
    names = {"ticket": "number", "at": "updated"}
    expected = replay(DESK, log, at("Tu 12:00"), columns=names, errors="column")
    lost = log.iloc[:2].assign(number=None)
    log = pd.concat([log.iloc[:place], lost, log.iloc[place:]], ignore_index=True)
    answer = replay(DESK, LIBRARIES[library](log), at("Tu 12:00"), columns=names, errors="column")
    answer = pd.DataFrame(answer.to_pandas() if library in ("pyarrow", "polars") else answer)
    known = answer[answer["ticket"].notna()]
    for name in ("ticket", "metric", "cycle", "state"):
        assert known[name].tolist() == expected[name].tolist()
    assert known["error"].isna().all()
    messages = [f"row {row} names no ticket" for row in (place, place + 1)]
    lost = answer[answer["ticket"].isna()]
    assert lost["error"].tolist() == messages
    assert lost["metric"].isna().all()
    with pytest.raises(ColumnError, match=f"^row {place} names no ticket$"):
        replay(DESK, LIBRARIES[library](log), at("Tu 12:00"), columns=names)


def test_a_table_that_cannot_be_read_is_refused() -> None:
    """With what it lacks."""
    log = table_of(HAND)
    with pytest.raises(ColumnError, match=r"'at' is not a column of the table.*columns=\{'at'"):
        replay(DESK, {name: one for name, one in log.items() if name != "at"})
    with pytest.raises(ColumnError, match="did you mean 'ticket'"):
        replay(DESK, log, columns={"ticket": "tickets"})
    with pytest.raises(ColumnError, match="row 0 names no ticket"):
        replay(DESK, log | {"ticket": [None, *log["ticket"][1:]]})
    with pytest.raises(ColumnError, match="not a table"):
        replay(DESK, 5)
    with pytest.raises(ColumnError, match="collect it first"):
        replay(DESK, pl.LazyFrame({"ticket": ["A"]}))
    with pytest.raises(ColumnError, match="a value of errors"):
        replay(DESK, log, errors="null")  # type: ignore[arg-type] # wrong on purpose
    naive = pd.DataFrame(log | {"at": [one.replace(tzinfo=None) for one in log["at"]]})
    with pytest.raises(NaiveDatetimeError, match="naive="):
        replay(DESK, naive)
    assert [*replay(DESK, naive, at("Tu 12:00"), naive="UTC")["state"]] == [
        *replay(DESK, log, at("Tu 12:00"))["state"]
    ]


def test_the_bar_is_an_extra(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Without tqdm, asking for it says what to install."""
    table = replay(DESK, table_of(HAND), progress=True)
    assert table == replay(DESK, table_of(HAND))
    assert "replaying" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(MissingExtraError, match="pip install"):
        replay(DESK, table_of(HAND), progress=True)


# Policies and logs of the world -------------------------------------------------------------------


def test_the_version_at_the_receipt_counts() -> None:
    """Of each ticket by itself; where none is in force, the clock says so."""
    data = DESK.to_dict() | {
        "effective_from": "2024-05-06",
        "versions": [
            {
                "effective_from": "2024-05-08",
                "tables": {"newer": [{"targets": {"work": "1 working hour"}}]},
            }
        ],
    }
    of = Policy.from_dict(data)
    log = table_of(
        [
            ("old", at("Tu 16:00"), "created", {}),
            ("new", at("We 9:00"), "created", {}),
            ("none", at("Mo 9:00") - timedelta(days=3), "created", {}),
        ]
    )
    rows = is_as_the_clocks(of, log, at("We 16:00"))
    assert [row["table"] for row in rows] == ["promises", "newer", None]
    assert [row["engine"] for row in rows] == ["columns", "columns", "clock"]


@pytest.mark.parametrize("name", presets.names())
def test_presets_by_columns(name: str) -> None:
    """Each preset says of a log of its own words what its clocks say."""
    of = presets.load(name)
    values = {one: [*attribute.values] for one, attribute in of.attributes.items()}
    draw = random.Random(name)  # noqa: S311 - a log, no secret
    kinds = ["changed", "paused", "resumed", "resolved", "reopened", "responded", "arrived", "note"]
    rows = []
    for ticket in range(40):
        when = datetime(2024, 9, 13, draw.randrange(24), draw.randrange(60), tzinfo=UTC)
        fields = {one: draw.choice(some) for one, some in values.items() if some}
        rows.append((f"T{ticket}", when, "created", fields))
        for _ in range(draw.randrange(8)):
            when += timedelta(minutes=draw.randrange(0, 600, 30))
            changed = [one for one in fields if draw.random() < 0.1]
            news = {one: draw.choice(values[one]) for one in changed}
            rows.append((f"T{ticket}", when, draw.choice(kinds), news))
    log = table_of(rows, "event")  # since a policy may have an attribute of the name of a column
    is_as_the_clocks(of, log, kind="event")
    is_as_the_clocks(of, log, datetime(2024, 9, 20, 9, tzinfo=UTC), kind="event")


def incidents() -> tuple[Policy, dict[str, list[Any]]]:
    """The log of `examples/servicenow`, with an event for the opening of each incident."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        example = import_module("replay")
    finally:
        sys.path.remove(str(EXAMPLE))
    rows = []
    for incident in example.read_incidents():
        rows.append((incident.number, incident.opened_at, "created", incident.ticket))
        rows += [(incident.number, one.at, one.type, one.fields) for one in incident.events]
    return example.POLICY, table_of(rows)


def test_the_log_of_an_instance() -> None:
    """All 1,443 incidents are as their clocks have them, and columns worked them all out."""
    of, log = incidents()
    rows = is_as_the_clocks(of, log)
    assert len({row["ticket"] for row in rows}) == 1_443
    assert {row["engine"] for row in rows} == {"columns"}
    halfway = sorted(log["at"])[len(log["at"]) // 2]
    rows = is_as_the_clocks(of, log, halfway)
    assert {row["engine"] for row in rows if row["error"] is None} == {"columns"}


def test_question_and_answer_in_one_instant() -> None:
    """Answered in columns too, in either order; an open question takes the answer."""
    replies = policy(
        {
            "start": {"event": "replied", "by": "customer"},
            "stop": {"event": "replied", "by": "agent"},
            "repeat": "next_start",
        }
    )
    rows: list[tuple[str, Any, str, dict[str, Any]]] = [
        ("A", at("Mo 9:00"), "created", {}),
        ("A", at("Mo 10:00"), "replied", {"by": "customer"}),
        ("A", at("Mo 10:00"), "replied", {"by": "agent"}),
        ("B", at("Mo 9:00"), "created", {}),
        ("B", at("Mo 10:00"), "replied", {"by": "agent"}),
        ("B", at("Mo 10:00"), "replied", {"by": "customer"}),
        ("C", at("Mo 9:00"), "created", {}),
        ("C", at("Mo 9:30"), "replied", {"by": "customer"}),
        ("C", at("Mo 10:00"), "replied", {"by": "customer"}),
        ("C", at("Mo 10:00"), "replied", {"by": "agent"}),
    ]
    answer = replay(replies, table_of(rows), as_of=at("Mo 12:00"))
    found = list(zip(answer["ticket"], answer["cycle"], answer["state"], strict=True))
    assert found == [("A", 1, "met"), ("B", 1, "met"), ("C", 1, "met"), ("C", 2, "running")]
