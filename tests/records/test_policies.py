"""A stored clock stays under its own policy, wherever that has to be looked for."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from slacalc import Policy, PolicyStore
from slacalc._records.policies import open_stored
from slacalc.errors import ClockError, RecordError


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


@pytest.mark.parametrize("store", [PolicyStore(NEW), PolicyStore()], ids=str)
def test_a_policy_that_is_nowhere_is_refused(store: PolicyStore) -> None:
    """Not replaced by the current one of its name, which promises something else."""
    lost = f"'desk' of the record, of the fingerprint {OLD.fingerprint}, is not in the table"
    with pytest.raises(RecordError, match=f"{lost}: put its row back, or add that policy"):
        open_stored(store, STORED, nothing)
    unnamed = {name: STORED[name] for name in STORED if not name.startswith("policy")}
    for data in STORED | {"policy_fingerprint": "0" * 64}, unnamed:
        with pytest.raises(RecordError, match="is not in the table"):
            open_stored(store, data, nothing)
    with pytest.raises(RecordError, match="has other data in the table"):
        open_stored(store, STORED, lambda _: policy(9).to_dict())


def test_a_fingerprint_of_an_earlier_release() -> None:
    """It counted words for readers too."""
    worded = policy(1, title="Desk")
    words = json.dumps(worded.to_dict(), sort_keys=True, separators=(",", ":"))
    earlier = sha256(words.encode()).hexdigest()
    stored = STORED | {"policy_fingerprint": earlier}
    assert due(open_stored(PolicyStore(worded), stored, nothing)) == "10:00"
    clock = open_stored(PolicyStore(NEW), stored, lambda _: worded.to_dict())
    assert (due(clock), clock.note) == ("10:00", "")


def test_an_embedded_policy_counts() -> None:
    stored = OLD.open({}, "2026-05-18T09:00Z").to_dict()
    assert due(open_stored(PolicyStore(NEW), stored, nothing)) == "10:00"


@pytest.mark.parametrize("data", [None, [], "text", {}, {"policy_fingerprint": 1}], ids=str)
def test_what_is_not_a_stored_clock_is_refused(data: Any) -> None:
    with pytest.raises(ClockError, match="not a stored clock"):
        open_stored(PolicyStore(NEW), data, nothing)
