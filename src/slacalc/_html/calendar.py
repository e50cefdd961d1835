"""Show a calendar as HTML: the open hours of its week, and the special dates of a year.

If no year is requested, the data decide which one is shown; see `default_year`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from slacalc._calendar.arguments import CalendarChange
from slacalc._calendar.compilation import terms_of
from slacalc._calendar.holidays import names_translator
from slacalc._calendar.hours import WEEKDAYS, WeekHours
from slacalc._calendar.year import collect_year, default_year, hours_text, special_dates
from slacalc._html.markup import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    el,
    lines,
    number_text,
    quiet,
    table,
    title,
    view,
)
from slacalc._html.svg import (
    bars_path,
    hatching_path,
    legend,
    legend_sample,
    shorten,
    svg_picture,
    svg_text,
)
from slacalc._i18n import N_, WEEKDAY_INITIALS
from slacalc._time.dates import DateRange
from slacalc._time.instants import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from xml.etree import ElementTree as ET

    from slacalc._calendar.arguments import DatedHours
    from slacalc._calendar.calendar import Calendar, Day
    from slacalc._calendar.holidays import Holidays
    from slacalc._html.markup import Cell
    from slacalc._i18n import Translator

# Pixels. A week has a row for each weekday: its name, 24 hours, and the hours as text.
_NAME_WIDTH, _HOURS_WIDTH, _TEXT_WIDTH = 52, 480, 400
_ROW_HEIGHT, _BAR_HEIGHT = 21, 14
# A year has a row for each month: its name, and 37 cells, since a month spans up to six weeks.
_CELL, _MONTH_WIDTH, _COLUMNS = 21, 46, 37
_MOST_ROWS, _MOST_TERMS, _MOST_DEPTH = 80, 6, 3

_OPERATIONS = {
    "|": N_("Also open whenever this calendar is:"),
    "&": N_("Open only while this calendar is, too:"),
    "-": N_("Closed while this calendar is open:"),
}
_KINDS = {
    "holiday": (N_("holiday"), RED),
    "make-up-day": (N_("make-up working day"), GREEN),
    "exception": (N_("exception"), AMBER),
    "closure": (N_("closure"), AMBER),
}


def calendar_html(calendar: Calendar, year: int | None, *, language: str) -> str:
    """A calendar as HTML.

    Args:
        calendar: The calendar.
        year: The year to show; None for `default_year`.
        language: The language.
    """
    translate = names_translator(language)
    if year is None:
        year = default_year(calendar)
    heading = translate("Calendar")
    return view(
        title(heading, el("span", calendar.time_zone, cls="quiet")),
        *_description(calendar, translate, 0),
        *(() if year is None else _year(calendar, year, language, translate)),
        label=f"{heading} {calendar.time_zone}",
    )


# The week ----------------------------------------------------------------------------------------


def _description(calendar: Calendar, translate: Translator, depth: int) -> Iterator[ET.Element]:
    """The week, holidays, changes, exceptions and closures, and the calendars combined with it."""
    yield _week(calendar.week, translate)
    if calendar.holidays:
        lists = holidays_text(calendar.holidays, translate)
        yield quiet(translate("Holidays: {lists}").format(lists=lists))
    for change in calendar.changes:
        yield quiet(translate("From {date} on:").format(date=change.since))
        if change.week is not None:
            yield _week(change.week, translate)
        if change.holidays is not None:
            lists = holidays_text(change.holidays, translate) or translate("none")
            yield quiet(translate("Holidays: {lists}").format(lists=lists))
        yield from _tables_of_hours(change, translate)
    yield from _tables_of_hours(calendar, translate)
    terms = terms_of(calendar)
    for operation, term in terms[:_MOST_TERMS]:
        inner = el("div", cls="inside")
        if depth < _MOST_DEPTH:
            inner.extend(_description(term, translate, depth + 1))
        yield quiet(translate(_OPERATIONS[operation]), " ", term.time_zone)
        yield inner
    if len(terms) > _MOST_TERMS:
        form = translate("Combined with {count} more calendars")
        yield quiet(form.format(count=len(terms) - _MOST_TERMS))


def week_text(week: WeekHours, translate: Translator) -> list[str]:
    """The hours of a week as text, a line for each run of weekdays with the same hours."""
    data = week.to_data()
    if isinstance(data, str):
        return [translate("always open") if data == "always" else translate("closed")]
    texts = []
    for weekdays, hours in data.items():
        names = [
            translate.weekday(date(2024, 1, 1 + WEEKDAYS.index(weekday)))
            for weekday in weekdays.split("-")
        ]
        form = translate("{days} {hours}")
        texts.append(form.format(days="–".join(names), hours=hours.replace("-", "–")))
    return texts


def holidays_text(lists: Sequence[Holidays], translate: Translator) -> str:
    """The sources of holidays as text; empty string if there are none."""
    texts = []
    for holidays in lists:
        parts = []
        if holidays.country:
            subdivision = f"-{holidays.subdivision}" if holidays.subdivision else ""
            parts.append(holidays.country + subdivision)
        if holidays.categories:
            names = translate.listed(holidays.categories)
            parts.append(translate("categories {names}").format(names=names))
        if holidays.dates:
            count = len(holidays.dates)
            form = translate.plural("{count} own date", "{count} own dates", count)
            parts.append(form.format(count=count))
        if holidays.workdays:
            count = len(holidays.workdays)
            form = translate.plural("{count} own make-up day", "{count} own make-up days", count)
            parts.append(form.format(count=count))
        texts.append(" + ".join(parts))
    return "; ".join(text for text in texts if text)


def _week(week: WeekHours, translate: Translator) -> ET.Element:
    """A picture of the open hours; the part of a night shift after midnight is on the next day."""
    spans: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for weekday, day in enumerate(week.days):
        for shift in day.shifts:
            spans[weekday].append((shift.opens, min(shift.closes, DAY)))
            if shift.closes > DAY:
                spans[(weekday + 1) % 7].append((0, shift.closes - DAY))
    bottom = 18 + 7 * _ROW_HEIGHT
    hour_xs = {hour: _NAME_WIDTH + _HOURS_WIDTH * hour / 24 for hour in range(0, 25, 3)}
    children = [
        svg_text(x, 11, f"{hour}", anchor="middle", opacity=0.8) for hour, x in hour_xs.items()
    ]
    texts = []
    for weekday, day in enumerate(week.days):
        y = 18 + weekday * _ROW_HEIGHT + (_ROW_HEIGHT - _BAR_HEIGHT) / 2
        name = translate.weekday(date(2024, 1, 1 + weekday))
        hours = str(day).replace("-", "–") if day.shifts else translate("closed")
        texts.append(f"{name}: {hours}.")
        base = y + _BAR_HEIGHT - 3
        children.append(svg_text(0, base, name, weight=600 if day.shifts else 400))
        children.append(
            el(
                "rect",
                x=_NAME_WIDTH,
                y=y,
                width=_HOURS_WIDTH,
                height=_BAR_HEIGHT,
                fill=GREY,
                fill_opacity="0.14",
            )
        )
        parts = [
            (_NAME_WIDTH + _HOURS_WIDTH * opens / DAY, _NAME_WIDTH + _HOURS_WIDTH * closes / DAY)
            for opens, closes in sorted(spans[weekday])
        ]
        if parts:
            bars = bars_path(parts, y, _BAR_HEIGHT)
            children.append(el("path", d=bars, fill=BLUE, cls="open"))
        x, text = _NAME_WIDTH + _HOURS_WIDTH + 16, shorten(hours, _TEXT_WIDTH - 24)
        children.append(svg_text(x, base, text, opacity=1 if day.shifts else 0.8))
    grid = "".join(f"M{number_text(x)} 16V{bottom}" for x in hour_xs.values())
    children.append(el("path", d=grid, stroke="currentColor", stroke_opacity=0.16))
    name = translate("The open hours of the week")
    width = _NAME_WIDTH + _HOURS_WIDTH + _TEXT_WIDTH
    return svg_picture(children, width, bottom + 2, name, " ".join(texts))


def _tables_of_hours(
    part: Calendar | CalendarChange, translate: Translator
) -> Iterator[ET.Element]:
    """The exceptions and the closures of a calendar, or those that a change brings."""
    captions = translate(N_("Exceptions")), translate(N_("Closures"))
    for caption, rules in zip(captions, (part.exceptions, part.closures), strict=True):
        if rules:
            yield _dated_hours(rules, caption, translate)
        elif rules is not None and isinstance(part, CalendarChange):
            form = translate("{kind}: {name}")
            yield quiet(form.format(kind=caption, name=translate("none")))


def _dated_hours(rules: Sequence[DatedHours], caption: str, translate: Translator) -> ET.Element:
    """A table of exceptions, or of closures."""
    rows: list[list[Cell]] = []
    for rule in rules[:_MOST_ROWS]:
        dates = rule.dates
        text = (
            _dates_text(dates.first, dates.last, translate)
            if isinstance(dates, DateRange)
            else dates.describe(translate)
        )
        rows.append([text, lines(_exception_hours(rule.week, translate), "holds"), rule.name])
    rows += _row_of_more(len(rules), translate)
    headings = [translate("dates"), translate("hours"), translate("name")]
    return table(headings, rows, caption=caption, classes=["time", "time"])


def _exception_hours(week: WeekHours, translate: Translator) -> list[str]:
    if len(set(week.days)) == 1 and week.days[0].shifts:
        return [str(week.days[0]).replace("-", "–")]
    return week_text(week, translate)


def _row_of_more(count: int, translate: Translator) -> list[list[Cell]]:
    if count <= _MOST_ROWS:
        return []
    return [["…", "", translate("{count} more").format(count=count - _MOST_ROWS)]]


def _dates_text(first: date, last: date, translate: Translator) -> str:
    form = translate("{weekday} {date}")
    return " – ".join(
        form.format(weekday=translate.weekday(day), date=day)
        for day in dict.fromkeys((first, last))
    )


# The year ----------------------------------------------------------------------------------------


def _year(
    calendar: Calendar, year: int, language: str, translate: Translator
) -> Iterator[ET.Element]:
    days, unpublished_from = collect_year([(date.min, calendar)], year, language=language)
    yield el("p", el("span", str(year), cls="name"))
    yield _grid(days, translate)
    kinds = {_shown_kind(day) for day in days}
    entries = [(legend_sample(GREY, 0.22), translate("working day"))]
    entries += [
        (legend_sample(colour), translate(name))
        for kind, (name, colour) in _KINDS.items()
        if kind in kinds
    ]
    yield legend(entries)
    if unpublished_from is not None:
        form = translate("provisional: holidays from {date} on are not published yet")
        yield quiet(form.format(date=unpublished_from))
    rows = list(_special_rows(days, translate))
    if rows:
        headings = [translate("dates"), translate("kind"), translate("name"), translate("hours")]
        shown = rows[:_MOST_ROWS] + _row_of_more(len(rows), translate)
        yield table(
            headings, shown, caption=str(year), is_titled=True, classes=["time", "", "", "time"]
        )


def _shown_kind(day: Day) -> str:
    """The kind of a date; ``closure`` also for a working day that closures shorten."""
    return "closure" if day.kind == "working-day" and day.name else day.kind


def _grid(days: Sequence[Day], translate: Translator) -> ET.Element:
    """A picture of a year: a row for each month, its dates below their weekdays."""
    top = 18
    labels = [
        svg_text(
            _MONTH_WIDTH + column * _CELL + _CELL / 2,
            11,
            translate(WEEKDAY_INITIALS[column % 7]),
            anchor="middle",
            opacity=0.8,
        )
        for column in range(_COLUMNS)
    ]
    labels += [
        svg_text(0, top + row * _CELL + 15, translate.short_month(row + 1), weight=600)
        for row in range(12)
    ]
    working = ""
    cells: list[ET.Element] = []
    texts = []
    for day in days:
        first = day.date.replace(day=1).weekday()
        x = _MONTH_WIDTH + (first + day.date.day - 1) * _CELL
        y = top + (day.date.month - 1) * _CELL
        if _shown_kind(day) in _KINDS:
            kind, colour = _KINDS[_shown_kind(day)]
            texts.append(f"{day.date}: {day.name or translate(kind)}.")
            cells.append(_cell(day, x, y, colour, translate(kind)))
        elif day.is_working:
            working += bars_path([(x, x + _CELL - 2)], y, _CELL - 2)
    background = el("path", d=working, fill=GREY, fill_opacity="0.22", cls="working")
    name = translate("The days of {year}").format(year=days[0].date.year)
    width, height = _MONTH_WIDTH + _COLUMNS * _CELL, top + 12 * _CELL + 2
    return svg_picture([background, *labels, *cells], width, height, name, " ".join(texts))


def _cell(day: Day, x: float, y: float, colour: str, kind: str) -> ET.Element:
    """The cell of a special date: tinted, underlined, and hatched if hours of its own close it."""
    side = _CELL - 2
    group = el(
        "g",
        el("title", f"{day.date}: {day.name or kind}"),
        el("rect", x=x, y=y, width=side, height=side, fill=colour, fill_opacity="0.28"),
        el("rect", x=x, y=y + side - 3, width=side, height=3, fill=colour),
        cls=_shown_kind(day),
    )
    if day.kind in ("exception", "closure") and not day.is_working:
        hatching = hatching_path([(x, x + side)], y, side - 3, 5)
        group.append(el("path", d=hatching, stroke="currentColor", stroke_opacity=0.3))
    group.append(svg_text(x + side / 2, y + 13, str(day.date.day), anchor="middle"))
    return group


def _special_rows(days: Iterable[Day], translate: Translator) -> Iterator[list[Cell]]:
    """A row for each group of neighbouring special dates of the same kind, name and hours."""
    for group in special_dates(days, of_same_hours=True):
        day = group.days[0]
        yield [
            _dates_text(group.first, group.last, translate),
            translate(_KINDS[_shown_kind(day)][0]),
            day.name,
            hours_text(day, "–") or translate("closed"),
        ]
