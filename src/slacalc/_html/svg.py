"""Pictures of time: an axis with ticks at round wall times, stretches on it, and labels in lanes.

Every picture is SVG as it stands in HTML: attributes in place of a style, no id and so no
reference, hatching as plain lines. Stretches of one kind are one path, and those that lie closer
together than a pixel are drawn as one, so a picture of ten years is no larger than one of a week.

A label stands to the right of its mark, in the highest lane that is free there. Lanes are filled
from the right to the left: whatever stands in a lane above a label then belongs to a mark further
right, so no leader crosses a text.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import attrs

from slacalc._html.markup import clean, el, number
from slacalc._i18n import N_
from slacalc._time.instants import DAY, EPOCH_DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from xml.etree import ElementTree as ET

    from slacalc._i18n import Translator
    from slacalc._time.instants import Zone

FONT = 'system-ui, "Segoe UI", "Noto Sans", "Noto Sans SC", sans-serif'
TEXT = 11.5  # the height of letters' boxes, in pixels
LANE = 15  # from one line of labels to the next
_LETTER, _WIDE_LETTER = 0.6, 1.04  # of the height; real fonts are narrower
_TICKS_EVERY = 78  # pixels, at least
_MOST_LABELS = 80

MONTHS = (
    N_("Jan"),
    N_("Feb"),
    N_("Mar"),
    N_("Apr"),
    N_("May"),
    N_("Jun"),
    N_("Jul"),
    N_("Aug"),
    N_("Sep"),
    N_("Oct"),
    N_("Nov"),
    N_("Dec"),
)

_STEPS = [
    *(n * SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12)),
]
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)


class Tick(NamedTuple):
    """A place on the axis: its instant, the words beside it, and those below where they change."""

    at: int
    words: str
    below: str = ""


@attrs.frozen
class Axis:
    """Time from left to right, as the wall clock of a zone shows it.

    Args:
        zone: The zone of the ticks.
        start: The first instant.
        end: The last instant, after the first.
        left: Where the first instant stands, in pixels.
        right: Where the last one does.
    """

    zone: Zone
    start: int
    end: int
    left: float
    right: float

    def x(self, at: int) -> float:
        """Where an instant stands; at the edge, where it lies beyond."""
        share = (min(max(at, self.start), self.end) - self.start) / (self.end - self.start)
        return self.left + share * (self.right - self.left)

    def ticks(self, translate: Translator) -> list[Tick]:
        """The round wall times that have room beside one another."""
        most = max(2, int((self.right - self.left) / _TICKS_EVERY))
        length = self.end - self.start
        step = next((one for one in _STEPS if length <= one * most), None)
        if step is not None:
            return list(self._times(step, translate))
        days = next((one for one in _DAY_STEPS if length <= one * DAY * most), None)
        if days is not None:
            return list(self._dates(days, translate))
        month = 30 * DAY
        months = next((one for one in _MONTH_STEPS if length <= one * month * most), 1200)
        return list(self._months(months, translate))

    def _times(self, step: int, translate: Translator) -> Iterator[Tick]:
        shown = None
        for day, begins, ends in self.zone.dates(self.start, self.end):
            midnight = (day.toordinal() - EPOCH_DAY) * DAY
            first = -(-(self.zone.reading(begins) - midnight) // step) * step
            for reading in range(first, DAY, step):
                at = self.zone.first_reading(midnight + reading)
                if not begins <= at < ends or self.zone.reading(at) != midnight + reading:
                    continue
                seconds = reading // SECOND
                words = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
                words += f":{seconds % 60:02}" if step < MINUTE else ""
                yield Tick(at, words, day_text(day, translate) if day != shown else "")
                shown = day

    def _dates(self, step: int, translate: Translator) -> Iterator[Tick]:
        # Weeks begin on Monday, and so does every second day of a count that begins on one.
        first, last = self.zone.date(self.start), self.zone.date(self.end)
        shown = None
        for ordinal in range(-(-(first.toordinal() - 1) // step) * step + 1, 4_000_000, step):
            day = date.fromordinal(ordinal)
            at = self.zone.midnight(day)
            if day > last or at > self.end:
                return
            if at >= self.start:
                month = (day.year, day.month)
                below = month_text(day, translate) if month != shown else ""
                yield Tick(at, weekday_text(day, translate), below)
                shown = month

    def _months(self, step: int, translate: Translator) -> Iterator[Tick]:
        begin = self.zone.date(self.start)
        count = -(-(begin.year * 12 + begin.month - 1) // step) * step
        shown = None
        while count // 12 <= begin.year + 400:
            day = date(count // 12, count % 12 + 1, 1)
            at = self.zone.midnight(day)
            if at > self.end:
                return
            if at >= self.start and step >= 12:
                yield Tick(at, str(day.year))
            elif at >= self.start:
                below = str(day.year) if day.year != shown else ""
                yield Tick(at, translate(MONTHS[day.month - 1]), below)
                shown = day.year
            count += step

    def drawn(self, top: float, bottom: float, translate: Translator) -> Iterator[ET.Element]:
        """The ticks as lines from top to bottom, with their words below."""
        ticks, free = self.ticks(translate), -1e9
        lines = "".join(
            f"M{number(self.x(tick.at))} {number(top)}V{number(bottom)}" for tick in ticks
        )
        yield el("path", d=lines, stroke="currentColor", stroke_opacity=0.16, fill="none")
        yield el(
            "path",
            d=f"M{number(self.left)} {number(bottom)}H{number(self.right)}",
            stroke="currentColor",
            stroke_opacity=0.5,
            fill="none",
        )
        for tick in ticks:
            x = self.x(tick.at)
            if x >= free:
                yield label(x, bottom + 14, tick.words, anchor="middle")
                free = x + width(tick.words) + 4
        free = -1e9
        for tick in ticks:
            x = self.x(tick.at) - width(tick.words) / 2
            if tick.below and x >= free:
                yield label(x, bottom + 14 + LANE, tick.below, opacity=0.8)
                free = x + width(tick.below) + 6


def day_text(day: date, translate: Translator) -> str:
    """A date without its year: ``Mon 18 May``."""
    return translate("{weekday} {day} {month}").format(
        weekday=translate.weekday(day), day=day.day, month=translate(MONTHS[day.month - 1])
    )


def weekday_text(day: date, translate: Translator) -> str:
    """A date within its month: ``Mon 18``."""
    return translate("{weekday} {day}").format(weekday=translate.weekday(day), day=day.day)


def month_text(day: date, translate: Translator) -> str:
    """A month: ``May 2026``."""
    return translate("{month} {year}").format(month=translate(MONTHS[day.month - 1]), year=day.year)


# Texts and labels --------------------------------------------------------------------------------


def width(text: str) -> float:
    """How many pixels a text takes at most, whatever the font."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" or ord(one) > 0xFFFF for one in text)
    capitals = sum(one.isupper() or one in "MWmw@%—→" for one in text)
    narrow = len(text) - wide
    return TEXT * (wide * _WIDE_LETTER + narrow * _LETTER + capitals * 0.2)


def fitted(text: str, room: float) -> str:
    """A text, cut short where it is wider than there is room."""
    text = " ".join(clean(text).split())
    if width(text) <= room:
        return text
    cut = bisect_left(range(len(text)), room, key=lambda count: width(text[:count] + "…"))
    return text[: max(cut - 1, 0)] + "…"


def label(
    x: float, y: float, text: str, *, anchor: str = "start", opacity: float = 1, weight: int = 400
) -> ET.Element:
    """A text in a picture, at its base line."""
    more = {} if anchor == "start" else {"text_anchor": anchor}
    more |= {} if opacity == 1 else {"fill_opacity": f"{opacity:.2f}"}
    more |= {} if weight == 400 else {"font_weight": str(weight)}
    return el("text", text, x=x, y=y, fill="currentColor", **more)


@attrs.frozen
class Mark:
    """An instant that is named in a picture.

    Args:
        x: Where it stands.
        words: Its name.
        dashed: Whether its leader is, since it holds only if something else comes.
        weight: How much it matters, where there is no room for all: more is kept.
    """

    x: float
    words: str
    dashed: bool = False
    weight: int = 0


class Lanes(NamedTuple):
    """Labels in their lanes: each mark with its lane, how deep they go, and how many found none."""

    placed: list[tuple[Mark, int]]
    depth: int
    left_out: int


def in_lanes(marks: Sequence[Mark], most: int) -> Lanes:
    """Marks with the lanes of their labels, so that no two labels overlap.

    Args:
        marks: The marks.
        most: How many lanes there may be; of those that find no room the lightest go.
    """
    chosen = sorted(marks, key=lambda one: -one.weight)[:_MOST_LABELS]
    while True:
        placed, mark = _filled(chosen, most)
        if mark is None:
            lanes = max((lane for _, lane in placed), default=-1) + 1
            return Lanes(placed, lanes, len(marks) - len(chosen))
        # It goes, or a lighter one that stands in its way.
        near = [one for one in chosen if mark.x <= one.x <= mark.x + width(mark.words) + 8]
        chosen.remove(min(near, key=lambda one: (one.weight, one.x)))


def _filled(marks: Iterable[Mark], most: int) -> tuple[list[tuple[Mark, int]], Mark | None]:
    """Marks in their lanes from the right on, up to the first one for which there is no room."""
    free = [float("inf")] * most  # where the text leftmost in each lane begins
    placed: list[tuple[Mark, int]] = []
    for mark in sorted(marks, key=lambda one: -one.x):
        ends = mark.x + 5 + width(mark.words) + 6
        lane = next((place for place in range(most) if ends <= free[place]), None)
        if lane is None:
            return placed, mark
        placed.append((mark, lane))
        for place in range(lane + 1):  # its leader passes through the lanes above its own
            free[place] = mark.x
    return placed, None


def leaders(lanes: Lanes, edge: float, *, down: bool) -> Iterator[ET.Element]:
    """Labels below an edge, or above it, with lines that lead to them."""
    for dashed in (False, True):
        path = ""
        for mark, lane in lanes.placed:
            if mark.dashed is dashed:
                tip = edge + (lane * LANE + 12) * (1 if down else -1)
                path += f"M{number(mark.x)} {number(edge)}V{number(tip)}"
        if path:
            more = {"stroke_dasharray": "2 2"} if dashed else {}
            yield el(
                "path", d=path, stroke="currentColor", stroke_opacity=0.55, fill="none", **more
            )
    for mark, lane in lanes.placed:
        y = edge + 12 + lane * LANE if down else edge - 4 - lane * LANE
        yield label(mark.x + 5, y, mark.words)


# Stretches ---------------------------------------------------------------------------------------


def stretches(axis: Axis, spans: Iterable[tuple[int, int]]) -> list[tuple[float, float]]:
    """Spans of instants as stretches of pixels; those closer than a pixel are one."""
    found: list[tuple[float, float]] = []
    for start, end in spans:
        left, right = axis.x(start), axis.x(end)
        if found and left - found[-1][1] < 1:
            found[-1] = found[-1][0], max(right, found[-1][1])
        else:
            found.append((left, right))
    return [(left, max(right, left + 0.6)) for left, right in found]


def bars(parts: Iterable[tuple[float, float]], top: float, height: float) -> str:
    """The path of stretches as bars."""
    return "".join(
        f"M{number(left)} {number(top)}h{number(right - left)}v{number(height)}"
        f"h{number(left - right)}z"
        for left, right in parts
    )


def hatched(
    parts: Iterable[tuple[float, float]], top: float, height: float, step: float = 6
) -> str:
    """The path of slanted lines through stretches, cut to them."""
    path = []
    for left, right in parts:
        # The lines x + y = k; those of all stretches are parts of the same ones.
        k = -(-(left + top) // step) * step
        while k < right + top + height:
            x1, x2 = max(left, k - top - height), min(right, k - top)
            if x2 > x1:
                path.append(f"M{number(x1)} {number(k - x1)}L{number(x2)} {number(k - x2)}")
            k += step
    return "".join(path)


def picture(
    children: Iterable[ET.Element], w: float, h: float, name: str, words: str
) -> ET.Element:
    """A whole picture, which scrolls by itself where the page is narrower.

    Args:
        children: What it is made of.
        w: Its width.
        h: Its height.
        name: What it shows, in a few words, for those who hear the page.
        words: The same at length.
    """
    size = f"0 0 {number(w)} {number(h)}"
    drawing = el(
        "svg",
        el("title", name),
        el("desc", words) if words else None,
        *children,
        viewBox=size,
        width=w,
        height=h,
        role="img",
        aria_label=name,
        font_family=FONT,
        font_size=f"{TEXT}px",
    )
    return el("div", drawing, cls="wide", tabindex="0", role="region", aria_label=name)


def sample(kind: str, colour: str, opacity: float = 1) -> ET.Element:
    """A small sample of a fill, for the key of a picture."""
    parts = [el("rect", width=18, height=11, fill=colour, fill_opacity=f"{opacity:.2f}")]
    if kind == "hatched":
        parts.append(
            el("path", d=hatched([(0, 18)], 0, 11), stroke="currentColor", stroke_opacity=0.7)
        )
    return el("svg", *parts, width=18, height=11, viewBox="0 0 18 11", aria_hidden="true")
