"""The functions of SQL say what the calendar's verbs say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from slacalc import Calendar
from slacalc.duckdb import register

OFFICE = Calendar(
    "Asia/Shanghai", {"mon-fri": "08:30-12:00, 13:00-17:30"}, holidays="CN", horizon=2030
)
ROWS = 5_000  # as in the table; more than DuckDB hands over at once


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """With the office registered, and a table of instants, lengths and numbers of days."""
    made = duckdb.connect()
    register(made, OFFICE)
    made.execute(
        "CREATE TABLE tickets AS SELECT row, "
        "TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_seconds(row * 7919) AS opened, "
        "CASE row % 3 WHEN 0 THEN '4h' WHEN 1 THEN '1h30m' END AS work, (row % 7 - 2) AS days "
        "FROM range(5000) rows(row)"
    )
    return made


def asked(connection: duckdb.DuckDBPyConnection, expression: str) -> list[Any]:
    """A column of answers, in the order of the rows."""
    query = f"SELECT {expression} FROM tickets ORDER BY row"  # noqa: S608 - the test's own
    return [answer for (answer,) in connection.sql(query).fetchall()]


def opened(row: int) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=7919 * row)


def works(row: int) -> str | None:
    return ("4h", "1h30m", None)[row % 3]


@pytest.mark.parametrize(
    ("expression", "one"),
    [
        ("sla_add(opened, '4h')", lambda row: OFFICE.add(opened(row), "4h")),
        (
            "sla_add(opened, work)",
            lambda row: OFFICE.add(opened(row), str(works(row))) if works(row) else None,
        ),
        ("sla_subtract(opened, '90m')", lambda row: OFFICE.subtract(opened(row), "90m")),
        (
            "sla_elapsed(opened, TIMESTAMPTZ '2024-06-01 00:00:00+00')",
            lambda row: OFFICE.elapsed(opened(row), "2024-06-01T00:00:00Z").as_timedelta(),
        ),
        ("sla_is_open(opened)", lambda row: OFFICE.is_open(opened(row))),
        ("sla_next_open(opened)", lambda row: OFFICE.next_open(opened(row))),
        ("sla_next_close(opened)", lambda row: OFFICE.next_close(opened(row))),
        (
            "sla_add_working_days(opened, days)",
            lambda row: OFFICE.add_working_days(opened(row), row % 7 - 2),
        ),
        (
            "sla_end_of_working_day(opened, 1)",
            lambda row: OFFICE.end_of_working_day(opened(row), 1),
        ),
    ],
)
def test_functions_are_the_verbs(
    connection: duckdb.DuckDBPyConnection, expression: str, one: Any
) -> None:
    """Row by row, over several batches, with what is missing missing."""
    answers = asked(connection, expression)
    assert len(answers) == ROWS
    for row in range(0, ROWS, 61):
        expected = one(row)
        if isinstance(expected, datetime):
            assert answers[row].timestamp() == expected.timestamp(), row
        else:
            assert answers[row] == expected, row


def test_a_figure_worked_out_by_hand(connection: duckdb.DuckDBPyConnection) -> None:
    """Friday 16:00 and four hours: an hour and a half, and two and a half on a make-up Saturday."""
    query = "SELECT sla_add(TIMESTAMPTZ '2024-09-13 16:00:00+08', '4h')"
    ((due,),) = connection.sql(query).fetchall()
    assert due == datetime(2024, 9, 14, 3, tzinfo=UTC)


def test_several_calendars_are_told_apart_by_their_prefixes(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """The first ones stay."""
    names = register(connection, Calendar("UTC", "always"), prefix="always_")
    assert "always_add" in names
    query = "SELECT always_add(opened, '4h'), sla_add(opened, '4h') FROM tickets WHERE row = 0"
    ((always, office),) = connection.sql(query).fetchall()
    assert always == opened(0) + timedelta(hours=4)
    assert office.timestamp() == OFFICE.add(opened(0), "4h").timestamp()


def test_nothing_stays_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """NULL in, NULL out."""
    query = "SELECT sla_add(NULL, '4h'), sla_elapsed(NULL, NULL), sla_is_open(NULL)"
    assert connection.sql(query).fetchall() == [(None, None, None)]


def test_an_error_says_what_is_wrong(connection: duckdb.DuckDBPyConnection) -> None:
    """DuckDB passes on what we say."""
    with pytest.raises(duckdb.Error, match="a bare number has no unit"):
        asked(connection, "sla_add(opened, '4')")
