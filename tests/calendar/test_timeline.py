"""The compiled form: how it grows, what it shares, and how much it works."""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import ALWAYS, Calendar
from slacalc._calendar.compilation import compile_year, zone_of
from slacalc._calendar.timeline import CompiledYear, EdgeTable, Timeline
from slacalc._time.instants import DAY, HOUR, LATEST, to_instant, year_start
from slacalc.errors import HorizonError, NeverOpen, ProvisionalError
from tests.strategies.calendars import fresh

if TYPE_CHECKING:
    from collections.abc import Callable

OFFICE = Calendar("UTC", {"mon-fri": "9-17"})
NOON = "2024-05-03T12:00Z"  # a Friday


class Counted(Timeline):
    """A timeline that counts the years it compiles."""

    def __init__(self, calendar: Calendar) -> None:
        self.compiled: list[int] = []

        def source(year: int) -> CompiledYear:
            self.compiled.append(year)
            return compile_year(calendar, year)

        super().__init__(zone_of(calendar), source)


def test_a_year_is_compiled_once_and_only_when_asked_for() -> None:
    """Questions inside the table compile nothing; one beyond it extends it, each year once."""
    timeline = Counted(OFFICE)
    noon = to_instant(NOON)
    timeline.add(noon, HOUR)
    assert timeline.compiled == [2024]
    for _ in range(3):
        timeline.elapsed(noon, noon + 30 * DAY)
    assert timeline.compiled == [2024]
    timeline.elapsed(noon, noon + 365 * DAY)
    assert timeline.compiled == [2024, 2025]
    timeline.elapsed(noon - 365 * DAY, noon)
    assert sorted(timeline.compiled) == [2022, 2023, 2024, 2025]  # doubled, to the left
    timeline.add(noon, 8 * 365 * HOUR)
    assert len(timeline.compiled) == len(set(timeline.compiled))


def test_long_work_grows_the_table_by_doubling() -> None:
    """A century of work takes seven extensions, not a hundred."""
    with mock.patch.object(EdgeTable, "of", wraps=EdgeTable.of) as laid_out:
        Counted(OFFICE).add(to_instant(NOON), 100 * 52 * 40 * HOUR)
    assert laid_out.call_count <= 8


def test_equal_calendars_share_one_timeline() -> None:
    """What one has compiled serves the other, and is gone when the last of them is."""
    one, other = (Calendar("UTC", {"mon-fri": "9-18"}) for _ in range(2))
    assert one is not other
    assert one.timeline is other.timeline
    gone = weakref.ref(one.timeline)
    del one, other
    for hour in range(1, 24):  # the latest few are kept for those who come back
        Calendar("UTC", {"mon": f"0-{hour}"})
    gc.collect()
    assert gone() is None


def test_a_span_across_new_year_is_one() -> None:
    """Years are laid end to end without a seam."""
    assert len(ALWAYS.spans("2020-06-01T00:00Z", "2030-06-01T00:00Z")) == 1
    nights = Calendar("UTC", {"daily": "22:00-06:00"})
    (span,) = nights.spans("2024-12-31T20:00Z", "2025-01-01T12:00Z")
    assert [str(edge) for edge in span] == [
        "2024-12-31 22:00:00+00:00",
        "2025-01-01 06:00:00+00:00",
    ]
    assert nights.next_close("2024-12-31T23:00Z").isoformat() == "2025-01-01T06:00:00+00:00"
    fresh = Calendar("UTC", {"daily": "22:00-06:00"}, horizon=2100)
    assert fresh.previous_open("2025-01-01T01:00Z").isoformat() == "2024-12-31T22:00:00+00:00"


@pytest.mark.parametrize(
    "never",
    [
        Calendar("Europe/Berlin", "closed"),
        Calendar("Europe/Berlin", {"mon-fri": "9-17"}) - Calendar("UTC", "always"),
        Calendar("Europe/Berlin", {"sun": "02:00-03:00"})
        & Calendar("Europe/Berlin", {"mon": "9-17"}),
    ],
    ids=["closed", "subtracted", "disjoint"],
)
def test_a_calendar_that_never_opens(never: Calendar) -> None:
    """It is legal, measures nothing, and refuses work at once."""
    assert never.elapsed("2024-01-01T00:00Z", "2025-01-01T00:00Z").in_seconds() == 0
    assert not never.is_open(NOON)
    assert never.spans("2024-01-01T00:00Z", "2025-01-01T00:00Z") == []
    asks: list[Callable[[], object]] = [
        lambda: never.add(NOON, "1h"),
        lambda: never.add(NOON, "0h"),
        lambda: never.subtract(NOON, "1h"),
        lambda: never.subtract(NOON, "0h"),
        lambda: never.next_open(NOON),
        lambda: never.next_close(NOON),
        lambda: never.previous_open(NOON),
        lambda: never.previous_close(NOON),
        lambda: never.add_working_days(NOON, 1),
        lambda: never.end_of_working_day(NOON),
    ]
    for ask in asks:
        with pytest.raises(NeverOpen, match="no working minute") as caught:
            ask()
        assert caught.value.time_zone == "Europe/Berlin"


def test_a_calendar_that_opens_for_a_last_time() -> None:
    """After its last opening the work is never done: an error that names both, no loop."""
    last = Calendar("UTC", "closed", exceptions={"2024-05-03": "9-17"})
    assert last.add(NOON, "5h").isoformat() == "2024-05-03T17:00:00+00:00"
    with pytest.raises(HorizonError, match="5h 1m of work from 2024-05-03T12:00:00.* 1900 to 2200"):
        last.add(NOON, "5h1m")
    with pytest.raises(HorizonError, match="next opening"):
        last.next_open("2024-05-04T00:00Z")
    with pytest.raises(HorizonError, match="previous closing"):
        last.previous_close("2024-05-03T09:00Z")


def test_a_calendar_that_never_closes() -> None:
    """It has no next closing."""
    with pytest.raises(HorizonError, match="next closing"):
        ALWAYS.next_close(NOON)
    with pytest.raises(HorizonError, match="previous opening"):
        ALWAYS.previous_open(NOON)


@pytest.mark.parametrize("work", ["1000000000000000000h", "-1000000000000000000h", "3000000h"])
def test_work_past_the_supported_years(work: str) -> None:
    """Impossible lengths end in an error that names the work, the start and the years."""
    with pytest.raises(HorizonError, match=r"of work from 2024-05-03T12:00:00.*1900 to 2200"):
        OFFICE.add(NOON, work)


@pytest.mark.parametrize("days", [10**9, -(10**9), 80_000, -80_000])
def test_days_past_the_supported_years(days: int) -> None:
    """So do impossible numbers of days, of every kind."""
    for verb in (
        OFFICE.add_working_days,
        OFFICE.end_of_working_day,
        OFFICE.add_calendar_days,
        OFFICE.end_of_day,
    ):
        with pytest.raises(HorizonError, match="days.* 1900 to 2200"):
            verb(NOON, days if abs(days) > 100_000 else days * 2)


def test_the_ends_of_the_supported_years() -> None:
    """The first and the last supported instants work like any others."""
    assert OFFICE.elapsed("1900-01-01T00:00Z", "2200-12-31T23:59:59.999999Z").in_hours() == (
        8 * sum(1 for day in range(year_start(1900), LATEST, DAY) if (day // DAY + 3) % 7 < 5)
    )
    assert ALWAYS.add("2200-12-31T23:00Z", "1h").isoformat() == "2201-01-01T00:00:00+00:00"
    with pytest.raises(HorizonError):
        ALWAYS.add("2200-12-31T23:00Z", "1h1s")
    assert ALWAYS.subtract("1900-01-01T01:00Z", "1h").isoformat() == "1900-01-01T00:00:00+00:00"
    with pytest.raises(HorizonError):
        ALWAYS.subtract("1900-01-01T01:00Z", "1h1s")
    assert len(OFFICE.days("1900-01-01", "1900-01-07")) == 7
    assert len(OFFICE.days("2200-12-30", "2200-12-31")) == 2


def test_strict_refuses_every_provisional_answer() -> None:
    """Each method that reaches past the published holidays says so; none that stays inside does."""
    office = Calendar("UTC", {"mon-fri": "9-17"}, horizon="2024-05-03")
    inside, outside = "2024-05-03T16:00Z", "2024-05-06T10:00Z"
    ok: list[Callable[[], object]] = [
        lambda: office.add(inside, "1h", strict=True),
        lambda: office.subtract(inside, "1h", strict=True),
        lambda: office.elapsed(inside, "2024-05-04T00:00Z", strict=True),
        lambda: office.elapsed_seconds("2024-05-04T00:00Z", inside, strict=True),
        lambda: office.is_open(inside, strict=True),
        lambda: office.next_open(inside, strict=True),
        lambda: office.next_close(inside, strict=True),
        lambda: office.spans(inside, "2024-05-04T00:00Z", strict=True),
        lambda: office.days("2024-05-01", "2024-05-03", strict=True),
        lambda: office.end_of_working_day(inside, strict=True),
        lambda: office.add_working_days(inside, -1, strict=True),
    ]
    refused: list[Callable[[], object]] = [
        lambda: office.add(inside, "1h", edge="next_open", strict=True),
        lambda: office.add(inside, "2h", strict=True),
        lambda: office.subtract(outside, "20h", strict=True),
        lambda: office.elapsed(inside, outside, strict=True),
        lambda: office.elapsed_seconds(outside, inside, strict=True),
        lambda: office.is_open("2024-05-04T00:00Z", strict=True),
        lambda: office.next_open("2024-05-03T17:00Z", strict=True),
        lambda: office.next_close("2024-05-03T17:00Z", strict=True),
        lambda: office.previous_open(outside, strict=True),
        lambda: office.previous_close("2024-05-07T10:00Z", strict=True),
        lambda: office.spans(inside, outside, strict=True),
        lambda: office.days("2024-05-03", "2024-05-04", strict=True),
        lambda: office.end_of_working_day(inside, 1, strict=True),
        lambda: office.add_working_days(inside, 1, strict=True),
    ]
    for ask in ok:
        ask()
    for ask in refused:
        with pytest.raises(ProvisionalError, match="2024-05-04") as caught:
            ask()
        assert str(caught.value.since) == "2024-05-04"
        assert ".000001" not in str(caught.value)  # not an instant inside
    assert office.is_provisional(outside)
    assert not office.is_provisional(inside)
    assert not Calendar("UTC", "always").is_provisional(outside)


@pytest.mark.parametrize(
    ("week", "zone", "same"),
    [
        ({"mon-fri": "9-17"}, "Europe/Berlin", True),
        ({"daily": "04:00-24:00"}, "Europe/Berlin", True),
        ({"daily": "03:30-12:00"}, "Europe/Berlin", False),  # within an hour of the changes
        ({"daily": "00:00-01:30"}, "Europe/Berlin", False),
        ({"daily": "22:00-06:00"}, "Europe/Berlin", False),
        ("always", "Europe/Berlin", False),
        ("always", "Asia/Shanghai", True),
        ({"daily": "22:00-06:00"}, "Asia/Shanghai", True),
        ({"daily": "02:30-12:00"}, "Australia/Lord_Howe", False),
        ({"daily": "03:00-12:00"}, "Australia/Lord_Howe", True),  # which jumps half an hour
    ],
)
def test_wall_times_are_used_only_where_they_give_the_answers_of_instants(
    *, week: Any, zone: str, same: bool
) -> None:
    """A calendar is looked up by the wall clock only where no change comes near its hours."""
    calendar = fresh(Calendar(zone, week))
    calendar.timeline.covering(to_instant("2024-01-01T00:00Z"), to_instant("2025-12-31T00:00Z"))
    assert (calendar.timeline.wall is not None) == same


@given(
    st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Africa/Cairo"]),
    st.sampled_from(
        ["9-17", "04:00-24:00", "3:00-12", "3:01-3:02, 3:30-12", "00:00-00:29, 5-6", "20-21"]
    ),
    st.lists(
        st.tuples(
            st.sampled_from(["2024-03-10", "2024-03-31", "2024-04-07", "2024-04-26", "2024-10-06"])
            | st.sampled_from(["2024-10-27", "2024-11-01", "2024-11-03", "2024-12-31"]),
            st.integers(-6 * 3600, 30 * 3600),
            st.integers(0, 1),
        ),
        min_size=2,
        max_size=2,
    ),
)
def test_wall_times_give_the_answers_of_instants(
    zone: str, hours: str, moments: list[tuple[str, int, int]]
) -> None:
    """Datetimes of the calendar's own zone, folds and gaps included, measure as those of UTC do."""
    calendar = Calendar(zone, {"daily": hours})
    start, end = sorted(
        (
            (datetime.fromisoformat(day) + timedelta(seconds=seconds)).replace(
                tzinfo=ZoneInfo(zone), fold=fold
            )
            for day, seconds, fold in moments
        ),
        key=datetime.timestamp,
    )
    assert calendar.elapsed(start, end) == calendar.elapsed(
        start.astimezone(UTC), end.astimezone(UTC)
    )


def test_the_working_day_around_new_year_does_not_depend_on_what_is_compiled() -> None:
    """The local date counts, also where it lies in another year than the instant's in UTC."""
    evening = Calendar("America/New_York", {"daily": "12:00-24:00"})
    at = "2024-01-01T00:30:00Z"  # 19:30 on 31 December in New York
    assert evening.end_of_working_day(at).isoformat() == "2024-01-01T00:00:00-05:00"
    assert evening.add_working_days(at, 1).isoformat() == "2024-01-01T19:30:00-05:00"
    assert evening.add_working_days(at, -1).isoformat() == "2023-12-30T19:30:00-05:00"
    always = Calendar("Asia/Shanghai", "always")
    at = "2024-12-31T20:00:00Z"  # 04:00 on 1 January in Shanghai
    assert always.add_working_days(at, 1).isoformat() == "2025-01-02T04:00:00+08:00"
    assert always.end_of_working_day(at).isoformat() == "2025-01-02T00:00:00+08:00"


def test_an_evening_that_comes_twice() -> None:
    """In St John's, at 00:01 on 29 October 2006, the clock went back to 23:01 on the 28th.

    Summer time was UTC-2:30, standard time is UTC-3:30, so the change was at 02:31 UTC.
    """
    nobody = Calendar("America/St_Johns", "closed")
    again = nobody | Calendar("UTC", "always")
    (late,) = again.days("2006-10-28", "2006-10-28")
    assert [(opens.isoformat(), closes.isoformat()) for opens, closes in late.spans] == [
        ("2006-10-28T00:00:00-02:30", "2006-10-29T00:00:00-02:30"),
        ("2006-10-28T23:01:00-03:30", "2006-10-29T00:00:00-03:30"),
    ]
    second_evening = "2006-10-29T03:00:00Z"  # 23:30 on the 28th, for the second time
    assert nobody.end_of_day(second_evening).isoformat() == "2006-10-29T00:00:00-03:30"
    first_evening = "2006-10-29T02:00:00Z"  # 23:30, for the first time
    assert nobody.end_of_day(first_evening).isoformat() == "2006-10-29T00:00:00-03:30"
    ledger = again.explain("2006-10-28T12:00:00Z", "2006-10-30T12:00:00Z")
    assert ledger.open.total_hours() == 48
    assert (
        Calendar("America/St_Johns", {"sat": "23:00-24:00"})
        .elapsed("2006-10-28T12:00:00Z", "2006-10-30T12:00:00Z")
        .total_minutes()
        == 60 + 59
    )


@pytest.mark.parametrize("days", [-1, 1, 3])
def test_a_working_day_that_begins_before_the_supported_years(days: int) -> None:
    """It is 31 December 1899 in New York at that instant, a date that no table has."""
    calendar = Calendar("America/New_York", "always")
    with pytest.raises(HorizonError, match=f"{days} working days"):
        calendar.add_working_days("1900-01-01T01:00:00Z", days)
    assert str(calendar.add_working_days("1900-01-01T06:00:00Z", 3))[:16] == "1900-01-04 01:00"
