"""Deadlines and states of tickets on a Spark cluster: `slacalc.bulk` over DataFrames of PySpark.

Each function runs its namesake in `slacalc.bulk` through ``DataFrame.mapInArrow``. The policy is
sent to the workers as text, and each worker keeps what it compiled of it. Spark's batches are
merged, since a bulk call has costs of its own. Tickets are independent of each other, so any
partitioning will do; a log of events is repartitioned by ticket first.

All columns take the way through Python. With a function of columns (``arrow_udf``), those that the
policy does not read could stay in the JVM, but the structure of new columns that Spark then builds
for each row costs half as much again as all of this.
"""

from __future__ import annotations

import math
from functools import lru_cache
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from slacalc.errors import require_extra

require_extra("spark", "DataFrames of Spark need", "pyspark", "pyarrow")

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

from slacalc import bulk
from slacalc._policy.policy import Policy, check_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    SparkErrors: TypeAlias = Literal["raise", "column"]

__all__ = ["deadlines", "evaluate", "replay"]

_BYTES = 16_000_000
"""The size of a call's input: a hundred times what the call costs by itself, and little memory."""


def deadlines(
    policy: Policy,
    tickets: DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    errors: SparkErrors = "column",
) -> DataFrame:
    """When each metric of each ticket is due: `slacalc.bulk.deadlines` on a cluster.

    Args:
        policy: The policy.
        tickets: A DataFrame with one row per ticket. Instants are timestamps, which Spark stores in
            UTC.
        columns: The names of the DataFrame's columns where they differ, as for
            `slacalc.bulk.deadlines`.
        errors: ``"column"`` writes the error of each faulty row into a column ``error``;
            ``"raise"`` makes the Spark job fail with the first one.

    Returns:
        A lazy DataFrame: the rows of *tickets* with the columns that `slacalc.bulk.deadlines` adds.
        Durations are ``INTERVAL DAY TO SECOND``, categories are strings.

    Raises:
        MissingExtraError: PySpark or PyArrow is not installed. Raised when this module is imported.

    Example:
        .. code-block:: python

            from slacalc import presets, spark

            policy = presets.load("kingdee-diexun")
            due = spark.deadlines(policy, session.table("tickets"), columns={"created": "opened"})
            due.select("id", "arrival_due").show()
    """
    return _map_in_arrow(bulk.deadlines, policy, tickets, columns=columns, errors=errors)


def evaluate(
    policy: Policy,
    tickets: DataFrame,
    as_of: datetime | str,
    *,
    columns: Mapping[str, str] | None = None,
    errors: SparkErrors = "column",
) -> DataFrame:
    """The state of each metric of each ticket at an instant: `slacalc.bulk.evaluate` on a cluster.

    Args:
        policy: The policy.
        tickets: A DataFrame with one row per ticket, as for `deadlines`.
        as_of: The instant at which the tickets are evaluated.
        columns: As for `deadlines`.
        errors: As for `deadlines`.

    Returns:
        A lazy DataFrame: the rows of *tickets* with the columns that `slacalc.bulk.evaluate` adds.
    """
    return _map_in_arrow(bulk.evaluate, policy, tickets, as_of, columns=columns, errors=errors)


def replay(
    policy: Policy,
    events: DataFrame,
    as_of: datetime | str | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    errors: SparkErrors = "column",
) -> DataFrame:
    """The states that a log of events leads to: `slacalc.bulk.replay` on a cluster.

    The log is repartitioned by ticket, and each partition is replayed as a whole, so it has to fit
    into a worker's memory. ``spark.sql.shuffle.partitions`` sets the number of partitions.

    Args:
        policy: The policy.
        events: A DataFrame with one row per event, in any order. Instants are timestamps.
        as_of: The instant at which the tickets are evaluated. Default: the last event of each.
        columns: The names of the DataFrame's columns where they differ, as for
            `slacalc.bulk.replay`.
        errors: As for `deadlines`.

    Returns:
        A lazy DataFrame with one row per ticket, metric and cycle, as `slacalc.bulk.replay` returns
        them.
    """
    by_ticket = events.repartition((columns or {}).get("ticket", "ticket"))
    return _map_in_arrow(
        bulk.replay, policy, by_ticket, as_of, columns=columns, errors=errors, at_once=math.inf
    )


def collected(frame: Any) -> Any:
    """All rows of a DataFrame, as a table of Arrow."""
    if hasattr(frame, "toArrow"):
        return frame.toArrow()
    batches = frame._collect_as_arrow()  # noqa: SLF001 - which Spark 4.0 made public
    return pa.Table.from_batches(batches) if batches else _arrow_schema(frame.schema).empty_table()


def _map_in_arrow(
    function: Callable[..., Any],
    policy: Policy,
    frame: DataFrame,
    *arguments: Any,
    columns: Mapping[str, str] | None,
    errors: SparkErrors,
    at_once: float = _BYTES,
) -> DataFrame:
    """Run a function of `slacalc.bulk` over the Arrow batches of a DataFrame.

    Args:
        function: The function.
        policy: The policy.
        frame: The DataFrame.
        arguments: The function's arguments after the policy and the table.
        columns: The function's *columns*.
        errors: The function's *errors*.
        at_once: The bytes of input for one call, more or less; infinite for whole partitions.
    """
    check_policy(policy)
    options = {"columns": dict(columns or {}), "errors": errors}
    accepts = _arrow_schema(frame.schema)
    # The columns of an empty table show the schema before anything runs.
    empty = function(policy, accepts.empty_table(), *arguments, **options)
    returns = _spark_schema(empty.schema)
    text = policy.to_json()

    def run(batches: Iterator[Any]) -> Iterator[Any]:
        compiled = _policy_of(text)
        for table in _merge(batches, at_once):
            yield from function(compiled, table, *arguments, **options).cast(returns).to_batches()

    return frame.mapInArrow(run, from_arrow_schema(returns))


@lru_cache(maxsize=8)
def _policy_of(text: str) -> Policy:
    """The policy of a worker's earlier tasks, with all that is compiled of it."""
    return Policy.from_json(text)


def _merge(batches: Iterator[Any], at_once: float) -> Iterator[Any]:
    """Tables of consecutive batches, each with so many bytes or a little more."""
    merged, size = [], 0
    for batch in batches:
        merged.append(batch)
        size += batch.nbytes
        if size >= at_once:
            yield pa.Table.from_batches(merged)
            merged, size = [], 0
    if merged:
        yield pa.Table.from_batches(merged)


def _arrow_schema(schema: StructType) -> Any:
    """A schema in types of Arrow, with instants in UTC: older versions of PySpark have no other."""
    zone: dict[str, Any] = (
        {"timezone": "UTC"} if "timezone" in signature(to_arrow_schema).parameters else {}
    )
    return to_arrow_schema(schema, **zone)


def _spark_schema(schema: Any) -> Any:
    """A schema in types that Spark has: values instead of dictionaries, and microseconds."""
    types = []
    for type_ in schema.types:
        plain = type_.value_type if pa.types.is_dictionary(type_) else type_
        if pa.types.is_timestamp(plain):
            plain = pa.timestamp("us", plain.tz)
        types.append(pa.duration("us") if pa.types.is_duration(plain) else plain)
    return pa.schema(list(zip(schema.names, types, strict=True)))
