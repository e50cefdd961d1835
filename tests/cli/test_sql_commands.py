"""The commands `sql` and `dbt`; the macros are rendered by Jinja and run in DuckDB."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
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


class Exceptions:
    """The `exceptions` that dbt gives to macros."""

    @staticmethod
    def raise_compiler_error(message: str) -> None:
        """End what is rendered."""
        raise ValueError(message)


def rendered(package: Path, text: str) -> str:
    """A text that calls macros of the package by its name, as dbt renders it."""
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - SQL
    macros = SimpleNamespace()
    environment.globals |= {
        "ref": lambda _, name: f'"{name}"',
        "exceptions": Exceptions,
        "slacalc_desk": macros,
    }
    text_of_macros = (package / "macros" / "desk.sql").read_text("utf-8")
    macros.__dict__.update(environment.from_string(text_of_macros).module.__dict__)
    return environment.from_string(text).render()


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
        query = rendered(package, f"SELECT {{{{ slacalc_desk.{call} }}}}::VARCHAR FROM tickets")  # noqa: S608 - our own text
        assert connection.execute(query).fetchall() == [(answer,)], call
    call = "desk_with_add('tickets', 'sla_row.opened', 'sla_row.minutes')"
    query = rendered(package, f"SELECT due::VARCHAR FROM ({{{{ slacalc_desk.{call} }}}})")  # noqa: S608 - our own text
    assert connection.execute(query).fetchall() == [("2024-05-06 07:30:00+00",)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("desk_elapsed('opened', 'ends')", "write its table before it, as in tickets.ends"),
        ("desk_is_open(' \"Begins\" ')", "could mean a column of desk"),
        ("desk_add_working_days('day', 4)", "write its table before it, as in tickets.day"),
        ("desk_count_working_days('opened', 'closed', of='instant')", "of is 'instant'"),
        ("desk_with_add_working_days('tickets', 'opened', 3, of='date')", "of is 'date'"),
    ],
)
def test_macros_refuse_what_would_be_answered_wrongly(
    package: Path, call: str, message: str
) -> None:
    """A column that the calendar's table has too, and a kind that is neither of two."""
    with pytest.raises(ValueError, match=message):
        rendered(package, f"{{{{ slacalc_desk.{call} }}}}")
    assert rendered(package, "{{ slacalc_desk.desk_is_open('tickets.ends') }}")


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


def build(project: Path) -> str:
    """What `dbt build` says in a project."""
    profile = {
        "default": {
            "target": "dev",
            "outputs": {"dev": {"type": "duckdb", "path": str(project / "dev.duckdb")}},
        }
    }
    (project / "profiles.yml").write_text(json.dumps(profile), "utf-8")
    printed = ""
    for command in ("deps", "build"):
        done = subprocess.run(  # noqa: S603 - dbt of our own
            [str(DBT), command, "--no-use-colors", "--no-send-anonymous-usage-stats"],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout
        printed = done.stdout
    return printed


@pytest.mark.slow
@pytest.mark.skipif(not DBT.exists(), reason="dbt is not installed")
def test_dbt_builds_the_package(package: Path) -> None:
    """Seeds, macros and tests, by dbt itself."""
    assert "ERROR=0" in build(package)


@pytest.mark.slow
@pytest.mark.skipif(not DBT.exists(), reason="dbt is not installed")
def test_dbt_builds_a_project_that_uses_the_package(package: Path, tmp_path: Path) -> None:
    """The guide's way: the folder in `packages.yml`, and macros by the name of the package."""
    project = tmp_path / "project"
    files = {
        "dbt_project.yml": {"name": "shop", "version": "1.0", "profile": "default"},
        "packages.yml": {"packages": [{"local": str(package)}]},
    }
    project.mkdir()
    for name, data in files.items():
        (project / name).write_text(json.dumps(data), "utf-8")
    models = {
        "tickets": "SELECT TIMESTAMPTZ '2024-05-03 16:00:00+02' AS opened, 90 AS minutes",
        "promised": "SELECT {{ slacalc_desk.desk_add('opened', 'minutes') }} AS due "
        "FROM {{ ref('tickets') }}",
        "joined": "{{ slacalc_desk.desk_with_is_open(ref('tickets'), 'sla_row.opened') }}",
    }
    (project / "models").mkdir()
    for name, text in models.items():
        (project / "models" / f"{name}.sql").write_text(text, "utf-8")
    assert "ERROR=0" in build(project)
    with duckdb.connect(str(project / "dev.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        answer = connection.execute("SELECT due::VARCHAR, is_open FROM promised, joined").fetchall()
    assert answer == [("2024-05-06 07:30:00+00", True)]
