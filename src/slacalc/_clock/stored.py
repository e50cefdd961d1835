"""The stored form of a clock: what its keys are, and what is refused.

A stored clock is its policy, its ticket and its log. What the machine made of them is not stored:
it is worked out again, so that no stored state can disagree with the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slacalc._clock.events import plain, thawed
from slacalc.errors import ClockError

FORMAT = 1
KEYS = frozenset(
    {
        "format",
        "policy_name",
        "policy_effective_from",
        "policy_fingerprint",
        "policy",
        "opened_at",
        "ticket",
        "events",
    }
)


def policy_text(data: Mapping[str, Any]) -> str:
    """The policy that a clock was stored under, for messages."""
    since = data.get("policy_effective_from")
    version = f"version of {since}, " if since else ""
    fingerprint = str(data.get("policy_fingerprint"))[:8]
    return f"{data.get('policy_name')} ({version}fingerprint {fingerprint})"


def refuse_foreign(data: Any) -> None:
    """Raise `ClockError` where data are no clock that this version can read."""
    needed = ("format", "opened_at", "ticket", "events")
    if not isinstance(data, Mapping) or not all(name in data for name in needed):
        msg = f"this is no stored clock: it needs {', '.join(needed)}"
        raise ClockError(msg, given=data)
    if not isinstance(data["format"], int) or data["format"] > FORMAT:
        msg = (
            f"the clock was stored in format {data['format']!r}, and this version of slacalc reads "
            f"formats up to {FORMAT}: use a later one"
        )
        raise ClockError(msg, given=data["format"])
    if not isinstance(data["ticket"], Mapping) or isinstance(data["events"], str | Mapping):
        msg = "this is no stored clock: its ticket is a table, and its events are a list"
        raise ClockError(msg, given=data)


def stored_ticket(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a ticket as JSON has them."""
    return {name: thawed(plain(name, one)) for name, one in ticket.items()}
