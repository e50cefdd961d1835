"""Draw the share of tickets that were met in time: a panel for each group, a bar for each period.

The figure shows the table of `report.attainment`, which is counted here or by the user: bars from 0
to 100 %, the Wilson interval as whiskers, and below each bar the two counts it is made of. With an
objective, the colour of a bar says what its interval proves, so that a few tickets raise no alarm.

How it works: `_read_rows` reads the table, `_arrange` puts each row into a panel and a place on its
axis (periods at even distances, also those without tickets), and the rest draws the panels, upright
by period or lying by group.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import narwhals as nw
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from slacalc._columns.frames import Frame
from slacalc._i18n import N_, translator
from slacalc._plot.data import check_metric
from slacalc._plot.figure import (
    MEDIUM,
    MINUS,
    SMALL,
    TINY,
    WIDTH,
    add_legend,
    add_title,
    finish_figure,
    open_empty_figure,
    open_figure,
    room_of,
    style_axes,
    to_labels,
    to_one_line,
    widest,
    wrap_to,
)
from slacalc._plot.palette import palette_of
from slacalc._plot.time_axis import month_text
from slacalc._policy.policy import check_policy
from slacalc._report.answers import Answers
from slacalc._report.attainment import COUNT_COLUMNS, OBJECTIVE, OBJECTIVE_NAME, SHARE_COLUMNS
from slacalc._report.attainment import attainment as count_attainment
from slacalc._report.objectives import share_text
from slacalc._report.periods import first_day, period_numbers
from slacalc._time.instants import DAY, EPOCH_DAY
from slacalc._time.missing import is_missing
from slacalc.errors import (
    ColumnError,
    ReportError,
    unknown_metric,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from slacalc._i18n import Translator
    from slacalc._policy.policy import Policy
    from slacalc._report.periods import Period

_PANEL_WIDTH, _PANEL_HEIGHT, _SHARE_AXIS = 2.3, 1.75, 0.7  # inches; of upright bars
_BAR_PITCH = 0.27  # inches from one upright bar to the next
_LYING_WIDTH, _LYING_PITCH = 3.8, 0.25  # inches; of a panel of lying bars, and between the bars
_COUNT_SIZE = 7.0  # points
_MOST_BARS = 48
_UNSURE = "too few to tell"
_REQUIRED = ("metric", "met", "decided", "attainment", "low", "high")
_PERIOD = re.compile(r"(\d{4})(?:-(?:(\d\d)(?:-(\d\d))?|W(\d\d)|Q([1-4])))?")
_WIDEST = 0.25  # from which on an interval leaves a share open
_LEGEND = {
    "met": N_("objective met"),
    _UNSURE: N_("too few tickets to tell"),
    "missed": N_("objective missed"),
}


class _AttainmentRow(NamedTuple):
    """A row of `report.attainment`: a group in a period."""

    group: tuple[Any, ...]
    period: str | None
    met: int
    decided: int
    share: float
    low: float
    high: float
    objective: float | None
    budget: int | None
    result: str

    @property
    def look(self) -> str:
        """What its interval proves: a key of `_LEGEND`, or an empty string without an objective."""
        if not self.result and self.high - self.low > _WIDEST:
            return _UNSURE
        return self.result

    @property
    def counts(self) -> str:
        return f"{self.met:,}/{self.decided:,}"

    @property
    def budget_text(self) -> str:
        """How many more tickets may be missed."""
        return "" if self.budget is None else f"{self.budget:+,}".replace("-", MINUS)


class _Panel(NamedTuple):
    """A panel: its group, its title, and its rows by their places on the axis."""

    group: tuple[Any, ...]
    title: str
    rows: dict[int, _AttainmentRow]


class _BarLabel(NamedTuple):
    """The label of a bar, and the year or month to which the first bar of that adds it."""

    short: str
    year: str = ""

    @property
    def full(self) -> str:
        """Both, in two lines."""
        return f"{self.short}\n{self.year}"


def attainment(
    answer: Any,
    metric: str,
    *,
    by: str | Iterable[str] | None = None,
    period: Period | None = "month",
    at: str = "created",
    time_zone: str | None = None,
    objective: float | str | Mapping[Any, Any] | None = None,
    policy: Policy | None = None,
    breaches: Literal["present", "ever"] = "present",
    confidence: float = 0.95,
    most: int = 16,
    language: str = "en",
    dark: bool | None = None,
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """Draw the share of tickets that were met in time, by group and period.

    Args:
        answer: The result of `bulk.evaluate` or `bulk.replay`; or the table of `report.attainment`,
            which is drawn as it was counted.
        metric: The metric.
        by: Columns that define groups, such as ``["tier", "severity"]``. Each group has a panel;
            rows of panels are the values of the first column, columns those of the second. With
            ``"objective"`` each objective of the policy has a panel for its own tickets.
        period: ``"day"``, ``"week"``, ``"month"``, ``"quarter"``, ``"year"``; or None for a single
            bar for each value of the last column of *by*.
        at: The instants that decide the period. This and the arguments up to *confidence* are those
            of `report.attainment`.
        time_zone: The time zone of the periods.
        objective: The promised share; bars are coloured by whether it was reached.
        policy: The policy, for its time zone, its objectives, and the order of values.
        breaches: ``"ever"`` to include breaches that a later promise undid, or that were cancelled
            afterwards.
        confidence: The confidence of the interval shown as whiskers.
        most: The number of groups to show at most; those with the most tickets are kept.
        language, dark: As for `calendar`.
        title: Replaces the default title.
        figure: As for `calendar`.

    Returns:
        The figure. Below each upright bar, or beside each lying one, stand the two counts it is
        made of: tickets met in time, and tickets decided.

    Raises:
        ColumnError: The table is neither of these, or lacks a column.
        UnknownMetricError: The table does not have the metric.
        ReportError: An objective does not fit.

    Example:
        >>> from slacalc import bulk, plot, presets
        >>> policy = presets.load("kingdee-diexun")
        >>> tickets = {
        ...     "created": ["2024-09-13T16:00:00+08:00"] * 3,
        ...     "arrived": ["2024-09-14T10:00:00+08:00", "2024-09-19T10:00:00+08:00", None],
        ...     "channel": ["on-site"] * 3,
        ...     "tier": ["gold"] * 3,
        ... }
        >>> answer = bulk.evaluate(policy, tickets, "2024-09-20T09:00:00+08:00")
        >>> figure = plot.attainment(answer, "arrival", by="tier", policy=policy)
        >>> print(round(figure.axes[0].patches[0].get_height(), 3))
        0.333
    """
    check_policy(policy, or_none=True)
    translate = translator(language)
    if most < 1:
        msg = f"most={most!r} must be at least 1"
        raise ReportError(msg, argument="most", given=most)
    if hasattr(answer, "collect_schema") and hasattr(answer, "collect"):
        answer = answer.collect()
    names = None if by is None else [by] if isinstance(by, str) else list(by)
    if not all(name in Frame(answer).names for name in _REQUIRED):
        answers = Answers(answer)
        check_metric(answers, metric)
        answer = count_attainment(
            answer,
            by=names or (),
            period=period,
            at=at,
            time_zone=time_zone,
            objective=objective,
            policy=policy,
            metrics=[name for name in answers.metrics if name == metric],
            breaches=breaches,
            confidence=confidence,
        )
    if names is not None:
        names = [OBJECTIVE_NAME if name == OBJECTIVE else name for name in names]
    rows, names = _read_rows(answer, metric, names)
    if not title:
        words = [translate("objective") if name == OBJECTIVE_NAME else name for name in names]
        groups = translate(" and ").join(to_one_line(name, 24) for name in words)
        form = (
            translate("{metric}: met in time, by {groups}")
            if names
            else translate("{metric}: met in time")
        )
        title = form.format(metric=to_one_line(metric), groups=groups)
    decided = [row for row in rows if row.decided]
    if not decided:
        message = translate("no ticket is decided yet")
        return finish_figure(open_empty_figure(figure, (7.0, 3.0), title, message, dark))
    panels, labels, notes = _arrange(decided, names, most, translate)
    periods = sorted({row.period for row in decided if row.period is not None})
    draw = _draw_upright if periods else _draw_lying
    canvas = draw(figure, panels, labels, translate, dark=dark)
    subtitle = []
    if OBJECTIVE_NAME not in names:  # which may count a ticket several times
        total, met = sum(row.decided for row in decided), sum(row.met for row in decided)
        form = translate("{met} of {decided} decided tickets ({share})")
        share = share_text(Fraction(met, total))
        subtitle = [form.format(met=f"{met:,}", decided=f"{total:,}", share=share)]
    if periods:
        subtitle.append(" – ".join(dict.fromkeys((periods[0], periods[-1]))))
        subtitle = [translate.listed(subtitle)]
    add_title(canvas, title, translate("; ").join([*subtitle, *notes]))
    _add_legend(canvas, panels, confidence, translate)
    return finish_figure(canvas)


# Reading ------------------------------------------------------------------------------------------


def _read_rows(
    table: Any, metric: str, names: list[str] | None
) -> tuple[list[_AttainmentRow], list[str]]:
    """The rows of a metric, and the names of the columns that define groups."""
    sheet = Frame(table)
    counted = {"metric", "period", *COUNT_COLUMNS, *SHARE_COLUMNS}
    groups = [name for name in sheet.names if name not in counted]
    if names is None:
        names = groups
    elif {*names} != {*groups}:
        wrong = next((name for name in names if name not in groups), "")
        msg = (
            f"by={names!r}, but the table was counted by {groups!r}: count again with "
            "report.attainment, or omit by"
        )
        raise ColumnError(msg, column=wrong, given=groups)
    by_group = [_to_list(sheet, name) for name in names]
    of_metric, met, decided, share, low, high = (_to_list(sheet, name) for name in _REQUIRED)
    size = len(of_metric)
    period, objective, budget, result = (  # columns that a table may lack
        _to_list(sheet, name) if name in sheet else list[Any]([None]) * size
        for name in ("period", "objective", "budget", "verdict")
    )
    nan = float("nan")
    rows = [
        _AttainmentRow(
            tuple(column[row] for column in by_group),
            period[row],
            int(met[row]),
            int(decided[row]),
            nan if share[row] is None else float(share[row]),
            nan if low[row] is None else float(low[row]),
            nan if high[row] is None else float(high[row]),
            None if objective[row] is None else float(objective[row]),
            None if budget[row] is None else int(budget[row]),
            result[row] or "",
        )
        for row in range(size)
        if of_metric[row] == metric
    ]
    if not rows and size:
        known = dict.fromkeys(name for name in of_metric if isinstance(name, str))
        raise unknown_metric(metric, known, "the table")
    return rows, names


def _to_list(sheet: Frame, name: str) -> list[Any]:
    """A column as a list, with None for missing values."""
    column = sheet.column(name)
    if isinstance(column, (list, tuple)):
        values = list(column)
    elif isinstance(column, np.ndarray):
        values = column.tolist()
    else:
        values = nw.from_native(column, series_only=True).to_list()
    return [None if is_missing(value) else value for value in values]


# Arranging ----------------------------------------------------------------------------------------


def _arrange(
    rows: Sequence[_AttainmentRow], names: Sequence[str], most: int, translate: Translator
) -> tuple[list[_Panel], list[_BarLabel], list[str]]:
    """The panels, the labels of their bars, and notes about what is not shown."""
    members = dict.fromkeys(value for row in rows for value in row.group if value is not None)
    names_of = dict(zip(members, to_labels(members, 34), strict=True))

    def group_text(group: Sequence[Any]) -> str:
        return " · ".join(names_of.get(value, translate("(none)")) for value in group)

    notes = []
    dated = [row for row in rows if row.period is not None]
    if dated:
        undated = sum(row.decided for row in rows) - sum(row.decided for row in dated)
        if undated:
            form = translate("without a period, not shown: {count}")
            notes.append(form.format(count=f"{undated:,}"))
        places, labels, is_cut = _period_places(dated, translate)
        if is_cut:
            notes.append(translate("shown: the latest {count} periods").format(count=len(labels)))
        split = len(names)  # all group columns make panels
        placed = [(places[row.period], row) for row in dated if row.period in places]
    else:
        split = max(len(names) - 1, 0)  # the last group column makes bars
        values = list(dict.fromkeys(row.group[split:] for row in rows))
        if len(values) > _MOST_BARS:
            sizes: Counter[tuple[Any, ...]] = Counter()
            for row in rows:
                sizes[row.group[split:]] += row.decided
            largest = {value for value, _ in sizes.most_common(_MOST_BARS)}
            form = translate("shown: the {most} largest of {count}")
            notes.append(form.format(most=_MOST_BARS, count=len(values)))
            values = [value for value in values if value in largest]
        bars = {value: place for place, value in enumerate(values)}
        placed = [(bars[row.group[split:]], row) for row in rows if row.group[split:] in bars]
        texts = [group_text(value) if value else translate("all") for value in values]
        labels = [*map(_BarLabel, texts)]
    panels: dict[tuple[Any, ...], _Panel] = {}
    for place, row in placed:
        group = row.group[:split]
        panel = panels.setdefault(group, _Panel(group, group_text(group), {}))
        panel.rows[place] = row

    def tickets(panel: _Panel) -> int:
        return sum(row.decided for row in panel.rows.values())

    kept = {panel.group for panel in sorted(panels.values(), key=tickets, reverse=True)[:most]}
    if len(kept) < len(panels):
        form = translate("shown: the {most} largest of {count} groups")
        notes.append(form.format(most=most, count=len(panels)))
    return [panel for panel in panels.values() if panel.group in kept], labels, notes


def _period_places(
    rows: Sequence[_AttainmentRow], translate: Translator
) -> tuple[dict[str, int], list[_BarLabel], bool]:
    """The places of periods without gaps, their labels, and whether early ones were cut off."""
    days = {row.period: _parse_period(row.period) for row in rows if row.period is not None}
    kind = next(iter(days.values()))[1]
    numbers = {}
    for text, (day, _) in days.items():
        reading = (day.toordinal() - EPOCH_DAY) * DAY
        numbers[text] = int(period_numbers(np.array([reading]), kind)[0])
    first, last = min(numbers.values()), max(numbers.values())
    is_cut = last - first >= _MOST_BARS
    first = max(first, last - _MOST_BARS + 1)
    places = {text: number - first for text, number in numbers.items() if number >= first}
    labels = [
        _period_label(first_day(number, kind), kind, translate) for number in range(first, last + 1)
    ]
    return places, labels, is_cut


def _parse_period(text: str) -> tuple[date, Period]:
    """The first day and the kind of a period, written as `report.attainment` writes it.

    Raises:
        ColumnError: It is written otherwise.
    """
    match = _PERIOD.fullmatch(str(text))
    if match is None:
        msg = (
            f"period {text!r} is not written as one of 2024, 2024-Q3, 2024-09, 2024-W37 and "
            "2024-09-13"
        )
        raise ColumnError(msg, column="period", given=text)
    year, month, day, week, quarter = match.groups()
    if week:
        return date.fromisocalendar(int(year), int(week), 1), "week"
    if quarter:
        return date(int(year), int(quarter) * 3 - 2, 1), "quarter"
    first = date(int(year), int(month or 1), int(day or 1))
    return first, "day" if day else "month" if month else "year"


def _period_label(day: date, kind: Period, translate: Translator) -> _BarLabel:
    if kind == "year":
        return _BarLabel(str(day.year))
    if kind == "week":
        year, week, _ = day.isocalendar()
        return _BarLabel(f"W{week}", str(year))
    if kind == "day":
        return _BarLabel(str(day.day), month_text(day.year, day.month, translate))
    short = translate.short_month(day.month) if kind == "month" else f"Q{day.month // 3 + 1}"
    return _BarLabel(short, str(day.year))


# Drawing ------------------------------------------------------------------------------------------


class _Grid(NamedTuple):
    """A grid of panels, with the place of each panel counted row by row."""

    rows: int
    columns: int
    places: list[int]


def _grid(panels: Sequence[_Panel], panel_width: float, room: float) -> _Grid:
    """Rows for the first values of groups and columns for the last one; else as many as fit."""
    most = max(int(room / panel_width), 1)
    first = list(dict.fromkeys(panel.group[:-1] for panel in panels))
    last = list(dict.fromkeys(panel.group[-1:] for panel in panels))
    if len(panels[0].group) > 1 and 1 < len(last) <= most:
        places = [
            first.index(panel.group[:-1]) * len(last) + last.index(panel.group[-1:])
            for panel in panels
        ]
        return _Grid(len(first), len(last), places)
    rows = -(-len(panels) // min(len(panels), most))
    return _Grid(rows, -(-len(panels) // rows), [*range(len(panels))])


def _draw_lying(
    figure: Any,
    panels: Sequence[_Panel],
    labels: Sequence[_BarLabel],
    translate: Translator,
    *,
    dark: bool | None,
) -> Figure | SubFigure:
    """Draw panels of lying bars, one for each group, with the names of the groups beside them."""
    names = [label.short for label in labels]
    counts_width = widest(
        (row.counts for panel in panels for row in panel.rows.values()), _COUNT_SIZE
    )
    names_width = widest(names, SMALL) / 72
    grid = _grid(panels, _LYING_WIDTH + names_width, room_of(figure, WIDTH))
    height = _LYING_PITCH * len(labels) + 0.65
    size = max((_LYING_WIDTH + names_width) * grid.columns, 6.0), height * grid.rows + 1.1
    canvas = open_figure(figure, size, dark)
    ink = palette_of(canvas).ink
    axes = canvas.subplots(grid.rows, grid.columns, squeeze=False)
    beside: dict[str, Any] = {
        "textcoords": "offset points",
        "va": "center",
        "size": _COUNT_SIZE,
        "color": ink,
        "annotation_clip": False,
    }
    for place, panel in zip(grid.places, panels, strict=True):
        ax = axes.flat[place]
        _draw_panel(ax, panel, lying=True, room=size[0] / grid.columns * 72)
        ax.set_ylim(len(labels) - 0.4, -0.6)
        ax.set_xlim(0, 1.02)
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(range(len(labels)), names)
        ax.set_xlabel(translate("met in time"), size=SMALL, color=ink)
        for bar, row in panel.rows.items():
            ax.annotate(row.counts, (1.02, bar), (3, 0), **beside)
            if row.budget is not None:
                ax.annotate(row.budget_text, (1.02, bar), (counts_width + 9, 0), **beside)
    _hide_unused(axes, grid)
    return canvas


def _draw_upright(
    figure: Any,
    panels: Sequence[_Panel],
    labels: Sequence[_BarLabel],
    translate: Translator,
    *,
    dark: bool | None,
) -> Figure | SubFigure:
    """Draw panels of upright bars, one for each period, with counts and dates below them."""
    room = room_of(figure, WIDTH) - _SHARE_AXIS
    pitch = max(_BAR_PITCH, (widest((label.short for label in labels), TINY) + 4) / 72)
    width = max(pitch * len(labels) + 0.3, _PANEL_WIDTH)
    grid = _grid(panels, width, room)
    width = room / grid.columns if figure else min(width, room / grid.columns)
    pitch = (width - 0.3) / len(labels) * 72  # points
    rows = [row for panel in panels for row in panel.rows.values()]
    # If there is no room side by side, numbers are written from bottom to top.
    size = min(_COUNT_SIZE, pitch * 0.9)
    counts_width = widest((row.counts for row in rows), size)
    budgets_width = widest((row.budget_text for row in rows), size)
    is_turned = max(counts_width, budgets_width) + 3 > pitch
    look: dict[str, Any] = {"size": size, "rotation": 90 if is_turned else 0}
    counts_height = (counts_width if is_turned else size) + 4
    budgets_height = ((budgets_width if is_turned else size) + 4) if budgets_width else 0
    height = _PANEL_HEIGHT + (counts_height + budgets_height + 4) / 72
    whole = max(width * grid.columns + _SHARE_AXIS, 6.0), height * grid.rows + 1.3
    canvas = open_figure(figure, whole, dark)
    ink = palette_of(canvas).ink
    axes = canvas.subplots(grid.rows, grid.columns, squeeze=False, sharey=True)
    for place, panel in zip(grid.places, panels, strict=True):
        ax = axes.flat[place]
        _draw_panel(ax, panel, lying=False, room=width * 72)
        ax.set_xlim(-0.7, len(labels) - 0.3)
        ax.set_ylim(0, 1.04)
        ax.set_xticks([*panel.rows], [row.counts for row in panel.rows.values()], **look)
        ax.tick_params(axis="x", length=0, pad=2)
        for bar, row in panel.rows.items():
            if row.budget is not None:
                ax.annotate(
                    row.budget_text,
                    (bar, 0),
                    (0, -counts_height),
                    textcoords="offset points",
                    ha="center",
                    va="top",
                    color=ink,
                    annotation_clip=False,
                    **look,
                )
        is_lowest = place + grid.columns not in grid.places
        if is_lowest:
            _label_bars(ax, labels, pitch, counts_height + budgets_height + 2)
        if place % grid.columns == 0:
            ax.set_ylabel(translate("met in time"), size=SMALL, color=ink)
    _hide_unused(axes, grid)
    return canvas


def _hide_unused(axes: Any, grid: _Grid) -> None:
    for place, ax in enumerate(axes.flat):
        if place not in grid.places:
            ax.set_axis_off()


def _looks(part: Axes | Figure | SubFigure) -> dict[str, dict[str, Any]]:
    """The looks of bars by what their intervals prove."""
    colors = palette_of(part)
    plain = {"facecolor": colors.blue, "linewidth": 0}
    unsure = {
        "facecolor": colors.uncertain,
        "edgecolor": colors.blue,
        "linewidth": 1.0,
        "linestyle": (0, (3, 2)),
    }
    return {"": plain, "met": plain, _UNSURE: unsure, "missed": colors.alarm}


def _draw_panel(ax: Axes, panel: _Panel, *, lying: bool, room: float) -> None:
    """Draw the bars of a group, their whiskers, the objective, and a title *room* points wide."""
    style_axes(ax, grid="x" if lying else "y")
    looks, ink = _looks(ax), palette_of(ax).ink
    draw = ax.barh if lying else ax.bar
    for place, row in panel.rows.items():
        draw(place, row.share, 0.8, **looks.get(row.look, looks[""]))
    share_axis = ax.xaxis if lying else ax.yaxis
    share_axis.set_ticks([0, 0.25, 0.5, 0.75, 1])
    share_axis.set_major_formatter(PercentFormatter(1, decimals=0))
    rows = [*panel.rows.values()]
    shares = [row.share for row in rows]
    errors = [
        [max(row.share - row.low, 0) for row in rows],
        [max(row.high - row.share, 0) for row in rows],
    ]
    whiskers: dict[str, Any] = {
        "fmt": "none",
        "ecolor": ink,
        "elinewidth": 0.9,
        "capsize": 2,
        "zorder": 5,
    }
    if lying:
        ax.errorbar(shares, [*panel.rows], xerr=errors, **whiskers)
    else:
        ax.errorbar([*panel.rows], shares, yerr=errors, **whiskers)
    _draw_objectives(ax, panel, lying=lying)
    if panel.title:
        title = wrap_to(panel.title, MEDIUM, room - 24, bold=True)
        ax.set_title(title, loc="left", size=MEDIUM, color=ink, weight="bold")


def _draw_objectives(ax: Axes, panel: _Panel, *, lying: bool) -> None:
    """Draw one line if all bars have the same objective, else one for each bar."""
    look: dict[str, Any] = {"color": palette_of(ax).ink, "linewidth": 1.2, "zorder": 4}
    objectives = {row.objective for row in panel.rows.values()}
    objective = objectives.pop() if len(objectives) == 1 else None
    if objective is not None:
        (ax.axvline if lying else ax.axhline)(objective, **look)
        return
    for place, row in panel.rows.items():
        if row.objective is not None:
            ends, level = [place - 0.5, place + 0.5], [row.objective] * 2
            ax.plot(*((level, ends) if lying else (ends, level)), **look)


def _label_bars(ax: Axes, labels: Sequence[_BarLabel], pitch: float, pad: float) -> None:
    """Write the labels of upright bars below their counts: all, or every second or third one."""
    step = math.ceil((widest((label.short for label in labels), TINY) + 4) / pitch)
    texts = {place: labels[place].short for place in range(0, len(labels), step)}
    full: int | None = None  # the last label that names its year or month
    for place in texts:
        before = "" if full is None else labels[full].year
        if labels[place].year == before:
            continue
        apart = widest((before, labels[place].year), TINY) + 4
        if full is not None and (place - full) * pitch < apart:
            texts[full] = labels[full].short
        full, texts[place] = place, labels[place].full
    ax.xaxis.remove_overlapping_locs = False
    ax.set_xticks([*texts], [*texts.values()], minor=True)
    ax.tick_params(axis="x", which="minor", labelsize=TINY, length=0, pad=pad)


def _add_legend(
    figure: Figure | SubFigure, panels: Sequence[_Panel], confidence: float, translate: Translator
) -> None:
    rows = [row for panel in panels for row in panel.rows.values()]
    results = {row.look for row in rows}
    looks, ink = _looks(figure), palette_of(figure).ink
    handles: list[Any] = []
    labels: list[str] = []
    for result, text in _LEGEND.items():
        if result in results:
            handles.append(Patch(**looks[result]))
            labels.append(translate(text))
    if any(row.objective is not None for row in rows):
        handles.append(Line2D([], [], color=ink, linewidth=1.2))
        labels.append(translate("objective"))
        handles.append(Line2D([], [], color=ink, linewidth=0, marker="$\\pm$", markersize=5))
        labels.append(translate("how many more may be missed"))
    handles.append(Line2D([], [], color=ink, linewidth=0.9, marker="|", markersize=5))
    share = f"{confidence:.4%}".replace(".0000%", "%")
    labels.append(translate("{share} interval (Wilson)").format(share=share))
    add_legend(figure, handles, labels)
