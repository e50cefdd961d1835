"""ClickHouse, in this process, answers SQL with what `bulk` answers; skipped without `chdb`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from slacalc import presets, sql
from slacalc._time.instants import HOUR, MINUTE
from tests.sql.answers import assert_same_as_bulk
from tests.sql.databases import Database, Ticket
from tests.sql.test_databases import (
    AROUND,
    DIFFICULT,
    HOURS,
    OFFICE,
    boston,
    boston_calendar,
    edges_of_time,
    tickets_of_2011,
    years_around,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

chdb = pytest.importorskip("chdb.session", reason="chdb, which is ClickHouse, is not installed")

pytestmark = pytest.mark.slow


class ClickHouse(Database):
    """ClickHouse, whose columns may be missing."""

    dialect = "clickhouse"
    types = {  # noqa: RUF012 - never changed
        "instant": "Nullable(DateTime64(6, 'UTC'))",
        "number": "Nullable(Int64)",
        "date": "Nullable(Date32)",
    }

    def __init__(self) -> None:
        self._session = chdb.Session()
        self.run("SET default_table_engine = 'Memory'")
        self.run("SET output_format_json_quote_64bit_integers = 0")

    def run(  # noqa: D102 - as the base class says
        self, statement: str, _: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        answer = str(self._session.query(statement, "JSONCompact"))
        return [tuple(row) for row in json.loads(answer)["data"]] if answer.strip() else []

    def run_many(self, _: str, rows: Iterable[Sequence[Any]]) -> None:  # noqa: D102 - as the base class says
        texts = [
            "(" + ", ".join("NULL" if v is None else self._literal(v) for v in row) + ")"
            for row in rows
        ]
        self.run(f"INSERT INTO tickets VALUES {', '.join(texts)}")  # noqa: S608 - our own text

    @staticmethod
    def _literal(value: Any) -> str:
        if isinstance(value, int):
            return str(value)
        if len(value) == len("2024-05-03"):
            return f"toDate32('{value}')"
        at = datetime.fromisoformat(value).astimezone(UTC)
        return f"toDateTime64('{at:%Y-%m-%d %H:%M:%S.%f}', 6, 'UTC')"

    def query(self, written: str, into: str) -> list[Any]:
        """As above, but as integers already."""
        kinds = {row[0]: row[1] for row in self.run(f"DESCRIBE ({written})")}
        column = into
        if "DateTime64" in kinds[into]:
            column = f"toUnixTimestamp64Micro({into})"
        elif "Date32" in kinds[into] or "UInt8" in kinds[into]:
            column = f"toInt32({into})"
        return [row[0] for row in self.run(f"SELECT {column} FROM ({written}) ORDER BY id")]  # noqa: S608 - our own text

    def close(self) -> None:  # noqa: D102 - as the base class says
        self._session.close()


@pytest.fixture(scope="module")
def clickhouse() -> Iterator[ClickHouse]:
    made = ClickHouse()
    yield made
    made.close()


def test_boston(clickhouse: ClickHouse) -> None:
    """A thousand cases, with what is missing missing."""
    tickets = [*boston()[:1_000], Ticket(None, None, None, None, None, None)]
    assert_same_as_bulk(clickhouse, boston_calendar(), tickets, (2015, 2016), sources=["tickets"])


@pytest.mark.parametrize("hours", HOURS)
def test_hours_over_a_year(clickhouse: ClickHouse, hours: str) -> None:
    """At all times of the day."""
    tickets = tickets_of_2011(31 * HOUR + 7 * MINUTE + 1)
    assert_same_as_bulk(clickhouse, HOURS[hours], tickets, (2010, 2012), sources=["tickets"])


@pytest.mark.parametrize("around", AROUND)
def test_the_ends_of_time(clickhouse: ClickHouse, around: int) -> None:
    """Before 1970 and to the year 2199, microsecond by microsecond."""
    years = years_around(around)
    assert_same_as_bulk(clickhouse, OFFICE, edges_of_time(around), years, sources=["tickets"])


def test_due_dates_of_a_policy(clickhouse: ClickHouse) -> None:
    """The promises stand in the query as rows."""
    policy = presets.load("itil-standard")
    names = {"office": "desk", "round-the-clock": "nonstop"}
    for calendar, name in names.items():
        clickhouse.create(policy.calendars[calendar], name, 2024, 2024)
    clickhouse.run(
        "CREATE TABLE incidents ENGINE = Memory AS SELECT 1 AS id, 'low' AS impact, "
        "'low' AS urgency, toDateTime64('2024-05-03 15:30:00', 6, 'UTC') AS created, "
        "toDateTime64('2024-05-06 15:30:00.000001', 6, 'UTC') AS responded, "
        "CAST(NULL AS Nullable(DateTime64(6, 'UTC'))) AS resolved"
    )
    query = sql.deadlines(
        policy,
        names,
        dialect="clickhouse",
        source="incidents",
        as_of="toDateTime64('2024-05-10 15:30:00', 6, 'UTC')",
    )
    columns = "toUnixTimestamp64Micro(response_due), toInt32(response_breached), "
    columns += "toUnixTimestamp64Micro(resolution_due), toInt32(resolution_breached)"
    response = datetime(2024, 5, 6, 15, 30, tzinfo=UTC).timestamp() * 1_000_000
    resolution = datetime(2024, 5, 10, 15, 30, tzinfo=UTC).timestamp() * 1_000_000
    assert clickhouse.run(f"SELECT {columns} FROM ({query})") == [  # noqa: S608 - our own text
        (response, 1, resolution, 0)  # a working day, and five, after 15:30 on a Friday
    ]


def test_working_days_where_they_are_difficult(clickhouse: ClickHouse) -> None:
    """A night shift that ends as the clock goes forward."""
    calendar, middle = DIFFICULT["a shift ends as the clock goes forward"]
    first = int(middle.timestamp()) * 1_000_000
    tickets = [
        Ticket(first + step * 47 * MINUTE, first, step, 15_000, 15_000, step % 7 - 3)
        for step in range(-60, 60)
    ]
    assert_same_as_bulk(clickhouse, calendar, tickets, (2010, 2012), sources=["tickets"])
