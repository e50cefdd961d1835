"""The view of a comparison of two policies; the tickets are those of the tests of reports."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from slacalc import Policy, report
from tests.html.reading import rows, text_of, tree
from tests.html.views import HOSTILE, SCRIPT
from tests.report.cases import AS_OF, CURRENT, PROPOSED, ticket_table


def compared(b: Policy = PROPOSED, **more: Any) -> report.Comparison:
    return report.compare(CURRENT, b, ticket_table(), AS_OF, **more)


def test_the_view_for_notebooks() -> None:
    """What differs, the totals, the groups, and the tickets that flip."""
    comparison = compared(by="tier")
    assert comparison._repr_html_() == comparison.to_html()
    view = ET.fromstring(comparison.to_html())  # noqa: S314 - our own
    assert rows(view, "What differs")[3:5] == [
        ["tables.terms[0] where tier is platinum", "–", "answer: 1 hour"],
        ["tables.terms[1].targets.repair where tier is gold", "4 hours", "2 hours"],
    ]
    assert rows(view, "All tickets")[1:] == [
        ["answer", "62.5%", "58.3%", "−4.2", "0", "0", "0", "0"],
        ["repair", "40.0%", "25.0%", "−15.0", "1", "2", "4", "5"],
        ["visit", "50.0%", "not measured", "–", "0", "0", "0", "0"],
    ]
    assert rows(view, "By tier")[5] == [
        "gold",
        "repair",
        "66.7%",
        "0%",
        "−66.7",
        "0",
        "2",
        "4",
        "0",
    ]
    assert rows(view, "Tickets that flip")[1] == [
        *("T01", "repair", "gold", "met", "breached"),
        *("Sun 2026-03-01 03:30", "Sun 2026-03-01 01:30"),
    ]
    assert "2 tickets cannot be evaluated under A only, 0 under B only." in text_of(view)
    same = text_of(ET.fromstring(compared(b=CURRENT).to_html()))  # noqa: S314 - our own
    assert "Both policies mean the same." in same
    assert "Tickets that flip: none" in same


def test_the_view_of_no_tickets() -> None:
    """The policies differ all the same."""
    nobody = ticket_table().iloc[:0]
    view = report.compare(CURRENT, PROPOSED, nobody, AS_OF, by="tier").to_html(language="zh")
    assert "tables.visits" in view
    assert "两个策略的不同之处" in view


def test_names_and_values_are_escaped() -> None:
    """Those of policies, of tickets and of groups."""
    shown = HOSTILE.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    text = text_of(tree("comparison hostile"))
    assert f"{SCRIPT} (B)" in text
    assert f"ticket {shown}" in text
    assert f"tier is tier {shown}" in text
