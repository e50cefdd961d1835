"""Draw how much of the target was left when tickets were stopped.

The time left is counted in the target's own unit, so a weekend is not a margin in working hours.
Some tickets miss by weeks, while the last hour matters most: the steps of the axis grow with the
distance from the due date.

Bars are split by state. A ticket that was due on Friday evening and stopped on a closed Saturday
has no time left, yet exceeded nothing in working time; only its colour shows that it was breached.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from slacalc._columns.input import check_choice
from slacalc._columns.kernel import MISSING
from slacalc._i18n import translator
from slacalc._plot.data import MetricColumns
from slacalc._plot.figure import (
    MEDIUM,
    MINUS,
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
)
from slacalc._plot.palette import palette_of
from slacalc._policy.money import percent
from slacalc._report.answers import DECIDED, STATE_CODES
from slacalc._time.instants import MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from slacalc._i18n import Translator

Scale: TypeAlias = Literal["time", "share"]

_SIZE = (WIDTH, 4.6)  # inches
# The steps of the axis, away from the due date on both sides: minutes, or percent of the target.
_MINUTES = (1, 2, 5, 15, 30, 60, 120, 240, 480, 1440, 4320, 14400, 43200, 144000)
_PERCENT_OVER = (10, 25, 50, 100, 200, 500, 1000)
_PERCENT_LEFT = (10, 20, 30, 40, 50, 60, 70, 80, 90)
_MOST_STEPS = 11  # on each side
_OUTER_SHARE = 0.02  # of the tickets on each side that may share the outermost bar
_INNER_SHARE = 0.02  # of the tickets that may share the two bars beside the due date


class _Margins(NamedTuple):
    """The time left of each stopped ticket.

    Args:
        state: The codes of the states.
        left: The time left in minutes, or in percent of the target; negative past due.
        without_length: The number of tickets without a share, since they were due at once.
    """

    state: NDArray[np.int64]
    left: NDArray[np.float64]
    without_length: int


def margin(
    answer: Any,
    metric: str,
    *,
    scale: Scale = "time",
    columns: Mapping[str, str] | None = None,
    language: str = "en",
    dark: bool | None = None,
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw how much of the target was left when tickets were stopped.

    Args:
        answer: The result of `bulk.evaluate` or `bulk.replay`.
        metric: The metric.
        scale: ``"time"`` for the time left, counted as the target counts; ``"share"`` for its
            share of the target, which makes targets of an hour and of a month comparable.
        columns: Names of columns that differ from the usual ones. For a result of `bulk.evaluate`,
            ``{"stopped_at": "closed"}`` names the column with the instants at which tickets were
            stopped. Without it, open tickets that are already breached are counted too, by the time
            they have exceeded so far.
        language, dark: As for `calendar`.
        title: Replaces the default title.
        figure: As for `calendar`.

    Returns:
        The figure: a histogram of the time left, in steps that grow with the distance from the due
        date, with bars split by state.

    Raises:
        ColumnError: The table is not such a result, or lacks a column.
        UnknownMetricError: The table does not have the metric.

    Example:
        >>> import numpy as np
        >>> from slacalc import plot
        >>> answer = {
        ...     "arrival_due": np.array(["2024-09-14T08:00"] * 2, "datetime64[s]"),
        ...     "arrival_state": ["met", "breached"],
        ...     "arrival_elapsed": np.array([5, 9], "timedelta64[h]"),
        ...     "arrival_remaining": np.array([3, -1], "timedelta64[h]"),
        ... }
        >>> figure = plot.margin(answer, "arrival")
        >>> print(figure.axes[0].get_ylabel())
        tickets
    """
    check_choice(scale, "scale", ("time", "share"))
    translate = translator(language)
    margins = _margins(MetricColumns(answer, metric, columns), scale)
    left = margins.left
    title = title or translate("{metric}: time left when stopped").format(
        metric=to_one_line(metric)
    )
    if not len(left):
        message = translate("no ticket has been stopped")
        return finish_figure(open_empty_figure(figure, _SIZE, title, message, dark))
    canvas = open_figure(figure, _SIZE, dark)
    ax = canvas.subplots()
    style_axes(ax, grid="y")
    edges = _edges(left, scale)
    bins = np.searchsorted(edges, left, "right")
    counts = {
        state: np.bincount(bins[margins.state == STATE_CODES[state]], minlength=len(edges) + 1)
        for state in DECIDED
    }
    _draw_bars(ax, edges, counts, scale, (room_of(canvas, WIDTH) - 0.9) * 72)
    labels = {
        "time": translate("past due ← 0 → time left, counted in the target's unit"),
        "share": translate("past due ← 0 → time left, in percent of the target"),
    }
    ink = palette_of(ax).ink
    ax.set_xlabel(labels[scale], size=MEDIUM, color=ink)
    ax.set_ylabel(translate("tickets"), size=MEDIUM, color=ink)
    add_title(canvas, title, _subtitle(margins, scale, translate))
    _add_legend(canvas, counts, translate)
    return finish_figure(canvas)


def _margins(table: MetricColumns, scale: Scale) -> _Margins:
    remaining = table.lengths("remaining")
    chosen = table.has_state(DECIDED) & (remaining != MISSING)
    if "stopped_at" in table:  # otherwise, no column shows which breached tickets are still open
        chosen &= table.instants("stopped_at") != MISSING
    left, state = remaining[chosen], table.state[chosen]
    if scale == "time":
        return _Margins(state, left / MINUTE, 0)
    target = left + table.lengths("elapsed")[chosen]
    has_length = target > 0
    percent = left[has_length] * 100 / target[has_length]
    return _Margins(state[has_length], percent, int(np.count_nonzero(~has_length)))


def _edges(left: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    """The edges between bars; few tickets, or none, lie beyond the outermost ones."""
    over, under = (
        float(np.quantile(side, 1 - _OUTER_SHARE, method="nearest")) if len(side) else 0.0
        for side in (-left[left < 0], left[left >= 0])
    )
    below: tuple[int, ...]
    above: tuple[int, ...]
    if scale == "share":
        below = _PERCENT_OVER[: 1 + sum(step < over for step in _PERCENT_OVER)] if over else ()
        above = _PERCENT_LEFT
    else:
        least = float(np.quantile(np.abs(left), _INNER_SHARE, method="nearest"))
        top = sum(step < max(over, under) for step in _MINUTES)
        inner = max(sum(step < least for step in _MINUTES), top + 1 - _MOST_STEPS)
        window = _MINUTES[min(inner, top) : top + 1]
        below = window[: 1 + sum(step < over for step in window)] if over else ()
        above = window[: 1 + sum(step < under for step in window)] if under else ()
    return np.array([*(-step for step in reversed(below)), 0, *above], np.float64)


def _looks(part: Axes | Figure | SubFigure) -> dict[str, dict[str, Any]]:
    """The looks of bars by state."""
    colors = palette_of(part)
    return {
        "met": {"facecolor": colors.blue, "linewidth": 0},
        "late": {"facecolor": colors.orange, "linewidth": 0},
        "breached": colors.alarm,
    }


def _draw_bars(
    ax: Axes,
    edges: NDArray[np.float64],
    counts: dict[str, NDArray[np.int64]],
    scale: Scale,
    room: float,
) -> None:
    """Draw a bar of the same width for each step, split by state, with its count on top.

    Args:
        ax: The axes.
        edges: The edges between bars.
        counts: The number of tickets in each bar, by state.
        scale: What the edges are.
        room: The width of the axes, in points.
    """
    size, looks, ink = len(edges) + 1, _looks(ax), palette_of(ax).ink
    bottom = np.zeros(size, np.int64)
    for state, heights in counts.items():
        if heights.any():
            places = np.arange(size) - 0.5
            ax.bar(places, heights, 0.92, bottom, **looks[state], label=state)
            bottom += heights
    filled = np.flatnonzero(bottom)
    due = int(np.flatnonzero(edges == 0)[0])
    left, right = min(filled[0] - 1.2, due - 0.8), max(filled[-1] + 0.2, due + 0.8)
    pitch = room / (right - left)
    numbers = fit_text((f"{total:,}" for total in bottom.tolist()), TINY, pitch)
    for place, total in enumerate(bottom.tolist()):
        if total:
            ax.annotate(
                f"{total:,}",
                (place - 0.5, total),
                (0, 2),
                textcoords="offset points",
                ha="center",
                color=ink,
                **numbers,
            )
    ax.set_xlim(left, right)
    ax.set_ylim(0, int(bottom.max()) * (1.2 if "rotation" in numbers else 1.08))
    ax.axvline(due, color=ink, linewidth=1.6, zorder=4)
    texts = {
        place: _edge_text(edge, scale)
        for place, edge in enumerate(edges.tolist())
        if left <= place <= right
    }
    ax.set_xticks([*texts], [*texts.values()], **fit_text(texts.values(), TINY, pitch))
    set_count_ticks(ax.yaxis, int(bottom.max()))


def _edge_text(edge: float, scale: Scale) -> str:
    if scale == "share" or not edge:
        text = f"{edge:,.0f}"
    else:
        text = f"{edge / 60:,.0f}h" if abs(edge) >= 60 else f"{edge:.0f}m"
    return text.replace("-", MINUS)


def _subtitle(margins: _Margins, scale: Scale, translate: Translator) -> str:
    left = margins.left
    median, tenth = np.quantile(left, [0.5, 0.1], method="nearest").tolist()
    half = (
        translate("half had at least {left} left")
        if median >= 0
        else translate("half were over by at least {left}")
    )
    last = (
        translate("one in ten had at most {left} left")
        if tenth >= 0
        else translate("one in ten was over by at least {left}")
    )
    tickets = translate.plural("{count} ticket", "{count} tickets", len(left))
    text = translate("{tickets}; {half}, {last}").format(
        tickets=tickets.format(count=f"{len(left):,}"),
        half=half.format(left=_margin_text(abs(median), scale, translate)),
        last=last.format(left=_margin_text(abs(tenth), scale, translate)),
    )
    if margins.without_length:
        form = translate("; not counted, since due at once: {count}")
        text += form.format(count=f"{margins.without_length:,}")
    return text


def _margin_text(left: float, scale: Scale, translate: Translator) -> str:
    """A margin in percent, minutes or hours; never in days, since working days differ in length."""
    figure = left / 60 if scale == "time" and left >= 60 else left
    rounded = f"{round(figure, 0 if figure >= 100 else 1):,.10g}"
    if scale == "share":
        return f"{rounded}%"
    form = translate("{number}h") if left >= 60 else translate("{number}m")
    return form.format(number=rounded)


def _add_legend(
    figure: Figure | SubFigure, counts: dict[str, NDArray[np.int64]], translate: Translator
) -> None:
    whole = sum(int(heights.sum()) for heights in counts.values())
    looks = _looks(figure)
    handles: list[Any] = []
    labels: list[str] = []
    for state, heights in counts.items():
        if heights.any():
            total = int(heights.sum())
            handles.append(Patch(**looks[state]))
            count = f"{total:,} ({percent(Fraction(total, whole))})"
            labels.append(translate("{kind}: {name}").format(kind=translate(state), name=count))
    handles.append(Line2D([], [], color=palette_of(figure).ink, linewidth=1.6))
    add_legend(figure, handles, [*labels, translate("due")])
