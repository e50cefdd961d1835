"""The words of explanations and reports, in the language of whoever reads them.

`translator(language)` returns a `Translator`, by custom called ``translate``. English stands in the
code, and a catalogue of gettext translates it: whole sentences with named placeholders, so that a
language can order them as it likes.

    translate("late from then on, breached after {limit}").format(limit=…)
    translate.plural("{count} working day", "{count} working days", 3).format(count=3)

A message that is chosen far from where it is said is marked with `N_` where it stands. After a
change, ``make words`` collects the messages, brings the catalogues in `locale` up to date and
compiles them, with Babel; the tests fail on a message that is not translated. Errors, names of
kinds and states in data, and what policies and tickets bear are never translated.
"""

from __future__ import annotations

import gettext
import unicodedata
from functools import cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

from slacalc._time.durations import length_parts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

DOMAIN: Final = "slacalc"
LOCALES: Final = Path(__file__).parent / "locale"


def N_(message: str) -> str:  # noqa: N802 - gettext's customary name
    """Mark a message that is said elsewhere."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802
    """Mark a message about so many that is said elsewhere."""
    return one, many


_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
WEEKDAY_INITIALS: Final = (
    N_("Mo"),
    N_("Tu"),
    N_("We"),
    N_("Th"),
    N_("Fr"),
    N_("Sa"),
    N_("Su"),
)
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
    """What to say in a language.

    Args:
        language: The language, such as ``"zh"``.
        catalogue: Its translations; without any, what is said is English.
    """

    def __init__(self, language: str, catalogue: gettext.NullTranslations) -> None:
        self.language, self._catalogue = language, catalogue

    def __call__(self, message: str) -> str:
        """A message; its placeholders are still to be filled."""
        return self._catalogue.gettext(message) if message else ""

    def plural(self, one: str, many: str, count: float) -> str:
        """A message about so many; its placeholders are still to be filled."""
        return self._catalogue.ngettext(one, many, 1 if count == 1 else 2)

    def either(self, names: Iterable[str]) -> str:
        """Names of which any one will do: ``gold or silver``."""
        form = self(N_("{one} or {other}"))
        return reduce(lambda one, other: form.format(one=one, other=other), names)

    def listed(self, parts: Iterable[str]) -> str:
        """Parts one after the other: ``running 2h, halted 19h``."""
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
        """A length: ``2d 3h 30m``; ``51h 30m`` without days, as of working time."""
        sign, parts = length_parts(microseconds, has_days=has_days)
        return sign + " ".join(self(_LENGTHS[unit]).format(number=number) for number, unit in parts)

    def instant(self, at: datetime, offset: str = "") -> str:
        """An instant with its weekday, and with seconds only where it has some.

        Args:
            at: The instant.
            offset: How to show its offset from UTC, such as ``"%z"``; the empty string for not.
        """
        time = f"{at:%H:%M:%S}" if at.second or at.microsecond else f"{at:%H:%M}"
        time += f".{at.microsecond:06}" if at.microsecond else ""
        shown = self(N_("{weekday} {date} {time}")).format(
            weekday=self.weekday(at), date=at.date().isoformat(), time=time
        )
        return f"{shown} {at:{offset}}" if offset else shown


_LENGTHS = {
    "d": N_("{number}d"),
    "h": N_("{number}h"),
    "m": N_("{number}m"),
    "s": N_("{number}s"),
}


def translator(language: str = "en") -> Translator:
    """What to say in a language; English where there is no catalogue of it.

    Args:
        language: Its code, such as ``"zh"``, ``"zh-CN"`` or ``"zh_CN"``.

    Example:
        >>> translator("zh").length(9_000_000_000)
        '2小时 30分'
        >>> translator("de")("weekend")
        'weekend'
    """
    return _translator(language.replace("-", "_"))


@cache
def _translator(language: str) -> Translator:
    # gettext looks for zh_CN.UTF-8, zh_CN and zh, in this order.
    return Translator(language, gettext.translation(DOMAIN, LOCALES, [language], fallback=True))


ENGLISH: Final = Translator("en", gettext.NullTranslations())


def width(text: str) -> int:
    """How many cells of a terminal a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def pad(text: str, cells: int, align: str = "<") -> str:
    """A text filled up with spaces to so many cells of a terminal; *align* is as in a format."""
    room = max(cells - width(text), 0)
    left = {"<": 0, "^": room // 2, ">": room}[align]
    return " " * left + text + " " * (room - left)
