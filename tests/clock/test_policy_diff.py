"""What two policies mean differently, as data and in words; all expectations are by hand."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Policy
from slacalc._clock.policy_diff import describe_differences, difference_sentences
from slacalc._i18n import ENGLISH, translator


def row(tier: str, target: object, **more: object) -> dict[str, Any]:
    return {"when": {"tier": tier}, "targets": {"fix": target}, **more}


GOLD, SILVER, BRONZE = row("gold", "1 hour"), row("silver", "2 hours"), row("bronze", "3 hours")
TIN, LAST = row("tin", "4 hours"), {"targets": {"fix": "9 hours"}}


def desk(*rows: dict[str, Any], name: str = "desk", **parts: Any) -> Policy:
    whole: dict[str, Any] = {
        "name": name,
        "attributes": {"tier": {"values": ["gold", "silver", "bronze", "tin"]}},
        "metrics": {"fix": {"stop": "fixed"}},
        "tables": {"all": [*rows]},
    }
    return Policy.from_dict(whole | parts)


def sentences(policy: Policy, other: Policy, language: str = "en") -> list[str]:
    return difference_sentences(policy, other, translator(language))


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ([GOLD, SILVER, LAST], [TIN, GOLD, SILVER, LAST], {"tables.all[0]": (None, TIN)}),
        ([GOLD, SILVER, LAST], [GOLD, TIN, SILVER, LAST], {"tables.all[1]": (None, TIN)}),
        ([GOLD, SILVER, LAST], [GOLD, LAST], {"tables.all[1]": (SILVER, None)}),
        (
            [GOLD, SILVER, LAST],
            [TIN, GOLD, row("silver", "5 hours"), LAST],
            {
                "tables.all[0]": (None, TIN),
                "tables.all[2].targets.fix": ("2 hours", "5 hours"),
            },
        ),
        (  # A row that moves is one that goes and one that comes.
            [GOLD, SILVER, LAST],
            [SILVER, GOLD, LAST],
            {"tables.all[0]": (None, SILVER), "tables.all[1]": (SILVER, None)},
        ),
        (  # One that comes, and one that goes, at the same place.
            [GOLD, SILVER, LAST],
            [BRONZE, TIN, GOLD, LAST],
            {"tables.all[0]": (None, BRONZE), "tables.all[1]": (SILVER, TIN)},
        ),
        (  # The conditions of a row change.
            [GOLD, LAST],
            [row("silver", "1 hour"), LAST],
            {"tables.all[0].when.tier": ("gold", "silver")},
        ),
    ],
)
def test_a_row_between_others_is_one_difference(
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    changes: dict[str, tuple[object, object]],
) -> None:
    """And not one for each row below it."""
    assert desk(*before).diff(desk(*after)).changes == changes


def test_values_between_others_are_differences() -> None:
    """Of lists of words as well."""
    more: Any = {
        "attributes": {"tier": {"values": ["platinum", "gold", "silver", "bronze", "tin"]}}
    }
    assert desk(LAST).diff(desk(LAST, **more)).changes == {"attributes.tier[0]": (None, "platinum")}
    warned = desk(LAST, warnings=["50 %", "80 %"])
    sooner = desk(LAST, warnings=["20 %", "50 %", "80 %"])
    assert warned.diff(sooner).changes == {"warnings[0]": (None, "20 %")}
    often = desk(LAST, warnings=["10 %", "20 %", "50 %", "80 %"])
    seldom = desk(LAST, warnings=["50 %", "90 %"])
    assert often.diff(seldom).changes == {
        "warnings[0]": ("10 %", None),
        "warnings[1]": ("20 %", "90 %"),
        "warnings[3]": ("80 %", None),
    }


def test_true_is_not_one() -> None:
    """To a policy they are two values."""
    one, true = (desk(LAST, fields={"blocked": {"values": [value]}}) for value in (1, True))
    assert one.diff(true).changes == {"fields.blocked[0]": (1, True)}


def test_what_differs_in_words() -> None:
    """What both have, with the conditions of its row; what one of them has; nothing twice."""
    now = desk(GOLD, SILVER, LAST, name="now")
    limit = {"within": "5 hours", "limit": "8 hours"}
    then = desk(TIN, GOLD, row("silver", "3 hours"), row("bronze", limit), LAST, name="then")
    both = "fix.within: 5 hours, fix.limit: 8 hours"
    assert sentences(now, then) == [
        "tables.all[0], where tier is tin: fix: 4 hours under then only",
        "tables.all[2].targets.fix, where tier is silver: 2 hours under now, 3 hours under then",
        f"tables.all[3], where tier is bronze: {both} under then only",
    ]
    assert sentences(then, now) == [
        "tables.all[0], where tier is tin: fix: 4 hours under then only",
        "tables.all[1].targets.fix, where tier is silver: 3 hours under then, 2 hours under now",
        f"tables.all[3], where tier is bronze: {both} under then only",
    ]
    assert sentences(now, then, "zh")[1] == (
        "tables.all[2].targets.fix，适用于 tier 为 silver：now 为 2 小时，then 为 3 小时"
    )


def test_changed_conditions_are_not_said_twice() -> None:
    """The row of a changed condition is not named by it."""
    assert sentences(desk(GOLD, LAST), desk(row("silver", "1 hour"), LAST)) == [
        "tables.all[0].when.tier: gold under desk (A), silver under desk (B)"
    ]


def test_a_version_is_named_by_its_day() -> None:
    """Unless the day is what differs."""

    def later(day: str, target: str) -> Policy:
        version = {"effective_from": day, "tables": {"all": [row("gold", target)]}}
        return desk(LAST, effective_from="2026-01-01", versions=[version])

    place = "versions[0].tables.all[0].targets.fix, from 2027-01-01 on, where tier is gold"
    assert sentences(later("2027-01-01", "1 hour"), later("2027-01-01", "2 hours")) == [
        f"{place}: 1 hour under desk (A), 2 hours under desk (B)"
    ]
    assert sentences(later("2027-01-01", "1 hour"), later("2028-01-01", "1 hour")) == [
        "versions[0].effective_from: 2027-01-01 under desk (A), 2028-01-01 under desk (B)"
    ]


def test_what_is_long_is_cut() -> None:
    """If only one policy has it: 300 characters are shown."""
    more = desk(LAST, consequences={f"c{number}": "x" * 20 for number in range(30)})
    (text,) = describe_differences(desk(LAST), more, ENGLISH)
    assert (text.place, text.values[0], len(text.values[1])) == ("consequences", "", 301)
    assert text.values[1].startswith("c0: xxxxxxxxxxxxxxxxxxxx, c1: ")
    assert text.values[1].endswith("…")


def test_an_empty_list_is_something() -> None:
    """A metric that is never cancelled says so by an empty list."""
    never = desk(LAST, metrics={"fix": {"stop": "fixed", "cancel": []}})
    assert sentences(desk(LAST), never) == ["metrics.fix.cancel: none under desk (B) only"]


def test_names_and_words_do_not_differ() -> None:
    """The names head what is compared; a metric that was renamed is said with both names."""
    assert sentences(desk(LAST), desk(LAST, name="other", description="Anew.")) == []
    renamed = desk(
        {"targets": {"repair": "9 hours"}}, metrics={"repair": {"stop": "fixed", "formerly": "fix"}}
    )
    texts = describe_differences(desk(LAST), renamed, ENGLISH)
    assert texts == [("metrics.repair", "", ("fix", "repair"))]
