"""A database for each test: a file of SQLite, or a database of a PostgreSQL server."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.django import project
from tests.postgres import postgres  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import PostgreSQL

project.configure()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables."""
    path = tmp_path_factory.mktemp("django") / "empty.sqlite3"
    _migrate(project.sqlite(path))
    return path


@pytest.fixture(scope="session")
def server_database(postgres: PostgreSQL) -> dict[str, Any]:  # noqa: F811 - a fixture
    """A database of the server with all tables."""
    database = project.postgresql(postgres.new_database())
    _migrate(database)
    return database


def _migrate(database: dict[str, Any]) -> None:
    from django.core.management import call_command
    from django.db import connection

    project.connect(database)
    call_command("migrate", run_syncdb=True, verbosity=0)
    connection.close()


@pytest.fixture
def sqlite(empty_file: Path, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A file of SQLite."""
    shutil.copy(empty_file, tmp_path / "desk.sqlite3")
    yield from _connected(project.sqlite(tmp_path / "desk.sqlite3"))


@pytest.fixture
def postgresql(server_database: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A database of a server, emptied."""
    from django.db import connection

    for database in _connected(server_database):
        tables = ", ".join(connection.introspection.table_names())
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        yield database


def _connected(database: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from django.db import connection

    project.connect(database)
    yield database
    connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each kind of database in turn."""
    settings: dict[str, Any] = request.getfixturevalue(request.param)
    return settings
