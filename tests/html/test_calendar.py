"""The view of a calendar shows its week and the special dates of a year."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import holidays
import pytest

from slacalc import Calendar
from slacalc.errors import HorizonError
from tests.html.reading import paths, rows, starts, text_of, tree


def test_a_year_of_china_by_its_notice() -> None:
    """The State Council's notice for 2026 has six make-up days."""
    china = tree("calendar china")
    cells = [one.get("class") for one in china.iter("g")]
    assert cells.count("make-up-day") == 6
    named = rows(china.findall("div")[-1])
    assert ["Sat 2026-02-14", "make-up working day", "for 2026-02-20",
            "08:30–12:00, 13:00–17:30"] in named  # fmt: skip
    assert ["Thu 2026-12-24", "exception", "Christmas Eve", "08:30–12:00"] in named
    assert "holidays from 2026-07-01 on are not published yet" in text_of(china)


def test_a_night_shift_is_drawn_on_both_its_days() -> None:
    """From Monday 22:00 to 24:00, and from 0:00 to 6:00 on Tuesday; on Saturday from the night."""
    week = next(tree("calendar nights").iter("svg"))
    assert [len(starts(one)) for one in paths(week, "open")] == [1, 2, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("calendar", "year"),
    [
        (Calendar("Asia/Shanghai", "always", holidays="CN", horizon=2020), 2020),
        (Calendar("UTC", "always", holidays=["2019-05-04", {"2021-05-04": "x"}]), 2021),
        (Calendar("UTC", "always", exceptions={"2022-12-30..2023-01-02": "closed"}), 2023),
        (Calendar("UTC", "always"), None),
    ],
)
def test_the_default_year_follows_from_the_data(calendar: Calendar, year: int | None) -> None:
    """The last published one; or the last one of own dates; or none."""
    headings = [one.text for one in ET.fromstring(calendar.to_html()).iter("span")]  # noqa: S314 - our own page
    assert (str(year) in headings) is (year is not None)


def test_the_default_year_was_announced_by_a_government() -> None:
    """French law fixes holidays until 2100; the last year announced by any government is shown."""
    announced = max(
        year for code in ("BY", "CN", "HU", "RU")
        for year in getattr(holidays, code)().special_public_holidays
    )  # fmt: skip
    shown = Calendar("Europe/Paris", {"mon-fri": "9-17"}, holidays="FR").to_html()
    assert f'<span class="name">{announced}</span>' in shown


def test_a_year_out_of_range_is_refused() -> None:
    """As by all functions."""
    with pytest.raises(HorizonError):
        Calendar("UTC", "always").to_html(2300)
