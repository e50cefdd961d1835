"""A year of a calendar as a picture: twelve months of seven columns, and the days with names.

A cell is shaded by the hours of its date, so that short days show. What is out of the ordinary
bears a sign as well as a colour, and a line with its dates and name beside the months. Dates whose
holidays are not published yet are hatched.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib import colormaps
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from slacalc._cli.year import (
    CLOSED,
    HOLIDAY,
    MADE_UP,
    SIGNED,
    SPECIAL,
    WEEKDAYS,
    mark_of,
    named_dates,
    short_month,
)
from slacalc._i18n import translator
from slacalc._plot import figure as drawing
from slacalc._plot.time_axis import day_text
from slacalc._time.instants import FIRST_YEAR, HOUR, LAST_YEAR, to_instant
from slacalc.errors import HorizonError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from slacalc._calendar.calendar import Calendar, Day
    from slacalc._cli.year import Mark
    from slacalc._i18n import Translator

_ACROSS, _DOWN = 4, 3
_WIDTH, _HEIGHT = 8.3, 8.6  # of a month with the gap after it, in cells
_LINE = 12.5  # points
_MONTHS_WIDE, _TALL = 8.6, 7.4  # inches
_WRAP = 40  # narrow characters of a name in a line
_CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
_VEIL, _HATCH = "#b4b4b4", "////"
_SHADES = 6  # more different hours than these are told as a range


class _Look(NamedTuple):
    """How a date that is out of the ordinary looks.

    Args:
        sign: What stands behind its number.
        fill: Its colour; the empty string for that of its hours.
        edge: The colour of its border; the empty string for none.
    """

    sign: str
    fill: str
    edge: str


_LOOKS: dict[Mark, _Look] = {
    HOLIDAY: _Look("", "#f5b37a", ""),  # whose colour no other date has
    MADE_UP: _Look(MADE_UP.sign, "", drawing.GREEN),
    SPECIAL: _Look(SPECIAL.sign, "", drawing.PURPLE),
    CLOSED: _Look(CLOSED.sign, drawing.PALE, drawing.PURPLE),
}
_USUAL = _Look("", "", "")


def _look(day: Day) -> _Look:
    return _LOOKS.get(mark_of(day), _USUAL)


def _hours(day: Day) -> float:
    length = sum(to_instant(closes) - to_instant(opens) for opens, closes in day.spans)
    return length / HOUR


class _Shade:
    """The colours of working hours: the longest day of the year is the darkest."""

    def __init__(self, most: float) -> None:
        self._most = most or 1.0
        self._colours = colormaps["Blues"]

    def __call__(self, hours: float) -> Any:
        return self._colours(0.1 + 0.38 * hours / self._most) if hours else "#f3f3f3"


class _Line(NamedTuple):
    """A line beside the months: the look of some dates, the dates, and their name."""

    look: _Look
    dates: str
    told: str


def year_picture(
    calendar: Calendar, year: int, *, language: str, title: str | None, figure: Any
) -> Figure:
    """Draw a year of a calendar."""
    if not isinstance(year, int) or not FIRST_YEAR <= year <= LAST_YEAR:
        msg = f"{year!r} is none of the supported years {FIRST_YEAR} to {LAST_YEAR}"
        raise HorizonError(msg, instant=str(year), horizon=(FIRST_YEAR, LAST_YEAR))
    translate = translator(language)
    days = calendar.days(date(year, 1, 1), date(year, 12, 31), language=language)
    lines = list(_lines(days, translate))
    deep = int((_TALL - 1.4) * 72 / _LINE)
    each = -(-len(lines) // max(-(-len(lines) // deep), 1))
    columns = [lines[first : first + each] for first in range(0, len(lines), max(each, 1))]
    dates_wide = _widest([line.dates for line in lines])
    told_wide = _widest([line.told for line in lines])
    wide = 18 + dates_wide + 10 + told_wide + 14  # points of a column of lines
    beside = max(wide * len(columns) / 72, 0.2)
    drawn = drawing.begun(figure, (_MONTHS_WIDE + beside, _TALL))
    months, names = drawn.subplots(1, 2, width_ratios=[_MONTHS_WIDE, beside])
    shade = _Shade(max(map(_hours, days)))
    _draw_months(months, days, shade, calendar.provisional_from, translate)
    _draw_lines(names, columns, wide, dates_wide)
    working = [hours for hours in map(_hours, days) if hours]
    total = round(sum(working), 2)
    below = translate("{zone}: {days}, {hours}").format(
        zone=calendar.time_zone,
        days=translate.plural("{count} working day", "{count} working days", len(working)).format(
            count=f"{len(working):,}"
        ),
        hours=translate.plural("{count} working hour", "{count} working hours", total).format(
            count=f"{total:,.12g}"
        ),
    )
    drawing.headed(drawn, title or translate("Working time of {year}").format(year=year), below)
    _draw_legend(drawn, days, shade, calendar.provisional_from, translate)
    return drawing.finished(drawn)


# Months -------------------------------------------------------------------------------------------


def _draw_months(
    ax: Axes, days: Sequence[Day], shade: _Shade, unpublished: date | None, translate: Translator
) -> None:
    ax.set_axis_off()
    ax.set_xlim(-0.2, _ACROSS * _WIDTH - 1.1)
    ax.set_ylim(_DOWN * _HEIGHT - 0.4, -1.9)
    for month in range(1, 13):
        left, top = _corner(month)
        name = short_month(month, translate)
        ax.text(left + 3.5, top - 1.3, name, **_CENTRED, size=drawing.PLAIN, weight="bold")
        for weekday in range(7):
            where = left + weekday + 0.5, top - 0.45
            ax.text(*where, translate(WEEKDAYS[weekday]), **_CENTRED, size=6.5, color=drawing.FAINT)
    corners = [_cell(day.date) for day in days]
    fills = [_look(day).fill or shade(_hours(day)) for day in days]
    boxes = [Rectangle((left + 0.04, top + 0.04), 0.92, 0.92) for left, top in corners]
    ax.add_collection(PatchCollection(boxes, facecolors=fills, linewidths=0, gid="days"))
    for day, (left, top) in zip(days, corners, strict=True):
        look = _look(day)
        if look.edge:
            inner = Rectangle((left + 0.09, top + 0.09), 0.82, 0.82, fill=False)
            inner.set(edgecolor=look.edge, linewidth=1.7)
            ax.add_artist(inner)
        faint = not day.is_working and not look.fill
        ax.text(
            left + 0.5,
            top + 0.52,
            f"{day.date.day}{look.sign}",
            **_CENTRED,
            size=drawing.TINY,
            color=drawing.FAINT if faint else drawing.INK,
        )
    veiled = [
        box
        for day, box in zip(days, boxes, strict=True)
        if unpublished is not None and day.date >= unpublished
    ]
    if veiled:
        veil: dict[str, Any] = {"facecolors": "none", "edgecolors": _VEIL, "linewidths": 0}
        ax.add_collection(PatchCollection(veiled, hatch=_HATCH, **veil, gid="unpublished"))


def _cell(day: date) -> tuple[float, float]:
    """The upper left corner of a date."""
    left, top = _corner(day.month)
    row, column = divmod(day.day - 1 + day.replace(day=1).weekday(), 7)
    return left + column, top + row


def _corner(month: int) -> tuple[float, float]:
    """The upper left corner of a month's first week."""
    row, column = divmod(month - 1, _ACROSS)
    return column * _WIDTH, row * _HEIGHT


# Lines --------------------------------------------------------------------------------------------


def _lines(days: Sequence[Day], translate: Translator) -> Iterator[_Line]:
    """The dates out of the ordinary with their names, which may go on in further lines."""
    for marks, first, last, told in named_dates(days, translate):
        dates = day_text(first, translate) + (
            "" if first == last else f" – {day_text(last, translate)}"
        )
        look = next(_LOOKS[mark] for mark in marks if mark in _LOOKS)
        for place, text in enumerate(drawing.wrapped(drawing.tidy(told, 120), _WRAP)):
            yield _Line(look, "" if place else dates, text)


def _widest(texts: Sequence[str]) -> float:
    chosen, _ = drawing.families(texts)
    return max((drawing.width_of(one, drawing.SMALL, chosen) for one in texts), default=0.0)


def _draw_lines(ax: Axes, columns: list[list[_Line]], wide: float, dates_wide: float) -> None:
    """Write the lines, in points from the upper left corner."""
    ax.set_axis_off()
    for place, lines in enumerate(columns):
        left = place * wide
        for row, (look, dates, told) in enumerate(lines):
            down = -row * _LINE - 10
            color = look.edge or look.fill
            _write(ax, "■" if dates else "", (left, down), size=7.0, color=color)
            _write(ax, dates, (left + 18, down))
            _write(ax, told, (left + 28 + dates_wide, down))


def _write(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    *,
    size: float = drawing.SMALL,
    color: str = drawing.INK,
) -> None:
    if text:
        ax.annotate(
            text,
            (0, 1),
            at,
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            size=size,
            color=color,
        )


def _draw_legend(
    figure: Figure | SubFigure,
    days: Sequence[Day],
    shade: _Shade,
    unpublished: date | None,
    translate: Translator,
) -> None:
    marks = Counter(map(mark_of, days))
    known = sorted({round(hours, 2) for hours in map(_hours, days) if hours})
    if len(known) > _SHADES:
        known = [known[0], known[len(known) // 2], known[-1]]
    handles = [drawing.swatch(shade(hours)) for hours in known]
    labels = [
        translate.plural("{count} hour", "{count} hours", hours).format(count=f"{hours:g}")
        for hours in known
    ]
    if any(not _hours(day) and _look(day) is _USUAL for day in days):
        handles.append(drawing.swatch(shade(0)))
        labels.append(translate("closed"))
    for mark in SIGNED:
        if marks[mark]:
            look = _LOOKS[mark]
            fill = look.fill or shade(known[-1] if known else 0)
            handles.append(drawing.swatch(fill, edge=look.edge or "none", width=1.5))
            told = f"{marks[mark]} {translate.plural(*mark.words, marks[mark])}"
            labels.append(f"{told} ({look.sign})" if look.sign else told)
    if unpublished is not None and days[-1].date >= unpublished:
        handles.append(drawing.swatch("none", hatch=_HATCH, edge=_VEIL))
        labels.append(translate("holidays not published yet"))
    drawing.keyed(figure, handles, labels)
