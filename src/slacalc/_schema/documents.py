"""Parse TOML and JSON texts of policies, add positions to their faults, and write JSON.

Size, nesting and numbers are limited before a text is parsed, so that a hostile file costs no more
than a second. Duplicate keys are faults in JSON as they are in TOML. `toml_writer` writes TOML.
"""

from __future__ import annotations

import errno
import json
import os
import re
import select
import tomllib
from collections import Counter
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slacalc._schema.limits import MAX_BYTES, MAX_NESTING
from slacalc._schema.toml_positions import key_positions, nearest_position
from slacalc.errors import Fault, PolicyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CURLY_QUOTES = "“”„‘’＂＇"
_POSITION = re.compile(r" \(at line (\d+), column (\d+)\)$")
_SHORT_WAIT, _LONG_WAIT = 0.2, 5  # seconds, for the first and for the next bytes of a pipe


def read_text(source: str | PathLike[str]) -> tuple[str, str]:
    """Return the text of a source, and the name of its file.

    Args:
        source: A path; or the text itself, which is recognised by a line break or by the bracket
            at its beginning.

    Raises:
        PolicyError: The file does not exist, is too large, or is not in UTF-8.
    """
    if isinstance(source, str) and ("\n" in source or source.lstrip().startswith(("{", "["))):
        if len(source) > MAX_BYTES:
            raise _too_large()
        return source, ""
    if not isinstance(source, str | PathLike):
        message = f"neither a path nor a text: {type(source).__name__}"
        raise PolicyError.of([Fault((), message)])
    path = Path(source)
    name = str(path)
    try:
        data = read_bytes(path, MAX_BYTES + 1)
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


def read_bytes(path: Path, limit: int) -> bytes:
    """Read a file up to a number of bytes; a pipe only while something writes to it.

    Raises:
        OSError: It cannot be read, or is a pipe that nothing comes from.
    """
    if not path.is_fifo():
        with path.open("rb") as file:
            return file.read(limit)
    descriptor, data = os.open(path, os.O_RDONLY | os.O_NONBLOCK), b""
    try:
        select.select([descriptor], [], [], _SHORT_WAIT)  # for who writes to open the other end
        while len(data) < limit:
            try:
                part = os.read(descriptor, limit - len(data))
            except BlockingIOError:  # there is a writer
                if not select.select([descriptor], [], [], _LONG_WAIT)[0]:
                    raise _silent_pipe() from None
                continue
            if not part:
                break
            data += part
        if not data:
            raise _silent_pipe()
    finally:
        os.close(descriptor)
    return data


def _silent_pipe() -> OSError:
    return OSError(errno.EAGAIN, "it is a pipe, and nothing is written to it")


def _too_large(name: str = "") -> PolicyError:
    message = f"the text is larger than {MAX_BYTES:,} bytes, the limit for a policy"
    return PolicyError.of([Fault((), message)], name)


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """Parse a TOML text.

    Raises:
        PolicyError: The text is not TOML; with line and column.
    """
    if _nesting(text) > MAX_NESTING:
        raise PolicyError.of([Fault((), _too_deep())], name)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        match = _POSITION.search(message)
        line, column = (int(match[1]), int(match[2])) if match else _end(text)
        message = _POSITION.sub("", message).removesuffix(" (at end of document)")
        message += _hint(text, line, column)
        fault = Fault((), f"this is not TOML: {message}", line=line, column=column)
    except (ValueError, RecursionError) as error:  # a number with thousands of digits
        fault = Fault((), f"this is not TOML that can be read: {str(error)[:200]}")
    raise PolicyError.of([fault], name)


def _hint(text: str, line: int, column: int) -> str:
    """What to write instead of a curly quote, or of a letter that TOML allows only in quotes."""
    here = text.split("\n")[line - 1][column - 1 :][:1]
    if here and here in _CURLY_QUOTES:
        return f'; write " instead of {here}'
    if here and not here.isascii() and here.isalpha():
        return f'; put names that are not plain ASCII between quotes, as in "{here}…"'
    return ""


def _end(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _too_deep() -> str:
    return f"tables and lists are nested more than {MAX_NESTING} deep, the limit for a policy"


# A quote that is never closed ends with its line, or with the text, so that the ones inside it are
# not tried one after another; what possessive quantifiers have taken, they never give back.
_BRACKETS = re.compile(
    r"""
      \"{3}(?:[^"\\]++|\\.|"(?!""))*+(?:"{3,5}|\\?\Z)
    | '{3}(?:[^']++|'(?!''))*+(?:'{3,5}|\Z)
    | "(?:[^"\\\n]++|\\[^\n])*+"?
    | '[^'\n]*+'?
    | \#[^\n]*+
    | [][{}]
    | (?:\.\s*+[\w"'-]++\s*+){40}
    """,
    re.DOTALL | re.VERBOSE,
)


def _nesting(text: str) -> int:
    """The depth to which brackets and dotted keys are nested, outside quotes and comments."""
    depth = deepest = 0
    for match in _BRACKETS.finditer(text):
        part = match[0]
        if part in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif part in "]}":
            depth -= 1
        elif part.startswith("."):  # a key of more than 40 parts
            return MAX_NESTING + 1
    return deepest


def parse_json(text: str, name: str) -> Any:
    """Parse a JSON text.

    Raises:
        PolicyError: The text is not JSON, or a key occurs twice in one table.
    """
    duplicates: dict[str, None] = {}  # an ordered set

    def to_table(items: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(items)
        if len(table) < len(items):
            counts = Counter(key for key, _ in items)
            duplicates.update(dict.fromkeys(key for key, count in counts.items() if count > 1))
        return table

    fault, data = None, None
    try:
        if _nesting(text) > MAX_NESTING:
            raise RecursionError
        data = json.loads(text, object_pairs_hook=to_table)
        json.dumps(data, ensure_ascii=False).encode()  # fails on half of a surrogate pair
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg}"
        fault = Fault((), message, line=error.lineno, column=error.colno)
    except RecursionError:
        fault = Fault((), _too_deep())
    except ValueError as error:  # a number with thousands of digits, half of a character
        fault = Fault((), f"this is not JSON that can be read: {str(error)[:200]}")
    if fault is not None:
        raise PolicyError.of([fault], name)
    if duplicates:
        faults = [Fault((), f"the key {key[:80]!r} occurs twice in a table") for key in duplicates]
        raise PolicyError.of(faults, name)
    return data


def add_positions(text: str, name: str, read: Callable[[], Any]) -> Any:
    """Return what *read* returns; add line and column to the faults that it raises.

    Args:
        text: The TOML text whose data is read.
        name: The name of its file.
        read: Reads the data.

    Raises:
        PolicyError: The one that *read* raised, with its faults in the order of the text.
    """
    try:
        return read()
    except PolicyError as error:
        positions = key_positions(text)
        faults = []
        for fault in error.faults:
            line, column = nearest_position(positions, fault.path) or (None, None)
            faults.append(fault._replace(line=line, column=column))
        faults.sort(key=lambda fault: (fault.line or 0, fault.column or 0))
        raise PolicyError.of(faults, name) from None


def to_json(data: Mapping[str, Any]) -> str:
    """Write data as indented JSON."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def to_canonical_json(data: Mapping[str, Any]) -> bytes:
    """Write data as compact JSON with sorted keys: equal data have equal texts."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")
