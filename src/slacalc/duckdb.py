"""A calendar's methods as SQL functions in DuckDB.

After ``register(connection, office)``, queries can call ``sla_add(opened, '4h')`` and seven more
functions. DuckDB passes a few thousand rows at a time as Arrow columns, which `slacalc.bulk`
works out at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc.errors import require_extra

require_extra("duckdb", "functions of DuckDB need", "duckdb", "pyarrow")

import pyarrow as pa

from slacalc import bulk

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from slacalc._calendar.calendar import Calendar

__all__ = ["register"]

_INSTANT, _TEXT, _COUNT = "TIMESTAMP WITH TIME ZONE", "VARCHAR", "BIGINT"


class _SqlFunction(NamedTuple):
    verb: Callable[..., Any]
    arguments: list[str]
    returns: str


_FUNCTIONS = {
    "add": _SqlFunction(bulk.add, [_INSTANT, _TEXT], _INSTANT),
    "subtract": _SqlFunction(bulk.subtract, [_INSTANT, _TEXT], _INSTANT),
    "elapsed": _SqlFunction(bulk.elapsed, [_INSTANT, _INSTANT], "INTERVAL"),
    "is_open": _SqlFunction(bulk.is_open, [_INSTANT], "BOOLEAN"),
    "next_open": _SqlFunction(bulk.next_open, [_INSTANT], _INSTANT),
    "next_close": _SqlFunction(bulk.next_close, [_INSTANT], _INSTANT),
    "add_working_days": _SqlFunction(bulk.add_working_days, [_INSTANT, _COUNT], _INSTANT),
    "end_of_working_day": _SqlFunction(bulk.end_of_working_day, [_INSTANT, _COUNT], _INSTANT),
}


def register(
    connection: duckdb.DuckDBPyConnection, calendar: Calendar, *, prefix: str = "sla_"
) -> tuple[str, ...]:
    """Register a calendar's methods as SQL functions on a DuckDB connection.

    With the default prefix they are:

    - ``sla_add(TIMESTAMPTZ, VARCHAR)`` and ``sla_subtract(TIMESTAMPTZ, VARCHAR)``, where the length
      is text such as ``'4h'``, return ``TIMESTAMPTZ``;
    - ``sla_elapsed(TIMESTAMPTZ, TIMESTAMPTZ)`` returns the working time as an ``INTERVAL``;
    - ``sla_is_open(TIMESTAMPTZ)`` returns a ``BOOLEAN``;
    - ``sla_next_open(TIMESTAMPTZ)`` and ``sla_next_close(TIMESTAMPTZ)`` return ``TIMESTAMPTZ``;
    - ``sla_add_working_days(TIMESTAMPTZ, BIGINT)`` and
      ``sla_end_of_working_day(TIMESTAMPTZ, BIGINT)`` return ``TIMESTAMPTZ``.

    A NULL argument gives NULL.

    Args:
        connection: The DuckDB connection.
        calendar: The calendar. To register several, give each a prefix of its own.
        prefix: The beginning of the functions' names.

    Returns:
        The names of the functions.

    Raises:
        MissingExtraError: DuckDB or PyArrow is not installed. Raised when this module is imported.

    Example:
        >>> import duckdb
        >>> from slacalc import Calendar
        >>> from slacalc.duckdb import register
        >>> connection = duckdb.connect()
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> names = register(connection, office)
        >>> query = "SELECT sla_add('2024-05-03T16:00:00+02:00'::TIMESTAMPTZ, '2h')::VARCHAR"
        >>> connection.sql(query).fetchall()
        [('2024-05-06 08:00:00+00',)]
    """
    names = []
    for name, function in _FUNCTIONS.items():
        connection.create_function(  # type: ignore[call-overload] # types may be named
            prefix + name,
            _over_arrow(function.verb, calendar, len(function.arguments)),
            function.arguments,
            function.returns,
            type="arrow",
        )
        names.append(prefix + name)
    return tuple(names)


def _over_arrow(verb: Callable[..., Any], calendar: Calendar, count: int) -> Callable[..., Any]:
    """A verb over Arrow columns; DuckDB itself leaves out the rows with a NULL argument."""

    def unary(instants: Any) -> Any:
        return _in_one_chunk(verb(calendar, instants))

    def binary(instants: Any, others: Any) -> Any:
        return _in_one_chunk(verb(calendar, instants, _constant(others)))

    return unary if count == 1 else binary  # DuckDB counts the arguments of a function


def _in_one_chunk(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _constant(column: Any) -> Any:
    """The value of a column that has only one, which is faster; else the column."""
    if pa.types.is_string(column.type) or pa.types.is_integer(column.type):
        values = column.unique()
        if len(values) == 1:
            return values[0].as_py()
    return column
