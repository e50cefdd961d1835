"""Show a trace as an HTML table: each event, and below it the conditions that it concerns."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from slacalc._clock.trace import changes_text, event_text, held_text, result_text
from slacalc._html.markup import BLUE, GREY, dot, el, quiet, table, title, view
from slacalc.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slacalc._clock.trace import Trace, TraceRow
    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator

_FIRST_ROWS, _LAST_ROWS = 120, 30  # shown of a longer trace


def trace_html(trace: Trace, translate: Translator) -> str:
    """A trace as HTML, in its own language."""
    heading = translate("Trace of {policy}").format(policy=trace.policy)
    rows = iter(trace)
    first = list(islice(rows, _FIRST_ROWS))
    last: deque[TraceRow] = deque(maxlen=_LAST_ROWS)
    count = 0
    for row in rows:
        last.append(row)
        count += 1
    offsets = {row.at.utcoffset() for row in (*first, *last)}
    offset = "%z" if len(offsets) > 1 else ""
    cells = _cells(first, translate, offset)
    if count > len(last):
        form = translate("{count} more rows")
        cells.append(["…", "", "", "", form.format(count=count - len(last))])
    cells += _cells(list(last), translate, offset)
    headings = [
        translate("event"),
        translate("metric"),
        translate("condition"),
        translate("held"),
        translate("result"),
    ]
    classes = ["", "", "", "time", "promise"]
    return view(
        title(heading),
        quiet(first[0].at.timezone_name or "") if first else None,
        table(
            headings, cells, caption=heading, is_titled=True, classes=classes, row_headings=False
        ),
        label=heading,
    )


def _cells(rows: Sequence[TraceRow], translate: Translator, offset: str) -> list[list[Cell]]:
    """The cells of rows; instant and event only in the first row of each event."""
    cells: list[list[Cell]] = []
    shown = None
    for row in rows:
        event: Cell = ""
        if shown != (row.number, row.at):
            shown = row.number, row.at
            at = translate.instant(row.at, offset)
            changes = one_line(changes_text(row, translate))
            event = [
                el("span", at, cls="time"),
                el("span", event_text(row, translate), cls="holds"),
                el("span", changes, cls="also") if changes else None,
            ]
        held: Cell = [dot(BLUE if row.did else GREY), translate(held_text(row))]
        result = one_line(result_text(row, translate))
        condition: Cell = [
            el("span", row.condition, cls="holds"),
            el("span", one_line(row.text), cls="also"),
        ]
        cells.append([event, row.metric, condition, held, result])
    return cells
