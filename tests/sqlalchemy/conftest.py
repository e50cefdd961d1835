"""Three tables in a new database of each kind, and a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from slacalc import Policy
from tests.sqlalchemy.models import Base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        address, options = f"sqlite:///{tmp_path / 'desk.db'}", {"timeout": 60}
    else:
        server = request.getfixturevalue("postgres")
        address, options = server.new_database().replace(":", "+psycopg:", 1), {}
    engine = sqlalchemy.create_engine(address, connect_args=options)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def desk() -> Policy:
    """Replies are due within an hour, with a warning at half of it; solutions within a day."""
    return Policy(
        "desk",
        attributes={"priority": ["high", "low"]},
        fields={"status": ["open", "waiting"], "text": {}},
        metrics={
            "reply": {"stop": "replied", "warnings": [{"at": "50 %", "name": "lead"}]},
            "solution": {"stop": "solved"},
        },
        tables={
            "replies": [{"targets": {"reply": "1 hour"}}],
            "solutions": [
                {"when": {"priority": "high"}, "targets": {"solution": "2 hours"}},
                {"targets": {"solution": "24 hours"}},
            ],
        },
    )
