"""Show a status, or one cycle of it, as an HTML table: its state, due dates and figures.

The view of a clock shows the same table below its picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slacalc._clock.state_machine import describe_pause
from slacalc._clock.status import cycle_of, evaluator_of, result_of
from slacalc._html.markup import AMBER, BLUE, GREEN, GREY, RED, dot, quiet, table, title, view
from slacalc._i18n import N_, translator
from slacalc._policy.deadlines import describe_coverage, describe_reason
from slacalc._policy.target_time import describe_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from xml.etree import ElementTree as ET

    from pendulum import DateTime

    from slacalc._clock.status import CycleStatus, Status
    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator

_MOST_CYCLES = 5  # of one metric

STATES = {
    "not covered": (N_("not covered"), GREY),
    "no target": (N_("no target"), GREY),
    "not started": (N_("not started"), GREY),
    "running": (N_("running"), BLUE),
    "paused": (N_("paused"), GREY),
    "met": (N_("met"), GREEN),
    "late": (N_("late"), AMBER),
    "breached": (N_("breached"), RED),
    "cancelled": (N_("cancelled"), GREY),
    "not owed": (N_("not owed"), GREY),
}


def status_html(status: Status, *, language: str) -> str:
    """A status as HTML."""
    translate = translator(language)
    heading = translate("Status under {policy}").format(policy=status.policy)
    cycles, notes = latest_cycles(status, translate)
    return view(
        title(heading),
        _as_of(status.as_of, translate),
        quiet(describe_coverage(status.coverage_note, translate)) if status.coverage_note else None,
        status_table(cycles, status.as_of, heading, translate),
        *map(quiet, notes),
        label=heading,
    )


def cycle_html(cycle: CycleStatus, *, language: str) -> str:
    """The status of one cycle as HTML."""
    translate, result = translator(language), result_of(cycle)
    heading = translate("Status of {metric}").format(metric=cycle_name(cycle))
    as_of = result.clock.zone.datetime(result.at)
    return view(
        title(heading),
        _as_of(as_of, translate),
        status_table([cycle], as_of, heading, translate),
        label=heading,
    )


def _as_of(at: DateTime, translate: Translator) -> ET.Element:
    """When it was evaluated, and the zone of the instants."""
    as_of = translate("as of {at}").format(at=translate.instant(at))
    return quiet(translate("; ").join([as_of, at.timezone_name or ""]))


def latest_cycles(status: Status, translate: Translator) -> tuple[list[CycleStatus], list[str]]:
    """The last few cycles of each metric, and notes about those that are not shown."""
    shown: list[CycleStatus] = []
    notes: list[str] = []
    for metric in status:
        cycles = status.cycles(metric)
        shown += cycles[-_MOST_CYCLES:]
        if len(cycles) > _MOST_CYCLES:
            form = translate("{count} earlier cycles of {metric} are not shown")
            notes.append(form.format(count=len(cycles) - _MOST_CYCLES, metric=metric))
    return shown, notes


def cycle_name(cycle: CycleStatus) -> str:
    """The metric of a cycle, and its number from the second one on."""
    return f"{cycle.metric} ({cycle.cycle})" if cycle.cycle > 1 else cycle.metric


def status_table(
    cycles: Sequence[CycleStatus], as_of: DateTime, caption: str, translate: Translator
) -> ET.Element:
    """The table of cycles, below a title with the same words as its caption."""
    # Offsets are shown if one differs from that of the heading, as of a target in another zone.
    offsets = {
        at.utcoffset() for cycle in cycles for at in (cycle.start, cycle.due, cycle.limit) if at
    }
    offset = "%z" if offsets - {as_of.utcoffset()} else ""
    headings = [
        translate("metric"),
        translate("state"),
        translate("due"),
        translate("limit"),
        translate("used"),
        translate("paused"),
        translate("promised by"),
        translate("notes"),
    ]
    rows = [_cells(cycle, translate, offset) for cycle in cycles]
    classes = ["", "time", "time", "time", "time", "promise", "promise", "promise"]
    return table(headings, rows, caption=caption, is_titled=True, classes=classes)


def _cells(cycle: CycleStatus, translate: Translator, offset: str) -> list[Cell]:
    state, colour = STATES[cycle.state]
    result = result_of(cycle)
    used = "" if cycle.elapsed is None else translate.length(result.elapsed, has_days=False)
    if result.total is not None:
        total = translate.length(result.total, has_days=False)
        used = translate("{elapsed} of {total}").format(elapsed=used, total=total)
    evaluator, form = evaluator_of(cycle), translate("{name}: {value}")
    pauses = [
        form.format(
            name=translate.length(length, has_days=False),
            value=describe_pause(evaluator, reason, translate),
        )
        for reason, length in evaluator.paused(cycle_of(cycle), result).items()
    ]
    row = ""
    if cycle.table is not None and cycle.within is not None:
        row = f"{cycle.table}[{cycle.row}]: {describe_time(cycle.within, translate)}"
    return [
        cycle_name(cycle),
        [dot(colour), translate(state)],
        _due_text(cycle.due, cycle.due_if_resumed, translate, offset),
        _due_text(cycle.limit, cycle.limit_if_resumed, translate, offset),
        used,
        translate("; ").join(pauses),
        row,
        translate("; ").join(_notes(cycle, translate, offset)),
    ]


def _due_text(
    at: datetime | None, if_resumed: datetime | None, translate: Translator, offset: str
) -> str:
    if at is None and if_resumed is not None:
        text = translate.instant(if_resumed, offset)
        return translate("{at} if resumed").format(at=text)
    return "" if at is None else translate.instant(at, offset)


def _notes(cycle: CycleStatus, translate: Translator, offset: str) -> Iterator[str]:
    if cycle.is_paused and cycle.due is None:
        evaluator = evaluator_of(cycle)
        reasons = (describe_pause(evaluator, why, translate) for why in cycle.pause_reasons)
        form = translate("{state}: {reasons}")
        yield form.format(state=translate("paused"), reasons=translate("; ").join(reasons))
    elif cycle.due is None and cycle.reason:
        yield describe_reason(cycle.reason, translate)
    if cycle.stopped_at is not None:
        yield translate("stopped {at}").format(at=translate.instant(cycle.stopped_at, offset))
    if cycle.cancelled_at is not None:
        yield translate("cancelled {at}").format(at=translate.instant(cycle.cancelled_at, offset))
    if cycle.ever_breached and cycle.state != "breached":
        yield translate("breached earlier")
    if cycle.override is not None:
        form = translate("set by {author}: {reason}")
        yield form.format(author=cycle.override.author, reason=cycle.override.reason)
    if cycle.consequence and cycle.state in ("late", "breached"):
        yield translate("missed: {consequence}").format(consequence=cycle.consequence)
    if cycle.provisional_from is not None:
        form = translate("provisional: holidays from {date} on are not published yet")
        yield form.format(date=cycle.provisional_from)
