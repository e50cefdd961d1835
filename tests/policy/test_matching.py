"""From a ticket to its rows: calendars of targets, conditions, starts and refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from slacalc import Event, Policy, SlacalcError, bulk, replay
from slacalc.errors import PolicyError, TicketError
from tests.policy.desk import FRIDAY, OFFICE, paris, policy, resolution, row

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_target_uses_its_own_calendar_or_its_metrics_or_the_policys() -> None:
    """The nearest name wins; a part of several may have another one still."""
    late = {"time_zone": "Europe/Paris", "week": {"daily": "12-20"}}
    night = {"time_zone": "Europe/Paris", "week": {"daily": "20-24"}}
    parts: dict[str, Any] = {
        "calendars": {"office": OFFICE, "late": late, "night": night},
        "calendar": "office",
    }
    assert resolution(policy("2 working hours", **parts)).due == paris("06 10:00")
    of_metric = {"metrics": {"resolution": {"calendar": "late"}}}
    assert resolution(policy("2 working hours", **parts | of_metric)).due == paris("03 18:00")
    own = {"targets": {"resolution": {"within": "2 working hours", "calendar": "night"}}}
    deadline = resolution(policy(own, **parts | of_metric))
    assert (deadline.due, deadline.calendar) == (paris("03 22:00"), "night")
    several = {"earliest_of": [{"within": "2 working hours", "calendar": "late"}, "1 working day"]}
    combined = {"targets": {"resolution": {"within": several, "calendar": "night"}}}
    deadline = resolution(policy(combined, **parts))
    assert (deadline.due, deadline.calendar) == (paris("03 18:00"), "late")


def test_a_calendar_must_be_named_where_there_are_several() -> None:
    """Working time needs a calendar; plain hours do not."""
    parts = {"calendars": {"one": OFFICE, "two": OFFICE}}
    missing = r"resolution\.calendar: is missing: expected a calendar to count 1 working hour on"
    with pytest.raises(PolicyError, match=missing):
        policy("1 working hour", **parts)
    assert resolution(policy("1 hour", **parts)).due == paris("03 17:00")


def test_the_first_matching_row_with_a_target_counts() -> None:
    """A matching row without a target for the metric is skipped."""
    desk = policy(
        {"when": {"severity": "high"}, "entitlements": ["a person to call"]},
        row("1 hour", severity=["high", "medium"]),
        row("2 hours", severity="high"),
        row("3 hours"),
    )
    answers = {
        severity: resolution(desk, {"severity": severity}) for severity in ("high", "medium", "low")
    }
    assert [answers[one].row for one in answers] == [1, 1, 3]
    assert [answers[one].within for one in answers] == ["1 hour", "1 hour", "3 hours"]


def test_the_earliest_due_date_holds_and_the_other_promises_stay_visible() -> None:
    """Across tables the earliest due date counts, in any order; words never come before a time."""
    tables = {
        "slow": [row("24 hours")],
        "words": [row({"promise": "as soon as we can"})],
        "quick": [row("2 hours")],
    }
    deadline = resolution(policy(tables=tables))
    assert (deadline.table, deadline.due) == ("quick", FRIDAY + timedelta(hours=2))
    assert [one.table for one in deadline.promises] == ["quick", "slow", "words"]
    assert [one.reason for one in deadline.promises] == ["", "", "as soon as we can"]
    assert deadline.promises[1].due == FRIDAY + timedelta(hours=24)


def test_the_earliest_limit_holds_as_well() -> None:
    """A limit in one table does not excuse what is a breach by another table."""
    lenient = row({"within": "4 hours", "limit": "24 hours"})
    alone = resolution(policy(lenient))
    assert (alone.due, alone.limit) == (paris("03 20:00"), paris("04 16:00"))
    beside = resolution(policy(tables={"a": [lenient], "b": [row("6 hours")]}))
    assert (beside.due, beside.limit, beside.table) == (paris("03 20:00"), paris("03 22:00"), "a")
    strict = resolution(policy(tables={"a": [lenient], "b": [row("4 hours")]}))
    assert (strict.due, strict.limit) == (paris("03 20:00"), None)


def test_a_promise_without_a_time_gives_its_words() -> None:
    """There is no due date; the reason is the policy's words, or that nothing is promised."""
    desk = policy(row({"promise": "negotiated"}, severity="high"))
    said = resolution(desk, {"severity": "high"})
    assert (said.due, said.reason, said.within) == (None, "negotiated", None)
    silent = resolution(desk, {"severity": "low"})
    assert (silent.due, silent.reason, silent.promises) == (None, "nothing is promised", ())


def test_a_metric_that_starts_at_another_event() -> None:
    """Without the event it has not begun; with it, the time counts from there."""
    desk = policy("2 hours", metrics={"resolution": {"start": "accepted"}})
    waiting = resolution(desk)
    assert (waiting.due, waiting.reason) == (None, "not begun: starts at accepted")
    assert waiting.promises[0].within == "2 hours"
    begun = resolution(desk, since={"accepted": paris("06 10:00")})
    assert (begun.due, begun.start) == (paris("06 12:00"), paris("06 10:00"))
    assert resolution(desk, since={"accepted": "2024-05-06T08:00:00Z"}).due == paris("06 12:00")


def test_the_first_of_several_starts_counts_after_the_last_reset() -> None:
    """Either event may start the clock, and a reset makes it wait for the next start."""
    metric = {"start": ["opened", "called"], "reset": "rejected"}
    desk = policy("1 hour", metrics={"resolution": metric})
    both = {"opened": paris("03 12:00"), "called": paris("03 10:00")}
    assert resolution(desk, since=both).due == paris("03 11:00")
    again = both | {"rejected": paris("03 11:00")}
    assert resolution(desk, since=again).due == paris("03 13:00")
    over = both | {"rejected": paris("03 13:00")}
    assert resolution(desk, since=over).reason == "not begun: starts at opened, or called"


def test_a_misspelled_event_is_refused_and_a_strange_one_is_not() -> None:
    """Any event may be passed; one that resembles a missing start is a mistake."""
    desk = policy("1 hour", metrics={"resolution": {"start": "accepted"}})
    with pytest.raises(TicketError, match="did you mean 'accepted'"):
        resolution(desk, since={"acepted": FRIDAY})
    assert resolution(desk, since={"closed": FRIDAY}).reason.startswith("not begun")


def test_unknown_fields_are_ignored_unless_they_resemble_an_attribute() -> None:
    """`customer` is ignored; `sevreity` is a mistake."""
    desk = policy("1 hour")
    assert resolution(desk, {"customer": object()}).within == "1 hour"
    for wrong in ("sevreity", "Severity", "severty", "severityy"):
        with pytest.raises(TicketError, match="did you mean 'severity'"):
            resolution(desk, {wrong: "high"})


def test_a_refused_ticket() -> None:
    """Bad input is an error that quotes the reason in the policy."""
    refusal = {"when": {"severity": "high", "received": {"not": "open"}}, "because": "call us"}
    desk = policy("1 hour", refusals=[refusal])
    assert resolution(desk, {"severity": "high"}).due
    with pytest.raises(TicketError, match="severity is high and received is not open: call us"):
        resolution(desk, {"severity": "high"}, at=paris("04 12:00"))


@pytest.mark.parametrize(
    "bad", [None, "x", 5, [("severity", "high")], {"severity": b"high"}, {"severity": object()}]
)
def test_no_ticket_ends_in_a_foreign_error(bad: Any) -> None:
    """Whatever is passed in place of a ticket, the error is a `SlacalcError`."""
    with pytest.raises(SlacalcError):
        policy(row("1 hour", severity="high")).deadlines(bad, FRIDAY)


# Misspelled fields --------------------------------------------------------------------------------

LENIENT = Policy(
    "lenient",
    calendars={"office": OFFICE},
    attributes={
        "priority": {"values": [1, 2], "default": 2},
        "region": {"kind": "text", "optional": True},
        "vip": {"values": [True, False], "default": False},
    },
    metrics={"resolution": {"stop": {"status": "solved"}}},
    tables={
        "standard": [
            row("1 hour", priority=1),
            row("2 hours", region="north"),
            row("3 hours", vip=True),
            row("8 hours"),
        ]
    },
)


@pytest.mark.parametrize(
    ("field", "value", "meant"),
    [
        ("Priority", 1, "priority"),
        ("PRIORITY", 1, "priority"),
        ("priorty", 1, "priority"),
        ("prioirty", 1, "priority"),
        ("prioritys", 1, "priority"),
        (" Priority ", 1, "priority"),
        ("Region", "north", "region"),
        ("regoin", "north", "region"),
        ("VIP", True, "vip"),
    ],
)
def test_a_misspelled_attribute_is_refused_although_a_ticket_may_lack_it(
    field: str, value: Any, meant: str
) -> None:
    """By every door: the default would be a wrong answer without a word."""
    created = {"ticket": ["A"], "at": [FRIDAY], "type": ["created"], field: [value]}
    doors: list[Callable[[], Any]] = [
        lambda: LENIENT.deadlines({field: value}, FRIDAY),
        lambda: LENIENT.open({field: value}, FRIDAY),
        lambda: LENIENT.open({}, FRIDAY).apply(Event(FRIDAY, "changed", **{field: value})),
        lambda: LENIENT.open({meant: value}, FRIDAY).apply(Event(FRIDAY, "note", **{field: value})),
        lambda: replay(LENIENT, {}, [Event(FRIDAY, "created", **{field: value})]),
        lambda: bulk.deadlines(LENIENT, {"created": [FRIDAY], field: [value]}),
        lambda: bulk.evaluate(LENIENT, {"created": [FRIDAY], field: [value]}, FRIDAY),
        lambda: bulk.replay(LENIENT, created),
    ]
    for door in doors:
        with pytest.raises(TicketError, match=f"did you mean '{meant}'") as caught:
            door()
        assert (caught.value.attribute, caught.value.suggestions) == (field, [meant])


def test_fields_that_resemble_an_attribute_that_is_there_are_ignored() -> None:
    """A ticket and a table may have any other fields, and a table may leave attributes out."""
    ticket = {"priority": 1, "Priority": "P1", "vap": True, "note": "text"}
    assert LENIENT.deadlines(ticket, FRIDAY)["resolution"].within == "1 hour"
    hour = FRIDAY + timedelta(hours=1)
    table = {"created": [FRIDAY], "priority": [1], "Priority": ["P1"]}
    assert bulk.deadlines(LENIENT, table)["resolution_due"] == [hour]
    other = {"created": [FRIDAY], "Priority": [1]}
    for column, hours in (("Priority", 1), (None, 8)):
        answer = bulk.deadlines(LENIENT, other, columns={"priority": column})
        assert answer["resolution_due"] == [FRIDAY + timedelta(hours=hours)]
    log = {"ticket": ["A"] * 2, "at": [FRIDAY] * 2, "type": ["created", "note"]}
    named: dict[str, Any] = log | {"priority": [1, None], "Priority": ["P1", "P2"]}
    assert bulk.replay(LENIENT, named)["due"] == [hour]
    unnamed: dict[str, Any] = log | {"Priority": [1, None]}
    excluded: dict[str, str | None] = {"priority": None}
    assert bulk.replay(LENIENT, unnamed, columns={"priority": "Priority"})["due"] == [hour]
    assert bulk.replay(LENIENT, unnamed, columns=excluded)["row"] == [3]
    clock = LENIENT.open({"priority": 1}, FRIDAY).apply(Event(FRIDAY, "paused", reason="parts"))
    assert clock.events


def test_misspelled_fields_of_conditions_are_refused_by_clocks() -> None:
    """The policy solves by `status`; `Status` would leave the clock running."""
    clock = LENIENT.open({}, FRIDAY)
    with pytest.raises(TicketError, match="^changed: the event has 'Status'.*mean 'status'"):
        clock.apply(Event(FRIDAY, "changed", Status="solved"))
    with pytest.raises(TicketError, match="did you mean 'status'"):
        LENIENT.open({"Status": "solved"}, FRIDAY)


def test_tickets_that_are_alike_may_be_received_at_other_times() -> None:
    """Rows are kept for tickets of the same attributes, but not what their receipt decided."""
    desk = policy(
        row("1 hour", severity="high", received="weekend"),
        row("2 hours", severity="high"),
        row("3 hours"),
    )
    for severity, at, due in [
        ("high", "03 16:00", "03 18:00"),
        ("high", "04 16:00", "04 17:00"),  # a Saturday
        ("high", "06 16:00", "06 18:00"),
        ("low", "03 16:00", "03 19:00"),
        ("low", "04 16:00", "04 19:00"),
        ("high", "05 16:00", "05 17:00"),
    ]:
        assert resolution(desk, {"severity": severity}, paris(at)).due == paris(due), (severity, at)


def test_tickets_that_are_alike_may_lack_what_others_have() -> None:
    """An attribute that a ticket lacks is not one of its values, nor of those of a pattern."""
    parts = {"attributes": {"kind": {"kind": "text", "optional": True}}}
    desk = policy(row("1 hour", kind="net*"), row("2 hours"), **parts)
    for ticket, due in [
        ({"kind": "network"}, "03 17:00"),
        ({"kind": "printer"}, "03 18:00"),
        ({}, "03 18:00"),
        ({"kind": "net"}, "03 17:00"),
        ({"kind": "mail"}, "03 18:00"),
    ]:
        assert resolution(desk, ticket).due == paris(due), ticket
