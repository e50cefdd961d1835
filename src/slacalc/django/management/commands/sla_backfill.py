"""``manage.py sla_backfill``: make the records of tickets that have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Exists, OuterRef

from slacalc._clock.clock import replay
from slacalc._clock.events import CREATED
from slacalc._records.recording import Recording
from slacalc.django.management import check_tables
from slacalc.django.models import SlaRecord, record_models, store
from slacalc.django.settings import add_common_arguments, aware, policy_store

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

    from slacalc._clock.clock import Clock

_PROGRESS = 500  # tickets between two lines that say how far it has come


class Command(BaseCommand):
    """Make the records of tickets that have none, from what has happened to them."""

    help = (
        "Makes the SLA records of tickets that have none, from the history that the model gives. "
        "Their notices of the past count as sent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        add_common_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="try all, and write nothing")

    def handle(self, **options: Any) -> None:
        """Run the command."""
        check_tables(options["database"])
        now, using = options["now"], options["database"]
        count = failed = 0
        for model, ticket in _tickets(using):
            count += 1
            try:
                clock = _clock(model, ticket)
                at = max(aware(now), clock.last_event_at)
                # What the history does not say is at least right from now on.
                clock = clock.observe(at, **model.attributes_of(ticket))
                status = clock.status(at)
                if not options["dry_run"]:
                    record = model(**{model.ticket_field().name: ticket})
                    record.keep_clock(clock)
                    recording = Recording(clock)
                    store(record, recording, now, using=using, ticket=ticket, send_past=False)
            except Exception as error:  # noqa: BLE001 - one ticket does not stop the others
                failed += 1
                self.stderr.write(f"{ticket._meta.label} {ticket.pk}: {error}")
            else:
                states = "; ".join(map(str, status.values()))
                if options["verbosity"] > 1:
                    self.stdout.write(f"{ticket._meta.label} {ticket.pk}: {states}")
            if options["verbosity"] and count % _PROGRESS == 0:
                self.stdout.write(f"{count} tickets so far")
        done = "would get" if options["dry_run"] else "got"
        self.stdout.write(f"{count - failed} of {count} tickets without a record {done} one")
        if failed:
            raise CommandError(f"{failed} of {count} tickets cannot be read, and have no record")


def _tickets(using: str) -> Iterator[tuple[type[SlaRecord], Any]]:
    """The tickets without a record; each is read when it is its turn."""
    for model in record_models():
        field = model.ticket_field()
        records = model._base_manager.using(using)
        records = records.filter(**{field.attname: OuterRef(field.target_field.attname)})
        rows = field.related_model._base_manager.using(using).filter(~Exists(records))
        for key in [*rows.order_by("pk").values_list("pk", flat=True)]:
            for ticket in rows.filter(pk=key):
                yield model, ticket


def _clock(model: type[SlaRecord], ticket: Any) -> Clock:
    """The clock of a ticket after what has happened to it."""
    policy = policy_store().current(model.policy_of(ticket))
    history = [*model.history_of(ticket)]
    if any(event.type == CREATED for event in history):
        return replay(policy, {}, history)
    return replay(policy, model.attributes_of(ticket), history, aware(model.opened_at(ticket)))
