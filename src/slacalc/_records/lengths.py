"""Lengths on the clock on the wall: how far to look ahead, and how long workers take and wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from slacalc._time.durations import to_work
from slacalc.errors import WorkError

LEASE = timedelta(minutes=5)
"""How long a worker may take to send one notice, unless it says otherwise."""
PUT_OFF = timedelta(minutes=1)
"""How long until a record that cannot be written is looked at again."""
_LEAST_LEASE = timedelta(seconds=1)
_FIRST_RETRY, _LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)
_FORMS = 'write "30s", "2h" or "1h30m", and "24h" for a day, or give a timedelta'


def wall_length(value: Any, least: timedelta = timedelta()) -> timedelta:
    """A length on the clock on the wall.

    Args:
        value: A `timedelta`, or text.
        least: The shortest length that makes sense.

    Raises:
        WorkError: It cannot be read, or is shorter.
    """
    try:
        length = timedelta(microseconds=to_work(value))
    except WorkError:
        msg = f"{value!r} is not a length of time: {_FORMS}"
        raise WorkError(msg, given=value) from None
    if length < least:
        what = f"shorter than {least.total_seconds():g} s" if least else "negative"
        raise WorkError(f"{value!r} is {what}: {_FORMS}", given=value)
    return length


def check_lease(lease: timedelta) -> None:
    """Refuse a lease so short that another worker would send the same notice.

    Raises:
        WorkError: It is shorter than a second.
    """
    wall_length(lease, _LEAST_LEASE)


def retry_after(attempts: int) -> timedelta:
    """How long a notice waits that could not be sent: twice as long each time, up to an hour.

    Args:
        attempts: How often it was tried, from 1.
    """
    return min(_FIRST_RETRY * (1 << min(attempts - 1, 10)), _LAST_RETRY)
