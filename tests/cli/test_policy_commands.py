"""check, deadline, explain, presets and schema: what they print, and what they refuse."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest

from slacalc import Policy, presets
from tests.cli.program import (
    DESK,
    FRIDAY,
    data,
    lines,
    place_of,
    refused,
    run,
    squeezed,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

# check --------------------------------------------------------------------------------------------


def test_what_was_tried_is_said(tmp_path: Path) -> None:
    """Of tags, of which there are many combinations, a sample."""
    rows = "".join(
        f'[[tables.all]]\nwhen = {{ tags = "t{row}" }}\n'
        f'targets = {{ resolution = "{30 - row} hours" }}\n'
        for row in range(20)
    )
    text = 'name = "desk"\n[attributes]\ntags = { kind = "tags" }\n[metrics.resolution]\n' + rows
    assert lines("check", write(tmp_path, text))[-1].endswith(
        "(tried tickets with samples of tags)"
    )


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


def test_every_fault_is_printed_with_its_position(tmp_path: Path) -> None:
    """One line each, which begins with file, line and column; status 1."""
    text = DESK.replace('stop = "responded"', "stop = 7").replace('"4 working', '"4 wroking')
    path = write(tmp_path, text)
    printed = refused("check", path, status=1).splitlines()
    places = [place_of(DESK, 'stop = "responded"'), place_of(DESK, "within ="), (32, 9)]
    starts = ["metrics.response.stop: ", "tables.standard[0].", "tables.standard[1]."]
    for line, place, start in zip(printed, places, starts, strict=False):
        assert line.startswith(f"{path}:{place[0]}:{place[1]}: error: {start}")
    assert printed[3:] == [f"{path}: 3 faults"]


def test_faults_without_a_position_are_at_the_beginning(tmp_path: Path) -> None:
    """In JSON, and where a file cannot be read; the other files are checked all the same."""
    path = write(tmp_path, '{"name": "desk", "colour": "red"}', "desk.json")
    result = run("check", str(tmp_path), path)
    assert result.exit_code == 1
    printed = result.output.splitlines()
    assert printed[0].startswith(f"{tmp_path}:1:1: error: the file cannot be read: ")
    assert any(line.startswith(f"{path}:1:1: error: colour: ") for line in printed)


def test_findings_are_printed_with_their_position(tmp_path: Path) -> None:
    """A warning passes, unless with --strict; the example follows on a line of its own."""
    path = write(tmp_path, DESK + '\n[[tables.standard]]\ntargets.visit = "1 hour"\n')
    result = run("check", path)
    assert result.exit_code == 0
    printed = result.output.splitlines()
    (index,) = (i for i, line in enumerate(printed) if "[unreachable-row]" in line)
    assert printed[index].startswith(f"{path}:36:10: warning: tables.standard[2]: ")
    assert printed[index + 1].startswith("    for example severity = ")
    assert printed[-1] == f"{path}: 1 warning, 2 notices (tried every kind of ticket)"
    assert run("check", "--strict", path).exit_code == 1


def test_findings_of_severity_error_fail(tmp_path: Path) -> None:
    """A calendar that is never open can keep no promise."""
    closed = DESK.replace('{ mon-fri = "9-17" }', '"closed"').replace('"9-12"', '"closed"')
    path = write(tmp_path, closed)
    assert f"{path}:3:12: error: calendars.office: " in refused("check", path, status=1)


def test_findings_of_a_version_have_its_position(tmp_path: Path) -> None:
    """A part of a version has its own position, and an inherited part that of the original."""
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
    command = (
        "deadline",
        "-p",
        desk,
        "--at",
        FRIDAY,
        "severity=high",
        "--since",
        f"accepted={FRIDAY}",
    )
    printed = lines(*command, columns=120)
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


def test_deadlines_in_chinese(desk: str) -> None:
    """All but what the policy and the ticket say."""
    command = ("deadline", "-p", desk, "--at", FRIDAY, "severity=high", "--language", "zh")
    printed = lines(*command, columns=120)
    assert printed[1] == "2024-05-03 周五 16:00 受理 (Europe/Paris)"
    assert [line.split("  ") for line in squeezed(printed[3:])] == [
        ["指标", "到期", "最后期限", "时限", "依据", "原因"],
        ["response", "2024-05-03 周五 16:30", "30 分钟", "standard[0]"],
        ["visit", "–", "2 个工作日", "standard[1]", "尚未开始：自 accepted 起算"],
        [
            "resolution",
            "2024-05-06 周一 12:00",
            "2024-05-06 周一 16:00",
            "4 个工作小时",
            "standard[0]",
        ],
    ]


def test_what_was_found_is_counted_in_chinese() -> None:
    """As the pages of findings count it."""
    assert lines("check", "mingdun", "--language", "zh")[-1].startswith(
        "mingdun: 3 个警告，1 个提示（"
    )


def test_deadlines_as_json(desk: str) -> None:
    """What the library answers, with the ticket as it was read."""
    answer = data("deadline", "-p", desk, "--at", FRIDAY, "severity=high", "urgent=true")
    assert answer["policy"] == "desk"
    assert answer["received_at"] == "2024-05-03T16:00:00+02:00"
    assert answer["ticket"] == {"severity": "high", "urgent": True}
    assert [(one["metric"], one["due"]) for one in answer["deadlines"]] == [
        ("response", "2024-05-03T16:30:00+02:00"),
        ("visit", None),
        ("resolution", "2024-05-06T12:00:00+02:00"),
    ]


def test_times_without_an_offset_need_a_zone(desk: str) -> None:
    """With --time-zone they are read there, also those of --since."""
    command = ("deadline", "-p", desk, "severity=low", "--at", "2024-05-03 16:00")
    assert "2024-05-03T16:00:00 has no time zone" in refused(*command)
    assert "--time-zone" in refused(*command)
    visit = data(*command, "--time-zone", "Asia/Tokyo", "--since", "accepted=2024-05-03T22:00")
    assert visit["received_at"] == "2024-05-03T09:00:00+02:00"
    assert visit["deadlines"][1]["due"] == "2024-05-07T15:00:00+02:00"
    given = data(*command[:-1], FRIDAY, "--time-zone", "Asia/Tokyo")
    assert given["received_at"] == "2024-05-03T16:00:00+02:00"


@pytest.mark.parametrize(
    ("at", "zone", "printed"),
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
def test_times_that_name_no_instant_are_refused(
    at: str, zone: str, printed: str, desk: str
) -> None:
    """A gap, a fold, a date, a zone that does not exist."""
    command = ("deadline", "-p", desk, "--at", at, "--time-zone", zone, "severity=low")
    assert printed in " ".join(refused(*command).split())


@pytest.mark.parametrize(
    ("typed", "printed"),
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
def test_names_that_were_typed_must_be_known(typed: list[str], printed: str, desk: str) -> None:
    """The library ignores unknown names, but a typed one is probably a mistake."""
    assert printed in refused("deadline", "-p", desk, "--at", FRIDAY, *typed)


def test_what_the_library_refuses_has_status_1(desk: str, tmp_path: Path) -> None:
    """A value that is not legal, a policy that is not in force, or one with faults."""
    printed = refused("deadline", "-p", desk, "--at", FRIDAY, "severity=hihg", status=1)
    assert printed.startswith("Error: 'hihg' is not a value of severity (high, low); did")
    later = write(tmp_path, "effective_from = 2030-01-01\n" + DESK, "later.toml")
    printed = refused("deadline", "-p", later, "--at", FRIDAY, status=1)
    assert "no version of desk is in force on 2024-05-03" in printed
    bad = write(tmp_path, "nam = 1\n" + DESK, "bad.toml")
    printed = refused("deadline", "-p", bad, "--at", FRIDAY, status=1)
    assert printed.startswith(f"{bad}:1:1: error: nam: ")


def test_answers_that_rely_on_unpublished_holidays_are_marked(desk: str) -> None:
    """By a question mark and a note; with --strict they are refused."""
    command = ("deadline", "-p", desk, "--at", "2026-12-31T16:00+01:00", "severity=low")
    printed = lines(*command, columns=120)
    assert "Fri 2027-01-01 12:00 ?" in printed[5]
    assert printed[-1] == "? provisional: holidays from 2027-01-01 on are not published yet"
    assert "omit --strict" in refused(*command, "--strict", status=1)


def test_offsets_are_shown_where_they_differ(desk: str) -> None:
    """Over the night of the clock change, wall times alone would not add up."""
    command = ("deadline", "-p", desk, "--at", "2024-03-29T16:00+01:00", "severity=low")
    printed = lines(*command, columns=120)
    assert printed[1] == "received Fri 2024-03-29 16:00 +0100 (Europe/Paris)"
    assert "Mon 2024-04-01 12:00 +0200" in printed[5]


def test_notes_stand_below_the_table() -> None:
    """What the ticket is entitled to, and whether it is covered."""
    mingdun = ("deadline", "-p", "mingdun", "--at", "2024-05-03T16:00+08:00", "fault-level=1")
    assert lines(*mingdun)[-2:] == ["", "entitled to spare-parts"]
    unida = ("deadline", "-p", "unida", "--at", "2024-05-03T16:00+08:00", "zone=province")
    assert lines(*unida)[-1].startswith("taken as covered: ")
    assert lines(*unida, "contract-from=2024-06-01")[-1].startswith("not covered")


# explain ------------------------------------------------------------------------------------------


def test_explanations(desk: str) -> None:
    """Of all metrics, or of one with where the time goes."""
    command = ("explain", "-p", desk, "--at", FRIDAY, "severity=high")
    assert lines(*command)[1] == (
        "response is due Fri 2024-05-03 16:30: 30 minutes from Fri 2024-05-03 16:00"
    )
    printed = lines(*command, "--metric", "resolution")
    assert printed[0].startswith("resolution is due Mon 2024-05-06 12:00: 4 working hours")
    assert "Fri 2024-05-03 17:00 → Sat 2024-05-04 00:00  closed" in "\n".join(printed)
    assert "did you mean 'resolution'?" in refused(*command, "--metric", "resolutoin")


def test_explanations_are_in_the_requested_language() -> None:
    """Holidays have names in Chinese: the Mid-Autumn Festival of 2024."""
    ticket = ("channel=on-site", "tier=bronze")
    command = ("explain", "-p", "kingdee-diexun", "--at", "2024-09-14T16:00+08:00", *ticket)
    assert "中秋节" in "\n".join(lines(*command, "--language", "zh"))
    assert "Mid-Autumn Festival" in "\n".join(lines(*command))


def test_explanations_as_json(desk: str) -> None:
    """The promises of each metric, and the account of its time."""
    command = ("explain", "-p", desk, "--at", FRIDAY, "severity=high", "--metric", "resolution")
    (answer,) = data(*command)
    assert [(one["outcome"], one["table"], one["row"]) for one in answer["promises"]] == [
        ("holds", "standard", 0)
    ]
    assert sum(row["seconds"] for row in answer["ledger"] if row["is_open"]) == 4 * 3600


# presets and schema -------------------------------------------------------------------------------


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


def test_a_file_of_any_name_can_be_checked(tmp_path: Path) -> None:
    """Its name is printed without characters that control a terminal, or are none."""
    for name in ("a\x1b[31m.toml", "b\udcff.toml", "c\n.toml"):
        path = tmp_path / name
        try:
            path.write_text(DESK + "x = 1", "utf-8")
        except (OSError, UnicodeError):  # not a name on this system
            continue
        for more in ((), ("--json",)):
            printed = refused("check", str(path), *more, status=1)
            assert all(line.isprintable() for line in printed.splitlines())
            assert printed.encode()


@pytest.mark.parametrize(
    ("at", "form"),
    [
        ("03.05.2024 16:00", "%d.%m.%Y %H:%M"),
        ("5/3/2024 4:00 PM", "%m/%d/%Y %I:%M %p"),
        ("3 May 2024 14:00:00 UTC", "%d %b %Y %H:%M:%S %Z"),
        ("1714744800", "epoch"),
        ("1714744800000", "epoch-ms"),
        ("45415.6666666667", "excel"),
    ],
)
def test_times_have_the_form_that_is_typed(tmp_path: Path, at: str, form: str) -> None:
    """And without it the error proposes it."""
    typed = ["deadline", "-p", write(tmp_path, DESK), "--time-zone", "Europe/Paris", "severity=low"]
    expected = data(*typed, "--at", FRIDAY, "--since", f"accepted={FRIDAY}")
    how = ["--at", at, "--since", f"accepted={at}", "--time-format", form]
    assert data(*typed, *how) == expected
    message = " ".join(refused(*typed, "--at", at).split())
    assert f"--time-format {shlex.quote(form)}" in message


def test_a_form_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    """With the one that would, or what is wrong with it."""
    typed = ["deadline", "-p", write(tmp_path, DESK), "--time-zone", "Europe/Paris"]
    message = " ".join(refused(*typed, "--at", "31.5.2024", "--time-format", "%m.%d.%Y").split())
    assert "'31.5.2024' is not a time in the form '%m.%d.%Y': try --time-format %d.%m.%Y" in message
    assert "has no year" in refused(*typed, "--at", "12:00", "--time-format", "%H:%M")
    naive = refused(
        "deadline", "-p", write(tmp_path, DESK), "--at", "3.5.2024", "--time-format", "%d.%m.%Y"
    )
    assert "--time-zone" in naive


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("desk.yaml", "not YAML: convert it"),
        ("desk.YML", "not YAML: convert it"),
        ("desk.xlsx", "not a workbook: write what it promises in TOML"),
    ],
)
def test_other_files_are_no_policies(tmp_path: Path, name: str, message: str) -> None:
    """With what to do."""
    path = write(tmp_path, "name: desk", name)
    assert message in " ".join(refused("check", path).split())


@pytest.mark.parametrize("name", ["lint", "validate"])
def test_commands_of_other_tools_point_to_ours(name: str) -> None:
    """Whatever follows them."""
    assert "use `slacalc check`" in refused(name, "desk.toml")
