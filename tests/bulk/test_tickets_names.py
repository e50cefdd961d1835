"""Columns of events under a misspelled name."""

from __future__ import annotations

import pytest

from slacalc import Policy, bulk, contract
from slacalc.errors import ColumnError

POLICY = Policy(
    "desk",
    metrics={"repair": {"start": "accepted", "stop": "solved"}},
    tables={"all": [{"targets": {"repair": "4 hours"}}]},
    objectives={"kept": {"metric": "repair", "share": "90 %", "period": "month"}},
)
TABLE = {
    "created": ["2026-05-04T08:00Z"],
    "accepted": ["2026-05-04T08:30Z"],
    "solved": ["2026-05-04T09:00Z"],
}
AS_OF = "2026-06-01T00:00Z"


def renamed(word: str, name: str) -> dict[str, list[str]]:
    return {name if each == word else each: column for each, column in TABLE.items()}


@pytest.mark.parametrize("name", ["sovled", "solvd", "Solved", "solvedd", "solved "])
def test_a_misspelled_event_is_refused(name: str) -> None:
    table = renamed("solved", name)
    with pytest.raises(ColumnError, match="did you mean 'solved'"):
        bulk.evaluate(POLICY, table, AS_OF)
    with pytest.raises(ColumnError, match="did you mean 'solved'"):
        contract.objectives(POLICY, table, period="2026-05")
    states = bulk.evaluate(POLICY, table, AS_OF, columns={"solved": name})
    assert list(states["repair_state"]) == ["met"]
    states = bulk.evaluate(POLICY, table, AS_OF, columns={"solved": None})
    assert list(states["repair_state"]) == ["breached"]
    assert list(bulk.evaluate(POLICY, {**table, **TABLE}, AS_OF)["repair_state"]) == ["met"]


def test_a_misspelled_start_is_refused() -> None:
    table = renamed("accepted", "acepted")
    with pytest.raises(ColumnError, match="did you mean 'accepted'"):
        bulk.evaluate(POLICY, table, AS_OF)
    with pytest.raises(ColumnError, match="did you mean 'accepted'"):
        bulk.deadlines(POLICY, table)


def test_other_columns_are_allowed() -> None:
    table = {**TABLE, "sovled": ["x"], "note": ["x"], "created_by": ["x"]}
    assert list(bulk.evaluate(POLICY, table, AS_OF)["repair_state"]) == ["met"]
