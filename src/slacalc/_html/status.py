"""A status as a table: where each cycle stands, in words and figures.

This module stands above `_status`, which imports it when a status is to be shown, and above the
view of a clock, below whose picture the same table stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._clock.status import cycle_of, evaluator_of, result_of
from slacalc._html.markup import AMBER, BLUE, GREEN, GREY, RED, dot, quiet, table, title, view
from slacalc._i18n import N_, translator
from slacalc._policy.deadlines import describe_coverage, describe_reason
from slacalc._policy.target_time import told as within_told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree import ElementTree as ET

    from slacalc._clock.status import CycleStatus, Status
    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator

_CYCLES = 5  # the most of one metric that are shown

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
}


def status_html(status: Status, *, language: str) -> str:
    """A status as HTML: where each promise stands."""
    translate = translator(language)
    heading = translate("Status under {policy}").format(policy=status.policy)
    shown = translate("as of {at}").format(at=translate.instant(status.as_of))
    return view(
        title(heading),
        quiet(translate("; ").join([shown, status.as_of.timezone_name or ""])),
        quiet(describe_coverage(status.coverage_note, translate)) if status.coverage_note else None,
        status_table(status, translate),
        *map(quiet, latest(status, translate)[1]),
        label=heading,
    )


def latest(status: Status, translate: Translator) -> tuple[list[CycleStatus], list[str]]:
    """The last few cycles of each metric, and how many there are besides."""
    shown: list[CycleStatus] = []
    notes: list[str] = []
    for metric in status:
        cycles = status.cycles(metric)
        shown += cycles[-_CYCLES:]
        if len(cycles) > _CYCLES:
            form = translate("{count} earlier cycles of {metric} are not shown")
            notes.append(form.format(count=len(cycles) - _CYCLES, metric=metric))
    return shown, notes


def status_table(status: Status, translate: Translator) -> ET.Element:
    """Where each cycle stands, in words and figures."""
    shown, _ = latest(status, translate)
    offsets = {at.utcoffset() for one in shown for at in (one.start, one.due, one.limit) if at}
    offset = "%z" if offsets - {status.as_of.utcoffset()} else ""
    heads = [
        translate("metric"),
        translate("state"),
        translate("due"),
        translate("limit"),
        translate("used"),
        translate("paused"),
        translate("promised by"),
        translate("notes"),
    ]
    rows = [_status_cells(one, translate, offset) for one in shown]
    return table(heads, rows, classes=["", "time", "time", "time", "time"])


def _status_cells(one: CycleStatus, translate: Translator, offset: str) -> list[Cell]:
    state, colour = STATES[one.state]
    verdict = result_of(one)
    used = "" if one.elapsed is None else translate.length(verdict.elapsed, has_days=False)
    if verdict.total is not None:
        total = translate.length(verdict.total, has_days=False)
        used = translate("{elapsed} of {total}").format(elapsed=used, total=total)
    paused = evaluator_of(one).paused(cycle_of(one), verdict)
    rests = [
        f"{translate.length(length, has_days=False)}: {reason}" for reason, length in paused.items()
    ]
    row = ""
    if one.table is not None and one.within is not None:
        row = f"{one.table}[{one.row}]: {within_told(one.within, translate)}"
    return [
        one.metric + (f" ({one.cycle})" if one.cycle > 1 else ""),
        [dot(colour), translate(state)],
        _bound_told(one.due, one.due_if_resumed, translate, offset),
        _bound_told(one.limit, one.limit_if_resumed, translate, offset),
        used,
        translate("; ").join(rests),
        row,
        translate("; ").join(_status_notes(one, translate, offset)),
    ]


def _bound_told(at: Any, if_resumed: Any, translate: Translator, offset: str) -> str:
    if at is None and if_resumed is not None:
        shown = translate.instant(if_resumed, offset)
        return translate("{at} if resumed").format(at=shown)
    return "" if at is None else translate.instant(at, offset)


def _status_notes(one: CycleStatus, translate: Translator, offset: str) -> Iterator[str]:
    if one.due is None and one.reason:
        yield describe_reason(one.reason, translate)
    if one.stopped_at is not None:
        yield translate("stopped {at}").format(at=translate.instant(one.stopped_at, offset))
    if one.cancelled_at is not None:
        yield translate("cancelled {at}").format(at=translate.instant(one.cancelled_at, offset))
    if one.ever_breached and one.state != "breached":
        yield translate("was breached before")
    if one.override is not None:
        form = N_("set by {author}: {reason}")
        yield translate(form).format(author=one.override.author, reason=one.override.reason)
    if one.consequence and one.state in ("late", "breached"):
        yield translate("missed: {consequence}").format(consequence=one.consequence)
    if one.provisional_from is not None:
        form = N_("provisional: holidays from {date} on are not published yet")
        yield translate(form).format(date=one.provisional_from)
