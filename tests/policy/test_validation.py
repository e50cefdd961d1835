"""What the parts of a policy must mean together: each fault, at its path, with its cure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from slacalc import Policy
from slacalc.errors import PolicyError
from tests.schema.documents import POLICY, places, put

METRICS: dict[str, Any] = {"response": {}, "resolution": {}}
SOUND: dict[str, Any] = {
    "name": "desk",
    "calendars": {
        "office": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}},
        "late": {"time_zone": "UTC", "week": {"mon-fri": "12-20"}},
    },
    "calendar": "office",
    "attributes": {
        "severity": ["high", "low"],
        "level": [1, 2],
        "place": {"values": ["near", "far"], "ordered": False},
        "signed": {"kind": "date"},
        "note": {"kind": "text", "optional": True},
    },
    "metrics": METRICS,
    "tables": {"all": [{"targets": {"response": "1 working hour"}}]},
}


def row(**parts: Any) -> dict[str, Any]:
    return {"tables": {"all": [{"targets": {"response": "1 hour"}} | parts]}}


def target(**parts: Any) -> dict[str, Any]:
    return row(targets={"response": parts})


def attribute(**parts: Any) -> dict[str, Any]:
    return {"attributes": SOUND["attributes"] | {"x": parts}}


MATRIX = {"high": "a", "low": "b"}

FAULTS: list[tuple[dict[str, Any], str, str]] = [
    # the policy
    ({"calendar": "offce"}, "calendar", "did you mean 'office'"),
    (
        {"effective_from": "2025-01-02", "effective_until": "2025-01-01"},
        "effective_until",
        "a date not before 2025-01-02",
    ),
    # attributes
    ({"attributes": {"received": ["a"]}}, "attributes.received", "another name"),
    (attribute(), "attributes.x.values", "a list of values"),
    (attribute(kind="date", values=["a"]), "attributes.x.values", "no values"),
    (attribute(values=["a", "b", "a"]), "attributes.x.values[2]", "each value once"),
    (attribute(values=["1", 1]), "attributes.x.values[1]", "each value once"),
    (attribute(values=["a"], default="b"), "attributes.x.default", "one of a"),
    (attribute(values=["a"], by=["severity"]), "attributes.x", "both or neither"),
    (attribute(values=["a"], matrix={"high": "a"}), "attributes.x", "both or neither"),
    (attribute(values=["a"], by=["note"], matrix=MATRIX), "attributes.x.by", "values of their own"),
    (
        attribute(values=["a"], by=["nobody"], matrix=MATRIX),
        "attributes.x.by[0]",
        "severity, level",
    ),
    (
        attribute(values=["a", "b"], by=["severity"], matrix={"high": "a"}),
        "attributes.x.matrix.low",
        "a value of a, b",
    ),
    (
        attribute(values=["a"], by=["severity"], matrix=MATRIX),
        "attributes.x.matrix.low",
        "one of a",
    ),
    (
        attribute(values=["a", "b"], by=["severity"], matrix=MATRIX | {"lwo": "a"}),
        "attributes.x.matrix.lwo",
        "did you mean 'low'",
    ),
    (
        attribute(
            values=["a"],
            by=["severity", "level"],
            matrix={"high": {"1": "a", "2": "a", "3": "a"}, "low": {"1": "a", "2": "a"}},
        ),
        "attributes.x.matrix.high.3",
        "one of 1, 2",
    ),
    (
        {
            "attributes": {
                "wide": [f"v{number}" for number in range(101)],
                "x": {"values": ["a"], "by": ["wide", "wide"], "matrix": {"v1": {"v1": "a"}}},
            }
        },
        "attributes.x.by",
        "at most 10,000",
    ),
    # metrics
    ({"metrics": {"response": {"calendar": "nigth"}}}, "metrics.response.calendar", "office, late"),
    ({"metrics": {"response": {"before": ["arrival"]}}}, "metrics.response.before[0]", "response"),
    (
        {"metrics": {"response": {"consequence": "refund"}}},
        "metrics.response.consequence",
        "none are declared",
    ),
    # rows and targets
    (row(targets={"arrival": "1 hour"}), "tables.all[0].targets.arrival", "response, resolution"),
    (target(within="1 hour", promise="soon"), "tables.all[0].targets.response", "both within and"),
    (target(calendar="office"), "tables.all[0].targets.response", "neither within nor promise"),
    (target(promise="soon", limit="1 hour"), "tables.all[0].targets.response.limit", "within"),
    (target(within="1 hour", calendar="x"), "tables.all[0].targets.response.calendar", "office"),
    (
        target(within={"earliest_of": ["1 hour", {"within": "2 hours", "calendar": "x"}]}),
        "tables.all[0].targets.response.within",
        "office, late",
    ),
    # conditions
    (row(when={"colour": "red"}), "tables.all[0].when.colour", "severity, level, place"),
    (row(when={"severity": "hgh"}), "tables.all[0].when.severity", "did you mean 'high'"),
    (row(when={"level": "1"}), "tables.all[0].when.level", "1 without quotes"),
    (
        row(when={"level": ">= 1"}),
        "tables.all[0].when.level",
        "not clear which of two numbers is higher",
    ),
    (row(when={"place": "> far"}), "tables.all[0].when.place", "have no rank"),
    (row(when={"note": ">= a"}), "tables.all[0].when.note", "have no rank"),
    (row(when={"signed": "x"}), "tables.all[0].when.signed", "which only coverage reads"),
    (row(when={"received": "someday"}), "tables.all[0].when.received", "weekend, holiday"),
    (row(when={"received": ">= open"}), "tables.all[0].when.received", "no rank"),
    (
        row(when={"received": {"is": "open", "on": "x"}}),
        "tables.all[0].when.received.on",
        "office, late",
    ),
    (
        row(when={"severity": {"is": "high", "on": "late"}}),
        "tables.all[0].when.severity.on",
        "only received can have",
    ),
    (
        row(when={"received": "open"}) | {"calendar": ...},
        "tables.all[0].when.received",
        "a calendar: the policy's own",
    ),
    (
        {"refusals": [{"when": {"severity": "x"}, "because": "no"}]},
        "refusals[0].when.severity",
        "one of high, low",
    ),
    # coverage and the rest
    ({"coverage": [{}]}, "coverage[0]", "from, until or when"),
    ({"coverage": [{"from": "severity"}]}, "coverage[0].from", "(signed)"),
    ({"coverage": [{"until": "ends"}]}, "coverage[0].until", "(signed)"),
    ({"coverage": [{"for": "1 year"}]}, "coverage[0].for", "from, to count it from"),
    (
        {"coverage": [{"from": "signed", "until": "2025-01-01", "for": "1 year"}]},
        "coverage[0].for",
        "one of the two",
    ),
    (
        {"preconditions": {"p": {"words": "x", "metrics": ["arrival"]}}},
        "preconditions.p.metrics[0]",
        "response, resolution",
    ),
    (
        {"objectives": {"o": {"share": "9 %", "of": "x", "metric": "arrival"}}},
        "objectives.o.metric",
        "response, resolution",
    ),
    # versions
    ({"versions": [{"tables": {}}]}, "versions[0].effective_from", "a date"),
    (
        {"versions": [{"effective_from": "2030-01-01", "naem": "x"}]},
        "versions[0].naem",
        "one of the keys",
    ),
    (
        {"versions": [{"effective_from": "2030-01-01", **row(when={"colour": "red"})}]},
        "versions[0].tables.all[0].when.colour",
        "severity",
    ),
    # what cannot be read is not missed elsewhere
    (
        {"metrics": METRICS | {"update": {"repeat": "sequental", "until": "response"}}},
        "metrics.update.repeat",
        "did you mean 'sequential'",
    ),
    (
        {
            "semantics": {"repeat": "sequental"},
            "metrics": METRICS | {"update": {"until": "response"}},
        },
        "semantics.repeat",
        "did you mean 'sequential'",
    ),
    ({"coverage": [{"for": "12 mnths"}]}, "coverage[0].for", "did you mean '12 months'"),
    ({"attributes": [["high"]]}, "attributes", "a table of attributes"),
]


def test_the_policy_without_faults_is_valid() -> None:
    """The faults below are not in the policy to which they are added."""
    assert Policy.from_dict(SOUND).calendar == "office"


@pytest.mark.parametrize(("parts", "path", "words"), FAULTS, ids=[path for _, path, _ in FAULTS])
def test_each_fault_is_reported_once_at_its_path(
    parts: dict[str, Any], path: str, words: str
) -> None:
    """One fault, one message; the same from data and from code."""
    document = {key: part for key, part in (SOUND | parts).items() if part is not ...}
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict(document)
    assert [fault.where for fault in caught.value.faults] == [path]
    assert words in str(caught.value)
    with pytest.raises(PolicyError, match=r".") as in_code:
        Policy(**document)
    assert [fault.where for fault in in_code.value.faults] == [path]


CONTRACT = Path(__file__).parents[2] / "examples/service-contract/contract.toml"


@pytest.mark.parametrize(
    "document",
    [POLICY, Policy.from_toml(CONTRACT.read_text("utf-8")).to_dict()],
    ids=["all keys", "service contract"],
)
def test_what_cannot_be_read_is_reported_where_it_stands(document: dict[str, Any]) -> None:
    """And nowhere else: no part that refers to it, or needs it, is a second fault."""
    strangers: dict[tuple[Any, ...], list[str]] = {}
    for place in places(document):
        unreadable: list[Any] = [[[[]]], "\1.[]"]
        for value in unreadable:  # neither is right anywhere, and neither has a kind
            try:
                Policy.from_dict(put(document, place, value))
            except PolicyError as error:
                faults = error.faults
                if any(fault.path[: len(place)] == place for fault in faults):
                    others = [one.where for one in faults if one.path[: len(place)] != place]
                    strangers |= {place: others} if others else {}
    assert not strangers


def wrong_lengths(text: str) -> list[dict[str, Any]]:
    """Policies with a length at each place that takes one."""
    pause = {"when": {"status": "waiting"}}
    return [
        target(within=text),
        target(within="1 hour", limit=text),
        target(within={"earliest_of": ["1 hour", text]}),
        target(within={"latest_of": ["1 hour", {"within": text, "calendar": "late"}]}),
        {"metrics": METRICS | {"response": {"pause": pause | {"at_most": text}}}},
        {"metrics": METRICS | {"response": {"pause": pause | {"in_all": text}}}},
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("4 workng hours", "4 working hours"),
        ("3 wroking days", "3 working days"),
        ("2 huors", "2 hours"),
        ("2 Huors ", "2 hours"),
        ("30 calender days", "30 calendar days"),
        ("1 buisness day", "1 business day"),
        ("90 minuts", "90 minutes"),
        ("30 secconds", "30 seconds"),
        ("2 wroking huors", "2 working hours"),
        ("1 hour 30 mintues", "1 hour 30 minutes"),
        ("1 working dya", "1 working day"),
    ],
)
def test_the_length_that_was_meant_is_suggested(text: str, meant: str) -> None:
    """Wherever a length stands, and beside a warning likewise."""
    for parts in wrong_lengths(text):
        with pytest.raises(PolicyError, match=f"did you mean '{meant}'") as caught:
            Policy.from_dict(SOUND | parts)
        assert [fault.suggestions for fault in caught.value.faults] == [(meant,)]
    for side in ("before", "after"):
        parts = target(within="1 hour", warnings=[f"{text} {side}"])
        with pytest.raises(PolicyError, match=f"did you mean '{meant} {side}'"):
            Policy.from_dict(SOUND | parts)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("end of workin day + 1", "end of working day + 1"),
        ("16:00 of workng day + 1", "16:00 of working day + 1"),
        ("earliest of 24 huors, 1 working day", "earliest of 24 hours, 1 working day"),
        ("latset of 24 hours, 1 working day", "latest of 24 hours, 1 working day"),
        ("at onec", "at once"),
    ],
)
def test_the_other_times_are_suggested_where_they_may_stand(text: str, meant: str) -> None:
    """A cap on pauses is a length, so that no end of a day is suggested there."""
    *targets, at_most, in_all = wrong_lengths(text)
    with pytest.raises(PolicyError, match=re.escape(f"did you mean '{meant}'")):
        Policy.from_dict(SOUND | targets[0])
    for parts in (at_most, in_all):
        with pytest.raises(PolicyError) as caught:
            Policy.from_dict(SOUND | parts)
        assert [fault.suggestions for fault in caught.value.faults] == [()]


@pytest.mark.parametrize("text", ["4 office hours", "3 months", "3 working months", "2 turns", ""])
def test_nothing_is_suggested_for_what_is_another_length(text: str) -> None:
    """What is meant is not known."""
    for parts in wrong_lengths(text):
        with pytest.raises(PolicyError) as caught:
            Policy.from_dict(SOUND | parts)
        assert [fault.suggestions for fault in caught.value.faults] == [()]
