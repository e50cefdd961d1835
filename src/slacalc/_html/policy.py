"""A policy as people print a service agreement: its tables, and what the words in them mean.

Each table of the policy is a table here: a column for every attribute that its rows ask for, and
one for every metric that they promise. What stands beside the tables follows in the order in which
a reader asks: metrics, attributes, calendars, exceptions from the rule, and later versions.

This module stands above `_policy`, which imports it when a policy is to be shown: it is handed the
policy, and knows its class by type alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slacalc._calendar.compilation import terms_of
from slacalc._html.calendar import holidays_text, week_text
from slacalc._html.markup import el, quiet, table, title, view
from slacalc._i18n import N_, translator
from slacalc._policy.attributes import value_text
from slacalc._policy.deadlines import describe_threshold
from slacalc._policy.target_time import told as within_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree import ElementTree as ET

    from slacalc._calendar.calendar import Calendar
    from slacalc._html.markup import Cell, Child
    from slacalc._i18n import Translator
    from slacalc._policy.attributes import Attribute, AttributeTest
    from slacalc._policy.conditions import Clause, Condition
    from slacalc._policy.coverage import Coverage
    from slacalc._policy.policy import Policy
    from slacalc._policy.records import (
        Metric,
        Objective,
        Precondition,
        Refusal,
        Row,
        Target,
    )
    from slacalc._policy.target_time import Combined, Within
    from slacalc._policy.warnings import Warning_

_LISTED = 400  # the most rows that are shown of a table

_RANKS = {">=": "≥", "<=": "≤", ">": "﹥", "<": "﹤"}


def policy_html(policy: Policy, *, language: str) -> str:
    """A policy as HTML."""
    translate = translator(language)
    name = policy.title or policy.name
    parts = {field: getattr(policy, field) for field in _SECTIONS}
    return view(
        title(name, *([el("span", policy.name, cls="quiet")] if policy.title else [])),
        quiet(policy.description) if policy.description else None,
        *_terms(policy, translate),
        *_sections(parts, policy, translate),
        *_versions(policy, translate),
        quiet(translate("Source: {source}").format(source=policy.source))
        if policy.source
        else None,
        label=name,
    )


def _terms(policy: Policy, translate: Translator) -> Iterator[ET.Element]:
    """When it is in force, and what holds throughout."""
    told = []
    if policy.effective_from:
        told.append(translate("In force from {date}.").format(date=policy.effective_from))
    if policy.effective_until:
        told.append(translate("In force until {date}.").format(date=policy.effective_until))
    if policy.calendar:
        told.append(
            translate("Calendar unless another is named: {name}.").format(name=policy.calendar)
        )
    if policy.warnings:
        warnings = _warnings(policy.warnings, translate)
        told.append(translate("Warnings unless others are named: {list}.").format(list=warnings))
    semantics = policy.semantics.to_dict()
    if semantics:
        rules = translate.listed(f"{key} = {value}" for key, value in semantics.items())
        told.append(translate("Rules that differ: {rules}.").format(rules=rules))
    if told:
        yield el("p", " ".join(told))


def _sections(
    parts: Mapping[str, Any], policy: Policy, translate: Translator
) -> Iterator[ET.Element]:
    """Those sections of a policy, or of a version of it, that say something."""
    for name, section in _SECTIONS.items():
        if parts.get(name) and name == "tables":
            yield from _tables(parts[name], [*(parts.get("metrics") or policy.metrics)], translate)
        elif parts.get(name):
            yield from section(parts[name], translate)


def _versions(policy: Policy, translate: Translator) -> Iterator[ET.Element]:
    for version in sorted(policy.versions, key=lambda one: str(one["effective_from"])):
        form = translate("From {date} on, in place of what stands above")
        yield el("p", el("span", form.format(date=version["effective_from"]), cls="name"))
        inner = el("div", cls="inside")
        inner.extend(_sections(version, policy, translate))
        others = [key for key in version if key not in _SECTIONS and key != "effective_from"]
        if others:
            new = translate.listed(f"{key} = {version[key]}" for key in others)
            inner.append(quiet(new))
        yield inner


# Tables of promises ------------------------------------------------------------------------------


def _tables(
    tables: Mapping[str, tuple[Row, ...]], order: list[str], translate: Translator
) -> Iterator[ET.Element]:
    """The tables, their metrics in the order in which the policy names these."""
    for name, rows in tables.items():
        asked = list(dict.fromkeys(one for row in rows for one in row.when))
        promised = {one for row in rows for one in row.targets}
        metrics = [one for one in order if one in promised]
        lines = []
        for row in rows[:_LISTED]:
            cells: list[Cell] = [
                _asked(row.when[one], translate)
                if one in row.when
                else el("span", translate("any"), cls="any")
                for one in asked
            ]
            cells += [
                _target(row.targets[one], translate) if one in row.targets else ""
                for one in metrics
            ]
            lines.append([*cells, translate.listed(row.entitlements), row.note])
        heads = [*asked, *metrics, translate("entitled to"), translate("note")]
        classes = [*[""] * len(asked), *["promise"] * len(metrics)]
        yield table(heads, lines, caption=name, classes=classes, row_headings=bool(asked))
        if len(rows) > _LISTED:
            yield quiet(translate("{count} more").format(count=len(rows) - _LISTED))
    rule = translate(
        "In each table, the first row that matches and promises a metric speaks for it."
    )
    if len(tables) > 1:
        rule += " " + translate("Where several tables promise, the earliest deadline holds.")
    yield quiet(rule)


def _asked(test: AttributeTest, translate: Translator) -> str:
    """What a row asks of an attribute that heads the column."""
    values = translate.either(map(value_text, test.values))
    if test.operation == "not in":
        told = translate("not {values}").format(values=values)
    else:
        rank = _RANKS.get(test.operation, "")
        told = f"{rank} {values}" if rank else values
    if test.on:
        return translate("{condition} on {calendar}").format(condition=told, calendar=test.on)
    return told


def _target(target: Target, translate: Translator) -> list[Child]:
    """What is promised: how long, or words, and what goes with it."""
    lines: list[Child] = []
    if target.within is not None:
        lines.append(el("span", _length(target.within, translate), cls="holds"))
    if target.promise:
        lines.append(el("span", target.promise, cls="holds words"))
    also = []
    if target.limit is not None:
        also.append(
            translate("breached after {limit}").format(limit=_length(target.limit, translate))
        )
    if target.calendar:
        also.append(translate("calendar {name}").format(name=target.calendar))
    if target.consequence:
        also.append(translate("if missed: {consequence}").format(consequence=target.consequence))
    if target.warnings is not None:
        also.append(_warnings(target.warnings, translate) or translate("no warning"))
    return lines + [el("span", text, cls="also") for text in also]


def _length(within: Within | Combined, translate: Translator) -> str:
    """A length, with the calendars of its parts where those have their own."""
    parts = [_part(part, translate) for part in within.parts]
    if len(parts) == 1:
        return parts[0]
    earliest = getattr(within, "which", "") == "earliest"
    form = translate("earliest of {parts}") if earliest else translate("latest of {parts}")
    return form.format(parts=translate.listed(parts))


def _part(part: Within, translate: Translator) -> str:
    told = within_told(str(part), translate)
    if not part.calendar:
        return told
    return translate("{condition} on {calendar}").format(condition=told, calendar=part.calendar)


def _warnings(warnings: Iterable[Warning_], translate: Translator) -> str:
    told = []
    for one in warnings:
        at = describe_threshold(str(one.at), translate)
        told.append(
            translate("warning at {at}: {name}").format(at=at, name=one.name)
            if one.name
            else translate("warning at {at}").format(at=at)
        )
    return translate("; ").join(told)


# What the words mean -----------------------------------------------------------------------------


def _metrics(metrics: Mapping[str, Metric], translate: Translator) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, metric in metrics.items():
        stop = "" if metric.stop is None else _condition(metric.stop, translate)
        also: list[Child] = [
            el("span", text, cls="also") for text in _metric_notes(metric, translate)
        ]
        rows.append([name, _condition(metric.start, translate), stop, also])
    heads = [translate("metric"), translate("from"), translate("to"), translate("terms")]
    yield table(heads, rows, caption=translate("Metrics"))


_CONDITIONS = {
    "pause": N_("rests while {condition}"),
    "resume": N_("runs again at {condition}"),
    "held_by": N_("runs only while {condition}"),
    "cancel": N_("void at {condition}"),
    "reset": N_("starts over at {condition}"),
    "reopen": N_("wakes at {condition}"),
}
_NAMED = {
    "inside": N_("inside {names}"),
    "starts_after": N_("starts after {names}"),
    "before": N_("not due after {names}"),
    "repeat": N_("repeats: {names}"),
    "counts_from": N_("counts from the {names} start"),
    "on_change": N_("when the promise changes: {names}"),
    "on_reopen": N_("when reopened: {names}"),
    "calendar": N_("calendar {name}"),
    "consequence": N_("if missed: {consequence}"),
}


def _metric_notes(metric: Metric, translate: Translator) -> Iterator[str]:
    if metric.words:
        yield metric.words
    for key, form in _CONDITIONS.items():
        condition = getattr(metric, key)
        if condition is not None:
            told = _condition(condition, translate) or translate("never")
            yield translate(form).format(condition=told)
    for key, form in _NAMED.items():
        value = getattr(metric, key)
        if value:
            text = value if isinstance(value, str) else translate.listed(value)
            yield translate(form).format(names=text, name=text, consequence=text)
    if metric.warnings is not None:
        yield _warnings(metric.warnings, translate) or translate("no warning")


def _condition(condition: Condition, translate: Translator) -> str:
    return (
        translate.either(_clause(one, translate) for one in condition.clauses)
        if condition.clauses
        else ""
    )


def _clause(clause: Clause, translate: Translator) -> str:
    fields = translate.listed(
        (
            translate("{name} is not {values}") if negated else translate("{name} is {values}")
        ).format(name=name, values=translate.either(map(value_text, values)))
        for name, values, negated in clause.fields
    )
    if clause.event and fields:
        return translate("{event} with {fields}").format(event=clause.event, fields=fields)
    return clause.event or fields


def _attributes(attributes: Mapping[str, Attribute], translate: Translator) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, one in attributes.items():
        values = translate.listed(map(value_text, one.values))
        if not values:
            values = translate("a date") if one.kind == "date" else translate("any text")
        notes = [one.words] if one.words else []
        if one.ordered:
            notes.append(translate("highest first"))
        if one.default is not None:
            notes.append(
                translate("{value} unless it says otherwise").format(value=value_text(one.default))
            )
        if one.optional:
            notes.append(translate("may be left out"))
        if one.by:
            notes.append(translate("follows from {names}").format(names=translate.listed(one.by)))
        rows.append([name, values, [el("span", note, cls="also") for note in notes]])
    heads = [translate("attribute"), translate("values"), translate("terms")]
    yield table(heads, rows, caption=translate("What a ticket bears"))
    for name, one in attributes.items():
        if one.matrix and len(one.by) == 2:
            yield _matrix(name, one)


def _matrix(name: str, one: Attribute) -> ET.Element:
    """The values by two attributes, as a square."""
    columns = list(
        dict.fromkeys(
            key for line in one.matrix.values() if isinstance(line, Mapping) for key in line
        )
    )
    rows: list[list[Cell]] = []
    for key, line in one.matrix.items():
        cells = line if isinstance(line, Mapping) else {}
        rows.append(
            [key, *(value_text(cells[column]) if column in cells else "" for column in columns)]
        )
    down, across = one.by
    return table([f"{down} ↓  {across} →", *columns], rows, caption=name)


def _calendars(calendars: Mapping[str, Calendar], translate: Translator) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, one in calendars.items():
        lines: list[Child] = [
            el("span", line, cls="holds") for line in week_text(one.week, translate)
        ]
        notes = []
        if one.exceptions:
            count = translate.plural("{count} exception", "{count} exceptions", len(one.exceptions))
            notes.append(count.format(count=len(one.exceptions)))
        if one.changes:
            dates = translate.listed(str(change.since) for change in one.changes)
            notes.append(translate("other hours or holidays from {dates} on").format(dates=dates))
        if terms_of(one):
            notes.append(translate("combined with other calendars"))
        lines += [el("span", note, cls="also") for note in notes]
        rows.append(
            [
                name,
                one.time_zone,
                lines,
                holidays_text(one.holidays, translate) or translate("none"),
            ]
        )
    heads = [
        translate("calendar"),
        translate("time zone"),
        translate("hours"),
        translate("holidays"),
    ]
    yield table(heads, rows, caption=translate("Calendars"))


# What stands beside ------------------------------------------------------------------------------


def _when(when: Mapping[str, AttributeTest], translate: Translator) -> str:
    return translate.listed(test.told(name, translate) for name, test in when.items())


def _refusals(refusals: Iterable[Refusal], translate: Translator) -> Iterator[ET.Element]:
    rows = [[_when(one.when, translate), one.because] for one in refusals]
    yield table([translate("where"), translate("because")], rows, caption=translate("Refused"))


def _coverage(coverage: Iterable[Coverage], translate: Translator) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for one in coverage:
        bounds = []
        if one.from_ is not None:
            bounds.append(translate("from {date} on").format(date=one.from_))
        if one.until is not None:
            bounds.append(translate("until {date}").format(date=one.until))
        if one.for_ is not None:
            bounds.append(translate("for {term}").format(term=one.for_))
        if one.when:
            bounds.append(translate("where {asks}").format(asks=_when(one.when, translate)))
        rows.append([translate.listed(bounds), one.otherwise])
    heads = [translate("covered"), translate("otherwise")]
    yield table(heads, rows, caption=translate("Coverage: any one of these is enough"))


def _preconditions(
    duties: Mapping[str, Precondition], translate: Translator
) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = [
        [
            name,
            one.words,
            "" if one.pause is None else _condition(one.pause, translate),
            translate.listed(one.metrics) or translate("all"),
        ]
        for name, one in duties.items()
    ]
    heads = [
        translate("precondition"),
        translate("what must be so"),
        translate("clocks rest while"),
        translate("metrics"),
    ]
    yield table(heads, rows, caption=translate("Before work starts"))


def _consequences(consequences: Mapping[str, str], translate: Translator) -> Iterator[ET.Element]:
    rows = list(map(list, consequences.items()))
    yield table(
        [translate("consequence"), translate("what follows")],
        rows,
        caption=translate("Where a target is missed"),
    )


def _objectives(objectives: Mapping[str, Objective], translate: Translator) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, one in objectives.items():
        share = translate("{share} of {what}").format(share=one.share, what=one.of)
        rows.append([name, share, one.period, one.metric])
    heads = [translate("objective"), translate("share"), translate("period"), translate("metric")]
    yield table(heads, rows, caption=translate("Objectives"))


_SECTIONS: dict[str, Any] = {
    "tables": None,  # which needs the order of the metrics
    "metrics": _metrics,
    "attributes": _attributes,
    "calendars": _calendars,
    "refusals": _refusals,
    "coverage": _coverage,
    "preconditions": _preconditions,
    "consequences": _consequences,
    "objectives": _objectives,
}
