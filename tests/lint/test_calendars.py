"""Long closures, unpublished holidays, and hours that a clock change skips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lint.desks import OFFICE, deadlines_of, desk, findings_of, only_finding, row

if TYPE_CHECKING:
    from slacalc import Policy


def test_calendars_closed_for_long() -> None:
    """More than two weeks from closing to opening: 14.67 days are, 13.67 days are not."""
    term = {"effective_from": "2025-01-01", "effective_until": "2025-12-31"}
    tables = {"all": [row(response="1 working hour")]}

    def closed(dates: str) -> Policy:
        office = {**OFFICE, "exceptions": {dates: "closed"}}
        return desk(calendars={"office": office}, tables=tables, **term)

    finding = only_finding(closed("2025-08-01..2025-08-31"), "long-closure")
    assert "from 2025-07-31 to 2025-09-01" in finding.message
    answer = deadlines_of(closed("2025-08-01..2025-08-31"), finding)
    assert str(answer["response"].due) == "2025-09-01 10:00:00+02:00"
    shortest = only_finding(closed("2025-08-01..2025-08-14"), "long-closure")
    assert shortest.message == "closed for 14 days, from 2025-07-31 to 2025-08-15"
    assert not findings_of(closed("2025-08-01..2025-08-13"), "long-closure")
    assert not findings_of(closed("2026-08-01..2026-08-31"), "long-closure")  # not in its term


def test_unpublished_holidays() -> None:
    """A notice for a policy without an end, a warning where its last day is beyond them."""
    office = {**OFFICE, "holidays": ["2025-05-01"], "horizon": 2025}
    tables = {"all": [row(response="1 working hour")]}
    endless = desk(calendars={"office": office}, tables=tables)
    finding = only_finding(endless, "unpublished-holidays")
    assert finding.severity == "notice"
    assert deadlines_of(endless, finding)["response"].provisional
    for last, severities in (("2026-06-30", ["warning"]), ("2025-12-31", [])):
        policy = desk(calendars={"office": office}, tables=tables, effective_until=last)
        assert [
            finding.severity for finding in findings_of(policy, "unpublished-holidays")
        ] == severities


def test_hours_that_touch_a_clock_change() -> None:
    """Paris skips 02:00 to 03:00 on 30 March 2025."""
    term = {"effective_from": "2025-01-01", "effective_until": "2025-12-31"}
    tables = {"all": [row(response="1 working hour")]}
    for hours, is_found in (("02:30-10:00", True), ("22:00-06:00", True), ("03:00-10:00", False)):
        office = {"time_zone": "Europe/Paris", "week": {"daily": hours}}
        policy = desk(calendars={"office": office}, tables=tables, **term)
        findings = findings_of(policy, "clock-change")
        assert bool(findings) is is_found, hours
        if is_found:
            assert str(findings[0].received_at) == "2025-03-30 03:00:00+02:00"
    always = {"office": {"time_zone": "Europe/Paris", "week": "always"}}
    assert not findings_of(desk(calendars=always, tables=tables, **term), "clock-change")
