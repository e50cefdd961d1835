"""`plot.calendar` shades dates by their hours and names the special ones."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure

from slacalc import Calendar, plot
from slacalc._plot.palette import LIGHT
from slacalc.errors import (
    HorizonError,
)
from tests.plot.figures import (
    OFFICE,
    REALISTIC,
    axes_of,
    legend_of,
    subtitle_of,
    texts_of,
)


def cells(figure: Figure, year: int) -> dict[date, tuple[float, ...]]:
    """The colours of a year's cells, by date."""
    (found,) = figure.findobj(lambda one: one.get_gid() == "days")
    assert isinstance(found, PatchCollection)
    colours = np.asarray(found.get_facecolor())
    assert len(colours) == len(found.get_paths())
    return {date(year, 1, 1) + timedelta(n): tuple(one) for n, one in enumerate(colours)}


def test_a_year_has_a_cell_for_each_date_and_sums_its_working_time() -> None:
    """2024 has 366 dates; in China 262 weekdays, of which 19 are off, and 8 make-up days."""
    figure = REALISTIC["calendar"]("en")
    assert len(cells(figure, 2024)) == 366
    assert figure.get_suptitle().strip() == "Working time in 2024"
    assert subtitle_of(figure) == "Asia/Shanghai: 251 working days, 2,008 working hours"
    assert "8 make-up working days (+)" in legend_of(figure)
    days = [one.get_text() for one in axes_of(figure)[0].texts]
    made_up = {"4+", "18+", "7+", "28+", "11+", "14+", "29+", "12+"}
    assert {one for one in days if one.endswith("+")} == made_up
    names = [one.get_text() for one in axes_of(figure)[1].texts]
    assert names[names.index("Tue 17 Sep") + 1] == "Mid-Autumn Festival"
    assert names[names.index("Sat 14 Sep") + 1] == "working day for 2024-09-16"


def test_shorter_days_are_lighter_and_days_off_have_their_own_colour() -> None:
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
    assert found[date(2026, 5, 1)] == mpl.colors.to_rgba(LIGHT.holiday)
    assert {"24!", "31x"} <= {*texts_of(figure)}
    assert {"2 hours", "4 hours", "10 hours", "1 holiday"} <= {*legend_of(figure)}
    assert "08:00-10:00" in texts_of(figure)


def test_dates_whose_holidays_are_not_published_are_hatched() -> None:
    """All of a year past the horizon, and none of one before it."""
    desk = Calendar("Asia/Shanghai", {"mon-fri": "9-18"}, holidays="CN", horizon=2026)
    for year, hatched in ((2026, 0), (2027, 365)):
        figure = plot.calendar(desk, year)
        found: list[Any] = figure.findobj(lambda one: one.get_gid() == "unpublished")
        assert sum(len(one.get_paths()) for one in found) == hatched
        assert ("holidays not published yet" in legend_of(figure)) is bool(hatched)


def test_invalid_years_are_refused() -> None:
    for year in (1899, 2201, "2024"):
        with pytest.raises(HorizonError, match="supported years"):
            plot.calendar(OFFICE, year)  # type: ignore[arg-type] # wrong on purpose


def test_calendars_that_never_or_always_open_are_drawn() -> None:
    """Also one that never opens, and one that always does, whose days have up to 25 hours."""
    assert "0 working days" in subtitle_of(plot.calendar(Calendar("UTC", "closed"), 2024))
    figure = plot.calendar(Calendar("Europe/Paris", "always"), 2024)
    assert legend_of(figure) == ["23 hours", "24 hours", "25 hours"]


@pytest.mark.parametrize(("size", "rows"), [(None, 3), ((11, 6), 2), ((5, 14), 4)])
def test_months_stand_in_the_grid_in_which_they_are_largest(
    size: tuple[float, float] | None, rows: int
) -> None:
    """Three rows of four months in a figure of its own, two in a wide one, four in a high one."""
    desk = Calendar("UTC", {"mon-fri": "9-17"})
    figure = plot.calendar(desk, 2026, figure=size and Figure(figsize=size))
    months = {"Jan", "Mar", "Apr", "May", "Jul", "Oct", "Nov"}
    texts = [text for text in figure.axes[0].texts if text.get_text() in months]
    assert len(texts) == len(months)
    assert len({text.get_position()[1] for text in texts}) == rows
