"""Group the rows of a file that are in error by what is wrong with them.

Messages are of one kind if they differ only in what they repeat of the row: in quoted texts and in
numbers. Of each kind the first message and the numbers of the first rows are kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from heapq import nsmallest
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_VARIABLE = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\d(?:[\d.,]*\d)?""")
MOST_SHOWN = 6  # kinds
_MOST_KINDS = 100
_FIRST_ROWS = 3
_OTHERS = "other errors"


class ErrorKind(NamedTuple):
    """Errors of one kind.

    Args:
        message: The message of the first one.
        total: How many rows have it.
        rows: The numbers of the first rows.
        table: The table that the rows are of, if there are several; or empty string.
    """

    message: str
    total: int
    rows: tuple[int, ...]
    table: str = ""

    def __str__(self) -> str:
        where = f"row {self.rows[0]}"
        if self.total > 1:
            listed = ", ".join(map(str, self.rows))
            more = f" and {self.total - len(self.rows):,} more" * (self.total > len(self.rows))
            where = f"rows {listed}{more}"
        return f"{f'{self.table}, ' if self.table else ''}{where}: {self.message}"

    def to_dict(self) -> dict[str, Any]:
        """The kind as plain data, ready for JSON."""
        return {"message": self.message, "count": self.total, "rows": list(self.rows)}


class ErrorKinds:
    """Errors of rows, to which more are added as they occur."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], ErrorKind] = {}

    def add(self, rows: Iterable[tuple[int, str]], table: str = "") -> None:
        """Add rows, as their numbers and what is wrong with them."""
        numbers = defaultdict[str, list[int]](list)
        for number, message in rows:
            numbers[message].append(number)
        for message, of_message in numbers.items():
            key, example = (table, _VARIABLE.sub("", message)), message
            if key not in self._kinds and len(self._kinds) >= _MOST_KINDS:
                key, example = ("", ""), _OTHERS
            kind = self._kinds.get(key, ErrorKind(example, 0, (), key[0]))
            self._kinds[key] = kind._replace(
                total=kind.total + len(of_message),
                rows=tuple(nsmallest(_FIRST_ROWS, (*kind.rows, *of_message))),
            )

    def frequent(self) -> list[ErrorKind]:
        """The kinds, those of the most rows first."""
        return sorted(self._kinds.values(), key=lambda kind: -kind.total)
