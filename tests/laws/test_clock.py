"""Random policies and logs: the clock says what the naive reader says, however it was fed."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from slacalc import Clock, Event, Policy, replay
from slacalc._clock.clock import progress_of
from slacalc._clock.events import thawed
from slacalc._clock.status import result_of
from slacalc._time.instants import to_instant
from slacalc.errors import HorizonError, NeverOpen, TicketError
from tests.clock.answers import to_answer, to_datetime, to_events
from tests.oracles.calendar import HOUR, TooFarError
from tests.oracles.clock import Clocks, mode
from tests.strategies.clocks import clock_policies, event_logs, moments_of

if TYPE_CHECKING:
    import pendulum

    from slacalc import CycleStatus
    from tests.strategies.clocks import Log


def asked(data: st.DataObject) -> tuple[dict[str, Any], Log, Clock, int]:
    """A policy's data, a log, its clock, and an instant; not on a calendar that hardly opens."""
    office = data.draw(clock_policies())
    log = data.draw(event_logs(office))
    as_of = data.draw(moments_of(office, log))
    try:
        office.scene.walker.add(log.opened, HOUR)
    except TooFarError:
        reject()
    try:
        clock = fed(Policy.from_dict(office.data), log)
        clock.status(to_datetime(as_of)).to_dicts()
        last = max([log.opened, *(at for at, _, _ in log.events)])
        clock.changes(to_datetime(log.opened), to_datetime(last))
    except (HorizonError, NeverOpen):
        reject()
    return office.data, log, clock, as_of


def fed(policy: Policy, log: Log) -> Clock:
    """The clock after each event by itself."""
    clock = policy.open(log.ticket, to_datetime(log.opened))
    for event in to_events(log.events):
        clock = clock.apply(event)
    return clock


def microseconds(length: pendulum.Duration) -> int:
    return length.as_timedelta() // timedelta(microseconds=1)


@settings(deadline=None)
@given(st.data())
def test_the_naive_reader_agrees(data: st.DataObject) -> None:
    """On every cycle of every metric, at instants in the midst of the log and after it."""
    office = data.draw(clock_policies())
    log = data.draw(event_logs(office))
    try:
        clock = fed(Policy.from_dict(office.data), log)
    except (HorizonError, NeverOpen):  # of a sequential metric on a calendar that hardly opens
        reject()
    clocks = Clocks(office.reader)
    for _ in range(3):
        as_of = data.draw(moments_of(office, log))
        try:
            answers = clocks.answers(log.ticket, log.opened, log.events, as_of)
        except TooFarError:
            continue
        status = clock.status(to_datetime(as_of))
        for name, answer in answers.items():
            cycles = status.cycles(name)
            assert [to_answer(cycle) for cycle in cycles] == answer.cycles, name
            assert cycles[-1].ever_breached is answer.ever_breached
            passed = sorted(to_instant(one.at or "") for one in cycles[-1].warnings_passed)
            assert passed == sorted(at for at, _ in answer.warnings_passed), name


def shuffled(data: st.DataObject, events: list[Event]) -> list[Event]:
    """The events in another order of arrival; those of one instant keep theirs."""
    keys = {event.at: data.draw(st.integers(0, 9)) for event in events}
    return sorted(events, key=lambda event: keys[event.at])


@settings(deadline=None)
@given(st.data())
def test_replay_is_the_fold_of_apply(data: st.DataObject) -> None:
    """For any split of the log, and any order of arrival."""
    office = data.draw(clock_policies())
    log = data.draw(event_logs(office))
    policy, events, opened = (
        Policy.from_dict(office.data),
        to_events(log.events),
        to_datetime(log.opened),
    )
    try:
        one_by_one = fed(policy, log)
    except (HorizonError, NeverOpen):  # of a sequential metric on a calendar that hardly opens
        reject()
    replayed = replay(policy, log.ticket, shuffled(data, events), opened)
    assert replayed == one_by_one
    assert progress_of(replayed).state.metrics == progress_of(one_by_one).state.metrics

    split = data.draw(st.integers(0, len(events)))
    resumed = replay(policy, log.ticket, events[:split], opened)
    for event in events[split:]:
        resumed = resumed.apply(event)
    assert progress_of(resumed).state.metrics == progress_of(one_by_one).state.metrics
    late = replay(policy, log.ticket, events[split:], opened)
    if len({*events}) == len(events):
        late = late.insert(*events[:split])
    if (
        len({*events}) == len(events)
        and not set(events[:split]) & set(events[split:])
        and not ({event.at for event in events[:split]} & {event.at for event in events[split:]})
    ):
        assert progress_of(late).state.metrics == progress_of(one_by_one).state.metrics


@settings(deadline=None)
@given(st.data())
def test_messages_that_come_twice_and_late_count_once(data: st.DataObject) -> None:
    """In any order of instants, an insertion of each by its key gives the clock of the log."""
    office = data.draw(clock_policies())
    log = data.draw(event_logs(office))
    policy, opened = Policy.from_dict(office.data), to_datetime(log.opened)
    events = [event.with_key(place) for place, event in enumerate(to_events(log.events))]
    try:
        expected = replay(policy, log.ticket, events, opened)
        made = policy.open(log.ticket, opened)
        for event in shuffled(data, events):
            made = made.insert(event)
            assert made.insert(event) is made
    except (HorizonError, NeverOpen, TicketError):  # half a log may not be legal
        reject()
    assert made == expected
    assert progress_of(made).state == progress_of(expected).state
    assert all(made.insert(event) is made for event in events)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_an_observation_of_what_is_known_changes_nothing(data: st.DataObject) -> None:
    """And an observed clock has the fields that were seen."""
    _, log, clock, as_of = asked(data)
    instant = to_datetime(max([as_of, log.opened, *(at for at, _, _ in log.events)]))
    assert clock.observe(instant, **clock.fields) is clock
    if clock.policy.fields is not None:  # which would refuse another field
        return
    seen = clock.observe(instant, **{**clock.fields, "seen": "1"})
    assert seen.fields == {**clock.fields, "seen": "1"}
    assert len(seen.events) == len(clock.events) + 1


@settings(deadline=None)
@given(st.data())
def test_equal_events_of_one_instant_count_as_one(data: st.DataObject) -> None:
    """A log in which some events came twice says what the log without them says."""
    _, log, clock, as_of = asked(data)
    events = [event for event in clock.events for _ in range(data.draw(st.integers(1, 2)))]
    twice = replay(clock.policy, log.ticket, events, to_datetime(log.opened))
    when = to_datetime(as_of)
    assert twice.status(when).to_dicts() == clock.status(when).to_dicts()


@settings(deadline=None)
@given(st.data())
def test_a_stored_clock_is_the_same_clock(data: st.DataObject) -> None:
    """Through JSON, with its policy in it and without, and it can be fed on."""
    _, _, clock, as_of = asked(data)
    when = to_datetime(as_of)
    stored = json.loads(json.dumps(clock.to_dict()))
    small = json.loads(json.dumps(clock.to_dict(embed_policy=False)))
    for opened in (Clock.from_dict(stored), Clock.from_dict(small, clock.policy)):
        assert opened == clock
        assert opened.note == ""
        assert opened.status(when).to_dicts() == clock.status(when).to_dicts()
        assert opened.to_dict() == clock.to_dict()
    replayed = Clock.from_dict(clock.to_dict(state=False), clock.policy)
    again = Clock.from_dict(small, clock.policy)
    read, expected = progress_of(again).state, progress_of(replayed).state
    assert thawed(read.raw_fields) == thawed(expected.raw_fields)  # lists may be frozen
    assert read == expected._replace(raw_fields=read.raw_fields)


# What may change by itself: lengths of time, and what would be if a pause ended now.
FLOWING = {"elapsed", "total", "remaining", "paused", "due_if_resumed"}


@settings(deadline=None)
@given(st.data())
def test_status_is_constant_between_neighbouring_changes(data: st.DataObject) -> None:
    """And the next change is the first of them."""
    _, log, clock, _ = asked(data)
    start = log.opened
    end = max([start, *(at for at, _, _ in log.events)]) + 5 * 86_400_000_000
    changes = clock.changes(to_datetime(start), to_datetime(end))
    instants = sorted({start, *(to_instant(change.at) for change in changes), end})

    def still(at: int) -> list[dict[str, Any]]:
        dicts = clock.status(to_datetime(at)).to_dicts()
        return [{name: one[name] for name in one if name not in FLOWING} for one in dicts]

    for before, after in pairwise(instants):
        at = data.draw(st.integers(before + 1, after)) if before < after else after
        if before + 1 < after:
            assert still(before + 1) == still(max(before + 1, min(at, after - 1)))
    last = max([start, *(at for at, _, _ in log.events)])
    coming = [to_instant(one.at) for one in changes if to_instant(one.at) > last]
    following = clock.next_change(to_datetime(last))
    if coming:
        assert following is not None
        assert to_instant(following) == coming[0]
    else:
        assert following is None or to_instant(following) > end


def story(cycle: CycleStatus) -> tuple[Any, ...]:
    """What a host acts on, beside the kinds of changes that it may be told of."""
    return cycle.state, cycle.breached_at, cycle.ever_breached, cycle.due, cycle.is_paused


@settings(deadline=None)
@given(st.data())
def test_what_differs_between_two_instants_is_announced_between_them(data: st.DataObject) -> None:
    """By a change of the metric, or an event; breaches, delays and warnings by their own kinds."""
    _, log, clock, first = asked(data)
    events = sorted({at for at, _, _ in log.events if at > log.opened})
    at_event = data.draw(st.booleans())
    if events and at_event:  # a microsecond before an event and its instant
        second = data.draw(st.sampled_from(events))
        first = second - 1
    else:
        second = max(log.opened, first + data.draw(st.sampled_from([1, HOUR, 30 * HOUR])))
    start, end = to_datetime(first), to_datetime(second)
    changes = clock.changes(start, end)
    following = clock.next_change(start)
    coming = [following] if following is not None and following <= end else []
    assert [change.at for change in changes][:1] == coming

    before, after = clock.status(start), clock.status(end)
    for name in before:
        kinds = [(one.cycle, one.kind) for one in changes if one.metric == name]
        if story(before[name]) != story(after[name]):
            assert kinds or any(change.kind == "event" for change in changes)
        if after[name].ever_breached and not before[name].ever_breached:
            assert "breached" in [kind for _, kind in kinds]
        known = {cycle.cycle: cycle for cycle in before.cycles(name)}
        for cycle in after.cycles(name):
            old = known.get(cycle.cycle)
            for state in ("late", "breached"):
                if cycle.state == state and (old is None or old.state != state):
                    assert (cycle.cycle, state) in kinds
            if cycle.breached_at is not None and (old is None or old.breached_at is None):
                assert (cycle.cycle, "breached") in kinds
            more = len(cycle.warnings_passed) - (len(old.warnings_passed) if old else 0)
            assert kinds.count((cycle.cycle, "warning")) >= more


@settings(deadline=None)
@given(st.data())
def test_every_announced_change_is_a_difference(data: st.DataObject) -> None:
    """Between the status of the microsecond before it and that of its instant."""
    _, log, clock, _ = asked(data)
    end = max([log.opened, *(at for at, _, _ in log.events)]) + 3 * 24 * HOUR
    for change in clock.changes(to_datetime(log.opened), to_datetime(end)):
        if change.kind == "event":
            continue
        earlier = clock.status(change.at.subtract(microseconds=1)).cycles(change.metric)
        new = clock.status(change.at).cycles(change.metric)[change.cycle - 1]
        old = earlier[change.cycle - 1] if change.cycle <= len(earlier) else None
        if change.kind == "cap":  # of what may be promised without a figure, and have no due date
            assert old is not None
            assert old.is_paused
            assert not new.is_paused
        elif change.kind == "warning":
            assert old is None or old.warnings_passed != new.warnings_passed
        elif change.kind in ("due", "limit"):
            due_dates = result_of(new).due_dates
            assert due_dates is not None
            due = due_dates.due.at if change.kind == "due" else due_dates.limit.at
            assert due <= to_instant(change.at)
            assert due == to_instant(change.at) or any(
                to_instant(event.at) == to_instant(change.at) for event in clock.events
            )
        else:
            assert old is None or (old.state, old.breached_at, old.pause_reasons) != (
                new.state,
                new.breached_at,
                new.pause_reasons,
            )


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_every_notice_is_a_change_that_is_told_once(data: st.DataObject) -> None:
    """In windows that add up; what the status says was passed or breached has been told."""
    _, log, clock, as_of = asked(data)
    opened, until = to_datetime(log.opened), to_datetime(as_of)
    notices = clock.notices(None, until)
    keys = [notice.key for notice in notices]
    assert len({*keys}) == len(keys)
    middle = to_datetime(data.draw(st.integers(log.opened, as_of)))
    assert clock.notices(None, middle) + clock.notices(middle, until) == notices
    changes = clock.changes(opened, until)
    assert all(notice in changes for notice in notices if notice.at > opened)
    assert {change.key for change in changes} <= {*keys, ""}
    for name in clock.status(until):
        for cycle in clock.status(until).cycles(name):
            assert cycle.breached_at is None or f"{name}.{cycle.cycle}.breached" in keys
            # A limit may come before the due date, of its own row or of another one.
            is_due = cycle.due is None or cycle.due <= (cycle.stopped_at or until)
            if cycle.state in ("late", "breached") and is_due:
                assert f"{name}.{cycle.cycle}.due" in keys
            told = [key for key in keys if key.startswith(f"{name}.{cycle.cycle}.warning.")]
            passed = {alarm.threshold for alarm in cycle.warnings_passed}
            assert passed <= {notice.threshold for notice in notices if notice.key in told}


@settings(deadline=None)
@given(st.data())
def test_the_ledger_accounts_for_every_second(data: st.DataObject) -> None:
    """Its rows lie end to end from the opening on; running is what the cycles elapsed."""
    policy, log, clock, as_of = asked(data)
    status = clock.status(to_datetime(as_of))
    for name in policy["metrics"]:
        rows = clock.ledger(name, to_datetime(as_of)).rows
        edges = [to_instant(row.start) for row in rows] + [to_instant(row.end) for row in rows[-1:]]
        assert edges == sorted(edges)
        assert [to_instant(row.end) for row in rows] == edges[1:]
        assert not rows or (edges[0], edges[-1]) == (log.opened, as_of)
        if mode(policy, name, "repeat") != "sequential":  # whose cycles may overlap
            lengths = [cycle.elapsed for cycle in status.cycles(name) if cycle.elapsed is not None]
            running = sum(map(microseconds, lengths))
            assert microseconds(clock.ledger(name, to_datetime(as_of)).running) == running
            by_group = clock.time_by("group", name, to_datetime(as_of)).values()
            assert sum(map(microseconds, by_group)) == running
