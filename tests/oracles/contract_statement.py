"""A naive reckoning of a statement: shares of tickets, uptime, credits, and caps, in cents.

It walks ticket by ticket and interval by interval, shares no code with the product, and knows only
the standard library. Targets are plain lengths of time, and services run round the clock.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from tests.oracles.contract_credits import divide, half_up

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)


class Ticket(NamedTuple):
    """When it was received and solved, and whether it is a test."""

    received: datetime
    solved: datetime | None
    is_test: bool


class Promise(NamedTuple):
    """A scale of ``(below, percent)``, cents for each miss, and cents for each hour of lateness."""

    months: int
    target: Fraction
    steps: Sequence[tuple[Fraction, Fraction]] = ()
    per_miss: int = 0
    per_hour: int = 0
    grace: timedelta = timedelta(0)
    cap: Fraction | None = None  # percent of the fee


def month(year: int, number: int, months: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The midnights between which the months lie that end with one."""
    last = year * 12 + number
    edges = [divmod(n, 12) for n in (last - months, last)]
    first, after = (datetime.combine(date(of, place + 1, 1), time(), zone) for of, place in edges)
    return first, after


def tickets_line(
    promise: Promise,
    tickets: Sequence[Ticket],
    limit: timedelta,
    span: tuple[datetime, datetime],
    fee: int,
) -> int:
    """The cents that are owed for the tickets of a period, as of its end."""
    first, after = span
    met, lateness = 0, []
    for ticket in tickets:
        if (
            ticket.is_test
            or not first.timestamp() <= ticket.received.timestamp() < after.timestamp()
        ):
            continue
        due = ticket.received + limit
        solved = ticket.solved
        if solved is not None and solved >= after:
            solved = None
        if solved is not None and solved <= due:
            met += 1
        elif (solved or after) > due:
            lateness.append((solved or after).timestamp() - due.timestamp())
    decided = met + len(lateness)
    if not decided:
        return 0
    share = Fraction(met, decided)
    owed = _step(promise.steps, share) * fee / 100
    if share < promise.target:
        owed += promise.per_miss * len(lateness)
        for seconds in lateness:
            over = Fraction(seconds) - Fraction(promise.grace.total_seconds())
            while over > 0:
                owed += promise.per_hour
                over -= 3600
    return _capped(promise, owed, fee)


def uptime_line(
    promise: Promise,
    outages: Sequence[tuple[datetime, datetime | None]],
    span: tuple[datetime, datetime],
    fee: int,
) -> int:
    """The cents that are owed for the outages of a period."""
    first, after = (edge.timestamp() for edge in span)
    misses, down, reached = 0, 0.0, first
    for start, end in sorted(
        (start.timestamp(), after if end is None else end.timestamp()) for start, end in outages
    ):
        begin, stop = max(start, first), min(end, after)
        if begin >= stop:
            continue
        misses += begin > reached or not misses
        down += max(0, stop - max(begin, reached))
        reached = max(reached, stop)
    figure = 1 - Fraction(down) / Fraction(after - first)
    owed = _step(promise.steps, figure) * fee / 100
    if figure < promise.target:
        owed += promise.per_miss * misses
    return _capped(promise, owed, fee)


def total(lines: Sequence[int], cap: Fraction, fee: int) -> tuple[list[int], int]:
    """What lines come to under a cap, in percent of the fee; and their sum."""
    limit = half_up(cap * fee / 100)
    parts = divide(limit, lines) if sum(lines) > limit else [*lines]
    return parts, sum(parts)


def _step(steps: Sequence[tuple[Fraction, Fraction]], figure: Fraction) -> Fraction:
    lowest = min(((below, worth) for below, worth in steps if figure < below), default=None)
    return Fraction(0) if lowest is None else lowest[1]


def _capped(promise: Promise, owed: Fraction | int, fee: int) -> int:
    cents = half_up(Fraction(owed))
    return cents if promise.cap is None else min(cents, half_up(promise.cap * fee / 100))
