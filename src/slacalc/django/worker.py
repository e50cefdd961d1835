"""What ``sla_tick`` does: look at the records that have come due, and send what is in the outbox.

Any number of workers may run at once. *Look*: each due record is written in a transaction of its
own, by whoever locks it first. *Send*: a notice is claimed by an ``UPDATE`` of which one worker can
be the author, and the claim is committed before anything is sent. So workers that live never send
one notice twice, as long as `SlaRecord.send` takes less than the lease; a worker that is killed
leaves a claim that ends with the lease, after which another sends the notice, perhaps again.

Leases begin at the present, which is read anew for each claim, whatever *now* is.
"""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple

from django.db import DatabaseError, connections, transaction
from django.db.models import F

from slacalc._records.lengths import LEASE, PUT_OFF, check_lease, retry_after
from slacalc._records.recording import Recording
from slacalc.django.models import SlaNotice, SlaRecord, free, label_of, record_models, store
from slacalc.django.settings import aware, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

logger = logging.getLogger("slacalc.django")


class TickResult(NamedTuple):
    """What a tick has done.

    Args:
        looked: Records that had come due and were looked at.
        sent: Notices that were sent.
        failed: Records that could not be written, and notices that could not be sent. The log
            ``slacalc.django`` says why; they are tried again later.
    """

    looked: int = 0
    sent: int = 0
    failed: int = 0


def tick(
    now: datetime | None = None,
    *,
    limit: int | None = None,
    lease: timedelta = LEASE,
    using: str = "default",
) -> TickResult:
    """Look at what has come due, and send the notices.

    Args:
        now: The instant up to which things have come due; default: now.
        limit: The most records, and the most notices; default: all.
        lease: How long a worker may take to send one notice, at least a second.
        using: The database.

    Raises:
        WorkError: The lease is shorter than a second, so that others would send the same.
        RuntimeError: It is called in a transaction, in which claims would not be committed.
    """
    return run_tick(now, using, limit=limit, lease=lease)


def run_tick(
    now: datetime | None,
    using: str,
    is_stopped: Callable[[], bool] = lambda: False,
    *,
    limit: int | None,
    lease: timedelta,
) -> TickResult:
    """Tick; between two records or notices, end if something has stopped the worker."""
    check_lease(lease)
    counts: Counter[str] = Counter()
    for model in record_models():
        due = model._base_manager.using(using).filter(next_look__lte=stored(aware(now)))
        for key in [*due.order_by("next_look").values_list("pk", flat=True)[:limit]]:
            if is_stopped():
                break
            counts[_look(model, key, now, using)] += 1
    labels = [label_of(model) for model in record_models()]
    waiting = SlaNotice.objects.using(using).filter(free(), sent_at=None, record_model__in=labels)
    for key in [*waiting.order_by("at", "pk").values_list("pk", flat=True)[:limit]]:
        if is_stopped():
            break
        counts[_send(key, now, lease, using)] += 1
    return TickResult(counts["looked"], counts["sent"], counts["failed"])


def _look(model: type[SlaRecord], key: object, now: datetime | None, using: str) -> str:
    """Write one record that has come due, unless another worker does; return what was done."""
    features = connections[using].features
    rows = model._base_manager.using(using).filter(pk=key, next_look__lte=stored(aware(now)))
    try:
        # SQLite, which does not lock rows, is not to read in the transaction before it writes.
        with transaction.atomic(using) if features.has_select_for_update else nullcontext():
            if features.has_select_for_update:
                rows = rows.select_for_update(
                    skip_locked=features.has_select_for_update_skip_locked
                )
            record = rows.first()
            if record is None:
                return "skipped"
            store(record, Recording(record.clock), now, using=using)
    except Exception as error:  # one broken record does not stop the others
        logger.exception("%s %s cannot be written", model._meta.label, key)
        if not isinstance(error, DatabaseError):
            later = stored(max(aware(now), aware(None)) + PUT_OFF)
            model._base_manager.using(using).filter(pk=key).update(next_look=later)
        return "failed"
    return "looked"


def _send(key: int, now: datetime | None, lease: timedelta, using: str) -> str:
    """Claim one notice, send it, and mark it; return what was done."""
    rows = SlaNotice.objects.using(using).filter(pk=key, sent_at=None)
    with transaction.atomic(using, durable=True):
        claimed = rows.filter(free()).update(
            claimed_until=stored(aware(None) + lease), attempts=F("attempts") + 1, error=""
        )
    notice = rows.first() if claimed else None
    if notice is None:
        return "skipped"
    try:
        record = notice.record
        if record is None or (notice.attempts > 1 and not _holds(record, notice, now)):
            rows.delete()
            return "skipped"
        record.send(notice)
    except Exception as error:  # nor does one notice that cannot be sent
        logger.exception("%s cannot be sent", notice)
        rows.filter(attempts=notice.attempts).update(
            claimed_until=stored(aware(None) + retry_after(notice.attempts)),
            error=f"{type(error).__name__}: {error}",
        )
        return "failed"
    rows.update(sent_at=stored(aware(now)), claimed_until=None)
    return "sent"


def _holds(record: SlaRecord, notice: SlaNotice, now: datetime | None) -> bool:
    """Whether a notice is still true, after events that came while a killed worker claimed it."""
    notices = record.clock.notices(None, max(aware(now), aware(notice.at)))
    return any(known.key == notice.key for known in notices)
