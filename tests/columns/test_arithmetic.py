"""Arithmetic over arrays: each row has the result of the timeline."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slacalc import Calendar
from slacalc._columns.kernel import BEYOND, CHUNK, MISSING
from slacalc._time.instants import DAY, EARLIEST, HOUR, LATEST, MINUTE, SECOND, year_start
from tests.oracles.calendar import Regime, TooFarError, Walker
from tests.strategies.calendars import fresh, instants, scenes, works

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.strategies.calendars import Draw, Scene

    Integers = NDArray[np.int64]
from tests.columns.scenes import UNUSUAL, VERBS, Verb, arrays_of, check, ints, shown, us

FEWER = max(settings().max_examples // 2, 1)


every_verb = pytest.mark.parametrize("name", VERBS)


class Rows(NamedTuple):
    """Instants, and a second argument of each kind."""

    at: Integers
    second: dict[str, Integers | int]


@st.composite
def rows(draw: Draw, scene: Scene, *, most: int = 12) -> Rows:
    """Rows of questions in a scene, some of them missing or out of the years."""
    near = instants(scene)
    outside = st.sampled_from((MISSING, EARLIEST - 1, LATEST, LATEST + 10**6 * DAY))
    mostly = st.one_of(*[near] * 6, outside)
    signed = st.builds(lambda work, sign: work * sign, works(scene), st.sampled_from((1, -1)))
    strategies = {
        "work": (st.one_of(*[signed] * 6, st.just(MISSING)), signed),
        "days": (st.integers(-4, 4), st.integers(-4, 4)),
        "instant": (mostly, near),
    }
    size = draw(st.integers(1, most))

    def column(of: st.SearchStrategy[int]) -> Integers:
        return ints(draw(st.lists(of, min_size=size, max_size=size)))

    second: dict[str, Integers | int] = {"none": 0}
    for kind, (in_columns, single) in strategies.items():
        second[kind] = draw(single) if draw(st.booleans()) else column(in_columns)
    return Rows(column(mostly), second)


@every_verb
@settings(max_examples=max(FEWER // 2, 1))  # of each of the twelve
@given(data=st.data())
def test_an_array_is_its_rows(data: st.DataObject, name: str) -> None:
    """Every row is answered as the single call answers it, the second argument array or number."""
    scene = data.draw(scenes())
    called = data.draw(rows(scene))
    check(name, scene.calendar, called.at, called.second[VERBS[name].second])


@settings(max_examples=FEWER)
@given(data=st.data())
def test_rows_do_not_depend_on_each_other(data: st.DataObject) -> None:
    """Any permutation, any part and any number of chunks answer the same rows alike."""
    scene = data.draw(scenes(terms=1))
    called = data.draw(rows(scene))
    few = len(called.at)
    size = data.draw(st.sampled_from((few, CHUNK, CHUNK + 1, 2 * CHUNK + 7)))
    order = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(size) % few
    cut = data.draw(st.integers(0, size))
    for verb in VERBS.values():
        arrays, second = arrays_of(scene.calendar), called.second[verb.second]
        expected = verb.over(arrays, called.at, second)[order]
        many = called.at[order]
        others = second if isinstance(second, int) else second[order]
        assert np.array_equal(verb.over(arrays, many, others), expected)
        first, last = (others, others) if isinstance(others, int) else (others[:cut], others[cut:])
        parts = (verb.over(arrays, many[:cut], first), verb.over(arrays, many[cut:], last))
        assert np.array_equal(np.concatenate(parts), expected)
        flipped = others if isinstance(others, int) else others[::-1]
        assert np.array_equal(verb.over(arrays, many[::-1], flipped), expected[::-1])


@settings(max_examples=max(FEWER // 3, 1))  # each compiles a calendar anew for every verb
@given(data=st.data())
def test_answers_do_not_depend_on_what_was_asked_before(data: st.DataObject) -> None:
    """A calendar that has compiled nothing answers like one that has compiled many years."""
    scene = data.draw(scenes(terms=0))
    called = data.draw(rows(scene, most=4))
    wide = fresh(scene.calendar)
    wide.timeline.covering(scene.middle - 1200 * DAY, scene.middle + 1200 * DAY)
    for verb in VERBS.values():
        second = called.second[verb.second]
        expected = verb.over(arrays_of(wide), called.at, second)
        assert np.array_equal(
            verb.over(arrays_of(fresh(scene.calendar)), called.at, second), expected
        )


@settings(max_examples=FEWER)
@given(data=st.data())
def test_arrays_walk_where_the_walker_does(data: st.DataObject) -> None:
    """Work, edges and days over arrays are what the oracle finds step by step."""
    scene = data.draw(scenes(step=900))
    at = data.draw(st.lists(instants(scene), min_size=1, max_size=4))
    works_on = data.draw(st.lists(works(scene), min_size=len(at), max_size=len(at)))
    days = data.draw(st.integers(-2, 2))
    arrays, walker, column = arrays_of(scene.calendar), scene.walker, ints(at)
    questions: list[tuple[Integers, Callable[[int, int], int]]] = [
        (arrays.add(column, ints(works_on)), walker.add),
        (arrays.subtract(column, ints(works_on)), walker.subtract),
        (
            arrays.elapsed(column, column[::-1]),
            lambda start, _: walker.elapsed(start, end_of[start]),
        ),
        (arrays.is_open(column).astype(np.int64), lambda start, _: walker.is_open(start)),
        (arrays.next_open(column), lambda start, _: walker.next_open(start)),
        (arrays.next_close(column), lambda start, _: walker.next_close(start)),
        (
            arrays.add_working_days(column, days),
            lambda start, _: walker.add_working_days(start, days),
        ),
        (
            arrays.end_of_working_day(column, days),
            lambda start, _: walker.end_of_working_day(start, days),
        ),
        (
            arrays.time_of_working_day(column, abs(days), 9 * HOUR),
            lambda start, _: walker.time_of_working_day(start, abs(days), 9 * 3600),
        ),
        (
            arrays.time_of_day(column, abs(days), 2 * HOUR),
            lambda start, _: walker.time_of_day(start, abs(days), 2 * 3600),
        ),
        (arrays.add_days(column, days), lambda start, _: walker.add_calendar_days(start, days)),
        (arrays.end_of_day(column, days), lambda start, _: walker.end_of_day(start, days)),
    ]
    end_of = dict(zip(at, reversed(at), strict=True))
    for got, walked in questions:
        for answer, start, work in zip(got.tolist(), at, works_on, strict=True):
            try:
                expected = walked(start, work)
            except TooFarError:
                continue
            if answer != BEYOND or EARLIEST + DAY < start < LATEST - DAY:
                assert answer == expected


LENGTHS = [0, 1, SECOND, HOUR, 8 * HOUR, 100 * HOUR + 1, 40_000 * HOUR, 3_000_000 * HOUR]


@cache
def unusual_rows(name: str) -> tuple[Calendar, Rows]:
    """Each unusual calendar at its unusual instants, with every length, and at both ends."""
    calendar, texts = UNUSUAL[name]
    moments = [us(text) + near for text in texts for near in (-DAY, -1, 0, 1, HOUR, DAY)]
    moments += [MISSING, EARLIEST, EARLIEST - 1, LATEST, LATEST - 1, MISSING + 2, 2**63 - 1]
    lengths = [sign * length for length in LENGTHS for sign in (1, -1)] + [MISSING]
    pairs = [(at, length) for at in moments for length in lengths]
    random = np.random.default_rng(1)
    pairs = [pairs[place] for place in random.permutation(len(pairs))[:150]]
    at = ints([at for at, _ in pairs])
    second: dict[str, Integers | int] = {
        "work": ints([length for _, length in pairs]),
        "days": random.choice(ints([0, 0, 1, -1, 2, -5, 400, -90_000, 90_000]), len(pairs)),
        "instant": random.permutation(at),
        "none": 0,
    }
    return calendar, Rows(at, second)


@pytest.mark.parametrize("unusual", UNUSUAL)
def test_unusual_calendars_at_unusual_moments(unusual: str) -> None:
    """Huge, no and negative work, from every unusual instant and both ends of the years."""
    calendar, called = unusual_rows(unusual)
    for name, verb in VERBS.items():
        check(name, calendar, called.at, called.second[verb.second])


@pytest.mark.parametrize("unusual", ["nights that overlap", "open once", "never open"])
@every_verb
def test_one_number_for_all_rows(unusual: str, name: str) -> None:
    """A number as second argument means the same as a column of it."""
    calendar, called = unusual_rows(unusual)
    arrays, verb = arrays_of(calendar), VERBS[name]
    numbers = {"work": LENGTHS + [-one for one in LENGTHS], "days": [0, 3, -3, 90_000]}
    for number in numbers.get(verb.second, [us("2024-05-03T12:00+00:00")]):
        column = verb.over(arrays, called.at, np.full(len(called.at), number, np.int64))
        assert np.array_equal(verb.over(arrays, called.at, number), column)


MIRRORED = {"add": "subtract", "add to the next opening": "subtract to the previous closing"}


@pytest.mark.parametrize("name", MIRRORED)
@pytest.mark.parametrize("work", [HOUR, -HOUR, 0, 2 * HOUR, -2 * HOUR])
@pytest.mark.parametrize("text", ["2024-12-31T16:00", "2024-01-01T10:00", "2024-12-31T17:00"])
def test_an_edge_beyond_the_compiled_years(name: str, work: int, text: str) -> None:
    """Where an exact fit ends a compiled year, the next opening is looked for in the next one."""
    calendar = fresh(Calendar("UTC", {"daily": "9-17"}))
    at = ints([us(text + "+00:00")])
    check(name, calendar, at, work)
    check(MIRRORED[name], fresh(calendar), at, work)
    check(name, fresh(calendar), at, ints([work]))


@every_verb
def test_no_rows(name: str) -> None:
    """No rows have no answers, on any calendar."""
    none = ints([])
    for calendar, _ in UNUSUAL.values():
        for second in (none, 1):
            assert VERBS[name].over(arrays_of(calendar), none, second).tolist() == []


@every_verb
def test_only_rows_without_an_answer(name: str) -> None:
    """Where no row can be looked up, each is still marked by what is wrong with it."""
    at = ints([MISSING, LATEST, EARLIEST - 1, MISSING])
    for calendar, _ in UNUSUAL.values():
        got = VERBS[name].over(arrays_of(calendar), at, 1)
        assert got.tolist() == [MISSING, BEYOND, BEYOND, MISSING]


@pytest.mark.parametrize(
    "name", [name for name, verb in VERBS.items() if verb.second in ("work", "days")]
)
@pytest.mark.parametrize("huge", [2**63 - 1, 2**62, 2**57, -(2**57), -(2**62), -(2**63) + 2])
def test_lengths_that_fit_no_year(name: str, huge: int) -> None:
    """The longest lengths and the most days go beyond the years, and do not come round again."""
    verb = VERBS[name]
    calendar = Calendar("Europe/Berlin", {"mon-fri": "9-17"})
    at = ints([us("2024-05-03T12:00+00:00")] * 2)
    assert verb.over(arrays_of(calendar), at, huge).tolist() == [BEYOND] * 2
    assert verb.over(arrays_of(calendar), at, ints([huge, 0]))[0] == BEYOND


@every_verb
def test_questions_are_not_written_to(name: str) -> None:
    """Read-only arrays are accepted, and no array is changed."""
    for unusual in ("nights that overlap", "never open", "always open"):
        calendar, called = unusual_rows(unusual)
        at, second = called.at.copy(), called.second[VERBS[name].second]
        second = second if isinstance(second, int) else second.copy()
        at.flags.writeable = False
        if not isinstance(second, int):
            second.flags.writeable = False
        got = VERBS[name].over(arrays_of(calendar), at, second)
        assert not np.shares_memory(got, at)
        assert isinstance(second, int) or not np.shares_memory(got, second)
        assert np.array_equal(at, called.at)
        assert np.array_equal(second, called.second[VERBS[name].second])


def test_threads_agree_with_one_thread() -> None:
    """Eight threads that ask a fresh calendar at once get what one thread gets."""
    calendar = Calendar("Africa/Cairo", {"sat-thu": "22:00-06:00", "fri": "9-12"})
    random = np.random.default_rng(8)
    questions = []
    for turn in range(4):
        first = year_start(2000 + 7 * turn)
        at = random.integers(first, first + 700 * DAY, CHUNK + 99)
        second: dict[str, Any] = {
            "work": random.integers(-90 * HOUR, 90 * HOUR, len(at)),
            "days": random.integers(-9, 9, len(at)),
            "instant": at[::-1].copy(),
            "none": 0,
        }
        questions += [(verb, at, second[verb.second]) for verb in VERBS.values()]

    def ask(calendar: Calendar, question: tuple[Verb, Integers, Any]) -> Integers:
        answer: Integers = question[0].over(arrays_of(calendar), *question[1:])
        return answer

    alone_in_turn = fresh(calendar)
    expected = [ask(alone_in_turn, question) for question in questions]
    shared = fresh(calendar)
    assert shared.timeline is not alone_in_turn.timeline
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda question: ask(shared, question), questions * 2))
    for got, wanted in zip(answers, expected * 2, strict=True):
        assert np.array_equal(got, wanted)


def test_an_office_by_hand() -> None:
    """A Friday afternoon, a lunch break and a weekend."""
    office = arrays_of(Calendar("Asia/Shanghai", {"mon-fri": "08:30-12:00, 13:00-17:30"}))
    friday = us("2024-05-10T16:00+08:00")
    starts = ints([friday, friday + HOUR, friday + 3 * HOUR, us("2024-05-09T11:30+08:00")])
    assert shown(office.add(starts, 2 * HOUR)) == [
        "05-13 01:00",
        "05-13 02:00",
        "05-13 02:30",
        "05-09 06:30",
    ]
    assert shown(office.add(starts, 90 * MINUTE)) == [
        "05-10 09:30",  # exactly by closing time, 17:30 in Shanghai
        "05-13 01:30",
        "05-13 02:00",
        "05-09 06:00",
    ]
    assert shown(office.add(starts[:1], 90 * MINUTE, to_next_open=True)) == ["05-13 00:30"]
    assert (office.elapsed(starts, us("2024-05-13T09:00+08:00")) / HOUR).tolist() == [
        2,
        1,
        0.5,
        13.5,
    ]
    assert office.is_open(starts).tolist() == [True, True, False, True]
    assert shown(office.next_close(starts)) == [
        "05-10 09:30",
        "05-10 09:30",
        "05-13 04:00",
        "05-09 04:00",
    ]
    assert shown(office.next_open(starts)) == [
        "05-10 08:00",
        "05-10 09:00",
        "05-13 00:30",
        "05-09 03:30",
    ]
    assert shown(office.end_of_working_day(starts, 1)) == [
        "05-13 09:30",
        "05-13 09:30",
        "05-14 09:30",
        "05-10 09:30",
    ]


def test_nights_by_hand() -> None:
    """A night shift of eight hours is seven in March and nine in October."""
    nights = arrays_of(Calendar("Europe/Berlin", {"sat": "22:00-06:00"}))
    begins = ints(
        [
            us("2024-03-30T22:00+01:00"),
            us("2024-10-26T22:00+02:00"),
            us("2024-05-11T22:00+02:00"),
        ]
    )
    ends = ints(
        [us("2024-03-31T06:00+02:00"), us("2024-10-27T06:00+01:00"), us("2024-05-12T06:00+02:00")]
    )
    assert (nights.elapsed(begins, ends) // HOUR).tolist() == [7, 9, 8]
    assert np.array_equal(nights.add(begins, ints([7 * HOUR, 9 * HOUR, 8 * HOUR])), ends)
    assert np.array_equal(nights.subtract(ends, ints([7 * HOUR, 9 * HOUR, 8 * HOUR])), begins)
    assert np.array_equal(nights.next_close(begins), ends)


def test_unusual_clocks_by_hand() -> None:
    """Lord Howe's clocks change by half an hour, and Apia had no 30 December 2011."""
    island = arrays_of(Calendar("Australia/Lord_Howe", {"sun": "01:00-03:00"}))
    starts = ints([us("2024-04-07T00:00+11:00"), us("2024-10-06T00:00+10:30")])
    assert (island.elapsed(starts, starts + DAY) / HOUR).tolist() == [2.5, 1.5]
    apia = arrays_of(Calendar("Pacific/Apia", {"daily": "9-17"}))
    thursday = ints([us("2011-12-29T10:00-10:00")])
    change = us("2011-12-31T00:00+14:00")
    assert apia.add_days(thursday, 1).tolist() == [change]
    assert apia.end_of_day(thursday, 0).tolist() == [change]
    assert apia.add_days(thursday, 2).tolist() == [us("2011-12-31T10:00+14:00")]
    assert apia.add_working_days(thursday, 1).tolist() == [us("2011-12-31T10:00+14:00")]
    assert apia.elapsed(thursday, change + DAY).tolist() == [15 * HOUR]


def test_a_walker_counts_the_same_year() -> None:
    """A thousand instants of one year, each counted cell by cell by the oracle."""
    hours = {day: [(30_600, 43_200), (46_800, 63_000)] for day in range(5)}
    walker = Walker("Europe/Berlin", [Regime(date.min, hours)], step=900, patience=2_000)
    arrays = arrays_of(Calendar("Europe/Berlin", {"mon-fri": "08:30-12:00, 13:00-17:30"}))
    random = np.random.default_rng(4)
    at = random.integers(year_start(2024), year_start(2025), 1_000)
    works_on = random.integers(1, 20 * HOUR, len(at))
    expected = [walker.add(*row) for row in zip(at.tolist(), works_on.tolist(), strict=True)]
    assert arrays.add(at, works_on).tolist() == expected
    ends = at + random.integers(-2 * DAY, 2 * DAY, len(at))
    expected = [walker.elapsed(*row) for row in zip(at.tolist(), ends.tolist(), strict=True)]
    assert arrays.elapsed(at, ends).tolist() == expected
