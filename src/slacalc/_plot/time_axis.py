"""A time axis: ticks at round readings of a zone's wall clock, and the texts of dates and instants.

Instants are drawn as matplotlib date numbers, so that users can add to a figure with datetimes.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.dates import get_epoch

from slacalc._plot.figure import SMALL, widest
from slacalc._time.instants import DAY, EPOCH_DAY, MINUTE, to_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from slacalc._i18n import Translator
    from slacalc._time.instants import Zone

_MINUTES, _DAYS = (10, 30, 60, 120, 180, 360, 720), (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)


class TimeTick(NamedTuple):
    """A tick of a time axis: its instant and its text."""

    at: int
    text: str


def date_number(instant: int) -> float:
    """An instant as a matplotlib date number."""
    return (instant - _epoch()) / DAY


@cache
def _epoch() -> int:
    """The instant of date number 0; matplotlib fixes it when the first date is drawn."""
    return to_instant(f"{get_epoch()}Z")  # type: ignore[no-untyped-call] # so in matplotlib


# Texts --------------------------------------------------------------------------------------------


def day_text(day: date, translate: Translator, *, weekday: bool = True, year: bool = False) -> str:
    """A date, such as ``Mon 16 Sep``."""
    forms = {
        (True, True): translate("{weekday} {day} {month} {year}"),
        (True, False): translate("{weekday} {day} {month}"),
        (False, True): translate("{day} {month} {year}"),
        (False, False): translate("{day} {month}"),
    }
    return forms[weekday, year].format(
        weekday=translate.weekday(day),
        day=day.day,
        month=translate.short_month(day.month),
        year=day.year,
    )


def month_text(year: int, month: int, translate: Translator) -> str:
    """A month, such as ``Sep 2024``."""
    return translate("{month} {year}").format(month=translate.short_month(month), year=year)


def instant_text(zone: Zone, instant: int, translate: Translator, *, year: bool = True) -> str:
    """An instant, such as ``Mon 16 Sep 2024 09:00``."""
    at = zone.datetime(instant)
    time = f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
    return f"{day_text(at.date(), translate, year=year)} {time}"


# Ticks --------------------------------------------------------------------------------------------


def set_time_axis(
    ax: Axes, zone: Zone, first: int, last: int, translate: Translator, *, room: float
) -> None:
    """Let the horizontal axis, *room* points long, show the time between two instants in a zone."""
    ax.xaxis_date(zone.datetime(first).tzinfo)
    ax.set_xlim(date_number(first), date_number(last))

    def fits(ticks: list[TimeTick]) -> bool:
        widths = [widest([tick.text], SMALL) for tick in ticks]
        return all(
            (right.at - left.at) * room / (last - first) >= (width + next_width) / 2 + 6
            for (left, right), (width, next_width) in zip(
                pairwise(ticks), pairwise(widths), strict=True
            )
        )

    choices = (
        time_ticks(zone, first, last, translate, most=most, weekday=weekday)
        for weekday in (True, False)  # which makes dates longer
        for most in range(10, 1, -1)
    )
    fitting = (ticks for ticks in choices if len(ticks) > 1 and fits(ticks))
    ticks = next(fitting, None)
    if ticks is None:  # there is no room for more than both ends
        all_ticks = time_ticks(zone, first, last, translate, weekday=False)
        ticks = [all_ticks[0], all_ticks[-1]] if len(all_ticks) > 1 else all_ticks
    ax.set_xticks([date_number(tick.at) for tick in ticks], [tick.text for tick in ticks])


def time_ticks(
    zone: Zone,
    first: int,
    last: int,
    translate: Translator,
    *,
    most: int = 10,
    weekday: bool = True,
) -> list[TimeTick]:
    """Ticks at round readings of a zone's clock between two instants, at most *most*.

    Those of dates that are not the Mondays of weeks may have their weekday.
    """
    least = (last - first) // (most + 1)
    for ticks in _candidates(zone, first, last, translate, least, weekday=weekday):
        if len(ticks) <= most:
            return ticks
    return []


def _candidates(
    zone: Zone, first: int, last: int, translate: Translator, least: int, *, weekday: bool
) -> Iterator[list[TimeTick]]:
    """Ticks at ever longer steps, all of them at least about *least* microseconds long."""
    for minutes in _MINUTES:
        if least <= minutes * MINUTE:
            yield _ticks_at_minutes(zone, first, last, minutes, translate, weekday=weekday)
    for days in _DAYS:
        if least <= days * DAY:
            yield _ticks_at_days(zone, first, last, days, translate, weekday=weekday)
    for months in _MONTHS:
        if least <= months * 31 * DAY:
            yield _ticks_at_months(zone, first, last, months, translate)


def _ticks_at_minutes(
    zone: Zone, first: int, last: int, minutes: int, translate: Translator, *, weekday: bool
) -> list[TimeTick]:
    ticks: list[TimeTick] = []
    step = minutes * MINUTE
    reading = zone.reading(first) // step * step
    end = zone.reading(last) + step
    while reading <= end:
        at = zone.first_reading(reading)
        # A reading that the clock skips, as in spring, gets no tick.
        if first <= at <= last and zone.reading(at) == reading:
            day, time = divmod(reading, DAY)
            midnight = day_text(date.fromordinal(EPOCH_DAY + day), translate, weekday=weekday)
            hour, minute = divmod(time // MINUTE, 60)
            ticks.append(TimeTick(at, f"{hour:02}:{minute:02}" if time else midnight))
        reading += step
    return ticks


def _ticks_at_days(
    zone: Zone, first: int, last: int, days: int, translate: Translator, *, weekday: bool
) -> list[TimeTick]:
    ordinal, end = zone.date(first).toordinal(), zone.date(last).toordinal()
    weekly = days % 7 == 0
    # Ordinal 1 is a Monday, and weeks begin on Mondays.
    ordinal -= (ordinal - 1) % days if weekly else ordinal % days
    ticks = []
    while ordinal <= end:
        day = date.fromordinal(ordinal)
        at = zone.midnight(day)
        if first <= at <= last:
            ticks.append(TimeTick(at, day_text(day, translate, weekday=weekday and not weekly)))
        ordinal += days
    return ticks


def _ticks_at_months(
    zone: Zone, first: int, last: int, months: int, translate: Translator
) -> list[TimeTick]:
    begin, end = zone.date(first), zone.date(last)
    count = (begin.year * 12 + begin.month - 1) // months * months  # months since the year 0
    ticks = []
    while count <= end.year * 12 + end.month - 1:
        year, month = divmod(count, 12)
        at = zone.midnight(date(year, month + 1, 1))
        if first <= at <= last:
            text = str(year) if months >= 12 else month_text(year, month + 1, translate)
            ticks.append(TimeTick(at, text))
        count += months
    return ticks
