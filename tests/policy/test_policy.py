"""Policies as text: round trips, every fault in its place, and hostile files."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import (
    Attribute,
    Calendar,
    Coverage,
    Metric,
    Objective,
    Policy,
    Precondition,
    Refusal,
    Row,
    SlacalcError,
    Target,
    presets,
)
from slacalc._policy import data, validation
from slacalc._schema.limits import MAX_FAULTS
from slacalc._schema.shapes import Text
from slacalc.errors import Fault, PolicyError

PARTS = [
    *(Attribute, Calendar, Coverage, Metric, Objective, Policy, Precondition, Refusal, Row, Target)
]

# A policy with every kind of part in it, in the forms that a file has for them.
FULL: dict[str, Any] = {
    "name": "full",
    "title": "Everything — 全部",
    "effective_from": "2024-01-01",
    "effective_until": "2026-12-31",
    "calendar": "office",
    "warnings": ["80 %", "1 working hour before", {"at": "30 minutes after", "name": 'say "now"'}],
    "calendars": {
        "office": {
            "time_zone": "Asia/Shanghai",
            "week": {"mon-fri": "08:30-12:00, 13:00-17:30"},
            "holidays": ["CN", {"dates": {"2026-03-02": "Founder's Day"}}],
            "exceptions": {"2026-12-24": {"hours": "08:30-12:00", "name": "early"}},
            "changes": {"2026-07-01": {"week": {"mon-fri": "09:00-17:00"}}},
            "horizon": 2026,
        },
        "always": {"time_zone": "UTC", "week": "always"},
    },
    "attributes": {
        "severity": ["high", "medium", "low"],
        "special": {"values": [True, False], "default": False},
        "level": {"values": [1, 2], "optional": True, "ordered": False, "words": "how grave"},
        "signed": {"kind": "date"},
        "customer": {"kind": "text", "optional": True},
        "impact": ["high", "low"],
        "priority": {
            "values": [1, 2, 3],
            "by": ["impact", "special"],
            "matrix": {"high": {"true": 1, "false": 2}, "low": {"true": 2, "false": 3}},
        },
    },
    "metrics": {
        "response": {
            "stop": {"event": "replied", "by": ["agent", "bot"]},
            "before": ["resolution"],
            "words": "a person has answered",
        },
        "resolution": {
            "start": ["created", {"event": "accepted", "queue": {"not": "spam"}}],
            "stop": "resolved",
            "pause": {"status": ["awaiting-customer", "awaiting-vendor"]},
            "cancel": "cancelled",
            "reset": "rejected",
            "reopen": "reopened",
            "calendar": "office",
            "warnings": [],
            "consequence": "refund",
        },
    },
    "tables": {
        "standard": [
            {
                "when": {"severity": ">= medium", "received": {"not": ["holiday", "weekend"]}},
                "targets": {
                    "response": {"within": "30 working minutes", "limit": "1 working hour"},
                    "resolution": {"promise": "negotiated"},
                },
                "entitlements": ["spare-parts"],
                "note": "line one\nline two",
            },
            {
                "when": {"level": 1, "received": {"is": "closed", "on": "always"}},
                "targets": {
                    "response": {
                        "within": {
                            "earliest_of": [
                                "24 hours",
                                {"within": "1 working day", "calendar": "always"},
                            ]
                        },
                        "calendar": "office",
                        "consequence": "refund",
                        "warnings": ["50 %"],
                    }
                },
            },
            {"targets": {"response": "latest of 1 hour, end of working day + 1"}},
        ],
        "empty": [],
    },
    "refusals": [{"when": {"customer": "nobody"}, "because": "no such customer"}],
    "coverage": [
        {"from": "signed", "for": "18 months", "otherwise": "ask us"},
        {"from": "2024-01-01", "until": "2024-12-31", "when": {"special": True}},
    ],
    "preconditions": {
        "backup": {"words": "a backup", "pause": {"status": "no-backup"}, "metrics": ["response"]}
    },
    "consequences": {"refund": "the month is free"},
    "objectives": {"quick": {"share": "99.5 %", "of": "requests", "metric": "response"}},
    "versions": [{"effective_from": "2027-01-01", "tables": {"standard": []}}],
}


def everything(policy: Policy) -> dict[str, Any]:
    return {part.__name__: part for part in PARTS} | {"policy": policy}


@pytest.mark.parametrize(
    "data", [FULL, *(presets.load(name).to_dict() for name in presets.names())]
)
def test_round_trips(data: dict[str, Any]) -> None:
    """Data, TOML, JSON, code, pickle and copies all make the same policy again."""
    policy = Policy.from_dict(data)
    again = {
        "dict": Policy.from_dict(policy.to_dict()),
        "json dict": Policy.from_dict(json.loads(json.dumps(policy.to_dict()))),
        "toml": Policy.from_toml(policy.to_toml()),
        "json": Policy.from_json(policy.to_json()),
        "code": eval(repr(policy), everything(policy)),  # noqa: S307 - our own words
        "pickle": pickle.loads(pickle.dumps(policy)),  # noqa: S301 - our own
        "copy": copy.deepcopy(policy),
    }
    for way, other in again.items():
        assert other == policy, way
        assert hash(other) == hash(policy), way
    assert policy.to_dict() == Policy.from_toml(policy.to_toml()).to_dict()


def test_nothing_is_lost() -> None:
    """What was written is what is there: the data come back as they were given."""
    assert Policy.from_dict(FULL).to_dict() == FULL


def test_files(tmp_path: Path) -> None:
    """A path, as text or not, is read; a mark at the beginning, which Windows puts, is passed."""
    policy = Policy.from_dict(FULL)
    toml, as_json = tmp_path / "full.toml", tmp_path / "full.json"
    toml.write_text(policy.to_toml(), encoding="utf-8-sig")
    as_json.write_text(policy.to_json(), encoding="utf-8")
    assert Policy.from_toml(toml) == Policy.from_toml(str(toml)) == policy
    assert Policy.from_json(as_json) == policy
    with pytest.raises(PolicyError, match=r"gone\.toml.*\n.*No such file"):
        Policy.from_toml(tmp_path / "gone.toml")
    (tmp_path / "latin.toml").write_bytes('name = "x"\ntitle = "é"'.encode("latin-1"))
    with pytest.raises(PolicyError) as caught:
        Policy.from_toml(tmp_path / "latin.toml")
    (fault,) = caught.value.faults
    assert ("UTF-8" in fault.message, fault.line, fault.column) == (True, 2, 10)
    assert caught.value.source.endswith("latin.toml")


BROKEN = """\
name = "desk"
calender = "office"

[calendars.office]
time_zone = "Europe/Pari"
week = { mon-fri = "9-17", sat = "9-25", sun = "closd" }
holidays = "FRR"

[attributes]
severity = ["high", "medium", "low"]
priority = { values = [1, 2], by = ["severity"], matrix = { high = 1, medium = 3 } }
when = { values = [] }

[metrics.response]
stop = "responded"
[metrics.resolution]
stop = "resolved"
consequence = "refund"

[[tables.standard]]
when = { severity = ">= critical", priority = "1" }
targets = { response = "4h", resolution = { within = "1 day", limt = "2 working days" } }

[[tables.standard]]
when = { sevrity = "low", received = "someday" }
targets = { respnse = "30 working minutes", resolution = { promise = "soon", within = "4 hours" } }
unknown = 1

[[coverage]]
from = "signed"
for = "1 fortnight"
"""
# By hand, counted in the text above: line, column, path, what was found, and a suggestion.
FAULTS = [
    (2, 1, "calender", "'calender'", "calendar"),
    (5, 1, "calendars.office.time_zone", "'Europe/Pari'", "Europe/Paris"),
    (6, 28, "calendars.office.week.sat", "{'sat': '9-25'}", ""),
    (6, 42, "calendars.office.week.sun", "{'sun': 'closd'}", ""),
    (7, 1, "calendars.office.holidays", "'FRR'", "FR"),
    (11, 50, "attributes.priority.matrix.low", "", ""),
    (11, 71, "attributes.priority.matrix.medium", "3", ""),
    (12, 10, "attributes.when.values", "[]", ""),
    (18, 1, "metrics.resolution.consequence", "'refund'", ""),
    (21, 10, "tables.standard[0].when.severity", "'critical'", ""),
    (21, 36, "tables.standard[0].when.priority", "'1'", ""),
    (22, 13, "tables.standard[0].targets.response", "'4h'", ""),
    (22, 45, "tables.standard[0].targets.resolution.within", "'1 day'", ""),
    (22, 63, "tables.standard[0].targets.resolution.limt", "'limt'", "limit"),
    (25, 10, "tables.standard[1].when.sevrity", "'sevrity'", "severity"),
    (25, 27, "tables.standard[1].when.received", "'someday'", ""),
    (26, 13, "tables.standard[1].targets.respnse", "'respnse'", "response"),
    (26, 45, "tables.standard[1].targets.resolution", "both within and promise", ""),
    (27, 1, "tables.standard[1].unknown", "'unknown'", ""),
    (30, 1, "coverage[0].from", "'signed'", ""),
    (31, 1, "coverage[0].for", "'1 fortnight'", ""),
]


def test_all_faults_are_reported_at_once_each_in_its_place() -> None:
    """Line, column, path, what was found, what would be right, and what was perhaps meant."""
    with pytest.raises(PolicyError) as caught:
        Policy.from_toml(BROKEN)
    reported = [
        (one.line, one.column, one.where, one.found, (*one.suggestions, "")[0])
        for one in caught.value.faults
    ]
    assert reported == FAULTS
    assert all(one.expected for one in caught.value.faults)
    text = str(caught.value)
    assert text.startswith(f"the policy has {len(FAULTS)} faults:\n  line 2, column 1: calender: ")
    assert "did you mean 'severity'?" in text


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('name = "x"\na = \n', 2, 5),
        ('name = "x"\n[tables\n', 2, 8),
        ('name = "x"\nname = "y"\n', 2, 11),
        ('name = "x\n', 1, 10),
        ('name = "x"\n[a]\n[a]\n', 3, 3),
    ],
)
def test_faults_of_toml_itself(text: str, line: int, column: int) -> None:
    """What is not TOML is reported with its place."""
    with pytest.raises(PolicyError, match="this is not TOML") as caught:
        Policy.from_toml(text)
    (fault,) = caught.value.faults
    assert (fault.line, fault.column) == (line, column)


def test_faults_of_json_itself() -> None:
    """What is not JSON is reported with its place; a key that stands twice is a fault."""
    with pytest.raises(PolicyError, match="this is not JSON") as caught:
        Policy.from_json('{"name": "x",\n "a": }')
    assert (caught.value.faults[0].line, caught.value.faults[0].column) == (2, 7)
    with pytest.raises(PolicyError, match="'name' occurs twice"):
        Policy.from_json('{"name": "x", "name": "y"}')


def test_a_fault_is_data() -> None:
    """It goes to JSON, and prints its place first."""
    fault = Fault(("tables", "vip", 2, "targets"), "is wrong", "1", "2", ("3",), 4, 5)
    assert str(fault) == "line 4, column 5: tables.vip[2].targets: is wrong"
    assert json.loads(json.dumps(fault.to_dict()))["path"] == "tables.vip[2].targets"


# Files that mean harm ----------------------------------------------------------------------------

HEAD = 'name = "x"\n'
HOSTILE = {
    "nested lists": f"{HEAD}a = {'[' * 200_000}",
    "nested lists, closed": f"{HEAD}a = {'[' * 100_000}{']' * 100_000}",
    "nested tables": f"{HEAD}a = {'{a=' * 100_000}",
    "dotted keys": f"{HEAD}a{'.a' * 200_000} = 1\n",
    "dotted header": f"{HEAD}[{'a.' * 100_000}a]\n",
    "digits": f"{HEAD}a = {'9' * 400_000}\n",
    "keys": HEAD + "".join(f"k{i} = 1\n" for i in range(20_000)),
    "rows": HEAD + "[[tables.x]]\nwhen = {a='b'}\n" * 10_000,
    "calendars": HEAD + "".join(f"[calendars.c{i}]\nweek='alwys'\n" for i in range(8_000)),
    "quotes": f'{HEAD}a = "{chr(34) * 400_000}',
    "backslashes": f'{HEAD}a = "{chr(92) * 400_001}',
    "an open text": f"{HEAD}a = '''" + "x\n" * 200_000,
    "blanks": f"{HEAD}{' ' * 500_000}=",
    "50 MB": HEAD + "#" * 50_000_000,
    "a long target": HEAD + f'[[tables.x]]\ntargets = {{ a = "{"1 hour and " * 20_000}" }}\n',
    "a long week": HEAD + f'[calendars.x]\nweek = "{"9-17," * 50_000}"\n',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_toml_ends_in_our_error(text: str) -> None:
    """Deep, long, huge or endless: it is refused, with no more faults than are worth reading."""
    with pytest.raises(PolicyError) as caught:
        Policy.from_toml(text)
    assert 0 < len(caught.value.faults) <= MAX_FAULTS + 1
    assert len(str(caught.value)) < 100_000


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 100_000,
        '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"a":' + "9" * 400_000 + "}",
        '{"name": "\\ud800"}',
        '{"name": NaN}',
        '{"name": 1e999}',
        "[" + "1," * 100_000 + "1]",
        '{"name": "x"' + ', "a": 1' * 50_000 + "}",
        "{\n",
    ],
)
def test_hostile_json_ends_in_our_error(text: str) -> None:
    """So it is for JSON, half characters and numbers that are none included."""
    with pytest.raises(PolicyError):
        Policy.from_json(text)


def test_a_file_without_an_end_is_not_read_to_it() -> None:
    """Reading stops at the largest size, wherever the bytes come from."""
    with pytest.raises(PolicyError, match="larger than 524,288 bytes"):
        Policy.from_toml(Path("/dev/zero"))


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.sampled_from(["4 working hours", "CN", "always", "2024-01-01", "high", "at once"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
SECTIONS = st.sampled_from(sorted(FULL))


@given(st.dictionaries(SECTIONS, ANYTHING), st.dictionaries(SECTIONS, SECTIONS))
def test_any_data_end_in_a_policy_or_in_our_error(data: Any, moved: Any) -> None:
    """Wrong types everywhere, and right parts in wrong places."""
    for document in (data, FULL | data, FULL | {key: FULL[part] for key, part in moved.items()}):
        try:
            policy = Policy.from_dict({"name": "x", **document})
        except PolicyError as error:
            assert error.faults  # noqa: PT017 - either may come
        else:
            assert Policy.from_toml(policy.to_toml()) == policy


@given(st.text())
def test_any_text_ends_in_a_policy_or_in_our_error(text: str) -> None:
    """Neither reader knows another way out."""
    for read in (Policy.from_toml, Policy.from_json):
        for given_text in (text + "\n", f'name = "x"\n{text}', f'{{"name": "x", {text}}}'):
            try:
                read(given_text)
            except SlacalcError:
                continue


@given(ANYTHING, ANYTHING)
def test_parts_made_in_code_end_in_our_error(first: Any, second: Any) -> None:
    """Constructors read what a file would hold, and refuse the same way."""
    for make in (
        lambda: Attribute(first, default=second),
        lambda: Metric(start=first, pause=second),
        lambda: Row(when=first, targets=second),
        lambda: Target(first, limit=second),
        lambda: Coverage(from_=first, for_=second),
        lambda: Policy(first, tables=second),
    ):
        try:
            make()
        except SlacalcError:
            continue


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "a"\n渠道 = ["现场"]', 'between quotes, as in "渠…"'),
        ("name = “a”\n", 'write " instead of “'),
    ],
)
def test_what_toml_needs_in_quotes_is_reported(text: str, message: str) -> None:
    """As people type who write Chinese, or in a word processor."""
    with pytest.raises(PolicyError, match="this is not TOML") as error:
        Policy.from_toml(text)
    assert message in str(error.value)


def test_each_text_is_read_once_and_the_policy_is_checked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From a file, objects are made without their converters, which would read all again."""
    paths: list[Any] = []
    checks: list[Any] = []
    read, check = Text.read, validation.check

    def noted(shape: Text, value: Any, path: Any, faults: Any) -> Any:
        paths.append(path)
        return read(shape, value, path, faults)

    def counted(policy: Any, path: Any, faults: Any) -> None:
        checks.append(policy)
        check(policy, path, faults)

    monkeypatch.setattr(Text, "read", noted)
    monkeypatch.setattr(data, "check", counted)
    policy = Policy.from_dict(FULL)
    assert len(paths) == len(set(paths)) > 40
    assert len(policy.all_versions) == len(checks) == 2  # the policy itself, and its version
    paths.clear()
    assert Policy(**FULL) == policy
    assert len(paths) == len(set(paths)) > 40
    assert len(checks) == 4


def test_faults_of_values_and_of_names_are_reported_together() -> None:
    """A time that cannot be read does not hide a name that is not declared."""
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict(
            {
                "name": "x",
                "effective_from": "2024-02-30",
                "metrics": {"response": {"calendar": "offcie"}},
            }
        )
    assert {fault.where for fault in caught.value.faults} == {
        "effective_from",
        "metrics.response.calendar",
    }
