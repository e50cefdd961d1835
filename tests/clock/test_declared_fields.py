"""Fields that a policy declares: events and tickets are held to them, in columns as in clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from slacalc import Clock, Event, Policy, bulk, replay
from slacalc.errors import EventError, PolicyError, SlacalcError, TicketError

if TYPE_CHECKING:
    from collections.abc import Callable

OPENED = "2026-05-18T09:00:00Z"
LATER = "2026-05-18T10:00:00Z"
FIELDS: dict[str, Any] = {
    "status": ["open", "waiting", "solved"],
    "level": [1, 2, 3],
    "urgent": [True, False],
    "amount": {"kind": "number"},
    "labels": {"kind": "tags"},
    "subject": {"kind": "text", "fold_case": True},
    "seen": {"kind": "date"},
    "assignee": {},
    "by": ["agent", "customer"],
}
METRIC: dict[str, Any] = {
    "stop": {"status": "solved"},
    "pause": [{"status": "waiting"}, {"event": "replied", "by": "agent"}, "paused"],
    "reopen": {"amount": ">= 100"},
    "cancel": {"labels": {"any": ["spam"]}},
}


def desk(fields: Any = FIELDS, metric: Any = METRIC, **parts: Any) -> Policy:
    """A policy with one metric; by default all of its fields are declared."""
    tables = {"all": [{"targets": {"resolution": "8 hours"}}]}
    return Policy.from_dict(
        {
            "name": "desk",
            "attributes": {"severity": {"values": ["high", "low"], "optional": True}},
            "metrics": {"resolution": metric},
            "tables": tables,
        }
        | ({} if fields is None else {"fields": fields})
        | parts
    )


def faults(**parts: Any) -> dict[str, str]:
    """The faults of a policy by path."""
    with pytest.raises(PolicyError) as caught:
        desk(**parts)
    return {fault.where: fault.message for fault in caught.value.faults}


# Events ------------------------------------------------------------------------------------------

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"status": "waitng"}, "status", "did you mean 'waiting'?"),
    ({"status": "Solved"}, "status", "did you mean 'solved'?"),
    ({"status": ["open"]}, "status", r"is not a value of status \(open, waiting, solved\)"),
    ({"status": 1}, "status", "1 is not a value of status"),
    ({"level": 4}, "level", r"4 is not a value of level \(1, 2, 3\)"),
    ({"level": True}, "level", "True is not a value of level"),
    ({"level": 1.0}, "level", "1.0 is not a value of level"),
    ({"urgent": 1}, "urgent", "1 is not a value of urgent"),
    ({"amount": "much"}, "amount", "amount = 'much' cannot be read: give a number"),
    ({"labels": 5}, "labels", "labels = 5 cannot be read: give a list of texts"),
    ({"subject": ["a"]}, "subject", "cannot be read: give text or a number"),
    ({"by": "bot"}, "by", r"'bot' is not a value of by \(agent, customer\)"),
    ({"stauts": "open"}, "stauts", "did you mean 'status'?"),
    ({"Status": "open"}, "Status", "did you mean 'status'?"),
    ({"colour": None}, "colour", "'colour' is not a field of the policy"),
    ({"status": "open", "colour": "red"}, "colour", "'colour' is not a field of the policy"),
]
ACCEPTED: list[dict[str, Any]] = [
    {"status": "open", "level": 1, "urgent": True, "amount": 1.5, "labels": ["a", "b"]},
    {"level": "2", "urgent": "false", "amount": "150", "labels": "a, b", "seen": "2026-05-18"},
    {"subject": "VIP", "assignee": ["x", "y"], "by": "agent", "reason": "what", "metric": 1},
    {"status": None, "level": None, "amount": None, "due": 1, "limit": 2, "author": "me"},
    {"severity": "high"},
]


@pytest.mark.parametrize(("fields", "field", "message"), REFUSED)
def test_events_are_held_to_the_declared_fields(
    fields: dict[str, Any], field: str, message: str
) -> None:
    """By every way in: one by one, late, as a whole log, stored; also as the first event."""
    policy = desk()
    clock, event = policy.open({}, OPENED), Event(LATER, "note", **fields)
    stored = clock.to_dict() | {"events": [event.to_dict()]}
    created = Event(OPENED, "created", **fields)
    ways: list[Callable[[], Clock]] = [
        lambda: clock.apply(event),
        lambda: clock.insert(event),
        lambda: Clock.from_dict(stored),
        lambda: replay(policy, {}, [event], OPENED),
        lambda: replay(policy, {}, [created]),
        lambda: replay(desk(None, {"stop": "x"}), {}, [event], OPENED).rejudged(policy),
    ]
    for way in ways:
        with pytest.raises(EventError, match=message) as caught:
            way()
        assert caught.value.field == field
        assert caught.value.event in ("note", "created")
        assert caught.value.given in (fields[field], field, ("open",), ("a",))


@pytest.mark.parametrize("fields", ACCEPTED)
def test_declared_fields_are_accepted(fields: dict[str, Any]) -> None:
    """Values are compared as text, an absent one is always allowed, and own fields need no name."""
    clock = desk().open({}, OPENED).apply(Event(LATER, "note", **fields))
    assert len(clock.events) == 1
    assert Clock.from_dict(clock.to_dict()) == clock


def test_without_the_section_events_set_any_field() -> None:
    """As before; a section without fields allows none but attributes and own ones."""
    event = Event(LATER, "note", status="whatever", colour="red")
    assert desk(None).open({}, OPENED).apply(event).events == (event,)
    empty = desk({}, {"stop": "solved"})
    assert empty.to_dict()["fields"] == {}
    assert Policy.from_dict(empty.to_dict()) == empty
    assert Policy.from_toml(empty.to_toml()) == empty
    assert desk(None).fields is None
    clock = empty.open({}, OPENED).apply(Event(LATER, "note", severity="low", by="me"))
    with pytest.raises(EventError, match="'status' is not a field of the policy"):
        clock.apply(Event(LATER, "note", status="open"))


def test_tickets_are_held_to_the_values_of_declared_fields() -> None:
    """Any other data may come with a ticket."""
    policy = desk()
    policy.open({"status": "open", "id": 7, "amount": float("nan")}, OPENED)
    with pytest.raises(
        TicketError, match=r"'opn' is not a value of status .* mean 'open'"
    ) as caught:
        policy.open({"status": "opn"}, OPENED)
    assert caught.value.attribute == "status"
    with pytest.raises(TicketError, match="amount = 'much' cannot be read: give a number"):
        policy.open({"amount": "much"}, OPENED)


def test_kinds_decide_how_conditions_compare() -> None:
    """A declared number is no text, and capitals of a text do not count if it says so."""
    metric = METRIC | {"reopen": [], "stop": [{"amount": "1.50"}, {"subject": "done*"}]}
    clock = desk(metric=metric).open({}, OPENED)
    for fields in ({"amount": 1.5}, {"subject": "DONE today"}):
        status = clock.apply(Event(LATER, "changed", **fields)).status(LATER)
        assert status["resolution"].state == "met"
    status = (
        desk(None, metric).open({}, OPENED).apply(Event(LATER, "changed", amount=1.5)).status(LATER)
    )
    assert status["resolution"].state == "running"


def test_a_version_adds_fields() -> None:
    """What was declared before stays; the version at the receipt counts."""
    version = {"effective_from": "2026-06-01", "fields": {"status": ["open", "shut"], "room": {}}}
    metric = {"stop": "solved"}
    policy = desk({"status": ["open"], "site": {}}, metric, versions=[version])
    policy.open({}, OPENED).apply(Event(LATER, "note", site="x", status="open"))
    with pytest.raises(EventError, match="'room' is not a field"):
        policy.open({}, OPENED).apply(Event(LATER, "note", room="1"))
    later = policy.open({}, "2026-06-02T09:00Z")
    later.apply(Event("2026-06-02T10:00Z", "note", site="x", status="shut", room="1"))
    begun = desk(None, metric, versions=[version])
    begun.open({}, OPENED).apply(Event(LATER, "note", colour="red"))
    with pytest.raises(EventError, match="'colour' is not a field"):
        begun.open({}, "2026-06-02T09:00Z").apply(Event("2026-06-02T10:00Z", "note", colour="x"))


# Columns -----------------------------------------------------------------------------------------


def log_of(tickets: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, list[Any]]:
    """A log with two events of each ticket, as columns."""
    rows = []
    for place, (first, second) in enumerate(tickets):
        rows.append({"ticket": f"T{place}", "at": OPENED, "type": "created"} | first)
        rows.append({"ticket": f"T{place}", "at": LATER, "type": "note"} | second)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def test_columns_refuse_what_clocks_refuse() -> None:
    """Each ticket has the error of its own clock, and the others go by columns."""
    policy = desk()
    fields: list[dict[str, Any]] = [*(refused[0] for refused in REFUSED), *ACCEPTED]
    # A column has no field that is None, and takes 1.0 for the 1 that is there as well.
    fields = [each for each in fields if None not in each.values() and each != {"level": 1.0}]
    tickets: list[tuple[dict[str, Any], dict[str, Any]]] = [({}, each) for each in fields]
    tickets += [(each, {}) for each in fields if "severity" not in each]
    answer = bulk.replay(policy, log_of(tickets), LATER, errors="column")
    assert len(answer["ticket"]) == len(tickets)
    for place, (first, second) in enumerate(tickets):
        log = [Event(OPENED, "created", **first), Event(LATER, "note", **second)]
        expected: tuple[str | None, str | None]
        try:
            expected = None, replay(policy, {}, log).status(LATER)["resolution"].state
        except SlacalcError as error:
            expected = str(error), None
        assert (answer["error"][place], answer["state"][place]) == expected
    engines = {
        error is None: answer["engine"][place] for place, error in enumerate(answer["error"])
    }
    assert engines == {True: "columns", False: "clock"}


def test_many_values_go_by_columns() -> None:
    """Fields that no condition names are only checked, and numbers only compared."""
    fields = {"amount": {"kind": "number"}, "size": {"kind": "number"}, "who": {}}
    policy = desk(fields, {"stop": {"amount": ">= 500"}})
    numbers = range(21_000)  # more than the automaton has steps
    tickets: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"amount": n, "size": 2 * n, "who": f"x{n}"}) for n in numbers
    ]
    answer = bulk.replay(policy, log_of(tickets), LATER)
    assert set(answer["engine"]) == {"columns"}
    assert [answer["state"][n] for n in (0, 499, 500, 20_999)] == ["running"] * 2 + ["met"] * 2
    log = log_of(tickets[:1_000])
    log["size"][2 * 7 + 1] = "wide"
    log["amount"][2 * 9 + 1] = "much"
    answer = bulk.replay(policy, log, LATER, errors="column")
    refused = {n: error for n, error in enumerate(answer["error"]) if error is not None}
    assert refused == {
        7: "note: size = 'wide' cannot be read: give a number, such as 99.5",
        9: "note: amount = 'much' cannot be read: give a number, such as 99.5",
    }
    log["colour"] = [None] * 21 + ["red"] + [None] * (len(log["at"]) - 22)
    answer = bulk.replay(policy, log, LATER, errors="column")
    assert answer["error"][10].startswith("note: 'colour' is not a field of the policy")
    assert sum(error is not None for error in answer["error"]) == 3
    answer = bulk.replay(policy, log, LATER, errors="column", columns={"colour": None})
    assert sum(error is not None for error in answer["error"]) == 2
    with pytest.raises(EventError, match=r"ticket T7\.note: size = 'wide'"):
        bulk.replay(policy, log, LATER)


def test_reasons_that_are_declared_still_part_pauses() -> None:
    """A declared reason is checked, and ends its own pause alone."""
    policy = desk({"reason": ["part", "customer"]}, {"stop": "solved"})
    events = [
        ("created", None),
        ("paused", "part"),
        ("paused", "customer"),
        ("resumed", "part"),
        ("resumed", "customer"),
    ]
    for last, state in ((4, True), (5, False)):
        log: dict[str, list[Any]] = {
            "ticket": ["A"] * last,
            "at": [f"2026-05-18T{9 + hour}:00Z".replace("T9", "T09") for hour in range(last)],
            "type": [event for event, _ in events[:last]],
            "reason": [reason for _, reason in events[:last]],
        }
        answer = bulk.replay(policy, log)
        assert (answer["engine"], answer["is_paused"]) == (["columns"], [state])
    log["type"][1], log["reason"][1] = "note", "prt"  # no pause, and checked all the same
    with pytest.raises(EventError, match=r"'prt' is not a value of reason .*'part'"):
        bulk.replay(policy, log)


# Policies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "where", "message"),
    [
        ({"stauts": "open"}, ".stauts", "did you mean 'status'?"),
        ({"status": "waitng"}, ".status", "did you mean 'waiting'?"),
        ({"status": ["open", "Solved"]}, ".status", "did you mean 'solved'?"),
        ({"status": {"not": "sloved"}}, ".status", "did you mean 'solved'?"),
        ({"status": "wait*"}, ".status", "expected a value of status (open, waiting, solved)"),
        ({"level": 7}, ".level", "expected a value of level (1, 2, 3)"),
        ({"level": "> 1"}, ".level", "expected a list of values"),
        ({"status": {"any": ["open"]}}, ".status", 'only kind = "tags" has any, all and none'),
        ({"amount": "much"}, ".amount", "expected a number"),
        ({"severity": "hihg"}, ".severity", "did you mean 'high'?"),
        ({"event": "x", "colour": "red"}, ".colour", "expected one of the policy's fields"),
        ({"any": [{"by": "agent"}, {"by": "bot"}]}, ".any[1].by", "expected a value of by"),
        ({"not": {"status": "opn"}}, ".not.status", "did you mean 'open'?"),
    ],
)
def test_conditions_are_held_to_the_declared_fields(
    condition: Any, where: str, message: str
) -> None:
    """A field that events cannot set, or a value that it cannot have, is a fault."""
    for key in ("start", "stop", "pause", "reset", "cancel", "reopen"):
        found = faults(metric=METRIC | {key: condition})
        assert message in found[f"metrics.resolution.{key}{where}"]
    found = faults(preconditions={"site": {"words": "access", "pause": condition}})
    assert message in found[f"preconditions.site.pause{where}"]


def test_conditions_without_faults() -> None:
    """Free fields have any test, own fields need no declaration, and numbers are as text."""
    for condition in (
        {"assignee": "x*"}, {"assignee": {"any": ["a"]}}, {"assignee": "> 5"}, {"level": "1"},
        {"urgent": "true"}, {"event": "paused", "reason": "part"}, {"severity": "high"},
        {"labels": "vip"}, {"amount": "10..20"}, {"subject": "vip?"},
    ):  # fmt: skip
        assert desk(metric=METRIC | {"reset": condition}).fields is not None
    # Without the section, conditions may name what they like.
    assert desk(None, {"stop": {"stauts": "x", "severity": "hihg"}}).fields is None


@pytest.mark.parametrize(
    ("field", "where", "message"),
    [
        ({"values": ["a"], "default": "a"}, ".default", "expected values, kind, fold_case and"),
        ({"values": ["a"], "optional": True}, ".optional", "expected values, kind, fold_case and"),
        ({"values": ["a"], "ordered": False}, ".ordered", "expected values, kind, fold_case and"),
        ({"values": ["a", "a"]}, ".values[1]", "expected each value once"),
        ({"values": ["a"], "kind": "text"}, ".values", 'expected no values, or kind = "value"'),
        ({"fold_case": True}, ".fold_case", 'kind = "text" or kind = "tags" beside it'),
        ({"kind": "numbr"}, ".kind", "did you mean 'number'?"),
        ({"value": ["a"]}, ".value", "did you mean 'values'?"),
        ([], "", "expected a list of values"),
        ("open", "", "expected a list of values, or a table"),
    ],
)
def test_fields_have_values_or_a_kind(field: Any, where: str, message: str) -> None:
    """What only attributes can have is a fault."""
    assert message in faults(fields=FIELDS | {"stage": field})[f"fields.stage{where}"]


def test_names_of_fields() -> None:
    """A field is not an attribute at the same time, nor a key of conditions."""
    found = faults(fields=FIELDS | {"severity": ["a"], "not": {}, "any": {}, "event": {}})
    assert {path for path in found if path.startswith("fields")} == {
        "fields.severity",
        "fields.not",
        "fields.any",
        "fields.event",
    }


def test_a_declared_field_may_have_the_name_of_a_setting() -> None:
    """As an attribute may."""
    policy = desk({"max": [1, 2], "until": {}}, {"stop": {"max": 2, "until": "x"}})
    clock = policy.open({}, OPENED).apply(Event(LATER, "changed", max=2, until="x"))
    assert clock.status(LATER)["resolution"].state == "met"


def test_round_trip() -> None:
    """By TOML, JSON and code; words alone do not change what a policy means."""
    policy = desk()
    assert Policy.from_toml(policy.to_toml()) == policy
    assert Policy.from_json(policy.to_json()) == policy
    assert Policy.from_dict(policy.to_dict()) == policy
    assert "[fields]" in policy.to_toml()
    worded = desk(FIELDS | {"assignee": {"words": "who works on it"}})
    assert worded.fingerprint == policy.fingerprint != desk(None, {"stop": "x"}).fingerprint
    html = worded.to_html()
    assert "Fields that events set" in html
    assert "open, waiting, solved" in html
    assert "who works on it" in html


def test_the_linter_finds_fields_that_nothing_reacts_to() -> None:
    """Those with values or a kind; it is good to know, and no more."""
    found = [finding for finding in desk().lint() if finding.kind == "unused-field"]
    assert {finding.severity for finding in found} == {"notice"}
    assert {finding.path for finding in found} == {
        "fields.level", "fields.urgent", "fields.subject", "fields.seen",
    }  # fmt: skip


# Vocabulary --------------------------------------------------------------------------------------


def test_vocabulary() -> None:
    """Events, fields and values with the conditions that name them, by default as well."""
    policy = desk(
        {"status": ["open", "waiting", "solved"], "site": {}},
        {"stop": {"status": {"not": "open"}}, "pause": {"event": "replied", "by": ["a", "b"]}},
        attributes={"severity": ["high", "low"], "urgency": [1, 2], "impact": ["x"]},
        adjustments=[{"when": {"urgency": 1}, "scale": {"resolution": 0.5}}],
        tables={
            "all": [
                {
                    "when": {"any": [{"severity": "high"}, {"not": {"impact": "x"}}]},
                    "targets": {"resolution": "8 hours"},
                }
            ]
        },
    )
    vocabulary = policy.vocabulary()
    assert {name: entry.used_in for name, entry in vocabulary.events.items()} == {
        "cancelled": ("metrics.resolution.cancel",),
        "created": ("metrics.resolution.start",),
        "reopened": ("metrics.resolution.reopen",),
        "replied": ("metrics.resolution.pause",),
        "resumed": ("metrics.resolution.resume",),
    }
    fields = {
        name: (entry.values, entry.declared, entry.used_in)
        for name, entry in vocabulary.fields.items()
    }
    assert fields == {
        "status": (("open",), ("open", "waiting", "solved"), ("metrics.resolution.stop",)),
        "site": ((), (), ()),
        "severity": (("high",), ("high", "low"), ("tables.all",)),
        "urgency": (("1",), (1, 2), ("adjustments",)),
        "impact": (("x",), ("x",), ("tables.all",)),
        "by": (("a", "b"), (), ("metrics.resolution.pause",)),
    }
    assert [name for name, entry in vocabulary.fields.items() if not entry.is_declared] == ["by"]
    data = vocabulary.to_dict()
    assert [entry["name"] for entry in data["events"]] == [*vocabulary.events]
    assert data["fields"][3] == {
        "name": "urgency",
        "values": ["1"],
        "declared": [1, 2],
        "is_declared": True,
        "used_in": ["adjustments"],
    }
    assert str(vocabulary).splitlines()[7:] == [
        "field     values  declared               used in",
        "status    open    open, waiting, solved  metrics.resolution.stop",
        "site              any",
        "severity  high    high, low              tables.all",
        "urgency   1       1, 2                   adjustments",
        "impact    x       x                      tables.all",
        "by        a, b    no                     metrics.resolution.pause",
    ]


def test_vocabulary_of_versions_and_of_what_has_no_conditions() -> None:
    """All versions count, and attributes that are read without a condition."""
    version = {"effective_from": "2026-06-01", "metrics": {"resolution": {"stop": {"room": "1"}}}}
    policy = desk(
        None,
        {"stop": "solved", "inside": "outer"},
        metrics={"resolution": {"stop": {"state": "x"}, "held_by": {"group": "net"}}},
        attributes={"until": {"kind": "date"}, "site": ["zh", "fr"]},
        calendars={name: {"time_zone": "Europe/Zurich", "week": "always"} for name in "ab"},
        calendar={"field": "site", "zh": "a", "default": "b"},
        coverage=[{"until": "until"}],
        versions=[version],
    )
    fields = policy.vocabulary().fields
    assert fields["room"].values == ("1",)
    assert fields["state"].used_in == ("metrics.resolution.stop",)
    assert fields["group"].used_in == ("metrics.resolution.held_by",)
    assert fields["until"].used_in == ("coverage",)
    assert (fields["site"].values, fields["site"].used_in) == (("zh",), ("calendar",))


def test_conditions_with_caps_are_held_to_the_declared_fields() -> None:
    """The path leads into `when`; a cap beside fields is told where it belongs."""
    for pause, where, message in (
        ({"when": {"status": "waitng"}, "times": 2}, ".when.status", "did you mean 'waiting'?"),
        ({"when": ["x", {"statu": "open"}], "times": 2}, ".when[1].statu", "mean 'status'?"),
        (
            {"when": {"status": "open", "max": 2}, "times": 2},
            ".when.max",
            "max belongs beside when",
        ),
        ({"status": "open", "times": 2}, ".times", "times belongs beside when: pause = { when"),
        ([{"status": "open", "in_all": "2 hours"}], ".in_all", "in_all belongs beside when"),
        ({"when": {"status": "open"}, "atmost": 2}, ".atmost", "did you mean 'at_most'?"),
        ({"when": {"status": "open"}}, "", "expected at_most, times or in_all beside when"),
    ):
        assert message in faults(metric={"pause": pause})[f"metrics.resolution.pause{where}"]
    policy = desk(metric={"stop": "x", "pause": {"when": {"status": "waiting"}, "times": 2}})
    assert policy.vocabulary().fields["status"].used_in == ("metrics.resolution.pause",)


def test_reserved_words_in_rows_say_where_they_belong() -> None:
    """Unless an attribute has such a name, or one like it."""
    rows = [{"when": {"within": "x", "until": "y"}, "targets": {"resolution": "8 hours"}}]
    found = faults(tables={"all": rows})
    assert "within belongs to a target of a row" in found["tables.all[0].when.within"]
    assert "until belongs to the metric" in found["tables.all[0].when.until"]
    found = faults(tables={"all": rows}, attributes={"severity": ["a"], "withins": ["x"]})
    assert "did you mean 'withins'?" in found["tables.all[0].when.within"]


def test_events_of_one_instant_are_named_once() -> None:
    policy = Policy(
        "desk",
        attributes={"priority": ["high", "low"]},
        metrics={"reply": {"stop": "replied"}},
        tables={"all": [{"when": {"priority": "high"}, "targets": {"reply": "1 hour"}}]},
    )
    clock = policy.open({"priority": "low"}, "2026-05-18T09:00Z")
    ten = "2026-05-18T10:00Z"
    first = Event(ten, "changed", priority="high")
    with pytest.raises(TicketError, match="^changed: 'mid' is not a value"):
        clock.insert(first, Event(ten, "changed", priority="mid"))
    with pytest.raises(TicketError, match="^changed and note: 'mid' is not a value"):
        clock.insert(first, Event(ten, "note", priority="mid"))
