"""Objectives are computed from tickets, logs and answers; every figure is worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from slacalc import Policy, bulk, contract, report
from slacalc.errors import ContractError, PolicyError, SlacalcError

POLICY = Policy.from_dict(
    {
        "name": "support",
        "calendars": {"office": {"time_zone": "Europe/Zurich", "week": {"mon-fri": "8-18"}}},
        "attributes": {"tier": ["gold", "silver"], "kind": ["real", "test"]},
        "metrics": {"response": {"stop": "replied"}},
        "tables": {"all": [{"targets": {"response": "4 working hours"}}]},
        "objectives": {
            "gold": {
                "share": "90 %",
                "metric": "response",
                "when": {"tier": "gold"},
                "except": [{"when": {"kind": "test"}, "because": "not real"}],
            },
            "median": {"percentile": 50, "within": "3 working hours", "metric": "response"},
            "mean": {"mean": "5 working hours", "metric": "response"},
            "many": {"share": "50 %", "metric": "response", "at_least": 20},
        },
    }
)
# Monday to Friday at 9: answered after 2 h, 8 h, 1 h, never, and 9 h.
TICKETS = {
    "ticket": list("ABCDE"),
    "created": [f"2026-05-0{day}T09:00+02:00" for day in (4, 5, 6, 7, 8)],
    "replied": [
        "2026-05-04T11:00+02:00",
        "2026-05-05T17:00+02:00",
        "2026-05-06T10:00+02:00",
        None,
        "2026-05-08T18:00+02:00",
    ],
    "tier": ["gold", "gold", "silver", "gold", "gold"],
    "kind": ["real", "real", "real", "real", "test"],
}


def _log() -> dict[str, list[Any]]:
    rows = []
    for ticket, created, replied, tier, kind in zip(*TICKETS.values(), strict=True):
        rows.append((ticket, created, "created", tier, kind))
        if replied:
            rows.append((ticket, replied, "replied", None, None))
    names = ("ticket", "at", "type", "tier", "kind")
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def test_every_figure() -> None:
    """Shares, percentiles, means and budgets are those worked out by hand."""
    results = contract.objectives(POLICY, TICKETS, period="2026-05")
    gold, median, mean, many = results.values()
    assert (gold.met, gold.missed, gold.open, gold.excluded) == (1, 2, 0, {"not real": 1})
    assert (gold.figure, gold.verdict, gold.budget) == (Fraction(1, 3), "missed", -2)
    assert gold.is_final
    assert [(miss.ticket, str(miss.due)) for miss in gold.misses] == [
        ("B", "2026-05-05 13:00:00+02:00"),
        ("D", "2026-05-07 13:00:00+02:00"),
    ]
    assert gold.misses[0].lateness == timedelta(hours=4)
    assert (median.figure, median.verdict, median.budget) == (timedelta(hours=8), "missed", -1)
    assert (mean.figure, mean.verdict, mean.met, mean.open) == (timedelta(hours=5), "met", 4, 1)
    assert (many.figure, many.verdict, many.budget) == (Fraction(2, 5), "too few to tell", -1)


def test_every_door() -> None:
    """Tickets, rows, answers and logs give the same figures."""
    expected = contract.objectives(POLICY, TICKETS, period="2026-05")
    as_of = "2026-06-01T00:00+02:00"
    rows = [dict(zip(TICKETS, row, strict=True)) for row in zip(*TICKETS.values(), strict=True)]
    evaluated = bulk.evaluate(POLICY, TICKETS, as_of)
    halves = iter([rows[:2], rows[2:]])
    for door in (rows, evaluated, _log(), halves):
        got = contract.objectives(POLICY, door, period="2026-05")
        assert got.to_dicts() == expected.to_dicts()
    replayed = report.with_attributes(bulk.replay(POLICY, _log(), as_of), POLICY, _log())
    shares = ["gold", "many"]
    got = contract.objectives(POLICY, replayed, period="2026-05", only=shares)
    assert got.to_dicts() == [expected[name].to_dict() for name in shares]


@pytest.mark.parametrize("mean", ["2 working days", "30 calendar days", "at once", "end of day"])
def test_a_mean_is_a_length(mean: str) -> None:
    """Days have no length of their own, so that none of them is a mean of times."""
    with pytest.raises(PolicyError, match=r"objectives\.slow\.mean: .* a length in hours"):
        Policy.from_dict(
            POLICY.to_dict() | {"objectives": {"slow": {"metric": "response", "mean": mean}}}
        )


def test_attainment_has_the_same_figures() -> None:
    """By objective and period, as the contract counts them."""
    objectives: dict[str, dict[str, Any]] = {
        "gold": {"share": "90 %", "when": {"tier": "gold"}, "period": "month"},
        "real": {"share": "40 %", "except": {"kind": "test"}, "period": "month"},
        "due": {"share": "40 %", "counted_by": "due", "period": "month", "at_least": 6},
    }
    named = {name: {"metric": "response", **one} for name, one in objectives.items()}
    policy = Policy.from_dict(POLICY.to_dict() | {"objectives": named})
    as_of = "2026-06-01T00:00+02:00"
    table = report.attainment(bulk.evaluate(policy, TICKETS, as_of), policy=policy, by="objective")
    columns = ("objective_name", "period", "decided", "met", "open", "budget", "reached")
    rows = zip(*(table[name] for name in columns), strict=True)
    results = contract.objectives(policy, TICKETS, period="2026-05").values()
    assert [*rows] == [
        (one.name, "2026-05", one.decided, one.met, one.open, one.budget, one.is_kept)
        for one in results
    ]


# Periods and instants -----------------------------------------------------------------------------

# Always open in Shanghai, eight hours ahead of UTC; two hours for a reply.
ROUND_THE_CLOCK = {
    "name": "desk",
    "calendars": {"desk": {"time_zone": "Asia/Shanghai", "week": "always"}},
    "attributes": {"tier": {"values": ["gold", "silver"], "default": "gold"}},
    "metrics": {"reply": {"stop": "replied"}},
    "tables": {"all": [{"targets": {"reply": "2 hours"}}]},
}


def desk(**objectives: Any) -> Policy:
    """A policy with objectives that are half of the replies, if nothing else is said."""
    figures = ("share", "percentile", "mean")
    whole = {
        name: {
            "metric": "reply",
            **({} if any(key in one for key in figures) else {"share": "50 %"}),
            **one,
        }
        for name, one in objectives.items()
    }
    return Policy.from_dict({**ROUND_THE_CLOCK, "objectives": whole})


def replies(*rows: tuple[str, str | None]) -> list[dict[str, Any]]:
    """Tickets by when they are received and replied to, in Shanghai."""
    return [
        {
            "created": f"{created}+08:00",
            "replied": None if replied is None else f"{replied}+08:00",
        }
        for created, replied in rows
    ]


AROUND_JUNE = replies(
    ("2026-05-31T23:00", "2026-06-01T00:30"),  # met: received in May, due and stopped in June
    ("2026-06-01T00:00", "2026-06-01T03:00"),  # missed, all in June
    ("2026-06-30T23:00", "2026-07-01T01:00"),  # met at its due date: due and stopped in July
    ("2026-06-30T23:30", None),  # missed, due in July, never stopped
)


@pytest.mark.parametrize(
    ("counted_by", "counts"),
    [("received", (1, 2, 0)), ("due", (1, 1, 0)), ("stopped", (1, 1, 1))],
)
def test_the_instant_that_decides_the_period(counted_by: str, counts: tuple[int, int, int]) -> None:
    """In Shanghai, where June begins at 16:00 of the last day of May in UTC."""
    policy = desk(it={"counted_by": counted_by})
    as_of = "2026-07-02T00:00+08:00"
    it = contract.objectives(policy, AROUND_JUNE, period="2026-06", as_of=as_of)["it"]
    assert (it.met, it.missed, it.open) == counts
    assert it.is_final  # by "stopped", what is open counts in the month in which it stops


def test_a_period_that_is_not_over() -> None:
    """An hour after the last receipt nothing but the second is missed, and two are open."""
    policy = desk(it={"share": "60 %"})
    as_of = "2026-07-01T00:30+08:00"
    report_of = contract.objectives(policy, AROUND_JUNE, period="2026-06", as_of=as_of)
    it = report_of["it"]
    assert (it.met, it.missed, it.open, it.budget) == (0, 1, 2, 0)  # 40 % of three is one
    assert (it.verdict, it.is_final, it.is_kept) == ("missed", False, False)
    middle = contract.objectives(
        policy, AROUND_JUNE, period="2026-06", as_of="2026-06-15T00:00+08:00"
    )["it"]
    assert (middle.missed, middle.open) == (1, 0)  # what was received later is not there yet
    assert "The period is not over: this is the state at Mon 2026-06-15 00:00." in middle.explain()


def test_rolling_days_end_with_the_period() -> None:
    """The seven days before the first of July begin on the 24th."""
    policy = desk(week={"period": "rolling 7 days"}, month={"period": "month"})
    results = contract.objectives(policy, AROUND_JUNE, period="2026-06")
    assert [(str(one.period), one.decided, one.open) for one in results.values()] == [
        ("2026-06-24..2026-06-30", 0, 2),
        ("2026-06", 1, 2),
    ]


@pytest.mark.parametrize(
    ("if_fewer", "rows", "verdict"),
    [
        ("too few to tell", AROUND_JUNE[1:], "too few to tell"),
        ("met", AROUND_JUNE[1:], "met"),
        ("one may miss", AROUND_JUNE[1:], "missed"),  # two missed
        ("one may miss", AROUND_JUNE[1:3], "met"),
        ("met", AROUND_JUNE[:1], "not measured"),  # none in June
        ("too few to tell", AROUND_JUNE[1:] * 2, "missed"),  # six are enough
    ],
)
def test_few_tickets(if_fewer: str, rows: list[dict[str, Any]], verdict: str) -> None:
    policy = desk(it={"at_least": 5, "if_fewer": if_fewer})
    as_of = "2026-07-02T00:00+08:00"
    it = contract.objectives(policy, rows, period="2026-06", as_of=as_of)["it"]
    assert it.verdict == verdict
    assert it.is_kept is {"met": True, "missed": False}.get(verdict)


@pytest.mark.parametrize(
    ("decided", "missed", "if_fewer", "verdict", "budget"),
    [
        (9, 0, "one may miss", "met", 1),
        (9, 1, "one may miss", "met", 0),
        (9, 2, "one may miss", "missed", -1),
        (10, 1, "one may miss", "missed", -1),  # 5 % of ten is none
        (9, 2, "met", "met", None),
    ],
)
def test_the_budget_with_few_tickets(
    decided: int, missed: int, if_fewer: str, verdict: str, budget: int | None
) -> None:
    """Fewer than ten may miss one; what the budget says is what the verdict does."""
    policy = desk(it={"share": "95 %", "at_least": 10, "if_fewer": if_fewer})
    rows = [
        {"created": "2026-06-10T09:00+08:00", "replied": f"2026-06-{11 + 9 * (n < missed)}T08:00Z"}
        for n in range(decided)
    ]
    for row in rows[missed:]:
        row["replied"] = row["created"]
    it = contract.objectives(policy, rows, period="2026-06")["it"]
    assert (it.decided, it.missed, it.verdict, it.budget) == (decided, missed, verdict, budget)
    lines = it.explain().splitlines()
    said = "Of fewer than 10 tickets, at most one may be missed."
    assert (said in lines) is (decided < 10 and if_fewer == "one may miss")
    last: dict[int | None, str] = {
        1: "1 more may be missed.",
        0: "0 more may be missed.",
        -1: "1 more than allowed was missed.",
        None: "The objective is for 10 tickets or more.",
    }
    assert lines[-1] == last[budget]


def test_exact_shares_decide() -> None:
    """Two of three are not 66.67 %, and just 66.6 %."""
    rows = [*AROUND_JUNE[1:3], AROUND_JUNE[2]]
    policy = desk(low={"share": "66.6 %"}, high={"share": "66.67 %"})
    as_of = "2026-07-02T00:00+08:00"
    results = contract.objectives(policy, rows, period="2026-06", as_of=as_of)
    assert [one.verdict for one in results.values()] == ["met", "missed"]
    assert {one.figure for one in results.values()} == {Fraction(2, 3)}


def test_versions() -> None:
    """The objective is that of the period's first day; the promise that of each receipt.

    From the 16th on, an hour is promised, and 90 % are.
    """
    rows = replies(
        ("2026-06-10T10:00", "2026-06-10T11:30"),  # met: two hours were promised
        ("2026-06-20T10:00", "2026-06-20T11:30"),  # missed
    )
    data = desk(it={}).to_dict()
    data["effective_from"] = "2026-01-01"
    data["versions"] = [
        {
            "effective_from": "2026-06-16",
            "tables": {"all": [{"targets": {"reply": "1 hour"}}]},
            "objectives": {"it": {"metric": "reply", "share": "90 %"}},
        }
    ]
    policy = Policy.from_dict(data)
    june = contract.objectives(policy, rows, period="2026-06")["it"]
    assert (june.met, june.missed, june.target_text(), june.verdict) == (1, 1, "50 %", "met")
    half = contract.objectives(policy, rows, period="2026-06-16..2026-06-30")["it"]
    assert (half.met, half.missed, half.target_text()) == (0, 1, "90 %")
    with pytest.raises(ContractError, match="no version of desk is in force in 2025-12"):
        contract.objectives(policy, rows, period="2025-12")


def test_a_breach_on_record() -> None:
    """Cancelled after its due date it is missed, and its end is that of the breach."""
    rows = [
        {"created": "2026-06-01T10:00+08:00", "cancelled": "2026-06-01T12:30+08:00"},
        {"created": "2026-06-01T10:00+08:00", "cancelled": "2026-06-01T12:00+08:00"},
    ]
    policy = desk(it={}, stopped={"counted_by": "stopped"}, mean={"mean": "1 hour"})
    it, stopped, mean = contract.objectives(policy, rows, period="2026-06").values()
    assert (it.missed, dict(it.not_counted)) == (1, {"cancelled": 1})
    assert str(it.misses[0].missed_at) == "2026-06-01 12:00:00+08:00"
    assert (stopped.missed, dict(stopped.not_counted)) == (1, {})
    assert (mean.decided, dict(mean.not_counted)) == (0, {"cancelled": 2})


# Tables -------------------------------------------------------------------------------------------


def test_tickets_that_cannot_be_evaluated_count_nowhere() -> None:
    """They are listed with their names, also from a second table; or the first is raised."""
    rows = [
        {**row, "tier": "gold", "id": name} for row, name in zip(AROUND_JUNE, "ABCD", strict=True)
    ]
    rows[1]["tier"] = "bronze"
    tables = (rows[:2], rows[2:], [{**rows[1], "id": "E"}])
    options: dict[str, Any] = {"period": "2026-06", "columns": {"ticket": "id"}}
    made = contract.objectives(desk(it={}), iter(tables), errors="column", **options)
    assert (made["it"].missed, made["it"].open) == (0, 2)
    assert [(error.row, error.ticket) for error in made.errors] == [(1, "B"), (4, "E")]
    assert all("'bronze'" in error.message for error in made.errors)
    assert str(made.errors[1]).startswith("tickets, row 4, ticket E: ")
    with pytest.raises(SlacalcError, match="bronze"):
        contract.objectives(desk(it={}), rows, **options)
    assert "2 tickets could not be evaluated." in made.to_html()


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "numpy"])
def test_tables_of_every_library(library: str) -> None:
    frame = pd.DataFrame(
        {
            "opened": pd.to_datetime([row["created"] for row in AROUND_JUNE]),
            "replied": pd.to_datetime([row["replied"] for row in AROUND_JUNE]),
            "tier": ["gold", "silver", "gold", "silver"],
        }
    )
    table: Any = frame
    if library == "polars":
        table = pl.from_pandas(frame).lazy()
    elif library == "pyarrow":
        table = pa.Table.from_pandas(frame)
    elif library == "numpy":
        utc = {
            name: frame[name].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
            for name in ("opened", "replied")
        }
        table = {**utc, "tier": frame["tier"].to_numpy()}
    policy = desk(silver={"when": {"tier": "silver"}}, every={})
    as_of = "2026-07-02T00:00+08:00"
    results = contract.objectives(
        policy, table, period="2026-06", as_of=as_of, columns={"created": "opened"}
    )
    assert [(one.met, one.missed) for one in results.values()] == [(0, 2), (1, 2)]


def test_the_last_value_of_a_log_decides() -> None:
    """A ticket that became silver counts as silver; tickets that begin later are not there yet."""
    events = {
        "ticket": ["A", "A", "A", "B"],
        "at": [
            "2026-06-01T10:00+08:00",
            "2026-06-01T10:30+08:00",
            "2026-06-01T11:00+08:00",
            "2026-07-09T10:00+08:00",
        ],
        "type": ["created", "changed", "replied", "created"],
        "tier": ["gold", "silver", None, "gold"],
    }
    policy = desk(gold={"when": {"tier": "gold"}}, silver={"when": {"tier": "silver"}})
    gold, silver = contract.objectives(policy, events, period="2026-06").values()
    assert (gold.decided, gold.open) == (0, 0)
    assert silver.met == 1
    with pytest.raises(ContractError, match=r"report\.with_attributes"):
        contract.objectives(
            policy, bulk.replay(policy, events, "2026-07-10T00:00+08:00"), period="2026-06"
        )


def test_no_tickets_at_all() -> None:
    """Whatever has none; not even its columns are needed then."""
    nothing: list[Any] = [[], (), {}, iter([]), {"created": [], "replied": []}]
    for tickets in (*nothing, {"ticket": [], "at": [], "type": []}, iter([[], AROUND_JUNE[:1]])):
        it = contract.objectives(desk(it={}), tickets, period="2026-06")["it"]
        assert (it.decided, it.verdict, it.budget) == (0, "not measured", 0)


def test_an_answer_with_errors_is_read_as_its_tickets() -> None:
    """The columns that `bulk` added do not matter."""
    columns = {name: [row[name] for row in AROUND_JUNE] for name in AROUND_JUNE[0]}
    tickets = {**columns, "tier": ["gold", "bronze", "gold", "gold"]}
    answer = bulk.evaluate(desk(it={}), tickets, "2026-06-01T00:00+08:00", errors="column")
    as_of = "2026-07-02T00:00+08:00"
    made = [
        contract.objectives(desk(it={}), door, period="2026-06", as_of=as_of, errors="column")
        for door in (tickets, answer)
    ]
    assert made[0].to_dicts() == made[1].to_dicts()
    assert made[0].errors == made[1].errors
    assert (made[0]["it"].met, made[0]["it"].missed) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"period": "2026-13"}, "period: '2026-13' is not a period"),
        ({"period": "2026-06", "only": "itt"}, "'itt' is not an objective.*did you mean 'it'"),
        ({"period": "2026-06", "only": ["it", "words"]}, "'words' is not an objective"),
        ({"period": "2026-06", "errors": "ignore"}, "errors"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], says: str) -> None:
    data = desk(it={}).to_dict()
    data["objectives"]["words"] = {"share": "99 %", "of": "calls"}
    policy = Policy.from_dict(data)
    with pytest.raises(SlacalcError, match=says):
        contract.objectives(policy, AROUND_JUNE, **arguments)


def test_results_as_data_and_text() -> None:
    policy = desk(it={"percentile": 75, "within": "2 hours"}, mean={"mean": "90 minutes"})
    as_of = "2026-07-02T00:00+08:00"
    made = contract.objectives(policy, AROUND_JUNE, period="2026-06", as_of=as_of)
    it, mean = made.to_dicts()
    # Times of 2, 3 and, still running, 24.5 hours: the third of three is the 75th percentile.
    assert it["seconds"] == 24.5 * 3600
    assert made["it"].is_at_least
    assert made["it"].figure_text() == "more than 24h 30m"
    assert it == {
        "objective": "it",
        "metric": "reply",
        "period": "2026-06",
        "as_of": "2026-07-02T00:00:00+08:00",
        "met": 1,
        "missed": 2,
        "open": 0,
        "excluded": {},
        "not_counted": {},
        "share": None,
        "seconds": 88_200.0,
        "target": "75 % within 2 hours",
        "verdict": "missed",
        "budget": -2,
        "is_final": True,
    }
    assert (mean["seconds"], mean["met"], mean["open"], mean["budget"]) == (9_000.0, 2, 1, None)
    rows = [line.split("  ") for line in str(made).splitlines()]
    assert [[cell.strip() for cell in row if cell] for row in rows[1:]] == [
        [
            *("it", "reply", "3", "1", "2", "0", "more than 24h 30m", "75 % within 2 hours"),
            *("-2", "missed"),
        ],
        ["mean", "reply", "2", "2", "0", "1", "2h 30m", "90 minutes on average", "missed"],
    ]
