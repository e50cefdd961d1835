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

from slacalc._html.calendar import holidays_text, week_text
from slacalc._html.markup import el, frame, quiet, table, title
from slacalc._i18n import N_, words
from slacalc._policy.attributes import value_text
from slacalc._policy.deadlines import _threshold_told as threshold_told
from slacalc._policy.target_time import told as within_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree import ElementTree as ET

    from slacalc._calendar.calendar import Calendar
    from slacalc._html.markup import Cell, Child
    from slacalc._i18n import Words
    from slacalc._policy.attributes import Attribute, Test
    from slacalc._policy.conditions import Clause, Condition
    from slacalc._policy.lengths import Warning_
    from slacalc._policy.policy import Policy
    from slacalc._policy.records import (
        Coverage,
        Metric,
        Objective,
        Precondition,
        Refusal,
        Row,
        Target,
    )
    from slacalc._policy.target_time import Combined, Within

_LISTED = 400  # the most rows that are shown of a table

_RANKS = {">=": "≥", "<=": "≤", ">": "﹥", "<": "﹤"}


def policy_html(policy: Policy, *, language: str) -> str:
    """A policy as HTML."""
    say = words(language)
    name = policy.title or policy.name
    parts = {field: getattr(policy, field) for field in _SECTIONS}
    return frame(
        title(name, *([el("span", policy.name, cls="quiet")] if policy.title else [])),
        quiet(policy.description) if policy.description else None,
        *_terms(policy, say),
        *_sections(parts, policy, say),
        *_versions(policy, say),
        quiet(say("Source: {source}").format(source=policy.source)) if policy.source else None,
        label=name,
    )


def _terms(policy: Policy, say: Words) -> Iterator[ET.Element]:
    """When it is in force, and what holds throughout."""
    told = []
    if policy.effective_from:
        told.append(say("In force from {date}.").format(date=policy.effective_from))
    if policy.effective_until:
        told.append(say("In force until {date}.").format(date=policy.effective_until))
    if policy.calendar:
        told.append(say("Calendar unless another is named: {name}.").format(name=policy.calendar))
    if policy.warnings:
        warnings = _warnings(policy.warnings, say)
        told.append(say("Warnings unless others are named: {list}.").format(list=warnings))
    semantics = policy.semantics.to_dict()
    if semantics:
        rules = say.listed(f"{key} = {value}" for key, value in semantics.items())
        told.append(say("Rules that differ: {rules}.").format(rules=rules))
    if told:
        yield el("p", " ".join(told))


def _sections(parts: Mapping[str, Any], policy: Policy, say: Words) -> Iterator[ET.Element]:
    """Those sections of a policy, or of a version of it, that say something."""
    for name, section in _SECTIONS.items():
        if parts.get(name) and name == "tables":
            yield from _tables(parts[name], [*(parts.get("metrics") or policy.metrics)], say)
        elif parts.get(name):
            yield from section(parts[name], say)


def _versions(policy: Policy, say: Words) -> Iterator[ET.Element]:
    for version in sorted(policy.versions, key=lambda one: str(one["effective_from"])):
        form = say("From {date} on, in place of what stands above")
        yield el("p", el("span", form.format(date=version["effective_from"]), cls="name"))
        inner = el("div", cls="inside")
        inner.extend(_sections(version, policy, say))
        others = [key for key in version if key not in _SECTIONS and key != "effective_from"]
        if others:
            new = say.listed(f"{key} = {version[key]}" for key in others)
            inner.append(quiet(new))
        yield inner


# Tables of promises ------------------------------------------------------------------------------


def _tables(
    tables: Mapping[str, tuple[Row, ...]], order: list[str], say: Words
) -> Iterator[ET.Element]:
    """The tables, their metrics in the order in which the policy names these."""
    for name, rows in tables.items():
        asked = list(dict.fromkeys(one for row in rows for one in row.when))
        promised = {one for row in rows for one in row.targets}
        metrics = [one for one in order if one in promised]
        lines = []
        for row in rows[:_LISTED]:
            cells: list[Cell] = [
                _asked(row.when[one], say) if one in row.when else el("span", say("any"), cls="any")
                for one in asked
            ]
            cells += [
                _target(row.targets[one], say) if one in row.targets else "" for one in metrics
            ]
            lines.append([*cells, say.listed(row.entitlements), row.note])
        heads = [*asked, *metrics, say("entitled to"), say("note")]
        classes = [*[""] * len(asked), *["promise"] * len(metrics)]
        yield table(heads, lines, caption=name, classes=classes, row_heads=bool(asked))
        if len(rows) > _LISTED:
            yield quiet(say("{count} more").format(count=len(rows) - _LISTED))
    rule = say("In each table, the first row that matches and promises a metric speaks for it.")
    if len(tables) > 1:
        rule += " " + say("Where several tables promise, the earliest deadline holds.")
    yield quiet(rule)


def _asked(test: Test, say: Words) -> str:
    """What a row asks of an attribute that heads the column."""
    values = say.either(map(value_text, test.values))
    if test.operation == "not in":
        told = say("not {values}").format(values=values)
    else:
        rank = _RANKS.get(test.operation, "")
        told = f"{rank} {values}" if rank else values
    if test.on:
        return say("{condition} on {calendar}").format(condition=told, calendar=test.on)
    return told


def _target(target: Target, say: Words) -> list[Child]:
    """What is promised: how long, or words, and what goes with it."""
    lines: list[Child] = []
    if target.within is not None:
        lines.append(el("span", _length(target.within, say), cls="holds"))
    if target.promise:
        lines.append(el("span", target.promise, cls="holds words"))
    also = []
    if target.limit is not None:
        also.append(say("breached after {limit}").format(limit=_length(target.limit, say)))
    if target.calendar:
        also.append(say("calendar {name}").format(name=target.calendar))
    if target.consequence:
        also.append(say("if missed: {consequence}").format(consequence=target.consequence))
    if target.warnings is not None:
        also.append(_warnings(target.warnings, say) or say("no warning"))
    return lines + [el("span", text, cls="also") for text in also]


def _length(within: Within | Combined, say: Words) -> str:
    """A length, with the calendars of its parts where those have their own."""
    parts = [_part(part, say) for part in within.parts]
    if len(parts) == 1:
        return parts[0]
    earliest = getattr(within, "which", "") == "earliest"
    form = say("earliest of {parts}") if earliest else say("latest of {parts}")
    return form.format(parts=say.listed(parts))


def _part(part: Within, say: Words) -> str:
    told = within_told(str(part), say)
    if not part.calendar:
        return told
    return say("{condition} on {calendar}").format(condition=told, calendar=part.calendar)


def _warnings(warnings: Iterable[Warning_], say: Words) -> str:
    told = []
    for one in warnings:
        at = threshold_told(str(one.at), say)
        told.append(
            say("warning at {at}: {name}").format(at=at, name=one.name)
            if one.name
            else say("warning at {at}").format(at=at)
        )
    return say("; ").join(told)


# What the words mean -----------------------------------------------------------------------------


def _metrics(metrics: Mapping[str, Metric], say: Words) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, metric in metrics.items():
        stop = "" if metric.stop is None else _condition(metric.stop, say)
        also: list[Child] = [el("span", text, cls="also") for text in _metric_notes(metric, say)]
        rows.append([name, _condition(metric.start, say), stop, also])
    heads = [say("metric"), say("from"), say("to"), say("terms")]
    yield table(heads, rows, caption=say("Metrics"))


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


def _metric_notes(metric: Metric, say: Words) -> Iterator[str]:
    if metric.words:
        yield metric.words
    for key, form in _CONDITIONS.items():
        condition = getattr(metric, key)
        if condition is not None:
            told = _condition(condition, say) or say("never")
            yield say(form).format(condition=told)
    for key, form in _NAMED.items():
        value = getattr(metric, key)
        if value:
            text = value if isinstance(value, str) else say.listed(value)
            yield say(form).format(names=text, name=text, consequence=text)
    if metric.warnings is not None:
        yield _warnings(metric.warnings, say) or say("no warning")


def _condition(condition: Condition, say: Words) -> str:
    return say.either(_clause(one, say) for one in condition.clauses) if condition.clauses else ""


def _clause(clause: Clause, say: Words) -> str:
    fields = say.listed(
        (say("{name} is not {values}") if negated else say("{name} is {values}")).format(
            name=name, values=say.either(map(value_text, values))
        )
        for name, values, negated in clause.fields
    )
    if clause.event and fields:
        return say("{event} with {fields}").format(event=clause.event, fields=fields)
    return clause.event or fields


def _attributes(attributes: Mapping[str, Attribute], say: Words) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, one in attributes.items():
        values = say.listed(map(value_text, one.values))
        if not values:
            values = say("a date") if one.kind == "date" else say("any text")
        notes = [one.words] if one.words else []
        if one.ordered:
            notes.append(say("highest first"))
        if one.default is not None:
            notes.append(
                say("{value} unless it says otherwise").format(value=value_text(one.default))
            )
        if one.optional:
            notes.append(say("may be left out"))
        if one.by:
            notes.append(say("follows from {names}").format(names=say.listed(one.by)))
        rows.append([name, values, [el("span", note, cls="also") for note in notes]])
    heads = [say("attribute"), say("values"), say("terms")]
    yield table(heads, rows, caption=say("What a ticket bears"))
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


def _calendars(calendars: Mapping[str, Calendar], say: Words) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, one in calendars.items():
        lines: list[Child] = [el("span", line, cls="holds") for line in week_text(one.week, say)]
        notes = []
        if one.exceptions:
            count = say.plural("{count} exception", "{count} exceptions", len(one.exceptions))
            notes.append(count.format(count=len(one.exceptions)))
        if one.changes:
            dates = say.listed(str(change.since) for change in one.changes)
            notes.append(say("other hours or holidays from {dates} on").format(dates=dates))
        if one._terms:
            notes.append(say("combined with other calendars"))
        lines += [el("span", note, cls="also") for note in notes]
        rows.append([name, one.time_zone, lines, holidays_text(one.holidays, say) or say("none")])
    heads = [say("calendar"), say("time zone"), say("hours"), say("holidays")]
    yield table(heads, rows, caption=say("Calendars"))


# What stands beside ------------------------------------------------------------------------------


def _when(when: Mapping[str, Test], say: Words) -> str:
    return say.listed(test.told(name, say) for name, test in when.items())


def _refusals(refusals: Iterable[Refusal], say: Words) -> Iterator[ET.Element]:
    rows = [[_when(one.when, say), one.because] for one in refusals]
    yield table([say("where"), say("because")], rows, caption=say("Refused"))


def _coverage(coverage: Iterable[Coverage], say: Words) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for one in coverage:
        bounds = []
        if one.from_ is not None:
            bounds.append(say("from {date} on").format(date=one.from_))
        if one.until is not None:
            bounds.append(say("until {date}").format(date=one.until))
        if one.for_ is not None:
            bounds.append(say("for {term}").format(term=one.for_))
        if one.when:
            bounds.append(say("where {asks}").format(asks=_when(one.when, say)))
        rows.append([say.listed(bounds), one.otherwise])
    heads = [say("covered"), say("otherwise")]
    yield table(heads, rows, caption=say("Coverage: any one of these is enough"))


def _preconditions(duties: Mapping[str, Precondition], say: Words) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = [
        [
            name,
            one.words,
            "" if one.pause is None else _condition(one.pause, say),
            say.listed(one.metrics) or say("all"),
        ]
        for name, one in duties.items()
    ]
    heads = [say("precondition"), say("what must be so"), say("clocks rest while"), say("metrics")]
    yield table(heads, rows, caption=say("Before work starts"))


def _consequences(consequences: Mapping[str, str], say: Words) -> Iterator[ET.Element]:
    rows = list(map(list, consequences.items()))
    yield table(
        [say("consequence"), say("what follows")], rows, caption=say("Where a target is missed")
    )


def _objectives(objectives: Mapping[str, Objective], say: Words) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, one in objectives.items():
        share = say("{share} of {what}").format(share=one.share, what=one.of)
        rows.append([name, share, one.period, one.metric])
    heads = [say("objective"), say("share"), say("period"), say("metric")]
    yield table(heads, rows, caption=say("Objectives"))


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
