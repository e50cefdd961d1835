"""Translation of explanations, reports and views, by catalogues of gettext.

`translator(language)` returns a `Translator`, which is always called ``translate``. The messages
in the code are English, and the catalogue of a language translates whole sentences with named
placeholders, so that a language can order them as it needs.

    translate("late from then on, breached after {limit}").format(limit=…)
    translate.plural("{count} working day", "{count} working days", 3).format(count=3)

A message that is defined in one place and translated in another is marked with `N_` in the first.
After a change, ``make words`` collects the messages, updates the catalogues in `locale` and
compiles them, with Babel; a test fails if a message is not translated. Errors are
translated by their text, in `_phrases`; the names of kinds and states in data, and what policies
and tickets contain, are never translated.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

from slacalc._threads import forks_wait
from slacalc._time.durations import length_parts
from slacalc.errors import LanguageError, unknown_name

if TYPE_CHECKING:
    import gettext
    from collections.abc import Callable, Collection, Iterable
    from datetime import date, datetime

DOMAIN: Final = "slacalc"
_LONGEST_CODE = 35  # characters, as BCP 47 advises
LOCALES: Final = Path(__file__).parent / "locale"


def N_(message: str) -> str:  # noqa: N802 - gettext's customary name
    """Mark a message that is translated elsewhere."""
    return message


def NN_(singular: str, plural: str) -> tuple[str, str]:  # noqa: N802 - as N_
    """Mark a message with a number that is translated elsewhere."""
    return singular, plural


_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
WEEKDAY_INITIALS: Final = (N_("Mo"), N_("Tu"), N_("We"), N_("Th"), N_("Fr"), N_("Sa"), N_("Su"))
MONTHS: Final = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)


class Translator:
    """Translates messages, and formats dates, instants and lengths, in one language.

    Args:
        language: The language, such as ``"zh"``.
        catalogue: Its translations; None for English. A message without one stays English.
    """

    def __init__(self, language: str, catalogue: gettext.NullTranslations | None = None) -> None:
        self.language, self._catalogue = language, catalogue

    def __call__(self, message: str) -> str:
        """Translate a message; the caller fills its placeholders."""
        if self._catalogue is None:
            return message
        return self._catalogue.gettext(message) if message else ""

    def plural(self, singular: str, plural: str, count: float) -> str:
        """Translate a message with a number; the caller fills its placeholders."""
        if self._catalogue is None:
            return singular if count == 1 else plural
        return self._catalogue.ngettext(singular, plural, 1 if count == 1 else 2)

    def either(self, names: Iterable[str]) -> str:
        """Join alternatives: ``gold or silver``."""
        form = self(N_("{one} or {other}"))
        return reduce(lambda one, other: form.format(one=one, other=other), names)

    def listed(self, parts: Iterable[str]) -> str:
        """Join parts by commas: ``running 2h, halted 19h``."""
        return self(N_(", ")).join(parts)

    def weekday(self, day: date) -> str:
        """The short name of a weekday: ``Mon``."""
        return self(_WEEKDAYS[day.weekday()])

    def short_month(self, month: int) -> str:
        """The short name of a month, from 1 to 12: ``Jan``."""
        name = MONTHS[month - 1]
        translation = self(name)
        return name[:3] if translation == name else translation  # short enough in Chinese

    def length(self, microseconds: int, *, has_days: bool = True) -> str:
        """Format a length: ``2d 3h 30m``; without days ``51h 30m``, as for working time."""
        sign, parts = length_parts(microseconds, has_days=has_days)
        return sign + " ".join(self(_LENGTHS[unit]).format(number=number) for number, unit in parts)

    def instant(self, at: datetime, offset: str = "") -> str:
        """Format an instant with its weekday; seconds are shown only if they are not zero.

        Args:
            at: The instant.
            offset: The format of the offset from UTC, such as ``"%z"``; default: no offset.
        """
        time = f"{at:%H:%M:%S}" if at.second or at.microsecond else f"{at:%H:%M}"
        time += f".{at.microsecond:06}" if at.microsecond else ""
        text = self(N_("{weekday} {date} {time}")).format(
            weekday=self.weekday(at), date=at.date().isoformat(), time=time
        )
        return f"{text} {at:{offset}}" if offset else text


_LENGTHS = {
    "d": N_("{number}d"),
    "h": N_("{number}h"),
    "m": N_("{number}m"),
    "s": N_("{number}s"),
}


def translator(language: str = "en", also: Callable[[], Collection[str]] = frozenset) -> Translator:
    """Return the translator of a language.

    Args:
        language: The code of the language, such as ``"zh"``, ``"zh-CN"`` or ``"zh_CN"``.
        also: Returns the codes of languages that are known too, of which this library has no
            catalogue: in these the text is English, and only names of holidays are not.

    Raises:
        LanguageError: The language is not known.

    Example:
        >>> translator("zh").length(9_000_000_000)
        '2小时 30分'
        >>> translator("fr", lambda: ["fr"])("weekend")
        'weekend'
        >>> translator("fr")
        Traceback (most recent call last):
        slacalc.errors.LanguageError: language: 'fr' is not a language of this text (en, zh)
    """
    _check_language(str(language), also)
    return _translator(language.replace("-", "_"))


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The codes of the languages of the text: English, and those with a catalogue."""
    return ("en", *sorted(folder.name for folder in LOCALES.iterdir() if folder.is_dir()))


@lru_cache(maxsize=64)
def _check_language(language: str, also: Callable[[], Collection[str]]) -> None:
    code = language_code(language) if len(language) <= _LONGEST_CODE else language
    known = languages()
    if code in known:
        return
    others = also()
    if code in others:
        return
    listed = ", ".join(sorted(others))
    hint = f", nor a language of the names of holidays ({listed})" if others else ""
    what = "a language of this text"
    raise unknown_name(LanguageError, what, language, known, where="language", hint=hint)


def language_code(language: str) -> str:
    """The code of a language without its region: ``zh`` for ``zh-CN``."""
    return language.replace("-", "_").split("_")[0].casefold()


@lru_cache(maxsize=64)
def _translator(language: str) -> Translator:
    code = language_code(language)
    if code == "en":
        return Translator(language)
    with forks_wait:
        import gettext  # noqa: PLC0415 - not needed for English

    languages = [language, code]  # gettext itself tries zh_CN and zh, but not Zh
    return Translator(language, gettext.translation(DOMAIN, LOCALES, languages, fallback=True))


ENGLISH: Final = Translator("en")


def width(text: str) -> int:
    """The number of terminal cells that a text takes: a Chinese character takes two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pad(text: str, cells: int, align: str = "<") -> str:
    """Pad a text with spaces to a number of terminal cells; *align* is ``<``, ``^`` or ``>``."""
    room = max(cells - width(text), 0)
    left = {"<": 0, "^": room // 2, ">": room}[align]
    return " " * left + text + " " * (room - left)
