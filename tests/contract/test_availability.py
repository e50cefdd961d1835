"""Availability, reckoned by hand."""

from __future__ import annotations

import json
import math
import pickle
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from slacalc import Policy
from slacalc.contract import AvailabilityResult, availability
from slacalc.errors import (
    ColumnError,
    ContractError,
    HorizonError,
    NaiveDatetimeError,
    PolicyError,
    ReversedRangeError,
    UnknownMetricError,
)

OFFICE = {"time_zone": "Europe/Zurich", "week": {"mon-fri": "08:00-18:00"}}
NIGHT = {"time_zone": "Europe/Zurich", "week": {"sun": "02:00-06:00"}}


def desk(**target: Any) -> Policy:
    """A policy with one target, named web."""
    calendars = {"office": OFFICE, "night": NIGHT}
    terms = {"target": "99.9 %", **target}
    return Policy("host", calendar="office", calendars=calendars, availability={"web": terms})


def row(start: str, end: Any = None, **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, **more}


def web(
    outages: Any, period: Any = "2026-05", *, target: dict[str, Any] | None = None, **options: Any
) -> AvailabilityResult:
    """The result of the policy `desk` with that target."""
    return availability(desk(**(target or {})), outages, period=period, **options)["web"]


def minutes(length: Any) -> float:
    answer: float = length.total_seconds() / 60
    return answer


# Time ---------------------------------------------------------------------------------------------


def test_a_month_without_outages() -> None:
    """May has 744 hours, of which 0.1 % (44 min 38.4 s) may be lost."""
    result = web([])
    assert minutes(result.agreed) == 744 * 60
    assert result.availability == 1
    assert (result.verdict, result.outages) == ("met", 0)
    assert (result.mtbf, result.mtrs, result.longest) == (None, None, None)
    assert result.allowed.total_seconds() == pytest.approx(2678.4, abs=1e-6)


@pytest.mark.parametrize(
    ("period", "hours"),
    [
        ("2026-03", 743),  # the clocks go forward on the 29th
        ("2026-10", 745),
        ("2026-02", 672),
        ("2026-Q1", 2159),
        ("2026", 8760),
        ("2026-05-04", 24),
        (("2026-05-04", "2026-05-05"), 48),
    ],
)
def test_the_agreed_time_follows_the_clocks(period: Any, hours: int) -> None:
    assert minutes(web([], period).agreed) == hours * 60


def test_an_outage_over_a_clock_change_lasts_as_long_as_it_did() -> None:
    """From 01:00 to 04:00 on 29 March are two hours; on 25 October four."""
    march = web([row("2026-03-29T01:00+01:00", "2026-03-29T04:00+02:00")], "2026-03")
    october = web([row("2026-10-25T01:00+02:00", "2026-10-25T04:00+01:00")], "2026-10")
    assert (minutes(march.downtime), minutes(october.downtime)) == (120, 240)


def test_an_outage_across_the_end_of_a_month_counts_in_both() -> None:
    """From 30 April, 23:00, to 1 May, 00:30: an hour in April, half an hour in May."""
    outages = [row("2026-04-30T23:00+02:00", "2026-05-01T00:30+02:00")]
    april, may = web(outages, "2026-04"), web(outages)
    assert (minutes(april.downtime), minutes(may.downtime)) == (60, 30)
    assert (april.outages, may.outages) == (1, 1)
    assert str(may.evidence[0].start) == "2026-04-30 23:00:00+02:00"
    assert str(april.evidence[0].end) == "2026-05-01 00:30:00+02:00"


def test_only_service_hours_count() -> None:
    """From Monday 17:00 to Tuesday 08:30: an hour and a half of the 21 × 10 hours of May."""
    outages = [row("2026-05-04T17:00+02:00", "2026-05-05T08:30+02:00")]
    result = web(outages, target={"hours": "office"})
    assert result.availability == 1 - Fraction(3, 420)
    assert minutes(result.evidence[0].outside_hours) == 14 * 60


def test_maintenance_is_neither_agreed_nor_downtime() -> None:
    """May 2026 has five Sundays; of an outage from 01:00 to 07:00 on one, two hours count."""
    outages = [row("2026-05-10T01:00+02:00", "2026-05-10T07:00+02:00")]
    result = web(outages, target={"maintenance": "night"})
    assert minutes(result.agreed) == (744 - 20) * 60
    assert minutes(result.downtime) == 120
    assert minutes(result.evidence[0].in_maintenance) == 240
    first = web(outages, target={"maintenance": {"first sunday of month": "02:00-06:00"}})
    assert (minutes(first.agreed), minutes(first.downtime)) == (740 * 60, 360)


def test_announced_windows_are_added_to_maintenance() -> None:
    """A window from 05:00 to 06:30 adds half an hour to a maintenance that ends at 06:00."""
    outages = [row("2026-05-10T01:00+02:00", "2026-05-10T07:00+02:00")]
    windows = {"start": ["2026-05-10T05:00+02:00"], "end": ["2026-05-10T06:30+02:00"]}
    result = web(outages, target={"maintenance": "night"}, maintenance=windows)
    assert (minutes(result.agreed), minutes(result.downtime)) == (724 * 60 - 30, 90)


def test_an_outage_in_maintenance_is_excluded_and_says_why() -> None:
    outages = [
        row("2026-05-10T03:00+02:00", "2026-05-10T04:00+02:00"),  # Sunday
        row("2026-05-12T20:00+02:00", "2026-05-12T21:00+02:00"),  # evening
        row("2026-04-01T20:00+02:00", "2026-04-01T21:00+02:00"),  # not in May
    ]
    target = {"hours": "office", "maintenance": {"2026-05-12": "08:00-10:00"}}
    outages.append(row("2026-05-12T09:00+02:00", "2026-05-12T10:00+02:00"))
    result = web(outages, target=target)
    assert [(outage.because, outage.rows) for outage in result.excluded] == [
        ("outside the service hours", (0,)),
        ("in maintenance", (3,)),
        ("outside the service hours", (1,)),
    ]
    assert (result.outages, result.evidence, result.verdict) == (0, (), "met")


def test_overlapping_and_touching_outages_count_once() -> None:
    """From 10:00 to 10:30, from 10:20 to 11:00 and from 11:00 to 12:00 are one outage of 2 h."""
    outages = [
        row("2026-05-04T11:00+02:00", "2026-05-04T12:00+02:00"),
        row("2026-05-04T10:00+02:00", "2026-05-04T10:30+02:00"),
        row("2026-05-04T10:20+02:00", "2026-05-04T11:00+02:00"),
        row("2026-05-06T10:00+02:00", "2026-05-06T11:00+02:00"),
    ]
    result = web(outages)
    assert (minutes(result.downtime), result.outages) == (180, 2)
    assert (result.evidence[0].rows, result.evidence[1].rows) == ((0, 1, 2), (3,))
    assert result.longest == result.evidence[0]
    assert (minutes(result.mtrs), minutes(result.mtbf)) == (90, (744 * 60 - 180) / 2)


def test_of_degraded_outages_the_largest_share_counts() -> None:
    """10:00–12:00 at 25 %, 11:00–13:00 at half, 11:30–11:45 whole.

    60 × 0.25 + 30 × 0.5 + 15 + 75 × 0.5 = 82.5 minutes.
    """
    outages = [
        row("2026-05-04T10:00+02:00", "2026-05-04T12:00+02:00", share="25 %"),
        row("2026-05-04T11:00+02:00", "2026-05-04T13:00+02:00", share=0.5),
        row("2026-05-04T11:30+02:00", "2026-05-04T11:45+02:00", share=None),
    ]
    result = web(outages)
    assert (minutes(result.downtime), result.outages) == (82.5, 1)
    assert result.availability == 1 - Fraction(165, 2 * 744 * 60)


def test_a_share_counts_to_the_end_of_an_outage() -> None:
    """10:00–13:00 at half, cut in three by 11:00–12:00 whole: 30 + 60 + 30 minutes."""
    outages = [
        row("2026-05-04T10:00+02:00", "2026-05-04T13:00+02:00", share=0.5),
        row("2026-05-04T11:00+02:00", "2026-05-04T12:00+02:00"),
    ]
    assert minutes(web(outages).downtime) == 120


def test_the_longest_outage_has_the_most_downtime_not_the_most_time() -> None:
    """Two hours at a quarter are half an hour, less than 40 minutes and as much as the last."""
    outages = [
        row("2026-05-04T10:00+02:00", "2026-05-04T12:00+02:00", share=0.25),
        row("2026-05-05T10:00+02:00", "2026-05-05T10:40+02:00"),
        row("2026-05-06T10:00+02:00", "2026-05-06T10:40+02:00"),
    ]
    longest = web(outages).longest
    assert longest is not None
    assert (longest.rows, minutes(longest.downtime)) == ((1,), 40)


def test_shares_are_exact() -> None:
    """A float is the decimal that it shows, and a third is a third."""
    hour = ("2026-05-04T10:00+02:00", "2026-05-04T11:00+02:00")
    assert web([row(*hour, share=0.1)]).availability == 1 - Fraction(1, 7440)
    assert web([row(*hour, share=Fraction(1, 3))]).availability == 1 - Fraction(1, 3 * 744)
    odd = 1 / 3
    assert web([row(*hour, share=odd)]).availability == 1 - Fraction(repr(odd)) / 744
    assert minutes(web([row(*hour, share=Fraction(1, 3))]).downtime) == 20


def test_an_open_outage_counts_until_as_of() -> None:
    """From 10 May, 08:00, to 12 May, 08:00, are two days of the 11 days and 8 hours."""
    result = web([row("2026-05-10T08:00+02:00")], as_of="2026-05-12T08:00+02:00")
    assert (minutes(result.downtime), minutes(result.agreed)) == (2880, (11 * 24 + 8) * 60)
    assert (result.is_final, result.evidence[0].end) == (False, None)
    assert minutes(web([row("2026-05-10T08:00+02:00")]).downtime) == (21 * 24 + 16) * 60


def test_what_comes_after_as_of_has_not_happened() -> None:
    """An outage that ended later goes on, and one that began later is not known."""
    outages = [
        row("2026-05-10T08:00+02:00", "2026-05-10T10:00+02:00"),
        row("2026-05-10T09:00+02:00", "2026-05-10T20:00+02:00"),
    ]
    result = web(outages, as_of="2026-05-10T09:00+02:00")
    assert (minutes(result.downtime), result.evidence[0].end) == (60, None)
    assert result.evidence[0].row_count == 1
    ended = web(outages[:1], as_of="2026-05-10T10:00+02:00")
    assert str(ended.evidence[0].end) == "2026-05-10 10:00:00+02:00"
    before = web(outages, as_of="2026-04-01T00:00+02:00")
    assert (before.verdict, before.figure, minutes(before.agreed)) == ("not measured", None, 0)


def test_the_allowed_downtime_is_that_of_the_whole_period() -> None:
    """1 % of the 720 hours of April are 432 minutes, of which 120 are used on the 2nd."""
    outages = [row("2026-04-02T08:00+02:00", "2026-04-02T10:00+02:00")]
    result = web(outages, "2026-04", target={"target": "99 %"}, as_of="2026-04-02T12:00+02:00")
    assert (minutes(result.allowed), minutes(result.over)) == (312, 0)
    assert result.verdict == "missed"  # so far: 2 of 36 hours
    outages = [row("2026-04-02T08:00+02:00", "2026-04-02T16:00+02:00")]
    over = web(outages, "2026-04", target={"target": "99 %"})
    assert (minutes(over.allowed), minutes(over.over)) == (0, 48)


# Figures ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "is_met"),
    [(2592, True), (2592.000001, False), (2591, True)],  # 0.1 % of the 720 hours of April
)
def test_the_exact_share_is_compared(seconds: float, is_met: bool) -> None:  # noqa: FBT001 - a case
    start = pd.Timestamp("2026-04-02T08:00+02:00")
    end = start + pd.Timedelta(microseconds=round(seconds * 1e6))
    result = web({"start": [start.isoformat()], "end": [end.isoformat()]}, "2026-04")
    assert result.is_met is is_met
    assert (result.text != "99.90 %") is (seconds != 2592)
    assert bool(result.over) is not is_met


def test_a_rounded_figure_is_compared_where_the_policy_says_so() -> None:
    """99.85 % rounds half up to 99.9 %: 64 min 48 s of April may be lost, no microsecond more."""
    start = pd.Timestamp("2026-04-02T08:00+02:00")
    for more, verdict in ((0, "met"), (1, "missed")):
        end = start + pd.Timedelta(minutes=64, seconds=48, microseconds=more)
        outages = {"start": [start.isoformat()], "end": [end.isoformat()]}
        result = web(outages, "2026-04", target={"decimals": 1})
        assert result.verdict == verdict
        assert bool(result.over) is (verdict == "missed")
    assert result.figure == Fraction(998, 1000)


def test_no_agreed_time_is_not_measured() -> None:
    result = web([row("2026-05-09T08:00+02:00")], "2026-05-09", target={"hours": "office"})
    assert (result.verdict, result.is_met, result.availability) == ("not measured", None, None)
    assert "no time was agreed" in str(result)


# Components and versions --------------------------------------------------------------------------


def test_targets_count_outages_of_their_components() -> None:
    policy = Policy(
        "host",
        availability={
            "web": {"target": "99 %", "component": "web"},
            "data": {"target": "99 %", "component": ["sql", "files"]},
        },
    )
    names = ["web", "sql", None, "printer"]
    starts = [f"2026-05-0{day}T08:00Z" for day in range(1, 5)]
    ends = [f"2026-05-0{day}T09:00Z" for day in range(1, 5)]
    outages = {"start": starts, "end": ends, "component": names}
    report = availability(policy, outages, period="2026-05")
    assert [out.rows for out in report["web"].evidence] == [(0,), (2,)]
    assert [out.rows for out in report["data"].evidence] == [(1,), (2,)]
    assert report.unmatched == 1
    assert "1 outage of a component that no target counts" in str(report)
    windows = {"start": starts[:1], "end": ends[:1], "component": ["web"]}
    report = availability(policy, outages, period="2026-05", maintenance=windows)
    assert [minutes(result.agreed) for result in report.values()] == [743 * 60, 744 * 60]
    with pytest.raises(UnknownMetricError, match="did you mean 'web'"):
        report["wbe"]
    assert report.get("printer") is None


@pytest.mark.parametrize("values", [[7, 8], np.array([7, 8]), ["7", "8"]])
def test_components_may_be_numbers(values: Any) -> None:
    outages = {"start": STARTS[:2], "end": ENDS[:2], "component": values}
    result = web(outages, target={"component": "7"}, naive="UTC")
    assert (minutes(result.downtime), result.evidence[0].rows) == (60, (0,))


def test_the_version_of_the_first_day_counts() -> None:
    policy = Policy(
        "host",
        effective_from="2026-01-10",
        availability={"web": "99 %"},
        versions=[{"effective_from": "2026-05-15", "availability": {"web": "99.9 %"}}],
    )
    targets = {
        period: availability(policy, [], period=period)["web"].target
        for period in ("2026-01", "2026-05", "2026-06")
    }
    assert [*targets.values()] == [Fraction(99, 100), Fraction(99, 100), Fraction(999, 1000)]
    with pytest.raises(ContractError, match="no version"):
        availability(policy, [], period="2025")


def test_a_rolling_target_looks_back_from_the_end_of_the_period() -> None:
    """The thirty days to 31 May begin on 2 May."""
    outages = [row("2026-05-01T23:00+02:00", "2026-05-02T01:00+02:00")]
    result = web(outages, target={"period": "rolling 30 days"})
    assert (str(result.period), minutes(result.agreed)) == ("2026-05-02..2026-05-31", 43_200)
    assert minutes(result.downtime) == 60


# Tables -------------------------------------------------------------------------------------------

STARTS = ["2026-05-04T08:00", "2026-05-06T08:00", "2026-05-30T22:00"]
ENDS = ["2026-05-04T09:00", "2026-05-06T08:30", "NaT"]
COLUMNS = {
    "start": np.array(STARTS, "datetime64[us]"),
    "end": np.array(ENDS, "datetime64[us]"),
    "share": [0.5, None, None],
    "cause": ["disk", "net", ""],
}
FRAME = pd.DataFrame(COLUMNS).assign(
    start=lambda frame: frame.start.dt.tz_localize("UTC"),
    end=lambda frame: frame.end.dt.tz_localize("UTC"),
)


@pytest.mark.parametrize(
    "table",
    [COLUMNS, FRAME, pl.from_pandas(FRAME), pa.Table.from_pandas(FRAME), FRAME.iloc[[2, 0, 1]]],
    ids=["arrays", "pandas", "polars", "arrow", "other index"],
)
def test_tables_of_every_library(table: Any) -> None:
    """30 + 30 minutes, and 24 hours to the end of the month, which is 31 May, 22:00 UTC."""
    result = web(table)
    assert (minutes(result.downtime), result.outages) == (60 + 1440, 3)


def test_columns_may_have_other_names_and_no_zone() -> None:
    table = {"down": ["2026-05-04T08:00"], "up": ["2026-05-04T09:00"]}
    result = web(table, columns={"start": "down", "end": "up"}, naive="Europe/Zurich")
    assert str(result.evidence[0].start) == "2026-05-04 08:00:00+02:00"


GOOD = row("2026-05-04T08:00+02:00", "2026-05-04T09:00+02:00")


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (row("2026-05-04T08:00+02:00", "2026-05-04T07:59+02:00"), ReversedRangeError, "before it"),
        (row("2026-05-04T08:00"), NaiveDatetimeError, "no time zone"),
        (row("yesterday"), ValueError, "cannot be read"),
        ({"start": None, "end": "2026-05-04T08:00+02:00"}, ColumnError, "start is missing"),
        (row("2026-05-04T08:00+02:00", 7), ValueError, "not an instant"),
        (row("1066-10-14T09:00+00:00"), HorizonError, "supported years"),
        *(
            (row("2026-05-04T08:00+02:00", component=wrong), ColumnError, "not the name of a")
            for wrong in (["web", "mail"], True, 1.5, {"name": "web"})
        ),
        *(
            (row("2026-05-04T08:00+02:00", share=share), ColumnError, "is not a share")
            for share in (0, -0.5, 1.5, "120 %", "half", "0 %", True, math.inf, "1e-9999999")
        ),
    ],
)
def test_faulty_rows_are_raised_or_listed(bad: Any, error: type[Exception], words: str) -> None:
    """The others count all the same."""
    with pytest.raises(error, match=words) as caught:
        web([GOOD, bad])
    assert "row 1" in str(caught.value) or "[1]" in str(caught.value)
    report = availability(desk(), [GOOD, bad], period="2026-05", errors="column")
    assert [(fault.table, fault.row) for fault in report.errors] == [("outages", 1)]
    assert words in str(report.errors[0])
    assert minutes(report["web"].downtime) == 60
    assert "1 faulty row does not count" in str(report)


def test_windows_have_an_end() -> None:
    with pytest.raises(ColumnError, match="maintenance, row 0: end is missing"):
        web([], maintenance=[row("2026-05-04T08:00+02:00")])


@pytest.mark.parametrize("name", ["ended", "ends", "End"])
def test_a_misspelled_end_is_refused(name: str) -> None:
    with pytest.raises(ColumnError, match=f"did you mean '{name}'"):
        web([{"start": "2026-05-04T08:00+02:00", name: None}])


@pytest.mark.parametrize("name", ["components", "Component", "shares", "shre", "compnent"])
def test_other_misspelled_columns_are_refused(name: str) -> None:
    with pytest.raises(ColumnError, match="did you mean"):
        web([{**GOOD, name: None}])


def test_further_columns_are_no_matter() -> None:
    more = {"id": 7, "cause": "disk", "computer": "x", "ended_by": "x"}
    assert minutes(web([{**GOOD, **more}]).downtime) == 60
    assert minutes(web([{**GOOD, "shape": 1}], columns={"share": None}).downtime) == 60


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"period": "May"}, "is not a period"),
        ({"period": "2026-05", "errors": "null"}, "'null' is not a value of errors"),
        ({"period": "2026-05", "as_of": "2026-05-04T08:00"}, "no time zone"),
        ({"period": "2026-05", "columns": {"begin": "start"}}, "columns"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], words: str) -> None:
    wrong: Any = [GOOD]
    with pytest.raises(ValueError, match=words):
        availability(desk(), [GOOD], **arguments)
    with pytest.raises(PolicyError, match="is not a policy"):
        availability(wrong, desk(), period="2026-05")
    with pytest.raises(ColumnError, match="not a table"):
        web(5)
    with pytest.raises(ColumnError, match="row 0"):
        web(["2026-05-04"])


# Showing ------------------------------------------------------------------------------------------


def test_texts() -> None:
    outages = [row("2026-05-10T01:00+02:00", "2026-05-10T07:00+02:00"), row("2026-05-31T23:00Z")]
    report = availability(desk(maintenance="night"), outages, period="2026-05")
    line = "web 99.90 % 99.72 % missed 724h 2h −1h 16m 33.6s 1 722h 2h"
    assert " ".join(str(report).splitlines()[1].split()) == line
    assert str(report["web"]).splitlines() == [
        "web, 2026-05: 99.72 %, missed; the target is 99.90 %.",
        "Agreed time 724h, downtime 2h, uptime 722h.",
        "This is 1h 16m 33.6s more downtime than the period allows.",
        "- from Sun 2026-05-10 01:00 to Sun 2026-05-10 07:00: downtime 2h",
    ]
    assert "停机" in report["web"].explain("zh")


def test_data_and_html() -> None:
    report = availability(desk(words="<Web & mail>"), [GOOD], period="2026-05")
    data = json.loads(json.dumps(report.to_dicts()))[0]
    assert (data["availability"], data["downtime"], data["verdict"]) == ("743/744", 3600, "missed")
    assert data["evidence"][0]["rows"] == [0]
    for language in ("en", "zh"):
        page = report.to_html(language=language)
        assert "<Web & mail>" in "".join(ET.fromstring(page).itertext())  # noqa: S314 - our own
    again = pickle.loads(pickle.dumps(report))  # noqa: S301 - our own
    assert again["web"].to_dict() == report["web"].to_dict()
    assert len(availability(Policy("p"), [], period="2026-05")) == 0
    assert str(availability(Policy("p"), [], period="2026-05")).startswith("service")


def test_many_rows_of_one_outage_are_named_in_part() -> None:
    result = web([GOOD] * 50)
    assert (result.evidence[0].row_count, result.evidence[0].rows) == (50, tuple(range(20)))
