"""Databases that run SQL for the tests: what they are given and what they answer, as integers."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import pyarrow as pa
import pytest

from slacalc import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from slacalc import Calendar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = {"a": "instant", "b": "instant", "length": "number", "day_a": "date", "day_b": "date"}
COLUMNS["days"] = "number"


class Ticket(NamedTuple):
    """Instants and a length in microseconds, dates and a number of days; all may be missing."""

    a: int | None
    b: int | None
    length: int | None
    day_a: int | None = None
    day_b: int | None = None
    days: int | None = None


def text_of(instant: int | None) -> str | None:
    """An instant as ISO 8601, in one offset or another."""
    if instant is None:
        return None
    at = EPOCH + timedelta(microseconds=instant)
    local = at.replace(tzinfo=None) + timedelta(hours=instant % 3)
    offset = f"+{instant % 3:02}:00"
    return local.isoformat() + (offset if instant % 3 or instant % 2 else "Z")


def date_text(day: int | None) -> str | None:
    return None if day is None else (EPOCH + timedelta(days=day)).date().isoformat()


def as_integer(value: Any) -> Any:
    """An answer: instants in microseconds, dates in days."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    if isinstance(value, date):
        return (value - EPOCH.date()).days
    if isinstance(value, str):
        if len(value) == len("2024-05-03"):
            return as_integer(date.fromisoformat(value))
        return as_integer(datetime.fromisoformat(value))
    return value


class Database:
    """A database with a table of tickets.

    Attributes:
        dialect: Its name.
    """

    dialect: str
    types: dict[str, str]

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement, and return its rows."""
        raise NotImplementedError

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        raise NotImplementedError

    def close(self) -> None:
        """Let the database go."""

    def create(self, calendar: Calendar, name: str, *years: int) -> None:
        """Replace a calendar's table by one of the first to the last year."""
        for table in (name, f"{name}_days"):
            self.run(f"DROP TABLE IF EXISTS {table}")
        for statement in sql.create(calendar, name, *years, dialect=self.dialect):
            self.run(statement)

    def fill(self, rows: Sequence[Ticket], mark: str = "?") -> None:
        """Replace the tickets, with an id from 0."""
        columns = ", ".join(f"{name} {self.types[kind]}" for name, kind in COLUMNS.items())
        self.run("DROP TABLE IF EXISTS tickets")
        self.run(f"CREATE TABLE tickets (id {self.types['number']}, {columns})")
        values = [
            (
                number,
                text_of(row.a),
                text_of(row.b),
                row.length,
                date_text(row.day_a),
                date_text(row.day_b),
                row.days,
            )
            for number, row in enumerate(rows)
        ]
        marks = ", ".join([mark] * 7)
        self.run_many(f"INSERT INTO tickets VALUES ({marks})", values)  # noqa: S608 - our own text

    def expression(self, written: str) -> list[Any]:
        """The answers of an expression for the tickets."""
        query = f"SELECT {written} FROM tickets ORDER BY id"  # noqa: S608 - our own text
        return [as_integer(answer) for (answer,) in self.run(query)]

    def queries(self, written: Mapping[str, str]) -> dict[str, list[Any]]:
        """The answers of queries that each add a column `answer` to the tickets."""
        return {name: self.query(query, "answer") for name, query in written.items()}

    def query(self, written: str, into: str) -> list[Any]:
        """The answers of a query that adds a column to the tickets."""
        query = f"SELECT {into} FROM ({written}) AS answered ORDER BY id"  # noqa: S608 - our own text
        return [as_integer(answer) for (answer,) in self.run(query)]


class Duck(Database):
    """DuckDB, in a session whose time zone is nobody's."""

    dialect = "duckdb"
    types = {"instant": "TIMESTAMPTZ", "number": "BIGINT", "date": "DATE"}  # noqa: RUF012 - never changed

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self.run("SET TimeZone = 'Pacific/Apia'")

    def run(  # noqa: D102 - as above
        self, statement: str, parameters: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, parameters).fetchall()

    def run_many(self, _: str, rows: Iterable[Sequence[Any]]) -> None:  # noqa: D102 - as the base class says
        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        self._connection.register("given", pa.table(columns, [*"abcdefg"]))
        self.run("INSERT INTO tickets SELECT * FROM given")
        self._connection.unregister("given")


class SQLite(Database):
    """SQLite, in memory."""

    dialect = "sqlite"
    types = {"instant": "TEXT", "number": "INTEGER", "date": "TEXT"}  # noqa: RUF012 - never changed

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:")

    def run(  # noqa: D102 - as above
        self, statement: str, parameters: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, parameters).fetchall()

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:  # noqa: D102 - as the base class says
        self._connection.executemany(statement, rows)

    def close(self) -> None:  # noqa: D102 - as the base class says
        self._connection.close()


class Postgres(Database):
    """PostgreSQL, in a session whose time zone is nobody's.

    Args:
        address: The address of an empty database.
    """

    dialect = "postgres"
    types = {"instant": "TIMESTAMPTZ", "number": "BIGINT", "date": "DATE"}  # noqa: RUF012 - never changed

    def __init__(self, address: str) -> None:
        psycopg = pytest.importorskip("psycopg")
        self._connection = psycopg.connect(address, autocommit=True)
        self.run("SET TIME ZONE 'Pacific/Apia'")
        self.run("SET jit = off")  # which takes seconds for the long query of a policy

    def run(  # noqa: D102 - as above
        self, statement: str, parameters: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(statement.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:  # noqa: D102 - as the base class says
        with self._connection.cursor() as cursor:
            cursor.executemany(statement.encode(), [*rows])

    def fill(self, rows: Sequence[Ticket], mark: str = "%s") -> None:  # noqa: D102 - as the base class says
        super().fill(rows, mark)
        self.run("ANALYZE tickets")

    def close(self) -> None:  # noqa: D102 - as the base class says
        self._connection.close()
