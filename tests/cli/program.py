"""Runs the program as a user does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from slacalc import cli

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
targets.response   = "30 minutes"
targets.resolution = { within = "4 working hours", limit = "8 working hours" }

[[tables.standard]]
targets.response   = "4 working hours"
targets.visit      = "2 working days"
targets.resolution = "10 working hours"
"""
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


def write(folder: Path, text: str, name: str = "desk.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def place_of(text: str, part: str) -> tuple[int, int]:
    """The line and column where a part of a text first stands."""
    before = text[: text.index(part)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def squeezed(table: list[str]) -> list[str]:
    """A table's lines without its rule, and with two spaces between the columns."""
    return [re.sub(" {2,}", "  ", line) for line in table if not line.startswith("─")]


def started(*args: str, **env: str) -> subprocess.Popen[bytes]:
    """The program in a process of its own."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "slacalc", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "80", **env},
    )
