"""The columns of a stored clock, and which notices its outbox gets or loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._time.instants import to_instant, to_utc

if TYPE_CHECKING:
    from collections.abc import Collection, Container
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
    clock: Clock,
    now: datetime | str,
    known: Container[str],
    waiting: Collection[str],
    since: datetime | None = None,
) -> Outbox:
    """Compare the notices of a clock with those that its outbox has.

    Args:
        clock: The clock.
        now: Notices up to this instant.
        known: The keys of all notices in the outbox, those that wait and those that were sent.
        waiting: The keys of those that wait and that no worker has claimed.
        since: The instant up to which the outbox has the notices of the clock, as
            `Recording.complete_until` returns it. Default: none.
    """
    # What waits may hold no longer, so all are computed then.
    changes = clock.changes(since, now) if since and not waiting else clock.notices(None, now)
    notices: dict[str, Change] = {}
    for change in changes:
        if change.key:
            notices.setdefault(change.key, change)
    return Outbox(
        tuple(notice for key, notice in notices.items() if key not in known),
        tuple(key for key in waiting if key not in notices),
    )


def columns_of(clock: Clock, now: datetime | str) -> dict[str, Any]:
    """What the row of a clock says beside its ticket, by the names of the columns.

    Args:
        clock: The clock.
        now: The instant of which ``is_breached`` and ``next_look`` speak, and up to which the
            outbox is filled; the opening of the ticket, if the clock of another machine has set
            that a little later.
    """
    looked_at = max(to_utc(to_instant(now)), to_utc(to_instant(clock.opened_at)))
    summary = clock.summary(looked_at)
    return {
        "policy": clock.policy.fingerprint,
        "due": summary.due,
        "metric": summary.metric,
        "is_breached": summary.is_breached,
        "ever_breached": summary.ever_breached,
        "next_look": summary.next_look,
        "looked_at": looked_at,
    }
