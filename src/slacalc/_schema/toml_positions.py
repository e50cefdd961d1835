"""Where each key and element of a TOML document stands.

`tomllib` tells what a text says but not where. It has read the text before it comes here, so the
text is valid, and finding places needs no grammar: one pass over the tokens, a word of state that
says what is due next, and a stack of the inline arrays and tables that are open.

The pass takes time linear in the text, whatever the text. Nesting is no recursion, and a path
beyond `_DEEPEST` is followed without being recorded, since a tuple for each prefix of a key such
as ``a.a.a.a…`` would be quadratic.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

DocumentPath: TypeAlias = tuple[str | int, ...]
Position: TypeAlias = tuple[int, int]

_DEEPEST = 32
# Spaces are no token, nor are dots: key parts follow each other, and so do the parts of a number.
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
    """The path one step down; a path that is too deep to be recorded stays as it is."""
    return path if len(path) > _DEEPEST else (*path, step)


def _key(word: str) -> str:
    """The key that a bare or quoted word spells."""
    if word[0] == '"' and "\\" in word:
        return next(iter(tomllib.loads(f"{word} = 0")))
    return word[1:-1] if word[0] in "\"'" else word


@attrs.define
class _Walk:
    """The state of a pass over the tokens of a text."""

    text: str
    line_starts: list[int]
    found: dict[DocumentPath, Position] = attrs.Factory(dict)
    table: DocumentPath = ()  # that the last header opened
    table_counts: dict[DocumentPath, int] = attrs.Factory(dict)  # of each array of tables
    inline: list[tuple[DocumentPath, int | None]] = attrs.Factory(
        list
    )  # open, with an array's index
    path: DocumentPath = ()
    due: Literal["key", "value", "end"] = "key"
    key_start: int = 0

    def take(self, start: int, end: int) -> None:
        """Move past the token between two offsets."""
        sign = self.text[start]
        if sign in "[{":
            self._open(sign, start)
        elif sign in "]}":
            self._close(start)
        elif sign == ",":
            self._next()
        elif sign == "=":
            self.due = "value"
        elif sign in "\n#":
            if not self.inline:
                self.path, self.due = self.table, "key"
        elif self.due == "key":
            self._key_part(start, end)
        elif self.due == "value":
            self._record(start)
            self.due = "end"

    def _open(self, sign: str, start: int) -> None:
        if self.due == "key":  # a header's bracket, or its second one
            self.path = ()
            return
        self._record(start)
        self.inline.append((self.path, -1 if sign == "[" else None))
        self._next()

    def _close(self, start: int) -> None:
        if self.inline:
            self.inline.pop()
        elif self.due == "key":
            if self.text.startswith("]]", start):
                count = self.table_counts.get(self.path, 0)
                self.table_counts[self.path] = count + 1
                self.path = _below(self.path, count)
                self._record(self.key_start)
            self.table = self.path
        self.due = "end"

    def _next(self) -> None:
        self.path, index = self.inline[-1]
        if index is None:
            self.due = "key"
        else:
            self.inline[-1] = (self.path, index + 1)
            self.path = _below(self.path, index + 1)
            self.due = "value"

    def _key_part(self, start: int, end: int) -> None:
        count = self.table_counts.get(self.path)
        if count is not None:
            self.path = _below(self.path, count - 1)
        self.path = _below(self.path, _key(self.text[start:end]))
        self.key_start = start
        self._record(start)

    def _record(self, start: int) -> None:
        """Note where the path begins, unless it is known: a value's by its key, say."""
        if len(self.path) <= _DEEPEST and self.path not in self.found:
            line = bisect_right(self.line_starts, start)
            self.found[self.path] = (line, start - self.line_starts[line - 1] + 1)


def key_positions(text: str) -> dict[DocumentPath, Position]:
    r"""The line and column, from 1, where each key and array element of a document first begins.

    Paths deeper than 32 steps are not recorded; `nearest_position` finds their closest parent.

    Args:
        text: A document that `tomllib` has read without error.

    Example:
        >>> places("[[rules]]\nwithin = '4h'")
        {('rules',): (1, 3), ('rules', 0): (1, 3), ('rules', 0, 'within'): (2, 1)}
    """
    walk = _Walk(text, [0, *(end.end() for end in re.finditer("\n", text))])
    for token in _TOKEN.finditer(text):
        walk.take(*token.span())
    return walk.found


def nearest_position(
    positions: Mapping[DocumentPath, Position], path: DocumentPath
) -> Position | None:
    """The place of the longest known beginning of a path, or None where not even a key is known."""
    known = (path[:end] for end in range(min(len(path), _DEEPEST), 0, -1))
    return next((positions[part] for part in known if part in positions), None)
