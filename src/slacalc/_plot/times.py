"""Draw where time went, as bars: of tickets by holder or state, and of breaches by part."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch

from slacalc._i18n import N_, translator
from slacalc._plot.figure import (
    HATCH,
    MEDIUM,
    SMALL,
    WIDTH,
    add_legend,
    add_title,
    finish_figure,
    open_empty_figure,
    open_figure,
    set_count_ticks,
    style_axes,
    to_labels,
    to_one_line,
)
from slacalc._plot.palette import palette_of
from slacalc._policy.money import percent
from slacalc._report.breach_times import PARTS, TimeParts
from slacalc._time.instants import HOUR
from slacalc.errors import unknown_metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from slacalc._columns.arithmetic import Integers
    from slacalc._i18n import Translator
    from slacalc._plot.palette import Palette

_MOST_BARS = 16  # the other groups are one bar more
_NAMES = {
    "running": N_("running"),
    "unassigned": N_("unassigned"),
    "paused": N_("paused"),
    "before change": N_("before-change"),
    "closed": N_("closed"),
}


def time_by(
    times: Any,
    metric: str,
    *,
    breaches: bool = False,
    language: str = "en",
    dark: bool | None = None,
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw where the time of tickets went, by holder or state.

    Args:
        times: The result of `bulk.time_by`.
        metric: The metric.
        breaches: Whether only tickets count that are late or breached, as in `report.breaches`.
        language, dark: As for `calendar`.
        title: Replaces the default title.
        figure: As for `calendar`.

    Returns:
        The figure: a bar for the time of each group, and for that without one, in pauses and
        outside the hours of the target, the longest first, in hours.

    Raises:
        ColumnError: The table is not such a result.
        UnknownMetricError: The table does not have the metric.

    Example:
        >>> from slacalc import Policy, bulk, plot
        >>> policy = Policy(
        ...     "desk",
        ...     metrics={"resolution": {"stop": "resolved"}},
        ...     tables={"all": [{"targets": {"resolution": "4 hours"}}]},
        ... )
        >>> log = {
        ...     "ticket": ["A", "A", "A"],
        ...     "at": [f"2026-05-18T{hour:02}:00:00Z" for hour in (9, 10, 13)],
        ...     "type": ["created", "changed", "resolved"],
        ...     "group": ["desk", "network", None],
        ... }
        >>> figure = plot.time_by(bulk.time_by(policy, log, "group"), "resolution")
        >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
        ['network', 'desk']
    """
    translate = translator(language)
    table = TimeParts(times, missed=breaches)
    if metric not in table.metrics:
        raise unknown_metric(metric, table.metrics, "the table")
    place = table.metrics.index(metric)
    rows, lengths, _ = table.sums()
    lengths, rows = lengths[table.metric[rows] == place], rows[table.metric[rows] == place]
    form = (
        translate("{metric}: where the time of breaches went")
        if breaches
        else translate("{metric}: where the time went")
    )
    title = title or form.format(metric=to_one_line(metric))
    if not len(rows):
        message = (
            translate("no ticket was breached") if breaches else translate("no time has passed")
        )
        return finish_figure(open_empty_figure(figure, (WIDTH, 3.0), title, message, dark))
    canvas = open_figure(figure, (WIDTH, 1.6 + 0.3 * min(len(rows), _MOST_BARS + 1)), dark)
    colors = palette_of(canvas)
    looks = _looks(colors)
    groups = np.flatnonzero(table.part[rows] == PARTS.index("running"))
    others = groups[_MOST_BARS - len(rows) if len(rows) > _MOST_BARS + 1 else len(groups) :]
    rows, of_others = np.delete(rows, others), lengths[others].sum()
    lengths = np.delete(lengths, others)
    kinds = [PARTS[place] for place in table.part[rows].tolist()]
    names = [
        table.value_text(row) or translate(_NAMES[kind])
        for row, kind in zip(rows.tolist(), kinds, strict=True)
    ]
    if len(others):
        names.append(translate("{count} others").format(count=f"{len(others):,}"))
        kinds.append("running")
        lengths = np.append(lengths, of_others)
    labels = to_labels(names, 30)
    _draw_bars(canvas.subplots(), labels, [looks[kind] for kind in kinds], lengths, translate)
    used = [kind for kind in PARTS if kind in kinds]
    add_legend(
        canvas, [Patch(**looks[kind]) for kind in used], [translate(_NAMES[kind]) for kind in used]
    )
    count = len(np.unique(table.cycle[table.metric == place]))
    form = translate.plural("{count} cycle", "{count} cycles", count)
    add_title(canvas, title, form.format(count=f"{count:,}"))
    return finish_figure(canvas)


def _looks(colors: Palette) -> dict[str, dict[str, Any]]:
    """The look of each part."""
    return {
        "running": {"facecolor": colors.blue, "linewidth": 0},
        "unassigned": {"facecolor": colors.orange, "linewidth": 0},
        "paused": {
            "facecolor": colors.paper,
            "hatch": HATCH,
            "edgecolor": colors.line,
            "linewidth": 0.8,
        },
        "before change": {"facecolor": colors.before, "linewidth": 0},
        "closed": {"facecolor": colors.quiet, "edgecolor": colors.line, "linewidth": 0.8},
    }


def _draw_bars(
    ax: Axes,
    labels: Sequence[str],
    looks: Sequence[dict[str, Any]],
    lengths: Integers,
    translate: Translator,
) -> None:
    """Draw a bar for each length, with the length and its share of all beside it."""
    style_axes(ax, grid="x")
    ink, hours, total = palette_of(ax).ink, lengths / HOUR, int(lengths.sum())
    for place, (look, length) in enumerate(zip(looks, lengths.tolist(), strict=True)):
        ax.barh(place, length / HOUR, 0.72, **look)
        text = f"{translate.length(length, has_days=False)} · {percent(Fraction(length, total))}"
        ax.annotate(
            text,
            (length / HOUR, place),
            (4, 0),
            textcoords="offset points",
            va="center",
            size=SMALL,
            color=ink,
        )
    ax.set_yticks(np.arange(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    set_count_ticks(ax.xaxis, int(hours.max()))
    ax.set_xlim(0, hours.max() * 1.3)  # with room for the longest text
    ax.set_xlabel(translate("time in hours"), size=MEDIUM, color=ink)
