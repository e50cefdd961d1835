"""Payloads of products, made by hand after their documentation; see `README.md`."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from slacalc import Policy

DATA = Path(__file__).parent / "data"


def payload(name: str) -> Any:
    """A payload, such as ``jira/issue``; it may be changed."""
    return deepcopy(_load(name))


@cache
def _load(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


OFFICE = {"office": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}}


def desk(priority: str, high: str, *, pause: str, field: str = "status", **metric: Any) -> Policy:
    """A policy: replies within 2 working hours, and solutions within 4 if the priority is high.

    Args:
        priority: The attribute of the priority is declared with *high* and *priority*.
        high: The high priority.
        pause: The status in which the resolution is paused.
        field: The field of the status.
        metric: More of the metric ``resolution``.
    """
    return Policy(
        "desk",
        calendars=OFFICE,
        attributes={"priority": {"values": [high, priority], "default": priority}},
        metrics={
            "response": {"stop": {"event": "replied", "by": "agent", "public": True}},
            "resolution": {"stop": "resolved", "pause": {field: pause}, **metric},
        },
        tables={
            "all": [
                {
                    "when": {"priority": high},
                    "targets": {
                        "response": "2 working hours",
                        "resolution": "4 working hours",
                    },
                },
                {"targets": {"response": "4 working hours", "resolution": "16 working hours"}},
            ]
        },
        calendar="office",
    )
