"""Attributes of tickets: which of several values counts, defaults, matrices and versions."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from slacalc import Policy, bulk, report
from slacalc.errors import ColumnError, ReportError
from tests.report.cases import CURRENT, LOG, SEVERITIES, replayed, rows_of, ticket_table

VERSIONS = Policy.from_toml("""
name = "versions"
effective_from = 2026-01-01
[calendars.desk]
time_zone = "Asia/Shanghai"
week = "always"
[attributes]
impact = ["high", "low"]
urgency = ["high", "low"]
[attributes.priority]
values = [1, 2, 3]
by = ["impact", "urgency"]
matrix = { high = { high = 1, low = 2 }, low = { high = 2, low = 3 } }
[attributes.team]
values = ["first", "second"]
default = "first"
[metrics.repair]
stop = "repaired"
[[tables.terms]]
targets = { repair = "1 hour" }
[[versions]]
effective_from = 2026-04-01
[versions.attributes.team]
values = ["first", "second"]
default = "second"
""")


def severities(**more: Any) -> list[tuple[Any, ...]]:
    """Ticket and severity of the answer for the log."""
    return rows_of(
        report.with_attributes(replayed(), SEVERITIES, LOG, **more), "ticket", "severity"
    )


def test_the_last_value_counts_unless_the_first_is_requested() -> None:
    """L1 went from high to low, L3 from low to high."""
    last = [("L1", "low"), ("L2", "low"), ("L3", "high"), ("L4", "urgent")]
    assert severities() == severities(which="last") == last
    first = [("L1", "high"), ("L2", "low"), ("L3", "low"), ("L4", "urgent")]
    assert severities(which="first") == first


def test_the_log_counts_up_to_an_instant() -> None:
    """At 10:29 L3 was still low, at 10:30 it is high; L4 was not there at either."""
    assert severities(as_of="2026-03-04T10:29+08:00")[2:] == [("L3", "low"), ("L4", None)]
    assert severities(as_of="2026-03-04T10:30+08:00")[2:] == [("L3", "high"), ("L4", None)]


def test_the_receipt_is_added() -> None:
    answer = report.with_attributes(replayed(), SEVERITIES, LOG)
    received = [created.isoformat() for (created,) in rows_of(answer, "created")]
    assert received == [f"2026-03-0{day}T10:00:00+08:00" for day in (2, 3, 4, 5)]


def test_defaults_and_matrices_are_filled_in() -> None:
    """Priority 1 for high and high, 2 for one of them, 3 for neither; unknown without either."""
    tickets = {
        "created": ["2026-02-01T00:00+08:00"] * 5,
        "impact": ["high", "high", "low", "low", "low"],
        "urgency": ["high", "low", "high", "low", None],
        "team": [None, "second", None, None, "third"],
    }
    table = report.with_attributes(tickets, VERSIONS)
    assert rows_of(table, "priority", "team") == [
        (1, "first"),
        (2, "second"),
        (2, "first"),
        (3, "first"),
        (None, "third"),  # which the policy does not know, and leaves as it is
    ]


def test_a_value_of_its_own_comes_before_the_matrix() -> None:
    tickets = {
        "created": ["2026-02-01T00:00+08:00"],
        "impact": ["low"],
        "urgency": ["low"],
        "priority": ["1"],
    }
    assert rows_of(report.with_attributes(tickets, VERSIONS), "priority") == [(1,)]


@pytest.mark.parametrize(
    ("created", "team"),
    [
        ("2025-12-31T23:59+08:00", "first"),  # before the first version, which is read by then
        ("2026-03-31T23:59+08:00", "first"),
        ("2026-04-01T00:00+08:00", "second"),
        ("2026-04-01T23:59+08:00", "second"),
        ("2026-03-31T16:00Z", "second"),  # midnight in Shanghai
        (None, "first"),
    ],
)
def test_the_version_of_the_receipt_counts(created: str | None, team: str) -> None:
    """By the date in the zone of the policy; the second version begins on 1 April."""
    tickets = {"created": ["2026-02-01T00:00Z", created], "impact": ["low"] * 2}
    table = report.with_attributes(tickets, VERSIONS, attributes="team")
    assert rows_of(table, "team") == [("first",), (team,)]


def test_versions_count_for_logs_too() -> None:
    log = {
        "ticket": ["A", "B"],
        "at": ["2026-03-31T23:59+08:00", "2026-04-01T00:00+08:00"],
        "type": ["created", "created"],
    }
    answer = {"ticket": ["B", "A"], "metric": ["repair"] * 2, "state": ["met"] * 2}
    table = report.with_attributes(answer, VERSIONS, log, attributes=["team"])
    assert rows_of(table, "ticket", "team") == [("B", "second"), ("A", "first")]


def test_the_index_of_pandas_is_kept() -> None:
    tickets = ticket_table()[["created", "tier"]].set_index(pd.Index(range(100, 115)))
    table = report.with_attributes(tickets, CURRENT)
    assert table.index.tolist() == [*range(100, 115)]
    assert table["contract"].tolist() == [True] * 15
    assert table["tier"].tolist() == tickets["tier"].tolist()


def test_names_of_columns_may_differ() -> None:
    tickets = {"opened": ["2026-04-01T00:00"], "squad": [None]}
    columns = {"created": "opened", "team": "squad"}
    table = report.with_attributes(
        tickets, VERSIONS, attributes="team", columns=columns, naive="Asia/Shanghai"
    )
    assert rows_of(table, "team") == [("second",)]


def test_what_is_not_there_is_named() -> None:
    """Attributes, tickets, and ways to choose a value."""
    with pytest.raises(
        ReportError, match=r"'sevrity' is not an attribute.*did you mean 'severity'"
    ):
        severities(attributes="sevrity")
    with pytest.raises(ColumnError, match="which"):
        severities(which="best")
    other = {key: values[:3] for key, values in LOG.items()}
    with pytest.raises(ReportError, match="ticket 'L2'.*not in the log"):
        report.with_attributes(replayed(), SEVERITIES, other)


def test_columns_of_the_answer_itself_are_not_replaced() -> None:
    """A policy's attribute `state` would hide the state: refused by name, skipped otherwise."""
    policy = Policy.from_toml("""
name = "states"
[attributes]
state = ["CA", "NY"]
[metrics.repair]
stop = "repaired"
[[tables.terms]]
targets = { repair = "1 hour" }
""")
    log = {"ticket": [1], "at": ["2026-03-02T10:00Z"], "type": ["created"], "state": ["CA"]}
    answer = {"ticket": [1], "metric": ["repair"], "state": ["met"]}
    assert rows_of(report.with_attributes(answer, policy, log), "state") == [("met",)]
    with pytest.raises(ReportError, match="'state' is a column of the answer"):
        report.with_attributes(answer, policy, log, attributes="state")


def test_nothing_is_known_of_a_row_without_a_ticket() -> None:
    """Not even the attributes that it has, since they are those of some other ticket."""
    log = {key: [*values, values[0]] for key, values in LOG.items()}
    log["ticket"] = [*LOG["ticket"], None]
    answer = bulk.replay(SEVERITIES, log, errors="column")
    known = report.with_attributes(answer, SEVERITIES, log)
    severity = dict(rows_of(known, "ticket", "severity"))
    assert severity == {"L1": "low", "L2": "low", "L3": "high", "L4": "urgent", None: None}
    assert dict(rows_of(known, "ticket", "created"))[None] is None
    with pytest.raises(ReportError, match="ticket None of the answer is not in the log"):
        report.with_attributes(answer, SEVERITIES, LOG)


@pytest.mark.parametrize("at", [None, "never", "0001-01-01T00:00Z"])
def test_a_receipt_that_cannot_be_read_is_missing(at: str | None) -> None:
    """Here of the first ticket, whose other rows come later."""
    log = LOG | {"at": [at, *LOG["at"][1:]]}
    answer = bulk.replay(SEVERITIES, log, errors="column")
    created = dict(rows_of(report.with_attributes(answer, SEVERITIES, log), "ticket", "created"))
    assert [name for name, value in created.items() if value is None] == ["L1"]
