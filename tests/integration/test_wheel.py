"""The wheel, installed into bare environments: each door with its extra alone, and the types.

Other tests run from the checkout, with everything installed; a file that the wheel lacks, or an
import that an extra does not bring, is seen here alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import slacalc

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BEGIN = """\
from slacalc import Calendar, Holidays, Policy, presets
office = Calendar("Europe/Berlin", {"mon-fri": "9-17"}, holidays="DE")
itil = presets.load("itil-standard")
"""
# Of each door what only its extra brings; Friday 15:00 and four hours are Monday 11:00.
DOORS = {
    "bulk": """
        import numpy as np
        from slacalc import bulk
        due = bulk.add(office, np.array(["2026-06-05T13:00"], "M8[us]"), "4h")
        assert str(due[0])[:16] == "2026-06-08T09:00", due
    """,
    "sql": """
        from slacalc import sql
        assert "desk" in sql.elapsed("desk", "created", "closed", dialect="postgres")
    """,
    "duckdb": """
        import duckdb
        from slacalc.duckdb import register
        connection = duckdb.connect()
        register(connection, office)
        query = "SELECT sla_add(TIMESTAMPTZ '2026-06-05 15:00:00+02', '4h')"
        assert connection.execute(query).fetchone()[0].isoformat().startswith("2026-06-08")
    """,
    "cli": """
        import json, pathlib, subprocess, sys
        slacalc = pathlib.Path(sys.executable).with_name("slacalc")
        pathlib.Path("t.csv").write_text("created,impact,urgency\\n2026-06-05T13:00Z,high,low\\n")
        for typed in ("presets", "evaluate t.csv -p itil-standard -o o.csv --jobs 2"):
            subprocess.run([slacalc, *typed.split()], check=True)
        init = [slacalc, "init", "desk", "--desk", "office", "--language", "zh", "--json"]
        done = json.loads(subprocess.run(init, check=True, capture_output=True).stdout)
        for _, *typed in done["commands"]:
            subprocess.run([slacalc, *typed], check=True)
        assert "resolution_due" in pathlib.Path("o.csv").read_text()
    """,
    "report": """
        from slacalc import report
        answers = {"response_state": ["met", "breached"], "response_due": [None, None]}
        assert report.attainment(answers)["total"] == [2]
        import jinja2
    """,
    "plot": """
        import matplotlib
        matplotlib.use("agg")
        from slacalc import plot
        plot.calendar(office, 2026).savefig("year.png")
    """,
    "django": """
        import django
        from django.conf import settings
        settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "slacalc.django"])
        django.setup()
        from slacalc.django import models
    """,
    "ical": """
        event = "BEGIN:VEVENT\\r\\nDTSTART;VALUE=DATE:20260608\\r\\nSUMMARY:Off\\r\\nEND:VEVENT"
        feed = f"BEGIN:VCALENDAR\\r\\n{event}\\r\\nEND:VCALENDAR\\r\\n"
        off = Calendar("Europe/Berlin", {"mon-fri": "9-17"}, holidays=Holidays.from_ical(feed))
        assert off.add("2026-06-05T15:00+02:00", "4h").isoformat()[:10] == "2026-06-09"
    """,
    "sqlalchemy": """
        from slacalc.sqlalchemy import ClockType
    """,
    "excel,cli": """
        import pathlib, subprocess, sys
        slacalc = pathlib.Path(sys.executable).with_name("slacalc")
        pathlib.Path("t.csv").write_text("created,impact,urgency\\n2026-06-05T13:00Z,high,low\\n")
        typed = "evaluate t.csv -p itil-standard -o o.xlsx"
        subprocess.run([slacalc, *typed.split()], check=True)
    """,
}
# In an environment without extras: what works all the same, and which extra each door asks for.
BARE = """
import importlib, subprocess, sys
assert office.add("2026-06-05T15:00+02:00", "4h").isoformat() == "2026-06-08T11:00:00+02:00"
due = itil.deadlines({"impact": "high", "urgency": "low"}, "2026-06-05T13:00+00:00")
assert "工作" in str(due.explain(language="zh"))
assert "itil-standard" in presets.names()
asked = {"contract": "report"}
for door in "bulk sql spark duckdb report contract plot django sqlalchemy".split():
    try:
        importlib.import_module(f"slacalc.{door}")
    except slacalc.errors.MissingExtraError as error:
        assert f"slacalc[{asked.get(door, door)}]" in str(error), error
    else:
        raise AssertionError(door)
try:
    Holidays.from_ical("BEGIN:VCALENDAR\\r\\nEND:VCALENDAR\\r\\n")
except slacalc.errors.MissingExtraError as error:
    assert "slacalc[ical]" in str(error), error
done = subprocess.run([sys.executable, "-m", "slacalc"], capture_output=True, text=True)
assert done.returncode == 1 and "slacalc[cli]" in done.stderr, done
"""
TYPED = """\
from datetime import datetime, timedelta

import pendulum

from slacalc import Calendar, Clock, Deadlines, Event, Policy, Status, presets
from slacalc.errors import SlacalcError

office = Calendar("Europe/Berlin", {"mon-fri": "9-17"})
due: pendulum.DateTime = office.add("2026-06-05T15:00+02:00", timedelta(hours=4))
policy: Policy = presets.load("itil-standard")
deadlines: Deadlines = policy.deadlines({"impact": "high", "urgency": "low"}, due)
clock: Clock = policy.open({"impact": "high", "urgency": "low"}, due)
status: Status = clock.apply(Event(due, "responded")).status(due)
plain: datetime | None = status["resolution"].due
problem: type[ValueError] | type[SlacalcError] = SlacalcError
wrong: int = office.is_open(due).bit_length() + office  # an error, on purpose
"""


@pytest.fixture(scope="module")
def uv() -> str:
    path = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if path is None:
        pytest.skip("uv is not installed")
    return path


def run(*typed: object, cwd: Path) -> str:
    """What a program prints, outside the checkout."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603 - our own programs
        [*map(str, typed)], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the archive of sources, as others would build it."""
    folder = tmp_path_factory.mktemp("dist")
    run(uv, "build", "--quiet", "--out-dir", folder, ROOT, cwd=folder)
    return next(folder.glob("*.whl"))


def installed(uv: str, wheel: Path, extra: str, folder: Path) -> Path:
    """The Python of a new environment with the wheel and an extra."""
    name = f"{wheel}[{extra}]" if extra else str(wheel)
    run(uv, "venv", "--quiet", "--python", sys.executable, folder / "env", cwd=folder)
    run(uv, "pip", "install", "--quiet", "--python", folder / "env", name, cwd=folder)
    return folder / "env" / "bin" / "python"


def test_what_the_wheel_says_of_itself(wheel: Path) -> None:
    """The version; and a description in which no link or picture leads into the repository."""
    assert wheel.name == f"slacalc-{slacalc.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("METADATA"))
        _, _, description = archive.read(name).decode().partition("\n\n")
    assert description.startswith("# slacalc")
    targets = re.findall(r"\]\(([^)]*)\)", description)
    targets += re.findall(r"(?:src|href|srcset)=\"([^\"]*)\"", description)
    assert targets
    assert not [target for target in targets if not target.startswith("https://")]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(
        rf"^## {re.escape(slacalc.__version__)} \(\d{{4}}-\d\d-\d\d\)$", changes, re.MULTILINE
    )


def test_without_extras_each_door_says_which_it_needs(uv: str, wheel: Path, tmp_path: Path) -> None:
    """And what needs none works."""
    python = installed(uv, wheel, "", tmp_path)
    run(python, "-c", f"import slacalc.errors\n{BEGIN}{BARE}", cwd=tmp_path)


@pytest.mark.parametrize("extra", DOORS)
def test_each_door_opens_with_its_extra_alone(
    uv: str, wheel: Path, extra: str, tmp_path: Path
) -> None:
    """The extra brings all that the door imports."""
    python = installed(uv, wheel, extra, tmp_path)
    lines = [line[8:] for line in DOORS[extra].splitlines()]
    run(python, "-W", "error", "-c", BEGIN + "\n".join(lines), cwd=tmp_path)


def test_the_types_of_the_wheel(uv: str, wheel: Path, tmp_path: Path) -> None:
    """A program that uses them passes mypy's strict check, but for the mistake that it has."""
    python = installed(uv, wheel, "", tmp_path)
    (tmp_path / "program.py").write_text(TYPED, "utf-8")
    options: list[Any] = ["--strict", "--python-executable", python, "--no-error-summary"]
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "mypy", *map(str, options), "program.py"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    last = len(TYPED.splitlines())
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert errors, done.stderr
    assert all(line.startswith(f"program.py:{last}:") for line in errors), done.stdout
