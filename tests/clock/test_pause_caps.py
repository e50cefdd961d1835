"""Caps on pauses: reckoned by hand on a desk from 9 to 17, and random ones beside the oracle."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import Clock, Event, Policy, bulk, replay
from slacalc._time.instants import to_instant
from slacalc.errors import PolicyError, path_text
from tests.clock.answers import Oracle, Product, to_datetime
from tests.clock.helpers import at, clock, event, policy
from tests.oracles.calendar import HOUR

WAITING: dict[str, Any] = {"when": {"status": "waiting"}}


def waits(*moments: str) -> list[Event]:
    """The customer is waited for from the first moment on, no longer from the second on, etc."""
    return [
        event(moment, "changed", status=("open", "waiting")[number % 2 == 0])
        for number, moment in enumerate(moments)
    ]


def work(of: Clock, moment: str) -> tuple[str, str]:
    """The state and the due date, such as ``Tu 9``."""
    status = of.status(at(moment))["work"]
    return status.state, "" if status.due is None else f"{status.due:%a %H:%M}"


@pytest.mark.parametrize(
    ("cap", "events", "states"),
    [
        # Eight hours, due Monday 17:00; waiting from 10:00, for two hours at most: Tuesday 11:00.
        (
            {"at_most": "2 working hours"},
            waits("Mo 10:00"),
            {
                "Mo 11:59": ("paused", ""),
                "Mo 12:00": ("running", "Tue 11:00"),
                "Tu 12:00": ("breached", "Tue 11:00"),
            },
        ),
        # The second wait has two hours of its own.
        (
            {"at_most": "2 working hours"},
            waits("Mo 10:00", "Mo 13:00", "Mo 14:00"),
            {"Mo 13:30": ("running", "Tue 11:00"), "Mo 16:00": ("running", "Tue 13:00")},
        ),
        # Answered before the cap: only what was used moves the due date.
        (
            {"at_most": "2 working hours"},
            waits("Mo 10:00", "Mo 10:30"),
            {"Mo 11:00": ("running", "Tue 09:30")},
        ),
        # Two waits count; the third does not stop the clock.
        (
            {"times": 2},
            waits("Mo 10:00", "Mo 11:00", "Mo 12:00", "Mo 13:00", "Mo 14:00"),
            {"Mo 12:30": ("paused", ""), "Mo 14:30": ("running", "Tue 11:00")},
        ),
        # Three hours in all: two, and one of the next wait, which begins at 14:00.
        (
            {"in_all": "3 working hours"},
            waits("Mo 10:00", "Mo 12:00", "Mo 14:00"),
            {"Mo 14:59": ("paused", ""), "Mo 15:00": ("running", "Tue 12:00")},
        ),
        # A working day from Friday 15:00 is Monday 15:00, when the desk has slept over the weekend.
        (
            {"at_most": "1 working day"},
            waits("Fr 15:00"),
            {"Mo+7 14:59": ("breached", "Mon 17:00"), "Mo+7 15:00": ("breached", "Mon 17:00")},
        ),
        # Plain hours run on at night: from 16:00 to 18:00, of which one hour is working time.
        (
            {"at_most": "2 hours"},
            waits("Mo 16:00"),
            {"Mo 17:59": ("paused", ""), "Mo 18:00": ("running", "Tue 10:00")},
        ),
    ],
)
def test_by_hand(
    cap: dict[str, Any], events: list[Event], states: dict[str, tuple[str, str]]
) -> None:
    of = clock(policy({"pause": WAITING | cap}), *events)
    assert {moment: work(of, moment) for moment in states} == states


def test_lengths_may_be_counted_on_another_calendar() -> None:
    """The target runs day and night from Monday 9:00; the desk's two hours end Tuesday 10:00.

    So it waits from Monday 16:00 to Tuesday 10:00, and 24 hours are due 18 hours later.
    """
    pause = WAITING | {"at_most": "2 working hours", "calendar": "desk"}
    calendars = {
        "desk": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}},
        "always": {"time_zone": "UTC", "week": "always"},
    }
    target = {"within": "24 working hours", "calendar": "always"}
    of = clock(policy({"pause": pause}, target, calendars=calendars), *waits("Mo 16:00"))
    assert work(of, "Tu 9:59") == ("paused", "")
    assert work(of, "Tu 10:00") == ("running", "Wed 03:00")


def test_another_reason_goes_on() -> None:
    """The ticket is away from 11:00 on: when the cap is used up at 12:00, it stays paused."""
    metric = {"pause": WAITING | {"at_most": "2 working hours"}, "held_by": {"group": "desk"}}
    of = clock(
        policy(metric),
        *waits("Mo 10:00"),
        event("Mo 11:00", "changed", group="vendor"),
        event("Mo 14:00", "changed", group="desk"),
        ticket={"group": "desk"},
    )
    assert of.status(at("Mo 11:30"))["work"].pause_reasons == (
        "status is waiting",
        "not held by group is desk",
    )
    assert of.status(at("Mo 12:00"))["work"].pause_reasons == ("not held by group is desk",)
    assert work(of, "Mo 14:00") == ("running", "Tue 13:00")


def test_one_wait_is_one_stretch_whatever_it_is_for() -> None:
    """Waiting, then on hold: both are capped, so the two hours end at 12:00 and it counts once."""
    pause = {"when": {"status": ["waiting", "hold"]}, "at_most": "2 working hours", "times": 1}
    events = [*waits("Mo 10:00"), event("Mo 11:00", "changed", status="hold")]
    of = clock(policy({"pause": pause}), *events, event("Mo 13:00", "changed", status="waiting"))
    assert work(of, "Mo 11:59") == ("paused", "")
    assert work(of, "Mo 14:00") == ("running", "Tue 11:00")


def test_a_pause_begun_by_an_event() -> None:
    pause = {"when": "paused", "at_most": "2 working hours"}
    of = clock(policy({"pause": pause}), event("Mo 10:00", "paused"), event("Mo 13:00", "resumed"))
    assert work(of, "Mo 12:00") == ("running", "Tue 11:00")
    assert work(of, "Mo 14:00") == ("running", "Tue 11:00")


def test_a_metric_inside_another_runs_again_with_it() -> None:
    """The inner metric starts at 11:00, and the outer one's cap is used up at 12:00."""
    data = {
        "name": "desk",
        "calendars": {"desk": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}},
        "metrics": {
            "work": {"stop": "resolved", "pause": WAITING | {"at_most": "2 working hours"}},
            "vendor": {"inside": "work", "start": "assigned"},
        },
        "tables": {"all": [{"targets": {"work": "8 working hours", "vendor": "4 working hours"}}]},
    }
    of = clock(Policy.from_dict(data), *waits("Mo 10:00"), event("Mo 11:00", "assigned"))
    assert of.status(at("Mo 11:30"))["vendor"].state == "paused"
    vendor = of.status(at("Mo 12:00"))["vendor"]
    assert (vendor.state, f"{vendor.due:%a %H:%M}") == ("running", "Mon 16:00")


def test_a_new_cycle_counts_afresh() -> None:
    """Each of two cycles has its one wait; that of the first does not count for the second."""
    metric = {"pause": WAITING | {"times": 1}, "on_reopen": "new_cycle"}
    of = clock(
        policy(metric),
        *waits("Mo 10:00", "Mo 11:00"),
        event("Mo 12:00", "resolved"),
        event("Mo 13:00", "reopened"),
        *waits("Mo 14:00", "Mo 15:00", "Mo 16:00"),
    )
    assert work(of, "Mo 14:30") == ("paused", "")
    assert work(of, "Mo 16:30") == ("running", "Tue 14:00")


def test_what_comes_next_and_where_the_time_went() -> None:
    of = clock(policy({"pause": WAITING | {"at_most": "2 working hours"}}), *waits("Mo 10:00"))
    assert of.next_change(at("Mo 10:30")) == at("Mo 12:00")
    assert [
        (f"{change.at:%a %H:%M}", change.kind, change.name)
        for change in of.changes(at("Mo 9:00"), at("Tu 12:00"))
    ] == [
        ("Mon 10:00", "event", "changed"),
        ("Mon 12:00", "cap", "status is waiting"),
        ("Tue 11:00", "due", ""),
        ("Tue 11:00", "breached", ""),
    ]
    rows = [row for row in of.ledger("work", at("Mo 13:00")) if row.kind in ("running", "paused")]
    assert [(f"{row.start:%H:%M}", row.kind, row.name) for row in rows] == [
        ("09:00", "running", ""),
        ("10:00", "paused", "status is waiting"),
        ("12:00", "running", "the cap on a single pause is used up"),
    ]
    chinese = of.ledger("work", at("Mo 13:00"), language="zh")
    assert [row.name for row in chinese][-1] == "单次挂起的上限已用完"


@pytest.mark.parametrize(
    ("caps", "since", "text"),
    [
        ({"times": 1, "at_most": "4 working hours"}, "14:00", "the cap on the number of pauses"),
        ({"in_all": "90 working minutes", "times": 3}, "14:30", "the cap on all pauses together"),
        (
            {"in_all": "3 working hours", "at_most": "30 minutes"},
            "14:30",
            "the cap on a single pause",
        ),
    ],
)
def test_the_ledger_names_the_cap_that_is_used_up(
    caps: dict[str, Any], since: str, text: str
) -> None:
    """The first wait lasts an hour at most, and the second one begins at two."""
    of = clock(policy({"pause": WAITING | caps}), *waits("Mo 10:00", "Mo 11:00", "Mo 14:00"))
    rows = [row for row in of.ledger("work", at("Mo 16:00")) if row.kind == "running"]
    assert (f"{rows[-1].start:%H:%M}", rows[-1].name) == (since, f"{text} is used up")


def test_a_stored_clock_goes_on_as_it_was() -> None:
    of = clock(policy({"pause": WAITING | {"at_most": "2 working hours"}}), *waits("Mo 10:00"))
    again = Clock.from_dict(of.to_dict())
    assert work(again, "Mo 12:00") == ("running", "Tue 11:00")
    assert again.verify(of.proof(at("Mo 12:30"))).holds


def test_a_calendar_that_never_opens_uses_up_nothing() -> None:
    """So a working hour of waiting is never over, and two plain hours are."""
    for cap, state in (("1 working hour", "paused"), ("2 hours", "running")):
        data = policy({"pause": WAITING | {"at_most": cap}}, "30 hours").to_dict()
        data["calendars"]["desk"]["week"] = {}
        of = clock(Policy.from_dict(data), *waits("Mo 10:00"))
        assert of.status(at("Tu 9:00"))["work"].state == state


def test_columns_say_what_clocks_do() -> None:
    """Evaluated from columns and replayed from a log; `plan` says which engine."""
    of = policy({"pause": {"when": "paused", "at_most": "2 working hours"}})
    moments = ["Mo 10:00", "Mo 15:00", "Mo 16:30"]
    tickets = pl.DataFrame(
        {
            "created": [at("Mo 9:00")] * 3,
            "paused": [at(moment) for moment in moments],
            "resumed": [None, at("Mo 16:00"), None],
        }
    )
    answers = bulk.evaluate(of, tickets, at("Tu 10:00"))
    assert bulk.plan(of)["work"].engine == "clock"
    log: list[dict[str, Any]] = []
    for number, row in enumerate(tickets.to_dicts()):
        log += [{"ticket": number, "at": when, "type": kind} for kind, when in row.items() if when]
        clock_of_row = replay(
            of, {}, [Event(one["at"], one["type"]) for one in log if one["ticket"] == number]
        )
        status = clock_of_row.status(at("Tu 10:00"))["work"]
        assert answers["work_state"][number] == status.state
        assert answers["work_due"][number] == status.due
    replayed = bulk.replay(of, pl.DataFrame(log), at("Tu 10:00"))
    assert replayed["state"].to_list() == answers["work_state"].to_list()
    assert answers["work_state"].to_list() == ["running", "running", "paused"]  # 90 minutes so far


@pytest.mark.parametrize(
    ("pause", "where"),
    [
        ({"when": {"status": "waiting"}}, "metrics.work.pause"),
        ({"at_most": "2 working days"}, "metrics.work.pause.when"),
        (WAITING | {"at_most": "2 days"}, "metrics.work.pause.at_most"),
        (WAITING | {"at_most": "end of working day + 1"}, "metrics.work.pause.at_most"),
        (WAITING | {"in_all": "earliest of 1 hour, 2 hours"}, "metrics.work.pause.in_all"),
        (WAITING | {"times": 0}, "metrics.work.pause.times"),
        (WAITING | {"times": True}, "metrics.work.pause.times"),
        (WAITING | {"times": 2.5}, "metrics.work.pause.times"),
        (WAITING | {"time": 2, "times": 1}, "metrics.work.pause.time"),
        ({"when": [], "times": 1}, "metrics.work.pause.when"),
        (WAITING | {"times": 1, "calendar": "dsk"}, "metrics.work.pause.calendar"),
    ],
)
def test_faults(pause: dict[str, Any], where: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy({"pause": pause})
    assert [path_text(fault.path) for fault in caught.value.faults] == [where]


def test_working_time_needs_a_calendar() -> None:
    calendars = {name: {"time_zone": "UTC", "week": {"mon-fri": "9-17"}} for name in ("a", "b")}
    target = {"within": "8 working hours", "calendar": "a"}
    with pytest.raises(PolicyError, match=r"pause\.at_most: found no calendar"):
        policy({"pause": WAITING | {"at_most": "1 working day"}}, target, calendars=calendars)


LENGTHS = st.sampled_from(["30 minutes", "1 hour", "90 working minutes", "1 working day"])
CAPS = st.fixed_dictionaries(
    {}, optional={"at_most": LENGTHS, "times": st.integers(1, 2), "in_all": LENGTHS}
).filter(bool)
KINDS = ["waiting", "waiting", "hold", "open", "open", "resolved", "reopened", "away", "desk"]


@given(st.data())
def test_the_naive_reader_agrees(data: st.DataObject) -> None:
    """On random logs of waits, holds, resolutions and reopenings, at random instants."""
    metric = {
        "stop": "resolved",
        "pause": {"when": [{"status": ["waiting", "hold"]}]} | data.draw(CAPS),
        "held_by": {"group": {"not": "away"}},
        "on_reopen": data.draw(st.sampled_from(["continue", "new_cycle", "count_all"])),
    }
    policy_data = {
        "metrics": {"work": metric},
        "tables": {"all": [{"targets": {"work": "8 working hours"}}]},
    }
    opened = to_instant("2024-05-06T09:00:00Z")
    moments = st.integers(0, 100).map(lambda steps: opened + steps * HOUR // 2)
    log = []
    for moment in sorted(data.draw(st.lists(moments, max_size=10))):
        kind = data.draw(st.sampled_from(KINDS))
        fields = {"group": kind} if kind in ("away", "desk") else {"status": kind}
        happened = (
            (moment, kind, {}) if kind in ("resolved", "reopened") else (moment, "changed", fields)
        )
        log.append(happened)
    for _ in range(4):
        as_of = data.draw(moments)
        question: Any = (policy_data, {}, opened, log, as_of)
        assert Product.answers(*question) == Oracle.answers(*question)
    of = replay(
        Policy.from_dict(
            {"name": "x", "calendars": {"desk": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}}}
            | policy_data
        ),
        {},
        [Event(to_datetime(when), kind, **fields) for when, kind, fields in log],
        to_datetime(opened),
    )
    start, end = to_datetime(opened), to_datetime(opened + 50 * HOUR)
    changes = of.changes(start, end)
    assert of.next_change(start) == (changes[0].at if changes else of.next_change(end))
