"""Show a ledger as HTML: a strip of time, the rows, and the totals by kind."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from slacalc._calendar.holidays import names_translator
from slacalc._calendar.ledger import length_of, reason_text, sides_of, total_text, totals_of
from slacalc._html.markup import AMBER, BLUE, GREY, el, quiet, table, title, view
from slacalc._html.svg import (
    LANE,
    TimeAxis,
    bars_path,
    hatching_path,
    legend,
    legend_sample,
    svg_picture,
    to_pixels,
)
from slacalc._i18n import N_
from slacalc._policy.money import percent_text
from slacalc._time.instants import MINUTE, to_instant, zone
from slacalc.errors import TimeZoneError

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

    from slacalc._calendar.ledger import Ledger, LedgerRow
    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator
    from slacalc._time.instants import Zone

_WIDTH, _MARGIN, _BAR_HEIGHT = 960, 40, 20  # pixels
_FIRST_ROWS, _LAST_ROWS = 60, 20  # shown of a longer ledger


def ledger_html(ledger: Ledger, *, language: str) -> str:
    """A ledger as HTML."""
    translate = names_translator(language)
    heading = translate(N_("Ledger"))
    if not ledger.rows:
        message = translate("nothing: the two instants are the same")
        return view(title(heading), quiet(message), label=heading)
    clock = _zone(ledger.rows[0])
    between = translate("from {start} to {end}").format(
        start=translate.instant(ledger.rows[0].start), end=translate.instant(ledger.rows[-1].end)
    )
    provisional = None
    if ledger.provisional_from:
        form = translate("provisional: holidays from {date} are not published yet")
        provisional = quiet(form.format(date=ledger.provisional_from))
    return view(
        title(heading),
        quiet(translate("; ").join([between, clock.name])),
        _strip(ledger, clock, translate),
        _legend(ledger, translate),
        provisional,
        _rows(ledger, heading, translate),
        _totals(ledger, translate),
        label=heading,
    )


def _zone(row: LedgerRow) -> Zone:
    """The zone of a row; UTC for rows that a user made with a nameless one."""
    try:
        return zone(row.start.tzinfo)
    except TimeZoneError:
        return zone("UTC")


def _strip(ledger: Ledger, clock: Zone, translate: Translator) -> ET.Element:
    start, end = to_instant(ledger.rows[0].start), to_instant(ledger.rows[-1].end)
    axis = TimeAxis(clock, start, max(end, start + MINUTE), _MARGIN, _WIDTH - _MARGIN)
    background = el(
        "rect",
        x=axis.left,
        y=4,
        width=axis.right - axis.left,
        height=_BAR_HEIGHT,
        fill=GREY,
        fill_opacity="0.18",
    )
    children = [background, *axis.draw(0, _BAR_HEIGHT + 8, translate)]
    counted = to_pixels(
        axis, ((to_instant(row.start), to_instant(row.end)) for row in ledger.rows if row.is_open)
    )
    children.append(el("path", d=bars_path(counted, 4, _BAR_HEIGHT), fill=BLUE, cls="counted"))
    paused = to_pixels(
        axis,
        (
            (to_instant(row.start), to_instant(row.end))
            for row in ledger.rows
            if row.kind == "paused"
        ),
    )
    if paused:
        bars = bars_path(paused, 4, _BAR_HEIGHT)
        lines = hatching_path(paused, 4, _BAR_HEIGHT)
        children.append(el("path", d=bars, fill=AMBER, fill_opacity="0.16", stroke=AMBER))
        children.append(el("path", d=lines, stroke="currentColor", stroke_opacity=0.7))
    name = translate("The rows of the ledger over time")
    height = _BAR_HEIGHT + 8 + 14 + LANE + 6
    return svg_picture(children, _WIDTH, height, name, total_text(ledger, translate))


def _legend(ledger: Ledger, translate: Translator) -> ET.Element:
    open_side, closed_side = sides_of(ledger)
    entries = [
        (legend_sample(BLUE), translate(open_side)),
        (legend_sample(GREY, 0.18), translate(closed_side)),
    ]
    if any(row.kind == "paused" for row in ledger.rows):
        entries.append((legend_sample(AMBER, 0.16, is_hatched=True), translate("paused")))
    return legend(entries)


def _rows(ledger: Ledger, caption: str, translate: Translator) -> ET.Element:
    # Where the offset changes on the way, wall-clock times alone would not add up.
    offsets = {at.utcoffset() for row in ledger.rows for at in (row.start, row.end)}
    offset = "%z" if len(offsets) > 1 else ""
    shown = list(ledger.rows)
    more = len(shown) - _FIRST_ROWS - _LAST_ROWS
    if more > 0:
        shown[_FIRST_ROWS:-_LAST_ROWS] = []
    rows: list[list[Cell]] = [
        [
            translate.instant(row.start, offset),
            translate.instant(row.end, offset),
            translate(sides_of(ledger)[not row.is_open]),
            translate.length(length_of(row)),
            reason_text(row, translate),
        ]
        for row in shown
    ]
    if more > 0:
        rows.insert(
            _FIRST_ROWS, ["…", "", "", "", translate("{count} more rows").format(count=more)]
        )
    headings = [
        translate("from"),
        translate("to"),
        translate("counts as"),
        translate("length"),
        translate("reason"),
    ]
    return table(
        headings,
        rows,
        caption=caption,
        is_titled=True,
        classes=["time", "time", "", "number"],
        row_headings=False,
    )


def _totals(ledger: Ledger, translate: Translator) -> ET.Element:
    """The total time by side and kind, and their shares of the whole."""
    totals = totals_of(ledger)
    whole = sum(totals.values())
    is_open = {row.kind: row.is_open for row in ledger.rows}
    rows: list[list[Cell]] = []
    for side, of_open in zip(sides_of(ledger), (True, False), strict=True):
        kinds = [kind for kind in totals if is_open[kind] is of_open]
        if not kinds:
            continue
        of_side = sum(totals[kind] for kind in kinds)
        # A working day does not have 24 hours, so working time is not shown in days.
        length = translate.length(of_side, has_days=not of_open)
        rows.append([translate(side), length, _share(of_side, whole)])
        if kinds != [side]:
            rows += [
                [
                    el("span", translate(kind), cls="part"),
                    translate.length(totals[kind], has_days=not of_open),
                    _share(totals[kind], whole),
                ]
                for kind in kinds
            ]
    rows.append([translate("total"), translate.length(whole), _share(whole, whole)])
    headings = [translate("counts as"), translate("length"), translate("share")]
    return table(headings, rows, caption=translate("Totals"), classes=["", "number", "number"])


def _share(part: int, whole: int) -> str:
    return percent_text(Fraction(100 * part, whole), 1) if whole else ""
