"""The bounds of documents: what is at one is read, and what is beyond is refused by its name."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from slacalc import Calendar, Holidays, Policy
from slacalc._schema import limits
from slacalc.errors import CalendarError, HolidaysError, HorizonError, HoursError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from slacalc import SlacalcError

REFERENCE = Path(__file__).parents[2] / "docs/reference/policy-file.md"
OFFICE: dict[str, Any] = {"time_zone": "UTC", "week": {"mon-fri": "9-17"}}
AT = "2026-05-04T10:00:00Z"


def some(count: int, value: Any) -> dict[str, Any]:
    return {f"n{number}": value for number in range(count)}


def chain(count: int) -> dict[str, Any]:
    """Metrics inside each other."""
    inside = {f"m{number}": {"inside": f"m{number - 1}"} for number in range(1, count)}
    return {"m0": {}, **inside}


def terms(count: int) -> list[dict[str, Any]]:
    return [{"operation": "|", "calendar": OFFICE}] * count


def nested(depth: int) -> dict[str, Any]:
    return OFFICE | (
        {"terms": [{"operation": "-", "calendar": nested(depth - 1)}]} if depth else {}
    )


def days(count: int) -> list[str]:
    return [str(date(1980, 1, 1) + timedelta(day)) for day in range(count)]


def hours(count: int) -> str:
    return ", ".join(f"{n // 60:02}:{n % 60:02}-{n // 60:02}:{n % 60:02}:30" for n in range(count))


def ranked(count: int) -> dict[str, Any]:
    rows = [{"when": {"a": ">= n0"}, "targets": {"m": "4 hours"}}]
    return {"attributes": {"a": [*some(count, 0)]}, "metrics": {"m": {}}, "tables": {"t": rows}}


@pytest.mark.parametrize(
    ("sections", "limit", "path"),
    [
        (lambda n: {"metrics": some(n, {})}, limits.MAX_METRICS, "metrics"),
        (lambda n: {"metrics": chain(n)}, limits.MAX_INSIDE, "metrics.m20.inside"),
        (lambda n: {"attributes": some(n, ["x"])}, limits.MAX_ATTRIBUTES, "attributes"),
        (ranked, limits.MAX_RANKED, "tables.t[0].when.a"),
        (lambda n: {"tables": some(n, [{}])}, limits.MAX_TABLES, "tables"),
        (lambda n: {"tables": {"t": [{}] * n}}, limits.MAX_ROWS, "tables.t"),
        (lambda n: {"warnings": ["80 %"] * n}, limits.MAX_WARNINGS, "warnings"),
        (lambda n: {"consequences": some(n, "x")}, limits.MAX_NAMED, "consequences"),
        (
            lambda n: {"versions": [{"effective_from": day} for day in days(n)]},
            limits.MAX_VERSIONS,
            "versions",
        ),
        (lambda n: {"calendars": some(n, OFFICE)}, limits.MAX_CALENDARS, "calendars"),
    ],
)
def test_a_policy_ends_where_its_bounds_say(
    sections: Callable[[int], dict[str, Any]], limit: int, path: str
) -> None:
    """The fault has the path, and names the bound."""
    Policy.from_dict({"name": "x", **sections(limit)})
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict({"name": "x", **sections(limit + 1)})
    [fault] = caught.value.faults
    assert fault.where == path
    assert f"at most {limit:,}" in fault.expected


@pytest.mark.parametrize(
    ("make", "limit", "error", "where"),
    [
        (
            lambda n: Calendar("UTC", {"mon": hours(n)}),
            limits.MAX_STRETCHES,
            HoursError,
            "week.mon",
        ),
        (
            lambda n: Calendar.from_dict(OFFICE | {"terms": terms(n - 1)}),
            limits.MAX_STRETCHES,
            CalendarError,
            "terms[199]",
        ),
        (lambda n: Calendar.from_dict(nested(n)), limits.MAX_DEPTH, CalendarError, "terms[0]"),
        (
            lambda n: Calendar("UTC", "always", holidays=days(n)),
            limits.MAX_LISTS,
            HolidaysError,
            "holidays[1000]",
        ),
        (
            lambda n: Calendar("UTC", "always", closures=dict.fromkeys(days(n), "9-10")),
            limits.MAX_CLOSURES,
            CalendarError,
            "closures",
        ),
        (
            lambda n: Holidays(dates=["1900-01-01..2173-10-15", *days(n - 100_000)]),
            limits.MAX_DATES,
            HolidaysError,
            "",
        ),
    ],
)  # fmt: skip
def test_a_calendar_ends_where_its_bounds_say(
    make: Callable[[int], object], limit: int, error: type[SlacalcError], where: str
) -> None:
    """The error has the bound and the place as facts."""
    make(limit)
    with pytest.raises(error) as caught:
        make(limit + 1)
    assert caught.value.limit == limit
    assert caught.value.where.startswith(where)
    assert f"{limit:,}" in str(caught.value)


def test_combined_calendars_count_together() -> None:
    """Operators are bounded as documents are; so is what a chain of them describes."""
    office = Calendar("UTC", {"mon-fri": "9-12, 13-17"})
    doubled = office
    for _ in range(5):
        doubled |= doubled
    with pytest.raises(CalendarError, match="more than 5 deep"):
        doubled | doubled
    many = office
    for _ in range(99):
        many |= office
    with pytest.raises(CalendarError, match="200 stretches"):
        many | office


def test_ranges_count_for_each_date_of_all_calendars() -> None:
    """A century in each of three calendars is read; in a fourth it is a fault, at its line."""
    century = {"dates": {"2001-01-01..2100-12-31": "x"}}
    assert Policy.from_dict(
        {"name": "x", "calendars": some(3, OFFICE | {"holidays": century})}
    ).calendars
    lines = [
        f"[calendars.c{n}]\ntime_zone = 'UTC'\nweek = 'always'\nholidays = '2001-01-01..2100-12-31'"
        for n in range(4)
    ]
    with pytest.raises(PolicyError, match="at most 120,000") as caught:
        Policy.from_toml("\n".join(['name = "x"', *lines]))
    [fault] = caught.value.faults
    assert (fault.where, fault.line) == ("calendars.c3", 14)


def test_what_versions_inherit_counts_again() -> None:
    """A hundred versions of two hundred rows are read; of a thousand rows they are too much."""

    def versions(rows: int) -> dict[str, Any]:
        return {
            "name": "x",
            "metrics": {"m": {}},
            "tables": {"t": [{"targets": {"m": "4 hours"}}] * rows},
            "versions": [{"effective_from": day} for day in days(100)],
        }

    assert len(Policy.from_dict(versions(200)).all_versions) == 101
    with pytest.raises(PolicyError, match="at most 400,000") as caught:
        Policy.from_dict(versions(1_000))
    assert caught.value.faults[0].where.startswith("versions[")


def test_a_calendar_is_compiled_as_far_as_its_hours_allow() -> None:
    """Work that would need decades of many short stretches is refused; that of a month is not."""
    busy = Calendar("UTC", {"daily": hours(200)})  # half a minute in each of 200 minutes a day
    assert str(busy.add(AT, "10h")) == "2026-05-10 03:19:30+00:00"
    with pytest.raises(HorizonError, match="320,000 open stretches") as caught:
        busy.add(AT, "100000h")
    assert caught.value.limit == limits.MAX_SPANS


def test_the_reference_lists_the_bounds() -> None:
    """Each bound stands in the table of docs/reference/policy-file.md."""
    table = REFERENCE.read_text("utf-8").partition("## Bounds")[2].partition("\n## ")[0]
    for name, value in vars(limits).items():
        if name.startswith("MAX_") and name not in ("MAX_BYTES", "MAX_FAULTS"):
            assert f"{value:,}" in table, name
    assert f"{limits.MAX_BYTES // 1024} KiB" in table
