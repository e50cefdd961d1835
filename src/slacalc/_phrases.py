"""Messages of errors in other languages, found by their English text.

Errors are raised in English, as sentences in the code, and travel as text: in the columns and files
of rows in error, in the faults of a policy, inside other errors. So it is the text that is
translated, by a book of phrases, `locale/zh/errors.txt`: an English message with placeholders, and
below it the same in the other language. A message is matched with the English of the phrases, the
most specific first. What stands in a placeholder is translated in the same way if it is prose, and
kept if it is not, such as a name, a number or something quoted.

A message of which a part has no translation stays whole in English: none is half translated. So
does a line of more than a thousand characters, which is mostly a value that it quotes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import starmap
from typing import TYPE_CHECKING, Final, NamedTuple

from slacalc._i18n import LOCALES, language_code, languages

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
_FILE: Final = r"(?:(?!: | \().)+?"
# Placeholders that do not match anything, as the others do; and those that are never prose.
_NARROW: Final = {
    "place": r"[^\s'\"]+",
    "line": r"\d+",
    "column": r"\d+",
    "row": r"[\d,]+",
    "rows": r"[\d, ]+",
    "table": r"[^\s,]+",
    "path": _FILE,
    "source": _FILE,
    "out": _FILE,
}
_KEPT: Final = frozenset({"install", "out", "path", "quote", "shown", "source", "usage"})
_QUOTED: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`""")
_PROSE: Final = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|[a-z]{2,} ''|'' [a-z]{2,}")
_NEEDS_SPACE: Final = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9`'\"]|[A-Za-z0-9`'\"][\u4e00-\u9fff]")
_DEEPEST: Final = 6  # levels of messages inside messages
_LONGEST: Final = 1_000  # characters of a line; matching takes time by a power of the length


class _Phrase(NamedTuple):
    """A message in English and in another language.

    Args:
        literals: The parts of the English one that are always the same.
        pattern: A regular expression for all of it.
        translation: The other one, with the same placeholders.
    """

    literals: tuple[str, ...]
    pattern: str
    translation: str


def in_language(message: str, language: str) -> str:
    """Return the message of an error in a language, line by line; in English if it has none.

    Args:
        message: The message, in English.
        language: The code of the language, such as ``"zh-CN"``.

    Example:
        >>> in_language("tables.vip: '4h' does not say how long", "zh")
        "tables.vip：'4h' 没有说明时限"
        >>> in_language("the printer is on fire", "zh")
        'the printer is on fire'
    """
    code = language_code(language)
    return "\n".join(
        _line_in_language(line, code) if len(line) <= _LONGEST else line
        for line in message.split("\n")
    )


@lru_cache(maxsize=1024)
def _line_in_language(line: str, code: str) -> str:
    text = line.lstrip(" ")
    translation = _translate(text, _phrases(code), _DEEPEST)
    return line if translation is None else line[: len(line) - len(text)] + translation


def _translate(text: str, phrases: tuple[_Phrase, ...], depth: int) -> str | None:
    for literals, pattern, translation in phrases if depth else ():
        if all(literal in text for literal in literals) and (match := re.fullmatch(pattern, text)):
            values = {
                name: _translate_value(name, value, phrases, depth)
                for name, value in match.groupdict().items()
            }
            if None not in values.values():
                return _fill(translation, values)
    return None


def _translate_value(name: str, value: str, phrases: tuple[_Phrase, ...], depth: int) -> str | None:
    """What a placeholder stands for: translated, or as it is if that is not prose."""
    if name in _KEPT or (name != "message" and _QUOTED.fullmatch(value)):
        return value
    translation = _translate(value, phrases, depth - 1)
    if translation is None and name != "message" and not _PROSE.search(_QUOTED.sub("''", value)):
        return value
    return translation


def _fill(translation: str, values: Mapping[str, str | None]) -> str:
    """Fill the placeholders; between a Chinese character and a Latin one there is a space."""
    filled = ""
    for index, part in enumerate(_PLACEHOLDER.split(translation)):
        text = str(values[part]) if index % 2 else part
        filled += " " if _NEEDS_SPACE.fullmatch(filled[-1:] + text[:1]) else ""
        filled += text
    return filled


@lru_cache(maxsize=8)
def _phrases(code: str) -> tuple[_Phrase, ...]:
    """The phrases of a language, in the order in which they are tried; none for English.

    First those that take something off a whole message, then those with the longest literal text.
    """
    path = LOCALES / code / "errors.txt"
    if code not in languages() or not path.is_file():
        return ()
    lines = [line for line in path.read_text("utf-8").split("\n") if not line.startswith("# ")]
    pairs = (block.split("\n") for block in re.split(r"\n{2,}", "\n".join(lines).strip("\n")))
    return tuple(sorted(starmap(_phrase, pairs), key=_rank))


def _rank(phrase: _Phrase) -> tuple[bool, int]:
    takes_off = "{message}" in phrase.translation
    return not takes_off, -sum(map(len, phrase.literals))


def _phrase(english: str, translation: str) -> _Phrase:
    literals = _PLACEHOLDER.split(english)
    pattern = "".join(
        f"(?P<{part}>{_NARROW.get(part, '.+?')})" if index % 2 else re.escape(part)
        for index, part in enumerate(literals)
    )
    return _Phrase(tuple(filter(None, literals[::2])), pattern, translation)
