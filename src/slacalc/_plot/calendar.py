"""Draw a year of a calendar: its months, and the names of special dates below them.

The months stand in the grid in which they are largest. The cell of a date is shaded by its working
hours, so short days show. Holidays, make-up days and exceptions have a sign as well as a colour,
and a line with their dates and name. Dates whose holidays are not published yet are hatched.
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
    WIDTH,
    add_legend,
    add_title,
    finish_figure,
    fit_size,
    legend_box,
    open_figure,
    room_of,
    size_of,
    to_one_line,
    widest,
    wrap_to,
)
from slacalc._plot.palette import palette_of, scale
from slacalc._plot.time_axis import day_text
from slacalc._time.instants import HOUR, to_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from slacalc._calendar.calendar import Calendar, Day
    from slacalc._calendar.year import DayMark
    from slacalc._i18n import Translator
    from slacalc._plot.palette import Palette

_PER_ROW = 3, 4, 6  # months
_MONTH_WIDTH, _MONTH_HEIGHT = 8.3, 8.6  # of a month and the gap after it, in cells
_LINE_HEIGHT = 12.5  # points
_HEIGHT, _TITLE_HEIGHT = 5.4, 1.3  # inches of the months, and of title and legend
_NAME_WIDTH = 150.0  # points, at least
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


class _Entry(NamedTuple):
    """Special dates with one name, as they are listed below the months.

    Args:
        look: The look of the dates.
        dates: The dates.
        name: The lines of their name.
    """

    look: _Look
    dates: str
    name: list[str]


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
        days and exceptions have colours and signs, and their names stand below the months. Dates
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
    room = room_of(figure, WIDTH) * 72  # points
    entries, columns, column_width = _entries(days, room, translate)
    places, lines = _places([len(entry.name) for entry in entries], columns)
    lines_height = (lines + 1) * _LINE_HEIGHT / 72
    size = WIDTH, _HEIGHT + lines_height + _TITLE_HEIGHT
    canvas = open_figure(figure, size, dark)
    months_height = max(size_of(canvas, size)[1] - lines_height - _TITLE_HEIGHT, 1.0)
    # The smaller side of a cell, in points, and how many months in a row make it the largest.
    points = 72 * months_height
    cell, per_row = max(
        (min(room / count / _MONTH_WIDTH, points / (12 // count) / _MONTH_HEIGHT), count)
        for count in _PER_ROW
    )
    cells = [_cell(day, per_row) for day in days]
    colors = palette_of(canvas)
    months, below = canvas.subplots(2, 1, height_ratios=[months_height, lines_height])
    shade = _Shade(colors, max(cell.hours for cell in cells))
    _draw_months(months, cells, shade, unpublished_from, translate, per_row=per_row, cell=cell)
    below.set_axis_off()
    before_name = widest((entry.dates for entry in entries), SMALL) + 22
    for entry, (column, row) in zip(entries, places, strict=True):
        left, down = column * column_width, -row * _LINE_HEIGHT - 10
        color = getattr(colors, entry.look.edge or entry.look.fill)
        _write(below, "■", (left, down), size=7.0, color=color)
        _write(below, entry.dates, (left + 16, down), color=colors.ink)
        for number, line in enumerate(entry.name):
            at = left + before_name, down - number * _LINE_HEIGHT
            _write(below, line, at, color=colors.ink)
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


def _cell(day: Day, per_row: int) -> _DayCell:
    length = sum(to_instant(closes) - to_instant(opens) for opens, closes in day.spans)
    left, top = _corner(day.date.month, per_row)
    row, column = divmod(day.date.day - 1 + day.date.replace(day=1).weekday(), 7)
    look = _LOOKS.get(mark_of(day), _PLAIN)
    return _DayCell(day, length / HOUR, look, (left + column, top + row))


def _corner(month: int, per_row: int) -> tuple[float, float]:
    """The upper left corner of a month's first week."""
    row, column = divmod(month - 1, per_row)
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
    *,
    per_row: int,
    cell: float,
) -> None:
    colors = palette_of(ax)
    size = fit_size((f"{day.date.day}{look.sign}" for day, _, look, _ in cells), TINY, cell)
    ax.set_axis_off()
    ax.set_xlim(-0.2, per_row * _MONTH_WIDTH - 1.1)
    ax.set_ylim(12 // per_row * _MONTH_HEIGHT - 0.4, -1.9)
    for month in range(1, 13):
        left, top = _corner(month, per_row)
        name = translate.short_month(month)
        ax.text(
            left + 3.5,
            top - 1.3,
            name,
            **_CENTRED,
            size=min(1.3 * size, MEDIUM),
            weight="bold",
            color=colors.ink,
        )
        for weekday in range(7):
            initials = translate(WEEKDAY_INITIALS[weekday])
            x, y = left + weekday + 0.5, top - 0.45
            ax.text(x, y, initials, **_CENTRED, size=min(size, 6.5), color=colors.faint)
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
            size=size,
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


def _entries(
    days: Sequence[Day], room: float, translate: Translator
) -> tuple[list[_Entry], int, float]:
    """The special dates with their names, and the number and width of columns of them in points."""
    groups = [*special_dates(days)]
    dates = [
        " – ".join(dict.fromkeys(day_text(day, translate) for day in (group.first, group.last)))
        for group in groups
    ]
    dates_width = widest(dates, SMALL) + 30
    columns = max(int(room / (dates_width + _NAME_WIDTH)), 1)
    names = (to_one_line(group.label(translate), 120) for group in groups)
    entries = [
        _Entry(
            next(_LOOKS[mark] for mark in group.marks),
            text,
            wrap_to(name, SMALL, room / columns - dates_width).split("\n"),
        )
        for group, text, name in zip(groups, dates, names, strict=True)
    ]
    return entries, columns, room / columns


def _places(heights: Sequence[int], columns: int) -> tuple[list[tuple[int, int]], int]:
    """The column and the first line of entries of some lines each, and the lines of a column."""
    most = -(-sum(heights) // columns)
    places, column, row, lines = [], 0, 0, 0
    for height in heights:
        if row and row + height > most and column < columns - 1:
            column, row = column + 1, 0
        places.append((column, row))
        row += height
        lines = max(lines, row)
    return places, lines


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
