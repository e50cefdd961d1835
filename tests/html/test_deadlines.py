"""The view of deadlines shows due dates and the rows that promise them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from slacalc import presets
from tests.html.reading import rows


def test_the_deadlines_of_a_gold_customer() -> None:
    """One working day from Friday 16:00 ends on the make-up Saturday; 16 hours end later."""
    deadlines = presets.load("kingdee-diexun").deadlines(
        {"channel": "on-site", "urgency": "standard", "tier": "gold"}, "2024-09-13T16:00:00+08:00"
    )
    page = ET.fromstring(deadlines.to_html())  # noqa: S314 - our own
    (headings, response, arrival, resolution) = rows(page)
    assert headings[:2] == ["metric", "due"]
    assert response[:3] == ["response", "Fri 2024-09-13 16:00", "at once"]
    assert arrival[:3] == ["arrival", "Sat 2024-09-14 16:00", "1 working day"]
    assert "service-standard[3]: 16 working hours, due Wed 2024-09-18 16:00" in arrival[4]
    assert resolution[1] == "nothing is promised"
