"""Markup that cannot be ill-formed: elements of trees, written once, at the end.

Whatever a view shows is an element of `xml.etree.ElementTree`, so text from outside (names,
reasons, fields of tickets) is escaped by construction; what XML cannot hold becomes U+FFFD. The
result is HTML and XML at once: every element is closed, no entity is needed. It has no script, no
address, and no id, so that any number of views can stand on one page.

A view does not know the page's colours, which a notebook's theme may change at any time. So text
takes the colour around it, lines are half transparent, and the few colours (`BLUE`, `RED`, …) are
middle tones that stand out on white and on black alike; they mark, and never are text. Every rule
of the style begins with the class of the frame, twice, to outweigh the rules of notebooks for
tables, and reaches nothing outside.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Child: TypeAlias = "ET.Element | str | None"
Cell: TypeAlias = "Child | list[Child]"

# Contrast with white, and with #1e1e1e: at least 3.7 each.
BLUE, GREEN, AMBER, RED, GREY = "#3b82c4", "#2f8f6b", "#b87514", "#d9483b", "#7c7c7c"

# What XML 1.0 cannot hold, and half of a surrogate pair.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_LINE = "rgba(128,128,128,.35)"
_STYLE = """
& {font: 13px/1.5 system-ui, "Segoe UI", "Noto Sans", "Noto Sans SC", sans-serif; color: inherit;
 max-width: 980px; margin: 4px 0; text-align: left}
& .name {font-size: 15px; font-weight: 600}
& .quiet {opacity: .78}
& p {margin: 0 0 6px; padding: 0; overflow-wrap: anywhere}
& .wide {overflow-x: auto; max-width: 100%}
& table {border-collapse: collapse; border: 0; margin: 2px 0 14px; font-size: 13px; color: inherit;
 background: none; table-layout: auto; width: auto; display: table}
& caption {caption-side: top; text-align: left; font-weight: 600; padding: 6px 0 3px;
 color: inherit; font-style: normal; white-space: nowrap}
& tr, & tbody tr {background: none; border: 0}
& th, & td {text-align: left; vertical-align: top; padding: 3px 18px 3px 0; border: 0;
 border-bottom: 1px solid LINE; white-space: normal; background: none; color: inherit;
 font-weight: 400; max-width: 34em; min-width: 0; overflow-wrap: break-word; word-break: keep-all;
 line-height: 1.5}
& thead th {font-weight: 600; border-bottom: 1px solid rgba(128,128,128,.9); vertical-align: bottom}
& tbody th {font-weight: 600}
& tr.last th, & tr.last td {border-bottom: 0}
& .number {text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums}
& .time {white-space: nowrap; font-variant-numeric: tabular-nums}
& .holds {display: block}
& .also {display: block; opacity: .78}
& .inside {margin-left: 12px; padding-left: 12px; border-left: 2px solid LINE}
& .any {opacity: .6}
& .promise {min-width: 7em}
& .part {padding-left: 1.2em; font-weight: 400}
& .words {white-space: normal; font-style: italic}
& summary {cursor: pointer; padding: 2px 0}
& .mark {display: inline-block; width: .62em; height: .62em; border-radius: 50%;
 margin-right: .45em}
& svg {display: block; margin: 2px 0 6px; overflow: visible; color: inherit; max-width: none}
& .wide svg {max-width: 100%; height: auto; min-width: 740px}
& .key {display: inline-block; margin-right: 1.4em; white-space: nowrap}
& .key svg {display: inline-block; vertical-align: -2px; margin: 0 .45em 0 0}
"""
STYLE = re.sub(r"\s*\n\s*", " ", _STYLE.replace("LINE", _LINE)).replace("&", ".slacalc.slacalc")


def el(tag: str, *children: Child, cls: str = "", **attributes: str | float) -> ET.Element:
    """An element.

    Args:
        tag: Its name.
        *children: What it holds: elements and texts; None is left out.
        cls: Its classes.
        **attributes: Its attributes; an underscore stands for a hyphen, one at the end for none.
    """
    element = ET.Element(tag)
    if cls:
        element.set("class", cls)
    for name, value in attributes.items():
        key = name.rstrip("_").replace("_", "-")
        element.set(key, clean(value) if isinstance(value, str) else number(value))
    last: ET.Element | None = None
    for child in children:
        if child is None:
            continue
        if isinstance(child, str):
            if last is None:
                element.text = (element.text or "") + clean(child)
            else:
                last.tail = (last.tail or "") + clean(child)
        else:
            element.append(child)
            last = child
    return element


def clean(text: str) -> str:
    """A text without what XML cannot hold."""
    return _UNFIT.sub("\ufffd", text)


def number(value: float) -> str:
    """A number in as few characters as a tenth of a pixel needs."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def frame(*children: Child, label: str) -> str:
    """A whole view, as text.

    Args:
        *children: What it shows.
        label: What it is, for those who hear the page.
    """
    # Notebooks would read two dollar signs as a formula.
    cls = "slacalc tex2jax_ignore mathjax_ignore"
    whole = el("div", el("style", STYLE), *children, cls=cls, role="group", aria_label=label)
    return ET.tostring(whole, encoding="unicode", short_empty_elements=False)


def title(*words: Child) -> ET.Element:
    """The first line of a view: what it is."""
    first, *rest = words
    return el("p", el("span", first, cls="name"), *(rest and [" ", *rest]))


def quiet(*words: Child) -> ET.Element:
    """A line of less weight."""
    return el("p", *words, cls="quiet")


def mark(colour: str) -> ET.Element:
    """A dot before a word."""
    return el("span", cls="mark", style=f"background:{colour}", aria_hidden="true")


def table(
    heads: Sequence[Child],
    rows: Iterable[Sequence[Cell]],
    *,
    caption: str = "",
    classes: Sequence[str] = (),
    row_heads: bool = True,
) -> ET.Element:
    """A table whose columns have heads, and whose rows have one as well: their first cell.

    Columns in which no row says anything are left out.

    Args:
        heads: The heads of the columns.
        rows: The cells, row by row; a list is a cell of several parts.
        caption: Its name.
        classes: The class of each column, as far as they have one.
        row_heads: Whether the first cell of a row is its head.
    """
    lines = [[*row, *[""] * (len(heads) - len(row))] for row in rows]
    kinds = [*classes, *[""] * max(0, len(heads) - len(classes))]
    # An element is true where it has children, so it is compared with what is nothing.
    kept = [
        place == 0 or any(line[place] not in ("", [], None) for line in lines)
        for place in range(len(heads))
    ]
    body = el("tbody")
    for row in lines:
        line = el("tr")
        for place, (cell, kind) in enumerate(zip(row, kinds, strict=True)):
            if not kept[place]:
                continue
            parts = cell if isinstance(cell, list) else [cell]
            if place == 0 and row_heads:
                line.append(el("th", *parts, cls=kind, scope="row"))
            else:
                line.append(el("td", *parts, cls=kind))
        body.append(line)
    top = [
        el("th", head, cls=kind, scope="col")
        for head, kind, keep in zip(heads, kinds, kept, strict=True)
        if keep
    ]
    return el(
        "div",
        el(
            "table",
            el("caption", caption) if caption else None,
            el("thead", el("tr", *top)),
            body,
        ),
        cls="wide",
    )
