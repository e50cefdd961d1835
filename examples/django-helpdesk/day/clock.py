"""The demonstration lives in May 2026: Django's clock shows what the script has set."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.utils import timezone

_shown = datetime.fromisoformat("2026-05-26T10:30+01:00")
_since: float | None = time.monotonic()


def now() -> datetime:
    """The instant in the demonstration."""
    passed = 0.0 if _since is None else time.monotonic() - _since
    return (_shown + timedelta(seconds=passed)).astimezone(UTC)


def stop_at(instant: str) -> None:
    """Let the clock stand at an instant, such as ``"2026-05-22T09:00+01:00"``."""
    global _shown, _since
    _shown, _since = datetime.fromisoformat(instant), None


def go_on() -> None:
    """Let the clock go on from where it stands."""
    global _since  # noqa: PLW0603 - the time of the day that is played
    _since = time.monotonic()


def install() -> None:
    """Let Django show this time instead of the present one."""
    timezone.now = now
