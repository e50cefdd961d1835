"""Show findings of the linter as an HTML table: where, what, and a ticket that shows it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from slacalc._html.markup import AMBER, BLUE, RED, dot, el, quiet, table, title, view
from slacalc._i18n import N_, translator
from slacalc._lint.findings import counts_text
from slacalc._lint.linter import tried_text
from slacalc._phrases import in_language
from slacalc._policy.attributes import value_text

if TYPE_CHECKING:
    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator
    from slacalc._lint.findings import Finding
    from slacalc._lint.linter import Findings

_MOST_ROWS = 200

_SEVERITIES = {
    "error": (N_("error"), RED),
    "warning": (N_("warning"), AMBER),
    "notice": (N_("notice"), BLUE),
}


def findings_html(findings: Findings, *, language: str) -> str:
    """Findings as HTML."""
    translate = translator(language)
    heading = translate("Findings")
    counts = Counter[str](finding.severity for finding in findings)  # the most severe first
    rows = [_cells(finding, translate) for finding in findings[:_MOST_ROWS]]
    headings = [
        translate("severity"),
        translate("place"),
        translate("finding"),
        translate("for example"),
    ]
    classes, more = ["time", "", "prose", "prose"], len(findings) - _MOST_ROWS
    return view(
        title(heading, counts_text(counts, language) or translate("none")),
        quiet(tried_text(findings, language)),
        table(headings, rows, caption=heading, is_titled=True, classes=classes) if rows else None,
        quiet(translate("{count} more").format(count=more)) if more > 0 else None,
        label=heading,
    )


def _cells(finding: Finding, translate: Translator) -> list[Cell]:
    example = [f"{name} = {value_text(value)}" for name, value in finding.example.items()]
    if finding.received_at is not None:
        at = translate.instant(finding.received_at, "%z")
        example.append(translate("received {at}").format(at=at))
    severity, colour = _SEVERITIES[finding.severity]
    return [
        [dot(colour), translate(severity)],
        finding.path,
        [
            el("span", in_language(finding.message, translate.language), cls="holds"),
            el("span", finding.kind, cls="also"),
        ],
        translate.listed(example),
    ]
