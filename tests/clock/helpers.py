"""Small policies and moments for the tests of clocks.

The desk is open Monday to Friday from 9 to 17 in UTC; the week is that of Monday 6 May 2024.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from slacalc import Clock, Event, Policy

if TYPE_CHECKING:
    from slacalc import CycleStatus

DAYS = {"Mo": 6, "Tu": 7, "We": 8, "Th": 9, "Fr": 10, "Sa": 11, "Su": 12}


def at(text: str) -> datetime:
    """``Mo 9:30`` of the week; ``Mo+7 9:30`` a week later."""
    day, clock = text.split()
    name, _, later = day.partition("+")
    hour, _, rest = clock.partition(":")
    minute, _, second = rest.partition(":")
    when = datetime(2024, 5, DAYS[name], int(hour), int(minute or 0), int(second or 0), tzinfo=UTC)
    return when + timedelta(days=int(later or 0))


def event(text: str, kind: str, /, **fields: Any) -> Event:
    """An event at a moment of the week."""
    return Event(at(text), kind, **fields)


def policy(
    metric: dict[str, Any], targets: dict[str, Any] | str = "8 working hours", **parts: Any
) -> Policy:
    """A policy with one metric, ``work``; targets may differ by priority."""
    if isinstance(targets, str):
        rows: list[Any] = [{"targets": {"work": targets}}]
    elif targets.keys() <= {"high", "low", "none"}:
        rows = [
            {"when": {"priority": name}, "targets": {"work": one}} for name, one in targets.items()
        ]
    else:
        rows = [{"targets": {"work": targets}}]
    return Policy.from_dict(
        {
            "name": "desk",
            "calendars": {"desk": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}},
            "attributes": {"priority": {"values": ["high", "low", "none"], "default": "low"}},
            "metrics": {"work": {"stop": "resolved"} | metric},
            "tables": {"promises": rows},
        }
        | parts
    )


def clock(
    of: Policy, *events: Event, opened: str = "Mo 9:00", ticket: dict[str, Any] | None = None
) -> Clock:
    """A clock opened on Monday at 9, fed with events one by one."""
    made = of.open(ticket or {}, at(opened))
    for one in events:
        made = made.apply(one)
    return made


def work(of: Clock, as_of: str) -> CycleStatus:
    """The status of the metric ``work``."""
    return of.status(at(as_of))["work"]


def hours(length: Any) -> float:
    """A length in hours."""
    return float(length.total_seconds()) / 3600


def shown(when: Any) -> str | None:
    """An instant as `at` reads it, in the week or the next."""
    if when is None:
        return None
    days = (when.date() - datetime(2024, 5, 6, tzinfo=UTC).date()).days
    later = f"+{days - days % 7}" if days >= 7 else ""
    name = [*DAYS][days % 7]
    return f"{name}{later} {when.hour}:{when:%M}" + (f":{when:%S}" if when.second else "")
