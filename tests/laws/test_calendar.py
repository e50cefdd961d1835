"""Laws of every calendar, whatever its hours, its days off and its clocks."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from slacalc import ALWAYS, Calendar, FloatingDates, Holidays
from slacalc.errors import HorizonError, NeverOpen
from tests.oracles.calendar import DAY, HOUR
from tests.strategies.calendars import (
    MICROSECOND,
    Scene,
    at_us,
    fresh,
    instants,
    scenes,
    to_length,
    to_us,
    works,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

NONE = timedelta(0)
FEWER = settings().max_examples // 3  # for laws that ask dozens of calendars at once


def answer(ask: Callable[[], datetime]) -> int | None:
    """The instant that a method returns, or None if there is none."""
    try:
        return to_us(ask())
    except (NeverOpen, HorizonError):
        return None


def found(ask: Callable[[], datetime]) -> int:
    """The instant that a method returns; a calendar that has none is no case for the law."""
    instant = answer(ask)
    assume(instant is not None)
    assert instant is not None
    return instant


def elapsed(calendar: Calendar, start: int, end: int) -> int:
    return to_length(calendar.elapsed(at_us(start), at_us(end)))


def spans(calendar: Calendar, start: int, end: int) -> list[tuple[int, int]]:
    listed = calendar.spans(at_us(start), at_us(end))
    return [(to_us(opens), to_us(closes)) for opens, closes in listed]


# Work --------------------------------------------------------------------------------------------


@given(data=st.data())
def test_what_add_adds_has_elapsed(data: st.DataObject) -> None:
    """Between a start and the answer of `add` lies exactly the work, and not before the answer."""
    scene = data.draw(scenes())
    calendar, start = scene.calendar, data.draw(instants(scene))
    work = data.draw(works(scene))
    assume(work > 0)
    done = found(lambda: calendar.add(at_us(start), work * MICROSECOND))
    assert elapsed(calendar, start, done) == work
    assert elapsed(calendar, start, done - 1) == work - 1
    begun = found(lambda: calendar.subtract(at_us(start), work * MICROSECOND))
    assert elapsed(calendar, begun, start) == work
    assert elapsed(calendar, begun + 1, start) == work - 1


@given(data=st.data())
def test_add_is_monotone(data: st.DataObject) -> None:
    """Who starts later, or has more to do, is never done earlier; nor, backwards, starts later."""
    scene = data.draw(scenes())
    calendar = scene.calendar
    first, second = sorted((data.draw(instants(scene)), data.draw(instants(scene))))
    less, more = sorted((data.draw(works(scene)), data.draw(works(scene))))
    for less_work, more_work in ((less, more), (-more, -less), (-less, more)):
        for edge in ("close", "next_open"):
            early = found(
                lambda work=less_work, edge=edge: calendar.add(  # type: ignore[misc]  # bound early
                    at_us(first), work * MICROSECOND, edge=edge
                )
            )
            late = found(
                lambda work=more_work, edge=edge: calendar.add(  # type: ignore[misc]  # bound early
                    at_us(second), work * MICROSECOND, edge=edge
                )
            )
            assert early <= late


@given(data=st.data())
def test_add_there_and_back(data: st.DataObject) -> None:
    """`add(add(t, d), -d) == t` for t inside hours."""
    scene = data.draw(scenes())
    calendar, start = scene.calendar, data.draw(instants(scene))
    assume(calendar.is_open(at_us(start)))
    length = data.draw(works(scene)) * MICROSECOND
    assume(length > NONE)
    done = found(lambda: calendar.add(at_us(start), length))
    assert to_us(calendar.add(at_us(done), -length)) == start


@given(data=st.data())
def test_back_and_there(data: st.DataObject) -> None:
    """`add(add(t, -d), d) == t` for t inside hours or at a closing."""
    scene = data.draw(scenes())
    calendar, start = scene.calendar, data.draw(instants(scene))
    assume(calendar.is_open(at_us(start - 1)))
    length = data.draw(works(scene)) * MICROSECOND
    assume(length > NONE)
    begun = found(lambda: calendar.add(at_us(start), -length))
    assert to_us(calendar.add(at_us(begun), length)) == start


@given(data=st.data())
def test_elapsed_adds_up(data: st.DataObject) -> None:
    """What elapses from a to b and from b to c, elapses from a to c; in whatever order they lie."""
    scene = data.draw(scenes())
    a, b, c = (data.draw(instants(scene)) for _ in range(3))
    calendar = scene.calendar
    assert elapsed(calendar, a, c) == elapsed(calendar, a, b) + elapsed(calendar, b, c)
    assert elapsed(calendar, a, b) == -elapsed(calendar, b, a)
    assert elapsed(calendar, a, a) == 0
    assert 0 <= abs(elapsed(calendar, a, b)) <= abs(b - a)
    seconds = elapsed(calendar, a, b) / 1_000_000
    assert calendar.elapsed_seconds(at_us(a), at_us(b)) == int(seconds)


@given(data=st.data())
def test_work_done_in_parts(data: st.DataObject) -> None:
    """Work done in two parts is done when the whole is."""
    scene = data.draw(scenes())
    calendar, start = scene.calendar, data.draw(instants(scene))
    part, rest = (data.draw(works(scene)) * MICROSECOND for _ in range(2))
    assume(part > NONE and rest > NONE)
    whole = found(lambda: calendar.add(at_us(start), part + rest))
    assert to_us(calendar.add(calendar.add(at_us(start), part), rest)) == whole


@given(data=st.data())
def test_subtract_is_the_mirror_of_add(data: st.DataObject) -> None:
    """`subtract(t, d)` is `add(t, -d)`, and `subtract(t, -d)` is `add(t, d)`."""
    scene = data.draw(scenes())
    calendar, at = scene.calendar, at_us(data.draw(instants(scene)))
    length = data.draw(works(scene)) * MICROSECOND
    assume(length > NONE)  # forwards, no work rolls on; backwards, it rolls back
    assert answer(lambda: calendar.subtract(at, length)) == answer(
        lambda: calendar.add(at, -length)
    )
    assert answer(lambda: calendar.subtract(at, -length)) == answer(
        lambda: calendar.add(at, length)
    )


@given(data=st.data())
def test_no_work_is_the_limit_of_ever_less(data: st.DataObject) -> None:
    """Zero work inside hours is done at once; outside, at the next opening, or back a closing."""
    scene = data.draw(scenes())
    calendar, start = scene.calendar, data.draw(instants(scene))
    at = at_us(start)
    on, back = answer(lambda: calendar.add(at, NONE)), answer(lambda: calendar.subtract(at, NONE))
    if calendar.is_open(at):
        assert on == back == start
        return
    assert on == answer(lambda: calendar.next_open(at))
    assert back == answer(lambda: calendar.previous_close(at))
    least = answer(lambda: calendar.add(at, MICROSECOND))
    assert (on is None and least is None) or on == (least or 0) - 1
    least = answer(lambda: calendar.subtract(at, MICROSECOND))
    assert (back is None and least is None) or back == (least or 0) + 1


@given(data=st.data())
def test_an_exact_fit_ends_at_the_close(data: st.DataObject) -> None:
    """Work that just fits ends at the closing; with `edge="next_open"`, at the next opening."""
    scene = data.draw(scenes())
    calendar, start = scene.calendar, data.draw(instants(scene))
    assume(calendar.is_open(at_us(start)))
    close = found(lambda: calendar.next_close(at_us(start)))
    fit = calendar.elapsed(at_us(start), at_us(close))
    assert to_us(calendar.add(at_us(start), fit)) == close
    reopens = answer(lambda: calendar.next_open(at_us(close)))
    assert answer(lambda: calendar.add(at_us(start), fit, edge="next_open")) == reopens
    opened = found(lambda: calendar.previous_open(at_us(start)))
    fit = calendar.elapsed(at_us(opened), at_us(start + 1))
    assert to_us(calendar.subtract(at_us(start + 1), fit)) == opened
    closed = answer(lambda: calendar.previous_close(at_us(opened)))
    back = answer(lambda: calendar.subtract(at_us(start + 1), fit, edge="previous_close"))
    assert back == closed


@given(data=st.data())
def test_an_edge_matters_only_at_exact_fits(data: st.DataObject) -> None:
    """Where an answer lies inside hours, both kinds of edge give it."""
    scene = data.draw(scenes())
    calendar, at = scene.calendar, at_us(data.draw(instants(scene)))
    length = data.draw(works(scene)) * MICROSECOND
    done = found(lambda: calendar.add(at, length))
    if calendar.is_open(at_us(done)):
        assert to_us(calendar.add(at, length, edge="next_open")) == done


# Openings and closings ---------------------------------------------------------------------------


@given(data=st.data())
def test_openings_and_closings_take_turns(data: st.DataObject) -> None:
    """An opening begins what a closing ends; nothing opens or closes between neighbours."""
    scene = data.draw(scenes())
    calendar, start = scene.calendar, data.draw(instants(scene))
    at = at_us(start)
    if calendar.is_open(at):
        assert to_us(calendar.next_open(at)) == start
        opened, closes = (
            answer(lambda: calendar.previous_open(at)),
            answer(lambda: calendar.next_close(at)),
        )
        if opened is not None:
            assert opened <= start
            assert calendar.is_open(at_us(opened))
            assert not calendar.is_open(at_us(opened - 1))
        if closes is not None:
            assert closes > start
            assert not calendar.is_open(at_us(closes))
            assert calendar.is_open(at_us(closes - 1))
        if opened is not None and closes is not None:
            assert spans(calendar, opened, closes) == [(opened, closes)]
    else:
        closed, opens = (
            answer(lambda: calendar.previous_close(at)),
            answer(lambda: calendar.next_open(at)),
        )
        if closed is not None and opens is not None:
            assert closed <= start < opens
            assert spans(calendar, closed, opens) == []
            opened = answer(lambda: calendar.previous_open(at))
            assert opened is None or opened < closed
            later = answer(lambda: calendar.next_close(at))
            assert later == answer(lambda: calendar.next_close(at_us(opens)))


@given(data=st.data())
def test_an_edge_is_its_own_neighbour(data: st.DataObject) -> None:
    """The last opening at or before an opening is itself; likewise closings."""
    scene = data.draw(scenes())
    calendar, at = scene.calendar, at_us(data.draw(instants(scene)))
    closes = found(lambda: calendar.next_close(at))
    assert to_us(calendar.previous_close(at_us(closes))) == closes
    opened = found(lambda: calendar.previous_open(at))
    assert to_us(calendar.previous_open(at_us(opened))) == opened
    assert to_us(calendar.next_open(at_us(opened))) == opened


@given(data=st.data())
def test_spans_sum_to_elapsed(data: st.DataObject) -> None:
    """The spans of a stretch are in order, apart, inside it, and as long as what elapses in it."""
    scene = data.draw(scenes())
    start, end = sorted((data.draw(instants(scene)), data.draw(instants(scene))))
    listed = spans(scene.calendar, start, end)
    assert sum(closes - opens for opens, closes in listed) == elapsed(scene.calendar, start, end)
    assert all(start <= opens < closes <= end for opens, closes in listed)
    assert all(before[1] < after[0] for before, after in pairwise(listed))
    assert bool(listed and listed[0][0] == start) is (
        start < end and scene.calendar.is_open(at_us(start))
    )


@given(data=st.data())
def test_a_ledger_accounts_for_every_microsecond(data: st.DataObject) -> None:
    """The rows of a ledger lie end to end, sum to the whole, and their open part is the work."""
    scene = data.draw(scenes())
    start, end = sorted((data.draw(instants(scene)), data.draw(instants(scene))))
    calendar = scene.calendar
    ledger = calendar.explain(at_us(start), at_us(end))
    edges = [(to_us(row.start), to_us(row.end)) for row in ledger]
    assert [edge[0] for edge in edges] + [end] == [start] + [edge[1] for edge in edges]
    assert all(begins < ends for begins, ends in edges)
    assert to_length(ledger.open) == elapsed(calendar, start, end)
    assert to_length(ledger.closed) == end - start - elapsed(calendar, start, end)
    assert sum(map(to_length, ledger.totals().values())) == end - start
    for row, (begins, ends) in zip(ledger, edges, strict=True):
        assert elapsed(calendar, begins, ends) == (ends - begins if row.is_open else 0)


# Algebra -----------------------------------------------------------------------------------------


def _three(data: st.DataObject) -> tuple[Scene, list[Calendar]]:
    """Three calendars around one moment."""
    scene = data.draw(scenes(terms=1))
    zone = scene.calendar.time_zone
    others = [
        data.draw(scenes(terms=0, zones=(zone, "Europe/Berlin"), middle=scene.middle)).calendar
        for _ in range(2)
    ]
    return scene, [scene.calendar, *others]


@settings(max_examples=FEWER)
@given(data=st.data())
def test_calendars_are_a_boolean_algebra(data: st.DataObject) -> None:
    """Union and intersection commute, associate, distribute and absorb; de Morgan's laws hold."""
    scene, (a, b, c) = _three(data)

    def same(left: Calendar, right: Calendar) -> bool:
        first, last = scene.middle - 5 * DAY, scene.middle + 5 * DAY
        return spans(left, first, last) == spans(right, first, last)

    never = Calendar("UTC", "closed")
    assert same(a | b, b | a)
    assert same(a & b, b & a)
    assert same((a | b) | c, a | (b | c))
    assert same((a & b) & c, a & (b & c))
    assert same(a & (b | c), (a & b) | (a & c))
    assert same(a | (b & c), (a | b) & (a | c))
    assert same(a | (a & b), a)
    assert same(a & (a | b), a)
    assert same(a | never, a)
    assert same(a & ALWAYS, a)
    assert same(a | ALWAYS, ALWAYS)
    assert same(a & never, never)
    assert same(a - b, a & (ALWAYS - b))
    assert same(a | (ALWAYS - a), ALWAYS)
    assert same(a & (ALWAYS - a), never)
    assert same(ALWAYS - (a | b), (ALWAYS - a) & (ALWAYS - b))
    assert same(ALWAYS - (a & b), (ALWAYS - a) | (ALWAYS - b))
    assert same(ALWAYS - (ALWAYS - a), a)


@given(data=st.data())
def test_algebra_is_of_openness(data: st.DataObject) -> None:
    """A combination is open where its sides say so, and keeps the zone of the left one."""
    scene, (a, b, _) = _three(data)
    at = at_us(data.draw(instants(scene)))
    assert (a | b).is_open(at) is (a.is_open(at) or b.is_open(at))
    assert (a & b).is_open(at) is (a.is_open(at) and b.is_open(at))
    assert (a - b).is_open(at) is (a.is_open(at) and not b.is_open(at))
    assert (a | b).time_zone == (a & b).time_zone == (a - b).time_zone == a.time_zone
    assert (a | b).end_of_day(at).timezone_name == a.time_zone


# Data --------------------------------------------------------------------------------------------


@given(data=st.data())
def test_descriptions_come_back_whole(data: st.DataObject) -> None:
    """Pickle, JSON and `repr` give an equal calendar, with an equal hash and the same timeline."""
    calendar = data.draw(scenes()).calendar
    names = {"Calendar": Calendar, "Holidays": Holidays}
    for copy in (
        pickle.loads(pickle.dumps(calendar)),  # noqa: S301 - our own
        Calendar.from_dict(json.loads(json.dumps(calendar.to_dict()))),
        eval(repr(calendar), names),  # noqa: S307 - our own
    ):
        assert copy == calendar
        assert hash(copy) == hash(calendar)
        assert repr(copy) == repr(calendar)
        assert copy.timeline is calendar.timeline


def test_floating_dates_are_values() -> None:
    """Dates without a zone are equal if they are the same dates."""
    dates = Calendar.dates("2024-05-01", "2024-05-03..2024-05-04")
    assert isinstance(dates, FloatingDates)
    assert dates == Calendar.dates("2024-05-01", ("2024-05-03", "2024-05-04"))
    assert hash(dates) == hash(pickle.loads(pickle.dumps(dates)))  # noqa: S301 - our own


# State -------------------------------------------------------------------------------------------

_QUESTIONS: dict[str, Callable[[Calendar, datetime, int], Any]] = {
    "add": lambda calendar, at, count: calendar.add(at, timedelta(minutes=97 * count)),
    "subtract": lambda calendar, at, count: calendar.subtract(at, timedelta(minutes=97 * count)),
    "next_open": lambda calendar, at, _: calendar.next_open(at),
    "next_close": lambda calendar, at, _: calendar.next_close(at),
    "previous_open": lambda calendar, at, _: calendar.previous_open(at),
    "previous_close": lambda calendar, at, _: calendar.previous_close(at),
    "is_open": lambda calendar, at, _: calendar.is_open(at),
    "add_working_days": lambda calendar, at, count: calendar.add_working_days(at, count),
    "end_of_working_day": lambda calendar, at, count: calendar.end_of_working_day(at, count),
    "elapsed": lambda calendar, at, count: calendar.elapsed(at, at + timedelta(days=count)),
    "spans": lambda calendar, at, count: calendar.spans(at, at + timedelta(days=abs(count))),
    "days": lambda calendar, at, _: calendar.days(at.date(), at.date()),
    "date_after": lambda calendar, at, count: calendar.add_working_days(at.date(), count),
    "count_working_days": lambda calendar, at, count: calendar.count_working_days(
        at, at + timedelta(days=200 * count)
    ),
    "roll": lambda calendar, at, _: calendar.roll(at, "preceding"),
}


def _ask(calendar: Calendar, question: tuple[str, int, int]) -> Any:
    name, instant, count = question
    try:
        return _QUESTIONS[name](calendar, at_us(instant), count)
    except (NeverOpen, HorizonError) as error:
        return type(error), str(error)


@st.composite
def _inquiries(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[Calendar, list[Any]]:
    """A calendar and questions near New Year, or years away from it."""
    scene: Scene = draw(scenes(terms=1))
    year = draw(st.integers(2000, 2040))
    new_year = to_us(at_us(0).replace(year=year))
    moment = st.builds(
        lambda far, near: new_year + far * 366 * DAY + near * HOUR // 2,
        st.sampled_from((0, 0, 0, -1, 1, -9, 9)),
        st.integers(-60, 60),
    )
    question = st.tuples(
        st.sampled_from(list(_QUESTIONS)), moment | instants(scene), st.integers(-3, 3)
    )
    return scene.calendar, draw(st.lists(question, min_size=2, max_size=6))


@pytest.mark.slow
@settings(max_examples=FEWER)
@given(_inquiries())
@example(
    # A night that New Year falls into: its date lies in another year than its instants.
    (
        Calendar("Asia/Shanghai", {"daily": "22:00-06:00"}),
        [
            ("add_working_days", 1_735_671_600 * 1_000_000, 2),  # 2025-01-01 03:00
            ("end_of_working_day", 1_735_671_600 * 1_000_000, 0),
        ],
    )
)
@example(
    (
        Calendar("America/New_York", {"daily": "9-22"}),
        [
            ("end_of_working_day", 1_735_693_200 * 1_000_000, 0),  # 2024-12-31 20:00
            ("add_working_days", 1_735_693_200 * 1_000_000, 1),
        ],
    )
)
def test_answers_do_not_depend_on_what_was_asked_before(
    inquiry: tuple[Calendar, list[tuple[str, int, int]]],
) -> None:
    """A calendar that has compiled other years, in any order, gives the same answers."""
    calendar, questions = inquiry
    alone = [_ask(fresh(calendar), question) for question in questions]
    forwards = fresh(calendar)
    assert [_ask(forwards, question) for question in questions] == alone
    backwards = fresh(calendar)
    assert backwards.timeline is not forwards.timeline
    assert [_ask(backwards, question) for question in reversed(questions)] == alone[::-1]
    wide = fresh(calendar)
    wide.elapsed(at_us(-10 * 366 * DAY), at_us(90 * 366 * DAY))
    assert [_ask(wide, question) for question in questions] == alone


def test_threads_agree_with_one_thread() -> None:
    """Threads that use a fresh calendar at the same time get what one thread gets."""
    calendar = Calendar("Africa/Cairo", {"sat-thu": "22:00-06:00", "fri": "9-12"}, holidays="EG")
    questions = [
        (name, to_us(at_us(0).replace(year=year)) + hours * HOUR, 2)
        for year in range(1990, 2030, 3)
        for hours in (-30, 0, 1, 2000)
        for name in _QUESTIONS
    ]
    expected = [_ask(fresh(calendar), question) for question in questions[:: len(_QUESTIONS)]]
    alone = fresh(calendar)
    whole = [_ask(alone, question) for question in questions]
    assert whole[:: len(_QUESTIONS)] == expected
    for turn in range(3):
        shared = fresh(calendar)
        order = questions[turn * 7 :] + questions[: turn * 7]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda one: _ask(shared, one), order))  # noqa: B023 - used up within the turn
        assert answers == whole[turn * 7 :] + whole[: turn * 7]


# Days --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["add_working_days", "end_of_working_day"])
@given(data=st.data())
def test_working_days_are_monotone(data: st.DataObject, verb: str) -> None:
    """Who starts later, or has more working days, is never due earlier."""
    scene = data.draw(scenes())
    move = getattr(scene.calendar, verb)
    first, second = sorted((data.draw(instants(scene)), data.draw(instants(scene))))
    count = data.draw(st.integers(-3, 3))
    sooner = found(lambda: move(at_us(first), count))
    assert sooner <= found(lambda: move(at_us(second), count))
    assert sooner <= found(lambda: move(at_us(first), count + 1))


@given(data=st.data())
def test_working_days_end_inside_or_at_the_end_of_hours(data: st.DataObject) -> None:
    """A working day on, one is neither before its first opening nor after its last closing."""
    scene = data.draw(scenes())
    calendar, at = scene.calendar, at_us(data.draw(instants(scene)))
    ends = found(lambda: calendar.end_of_working_day(at))
    assert ends >= to_us(at)
    assert calendar.is_open(at_us(ends - 1))
    assert to_us(calendar.end_of_working_day(at_us(ends))) <= ends
    rolled = found(lambda: calendar.add_working_days(at, 0))
    assert rolled == to_us(calendar.next_open(at))


@given(data=st.data())
def test_calendar_days_are_monotone(data: st.DataObject) -> None:
    """More dates on is never earlier, and midnight is never before the dates it ends."""
    scene = data.draw(scenes())
    calendar, at = scene.calendar, at_us(data.draw(instants(scene)))
    count = data.draw(st.integers(-400, 400))
    moved, more = calendar.add_calendar_days(at, count), calendar.add_calendar_days(at, count + 1)
    assert to_us(moved) <= to_us(more)
    midnight = to_us(calendar.end_of_day(at, count))
    assert midnight <= to_us(calendar.end_of_day(at, count + 1))
    assert to_us(calendar.add_calendar_days(at, 0)) == to_us(at)


def test_shifts_that_hand_over_share_no_time() -> None:
    """Where one date's shift overlaps the next one's, the overlap is of the later date only."""
    ward = Calendar("UTC", {"mon": "20:00-08:00", "tue": "07:00-15:00"})
    monday, tuesday = ward.days("2024-05-06", "2024-05-07")
    assert [f"{opens:%d %H:%M}-{closes:%d %H:%M}" for opens, closes in monday.spans] == [
        "06 20:00-07 07:00"
    ]
    assert [f"{opens:%d %H:%M}-{closes:%d %H:%M}" for opens, closes in tuesday.spans] == [
        "07 07:00-07 15:00"
    ]
    whole = ward.elapsed("2024-05-06T00:00Z", "2024-05-08T00:00Z")
    assert monday.work + tuesday.work == whole == timedelta(hours=19)


def test_an_instant_is_of_the_date_its_shift_starts_on() -> None:
    """After a short shift inside a long night, the remaining night still belongs to the evening."""
    nested = Calendar("UTC", {"sat": "22:00-06:00", "sun": "02:00-02:15"})
    # Sunday 04:00 is of Saturday's night; the next working day is Sunday, not next Saturday.
    moved = nested.add_working_days("2024-05-05T04:00Z", 1)
    assert to_us(moved) < to_us(nested.next_open("2024-05-11T00:00Z"))
