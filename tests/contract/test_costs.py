"""What a changed contract would have cost: two statements side by side, reckoned by hand."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Policy, report
from slacalc.errors import ContractError
from tests.contract.test_statement import OUTAGES, SUPPORT, TICKETS

# B is answered after 8 working hours, D after 11: with a target of 10, only D is late, by one.
LATER = SUPPORT | {
    "name": "later",
    "tables": {"all": [{"targets": {"response": "10 working hours"}}]},
    "availability": {
        "mail": {"target": "99.9 %", "credits": [{"below": "99.9 %", "percent": 15}]},
        "web": {"target": "99 %"},
    },
}
AS_OF = "2026-06-01T00:00+02:00"


def _comparison(**changes: Any) -> report.Comparison:
    return report.compare(
        Policy.from_dict(SUPPORT), Policy.from_dict(LATER | changes), TICKETS, AS_OF
    )


def test_costs_of_a_changed_contract() -> None:
    """Later targets save lateness; the dearer step costs half as much again."""
    costs = _comparison().costs("2026-05", outages=OUTAGES, fee=1200)
    assert [
        (line.name, line.verdict_a, line.verdict_b, str(line.amount_a), str(line.amount_b))
        for line in costs.lines
    ] == [
        ("answered", "missed", "missed", "CHF 55.00", "CHF 5.00"),
        ("mail", "missed", "missed", "CHF 120.00", "CHF 180.00"),
        ("web", None, "met", "None", "CHF 0.00"),
    ]
    assert [*map(str, costs.totals)] == ["CHF 175.00", "CHF 185.00"]
    assert str(costs.difference) == "CHF 10.00"
    assert str(costs) == (
        "promise   period   support     later\n"
        "answered  2026-05  CHF 55.00   CHF 5.00\n"
        "mail      2026-05  CHF 120.00  CHF 180.00\n"
        "web       2026-05  –           CHF 0.00\n"
        "total     2026-05  CHF 175.00  CHF 185.00"
    )
    assert costs.to_dicts()[0] == {
        "section": "objectives",
        "name": "answered",
        "period": "2026-05",
        "verdict_a": "missed",
        "verdict_b": "missed",
        "amount_a": "55.00",
        "amount_b": "5.00",
    }
    assert costs.statements[0].policy.name == "support"


def test_names_of_columns_are_those_of_the_comparison() -> None:
    """Also where only one of the policies has a metric of that name."""
    tickets = {"received": TICKETS["created"], "reply": TICKETS["replied"], "kind": TICKETS["kind"]}
    columns = {"created": "received", "replied": "reply"}
    policies = Policy.from_dict(SUPPORT), Policy.from_dict(LATER)
    costs = report.compare(*policies, tickets, AS_OF, columns=columns).costs("2026-05")
    assert [*map(str, costs.totals)] == ["CHF 55.00", "CHF 5.00"]


def test_a_contract_without_amounts_costs_nothing() -> None:
    """The fee then has to name its currency, which must be that of the other one."""
    bare = {key: SUPPORT[key] for key in ("name", "calendars", "attributes", "metrics", "tables")}
    policies = Policy.from_dict(SUPPORT), Policy.from_dict(bare)
    costs = report.compare(*policies, TICKETS, AS_OF).costs(
        "2026-05", outages=OUTAGES, fee="CHF 1200"
    )
    assert str(costs.totals[1]) == "CHF 0.00"
    assert str(costs.difference) == "CHF -175.00"
    with pytest.raises(ContractError, match="EUR 1,200.00 is not in CHF"):
        _comparison().costs("2026-05", outages=OUTAGES, fee="EUR 1200")
