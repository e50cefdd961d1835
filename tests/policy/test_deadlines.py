"""What a policy answers for a ticket: each rule on a case that can be reckoned by hand.

The office works 9 to 17 in Paris, Monday to Friday. 2024-05-03 is a Friday.
"""

from __future__ import annotations

import copy
import json
import pickle
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slacalc import Attribute, Calendar, Deadline, Policy, SlacalcError, Target
from slacalc.errors import PolicyError, ProvisionalError, TicketError, UnknownMetricError

PARIS = ZoneInfo("Europe/Paris")
OFFICE = {"time_zone": "Europe/Paris", "week": {"mon-fri": "9-17"}}
FRIDAY = datetime(2024, 5, 3, 16, tzinfo=PARIS)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(f"2024-05-{text}").replace(tzinfo=PARIS)


def policy(*rows: dict[str, Any] | str, **parts: Any) -> Policy:
    """A policy with one metric, `resolution`, and one table; a text stands for a row's target."""
    table = [row if isinstance(row, dict) else {"targets": {"resolution": row}} for row in rows]
    return Policy(
        "desk",
        **{
            "calendars": {"office": OFFICE},
            "attributes": {"severity": ["high", "medium", "low"], "kind": {"kind": "text"}},
            "metrics": {"resolution": {"stop": "resolved"}},
            "tables": {"standard": table},
            **parts,
        },
    )


def resolution(
    desk: Policy, ticket: dict[str, Any] | None = None, at: Any = FRIDAY, **more: Any
) -> Deadline:
    return desk.deadlines(ticket or {}, at, **more)["resolution"]


# Units -------------------------------------------------------------------------------------------

UNITS = {
    "2 working hours": "06 10:00",  # one on Friday, one on Monday
    "90 working minutes": "06 09:30",
    "1 working hour 30 working minutes": "06 09:30",
    "1 business hour": "03 17:00",  # an exact fit ends with the day
    "2 hours": "03 18:00",
    "1.5 hours": "03 17:30",
    "1 hour 30 minutes": "03 17:30",
    "45 seconds": "03 16:00:45",
    "1 working day": "06 16:00",
    "2 business days": "07 16:00",
    "1 calendar day": "04 16:00",
    "end of working day": "03 17:00",
    "end of working day + 1": "06 17:00",
    "end of day + 0": "04 00:00",
    "end of day+1": "05 00:00",
    "at once": "03 16:00",
    "earliest of 2 working hours, 24 hours": "04 16:00",
    "latest of 2 working hours and 24 hours": "06 10:00",
    "earliest of 1 hour, 2 hours, end of day + 0": "03 17:00",
}


@pytest.mark.parametrize(("within", "due"), UNITS.items())
def test_units(within: str, due: str) -> None:
    """Each unit on Friday at four, an hour before the weekend."""
    deadline = resolution(policy(within))
    assert deadline.due == paris(due)
    assert Target(deadline.within) == Target(within)  # the canonical text says the same


@pytest.mark.parametrize(
    ("within", "due"),
    [("at once", "06 09:00"), ("0 working hours", "06 09:00"), ("0 hours", "04 12:00")],
)
def test_at_once_outside_hours(within: str, due: str) -> None:
    """No work at all waits for the next opening; no time at all does not."""
    assert resolution(policy(within), at=paris("04 12:00")).due == paris(due)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("1 day", ["1 working day", "1 calendar day", "24 hours", "end of day + 1"]),
        ("4h", ["4 working hours", "4 hours"]),
        ("30 min", ["30 working minutes", "30 minutes"]),
        ("2 weeks", ["10 working days"]),
        ("4 Working Hours", ["'4 working hours'"]),
        ("soon", ["4 working hours", "at once"]),
        ("earliest of 1 hour", ["earliest of 24 hours, 1 working day"]),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_with_the_choices(
    given: str, words: list[str]
) -> None:
    """A bare day, an abbreviated unit, a week: the error spells out what to write instead."""
    with pytest.raises(PolicyError) as caught:
        policy(given)
    (fault,) = caught.value.faults
    assert fault.where == "tables.standard[0].targets.resolution"
    assert fault.found == repr(given)
    assert all(word in fault.message for word in words)


# Calendars of targets ----------------------------------------------------------------------------


def test_a_target_counts_on_its_own_calendar_else_its_metrics_else_the_policys() -> None:
    """The nearest name wins; a part of several may have another one still."""
    late = {"time_zone": "Europe/Paris", "week": {"daily": "12-20"}}
    night = {"time_zone": "Europe/Paris", "week": {"daily": "20-24"}}
    parts: dict[str, Any] = {
        "calendars": {"office": OFFICE, "late": late, "night": night},
        "calendar": "office",
    }
    assert resolution(policy("2 working hours", **parts)).due == paris("06 10:00")
    of_metric = {"metrics": {"resolution": {"calendar": "late"}}}
    assert resolution(policy("2 working hours", **parts | of_metric)).due == paris("03 18:00")
    own = {"targets": {"resolution": {"within": "2 working hours", "calendar": "night"}}}
    deadline = resolution(policy(own, **parts | of_metric))
    assert (deadline.due, deadline.calendar) == (paris("03 22:00"), "night")
    several = {"earliest_of": [{"within": "2 working hours", "calendar": "late"}, "1 working day"]}
    combined = {"targets": {"resolution": {"within": several, "calendar": "night"}}}
    deadline = resolution(policy(combined, **parts))
    assert (deadline.due, deadline.calendar) == (paris("03 18:00"), "late")


def test_a_calendar_must_be_named_where_there_are_several() -> None:
    """Working time needs hours; plain hours do not."""
    parts = {"calendars": {"one": OFFICE, "two": OFFICE}}
    with pytest.raises(PolicyError, match="a calendar to count 1 working hour on"):
        policy("1 working hour", **parts)
    assert resolution(policy("1 hour", **parts)).due == paris("03 17:00")


# Rows and tables ---------------------------------------------------------------------------------


def row(target: Any, **when: Any) -> dict[str, Any]:
    return {"when": when, "targets": {"resolution": target}}


def test_the_first_matching_row_with_a_target_speaks() -> None:
    """A row that matches but says nothing of the metric is passed over."""
    desk = policy(
        {"when": {"severity": "high"}, "entitlements": ["a person to call"]},
        row("1 hour", severity=["high", "medium"]),
        row("2 hours", severity="high"),
        row("3 hours"),
    )
    answers = {
        severity: resolution(desk, {"severity": severity}) for severity in ("high", "medium", "low")
    }
    assert [answers[one].row for one in answers] == [1, 1, 3]
    assert [answers[one].within for one in answers] == ["1 hour", "1 hour", "3 hours"]


@pytest.mark.parametrize(
    ("test", "passing"),
    [
        (">= medium", "high medium"),
        ("> medium", "high"),
        ("<= medium", "medium low"),
        ("< medium", "low"),
        ({"not": "medium"}, "high low"),
        ({"not": ["medium", "low"]}, "high"),
        ({"is": "low"}, "low"),
        (["low", "high"], "high low"),
    ],
)
def test_conditions(test: Any, passing: str) -> None:
    """Values stand in order, highest first; a list is any of its values."""
    desk = policy(row("1 hour", severity=test))
    met = [one for one in ("high", "medium", "low") if resolution(desk, {"severity": one}).due]
    assert met == passing.split()


@pytest.mark.parametrize(
    ("received", "at", "words"),
    [
        ("working-day", "2024-05-03 20:00", "working-day closed"),
        ("weekend", "2024-05-04 12:00", "weekend closed"),
        ("holiday", "2024-05-01 12:00", "holiday closed"),
        ("working-day", "2024-05-02 12:00", "working-day open"),
        ("an exception that opens", "2024-05-11 10:00", "working-day open"),
        ("an exception that closes", "2024-05-07 10:00", "holiday closed"),
        ("a make-up day", "2024-05-12 10:00", "working-day open"),
    ],
)
def test_the_moment_of_receipt(received: str, at: str, words: str) -> None:
    """A date is a working day, a weekend or a holiday; the instant is open or closed."""
    del received
    office = Calendar(
        "Europe/Paris",
        {"mon-fri": "9-17"},
        holidays={"dates": ["2024-05-01"], "workdays": ["2024-05-12"]},
        exceptions={"2024-05-11": "10-12", "2024-05-07": "closed"},
    )
    instant = datetime.fromisoformat(at).replace(tzinfo=PARIS)
    for word in ("working-day", "weekend", "holiday", "open", "closed"):
        for test, meets in (
            (word, word in words.split()),
            ({"not": word}, word not in words.split()),
        ):
            desk = policy(row("1 hour", received=test), calendars={"office": office})
            assert bool(resolution(desk, at=instant).due) is meets, test


def test_the_strictest_promise_holds_and_the_others_stay_visible() -> None:
    """Across tables the earliest due counts, whatever the order; words never beat a figure."""
    tables = {
        "slow": [row("24 hours")],
        "words": [row({"promise": "as soon as we can"})],
        "quick": [row("2 hours")],
    }
    deadline = resolution(policy(tables=tables))
    assert (deadline.table, deadline.due) == ("quick", FRIDAY + timedelta(hours=2))
    assert [one.table for one in deadline.promises] == ["quick", "slow", "words"]
    assert [one.reason for one in deadline.promises] == ["", "", "as soon as we can"]
    assert deadline.promises[1].due == FRIDAY + timedelta(hours=24)


def test_the_earliest_bound_holds_as_well() -> None:
    """A limit of one table does not excuse what another table calls a breach."""
    lenient = row({"within": "4 hours", "limit": "24 hours"})
    alone = resolution(policy(lenient))
    assert (alone.due, alone.limit) == (paris("03 20:00"), paris("04 16:00"))
    beside = resolution(policy(tables={"a": [lenient], "b": [row("6 hours")]}))
    assert (beside.due, beside.limit, beside.table) == (paris("03 20:00"), paris("03 22:00"), "a")
    strict = resolution(policy(tables={"a": [lenient], "b": [row("4 hours")]}))
    assert (strict.due, strict.limit) == (paris("03 20:00"), None)


def test_a_promise_without_a_figure_carries_its_words() -> None:
    """No due, and the reason is what the policy says; or that it says nothing."""
    desk = policy(row({"promise": "negotiated"}, severity="high"))
    said = resolution(desk, {"severity": "high"})
    assert (said.due, said.reason, said.within) == (None, "negotiated", None)
    silent = resolution(desk, {"severity": "low"})
    assert (silent.due, silent.reason, silent.promises) == (None, "nothing is promised", ())


# Starts ------------------------------------------------------------------------------------------


def test_a_metric_that_starts_at_another_event() -> None:
    """Without the event it has not begun; with it, it counts from there; receipt still decides."""
    desk = policy("2 hours", metrics={"resolution": {"start": "accepted"}})
    waiting = resolution(desk)
    assert (waiting.due, waiting.reason) == (None, "not begun: starts at accepted")
    assert waiting.promises[0].within == "2 hours"
    begun = resolution(desk, since={"accepted": paris("06 10:00")})
    assert (begun.due, begun.start) == (paris("06 12:00"), paris("06 10:00"))
    assert resolution(desk, since={"accepted": "2024-05-06T08:00:00Z"}).due == paris("06 12:00")


def test_the_first_of_several_starts_counts_after_the_last_reset() -> None:
    """Either event may start the clock, and a reset makes it wait for the next start."""
    metric = {"start": ["opened", "called"], "reset": "rejected"}
    desk = policy("1 hour", metrics={"resolution": metric})
    both = {"opened": paris("03 12:00"), "called": paris("03 10:00")}
    assert resolution(desk, since=both).due == paris("03 11:00")
    again = both | {"rejected": paris("03 11:00")}
    assert resolution(desk, since=again).due == paris("03 13:00")
    over = both | {"rejected": paris("03 13:00")}
    assert resolution(desk, since=over).reason == "not begun: starts at opened, or called"


def test_a_misspelled_event_is_refused_and_a_strange_one_is_not() -> None:
    """A host may give all the times it has; an event that is nearly a start is a mistake."""
    desk = policy("1 hour", metrics={"resolution": {"start": "accepted"}})
    with pytest.raises(TicketError, match="did you mean 'accepted'"):
        resolution(desk, since={"acepted": FRIDAY})
    assert resolution(desk, since={"closed": FRIDAY}).reason.startswith("not begun")


# Tickets -----------------------------------------------------------------------------------------


def test_values() -> None:
    """A value may come as text; what is not legal is refused with what is."""
    desk = policy(
        row("1 hour", level=1, urgent=True),
        row("2 hours"),
        attributes={"level": [1, 2], "urgent": [True, False]},
    )
    for level, urgent in ((1, True), ("1", "true"), (1.0, True)):
        assert resolution(desk, {"level": level, "urgent": urgent}).within == "1 hour"
    for bad in ({"level": True}, {"level": 3}, {"level": [1]}, {"urgent": 1}, {"level": "one"}):
        with pytest.raises(TicketError) as caught:
            resolution(desk, {"level": 1, "urgent": True} | bad)
        assert caught.value.attribute == next(iter(bad))
        assert caught.value.known in ((1, 2), (True, False))
    with pytest.raises(TicketError, match="did you mean 'high'"):
        resolution(policy(row("1 hour", severity="high")), {"severity": "hihg"})


def test_an_attribute_that_the_ticket_lacks() -> None:
    """It is an error only where it decides; a default or `optional` says what to do without."""
    desk = policy(row("1 hour", severity="high", kind="fire"), row("2 hours"))
    assert resolution(desk, {"kind": "flood"}).within == "2 hours"  # no fire, however severe
    with pytest.raises(TicketError, match="does not say its severity.*high, medium, low") as caught:
        resolution(desk, {"kind": "fire"})
    assert (caught.value.attribute, caught.value.given) == ("severity", None)
    values = ["high", "medium", "low"]
    for attribute, within in (
        (Attribute(values, default="high"), "1 hour"),
        (Attribute(values, optional=True), "2 hours"),
    ):
        parts = {"attributes": {"severity": attribute, "kind": {"kind": "text"}}}
        desk = policy(row("1 hour", severity="high", kind="fire"), row("2 hours"), **parts)
        for missing in ({}, {"severity": None}, {"severity": float("nan")}):
            assert resolution(desk, {"kind": "fire"} | missing).within == within


def test_more_attributes_are_left_alone_unless_they_are_nearly_known() -> None:
    """`customer` is nobody's business; `sevreity` is a mistake."""
    desk = policy("1 hour")
    assert resolution(desk, {"customer": object()}).within == "1 hour"
    for wrong in ("sevreity", "Severity", "severty", "severityy"):
        with pytest.raises(TicketError, match="did you mean 'severity'"):
            resolution(desk, {wrong: "high"})


def test_an_attribute_derived_by_a_matrix() -> None:
    """Impact and urgency give the priority, unless the ticket bears one itself."""
    levels = ["high", "low"]
    matrix = {"high": {"high": 1, "low": 2}, "low": {"high": 2, "low": 3}}
    priority = {"values": [1, 2, 3], "by": ["impact", "urgency"], "matrix": matrix}
    desk = policy(
        *(row(f"{number} hours", priority=number) for number in (1, 2, 3)),
        attributes={"impact": levels, "urgency": levels, "priority": priority},
    )
    answers = {
        (impact, urgency): desk.deadlines({"impact": impact, "urgency": urgency}, FRIDAY)
        for impact in levels
        for urgency in levels
    }
    assert [one.ticket["priority"] for one in answers.values()] == [1, 2, 2, 3]
    own = desk.deadlines({"impact": "low", "urgency": "low", "priority": 1}, FRIDAY)
    assert own["resolution"].within == "1 hour"
    with pytest.raises(TicketError, match="derived from urgency, which it lacks too"):
        desk.deadlines({"impact": "low"}, FRIDAY)


def test_a_refused_ticket() -> None:
    """Bad input for this policy is an error with the policy's own words."""
    refusal = {"when": {"severity": "high", "received": {"not": "open"}}, "because": "call us"}
    desk = policy("1 hour", refusals=[refusal])
    assert resolution(desk, {"severity": "high"}).due
    with pytest.raises(TicketError, match="severity is high and received is not open: call us"):
        resolution(desk, {"severity": "high"}, at=paris("04 12:00"))


# Coverage and versions ---------------------------------------------------------------------------

TERM = {"from": "signed", "until": "ends", "otherwise": "ask for a quote"}


@pytest.mark.parametrize(
    ("ticket", "covered"),
    [
        ({"signed": "2024-05-03", "ends": "2024-05-03"}, True),  # both days belong to it
        ({"signed": "2024-05-04", "ends": "2024-06-01"}, False),
        ({"signed": "2024-01-01", "ends": "2024-05-02"}, False),
        ({"signed": FRIDAY, "ends": FRIDAY}, True),
        ({"signed": FRIDAY + timedelta(microseconds=1), "ends": "2025-01-01"}, False),
        ({"signed": "2024-05-03T14:00:00Z"}, True),  # 16:00 in Paris, and no end
        ({}, True),  # nothing is known
        ({"ends": "2024-05-02"}, False),  # one bound is enough to be out
    ],
)
def test_coverage_by_dates_of_the_ticket(ticket: dict[str, Any], covered: bool) -> None:  # noqa: FBT001 - parametrised
    """Days are those of the policy's zone; what the ticket does not say is taken as so."""
    dates = {"signed": {"kind": "date"}, "ends": {"kind": "date"}}
    answer = policy("1 hour", attributes=dates, coverage=[TERM]).deadlines(ticket, FRIDAY)
    assert answer.covered is covered
    assert answer["resolution"].reason == ("" if covered else "not covered")
    assert ("ask for a quote" in answer.coverage_note) is not covered
    assert ("taken as covered" in answer.coverage_note) is (covered and len(ticket) < 2)


@pytest.mark.parametrize(
    ("first", "term", "last"),
    [
        ("2023-05-04", "1 year", "2024-05-03"),
        ("2024-01-31", "1 month", "2024-02-29"),  # no 31st: the term ends with the month
        ("2024-02-29", "1 year", "2025-02-28"),
        ("2023-11-30", "18 months", "2025-05-29"),
        ("2024-12-15", "1 month", "2025-01-14"),
        ("2024-04-04", "30 calendar days", "2024-05-03"),
    ],
)
def test_coverage_for_a_term(first: str, term: str, last: str) -> None:
    """A term ends with the day before the same day of a later month or year."""
    desk = policy("1 hour", coverage=[{"from": first, "for": term}])
    end = datetime.fromisoformat(last).replace(tzinfo=PARIS) + timedelta(days=1)
    assert desk.deadlines({}, end - timedelta(microseconds=1)).covered
    assert not desk.deadlines({}, end).covered


def test_versions_inherit_what_they_do_not_say() -> None:
    """The version in force at the receipt holds, by the date in the policy's zone."""
    desk = policy(
        row("1 hour", severity="high"),
        row("8 hours"),
        effective_from="2024-01-01",
        versions=[
            {"effective_from": "2024-07-01", "tables": {"extra": [row("2 hours")]}},
            {"effective_from": "2024-05-04", "tables": {"standard": [row("4 hours")]}},
        ],
    )
    assert resolution(desk, {"severity": "low"}, at="2024-05-03T21:59:59Z").within == "8 hours"
    assert resolution(desk, {}, at="2024-05-03T22:00:00Z").within == "4 hours"  # midnight in Paris
    july = desk.deadlines({}, "2024-07-01T12:00:00Z")
    assert [one.within for one in july["resolution"].promises] == ["2 hours", "4 hours"]
    assert str(july.effective_from) == "2024-07-01"
    assert desk.version_at("2024-07-01T12:00:00Z").tables.keys() == {"standard", "extra"}
    with pytest.raises(PolicyError, match="no version of desk is in force on 2023-12-31"):
        resolution(desk, at="2023-12-31T12:00:00Z")


# Warnings, consequences, honesty -----------------------------------------------------------------


def test_warnings() -> None:
    """Shares are of working time where the target is; times count back and forth from the due."""
    warnings = [
        *("50 %", "1 working hour before", "30 minutes after", "1 working day before"),
        {"at": "1 calendar day before", "name": "call the manager"},
    ]
    # 4 working hours from Friday 15:00 are due on Monday at 11:00.
    deadline = resolution(policy("4 working hours", warnings=warnings), at=paris("03 15:00"))
    assert [(alarm.at, alarm.threshold) for alarm in deadline.warnings] == [
        (paris("03 11:00"), "1 working day before"),
        (paris("03 17:00"), "50 %"),
        (paris("05 11:00"), "1 calendar day before"),
        (paris("06 10:00"), "1 working hour before"),
        (paris("06 11:30"), "30 minutes after"),
    ]
    assert deadline.warnings[2].name == "call the manager"
    plain = resolution(policy("10 hours", warnings=["80 %"]))
    assert [alarm.at for alarm in plain.warnings] == [FRIDAY + timedelta(hours=8)]


def test_the_nearest_list_of_warnings_counts() -> None:
    """A target's own list, else its metric's, else the policy's; an empty one silences."""
    parts: dict[str, Any] = {
        "warnings": ["10 %"],
        "metrics": {"resolution": {"warnings": ["20 %"]}},
    }
    assert [one.threshold for one in resolution(policy("1 hour", **parts)).warnings] == ["20 %"]
    own = row({"within": "1 hour", "warnings": ["30 %"]})
    assert [one.threshold for one in resolution(policy(own, **parts)).warnings] == ["30 %"]
    silent = policy(row({"within": "1 hour", "warnings": []}), **parts)
    assert resolution(silent).warnings == ()
    assert Policy.from_toml(silent.to_toml()) == silent


def test_provisional_where_another_calendar_of_days_off_could_change_the_answer() -> None:
    """It is, where the answer lies past the published days, and a promise rests on them."""
    office = {**OFFICE, "holidays": ["2024-05-01"], "horizon": "2024-05-05"}
    parts = {"calendars": {"office": office}}
    assert not resolution(policy("1 working hour", **parts)).provisional
    monday = resolution(policy("2 working hours", **parts))
    assert (monday.provisional, str(monday.provisional_from)) == (True, "2024-05-06")
    assert not resolution(policy("90 hours", **parts)).provisional
    # The slower promise might win if Monday were a day off; it cannot come before Saturday.
    tables = {"slow": [row("2 working hours")], "quick": [row("24 hours")]}
    assert not resolution(policy(tables=tables, **parts)).provisional
    with pytest.raises(ProvisionalError, match="2024-05-06"):
        resolution(policy("2 working hours", **parts), strict=True)
    asked = policy(row("1 hour", received="working-day"), row("2 hours"), **parts)
    assert resolution(asked, at=paris("06 12:00")).provisional  # it may prove to be a holiday


def test_consequences_and_entitlements() -> None:
    """They come with the row that promised."""
    target = {"within": "1 hour", "consequence": "refund"}
    first = row(target, severity="high") | {"entitlements": ["spare-parts"]}
    desk = policy(first, row("2 hours"), consequences={"refund": "the month is free"})
    answer = desk.deadlines({"severity": "high"}, FRIDAY)
    assert (answer["resolution"].consequence, answer.entitlements) == ("refund", ("spare-parts",))
    answer = desk.deadlines({"severity": "low"}, FRIDAY)
    assert (answer["resolution"].consequence, answer.entitlements) == (None, ())


# Explanations ------------------------------------------------------------------------------------


def test_an_explanation_reckons_it_up() -> None:
    """Who promised, what was undercut, and where the time went, to the last second."""
    tables = {
        "everyone": [row("3 working hours")],
        "gold": [row("2 working hours", severity="high")],
    }
    answer = policy(tables=tables).deadlines({"severity": "high"}, FRIDAY)
    explanation = answer["resolution"].explain()
    assert str(explanation).splitlines() == [
        (
            "resolution is due Mon 2024-05-06 10:00: 2 working hours from Fri 2024-05-03 16:00, "
            "calendar office"
        ),
        "  promised by gold[0]: 2 working hours, due Mon 2024-05-06 10:00, where severity is high",
        "  beside it everyone[0]: 3 working hours, due Mon 2024-05-06 11:00",
        "    Fri 2024-05-03 16:00 → Fri 2024-05-03 17:00  open    1h",
        "    Fri 2024-05-03 17:00 → Sat 2024-05-04 00:00  closed  7h  overnight",
        "    Sat 2024-05-04 00:00 → Mon 2024-05-06 00:00  closed  2d  weekend",
        "    Mon 2024-05-06 00:00 → Mon 2024-05-06 09:00  closed  9h  overnight",
        "    Mon 2024-05-06 09:00 → Mon 2024-05-06 10:00  open    1h",
        "    total 2d 18h: open 2h, closed 2d 16h (overnight 16h, weekend 2d)",
    ]
    assert [(one["table"], one["outcome"]) for one in explanation.rows] == [
        ("gold", "holds"),
        ("everyone", "undercut"),
    ]
    assert str(answer.explain()).startswith(
        "desk, received Fri 2024-05-03 16:00: severity = high\n"
    )


def test_answers_are_data() -> None:
    """They go to JSON, to pickle and back, and compare."""
    answer = policy("1 hour", warnings=["50 %"]).deadlines({"severity": "high"}, FRIDAY)
    data = json.loads(json.dumps(answer.to_dict()))
    assert data["deadlines"] == answer.to_dicts()
    assert data["deadlines"][0]["due"] == "2024-05-03T17:00:00+02:00"
    assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301 - our own
    assert copy.deepcopy(answer) == answer
    assert list(answer) == ["resolution"]
    assert str(answer) == "resolution  Fri 2024-05-03 17:00  1 hour"


def test_an_unknown_metric() -> None:
    """It is a KeyError, and one of ours, and says which there are."""
    answer = policy("1 hour").deadlines({}, FRIDAY)
    with pytest.raises(UnknownMetricError, match=r"\(resolution\); did you mean 'resolution'"):
        answer["resolutoin"]
    assert issubclass(UnknownMetricError, KeyError)
    assert "arrival" not in answer
    assert answer.get("arrival") is None


@pytest.mark.parametrize(
    "bad", [None, "x", 5, [("severity", "high")], {"severity": b"high"}, {"severity": object()}]
)
def test_no_ticket_ends_in_a_foreign_error(bad: Any) -> None:
    """Whatever is given in place of a ticket, the error is one of ours."""
    with pytest.raises(SlacalcError):
        policy(row("1 hour", severity="high")).deadlines(bad, FRIDAY)
