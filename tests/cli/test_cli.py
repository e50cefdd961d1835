"""The command line: what it prints, what it refuses, and with which exit status."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import slacalc
from slacalc import Policy, cli, presets
from slacalc._time.zone_data import zone_data

if TYPE_CHECKING:
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


@pytest.fixture
def desk(tmp_path: Path) -> str:
    return write(tmp_path, DESK)


def write(folder: Path, text: str, name: str = "desk.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def place_of(text: str, part: str) -> tuple[int, int]:
    """The line and column where a part of a text first stands."""
    before = text[: text.index(part)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


# check --------------------------------------------------------------------------------------------


def test_a_clean_policy_passes(tmp_path: Path) -> None:
    """Status 0 and one line; of a JSON file too, and of a preset."""
    clean = (
        'name = "desk"\n[calendars.o]\ntime_zone = "UTC"\nweek = "always"\n'
        '[metrics.resolution]\nstop = "resolved"\n'
        '[[tables.standard]]\ntargets = { resolution = "4 hours" }\n'
    )
    path = write(tmp_path, clean)
    assert lines("check", path) == [f"{path}: no findings (tried every kind of ticket)"]
    text = Policy.from_toml(clean).to_json()
    as_json = write(tmp_path, text, "desk.JSON")
    assert lines("check", as_json)[0].startswith(f"{as_json}: no findings")
    assert lines("check", "itil-standard")[-1].startswith("itil-standard: ")


def test_every_fault_is_told_with_its_place(tmp_path: Path) -> None:
    """One line each, which begins with file, line and column; status 1."""
    text = DESK.replace('stop = "responded"', "stop = 7").replace('"4 working', '"4 wroking')
    path = write(tmp_path, text)
    told = refused("check", path, status=1).splitlines()
    places = [place_of(DESK, 'stop = "responded"'), place_of(DESK, "within ="), (32, 9)]
    starts = ["metrics.response.stop: ", "tables.standard[0].", "tables.standard[1]."]
    for line, place, start in zip(told, places, starts, strict=False):
        assert line.startswith(f"{path}:{place[0]}:{place[1]}: error: {start}")
    assert told[3:] == [f"{path}: 3 faults"]


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
    path = write(tmp_path, DESK + '\n[[tables.standard]]\ntargets.visit = "1 hour"\n')
    result = run("check", path)
    assert result.exit_code == 0
    told = result.output.splitlines()
    (index,) = (i for i, line in enumerate(told) if "[unreachable-row]" in line)
    assert told[index].startswith(f"{path}:36:10: warning: tables.standard[2]: ")
    assert told[index + 1].startswith("    for example severity = ")
    assert told[-1] == f"{path}: 1 warning, 1 notice (tried every kind of ticket)"
    assert run("check", "--strict", path).exit_code == 1


def test_findings_of_severity_error_fail(tmp_path: Path) -> None:
    """A calendar that is never open can keep no promise."""
    closed = DESK.replace('{ mon-fri = "9-17" }', '"closed"').replace('"9-12"', '"closed"')
    path = write(tmp_path, closed)
    assert f"{path}:3:12: error: calendars.office: " in refused("check", path, status=1)


def test_findings_of_a_version_stand_where_it_says_so(tmp_path: Path) -> None:
    """What a version says is found in it, and what it inherits where that is said."""
    version = (
        "\n[[versions]]\neffective_from = 2030-01-01\n"
        '\n[[versions.tables.vip]]\ntargets.response = "1 hour"\n'
        '\n[[versions.tables.vip]]\ntargets.visit = "1 hour"\ntargets.response = "2 hours"\n'
    )
    path = write(tmp_path, DESK + version)
    (report,) = data("check", path)
    assert (report["source"], report["faults"]) == (path, [])
    places = {one["path"]: (one["line"], one["column"]) for one in report["findings"]}
    assert places["versions[0].tables.vip[1].targets.response"] == (44, 9)
    assert places["versions[0].tables.standard[1].targets.visit"] == (33, 9)
    assert places["calendars.office"] == (3, 12)


def test_faults_as_json(tmp_path: Path) -> None:
    """Line and column, or null where there are none."""
    path = write(tmp_path, DESK.replace("[metrics.visit]", "[metric.visit]"))
    (report,) = data("check", path)
    assert report["findings"] == []
    fault = report["faults"][0]
    line, column = place_of(DESK, "[metrics.visit]")
    assert (fault["line"], fault["column"], fault["suggestions"]) == (line, column + 1, ["metrics"])
    assert data("check", str(tmp_path))[0]["faults"][0]["line"] is None


def test_a_name_that_is_neither_file_nor_preset_is_wrong_usage() -> None:
    """It suggests the preset that was meant."""
    assert "did you mean 'unida'?" in refused("check", "unidaa")
    assert "'nix.toml' is not a file or a preset" in refused("check", "nix.toml")
    assert "Missing argument 'FILE...'" in refused("check")


def test_a_file_on_one_line_is_read_as_a_file(tmp_path: Path) -> None:
    """The text is not taken for a path."""
    path = write(tmp_path, 'name = "desk" oops')
    assert f"{path}:1:15: error: this is not TOML" in refused("check", path, status=1)


# deadline -----------------------------------------------------------------------------------------


def test_deadlines_are_a_table(desk: str) -> None:
    """Friday 16:00, four working hours: one is left on Friday, three on Monday."""
    asked = (
        "deadline",
        "-p",
        desk,
        "--at",
        FRIDAY,
        "severity=high",
        "--since",
        f"accepted={FRIDAY}",
    )
    printed = lines(*asked, columns=120)
    assert printed[:3] == [
        "desk: severity = high, urgent = false",
        "received Fri 2024-05-03 16:00 (Europe/Paris)",
        "",
    ]
    assert [line.split("  ") for line in squeezed(printed[3:])] == [
        ["metric", "due", "limit", "within", "promised by"],
        ["response", "Fri 2024-05-03 16:30", "30 minutes", "standard[0]"],
        ["visit", "Tue 2024-05-07 16:00", "2 working days", "standard[1]"],
        [
            "resolution",
            "Mon 2024-05-06 12:00",
            "Mon 2024-05-06 16:00",
            "4 working hours",
            "standard[0]",
        ],
    ]


def squeezed(table: list[str]) -> list[str]:
    """A table's lines without its rule, and with two spaces between the columns."""
    return [re.sub(" {2,}", "  ", line) for line in table if not line.startswith("─")]


def test_a_table_that_is_too_wide_is_printed_row_by_row(desk: str) -> None:
    """Nothing is cut off, however narrow the terminal."""
    asked = ("deadline", "-p", desk, "--at", FRIDAY, "severity=low")
    assert lines(*asked, columns=30)[3:10] == [
        "response",
        "  due          Mon 2024-05-06 12:00",
        "  within       4 working hours",
        "  promised by  standard[1]",
        "visit",
        "  due          –",
        "  within       2 working days",
    ]
    wrapped = lines(*asked, columns=80)
    assert all(len(line) <= 80 for line in wrapped)
    assert wrapped[3].split() == ["metric", "due", "within", "promised", "by", "reason"]


def test_deadlines_as_json(desk: str) -> None:
    """What the library answers, with the ticket as it was read."""
    told = data("deadline", "-p", desk, "--at", FRIDAY, "severity=high", "urgent=true")
    assert told["policy"] == "desk"
    assert told["received_at"] == "2024-05-03T16:00:00+02:00"
    assert told["ticket"] == {"severity": "high", "urgent": True}
    assert [(one["metric"], one["due"]) for one in told["deadlines"]] == [
        ("response", "2024-05-03T16:30:00+02:00"),
        ("visit", None),
        ("resolution", "2024-05-06T12:00:00+02:00"),
    ]


def test_times_without_an_offset_need_a_zone(desk: str) -> None:
    """With --time-zone they are read there, also those of --since."""
    asked = ("deadline", "-p", desk, "severity=low", "--at", "2024-05-03 16:00")
    assert "2024-05-03T16:00:00 has no time zone" in refused(*asked)
    assert "--time-zone" in refused(*asked)
    visit = data(*asked, "--time-zone", "Asia/Tokyo", "--since", "accepted=2024-05-03T22:00")
    assert visit["received_at"] == "2024-05-03T09:00:00+02:00"
    assert visit["deadlines"][1]["due"] == "2024-05-07T15:00:00+02:00"
    given = data(*asked[:-1], FRIDAY, "--time-zone", "Asia/Tokyo")
    assert given["received_at"] == "2024-05-03T16:00:00+02:00"


@pytest.mark.parametrize(
    ("at", "zone", "told"),
    [
        ("2024-03-31T02:30", "Europe/Paris", "is skipped by the clocks of Europe/Paris"),
        ("2024-10-27T02:30", "Europe/Paris", "2024-10-27T02:30:00+02:00 or 2024-10-27T02:30:00+01"),
        ("2024-05-03", "Europe/Paris", "is a whole day"),
        ("20240503", "Europe/Paris", "is a whole day"),
        ("2024-W18-5", "Europe/Paris", "is a whole day"),
        ("1850-01-01T00:00", "UTC", "outside the supported years"),
        ("tomorrow", "Europe/Paris", "'tomorrow' cannot be read as an instant"),
        ("2024-05-03T16:00", "Europe/Pariss", "did you mean 'Europe/Paris'"),
    ],
)
def test_times_that_name_no_instant_are_refused(at: str, zone: str, told: str, desk: str) -> None:
    """A gap, a fold, a date, a zone that does not exist."""
    asked = ("deadline", "-p", desk, "--at", at, "--time-zone", zone, "severity=low")
    assert told in " ".join(refused(*asked).split())


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (
            ["severty=low"],
            "is not an attribute of the policy (severity, urgent); did you mean 'severity'?",
        ),
        (["colour=red"], "'colour' is not an attribute of the policy (severity, urgent)"),
        (["severity"], "'severity' is not of the form name=value"),
        (["severity=low", "severity=high"], "'severity' is given twice"),
        (
            ["--since", f"acepted={FRIDAY}"],
            "'acepted' is not an event that starts a metric of the policy",
        ),
        (["--since", "accepted=noon"], "'--since': 'noon' cannot be read as an instant"),
        (["--since", "accepted"], "'accepted' is not of the form name=value"),
    ],
)
def test_names_that_were_typed_must_be_known(typed: list[str], told: str, desk: str) -> None:
    """What the library would leave alone is a slip where a person typed it."""
    assert told in refused("deadline", "-p", desk, "--at", FRIDAY, *typed)


def test_what_the_library_refuses_has_status_1(desk: str, tmp_path: Path) -> None:
    """A value that is not legal, a policy that is not in force, or one with faults."""
    told = refused("deadline", "-p", desk, "--at", FRIDAY, "severity=hihg", status=1)
    assert told.startswith(
        "Error: 'hihg' is not a value of severity (high, low); did you mean 'high'?"
    )
    later = write(tmp_path, "effective_from = 2030-01-01\n" + DESK, "later.toml")
    told = refused("deadline", "-p", later, "--at", FRIDAY, status=1)
    assert "no version of desk is in force on 2024-05-03" in told
    bad = write(tmp_path, "nam = 1\n" + DESK, "bad.toml")
    told = refused("deadline", "-p", bad, "--at", FRIDAY, status=1)
    assert told.startswith(f"{bad}:1:1: error: nam: ")


def test_answers_that_rest_on_unpublished_holidays_are_marked(desk: str) -> None:
    """By a question mark and a note; with --strict they are refused."""
    asked = ("deadline", "-p", desk, "--at", "2026-12-31T16:00+01:00", "severity=low")
    printed = lines(*asked, columns=120)
    assert "Fri 2027-01-01 12:00 ?" in printed[5]
    assert printed[-1] == "? provisional: holidays from 2027-01-01 on are not published yet"
    assert "omit --strict" in refused(*asked, "--strict", status=1)


def test_offsets_are_shown_where_they_differ(desk: str) -> None:
    """Over the night of the clock change, wall times alone would not add up."""
    asked = ("deadline", "-p", desk, "--at", "2024-03-29T16:00+01:00", "severity=low")
    printed = lines(*asked, columns=120)
    assert printed[1] == "received Fri 2024-03-29 16:00 +0100 (Europe/Paris)"
    assert "Mon 2024-04-01 12:00 +0200" in printed[5]


def test_what_a_file_says_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """Control characters are escaped, whether in a promise or in a fault."""
    text = DESK.replace('"30 minutes"', '{ promise = "\\u001b[2J" }')
    path = write(tmp_path, text)
    printed = run("deadline", "-p", path, "--at", FRIDAY, "severity=high").output
    assert "\\x1b[2J" in printed
    assert "\x1b" not in printed
    path = write(tmp_path, text.replace("name = ", 'name = "desk"\n"a\\nb\\u001b" = '))
    assert "\x1b" not in refused("check", path, status=1)


def test_notes_stand_below_the_table() -> None:
    """What the ticket is entitled to, and whether it is covered."""
    mingdun = ("deadline", "-p", "mingdun", "--at", "2024-05-03T16:00+08:00", "fault-level=1")
    assert lines(*mingdun)[-2:] == ["", "entitled to spare-parts"]
    unida = ("deadline", "-p", "unida", "--at", "2024-05-03T16:00+08:00", "zone=province")
    assert lines(*unida)[-1].startswith("taken as covered: ")
    assert lines(*unida, "contract-from=2024-06-01")[-1].startswith("not covered")


def test_what_another_program_reads_is_not_broken_into_lines(
    desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row is a line, unless the environment says how wide lines are."""
    monkeypatch.delenv("COLUMNS", raising=False)
    asked = ["deadline", "-p", desk, "--at", FRIDAY, "severity=high"]
    printed = CliRunner(env={"FORCE_COLOR": None}).invoke(cli.commands(), asked).output
    assert len(printed.splitlines()) == 3 + 2 + 3


# explain ------------------------------------------------------------------------------------------


def test_explanations(desk: str) -> None:
    """Of all metrics, or of one with where the time goes."""
    asked = ("explain", "-p", desk, "--at", FRIDAY, "severity=high")
    assert lines(*asked)[1] == (
        "response is due Fri 2024-05-03 16:30: 30 minutes from Fri 2024-05-03 16:00"
    )
    told = lines(*asked, "--metric", "resolution")
    assert told[0].startswith("resolution is due Mon 2024-05-06 12:00: 4 working hours")
    assert "Fri 2024-05-03 17:00 → Sat 2024-05-04 00:00  closed" in "\n".join(told)
    assert "did you mean 'resolution'?" in refused(*asked, "--metric", "resolutoin")


def test_explanations_speak_the_language_asked_for() -> None:
    """Holidays have names in Chinese: the Mid-Autumn Festival of 2024."""
    ticket = ("channel=on-site", "tier=bronze")
    asked = ("explain", "-p", "kingdee-diexun", "--at", "2024-09-14T16:00+08:00", *ticket)
    assert "中秋节" in "\n".join(lines(*asked, "--language", "zh"))
    assert "Mid-Autumn Festival" in "\n".join(lines(*asked))


def test_explanations_as_json(desk: str) -> None:
    """The promises of each metric, and the account of its time."""
    asked = ("explain", "-p", desk, "--at", FRIDAY, "severity=high", "--metric", "resolution")
    (told,) = data(*asked)
    assert [(one["outcome"], one["table"], one["row"]) for one in told["promises"]] == [
        ("holds", "standard", 0)
    ]
    assert sum(row["seconds"] for row in told["ledger"] if row["is_open"]) == 4 * 3600


# calendar show ------------------------------------------------------------------------------------


def test_a_year_at_a_glance() -> None:
    """September and October 2024 in China: make-up Saturdays and Sundays, and the days off."""
    asked = ("calendar", "show", "--country", "CN", "--year", "2024")
    printed = lines(*asked, columns=80)
    assert printed[0] == "CN, 2024"
    assert printed[2].split() == ["January", "February", "March"]
    narrow = lines(*asked, columns=30)
    begins = narrow.index("      September")
    assert narrow[begins + 1] == "Mo Tu We Th Fr Sa Su"
    assert narrow[begins + 2] == "                   1"
    assert narrow[begins + 4].startswith(" 9 10 11 12 13 14+15")
    assert narrow[begins + 5] == "16*17*18 19 20 21 22"
    assert narrow[begins + 6] == "23 24 25 26 27 28 29+"
    assert "+  Sat 14 Sep               working day for 2024-09-16" in printed
    assert lines(*asked, columns=50)[2].split() == ["January", "February"]
    assert lines(*asked, columns=200)[2].split() == ["January", "February", "March"]


def test_the_legend_counts_the_signs(desk: str) -> None:
    """262 weekdays of 2024, but three of the five days off; exceptions are told apart."""
    old = Path(desk).read_text("utf-8").replace("2026-", "2024-")
    Path(desk).write_text(old, encoding="utf-8")
    printed = lines("calendar", "show", "-p", desk, "--year", "2024")
    assert printed[0] == "desk, calendar office, 2024"
    assert any("10x11x" in line for line in printed)
    assert any("24!" in line for line in printed)
    assert "! 1 special hours   x 5 closed by exception   259 working days in all" in printed
    assert printed[-2:] == [
        "x  Sat 10 Aug – Wed 14 Aug  Works holiday",
        "!  Tue 24 Dec               Christmas Eve: 09:00-12:00",
    ]


def test_a_year_of_a_policy_follows_its_versions(tmp_path: Path) -> None:
    """From the first of July 2030 on Fridays are free and Sundays are not."""
    version = (
        "\n[[versions]]\neffective_from = 2030-07-01\n"
        '[versions.calendars.office]\ntime_zone = "Europe/Paris"\nweek = { sun-thu = "9-17" }\n'
    )
    path = write(tmp_path, DESK + version)
    days = {
        one["date"]: one for one in data("calendar", "show", "-p", path, "--year", "2030")["days"]
    }
    assert len(days) == 365
    kinds = [days[day]["kind"] for day in ("2030-06-28", "2030-06-30", "2030-07-05", "2030-07-07")]
    assert kinds == ["working-day", "weekend", "weekend", "working-day"]


def test_a_year_as_json() -> None:
    """Each date with its kind and name, and from when on the names are a guess."""
    told = data("calendar", "show", "--country", "US", "--subdivision", "CA", "--year", "2026")
    assert (told["calendar"], told["year"], told["provisional_from"]) == ("US-CA", 2026, None)
    assert told["days"][0] == {
        "date": "2026-01-01",
        "kind": "holiday",
        "name": "New Year's Day",
        "is_working": False,
    }
    (chavez,) = (day for day in told["days"] if day["date"] == "2026-03-31")
    assert chavez["kind"] == "holiday"  # Cesar Chavez Day, in California


def test_the_hours_of_a_country_may_be_given() -> None:
    """By a week such as a person types it; in Israel from Sunday to Thursday."""
    week = ("--week", "sun-thu 9-17; fri: 9-12")
    told = data("calendar", "show", "--country", "IL", "--year", "2026", *week)
    kinds = {one["date"]: one["kind"] for one in told["days"]}
    days = ("2026-01-02", "2026-01-03", "2026-01-04")  # a Friday, a Saturday, a Sunday
    assert [kinds[day] for day in days] == ["working-day", "weekend", "working-day"]
    always = data("calendar", "show", "--country", "IL", "--year", "2026", "--week", "always")
    assert "weekend" not in {one["kind"] for one in always["days"]}


def test_unpublished_holidays_are_told(desk: str) -> None:
    """Below the months."""
    printed = lines("calendar", "show", "-p", desk, "--year", "2027")
    assert printed[-1] == "provisional: holidays from 2027-01-01 on are not published yet"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ([], "either --country CODE or --policy"),
        (["--country", "CN", "-p", "unida"], "either --country CODE or --policy"),
        (["--country", "CN", "--calendar", "office"], "give --policy as well"),
        (["-p", "unida", "--week", "always"], "go with --country"),
        (["--country", "cn"], "'--country': 'cn' is not a country"),
        (["--country", "US", "--subdivision", "ZZ"], "'--subdivision': 'ZZ' is not a subdivision"),
        (["--country", "CN", "--time-zone", "Mars"], "'--time-zone': 'Mars' is not a time zone"),
        (["--country", "CN", "--week", "mon-fri"], "'--week': 'mon-fri' is not days and hours"),
        (["--country", "CN", "--week", "mon 9-12; mon 13-17"], "'mon' is given twice"),
        (["--country", "CN", "--week", "mon 9-25"], "'--week': '25' in '9-25' is not a time"),
        (["-p", "mingdun", "--calendar", "ofice"], "did you mean 'office'?"),
    ],
)
def test_calendars_that_cannot_be_read_are_refused(typed: list[str], told: str) -> None:
    """Each message names the option that is wrong."""
    assert told in refused("calendar", "show", "--year", "2026", *typed)


def test_one_of_several_calendars_must_be_named(tmp_path: Path) -> None:
    """Unless the policy says which one counts by default."""
    second = '[calendars.night]\ntime_zone = "UTC"\nweek = "always"\n\n[attributes]'
    text = DESK.replace("[attributes]", second).replace("stop ", 'calendar = "office"\nstop ')
    path = write(tmp_path, text)
    told = refused("calendar", "show", "-p", path, "--year", "2026")
    assert "'--calendar': name a calendar of the policy (office, night)" in told
    asked = ("calendar", "show", "-p", path, "--year", "2026", "--calendar", "night")
    assert lines(*asked)[0] == "desk, calendar night, 2026"


# presets, schema, and the rest --------------------------------------------------------------------


def test_presets_are_listed_and_printed() -> None:
    """With their titles; the text of one is the text of its file."""
    printed = lines("presets")
    assert squeezed(printed)[0].split() == ["name", "title"]
    assert [line.split()[0] for line in squeezed(printed)[1:]] == list(presets.names())
    assert {"name": "unida", "title": "UNIDA IT services in Yunnan"} in data("presets")
    assert run("presets", "unida").output == presets.text("unida")
    assert data("presets", "unida") == presets.load("unida").to_dict()
    assert "did you mean 'unida'?" in refused("presets", "unidaa")


def test_the_schema_is_printed() -> None:
    """As the library gives it."""
    assert json.loads(run("schema").output) == Policy.json_schema() == data("schema")


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
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("slacalc", run_name="__main__")
    lines = f"slacalc, version {slacalc.__version__}\ntime zones: {zone_data()}\n"
    assert capsys.readouterr().out == lines * 2


def test_errors_of_the_system_are_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read has status 1, and no traceback."""

    def unreadable(_: str) -> str:
        raise PermissionError(13, "Permission denied", "unida.toml")

    monkeypatch.setattr(presets, "text", unreadable)
    assert "Permission denied" in refused("presets", "unida", status=1)


def started(*args: str, **env: str) -> subprocess.Popen[bytes]:
    """The program in a process of its own."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "slacalc", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "80", **env},
    )


def test_the_program_runs() -> None:
    """Answers go to the standard output, errors to the standard error."""
    out, err = started("presets", "unida").communicate()
    assert (out.decode().replace("\r\n", "\n"), err) == (presets.text("unida"), b"")
    failing = started("deadline", "-p", "unida", "--at", "2024-05-03T16:00")
    out, err = failing.communicate()
    assert (out, failing.returncode) == (b"", 2)
    assert b"has no time zone" in err
    assert b"Traceback" not in err


def test_what_the_output_cannot_show_is_escaped() -> None:
    """A terminal in ASCII gets no traceback."""
    asked = ("calendar", "show", "--country", "CN", "--language", "zh", "--year", "2026")
    program = started(*asked, PYTHONIOENCODING="ascii")
    out, err = program.communicate()
    assert (err, program.returncode) == (b"", 0)
    assert rb"\u6625\u8282" in out


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
