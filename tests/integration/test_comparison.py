"""The comparison says nothing without its source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = [
    Path(__file__).parents[2] / "docs" / "comparison" / name
    for name in ("libraries.md", "engines.md")
]
LINK = re.compile(r"\[(?P<words>(?:[^\[\]]|\[[^\]]*\])+)\]\[(?P<key>[a-z-]+)\]")


def cells(text: str) -> list[tuple[str, str, str]]:
    """Every entry of the tables whose first column names a library or a product, and no header."""
    found = []
    for table in re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE):
        header, _, *rows = (
            [cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()
        )
        if not header[0]:
            assert all(len(row) == len(header) for row in rows)
            found += [
                (row[0], name, cell)
                for row in rows
                for name, cell in zip(header[1:], row[1:], strict=True)
            ]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_entry_has_a_source(page: Path) -> None:
    """Each entry of a table links to where it comes from, and every source is used."""
    text = page.read_text("utf-8")
    entries = cells(text)
    assert len(entries) > 100
    bare = [
        entry
        for entry in entries
        if entry[2] != "not found" and not all(map(LINK.fullmatch, entry[2].split("; ")))
        if not LINK.fullmatch(entry[2])
    ]
    assert not bare
    used = {match["key"] for match in LINK.finditer(text)}
    assert sorted(used) == sorted(re.findall(r"^\[([a-z-]+)\]: \S+$", text, re.MULTILINE))
