"""The layers hold, the import is light, and the public names are the ones promised."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import slacalc
from slacalc import errors

PACKAGE = Path(slacalc.__file__).parent
LAYERS = [
    "errors",
    "_dates",
    "_instant",
    "_spans",
    "_hours",
    "_work",
    "_words",
    "_html",
    "_svg",
    "_ical",
    "_holidays",
    "_timeline",
    "_ledger_view",
    "_ledger",
    "_verbs",
    "_rules",
    "_calendar_view",
    "_calendar",
    "_faults",
    "_shape",
    "_calendar_shape",
    "_within",
    "_attributes",
    "_conditions",
    "_lengths",
    "_semantics",
    "_parts",
    "_check",
    "_deadlines_view",
    "_deadlines",
    "_coverage",
    "_match",
    "_events",
    "_cycle",
    "_overrides",
    "_gears",
    "_judge",
    "_machine",
    "_status_view",
    "_clock_view",
    "_status",
    "_accounts",
    "_finding",
    "_lint_space",
    "_lint_dues",
    "_lint_rows",
    "_lint_order",
    "_lint_calendars",
    "_lint",
    "_toml_places",
    "_document",
    "_toml_text",
    "_versions",
    "_policy_view",
    "_policy",
    "_provenance",
    "_stored",
    "_clock",
    "_walls",
    "_kernel",
    "_likeness",
    "_arrays",
    "_categories",
    "_columns",
    "_expressions",
    "_asked",
    "_sheet",
    "_groups",
    "_dues",
    "_verdicts",
    "_orders",
    "_batches",
    "_standing",
    "_tickets",
    "_logs",
    "_fold",
    "_facts",
    "_replay",
    "_shares",
    "_periods",
    "_made",
    "_outcomes",
    "_tally",
    "_attainment",
    "_traits",
    "_pairs",
    "_compare",
    "_judged",
    "_breaches",
    "_story",
    "_marks",
    "_shown",
    "_contrast",
    "_page",
    "bulk",
    "report",
    "_year",
    "_drawing",
    "_drawn_time",
    "_drawn_year",
    "_drawn_ticket",
    "_drawn_answers",
    "_drawn_margin",
    "_drawn_breaches",
    "_drawn_backlog",
    "_drawn_groups",
    "_drawn_shares",
    "plot",
    "duckdb",
    "spark",
    "presets",
    "_times",
    "_sources",
    "_sinks",
    "_outputs",
    "_summary",
    "_jobs",
    "_runs",
    "_commands",
    "_job_commands",
    "cli",
    "__main__",
    "__init__",
]
# A policy opens clocks, and a stored clock brings its policy: the one pair that knows each other.
EACH_OTHER = {("_policy", "_clock")}
# Who may import what from outside the standard library, and attrs.
OUTSIDE = {
    "_instant": {"pendulum"},
    "_holidays": {"holidays"},
    "_ical": {"icalendar", "dateutil"},
    "_toml_text": {"tomlkit"},
    "_walls": {"numpy"},
    "_kernel": {"numpy"},
    "_likeness": {"numpy", "pandas", "polars", "pyarrow"},
    "_arrays": {"numpy"},
    "_categories": {"narwhals", "numpy", "pandas", "polars", "pyarrow"},
    "_columns": {"narwhals", "numpy", "pyarrow"},
    "_expressions": {"polars"},
    "_asked": {"numpy"},
    "_sheet": {"narwhals"},
    "_groups": {"numpy"},
    "_orders": {"numpy"},
    "_batches": {"numpy"},
    "_standing": {"numpy"},
    "_tickets": {"numpy"},
    "_logs": {"narwhals", "numpy", "pyarrow"},
    "_fold": {"numpy"},
    "_facts": {"numpy"},
    "_dues": {"numpy"},
    "_verdicts": {"numpy"},
    "_replay": {"numpy", "tqdm"},
    "_shares": {"numpy"},
    "_periods": {"numpy"},
    "_made": {"narwhals", "numpy"},
    "_outcomes": {"numpy"},
    "_tally": {"numpy"},
    "_attainment": {"numpy"},
    "_traits": {"numpy"},
    "_pairs": {"numpy"},
    "_compare": {"numpy"},
    "_judged": {"numpy"},
    "_breaches": {"numpy"},
    "_story": {"numpy"},
    "_contrast": {"numpy"},
    "_page": {"jinja2"},
    "bulk": {"narwhals", "numpy"},
    "report": {"narwhals", "numpy"},
    "_drawing": {"PIL", "matplotlib"},
    "_drawn_time": {"matplotlib"},
    "_drawn_year": {"matplotlib"},
    "_drawn_ticket": {"matplotlib"},
    "_drawn_answers": {"numpy"},
    "_drawn_margin": {"matplotlib", "numpy"},
    "_drawn_breaches": {"matplotlib", "numpy"},
    "_drawn_backlog": {"matplotlib", "numpy"},
    "_drawn_groups": {"narwhals", "numpy"},
    "_drawn_shares": {"matplotlib"},
    "plot": {"matplotlib", "narwhals", "numpy"},
    "duckdb": {"duckdb", "pyarrow"},
    "spark": {"pyarrow", "pyspark"},
    "_times": {"numpy", "pyarrow"},
    "_sources": {"numpy", "pyarrow"},
    "_sinks": {"numpy", "pyarrow"},
    "_summary": {"numpy"},
    "_jobs": {"numpy", "pyarrow"},
    "_runs": {"numpy", "pyarrow"},
    "_commands": {"rich"},
    "_job_commands": {"rich"},
    "cli": {"click", "rich"},
}


def _path(module: str) -> Path:
    folder = PACKAGE / module
    return folder / "__init__.py" if folder.is_dir() else PACKAGE / f"{module}.py"


def _imports(module: str) -> set[str]:
    """The modules that a module imports, anywhere in its code, types aside."""
    tree = ast.parse(_path(module).read_text("utf-8"))
    names: set[str] = set()
    blocks: list[ast.AST] = [tree]
    while blocks:
        for node in ast.iter_child_nodes(blocks.pop()):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                continue
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module == "slacalc":
                names |= {f"slacalc.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
            blocks.append(node)
    return names


def test_every_module_has_a_layer() -> None:
    """A new module is given its place on purpose."""
    packages = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    assert sorted(LAYERS) == sorted([*packages, *(path.stem for path in PACKAGE.glob("*.py"))])


@pytest.mark.parametrize("module", LAYERS)
def test_modules_import_only_from_the_layers_above(module: str) -> None:
    """A module knows the modules above it in the list, and no others."""
    ours = {name.split(".")[1] for name in _imports(module) if name.startswith("slacalc.")}
    below = {other for one, other in EACH_OTHER if one == module}
    assert ours - below <= set(LAYERS[: LAYERS.index(module)])


@pytest.mark.parametrize("module", LAYERS)
def test_libraries_are_known_to_one_module_each(module: str) -> None:
    """Beside attrs and the standard library, each library has one module that imports it."""
    outside = {name.split(".")[0] for name in _imports(module)} - {"slacalc", "attrs"}
    assert outside - set(sys.stdlib_module_names) == OUTSIDE.get(module, set())
    if module != "_instant":
        assert "zoneinfo" not in outside


def test_the_import_is_light() -> None:
    """`import slacalc` loads neither pendulum nor holidays nor NumPy, and reads no zone but UTC."""
    code = (
        "import sys, slacalc;"
        "heavy = {'pendulum', 'holidays', 'numpy', 'icalendar', 'tomlkit', 'dateutil'};"
        "heavy |= {'attrs', 'attr', 'click', 'rich', 'matplotlib'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_public_names() -> None:
    """The names of the top module and of its errors are a promise; this is the list."""
    assert set(slacalc.__all__) == {
        "ALWAYS",
        "Alarm",
        "Attribute",
        "Calendar",
        "Change",
        "Clock",
        "ClockLedger",
        "Coverage",
        "CycleStatus",
        "Day",
        "Deadline",
        "Deadlines",
        "DueOverride",
        "Event",
        "Explanation",
        "Finding",
        "Findings",
        "FloatingDates",
        "Holidays",
        "Ledger",
        "LedgerRow",
        "Metric",
        "Objective",
        "OpenSpan",
        "Policy",
        "Precondition",
        "Promise",
        "Proof",
        "Refusal",
        "Row",
        "Semantics",
        "SlacalcError",
        "Status",
        "Target",
        "Verification",
        "presets",
        "replay",
    }
    assert all(hasattr(slacalc, name) for name in slacalc.__all__)
    assert set(errors.__all__) == {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and value.__module__ == errors.__name__
    }


def test_verbs_of_a_calendar() -> None:
    """Every verb that the documentation promises is there."""
    promised = (
        "add subtract elapsed elapsed_seconds spans days is_open next_open next_close "
        "previous_open previous_close add_working_days end_of_working_day add_calendar_days "
        "end_of_day explain to_dict from_dict dates is_provisional provisional_from"
    )
    assert not [name for name in promised.split() if not hasattr(slacalc.Calendar, name)]


@pytest.mark.parametrize(
    "error",
    [getattr(errors, name) for name in errors.__all__ if name != "Fault"],
    ids=lambda error: error.__name__,
)
def test_errors_have_one_root_and_a_builtin(error: type[Exception]) -> None:
    """Every error is a `SlacalcError`, and every one but the root also a built-in."""
    assert issubclass(error, errors.SlacalcError)
    builtins = (ValueError, LookupError, ImportError)
    assert error is errors.SlacalcError or issubclass(error, builtins)
