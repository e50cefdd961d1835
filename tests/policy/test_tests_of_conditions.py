"""Numbers, tags, patterns, alternatives and exceptions in conditions: cases made by hand."""

from __future__ import annotations

import time
from decimal import Decimal
from enum import Enum
from typing import Any

import numpy as np
import pytest

from slacalc import Clock, Event, Policy, bulk, replay
from slacalc.errors import PolicyError, TicketError

AT = "2024-05-06T09:00:00Z"
ATTRIBUTES: dict[str, Any] = {
    "amount": {"kind": "number", "optional": True},
    "labels": {"kind": "tags", "default": []},
    "subject": {"kind": "text", "optional": True},
    "site": {"kind": "text", "optional": True, "fold_case": True},
    "tier": ["gold", "silver"],
}


class Label(str, Enum):  # noqa: UP042 - a StrEnum has its text as `str`
    """A label of a program, whose `str` is not its text."""

    VIP = "vip"


def desk(*whens: dict[str, Any], **more: Any) -> Policy:
    """A policy with a row for each set of conditions, due after 1, 2, … hours; 9 for the rest."""
    rows = [{"when": when, "targets": {"fix": f"{i + 1} hours"}} for i, when in enumerate(whens)]
    data = {
        "name": "desk",
        "attributes": ATTRIBUTES,
        "metrics": {"fix": {"stop": "fixed"}},
        "tables": {"all": [*rows, {"targets": {"fix": "9 hours"}}]},
    }
    return Policy.from_dict(data | more)


def row_of(when: dict[str, Any], **ticket: Any) -> bool:
    """Whether a ticket meets conditions: alone, in columns, and in a log."""
    policy = desk(when)
    assert Policy.from_dict(policy.to_dict()) == policy
    assert Policy.from_toml(policy.to_toml()) == policy
    due = policy.deadlines(ticket, AT)["fix"].due
    assert due is not None
    columns = {name: [value] for name, value in ticket.items()}
    table = bulk.deadlines(policy, {"created": [AT], **columns})
    assert [str(one)[11:13] for one in table["fix_due"]] == [f"{due:%H}"]
    log = bulk.replay(policy, {"ticket": ["A"], "at": [AT], "type": ["created"], **columns})
    assert [str(one)[11:13] for one in log["due"]] == [f"{due:%H}"]
    assert replay(policy, ticket, [], AT).status(AT)["fix"].due == due
    return due.hour == 10


@pytest.mark.parametrize(
    ("test", "passing", "failing"),
    [
        (100, [100, 100.0, "100", " 1e2 ", Decimal("100.00"), np.int8(100)], [99, "1000"]),
        (0.1, [0.1, "0.1", "0.10", ".1", Decimal("0.1"), np.float32(0.1)], [0.1000001, 0.3 - 0.2]),
        (">= 100", [100, 1e300, "100.0"], [99.999999999999986, -100]),
        ("> 100", [100.00000000000001], [100, "100"]),
        ("<= -1.5", [-1.5, -2], [-1, 0]),
        ("10..20", [10, 20, "15.5"], [9.99, 20.000000000000004]),
        ([1, "5..6", "> 8"], [1, 5, 5.5, 9], [2, 8]),
        ({"not": "10..20"}, [9, 21], [10, 20]),
        ({"not": [1, 2]}, [3], [1, "2.0"]),
        (10**15, [10**15], [10**15 + 1, 1e15 + 0.5]),
    ],
)
def test_numbers_are_compared_exactly(test: Any, passing: list[Any], failing: list[Any]) -> None:
    """By their decimal digits, of whatever type they are; bounds of ranges are in them."""
    for value in passing:
        assert row_of({"amount": test}, tier="gold", amount=value), value
    for value in failing:
        assert not row_of({"amount": test}, tier="gold", amount=value), value


@pytest.mark.parametrize(
    "value",
    [True, np.True_, "", "ten", "1,000", "1_000", "0x10", "NaN", float("inf"), [1], 1j, "1e99999"],
)
def test_what_is_not_a_number_is_refused(value: Any) -> None:
    """With what was given, and what a number looks like."""
    with pytest.raises(TicketError, match="give a number, such as 99.5") as caught:
        desk({"amount": 1}).deadlines({"tier": "gold", "amount": value}, AT)
    assert caught.value.attribute == "amount"


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, Decimal("NaN"), Decimal("sNaN")])
def test_not_a_number_is_missing(value: Any) -> None:
    """So no row with a condition on it matches, whether it is negated or not."""
    for test in (1, {"not": 1}):
        due = desk({"amount": test}).deadlines({"tier": "gold", "amount": value}, AT)["fix"].due
        assert due is not None
        assert due.hour == 18


@pytest.mark.parametrize(
    ("test", "passing", "failing"),
    [
        ("vip", [["vip"], "vip", "a, vip ,b", ("b", "vip")], [[], "", ["vi"], ["VIP"], "vip2"]),
        (["vip", "new"], [["new"], "vip"], [["old"]]),
        ({"any": ["vip", "new"]}, [["new", "x"]], [["x"]]),
        ({"all": ["vip", "new"]}, ["new,vip", ["vip", "a", "new"]], ["vip", []]),
        ({"none": ["spam", "test"]}, [[], ["vip"]], [["vip", "spam"]]),
        ({"any": "vip", "none": "spam"}, ["vip"], ["vip,spam", "", "spam"]),
        ({"not": "vip"}, [[], "new"], ["vip,new"]),
        ("team-*", [["a", "team-1"]], [["a team-1"]]),
        ({"all": ["team-*", "vip"]}, ["team-1,vip"], ["team-1", "vip"]),
        ("Smith, John", [["Smith, John"]], ["Smith, John"]),
        ("vip", [[Label.VIP], Label.VIP], []),
    ],
)
def test_tags(test: Any, passing: list[Any], failing: list[Any]) -> None:
    """A text is split at commas, a list is not; one tag, all of some, or none of them."""
    for value in passing:
        assert row_of({"labels": test}, tier="gold", labels=value), value
    for value in failing:
        assert not row_of({"labels": test}, tier="gold", labels=value), value


@pytest.mark.parametrize("value", [5, True, [True], [["a"]], {"a": 1}, [1.5]])
def test_what_has_no_tags_is_refused(value: Any) -> None:
    with pytest.raises(TicketError, match="give a list of texts"):
        desk({"labels": "vip"}).deadlines({"tier": "gold", "labels": value}, AT)


@pytest.mark.parametrize(
    ("test", "passing", "failing"),
    [
        ("VIP*", ["VIP", "VIP: all\nlines"], ["vip", "a VIP", ""]),
        ("*VIP*", ["VIP", "a VIP b"], ["V I P"]),
        ("?", ["a", "*", "é"], ["", "ab"]),
        ("a*b*c", ["abc", "a--b--c", "abbcc"], ["ab", "acb", "abcd"]),
        ("*ab*ab", ["abab", "xab-ab"], ["ab", "aba"]),
        ("\\*", ["*"], ["a", "\\*", "ab"]),
        ("a\\?b*", ["a?b", "a?bc"], ["axb"]),
        ("50% [x] (a|b)+*", ["50% [x] (a|b)+!"], ["50% x a"]),
        ({"not": "VIP*"}, ["vip", ""], ["VIP 1"]),
        (["a", "b*"], ["a", "bc"], ["ab"]),
        ("C:\\dir", ["C:\\dir"], ["C:dir"]),
    ],
)
def test_patterns(test: Any, passing: list[str], failing: list[str]) -> None:
    """A star is any characters, a question mark is one; all others are themselves."""
    for value in passing:
        assert row_of({"subject": test}, tier="gold", subject=value), value
    for value in failing:
        assert not row_of({"subject": test}, tier="gold", subject=value), value


def test_capitals_may_be_the_same() -> None:
    """Where the attribute says so: in patterns and in values."""
    for value in ("Zürich-1", "ZÜRICH-1", "zürich-1"):
        assert row_of({"site": "Zürich-?"}, tier="gold", site=value)
        assert row_of({"site": ["x", "ZÜRICH-1"]}, tier="gold", site=value)
    assert row_of({"site": "STRASSE*"}, tier="gold", site="Straße 1")


def test_patterns_take_linear_time() -> None:
    """Whatever the pattern is, and however long the text that nearly fits."""
    policy = desk({"subject": "*a*a*a*a*a*a*a*a*a*a*a*a*b"}, {"subject": "*?a*?a*?a*?a*?a*b"})
    began = time.process_time()
    assert policy.deadlines({"tier": "gold", "subject": "a" * 20_000}, AT)["fix"].due
    assert time.process_time() - began < 1


ALTERNATIVES = {
    "labels": {"none": "spam"},
    "any": [{"amount": ">= 100"}, {"tier": "gold", "subject": "VIP*"}],
    "not": {"site": "test*", "tier": "silver"},
}


@pytest.mark.parametrize(
    ("ticket", "meets"),
    [
        ({"amount": 100}, True),
        ({"amount": 99}, False),
        ({"tier": "gold", "subject": "VIP 1"}, True),
        ({"tier": "gold", "amount": 5, "subject": "VIP 1"}, True),
        ({"subject": "VIP 1"}, False),
        ({"amount": 100, "labels": "spam"}, False),
        ({"amount": 100, "site": "Test 1"}, False),
        ({"amount": 100, "site": "Test 1", "tier": "gold"}, True),
        ({"amount": 100, "site": "Bern"}, True),
    ],
)
def test_alternatives_and_exceptions(ticket: dict[str, Any], meets: bool) -> None:  # noqa: FBT001 - a case
    """They stand beside the keys of a `when`, and all of it must hold."""
    assert row_of(ALTERNATIVES, **{"tier": "silver", "site": "", **ticket}) is meets


def test_what_a_ticket_lacks_inside_alternatives() -> None:
    """An optional attribute makes a condition neither met nor not; another one must be there."""
    assert not row_of({"not": {"site": "bern"}}, tier="gold")
    assert row_of({"not": {"site": "bern", "tier": "silver"}}, tier="gold")
    assert row_of({"any": [{"site": "bern"}, {"tier": "gold"}]}, tier="gold")
    policy = desk({"any": [{"tier": "gold"}, {"amount": "> 5"}]})
    assert policy.deadlines({"amount": 6}, AT)["fix"].due
    with pytest.raises(TicketError, match="does not say its tier"):
        policy.deadlines({"amount": 5}, AT)


@pytest.mark.parametrize(
    ("when", "where", "expected"),
    [
        ({"amount": "many"}, "amount", '">= 100" or "10..20"'),
        ({"amount": "20..10"}, "amount", '">= 100" or "10..20"'),
        ({"amount": "1...5"}, "amount", '">= 100" or "10..20"'),
        ({"amount": ">= high"}, "amount", '">= 100" or "10..20"'),
        ({"amount": True}, "amount", '">= 100" or "10..20"'),
        ({"amount": {"any": [1]}}, "amount", 'only kind = "tags"'),
        ({"tier": {"any": ["gold"]}}, "tier", 'only kind = "tags"'),
        ({"labels": {"any": []}}, "labels.any", "a list of values (at least 1)"),
        ({"labels": {"some": ["a"]}}, "labels.some", "not, is, on, any, all or none"),
        ({"labels": {"any": "a", "not": "b"}}, "labels.not", "any, all or none"),
        ({"labels": ">= vip"}, "labels", "tags, which have no rank"),
        ({"subject": 1.5}, "subject", 'kind = "number"'),
        ({"tier": "g*"}, "tier", "one of gold, silver"),
        ({"any": []}, "any", "a list of tables of conditions"),
        ({"any": {"tier": "gold"}}, "any", "a list of tables of conditions"),
        ({"any": [{}]}, "any[0]", "a table of conditions"),
        ({"any": [{"tier": "gold"}, {"teir": "gold"}]}, "any[1].teir", "did you mean 'tier'"),
        ({"not": {}}, "not", "a table of conditions"),
        ({"not": "gold"}, "not", "a table of conditions"),
        ({"not": {"tier": "bronze"}}, "not.tier", "one of gold, silver"),
    ],
)
def test_bad_conditions(when: dict[str, Any], where: str, expected: str) -> None:
    """Each fault says where it is and what would be right."""
    with pytest.raises(PolicyError) as caught:
        desk(when)
    faults = {fault.where: fault.message for fault in caught.value.faults}
    assert expected in faults[f"tables.all[0].when.{where}"]


def test_conditions_are_nested_four_levels_deep_at_most() -> None:
    when: dict[str, Any] = {"tier": "gold"}
    for _ in range(4):
        when = {"not": when}
    assert row_of(when, tier="gold")
    with pytest.raises(PolicyError, match="at most 4 levels"):
        desk({"not": when})


@pytest.mark.parametrize(
    ("attributes", "where"),
    [
        ({"any": ["a"]}, "attributes.any"),
        ({"amount": {"kind": "number", "values": [1]}}, "attributes.amount.values"),
        ({"amount": {"kind": "number", "default": "ten"}}, "attributes.amount.default"),
        ({"labels": {"kind": "tags", "default": 5}}, "attributes.labels.default"),
        ({"tier": {"values": ["a"], "fold_case": True}}, "attributes.tier.fold_case"),
    ],
)
def test_bad_attributes(attributes: dict[str, Any], where: str) -> None:
    with pytest.raises(PolicyError) as caught:
        desk(attributes=attributes)
    assert where in [fault.where for fault in caught.value.faults]


# Clocks ------------------------------------------------------------------------------------------


def test_conditions_of_clocks_have_the_same_tests() -> None:
    """On attributes by their kinds, on other fields by what the test says."""
    reply = {"event": "replied", "labels": {"any": ["vip"]}, "amount": ">= 100", "subject": "VIP*"}
    pause = {"any": [{"level": "> 2"}, {"status": "wait*"}], "not": {"by": "bot"}}
    policy = desk(metrics={"fix": {"start": reply, "stop": "fixed", "pause": pause}})
    clock = policy.open({"tier": "gold"}, AT)

    def after(clock: Clock, hour: int, kind: str, **fields: Any) -> Clock:
        return clock.apply(Event(f"2024-05-06T{hour:02}:00:00Z", kind, **fields))

    clock = after(clock, 10, "replied", labels=["vip"], amount=99.5, subject="VIP 1")
    assert clock.status("2024-05-06T10:00:00Z")["fix"].state == "not started"
    clock = after(clock, 11, "replied", labels="vip", amount=Decimal(100), subject="VIP 1")
    assert clock.status("2024-05-06T11:00:00Z")["fix"].state == "running"
    clock = after(clock, 12, "changed", level="2")
    assert clock.status("2024-05-06T12:00:00Z")["fix"].state == "running"
    clock = after(clock, 13, "changed", level=2.5)
    status = clock.status("2024-05-06T13:00:00Z")["fix"]
    assert status.state == "paused"
    assert status.pause_reasons == ("(level > 2 or status is wait*), not (by is bot)",)
    clock = after(clock, 14, "changed", by="bot")
    assert clock.status("2024-05-06T14:00:00Z")["fix"].state == "running"
    clock = after(clock, 15, "changed", by=None, level=None, status="waiting")
    assert clock.status("2024-05-06T15:00:00Z")["fix"].state == "paused"
    assert Clock.from_dict(clock.to_dict()) == clock


def test_a_field_that_is_absent_has_no_tags_and_no_number() -> None:
    """So it is none of them, and not among any."""
    stop = [{"labels": {"none": "vip"}, "event": "a"}, {"amount": {"not": 1}, "event": "b"}]
    stop += [{"colours": {"none": "red"}, "event": "c"}, {"colours": {"all": "red"}, "event": "d"}]
    attributes = {name: ATTRIBUTES[name] | {"optional": True} for name in ("labels", "amount")}
    attributes["labels"].pop("default")
    policy = desk(attributes=attributes, metrics={"fix": {"stop": stop}})
    for event, state in (("a", "met"), ("b", "met"), ("c", "met"), ("d", "running")):
        clock = policy.open({}, AT).apply(Event(AT, event))
        assert clock.status(AT)["fix"].state == state, event
