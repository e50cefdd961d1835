"""Calendars that the ticket chooses, and adjustments that scale times: what each target becomes."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import Enum
from typing import Any

import jsonschema
import pytest

from slacalc import Adjustment, Event, Policy, bulk
from slacalc._policy.matching import Matcher
from slacalc.errors import PolicyError, TicketError

MONDAY = "2026-05-18T09:00+02:00"
CALENDARS = {
    "zh": {"time_zone": "Europe/Zurich", "week": {"mon-fri": "08:00-18:00"}},
    "fr": {"time_zone": "Europe/Paris", "week": {"mon-fri": "09:00-12:00, 14:00-17:00"}},
    "ny": {"time_zone": "America/New_York", "week": {"mon-fri": "09:00-17:00"}},
}
BY_SITE = {"field": "site", "zurich": "zh", "paris": "fr"}
ATTRIBUTES = {
    "site": {"values": ["zurich", "paris", "rome"], "optional": True},
    "tier": {"values": ["premium", "basic"], "default": "basic"},
    "region": {"values": ["near", "far"], "default": "near"},
    "customer": {"kind": "text", "optional": True},
}


def policy(**parts: Any) -> Policy:
    """A policy with three calendars and a response of four working hours."""
    return Policy(
        "desk",
        **{
            "calendar": "zh",
            "calendars": CALENDARS,
            "attributes": ATTRIBUTES,
            "metrics": {"response": {}, "resolution": {}},
            "tables": {"all": [{"targets": {"response": "4 working hours"}}]},
            **parts,
        },
    )


def due(of: Policy, received: str = MONDAY, metric: str = "response", **ticket: Any) -> str:
    """When a metric is due, in its calendar's zone."""
    return str(of.deadlines(ticket, received)[metric].due)[:16]


def faults(**parts: Any) -> list[str]:
    with pytest.raises(PolicyError) as refused:
        policy(**parts)
    return [str(fault) for fault in refused.value.faults]


# Calendars by field -------------------------------------------------------------------------------


def test_the_policy_of_each_site() -> None:
    """Four working hours from Monday 9:00: 13:00 in Zurich, and 15:00 in Paris, after lunch."""
    of = policy(calendar=BY_SITE)
    assert due(of, site="zurich") == "2026-05-18 13:00"
    assert due(of, site="paris") == "2026-05-18 15:00"
    deadline = of.deadlines({"site": "paris"}, MONDAY)["response"]
    assert deadline.calendar == "fr"
    assert "calendar fr" in str(deadline.explain())


def target(within: Any, **more: Any) -> dict[str, Any]:
    return {"all": [{"targets": {"response": {"within": within} | more}}]}


@pytest.mark.parametrize(
    "parts",
    [
        {"calendar": BY_SITE},
        {"metrics": {"response": {"calendar": BY_SITE}}},
        {"tables": target("4 working hours", calendar=BY_SITE)},
        {
            "tables": target(
                {
                    "latest_of": [
                        {"within": "4 working hours", "calendar": BY_SITE},
                        {"within": "1 working hour", "calendar": "zh"},
                    ]
                }
            )
        },
    ],
    ids=["policy", "metric", "target", "part"],
)
def test_wherever_a_calendar_is_named(parts: dict[str, Any]) -> None:
    """The policy, a metric, a target, a part of several times; each survives every round trip."""
    of = policy(**parts)
    assert (due(of, site="zurich"), due(of, site="paris")) == (
        "2026-05-18 13:00",
        "2026-05-18 15:00",
    )
    assert Policy.from_toml(of.to_toml()) == of
    assert Policy.from_dict(json.loads(json.dumps(of.to_dict()))) == of
    assert Policy.from_dict(of.to_dict()).fingerprint == of.fingerprint
    assert due(
        policy(
            **parts,
            attributes=ATTRIBUTES | {"site": {"values": ["zurich", "paris"], "default": "paris"}},
        )
    ) == ("2026-05-18 15:00")


def test_the_receipt_is_that_of_the_site() -> None:
    """12:30 in both cities is open in Zurich and at lunch in Paris."""
    rows = [
        {"when": {"received": "closed"}, "targets": {"response": "at once"}},
        {"targets": {"response": "1 working hour"}},
    ]
    noon = "2026-05-18T12:30+02:00"
    for of in (
        policy(calendar=BY_SITE, tables={"all": rows}),
        policy(
            calendar=BY_SITE,
            tables={
                "all": [rows[0] | {"when": {"received": {"is": "closed", "on": BY_SITE}}}, rows[1]]
            },
        ),
    ):
        assert due(of, noon, site="zurich") == "2026-05-18 13:30"
        assert due(of, noon, site="paris") == "2026-05-18 14:00"


def test_a_default_is_for_all_others() -> None:
    """For values that are not named, and for tickets that lack the attribute."""
    of = policy(calendar=BY_SITE | {"default": "ny"})
    for ticket in ({"site": "rome"}, {}):
        assert due(of, **ticket) == "2026-05-18 13:00"  # 9:00 in New York is 15:00 in Zurich
        assert of.deadlines(ticket, MONDAY)["response"].calendar == "ny"
    assert due(policy(calendar={"field": "customer", "7": "fr", "default": "zh"}), customer=7) == (
        "2026-05-18 15:00"
    )


class Customer(str, Enum):  # noqa: UP042 - a StrEnum has its text as `str`
    """Customers of a program, whose `str` is not their text."""

    ACME = "acme"


class Number(int, Enum):
    """The same with numbers."""

    ACME = 7


@pytest.mark.parametrize(("member", "plain"), [(Customer.ACME, "acme"), (Number.ACME, 7)])
def test_a_member_of_an_enum_chooses_as_its_value_does(member: Any, plain: Any) -> None:
    """Neither has the default, whichever of the two the policy sees first."""
    names = {"field": "customer", "acme": "fr", "7": "fr", "default": "zh"}
    for customers in ((member, plain), (plain, member)):
        of = policy(calendar=names)
        for customer in customers:
            assert due(of, customer=customer) == "2026-05-18 15:00"


def test_no_calendar_for_a_ticket() -> None:
    of = policy(calendar=BY_SITE)
    with pytest.raises(TicketError, match="'rome' is not a value of site for which") as refused:
        of.deadlines({"site": "rome"}, MONDAY)
    assert (refused.value.attribute, refused.value.given) == ("site", "rome")
    with pytest.raises(TicketError, match="does not say its site, .* one of zurich, paris"):
        of.open({}, MONDAY)


def test_a_calendar_that_nothing_needs_is_not_missed() -> None:
    """Each part has its own, or another row matches."""
    within = {
        "earliest_of": [
            {"within": "4 working hours", "calendar": "zh"},
            {"within": "9 working hours", "calendar": "ny"},
        ]
    }
    assert due(policy(calendar=BY_SITE, tables=target(within))) == "2026-05-18 13:00"


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (
            {"field": "sit", "zurich": "zh"},
            "calendar.field: found 'sit', expected one of the policy's attributes (",
        ),
        (
            {"field": "site", "zürich": "zh"},
            "calendar.zürich: found 'zürich', expected a value of site (zurich, paris, rome)",
        ),
        (
            {"field": "site", "zurich": "zg"},
            "calendar.zurich: found 'zg', expected one of the policy's calendars (zh, fr",
        ),
        (
            {"field": "site", "zurich": "zh", "default": "x"},
            "calendar.default: found 'x', expected one of the policy's calendars (zh",
        ),
        ({"zurich": "zh"}, "calendar.field: is missing: expected the name of an attribute"),
        (
            {"field": "site"},
            "calendar: found {'field': 'site'}, expected the name of a calendar, or a",
        ),
        (
            {"field": "site", "default": "zh"},
            "calendar: found {'default': 'zh', 'field': 'site'}, expected the name",
        ),
        ({"field": "site", "zurich": 3}, "calendar.zurich: found 3, expected a name"),
        (
            {"field": "bought", "x": "zh"},
            "calendar.field: found 'bought', expected an attribute with a value or a text (site,",
        ),
        (
            {"field": "kind", "x": "zh"},
            "calendar.field: found 'kind', expected an attribute without the value default, which",
        ),
        (
            {"field": "loose", "x": "zh"},
            "calendar.field: found 'loose', expected an attribute whose capitals count",
        ),
        (
            {"field": "count", "1": "zh"},
            "calendar.field: found 'count', expected an attribute with",
        ),
        (["zh"], "calendar: found ['zh'], expected a name"),
    ],
)
def test_faults_of_choices(choice: Any, expected: str) -> None:
    attributes = ATTRIBUTES | {
        "bought": {"kind": "date"},
        "kind": ["default", "x"],
        "loose": {"kind": "text", "fold_case": True},
        "count": {"kind": "number"},
    }
    for parts, where in (
        ({"calendar": choice}, ""),
        ({"metrics": {"response": {"calendar": choice}}}, "metrics.response."),
        ({"tables": target("at once", calendar=choice)}, "tables.all[0].targets.response."),
    ):
        found = faults(attributes=attributes, **parts)
        assert len(found) == 1
        assert found[0].startswith(where + expected), found[0]


def test_dates_of_versions_are_those_of_the_default() -> None:
    """Before any ticket is known: of the default, or of the first calendar."""
    assert policy(calendar=BY_SITE).own_calendar == "zh"
    assert policy(calendar=BY_SITE | {"default": "ny"}).zone.name == "America/New_York"


# Adjustments --------------------------------------------------------------------------------------


def adjusted(*adjustments: Any, within: Any = "4 working hours", **more: Any) -> Policy:
    return policy(adjustments=list(adjustments), tables=target(within, **more))


PREMIUM = {"when": {"tier": "premium"}, "scale": {"response": 0.5}}
FAR = {"when": {"region": "far"}, "scale": {"response": 1.5}}


@pytest.mark.parametrize(
    ("within", "factor", "expected"),
    [
        ("4 working hours", 0.5, "2 working hours"),
        ("45 minutes", 0.5, "1350 seconds"),
        ("1 hour", 0.1, "6 minutes"),
        ("1 second", 0.333333333, "0.333333 seconds"),  # 333,333.333 µs
        ("0.001 seconds", 0.0005, "0 hours"),  # half a microsecond, to even
        ("0.001 seconds", 0.0015, "0.000002 seconds"),  # one and a half, to even
        ("4 working days", 0.25, "1 working day"),
        ("2 calendar days", 1.5, "3 calendar days"),
        ("0 working days", 0.3, "0 working days"),
        ("at once", 0.5, "at once"),
        ("earliest of 2 hours, 2 calendar days", 2, "earliest of 4 hours, 4 calendar days"),
        ("4 working hours", Decimal("0.75"), "3 working hours"),
    ],
)
def test_products_are_exact(within: str, factor: Any, expected: str) -> None:
    of = adjusted({"when": {"tier": "premium"}, "scale": {"response": factor}}, within=within)
    deadline = of.deadlines({"tier": "premium"}, MONDAY)["response"]
    assert deadline.within == expected
    assert str(deadline.explain(language="zh"))  # which reads the text again
    assert of.deadlines({}, MONDAY)["response"].within == str(
        Matcher(of).rows("response", "all")[0].within
    )


def test_all_that_apply_are_multiplied() -> None:
    of = adjusted(PREMIUM, FAR, limit="8 working hours")
    expected = {
        ("basic", "near"): ("13:00", "17:00"),
        ("premium", "near"): ("11:00", "13:00"),
        ("basic", "far"): ("15:00", "11:00"),  # 12 hours: two of them on Tuesday
        ("premium", "far"): ("12:00", "15:00"),
    }
    for (tier, region), (due_at, limit_at) in expected.items():
        deadline = of.deadlines({"tier": tier, "region": region}, MONDAY)["response"]
        assert deadline.due is not None
        assert deadline.limit is not None
        assert (f"{deadline.due:%H:%M}", f"{deadline.limit:%H:%M}") == (due_at, limit_at)
    promise = of.deadlines({"tier": "premium", "region": "far"}, MONDAY)["response"].promises[0]
    assert promise.within == "3 working hours"
    assert promise.adjusted == "4 working hours × 0.5 (tier is premium) × 1.5 (region is far)"
    assert of.deadlines({}, MONDAY)["response"].promises[0].adjusted == ""


def test_of_every_table_and_of_this_metric_alone() -> None:
    rows = [{"targets": {"response": "4 working hours", "resolution": "8 working hours"}}]
    of = policy(adjustments=[PREMIUM], tables={"one": rows, "two": rows})
    ticket = of.deadlines({"tier": "premium"}, MONDAY)
    assert [one.within for one in ticket["response"].promises] == ["2 working hours"] * 2
    assert [one.within for one in ticket["resolution"].promises] == ["8 working hours"] * 2


def test_explained_in_two_languages() -> None:
    explanation = adjusted(PREMIUM).deadlines({"tier": "premium"}, MONDAY)["response"].explain()
    assert str(explanation).splitlines()[1] == (
        "  promised by all[0]: 2 working hours = 4 working hours × 0.5 (tier is premium), "
        "due Mon 2026-05-18 11:00"
    )
    assert explanation.rows[0]["adjusted"] == "4 working hours × 0.5 (tier is premium)"
    chinese = adjusted(PREMIUM).deadlines({"tier": "premium"}, MONDAY).explain(language="zh")
    assert "2 个工作小时 = 4 个工作小时 × 0.5（tier 为 premium）" in str(chinese)


def test_a_missing_attribute_matters_where_there_is_a_time_to_scale() -> None:
    attributes = ATTRIBUTES | {"tier": ["premium", "basic"]}
    rows = [{"targets": {"response": "4 working hours", "resolution": {"promise": "negotiated"}}}]
    of = policy(attributes=attributes, adjustments=[PREMIUM], tables={"all": rows})
    with pytest.raises(TicketError, match="does not say its tier"):
        of.deadlines({}, MONDAY)
    words = {"when": {"tier": "premium"}, "scale": {"resolution": 0.5}}
    assert due(policy(attributes=attributes, adjustments=[words], tables={"all": rows}))


def test_by_the_moment_of_receipt() -> None:
    """Half the time for what comes in on a Saturday."""
    of = adjusted({"when": {"received": "weekend"}, "scale": {"response": 0.5}})
    assert due(of, "2026-05-16T12:00+02:00") == "2026-05-18 10:00"
    assert due(of, MONDAY) == "2026-05-18 13:00"


def test_a_tier_that_changes_is_another_promise() -> None:
    """Monday 10:00 the ticket becomes premium: two hours from 9:00, of which one has passed."""
    of = adjusted(PREMIUM)
    clock = of.open({}, MONDAY).apply(
        Event("2026-05-18T10:00+02:00", "changed", tier="premium", site="paris")
    )
    status = clock.status("2026-05-18T10:30+02:00")["response"]
    assert str(status.due)[:16] == "2026-05-18 11:00"
    assert status.within == "2 working hours"
    by_site = policy(calendar=BY_SITE).open({"site": "zurich"}, MONDAY)
    moved = by_site.apply(Event("2026-05-18T10:00+02:00", "changed", site="paris"))
    assert str(moved.status("2026-05-18T10:30+02:00")["response"].due)[:16] == "2026-05-18 15:00"
    stored = type(moved).from_dict(json.loads(json.dumps(moved.to_dict())))
    assert stored == moved
    assert stored.verify(moved.proof("2026-05-18T10:30+02:00")).holds


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (
            {"response": 0},
            "adjustments[0].scale.response: found 0, expected a number above 0, such as 0.5",
        ),
        ({"response": -1}, "adjustments[0].scale.response: found -1, expected a number above 0"),
        (
            {"response": float("nan")},
            "adjustments[0].scale.response: found nan, expected a number above 0",
        ),
        (
            {"response": float("inf")},
            "adjustments[0].scale.response: found inf, expected a number above 0",
        ),
        (
            {"response": True},
            "adjustments[0].scale.response: found true, expected a number above 0",
        ),
        (
            {"response": "0.5"},
            "adjustments[0].scale.response: found '0.5', expected a number above 0",
        ),
        (
            {"response": None},
            "adjustments[0].scale.response: found nothing, expected a number above 0",
        ),
        (
            {"response": 1e9},
            "adjustments[0].scale.response: found 1000000000.0, expected a number of at most 1,000",
        ),
        ({"response": 10**400}, "adjustments[0].scale.response: found 1000"),
        (
            {"response": 1e-10},
            "adjustments[0].scale.response: found 1e-10, expected a number with at most 9 decimals",
        ),
        ({"respons": 0.5}, "adjustments[0].scale.respons: found 'respons', expected one of the"),
        (
            {},
            "adjustments[0].scale: found {}, expected a table of metrics and factors (at least 1)",
        ),
        (0.5, "adjustments[0].scale: found 0.5, expected a table of metrics and factors"),
    ],
)
def test_faults_of_factors(scale: Any, expected: str) -> None:
    found = faults(adjustments=[{"when": {}, "scale": scale}])
    assert len(found) == 1
    assert found[0].startswith(expected), found[0]


def test_faults_of_conditions() -> None:
    (fault,) = faults(adjustments=[twice({"tir": "premium"})])
    assert fault.startswith("adjustments[0].when.tir: found 'tir', expected one of the policy's at")
    assert fault.endswith("; did you mean 'tier'?")
    assert faults(adjustments=[{"scale": {"response": 2}}])[0].startswith(
        "adjustments[0].when: is missing"
    )


# Lengths that have no multiples -------------------------------------------------------------------


def twice(when: dict[str, Any]) -> dict[str, Any]:
    return {"when": when, "scale": {"response": 2}}


def rows_of(*rows: tuple[dict[str, Any], str]) -> dict[str, Any]:
    return {"all": [{"when": when, "targets": {"response": within}} for when, within in rows]}


@pytest.mark.parametrize(
    "within",
    ["end of working day + 1", "end of day + 0", "16:00 of working day + 1", "3 working days"],
)
def test_what_has_no_half_is_a_fault_where_it_may_happen(within: str) -> None:
    (fault,) = faults(adjustments=[PREMIUM], tables=rows_of(({"region": "near"}, within)))
    assert fault.startswith(f"tables.all[0].targets.response.within: found {within}, expected a ")
    assert fault.endswith("since adjustments[0] (× 0.5) applies to tickets of this row")


@pytest.mark.parametrize(
    ("rows", "adjustments"),
    [
        # Conditions that exclude each other.
        (rows_of(({"tier": "basic"}, "end of day + 1")), [PREMIUM]),
        (rows_of(({"tier": {"not": "premium"}}, "end of day + 1")), [PREMIUM]),
        (rows_of(({"customer": ["a", "b"]}, "end of day + 1")), [twice({"customer": "c"})]),
        (rows_of(({"customer": "a"}, "end of day + 1")), [twice({"customer": {"not": "a"}})]),
        (rows_of(({"received": "open"}, "end of day + 1")), [twice({"received": "closed"})]),
        (
            rows_of(({"received": ["weekend", "holiday"]}, "end of day + 1")),
            [twice({"received": "working-day"})],
        ),
        # An earlier row has all tickets that the adjustment applies to, or two rows have them.
        (rows_of(({"tier": "premium"}, "4 hours"), ({}, "end of day + 1")), [PREMIUM]),
        (
            rows_of(
                ({"tier": "premium", "region": "near"}, "4 hours"),
                ({"tier": "premium", "region": "far"}, "4 hours"),
                ({}, "end of day + 1"),
            ),
            [PREMIUM],
        ),
        # Whole days: by their number, or because the other factor always comes with the first.
        (rows_of(({}, "4 working days")), [PREMIUM]),
        (
            rows_of(({}, "3 working days")),
            [PREMIUM, {"when": {"tier": "premium"}, "scale": {"response": 4}}],
        ),
        # Another metric.
        (rows_of(({}, "end of day + 1")), [{"when": {}, "scale": {"resolution": 2}}]),
    ],
)
def test_what_never_happens_is_no_fault(rows: Any, adjustments: Any) -> None:
    policy(tables=rows, adjustments=adjustments)


@pytest.mark.parametrize(
    ("rows", "adjustments", "place"),
    [
        (
            rows_of(({"tier": "premium", "region": "near"}, "4 hours"), ({}, "end of day + 1")),
            [PREMIUM],
            1,
        ),
        (rows_of(({}, "3 working days")), [PREMIUM, twice({"region": "far"})], 0),
        (
            rows_of(({}, "2 working days")),
            [PREMIUM, {"when": {"region": "far"}, "scale": {"response": 0.5}}],
            0,
        ),
        (rows_of(({"site": "paris"}, "end of day + 1")), [twice({"received": "open"})], 0),
        (rows_of(({"received": "open"}, "end of day + 1")), [twice({"received": "weekend"})], 0),
        (
            rows_of(({"received": {"is": "open", "on": "fr"}}, "end of day + 1")),
            [twice({"received": "closed"})],
            0,
        ),
    ],
)
def test_what_happens_to_some_tickets_is_a_fault(rows: Any, adjustments: Any, place: int) -> None:
    (fault,) = faults(tables=rows, adjustments=adjustments)
    assert fault.startswith(f"tables.all[{place}].targets.response.within: found ")


def test_a_limit_is_scaled_too() -> None:
    (fault,) = faults(adjustments=[PREMIUM], tables=target("2 hours", limit="end of day + 2"))
    assert fault.startswith("tables.all[0].targets.response.limit: found end of day + 2")


def test_many_attributes_are_compared_row_by_row() -> None:
    """Where not all tickets can be tried, a row and an adjustment still exclude each other."""
    attributes = {f"a{i}": {"values": [*range(5)], "default": 0} for i in range(8)}
    first = ({f"a{i}": i % 5 for i in range(8)}, "4 hours")
    adjustment = twice({"a0": 1})
    apart = rows_of(first, ({"a0": 2}, "end of day + 1"))
    policy(attributes=attributes, tables=apart, adjustments=[adjustment])
    together = rows_of(first, ({"a1": 2}, "end of day + 1"))
    assert len(faults(attributes=attributes, tables=together, adjustments=[adjustment])) == 1
    many = [twice({f"a{i % 8}": i % 5}) for i in range(40)]
    days = rows_of(first, ({}, "3 working days"))
    (fault,) = faults(attributes=attributes, tables=days, adjustments=many)
    assert "too many adjustments to try all combinations" in fault


# Data ---------------------------------------------------------------------------------------------


def test_the_round_trip_of_adjustments() -> None:
    of = adjusted(PREMIUM | {"note": "by contract"}, FAR)
    text = of.to_toml()
    assert '[[adjustments]]\nwhen = {tier = "premium"}\nscale = {response = 0.5}' in text
    assert Policy.from_toml(text) == of
    assert Policy.from_dict(json.loads(json.dumps(of.to_dict()))) == of
    assert of.adjustments[0] == Adjustment(
        {"tier": "premium"}, {"response": 0.50}, note="by contract"
    )
    assert of.fingerprint == adjusted(PREMIUM, FAR).fingerprint  # a note means nothing
    assert of.fingerprint != adjusted(FAR).fingerprint
    whole = adjusted({"when": {}, "scale": {"response": 2.0}})
    assert whole.to_dict()["adjustments"] == [twice({})]


def test_a_version_replaces_the_adjustments() -> None:
    of = policy(
        effective_from="2026-01-01",
        adjustments=[PREMIUM],
        versions=[
            {"effective_from": "2026-06-01", "adjustments": []},
            {"effective_from": "2026-07-01", "adjustments": [PREMIUM, FAR]},
        ],
    )
    for month, within in ((5, "2 working hours"), (6, "4 working hours"), (7, "3 working hours")):
        ticket = {"tier": "premium", "region": "far"}
        answer = of.deadlines(ticket, f"2026-0{month}-18T09:00+02:00")
        assert answer["response"].within == within


def test_a_plain_policy_is_not_resolved() -> None:
    """Nothing is looked up for a ticket where nothing depends on it."""
    assert not Matcher(policy()).is_resolved("response")
    assert Matcher(adjusted(PREMIUM)).is_resolved("response")
    assert not Matcher(adjusted(PREMIUM)).is_resolved("resolution")


def test_the_json_schema_says_the_same() -> None:
    """It accepts what is written, and refuses what the loader refuses by its form."""
    schema = jsonschema.Draft202012Validator(Policy.json_schema())
    parts = {
        "latest_of": [{"within": "4 working hours", "calendar": BY_SITE}, "1 hour"],
    }
    closed = {"when": {"received": {"is": "closed", "on": BY_SITE}}}
    for of in (
        policy(calendar=BY_SITE | {"default": "ny"}),
        policy(tables=target(parts)),
        policy(tables={"all": [closed | {"targets": {"response": "at once"}}]}),
        adjusted(PREMIUM, FAR),
    ):
        assert not list(schema.iter_errors(of.to_dict()))
    right = policy().to_dict()
    wrong: dict[str, Any]
    for wrong in (
        {"calendar": {"field": "site"}},
        {"calendar": {"field": "site", "default": "zh"}},
        {"calendar": {"zurich": "zh"}},
        {"calendar": {"field": "site", "zurich": 3}},
        {"adjustments": [{"when": {}, "scale": {}}]},
        {"adjustments": [{"when": {}, "scale": {"response": 0}}]},
        {"adjustments": [{"when": {}, "scale": {"response": 1001}}]},
        {"adjustments": [{"when": {}, "scale": {"response": "0.5"}}]},
        {"adjustments": [{"scale": {"response": 2}}]},
    ):
        assert list(schema.iter_errors(right | wrong)), wrong
        with pytest.raises(PolicyError):
            Policy.from_dict(right | wrong)


# Columns and logs ---------------------------------------------------------------------------------


def test_columns_choose_as_single_tickets_do() -> None:
    """By free text as well, although no row tells the customers apart."""
    choice = {"field": "customer", "acme": "fr", "7": "ny", "default": "zh"}
    of = policy(calendar=choice, adjustments=[PREMIUM])
    table = {
        "created": [MONDAY] * 6,
        "customer": ["acme", "7", "other", None, "acme", "other"],
        "tier": [*["basic"] * 4, "premium", "premium"],
    }
    answer = bulk.deadlines(of, table)
    assert [f"{at:%H:%M%z}" for at in answer["response_due"]] == [
        "15:00+0200",
        "19:00+0200",  # four hours from nine in New York
        "13:00+0200",
        "13:00+0200",
        "11:00+0200",
        "11:00+0200",
    ]
    refused = bulk.deadlines(
        policy(calendar=BY_SITE),
        {"created": [MONDAY] * 4, "site": ["paris", "rome", "zurich", None]},
        errors="column",
    )
    assert [text is None for text in refused["error"]] == [True, False, True, False]
    assert refused["error"][1].startswith("'rome' is not a value of site for which a calendar")
    assert refused["error"][3].startswith("the ticket does not say its site")
    free = policy(calendar={"field": "customer", "acme": "fr"})
    others = {"created": [MONDAY] * 3, "customer": ["one", "acme", "two"]}
    errors = bulk.deadlines(free, others, errors="column")["error"]
    assert [text and text.split()[0] for text in errors] == ["'one'", None, "'two'"]


def test_a_log_chooses_as_single_clocks_do() -> None:
    """Tickets that nothing but their site tells apart, before their clocks start and after."""
    of = policy(
        calendar=BY_SITE,
        metrics={"response": {"start": "accepted"}, "resolution": {}},
        adjustments=[PREMIUM],
    )
    rows: list[tuple[Any, ...]] = []
    for ticket, site in (("A", "zurich"), ("B", "paris"), ("C", "zurich")):
        rows += [
            (ticket, "08:00", "created", site, None),
            (ticket, "09:00", "accepted", None, None),
            (ticket, "10:00", "changed", None, "premium" if ticket == "C" else "basic"),
        ]
    names = ("ticket", "at", "type", "site", "tier")
    log = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    log["at"] = [f"2026-05-18T{at}+02:00" for at in log["at"]]
    answer = bulk.replay(of, log, "2026-05-18T10:30+02:00")
    dues = {
        ticket: f"{due:%H:%M%z}"
        for ticket, metric, due in zip(
            answer["ticket"], answer["metric"], answer["due"], strict=True
        )
        if metric == "response"
    }
    assert dues == {"A": "13:00+0200", "B": "15:00+0200", "C": "11:00+0200"}
