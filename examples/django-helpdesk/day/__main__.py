"""``python -m day 8017``: play the day in a fresh database, and serve the desk on that port."""

from __future__ import annotations

import os
import shutil
import sys

import django
from django.conf import settings
from django.core.management import call_command


def main(port: int | None) -> None:
    """Set up the desk.

    Args:
        port: Where to serve it; None to end after the last tick.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "day.settings"
    django.setup()
    shutil.rmtree(settings.BUILD, ignore_errors=True)
    settings.BUILD.mkdir(parents=True)
    call_command("migrate", verbosity=0)

    from day import clock, script  # noqa: PLC0415 - models are there when Django is set up

    script.play()
    if port is not None:
        clock.go_on()
        page = f"http://127.0.0.1:{port}/tickets/"
        print(f"\nOpen {page} as ada, password {script.PASSWORD}. Ctrl-C stops.", flush=True)
        call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, verbosity=0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
