"""Show a comparison as HTML for notebooks, with what differs between the policies in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slacalc._clock.policy_diff import describe_differences
from slacalc._html.markup import el, quiet, table, title, view
from slacalc._i18n import translator
from slacalc._report.objectives import share_text
from slacalc._report.page import points_text, value_shown
from slacalc._report.page_layout import MOST_DIFFERENCES, ComparisonTables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree import ElementTree as ET

    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator
    from slacalc._policy.policy import Policy
    from slacalc._report.comparison import Pairs
    from slacalc._report.page_layout import ComparedGroup

_MOST_FLIPS = 20


def comparison_html(
    policies: tuple[Policy, Policy],
    pairs: Pairs,
    by: tuple[str, ...],
    confidence: float,
    *,
    language: str,
) -> str:
    """A comparison as HTML."""
    translate = translator(language)
    tables = ComparisonTables(pairs, tuple(pairs.metrics), by, confidence, _MOST_FLIPS)
    form = translate("{first} (A) and {second} (B)")
    heading = form.format(first=policies[0].name, second=policies[1].name)
    errors = [tables.errors_a_only, tables.errors_b_only]
    form = translate("{a} tickets cannot be evaluated under A only, {b} under B only.")
    return view(
        title(heading),
        *_differences(policies, translate),
        _figures("", tables.totals, translate),
        *(_figures(name, rows, translate) for name, rows in tables.groups if rows),
        quiet(form.format(a=f"{errors[0]:,}", b=f"{errors[1]:,}")) if any(errors) else None,
        *_flips(tables, pairs, by, translate),
        label=heading,
    )


def _differences(policies: tuple[Policy, Policy], translate: Translator) -> Iterator[ET.Element]:
    """What differs between the policies."""
    texts = describe_differences(*policies, translate)
    if not texts:
        yield quiet(translate("Both policies mean the same."))
        return
    rows: list[list[Cell]] = [
        [[text.place, el("span", text.where, cls="also")], *(side or "–" for side in text.values)]
        for text in texts[:MOST_DIFFERENCES]
    ]
    names = [f"{policy.name} ({side})" for policy, side in zip(policies, "AB", strict=True)]
    headings = [translate("place"), *names]
    classes = ["", "prose", "prose"]
    yield table(headings, rows, caption=translate("What differs"), classes=classes)
    if len(texts) > MOST_DIFFERENCES:
        form = translate("{count} more")
        yield quiet(form.format(count=f"{len(texts) - MOST_DIFFERENCES:,}"))


def _figures(name: str, groups: Sequence[ComparedGroup], translate: Translator) -> ET.Element:
    """Attainment under both policies, of all tickets or by the values of a column."""
    rows: list[list[Cell]] = []
    for group in groups:
        figures = group.figures
        shares = [translate(share_text(figures[f"attainment_{side}"])) for side in "ab"]
        counts = [f"{figures[key]:,}" for key in _COUNTS]
        head = [value_shown(value) for value in group.values]
        rows.append([*head, group.metric, *shares, points_text(figures["difference"]), *counts])
    attainment = translate("attainment")
    headings = [
        *([name] if name else []),
        translate("metric"),
        f"{attainment} A",
        f"{attainment} B",
        translate("points"),
        translate("gained"),
        translate("lost"),
        translate("due earlier under B"),
        translate("due later under B"),
    ]
    caption = translate("By {name}").format(name=name) if name else translate("All tickets")
    classes = [*([""] if name else []), "", *["number"] * 7]
    return table(headings, rows, caption=caption, classes=classes)


_COUNTS = ("gained", "lost", "due_earlier", "due_later")


def _flips(
    tables: ComparisonTables, pairs: Pairs, by: tuple[str, ...], translate: Translator
) -> Iterator[ET.Element]:
    """The first tickets whose state differs."""
    caption = translate("Tickets that flip")
    if not tables.flips:
        form = translate("{name}: {value}")
        yield quiet(form.format(name=caption, value=translate("none")))
        return
    zone = pairs.policies[0].matcher.zone
    rows: list[list[Cell]] = [
        [
            value_shown(flip.ticket),
            flip.metric,
            *map(value_shown, flip.values),
            *map(translate, flip.states),
            *("–" if due is None else translate.instant(zone.datetime(due)) for due in flip.dues),
        ]
        for flip in tables.flips
    ]
    state, due = translate("state"), translate("due")
    headings = [translate("ticket"), translate("metric"), *by]
    headings += [f"{state} A", f"{state} B", f"{due} A", f"{due} B"]
    classes = ["", "", *[""] * len(by), "", "", "time", "time"]
    yield table(headings, rows, caption=caption, classes=classes)
    if tables.flipped > len(rows):
        form = translate("{count} more")
        yield quiet(form.format(count=f"{tables.flipped - len(rows):,}"))
