"""A policy's data as TOML that people like to read: a block a row, conditions on one line.

It is the only module that knows tomlkit, and is loaded when a policy is written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import tomlkit

from slacalc._time.dates import parse_date

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATES = ("effective_from", "effective_until", "from", "until")
_WIDTH = 100


# How many levels of a section have headers of their own; below, all stands on one line.
_LEVELS = {
    "calendars": 2,
    "attributes": 1,
    "metrics": 2,
    "tables": 2,
    "refusals": 1,
    "coverage": 1,
    "preconditions": 2,
    "consequences": 1,
    "objectives": 2,
    "versions": 1,
}


def to_toml(data: Mapping[str, Any]) -> str:
    """A policy's data as TOML: a block a row, conditions and targets on a line each."""
    document = tomlkit.document()
    for key, value in data.items():
        document[key] = _section(key, value, _LEVELS.get(key, 0))
    text: str = tomlkit.dumps(document)
    return text


def _section(key: str, value: Any, levels: int) -> Any:
    """A value with headers of its own, down to so many levels."""
    if levels and isinstance(value, dict) and value:
        headed = all(isinstance(one, dict | list) and one for one in value.values())
        table = tomlkit.table(is_super_table=levels > 1 and headed)
        for inner, one in value.items():
            table[inner] = _section(inner, one, levels - 1)
        return table
    if levels and isinstance(value, list) and value and isinstance(value[0], dict):
        blocks = tomlkit.aot()
        for one in value:
            block = tomlkit.table()
            for inner, part in one.items():
                block[inner] = _in_line(inner, part)
            blocks.append(block)
        return blocks
    return _in_line(key, value)


def _in_line(key: str, value: Any) -> Any:
    """A value on one line, but for lists that are too long for it."""
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for inner, one in value.items():
            table[inner] = _in_line(inner, one)
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        array.extend(_in_line("", one) for one in value)
        return array.multiline(multiline=len(array.as_string()) > _WIDTH)
    if key in _DATES and isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return tomlkit.item(parse_date(value))
    return tomlkit.item(value)
