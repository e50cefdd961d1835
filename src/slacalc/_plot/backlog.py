"""The backlog over time: how many tickets were open, and how near their dues were.

A ticket is open from its start to its stop. On the way to its due it passes through *bands*: due
later, due within three days, within one, overdue. Each of its passages is an instant that columns
tell, so the picture is a few differences of sorted columns, whatever the number of tickets.

To the right of the present the same bands go on for the tickets that are open now, as if none of
them were stopped: what will be overdue when, and hence what has to be done by when.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from slacalc._columns.kernel import MISSING
from slacalc._i18n import translator
from slacalc._plot import figure as drawing
from slacalc._plot.data import Shown
from slacalc._plot.time_axis import at_text, number, timed
from slacalc._report.answers import DECIDED, OPEN
from slacalc._time.durations import to_work
from slacalc._time.instants import DAY, EARLIEST, HOUR, LATEST, to_instant, zone
from slacalc.bulk import subtract
from slacalc.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from slacalc._calendar.calendar import Calendar
    from slacalc._columns.arithmetic import Integers
    from slacalc._i18n import Translator

_SIZE = (11.5, 5.4)
_SAMPLES = 500
_STEPS = (HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, *(n * DAY for n in (1, 2, 7, 14, 28, 56)))
_FAR = LATEST + DAY  # when tickets stop that have not
_OVERDUE: dict[str, Any] = {
    "facecolor": drawing.VERMILLION,
    "hatch": "\\\\\\",
    "edgecolor": "#ffffff80",
}
_UNKNOWN: dict[str, Any] = {"facecolor": "#ffffff", "hatch": "////", "edgecolor": "#9a9a9a"}
# From the nearest band to the farthest; with fewer bands, the last ones are left out.
_BANDS = ("#e69f00", "#f3cf73", "#9ed0ee", "#56b4e9", "#2b83ba", "#0b4f7d", "#08304f")
_NOW = (0, (5, 2))


class _Open(NamedTuple):
    """Tickets that were open at some time.

    Args:
        start, stop: From when until when; `_FAR` for those that still are.
        due: When they are due; `MISSING` where nobody knows, as while they are paused.
    """

    start: Integers
    stop: Integers
    due: Integers


def backlog_picture(
    answer: Any,
    metric: str,
    as_of: datetime | str,
    *,
    since: datetime | str | None,
    bands: Iterable[Any],
    calendar: Calendar | None,
    time_zone: str | None,
    naive: str | None,
    columns: Mapping[str, str] | None,
    language: str,
    title: str | None,
    figure: Any,
) -> Figure:
    """Draw the backlog over time."""
    translate = translator(language)
    lengths = _lengths(bands)
    now = to_instant(as_of)
    begin = None if since is None else to_instant(since)
    if begin is not None and begin >= now:
        msg = f"since={since!r} is not before as_of={as_of!r}: nothing lies between them"
        raise ReportError(msg, argument="since", given=since)
    shown = Shown(answer, metric, columns, naive=naive)
    tickets = _opened(shown, now)
    at = zone(time_zone or (calendar.time_zone if calendar else shown.zone_name("due")))
    drawn = drawing.begun(figure, _SIZE)
    ax = drawn.subplots()
    drawing.plain(ax, grid="y")
    head = title or translate("{metric}: open tickets by how near their due is").format(
        metric=drawing.tidy(metric)
    )
    if not len(tickets.start):
        drawing.nothing(ax, translate("no ticket was open"))
        drawing.headed(drawn, head, "")
        return drawing.finished(drawn)
    first, last = _window(tickets, begin, now, lengths)
    times = _times(at.midnight(at.date(first)) if begin is None else first, now, last)
    layers = _layers(tickets, times, lengths, calendar)
    timed(ax, at, int(times[0]), int(times[-1]), translate)
    looks = [_OVERDUE, *({"facecolor": one} for one in _shades(len(lengths) + 1)), _UNKNOWN]
    names = _names(lengths, translate, in_hours=calendar is not None)
    present = int(np.searchsorted(times, now))
    handles: list[Any] = []
    labels: list[str] = []
    bottom = np.zeros(len(times), np.int64)
    xs = [number(one) for one in times.tolist()]
    for layer, look, name in zip(layers, looks, names, strict=True):
        if layer.any():
            ax.fill_between(
                xs, bottom, bottom + layer, step="post", **look, linewidth=0, gid=f"band-{name}"
            )
            handles.append(Patch(**look, linewidth=0))
            labels.append(translate("{kind}: {name}").format(kind=name, name=f"{layer[present]:,}"))
            bottom += layer
    _finish(ax, now, int(times[-1]), int(bottom.max()))
    ax.set_ylabel(translate("open tickets"), size=drawing.PLAIN, color=drawing.INK)
    overdue, open_now = int(layers[0][present]), int(bottom[present])
    under = translate("{open} open as of {now} ({zone}), {overdue} of them overdue").format(
        open=f"{open_now:,}",
        now=at_text(at, now, translate),
        zone=at.name,
        overdue=f"{overdue:,}",
    )
    if calendar is not None:
        under += translate("; distances in working time")
    drawing.headed(drawn, head, under)
    handles += [
        Line2D([], [], color=drawing.INK, linewidth=1, linestyle=_NOW),
        Patch(facecolor="#f4f4f4", edgecolor="#d0d0d0", linewidth=0.6),
    ]
    labels += [translate("as of"), translate("if none is stopped")]
    drawing.keyed(drawn, handles, labels)
    return drawing.finished(drawn)


def _lengths(bands: Iterable[Any]) -> list[int]:
    """The bands as lengths, which grow.

    Raises:
        ReportError: They do not, or there are none, or too many.
        WorkError: One is no length.
    """
    given = [bands] if isinstance(bands, str) else list(bands)
    lengths = [to_work(one) for one in given]
    grows = all(one < other for one, other in pairwise([0, *lengths]))
    if not lengths or not grows or len(lengths) >= len(_BANDS):
        msg = (
            f"bands={given!r} are not lengths that grow, from one to {len(_BANDS) - 1} of them: "
            "give ('24h', '72h') or the like"
        )
        raise ReportError(msg, argument="bands", given=given)
    return lengths


def _opened(shown: Shown, now: int) -> _Open:
    """The tickets that were open at some time up to an instant."""
    start, stop, due = (shown.instants(word) for word in ("created", "stopped_at", "due"))
    chosen = shown.among((*OPEN, *DECIDED)) & (start != MISSING) & (start <= now)
    start, stop, due = start[chosen], stop[chosen], due[chosen]
    return _Open(start, np.where((stop == MISSING) | (stop > now), _FAR, stop), due)


def _window(tickets: _Open, begin: int | None, now: int, lengths: Sequence[int]) -> tuple[int, int]:
    """From when to when the picture goes: as far ahead as dues matter."""
    first = int(tickets.start.min()) if begin is None else begin
    first = min(first, now - HOUR)
    waiting = tickets.due[(tickets.stop == _FAR) & (tickets.due > now)]
    ahead = max(2 * lengths[-1], (now - first) // 4)
    last = min(int(waiting.max(initial=now)), now + ahead)
    return max(first, EARLIEST), min(max(last, now + lengths[-1]), LATEST - 1)


def _times(first: int, now: int, last: int) -> Integers:
    """The instants at which tickets are counted; the present is one of them."""
    step = next((one for one in _STEPS if (last - first) // one < _SAMPLES), _STEPS[-1])
    found: Integers = np.unique(np.append(np.arange(first, last + step, step), now))
    return found


def _layers(
    tickets: _Open, times: Integers, lengths: Sequence[int], calendar: Calendar | None
) -> list[Integers]:
    """How many tickets are overdue at each time, in each band, and open without a due."""

    def so_many(entered: Integers, stop: Integers) -> Integers:
        """How many have entered and not stopped yet, at each time."""
        some = entered < stop
        steps = np.zeros(len(times) + 1, np.int64)
        for instants, sign in ((entered[some], 1), (stop[some], -1)):
            places = np.searchsorted(times, instants, "left")
            steps += sign * np.bincount(places, minlength=len(steps))
        answer: Integers = np.cumsum(steps)[:-1]
        return answer

    known = tickets.due != MISSING
    start, stop, due = (column[known] for column in tickets)
    passages = [due + 1]  # overdue is what is strictly past its due
    for length in lengths:
        if calendar is None:
            passages.append(due - length)
        else:
            earlier = subtract(calendar, due.view("datetime64[us]"), np.timedelta64(length, "us"))
            passages.append(earlier.view(np.int64))
    levels = [so_many(np.maximum(start, one), stop) for one in passages]
    levels.append(so_many(start, stop))
    bands = [levels[0], *(outer - inner for inner, outer in pairwise(levels))]
    return [*bands, so_many(tickets.start[~known], tickets.stop[~known])]


def _shades(count: int) -> list[str]:
    """The colours of the bands, the farthest one always of the same family."""
    return [*_BANDS[: count - 1], _BANDS[max(count - 1, 3)]]


def _names(lengths: Sequence[int], translate: Translator, *, in_hours: bool) -> list[str]:
    """What the layers are called."""
    # A day of working time is another length to each, so those are told in hours.
    texts = [
        translate("{number}h").format(number=f"{one / HOUR:g}")
        if in_hours and one >= HOUR
        else translate.length(one)
        for one in lengths
    ]
    return [
        translate("overdue"),
        translate("due within {length}").format(length=texts[0]),
        *(translate("within {length}").format(length=text) for text in texts[1:]),
        translate("due later"),
        translate("no due known, as while paused"),
    ]


def _finish(ax: Axes, now: int, last: int, most: int) -> None:
    """The present, what lies beyond it, and the numbers beside."""
    ax.axvspan(number(now), number(last), color=drawing.PAPER, alpha=0.45, linewidth=0, zorder=2.5)
    ax.axvline(number(now), color=drawing.INK, linewidth=1, linestyle=_NOW, zorder=4)
    ax.set_ylim(0, max(most * 1.06, 1))
    drawing.counted(ax.yaxis, most)
