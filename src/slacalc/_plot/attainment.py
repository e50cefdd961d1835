"""Attainment as a picture: a small chart for each group, a bar for each period.

What is drawn is what `report.attainment` counted: bars from 0 to 100 %, Wilson's interval as their
whiskers, and below each bar the two counts that it is made of. Where an objective is known, a bar
is coloured by what its interval says of it, so that few tickets do not cry wolf.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from slacalc._i18n import N_, translator
from slacalc._plot import figure as drawing
from slacalc._plot.data import refuse_unknown
from slacalc._plot.groups import arranged, is_counted, read_shares
from slacalc._report.answers import Answers
from slacalc._report.attainment import attainment
from slacalc.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from slacalc._i18n import Translator
    from slacalc._plot.groups import Label, Panel, Share
    from slacalc._policy.policy import Policy
    from slacalc._report.periods import Period

_PANEL, _TALL, _WIDEST = 2.3, 1.75, 15.0  # inches: a panel at least, its height, the whole at most
_PITCH = 0.27  # inches from bar to bar
_LYING, _BAR = 3.8, 0.25  # the same for bars that lie: the width of a panel, and from bar to bar
_TINY = 6.5  # points, of counts
_LOOKS: dict[str, dict[str, Any]] = {
    "": {"facecolor": drawing.BLUE},
    "met": {"facecolor": drawing.BLUE},
    "too few to tell": {"facecolor": "#a9b8c4"},
    "missed": {"facecolor": drawing.VERMILLION, "hatch": "\\\\\\", "edgecolor": "#ffffff80"},
}
_WORDS = {
    "met": N_("objective met"),
    "too few to tell": N_("too few tickets to tell"),
    "missed": N_("objective missed"),
}


def shares_picture(
    answer: Any,
    metric: str,
    *,
    by: str | Iterable[str] | None,
    period: Period | None,
    at: str,
    time_zone: str | None,
    objective: Any,
    policy: Policy | None,
    breaches: Any,
    confidence: float,
    most: int,
    language: str,
    title: str | None,
    figure: Any,
) -> Figure:
    """Draw attainment by group and period."""
    translate = translator(language)
    if most < 1:
        msg = f"most={most!r}: show one value or more"
        raise ReportError(msg, argument="most", given=most)
    if hasattr(answer, "collect_schema") and hasattr(answer, "collect"):
        answer = answer.collect()
    names = None if by is None else [by] if isinstance(by, str) else list(by)
    if not is_counted(answer):
        answers = Answers(answer)
        refuse_unknown(answers, metric)
        answer = attainment(
            answer,
            by=names or (),
            period=period,
            at=at,
            time_zone=time_zone,
            objective=objective,
            policy=policy,
            metrics=[one for one in answers.metrics if one == metric],
            breaches=breaches,
            confidence=confidence,
        )
    shares, names = read_shares(answer, metric, names)
    told = translate(" and ").join(drawing.tidy(name, 24) for name in names)
    form = (
        translate("{metric}: met in time, by {groups}")
        if names
        else translate("{metric}: met in time")
    )
    head = title or form.format(metric=drawing.tidy(metric), groups=told)
    decided = [one for one in shares if one.decided]
    if not decided:
        drawn = drawing.begun(figure, (7.0, 3.0))
        drawing.nothing(drawn.subplots(), translate("no ticket is decided yet"))
        drawing.headed(drawn, head, "")
        return drawing.finished(drawn)
    panels, labels, notes = arranged(decided, names, most, translate)
    is_dated = any(one.period is not None for one in decided)
    drawn = _draw(figure, panels, labels, translate, lying=not is_dated)
    total, met = sum(one.decided for one in decided), sum(one.met for one in decided)
    under = translate("{met} of {decided} decided tickets ({share})").format(
        met=f"{met:,}", decided=f"{total:,}", share=f"{met / total:.1%}"
    )
    span = sorted({one.period for one in decided if one.period is not None})
    if span:
        under = translate.listed([under, " – ".join(dict.fromkeys((span[0], span[-1])))])
    drawing.headed(drawn, head, translate("; ").join([under, *notes]))
    _legend(
        drawn, [one for panel in panels for one in panel.shares.values()], confidence, translate
    )
    return drawing.finished(drawn)


# Drawing ------------------------------------------------------------------------------------------


class _Grid(NamedTuple):
    """Where panels stand: in so many rows and columns, each at a place counted row by row."""

    down: int
    across: int
    places: list[int]


def _grid(panels: Sequence[Panel], wide: float) -> _Grid:
    """Rows for the first value of a group and columns for the second, or as many as fit."""
    room = max(int((_WIDEST - 0.7) / wide), 1)
    first = list(dict.fromkeys(panel.group[:-1] for panel in panels))
    second = list(dict.fromkeys(panel.group[-1:] for panel in panels))
    if len(panels[0].group) > 1 and 1 < len(second) <= room:
        places = [
            first.index(panel.group[:-1]) * len(second) + second.index(panel.group[-1:])
            for panel in panels
        ]
        return _Grid(len(first), len(second), places)
    down = -(-len(panels) // min(len(panels), room))
    return _Grid(down, -(-len(panels) // down), [*range(len(panels))])


def _draw(
    figure: Any,
    panels: Sequence[Panel],
    labels: Sequence[Label],
    translate: Translator,
    *,
    lying: bool,
) -> Figure | SubFigure:
    counts = [_counts(one) for panel in panels for one in panel.shares.values()]
    longest = max(drawing.width_of(text, _TINY, drawing.families(())[0]) for text in counts)
    if lying:
        grid = _grid(panels, _LYING + 1.2)
        tall = _BAR * len(labels) + 0.65
        families, _ = drawing.families(one.short for one in labels)
        names = max(drawing.width_of(one.short, drawing.SMALL, families) for one in labels) / 72
        size = max((_LYING + names) * grid.across, 6.0), tall * grid.down + 1.1
        drawn = drawing.begun(figure, size)
        drawn_on = drawn.subplots(grid.down, grid.across, squeeze=False)
        for place, panel in zip(grid.places, panels, strict=True):
            ax = drawn_on.flat[place]
            _draw_panel(ax, panel, len(labels), lying=True)
            ax.set_yticks(range(len(labels)), [one.short for one in labels])
            ax.set_xlabel(translate("met in time"), size=drawing.SMALL, color=drawing.INK)
    else:
        wide = max(_PITCH * len(labels) + 0.3, _PANEL)
        grid = _grid(panels, wide)
        wide = min(wide, (_WIDEST - 0.7) / grid.across)
        pitch = (wide - 0.3) / len(labels) * 72  # points
        upright = longest + 3 > pitch
        below = longest if upright else _TINY
        tall = _TALL + (below + 8) / 72
        size = max(wide * grid.across + 0.7, 6.0), tall * grid.down + 1.3
        drawn = drawing.begun(figure, size)
        drawn_on = drawn.subplots(grid.down, grid.across, squeeze=False, sharey=True)
        for place, panel in zip(grid.places, panels, strict=True):
            ax = drawn_on.flat[place]
            _draw_panel(ax, panel, len(labels), lying=False)
            spots = list(panel.shares)
            texts = [_counts(one) for one in panel.shares.values()]
            ax.set_xticks(spots, texts, rotation=90 if upright else 0)
            ax.tick_params(axis="x", labelsize=_TINY, length=0, pad=2)
            is_last = place + grid.across not in grid.places
            if is_last:
                _name_bars(ax, labels, pitch, below)
            if place % grid.across == 0:
                ax.set_ylabel(translate("met in time"), size=drawing.SMALL, color=drawing.INK)
    for place, ax in enumerate(drawn_on.flat):
        if place not in grid.places:
            ax.set_axis_off()
    return drawn


def _counts(one: Share) -> str:
    return f"{one.met:,}/{one.decided:,}"


def _draw_panel(ax: Axes, panel: Panel, size: int, *, lying: bool) -> None:
    """The bars of a group, their whiskers, and the counts of those that lie."""
    drawing.plain(ax, grid="x" if lying else "y")
    spots, several = [*panel.shares], [*panel.shares.values()]
    shares = [one.share for one in several]
    spread = [
        [max(one.share - one.low, 0) for one in several],
        [max(one.high - one.share, 0) for one in several],
    ]
    whiskers: dict[str, Any] = {
        "fmt": "none",
        "ecolor": drawing.INK,
        "elinewidth": 0.9,
        "capsize": 2,
        "zorder": 5,
    }
    draw = ax.barh if lying else ax.bar
    for spot, one in panel.shares.items():
        draw(spot, one.share, 0.8, **_LOOKS.get(one.verdict, _LOOKS[""]), linewidth=0)
    along = ax.xaxis if lying else ax.yaxis
    along.set_ticks([0, 0.25, 0.5, 0.75, 1])
    along.set_major_formatter(PercentFormatter(1, decimals=0))
    if lying:
        ax.errorbar(shares, spots, xerr=spread, **whiskers)
        ax.set_ylim(size - 0.4, -0.6)
        ax.set_xlim(0, 1.02)
        ax.tick_params(axis="y", length=0)
        for spot, one in panel.shares.items():
            ax.annotate(
                _counts(one),
                (1.02, spot),
                (3, 0),
                textcoords="offset points",
                va="center",
                size=_TINY,
                color=drawing.INK,
                annotation_clip=False,
            )
    else:
        ax.errorbar(spots, shares, yerr=spread, **whiskers)
        ax.set_xlim(-0.7, size - 0.3)
        ax.set_ylim(0, 1.04)
    _draw_objectives(ax, panel, lying=lying)
    if panel.name:
        ax.set_title(panel.name, loc="left", size=drawing.PLAIN, color=drawing.INK, weight="bold")


def _draw_objectives(ax: Axes, panel: Panel, *, lying: bool) -> None:
    """The objective, throughout where it is one, else bar by bar."""
    look: dict[str, Any] = {"color": drawing.INK, "linewidth": 1.2, "zorder": 4}
    known = {one.objective for one in panel.shares.values()}
    objective = known.pop() if len(known) == 1 else None
    if objective is not None:
        (ax.axvline if lying else ax.axhline)(objective, **look)
        return
    for spot, one in panel.shares.items():
        if one.objective is not None:
            ends, level = [spot - 0.5, spot + 0.5], [one.objective] * 2
            ax.plot(*((level, ends) if lying else (ends, level)), **look)


def _name_bars(ax: Axes, labels: Sequence[Label], pitch: float, below: float) -> None:
    """Put the names of the bars under their counts, as many as there is room for."""
    families, _ = drawing.families(label.full for label in labels)
    kept: dict[int, str] = {}
    free, year = float("-inf"), ""
    for place, label in enumerate(labels):
        is_new = label.full.partition("\n")[2] != year
        text = label.full if is_new else label.short
        wide = max(drawing.width_of(one, drawing.TINY, families) for one in text.split("\n"))
        left = place * pitch - wide / 2
        if is_new and left < free and kept:  # a new year is told, whatever stands before it
            kept.popitem()
            free = left
        if left >= free:
            kept[place] = text
            free = place * pitch + wide / 2 + 4
            year = label.full.partition("\n")[2]
    ax.xaxis.remove_overlapping_locs = False
    ax.set_xticks([*kept], [*kept.values()], minor=True)
    ax.tick_params(axis="x", which="minor", labelsize=drawing.TINY, length=0, pad=below + 6)


def _legend(
    figure: Figure | SubFigure, shares: Sequence[Share], confidence: float, translate: Translator
) -> None:
    """What the colours mean, and the lines."""
    seen = {one.verdict for one in shares}
    handles: list[Any] = []
    labels: list[str] = []
    for verdict, told in _WORDS.items():
        if verdict in seen:
            handles.append(Patch(**_LOOKS[verdict], linewidth=0))
            labels.append(translate(told))
    if any(one.objective is not None for one in shares):
        handles.append(Line2D([], [], color=drawing.INK, linewidth=1.2))
        labels.append(translate("objective"))
    handles.append(Line2D([], [], color=drawing.INK, linewidth=0.9, marker="|", markersize=5))
    labels.append(
        translate("{share} interval (Wilson)").format(
            share=f"{confidence:.4%}".replace(".0000%", "%")
        )
    )
    drawing.keyed(figure, handles, [*labels])
