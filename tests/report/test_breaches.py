"""The worst breaches of a page: which ones, in which order, over by how much, and why."""

from __future__ import annotations

from typing import Any

from slacalc import Policy, report
from tests.report.cases import AS_OF, CURRENT, LOG, SEVERITIES, Page, ticket_table

DESK = Policy.from_toml("""
name = "desk"
[calendars.desk]
time_zone = "Asia/Shanghai"
week = { mon-fri = "09:00-17:00" }
[metrics.repair]
stop = "repaired"
[[tables.terms]]
targets = { repair = "4 working hours" }
""")


def worst(policy: Policy, log: Any, **more: Any) -> list[list[str]]:
    """The rows of the table of the worst breaches."""
    (table,) = Page(report.page(policy, log, AS_OF, **more)).tables["The worst breaches"]
    return table[1:]


def test_by_how_much_the_due_was_passed() -> None:
    """Those past it by most come first; equal ones stand as the tickets and the metrics do."""
    rows = worst(CURRENT, ticket_table(), by="tier")
    assert rows == [
        ["T11", "repair", "silver", "2025-12-29 10:00", "2025-12-29 18:00", "4,622 h", "4,614 h"],
        ["T07", "answer", "silver", "2026-04-01 09:00", "2026-04-01 11:00", "2,391 h", "2,389 h"],
        ["T09", "repair", "bronze", "2026-04-12 23:59", "2026-04-13 23:59", "30 h", "6 h"],
        ["T07", "repair", "silver", "2026-04-01 09:00", "2026-04-01 17:00", "13 h", "5 h"],
        ["T06", "repair", "silver", "2026-04-01 00:00", "2026-04-01 08:00", "12 h", "4 h"],
        ["T03", "repair", "gold", "2026-03-01 23:59", "2026-03-02 03:59", "5 h", "1 h"],
        ["T05", "answer", "silver", "2026-03-31 23:00", "2026-04-01 01:00", "3 h", "1 h"],
        ["T05", "repair", "silver", "2026-03-31 23:00", "2026-04-01 07:00", "9 h", "1 h"],
        ["T09", "visit", "bronze", "2026-04-12 23:59", "2026-04-13 01:59", "3 h", "1 h"],
        ["T02", "answer", "gold", "2026-03-01 00:00", "2026-03-01 01:00", "1 h 30 min", "30 min"],
    ]


def test_only_as_many_as_requested() -> None:
    """Also where each metric has more of them than all together may be shown."""
    rows = worst(CURRENT, ticket_table(), worst=3, metrics="repair")
    assert [row[0] for row in rows] == ["T11", "T09", "T07"]
    rows = worst(CURRENT, ticket_table(), worst=3)
    assert [row[0] for row in rows] == ["T11", "T07", "T09"]
    html = report.page(CURRENT, ticket_table(), AS_OF, worst=0)
    assert "The worst breaches" not in Page(html).text


def test_the_time_is_that_which_the_target_counts() -> None:
    """Fr 15:00 + 4 working hours = Mo 11:00; repaired Mo 12:30: used 5.5 hours, over 1.5."""
    tickets = {
        "created": ["2026-03-06T15:00+08:00"],
        "repaired": ["2026-03-09T12:30+08:00"],
    }
    rows = worst(DESK, tickets)
    assert rows == [
        ["row 0", "repair", "2026-03-06 15:00", "2026-03-09 11:00", "5 h 30 min", "1 h 30 min"]
    ]


def test_the_breaches_of_a_log() -> None:
    """L3 alone: due 11:00, repaired 12:00."""
    rows = worst(SEVERITIES, LOG)
    assert rows == [["L3", "repair", "high", "2026-03-04 10:00", "2026-03-04 11:00", "2 h", "1 h"]]


def test_the_worst_is_explained() -> None:
    """For a table by the row that promised it, for a log by the ledger of its clock."""
    text = Page(report.page(CURRENT, ticket_table(), AS_OF)).text
    why = text["One of them explained: T11, repair"]
    assert "repair is due Mon 2025-12-29 18:00" in why
    assert "8 hours, due Mon 2025-12-29 18:00, where tier is silver" in why
    text = Page(report.page(SEVERITIES, LOG, AS_OF)).text
    assert "total 2h: running 2h" in text["One of them explained: L3, repair"]


def test_later_cycles_are_numbered() -> None:
    """A repair that is started again after its stop has a second cycle, due by itself."""
    policy = Policy.from_toml("""
name = "again"
[calendars.desk]
time_zone = "UTC"
week = "always"
[metrics.repair]
start = "broken"
stop = "repaired"
repeat = "next_start"
[[tables.terms]]
targets = { repair = "1 hour" }
""")
    times = ["08:00", "09:00", "09:30", "10:00", "13:00"]
    log = {
        "ticket": ["A"] * 5,
        "at": [f"2026-03-02T{time}Z" for time in times],
        "type": ["created", "broken", "repaired", "broken", "repaired"],
    }
    rows = worst(policy, log)
    assert rows == [["A", "repair (cycle 2)", "2026-03-02 08:00", "2026-03-02 11:00", "3 h", "2 h"]]
