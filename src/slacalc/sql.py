"""A calendar's methods in plain SQL: a table of a database, and look-ups in it.

`create` writes the statements that make the table and fill it; `table` has its rows, for a database
that loads them faster. The other functions write SQL that answers from the table alone, with the
results of `slacalc.bulk`. No Python runs in the database, and its time zones are not used.

Each function returns an expression, which stands wherever an expression may stand. With a *source*,
it returns a query: the rows of the source with one more column, by joins instead of a subquery.
That is what Spark, BigQuery, Snowflake, Redshift and ClickHouse need. A query is a source itself.

Instants are columns with a time zone: ``TIMESTAMPTZ``, in Spark ``TIMESTAMP``, in SQLite text with
an offset. A column without one is read as UTC; in SQLite, other text gives NULL. So does a missing
value, and whatever lies outside the years of the table: `outside` finds such rows.

Dialects have the names that sqlglot gives them: ``"duckdb"``, ``"postgres"``, ``"sqlite"``,
``"spark"``, ``"bigquery"``, ``"snowflake"``, ``"redshift"`` and ``"clickhouse"``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import attrs

from slacalc.errors import SqlError, WorkError, require_extra, unknown_name

require_extra("sql", "SQL needs", "sqlglot")

from slacalc._calendar.arguments import INCLUSIVE, unknown_edge, unknown_inclusive
from slacalc._calendar.calendar import Calendar, check_calendar
from slacalc._clock.events import CREATED
from slacalc._clock.state_machine import Machine
from slacalc._policy.policy import check_policy
from slacalc._sql.pieces import Piece, WorkingDate, pieces, working_dates
from slacalc._sql.policy_query import PolicyQuery
from slacalc._sql.promises import promises_of
from slacalc._sql.query import (
    DAYS,
    Query,
    after_work,
    after_working_days,
    before_work,
    constant,
    dialect_of,
    table_names,
    type_name,
    work_until,
)
from slacalc._time.durations import to_work
from slacalc._time.instants import FIRST_YEAR, HOUR, LAST_YEAR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slacalc._policy.policy import Policy
    from slacalc._sql.dialects import Dialect

__all__ = [
    "CalendarTable",
    "add",
    "add_working_days",
    "count_working_days",
    "create",
    "deadlines",
    "elapsed",
    "is_open",
    "next_close",
    "next_open",
    "outside",
    "previous_close",
    "subtract",
    "table",
]

Unit: TypeAlias = Literal["microseconds", "seconds", "minutes", "hours"]
_Rows: TypeAlias = tuple[tuple[int | None, ...], ...]
_UNITS: Final = {"microseconds": 1, "seconds": SECOND, "minutes": MINUTE, "hours": HOUR}
# More leads out of every table.
_MOST_DAYS: Final = (LAST_YEAR - FIRST_YEAR + 1) * 366
_MOST_HOURS: Final = _MOST_DAYS * 24
_ROWS_OF_A_STATEMENT: Final = 1_000
_LINES_OF_A_STATEMENT: Final = 10_000
_KEYS: Final = {
    "": "PRIMARY KEY (bucket, begins), UNIQUE (work_bucket, work)",
    DAYS: "PRIMARY KEY (day), UNIQUE (working_days, is_working, day)",
}


@attrs.frozen
class CalendarTable:
    """The rows of a calendar, as `table` returns them.

    Instants and lengths are integers of microseconds, instants from 1970 in UTC; dates are days
    from 1970-01-01.

    Attributes:
        stretches: The rows of the table: stretches of time that are open, or closed, throughout.
        dates: The rows of the table ``…_days``: the dates.
    """

    stretches: tuple[Piece, ...]
    dates: tuple[WorkingDate, ...]

    def to_arrow(self, name: str) -> dict[str, Any]:
        """Return the rows as tables of Arrow.

        Args:
            name: The name that the table will have in the database, such as ``"desk"``.

        Returns:
            The two tables by their names, such as ``"desk"`` and ``"desk_days"``.

        Raises:
            MissingExtraError: PyArrow is not installed.
        """
        require_extra("duckdb", "tables of Arrow need", "pyarrow")
        import pyarrow as pa  # noqa: PLC0415 - only here

        tables = {}
        for suffix, fields, rows in self._parts():
            columns = zip(*rows, strict=True)
            tables[name + suffix] = pa.table(
                {
                    field: pa.array(column, pa.int64())
                    for field, column in zip(fields, columns, strict=True)
                }
            )
        return tables

    def statements(self, name: str, dialect: str) -> list[str]:
        """Write the statements that create and fill the tables: see `create`."""
        syntax, tables = dialect_of(dialect), table_names(name, dialect)
        kind = type_name("BIGINT", dialect)
        statements = []
        for suffix, fields, rows in self._parts():
            columns = [f"{field} {kind}" for field in fields]
            columns += [_KEYS[suffix]] * syntax.has_keys
            statements.append(
                f"CREATE TABLE {tables[suffix]} ({', '.join(columns)}){syntax.storage}"
            )
            size = _LINES_OF_A_STATEMENT if syntax.lines else _ROWS_OF_A_STATEMENT
            for first in range(0, len(rows), size):
                batch = rows[first : first + size]
                values = _lines(batch, kind, syntax) if syntax.lines else _values(batch)
                statements.append(f"INSERT INTO {tables[suffix]} {values}")
        return statements

    def _parts(self) -> Iterator[tuple[str, tuple[str, ...], _Rows]]:
        yield "", Piece._fields, self.stretches
        yield DAYS, WorkingDate._fields, self.dates


def _values(rows: _Rows) -> str:
    """Rows as they stand in a statement."""
    texts = ("(" + ", ".join("NULL" if v is None else str(v) for v in row) + ")" for row in rows)
    return "VALUES " + ", ".join(texts)


def _lines(rows: _Rows, kind: str, syntax: Dialect) -> str:
    """The same as a text, which DuckDB reads forty times as fast as values."""
    text = ";".join(",".join("" if v is None else str(v) for v in row) for row in rows)
    columns = ", ".join(
        f"CAST(NULLIF({syntax.field.format(number)}, '') AS {kind})"
        for number in range(1, len(rows[0]) + 1)
    )
    return f"SELECT {columns} FROM ({syntax.lines.format(text)}) AS lines"  # noqa: S608 - whole numbers


def table(calendar: Calendar, first_year: int, last_year: int) -> CalendarTable:
    """Compile a calendar into the rows of a table.

    Args:
        calendar: The calendar.
        first_year: The first year that the table answers for, in UTC.
        last_year: The last one.

    Returns:
        The rows, some thousand for each year.

    Raises:
        SqlError: A year is not from 1901 to 2199, or the last is before the first.

    Example:
        >>> from slacalc import Calendar, sql
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> rows = sql.table(office, 2024, 2025)
        >>> len(rows.stretches), len(rows.dates)
        (3243, 731)
        >>> list(rows.to_arrow("office"))
        ['office', 'office_days']
    """
    check_calendar(calendar)
    for where, year in {"first_year": first_year, "last_year": last_year}.items():
        if not (type(year) is int and FIRST_YEAR < year < LAST_YEAR):
            msg = f"{year!r} is not a year from {FIRST_YEAR + 1} to {LAST_YEAR - 1}"
            raise SqlError(msg, given=year, where=where)
    if first_year > last_year:
        msg = f"{last_year} is before the first year, {first_year}"
        raise SqlError(msg, given=last_year, where="last_year")
    years = calendar.timeline, first_year, last_year
    return CalendarTable(tuple(pieces(*years)), tuple(working_dates(*years)))


def create(
    calendar: Calendar, name: str, first_year: int = 2000, last_year: int = 2040, *, dialect: str
) -> list[str]:
    """Write the statements that create the table of a calendar and fill it.

    They make two tables of whole numbers: *name*, and *name* with ``_days`` at its end. To replace
    them when hours or holidays change, drop both and run the new statements in one transaction, or
    create them under another name and rename them.

    Args:
        calendar: The calendar.
        name: The name of the table, such as ``"desk"`` or ``"analytics.desk"``.
        first_year: The first year that the table answers for, in UTC.
        last_year: The last one.
        dialect: The database.

    Returns:
        The statements, without semicolons, in the order in which they are to be run.

    Raises:
        SqlError: The name or the dialect is not one, or a year is as for `table`.

    Example:
        >>> import duckdb
        >>> from slacalc import Calendar, sql
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> connection = duckdb.connect()
        >>> for statement in sql.create(office, "office", 2024, 2025, dialect="duckdb"):
        ...     connection = connection.execute(statement)
        >>> connection.sql("SELECT max(work) // 3600000000 FROM office").fetchall()
        [(4184,)]
    """
    dialect_of(dialect)
    table_names(name, dialect)
    return table(calendar, first_year, last_year).statements(name, dialect)


def elapsed(
    name: str,
    start: str | datetime,
    end: str | datetime,
    *,
    dialect: str,
    unit: Unit = "minutes",
    source: str | None = None,
    into: str = "elapsed",
) -> str:
    """Write the working time between two instants: `bulk.elapsed` in SQL.

    Args:
        name: The name of the table.
        start: A column or an expression of instants, or one datetime.
        end: Likewise.
        dialect: The database.
        unit: The unit of the result: ``"microseconds"``, a whole number; or ``"seconds"``,
            ``"minutes"`` or ``"hours"``, a fraction.
        source: A table, or a query, that has the columns. Default: an expression is written.
        into: The name of the new column, with a source.

    Returns:
        The expression or the query.

    Raises:
        SqlError: The text given for an argument is not what it should be; the dialect or the unit
            is unknown; or the dialect needs a source.

    Example:
        >>> from slacalc import sql
        >>> sql.elapsed("desk", "opened", "closed", dialect="spark", source="tickets")[:54]
        'SELECT sla_row.*, (CAST(((sla_2.work + sla_2.is_open *'
    """
    query = Query(name, dialect, source)
    _check_unit(unit)
    first, last = query.instant(start, "start"), query.instant(end, "end")
    begins, ends = query.at(first), query.at(last)
    work = f"({work_until(ends, last)} - {work_until(begins, first)})"
    if unit != "microseconds":
        work = f"(CAST({work} AS {type_name('DOUBLE', dialect)}) / {_UNITS[unit]})"
    return query.write(work, into)


def add(
    name: str,
    start: str | datetime,
    length: str | float | timedelta,
    *,
    dialect: str,
    unit: Unit = "minutes",
    edge: Literal["close", "next_open"] = "close",
    source: str | None = None,
    into: str = "due",
) -> str:
    """Write the first instant at which working time after a start is done: `bulk.add` in SQL.

    Args:
        name: The name of the table.
        start: A column or an expression of instants, or one datetime.
        length: A column or an expression of numbers; one number; or one length, such as ``"4h"``
            or a timedelta. Negative lengths count backwards.
        dialect: The database.
        unit: The unit of numbers, as for `elapsed`; fractions of a microsecond are rounded.
        edge: Where work that exactly fills a working period ends: at its ``"close"``, or at the
            ``"next_open"``.
        source: A table, or a query, that has the columns. Default: an expression is written.
        into: The name of the new column, with a source.

    Returns:
        The expression or the query: instants in UTC, in SQLite text.

    Raises:
        SqlError: As for `elapsed`.
        CalendarError: *edge* is unknown.

    Example:
        >>> from datetime import timedelta
        >>> import duckdb
        >>> from slacalc import Calendar, sql
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> connection = duckdb.connect()
        >>> for statement in sql.create(office, "office", 2024, 2025, dialect="duckdb"):
        ...     connection = connection.execute(statement)
        >>> opened = "TIMESTAMPTZ '2024-05-03 16:00:00+02'"
        >>> due = sql.add("office", opened, timedelta(hours=2), dialect="duckdb")
        >>> connection.sql(f"SELECT epoch({due})").fetchall()  # 2024-05-06 10:00 in Paris
        [(1714982400.0,)]
    """
    if edge not in ("close", "next_open"):
        raise unknown_edge(edge, "close", "next_open")
    query = Query(name, dialect, source)
    _check_unit(unit)
    at = query.instant(start, "start")
    work = _work(query, length, unit, dialect)
    result = after_work(query, at, work, to_next_open=edge == "next_open")
    return query.write(query.syntax.instant.format(result), into)


def _check_unit(unit: str) -> None:
    if unit not in _UNITS:
        raise unknown_name(SqlError, "a unit", unit, _UNITS, where="unit")


def _work(query: Query, length: Any, unit: Unit, dialect: str) -> str:
    """A length of work in microseconds.

    Raises:
        SqlError: It is neither a length nor an expression.
    """
    work: int | None = None
    if isinstance(length, int | float) and not isinstance(length, bool):
        if math.isnan(length):
            msg = f"{length} is not a length of work"
            raise SqlError(msg, given=length, where="length")
        most = _MOST_HOURS * HOUR // _UNITS[unit]
        work = round(min(max(length, -most), most) * _UNITS[unit])
    elif isinstance(length, str | timedelta):
        with suppress(WorkError):
            work = to_work(length)
    if work is not None:
        return constant(min(max(work, -_MOST_HOURS * HOUR), _MOST_HOURS * HOUR))
    value = query.syntax.number.format(query.value(length, "length"))
    number = f"CAST({value} AS {type_name('DOUBLE', dialect)})"
    limit, whole = _MOST_HOURS * HOUR // _UNITS[unit], type_name("BIGINT", dialect)
    return (
        f"CASE WHEN ABS({number}) <= {limit} "
        f"THEN CAST(ROUND({number} * {_UNITS[unit]}) AS {whole}) END"
    )


def subtract(
    name: str,
    end: str | datetime,
    length: str | float | timedelta,
    *,
    dialect: str,
    unit: Unit = "minutes",
    edge: Literal["open", "previous_close"] = "open",
    source: str | None = None,
    into: str = "latest_start",
) -> str:
    """Write the last instant from which working time is done by an end: `bulk.subtract` in SQL.

    Args:
        name: The name of the table.
        end: A column or an expression of instants, or one datetime.
        length, dialect, unit, source, into: As for `add`.
        edge: Where work that exactly fills a working period begins: at its ``"open"``, or at the
            ``"previous_close"``.

    Returns:
        The expression or the query, as for `add`.

    Raises:
        SqlError: As for `elapsed`.
        CalendarError: *edge* is unknown.

    Example:
        >>> from datetime import UTC, datetime
        >>> import duckdb
        >>> from slacalc import Calendar, sql
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> connection = duckdb.connect()
        >>> for statement in sql.create(office, "office", 2024, 2025, dialect="duckdb"):
        ...     connection = connection.execute(statement)
        >>> monday = datetime(2024, 5, 6, 8, tzinfo=UTC)
        >>> start = sql.subtract("office", monday, "2h", dialect="duckdb")
        >>> connection.sql(f"SELECT epoch({start})").fetchall()  # 2024-05-03 16:00 in Paris
        [(1714744800.0,)]
    """
    if edge not in ("open", "previous_close"):
        raise unknown_edge(edge, "open", "previous_close")
    query = Query(name, dialect, source)
    _check_unit(unit)
    at = query.instant(end, "end")
    work = _work(query, length, unit, dialect)
    result = before_work(query, at, work, to_previous_close=edge == "previous_close")
    return query.write(query.syntax.instant.format(result), into)


def is_open(
    name: str,
    instant: str | datetime,
    *,
    dialect: str,
    source: str | None = None,
    into: str = "is_open",
) -> str:
    """Write whether an instant is working time: `bulk.is_open` in SQL.

    Args:
        name, instant, dialect, source, into: As for `add`.

    Returns:
        The expression or the query: true or false, in SQLite 1 or 0.

    Raises:
        SqlError: As for `elapsed`.

    Example:
        >>> from slacalc import sql
        >>> sql.is_open("desk", "opened", dialect="sqlite")[:59]
        '(SELECT (sla_1.is_open = 1) FROM desk AS sla_1 WHERE sla_1.'
    """
    query = Query(name, dialect, source)
    row = query.at(query.instant(instant, "instant"))
    return query.write(f"({row}.is_open = 1)", into)


def next_open(
    name: str,
    instant: str | datetime,
    *,
    dialect: str,
    source: str | None = None,
    into: str = "next_open",
) -> str:
    """Write the first open instant at or after an instant: `bulk.next_open` in SQL.

    Args:
        name, instant, dialect, source, into: As for `add`.

    Returns:
        The expression or the query, as for `add`.

    Raises:
        SqlError: As for `elapsed`.

    Example:
        >>> from datetime import UTC, datetime
        >>> import duckdb
        >>> from slacalc import Calendar, sql
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> connection = duckdb.connect()
        >>> for statement in sql.create(office, "office", 2024, 2025, dialect="duckdb"):
        ...     connection = connection.execute(statement)
        >>> friday_evening = datetime(2024, 5, 3, 18, tzinfo=UTC)
        >>> opens = sql.next_open("office", friday_evening, dialect="duckdb")
        >>> connection.sql(f"SELECT epoch({opens})").fetchall()  # Monday 09:00 in Paris
        [(1714978800.0,)]
    """
    return add(name, instant, timedelta(0), dialect=dialect, source=source, into=into)


def next_close(
    name: str,
    instant: str | datetime,
    *,
    dialect: str,
    source: str | None = None,
    into: str = "next_close",
) -> str:
    """Write the first closing after an instant: `bulk.next_close` in SQL.

    Args:
        name, instant, dialect, source, into: As for `add`.

    Returns:
        The expression or the query, as for `add`.

    Raises:
        SqlError: As for `elapsed`.

    Example:
        >>> from slacalc import sql
        >>> sql.next_close("desk", "opened", dialect="duckdb")[:61]
        '(SELECT make_timestamptz(sla_1.next_close) FROM desk AS sla_1'
    """
    return _closing(Query(name, dialect, source), instant, "next_close", into)


def previous_close(
    name: str,
    instant: str | datetime,
    *,
    dialect: str,
    source: str | None = None,
    into: str = "previous_close",
) -> str:
    """Write the last closing at or before an instant: `Calendar.previous_close` in SQL.

    Args:
        name, instant, dialect, source, into: As for `add`.

    Returns:
        The expression or the query, as for `add`.

    Raises:
        SqlError: As for `elapsed`.

    Example:
        >>> from slacalc import sql
        >>> sql.previous_close("desk", "opened", dialect="duckdb")[:65]
        '(SELECT make_timestamptz(sla_1.previous_close) FROM desk AS sla_1'
    """
    return _closing(Query(name, dialect, source), instant, "previous_close", into)


def _closing(query: Query, instant: str | datetime, column: str, into: str) -> str:
    """The closing that a column of the row of an instant has."""
    row = query.at(query.instant(instant, "instant"))
    return query.write(query.syntax.instant.format(f"{row}.{column}"), into)


def count_working_days(
    name: str,
    start: str | date,
    end: str | date,
    *,
    dialect: str,
    inclusive: Literal["left", "right", "both", "neither"] = "left",
    of: Literal["dates", "instants"] = "dates",
    source: str | None = None,
    into: str = "working_days",
) -> str:
    """Write the number of working days between dates: `bulk.count_working_days` in SQL.

    Args:
        name: The name of the table.
        start: A column or an expression of dates or instants, or a single one.
        end: Likewise.
        dialect: The database.
        inclusive: Which of the two dates count, as for `Calendar.count_working_days`.
        of: What the columns have: ``"dates"``, in SQLite text such as ``2024-05-03``; or
            ``"instants"``, which stand for their dates in the calendar's zone.
        source: A table, or a query, that has the columns. Default: an expression is written.
        into: The name of the new column, with a source.

    Returns:
        The expression or the query: a whole number, negative if the end is before the start.

    Raises:
        SqlError: As for `elapsed`; or *of* is unknown.
        CalendarError: *inclusive* is unknown.

    Example:
        >>> from slacalc import sql
        >>> columns = {"start": "opened", "end": "closed", "of": "instants"}
        >>> days = sql.count_working_days("desk", **columns, dialect="duckdb")
        >>> query = f"SELECT id, {days} AS days FROM tickets"
    """
    if inclusive not in INCLUSIVE:
        raise unknown_inclusive(inclusive)
    query = Query(name, dialect, source)
    _check_of(of)
    if of == "dates":
        first, last = query.on(query.day(start, "start")), query.on(query.day(end, "end"))
    else:
        first = query.at(query.instant(start, "start"))  # type: ignore[arg-type] # it refuses dates
        last = query.at(query.instant(end, "end"))  # type: ignore[arg-type]  # likewise
    with_start, with_end = inclusive in ("left", "both"), inclusive in ("right", "both")
    count = f"{_before(last, with_end)} - {_before(first, not with_start)}"
    reverse = f"{_before(last, not with_end)} - {_before(first, with_start)}"
    none = f"WHEN {first}.day = {last}.day THEN 0 " if inclusive == "neither" else ""
    return query.write(
        f"CASE WHEN {first}.day > {last}.day THEN {reverse} {none}ELSE {count} END", into
    )


def _before(row: str, with_date: bool) -> str:  # noqa: FBT001 - private
    """The working days before a date, or up to it."""
    return f"({row}.working_days + {row}.is_working)" if with_date else f"{row}.working_days"


def add_working_days(
    name: str,
    start: str | date,
    days: str | int,
    *,
    dialect: str,
    of: Literal["dates", "instants"] = "dates",
    source: str | None = None,
    into: str = "due",
) -> str:
    """Write what is a number of working days later: `bulk.add_working_days` in SQL.

    Args:
        name: The name of the table.
        start: A column or an expression of dates or instants, or a single one.
        days: A column or an expression of whole numbers, or one number. Negative ones count back.
        dialect: The database.
        of: What *start* has: ``"dates"``, in SQLite text such as ``2024-05-03``; or
            ``"instants"``.
        source: A table, or a query, that has the columns. Default: an expression is written.
        into: The name of the new column, with a source.

    Returns:
        The expression or the query: dates; or instants, the same wall times on those dates.

    Raises:
        SqlError: As for `elapsed`; or *of* is unknown.

    Example:
        >>> import duckdb
        >>> from slacalc import Calendar, sql
        >>> office = Calendar("Europe/Paris", {"mon-fri": "9-17"})
        >>> connection = duckdb.connect()
        >>> for statement in sql.create(office, "office", 2024, 2025, dialect="duckdb"):
        ...     connection = connection.execute(statement)
        >>> due = sql.add_working_days("office", "DATE '2024-05-03'", 2, dialect="duckdb")
        >>> connection.sql(f"SELECT CAST({due} AS VARCHAR)").fetchall()
        [('2024-05-07',)]
    """
    query = Query(name, dialect, source)
    _check_of(of)
    if of == "instants":
        at = query.instant(start, "start")  # type: ignore[arg-type] # it refuses dates
        number = _days(query, days)
        return query.write(query.syntax.instant.format(after_working_days(query, at, number)), into)
    first = query.on(query.day(start, "start"))
    number = _days(query, days)
    # Counting back begins at the working day on or before the start.
    back = f"CASE WHEN {number} < 0 THEN {first}.is_working - 1 ELSE 0 END"
    target = query.working_day(f"{first}.working_days + {number} + {back}")
    return query.write(query.syntax.date.format(f"{target}.day"), into)


def _days(query: Query, days: Any) -> str:
    """A number of days, or none where it leads out of every table."""
    if isinstance(days, int) and not isinstance(days, bool):
        return constant(min(max(days, -_MOST_DAYS), _MOST_DAYS))
    number = query.syntax.number.format(query.value(days, "days"))
    return f"CASE WHEN {number} BETWEEN {-_MOST_DAYS} AND {_MOST_DAYS} THEN {number} END"


def _check_of(of: str) -> None:
    if of not in ("dates", "instants"):
        raise unknown_name(SqlError, "what columns have", of, ["dates", "instants"], where="of")


def deadlines(
    policy: Policy,
    tables: str | Mapping[str, str],
    *,
    dialect: str,
    source: str,
    columns: Mapping[str, str | None] | None = None,
    as_of: str | datetime | None = None,
) -> str:
    """Write the due dates of a table of tickets: `bulk.deadlines` in SQL.

    The promises of the policy stand in the query as rows, one for each combination of attributes.
    What columns cannot say is refused: several versions, coverage, conditions on the receipt or
    with ranges, and units other than hours, working hours, working days and calendar days.

    Args:
        policy: The policy.
        tables: The name of the table of each calendar; or one name, if there is one calendar.
        dialect: The database.
        source: A table, or a query, of tickets: with a column ``created``, one for each attribute
            on which promises depend, and one for each event that starts a metric; with *as_of* also
            for each that stops one.
        columns: The names of the source's columns where they differ, such as
            ``{"created": "opened_at"}``; None for an attribute that it lacks. Derived attributes
            are computed, unless they are named here.
        as_of: The instant of evaluation, as a datetime or an expression. Default: only due dates.

    Returns:
        The query: the rows of the source, with the columns ``<metric>_due`` and, if the policy has
        limits for it, ``<metric>_limit``; with *as_of* also ``<metric>_breached``, whether the end,
        or *as_of*, is past them. All are NULL where nothing is promised. Pauses are not counted, as
        in `bulk.deadlines`.

    Raises:
        SqlError: As for `elapsed`; columns cannot say what is promised; or a calendar has no table.

    Example:
        >>> from slacalc import presets, sql
        >>> itil = presets.load("itil-standard")
        >>> tables = {"office": "office", "round-the-clock": "nonstop"}
        >>> query = sql.deadlines(itil, tables, dialect="spark", source="tickets")
        >>> query[:18], query.count("LEFT JOIN office AS")
        ('SELECT sla_row.*, ', 10)
    """
    check_policy(policy)
    known = _checked_columns(policy, columns or {})
    promises = promises_of(policy, known, with_ends=as_of is not None)
    names = _table_of_each(promises.calendars, tables)
    return PolicyQuery(
        Query("sla", dialect, source), dialect, promises, names, known, as_of
    ).write()


def _checked_columns(policy: Policy, columns: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """The names of columns that differ.

    Raises:
        SqlError: One is of a column that the policy does not read, or an instant has none.
    """
    if not isinstance(columns, Mapping):
        msg = f"{columns!r} does not name columns, as in {{'created': 'opened_at'}}"
        raise SqlError(msg, given=columns, where="columns")
    versions = policy.all_versions
    attributes = dict.fromkeys(name for version in versions for name in version.attributes)
    known = {CREATED: None, **attributes}
    for version in versions:
        known |= dict.fromkeys(version.compiled(Machine).compiled.event_columns)
    for name, column in columns.items():
        if name not in known:
            what = "a column that the policy reads"
            raise unknown_name(SqlError, what, name, known, where="columns", given=name)
        if column is None and name not in attributes:
            msg = f"{name} needs a column: only attributes may have none"
            raise SqlError(msg, given=column, where=f"columns.{name}")
    return columns


def _table_of_each(calendars: list[str], tables: str | Mapping[str, str]) -> dict[str, str]:
    """The table of each calendar.

    Raises:
        SqlError: One has none.
    """
    if isinstance(tables, str):
        if len(calendars) > 1:
            shown = ", ".join(f'"{name}": …' for name in calendars)
            msg = (
                f"the policy counts on several calendars: give a table for each, as in {{{shown}}}"
            )
            raise SqlError(msg, given=tables, where="tables")
        return dict.fromkeys(calendars, tables)
    if not isinstance(tables, Mapping):
        msg = f"{tables!r} does not name tables, as in {{'office': 'desk'}}"
        raise SqlError(msg, given=tables, where="tables")
    for name in calendars:
        if name not in tables:
            raise unknown_name(SqlError, "a calendar with a table", name, tables, where="tables")
    return {name: tables[name] for name in calendars}


def outside(name: str, instant: str, *, dialect: str, source: str) -> str:
    """Write the query of the rows whose instants the table of a calendar does not have.

    Those are the rows for which the other functions give NULL although there is a value: an instant
    outside the years of the table, or in SQLite text without an offset, or no instant at all.

    Args:
        name: The name of the table.
        instant: A column or an expression of instants.
        dialect: The database.
        source: A table, or a query, that has the column.

    Returns:
        The query: all columns of such rows.

    Raises:
        SqlError: As for `elapsed`.

    Example:
        >>> from slacalc import sql
        >>> check = sql.outside("desk", "opened", dialect="duckdb", source="tickets")
        >>> count = f"SELECT count(*) FROM ({check})"
    """
    query = Query(name, dialect, source)
    query.at(query.instant(instant, "instant"))
    return query.write_unknown(query.value(instant, "instant"))
