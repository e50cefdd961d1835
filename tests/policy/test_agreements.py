"""Availability, credits, claims and settlements in policy files: their forms and their faults."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest

from slacalc import Policy
from slacalc.contract import Money
from slacalc.errors import ContractError, PolicyError

OFFICE = {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}
STEP = {"below": "99 %", "percent": 10}


def web(**terms: Any) -> dict[str, Any]:
    return {"availability": {"web": {"target": "99.9 %", **terms}}}


def visit(**terms: Any) -> dict[str, Any]:
    return {"duties": {"visit": {"every": "month", **terms}}}


def solved(**terms: Any) -> dict[str, Any]:
    objective = {
        "metric": "repair",
        **({"share": "95 %"} | terms if "mean" not in terms else terms),
    }
    return {"metrics": {"repair": {}}, "objectives": {"solved": objective}}


def credits_of(*steps: dict[str, Any], **terms: Any) -> dict[str, Any]:
    return web(credits=list(steps), **terms)


WINDOW = {"within": "5 working days", "from": "incident"}
LATE = {"per": "started working hour", "amount": "CHF 5"}
FAULTS: list[tuple[dict[str, Any], str, str]] = [
    (web(target="101 %"), "availability.web.target", "a share"),
    (web(target=99.9), "availability.web.target", "a share"),
    (web(target="0.999"), "availability.web.target", "a share"),
    ({"availability": {"web": {}}}, "availability.web.target", "missing"),
    (web(hours="offce"), "availability.web.hours", "office"),
    (web(maintenance="nights"), "availability.web.maintenance", "office"),
    (
        web(maintenance={"first someday of month": "2-6"}),
        "availability.web.maintenance.first someday of month",
        "did you mean",
    ),
    (
        web(maintenance={"2026-05-04": "6-2-1"}),
        "availability.web.maintenance.2026-05-04",
        "6-2-1",
    ),
    (web(period="fortnight"), "availability.web.period", "rolling 30 days"),
    (web(period="rolling 0 days"), "availability.web.period", "from 1 to 3,660"),
    (web(period=""), "availability.web.period", "one of day"),
    (web(decimals=10), "availability.web.decimals", "from 1 to 9"),
    (web(component=7), "availability.web.component", "name"),
    (web(consequence="refund"), "availability.web.consequence", "none are declared"),
    (web(credit=[STEP]), "availability.web.credit", "did you mean 'credits'"),
    # credits
    (credits_of({"below": "99 %"}), "availability.web.credits[0]", "one of percent, amount"),
    (
        credits_of({**STEP, "amount": "CHF 5"}),
        "availability.web.credits[0]",
        "percent and amount",
    ),
    (credits_of({**STEP, "percent": 101}), "availability.web.credits[0].percent", "at most 100"),
    (credits_of({**STEP, "percent": "101 %"}), "availability.web.credits[0].percent", "at most"),
    (credits_of({**STEP, "percent": 0}), "availability.web.credits[0].percent", "above 0"),
    (credits_of({**STEP, "percent": -5}), "availability.web.credits[0].percent", "above 0"),
    (credits_of({**STEP, "percent": True}), "availability.web.credits[0].percent", "a percentage"),
    (credits_of({**STEP, "below": "199 %"}), "availability.web.credits[0].below", "a share"),
    (credits_of({**STEP, "below": 99}), "availability.web.credits[0].below", "a share"),
    (credits_of({**STEP, "per": "miss"}), "availability.web.credits[0]", "both below and per"),
    (credits_of({**STEP, "grace": "1 hour"}), "availability.web.credits[0].grace", "started hour"),
    (credits_of({"amount": "50"}), "availability.web.credits[0].amount", "with its currency"),
    (credits_of({"amount": 50}), "availability.web.credits[0].amount", "with its currency"),
    (credits_of({"amount": "CHF -5"}), "availability.web.credits[0].amount", "with its currency"),
    (credits_of({"amount": "francs 5"}), "availability.web.credits[0].amount", "its currency"),
    (credits_of({"points": 2}), "availability.web.credits[0].points", "percent_per_point"),
    (credits_of({"allocation": 50}), "availability.web.credits[0].allocation", "at_risk"),
    (credits_of(LATE), "availability.web.credits[0].per", "only due dates can be late"),
    (credits_of({"per": "hour", "amount": "CHF 5"}), "availability.web.credits[0].per", "started"),
    (
        solved(mean="1 hour", credits=[STEP]),
        "objectives.solved.credits[0].below",
        "only a share",
    ),
    (
        credits_of({"amount": "CHF 5"}, {"amount": "EUR 5"}),
        "availability.web.credits[1].amount",
        "in CHF",
    ),
    (
        {"settlement": {"currency": "CHF", "cap": "EUR 5"}},
        "settlement.cap",
        "in CHF",
    ),
    (web(cap="25 %"), "availability.web.cap", "credits beside it"),
    (credits_of(STEP, cap="250 %"), "availability.web.cap", "a percentage"),
    (credits_of(STEP, cap="0 %"), "availability.web.cap", "a percentage"),
    (credits_of(STEP, earn_back=0), "availability.web.earn_back", "a whole number"),
    # lateness and claims need a calendar
    (
        visit(credits=[LATE]),
        "duties.visit.credits[0].calendar",
        "is missing: expected a calendar to count lateness",
    ),
    (
        visit(credits=[{"per": "started day", "amount": "CHF 5", "grace": "1 working day"}]),
        "duties.visit.credits[0].calendar",
        "a calendar to count lateness",
    ),
    (
        {**solved(credits=[LATE]), "calendars": {}},
        "objectives.solved.credits[0].calendar",
        "a calendar",
    ),
    (visit(credits=[{**LATE, "calendar": "x"}]), "duties.visit.credits[0].calendar", "office"),
    (
        credits_of(STEP, claim=WINDOW),
        "availability.web.claim.calendar",
        "is missing: expected a calendar to count 5",
    ),
    (
        credits_of(STEP, claim={**WINDOW, "calendar": "x"}),
        "availability.web.claim.calendar",
        "office",
    ),
    (
        credits_of(STEP, claim={"within": "5 hours", "from": "incident"}),
        "availability.web.claim.within",
        "days",
    ),
    (
        credits_of(STEP, claim={"within": "5 days", "from": "end of week"}),
        "availability.web.claim.from",
        "end of month",
    ),
    (credits_of(STEP, claim={"within": "5 days"}), "availability.web.claim.from", "missing"),
    # the settlement
    ({"settlement": {"currency": "Fr."}}, "settlement.currency", "three letters"),
    ({"settlement": {"currency": "chf"}}, "settlement.currency", "three letters"),
    ({"settlement": {"at_risk": 120}}, "settlement.at_risk", "at most 100"),
    ({"settlement": {"percent_per_point": 0}}, "settlement.percent_per_point", "above 0"),
    ({"settlement": {"at-risk": 12}}, "settlement.at-risk", "did you mean 'at_risk'"),
]


@pytest.mark.parametrize(("parts", "where", "words"), FAULTS)
def test_each_fault_is_reported_once_at_its_path(
    parts: dict[str, Any], where: str, words: str
) -> None:
    """Two calendars, so that none counts where none is named."""
    document = {"name": "host", "calendars": {"office": OFFICE, "late": OFFICE}, **parts}
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict(document)
    assert [fault.where for fault in caught.value.faults] == [where]
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "parts",
    [
        {"calendar": "office", **credits_of(STEP, claim=WINDOW)},
        credits_of(STEP, claim={**WINDOW, "calendar": "late"}),
        credits_of(STEP, claim={"within": "5 days", "from": "incident"}),
        visit(credits=[{**LATE, "calendar": "late"}]),
        visit(calendar="late", credits=[LATE]),
        visit(credits=[{"per": "started hour", "amount": "CHF 5", "grace": "1 calendar day"}]),
        solved(credits=[LATE]),  # the targets of tickets may have one
        {"settlement": {"currency": "CHF", "at_risk": 12.5, "percent_per_point": "0.25 %"}},
        credits_of({"amount": "1,250.50 CHF"}, cap="CHF 12000"),
        {"availability": {"web": "99.9 %"}},
    ],
)
def test_what_is_valid_is_written_as_it_is_read(parts: dict[str, Any]) -> None:
    policy = Policy.from_dict(
        {"name": "host", "calendars": {"office": OFFICE, "late": OFFICE}, **parts}
    )
    assert Policy.from_toml(policy.to_toml()) == policy
    assert Policy.from_dict(policy.to_dict()) == policy


# Money --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CHF 1,250.50", "CHF 1,250.50"),
        ("1250.5 CHF", "CHF 1,250.50"),
        ("CNY50", "CNY 50.00"),
        (" JPY 1000000 ", "JPY 1,000,000.00"),
    ],
)
def test_amounts_are_read(text: str, shown: str) -> None:
    assert str(Money.parse(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "50",
        "CHF",
        "CHF 1,25",
        "CHF 1e3",
        "CHF 1.23456",
        "chf 5",
        "CHF ５",
        "CHF 5 CHF",
        "",
        "CHF nan",
    ],
)
def test_other_texts_are_not_amounts(text: str) -> None:
    with pytest.raises(ContractError, match="an amount with its currency"):
        Money.parse(text)


def test_a_thousand_that_may_be_a_fraction_is_refused() -> None:
    """German writes 4,800 as 4.800."""
    for text in ("4.800 EUR", "EUR 12.345"):
        with pytest.raises(ContractError, match="may be"):
            Money.parse(text)
    assert Money.parse("EUR 0.125") == Money("0.125", "EUR")


@pytest.mark.parametrize("percentile", [0.9, "0.5 %"])
def test_a_percentile_is_not_a_fraction(percentile: Any) -> None:
    terms = {"metric": "m", "percentile": percentile, "within": "1 hour"}
    with pytest.raises(PolicyError, match="expected a number from 1 to 100, such as"):
        Policy("desk", metrics={"m": {}}, objectives={"quick": terms})


@pytest.mark.parametrize("amount", [1.5, True, None, "nan", "inf", Decimal("NaN"), "1e40", "a"])
def test_an_amount_is_exact_and_of_a_sensible_size(amount: Any) -> None:
    with pytest.raises(ContractError, match="amount"):
        Money(amount, "CHF")


@pytest.mark.parametrize("currency", ["", "chf", "CHFR", "Fr.", None, 7])
def test_a_currency_has_three_letters(currency: Any) -> None:
    with pytest.raises(ContractError, match="is not a currency"):
        Money(1, currency)


def test_amounts_are_exact_whatever_the_context_of_decimals() -> None:
    """The sum has seven digits, and the context of the caller only three."""
    with localcontext() as context:
        context.prec = 3
        whole = Money("12345.67", "CHF") + Money("0.01", "CHF")
        assert whole == Money("12345.68", "CHF")
        assert str(whole * 2) == "CHF 24,691.36"
        assert str(-whole) == "CHF -12,345.68"
        assert str(whole * Fraction(1, 3)) == "CHF 4,115.23"
        assert str(Money("0.125", "CHF")) == "CHF 0.13"


def test_two_currencies_do_not_mix() -> None:
    francs, euros = Money(1, "CHF"), Money(1, "EUR")
    for mix in (lambda: francs + euros, lambda: francs - euros, lambda: francs < euros):
        with pytest.raises(ContractError, match="two currencies"):
            mix()
    assert francs != euros
    assert sorted([Money(2, "CHF"), francs]) == [francs, Money(2, "CHF")]
    wrong: Any = francs
    with pytest.raises(TypeError):
        wrong * 0.5
