"""init: the example of each desk holds what it shows, and nothing is overwritten.

What is expected of the tickets is worked out by hand: a line for each ticket, with its number, and
for each metric the state and the due date.
"""

from __future__ import annotations

import csv
import os
import pty
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import slacalc
from slacalc._i18n import languages
from tests.cli.program import data, lines, refused, run

DESKS = Path(slacalc.__file__).parent / "_cli" / "desks"
EXPECTED = {
    # 9-17 in Paris; Monday 25 May is Pentecost Monday. It is Wednesday 27 May, 12:00.
    "office": """
        1  met      05-18 11:00  met      05-19 10:00  # 7 hours on Monday, 1 on Tuesday
        2  breached 05-20 09:30  met      05-20 16:30  # half an hour on Tuesday
        3  met      05-20 15:00  met      05-26 11:00  # Thursday, Friday, and not Monday: Tuesday
        4  met      05-26 11:00  running  05-28 15:00  # 2 hours on Friday, 2 on Tuesday
        5  met      05-26 10:00  breached 05-26 17:00  # on a Saturday; all of Tuesday
        6  running  05-28 09:30  running  06-03 17:00  # 28, 29 May, 1, 2 and 3 June
    """,
    "24x7": """
        1  met      05-23 02:25  met      05-23 06:10
        2  breached 05-25 00:05  met      05-25 03:50
        3  met      05-25 15:00  breached 05-25 22:00
        4  met      05-26 17:00  running  06-02 09:00  # from Tuesday 09:00
        5  running  05-27 12:05  running  05-27 15:50
    """,
    # By the clock of Berlin: Sydney 01-10, Berlin 08-17, New York 14-01. On Monday 25 May Berlin
    # and New York are closed.
    "follow-the-sun": """
        1  met      05-22 21:00  met      05-25 04:00  # 5 hours on Friday night, 3 in Sydney
        2  breached 05-26 01:30  met      05-26 08:30  # half an hour in Sydney on Monday
        3  met      05-26 12:00  running  05-28 08:00  # from Tuesday 08:00
        4  met      05-22 21:00  running  05-27 17:00  # 11:00 in New York on Tuesday and Wednesday
        5  met      05-22 08:00  breached 05-26 04:00  # 12:00 in Sydney on Monday and Tuesday
    """,
    # 8:30-12, 13-17:30; closed from 1 to 5 May, and Saturday 9 May is a working day.
    "china": """
        1  met      04-30 17:00  met      05-06 16:00  # 1½ hours before the holidays, 6½ after
        2  breached 05-06 09:30  met      05-06 17:30
        3  met      05-08 11:00  breached 05-09 16:00  # Friday and Saturday
        4  met      05-09 10:00  running  05-11 15:00  # 2½ hours on Friday, 1½ on Saturday
        5  running  05-11 13:30  running  05-12 11:30
    """,
}
in_each_language = pytest.mark.parametrize("language", languages())
of_each_desk = pytest.mark.parametrize("desk", EXPECTED)


@in_each_language
@of_each_desk
def test_a_desk_passes_the_check_and_its_commands_run(
    desk: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a new folder with a space in its name; tickets are met, breached and running."""
    monkeypatch.chdir(tmp_path)
    printed = lines("init", "my desk", "--desk", desk, "--language", language)
    clean = {
        "en": "no findings (tried every kind of ticket)",
        "zh": "没有发现问题（已检验每一种工单）",
    }
    assert printed[0] == f"{Path('my desk', 'policy.toml')}: {clean[language]}"
    commands = [shlex.split(line) for line in printed if line.startswith("  slacalc ")]
    assert [command[1] for command in commands] == ["evaluate", "report"]
    for command in commands:
        assert not re.search("error", "\n".join(lines(*command[1:])))
    with (tmp_path / "my desk" / "evaluated.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    expected = [line.partition("#")[0].split() for line in EXPECTED[desk].strip().splitlines()]
    for row, (number, *answers) in zip(rows, expected, strict=True):
        assert row["ticket"] == number
        for metric, (state, *due) in {"response": answers[:3], "resolution": answers[3:]}.items():
            assert (number, row[f"{metric}_state"]) == (number, state)
            assert row[f"{metric}_due"].startswith(f"2026-{'T'.join(due)}")
    page = (tmp_path / "my desk" / "report.html").read_text("utf-8")
    assert tomllib.loads((tmp_path / "my desk" / "policy.toml").read_text("utf-8"))["title"] in page
    assert f'lang="{language}' in page


@of_each_desk
def test_policies_differ_between_languages_in_words_alone(desk: str) -> None:
    """Only in the title and in comments, of which there are as many."""
    english = (DESKS / f"{desk}.toml").read_text("utf-8")
    for language in set(languages()) - {"en"}:
        text = (DESKS / f"{desk}.{language}.toml").read_text("utf-8")
        whole, other = tomllib.loads(english), tomllib.loads(text)
        assert whole.pop("title") != other.pop("title")
        assert other == whole
        comments = [line for line in text.splitlines() if line.startswith("#")]
        assert not {*comments} & {*english.splitlines()} - {"# slacalc check policy.toml"}
        assert text.count("#") == english.count("#")


def test_every_desk_has_its_files() -> None:
    """And there are no others."""
    endings = [f".{code}.toml" for code in languages() if code != "en"] + [".toml", ".csv"]
    assert {path.name for path in DESKS.iterdir()} == {
        f"{desk}{ending}" for desk in EXPECTED for ending in endings
    }


def test_the_language_of_the_locale_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For comments, and for what is printed, unless another one is typed."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "接下来" in "\n".join(lines("init", str(tmp_path / "a"), "--desk", "china"))
    assert (tmp_path / "a" / "policy.toml").read_text("utf-8").startswith("# 国内服务台")
    lines("init", str(tmp_path / "b"), "--desk", "china", "--language", "en")
    assert (tmp_path / "b" / "policy.toml").read_text("utf-8").startswith("# A desk in China")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    lines("init", str(tmp_path / "c"), "--desk", "china")
    assert (tmp_path / "c" / "policy.toml").read_text("utf-8").startswith("# A desk in China")


@pytest.mark.parametrize("name", ["policy.toml", "tickets.csv"])
def test_nothing_is_overwritten(name: str, tmp_path: Path) -> None:
    """One file that is there, even a link to nowhere, and neither is written."""
    (tmp_path / name).symlink_to(tmp_path / "nowhere")
    message = refused("init", str(tmp_path), "--desk", "office")
    assert f"{tmp_path / name} exists and stays as it is: give another folder" in message
    assert [path.name for path in tmp_path.iterdir()] == [name]
    (tmp_path / name).unlink()
    (tmp_path / "notes.txt").write_text("kept", "utf-8")
    lines("init", str(tmp_path), "--desk", "office")
    assert (tmp_path / "notes.txt").read_text("utf-8") == "kept"


def test_here_and_in_odd_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without DIR in this folder; in folders of folders; and where the name is like an option."""
    monkeypatch.chdir(tmp_path)
    printed = lines("init", "--desk", "office")
    assert " tickets.csv --policy policy.toml " in printed[-1]
    lines("init", "new/folder", "--desk", "office")
    assert (tmp_path / "new" / "folder" / "tickets.csv").exists()
    (command,) = (
        line for line in lines("init", "--desk", "office", "--", "-p") if "slacalc evaluate" in line
    )
    lines(*shlex.split(command)[1:])
    message = refused("init", "policy.toml/desk", "--desk", "office")
    assert f"{Path('policy.toml', 'desk')} is not a folder" in message


def test_the_holidays_of_another_country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its time zone: in Bavaria Thursday, 4 June, is Corpus Christi; in France it is not."""
    monkeypatch.chdir(tmp_path)
    typed = ("--country", "DE-BY", "--time-zone", "Europe/Berlin")
    printed = lines("init", "--desk", "office", *typed)
    assert "--time-zone Europe/Berlin " in printed[-1]
    ticket = ("deadline", "-p", "policy.toml", "--at", "2026-06-03T15:00+02:00", "priority=high")
    assert re.search(r"resolution  Fri 2026-06-05 15:00", "\n".join(lines(*ticket)))
    for desk_name in ("follow-the-sun", "china"):
        assert "of its own" in refused("init", "x", "--desk", desk_name, *typed)
    for wrong, message in (
        (("--country", "DE"), "give both --country and --time-zone"),
        (("--time-zone", "Europe/Berlin"), "give both --country and --time-zone"),
        (("--country", "DEE", "--time-zone", "Europe/Berlin"), "'--country': 'DEE' is not"),
        (("--country", "DE", "--time-zone", "Europe/Berln"), "mean 'Europe/Berlin'"),
    ):
        assert message in refused("init", "x", "--desk", "24x7", *wrong)
    assert not (tmp_path / "x").exists()


def test_a_desk_has_to_be_chosen(tmp_path: Path) -> None:
    """Elsewhere than in a terminal desks are listed; a name that is nearly right is proposed."""
    for typed in ((), ("--json",)):
        message = refused("init", str(tmp_path / "x"), *typed)
        assert all(desk in message for desk in EXPECTED)
        assert "choose one of these desks, as in `slacalc init DIR --desk office`" in message
    assert "did you mean 'office'?" in refused("init", str(tmp_path / "x"), "--desk", "ofice")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("typed", "status"),
    [(b"24x7\n", 0), (b"1\n24/7\n24x7\n", 0), (b"\x04", 2)],
    ids=["24x7", "after wrong words", "end"],
)
def test_in_a_terminal_the_desk_is_asked_for(typed: bytes, status: int, tmp_path: Path) -> None:
    """Whatever is typed there counts as if it had been given."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "slacalc", "init", str(tmp_path / "x")],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    ) as process:
        os.close(theirs)
        seen = b""
        while b"--desk " not in seen:
            seen += os.read(ours, 1000)
        os.write(ours, typed)
        while process.poll() is None:
            try:
                seen += os.read(ours, 1000)
            except OSError:  # the other end is closed
                break
    os.close(ours)
    assert process.returncode == status, seen
    assert (tmp_path / "x" / "policy.toml").exists() == (status == 0)
    assert b"mistake of slacalc" not in seen


def test_files_are_named_in_json(tmp_path: Path) -> None:
    """With the result of the check, and commands as lists of words."""
    answer = data("init", str(tmp_path), "--desk", "office")
    assert answer["files"] == [str(tmp_path / "policy.toml"), str(tmp_path / "tickets.csv")]
    assert (answer["check"]["faults"], answer["check"]["findings"]) == ([], [])
    for command in answer["commands"]:
        assert run(*command[1:]).exit_code == 0
