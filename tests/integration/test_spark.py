"""Apache Spark, with two workers on this machine: the answers are those of one machine."""

from __future__ import annotations

import csv
import math
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from slacalc import Policy, bulk, contract, presets
from tests.policy.test_service_contract import DEADLINES, local
from tests.policy.test_service_contract import POLICY as CONTRACT

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A local cluster of two workers, in a zone that is not the policy's."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable  # else workers are whatever python3 is
    made = (
        SparkSession.builder.master("local[2]")
        .appName("slacalc")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "100")
        .getOrCreate()
    )
    yield made
    made.stop()


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
