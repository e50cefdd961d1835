"""Duties: a year of monthly duties to ten thousand customers, and a million events.

The rival is what one would write without a library: in pandas, the number of the month of each
event since the beginning of its customer's contract, and for each month of each duty to each
customer its first event, if there is one. It knows no due dates, working days, times, budgets or
versions, and keeps no evidence. The floor is sorting the events by customer and instant. The
numbers of done periods are compared first.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from contract_speed import race_forms
from rivals import library
from slacalc import Policy, contract

if TYPE_CHECKING:
    from table_speed import Form

SEED = 20_261_130
CUSTOMERS, DUTIES, MONTHS, EVENTS = 10_000, 12, 12, 1_000_000
AS_OF = "2026-01-01T00:00Z"
POLICY = Policy("care", duties={f"duty-{number}": {"every": "month"} for number in range(DUTIES)})


def tables(events: int = EVENTS) -> tuple[Any, Any]:
    """The customers, whose contracts of a year begin in 2024, and the events of two years."""
    pd, draw = library("pandas"), np.random.default_rng(SEED)
    names = np.array([f"customer-{number}" for number in range(CUSTOMERS)])
    month, day = draw.integers(0, 12, CUSTOMERS), draw.integers(0, 28, CUSTOMERS)
    first = (np.datetime64("2024-01", "M") + month).astype("M8[D]") + day
    last = (np.datetime64("2025-01", "M") + month).astype("M8[D]") + day - 1
    customers = pd.DataFrame({"customer": names, "from": first, "until": last})
    seconds = pd.to_timedelta(draw.integers(0, 731 * 86_400, events), unit="s")
    log = pd.DataFrame(
        {
            "customer": names[draw.integers(0, CUSTOMERS, events)],
            "at": pd.Timestamp("2024-01-01", tz="UTC") + seconds,
            "type": np.array([*POLICY.duties])[draw.integers(0, DUTIES, events)],
        }
    )
    return customers, log


def by_us(customers: Any, events: Any) -> int:
    """How many periods are done, by `contract.duties`."""
    return contract.duties(POLICY, customers, events, AS_OF).counts["done"]


def by_pandas(customers: Any, events: Any) -> int:
    """How many periods are done, by pandas."""
    begins = events["customer"].map(customers.set_index("customer")["from"])
    at = events["at"].dt.tz_localize(None)
    months = (at.dt.year - begins.dt.year) * 12 + at.dt.month - begins.dt.month
    months -= at.dt.day < begins.dt.day
    inside = events.assign(month=months)[(months >= 0) & (months < MONTHS)]
    done_at = inside.groupby(["customer", "type", "month"])["at"].min()
    every = [customers["customer"], [*POLICY.duties], range(MONTHS)]
    periods = library("pandas").MultiIndex.from_product(every, names=done_at.index.names)
    return int(done_at.reindex(periods).notna().sum())


def measured(events: int = EVENTS) -> list[Form]:
    """Ours, the rival and the floor.

    Raises:
        DisagreementError: Their answers differ.
    """
    customers, log = tables(events)
    races = {
        "`contract.duties`, pandas": partial(by_us, customers, log),
        "pandas by `groupby`": partial(by_pandas, customers, log),
    }
    sort = partial(log.sort_values, ["customer", "at"])
    return race_forms(races, ("`sort_values` by customer and instant: the floor", sort), events)
