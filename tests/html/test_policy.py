"""The view of a policy shows its tables as they would be printed."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import attrs
import pytest

from slacalc import Metric, Policy
from tests.html.reading import rows, text_of, tree


def test_a_table_has_columns_for_attributes_and_metrics() -> None:
    """In the order of the policy."""
    table = rows(tree("kingdee-diexun"), "service-standard")
    assert table[0] == ["channel", "distance", "urgency", "response", "arrival", "resolution"]
    assert table[4] == ["on-site", "any", "standard", "4 working hours", "16 working hours", ""]
    assert table[2] == ["hotline or remote", "any", "any", "served in working hours", "", ""]
    tiers = rows(tree("kingdee-diexun"), "tier-promise")
    assert tiers[1] == ["on-site", "≥ silver", "remote-area", "", "negotiated"]


def test_a_matrix_has_one_attribute_down_and_one_across() -> None:
    """Impact down, urgency across."""
    assert rows(tree("itil-standard"), "priority") == [
        ["impact ↓ urgency →", "high", "medium", "low"],
        ["high", "1", "2", "3"],
        ["medium", "2", "3", "4"],
        ["low", "3", "4", "5"],
    ]


def test_all_sections_are_shown() -> None:
    """Limits, coverage, warnings, objectives, conditions and versions."""
    assert rows(tree("unida"), "arrival-by-zone")[2][2] == "2 hours breached after 4 hours"
    contract = text_of(tree("contract"))
    for text in (
        "from bought on, for 1 year, where impact is high the warranty is over",
        "earliest of 8 working hours on both, 3 calendar days",
        "From 2028-01-01 on, replacing the sections above",
        "2 working hours",
        "warning at 80 %: the lead",
        "99 % of tickets",
        "paused while: paused or status is waiting",
    ):
        assert text in contract


SHOWN = {
    "start": ("arrived", "arrived"),
    "stop": ("fixed", "fixed"),
    "pause": ("waiting", "paused while: waiting"),
    "resume": ("answered", "resumes when: answered"),
    "held_by": ({"group": "network"}, "runs only while: group is network"),
    "cancel": ("withdrawn", "cancelled when: withdrawn"),
    "reset": ("returned", "restarts when: returned"),
    "reopen": ("recurred", "reopened when: recurred"),
    "inside": ("whole", "inside whole"),
    "starts_after": (["whole"], "starts after whole"),
    "repeat": ("sequential", "repeats: sequential"),
    "until": ("whole", "until whole has stopped"),
    "counts_from": ("last", "counts from the start of last"),
    "on_change": ("from_change", "when the promise changes: from_change"),
    "on_reopen": ("final", "when reopened: final"),
    "calendar": ("night", "calendar night"),
    "warnings": (["50%"], "warning at 50 %"),
    "consequence": ("credit", "if missed: credit"),
    "before": (["whole"], "due no later than whole"),
    "formerly": ("repair", "formerly repair"),
    "words": ("Until it works again.", "Until it works again."),
}
"""By key of a metric, a value and the text that shows it."""


def test_every_key_of_a_metric_is_shown() -> None:
    """A new key needs a place in the view, and a line here."""
    assert {field.name for field in attrs.fields(Metric)} == SHOWN.keys()
    for key, (value, text) in SHOWN.items():
        beside = {"repeat": "next_start"} if key == "until" else {}
        policy = Policy(
            "shown",
            calendars={
                name: {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}
                for name in ("desk", "night")
            },
            calendar="desk",
            consequences={"credit": "5 % of the fee"},
            metrics={"whole": {"stop": "closed"}, "part": {"stop": "solved", key: value} | beside},
            tables={"all": [{"targets": {"whole": "9 hours", "part": "8 hours"}}]},
        )
        view = ET.fromstring(policy.to_html())  # noqa: S314 - our own
        (row,) = [cells for cells in rows(view, "Metrics") if cells[0] == "part"]
        assert text in " | ".join(row), key


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("pause", "never paused"),
        ("cancel", "never cancelled"),
        ("reset", "never restarted"),
        ("reopen", "never reopened"),
    ],
)
def test_an_empty_list_of_conditions_is_said_in_words(key: str, text: str) -> None:
    """Not as a condition that would be called never."""
    desk = Policy("shown", metrics={"part": {key: [], "repeat": "never"}}, tables={"all": []})
    (row,) = rows(ET.fromstring(desk.to_html()), "Metrics")[1:]  # noqa: S314 - our own
    assert row[-1] == f"{text} does not repeat"


AGREEMENTS = """
name = "desk"

[calendars.office]
time_zone = "UTC"
week = { mon-fri = "9-17" }

[attributes]
tier = ["gold", "silver"]

[metrics.reply]

[[tables.all]]
targets.reply = "1 hour"

[consequences]
talk = "a talk"

[settlement]
currency = "CHF"
cap = "20 %"
at_risk = 12
percent_per_point = 0.5

[objectives.gold]
metric = "reply"
share = "90 %"
of = "calls"
when.tier = "gold"
except = [{ when = { tier = "silver" }, because = "not gold" }]
period = "month"
counted_by = "due"
at_least = 20
if_fewer = "one may miss"
credits = [{ below = "90 %", percent = 10 }, { below = "80 %", amount = "CHF 500" }]
cap = "25 %"
claim = { within = "5 working days", from = "end of next month", calendar = "office" }
earn_back = 2
consequence = "talk"

[objectives.most]
metric = "reply"
percentile = 95
within = "2 working days"
counted_by = "stopped"
at_least = 3
credits = [
    { per = "miss", points = 3 },
    { per = "started working day", allocation = 40, grace = "30 minutes" },
    { per = "started day", percent = 1 },
    { per = "started hour", percent = 1 },
    { per = "started working hour", percent = 1 },
]
claim = { from = "end of quarter" }

[objectives.mean]
metric = "reply"
mean = "2 hours"
at_least = 4
if_fewer = "met"
claim = { within = "30 days", from = "incident" }

[availability.web]
target = "99.9 %"
hours = "office"
maintenance = { "first sunday of month" = "02:00-06:00" }
component = ["web", "db"]
decimals = 2
words = "the shop"
credits = [{ below = "99 %", percent = 10 }]
claim = { from = "end of month" }

[availability.mail]
target = "99 %"
maintenance = "office"
claim = { from = "end of year" }

[duties.visit]
words = "a visit"
every = "month"
when.tier = "gold"
done_by = "visited"
due = "5th working day of month"
times = 2
credits = [{ amount = "CHF 50" }]

[duties.care]
every = "year"
budget = "CHF 1000"
roll = "preceding"
calendar = "office"

[duties.call]
after = "visited"
within = "2 working days"

[penalties.lost]
event = "lost"
amount = "CHF 200"
words = "a customer lost"
when.tier = "gold"
cap = "CHF 1000"
"""


def test_what_is_promised_beyond_tickets() -> None:
    """Each section has a table, whose last column has the terms."""
    html = Policy.from_toml(AGREEMENTS).to_html()
    shown = ET.fromstring(html)  # noqa: S314 - our own
    assert rows(shown, "Objectives") == [
        ["objective", "share", "period", "metric", "terms"],
        [
            *("gold", "90 % of calls", "month", "reply"),
            (
                "where tier is gold except where tier is silver (not gold) "
                "counted when they are due "
                "of fewer than 20 tickets one may miss below 90 %: 10 % of the fee "
                "below 80 %: CHF 500.00 at most 25 % of the fee "
                "to be claimed within 5 working days from the end of the month after it "
                "credits are returned if it is met in the next 2 periods if missed: talk"
            ),
        ],
        [
            *("most", "95 % within 2 working days", "", "reply"),
            (
                "counted when they have stopped fewer than 3 tickets are too few to tell "
                "3 points for each miss 40 % of the amount at risk for each started working day of "
                "lateness after 30 minutes 1 % of the fee for each started day of lateness "
                "1 % of the fee for each started hour of lateness "
                "1 % of the fee for each started working hour of lateness "
                "to be claimed by the end of its quarter"
            ),
        ],
        [
            *("mean", "2 hours on average", "", "reply"),
            (
                "with fewer than 4 tickets it is met "
                "to be claimed within 30 calendar days from the incident"
            ),
        ],
    ]
    assert rows(shown, "Availability")[1:] == [
        [
            *("web", "99.9 %", "month", "office", "first sunday of month: 02:00-06:00"),
            (
                "the shop web, db rounded to 2 decimals below 99 %: 10 % of the fee "
                "to be claimed by the end of its month"
            ),
        ],
        [*("mail", "99 %", "month", "always", "office"), "to be claimed by the end of its year"],
    ]
    assert rows(shown, "Duties")[1:] == [
        [
            *("visit", "a visit", "month", "5th working day of month"),
            "where tier is gold done by: visited 2 times CHF 50.00 for each miss",
        ],
        [
            *("care", "", "year", "the end of the period"),
            "on a day off: the preceding working day at least CHF 1,000.00",
        ],
        ["call", "", "after visited", "within 2 working days", ""],
    ]
    assert rows(shown, "Penalties")[1:] == [
        [
            *("lost", "a customer lost", "lost", "CHF 200.00"),
            "where tier is gold at most CHF 1,000.00",
        ]
    ]
    assert rows(shown, "Settlement")[1:] == [
        ["currency", "CHF"],
        ["cap", "20 % of the fee"],
        ["at risk", "12 % of the fee"],
        ["each point", "0.5 % of the fee"],
    ]
    assert "Settlement" not in Policy("desk").to_html()
