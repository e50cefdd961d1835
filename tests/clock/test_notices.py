"""Notices: everything that somebody is to be told, each once, under keys that do not change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slacalc import Clock, Event, Policy, replay
from slacalc._calendar.timeline import Timeline
from slacalc.errors import PolicyError
from tests.clock.helpers import at, clock, event, policy, shown

DAY = policy(
    {"warnings": [{"at": "75 %", "name": "lead"}, "1 working hour before"], "pause": "held"},
    {"high": "2 working hours", "low": "8 working hours"},
)


def told(of: Clock, until: str, since: str | None = None) -> list[tuple[str | None, str]]:
    """The notices, with their moments."""
    notices = of.notices(None if since is None else at(since), at(until))
    return [(shown(notice.at), notice.key) for notice in notices]


WHOLE = [
    ("Mo 15:00", "work.1.warning.75 %"),
    ("Mo 16:00", "work.1.warning.1 working hour before"),
    ("Mo 17:00", "work.1.due"),
    ("Mo 17:00", "work.1.breached"),
]


def test_warnings_due_date_and_breach_have_keys() -> None:
    """Nine to five: eight hours. The breach comes a microsecond after the due date."""
    made = clock(DAY)
    assert told(made, "Tu 9:00") == WHOLE
    first, second, due, breach = made.notices(None, at("Tu 9:00"))
    assert (first.kind, first.name, first.threshold) == ("warning", "lead", "75 %")
    assert (second.name, second.threshold) == ("1 working hour before", "1 working hour before")
    assert breach.at - due.at == timedelta(microseconds=1)
    assert breach.to_dict() == {
        "at": "2024-05-06T17:00:00.000001+00:00",
        "kind": "breached",
        "metric": "work",
        "cycle": 1,
        "name": "",
        "threshold": "",
        "key": "work.1.breached",
    }
    assert json.loads(json.dumps(first.to_dict()))["threshold"] == "75 %"


def test_the_words_of_a_breach_have_no_microsecond() -> None:
    """A notice of a breach is the microsecond after the due date, in the numbers as well."""
    made = clock(DAY)
    breach = made.notices(None, at("Tu 9:00"))[-1]
    status = made.status(breach.at)["work"]
    assert str(status) == "work, breached, due Mon 2024-05-06 17:00, 8h of 8h used"
    assert (
        made.status(at("Mo 10:00") + timedelta(seconds=1.5))["work"].to_dict()["elapsed"] == 3601.5
    )
    half = clock(policy({"warnings": []})).status(at("Mo 9:00") + timedelta(seconds=0.5))["work"]
    assert str(half).endswith("0.5s of 8h used")


def test_a_limit_is_told_before_its_breach() -> None:
    """Due, late, limit, breached."""
    of = policy({}, {"within": "2 working hours", "limit": "4 working hours"})
    expected = [
        ("Mo 11:00", "work.1.due"),
        ("Mo 11:00", "work.1.late"),
        ("Mo 13:00", "work.1.limit"),
        ("Mo 13:00", "work.1.breached"),
    ]
    made = clock(of)
    assert told(made, "Tu 9:00") == expected
    assert shown(made.next_change(at("Mo 12:00"))) == "Mo 13:00"
    assert made.next_change(at("Mo 13:00")) == made.notices(None, at("Tu 9:00"))[3].at


def test_windows_add_up() -> None:
    """After the first instant, up to the last one; both ends count once."""
    made = clock(DAY)
    windows = [told(made, "Mo 15:00"), told(made, "Mo 16:30", "Mo 15:00")]
    windows += [told(made, "Mo 17:00", "Mo 16:30"), told(made, "Tu 9:00", "Mo 17:00")]
    assert windows == [WHOLE[:1], WHOLE[1:2], WHOLE[2:3], WHOLE[3:]]
    assert told(made, "Mo 8:00") == []
    assert told(made, "Tu 9:00", "Mo 8:00") == WHOLE  # before the opening


def test_a_breach_by_an_event_is_told_at_the_event() -> None:
    """At noon the priority rises, and its two hours are over since eleven."""
    made = clock(DAY, event("Mo 12:00", "changed", priority="high"))
    assert told(made, "Mo 12:00") == [
        ("Mo 12:00", "work.1.warning.1 working hour before"),
        ("Mo 12:00", "work.1.warning.75 %"),
        ("Mo 12:00", "work.1.due"),
        ("Mo 12:00", "work.1.breached"),
    ]
    # And when it falls again, what was told is told no more.
    made = made.apply(event("Mo 13:00", "changed", priority="low"))
    assert len(told(made, "Tu 9:00")) == 4


def test_a_second_due_date_of_a_cycle_is_told_no_more() -> None:
    """Two hours from 9; then low at 12, so due at 17:00: the first instant counts."""
    made = clock(DAY, event("Mo 12:00", "changed", priority="low"), ticket={"priority": "high"})
    assert [moment for moment, key in told(made, "Tu 9:00") if key == "work.1.due"] == ["Mo 11:00"]
    assert told(made, "Tu 9:00", since="Mo 16:30") == []


def test_a_breach_at_the_instant_of_the_event_that_ends_its_promise_is_told() -> None:
    """From 11:00 and a microsecond on it is breached, when it becomes low."""
    moment = at("Mo 11:00") + timedelta(microseconds=1)
    made = clock(DAY, Event(moment, "changed", priority="low"), ticket={"priority": "high"})
    assert made.status(moment)["work"].ever_breached
    (breach,) = [notice for notice in made.notices(None, moment) if notice.kind == "breached"]
    assert breach.at == moment


def test_what_an_event_breaches_at_once_was_never_late() -> None:
    """High at 16:00: the limit of four hours from 9 is over by then."""
    of = policy(
        {},
        {
            "high": {"within": "2 working hours", "limit": "4 working hours"},
            "low": {"within": "8 working hours", "limit": "16 working hours"},
        },
    )
    made = clock(of, event("Mo 16:00", "changed", priority="high"))
    kinds = ["due", "limit", "breached"]
    assert told(made, "Tu 9:00") == [("Mo 16:00", f"work.1.{kind}") for kind in kinds]
    late = clock(of, event("Mo 12:00", "changed", priority="high"))
    assert told(late, "Tu 9:00")[1:] == [
        ("Mo 12:00", "work.1.late"),
        ("Mo 13:00", "work.1.limit"),
        ("Mo 13:00", "work.1.breached"),
    ]


def test_what_a_ticket_is_late_for_as_it_comes_in_is_told() -> None:
    """Its date had passed before it was opened."""
    of = policy({}, "0 minutes")
    made = clock(of)
    assert told(made, "Mo 9:00") == [("Mo 9:00", "work.1.due")]
    assert told(made, "Tu 9:00", "Mo 9:00") == [("Mo 9:00", "work.1.breached")]
    assert told(made, "Tu 9:00", "Mo 8:00")[0] == ("Mo 9:00", "work.1.due")


def test_at_one_instant_events_come_first_then_metrics_in_their_order() -> None:
    """Whether the event changes a metric or only time does."""
    both = Policy(
        "desk",
        metrics={"first": {"stop": "replied"}, "second": {"stop": "resolved"}},
        tables={"all": [{"targets": {"first": "2 hours", "second": "2 hours"}}]},
    )
    opened = both.open({}, at("Mo 9:00"))
    for stops, others in (("resolved", "first"), ("replied", "second")):
        log = opened.apply(event("Mo 11:00", stops))
        changes = log.changes(at("Mo 9:00"), at("Mo 12:00"))
        at_eleven = [(each.kind, each.metric) for each in changes if each.at == at("Mo 11:00")]
        assert at_eleven == [("event", ""), ("due", "first"), ("due", "second")]
        assert [(each.kind, each.metric) for each in changes[3:]] == [("breached", others)]


def test_keys_survive_a_late_event() -> None:
    """A pause that comes to light moves instants; the keys stay."""
    made = clock(DAY)
    before = {key for _, key in told(made, "Mo 16:30")}
    late = made.insert(event("Mo 10:00", "held"), event("Mo 11:00", "resumed"))
    after = told(late, "Tu 12:00")
    assert after == [
        ("Mo 16:00", "work.1.warning.75 %"),
        ("Tu 9:00", "work.1.warning.1 working hour before"),
        ("Tu 10:00", "work.1.due"),
        ("Tu 10:00", "work.1.breached"),
    ]
    assert before == {"work.1.warning.75 %", "work.1.warning.1 working hour before"}


def test_keys_survive_words_and_storing() -> None:
    """And names of those who are warned."""
    data = DAY.to_dict()
    data["description"] = "another"
    data["metrics"]["work"]["words"] = "what is done"
    data["metrics"]["work"]["warnings"][0]["name"] = "the lead"
    other = clock(DAY).rejudged(Policy.from_dict(data))
    assert told(other, "Tu 9:00") == WHOLE
    assert told(Clock.from_dict(json.loads(json.dumps(other.to_dict()))), "Tu 9:00") == WHOLE


def test_a_renamed_metric_keeps_its_keys() -> None:
    """If the policy says what it was called."""
    data = DAY.to_dict()
    data["metrics"] = {"repair": data["metrics"]["work"] | {"formerly": "work"}}
    for row in data["tables"]["promises"]:
        row["targets"] = {"repair": row["targets"]["work"]}
    renamed = clock(DAY).rejudged(Policy.from_dict(data))
    assert told(renamed, "Tu 9:00") == WHOLE
    assert {notice.metric for notice in renamed.notices(None, at("Tu 9:00"))} == {"repair"}


@pytest.mark.parametrize(
    "formerly", [{"work": "rest"}, {"work": "work"}, {"work": "old", "rest": "old"}]
)
def test_two_metrics_do_not_share_keys(formerly: dict[str, str]) -> None:
    """A former name is no metric's, and no other one's former name."""
    metrics = {name: {"formerly": formerly.get(name, "")} for name in ("work", "rest")}
    metrics = {name: one if one["formerly"] else {} for name, one in metrics.items()}
    with pytest.raises(PolicyError, match="no other one had"):
        Policy("desk", metrics=metrics)


def test_two_warnings_with_one_threshold_are_two() -> None:
    """They are numbered by their names."""
    both = [{"at": "50 %", "name": "zoe"}, {"at": "50 %", "name": "amy"}]
    notices = clock(policy({"warnings": both})).notices(None, at("Mo 13:00"))
    assert [(one.name, one.key) for one in notices] == [
        ("amy", "work.1.warning.50 %"),
        ("zoe", "work.1.warning.50 %.2"),
    ]


def test_each_cycle_has_its_keys() -> None:
    """A reopened ticket in a new cycle is told anew."""
    of = policy({"on_reopen": "new_cycle"}, "2 working hours")
    made = clock(of, event("Mo 12:00", "resolved"), event("Tu 9:00", "reopened"))
    assert told(made, "We 9:00") == [
        ("Mo 11:00", "work.1.due"),
        ("Mo 11:00", "work.1.breached"),
        ("Tu 11:00", "work.2.due"),
        ("Tu 11:00", "work.2.breached"),
    ]


def test_a_promise_that_was_kept_tells_nothing_more() -> None:
    """Nor does one that is paused."""
    assert told(clock(DAY, event("Mo 16:30", "resolved")), "We 9:00") == WHOLE[:2]
    assert told(clock(DAY, event("Mo 10:00", "held")), "We 9:00") == []
    assert told(clock(DAY, event("Mo 10:00", "cancelled")), "We 9:00") == []


def test_changes_without_instants_of_their_own_have_no_key() -> None:
    """Events and hours are not told to anybody."""
    made = clock(DAY, event("Mo 16:30", "resolved"))
    changes = made.changes(at("Mo 9:00"), at("Tu 9:00"), hours=True)
    assert [bool(change.key) for change in changes] == [
        change.kind in {"warning", "due", "breached"} for change in changes
    ]
    assert [change for change in changes if change.key] == made.notices(None, at("Tu 9:00"))


# Many pauses --------------------------------------------------------------------------------------

WAITING = {
    "name": "desk",
    "calendars": {"office": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}},
    "metrics": {
        "resolution": {"stop": "resolved", "pause": {"status": "waiting"}, "warnings": ["50 %"]}
    },
    "tables": {"all": [{"targets": {"resolution": {"within": "80 working hours"}}}]},
}


def log_of_waits(count: int, minutes: int) -> list[Event]:
    """A ticket that waits and goes on, every so many minutes."""
    first = datetime(2026, 5, 18, 9, tzinfo=UTC)
    return [
        Event(
            first + (number + 1) * timedelta(minutes=minutes),
            "changed",
            status="open" if number % 2 else "waiting",
        )
        for number in range(count)
    ]


def test_what_pauses_moved_for_one_ticket_is_not_taken_for_another() -> None:
    """Tickets of one policy, in turn and with late events, are what each is by itself."""
    shared, opened = Policy.from_dict(WAITING), "2026-05-18T09:00:00+00:00"
    logs = [log_of_waits(24, minutes) for minutes in (30, 30, 7, 45)]
    logs[1][5] = Event(logs[1][5].at - timedelta(minutes=10), "changed", status="open")
    clocks = [shared.open({}, opened) for _ in logs]
    for turn in range(24):
        for place, log in enumerate(logs):
            clocks[place] = clocks[place].apply(log[turn])
            alone = replay(Policy.from_dict(WAITING), {}, log[: turn + 1], opened)
            at, later = log[turn].at, log[turn].at + timedelta(days=30)
            assert clocks[place].status(at)["resolution"] == alone.status(at)["resolution"]
            assert clocks[place].changes(at, later) == alone.changes(at, later)
            assert clocks[place].notices(None, later) == alone.notices(None, later)


def test_a_long_log_is_not_walked_anew_after_each_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses of a ticket move its due date once each, and its warning once each."""
    shifts = 0
    shift = Timeline.shift

    def counted(*args: Any, **options: Any) -> int:
        nonlocal shifts
        shifts += 1
        return shift(*args, **options)

    monkeypatch.setattr(Timeline, "shift", counted)
    log = log_of_waits(400, 30)
    clock = replay(Policy.from_dict(WAITING), {}, log, "2026-05-18T09:00:00+00:00")
    clock.notices(None, log[-1].at)
    assert shifts < 5 * len(log)


def test_half_of_each_hour_waited() -> None:
    """Four hours count a day: half of eight is over on the first, all of it on the second.

    From 9:00 on each hour counts until its half; the last half hours begin at 16:00.
    """
    table = [{"targets": {"resolution": "8 working hours"}}]
    desk = Policy.from_dict(WAITING | {"tables": {"all": table}})
    log = log_of_waits(70, 30)
    notices = replay(desk, {}, log, "2026-05-18T09:00:00Z").notices(None, log[-1].at)
    assert [(f"{one.at:%a %H:%M}", one.kind) for one in notices] == [
        ("Mon 16:30", "warning"),
        ("Tue 16:30", "due"),
        ("Tue 16:30", "breached"),
    ]
