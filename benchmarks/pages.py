"""Writing results into the documentation, between markers; the prose around them stays."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DOCS = Path(__file__).resolve().parent.parent / "docs"


def machine() -> str:
    """The facts about the machine that figures depend on, and none that name it."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:  # not a Linux
        system = platform.system()
    return (
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{os.cpu_count()} CPUs, {system} ({platform.machine()})"
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0) -> str:
    """A Markdown table; the last *numbers* columns are set flush right."""
    left = len(header) - numbers
    rule = ["---"] * left + ["--:"] * numbers
    lines = [header, rule, *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '·') for cell in line)} |" for line in lines)


def fill(page: str, sections: dict[str, str]) -> None:
    """Put each text between the markers of its name, as in ``<!-- bench:speed -->``.

    Raises:
        ValueError: The page lacks a pair of markers.
    """
    path = DOCS / page
    text = path.read_text(encoding="utf-8")
    for name, content in sections.items():
        before, begin, rest = text.partition(f"<!-- bench:{name} -->\n")
        _, end, after = rest.partition(f"<!-- /bench:{name} -->")
        if not end:
            msg = f"docs/{page} needs the markers of bench:{name}"
            raise ValueError(msg)
        text = f"{before}{begin}\n{content}\n\n{end}{after}"
    path.write_text(text, encoding="utf-8")
