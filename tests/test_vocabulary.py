"""The words of the glossary are used, and those that it replaced are not.

What is still to be replaced stands in `data/vocabulary.json`, a line for each file, with a count
for each word. It may only shrink: ``python -m tests.test_vocabulary`` writes the counts of today.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
ALLOWED = Path(__file__).parent / "data" / "vocabulary.json"
RETIRED = re.compile(
    r"""
    \b(?: (?<!too\ few\ to\ )tell | tells | told | telling | stints? | gears? | rests
      | rested | resting | bears | bearing | bore | borne | asked | odd | oddly
      | judges? | judged | judging | judge?ments? | tally | tallies | dressed
      | likeness | left\ out | else\ the\ empty\ string | none\ of\ which
      | (?<!there\ )(?:is|are)\ no(?!\ (?:longer|larger|smaller|more)\b)
    )\b
    """,
    re.VERBOSE,
)
VAGUE = frozenset({"one", "given", "found", "told", "asked", "some"})
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


def texts() -> Iterator[Path]:
    """The files that speak to users or developers, apart from the tests."""
    source = ROOT / "src/slacalc"
    for pattern in ("*.py", "*.toml", "*.html", "*.j2"):
        yield from source.rglob(pattern)
    yield from (path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)
    yield from ROOT.glob("*.md")


def retired_words(text: str) -> Counter[str]:
    """Count the retired words, also as parts of identifiers."""
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).replace("_", " ").casefold()
    text = re.sub(r"\s+(?:\#\s*)?", " ", text)  # a phrase may go over the end of a line
    return Counter(RETIRED.findall(text))


def vague_names(text: str) -> Counter[str]:
    """Count the parameters and variables that have a vague name, unless in a single line."""
    tree = ast.parse(text)
    exempt: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, COMPREHENSIONS):
            exempt.update(ast.walk(node))
        elif isinstance(node, ast.For) and (node.end_lineno or 0) <= node.lineno + 1:
            exempt.update(ast.walk(node.target))
        elif isinstance(node, ast.ClassDef):  # attributes, such as that of errors
            fields = [item.target for item in node.body if isinstance(item, ast.AnnAssign)]
            exempt.update(fields)
    names: Counter[str] = Counter()
    for node in ast.walk(tree):
        if node in exempt:
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] += 1
        elif isinstance(node, ast.arg):
            names[node.arg] += 1
    return Counter({name: count for name, count in names.items() if name in VAGUE})


def class_names() -> Counter[str]:
    """Count the classes of the package by name, without those that Django names."""
    return Counter(
        node.name
        for path in (ROOT / "src/slacalc").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name not in {"Meta", "Command", "Migration"}
    )


def counts(count: Callable[[str], Counter[str]], suffix: str = "") -> dict[str, Counter[str]]:
    """The counts by file, of files that have any."""
    by_file = {
        path.relative_to(ROOT).as_posix(): count(path.read_text("utf-8"))
        for path in texts()
        if path.name.endswith(suffix)
    }
    return {path: words for path, words in sorted(by_file.items()) if words}


def today() -> dict[str, dict[str, Counter[str]]]:
    """All counts, as they are written into the list."""
    repeated = {name: Counter(classes=n) for name, n in class_names().items() if n > 1}
    return {
        "retired": counts(retired_words),
        "vague": counts(vague_names, ".py"),
        "classes": dict(sorted(repeated.items())),
    }


@pytest.mark.parametrize("kind", ["retired", "vague", "classes"])
def test_no_file_has_more_than_the_list_allows(kind: str) -> None:
    """A file that is not in the list has no retired word, no vague name and no repeated class."""
    allowed = json.loads(ALLOWED.read_text("utf-8"))[kind]
    more = {
        path: dict(excess)
        for path, words in today()[kind].items()
        if (excess := words - Counter(allowed.get(path, {})))
    }
    assert not more


def test_words_are_counted_wherever_they_stand() -> None:
    """In identifiers, comments, strings and over the end of a line; not inside other words."""
    text = 'def _was_told(x):\n    # is\n    # no "toldX" TellTale\n    return GearBox.upbore\n'
    assert retired_words(text) == {"told": 2, "is no": 1, "tell": 1, "gear": 1}


def test_vague_names_are_allowed_in_single_lines() -> None:
    """In comprehensions, lambdas and short loops, and as attributes."""
    assert not vague_names(
        "class Error:\n    given: int\n"
        "x = [one for one in y], lambda given: given\n"
        "for one in y:\n    print(one)\n"
    )
    text = "def f(given, *, some=1):\n    for one in y:\n        print()\n        told = one\n"
    assert vague_names(text) == {"given": 1, "some": 1, "one": 1, "told": 1}


if __name__ == "__main__":
    lines = [
        f" {json.dumps(kind)}: {{\n"
        + ",\n".join(
            f"  {json.dumps(path)}: {json.dumps(dict(sorted(words.items())))}"
            for path, words in by_file.items()
        )
        + "\n }"
        for kind, by_file in today().items()
    ]
    ALLOWED.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
