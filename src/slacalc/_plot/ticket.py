"""Draw the timeline of one ticket: a row for each metric, from the opening to the last due date.

The bar of a row shows the stretches of its metric, as the ledger does: thick where time counts,
hatched while paused, a thin line where the calendar is closed. Behind it, the open hours of the
target's calendar are shaded, future ones too. Due dates and stops are marks; the text at the end of
a row repeats them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from slacalc._clock.clock import check_clock, progress_of
from slacalc._clock.events import CREATED, instant_of
from slacalc._clock.ledger import split_by_state, stretches
from slacalc._clock.state_machine import describe_pause
from slacalc._clock.status import cycle_of, evaluator_of, result_of
from slacalc._i18n import N_, translator
from slacalc._plot.figure import (
    HATCH,
    MEDIUM,
    SMALL,
    TINY,
    WIDTH,
    add_legend,
    add_title,
    finish_figure,
    font_families,
    legend_box,
    open_figure,
    room_of,
    style_axes,
    text_width,
    to_labels,
    to_one_line,
    widest,
)
from slacalc._plot.palette import palette_of
from slacalc._plot.time_axis import date_number, instant_text, set_time_axis
from slacalc._time.instants import EARLIEST, HOUR, LATEST, to_instant
from slacalc._time.intervals import subtract

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from slacalc._clock.clock import Clock
    from slacalc._clock.status import CycleStatus
    from slacalc._i18n import Translator
    from slacalc._time.intervals import SpanList

_ROW_HEIGHT, _REST_HEIGHT, _LANE_HEIGHT = 0.62, 1.6, 0.2  # inches; a lane is a line of event names
_BAR, _BACKGROUND, _LINE = 0.34, 0.86, 0.045  # heights of what is drawn in a row of height 1
_LANES = 4
_DASHED = (0, (5, 2))

_SPANS = ("running", "late", "breached", "paused", "closed", "before")
_DUE_LINES: dict[str, Any] = {
    "due": "solid",
    "limit": (0, (3, 1.5)),
    "due_if_resumed": (0, (1, 1)),
}
_LEGEND = {
    "open": N_("open hours"),
    "running": N_("time that counts"),
    "late": N_("past due"),
    "breached": N_("after the breach"),
    "paused": N_("paused"),
    "closed": N_("closed"),
    "before": N_("before the start"),
    "due": N_("due"),
    "limit": N_("limit"),
    "due_if_resumed": N_("due if resumed now"),
    "stopped_at": N_("stopped"),
    "cancelled_at": N_("cancelled"),
    "breached_at": N_("breached"),
}


class _Looks(NamedTuple):
    """How the stretches and the instants of a ticket look."""

    bars: dict[str, dict[str, Any]]
    marks: dict[str, dict[str, Any]]


def _looks(part: Axes | Figure | SubFigure) -> _Looks:
    colors = palette_of(part)
    stop: dict[str, Any] = {"color": colors.paper, "markeredgecolor": colors.ink}
    bars: dict[str, dict[str, Any]] = {
        "running": {"facecolor": colors.blue},
        "late": {"facecolor": colors.orange},
        "breached": colors.alarm,
        "paused": {
            "facecolor": colors.paper,
            "hatch": HATCH,
            "edgecolor": colors.faint,
            "linewidth": 0.8,
        },
        "closed": {"facecolor": colors.line},
        "before": {"facecolor": colors.before},
    }
    marks = {
        "stopped_at": {"marker": "o", **stop},
        "cancelled_at": {"marker": "s", **stop},
        "breached_at": {
            "marker": "X",
            "markersize": 9,
            "color": colors.vermillion,
            "markeredgecolor": colors.paper,
        },
    }
    return _Looks(bars, marks)


def ticket(
    clock: Clock,
    as_of: datetime | str,
    *,
    language: str = "en",
    dark: bool | None = None,
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw the timeline of a ticket: a row for each metric, with pauses, due dates and stops.

    Args:
        clock: The ticket's clock.
        as_of: The instant at which the ticket is shown; later events are ignored.
        language, dark: As for `calendar`.
        title: Replaces the default title; for example, the ticket's number.
        figure: As for `calendar`.

    Returns:
        The figure. In each row, the open hours of the target's calendar are shaded. The bar is the
        time that counts, hatched while paused, a thin line where the calendar is closed, and in
        another colour past the due date and after a breach. Marks show the due date, the limit and
        the stop; the text at the end of a row is that of `Clock.status`.

    Raises:
        ClockError: *as_of* is before the opening of the ticket.

    Example:
        >>> from slacalc import Event, plot, presets
        >>> policy = presets.load("kingdee-diexun")
        >>> order = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
        >>> clock = policy.open(order, "2024-09-13T16:00:00+08:00")
        >>> clock = clock.apply(Event("2024-09-14T10:00:00+08:00", "arrived"))
        >>> figure = plot.ticket(clock, "2024-09-14T12:00:00+08:00")
        >>> print(len(figure.axes))
        2
    """
    check_clock(clock)
    translate = translator(language)
    status = clock.status(as_of)
    now, opened, zone = to_instant(as_of), to_instant(clock.opened_at), progress_of(clock).zone
    cycles = {metric: status.cycles(metric) for metric in status}
    first, last = _window(opened, now, [cycle for row in cycles.values() for cycle in row])
    events = [(opened, translate("created")), *_named_events(clock, now)]
    names = to_labels(cycles, 24)
    states = ["\n".join(_state_lines(row[-1], translate)) for row in cycles.values()]
    beside = widest(states, SMALL) + 16
    room = room_of(figure, WIDTH) * 72 - widest(names, MEDIUM) - beside - 20  # of the axes
    last = _end_of_names(events, first, last, room, room + beside)
    lanes = _lanes(events, first, last, room)
    above = _LANE_HEIGHT * (2 + max(lanes.values(), default=0))
    below = _ROW_HEIGHT * max(len(cycles), 1)
    canvas = open_figure(figure, (WIDTH, _REST_HEIGHT + above + below), dark)
    top, ax = canvas.subplots(2, 1, sharex=True, height_ratios=[above, below])
    style_axes(ax)
    set_time_axis(ax, zone, first, last, translate, room=room)
    drawn: set[str] = set()
    for row, (metric, of_metric) in enumerate(cycles.items()):
        target = result_of(of_metric[-1]).clock
        spans = _spans(of_metric, opened, now)
        if target.name:
            timeline = target.calendar.timeline
            spans["open"] = timeline.spans(max(first, EARLIEST), min(last, LATEST))
        drawn |= _draw_row(ax, row, metric, of_metric, spans)
    _draw_texts(ax, names, states)
    _draw_events(top, events, lanes)
    ax.axvline(date_number(now), color=palette_of(ax).ink, linewidth=1, linestyle=_DASHED, zorder=4)
    subtitle = translate("{policy}: opened {opened}, as of {now} ({zone})").format(
        policy=to_one_line(clock.policy.title or clock.policy.name),
        opened=instant_text(zone, opened, translate),
        now=instant_text(zone, now, translate),
        zone=zone.name,
    )
    unlabelled = sum(1 for _, name in events if name) - len(lanes)
    if unlabelled:
        subtitle += translate("; events without a label: {count}").format(count=unlabelled)
    add_title(canvas, title or translate("Timeline of a ticket"), subtitle)
    _add_legend(canvas, drawn, translate)
    return finish_figure(canvas)


def _window(opened: int, now: int, cycles: Sequence[CycleStatus]) -> tuple[int, int]:
    """The first and the last instant of the figure, with a little room at both ends."""
    ends = [opened, now]
    for cycle in cycles:
        instants = (
            cycle.due,
            cycle.limit,
            cycle.due_if_resumed,
            cycle.stopped_at,
            cycle.breached_at,
        )
        ends += [to_instant(at) for at in instants if at is not None]
    first, last = min(ends), max(ends)
    room = max((last - first) // 50, HOUR // 4)
    return first - room, last + room


# Events -------------------------------------------------------------------------------------------


def _named_events(clock: Clock, now: int) -> Iterator[tuple[int, str]]:
    """The events so far, with their names.

    A name lists the fields that changed; that of a change is empty if none did.
    """
    known = dict(clock.ticket)
    for event in clock.events:
        at = instant_of(event)
        if at <= now and event.type != CREATED:
            name = event.type
            if name == "changed":
                name = ""
            changed = (
                to_one_line(f"{field}={value}", 40)
                for field, value in event.fields.items()
                if known.get(field) != value
            )
            yield at, ", ".join(filter(None, (name and to_one_line(name, 28), *changed)))
        known |= event.fields


def _end_of_names(
    events: Sequence[tuple[int, str]], first: int, last: int, room: float, whole: float
) -> int:
    """The end of the axes, later if the names of the last events would else leave the figure.

    Args:
        events: The events with their names.
        first, last: The first instant of the axes, and the last one without names.
        room: The width of the axes, in points.
        whole: That of the axes and the texts beside them.
    """
    for at, name in events:
        free = max(whole - widest([name], TINY) - 8, room / 4)
        last = max(last, first + math.ceil((at - first) * room / free))
    return min(last, LATEST - 1)


def _lanes(events: Sequence[tuple[int, str]], first: int, last: int, room: float) -> dict[int, int]:
    """The lane of each event's name, so that nothing covers it; names without room have none.

    A name stands to the right of its stem. Later names stand lower, so no stem crosses a name.
    """
    families, _ = font_families(name for _, name in events)
    scale = room / (last - first)  # points per microsecond
    free = [float("inf")] * _LANES  # each lane is free to the left of this
    lanes: dict[int, int] = {}
    for place, (at, name) in reversed([*enumerate(events)]):
        if not name:
            continue
        left = at * scale
        right = left + text_width(name, TINY, families) + 12
        lowest = next((lane for lane, until in enumerate(free) if right <= until), None)
        if lowest is not None:
            lanes[place] = lowest
            # This stem passes through the lower lanes; the names of earlier events, which come
            # next, must end to its left.
            free[: lowest + 1] = [min(until, left - 3) for until in free[: lowest + 1]]
    return lanes


def _draw_events(ax: Axes, events: Sequence[tuple[int, str]], lanes: dict[int, int]) -> None:
    colors = palette_of(ax)
    ax.set_axis_off()
    ax.set_ylim(-0.35, max(lanes.values(), default=0) + 1.65)
    xs = [date_number(at) for at, _ in events]
    sizes = [16 if name else 6 for _, name in events]
    ax.scatter(xs, [0.0] * len(xs), s=sizes, color=colors.ink, zorder=5, clip_on=False)
    for place, lane in lanes.items():
        at, name = events[place]
        ax.plot([date_number(at)] * 2, [0, lane + 1.2], color=colors.faint, linewidth=0.8)
        text = ax.annotate(
            name,
            (date_number(at), lane + 1),
            (4, 0),
            textcoords="offset points",
            va="center",
            size=TINY,
            color=colors.ink,
            annotation_clip=False,
        )
        text.set_in_layout(False)  # it may run on above the texts beside the rows


# Rows ---------------------------------------------------------------------------------------------


def _draw_row(
    ax: Axes,
    row: int,
    metric: str,
    cycles: Sequence[CycleStatus],
    spans: dict[str, SpanList],
) -> set[str]:
    """Draw a metric, and return the keys of `_LEGEND` that it needs."""
    drawn: set[str] = set()
    colors, looks = palette_of(ax), _looks(ax)

    def draw(kind: str, parts: SpanList, height: float, **look: Any) -> None:
        bars = [(date_number(start), date_number(end) - date_number(start)) for start, end in parts]
        if bars:
            drawn.add(kind)
            ax.broken_barh(bars, (row - height / 2, height), gid=f"{kind}-{metric}", **look)

    draw("open", spans.get("open", []), _BACKGROUND, facecolor=colors.open_hours, zorder=1)
    for kind, look in looks.bars.items():
        height = _LINE if kind in ("closed", "before") else _BAR
        draw(kind, spans[kind], height, **look, zorder=3)
    for cycle in cycles:
        for kind, style in _DUE_LINES.items():
            at = getattr(cycle, kind)
            if at is not None:
                drawn.add(kind)
                x, half = date_number(to_instant(at)), _BACKGROUND / 2
                ax.vlines(x, row - half, row + half, color=colors.ink, linestyle=style, zorder=5)
        for kind, look in looks.marks.items():
            at = getattr(cycle, kind)
            if at is not None:
                drawn.add(kind)
                ax.plot(date_number(to_instant(at)), row, **look, linestyle="none", zorder=6)
    return drawn


def _draw_texts(ax: Axes, names: Sequence[str], states: Sequence[str]) -> None:
    """Write the names of the metrics before the rows, and their states behind them."""
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0, labelsize=MEDIUM)
    ax.spines["left"].set_visible(False)
    for row, state in enumerate(states):
        ax.text(
            1.012,
            row,
            state,
            transform=ax.get_yaxis_transform(),
            va="center",
            size=SMALL,
            color=palette_of(ax).ink,
            linespacing=1.35,
        )


def _spans(cycles: Sequence[CycleStatus], opened: int, now: int) -> dict[str, SpanList]:
    """The spans of a metric's life by what is drawn for them."""
    spans: dict[str, SpanList] = {kind: [] for kind in _SPANS}
    results = [(cycle_of(cycle), result_of(cycle)) for cycle in cycles]
    by_number = {cycle.number: (cycle, result) for cycle, result in results}
    for stretch in stretches(results, opened, now):
        whole = [(stretch.start, stretch.end)]
        if stretch.kind in ("before-start", "before-change"):
            spans["before"] += whole
        elif stretch.kind != "after-stop":
            counted = stretch.open_spans()
            spans["closed"] += subtract(whole, counted)
            if stretch.kind == "paused":
                spans["paused"] += counted
            else:
                for state, parts in split_by_state(counted, *by_number[stretch.cycle]).items():
                    spans[state] += parts
    return spans


def _state_lines(cycle: CycleStatus, translate: Translator) -> Iterator[str]:
    """The state of a cycle and its due date, in two lines."""
    result = result_of(cycle)
    state = translate(cycle.state)
    if cycle.cycle > 1:
        state = translate("{state} (cycle {number})").format(state=state, number=cycle.cycle)
    if cycle.is_paused and cycle.pause_reasons:
        evaluator = evaluator_of(cycle)
        described = (describe_pause(evaluator, why, translate) for why in cycle.pause_reasons)
        reasons = to_one_line(translate("; ").join(described), 40)
        state = translate("{state}: {reasons}").format(state=state, reasons=reasons)
    if result.total is not None and cycle.start is not None:
        used = translate.length(result.elapsed, has_days=False)
        total = translate.length(result.total, has_days=False)
        form = translate("{state}, {used} of {total} used")
        state = form.format(state=state, used=used, total=total)
    yield state
    due, form = cycle.due, translate("due {at}")
    if due is None:
        due, form = cycle.due_if_resumed, translate("due {at} if resumed now")
    if due is not None:
        zone = result.clock.zone  # that of the target, as in `Clock.status`
        yield form.format(at=instant_text(zone, to_instant(due), translate, year=False))


def _add_legend(figure: Figure | SubFigure, drawn: set[str], translate: Translator) -> None:
    colors, looks = palette_of(figure), _looks(figure)
    handles: list[Any] = []
    labels: list[str] = []
    for kind, text in _LEGEND.items():
        if kind not in drawn:
            continue
        labels.append(translate(text))
        if kind == "open":
            handles.append(legend_box(colors.open_hours, edge=colors.line))
        elif kind in ("closed", "before"):
            handles.append(Line2D([], [], color=looks.bars[kind]["facecolor"], linewidth=2))
        elif kind in looks.bars:
            handles.append(Patch(**looks.bars[kind]))
        elif kind in _DUE_LINES:
            handles.append(Line2D([], [], color=colors.ink, linestyle=_DUE_LINES[kind]))
        else:
            handles.append(Line2D([], [], **looks.marks[kind], linestyle="none"))
    handles.append(Line2D([], [], color=colors.ink, linewidth=1, linestyle=_DASHED))
    add_legend(figure, handles, [*labels, translate("as of")])
