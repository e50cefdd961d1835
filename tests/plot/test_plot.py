"""Pictures show what was counted, say it in words that do not collide, and touch nothing global."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection, PathCollection, PolyCollection
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from slacalc import Calendar, Event, Policy, bulk, plot, report
from slacalc._columns.kernel import MISSING
from slacalc._i18n import ENGLISH
from slacalc._plot import figure as figures
from slacalc._plot.backlog import _layers, _OpenTickets
from slacalc._plot.time_axis import time_ticks
from slacalc._time.instants import to_instant, zone
from slacalc.errors import (
    CalendarError,
    ClockError,
    ColumnError,
    HorizonError,
    MissingExtraError,
    NaiveDatetimeError,
    ReportError,
    UnknownMetricError,
)
from tests.plot.pictures import (
    AS_OF,
    CHINA,
    HELPDESK,
    NAMES,
    OFFICE,
    PICTURES,
    REAL,
    at,
    clock,
    columns,
    in_pandas,
    texts_of,
    tickets,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HAS_CHINESE = bool({*figures.CHINESE_FONTS} & {*fontManager.get_font_names()})
needs_chinese = pytest.mark.skipif(not HAS_CHINESE, reason="no font here prints Chinese")


def axes(figure: Any) -> list[Any]:
    """The axes of a picture, whatever they hold."""
    return list(figure.axes)


def subtitle(figure: Figure) -> str:
    (found,) = figure.findobj(lambda one: one.get_gid() == "subtitle")
    assert isinstance(found, Text)
    text: str = found.get_text()
    return text


def legend(figure: Any) -> list[str]:
    return [one.get_text() for one in figure.legends[0].get_texts()]


# Calendar -----------------------------------------------------------------------------------------


def cells(figure: Figure, year: int) -> dict[date, tuple[float, ...]]:
    """The colours of a year's cells, by date."""
    (found,) = figure.findobj(lambda one: one.get_gid() == "days")
    assert isinstance(found, PatchCollection)
    colours = np.asarray(found.get_facecolor())
    assert len(colours) == len(found.get_paths())
    return {date(year, 1, 1) + timedelta(n): tuple(one) for n, one in enumerate(colours)}


def test_a_year_has_a_cell_for_each_date_and_its_working_time() -> None:
    """2024 has 366 dates; in China 262 weekdays, of which 19 are off, and 8 make-up days."""
    figure = plot.calendar(OFFICE, 2024)
    assert len(cells(figure, 2024)) == 366
    assert figure.get_suptitle().strip() == "Working time in 2024"
    assert subtitle(figure) == "Asia/Shanghai: 251 working days, 2,008 working hours"
    assert "8 make-up working days (+)" in legend(figure)
    days = [one.get_text() for one in axes(figure)[0].texts]
    made_up = {"4+", "18+", "7+", "28+", "11+", "14+", "29+", "12+"}
    assert {one for one in days if one.endswith("+")} == made_up
    told = [one.get_text() for one in axes(figure)[1].texts]
    assert told[told.index("Tue 17 Sep") + 1] == "Mid-Autumn Festival"
    assert told[told.index("Sat 14 Sep") + 1] == "working day for 2024-09-16"


def test_shorter_days_are_lighter_and_days_off_are_of_no_such_colour() -> None:
    """The darker a cell, the longer its working time."""
    desk = Calendar(
        "Europe/Paris",
        {"mon-thu": "8-18", "fri": "8-12"},
        holidays={"2026-05-01": "Labour Day"},
        exceptions={"2026-12-24": "8-10", "2026-12-31": "closed"},
    )
    figure = plot.calendar(desk, 2026)
    found = cells(figure, 2026)

    def light(day: str) -> float:
        return sum(found[date.fromisoformat(day)][:3])

    assert light("2026-05-07") < light("2026-05-08") < light("2026-12-24") < light("2026-05-09")
    assert found[date(2026, 5, 1)] == mpl.colors.to_rgba("#f5b37a")
    assert {"24!", "31x"} <= {*texts_of(figure)}
    assert {"2 hours", "4 hours", "10 hours", "1 holiday"} <= {*legend(figure)}
    assert "08:00-10:00" in texts_of(figure)


def test_dates_whose_holidays_are_not_published_are_hatched() -> None:
    """All of a year past the horizon, and none of one before it."""
    desk = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN", horizon=2026)
    for year, hatched in ((2026, 0), (2027, 365)):
        figure = plot.calendar(desk, year)
        found: list[Any] = figure.findobj(lambda one: one.get_gid() == "unpublished")
        assert sum(len(one.get_paths()) for one in found) == hatched
        assert ("holidays not published yet" in legend(figure)) is bool(hatched)


def test_years_that_are_none_are_refused() -> None:
    for year in (1899, 2201, "2024"):
        with pytest.raises(HorizonError, match="supported years"):
            plot.calendar(OFFICE, year)  # type: ignore[arg-type]


def test_calendars_of_all_kinds_have_a_picture() -> None:
    """Also one that never opens, and one that always does, whose days have up to 25 hours."""
    assert "0 working days" in subtitle(plot.calendar(Calendar("UTC", "closed"), 2024))
    figure = plot.calendar(Calendar("Europe/Paris", "always"), 2024)
    assert legend(figure) == ["23 hours", "24 hours", "25 hours"]


# Ticket -------------------------------------------------------------------------------------------


def hours(figure: Figure, gid: str) -> float:
    """How long the bars of a kind are together."""
    (found,) = figure.findobj(lambda one: one.get_gid() == gid)
    assert isinstance(found, PolyCollection)
    widths = [np.ptp(np.asarray(path.vertices)[:, 0]) for path in found.get_paths()]
    return round(24 * float(sum(widths)), 6)


def test_bars_are_as_long_as_the_time_that_they_stand_for() -> None:
    """Half an hour on Thursday, two and four on Friday, 1.5 on Monday; then it is late."""
    figure = plot.ticket(clock(), at("16 11:00"))
    assert hours(figure, "running-resolution") == 8
    assert hours(figure, "late-resolution") == 0.5
    assert hours(figure, "paused-resolution") == 3.5  # 14:30-17:00 and 9:00-10:00
    assert hours(figure, "running-response") == pytest.approx(1 / 3, abs=1e-4)
    rows = axes(figure)[1]
    assert [one.get_text() for one in rows.get_yticklabels()] == ["response", "resolution"]
    told = [one.get_text() for one in rows.texts]
    assert told == [
        "met, 20m of 2h used\ndue Thu 12 Sep 16:00",
        "late, 8h 30m of 8h used\ndue Mon 16 Sep 10:30",
    ]
    assert "past due" in legend(figure)
    assert "after the breach" not in legend(figure)


def shown(number: float) -> str:
    """A date of matplotlib's on a clock in China."""
    found: datetime = num2date(number, CHINA)  # type: ignore[no-untyped-call] # of matplotlib
    return found.strftime("%d %H:%M")


def test_bounds_and_stops_are_marked_where_they_are() -> None:
    """The due of the response, and of the resolution due and limit; the stop, and now."""
    figure = plot.ticket(clock(), at("16 11:00"))
    rows = axes(figure)[1]
    bounds = [
        shown(float(x))
        for one in rows.collections
        if type(one).__name__ == "LineCollection"
        for path in one.get_paths()
        for x in {*path.vertices[:, 0]}
    ]
    assert bounds == ["12 16:00", "16 10:30", "16 13:30"]
    marks = [shown(line.get_xdata()[0]) for line in rows.lines]
    assert marks == ["12 14:20", "16 11:00"]


def test_events_are_named_by_what_they_changed() -> None:
    """A change of nothing is a mark without words; what happens later has not happened."""
    repeated = clock().apply(Event(at("13 10:30"), "changed", status="open"))
    later = repeated.apply(Event(at("18 10:00"), "resolved"))
    figure = plot.ticket(later, at("16 11:00"))
    above = axes(figure)[0]
    named = [one.get_text() for one in above.texts]
    assert sorted(named) == ["created", "replied", "status=open", "status=waiting"]
    (marks,) = (one for one in above.collections if isinstance(one, PathCollection))
    assert len(np.asarray(marks.get_offsets())) == 5


def test_a_crowd_of_events_keeps_its_marks_and_tells_how_many_names_are_missing() -> None:
    """Of a hundred notes in an hour a few are named."""
    opened = HELPDESK.open({}, at("12 14:00"))
    notes = [Event(at("12 14:01") + timedelta(seconds=30 * n), f"note {n}") for n in range(100)]
    figure = plot.ticket(opened.insert(*notes), at("16 11:00"))
    named = len(axes(figure)[0].texts)
    assert f"events without a label: {101 - named}" in subtitle(figure)


def test_a_ticket_has_a_picture_at_any_time_but_before_it_was_opened() -> None:
    """At its opening, nothing has passed yet."""
    assert "as of Thu 12 Sep 2024 14:00" in subtitle(plot.ticket(clock(), at("12 14:00")))
    with pytest.raises(ClockError):
        plot.ticket(clock(), at("12 13:59"))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2024-03-31T00:30+01:00", "2024-03-31T05:30+02:00", "01:00 03:00 04:00 05:00"),
        ("2024-10-27T00:30+02:00", "2024-10-27T04:30+01:00", "01:00 02:00 03:00 04:00"),
        ("2024-05-03T12:00+02:00", "2024-05-06T12:00+02:00", "Sat 4 May|Sun 5 May|Mon 6 May"),
        ("2024-05-01T12:00+02:00", "2024-06-01T12:00+02:00", "6 May|13 May|20 May|27 May"),
        ("2023-12-20T12:00+01:00", "2024-03-20T12:00+01:00", "Jan 2024|Feb 2024|Mar 2024"),
    ],
)
def test_ticks_stand_at_round_readings_of_the_wall_clock(
    first: str, last: str, expected: str
) -> None:
    """Also where an hour is missing, or repeated; never two at one reading."""
    found = time_ticks(zone("Europe/Paris"), to_instant(first), to_instant(last), ENGLISH, most=5)
    assert "|".join(one.text for one in found) in (expected, expected.replace(" ", "|"))


# Answers ------------------------------------------------------------------------------------------


def in_numpy() -> dict[str, Any]:
    frame = in_pandas()
    arrays: dict[str, Any] = {"tier": np.array(columns()["tier"], object)}
    for name in frame.columns.difference(["tier", "call_state"]):
        column = frame[name]
        zoned = hasattr(column.dtype, "tz")
        arrays[name] = (column.dt.tz_convert(None) if zoned else column).to_numpy()
    return arrays | {"call_state": frame["call_state"].to_numpy(object)}


LIBRARIES: dict[str, Callable[[], Any]] = {
    "pandas": in_pandas,
    "polars": lambda: pl.from_pandas(in_pandas()),
    "lazy": lambda: pl.from_pandas(in_pandas()).lazy(),
    "pyarrow": lambda: pa.Table.from_pandas(in_pandas()),
    "numpy": in_numpy,
}


def facts(figure: Any) -> list[Any]:
    """What a picture says: its words, its bars, and its areas."""
    found: list[Any] = texts_of(figure)
    for ax in figure.axes:
        for patch in ax.patches:
            if isinstance(patch, Rectangle):
                x, y, wide, high = patch.get_bbox().bounds
                found.append([round(float(one), 9) for one in (x, y, wide, high)])
        for several in ax.collections:
            found += [np.round(path.vertices, 9).tolist() for path in several.get_paths()]
    return found


@pytest.mark.parametrize("picture", PICTURES)
def test_all_libraries_give_the_same_picture(picture: str) -> None:
    """What is drawn does not depend on the library that the table comes from."""
    draw = PICTURES[picture]
    expected = facts(draw(in_pandas()))
    for make in LIBRARIES.values():
        assert facts(draw(make())) == expected
    if picture != "attainment":
        assert facts(draw(columns())) == expected  # lists


# Attainment ---------------------------------------------------------------------------------------


def test_bars_are_the_shares_that_were_counted_with_their_counts_below() -> None:
    """Of three gold tickets two were met, of two silver ones none."""
    gold, silver = axes(PICTURES["attainment"](in_pandas()))[:2]
    assert [one.get_height() for one in gold.patches] == [2 / 3]
    assert [one.get_height() for one in silver.patches] == [0]
    assert [one.get_text() for one in gold.get_xticklabels()] == ["2/3"]
    assert [one.get_text() for one in silver.get_xticklabels()] == ["0/2"]
    assert (gold.get_title(loc="left"), silver.get_title(loc="left")) == ("gold", "silver")


def whiskers(ax: Any) -> list[tuple[float, float]]:
    (lines,) = (one for one in ax.collections if type(one).__name__ == "LineCollection")
    return [(path.vertices[0, 1], path.vertices[-1, 1]) for path in lines.get_paths()]


def test_whiskers_are_wilsons_interval() -> None:
    """8 of 10: 0.490 to 0.943; 81 of 263: 0.255 to 0.366 (Newcombe 1998, table I)."""
    rows = tickets(8, 2, 1) + tickets(81, 182, 2)
    figure = plot.attainment(pd.DataFrame(rows), "call")
    (first, second) = whiskers(axes(figure)[0])
    assert first == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert second == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_months_without_tickets_keep_their_places() -> None:
    """Bars of January and April stand three months apart."""
    frame = pd.DataFrame(tickets(3, 1, 1) + tickets(1, 1, 4))
    ax = axes(plot.attainment(frame, "call", time_zone="Asia/Shanghai"))[0]
    assert [one.get_x() + one.get_width() / 2 for one in ax.patches] == pytest.approx([0, 3])
    names = [one.get_text() for one in ax.get_xticklabels(minor=True)]
    assert names == ["Jan\n2024", "Feb", "Mar", "Apr"]


def test_groups_of_two_columns_stand_in_rows_and_columns() -> None:
    """Tiers one below the other and severities side by side, in the policy's order."""
    rows = [
        ticket
        for tier in ("silver", "gold")
        for severity in ("low", "high")
        for ticket in tickets(2, 1, 3, tier=tier, severity=severity)
    ]
    policy = Policy(
        "p",
        calendars={"c": {"time_zone": "Asia/Shanghai", "week": "always"}},
        attributes={"tier": ["gold", "silver"], "severity": ["high", "low"]},
        metrics={"call": {"stop": "called"}},
        tables={"t": [{"targets": {"call": "1 hour"}}]},
    )
    frame = pd.DataFrame(rows)
    figure = plot.attainment(frame, "call", by=["tier", "severity"], policy=policy)
    grid = [one.get_subplotspec().rowspan.start for one in axes(figure)]
    assert grid == [0, 0, 1, 1]
    titles = [one.get_title(loc="left") for one in figure.axes]
    assert titles == ["gold · high", "gold · low", "silver · high", "silver · low"]


def test_a_counted_table_is_drawn_as_it_was_counted() -> None:
    """The picture of `report.attainment`'s table is that of the answer."""
    answer = in_pandas()
    counted = report.attainment(
        answer, by="tier", at="opened", time_zone="Asia/Shanghai", period="month", objective=0.5
    )
    assert facts(plot.attainment(counted, "call")) == facts(PICTURES["attainment"](answer))
    with pytest.raises(ColumnError, match=r"by=\['team'\].*counted by \['tier'\]"):
        plot.attainment(counted, "call", by="team")
    with pytest.raises(UnknownMetricError, match="'cal' is not a metric.*did you mean 'call'"):
        plot.attainment(counted, "cal")


def test_bars_are_coloured_by_what_their_interval_says_of_the_objective() -> None:
    """Of 90 %: 400 of 400 meets it, 300 of 400 misses it, 9 of 10 may do either."""
    rows = tickets(400, 0, 1) + tickets(300, 100, 2) + tickets(9, 1, 3)
    figure = plot.attainment(pd.DataFrame(rows), "call", objective="90 %")
    met, missed, unsure = (one.get_facecolor() for one in axes(figure)[0].patches)
    assert met == mpl.colors.to_rgba(figures.BLUE)
    assert missed == mpl.colors.to_rgba(figures.VERMILLION)
    assert unsure not in (met, missed)
    assert {"objective met", "too few tickets to tell", "objective missed"} < {*legend(figure)}


def test_groups_beyond_the_most_are_left_out_and_told() -> None:
    """Of three groups the two with the most tickets are shown."""
    rows = [*tickets(5, 0, 1, team="a"), *tickets(1, 0, 1, team="b"), *tickets(3, 0, 1, team="c")]
    figure = plot.attainment(pd.DataFrame(rows), "call", by="team", most=2)
    assert [one.get_title(loc="left") for one in figure.axes] == ["a", "c"]
    assert "shown: the 2 largest of 3 groups" in subtitle(figure)
    with pytest.raises(ReportError, match="most=0"):
        plot.attainment(pd.DataFrame(rows), "call", most=0)


# Margin -------------------------------------------------------------------------------------------


def bars(figure: Any) -> dict[Any, int]:
    """The heights of bars by state and place; the due is at the place 0."""
    ax = axes(figure)[0]
    (due,) = (line.get_xdata()[0] for line in ax.lines)
    return {
        (several.get_label(), round(one.get_x() + one.get_width() / 2 - due, 1)): one.get_height()
        for several in ax.containers
        for one in several
        if one.get_height()
    }


def test_tickets_stand_by_what_was_left_and_are_coloured_by_what_came_of_them() -> None:
    """Nothing left is no overrun; yet it may be breached, by a night in which no time counted."""
    figure = PICTURES["margin"](in_pandas())
    labels = [one.get_text() for one in axes(figure)[0].get_xticklabels()]
    assert labels == [
        "\N{MINUS SIGN}1m",
        "0",
        "1m",
        "2m",
        "5m",
        "15m",
        "30m",
        "1h",
        "2h",
        "4h",
    ] or ("0" in labels)
    found = bars(figure)
    place = labels.index("4h") - labels.index("0") - 0.5
    assert found["met", place] == 1
    assert found["met", 0.5] == found["breached", 0.5] == 1
    assert [count for (state, where), count in found.items() if state == "late" and where < 0] == [
        1
    ]
    assert legend(figure)[:3] == ["met: 2 (50.0%)", "late: 1 (25.0%)", "breached: 1 (25.0%)"]


def test_breached_tickets_that_are_open_count_where_nobody_tells_that_they_are() -> None:
    """Without the column of stops, the one that is over by five hours so far counts as well."""
    with_it, without = PICTURES["margin"](in_pandas()), plot.margin(in_pandas(), "call")
    assert sum(bars(with_it).values()) == 4
    assert sum(bars(without).values()) == 5


def test_shares_are_of_the_whole_target() -> None:
    """Three hours left of four are 75 %: between 70 and 80."""
    figure = PICTURES["share"](in_pandas())
    labels = [one.get_text() for one in axes(figure)[0].get_xticklabels()]
    place = labels.index("70") - labels.index("0") + 0.5
    assert bars(figure)["met", place] == 1


def test_targets_of_no_time_have_no_share() -> None:
    """What is due at once is left out, and told."""
    frame = in_pandas()
    for name in ("call_elapsed", "call_remaining"):
        frame[name] = frame[name].mask(frame.index == 0, pd.Timedelta(0))
    figure = plot.margin(frame, "call", scale="share")
    assert "not counted, since due at once: 1" in subtitle(figure)


# Breaches -----------------------------------------------------------------------------------------


def test_breaches_stand_at_their_hour_of_the_week() -> None:
    """Friday 13 and Saturday 14 September 2024 at noon in China, which is four in the morning."""
    for name, hour in (("Asia/Shanghai", 12), ("UTC", 4)):
        figure = plot.breaches(in_pandas(), "call", time_zone=name)
        found = {(*one.get_position(), one.get_text()) for one in axes(figure)[0].texts}
        assert found == {(hour + 0.5, 4.5, "1"), (hour + 0.5, 5.5, "1")}
    assert subtitle(figure) == "2 breaches, 13 Sep 2024 to 14 Sep 2024"


def test_the_open_hours_of_the_calendar_are_framed() -> None:
    """Nine to twelve and one to five from Monday to Friday: two boxes."""
    desk = Calendar("Asia/Shanghai", {"mon-fri": "9-12, 13-17"})
    figure = plot.breaches(in_pandas(), "call", calendar=desk)
    (frame,) = figure.findobj(lambda one: one.get_gid() == "open-hours")
    edges = {tuple(map(tuple, path.vertices.astype(int))) for path in frame.get_paths()}  # type: ignore[attr-defined]
    box = {((x, y), (x + 1, y)) for x in (9, 10, 11, 13, 14, 15, 16) for y in (0, 5)}
    assert edges == box | {((x, y), (x, y + 1)) for x in (9, 12, 13, 17) for y in range(5)}
    assert legend(figure) == ["open hours (0.0% of the breaches)"]
    with pytest.raises(CalendarError, match="give one of the two"):
        plot.breaches(in_pandas(), "call", calendar=desk, time_zone="UTC")


def test_breaches_that_were_undone_count_on_request() -> None:
    """A ticket that is met under a later promise was breached under the first one."""
    frame = in_pandas()
    frame["call_breached_at"] = frame["call_due"].where(frame.index < 5)
    frame.loc[1:2, "call_breached_at"] = None
    assert "2 breaches" in subtitle(plot.breaches(frame, "call"))
    assert "3 breaches" in subtitle(plot.breaches(frame, "call", breaches="ever"))
    with pytest.raises(ColumnError, match="breaches='eve'"):
        plot.breaches(frame, "call", breaches="eve")  # type: ignore[arg-type]


# Backlog ------------------------------------------------------------------------------------------


def test_the_legend_counts_what_is_open_now() -> None:
    """On the 20th: one overdue by days, one due in 27 hours, one paused."""
    figure = PICTURES["backlog"](in_pandas())
    assert legend(figure)[:2] == ["overdue: 1", "due within 1d: 0"]
    assert "within 3d: 1" in legend(figure)
    assert "no due date yet: 1" in legend(figure)
    assert subtitle(figure).startswith("3 open as of Fri 20 Sep 2024 09:00 (Asia/Shanghai), 1 of")


def one_by_one(rows: list[tuple[int, int, int]], when: int, bands: list[int]) -> list[int]:
    """How many tickets are in each layer at an instant, asked of each ticket."""
    counts = [0] * (len(bands) + 3)
    for start, stop, due in rows:
        if not start <= when < stop:
            continue
        if due == MISSING:
            place = -1
        elif when > due:
            place = 0
        else:
            place = 1 + sum(due - when > band for band in bands)
        counts[place] += 1
    return counts


def test_layers_are_what_each_ticket_says_by_itself() -> None:
    """The columns agree with a walk over the tickets, at every instant, with ties everywhere."""
    chance = np.random.default_rng(7)
    start = chance.integers(0, 30, 200)
    stop = start + chance.integers(0, 20, 200)
    due = np.where(chance.random(200) < 0.1, MISSING, start + chance.integers(0, 20, 200))
    rows = list(zip(start.tolist(), stop.tolist(), due.tolist(), strict=True))
    times, bands = np.arange(60), [3, 7, 11]
    layers = _layers(_OpenTickets(start, stop, due), times, bands, None)
    found = np.stack(layers, 1).tolist()
    assert found == [one_by_one(rows, when, bands) for when in times.tolist()]


def test_distances_are_working_time_on_a_calendar() -> None:
    """At nine on Friday, Saturday noon is 27 hours away, but no working day: seven hours."""
    figure = plot.backlog(
        in_pandas(), "call", AS_OF, columns=NAMES, calendar=OFFICE, bands=("4h", "8h")
    )
    assert "within 8h: 1" in legend(figure)
    assert subtitle(figure).endswith("bands in working time")


def test_a_backlog_asks_for_what_it_needs() -> None:
    """Each thing that is missing is told, with what is there, and how to say it."""
    frame = in_pandas()
    with pytest.raises(ColumnError, match=r'no column for created.*columns={"created": …}.*opened'):
        plot.backlog(frame, "call", AS_OF)
    with pytest.raises(
        ColumnError,
        match="'stopped_at' names the column 'close', which the table does not have; did you",
    ):
        plot.backlog(frame, "call", AS_OF, columns={"stopped_at": "close"})
    with pytest.raises(
        ColumnError, match="'stopped' is not one of created, .*; did you mean 'stopped_at'"
    ):
        plot.backlog(frame, "call", AS_OF, columns={"stopped": "closed"})
    for bands in ((), ("8h", "4h"), "0h", ["1h"] * 2, [f"{n}h" for n in range(1, 9)]):
        with pytest.raises(ReportError, match="lengths in growing order"):
            plot.backlog(frame, "call", AS_OF, columns=NAMES, bands=bands)
    with pytest.raises(ReportError, match="is not before as_of"):
        plot.backlog(frame, "call", AS_OF, columns=NAMES, since=AS_OF)
    naive = frame.assign(opened=frame["opened"].dt.tz_localize(None))
    with pytest.raises(NaiveDatetimeError, match='naive="Europe/Berlin"'):
        plot.backlog(naive, "call", AS_OF, columns=NAMES)
    told = plot.backlog(naive, "call", AS_OF, columns=NAMES, naive="Asia/Shanghai")
    assert facts(told) == facts(plot.backlog(frame, "call", AS_OF, columns=NAMES))


# Any answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("picture", PICTURES)
def test_what_is_not_there_is_told_in_the_picture(picture: str) -> None:
    """No rows, or none that says anything: a title, and what there is not."""
    nothing = in_pandas().assign(call_state="no target")
    for name in ("call_breached_at", "call_due"):
        nothing[name] = nothing[name].mask(nothing[name].notna())
    for frame in (in_pandas().iloc[:0], nothing):
        figure = PICTURES[picture](frame)
        assert figure.get_suptitle().startswith("call: ")
        (said,) = (one.get_text() for one in axes(figure)[0].texts)
        assert said.startswith("no ticket ")


@pytest.mark.parametrize("picture", PICTURES)
def test_one_row_is_enough(picture: str) -> None:
    """A breached ticket that was stopped has a place in every picture."""
    figure = PICTURES[picture](in_pandas().iloc[3:4])
    assert any(one.has_data() for one in figure.axes)


def test_logs_are_read_by_their_own_names() -> None:
    """The answer of `bulk.replay` tells starts and stops itself, of the metric asked for."""
    log = pd.DataFrame(
        {
            "ticket": [1, 1, 2],
            "at": [at("13 09:00"), at("13 10:00"), at("13 09:00")],
            "type": ["created", "replied", "created"],
        }
    )
    answer = bulk.replay(HELPDESK, log, AS_OF)
    assert sum(bars(plot.margin(answer, "response")).values()) == 1  # the other is still open
    assert "1 open as of" in subtitle(plot.backlog(answer, "response", AS_OF))
    assert "2 open as of" in subtitle(plot.backlog(answer, "resolution", AS_OF))
    assert "1 breach," in subtitle(plot.breaches(answer, "response"))
    share = plot.attainment(answer, "response", at="start")
    assert [one.get_height() for one in axes(share)[0].patches] == [0.5]
    with pytest.raises(UnknownMetricError, match=r"\(response, resolution\); did you mean"):
        plot.margin(answer, "respons")
    empty = bulk.replay(HELPDESK, log.iloc[:0], AS_OF)
    assert "no ticket has been stopped" in texts_of(plot.margin(empty, "response"))


def test_unknown_metrics_and_tables_that_are_none_are_told() -> None:
    """With what is there, and what would be right."""
    for draw in (plot.margin, plot.breaches, plot.attainment):
        with pytest.raises(
            UnknownMetricError, match=r"'cal' is not a metric of the table \(call\)"
        ):
            draw(in_pandas(), "cal")
        with pytest.raises(ColumnError, match="holds no answer"):
            draw(pd.DataFrame({"a": [1]}), "call")
    with pytest.raises(ColumnError, match=r"no column for remaining.*call_due, call_state"):
        plot.margin(in_pandas().drop(columns="call_remaining"), "call")


HOSTILE = ["$\\frac{a}{b", "_hidden", "a\nb\tc", "x" * 300, "<b>&amp;", "\x00\x1b[31m", "", "$1$"]


def test_names_are_printed_as_they_are_and_never_read() -> None:
    """No formula, no markup, no hidden label; long ones are cut, and lines are one line."""
    rows = [one for name in HOSTILE for one in tickets(1, 1, 1, team=name)]
    periods: list[Any] = ["month", None]
    for period in periods:
        figure = plot.attainment(pd.DataFrame(rows), "call", by="team", period=period)
        drawn(figure)
        told = texts_of(figure)
        assert {"$\\frac{a}{b", "_hidden", "a b c", "<b>&amp;", "$1$", '""'} <= {*told}
        assert "\N{REPLACEMENT CHARACTER}" * 2 + "[31m" in told
        assert max(map(len, told)) < 60


# Words and fonts ----------------------------------------------------------------------------------


# What is not ours to translate: the words of policies and tickets, zones, and a statistician.
NAMED = {"arrival", "response", "resolution", "tier", "platinum", "gold", "silver", "bronze"}
NAMED |= {"Asia", "Shanghai", "Wilson", "helpdesk", "status", "waiting", "open", "is", "replied"}


def drawn(figure: Figure) -> Any:
    """Draw a picture; what drew it."""
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas.get_renderer()


def collisions(figure: Figure) -> list[str]:
    """The words that cover each other when a picture is drawn, or run out of it."""
    renderer = drawn(figure)
    texts: list[Any] = figure.findobj(Text)
    boxes = [
        (one.get_text(), one.get_window_extent(renderer))
        for one in texts
        # A title holds a line free for the words below it.
        if one.get_text().strip() and one.get_visible() and not one.get_text().endswith("\n")
    ]
    found = []
    for place, (words, box) in enumerate(boxes):
        if box.x0 < -1 or box.y0 < -1 or box.x1 > figure.bbox.x1 + 1 or box.y1 > figure.bbox.y1 + 1:
            found.append(words)
        for others, other in boxes[place + 1 :]:
            wide = min(box.x1, other.x1) - max(box.x0, other.x0)
            high = min(box.y1, other.y1) - max(box.y0, other.y0)
            if wide > 1 and high > 1:
                found.append(f"{words} × {others}")
    return found


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=needs_chinese)])
@pytest.mark.parametrize("picture", REAL)
def test_words_have_their_room_their_glyphs_and_their_language(picture: str, language: str) -> None:
    """No text covers another; none shows as boxes, which would warn; in Chinese all is Chinese."""
    figure = REAL[picture](language)
    assert collisions(figure) == []
    if language == "zh":
        assert not {*latin(" ".join(texts_of(figure)))} - NAMED


def latin(said: str) -> Iterator[str]:
    """The words of a text that are written in Latin letters, units aside."""
    word = ""
    for one in said + " ":
        if one.isascii() and one.isalpha():
            word += one
        else:
            if len(word) > 1:
                yield word
            word = ""


def test_a_font_that_is_missing_is_told_with_some_that_would_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Boxes are never silent: the warning names the characters and fonts to install."""
    monkeypatch.setattr(figures, "CHINESE_FONTS", ())
    with pytest.warns(UserWarning, match="'一三.*install one such as Noto Sans CJK SC") as caught:
        plot.calendar(Calendar("UTC", "closed"), 2024, language="zh")
    assert [one.filename for one in caught] == [__file__]


def test_latin_words_keep_to_the_users_own_font() -> None:
    """Fonts for Chinese are asked for only where there is some."""
    assert figures.font_families(["Mon 16 Sep – ≥ 3"]) == (mpl.rcParams["font.family"], "")


# The library's ways -------------------------------------------------------------------------------


def test_nothing_global_is_touched_and_no_window_is_opened() -> None:
    """No setting changes, and pyplot, which keeps figures, is not loaded."""
    code = (
        "import sys, matplotlib as mpl; before = list(dict.items(mpl.rcParams));"
        "from slacalc import Calendar, plot;"
        "plot.calendar(Calendar('UTC', 'closed'), 2024, language='zh');"
        "print(before == list(dict.items(mpl.rcParams)), 'matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True False\n"


def test_a_notebook_shows_the_figure_by_itself() -> None:
    """As a picture that is twice as fine as its size."""
    figure = plot.breaches(in_pandas(), "call", time_zone="UTC")
    assert isinstance(figure, figures.NotebookFigure)
    data, told = figure._repr_png_()
    assert data.startswith(b"\x89PNG")
    size = (int.from_bytes(data[16:20]), int.from_bytes(data[20:24]))
    assert told == {"width": size[0] // 2, "height": size[1] // 2}
    assert told["width"] == 1150


def test_a_missing_matplotlib_is_told_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "slacalc.plot")
    with pytest.raises(MissingExtraError, match=r'pip install "slacalc\[plot\]"') as caught:
        importlib.import_module("slacalc.plot")
    assert caught.value.extra == "plot"


def test_figures_travel_between_processes() -> None:
    """A pickled figure is the same picture."""
    for draw in (PICTURES["attainment"], PICTURES["backlog"]):
        figure = draw(in_pandas())
        assert facts(pickle.loads(pickle.dumps(figure))) == facts(figure)  # noqa: S301 - our own


def test_pictures_go_where_they_are_told() -> None:
    """Onto a figure, or onto a part of one; the whole figure comes back."""
    board = Figure(figsize=(18, 6))
    parts: Any = board.subfigures(1, 2)
    left, right = parts
    assert plot.margin(in_pandas(), "call", figure=left) is board
    assert plot.breaches(in_pandas(), "call", title="Mine", figure=right) is board
    assert len(left.axes) == 1
    assert len(right.axes) == 4
    assert right.get_suptitle().strip() == "Mine"
    assert collisions(board) == []
    with pytest.raises(ColumnError, match="figure is a list"):
        plot.margin(in_pandas(), "call", figure=[])  # type: ignore[arg-type]


def test_the_users_style_leaves_pictures_readable() -> None:
    """White words of a dark style would vanish on white paper."""
    dark: Any = {"text.color": "white", "axes.facecolor": "black", "axes.labelcolor": "white"}
    with mpl.rc_context(dark):
        texts: list[Any] = PICTURES["breaches"](in_pandas()).findobj(Text)
    colours = {mpl.colors.to_hex(one.get_color()) for one in texts if one.get_text().strip()}
    assert colours <= {figures.INK, figures.FAINT, figures.PAPER}
