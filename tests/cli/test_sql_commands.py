"""The commands `sql` and `dbt`; the macros are rendered by Jinja and run in DuckDB."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest

from tests.cli.program import run, write

DBT = Path(f"{sys.prefix}-dbt", "bin", "dbt")  # which `make check` installs
GERMANY = ("--country", "DE", "--time-zone", "Europe/Berlin")
YEARS = ("--name", "desk", "--first-year", "2024", "--last-year", "2025")


def test_sql_prints_statements_that_run() -> None:
    """One after the other, each with its semicolon."""
    printed = run("sql", *GERMANY, *YEARS, "--dialect", "duckdb")
    assert printed.exit_code == 0
    connection = duckdb.connect()
    connection.execute(printed.stdout)
    assert connection.sql("SELECT count(*), sum(is_working) FROM desk_days").fetchall() == [
        (731, 505)  # 262 + 261 weekdays, less 9 holidays on weekdays in each year
    ]
    as_json = run("sql", *GERMANY, *YEARS, "--dialect", "duckdb", "--json")
    assert [f"{statement};" for statement in json.loads(as_json.stdout)] == [
        line for line in printed.stdout.split("\n") if line
    ]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ([*GERMANY, *YEARS, "--dialect", "postgresql"], "did you mean 'postgres'"),
        ([*GERMANY, *YEARS[:-1], "2020", "--dialect", "duckdb"], "'--last-year': 2020 is before"),
        ([*GERMANY, "--name", "a b", *YEARS[2:], "--dialect", "duckdb"], "'--name': 'a b' is not"),
        ([*YEARS, "--dialect", "duckdb"], "give either --country"),
    ],
)
def test_what_was_typed_wrong(typed: list[str], message: str) -> None:
    result = run("sql", *typed, columns=300)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_calendar_that_changes_with_the_policy(tmp_path: Path) -> None:
    """A table has one calendar."""
    text = """
        name = "desk"
        [calendars.office]
        time_zone = "Europe/Paris"
        week = { mon-fri = "9-17" }
        [metrics.response]
        stop = "responded"
        [[tables.all]]
        targets.response = "1 hour"
        [[versions]]
        effective_from = 2025-01-01
        calendars.office = { time_zone = "Europe/Paris", week = { mon-fri = "8-17" } }
    """
    policy = write(tmp_path, text)
    result = run("sql", "--policy", policy, *YEARS, "--dialect", "duckdb", columns=300)
    assert result.exit_code == 2
    assert "differs between the versions" in result.stderr


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    result = run("dbt", str(folder), *GERMANY, *YEARS, "--dialect", "duckdb")
    assert result.exit_code == 0, result.stderr
    assert str(folder / "macros" / "desk.sql") in result.stdout.split("\n")
    return folder


def rendered(package: Path, text: str) -> str:
    """A text in which macros of the package are called, as dbt renders it."""
    macros = (package / "macros" / "desk.sql").read_text("utf-8")
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - SQL
    return environment.from_string(macros + text).render(ref=lambda name: f'"{name}"')


@pytest.fixture
def connection(package: Path) -> Any:
    """With the seeds, and one ticket."""
    made = duckdb.connect()
    for name in ("desk", "desk_days"):
        path = package / "seeds" / f"{name}.csv"
        made.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{path}')")  # noqa: S608 - our own text
    made.execute(
        "CREATE TABLE tickets AS "
        "SELECT TIMESTAMPTZ '2024-05-03 16:00:00+02' AS opened, 90 AS minutes"
    )
    made.execute("SET TimeZone = 'UTC'")
    return made


def test_macros_are_what_the_functions_write(package: Path, connection: Any) -> None:
    """Expressions and queries; of dates and of instants."""
    expressions = {
        "desk_add('opened', 'minutes')": "2024-05-06 07:30:00+00",
        "desk_elapsed('opened', \"TIMESTAMPTZ '2024-05-06 10:00:00+02'\")": "120.0",
        "desk_is_open('opened')": "true",
        "desk_next_open(\"opened + INTERVAL '3 hours'\")": "2024-05-06 07:00:00+00",
        "desk_add_working_days('opened', 4, of='instants')": "2024-05-10 14:00:00+00",
        "desk_add_working_days(\"DATE '2024-05-03'\", 4)": "2024-05-10",  # 9 May is Ascension Day
        "desk_count_working_days(\"DATE '2024-05-03'\", \"DATE '2024-05-13'\")": "5",
    }
    for call, answer in expressions.items():
        query = rendered(package, f"SELECT {{{{ {call} }}}}::VARCHAR FROM tickets")  # noqa: S608 - our own text
        assert connection.execute(query).fetchall() == [(answer,)], call
    call = "desk_with_add('tickets', 'sla_row.opened', 'sla_row.minutes')"
    query = rendered(package, f"SELECT due::VARCHAR FROM ({{{{ {call} }}}})")  # noqa: S608 - our own text
    assert connection.execute(query).fetchall() == [("2024-05-06 07:30:00+00",)]


def test_the_test_of_the_package(package: Path, connection: Any) -> None:
    """It finds nothing in the seeds, and something once they are changed."""
    text = rendered(package, (package / "tests" / "desk_examples.sql").read_text("utf-8"))
    assert connection.execute(text).fetchall() == []
    connection.execute("UPDATE desk SET work = work + day")
    assert connection.execute(text).fetchall() != []


def test_a_folder_with_other_files_is_left_alone(package: Path, tmp_path: Path) -> None:
    """A package is written again; over anything else, it is not."""
    assert run("dbt", str(package), *GERMANY, *YEARS, "--dialect", "spark").exit_code == 0
    assert "desk_elapsed" not in (package / "macros" / "desk.sql").read_text("utf-8")
    other = tmp_path / "other"
    other.mkdir()
    write(other, "SELECT 1", "model.sql")
    result = run("dbt", str(other), *GERMANY, *YEARS, "--dialect", "duckdb", columns=300)
    assert result.exit_code == 2
    assert "has other files in it" in result.stderr
    assert [path.name for path in other.iterdir()] == ["model.sql"]


@pytest.mark.slow
@pytest.mark.skipif(not DBT.exists(), reason="dbt is not installed")
def test_dbt_builds_the_package(package: Path) -> None:
    """Seeds, macros and tests, by dbt itself."""
    profile = {
        "default": {
            "target": "dev",
            "outputs": {"dev": {"type": "duckdb", "path": str(package / "dev.duckdb")}},
        }
    }
    (package / "profiles.yml").write_text(json.dumps(profile), "utf-8")
    done = subprocess.run(  # noqa: S603 - dbt of our own
        [str(DBT), "build", "--no-use-colors", "--no-send-anonymous-usage-stats"],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert "ERROR=0" in done.stdout
