"""Any JSON value at any place of a valid document gives the object, or an error of ours."""

from __future__ import annotations

import contextlib
import json
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc import (
    Calendar,
    Clock,
    Event,
    Holidays,
    Policy,
    Proof,
    SlacalcError,
    bulk,
    presets,
)
from tests.schema.documents import CALENDAR, CLOCK, EVENT, POLICY, places, put

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = (
    "always closed created open 2026-05-16 2026-05-16..2026-05-18 0001-01-01 9999-12-31 9-17 | "
    "name hours not is event CN public received 9999 localtime right/UTC 9999-12-31T23:59:59Z"
)
WORDS = st.sampled_from(
    [*TEXTS.split(), "80 %", "1 hour", "1 working day", ">= high", "\0", "\ud800", ""]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
AT = "2026-05-18T09:00:00Z"
TICKET = {"severity": "low", "signed": "2026-01-01"}


def use_policy(policy: Policy) -> None:
    """Ask what a host would ask; that there is no answer may be an error of ours."""
    assert Policy.from_json(policy.to_json()) == policy
    assert len(policy.fingerprint) == 64
    for question in (policy.deadlines, policy.open):
        with contextlib.suppress(SlacalcError):
            question(TICKET, AT)


def use_calendar(calendar: Calendar) -> None:
    assert Calendar.from_dict(calendar.to_dict()) == calendar
    assert hash(calendar) == hash(Calendar.from_dict(calendar.to_dict()))
    calendar.is_open(AT)


def use_clock(clock: Clock) -> None:
    assert Clock.from_dict(clock.to_dict()) == clock
    clock.next_change(clock.last_event_at)


def use_event(event: Event) -> None:
    assert Event.from_dict(event.to_dict()) == event


def use_proof(proof: Proof) -> None:
    assert Proof.from_dict(proof.to_dict()) == proof
    assert str(CHECKED.verify(proof))


class Reader(NamedTuple):
    """A public reader, a document that it reads, and what is done with the object."""

    document: dict[str, Any]
    read: Callable[[Any], Any]
    use: Callable[[Any], None]

    def try_with(self, path: tuple[str | int, ...], value: Any) -> bool:
        """Whether the document is read with another value at a path; errors of ours are fine."""
        data = put(self.document, path, value)
        try:
            self.use(self.read(data))
        except SlacalcError:
            return False
        return True


CHECKED = Clock.from_dict(CLOCK)
READERS = {
    "policy": Reader(POLICY, Policy.from_dict, use_policy),
    "calendar": Reader(CALENDAR, Calendar.from_dict, use_calendar),
    "clock": Reader(CLOCK, Clock.from_dict, use_clock),
    "event": Reader(EVENT, Event.from_dict, use_event),
    "proof": Reader(json.loads(json.dumps(CHECKED.proof().to_dict())), Proof.from_dict, use_proof),
}
PLACES = [(name, path) for name, reader in READERS.items() for path in places(reader.document)]


@pytest.mark.parametrize("name", READERS)
def test_the_documents_are_valid(name: str) -> None:
    """Otherwise the tests below would try nothing."""
    reader = READERS[name]
    assert reader.try_with((), reader.document)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), JSON)
def test_any_value_at_any_place(place: tuple[str, tuple[str | int, ...]], value: Any) -> None:
    """It is read, and what was read can be used, stored and read again; or it is refused."""
    name, path = place
    READERS[name].try_with(path, value)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_any_text_of_json(value: Any) -> None:
    """The reader of text likewise."""
    with contextlib.suppress(SlacalcError):
        Policy.from_json("{" + json.dumps(value)[1:])


def nested(depth: int, *, as_list: bool) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value] if as_list else {"a": value}
    return value


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("as_list", [False, True])
def test_deep_values_at_every_place(name: str, as_list: bool) -> None:  # noqa: FBT001 - a case
    """Five hundred levels are an error of ours, wherever they stand."""
    for path in places(READERS[name].document):
        READERS[name].try_with(path, nested(500, as_list=as_list))


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("calendar", ("terms",), None),
        ("calendar", ("terms", 0, "operation"), []),
        ("calendar", ("holidays", 0, "country"), {}),
        ("calendar", ("holidays", 0, "subdivision"), {}),
        ("calendar", ("holidays", 0, "subdivision"), False),
        ("calendar", ("holidays", 0, "categories"), None),
        ("calendar", ("holidays", 0, "categories"), ["public", "public"]),
        ("calendar", ("holidays", 0, "workdays"), {"2026-05-16": {}}),
        ("calendar", ("holidays", 0, "workdays"), {"2026-05-16": ""}),
        ("calendar", ("holidays", 0, "workdays"), {"2026-05-16": False}),
        ("calendar", ("holidays", 0, "horizon"), 9999),
        ("calendar", ("horizon",), 9999),
        ("calendar", ("horizon",), "0001-01-01"),
        ("calendar", ("time_zone",), "a/" * 400),
        ("clock", ("events",), None),
        ("clock", ("events",), "text"),
        ("clock", ("format",), True),
        ("clock", ("format",), 0),
        ("event", ("fields", "status"), float("inf")),
        ("event", ("fields", "tags"), [float("-inf")]),
    ],
)
def test_values_that_are_refused(name: str, path: tuple[str | int, ...], value: Any) -> None:
    """At once, and not at the first question; in the calendar of a policy as well."""
    with pytest.raises(SlacalcError):
        READERS[name].read(put(READERS[name].document, path, value))
    if name == "calendar":
        with pytest.raises(SlacalcError):
            Policy.from_dict(put(POLICY, ("calendars", "office", *path), value))


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"])
def test_terms_of_coverage_may_end_in_any_year(day: str) -> None:
    """A contract for ever ends in the year 9999, in the policy or by the ticket."""
    terms = [{"from": day}, {"until": day}, {"from": day, "for": "1 year"}, {"until": "signed"}]
    for term in terms:
        policy = Policy.from_dict(POLICY | {"coverage": [term]})
        answer = policy.deadlines({"severity": "low", "signed": day}, AT)
        is_past = day < "2026"
        assert answer.covered is (
            is_past if term == {"from": day} else not is_past and "from" not in term
        )


UNUSUAL: list[Any] = [
    *(None, True, 3, 2**80, 1.5, float("nan"), b"x", "", "\0", "\ud800", "a" * 5000, -1),
    *([], {}, [{}], [["x", "x"]], {"a": {}}, {1: 2}, (1,), range(3), print, object()),
]
OFFICE = Calendar("UTC", {"mon-fri": "9-17"})
DESK = Policy("desk", metrics={"m": {}}, tables={"t": [{"targets": {"m": "1 hour"}}]})
TICKETS = {"created": [AT, AT]}
LOG = {"ticket": [1, 1], "at": [AT, AT], "type": ["created", "resolved"]}
ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    "preset": presets.load,
    "text of a preset": presets.text,
    "feed": Holidays.from_ical,
    "dates": Calendar.dates,
    "TOML": Policy.from_toml,
    "JSON": Policy.from_json,
    "policy": Policy.from_dict,
    "calendar": Calendar.from_dict,
    "clock": Clock.from_dict,
    "event": Event.from_dict,
    "proof": Proof.from_dict,
    "instant of an event": lambda value: Event(value, "replied"),
    "type of an event": lambda value: Event(AT, value),
    "starts": lambda value: bulk.add(OFFICE, value, "1h"),
    "work": lambda value: bulk.add(OFFICE, [AT], value),
    "tickets": lambda value: bulk.deadlines(DESK, value),
    "columns of tickets": lambda value: bulk.deadlines(DESK, TICKETS, columns=value),
    "column of tickets": lambda value: bulk.deadlines(DESK, {"created": value}),
    "one ticket": lambda value: bulk.deadlines(DESK, {"created": [value, AT]}),
    "now": lambda value: bulk.evaluate(DESK, TICKETS, value),
    "columns to evaluate": lambda value: bulk.evaluate(DESK, TICKETS, AT, columns=value),
    "log": lambda value: bulk.replay(DESK, value, AT),
    "columns of a log": lambda value: bulk.replay(DESK, LOG, AT, columns=value),
    "tickets of a log": lambda value: bulk.replay(DESK, LOG | {"ticket": [value, value]}, AT),
    "types of a log": lambda value: bulk.replay(DESK, LOG | {"type": ["created", value]}, AT),
    "errors": lambda value: bulk.replay(DESK, LOG, AT, errors=value),
    "zone of a table": lambda value: bulk.deadlines(DESK, TICKETS, naive=value),
}


def calendar_with(name: str, value: Any) -> Calendar:
    return Calendar(**{"time_zone": "UTC", "week": {"mon-fri": "9-17"}, name: value})


def holidays_with(name: str, value: Any) -> Holidays:
    return Holidays(**{"country": "CN", name: value})


for _name in ("time_zone", "week", "holidays", "exceptions", "changes", "horizon"):
    ARGUMENTS[f"{_name} of a calendar"] = partial(calendar_with, _name)
for _name in ("country", "subdivision", "categories", "dates", "workdays", "horizon"):
    ARGUMENTS[f"{_name} of holidays"] = partial(holidays_with, _name)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_unusual_arguments(name: str) -> None:
    """Each is taken or refused by an error of ours."""
    for value in UNUSUAL:
        with contextlib.suppress(SlacalcError):
            ARGUMENTS[name](value)
