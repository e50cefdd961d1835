"""``manage.py sla_tick``: look at what has come due, and send the notices."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from slacalc.django.settings import add_common_arguments, length_argument
from slacalc.django.worker import LEASE, tick

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Look at the records that have come due, and send the notices in the outbox."""

    help = (
        "Looks at the SLA records that have come due, and sends their notices. Run it every "
        "minute, or with --every as a service; several may run at once."
    )
    requires_system_checks = ()  # which take a second for a large policy, each minute

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        add_common_arguments(parser)
        rhythm = parser.add_mutually_exclusive_group()
        rhythm.add_argument("--once", action="store_true", help="run once (the default)")
        rhythm.add_argument(
            "--every", metavar="LENGTH", type=length_argument, help='run again and again: "30s"'
        )
        parser.add_argument("--limit", type=int, help="the most records and the most notices")
        parser.add_argument(
            "--lease",
            metavar="LENGTH",
            type=length_argument,
            default=LEASE,
            help="how long sending one notice may take (5 minutes)",
        )

    def handle(self, **options: Any) -> None:
        """Run the command."""
        pause, more = options["every"], {"limit": options["limit"], "lease": options["lease"]}
        while True:
            try:
                result = tick(options["now"], using=options["database"], **more)
            except DatabaseError:
                if pause is None:
                    raise
                logging.getLogger("slacalc.django").exception("the database cannot be used now")
            else:
                if options["verbosity"] > 1 or (options["verbosity"] and any(result)):
                    self.stdout.write(
                        f"looked at {result.looked}, sent {result.sent}, failed {result.failed}"
                    )
            if pause is None:
                return
            close_old_connections()
            time.sleep(pause.total_seconds())
