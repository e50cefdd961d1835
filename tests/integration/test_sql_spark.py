"""Apache Spark answers SQL with what `bulk` answers, from joins alone."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from slacalc import presets, sql
from slacalc._time.instants import HOUR, MINUTE
from tests.sql.answers import assert_same_as_bulk
from tests.sql.databases import COLUMNS, Database, Ticket
from tests.sql.test_databases import (
    AROUND,
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

pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
]


class Spark(Database):
    """Spark on this machine.

    Args:
        session: Its session.
    """

    dialect = "spark"
    types = {"instant": "TIMESTAMP", "number": "BIGINT", "date": "DATE"}  # noqa: RUF012 - never changed

    def __init__(self, session: Any) -> None:
        self._session = session

    def run(self, statement: str, _: Sequence[Any] = ()) -> list[tuple[Any, ...]]:  # noqa: D102 - as the base class says
        return [tuple(row) for row in self._session.sql(statement).collect()]

    def run_many(self, _: str, rows: Iterable[Sequence[Any]]) -> None:  # noqa: D102 - as the base class says
        names = ["id", *COLUMNS]
        types = ", ".join(f"{name} STRING" for name in names)
        texts = [tuple(None if value is None else str(value) for value in row) for row in rows]
        self._session.createDataFrame(texts, types).createOrReplaceTempView("texts")
        kinds = ["number", *COLUMNS.values()]
        casts = ", ".join(
            f"CAST({name} AS {self.types[kind]})" for name, kind in zip(names, kinds, strict=True)
        )
        self.run(f"INSERT INTO tickets SELECT {casts} FROM texts")  # noqa: S608 - our own text

    def query(self, written: str, into: str) -> list[Any]:
        """As above, but as integers already: Python's datetimes would be those of its own zone."""
        self._session.sql(written).createOrReplaceTempView("answered")
        kind = dict(self._session.table("answered").dtypes)[into]
        readers = {"timestamp": "unix_micros({})", "date": "unix_date({})"}
        column = readers.get(kind, "{}").format(into)
        return [row[0] for row in self.run(f"SELECT {column} FROM answered ORDER BY id")]  # noqa: S608 - our own text


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    """Two workers, in a session whose time zone is nobody's, with tables in a temporary folder."""
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("warehouse")
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "Pacific/Apia")
        .config("spark.sql.warehouse.dir", str(folder))
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield Spark(session)
    session.stop()


def test_boston(spark: Spark) -> None:
    """Five hundred cases, with what is missing missing."""
    tickets = [*boston()[:500], Ticket(None, None, None, None, None, None)]
    assert_same_as_bulk(spark, boston_calendar(), tickets, (2015, 2016), sources=["tickets"])


@pytest.mark.parametrize(
    "hours", ["nights over clock changes", "breaks of five minutes", "a union"]
)
def test_hours_over_a_year(spark: Spark, hours: str) -> None:
    """At all times of the day."""
    tickets = tickets_of_2011(31 * HOUR + 7 * MINUTE + 1)
    assert_same_as_bulk(spark, HOURS[hours], tickets, (2010, 2012), sources=["tickets"])


@pytest.mark.parametrize("around", [AROUND[0], AROUND[-1]])
def test_the_ends_of_time(spark: Spark, around: int) -> None:
    """Before 1970 and to the year 2199, microsecond by microsecond."""
    years = years_around(around)
    assert_same_as_bulk(spark, OFFICE, edges_of_time(around), years, sources=["tickets"])


def test_due_dates_of_a_policy(spark: Spark) -> None:
    """The promises stand in the query as rows; those of `bulk.deadlines` are the same."""
    policy = presets.load("itil-standard")
    names = {"office": "desk", "round-the-clock": "nonstop"}
    for calendar, name in names.items():
        for table in (name, f"{name}_days"):
            spark.run(f"DROP TABLE IF EXISTS {table}")
        for statement in sql.create(policy.calendars[calendar], name, 2024, 2024, dialect="spark"):
            spark.run(statement)
    source = """
        SELECT 1 AS id, TIMESTAMP '2024-05-03 15:30:00+00:00' AS created, 'low' AS impact,
            'low' AS urgency, TIMESTAMP '2024-05-06 15:30:00.000001+00:00' AS responded,
            CAST(NULL AS TIMESTAMP) AS resolved
    """
    query = sql.deadlines(
        policy,
        names,
        dialect="spark",
        source=source,
        as_of="TIMESTAMP '2024-05-10 15:30:00+00:00'",
    )
    columns = "unix_micros(response_due), response_breached, "
    columns += "unix_micros(resolution_due), resolution_breached"
    response = datetime(2024, 5, 6, 15, 30, tzinfo=UTC).timestamp() * 1_000_000
    resolution = datetime(2024, 5, 10, 15, 30, tzinfo=UTC).timestamp() * 1_000_000
    assert spark.run(f"SELECT {columns} FROM ({query})") == [  # noqa: S608 - our own text
        (response, True, resolution, False)  # a working day, and five, after 15:30 on a Friday
    ]


def test_dates_and_instants_are_not_confused(spark: Spark) -> None:
    """Spark refuses the one where the other is meant."""
    spark.create(sql.create(OFFICE, "desk", 2024, 2024, dialect="spark"))
    spark.fill([Ticket(0, 0, 0, 0, 0, 0)])
    for written in (
        sql.is_open("desk", "day_a", dialect="spark", source="tickets"),
        sql.add_working_days("desk", "a", 1, dialect="spark", source="tickets"),
    ):
        with pytest.raises(Exception, match="DATATYPE_MISMATCH"):
            spark.run(written)
