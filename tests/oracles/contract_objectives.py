"""A naive evaluation of objectives: one ticket after another, on a clock that never stops.

It shares no code with the product and knows only the standard library. All times are whole numbers
of one unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Ticket:
    """A ticket: its instants (None: it never happens), and its attributes."""

    created: int
    stopped: int | None
    cancelled: int | None
    tier: str
    kind: str


@dataclass(frozen=True)
class Promise:
    """An objective: which tickets, which figure, and what holds for few of them.

    Args:
        tiers: The tiers that count; empty for all.
        exceptions: Pairs of a kind that does not count, and the reason.
        share: The share within the ticket's own target; or that of a percentile with *within*.
        within: The time for the percentile.
        mean: The longest mean time.
        counted_by: ``received``, ``due`` or ``stopped``.
        at_least: How many tickets there must be.
        if_fewer: ``too few to tell``, ``met`` or ``one may miss``.
    """

    tiers: tuple[str, ...] = ()
    exceptions: tuple[tuple[str, str], ...] = ()
    share: Fraction = Fraction(0)
    within: int | None = None
    mean: int | None = None
    counted_by: str = "received"
    at_least: int = 1
    if_fewer: str = "too few to tell"


@dataclass
class Outcome:
    """What became of an objective in a period."""

    met: int = 0
    missed: int = 0
    open: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    not_counted: dict[str, int] = field(default_factory=dict)
    misses: list[int] = field(default_factory=list)
    figure: Fraction | None = None
    is_at_least: bool = False
    verdict: str = "not measured"
    budget: int | None = None


def evaluate(
    tickets: list[Ticket],
    promise: Promise,
    targets: dict[str, tuple[int, int | None]],
    period: tuple[int, int],
    as_of: int,
) -> Outcome:
    """Evaluate an objective.

    Args:
        tickets: The tickets.
        promise: The objective.
        targets: By tier the time to the due date and that to the limit, if there is one; a tier
            that is not among them has no target.
        period: Its first instant, and the first one after it.
        as_of: The instant of evaluation.
    """
    outcome, times = Outcome(), []
    for number, ticket in enumerate(tickets):
        if ticket.created > as_of or (promise.tiers and ticket.tier not in promise.tiers):
            continue
        state, due, end, ended = _state(ticket, promise, targets, as_of)
        instant: int | None = {"received": ticket.created, "due": due, "stopped": ended}[
            promise.counted_by
        ]
        if promise.counted_by == "stopped" and state in ("missed", "open") and ended is None:
            state = "open"
            instant = ticket.created if ticket.created < period[1] else None
            is_inside = instant is not None
        else:
            is_inside = instant is not None and period[0] <= instant < period[1]
        if not is_inside:
            continue
        reason = next((why for kind, why in promise.exceptions if kind == ticket.kind), None)
        if reason is not None:
            if state in ("met", "missed", "open"):
                outcome.excluded[reason] = outcome.excluded.get(reason, 0) + 1
        elif state == "met":
            outcome.met += 1
            times.append((end - ticket.created, False))
        elif state == "missed":
            outcome.missed += 1
            outcome.misses.append(number)
            times.append((end - ticket.created, ended is None))
        elif state == "open":
            outcome.open += 1
        else:
            outcome.not_counted[state] = outcome.not_counted.get(state, 0) + 1
    _judge(outcome, promise, sorted(times))
    return outcome


def _state(
    ticket: Ticket,
    promise: Promise,
    targets: dict[str, tuple[int, int | None]],
    as_of: int,
) -> tuple[str, int | None, int, int | None]:
    """The state, the due date, the last instant that counts, and when the clock ended if it has."""
    length, limit = targets.get(ticket.tier, (None, None))
    own = promise.within if promise.within is not None else promise.mean
    if own is not None:
        length, limit = own, None
    ends = [at for at in (ticket.stopped, ticket.cancelled) if at is not None and at <= as_of]
    end = min(ends, default=as_of)
    is_stopped = ticket.stopped is not None and bool(ends) and ticket.stopped == end
    is_cancelled = bool(ends) and not is_stopped
    ended = end if is_stopped else None
    if length is None:
        return "no target", None, end, ended
    due = ticket.created + length
    breach = ticket.created + (length if limit is None else limit)
    if is_cancelled:
        # A breach before it is on record; what is counted by stops ended with the breach.
        is_missed = promise.mean is None and end > breach
        return ("missed" if is_missed else "cancelled"), due, end, breach if is_missed else None
    if promise.mean is not None or end <= due:
        return ("met" if is_stopped else "open"), due, end, ended
    return "missed", due, end, ended


def _judge(outcome: Outcome, promise: Promise, times: list[Any]) -> None:
    decided = outcome.met + outcome.missed
    if promise.mean is None:
        allowed = (1 - promise.share) * (decided + outcome.open)
        outcome.budget = allowed.numerator // allowed.denominator - outcome.missed
        if 0 < decided < promise.at_least and promise.if_fewer != "too few to tell":
            outcome.budget = None if promise.if_fewer == "met" else 1 - outcome.missed
    if not decided:
        return
    if promise.mean is not None:
        outcome.figure = Fraction(sum(length for length, _ in times), decided)
        is_kept = outcome.figure <= promise.mean
    else:
        is_kept = Fraction(outcome.met, decided) >= promise.share
        outcome.figure = Fraction(outcome.met, decided)
        if promise.within is not None:
            rank = next(
                rank for rank in range(1, decided + 1) if Fraction(rank, decided) >= promise.share
            )
            length, outcome.is_at_least = times[rank - 1]
            outcome.figure = Fraction(length)
    if decided < promise.at_least:
        if promise.if_fewer == "too few to tell":
            outcome.verdict = "too few to tell"
            return
        is_kept = promise.if_fewer == "met" or outcome.missed <= 1
    outcome.verdict = "met" if is_kept else "missed"
