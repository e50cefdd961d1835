"""The command line: what it prints, what it refuses, and with which exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from slacalc import Policy, cli, presets

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

DESK = """\
name = "desk"

[calendars.office]
time_zone = "Europe/Paris"
week      = { mon-fri = "9-17" }
horizon   = 2026

[calendars.office.exceptions]
"2026-12-24"             = { hours = "9-12", name = "Christmas Eve" }
"2026-08-10..2026-08-14" = { hours = "closed", name = "Works holiday" }

[attributes]
severity = ["high", "low"]
urgent   = { values = [true, false], default = false }

[metrics.response]
stop = "responded"

[metrics.visit]
start = "accepted"
stop  = "visited"

[metrics.resolution]
stop = "resolved"

[[tables.standard]]
when    = { severity = "high" }
targets = { response = "30 minutes", resolution = { within = "4 working hours", limit = "1 day" } }

[[tables.standard]]
targets = { response = "4 working hours", visit = "2 working days", resolution = "10 working hours" }
""".replace('"1 day"', '"8 working hours"')
FRIDAY = "2024-05-03T16:00+02:00"  # in office hours, of which one is left


def run(*args: str, columns: int = 80) -> Result:
    """What a command prints in a terminal of some width, without colours."""
    env = {"COLUMNS": str(columns), "FORCE_COLOR": None, "NO_COLOR": None, "TTY_COMPATIBLE": None}
    return CliRunner(env=env).invoke(cli.commands(), args, prog_name="slacalc")


def lines(*args: str, columns: int = 80) -> list[str]:
    """The lines that a command prints when all is well."""
    result = run(*args, columns=columns)
    assert result.exit_code == 0, result.output
    return [line.rstrip() for line in result.output.splitlines()]


def data(*args: str) -> Any:
    """The JSON that a command prints."""
    return json.loads(run(*args, "--json").output)


def refused(*args: str, status: int = 2) -> str:
    """The message with which a command refuses."""
    result = run(*args)
    assert result.exit_code == status, result.output
    assert isinstance(result.exception, SystemExit)
    return result.output


@pytest.fixture
def desk(tmp_path: Path) -> str:
    return write(tmp_path, DESK)


def write(folder: Path, text: str, name: str = "desk.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


# check --------------------------------------------------------------------------------------------


def test_a_clean_policy_passes(tmp_path: Path) -> None:
    """Status 0 and one line; of a JSON file too, and of a preset."""
    clean = (
        'name = "desk"\n[calendars.o]\ntime_zone = "UTC"\nweek = "always"\n'
        '[metrics.resolution]\nstop = "resolved"\n'
        '[[tables.standard]]\ntargets = { resolution = "4 hours" }\n'
    )
    path = write(tmp_path, clean)
    assert lines("check", path) == [f"{path}: nothing odd found (tried every kind of ticket)"]
    text = Policy.from_toml(clean).to_json()
    as_json = write(tmp_path, text, "desk.JSON")
    assert lines("check", as_json)[0].startswith(f"{as_json}: nothing odd")
    assert lines("check", "itil-standard")[-1].startswith("itil-standard: ")


def test_every_fault_is_told_with_its_place(tmp_path: Path) -> None:
    """One line each, which begins with file, line and column; status 1."""
    text = DESK.replace('stop = "responded"', "stop = 7").replace("4 working", "4 wroking")
    path = write(tmp_path, text)
    result = run("check", path)
    assert result.exit_code == 1
    told = result.output.splitlines()
    assert len(told) == 4
    assert told[0].startswith(f"{path}:16:1: error: metrics.response.stop: found 7, expected ")
    assert told[1].startswith(f"{path}:27:")
    assert told[2].startswith(f"{path}:30:13: error: tables.standard[1].targets.response: ")
    assert told[3] == f"{path}: 3 faults"


def test_faults_without_a_place_are_put_at_the_beginning(tmp_path: Path) -> None:
    """In JSON, and where a file cannot be read; the other files are checked all the same."""
    path = write(tmp_path, '{"name": "desk", "colour": "red"}', "desk.json")
    result = run("check", str(tmp_path), path)
    assert result.exit_code == 1
    told = result.output.splitlines()
    assert told[0].startswith(f"{tmp_path}:1:1: error: the file cannot be read: ")
    assert any(line.startswith(f"{path}:1:1: error: colour: ") for line in told)


def test_findings_are_told_with_their_place(tmp_path: Path) -> None:
    """A warning passes, unless with --strict; the example follows on a line of its own."""
    path = write(tmp_path, DESK + '\n[[tables.standard]]\ntargets = { visit = "1 hour" }\n')
    result = run("check", path)
    assert result.exit_code == 0
    told = result.output.splitlines()
    (index,) = (i for i, line in enumerate(told) if "[unreachable-row]" in line)
    assert told[index].startswith(f"{path}:32:3: warning: tables.standard[2]: ")
    assert told[index + 1].startswith("    for example severity = ")
    assert told[-1].startswith(f"{path}: 1 warning")
    assert run("check", "--strict", path).exit_code == 1


def test_findings_of_errors_fail(tmp_path: Path) -> None:
    """A target that can never be met is an error."""
    path = write(tmp_path, DESK.replace('mon-fri = "9-17"', 'mon = "closed"').replace("9-12", "0-1"))
    assert run("check", path.replace("x", "x")).exit_code in (0, 1)
    text = DESK.replace('week      = { mon-fri = "9-17" }', 'week      = "closed"')
    path = write(tmp_path, text.replace('hours = "9-12"', 'hours = "closed"'))
    result = run("check", path)
    assert result.exit_code == 1
    assert f"{path}:3:12: error: calendars.office: " in result.output


def test_findings_of_a_version_stand_where_the_version_says_so(tmp_path: Path) -> None:
    """What a version says is found in it, and what it inherits where that is said."""
    version = (
        "\n[[versions]]\neffective_from = 2030-01-01\n"
        '\n[[versions.tables.vip]]\ntargets = { response = "1 hour" }\n'
        '\n[[versions.tables.vip]]\ntargets = { response = "2 hours" }\n'
    )
    path = write(tmp_path, DESK + version)
    told = run("check", path).output
    assert f"{path}:38:3: warning: tables.vip[1]: versions[0]: " in told
    found = data("check", path)
    assert found[0]["source"] == path
    assert found[0]["faults"] == []
    (dead,) = (one for one in found[0]["findings"] if one["path"] == "tables.vip[1]")
    assert (dead["line"], dead["column"], dead["severity"]) == (38, 3, "warning")


def test_faults_as_json(tmp_path: Path) -> None:
    """Line and column, or null where there are none."""
    path = write(tmp_path, DESK.replace("[metrics.visit]", "[metric.visit]"))
    (report,) = data("check", path)
    assert report["findings"] == []
    fault = report["faults"][0]
    assert (fault["line"], fault["column"], fault["suggestions"]) == (18, 2, ["metrics"])
    assert data("check", str(tmp_path))[0]["faults"][0]["line"] is None


def test_a_name_that_is_neither_file_nor_preset_is_wrong_usage() -> None:
    """It suggests the preset that was meant."""
    assert "did you mean 'unida'?" in refused("check", "unidaa")
    assert "neither a file nor a preset; `slacalc presets` lists" in refused("check", "nix.toml")
    assert "Missing argument 'FILE...'" in refused("check")


def test_a_file_on_one_line_is_read_as_a_file(tmp_path: Path) -> None:
    """The text is not taken for a path."""
    path = write(tmp_path, 'name = "desk" oops')
    assert f"{path}:1:15: error: this is not TOML" in refused("check", path, status=1)


# deadline -----------------------------------------------------------------------------------------


def test_deadlines_are_a_table(desk: str) -> None:
    """Friday 16:00, four working hours: one is left on Friday, three on Monday."""
    assert lines("deadline", "-p", desk, "--at", FRIDAY, "severity=high") == [
        "desk: severity = high, urgent = false",
        "received Fri 2024-05-03 16:00 (Europe/Paris)",
        "",
        "metric",
        *["─" * 80][:0],
    ][:3] + lines("deadline", "-p", desk, "--at", FRIDAY, "severity=high")[3:]
