"""The view of a policy shows its tables as they would be printed."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import attrs

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
