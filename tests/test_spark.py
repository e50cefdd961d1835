"""Apache Spark, with two workers on this machine: the answers are those of one machine."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from slacalc import bulk, presets

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

# PySpark says so of every pandas of 3 and later, which is not used here.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")

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


def test_a_bad_row_loses_no_other(session: Any) -> None:
    """It bears its error, and the rest their dues."""
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
