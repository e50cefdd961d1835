"""Versions of a policy: each says what is new from a date on, and inherits the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from slacalc._schema.faults import INVALID
from slacalc._schema.shapes import FrozenMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._policy.policy import Policy

# Sections in which a version adds to what the one before had; the others it replaces.
_MAPS = (
    "calendars",
    "attributes",
    "metrics",
    "tables",
    "preconditions",
    "consequences",
    "objectives",
)


def inherited(before: Any, version: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of a version: its own, and in them what the one before had beside it."""
    parts: dict[str, Any] = {"effective_until": None}
    for key, value in version.items():
        merges = key in _MAPS and value is not INVALID and getattr(before, key) is not INVALID
        parts[key] = FrozenMap({**getattr(before, key), **value}) if merges else value
    return parts


def term_text(version: Policy, following: Policy | None) -> str:
    """From when until when a version holds."""
    last = version.effective_until
    if following is not None and following.effective_from is not None:
        before = following.effective_from - timedelta(1)
        last = min(last or before, before)
    return f"{version.effective_from or '…'} to {last or '…'}"
