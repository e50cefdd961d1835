"""Tickets on a cluster: the tables of `slacalc.bulk` as `mapInArrow` over DataFrames of Spark.

The policy travels as data, each worker compiles it once, and batches of Arrow go through
`slacalc.bulk` as they come. Tickets are judged one by one, so it does not matter how their rows are
divided; the events of a ticket belong together, so a log is divided by ticket first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

try:
    import pyarrow as pa
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
except ImportError as error:
    from slacalc.errors import MissingExtraError

    _install = 'pip install "slacalc[spark]"'
    _msg = f"DataFrames of Spark need PySpark and PyArrow: {_install}"
    raise MissingExtraError(_msg, extra="spark", install=_install) from error

from slacalc import bulk
from slacalc._policy.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from pyspark.sql import DataFrame

__all__ = ["deadlines", "evaluate", "replay"]


def deadlines(
    policy: Policy,
    tickets: DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    errors: Literal["raise", "column"] = "column",
) -> DataFrame:
    """When each metric of each ticket is due: `bulk.deadlines` on a cluster.

    Args:
        policy: The policy.
        tickets: A row for each ticket; instants are timestamps, which Spark keeps in UTC.
        columns: As for `bulk.deadlines`.
        errors: ``"column"`` tells what is wrong with a row in a column ``error``; ``"raise"`` makes
            the job fail with the first one.

    Returns:
        The same rows with the columns that `bulk.deadlines` adds; lazily, as Spark does.

    Raises:
        MissingExtraError: PySpark or PyArrow are not installed; raised by importing this module.
    """
    named = dict(columns or {})
    return _mapped(
        tickets,
        policy,
        lambda known, table: bulk.deadlines(known, table, columns=named, errors=errors),
    )


def evaluate(
    policy: Policy,
    tickets: DataFrame,
    as_of: datetime | str,
    *,
    columns: Mapping[str, str] | None = None,
    errors: Literal["raise", "column"] = "column",
) -> DataFrame:
    """Where each metric of each ticket stands at an instant: `bulk.evaluate` on a cluster.

    Args:
        policy: The policy.
        tickets: A row for each ticket; instants are timestamps, which Spark keeps in UTC.
        as_of: The instant.
        columns: As for `bulk.evaluate`.
        errors: As for `deadlines`.

    Returns:
        The same rows with the columns that `bulk.evaluate` adds; lazily, as Spark does.
    """
    named = dict(columns or {})
    return _mapped(
        tickets,
        policy,
        lambda known, table: bulk.evaluate(known, table, as_of, columns=named, errors=errors),
    )


def replay(
    policy: Policy,
    events: DataFrame,
    as_of: datetime | str | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    errors: Literal["raise", "column"] = "column",
) -> DataFrame:
    """Where every promise stands after a log of events: `bulk.replay` on a cluster.

    The log is divided by ticket, and each partition is replayed as a whole, so it has to fit into
    the memory of a worker: ``spark.sql.shuffle.partitions`` says into how many it is divided.

    Args:
        policy: The policy.
        events: A row for each event, in any order; instants are timestamps.
        as_of: The instant; left out, the last event of each ticket.
        columns: As for `bulk.replay`.
        errors: As for `deadlines`.

    Returns:
        A row for each ticket, metric and cycle, as `bulk.replay` gives them; lazily, as Spark does.
    """
    named = dict(columns or {})
    together = events.repartition(named.get("ticket", "ticket"))
    return _mapped(
        together,
        policy,
        lambda known, table: bulk.replay(known, table, as_of, columns=named, errors=errors),
        whole=True,
    )


def _mapped(
    frame: DataFrame, policy: Policy, judge: Callable[[Policy, Any], Any], *, whole: bool = False
) -> DataFrame:
    """A frame through a function of Arrow tables, whose schema an empty table tells beforehand.

    Args:
        frame: What comes in.
        policy: The policy.
        judge: The function of the policy and a table.
        whole: Whether it needs the whole of a partition at once, or takes it batch by batch.
    """
    given = to_arrow_schema(frame.schema, timezone="UTC")
    gives = _plain(judge(policy, given.empty_table()).schema)
    data = policy.to_dict()

    def batches(arriving: Iterator[Any]) -> Iterator[Any]:
        known = Policy.from_dict(data)
        for some in ([*arriving],) if whole else ([batch] for batch in arriving):
            table = pa.Table.from_batches(some, None if some else given)
            yield from judge(known, table).cast(gives).to_batches()

    return frame.mapInArrow(batches, from_arrow_schema(gives))


def _plain(schema: Any) -> Any:
    """A schema of what Spark knows: no dictionaries, and microseconds only."""
    kinds = []
    for kind in schema.types:
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        if pa.types.is_timestamp(plain):
            plain = pa.timestamp("us", plain.tz)
        kinds.append(pa.duration("us") if pa.types.is_duration(plain) else plain)
    return pa.schema(list(zip(schema.names, kinds, strict=True)))
