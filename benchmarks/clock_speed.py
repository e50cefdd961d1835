"""Clocks: a real log replayed, and what one ticket costs the longer its log grows.

The log is that of `examples/servicenow`. All measurements of a round follow one another in an order
drawn anew, as in `speed`; what the log costs to read is measured beside them, as the yardstick.
"""

from __future__ import annotations

import gc
import random
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from pages import table
from slacalc import Clock, Event, Policy, replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SEED = 8_225
ROUNDS = 15
CALLS = 20
LENGTHS = (10, 100, 1_000, 10_000)
EVENTS_A_SECOND = 50_000
_EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "servicenow"
_MONDAY = datetime(2024, 5, 6, 9, tzinfo=UTC)


@dataclass
class Measurement:
    """Something timed: what, of how many, and nanoseconds for each in every round."""

    label: str
    per: str
    count: int
    run: Callable[[], Any]
    rounds: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """Run it once more."""
        gc.collect()
        begun = perf_counter_ns()
        self.run()
        self.rounds.append((perf_counter_ns() - begun) / self.count)

    @property
    def fastest(self) -> float:
        """Nanoseconds in the best round."""
        return min(self.rounds)


def example() -> Any:
    """The example's own program, which reads the log."""
    sys.path.insert(0, str(_EXAMPLE))
    return import_module("replay")


def of_the_log() -> list[Measurement]:
    """What is measured on the real log."""
    known = example()
    incidents = list(known.read_incidents())
    events = sum(len(one.events) for one in incidents)
    policy: Policy = known.POLICY
    clocks = [one.clock() for one in incidents]
    opened = [policy.open(one.ticket, one.opened_at) for one in incidents]
    stored = [clock.to_dict(embed_policy=False) for clock in clocks]

    def apply_all() -> None:
        for first, one in zip(opened, incidents, strict=True):
            clock = first
            for event in one.events:
                clock = clock.apply(event)

    def states() -> None:
        for clock in clocks:
            for status in clock.status(clock.last_event_at).values():
                status.state, status.due  # noqa: B018 - reading them is what is measured

    return [
        Measurement(
            "read the log from its file: the yardstick",
            "event",
            events,
            lambda: list(known.read_incidents()),
        ),
        Measurement(
            "`replay`: open a clock, feed the whole log",
            "event",
            events,
            lambda: [one.clock() for one in incidents],
        ),
        Measurement(
            "`apply`, one by one, of opened clocks",
            "event",
            events,
            apply_all,
        ),
        Measurement("`status`: state and due of three metrics", "ticket", len(clocks), states),
        Measurement(
            "`Policy.deadlines`: the three due dates",
            "ticket",
            len(incidents),
            lambda: [policy.deadlines(one.ticket, one.opened_at) for one in incidents],
        ),
        Measurement(
            "`next_change`",
            "ticket",
            len(clocks),
            lambda: [clock.next_change(clock.last_event_at) for clock in clocks],
        ),
        Measurement(
            "`to_dict` without the policy",
            "ticket",
            len(clocks),
            lambda: [one.to_dict(embed_policy=False) for one in clocks],
        ),
        Measurement(
            "`from_dict`, from the stored state",
            "ticket",
            len(clocks),
            lambda: [Clock.from_dict(one, policy) for one in stored],
        ),
    ]


def _long_log(length: int) -> list[Event]:
    """A ticket that waits and goes on, every half hour."""
    return [
        Event(
            _MONDAY + number * timedelta(minutes=30),
            "changed",
            status="open" if number % 2 else "waiting",
        )
        for number in range(length)
    ]


def of_one_ticket() -> dict[int, list[Measurement]]:
    """What is measured on a single ticket, by the length of its log."""
    policy = Policy(
        "desk",
        calendars={"office": {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}},
        metrics={"resolution": {"stop": "resolved", "pause": {"status": "waiting"}}},
        tables={"everyone": [{"targets": {"resolution": "8000 working hours"}}]},
    )
    return {length: list(_one_ticket(policy, _long_log(length))) for length in LENGTHS}


def _one_ticket(policy: Policy, log: list[Event]) -> Iterator[Measurement]:
    clock = replay(policy, {}, log, _MONDAY)
    last, final = clock.last_event_at, Event(log[-1].at + timedelta(minutes=30), "note")
    times = max(1, LENGTHS[-1] // len(log) // 10)  # one call alone is too short to be timed

    def replayed() -> None:
        for _ in range(times):
            replay(policy, {}, log, _MONDAY)

    def applied() -> None:
        for _ in range(CALLS):
            clock.apply(final)

    def evaluated() -> None:
        for _ in range(CALLS):
            status = clock.status(last)["resolution"]
            status.state, status.due_if_resumed, status.elapsed  # noqa: B018 - as above

    yield Measurement("replay", "event", times * len(log), replayed)
    yield Measurement("apply", "call", CALLS, applied)
    yield Measurement("status", "call", CALLS, evaluated)


def measured() -> tuple[list[Measurement], dict[int, list[Measurement]]]:
    """Everything, in rounds of one order after another."""
    real, single = of_the_log(), of_one_ticket()
    everything = [*real, *(one for group in single.values() for one in group)]
    shuffle = random.Random(SEED).shuffle  # noqa: S311 - an order, no secret
    for one in everything:
        one.run()
    for _ in range(ROUNDS):
        shuffle(everything)
        for one in everything:
            one.measure()
    return real, single


def log_table(real: Sequence[Measurement]) -> str:
    """The real log: microseconds, and how many fit into a second."""
    yardstick = real[0]
    rows = [
        [
            one.label,
            one.per,
            f"{one.fastest / 1e3:,.1f}",
            f"{median(one.rounds) / 1e3:,.1f}",
            f"{1e9 / one.fastest:,.0f}",
            f"{one.fastest / yardstick.fastest:.2f}" if one.per == yardstick.per else "",
        ]
        for one in real
    ]
    header = ["", "each", "best µs", "median µs", "a second, at best", "× reading"]
    return table(header, rows, numbers=4)


def length_table(single: dict[int, list[Measurement]]) -> str:
    """One ticket: microseconds by the length of its log."""
    rows = [
        [f"{length:,}", *(f"{one.fastest / 1e3:,.1f}" for one in group)]
        for length, group in single.items()
    ]
    header = ["events", "`replay`, an event", "one more `apply`", "`status`"]
    return table(header, rows, numbers=4)
