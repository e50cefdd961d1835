"""The periods of a duty, and the day on which it is due in each of them.

It is what `slacalc._contract.duties` and the linter know of a duty without its customers.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from slacalc._calendar.compilation import kind_of_day
from slacalc._policy.matching import Matcher
from slacalc._time.instants import FIRST_YEAR, LAST_YEAR
from slacalc.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._calendar.calendar import Calendar
    from slacalc._policy.agreements import Duty, Unit
    from slacalc._policy.data import PolicyData

NO_ANCHOR = -1  # in place of the day from which periods count
_END = date(LAST_YEAR + 1, 1, 1)


class DueDate(NamedTuple):
    """When a duty is due.

    Args:
        due: The instant; for a day, the midnight that ends it.
        limit: The last instant that is in time.
        plain: The instant before it was moved from a day off.
    """

    due: int
    limit: int
    plain: int


class _CalendarDays:
    """The working days of a calendar, as rules of dates ask for them."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def is_working(self, day: date) -> bool:
        return self._calendar.timeline.is_working_day(day.toordinal())

    def is_day_off(self, day: date) -> bool:
        return kind_of_day(self._calendar, day).kind == "holiday"


class DutyDates:
    """The periods and the due dates of a duty.

    Args:
        version: The version of the policy.
        duty: The duty.
    """

    def __init__(self, version: PolicyData, duty: Duty) -> None:
        self._duty, self._zone = duty, version.zone
        self.calendar = version.compiled(Matcher).calendar(duty.calendar)
        self._starts: dict[date, int] = {}
        self._due_dates: dict[tuple[date, date], DueDate] = {}
        self._rule_dates: list[date] = []
        self._named: dict[int, list[date]] = {}

    @property
    def counts_from_contract(self) -> bool:
        """Whether periods count from the beginning of a contract, if it is known."""
        every = self._duty.every
        return self._duty.from_ != "calendar" and every is not None and every.rule is None

    def periods(self, anchor: int, since: date) -> Iterator[tuple[date, date]]:
        """The first day of each period and the day after its last, from the one that has *since*.

        Args:
            anchor: The ordinal of the day from which they count; `NO_ANCHOR`: they are those of
                the calendar.
            since: The day.

        Raises:
            ContractError: They count from a contract whose beginning is not known.
        """
        every = self._duty.every
        if every is None:
            return
        if every.rule is not None:
            dates = self._dates_of_rule()
            if not dates:
                return
            place = max(bisect_right(dates, since) - 1, 0)
            yield from zip(dates[place:], [*dates[place + 1 :], _END], strict=True)
            return
        count, unit = every.count, every.unit
        is_anchored = anchor != NO_ANCHOR and self.counts_from_contract
        start = date.fromordinal(anchor) if is_anchored else self._calendar_start(since)
        if unit in ("day", "week"):
            number = (since - start).days // (count * (7 if unit == "week" else 1))
        else:
            months = (since.year - start.year) * 12 + since.month - start.month
            number = months // (count * (12 if unit == "year" else 1))
        number = max(number - 1, 0)
        first = add_units(start, number * count, unit)
        while first < _END:
            number += 1
            after = min(add_units(start, number * count, unit), _END)
            if after > since:
                yield first, after
            first = after

    def _dates_of_rule(self) -> list[date]:
        rule = self._duty.every.rule if self._duty.every else None
        if rule is not None and not self._rule_dates:
            years = range(FIRST_YEAR, LAST_YEAR + 1)
            self._rule_dates = [day for year in years for day in sorted(rule.dates(year))]
        return self._rule_dates

    def _calendar_start(self, day: date) -> date:
        """The first day of the calendar's period that contains a day."""
        every = self._duty.every
        if every is None or not every.is_of_calendar or self._duty.from_ == "contract":
            msg = (
                f"periods of {every} count from the beginning of the contract, which is not known: "
                "give the customer a date in the column from"
            )
            raise ContractError(msg, argument="from", given=None)
        if every.unit == "month":
            return date(day.year, (day.month - 1) // every.count * every.count + 1, 1)
        if every.unit == "year":
            return date(day.year, 1, 1)
        return day - timedelta(day.weekday()) if every.unit == "week" else day

    def due(self, first: date, after: date) -> DueDate:
        """When the duty is due in a period."""
        key = first, after
        if key not in self._due_dates:
            self._due_dates[key] = self._find_due(first, after)
        return self._due_dates[key]

    def _find_due(self, first: date, after: date) -> DueDate:
        duty, ends = self._duty, self.starts(after)
        if duty.within is not None:
            due = self.due_after(self.starts(first))
            return DueDate(due, due, due) if due < ends else DueDate(ends, ends - 1, ends)
        day = after - timedelta(1)
        if not isinstance(duty.due, str):
            day = min(self.named(first, after), default=day)
        plain = self._end_of(day)
        if duty.roll:
            timeline = self.calendar.timeline
            rolled = timeline.roll(day.toordinal(), duty.roll)
            if rolled < first.toordinal():  # there is no working day in the period before it
                rolled = timeline.roll(day.toordinal(), "following")
            day = date.fromordinal(rolled)
        due = self._end_of(day)
        return DueDate(due, due - 1, plain)

    def named(self, first: date, after: date) -> Iterator[date]:
        """The dates of a period that the form of the due date names, if it is one."""
        for year in range(first.year, after.year + 1):
            if year not in self._named:
                days = _CalendarDays(self.calendar)
                dates = self._duty.due.dates(year, days)  # type: ignore[union-attr] # no text
                self._named[year] = sorted(dates)
            yield from (day for day in self._named[year] if first <= day < after)

    def _end_of(self, day: date) -> int:
        return self.starts(day + timedelta(1))

    def starts(self, day: date) -> int:
        """The instant at which a day begins."""
        if day not in self._starts:
            self._starts[day] = self._zone.midnight(day)
        return self._starts[day]

    def last_day(self, due: DueDate) -> date:
        """The last day that is in time."""
        return self._zone.date(due.limit)

    def due_after(self, start: int) -> int:
        """When the duty is due that is owed within a time from an instant."""
        due, _ = self._duty.within.due(  # type: ignore[union-attr] # it has one
            lambda _: self.calendar, start, roll=self._duty.roll
        )
        return due

    @property
    def provisional_from(self) -> date | None:
        """From which day on due dates depend on holidays that are not published yet."""
        duty = self._duty
        is_relative = not isinstance(duty.due, str) and duty.due.is_relative
        by_hours = duty.within is not None and duty.within.by_hours
        return self.calendar.provisional_from if by_hours or is_relative or duty.roll else None


def add_months(first: date, months: int) -> date:
    """The same day some months later; the first day after a month that is too short for it."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    try:
        return date(year, month + 1, first.day)
    except ValueError:
        year, month = divmod(year * 12 + month + 1, 12)
        return date(year, month + 1, 1)


def add_units(first: date, count: int, unit: Unit) -> date:
    """The day some days, weeks, months or years after another one."""
    if unit in ("day", "week"):
        return first + timedelta(count * (7 if unit == "week" else 1))
    return add_months(first, count * (12 if unit == "year" else 1))
