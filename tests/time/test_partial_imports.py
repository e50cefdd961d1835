"""Modules of packages whose own code has not run: what others see of them."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

OWN_CODE = """
import threading, time
runs = [*globals().get("runs", []), 1]
from layers.base import BASE
time.sleep(0.05)
late = BASE + 1
def bottom():
    return "a function"
def __getattr__(name):
    if name == "made_up":
        return 7
    raise AttributeError(name)
"""


def run(program: str, folder: Path) -> str:
    """What a fresh process prints."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        timeout=60,
    )
    return done.stdout.strip()


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    """A package with a module, and with code of its own that takes long."""
    folder = tmp_path / "layers"
    (folder / "deep").mkdir(parents=True)
    (folder / "__init__.py").write_text(OWN_CODE)
    (folder / "base.py").write_text("import layers\nBASE = 1\n")
    (folder / "bottom.py").write_text("from layers.base import BASE\n")
    (folder / "deep" / "__init__.py").write_text("loud = True")
    (folder / "deep" / "bottom.py").write_text("from layers.base import BASE\n")
    return tmp_path


BEGIN = """
from slacalc._time.partial_imports import postponed
with postponed("layers", "layers.deep"):
    from layers.bottom import BASE
    from layers.deep.bottom import BASE
import layers, sys, types
"""


def test_a_module_comes_without_what_stands_above_it(layers: Path) -> None:
    """The packages are known by then, and have run nothing."""
    shown = "print(BASE, 'runs' in vars(layers), 'loud' in vars(sys.modules['layers.deep']))"
    assert run(BEGIN + shown, layers) == "1 False False"


@pytest.mark.parametrize(
    ("use", "shown"),
    [
        ("layers.late", "2"),
        ("layers.made_up", "7"),
        ("__import__('layers', fromlist=['late']).late", "2"),
        ("'late' in dir(layers)", "True"),
        ("layers.deep.loud", "True"),
        ("layers.base.BASE", "1"),
        ("hasattr(layers, 'neither')", "False"),
        ("(layers.late, layers.runs, type(layers) is types.ModuleType)", "(2, [1], True)"),
        ("[sys.modules['layers'] is layers, layers.late]", "[True, 2]"),
        ("layers.bottom()", "a function"),
    ],
)
def test_the_first_name_that_is_missing_runs_the_code(layers: Path, use: str, shown: str) -> None:
    """Once, in the module that everybody holds."""
    assert run(f"{BEGIN}print({use})", layers) == shown


def test_threads_wait_for_the_code(layers: Path) -> None:
    """Nobody sees a package half made."""
    threads = """
from threading import Thread
seen = []
every = [Thread(target=lambda: seen.append(layers.late)) for _ in range(8)]
[one.start() for one in every]
[one.join() for one in every]
print(seen == [2] * 8, layers.runs)
"""
    assert run(BEGIN + threads, layers) == "True [1]"


def test_code_that_was_interrupted_runs_again(layers: Path) -> None:
    """As an import does that failed."""
    own = layers / "layers" / "__init__.py"
    own.write_text("import sys\nif sys.argv: raise KeyboardInterrupt\n" + own.read_text())
    program = """
try:
    layers.made_up
except KeyboardInterrupt:
    sys.argv.clear()
print(layers.made_up)
"""
    assert run(BEGIN + program, layers) == "7"


def test_what_is_imported_already_stays(layers: Path) -> None:
    """A package that has run is not replaced."""
    program = "import layers\nbefore = layers\n" + BEGIN + "print(before is layers, layers.runs)"
    assert run(program, layers) == "True [1]"


def test_a_package_that_is_missing_is_passed_over(layers: Path) -> None:
    """The import that follows says so, or does without it."""
    begin = BEGIN.replace('"layers.deep"', '"nowhere", "nowhere.deep"')
    shown = "print(BASE, [name for name in sys.modules if 'nowhere' in name])"
    assert run(begin + shown, layers) == "1 []"


@pytest.mark.skipif(metadata.version("pendulum") < "3.1", reason="pendulum 3.0 needs the parser")
def test_an_answer_leaves_pendulum_and_dateutil_whole(tmp_path: Path) -> None:
    """The parser of dateutil has not run, and does what it always did for whoever uses it."""
    program = """
from slacalc import Calendar
answer = Calendar("Asia/Shanghai", {"mon-fri": "9-17"}).add("2026-05-18T01Z", "1h")
import sys
print({"dateutil.parser._parser", "decimal", "six"} & {*sys.modules})
import dateutil.parser.isoparser, pendulum
print(dateutil.parser.isoparser().isoparse("2026-05-18").day)
print(pendulum.parse("May 18, 2026", strict=False) < answer)
"""
    assert run(program, tmp_path).split("\n") == ["set()", "18", "True"]


def test_an_answer_leaves_holidays_whole(tmp_path: Path) -> None:
    """Whoever uses the package after us finds all its names."""
    program = """
from slacalc import Calendar
Calendar("Asia/Shanghai", {"mon-fri": "9-17"}, holidays="CN").add("2026-05-18T01Z", "1h")
import sys
unneeded = {"holidays.utils", "holidays.countries.france"} & {*sys.modules}
import holidays
from holidays.countries import France
print(unneeded, holidays.country_holidays("FR", years=2026).__class__.__mro__[1] is France)
print(holidays.countries.china.China)
"""
    assert run(program, tmp_path).startswith("set() True")
