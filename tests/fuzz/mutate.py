"""Make input out of the seeds in ``corpus``: parts left out, doubled, exchanged or moved."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from tests.fuzz.targets import JSON, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).parent / "corpus"
_MOST_CHARACTERS = 20_000
_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 9999, 10**18, 1.5, float("inf"), "", "x", " ", "\0", "\ud800"),
    *("UTC", "CN", "mon-fri", "9-17", "always", "closed", "2026-12-24", "0001-01-01", "9999-12-31"),
    *("1900-01-01..2200-12-31", "first sunday of month", "4 working hours", "80 %", ">= high"),
    *([], {}, [[]], {"x": {}}, ["x"] * 50),
]
_PIECES = [
    *"[]{}\"'=,.:;#\\\n\r\t\0 -|&",
    *('"""', "'''", "[[", "]]", "\ud800", "\u2028", "é", "9" * 400, "[" * 60, "a." * 60, " " * 400),
    *map(str, _VALUES[4:14]),
]
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)


def seeds(target: str) -> list[str]:
    """The seeds of a target, in a fixed order."""
    return [path.read_text("utf-8") for path in sorted((CORPUS / target).iterdir())]


def mutants(target: str, seed: int) -> Iterator[str]:
    """Input for a target, without end; the same for the same seed."""
    random = Random(seed)  # noqa: S311 - no secret
    texts = seeds(target)
    while True:
        text = random.choice(texts)
        if target in JSON and random.random() < 0.6:
            text = _with_other_values(text, random)
        for _ in range(random.choice([0, 1, 1, 2, 5])):
            text = _with_other_tokens(text, random, random.choice(texts))
        yield text[:_MOST_CHARACTERS]


def _with_other_tokens(text: str, random: Random, other: str) -> str:
    tokens = _TOKEN.findall(text) or [""]
    start = random.randrange(len(tokens))
    end = min(len(tokens), start + random.choice([1, 1, 2, 5, 20, 100]))
    others = _TOKEN.findall(other) or [""]
    taken = random.randrange(len(others))
    part = tokens[start:end]
    part = random.choice(
        [
            [],
            part * 2,
            part * random.choice([10, 100]),
            [random.choice(_PIECES)],
            [*part, random.choice(_PIECES)],
            others[taken : taken + random.choice([1, 5, 50])],
            random.sample(part, len(part)),
        ]
    )
    return "".join([*tokens[:start], *part, *tokens[end:]])


def _with_other_values(text: str, random: Random) -> str:
    """A document in which some values, keys or items are others."""
    try:
        data = json.loads(text)
    except ValueError:
        return text
    for _ in range(random.choice([1, 1, 2, 4])):
        data = _change(data, random)
    try:
        return as_text(data)
    except (RecursionError, ValueError):
        return text


def _change(data: Any, random: Random) -> Any:
    if not isinstance(data, dict | list) or not data or random.random() < 0.15:
        return deepcopy(random.choice(_VALUES))
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    key = random.choice(keys)
    action = random.random()
    if action < 0.08:
        del data[key]
    elif action < 0.16 and isinstance(data, list):
        data.append(data[key])
    elif action < 0.16 and isinstance(data, dict):
        data[str(random.choice(_VALUES))] = data[key]
    else:
        data[key] = _change(data[key], random)
    return data
