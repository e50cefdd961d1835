"""Pictures of calendars, tickets and answers, as figures of matplotlib.

Each function takes what the library gives, a calendar, a clock, or a table of `slacalc.bulk`, and
returns a `matplotlib.figure.Figure` of a sensible size, with title, units and legend. Nothing
global is touched: no pyplot, no settings, so that a server may draw in many threads; a notebook
shows the figure all the same. Tables are aggregated by columns, however many rows they have.

Words are English, or Chinese with ``language="zh"``; names are printed as the data have them, in
whatever installed fonts have their characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from slacalc.errors import require_extra

require_extra("plot", "pictures need", "matplotlib", "narwhals", "numpy")

from slacalc._plot.attainment import shares_picture
from slacalc._plot.backlog import backlog_picture
from slacalc._plot.breaches import breaches_picture
from slacalc._plot.calendar import year_picture
from slacalc._plot.margin import margin_picture
from slacalc._plot.ticket import ticket_picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from matplotlib.figure import Figure, SubFigure

    from slacalc._calendar.calendar import Calendar
    from slacalc._clock.clock import Clock
    from slacalc._policy.policy import Policy
    from slacalc._report.periods import Period

__all__ = ["attainment", "backlog", "breaches", "calendar", "margin", "ticket"]


def calendar(
    calendar: Calendar,
    year: int,
    *,
    language: str = "en",
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """A year of a calendar: every date by its working hours, and by name what is no usual day.

    Args:
        calendar: The calendar.
        year: The year, from 1900 to 2200.
        language: The language of words and of holidays' names, ``"en"`` or ``"zh"``.
        title: A title of your own.
        figure: What to draw on: an empty figure, or a part of one, as `Figure.subfigures` gives
            them; left out, a new figure.

    Returns:
        The figure. Cells are shaded by the working hours of their dates; holidays, make-up working
        days and exceptions bear colours and signs, and their names stand beside the months; dates
        whose holidays are not published yet are hatched.

    Raises:
        HorizonError: The year is outside the supported ones.
        MissingExtraError: matplotlib is not installed; raised by importing this module.

    Example:
        >>> from slacalc import plot, presets
        >>> office = presets.load("kingdee-diexun").calendars["working-hours"]
        >>> figure = plot.calendar(office, 2024)
        >>> print(figure.get_suptitle().strip())
        Working time of 2024
    """
    return year_picture(calendar, year, language=language, title=title, figure=figure)


def ticket(
    clock: Clock,
    as_of: datetime | str,
    *,
    language: str = "en",
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """The course of a ticket: a row for each metric, with pauses, bounds and stops.

    Args:
        clock: The ticket's clock.
        as_of: The instant of the question; later events have not happened yet.
        language: As for `calendar`.
        title: A title of your own, such as the ticket's number.
        figure: As for `calendar`.

    Returns:
        The figure. Behind each row the hours are shaded in which the calendar of its target is
        open; the bar is time that counts, hatched where it is paused, a thin line where the
        calendar is closed, and of another colour past due and past the limit. Marks tell the due,
        the limit and the stop; the words at the end of a row are those of `Clock.status`.

    Raises:
        ClockError: The instant lies before the opening of the ticket.

    Example:
        >>> from slacalc import Event, plot, presets
        >>> policy = presets.load("kingdee-diexun")
        >>> order = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
        >>> clock = policy.open(order, "2024-09-13T16:00:00+08:00")
        >>> clock = clock.apply(Event("2024-09-14T10:00:00+08:00", "arrived"))
        >>> figure = plot.ticket(clock, "2024-09-14T12:00:00+08:00")
        >>> print(len(figure.axes))
        2
    """
    return ticket_picture(clock, as_of, language=language, title=title, figure=figure)


def attainment(
    answer: Any,
    metric: str,
    *,
    by: str | Iterable[str] | None = None,
    period: Period | None = "month",
    at: str = "created",
    time_zone: str | None = None,
    objective: float | str | Mapping[Any, Any] | None = None,
    policy: Policy | None = None,
    breaches: Literal["present", "ever"] = "present",
    confidence: float = 0.95,
    most: int = 16,
    language: str = "en",
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """The share of tickets that were met in time, by group and period: `report.attainment` drawn.

    Args:
        answer: What `bulk.evaluate` or `bulk.replay` returned, or what `report.attainment` made of
            it, which is drawn as it was counted.
        metric: The metric.
        by: Columns that tell groups apart, such as ``["tier", "severity"]``: a small chart for
            each group, rows by the first and columns by the second.
        period: ``"day"``, ``"week"``, ``"month"``, ``"quarter"``, ``"year"``, or None for a single
            bar for each value of the last of *by*.
        at: As for `report.attainment`, like all up to *confidence*: the instants that decide the
            period.
        time_zone: The zone whose months count.
        objective: What is promised; bars are coloured by whether it was met.
        policy: The policy, for its zone and objectives and the order of values.
        breaches: Whether breaches count that a later promise undid.
        confidence: Of the interval that the whiskers show.
        most: How many groups are shown at most; those with the most tickets.
        language: As for `calendar`.
        title: A title of your own.
        figure: As for `calendar`.

    Returns:
        The figure. Below each bar, or beside it, stand the two counts that it is made of, how many
        were met of how many that are decided.

    Raises:
        ColumnError: The table is none of these, or lacks a column.
        UnknownMetricError: It has no such metric.
        ReportError: An objective does not fit.

    Example:
        >>> from slacalc import bulk, plot, presets
        >>> policy = presets.load("kingdee-diexun")
        >>> tickets = {
        ...     "created": ["2024-09-13T16:00:00+08:00"] * 3,
        ...     "arrived": ["2024-09-14T10:00:00+08:00", "2024-09-19T10:00:00+08:00", None],
        ...     "channel": ["on-site"] * 3,
        ...     "tier": ["gold"] * 3,
        ... }
        >>> answer = bulk.evaluate(policy, tickets, "2024-09-20T09:00:00+08:00")
        >>> figure = plot.attainment(answer, "arrival", by="tier", policy=policy)
        >>> print(round(figure.axes[0].patches[0].get_height(), 3))
        0.333
    """
    return shares_picture(
        answer,
        metric,
        by=by,
        period=period,
        at=at,
        time_zone=time_zone,
        objective=objective,
        policy=policy,
        breaches=breaches,
        confidence=confidence,
        most=most,
        language=language,
        title=title,
        figure=figure,
    )


def margin(
    answer: Any,
    metric: str,
    *,
    scale: Literal["time", "share"] = "time",
    columns: Mapping[str, str] | None = None,
    language: str = "en",
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """How close tickets run to their dues: what was left of the target when they were stopped.

    Args:
        answer: What `bulk.evaluate` or `bulk.replay` returned.
        metric: The metric.
        scale: ``"time"`` for the time that was left, counted as the target counts; ``"share"`` for
            its share of the target, which compares promises of an hour with those of a month.
        columns: The table's names of columns where they differ. ``{"stopped_at": "closed"}`` tells
            of the tickets of `bulk.evaluate` when they were stopped; without it, those that are
            breached and still open are counted by what they are over so far.
        language: As for `calendar`.
        title: A title of your own.
        figure: As for `calendar`.

    Returns:
        The figure. It shows the number of tickets by what was left, in steps that grow with the
        distance from the due, and what came of them.

    Raises:
        ColumnError: The table is none of these, or lacks a column.
        UnknownMetricError: It has no such metric.

    Example:
        >>> import numpy as np
        >>> from slacalc import plot
        >>> answer = {
        ...     "arrival_due": np.array(["2024-09-14T08:00"] * 2, "datetime64[s]"),
        ...     "arrival_state": ["met", "breached"],
        ...     "arrival_elapsed": np.array([5, 9], "timedelta64[h]"),
        ...     "arrival_remaining": np.array([3, -1], "timedelta64[h]"),
        ... }
        >>> figure = plot.margin(answer, "arrival")
        >>> print(figure.axes[0].get_ylabel())
        tickets
    """
    return margin_picture(
        answer,
        metric,
        scale=scale,
        columns=columns,
        language=language,
        title=title,
        figure=figure,
    )


def breaches(
    answer: Any,
    metric: str,
    *,
    time_zone: str | None = None,
    calendar: Calendar | None = None,
    breaches: Literal["present", "ever"] = "present",
    columns: Mapping[str, str] | None = None,
    language: str = "en",
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """When promises break: breaches by weekday and hour of the day.

    Args:
        answer: What `bulk.evaluate` or `bulk.replay` returned.
        metric: The metric.
        time_zone: The zone whose hours count; left out, that of *calendar*, or of the column.
        calendar: The calendar whose open hours are framed.
        breaches: ``"present"`` for the tickets whose state is breached, ``"ever"`` for those as
            well whose breach a later promise undid.
        columns: The table's names of columns where they differ: ``{"breached_at": "missed_at"}``.
        language: As for `calendar`.
        title: A title of your own.
        figure: As for `calendar`.

    Returns:
        The figure. It has a count for each hour of the week, Monday first, and the sums by hour
        and by weekday.

    Raises:
        ColumnError: The table is none of these, or lacks a column.
        UnknownMetricError: It has no such metric.
        CalendarError: The zone is not the calendar's.

    Example:
        >>> import numpy as np
        >>> from slacalc import plot
        >>> answer = {
        ...     "arrival_due": np.array(["2024-09-14T08:00"] * 2, "datetime64[s]"),
        ...     "arrival_state": ["met", "breached"],
        ...     "arrival_breached_at": np.array(["NaT", "2024-09-14T08:00"], "datetime64[s]"),
        ... }
        >>> figure = plot.breaches(answer, "arrival", time_zone="Asia/Shanghai")
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['1']
    """
    return breaches_picture(
        answer,
        metric,
        time_zone=time_zone,
        calendar=calendar,
        breaches=breaches,
        columns=columns,
        language=language,
        title=title,
        figure=figure,
    )


def backlog(
    answer: Any,
    metric: str,
    as_of: datetime | str,
    *,
    since: datetime | str | None = None,
    bands: Iterable[timedelta | str] = ("24h", "72h", "168h"),
    calendar: Calendar | None = None,
    time_zone: str | None = None,
    naive: str | None = None,
    columns: Mapping[str, str] | None = None,
    language: str = "en",
    title: str | None = None,
    figure: Figure | SubFigure | None = None,
) -> Figure:
    """How many tickets were open, and how near their dues: the backlog up to now, and from now on.

    Args:
        answer: What `bulk.evaluate` or `bulk.replay` returned.
        metric: The metric.
        as_of: The instant of that answer.
        since: From when on; left out, from the first ticket on.
        bands: The distances from the due that are told apart, growing.
        calendar: The calendar on which they are counted as working time; left out, they are plain
            hours.
        time_zone: The zone of the dates below; left out, that of *calendar*, or of the due.
        naive: The zone in which instants without one were read.
        columns: The table's names of columns where they differ. `bulk.evaluate` does not say when
            tickets were stopped, so its table needs ``{"stopped_at": "closed"}``, and
            ``{"created": "opened_at"}`` where that is called otherwise.
        language: As for `calendar`.
        title: A title of your own.
        figure: As for `calendar`.

    Returns:
        The figure. It shows the tickets that were open at each time, by band, each from its start
        to its stop. Right of *as_of* those that are open go on as if none were stopped, so it tells
        what will be overdue when. Dues are those of the answer, also for the time before a promise
        changed; cancelled tickets and those without a target are left out.

    Raises:
        ColumnError, NaiveDatetimeError: The table is none of these, or lacks a column.
        UnknownMetricError: It has no such metric.
        ReportError: The bands do not grow, or *since* is not before *as_of*.

    Example:
        >>> from slacalc import bulk, plot, presets
        >>> tickets = {
        ...     "created": ["2024-09-13T16:00:00+08:00"] * 2,
        ...     "arrived": ["2024-09-14T10:00:00+08:00", None],
        ...     "channel": ["on-site"] * 2,
        ...     "tier": ["gold"] * 2,
        ... }
        >>> as_of = "2024-09-20T09:00:00+08:00"
        >>> answer = bulk.evaluate(presets.load("kingdee-diexun"), tickets, as_of)
        >>> figure = plot.backlog(answer, "arrival", as_of, columns={"stopped_at": "arrived"})
        >>> print(figure.axes[0].get_ylabel())
        open tickets
    """
    return backlog_picture(
        answer,
        metric,
        as_of,
        since=since,
        bands=bands,
        calendar=calendar,
        time_zone=time_zone,
        naive=naive,
        columns=columns,
        language=language,
        title=title,
        figure=figure,
    )
