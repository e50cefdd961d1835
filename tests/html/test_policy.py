"""The view of a policy shows its tables as they would be printed."""

from __future__ import annotations

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
