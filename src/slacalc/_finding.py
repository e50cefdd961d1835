"""A finding of the linter; and what it finds in calendars, which needs no ticket."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from slacalc._attributes import value_text
from slacalc._instant import DAY, EPOCH_DAY
from slacalc._ledger import shown_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pendulum

    from slacalc._attributes import Value
    from slacalc._calendar import Calendar
    from slacalc._policy import Policy

Severity: TypeAlias = Literal["error", "warning", "notice"]
Window: TypeAlias = tuple[date, date]

_LONG_CLOSURE = 14 * DAY


@attrs.frozen(kw_only=True)
class Finding:
    """Something odd in a policy.

    Args:
        kind: What sort of oddity, such as ``"undercut"``.
        severity: ``"error"`` where an answer is impossible or absurd, ``"warning"`` where a promise
            is likely not what was meant, ``"notice"`` for what is good to know.
        path: Where it stands.
        message: What is odd.
        example: A ticket that shows it; empty where no ticket is needed.
        received_at: When that ticket is to be received; None where it does not matter.
    """

    kind: str
    severity: Severity
    path: str
    message: str
    example: dict[str, Value] = attrs.field(factory=dict)
    received_at: pendulum.DateTime | None = None

    def __str__(self) -> str:
        text = f"{self.severity}: {self.path}: {self.message} [{self.kind}]"
        if self.example:
            shown = ", ".join(f"{name} = {value_text(one)}" for name, one in self.example.items())
            at = f", received {shown_at(self.received_at)}" if self.received_at else ""
            text += f"\n  for example {shown}{at}"
        return text

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data, ready for JSON."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "path": self.path,
            "message": self.message,
            "example": dict(self.example),
            "received_at": None if self.received_at is None else self.received_at.isoformat(),
        }


def calendar_findings(
    policy: Policy, name: str, calendar: Calendar, window: Window
) -> Iterator[Finding]:
    """A calendar that is closed for long, whose holidays are unknown, or whose hours jump."""
    path = f"calendars.{name}"
    yield from _closures(path, calendar, window)
    yield from _unpublished(path, calendar, policy)
    yield from _clock_changes(path, calendar, window)


def _closures(path: str, calendar: Calendar, window: Window) -> Iterator[Finding]:
    first, last = window
    zone = calendar._zone
    begins, ends = zone.midnight(first), zone.midnight(last + timedelta(1))
    edges = [begins, *(e for span in calendar.timeline.spans(begins, ends) for e in span), ends]
    if len(edges) == 2:
        message = f"the calendar is never open from {first} to {last}"
        yield Finding(kind="never-open", severity="error", path=path, message=message)
        return
    for closes, opens in zip(edges[::2], edges[1::2], strict=True):
        if opens - closes > _LONG_CLOSURE:
            days = (opens - closes) // DAY
            message = f"closed for {days} days, from {zone.date(closes)} to {zone.date(opens)}"
            yield Finding(kind="long-closure", severity="notice", path=path, message=message)


def _unpublished(path: str, calendar: Calendar, policy: Policy) -> Iterator[Finding]:
    since, until = calendar.provisional_from, policy.effective_until
    if since is None or (until is not None and until < since):
        return
    term = f"the policy holds until {until}" if until else "the policy has no last day"
    message = (
        f"holidays are published until {since - timedelta(1)} and {term}: answers that reach "
        "past that date are provisional"
    )
    severity: Severity = "warning" if until else "notice"
    yield Finding(kind="unpublished-holidays", severity=severity, path=path, message=message)


def _clock_changes(path: str, calendar: Calendar, window: Window) -> Iterator[Finding]:
    first, last = window
    zone = calendar._zone
    segments = zone.segments(zone.midnight(first), zone.midnight(last))
    for (_, offset), (change, after) in pairwise(segments):
        if after <= offset:
            continue
        gap = (change + offset, change + after)  # readings that no clock shows
        day = date.fromordinal(EPOCH_DAY + gap[0] // DAY)
        for ordinal, hours in calendar._hours(day - timedelta(1), day):
            midnight = (ordinal - EPOCH_DAY) * DAY
            for shift in hours.shifts:
                opens, closes = midnight + shift.opens, midnight + shift.closes
                if opens < gap[1] and gap[0] < closes and closes - opens < DAY:
                    message = f"its hours touch the clock change of {day}, which skips part of them"
                    yield Finding(
                        kind="clock-change", severity="notice", path=path, message=message
                    )
                    return
