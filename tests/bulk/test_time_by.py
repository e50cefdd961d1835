"""`bulk.time_by`: a table of events says of every ticket what `Clock.time_by` says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import slacalc
from slacalc import Event, Policy, bulk
from slacalc._bulk.automaton import Automaton
from slacalc._bulk.time_by import TimeByCall
from slacalc._clock.state_machine import Machine
from slacalc._columns.frames import Frame
from slacalc.errors import ColumnError, SlacalcError
from tests.bulk.test_replay import (
    ATTRIBUTED,
    INVALID,
    LIBRARIES,
    PIECES,
    incidents,
    microseconds,
    policies_with_logs,
    table_of,
)
from tests.clock.helpers import at, policy
from tests.oracles.calendar import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

TIMES = ("elapsed", "paused", "before_change", "closed")


def listed(answer: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """A dictionary of lists as rows, with lengths as integers."""
    rows = [dict(zip(answer, row, strict=True)) for row in zip(*answer.values(), strict=True)]
    return [row | {name: microseconds(row[name]) for name in TIMES} for row in rows]


def events_of(log: dict[str, list[Any]], places: Iterable[int], kind: str) -> list[Event]:
    """The events in some rows of a log."""
    fields = [name for name in log if name not in ("ticket", "at", kind)]
    return [
        Event(
            log["at"][place],
            log[kind][place],
            **{name: log[name][place] for name in fields if log[name][place] is not None},
        )
        for place in places
    ]


def is_as_the_clocks(
    of: Policy,
    log: dict[str, list[Any]],
    by: str,
    as_of: datetime | None = None,
    *,
    columns: bool = True,
    kind: str = "type",
) -> list[dict[str, Any]]:
    """Hold the answer to the clocks, ticket by ticket; give its rows."""
    call = TimeByCall(of, as_of, [by], naive=None, errors="column", by_columns=columns)
    rows = listed(call.run(Frame(log, {"type": kind})))
    tickets: dict[str, list[int]] = {}
    for place, ticket in enumerate(log["ticket"]):
        tickets.setdefault(ticket, []).append(place)
    answers: dict[str, list[dict[str, Any]]] = {ticket: [] for ticket in tickets}
    for row in rows:
        answers[row["ticket"]].append(row)
    for ticket, places in tickets.items():
        mine = answers[ticket]
        refused: SlacalcError | None = None
        try:
            clock = slacalc.replay(of, {}, events_of(log, places, kind))
            instant = clock.last_event_at if as_of is None else as_of
            # Of a ticket that was opened later no cycle has started, so that it has no rows.
            status: Any = clock.status(instant) if instant >= clock.opened_at else {}
        except SlacalcError as error:
            refused = error
        if refused is not None:
            assert [(row["error"], row["metric"]) for row in mine] == [(str(refused), None)]
            continue
        assert [row["metric"] for row in mine] == sorted(
            (row["metric"] for row in mine), key=[*status].index
        )
        for name in status:
            of_metric = [row for row in mine if row["metric"] == name]
            totals: dict[str, int] = {}
            for row in of_metric:
                totals[row[by]] = totals.get(row[by], 0) + row["elapsed"]
            expected = clock.time_by(by, name, instant).items()
            assert {value: length for value, length in totals.items() if length} == {
                value: microseconds(length) for value, length in expected if microseconds(length)
            }
            for cycle in status.cycles(name):
                parts = [row for row in of_metric if row["cycle"] == cycle.cycle]
                assert len({row[by] for row in parts}) == len(parts)
                assert bool(parts) == (cycle.start is not None)
                if cycle.start is None:
                    continue
                assert {row["cycle_state"] for row in parts} == {cycle.state}
                assert sum(row["elapsed"] for row in parts) == microseconds(cycle.elapsed)
                paused = sum((each.as_timedelta() for each in cycle.paused.values()), timedelta())
                assert sum(row["paused"] for row in parts) == paused // timedelta(microseconds=1)
                assert all(row[time] >= 0 for row in parts for time in TIMES)
    return rows


# Laws ---------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.data())
def test_a_table_says_what_the_clocks_say(data: st.DataObject) -> None:
    """Whatever the policy, the logs, the order of the rows and their pieces, and the engine."""
    of, rows, as_of = data.draw(policies_with_logs())
    table = table_of(rows)
    names = [name for name in table if name not in ("ticket", "at", "type", "metric")]
    if not names:
        return
    by, columns = data.draw(st.sampled_from(names)), data.draw(st.booleans())
    with patch("slacalc._bulk.event_logs._PIECE", data.draw(PIECES)):
        is_as_the_clocks(of, table, by, as_of, columns=columns)


def test_the_log_of_an_instance() -> None:
    """All 1,443 incidents are as their clocks have them, by holder and by state."""
    of, log = incidents()
    halfway = sorted(log["at"])[len(log["at"]) // 2]
    for by in ("group", "state"):
        rows = is_as_the_clocks(of, log, by)
        assert len({row["ticket"] for row in rows}) == 1_443
        assert {row["engine"] for row in rows} == {"columns"}
        is_as_the_clocks(of, log, by, halfway)


# Worked out by hand -------------------------------------------------------------------------------

DESK = policy(
    {"pause": {"status": "waiting"}, "on_change": "from_change"},
    {"high": "4 working hours", "low": "8 working hours"},
)
HAND: list[tuple[str, Any, str, dict[str, Any]]] = [
    # Open from 9 to 17. Monday: nobody has it until 10; the desk until Tuesday at 10; then the
    # network team, which waits from 11 to 13, until 15. After that the desk again.
    ("A", at("Mo 9:00"), "created", {"priority": "low"}),
    ("A", at("Mo 10:00"), "changed", {"group": "desk"}),
    ("A", at("Tu 10:00"), "changed", {"group": "desk", "status": "working"}),
    ("A", at("Tu 10:00"), "changed", {"group": "network"}),
    ("A", at("Tu 11:00"), "changed", {"status": "waiting"}),
    ("A", at("Tu 13:00"), "changed", {"status": "working"}),
    ("A", at("Tu 15:00"), "changed", {"group": "desk"}),
    ("A", at("Tu 16:00"), "resolved", {"group": "queue"}),  # which has no time of the cycle
    ("A", at("Tu 18:00"), "changed", {"group": "archive"}),
    # Waits from 10 to 12, and at 11 all time before no longer counts.
    ("B", at("Mo 9:00"), "created", {"priority": "low", "group": 7}),
    ("B", at("Mo 10:00"), "changed", {"status": "waiting"}),
    ("B", at("Mo 11:00"), "changed", {"priority": "high"}),
    ("B", at("Mo 12:00"), "changed", {"status": "working"}),
    ("B", at("Mo 18:00"), "changed", {"group": 8}),
    # Resolved in the instant of its creation.
    ("C", at("Mo 9:00"), "created", {"priority": "low", "group": "desk"}),
    ("C", at("Mo 9:00"), "resolved", {"group": "network"}),
]
HOURS = [
    # ticket, group, and the hours: elapsed, paused, before the change, closed
    ("A", "", 1, 0, 0, 0),
    ("A", "desk", 7 + 1 + 1, 0, 0, 16),
    ("A", "network", 1 + 2, 2, 0, 0),
    ("B", "7", 5, 2, 1, 1),
    ("B", "8", 8, 0, 0, 15 + 1),
    ("C", "network", 0, 0, 0, 0),
]


def hours(rows: Iterable[dict[str, Any]], *by: str) -> list[tuple[Any, ...]]:
    """Rows of tickets with their times in hours."""
    return [
        (row["ticket"], *(row[name] for name in by), *(row[time] / HOUR for time in TIMES))
        for row in rows
    ]


@pytest.mark.parametrize("columns", [True, False])
def test_figures_worked_out_by_hand(*, columns: bool) -> None:
    """By both engines."""
    call = TimeByCall(
        DESK, at("Tu 18:00"), ["group"], naive=None, errors="raise", by_columns=columns
    )
    answer = call.run(Frame(table_of(HAND)))
    assert [*answer] == ["ticket", "metric", "cycle", "cycle_state", "group", *TIMES, "engine"]
    rows = listed(answer)
    assert hours(rows, "group") == HOURS
    states = {"A": "breached", "B": "breached", "C": "met"}
    assert [row["cycle_state"] for row in rows] == [states[row["ticket"]] for row in rows]
    assert {row["engine"] for row in rows} == {"columns" if columns else "clock"}


@pytest.mark.parametrize("columns", [True, False])
def test_several_fields_have_a_row_for_each_combination(*, columns: bool) -> None:
    """By group and status: the desk has B before, while and after it waits."""
    by = ["group", "status"]
    call = TimeByCall(DESK, at("Tu 18:00"), by, naive=None, errors="raise", by_columns=columns)
    rows = listed(call.run(Frame(table_of(HAND))))
    assert hours(rows, *by) == [
        ("A", "", "", 1, 0, 0, 0),
        ("A", "desk", "", 7 + 1, 0, 0, 16),  # to Tuesday 10:00
        ("A", "network", "working", 1 + 2, 0, 0, 0),
        ("A", "network", "waiting", 0, 2, 0, 0),
        ("A", "desk", "working", 1, 0, 0, 0),
        ("B", "7", "", 0, 0, 1, 0),
        ("B", "7", "waiting", 0, 2, 0, 0),
        ("B", "7", "working", 5, 0, 0, 1),
        ("B", "8", "working", 8, 0, 0, 16),
        ("C", "network", "", 0, 0, 0, 0),
    ]


@pytest.mark.parametrize("library", LIBRARIES)
def test_answers_come_in_the_library_of_the_question(library: str) -> None:
    """With the same facts."""
    data = (
        pd.DataFrame(table_of(HAND))
        .replace({7: "7", 8: "8"})
        .rename(columns={"group": "team", "at": "updated"})
    )
    given_ = LIBRARIES[library](data)
    names = {"group": "team", "at": "updated"}
    answer = bulk.time_by(DESK, given_, "group", at("Tu 18:00"), columns=names, errors="column")
    assert type(answer) is type(given_)
    if library in ("pyarrow", "polars"):
        answer = answer.to_pandas()
    rows = pd.DataFrame(answer)
    found = [
        (ticket, group, *(length / timedelta(hours=1) for length in lengths))
        for ticket, group, *lengths in rows[["ticket", "group", *TIMES]].itertuples(index=False)
    ]
    assert found == HOURS


def test_tables_come_one_after_another() -> None:
    """Each with all events of its tickets."""
    tables = (table_of([row for row in HAND if row[0] == name]) for name in "ABC")
    answers = bulk.time_by(DESK, tables, "group", at("Tu 18:00"))
    assert [row for each in answers for row in hours(listed(each), "group")] == HOURS


def test_an_empty_log_has_an_empty_answer() -> None:
    answer = bulk.time_by(DESK, pd.DataFrame(table_of(HAND)).iloc[:0], "group")
    assert (len(answer), [*answer][4:6]) == (0, ["group", "elapsed"])


def test_the_automaton_does_not_see_a_field_that_only_the_answer_has() -> None:
    """A holder for each ticket costs the automaton no states, and no ticket its columns."""
    rows = [
        row
        for number in range(200)
        for row in (
            (f"T{number}", at("Mo 9:00"), "created", {"priority": "low"}),
            (f"T{number}", at("Mo 10:00"), "changed", {"assignee": f"agent {number}"}),
        )
    ]
    machine = DESK.compiled(Machine)
    Automaton.forget_all()
    answer = bulk.time_by(DESK, table_of(rows), "assignee", at("Mo 12:00"))
    assert len(Automaton.of(machine, frozenset()).moves) < 10
    assert answer["assignee"] == [text for number in range(200) for text in ("", f"agent {number}")]


# Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", INVALID)
def test_a_bad_ticket_loses_nobody_else(what: str) -> None:
    """Its error is raised with its name, or with it in its row; the others are as they were."""
    events, kind = INVALID[what]
    rows = [
        ("good", at("Mo 9:00"), "created", {"priority": "low"}),
        *(("bad", *each) for each in events),
        ("fine", at("Mo 9:00"), "created", {"priority": "high"}),
    ]
    with pytest.raises(kind) as caught:
        bulk.time_by(ATTRIBUTED, table_of(rows), "priority", at("Tu 9:00"))
    assert caught.value.where.startswith("ticket bad")
    table = bulk.time_by(ATTRIBUTED, table_of(rows), "priority", at("Tu 9:00"), errors="column")
    assert table["ticket"] == ["good", "bad", "fine"]
    assert [each is None for each in table["error"]] == [True, False, True]
    assert table["priority"] == ["low", None, "high"]
    assert [length is None for length in table["elapsed"]] == [False, True, False]


def test_lists_and_truths_are_spelled_as_in_a_policy() -> None:
    """For a table as for one clock."""
    log = {
        "ticket": ["A", "A", "A"],
        "at": [f"2026-05-18T{hour:02}:00:00Z" for hour in (9, 10, 12)],
        "type": ["created", "changed", "changed"],
        "tags": [["vip", "web"], None, ["web"]],
        "urgent": [True, False, None],
    }
    tags = bulk.time_by(DESK, log, "tags", "2026-05-18T13:00:00Z")
    assert [*tags["tags"]] == ["vip, web", "web"]
    assert [*bulk.time_by(DESK, log, "urgent", "2026-05-18T13:00:00Z")["urgent"]] == [
        "true",
        "false",
    ]


def test_a_field_that_is_none_is_refused() -> None:
    """With the name that was probably meant, and before any row is read."""
    log = table_of(HAND)
    with pytest.raises(ColumnError, match=r"by: 'grup' is not a column.*did you mean 'group'"):
        bulk.time_by(DESK, log, "grup")
    with pytest.raises(ColumnError, match="by: None is not a name"):
        bulk.time_by(DESK, log, None)  # type: ignore[arg-type]  # wrong
    with pytest.raises(ColumnError, match="'type' is not a column"):
        bulk.time_by(DESK, log, "type")
    with pytest.raises(ColumnError, match="'elapsed', which is a column of the answer"):
        bulk.time_by(DESK, log | {"elapsed": log["group"]}, "elapsed")
