"""The columns of a stored clock, and which notices its outbox gets or loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._time.instants import to_instant, to_utc

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from datetime import datetime

    from slacalc._clock.clock import Clock
    from slacalc._clock.status import Change


class Outbox(NamedTuple):
    """What changes in the outbox of a ticket.

    Args:
        new: The notices that have come since.
        withdrawn: The keys of those that wait to be sent, and no longer hold: a reply that was
            recorded late did come in time.
    """

    new: tuple[Change, ...]
    withdrawn: tuple[str, ...]


def outbox_of(
    clock: Clock, now: datetime | str, known: Container[str], waiting: Iterable[str]
) -> Outbox:
    """Compare the notices of a clock with those that its outbox has.

    Args:
        clock: The clock.
        now: Notices up to this instant.
        known: The keys of all notices in the outbox, those that wait and those that were sent.
        waiting: The keys of those that wait and that no worker has claimed.
    """
    notices = {notice.key: notice for notice in clock.notices(None, now)}
    return Outbox(
        tuple(notice for key, notice in notices.items() if key not in known),
        tuple(key for key in waiting if key not in notices),
    )


def columns_of(clock: Clock, now: datetime | str) -> dict[str, Any]:
    """What the row of a clock says beside its ticket, by the names of the columns.

    Args:
        clock: The clock.
        now: The instant of which ``is_breached`` and ``next_look`` speak; the opening of the
            ticket, if the clock of another machine has set that a little later.
    """
    summary = clock.summary(max(to_utc(to_instant(now)), clock.opened_at))
    return {
        "policy": clock.policy.fingerprint,
        "due": summary.due,
        "metric": summary.metric,
        "is_breached": summary.is_breached,
        "ever_breached": summary.ever_breached,
        "next_look": summary.next_look,
    }
