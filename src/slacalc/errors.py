"""Every error this library raises.

All derive from `SlacalcError`, so one `except` catches them, and each also derives from the
built-in it refines. A message says what was given, where it stands and what would be right; the
same facts are attributes, so that a program need not read the message.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

__all__ = [
    "CalendarError",
    "DateError",
    "HolidaysError",
    "HorizonError",
    "HoursError",
    "InstantError",
    "MissingExtraError",
    "NaiveDatetimeError",
    "NeverOpen",
    "ProvisionalError",
    "ReversedRangeError",
    "SlacalcError",
    "TimeZoneError",
    "WorkError",
]


class SlacalcError(Exception):
    """The root of every error of this library.

    Args:
        message: One sentence or two for the person who meets the error.
        **facts: What the message is made of; each becomes an attribute.

    Attributes:
        where: The path to the faulty value inside what was given, such as
            ``exceptions.2026-12-24``, or the empty string.
    """

    where: str = ""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.__dict__.update(facts)

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.where}: {message}" if self.where else message


class InstantError(SlacalcError, ValueError):
    """Something that is not one instant was given where an instant is needed.

    Attributes:
        given: The value as it came in.
    """

    given: Any


class NaiveDatetimeError(InstantError):
    """A datetime without a zone was given; it names no instant."""


class HorizonError(SlacalcError, ValueError):
    """An instant, or the end of some work, lies outside the supported years.

    Attributes:
        instant: The offending instant as text.
        horizon: The first and last supported year.
    """

    instant: str
    horizon: tuple[int, int]


class ProvisionalError(SlacalcError, ValueError):
    """With ``strict=True``: an answer reaches past the officially published holidays.

    Attributes:
        instant: The answer, or the instant asked about, as text.
        since: The first date whose holidays are not published.
    """

    instant: str
    since: date


class NeverOpen(SlacalcError, ValueError):  # noqa: N818 - the name that users know
    """Work was to be placed on a calendar without a single working minute.

    Attributes:
        time_zone: The calendar's zone.
    """

    time_zone: str


class WorkError(SlacalcError, ValueError):
    """A length of work cannot be read, or could be read in more than one way.

    Attributes:
        given: The value as it came in.
    """

    given: Any


class HoursError(SlacalcError, ValueError):
    """Opening hours, or a name of weekdays, cannot be read.

    Attributes:
        given: The whole text or value.
    """

    given: Any


class DateError(SlacalcError, ValueError):
    """A date or a range of dates cannot be read.

    Attributes:
        given: The value as it came in.
    """

    given: Any


class ReversedRangeError(SlacalcError, ValueError):
    """A range ends before it begins.

    Attributes:
        start: The beginning as given.
        end: The end as given.
    """

    start: Any
    end: Any


class TimeZoneError(SlacalcError, LookupError):
    """A zone is not in the IANA time zone database.

    Attributes:
        given: The name as it came in.
        suggestions: Names that look alike.
    """

    given: Any
    suggestions: list[str]


class HolidaysError(SlacalcError, ValueError):
    """A list of holidays, its country, subdivision or category is unknown or unreadable.

    Attributes:
        given: The value as it came in.
        suggestions: Names that look alike.
    """

    given: Any
    suggestions: list[str]


class CalendarError(SlacalcError, ValueError):
    """The parts of a calendar do not fit together.

    Attributes:
        given: The offending value.
    """

    given: Any


class MissingExtraError(SlacalcError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        extra: The extra of this package that brings it.
        install: The command that installs it.
    """

    extra: str
    install: str


@contextmanager
def located(where: str) -> Iterator[None]:
    """Name the place of any of our errors raised inside, outermost part first."""
    try:
        yield
    except SlacalcError as error:
        between = "." if error.where and not error.where.startswith("[") else ""
        error.where = where + between + error.where
        raise


def did_you_mean(given: object, known: Iterable[str]) -> tuple[str, list[str]]:
    """A clause such as ``; did you mean 'CN'?`` (or nothing) and the names it suggests."""
    import difflib  # noqa: PLC0415 - only for messages

    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(str(given).casefold(), by_folded, n=2, cutoff=0.6)
    names = [by_folded[name] for name in close]
    return (f"; did you mean {' or '.join(map(repr, names))}?" if names else ""), names
