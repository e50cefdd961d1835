"""Show findings of the linter as an HTML table: where, what, and a ticket that shows it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from slacalc._html.markup import AMBER, BLUE, RED, dot, el, quiet, table, title, view
from slacalc._i18n import N_, NN_, translator
from slacalc._phrases import in_language
from slacalc._policy.attributes import value_text

if TYPE_CHECKING:
    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator
    from slacalc._lint.findings import Finding
    from slacalc._lint.linter import Findings

_MOST_ROWS = 200

_SEVERITIES = {
    "error": (N_("error"), NN_("{count} error", "{count} errors"), RED),
    "warning": (N_("warning"), NN_("{count} warning", "{count} warnings"), AMBER),
    "notice": (N_("notice"), NN_("{count} notice", "{count} notices"), BLUE),
}
_TICKETS = NN_("{count} ticket was tried", "{count} tickets were tried")
_MOMENTS = NN_("each at {count} moment", "each at {count} moments")


def findings_html(findings: Findings, *, language: str) -> str:
    """Findings as HTML."""
    translate = translator(language)
    heading = translate("Findings")
    counts = Counter[str](finding.severity for finding in findings)
    totals = [
        translate.plural(*forms, counts[severity]).format(count=counts[severity])
        for severity, (_, forms, _) in _SEVERITIES.items()
        if counts[severity]
    ]
    rows = [_cells(finding, translate) for finding in findings[:_MOST_ROWS]]
    headings = [
        translate("severity"),
        translate("place"),
        translate("finding"),
        translate("for example"),
    ]
    classes, more = ["time", "", "prose", "prose"], len(findings) - _MOST_ROWS
    return view(
        title(heading, translate.listed(totals) or translate("none")),
        quiet(_tried(findings, translate)),
        table(headings, rows, caption=heading, is_titled=True, classes=classes) if rows else None,
        quiet(translate("{count} more").format(count=more)) if more > 0 else None,
        label=heading,
    )


def _cells(finding: Finding, translate: Translator) -> list[Cell]:
    example = [f"{name} = {value_text(value)}" for name, value in finding.example.items()]
    if finding.received_at is not None:
        at = translate.instant(finding.received_at, "%z")
        example.append(translate("received {at}").format(at=at))
    severity, _, colour = _SEVERITIES[finding.severity]
    return [
        [dot(colour), translate(severity)],
        finding.path,
        [
            el("span", in_language(finding.message, translate.language), cls="holds"),
            el("span", finding.kind, cls="also"),
        ],
        translate.listed(example),
    ]


def _tried(findings: Findings, translate: Translator) -> str:
    """How many tickets were tried, and whether findings may be missing."""
    texts = [
        translate.plural(*_TICKETS, findings.tickets).format(count=f"{findings.tickets:,}"),
        translate.plural(*_MOMENTS, findings.moments).format(count=findings.moments),
    ]
    if findings.sampled:
        names = translate.listed(findings.sampled)
        form = translate("with a sample of the values of {attributes}")
        texts.append(form.format(attributes=names))
    if not findings.is_exhaustive:
        texts.append(translate("findings may be missing"))
    return translate.listed(texts)
