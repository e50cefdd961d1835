"""The view of a ledger adds up."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from slacalc import Calendar
from tests.html.reading import rows, text_of, tree


def test_a_ledger_adds_up() -> None:
    """Of two hundred hours, every other one is open; 120 of the 200 rows are not listed."""
    shown = tree("ledger long")
    assert rows(shown, "Totals")[1:] == [
        ["open", "100h", "50 %"],
        ["closed", "4d 4h", "50 %"],
        ["break", "4d 4h", "50 %"],
        ["total", "8d 8h", "100 %"],
    ]
    assert "120 more rows" in text_of(shown)
    assert len(rows(shown)) == 1 + 80 + 1


def test_offsets_are_shown_with_their_sign_where_they_change() -> None:
    """In New York, clocks changed from -0500 to -0400 on 8 March 2026 at 2:00."""
    office = Calendar("America/New_York", {"sat-sun": "9-12"})
    account = office.explain("2026-03-07T09:00-05:00", "2026-03-08T12:00-04:00")
    starts_and_ends = [row[:2] for row in rows(ET.fromstring(account.to_html()))[1:]]  # noqa: S314 - our own page
    assert starts_and_ends == [
        ["Sat 2026-03-07 09:00 -0500", "Sat 2026-03-07 12:00 -0500"],
        ["Sat 2026-03-07 12:00 -0500", "Sun 2026-03-08 09:00 -0400"],
        ["Sun 2026-03-08 09:00 -0400", "Sun 2026-03-08 12:00 -0400"],
    ]
