"""A story arranged for a page: which tables there are, and what stands in each.

A page has room for forty values of an attribute, not for a thousand. What does not fit is counted,
and the page says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._report.page_charts import Scale, course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slacalc._report.page_charts import Course
    from slacalc._report.page_content import PageContent, Share

_MOST_VALUES = 40  # of an attribute, in a table
_MOST_ACROSS = 8
_MOST_LINES = 26  # of an explanation
_MOST_PROBLEMS = 10


class Cell(NamedTuple):
    """A share in a table.

    Args:
        share: What was counted; None where nothing was.
        dot, low, high: Where its share and its interval stand on their line, from 0 to 100.
        goal: Where the objective stands.
        missed: How much of it was missed, from 0 to 1, for a tint.
    """

    share: Share | None
    dot: float | None = None
    low: float | None = None
    high: float | None = None
    goal: float | None = None
    missed: float = 0.0


class Line(NamedTuple):
    """A row of a table: a value, and a share for each metric."""

    value: Any
    cells: list[Cell]


class Grouped(NamedTuple):
    """A table of one attribute.

    Args:
        name: The attribute.
        lines: Its values.
        others: How many more values there are.
        silent: How many values have no ticket that is decided or open, and their tickets.
    """

    name: str
    lines: list[Line]
    others: int
    silent: tuple[int, int]


class Crossed(NamedTuple):
    """A table of two attributes, of one metric."""

    metric: str
    heads: list[Any]
    lines: list[Line]


class PageTables:
    """A story arranged for the page."""

    def __init__(self, story: PageContent) -> None:
        self._story = story
        shares = [
            *story.totals,
            *story.periods,
            *(one for _, group in story.groups for one in group),
        ]
        self.scale = Scale.of(value for one in shares for value in (one.attainment, one.objective))
        self.metrics = [one.metric for one in story.totals]
        self.totals = [self.cell(one) for one in story.totals]
        self.has_objectives = any(one.objective is not None for one in story.totals)
        self.groups = [self._grouped(name, group) for name, group in story.groups]
        self.crossed = self._crossed()
        self.courses: list[Course] = []
        period = story.judged.options.period
        if period is not None:
            for metric in self.metrics:
                own = [one for one in story.periods if one.metric == metric]
                if any(one.decided for one in own):
                    self.courses.append(course(metric, own, self.scale, period))
        self.by_period = self._by_period()
        self.kept = self._kept()
        self.problems = story.problems[:_MOST_PROBLEMS]
        rest = story.problems[_MOST_PROBLEMS:]
        self.more_problems = len(rest), sum(one.total for one in rest)
        self.unjudged = sum(one.total for one in story.problems)
        self.why = "" if story.why is None else _shortened(story.why[1])

    def cell(self, share: Share | None) -> Cell:
        """A share with its place on the line."""
        if share is None or share.attainment is None or share.low is None or share.high is None:
            return Cell(share)
        place = self.scale.place
        return Cell(
            share,
            place(share.attainment),
            place(share.low),
            place(share.high),
            None if share.objective is None else place(share.objective),
            round(1 - share.attainment, 4),
        )

    def _by_period(self) -> list[tuple[str | None, list[tuple[Share | None, bool]]]]:
        """The periods in order, each with what was counted of the metrics that are drawn."""
        told: dict[tuple[str | None, str], Share] = {
            (one.period, one.metric): one for one in self._story.periods
        }
        numbers = {one.period: one.number for one in self._story.periods}
        order = sorted(numbers, key=lambda label: (label is None, numbers[label]))
        return [
            (
                label,
                [
                    (told.get((label, one.metric)), one.objective is not None)
                    for one in self.courses
                ],
            )
            for label in order
        ]

    def _kept(self) -> dict[str, tuple[float, int, int]]:
        """By metric the objective for a period, in how many it was reached, and of how many."""
        kept: dict[str, tuple[float, int, int]] = {}
        for one in self._story.periods:
            if one.objective is not None and one.reached is not None:
                _, reached, count = kept.get(one.metric, (0.0, 0, 0))
                kept[one.metric] = one.objective, reached + one.reached, count + 1
        return kept

    def _grouped(self, name: str, shares: Sequence[Share]) -> Grouped:
        """A table of one attribute; values of which there are too many are added up."""
        values: dict[Any, dict[str, Share]] = {}
        for one in shares:
            values.setdefault(one.values[0], {})[one.metric] = one
        silent = [
            value
            for value, found in values.items()
            if not any(one.decided or one.open for one in found.values())
        ]
        tickets = sum(max(one.total for one in values[value].values()) for value in silent)
        seen = [value for value in values if value not in silent]
        often = sorted(seen, key=lambda value: -max(one.total for one in values[value].values()))[
            :_MOST_VALUES
        ]
        lines = [
            Line(value, [self.cell(values[value].get(metric)) for metric in self.metrics])
            for value in seen
            if value in often
        ]
        return Grouped(name, lines, len(seen) - len(lines), (len(silent), tickets))

    def _crossed(self) -> list[Crossed]:
        """Tables of the first two attributes, a metric each, where they are small enough."""
        found: list[Crossed] = []
        if not self._story.crossed:
            return found
        for metric in self.metrics:
            own = [one for one in self._story.crossed if one.metric == metric and one.decided]
            down = self._ordered(0, {one.values[0] for one in own})
            across = self._ordered(1, {one.values[1] for one in own})
            if 0 < len(across) <= _MOST_ACROSS and len(down) <= _MOST_VALUES:
                by = {one.values: one for one in own}
                lines = [
                    Line(one, [self.cell(by.get((one, other))) for other in across]) for one in down
                ]
                found.append(Crossed(metric, across, lines))
        return found

    def _ordered(self, place: int, values: set[Any]) -> list[Any]:
        """Values in the order in which their own table has them."""
        order = list(dict.fromkeys(one.values[0] for one in self._story.groups[place][1]))
        return [one for one in order if one in values]


def _shortened(text: str) -> str:
    """A text of few lines: its beginning and its end."""
    lines = text.splitlines()
    if len(lines) <= _MOST_LINES:
        return text
    begin, end = lines[: _MOST_LINES - 8], lines[-6:]
    return "\n".join([*begin, f"    ⋮ {len(lines) - len(begin) - len(end)}", *end])
