"""A policy of one metric and one table, with which the tests of policies work.

The office works 9 to 17 in Paris, Monday to Friday. 2024-05-03 is a Friday.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slacalc import Deadline, Policy

PARIS = ZoneInfo("Europe/Paris")
OFFICE = {"time_zone": "Europe/Paris", "week": {"mon-fri": "9-17"}}
FRIDAY = datetime(2024, 5, 3, 16, tzinfo=PARIS)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(f"2024-05-{text}").replace(tzinfo=PARIS)


def policy(*rows: dict[str, Any] | str, **parts: Any) -> Policy:
    """A policy with one metric, `resolution`, and one table; a text stands for a row's target."""
    table = [row if isinstance(row, dict) else {"targets": {"resolution": row}} for row in rows]
    return Policy(
        "desk",
        **{
            "calendars": {"office": OFFICE},
            "attributes": {"severity": ["high", "medium", "low"], "kind": {"kind": "text"}},
            "metrics": {"resolution": {"stop": "resolved"}},
            "tables": {"standard": table},
            **parts,
        },
    )


def row(target: Any, **when: Any) -> dict[str, Any]:
    return {"when": when, "targets": {"resolution": target}}


def resolution(
    desk: Policy, ticket: dict[str, Any] | None = None, at: Any = FRIDAY, **more: Any
) -> Deadline:
    return desk.deadlines(ticket or {}, at, **more)["resolution"]
