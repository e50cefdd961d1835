"""Policies as data: versions, and what they inherit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from slacalc import Policy, bulk
from slacalc._policy.matching import Matcher
from slacalc.errors import PolicyError
from tests.policy.desk import policy, resolution, row

if TYPE_CHECKING:
    from collections.abc import Callable


def test_versions_inherit_what_they_do_not_state() -> None:
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


def test_a_version_that_is_listed_before_an_earlier_one_never_takes_effect() -> None:
    """One ticket and a column of tickets agree, although the first days are not in order."""
    desk = policy(
        "1 hour",
        effective_from="2025-01-01",
        versions=[{"effective_from": "2024-01-01", "tables": {"standard": [row("2 hours")]}}],
    )
    assert list(desk.first_days) == sorted(desk.first_days)  # so that they can be searched
    received = ["2024-06-03T10:00:00Z", "2025-06-03T10:00:00Z"]
    assert [resolution(desk, at=at).within for at in received] == ["2 hours", "2 hours"]
    table = bulk.deadlines(desk, {"created": received})
    assert [due.isoformat() for due in table["resolution_due"]] == [
        "2024-06-03T14:00:00+02:00",
        "2025-06-03T14:00:00+02:00",
    ]


def test_an_expired_version_is_not_in_force() -> None:
    """Its last day is the last one; a column has the error of each ticket."""
    desk = policy("1 hour", effective_until="2024-05-03")
    assert resolution(desk, at="2024-05-03T21:59:59Z").within == "1 hour"  # midnight in Paris
    with pytest.raises(PolicyError, match=r"in force on 2024-05-04: … to 2024-05-03"):
        resolution(desk, at="2024-05-03T22:00:00Z")
    received = ["2024-05-03T21:59:59Z", "2024-05-03T22:00:00Z"]
    table = bulk.deadlines(desk, {"created": received}, errors="column")
    assert table["resolution_due"][0] is not None
    assert "in force on 2024-05-04" in table["error"][1]


def test_a_version_changes_the_fingerprint() -> None:
    """Equal policies have one fingerprint; anything new gives another."""
    desk = policy("1 hour")
    assert policy("1 hour").fingerprint == desk.fingerprint
    later = policy("1 hour", versions=[{"effective_from": "2024-07-01", "calendar": "office"}])
    assert len({desk.fingerprint, later.fingerprint, later.latest.fingerprint}) == 3


WORDS_FOR_READERS: list[Callable[[dict[str, Any]], Any]] = [
    lambda data: data.update(title="Desk", description="As agreed.", source="https://example.org"),
    lambda data: data["metrics"]["resolution"].update(words="Until it is solved."),
    lambda data: data["attributes"].update(
        severity={"values": data["attributes"]["severity"], "words": "How bad it is."}
    ),
    lambda data: data["tables"]["standard"][0].update(note="Agreed in May."),
    lambda data: data["preconditions"]["access"].update(words="A key."),
    lambda data: data["versions"][0].update(description="Of July."),
    lambda data: data["versions"][0]["tables"]["standard"][0].update(note="Stricter."),
]
TERMS: list[Callable[[dict[str, Any]], Any]] = [
    lambda data: data.update(name="other"),
    lambda data: data["metrics"].update(words={}),
    lambda data: data["tables"]["standard"][0]["targets"].update(resolution="2 hours"),
    lambda data: data["consequences"].update(credit="10 %"),
    lambda data: data.update(warnings=[{"at": "80 %", "name": "the lead"}]),
    lambda data: data["versions"][0].update(effective_from="2024-08-01"),
    lambda data: data["versions"][0]["tables"]["standard"][0]["targets"].update(
        resolution="9 hours"
    ),
]


@pytest.mark.parametrize(
    ("edit", "is_same"),
    [(edit, True) for edit in WORDS_FOR_READERS] + [(edit, False) for edit in TERMS],
)
def test_the_fingerprint_is_of_what_a_policy_means(edit: Any, is_same: bool) -> None:  # noqa: FBT001 - a case
    """Words for readers do not change it; figures, names and what follows do."""
    later = {"effective_from": "2024-07-01", "tables": {"standard": [row("30 minutes")]}}
    desk = policy(
        row("1 hour"),
        preconditions={"access": {"words": "The door is open.", "pause": {"door": "shut"}}},
        consequences={"credit": "5 %"},
        versions=[later],
    )
    data = desk.to_dict()
    edit(data)
    edited = Policy.from_dict(data)
    assert (edited.fingerprint == desk.fingerprint) is is_same
    assert edited.to_dict() != desk.to_dict()


def test_what_is_compiled_from_a_policy_is_made_once() -> None:
    """The class is the key; equal policies do not share what is compiled."""
    desk = policy("1 hour")
    assert desk.compiled(Matcher) is desk.compiled(Matcher) is desk.matcher
    assert policy("1 hour").matcher is not desk.matcher
