"""Draw a year of a calendar: twelve months in a grid, and the names of special dates beside them.

The cell of a date is shaded by its working hours, so short days show. Holidays, make-up days and
exceptions have a sign as well as a colour, and a line with their dates and name. Dates whose
holidays are not published yet are hatched.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from slacalc._calendar.calendar import check_calendar
from slacalc._calendar.holidays import names_translator
from slacalc._calendar.year import (
    CLOSED_BY_CLOSURE,
    CLOSED_BY_EXCEPTION,
    HOLIDAY,
    MAKE_UP_DAY,
    SPECIAL_HOURS,
    SPECIAL_MARKS,
    collect_year,
    mark_of,
    special_dates,
)
from slacalc._i18n import WEEKDAY_INITIALS
from slacalc._plot.figure import (
    HATCH,
    MEDIUM,
    SMALL,
    TINY,
    add_legend,
    add_title,
    finish_figure,
    font_families,
    legend_box,
    open_figure,
    text_width,
    to_one_line,
    wrap,
)
from slacalc._plot.palette import palette_of, scale
from slacalc._plot.time_axis import day_text
from slacalc._time.instants import HOUR, to_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from slacalc._calendar.calendar import Calendar, Day
    from slacalc._calendar.year import DayMark
    from slacalc._i18n import Translator
    from slacalc._plot.palette import Palette

_COLUMNS, _ROWS = 4, 3  # of months
_MONTH_WIDTH, _MONTH_HEIGHT = 8.3, 8.6  # of a month and the gap after it, in cells
_LINE_HEIGHT = 12.5  # points
_GRID_WIDTH, _HEIGHT = 8.6, 7.4  # inches
_WRAP = 40  # columns of a line of a name
_CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
_MOST_SHADES = 6  # in the legend


class _Look(NamedTuple):
    """The look of a special date.

    Args:
        sign: The text after its number.
        fill: The name of its colour in the palette; empty string for the shade of its hours.
        edge: The name of the colour of its border; empty string for none.
    """

    sign: str
    fill: str
    edge: str


_LOOKS: dict[DayMark, _Look] = {
    HOLIDAY: _Look("", "holiday", ""),  # no sign, since no other date has its colour
    MAKE_UP_DAY: _Look(MAKE_UP_DAY.sign, "", "green"),
    SPECIAL_HOURS: _Look(SPECIAL_HOURS.sign, "", "purple"),
    CLOSED_BY_EXCEPTION: _Look(CLOSED_BY_EXCEPTION.sign, "pale", "purple"),
    CLOSED_BY_CLOSURE: _Look(CLOSED_BY_CLOSURE.sign, "pale", "purple"),
}
_PLAIN = _Look("", "", "")


class _Line(NamedTuple):
    """A line beside the months.

    Args:
        look: The look of the dates; None in the second and later lines of a long name.
        dates: The dates; empty string in those lines.
        name: The name, or a part of it.
    """

    look: _Look | None
    dates: str
    name: str


class _DayCell(NamedTuple):
    """A date as it is drawn.

    Args:
        day: The date.
        hours: Its working hours.
        look: Its look.
        corner: The upper left corner of its cell.
    """

    day: Day
    hours: float
    look: _Look
    corner: tuple[float, float]


def calendar(
    calendar: Calendar,
    year: int,
    *,
    language: str = "en",
    dark: bool | None = None,
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw a year of a calendar: all dates by their working hours, and special dates by name.

    Args:
        calendar: The calendar.
        year: The year, from 1900 to 2200.
        language: The language of the text and of holidays' names, ``"en"`` or ``"zh"``.
        dark: Whether the background is dark. Default: as that of matplotlib's style, or of
            *figure*.
        title: Replaces the default title.
        figure: The figure to draw on: an empty figure, or a part of one made by
            `Figure.subfigures`. Default: a new figure.

    Returns:
        The figure. Cells are shaded by the working hours of their dates. Holidays, make-up working
        days and exceptions have colours and signs, and their names stand beside the months. Dates
        whose holidays are not published yet are hatched.

    Raises:
        HorizonError: The year is outside the supported ones.
        MissingExtraError: matplotlib is not installed; raised by importing this module.

    Example:
        >>> from slacalc import plot, presets
        >>> office = presets.load("kingdee-diexun").calendars["working-hours"]
        >>> figure = plot.calendar(office, 2024)
        >>> print(figure.get_suptitle().strip())
        Working time in 2024
    """
    translate = names_translator(language)
    check_calendar(calendar)
    days, unpublished_from = collect_year([(date.min, calendar)], year, language=language)
    cells = [_cell(day) for day in days]
    lines = list(_lines(days, translate))
    most = int((_HEIGHT - 1.4) * 72 / _LINE_HEIGHT)
    columns = max(-(-len(lines) // most), 1)
    each = max(-(-len(lines) // columns), 1)
    dates_width = _widest(line.dates for line in lines)
    column_width = 18 + dates_width + 10 + _widest(line.name for line in lines) + 14  # points
    lines_width = max(column_width * -(-len(lines) // each) / 72, 0.2)
    canvas = open_figure(figure, (_GRID_WIDTH + lines_width, _HEIGHT), dark)
    colors = palette_of(canvas)
    months, beside = canvas.subplots(1, 2, width_ratios=[_GRID_WIDTH, lines_width])
    shade = _Shade(colors, max(cell.hours for cell in cells))
    _draw_months(months, cells, shade, unpublished_from, translate)
    beside.set_axis_off()
    for place, line in enumerate(lines):
        column, row = divmod(place, each)
        left, down = column * column_width, -row * _LINE_HEIGHT - 10
        if line.look:
            color = getattr(colors, line.look.edge or line.look.fill)
            _write(beside, "■", (left, down), size=7.0, color=color)
            _write(beside, line.dates, (left + 18, down), color=colors.ink)
        _write(beside, line.name, (left + 28 + dates_width, down), color=colors.ink)
    hours = [cell.hours for cell in cells if cell.hours]
    total = round(sum(hours), 2)
    working_days = translate.plural("{count} working day", "{count} working days", len(hours))
    working_hours = translate.plural("{count} working hour", "{count} working hours", total)
    subtitle = translate("{zone}: {days}, {hours}").format(
        zone=calendar.time_zone,
        days=working_days.format(count=f"{len(hours):,}"),
        hours=working_hours.format(count=f"{total:,.12g}"),
    )
    add_title(canvas, title or translate("Working time in {year}").format(year=year), subtitle)
    _add_legend(canvas, cells, shade, unpublished_from, translate)
    return finish_figure(canvas)


def _cell(day: Day) -> _DayCell:
    length = sum(to_instant(closes) - to_instant(opens) for opens, closes in day.spans)
    left, top = _corner(day.date.month)
    row, column = divmod(day.date.day - 1 + day.date.replace(day=1).weekday(), 7)
    look = _LOOKS.get(mark_of(day), _PLAIN)
    return _DayCell(day, length / HOUR, look, (left + column, top + row))


def _corner(month: int) -> tuple[float, float]:
    """The upper left corner of a month's first week."""
    row, column = divmod(month - 1, _COLUMNS)
    return column * _MONTH_WIDTH, row * _MONTH_HEIGHT


class _Shade:
    """The colours of cells by their working hours; the longest day of the year is the strongest."""

    def __init__(self, colors: Palette, most: float) -> None:
        self._most, self._colors, self._scale = most or 1.0, colors, scale(colors.hours)

    def __call__(self, hours: float, look: _Look = _PLAIN) -> Any:
        if look.fill:
            return getattr(self._colors, look.fill)
        return self._scale(hours / self._most) if hours else self._colors.quiet


def _draw_months(
    ax: Axes,
    cells: Sequence[_DayCell],
    shade: _Shade,
    unpublished_from: date | None,
    translate: Translator,
) -> None:
    colors = palette_of(ax)
    ax.set_axis_off()
    ax.set_xlim(-0.2, _COLUMNS * _MONTH_WIDTH - 1.1)
    ax.set_ylim(_ROWS * _MONTH_HEIGHT - 0.4, -1.9)
    for month in range(1, 13):
        left, top = _corner(month)
        name = translate.short_month(month)
        ax.text(
            left + 3.5, top - 1.3, name, **_CENTRED, size=MEDIUM, weight="bold", color=colors.ink
        )
        for weekday in range(7):
            initials = translate(WEEKDAY_INITIALS[weekday])
            x, y = left + weekday + 0.5, top - 0.45
            ax.text(x, y, initials, **_CENTRED, size=6.5, color=colors.faint)
    boxes = [Rectangle((left + 0.04, top + 0.04), 0.92, 0.92) for *_, (left, top) in cells]
    fills = [shade(cell.hours, cell.look) for cell in cells]
    ax.add_collection(PatchCollection(boxes, facecolors=fills, linewidths=0, gid="days"))
    for day, _, look, (left, top) in cells:
        if look.edge:
            border = Rectangle((left + 0.09, top + 0.09), 0.82, 0.82, fill=False)
            border.set(edgecolor=getattr(colors, look.edge), linewidth=1.7)
            ax.add_artist(border)
        is_faint = not day.is_working and not look.fill
        ax.text(
            left + 0.5,
            top + 0.52,
            f"{day.date.day}{look.sign}",
            **_CENTRED,
            size=TINY,
            color=colors.faint if is_faint else colors.ink,
        )
    provisional = [
        box
        for cell, box in zip(cells, boxes, strict=True)
        if unpublished_from is not None and cell.day.date >= unpublished_from
    ]
    if provisional:
        hatched = PatchCollection(
            provisional,
            hatch=HATCH,
            facecolors="none",
            edgecolors=colors.line,
            linewidths=0,
            gid="unpublished",
        )
        ax.add_collection(hatched)


def _lines(days: Sequence[Day], translate: Translator) -> Iterator[_Line]:
    """The special dates with their names; long names go on in further lines."""
    for group in special_dates(days):
        dates = day_text(group.first, translate)
        if group.first != group.last:
            dates += f" – {day_text(group.last, translate)}"
        look = next(_LOOKS[mark] for mark in group.marks)
        first_line, *others = wrap(to_one_line(group.label(translate), 120), _WRAP)
        yield _Line(look, dates, first_line)
        for line in others:
            yield _Line(None, "", line)


def _widest(texts: Iterable[str]) -> float:
    texts = list(texts)
    families, _ = font_families(texts)
    return max((text_width(text, SMALL, families) for text in texts), default=0.0)


def _write(
    ax: Axes, text: str, at: tuple[float, float], *, color: str, size: float = SMALL
) -> None:
    """Write a text at a place given in points from the upper left corner."""
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


def _add_legend(
    figure: Figure | SubFigure,
    cells: Sequence[_DayCell],
    shade: _Shade,
    unpublished_from: date | None,
    translate: Translator,
) -> None:
    colors = palette_of(figure)
    shades = sorted({round(cell.hours, 2) for cell in cells if cell.hours})
    if len(shades) > _MOST_SHADES:
        shades = [shades[0], shades[len(shades) // 2], shades[-1]]
    handles = [legend_box(shade(hours)) for hours in shades]
    labels = [
        translate.plural("{count} hour", "{count} hours", hours).format(count=f"{hours:g}")
        for hours in shades
    ]
    if any(not cell.hours and cell.look is _PLAIN for cell in cells):
        handles.append(legend_box(shade(0)))
        labels.append(translate("closed"))
    counts = Counter(mark_of(cell.day) for cell in cells)
    for mark in SPECIAL_MARKS:
        if counts[mark]:
            look = _LOOKS[mark]
            fill = shade(shades[-1] if shades else 0, look)
            edge = getattr(colors, look.edge) if look.edge else "none"
            handles.append(legend_box(fill, edge=edge, width=1.5))
            text = f"{counts[mark]} {translate.plural(*mark.labels, counts[mark])}"
            labels.append(f"{text} ({look.sign})" if look.sign else text)
    if unpublished_from is not None:
        handles.append(legend_box("none", hatch=HATCH, edge=colors.line))
        labels.append(translate("holidays not published yet"))
    add_legend(figure, handles, labels)
