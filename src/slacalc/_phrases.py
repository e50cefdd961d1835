"""Messages of errors and findings in other languages, found by their English text.

They are made in English, as sentences in the code, and travel as text: in the columns and files
of rows in error, in the faults of a policy, inside other errors, and from libraries below this one.
A template and its facts would be lost on the way. So it is the text that is translated, by a book
of phrases, `locale/zh/errors.txt`: an English message with placeholders, and below it the same in
the other language.

Each phrase is listed under its rarest word, so that a message is compared with a few, the most
specific first. A placeholder ends where the text after it first comes, but nothing that is quoted
is text of a phrase. What stands in a placeholder is translated in the same way if it is prose, and
kept if it is not, such as a name, a number or something quoted.

A message of which a part has no translation stays whole in English: none is half translated. So
does a line of more than a thousand characters, which is mostly a value that it quotes, and one that
would have to be compared with too many phrases.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from slacalc._i18n import LOCALES, language_code, languages
from slacalc._threads import cached_property

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    "tested": r"[\w.-]+",
    "source": _FILE,
    "out": _FILE,
}
_KEPT: Final = frozenset({"because", "install", "out", "path", "quote", "shown", "source", "usage"})
# What stands for conditions, which have phrases of their own.
_CONDITIONS: Final = frozenset({"condition", "conditions", "tested"})
_QUOTED: Final = re.compile(r"""(?<!\w)'(?:[^'\\]|\\.)*+'|(?<!\w)"(?:[^"\\]|\\.)*+"|`[^`]*+`""")
_WORD: Final = re.compile(r"\w+")
_PROSE: Final = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|[a-z]{2,} ''|'' [a-z]{2,}")
_NEEDS_SPACE: Final = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9`'\"]|[A-Za-z0-9`'\"][\u4e00-\u9fff]")
_DEEPEST: Final = 6  # levels of messages inside messages
_LONGEST: Final = 1_000  # characters of a line
MAX_COMPARISONS: Final = 1_000  # of a line, and of the messages inside it, with phrases


def in_language(message: str, language: str) -> str:
    """Return a message in a language, line by line; in English if it has none.

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
    translation = Translation(book(code)).translate(text)
    return line if translation is None else line[: len(line) - len(text)] + translation


class _Phrase:
    """A message in English and in another language.

    Args:
        english: The English one, with placeholders.
        translation: The other one, with the same placeholders.

    Attributes:
        rank: Lower for what is tried first: what takes something off a whole message, then what has
            the longest literal text.
        words: The words of the English one that do not touch a placeholder.
        is_condition: Whether it is of conditions, such as ``tier is gold``.
    """

    def __init__(self, english: str, translation: str) -> None:
        self.english, self.translation = english, translation
        self.rank = ("{message}" not in translation, -len(_PLACEHOLDER.sub("", english)), english)
        names = {*_PLACEHOLDER.findall(english)}
        self.is_condition = bool(names) and names <= _CONDITIONS | {"values"}
        masked = _PLACEHOLDER.sub("_", _mask(english))
        self.words = frozenset(word for word in _WORD.findall(masked) if "_" not in word)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        first, *parts = _PLACEHOLDER.split(_mask(self.english))
        groups = [
            f"(?P<{name}>{_NARROW.get(name, '.+?')}){re.escape(literal)}"
            for name, literal in zip(parts[::2], parts[1::2], strict=True)
        ]
        # Each but the last is atomic, so that matching takes time by the length of the text.
        atomic = "".join(f"(?>{group})" for group in groups[:-1])
        return re.compile(re.escape(first) + atomic + "".join(groups[-1:]))

    def values(self, text: str, masked: str) -> dict[str, str] | None:
        """What the placeholders stand for in a message; None if it is another one."""
        if match := self._pattern.fullmatch(masked):
            values = {name: text[slice(*match.span(name))] for name in match.groupdict()}
            if _PLACEHOLDER.sub(lambda part: values[part[1]], self.english) == text:  # quotes too
                return values
        return None


class Book:
    """The phrases of a language.

    Args:
        phrases: The phrases, each of which is listed under its rarest word.
    """

    def __init__(self, phrases: Sequence[_Phrase]) -> None:
        counts = Counter(word for phrase in phrases for word in phrase.words)
        self._by_word: dict[str, list[_Phrase]] = defaultdict(list)
        for phrase in phrases:
            rarest = min(phrase.words, key=lambda word: (counts[word], word), default="")
            self._by_word[rarest].append(phrase)

    def like(self, text: str) -> list[_Phrase]:
        """The phrases whose words are all in a text, in the order in which they are tried."""
        words = {"", *_WORD.findall(text)}
        listed = (phrase for word in words for phrase in self._by_word.get(word, ()))
        return sorted(
            (phrase for phrase in listed if phrase.words <= words), key=attrgetter("rank")
        )


@lru_cache(maxsize=8)
def book(code: str) -> Book:
    """The phrases of a language; none for English."""
    path = LOCALES / code / "errors.txt"
    if code not in languages() or not path.is_file():
        return Book([])
    lines = [line for line in path.read_text("utf-8").split("\n") if not line.startswith("# ")]
    pairs = (block.split("\n") for block in re.split(r"\n{2,}", "\n".join(lines).strip("\n")))
    return Book([_Phrase(english, translation) for english, translation in pairs])


class Translation:
    """The translation of a line, which is given up after too many comparisons.

    Args:
        book: The phrases of the language.

    Attributes:
        comparisons: The number of phrases that parts of the line were compared with.
    """

    def __init__(self, book: Book) -> None:
        self._book, self.comparisons = book, 0

    def translate(self, text: str, depth: int = _DEEPEST, name: str = "message") -> str | None:
        """The translation of a message, or of a value with a name; None if it has none."""
        masked = _mask(text)
        for phrase in self._book.like(masked) if depth else ():
            if phrase.is_condition != (name in _CONDITIONS):
                continue
            if self.comparisons == MAX_COMPARISONS:
                return None
            self.comparisons += 1
            values = phrase.values(text, masked)
            if values is not None:
                translations = {name: self._value(name, values[name], depth) for name in values}
                if None not in translations.values():
                    return _fill(phrase.translation, translations)
        return None

    def _value(self, name: str, value: str, depth: int) -> str | None:
        """What a placeholder stands for: translated, or as it is if that is not prose."""
        if name in _KEPT or (name != "message" and _QUOTED.fullmatch(value)):
            return value
        translation = self.translate(value, depth - 1, name)
        is_prose = name == "message" or _PROSE.search(_QUOTED.sub("''", value))
        return value if translation is None and not is_prose else translation


def _mask(text: str) -> str:
    """A text of the same length, of which nothing is left that is quoted."""
    return _QUOTED.sub(lambda match: match[0][0] + "\0" * (len(match[0]) - 2) + match[0][-1], text)


def _fill(translation: str, values: Mapping[str, str | None]) -> str:
    """Fill the placeholders; between a Chinese character and a Latin one there is a space."""
    filled = ""
    for index, part in enumerate(_PLACEHOLDER.split(translation)):
        text = str(values[part]) if index % 2 else part
        filled += " " if _NEEDS_SPACE.fullmatch(filled[-1:] + text[:1]) else ""
        filled += text
    return filled
