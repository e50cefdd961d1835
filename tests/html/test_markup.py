"""The frame of a view keeps to itself."""

from __future__ import annotations

from slacalc._html.markup import STYLE
from tests.html.reading import tree


def test_the_style_applies_only_inside_a_view() -> None:
    """Every rule begins with the class of the frame."""
    selectors = [rule.partition("{")[0] for rule in STYLE.split("}") if rule.strip()]
    for selector in selectors:
        assert all(one.strip().startswith(".slacalc.slacalc") for one in selector.split(","))


def test_dollars_do_not_start_a_formula() -> None:
    """Notebooks leave the text of a view to itself."""
    assert {"tex2jax_ignore", "mathjax_ignore"} <= set(
        (tree("clock life").get("class") or "").split()
    )
