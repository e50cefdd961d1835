"""SVG pictures of time: an axis with ticks at round wall-clock times, spans, and labels in lanes.

The SVG is made for HTML pages: attributes instead of styles, no ids and so no references, hatching
as plain lines. All spans of one kind are one path, and spans that are less than a pixel apart are
drawn as one, so the picture of ten years is no larger than that of a week.

A label stands to the right of its instant, in the highest lane that is free there. Lanes are filled
from right to left, so every label in a higher lane belongs to a later instant, and no leader line
crosses a label.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import attrs

from slacalc._html.markup import el, number_text, quiet, replace_invalid
from slacalc._time.instants import DAY, EPOCH_DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from xml.etree import ElementTree as ET

    from slacalc._i18n import Translator
    from slacalc._time.instants import Zone

FONT = 'system-ui, "Segoe UI", "Noto Sans", "Noto Sans SC", sans-serif'
FONT_SIZE = 11.5  # pixels
LANE = 15  # pixels from one line of labels to the next
# The widths of characters, of the font size; those of real fonts are smaller.
_NARROW, _WIDE, _CAPITAL = 0.6, 1.04, 0.2
_TICK_DISTANCE = 78  # pixels, at least
_MOST_LABELS = 80

_TIME_STEPS = [
    *(n * SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12)),
]
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)


class Tick(NamedTuple):
    """A tick: its instant, its text, and a second line where that changes, such as the date."""

    at: int
    text: str
    below: str = ""


@attrs.frozen
class TimeAxis:
    """A horizontal time axis with ticks at round readings of a zone's clock.

    Args:
        zone: The zone.
        start: The first instant.
        end: The last instant, after the first.
        left: The x of the first instant, in pixels.
        right: The x of the last instant.
    """

    zone: Zone
    start: int
    end: int
    left: float
    right: float

    def x(self, at: int) -> float:
        """The x of an instant; instants outside the axis are at its ends."""
        share = (min(max(at, self.start), self.end) - self.start) / (self.end - self.start)
        return self.left + share * (self.right - self.left)

    def ticks(self, translate: Translator) -> list[Tick]:
        """Ticks at the shortest step that leaves enough room between them."""
        most = max(2, int((self.right - self.left) / _TICK_DISTANCE))
        length = self.end - self.start
        for step in _TIME_STEPS:
            if length <= step * most:
                return list(self._time_ticks(step, translate))
        for days in _DAY_STEPS:
            if length <= days * DAY * most:
                return list(self._day_ticks(days, translate))
        for months in _MONTH_STEPS:
            if length <= months * 30 * DAY * most:
                return list(self._month_ticks(months, translate))
        return list(self._month_ticks(1200, translate))

    def _time_ticks(self, step: int, translate: Translator) -> Iterator[Tick]:
        last_day = None
        for day, begin, end in self.zone.dates(self.start, self.end):
            midnight = (day.toordinal() - EPOCH_DAY) * DAY
            first = -(-(self.zone.reading(begin) - midnight) // step) * step
            for reading in range(first, DAY, step):
                at = self.zone.first_reading(midnight + reading)
                # A reading that the clock skips, as in spring, gets no tick.
                if not begin <= at < end or self.zone.reading(at) != midnight + reading:
                    continue
                seconds = reading // SECOND
                text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
                text += f":{seconds % 60:02}" if step < MINUTE else ""
                yield Tick(at, text, day_text(day, translate) if day != last_day else "")
                last_day = day

    def _day_ticks(self, step: int, translate: Translator) -> Iterator[Tick]:
        first, last = self.zone.date(self.start), self.zone.date(self.end)
        last_month = None
        # Ordinal 1 is a Monday, and weeks begin on Mondays.
        ordinal = -(-(first.toordinal() - 1) // step) * step + 1
        while True:
            day = date.fromordinal(ordinal)
            at = self.zone.midnight(day)
            if day > last or at > self.end:
                return
            if at >= self.start:
                month = (day.year, day.month)
                below = month_text(day, translate) if month != last_month else ""
                text = translate("{weekday} {day}").format(
                    weekday=translate.weekday(day), day=day.day
                )
                yield Tick(at, text, below)
                last_month = month
            ordinal += step

    def _month_ticks(self, step: int, translate: Translator) -> Iterator[Tick]:
        first = self.zone.date(self.start)
        count = -(-(first.year * 12 + first.month - 1) // step) * step  # months since the year 0
        last_year = None
        while count // 12 <= first.year + 400:  # no calendar reaches further
            day = date(count // 12, count % 12 + 1, 1)
            at = self.zone.midnight(day)
            if at > self.end:
                return
            if at >= self.start and step >= 12:
                yield Tick(at, str(day.year))
            elif at >= self.start:
                below = str(day.year) if day.year != last_year else ""
                yield Tick(at, translate.short_month(day.month), below)
                last_year = day.year
            count += step

    def draw(self, top: float, bottom: float, translate: Translator) -> Iterator[ET.Element]:
        """Draw the ticks as lines from *top* to *bottom*, with their texts below."""
        ticks = self.ticks(translate)
        lines = "".join(
            f"M{number_text(self.x(tick.at))} {number_text(top)}V{number_text(bottom)}"
            for tick in ticks
        )
        yield el("path", d=lines, stroke="currentColor", stroke_opacity=0.16, fill="none")
        yield el(
            "path",
            d=f"M{number_text(self.left)} {number_text(bottom)}H{number_text(self.right)}",
            stroke="currentColor",
            stroke_opacity=0.5,
            fill="none",
        )
        free = float("-inf")  # texts that would overlap the one before are left out
        for tick in ticks:
            x = self.x(tick.at)
            if x >= free:
                yield svg_text(x, bottom + 14, tick.text, anchor="middle")
                free = x + text_width(tick.text) + 4
        free = float("-inf")
        for tick in ticks:
            x = self.x(tick.at) - text_width(tick.text) / 2
            if tick.below and x >= free:
                yield svg_text(x, bottom + 14 + LANE, tick.below, opacity=0.8)
                free = x + text_width(tick.below) + 6


def day_text(day: date, translate: Translator) -> str:
    """A date without its year, such as ``Mon 18 May``."""
    return translate("{weekday} {day} {month}").format(
        weekday=translate.weekday(day), day=day.day, month=translate.short_month(day.month)
    )


def month_text(day: date, translate: Translator) -> str:
    """A month, such as ``May 2026``."""
    return translate("{month} {year}").format(month=translate.short_month(day.month), year=day.year)


# Texts and labels --------------------------------------------------------------------------------


def text_width(text: str) -> float:
    """The width of a text in pixels, at most, whatever the font."""
    wide = sum(
        unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF
        for character in text
    )
    capitals = sum(character.isupper() or character in "MWmw@%—→" for character in text)
    return FONT_SIZE * (wide * _WIDE + (len(text) - wide) * _NARROW + capitals * _CAPITAL)


def shorten(text: str, room: float) -> str:
    """A text in one line, cut with an ellipsis if it is wider than *room* pixels."""
    text = " ".join(replace_invalid(text).split())
    if text_width(text) <= room:
        return text
    cut = bisect_left(range(len(text)), room, key=lambda count: text_width(text[:count] + "…"))
    return text[: max(cut - 1, 0)] + "…"


def svg_text(
    x: float, y: float, text: str, *, anchor: str = "start", opacity: float = 1, weight: int = 400
) -> ET.Element:
    """A text in a picture; *y* is its base line."""
    more = {} if anchor == "start" else {"text_anchor": anchor}
    more |= {} if opacity == 1 else {"fill_opacity": f"{opacity:.2f}"}
    more |= {} if weight == 400 else {"font_weight": str(weight)}
    return el("text", text, x=x, y=y, fill="currentColor", **more)


@attrs.frozen
class PictureLabel:
    """A label of an instant in a picture.

    Args:
        x: The x of the instant.
        text: The text.
        is_dashed: Whether its leader line is dashed, since the instant depends on something.
        weight: Its importance; where there is no room for all labels, the most important ones stay.
    """

    x: float
    text: str
    is_dashed: bool = False
    weight: int = 0


class Lanes(NamedTuple):
    """Labels in lanes.

    Args:
        placed: Each label and its lane, from 0.
        depth: The number of lanes in use.
        left_out: The number of labels without room.
    """

    placed: list[tuple[PictureLabel, int]]
    depth: int
    left_out: int


def place_labels(labels: Sequence[PictureLabel], most: int) -> Lanes:
    """Put labels into at most *most* lanes, so that no two overlap."""
    chosen = sorted(labels, key=lambda label: -label.weight)[:_MOST_LABELS]
    while True:
        placed, failed = _fill_lanes(chosen, most)
        if failed is None:
            depth = max((lane for _, lane in placed), default=-1) + 1
            return Lanes(placed, depth, len(labels) - len(chosen))
        # Drop the least important label among the one without room and those in its way.
        end = failed.x + text_width(failed.text) + 8
        near = [label for label in chosen if failed.x <= label.x <= end]
        chosen.remove(min(near, key=lambda label: (label.weight, label.x)))


def _fill_lanes(
    labels: Iterable[PictureLabel], most: int
) -> tuple[list[tuple[PictureLabel, int]], PictureLabel | None]:
    """Put labels into lanes from right to left, up to the first one without room."""
    free = [float("inf")] * most  # the x where the leftmost text of each lane begins
    placed: list[tuple[PictureLabel, int]] = []
    for label in sorted(labels, key=lambda label: -label.x):
        end = label.x + 5 + text_width(label.text) + 6
        lane = next((lane for lane in range(most) if end <= free[lane]), None)
        if lane is None:
            return placed, label
        placed.append((label, lane))
        for above in range(lane + 1):  # its leader line passes through the lanes above its own
            free[above] = label.x
    return placed, None


def draw_labels(lanes: Lanes, edge: float, *, down: bool) -> Iterator[ET.Element]:
    """Draw labels below the line y = *edge*, or above it, with leader lines."""
    for is_dashed in (False, True):
        path = ""
        for label, lane in lanes.placed:
            if label.is_dashed is is_dashed:
                tip = edge + (lane * LANE + 12) * (1 if down else -1)
                path += f"M{number_text(label.x)} {number_text(edge)}V{number_text(tip)}"
        if path:
            more = {"stroke_dasharray": "2 2"} if is_dashed else {}
            yield el(
                "path", d=path, stroke="currentColor", stroke_opacity=0.55, fill="none", **more
            )
    for label, lane in lanes.placed:
        y = edge + 12 + lane * LANE if down else edge - 4 - lane * LANE
        yield svg_text(label.x + 5, y, label.text)


# Shapes ------------------------------------------------------------------------------------------


def to_pixels(axis: TimeAxis, spans: Iterable[tuple[int, int]]) -> list[tuple[float, float]]:
    """Spans of instants in pixels; those less than a pixel apart are joined."""
    parts: list[tuple[float, float]] = []
    for start, end in spans:
        left, right = axis.x(start), axis.x(end)
        if parts and left - parts[-1][1] < 1:
            parts[-1] = parts[-1][0], max(right, parts[-1][1])
        else:
            parts.append((left, right))
    return [(left, max(right, left + 0.6)) for left, right in parts]  # nothing is invisible


def bars_path(parts: Iterable[tuple[float, float]], top: float, height: float) -> str:
    """The path of bars over horizontal spans."""
    return "".join(
        f"M{number_text(left)} {number_text(top)}h{number_text(right - left)}v{number_text(height)}"
        f"h{number_text(left - right)}z"
        for left, right in parts
    )


def hatching_path(
    parts: Iterable[tuple[float, float]], top: float, height: float, step: float = 6
) -> str:
    """The path of slanted lines over horizontal spans."""
    path = []
    for left, right in parts:
        # The lines x + y = k for all multiples k of the step, cut to the span, so that the
        # hatching of neighbouring spans fits together.
        k = -(-(left + top) // step) * step
        while k < right + top + height:
            x1, x2 = max(left, k - top - height), min(right, k - top)
            if x2 > x1:
                path.append(
                    f"M{number_text(x1)} {number_text(k - x1)}"
                    f"L{number_text(x2)} {number_text(k - x2)}"
                )
            k += step
    return "".join(path)


def svg_picture(
    children: Iterable[ET.Element], width: float, height: float, name: str, description: str
) -> ET.Element:
    """A picture, which scrolls by itself on a narrow page.

    Args:
        children: Its content.
        width: Its width in pixels.
        height: Its height in pixels.
        name: What it shows, in a few words, for screen readers.
        description: The same at length; empty string for none.
    """
    drawing = el(
        "svg",
        el("title", name),
        el("desc", description) if description else None,
        *children,
        viewBox=f"0 0 {number_text(width)} {number_text(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=name,
        font_family=FONT,
        font_size=f"{FONT_SIZE}px",
    )
    return el("div", drawing, cls="wide", tabindex="0", role="region", aria_label=name)


def legend_sample(colour: str, opacity: float = 1, *, is_hatched: bool = False) -> ET.Element:
    """A small filled box for a legend."""
    parts = [el("rect", width=18, height=11, fill=colour, fill_opacity=f"{opacity:.2f}")]
    if is_hatched:
        lines = hatching_path([(0, 18)], 0, 11)
        parts.append(el("path", d=lines, stroke="currentColor", stroke_opacity=0.7))
    return el("svg", *parts, width=18, height=11, viewBox="0 0 18 11", aria_hidden="true")


def legend(entries: Iterable[tuple[ET.Element, str]]) -> ET.Element:
    """A legend: samples and their texts."""
    return quiet(*(el("span", sample, text, cls="key") for sample, text in entries))
