"""Show a policy as HTML, in the form in which service agreements are printed.

Each table of the policy is an HTML table: a column for every attribute in the conditions of its
rows, and a column for every metric with a target. Below follow adjustments, metrics, attributes,
calendars, refusals, coverage, what is promised beyond single tickets (`agreements`), and the
sections of later versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slacalc._calendar.compilation import terms_of
from slacalc._html.agreements import (
    ROLLS,
    availability_table,
    duties_table,
    objectives_table,
    penalties_table,
    settlement_table,
)
from slacalc._html.calendar import holidays_text, week_text
from slacalc._html.markup import el, lines, quiet, table, title, view
from slacalc._i18n import N_, translator
from slacalc._policy.attribute_tests import AttributeTest, describe_when
from slacalc._policy.attributes import value_text
from slacalc._policy.deadlines import describe_threshold
from slacalc._policy.records import CappedPause
from slacalc._policy.target_time import describe_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree import ElementTree as ET

    from slacalc._calendar.calendar import Calendar
    from slacalc._html.markup import Cell, Child
    from slacalc._i18n import Translator
    from slacalc._policy.attribute_tests import Test
    from slacalc._policy.attributes import Attribute
    from slacalc._policy.calendars import CalendarByField
    from slacalc._policy.conditions import Condition
    from slacalc._policy.coverage import Coverage
    from slacalc._policy.policy import Policy
    from slacalc._policy.records import (
        Adjustment,
        Metric,
        Precondition,
        Refusal,
        Row,
        Target,
    )
    from slacalc._policy.target_time import Combined, Within
    from slacalc._policy.warnings import Warning_

_MOST_ROWS = 400  # of a table
_MOST_CELLS = 20_000  # of one table

_COMPARISONS = {">=": "≥", "<=": "≤", ">": "﹥", "<": "﹤"}


def policy_html(policy: Policy, *, language: str) -> str:
    """A policy as HTML."""
    translate = translator(language)
    name = policy.title or policy.name
    parts = {section: getattr(policy, section) for section in _SECTIONS}
    source = None
    if policy.source:
        source = quiet(translate("Source: {source}").format(source=policy.source))
    return view(
        title(name, *([el("span", policy.name, cls="quiet")] if policy.title else [])),
        quiet(policy.description) if policy.description else None,
        *_defaults(policy, translate),
        *_sections(parts, policy, translate),
        *_versions(policy, translate),
        source,
        label=name,
    )


def _defaults(policy: Policy, translate: Translator) -> Iterator[ET.Element]:
    """When the policy is in force, and its default calendar, warnings and semantics."""
    texts = []
    if policy.effective_from:
        texts.append(translate("In force from {date}.").format(date=policy.effective_from))
    if policy.effective_until:
        texts.append(translate("In force until {date}.").format(date=policy.effective_until))
    if policy.calendar:
        name = _calendar_name(policy.calendar, translate)
        texts.append(translate("Default calendar: {name}.").format(name=name))
    if policy.warnings:
        warnings = _warnings(policy.warnings, translate)
        texts.append(translate("Default warnings: {list}.").format(list=warnings))
    semantics = policy.semantics.to_dict()
    if semantics:
        rules = translate.listed(f"{key} = {value}" for key, value in semantics.items())
        texts.append(translate("Semantics: {rules}.").format(rules=rules))
    if texts:
        yield el("p", " ".join(texts))


def _sections(
    parts: Mapping[str, Any], policy: Policy, translate: Translator
) -> Iterator[ET.Element]:
    """The sections of a policy, or of one of its versions, that are not empty."""
    for name, section in _SECTIONS.items():
        if parts.get(name) and name == "tables":
            yield from _tables(parts[name], [*(parts.get("metrics") or policy.metrics)], translate)
        elif parts.get(name):
            yield from section(parts[name], translate)


def _versions(policy: Policy, translate: Translator) -> Iterator[ET.Element]:
    for version in sorted(policy.versions, key=lambda version: str(version["effective_from"])):
        form = translate("From {date} on, replacing the sections above")
        yield el("p", el("span", form.format(date=version["effective_from"]), cls="name"))
        inner = el("div", cls="inside")
        inner.extend(_sections(version, policy, translate))
        others = [key for key in version if key not in _SECTIONS and key != "effective_from"]
        if others:
            inner.append(quiet(translate.listed(f"{key} = {version[key]}" for key in others)))
        yield inner


# Tables of targets -------------------------------------------------------------------------------


def _tables(
    tables: Mapping[str, tuple[Row, ...]], order: list[str], translate: Translator
) -> Iterator[ET.Element]:
    """The tables; their metrics are in the order in which the policy defines them."""
    for name, rows in tables.items():
        attributes = list(dict.fromkeys(attribute for row in rows for attribute in row.when))
        with_target = {metric for row in rows for metric in row.targets}
        metrics = [metric for metric in order if metric in with_target]
        headings = [*attributes, *metrics, translate("entitled to"), translate("note")]
        most = max(1, min(_MOST_ROWS, _MOST_CELLS // len(headings)))
        cells: list[list[Cell]] = []
        for row in rows[:most]:
            conditions: list[Cell] = [
                _test(attribute, row.when[attribute], translate)
                if attribute in row.when
                else el("span", translate("any"), cls="any")
                for attribute in attributes
            ]
            targets: list[Cell] = [
                _target(row.targets[metric], translate) if metric in row.targets else ""
                for metric in metrics
            ]
            cells.append([*conditions, *targets, translate.listed(row.entitlements), row.note])
        classes = [*[""] * len(attributes), *["promise"] * len(metrics)]
        yield table(headings, cells, caption=name, classes=classes, row_headings=bool(attributes))
        if len(rows) > most:
            yield quiet(translate("{count} more").format(count=len(rows) - most))
    rule = translate("In each table, the first matching row with a target for a metric applies.")
    if len(tables) > 1:
        rule += " " + translate("If several tables have a target, the earliest deadline applies.")
    yield quiet(rule)


def _test(attribute: str, test: Test, translate: Translator) -> str:
    """The condition on the attribute that is the heading of the column."""
    if not isinstance(test, AttributeTest):
        return test.describe("", translate).lstrip()
    text = test.describe_values(attribute, translate)
    if test.operation == "not in":
        text = translate("not {values}").format(values=text)
    elif test.operation in _COMPARISONS:
        text = f"{_COMPARISONS[test.operation]} {text}"
    if test.on:
        name = _calendar_name(test.on, translate)
        return translate("{condition} on {calendar}").format(condition=text, calendar=name)
    return text


def _calendar_name(name: str | CalendarByField, translate: Translator) -> str:
    return name if isinstance(name, str) else name.describe(translate)


def _target(target: Target, translate: Translator) -> list[Child]:
    """The length of a target or its text, and its limit, calendar, consequence and warnings."""
    cell: list[Child] = []
    if target.within is not None:
        cell += lines([_length(target.within, translate)], "holds")
    if target.promise:
        cell += lines([target.promise], "holds words")
    also = []
    if target.limit is not None:
        limit = _length(target.limit, translate)
        also.append(translate("breached after {limit}").format(limit=limit))
    if target.roll:
        also.append(translate(ROLLS[target.roll]))
    if target.calendar:
        name = _calendar_name(target.calendar, translate)
        also.append(translate("calendar {name}").format(name=name))
    if target.consequence:
        also.append(translate("if missed: {consequence}").format(consequence=target.consequence))
    if target.warnings is not None:
        also.append(_warnings(target.warnings, translate) or translate("no warning"))
    return cell + lines(also, "also")


def _length(length: Within | Combined, translate: Translator) -> str:
    """A length, with the calendars of its parts where those have their own."""
    parts = []
    for part in length.parts:
        text = describe_time(str(part), translate)
        if part.calendar:
            form = translate("{condition} on {calendar}")
            name = _calendar_name(part.calendar, translate)
            text = form.format(condition=text, calendar=name)
        parts.append(text)
    if len(parts) == 1:
        return parts[0]
    is_earliest = getattr(length, "which", "") == "earliest"
    form = translate("earliest of {parts}") if is_earliest else translate("latest of {parts}")
    return form.format(parts=translate.listed(parts))


def _warnings(warnings: Iterable[Warning_], translate: Translator) -> str:
    texts = []
    for warning in warnings:
        at = describe_threshold(str(warning.at), translate)
        form = (
            translate("warning at {at}: {name}") if warning.name else translate("warning at {at}")
        )
        texts.append(form.format(at=at, name=warning.name))
    return translate("; ").join(texts)


def _adjustments(adjustments: Iterable[Adjustment], translate: Translator) -> Iterator[ET.Element]:
    form = translate("{within} × {factor}")
    rows: list[list[Cell]] = [
        [
            describe_when(adjustment.when, translate) or translate("all"),
            translate.listed(
                form.format(within=metric, factor=f"{factor:f}")
                for metric, factor in adjustment.scale.items()
            ),
            adjustment.note,
        ]
        for adjustment in adjustments
    ]
    headings = [translate("where"), translate("times"), translate("note")]
    yield table(headings, rows, caption=translate("Adjusted times"))


# Metrics -----------------------------------------------------------------------------------------


def _metrics(metrics: Mapping[str, Metric], translate: Translator) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = [
        [
            name,
            _condition(metric.start, translate),
            "" if metric.stop is None else _condition(metric.stop, translate),
            lines(_metric_notes(metric, translate), "also"),
        ]
        for name, metric in metrics.items()
    ]
    headings = [translate("metric"), translate("from"), translate("to"), translate("terms")]
    yield table(headings, rows, caption=translate("Metrics"))


_CONDITIONS = {
    "pause": N_("paused while: {condition}"),
    "resume": N_("resumes when: {condition}"),
    "held_by": N_("runs only while: {condition}"),
    "cancel": N_("cancelled when: {condition}"),
    "reset": N_("restarts when: {condition}"),
    "reopen": N_("reopened when: {condition}"),
}
_NEVER = {  # of an empty list of conditions
    "pause": N_("never paused"),
    "cancel": N_("never cancelled"),
    "reset": N_("never restarted"),
    "reopen": N_("never reopened"),
}
_SETTINGS = {
    "inside": N_("inside {names}"),
    "starts_after": N_("starts after {names}"),
    "before": N_("due no later than {names}"),
    "repeat": N_("repeats: {names}"),
    "until": N_("until {names} has stopped"),
    "counts_from": N_("counts from the start of {names}"),
    "on_change": N_("when the promise changes: {names}"),
    "on_reopen": N_("when reopened: {names}"),
    "calendar": N_("calendar {name}"),
    "consequence": N_("if missed: {consequence}"),
    "formerly": N_("formerly {name}"),
}


def _metric_notes(metric: Metric, translate: Translator) -> Iterator[str]:
    if metric.words:
        yield metric.words
    for key in _CONDITIONS:
        condition = getattr(metric, key)
        if condition is not None:
            yield _condition_note(key, condition, translate)
    for key, form in _SETTINGS.items():
        value = getattr(metric, key)
        if key == "repeat" and value == "never":
            yield translate("does not repeat")
        elif value:
            if key == "calendar":
                text = _calendar_name(value, translate)
            else:
                text = value if isinstance(value, str) else translate.listed(value)
            yield translate(form).format(names=text, name=text, consequence=text)
    if metric.warnings is not None:
        yield _warnings(metric.warnings, translate) or translate("no warning")


def _condition_note(key: str, condition: Condition | CappedPause, translate: Translator) -> str:
    if not condition.clauses:
        return translate(_NEVER[key])
    text = _condition(condition, translate)
    if isinstance(condition, CappedPause):
        text = f"{text} ({translate.listed(_caps(condition, translate))})"
    return translate(_CONDITIONS[key]).format(condition=text)


def _caps(pause: CappedPause, translate: Translator) -> Iterator[str]:
    """The caps on a pause as text."""
    if pause.at_most is not None:
        length = describe_time(str(pause.at_most), translate)
        yield translate("at most {length}").format(length=length)
    if pause.times is not None:
        yield translate.plural("{count} time", "{count} times", pause.times).format(
            count=pause.times
        )
    if pause.in_all is not None:
        length = describe_time(str(pause.in_all), translate)
        yield translate("{length} in all").format(length=length)


def _condition(condition: Condition | CappedPause, translate: Translator) -> str:
    return translate.either(clause.describe(translate) for clause in condition.clauses)


# Attributes and calendars ------------------------------------------------------------------------


_KINDS = {
    "value": N_("any text"),
    "text": N_("any text"),
    "number": N_("any number"),
    "tags": N_("any tags"),
    "date": N_("a date"),
    "instant": N_("an instant"),
}


def _attributes(attributes: Mapping[str, Attribute], translate: Translator) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, attribute in attributes.items():
        values = translate.listed(map(value_text, attribute.values))
        if not values:
            values = translate(_KINDS[attribute.kind])
        notes = [attribute.words] if attribute.words else []
        if attribute.ordered:
            notes.append(translate("highest first"))
        if attribute.default is not None:
            default = value_text(attribute.default)
            notes.append(translate("default: {value}").format(value=default))
        if attribute.optional:
            notes.append(translate("optional"))
        if attribute.fold_case:
            notes.append(translate("capitals do not count"))
        if attribute.by:
            names = translate.listed(attribute.by)
            notes.append(translate("derived from {names}").format(names=names))
        rows.append([name, values, lines(notes, "also")])
    headings = [translate("attribute"), translate("values"), translate("terms")]
    yield table(headings, rows, caption=translate("Attributes of tickets"))
    for name, attribute in attributes.items():
        if attribute.matrix and len(attribute.by) == 2:
            yield _matrix(name, attribute)


def _fields(fields: Mapping[str, Attribute], translate: Translator) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, field in fields.items():
        is_free = field.kind == "value" and not field.values
        kind = "any value" if is_free else _KINDS[field.kind]
        values = translate.listed(map(value_text, field.values)) or translate(kind)
        notes = [field.words] if field.words else []
        if field.fold_case:
            notes.append(translate("capitals do not count"))
        rows.append([name, values, lines(notes, "also")])
    headings = [translate("field"), translate("values"), translate("terms")]
    yield table(headings, rows, caption=translate("Fields that events set"))


def _matrix(name: str, attribute: Attribute) -> ET.Element:
    """An attribute that is derived from two others: the first down, the second across."""
    lines_of_matrix = {
        key: line if isinstance(line, Mapping) else {} for key, line in attribute.matrix.items()
    }
    columns = list(dict.fromkeys(key for line in lines_of_matrix.values() for key in line))
    rows: list[list[Cell]] = [
        [key, *(value_text(line[column]) if column in line else "" for column in columns)]
        for key, line in lines_of_matrix.items()
    ]
    down, across = attribute.by
    return table([f"{down} ↓  {across} →", *columns], rows, caption=name)


def _calendars(calendars: Mapping[str, Calendar], translate: Translator) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for name, calendar in calendars.items():
        notes = []
        if calendar.exceptions:
            count = len(calendar.exceptions)
            form = translate.plural("{count} exception", "{count} exceptions", count)
            notes.append(form.format(count=count))
        if calendar.closures:
            count = len(calendar.closures)
            form = translate.plural("{count} closure", "{count} closures", count)
            notes.append(form.format(count=count))
        if calendar.changes:
            dates = translate.listed(str(change.since) for change in calendar.changes)
            notes.append(translate("other hours or holidays from {dates} on").format(dates=dates))
        if terms_of(calendar):
            notes.append(translate("combined with other calendars"))
        hours = [*lines(week_text(calendar.week, translate), "holds"), *lines(notes, "also")]
        holidays = holidays_text(calendar.holidays, translate) or translate("none")
        rows.append([name, calendar.time_zone, hours, holidays])
    headings = [
        translate("calendar"),
        translate("time zone"),
        translate("hours"),
        translate("holidays"),
    ]
    yield table(headings, rows, caption=translate("Calendars"))


# Other sections ----------------------------------------------------------------------------------


def _refusals(refusals: Iterable[Refusal], translate: Translator) -> Iterator[ET.Element]:
    rows = [[describe_when(refusal.when, translate), refusal.because] for refusal in refusals]
    headings = [translate("where"), translate("because")]
    yield table(headings, rows, caption=translate("Refused tickets"))


def _coverage(coverages: Iterable[Coverage], translate: Translator) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = []
    for coverage in coverages:
        terms = []
        if coverage.from_ is not None:
            terms.append(translate("from {date} on").format(date=coverage.from_))
        if coverage.until is not None:
            terms.append(translate("until {date}").format(date=coverage.until))
        if coverage.for_ is not None:
            terms.append(translate("for {term}").format(term=coverage.for_))
        if coverage.when:
            conditions = describe_when(coverage.when, translate)
            terms.append(translate("where {asks}").format(asks=conditions))
        rows.append([translate.listed(terms), coverage.otherwise])
    headings = [translate("covered"), translate("otherwise")]
    yield table(headings, rows, caption=translate("Coverage: any one of these is enough"))


def _preconditions(
    preconditions: Mapping[str, Precondition], translate: Translator
) -> Iterator[ET.Element]:
    rows: list[list[Cell]] = [
        [
            name,
            precondition.words,
            "" if precondition.pause is None else _condition(precondition.pause, translate),
            translate.listed(precondition.metrics) or translate("all"),
        ]
        for name, precondition in preconditions.items()
    ]
    headings = [
        translate("precondition"),
        translate("requirement"),
        translate("clocks are paused while"),
        translate("metrics"),
    ]
    yield table(headings, rows, caption=translate("Preconditions"))


def _consequences(consequences: Mapping[str, str], translate: Translator) -> Iterator[ET.Element]:
    headings = [translate("consequence"), translate("description")]
    rows = list(map(list, consequences.items()))
    yield table(headings, rows, caption=translate("Consequences of missed targets"))


_SECTIONS: dict[str, Any] = {
    "tables": None,  # shown by `_tables`, which also needs the order of the metrics
    "adjustments": _adjustments,
    "metrics": _metrics,
    "attributes": _attributes,
    "fields": _fields,
    "calendars": _calendars,
    "refusals": _refusals,
    "coverage": _coverage,
    "preconditions": _preconditions,
    "consequences": _consequences,
    "objectives": objectives_table,
    "availability": availability_table,
    "duties": duties_table,
    "penalties": penalties_table,
    "settlement": settlement_table,
}
