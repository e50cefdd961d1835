"""Two whole statements, each line reckoned by hand on a wall calendar.

The first is of `examples/service-contract`, December 2026: the 1st is a Tuesday, the 6th the first
Sunday, the 25th, a Friday, and the 26th are holidays; on the 24th and 31st service ends at noon.
All times are at +01:00, unless they say otherwise. The second is of a service in the cloud, with a
pool at risk, a quarterly objective, and credits that are earned back.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from slacalc import Policy, contract
from slacalc.errors import ContractError

SERVICE = Policy.from_toml(Path(__file__).parents[2] / "examples/service-contract/contract.toml")


def _december(text: str | None) -> str | None:
    """An instant of December 2026, such as ``04 16:30``."""
    return text and f"2026-12-{text.replace(' ', 'T')}:00+01:00"


# Ticket, priority, site, received, solved; and when it is due.
REQUESTS = [
    ("T1", "P1", "zurich", "13 03:00", "13 06:50"),  # 13 07:00: in time
    # 06 10:00, since service begins at 6:00. The grace ends at 10:30, so that 2 h 15 min count.
    ("T2", "P1", "zurich", "06 03:00", "06 12:45"),
    ("T3", "P2", "zurich", "04 16:30", "08 17:00"),  # 08 18:00: in time
    ("T4", "P2", "lugano", "04 16:30", "09 17:30"),  # 09 18:00: in time, since the 8th is off
    ("T5", "P2", "zurich", "23 17:00", "29 09:00"),  # 28 18:00: late
    ("T6", "P2", "zurich", "05 10:00", "07 10:00"),  # 09 18:00: in time
    ("T7", "P4", "zurich", "04 13:59", None),  # no objective counts it
    ("T8", "P2", "zurich", "04 16:30", None),  # a test
]
TICKETS: dict[str, Any] = {
    "ticket": [row[0] for row in REQUESTS],
    "priority": [row[1] for row in REQUESTS],
    "site": [row[2] for row in REQUESTS],
    "created": [_december(row[3]) for row in REQUESTS],
    "solved": [_december(row[4]) for row in REQUESTS],
    "labels": [[] if row[0] != "T8" else ["test"] for row in REQUESTS],
}
OUTAGES = [
    {"start": _december(start), "end": _december(end)}
    for start, end in [
        ("02 09:00", "02 11:00"),  # 2 h
        ("24 11:00", "24 14:00"),  # 1 h, since service ends at noon
        ("06 03:00", "06 04:00"),  # on a Sunday
        ("15 17:30", "15 18:00"),  # in announced maintenance
    ]
]
MAINTENANCE = [{"start": _december("15 17:00"), "end": _december("15 19:00")}]
CUSTOMERS = [{"customer": "acme", "from": "2026-01-01"}]
EVENTS = [
    {"customer": "acme", "at": _december("10 14:00"), "type": "review"},
    {"customer": "acme", "at": _december("17 08:00"), "type": "complaint"},
]
DECEMBER: dict[str, Any] = {
    "tickets": TICKETS,
    "outages": OUTAGES,
    "maintenance": MAINTENANCE,
    "customers": CUSTOMERS,
    "duties": EVENTS,
    "fee": "CHF 2000",
}


def _facts(line: contract.StatementLine) -> tuple[Any, ...]:
    return (
        line.name,
        str(line.period),
        line.figure,
        line.target,
        line.verdict,
        str(line.amount),
        str(line.credited),
        line.claim_until,
    )


def test_a_service_contract() -> None:
    """Every line, the cap, the evidence, and what does not count."""
    made = contract.statement(SERVICE, "2026-12", **DECEMBER)
    end = date(2027, 1, 30)  # 30 days after 31 December
    assert [_facts(line) for line in made.lines] == [
        # 3 started hours at CHF 100.
        (
            "major-incidents",
            "2026-12",
            "50.00 %",
            "100 %",
            "missed",
            "CHF 300.00",
            "CHF 225.00",
            end,
        ),
        # 4 of 6: below 75 %, so 10 % of CHF 2,000.
        ("solved-in-time", "2026-12", "66.67 %", "90 %", "missed", "CHF 200.00", "CHF 150.00", end),
        # 20 days of 10 hours and two of 4, less an hour of maintenance, are 207; 204 are up.
        ("portal", "2026-12", "98.55 %", "99.5 %", "missed", "CHF 200.00", "CHF 150.00", end),
        ("review", "2026-12", "1 of 1 done in time", "", "met", "CHF 0.00", "CHF 0.00", None),
        (
            "complaint",
            "2026-12",
            "1 event",
            "CHF 100.00",
            "missed",
            "CHF 100.00",
            "CHF 75.00",
            None,
        ),
    ]
    # 800 are limited to 30 % of 2,000, and divided in proportion.
    assert str(made.totals.subtotal) == "CHF 800.00"
    assert [(one.by, str(one.limit)) for one in made.totals.reductions] == [("cap", "CHF 600.00")]
    assert str(made.total) == "CHF 600.00"
    assert [
        (piece.reference, f"{piece.at:%d %H:%M}") for line in made.lines for piece in line.evidence
    ] == [
        ("T2", "06 10:00"),
        ("T2", "06 10:00"),
        ("T5", "28 18:00"),
        ("row 0", "02 09:00"),
        ("row 1", "24 11:00"),
        ("acme, row 1", "17 08:00"),
    ]
    assert [(one.name, one.number, one.what, one.because) for one in made.excluded] == [
        ("solved-in-time", 1, "ticket", "a test of the customer's"),
        ("portal", 1, "outage", "outside the service hours"),
        ("portal", 1, "outage", "in maintenance"),
    ]
    assert made["major-incidents"].explain() == (
        "major-incidents, 2026-12: missed\n"
        "1 of 2 tickets were within their targets: 50.00 %. Promised: 100 %.\n"
        "1 more than allowed was missed.\n"
        "- T2: due Sun 2026-12-06 10:00, done Sun 2026-12-06 12:45; 2h 45m late\n"
        "3 started hours of lateness after a grace of 30 minutes: 3 × CHF 100.00 = CHF 300.00.\n"
        "After the caps of the contract: CHF 225.00.\n"
        "To be claimed by 2027-01-30."
    )


def test_a_review_that_is_missed_and_a_major_incident_that_goes_on() -> None:
    """The cap of the objective limits the hours; the review of a quarter is due on its last day."""
    solved = [
        text if name != "T2" else None
        for name, text in zip(TICKETS["ticket"], TICKETS["solved"], strict=True)
    ]
    changes = {"tickets": TICKETS | {"solved": solved}, "duties": EVENTS[1:], "fee": 100_000}
    made = contract.statement(SERVICE, "2026-12", **DECEMBER | changes)
    assert [str(line.amount) for line in made.lines] == [
        "CHF 1,000.00",  # hundreds of hours
        "CHF 10,000.00",
        "CHF 10,000.00",
        "CHF 500.00",
        "CHF 100.00",
    ]
    assert str(made.total) == "CHF 21,600.00"
    november = contract.statement(SERVICE, "2026-11", **DECEMBER)
    assert [line.verdict for line in november.lines] == ["not measured"] * 2 + [
        "met",
        "not measured",
        "met",
    ]
    assert november["review"].because == "nothing was due"
    assert str(november.total) == "CHF 0.00"


CLOUD = Policy.from_toml(
    """
name = "cloud"

[calendars.office]
time_zone = "UTC"
week = { mon-fri = "9-17" }

[attributes]
plan = ["business", "free"]

[metrics.answer]
stop = "answered"

[[tables.all]]
targets = { answer = "4 hours" }

[objectives.answers]
metric   = "answer"
share    = "95 %"
period   = "quarter"
when     = { plan = "business" }
at_least = 5
credits  = [{ below = "95 %", allocation = 40 }, { below = "80 %", allocation = 60 }]
claim    = { within = "10 working days", from = "end of quarter" }

[availability.api]
target    = "99.95 %"
component = "api"
credits   = [{ below = "99.95 %", allocation = 50 }, { below = "99 %", allocation = 80 }]
earn_back = 2
claim     = { within = "30 days", from = "incident" }

[availability.web]
target    = "99.9 %"
component = "web"
decimals  = 2
credits   = [{ below = "99.9 %", allocation = 60 }]

[settlement]
currency = "EUR"
at_risk  = 12
"""
)
# Answered after these hours; received at noon on the 10th of each month of the first quarter.
HOURS = [("01", 3), ("01", 4), ("02", 4.5), ("02", 1), ("03", 30)]
ANSWERS: dict[str, Any] = {
    "ticket": [f"Q{number}" for number in range(1, 7)],
    "plan": ["business"] * 5 + ["free"],
    "created": [f"2026-{month}-10T12:00Z" for month, _ in HOURS] + ["2026-03-10T12:00Z"],
    "answered": [
        "2026-01-10T15:00Z",
        "2026-01-10T16:00Z",  # exactly in time
        "2026-02-10T16:30Z",  # late
        "2026-02-10T13:00Z",
        "2026-03-11T18:00Z",  # late
        None,
    ],
}
DOWN = [
    # March has 744 hours. The api is down for 8: 98.925 %, below 99 %.
    {"component": "api", "start": "2026-03-03T00:00Z", "end": "2026-03-03T06:00Z"},
    {"component": "api", "start": "2026-03-03T04:00Z", "end": "2026-03-03T08:00Z"},
    # The web for 45 minutes and 0.3 seconds: 99.8992 %, which is rounded to 99.90 %: met.
    {"component": "web", "start": "2026-03-05T00:00Z", "end": "2026-03-05T00:45:00.3Z"},
]
CLOUDY: dict[str, Any] = {"tickets": ANSWERS, "outages": DOWN, "fee": 10_000}


def test_a_service_in_the_cloud() -> None:
    """At risk are 12 % of 10,000: 1,200, of which 60 % and 80 % are more than there is."""
    march = contract.statement(CLOUD, "2026-03", **CLOUDY)
    assert [_facts(line) for line in march.lines] == [
        # 3 of 5 is below 80 %: 60 % of 1,200. Ten working days after Tuesday, 31 March.
        (
            "answers",
            "2026-Q1",
            "60.00 %",
            "95 %",
            "missed",
            "EUR 720.00",
            "EUR 514.29",
            date(2026, 4, 14),
        ),
        # 80 % of 1,200. 30 days after 3 March.
        (
            "api",
            "2026-03",
            "98.92 %",
            "99.95 %",
            "missed",
            "EUR 960.00",
            "EUR 685.71",
            date(2026, 4, 2),
        ),
        ("web", "2026-03", "99.90 %", "99.9 %", "met", "EUR 0.00", "EUR 0.00", None),
    ]
    assert [(one.by, str(one.before), str(one.limit)) for one in march.totals.reductions] == [
        ("at_risk", "EUR 1,680.00", "EUR 1,200.00")
    ]
    assert str(march.total) == "EUR 1,200.00"


def test_what_the_cloud_earns_back() -> None:
    """The api was up in April and May, so that the statement of May returns what March paid."""
    april, may, june = (contract.statement(CLOUD, f"2026-0{n}", **CLOUDY) for n in (4, 5, 6))
    assert [line.name for line in april.lines] == ["api", "web"]
    assert str(april.total) == "EUR 0.00"
    assert [(line.name, str(line.amount)) for line in may.lines] == [
        ("api", "EUR 0.00"),
        ("web", "EUR 0.00"),
        ("api", "EUR -685.71"),
    ]
    assert (str(may.totals.subtotal), str(may.totals.returned), str(may.total)) == (
        "EUR 0.00",
        "EUR -685.71",
        "EUR -685.71",
    )
    # No business ticket came in the second quarter.
    assert (june["answers"].verdict, str(june.total)) == ("not measured", "EUR 0.00")


def test_too_few_tickets_are_no_miss() -> None:
    """With four tickets, nothing is owed, however late they were."""
    few = {name: column[1:] for name, column in ANSWERS.items()}
    march = contract.statement(CLOUD, "2026-03", **CLOUDY | {"tickets": few})
    assert (march["answers"].verdict, str(march["answers"].amount)) == (
        "too few to tell",
        "EUR 0.00",
    )
    assert str(march.total) == "EUR 960.00"


def test_a_pool_needs_the_fee() -> None:
    """An allocation is a share of it."""
    with pytest.raises(ContractError, match="'api' for 2026-03 depends on the fee"):
        contract.statement(CLOUD, "2026-03", **CLOUDY | {"fee": None})
