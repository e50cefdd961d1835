"""Two policies over the same tickets: who gains, who loses, and whose due date moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pytest

from slacalc import Policy, report
from slacalc.errors import ColumnError, ReportError
from tests.report.cases import (
    AS_OF,
    CURRENT,
    CURRENT_TOML,
    LOG,
    PROPOSED,
    SEVERITIES,
    SHANGHAI,
    rows_of,
    ticket_table,
)

# Low tickets are due after 4 hours instead of 8; a second metric; "urgent" is a severity.
STRICTER = Policy.from_toml("""
name = "stricter"
[calendars.desk]
time_zone = "Asia/Shanghai"
week = "always"
[attributes]
severity = ["urgent", "high", "low"]
[metrics.repair]
stop = "repaired"
[metrics.change]
stop = "changed"
[[tables.terms]]
when = { severity = "low" }
targets = { repair = "4 hours" }
[[tables.terms]]
targets = { repair = "1 hour" }
[[tables.changes]]
targets = { change = "1 hour" }
""")


def compared(a: Policy = CURRENT, b: Policy = PROPOSED, **more: Any) -> Any:
    return report.compare(a, b, ticket_table(), AS_OF, **more)


def due(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_totals_of_the_first_policy() -> None:
    """As attainment has them; left out are not started, cancelled, not covered and no target."""
    totals = compared().totals
    sides = ("decided_a", "met_a", "late_a", "breached_a", "open_a", "left_out_a", "unjudged_a")
    assert rows_of(totals, "metric", "total", *sides) == [
        ("answer", 15, 8, 5, 0, 3, 1, 3, 3),  # T08, T09 no target, T13 not covered
        ("repair", 15, 10, 4, 2, 4, 1, 1, 3),
        ("visit", 15, 2, 1, 0, 1, 0, 10, 3),
    ]


def test_totals_of_the_second_policy() -> None:
    """It knows platinum, promises bronze an answer and no repair, and has no visits.

    Answer: T08 and T12 are met too, T09 and T15 breached (still open long after the due).
    Repair: T04 and T05 met; T06 late; T01, T02, T03, T07, T11 breached; T08, T09, T12, T15 without
    a target.
    """
    totals = compared().totals
    sides = ("decided_b", "met_b", "late_b", "breached_b", "open_b", "left_out_b", "unjudged_b")
    assert rows_of(totals, "metric", *sides) == [
        ("answer", 12, 7, 0, 5, 1, 1, 1),
        ("repair", 8, 2, 1, 5, 1, 5, 1),
        ("visit", 0, 0, 0, 0, 0, 14, 1),
    ]


def test_shares_of_both_and_their_difference() -> None:
    """5/8 and 7/12; 4/10 and 2/8; 1/2 and nothing."""
    rows = rows_of(compared().totals, "attainment_a", "attainment_b", "difference")
    assert rows[0] == pytest.approx((5 / 8, 7 / 12, -1 / 24))
    assert rows[1] == pytest.approx((0.4, 0.25, -0.15))
    assert rows[2] == (0.5, None, None)
    # Wilson's interval of 2 of 8 and 4 of 10 at 95 %, from published tables
    low_a, high_a, low_b, high_b = rows_of(compared().totals, "low_a", "high_a", "low_b", "high_b")[
        1
    ]
    assert (low_a, high_a) == pytest.approx((0.168180, 0.687326), abs=1e-6)
    assert (low_b, high_b) == pytest.approx((0.071479, 0.590725), abs=1e-6)


def test_flips_gains_and_losses() -> None:
    """Repair: T05 is gained, T01 and T02 are lost; T08 and T09 flip as well, for want of a target.

    Answer: T08 and T09 flip from no target. Visit: all flip but the three that have an error.
    """
    assert rows_of(compared().totals, "metric", "flips", "gained", "lost") == [
        ("answer", 2, 0, 0),
        ("repair", 5, 1, 2),
        ("visit", 12, 0, 0),
    ]
    turned = compared(PROPOSED, CURRENT).totals
    assert rows_of(turned, "flips", "gained", "lost")[:2] == [(2, 0, 0), (5, 2, 1)]


def test_dues_that_move() -> None:
    """Answer: 9 dues stay (T01 to T07, T10, T11), 4 come in addition (T08, T09, T12, T15).

    Repair: those of gold are earlier (T01, T02, T03, T10), those of silver later (T04 to T07, T11),
    those of bronze are only under A (T08, T09). Visit: T01, T02 and T09 were dispatched, under A.
    """
    names = ("due_earlier", "due_same", "due_later", "due_only_a", "due_only_b")
    assert rows_of(compared().totals, *names) == [
        (0, 9, 0, 0, 4),
        (4, 0, 5, 2, 0),
        (0, 0, 0, 3, 0),
    ]
    turned = compared(PROPOSED, CURRENT).totals
    assert rows_of(turned, *names) == [(0, 9, 0, 4, 0), (5, 0, 4, 0, 2), (0, 0, 0, 0, 3)]


def test_by_attribute() -> None:
    """In the order of the first policy; platinum, which it does not know, comes last."""
    table = compared().by("tier")
    names = ("metric", "tier", "total", "met_a", "met_b", "gained", "lost")
    assert rows_of(table, *names, "due_earlier", "due_later")[4:8] == [
        ("repair", "gold", 5, 2, 0, 0, 2, 4, 0),
        ("repair", "silver", 6, 1, 2, 1, 0, 0, 5),
        ("repair", "bronze", 2, 1, 0, 0, 0, 0, 0),
        ("repair", "platinum", 2, 0, 0, 0, 0, 0, 0),
    ]


def test_by_an_attribute_that_only_the_second_policy_has() -> None:
    """Low tickets have 4 hours under it and others 1; under the first, all are gold and have 4.

    Repair took 4 hours for T01, 3 for T02 and 5 for T03; T10 has been open for one hour.
    """
    severities = {"T01": "urgent", "T02": "high", "T03": "low", "T10": "low"}
    table = ticket_table([*severities])
    table["sev"] = [*severities.values()]
    comparison = report.compare(CURRENT, STRICTER, table, AS_OF, columns={"severity": "sev"})
    names = ("metric", "severity", "total", "met_a", "lost", "breached_a", "breached_b", "open_b")
    assert sorted(
        row[1:] for row in rows_of(comparison.by("severity"), *names) if row[0] == "repair"
    ) == [
        ("high", 1, 1, 1, 0, 1, 0),
        ("low", 2, 0, 0, 1, 1, 1),
        ("urgent", 1, 1, 1, 0, 1, 0),
    ]


def test_by_period() -> None:
    """In the zone of the first policy, or another one: T02 belongs to February in UTC."""
    names = ("metric", "period", "total", "met_a", "met_b", "gained", "lost")
    rows = rows_of(compared().by(period="quarter"), *names)
    assert rows[4:8] == [
        ("repair", "2025-Q4", 1, 0, 0, 0, 0),
        ("repair", "2026-Q1", 5, 3, 2, 1, 2),  # T05 gained; T01, T02 lost
        ("repair", "2026-Q2", 8, 1, 0, 0, 0),
        ("repair", "2026-Q3", 1, 0, 0, 0, 0),
    ]
    table = compared().by(period="month", time_zone="UTC")
    lost = {row[1]: row[6] for row in rows_of(table, *names) if row[0] == "repair" and row[6]}
    assert lost == {"2026-02": 2}


def test_the_tickets_that_flip() -> None:
    """By ticket and metric, with what both policies say of them."""
    flips = compared(by="tier").flips
    rows = rows_of(flips, "ticket", "metric", "tier", "state_a", "state_b", "due_a", "due_b")
    assert [row for row in rows if row[1] != "visit"] == [
        (
            *("T01", "repair", "gold", "met", "breached"),
            *(due("2026-03-01 03:30"), due("2026-03-01 01:30")),
        ),
        (
            *("T02", "repair", "gold", "met", "breached"),
            *(due("2026-03-01 04:00"), due("2026-03-01 02:00")),
        ),
        (
            *("T05", "repair", "silver", "late", "met"),
            *(due("2026-04-01 07:00"), due("2026-04-01 09:00")),
        ),
        ("T08", "answer", "bronze", "no target", "met", None, due("2026-04-06 06:00")),
        ("T08", "repair", "bronze", "met", "no target", due("2026-04-07 00:00"), None),
        ("T09", "answer", "bronze", "no target", "breached", None, due("2026-04-13 05:59")),
        ("T09", "repair", "bronze", "breached", "no target", due("2026-04-13 23:59"), None),
    ]
    assert [row[:2] for row in rows][:3] == [("T01", "repair"), ("T01", "visit"), ("T02", "repair")]
    assert repr(compared()) == "<Comparison of current and proposed: 19 flips>"


def test_which_state_became_which() -> None:
    """Of the repair; a state is missing where a policy could not evaluate the ticket."""
    rows = rows_of(compared().changes, "metric", "state_a", "state_b", "total")
    assert sorted(row[1:] for row in rows if row[0] == "repair" and row[1] and row[2]) == [
        ("breached", "breached", 3),  # T03, T07, T11
        ("breached", "no target", 1),  # T09
        ("late", "late", 1),  # T06
        ("late", "met", 1),  # T05
        ("met", "breached", 2),  # T01, T02
        ("met", "met", 1),  # T04
        ("met", "no target", 1),  # T08
        ("not covered", "not covered", 1),  # T13
        ("running", "running", 1),  # T10
    ]
    assert [row[1:] for row in rows if row[0] == "repair" and not (row[1] and row[2])] == [
        (None, "no target", 2),  # T12, T15
        (None, None, 1),  # T14
    ]


def test_tickets_with_errors() -> None:
    """Two that only the second policy knows, and one that has an impossible answer."""
    (first, second, third) = rows_of(compared().errors, "ticket", "error_a", "error_b")
    assert (first[0], second[0], third[0]) == ("T12", "T14", "T15")
    assert "'platinum' is not a value of tier (gold, silver, bronze)" in first[1]
    assert "'platinum'" in third[1]
    assert first[2] is third[2] is None
    assert "before the ticket was opened" in second[1]
    assert "before the ticket was opened" in second[2]


def test_logs_are_compared_by_cycle() -> None:
    """L1 (8 hours, 5 used) and L2 become breached; L3 stays; L4 is evaluated under B only.

    The metric `change` exists under B only: L1 changed after 2 hours (breached), L3 after half an
    hour (met), L2 and L4 never (breached).
    """
    comparison = report.compare(SEVERITIES, STRICTER, LOG, AS_OF, by="severity")
    rows = rows_of(comparison.flips, "ticket", "metric", "severity", "cycle", "state_a", "state_b")
    assert rows == [
        ("L1", "repair", "low", 1, "met", "breached"),
        ("L1", "change", "low", 1, "no target", "breached"),
        ("L2", "repair", "low", 1, "met", "breached"),
        ("L2", "change", "low", 1, "no target", "breached"),
        ("L3", "change", "high", 1, "no target", "met"),
    ]
    names = ("metric", "total", "met_a", "breached_a", "unjudged_a", "met_b", "breached_b")
    assert rows_of(comparison.totals, *names, "lost", "due_same", "due_earlier", "due_only_b") == [
        ("repair", 4, 2, 1, 1, 0, 4, 2, 1, 2, 1),  # L4 was due after an hour and took two
        ("change", 4, 0, 0, 1, 1, 3, 0, 0, 0, 4),
    ]
    (error,) = rows_of(comparison.errors, "ticket", "error_a", "error_b")
    assert (error[0], error[2]) == ("L4", None)
    first = report.compare(SEVERITIES, STRICTER, LOG, AS_OF, by="severity", which="first").flips
    assert [row[1] for row in rows_of(first, "ticket", "severity")] == ["high"] * 2 + ["low"] * 3


def test_tickets_of_a_log_that_neither_policy_can_evaluate() -> None:
    """They have no metric, and count as such."""
    comparison = report.compare(SEVERITIES, SEVERITIES, LOG, AS_OF)
    names = ("metric", "total", "unjudged_a", "unjudged_b", "flips")
    assert rows_of(comparison.totals, *names) == [("repair", 3, 0, 0, 0), (None, 1, 1, 1, 0)]


VERSIONED_TOML = (
    CURRENT_TOML.replace(
        'name = "current"',
        'name = "versioned"\neffective_from = 2026-03-01\neffective_until = 2026-03-31',
    )
    + """
[[versions]]
effective_from = 2026-04-02
effective_until = 2026-06-30
[[versions.tables.terms]]
targets = { repair = "100 hours" }
"""
)


@pytest.mark.parametrize(
    ("in_force", "states"),
    [
        # T01 comes before the first version, T03 in it, T07 between the two, T09 in the second.
        # Under the first, T03 (5 of 4 hours) and T07 (13 of 8, limit 12) are breached; under the
        # second, which promises 100 hours, all are met. T10 comes after the end of the second.
        (
            "extended",
            {"T01": "met", "T03": "breached", "T07": "breached", "T09": "met", "T10": "open"},
        ),
        ("by_receipt", {"T01": None, "T03": "breached", "T07": None, "T09": "met", "T10": None}),
        ("last", {"T01": "met", "T03": "met", "T07": "met", "T09": "met", "T10": "open"}),
    ],
)
def test_which_version_is_in_force(in_force: Any, states: dict[str, str | None]) -> None:
    """Beyond its dates a version counts up to the next one, not at all, or the last one always."""
    policy = Policy.from_toml(VERSIONED_TOML)
    comparison = report.compare(policy, policy, ticket_table([*states]), AS_OF, in_force=in_force)
    counts = "met_a", "breached_b", "open_a", "open_b"
    found = {
        ticket: "met" if met else "breached" if breached else "open" if a and b else None
        for metric, ticket, met, breached, a, b in rows_of(
            comparison.by("ticket"), "metric", "ticket", *counts
        )
        if metric == "repair"
    }
    assert found == states


def test_a_policy_compared_with_itself_flips_nothing() -> None:
    comparison = compared(CURRENT, CURRENT)
    assert len(comparison.flips) == 0
    assert rows_of(comparison.totals, "flips", "difference") == [(0, 0.0)] * 3


def test_a_comparison_turned_round_is_its_mirror() -> None:
    """What one way flips there, flips back the other way."""
    names = ("ticket", "metric")
    there, back = compared().flips, compared(PROPOSED, CURRENT).flips
    one = rows_of(there, *names, "state_a", "state_b", "due_a", "due_b")
    other = rows_of(back, *names, "state_b", "state_a", "due_b", "due_a")
    assert sorted(map(str, one)) == sorted(map(str, other))


def test_names_of_tickets_and_columns() -> None:
    """By default numbered from 0; or by any column; other libraries give the same."""
    tickets = ticket_table().rename(columns={"ticket": "number", "created": "opened"})
    numbered = report.compare(
        CURRENT, PROPOSED, tickets, AS_OF, columns={"created": "opened", "ticket": None}
    )
    assert [row[0] for row in rows_of(numbered.flips, "ticket")][:3] == [0, 0, 1]
    polars = pl.from_pandas(tickets)
    columns = {"created": "opened", "ticket": "number"}
    named = report.compare(CURRENT, PROPOSED, polars, AS_OF, columns=columns)
    assert named.flips["ticket"].to_list()[:3] == ["T01", "T01", "T02"]
    assert rows_of(named.errors.to_arrow(), "ticket") == [("T12",), ("T14",), ("T15",)]


def test_no_tickets_at_all() -> None:
    """Empty tables with the same columns."""
    comparison = report.compare(CURRENT, PROPOSED, ticket_table([]), AS_OF)
    full = compared()
    assert [*comparison.totals.columns] == [*full.totals.columns]
    assert len(comparison.totals) == len(comparison.changes) == len(comparison.flips) == 0


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ColumnError, match=r"'teir' is not a column.*did you mean 'tier'"):
        compared(by="teir")
    with pytest.raises(ColumnError, match=r"'teir' is not a column.*did you mean 'tier'"):
        compared().by("teir")
    with pytest.raises(ColumnError, match="'decade' is not a value of period"):
        compared().by(period="decade")
    with pytest.raises(ColumnError, match=r"'anwsered'.*did you mean 'answered'"):
        compared(columns={"anwsered": "answered"})
    with pytest.raises(ColumnError, match="'no-such'"):
        compared(columns={"ticket": "no-such"})
    with pytest.raises(ReportError, match="as_of is missing"):
        report.compare(CURRENT, PROPOSED, ticket_table())
    with pytest.raises(ReportError, match="confidence"):
        compared(confidence=2)
    with pytest.raises(ColumnError, match="in_force"):
        compared(in_force="never")
