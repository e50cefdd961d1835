"""The verbs of a calendar as functions of SQL in DuckDB, over columns as Arrow has them.

``register(connection, office)`` makes ``SELECT sla_add(opened, '4h') FROM tickets`` work. DuckDB
calls a function with a few thousand rows at a time, and `slacalc.bulk` answers them at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

try:
    import duckdb  # noqa: TC002 - to tell what to install
    import pyarrow as pa
except ImportError as error:
    from slacalc.errors import MissingExtraError

    _install = 'pip install "slacalc[duckdb]"'
    _msg = f"functions of DuckDB need DuckDB and PyArrow: {_install}"
    raise MissingExtraError(_msg, extra="duckdb", install=_install) from error

from slacalc import bulk

if TYPE_CHECKING:
    from collections.abc import Callable

    from slacalc._calendar.calendar import Calendar

__all__ = ["register"]

_INSTANT, _TEXT, _COUNT = "TIMESTAMP WITH TIME ZONE", "VARCHAR", "BIGINT"


class _Function(NamedTuple):
    """A verb as a function of SQL: its arguments, and what it gives."""

    verb: Callable[..., Any]
    takes: list[str]
    gives: str


_FUNCTIONS = {
    "add": _Function(bulk.add, [_INSTANT, _TEXT], _INSTANT),
    "subtract": _Function(bulk.subtract, [_INSTANT, _TEXT], _INSTANT),
    "elapsed": _Function(bulk.elapsed, [_INSTANT, _INSTANT], "INTERVAL"),
    "is_open": _Function(bulk.is_open, [_INSTANT], "BOOLEAN"),
    "next_open": _Function(bulk.next_open, [_INSTANT], _INSTANT),
    "next_close": _Function(bulk.next_close, [_INSTANT], _INSTANT),
    "add_working_days": _Function(bulk.add_working_days, [_INSTANT, _COUNT], _INSTANT),
    "end_of_working_day": _Function(bulk.end_of_working_day, [_INSTANT, _COUNT], _INSTANT),
}


def register(
    connection: duckdb.DuckDBPyConnection, calendar: Calendar, *, prefix: str = "sla_"
) -> tuple[str, ...]:
    """Make the verbs of a calendar functions of SQL on a connection.

    Args:
        connection: To DuckDB.
        calendar: The calendar; several are told apart by their prefixes.
        prefix: What the names of the functions begin with.

    Returns:
        Their names: ``add`` and ``subtract`` take an instant (``TIMESTAMPTZ``) and a length as
        text, such as ``'4h'``; ``elapsed`` two instants, and gives an ``INTERVAL``; ``is_open``,
        ``next_open`` and ``next_close`` an instant; ``add_working_days`` and
        ``end_of_working_day`` an instant and a number of days.

    Raises:
        MissingExtraError: DuckDB or PyArrow are not installed; raised by importing this module.

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
            _over_arrow(function.verb, calendar, len(function.takes)),
            function.takes,
            function.gives,
            type="arrow",
        )
        names.append(prefix + name)
    return tuple(names)


def _over_arrow(verb: Callable[..., Any], calendar: Calendar, count: int) -> Callable[..., Any]:
    """A verb over columns of Arrow; DuckDB keeps from it the rows that lack an argument."""

    def one(instants: Any) -> Any:
        return _whole(verb(calendar, instants))

    def two(instants: Any, others: Any) -> Any:
        return _whole(verb(calendar, instants, _single(others)))

    return one if count == 1 else two  # DuckDB counts the arguments of a function


def _whole(answer: Any) -> Any:
    """A column in one piece."""
    return answer.combine_chunks() if isinstance(answer, pa.ChunkedArray) else answer


def _single(column: Any) -> Any:
    """A column of one value throughout as that value, which is quicker; another one as it is."""
    if pa.types.is_string(column.type) or pa.types.is_integer(column.type):
        values = column.unique()
        if len(values) == 1:
            return values[0].as_py()
    return column
