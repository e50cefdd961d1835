"""Lists of holidays: the adapter over the `holidays` package, and one's own."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from datetime import date
from typing import Any

import holidays as package
import pytest
from holidays import registry

from slacalc import Calendar, Holidays
from slacalc._calendar.holidays import holiday_entries, year_of_data
from slacalc.errors import HolidaysError, HorizonError, SlacalcError


def names(given: Any, year: int, language: str = "") -> dict[str, str]:
    """The days off of a year, with their names."""
    days_off, _ = Holidays.parse(given).special_days(year, language)
    return {str(day): name for day, name in days_off.items()}


def test_a_country_a_subdivision_a_market() -> None:
    """Codes name countries, their parts, and financial markets."""
    assert "2026-07-04" in names("US", 2026)
    assert "2026-03-31" in names("US-CA", 2026)  # Cesar Chavez Day, California's own
    assert "2026-03-31" not in names("US", 2026)
    assert "2026-04-03" in names("XNYS", 2026)  # Good Friday, of the exchange though not of the US
    assert Holidays.parse("US-CA") == Holidays(country="US", subdivision="CA")
    assert Holidays.parse("US-CA").to_data() == "US-CA"


def test_categories() -> None:
    """A country's other categories count when they are named."""
    public = Holidays(country="DE", subdivision="BY")
    catholic = Holidays(country="DE", subdivision="BY", categories=["public", "catholic"])
    assert "2026-08-15" not in names(public, 2026)
    assert "2026-08-15" in names(catholic, 2026)  # the Assumption of Mary
    assert Holidays(country="DE", categories="public").categories == ("public",)


def test_names_in_two_languages() -> None:
    """Names come in the requested language, otherwise in the country's own."""
    assert names("CN", 2026, "zh")["2026-10-01"] == "国庆节"
    assert names("CN", 2026, "en")["2026-10-01"] == "National Day"
    assert names("CN", 2026, "en_US")["2026-10-01"] == "National Day"
    assert names("CN", 2026)["2026-10-01"] == "国庆节"
    assert names("CN", 2026, "xx")["2026-10-01"] == "国庆节"
    assert names("DE", 2026, "en")["2026-10-03"] == "German Unity Day"
    assert names("DE", 2026)["2026-10-03"] == "Tag der Deutschen Einheit"
    mine = Holidays(dates={"2026-05-04": "Founders' Day"})
    assert names(mine, 2026, "zh") == {"2026-05-04": "Founders' Day"}


def test_names_do_not_depend_on_the_environment() -> None:
    """A process under a German or Chinese locale gives the same names as this one."""
    code = (
        "from slacalc import Calendar;"
        "c = Calendar('Asia/Shanghai', {'mon-fri': '9-17'}, holidays='CN');"
        "print(ascii([d.name for d in c.days('2026-09-20', '2026-10-07')]));"
        "print(ascii(str(c.explain('2026-09-19T00:00+08:00', '2026-10-12T00:00+08:00'))))"
    )
    calendar = Calendar("Asia/Shanghai", {"mon-fri": "9-17"}, holidays="CN")
    names_here = [day.name for day in calendar.days("2026-09-20", "2026-10-07")]
    account = str(calendar.explain("2026-09-19T00:00+08:00", "2026-10-12T00:00+08:00"))
    assert "National Day" in names_here
    assert "holiday: National Day" in account
    processes = [
        subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", code],
            env=os.environ | {"LANG": locale, "LANGUAGE": locale, "LC_ALL": locale},
            stdout=subprocess.PIPE,
            text=True,
        )
        for locale in ("de_DE.UTF-8", "zh_CN.UTF-8")
    ]
    for process in processes:
        printed, _ = process.communicate()
        assert printed == f"{names_here!a}\n{account!a}\n"


def test_own_dates() -> None:
    """Dates, ranges and mappings of them to names are lists of holidays too."""
    assert names("2026-05-04", 2026) == {"2026-05-04": ""}
    assert names(date(2026, 5, 4), 2026) == {"2026-05-04": ""}
    assert names({"2026-12-30..2027-01-02": "break"}, 2026) == {
        "2026-12-30": "break",
        "2026-12-31": "break",
    }
    assert Holidays(dates=["2026-05-04"]) == Holidays(dates={date(2026, 5, 4): ""})


def test_pairs_of_dates_are_ranges_here_too() -> None:
    """A pair among the dates is a range, as it is everywhere, and not a date with a name."""
    pair = Holidays(dates=[("2026-12-30", "2026-12-31"), "2026-05-04"])
    assert names(pair, 2026) == {"2026-05-04": "", "2026-12-30": "", "2026-12-31": ""}


def test_own_dates_beside_a_countrys() -> None:
    """One list may hold both; its own dates and make-up days come last."""
    mixed = Holidays(
        country="CN",
        dates={"2026-10-01": "ours", "2026-10-10": "no make-up day of ours"},
        workdays={"2026-10-02": "2026-10-02"},
    )
    found = holiday_entries((mixed,), 2026, "en")
    assert found[date(2026, 10, 1)].name == "ours"
    assert found[date(2026, 10, 2)].is_workday
    assert not found[date(2026, 10, 10)].is_workday
    assert found[date(2026, 10, 3)].name == "National Day"


@pytest.mark.parametrize(
    ("day", "stands_in_for"),
    [
        # The State Council's notices of these years, as the package lists their exchanges.
        ("2026-01-04", "2026-01-02"),
        ("2026-02-14", "2026-02-20"),
        ("2026-02-28", "2026-02-23"),
        ("2026-05-09", "2026-05-05"),
        ("2026-09-20", "2026-10-06"),
        ("2026-10-10", "2026-10-07"),
        ("2024-09-14", "2024-09-16"),
        ("2011-12-31", "2012-01-03"),  # across the year
        ("2006-12-30", "2007-01-02"),
        ("2007-12-29", "2007-12-31"),
    ],
)
def test_make_up_days_of_china(day: str, stands_in_for: str) -> None:
    """Each make-up day knows the day off it was exchanged for."""
    entry = holiday_entries((Holidays(country="CN"),), int(day[:4]))[date.fromisoformat(day)]
    assert entry.is_workday
    assert str(entry.stands_for) == stands_in_for


@pytest.mark.parametrize("code", ["CN", "HU", "RU", "BY", "TW", "KZ", "VN", "UA", "BG", "LV"])
def test_make_up_days_of_every_country_are_understood(code: str) -> None:
    """Wherever the package exchanges days, we can read which day was given for which."""
    for year in range(2015, 2027):
        workdays = {
            day: entry
            for day, entry in holiday_entries((Holidays(country=code),), year).items()
            if entry.is_workday
        }
        entity = package.country_holidays(code, years=[year, year + 1])
        assert set(workdays) >= {day for day in entity.weekend_workdays if day.year == year}
        for day, entry in workdays.items():
            assert entry.stands_for is not None, day
            assert abs(entry.stands_for - day).days < 200


THIS_YEAR = 2026
"""The year for which the data were made: the last one that China had announced."""


def horizon(code: str) -> date:
    last = Holidays.parse(code).published_until()
    assert last is not None
    return last


@pytest.mark.newest_data
def test_the_published_horizon() -> None:
    """Of countries that decree their days, the last year with such days; else the data's end."""
    if year_of_data() == THIS_YEAR:  # newer data know more
        for code in ("CN", "CHN", "XSHG", "SZSE", "VN", "VNM", "BY", "HU", "PH", "TH", "LK"):
            assert horizon(code) == date(2026, 12, 31), code
    for code in ("US", "USA", "US-CA", "DE", "DE-BE", "FR", "GB", "XNYS", "ECB", "IT", "AU-NSW"):
        assert horizon(code) == date(2100, 12, 31), code
    assert Holidays(country="US", horizon=2027).published_until() == date(2027, 12, 31)
    assert Holidays(dates=["2026-05-04"]).published_until() is None
    assert Holidays(dates=["2026-05-04"], horizon="2026-06-30").published_until() == date(
        2026, 6, 30
    )


def primary_codes() -> dict[str, list[str]]:
    """The first code of each country and market, with its other codes."""
    entities = [*registry.COUNTRIES.values(), *registry.FINANCIAL.values()]
    return {names[1]: [name for name in names[2:] if len(name) < 5] for names in entities}


def test_aliases_have_one_horizon() -> None:
    """CHN is China, and SSE is Shanghai's exchange."""
    for code, aliases in primary_codes().items():
        for alias in aliases:
            assert horizon(alias) == horizon(code), alias


def test_exchanged_days_are_published_as_far_as_there_are_any() -> None:
    """No horizon lies in years for which days are yet to be exchanged, and none is far back.

    The make-up days are counted in the filled lists of the package.
    """
    seen = []
    for code in primary_codes():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            filled = getattr(package, code)(years=range(2005, 2032))
        years = {day.year for day in filled.weekend_workdays if day.year <= 2032}
        if years:
            seen.append(code)
            assert horizon(code).year <= max(*years, year_of_data()), code
        assert horizon(code).year >= year_of_data() - 2, code
    assert {"CN", "VN", "HU", "RU", "KZ", "TW"} <= {*seen}


@pytest.mark.newest_data
@pytest.mark.parametrize("code", ["MA", "JO", "AE", "EG", "TR", "ID", "MY", "BG", "UA", "CN"])
def test_years_that_are_over_are_sure(code: str) -> None:
    """Whatever was estimated or decreed for 2015 can no longer change."""
    calendar = Calendar("UTC", {"mon-fri": "9-17"}, holidays=code)
    # Without an error:
    assert calendar.add("2015-05-18T09:00Z", "4h", strict=True).year == 2015
    assert calendar.provisional_from is not None
    assert calendar.is_provisional("2040-05-18T09:00Z")


@pytest.mark.newest_data
@pytest.mark.parametrize("code", ["AE", "IN"])
def test_estimated_days_are_not_published_days(code: str) -> None:
    """Where days follow the moon, the years that the package estimates are provisional."""
    last = horizon(code)
    assert date(2020, 12, 31) <= last < date(2036, 1, 1)
    following = package.country_holidays(code, years=last.year + 1, language="en_US")
    assert any("estimated" in name for name in following.values())


def test_warnings_of_the_package_are_ours_to_put_into_words() -> None:
    """Years about which the package knows little give no warning; the horizon says so."""
    india = Calendar("Asia/Kolkata", {"mon-fri": "9-17"}, holidays="IN")
    assert india.is_provisional(india.add("2040-01-02T00:00Z", "1h"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"country": "Chna"}, "did you mean 'CHN'|not a country"),
        ({"country": "CNN"}, "did you mean .*'CN'"),
        ({"country": "US", "subdivision": "Cali"}, "not a subdivision of US"),
        ({"country": "US", "subdivision": "ca"}, "did you mean .*'CA'"),
        ({"country": "US", "categories": ["publik"]}, "did you mean 'public'"),
        ({"subdivision": "CA"}, "needs a country"),
        ({"categories": ["public"]}, "needs a country"),
        ({"dates": 5}, "a mapping, or a list of dates"),
        ({"dates": "2026-05-04"}, "a mapping, or a list of dates"),
        ({"dates": {"2026-05-04": 5}}, "must be text"),
    ],
)
def test_unknown_holidays_are_refused(arguments: dict[str, Any], says: str) -> None:
    """The error names what is unknown, what is known, and what looks alike."""
    with pytest.raises(HolidaysError, match=says) as caught:
        Holidays(**arguments)
    assert hasattr(caught.value, "given")
    assert isinstance(caught.value.suggestions, list)


def test_own_dates_lie_in_the_supported_years() -> None:
    """A slipped digit does not become three million days off."""
    with pytest.raises(HorizonError, match="0026-01-01..2026-12-31 is outside"):
        Holidays(dates=["0026-01-01..2026-12-31"])


def test_years_before_and_after_the_data() -> None:
    """Beyond what a country's law says there are no holidays, and no error either."""
    assert names("CN", 1900) == {}
    assert names("CN", 2150) == {}
    early = Calendar("Asia/Shanghai", {"mon-fri": "9-17"}, holidays="CN")  # a week of 1901
    assert early.elapsed("1901-01-07T00:00Z", "1901-01-14T00:00Z").in_hours() == 40


# Closed hours ------------------------------------------------------------------------------------


def spans(calendar: Calendar, first: str, last: str) -> list[str]:
    """The open hours of some dates, each as text."""
    return [
        f"{day.date:%d} {day.kind}: " + ", ".join(f"{a:%d %H}-{b:%d %H}" for a, b in day.spans)
        for day in calendar.days(first, last)
    ]


def test_closed_hours_are_taken_out_of_all_shifts() -> None:
    """Whoever works then does not; a date without hours left is a holiday with the name."""
    closed = Holidays(
        closed_hours={
            "2026-12-21": "12-13",
            "2026-12-22": {"hours": "00:00-12:00, 13-24", "name": "Inventory"},
            "2026-12-23..2026-12-24": {"hours": "00:00-24:00", "name": "Flood"},
        }
    )
    office = Calendar("Europe/Berlin", {"mon-fri": "9-17"}, holidays=["DE", closed])
    assert spans(office, "2026-12-21", "2026-12-25") == [
        "21 working-day: 21 09-21 12, 21 13-21 17",
        "22 working-day: 22 12-22 13",
        "23 holiday: ",
        "24 holiday: ",
        "25 holiday: ",
    ]
    [flood] = office.days("2026-12-24", "2026-12-24")
    assert (flood.name, flood.is_working) == ("Flood", False)
    assert str(office.add_working_days("2026-12-22T12:30+01:00", 1)) == "2026-12-28 12:30:00+01:00"
    account = office.explain("2026-12-22T08:00+01:00", "2026-12-22T18:00+01:00")
    assert [(row.kind, row.name, row.length.in_hours()) for row in account] == [
        ("overnight", "", 1),
        ("holiday", "Inventory", 3),
        ("open", "", 1),
        ("holiday", "Inventory", 4),
        ("overnight", "", 1),
    ]


def test_closed_hours_cut_night_shifts() -> None:
    """A shift is cut on the date on which it starts and on the next; a range past midnight too."""
    closed = Holidays(closed_hours={"2026-12-22": "23:00-02:00"})
    nights = Calendar("Europe/Berlin", {"daily": "22:00-06:00"}, holidays=closed)
    assert closed.to_data() == {
        "closed_hours": {"2026-12-22": "23:00-24:00", "2026-12-23": "00:00-02:00"}
    }
    assert spans(nights, "2026-12-21", "2026-12-23") == [
        "21 working-day: 21 22-22 06",
        "22 working-day: 22 22-22 23, 23 02-23 06",
        "23 working-day: 23 22-24 06",
    ]


def test_which_rule_counts_more_than_closed_hours() -> None:
    """A later list does not open them; an exception does, for its date and for its shifts."""
    closed = Holidays(closed_hours={"2026-12-22": "12-24", "2026-12-23": "0-12"})
    office = Calendar(
        "Europe/Berlin",
        {"mon-fri": "9-17"},
        holidays=[closed, Holidays(workdays={"2026-12-22": "2026-12-21"})],
        exceptions={"2026-12-23": "10-14"},
    )
    assert spans(office, "2026-12-22", "2026-12-23") == [
        "22 make-up-day: 22 09-22 12",
        "23 exception: 23 10-23 14",
    ]


def test_closed_hours_as_data() -> None:
    """They survive JSON and repr, and a policy reads them; faults say where they stand."""
    data = {"closed_hours": {"2026-12-24": {"hours": "12:00-24:00", "name": "Eve"}}}
    holidays = Holidays.parse(data)
    assert holidays.to_data() == data
    assert eval(repr(holidays), {"Holidays": Holidays}) == holidays  # noqa: S307 - the promise
    calendar = Calendar("UTC", {"mon-fri": "9-17"}, holidays=["DE", data])
    assert Calendar.from_dict(calendar.to_dict()) == calendar
    assert pickle.loads(pickle.dumps(calendar)) == calendar  # noqa: S301 - our own
    for entry, says in (
        ("closed", "'closed' closes no hours"),
        ({"hours": "9-10", "nmae": "x"}, "'nmae' is not a part of closed hours.*did you mean"),
        ({"name": "x"}, "cannot be read as hours"),
        ("9-25", "is not a time of day"),
    ):
        with pytest.raises(SlacalcError, match=says) as caught:
            Calendar("UTC", "always", holidays={"closed_hours": {"2026-12-24": entry}})
        assert "closed_hours.2026-12-24" in str(caught.value)
