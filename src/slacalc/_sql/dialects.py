"""What databases write differently: instants as integers and back, and whole division.

The names of dialects are those of sqlglot, which quotes names and parses what users write. Its own
translations of these are not exact to the microsecond: some go through floating point.
"""

from __future__ import annotations

from typing import NamedTuple


class Dialect(NamedTuple):
    """How a database writes what is not the same everywhere.

    Args:
        microseconds: The microseconds from 1970 of an instant ``{0}``, as a whole number.
        instant: The instant that so many microseconds ``{0}`` are.
        divide: The whole number of times that ``{1}`` goes into a number ``{0}`` from 0 on.
        day: The days from 1970-01-01 of a date ``{0}``.
        date: The date that so many days ``{0}`` are.
        takes_subqueries: Whether a subquery in an expression may compare with more than ``=``.
        has_keys: Whether keys make the look-ups fast.
        lines: The query of a column ``line`` with the lines of a text ``{0}``, which are separated
            by semicolons. Only where rows are inserted faster from a text than from values.
        field: The field ``{0}`` of such a line, counted from 1.
        names_values: Whether VALUES is a relation whose columns get names with its alias.
        number: The number that ``{0}`` is, where the database would take any text for one.
        least: The function that returns the least of its arguments.
        storage: What a statement that creates a table has at its end.
    """

    microseconds: str
    instant: str
    divide: str
    day: str
    date: str
    takes_subqueries: bool = False
    has_keys: bool = False
    lines: str = ""
    field: str = ""
    names_values: bool = False
    number: str = "{0}"
    least: str = "LEAST"
    storage: str = ""


# Text of any offset. SQLite takes 30 February for 1 March, 24:30 for half past midnight, and a time
# alone for one of 2000, hence the first condition. It rounds instants to milliseconds, so decimals
# of a second, behind which there is but the offset, are read by themselves.
_SQLITE_MICROSECONDS = (
    "CASE WHEN substr({0}, 5, 1) = '-' "
    "AND (substr({0}, 9, 2) < '29' OR date(substr({0}, 1, 10), '+0 days') = substr({0}, 1, 10)) "
    "AND (substr({0}, 12, 2) < '24' OR rtrim(substr({0}, 12, 9), 'Z+-') <= '24:00:00') "
    "THEN CASE WHEN substr({0}, 20, 1) = '.' "
    "THEN CASE WHEN ltrim(substr({0}, 21), '0123456789') IN ('Z', substr({0}, -6)) THEN "
    "CAST(strftime('%s', substr({0}, 1, 19) || ltrim(substr({0}, 21), '0123456789')) AS INTEGER)"
    " * 1000000 + CAST(round(CAST('0.' || substr({0}, 21, 6) AS REAL) * 1000000) AS INTEGER) END "
    "WHEN {0} LIKE '%Z' OR length({0}) > 16 AND substr({0}, -6, 1) IN ('+', '-') "
    "THEN CAST(strftime('%s', {0}) AS INTEGER) * 1000000 END END"
)
# 9,000,000,000 seconds are added so that the division rounds down before 1970 too.
_SQLITE_INSTANT = (
    "(strftime('%Y-%m-%dT%H:%M:%S', ({0} + 9000000000000000) / 1000000 - 9000000000, 'unixepoch') "
    "|| printf('.%06d+00:00', ({0} + 9000000000000000) % 1000000))"
)

DIALECTS = {
    "duckdb": Dialect(
        "epoch_us({0})",
        "make_timestamptz({0})",
        "({0} // {1})",
        "({0} - DATE '1970-01-01')",
        "(DATE '1970-01-01' + CAST({0} AS INTEGER))",
        takes_subqueries=True,
        lines="SELECT unnest(string_split('{0}', ';')) AS line",
        field="split_part(line, ',', {0})",
        names_values=True,
    ),
    "postgres": Dialect(
        "CASE WHEN isfinite({0}) THEN CAST(EXTRACT(EPOCH FROM {0}) * 1000000 AS BIGINT) END",
        "(TIMESTAMPTZ 'epoch' + {0} * INTERVAL '1 microsecond')",
        "({0} / {1})",
        "CASE WHEN isfinite(CAST({0} AS DATE)) THEN {0} - DATE '1970-01-01' END",
        "(DATE '1970-01-01' + CAST({0} AS INTEGER))",
        takes_subqueries=True,
        has_keys=True,
        names_values=True,
    ),
    "sqlite": Dialect(
        _SQLITE_MICROSECONDS,
        _SQLITE_INSTANT,
        "({0} / {1})",
        "CASE WHEN date({0}, '+0 days') = {0} THEN CAST(julianday({0}) - 2440587.5 AS INTEGER) END",
        "date({0} * 86400, 'unixepoch')",
        takes_subqueries=True,
        has_keys=True,
        number="CASE WHEN {0} = CAST({0} AS NUMERIC) THEN CAST({0} AS NUMERIC) END",
        least="MIN",
    ),
    "spark": Dialect(
        "unix_micros({0})",
        "timestamp_micros({0})",
        "({0} DIV {1})",
        "unix_date({0})",
        "date_from_unix_date(CAST({0} AS INT))",
        lines="SELECT explode(split('{0}', ';')) AS line",
        field="split_part(line, ',', {0})",
        names_values=True,
    ),
    "bigquery": Dialect(
        "UNIX_MICROS({0})",
        "TIMESTAMP_MICROS({0})",
        "DIV({0}, {1})",
        "UNIX_DATE({0})",
        "DATE_FROM_UNIX_DATE({0})",
    ),
    "snowflake": Dialect(
        "DATE_PART(EPOCH_MICROSECOND, {0})",
        "TO_TIMESTAMP_LTZ({0}, 6)",
        "(({0} - MOD({0}, {1})) / {1})",
        "DATEDIFF(DAY, DATE '1970-01-01', {0})",
        "DATEADD(DAY, {0}, DATE '1970-01-01')",
        names_values=True,
    ),
    "redshift": Dialect(
        "DATEDIFF(MICROSECOND, TIMESTAMPTZ '1970-01-01 00:00:00+00', {0})",
        "DATEADD(MICROSECOND, {0}, TIMESTAMPTZ '1970-01-01 00:00:00+00')",
        "({0} / {1})",
        "DATEDIFF(DAY, DATE '1970-01-01', {0})",
        "CAST(DATEADD(DAY, {0}, DATE '1970-01-01') AS DATE)",
        storage=" DISTSTYLE ALL",
    ),
    "clickhouse": Dialect(
        "toUnixTimestamp64Micro(toDateTime64({0}, 6, 'UTC'))",
        "fromUnixTimestamp64Micro({0}, 'UTC')",
        "intDiv({0}, {1})",
        "toInt32(toDate32({0}))",
        "toDate32({0})",
        storage=" ENGINE = MergeTree ORDER BY tuple()",
    ),
}
