"""Print text, JSON and tables, and report errors of usage.

rich is an extra, so it is imported when something is printed.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from slacalc._i18n import Translator, language_code, languages, pad, translator, width
from slacalc._phrases import in_language
from slacalc.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rich.console import Console

# What may stand in JSON, but controls a terminal or the order of what it shows.
_UNSAFE_IN_JSON = re.compile(
    "[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"  # and half characters
)
typed_language = ContextVar("typed_language", default="")
"""What was typed for ``--language``; empty string for nothing."""
_NARROWEST = 12  # characters of a column whose text may be wrapped


class UsageError(Exception):
    """What was typed is wrong.

    Args:
        message: What is wrong, and what would be right.
        option: The option that is wrong; empty string if it is none in particular.
    """

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(one_line(message))
        self.option = option


class JobStopped(Exception):  # noqa: N818 - not an error
    """A signal ended the job before anything was written.

    Args:
        status: The exit status that shells expect.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def said(message: str) -> str:
    """A message in the language that was typed, else in that of the locale."""
    return in_language(message, message_language())


def message_language() -> str:
    """The code of the language that was typed, else of that of the locale; ``en`` if unknown."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = re.split(r"[.@]", next(filter(None, names), "en"))[0]
    code = language_code(typed_language.get() or locale)
    return code if code in languages() else "en"


def message_translator() -> Translator:
    """The translator of the language that was typed, else of that of the locale."""
    return translator(message_language())


def print_text(text: str = "", end: str = "\n") -> None:
    print(text, end=end)  # noqa: T201 - this is what a command line is for


def print_json(data: Any) -> None:
    ascii_only = "utf" not in (getattr(sys.stdout, "encoding", None) or "").lower()
    text = json.dumps(data, ensure_ascii=ascii_only, indent=2, default=str)
    print_text(_UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def console() -> Console:
    """A console for the standard output, which never wraps what another program reads."""
    from rich.console import Console  # noqa: PLC0415 - an extra

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 1000
    return console


def print_styled(console: Console, *parts: str | tuple[str, str]) -> None:
    """Print a line of parts, each a text, or a text and its style; never wrapped."""
    from rich.text import Text  # noqa: PLC0415 - an extra

    console.print(Text.assemble(*parts), soft_wrap=True)


def print_table(
    heads: Sequence[str], rows: Iterable[list[str]], wrapped: Collection[str] = ()
) -> None:
    """Print a table without its empty columns; one that is too wide, row by row.

    Args:
        heads: The names of the columns.
        rows: The cells; the first one names the row.
        wrapped: The names of columns whose text may be wrapped.
    """
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - an extra
    from rich.table import Table  # noqa: PLC0415 - an extra
    from rich.text import Text  # noqa: PLC0415 - an extra

    terminal, safe = console(), [list(map(one_line, row)) for row in rows]
    heads = [*map(one_line, heads)]
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    columns = [column for column in zip(heads, *safe, strict=True) if any(column[1:])]
    needed = 2 * (len(columns) - 1)
    for head, *cells in columns:
        least = max(Text(cell).cell_len for cell in (head, *cells))
        if head in wrapped:
            words = [word for cell in cells for word in cell.split()]
            least = min(least, max([_NARROWEST, *(Text(word).cell_len for word in words)]))
        table.add_column(head, no_wrap=head not in wrapped, min_width=least)
        needed += least
    if needed <= terminal.width:
        for row in zip(*(cells for _, *cells in columns), strict=True):
            table.add_row(*map(Text, row))
        terminal.print(table)
        return
    widest = max(map(width, heads))
    for name, *cells in safe:
        print_styled(terminal, (name, "bold"))
        for head, cell in zip(heads[1:], cells, strict=True):
            if cell:
                print_styled(terminal, (f"  {pad(head, widest)}  ", "dim"), cell)


def print_aside(text: str = "") -> None:
    """Print text on the standard error."""
    sys.stderr.write(text + "\n")


def printable(text: str) -> str:
    """A message of one or more lines without characters that would control a terminal."""
    return "\n".join(map(one_line, text.split("\n")))
