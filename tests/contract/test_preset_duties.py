"""The duties and penalties of the presets: years reckoned by hand, around the Spring Festival.

The festival's days off were 10 to 17 February 2024, 28 January to 4 February 2025 and 15 to 23
February 2026. The papers move no duty because of them.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from slacalc import presets
from slacalc.contract import Duties, Money, duties, penalties

DIEXUN = presets.load("kingdee-diexun")
ENCRYPTION = presets.load("file-encryption-vip")


def event(day: str, kind: str, **fields: Any) -> dict[str, Any]:
    """An event at noon in Shanghai."""
    return {"customer": "acme", "at": f"{day}T12:00+08:00", "type": kind, **fields}


def customer(first: str, last: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"customer": "acme", "from": first, "until": last, **fields}]


def table(result: Duties, duty: str) -> list[tuple[str, str]]:
    """The last day and the state of each period of a duty."""
    return [(str(each.last_day), each.state) for each in result.select(duty=duty)]


PLATINUM_CITY = {"tier": "platinum", "district": "city"}
PLATINUM_OUTER = {"tier": "platinum", "district": "outer"}


@pytest.mark.parametrize(
    ("fields", "owed"),
    [
        (
            PLATINUM_CITY,
            {
                "platinum-city-visit": "month",
                "platinum-city-manager-visit": "3 months",
                "platinum-care": "CNY 200.00",
            },
        ),
        (
            PLATINUM_OUTER,
            {
                "platinum-outer-visit": "3 months",
                "platinum-outer-call": "month",
                "platinum-outer-manager-visit": "6 months",
                "platinum-care": "CNY 200.00",
            },
        ),
        (
            {"tier": "gold", "district": "city"},
            {"call": "month", "gold-city-visit": "3 months", "gold-care": "CNY 100.00"},
        ),
        ({"tier": "gold", "district": "outer"}, {"call": "month", "gold-care": "CNY 100.00"}),
        ({"tier": "silver", "district": "city"}, {"call": "month", "silver-visit": "6 months"}),
        ({"tier": "silver"}, {"call": "month", "silver-visit": "6 months"}),
        ({"tier": "bronze", "district": "outer"}, {"call": "month"}),
        ({}, {}),
    ],
)
def test_what_diexun_owes_by_tier_and_district(
    fields: dict[str, str], owed: dict[str, str]
) -> None:
    result = duties(DIEXUN, customer("2025-01-01", "2025-12-31", **fields), [], "2025-01-01T00:00Z")
    every = {each.duty: str(each.budget or DIEXUN.duties[each.duty].every) for each in result}
    assert every == owed | {"text-message": "week", "e-mail": "week"}


def test_a_platinum_year_from_the_15th_over_the_festival_of_2024() -> None:
    """No visit from 15 February to 14 March, nor in the summer; the year ends on 14 January."""
    visits = ["2024-01-15", "2024-02-14", "2024-03-15", "2024-05-14", "2024-05-15", "2024-06-20"]
    visits += ["2024-09-15", "2024-10-31", "2024-12-14", "2025-01-14", "2025-01-15"]
    of_manager = ["2024-03-15", "2024-07-14", "2025-01-15"]
    events = [event(day, "visited", by="engineer") for day in visits if day not in of_manager]
    events += [event(day, "visited", by="general-manager") for day in of_manager]
    events += [
        event("2024-03-08", "care-given", amount=120),
        event("2024-09-17", "care-given", amount="79.50"),
        event("2025-01-14", "care-given", amount="CNY 0.50"),
    ]
    rows = customer("2024-01-15", "2025-01-14", **PLATINUM_CITY)
    result = duties(DIEXUN, rows, events, "2025-02-01T00:00+08:00")
    assert table(result, "platinum-city-visit") == [
        ("2024-02-14", "done"),
        ("2024-03-14", "missed"),
        ("2024-04-14", "done"),
        ("2024-05-14", "done"),
        ("2024-06-14", "done"),
        ("2024-07-14", "done"),
        ("2024-08-14", "missed"),
        ("2024-09-14", "missed"),
        ("2024-10-14", "done"),
        ("2024-11-14", "done"),
        ("2024-12-14", "done"),
        ("2025-01-14", "done"),
    ]
    assert table(result, "platinum-city-manager-visit") == [
        ("2024-04-14", "done"),
        ("2024-07-14", "done"),
        ("2024-10-14", "missed"),
        ("2025-01-14", "missed"),
    ]
    (care,) = result.select(duty="platinum-care")
    assert (care.state, care.amount, str(care.last_day)) == (
        "done", Money(200, "CNY"), "2025-01-14",
    )  # fmt: skip
    # 366 days are 52 weeks, and two days of another one that ends after the contract.
    weeks = table(result, "text-message")
    assert (len(weeks), weeks[0], weeks[51], weeks[52]) == (
        53,
        ("2024-01-21", "missed"),
        ("2025-01-12", "missed"),
        ("2025-01-19", "not covered"),
    )
    assert result.outcomes("2024-08")["platinum-city-visit"].is_missed
    assert not result.outcomes("2024-07")["platinum-city-visit"].is_missed


def test_an_outer_platinum_year_over_the_festival_of_2025() -> None:
    rows = customer("2024-11-30", "2025-11-29", **PLATINUM_OUTER)
    events = [
        event("2025-02-28", "visited", by="engineer"),
        event("2025-03-01", "visited", by="general-manager"),
        event("2025-01-28", "called"),
        event("2025-01-29", "called"),
        event("2025-03-30", "called"),
    ]
    result = duties(DIEXUN, rows, events, "2025-06-10T00:00+08:00")
    assert table(result, "platinum-outer-visit") == [
        ("2025-02-28", "done"),
        ("2025-05-29", "done"),
        ("2025-08-29", "open"),
    ]
    assert table(result, "platinum-outer-manager-visit") == [
        ("2025-05-29", "done"),
        ("2025-11-29", "open"),
    ]
    assert table(result, "platinum-outer-call") == [
        ("2024-12-29", "missed"),
        ("2025-01-29", "done"),
        ("2025-02-28", "missed"),
        ("2025-03-29", "missed"),
        ("2025-04-29", "done"),
        ("2025-05-29", "missed"),
        ("2025-06-29", "open"),
    ]
    assert f"{result.next_change():%m-%d %H:%M}" == "06-14 00:00"  # the 29th week begins
    calls = result.select(duty="platinum-outer-call")
    assert f"{calls.next_change():%m-%d %H:%M}" == "06-30 00:00"


def test_a_silver_year_from_the_last_day_of_august() -> None:
    """There is no 31 February: the half-year that would begin then begins on 1 March."""
    rows = customer("2025-08-31", "2026-08-30", tier="silver")
    events = [event("2026-02-28", "visited"), event("2026-03-01", "visited")]
    result = duties(DIEXUN, rows, events, "2026-09-01T00:00+08:00")
    assert table(result, "silver-visit") == [("2026-02-28", "done"), ("2026-08-30", "done")]
    assert [day for day, _ in table(result, "call")] == [
        "2025-09-30", "2025-10-30", "2025-11-30", "2025-12-30", "2026-01-30", "2026-02-28",
        "2026-03-30", "2026-04-30", "2026-05-30", "2026-06-30", "2026-07-30", "2026-08-30",
    ]  # fmt: skip


def test_weeks_over_the_festival_of_2026() -> None:
    """A text message and an e-mail in each week from Thursday on; none from 12 to 25 February."""
    rows = customer("2026-01-15", "2027-01-14", tier="bronze")
    sent = [date(2026, 1, 15) + timedelta(7 * week) for week in range(8)]
    events = [
        event(str(day), kind)
        for day in sent
        for kind in ("text-message-sent", "e-mail-sent")
        if not date(2026, 2, 12) <= day <= date(2026, 2, 25)
    ]
    result = duties(DIEXUN, rows, events, "2026-03-11T23:59+08:00")
    for duty in ("text-message", "e-mail"):
        assert [state for _, state in table(result, duty)] == [
            "done", "done", "done", "done", "missed", "missed", "done", "done",
        ]  # fmt: skip
    assert table(result, "e-mail")[4:6] == [("2026-02-18", "missed"), ("2026-02-25", "missed")]


def test_a_call_back_after_each_visit() -> None:
    rows = customer("2026-01-01", "2026-12-31", tier="gold", district="city")
    events = [
        event("2026-02-10", "visited"),
        event("2026-02-24", "visited"),
        event("2026-02-26", "called-back"),
    ]
    result = duties(DIEXUN, rows, events, "2026-03-01T00:00+08:00").select(duty="call-back")
    assert [(each.after_row, each.state) for each in result] == [(0, "done"), (1, "open")]


def test_penalties_of_diexun() -> None:
    events = [
        event("2026-02-03", "complained", justified=True),
        event("2026-02-04", "complained", justified=False),
        event("2026-02-05", "lost", reported=False),
        event("2026-02-06", "lost", reported=True),
    ]

    def owed(tier: str) -> dict[str, str]:
        rows = customer("2026-01-01", "2026-12-31", tier=tier)
        result = penalties(DIEXUN, rows, events, "2026-02")
        return {name: str(total) for name, total in result.totals.items()}

    complaint = {"complaint-engineer": "CNY 50.00", "complaint-manager": "CNY 20.00"}
    assert owed("platinum") == complaint | {"platinum-customer-lost": "CNY 200.00"}
    assert owed("gold") == complaint | {"gold-customer-lost": "CNY 100.00"}
    assert owed("bronze") == complaint


def test_inspections_and_the_yearly_report_of_the_file_encryption() -> None:
    """The contract is the year from the purchase, here on a leap day."""
    rows = [{"customer": "acme", "purchased": "2024-02-29"}]
    events = [
        event("2024-05-28", "inspection-reported"),
        event("2024-08-29", "inspection-reported"),
        event("2025-02-28", "inspection-reported"),
        event("2025-03-01", "summary-reported"),
    ]
    result = duties(ENCRYPTION, rows, events, "2025-06-01T00:00+08:00")
    assert table(result, "inspection") == [
        ("2024-05-28", "done"),
        ("2024-08-28", "missed"),
        ("2024-11-28", "done"),
        ("2025-02-28", "done"),
    ]
    assert table(result, "summary-report") == [("2025-02-28", "missed")]


def test_presets_without_duties() -> None:
    for name in ("unida", "seeyon-ekp"):
        assert not presets.load(name).duties
