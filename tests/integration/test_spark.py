"""Apache Spark, with two workers on this machine: the answers are those of one machine.

Workers run `bulk`, and the JVM runs SQL; both share one cluster, which takes long to start.
"""

from __future__ import annotations

import csv
import math
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from slacalc import Policy, bulk, contract, presets, sql
from slacalc._time.instants import HOUR, MINUTE
from tests.policy.test_service_contract import DEADLINES, local
from tests.policy.test_service_contract import POLICY as CONTRACT
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
    from collections.abc import Iterator, Mapping, Sequence

    from slacalc import Calendar

pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

pytestmark = [
    pytest.mark.slow,
    # PySpark warns of every pandas of 3 and later, which is not used here.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
]

EXAMPLES = Path(__file__).parents[2] / "examples"
POLICY = presets.load("kingdee-diexun")
AS_OF = "2024-10-08T12:00:00+08:00"
CHANNELS = ("on-site", "remote", "hotline", "electronic", None)
TIERS = ("platinum", "gold", "silver", None)


class SparkDatabase(Database):
    """Spark on this machine.

    Args:
        session: Its session.
    """

    dialect = "spark"

    def __init__(self, session: Any) -> None:
        self._session = session

    def run(self, statement: str, _: Sequence[Any] = ()) -> list[tuple[Any, ...]]:  # noqa: D102 - as the base class says
        return [tuple(row) for row in self._session.sql(statement).collect()]

    def create(self, calendar: Calendar, name: str, *years: int) -> None:
        """As views, as the guide does; what statements make is another test."""
        for view, rows in sql.table(calendar, *years).to_arrow(name).items():
            self._session.createDataFrame(rows).createOrReplaceTempView(view)

    def fill(self, rows: Sequence[Ticket], _: str = "") -> None:  # noqa: D102 - as the base class says
        import pyarrow as pa

        kinds = {"instant": pa.timestamp("us", "UTC"), "number": pa.int64(), "date": pa.date32()}
        columns: dict[str, Any] = {"id": pa.array(range(len(rows)), pa.int64())}
        for (name, kind), values in zip(COLUMNS.items(), zip(*rows, strict=True), strict=True):
            whole = pa.array(values, pa.int32() if kind == "date" else pa.int64())
            columns[name] = whole.cast(kinds[kind])
        self._session.createDataFrame(pa.table(columns)).createOrReplaceTempView("tickets")

    def queries(self, written: Mapping[str, str]) -> dict[str, list[Any]]:
        """All in one job, as integers: Python's datetimes would be those of its own zone."""
        from pyspark.sql import functions

        readers = {"timestamp": "unix_micros(answer)", "date": "unix_date(answer)"}
        parts = []
        for name, query in written.items():
            part = self._session.sql(query)
            reader = readers.get(dict(part.dtypes)["answer"], "answer")
            parts.append(
                part.select(
                    functions.lit(name).alias("name"),
                    "id",
                    functions.expr(f"CAST({reader} AS BIGINT)").alias("answer"),
                )
            )
        found: dict[str, dict[int, Any]] = {name: {} for name in written}
        for name, number, answer in reduce(type(parts[0]).unionAll, parts).collect():
            found[name][number] = answer
        return {
            name: [of_each[number] for number in sorted(of_each)] for name, of_each in found.items()
        }


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A local cluster of two workers, in a session whose time zone is nobody's."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable  # else workers are whatever python3 is
    settings: dict[str, Any] = {
        "spark.driver.bindAddress": "127.0.0.1",
        # The second compiler of the JVM takes most of the time of so short a run.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "100",
        "spark.sql.session.timeZone": "Pacific/Apia",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.ui.enabled": "false",
    }
    made = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def database(session: Any) -> SparkDatabase:
    """The same cluster, asked in SQL."""
    return SparkDatabase(session)


def tickets() -> dict[str, list[Any]]:
    """A thousand tickets over September 2024, some without a tier, some that arrived."""
    rows = range(1_000)
    created = [datetime(2024, 9, 1, tzinfo=UTC) + timedelta(minutes=37 * row) for row in rows]
    return {
        "id": [*rows],
        "created": created,
        "arrived": [
            at + timedelta(hours=row % 90) if row % 3 else None
            for row, at in zip(rows, created, strict=True)
        ],
        "channel": [CHANNELS[row % 4] for row in rows],
        "urgency": ["standard" if row % 2 else "workday-urgent" for row in rows],
        "tier": [TIERS[row % 4] for row in rows],
    }


def rows_of(frame: Any, names: list[str]) -> list[tuple[Any, ...]]:
    """The rows as Python has them, by id."""
    return sorted((tuple(row[name] for name in names) for row in frame), key=lambda row: row[0])


@pytest.mark.parametrize("errors", ["raise", "column"])
def test_the_cluster_says_what_one_machine_says(session: Any, errors: Any) -> None:
    """Deadlines and evaluation, however the rows are divided."""
    import pyarrow as pa

    from slacalc import spark

    given = tickets()
    table = pa.table(given)
    frame = session.createDataFrame(table).repartition(7)
    for here, there in (
        (
            bulk.deadlines(POLICY, table, errors=errors),
            spark.deadlines(POLICY, frame, errors=errors),
        ),
        (
            bulk.evaluate(POLICY, table, AS_OF, errors=errors),
            spark.evaluate(POLICY, frame, AS_OF, errors=errors),
        ),
    ):
        names = here.schema.names
        assert there.columns == names
        assert there.rdd.getNumPartitions() == 7
        answers = pa.table(there.toArrow()).to_pylist()
        assert rows_of(answers, names) == rows_of(here.to_pylist(), names)


def test_pyspark_before_the_zone_of_instants_was_an_argument(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in Spark 3.5, whose function for schemas takes a schema alone."""
    from pyspark.sql.pandas.types import to_arrow_schema

    from slacalc import spark

    def older(schema: Any) -> Any:
        return to_arrow_schema(schema, timezone="UTC")

    monkeypatch.setattr(spark, "to_arrow_schema", older)
    frame = session.sql("SELECT TIMESTAMP '2024-09-13T08:00:00Z' AS created, 'on-site' AS channel")
    columns = dict(spark.deadlines(POLICY, frame.selectExpr("*", "'gold' AS tier")).dtypes)
    assert columns["created"] == columns["arrival_due"] == "timestamp"


def test_rows_are_collected_before_spark_4(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As batches of Arrow, of which there are none without rows."""
    from slacalc import spark

    frame = session.sql("SELECT 7 AS id, TIMESTAMP '2024-09-13T08:00:00Z' AS created")
    for kind in type(frame).__mro__:
        monkeypatch.delattr(kind, "toArrow", raising=False)
    rows = spark.collected(frame).to_pylist()
    assert rows == [{"id": 7, "created": datetime(2024, 9, 13, 8, tzinfo=UTC)}]
    nothing = spark.collected(frame.where("id = 8"))
    assert nothing.schema.names == ["id", "created"]
    assert nothing.num_rows == 0


def test_a_call_gets_a_few_batches_at_once() -> None:
    """So many that its own costs do not count, and no more; a log is replayed as a whole."""
    import pyarrow as pa

    from slacalc import spark

    def rows(at_once: float, batches: int) -> list[int]:
        batch = pa.record_batch({"id": pa.array([*range(10)], pa.int64())})  # 80 bytes
        return [table.num_rows for table in spark._merge(iter([batch] * batches), at_once)]

    assert rows(200, 7) == [30, 30, 10]
    assert rows(240, 6) == [30, 30]
    assert rows(math.inf, 7) == [70]
    assert rows(1, 2) == [10, 10]
    assert rows(200, 0) == []


def test_objectives_of_a_cluster_are_those_of_one_machine(session: Any) -> None:
    """From the table of tickets, and from the answer about it."""
    import pyarrow as pa

    from slacalc import contract, spark

    data = POLICY.to_dict()
    data["objectives"] = {
        "some": {"metric": "arrival", "share": "60 %", "when": {"tier": ["platinum", "silver"]}},
        "half": {"metric": "arrival", "percentile": 50, "within": "16 working hours"},
    }
    policy = Policy.from_dict(data)
    frame = session.createDataFrame(pa.table(tickets())).repartition(7)
    here = contract.objectives(policy, tickets(), period="2024-09", errors="column")
    assert here["some"].decided > 0
    for table in (frame, spark.evaluate(policy, frame, AS_OF, errors="column")):
        there = contract.objectives(policy, table, period="2024-09", errors="column")
        assert there.to_dicts() == here.to_dicts()
        assert len(there.errors) == len(here.errors)


def test_a_bad_row_loses_no_other(session: Any) -> None:
    """It has its error, and the others their due dates."""
    from slacalc import spark

    given = tickets()
    rows = [dict(zip(given, row, strict=True)) for row in zip(*given.values(), strict=True)][:20]
    rows[3]["channel"] = "pigeon"
    frame = session.createDataFrame(
        rows,
        "id long, created timestamp, arrived timestamp,channel string, urgency string, tier string",
    )
    found = {row["id"]: row for row in spark.deadlines(POLICY, frame).collect()}
    assert "pigeon" in found[3]["error"]
    assert found[3]["arrival_due"] is None
    assert [row for row, one in found.items() if one["error"]] == [3]


def test_a_contract_with_every_clause_is_due_as_reckoned_by_hand(session: Any) -> None:
    """The deadlines of the example, whose tickets have numbers, tags and dates."""
    from slacalc import spark

    kinds = "id long, created timestamp, priority string, site string, tier string, users long"
    rows = [
        {
            "id": number,
            "created": datetime.fromisoformat(local(received)),
            "tier": "standard",
            **ticket,
            "promised": datetime.fromisoformat(ticket.get("promised", local("31 12:00"))),
        }
        for number, (ticket, received, _, _) in enumerate(DEADLINES)
    ]
    frame = session.createDataFrame(rows, f"{kinds}, labels array<string>, promised timestamp")
    answers = {row["id"]: row for row in spark.deadlines(CONTRACT, frame).collect()}
    for number, (_, _, response, resolution) in enumerate(DEADLINES):
        dues = [answers[number][f"{name}_due"] for name in ("response", "resolution")]
        expected = [datetime.fromisoformat(local(day)) for day in (response, resolution)]
        assert [due.astimezone(UTC) for due in dues] == expected


def rows_of_file(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_columns(rows: list[dict[str, Any]], kinds: dict[str, Any]) -> Any:
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))


def test_the_cases_of_boston_have_the_same_results(session: Any) -> None:
    """All of them, types without a promise included, on both workers and on one machine."""
    import pyarrow as pa

    from slacalc import spark

    zone = ZoneInfo("America/New_York")

    def instant(text: str) -> datetime | None:
        return (
            datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=zone) if text else None
        )

    cases = [
        {
            "id": int(row["CASE_ENQUIRY_ID"]),
            "type": row["TYPE"],
            "created": instant(row["OPEN_DT"]),
            "closed": instant(row["CLOSED_DT"]),
        }
        for row in rows_of_file("boston-311/cases-2015-mar-may.csv")
    ]
    at = pa.timestamp("us", "UTC")
    table = by_columns(cases, {"id": pa.int64(), "type": pa.string(), "created": at, "closed": at})
    policy, as_of = presets.load("boston-311"), "2015-06-01T00:00-04:00"
    here = bulk.evaluate(policy, table, as_of, errors="column")
    there = spark.evaluate(policy, session.createDataFrame(table).repartition(4), as_of)
    names = here.schema.names
    assert there.columns == names
    answers = pa.table(there.toArrow()).to_pylist()
    assert rows_of(answers, names) == rows_of(here.to_pylist(), names)
    assert sum(row["closure_due"] is not None for row in answers) == 7_062


def test_a_log_is_divided_by_ticket(session: Any) -> None:
    """The incidents of the ServiceNow sample are replayed alike, with no two rows at once."""
    import pyarrow as pa

    from slacalc import spark

    def instant(text: str) -> datetime:
        return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)

    events: list[dict[str, Any]] = []
    opened: dict[str, datetime] = {}
    for number, row in enumerate(rows_of_file("servicenow/incidents-sample.csv")):
        fields = {"priority": row["priority"], "state": row["incident_state"]}
        ticket, at = row["number"], instant(row["sys_updated_at"])
        if ticket not in opened:
            opened[ticket] = instant(row["opened_at"])
            events.append({"ticket": ticket, "at": opened[ticket], "type": "created", **fields})
        # The log is to the minute, and Spark keeps no order among rows of one.
        at = max(at, opened[ticket]) + timedelta(microseconds=number + 1)
        events.append({"ticket": ticket, "at": at, "type": "changed", **fields})
    texts = dict.fromkeys(("ticket", "type", "priority", "state"), pa.string())
    table = by_columns(events, {**texts, "at": pa.timestamp("us", "UTC")})
    policy = Policy.from_toml(EXAMPLES / "servicenow" / "incidents.toml")
    here = bulk.replay(policy, table, errors="column")
    there = spark.replay(policy, session.createDataFrame(table).repartition(5))
    assert there.columns == here.schema.names

    def facts(row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in here.schema.names)

    def known(rows: list[dict[str, Any]]) -> dict[Any, tuple[Any, ...]]:
        return {(row["ticket"], row["metric"], row["cycle"]): facts(row) for row in rows}

    answers = pa.table(there.toArrow()).to_pylist()
    assert known(answers) == known(here.to_pylist())
    assert len(answers) == here.num_rows
    assert len({row["ticket"] for row in answers}) == 1_443


def test_statements_are_those_of_one_machine(session: Any) -> None:
    """The same money, whether the tables are Spark's or lists."""
    policy = Policy.from_dict(
        {
            "name": "support",
            "calendars": {"office": {"time_zone": "Europe/Zurich", "week": {"mon-fri": "8-18"}}},
            "metrics": {"answer": {"stop": "answered"}},
            "tables": {"all": [{"targets": {"answer": "4 working hours"}}]},
            "objectives": {
                "answered": {
                    "share": "90 %",
                    "metric": "answer",
                    "period": "month",
                    "credits": [{"amount": "CHF 3"}],
                }
            },
            "availability": {
                "shop": {"target": "99.9 %", "credits": [{"below": "99.9 %", "percent": 10}]}
            },
        }
    )
    start = datetime(2026, 5, 4, 8, tzinfo=UTC)
    tickets = [
        {"created": start + timedelta(hours=n), "answered": start + timedelta(hours=n + n % 9)}
        for n in range(60)
    ]
    outages = [{"start": start, "end": start + timedelta(hours=2)}]
    expected = contract.statement(policy, "2026-05", tickets=tickets, outages=outages, fee="CHF 90")
    made = contract.statement(
        policy,
        "2026-05",
        tickets=session.createDataFrame(tickets),
        outages=session.createDataFrame(outages),
        fee="CHF 90",
    )
    assert made.to_dicts() == expected.to_dicts()
    assert str(made.total) == str(expected.total)
    assert expected.lines[0].amount != expected.lines[1].amount


def test_sql_for_boston(database: SparkDatabase) -> None:
    """Five hundred cases, with what is missing missing."""
    tickets = [*boston()[:500], Ticket(None, None, None, None, None, None)]
    assert_same_as_bulk(database, boston_calendar(), tickets, (2015, 2016), sources=["tickets"])


@pytest.mark.parametrize(
    "hours", ["nights over clock changes", "breaks of five minutes", "a union"]
)
def test_sql_for_hours_over_a_year(database: SparkDatabase, hours: str) -> None:
    """At all times of the day."""
    tickets = tickets_of_2011(31 * HOUR + 7 * MINUTE + 1)
    assert_same_as_bulk(database, HOURS[hours], tickets, (2010, 2012), sources=["tickets"])


@pytest.mark.parametrize("around", [AROUND[0], AROUND[-1]])
def test_sql_for_the_ends_of_time(database: SparkDatabase, around: int) -> None:
    """Before 1970 and to the year 2199, microsecond by microsecond."""
    years = years_around(around)
    assert_same_as_bulk(database, OFFICE, edges_of_time(around), years, sources=["tickets"])


def test_sql_for_due_dates_of_a_policy(database: SparkDatabase) -> None:
    """The promises stand in the query as rows; those of `bulk.deadlines` are the same."""
    policy = presets.load("itil-standard")
    names = {"office": "office", "round-the-clock": "nonstop"}
    for calendar, name in names.items():
        for statement in sql.create(policy.calendars[calendar], name, 2024, 2024, dialect="spark"):
            database.run(statement)
        for table, rows in sql.table(policy.calendars[calendar], 2024, 2024).to_arrow(name).items():
            stored = database.run(f"SELECT * FROM {table}")  # noqa: S608 - our own text
            assert sorted(map(str, stored)) == sorted(
                str((*row.values(),)) for row in rows.to_pylist()
            )
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
    assert database.run(f"SELECT {columns} FROM ({query})") == [  # noqa: S608 - our own text
        (response, True, resolution, False)  # a working day, and five, after 15:30 on a Friday
    ]


def test_dates_and_instants_in_sql_are_not_confused(database: SparkDatabase) -> None:
    """Spark refuses the one where the other is meant."""
    database.create(OFFICE, "desk", 2024, 2024)
    database.fill([Ticket(0, 0, 0, 0, 0, 0)])
    for written in (
        sql.is_open("desk", "day_a", dialect="spark", source="tickets"),
        sql.add_working_days("desk", "a", 1, dialect="spark", source="tickets"),
    ):
        with pytest.raises(Exception, match="DATATYPE_MISMATCH"):
            database.run(written)
