"""Hypothesis strategies: calendars with unusual clocks and difficult hours, and instants in them.

`scenes` draws a place and a moment first (most often a clock change or New Year), then hours and
days off around it. From the same values it builds two calendars: a `Calendar`, through the text
that people write, and the oracle's `Walker`.
"""

from __future__ import annotations

import calendar as months
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest import mock
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from slacalc import Calendar, FloatingDates, Holidays
from slacalc._calendar import calendar as _calendar
from tests.oracles.calendar import (
    DAY,
    EPOCH,
    HOUR,
    SECOND,
    TODAY,
    Extra,
    Regime,
    Shifts,
    Walker,
)
from tests.oracles.recurring import Beside, Counted, Form, Interval, Yearly

if TYPE_CHECKING:
    import pendulum

Draw = Callable[[st.SearchStrategy[Any]], Any]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PATIENCE = {1: 4_000, 60: 6_000, 900: 2_600}  # steps of a second, a minute, a quarter of an hour
MICROSECOND = timedelta(microseconds=1)
OPERATIONS: dict[str, Callable[[Any, Any], Calendar]] = {
    "|": operator.or_,
    "&": operator.and_,
    "-": operator.sub,
}

# Zones whose clocks change by, and at, whole quarters of an hour: at midnight (Cairo, Santiago,
# Havana), by half an hour (Lord Howe), by a whole day (Apia), twice around Ramadan (Casablanca),
# once by a quarter of an hour (Kathmandu), and hardly or not at all.
QUARTERS = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "Asia/Kathmandu",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "UTC",
)
# And one that changed at a minute past midnight, so that the day before came back for an hour.
MINUTES = (*QUARTERS, "America/St_Johns")


def to_us(at: datetime) -> int:
    """An aware datetime as microseconds from 1970 in UTC, exactly."""
    return months.timegm(at.utctimetuple()) * SECOND + at.microsecond


def to_length(length: pendulum.Duration) -> int:
    """A length in microseconds, exactly."""
    return length.as_timedelta() // MICROSECOND


def at_us(instant: int) -> datetime:
    """Microseconds from 1970 as a datetime in UTC."""
    return EPOCH + instant * MICROSECOND


def fresh(calendar: Calendar) -> Calendar:
    """An equal calendar that has compiled nothing yet, and shares no timeline with others."""
    with mock.patch.object(_calendar, "_timelines", WeakValueDictionary()):
        return Calendar.from_dict(calendar.to_dict())


@cache
def clock_changes(zone: str) -> tuple[int, ...]:
    """The instants from 1985 to 2030 at which a zone's clock changes, to the second."""
    info = ZoneInfo(zone)

    def offset(second: int) -> timedelta | None:
        return (EPOCH + timedelta(seconds=second)).astimezone(info).utcoffset()

    first = int(datetime(1985, 1, 1, tzinfo=UTC).timestamp())
    changes = []
    for day in range(first, first + 46 * 365 * 86_400, 86_400):
        before, after = day, day + 86_400
        if offset(before) == offset(after):
            continue
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (
                (middle, after) if offset(middle) == offset(before) else (before, middle)
            )
        changes.append(after * SECOND)
    return tuple(changes)


def dates() -> st.SearchStrategy[date]:
    """Dates, often New Year's Eve or New Year's Day."""
    any_date = st.dates(date(1986, 1, 10), date(2060, 12, 20))
    return any_date | st.builds(date, st.integers(1990, 2045), st.just(1), st.just(1)).map(
        lambda day: day - TODAY
    )


def moments(zone: str) -> st.SearchStrategy[int]:
    """Instants to build a scene around: most often clock changes of the zone."""
    noons = dates().map(lambda day: (day - EPOCH.date()).days * DAY + DAY // 2)
    changes = clock_changes(zone)
    return st.sampled_from(changes) | st.sampled_from(changes) | noons if changes else noons


# Hours -------------------------------------------------------------------------------------------


def _shift(opens: int, length: int) -> tuple[int, int]:
    return (opens, opens + length)


def day_hours(step: int, focus: int) -> st.SearchStrategy[Shifts]:
    """The hours of a day on a grid of *step* seconds, many of them near a time of day."""
    near = st.integers(-4, 4).map(lambda cells: (focus + cells * step) % 86_400)
    anywhere = st.integers(0, 86_400 // step - 1).map(lambda cells: cells * step)
    length = st.integers(1, 8) | st.integers(1, 86_400 // step - 1)
    shift = st.builds(_shift, near | anywhere, length.map(lambda cells: cells * step))
    famous: list[Shifts] = [
        [],
        [(0, 86_400)],
        [(9 * 3600, 17 * 3600)],
        [(30_600, 43_200), (46_800, 63_000)],  # with a lunch break
        [(79_200, 108_000)],  # 22:00-06:00
        [(79_200, 86_400), (0, 21_600)],  # its two halves, of one date
        [(0, 86_400 - step)],  # all but the last
        [(86_400 - step, 86_400 + step)],  # hardly a night shift
        [(focus - focus % step, focus - focus % step + step)],  # one step of work
        [(0, 43_200), (43_200 + step, 86_400)],  # a break of one step
        [(0, 43_200), (43_200, 86_400)],  # touching
    ]
    return st.sampled_from(famous) | st.lists(shift, min_size=1, max_size=3)


def hours_text(shifts: Shifts) -> str:
    """Hours as people write them."""

    def clock(second: int) -> str:
        return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"

    return (
        ", ".join(
            f"{clock(opens)}-{clock(closes if closes <= 86_400 else closes - 86_400)}"
            for opens, closes in shifts
        )
        or "closed"
    )


def weeks(step: int, focus: int) -> st.SearchStrategy[dict[int, Shifts]]:
    """Weekly hours: the same for seven weekdays, for five, or others for each."""
    hours = day_hours(step, focus)
    return (
        hours.map(lambda shifts: dict.fromkeys(range(7), shifts))
        | hours.map(lambda shifts: dict.fromkeys(range(5), shifts))
        | st.lists(hours, min_size=7, max_size=7).map(lambda seven: dict(enumerate(seven)))
    )


def week_argument(week: dict[int, Shifts]) -> Any:
    """A week as people write it."""
    if all(week.get(day) == [(0, 86_400)] for day in range(7)):
        return "always"
    return {WEEKDAYS[day]: hours_text(shifts) for day, shifts in week.items()}


# Dates that recur --------------------------------------------------------------------------------

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS = {1: "first", 2: "2nd", 3: "third", 4: "4th", 5: "fifth", -1: "last", -2: "2nd last"}


def by_text(pairs: list[tuple[str, Form]]) -> dict[str, Form]:
    """Dates that recur, each once, although "first and last" is also "last and first"."""
    return {text: form for form, text in {form: text for text, form in pairs}.items()}


@st.composite
def forms(  # noqa: PLR0911 - one for each form
    draw: Draw, around: date, *, has_rules: bool = True
) -> tuple[str, Form]:
    """Dates that recur, most of them near a date: as people write them, and what they mean.

    Args:
        draw: Hypothesis's own.
        around: The date.
        has_rules: Whether some are rules of iCalendar.
    """
    near = around + draw(st.integers(-4, 5)) * TODAY
    kind = draw(st.sampled_from(("yearly", "counted", "counted", "every", "interval", "beside")))
    if kind == "yearly":
        last = near + draw(st.sampled_from((0, 0, 1, 4))) * TODAY
        text = f"{near:%m-%d}" + (f"..{last:%m-%d}" if last > near else "")
        return text, Yearly((near.month, near.day), (last.month, last.day))
    if kind == "counted":
        period = draw(st.sampled_from(("month", "month", "quarter", "year")))
        unit: int | str = draw(st.sampled_from((near.weekday(), "working day", "day")))
        usual = (
            [(near.day - 1) // 7 + 1] if isinstance(unit, int) and period == "month" else [1, -1]
        )
        places = draw(
            st.lists(st.sampled_from([*usual, 1, 2, -1, -2]), min_size=1, max_size=2, unique=True)
        )
        months = (near.month,) if period == "month" and draw(st.booleans()) else ()
        form = Counted(tuple(sorted(places)), unit, period, months)
        name = DAY_NAMES[unit] if isinstance(unit, int) else unit
        number = " and ".join(ORDINALS[place] for place in places)
        of = months_names(months) or period
        if has_rules and isinstance(unit, int) and period == "month" and draw(st.booleans()):
            days = ",".join(f"{place}{name[:2].upper()}" for place in places)
            rule = f"RRULE:FREQ=MONTHLY;BYDAY={days}"
            return rule + (f";BYMONTH={months[0]}" if months else ""), form
        return f"{number} {name} of {of}", form
    if kind == "every":
        name = draw(st.sampled_from((DAY_NAMES[near.weekday()], "working day", "day")))
        months = (near.month,) if draw(st.booleans()) else ()
        of = f" of {months_names(months)}" if months else ""
        unit = near.weekday() if name in DAY_NAMES else name
        return f"every {name}{of}", Counted((), unit, "month", months)
    if kind == "interval":
        unit_name = draw(st.sampled_from(("day", "week", "month", "year")))
        count = draw(st.integers(1, 5))
        first = near
        if unit_name in ("day", "week"):
            first -= count * (7 if unit_name == "week" else 1) * draw(st.integers(0, 3)) * TODAY
        else:
            first = first.replace(day=min(first.day, 28), year=first.year - draw(st.integers(0, 2)))
        last = draw(st.sampled_from((date.max, near, near + 2 * TODAY)))
        last = max(first, last)
        number = f"{count} {unit_name}s" if count > 1 else unit_name
        until = "" if last == date.max else f" until {last}"
        interval = Interval(count, unit_name, first, last)
        if has_rules and draw(st.booleans()):
            frequency = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
            until = f";UNTIL={last:%Y%m%d}" if until else ""
            rule = f"RRULE:FREQ={frequency[unit_name]};INTERVAL={count}{until}"
            return f"{rule} from {first}", interval
        return f"every {number} from {first}{until}", interval
    nearest, side = draw(st.booleans()), draw(st.sampled_from(("before", "after")))
    text = f"{'working ' if nearest else ''}day {side} holiday"
    return text, Beside(1 if side == "before" else -1, nearest)


def months_names(months: tuple[int, ...]) -> str:
    """Months as people write them."""
    return " and ".join(date(2024, month, 1).strftime("%B").lower() for month in months)


# Calendars ---------------------------------------------------------------------------------------


@dataclass
class Scene:
    """A calendar, the walker that gives the expected answers, and the instants to try.

    Args:
        calendar: The product.
        walker: The oracle.
        middle: The instant the scene is built around.
        marks: Instants at which something may happen.
    """

    calendar: Calendar
    walker: Walker
    middle: int
    marks: list[int]


@dataclass
class _DaysOff:
    """One list of holidays: days off, make-up days with the date each stands in for, closed hours.

    The hours that are closed on a date are one stretch, which may run past midnight.
    """

    off: list[date]
    make_up: dict[date, date | None]
    closed: dict[date, Shifts]
    forms: dict[str, Form]

    @property
    def argument(self) -> Holidays:
        return Holidays(
            dates=[*self.off, *self.forms],
            workdays=self.make_up,
            closed_hours={day: hours_text(shifts) for day, shifts in self.closed.items()},
        )


def _days_off(around: date, step: int, focus: int) -> st.SearchStrategy[_DaysOff]:
    near = st.integers(-6, 7).map(lambda days: around + days * TODAY)
    weekend = near.filter(lambda day: day.weekday() >= 5)

    def distinct(one: _DaysOff) -> _DaysOff:
        off = [day for day in one.off if day not in one.make_up]
        return _DaysOff(off, one.make_up, one.closed, one.forms)

    return st.builds(
        _DaysOff,
        st.lists(near, max_size=4, unique=True),
        st.dictionaries(weekend, st.none() | near, max_size=2),
        st.just({}) | st.dictionaries(near, day_hours(step, focus).filter(bool), max_size=2),
        st.just({}) | st.lists(forms(around), max_size=2).map(by_text),
    ).map(distinct)


def _regime(since: date, week: dict[int, Shifts], lists: list[_DaysOff]) -> Regime:
    for one in lists[:-1]:  # those of the last list alone, so that the order does not matter
        one.forms.clear()
    off: set[date] = set()
    make_up: dict[date, int] = {}
    closed: dict[date, Shifts] = {}
    for one in lists:  # the later list counts, but hours closed by one stay closed
        for day, shifts in one.closed.items():
            for opens, closes in shifts:
                closed.setdefault(day, []).append((opens, min(closes, 86_400)))
                closed.setdefault(day + TODAY, []).append((0, closes - 86_400))
        for day in one.off:
            off.add(day)
            make_up.pop(day, None)
        for day, other in one.make_up.items():
            off.discard(day)
            make_up[day] = other.weekday() if other else 0
    last = lists[-1] if lists else _DaysOff([], {}, {}, {})
    named = [*last.forms.values()]
    return Regime(since, week, off, make_up, closed, named, {*last.make_up})


def _base(draw: Draw, zone: str, middle: int, step: int) -> Scene:
    """A calendar without terms, and its walker."""
    local = at_us(middle).astimezone(ZoneInfo(zone))
    around, focus = local.date(), local.hour * 3600 + local.minute * 60
    near = st.integers(-4, 5).map(lambda days: around + days * TODAY)

    week = draw(weeks(step, focus))
    lists = draw(st.lists(_days_off(around, step, focus), max_size=2))
    regimes = [_regime(date.min, week, lists)]

    changes: dict[date, dict[str, Any]] = {}
    for since in sorted(draw(st.lists(near, max_size=2, unique=True))):
        changes[since] = {}
        if draw(st.booleans()):
            week = draw(weeks(step, focus))
            changes[since]["week"] = week_argument(week)
        if "week" not in changes[since] or draw(st.booleans()):
            later = draw(st.lists(_days_off(around, step, focus), max_size=1))
            changes[since]["holidays"] = [one.argument for one in later]
            regimes.append(_regime(since, week, later))
        else:
            before = regimes[-1]
            regimes.append(replace(before, since=since, weekly=week))

    exceptions: dict[date, Shifts] = {}
    written: dict[Any, str] = {}
    for first in draw(st.lists(near, max_size=2, unique=True)):
        last = first + draw(st.integers(0, 2)) * TODAY
        days = [first + more * TODAY for more in range((last - first).days + 1)]
        if exceptions.keys().isdisjoint(days):
            hours = draw(day_hours(step, focus))
            exceptions.update(dict.fromkeys(days, hours))
            written[f"{first}..{last}" if last > first else first] = hours_text(hours)

    extra, closures = Extra(), {}
    if draw(st.booleans()):
        some = draw(st.lists(forms(around, has_rules=False), max_size=3))
        is_yearly = [isinstance(form, Yearly) for _, form in some]
        for text, form in by_text(some).items() if sum(is_yearly) < 2 else ():
            hours = draw(day_hours(step, focus))
            written[text] = hours_text(hours)
            extra.exceptions.append((form, hours))
        for text, form in by_text(draw(st.lists(forms(around), max_size=2))).items():
            hours = draw(day_hours(step, focus).filter(bool))
            closures[text] = hours_text(hours)
            extra.closures.append((form, hours))
        for day in draw(st.lists(near, max_size=1)):
            hours = draw(day_hours(step, focus).filter(bool))
            closures[str(day)] = hours_text(hours)
            extra.closures.append((day, hours))

    calendar = Calendar(
        zone,
        week_argument(regimes[0].weekly),
        holidays=[one.argument for one in lists],
        exceptions=written,
        closures=closures,
        changes=changes,
    )
    walker = Walker(zone, regimes, exceptions, extra, step=step, patience=PATIENCE[step])
    return Scene(calendar, walker, middle, _marks(walker, around, middle))


def _marks(walker: Walker, around: date, middle: int) -> list[int]:
    """A moment, and the midnights and edges of hours of the dates near it."""
    marks = {middle}
    for day in (around + days * TODAY for days in range(-2, 3)):
        shifts = [*walker.shifts(day), *walker.closed(day), *walker.closures(day)]
        for second in {0, *(edge for shift in shifts for edge in shift)}:
            wall = datetime.combine(day, time()) + timedelta(seconds=second)
            marks |= {to_us(wall.replace(tzinfo=walker.zone, fold=fold)) for fold in (0, 1)}
    return sorted(marks)


@st.composite
def scenes(
    draw: Draw,
    *,
    step: int = 60,
    terms: int = 2,
    zones: tuple[str, ...] | None = None,
    middle: int | None = None,
) -> Scene:
    """Scenes with calendars of several terms, all on a grid of *step* seconds.

    Args:
        draw: Hypothesis's own.
        step: 1, 60 or 900 seconds. The walker takes as long as the grid is fine.
        terms: How many other calendars may be combined with the first.
        zones: Where; by default wherever the clock changes on the grid.
        middle: When; by default at a clock change, at New Year, or anywhere.
    """
    names = st.sampled_from(zones or (QUARTERS if step == 900 else MINUTES))
    zone = draw(names)
    if middle is None:
        middle = draw(moments(zone))
    scene = _base(draw, zone, middle, step)
    for operation in draw(st.lists(st.sampled_from("|&-"), max_size=terms)):
        if draw(st.integers(0, 3)) == 0:  # whole dates, of the zone of the left side
            first = scene.walker.reading(middle).date() + draw(st.integers(-2, 2)) * TODAY
            days = [first, first + TODAY]
            other: Calendar | FloatingDates = Calendar.dates(*days)
            all_day: dict[date, Shifts] = {day: [(0, 86_400)] for day in days}
            walker = Walker(
                zone, [Regime(date.min, {})], all_day, step=step, patience=PATIENCE[step]
            )
        else:
            right = _base(draw, draw(names), middle, step)
            if draw(st.integers(0, 3)) == 0:  # itself a combination
                more = _base(draw, draw(names), middle, step)
                scene.marks += more.marks
                right.calendar |= more.calendar
                right.walker = right.walker.combined("|", more.walker)
            other, walker = right.calendar, right.walker
            scene.marks += right.marks
        _combine(scene, operation, other, walker)
    if draw(st.integers(0, 9)):
        _enliven(scene)
    return scene


def _combine(scene: Scene, operation: str, other: Calendar | FloatingDates, walker: Walker) -> None:
    scene.calendar = OPERATIONS[operation](scene.calendar, other)
    scene.walker = scene.walker.combined(operation, walker)


def _enliven(scene: Scene) -> None:
    """Give a calendar that is in the long run never open, or never closed, an hour a week.

    It takes three hundred years to learn that a calendar will not open again; few scenes do.
    """
    step, patience = scene.walker.step // SECOND, scene.walker.patience
    for days, weekday in ((30, 2), (-44, 3)):
        begins = scene.middle + days * DAY
        ends = begins + 14 * DAY
        spans = scene.calendar.spans(at_us(begins), at_us(ends))
        if len(spans) > 1:
            continue
        operation = "-" if spans and to_us(spans[0].closes) - to_us(spans[0].opens) > DAY else "|"
        hour: dict[int, Shifts] = {weekday: [(36_000, 39_600)]}
        walker = Walker("UTC", [Regime(date.min, hour)], step=step, patience=patience)
        _combine(scene, operation, Calendar("UTC", week_argument(hour)), walker)


# Questions ---------------------------------------------------------------------------------------


def instants(scene: Scene, *, within: int = 3 * DAY) -> st.SearchStrategy[int]:
    """Instants near the marks of a scene, or anywhere near its middle.

    Args:
        scene: The scene.
        within: How far from the middle an instant may lie, in microseconds.
    """
    step = scene.walker.step
    close = [mark for mark in scene.marks if abs(mark - scene.middle) <= within]
    delta = st.sampled_from((0, 0, 1, -1, SECOND, -SECOND, step, -step, HOUR, -HOUR))
    near = st.builds(operator.add, st.sampled_from(close), delta)
    cells = st.integers(-within // step, within // step)
    return near | near | cells.map(lambda count: scene.middle + count * step)


def works(scene: Scene, *, most: int = 30 * HOUR) -> st.SearchStrategy[int]:
    """Lengths of work from 0 on: microseconds, whole steps, exact fits, and any others."""
    step = scene.walker.step
    return (
        st.sampled_from((0, 1, SECOND - 1, step, step - 1, step + 1, min(8 * HOUR, most)))
        | st.integers(1, most // step).map(lambda cells: cells * step)
        | st.integers(0, most)
    )
