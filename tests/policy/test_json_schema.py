"""The JSON Schema and the loader accept the same documents, as far as a schema can see."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from slacalc import Policy, presets
from slacalc.errors import Fault, PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMITTED = Path(__file__).parents[2] / "docs" / "reference" / "policy.schema.json"
VALIDATOR = Draft202012Validator(Policy.json_schema())
DOCUMENTS = [presets.load(name).to_dict() for name in presets.names()]

# Values that are right somewhere and wrong elsewhere.
VALUES: list[Any] = [
    *(
        None,
        1,
        1.5,
        -1,
        10**20,
        True,
        "",
        "x",
        "a.b",
        "4h",
        "4 working hours",
        "at once",
        "2 weeks",
    ),
    *("2024-01-01", "99 %", "1 year", "80 %", "1 hour before", ">= high", "> ", "x" * 300),
    *(
        [],
        ["a"],
        [1, 1.5],
        ["4 hours", "1 hour"],
        {},
        {"a": 1},
        {"not": "x"},
        {"is": "x", "not": 1},
    ),
    *({"within": "1 hour"}, {"earliest_of": ["1 hour", "2 hours"]}, {"earliest_of": ["1 hour"]}),
    *({"event": "x"}, {"values": ["a"]}, {"share": "99 %", "of": "x"}, {"at": "80 %"}),
    {"latest_of": [{"within": "1 hour", "calendar": "c"}, "end of day + 1"]},
]
KEYS = [
    "x",
    "within",
    "when",
    "targets",
    "calendar",
    "limit",
    "a b",
    "",
    " a",
    "from",
    "for",
    "not",
]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from _paths(item, (*path, key))


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A preset in which a value or a key was exchanged, added or taken away, once or twice."""
    document: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(list(_paths(document))))
        owner: Any = document
        for key in path[:-1]:
            owner = owner[key]
        what = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if what == "remove":
            del owner[path[-1]]
        elif what == "add" and isinstance(owner, dict):
            owner[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        else:
            owner[path[-1]] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    return document


def test_the_committed_schema_is_the_one_that_the_shapes_describe() -> None:
    """docs/reference/policy.schema.json is generated: `slacalc schema` prints it."""
    assert json.loads(COMMITTED.read_text("utf-8")) == Policy.json_schema()
    Draft202012Validator.check_schema(Policy.json_schema())


def test_each_key_is_described() -> None:
    """The schema says about a key what the docstring of the class says about the argument."""
    schema = Policy.json_schema()
    described = {"Policy": schema["properties"]} | {
        name: definition["properties"]
        for name, definition in schema["$defs"].items()
        if "properties" in definition and name != "Version"
    }
    assert {"Policy", "Metric", "Row", "Target", "Attribute", "Coverage", "Calendar"} <= {
        *described
    }
    bare = {
        f"{name}.{key}"
        for name, properties in described.items()
        for key, part in properties.items()
        if not part.get("description") and key != "$schema"
    }
    assert not bare
    pause = 'Condition under which the clock is paused. Default: from an event "paused" until'
    assert described["Metric"]["pause"]["description"].startswith(pause)


@pytest.mark.parametrize("document", DOCUMENTS, ids=presets.names())
def test_presets_are_valid(document: dict[str, Any]) -> None:
    """What the library writes its own schema accepts."""
    assert not list(VALIDATOR.iter_errors(document))
    assert not list(VALIDATOR.iter_errors(document | {"$schema": "policy.schema.json"}))


def faults_of(document: Any) -> tuple[Fault, ...]:
    try:
        Policy.from_dict(document)
    except PolicyError as error:
        return error.faults
    return ()


@settings(max_examples=300)
@given(mutated())
def test_schema_and_loader_agree(document: dict[str, Any]) -> None:
    """What the schema refuses the loader refuses; beyond it, the loader sees to meaning only."""
    refusals = [error.message for error in VALIDATOR.iter_errors(document)]
    faults = faults_of(document)
    assert not refusals or faults, refusals
    assert refusals or all(fault.of_meaning for fault in faults), faults
