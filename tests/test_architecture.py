"""The packages import in one direction, through their doors, and `import slacalc` stays light.

`ORDER` lists the packages and the public modules from the bottom to the top; each may import only
what stands below it. Imports inside functions and for type checkers count as well.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import slacalc
from tests.doors import DOORS

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = Path(slacalc.__file__).parent
# Names on one line know nothing of one another.
ORDER = """
errors _threads
_time
_i18n
_phrases
_schema
_calendar
_policy
_clock
_records
_lint
_html
_columns
_bulk
bulk
_report
report
_plot
plot
_adapters _sql
django sqlalchemy duckdb spark sql presets adapters
_contract
contract
_files
_cli
cli
__init__
__main__
"""
FLOORS = {name: floor for floor, line in enumerate(ORDER.split("\n")) for name in line.split()}
# Public objects have methods whose work is done further up. They import it when they are called.
FACADES = {
    ("errors", "_phrases"),
    ("_policy.policy", "_clock.clock"),
    ("_policy.policy", "_clock.policy_diff"),
    ("_policy.policy", "_clock.policy_store"),
    ("_policy.policy", "_clock.vocabulary"),
    ("_policy.policy", "_lint.linter"),
    ("_policy.policy", "_html.policy"),
    ("_policy.deadlines", "_html.deadlines"),
    ("_lint.linter", "_html.findings"),
    ("_clock.clock", "_html.clock"),
    ("_clock.status", "_html.status"),
    ("_clock.trace", "_html.trace"),
    ("_calendar.calendar", "_html.calendar"),
    ("_calendar.ledger", "_html.ledger"),
    ("_report.comparison", "_contract.costs"),
    ("_report.comparison", "_report.comparison_view"),
    ("_contract.statement_lines", "_contract.statement_page"),
}
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
)


class Import(NamedTuple):
    """One import: by whom, of what, whether inside a function, and whether for type checkers."""

    module: str
    imported: str
    is_lazy: bool
    is_typing: bool


def path_of(module: str) -> Path:
    folder = PACKAGE.joinpath(*module.split("."))
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


@cache
def tree_of(module: str) -> ast.Module:
    """A module, parsed when a test first asks, and not while pytest collects in every process."""
    return ast.parse(path_of(module).read_text("utf-8"))


@cache
def imports_of(module: str) -> list[Import]:
    """Every import of a module, wherever it stands; `from slacalc.x import y` names `x`."""
    tree = tree_of(module)
    lazy = _inside(tree, lambda node: isinstance(node, ast.FunctionDef))
    typing = _inside(
        tree, lambda node: isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [_deepest(node.module, alias.name) for alias in node.names]
        else:
            continue
        found += [Import(module, name, node in lazy, node in typing) for name in names]
    return found


def _inside(tree: ast.AST, is_block: Callable[[ast.AST], bool]) -> set[ast.AST]:
    """Every node of the blocks that `is_block` accepts."""
    return {node for block in ast.walk(tree) if is_block(block) for node in ast.walk(block)}


def _deepest(module: str, name: str) -> str:
    """`module.name` where that is a module of ours, else `module`."""
    full = f"{module}.{name}".removeprefix("slacalc.")
    return f"slacalc.{full}" if full in MODULES else module


def top(module: str) -> str:
    """The package, or the public module, of a module."""
    return module.removeprefix("slacalc.").split(".")[0]


def test_every_package_has_its_place() -> None:
    """A new package is put into the order on purpose."""
    packages = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    assert sorted(FLOORS) == sorted([*packages, *(path.stem for path in PACKAGE.glob("*.py"))])


@pytest.mark.parametrize("package", FLOORS)
def test_packages_import_only_what_stands_below_them(package: str) -> None:
    """The facade methods, which are listed, are the only exceptions."""
    upward = {
        (module, name.imported.removeprefix("slacalc."))
        for module in MODULES
        if top(module) == package
        for name in imports_of(module)
        if name.imported.startswith("slacalc.")
        and top(name.imported) != package
        and FLOORS[top(name.imported)] >= FLOORS[package]
        and not (
            (name.is_lazy or name.is_typing)
            and (module, name.imported.removeprefix("slacalc.")) in FACADES
        )
    }
    assert not upward


def imported_by(module: str) -> set[str]:
    """The modules of ours that a module imports in any way, except through a facade method."""
    names = {
        name.imported.removeprefix("slacalc.")
        for name in imports_of(module)
        if name.imported.startswith("slacalc.")
    }
    return {name for name in names if name != module and (module, name) not in FACADES}


def circles() -> set[frozenset[str]]:
    """The groups of modules of which each imports all the others, be it through other modules."""
    reached = {module: {*imported_by(module)} for module in MODULES}
    for between in MODULES:
        for module in MODULES:
            if between in reached[module]:
                reached[module] |= reached[between]
    return {
        frozenset(name for name in reached[module] if module in reached[name])
        for module in MODULES
        if module in reached[module]
    }


def test_no_modules_import_one_another_in_a_circle() -> None:
    """Whoever reads a module can read those below it first; facade methods are the exception."""
    assert not circles()


# Which package, or which one module of it, imports a library; typing imports do not count.
LIBRARIES = {
    "pendulum": {"_time.partial_imports"},
    "zoneinfo": {"_time.zone_data"},
    "holidays": {"_calendar.holidays"},
    "icalendar": {"_calendar.recurrence"},
    "recurring_ical_events": {"_calendar.recurrence"},
    "dateutil": {"_calendar.recurrence"},
    "tomlkit": {"_schema.toml_writer"},
    "tqdm": {"_bulk.replay"},
    "django": {"django"},
    "jinja2": {"_contract", "_report.page"},
    "PIL": {"_plot.figure"},
    "pyspark": {"spark"},
    "sqlalchemy": {"sqlalchemy"},
    "click": {"cli", "_cli.program"},
    "rich": {"_cli"},
    "matplotlib": {"_plot"},
    "pandas": {"_columns"},
    "polars": {"_columns"},
    "pyarrow": {"_columns", "_files", "duckdb", "spark", "sql"},
    "openpyxl": {"_files.row_files", "_files.writing"},
    "duckdb": {"duckdb"},
    "sqlglot": {"_sql"},
    "narwhals": {"_columns", "_bulk", "_plot"},
    "numpy": {"_columns", "_bulk", "_report", "_plot", "_files", "_contract", "duckdb"},
}


def test_each_library_is_known_to_few() -> None:
    """A library can be replaced in the places listed, and nowhere else."""
    known: dict[str, set[str]] = {}
    for module in MODULES:
        for name in imports_of(module):
            library = name.imported.split(".")[0]
            ours = library in ("slacalc", "attrs")
            standard = library in sys.stdlib_module_names and library != "zoneinfo"
            if ours or standard or name.is_typing:
                continue
            allowed = LIBRARIES.get(library, set())
            known.setdefault(library, set()).add(module if module in allowed else top(module))
    assert known == LIBRARIES


HEAVY = "holidays numpy icalendar tomlkit matplotlib"
UNREAD = f"{HEAVY} gettext hashlib slacalc._calendar.date_forms slacalc._calendar.ledger"
CALENDAR = """
from slacalc import Calendar
office = Calendar("Europe/Paris", {"mon-fri": "9-17"}, holidays=["2026-05-25"])
office.add("2026-05-22T16:00+02:00", "4h")
"""
POLICY = """
from slacalc import Policy
toml = 'name = "desk"\\nmetrics.m = {}\\n[[tables.all]]\\ntargets.m = "1 hour"'
Policy.from_toml(toml).deadlines({}, "2026-05-18T09:00Z")
"""
HELP = """
import sys
from slacalc.__main__ import main
sys.argv[1:] = ["--help"]
main()
"""
# Programs, each with modules that it does not need.
PROGRAMS = {
    "import slacalc": f"{HEAVY} attr attrs click dateutil pendulum rich slacalc._time",
    CALENDAR: f"{UNREAD} dateutil.parser._parser json slacalc._policy slacalc._schema.shapes",
    POLICY: f"{UNREAD} dateutil.parser._parser slacalc._clock slacalc._lint",
    HELP: f"{HEAVY} attrs pendulum rich.console tempfile slacalc._calendar slacalc._policy",
}


@pytest.mark.parametrize(
    ("program", "unneeded"), PROGRAMS.items(), ids=["import", "calendar", "policy", "help"]
)
def test_a_fresh_process_loads_what_it_needs(program: str, unneeded: str) -> None:
    """Whoever starts a process for one answer waits for all that it imports."""
    at_the_end = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", f"{at_the_end}\n{program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = done.stderr.split()
    assert "slacalc" in loaded
    assert not {*unneeded.split()}.intersection(loaded)


def test_packages_take_from_one_another_only_what_the_doors_offer() -> None:
    """What is listed in `doors.py` is used, and nothing else is; typing imports count."""
    used: dict[str, set[str]] = {}
    for module in MODULES:
        for node in ast.walk(tree_of(module)):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            source = node.module.removeprefix("slacalc.")
            if not node.module.startswith("slacalc._") or top(source) == top(module):
                continue
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                door, name = (whole, "*") if whole in MODULES else (source, alias.name)
                used.setdefault(door, set()).add(name)
    assert used == {door: set(names.split()) for door, names in DOORS.items()}
