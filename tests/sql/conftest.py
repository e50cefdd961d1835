"""The databases that run in every test of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sql.databases import Database, Duck, Postgres, SQLite

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", params=["duckdb", "sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """One of them, without tables."""
    if request.param == "postgres":
        made: Database = Postgres(request.getfixturevalue("postgres").new_database())
    else:
        made = {"duckdb": Duck, "sqlite": SQLite}[request.param]()
    yield made
    made.close()
