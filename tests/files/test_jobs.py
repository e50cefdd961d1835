"""Jobs on files: each row is evaluated as if alone, or reported; files are whole or absent."""

from __future__ import annotations

import csv
import itertools
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from slacalc import Event, Policy, replay
from slacalc._files import partitions
from slacalc._files.time_forms import MISSING_TIME
from slacalc._report.row_errors import ErrorKinds
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
NOON = ["--as-of", "2026-06-01T12:00", "--time-zone", "Europe/Berlin"]


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


def test_every_row_is_evaluated_or_reported(desk: Path) -> None:
    """Worked out by hand; a row that cannot be read does not affect the others."""
    done = evaluated(*NOON)
    assert done.exit_code == 1
    answers = [
        (row["id"], row["resolution_due"], row["resolution_state"])
        for row in rows_of(desk / "out.csv")
    ]
    assert answers == [
        ("1", "2026-06-01T13:00:00+02:00", "met"),
        ("2", "2026-06-01T13:00:00+02:00", "running"),  # not resolved yet at noon
        ("3", "2026-06-01T17:00:00+02:00", "running"),
        ("7", "2026-06-02T11:00:00+02:00", "running"),  # nine in UTC is eleven in Berlin
    ]
    errors = rows_of(desk / "out.csv.errors.csv")
    assert [(row["row"], row["id"]) for row in errors] == [("5", "4"), ("6", "5"), ("7", "6")]
    assert "'yesterday' is not a time" in errors[0]["error"]
    assert "'bronze' is not a value of tier (gold, silver)" in errors[1]["error"]
    assert "5 fields" in errors[2]["error"]


@pytest.mark.usefixtures("desk")
def test_the_summary_counts_by_tier() -> None:
    """Attainment is the share of what is decided that was met."""
    done = evaluated("--as-of", "2026-06-03T12:00", "--time-zone", "Europe/Berlin", "--json")
    data = json.loads(done.stdout)
    assert (data["rows"], data["errors"]) == (7, 3)
    groups = [(line["group"]["tier"], line["met"], line["breached"]) for line in data["groups"]]
    assert groups == [("gold", 1, 1), ("silver", 1, 1)]
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
def test_the_exit_status_says_whether_errors_and_attainment_are_acceptable(
    desk: Path, more: list[str], status: int
) -> None:
    """No more rows in error than allowed, and no attainment below what is required."""
    options = ["--as-of", "2026-06-03T12:00", "--time-zone", "Europe/Berlin"]
    assert evaluated(*options, *more).exit_code == status
    assert (desk / "out.csv").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--as-of", "2026-06-01T12:00Z"], "--time-zone Europe/Berlin"),
        ([*NOON, "--columns", "created=opened"], "'opened' is not a column"),
        ([*NOON, "--columns", "creatd=id"], "did you mean 'created'"),
        ([*NOON, "--by", "colour"], "'colour' is not an attribute of the policy or a column"),
        ([*NOON, "--time-format", "%H:%M"], "has no year"),
        ([*NOON, "--errors", "tickets.csv"], "is read, or is written already"),
        ([*NOON, "--encoding", "klingon"], "not a known encoding"),
    ],
)
def test_wrong_options_say_what_would_be_right(desk: Path, more: list[str], message: str) -> None:
    """With the exit status of usage errors; the old output stays."""
    (desk / "out.csv").write_text("before", "utf-8")
    done = evaluated(*more)
    assert done.exit_code == 2
    assert message in done.output
    assert (desk / "out.csv").read_text("utf-8") == "before"
    assert sorted(path.name for path in desk.iterdir()) == ["desk.toml", "out.csv", "tickets.csv"]


def test_answers_can_go_to_the_standard_output(desk: Path) -> None:
    """As CSV, and nothing else is printed there."""
    done = run(
        "evaluate", "tickets.csv", "-p", "desk.toml", "-o", "-", "--errors", "bad.csv", *NOON
    )
    assert len(list(csv.DictReader(done.stdout.splitlines()))) == 4
    assert len(rows_of(desk / "bad.csv")) == 3


def test_without_an_instant_deadlines_are_computed(desk: Path) -> None:
    """And no states, since these depend on an instant."""
    evaluated("--time-zone", "Europe/Berlin")
    first = rows_of(desk / "out.csv")[0]
    assert first["resolution_due"] == "2026-06-01T13:00:00+02:00"
    assert "resolution_state" not in first


def test_parquet_and_csv_have_the_same_answers(desk: Path) -> None:
    """As input and as output, each with its types."""
    evaluated(*NOON)
    good = [row for row in rows_of(desk / "tickets.csv") if row["id"] in "123"]
    table = pa.Table.from_pylist(
        [{name: row[name] or None for name in row if name} for row in good]
    )
    pq.write_table(table, desk / "tickets.parquet")
    done = run("evaluate", "tickets.parquet", "-p", "desk.toml", "-o", "out.parquet", *NOON)
    assert done.exit_code == 0, done.output
    dues = pq.read_table(desk / "out.parquet")["resolution_due"].to_pylist()
    texts = [row["resolution_due"] for row in rows_of(desk / "out.csv")][:3]
    assert [due.isoformat() for due in dues] == texts


def test_the_cases_of_boston_are_due_as_by_single_calls(tmp_path: Path) -> None:
    """Each case of the file; and no case is missing."""
    out = tmp_path / "out.csv"
    done = run("evaluate", CASES, "-o", out, "--max-errors", "10", *BOSTON)
    assert done.exit_code == 0, done.output
    policy = Policy.from_toml(CITY)
    answers = rows_of(out)
    for row in answers:
        received = row["OPEN_DT"]
        due = policy.deadlines({"type": row["TYPE"]}, received)["closure"].due
        assert row["closure_due"] == ("" if due is None else due.isoformat())
    errors = rows_of(tmp_path / "out.csv.errors.csv")
    assert all("came before the ticket was opened" in row["error"] for row in errors)
    assert (len(answers), len(errors)) == (11_916, 10)


def recounted() -> Counter[tuple[str, str, str]]:
    """States in the log of the ServiceNow instance, ticket by ticket, by the last priority."""
    policy = Policy.from_toml(DESK)
    logs: dict[str, list[tuple[datetime, int, dict[str, str]]]] = defaultdict(list)
    for line, row in enumerate(rows_of(LOG)):
        values = {
            "state": row["incident_state"],
            "priority": row["priority"],
            "group": row["assignment_group"],
        }
        at = datetime.strptime(row["sys_updated_at"], "%d/%m/%Y %H:%M").replace(tzinfo=UTC)
        fields = {name: value for name, value in values.items() if value != "?"}
        logs[row["number"]].append((at, line, fields))
    counts: Counter[tuple[str, str, str]] = Counter()
    for log in logs.values():
        log.sort(key=lambda row: row[:2])
        events = [
            Event(at, "changed" if place else "created", **fields)
            for place, (at, _, fields) in enumerate(log)
        ]
        priority = [fields["priority"] for _, _, fields in log if "priority" in fields][-1]
        for metric, cycle in replay(policy, {}, events).status(log[-1][0]).items():
            counts[priority, metric, cycle.state] += 1
    return counts


def test_a_log_is_replayed_as_ticket_by_ticket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and from temporary files with whole tickets, which are removed."""
    expected = recounted()
    answers = []
    for at_once in (partitions.AT_ONCE, 500):
        monkeypatch.setattr(partitions, "AT_ONCE", at_once)
        monkeypatch.setattr("slacalc._files.reading._BLOCK", 1 << 17)
        out = tmp_path / f"{at_once}.csv"
        done = run("replay", LOG, "-o", out, "--json", *SERVICENOW)
        assert done.exit_code == 0, done.output
        data = json.loads(done.stdout)
        assert (data["rows"], data["tickets"]) == (8_225, 1_443)
        counts = {
            (line["group"]["priority"], line["metric"], kind): line[kind]
            for line in data["groups"]
            for kind in ("met", "late", "breached")
            if line[kind]
        }
        assert counts == expected
        answers.append(sorted(tuple(row.values()) for row in rows_of(out)))
    assert answers[0] == answers[1]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_column_without_times_is_refused(desk: Path) -> None:
    """With the option that excludes it, if the policy can do without it."""
    table = pa.table({"created": ["2026-06-01T09:00"], "resolved": [1], "tier": ["gold"]})
    pq.write_table(table, desk / "tickets.parquet")
    done = run("evaluate", "tickets.parquet", "-p", "desk.toml", "-o", "out.csv", *NOON)
    assert done.exit_code == 2
    assert "the column 'resolved' (resolved) holds int64, not times" in done.output
    assert "--columns resolved=" in done.output
    pq.write_table(pa.table({"created": [1], "tier": ["gold"]}), desk / "tickets.parquet")
    done = run("evaluate", "tickets.parquet", "-p", "desk.toml", "-o", "out.csv", *NOON)
    assert "the column 'created' (created) holds int64, not times" in done.output
    assert "exclude it" not in done.output


@pytest.mark.parametrize(("count", "status"), [(9, 1), (10, 2)])
def test_a_column_of_which_no_time_can_be_read_is_refused(
    desk: Path, count: int, status: int
) -> None:
    """From ten times on: then the option is wrong, and not the rows."""
    lines = ["id,created,resolved,tier", *(f"{row},soon,,gold" for row in range(count)), ""]
    (desk / "tickets.csv").write_text("\n".join(lines), "utf-8")
    done = evaluated(*NOON)
    assert done.exit_code == status
    assert ("none of the first 10 times can be read" in done.output) == (count == 10)
    assert (desk / "out.csv").exists() == (count == 9)


@pytest.mark.parametrize(
    ("times", "how", "message"),
    [
        (
            ["31.12.2025 17:05", "1.6.2026 09:00"],
            [],
            "row 2: created: '31.12.2025 17:05' is not a time in ISO 8601; and none of",
        ),
        (["1/6/26"], [], "whether it is --time-format %d/%m/%y (the days come first) or"),
        (["1/6/26", "1/13/26"], [], "try --time-format %m/%d/%y"),
        (
            ["1/6/2026", "13/6/2026", "14/6/2026"],
            ["--time-format", "%m/%d/%Y"],
            "and only 1 of the first 3 times can be read: try --time-format %d/%m/%Y",
        ),
        (["1767200700"], [], "try --time-format epoch"),
    ],
)
def test_the_form_of_times_is_proposed(
    desk: Path, times: list[str], how: list[str], message: str
) -> None:
    """Also for a few rows, and where the form that is given reads some of them."""
    lines = ["id,created,resolved,tier", *(f"0,{time},,gold" for time in times), ""]
    (desk / "tickets.csv").write_text("\n".join(lines), "utf-8")
    done = evaluated(*NOON, *how)
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())
    assert not (desk / "out.csv").exists()


def test_other_columns_show_whether_days_come_first(desk: Path) -> None:
    """Where the values of one leave it open."""
    line = "0,1/6/26 09:00,13/6/26 09:00,gold"
    (desk / "tickets.csv").write_text(f"id,created,resolved,tier\n{line}\n", "utf-8")
    assert "try --time-format '%d/%m/%y %H:%M'" in " ".join(evaluated(*NOON).output.split())


def test_how_a_file_is_written_is_found_out_and_shown(desk: Path) -> None:
    """As Excel writes CSV in Germany."""
    text = TICKETS.replace(",", ";").replace("id;", "Nummer für Kunde;")
    (desk / "tickets.csv").write_bytes(text.encode("cp1252"))
    done = evaluated(*NOON)
    assert "7 rows read (cp1252, semicolons between fields), out.csv written" in done.output
    assert [row["Nummer für Kunde"] for row in rows_of(desk / "out.csv")] == ["1", "2", "3", "7"]


def test_one_readable_time_is_enough(desk: Path) -> None:
    """The other rows are in error, also in later parts of the file."""
    lines = ["id,created,resolved,tier", "0,2026-06-01T09:00,,gold"]
    lines += [f"{row},soon,,gold" for row in range(1, 31)]
    (desk / "tickets.csv").write_text("\n".join([*lines, ""]), "utf-8")
    assert "30 rows in error" in evaluated(*NOON).output
    assert len(rows_of(desk / "out.csv")) == 1


def test_a_few_times_without_an_offset_are_rows_in_error(desk: Path) -> None:
    """Among times with an offset; the other rows are evaluated."""
    lines = ["id,created,resolved,tier", *["1,2026-06-01T09:00Z,2026-06-01T10:00Z,gold"] * 30]
    lines[7] = "6,2026-06-01T09:00,,gold"
    lines[9] = "8,2026-06-01T09:00Z,2026-06-01 10:00,gold"
    (desk / "tickets.csv").write_text("\n".join([*lines, ""]), "utf-8")
    done = evaluated("--as-of", "2026-06-01T12:00Z", "--json")
    assert (done.exit_code, json.loads(done.stdout)["errors"]) == (1, 2)
    errors = rows_of(desk / "out.csv.errors.csv")
    assert [row["row"] for row in errors] == ["8", "10"]
    assert "created: '2026-06-01T09:00' has no offset" in errors[0]["error"]
    assert "--time-zone" in errors[1]["error"]


def test_a_whole_column_without_offsets_is_refused(desk: Path) -> None:
    """Also if the other columns have offsets: then the option is missing."""
    lines = ["id,created,resolved,tier", *["1,2026-06-01T09:00Z,2026-06-01T10:00,gold"] * 10]
    (desk / "tickets.csv").write_text("\n".join([*lines, ""]), "utf-8")
    done = evaluated("--as-of", "2026-06-01T12:00Z")
    assert done.exit_code == 2
    assert "--time-zone Europe/Berlin" in done.output


@pytest.mark.parametrize("sentinel", ["0001-01-01T00:00:00", "1753-01-01", "9999-12-31T23:59Z"])
def test_times_that_stand_for_no_time_are_rows_in_error(desk: Path, sentinel: str) -> None:
    """All of them, and not met; by the option they are missing."""
    time = sentinel if "T" in sentinel else f"{sentinel} 00:00"
    lines = ["id,created,resolved,tier", *[f"1,2026-06-01T09:00,{time},gold"] * 12]
    lines.append("13,2026-06-01T09:00,2026-06-01T10:00,gold")
    (desk / "tickets.csv").write_text("\n".join([*lines, ""]), "utf-8")
    assert "12 rows in error" in evaluated(*NOON).output
    assert [row["resolution_state"] for row in rows_of(desk / "out.csv")] == ["met"]
    (message,) = {row["error"] for row in rows_of(desk / "out.csv.errors.csv")}
    assert message == (
        f"resolved: {time!r} is outside the supported years 1900 to 2200; if it stands for a "
        f"missing time, say so with --missing {time!r}"
    )
    assert evaluated(*NOON, "--missing", time).exit_code == 0
    states = [row["resolution_state"] for row in rows_of(desk / "out.csv")]
    assert states == ["running"] * 12 + ["met"]


def test_columns_that_nobody_reads_may_stand_twice(desk: Path) -> None:
    """Or have no name; they are copied as they are. Those that are read may not."""
    head = "id,created,resolved,tier,Labels,Labels,\n"
    (desk / "tickets.csv").write_text(f"{head}1,2026-06-01T09:00,,gold,a,b,\n2,x,,gold,,c,\n")
    assert evaluated(*NOON).exit_code == 1
    for name, start in (("out.csv", head[:-1]), ("out.csv.errors.csv", f"row,error,{head[:-1]}")):
        assert (desk / name).read_text("utf-8").startswith(start)
    assert ",gold,a,b,,2026-06-01T13:00" in (desk / "out.csv").read_text("utf-8")
    refused = evaluated(*NOON, "--by", "Labels")
    assert (refused.exit_code, "two columns are called 'Labels'" in refused.output) == (1, True)
    (desk / "tickets.csv").write_text("created,tier,tier\n2026-06-01T09:00,gold,gold\n", "utf-8")
    assert "two columns are called 'tier'" in evaluated(*NOON).output
    (desk / "log.csv").write_text("ticket,at,tier,tier\n1,2026-06-01T09:00,gold,gold\n", "utf-8")
    log = ("-p", "desk.toml", "-o", "out.csv", *NOON)
    assert "two columns are called 'tier'" in run("replay", "log.csv", *log).output
    (desk / "log.csv").write_text("ticket,at,tier,x,x,\n1,2026-06-01T09:00,gold,1,2,\n", "utf-8")
    assert run("replay", "log.csv", *log).exit_code == 0


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([["gold"]], "list<"),
        ([{"a": 1}], "struct<"),
        ([b"gold"], "binary"),
        (pa.array([10**15]).cast(pa.duration("s")), "duration"),
    ],
)
def test_values_that_no_field_can_have_are_refused(desk: Path, values: Any, kind: str) -> None:
    """In columns that the job reads; others are copied."""
    at = ["2026-06-01T09:00Z"]
    jobs_of = {"evaluate": {"created": at}, "replay": {"ticket": ["1"], "at": at}}
    for command, columns in jobs_of.items():
        pq.write_table(pa.table({**columns, "tier": values}), desk / "in.parquet")
        done = run(command, "in.parquet", "-p", "desk.toml", "-o", "out.parquet")
        assert done.exit_code == 2
        assert f"the column 'tier' holds {kind}" in done.output
        pq.write_table(pa.table({**columns, "tier": ["gold"], "x": values}), desk / "in.parquet")
        done = run(command, "in.parquet", "-p", "desk.toml", "-o", "out.parquet")
        assert done.exit_code == 0, done.output


ENDS = [-(2**63) + 1, 2**63 - 1]


@pytest.mark.parametrize("place", ["ticket", "tier", "is_urgent", "x"])
@pytest.mark.parametrize(
    "values",
    [
        pa.array(["gold", None]).dictionary_encode(),
        pa.array([1, 2]).dictionary_encode(),
        pa.array(ENDS).cast(pa.timestamp("us")).dictionary_encode(),
        pa.array(["gold", "silver"], pa.large_string()),
        pa.array(["gold", "silver"], pa.string_view()),
        pa.array([b"gold", b"\xff"], pa.binary_view()),
        *(pa.array(ENDS).cast(pa.duration(unit)) for unit in ("s", "ns")),
        *(pa.array(ENDS).cast(pa.timestamp(unit)) for unit in ("ms", "us", "ns")),
        *(pa.array(ENDS).cast(pa.timestamp("ns", zone)) for zone in ("UTC", "+08:00", "Mars/X")),
        pa.array([-(2**31), 2**31 - 1], pa.int32()).cast(pa.date32()),
        pa.array([0, 1], pa.int64()).cast(pa.time64("ns")),
        pa.array([Decimal(1), Decimal("9" * 38)]),
        pa.array([Decimal("1.5"), Decimal("9" * 74)]),
        pa.array([float("nan"), float("inf")]),
        pa.array([0, 2**64 - 1], pa.uint64()),
        pa.nulls(2),
        pa.array([[1], [2]], pa.list_(pa.int64(), 1)),
        pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
        pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"a" * 16, None], pa.binary(16))),
        pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8())),
    ],
    ids=lambda column: str(column.type),
)
def test_columns_of_any_type_are_read_or_refused(desk: Path, values: Any, place: str) -> None:
    """And can be grouped by; all values of a column have one type, however far apart they are."""
    at = pa.array([0, 0]).cast(pa.timestamp("us", "UTC"))
    urgent = "is_urgent = { values = [true, false], default = false }"
    policy = POLICY.replace("[attributes]", f"[attributes]\n{urgent}")
    policy = policy.replace('tier = "gold" }', 'tier = "gold", is_urgent = false }')
    (desk / "desk.toml").write_text(policy, "utf-8")
    ticket = pa.array(["1", "2"])
    columns = {"ticket": ticket, "tier": pa.array(["gold"] * 2), place: values}
    try:
        pq.write_table(pa.table(columns), desk / "in.parquet")
    except pa.ArrowNotImplementedError:
        pytest.skip("this release of Arrow cannot write such a column")
    for command, more in (
        ("evaluate", {"created": at}),
        ("replay", {"at": at}),
        ("report", {"created": at}),
    ):
        pq.write_table(pa.table(columns | more), desk / "in.parquet")
        done = run(command, "in.parquet", "-p", "desk.toml", "-o", "out.csv", *NOON, "--by", place)
        assert done.exit_code in (0, 1, 2), done.output
        assert "mistake" not in done.output


def test_long_lengths_are_written(desk: Path) -> None:
    """Those that a number of 53 bits cannot count exactly as well."""
    lengths = pa.array([2**62, -90]).cast(pa.duration("s"))
    table = pa.table({"created": ["2026-06-01T09:00Z"] * 2, "tier": ["gold"] * 2, "x": lengths})
    pq.write_table(table, desk / "in.parquet")
    done = run("evaluate", "in.parquet", "-p", "desk.toml", "-o", "out.csv")
    assert done.exit_code == 0, done.output
    first, second = (row["x"] for row in rows_of(desk / "out.csv"))
    assert (float(first), second) == (2**62, "-90")


def test_nothing_is_replaced_if_the_errors_cannot_be_written(desk: Path) -> None:
    """A folder has the name of their file."""
    (desk / "out.csv").write_text("before", "utf-8")
    (desk / "out.csv.errors.csv").mkdir()
    (desk / "tickets.csv").write_text("created,tier\n2026-06-01T09:00Z,gold\n", "utf-8")
    done = evaluated(*NOON)
    assert (done.exit_code, "directory: 'out.csv.errors.csv'" in done.output) == (1, True)
    assert (desk / "out.csv").read_text("utf-8") == "before"


def test_a_loop_of_links_is_reported(desk: Path) -> None:
    """As input, output, file of errors and policy."""
    (desk / "a.csv").symlink_to("b.csv")
    (desk / "b.csv").symlink_to("a.csv")
    wrong = (["-o", "a.csv"], ["--errors", "a.csv"], ["-p", "a.csv"])
    results = [evaluated(*NOON, *more) for more in wrong]
    results.append(run("evaluate", "a.csv", "-p", "desk.toml", "-o", "out.csv", *NOON))
    assert [done.exit_code for done in results] == [1, 1, 2, 1]
    assert all("'a.csv'" in done.output for done in results)
    assert (desk / "a.csv").is_symlink()


def test_an_unclosed_quote_swallows_no_rows(desk: Path) -> None:
    """In any column; however many errors are allowed."""
    lines = ["id,created,resolved,tier", *["1,2026-06-01T09:00,,gold"] * 1_000]
    lines[2] = '"2,2026-06-01T09:00,,gold'
    (desk / "tickets.csv").write_text("\n".join([*lines, ""]), "utf-8")
    done = evaluated(*NOON, "--max-errors", "1")
    assert (done.exit_code, "row 3 opens a quote" in done.output) == (1, True)
    assert not (desk / "out.csv").exists()


def test_the_rows_of_a_log_are_named_by_their_numbers_in_the_file(desk: Path) -> None:
    """In the message as well as before it."""
    (desk / "log.csv").write_text(
        "ticket,at,type,tier\n1,2026-06-01T09:00Z,created,gold\n\n"
        "2,0001-01-01T00:00Z,created,gold\n2,2026-06-01T09:00Z,created,gold\n",
        "utf-8",
    )
    done = run("replay", "log.csv", "-p", "desk.toml", "-o", "out.csv")
    assert "row 4: at: '0001-01-01T00:00Z' is outside the supported years" in done.output
    assert "3 events of 2 tickets read" in done.output


def test_texts_that_stand_for_a_missing_value(desk: Path) -> None:
    """In columns of times and of attributes, not in other columns, which are copied."""
    (desk / "tickets.csv").write_text(
        "id,created,resolved,tier,note\n1,2026-06-01T09:00,?,gold,?\n2,2026-06-01T09:00,-,?,-\n",
        "utf-8",
    )
    done = evaluated(*NOON, "--missing", "?", "--missing", "-")
    (row,) = rows_of(desk / "out.csv")
    assert (row["resolved"], row["note"], row["resolution_state"]) == ("", "?", "running")
    assert "row 3: the ticket does not say its tier" in done.output


def test_rows_in_error_keep_the_columns_of_the_file(desk: Path) -> None:
    """A column that is called as one of ours has its own name."""
    (desk / "tickets.csv").write_text("row,created,error\n7,never,x\n", "utf-8")
    evaluated(*NOON)
    with (desk / "out.csv.errors.csv").open(encoding="utf-8", newline="") as file:
        heads, cells = csv.reader(file)
    assert heads == ["row_", "error_", "row", "created", "error"]
    assert (cells[0], cells[2:]) == ("2", ["7", "never", "x"])


def test_the_errors_of_an_earlier_job_are_removed(desk: Path) -> None:
    """If there are none now; a file that was requested is written in any case."""
    evaluated(*NOON)
    good = "\n".join(TICKETS.splitlines()[:4]) + "\n"
    (desk / "tickets.csv").write_text(good, "utf-8")
    assert evaluated(*NOON).exit_code == 0
    assert not (desk / "out.csv.errors.csv").exists()
    evaluated(*NOON, "--errors", "errors.tsv")
    assert (desk / "errors.tsv").read_text("utf-8") == "row\terror\tid\tcreated\tresolved\ttier\n"


def test_errors_are_printed_by_kind(desk: Path) -> None:
    """The most frequent first, with the first rows; all rows are in the file."""
    head = "id,created,resolved,tier"
    rows = [f"{row},2026-06-01T09:00,,tin{row}" for row in range(5)]
    rows += ["6,yesterday,,gold", "7,2026-06-01T09:00,,gold", "8,soon,,gold"]
    rows += ["9,2026-06-01T09:00,,gold,more"]
    (desk / "tickets.csv").write_text("\n".join([head, *rows, ""]), "utf-8")
    done = evaluated(*NOON)
    assert done.output.splitlines()[-4:] == [
        "8 rows in error, written to out.csv.errors.csv:",
        "  rows 2, 3, 4 and 2 more: 'tin0' is not a value of tier (gold, silver)",
        f"  rows 7, 9: created: 'yesterday' is not a time in ISO 8601{MISSING_TIME}'yesterday'",
        "  row 10: the row has 5 fields, and the header 4: '9,2026-06-01T09:00,,gold,more'",
    ]
    assert len(rows_of(desk / "out.csv.errors.csv")) == 8
    data = json.loads(evaluated(*NOON, "--json").output)
    kinds = [(kind["count"], kind["rows"]) for kind in data["error_kinds"]]
    assert kinds == [(5, [2, 3, 4]), (2, [7, 9]), (1, [10])]


def test_many_kinds_of_errors_are_summed_up(desk: Path) -> None:
    """After the most frequent ones."""
    words = ["".join(letters) for letters in itertools.product("abcdef", repeat=3)]
    rows = [f"{row},{word} {word},,gold" for row, word in enumerate(words)]
    (desk / "tickets.csv").write_text("\n".join(["id,created,resolved,tier", *rows]), "utf-8")
    assert evaluated(*NOON).exit_code == 2  # they differ in what they quote only
    errors = ErrorKinds()
    errors.add((row, f"{word} is wrong") for row, word in enumerate(words))
    assert len(errors.frequent()) == 101
    assert [kind.total for kind in errors.frequent()][:2] == [116, 1]


def test_the_report_has_the_numbers_of_the_file(desk: Path) -> None:
    """On the page and in the terminal; also of tickets that the policy refuses."""
    done = run("report", "tickets.csv", "-p", "desk.toml", "-o", "out.html", *NOON)
    assert "2 rows could not be read (not in the report):" in done.output
    assert "  row 5: created: 'yesterday' is not a time" in done.output
    page = (desk / "out.html").read_text("utf-8")
    assert "row 5: created: &#39;yesterday&#39;" in page
    assert "row 7: the row has 5 fields" in page
    assert re.search(r"&#39;bronze&#39; is not a value.*\n?.*row 6", page)


def test_instants_are_written_in_the_zone_of_their_column(desk: Path) -> None:
    """If it has none, in the zone of the job, or else in that of the policy."""
    instant = datetime(2026, 6, 1, 7, tzinfo=UTC)
    created = pa.array([instant]).cast(pa.timestamp("us", "Asia/Tokyo"))
    texts = pa.array(["2026-06-01T07:00Z"])
    table = pa.table({"created": created, "resolved": texts, "tier": ["gold"]})
    pq.write_table(table, desk / "tickets.parquet")
    job = ["evaluate", "tickets.parquet", "-p", "desk.toml", "-o", "out.csv"]
    for zone, resolved in (([], "09:00:00+02:00"), (["--time-zone", "UTC"], "07:00:00+00:00")):
        run(*job, "--as-of", "2026-06-01T12:00Z", *zone)
        (row,) = rows_of(desk / "out.csv")
        assert row["created"] == "2026-06-01T16:00:00+09:00"
        assert row["resolved"] == f"2026-06-01T{resolved}"


def test_a_file_without_a_required_column_is_refused(desk: Path) -> None:
    """With the option that names it."""
    (desk / "tickets.csv").write_text("id,opened,tier\n1,2026-06-01T09:00,gold\n", "utf-8")
    assert "--columns created=NAME" in evaluated(*NOON).output
    done = run("replay", "tickets.csv", "-p", "desk.toml", "-o", "out.csv", *NOON)
    assert "--columns ticket=NAME" in done.output


def test_all_rows_of_a_ticket_in_error_are_reported(desk: Path) -> None:
    """And the other tickets are replayed."""
    (desk / "log.csv").write_text(
        "ticket,at,type,tier\n"
        "A,2026-06-01T09:00,created,gold\n"
        "B,2026-06-01T09:00,created,bronze\n"
        "A,2026-06-01T10:00,resolved,\n"
        "B,2026-06-01T10:00,resolved,\n"
        "C,,created,gold\n",
        "utf-8",
    )
    done = run("replay", "log.csv", "-p", "desk.toml", "-o", "out.csv", *NOON)
    assert done.exit_code == 1
    assert [(row["ticket"], row["state"]) for row in rows_of(desk / "out.csv")] == [("A", "met")]
    errors = [(row["row"], row["ticket"]) for row in rows_of(desk / "out.csv.errors.csv")]
    assert sorted(errors) == [("3", "B"), ("5", "B"), ("6", "C")]


# Jobs that are ended ------------------------------------------------------------------------------


@pytest.fixture
def many(desk: Path) -> Path:
    """Four hundred thousand tickets."""
    lines = [f"{row},2026-06-01T09:00,,gold\n" for row in range(400_000)]
    (desk / "many.csv").write_text("id,created,resolved,tier\n" + "".join(lines), "utf-8")
    return desk


def interruptible() -> None:
    """Receive Ctrl-C, which shells hide from what they run in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(folder: Path, prepare: Callable[[], Any] = interruptible) -> subprocess.Popen[str]:
    typed = ["evaluate", "many.csv", "-p", "desk.toml", "-o", "out.csv", *NOON]
    return subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-m", "slacalc", *typed],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(partitions.__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,  # noqa: PLW1509 - no threads there
    )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_job_that_is_stopped_leaves_nothing(many: Path, number: int, status: int) -> None:
    """It is stopped as soon as it writes; the old output stays."""
    (many / "out.csv").write_text("before", "utf-8")
    before = sorted(path.name for path in many.iterdir())
    process = started(many)
    while process.poll() is None and not list(many.glob(".*.part")):
        time.sleep(0.005)
    process.send_signal(number)
    _, printed = process.communicate(timeout=60)
    assert process.returncode == status, printed
    assert "nothing was written" in printed
    assert (many / "out.csv").read_text("utf-8") == "before"
    assert sorted(path.name for path in many.iterdir()) == before


def test_a_job_that_is_killed_leaves_what_the_next_one_removes(many: Path) -> None:
    """A process that is killed cannot clean up."""
    process = started(many)
    while process.poll() is None and not list(many.glob(".*.part")):
        time.sleep(0.005)
    process.kill()
    process.communicate(timeout=60)
    assert len(list(many.glob(".*.part"))) == 1
    lines = (many / "many.csv").read_text("utf-8").splitlines(keepends=True)
    (many / "tickets.csv").write_text("".join(lines[:3]), "utf-8")
    assert evaluated(*NOON).exit_code == 0
    assert not list(many.glob(".*.part"))


def test_a_full_disk_leaves_nothing(many: Path) -> None:
    """No file may be larger than a megabyte here; the error names the output."""
    before = sorted(path.name for path in many.iterdir())
    process = started(many, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
    _, printed = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "out.csv" in printed
    assert sorted(path.name for path in many.iterdir()) == before


def test_csv_for_excel_is_what_excel_opens(desk: Path) -> None:
    """A mark, the delimiter of the input, times without offsets, and decimal commas."""
    text = TICKETS.replace(",", ";").replace("12:00;gold", "12:00:00.500;gold")
    (desk / "tickets.csv").write_text(text, "cp1252")
    how = [*NOON, "--encoding", "excel", "--as-of", "2026-06-03T12:00"]
    assert evaluated(*how).exit_code == 1
    data = (desk / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfid;created;resolved;tier;")
    assert b"\n1;2026-06-01 09:00:00;2026-06-01 12:00:00;gold;2026-06-01 13:00:00;" in data
    assert b";10800,5;3599,5;met" in data
    assert (desk / "out.csv.errors.csv").read_bytes().startswith(b"\xef\xbb\xbfrow;error;")
    evaluated(*how, "--delimiter", ";", "-o", "out.tsv")
    assert (desk / "out.tsv").read_bytes() == data
    evaluated(*how, "--jobs", "2")
    assert (desk / "out.csv").read_bytes() == data


@pytest.mark.parametrize(
    ("unit", "texts"),
    [
        ("minutes", ["180", "300,0", ""]),
        ("hours", ["3", "5.0", ""]),
        ("seconds", ["10800", "5h", ""]),
        ("days", ["0.125", "5:00", ""]),
        ("days", ["3:00:00", "4h 60m", ""]),
    ],
)
def test_lengths_stand_for_the_instants_of_events(desk: Path, unit: str, texts: list[str]) -> None:
    """All the time since the ticket was created; gold has four working hours."""
    rows = [f'{row},2026-06-01T09:00,"{text}",gold' for row, text in enumerate([*texts, "soon"])]
    (desk / "tickets.csv").write_text("\n".join(["id,created,ttr,tier", *rows]), "utf-8")
    how = ["--columns", "resolved=ttr", "--lengths", f"resolved={unit}"]
    done = evaluated("--as-of", "2026-06-01T23:00Z", "--time-zone", "Europe/Berlin", *how)
    assert [(row["ttr"][11:19], row["resolution_state"]) for row in rows_of(desk / "out.csv")] == [
        ("12:00:00", "met"),
        ("14:00:00", "breached"),
        ("", "breached"),
    ]
    assert (
        f"row 5: ttr: 'soon' is not a length of time, such as 2:15:00, 2h 15m or a number of {unit}"
        in done.output
    )


@pytest.mark.parametrize(
    ("sign", "text", "answer"),
    [
        (
            ",",
            "1,234",
            "row 2: ttr: '1,234' may be 1.234 (--decimal ,) or 1234 (--decimal .) minutes",
        ),
        (",", "0,234", "met"),
        (",", "2,25", "met"),
        (";", "1,234", "met"),  # where commas do not even separate fields
        (
            ";",
            "1.234",
            "row 2: ttr: '1.234' may be 1234 (--decimal ,) or 1.234 (--decimal .) minutes",
        ),
        (";", "1.5", "met"),
        (
            ";",
            "-0:01:00",
            "row 2: resolved at 2026-06-01T06:59:00+00:00 came before the ticket was",
        ),
    ],
)
def test_a_comma_may_separate_thousands(desk: Path, sign: str, text: str, answer: str) -> None:
    """A length that is a thousand times longer if it is read in another way is an error."""
    fields = ["1", "2026-06-01T09:00", f'"{text}"', "gold"]
    lines = [sign.join(["id", "created", "ttr", "tier"]), sign.join(fields), ""]
    (desk / "tickets.csv").write_text("\n".join(lines), "utf-8")
    how = ["--columns", "resolved=ttr", "--lengths", "resolved=minutes"]
    done = evaluated(*NOON, "--time-zone", "Europe/Berlin", *how)
    states = [row["resolution_state"] for row in rows_of(desk / "out.csv")]
    if answer == "met":
        assert states == [answer]
    else:
        assert (states, answer in done.output) == ([], True)


@pytest.mark.parametrize(
    ("count", "form"),
    [(1_780_297_200, "epoch"), (1_780_297_200_000, "epoch-ms"), (20_260_601, "%Y%m%d")],
)
def test_numbers_of_a_workbook_that_are_no_days_have_a_form(
    desk: Path, count: int, form: str
) -> None:
    """Nothing says that they stand for missing times."""
    made = openpyxl.Workbook()
    made.worksheets[0].append(["id", "created", "tier"])
    made.worksheets[0].append([1, count, "gold"])
    made.save(desk / "tickets.xlsx")
    done = run("evaluate", "tickets.xlsx", "-p", "desk.toml", "-o", "out.csv", *NOON)
    assert done.output.rstrip().endswith(f"try --time-format {form}")
    assert "--missing" not in done.output


def test_an_error_of_columns_says_what_was_read(desk: Path) -> None:
    """Since the tickets may be on another sheet, or the header in another row."""
    made = openpyxl.Workbook()
    made.worksheets[0].title = "Summary"
    made.worksheets[0].append(["Total", 3])
    made.create_sheet("Tickets").append(["id", "created", "tier"])
    made.save(desk / "tickets.xlsx")
    done = run("evaluate", "tickets.xlsx", "-p", "desk.toml", "-o", "out.csv", *NOON)
    assert done.output.rstrip().endswith(
        "give --columns created=NAME; sheet 'Summary'; --sheet reads another: 'Tickets'"
    )


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["05/18/2026 10:00", "18/05/2026 10:00"], "write all in one form"),
        (["1780297200", "1780297200000"], "write all in one form"),
        (["05/06/2026 10:00", "07/06/2026 10:00"], "no value shows whether it is"),
    ],
)
def test_times_of_two_forms_are_no_matter_of_choice(
    desk: Path, texts: list[str], said: str
) -> None:
    """Neither form reads them all; where both do, the values do not show which is right."""
    rows = [f"{row},{text},gold" for row, text in enumerate(texts)]
    (desk / "tickets.csv").write_text("\n".join(["id,created,tier", *rows, ""]), "utf-8")
    done = evaluated(*NOON)
    assert (done.exit_code, said in done.output) == (2, True)
    assert done.output.count("--time-format") == 3  # the option, and two forms


def test_lengths_of_what_is_no_event_are_refused(desk: Path) -> None:
    """And so are other units."""
    assert "'--lengths'" in evaluated(*NOON, "--lengths", "created=minutes").output
    assert "give a unit: seconds, minutes" in evaluated(*NOON, "--lengths", "resolved=weeks").output
    assert (desk / "tickets.csv").exists()


def replayed(folder: Path, log: str, *more: object) -> Result:
    (folder / "log.csv").write_text(log, "utf-8")
    return run("replay", "log.csv", "-p", "desk.toml", "-o", "out.csv", *NOON, *more)


def test_the_file_of_errors_speaks_the_language_of_the_run(desk: Path) -> None:
    """As the run itself does."""
    done = evaluated(*NOON, "--language", "zh")
    messages = [row["error"] for row in rows_of(desk / "out.csv.errors.csv")]
    assert messages
    assert all(message in done.output for message in messages)
    assert "不是 ISO 8601 的时间" in "".join(messages)


@pytest.mark.parametrize("at_once", [1_000_000, 2])
def test_tickets_that_lack_events_say_so(
    desk: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """In the summary and in the output; also of a log that does not fit into memory."""
    monkeypatch.setattr(partitions, "AT_ONCE", at_once)
    log = "ticket,at,type,tier\n"
    log += "A,2026-06-01T09:00,created,gold\nA,soon,resolved,\nA,2026-06-01T10:00,x,,more\n"
    log += "B,2026-06-01T09:00,created,gold\nB,2026-06-01T11:00,resolved,\n"
    log += "C,later,created,gold\n,2026-06-01T11:00,resolved,\n"
    done = replayed(desk, log)
    assert (
        "1 ticket replayed without events in error: see the column events_in_error" in done.output
    )
    states = {
        row["ticket"]: (row["state"], row["events_in_error"]) for row in rows_of(desk / "out.csv")
    }
    assert states == {"A": ("running", "2"), "B": ("met", "0")}
    data = json.loads(replayed(desk, log, "--json").output)
    assert data["incomplete_tickets"] == 1


@pytest.mark.parametrize(
    ("sign", "cost", "more", "hours"),
    [
        (";", "999,5", [], 8),
        (";", "1000,5", [], 4),
        (";", "1.000,5", [], 4),
        (";", "1.000", [], None),
        (";", "1.000", ["--decimal", ","], 4),
        (";", "1.000", ["--decimal", "."], 8),
        (";", "1000.5", [], 4),
        (";", "1000.5", ["--decimal", ","], None),
        (",", '"1,000"', [], None),
        (",", '"1,000"', ["--decimal", "."], 4),
        (",", '"1,000"', ["--decimal", ","], 8),
        (",", '"999,5"', [], 8),
        (",", "1.234", [], 8),
        (",", "1.234.567", [], 4),
        (",", '"1.234.567,5"', [], 4),
    ],
)
def test_numbers_of_tickets_are_read_as_people_write_them(
    desk: Path, sign: str, cost: str, more: list[str], hours: int | None
) -> None:
    """A condition on them holds in tickets and in logs; what may be two numbers is an error."""
    policy = POLICY.replace("[attributes]", '[attributes]\ncost = { kind = "number" }')
    (desk / "desk.toml").write_text(policy.replace('{ tier = "gold" }', '{ cost = ">= 1000" }'))
    head, ticket = f"created{sign}cost", f"2026-06-01T09:00{sign}{cost}"
    (desk / "tickets.csv").write_text(f"{head}\n{ticket}\n", "utf-8")
    evaluated(*NOON, *more)
    answers = [row["resolution_due"][11:13] for row in rows_of(desk / "out.csv")]
    log = f"ticket{sign}at{sign}type{sign}cost\nA{sign}2026-06-01T09:00{sign}created{sign}{cost}\n"
    replayed(desk, log, *more)
    answers += [row["due"][11:13] for row in rows_of(desk / "out.csv")]
    assert answers == ([f"{9 + hours:02}"] * 2 if hours else [])


def write_rows(path: Path, rows: list[dict[str, Any]]) -> str:
    """Rows as a workbook, JSON or Parquet."""
    if path.suffix == ".xlsx":
        made = openpyxl.Workbook()
        made.worksheets[0].append([*rows[0]])
        for row in rows:
            made.worksheets[0].append([*row.values()])
        made.save(path)
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text(json.dumps(rows), "utf-8")
    return path.name


@pytest.mark.parametrize("kind", ["xlsx", "json", "jsonl", "parquet"])
def test_only_texts_have_a_decimal_sign(desk: Path, kind: str) -> None:
    """A real number is what it is: 2.125 hours, not 2125."""
    typed = ["-p", "desk.toml", "-o", "out.csv", *NOON, "--lengths", "resolved=hours"]
    rows: list[dict[str, Any]] = [
        {"created": "2026-06-01T09:00", "resolved": value, "tier": "gold"} for value in (2.125, 1.5)
    ]
    path = write_rows(desk / f"a.{kind}", rows)
    assert run("evaluate", path, *typed).exit_code == 0
    assert [row["resolved"][11:19] for row in rows_of(desk / "out.csv")] == ["11:07:30", "10:30:00"]
    for sign in ",.":
        done = run("evaluate", path, *typed, "--decimal", sign)
        assert (done.exit_code, "the sign before decimals is chosen" in done.output) == (2, True)
    for row, text in zip(rows, ["2,5", "1,234"], strict=True):
        row["resolved"] = text
    done = run("evaluate", write_rows(desk / f"a.{kind}", rows), *typed)
    assert [row["resolved"][11:19] for row in rows_of(desk / "out.csv")] == ["11:30:00"]
    assert "'1,234' may be 1.234 or 1234 hours: turn the text into a number" in done.output


def test_numbers_may_be_text_in_a_dictionary(desk: Path) -> None:
    """As a data frame with categories writes them."""
    policy = POLICY.replace("[attributes]", '[attributes]\ncost = { kind = "number" }')
    (desk / "desk.toml").write_text(policy.replace('{ tier = "gold" }', '{ cost = ">= 1000" }'))
    costs = pa.array(["999,5", "1000,5"]).dictionary_encode()
    pq.write_table(pa.table({"created": ["2026-06-01T09:00"] * 2, "cost": costs}), "a.parquet")
    assert run("evaluate", "a.parquet", "-p", "desk.toml", "-o", "out.csv", *NOON).exit_code == 0
    assert [row["resolution_due"][11:13] for row in rows_of(desk / "out.csv")] == ["17", "13"]


@pytest.mark.parametrize("text", ["1,234", "1.234", "-1,234.5", "1.234.567"])
def test_what_may_be_two_lengths_is_one(desk: Path, text: str) -> None:
    """So that the option for lengths is proposed before the one that decides between them."""
    (desk / "tickets.csv").write_text(f'created,resolved,tier\n2026-06-01T09:00,"{text}",gold\n')
    done = evaluated(*NOON)
    assert (done.exit_code, "--lengths resolved=UNIT" in done.output) == (2, True)


@pytest.mark.parametrize("text", ["1h 30m", "01:30", "90", "2:15:00"])
def test_lengths_are_proposed_where_values_look_like_them(desk: Path, text: str) -> None:
    """As the option that reads them; where they are no times at all."""
    (desk / "tickets.csv").write_text(f"created,resolved,tier\n2026-06-01T09:00,{text},gold\n")
    done = evaluated(*NOON)
    assert (done.exit_code, "--lengths resolved=UNIT" in done.output) == (2, True)
    assert evaluated(*NOON, "--lengths", "resolved=hours").exit_code == 0
    (desk / "tickets.csv").write_text(f"created,resolved,tier\n{text},,gold\n")
    assert "--lengths" not in evaluated(*NOON).output


@pytest.mark.parametrize(
    ("heading", "advice"),
    [
        ("Resolved At", "if 'Resolved At' says so, give --columns 'resolved=Resolved At'"),
        ("resolution_time", "if 'resolution_time' says so, give --columns resolved="),
        ("closed", "give --columns resolved=NAME, or --columns resolved= if there is none"),
    ],
)
def test_a_metric_whose_end_no_column_says_is_warned_about(
    desk: Path, heading: str, advice: str
) -> None:
    """Since it would look breached; unless the user says that there is no such column."""
    rows = "2026-06-01T09:00,gold,2026-06-01T10:00"
    (desk / "tickets.csv").write_text(f"created,tier,{heading}\n{rows}\n")
    what = "no column says when resolution stops (resolved): none of its tickets counts as stopped"
    done = evaluated(*NOON)
    assert done.exit_code == 0
    assert f"Warning: {what}; {advice}" in done.output
    assert what in " ".join(json.loads(evaluated(*NOON, "--json").output)["warnings"])
    assert what in run("report", "tickets.csv", "-p", "desk.toml", *NOON, "-o", "r.html").output
    for column in (heading, ""):
        assert "Warning" not in evaluated(*NOON, "--columns", f"resolved={column}").output


@pytest.mark.parametrize("heading", ["Resolved", "resolveed"])
def test_a_column_with_nearly_the_name_of_an_event_is_refused_in_words_of_options(
    desk: Path, heading: str
) -> None:
    """With the two options that end the doubt."""
    (desk / "tickets.csv").write_text(f"created,tier,{heading}\n2026-06-01T09:00,gold,\n")
    refused = evaluated(*NOON).output
    assert f"pass --columns resolved={heading}; if it is something else, pass" in refused
    assert refused.rstrip().endswith("--columns resolved=")


@pytest.mark.parametrize("type_", ["resolved_at", "solved", "Ticket resolved"])
def test_a_log_in_which_nothing_ends_a_metric_is_warned_about(desk: Path, type_: str) -> None:
    """If other types may be meant, or if there are none and nobody said so."""
    log = f"ticket,at,type,tier\nA,2026-06-01T09:00,created,gold\nA,2026-06-01T10:00,{type_},\n"
    what = "no event of this log stops resolution (resolved)"
    done = replayed(desk, log)
    assert done.exit_code == 0
    assert f"{what}; types that the policy does not know: {type_!r}" in done.output
    assert what in run("report", "log.csv", "-p", "desk.toml", *NOON, "-o", "r.html").output
    for known in ("resolved", "changed"):
        assert "Warning" not in replayed(desk, log.replace(type_, known)).output
    log = "ticket,at,tier\nA,2026-06-01T09:00,gold\n"
    assert f"{what}, since it has no column of types" in replayed(desk, log).output
    assert "Warning" not in replayed(desk, log, "--columns", "type=").output


@pytest.mark.parametrize(
    ("value", "is_near"),
    [("Waiting", True), (" waiting", True), ("waitng", True), ("waiting", False), ("open", False)],
)
def test_a_value_that_is_nearly_one_of_a_condition_is_warned_about(
    desk: Path, value: str, *, is_near: bool
) -> None:
    """Since the condition is not met; in the other values there is nothing to warn of."""
    policy = POLICY.replace('"resolved"', '"resolved"\npause = { status = ["waiting", "P1"] }', 1)
    (desk / "desk.toml").write_text(policy)
    log = (
        "ticket,at,type,tier,status\nA,2026-06-01T09:00,created,gold,P2\n"
        f'A,2026-06-01T10:00,changed,,"{value}"\n'
    )
    warning = f"the field status has the value {value!r}, which no condition of the policy names"
    done = replayed(desk, log)
    assert (f"Warning: {warning}; did you mean 'waiting'?" in done.output) is is_near
    assert ("Warning" in done.output) is is_near


def test_seconds_that_are_milliseconds_are_not_said_to_be_missing(desk: Path) -> None:
    """The form that reads them is named: 1779098400000 is 10:00 in UTC on 18 May 2026."""
    (desk / "tickets.csv").write_text("created,resolved,tier\n1779098400000,,gold\n")
    refused = evaluated(*NOON, "--time-format", "epoch").output
    assert "as milliseconds, --time-format epoch-ms, it is 2026-05-18" in refused
    assert "--missing" not in refused
    assert evaluated(*NOON, "--time-format", "epoch-ms").exit_code == 0


def test_a_misspelled_creation_is_the_error_of_its_ticket(desk: Path) -> None:
    """Rather than that the ticket lacks what the creation says."""
    log = (
        "ticket,at,type,tier\nA,2026-06-01T09:00,creatd,gold\nA,2026-06-01T10:00,resolved,\n"
        "B,2026-06-01T09:00,created,gold\nB,2026-06-01T10:00,resolved,\n"
    )
    done = replayed(desk, log)
    assert "rows 2, 3: the policy knows no event 'creatd'; did you mean 'created'?" in done.output
    assert [row["ticket"] for row in rows_of(desk / "out.csv")] == ["B"]


def test_a_log_in_which_nothing_is_created_is_warned_about(desk: Path) -> None:
    """With the types that there are, and what to do."""
    log = "ticket,at,type,tier\nA,2026-06-01T09:00,opened,gold\nA,2026-06-01T10:00,resolved,\n"
    done = replayed(desk, log, "--max-errors", 9)
    assert "Warning: no event has the type 'created', but 'opened', 'resolved'" in done.output
    assert "--columns type=" in done.output
    assert "call the events that open tickets 'created'" in done.output
    typo = replayed(desk, log.replace("opened", "creatd"), "--max-errors", 9).output
    assert "call 'creatd' 'created'" in typo
    data = json.loads(replayed(desk, log, "--json").output)
    assert len(data["warnings"]) == 1
    fine = replayed(desk, log, "--columns", "type=")
    assert (fine.exit_code, "Warning" in fine.output) == (0, False)
    assert [row["state"] for row in rows_of(desk / "out.csv")] == ["running"]
    fine = replayed(desk, log.replace("opened", "created"))
    assert "Warning" not in fine.output


@pytest.mark.parametrize("text", ["[]", '{"total": 0, "issues": []}'])
@pytest.mark.parametrize(
    "command",
    [
        ["evaluate", "-o", "out.csv"],
        ["evaluate", "-o", "out.csv", "--as-of", "2026-06-01T12:00Z", "--columns", "created=at"],
        ["replay", "-o", "out.csv"],
        ["report", "-o", "out.html", "--as-of", "2026-06-01T12:00Z"],
    ],
)
def test_json_without_rows_is_a_file_without_rows(
    desk: Path, text: str, command: list[str]
) -> None:
    """It has the columns that are to be read, so that nothing is lacking."""
    (desk / "none.json").write_text(text, "utf-8")
    result = run(*command, "none.json", "-p", "desk.toml")
    assert result.exit_code == 0, result.output
    assert "\n0 " in f"\n{result.output}"
    assert result.output.count("Warning: ") == 1
    assert "Warning: none.json has no rows" in result.output
    if command[0] != "report":
        assert rows_of(desk / "out.csv") == []


def test_an_instant_before_all_tickets_is_warned_about(desk: Path) -> None:
    """And so is a file without rows; but not an instant among the tickets."""
    early = evaluated(*NOON, "--as-of", "2025-06-01T12:00")
    assert (
        "Warning: all tickets were created after --as-of, the first at 2026-06-01T07:00"
        in early.output
    )
    assert "Warning" not in evaluated(*NOON).output
    log = "ticket,at,type,tier\nA,2026-06-01T09:00,created,gold\n"
    assert (
        "all tickets were created after"
        in replayed(desk, log, "--as-of", "2025-06-01T12:00").output
    )
    for encoding, end in (("utf-8", "\n"), ("utf-8", ""), ("utf-16", "")):
        (desk / "tickets.csv").write_text(f"created,resolved,tier{end}", encoding)
        assert "Warning: tickets.csv has no rows below its header" in evaluated(*NOON).output
    assert "Warning: log.csv has no rows" in replayed(desk, "ticket,at,type,tier\n").output
    page = ["-p", "desk.toml", "-o", "page.html", *NOON]
    assert "Warning: log.csv has no rows" in run("report", "log.csv", *page).output
    (desk / "log.csv").write_text(log.replace("created", "creatd"), "utf-8")
    page += ["--as-of", "2025-06-01T12:00"]
    shown = run("report", "log.csv", *page).output
    assert "Warning: all tickets were created after --as-of" in shown
    assert "call 'creatd' 'created'" in shown


def test_dates_of_tickets_are_read_as_times(tmp_path: Path) -> None:
    """An attribute that is an instant is read like the times of events."""
    (tmp_path / "desk.toml").write_text(
        POLICY.replace("[attributes]", '[attributes]\npromised = { kind = "instant" }').replace(
            'resolution = "4 working hours"', 'resolution = { field = "promised" }'
        ),
        "utf-8",
    )
    (tmp_path / "tickets.csv").write_text(
        "created,tier,promised\n"
        "2026-05-18 10:00,gold,2026-05-19 11:00\n"
        "2026-05-18 10:00,gold,\n"
        "2026-05-18 10:00,gold,soon\n",
        "utf-8",
    )
    typed = ["evaluate", tmp_path / "tickets.csv", "--policy", tmp_path / "desk.toml"]
    typed += ["--time-zone", "Europe/Berlin", "--output", tmp_path / "out.csv"]
    run(*typed, "--as-of", "2026-05-20T00:00Z")
    (due,) = rows_of(tmp_path / "out.csv")
    assert (due["resolution_due"], due["resolution_state"]) == (
        "2026-05-19T11:00:00+02:00",
        "breached",
    )
    lacking, unreadable = rows_of(tmp_path / "out.csv.errors.csv")
    assert "does not say its promised" in lacking["error"]
    assert "'soon' is not a time" in unreadable["error"]


def test_lists_of_texts_are_tags(desk: Path) -> None:
    """In a file of tickets and in a log; lists of other things, and groups of lists, are not."""
    labels = 'labels = { kind = "tags", optional = true }'
    policy = POLICY.replace("[attributes]", f"[attributes]\n{labels}")
    policy = policy.replace('tier = "gold" }', 'tier = "gold", labels = { none = ["bulk"] } }')
    (desk / "desk.toml").write_text(policy, "utf-8")
    tickets = {"created": ["2026-06-01T09:00Z"] * 3, "tier": ["gold"] * 3}
    log = {"ticket": ["1", "2", "3"], "at": tickets["created"], "type": ["created"] * 3}
    for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        for list_ in (pa.list_, pa.large_list):
            column = pa.array([["vip"], ["bulk", "x"], []], list_(kind))
            for command, columns in (("evaluate", tickets), ("replay", log | tickets)):
                pq.write_table(pa.table(columns | {"labels": column}), desk / "in.parquet")
                done = run(command, "in.parquet", "-p", "desk.toml", "-o", "out.parquet", *NOON)
                assert done.exit_code == 0, done.output
                rows = pq.read_table(desk / "out.parquet").to_pylist()
                tables = {name: [row[name] for row in rows] for name in rows[0] if "row" in name}
                assert all(found[0] == found[2] != found[1] for found in tables.values()), tables
    done = run(
        "evaluate", "in.parquet", "-p", "desk.toml", "-o", "out.csv", *NOON, "--by", "labels"
    )
    assert "which cannot be the value of a field" in done.output
    for name, values in (("tier", [["gold"]] * 3), ("labels", [[1]] * 3)):
        pq.write_table(pa.table(tickets | {name: values}), desk / "in.parquet")
        done = run("evaluate", "in.parquet", "-p", "desk.toml", "-o", "out.parquet")
        assert f"the column '{name}' holds list<" in done.output
