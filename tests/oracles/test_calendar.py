"""Every method of a calendar gives the answer of the slow walker.

Three grids: quarters of an hour over some days for working days, minutes for the rest, and seconds
within hours of a clock change or an edge. Instants and lengths are fine to the microsecond on all.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc.errors import HorizonError, NeverOpen
from tests.oracles.calendar import DAY, HOUR, TODAY, TooFarError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
from tests.strategies.calendars import (
    MICROSECOND,
    Scene,
    at_us,
    instants,
    scenes,
    to_length,
    to_us,
    works,
)


def check(
    scene: Scene,
    start: int,
    walked: Callable[[], int],
    answered: Callable[[], datetime],
    *,
    there_and_back: bool = False,
) -> None:
    """Both give the same; or the walker gives up, and the product finds one far off, or none."""
    try:
        expected = walked()
    except TooFarError:
        try:
            answer = to_us(answered())
        except (NeverOpen, HorizonError):
            return
        patience = (scene.walker.patience - 1) * scene.walker.step
        near = 0 if there_and_back else min(patience, (scene.walker.days - 5) * DAY)
        assert abs(answer - start) >= near, f"{at_us(answer)}, where the walker finds none"
        return
    answer = to_us(answered())
    assert answer == expected, f"{at_us(answer)} is not {at_us(expected)}"


def check_work(scene: Scene, start: int, end: int, work: int) -> None:
    """`add`, `subtract` and `elapsed`, at both kinds of edge, agree with the walker."""
    calendar, walker, length = scene.calendar, scene.walker, work * MICROSECOND
    at = at_us(start)

    def previous_close() -> int:
        begun = walker.subtract(start, work)
        fits = work > 0 and not walker.is_open(begun - 1)
        return walker.previous_close(begun) if fits else begun

    assert to_length(calendar.elapsed(at, at_us(end))) == walker.elapsed(start, end)
    check(scene, start, lambda: walker.add(start, work), lambda: calendar.add(at, length))
    check(
        scene,
        start,
        lambda: walker.next_open(walker.add(start, work)),
        lambda: calendar.add(at, length, edge="next_open"),
    )
    check(scene, start, lambda: walker.subtract(start, work), lambda: calendar.subtract(at, length))
    check(scene, start, lambda: walker.add(start, -work), lambda: calendar.add(at, -length))
    check(
        scene, start, previous_close, lambda: calendar.subtract(at, length, edge="previous_close")
    )


def check_edges(scene: Scene, start: int) -> None:
    """`is_open` and the four edges agree with the walker."""
    calendar, walker, at = scene.calendar, scene.walker, at_us(start)
    assert calendar.is_open(at) is walker.is_open(start)
    check(scene, start, lambda: walker.next_open(start), lambda: calendar.next_open(at))
    check(scene, start, lambda: walker.next_close(start), lambda: calendar.next_close(at))
    check(scene, start, lambda: walker.previous_open(start), lambda: calendar.previous_open(at))
    check(scene, start, lambda: walker.previous_close(start), lambda: calendar.previous_close(at))


def check_days(scene: Scene, start: int, count: int) -> None:
    """The four methods that count days agree with the walker."""
    calendar, walker, at = scene.calendar, scene.walker, at_us(start)
    check(
        scene,
        start,
        lambda: walker.add_working_days(start, count),
        lambda: calendar.add_working_days(at, count),
    )
    check(
        scene,
        start,
        lambda: walker.end_of_working_day(start, count),
        lambda: calendar.end_of_working_day(at, count),
        there_and_back=count < 0,
    )
    moved = calendar.add_calendar_days(at, count)
    assert to_us(moved) == walker.add_calendar_days(start, count)
    assert to_us(calendar.end_of_day(at, count)) == walker.end_of_day(start, count)


def check_dates(scene: Scene, start: date, end: date, count: int) -> None:
    """The methods that take dates and return dates or numbers agree with the walker."""
    calendar, walker = scene.calendar, scene.walker
    assert calendar.is_working_day(start) is walker.is_working_day(start)
    for inclusive in ("left", "right", "both", "neither"):
        counted = calendar.count_working_days(start, end, inclusive=inclusive)
        assert counted == walker.count_working_days(start, end, inclusive), inclusive
    asks: list[tuple[Callable[[], date], Callable[[], date]]] = [
        (lambda: walker.date_after(start, count), lambda: calendar.add_working_days(start, count)),
        (lambda: walker.roll(start, "following"), lambda: calendar.roll(start, "following")),
        (lambda: walker.roll(start, "preceding"), lambda: calendar.roll(start, "preceding")),
        (
            lambda: walker.roll(start, "modified_following"),
            lambda: calendar.roll(start, "modified_following"),
        ),
        (
            lambda: walker.roll(start, "modified_preceding"),
            lambda: calendar.roll(start, "modified_preceding"),
        ),
    ]
    for walked, answered in asks:
        try:
            expected = walked()
        except TooFarError:
            with suppress(NeverOpen, HorizonError):
                assert abs(answered() - start) >= (walker.days - 5) * TODAY
        else:
            assert answered() == expected


@pytest.mark.parametrize(
    ("step", "within"),
    [pytest.param(1, HOUR // 2, marks=pytest.mark.slow), (60, 2 * DAY), (900, 12 * DAY)],
)
@given(data=st.data())
def test_work_is_what_the_walker_counts(data: st.DataObject, step: int, within: int) -> None:
    """Elapsed time and deadlines are what counting open instants one after the other gives."""
    scene = data.draw(scenes(step=step))
    times = instants(scene, within=within)
    start, end = data.draw(times), data.draw(times)
    check_work(scene, start, end, data.draw(works(scene, most=within)))


@pytest.mark.parametrize(("step", "within"), [(1, HOUR // 2), (60, 2 * DAY), (900, 12 * DAY)])
@given(data=st.data())
def test_edges_are_where_the_walker_meets_them(data: st.DataObject, step: int, within: int) -> None:
    """Openings and closings lie where openness changes from one instant to the next."""
    scene = data.draw(scenes(step=step))
    check_edges(scene, data.draw(instants(scene, within=within)))


@given(data=st.data())
def test_days_are_those_the_walker_passes(data: st.DataObject) -> None:
    """Working days, their ends, dates and midnights are what going from date to date gives."""
    scene = data.draw(scenes(step=900))
    check_days(scene, data.draw(instants(scene)), data.draw(st.integers(-4, 4)))


@pytest.mark.slow
@given(data=st.data())
def test_days_of_clocks_that_change_at_odd_minutes(data: st.DataObject) -> None:
    """Where the clock goes back at a minute past midnight, dates and working days still hold."""
    scene = data.draw(scenes(step=60, terms=1, zones=("America/St_Johns",)))
    check_days(scene, data.draw(instants(scene)), data.draw(st.integers(-1, 2)))


@given(data=st.data())
def test_spans_are_the_open_cells(data: st.DataObject) -> None:
    """Spans cover the open instants and no others, cut to the range, in order, never touching."""
    scene = data.draw(scenes(step=900))
    times = instants(scene, within=4 * DAY)
    start, end = sorted((data.draw(times), data.draw(times)))
    walker = scene.walker
    expected: list[list[int]] = []
    for cell in range(walker.cell(start), end, walker.step):
        begins, ends = max(cell, start), min(cell + walker.step, end)
        if begins < ends and walker.is_open(cell):
            if expected and expected[-1][1] == begins:
                expected[-1][1] = ends
            else:
                expected.append([begins, ends])
    spans = scene.calendar.spans(at_us(start), at_us(end))
    assert [[to_us(opens), to_us(closes)] for opens, closes in spans] == expected


@given(data=st.data())
def test_each_open_instant_belongs_to_one_date(data: st.DataObject) -> None:
    """The spans of a date are the open instants of its shifts that belong to no later date."""
    scene = data.draw(scenes(step=900))
    walker = scene.walker
    middle = walker.reading(scene.middle).date()
    for day in scene.calendar.days(middle - TODAY, middle + TODAY):
        hours = walker.hours(day.date)
        cells = range(*hours, walker.step) if hours else []
        expected = [
            cell for cell in cells if walker.is_open(cell) and walker.dates(cell)[0] == day.date
        ]
        shown = [
            cell
            for opens, closes in day.spans
            for cell in range(to_us(opens), to_us(closes), walker.step)
        ]
        assert shown == expected, day.date


@given(data=st.data())
def test_dates_are_counted_as_the_walker_counts_them(data: st.DataObject) -> None:
    """Counts, moves and rolls of dates are what looking at one date after the other gives."""
    scene = data.draw(scenes(step=900))
    around = at_us(scene.middle).astimezone(scene.walker.zone).date()
    near = st.integers(-5, 6).map(lambda days: around + days * TODAY)
    check_dates(scene, data.draw(near), data.draw(near), data.draw(st.integers(-4, 4)))
