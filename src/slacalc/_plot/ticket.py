"""The life of one ticket as a picture: a row for each metric, from the opening to the last bound.

A row is read from the ledger of its clock, so the bar is as long as what it elapsed: thick where
time counts, hatched where it rests, a thread where the calendar is closed. Behind it the open hours
of the calendar that counts are shaded, also those to come. Bounds and stops are marks, and what
they are in words stands at the end of the row, where it runs into nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from slacalc._clock.clock import progress_of
from slacalc._clock.events import CREATED, instant_of
from slacalc._clock.status import result_of
from slacalc._i18n import N_, translator
from slacalc._plot import figure as drawing
from slacalc._plot.time_axis import at_text, number, timed
from slacalc._time.instants import EARLIEST, HOUR, LATEST, to_instant, to_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    import pendulum
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from slacalc._clock.clock import Clock
    from slacalc._clock.status import CycleStatus
    from slacalc._i18n import Translator

_WIDTH = 12.5  # inches
_ROW, _HEAD, _LANE = 0.62, 1.6, 0.2  # inches: a row, what is around them, a line of events
_BAR, _BEHIND = 0.34, 0.86  # heights, of a row
_LANES = 4
_THREAD = 0.045
_BESIDE = 4.0  # inches to the left and right of the axes, or so
_OPEN = "#e9eff6"


def ticket_picture(
    clock: Clock, as_of: datetime | str, *, language: str, title: str | None, figure: Any
) -> Figure:
    """Draw the life of a ticket as of an instant."""
    translate = translator(language)
    status = clock.status(as_of)
    now, opened, zone = to_instant(as_of), to_instant(clock.opened_at), progress_of(clock).zone
    cycles = {name: status.cycles(name) for name in status}
    first, last = _window(opened, now, [one for several in cycles.values() for one in several])
    events = [(opened, translate("created")), *_events(clock, now)]
    lanes = _lanes(events, first, last)
    above = _LANE * (2 + max(lanes.values(), default=0))
    below = _ROW * max(len(cycles), 1)
    drawn = drawing.begun(figure, (_WIDTH, _HEAD + above + below))
    top, ax = drawn.subplots(2, 1, sharex=True, height_ratios=[above, below])
    drawing.plain(ax)
    timed(ax, zone, first, last, translate)
    seen: set[str] = set()
    for row, name in enumerate(cycles):
        seen |= _draw_row(ax, row, _Row(clock, name, cycles[name], now), first, last)
    _draw_words(ax, cycles, translate)
    _draw_events(top, events, lanes)
    ax.axvline(number(now), color=drawing.INK, linewidth=1, linestyle=_NOW, zorder=4)
    told = title or translate("The course of a ticket")
    under = translate("{policy}: opened {opened}, as of {now} ({zone})").format(
        policy=drawing.tidy(clock.policy.title or clock.policy.name),
        opened=at_text(zone, opened, translate),
        now=at_text(zone, now, translate),
        zone=zone.name,
    )
    left = sum(1 for _, told in events if told) - len(lanes)
    if left:
        under += translate("; events not named: {count}").format(count=left)
    drawing.headed(drawn, told, under)
    drawing.keyed(drawn, *_legend(seen, translate))
    return drawing.finished(drawn)


def _window(opened: int, now: int, cycles: Sequence[CycleStatus]) -> tuple[int, int]:
    """From when to when the picture goes, with a little room at both ends."""
    ends = [opened, now]
    for one in cycles:
        bounds = (one.due, one.limit, one.due_if_resumed, one.stopped_at, one.breached_at)
        ends += [to_instant(at) for at in bounds if at is not None]
    first, last = min(ends), max(ends)
    room = max((last - first) // 50, HOUR // 4)
    return first - room, last + room


# Events -------------------------------------------------------------------------------------------


def _events(clock: Clock, now: int) -> Iterator[tuple[int, str]]:
    """What happened so far, by name; changes by what they changed, which may be nothing."""
    known = dict(clock.ticket)
    for event in clock.events:
        if instant_of(event) <= now and event.type != CREATED:
            new = {name: one for name, one in event.fields.items() if known.get(name) != one}
            fields = ", ".join(f"{name}={value}" for name, value in new.items())
            told = fields if event.type == "changed" else event.type
            yield instant_of(event), told and drawing.tidy(told, 28)
        known |= event.fields


def _lanes(events: Sequence[tuple[int, str]], first: int, last: int) -> dict[int, int]:
    """In which line the words of each event stand, so that nothing covers them.

    Words stand to the right of a stem. Later ones stand lower, so that no stem runs through words;
    those that find no line are left out.
    """
    families, _ = drawing.families(told for _, told in events)
    scale = (_WIDTH - _BESIDE) * 72 / (last - first)  # points of a microsecond
    free = [float("inf")] * _LANES  # up to where each line is free
    found: dict[int, int] = {}
    for place, (at, told) in reversed([*enumerate(events)]):
        if not told:
            continue
        left = at * scale
        right = left + drawing.width_of(told, drawing.TINY, families) + 12
        lowest = next((lane for lane, until in enumerate(free) if right <= until), None)
        if lowest is not None:
            found[place] = lowest
            # Whatever stands in a lower line begins to the right of this stem; what comes yet
            # lies to its left, and may not run through it.
            free[: lowest + 1] = [min(until, left - 3) for until in free[: lowest + 1]]
    return found


def _draw_events(ax: Axes, events: Sequence[tuple[int, str]], lanes: dict[int, int]) -> None:
    ax.set_axis_off()
    ax.set_ylim(-0.35, max(lanes.values(), default=0) + 1.65)
    xs = [number(at) for at, _ in events]
    sizes = [16 if told else 6 for _, told in events]
    ax.scatter(xs, [0.0] * len(xs), s=sizes, color=drawing.INK, zorder=5, clip_on=False)
    for place, lane in lanes.items():
        at, told = events[place]
        ax.plot([number(at)] * 2, [0, lane + 1.2], color=drawing.FAINT, linewidth=0.8)
        text = ax.annotate(
            told,
            (number(at), lane + 1),
            (4, 0),
            textcoords="offset points",
            va="center",
            size=drawing.TINY,
            color=drawing.INK,
            annotation_clip=False,
        )
        text.set_in_layout(False)  # it may run on over the words beside the rows


# Rows ---------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """What a row shows: a metric of a clock, its cycles, as of an instant."""

    clock: Clock
    metric: str
    cycles: tuple[CycleStatus, ...]
    now: int


def _draw_row(ax: Axes, place: int, row: _Row, first: int, last: int) -> set[str]:
    """Draw a row, and tell what of the legend it shows."""
    seen: set[str] = set()

    def bars(kind: str, pieces: Iterable[tuple[int, int]], height: float, **looks: Any) -> None:
        spans = [(number(start), number(end) - number(start)) for start, end in pieces]
        if spans:
            seen.add(kind)
            ax.broken_barh(spans, (place - height / 2, height), **looks)

    measure = result_of(row.cycles[-1]).measure
    if measure.name:
        spans = measure.calendar.timeline.spans(max(first, EARLIEST), min(last, LATEST))
        bars("open", spans, _BEHIND, facecolor=_OPEN, zorder=1, gid=f"open-{row.metric}")
    pieces = _pieces(row)
    for kind, look in _BARS.items():
        height = _THREAD if kind in ("closed", "before") else _BAR
        bars(kind, pieces.get(kind, ()), height, **look, zorder=3, gid=f"{kind}-{row.metric}")
    for cycle in row.cycles:
        seen |= _draw_marks(ax, place, cycle)
    return seen


def _pieces(row: _Row) -> dict[str, list[tuple[int, int]]]:
    """The stretches of a metric's life by how they look."""
    found: dict[str, list[tuple[int, int]]] = {}
    for one in row.clock.ledger(row.metric, to_utc(row.now)):
        start, end = to_instant(one.start), to_instant(one.end)
        if one.kind == "running":
            for kind, begins, ends in _by_bounds(row.cycles, start, end):
                found.setdefault(kind, []).append((begins, ends))
        elif one.kind in ("before-start", "before-change"):
            found.setdefault("before", []).append((start, end))
        elif one.kind == "paused":
            found.setdefault("paused", []).append((start, end))
        elif one.kind != "after-stop":
            found.setdefault("closed", []).append((start, end))
    return found


def _by_bounds(
    cycles: Sequence[CycleStatus], start: int, end: int
) -> Iterator[tuple[str, int, int]]:
    """A running stretch, cut at the due and the limit of its cycle."""
    inside = [one for one in cycles if one.start is not None and to_instant(one.start) <= start]
    due, limit = None, None
    if inside:
        due, limit = inside[-1].due, inside[-1].limit or inside[-1].limit_if_resumed
    edges = [end if at is None else to_instant(at) for at in (due, limit or due)]
    for kind, edge in zip(("running", "late", "breached"), [*edges, end], strict=True):
        until = min(max(edge, start), end)
        if start < until:
            yield kind, start, until
            start = until


def _draw_marks(ax: Axes, place: int, cycle: CycleStatus) -> set[str]:
    """Draw the bounds of a cycle and its end."""
    seen: set[str] = set()
    for kind, style in _BOUNDS.items():
        at = getattr(cycle, kind)
        if at is not None:
            seen.add(kind)
            x, half = number(to_instant(at)), _BEHIND / 2
            ax.vlines(x, place - half, place + half, color=drawing.INK, linestyle=style, zorder=5)
    for kind, look in _MARKS.items():
        at = getattr(cycle, kind)
        if at is not None:
            seen.add(kind)
            ax.plot(number(to_instant(at)), place, **look, linestyle="none", zorder=6)
    return seen


def _draw_words(
    ax: Axes, cycles: dict[str, tuple[CycleStatus, ...]], translate: Translator
) -> None:
    """Name the rows, and say at their ends where they stand."""
    ax.set_ylim(len(cycles) - 0.5, -0.5)
    ax.set_yticks(range(len(cycles)), [drawing.tidy(name, 24) for name in cycles])
    ax.tick_params(axis="y", length=0, labelsize=drawing.PLAIN)
    ax.spines["left"].set_visible(False)
    for row, several in enumerate(cycles.values()):
        ax.text(
            1.012,
            row,
            "\n".join(_told(several[-1], translate)),
            transform=ax.get_yaxis_transform(),
            va="center",
            size=drawing.SMALL,
            color=drawing.INK,
            linespacing=1.35,
        )


def _told(cycle: CycleStatus, translate: Translator) -> Iterator[str]:
    """Where a cycle stands, in two lines."""
    verdict = result_of(cycle)
    zone = verdict.measure.zone

    def at(instant: pendulum.DateTime) -> str:
        return at_text(zone, to_instant(instant), translate, year=False)

    state = translate(cycle.state)
    if cycle.cycle > 1:
        state = translate("{state} (cycle {number})").format(state=state, number=cycle.cycle)
    if cycle.is_paused and cycle.pause_reasons:
        reasons = drawing.tidy("; ".join(cycle.pause_reasons), 40)
        state = translate("{state}: {reasons}").format(state=state, reasons=reasons)
    if verdict.total is not None and cycle.start is not None:
        used, total = (
            translate.length(one, has_days=False) for one in (verdict.elapsed, verdict.total)
        )
        state = translate("{state}, {used} of {total} used").format(
            state=state, used=used, total=total
        )
    yield state
    if cycle.due is not None:
        yield translate("due {at}").format(at=at(cycle.due))
    elif cycle.due_if_resumed is not None:
        yield translate("due {at} if resumed now").format(at=at(cycle.due_if_resumed))


_STATES = (
    N_("not started"),
    N_("running"),
    N_("paused"),
    N_("late"),
    N_("breached"),
    N_("met"),
    N_("cancelled"),
    N_("not covered"),
    N_("no target"),
)

# Legend -------------------------------------------------------------------------------------------

_NOW = (0, (5, 2))
_BARS: dict[str, dict[str, Any]] = {
    "running": {"facecolor": drawing.BLUE},
    "late": {"facecolor": drawing.ORANGE},
    "breached": {
        "facecolor": drawing.VERMILLION,
        "hatch": "\\\\\\",
        "edgecolor": "#ffffff80",
        "linewidth": 0,
    },
    "paused": {
        "facecolor": drawing.PAPER,
        "hatch": drawing.HATCH,
        "edgecolor": drawing.FAINT,
        "linewidth": 0.8,
    },
    "closed": {"facecolor": "#8a8a8a"},
    "before": {"facecolor": "#c9c9c9"},
}
_BOUNDS: dict[str, Any] = {
    "due": "solid",
    "limit": (0, (3, 1.5)),
    "due_if_resumed": (0, (1, 1)),
}
_MARKS: dict[str, dict[str, Any]] = {
    "stopped_at": {"marker": "o", "color": drawing.PAPER, "markeredgecolor": drawing.INK},
    "cancelled_at": {"marker": "s", "color": drawing.PAPER, "markeredgecolor": drawing.INK},
    "breached_at": {
        "marker": "X",
        "markersize": 9,
        "color": drawing.VERMILLION,
        "markeredgecolor": drawing.PAPER,
    },
}
_WORDS = {
    "open": N_("open hours"),
    "running": N_("time that counts"),
    "late": N_("past due"),
    "breached": N_("past the last bound"),
    "paused": N_("paused"),
    "closed": N_("closed"),
    "before": N_("before it starts"),
    "due": N_("due"),
    "limit": N_("limit"),
    "due_if_resumed": N_("due if resumed now"),
    "stopped_at": N_("stopped"),
    "cancelled_at": N_("cancelled"),
    "breached_at": N_("breached"),
}


def _legend(seen: set[str], translate: Translator) -> tuple[list[Artist], list[str]]:
    """What the looks mean that occur."""
    handles: list[Artist] = []
    for kind in _WORDS:
        if kind not in seen:
            continue
        if kind == "open":
            handles.append(drawing.swatch(_OPEN, edge="#c8d2df"))
        elif kind in ("closed", "before"):
            handles.append(Line2D([], [], color=_BARS[kind]["facecolor"], linewidth=2))
        elif kind in _BARS:
            handles.append(Patch(**_BARS[kind]))
        elif kind in _BOUNDS:
            handles.append(Line2D([], [], color=drawing.INK, linestyle=_BOUNDS[kind]))
        else:
            handles.append(Line2D([], [], **_MARKS[kind], linestyle="none"))
    labels = [translate(told) for kind, told in _WORDS.items() if kind in seen]
    return [*handles, Line2D([], [], color=drawing.INK, linewidth=1, linestyle=_NOW)], [
        *labels,
        translate("as of"),
    ]
