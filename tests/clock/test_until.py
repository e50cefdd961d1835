"""Cycles of a repeating metric that are owed until another metric has stopped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slacalc import Clock, Event, Policy, bulk, report
from slacalc.errors import PolicyError

DAY = "2026-05-18T"
UPDATE = {"stop": "updated", "repeat": "independent", "until": "workaround"}


def policy(update: dict[str, Any] | None = None, **workaround: Any) -> Policy:
    """A workaround within four hours, and until then an update within each hour."""
    return Policy(
        "desk",
        metrics={
            "update": UPDATE | (update or {}),
            "workaround": {"stop": "worked-around"} | workaround,
        },
        tables={"all": [{"targets": {"workaround": "4 hours", "update": "60 minutes"}}]},
    )


def clock(of: Policy, *events: tuple[str, str], opened: str = "09:00") -> Clock:
    fed = of.open({}, f"{DAY}{opened}Z")
    for at, kind in events:
        fed = fed.apply(Event(f"{DAY}{at}Z", kind))
    return fed


def cycles(fed: Clock, at: str = "18:00") -> list[tuple[str, str, str | None]]:
    """State, start and first breach of the cycles of the update."""
    return [
        (
            cycle.state,
            f"{cycle.start:%H:%M}" if cycle.start else "",
            f"{cycle.breached_at:%H:%M}" if cycle.breached_at else None,
        )
        for cycle in fed.status(f"{DAY}{at}Z").cycles("update")
    ]


def test_nothing_is_owed_after_the_other_has_stopped() -> None:
    """The update of 10:50 is no longer owed at 10:30; what is sent later begins nothing."""
    fed = clock(policy(), ("09:50", "updated"), ("10:30", "worked-around"), ("11:00", "updated"))
    assert cycles(fed) == [("met", "09:00", None), ("not owed", "09:50", None)]
    status = fed.status(f"{DAY}18:00Z")["update"]
    assert status.elapsed is not None
    assert status.elapsed.in_minutes() == 40
    assert (status.stopped_at, status.cancelled_at) == (None, None)
    assert fed.next_change(f"{DAY}11:00Z") is None


def test_a_breach_stays_on_record() -> None:
    """Due at 10:00; at 10:30 it is breached, and stays so."""
    fed = clock(policy(), ("10:30", "worked-around"))
    assert cycles(fed) == [("breached", "09:00", "10:00")]
    assert cycles(clock(policy(), ("10:00", "worked-around"))) == [("not owed", "09:00", None)]


def test_late_is_not_excused_either() -> None:
    of = policy()
    late = Policy.from_dict(
        of.to_dict()
        | {"tables": {"all": [{"targets": {"update": {"within": "1 hour", "limit": "2 hours"}}}]}}
    )
    assert cycles(clock(late, ("10:30", "worked-around"))) == [("late", "09:00", None)]


def test_both_at_one_instant() -> None:
    """An update and the workaround together: met, and no other cycle begins."""
    for first, second in (("updated", "worked-around"), ("worked-around", "updated")):
        fed = clock(policy(), ("09:50", first), ("09:50", second))
        assert cycles(fed) == [("met", "09:00", None)]


def test_owed_again_when_the_other_runs_again() -> None:
    """The workaround fails at 12:00: the next update is due at 13:00."""
    of = policy(reopen="failed")
    fed = clock(of, ("09:50", "worked-around"), ("12:00", "failed"), ("12:40", "updated"))
    assert cycles(fed, "12:50") == [
        ("not owed", "09:00", None),
        ("met", "12:00", None),
        ("running", "12:40", None),
    ]
    together = clock(of, ("09:50", "updated"), ("09:50", "worked-around"), ("12:00", "failed"))
    assert cycles(together, "12:50") == [("met", "09:00", None), ("running", "12:00", None)]
    final = policy({"on_reopen": "final"}, reopen="failed")
    assert cycles(clock(final, ("09:50", "worked-around"), ("12:00", "failed")), "12:50") == [
        ("not owed", "09:00", None)
    ]


def test_owed_again_when_the_other_waits_for_a_new_start() -> None:
    of = policy(reset="escalated", start=["created", "escalated"])
    fed = clock(of, ("09:50", "worked-around"), ("12:00", "escalated"))
    assert cycles(fed, "12:50") == [("not owed", "09:00", None), ("running", "12:00", None)]


def test_a_cycle_by_event_begins_only_while_it_is_owed() -> None:
    """Answers to questions: the question after the workaround need not be answered."""
    of = policy({"start": "asked", "repeat": "next_start"}, reopen="failed")
    fed = clock(of, ("09:10", "asked"), ("09:20", "updated"), ("09:30", "worked-around"))
    assert cycles(fed.apply(Event(f"{DAY}10:00Z", "asked"))) == [("met", "09:10", None)]
    again = fed.apply(Event(f"{DAY}11:00Z", "failed")).apply(Event(f"{DAY}11:10Z", "asked"))
    assert cycles(again, "11:20") == [("met", "09:10", None), ("running", "11:10", None)]
    early = clock(of, ("09:30", "worked-around"), ("10:00", "asked"))
    assert cycles(early) == [("not started", "", None)]


def test_a_sequential_cycle_ends_too() -> None:
    """Each update counts from when the last one was due: 10:00, though it came at 9:30."""
    of = policy({"repeat": "sequential"})
    fed = clock(of, ("09:30", "updated"), ("10:20", "worked-around"))
    assert cycles(fed) == [("met", "09:00", None), ("not owed", "10:00", None)]
    before = clock(of, ("09:30", "updated"), ("09:40", "worked-around"))
    assert cycles(before) == [("met", "09:00", None), ("not owed", "10:00", None)]


def test_not_owed_in_a_pause() -> None:
    fed = clock(policy(), ("09:30", "paused"), ("10:30", "worked-around"))
    assert cycles(fed) == [("not owed", "09:00", None)]
    status = fed.status(f"{DAY}18:00Z")["update"]
    assert status.elapsed is not None
    assert status.elapsed.in_minutes() == 30
    assert not status.is_paused


def test_cancelled_is_not_stopped() -> None:
    """A workaround that is void was not given, so updates are owed on."""
    of = policy({"cancel": []}, cancel="withdrawn")
    assert cycles(clock(of, ("09:30", "withdrawn")), "09:50") == [("running", "09:00", None)]


def test_stored_and_taken_up_again() -> None:
    fed = clock(policy(), ("09:50", "updated"), ("10:30", "worked-around"))
    stored = Clock.from_dict(json.loads(json.dumps(fed.to_dict())))
    assert stored == fed
    assert cycles(stored) == cycles(fed)
    assert fed.policy == Policy.from_toml(fed.policy.to_toml())
    ledger = fed.ledger("update", f"{DAY}11:00Z")
    assert [(row.kind, f"{row.start:%H:%M}") for row in ledger.rows] == [
        ("running", "09:00"),
        ("after-stop", "10:30"),
    ]


def test_columns_and_logs_say_the_same() -> None:
    log = {
        "ticket": ["A", "A", "A", "B", "B"],
        "at": [f"{DAY}{at}Z" for at in ("09:00", "09:50", "10:30", "09:00", "11:00")],
        "type": ["created", "updated", "worked-around", "created", "worked-around"],
    }
    answer = bulk.replay(policy(), log, f"{DAY}18:00Z")
    found = [
        (ticket, state, f"{start:%H:%M}")
        for ticket, metric, state, start in zip(
            *(answer[name] for name in ("ticket", "metric", "state", "start")), strict=True
        )
        if metric == "update"
    ]
    assert found == [
        ("A", "met", "09:00"),
        ("A", "not owed", "09:50"),
        ("B", "breached", "09:00"),
    ]
    tickets = {
        "created": [f"{DAY}09:00Z"] * 4,
        "updated": [f"{DAY}09:50Z", None, None, f"{DAY}09:30Z"],
        "worked-around": [f"{DAY}10:30Z", f"{DAY}09:40Z", f"{DAY}11:00Z", f"{DAY}09:30Z"],
    }
    table = bulk.evaluate(policy(), tickets, f"{DAY}18:00Z")
    assert [*table["update_state"]] == ["not owed", "not owed", "breached", "met"]
    shares = report.attainment(table)
    place = [*shares["metric"]].index("update")
    assert [shares[name][place] for name in ("met", "breached", "not_owed")] == [1, 1, 2]


@pytest.mark.parametrize(
    ("update", "workaround", "fault"),
    [
        (
            {"until": "workround"},
            {},
            "metrics.update.until: found 'workround', expected one of the",
        ),
        (
            {"repeat": "never"},
            {},
            "metrics.update.until: found 'workaround', expected repeat beside",
        ),
        (
            {"until": "update"},
            {},
            "metrics.update.until: found 'update', expected a metric that do",
        ),
        (
            {},
            {"repeat": "sequential"},
            "metrics.update.until: found 'workaround', expected a metric",
        ),
        (
            {"repeat": "next_start"},
            {"repeat": "next_start", "until": "update"},
            "metrics.update.until: found update until workaround until update, expected a metric",
        ),
        ({"until": 3}, {}, "metrics.update.until: found 3, expected a name"),
    ],
)
def test_faults(update: dict[str, Any], workaround: dict[str, Any], fault: str) -> None:
    with pytest.raises(PolicyError) as refused:
        policy(update, **workaround)
    assert str(refused.value.faults[0]).startswith(fault)


def test_a_product_may_say_that_metrics_repeat() -> None:
    """With the rules of Jira each metric begins again at its next start."""
    of = policy({"start": "asked"}).to_dict() | {"semantics": "jira"}
    del of["metrics"]["update"]["repeat"]
    assert Policy.from_dict(of).metrics["update"].until == "workaround"
