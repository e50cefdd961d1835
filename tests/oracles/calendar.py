"""A slow walker that gives the answers a calendar should, and shares no code with the product.

It reads the wall clock at every cell of a grid, asks whether that reading lies in a shift of its
own date or in one that began the day before, and counts: without tables, bisection or spans. Every
edge, of hours and of clock changes, must lie on the grid; the instants it is given need not.
Instants are microseconds from 1970 in UTC, hours seconds from midnight, to 48 h.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tests.oracles.recurring import Form, looks_at_working_days

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TODAY = timedelta(1)

Shifts = list[tuple[int, int]]


def length(shifts: Shifts) -> int:
    """The seconds of hours, those that overlap counted once."""
    seconds, until = 0, 0
    for opens, closes in sorted(shifts):
        seconds += max(closes - max(opens, until), 0)
        until = max(until, closes)
    return seconds


class TooFarError(Exception):
    """The walker has reached the end of its patience."""


@dataclass
class Regime:
    """Weekly hours and days off that are in force from a date on."""

    since: date
    weekly: dict[int, Shifts]
    off: set[date] = field(default_factory=set)
    make_up: dict[date, int] = field(default_factory=dict)
    closed: dict[date, Shifts] = field(default_factory=dict)
    off_forms: list[Form] = field(default_factory=list)  # of the last list of holidays
    last_make_up: set[date] = field(default_factory=set)  # of that list


@dataclass
class Extra:
    """Exceptions and closures: by their dates, and by forms."""

    exceptions: list[tuple[Form, Shifts]] = field(default_factory=list)
    closures: list[tuple[date | Form, Shifts]] = field(default_factory=list)


@lru_cache(maxsize=100_000)
def reading(zone: ZoneInfo, instant: int) -> datetime:
    """What the wall clock of a zone shows, as a naive datetime."""
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone).replace(tzinfo=None)


class Walker:
    """A calendar that is walked cell by cell: a zone, regimes, exceptions, and other calendars."""

    def __init__(
        self,
        zone: str,
        regimes: list[Regime],
        exceptions: dict[date, Shifts] | None = None,
        extra: Extra | None = None,
        *,
        step: int = 60,
        patience: int = 6_000,
        days: int = 25,
    ) -> None:
        self.zone, self.regimes, self.exceptions = ZoneInfo(zone), regimes, exceptions or {}
        self.extra = extra or Extra()
        self._closures: dict[date, Shifts] = {}
        self._exceptions: dict[date, Shifts | None] = {}
        self._entries: dict[tuple[date, bool], int | bool | None] = {}
        self.step, self.patience, self.days = step * SECOND, patience, days
        self.terms: list[tuple[str, Walker]] = []
        self._shifts: dict[date, Shifts] = {}
        self._own: dict[int, list[date]] = {}
        self._hours: dict[date, tuple[int, int] | None] = {}

    def combined(self, operation: str, other: Walker) -> Walker:
        """The same calendar with one more term: `|`, `&` or `-` another calendar."""
        new = Walker("UTC", self.regimes, self.exceptions, self.extra, step=1)
        new.zone, new.step, new.patience, new.days = self.zone, self.step, self.patience, self.days
        new.terms = [*self.terms, (operation, other)]
        return new

    # Open ----------------------------------------------------------------------------------------

    def shifts(self, day: date) -> Shifts:
        """The hours of a date: by exception, make-up day, day off or weekday, in this order."""
        if day not in self._shifts:
            self._shifts[day] = self._rule(day)
        return self._shifts[day]

    def _rule(self, day: date) -> Shifts:
        exception = self.exception(day)
        if exception is not None:
            return exception
        entry = self.entry(day)
        if entry is None:
            return self.regime(day).weekly.get(day.weekday(), [])
        return [] if entry is False else self.regime(day).weekly.get(entry, [])

    def exception(self, day: date) -> Shifts | None:
        """The hours of an exception: one for the date, else the rarest form that names it."""
        if day in self.exceptions:
            return self.exceptions[day]
        if day not in self._exceptions:
            named = [
                (form.per_year(), length(shifts), shifts)
                for form, shifts in self.extra.exceptions
                if form.names(day, self.works, self.is_off)
            ]
            self._exceptions[day] = min(named)[2] if named else None
        return self._exceptions[day]

    def regime(self, day: date) -> Regime:
        """What is in force on a date."""
        return [one for one in self.regimes if one.since <= day][-1]

    def entry(self, day: date, *, plain: bool = False) -> int | bool | None:
        """What lists of holidays make of a date: False if off, a weekday to follow, or nothing.

        Args:
            day: The date.
            plain: Whether forms that look at working days do not count.
        """
        if (day, plain) not in self._entries:
            self._entries[day, plain] = self._entry(day, plain=plain)
        return self._entries[day, plain]

    def _entry(self, day: date, *, plain: bool) -> int | bool | None:
        regime = self.regime(day)
        for form in regime.off_forms:
            if day in regime.last_make_up or (plain and looks_at_working_days(form)):
                continue
            if form.names(
                day, self._works_plainly, lambda day: self.entry(day, plain=True) is False
            ):
                return False
        if day in regime.make_up:
            return regime.make_up[day]
        return False if day in regime.off else None

    def works(self, day: date) -> bool:
        """Whether the week and the lists give a date hours."""
        entry = self.entry(day)
        weekday = day.weekday() if entry is None else entry
        return weekday is not False and bool(self.regime(day).weekly.get(weekday))

    def _works_plainly(self, day: date) -> bool:
        entry = self.entry(day, plain=True)
        weekday = day.weekday() if entry is None else entry
        return weekday is not False and bool(self.regime(day).weekly.get(weekday))

    def is_off(self, day: date) -> bool:
        """Whether a list closes a date."""
        return self.entry(day) is False

    def closed(self, day: date) -> Shifts:
        """The hours of a date in which the shifts of other rules than exceptions do not count."""
        return [] if self.exception(day) is not None else self.regime(day).closed.get(day, [])

    def closures(self, day: date) -> Shifts:
        """The hours, to 48, that closures of a date take out of everything."""
        if day not in self._closures:
            self._closures[day] = [
                shift
                for form, shifts in self.extra.closures
                if (form == day)
                or (not isinstance(form, date) and form.names(day, self.works, self.is_off))
                for shift in shifts
            ]
        return self._closures[day]

    def reading(self, instant: int) -> datetime:
        """What the wall clock shows, as a naive datetime."""
        return reading(self.zone, instant)

    def cell(self, instant: int) -> int:
        """The beginning of the cell of the grid that an instant lies in."""
        return instant - instant % self.step

    def own_dates(self, instant: int) -> list[date]:
        """The dates whose shifts contain an instant, the later date first."""
        cell = self.cell(instant)
        if cell not in self._own:
            now = self.reading(cell)
            today, second = now.date(), now.hour * 3600 + now.minute * 60 + now.second
            is_closed = any(opens <= second < closes for opens, closes in self.closed(today))
            both = ((today, second), (today - TODAY, second + 86_400))
            self._own[cell] = [
                day
                for day, second_of in both
                if any(opens <= second_of < closes for opens, closes in self.shifts(day))
                and not (is_closed and self.exception(day) is None)
            ]
            if any(
                opens <= at < closes for day, at in both for opens, closes in self.closures(day)
            ):
                self._own[cell] = []
        return self._own[cell]

    def is_open(self, instant: int) -> bool:
        """Whether an instant is open: by its own hours, then by one term after the other."""
        answer = bool(self.own_dates(instant))
        for operation, other in self.terms:
            if operation == "|":
                answer = answer or other.is_open(instant)
            else:
                answer = answer and other.is_open(instant) is (operation == "&")
        return answer

    # Work ----------------------------------------------------------------------------------------

    def elapsed(self, start: int, end: int) -> int:
        """Count the open cells, and parts of those at the two ends."""
        if end < start:
            return -self.elapsed(end, start)
        cells = range(self.cell(start), end, self.step)
        return sum(
            min(cell + self.step, end) - max(cell, start) for cell in cells if self.is_open(cell)
        )

    def add(self, start: int, work: int) -> int:
        """Walk on until the work is done."""
        if work <= 0:
            return self.next_open(start) if work == 0 else self.subtract(start, -work)
        first = self.cell(start)
        for cell in range(first, first + self.patience * self.step, self.step):
            if self.is_open(cell):
                begins = max(cell, start)
                if cell + self.step - begins >= work:
                    return begins + work
                work -= cell + self.step - begins
        raise TooFarError

    def subtract(self, end: int, work: int) -> int:
        """Walk back until the work is done."""
        if work < 0:
            return self.add(end, -work)
        if work == 0:
            return end if self.is_open(end) else self.previous_close(end)
        first = self.cell(end)
        for cell in range(first, first - self.patience * self.step, -self.step):
            if self.is_open(cell):
                ends = min(cell + self.step, end)
                if ends - cell >= work:
                    return ends - work
                work -= ends - cell
        raise TooFarError

    def next_open(self, instant: int) -> int:
        """The instant itself if it is open, otherwise the next opening."""
        return instant if self.is_open(instant) else self._edge(instant, forward=True, opens=True)

    def next_close(self, instant: int) -> int:
        """The first closing strictly after an instant."""
        return self._edge(instant, forward=True, opens=False)

    def previous_open(self, instant: int) -> int:
        """The last opening at or before an instant."""
        return self._edge(instant, forward=False, opens=True)

    def previous_close(self, instant: int) -> int:
        """The last closing at or before an instant."""
        return self._edge(instant, forward=False, opens=False)

    def _edge(self, instant: int, *, forward: bool, opens: bool) -> int:
        """The first edge strictly after an instant, or the last one at or before it."""
        edge = self.cell(instant) + (self.step if forward else 0)
        for _ in range(self.patience):
            if self.is_open(edge) is opens and self.is_open(edge - self.step) is not opens:
                return edge
            edge += self.step if forward else -self.step
        raise TooFarError

    # Days ----------------------------------------------------------------------------------------

    def wall(self, wanted: datetime) -> int:
        """The first instant at which the clock shows a wall time or something later."""
        naive = (wanted.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
        cell = self.cell(naive - 16 * HOUR)
        while True:
            ahead = (wanted - self.reading(cell)) // timedelta(microseconds=1)
            if ahead < self.step:
                return cell + max(ahead, 0)
            cell += self.step

    def dates(self, cell: int) -> list[date]:
        """The dates an open instant belongs to: those of its shifts, otherwise the clock's."""
        return self.own_dates(cell) or [self.reading(cell).date()]

    def hours(self, day: date) -> tuple[int, int] | None:
        """The first opening and the last closing of a date; None on a day off."""
        if day not in self._hours:
            utc = (datetime(day.year, day.month, day.day, tzinfo=UTC) - EPOCH).days * DAY
            cells = range(self.cell(utc - 16 * HOUR), utc + 64 * HOUR, self.step)
            found = [cell for cell in cells if self.is_open(cell) and day in self.dates(cell)]
            self._hours[day] = (found[0], found[-1] + self.step) if found else None
        return self._hours[day]

    def bounds(self, day: date) -> tuple[int, int]:
        """The hours of a working day, neither end of them before that of an earlier day.

        A shift may lie inside one that began the evening before. Were its closing taken as it
        stands, one working day more would be due sooner, and later work be due before earlier.
        """
        known = [self.hours(day - days * TODAY) for days in range(4)]
        return max(hours[0] for hours in known if hours), max(hours[1] for hours in known if hours)

    def _days_on(self, day: date, count: int) -> date:
        """The working day a number of working days after another one."""
        for _ in range(self.days):
            if count == 0:
                return day
            day += TODAY if count > 0 else -TODAY
            if self.hours(day):
                count -= 1 if count > 0 else -1
        raise TooFarError

    def add_working_days(self, start: int, count: int) -> int:
        """Roll to an open instant, change the date, keep the wall time, stay within the hours."""
        if count >= 0:
            begun = inside = self.next_open(start)
        else:
            begun = self.subtract(start, 0)
            inside = begun if self.is_open(begun) else begun - 1  # a closing ends its day
        if count == 0:
            return begun
        origin = self.dates(inside)[0]
        target = self._days_on(origin, count)
        first, last = self.bounds(target)
        return min(max(self.wall(self.reading(begun) + (target - origin)), first), last)

    def end_of_working_day(self, start: int, count: int = 0) -> int:
        """The last closing of the first day not closed by then, or of a later working day."""
        day = self.reading(start).date() - 3 * TODAY
        for _ in range(self.days):
            if self.hours(day) and self.bounds(day)[1] >= start:
                return self.bounds(self._days_on(day, count))[1]
            day += TODAY
        raise TooFarError

    def time_on(self, day: date, seconds: float) -> int:
        """The first instant of a wall time on a date; 24:00 is the end of the date."""
        if seconds == 86_400:
            return self.midnight_after(day)
        return self.wall(datetime.combine(day, time()) + timedelta(seconds=seconds))

    def time_of_day(self, start: int, count: int, seconds: int) -> int:
        """A wall time on the date so much later, or on the first one after it not yet past."""
        day = self.reading(start).date() + count * TODAY
        while self.time_on(day, seconds) < start:
            day += TODAY
        return self.time_on(day, seconds)

    def time_of_working_day(self, start: int, count: int, seconds: int) -> int:
        """The same over working days, the first of which is the first one not closed by then."""
        day = self.reading(start).date() - 3 * TODAY
        for _ in range(self.days):
            if self.hours(day) and self.bounds(day)[1] >= start:
                break
            day += TODAY
        day = self._days_on(day, count)
        for _ in range(self.days):
            if self.hours(day) and self.time_on(day, seconds) >= start:
                return self.time_on(day, seconds)
            day += TODAY
        raise TooFarError

    def add_calendar_days(self, start: int, count: int) -> int:
        """Change the date and keep the wall time."""
        return self.wall(self.reading(start) + count * TODAY) if count else start

    def end_of_day(self, start: int, count: int = 0) -> int:
        """The midnight that ends the date on the clock, or a later date, for the last time.

        A clock that goes back over midnight shows the end of a date twice.
        """
        return self.midnight_after(self.reading(start).date() + count * TODAY)

    def midnight_after(self, day: date) -> int:
        """The midnight that ends a date for the last time."""
        midnight = self.wall(datetime.combine(day + TODAY, time()))
        cells = range(self.cell(midnight), midnight + 4 * HOUR, self.step)
        again = [cell + self.step for cell in cells if self.reading(cell).date() <= day]
        return max([midnight, *again])

    # Dates ---------------------------------------------------------------------------------------

    def is_working_day(self, day: date) -> bool:
        """Whether a date has hours."""
        return self.hours(day) is not None

    def count_working_days(self, start: date, end: date, inclusive: str = "left") -> int:
        """Look at every date from one to the other, the two of them only where they count."""
        first, last = min(start, end), max(start, end)
        count, day = 0, first
        while day <= last:
            counts = {
                "both": True,
                "left": day != end,
                "right": day != start,
                "neither": day not in (start, end),
            }[inclusive]
            count += counts and self.is_working_day(day)
            day += TODAY
        return count if start <= end else -count

    def date_after(self, day: date, count: int) -> date:
        """Go to a working day in the direction of the count, and on from there."""
        return self._days_on(self._nearest(day, 1 if count >= 0 else -1), count)

    def _nearest(self, day: date, step: int) -> date:
        for _ in range(self.days):
            if self.is_working_day(day):
                return day
            day += step * TODAY
        raise TooFarError

    def roll(self, day: date, convention: str) -> date:
        """Go to the nearest working day, and to the other one if the month has changed."""
        step = -1 if "preceding" in convention else 1
        if not convention.startswith("modified"):
            return self._nearest(day, step)
        other = day
        while other.month == day.month:
            if self.is_working_day(other):
                return other
            other += step * TODAY
        return self._nearest(day, -step)
