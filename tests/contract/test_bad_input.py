"""Whatever is given for a contract, what comes out is an answer or one of our errors."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc import Policy, SlacalcError
from slacalc._contract.credits import read_fee
from slacalc.contract import Money, availability, statement
from slacalc.errors import PolicyError

VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.fractions()
    | st.text(max_size=8)
    | st.binary(max_size=3)
    | st.dates()
    | st.datetimes()
    | st.sampled_from(
        [
            "2026-05-04T08:00Z",
            "2026-05-04T09:00+02:00",
            "2026-05",
            "2026-W20",
            "CHF 5",
            "25 %",
            "web",
        ]
    )
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)
KEYS = st.sampled_from(["start", "end", "component", "share", "ended", "id"])
ROWS = st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=3)
COLUMNS = st.dictionaries(KEYS, st.lists(VALUES, min_size=2, max_size=2), max_size=4)
TERMS = {"target": "99 %", "component": "web", "credits": [{"below": "99 %", "percent": 10}]}
POLICY = Policy("host", availability={"web": TERMS}, settlement={"currency": "CHF"})


@settings(max_examples=settings().max_examples * 2)
@given(ROWS | COLUMNS | ANYTHING, st.sampled_from(["raise", "column"]))
def test_tables(table: Any, errors: Any) -> None:
    """Outages and maintenance of any values in any form."""
    with contextlib.suppress(SlacalcError):
        availability(POLICY, table, period="2026-05", errors=errors)
    with contextlib.suppress(SlacalcError):
        availability(POLICY, [], maintenance=table, period="2026-05", errors=errors)


@settings(max_examples=settings().max_examples * 2)
@given(st.sampled_from(["period", "as_of", "columns", "naive", "errors"]), ANYTHING)
def test_arguments(name: str, value: Any) -> None:
    outages = [{"start": "2026-05-04T08:00Z", "end": "2026-05-04T09:00Z"}]
    with contextlib.suppress(SlacalcError):
        availability(POLICY, outages, **{"period": "2026-05", name: value})


@settings(max_examples=settings().max_examples * 2)
@given(ANYTHING)
def test_fees(fee: Any) -> None:
    """A fee that is taken is money that is not negative."""
    with contextlib.suppress(SlacalcError):
        read = read_fee(fee, POLICY)
        assert read is None or (isinstance(read, Money) and read.amount >= 0)
    with contextlib.suppress(SlacalcError):
        Money(fee, "CHF")
    with contextlib.suppress(SlacalcError):
        Money(1, fee)
    with contextlib.suppress(SlacalcError):
        Money.parse(fee)
    with contextlib.suppress(SlacalcError):
        statement(POLICY, "2026-05", outages=[], fee=fee)


@settings(max_examples=settings().max_examples * 2)
@given(
    st.sampled_from(["target", "period", "maintenance", "component", "decimals", "credits", "cap"]),
    ANYTHING | st.lists(st.dictionaries(st.sampled_from(["below", "per", "percent"]), VALUES)),
)
def test_terms(key: str, value: Any) -> None:
    with contextlib.suppress(PolicyError):
        Policy("host", availability={"web": {**TERMS, key: value}})


@pytest.mark.parametrize("amount", [Decimal(1), Fraction(1, 3), 2])
def test_money_is_multiplied_by_exact_numbers(amount: Any) -> None:
    assert isinstance(Money(3, "CHF") * amount, Money)
