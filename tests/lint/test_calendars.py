"""Long closures, dates that run out or disagree, and hours that a clock change skips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def test_lists_of_dates_that_run_out() -> None:
    """Exceptions, closures and own holidays that end in a year before the policy does."""
    tables = {"all": [row(response="1 working hour")]}
    parts: dict[str, tuple[Any, Any]] = {
        "exceptions": ({"2025-12-24": "9-12", "2026-12-24": "9-12"}, {"12-24": "9-12"}),
        "closures": ({"2026-01-04..2026-01-05": "9-12"}, {"first sunday of month": "9-12"}),
        "holidays": (["2025-12-24", {"2026-12-24": "Eve"}], ["2025-12-24", "12-24"]),
    }
    for part, (dated, recurring) in parts.items():
        for last, severity in (("2026-12-31", ""), ("2027-01-01", "warning"), (None, "notice")):
            policy = desk(
                calendars={"office": {**OFFICE, part: dated}}, tables=tables, effective_until=last
            )
            findings = findings_of(policy, "dates-run-out")
            assert [finding.severity for finding in findings] == [severity] * bool(severity), part
            if findings:
                assert findings[0].path == "calendars.office"
                assert f"{part} name dates until 2026-" in findings[0].message
        policy = desk(calendars={"office": {**OFFICE, part: recurring}}, tables=tables)
        assert not findings_of(policy, "dates-run-out"), part
    cleared: dict[str, Any] = {"2026-01-01": {"closures": {}}}
    changed = {**OFFICE, "closures": {"2025-01-01": "9-10"}, "changes": cleared}
    assert not findings_of(desk(calendars={"office": changed}, tables=tables), "dates-run-out")
    country = {**OFFICE, "holidays": ["FR", "2026-05-15"]}
    assert not findings_of(desk(calendars={"office": country}, tables=tables), "dates-run-out")


def test_exceptions_that_disagree() -> None:
    """Two rules with other hours for one date; a date of its own settles it."""
    term = {"effective_from": "2026-01-01", "effective_until": "2026-12-31"}
    tables = {"all": [row(response="1 working hour")]}

    def ruled(**exceptions: str) -> Policy:
        keys = {key.replace("_", " "): hours for key, hours in exceptions.items()}
        office = {**OFFICE, "exceptions": keys, "holidays": ["2027-01-01"], "horizon": 2100}
        return desk(calendars={"office": office}, tables=tables, **term)

    both = {"day_before_holiday": "9-12", "last_working_day_of_month": "9-14"}
    finding = only_finding(ruled(**both), "exceptions-disagree")
    assert finding.severity == "warning"
    assert finding.message.startswith(
        "two exceptions name 2026-12-31: 'day before holiday', which counts, and "
        "'last working day of month'"
    )
    assert not findings_of(ruled(**both | {"2026-12-31": "9-13"}), "exceptions-disagree")
    same = dict.fromkeys(both, "9-12")
    assert not findings_of(ruled(**same), "exceptions-disagree")
