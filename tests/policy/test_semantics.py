"""Switches of semantics: set here, by a product, or by this library."""

from __future__ import annotations

import pytest

from slacalc import Semantics
from slacalc.errors import PolicyError

OURS = {
    "exact_fit": "closing",
    "at_due": "met",
    "due_while_paused": "hidden",
    "due_after_stop": "kept",
    "pauses": "own_time",
    "on_change": "keep_elapsed",
    "on_change_inside": "keep_elapsed",
    "on_reopen": "continue",
    "repeat": "never",
    "counts_from": "first",
}


def test_without_a_product_the_rules_are_ours() -> None:
    """They are those of the table in the policy file's reference."""
    assert Semantics().resolved.to_dict() == OURS


@pytest.mark.parametrize(
    ("product", "switches"),
    [
        ("zammad", {"exact_fit": "next_opening", "on_reopen": "final"}),
        ("jira", {"on_reopen": "new_cycle", "repeat": "next_start"}),
        ("servicenow", {"at_due": "breached", "on_reopen": "new_cycle", "on_change": "restart"}),
        ("glpi", {"on_change": "keep_elapsed", "on_change_inside": "from_change"}),
        ("erpnext", {"pauses": "wall_time", "exact_fit": "closing"}),
    ],
)
def test_a_product_sets_its_switches(product: str, switches: dict[str, str]) -> None:
    """Whatever a product does not set is ours; whatever is set beside it comes first."""
    resolved = Semantics(product).resolved.to_dict()
    assert {key: resolved[key] for key in switches} == switches
    assert Semantics(product, at_due="met", repeat="never").resolved.at_due == "met"


def test_a_rule_for_changes_holds_inside_other_metrics_as_well() -> None:
    """Unless it is set separately, by the policy or by the product."""
    assert Semantics(on_change="restart").resolved.on_change_inside == "restart"
    apart = Semantics(on_change="restart", on_change_inside="keep_original")
    assert apart.resolved.on_change_inside == "keep_original"
    assert Semantics("glpi", on_change="restart").resolved.on_change_inside == "from_change"


def test_an_unknown_product_is_refused() -> None:
    """The error has the names that are known."""
    with pytest.raises(PolicyError, match="zammad.*did you mean 'zendesk'"):
        Semantics("zendsk")
