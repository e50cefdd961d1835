"""Policies that change while tickets are open."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from slacalc import Clock, Policy, PolicyStore
from slacalc.errors import ClockError, PolicyError
from tests.clock.helpers import at, clock, event, policy

if TYPE_CHECKING:
    from pathlib import Path

DAY = policy({"warnings": ["75 %"]}, {"high": "2 working hours", "low": "8 working hours"})


def changed(**parts: Any) -> Policy:
    """The same policy with other parts."""
    return Policy.from_dict(DAY.to_dict() | parts)


def renamed(name: str, **parts: Any) -> Policy:
    """The same policy with another name of its metric."""
    data = DAY.to_dict()
    data["metrics"] = {name: data["metrics"]["work"] | parts}
    for row in data["tables"]["promises"]:
        row["targets"] = {name: row["targets"]["work"]}
    return Policy.from_dict(data)


SHORTER = policy({"warnings": ["75 %"]}, {"high": "2 working hours", "low": "4 working hours"})


# The store ---------------------------------------------------------------------------------------


def test_policies_are_kept_by_what_they_mean() -> None:
    """Other words are the same policy; another time is another one."""
    store = PolicyStore(DAY)
    described = changed(description="As agreed.")
    assert store.add(described) == DAY.fingerprint
    assert (len(store), store[DAY.fingerprint]) == (1, described)
    assert store.add(SHORTER) == SHORTER.fingerprint
    assert [*store] == [DAY.fingerprint, SHORTER.fingerprint]
    assert SHORTER.fingerprint in store
    assert store.current("desk") is SHORTER
    # One that is equal in all is the one that is compiled already.
    store.add(changed(description="As agreed."))
    assert store[DAY.fingerprint] is described
    with pytest.raises(PolicyError, match="is not in the store"):
        store["0"]
    with pytest.raises(PolicyError, match="is not in the store"):
        store.current("other")
    with pytest.raises(PolicyError, match="give a slacalc.Policy"):
        store.add("desk")  # type: ignore[arg-type]  # wrong on purpose


def test_a_former_policy_comes_back_beside_the_current_one() -> None:
    """A program that starts again knows only the newest file; older policies come from storage."""
    store = PolicyStore(SHORTER)
    assert store.add(DAY, current=False) == DAY.fingerprint
    assert store.current("desk") is SHORTER
    assert store.open(clock(DAY).to_dict(embed_policy=False)).policy == DAY
    # What is kept already stays as it is worded.
    store.add(Policy.from_dict(SHORTER.to_dict() | {"description": "Before."}), current=False)
    assert store[SHORTER.fingerprint] is SHORTER


def test_each_clock_is_opened_under_its_own_policy() -> None:
    """That under which it was stored, although a newer one has its name."""
    store = PolicyStore(DAY, SHORTER)
    made = clock(DAY, event("Mo 10:00", "note"))
    data = json.loads(json.dumps(made.to_dict(embed_policy=False)))
    again = store.open(data)
    assert (again, again.note) == (made, "")
    other = PolicyStore(SHORTER).open(data)
    assert other.policy is SHORTER
    assert "which differs" in other.note
    with pytest.raises(ClockError, match="give it"):
        PolicyStore().open(data)
    assert PolicyStore().open(made.to_dict()) == made  # its policy is embedded
    with pytest.raises(ClockError, match="not a stored clock"):
        store.open(None)  # type: ignore[arg-type]  # wrong on purpose


def test_a_policy_with_versions_opens_the_clocks_of_each() -> None:
    """By the version in force at the receipt."""
    later = {"effective_from": "2024-05-07", "tables": SHORTER.to_dict()["tables"]}
    whole = changed(versions=[later])
    made = whole.open({}, at("We 9:00"))
    again = PolicyStore(SHORTER, whole).open(made.to_dict(embed_policy=False))
    assert (again, again.note) == (made, "")


def test_the_last_good_policy_stays(tmp_path: Path) -> None:
    """A faulty file is reported at every reload until it is mended."""
    path, other = tmp_path / "desk.toml", tmp_path / "other.json"
    path.write_text(DAY.to_toml(), "utf-8")
    other.write_text(changed(name="other").to_json(), "utf-8")
    store = PolicyStore()
    assert store.load(path) == DAY
    store.load(str(other))
    assert store.reload() == {}
    path.write_text(DAY.to_toml().replace("8 working hours", "8 wroking hours"), "utf-8")
    for _ in range(2):
        faults = store.reload()
        assert [*faults] == [path]
        assert "wroking" in str(faults[path])
        assert store.current("desk") == DAY
    # The files after it are read all the same.
    other.write_text(changed(name="other", warnings=["50 %"]).to_json(), "utf-8")
    assert [*store.reload()] == [path]
    assert store.current("other").warnings
    path.unlink()
    assert [*store.reload()] == [path]
    path.write_text(SHORTER.to_toml(), "utf-8")
    assert store.reload() == {}
    assert store.current("desk") == SHORTER
    assert {DAY.fingerprint, SHORTER.fingerprint} <= {*store}
    with pytest.raises(PolicyError):
        store.load(tmp_path / "missing.toml")


# Differences -------------------------------------------------------------------------------------


def test_a_difference_names_paths() -> None:
    """And none if only words differ."""
    assert not DAY.diff(changed(description="As agreed.", title="Desk"))
    assert str(DAY.diff(DAY)) == "no difference"
    found = DAY.diff(SHORTER)
    path = "tables.promises[1].targets.work"
    assert found.changes == {path: ("8 working hours", "4 working hours")}
    assert found.renamed == {}
    rows = [*DAY.to_dict()["tables"]["promises"], {"targets": {"work": "1 working day"}}]
    longer = changed(tables={"promises": rows})
    assert DAY.diff(longer).changes == {"tables.promises[2]": (None, rows[2])}
    assert longer.diff(DAY).changes == {"tables.promises[2]": (rows[2], None)}
    more = DAY.diff(changed(warnings=["50 %"]))
    assert more.changes == {"warnings": (None, ["50 %"])}
    bare, measured = Policy("desk"), Policy("desk", metrics={"work": {"stop": "resolved"}})
    assert bare.diff(measured).changes == {"metrics.work": (None, {"stop": "resolved"})}
    assert measured.diff(bare).changes == {"metrics.work": ({"stop": "resolved"}, None)}
    assert not bare.diff(bare)


def test_a_rename_is_no_difference() -> None:
    """If it is declared; otherwise a metric went and another one came."""
    found = DAY.diff(renamed("repair", formerly="work"))
    assert (found.changes, found.renamed) == ({}, {"repair": "work"})
    assert str(found) == "metrics.repair: formerly work"
    undeclared = DAY.diff(renamed("repair"))
    assert {"metrics.work", "metrics.repair"} <= undeclared.changes.keys()
    assert undeclared.renamed == {}


# Dry runs ----------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_happen_to_whom() -> None:
    """Of tickets opened on Monday at 9, at 14:00: four hours are over at 13:00."""
    clocks = {
        "open": clock(DAY),
        "high": clock(DAY, ticket={"priority": "high"}),
        "held": clock(policy({"pause": "held"}), event("Mo 10:00", "held")),
    }
    before = {key: one.to_dict() for key, one in clocks.items()}
    effects = SHORTER.dry_run(clocks, at("Mo 14:00"))
    assert {key: one.to_dict() for key, one in clocks.items()} == before
    assert [*effects] == ["open", "held"]
    (move,) = effects["open"].due_moves
    assert (move.metric, move.before, move.after) == ("work", at("Mo 17:00"), at("Mo 13:00"))
    assert [notice.key for notice in effects["open"].new_notices] == [
        "work.1.warning.75 %",
        "work.1.due",
        "work.1.breached",
    ]
    # One hour of eight was used; if it were resumed at 14, seven more end on Tuesday at 13.
    (move,) = effects["held"].due_moves
    assert (move.before, move.after) == (at("Tu 13:00"), at("Mo 13:00"))


def test_a_renamed_metric_brings_no_notice_again() -> None:
    """If the policy says so."""
    clocks = {1: clock(DAY)}
    assert renamed("repair", formerly="work").dry_run(clocks, at("Tu 9:00")) == {}
    effect = renamed("repair").dry_run(clocks, at("Tu 9:00"))[1]
    assert [(one.metric, one.before, one.after) for one in effect.due_moves] == [
        ("work", at("Mo 17:00"), None),
        ("repair", None, at("Mo 17:00")),
    ]
    assert len(effect.new_notices) == 3


def test_a_ticket_that_does_not_fit_goes_with_its_error() -> None:
    """The others go on."""
    narrow = changed(
        attributes={"priority": ["low"]},
        tables={"promises": [{"targets": {"work": "8 working hours"}}]},
    )
    clocks = {1: clock(DAY, ticket={"priority": "high"}), 2: clock(DAY, ticket={"priority": "low"})}
    effects = narrow.dry_run(clocks, at("Mo 10:00"))
    assert [*effects] == [1]
    assert "high" in str(effects[1].error)
    assert Clock.from_dict(clocks[1].to_dict()) == clocks[1]
