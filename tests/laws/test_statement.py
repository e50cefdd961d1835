"""Laws of statements: they equal a naive reckoning, whichever form the tables have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from slacalc import Policy, contract
from tests.oracles.contract_statement import (
    Promise,
    Ticket,
    month,
    tickets_line,
    total,
    uptime_line,
)

ZURICH, LIMIT, CAP = ZoneInfo("Europe/Zurich"), timedelta(hours=4), Fraction(30)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 200 * 24 * 60
PROMISES = {
    "monthly": Promise(
        1, Fraction(9, 10), [(Fraction(9, 10), Fraction(5)), (Fraction(7, 10), Fraction(25, 2))]
    ),
    "late": Promise(
        1, Fraction(1), per_miss=1_000, per_hour=250, grace=timedelta(minutes=90), cap=Fraction(20)
    ),
    "quarterly": Promise(3, Fraction(19, 20), [(Fraction(19, 20), Fraction(10))]),
}
UP = Promise(
    1,
    Fraction(999, 1000),
    [(Fraction(999, 1000), Fraction(10)), (Fraction(99, 100), Fraction(30))],
    per_miss=500,
)


def _share(share: Fraction) -> str:
    return f"{float(share * 100):g} %"


def _credits(promise: Promise) -> list[dict[str, Any]]:
    steps = [{"below": _share(below), "percent": float(worth)} for below, worth in promise.steps]
    each = {"amount": f"CHF {promise.per_miss / 100:.2f}"}
    hourly = {"per": "started hour", "amount": f"CHF {promise.per_hour / 100:.2f}"}
    grace = {"grace": f"{promise.grace // timedelta(minutes=1)} minutes"}
    return [*steps, *[each] * bool(promise.per_miss), *[hourly | grace] * bool(promise.per_hour)]


POLICY = Policy.from_dict(
    {
        "name": "law",
        "calendars": {"zurich": {"time_zone": "Europe/Zurich", "week": {"mon-fri": "8-18"}}},
        "attributes": {"kind": ["real", "test"]},
        "metrics": {"repair": {"stop": "solved"}},
        "tables": {"all": [{"targets": {"repair": "4 hours"}}]},
        "objectives": {
            name: {
                "metric": "repair",
                "share": _share(promise.target),
                "period": {1: "month", 3: "quarter"}[promise.months],
                "except": {"kind": "test"},
                "credits": _credits(promise),
                **({"cap": f"{promise.cap} %"} if promise.cap else {}),
            }
            for name, promise in PROMISES.items()
        },
        "availability": {"shop": {"target": _share(UP.target), "credits": _credits(UP)}},
        "settlement": {"currency": "CHF", "cap": f"{CAP} %"},
    }
)
INSTANTS = st.integers(0, MINUTES).map(lambda minute: FIRST + timedelta(minutes=minute))
TICKETS = st.lists(
    st.builds(
        lambda received, took, is_test: Ticket(
            received, None if took is None else received + timedelta(minutes=took), is_test
        ),
        INSTANTS,
        st.none() | st.integers(0, 600) | st.integers(0, 60_000),
        st.booleans(),
    ),
    max_size=30,
)
OUTAGES = st.lists(
    st.tuples(INSTANTS, st.none() | st.integers(1, 2_000)).map(
        lambda pair: (pair[0], None if pair[1] is None else pair[0] + timedelta(minutes=pair[1]))
    ),
    max_size=6,
)


def _rows(tickets: list[Ticket]) -> list[dict[str, Any]]:
    return [
        {
            "ticket": str(number),
            "created": ticket.received,
            "solved": ticket.solved,
            "kind": "test" if ticket.is_test else "real",
        }
        for number, ticket in enumerate(tickets)
    ]


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in ("ticket", "created", "solved", "kind")}


def _log(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    events = [
        {"ticket": row["ticket"], "at": row["created"], "type": "created", "kind": row["kind"]}
        for row in rows
    ]
    return events + [
        {"ticket": row["ticket"], "at": row["solved"], "type": "solved", "kind": None}
        for row in rows
        if row["solved"] is not None
    ]


def _cents(money: contract.Money | None) -> int:
    assert money is not None
    cents = money.amount * 100
    assert cents == int(cents)
    return int(cents)


@given(TICKETS, OUTAGES, st.integers(1, 6), st.integers(0, 1_000_000))
def test_a_statement_equals_a_naive_reckoning(
    tickets: list[Ticket], outages: list[Any], number: int, fee: int
) -> None:
    """Every amount, the cap, and the total, to the hundredth."""
    table = [{"start": start, "end": end} for start, end in outages]
    made = contract.statement(
        POLICY,
        f"2026-{number:02}",
        tickets=_columns(_rows(tickets)),
        outages=table,
        fee=Decimal(fee) / 100,
    )
    expected = {
        name: tickets_line(
            promise, tickets, LIMIT, month(2026, number, promise.months, ZURICH), fee
        )
        for name, promise in PROMISES.items()
        if number % promise.months == 0
    }
    expected["shop"] = uptime_line(UP, outages, month(2026, number, 1, ZURICH), fee)
    assert {line.name: _cents(line.amount) for line in made.lines} == expected
    parts, owed = total([*expected.values()], CAP, fee)
    assert [_cents(line.credited) for line in made.lines] == parts
    assert _cents(made.total) == owed


@given(TICKETS, OUTAGES, st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_same_money_by_every_door(
    tickets: list[Ticket], outages: list[Any], number: int, random: Any
) -> None:
    """Columns, frames, logs, one by one, and rows in any order."""
    rows, table = _rows(tickets), [{"start": start, "end": end} for start, end in outages]
    period = f"2026-{number:02}"

    def money(rows: Any, outages: Any = table) -> list[tuple[str, int, int, str]]:
        made = contract.statement(POLICY, period, tickets=rows, outages=outages, fee="CHF 999.95")
        return [
            (line.name, _cents(line.amount), _cents(line.credited), line.verdict)
            for line in made.lines
        ]

    columns = _columns(rows)
    expected = money(columns)
    assert money(rows or columns) == expected
    assert money(iter([_columns([row]) for row in rows] or [columns])) == expected
    if rows:
        assert money(_log(rows)) == expected
        kinds = {"created": "datetime64[us, UTC]", "solved": "datetime64[us, UTC]"}
        assert money(pd.DataFrame(columns).astype(kinds)) == expected
        instants = dict.fromkeys(("created", "solved"), pl.Datetime("us", "UTC"))
        assert money(pl.DataFrame(columns, schema_overrides=instants)) == expected
    random.shuffle(rows)
    random.shuffle(table)
    assert money(_columns(rows), table) == expected


@given(TICKETS, OUTAGES, st.integers(1, 2))
def test_a_quarter_is_its_months(tickets: list[Ticket], outages: list[Any], number: int) -> None:
    """Without caps that count, a quarter's statement has the lines of its months' statements."""
    tables: dict[str, Any] = {
        "tickets": _columns(_rows(tickets)),
        "outages": [{"start": start, "end": end} for start, end in outages],
        "as_of": "2026-10-01T00:00Z",
    }
    months = [
        contract.statement(POLICY, f"2026-{number * 3 - back:02}", fee="CHF 100", **tables)
        for back in (2, 1, 0)
    ]
    fees = {"month": "CHF 100", "quarter": "CHF 100"}
    quarter = contract.statement(POLICY, f"2026-Q{number}", fee=fees, **tables)
    assert sorted((line.name, line.period, str(line.amount)) for line in quarter.lines) == sorted(
        (line.name, line.period, str(line.amount)) for made in months for line in made.lines
    )
