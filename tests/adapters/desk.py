"""A policy for tickets from anywhere, around the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc import Policy

if TYPE_CHECKING:
    from slacalc.adapters import TicketLog


def desk(pause: dict[str, Any], **attributes: list[str]) -> Policy:
    """Response in 1 hour, resolution in 4 hours, or in 2 hours where the priority is high."""
    rows: list[dict[str, Any]] = [{"targets": {"response": "1 hour", "resolution": "4 hours"}}]
    if "priority" in attributes:
        high = {"priority": attributes["priority"][0]}
        rows.insert(0, {"when": high, "targets": {"response": "1 hour", "resolution": "2 hours"}})
    return Policy(
        "desk",
        attributes={
            name: {"values": values, "default": values[-1]} for name, values in attributes.items()
        },
        metrics={
            "response": {"stop": {"event": "replied", "by": "agent", "public": True}},
            "resolution": {"stop": "resolved", "pause": pause},
        },
        tables={"all": rows},
    )


def lines(log: TicketLog) -> list[str]:
    """The events of a log, a line each: time of day, type, fields, and key."""
    texts = []
    for event in log.events:
        fields = " ".join(f"{name}={value}" for name, value in event.fields.items())
        texts.append(
            " ".join(filter(None, (f"{event.at:%H:%M:%S}", event.type, fields, event.key)))
        )
    return texts


def insert_again(policy: Policy, log: TicketLog) -> bool:
    """Whether a clock stays the same when the events of its log come again."""
    clock = log.replay(policy)
    return clock.insert(*log.events) is clock
