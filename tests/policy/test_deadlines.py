"""The answer for a ticket: explanations, plain data, provisional answers."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from slacalc.errors import ProvisionalError, UnknownMetricError
from tests.policy.desk import FRIDAY, OFFICE, paris, policy, resolution, row


def test_provisional_where_another_calendar_of_days_off_could_change_the_answer() -> None:
    """It is, if the answer lies past the published days and a promise depends on them."""
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
    dependent = policy(row("1 hour", received="working-day"), row("2 hours"), **parts)
    assert resolution(dependent, at=paris("06 12:00")).provisional  # it may prove to be a holiday


def test_consequences_and_entitlements() -> None:
    """They come from the row whose promise holds."""
    target = {"within": "1 hour", "consequence": "refund"}
    first = row(target, severity="high") | {"entitlements": ["spare-parts"]}
    desk = policy(first, row("2 hours"), consequences={"refund": "the month is free"})
    answer = desk.deadlines({"severity": "high"}, FRIDAY)
    assert (answer["resolution"].consequence, answer.entitlements) == ("refund", ("spare-parts",))
    answer = desk.deadlines({"severity": "low"}, FRIDAY)
    assert (answer["resolution"].consequence, answer.entitlements) == (None, ())


def test_an_explanation_accounts_for_all_of_the_time() -> None:
    """It shows the promise that holds, those it undercuts, and every second until the due date."""
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
    """They survive JSON, pickling and copying."""
    answer = policy("1 hour", warnings=["50 %"]).deadlines({"severity": "high"}, FRIDAY)
    data = json.loads(json.dumps(answer.to_dict()))
    assert data["deadlines"] == answer.to_dicts()
    assert data["deadlines"][0]["due"] == "2024-05-03T17:00:00+02:00"
    assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301 - our own
    assert copy.deepcopy(answer) == answer
    assert list(answer) == ["resolution"]
    assert str(answer) == "resolution  Fri 2024-05-03 17:00  1 hour"


def test_an_unknown_metric() -> None:
    """It is a `KeyError` and a `SlacalcError`, and lists the metrics there are."""
    answer = policy("1 hour").deadlines({}, FRIDAY)
    with pytest.raises(UnknownMetricError, match=r"\(resolution\); did you mean 'resolution'"):
        answer["resolutoin"]
    assert issubclass(UnknownMetricError, KeyError)
    assert "arrival" not in answer
    assert answer.get("arrival") is None
