"""``python -m day 8017``: play the day in a fresh database, and serve the desk on that port."""

from __future__ import annotations

import os
import shutil
import sys

import django
from django.conf import settings
from django.core.management import call_command


def main(port: str) -> None:
    """Set up the desk.

    Args:
        port: Where to serve it; the empty string ends after the last tick.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "day.settings"
    django.setup()
    shutil.rmtree(settings.BUILD, ignore_errors=True)
    settings.BUILD.mkdir(parents=True)
    call_command("migrate", verbosity=0)

    from django.contrib.sites.models import Site  # noqa: PLC0415 - Django is set up now

    from day import clock, script  # noqa: PLC0415 - after Django's setup

    host = f"127.0.0.1:{port}"
    Site.objects.update(domain=host)  # for the addresses in mails
    script.play()
    if port:
        clock.go_on()
        print(
            f"\nOpen http://{host}/tickets/ as ada, password {script.PASSWORD}. Ctrl-C stops.",
            flush=True,
        )
        call_command("runserver", host, use_reloader=False, verbosity=0)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
