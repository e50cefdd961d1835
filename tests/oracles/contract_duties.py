"""A naive evaluation of duties: each day is looked at for periods, and each event one by one.

It shares no code with the product and knows only the standard library. Days begin at midnight in a
zone; of the calendar it needs only whether a date is a working day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

ONE_DAY = timedelta(1)
MONTHS_IN = {"month": 1, "year": 12}
Works = Callable[[date], bool]


@dataclass(frozen=True)
class NaiveDuty:
    """A duty.

    A period has *count* units, from the contract's beginning or of the calendar. It is due at its
    end, on the n-th day ("day") or working day ("working day") of a month, or after some hours.
    """

    count: int
    unit: str
    of_calendar: bool = False
    due: tuple[str, int] | None = None
    hours: int | None = None
    roll: str = ""
    times: int = 1
    budget: int | None = None


@dataclass(frozen=True)
class Happened:
    """An event of a customer that fulfils the duty: its instant, its row, and an amount."""

    at: datetime
    row: int
    amount: int = 0


@dataclass(frozen=True)
class NaivePeriod:
    """What became of one period."""

    first: date
    last: date
    due: datetime
    state: str
    done_at: datetime | None
    rows: tuple[int, ...]


def evaluate(  # noqa: PLR0917 - all of it is needed
    duty: NaiveDuty,
    term: tuple[date, date],
    events: list[Happened],
    as_of: datetime,
    zone: ZoneInfo,
    works: Works,
) -> list[NaivePeriod]:
    """What became of a duty by *as_of*, in each period of a contract.

    Args:
        duty: The duty.
        term: The first and the last day of the contract.
        events: The events of the customer.
        as_of: The instant of evaluation.
        zone: The zone of the contract.
        works: Whether a date is a working day.
    """
    begin, end = midnight(term[0], zone), midnight(term[1] + ONE_DAY, zone)
    unused = sorted((each for each in events if each.at <= as_of), key=lambda e: (e.at, e.row))
    result = []
    for first, after in periods(duty, term[0]):
        starts = max(midnight(first, zone), begin)
        if starts > as_of or starts >= end:
            break
        ends = min(midnight(after, zone), end)
        plain, due, is_in_time = _due(duty, first, after, zone, works)
        is_covered = begin < plain <= end
        if is_covered and due > end:
            due = end
        latest = max(ends, min(due, end))
        own: list[Happened] = []
        done = False
        for each in unused:
            if starts <= each.at < latest and not done:
                own.append(each)
                total = len(own) if duty.budget is None else sum(e.amount for e in own)
                done = total >= (duty.times if duty.budget is None else duty.budget)
        done_at = own[-1].at if done else None
        if done:  # what lies in the period after it still belongs to it
            own += [each for each in unused if own[-1].at <= each.at < ends and each not in own]
            unused = [each for each in unused if each not in own]
        if not is_covered:
            state = "not covered"
        elif done_at is not None:
            state = "done" if is_in_time(done_at, due) else "done late"
        else:
            state = "open" if is_in_time(as_of, due) else "missed"
        rows = tuple(each.row for each in own)
        result.append(NaivePeriod(first, after - ONE_DAY, due, state, done_at, rows))
    return result


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a day, as an instant in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def periods(duty: NaiveDuty, anchor: date) -> Iterator[tuple[date, date]]:
    """The periods from the one that contains *anchor*: the first day, and the day after."""
    first = anchor
    while not _begins(duty, anchor, first):
        first -= ONE_DAY
    while True:
        after = first + ONE_DAY
        while not _begins(duty, anchor, after):
            after += ONE_DAY
        yield first, after
        first = after


def _begins(duty: NaiveDuty, anchor: date, day: date) -> bool:
    """Whether a period begins on a day."""
    count, unit = duty.count, duty.unit
    if duty.of_calendar:
        if unit in ("day", "week"):
            return unit == "day" or day.weekday() == 0
        return day.day == 1 and (day.month - 1) % (count * MONTHS_IN[unit]) == 0
    if unit in ("day", "week"):
        return (day - anchor).days % (count * {"day": 1, "week": 7}[unit]) == 0
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    length = count * MONTHS_IN[unit]
    before = day - ONE_DAY
    if day.day == 1 and anchor.day > monthrange(before.year, before.month)[1]:
        # The month before is too short for the day.
        return (months - 1) % length == 0 or (anchor.day == 1 and months % length == 0)
    return day.day == anchor.day and months % length == 0


def _due(
    duty: NaiveDuty, first: date, after: date, zone: ZoneInfo, works: Works
) -> tuple[datetime, datetime, Callable[[datetime, datetime], bool]]:
    """When a period is due before and after a roll, and whether an instant is in time."""
    if duty.hours is not None:
        due, ends = midnight(first, zone) + timedelta(hours=duty.hours), midnight(after, zone)
        if due < ends:
            return due, due, lambda at, due: at <= due
        return ends, ends, lambda at, due: at < due
    day = after - ONE_DAY
    if duty.due is not None:
        kind, number = duty.due
        inside = [first + ONE_DAY * n for n in range((after - first).days)]
        for each in inside:
            month = [each.replace(day=n + 1) for n in range(each.day)]
            place = sum(kind == "day" or works(other) for other in month)
            if place == number and (kind == "day" or works(each)):
                day = each
                break
    plain, rolled = day, day
    if duty.roll:
        rolled, before = _next(day, works, 1), _next(day, works, -1)
        leaves_month = duty.roll == "modified_following" and rolled.month != day.month
        if (duty.roll == "preceding" or leaves_month) and before >= first:
            rolled = before
    ends_of = [midnight(each + ONE_DAY, zone) for each in (plain, rolled)]
    return ends_of[0], ends_of[1], lambda at, due: at < due


def _next(day: date, works: Works, step: int) -> date:
    while not works(day):
        day += ONE_DAY * step
    return day


def call_backs(
    visits: list[Happened], calls: list[Happened], times: int = 1
) -> list[tuple[int, tuple[int, ...]]]:
    """By visit in order of time, the rows of the calls that answer it: the first unused ones."""
    result = []
    unused = sorted(calls, key=lambda call: (call.at, call.row))
    for visit in sorted(visits, key=lambda visit: (visit.at, visit.row)):
        own = [call for call in unused if call.at >= visit.at][:times]
        unused = [call for call in unused if call not in own]
        result.append((visit.row, tuple(call.row for call in own)))
    return result
