"""Each kind of finding: a policy that has it, shown by its own example, and a near miss."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slacalc import Finding, Policy, presets
from slacalc.errors import NeverOpen, PolicyError

OFFICE = {"time_zone": "Europe/Paris", "week": {"mon-fri": "9-17"}}


def desk(**parts: Any) -> Policy:
    """A policy without findings, apart from those of the parts passed."""
    return Policy(
        "desk",
        **{
            "calendars": {"office": OFFICE},
            "attributes": {"severity": ["high", "medium", "low"], "area": ["near", "far"]},
            "metrics": {"response": {}, "resolution": {}},
            **parts,
        },
    )


def row(when: dict[str, Any] | None = None, **targets: Any) -> dict[str, Any]:
    return {"when": when or {}, "targets": targets}


def found(policy: Policy, kind: str) -> list[Finding]:
    return [finding for finding in policy.lint() if finding.kind == kind]


def only(policy: Policy, kind: str) -> Finding:
    findings = found(policy, kind)
    assert len(findings) == 1, [str(one) for one in policy.lint()]
    return findings[0]


def asked(policy: Policy, finding: Finding) -> Any:
    """The deadlines of a finding's example; at any moment, where it names none."""
    at = finding.received_at or "2025-03-12T10:00:00+01:00"
    return policy.deadlines(finding.example, at)


def test_a_policy_in_order() -> None:
    """Nothing odd, and it says how it looked."""
    policy = desk(
        tables={
            "all": [
                row({"severity": "high"}, response="1 working hour", resolution="8 working hours"),
                row(response="2 working hours", resolution="3 working days"),
            ]
        }
    )
    findings = policy.lint()
    assert not findings, str(findings)
    assert findings.is_exhaustive
    assert findings.tickets == 2  # high, and what is not
    assert str(findings).startswith("no findings\ntried all kinds of tickets: 2 at ")


def test_rows_never_reached() -> None:
    """An earlier row takes all its tickets, or two earlier rows together do."""
    rows = [
        row({"severity": ["high", "medium"]}, response="1 hour"),
        row({"severity": "high"}, response="2 hours"),
        row(response="3 hours"),
    ]
    finding = only(desk(tables={"all": rows}), "unreachable-row")
    assert finding.path == "tables.all[1]"
    assert "all[0] comes first" in finding.message
    assert asked(desk(tables={"all": rows}), finding)["response"].row == 0
    split = [
        row({"area": "near"}, response="1 hour"),
        row({"area": "far"}, response="2 hours"),
        rows[2],
    ]
    finding = only(desk(tables={"all": split}), "unreachable-row")
    assert (finding.path, "all[0] or all[1]" in finding.message) == ("tables.all[2]", True)
    assert not found(desk(tables={"all": [rows[0], rows[2]]}), "unreachable-row")


def test_targets_never_reached() -> None:
    """A row may be reached for one metric and not for another."""
    rows = [row(response="1 hour"), row(response="2 hours", resolution="8 hours")]
    finding = only(desk(tables={"all": rows}), "unreachable-row")
    assert finding.path == "tables.all[1].targets.response"
    assert finding.message == "its response is never reached: all[0] comes first"
    assert not found(desk(tables={"all": rows[:1]}), "unreachable-row")


def test_rows_never_reached_on_some_moments() -> None:
    """A row that asks for the moment of receipt is shown at such a moment."""
    rows = [row(response="1 hour"), row({"received": "weekend"}, response="2 hours")]
    policy = desk(tables={"all": rows})
    finding = only(policy, "unreachable-row")
    assert (finding.path, finding.example) == ("tables.all[1]", {})
    assert finding.received_at is not None
    assert finding.received_at.isoweekday() in (6, 7)
    assert "all[0] comes first" in finding.message


def test_rows_that_only_refused_tickets_meet() -> None:
    """No ticket that the policy accepts meets them."""
    rows = [row({"severity": "high"}, response="1 hour"), row(response="2 hours")]
    refusals = [{"when": {"severity": "high"}, "because": "call"}]
    finding = only(desk(tables={"all": rows}, refusals=refusals), "unreachable-row")
    assert (finding.path, finding.example) == ("tables.all[0]", {})
    assert "no ticket that the policy accepts" in finding.message


def test_tickets_without_a_row() -> None:
    """To somebody nothing is promised at all; words are a promise."""
    rows = [row({"severity": ">= medium"}, response="1 hour")]
    finding = only(desk(tables={"all": rows}), "uncovered-ticket")
    assert finding.example == {"severity": "low"}
    answer = asked(desk(tables={"all": rows}), finding)
    assert {one.reason for one in answer.values()} == {"nothing is promised"}
    words = [*rows, row(resolution={"promise": "some day"})]
    assert not found(desk(tables={"all": words}), "uncovered-ticket")


def test_a_narrow_table_that_promises_later() -> None:
    """Special customers who are promised more time than everybody: a warning."""
    tables = {
        "everybody": [row(response="4 hours")],
        "special": [row({"severity": "high"}, response="8 hours")],
    }
    policy = desk(tables=tables)
    finding = only(policy, "undercut")
    assert (finding.severity, finding.path) == ("warning", "tables.special[0].targets.response")
    promises = asked(policy, finding)["response"].promises
    assert [one.table for one in promises] == ["everybody", "special"]
    assert found(policy, "never-strictest")


def test_a_broad_table_that_promises_later_is_how_tiers_are_made() -> None:
    """A slower promise to everybody, a quicker one to some: a notice; both ways: nothing."""
    tables = {
        "everybody": [row(response="8 hours")],
        "special": [row({"severity": "high"}, response="4 hours")],
    }
    assert only(desk(tables=tables), "undercut").severity == "notice"
    assert not found(desk(tables=tables), "never-strictest")
    either = tables | {"everybody": [row(response="3 working hours")]}  # later on a Friday only
    assert not found(desk(tables=either), "undercut")


def test_metrics_out_of_order() -> None:
    """Arrival after resolution, always or at times; and what a metric says of itself."""
    metrics: dict[str, Any] = {"arrival": {}, "resolution": {}}
    always = desk(metrics=metrics, tables={"all": [row(arrival="36 hours", resolution="28 hours")]})
    finding = only(always, "metric-order")
    assert (finding.severity, finding.received_at) == ("warning", None)
    answer = asked(always, finding)
    assert answer["arrival"].due > answer["resolution"].due
    at_times = desk(
        metrics=metrics, tables={"all": [row(arrival="4 working hours", resolution="24 hours")]}
    )
    finding = only(at_times, "metric-order")
    assert finding.severity == "notice"
    assert finding.received_at is not None
    answer = asked(at_times, finding)
    assert answer["arrival"].due > answer["resolution"].due
    in_order = desk(
        metrics=metrics, tables={"all": [row(arrival="4 hours", resolution="28 hours")]}
    )
    assert not found(in_order, "metric-order")
    own = {"first": {"before": ["second"]}, "second": {}}
    named = desk(metrics=own, tables={"all": [row(first="2 hours", second="1 hour")]})
    assert only(named, "metric-order").path == "tables.all[0].targets.first"
    apart = {"arrival": {"start": "accepted"}, "resolution": {}}
    later = desk(metrics=apart, tables={"all": [row(arrival="36 hours", resolution="28 hours")]})
    assert not found(later, "metric-order")  # from different events they cannot be compared


def test_ranks_reversed() -> None:
    """A higher severity that waits longer, or that is promised nothing."""
    rows = [row({"severity": "high"}, response="8 hours"), row(response="4 hours")]
    finding = only(desk(tables={"all": rows}), "rank-reversed")
    assert (finding.severity, finding.example) == ("warning", {"severity": "high"})
    lower = desk(tables={"all": rows}).deadlines({"severity": "low"}, "2025-03-12T10:00:00Z")
    higher = desk(tables={"all": rows}).deadlines(finding.example, "2025-03-12T10:00:00Z")
    assert higher["response"].due > lower["response"].due  # type: ignore[operator] # both are due
    bare = [row({"severity": "high"}, response={"promise": "soon"}), row(response="4 hours")]
    assert only(desk(tables={"all": bare}), "rank-reversed").severity == "notice"
    assert not found(desk(tables={"all": [rows[0]]}), "rank-reversed")
    by_area = [row({"area": "near"}, response="8 hours"), row(response="4 hours")]
    assert not found(desk(tables={"all": by_area}), "rank-reversed")  # places have no rank
    ranked = {"area": {"values": ["near", "far"], "ordered": True}}
    policy = desk(attributes=ranked, tables={"all": by_area})
    assert only(policy, "rank-reversed").example == {"area": "near"}


def test_targets_that_no_calendar_can_meet() -> None:
    """A calendar that is never open, and a target beyond all years."""
    closed = {"office": {"time_zone": "UTC", "week": "closed"}}
    policy = desk(calendars=closed, tables={"all": [row(response="1 working hour")]})
    finding = only(policy, "out-of-reach")
    assert (finding.severity, finding.path) == ("error", "tables.all[0].targets.response")
    with pytest.raises(NeverOpen):
        asked(policy, finding)
    assert only(policy, "never-open").severity == "error"
    far = desk(tables={"all": [row(response="99999 working days")]})
    assert only(far, "out-of-reach").severity == "error"
    assert not found(desk(tables={"all": [row(response="300 working days")]}), "out-of-reach")


def test_limits_before_targets() -> None:
    """At once where the units are the same, at a moment where they are not."""
    early = desk(tables={"all": [row(response={"within": "4 hours", "limit": "2 hours"})]})
    finding = only(early, "limit-before-target")
    assert (finding.severity, finding.path) == ("error", "tables.all[0].targets.response.limit")
    mixed = {"within": "4 working hours", "limit": "24 hours"}
    policy = desk(tables={"all": [row(response=mixed)]})
    finding = only(policy, "limit-before-target")
    assert asked(policy, finding)["response"].limit is None  # the bound is before the due
    fine = desk(tables={"all": [row(response={"within": "2 hours", "limit": "4 hours"})]})
    assert not found(fine, "limit-before-target")


@pytest.mark.parametrize(
    ("start", "pause", "is_odd"),
    [
        ("created", "created", True),
        ({"status": "new"}, {"status": ["new", "waiting"]}, True),
        ({"event": "created", "status": "new"}, {"status": "new"}, True),
        ({"event": "created", "by": "bot"}, {"event": "created"}, True),
        ({"status": "new"}, {"status": {"not": "open"}}, True),
        ({"status": ["new", "open"]}, {"status": "new"}, False),
        ({"status": "new"}, {"status": "waiting"}, False),
        ({"status": "new"}, {"status": "new", "by": "bot"}, False),
        ("created", {"status": "new"}, False),
        ({"status": {"not": "new"}}, {"status": "open"}, False),
    ],
)
def test_pauses_at_the_start(start: Any, pause: Any, is_odd: bool) -> None:  # noqa: FBT001 - parametrised
    """A pause that holds whenever the clock starts, so that it never runs from there."""
    metrics = {"response": {"start": start, "pause": pause}}
    policy = desk(metrics=metrics, tables={"all": [row(response="1 hour")]})
    assert bool(found(policy, "pause-at-start")) is is_odd
    before = {"ready": {"words": "be ready", "pause": pause}}
    policy = desk(
        metrics={"response": {"start": start}},
        preconditions=before,
        tables={"all": [row(response="1 hour")]},
    )
    assert [one.path for one in found(policy, "pause-at-start")] == (
        ["preconditions.ready.pause"] if is_odd else []
    )


def test_calendars_closed_for_long() -> None:
    """Over two weeks is told, two weeks are not."""
    term = {"effective_from": "2025-01-01", "effective_until": "2025-12-31"}
    tables = {"all": [row(response="1 working hour")]}

    def closed(dates: str) -> Policy:
        office = {**OFFICE, "exceptions": {dates: "closed"}}
        return desk(calendars={"office": office}, tables=tables, **term)

    finding = only(closed("2025-08-01..2025-08-31"), "long-closure")  # from Thursday the 31st
    assert "from 2025-07-31 to 2025-09-01" in finding.message
    answer = asked(closed("2025-08-01..2025-08-31"), finding)
    assert str(answer["response"].due) == "2025-09-01 10:00:00+02:00"
    assert not found(closed("2025-08-01..2025-08-13"), "long-closure")
    assert not found(closed("2026-08-01..2026-08-31"), "long-closure")  # not in its term


def test_unpublished_holidays() -> None:
    """A notice for a policy without an end, a warning where its last day is beyond them."""
    office = {**OFFICE, "holidays": ["2025-05-01"], "horizon": 2025}
    tables = {"all": [row(response="1 working hour")]}
    endless = desk(calendars={"office": office}, tables=tables)
    finding = only(endless, "unpublished-holidays")
    assert finding.severity == "notice"
    assert asked(endless, finding)["response"].provisional
    for last, severities in (("2026-06-30", ["warning"]), ("2025-12-31", [])):
        policy = desk(calendars={"office": office}, tables=tables, effective_until=last)
        assert [one.severity for one in found(policy, "unpublished-holidays")] == severities


def test_hours_that_touch_a_clock_change() -> None:
    """Paris skips 02:00 to 03:00 on 30 March 2025."""
    term = {"effective_from": "2025-01-01", "effective_until": "2025-12-31"}
    tables = {"all": [row(response="1 working hour")]}
    for hours, is_odd in (("02:30-10:00", True), ("22:00-06:00", True), ("03:00-10:00", False)):
        office = {"time_zone": "Europe/Paris", "week": {"daily": hours}}
        policy = desk(calendars={"office": office}, tables=tables, **term)
        findings = found(policy, "clock-change")
        assert bool(findings) is is_odd, hours
        if is_odd:
            assert str(findings[0].received_at) == "2025-03-30 03:00:00+02:00"
    always = {"office": {"time_zone": "Europe/Paris", "week": "always"}}
    assert not found(desk(calendars=always, tables=tables, **term), "clock-change")


@pytest.mark.parametrize(
    ("until", "begins", "kind"),
    [
        ("2025-06-30", "2025-07-02", "version-gap"),
        ("2025-06-30", "2025-07-01", ""),
        ("2025-06-30", "2025-06-30", "version-overlap"),
        (None, "2025-07-01", ""),
        (None, "2025-01-01", "version-overlap"),
    ],
)
def test_gaps_and_overlaps_of_versions(until: str | None, begins: str, kind: str) -> None:
    """The day after the last one is the first day of the next version."""
    policy = desk(
        effective_from="2025-01-01",
        effective_until=until,
        tables={"all": [row(response="1 hour")]},
        versions=[{"effective_from": begins}],
    )
    findings = [one for one in policy.lint() if one.kind.startswith("version")]
    assert [one.kind for one in findings] == ([kind] if kind else [])
    if kind == "version-gap":
        assert findings[0].path == "versions[0].effective_from"
        with pytest.raises(PolicyError, match="no version of desk is in force on 2025-07-01"):
            asked(policy, findings[0])


def test_what_a_version_inherits_is_told_once() -> None:
    """A dead row of the first version is not told again; one of the second's own is."""
    rows = [row(response="1 hour"), row(response="2 hours")]
    versions = [
        {"effective_from": "2025-01-01"},
        {"effective_from": "2026-01-01", "tables": {"all": rows}},
    ]
    policy = desk(tables={"all": rows}, versions=versions)
    assert [one.path for one in found(policy, "unreachable-row")] == [
        "tables.all[1]",
        "versions[1].tables.all[1]",
    ]


# Many attributes ---------------------------------------------------------------------------------

WIDE = {f"a{i}": [f"v{j}" for j in range(9)] for i in range(6)}


def wide(*rows: dict[str, Any], **tables: list[dict[str, Any]]) -> Policy:
    """A policy with more kinds of tickets than can be tried."""
    asking = row({f"a{i}": [f"v{j}" for j in range(i + 1)] for i in range(6)}, resolution="1 hour")
    every = [row({f"a{i}": f"v{j}"}, resolution="2 hours") for i in range(6) for j in range(9)]
    return desk(attributes=WIDE, tables={"all": list(rows), "ask": [asking, *every], **tables})


def test_row_by_row_it_says_so_and_proves_what_it_says() -> None:
    """A row that one earlier row includes is dead; one that might be reached is not accused."""
    policy = wide(
        row({"a0": ["v0", "v1"]}, response="1 hour"),
        row({"a0": "v1", "a1": "v3"}, response="2 hours"),
        row({"a1": "v3"}, response="3 hours"),
        row(response="4 hours"),
    )
    findings = policy.lint()
    assert not findings.is_exhaustive
    assert "row by row" in str(findings)
    dead = [one for one in findings if one.kind == "unreachable-row"]
    assert "tables.all[1]" in [one.path for one in dead]
    assert not {"tables.all[2]", "tables.all[3]"} & {one.path for one in dead}
    for one in dead:
        assert asked(policy, one)


def test_row_by_row_it_finds_tables_that_undercut() -> None:
    """As it does where it can try everything, with an example."""
    policy = wide(
        row(response="4 hours"), special=[row({"a0": "v0", "a1": "v1"}, response="8 hours")]
    )
    finding = only(policy, "undercut")
    assert finding.path == "tables.special[0].targets.response"
    assert asked(policy, finding)["response"].table == "all"


# Every example holds -----------------------------------------------------------------------------

UNITS = ["1 hour", "30 hours", "4 working hours", "2 working days", "end of day + 1", "at once"]


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Two tables over two attributes, with targets of all kinds."""

    def some_row() -> dict[str, Any]:
        when: dict[str, Any] = {}
        if draw(st.booleans()):
            when["severity"] = draw(st.sampled_from(["high", ">= medium", {"not": "low"}, ["low"]]))
        if draw(st.booleans()):
            when["area"] = draw(st.sampled_from(["near", "far"]))
        if draw(st.integers(0, 3)) == 0:
            when["received"] = draw(st.sampled_from(["open", "weekend", {"not": "closed"}]))
        names = draw(st.lists(st.sampled_from(["response", "resolution"]), min_size=1, unique=True))
        return row(when, **{name: draw(st.sampled_from(UNITS)) for name in names})

    sizes = st.integers(1, 3)
    tables = {name: [some_row() for _ in range(draw(sizes))] for name in ("one", "two")}
    return desk(tables=tables)


@given(policies())
def test_every_example_is_a_ticket_that_the_policy_answers(policy: Policy) -> None:
    """Whatever is found, its example can be asked; a comparison is what the deadlines show."""
    for finding in policy.lint():
        answer = asked(policy, finding)
        if finding.kind == "metric-order":
            assert answer["response"].due > answer["resolution"].due
        elif finding.kind == "undercut":
            slow = finding.path.split(".")[1].partition("[")[0]
            promises = answer[finding.path.split(".")[-1]].promises
            assert promises[-1].table == slow
            assert promises[0].due < promises[-1].due
        elif finding.kind == "uncovered-ticket":
            assert {one.reason for one in answer.values()} == {"nothing is promised"}


@pytest.mark.parametrize("name", presets.names())
def test_presets_have_no_errors(name: str) -> None:
    """What ships may be odd, since the papers are, but every promise can be kept."""
    findings = presets.load(name).lint()
    assert not findings.errors
    assert findings.is_exhaustive
