"""``manage.py sla_rejudge``: put open tickets under the policies of today."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from slacalc._clock.policy_store import Effect
from slacalc._records.recording import Recording
from slacalc.django.management import check_tables
from slacalc.django.models import SlaRecord, records, store
from slacalc.django.settings import add_common_arguments, aware, local_text, policies

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from datetime import datetime

    from slacalc._policy.policy import Policy


class Command(BaseCommand):
    """Put the open tickets of a policy under the policy of today."""

    help = (
        "Puts open tickets under the policies of today, and prints what that changes. Notices of "
        "the past that are new count as sent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        add_common_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="print only, change nothing")
        parser.add_argument("--policy", metavar="NAME", help="tickets of this policy only")
        parser.add_argument("--send", action="store_true", help="send the new notices of the past")

    def handle(self, **options: Any) -> None:
        """Run the command."""
        check_tables(options["database"])
        known = {policy.name: policy for policy in policies()}
        name = options["policy"]
        if name is not None and name not in known:
            raise CommandError(f"{name!r} is not a policy of the settings ({', '.join(known)})")
        chosen = known if name is None else {name: known[name]}
        counts = Counter[str]()
        for record in records(options["database"]):
            counts["all"] += 1
            try:
                effect = _rejudge(record, chosen, options)
            except Exception as error:  # noqa: BLE001 - one ticket does not stop the others
                counts["failed"] += 1
                self.stderr.write(f"{record.ticket_name}: {error}")
            else:
                if effect is not None:
                    counts["changed"] += 1
                    if effect != Effect():
                        self.stdout.write(f"{record.ticket_name}: {_words(effect)}")
        done = "would come" if options["dry_run"] else "have come"
        self.stdout.write(
            f"{counts['changed']} of {counts['all']} records {done} under another policy"
        )
        if counts["failed"]:
            raise CommandError(f"{counts['failed']} of {counts['all']} records do not fit")


def _rejudge(record: SlaRecord, known: dict[str, Policy], options: dict[str, Any]) -> Effect | None:
    """Rejudge a record, or try it; return what that changes, None if it stays as it is."""
    using, clock = options["database"], record.clock
    now, policy = max(aware(options["now"]), clock.opened_at), known.get(clock.policy.name)
    if policy is None or not _is_open(record, now):
        return None
    if clock.rejudged(policy).policy.fingerprint == record.policy:
        return None
    effect = policy.dry_run({record.pk: clock}, now).get(record.pk, Effect())
    if not options["dry_run"]:
        # First what has come under the former policy, which is to be sent in any case.
        record = store(record, Recording(clock), now, using=using)
        recording = Recording(record.clock)
        recording.rejudge(policy)
        store(record, recording, now, using=using, send_past=options["send"])
    return effect


def _is_open(record: SlaRecord, now: datetime) -> bool:
    """Whether a metric may still change: it has neither stopped nor been cancelled."""
    return any(not (one.stopped_at or one.cancelled_at) for one in record.status(now).values())


def _words(effect: Effect) -> str:
    parts = [
        f"{move.metric} due {local_text(move.before)} → {local_text(move.after)}"
        for move in effect.due_moves
    ]
    if effect.new_notices:
        parts.append(f"new: {', '.join(notice.key for notice in effect.new_notices)}")
    return "; ".join(parts)
