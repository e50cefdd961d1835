"""When promises break: breaches by weekday and hour, as the wall clock of a zone shows them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from slacalc._calendar.compilation import zone_of
from slacalc._columns.input import choice
from slacalc._columns.kernel import MISSING
from slacalc._i18n import translator
from slacalc._plot import figure as drawing
from slacalc._plot.data import Shown
from slacalc._plot.time_axis import day_text
from slacalc._time.instants import DAY, EARLIEST, EPOCH_DAY, HOUR, LATEST
from slacalc.errors import CalendarError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from slacalc._calendar.calendar import Calendar
    from slacalc._i18n import Translator

    Counts = NDArray[np.int64]

Which: TypeAlias = Literal["present", "ever"]
_SIZE = (11.5, 4.9)
_THURSDAY = 3  # the weekday of 1 January 1970
_WEEKS = 53  # at most, of which the open hours are looked at
_COLOURS = colormaps["Oranges"]


def breaches_picture(
    answer: Any,
    metric: str,
    *,
    time_zone: str | None,
    calendar: Calendar | None,
    breaches: Which,
    columns: Mapping[str, str] | None,
    language: str,
    title: str | None,
    figure: Any,
) -> Figure:
    """Draw breaches by hour of the week."""
    choice(breaches, "breaches", ("present", "ever"))
    translate = translator(language)
    shown = Shown(answer, metric, columns)
    if calendar is not None:
        if time_zone is not None and time_zone != calendar.time_zone:
            msg = (
                f"time_zone={time_zone!r} is not the zone of the calendar "
                f"({calendar.time_zone}), whose open hours are shown: give one of the two"
            )
            raise CalendarError(msg, given=time_zone)
        time_zone = calendar.time_zone
    walls, zone = shown.walls("breached_at", time_zone)
    kept = walls != MISSING
    if breaches == "present":
        kept &= shown.among(("breached",))
    walls = walls[kept]
    hours = (walls // DAY + _THURSDAY) % 7 * 24 + walls % DAY // HOUR
    counts = np.bincount(hours, minlength=7 * 24).reshape(7, 24)
    drawn = drawing.begun(figure, _SIZE)
    head = title or translate("{metric}: breaches by hour of the week").format(
        metric=drawing.tidy(metric)
    )
    if not len(walls):
        drawing.nothing(drawn.subplots(), translate("nothing was breached"))
        drawing.headed(drawn, head, "")
        return drawing.finished(drawn)
    grid = drawn.add_gridspec(2, 2, width_ratios=[24, 4.2], height_ratios=[2.2, 7])
    ax = drawn.add_subplot(grid[1, 0])
    above = drawn.add_subplot(grid[0, 0], sharex=ax)
    beside = drawn.add_subplot(grid[1, 1], sharey=ax)
    corner = drawn.add_subplot(grid[0, 1])
    mesh = _draw_cells(ax, counts, translate)
    ax.set_xlabel(
        translate("hour of the day ({zone})").format(zone=zone),
        size=drawing.PLAIN,
        color=drawing.INK,
    )
    _draw_sums(above, beside, counts)
    _draw_scale(
        drawn, corner, mesh, int(counts.max()), translate("breaches in an hour of the week")
    )
    days = int(walls.min() // DAY), int(walls.max() // DAY)
    first, last = (
        day_text(date.fromordinal(EPOCH_DAY + day), translate, weekday=False, year=True)
        for day in days
    )
    form = translate.plural(
        "{count} breach, {first} to {last}", "{count} breaches, {first} to {last}", len(walls)
    )
    under = form.format(count=f"{len(walls):,}", first=first, last=last)
    if calendar is not None:
        opened = _open_hours(calendar, *days)
        lines = LineCollection([*_outline(opened)], colors=drawing.INK, linewidths=1.4, zorder=5)
        lines.set(clip_on=False, gid="open-hours")
        ax.add_collection(lines)
        share = counts[opened].sum() / len(walls)
        told = translate("open hours, in which {share} of the breaches fall").format(
            share=f"{share:.1%}"
        )
        drawing.keyed(drawn, [Line2D([], [], color=drawing.INK, linewidth=1.4)], [told])
    drawing.headed(drawn, head, under)
    return drawing.finished(drawn)


def _draw_cells(ax: Axes, counts: Counts, translate: Translator) -> QuadMesh:
    """The week, Monday first, a column for each hour; a count in each cell that has one."""
    drawing.plain(ax)
    shown = np.ma.masked_equal(counts, 0)
    most = int(counts.max())
    mesh = ax.pcolormesh(
        np.arange(25),
        np.arange(8),
        shown,
        cmap=_COLOURS,
        vmin=0,
        vmax=most,
        edgecolors=drawing.PAPER,
        linewidth=1,
    )
    for (day, hour), count in np.ndenumerate(counts.tolist()):
        if count:
            light = count > 0.6 * most
            ax.text(
                hour + 0.5,
                day + 0.5,
                _short(count),
                ha="center",
                va="center",
                size=drawing.TINY,
                color=drawing.PAPER if light else drawing.INK,
            )
    ax.set_facecolor("#f6f6f6")
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


def _short(count: int) -> str:
    """A count that fits into a cell."""
    if count < 10_000:
        return str(count)
    return f"{count / 1000:.0f}k" if count < 10_000_000 else f"{count / 1_000_000:.0f}M"


def _draw_sums(above: Axes, beside: Axes, counts: Counts) -> None:
    """The sums by hour above, and by weekday beside."""
    for ax in (above, beside):
        drawing.plain(ax)
        ax.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    by_hour, by_day = counts.sum(axis=0), counts.sum(axis=1)
    above.bar(np.arange(24) + 0.5, by_hour, 0.86, color=drawing.VERMILLION, alpha=0.75)
    beside.barh(np.arange(7) + 0.5, by_day, 0.8, color=drawing.VERMILLION, alpha=0.75)
    above.set_ylim(0, by_hour.max() * 1.3)
    beside.set_xlim(0, by_day.max() * 1.45)
    above.spines["left"].set_visible(False)
    beside.spines["bottom"].set_visible(False)
    label: dict[str, Any] = {"textcoords": "offset points", "size": 7.0, "color": drawing.INK}
    for hour, count in enumerate(by_hour.tolist()):
        if count:
            above.annotate(_short(count), (hour + 0.5, count), (0, 2), ha="center", **label)
    for day, count in enumerate(by_day.tolist()):
        beside.annotate(f"{count:,}", (count, day + 0.5), (3, 0), va="center", **label)


def _draw_scale(figure: Figure | SubFigure, ax: Axes, mesh: QuadMesh, most: int, told: str) -> None:
    """What the colours mean, in the corner."""
    ax.set_axis_off()
    inner = ax.inset_axes((0.0, 0.28, 0.95, 0.16))
    bar = figure.colorbar(mesh, cax=inner, orientation="horizontal")
    bar.outline.set_visible(False)
    drawing.counted(inner.xaxis, most, ticks=3)
    inner.tick_params(labelsize=drawing.TINY, labelcolor=drawing.INK, length=0)
    ax.text(
        0, 0.56, "\n".join(drawing.wrapped(told, 20)), transform=ax.transAxes, size=drawing.TINY
    )


def _open_hours(calendar: Calendar, first: int, last: int) -> NDArray[np.bool_]:
    """The hours of the week that open in half of the weeks or more, from a day to another."""
    first = max(first, last - 7 * _WEEKS + 1)
    first -= (first + _THURSDAY) % 7
    weeks = (last - first) // 7 + 1
    zone = zone_of(calendar)
    begins, ends = (
        zone.midnight(date.fromordinal(EPOCH_DAY + day)) for day in (first, first + 7 * weeks)
    )
    opened: set[int] = set()
    for opens, closes in calendar.timeline.spans(max(begins, EARLIEST), min(ends, LATEST)):
        reading = zone.reading(opens)
        opened.update(range(reading // HOUR, -((opens - reading - closes) // HOUR)))
    of_week = (np.array(sorted(opened), np.int64) + _THURSDAY * 24) % (7 * 24)
    found: NDArray[np.bool_] = np.bincount(of_week, minlength=7 * 24) * 2 >= weeks
    return found.reshape(7, 24)


def _outline(cells: NDArray[np.bool_]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The lines between cells that are in and cells that are not."""
    padded = np.pad(cells, 1)
    for row, column in np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1]).tolist():
        yield (column, row), (column + 1, row)
    for row, column in np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1]).tolist():
        yield (column, row), (column, row + 1)
