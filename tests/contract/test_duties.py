"""Duties and penalties, reckoned by hand."""

from __future__ import annotations

import pickle
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from slacalc import Policy
from slacalc.contract import Duties, Money, duties, penalties, statement
from slacalc.errors import (
    ColumnError,
    ContractError,
    HorizonError,
    NaiveDatetimeError,
    PolicyError,
    ReversedRangeError,
    TicketError,
)

SHANGHAI = {"time_zone": "Asia/Shanghai", "holidays": "CN", "week": {"mon-fri": "09:00-18:00"}}
ZURICH = {"time_zone": "Europe/Zurich", "week": {"mon-fri": "09:00-17:00"}}


def care(calendar: dict[str, Any] = ZURICH, **duty: Any) -> Policy:
    """A policy with one duty, named visit."""
    terms = {key.rstrip("_"): value for key, value in duty.items()}
    return Policy("care", calendars={"office": calendar}, duties={"visit": terms})


def event(at: str, kind: str = "visit", customer: Any = "acme", **fields: Any) -> dict[str, Any]:
    return {"customer": customer, "at": at, "type": kind, **fields}


def visits(*at: str, offset: str = "+01:00") -> list[dict[str, Any]]:
    """Visits, at nine o'clock where no time is given."""
    return [event((each if "T" in each else f"{each}T09:00") + offset) for each in at]


def acme(first: Any = None, last: Any = None, **fields: Any) -> list[dict[str, Any]]:
    return [{"customer": "acme", "from": first, "until": last, **fields}]


def rows(result: Duties) -> list[str]:
    """Each duty in a line: the period, the last day, the state, and when it was done."""
    return [
        " ".join(
            [
                str(each.period),
                str(each.last_day),
                each.state,
                f"{each.done_at:%m-%d}" if each.done_at else "",
            ]
        ).strip()
        for each in result
    ]


def states(result: Duties) -> list[str]:
    return [each.state for each in result]


# Periods ------------------------------------------------------------------------------------------


def test_months_from_a_contract_that_begins_on_the_15th() -> None:
    policy = care(every="month")
    events = visits("2026-01-15T00:00", "2026-02-14T23:59", "2026-03-15T00:00")
    result = duties(policy, acme("2026-01-15"), events, "2026-04-20T00:00+02:00")
    assert rows(result) == [
        "2026-01-15..2026-02-14 2026-02-14 done 01-15",
        "2026-02-15..2026-03-14 2026-03-14 missed",
        "2026-03-15..2026-04-14 2026-04-14 done 03-15",
        "2026-04-15..2026-05-14 2026-05-14 open",
    ]
    assert result[0].events == (0, 1)
    assert str(result[0].due) == "2026-02-15 00:00:00+01:00"


@pytest.mark.parametrize(
    ("first", "every", "last_days"),
    [
        ("2026-01-31", "month", ["2026-02-28", "2026-03-30", "2026-04-30", "2026-05-30"]),
        ("2024-01-30", "month", ["2024-02-29", "2024-03-29", "2024-04-29"]),
        ("2024-02-29", "year", ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-28"]),
        ("2024-02-29", "month", ["2024-03-28", "2024-04-28"]),
        ("2026-08-31", "6 months", ["2027-02-28", "2027-08-30", "2028-02-29"]),
        ("2026-11-30", "3 months", ["2027-02-28", "2027-05-29", "2027-08-29"]),
        ("2026-01-15", "week", ["2026-01-21", "2026-01-28"]),
        ("2026-01-15", "2 weeks", ["2026-01-28", "2026-02-11"]),
        ("2026-12-31", "day", ["2026-12-31", "2027-01-01"]),
        ("2026-01-15", "quarter", ["2026-04-14", "2026-07-14"]),
        ("2026-01-15", "5 months", ["2026-06-14", "2026-11-14", "2027-04-14"]),
    ],
)
def test_lengths_of_months_and_leap_days(first: str, every: str, last_days: list[str]) -> None:
    result = duties(care(every=every), acme(first), [], "2029-01-01T00:00Z")
    assert [str(each.last_day) for each in result][: len(last_days)] == last_days


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("month", ["2026-01 2026-01-31", "2026-02 2026-02-28", "2026-03 2026-03-31"]),
        ("quarter", ["2026-Q1 2026-03-31"]),
        ("2 months", ["2026-01-01..2026-02-28 2026-02-28", "2026-03-01..2026-04-30 2026-04-30"]),
        ("6 months", ["2026-01-01..2026-06-30 2026-06-30"]),
        ("year", ["2026 2026-12-31"]),
        ("12 months", ["2026 2026-12-31"]),
    ],
)
def test_periods_of_the_calendar(every: str, expected: list[str]) -> None:
    policy = care(every=every, from_="calendar")
    result = duties(policy, acme("2026-01-15"), [], "2026-03-20T00:00+01:00")
    assert [f"{each.period} {each.last_day}" for each in result] == expected


def test_weeks_of_the_calendar_begin_on_monday() -> None:
    policy = care(every="week", from_="calendar")
    result = duties(policy, acme("2026-05-06"), [], "2026-05-18T00:00+02:00")
    assert rows(result) == [
        "2026-W19 2026-05-10 missed",
        "2026-W20 2026-05-17 missed",
        "2026-W21 2026-05-24 open",
    ]


def test_periods_are_those_of_the_calendar_if_no_beginning_is_known() -> None:
    result = duties(care(every="month"), acme(), visits("2026-02-10"), "2026-03-05T00:00Z")
    assert rows(result) == ["2026-02 2026-02-28 done 02-10", "2026-03 2026-03-31 open"]
    assert [
        str(each.period) for each in duties(care(every="month"), acme(), [], "2026-03-05T00:00Z")
    ] == ["2026-03"]


@pytest.mark.parametrize("duty", [{"every": "month", "from_": "contract"}, {"every": "2 weeks"}])
def test_a_beginning_that_is_needed_and_not_known(duty: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match=r"count from the beginning of the contract"):
        duties(care(**duty), acme(), [], "2026-03-05T00:00Z")
    customers = [*acme(), {"customer": "globex", "from": "2026-03-01"}]
    result = duties(care(**duty), customers, [], "2026-03-05T00:00Z", errors="column")
    assert [(each.customer, each.state) for each in result] == [("globex", "open")]
    assert [(error.table, error.row) for error in result.errors] == [("customers", 0)]


def test_dates_of_a_rule_begin_periods() -> None:
    """First Mondays: 5 January, 2 February, 2 March 2026."""
    policy = care(every="RRULE:FREQ=MONTHLY;BYDAY=1MO")
    events = visits("2026-01-04", "2026-02-01", "2026-02-02")
    result = duties(policy, acme("2026-01-15"), events, "2026-03-02T00:00+01:00")
    assert rows(result) == [
        "2026-01-05..2026-02-01 2026-02-01 done 02-01",
        "2026-02-02..2026-03-01 2026-03-01 done 02-02",
        "2026-03-02..2026-04-05 2026-04-05 open",
    ]


# Contracts ----------------------------------------------------------------------------------------


def test_what_is_due_outside_the_contract_is_not_covered() -> None:
    """The contract lasts from 20 January to 10 March."""
    policy = care(every="month", from_="calendar")
    events = visits("2026-01-19", "2026-02-20", "2026-03-10T23:59", "2026-03-11")
    result = duties(policy, acme("2026-01-20", "2026-03-10"), events, "2026-05-01T00:00Z")
    assert rows(result) == [
        "2026-01 2026-01-31 missed",
        "2026-02 2026-02-28 done 02-20",
        "2026-03 2026-03-31 not covered 03-10",
    ]
    assert result[2].events == (2,)
    assert "not covered, since it is due outside the contract" in result[2].explain()


def test_a_period_that_the_contract_ends_with_is_covered() -> None:
    policy = care(every="3 months")
    result = duties(policy, acme("2026-01-15", "2026-07-14"), [], "2027-01-01T00:00Z")
    assert states(result) == ["missed", "missed"]
    result = duties(policy, acme("2026-01-15", "2026-07-13"), [], "2027-01-01T00:00Z")
    assert states(result) == ["missed", "not covered"]


@pytest.mark.parametrize("last", ["9999-12-31", date(9999, 12, 31), "2200-12-31", None])
def test_a_contract_for_ever(last: Any) -> None:
    customers = acme(date(2026, 1, 15), last)
    assert states(duties(care(every="month"), customers, [], "2026-02-01T00:00Z")) == ["open"]
    # Before the supported years is as good as not known.
    result = duties(care(every="month"), acme(date(1, 1, 1), last), [], "2026-02-01T00:00Z")
    assert rows(result) == ["2026-02 2026-02-28 open"]


def test_coverage_of_the_policy_is_the_contract() -> None:
    policy = Policy(
        "care",
        attributes={"bought": {"kind": "date"}},
        coverage=[{"from": "bought", "for": "1 year"}],
        duties={"visit": {"every": "6 months"}},
    )
    customers = [{"customer": "acme", "bought": "2025-01-31"}, {"customer": "globex"}]
    result = duties(policy, customers, [], "2026-06-01T00:00Z")
    assert [(each.customer, str(each.period)) for each in result] == [
        ("acme", "2025-01-31..2025-07-30"),
        ("acme", "2025-07-31..2026-01-30"),
        ("globex", "2026-01-01..2026-06-30"),
    ]


def test_two_contracts_with_a_gap() -> None:
    policy = Policy(
        "care",
        coverage=[
            {"from": "2025-01-10", "until": "2025-03-09"},
            {"from": "2025-06-20", "until": "2025-08-19"},
        ],
        duties={"visit": {"every": "month"}},
    )
    result = duties(policy, [{"customer": "acme"}], [], "2026-01-01T00:00Z")
    assert [str(each.period) for each in result] == [
        "2025-01-10..2025-02-09",
        "2025-02-10..2025-03-09",
        "2025-06-20..2025-07-19",
        "2025-07-20..2025-08-19",
    ]


def test_the_version_in_force_on_the_first_day_counts() -> None:
    """From 10 February on it is two visits; the period from 15 January still needs one."""
    policy = Policy(
        "care",
        duties={"visit": {"every": "month"}},
        versions=[
            {"effective_from": "2026-02-10", "duties": {"visit": {"every": "month", "times": 2}}}
        ],
    )
    events = visits("2026-01-20", "2026-02-20", offset="Z")
    result = duties(policy, acme("2026-01-15"), events, "2026-03-15T00:00Z")
    assert [(each.times, each.state) for each in result] == [
        (1, "done"), (2, "missed"), (2, "open"),
    ]  # fmt: skip


def test_versions_have_their_own_coverage() -> None:
    policy = Policy(
        "care",
        effective_from="2025-01-01",
        coverage=[{"until": "2025-12-31"}],
        duties={"visit": {"every": "quarter", "from": "calendar"}},
        versions=[{"effective_from": "2026-01-01", "coverage": [{"until": "2026-04-30"}]}],
    )
    result = duties(policy, [{"customer": "acme"}], [], "2026-08-01T00:00Z", since="2025-10-01")
    assert rows(result) == [
        "2025-Q4 2025-12-31 missed",
        "2026-Q1 2026-03-31 missed",
        "2026-Q2 2026-06-30 not covered",
    ]


def test_whom_it_is_owed_to() -> None:
    policy = Policy(
        "care",
        attributes={
            "tier": ["gold", "silver"],
            "district": {"values": ["city", "outer"], "optional": True},
        },
        duties={
            "visit": {"every": "month", "when": {"tier": "gold"}},
            "call": {"every": "month", "when": {"district": "outer"}},
        },
    )
    customers = [
        {"customer": "a", "tier": "gold", "district": "outer"},
        {"customer": "b", "tier": "silver", "district": None},
        {"customer": "c", "tier": "gold", "district": "city"},
    ]
    result = duties(policy, customers, [], "2026-03-01T00:00Z")
    assert [(each.customer, each.duty) for each in result] == [
        ("a", "visit"), ("a", "call"), ("c", "visit"),
    ]  # fmt: skip
    with pytest.raises(TicketError, match=r"the customer does not say its tier"):
        duties(policy, [{"customer": "a", "district": "city"}], [], "2026-03-01T00:00Z")


# Due dates ----------------------------------------------------------------------------------------


def test_a_working_day_of_the_month_around_spring_festival() -> None:
    """Fifth working days, by the State Council's notices.

    January 2024: 2, 3, 4, 5, 8. February: 1, 2, Sunday 4 (made up), 5, 6.
    March: 1, 4, 5, 6, 7.
    """
    policy = care(SHANGHAI, every="month", from_="calendar", due="5th working day of month")
    events = visits("2024-01-08T23:59", "2024-02-07T00:00", "2024-03-31", offset="+08:00")
    result = duties(policy, acme("2024-01-01"), events, "2024-04-07T00:00+08:00")
    assert rows(result) == [
        "2024-01 2024-01-08 done 01-08",
        "2024-02 2024-02-06 done late 02-07",
        "2024-03 2024-03-07 done late 03-31",
        "2024-04 2024-04-08 open",
    ]


def test_the_first_date_of_a_period_counts() -> None:
    """Of a period from the 15th on, the 10th is that of the next month."""
    result = duties(
        care(every="month", due="10th day of month"), acme("2026-01-15"), [], "2026-02-20T00:00Z"
    )
    assert [str(each.last_day) for each in result] == ["2026-02-10", "2026-03-10"]


@pytest.mark.parametrize(
    ("roll", "first", "last_day"),
    [
        ("following", "2026-01-01", "2026-02-02"),  # the 31st is a Saturday
        ("preceding", "2026-01-01", "2026-01-30"),
        ("modified_following", "2026-01-01", "2026-01-30"),
        ("modified_following", "2026-02-01", "2026-02-27"),
        ("following", "2026-03-01", "2026-03-31"),
    ],
)
def test_rolls(roll: str, first: str, last_day: str) -> None:
    policy = care(every="month", from_="calendar", roll=roll)
    result = duties(policy, acme(first), [], f"{first}T12:00Z")
    assert [str(each.last_day) for each in result] == [last_day]


def test_a_roll_over_spring_festival() -> None:
    """The festival of 2024 lasts from Saturday 10 to 17 February; Sunday 18 is made up."""
    policy = care(SHANGHAI, every="week", from_="calendar", roll="following")
    result = duties(policy, acme("2024-02-05"), [], "2024-02-12T12:00+08:00")
    assert rows(result) == ["2024-W06 2024-02-18 open", "2024-W07 2024-02-18 open"]
    policy = care(SHANGHAI, every="week", from_="calendar", roll="preceding")
    result = duties(policy, acme("2024-02-05"), [], "2024-02-12T12:00+08:00")
    assert rows(result) == ["2024-W06 2024-02-09 missed", "2024-W07 2024-02-18 open"]


def test_an_event_after_a_rolled_period_counts_once() -> None:
    """January is due on Monday 2 February; February on Saturday 28th, so on Monday 2 March."""
    policy = care(every="month", from_="calendar", roll="following")

    def at(*days: str) -> list[str]:
        result = duties(policy, acme("2026-01-01"), visits(*days), "2026-03-03T00:00+01:00")
        return [f"{each.state} {each.events}" for each in result][:2]

    assert at("2026-02-02") == ["done (0,)", "missed ()"]
    assert at("2026-01-10", "2026-02-02") == ["done (0,)", "done (1,)"]
    assert at("2026-02-01", "2026-02-02") == ["done (0,)", "done (1,)"]
    assert at("2026-02-02", "2026-03-02") == ["done (0,)", "done (1,)"]
    assert at("2026-02-03", "2026-03-01") == ["missed ()", "done (0,)"]


def test_days_of_a_weekend_share_the_events_of_monday() -> None:
    """Saturday and Sunday are due on Monday: each event of Monday counts for one of the three."""
    policy = care(every="day", from_="calendar", roll="following")
    events = visits("2025-12-22", "2025-12-22")
    result = duties(policy, acme("2025-12-20"), events, "2025-12-23T00:00+01:00")
    assert [(each.state, each.events) for each in result][:3] == [
        ("done", (0,)), ("done", (1,)), ("missed", ()),
    ]  # fmt: skip


def test_a_roll_does_not_go_beyond_the_contract() -> None:
    policy = care(every="month", from_="calendar", roll="following")
    customers = acme("2026-01-01", "2026-01-31")
    result = duties(policy, customers, visits("2026-02-01"), "2026-03-01T00:00Z")
    assert rows(result) == ["2026-01 2026-01-31 missed"]


@pytest.mark.parametrize(
    ("within", "due"),
    [
        ("10 working days", "2026-01-15 09:00"),  # from nine o'clock on Thursday, 1 January
        ("36 hours", "2026-01-02 12:00"),
        ("5 calendar days", "2026-01-06 00:00"),
        ("90 calendar days", "2026-02-01 00:00"),  # not beyond the period
    ],
)
def test_due_within_a_time(within: str, due: str) -> None:
    result = duties(
        care(every="month", from_="calendar", within=within),
        acme("2026-01-01"),
        [],
        "2026-01-10T00:00Z",
    )
    assert f"{result[0].due:%Y-%m-%d %H:%M}" == due


def test_the_instant_itself_is_in_time_of_a_time_but_not_of_a_day() -> None:
    policy = care(every="month", from_="calendar", within="36 hours")
    result = duties(policy, acme("2026-01-01"), visits("2026-01-02T12:00"), "2026-02-01T00:00Z")
    assert result[0].state == "done"
    policy = care(every="month", from_="calendar", due="2nd day of month")
    result = duties(policy, acme("2026-01-01"), visits("2026-01-03T00:00"), "2026-02-01T00:00Z")
    assert result[0].state == "done late"


# Quotas and budgets -------------------------------------------------------------------------------


def test_times() -> None:
    policy = care(every="quarter", from_="calendar", times=3)
    days = ["2026-01-10", "2026-01-11", "2026-03-31", "2026-04-01", "2026-04-02"]
    result = duties(policy, acme("2026-01-01"), visits(*days), "2026-07-01T00:00Z")
    assert [(each.state, each.count, str(each.done_at)[:10]) for each in result][:2] == [
        ("done", 3, "2026-03-31"),
        ("missed", 2, "None"),
    ]


@pytest.mark.parametrize(
    ("amounts", "state", "total"),
    [
        ([200], "done", "CNY 200.00"),
        ([199, "0.99"], "open", "CNY 199.99"),
        ([Decimal("199.99"), "CNY 0.01"], "done", "CNY 200.00"),
        (["1,000 CNY"], "done", "CNY 1,000.00"),
        ([0], "open", "CNY 0.00"),
        ([10**15, "0.000001"], "done", "CNY 1,000,000,000,000,000.00"),
    ],
)
def test_budgets(amounts: list[Any], state: str, total: str) -> None:
    policy = care(every="year", from_="calendar", done_by="care", budget="CNY 200")
    events = [event("2026-05-01T00:00Z", "care", amount=amount) for amount in amounts]
    result = duties(policy, acme("2026-01-01"), events, "2026-07-01T00:00Z")
    assert (result[0].state, str(result[0].amount)) == (state, total)
    assert result[0].budget == Money(200, "CNY")


@pytest.mark.parametrize(
    "amount", [0.1, float("inf"), "EUR 20", "much", -1, None, "0.0000001", True]
)
def test_amounts_that_are_refused(amount: Any) -> None:
    policy = care(every="year", from_="calendar", done_by="care", budget="CNY 200")
    events = [event("2026-05-01T00:00Z", "care", amount=each) for each in (amount, "200")]
    customers = acme("2026-01-01")
    with pytest.raises((ContractError, ColumnError)) as error:
        duties(policy, customers, events, "2026-07-01T00:00Z")
    assert "events, row 0" in str(error.value)
    result = duties(policy, customers, events, "2026-07-01T00:00Z", errors="column")
    assert (result[0].events, result[0].state) == ((1,), "done")
    assert [(each.table, each.row) for each in result.errors] == [("events", 0)]


def test_an_event_with_a_faulty_amount_counts_for_no_duty() -> None:
    terms = {"every": "year", "from": "calendar", "done_by": "care"}
    duty = {"before": terms, "care": terms | {"budget": "CNY 200"}, "after": terms}
    events = [event("2026-05-01T00:00Z", "care", amount=0.5)]
    policy = Policy("care", duties=duty)
    result = duties(policy, acme("2026-01-01"), events, "2026-07-01T00:00Z", errors="column")
    assert states(result) == ["open"] * 3


def test_amounts_of_other_events_do_not_matter() -> None:
    policy = care(every="year", from_="calendar", done_by="care", budget="CNY 200")
    events = [event("2026-05-01T00:00Z", "visit", amount=0.1)]
    assert not duties(policy, acme("2026-01-01"), events, "2026-07-01T00:00Z").errors


def test_what_fulfils_it() -> None:
    policy = care(every="month", done_by=[{"event": "visit", "by": "manager"}, "inspection"])
    events = [
        event("2026-01-05T00:00Z", by="engineer"),
        event("2026-01-06T00:00Z", "inspection", by="engineer"),
        event("2026-01-07T00:00Z", by="manager"),
    ]
    result = duties(policy, acme("2026-01-01"), events, "2026-01-10T00:00Z")
    assert (result[0].events, f"{result[0].done_at:%d}") == ((1, 2), "06")


# Duties after events ------------------------------------------------------------------------------


def after(**duty: Any) -> Policy:
    calendars = {"office": ZURICH}
    return Policy("care", calendars=calendars, duties={"call-back": {"after": "visit", **duty}})


def test_a_call_back_after_each_visit() -> None:
    """Of two visits before one call, the first is answered by it."""
    events = [
        *visits("2026-05-04", "2026-05-05", "2026-05-08", offset="+02:00"),
        event("2026-05-03T09:00+02:00", "call-back"),
        event("2026-05-05T10:00+02:00", "call-back"),
        event("2026-05-07T10:00+02:00", "call-back"),
        event("2026-05-07T11:00+02:00", "call-back"),
    ]
    result = duties(after(within="2 working days"), acme(), events, "2026-05-09T00:00+02:00")
    assert [(each.after_row, each.state, each.events) for each in result] == [
        (0, "done", (4,)),
        (1, "done late", (5,)),  # due at the end of Wednesday's ninth hour
        (2, "open", ()),
    ]
    assert f"{result[1].due:%m-%d %H:%M}" == "05-07 09:00"
    assert f"{result.next_change():%m-%d %H:%M:%S.%f}" == "05-12 09:00:00.000001"


def test_a_call_back_that_rolls_from_a_weekend() -> None:
    """Three days after Thursday, 7 May 2026 is Sunday; after Monday, 4 May it is Thursday."""
    policy = after(within="3 calendar days", roll="following")
    events = visits("2026-05-07", "2026-05-04", offset="+02:00")
    result = duties(policy, acme(), events, "2026-05-09T00:00+02:00")
    assert [f"{each.due:%m-%d %H:%M}" for each in result] == ["05-07 09:00", "05-11 09:00"]


def test_versions_of_a_duty_after_events() -> None:
    """What happened before 2026 causes nothing, from 10 May on it has to be answered in an hour."""
    policy = Policy(
        "care",
        effective_from="2026-01-01",
        duties={"call-back": {"after": "visit"}},
        versions=[
            {
                "effective_from": "2026-05-10",
                "effective_until": "2026-05-31",
                "duties": {"call-back": {"after": "visit", "within": "1 hour"}},
            }
        ],
    )
    days = ["2025-12-31", "2026-01-01", "2026-05-09T23:59", "2026-05-10T00:00"]
    events = visits(*days, "2026-05-31T23:59", "2026-06-01T00:00", offset="Z")
    result = duties(policy, acme(), events, "2026-07-01T00:00Z")
    assert [(each.after_row, each.state) for each in result] == [
        (1, "open"), (2, "open"), (3, "missed"), (4, "missed"),
    ]  # fmt: skip


def test_a_due_date_beyond_the_supported_years() -> None:
    policy, events = after(within="200 hours"), visits("2200-12-30")
    with pytest.raises(HorizonError, match="events, row 0"):
        duties(policy, acme(), events, "2200-12-31T00:00Z")
    result = duties(policy, acme(), events, "2200-12-31T00:00Z", errors="column")
    assert (len(result), [each.row for each in result.errors]) == (0, [0])


def test_without_a_due_date_it_stays_open() -> None:
    result = duties(after(), acme(), visits("2026-05-04"), "2030-01-01T00:00Z")
    assert (states(result), result[0].due, result.next_change()) == (["open"], None, None)


def test_several_times_after_an_event() -> None:
    events = [
        *visits("2026-05-04", "2026-05-05"),
        *[event(f"2026-05-0{day}T12:00Z", "call-back") for day in (6, 7, 8)],
    ]
    result = duties(after(times=2), acme(), events, "2026-05-09T00:00Z")
    assert [(each.state, each.events) for each in result] == [("done", (2, 3)), ("open", (4,))]


def test_an_event_does_not_fulfil_the_duty_that_it_causes() -> None:
    policy = Policy("care", duties={"second": {"after": "visit", "done_by": "visit"}})
    events = visits("2026-05-04", "2026-05-05", "2026-05-06")
    result = duties(policy, acme(), events, "2026-05-09T00:00Z")
    assert [(each.state, each.events) for each in result] == [
        ("done", (1,)), ("done", (2,)), ("open", ()),
    ]  # fmt: skip


def test_events_outside_the_contract_cause_nothing() -> None:
    events = visits("2026-01-14", "2026-01-15", "2026-02-15")
    customers = acme("2026-01-15", "2026-02-14")
    result = duties(after(), customers, events, "2026-05-09T00:00Z")
    assert [each.after_row for each in result] == [1]


def test_each_customer_has_its_own_events() -> None:
    events = [event("2026-05-04T09:00Z", customer=name) for name in ("a", "b", "c")]
    events += [event("2026-05-05T09:00Z", "call-back", name) for name in ("c", "a", "a")]
    customers = [{"customer": name} for name in ("c", "b", "a")]
    result = duties(after(), customers, events, "2026-05-09T00:00Z")
    assert [(each.customer, each.state) for each in result] == [
        ("c", "done"), ("b", "open"), ("a", "done"),
    ]  # fmt: skip


# Instants of evaluation ---------------------------------------------------------------------------


def test_states_over_time() -> None:
    policy = care(every="month", from_="calendar", due="10th day of month")
    events = visits("2026-01-20")
    for as_of, state in [
        ("2026-01-10T23:59:59.999999", "open"),
        ("2026-01-11T00:00", "missed"),
        ("2026-01-20T08:59", "missed"),
        ("2026-01-20T09:00", "done late"),
        ("2027-01-20T09:00", "done late"),
    ]:
        result = duties(policy, acme("2026-01-01"), events, f"{as_of}+01:00")
        assert result[0].state == state, as_of


def test_next_change() -> None:
    policy = care(every="month", due="10th day of month", from_="calendar")
    customers = acme("2026-01-05", "2026-03-31")
    changes, as_of = [], "2025-12-01T00:00+01:00"
    for _ in range(20):
        change = duties(policy, customers, visits("2026-02-03"), as_of).next_change()
        if change is None:
            break
        as_of = change.isoformat()
        changes.append(f"{change:%m-%d %H:%M}")
    # On 1 February the visit of the 3rd is not known yet, on the 11th it is.
    assert changes == [
        "01-05 00:00", "01-11 00:00", "02-01 00:00", "02-11 00:00", "03-01 00:00", "03-11 00:00",
    ]  # fmt: skip


def test_next_change_from_a_later_instant_and_of_a_customer() -> None:
    customers = [*acme("2026-01-15"), {"customer": "globex", "from": "2026-01-20"}]
    result = duties(care(every="month"), customers, [], "2026-01-25T00:00+01:00")
    assert f"{result.next_change():%m-%d}" == "02-15"
    assert f"{result.select(customer='globex').next_change():%m-%d}" == "02-20"
    assert f"{result.next_change('2026-02-15T00:00+01:00'):%m-%d}" == "02-20"
    with pytest.raises(ContractError, match="is before"):
        result.next_change("2026-01-24T00:00+01:00")


def test_next_change_into_a_later_version() -> None:
    policy = Policy(
        "care",
        versions=[{"effective_from": "2028-02-01", "duties": {"visit": {"every": "month"}}}],
    )
    result = duties(policy, acme("2026-01-15"), [], "2026-01-25T00:00Z")
    assert (len(result), str(result.next_change())[:10]) == (0, "2028-02-15")


def test_since_and_until() -> None:
    policy = care(every="month", from_="calendar")
    result = duties(
        policy, acme("2025-01-01"), [], "2026-05-10T00:00Z", since="2026-04-15", until="2026-07-01"
    )
    assert rows(result) == [
        "2026-04 2026-04-30 missed",
        "2026-05 2026-05-31 open",
        "2026-06 2026-06-30 open",
        "2026-07 2026-07-31 open",
    ]
    with pytest.raises(ContractError, match="before since"):
        duties(policy, acme(), [], "2026-05-10T00:00Z", since="2026-06-01")
    with pytest.raises(ContractError, match="is not a day"):
        duties(policy, acme(), [], "2026-05-10T00:00Z", since=3)  # type: ignore[arg-type]  # wrong on purpose


def test_the_zone_of_the_policy_has_the_days() -> None:
    policy = care(SHANGHAI, every="month", from_="calendar")
    result = duties(policy, acme("2026-01-01"), [event("2026-01-31T16:00Z")], "2026-02-10T00:00Z")
    assert states(result) == ["missed", "done"]


def test_provisional() -> None:
    policy = care(SHANGHAI, every="year", from_="calendar", due="last working day of year")
    result = duties(policy, acme("2026-01-01"), [], "2026-02-10T00:00Z", until="2031-01-01")
    assert [each.is_provisional for each in result][0::5] == [False, True]
    policy = care(SHANGHAI, every="year", from_="calendar")
    result = duties(policy, acme("2026-01-01"), [], "2026-02-10T00:00Z", until="2031-01-01")
    assert not any(each.is_provisional for each in result)


# Results ------------------------------------------------------------------------------------------


def test_results() -> None:
    policy = care(every="month", words="a visit on site", times=2)
    events = visits("2026-01-20", "2026-02-20", "2026-02-21")
    result = duties(policy, acme("2026-01-15"), events, "2026-04-01T00:00Z")
    assert repr(result) == "Duties(1 done, 1 missed, 1 open)"
    assert str(result) == (
        "customer  duty   period                  due         state   done at\n"
        "acme      visit  2026-01-15..2026-02-14  2026-02-14  missed\n"
        "acme      visit  2026-02-15..2026-03-14  2026-03-14  done    Sat 2026-02-21 09:00\n"
        "acme      visit  2026-03-15..2026-04-14  2026-04-14  open"
    )
    assert result[0].explain() == (
        "a visit on site, acme: missed "
        "(2026-01-15..2026-02-14, due 2026-02-14, 1 of 2 times, rows 0)"
    )
    assert [each.is_late for each in result] == [True, False, False]
    assert result[-1].state == "open"
    assert [each.state for each in result[1:]] == ["done", "open"]
    assert result.counts["missed"] == 1
    assert result.select(state="done")[0].count == 2
    assert [each.state for each in result.select(due_in="2026-03", duty="visit")] == ["done"]
    assert result.to_dicts()[0] == {
        "customer": "acme",
        "duty": "visit",
        "period": "2026-01-15..2026-02-14",
        "due": "2026-02-15T00:00:00+01:00",
        "last_day": "2026-02-14",
        "state": "missed",
        "done_at": None,
        "count": 1,
        "times": 2,
        "amount": None,
        "budget": None,
        "events": [0],
        "after_row": None,
        "is_provisional": False,
    }
    assert "2026-02-15..2026-03-14" in result.to_html()
    for wrong in ({"customer": "acm"}, {"duty": "visits"}, {"state": "late"}, {"due_in": "May"}):
        with pytest.raises(ContractError):
            result.select(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_outcomes_have_what_was_due_in_a_period() -> None:
    policy = care(every="month", from_="calendar", due="10th day of month")
    events = visits("2026-01-12", "2026-02-05")
    result = duties(policy, acme("2026-01-01"), events, "2026-03-15T00:00+01:00")
    late = result.outcomes("2026-01")["visit"]
    assert late.is_missed
    (miss,) = late.misses
    assert (miss.was_done, miss.reference) == (True, "acme, 2026-01")
    end_of_day = datetime.fromisoformat("2026-01-11T00:00+01:00").timestamp() * 1_000_000
    assert miss.late_until is not None
    assert (miss.at, miss.late_until - miss.at) == (end_of_day - 1, 33 * 3_600_000_000)
    assert not result.outcomes("2026-02")["visit"].is_missed
    (miss,) = result.outcomes("2026-Q1")["visit"].misses[1:]
    assert (miss.was_done, miss.late_until) == (False, miss.at + 4 * 24 * 3_600_000_000)


# Tables -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_tables_of_any_library(library: Any) -> None:
    customers = library({"customer": ["acme", "globex"], "from": [date(2026, 1, 15), None]})
    at = [
        datetime.fromisoformat("2026-01-20T09:00+00:00"),
        datetime.fromisoformat("2026-02-03T09:00+00:00"),
    ]
    events = library({"customer": ["acme", "globex"], "at": at, "type": ["visit", "visit"]})
    result = duties(care(every="month"), customers, events, "2026-02-20T00:00Z")
    assert [(each.customer, each.state) for each in result] == [
        ("acme", "done"), ("acme", "open"), ("globex", "missed"), ("globex", "done"),
    ]  # fmt: skip


def test_results_can_be_pickled() -> None:
    events = [*visits("2026-01-20"), event("2026-01-20T09:00Z", customer="acm")]
    customers = acme("2026-01-15")
    result = duties(care(every="month"), customers, events, "2026-02-20T00:00Z", errors="column")
    copy = pickle.loads(pickle.dumps(result))  # noqa: S301 - our own
    assert (copy.to_dicts(), copy.errors) == (result.to_dicts(), result.errors)
    assert copy.next_change() == result.next_change()


def test_columns_of_other_names_and_naive_times() -> None:
    customers = pd.DataFrame({"client": [7], "from": pd.to_datetime(["2026-01-15"])})
    events = pd.DataFrame(
        {"client": [7], "when": pd.to_datetime(["2026-02-14 23:30"]), "type": ["visit"]}
    )
    columns = {"customer": "client", "at": "when"}
    policy = care(every="month")
    as_of = "2026-02-20T00:00Z"
    result = duties(policy, customers, events, as_of, columns=columns, naive="Europe/Zurich")
    assert states(result) == ["done", "open"]
    with pytest.raises(NaiveDatetimeError):
        duties(policy, customers, events, as_of, columns=columns)
    with pytest.raises(ColumnError, match="whem"):
        duties(policy, customers, events, as_of, columns={"at": "whem"})


def test_rows_in_any_order() -> None:
    policy = care(every="month")
    events = visits("2026-03-20", "2026-01-20")
    result = duties(policy, acme("2026-01-15"), events, "2026-03-25T00:00Z")
    assert [each.events for each in result] == [(1,), (), (0,)]


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"customer": "acm", "at": "2026-01-20T09:00Z", "type": "visit"}, ColumnError),
        ({"customer": None, "at": "2026-01-20T09:00Z", "type": "visit"}, ColumnError),
        ({"customer": "acme", "at": None, "type": "visit"}, ColumnError),
        ({"customer": "acme", "at": "yesterday", "type": "visit"}, Exception),
        ({"customer": "acme", "at": "2500-01-20T09:00Z", "type": "visit"}, HorizonError),
    ],
)
def test_faulty_events(row: dict[str, Any], error: Any) -> None:
    policy, events = care(every="month"), [*visits("2026-01-20"), row]
    with pytest.raises(error, match=r"events, row 1"):
        duties(policy, acme("2026-01-15"), events, "2026-02-01T00:00Z")
    result = duties(policy, acme("2026-01-15"), events, "2026-02-01T00:00Z", errors="column")
    assert (states(result), [each.row for each in result.errors]) == (["done"], [1])
    assert "1 faulty row does not count" in str(result)


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"customer": "acme", "from": "2026-01-15"}, ColumnError),
        ({"customer": None, "from": "2026-01-15"}, ColumnError),
        ({"customer": "globex", "from": "soon"}, TicketError),
        ({"customer": "globex", "from": "2026-02-15", "until": "2026-02-14"}, ReversedRangeError),
    ],
)
def test_faulty_customers(row: dict[str, Any], error: Any) -> None:
    policy, customers = care(every="month"), [*acme("2026-01-15"), row]
    with pytest.raises(error, match=r"customers, row 1"):
        duties(policy, customers, [], "2026-02-01T00:00Z")
    result = duties(policy, customers, [], "2026-02-01T00:00Z", errors="column")
    assert (states(result), [each.row for each in result.errors]) == (["open"], [1])


@pytest.mark.parametrize("name", ["form", "From", "fom"])
def test_a_misspelled_column(name: str) -> None:
    customers = [{"customer": "acme", name: "2026-01-15"}]
    as_of = "2026-02-01T00:00Z"
    with pytest.raises(ColumnError, match="did you mean 'from'"):
        duties(care(every="month"), customers, [], as_of)
    result = duties(care(every="month"), customers, [], as_of, columns={"from": None})
    assert rows(result) == ["2026-02 2026-02-28 open"]
    result = duties(care(every="month"), customers, [], as_of, columns={"from": name})
    assert rows(result) == ["2026-01-15..2026-02-14 2026-02-14 open"]
    policy = care(every="month", done_by={"event": "visit", "reason": "care"})
    with pytest.raises(ColumnError, match="did you mean 'reason'"):
        duties(policy, acme(), [event("2026-01-20T09:00Z", reasons="care")], as_of)


def test_arguments_that_are_refused() -> None:
    policy = care(every="month")
    with pytest.raises(NaiveDatetimeError):
        duties(policy, acme(), [], "2026-02-01T00:00")
    with pytest.raises(ColumnError, match="customer"):
        duties(policy, [{"client": "acme"}], [], "2026-02-01T00:00Z")
    with pytest.raises(ColumnError, match="type"):
        duties(
            policy, acme(), [{"customer": "acme", "at": "2026-01-01T00:00Z"}], "2026-02-01T00:00Z"
        )
    with pytest.raises(ColumnError):
        duties(policy, 3, [], "2026-02-01T00:00Z")
    with pytest.raises(ColumnError, match="columns is not a mapping"):
        duties(policy, acme(), [], "2026-02-01T00:00Z", columns=3)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ColumnError, match="is needed"):
        duties(policy, acme(), [], "2026-02-01T00:00Z", columns={"customer": None})
    with pytest.raises(ContractError, match="outside the years"):
        duties(policy, acme(), [], "2026-02-01T00:00Z", until=date(9999, 12, 31))
    with pytest.raises(ColumnError, match="errors"):
        duties(policy, acme(), [], "2026-02-01T00:00Z", errors="skip")  # type: ignore[arg-type]  # wrong on purpose
    misspelled = Policy(
        "care",
        attributes={"tier": ["a"]},
        duties={"visit": {"every": "month", "when": {"tier": "a"}}},
    )
    with pytest.raises(ColumnError, match="did you mean 'tier'"):
        duties(misspelled, [{"customer": "acme", "teir": "a"}], [], "2026-02-01T00:00Z")


@pytest.mark.parametrize(
    ("duty", "path"),
    [
        ({"every": "2 weeks", "from": "calendar"}, "from"),
        ({"every": "5 months", "from": "calendar"}, "from"),
        ({"every": "fortnight"}, "every"),
        ({"every": "0 months"}, "every"),
        ({"every": "year", "budget": "CNY 0"}, "budget"),
        ({"every": "year", "budget": 200}, "budget"),
        ({"every": "month", "due": "5th working day of month"}, "calendar"),
        ({"every": "month", "roll": "following"}, "calendar"),
        ({"every": "month", "within": "2 working days"}, "calendar"),
        ({"every": "month", "within": "48 hours", "due": "12-15"}, "due"),
        ({"every": "month", "after": "visit"}, ""),
        ({}, ""),
    ],
)
def test_policies_that_are_refused(duty: dict[str, Any], path: str) -> None:
    with pytest.raises(PolicyError) as error:
        Policy("care", duties={"visit": duty})
    assert f"duties.visit{'.' if path else ''}{path}" in str(error.value)


def test_unknown_customers_by_the_thousand() -> None:
    names = [*(f"c{number}" for number in range(3000)), "acme"]
    events = {"customer": names, "at": ["2026-01-20T09:00Z"] * 3001, "type": ["visit"] * 3001}
    result = duties(
        care(every="month"), acme("2026-01-15"), events, "2026-02-01T00:00Z", errors="column"
    )
    assert (len(result.errors), states(result)) == (3000, ["done"])
    assert result.errors[7].message == "'c7' is not a customer of the table"
    with pytest.raises(ColumnError, match=r"'acm' is not a customer .*did you mean 'acme'"):
        duties(
            care(every="month"),
            acme(),
            [event("2026-01-20T09:00Z", customer="acm")],
            "2027-01-01T00:00Z",
        )


def test_many_customers_and_events() -> None:
    """A thousand customers with a visit on each day of the year."""
    names = np.array([f"c{number}" for number in range(1000)])
    first = np.datetime64("2025-01-01") + np.arange(1000) % 28
    customers = pd.DataFrame({"customer": names, "from": first})
    days = pd.date_range("2025-01-01", "2025-12-31", tz="UTC")
    events = pd.DataFrame({"customer": np.repeat(names, 365), "at": np.tile(days, 1000)})
    events["type"] = "visit"
    result = duties(care(every="month"), customers, events, "2025-12-31T22:00Z")
    assert result.counts == {
        "done": 12_000, "done late": 0, "missed": 0, "open": 0, "not covered": 0,
    }  # fmt: skip


# Penalties ----------------------------------------------------------------------------------------


def test_penalties() -> None:
    policy = Policy(
        "care",
        attributes={"tier": ["gold", "silver"]},
        penalties={
            "complaint": {
                "event": {"event": "complaint", "justified": True},
                "amount": "CNY 50",
                "words": "a justified complaint",
            },
            "lost": {"event": "lost", "amount": "CNY 200", "when": {"tier": "gold"}},
        },
    )
    customers = [
        {"customer": "acme", "tier": "gold", "until": "2026-05-20"},
        {"customer": "globex", "tier": "silver"},
    ]
    events = [
        event("2026-05-04T09:00Z", "complaint", justified=True),
        event("2026-05-05T09:00Z", "complaint", justified=False),
        event("2026-05-03T09:00Z", "lost"),
        event("2026-05-03T09:00Z", "lost", "globex"),
        event("2026-04-30T23:59Z", "lost"),
        event("2026-06-01T00:00Z", "lost"),
        event("2026-05-21T00:00Z", "lost"),
    ]
    owed = penalties(policy, customers, events, "2026-05")
    assert [(each.penalty, each.row) for each in owed] == [("lost", 2), ("complaint", 0)]
    assert owed.totals == {"lost": Money(200, "CNY"), "complaint": Money(50, "CNY")}
    assert repr(owed) == "Penalties(lost: CNY 200.00, complaint: CNY 50.00)"
    assert str(owed[1]) == ("a justified complaint, acme: CNY 50.00 (Mon 2026-05-04 09:00, row 0)")
    assert owed.to_dicts()[0]["amount"] == "CNY 200.00"
    assert {name: len(each.misses) for name, each in owed.outcomes().items()} == {
        "complaint": 1, "lost": 1,
    }  # fmt: skip
    early = penalties(policy, customers, events, "2026-05", as_of="2026-05-04T00:00Z")
    assert [each.row for each in early] == [2]
    with pytest.raises(ContractError):
        penalties(policy, customers, events, "May")


def test_what_was_done_late_costs_as_much_as_what_was_not_done() -> None:
    """Due by the fifth working day, 9 April 2026; whether it is done on the 10th or never."""
    terms = {"every": "quarter", "from": "calendar", "due": "5th working day of quarter"}
    policy = Policy(
        "shop",
        calendar="office",
        calendars={
            "office": {
                "time_zone": "Europe/Berlin",
                "week": {"mon-fri": "9-17"},
                "holidays": "DE-BY",
            }
        },
        duties={"review": {**terms, "credits": [{"amount": "EUR 300"}]}},
    )
    late = [{"customer": "acme", "at": "2026-04-10T10:00+02:00", "type": "review"}]
    for events, as_of in ((late, None), ([], None), (late, "2026-04-10T09:00+02:00")):
        made = statement(
            policy,
            "2026-04",
            customers=[{"customer": "acme", "from": "2026-01-01"}],
            duties=events,
            as_of=as_of,
        )
        assert str(made.total) == "EUR 300.00"
