"""Deadlines as a table: when each metric is due, by whose promise, and what stands beside it.

`Deadline.to_html` and `Deadlines.to_html` import this module when they are called. It lays out
texts that are in the reader's language already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slacalc._html.markup import el, quiet, table, title, view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slacalc._html.markup import Cell, Child
    from slacalc._i18n import Translator
    from slacalc._policy.deadlines import DeadlineTexts


def deadlines_html(
    heading: str,
    lines: Sequence[str],
    deadlines: Sequence[DeadlineTexts],
    last: str,
    translate: Translator,
) -> str:
    """Some deadlines as HTML.

    Args:
        heading: Whose they are.
        lines: What is to be said of the ticket.
        deadlines: The deadlines.
        last: What is to be said at the end.
        say: The words of a language.
    """
    rows: list[list[Cell]] = []
    for one in deadlines:
        due = one.due or el("span", one.reason, cls="words")
        promises: list[Child] = [
            el("span", text, cls="also" if place else "holds")
            for place, text in enumerate(one.promises)
        ]
        notes: list[Child] = [el("span", text, cls="also") for text in one.notes]
        rows.append([one.metric, due, one.limit, one.within, one.calendar, promises, notes])
    heads = [
        translate("metric"),
        translate("due"),
        translate("limit"),
        translate("within"),
        translate("calendar"),
        translate("promised by"),
        translate("notes"),
    ]
    return view(
        title(heading),
        *(quiet(line) for line in lines if line),
        table(heads, rows, classes=["", "time", "time"]),
        quiet(last) if last else None,
        label=heading,
    )
