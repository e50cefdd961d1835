"""evaluate, replay and report: their options, what they print and where, and their statuses.

What the jobs do with files is tested in `tests/files`.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from slacalc import cli
from slacalc._cli.file_commands import parse_columns, split_names
from tests.cli.program import DESK, refused, run
from tests.test_phrases import ENGLISH, QUOTED

if TYPE_CHECKING:
    from pathlib import Path

TICKETS = """created,responded,resolved,severity
2024-05-03T16:00+02:00,2024-05-03T16:10+02:00,,high
2024-05-03T16:00+02:00,,,low
2024-05-03T16:00+02:00,,,lo
"""
AS_OF = ("--as-of", "2024-05-06T09:00+02:00")
EVALUATE = ("evaluate", "tickets.csv", "-p", "desk.toml", "-o", "out.csv")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a policy and tickets of which the last one is in error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.toml").write_text(DESK, encoding="utf-8")
    (tmp_path / "tickets.csv").write_text(TICKETS, encoding="utf-8")
    return tmp_path


def test_what_is_printed() -> None:
    """The summary, then what was read and written, then examples of rows in error."""
    result = run(*EVALUATE, *AS_OF, columns=120)
    assert result.exit_code == 1
    printed = [line.split() for line in result.stdout.splitlines()]
    heads = "severity metric count met still open other attainment"
    assert " ".join(printed[0]) == heads
    assert printed[2] == ["high", "response", "1", "1", "0", "0", "100%"]
    assert printed[-4:-2] == [
        ["3", "rows", "read,", "out.csv", "written"],
        ["1", "row", "in", "error,", "written", "to", "out.csv.errors.csv:"],
    ]
    assert " ".join(printed[-2]).startswith("row 4: 'lo' is not a value of severity (high, low)")
    assert " ".join(printed[-1]).startswith("Warning: no column says when visit starts (accepted)")
    assert result.stderr == ""


@pytest.mark.parametrize(("typed", "locale"), [(["--language", "zh"], "C"), ([], "zh_CN.UTF-8")])
def test_what_is_printed_in_chinese(
    typed: list[str], locale: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but what files and policies say; what programs read stays as it is."""
    monkeypatch.setenv("LC_ALL", locale)
    (folder / "export.csv").write_text(
        "Export\n\ncreated;responded;severity\n"
        "2024-05-03T16:00+02:00;2024-05-03T16:40+02:00;high\n"
        "2024-05-03T16:00+02:00;;=low\nx;;low\n"
    )
    (folder / "log.csv").write_text(
        "ticket,at,type,severity\n1,2024-05-03T16:00+02:00,opened,low\n1,x,resolved,low\n"
    )
    (folder / "none.csv").write_text("created,severity\n")
    more = ("-p", "desk.toml", "-o", "out.csv", *AS_OF, *typed)
    printed = [
        run("evaluate", "export.csv", *more, "--fail-under", "99.5", columns=500).output,
        run("evaluate", "none.csv", *more, "--fail-under", "50").output,
        run("report", "export.csv", *more, "--against", "itil-standard").output,
        run("replay", "log.csv", *more, columns=500).output,
        run("replay", "log.csv", *more, "--columns", "type=").output,
    ]
    for line in """已读取 3 行（字段以分号分隔，表头在第 3 行），已写入 out.csv
2 行有错误，已写入 out.csv.errors.csv：
1 个单元格的文本可能被电子表格当作公式执行，已在前面加上 '；
response：达标率 0%，低于 99.5%
resolution：达标率未统计，因此 --fail-under 对其不适用
警告：none.csv 的表头下没有数据行：文件选对了吗？
警告：没有列说明 visit 何时开始（accepted）：它的工单都不算已开始；请给出 --columns accepted=NAME，
已读取 1 张工单的 2 个事件，已写入 out.csv
1 张工单在重放时略去了有错误的事件：见 events_in_error 列
只有 'opened'：工单于是以第一个事件受理，且没有字段；请把受理工单的事件改名为 'created'
1 行无法读取（不计入报告）：
""".splitlines():
        assert any(line in text for text in printed), line
    for text in printed:
        assert not ENGLISH.search(QUOTED.sub("", text)), text
    row = next(csv.DictReader((folder / "out.csv").read_text("utf-8").splitlines()))
    assert (row["metric"], row["state"]) == ("response", "running")


def test_answers_on_the_standard_output_are_alone_there() -> None:
    """Everything else is printed on the standard error."""
    result = run(*EVALUATE[:-1], "-", "--errors", "bad.csv", *AS_OF)
    assert len(result.stdout.splitlines()) == 3
    assert "3 rows read, - written" in result.stderr
    quiet = run(*EVALUATE[:-1], "-", "--errors", "bad.csv", *AS_OF, "--json")
    assert quiet.stdout == result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--columns", "created"], "'created' is not of the form name=column"),
        (["--columns", "created=a,created=b"], "'created' is given twice"),
        (["--errors", "out.csv"], "'--errors': out.csv is read, or is written already"),
        (["--output", "desk.toml"], "'--output': desk.toml is read, or is written already"),
        (["--output", "out.xls"], ".csv, .tsv, .xlsx, .json, .jsonl, .csv.gz or .parquet"),
        (["--time-zone", "Mars"], "'--time-zone': 'Mars' is not a time zone"),
        (["--as-of", "2024-05-06T09:00"], "'--as-of'"),
        (["--by", "colour"], "'--by': 'colour' is not an attribute of the policy or a column"),
    ],
)
def test_wrong_options_are_refused(folder: Path, options: list[str], message: str) -> None:
    """By their names, and before anything is written."""
    before = sorted(folder.iterdir())
    result = run(*EVALUATE, *options)
    assert result.exit_code in (1, 2)
    assert message in " ".join(result.output.split())
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("texts", "columns"),
    [
        (["created=a,resolved=b"], {"created": "a", "resolved": "b"}),
        (["created=Opened, at,resolved=b"], {"created": "Opened, at", "resolved": "b"}),
        (
            ['created="Opened, resolved=x",tier= "a ""b"""'],
            {"created": "Opened, resolved=x", "tier": 'a "b"'},
        ),
        (["created=Opened, at", "resolved="], {"created": "Opened, at", "resolved": None}),
        (["created=a,,resolved = b ,"], {"created": "a", "resolved": "b"}),
        (["created=x=y,tier=z"], {"created": "x=y", "tier": "z"}),
        ([" "], {}),
    ],
)
def test_names_of_columns_may_have_commas(texts: list[str], columns: dict[str, str | None]) -> None:
    """A comma that no other ``name=`` follows, or in quotes, is part of a name."""
    assert parse_columns(tuple(texts)) == columns


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a, b", ["a", "b"]),
        ('"a, b",c', ["a, b", "c"]),
        ('c,"a ""x"", b" ', ["c", 'a "x", b']),
        (",a,, ", ["a"]),
        ('5", 6"', ['5"', '6"']),
    ],
)
def test_groups_may_have_commas(text: str, names: list[str]) -> None:
    """In quotes."""
    assert split_names(text) == names


@pytest.mark.parametrize(
    ("command", "option"), [("evaluate", "--fail-under"), ("report", "--objective")]
)
def test_shares_that_are_not_numbers_are_refused(command: str, option: str) -> None:
    """Before the file is read."""
    message = refused(command, *EVALUATE[1:], *AS_OF, option, "nan")
    assert f"'{option}': nan is not a number of percent" in message


def test_what_is_printed_does_not_control_the_terminal(folder: Path) -> None:
    """Messages, tables and JSON escape what comes from the file."""
    evil = "\x1b[31m\x9b2J\u202eA"
    tickets = f"created,severity,{evil},resolved\n{evil},high,x,\n"
    tickets += f"2024-05-03T16:00+02:00,high,{evil},\n"
    (folder / "tickets.csv").write_text(tickets, "utf-8")
    (folder / "other.csv").write_text(f"{evil},x\n1,2\n", "utf-8")
    printed = [
        run(*EVALUATE, *AS_OF, "--by", evil).output,
        run(*EVALUATE, *AS_OF, "--by", evil, "--json").output,
        run(*EVALUATE, *AS_OF, "--columns", f"created={evil}x").output,
        run("evaluate", "other.csv", *EVALUATE[2:]).output,
        run("report", *EVALUATE[1:], *AS_OF).output,
        run("check", str(folder / f"{evil}.toml")).output,
    ]
    for output in printed:
        assert "31m" in output
        assert not {*"\x1b\x9b\u202e"} & {*output}


@pytest.mark.parametrize("name", ["read_policy", "_print_outcome", "parse_zone"])
def test_ctrl_c_has_its_own_status_at_any_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a job and after it too, as in other commands."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"slacalc._cli.file_commands.{name}", interrupt)
    assert run(*EVALUATE, *AS_OF).exit_code == 130
    monkeypatch.setattr("slacalc._cli.policy_commands.read_policy", interrupt)
    assert run("check", "desk.toml").exit_code == 130


def test_names_of_columns_may_be_empty(folder: Path) -> None:
    """A column of the file that has the name of an event, but is something else, is not read."""
    tickets = TICKETS.replace("responded", "visited").replace(",2024-05-03T16:10+02:00", ",Bob")
    (folder / "tickets.csv").write_text(tickets, "utf-8")
    assert "2 rows in error" in run(*EVALUATE, *AS_OF).output
    assert "1 row in error" in run(*EVALUATE, *AS_OF, "--columns", "visited=").output


def test_events_of_deadlines_need_an_instant_of_evaluation() -> None:
    """An option for an event that only evaluation reads says so; one for a start is right."""
    for option in (("--columns", "resolved=resolved"), ("--lengths", "resolved=hours")):
        message = refused(*EVALUATE, *option)
        assert f"'{option[0]}': 'resolved' is read only with --as-of" in message
    assert "'resolvd' is not a column that the policy reads" in refused(
        *EVALUATE, "--columns", "resolvd=resolved"
    )
    assert run(*EVALUATE, "--columns", "accepted=responded").exit_code == 1  # for the row in error


def test_the_summary_can_be_grouped_by_several_columns() -> None:
    """Each of them once."""
    result = run(*EVALUATE, *AS_OF, "--by", "urgent, severity,urgent", "--json")
    groups = [line["group"] for line in json.loads(result.stdout)["groups"]]
    assert groups[0] == {"urgent": False, "severity": "high"}


def test_a_progress_bar_on_request() -> None:
    """On the standard error, so that the output stays clean."""
    shown = run(*EVALUATE, *AS_OF, "--progress")
    assert "evaluating" in shown.stderr
    assert "100%" in shown.stderr
    assert "evaluating" not in shown.stdout
    assert "evaluating" not in run(*EVALUATE, *AS_OF, "--no-progress").stderr


def test_a_progress_bar_of_a_log(folder: Path) -> None:
    """How much of the file is read."""
    log = "ticket,at,type,severity\n1,2024-05-03T16:00+02:00,created,low\n"
    (folder / "log.csv").write_text(log, "utf-8")
    shown = run("replay", "log.csv", *EVALUATE[2:], *AS_OF, "--progress").stderr
    assert "reading" in shown
    assert "100%" in shown


def test_a_report_is_a_page(folder: Path) -> None:
    """What is not in it is printed, and makes the status 1."""
    (folder / "tickets.csv").write_text(TICKETS.replace("2024-05-03T16:00+02:00,,,low", "x,,,low"))
    result = run("report", *EVALUATE[1:-1], "page.html", *AS_OF, "--title", "Our desk")
    assert result.exit_code == 1
    warning, read = result.stderr.splitlines()[:2]
    assert warning.startswith("Warning: no column says when visit starts (accepted)")
    assert read == "2 rows read, page.html written"
    assert result.stderr.splitlines()[-2] == "1 row could not be read (not in the report):"
    assert result.stderr.splitlines()[-1].startswith("  row 3: created: 'x' is not a time")
    assert "<title>Our desk" in (folder / "page.html").read_text("utf-8")
    assert "`slacalc evaluate --json`" in refused("report", *EVALUATE[1:], "--json")


def test_a_report_of_a_log_without_a_ticket_yet_is_a_page(folder: Path) -> None:
    """Of which a warning says why it is empty."""
    log = "ticket,at,type,severity\n1,2024-05-03T16:00+02:00,created,low\n"
    log += "1,2024-05-03T17:00+02:00,resolved,\n"
    (folder / "tickets.csv").write_text(log, "utf-8")
    page = ("report", *EVALUATE[1:-1], "page.html")
    early = run(*page, "--as-of", "2024-05-01T09:00+02:00")
    assert "Warning: all tickets were created after --as-of" in early.stderr
    assert "2 rows read, page.html written" in early.stderr
    assert (folder / "page.html").exists()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """For files, and for reports of them."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    result = run("report", *EVALUATE[1:], *AS_OF)
    assert 'pip install "slacalc[report]"' in result.output
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = CliRunner().invoke(cli.commands(), EVALUATE)
    assert (result.exit_code, 'pip install "slacalc[cli]"' in result.output) == (1, True)


def test_cells_that_a_spreadsheet_would_run_are_guarded_in_files(folder: Path) -> None:
    """And counted; on the standard output only on request, and in a file unless it is refused."""
    tickets = "created,severity,=note\n2024-05-03T16:00+02:00,low,+cmd\nx,low,@SUM\nx,low,-5\n"
    (folder / "tickets.csv").write_text(tickets, "utf-8")
    more = (*EVALUATE[:-1], "out.csv", *AS_OF, "--errors", "bad.csv", "--max-errors", "2")

    def cells(name: str) -> list[str]:
        rows = csv.DictReader(io.StringIO((folder / name).read_text("utf-8")))
        return [(row.get("'=note") or row["=note"]) for row in rows]

    printed = " ".join(run(*more).output.split())
    note = "4 cells that a spreadsheet could run as a formula written with ' before the text; --no-"
    assert note in printed
    assert (cells("out.csv"), cells("bad.csv")) == (["'+cmd"], ["'@SUM", "-5"])
    assert json.loads(run(*more, "--json").output)["guarded"] == 4
    assert "spreadsheet" not in run(*more, "--no-spreadsheet-safe").output
    assert (cells("out.csv"), cells("bad.csv")) == (["+cmd"], ["@SUM", "-5"])
    to_output = [part if part != "out.csv" else "-" for part in more]
    result = run(*to_output)
    assert ",+cmd," in result.stdout
    assert "2 cells that a spreadsheet" in result.stderr  # of the file of errors
    result = run(*to_output, "--spreadsheet-safe")
    assert ",'+cmd," in result.stdout
    assert "4 cells that a spreadsheet" in result.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")
@pytest.mark.parametrize("place", [1, 3, 5, 7, 9])
@pytest.mark.parametrize("command", ["evaluate", "replay", "report"])
def test_no_option_waits_for_a_pipe(folder: Path, command: str, place: int) -> None:
    """Be it read or written, also through a link."""
    os.mkfifo(folder / "pipe.csv")
    if command == "replay":
        log = "ticket,at,type,severity\n1,2024-05-03T16:00+02:00,created,low\n"
        (folder / "tickets.csv").write_text(log, "utf-8")
    typed = ["tickets.csv", "-p", "desk.toml", "-o", "out.csv", "--errors", "bad.csv"]
    if command == "report":
        typed[-2:] = ["--against", "unida"]
    if place < 8:
        typed[place - 1] = "pipe.csv"
    else:
        (folder / "link.toml").symlink_to(folder / "pipe.csv")
        typed[2] = "link.toml"
    before = sorted(path.name for path in folder.iterdir())
    assert "pipe" in refused(command, *typed, *AS_OF, status=1)
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("--missing", "\udcff", "'--missing': a text of a file has no bytes that are not UTF-8"),
        ("--output", "a\0.csv", "'--output': the name of a file has no null bytes"),
        ("--errors", "a\0.csv", "'--errors': the name of a file has no null bytes"),
        ("--policy", "\udcff\x1b", r"'\udcff\x1b' is not a file or a preset"),
        ("--columns", "created=\udcff", r"'\udcff' is not a column"),
        ("--by", "\udcff", r"'\udcff' is not an attribute"),
        ("--encoding", "\udcff", "is not a known encoding"),
        ("--delimiter", "\udcff", "cannot be the character between fields"),
    ],
)
def test_bytes_that_are_not_text_are_refused(option: str, text: str, message: str) -> None:
    """As Python passes them on from the command line."""
    assert message in " ".join(refused(*EVALUATE, *AS_OF, option, text).split())
