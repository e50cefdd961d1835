"""The jobs over files: each row is judged as by itself or put aside; files are whole or absent."""

from __future__ import annotations

import csv
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from slacalc import Event, Policy, replay
from slacalc._files import file_jobs as _runs
from slacalc.cli import commands

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

EXAMPLES = Path(__file__).parents[2] / "examples"
CASES = EXAMPLES / "boston-311" / "cases-2015-mar-may.csv"
CITY = EXAMPLES / "boston-311" / "city.toml"
LOG = EXAMPLES / "servicenow" / "incidents-sample.csv"
DESK = EXAMPLES / "servicenow" / "incidents.toml"
BOSTON = [
    "--policy",
    str(CITY),
    "--columns",
    "created=OPEN_DT,closed=CLOSED_DT,type=TYPE",
    "--time-zone",
    "America/New_York",
    "--time-format",
    "%m/%d/%Y %I:%M:%S %p",
    "--as-of",
    "2015-06-01T00:00-04:00",
]
SERVICENOW = [
    "--policy",
    str(DESK),
    "--columns",
    "ticket=number,at=sys_updated_at,state=incident_state,group=assignment_group",
    "--missing",
    "?",
    "--time-zone",
    "UTC",
    "--time-format",
    "%d/%m/%Y %H:%M",
]
POLICY = """
name = "desk"

[calendars.office]
time_zone = "Europe/Berlin"
week = { mon-fri = "9-17" }

[attributes]
tier = ["gold", "silver"]

[metrics.resolution]
stop = "resolved"

[[tables.terms]]
when = { tier = "gold" }
targets = { resolution = "4 working hours" }

[[tables.terms]]
targets = { resolution = "8 working hours" }
"""
# Mondays; gold has until 13:00, silver until 17:00.
TICKETS = """id,created,resolved,tier
1,2026-06-01T09:00,2026-06-01T12:00,gold
2,2026-06-01T09:00,2026-06-01T14:00,gold
3,2026-06-01T09:00,,silver
4,yesterday,,silver
5,2026-06-01T09:00,,bronze
6,2026-06-01T09:00,,gold,more
7,2026-06-01T09:00:00+00:00,2026-06-02T09:00,silver
"""
JUDGED = ["--as-of", "2026-06-01T12:00", "--time-zone", "Europe/Berlin"]


def run(*typed: object) -> Result:
    return CliRunner().invoke(commands(), [str(one) for one in typed], catch_exceptions=False)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a policy and a few tickets, into which everything is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.toml").write_text(POLICY, "utf-8")
    (tmp_path / "tickets.csv").write_text(TICKETS, "utf-8")
    return tmp_path


def evaluated(*more: object) -> Result:
    return run("evaluate", "tickets.csv", "-p", "desk.toml", "-o", "out.csv", *more)


def test_every_row_is_judged_or_put_aside(desk: Path) -> None:
    """Worked out by hand; a row that cannot be read loses nobody else."""
    done = evaluated(*JUDGED)
    assert done.exit_code == 1
    told = [
        (row["id"], row["resolution_due"], row["resolution_state"])
        for row in rows_of(desk / "out.csv")
    ]
    assert told == [
        ("1", "2026-06-01T13:00:00+02:00", "met"),
        ("2", "2026-06-01T13:00:00+02:00", "running"),  # not resolved yet at noon
        ("3", "2026-06-01T17:00:00+02:00", "running"),
        ("7", "2026-06-02T11:00:00+02:00", "running"),  # nine in UTC is eleven in Berlin
    ]
    aside = rows_of(desk / "out.csv.errors.csv")
    assert [(row["row"], row["id"]) for row in aside] == [("5", "4"), ("6", "5"), ("7", "6")]
    assert "'yesterday' is no time" in aside[0]["error"]
    assert "'bronze' is none of gold, silver" in aside[1]["error"]
    assert "5 fields" in aside[2]["error"]


@pytest.mark.usefixtures("desk")
def test_the_summary_counts_by_tier() -> None:
    """Of what is decided, the share that was met."""
    done = evaluated("--as-of", "2026-06-03T12:00", "--time-zone", "Europe/Berlin", "--json")
    data = json.loads(done.stdout)
    assert (data["rows"], data["errors"]) == (7, 3)
    told = [(one["group"]["tier"], one["met"], one["breached"]) for one in data["groups"]]
    assert told == [("gold", 1, 1), ("silver", 1, 1)]
    assert data["totals"][0]["attainment"] == 0.5


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (["--max-errors", "3"], 0),
        (["--max-errors", "2"], 1),
        (["--max-errors", "3", "--fail-under", "50"], 0),
        (["--max-errors", "3", "--fail-under", "50.1"], 1),
    ],
)
def test_the_exit_status_says_whether_all_is_well(desk: Path, more: list[str], status: int) -> None:
    """No more faulty rows than are let pass, and no attainment under what is asked."""
    asked = ["--as-of", "2026-06-03T12:00", "--time-zone", "Europe/Berlin"]
    assert evaluated(*asked, *more).exit_code == status
    assert (desk / "out.csv").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--as-of", "2026-06-01T12:00Z"], "--time-zone Europe/Berlin"),
        ([*JUDGED, "--columns", "created=opened"], "no column 'opened'"),
        ([*JUDGED, "--columns", "creatd=id"], "did you mean 'created'"),
        ([*JUDGED, "--by", "colour"], "'colour' is no attribute of the policy and no column"),
        ([*JUDGED, "--time-format", "%H:%M"], "names no year"),
        ([*JUDGED, "--errors", "tickets.csv"], "is what is read"),
        ([*JUDGED, "--encoding", "klingon"], "no encoding"),
    ],
)
def test_what_cannot_be_done_says_what_would_be_right(
    desk: Path, more: list[str], told: str
) -> None:
    """With the status of usage; and whatever stood there before stands there still."""
    (desk / "out.csv").write_text("before", "utf-8")
    done = evaluated(*more)
    assert done.exit_code == 2
    assert told in done.output
    assert (desk / "out.csv").read_text("utf-8") == "before"
    assert sorted(path.name for path in desk.iterdir()) == ["desk.toml", "out.csv", "tickets.csv"]


def test_a_file_goes_out_to_the_standard_output(desk: Path) -> None:
    """As CSV, with nothing else in it."""
    done = run(
        "evaluate", "tickets.csv", "-p", "desk.toml", "-o", "-", "--errors", "bad.csv", *JUDGED
    )
    assert len(list(csv.DictReader(done.stdout.splitlines()))) == 4
    assert len(rows_of(desk / "bad.csv")) == 3


def test_without_an_instant_a_file_gets_its_dues(desk: Path) -> None:
    """And no states, since nobody said when the question is asked."""
    evaluated("--time-zone", "Europe/Berlin")
    first = rows_of(desk / "out.csv")[0]
    assert first["resolution_due"] == "2026-06-01T13:00:00+02:00"
    assert "resolution_state" not in first


def test_parquet_and_csv_say_the_same(desk: Path) -> None:
    """In and out, with the types that they have."""
    evaluated(*JUDGED)
    good = [row for row in rows_of(desk / "tickets.csv") if row["id"] in "123"]
    table = pa.Table.from_pylist(
        [{name: row[name] or None for name in row if name} for row in good]
    )
    pq.write_table(table, desk / "tickets.parquet")
    done = run("evaluate", "tickets.parquet", "-p", "desk.toml", "-o", "out.parquet", *JUDGED)
    assert done.exit_code == 0, done.output
    dues = pq.read_table(desk / "out.parquet")["resolution_due"].to_pylist()
    texts = [row["resolution_due"] for row in rows_of(desk / "out.csv")][:3]
    assert [due.isoformat() for due in dues] == texts


def test_the_cases_of_boston_are_due_as_one_by_one(tmp_path: Path) -> None:
    """Each of the file's cases as by the single call; and all of them are somewhere."""
    out = tmp_path / "out.csv"
    done = run("evaluate", CASES, "-o", out, "--max-errors", "10", *BOSTON)
    assert done.exit_code == 0, done.output
    policy = Policy.from_toml(CITY)
    judged = rows_of(out)
    for row in judged:
        received = row["OPEN_DT"]
        due = policy.deadlines({"type": row["TYPE"]}, received)["closure"].due
        assert row["closure_due"] == ("" if due is None else due.isoformat())
    aside = rows_of(tmp_path / "out.csv.errors.csv")
    assert all("came before the ticket was opened" in row["error"] for row in aside)
    assert (len(judged), len(aside)) == (11_916, 10)


def recounted() -> Counter[tuple[str, str, str]]:
    """The log of the ServiceNow instance, ticket by ticket: states by the last priority."""
    policy = Policy.from_toml(DESK)
    logs: dict[str, list[tuple[datetime, int, dict[str, str]]]] = defaultdict(list)
    for line, row in enumerate(rows_of(LOG)):
        told = {
            "state": row["incident_state"],
            "priority": row["priority"],
            "group": row["assignment_group"],
        }
        at = datetime.strptime(row["sys_updated_at"], "%d/%m/%Y %H:%M").replace(tzinfo=UTC)
        fields = {name: value for name, value in told.items() if value != "?"}
        logs[row["number"]].append((at, line, fields))
    counts: Counter[tuple[str, str, str]] = Counter()
    for log in logs.values():
        log.sort(key=lambda one: one[:2])
        events = [
            Event(at, "changed" if place else "created", **fields)
            for place, (at, _, fields) in enumerate(log)
        ]
        priority = [fields["priority"] for _, _, fields in log if "priority" in fields][-1]
        for metric, one in replay(policy, {}, events).status(log[-1][0]).items():
            counts[priority, metric, one.state] += 1
    return counts


def test_a_log_is_replayed_as_ticket_by_ticket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and dealt out into files by ticket; the rest of the folder stays as it was."""
    expected = recounted()
    answers = []
    for at_once in (_runs.AT_ONCE, 500):
        monkeypatch.setattr(_runs, "AT_ONCE", at_once)
        monkeypatch.setattr("slacalc._files.reading._BLOCK", 1 << 17)
        out = tmp_path / f"{at_once}.csv"
        done = run("replay", LOG, "-o", out, "--json", *SERVICENOW)
        assert done.exit_code == 0, done.output
        data = json.loads(done.stdout)
        assert (data["rows"], data["tickets"]) == (8_225, 1_443)
        found = {
            (one["group"]["priority"], one["metric"], kind): one[kind]
            for one in data["groups"]
            for kind in ("met", "late", "breached")
            if one[kind]
        }
        assert found == expected
        answers.append(sorted(tuple(row.values()) for row in rows_of(out)))
    assert answers[0] == answers[1]
    assert len(list(tmp_path.iterdir())) == 2


def test_all_rows_of_a_bad_ticket_are_put_aside(desk: Path) -> None:
    """And the tickets beside it are judged."""
    (desk / "log.csv").write_text(
        "ticket,at,type,tier\n"
        "A,2026-06-01T09:00,created,gold\n"
        "B,2026-06-01T09:00,created,bronze\n"
        "A,2026-06-01T10:00,resolved,\n"
        "B,2026-06-01T10:00,resolved,\n"
        "C,,created,gold\n",
        "utf-8",
    )
    done = run("replay", "log.csv", "-p", "desk.toml", "-o", "out.csv", *JUDGED)
    assert done.exit_code == 1
    assert [(row["ticket"], row["state"]) for row in rows_of(desk / "out.csv")] == [("A", "met")]
    aside = [(row["row"], row["ticket"]) for row in rows_of(desk / "out.csv.errors.csv")]
    assert sorted(aside) == [("3", "B"), ("5", "B"), ("6", "C")]


# What may befall a job ----------------------------------------------------------------------------


@pytest.fixture
def many(desk: Path) -> Path:
    """Four hundred thousand tickets."""
    lines = [f"{row},2026-06-01T09:00,,gold\n" for row in range(400_000)]
    (desk / "many.csv").write_text("id,created,resolved,tier\n" + "".join(lines), "utf-8")
    return desk


def interruptible() -> None:
    """Hear Ctrl-C, which shells keep from what they run in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(folder: Path, prepare: Callable[[], Any] = interruptible) -> subprocess.Popen[str]:
    typed = ["evaluate", "many.csv", "-p", "desk.toml", "-o", "out.csv", *JUDGED]
    return subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-m", "slacalc", *typed],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(_runs.__file__).parent.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,  # noqa: PLW1509 - no threads there
    )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_job_that_is_stopped_leaves_nothing(many: Path, number: int, status: int) -> None:
    """As soon as it writes it is told to stop; what had been there is there."""
    (many / "out.csv").write_text("before", "utf-8")
    before = sorted(path.name for path in many.iterdir())
    process = started(many)
    while process.poll() is None and not list(many.glob(".*.part")):
        time.sleep(0.005)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == status, told
    assert "nothing was written" in told
    assert (many / "out.csv").read_text("utf-8") == "before"
    assert sorted(path.name for path in many.iterdir()) == before


def test_a_full_disk_leaves_nothing(many: Path) -> None:
    """No file may grow beyond a megabyte here; the error names the output."""
    before = sorted(path.name for path in many.iterdir())
    process = started(many, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "out.csv" in told
    assert sorted(path.name for path in many.iterdir()) == before
