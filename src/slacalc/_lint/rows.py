"""Findings on rows: out of reach, never reached, missing, or undercut by other tables."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from itertools import combinations, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._lint.cases import STEPS_OF_DUE
from slacalc._lint.due_dates import LintContext, example_instant
from slacalc._policy.records import field_of_date
from slacalc.errors import HorizonError, NeverOpen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._lint.cases import Case
    from slacalc._lint.findings import Finding, Severity
    from slacalc._policy.matching import MatchedRow
    from slacalc._policy.records import Metric


class _Example(NamedTuple):
    """A case and an instant of receipt for which one row is due later than another."""

    case: Case
    slow: MatchedRow
    quick: MatchedRow
    at: int | None


def find_unreachable_targets(context: LintContext) -> Iterator[Finding]:
    """Find targets that no calendar can meet, and limits that come before their target."""
    checked = set()
    for case in context.case_set.cases:
        for name, metric in context.policy.metrics.items():
            for row in case.matched[name]:
                key = (name, row.table, row.place, row.target)
                if row.target.within is None or key in checked:
                    continue
                checked.add(key)
                yield from _check_target(context, case, name, metric, row)


def _check_target(
    context: LintContext, case: Case, name: str, metric: Metric, row: MatchedRow
) -> Iterator[Finding]:
    path = f"tables.{row.table}[{row.place}].targets.{name}"
    context.effort.spend(STEPS_OF_DUE * len(case.receipt.instants))
    for start in case.receipt.instants:
        try:
            target_due = context.matcher.due(row, metric, start)
        except (NeverOpen, HorizonError) as error:
            message = f"{row.target.within} can never be met: {error}"
            yield context.finding("out-of-reach", "error", path, message, case, at=start)
            return
        if target_due.limit < target_due.due:
            message = f"the limit, {row.target.limit}, ends before {row.target.within} do"
            yield context.finding(
                "limit-before-target", "error", f"{path}.limit", message, case, at=start
            )
            return


def find_unplaced_warnings(context: LintContext) -> Iterator[Finding]:
    """Find warnings for which the calendar of the target has no moment."""
    checked = set()
    for case in context.case_set.cases:
        for name, metric in context.policy.metrics.items():
            for row in case.matched[name]:
                key = name, row.table, row.place
                if row.target.within is None or key in checked:
                    continue
                checked.add(key)
                path = f"tables.{row.table}[{row.place}].targets.{name}"
                for message, start in _unplaced(context, case, metric, row).items():
                    yield context.finding(
                        "unplaced-warning", "warning", path, message, case, at=start
                    )


def _unplaced(context: LintContext, case: Case, metric: Metric, row: MatchedRow) -> dict[str, int]:
    """What is wrong with the warnings of a row, each with the first instant that shows it."""
    messages: dict[str, int] = {}
    warnings = context.matcher.warnings(row.target, metric)
    context.effort.spend(STEPS_OF_DUE * len(case.receipt.instants) * (1 + len(warnings)))
    for start in case.receipt.instants:
        with suppress(NeverOpen, HorizonError):
            target_due = context.matcher.due(row, metric, start)
            for warning, at, reason in context.matcher.placed_warnings(target_due, metric, start):
                if at is None:
                    message = f"the warning {str(warning.at)!r} cannot be placed: {reason}"
                    messages.setdefault(message, start)
    return messages


def find_unreachable_rows(context: LintContext) -> Iterator[Finding]:
    """Find rows, or targets of rows, for which an earlier row of the table always matches."""
    for table, rows in context.policy.tables.items():
        for index, row in enumerate(rows):
            shadowed = {
                name: earlier
                for name in row.targets
                if (earlier := _earlier_rows(context, table, index, name))
            }
            if not shadowed and row.targets:
                continue
            is_whole = len(shadowed) == len(row.targets)
            path = f"tables.{table}[{index}]"
            path += "" if is_whole else f".targets.{next(iter(shadowed))}"
            case = next(
                (case for case in context.case_set.cases if meets(context, case, row)), None
            )
            if not row.targets:
                message = "the row has no targets"
            elif case is None:
                message = "no ticket that the policy accepts meets these conditions"
            else:
                verb = "are" if len(shadowed) > 1 else "is"
                part = "the row is" if is_whole else f"its {' and '.join(shadowed)} {verb}"
                message = f"{part} never reached: {next(iter(shadowed.values()))} comes first"
            yield context.finding("unreachable-row", "warning", path, message, case)


def _earlier_rows(context: LintContext, table: str, index: int, metric: str) -> str:
    """The rows that always match before a row; empty if the row may be reached.

    If not all tickets were tried, the only proof is one earlier row with all tickets of the row.
    """
    if (metric, table, index) in context.reached:
        return ""
    row = context.policy.tables[table][index]
    for other in takewhile(lambda row: row.place < index, context.matcher.rows(metric, table)):
        if context.case_set.includes(other.row, row):
            return f"{table}[{other.place}]"
    if not context.case_set.is_exhaustive:
        return ""
    places = {
        matched.place
        for case in context.case_set.cases
        if meets(context, case, row)
        for matched in case.matched[metric]
        if matched.table == table
    }
    return " or ".join(f"{table}[{place}]" for place in sorted(places)) or "nothing"


def meets(context: LintContext, case: Case, row: Any) -> bool:
    """Whether the ticket of a case meets the conditions of a row or an adjustment."""
    context.effort.spend(10 + len(context.policy.attributes))
    values = context.matcher.read(case.ticket)
    return context.matcher.ticket(values, context.matcher.receipt(case.receipt.instants[0])).meets(
        row
    )


def find_uncovered_tickets(context: LintContext) -> Iterator[Finding]:
    """Find tickets to which nothing at all is promised."""
    uncovered = [case for case in context.case_set.cases if not any(case.matched.values())]
    if uncovered:
        # Of all examples the one with the most attributes: what it lacks is the reason.
        example = max(uncovered, key=lambda case: len(case.ticket))
        values, tested = context.matcher.read(example.ticket), context.case_set.classes
        lacking = " and ".join(name for name in tested if name not in values)
        who = f"some tickets that lack {lacking}" if lacking else "some tickets"
        share = f"{len(uncovered)} of {len(context.case_set.cases)} cases tried"
        message = f"nothing is promised to {who} ({share})"
        if lacking:
            message += ": a condition on an attribute that a ticket lacks is not met"
        yield context.finding("uncovered-ticket", "warning", "tables", message, example)


def find_undercut_promises(context: LintContext) -> Iterator[Finding]:
    """Find tables that always promise a metric later than another table with the same tickets.

    A slower table for more tickets than the quicker one is usual: a promise to everybody, and a
    better one to some. A slower table for as many or fewer tickets is probably not intended.
    """
    breadth = Counter(
        table
        for case in context.case_set.cases
        for table in {row.table for rows in case.matched.values() for row in rows}
    )
    for metric in context.policy.metrics:
        for tables in combinations(context.policy.tables, 2):
            later: list[_Example] = []
            earlier: list[_Example] = []
            for case, first, second in _pairs_of_rows(context, metric, *tables):
                result = context.compare(
                    (metric, (first,)), (metric, (second,)), case.receipt.instants
                )
                if result.later is not None:
                    at = example_instant(result.later, result, case)
                    later.append(_Example(case, first, second, at))
                if result.earlier is not None:
                    at = example_instant(result.earlier, result, case)
                    earlier.append(_Example(case, second, first, at))
            if bool(later) != bool(earlier):
                example = (later or earlier)[0]
                if not context.case_set.is_exhaustive and not _is_always_slower(
                    context, metric, example
                ):
                    continue
                is_tier = breadth[example.slow.table] > breadth[example.quick.table]
                yield _undercut(context, metric, example, "notice" if is_tier else "warning")
    yield from _find_never_strictest(context)


def _pairs_of_rows(
    context: LintContext, metric: str, first_table: str, second_table: str
) -> list[tuple[Case, MatchedRow, MatchedRow]]:
    """The different pairs of rows of two tables that match the same case, with such a case.

    None at all if one of them is due at a date of the ticket, which may come before or after.
    """
    context.effort.spend(len(context.case_set.cases))
    pairs: dict[Any, tuple[Case, MatchedRow, MatchedRow]] = {}
    for case in context.case_set.cases:
        by_table = {row.table: row for row in case.matched[metric] if row.target.within}
        if first_table in by_table and second_table in by_table:
            first, second = by_table[first_table], by_table[second_table]
            if field_of_date(first.target) or field_of_date(second.target):
                return []
            key = (first.place, first.target, second.place, second.target, case.receipt.words)
            pairs.setdefault(key, (case, first, second))
    return list(pairs.values())


def _is_always_slower(context: LintContext, metric: str, example: _Example) -> bool:
    """Whether no two rows of the tables that may match the same ticket contradict the example."""
    if context.matcher.is_resolved(metric):
        return False  # their targets depend on the ticket
    slow, quick = (
        [row for row in context.matcher.rows(metric, table) if row.target.within]
        for table in (example.slow.table, example.quick.table)
    )
    return all(
        context.case_set.exclude(first.row, second.row)
        or context.compare(
            (metric, (first,)), (metric, (second,)), context.case_set.instants
        ).earlier
        is None
        for first in slow
        for second in quick
    )


def _undercut(context: LintContext, metric: str, example: _Example, severity: Severity) -> Finding:
    case, slow, quick, at = example
    message = (
        f"{slow.table} promises {metric} later than {quick.table} wherever both do, so "
        f"{quick.table} applies: {slow.target.within} in {slow.table}[{slow.place}], "
        f"{quick.target.within} in {quick.table}[{quick.place}]"
    )
    path = f"tables.{slow.table}[{slow.place}].targets.{metric}"
    return context.finding("undercut", severity, path, message, case, at=at)


def _find_never_strictest(context: LintContext) -> Iterator[Finding]:
    """Find targets that are due later than those of other tables for every ticket."""
    strictest: dict[tuple[str, str, int], bool] = {}
    examples: dict[tuple[str, str, int], tuple[Case, MatchedRow, int | None]] = {}
    for case in context.case_set.cases:
        for metric, matched in case.matched.items():
            rows = [row for row in matched if row.target.within]
            for row in rows:
                key = (metric, row.table, row.place)
                if strictest.get(key):
                    continue
                others = tuple(other for other in rows if other is not row)
                result = context.compare((metric, (row,)), (metric, others), case.receipt.instants)
                strictest[key] = result.later is None or result.earlier is not None
                examples[key] = (case, row, example_instant(result.later, result, case))
    for (metric, table, index), is_strictest in strictest.items():
        case, row, at = examples[metric, table, index]
        is_proven = context.case_set.is_exhaustive or _is_dominated(context, metric, row, case)
        if not is_strictest and is_proven:
            path = f"tables.{table}[{index}].targets.{metric}"
            message = f"{row.target.within} is never the strictest promise of {metric}"
            yield context.finding("never-strictest", "warning", path, message, case, at=at)


def _is_dominated(context: LintContext, metric: str, row: MatchedRow, case: Case) -> bool:
    """Whether another table promises a metric no later than a row, for every ticket."""
    if context.matcher.is_resolved(metric):
        return False  # their targets depend on the ticket
    for table in context.policy.tables:
        rivals = context.case_set.rivals(row, metric, table) if table != row.table else None
        if rivals and all(
            rival.target.within
            and context.compare((metric, (row,)), (metric, (rival,)), case.receipt.instants).earlier
            is None
            for rival in rivals
        ):
            return True
    return False
