"""A clock as a picture: the life of a ticket as bars over time, one for each metric and cycle.

The open hours of each metric's own calendar are shaded, what counted of them is solid, rests are
hatched; due, limit, stop and breach stand below their bar, events above all bars. A table below
says the same in words and figures, and the log is there to unfold.

This module stands above `_clock`, which imports it when a clock is to be shown: it is handed the
clock, and knows its class by type alone.
"""

from __future__ import annotations

from itertools import groupby, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._clock.clock import progress_of
from slacalc._clock.cycles import Phase, pauses_until
from slacalc._clock.events import instant_of
from slacalc._clock.status import cycle_of, result_of
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
from slacalc._html.status import STATES, latest_cycles, status_table
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
from slacalc._time.intervals import clip, intersect, normalise, subtract

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from xml.etree import ElementTree as ET

    from slacalc._clock.clock import Clock
    from slacalc._clock.status import CycleStatus, Status
    from slacalc._i18n import Translator
    from slacalc._time.intervals import SpanList

_WIDTH, _GUTTER, _MARGIN = 960, 132, 232  # pixels: all of it, left of the bars, right of them
_BOLD = 1.2  # how much wider a name in bold is
_LONGEST = 300  # pixels that a label may take
_BAR, _INSET, _GAP, _LEAST = 22, 5, 14, 40  # heights
_LANES, _EVENT_LANES = 7, 7
_ROWS, _EVENTS = 24, 200  # the most that are drawn, or listed
_LINES = 60  # how many events at most are drawn through all bars


class _Bar(NamedTuple):
    """What is drawn of a cycle."""

    status: CycleStatus
    open: SpanList
    counted: dict[str, SpanList]
    rests: list[tuple[int, int, str]]
    marks: list[PictureLabel]
    crosses: list[int]
    stop: int | None


def clock_html(clock: Clock, as_of: int, *, is_last: bool, language: str) -> str:
    """A clock as HTML.

    Args:
        clock: The clock.
        as_of: The instant at which it is shown.
        is_last: Whether that is its last event because nobody asked for another one.
        language: The language.
    """
    translate, zone = translator(language), progress_of(clock).zone
    status = clock.status(zone.datetime(as_of))
    opened = translate("opened {at}").format(at=translate.instant(clock.opened_at))
    now = N_("as of its last event, {at}") if is_last and clock.events else N_("as of {at}")
    shown = translate(now).format(at=translate.instant(zone.datetime(as_of)))
    heading = translate("Clock of {policy}").format(policy=clock.policy.name)
    drawing, notes = _drawn(clock, status, as_of, translate)
    return view(
        title(heading),
        quiet(translate("; ").join([opened, shown, zone.name])),
        _ticket(clock.ticket, translate),
        quiet(clock.note) if clock.note else None,
        quiet(describe_coverage(status.coverage_note, translate)) if status.coverage_note else None,
        drawing,
        _legend(translate),
        *(quiet(note) for note in notes),
        status_table(status, translate),
        _log(clock, as_of, translate),
        label=heading,
    )


def _ticket(ticket: Any, translate: Translator) -> ET.Element | None:
    values = [f"{name} = {_plain(value)}" for name, value in ticket.items()]
    return quiet(translate.listed(values)) if values else None


def _plain(value: object) -> str:
    return value_text(value) if isinstance(value, str | int) else str(value)


# The picture -------------------------------------------------------------------------------------


def _drawn(
    clock: Clock, status: Status, as_of: int, translate: Translator
) -> tuple[ET.Element, list[str]]:
    """The picture, and what is to be known of it."""
    zone = progress_of(clock).zone
    shown, notes = latest_cycles(status, translate)
    if len(shown) > _ROWS:
        notes.append(translate("{count} more bars are not drawn").format(count=len(shown) - _ROWS))
    opened = progress_of(clock).opened
    axis = _axis(clock, shown[:_ROWS], as_of)
    bars_ = [_bar(one, axis, opened, as_of, translate) for one in shown[:_ROWS]]
    events = _event_marks(clock, axis, as_of)
    named = (
        []
        if as_of == progress_of(clock).last
        else [PictureLabel(axis.x(as_of), translate("as of"), weight=9)]
    )
    above = place_labels([*events, *named], _EVENT_LANES)
    left_out = above.left_out

    top = above.depth * LANE + 12.0
    children: list[ET.Element] = []
    y, places = top + 8, []
    for bar in bars_:
        lanes = place_labels(bar.marks, _LANES)
        left_out += lanes.left_out
        places.append((y, bar, lanes))
        y += max(_BAR + (lanes.depth * LANE + 4 if lanes.depth else 0), _LEAST) + _GAP
    bottom = y - 2
    children += axis.draw(top, bottom, translate)
    children += draw_labels(above, top, down=False)
    edges = [(top, top + 6), *((place - 4, place + _BAR + 4) for place, _, _ in places)]
    xs = {round(mark.x): mark.x for mark in events}.values()  # those of one pixel as one
    through = edges if len(xs) <= _LINES else edges[:1]
    children.append(_lines(xs, through, "events", stroke_opacity=0.45, stroke_dasharray="1 3"))
    now = _lines([axis.x(as_of)], edges, "now", stroke_width=1.2, stroke_dasharray="5 3")
    now.append(
        el("title", translate("as of {at}").format(at=translate.instant(zone.datetime(as_of))))
    )
    children.append(now)
    for place, bar, lanes in places:
        children += _bar_drawn(bar, axis, place, translate)
        children += draw_labels(lanes, place + _BAR, down=True)
    if any(len(to_pixels(axis, bar.open)) < len(bar.open) for bar in bars_):
        notes.append(translate("Open hours closer together than a pixel are drawn as one stretch."))
    if left_out:
        text = N_("{count} labels found no room; all events and pauses are told below")
        notes.append(translate(text).format(count=left_out))
    name = translate("The life of the ticket over time")
    told = "; ".join(map(_in_words, shown[:_ROWS], repeat(translate)))
    return svg_picture(children, _WIDTH, bottom + 14 + LANE + 6, name, told), notes


def _in_words(one: CycleStatus, translate: Translator) -> str:
    """A bar for those who hear it."""
    due = None if one.due is None else translate("due {at}").format(at=translate.instant(one.due))
    name = one.metric + (f" ({one.cycle})" if one.cycle > 1 else "")
    return translate.listed(part for part in (name, translate(STATES[one.state][0]), due) if part)


def _axis(clock: Clock, shown: list[CycleStatus], as_of: int) -> TimeAxis:
    """Time from the opening on, or from the first cycle shown, while anything happens or is due."""
    opened = progress_of(clock).opened
    starts = [at for one in shown if (at := cycle_of(one).start) is not None]
    if starts and all(one.cycle > 1 for one in shown):
        opened = min(starts)
    ends = [opened, *(at for at in map(instant_of, clock.events) if at <= as_of)]
    for one in shown:
        moments = [one.due, one.limit, one.due_if_resumed, one.limit_if_resumed, one.stopped_at]
        ends += [to_instant(at) for at in moments if at is not None]
        if one.is_running or one.is_paused or one.state == "not started":
            ends.append(as_of)
    last = max(ends)
    last = last if last - opened >= MINUTE else opened + HOUR
    room = (last - opened) // 50
    start, end = max(opened - room, EARLIEST), min(last + room, LATEST - 1)
    return TimeAxis(progress_of(clock).zone, start, end, _GUTTER, _WIDTH - _MARGIN)


def _bar(
    status: CycleStatus, axis: TimeAxis, opened: int, as_of: int, translate: Translator
) -> _Bar:
    """What is to be drawn of a cycle."""
    cycle, verdict = cycle_of(status), result_of(status)
    whole = [(axis.start, axis.end)]
    open_ = whole
    if verdict.clock.part.by_hours:
        open_ = verdict.clock.calendar.timeline.spans(axis.start, axis.end)
    if cycle.start is None:
        return _Bar(status, open_, {}, [], [], [], None)
    end = as_of if cycle.end is None else cycle.end
    counted_from = cycle.periods[-1].counted_from
    resting = [
        (max(one.start, cycle.start), one.end or end, one.reason)
        for one in pauses_until(cycle.pauses, end)
    ]
    resting = [one for one in resting if one[0] < one[1]]
    ran = subtract(clip(whole, counted_from, end), normalise(rest[:2] for rest in resting))
    counted = intersect(ran, open_)
    parts = {BLUE: counted}
    marks, crosses = [], list[int]()
    if status.start is not None and cycle.start > opened:
        begun = translate("starts {at}").format(at=_at(status.start, axis, translate))
        marks.append(PictureLabel(axis.x(cycle.start), begun, weight=1))
    if verdict.due_dates is not None:
        due, limit = verdict.due_dates.due, verdict.due_dates.limit
        ends_at = axis.end + 1
        first = ends_at if status.is_paused and due.moves_with_pause else due.at
        last = ends_at if status.is_paused and limit.moves_with_pause else max(limit.at, first)
        parts = {
            BLUE: clip(counted, axis.start, first),
            AMBER: clip(counted, first, last),
            RED: clip(counted, last, ends_at),
        }
    marks += _bounds(status, axis, translate)
    if verdict.breached_at is not None:
        crosses.append(verdict.breached_at)
    if cycle.end is not None:
        ended = N_("cancelled {at}") if cycle.phase is Phase.CANCELLED else N_("stopped {at}")
        at = status.cancelled_at or status.stopped_at
        if at is not None:
            told = translate(ended).format(at=_at(at, axis, translate))
            marks.append(PictureLabel(axis.x(cycle.end), told, weight=8))
    for start, stop, reason in resting:
        form = translate("pause, {length}: {reason}")
        text = form.format(length=translate.length(stop - start), reason=reason)
        marks.append(_mark(axis.x(start), text, weight=2))
    return _Bar(status, open_, parts, resting, marks, crosses, cycle.end)


def _bounds(status: CycleStatus, axis: TimeAxis, translate: Translator) -> Iterator[PictureLabel]:
    """The names of due, limit and breach."""
    for at, form, depends in (
        (status.due, N_("due {at}"), False),
        (status.due_if_resumed, N_("due {at} if resumed"), True),
        (status.limit, N_("limit {at}"), False),
        (status.limit_if_resumed, N_("limit {at} if resumed"), True),
    ):
        if at is not None:
            yield PictureLabel(
                axis.x(to_instant(at)),
                translate(form).format(at=_at(at, axis, translate)),
                depends,
                9,
            )
    if status.breached_at is not None:
        told = translate("breached")
        if status.breached_at not in (status.due, status.limit):
            told = translate("breached {at}").format(at=_at(status.breached_at, axis, translate))
        yield PictureLabel(axis.x(to_instant(status.breached_at)), told, weight=9)


def _event_marks(clock: Clock, axis: TimeAxis, as_of: int) -> list[PictureLabel]:
    """The events up to an instant, those of one instant together."""
    opened, marks = progress_of(clock).opened, list[PictureLabel]()
    if opened >= axis.start and all(one.type != "created" for one in clock.events):
        marks.append(PictureLabel(axis.x(opened), "created", weight=3))
    for instant, group in groupby(clock.events, key=instant_of):
        if axis.start <= instant <= as_of:
            told = ", ".join(
                " ".join(
                    [one.type, *(f"{name}={_plain(value)}" for name, value in one.fields.items())]
                )
                for one in group
            )
            marks.append(_mark(axis.x(instant), told, weight=2))
    return marks


def _mark(x: float, text: str, weight: int) -> PictureLabel:
    """A mark whose words, which may be of any length, end before the picture does."""
    return PictureLabel(x, shorten(text, min(_LONGEST, _WIDTH - x - 12)), weight=weight)


def _at(at: datetime, axis: TimeAxis, translate: Translator) -> str:
    """An instant in the zone of the axis: without its year, which stands above, or its time."""
    at = axis.zone.datetime(to_instant(at))
    if axis.end - axis.start > 300 * DAY:
        return f"{at:%Y-%m-%d}"
    time = f"{at:%H:%M:%S}" if at.second or at.microsecond else f"{at:%H:%M}"
    return translate("{date} {time}").format(date=day_text(at.date(), translate), time=time)


def _lines(
    xs: Iterable[float], edges: list[tuple[float, float]], cls: str, **more: float | str
) -> ET.Element:
    """Lines through all bars, which leave out the labels between them."""
    path = "".join(
        f"M{number_text(x)} {number_text(top)}V{number_text(bottom)}"
        for x in xs
        for top, bottom in edges
    )
    return el("path", d=path, stroke="currentColor", fill="none", cls=cls, **more)


def _bar_drawn(bar: _Bar, axis: TimeAxis, y: float, translate: Translator) -> Iterator[ET.Element]:
    """A bar at its height, with its name on the left."""
    status, room = bar.status, _GUTTER - 12
    name = status.metric + (f" ({status.cycle})" if status.cycle > 1 else "")
    state, colour = STATES[status.state]
    yield el("g", el("title", name), svg_text(0, y + 12, shorten(name, room / _BOLD), weight=600))
    yield el("circle", cx=4, cy=y + 24, r=4, fill=colour)
    yield svg_text(14, y + 28, shorten(translate(state), room - 14))
    whole = axis.right - axis.left
    yield el(
        "rect", x=axis.left, y=y, width=whole, height=_BAR, fill="currentColor", fill_opacity="0.05"
    )
    yield el(
        "path",
        d=bars_path(to_pixels(axis, bar.open), y, _BAR),
        fill=GREY,
        fill_opacity="0.32",
        cls="open",
    )
    for fill, spans in bar.counted.items():
        if spans:
            inner = bars_path(to_pixels(axis, spans), y + _INSET, _BAR - 2 * _INSET)
            yield el("path", d=inner, fill=fill, cls="counted")
    if bar.rests:
        rests = to_pixels(axis, [rest[:2] for rest in bar.rests])
        shapes = bars_path(rests, y, _BAR)
        yield el("path", d=shapes, fill=AMBER, fill_opacity="0.16", stroke=AMBER, cls="pauses")
        yield el("path", d=hatching_path(rests, y, _BAR), stroke="currentColor", stroke_opacity=0.7)
    yield from _signs(bar, axis, y)


def _signs(bar: _Bar, axis: TimeAxis, y: float) -> Iterator[ET.Element]:
    """The due as a line through the bar, the limit as two, the breach as a cross, the stop."""
    status, lines = bar.status, ""
    for at, twice in (
        (status.due or status.due_if_resumed, False),
        (status.limit or status.limit_if_resumed, True),
    ):
        if at is not None:
            x = axis.x(to_instant(at))
            for one in (x - 1.5, x + 1.5) if twice else (x,):
                lines += f"M{number_text(one)} {number_text(y - 3)}V{number_text(y + _BAR)}"
    if lines:
        yield el("path", d=lines, stroke="currentColor", stroke_width=1.6, cls="bounds")
    middle = y + _BAR / 2
    for instant in bar.crosses:
        x = axis.x(instant)
        arms = (
            f"M{number_text(x + dx)} {number_text(middle - 5)}"
            f"L{number_text(x - dx)} {number_text(middle + 5)}"
            for dx in (-5, 5)
        )
        yield el("path", d="".join(arms), stroke=RED, stroke_width=3, cls="breach")
    if bar.stop is not None:
        yield el("circle", cx=axis.x(bar.stop), cy=middle, r=4.5, fill="currentColor", cls="stop")


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
    """The events, to be unfolded."""
    log = [one for one in clock.events if instant_of(one) <= as_of]
    if not log:
        return None
    show = progress_of(clock).zone.datetime
    rows = [
        [
            translate.instant(show(instant_of(one)), "%z"),
            one.type,
            translate.listed(f"{name} = {_plain(value)}" for name, value in one.fields.items()),
        ]
        for one in log[-_EVENTS:]
    ]
    count = translate.plural("{count} event", "{count} events", len(log)).format(count=len(log))
    if len(log) > _EVENTS:
        count += translate(", of which the last {count} are listed").format(count=_EVENTS)
    heads = [translate("at"), translate("event"), translate("fields")]
    return el("details", el("summary", count), table(heads, rows, classes=["time"]))
