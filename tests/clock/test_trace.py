"""Each event beside each condition: what held, what it did, and why nothing happened."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import pytest

from slacalc import Clock, Event, Policy, Trace, replay
from slacalc.errors import ClockError, LanguageError, UnknownMetricError

DAY = "2026-05-18T"


def clock(metrics: dict[str, Any], *events: tuple[Any, ...], **more: Any) -> Clock:
    """A clock opened at 09:00 after events: the time, the type and the fields."""
    ticket = more.pop("ticket", {})
    policy = Policy(
        "desk",
        metrics=metrics,
        tables={"all": [{"targets": dict.fromkeys(metrics, "4 hours")}]} | more.pop("tables", {}),
        **more,
    )
    log = [
        Event(f"{DAY}{time}:00Z", kind, **(fields[0] if fields else {}))
        for time, kind, *fields in events
    ]
    return replay(policy, ticket, log, f"{DAY}09:00:00Z")


def told(trace: Trace, *conditions: str) -> list[tuple[Any, ...]]:
    """Time, key, whether it held, what was done and why, of the rows of some keys."""
    return [
        (f"{row.at:%H:%M}", row.condition, row.held, row.did, row.why)
        for row in trace
        if not conditions or row.condition in conditions
    ]


def test_why_a_metric_did_not_start() -> None:
    """A wrong event, a wrong field, a missing field, another metric before it; then it starts."""
    made = clock(
        {
            "answer": {"stop": "answered"},
            "work": {
                "start": {"event": "taken", "by": "agent"},
                "stop": "done",
                "starts_after": ["answer"],
            },
        },
        ("09:10", "assigned"),
        ("09:20", "taken"),
        ("09:30", "taken", {"by": "customer"}),
        ("09:40", "taken", {"by": "agent"}),
        ("09:50", "answered"),
        ("10:00", "taken", {"by": "agent"}),
        ("10:10", "taken", {"by": "agent"}),
        ("10:20", "done"),
        ("10:30", "taken", {"by": "agent"}),
    )
    assert told(made.trace("work"), "start") == [
        ("09:00", "start", False, (), "the event is created, not taken"),
        ("09:10", "start", False, (), "the event is assigned, not taken"),
        ("09:20", "start", False, (), "by is missing"),
        ("09:30", "start", False, (), "by is customer, not agent"),
        ("09:40", "start", True, (), "starts_after answer, which has not stopped"),
        ("09:50", "start", False, (), "the event is answered, not taken"),
        ("10:00", "start", True, ("began",), ""),
        ("10:10", "start", True, (), "the metric had already started"),
        ("10:30", "start", True, (), "the metric had already stopped, and does not start again"),
    ]


def test_why_a_metric_did_not_stop() -> None:
    """An event or a field that stops it, before its start and after its stop."""
    made = clock(
        {"work": {"start": "taken", "stop": ["done", {"status": ["closed", "solved"]}]}},
        ("09:10", "done"),
        ("09:20", "taken"),
        ("09:30", "changed", {"status": "open"}),
        ("09:40", "changed", {"status": "solved"}),
        ("09:50", "done"),
        ("10:00", "changed", {"status": "closed"}),
    )
    assert told(made.trace(), "stop") == [
        ("09:10", "stop", True, (), "the metric had not started"),
        ("09:30", "stop", False, (), "status is open, not closed or solved"),
        ("09:30", "stop", False, (), "the event is changed, not done"),
        ("09:40", "stop", True, ("stopped",), ""),
        ("09:40", "stop", False, (), "the event is changed, not done"),
        ("09:50", "stop", True, (), "the metric had already stopped"),
        ("10:00", "stop", True, (), "it held before, and only its beginning counts"),
    ]


def test_why_a_metric_did_not_pause() -> None:
    """By fields and by events, and how each pause ends."""
    made = clock(
        {
            "work": {
                "stop": "done",
                "pause": [{"status": "waiting"}, {"event": "parked", "by": "agent"}],
                "resume": "unparked",
            }
        },
        ("09:10", "changed", {"status": "pending"}),
        ("09:20", "changed", {"status": "waiting"}),
        ("09:30", "parked", {"by": "agent"}),
        ("09:40", "unparked"),
        ("09:50", "changed", {"status": "open"}),
        ("10:00", "parked", {"by": "robot"}),
        ("10:10", "unparked"),
        ("10:20", "parked", {"by": "agent"}),
        ("10:30", "unparked"),
        ("10:40", "done"),
        ("10:50", "parked", {"by": "agent"}),
    )
    rows = [row for row in told(made.trace(), "pause", "resume") if "not parked" not in row[4]]
    assert rows == [
        ("09:10", "pause", False, (), "status is pending, not waiting"),
        ("09:20", "pause", True, ("paused",), ""),
        ("09:30", "pause", True, (), "the metric was already paused: status is waiting"),
        ("09:40", "resume", True, (), "still paused: status is waiting"),
        ("09:50", "pause", False, ("resumed",), "status is open, not waiting"),
        ("10:00", "pause", False, (), "status is open, not waiting"),
        ("10:00", "pause", False, (), "by is robot, not agent"),
        ("10:10", "pause", False, (), "status is open, not waiting"),
        ("10:10", "resume", True, (), "the metric was not paused"),
        ("10:20", "pause", False, (), "status is open, not waiting"),
        ("10:20", "pause", True, ("paused",), ""),
        ("10:30", "resume", True, ("resumed",), ""),
        ("10:40", "pause", False, (), "status is open, not waiting"),
        ("10:50", "pause", True, (), "the metric had already stopped"),
    ]
    pauses = made.status(f"{DAY}11:00:00Z")["work"].paused
    assert {reason: length.in_minutes() for reason, length in pauses.items()} == {
        "status is waiting": 30,
        "parked": 10,
    }


def test_a_pause_goes_on_for_another_reason() -> None:
    made = clock(
        {"work": {"pause": [{"status": "waiting"}, {"group": "vendor"}]}},
        ("09:10", "changed", {"status": "waiting"}),
        ("09:20", "assigned", {"group": "vendor"}),
        ("09:30", "changed", {"status": "open"}),
    )
    assert told(made.trace(), "pause")[-3:] == [
        ("09:20", "pause", True, (), "the metric was already paused: status is waiting"),
        ("09:30", "pause", False, (), "status is open, not waiting"),
        ("09:30", "pause", True, ("paused",), "the reason of the pause is now: group is vendor"),
    ]


def test_why_a_metric_is_not_held() -> None:
    made = clock(
        {"work": {"held_by": {"group": "network"}}},
        ("09:10", "assigned", {"group": "network"}),
        ("09:20", "assigned", {"group": "desk"}),
    )
    assert told(made.trace()) == [
        ("09:00", "start", True, ("began", "paused"), ""),
        ("09:10", "held_by", True, ("resumed",), ""),
        ("09:20", "held_by", False, ("paused",), "group is desk, not network"),
    ]


def test_a_precondition_pauses_by_its_name() -> None:
    made = clock(
        {"work": {}},
        ("09:10", "changed", {"access": "missing"}),
        ("09:20", "changed", {"access": "granted"}),
        preconditions={"access": {"words": "there is access", "pause": {"access": "missing"}}},
    )
    rows = [row for row in made.trace() if row.condition == "pause"]
    assert [row.text for row in rows] == ["access is missing (precondition access)"] * 2
    assert [(row.did, row.why) for row in rows] == [
        (("paused",), ""),
        (("resumed",), "access is granted, not missing"),
    ]


def test_why_a_metric_was_not_cancelled_reset_or_reopened() -> None:
    made = clock(
        {
            "work": {"start": "taken", "stop": "done", "reset": "restarted"},
            "last": {"stop": "done", "on_reopen": "final"},
        },
        ("09:10", "restarted"),
        ("09:20", "taken"),
        ("09:30", "reopened"),
        ("09:40", "restarted"),
        ("09:50", "taken"),
        ("10:00", "done"),
        ("10:10", "cancelled"),
        ("10:20", "reopened"),
    )
    keys = ("cancel", "reset", "reopen")
    assert told(made.trace("work"), *keys) == [
        ("09:10", "reset", True, (), "the metric had not started"),
        ("09:30", "reopen", True, (), "the metric had not ended"),
        ("09:40", "reset", True, ("cancelled", "new cycle"), ""),
        ("10:10", "cancel", True, (), "the metric had already stopped"),
        (
            "10:20",
            "reopen",
            True,
            (),
            "a reopening does not undo what stopped it: done",
        ),
    ]
    assert told(made.trace("last"), "reopen")[-1] == (
        *("10:20", "reopen", True, ()),
        "on_reopen is final",
    )


def test_what_stopped_a_metric_stands_in_the_order_of_the_policy() -> None:
    """Several fields at once; not in an order that differs from process to process."""
    fields = dict.fromkeys(("paid", "done", "sent", "checked", "seen", "filed"), "yes")
    made = clock(
        {"work": {"stop": [{name: "yes"} for name in fields]}},
        ("10:00", "changed", dict(sorted(fields.items()))),
        ("11:00", "reopened"),
    )
    names = ", ".join(f"{name} is yes" for name in fields)
    assert told(made.trace("work"), "reopen") == [
        ("11:00", "reopen", True, (), f"a reopening does not undo what stopped it: {names}")
    ]


def test_a_metric_is_owed_until_another_has_stopped() -> None:
    made = clock(
        {
            "workaround": {"stop": "worked-around", "reopen": "broke"},
            "update": {"stop": "updated", "repeat": "independent", "until": "workaround"},
        },
        ("09:10", "updated"),
        ("09:20", "worked-around"),
        ("09:30", "updated"),
        ("09:40", "broke"),
    )
    assert told(made.trace("update"), "stop", "until") == [
        ("09:10", "stop", True, ("stopped", "new cycle", "began"), ""),
        ("09:20", "stop", False, (), "the event is worked-around, not updated"),
        ("09:20", "until", True, ("not owed",), ""),
        ("09:30", "stop", True, (), "the metric was no longer owed"),
        ("09:40", "until", False, ("new cycle", "began"), "it has not"),
    ]
    assert {row.text for row in made.trace() if row.condition == "until"} == {
        "workaround has stopped"
    }


def test_a_cap_on_pauses_is_used_up() -> None:
    """After an hour the clock runs again by itself; of more than two pauses none counts."""
    made = clock(
        {
            "work": {
                "stop": "done",
                "pause": {"when": {"status": "waiting"}, "at_most": "1 hour", "times": 2},
            }
        },
        ("09:10", "changed", {"status": "waiting"}),
        ("10:30", "note"),
        ("10:40", "changed", {"status": "open"}),
        ("11:00", "changed", {"status": "waiting"}),
        ("11:10", "changed", {"status": "open"}),
        ("11:20", "changed", {"status": "waiting"}),
    )
    used_up = "the cap on a single pause is used up"
    assert told(made.trace(), "pause") == [
        ("09:10", "pause", True, ("paused",), ""),
        ("10:10", "pause", True, ("resumed",), used_up),
        ("10:30", "pause", True, (), used_up),
        ("10:40", "pause", False, (), "status is open, not waiting"),
        ("11:00", "pause", True, ("paused",), ""),
        ("11:10", "pause", False, ("resumed",), "status is open, not waiting"),
        ("11:20", "pause", True, (), "the cap on the number of pauses is used up"),
    ]
    [row] = [row for row in made.trace() if not row.event]
    assert (row.number, row.text) == (1, "status is waiting")
    assert "10:10  the cap on pauses is used up" in str(made.trace())
    early = clock(
        {"work": made.policy.metrics["work"]}, ("09:10", "changed", {"status": "waiting"})
    )
    assert len([row for row in early.trace() if not row.event]) == 0
    assert [
        (f"{row.at:%H:%M}", row.did)
        for row in early.trace(as_of=f"{DAY}12:00:00Z")
        if not row.event
    ] == [("10:10", ("resumed",))]


def test_a_cap_is_used_up_and_another_reason_stays() -> None:
    made = clock(
        {
            "work": {"pause": {"when": {"status": "waiting"}, "at_most": "1 hour"}},
        },
        ("09:10", "changed", {"status": "waiting"}),
        ("09:20", "changed", {"access": "missing"}),
        ("10:30", "changed", {"access": "granted"}),
        preconditions={"access": {"words": "there is access", "pause": {"access": "missing"}}},
    )
    rows = [(f"{row.at:%H:%M}", row.text, row.did, row.why) for row in made.trace() if row.held]
    assert rows[2:] == [
        (
            "09:20",
            "access is missing (precondition access)",
            (),
            "the metric was already paused: status is waiting",
        ),
        ("10:10", "access", ("paused",), "the reason of the pause is now: access"),
    ]
    assert [row.text for row in made.trace() if row.did == ("resumed",)] == [
        "access is missing (precondition access)"
    ]


def test_changes_of_the_promise_and_dates_by_hand_have_rows() -> None:
    table = [
        {"when": {"priority": "high"}, "targets": {"work": "1 hour"}},
        {"targets": {"work": "4 hours"}},
    ]
    made = clock(
        {"work": {"stop": "done"}},
        ("09:10", "changed", {"priority": "high"}),
        (
            "09:20",
            "overridden",
            {"metric": "work", "due": f"{DAY}15:00:00Z", "author": "kim", "reason": "agreed"},
        ),
        ticket={"priority": "low"},
        attributes={"priority": ["high", "low"]},
        tables={"all": table},
    )
    rows = [row for row in made.trace() if row.condition not in ("start", "stop")]
    assert [(row.condition, row.text, row.did) for row in rows] == [
        ("on_change", "something else is promised", ("target changed",)),
        ("overridden", "a due date is set or taken back by hand", ("due date set by hand",)),
    ]
    assert dict(rows[0].changed) == {"priority": ("low", "high")}


@pytest.mark.parametrize(
    ("test", "fields", "why"),
    [
        ({"not": "low"}, {"f": "low"}, "f is low"),
        ({"not": ["low", "none"]}, {"f": "none"}, "f is none"),
        ([">= 100"], {"f": 5}, "f is 5, not >= 100"),
        ("10..20", {"f": 21}, "f is 21, not 10..20"),
        ("VIP*", {"f": "vip-1"}, "f is vip-1, not VIP*"),
        (True, {"f": False}, "f is false, not true"),
        ({"any": ["a", "b"]}, {"f": ["c", "d"]}, "f is c, d, so this is not met: f has a or b"),
        ({"none": ["c"]}, {"f": ["c", "d"]}, "f is c, d, so this is not met: f has none of c"),
        ({"all": ["a", "b"]}, {}, "f is missing, so this is not met: f has all of a, b"),
    ],
)
def test_each_kind_of_test_says_why(test: Any, fields: dict[str, Any], why: str) -> None:
    made = clock({"work": {"stop": {"event": "done", "f": test}}}, ("09:10", "done", fields))
    assert told(made.trace(), "stop")[-1] == ("09:10", "stop", False, (), why)


def test_alternatives_and_exceptions_say_why() -> None:
    """The values that were compared, and the condition as a whole."""
    made = clock(
        {
            "one": {"stop": {"event": "done", "any": [{"f": "a"}, {"g": "b", "h": "c"}]}},
            "two": {"stop": {"event": "done", "not": {"f": "x"}, "g": "b"}},
        },
        ("09:10", "done", {"f": "x", "g": "b"}),
    )
    assert [row.why for row in made.trace() if row.number == 1] == [
        "f is x, g is b, h is missing, so this is not met: (f is a or (g is b, h is c))",
        "f is x, so this is not met: not (f is x)",
    ]


def test_all_unmet_fields_are_named() -> None:
    made = clock(
        {"work": {"stop": {"event": "done", "by": "agent", "status": "open", "kind": "x"}}},
        ("09:10", "done", {"by": "customer", "status": "open"}),
    )
    assert told(made.trace(), "stop")[-1][4] == "by is customer, not agent, kind is missing"


def test_events_of_one_instant_count_as_one() -> None:
    """A field is compared after all of them; the last event that changed it has what was done."""
    made = clock(
        {"work": {"stop": "done", "pause": {"status": "waiting"}}},
        ("09:10", "changed", {"status": "waiting"}),
        ("09:10", "replied", {"status": "open"}),
        ("09:20", "changed", {"status": "waiting"}),
        ("09:20", "replied"),
    )
    rows = [row for row in made.trace() if row.condition == "pause" and row.number]
    assert [(row.number, row.event, row.held, row.did) for row in rows] == [
        (1, "changed", False, ()),
        (2, "replied", False, ()),
        (3, "changed", True, ("paused",)),
        (4, "replied", True, ()),
    ]
    assert dict(rows[1].changed) == {"status": (None, "open")}


@pytest.mark.parametrize(
    ("key", "events", "did"),
    [
        ("start", [("10:00", "taken")], ("began",)),
        ("stop", [("09:30", "taken"), ("10:00", "done")], ("stopped",)),
        ("cancel", [("09:30", "taken"), ("10:00", "dropped")], ("cancelled",)),
        ("reset", [("09:30", "taken"), ("10:00", "again")], ("cancelled", "new cycle")),
        ("reopen", [("09:30", "taken"), ("09:40", "done"), ("10:00", "reopened")], ("reopened",)),
    ],
)
def test_of_two_equal_events_of_one_instant_the_first_acts(
    key: str, events: list[tuple[str, str]], did: tuple[str, ...]
) -> None:
    """The other one says so, whatever the phase was before both."""
    metric = {"start": "taken", "stop": "done", "cancel": "dropped", "reset": "again"}
    made = clock({"work": metric | {"reopen": "reopened"}}, *events, events[-1])
    assert [row for row in told(made.trace(), key) if row[0] == "10:00"] == [
        ("10:00", key, True, did, ""),
        ("10:00", key, True, (), "it was already done at the same instant"),
    ]


def test_a_clock_that_two_conditions_resume_is_resumed_by_the_first() -> None:
    """Whoever holds the ticket again, and a note, at one instant."""
    metric = {"stop": "done", "held_by": {"group": "desk"}, "resume": "note"}
    made = clock(
        {"work": metric},
        ("09:10", "changed", {"group": "office"}),
        ("09:20", "note", {"group": "desk"}),
        ticket={"group": "desk"},
    )
    rows = told(made.trace(), "held_by", "resume")
    assert [row for row in rows if row[0] == "09:20"] == [
        ("09:20", "held_by", True, ("resumed",), ""),
        ("09:20", "resume", True, (), "it was already done at the same instant"),
    ]


def test_a_question_and_its_answer_of_one_instant() -> None:
    """The answer finds nothing to stop, and applies again to the cycle that the question begins."""
    made = clock(
        {"work": {"start": "asked", "stop": "answered"}},
        ("09:10", "answered"),
        ("09:10", "asked"),
    )
    assert [(row.event, row.did) for row in made.trace() if row.did] == [
        ("answered", ("stopped",)),
        ("asked", ("began",)),
    ]


def test_the_creation_is_one_event() -> None:
    """Also where the log has it."""
    policy = Policy("desk", metrics={"work": {}}, tables={"all": [{"targets": {"work": "1 hour"}}]})
    made = replay(policy, {}, [Event(f"{DAY}09:00:00Z", "created")])
    assert [(row.number, row.did) for row in made.trace(everything=True) if row.did] == [
        (0, ("began",))
    ]
    assert {row.number for row in made.trace(everything=True)} == {0}


def test_everything_lists_what_the_event_is_not_about() -> None:
    made = clock({"work": {"start": "taken", "stop": "done"}}, ("09:10", "note"))
    assert told(made.trace()) == [
        ("09:00", "start", False, (), "the event is created, not taken"),
        ("09:10", "start", False, (), "the event is note, not taken"),
    ]
    keys = ["start", "stop", "pause", "resume", "cancel", "reopen"]
    assert [row.condition for row in made.trace(everything=True)] == keys * 2


def test_rows_are_made_one_by_one() -> None:
    """The first rows of a long log come without the rest, and a trace can be read twice."""
    made = clock({"work": {"stop": "done"}}, *(("09:10", "note", {"n": n}) for n in range(2000)))
    trace = made.trace()
    assert [row.number for row in islice(trace, 3)] == [0, 1, 2]
    assert len(list(trace)) == len(list(trace)) == 2001


def test_as_of_leaves_out_later_events() -> None:
    made = clock({"work": {"stop": "done"}}, ("09:10", "note"), ("09:20", "done"))
    assert [row.number for row in made.trace(as_of=f"{DAY}09:15:00Z")] == [0, 1]
    with pytest.raises(ClockError):
        made.trace(as_of=f"{DAY}08:00:00Z")


def test_a_trace_is_a_table_of_text() -> None:
    made = clock(
        {"answer": {"stop": {"event": "replied", "by": "agent"}}},
        ("09:10", "replied", {"by": "customer"}),
        ("09:20", "replied", {"by": "agent"}),
    )
    assert str(made.trace()).splitlines() == [
        "Mon 2026-05-18 09:00  created",
        "  answer  start  created                   yes  began",
        "Mon 2026-05-18 09:10  replied",
        "  answer  stop   replied with by is agent  no   by is customer, not agent",
        "Mon 2026-05-18 09:20  replied",
        "  answer  stop   replied with by is agent  yes  stopped",
    ]
    assert repr(made.trace()) == "<Trace of desk>"
    assert str(made.trace("answer", language="zh")).splitlines() == [
        "2026-05-18 周一 09:00  created",
        "  answer  start  created                 是  开始",
        "2026-05-18 周一 09:10  replied",
        "  answer  stop   replied（by 为 agent）  否  by 为 customer，而不是 agent",
        "2026-05-18 周一 09:20  replied",
        "  answer  stop   replied（by 为 agent）  是  停止",
    ]


def test_rows_are_plain_data() -> None:
    made = clock(
        {"work": {"stop": "done", "pause": {"status": "waiting"}}},
        ("09:10", "changed", {"status": "waiting"}),
    )
    row = made.trace().to_dicts()[-1]
    assert (
        json.loads(json.dumps(row))
        == row
        == {
            "at": "2026-05-18T09:10:00+00:00",
            "number": 1,
            "event": "changed",
            "changed": {"status": [None, "waiting"]},
            "metric": "work",
            "condition": "pause",
            "text": "status is waiting",
            "held": True,
            "did": ["paused"],
            "why": "",
        }
    )


def test_unknown_metrics_and_languages_are_refused_at_once() -> None:
    made = clock({"work": {"stop": "done"}})
    with pytest.raises(UnknownMetricError, match="'wrok'"):
        made.trace("wrok")
    with pytest.raises(LanguageError):
        made.trace(language="xx")
    with pytest.raises(LanguageError):
        made.trace().to_html(language="xx")


def test_control_characters_of_tickets_are_escaped_in_text() -> None:
    made = clock(
        {"work": {"stop": {"event": "done", "by": "agent"}}},
        ("09:10", "done", {"by": "a\x1b[2J\nb"}),
    )
    assert "\x1b" not in str(made.trace())
    assert len(str(made.trace()).splitlines()) == 4
