"""Draw breaches by weekday and hour of the day, in a zone's wall-clock time."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from slacalc._calendar.calendar import check_calendar
from slacalc._calendar.compilation import zone_of
from slacalc._columns.input import check_choice
from slacalc._columns.kernel import MISSING
from slacalc._i18n import translator
from slacalc._plot.data import MetricColumns
from slacalc._plot.figure import (
    MEDIUM,
    TINY,
    WIDTH,
    add_legend,
    add_title,
    finish_figure,
    fit_text,
    open_empty_figure,
    open_figure,
    room_of,
    set_count_ticks,
    style_axes,
    to_one_line,
    widest,
    wrap_to,
)
from slacalc._plot.palette import palette_of, readable_on, scale
from slacalc._plot.time_axis import day_text
from slacalc._policy.money import percent
from slacalc._time.instants import DAY, EARLIEST, EPOCH_DAY, HOUR, LATEST
from slacalc.errors import CalendarError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from slacalc._calendar.calendar import Calendar
    from slacalc._columns.arithmetic import Integers
    from slacalc._i18n import Translator

    Counts = NDArray[np.int64]

_SIZE = (WIDTH, 4.6)  # inches
_BESIDE = 4.2  # the width of the sums beside the cells, in cells
_THURSDAY = 3  # the weekday of 1 January 1970
_MOST_WEEKS = 53  # from which the usual open hours are found


def breaches(
    answer: Any,
    metric: str,
    *,
    time_zone: str | None = None,
    calendar: Calendar | None = None,
    breaches: Literal["present", "ever"] = "present",
    columns: Mapping[str, str] | None = None,
    language: str = "en",
    dark: bool | None = None,
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw breaches by weekday and hour of the day.

    Args:
        answer: The result of `bulk.evaluate` or `bulk.replay`.
        metric: The metric.
        time_zone: The time zone of the hours. Default: that of *calendar*, or of the column.
        calendar: A calendar whose usual open hours are outlined, to the minute. The legend shows
            the share of the breaches in them; a breach at the closing is outside.
        breaches: ``"present"`` for tickets whose state is breached; ``"ever"`` to include tickets
            whose breach was undone by a later promise.
        columns: Names of columns that differ from the usual ones: ``{"breached_at": "missed_at"}``.
        language, dark: As for `calendar`.
        title: Replaces the default title.
        figure: As for `calendar`.

    Returns:
        The figure: the number of breaches in each hour of the week, Monday first, with the sums by
        hour and by weekday.

    Raises:
        ColumnError: The table is not such a result, or lacks a column.
        UnknownMetricError: The table does not have the metric.
        CalendarError: *time_zone* is not the calendar's zone.

    Example:
        >>> import numpy as np
        >>> from slacalc import plot
        >>> answer = {
        ...     "arrival_due": np.array(["2024-09-14T08:00"] * 2, "datetime64[s]"),
        ...     "arrival_state": ["met", "breached"],
        ...     "arrival_breached_at": np.array(["NaT", "2024-09-14T08:00"], "datetime64[s]"),
        ... }
        >>> figure = plot.breaches(answer, "arrival", time_zone="Asia/Shanghai")
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['1']
    """
    check_choice(breaches, "breaches", ("present", "ever"))
    translate = translator(language)
    table = MetricColumns(answer, metric, columns)
    if calendar is not None:
        check_calendar(calendar)
        if time_zone is not None and time_zone != calendar.time_zone:
            msg = (
                f"time_zone={time_zone!r} is not the zone of the calendar "
                f"({calendar.time_zone}), whose open hours are outlined: give one of the two"
            )
            raise CalendarError(msg, given=time_zone)
        time_zone = calendar.time_zone
    readings, zone_name = table.wall_times("breached_at", time_zone)
    chosen = readings != MISSING
    if breaches == "present":
        chosen &= table.has_state(("breached",))
    readings = readings[chosen]
    title = title or translate("{metric}: breaches by hour of the week").format(
        metric=to_one_line(metric)
    )
    if not len(readings):
        message = translate("no ticket was breached")
        return finish_figure(open_empty_figure(figure, _SIZE, title, message, dark))
    hours = (readings // DAY + _THURSDAY) % 7 * 24 + readings % DAY // HOUR
    counts = np.bincount(hours, minlength=7 * 24).reshape(7, 24)
    canvas = open_figure(figure, _SIZE, dark)
    ink = palette_of(canvas).ink
    grid = canvas.add_gridspec(2, 2, width_ratios=[24, _BESIDE], height_ratios=[2.2, 7])
    ax = canvas.add_subplot(grid[1, 0])
    above = canvas.add_subplot(grid[0, 0], sharex=ax)
    beside = canvas.add_subplot(grid[1, 1], sharey=ax)
    corner = canvas.add_subplot(grid[0, 1])
    cell = (room_of(canvas, WIDTH) - 0.7) / (24 + _BESIDE) * 72  # points
    cells = _draw_cells(ax, counts, cell, translate)
    label = translate("hour of the day ({zone})").format(zone=zone_name)
    ax.set_xlabel(label, size=MEDIUM, color=ink)
    _draw_sums(above, beside, counts, cell)
    _draw_scale(canvas, corner, cells, int(counts.max()), translate, room=_BESIDE * cell)
    first, last = int(readings.min() // DAY), int(readings.max() // DAY)
    if calendar is not None:
        is_open, edges = _open_hours(calendar, first, last)
        lines = LineCollection([*_outline(is_open, edges)], colors=ink, linewidths=1.4, zorder=5)
        lines.set(clip_on=False, gid="open-hours")
        ax.add_collection(lines)
        parts = np.searchsorted(edges, readings % DAY, "right") - 1
        in_hours = int(is_open[(readings // DAY + _THURSDAY) % 7, parts].sum())
        share = percent(Fraction(in_hours, len(readings)))
        label = translate("open hours ({share} of the breaches)").format(share=share)
        add_legend(canvas, [Line2D([], [], color=ink, linewidth=1.4)], [label])
    form = translate.plural(
        "{count} breach, {first} to {last}", "{count} breaches, {first} to {last}", len(readings)
    )
    dates = [
        day_text(date.fromordinal(EPOCH_DAY + day), translate, weekday=False, year=True)
        for day in (first, last)
    ]
    add_title(canvas, title, form.format(count=f"{len(readings):,}", first=dates[0], last=dates[1]))
    return finish_figure(canvas)


def _draw_cells(ax: Axes, counts: Counts, room: float, translate: Translator) -> QuadMesh:
    """Draw a row for each weekday, Monday first, and a column for each hour, with the counts.

    Args:
        ax: The axes.
        counts: The counts.
        room: The width of a cell, in points.
        translate: The translator.
    """
    style_axes(ax)
    colors = palette_of(ax)
    most = int(counts.max())
    mesh = ax.pcolormesh(
        np.arange(25),
        np.arange(8),
        np.ma.masked_equal(counts, 0),
        cmap=scale(colors.heat),
        vmin=0,
        vmax=most,
        edgecolors=colors.paper,
        linewidth=1,
    )
    numbers = fit_text((f"{count:,}" for count in counts.ravel().tolist()), TINY, room)
    for (day, hour), count in np.ndenumerate(counts.tolist()):
        if count:
            color = mesh.to_rgba(count)
            ax.text(
                hour + 0.5,
                day + 0.5,
                f"{count:,}",
                ha="center",
                va="center",
                zorder=6,
                **numbers,
                color=readable_on(color),
                # Where a calendar opens within an hour, its outline passes behind the number.
                bbox={"boxstyle": "square,pad=0.1", "facecolor": color, "linewidth": 0},
            )
    ax.set_facecolor(colors.quiet)
    ax.set_ylim(7, 0)
    ax.set_xlim(0, 24)
    ax.set_yticks(
        np.arange(7) + 0.5, [translate.weekday(date(2024, 1, 1 + day)) for day in range(7)]
    )
    ax.set_xticks(np.arange(0, 25, 2), [f"{hour:02}" for hour in range(0, 25, 2)])
    ax.tick_params(axis="y", length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return mesh


def _draw_sums(above: Axes, beside: Axes, counts: Counts, room: float) -> None:
    """Draw the sums by hour above the cells, and those by weekday beside them."""
    colors = palette_of(above)
    for ax in (above, beside):
        style_axes(ax)
        ax.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    by_hour, by_day = counts.sum(axis=0), counts.sum(axis=1)
    above.bar(np.arange(24) + 0.5, by_hour, 0.86, color=colors.vermillion)
    beside.barh(np.arange(7) + 0.5, by_day, 0.8, color=colors.vermillion)
    numbers = fit_text((f"{count:,}" for count in by_hour.tolist()), TINY, room)
    above.set_ylim(0, by_hour.max() * (1.8 if "rotation" in numbers else 1.3))
    beside.set_xlim(0, by_day.max() * 1.6)
    above.spines["left"].set_visible(False)
    beside.spines["bottom"].set_visible(False)
    label: dict[str, Any] = {"textcoords": "offset points", "color": colors.ink}
    for hour, count in enumerate(by_hour.tolist()):
        if count:
            place = (hour + 0.5, count)
            above.annotate(f"{count:,}", place, (0, 2), ha="center", **label, **numbers)
    for day, count in enumerate(by_day.tolist()):
        beside.annotate(f"{count:,}", (count, day + 0.5), (3, 0), va="center", size=7.0, **label)


def _draw_scale(
    figure: Figure | SubFigure,
    ax: Axes,
    cells: QuadMesh,
    most: int,
    translate: Translator,
    *,
    room: float,
) -> None:
    """Draw the scale of the colours, *room* points wide."""
    ax.set_axis_off()
    ink = palette_of(ax).ink
    inner = ax.inset_axes((0.0, 0.28, 0.95, 0.16))
    bar = figure.colorbar(cells, cax=inner, orientation="horizontal")
    bar.outline.set_visible(False)
    has_room = 3 * widest([f"{most:,}"], TINY) < 0.9 * room
    set_count_ticks(inner.xaxis, most, ticks=3 if has_room else 2)
    inner.tick_params(labelsize=TINY, labelcolor=ink, length=0)
    text = wrap_to(translate("breaches per hour of the week"), TINY, room)
    ax.text(0, 0.56, text, transform=ax.transAxes, size=TINY, color=ink)


def _open_hours(calendar: Calendar, first: int, last: int) -> tuple[NDArray[np.bool_], Integers]:
    """The parts of the week that are open in at least half of the weeks between two days.

    Args:
        calendar: The calendar.
        first, last: The days, counted from 1 January 1970; only the last `_MOST_WEEKS` weeks count.

    Returns:
        A row for each weekday, Monday first, and a column for each part of a day; and where the
        parts begin and the last one ends, in microseconds since midnight. The parts are the hours,
        cut wherever the calendar opens or closes.
    """
    first = max(first, last - 7 * _MOST_WEEKS + 1)
    first -= (first + _THURSDAY) % 7  # back to Monday
    weeks = (last - first) // 7 + 1
    clock = zone_of(calendar)
    begin, end = (
        clock.midnight(date.fromordinal(EPOCH_DAY + day)) for day in (first, first + 7 * weeks)
    )
    pieces: list[tuple[int, int, int]] = []  # a weekday, and a begin and an end on its clock
    for opens, closes in calendar.timeline.spans(max(begin, EARLIEST), min(end, LATEST)):
        reading = clock.reading(opens)
        until = max(clock.reading(closes), reading)  # a clock that is set back may show less
        for day in range(reading // DAY, -(-until // DAY)):
            midnight = day * DAY
            piece = max(reading - midnight, 0), min(until - midnight, DAY)
            pieces.append(((day + _THURSDAY) % 7, *piece))
    hours = np.arange(25) * HOUR
    bounds = np.array(pieces, np.int64).reshape(-1, 3)
    edges: Integers = np.unique(np.concatenate([hours, bounds[:, 1], bounds[:, 2]]))
    changes = np.zeros((7, len(edges)), np.int64)  # of the number of weeks that are open
    np.add.at(changes, (bounds[:, 0], np.searchsorted(edges, bounds[:, 1])), 1)
    np.add.at(changes, (bounds[:, 0], np.searchsorted(edges, bounds[:, 2])), -1)
    is_open: NDArray[np.bool_] = changes.cumsum(axis=1)[:, :-1] * 2 >= weeks
    return is_open, edges


def _outline(
    cells: NDArray[np.bool_], edges: Integers
) -> Iterator[tuple[tuple[float, int], tuple[float, int]]]:
    """The lines between cells that are set and cells that are not, in hours and weekdays."""
    padded, hours = np.pad(cells, 1), (edges / HOUR).tolist()
    for row, column in np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1]).tolist():
        yield (hours[column], row), (hours[column + 1], row)
    for row, column in np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1]).tolist():
        yield (hours[column], row), (hours[column], row + 1)
