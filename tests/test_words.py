"""Words in other languages: each message is translated, whole, and said by some explanation."""

from __future__ import annotations

from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import slacalc
from slacalc._words import LOCALES

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(slacalc.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"say": None, "N_": None, "NN_": (1, 2), "plural": (1, 2)}
LANGUAGES = sorted(path.name for path in LOCALES.iterdir())
in_every_language = pytest.mark.parametrize("language", LANGUAGES)


def messages() -> set[str]:
    """What the code says, and marks to be said; of what has a plural, the singular."""
    found = extract_from_dir(str(SOURCE), METHODS, keywords=KEYWORDS)
    said = [message if isinstance(message, str) else message[0] for _, _, message, _, _ in found]
    return {message for message in said if message}


def catalogue(language: str) -> Catalog:
    path = LOCALES / language / "LC_MESSAGES" / "slacalc.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def entries(language: str) -> Iterator[tuple[str, list[str]]]:
    """The messages of a catalogue, the header aside, each with its translations."""
    for message in catalogue(language):
        if message.id:
            one = message.id if isinstance(message.id, str) else message.id[0]
            told = [message.string] if isinstance(message.string, str) else [*message.string]
            assert not message.fuzzy, one
            yield one, told


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@in_every_language
def test_every_message_is_translated(language: str) -> None:
    """What the code says is what the catalogue has, `make words` having been run."""
    told = dict(entries(language))
    assert told.keys() == messages()
    assert not [one for one, those in told.items() if not all(those)]


@in_every_language
def test_translations_have_the_same_placeholders(language: str) -> None:
    """None is lost, and none is made up."""
    for one, told in entries(language):
        assert {frozenset(placeholders(text)) for text in told} == {frozenset(placeholders(one))}


@in_every_language
def test_the_compiled_catalogue_is_that_of_the_text(language: str) -> None:
    """The file that is read says what the file that is written says."""
    path = LOCALES / language / "LC_MESSAGES" / "slacalc.mo"
    with path.open("rb") as file:
        compiled = read_mo(file)
    for message in catalogue(language):
        if message.id:
            assert compiled[message.id].string == message.string
