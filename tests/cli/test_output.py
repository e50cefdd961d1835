"""Tables and texts in terminals, and for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from slacalc import cli
from tests.cli.program import (
    DESK,
    FRIDAY,
    lines,
    refused,
    run,
    started,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_table_that_is_too_wide_is_printed_row_by_row(desk: str) -> None:
    """Nothing is cut off, however narrow the terminal."""
    command = ("deadline", "-p", desk, "--at", FRIDAY, "severity=low")
    assert lines(*command, columns=30)[3:10] == [
        "response",
        "  due          Mon 2024-05-06 12:00",
        "  within       4 working hours",
        "  promised by  standard[1]",
        "visit",
        "  due          –",
        "  within       2 working days",
    ]
    wrapped = lines(*command, columns=80)
    assert all(len(line) <= 80 for line in wrapped)
    assert wrapped[3].split() == ["metric", "due", "within", "promised", "by", "reason"]


def test_what_a_file_says_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """Control characters are escaped, whether in a promise or in a fault."""
    text = DESK.replace('"30 minutes"', '{ promise = "\\u001b[2J" }')
    path = write(tmp_path, text)
    printed = run("deadline", "-p", path, "--at", FRIDAY, "severity=high").output
    assert "\\x1b[2J" in printed
    assert "\x1b" not in printed
    path = write(tmp_path, text.replace("name = ", 'name = "desk"\n"a\\nb\\u001b" = '))
    assert "\x1b" not in refused("check", path, status=1)


def test_what_another_program_reads_is_not_broken_into_lines(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row is a line, unless the environment says how wide lines are."""
    monkeypatch.delenv("COLUMNS", raising=False)
    command = ["deadline", "-p", desk, "--at", FRIDAY, "severity=high"]
    printed = CliRunner(env={"FORCE_COLOR": None}).invoke(cli.commands(), command).output
    assert len(printed.splitlines()) == 3 + 2 + 3


def test_what_the_output_cannot_show_is_escaped() -> None:
    """A terminal in ASCII gets no traceback."""
    command = ("calendar", "show", "--country", "CN", "--language", "zh", "--year", "2026")
    program = started(*command, PYTHONIOENCODING="ascii")
    out, err = program.communicate()
    assert (err, program.returncode) == (b"", 0)
    assert rb"\u6625\u8282" in out
