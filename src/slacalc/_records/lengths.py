"""Lengths on the clock on the wall: how far to look ahead, and how long a worker may take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from slacalc._time.durations import to_work
from slacalc.errors import WorkError

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
