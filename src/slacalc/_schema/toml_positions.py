"""Find the line and column of each key and list element of a TOML document.

`tomllib` parses a text but does not return positions. It has parsed the text before this module
sees it, so the text is valid, and no grammar is needed: one pass over the tokens, a state that says
what comes next (a key, a value or an end), and a stack of the open inline arrays and tables.

The time is linear in the length of any text. Nesting is not recursion, and a path of more than
`_MAX_DEPTH` steps is followed but not recorded, since a tuple for each prefix of a key such as
``a.a.a.a…`` would take quadratic time.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._schema.faults import DocumentPath

Position: TypeAlias = tuple[int, int]
"""A line and a column, both from 1."""

_MAX_DEPTH = 12
# Spaces and dots are skipped: the parts of a key, or of a number, are tokens next to each other.
_TOKEN = re.compile(
    r'''
      """(?:[^"\\]++|\\.|"(?!""))*+"{3,5}
    | \'\'\'.*?\'{3,5}
    | "(?:[^"\\]++|\\.)*+"
    | '[^']*+'
    | [^][{}=,.#"'\ \t\r\n]++
    | [][{}=,]
    | (?:\n|\#[^\n]*+)[\ \t\r\n]*+
    ''',
    re.DOTALL | re.VERBOSE,
)


def _below(path: DocumentPath, step: str | int) -> DocumentPath:
    """The path extended by a step; a path that is too deep to be recorded is not extended."""
    return path if len(path) > _MAX_DEPTH else (*path, step)


def _key(token: str) -> str:
    """The key written as a bare or quoted token."""
    if token[0] == '"' and "\\" in token:
        return next(iter(tomllib.loads(f"{token} = 0")))
    return token[1:-1] if token[0] in "\"'" else token


@attrs.define
class _Walk:
    """The state of a pass over the tokens of a text."""

    text: str
    line_starts: list[int]
    positions: dict[DocumentPath, Position] = attrs.Factory(dict)
    table: DocumentPath = ()  # opened by the last header
    table_counts: dict[DocumentPath, int] = attrs.Factory(dict)  # of each array of tables
    inline: list[tuple[DocumentPath, int | None]] = attrs.Factory(list)  # open; index if an array
    path: DocumentPath = ()
    expects: Literal["key", "value", "end"] = "key"
    key_start: int = 0

    def take(self, start: int, end: int) -> None:
        """Process the token between two offsets."""
        sign = self.text[start]
        if sign in "[{":
            self._open(sign, start)
        elif sign in "]}":
            self._close(start)
        elif sign == ",":
            self._next_item()
        elif sign == "=":
            self.expects = "value"
        elif sign in "\n#":
            if not self.inline:
                self.path, self.expects = self.table, "key"
        elif self.expects == "key":
            self._add_key_part(start, end)
        elif self.expects == "value":
            self._record(start)
            self.expects = "end"

    def _open(self, sign: str, start: int) -> None:
        if self.expects == "key":  # the first or second bracket of a header
            self.path = ()
            return
        self._record(start)
        self.inline.append((self.path, -1 if sign == "[" else None))
        self._next_item()

    def _close(self, start: int) -> None:
        if self.inline:
            self.inline.pop()
        elif self.expects == "key":  # the end of a header
            if self.text.startswith("]]", start):
                count = self.table_counts.get(self.path, 0)
                self.table_counts[self.path] = count + 1
                self.path = _below(self.path, count)
                self._record(self.key_start)
            self.table = self.path
        self.expects = "end"

    def _next_item(self) -> None:
        self.path, index = self.inline[-1]
        if index is None:
            self.expects = "key"
        else:
            self.inline[-1] = (self.path, index + 1)
            self.path = _below(self.path, index + 1)
            self.expects = "value"

    def _add_key_part(self, start: int, end: int) -> None:
        count = self.table_counts.get(self.path)
        if count is not None:  # a key inside an array of tables belongs to its last table
            self.path = _below(self.path, count - 1)
        self.path = _below(self.path, _key(self.text[start:end]))
        self.key_start = start
        self._record(start)

    def _record(self, start: int) -> None:
        """Record the position of the path, unless it has one: a value has that of its key."""
        if len(self.path) <= _MAX_DEPTH and self.path not in self.positions:
            line = bisect_right(self.line_starts, start)
            self.positions[self.path] = (line, start - self.line_starts[line - 1] + 1)


def key_positions(text: str) -> dict[DocumentPath, Position]:
    r"""Return the position at which each key and array element of a document first begins.

    Paths of more than 12 steps are not recorded; `nearest_position` finds their closest parent.

    Args:
        text: A document that `tomllib` has parsed without error.

    Example:
        >>> key_positions("[[rules]]\nwithin = '4h'")
        {('rules',): (1, 3), ('rules', 0): (1, 3), ('rules', 0, 'within'): (2, 1)}
    """
    walk = _Walk(text, [0, *(end.end() for end in re.finditer("\n", text))])
    skipped = 0  # brackets that are open below the deepest path that is recorded
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        sign = text[start]
        if skipped:
            skipped += (sign in "[{") - (sign in "]}")
        elif sign in "[{" and walk.expects == "value" and len(walk.path) > _MAX_DEPTH:
            skipped, walk.expects = 1, "end"
        else:
            walk.take(start, end)
    return walk.positions


def nearest_position(
    positions: Mapping[DocumentPath, Position], path: DocumentPath
) -> Position | None:
    """Return the position of the closest recorded parent of a path, or of the path itself."""
    parents = (path[:end] for end in range(min(len(path), _MAX_DEPTH), 0, -1))
    return next((positions[parent] for parent in parents if parent in positions), None)
