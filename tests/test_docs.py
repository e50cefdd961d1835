"""Every code block of README and docs runs, and so does every example of a docstring."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import tomllib
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

from slacalc import Calendar, Policy
from slacalc.cli import commands

ROOT = Path(__file__).parent.parent
TUTORIAL = ROOT / "docs" / "tutorial"
TWINS = {
    ROOT / "README.md": ROOT / "README.zh-CN.md",
    TUTORIAL / "index.md": TUTORIAL / "zh" / "index.md",
    TUTORIAL / "policy.md": TUTORIAL / "zh" / "policy.md",
    TUTORIAL / "statement.md": TUTORIAL / "zh" / "statement.md",
    TUTORIAL / "cheat-sheet.md": TUTORIAL / "zh" / "cheat-sheet.md",
}
PAGES = [
    ROOT / "README.md",
    ROOT / "README.zh-CN.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted(
        page
        for page in (ROOT / "docs").rglob("*.md")
        if "_build" not in page.relative_to(ROOT).parts
    ),
]
MODULES = sorted((ROOT / "src" / "slacalc").rglob("*.py"))
FENCE = re.compile(r"^ *```(\S*)[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _run(sybil: Sybil, path: Path) -> int:
    count = 0
    for example in sybil.parse(path).examples():
        example.evaluate()
        count += 1
    return count


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_python_blocks_of_a_page_run(page: Path) -> None:
    """Each page runs from its first block to its last, in one namespace, with the output shown."""
    sybil = Sybil(parsers=[PythonCodeBlockParser()], path=str(ROOT), pattern="*.md")
    text = page.read_text("utf-8")
    # A browser of other tests has an event loop in this thread.
    with ThreadPoolExecutor(1) if "asyncio.run(" in text else contextlib.nullcontext() as pool:
        count = pool.submit(_run, sybil, page).result() if pool else _run(sybil, page)
    assert count >= len(re.findall(r"^ *```python", text, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_other_blocks_of_a_page_are_what_they_say(page: Path) -> None:
    """TOML and JSON parse; a console block names real commands; no block is without a language."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for language, text in FENCE.findall(page.read_text("utf-8")):
        if language == "toml":
            assert tomllib.loads(text)
        elif language == "json":
            assert json.loads(text)
        elif language == "console":
            commands = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
            assert commands, f"no command in {text!r}"
            for command in commands:
                words = command.partition("#")[0].split()
                assert words[0] in {"make", "pip", "git", "cd", "python", "slacalc"}, command
                if words[0] == "make":
                    assert set(words[1:]) <= targets, command
        elif language == "{code-cell}":  # run by the build, which test_site.py makes
            compile(re.sub(r"^:.*\n", "", text, flags=re.MULTILINE), _name(page), "exec")
            assert "\nkernelspec:\n" in page.read_text("utf-8"), "the page would not be run"
        else:
            directive = language.startswith("{")  # MyST, which the documentation build checks
            assert directive or language in {"python", "text"}, f"block of language {language!r}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each `slacalc` command answers; the policies that the page shows are files by their names.

    And the examples are where the repository has them.
    """
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    blocks = FENCE.findall(page.read_text("utf-8"))
    for language, text in blocks:
        name = re.search(r'^name\s*=\s*"([^"]+)"', text, re.MULTILINE)
        if language == "toml" and name:
            (tmp_path / f"{name[1]}.toml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    for command in (
        line[2:].partition(" #")[0]
        for language, text in blocks
        if language == "console"
        for line in text.replace("\\\n", " ").splitlines()
        if line.startswith("$ slacalc ")
    ):
        words = shlex.split(command.partition(" > ")[0])
        done = CliRunner().invoke(commands(), words[1:])
        assert done.exit_code == 0, f"{command}: {done.output}"


@pytest.mark.parametrize("page", TWINS, ids=_name)
def test_a_page_and_its_chinese_twin_show_the_same_code(page: Path) -> None:
    """The same blocks in the same order, as many headings of each level, and links both ways."""
    twin = TWINS[page]
    english, chinese = page.read_text("utf-8"), twin.read_text("utf-8")
    shown, told = _code(english), _code(chinese)
    assert [*zip(shown, told, strict=False)] == [*zip(shown, shown, strict=True)]
    assert len(told) == len(shown) > 5
    assert _levels(english) == _levels(chinese)
    assert f"]({twin.relative_to(page.parent).as_posix()})" in english
    assert f"]({'../' * (len(twin.parts) - len(page.parts))}{page.name})" in chinese


def _code(text: str) -> list[tuple[str, str]]:
    """The blocks that show code, without those that only the site understands."""
    return [block for block in FENCE.findall(text) if not block[0].startswith("{")]


def _levels(text: str) -> list[int]:
    """The levels of the headings, in order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", FENCE.sub("", text), re.MULTILINE)]


def test_units_and_conditions_of_the_cheat_sheet() -> None:
    """Its blocks are a policy, which takes each condition; each unit is due when it says."""
    text = (TUTORIAL / "cheat-sheet.md").read_text("utf-8")
    policy = Policy.from_toml("".join(part for language, part in _code(text) if language == "toml"))
    tables = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL))
    for units, due in re.findall(r"^\| (`.*?) \| (.*?) \|", tables["Units"], re.MULTILINE):
        for unit in re.findall("`(.+?)`", units):
            desk = Policy(
                "desk",
                calendars={"desk": Calendar("Europe/Paris", {"mon-fri": "9-17"})},
                metrics={"reply": {}},
                tables={"all": [{"targets": {"reply": unit}}]},
            )
            at = desk.deadlines({}, "2026-05-29T14:00+02:00")["reply"].due
            assert at is not None
            assert f"{at:%a} {at.day} {at:%B %H:%M}" == due, unit
    for condition in re.findall(r"`(\{.+?\})`", tables["Conditions"]):
        row = tomllib.loads(f"when = {condition}") | {"targets": {"response": "1 hour"}}
        Policy.from_dict(policy.to_dict() | {"tables": {"all": [row]}})
    chinese = (TUTORIAL / "zh" / "cheat-sheet.md").read_text("utf-8")
    cells = re.compile(r"^\| (`.*?`) \|", re.MULTILINE)
    assert len(cells.findall(text)) > 15
    assert cells.findall(chinese) == cells.findall(text)


def test_the_glossary_is_in_order_and_in_two_languages() -> None:
    """Terms stand in the order of the alphabet, once, each with its Chinese and its meaning."""
    text = (ROOT / "docs" / "concepts" / "glossary.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    terms = [term.lower() for term, _, _ in rows[1:]]
    assert terms == sorted(set(terms))
    for _, chinese, meaning in rows[1:]:
        assert re.search("[\u4e00-\u9fff]", chinese)
        assert meaning.endswith(".")


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_examples_of_docstrings_run(module: Path) -> None:
    """The examples of a module's docstrings give the output shown."""
    sybil = Sybil(
        parsers=[DocTestParser()],
        path=str(ROOT),
        pattern="*.py",
        document_types={".py": PythonDocStringDocument},
    )
    _run(sybil, module)


def resolve(name: str) -> object:
    """The module, or the object in a module, of a dotted name below `slacalc`."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        module = ".".join(["slacalc", *parts[:length]])
        with contextlib.suppress(ModuleNotFoundError):
            return reduce(getattr, parts[length:], import_module(module))
    raise LookupError(name)


def test_the_names_of_the_internals_page_exist() -> None:
    """Each walk through the code names modules, classes and functions that are there."""
    text = (ROOT / "docs" / "internals.md").read_text("utf-8")
    names = re.findall(r"`(_[a-z]+\.[\w.]+)`", text)
    assert len(names) > 50
    missing = []
    for name in names:
        try:
            resolve(name)
        except (LookupError, AttributeError):
            missing.append(name)
    assert not missing


def test_every_promise_names_its_test() -> None:
    """And the test exists."""
    text = (ROOT / "docs" / "guarantees.md").read_text("utf-8")
    rows = re.findall(r"^\| (?!promise)([^|]+) \| (.+) \|$", text, re.MULTILINE)
    assert len(rows) > 20
    for promise, test in rows:
        named = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", test)
        assert named, promise
        assert re.search(rf"^def {named[2]}\(", (ROOT / named[1]).read_text("utf-8"), re.MULTILINE)
    assert "docs/guarantees.md" in (ROOT / "SECURITY.md").read_text("utf-8")


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_arguments_are_listed_one_by_one(module: Path) -> None:
    """No two entries of an `Args:` section run together in one paragraph."""
    text = module.read_text("utf-8")
    for section in re.findall(r"\n +Args:\n(.*?)(?:\n\n|\"\"\")", text, re.DOTALL):
        assert not re.search(r"[.;] \*{0,2}[a-z_]+: [A-Z`]", section), section


def test_every_picture_has_a_dark_one() -> None:
    """Which dark themes show; a light one would be a white box there."""
    pictures = {file.stem for file in (ROOT / "docs" / "_static" / "plots").glob("*.png")}
    light = {name for name in pictures if not name.endswith("-dark")}
    assert len(light) > 5
    assert pictures == light | {f"{name}-dark" for name in light}
