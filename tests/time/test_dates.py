"""Dates and ranges of dates, as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from slacalc._time.dates import DateRange, merge_ranges, parse_date
from slacalc.errors import DateError, ReversedRangeError

CHRISTMAS, NEW_YEARS_EVE = date(2026, 12, 24), date(2026, 12, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-24..2026-12-31",
        "2026-12-24 .. 2026-12-31",
        "2026-12-24/2026-12-31",
        "2026-12-24 - 2026-12-31",
        "2026-12-24–2026-12-31",
        "2026-12-24:2026-12-31",
        "2026-12-24 to 2026-12-31",
    ],
)
def test_ranges_are_read_in_all_usual_forms(text: str) -> None:
    """A range includes both its ends, whatever stands between them."""
    days = DateRange.parse(text)
    assert days == DateRange(CHRISTMAS, NEW_YEARS_EVE)
    assert len(list(days)) == 8
    assert CHRISTMAS in days
    assert NEW_YEARS_EVE in days
    assert date(2027, 1, 1) not in days
    assert str(days) == "2026-12-24..2026-12-31"


def test_one_date_is_a_range() -> None:
    """A date, its text and a pair of it are the range of one day."""
    one = DateRange.parse(CHRISTMAS)
    assert one == DateRange.parse("2026-12-24") == DateRange.parse((CHRISTMAS, "2026-12-24"))
    assert one == DateRange.parse(one)
    assert str(one) == "2026-12-24"


@pytest.mark.parametrize("given", ["2026-02-30", "24.12.2026", "2026-12", "", 20261224, None])
def test_what_is_no_date_is_refused(given: object) -> None:
    """The error holds what was given and shows the form that is right."""
    with pytest.raises(DateError) as caught:
        DateRange.parse(given)
    assert caught.value.given == given


def test_a_datetime_is_no_date() -> None:
    """Its date would depend on a zone."""
    with pytest.raises(DateError, match="not a date"):
        parse_date(datetime(2026, 12, 24, tzinfo=UTC))


def test_a_reversed_range_is_refused_with_its_cure() -> None:
    """A range that ends before it begins asks whether its ends were exchanged."""
    with pytest.raises(
        ReversedRangeError, match=r"did you mean 2026-12-24\.\.2026-12-31"
    ) as caught:
        DateRange.parse("2026-12-31..2026-12-24")
    assert (caught.value.start, caught.value.end) == (NEW_YEARS_EVE, CHRISTMAS)


def test_ranges_merge() -> None:
    """Dates named twice, overlapping and neighbouring ranges are a set of dates, in order."""
    given = ["2026-10-05", "2026-10-01..2026-10-03", "2026-10-02..2026-10-04", "2026-10-07"]
    ranges = merge_ranges(map(DateRange.parse, given))
    assert [str(one) for one in ranges] == ["2026-10-01..2026-10-05", "2026-10-07"]
