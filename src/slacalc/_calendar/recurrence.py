"""The dates and times on which an event of an iCalendar file happens.

How it works. Every moment of a series (its start and end, RDATE, EXDATE, UNTIL, RECURRENCE-ID) is
first converted to what the clock on the wall of its own zone shows, or to a date if the series
consists of whole days. The rest is a matter of dates alone: dateutil follows the rules, and the
package recurring-ical-events applies the events that change single occurrences. Before that,
`_check_length` and `_check_filters` refuse rules that never end, and a `Budget` counts what is
found, so that a malicious file is refused within a second.

Read next: `icalendar`, which decides what each event does to a calendar.
"""

from __future__ import annotations

import re
from calendar import isleap
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import attrs

from slacalc._calendar.ical_file import Container, FileEvent, Moment, Property
from slacalc._threads import forks_wait
from slacalc._time.instants import FIRST_YEAR, LAST_YEAR, zone
from slacalc._time.zone_data import iana_name
from slacalc.errors import DateError, HolidaysError, TimeZoneError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import icalendar

MAX_DATES = 200_000
"""How many dates the events of a file may cover, a date of several events counted for each."""
_MAX_COST = 1_000_000  # of all recurrences of a file, in microseconds: about a second
_MAX_STEPS = 120_000  # of one rule: every day of the supported years
_MAX_RULES = 20  # of one event
_SHIFT = 19 * 400  # years, at most to 9800
_DAY = timedelta(1)
_FIRST, _LAST = datetime(FIRST_YEAR, 1, 1), datetime(LAST_YEAR, 12, 31)  # noqa: DTZ001 - wall time
_STEPS_PER_DAY = {
    "SECONDLY": 86_400.0,
    "MINUTELY": 1_440.0,
    "HOURLY": 24.0,
    "DAILY": 1.0,
    "WEEKLY": 1 / 7,
    "MONTHLY": 1 / 28,
    "YEARLY": 1 / 365,
}
# What a step of dateutil takes, and what surrounds it, in microseconds of an ordinary machine. An
# estimate that is the same everywhere, rather than a measurement, so that a file is read on all
# machines or on none.
_COST_OF_STEP = {"WEEKLY": 3, "MONTHLY": 6, "YEARLY": 30}
_COST_OF_OTHERS = 2
_COST_OF_RULE, _COST_OF_CHANGE, _COST_OF_MOMENT = 120, 120, 6
_TIMES_OF_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_FILTERS = ("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYSETPOS")
_RULE_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", *_TIMES_OF_DAY, *_FILTERS}
# What the packages raise for values that they cannot work with.
_BAD_VALUES = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


class Occurrence(NamedTuple):
    """One time at which an event happens.

    Args:
        event: The event that describes it: that of the series, or one that changes it.
        start: The first date, or the time of the wall clock.
        end: The date after the last, or the time; of the same type as the start.
    """

    event: FileEvent
    start: date
    end: date

    @property
    def is_whole_days(self) -> bool:
        return not isinstance(self.start, datetime)


@attrs.define
class Budget:
    """How many more dates the events of a file may cover, and what their rules may cost."""

    dates: int = MAX_DATES
    cost: float = _MAX_COST

    def spend(self, event: FileEvent, dates: int, *, cost: float = 0) -> None:
        self.dates -= dates
        self.cost -= cost
        if self.dates < 0 or self.cost < 0:
            fault = (
                f"makes the file cover more than {MAX_DATES} dates, or its rules take too long: "
                "give its rule an end (UNTIL or COUNT), or its events fewer days"
            )
            event.refuse(fault)


def occurrences(
    series: FileEvent, changes: Sequence[FileEvent], budget: Budget
) -> Iterator[Occurrence]:
    """All times at which an event happens in the supported years, in no particular order.

    Args:
        series: The event; without a rule it happens once.
        changes: The events with a RECURRENCE-ID that move or change some of its occurrences.
        budget: What the expansion may cost.

    Raises:
        HolidaysError: A value cannot be read, or the event happens too often.
    """
    once = first_occurrence(series)
    if not changes and not any(series.all(name) for name in ("RRULE", "RDATE", "EXDATE")):
        budget.spend(series, _date_count(once))
        yield once
        return
    try:
        yield from _Series(once, changes, budget).expand()
    except HolidaysError:
        raise
    except _BAD_VALUES as error:
        series.refuse(f"has a recurrence that cannot be read: {error}")


def first_occurrence(event: FileEvent) -> Occurrence:
    """The occurrence that DTSTART, and DTEND or DURATION, describe.

    Dates, and times from midnight to midnight, are whole days; the end of those that end where they
    begin, as many public feeds write them, is the next day.
    """
    try:
        return _first_occurrence(event)
    except OverflowError as error:
        event.refuse(f"has a time that cannot be read: {error}")


def _first_occurrence(event: FileEvent) -> Occurrence:
    start_property, end_property = event.single("DTSTART"), event.single("DTEND")
    if event.unreadable:
        event.refuse(f"has the line {event.unreadable[:60]!r}, which cannot be read")
    if start_property is None:
        if event.series is not None:  # a cancellation often has no other date
            return _like_the_series(event, event.series)
        event.refuse("has no DTSTART")
    begins = event.moment(start_property.value, start_property.parameters)
    start = end = _at(event, begins, begins)
    if end_property is not None:
        moment = event.moment(end_property.value, end_property.parameters)
        if isinstance(begins.at, datetime) != isinstance(moment.at, datetime):
            event.refuse("has a date at one end and a time at the other")
        end = _at(event, moment, begins)
    else:
        duration = event.single("DURATION")
        if duration is not None:
            end = _add_duration(event, start, duration.value)
    if end < start:
        event.refuse("ends before it begins")
    return _as_whole_days(Occurrence(event, start, end))


def _as_whole_days(occurrence: Occurrence) -> Occurrence:
    """The same occurrence as dates, if it covers whole days."""
    event, start, end = occurrence
    if isinstance(start, datetime) and isinstance(end, datetime):
        if end.hour == 23 and end.minute == 59 and end.time() >= time(23, 59):
            end_of_day = datetime.combine(end.date(), time()) + _DAY
        else:
            end_of_day = end
        if start.time() != time() or end_of_day.time() != time():
            return occurrence
        start, end = start.date(), end_of_day.date()
    return Occurrence(event, start, end if end > start else start + _DAY)


def rule_dates(rule: str, begins: date, *, written: str) -> Iterator[date]:
    """The dates of a rule in the supported years, in order; a rule that takes long is refused.

    Args:
        rule: The rule, as ``FREQ=WEEKLY;INTERVAL=2``.
        begins: The date at which it begins, in the supported years.
        written: What people wrote, for the error.

    Raises:
        DateError: The rule cannot be read, or takes too long.
    """
    with forks_wait:
        from dateutil.rrule import rrulestr  # noqa: PLC0415 - few have rules

    properties = {
        "DTSTART": [Property({"VALUE": "DATE"}, begins.isoformat().replace("-", ""))],
        "RRULE": [Property({}, rule)],
    }
    event = _WrittenRule(Container(), 1, properties, written=written)
    try:
        [(checked, _)] = _Series(first_occurrence(event), (), Budget()).rules("RRULE")
        # dateutil searches until the year 9999. The calendar is the same every 400 years, so dates
        # in its last centuries stand for ours, and a rule without any date is soon found out.
        late = re.sub(r"UNTIL=(\d{4})", lambda match: f"UNTIL={int(match[1]) + _SHIFT}", checked)
        start = datetime.combine(begins.replace(year=begins.year + _SHIFT), time())
        for at in rrulestr(late, dtstart=start):
            if at.year - _SHIFT > LAST_YEAR:
                return
            yield at.date().replace(year=at.year - _SHIFT)
    except DateError:
        raise
    except _BAD_VALUES as error:
        event.refuse(f"has a recurrence rule that cannot be read: {error}")


@attrs.define(eq=False)
class _WrittenRule(FileEvent):
    """A rule that stands in no file; errors show it as it was written."""

    written: str = ""

    def refuse(self, fault: str) -> NoReturn:
        raise DateError(f"{self.written!r} {fault}", given=self.written)


def needs_zone(event: FileEvent) -> bool:
    """Whether an event is in UTC, and its file does not say what clock people there look at."""
    start = event.single("DTSTART")
    if start is None or event.container.zone:
        return False
    return event.moment(start.value, start.parameters).zone == "UTC"


def _like_the_series(event: FileEvent, series: FileEvent) -> Occurrence:
    """The occurrence that a change names, where it says nothing else of it."""
    once = first_occurrence(series)
    start = _recurrence_id(event, once)
    return Occurrence(event, start, start + (once.end - once.start))


def _recurrence_id(change: FileEvent, once: Occurrence) -> date:
    item = change.single("RECURRENCE-ID")
    if item is None:
        change.refuse("has no RECURRENCE-ID")
    return _Reader(once).start(change.moment(item.value, item.parameters), change)


def _yearly(first: date) -> Iterator[date]:
    """The same date of all later supported years that have it; quicker than dateutil."""
    for year in range(first.year, LAST_YEAR + 1):
        if (first.month, first.day) != (2, 29) or isleap(year):
            yield first.replace(year=year)


def _date_count(occurrence: Occurrence) -> int:
    first = max(_FIRST.date(), _day(occurrence.start))
    last = min(_LAST.date() + _DAY, _day(occurrence.end))
    return max((last - first).days, 0) + 1


def _day(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at


def _add_duration(event: FileEvent, start: date, text: str) -> date:
    from icalendar import vDuration  # noqa: PLC0415 - an extra

    try:
        length: timedelta = vDuration.from_ical(text.strip())  # type: ignore[no-untyped-call] # so in icalendar
    except _BAD_VALUES as error:
        event.refuse(f"has a DURATION that cannot be read: {error}")
    if not isinstance(start, datetime) and length % _DAY:
        event.refuse(f"begins on a date and lasts {text.strip()}, which is not whole days")
    if length < timedelta(0):
        event.refuse("ends before it begins")
    try:
        return start + length
    except OverflowError as error:
        event.refuse(f"has a DURATION that cannot be read: {error}")


# Zones -------------------------------------------------------------------------------------------


def _at(event: FileEvent, moment: Moment, start: Moment) -> date:
    """A moment of an event as the clock of the event's own zone shows it.

    That is the zone of its start; if that is in UTC or has none, the zone that the file names.
    """
    if not isinstance(moment.at, datetime):
        return moment.at
    target = start.zone if start.zone not in ("", "UTC") else event.container.zone or start.zone
    if not target or moment.zone in ("", target):
        return moment.at
    try:
        source, wanted = _tzinfo(event, moment.zone), _tzinfo(event, target)
        return moment.at.replace(tzinfo=source).astimezone(wanted).replace(tzinfo=None)
    except OverflowError as error:
        event.refuse(f"has a time that cannot be read: {error}")


def _tzinfo(event: FileEvent, name: str) -> tzinfo:
    """The zone of a TZID: of the IANA database, of Windows, or defined by the file itself."""
    if name == "UTC":
        return UTC
    parts = name.strip("/").split("/")
    for known in (name, "/".join(parts[-2:]), "/".join(parts[-3:]), iana_name(name)):
        try:
            return zone(known).info
        except TimeZoneError:
            pass
    lines = event.container.zones.get(name)
    defined = _defined_zone("\r\n".join(lines)) if lines else None
    if defined is None:
        event.refuse(f"has a time of the zone {name!r}, which is not known")
    return defined


@lru_cache(maxsize=16)
def _defined_zone(text: str) -> tzinfo | None:
    """The zone that a VTIMEZONE defines; None if it cannot be read."""
    from icalendar import Timezone  # noqa: PLC0415 - an extra

    # The package keeps each zone that it reads by its name, for all files and for ever, so all of
    # ours have one name, which no file uses.
    text = re.sub(r"(?mi)^TZID[:;].*$", "TZID:slacalc", text.replace("\r", ""))
    try:
        defined = Timezone.from_ical(text.replace("\n", "\r\n") + "\r\n")
        return defined.to_tz(lookup_tzid=False) if isinstance(defined, Timezone) else None
    except _BAD_VALUES:
        return None


# Series ------------------------------------------------------------------------------------------


class _Reader:
    """Reads the moments of a series: as dates if it consists of whole days, else as wall times."""

    def __init__(self, once: Occurrence) -> None:
        self.once = once
        start = once.event.single("DTSTART")
        self.begins = (
            once.event.moment(start.value, start.parameters) if start else Moment(once.start)
        )

    def start(self, moment: Moment, event: FileEvent | None = None) -> date:
        """A moment at which an occurrence starts."""
        event, first = event or self.once.event, self.once.start
        if isinstance(first, datetime):
            if not isinstance(moment.at, datetime):  # a date: at the same time as ever
                return datetime.combine(moment.at, first.time())
            return _at(event, moment, self.begins)
        # Midnight in UTC beside plain dates means the date that is written.
        if not isinstance(self.begins.at, datetime) and moment.is_midnight:
            return _day(moment.at)
        return _day(_at(event, moment, self.begins))

    def until(self, moment: Moment) -> date:
        """The last moment at which an occurrence may start."""
        if isinstance(self.once.start, datetime) and not isinstance(moment.at, datetime):
            return datetime.combine(moment.at, time(23, 59, 59))
        return self.start(moment)


class _Series:
    """An event with its changes, and what happens when."""

    def __init__(self, once: Occurrence, changes: Sequence[FileEvent], budget: Budget) -> None:
        self.once, self.changes, self.budget = once, changes, budget
        self.event = once.event
        self.reader = _Reader(once)
        budget.spend(self.event, 0, cost=len(changes) * _COST_OF_CHANGE)
        self.excluded = {self.reader.start(moment) for moment, _ in self._moments("EXDATE")}
        self.dates: set[date] = set()
        self.periods: list[Occurrence] = []
        for moment, end in self._moments("RDATE"):
            start = self.reader.start(moment)
            if end:
                self.periods.append(self._period(moment, end))
            else:
                self.dates.add(start)

    def _moments(self, name: str) -> list[tuple[Moment, str]]:
        count = sum(item.value.count(",") + 1 for item in self.event.all(name))
        self.budget.spend(self.event, count, cost=count * _COST_OF_MOMENT)
        return self.event.moments(name)

    def _period(self, begins: Moment, end: str) -> Occurrence:
        """The occurrence of an RDATE with an end, or a length, of its own."""
        start = _at(self.event, begins, self.reader.begins)
        if not isinstance(start, datetime):
            self.event.refuse("has a date at one end and a time at the other")
        if end.strip()[:1] in "Pp+-":
            ends = _add_duration(self.event, start, end)
        else:
            moment = self.event.moment(end, {"TZID": begins.zone})
            ends = _at(self.event, moment, self.reader.begins)
            if not isinstance(ends, datetime):
                self.event.refuse("has a date at one end and a time at the other")
        if ends < start:
            self.event.refuse("ends before it begins")
        return _as_whole_days(Occurrence(self.event, start, ends))

    def expand(self) -> Iterator[Occurrence]:
        """All occurrences in the supported years."""
        rules = list(self.rules("RRULE"))
        for rule, _ in self.rules("EXRULE"):
            self.excluded |= self._starts(rule)
        if self.changes:
            yield from self._expand_by_package([rule for rule, _ in rules])
        else:
            yield from self._expand_by_rules(rules)
        replaced = {_recurrence_id(change, self.once) for change in self.changes}
        for occurrence in self.periods:
            start = self.reader.start(Moment(occurrence.start))
            if start not in self.excluded | replaced:
                self.budget.spend(self.event, _date_count(occurrence))
                yield occurrence

    def rules(self, name: str) -> Iterator[tuple[str, date | None]]:
        """The rules of a property, each with its UNTIL."""
        items = self.event.all(name)
        if len(items) > _MAX_RULES:
            self.event.refuse(f"has more than {_MAX_RULES} recurrence rules")
        return (self._rule(item.value) for item in items)

    def _expand_by_rules(self, rules: list[tuple[str, date | None]]) -> Iterator[Occurrence]:
        first, length = self.once.start, self.once.end - self.once.start
        starts = self.dates.union(*(self._starts(rule) for rule, _ in rules))
        # A series whose rule ends before it starts has been cut off by its author.
        if not rules or any(until is None or until >= first for _, until in rules):
            starts.add(first)
        for start in starts - self.excluded:
            occurrence = Occurrence(self.event, start, start + length)
            self.budget.spend(self.event, _date_count(occurrence))
            yield occurrence

    def _expand_by_package(self, rules: list[str]) -> Iterator[Occurrence]:
        import icalendar  # noqa: PLC0415 - an extra
        import recurring_ical_events  # noqa: PLC0415 - an extra
        from recurring_ical_events.adapters.event import EventAdapter  # noqa: PLC0415 - an extra
        from recurring_ical_events.occurrence import (  # noqa: PLC0415 - an extra
            Occurrence as PackageOccurrence,
        )
        from recurring_ical_events.selection.name import (  # noqa: PLC0415 - an extra
            ComponentsWithName,
        )

        budget, events = self.budget, dict[int, FileEvent]()

        class Adapter(EventAdapter):  # type: ignore[misc]  # the package has no types
            """A component that knows which event of the file it was made from."""

            def __init__(self, component: icalendar.Event) -> None:
                super().__init__(component)
                self.event = events[id(component)]

        class Counted(PackageOccurrence):  # type: ignore[misc]  # the package has no types
            """An occurrence that is counted as soon as it is found, and is cheap to return."""

            def __init__(self, adapter: Adapter, *args: Any, **options: Any) -> None:
                super().__init__(adapter, *args, **options)
                self.found = Occurrence(adapter.event, self.start, self.end)
                budget.spend(adapter.event, _date_count(self.found))

            def as_component(self, *_: object) -> Occurrence:
                return self.found

        calendar = icalendar.Calendar()
        for occurrence in [self.once, *map(first_occurrence, self.changes)]:
            component = self._component(occurrence, rules)
            events[id(component)] = occurrence.event
            calendar.add_component(component)
        selection = ComponentsWithName("VEVENT", Adapter, occurrence=Counted)
        query = recurring_ical_events.of(calendar, components=[selection])
        for found in query.between(_FIRST - _DAY, _LAST + _DAY):
            yield _as_whole_days(found)

    def _component(self, occurrence: Occurrence, rules: list[str]) -> icalendar.Event:
        """The series, or an event that changes it, in terms of wall times or dates alone."""
        import icalendar  # noqa: PLC0415 - an extra

        component = icalendar.Event()
        component.add("UID", "1")
        component.add("DTSTART", occurrence.start)
        component.add("DTEND", occurrence.end)
        if occurrence.event is self.event:
            for rule in rules:
                component.add("RRULE", icalendar.vRecur.from_ical(rule))
            if self.dates:
                component.add("RDATE", sorted(self.dates))
            if self.excluded:
                component.add("EXDATE", sorted(self.excluded))
            return component
        changed = icalendar.vDDDTypes(_recurrence_id(occurrence.event, self.once))
        item = occurrence.event.single("RECURRENCE-ID")
        if item and item.parameters.get("RANGE", "").upper() == "THISANDFUTURE":
            changed.params["RANGE"] = "THISANDFUTURE"
        component.add("RECURRENCE-ID", changed)
        component.add("SEQUENCE", occurrence.event.sequence)
        return component

    def _starts(self, rule: str) -> set[date]:
        """The starts that a rule gives; that of the event only if the rule gives it too."""
        from dateutil.rrule import rrulestr  # noqa: PLC0415 - an extra

        first = self.once.start
        plain = re.fullmatch(r"FREQ=YEARLY(?:;COUNT=(\d+))?", rule)
        if plain and not isinstance(first, datetime):
            return set(islice(_yearly(first), int(plain[1]) if plain[1] else None))
        at = first if isinstance(first, datetime) else datetime.combine(first, time())
        starts = rrulestr(rule, dtstart=at).between(_FIRST - _DAY, _LAST + _DAY, inc=True)
        return {start if isinstance(first, datetime) else start.date() for start in starts}

    def _rule(self, text: str) -> tuple[str, date | None]:
        """A rule that is known to end, with its UNTIL in the form of the start."""
        parts = self._parts(text)
        frequency = parts.get("FREQ", "")
        if frequency not in _STEPS_PER_DAY:
            self._refuse_rule("FREQ is missing or unknown")
        for key in ("INTERVAL", "COUNT"):
            if not re.fullmatch(r"0*[1-9]\d{0,8}", parts.get(key, "1"), re.ASCII):
                self._refuse_rule(f"{key} must be 1 or more, not {parts[key]}")
        if "COUNT" in parts and "UNTIL" in parts:
            self._refuse_rule("it has both COUNT and UNTIL")
        if not isinstance(self.once.start, datetime):
            if _STEPS_PER_DAY[frequency] > 1:
                self.event.refuse("has a recurrence rule that does not count dates")
            parts = {key: value for key, value in parts.items() if key not in _TIMES_OF_DAY}
        until = None
        if "UNTIL" in parts:
            until = self.reader.until(self.event.moment(parts["UNTIL"], {}))
            parts["UNTIL"] = until.isoformat().replace("-", "").replace(":", "")
        self._check_length(parts, until)
        if parts.get("INTERVAL", "").lstrip("0") == "1":
            del parts["INTERVAL"]
        return ";".join(f"{key}={value}" for key, value in parts.items()), until

    def _parts(self, text: str) -> dict[str, str]:
        parts: dict[str, str] = {}
        for part in filter(None, text.upper().replace(" ", "").split(";")):
            key, _, value = part.partition("=")
            if key not in _RULE_PARTS or key in parts or not value:
                self._refuse_rule(f"{part!r} is not a part of one")
            parts[key] = value
        return parts

    def _check_length(self, parts: dict[str, str], until: date | None) -> None:
        """Refuse a rule that would take long to follow, or never end."""
        frequency, interval = parts["FREQ"], int(parts.get("INTERVAL", 1))
        last = min(_day(until) if until else _LAST.date(), _LAST.date())
        days = max((last - _day(self.once.start)).days, 0) + 1
        steps = days * _STEPS_PER_DAY[frequency] / interval
        filters = [key for key in (*_FILTERS, *_TIMES_OF_DAY) if key in parts]
        if "COUNT" in parts and not filters:
            steps = min(steps, int(parts["COUNT"]))
        for key in _TIMES_OF_DAY:
            steps *= parts.get(key, "").count(",") + 1
        if steps > _MAX_STEPS:
            self.event.refuse(
                "has a recurrence rule that repeats too often to be read: give it an end "
                "(UNTIL or COUNT) or a longer INTERVAL"
            )
        cost = steps * _COST_OF_STEP.get(frequency, _COST_OF_OTHERS)
        cost *= 3 if "BYSETPOS" in parts else 1
        self.budget.spend(self.event, 0, cost=_COST_OF_RULE + cost)
        if (self.once.end - self.once.start).days > _MAX_STEPS:
            self.event.refuse("repeats, and lasts for centuries")
        self._check_filters(parts)

    def _check_filters(self, parts: dict[str, str]) -> None:
        """Refuse rules of which no date can be found, in which the package would search long."""
        frequency = parts["FREQ"]
        allowed = {
            "BYWEEKNO": {"YEARLY"},
            "BYYEARDAY": {"YEARLY", "SECONDLY", "MINUTELY", "HOURLY"},
            "BYMONTHDAY": _STEPS_PER_DAY.keys() - {"WEEKLY"},
        }
        for key, frequencies in allowed.items():
            if key in parts and frequency not in frequencies:
                self._refuse_rule(f"{key} does not go with FREQ={frequency}")
        if "BYSETPOS" in parts and frequency not in ("YEARLY", "MONTHLY"):
            most = parts.get("BYDAY", "").count(",") + 1 if frequency == "WEEKLY" else 1
            for key in _TIMES_OF_DAY:
                most *= parts.get(key, "").count(",") + 1
            positions = re.findall(r"\d{1,9}", parts["BYSETPOS"], re.ASCII)
            if not any(1 <= int(position) <= most for position in positions):
                self._refuse_rule("BYSETPOS picks none of its dates")
        if {"BYMONTH", "BYMONTHDAY"} <= parts.keys():
            try:
                months = [int(month) for month in parts["BYMONTH"].split(",")]
                days = [abs(int(day)) for day in parts["BYMONTHDAY"].split(",")]
                longest = max((29 if month == 2 else 30 + (month in _LONG)) for month in months)
            except ValueError as error:
                self._refuse_rule(str(error))
            if min(days) > longest:
                self._refuse_rule("there is no such date")

    def _refuse_rule(self, reason: str) -> NoReturn:
        self.event.refuse(f"has a recurrence rule that cannot be read: {reason}")


_LONG = frozenset({1, 3, 5, 7, 8, 10, 12})
