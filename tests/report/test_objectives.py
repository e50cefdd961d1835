"""Objectives: which of several applies, whether it is reached, and what the interval says."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Policy, bulk, report
from slacalc.errors import ColumnError, ReportError
from tests.report.cases import (
    CURRENT,
    CURRENT_TOML,
    LOG,
    SEVERITIES,
    evaluated,
    replayed,
    rows_of,
)

# The visit was met in 1 of 2, the repair in 4 of 10, the answer in 5 of 8.
PROMISING = Policy.from_toml(
    CURRENT_TOML
    + """
[objectives.always]
metric = "repair"
share = "45 %"
of = "calls"
period = "of all calls"
[objectives.monthly]
metric = "repair"
share = "25 %"
of = "calls"
period = "each month"
[objectives.quarterly]
metric = "answer"
share = "60 %"
of = "calls"
period = "a quarter"
[objectives.nothing]
share = "99 %"
of = "calls"
period = "month"
"""
)


def results(objective: Any = None, **more: Any) -> list[tuple[Any, ...]]:
    """The metric, the objective, whether it is reached, and what the interval says."""
    table = report.attainment(evaluated(), objective=objective, **{"policy": CURRENT, **more})
    return rows_of(table, "metric", "objective", "reached", "verdict")


@pytest.mark.parametrize("objective", [0.4, "40 %", "40.0%", " 40%"])
def test_an_objective_that_is_exactly_reached_is_reached(objective: Any) -> None:
    """The repair was met in 4 of 10; its interval, 17 % to 69 %, does not decide."""
    assert results(objective)[1] == ("repair", 0.4, True, "too few to tell")


def test_exact_fractions_decide() -> None:
    """0.29 of 100 is 29, though the nearest float of 0.29 times 100 is less."""
    states = ["met"] * 29 + ["breached"] * 71
    table = report.attainment(
        {"repair_state": states, "repair_due": [None] * 100}, objective={"repair": 0.29}
    )
    assert rows_of(table, "reached") == [(True,)]


def test_what_the_interval_says() -> None:
    """Answer: 31 % to 86 %: surely above 30 %, surely below 87 %, and undecided about 60 %."""
    assert results(0.3, metrics="answer") == [("answer", 0.3, True, "met")]
    assert results(0.6, metrics="answer") == [("answer", 0.6, True, "too few to tell")]
    assert results(0.7, metrics="answer") == [("answer", 0.7, False, "too few to tell")]
    assert results(0.87, metrics="answer") == [("answer", 0.87, False, "missed")]


def test_an_interval_that_touches_the_objective() -> None:
    """All 10 met: the upper bound is 100 %, so that an objective of 100 % is not missed for sure.

    None of 10 met: the lower bound is 0 %, which meets an objective of 0 %.
    """
    names = ("reached", "verdict")
    full = {"repair_state": ["met"] * 10, "repair_due": [None] * 10}
    assert rows_of(report.attainment(full, objective=1), *names) == [(True, "too few to tell")]
    none = {"repair_state": ["late"] * 10, "repair_due": [None] * 10}
    assert rows_of(report.attainment(none, objective=0), *names) == [(True, "met")]


@pytest.mark.parametrize(
    ("met", "decided", "objective", "result"),
    [
        # One ticket alone: Wilson's interval is 0 to 79.3 %, or 20.7 % to 100 %.
        (0, 1, 0.75, "too few to tell"),
        (0, 1, 0.8, "too few to tell"),
        (0, 1, 0.95, "too few to tell"),
        (0, 1, 0.99, "too few to tell"),
        (1, 1, 0.2, "too few to tell"),
        (1, 1, 0.01, "too few to tell"),
        (1, 1, 0.99, "too few to tell"),
        # But one breach disproves that there is none, and one success that there is none.
        (0, 1, 1, "missed"),
        (1, 1, 1, "too few to tell"),
        (0, 1, 0, "met"),
        (1, 1, 0, "met"),
        # None of two: up to 65.8 % by Wilson; 0.2 ** 2 is 4 %, 0.1 ** 2 is 1 %.
        (0, 2, 0.65, "too few to tell"),
        (0, 2, 0.8, "too few to tell"),
        (0, 2, 0.9, "missed"),
        # All of three: from 43.8 % by Wilson; 0.4 ** 3 is 6.4 %, 0.29 ** 3 is 2.4 %.
        (3, 3, 0.44, "too few to tell"),
        (3, 3, 0.4, "too few to tell"),
        (3, 3, 0.29, "met"),
        # One of two: 9.5 % to 90.5 %.
        (1, 2, 0.9, "too few to tell"),
        (1, 2, 0.91, "missed"),
        (1, 2, 0.09, "met"),
        # 99 of 100: 94.6 % to 99.8 %.
        (99, 100, 0.99, "too few to tell"),
        (99, 100, 0.94, "met"),
        (99, 100, 0.999, "missed"),
    ],
)
def test_few_tickets_prove_little(met: int, decided: int, objective: float, result: str) -> None:
    answer = {
        "repair_state": ["met"] * met + ["breached"] * (decided - met),
        "repair_due": [None] * decided,
    }
    assert rows_of(report.attainment(answer, objective=objective), "verdict") == [(result,)]


def test_objectives_of_metrics_that_are_not_requested_have_no_effect() -> None:
    """In tables, logs, iterators and pages; the policy knows metrics that no row has."""
    objective = {"answer": 0.6, "repair": 0.9, "visit": 0.5, ("repair", "gold"): 0.5}
    assert results(objective, metrics="answer") == [("answer", 0.6, True, "too few to tell")]
    assert results({"repair": 0.9}, metrics="answer") == [("answer", None, None, None)]
    tables = iter([evaluated(), evaluated()])
    both = report.attainment(tables, objective=objective, metrics=["answer"])
    assert rows_of(both, "metric", "objective", "decided") == [("answer", 0.6, 16)]
    log = report.attainment(replayed(), objective={"repair": 0.9, "visit": 0.5}, policy=CURRENT)
    assert rows_of(log, "metric", "objective")[0] == ("repair", 0.9)
    empty = {name: column[:0] for name, column in replayed().items()}
    assert rows_of(report.attainment(empty, objective={"repair": 0.9}), "metric") == []
    for misspelt in ({"answer": 0.6, "repiar": 0.9}, {("repiar", "gold"): 0.9}):
        with pytest.raises(ReportError, match=r"'repiar' is not a metric.*did you mean 'repair'"):
            results(misspelt, metrics="answer")


def test_the_longest_key_that_fits_counts() -> None:
    """Gold in the north before gold, gold before the metric; other metrics have none."""
    objective = {
        "repair": 0.1,
        ("repair", "gold"): 0.2,
        ("repair", "gold", "north"): 0.3,
        ("repair", "bronze", "north"): 0.4,
    }
    table = report.attainment(
        evaluated(), by=["tier", "region"], objective=objective, policy=CURRENT
    )
    found = {row[:3]: row[3] for row in rows_of(table, "metric", "tier", "region", "objective")}
    assert found["repair", "gold", "north"] == 0.3
    assert found["repair", "gold", "south"] == 0.2
    assert found["repair", "silver", "north"] == 0.1
    assert found["repair", "bronze", "north"] == 0.4
    assert found["repair", "bronze", "south"] == 0.1
    assert found["answer", "gold", "north"] is None


def test_values_of_a_key_may_be_text() -> None:
    """A group of the number 1 is found by "1"."""
    answer = {"repair_state": ["met"], "repair_due": [None], "priority": [1]}
    table = report.attainment(answer, by="priority", objective={("repair", "1"): 0.5})
    assert rows_of(table, "objective") == [(0.5,)]


def test_objectives_of_the_policy_depend_on_the_period() -> None:
    """The one for the period that is counted comes first, then the one without a known period."""
    assert [row[1] for row in results(policy=PROMISING)] == [None, 0.45, None]
    monthly = {row[:2] for row in results(policy=PROMISING, period="month")}
    assert monthly == {("answer", None), ("repair", 0.25), ("visit", None)}
    quarterly = {row[:2] for row in results(policy=PROMISING, period="quarter")}
    assert quarterly == {("answer", 0.6), ("repair", 0.45), ("visit", None)}


def test_an_argument_replaces_the_objectives_of_the_policy() -> None:
    """Also for metrics that it does not name."""
    assert [row[1] for row in results({"visit": 0.5}, policy=PROMISING)] == [None, None, 0.5]
    assert [row[1] for row in results(0.5, policy=PROMISING)] == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("objective", "says"),
    [
        ("ninety", "'ninety'"),
        (1.01, "1.01"),
        (-0.1, "-0.1"),
        (True, "True"),
        (float("nan"), "nan"),
        ({"anwser": 0.9}, r"'anwser' is not a metric.*did you mean 'answer'"),
        ({("answer", "gold"): 0.9}, "more values than"),
        ({1: 0.9}, "does not begin with a metric"),
    ],
)
def test_what_is_not_an_objective_is_refused(objective: Any, says: str) -> None:
    with pytest.raises(ReportError, match=says):
        results(objective)


# Objectives with conditions -----------------------------------------------------------------------

# The repair, by hand: gold 2 of 3 met and one open, silver 1 of 5, bronze 1 of 2; by month of the
# due date: 0 of 1 in December, 3 of 4 in March, 1 of 5 in April, and one open in July.
CONDITIONAL = Policy.from_toml(
    CURRENT_TOML
    + """
[objectives.all]
metric = "repair"
share = "25 %"
[objectives.gold]
metric = "repair"
share = "50 %"
when = { tier = "gold" }
[objectives.others]
metric = "repair"
share = "30 %"
except = { tier = "gold" }
at_least = 8
if_fewer = "met"
[objectives.early]
metric = "repair"
share = "99 %"
when = { received = "before 10:00" }
[objectives.due]
metric = "repair"
share = "50 %"
period = "month"
counted_by = "due"
[objectives.rolling]
metric = "repair"
share = "99 %"
period = "rolling 30 days"
[objectives.fast]
metric = "repair"
percentile = 90
within = "1 hour"
"""
)
SHOWN = ("decided", "met", "open", "objective", "budget", "reached", "verdict")


def conditional(*names: str, **more: Any) -> list[tuple[Any, ...]]:
    table = report.attainment(evaluated(), policy=CONDITIONAL, metrics="repair", **more)
    return rows_of(table, *names)


def test_an_objective_applies_where_the_group_decides_its_conditions() -> None:
    """Gold has its own, which the tickets of all tiers together do not decide."""
    assert conditional(*SHOWN) == [(10, 4, 1, 0.25, 2, True, "too few to tell")]
    by_tier = {row[0]: row[1:] for row in conditional("tier", *SHOWN, by="tier")}
    assert by_tier["gold"] == (3, 2, 1, 0.5, 1, True, "too few to tell")
    assert by_tier["silver"] == (5, 1, 0, 0.3, -1, True, "met")  # too few for the objective
    assert by_tier["bronze"] == (2, 1, 0, 0.3, 0, True, "met")
    assert by_tier["platinum"] == (0, 0, 0, 0.25, 0, None, None)  # which is not a tier
    by_region = conditional("region", "objective", by="region")
    assert {share for _, share in by_region} == {0.25}


KINDS = Policy.from_toml("""
name = "kinds"
[attributes]
size = { kind = "number", default = 1 }
vip = { values = [true, false], default = false }
labels = { kind = "tags", default = [] }
impact = ["high", "low"]
urgency = ["high", "low"]
[attributes.priority]
values = [1, 2]
by = ["impact", "urgency"]
matrix = { high = { high = 1, low = 1 }, low = { high = 2, low = 2 } }
[calendars.desk]
time_zone = "UTC"
week = "always"
[metrics.repair]
[[tables.all]]
targets.repair = "1 hour"
[objectives.urgent]
metric = "repair"
share = "99 %"
when.priority = 1
[objectives.large]
metric = "repair"
share = "98 %"
when.size = ">= 5"
[objectives.vip]
metric = "repair"
share = "97 %"
when.vip = true
[objectives.either]
metric = "repair"
share = "96 %"
when.any = [{ impact = "low" }, { size = ">= 5" }]
[objectives.spam]
metric = "repair"
share = "95 %"
except.labels = { none = ["x"] }
""")


@pytest.mark.parametrize(
    ("by", "shares"),
    [
        ("priority", [0.99, None]),
        (["impact", "urgency"], [0.99, 0.99, None, None]),  # which give the priority
        (["impact"], [None, None]),
        ("size", [None, None, 0.98, 0.98]),
        ("vip", [0.97, None]),
        (["impact", "size"], [None, 0.98, 0.96, 0.98]),
        ("labels", [0.95, 0.95, None, None]),
    ],
)
def test_conditions_of_every_kind_are_decided_by_groups(by: Any, shares: list[Any]) -> None:
    """Of the groups in their order: of numbers, flags, tags, and values of a matrix."""
    tickets = {
        "created": ["2026-05-04T09:00Z"] * 4,
        "size": [1, 5, 9, 2],
        "vip": [True, False, False, True],
        "labels": [["x"], [], ["y"], ["x", "y"]],
        "impact": ["high", "high", "low", "low"],
        "urgency": ["high", "low", "high", "low"],
    }
    answer = bulk.evaluate(KINDS, tickets, "2026-06-01T00:00Z")
    answer = report.with_attributes(answer, KINDS)
    table = report.attainment(answer, by=by, policy=KINDS)
    assert [row[0] for row in rows_of(table, "objective")] == shares


def test_each_objective_counts_its_own_tickets() -> None:
    """By its own period and instant; also those that other objectives count."""
    rows = conditional("objective_name", "period", *SHOWN, by="objective")
    assert rows == [
        ("all", None, 10, 4, 1, 0.25, 2, True, "too few to tell"),
        ("gold", None, 3, 2, 1, 0.5, 1, True, "too few to tell"),
        ("others", None, 7, 2, 0, 0.3, -1, True, "met"),
        # T02, T04 and T08 in time, T06 and T07 not; T13 is not covered, T14 has an error.
        ("early", None, 5, 3, 0, 0.99, -2, False, "missed"),
        ("due", "2025-12", 1, 0, 0, 0.5, -1, False, "too few to tell"),
        ("due", "2026-03", 4, 3, 0, 0.5, 1, True, "too few to tell"),
        ("due", "2026-04", 5, 1, 0, 0.5, -2, False, "too few to tell"),
        ("due", "2026-07", 0, 0, 1, 0.5, 0, None, None),
        ("due", None, 0, 0, 0, None, None, None, None),
    ]
    by_tier = conditional("objective_name", "tier", "met", by=["objective", "tier"])
    assert ("others", "silver", 1) in by_tier
    assert ("gold", "gold", 2) in by_tier
    # By years, T11 is the only one of 2025.
    assert conditional("objective_name", by="objective", period="year") == [
        *[("all",)] * 2,
        *[("gold",)],
        *[("others",)] * 2,
        *[("early",)],
    ]


def test_objectives_of_a_log_need_the_attributes_of_its_tickets() -> None:
    """And count breaches on record, which attainment otherwise counts on request only."""
    policy = Policy.from_dict(
        SEVERITIES.to_dict()
        | {
            "objectives": {
                "low": {"metric": "repair", "share": "50 %", "when": {"severity": "low"}},
                "every": {"metric": "repair", "share": "50 %"},
            }
        }
    )
    answer = report.with_attributes(replayed(), policy, LOG)
    table = report.attainment(answer, policy=policy, by="objective")
    # L1, once breached, and L2 end as low; L3 is breached.
    assert rows_of(table, "objective_name", "decided", "met", "reached") == [
        ("low", 2, 1, True),
        ("every", 3, 1, False),
    ]
    with pytest.raises(ColumnError, match="'severity' is not a column of the answer.*with_attrib"):
        report.attainment(replayed(), policy=policy, by="objective")


def test_a_breach_before_the_cancellation_is_on_record() -> None:
    """An objective counts it; by their states, cancelled tickets do not count."""
    policy = Policy.from_dict(
        SEVERITIES.to_dict()
        | {"objectives": {"every": {"metric": "repair", "share": "50 %", "period": "month"}}}
    )
    tickets = {
        "created": ["2026-03-02T10:00+08:00"] * 2,
        "cancelled": ["2026-03-02T12:00+08:00", "2026-03-02T10:30+08:00"],
        "severity": ["high"] * 2,
    }
    answer = bulk.evaluate(policy, tickets, "2026-03-10T00:00+08:00")
    names = ("decided", "breached", "cancelled")
    assert rows_of(report.attainment(answer), *names) == [(0, 0, 2)]
    assert rows_of(report.attainment(answer, breaches="ever"), *names) == [(1, 1, 1)]
    table = report.attainment(answer, policy=policy, by="objective")
    assert rows_of(table, *names) == [(1, 1, 1)]


def test_objectives_of_other_metrics_do_not_matter() -> None:
    """Those of a policy, too, if other metrics are requested."""
    table = report.attainment(evaluated(), policy=CONDITIONAL, metrics="answer")
    assert rows_of(table, "metric", "objective") == [("answer", None)]
    table = report.attainment(evaluated(), policy=CONDITIONAL, metrics="answer", by="objective")
    assert rows_of(table, "objective_name") == []


def test_what_objectives_need_is_named() -> None:
    with pytest.raises(ReportError, match="needs the policy"):
        report.attainment(evaluated(), by="objective")
    with pytest.raises(ReportError, match="omit objective"):
        report.attainment(evaluated(), by="objective", policy=CONDITIONAL, objective=0.9)
