"""Build HTML from `xml.etree` elements, so that it is well-formed and escaped by construction.

All text from outside, such as names, reasons and fields of tickets, is text of an element;
characters that XML cannot contain become U+FFFD. The result is valid HTML and XML at once: every
element is closed and no entity is needed. It has no script, no URL and no id, so any number of
views can stand on one page.

A view cannot know the colours of its page, which a notebook's theme may change at any time. So text
has the colour of the text around it, lines are half transparent, and the few colours (`BLUE`,
`RED`, …) are middle tones that are visible on white and on black; they are used for marks, never
for text. Every CSS rule begins with the class of the view, twice, to take precedence over the
table rules of notebooks; none applies outside the view.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Child: TypeAlias = "ET.Element | str | None"
Cell: TypeAlias = "Child | list[Child]"

# The contrast with white, and with #1e1e1e, is at least 3.7 each.
BLUE, GREEN, AMBER, RED, GREY = "#3b82c4", "#2f8f6b", "#b87514", "#d9483b", "#7c7c7c"

# Characters that XML 1.0 does not allow, and halves of surrogate pairs.
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_LINE = "rgba(128,128,128,.35)"
_STYLE = """
& {font: 13px/1.5 system-ui, "Segoe UI", "Noto Sans", "Noto Sans SC", sans-serif; color: inherit;
 max-width: 980px; margin: 4px 0; text-align: left}
& .name {font-size: 15px; font-weight: 600}
& .quiet {opacity: .78}
& p {margin: 0 0 6px; padding: 0; overflow-wrap: anywhere}
& .wide {overflow-x: auto; max-width: 100%; position: relative}
& table {border-collapse: collapse; border: 0; margin: 2px 0 14px; font-size: 13px; color: inherit;
 background: none; table-layout: auto; width: auto; display: table}
& caption {caption-side: top; text-align: left; font-weight: 600; padding: 6px 0 3px;
 color: inherit; font-style: normal; white-space: nowrap}
& caption.unseen {position: absolute; width: 1px; height: 1px; padding: 0; overflow: hidden;
 clip-path: inset(50%)}
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
& .also {display: block; opacity: .78; font-weight: 400}
& .inside {margin-left: 12px; padding-left: 12px; border-left: 2px solid LINE}
& .any {opacity: .6}
& .promise {min-width: 7em}
& .prose {min-width: 14em}
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
    """Make an element.

    Args:
        tag: Its name.
        *children: Elements and texts in order; None is skipped.
        cls: Its CSS classes.
        **attributes: Its attributes. An underscore stands for a hyphen; one at the end, as in
            ``for_``, is dropped.
    """
    element = ET.Element(tag)
    if cls:
        element.set("class", cls)
    for name, value in attributes.items():
        key = name.rstrip("_").replace("_", "-")
        text = replace_invalid(value) if isinstance(value, str) else number_text(value)
        element.set(key, text)
    last: ET.Element | None = None
    for child in children:
        if child is None:
            continue
        if not isinstance(child, str):
            element.append(child)
            last = child
        elif last is None:
            element.text = (element.text or "") + replace_invalid(child)
        else:
            last.tail = (last.tail or "") + replace_invalid(child)
    return element


def replace_invalid(text: str) -> str:
    """Replace the characters that XML does not allow."""
    return _INVALID.sub("\ufffd", text)


def number_text(value: float) -> str:
    """A number of pixels with at most one decimal place."""
    return f"{value:.1f}".removesuffix(".0")


def view(*children: Child, label: str) -> str:
    """A whole view as HTML text.

    Args:
        *children: Its content.
        label: Its name for screen readers.
    """
    # Jupyter would typeset text between two dollar signs as a formula.
    cls = "slacalc tex2jax_ignore mathjax_ignore"
    whole = el("div", el("style", STYLE), *children, cls=cls, role="group", aria_label=label)
    return ET.tostring(whole, encoding="unicode", short_empty_elements=False)


def title(name: Child, *details: Child) -> ET.Element:
    """The first line of a view: its name, and details in normal weight."""
    return el("p", el("span", name, cls="name"), *(details and [" ", *details]))


def quiet(*children: Child) -> ET.Element:
    """A paragraph in a fainter colour."""
    return el("p", *children, cls="quiet")


def dot(colour: str) -> ET.Element:
    """A coloured dot before a text."""
    return el("span", cls="mark", style=f"background:{colour}", aria_hidden="true")


def lines(texts: Iterable[str], cls: str) -> list[Child]:
    """Texts one below the other in a cell."""
    return [el("span", text, cls=cls) for text in texts]


def table(
    headings: Sequence[Child],
    rows: Iterable[Sequence[Cell]],
    *,
    caption: str,
    is_titled: bool = False,
    classes: Sequence[str] = (),
    row_headings: bool = True,
) -> ET.Element:
    """A table; columns after the first that are empty in every row are left out.

    Args:
        headings: The headings of the columns.
        rows: The cells, row by row; a list is the content of one cell. Short rows are filled up.
        caption: The caption.
        is_titled: Whether the caption already stands above the table, as the title of the view.
            Then it is for screen readers alone.
        classes: The CSS classes of the columns; missing ones are empty.
        row_headings: Whether the first cell of each row is a heading.
    """
    full = [[*row, *[""] * (len(headings) - len(row))] for row in rows]
    all_classes = [*classes, *[""] * (len(headings) - len(classes))]
    # Compared with each empty value, since an element without children is false.
    kept = [
        column
        for column in range(len(headings))
        if column == 0 or any(row[column] not in ("", [], None) for row in full)
    ]
    body = el("tbody")
    for row in full:
        line = el("tr")
        for column in kept:
            cell = row[column]
            children = cell if isinstance(cell, list) else [cell]
            if column == 0 and row_headings:
                line.append(el("th", *children, cls=all_classes[column], scope="row"))
            else:
                line.append(el("td", *children, cls=all_classes[column]))
        body.append(line)
    head = [el("th", headings[column], cls=all_classes[column], scope="col") for column in kept]
    heading_row = el("thead", el("tr", *head))
    caption_element = el("caption", caption, cls="unseen" if is_titled else "")
    return el("div", el("table", caption_element, heading_row, body), cls="wide")
