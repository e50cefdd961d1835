"""Attainment: the counts and shares of the tickets in `cases`, by metric, group and period."""

from __future__ import annotations

from math import sqrt
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from slacalc import Policy, bulk, report
from slacalc.errors import ColumnError, ReportError
from tests.report.cases import (
    CURRENT,
    LOG,
    SEVERITIES,
    evaluated,
    replayed,
    rows_of,
    ticket_table,
)

COUNTS = ("total", "decided", "met", "late", "breached", "open")
LEFT_OUT = ("not_started", "cancelled", "not_covered", "no_target", "unjudged")
Z_95 = 1.959963984540054  # the quantile of the normal distribution that leaves 2.5 % above it


def wilson(met: int, decided: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's interval as textbooks write it: centre and half width of the share itself."""
    share = met / decided
    scale = 1 + z**2 / decided
    centre = (share + z**2 / (2 * decided)) / scale
    half = z / scale * sqrt(share * (1 - share) / decided + z**2 / (4 * decided**2))
    return centre - half, centre + half


def test_every_ticket_is_counted_once_in_its_state() -> None:
    """Fifteen tickets a metric; see the table of `cases` for the state of each."""
    table = report.attainment(evaluated(), policy=CURRENT)
    assert rows_of(table, "metric", *COUNTS) == [
        ("answer", 15, 8, 5, 0, 3, 1),  # met: T01, T03, T04, T06, T11; breached: T02, T05, T07
        ("repair", 15, 10, 4, 2, 4, 1),  # met: T01, T02, T04, T08; late: T05, T06
        ("visit", 15, 2, 1, 0, 1, 0),  # met: T01; breached: T09
    ]
    assert rows_of(table, *LEFT_OUT) == [
        (0, 0, 1, 2, 3),  # T13 not covered; T08, T09 no target; T12, T14, T15 errors
        (0, 0, 1, 0, 3),
        (8, 1, 1, 0, 3),  # T02 cancelled
    ]


def test_shares_and_intervals() -> None:
    """5 of 8, 4 of 10 and 1 of 2, with Wilson's interval at 95 % and at 80 %."""
    table = report.attainment(evaluated(), policy=CURRENT)
    assert rows_of(table, "attainment") == [(0.625,), (0.4,), (0.5,)]
    for row, (met, decided) in zip(
        rows_of(table, "low", "high"), [(5, 8), (4, 10), (1, 2)], strict=True
    ):
        assert row == pytest.approx(wilson(met, decided), rel=1e-12)
    wide = report.attainment(evaluated(), policy=CURRENT, metrics="answer", confidence=0.8)
    assert rows_of(wide, "low", "high")[0] == pytest.approx(wilson(5, 8, 1.2815515655446004))


@pytest.mark.parametrize(
    ("met", "decided", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_are_those_published(met: int, decided: int, low: float, high: float) -> None:
    """The examples of Newcombe (Statistics in Medicine 17, 1998, table I), method 3."""
    answer = {
        "repair_state": ["met"] * met + ["breached"] * (decided - met),
        "repair_due": [None] * decided,
    }
    table = report.attainment(answer)
    assert [round(bound, 4) for bound in rows_of(table, "low", "high")[0]] == [low, high]


def test_the_share_of_nothing_is_missing() -> None:
    """And so are its interval, its objective's result and what the interval says."""
    answer = {"repair_state": ["running"], "repair_due": [None]}
    table = report.attainment(answer, objective=0.5)
    names = ("decided", "open", "attainment", "low", "high", "reached", "verdict")
    assert rows_of(table, *names) == [(0, 1, None, None, None, None, None)]


def test_groups_in_the_order_of_the_policy() -> None:
    """Gold, silver, bronze as the policy lists them; what it does not know comes last."""
    table = report.attainment(evaluated(), by="tier", policy=CURRENT, metrics=["answer", "repair"])
    assert rows_of(table, "metric", "tier", *COUNTS, "unjudged") == [
        ("answer", "gold", 5, 3, 2, 0, 1, 1, 0),  # T01 and T03 met, T02 breached, T10, T13
        ("answer", "silver", 6, 5, 3, 0, 2, 0, 1),  # T04, T06, T11 met; T05, T07; T14
        ("answer", "bronze", 2, 0, 0, 0, 0, 0, 0),  # T08, T09: no target
        ("answer", "platinum", 2, 0, 0, 0, 0, 0, 2),  # T12, T15
        ("repair", "gold", 5, 3, 2, 0, 1, 1, 0),  # T01, T02 met; T03
        ("repair", "silver", 6, 5, 1, 2, 2, 0, 1),  # T04 met; T05, T06 late; T07, T11
        ("repair", "bronze", 2, 2, 1, 0, 1, 0, 0),  # T08 met; T09
        ("repair", "platinum", 2, 0, 0, 0, 0, 0, 2),
    ]


def test_groups_of_other_columns_are_in_the_order_of_their_values() -> None:
    """Text by the alphabet, tickets without a value last."""
    table = report.attainment(evaluated(), by="region", metrics="answer", policy=CURRENT)
    assert rows_of(table, "region", "total", "met", "breached") == [
        ("north", 8, 3, 1),  # T01, T03, T04 met, T07; T08, T12, T13, T15
        ("south", 6, 2, 2),  # T06, T11 met, T02, T05; T09, T14
        (None, 1, 0, 0),  # T10
    ]


def test_two_columns_form_groups_together() -> None:
    """Region within tier, as the columns are named."""
    table = report.attainment(evaluated(), by=["tier", "region"], metrics="repair", policy=CURRENT)
    assert rows_of(table, "tier", "region", "total", "decided", "met") == [
        ("gold", "north", 3, 2, 1),  # T01 met, T03, T13
        ("gold", "south", 1, 1, 1),  # T02
        ("gold", None, 1, 0, 0),  # T10
        ("silver", "north", 2, 2, 1),  # T04 met, T07
        ("silver", "south", 4, 3, 0),  # T05, T06, T11; T14
        ("bronze", "north", 1, 1, 1),  # T08
        ("bronze", "south", 1, 1, 0),  # T09
        ("platinum", "north", 2, 0, 0),  # T12, T15
    ]


@pytest.mark.parametrize(
    ("period", "rows"),
    [
        (
            "week",
            [
                ("2026-W01", 1, 1, 0),  # T11, on a Monday in 2025
                ("2026-W09", 3, 3, 2),  # T01 on Saturday, T02, T03 on Sunday
                ("2026-W10", 1, 1, 1),  # T04, a minute later, on Monday
                ("2026-W14", 3, 3, 0),  # T05 on Tuesday, T06, T07 on Wednesday
                ("2026-W15", 3, 2, 1),  # T08 on Monday; T09, T12 on Sunday
                ("2026-W16", 2, 0, 0),  # T13, T14 on Monday
                ("2026-W27", 1, 0, 0),  # T15
                ("2026-W28", 1, 0, 0),  # T10
            ],
        ),
        (
            "month",
            [
                ("2025-12", 1, 1, 0),  # T11
                ("2026-02", 1, 1, 1),  # T01
                ("2026-03", 4, 4, 2),  # T02 to T05
                ("2026-04", 7, 4, 1),  # T06 to T09, T12 to T14
                ("2026-06", 1, 0, 0),  # T15
                ("2026-07", 1, 0, 0),  # T10
            ],
        ),
        (
            "quarter",
            [
                ("2025-Q4", 1, 1, 0),
                ("2026-Q1", 5, 5, 3),
                ("2026-Q2", 8, 4, 1),
                ("2026-Q3", 1, 0, 0),
            ],
        ),
        ("year", [("2025", 1, 1, 0), ("2026", 14, 9, 4)]),
    ],
)
def test_periods_in_the_zone_of_the_policy(period: Any, rows: list[tuple[Any, ...]]) -> None:
    """By the receipt; T01 and T02, T03 and T04, T05 and T06 lie on either side of a midnight."""
    table = report.attainment(evaluated(), period=period, metrics="repair", policy=CURRENT)
    assert rows_of(table, "period", "total", "decided", "met") == rows


def test_periods_in_another_zone() -> None:
    """In UTC, eight hours earlier, T02 belongs to February and T06 to March."""
    table = report.attainment(
        evaluated(), period="month", metrics="repair", policy=CURRENT, time_zone="UTC"
    )
    assert rows_of(table, "period", "total", "decided", "met") == [
        ("2025-12", 1, 1, 0),
        ("2026-02", 2, 2, 2),  # T01, T02
        ("2026-03", 4, 4, 1),  # T03; T04 met; T05, T06
        ("2026-04", 6, 3, 1),  # T07; T08 met; T09; T12 to T14
        ("2026-06", 1, 0, 0),
        ("2026-07", 1, 0, 0),
    ]


def test_periods_by_the_due_date_of_each_metric() -> None:
    """T03's answer was due in March; T09's repair on 13 April; what has no due date comes last."""
    table = report.attainment(evaluated(), period="day", at="due", policy=CURRENT)
    rows = rows_of(table, "metric", "period", "total", "decided")
    assert rows[-3:] == [
        ("visit", "2026-03-01", 2, 1),  # T01, and T02 that was cancelled
        ("visit", "2026-04-13", 1, 1),  # T09, at 01:59
        ("visit", None, 12, 0),
    ]
    assert ("answer", "2026-07-10", 1, 0) in rows  # T10, at the instant of evaluation
    assert ("repair", "2026-04-07", 1, 1) in rows  # T08


def test_breaches_that_were_undone_count_on_request() -> None:
    """L1 is met now, and was past the due date of its first severity."""
    rows = ("metric", "total", "met", "breached", "unjudged")
    present = report.attainment(replayed())
    assert rows_of(present, *rows) == [("repair", 3, 2, 1, 0), (None, 1, 0, 0, 1)]
    ever = report.attainment(replayed(), breaches="ever")
    assert rows_of(ever, *rows) == [("repair", 3, 1, 2, 0), (None, 1, 0, 0, 1)]


def test_breaches_before_the_end_of_a_cycle_count_on_request() -> None:
    """The repair was due at 02:00; a is breached and then cancelled, b cancelled in time.

    c is breached, and restarts with another tier without a target: its first cycle is cancelled.
    """
    policy = Policy.from_toml(
        """
        name = "calls"
        [calendars.desk]
        time_zone = "UTC"
        week = "always"
        [attributes]
        tier = ["gold", "none"]
        [metrics.repair]
        cancel = "called-off"
        on_change = "restart"
        [[tables.terms]]
        when = { tier = "gold" }
        targets = { repair = "2 hours" }
        """
    )
    table = {
        "created": ["2026-01-05T00:00:00Z"] * 2,
        "called-off": ["2026-01-05T03:00:00Z", "2026-01-05T01:00:00Z"],
        "tier": ["gold"] * 2,
    }
    log = {
        "ticket": [*"aabbcc"],
        "type": ["created", "called-off", "created", "called-off", "created", "changed"],
        "at": [f"2026-01-05T{at}:00:00Z" for at in ("00", "03", "00", "01", "00", "03")],
        "tier": ["gold", None, "gold", None, "gold", "none"],
    }
    as_of, names = "2026-01-06T00:00:00Z", ("decided", "breached", "cancelled", "no_target")
    for answer, present, ever in (
        (bulk.evaluate(policy, table, as_of), (0, 0, 2, 0), (1, 1, 1, 0)),
        (bulk.replay(policy, log, as_of=as_of), (0, 0, 3, 1), (2, 2, 1, 1)),
    ):
        assert rows_of(report.attainment(answer), *names) == [present]
        assert rows_of(report.attainment(answer, breaches="ever"), *names) == [ever]


def test_some_metrics_leave_out_the_errors_of_a_log() -> None:
    """L4 has no metric, so that it does not count where metrics are named."""
    table = report.attainment(replayed(), metrics="repair")
    assert rows_of(table, "metric", "total") == [("repair", 3)]


def test_metrics_that_no_row_has() -> None:
    """A log may lack a metric of the policy, since no ticket has begun it; other tables may not."""
    log = report.attainment(replayed(), metrics=["repair", "visit"], policy=CURRENT)
    assert rows_of(log, "metric", "total") == [("repair", 3)]
    answer = {"repair_state": ["met"], "repair_due": [None]}
    with pytest.raises(ReportError, match="'visit' is not a metric of the answer"):
        report.attainment(answer, metrics="visit", policy=CURRENT)
    with pytest.raises(ReportError, match="'visit' is not a metric of the answer"):
        report.attainment(replayed(), metrics="visit")


def test_attributes_of_a_log_form_groups() -> None:
    """By their last values: L1 and L2 are low, L3 is high, L4 is urgent."""
    answer = report.with_attributes(replayed(), SEVERITIES, LOG)
    table = report.attainment(answer, by="severity", policy=SEVERITIES)
    assert rows_of(table, "metric", "severity", "met", "breached", "unjudged") == [
        ("repair", "high", 0, 1, 0),
        ("repair", "low", 2, 0, 0),
        (None, "urgent", 0, 0, 1),
    ]


def test_several_tables_are_counted_together() -> None:
    """Two halves of the tickets give what the whole gives."""
    whole = ticket_table()
    halves = [evaluated(table=whole[:7]), evaluated(table=whole[7:].reset_index(drop=True))]
    names = ("metric", "tier", *COUNTS, *LEFT_OUT, "low", "high")
    expected = rows_of(report.attainment(evaluated(), by="tier", policy=CURRENT), *names)
    assert rows_of(report.attainment(iter(halves), by="tier", policy=CURRENT), *names) == expected
    with pytest.raises(ColumnError, match="no answer"):
        report.attainment(iter([]))


def test_no_rows_at_all() -> None:
    """An empty table with the same columns."""
    by: dict[str, Any] = {"by": "tier", "period": "month", "policy": CURRENT}
    empty = report.attainment(evaluated(table=ticket_table([])), **by)
    assert [*empty.columns] == [*report.attainment(evaluated(), **by).columns]
    assert len(empty) == 0


def test_very_many_tables_are_counted_together() -> None:
    """Counts are added up now and then, so that memory does not grow with the number of tables."""
    tables = [
        {"repair_state": ["met", state], "repair_due": [None, None], "tier": [tier, "x"]}
        for number in range(500)
        for state, tier in [("late" if number % 2 else "running", "a" if number % 5 else None)]
    ]
    table = report.attainment(iter(tables), by="tier")
    assert rows_of(table, "tier", "total", "met", "late", "open") == [
        ("a", 400, 400, 0, 0),
        ("x", 500, 0, 250, 250),
        (None, 100, 100, 0, 0),
    ]


def test_every_library_and_order_give_the_same() -> None:
    """pandas, Polars and PyArrow, and the rows shuffled."""
    answer, names = evaluated(), ("tier", "period", "met", "decided", "low", "high")
    arrow = pa.Table.from_pandas(answer, preserve_index=False)
    shuffled = answer.sample(frac=1, random_state=3).reset_index(drop=True)
    by: dict[str, Any] = {"by": ["tier"], "period": "month", "policy": CURRENT}
    expected = rows_of(report.attainment(answer, **by), *names)
    for other in (arrow, pl.from_arrow(arrow), shuffled):
        table = report.attainment(other, **by)
        assert rows_of(table.to_arrow() if isinstance(table, pl.DataFrame) else table, *names) == (
            expected
        )


def test_wrong_arguments_are_named() -> None:
    """With what is there, or what would be right."""
    answer = evaluated()
    with pytest.raises(ColumnError, match=r"'tire' is not a column.*did you mean 'tier'"):
        report.attainment(answer, by=["tire"])
    with pytest.raises(ColumnError, match="by names 'tier' twice"):
        report.attainment(answer, by=["tier", "tier"])
    with pytest.raises(ColumnError, match="by names 'met', a name that the answer needs"):
        report.attainment(answer, by=["met"])
    with pytest.raises(ColumnError, match="period"):
        report.attainment(answer, period="decade")  # type: ignore[arg-type] # wrong on purpose
    with pytest.raises(ColumnError, match="breaches"):
        report.attainment(answer, breaches="never")  # type: ignore[arg-type] # wrong on purpose
    with pytest.raises(ReportError, match=r"'anwser' is not a metric.*did you mean 'answer'"):
        report.attainment(answer, metrics="anwser")
    for confidence in (0, 1, True, "95 %"):
        with pytest.raises(ReportError, match="is not between 0 and 1"):
            report.attainment(answer, confidence=confidence)  # type: ignore[arg-type] # wrong on purpose
    with pytest.raises(ColumnError, match="not an answer"):
        report.attainment(ticket_table())
