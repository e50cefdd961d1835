"""Dead rows, gaps and exclusions are found among numbers, patterns, tags and alternatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from slacalc._lint.cases import CaseSet
from slacalc._policy.attribute_tests import AttributeTest, TagsTest
from slacalc._policy.attributes import Attribute
from slacalc._policy.representatives import representatives
from tests.lint.desks import deadlines_of, desk, row

if TYPE_CHECKING:
    from slacalc import Policy

ATTRIBUTES: dict[str, Any] = {
    "amount": {"kind": "number"},
    "subject": {"kind": "text"},
    "labels": {"kind": "tags"},
    "tier": ["gold", "silver"],
}


def found(*rows: dict[str, Any]) -> tuple[Policy, list[tuple[str, str]]]:
    """The policy of one table, and what the linter finds in it, with the paths."""
    policy = desk(attributes=ATTRIBUTES, tables={"all": list(rows)})
    findings = policy.lint()
    for finding in findings:
        if finding.kind == "unreachable-row" and finding.example:
            assert deadlines_of(policy, finding)
    return policy, [(one.kind, one.path) for one in findings]


DEAD = ("unreachable-row", "tables.all[1]")
GAP = ("uncovered-ticket", "tables")


@pytest.mark.parametrize(
    ("first", "second", "is_dead"),
    [
        ({"amount": ">= 100"}, {"amount": "100..200"}, True),
        ({"amount": ">= 100"}, {"amount": "99.99..200"}, False),
        ({"amount": {"not": "< 5"}}, {"amount": [5, "> 7"]}, True),
        ({"amount": "> 5"}, {"amount": 5}, False),
        ({"subject": "VIP*"}, {"subject": "VIP ?"}, True),
        ({"subject": "VIP ?"}, {"subject": "VIP*"}, False),
        ({"subject": ["*a*", "*b*"]}, {"subject": "?*b"}, True),
        ({"subject": "a*"}, {"subject": ["a", "abc"]}, True),
        ({"subject": "a?*"}, {"subject": ["a", "abc"]}, False),
        ({"labels": "vip"}, {"labels": {"all": ["vip", "new"]}}, True),
        ({"labels": {"all": ["vip", "new"]}}, {"labels": "vip"}, False),
        ({"labels": {"none": "spam"}}, {"labels": {"any": "vip", "none": "spam"}}, True),
        ({"labels": "team-*"}, {"labels": "team-1"}, True),
        ({"any": [{"tier": "gold"}, {"amount": "> 5"}]}, {"amount": "> 6"}, True),
        ({"any": [{"tier": "gold"}, {"amount": "> 5"}]}, {"amount": "> 4"}, False),
        ({"not": {"tier": "gold", "amount": "> 5"}}, {"tier": "silver"}, True),
        ({"not": {"tier": "gold"}}, {"not": {"tier": "gold", "amount": "> 5"}}, False),
    ],
)
def test_rows_that_are_never_reached(
    first: dict[str, Any],
    second: dict[str, Any],
    is_dead: bool,  # noqa: FBT001 - of the table
) -> None:
    """Because an earlier row matches all of their tickets, and only then."""
    policy, findings = found(row(first, resolution="1 hour"), row(second, resolution="2 hours"))
    assert (DEAD in findings) is is_dead
    assert policy.lint().is_exhaustive
    cases = CaseSet(policy)
    one, two = policy.tables["all"]
    assert cases.includes(one, two) is is_dead


@pytest.mark.parametrize(
    ("whens", "has_gap"),
    [
        ([{"amount": "< 5"}, {"amount": ">= 5"}], False),
        ([{"amount": "< 5"}, {"amount": "> 5"}], True),
        ([{"amount": "0..5"}, {"not": {"amount": "0..5"}}], False),
        ([{"subject": "*a*"}, {"subject": {"not": "*a*"}}], False),
        ([{"subject": "?*"}], True),  # the empty text
        ([{"labels": "vip"}, {"labels": {"none": "vip"}}], False),
        ([{"labels": {"all": ["a", "b"]}}, {"labels": {"none": ["a", "b"]}}], True),
        ([{"any": [{"tier": "gold"}, {"amount": "> 1"}]}, {"amount": "<= 1"}], False),
    ],
)
def test_gaps(whens: list[dict[str, Any]], has_gap: bool) -> None:  # noqa: FBT001 - of the table
    """Tickets to which nothing is promised: the linter names one."""
    policy, findings = found(*[row(when, resolution="1 hour") for when in whens])
    assert (GAP in findings) is has_gap
    for finding in policy.lint():
        if finding.kind == "uncovered-ticket":
            deadlines = policy.deadlines(finding.example, "2026-05-18T09:00Z")
            assert all(one.due is None for one in deadlines.values())


def test_a_row_that_contradicts_itself() -> None:
    _, findings = found(
        row({"tier": "gold"}, resolution="1 hour"),
        row({"amount": "> 5", "not": {"amount": "> 4"}}, resolution="2 hours"),
        row(resolution="3 hours"),
    )
    assert DEAD in findings


def test_too_many_tags_are_sampled_and_the_answer_says_so() -> None:
    """Nothing is claimed of such an attribute that was not proved."""
    names = [f"t{i}" for i in range(14)]
    policy, findings = found(
        *[
            row({"labels": {"all": [one, other]}}, resolution="1 hour")
            for one, other in zip(names[::2], names[1::2], strict=True)
        ],
        row(resolution="2 hours"),
    )
    assert [kind for kind, _ in findings if kind == "unreachable-row"] == []
    lint = policy.lint()
    assert (lint.is_exhaustive, lint.sampled) == (False, ("labels",))
    assert "with samples of labels" in str(lint)


def test_texts_for_all_combinations_of_patterns() -> None:
    """Of three patterns all eight combinations are found, and the shortest text of each."""
    attribute = Attribute(kind="text")
    patterns = ("*a*", "*b*", "??*")
    tests = [
        part
        for pattern in patterns
        for part in AttributeTest("in", (pattern,)).compile("", attribute)
    ]
    texts, is_complete = representatives(attribute, tests)
    assert is_complete
    combinations = {tuple((False, text) in test.passing for test in tests) for text in texts}
    assert len(combinations) == 7  # a text with an a and a b has two characters
    assert {"a", "b", "ab"} <= {*texts}


def test_patterns_that_would_take_too_long_are_sampled() -> None:
    attribute = Attribute(kind="tags")
    patterns = tuple(f"*{'abcdefgh'[i:]}?{'abcdefgh'[:i]}*x" for i in range(8))
    tests = TagsTest(any=patterns, all=patterns).compile("", attribute)
    texts, is_complete = representatives(attribute, tests)
    assert not is_complete
    assert texts
