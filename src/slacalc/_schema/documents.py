"""The text of a policy: TOML and JSON, read with every fault in its place, and written for people.

Files are bounded before they are parsed, so that a hostile one costs no more than a second: its
size, its nesting and its numbers. JSON's duplicate keys are faults, as they are in TOML.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slacalc._schema.toml_positions import key_positions, nearest_position
from slacalc.errors import Fault, PolicyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

MAX_BYTES = 512 * 1024
"""The largest text that is read, in bytes; the largest policy anybody showed us has 20,000."""

_CURLY = "“”„‘’＂＇"
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_DEEPEST = 40


def read_text(source: str | PathLike[str]) -> tuple[str, str]:
    """The text of a source, and the name of its file.

    Args:
        source: A path; or the text itself, which is told by its line break or its bracket.

    Raises:
        PolicyError: There is no such file, or it is too large, or not in UTF-8.
    """
    if isinstance(source, str) and ("\n" in source or source.lstrip().startswith(("{", "["))):
        if len(source) > MAX_BYTES:
            raise _too_large()
        return source, ""
    path = Path(source)
    name = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PolicyError.of([Fault((), f"the file cannot be read: {reason}")], name) from None
    if len(data) > MAX_BYTES:
        raise _too_large(name)
    try:
        return data.decode("utf-8-sig"), name
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        fault = Fault((), "the text is not in UTF-8: save it as UTF-8", line=line, column=column)
        raise PolicyError.of([fault], name) from None


def _too_large(name: str = "") -> PolicyError:
    message = f"the text is larger than {MAX_BYTES:,} bytes, which no policy is"
    return PolicyError.of([Fault((), message)], name)


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """The data of a TOML text.

    Raises:
        PolicyError: It is not TOML; with line and column.
    """
    if _nesting(text) > _DEEPEST:
        raise PolicyError.of([Fault((), _too_deep())], name)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        match = _PLACE.search(message)
        line, column = (int(match[1]), int(match[2])) if match else _end(text)
        message = _PLACE.sub("", message).removesuffix(" (at end of document)")
        message += _hint(text, line, column)
        fault = Fault((), f"this is not TOML: {message}", line=line, column=column)
    except (ValueError, RecursionError) as error:  # a number with thousands of digits
        fault = Fault((), f"this is not TOML that can be read: {str(error)[:200]}")
    raise PolicyError.of([fault], name)


def _hint(text: str, line: int, column: int) -> str:
    """What to write instead of a letter or a quote that TOML does not know bare."""
    here = text.split("\n")[line - 1][column - 1 :][:1]
    if here and here in _CURLY:
        return f'; write " instead of {here}'
    if here and not here.isascii() and here.isalpha():
        return f'; put names that are not plain ASCII between quotes, as in "{here}…"'
    return ""


def _end(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _too_deep() -> str:
    return f"tables and lists are nested more than {_DEEPEST} deep, which no policy needs"


_BRACKETS = re.compile(
    r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[{]|[\]}]|(?:\.\s*[\w"\'-]+\s*){40}'
)


def _nesting(text: str) -> int:
    """How deep brackets and dotted keys nest, at most; text in quotes aside."""
    depth = deepest = 0
    for match in _BRACKETS.finditer(text):
        found = match[0]
        if found in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif found in "]}":
            depth -= 1
        elif found.startswith("."):
            return _DEEPEST + 1
    return deepest


def parse_json(text: str, name: str) -> Any:
    """The data of a JSON text.

    Raises:
        PolicyError: It is not JSON, or a key stands twice in one table.
    """
    twice: dict[str, None] = {}

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(items)
        if len(table) < len(items):
            counts = Counter(key for key, _ in items)
            twice.update(dict.fromkeys(key for key, count in counts.items() if count > 1))
        return table

    fault, data = None, None
    try:
        if _nesting(text) > _DEEPEST:
            raise RecursionError
        data = json.loads(text, object_pairs_hook=pairs)
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg}"
        fault = Fault((), message, line=error.lineno, column=error.colno)
    except RecursionError:
        fault = Fault((), _too_deep())
    except ValueError as error:  # a number with thousands of digits, half of a character
        fault = Fault((), f"this is not JSON that can be read: {str(error)[:200]}")
    if fault is not None:
        raise PolicyError.of([fault], name)
    if twice:
        faults = [Fault((), f"the key {key[:80]!r} stands twice in one table") for key in twice]
        raise PolicyError.of(faults, name)
    return data


def add_positions(text: str, name: str, read: Callable[[], Any]) -> Any:
    """Read a policy from TOML data, and give each fault the line and column it stands at."""
    try:
        return read()
    except PolicyError as error:
        known = key_positions(text)
        faults = []
        for fault in error.faults:
            place = nearest_position(known, fault.path) or (None, None)
            faults.append(fault._replace(line=place[0], column=place[1]))
        faults.sort(key=lambda fault: (fault.line or 0, fault.column or 0))
        raise PolicyError.of(faults, name) from None


def to_json(data: Mapping[str, Any]) -> str:
    """A policy's data as JSON."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def to_canonical_json(data: Mapping[str, Any]) -> bytes:
    """Data as the one JSON text that equal data have, to take a fingerprint of."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")
