"""The charts of a page as numbers: positions of shares, of their intervals and of their course.

A share is a dot on a line that ends at 100 %. The line begins at a round number below the smallest
share and not at 0, so that small differences are seen; for this reason there are no bars of shares.
An interval that begins before the line is cut off at its edge.
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
# Heights in a chart: of the shares, and of the bars below them.
_TOP, _FLOOR, _FOOT, _BAR = 12, 142, 186, 26
_MOST_LABELS = 13


class Scale(NamedTuple):
    """A horizontal axis of shares, up to 100 %.

    Args:
        begins: The share at its beginning; it ends at 100 %.
    """

    begins: float

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Scale:
        """The shortest axis that fits all shares."""
        least = min((value for value in values if value is not None), default=0.0)
        return cls(next((share for share in _BEGINNINGS if share <= least), 0.0))

    def place(self, share: float) -> float:
        """The position of a share, from 0 to 100."""
        return round(min(max((share - self.begins) / (1 - self.begins), 0.0), 1.0) * 100, 2)

    def ticks(self) -> list[float]:
        """Round shares from one end of the axis to the other, at most six."""
        span = 1 - self.begins
        # Rounding tolerates 5.000000001.
        step = next(step for step in _STEPS if round(span / step, 6) <= 5)
        count = round(span / step)
        return [self.begins + span * place / count for place in range(count + 1)]


class Point(NamedTuple):
    """A period in the course of a metric.

    Args:
        share: Its counts; None if no ticket belongs to it.
        label: The period.
        x: The horizontal position.
        y, low, high: The vertical positions of the share and the ends of its interval; None if
            nothing is decided.
        bar: The height of the bar of the decided tickets.
    """

    share: Share | None
    label: str
    x: float
    y: float | None
    low: float | None
    high: float | None
    bar: float


class Course(NamedTuple):
    """The course of a metric over consecutive periods, as a picture.

    Args:
        metric: The metric.
        points: The periods.
        line: The line through the shares, as the data of an SVG path.
        objective: The position and the value of the objective; None if there is none.
        across: The positions and values of the horizontal grid lines.
        along: The positions and texts of the labels of periods.
        step: The distance of two periods.
        floor: The lower end of the line of shares.
        foot: The lower end of the bars.
        most: The number of decided tickets of the highest bar.
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


def draw_course(metric: str, shares: Sequence[Share], scale: Scale, period: Period) -> Course:
    """Draw the course of a metric from the shares of its periods."""
    by_number = {share.number: share for share in shares if share.period is not None}
    numbers = range(min(by_number, default=0), max(by_number, default=-1) + 1)
    step = (WIDTH - LEFT - _RIGHT) / max(len(numbers), 1)
    most = max((share.decided for share in by_number.values()), default=0)

    def height(share: float) -> float:
        return round(_FLOOR - (_FLOOR - _TOP) * scale.place(share) / 100, 1)

    def height_or_none(share: float | None) -> float | None:
        return None if share is None else height(share)

    points = []
    for place, number in enumerate(numbers):
        share = by_number.get(number)
        points.append(
            Point(
                share,
                period_text(number, period),
                round(LEFT + step * (place + 0.5), 1),
                height_or_none(share and share.attainment),
                height_or_none(share and share.low),
                height_or_none(share and share.high),
                round(_BAR * share.decided / most, 1) if share and most else 0.0,
            )
        )
    every = -(-len(points) // _MOST_LABELS)  # rounded up
    objective = next((share.objective for share in shares if share.objective is not None), None)
    return Course(
        metric,
        points,
        _path(points),
        None if objective is None else (height(objective), objective),
        [(height(share), share) for share in scale.ticks()],
        [(point.x, point.label) for point in points[::every]],
        round(step, 2),
        _FLOOR,
        _FOOT,
        most,
    )


def _path(points: Sequence[Point]) -> str:
    """A line through the points as the data of an SVG path, with gaps where nothing is decided."""
    parts, is_drawing = [], False
    for point in points:
        if point.y is None:
            is_drawing = False
            continue
        parts.append(f"{'L' if is_drawing else 'M'}{point.x} {point.y}")
        is_drawing = True
    return "".join(parts)
