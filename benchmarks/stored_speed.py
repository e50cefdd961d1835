"""Clocks of a program that stores them: to read, to add to, their size, and the memory of many.

A ticket with 30 events and two metrics. All measurements of a round follow one another in an order
drawn anew, as in `clock_speed`. Memory is what `tracemalloc` sees of many clocks, less what they
share.
"""

from __future__ import annotations

import gc
import json
import random
import tracemalloc
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from clock_speed import Measurement
from pages import table
from slacalc import Clock, Event, Policy

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS, CALLS, ROUNDS, SEED = 30, 200, 15, 30
CLOCKS, MANY = 2_000, 100_000
FROM_DICT, CHANGES = "`from_dict`, with the state", "`changes` over the first ten days"
_MONDAY = datetime(2024, 5, 6, 9, tzinfo=UTC)
POLICY = Policy(
    "desk",
    calendars={"office": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}},
    attributes={"priority": {"values": ["high", "normal"], "default": "normal"}},
    metrics={
        "response": {"stop": {"event": "replied", "by": "agent"}},
        "resolution": {"stop": "resolved", "pause": {"status": "waiting"}},
    },
    tables={
        "all": [{"targets": {"response": "2 working hours", "resolution": "80 working hours"}}]
    },
    warnings=["75 %"],
)


def fed(number: int = 0, *, keys: bool = False) -> Clock:
    """A clock that got its events one by one: messages, and a ticket that waits and goes on."""
    at = _MONDAY + timedelta(seconds=number)
    clock = POLICY.open({"priority": "normal", "group": "web"}, at)
    for count in range(EVENTS):
        at += timedelta(minutes=30)
        kind, fields = "replied", {"by": "agent" if count % 2 else "customer"}
        if count % 3:
            kind, fields = "changed", {"status": "open" if count % 3 == 1 else "waiting"}
        event = Event(at, kind, **fields)
        clock = clock.insert(event, key=f"msg-{number}-{count}") if keys else clock.apply(event)
    return clock


def text_of(clock: Clock, *, state: bool = True) -> str:
    """The clock as it stands in a database."""
    return json.dumps(clock.to_dict(embed_policy=False, state=state), separators=(",", ":"))


def _many(call: Callable[[], Any]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(CALLS):
            call()

    return run


def measured(rounds: int = ROUNDS) -> list[Measurement]:
    """What is timed, with the second of each pair as the yardstick of the first."""
    clock = fed(keys=True)
    with_state, without = (json.loads(text_of(clock, state=state)) for state in (True, False))
    restored = Clock.from_dict(with_state, POLICY)
    if restored != clock or restored != Clock.from_dict(without, POLICY):
        msg = "a clock is another one when it has been stored"
        raise AssertionError(msg)
    last = clock.last_event_at
    final, late = (Event(at, "note") for at in (last + timedelta(minutes=1), _MONDAY))
    calls: dict[str, Callable[[], Any]] = {
        FROM_DICT: lambda: Clock.from_dict(with_state, POLICY),
        "`from_dict` without it, which replays": lambda: Clock.from_dict(without, POLICY),
        "`insert` of the newest event": lambda: clock.insert(final),
        "`apply` of it": lambda: clock.apply(final),
        "`insert` of an event older than all": lambda: clock.insert(late),
        "`insert` of a message that comes twice": lambda: clock.insert(clock.events[9]),
        "`observe` of what is so already": lambda: clock.observe(last, **clock.fields),
        "`to_dict`, with the state": lambda: clock.to_dict(embed_policy=False),
        "`summary`": lambda: clock.summary(last),
        "`notices` from the opening on": lambda: clock.notices(None, last),
        CHANGES: lambda: clock.changes(clock.events[0].at, clock.events[0].at + timedelta(days=10)),
    }
    everything = [Measurement(name, "call", CALLS, _many(call)) for name, call in calls.items()]
    order, shuffle = [*everything], random.Random(SEED).shuffle  # noqa: S311 - an order, no secret
    for one in order:
        one.run()
    for _ in range(rounds):
        shuffle(order)
        for one in order:
            one.measure()
    return everything


def speed_table(everything: list[Measurement]) -> str:
    """Microseconds a call, and how many times the `apply` of one event."""
    yardstick = next(one for one in everything if one.label == "`apply` of it")
    rows = [
        [
            one.label,
            f"{one.fastest / 1e3:,.1f}",
            f"{median(one.rounds) / 1e3:,.1f}",
            f"{one.fastest / yardstick.fastest:.1f}",
        ]
        for one in everything
    ]
    return table(["", "best µs", "median µs", "× `apply`"], rows, numbers=3)


def memory(clocks: int = CLOCKS) -> dict[str, float]:
    """Bytes for each of many clocks, by the way in which a program comes by them."""
    stored = text_of(fed())
    makers: dict[str, Callable[[int], Clock]] = {
        "from storage": lambda _: Clock.from_dict(json.loads(stored), POLICY),
        "fed event by event": fed,
        "fed event by event, with keys": lambda number: fed(number, keys=True),
    }
    sizes = {}
    for form, make in makers.items():
        kept = [make(number) for number in range(100)]  # what all clocks share is there now
        gc.collect()
        tracemalloc.start()
        kept += [make(number) for number in range(clocks)]
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        sizes[form] = size / clocks
    return sizes


def size_table(sizes: dict[str, float]) -> str:
    """The size of a stored clock, and the memory of many."""
    clock = fed()
    rows = [
        ["stored, without the state", f"{len(text_of(clock, state=False)) / 1e3:.1f}", ""],
        ["stored, with the state", f"{len(text_of(clock)) / 1e3:.1f}", ""],
    ]
    rows += [
        [f"in memory, {form}", f"{size / 1e3:.1f}", f"{size * MANY / 1e9:.2f}"]
        for form, size in sizes.items()
    ]
    return table(["", "kB a clock", f"GB for {MANY:,}"], rows, numbers=2)
