"""A stored clock stays under its own policy, wherever that has to be looked for."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Policy, PolicyStore
from slacalc._records.policies import open_stored
from slacalc.errors import ClockError


def policy(hours: int, **more: Any) -> Policy:
    return Policy(
        "desk",
        metrics={"response": {"stop": "replied"}},
        tables={"all": [{"targets": {"response": f"{hours} hours"}}]},
        **more,
    )


OLD, NEW = policy(1), policy(2)
STORED = OLD.open({}, "2026-05-18T09:00Z").to_dict(embed_policy=False)


def due(clock: Any) -> str:
    return str(clock.status("2026-05-18T09:00Z")["response"].due)[11:16]


def nothing(_: str) -> None:
    return None


def test_the_policy_of_the_program_is_not_looked_for_elsewhere() -> None:
    def refuse(fingerprint: str) -> None:
        raise AssertionError(fingerprint)

    assert due(open_stored(PolicyStore(OLD), STORED, refuse)) == "10:00"


def test_a_former_policy_comes_from_the_table_once() -> None:
    asked_for, store = list[str](), PolicyStore(NEW)

    def fetch(fingerprint: str) -> dict[str, Any]:
        asked_for.append(fingerprint)
        return OLD.to_dict()

    for _ in range(2):
        clock = open_stored(store, STORED, fetch)
        assert (due(clock), clock.note) == ("10:00", "")
    assert asked_for == [OLD.fingerprint]
    assert store.current("desk") is NEW


def test_a_version_comes_back_as_a_version_of_its_policy() -> None:
    june = {"effective_from": "2026-06-01", "warnings": [{"at": "50 %"}]}
    before = policy(3, effective_from="2026-01-01", versions=[june])
    clock = before.open({}, "2026-05-18T09:00Z")
    stored = clock.to_dict(embed_policy=False)
    assert stored["policy_fingerprint"] != stored["version_fingerprint"] == clock.policy.fingerprint

    again = open_stored(PolicyStore(NEW), stored, lambda _: clock.policy.to_dict())

    assert due(again) == "12:00"
    assert again.to_dict(embed_policy=False) == stored


def test_the_current_policy_counts_where_the_table_has_none() -> None:
    clock = open_stored(PolicyStore(NEW), STORED, nothing)
    assert due(clock) == "11:00"
    assert "stored under desk" in clock.note
    with pytest.raises(ClockError, match="stored without its policy"):
        open_stored(PolicyStore(), STORED, nothing)


@pytest.mark.parametrize("data", [None, [], "text", {}, {"policy_fingerprint": 1}], ids=str)
def test_what_is_not_a_stored_clock_is_refused(data: Any) -> None:
    with pytest.raises(ClockError, match="not a stored clock"):
        open_stored(PolicyStore(NEW), data, nothing)
