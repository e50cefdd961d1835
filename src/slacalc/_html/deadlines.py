"""Show deadlines as an HTML table: when each metric is due, the rows that promise it, and notes.

`Deadline.to_html` and `Deadlines.to_html` pass texts that are already in the reader's language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slacalc._html.markup import el, lines, quiet, table, title, view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator
    from slacalc._policy.deadlines import DeadlineTexts


def deadlines_html(
    heading: str,
    above: Sequence[str],
    deadlines: Sequence[DeadlineTexts],
    below: str,
    translate: Translator,
) -> str:
    """Deadlines as HTML.

    Args:
        heading: The heading.
        above: Lines about the ticket, above the table.
        deadlines: The texts of the deadlines.
        below: A line below the table; empty string for none.
        translate: The translator.
    """
    rows: list[list[Cell]] = [
        [
            deadline.metric,
            deadline.due or el("span", deadline.reason, cls="words"),
            deadline.limit,
            deadline.within,
            deadline.calendar,
            [*lines(deadline.promises[:1], "holds"), *lines(deadline.promises[1:], "also")],
            lines(deadline.notes, "also"),
        ]
        for deadline in deadlines
    ]
    headings = [
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
        *(quiet(line) for line in above if line),
        table(headings, rows, caption=heading, is_titled=True, classes=["", "time", "time"]),
        quiet(below) if below else None,
        label=heading,
    )
