"""What a page leaves out for want of room: it is counted, and the page says so."""

from __future__ import annotations

from typing import Any

import pytest

from slacalc import Policy, report
from slacalc._bulk.tickets import evaluate_with
from tests.report.cases import AS_OF, CURRENT, PROPOSED, Page, ticket_table

PLAIN = Policy.from_toml("""
name = "plain"
[attributes]
product = { kind = "text", optional = true }
region = { kind = "text", optional = true }
tier = { values = ["gold"], optional = true }
[metrics.repair]
stop = "repaired"
[[tables.terms]]
targets = { repair = "2 hours" }
""")


def tickets(**columns: list[Any]) -> dict[str, list[Any]]:
    """Tickets that are repaired within an hour, with columns of their own."""
    size = len(next(iter(columns.values())))
    return {
        "created": ["2026-03-02T10:00Z"] * size,
        "repaired": ["2026-03-02T11:00Z"] * size,
        **columns,
    }


def page_of(log: Any, **more: Any) -> Page:
    return Page(report.page(PLAIN, log, AS_OF, **more))


def test_the_forty_most_frequent_values_are_shown() -> None:
    """45 products with a ticket each; the last five have two, and so are among the forty."""
    names = [f"product {number:02}" for number in range(45)]
    page = page_of(tickets(product=[*names, *names[40:]]), by="product")
    (table,) = page.tables["By product"]
    assert [row[:2] for row in table[2:]] == [
        *([name, "1"] for name in names[:35]),
        *([name, "2"] for name in names[40:]),
    ]
    assert "5 more values are not shown." in page.text["By product"]


def test_forty_values_are_all_shown() -> None:
    page = page_of(tickets(product=[f"product {number}" for number in range(40)]), by="product")
    assert len(page.tables["By product"][0]) == 42
    assert "more values" not in page.text["By product"]


@pytest.mark.parametrize(("regions", "has_table"), [(8, True), (9, False)])
def test_crossed_tables_have_at_most_eight_columns(regions: int, has_table: bool) -> None:  # noqa: FBT001 - a case
    columns = {
        "product": ["a", "b"] * 5 + ["a"] * 8,
        "region": [f"region {number % regions}" for number in range(18)],
    }
    page = page_of(tickets(**columns), by=["product", "region"])
    assert ("repair by product and region" in page.tables) is has_table


def test_ten_reasons_are_shown() -> None:
    """Of twelve; the other two have a ticket each."""
    tiers = [f"tier {number:02}" for number in range(12)]
    page = page_of(tickets(tier=["gold", *tiers, *tiers[:10]]), by=["tier"])
    (table,) = page.tables["What cannot be evaluated"]
    assert [row[0] for row in table[1:]] == ["2"] * 10
    assert "And 2 more reasons, for 2 tickets." in page.text["What cannot be evaluated"]
    assert "Tickets 23, 22 of them cannot be evaluated" in page.text["What was evaluated"]


def ledger_lines(pauses: int) -> list[str]:
    """The explanation of a breach of a ticket that was paused each hour for half of it."""
    events = [("00:00", "created")]
    for hour in range(1, pauses + 1):
        events += [(f"{hour:02}:00", "paused"), (f"{hour:02}:30", "resumed")]
    events.append(("23:59", "repaired"))
    log = {
        "ticket": ["A"] * len(events),
        "at": [f"2026-03-02T{time}Z" for time, _ in events],
        "type": [kind for _, kind in events],
    }
    return [line for line in page_of(log).preformatted if line.strip()]


def test_long_explanations_are_shortened() -> None:
    """18 lines, how many are left out, and the last 6.

    12 pauses are 26 events, with 25 stretches between them; 20 pauses are 42 events, with 41
    stretches. Then comes the total.
    """
    assert len(ledger_lines(12)) == 26
    lines = ledger_lines(20)
    assert len(lines) == 25
    assert lines[18].split() == ["⋮", "18"]
    assert lines[-1].startswith("total")


def test_a_policy_is_evaluated_once_for_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """With another one to compare with, each of the two once."""
    evaluated: list[str] = []

    def counting(policy: Policy, *args: Any, **more: Any) -> Any:
        evaluated.append(policy.name)
        return evaluate_with(policy, *args, **more)

    monkeypatch.setattr("slacalc._report.evaluated_table.evaluate_with", counting)
    report.page(CURRENT, ticket_table(), AS_OF, against=PROPOSED)
    assert evaluated == ["current", "proposed"]
