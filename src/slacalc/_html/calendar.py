"""A calendar as a picture: its week, and the days of a year that are not as its week would have it.

The year that is shown if none is requested follows from the data: see `default_year`.

This module stands above `_calendar`, which imports it when a calendar is to be shown: it is handed
the calendar, and knows its class by type alone.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from slacalc._calendar.compilation import terms_of
from slacalc._calendar.hours import WEEKDAYS, WeekHours
from slacalc._calendar.year import collect_year, default_year, hours_text, special_dates
from slacalc._html.markup import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    el,
    frame,
    number,
    quiet,
    table,
    title,
)
from slacalc._html.svg import MONTHS, bars, fitted, hatched, label, picture, sample
from slacalc._i18n import N_, translator
from slacalc._time.instants import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from xml.etree import ElementTree as ET

    from slacalc._calendar.calendar import Calendar, Day
    from slacalc._calendar.holidays import Holidays
    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator

_NAMES, _HOURS, _TEXT = 52, 480, 400  # pixels: the weekday, its 24 hours, the same in words
_ROW, _BAR = 21, 14
_CELL, _MONTH, _COLUMNS = 21, 46, 37
_LISTED, _TERMS, _DEEPEST = 80, 6, 3  # the most that are listed, or drawn

_OPERATIONS = {
    "|": N_("Open as well when this one is:"),
    "&": N_("Open only while this one is, too:"),
    "-": N_("Closed while this one is open:"),
}
_KINDS = {
    "holiday": (N_("holiday"), RED),
    "make-up-day": (N_("make-up working day"), GREEN),
    "exception": (N_("exception"), AMBER),
}


def calendar_html(calendar: Calendar, year: int | None, *, language: str) -> str:
    """A calendar as HTML.

    Args:
        calendar: The calendar.
        year: The year whose days are shown; None for that of `default_year`.
        language: The language.
    """
    translate = translator(language)
    shown = default_year(calendar) if year is None else year
    heading = translate("Calendar")
    return frame(
        title(heading, el("span", calendar.time_zone, cls="quiet")),
        *_description(calendar, translate, 0),
        *(() if shown is None else _year(calendar, shown, language, translate)),
        label=f"{heading} {calendar.time_zone}",
    )


# What it is --------------------------------------------------------------------------------------


def _description(calendar: Calendar, translate: Translator, deep: int) -> Iterator[ET.Element]:
    yield _week(calendar.week, translate)
    if calendar.holidays:
        yield quiet(
            translate("Holidays: {lists}").format(lists=holidays_text(calendar.holidays, translate))
        )
    for change in calendar.changes:
        yield quiet(translate("From {date} on:").format(date=change.since))
        if change.week is not None:
            yield _week(change.week, translate)
        if change.holidays is not None:
            lists = holidays_text(change.holidays, translate) or translate("none")
            yield quiet(translate("Holidays: {lists}").format(lists=lists))
    if calendar.exceptions:
        yield _exceptions(calendar, translate)
    for operation, other in terms_of(calendar)[:_TERMS]:
        inner = el("div", cls="inside")
        if deep < _DEEPEST:
            inner.extend(_description(other, translate, deep + 1))
        yield quiet(translate(_OPERATIONS[operation]), " ", other.time_zone)
        yield inner
    if len(terms_of(calendar)) > _TERMS:
        more = translate("{count} more calendars combine with it")
        yield quiet(more.format(count=len(terms_of(calendar)) - _TERMS))


def week_text(week: WeekHours, translate: Translator) -> list[str]:
    """The hours of a week in words, a line for each run of weekdays alike."""
    data = week.to_data()
    if isinstance(data, str):
        return [translate("always open") if data == "always" else translate("closed")]
    lines = []
    for days, hours in data.items():
        ends = [
            translate.weekday(date(2024, 1, 1 + WEEKDAYS.index(day))) for day in days.split("-")
        ]
        lines.append(
            translate("{days} {hours}").format(days="–".join(ends), hours=hours.replace("-", "–"))
        )
    return lines


def holidays_text(lists: Sequence[Holidays], translate: Translator) -> str:
    """Where holidays come from, in words."""
    told = []
    for one in lists:
        parts = [f"{one.country}-{one.subdivision}" if one.subdivision else one.country or ""]
        parts += [
            translate("categories {names}").format(names=translate.listed(one.categories))
        ] * bool(one.categories)
        if one.dates:
            count = translate.plural("{count} own date", "{count} own dates", len(one.dates))
            parts.append(count.format(count=len(one.dates)))
        if one.workdays:
            count = translate.plural(
                "{count} own make-up day", "{count} own make-up days", len(one.workdays)
            )
            parts.append(count.format(count=len(one.workdays)))
        told.append(" + ".join(part for part in parts if part))
    return "; ".join(part for part in told if part)


def _week(week: WeekHours, translate: Translator) -> ET.Element:
    """The open hours of seven days; what a night shift opens on the next day stands there."""
    children: list[ET.Element] = []
    left, height = _NAMES, 18 + 7 * _ROW
    spans: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for place, day in enumerate(week.days):
        for shift in day.shifts:
            spans[place].append((shift.opens, min(shift.closes, DAY)))
            if shift.closes > DAY:
                spans[(place + 1) % 7].append((0, shift.closes - DAY))
    grid = "".join(f"M{number(left + _HOURS * hour / 24)} 16V{height}" for hour in range(0, 25, 3))
    children += [
        label(left + _HOURS * hour / 24, 11, f"{hour}", anchor="middle", opacity=0.8)
        for hour in range(0, 25, 3)
    ]
    told = []
    for place, day in enumerate(week.days):
        y = 18 + place * _ROW + (_ROW - _BAR) / 2
        name = translate.weekday(date(2024, 1, 1 + place))
        hours = str(day).replace("-", "–") if day.shifts else translate("closed")
        told.append(f"{name}: {hours}.")
        children.append(label(0, y + _BAR - 3, name, weight=600 if day.shifts else 400))
        children.append(
            el("rect", x=left, y=y, width=_HOURS, height=_BAR, fill=GREY, fill_opacity="0.14")
        )
        parts = [
            (left + _HOURS * opens / DAY, left + _HOURS * closes / DAY)
            for opens, closes in sorted(spans[place])
        ]
        if parts:
            children.append(el("path", d=bars(parts, y, _BAR), fill=BLUE, cls="open"))
        shown = fitted(hours, _TEXT - 24)
        text = label(left + _HOURS + 16, y + _BAR - 3, shown, opacity=1 if day.shifts else 0.8)
        children.append(text)
    children.append(el("path", d=grid, stroke="currentColor", stroke_opacity=0.16))
    name = translate("The open hours of the week")
    return picture(children, left + _HOURS + _TEXT, height + 2, name, " ".join(told))


def _exceptions(calendar: Calendar, translate: Translator) -> ET.Element:
    rows: list[list[Cell]] = [
        [
            _dates(one.dates.first, one.dates.last, translate),
            [el("span", line, cls="holds") for line in _exception_hours(one.week, translate)],
            one.name,
        ]
        for one in calendar.exceptions[:_LISTED]
    ]
    rows += _more(len(calendar.exceptions), translate)
    heads = [translate("dates"), translate("hours"), translate("name")]
    return table(heads, rows, caption=translate("Exceptions"), classes=["time", "time"])


def _exception_hours(week: WeekHours, translate: Translator) -> list[str]:
    if len(set(week.days)) == 1 and week.days[0].shifts:
        return [str(week.days[0]).replace("-", "–")]
    return week_text(week, translate)


def _more(count: int, translate: Translator) -> list[list[Cell]]:
    if count <= _LISTED:
        return []
    return [["…", "", translate("{count} more").format(count=count - _LISTED)]]


def _dates(first: date, last: date, translate: Translator) -> str:
    one = translate("{weekday} {date}").format(weekday=translate.weekday(first), date=first)
    if first == last:
        return one
    other = translate("{weekday} {date}").format(weekday=translate.weekday(last), date=last)
    return f"{one} – {other}"


# A year ------------------------------------------------------------------------------------------


def _year(
    calendar: Calendar, year: int, language: str, translate: Translator
) -> Iterator[ET.Element]:
    days, unpublished_from = collect_year([(date.min, calendar)], year, language=language)
    yield el("p", el("span", str(year), cls="name"))
    yield _grid(days, translate)
    yield _key(days, translate)
    if unpublished_from is not None:
        form = translate("provisional: holidays from {date} on are not published yet")
        yield quiet(form.format(date=unpublished_from))
    rows = list(_special_rows(days, translate))
    if rows:
        heads = [translate("dates"), translate("kind"), translate("name"), translate("hours")]
        shown = rows[:_LISTED] + _more(len(rows), translate)
        yield table(heads, shown, classes=["time", "", "", "time"])


def _grid(days: Sequence[Day], translate: Translator) -> ET.Element:
    """A year as a planner: a row for each month, its days under their weekdays."""
    children: list[ET.Element] = []
    top = 18
    working: list[tuple[float, float, float]] = []
    for column in range(_COLUMNS):
        name = translate(_INITIALS[column % 7])
        x = _MONTH + column * _CELL + _CELL / 2
        children.append(label(x, 11, name, anchor="middle", opacity=0.8))
    for month, name in enumerate(MONTHS):
        children.append(label(0, top + month * _CELL + 15, translate(name), weight=600))
    told = []
    for day in days:
        first = day.date.replace(day=1).weekday()
        x = _MONTH + (first + day.date.day - 1) * _CELL
        y = top + (day.date.month - 1) * _CELL
        kind, colour = _KINDS.get(day.kind, ("", GREY))
        if not kind:
            if day.is_working:
                working.append((x, x + _CELL - 2, y))
            continue
        told.append(f"{day.date}: {day.name or translate(kind)}.")
        children.append(_cell(day, x, y, colour, translate(kind)))
    rows = "".join(bars([(left, right)], y, _CELL - 2) for left, right, y in working)
    children.insert(0, el("path", d=rows, fill=GREY, fill_opacity="0.22", cls="working"))
    name = translate("The days of {year}").format(year=days[0].date.year)
    width = _MONTH + _COLUMNS * _CELL
    return picture(children, width, top + 12 * _CELL + 2, name, " ".join(told))


_INITIALS = (N_("Mo"), N_("Tu"), N_("We"), N_("Th"), N_("Fr"), N_("Sa"), N_("Su"))


def _cell(day: Day, x: float, y: float, colour: str, kind: str) -> ET.Element:
    """A day with a name: tinted, with a bar below it, hatched where it is closed by exception."""
    side = _CELL - 2
    group = el(
        "g",
        el("title", f"{day.date}: {day.name or kind}"),
        el("rect", x=x, y=y, width=side, height=side, fill=colour, fill_opacity="0.28"),
        el("rect", x=x, y=y + side - 3, width=side, height=3, fill=colour),
        cls=day.kind,
    )
    if day.kind == "exception" and not day.is_working:
        lines = hatched([(x, x + side)], y, side - 3, 5)
        group.append(el("path", d=lines, stroke="currentColor", stroke_opacity=0.3))
    group.append(label(x + side / 2, y + 13, str(day.date.day), anchor="middle"))
    return group


def _key(days: Iterable[Day], translate: Translator) -> ET.Element:
    present = {day.kind for day in days}
    keys = [(sample("plain", GREY, 0.22), N_("working day"))]
    keys += [
        (sample("plain", colour), name)
        for kind, (name, colour) in _KINDS.items()
        if kind in present
    ]
    return quiet(*(el("span", box, translate(text), cls="key") for box, text in keys))


def _special_rows(days: Iterable[Day], translate: Translator) -> Iterator[list[Cell]]:
    """A row for each group of neighbouring dates that differ alike from the weekly hours."""
    for group in special_dates(days, of_same_hours=True):
        day = group.days[0]
        yield [
            _dates(group.first, group.last, translate),
            translate(_KINDS[day.kind][0]),
            day.name,
            hours_text(day, "–") or translate("closed"),
        ]
