"""``manage.py sla_tick``: look at what has come due, and send the notices."""

from __future__ import annotations

import logging
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from slacalc._records.lengths import LEASE
from slacalc.django.management import check_tables
from slacalc.django.settings import add_common_arguments, count_argument, length_argument
from slacalc.django.worker import run_tick

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator
    from types import FrameType

_NAP = 0.5  # seconds until the end of a pause notices a signal


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
        parser.add_argument(
            "--limit", type=count_argument, help="the most records and the most notices"
        )
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
        if pause is not None and options["now"] is not None:
            msg = "--every has a present of its own each time: leave out --now"
            raise CommandError(msg)
        check_tables(options["database"])
        with _stop_signals() as stop:
            while True:
                try:
                    result = run_tick(options["now"], options["database"], stop.is_set, **more)
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
                end = time.monotonic() + pause.total_seconds()
                while (left := end - time.monotonic()) > 0 and not stop.is_set():
                    time.sleep(min(left, _NAP))  # which a signal does not end
                if stop.is_set():
                    return


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that the first SIGTERM or Ctrl-C sets; the second one ends the process as usual."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in former.items():
            signal.signal(number, handler or signal.SIG_DFL)

    def handle(_number: int, _frame: FrameType | None) -> None:
        restore()
        stop.set()

    for number in former:
        signal.signal(number, handle)
    try:
        yield stop
    finally:
        restore()
