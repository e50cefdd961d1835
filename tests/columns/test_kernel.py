"""The look-ups of the kernel: as a binary search finds them, in one step where they can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import Calendar
from slacalc._columns.kernel import (
    BEYOND,
    CHUNK,
    BucketLines,
    Buckets,
    Kernel,
    SpanSearch,
    kernel_of,
)
from slacalc._time.instants import DAY, HOUR, MINUTE, SECOND, year_start
from tests.strategies.calendars import fresh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
from tests.columns.scenes import UNUSUAL, VERBS, check, ints, us


def check_places(
    buckets: Buckets, thresholds: Integers, values: Integers, *, inclusive: bool
) -> None:
    """What is stored by place is what a binary search finds."""
    side: Literal["left", "right"] = "right" if inclusive else "left"
    numbers = np.arange(len(thresholds) + 1) * 7
    for begin in range(0, len(values), CHUNK):
        part = values[begin : begin + CHUNK]
        places = np.full(len(part), -1, np.int64)
        buckets.find(part, places)
        expected = np.searchsorted(thresholds, part, side)
        assert np.array_equal(buckets.by_place(numbers).take(places), numbers[expected])
        assert np.array_equal(buckets.passed(part), expected)


@given(data=st.data(), inclusive=st.booleans())
def test_buckets_find_what_a_binary_search_finds(data: st.DataObject, *, inclusive: bool) -> None:
    """Every place is found, however near to each other the thresholds are."""
    scale = data.draw(st.sampled_from((1, SECOND, MINUTE, HOUR, 400 * DAY)))
    gaps = data.draw(st.lists(st.integers(0, 50), min_size=1, max_size=40))
    starts = (0, -(10**15), 7, year_start(2000), year_start(1930))
    start = data.draw(st.sampled_from(starts))
    thresholds = start + np.cumsum(ints([gap * scale for gap in gaps]))
    thresholds += data.draw(st.sampled_from((0, -1, -HOUR)))
    end = start + sum(gaps) * scale + data.draw(st.sampled_from((0, 1, DAY, 200_000 * DAY)))
    buckets = Buckets(thresholds, start, end, inclusive=inclusive)
    near = np.concatenate([thresholds - 1, thresholds, thresholds + 1, ints([start, end])])
    check_places(buckets, thresholds, np.unique(np.clip(near, start, end)), inclusive=inclusive)


def kernel(calendar: Calendar, first_year: int, last_year: int) -> Kernel:
    timeline = fresh(calendar).timeline
    return Kernel(timeline.covering(year_start(first_year), year_start(last_year)))


@pytest.mark.parametrize(
    ("week", "years"),
    [
        ({"mon-fri": "08:30-12:00, 13:00-17:30"}, (2015, 2030)),
        ({"mon-fri": "9-17"}, (2024, 2024)),
        ({"daily": "22:00-06:00"}, (2010, 2040)),
    ],
)
def test_ordinary_calendars_are_looked_up_in_one_step(
    week: dict[str, str], years: tuple[int, int]
) -> None:
    """Ordinary hours need a table of one correction, and none that is longer than it must be."""
    found = kernel(Calendar("Europe/Berlin", week), *years)
    lines = BucketLines.of(found._table)
    assert lines is not None
    assert lines._rows.nbytes <= 2**22
    for buckets in (found.spans._opened, found._works):
        assert buckets.corrections == 1
        assert buckets._passed.nbytes <= 2**21 + 4
        assert buckets._limits.nbytes <= 2**18 + 8
    assert kernel(Calendar("Europe/Berlin", week), 2020, 2026)._works.is_by_bucket


def test_hours_of_seconds_are_searched() -> None:
    """Where a bucket would hold many edges there is a search, and the answers are the same."""
    calendar, _ = UNUSUAL["one second in two"]
    found = kernel(calendar, 2024, 2030)
    assert BucketLines.of(found._table) is None
    assert found.spans._opened.corrections > 2
    random = np.random.default_rng(3)
    first = us("2024-05-06T11:59:58+00:00")
    at = random.integers(first, first + 70 * SECOND, 300)
    at[::3] += 7 * DAY
    for name, verb in VERBS.items():
        second: dict[str, Integers | int] = {
            "work": random.integers(-40 * SECOND, 40 * SECOND, len(at)),
            "days": 1,
            "none": 0,
        }
        check(name, calendar, at, second.get(verb.second, at[::-1]))


WEEKS = (
    {"daily": "01:00-01:01"},
    {"mon-fri": "08:30-12:00, 13:00-17:30"},
    {"daily": "00:00-06:00, 06:07-06:09, 22:00-24:00"},
    {"sun": "23:59:59-24:00"},
)


@pytest.mark.parametrize("first_year", [1900, 1950, 1969, 1970, 1975, 1990, 2000, 2009])
@pytest.mark.parametrize("week", WEEKS)
def test_tables_of_any_years_are_looked_up_alike(week: dict[str, str], first_year: int) -> None:
    """Wherever a table begins, each edge and its neighbours are found where they are."""
    exceptions = {f"{first_year}-05-28..{first_year}-05-29": "00:00-06:00, 22:00-24:00"}
    calendar = Calendar("Africa/Casablanca", week, exceptions=exceptions)
    for years in (0, 3, 15):
        found = kernel(calendar, first_year, first_year + years)
        for buckets, thresholds, end, inclusive in (
            (found.spans._opened, found._table.edges[::2], found.end - 1, True),
            (found._works, found._table.done, found.total, False),
        ):
            edges, start = ints(thresholds), found.start if inclusive else 0
            near = np.concatenate([edges - 1, edges, edges + 1, ints([start, end])])
            values = np.unique(np.clip(near, start, end))
            check_places(buckets, edges, values, inclusive=inclusive)


@pytest.mark.parametrize("first_year", [1900, 1969, 1970, 2000, 2009])
@pytest.mark.parametrize(
    "week",
    [
        {"mon-fri": "08:30-12:00, 13:00-17:30"},
        {"daily": "00:00-24:00"},
        {"mon": "00:00-24:00", "fri": "09:00-09:25"},
        {"daily": "00:00-08:00, 08:05-16:00, 16:00:01-24:00"},  # breaks far shorter than spans
        {"sun": "23:30-24:00", "mon": "07:00-23:59:59"},
    ],
)
def test_working_time_until_an_instant_is_the_sum_of_spans(
    week: dict[str, str], first_year: int
) -> None:
    """By lines and by spans it is the same: around each edge, and where the table begins."""
    timeline = fresh(Calendar("Africa/Casablanca", week)).timeline
    table = timeline.covering(year_start(first_year), year_start(first_year))
    spans = [*zip(table.edges[::2], table.edges[1::2], strict=True)]
    near = {edge + step for edge in table.edges[:60] for step in (-1, 0, 1, 7 * MINUTE)}
    near |= {table.start, table.end - 1, *range(table.start, table.start + 2 * DAY, 17 * MINUTE)}
    instants = sorted(at for at in near if table.start <= at < table.end)
    done = [sum(max(0, min(at, closes) - opens) for opens, closes in spans) for at in instants]
    opened = [any(opens <= at < closes for opens, closes in spans) for at in instants]
    lines = BucketLines.of(table)
    assert lines is not None
    for way in (lines, SpanSearch(table)):
        work, is_open = np.empty(len(instants), np.int64), np.empty(len(instants), np.bool_)
        way.work_until(ints(instants), work)
        way.is_open(ints(instants), is_open)
        assert work.tolist() == done
        assert is_open.tolist() == opened


def test_two_corrections_are_enough_for_two_edges() -> None:
    """A bucket of two edges is corrected twice."""
    thresholds = ints([10, 11, 2**30, 2**31])
    buckets = Buckets(thresholds, 0, 2**40, inclusive=True)
    assert buckets.corrections == 2
    values = ints([0, 9, 10, 11, 12, 2**30 - 1, 2**30, 2**31, 2**40])
    assert buckets.passed(values).tolist() == [0, 0, 1, 2, 2, 2, 3, 4, 4]


@pytest.mark.parametrize(
    ("thresholds", "end", "expected"),
    [
        (
            [-7, -2, 102, 5_000, 6_000],
            103,
            {0: 2, 101: 2, 102: 3, 103: 3},
        ),  # as of days beside a year
        ([5, 5, 5], 10, {0: 0, 4: 0, 5: 3, 10: 3}),  # as of night shifts that overlap
    ],
)
def test_thresholds_may_lie_outside_or_be_equal(
    thresholds: list[int], end: int, expected: dict[int, int]
) -> None:
    """Those before the start are passed by all values, and those after the end by none."""
    buckets = Buckets(ints(thresholds), 0, end, inclusive=True)
    assert buckets.corrections == thresholds.count(thresholds[1])
    assert buckets.passed(ints([*expected])).tolist() == [*expected.values()]
    check_places(buckets, ints(thresholds), np.arange(end + 1), inclusive=True)


def test_a_kernel_is_kept_while_its_table_is() -> None:
    """One table makes one kernel; a longer table makes another."""
    timeline = fresh(Calendar("UTC", {"mon-fri": "9-17"})).timeline
    table = timeline.covering(year_start(2024), year_start(2024))
    known = kernel_of(timeline, table)
    assert kernel_of(timeline, table) is known
    longer = timeline.covering(year_start(2020), year_start(2024))
    assert kernel_of(timeline, longer) is not known


def test_the_end_of_a_table_is_no_closing() -> None:
    """A night shift over New Year closes in a year that the table of the old one lacks."""
    nights = kernel(Calendar("UTC", {"daily": "22-06"}), 2024, 2024)
    texts = ("2024-12-30T23:00", "2024-12-31T06:00", "2024-12-31T23:00")
    instants, out = ints([us(text + "+00:00") for text in texts]), np.empty(3, np.int64)
    nights.spans.next_close(instants, out)
    assert out.tolist() == [us("2024-12-31T06:00+00:00"), BEYOND, BEYOND]
    nights.spans.next_open(instants, out)
    opening = us("2024-12-31T22:00+00:00")
    assert out.tolist() == [instants[0], opening, instants[2]]


def test_nothing_opens_after_the_last_span_of_a_table() -> None:
    """From the last closing of a year on, neither the next opening nor its closing is known."""
    days = kernel(Calendar("UTC", {"daily": "9-17"}), 2024, 2024)
    instants, out = ints([us("2024-12-31T17:00+00:00")]), np.empty(1, np.int64)
    for look_up in (days.spans.next_open, days.spans.next_close):
        look_up(instants, out)
        assert out.tolist() == [BEYOND]
