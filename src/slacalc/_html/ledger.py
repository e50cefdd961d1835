"""A ledger as a picture: a strip of time with what counts, and the table that adds up.

This module stands above `_ledger`, which imports it when a ledger is to be shown: it is handed the
ledger, and knows its class by type alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slacalc._html.markup import AMBER, BLUE, GREY, el, frame, number, quiet, table, title
from slacalc._html.svg import LANE, Axis, bars, hatched, picture, sample, stretches
from slacalc._i18n import N_, translator
from slacalc._time.instants import MINUTE, to_instant, zone
from slacalc.errors import TimeZoneError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree import ElementTree as ET

    from slacalc._calendar.ledger import Ledger, LedgerRow
    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator
    from slacalc._time.instants import Zone

_WIDTH, _EDGE, _BAR = 960, 40, 20  # pixels
_FIRST, _LAST = 60, 20  # how many rows are listed of a ledger that has more


def ledger_html(ledger: Ledger, *, language: str) -> str:
    """A ledger as HTML."""
    translate = translator(language)
    heading = translate(N_("Ledger"))
    if not ledger.rows:
        nothing = translate("nothing: the two instants are the same")
        return frame(title(heading), quiet(nothing), label=heading)
    first, last, where = ledger.rows[0].start, ledger.rows[-1].end, _zone(ledger.rows[0])
    between = translate("from {start} to {end}").format(
        start=translate.instant(first), end=translate.instant(last)
    )
    provisional = None
    if ledger.provisional_from:
        note = translate("provisional: holidays from {date} are not published yet")
        provisional = quiet(note.format(date=ledger.provisional_from))
    return frame(
        title(heading),
        quiet(translate("; ").join([between, where.name])),
        _strip(ledger, where, translate),
        _key(ledger, translate),
        provisional,
        _rows(ledger, translate),
        _totals(ledger, translate),
        label=heading,
    )


def _zone(row: LedgerRow) -> Zone:
    """The zone that the rows are shown in; UTC for rows made by hand in none that has a name."""
    try:
        return zone(row.start.tzinfo)
    except TimeZoneError:
        return zone("UTC")


def _strip(ledger: Ledger, where: Zone, translate: Translator) -> ET.Element:
    start, end = to_instant(ledger.rows[0].start), to_instant(ledger.rows[-1].end)
    axis = Axis(where, start, max(end, start + MINUTE), _EDGE, _WIDTH - _EDGE)
    children = [
        el(
            "rect",
            x=axis.left,
            y=4,
            width=axis.right - axis.left,
            height=_BAR,
            fill=GREY,
            fill_opacity="0.18",
        )
    ]
    children += axis.drawn(0, _BAR + 8, translate)
    spans = [(to_instant(row.start), to_instant(row.end)) for row in ledger.rows if row.is_open]
    children.append(el("path", d=bars(stretches(axis, spans), 4, _BAR), fill=BLUE, cls="counted"))
    rests = [
        (to_instant(row.start), to_instant(row.end)) for row in ledger.rows if row.kind == "paused"
    ]
    if rests:
        parts = stretches(axis, rests)
        shape = bars(parts, 4, _BAR)
        lines = hatched(parts, 4, _BAR)
        children.append(el("path", d=shape, fill=AMBER, fill_opacity="0.16", stroke=AMBER))
        children.append(el("path", d=lines, stroke="currentColor", stroke_opacity=0.7))
    name = translate("The stretches of the ledger over time")
    return picture(children, _WIDTH, _BAR + 8 + 14 + LANE + 6, name, ledger._total_text(translate))


def _key(ledger: Ledger, translate: Translator) -> ET.Element:
    counts, stands = ledger._sides
    keys = [(sample("plain", BLUE), counts), (sample("plain", GREY, 0.18), stands)]
    if any(row.kind == "paused" for row in ledger.rows):
        keys.append((sample("hatched", AMBER, 0.16), "paused"))
    return quiet(*(el("span", box, translate(text), cls="key") for box, text in keys))


def _rows(ledger: Ledger, translate: Translator) -> ET.Element:
    offsets = {at.utcoffset() for row in ledger.rows for at in (row.start, row.end)}
    offset = "%z" if len(offsets) > 1 else ""
    rows: list[list[Cell]] = [
        [
            translate.instant(row.start, offset),
            translate.instant(row.end, offset),
            translate(ledger._sides[not row.is_open]),
            translate.length(row._microseconds),
            ledger._why(row, translate),
        ]
        for row in _shown(ledger)
    ]
    if len(ledger.rows) > _FIRST + _LAST:
        more = translate("{count} more stretches").format(count=len(ledger.rows) - _FIRST - _LAST)
        rows.insert(_FIRST, ["…", "", "", "", more])
    heads = [
        translate("from"),
        translate("to"),
        translate("counts as"),
        translate("length"),
        translate("reason"),
    ]
    return table(heads, rows, classes=["time", "time", "", "number"], row_heads=False)


def _shown(ledger: Ledger) -> Iterator[LedgerRow]:
    rows = ledger.rows
    yield from rows if len(rows) <= _FIRST + _LAST else (*rows[:_FIRST], *rows[-_LAST:])


def _totals(ledger: Ledger, translate: Translator) -> ET.Element:
    """The time by kind, and all of it."""
    totals = ledger._totals()
    whole = sum(totals.values())
    sides = {row.kind: row.is_open for row in ledger.rows}
    rows: list[list[Cell]] = []
    for name, is_open in zip(ledger._sides, (True, False), strict=True):
        kinds = [kind for kind, side in sides.items() if side is is_open]
        if kinds:
            of_side = sum(totals[kind] for kind in kinds)
            told = translate.length(of_side, has_days=not is_open)
            rows.append([translate(name), told, _share(of_side, whole)])
            if kinds != [name]:
                rows += [
                    [
                        el("span", translate(kind), cls="part"),
                        translate.length(totals[kind], has_days=not is_open),
                        _share(totals[kind], whole),
                    ]
                    for kind in kinds
                ]
    rows.append([translate("total"), translate.length(whole), _share(whole, whole)])
    heads = [translate("counts as"), translate("length"), translate("share")]
    return table(heads, rows, caption=translate("Totals"), classes=["", "number", "number"])


def _share(part: int, whole: int) -> str:
    return f"{number(100 * part / whole)} %" if whole else ""
