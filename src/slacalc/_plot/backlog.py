"""Draw how many tickets were open over time, by the time that was left until they were due.

A ticket is open from its start to its stop. Before its due date it passes through *bands*: due
later, due within three days, within one day, overdue. Each of these passages is an instant that is
computed from columns, so counting takes a few sorted look-ups, however many tickets there are.

To the right of *as_of* the figure goes on for the tickets that are open then, as if none of them
were stopped: it shows which of them become overdue, and when.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from slacalc._calendar.calendar import check_calendar
from slacalc._columns.kernel import MISSING
from slacalc._i18n import translator
from slacalc._plot.data import MetricColumns
from slacalc._plot.figure import (
    HATCH,
    MEDIUM,
    WIDTH,
    add_legend,
    add_title,
    finish_figure,
    open_empty_figure,
    open_figure,
    room_of,
    set_count_ticks,
    style_axes,
    to_one_line,
)
from slacalc._plot.palette import palette_of
from slacalc._plot.time_axis import date_number, instant_text, set_time_axis
from slacalc._report.answers import DECIDED, OPEN
from slacalc._time.durations import to_work
from slacalc._time.instants import DAY, EARLIEST, HOUR, LATEST, to_instant, zone
from slacalc.bulk import subtract
from slacalc.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from matplotlib.figure import Figure, SubFigure

    from slacalc._calendar.calendar import Calendar
    from slacalc._columns.arithmetic import Integers
    from slacalc._i18n import Translator
    from slacalc._plot.palette import Palette

_SIZE = (WIDTH, 4.8)  # inches
_MOST_SAMPLES = 500
_STEPS = (HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, *(n * DAY for n in (1, 2, 7, 14, 28, 56)))
_NEVER = LATEST + DAY  # the stop of tickets that are still open
_MOST_BANDS = 6
_DASHED = (0, (5, 2))


class _OpenTickets(NamedTuple):
    """Tickets that were open at some time up to *as_of*.

    Args:
        start: When they were opened.
        stop: When they were stopped; `_NEVER` for those that are still open.
        due: When they are due; `MISSING` if that is unknown, as while they are paused.
    """

    start: Integers
    stop: Integers
    due: Integers


def backlog(
    answer: Any,
    metric: str,
    as_of: datetime | str,
    *,
    since: datetime | str | None = None,
    bands: Iterable[timedelta | str] = ("24h", "72h", "168h"),
    calendar: Calendar | None = None,
    time_zone: str | None = None,
    naive: str | None = None,
    columns: Mapping[str, str] | None = None,
    language: str = "en",
    dark: bool | None = None,
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw how many tickets were open over time, by the time left until they are due.

    Args:
        answer: The result of `bulk.evaluate` or `bulk.replay`.
        metric: The metric.
        as_of: The instant of that result.
        since: Where the figure begins. Default: at the first ticket.
        bands: The times left that separate the bands, in growing order.
        calendar: A calendar on which the bands are working time. Default: they are elapsed time.
        time_zone: The time zone of the dates on the axis. Default: that of *calendar*, or of the
            due dates.
        naive: The time zone in which naive instants were read.
        columns: Names of columns that differ from the usual ones. `bulk.evaluate` does not repeat
            when tickets were stopped, so its result needs ``{"stopped_at": "closed"}``, and
            ``{"created": "opened_at"}`` if the creation times are called otherwise.
        language, dark: As for `calendar`.
        title: Replaces the default title.
        figure: As for `calendar`.

    Returns:
        The figure: the number of tickets that were open at each time, from their start to their
        stop, by band. To the right of *as_of*, open tickets go on as if none of them were stopped,
        which shows what will be overdue when. Due dates are those of the result, also for times
        before a promise changed. Cancelled tickets and those without a target do not count.

    Raises:
        ColumnError, NaiveDatetimeError: The table is not such a result, or lacks a column.
        UnknownMetricError: The table does not have the metric.
        ReportError: The bands do not grow, or *since* is not before *as_of*.

    Example:
        >>> from slacalc import bulk, plot, presets
        >>> tickets = {
        ...     "created": ["2024-09-13T16:00:00+08:00"] * 2,
        ...     "arrived": ["2024-09-14T10:00:00+08:00", None],
        ...     "channel": ["on-site"] * 2,
        ...     "tier": ["gold"] * 2,
        ... }
        >>> as_of = "2024-09-20T09:00:00+08:00"
        >>> answer = bulk.evaluate(presets.load("kingdee-diexun"), tickets, as_of)
        >>> figure = plot.backlog(answer, "arrival", as_of, columns={"stopped_at": "arrived"})
        >>> print(figure.axes[0].get_ylabel())
        open tickets
    """
    check_calendar(calendar, or_none=True)
    translate = translator(language)
    lengths = _lengths(bands)
    now = to_instant(as_of)
    begin = None if since is None else to_instant(since)
    if begin is not None and begin >= now:
        msg = f"since={since!r} is not before as_of={as_of!r}: nothing lies between them"
        raise ReportError(msg, argument="since", given=since)
    table = MetricColumns(answer, metric, columns, naive=naive)
    tickets = _open_tickets(table, now)
    clock = zone(time_zone or (calendar.time_zone if calendar else table.zone_name("due")))
    title = title or translate("{metric}: open tickets by time until due").format(
        metric=to_one_line(metric)
    )
    if not len(tickets.start):
        message = translate("no ticket was open")
        return finish_figure(open_empty_figure(figure, _SIZE, title, message, dark))
    canvas = open_figure(figure, _SIZE, dark)
    colors = palette_of(canvas)
    ax = canvas.subplots()
    style_axes(ax, grid="y")
    first, last = _window(tickets, begin, now, lengths)
    times = _times(clock.midnight(clock.date(first)) if begin is None else first, now, last)
    end, present = int(times[-1]), int(np.searchsorted(times, now))
    room = (room_of(canvas, WIDTH) - 0.9) * 72
    set_time_axis(ax, clock, int(times[0]), end, translate, room=room)
    layers = _layers(tickets, times, lengths, calendar)
    looks = _looks(colors, len(lengths))
    names = _layer_names(lengths, translate, in_hours=calendar is not None)
    handles: list[Any] = []
    labels: list[str] = []
    xs = [date_number(at) for at in times.tolist()]
    bottom = np.zeros(len(times), np.int64)
    for layer, look, name in zip(layers, looks, names, strict=True):
        if layer.any():
            top = bottom + layer
            ax.fill_between(xs, bottom, top, step="post", **look, gid=f"band-{name}")
            handles.append(Patch(**look))
            labels.append(translate("{kind}: {name}").format(kind=name, name=f"{layer[present]:,}"))
            bottom = top
    most = int(bottom.max())
    ax.step(xs, bottom, where="post", color=colors.ink, linewidth=0.8)  # some bands are pale
    ax.axvspan(
        date_number(now), date_number(end), color=colors.paper, alpha=0.45, linewidth=0, zorder=2.5
    )
    ax.axvline(date_number(now), color=colors.ink, linewidth=1, linestyle=_DASHED, zorder=4)
    ax.set_ylim(0, max(most * 1.06, 1))
    set_count_ticks(ax.yaxis, most)
    ax.set_ylabel(translate("open tickets"), size=MEDIUM, color=colors.ink)
    subtitle = translate("{open} open as of {now} ({zone}), {overdue} of them overdue").format(
        open=f"{bottom[present]:,}",
        now=instant_text(clock, now, translate),
        zone=clock.name,
        overdue=f"{layers[0][present]:,}",
    )
    add_title(
        canvas,
        title,
        subtitle + (translate("; bands in working time") if calendar is not None else ""),
    )
    handles += [
        Line2D([], [], color=colors.ink, linewidth=1, linestyle=_DASHED),
        Patch(facecolor=colors.quiet, edgecolor=colors.pale, linewidth=0.6),
    ]
    labels += [translate("as of"), translate("if none are stopped")]
    add_legend(canvas, handles, labels)
    return finish_figure(canvas)


def _lengths(bands: Iterable[Any]) -> list[int]:
    """The bands in microseconds.

    Raises:
        ReportError: They do not grow, or there are none or too many.
        WorkError: One is not a length.
    """
    texts = [bands] if isinstance(bands, str) else list(bands)
    lengths = [to_work(band) for band in texts]
    grows = all(shorter < longer for shorter, longer in pairwise([0, *lengths]))
    if not lengths or not grows or len(lengths) > _MOST_BANDS:
        msg = (
            f"bands={texts!r} must be one to {_MOST_BANDS} lengths in growing order, "
            "such as ('24h', '72h')"
        )
        raise ReportError(msg, argument="bands", given=texts)
    return lengths


def _open_tickets(table: MetricColumns, now: int) -> _OpenTickets:
    start, stop, due = (table.instants(role) for role in ("created", "stopped_at", "due"))
    chosen = table.has_state((*OPEN, *DECIDED)) & (start != MISSING) & (start <= now)
    start, stop, due = start[chosen], stop[chosen], due[chosen]
    return _OpenTickets(start, np.where((stop == MISSING) | (stop > now), _NEVER, stop), due)


def _window(
    tickets: _OpenTickets, begin: int | None, now: int, lengths: Sequence[int]
) -> tuple[int, int]:
    """The first and the last instant of the figure, which ends when open tickets are due."""
    first = int(tickets.start.min()) if begin is None else begin
    first = min(first, now - HOUR)
    dues_ahead = tickets.due[(tickets.stop == _NEVER) & (tickets.due > now)]
    most_ahead = max(2 * lengths[-1], (now - first) // 4)
    last = min(int(dues_ahead.max(initial=now)), now + most_ahead)
    return max(first, EARLIEST), min(max(last, now + lengths[-1]), LATEST - 1)


def _times(first: int, now: int, last: int) -> Integers:
    """The instants at which tickets are counted, *now* among them."""
    step = next((step for step in _STEPS if (last - first) // step < _MOST_SAMPLES), _STEPS[-1])
    times: Integers = np.unique(np.append(np.arange(first, last + step, step), now))
    return times


def _layers(
    tickets: _OpenTickets, times: Integers, lengths: Sequence[int], calendar: Calendar | None
) -> list[Integers]:
    """Count the open tickets at each time: overdue, in each band, later, and without a due date."""

    def count(entered: Integers, stop: Integers) -> Integers:
        """The number of tickets that have entered and not stopped, at each time."""
        stays = entered < stop
        steps = np.zeros(len(times) + 1, np.int64)
        for instants, sign in ((entered[stays], 1), (stop[stays], -1)):
            places = np.searchsorted(times, instants, "left")
            steps += sign * np.bincount(places, minlength=len(steps))
        counts: Integers = np.cumsum(steps)[:-1]
        return counts

    has_due = tickets.due != MISSING
    start, stop, due = (column[has_due] for column in tickets)
    passages = [due + 1]  # a ticket is overdue strictly after its due date
    for length in lengths:
        if calendar is None:
            passages.append(due - length)
        else:
            earlier = subtract(calendar, due.view("datetime64[us]"), np.timedelta64(length, "us"))
            passages.append(earlier.view(np.int64))
    # Each count includes those before it: overdue, due within a day, due within three days, all.
    totals = [count(np.maximum(start, passage), stop) for passage in passages]
    totals.append(count(start, stop))
    bands = [totals[0], *(outer - inner for inner, outer in pairwise(totals))]
    return [*bands, count(tickets.start[~has_due], tickets.stop[~has_due])]


def _looks(colors: Palette, bands: int) -> list[dict[str, Any]]:
    """The looks of the layers."""
    # Fewer bands leave out the last colours, and the farthest band has one of the stronger ones.
    hues = (*colors.bands[:bands], colors.bands[max(bands, 3)])
    return [
        colors.alarm,
        *({"facecolor": hue, "linewidth": 0} for hue in hues),
        {"facecolor": colors.paper, "hatch": HATCH, "edgecolor": colors.line, "linewidth": 0},
    ]


def _layer_names(lengths: Sequence[int], translate: Translator, *, in_hours: bool) -> list[str]:
    # A day of working time differs from calendar to calendar, so bands of it are given in hours.
    texts = [
        translate("{number}h").format(number=f"{length / HOUR:g}")
        if in_hours and length >= HOUR
        else translate.length(length)
        for length in lengths
    ]
    return [
        translate("overdue"),
        translate("due within {length}").format(length=texts[0]),
        *(translate("within {length}").format(length=text) for text in texts[1:]),
        translate("due later"),
        translate("no due date yet"),
    ]
