"""How close a metric runs to its bounds: what was left when tickets were stopped.

What is left is counted as the target counts, so that a weekend is no margin. Some tickets miss by
weeks, and what matters happens within the last hour; so the steps of the axis grow with the
distance from the due, as those of a ruler for both would.

A bar is cut by what came of its tickets: one that was stopped on a closed Saturday, after a due on
Friday evening, has nothing left and is breached nevertheless, which its colour says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from slacalc._columns.input import choice
from slacalc._columns.kernel import MISSING
from slacalc._i18n import translator
from slacalc._plot import figure as drawing
from slacalc._plot.data import Shown
from slacalc._report.answers import CODE, DECIDED
from slacalc._time.instants import MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from slacalc._i18n import Translator

Scale: TypeAlias = Literal["time", "share"]
_SIZE = (11.5, 5.0)
# The steps of the axis, away from the due on both sides: minutes of what is left, or percent of
# what was promised.
_MINUTES = (1, 2, 5, 15, 30, 60, 120, 240, 480, 1440, 4320, 14400, 43200, 144000)
_OVER = (10, 25, 50, 100, 200, 500, 1000)
_UNDER = (10, 20, 30, 40, 50, 60, 70, 80, 90)
_STEPS = 11  # at most, on a side
_TAIL = 0.02  # of the tickets, on each side, that may share the outer bar
_NEAREST = 0.02  # of the tickets that may share the bars on both sides of the due
_LOOKS: dict[str, dict[str, Any]] = {
    "met": {"facecolor": drawing.BLUE},
    "late": {"facecolor": drawing.ORANGE},
    "breached": {"facecolor": drawing.VERMILLION, "hatch": "\\\\\\", "edgecolor": "#ffffff80"},
}
_MEDIAN = (0, (4, 2))


class _Margins(NamedTuple):
    """What was left of each ticket.

    Args:
        state: The places of their states.
        left: What was left, in minutes or in percent of the target; negative past due.
        at_once: How many are left out, since their target leaves no time.
    """

    state: NDArray[np.int64]
    left: NDArray[np.float64]
    at_once: int


def margin_picture(
    answer: Any,
    metric: str,
    *,
    scale: Scale,
    columns: Mapping[str, str] | None,
    language: str,
    title: str | None,
    figure: Any,
) -> Figure:
    """Draw how much was left."""
    choice(scale, "scale", ("time", "share"))
    translate = translator(language)
    margins = _margins(Shown(answer, metric, columns), scale)
    left = margins.left
    drawn = drawing.begun(figure, _SIZE)
    ax = drawn.subplots()
    drawing.plain(ax, grid="y")
    head = title or translate("{metric}: what was left when it stopped").format(
        metric=drawing.tidy(metric)
    )
    if not len(left):
        drawing.nothing(ax, translate("no ticket has stopped"))
        drawing.headed(drawn, head, "")
        return drawing.finished(drawn)
    edges = _edges(left, scale)
    places = np.searchsorted(edges, left, "right")
    counts = {
        state: np.bincount(places[margins.state == CODE[state]], minlength=len(edges) + 1)
        for state in DECIDED
    }
    _draw(ax, edges, counts, scale)
    along = {
        "time": translate("past due ← 0 → time left, counted as the target counts"),
        "share": translate("past due ← 0 → time left, in percent of the target"),
    }
    ax.set_xlabel(along[scale], size=drawing.PLAIN, color=drawing.INK)
    ax.set_ylabel(translate("tickets"), size=drawing.PLAIN, color=drawing.INK)
    median, tenth = np.quantile(left, [0.5, 0.1], method="nearest").tolist()
    half = (
        translate("half had {left} or more left")
        if median >= 0
        else translate("half were over by {left}")
    )
    last = (
        translate("one in ten had {left} or less")
        if tenth >= 0
        else translate("one in ten over by {left}")
    )
    under = translate("{tickets}; {half}, {last}").format(
        tickets=translate.plural("{count} ticket", "{count} tickets", len(left)).format(
            count=f"{len(left):,}"
        ),
        half=half.format(left=_text(abs(median), scale, translate)),
        last=last.format(left=_text(abs(tenth), scale, translate)),
    )
    if margins.at_once:
        count = f"{margins.at_once:,}"
        under += translate("; left out, as due at once: {count}").format(count=count)
    drawing.headed(drawn, head, under)
    handles: list[Any] = []
    labels: list[str] = []
    for state in DECIDED:
        if counts[state].any():
            total = int(counts[state].sum())
            handles.append(Patch(**_LOOKS[state], linewidth=0))
            share = f"{total:,} ({total / len(left):.1%})"
            labels.append(translate("{kind}: {name}").format(kind=translate(state), name=share))
    handles.append(Line2D([], [], color=drawing.INK, linewidth=1.6))
    drawing.keyed(drawn, handles, [*labels, translate("due")])
    return drawing.finished(drawn)


def _margins(shown: Shown, scale: Scale) -> _Margins:
    """What was left of the tickets that were stopped."""
    remaining = shown.lengths("remaining")
    chosen = shown.among(DECIDED) & (remaining != MISSING)
    if "stopped_at" in shown:  # else breached ones that are still open cannot be told apart
        chosen &= shown.instants("stopped_at") != MISSING
    left, state = remaining[chosen], shown.state[chosen]
    if scale == "time":
        return _Margins(state, left / MINUTE, 0)
    whole = left + shown.lengths("elapsed")[chosen]
    some = whole > 0
    return _Margins(state[some], left[some] * 100 / whole[some], int(np.count_nonzero(~some)))


def _edges(left: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    """Where bars end: beyond the outermost edges lie few tickets, or none."""
    sides = []
    for side in (-left[left < 0], left[left >= 0]):
        most = float(np.quantile(side, 1 - _TAIL, method="nearest")) if len(side) else 0.0
        sides.append(most)
    if scale == "share":
        steps = [_OVER[: 1 + sum(one < sides[0] for one in _OVER)], _UNDER]
        if not sides[0]:
            steps[0] = ()
    else:
        least = float(np.quantile(np.abs(left), _NEAREST, method="nearest"))
        top = sum(one < max(sides) for one in _MINUTES)
        inner = max(sum(one < least for one in _MINUTES), top + 1 - _STEPS)
        window = _MINUTES[min(inner, top) : top + 1]
        steps = [window[: 1 + sum(one < side for one in window)] if side else () for side in sides]
    return np.array([*(-one for one in reversed(steps[0])), 0, *steps[1]], np.float64)


def _text(left: float, scale: Scale, translate: Translator) -> str:
    """A margin for people, of two figures or three; hours, since a day is another thing to each."""
    figure = left / 60 if scale == "time" and left >= 60 else left
    digits = 0 if figure >= 100 else 1
    told = f"{round(figure, digits):,.10g}"
    if scale == "share":
        return f"{told}%"
    form = translate("{number}h") if left >= 60 else translate("{number}m")
    return form.format(number=told)


def _mark(edge: float, scale: Scale) -> str:
    """An edge between two bars for people."""
    if scale == "share" or not edge:
        text = f"{edge:.0f}"
    else:
        text = f"{edge / 60:.0f}h" if abs(edge) >= 60 else f"{edge:.0f}m"
    return text.replace("-", drawing.MINUS)


def _draw(
    ax: Axes, edges: NDArray[np.float64], counts: dict[str, NDArray[np.int64]], scale: Scale
) -> None:
    """Draw a bar of the same width for each step, with its count."""
    size = len(edges) + 1
    totals = sum(counts.values(), np.zeros(size, np.int64))
    bottom = np.zeros(size, np.int64)
    for state, several in counts.items():
        if several.any():
            ax.bar(
                np.arange(size) - 0.5,
                several,
                0.92,
                bottom,
                **_LOOKS[state],
                linewidth=0,
                label=state,
            )
            bottom += several
    for place, total in enumerate(totals.tolist()):
        if total:
            ax.annotate(
                f"{total:,}",
                (place - 0.5, total),
                (0, 2),
                textcoords="offset points",
                ha="center",
                size=drawing.TINY,
                color=drawing.INK,
            )
    some = np.flatnonzero(totals)
    due = int(np.flatnonzero(edges == 0)[0])
    ax.set_xlim(min(some[0] - 1.2, due - 0.8), max(some[-1] + 0.2, due + 0.8))
    ax.set_ylim(0, int(totals.max()) * 1.08)
    ax.axvline(due, color=drawing.INK, linewidth=1.6, zorder=4)
    ax.set_xticks(range(len(edges)), [_mark(one, scale) for one in edges.tolist()])
    ax.tick_params(axis="x", labelsize=drawing.TINY)
    drawing.counted(ax.yaxis, int(totals.max()))
