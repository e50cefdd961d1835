"""What the page "What it promises" says of data: none of it is run, opened or sent.

A program of its own reads hostile documents, clocks, tables and files, and every event of Python's
audit hooks while it does so is looked at. What it reads names code, files and hosts in each place.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zoneinfo
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from slacalc import Calendar, Policy, SlacalcError
from tests.cli.program import DESK

if TYPE_CHECKING:
    from collections.abc import Callable

Events: TypeAlias = tuple[list[tuple[str, list[str]]], Path]

PROGRAM = r"""
import json, sys
from pathlib import Path

import holidays, jinja2, pandas, pyarrow.parquet
from click.testing import CliRunner
from slacalc import Calendar, Clock, Event, Holidays, Policy, SlacalcError, bulk, presets, report
from slacalc.cli import commands

desk, canary = Path("desk.toml").read_text(), str(Path("canary").absolute())
AT = "2024-05-03T16:00+02:00"
TEXTS = [
    canary, "../canary", "canary", "file://" + canary, "http://127.0.0.1:9/x", "//127.0.0.1/x",
    "__import__('os').mkdir('made')", "{0.__class__.__mro__}", "{{ 7 * 7 }}",
    "{% import 'canary' %}", "%s%n", "$(touch made)", "`touch made`", "@canary",
    "!!python/object/apply:os.mkdir [made]",
]
KINDS = (
    "socket", "subprocess", "os", "open", "exec", "compile", "import", "pickle", "ctypes",
    "urllib", "marshal", "http", "ftplib", "smtplib", "code",
)

def attempt(action, *args, **more):
    try:
        return action(*args, **more)
    except SlacalcError:
        return None

def read_all(text):
    data, hours = Policy.from_toml(desk).to_dict(), {"time_zone": "UTC", "week": "always"}
    for change in (
        {"name": text}, {"title": text, "description": text, "source": text}, {text: text},
        {"calendars": {"office": hours | {"time_zone": text}}},
        {"calendars": {"office": hours | {"holidays": text}}},
        {"calendars": {"office": hours | {"holidays": {"country": text}}}},
        {"calendars": {"office": hours | {"holidays": {"country": "DE", "subdivision": text}}}},
        {"calendars": {"office": hours | {"week": text}}},
        {"attributes": {"severity": [text, "high"]}},
    ):
        policy = attempt(Policy.from_dict, data | change)
        if policy is not None:
            attempt(policy.deadlines, {"severity": text}, AT)
            attempt(policy.lint)
            attempt(policy.to_html)
            attempt(lambda: Policy.from_toml(policy.to_toml()))
    attempt(Policy.from_json, json.dumps(data | {"include": text, "$ref": text, "extends": text}))
    attempt(Calendar.from_dict, hours | {"time_zone": text})
    attempt(Calendar.from_dict, hours | {"holidays": {"ical": text}})
    attempt(Holidays.from_ical, "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nDTSTART;TZID=" + text
            + ":20240506T000000\nSUMMARY:" + text + "\nATTACH:" + text + "\nURL:" + text
            + "\nEND:VEVENT\nEND:VCALENDAR\n")
    attempt(presets.load, text)
    policy = Policy.from_toml(desk)
    attempt(policy.to_html, language=text)
    clock = policy.open({"severity": "high", "note": text}, AT)
    clock = clock.apply(Event("2024-05-03T16:10+02:00", "note", text=text, url=text))
    stored = clock.to_dict()
    attempt(Clock.from_dict, stored | {"policy": text})
    attempt(Clock.from_dict, json.loads(json.dumps(stored).replace("severity", text)))
    clock.status("2024-05-06T16:00+02:00").to_html()
    tickets = {"created": [AT, AT], "severity": ["low", text], "resolved": [None, text]}
    attempt(bulk.evaluate, policy, pandas.DataFrame(tickets), AT, errors="column")
    tickets |= {"severity": ["low", "high"], "resolved": [AT, AT], "x": [text] * 2}
    html = report.page(policy, tickets, AT, by="x", title=text, unread={9: text})
    if text == "{{ 7 * 7 }}":
        assert text in html and ">49<" not in html
    rows = [["created", "severity", "resolved", text], [AT, text, text, text], [AT, "low", "", ""]]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    Path("in.csv").write_text("\n".join(quoted))
    for command, out in (("evaluate", "out.csv"), ("report", "out.html")):
        typed = [command, "in.csv", "-p", "desk.toml", "-o", out, "--as-of", AT, "--by", "severity"]
        CliRunner().invoke(commands(), typed)

read_all("harmless")  # so that everything is imported
import slacalc._calendar.date_forms  # which no harmless date needs
seen = []
def hook(name, args):
    if name.partition(".")[0] in KINDS:
        seen.append((name, [str(arg)[:300] for arg in args[:3]]))
sys.addaudithook(hook)
for text in TEXTS:
    read_all(text)
found, seen = seen, []
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Events:
    """What Python did while everything was read, and in which folder."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "desk.toml").write_text(DESK, "utf-8")
    (folder / "canary").write_text("name = 'canary'", "utf-8")
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stderr.decode()
    return [(name, args) for name, args in json.loads(result.stdout)], folder


def test_nothing_of_data_is_run(events: Events) -> None:
    """No program is started, no code compiled, nothing unpickled, no module of data loaded."""
    names = {name for name, _ in events[0]}
    assert not names & {"os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "os.fork"}
    assert not {name for name in names if name.startswith(("pickle", "marshal.loads", "ctypes"))}
    assert not (events[1] / "made").exists()
    run = [args[0] for name, args in events[0] if name in ("exec", "compile")]
    assert not [code for code in run if "canary" in code or "made" in code or "7 * 7" in code]
    modules = [args[0] for name, args in events[0] if name == "import"]
    assert not [module for module in modules if "canary" in module]


def test_no_file_is_named_by_data(events: Events) -> None:
    """Those that are opened were given to a call, or belong to Python and its packages."""
    opened = [args for name, args in events[0] if name == "open"]
    assert opened
    # The name of a zone is looked up in the database of zones, and there only.
    zones = [Path(str(files("tzdata"))) / "zoneinfo", *map(Path, zoneinfo.TZPATH)]
    named = [args[0] for args in opened if "canary" in args[0] or "made" in args[0]]
    for path in named:
        assert any(Path(path).resolve().is_relative_to(folder.resolve()) for folder in zones)
    own = [args[0] for args in opened if args[0].startswith(str(events[1])) or args[0][0] != "/"]
    assert {name.rpartition("/")[2] for name in own if ".part" not in name} <= {
        "desk.toml",
        "in.csv",
    }


def test_nothing_is_sent(events: Events) -> None:
    """No name of a host is looked up, and no socket is opened."""
    network = ("socket", "urllib", "http", "ftplib", "smtplib")
    assert not [name for name, _ in events[0] if name.startswith(network)]


@pytest.mark.parametrize(
    "read",
    [
        lambda: Calendar("UTC", "always", holidays=[{"dates": ["1900-01-01..2200-12-31"]}] * 100),
        lambda: Calendar("UTC", {"mon" + " " * 20_000 + "x": "9-17"}),
        lambda: Calendar("UTC", {"mon": "9" + " " * 20_000 + "x"}),
        lambda: Policy.from_toml('name = "' + '\\"' * 200_000),
        lambda: Policy.from_toml("a = " + "[" * 100_000),
        lambda: Policy.from_json("\n" + '{"a":' * 100_000),
        lambda: Policy.from_toml("a.b.c = 1\n" * 40_000),
        lambda: Policy.from_toml(DESK + f"\n[tables.'{'x' * 400_000}']\na = 1\n"),
    ],
)
def test_hostile_text_costs_little(read: Callable[[], Any]) -> None:
    """It is refused, or read, within a second or two of processor time."""
    start = time.process_time()
    with pytest.raises(SlacalcError):
        read()
    assert time.process_time() - start < 2
