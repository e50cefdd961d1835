"""Time along an axis: where the ticks stand, and what is written at them.

An axis of time counts days as matplotlib does, so that a user may add to it with datetimes; ticks
stand at the round readings of a zone's clock, whatever its offset does between.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.dates import get_epoch

from slacalc._cli.year import short_month
from slacalc._time.instants import DAY, EPOCH_DAY, HOUR, to_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from slacalc._i18n import Translator
    from slacalc._time.instants import Zone

_HOURS, _DAYS = (1, 2, 3, 6, 12), (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)


class Tick(NamedTuple):
    """A tick of an axis of time: the instant, and what is written there."""

    at: int
    text: str


def number(instant: int) -> float:
    """An instant as matplotlib counts."""
    return (instant - _epoch()) / DAY


@cache
def _epoch() -> int:
    """Where matplotlib counts from; it does not change once a date has been drawn."""
    return to_instant(f"{get_epoch()}Z")  # type: ignore[no-untyped-call] # of matplotlib


# Words --------------------------------------------------------------------------------------------


def day_text(day: date, translate: Translator, *, weekday: bool = True, year: bool = False) -> str:
    """A date for people: ``Mon 16 Sep``."""
    if weekday:
        form = (
            translate("{weekday} {day} {month} {year}")
            if year
            else translate("{weekday} {day} {month}")
        )
    else:
        form = translate("{day} {month} {year}") if year else translate("{day} {month}")
    month = short_month(day.month, translate)
    return form.format(weekday=translate.weekday(day), day=day.day, month=month, year=day.year)


def month_text(year: int, month: int, translate: Translator) -> str:
    """A month for people: ``Sep 2024``."""
    return translate("{month} {year}").format(month=short_month(month, translate), year=year)


def at_text(zone: Zone, instant: int, translate: Translator, *, year: bool = True) -> str:
    """An instant for people: ``Mon 16 Sep 2024 09:00``."""
    at = zone.datetime(instant)
    clock = f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
    return f"{day_text(at.date(), translate, year=year)} {clock}"


# Ticks --------------------------------------------------------------------------------------------


def ticks(
    zone: Zone, first: int, last: int, translate: Translator, *, most: int = 10
) -> list[Tick]:
    """Round readings of a zone's clock from one instant to another, not more than so many."""
    found = (one for one in _candidates(zone, first, last, translate, most) if len(one) <= most)
    return next(found, [])


def _candidates(
    zone: Zone, first: int, last: int, translate: Translator, most: int
) -> Iterator[list[Tick]]:
    span = (last - first) // (most + 1)
    for hours in _HOURS:
        if span <= hours * HOUR:
            yield _by_hours(zone, first, last, hours, translate)
    for days in _DAYS:
        if span <= days * DAY:
            yield _by_days(zone, first, last, days, translate)
    for months in _MONTHS:
        if span <= months * 31 * DAY:
            yield _by_months(zone, first, last, months, translate)


def _by_hours(zone: Zone, first: int, last: int, hours: int, translate: Translator) -> list[Tick]:
    found: list[Tick] = []
    step = hours * HOUR
    reading = zone.reading(first) // step * step
    end = zone.reading(last) + step
    while reading <= end:
        at = zone.first_reading(reading)
        if first <= at <= last and zone.reading(at) == reading:  # which a gap has not
            day, clock = divmod(reading, DAY)
            name = f"{clock // HOUR:02}:00"
            found.append(
                Tick(at, name if clock else day_text(date.fromordinal(EPOCH_DAY + day), translate))
            )
        reading += step
    return found


def _by_days(zone: Zone, first: int, last: int, days: int, translate: Translator) -> list[Tick]:
    ordinal, end = zone.date(first).toordinal(), zone.date(last).toordinal()
    weekly = days % 7 == 0
    ordinal -= (ordinal - 1) % days if weekly else ordinal % days  # weeks begin on Mondays
    found = []
    while ordinal <= end:
        day = date.fromordinal(ordinal)
        at = zone.midnight(day)
        if first <= at <= last:
            found.append(Tick(at, day_text(day, translate, weekday=not weekly)))
        ordinal += days
    return found


def _by_months(zone: Zone, first: int, last: int, months: int, translate: Translator) -> list[Tick]:
    begins, ends = zone.date(first), zone.date(last)
    month = (begins.year * 12 + begins.month - 1) // months * months
    found = []
    while month <= ends.year * 12 + ends.month - 1:
        year, place = divmod(month, 12)
        at = zone.midnight(date(year, place + 1, 1))
        if first <= at <= last:
            text = str(year) if months >= 12 else month_text(year, place + 1, translate)
            found.append(Tick(at, text))
        month += months
    return found


def timed(ax: Axes, zone: Zone, first: int, last: int, translate: Translator) -> None:
    """Make the horizontal axis one of time, from an instant to another, in a zone."""
    ax.xaxis_date(zone.datetime(first).tzinfo)
    ax.set_xlim(number(first), number(last))
    found = ticks(zone, first, last, translate)
    ax.set_xticks([number(one.at) for one in found], [one.text for one in found])
