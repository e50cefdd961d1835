"""Read days off, make-up days and closed hours from iCalendar files, with the extra ``ical``.

`read_feed` decides which events count and what each does. Which events a file has is the business
of `ical_file`, and when they happen that of `recurrence`.

Read next: `arguments`, which accepts such files, and all else that describes a calendar.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from slacalc._calendar.hours import DayHours
from slacalc._calendar.ical_file import read_events
from slacalc._calendar.recurrence import Budget, first_occurrence, needs_zone, occurrences
from slacalc._time.instants import FIRST_YEAR, LAST_YEAR, MICROSECOND
from slacalc._time.intervals import Span, normalise
from slacalc.errors import HolidaysError, require_extra, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from slacalc._calendar.ical_file import FileEvent
    from slacalc._calendar.recurrence import Occurrence

_CHOICES = ("close", "skip", "refuse")
_ONE_DAY = timedelta(1)
# Chinese names of working days: always; and where no word for a day off stands before it.
_WORKING_DAY = re.compile(
    r"补班|補班|补行上班|補行上班|调班|調班|调休工作|[（(\[【]班[）)\]】]|(^|[\s:：·_-])班($|[\s:：·_-])"
)
_AT_WORK = re.compile(
    r"上班|工作日|(special|adjusted|compensat\w+|substitute|make-?up) work(ing)? ?day",
    re.IGNORECASE,
)
_DAY_OFF = re.compile(r"放假|休息|休假|[（(\[【]休[）)\]】]|[不免非]\w{0,2}$|无需$|無需$")


class FeedEvent(NamedTuple):
    """An event of an iCalendar file, as the functions given to `Holidays.from_ical` see it.

    Args:
        summary: Its title.
        description: Its description; empty string if it has none.
        categories: Its categories.
    """

    summary: str
    description: str
    categories: tuple[str, ...]


EventFilter: TypeAlias = "str | re.Pattern[str] | Callable[[FeedEvent], object]"


def marks_working_day(event: FeedEvent) -> bool:
    """Whether a summary is one by which Chinese calendars mark a working day on a weekend."""
    if _WORKING_DAY.search(event.summary):
        return True
    match = _AT_WORK.search(event.summary)
    return match is not None and not _DAY_OFF.search(event.summary[: match.start()])


def read_feed(
    source: str | bytes | Path,
    include: EventFilter | None,
    workdays: EventFilter | None,
    timed: str,
) -> dict[str, Any]:
    """The arguments of `Holidays` that say what a file says: see `Holidays.from_ical`."""
    if timed not in _CHOICES:
        raise unknown_name(HolidaysError, "a value of timed", timed, _CHOICES)
    require_extra(
        "ical", "reading iCalendar files needs", "icalendar", "recurring_ical_events", "dateutil"
    )
    counts = _predicate("include", include, ("summary", "description", "categories"))
    is_workday = _predicate("workdays", workdays, ("summary", "categories"))
    answer = _Answer()
    budget = Budget()
    for series, changes in _series(read_events(source)):
        members = {event: _described(event) for event in (series, *changes)}
        members = {
            event: described
            for event, described in members.items()
            if not event.is_cancelled and (counts is None or counts(described))
        }
        if not members or (timed == "skip" and not any(map(_has_whole_days, members))):
            continue
        for occurrence in occurrences(series, changes, budget):
            described = members.get(occurrence.event)
            if described is None:
                continue
            works = is_workday is not None and bool(is_workday(described))
            if occurrence.is_whole_days:
                answer.add_dates(occurrence, described.summary, works=works)
            elif timed != "skip":
                _check_timed(occurrence.event, timed, works=works)
                answer.close_hours(occurrence, described.summary)
    return answer.arguments()


def _predicate(
    name: str, value: Any, fields: tuple[str, ...]
) -> Callable[[FeedEvent], object] | None:
    if value is None or callable(value):
        return value  # type: ignore[no-any-return]  # the caller's own function
    if not isinstance(value, str | re.Pattern):
        msg = f"{value!r} is not a filter: {name} takes a pattern, a function or None"
        raise HolidaysError(msg, given=value, suggestions=[])
    try:
        pattern = re.compile(value, re.IGNORECASE) if isinstance(value, str) else value
        pattern.search("")
    except (re.error, TypeError) as error:
        msg = f"{value!r}, given as {name}, is not a pattern: {error}"
        raise HolidaysError(msg, given=value, suggestions=[]) from error

    def matches(event: FeedEvent) -> bool:
        texts = [getattr(event, field) for field in fields if field != "categories"]
        return any(map(pattern.search, (*texts, *event.categories)))

    return matches


def _described(event: FileEvent) -> FeedEvent:
    categories = event.text("CATEGORIES")
    return FeedEvent(
        event.text("SUMMARY"),
        event.text("DESCRIPTION"),
        tuple(filter(None, map(str.strip, categories.split(",")))),
    )


def _series(events: Iterable[FileEvent]) -> list[tuple[FileEvent, list[FileEvent]]]:
    """The events, each with those that change some of its occurrences.

    Of several revisions of an event, the latest counts. Events with one UID and one SEQUENCE are
    not revisions: careless files give one UID to all of their events.
    """
    by_uid: dict[object, list[FileEvent]] = defaultdict(list)
    for event in events:
        by_uid[event.text("UID") or event.number].append(event)
    result = []
    for members in by_uid.values():
        changes: dict[str, FileEvent] = {}
        originals: list[FileEvent] = []
        for event in members:
            identity = event.text("RECURRENCE-ID")
            if not identity:
                originals.append(event)
            elif identity not in changes or event.sequence >= changes[identity].sequence:
                changes[identity] = event
        latest = max((event.sequence for event in originals), default=0)
        originals = [event for event in originals if event.sequence == latest]
        for event in changes.values():
            event.series = originals[0] if originals else None
        result += [(event, [*changes.values()]) for event in originals]
        if not originals:
            result += [(event, []) for event in changes.values()]
    return result


def _has_whole_days(event: FileEvent) -> bool:
    return first_occurrence(event).is_whole_days or "RDATE" in event.properties


def _check_timed(event: FileEvent, timed: str, *, works: bool) -> None:
    """Refuse an event of part of a day where its hours shall not, or cannot, be closed."""
    if timed == "refuse":
        fault = (
            'lasts for part of a day: give timed="close" to close its hours, timed="skip" to leave '
            'out such events, or timed="refuse", the default, for this error; '
            "include= chooses the events that count"
        )
        event.refuse(fault)
    if works:
        fault = (
            "is a working day for part of a day, which cannot be read: leave it out with include=, "
            "or give workdays=None if it is not a working day"
        )
        event.refuse(fault)
    if needs_zone(event):
        fault = (
            "has its hours in UTC, and the file does not say what clock they are read from: add "
            'a line such as "X-WR-TIMEZONE:Europe/Berlin" after BEGIN:VCALENDAR, or give '
            'timed="skip"'
        )
        event.refuse(fault)


class _Answer:
    """What the events of a file say, date by date."""

    def __init__(self) -> None:
        self.dates: dict[date, str] = {}
        self.workdays: dict[date, None] = {}
        self.closed: dict[date, list[tuple[int, int]]] = defaultdict(list)
        self.names: dict[date, dict[str, None]] = defaultdict(dict)

    def add_dates(self, occurrence: Occurrence, name: str, *, works: bool) -> None:
        first = max(occurrence.start, date(FIRST_YEAR, 1, 1)).toordinal()
        end = min(occurrence.end, date(LAST_YEAR, 12, 31) + _ONE_DAY).toordinal()
        for ordinal in range(first, end):
            day = date.fromordinal(ordinal)
            if works:
                self.workdays[day] = None
            else:
                self.dates[day] = name

    def close_hours(self, occurrence: Occurrence, name: str) -> None:
        start, end = occurrence.start, occurrence.end
        if not (isinstance(start, datetime) and isinstance(end, datetime)):
            return  # it is whole days
        first = max(start.date(), date(FIRST_YEAR, 1, 1)).toordinal()
        last = min(end.date(), date(LAST_YEAR, 12, 31)).toordinal()
        for day in map(date.fromordinal, range(first, last + 1)):
            midnight = datetime.combine(day, time())
            opens = max(start - midnight, timedelta(0)) // MICROSECOND
            closes = min(end - midnight, _ONE_DAY) // MICROSECOND
            if opens < closes:
                self.closed[day].append((opens, closes))
                self.names[day][name] = None

    def arguments(self) -> dict[str, Any]:
        return {
            "dates": dict(sorted(self.dates.items())),
            "workdays": dict(sorted(self.workdays.items())),
            "closed_hours": {
                day: {
                    "hours": DayHours(tuple(Span(*pair) for pair in normalise(spans))),
                    "name": ", ".join(filter(None, self.names[day])),
                }
                for day, spans in sorted(self.closed.items())
            },
        }
