"""Every key and element of a TOML document is found where a person would point at it."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc._schema.toml_positions import Position, key_positions, nearest_position

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from slacalc._schema.faults import DocumentPath

POLICY = """\
# [not.a.header]
name = "x" # = "y"

[tables.vip]
  zone='Europe/Paris'
[[rules]]
when = { tag = "vip", hours.mon = ["9-12", '13-17'] }
[rules.targets]
arrival.within = "4h"
arrival.warn = [
  "1h",   # first, ]
  [ 2, 3 ],
  { at = 1.5 },
]

[[ rules ]]
[[rules.steps]]
[ rules . "steps" . 'x.y' ]
"caf\\u00e9 = " . b = 1979-05-27 07:32:00
[[rules.steps]]
"""
POLICY_PLACES: dict[DocumentPath, Position] = {
    ("name",): (2, 1),
    ("tables",): (4, 2),
    ("tables", "vip"): (4, 9),
    ("tables", "vip", "zone"): (5, 3),
    ("rules",): (6, 3),
    ("rules", 0): (6, 3),
    ("rules", 0, "when"): (7, 1),
    ("rules", 0, "when", "tag"): (7, 10),
    ("rules", 0, "when", "hours"): (7, 23),
    ("rules", 0, "when", "hours", "mon"): (7, 29),
    ("rules", 0, "when", "hours", "mon", 0): (7, 36),
    ("rules", 0, "when", "hours", "mon", 1): (7, 44),
    ("rules", 0, "targets"): (8, 8),
    ("rules", 0, "targets", "arrival"): (9, 1),
    ("rules", 0, "targets", "arrival", "within"): (9, 9),
    ("rules", 0, "targets", "arrival", "warn"): (10, 9),
    ("rules", 0, "targets", "arrival", "warn", 0): (11, 3),
    ("rules", 0, "targets", "arrival", "warn", 1): (12, 3),
    ("rules", 0, "targets", "arrival", "warn", 1, 0): (12, 5),
    ("rules", 0, "targets", "arrival", "warn", 1, 1): (12, 8),
    ("rules", 0, "targets", "arrival", "warn", 2): (13, 3),
    ("rules", 0, "targets", "arrival", "warn", 2, "at"): (13, 5),
    ("rules", 1): (16, 4),
    ("rules", 1, "steps"): (17, 9),
    ("rules", 1, "steps", 0): (17, 9),
    ("rules", 1, "steps", 0, "x.y"): (18, 21),
    ("rules", 1, "steps", 0, "x.y", "café = "): (19, 1),
    ("rules", 1, "steps", 0, "x.y", "café = ", "b"): (19, 18),
    ("rules", 1, "steps", 1): (20, 9),
}


def _paths(value: Any, path: DocumentPath = ()) -> Iterator[DocumentPath]:
    """Every path of a parsed document."""
    children: Any = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for step, child in children:
        yield (*path, step)
        yield from _paths(child, (*path, step))


def test_each_form_of_key_and_element_is_placed() -> None:
    """Keys stand where their own part begins, elements where their value does."""
    assert key_positions(POLICY) == POLICY_PLACES
    assert set(_paths(tomllib.loads(POLICY))) == set(POLICY_PLACES)


def test_line_ends_of_windows_change_no_place() -> None:
    """A carriage return belongs to the end of its line."""
    assert key_positions(POLICY.replace("\n", "\r\n")) == POLICY_PLACES


@pytest.mark.parametrize(
    "string",
    [
        '"]"',
        r'"\"], [\\"',
        "''",
        r"'\'",
        '"""\n], "", \\""" # [\n"""',
        '"""""two quotes at each end"""""',
        "'''\n], '' # [\n'''''",
        "''''''",
        '"""one quote " [ inside"""',
        '"""ends on a backslash \\\\"""',
    ],
)
def test_strings_hide_what_they_hold(string: str) -> None:
    """Brackets, commas, quotes, hashes and line ends inside a string mean nothing."""
    text = f"a = [{string}, 2]\nb = 3"
    assert tomllib.loads(text)["b"] == 3
    last = text.splitlines()[-2]
    lines = text.count("\n")
    assert key_positions(text) == {
        ("a",): (1, 1),
        ("a", 0): (1, 6),
        ("a", 1): (lines, len(last) - 1),
        ("b",): (lines + 1, 1),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("# only a comment", {}),
        ('"" = 0', {("",): (1, 1)}),
        ("1.2 = 1.2", {("1",): (1, 1), ("1", "2"): (1, 3)}),
        (
            "a=[[],{}, [ ],]",
            {("a",): (1, 1), ("a", 0): (1, 4), ("a", 1): (1, 7), ("a", 2): (1, 11)},
        ),
        ("a = ['''b'''', '[']", {("a",): (1, 1), ("a", 0): (1, 6), ("a", 1): (1, 16)}),
        ("[a.b]\n[a]", {("a",): (1, 2), ("a", "b"): (1, 4)}),
        ("a.b = 1\na.c = 2", {("a",): (1, 1), ("a", "b"): (1, 3), ("a", "c"): (2, 3)}),
        ("'é𝄞'.x = 1", {("é𝄞",): (1, 1), ("é𝄞", "x"): (1, 6)}),
        ("'\u2028'=1 # \u2028\nb=2", {("\u2028",): (1, 1), ("b",): (2, 1)}),
    ],
)
def test_edges(text: str, expected: dict[DocumentPath, Position]) -> None:
    """The first introduction counts, columns count characters, and only a line feed ends a line."""
    assert set(_paths(tomllib.loads(text))) == set(expected)
    assert key_positions(text) == expected


@pytest.mark.parametrize(
    "text",
    ["a." * 5000 + "a = 1", "[" + "a." * 5000 + "a]\nb.c = [1]", "[[" + "a." * 5000 + "a]]\nb = 1"],
)
def test_depth_is_bounded(text: str) -> None:
    """The first 12 steps of a path are recorded, and what follows is read on."""
    found = key_positions(text + "\n[z]\ny = 1")
    assert list(found) == [*(("a",) * depth for depth in range(1, 13)), ("z",), ("z", "y")]
    assert nearest_position(found, ("a",) * 5000) == found[("a",) * 12]


def test_nesting_is_no_recursion() -> None:
    """Brackets nested deeper than Python's stack are walked."""
    found = key_positions("a = " + "[" * 100_000 + "]" * 100_000 + "\nb = 1")
    assert found["b",] == (2, 1)
    assert len(found) == 13


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("rules", 0, "targets", "arrival", "within"), (9, 9)),
        (("rules", 0, "targets", "arrival", "wihtin"), (9, 1)),
        (("rules", 1, "steps", 7, "x"), (17, 9)),
        (("rules", "0"), (6, 3)),
        (("colour", "red"), None),
        ((), None),
    ],
)
def test_nearest(path: DocumentPath, expected: Position | None) -> None:
    """What is missing is placed at the innermost thing that is there."""
    assert nearest_position(key_positions(POLICY), path) == expected


class _Writer:
    """A document written out in forms drawn at random, noting where it puts each path."""

    def __init__(self, random: Random, document: dict[str, Any]) -> None:
        self.pick: Callable[[list[Any]], Any] = random.choice
        self.text = ""
        self.positions: dict[DocumentPath, Position] = {}
        self._table([], (), document, "")

    def _note(self, path: DocumentPath) -> Position:
        *before, line = self.text.split("\n")
        here = (len(before) + 1, len(line) + 1)
        self.positions.setdefault(path, here)
        return here

    def _put(self, *forms: str) -> None:
        self.text += self.pick(list(forms))

    def _key(self, trail: list[DocumentPath]) -> Position:
        """A key whose parts introduce these paths; returns where its last part begins."""
        here = (0, 0)
        for count, path in enumerate(trail):
            if count:
                self._put(".", " . ", ".\t")
            here = self._note(path)
            key = str(path[-1])
            escaped = "".join(f"\\U{ord(character):08X}" for character in key)
            literal = [] if "'" in key or "\n" in key else [f"'{key}'"]
            bare = [key] if re.fullmatch(r"[A-Za-z0-9_-]+", key) else []
            self._put(json.dumps(key, ensure_ascii=False), f'"{escaped}"', *literal, *bare)
        return here

    def _string(self, value: str) -> None:
        forms = [json.dumps(value, ensure_ascii=False)]
        forms.append('"""\n' + value.replace("\\", "\\\\").replace('"""', '""\\"') + '"""')
        if "'" not in value:
            forms.append(f"'''\n{value}'''")
            forms += [] if "\n" in value else [f"'{value}'"]
        self._put(*forms)

    def _pair(self, trail: list[DocumentPath], value: Any) -> None:
        self._key(trail)
        self._put("=", " = ", "\t=")
        self._value(trail[-1], value)

    def _leaves(
        self, trail: list[DocumentPath], value: Any
    ) -> Iterator[tuple[list[DocumentPath], Any]]:
        """The value as one pair, or a table as several pairs of dotted keys."""
        if isinstance(value, dict) and value and self.pick([False, True]):
            for key, child in value.items():
                yield from self._leaves([*trail, (*trail[-1], key)], child)
        else:
            yield trail, value

    def _value(self, path: DocumentPath, value: Any) -> None:
        if isinstance(value, str):
            self._string(value)
        elif isinstance(value, list):
            self._put("[", "[ ", "[\n", "[ # ]\n\n  ")
            for index, child in enumerate(value):
                if index:
                    self._put(",", ", ", " ,\n\t", "\n,# ' [\n")
                self._note((*path, index))
                self._value((*path, index), child)
            self._put("]", "\n]", *([",]", " , # }\n]"] if value else []))
        elif isinstance(value, dict):
            self._put("{", "{ ")
            pairs = [((*path, key), child) for key, child in value.items()]
            leaves = [leaf for step, child in pairs for leaf in self._leaves([step], child)]
            for count, (trail, child) in enumerate(leaves):
                if count:
                    self._put(",", " , ")
                self._pair(trail, child)
            self._put("}", " }")
        elif isinstance(value, (date, time)):
            self._put(value.isoformat(), value.isoformat().replace("T", " "))
        else:
            self._put(str(value).lower())

    def _table(
        self, trail: list[DocumentPath], path: DocumentPath, table: dict[str, Any], bracket: str
    ) -> None:
        """A table as a section: its header, its lines, and the sections below it."""
        lines: list[tuple[str, Any]] = []
        sections: list[tuple[str, Any]] = []
        for key, value in table.items():
            tables = value if isinstance(value, list) else [value]
            may_head = tables and all(isinstance(item, dict) for item in tables)
            self.pick([lines, sections] if may_head else [lines]).append((key, value))
        late = bracket == "[" and bool(sections) and self.pick([False, True])
        if not late:
            self._section(trail, path, lines, bracket)
        for key, value in sections:
            step = (*path, key)
            if isinstance(value, dict):
                self._table([*trail, step], step, value, "[")
            else:
                for index, item in enumerate(value):
                    self._table([*trail, step], (*step, index), item, "[[")
        if late and (lines or self.pick([False, True])):
            self._section(trail, path, lines, bracket)

    def _section(
        self, trail: list[DocumentPath], path: DocumentPath, lines: list[Any], bracket: str
    ) -> None:
        if bracket:
            self._put(bracket, bracket + " ", "\n  " + bracket)
            last_part = self._key(trail)
            self.positions.setdefault(path, last_part)
            self._put("]]"[: len(bracket)], " " + "]]"[: len(bracket)])
            self._end()
        for key, value in lines:
            for leaf in self._leaves([(*path, key)], value):
                self._put("", "  ", "\t")
                self._pair(*leaf)
                self._end()

    def _end(self) -> None:
        self._put("\n", " \n\n", " # a = [\"'\n", "#\n")


def _tables(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(STRINGS, values, max_size=4)


STRINGS = st.text("ab1-\"'\\[]{}=,.# \né𝄞", max_size=6)
SCALARS = st.one_of(
    STRINGS,
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False),
    st.datetimes(timezones=st.sampled_from([None, UTC])),
    st.sampled_from([date(2024, 5, 3), time(8, 30), datetime(2024, 5, 3, 8, 30, 0, 250)]),
)
VALUES = st.recursive(
    SCALARS,
    lambda values: st.one_of(
        st.lists(values, max_size=4), _tables(values), st.lists(_tables(values), max_size=3)
    ),
    max_leaves=20,
)


@given(st.randoms(use_true_random=False), _tables(VALUES), st.sampled_from(["\n", "\r\n"]))
def test_each_path_is_where_it_was_written(
    random: Random, document: dict[str, Any], line_end: str
) -> None:
    """What `tomllib` reads is placed where its writer put it, and nothing else is placed."""
    written = _Writer(random, document)
    text = written.text.replace("\n", line_end)
    assert tomllib.loads(text) == document
    assert set(written.positions) == set(_paths(document))
    assert key_positions(text) == written.positions
