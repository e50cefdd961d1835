"""Jobs on several processes write, count and refuse what one process does, and end with it."""

from __future__ import annotations

import gzip
import math
import os
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from slacalc._files import partitions, reading
from slacalc._files.workers import Workers, available_cores
from slacalc.cli import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = """
name = "desk"

[calendars.office]
time_zone = "Europe/Berlin"
week = { mon-fri = "9-17" }

[attributes]
tier = ["gold", "silver"]

[metrics.response]
stop = "responded"

[metrics.resolution]
stop = "resolved"
pause = "paused"
resume = "resumed"

[[tables.terms]]
when = { tier = "gold" }
targets = { response = "1 working hour", resolution = "4 working hours" }

[[tables.terms]]
targets = { response = "2 working hours", resolution = "8 working hours" }
"""
AS_OF = ["--as-of", "2026-07-01T12:00+02:00"]


def tickets() -> str:
    """Tickets of two weeks; some rows are short, long, blank, quoted or cannot be evaluated."""
    rows = ["id,created,responded,resolved,tier,note"]
    for number in range(600):
        tier = ("gold", "silver", "silver", "bronze")[number % (4 if number % 50 == 3 else 3)]
        created = f"2026-06-{1 + number % 14:02}T{7 + number % 9:02}:00+02:00"
        resolved = "" if number % 5 == 0 else f"2026-06-{3 + number % 14:02}T10:{number % 60:02}Z"
        note = ("plain", '"two\nlines, and ""quotes"""', "=1+1", "")[number % 4]
        rows.append(f"{number},{created},,{resolved},{tier},{note}")
        if number % 97 == 5:
            rows += [
                f"{number},too,short",
                "",
                f"{number},yesterday,,,gold,",
                f"{number},1,2,3,4,5,6,7",
            ]
    return "\n".join(rows) + "\n"


def test_the_signal_that_ended_a_process_is_named() -> None:
    """Also one of real time, which has no name."""
    for number, name in ((signal.SIGKILL, "SIGKILL"), (signal.SIGRTMIN + 1, "signal ")):
        with Workers(2) as workers:
            for process in workers._processes:
                process.send_signal(number)
                process.wait()
            with pytest.raises(ChildProcessError, match=f"was ended by {name}"):
                list(workers.map(len, ["part"] * 4))


def log() -> str:
    """Events of tickets that lie apart; a few cannot be read, or replayed."""
    rows = ["ticket,at,type,tier"]
    steps = [("created", 9), ("paused", 10), ("resumed", 11), ("responded", 12), ("resolved", 15)]
    for kind, hour in steps:
        for number in range(200):
            if number % 40 == 7 and kind == "created":
                continue  # its other events cannot be replayed
            tier = ("gold", "silver")[number % 2] if kind == "created" else ""
            day = 1 + (number * 7) % 14
            rows.append(
                f"T{number},2026-06-{day:02}T{hour:02}:{number % 60:02}+02:00,{kind},{tier}"
            )
    rows += ["T3,never,paused,", "T4,2026-06-20T09:00+02:00"]
    return "\n".join(rows) + "\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a policy, tickets and a log, which are read in small parts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reading, "_BLOCK", 4_096)
    monkeypatch.setattr(reading, "_BATCH", 50)
    (tmp_path / "desk.toml").write_text(POLICY, "utf-8")
    (tmp_path / "tickets.csv").write_text(tickets(), "utf-8")
    (tmp_path / "log.csv").write_text(log(), "utf-8")
    with gzip.open(tmp_path / "tickets.csv.gz", "wb") as file:
        file.write(tickets().encode())
    return tmp_path


def done(folder: Path, *typed: str, count: int | str) -> tuple[Any, ...]:
    """All that a job does with some number of processes: status, what is printed, files."""
    before = {path.name for path in folder.iterdir()}
    typed = (*typed, "-p", "desk.toml", "--jobs", str(count))
    result = CliRunner().invoke(commands(), typed, catch_exceptions=False)
    files = {path for path in folder.iterdir() if path.name not in before}
    written = {path.name: path.read_bytes() for path in files}
    for path in files:
        path.unlink()
    return result.exit_code, result.stdout, result.stderr, written


@pytest.mark.parametrize(
    ("typed", "at_once"),
    [
        ("evaluate tickets.csv -o out.csv --by tier", 0),
        ("evaluate tickets.csv.gz -o out.parquet --by note --json", 0),
        ("evaluate tickets.csv -o - --errors bad.csv --as-of 2020-01-01T00:00Z", 0),  # too early
        ("replay log.csv -o out.csv", 100),
        ("replay log.csv -o out.parquet --json", partitions.AT_ONCE),
    ],
)
def test_the_number_of_processes_changes_nothing(
    folder: Path, typed: str, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files to the byte, the summary, errors with their rows, and the status."""
    monkeypatch.setattr(partitions, "AT_ONCE", at_once)  # a log of more rows is divided into files
    command, *options = typed.split()  # of an option that is given twice, the last one counts
    alone = done(folder, command, *AS_OF, *options, count=1)
    assert alone[0] == 1, alone
    assert alone[3]
    assert done(folder, command, *AS_OF, *options, count=3) == alone


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (["yesterday"] * 300, "300 rows in error"),  # others before them could be read
        (["2026-06-01T09:00"] * 300, "300 rows in error"),
        ([f"2026-06-01T{7 + n % 9:02}:00Z" for n in range(300)], "600 rows read"),
    ],
    ids=["unreadable", "without an offset", "good"],
)
def test_what_the_first_rows_prove_goes_for_all(
    folder: Path, last: list[str], message: str
) -> None:
    """A column in which times were read is not refused for what comes after them."""
    first = [f"2026-06-02T{7 + n % 9:02}:00Z" for n in range(300)]
    rows = [f"{time},,,gold,{'x' * 40}" for time in [*first, *last]]
    text = "\n".join(["created,responded,resolved,tier,note", *rows])
    (folder / "tickets.csv").write_text(text, "utf-8")
    alone = done(folder, "evaluate", "tickets.csv", "-o", "out.csv", *AS_OF, count=1)
    assert message in alone[1]
    assert done(folder, "evaluate", "tickets.csv", "-o", "out.csv", *AS_OF, count=2) == alone


def test_the_same_groups_are_too_many(folder: Path) -> None:
    """Over all parts together, and with the same message."""
    rows = [f"2026-06-02T09:00Z,,,gold,{number}" for number in range(10_001)]
    text = "\n".join(["created,responded,resolved,tier,note", *rows])
    (folder / "tickets.csv").write_text(text, "utf-8")
    typed = ("evaluate", "tickets.csv", "-o", "out.csv", "--by", "note")
    alone = done(folder, *typed, count=1)
    assert "more than 10,000 groups" in alone[2]
    assert done(folder, *typed, count=2) == alone


# The processes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "roots", "error"),
    [
        ([n * n for n in range(9)], [*range(9)], None),
        ([4, 9, 16, -1, 25, 36], [2, 3, 4], ValueError),
        ([4, 9, 16, None], [2, 3, 4], OSError),  # the source fails
    ],
)
def test_answers_come_in_order_and_errors_in_their_turn(
    numbers: list[int | None], roots: list[int], error: type[Exception] | None
) -> None:
    """What fails in a process is done again by the job, after the answers before it."""

    def source() -> Iterator[int]:
        for number in numbers:
            if number is None:
                raise OSError
            yield number

    with Workers(2) as workers:
        taken, raised = list[float](), None
        try:
            deque(map(taken.append, workers.map(math.sqrt, source())), 0)
        except (ValueError, OSError) as failure:
            raised = type(failure)
    assert (taken, raised) == (roots, error)


@pytest.mark.parametrize(
    ("function", "argument", "how"),
    [(os._exit, 3, "ended with 3"), (signal.raise_signal, signal.SIGKILL, "ended by SIGKILL")],
)
def test_a_process_that_dies_is_an_error(function: Any, argument: int, how: str) -> None:
    """And nothing is waited for."""
    with (
        Workers(2) as workers,
        pytest.raises(ChildProcessError, match=f"one of the processes of --jobs .*{how}"),
    ):
        list(workers.map(function, [argument, argument]))


def test_the_number_of_cores() -> None:
    """Those that the process may use; `auto` stands for it."""
    if hasattr(os, "sched_getaffinity"):
        assert available_cores() == len(os.sched_getaffinity(0))
    option = next(o for o in commands().commands["replay"].params if o.name == "jobs")
    assert option.type.convert("auto", option, None) == available_cores()
    assert CliRunner().invoke(commands(), ["replay", "-j", "0", "log.csv"]).exit_code == 2


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_no_process_outlives_the_job(folder: Path, number: int, status: int) -> None:
    """Whether the job cleans up or is killed; Ctrl-C of a terminal reaches the job alone."""
    (folder / "many.csv").write_text(tickets() * 100, "utf-8")
    typed = "evaluate many.csv -p desk.toml -o out.csv --jobs 3"
    process = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-m", "slacalc", *typed.split()],
        env=os.environ | {"PYTHONPATH": str(Path(partitions.__file__).parents[2])},
        stderr=subprocess.PIPE,
        process_group=0,
        # Shells hide Ctrl-C from what they run in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None and not list(folder.glob(".*.part")):
        time.sleep(0.005)
    started = [int(child) for child in children.read_text().split()]
    os.killpg(process.pid, number)
    _, printed = process.communicate(timeout=60)
    assert process.returncode == status
    assert printed in (b"", b"Stopped: nothing was written.\n")
    assert len(started) == 3
    assert not (folder / "out.csv").exists()
    deadline = 1_000  # looks, for the system to end what has lost its pipe
    while any(Path(f"/proc/{child}").exists() for child in started) and (deadline := deadline - 1):
        time.sleep(0.02)
    assert deadline
