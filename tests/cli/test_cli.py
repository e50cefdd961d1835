"""The program: its help, its exit statuses, and errors of the system."""

from __future__ import annotations

import os
import re
import runpy
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

import slacalc
from slacalc import cli, presets
from slacalc._i18n import width
from slacalc._time.zone_data import zone_data
from tests.cli.program import (
    lines,
    refused,
    run,
    started,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_help_shows_examples_that_run() -> None:
    """Every command explains itself, and what its help suggests works."""
    overview = lines("--help")
    for name in ("calendar", "check", "deadline", "explain", "presets", "schema"):
        assert any(line.strip().startswith(name) for line in overview)
        assert not any(line.endswith("...") for line in overview if line.strip().startswith(name))
    for command in (["deadline"], ["explain"], ["calendar", "show"], ["presets"], ["schema"]):
        text = "\n".join(lines(*command, "-h")).replace("\\\n", " ")
        examples = re.findall(r"^ +slacalc (.+)$", text, re.MULTILINE)
        assert examples
        for example in examples:
            assert run(*example.partition(">")[0].split()).exit_code == 0


def paths(command: click.Command, *before: str) -> Iterator[tuple[str, ...]]:
    """The names that call a command and each of those below it."""
    yield before
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from paths(each, *before, name)


@pytest.mark.parametrize("path", [*paths(cli.commands())], ids=" ".join)
def test_help_in_chinese(path: tuple[str, ...]) -> None:
    """Each text is translated, and no line is wider than the terminal, but for examples."""
    printed = lines(*path, "--help", "--language", "zh")
    assert printed[0].startswith(f"用法：{' '.join(['slacalc', *path])} ")
    text = [line for line in printed[1:] if not re.match(r"    slacalc| {8}[a-z-]", line)]
    own = r"`[^`]*`|INTEGER|RANGE|ISO 8601|CSV|JSON|SQL|Schema"
    assert not [
        line for line in text if re.search(r"[A-Za-z]{2,} [a-z]{2,}", re.sub(own, "", line))
    ]
    assert all(width(line) <= 80 for line in text)
    assert lines(*path, "--language", "zh", "--help") == printed


def test_help_is_wrapped_by_the_width_of_characters() -> None:
    """In 78 cells, between characters, and between words of Latin letters."""
    printed = lines("check", "--help", "--language", "zh")
    assert printed[2:6] == [
        "  检查策略文件中的错误和可疑之处。",
        "",
        "  每个 FILE 是策略文件，或预置策略的名称。每处错误、每个检查结果各占一行，以“文",
        "  件:行:列”开头。有错误，或有 error 级的检查结果时，退出状态为 1。",
    ]


def test_help_is_in_the_language_of_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless another one is typed; where there is none such, in English."""
    english = lines("check", "--help")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert lines("check", "--help")[0].startswith("用法：")
    assert lines("check", "--help", "--language=en") == english
    assert lines("check", "--help", "--language", "klingon") == english


def test_wrong_usage_has_status_2() -> None:
    """An unknown command or option; no command at all shows what there is."""
    assert "No such command" in refused("frobnicate")
    assert "No such option" in refused("presets", "--colour")
    assert run().output.startswith("Usage: slacalc")


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On one line, and without a traceback."""
    for name in ("click", "rich"):
        with monkeypatch.context() as without:
            without.setitem(sys.modules, name, None)
            with pytest.raises(SystemExit, match="1"):
                cli.main()
        install = 'pip install "slacalc[cli]"'
        message = f"the command line needs the extra `cli`, but {name} is not installed: {install}"
        assert capsys.readouterr().err == f"Error: {message}\n"


def test_main_reads_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And so does ``python -m slacalc``."""
    monkeypatch.setattr(sys, "argv", ["slacalc", "--version"])
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit, match="0"):
            runpy.run_module("slacalc", run_name="__main__")
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # the answer is given
    finally:
        signal.signal(signal.SIGINT, before)
    lines = f"slacalc, version {slacalc.__version__}\ntime zones: {zone_data()}\n"
    assert capsys.readouterr().out == lines * 2


def test_errors_of_the_system_are_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read has status 1, and no traceback."""

    def unreadable(_: str) -> str:
        raise PermissionError(13, "Permission denied", "unida.toml")

    monkeypatch.setattr(presets, "text", unreadable)
    assert "Permission denied" in refused("presets", "unida", status=1)


def test_the_program_runs() -> None:
    """Answers go to the standard output, errors to the standard error."""
    out, err = started("presets", "unida").communicate()
    assert (out.decode().replace("\r\n", "\n"), err) == (presets.text("unida"), b"")
    failing = started("deadline", "-p", "unida", "--at", "2024-05-03T16:00")
    out, err = failing.communicate()
    assert (out, failing.returncode) == (b"", 2)
    assert b"has no time zone" in err
    assert b"Traceback" not in err


@pytest.mark.skipif(os.name == "nt", reason="pipes break otherwise there")
def test_a_broken_pipe_is_quiet() -> None:
    """As of `slacalc schema | head -1`."""
    for command in ("schema", "presets"):
        program = started(command)
        assert program.stdout
        assert program.stderr
        program.stdout.close()
        with program.stderr:
            assert program.stderr.read() == b""
        assert program.wait() == 1


@pytest.mark.skipif(os.name == "nt", reason="signals are different there")
@pytest.mark.parametrize("module", ["slacalc.errors", "click", "numpy", "pyarrow", "rich.table"])
def test_ctrl_c_is_130_in_the_middle_of_any_import(module: str, tmp_path: Path) -> None:
    """Also where a library takes the exception for its own, or drops it."""
    (tmp_path / "tickets.csv").write_text("created\n2024-05-03T16:00+02:00\n", "utf-8")
    interrupting = f"""
import os, signal, sys
from slacalc.__main__ import main

class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except BaseException:
                raise ImportError(name) from None

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
sys.argv[1:] = ["evaluate", "tickets.csv", "-p", "itil-standard", "-o", "out.csv"]
main()
"""
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", interrupting], cwd=tmp_path, capture_output=True, check=False
    )
    assert result.returncode == 130
    assert result.stderr in (b"", b"Stopped: nothing was written.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["tickets.csv"]


def test_what_nobody_expects_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the place of the mistake, and without a traceback."""

    def broken(_: str) -> str:
        return str(1 // 0)

    monkeypatch.setattr(presets, "text", broken)
    message = " ".join(refused("presets", "unida", status=1).split())
    assert message.startswith("Error: this is a mistake of slacalc, please report it: ZeroDivision")
    assert "policy_commands.py, line" in message


@pytest.mark.parametrize(
    "typed",
    [
        ("deadline", "-p", "{}", "--at", "2024-05-03T16:00Z"),
        ("deadline", "-p", "unida", "--at", "{}"),
        ("check", "{}"),
        ("{}",),
        ("check", "--{}"),
        ("calendar", "show", "--year", "{}"),
        ("calendar", "show", "--year", "2026", "--country", "{}"),
        ("presets", "{}"),
    ],
)
def test_what_was_typed_is_repeated_on_a_line(typed: tuple[str, ...]) -> None:
    """Escaped and cut, also in the messages of click."""
    evil = "\x1b[31m\udcff" + "long" * 5_000
    result = run(*(part.format(evil) for part in typed))
    message = result.output
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    assert "31m" in message
    assert {*message} - {"\n"} == {char for char in message if char.isprintable()}
    assert max(map(len, message.splitlines())) < 800
