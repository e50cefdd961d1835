"""Read days off from an iCalendar file (RFC 5545), with the packages of the extra ``ical``."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from slacalc._time.instants import FIRST_YEAR, LAST_YEAR
from slacalc.errors import HolidaysError, require_extra

_DATE_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


def read_days_off(source: str | bytes | Path) -> dict[date, str]:
    """The dates that the events of a file cover, in order, with the summaries of the events."""
    require_extra("ical", "reading iCalendar files needs", "icalendar")
    import icalendar  # noqa: PLC0415 - an extra

    text = source.read_bytes() if isinstance(source, Path) else source
    try:
        calendar = icalendar.Calendar.from_ical(text)
    except ValueError as error:
        msg = f"not an iCalendar file: {error}"
        raise HolidaysError(msg, given=source, suggestions=[]) from error
    days: dict[date, str] = {}
    for event in calendar.walk("VEVENT"):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        name = str(event.get("SUMMARY", ""))
        first, length = _first_date_and_length(event, name)
        for start in _start_dates(event, first, name):
            days.update(dict.fromkeys((start + timedelta(day) for day in range(length)), name))
    return dict(sorted(days.items()))


def _first_date_and_length(event: Any, name: str) -> tuple[date, int]:
    """The first date of an event, and the number of dates it covers."""
    start, end = event.get("DTSTART"), event.get("DTEND")
    if start is None:
        raise _event_error(name, "has no DTSTART")
    first = start.dt
    if isinstance(first, datetime):
        raise _event_error(name, "lasts for part of a day, and only whole days can be days off")
    if end is not None:
        length = end.dt - first
    else:
        length = event.get("DURATION").dt if event.get("DURATION") else timedelta(1)
    if length < timedelta(1):
        raise _event_error(name, "ends before it begins")
    return first, length.days


def _start_dates(event: Any, first: date, name: str) -> list[date]:
    """The dates on which an event starts, within the supported years."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - an extra

    rule = event.get("RRULE")
    if rule is None:
        return [first]
    if isinstance(rule, list) or str(rule.get("FREQ", [""])[0]).upper() not in _DATE_FREQUENCIES:
        raise _event_error(name, "has a recurrence rule that does not count dates")
    try:
        repeats = rrulestr(rule.to_ical().decode(), dtstart=datetime.combine(first, time()))
        starts = repeats.between(
            datetime.combine(date(FIRST_YEAR, 1, 1), time()),
            datetime.combine(date(LAST_YEAR, 12, 31), time()),
            inc=True,
        )
    except ValueError as error:
        raise _event_error(name, f"has a recurrence rule that cannot be read: {error}") from error
    excluded = event.get("EXDATE", [])
    skipped = {
        item.dt
        for dates in (excluded if isinstance(excluded, list) else [excluded])
        for item in dates.dts
    }
    return [start.date() for start in starts if start.date() not in skipped]


def _event_error(name: str, fault: str) -> HolidaysError:
    return HolidaysError(f"the event {name!r} {fault}", given=name, suggestions=[])
