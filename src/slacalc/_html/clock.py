"""Show a clock as HTML: a picture of the ticket's life, the table of its status, and the log.

The picture has a bar for each metric and cycle. In it, the open hours of the target's calendar are
shaded, the time that counted is solid, and pauses are hatched. Due date, limit, stop and breach are
labelled below their bar, and events above all bars.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from slacalc._clock.clock import progress_of
from slacalc._clock.cycles import Phase, pauses_until
from slacalc._clock.events import instant_of
from slacalc._clock.ledger import cycle_stretches, split_by_state
from slacalc._clock.state_machine import describe_pause
from slacalc._clock.status import cycle_of, evaluator_of, result_of
from slacalc._html.markup import (
    AMBER,
    BLUE,
    GREY,
    RED,
    el,
    number_text,
    quiet,
    table,
    title,
    view,
)
from slacalc._html.status import STATES, cycle_name, latest_cycles, status_table
from slacalc._html.svg import (
    LANE,
    PictureLabel,
    TimeAxis,
    bars_path,
    day_text,
    draw_labels,
    hatching_path,
    legend,
    legend_sample,
    place_labels,
    shorten,
    svg_picture,
    svg_text,
    to_pixels,
)
from slacalc._i18n import N_, translator
from slacalc._policy.attributes import value_text
from slacalc._policy.deadlines import describe_coverage
from slacalc._time.instants import DAY, EARLIEST, HOUR, LATEST, MINUTE, to_instant
from slacalc._time.intervals import intersect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from xml.etree import ElementTree as ET

    from slacalc._clock.clock import Clock
    from slacalc._clock.status import CycleStatus
    from slacalc._i18n import Translator
    from slacalc._time.intervals import SpanList

_WIDTH, _LEFT, _RIGHT = 960, 132, 232  # pixels: the picture, and the room beside the bars
_BAR_HEIGHT, _INSET, _GAP, _LEAST_HEIGHT = 22, 5, 14, 40  # pixels; the inset is of counted time
_LONGEST_LABEL = 300  # pixels
_BOLD = 1.2  # the width of bold text, compared with normal text
_LANES = 7  # of labels below each bar, and of events above all
_MOST_BARS, _MOST_EVENTS = 24, 200
_MOST_EVENT_LINES = 60  # more events are not drawn as lines through the bars


class _Bar(NamedTuple):
    """What is drawn of a cycle.

    Args:
        status: The cycle.
        open: The open hours of its calendar.
        counted: The time that counted, by colour.
        pauses: The pauses with their reasons.
        labels: The labels below the bar.
    """

    status: CycleStatus
    open: SpanList
    counted: dict[str, SpanList]
    pauses: list[tuple[int, int, str]]
    labels: list[PictureLabel]


def clock_html(clock: Clock, as_of: int, *, is_last: bool, language: str) -> str:
    """A clock as HTML.

    Args:
        clock: The clock.
        as_of: The instant at which it is shown.
        is_last: Whether that is its last event, since no instant was requested.
        language: The language.
    """
    translate, zone = translator(language), progress_of(clock).zone
    status = clock.status(zone.datetime(as_of))
    opened = translate("opened {at}").format(at=translate.instant(clock.opened_at))
    form = N_("as of its last event, {at}") if is_last and clock.events else N_("as of {at}")
    shown = translate(form).format(at=translate.instant(zone.datetime(as_of)))
    heading = translate("Clock of {policy}").format(policy=clock.policy.name)
    fields = [f"{name} = {_value_text(value)}" for name, value in clock.ticket.items()]
    cycles, notes = latest_cycles(status, translate)
    picture, more_notes = _picture(clock, cycles, as_of, translate)
    return view(
        title(heading),
        quiet(translate("; ").join([opened, shown, zone.name])),
        quiet(translate.listed(fields)) if fields else None,
        quiet(clock.note) if clock.note else None,
        quiet(describe_coverage(status.coverage_note, translate)) if status.coverage_note else None,
        picture,
        _legend(translate),
        *map(quiet, [*notes, *more_notes]),
        status_table(cycles, status.as_of, heading, translate),
        _log(clock, as_of, translate),
        label=heading,
    )


def _value_text(value: object) -> str:
    return value_text(value) if isinstance(value, str | int) else str(value)


# The picture -------------------------------------------------------------------------------------


def _picture(
    clock: Clock, cycles: list[CycleStatus], as_of: int, translate: Translator
) -> tuple[ET.Element, list[str]]:
    """The picture, and notes about what it does not show."""
    progress, notes = progress_of(clock), []
    if len(cycles) > _MOST_BARS:
        form = translate("{count} more bars are not drawn")
        notes.append(form.format(count=len(cycles) - _MOST_BARS))
        cycles = cycles[:_MOST_BARS]
    axis = _axis(clock, cycles, as_of)
    bars = [_bar(cycle, axis, progress.opened, as_of, translate) for cycle in cycles]
    events = _event_labels(clock, axis, as_of)
    now = axis.x(as_of)
    is_last = as_of == progress.last
    above = place_labels(
        events if is_last else [*events, PictureLabel(now, translate("as of"), weight=9)], _LANES
    )
    top = above.depth * LANE + 12.0
    left_out = above.left_out
    y, placed = top + 8, []
    for bar in bars:
        below = place_labels(bar.labels, _LANES)
        left_out += below.left_out
        placed.append((y, bar, below))
        labels_height = below.depth * LANE + 4 if below.depth else 0
        y += max(_BAR_HEIGHT + labels_height, _LEAST_HEIGHT) + _GAP
    bottom = y - 2
    # Lines of events pass through all bars, but not through the labels between them.
    edges = [(top, top + 6), *((y - 4, y + _BAR_HEIGHT + 4) for y, _, _ in placed)]
    xs = {round(event.x): event.x for event in events}.values()  # one for each pixel
    through = edges if len(xs) <= _MOST_EVENT_LINES else edges[:1]
    now_line = _lines([now], edges, "now", stroke_width=1.2, stroke_dasharray="5 3")
    as_of_text = translate.instant(progress.zone.datetime(as_of))
    now_line.append(el("title", translate("as of {at}").format(at=as_of_text)))
    children = [
        *axis.draw(top, bottom, translate),
        *draw_labels(above, top, down=False),
        _lines(xs, through, "events", stroke_opacity=0.45, stroke_dasharray="1 3"),
        now_line,
    ]
    for y, bar, below in placed:
        children += _draw_bar(bar, axis, y, translate)
        children += draw_labels(below, y + _BAR_HEIGHT, down=True)
    if any(len(to_pixels(axis, bar.open)) < len(bar.open) for bar in bars):
        notes.append(translate("Open hours closer together than a pixel are drawn as one stretch."))
    if left_out:
        form = translate("{count} labels did not fit; see the table and the log below")
        notes.append(form.format(count=left_out))
    name = translate("Timeline of the ticket")
    description = "; ".join(_description(cycle, translate) for cycle in cycles)
    return svg_picture(children, _WIDTH, bottom + 14 + LANE + 6, name, description), notes


def _description(cycle: CycleStatus, translate: Translator) -> str:
    """A bar as text, for screen readers."""
    parts = [cycle_name(cycle), translate(STATES[cycle.state][0])]
    if cycle.due is not None:
        parts.append(translate("due {at}").format(at=translate.instant(cycle.due)))
    return translate.listed(part for part in parts if part)


def _axis(clock: Clock, cycles: list[CycleStatus], as_of: int) -> TimeAxis:
    """From the opening, or the first cycle shown, to the last event or due date."""
    first = progress_of(clock).opened
    starts = [at for cycle in cycles if (at := cycle_of(cycle).start) is not None]
    if starts and all(cycle.cycle > 1 for cycle in cycles):
        first = min(starts)
    ends = [first, *(at for at in map(instant_of, clock.events) if at <= as_of)]
    for cycle in cycles:
        instants = (
            cycle.due,
            cycle.limit,
            cycle.due_if_resumed,
            cycle.limit_if_resumed,
            cycle.stopped_at,
        )
        ends += [to_instant(at) for at in instants if at is not None]
        if cycle.is_running or cycle.is_paused or cycle.state == "not started":
            ends.append(as_of)
    last = max(ends)
    if last - first < MINUTE:
        last = first + HOUR
    room = (last - first) // 50
    start, end = max(first - room, EARLIEST), min(last + room, LATEST - 1)
    return TimeAxis(progress_of(clock).zone, start, end, _LEFT, _WIDTH - _RIGHT)


def _bar(
    status: CycleStatus, axis: TimeAxis, opened: int, as_of: int, translate: Translator
) -> _Bar:
    cycle, result = cycle_of(status), result_of(status)
    open_hours = [(axis.start, axis.end)]
    if result.clock.part.by_hours:
        open_hours = result.clock.calendar.timeline.spans(axis.start, axis.end)
    if cycle.start is None:
        return _Bar(status, open_hours, {}, [], [])
    running = [
        (stretch.start, stretch.end)
        for stretch in cycle_stretches(cycle, result, cycle.start)
        if stretch.kind == "running"
    ]
    by_state = split_by_state(intersect(running, open_hours), cycle, result)
    counted = {
        BLUE: by_state["running"],
        AMBER: by_state["late"],
        RED: by_state["breached"],
    }
    end = as_of if cycle.end is None else cycle.end
    # All pauses of the log, also those before a change from which on the time counts.
    pauses = [
        (
            max(pause.start, cycle.start),
            pause.end or end,
            describe_pause(evaluator_of(status), pause.reason, translate),
        )
        for pause in pauses_until(cycle.pauses, end)
    ]
    pauses = [pause for pause in pauses if pause[0] < pause[1]]
    labels = []
    if status.start is not None and cycle.start > opened:
        text = translate("starts {at}").format(at=_instant_text(status.start, axis, translate))
        labels.append(PictureLabel(axis.x(cycle.start), text, weight=1))
    labels += _due_labels(status, axis, translate)
    stopped_at = status.cancelled_at or status.stopped_at
    if cycle.end is not None and stopped_at is not None:
        form = N_("cancelled {at}") if cycle.phase is Phase.CANCELLED else N_("stopped {at}")
        text = translate(form).format(at=_instant_text(stopped_at, axis, translate))
        labels.append(PictureLabel(axis.x(cycle.end), text, weight=8))
    form = translate("pause, {length}: {reason}")
    for start, stop, reason in pauses:
        text = form.format(length=translate.length(stop - start), reason=reason)
        labels.append(_short_label(axis.x(start), text))
    return _Bar(status, open_hours, counted, pauses, labels)


def _due_labels(
    status: CycleStatus, axis: TimeAxis, translate: Translator
) -> Iterator[PictureLabel]:
    """The labels of due date, limit and breach."""
    for at, form, depends in (
        (status.due, N_("due {at}"), False),
        (status.due_if_resumed, N_("due {at} if resumed"), True),
        (status.limit, N_("limit {at}"), False),
        (status.limit_if_resumed, N_("limit {at} if resumed"), True),
    ):
        if at is not None:
            text = translate(form).format(at=_instant_text(at, axis, translate))
            yield PictureLabel(axis.x(to_instant(at)), text, is_dashed=depends, weight=9)
    breached_at = status.breached_at
    if breached_at is not None:
        text = translate("breached")
        if breached_at not in (status.due, status.limit):
            at_text = _instant_text(breached_at, axis, translate)
            text = translate("breached {at}").format(at=at_text)
        yield PictureLabel(axis.x(to_instant(breached_at)), text, weight=9)


def _event_labels(clock: Clock, axis: TimeAxis, as_of: int) -> list[PictureLabel]:
    """The labels of the events so far; events of one instant have one label."""
    opened, labels = progress_of(clock).opened, list[PictureLabel]()
    if opened >= axis.start and all(event.type != "created" for event in clock.events):
        labels.append(PictureLabel(axis.x(opened), "created", weight=3))
    for instant, events in groupby(clock.events, key=instant_of):
        if axis.start <= instant <= as_of:
            texts = []
            for event in events:
                fields = [f"{name}={_value_text(value)}" for name, value in event.fields.items()]
                texts.append(" ".join([event.type, *fields]))
            labels.append(_short_label(axis.x(instant), ", ".join(texts)))
    return labels


def _short_label(x: float, text: str) -> PictureLabel:
    """A label whose text may have any length, cut so that it ends within the picture."""
    return PictureLabel(x, shorten(text, min(_LONGEST_LABEL, _WIDTH - x - 12)), weight=2)


def _instant_text(at: datetime, axis: TimeAxis, translate: Translator) -> str:
    """An instant in the zone of the axis, without its year; on a long axis only its date."""
    at = axis.zone.datetime(to_instant(at))
    if axis.end - axis.start > 300 * DAY:
        return f"{at:%Y-%m-%d}"
    time = f"{at:%H:%M:%S}" if at.second or at.microsecond else f"{at:%H:%M}"
    return translate("{date} {time}").format(date=day_text(at.date(), translate), time=time)


def _lines(
    xs: Iterable[float], edges: list[tuple[float, float]], cls: str, **more: float | str
) -> ET.Element:
    """Vertical lines, each in several parts with the given upper and lower edges."""
    path = "".join(
        f"M{number_text(x)} {number_text(top)}V{number_text(bottom)}"
        for x in xs
        for top, bottom in edges
    )
    return el("path", d=path, stroke="currentColor", fill="none", cls=cls, **more)


def _draw_bar(bar: _Bar, axis: TimeAxis, y: float, translate: Translator) -> Iterator[ET.Element]:
    """Draw a bar with its name and state on the left."""
    status, room = bar.status, _LEFT - 12
    name = cycle_name(status)
    state, colour = STATES[status.state]
    yield el("g", el("title", name), svg_text(0, y + 12, shorten(name, room / _BOLD), weight=600))
    yield el("circle", cx=4, cy=y + 24, r=4, fill=colour)
    yield svg_text(14, y + 28, shorten(translate(state), room - 14))
    yield el(
        "rect",
        x=axis.left,
        y=y,
        width=axis.right - axis.left,
        height=_BAR_HEIGHT,
        fill="currentColor",
        fill_opacity="0.05",
    )
    open_hours = bars_path(to_pixels(axis, bar.open), y, _BAR_HEIGHT)
    yield el("path", d=open_hours, fill=GREY, fill_opacity="0.32", cls="open")
    for fill, spans in bar.counted.items():
        if spans:
            counted = bars_path(to_pixels(axis, spans), y + _INSET, _BAR_HEIGHT - 2 * _INSET)
            yield el("path", d=counted, fill=fill, cls="counted")
    if bar.pauses:
        pauses = to_pixels(axis, [(start, end) for start, end, _ in bar.pauses])
        shapes, lines = bars_path(pauses, y, _BAR_HEIGHT), hatching_path(pauses, y, _BAR_HEIGHT)
        yield el("path", d=shapes, fill=AMBER, fill_opacity="0.16", stroke=AMBER, cls="pauses")
        yield el("path", d=lines, stroke="currentColor", stroke_opacity=0.7)
    yield from _draw_marks(status, axis, y)


def _draw_marks(status: CycleStatus, axis: TimeAxis, y: float) -> Iterator[ET.Element]:
    """Draw a line at the due date, two at the limit, a cross at the breach, a dot at the stop."""
    path = ""
    due, limit = status.due or status.due_if_resumed, status.limit or status.limit_if_resumed
    for at, offsets in ((due, (0.0,)), (limit, (-1.5, 1.5))):
        if at is not None:
            x = axis.x(to_instant(at))
            for offset in offsets:
                path += f"M{number_text(x + offset)} {number_text(y - 3)}"
                path += f"V{number_text(y + _BAR_HEIGHT)}"
    if path:
        yield el("path", d=path, stroke="currentColor", stroke_width=1.6, cls="bounds")
    middle = y + _BAR_HEIGHT / 2
    cycle, breached_at = cycle_of(status), result_of(status).breached_at
    if cycle.start is not None and breached_at is not None:
        x = axis.x(breached_at)
        arms = (
            f"M{number_text(x + dx)} {number_text(middle - 5)}"
            f"L{number_text(x - dx)} {number_text(middle + 5)}"
            for dx in (-5, 5)
        )
        yield el("path", d="".join(arms), stroke=RED, stroke_width=3, cls="breach")
    if cycle.start is not None and cycle.end is not None:
        yield el("circle", cx=axis.x(cycle.end), cy=middle, r=4.5, fill="currentColor", cls="stop")


def _legend(translate: Translator) -> ET.Element:
    return legend(
        (
            (legend_sample(GREY, 0.32), translate("open hours of the metric's calendar")),
            (legend_sample(BLUE), translate("counted")),
            (legend_sample(AMBER), translate("counted past due")),
            (legend_sample(RED), translate("counted after the breach")),
            (legend_sample(AMBER, 0.16, is_hatched=True), translate("pause")),
        )
    )


def _log(clock: Clock, as_of: int, translate: Translator) -> ET.Element | None:
    """The events so far, folded."""
    events = [event for event in clock.events if instant_of(event) <= as_of]
    if not events:
        return None
    show = progress_of(clock).zone.datetime
    rows = []
    for event in events[-_MOST_EVENTS:]:
        at = translate.instant(show(instant_of(event)), "%z")
        fields = [f"{name} = {_value_text(value)}" for name, value in event.fields.items()]
        rows.append([at, event.type, translate.listed(fields)])
    form = translate.plural("{count} event", "{count} events", len(events))
    summary = form.format(count=len(events))
    if len(events) > _MOST_EVENTS:
        summary += translate("; the last {count} are listed").format(count=_MOST_EVENTS)
    headings = [translate("at"), translate("event"), translate("fields")]
    listed = table(headings, rows, caption=summary, is_titled=True, classes=["time"])
    return el("details", el("summary", summary), listed)
