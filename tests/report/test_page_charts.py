"""Charts: lines of shares, and the positions of points, intervals and bars, worked out by hand."""

from __future__ import annotations

import pytest

from slacalc._report.page_charts import Scale, draw_course
from slacalc._report.page_content import Share


def share(
    number: int, met: int, decided: int, objective: float | None = None, period: str | None = "-"
) -> Share:
    """A share whose interval is from 0 to 1."""
    attainment = met / decided if decided else None
    low, high = (0.0, 1.0) if decided else (None, None)
    return Share(
        metric="repair",
        values=(),
        period=period,
        number=number,
        total=decided,
        decided=decided,
        met=met,
        late=0,
        breached=decided - met,
        open=0,
        unjudged=0,
        excluded={},
        attainment=attainment,
        low=low,
        high=high,
        objective=objective,
        budget=None,
        reached=None,
        verdict=None,
    )


@pytest.mark.parametrize(
    ("values", "begins"),
    [
        ([], 0.0),
        ([None], 0.0),
        ([0.4, 1.0], 0.0),
        ([0.5], 0.5),
        ([0.93, None, 0.99], 0.9),
        ([0.985], 0.98),
        ([1.0], 0.99),
    ],
)
def test_a_line_begins_at_a_round_number_below_all_shares(
    values: list[float | None], begins: float
) -> None:
    assert Scale.of(values).begins == begins


def test_places_on_a_line() -> None:
    """From 90 % to 100 %: 95 % stands in the middle; what lies before the line is at its edge."""
    places = [Scale(0.9).place(value) for value in (0.5, 0.9, 0.95, 0.975, 1.0)]
    assert places == [0.0, 0.0, 50.0, 75.0, 100.0]


@pytest.mark.parametrize(
    ("begins", "ticks"),
    [
        (0.0, [0, 0.25, 0.5, 0.75, 1]),
        (0.5, [0.5, 0.6, 0.7, 0.8, 0.9, 1]),
        (0.8, [0.8, 0.85, 0.9, 0.95, 1]),
        (0.9, [0.9, 0.92, 0.94, 0.96, 0.98, 1]),
        (0.99, [0.99, 0.992, 0.994, 0.996, 0.998, 1]),
    ],
)
def test_ticks(begins: float, ticks: list[float]) -> None:
    """Round shares with both ends."""
    assert Scale(begins).ticks() == pytest.approx(ticks)


def test_the_course_of_a_metric() -> None:
    """January to April 1970 (numbers 0 to 3): half of 4, nothing, all of 8, nothing decided.

    The picture is 720 wide with margins of 54 and 10, so that a month has 656 / 4 = 164. Shares
    stand between 142 (0 %) and 12 (100 %), the highest bar has 26.
    """
    shares = [share(0, 2, 4, 0.9), share(2, 8, 8), share(3, 0, 0), share(-9, 1, 1, period=None)]
    course = draw_course("repair", shares, Scale(0.0), "month")
    assert [point.label for point in course.points] == ["1970-01", "1970-02", "1970-03", "1970-04"]
    assert [point.x for point in course.points] == [136.0, 300.0, 464.0, 628.0]
    assert [point.y for point in course.points] == [77.0, None, 12.0, None]
    assert [(point.low, point.high) for point in course.points] == [
        (142.0, 12.0),
        (None, None),
        (142.0, 12.0),
        (None, None),
    ]
    assert [point.bar for point in course.points] == [13.0, 0.0, 26.0, 0.0]
    assert [point.share for point in course.points] == [shares[0], None, shares[1], shares[2]]
    assert course.line == "M136.0 77.0M464.0 12.0"
    assert course.objective == (25.0, 0.9)
    assert course.across[1:3] == [(109.5, 0.25), (77.0, 0.5)]
    assert (course.step, course.floor, course.foot, course.most) == (164.0, 142, 186, 8)
    assert [text for _, text in course.along] == ["1970-01", "1970-02", "1970-03", "1970-04"]


def test_neighbouring_points_are_joined() -> None:
    course = draw_course("repair", [share(0, 1, 1), share(1, 0, 1)], Scale(0.0), "month")
    assert course.line == "M218.0 12.0L546.0 142.0"
    assert course.objective is None


def test_labels_of_many_periods_are_thinned() -> None:
    """At most 13: of 14 periods every second one has a label."""
    shares = [share(number, 1, 1) for number in range(14)]
    course = draw_course("repair", shares, Scale(0.0), "month")
    assert [text for _, text in course.along] == [
        *("1970-01", "1970-03", "1970-05", "1970-07", "1970-09", "1970-11", "1971-01")
    ]
    thirteen = draw_course("repair", shares[:13], Scale(0.0), "month")
    assert len(thirteen.along) == 13
