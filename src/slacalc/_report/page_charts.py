"""Where the marks of a page's pictures stand: shares, their intervals and their course, as numbers.

A share is a dot on a line, and its interval a bar behind it, since the lines of a page begin where
its shares do and not at nothing. What sticks out is cut off at the edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slacalc._report.periods import period_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slacalc._report.page_content import Share
    from slacalc._report.periods import Period

_BEGINNINGS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5)
_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25)
WIDTH, HEIGHT = 720, 210
LEFT, _RIGHT = 54, 10
_TOP, _FLOOR, _FOOT, _BAR = 12, 142, 186, 26  # of the shares, and of the bars below them
_MOST_LABELS = 13


class Scale(NamedTuple):
    """Where a line begins; it ends at 100 %."""

    begins: float

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Scale:
        """The scale on which some shares are seen best."""
        known = [one for one in values if one is not None]
        least = min(known, default=0.0)
        return cls(next((one for one in _BEGINNINGS if one <= least), 0.0))

    def place(self, share: float) -> float:
        """Where a share stands, from 0 to 100."""
        return round(min(max((share - self.begins) / (1 - self.begins), 0.0), 1.0) * 100, 2)

    def ticks(self) -> list[float]:
        """Some round shares between the ends of the line, with both."""
        span = 1 - self.begins
        step = next(one for one in _STEPS if span / one <= 5)
        count = round(span / step)
        return [self.begins + (1 - self.begins) * place / count for place in range(count + 1)]


class Point(NamedTuple):
    """A period in the course of a metric.

    Args:
        share: What was counted; None where nothing came in.
        label: The period.
        x: Where it stands.
        y, low, high: Where its share and the ends of the interval do; None where nothing is
            decided.
        bar: How high the bar of what was decided is.
    """

    share: Share | None
    label: str
    x: float
    y: float | None
    low: float | None
    high: float | None
    bar: float


class Course(NamedTuple):
    """The course of a metric over periods, as a picture.

    Args:
        metric: The metric.
        points: The periods, without gaps.
        line: The line through the shares, as the data of a path.
        objective: Where the objective stands, and what it is; None for none.
        across: Marks of the line of shares: where, and what they say.
        along: Those of the periods.
        step: How far periods are apart.
        floor: Where the line of shares begins.
        foot: Where the bars stand.
        most: The most that was decided in a period.
    """

    metric: str
    points: list[Point]
    line: str
    objective: tuple[float, float] | None
    across: list[tuple[float, float]]
    along: list[tuple[float, str]]
    step: float
    floor: float
    foot: float
    most: int


def course(metric: str, shares: Sequence[Share], scale: Scale, period: Period) -> Course:
    """The course of a metric, from the shares of its periods, in order."""
    told = {one.number: one for one in shares if one.period is not None}
    numbers = range(min(told, default=0), max(told, default=-1) + 1)
    step = (WIDTH - LEFT - _RIGHT) / max(len(numbers), 1)
    most = max((one.decided for one in told.values()), default=0)

    def down(share: float) -> float:
        return round(_FLOOR - (_FLOOR - _TOP) * scale.place(share) / 100, 1)

    points = []
    for place, number in enumerate(numbers):
        one = told.get(number)
        known = one is not None and one.attainment is not None
        points.append(
            Point(
                one,
                period_text(number, period),
                round(LEFT + step * (place + 0.5), 1),
                down(one.attainment) if known else None,  # type: ignore[union-attr,arg-type]
                down(one.low) if known else None,  # type: ignore[union-attr,arg-type]
                down(one.high) if known else None,  # type: ignore[union-attr,arg-type]
                round(_BAR * one.decided / most, 1) if one and most else 0.0,
            )
        )
    every = -(-len(points) // _MOST_LABELS)
    promised = next((one.objective for one in shares if one.objective is not None), None)
    return Course(
        metric,
        points,
        _line(points),
        None if promised is None else (down(promised), promised),
        [(down(share), share) for share in scale.ticks()],
        [(one.x, one.label) for one in points[::every]],
        round(step, 2),
        _FLOOR,
        _FOOT,
        most,
    )


def _line(points: Sequence[Point]) -> str:
    """A line through the points; broken where there is none."""
    parts, joins = [], False
    for one in points:
        if one.y is None:
            joins = False
            continue
        parts.append(f"{'L' if joins else 'M'}{one.x} {one.y}")
        joins = True
    return "".join(parts)
