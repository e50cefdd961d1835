"""One ticket at every door, on calendars that hardly open: where one door refuses, all do.

The doors to deadlines are `Policy.deadlines` and `bulk.deadlines`; those to the state of a ticket
are `Clock.apply` and `status`, `replay`, `next_change`, `proof`, `ledger`, `to_html`, stored clocks
and `bulk.replay`; and `bulk.evaluate` for tickets whose events are columns.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc import Clock, Event, Policy, bulk, replay
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OFFICE = {"mon-fri": "09:00-17:00"}
MINUTE = dict.fromkeys((f"{year}-05-20" for year in range(2000, 2100)), "12:00-12:01")
CALENDARS: dict[str, Any] = {
    "never": {"time_zone": "UTC", "week": "closed"},
    "opened": {
        "time_zone": "UTC",
        "week": "closed",
        "changes": {"2026-06-01": {"week": OFFICE}},
    },
    "shut": {
        "time_zone": "Europe/Paris",
        "week": OFFICE,
        "changes": {"2026-06-01": {"week": "closed"}},
    },
    "a minute a year": {"time_zone": "UTC", "week": "closed", "exceptions": MINUTE},
    "once": {"time_zone": "UTC", "week": "closed", "exceptions": {"2026-05-20": "12:00-12:01"}},
    "at last": {"time_zone": "Asia/Tokyo", "week": "closed", "exceptions": {"2200-12-30": "9-17"}},
    "at first": {"time_zone": "UTC", "week": "closed", "exceptions": {"1900-01-02": "9-17"}},
    "office": {"time_zone": "Europe/Paris", "week": OFFICE},
}
TIMES = """
1 working hour|2 working minutes|1 working second|24 hours|800000 hours|1 working day
3 working days|90000 working days|2 calendar days|60000 calendar days|end of working day + 0
end of day + 1|at once|earliest of 24 hours, 1 working day|latest of 24 hours, 1 working hour
"""
WARNINGS: list[Any] = ["50 %", "1 working hour before", "2 working days before", "1 hour before"]
WARNINGS += ["1 working day after", {"at": "80 %", "when_closed": "previous_close"}]
WARNINGS += [{"at": "1 hour before", "when_closed": "next_open"}]
WITHIN = st.sampled_from(TIMES.replace("\n", "|").strip("|").split("|"))
TARGETS = st.fixed_dictionaries(
    {"within": WITHIN},
    optional={
        "calendar": st.sampled_from([*CALENDARS]),
        "limit": WITHIN,
        "warnings": st.lists(st.sampled_from(WARNINGS), max_size=2),
    },
)
METRICS = st.fixed_dictionaries(
    {"stop": st.just("done"), "pause": st.just({"status": "waiting"})},
    optional={
        "start": st.just("accepted"),
        "reset": st.just("rejected"),
        "repeat": st.sampled_from(["sequential", "independent", "next_start"]),
        "on_change": st.sampled_from(["keep_elapsed", "from_change", "restart", "keep_original"]),
        "on_reopen": st.sampled_from(["continue", "new_cycle", "final", "count_all"]),
    },
)
SEVERITIES = st.sampled_from(["x", "y", "z"])
FIELDS = st.sampled_from(
    [
        *({"status": status} for status in ("waiting", "open")),
        *({"a": value} for value in ("x", "y", "z", "q")),
        *({"b": value} for value in ("k", "l")),
    ]
)
EVENTS = st.tuples(
    st.sampled_from([0, 0, 1, 5, 24, 100]),
    st.tuples(
        st.sampled_from(["done", "accepted", "reopened", "rejected", "cancelled"]), st.just({})
    )
    | st.tuples(st.just("changed"), FIELDS),
)
ORDINARY = datetime(2026, 5, 18, 9, tzinfo=UTC)
OPENINGS = st.builds(
    lambda hours: ORDINARY + timedelta(hours=hours), st.integers(0, 480)
) | st.sampled_from(
    [
        datetime(1900, 1, 1, tzinfo=UTC),
        datetime(1900, 1, 3, tzinfo=UTC),
        datetime(2150, 6, 1, tzinfo=UTC),
        datetime(2200, 12, 29, tzinfo=UTC),
    ]
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A policy with one metric or two, and a row for most tickets."""
    names = ["m", "n"][: draw(st.integers(1, 2))]

    def row(when: dict[str, str]) -> dict[str, Any]:
        return {"when": when, "targets": {name: draw(TARGETS) for name in names}}

    tables = {"t": [row({"a": "x"}), row({"a": "y"})]}
    if draw(st.booleans()):
        tables["u"] = [row({})]
    return Policy(
        "desk",
        calendar=draw(st.sampled_from([*CALENDARS])),
        calendars=CALENDARS,
        attributes={"a": ["x", "y", "z"], "b": {"values": ["k", "l"], "optional": True}},
        metrics={name: draw(METRICS) for name in names},
        tables=tables,
        refusals=[{"when": {"a": "y", "b": "l"}, "because": "never together"}],
    )


def ask(question: Callable[[], Any]) -> Any:
    """An answer, or the refusal."""
    try:
        return question()
    except SlacalcError as refusal:
        return refusal


def agree(answers: dict[str, Any]) -> bool:
    """Whether all doors answer (true), or all refuse."""
    refusals = {name for name, answer in answers.items() if isinstance(answer, SlacalcError)}
    assert not refusals or refusals == {*answers}, answers
    return not refusals


def shown(at: Any) -> str | None:
    """An instant of any door, in UTC to the microsecond."""
    if at is None or at != at:  # noqa: PLR0124 - NaT is unequal
        return None
    return str(np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us"))


@settings(max_examples=150, deadline=None)
@given(policies(), SEVERITIES, OPENINGS)
def test_deadlines(policy: Policy, a: str, at: datetime) -> None:
    """What has a deadline can be shown as well."""
    one = ask(lambda: policy.deadlines({"a": a}, at, {"accepted": at}))
    table = {"created": [at], "accepted": [at], "a": [a]}
    if agree({"policy": one, "bulk": (many := ask(lambda: bulk.deadlines(policy, table)))}):
        for name, deadline in one.items():
            assert shown(deadline.due) == shown(many[f"{name}_due"][0])
            assert shown(deadline.limit) == shown(many[f"{name}_limit"][0])
            is_near = deadline.due and (deadline.due - at).days < 99  # or the text is long
            for language in ("en", "zh"):
                assert not is_near or str(deadline.explain(language=language))
                assert deadline.to_html(language=language)
        assert [row["metric"] for row in one.to_dicts()] == [*policy.metrics]


@settings(max_examples=200, deadline=None)
@given(policies(), SEVERITIES, OPENINGS, st.lists(EVENTS, max_size=6), st.integers(0, 9000))
def test_clocks(
    policy: Policy,
    a: str,
    opened: datetime,
    steps: list[tuple[int, tuple[str, dict[str, str]]]],
    later: int,
) -> None:
    """Events that a clock refuses one by one are refused as a log."""
    at, events = opened, []
    with suppress(SlacalcError):  # past the supported years
        for hours, (kind, fields) in steps:
            at += timedelta(hours=hours)
            events.append(Event(at, kind, **fields))
    as_of = min(at + timedelta(hours=later), datetime(2200, 12, 31, tzinfo=UTC))
    if any(event.at > as_of for event in events):
        return
    clock = ask(lambda: applied(policy.open({"a": a}, opened), events))
    known = {"apply": clock, "replay": ask(lambda: replay(policy, {"a": a}, events, opened))}
    log: dict[str, list[Any]] = {
        "ticket": [1] * (1 + len(events)),
        "at": [opened, *(event.at for event in events)],
        "type": ["created", *(event.type for event in events)],
    }
    for name, first in (("a", a), ("b", None), ("status", None)):
        log[name] = [first, *(event.fields.get(name) for event in events)]
    many = ask(lambda: bulk.replay(policy, log, as_of))
    if not agree(known):
        assert isinstance(many, SlacalcError), many
        return
    assert known["replay"] == clock == Clock.from_dict(clock.to_dict())
    doors: dict[str, Callable[[], Any]] = {
        "status": lambda: clock.status(as_of),
        "status as data": lambda: clock.status(as_of).to_dicts(),
        "next change": lambda: clock.next_change(as_of),
        "next change, with hours": lambda: clock.next_change(as_of, hours=True),
        "proof": lambda: clock.proof(as_of),
        "HTML": lambda: clock.to_html(as_of),
        "ledgers": lambda: [clock.ledger(name, as_of) for name in policy.metrics],
    }
    answers = {name: ask(door) for name, door in doors.items()}
    if agree(answers | {"bulk": many}):
        status = answers["status"]
        cycles = [cycle for name in status for cycle in status.cycles(name)]
        assert [cycle.state for cycle in cycles] == [*many["state"]]
        assert [shown(cycle.due) for cycle in cycles] == [*map(shown, many["due"])]


def applied(clock: Clock, events: Iterable[Event]) -> Clock:
    """A clock after events, one by one."""
    for event in events:
        clock = clock.apply(event)
    return clock


KINDS = ("accepted", "done", "rejected", "cancelled")


@settings(max_examples=150, deadline=None)
@given(policies(), SEVERITIES, OPENINGS, st.lists(st.none() | st.integers(0, 200), max_size=4))
def test_columns_of_events(
    policy: Policy, a: str, opened: datetime, hours: list[int | None]
) -> None:
    """The state of a ticket whose events are columns is that of its clock."""
    end = datetime(2200, 12, 31, tzinfo=UTC)
    happened = {
        kind: min(opened + timedelta(hours=number), end)
        for kind, number in zip(KINDS, hours, strict=False)
        if number is not None
    }
    log = sorted((Event(at, kind) for kind, at in happened.items()), key=lambda event: event.at)
    as_of = max([opened, *happened.values()])
    one = ask(lambda: applied(policy.open({"a": a}, opened), log).status(as_of))
    table = {"created": [opened], "a": [a], **{kind: [at] for kind, at in happened.items()}}
    many = ask(lambda: bulk.evaluate(policy, table, as_of))
    if agree({"clock": one, "bulk": many}):
        assert [one[name].state for name in one] == [many[f"{name}_state"][0] for name in one]


ILLEGAL = {"a": "q"}, {"b": "l"}
MENDED = {"a": "x"}, {"b": "k"}


@pytest.mark.parametrize(("first", "second"), [*zip(ILLEGAL, MENDED, strict=True)])
@pytest.mark.parametrize("hours", [0, 1], ids=["at one instant", "an hour later"])
def test_what_mends_a_ticket_comes_too_late(
    first: dict[str, str], second: dict[str, str], hours: int
) -> None:
    """An event that makes a ticket illegal is refused alone, and so before another one."""
    desk = Policy(
        "desk",
        attributes={"a": ["x", "y"], "b": {"values": ["k", "l"], "optional": True}},
        metrics={"m": {}},
        tables={"t": [{"targets": {"m": "1 hour"}}]},
        refusals=[{"when": {"a": "y", "b": "l"}, "because": "never together"}],
    )
    ticket, at = {"a": "y"}, ORDINARY
    later = at + timedelta(hours=1)
    events = [Event(later, "changed", **first)]
    events.append(Event(later + timedelta(hours=hours), "changed", **second))
    log: dict[str, list[Any]] = {
        "ticket": [1, 1, 1],
        "at": [at, *(event.at for event in events)],
        "type": ["created", "changed", "changed"],
        "a": ["y", first.get("a"), second.get("a")],
        "b": [None, first.get("b"), second.get("b")],
    }
    clock = desk.open(ticket, at)
    refusals = [
        ask(lambda: applied(clock, events)),
        ask(lambda: replay(desk, ticket, events, at)),
        ask(lambda: clock.insert(*events)),
        ask(lambda: bulk.replay(desk, log, later)),
    ]
    assert all(isinstance(one, SlacalcError) for one in refusals), refusals
    assert len({str(one).removeprefix("ticket 1.") for one in refusals}) == 1
    if not hours:  # the fields of one event count at once
        both = Event(later, "changed", a="x", b="l")
        assert clock.apply(both) == replay(desk, ticket, [both], at)
    swapped = [Event(later, "changed", a="x"), Event(later, "changed", b="l")]
    assert applied(clock, swapped) == replay(desk, ticket, swapped, at)
