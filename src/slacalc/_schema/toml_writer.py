"""Write the data of a policy as readable TOML: one block for each row, one line for a condition.

This is the only module that uses tomlkit; it is imported when a policy is written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import Item, Trivia

from slacalc._time.dates import parse_date

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATES = ("effective_from", "effective_until", "from", "until")
_WIDTH = 100
# Keys that need no quotes, and texts that need nothing else: most, and so the quicker way.
_BARE, _PLAIN = re.compile(r"[A-Za-z0-9_-]+"), re.compile(r"[ !#-\[\]-~]*")

# The levels of a section that have headers of their own; what is deeper is written in line.
_HEADER_LEVELS = {
    "calendars": 2,
    "attributes": 1,
    "fields": 1,
    "metrics": 2,
    "tables": 2,
    "adjustments": 1,
    "refusals": 1,
    "coverage": 1,
    "preconditions": 2,
    "consequences": 1,
    "objectives": 2,
    "availability": 2,
    "duties": 2,
    "penalties": 2,
    "settlement": 1,
    "versions": 1,
}


def to_toml(data: Mapping[str, Any]) -> str:
    """Write the data of a policy as TOML."""
    document = tomlkit.document()
    for key, value in data.items():
        document[key] = _section(key, value, _HEADER_LEVELS.get(key, 0))
    text: str = tomlkit.dumps(document)
    return text


def _section(key: str, value: Any, levels: int) -> Any:
    """A value with headers of its own, down to *levels* levels."""
    if levels and isinstance(value, dict) and value:
        has_only_headers = all(isinstance(item, dict | list) and item for item in value.values())
        table = tomlkit.table(is_super_table=levels > 1 and has_only_headers)
        for inner, item in value.items():
            table[inner] = _section(inner, item, levels - 1)
        return table
    if levels and isinstance(value, list) and value and isinstance(value[0], dict):
        blocks = tomlkit.aot()
        for row in value:
            block = tomlkit.table()
            for inner, item in row.items():
                block[inner] = _in_line(inner, item)
            blocks.append(block)
        return blocks
    return _in_line(key, value)


def _in_line(key: str, value: Any) -> _InLine:
    return _InLine(_text(key, value))


def _text(key: str, value: Any) -> str:
    """A value on one line; a list that is too long for one has a line for each item."""
    if isinstance(value, dict):
        items = (f"{_key(inner)} = {_text(inner, item)}" for inner, item in value.items())
        return f"{{{', '.join(items)}}}"
    if isinstance(value, list):
        texts = [_text("", item) for item in value]
        text = f"[{', '.join(texts)}]"
        return (
            text
            if len(text) <= _WIDTH
            else "".join(["[\n", *(f"    {each},\n" for each in texts), "]"])
        )
    if key in _DATES and isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        value = parse_date(value)
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return f'"{value}"'
    return str(tomlkit.item(value).as_string())


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else tomlkit.key(name).as_string()


class _InLine(Item):
    """A value as text: the tables of tomlkit look at all of their items for each that is added."""

    def __init__(self, text: str) -> None:
        super().__init__(Trivia())
        self._text = text

    @property
    def discriminant(self) -> int:
        return 100  # not one of the kinds of tomlkit

    def as_string(self) -> str:
        return self._text

    def unwrap(self) -> Any:
        return tomlkit.value(self._text).unwrap()

    def _getstate(self, protocol: int = 3) -> tuple[Any, ...]:
        del protocol
        return (self._text,)
