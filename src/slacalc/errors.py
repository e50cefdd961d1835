"""Every error this library raises.

All derive from `SlacalcError`, so one `except` catches them, and each also derives from the
built-in it refines. A message says what was given, where it stands and what would be right; the
same facts are attributes, so that a program need not read the message.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

__all__ = [
    "CalendarError",
    "ClockError",
    "ColumnError",
    "DateError",
    "EventError",
    "Fault",
    "HolidaysError",
    "HorizonError",
    "HoursError",
    "InstantError",
    "LateEventError",
    "MissingExtraError",
    "NaiveDatetimeError",
    "NeverOpen",
    "PolicyError",
    "PresetError",
    "ProvisionalError",
    "ReportError",
    "ReversedRangeError",
    "SlacalcError",
    "TicketError",
    "TimeZoneError",
    "UnknownMetricError",
    "WorkError",
]

_MOST_LISTED = 12


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
        message = str(self.args[0])  # which a KeyError would put in quotes
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


class ColumnError(SlacalcError, ValueError):
    """A column holds what it should not, or does not fit the others.

    Attributes:
        column: Its name, or that of the argument.
        given: What it holds.
        row: The first row at fault, from 0; absent where it is the column as a whole.
    """

    column: str
    given: Any
    row: int


class ReportError(SlacalcError, ValueError):
    """A report cannot be made as it was asked for.

    Attributes:
        argument: What was asked, by the name of the argument.
        given: Its value as it came in.
    """

    argument: str
    given: Any


class MissingExtraError(SlacalcError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        extra: The extra of this package that brings it.
        install: The command that installs it.
    """

    extra: str
    install: str


class Fault(NamedTuple):
    """One thing that is wrong with a policy.

    Args:
        path: Where it stands, as keys and places in lists, from the top of the document.
        message: What is wrong, in one sentence.
        found: What stands there, cut short; the empty string where something is missing.
        expected: What would be right.
        suggestions: Names that look alike.
        line: The line of the TOML text, from 1, where there is one.
        column: The column, from 1.
        of_meaning: Whether a JSON Schema cannot see it, as with names that are declared nowhere.
    """

    path: tuple[str | int, ...]
    message: str
    found: str = ""
    expected: str = ""
    suggestions: tuple[str, ...] = ()
    line: int | None = None
    column: int | None = None
    of_meaning: bool = False

    @property
    def where(self) -> str:
        """The path as text, such as ``tables.vip[2].targets.arrival``."""
        return path_text(self.path)

    def __str__(self) -> str:
        where = self.where
        if self.line is not None:
            where = f"line {self.line}, column {self.column}" + (f": {where}" if where else "")
        return f"{where}: {self.message}" if where else self.message

    def to_dict(self) -> dict[str, Any]:
        """The fault as plain data, ready for JSON."""
        return {
            "path": self.where,
            "message": self.message,
            "found": self.found,
            "expected": self.expected,
            "suggestions": list(self.suggestions),
            "line": self.line,
            "column": self.column,
        }


class PolicyError(SlacalcError, ValueError):
    """A policy has faults; all of them are told, not only the first.

    Attributes:
        faults: The faults, in the order of the document.
        source: The file they were found in, where it is known; else the empty string.
    """

    faults: tuple[Fault, ...]
    source: str = ""

    _MOST = 50

    @classmethod
    def of(cls, faults: Iterable[Fault], source: str = "") -> PolicyError:
        """The error that tells of these faults."""
        told = tuple(faults)
        of_file = f" in {source}" if source else ""
        lines = [str(fault) for fault in told[: cls._MOST]]
        if len(told) > cls._MOST:
            lines.append(f"… and {len(told) - cls._MOST} more")
        if len(told) == 1 and not source:
            message = lines[0]
        else:
            count = "1 fault" if len(told) == 1 else f"{len(told)} faults"
            message = "\n  ".join([f"the policy has {count}{of_file}:", *lines])
        return cls(message, faults=told, source=source)


class TicketError(SlacalcError, ValueError):
    """A ticket does not fit the policy.

    Attributes:
        attribute: The attribute of the ticket that does not.
        given: Its value as it came in; None where it is missing.
        known: The values that the policy knows.
        suggestions: Names that look alike.
    """

    attribute: str
    given: Any
    known: tuple[Any, ...] = ()
    suggestions: list[str]


class EventError(SlacalcError, ValueError):
    """An event cannot be read, or says what no policy or ticket knows.

    Attributes:
        event: The type of the event.
        field: The field that is wrong, or the empty string.
        given: The value as it came in.
        suggestions: Names that look alike.
    """

    event: str
    field: str = ""
    given: Any = None
    suggestions: list[str]


class LateEventError(EventError):
    """An event is older than the last one that a clock knows, or than its opening.

    Attributes:
        at: When it happened, as text.
        last: The instant that it may not be older than, as text.
    """

    at: str
    last: str


class ClockError(SlacalcError, ValueError):
    """A stored clock cannot be opened, or a clock is asked about a time before it was opened.

    Attributes:
        given: What was given.
    """

    given: Any = None


class UnknownMetricError(SlacalcError, KeyError):
    """A policy has no such metric.

    Attributes:
        given: The name as it came in.
        suggestions: Names that look alike.
    """

    given: str
    suggestions: list[str]


class PresetError(SlacalcError, LookupError):
    """There is no preset of a name.

    Attributes:
        given: The name as it came in.
        suggestions: Names that look alike.
    """

    given: Any
    suggestions: list[str]


ErrorT = TypeVar("ErrorT", bound=SlacalcError)


def path_text(path: Iterable[str | int]) -> str:
    """A path as people read it: ``tables.vip[2].targets``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text and not part.startswith("[") else part
    return text


@contextmanager
def located(where: str) -> Iterator[None]:
    """Name the place of any of our errors raised inside, outermost part first."""
    try:
        yield
    except SlacalcError as error:
        between = "." if error.where and not error.where.startswith("[") else ""
        error.where = where + between + error.where
        raise


def did_you_mean(
    given: object, known: Iterable[str], *, alike: float = 0.6
) -> tuple[str, list[str]]:
    """A clause such as ``; did you mean 'CN'?`` (or nothing) and the names it suggests."""
    import difflib  # noqa: PLC0415 - only for messages

    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(str(given)[:80].casefold(), by_folded, n=2, cutoff=alike)
    names = [by_folded[name] for name in close]
    return (f"; did you mean {' or '.join(map(repr, names))}?" if names else ""), names


def unknown_name(
    error: type[ErrorT], what: str, given: object, known: Iterable[str], **facts: Any
) -> ErrorT:
    """An error for a name that is not among those known, with the names it resembles.

    Args:
        error: The class of the error.
        what: What the name should be, with its article, such as ``a metric of helpdesk``.
        given: The name as it came in.
        known: The names that would be right. A dozen or fewer are listed in the message.
        **facts: Further attributes of the error, beside ``given`` and ``suggestions``.

    Returns:
        The error, to be raised.

    Examples:
        >>> raise unknown_name(PresetError, "a preset", "itl", ["itil", "boston"])
        Traceback (most recent call last):
        slacalc.errors.PresetError: 'itl' is not a preset (itil, boston); did you mean 'itil'?
    """
    names = list(known)
    clause, suggestions = did_you_mean(given, names)
    listed = f" ({', '.join(names)})" if 0 < len(names) <= _MOST_LISTED else ""
    message = f"{given!r} is not {what}{listed}{clause}"
    return error(message, given=given, suggestions=suggestions, **facts)


def require_extra(extra: str, purpose: str, *modules: str) -> None:
    """Raise an error that names the `pip install` line where an optional dependency is missing.

    Args:
        extra: The extra of this package that brings the modules.
        purpose: The beginning of the message, such as ``reports need``.
        *modules: The modules to import.

    Raises:
        MissingExtraError: One of them cannot be imported.
    """
    for module in modules:
        try:
            import_module(module)
        except ImportError as error:
            install = f'pip install "slacalc[{extra}]"'
            message = f"{purpose} the extra `{extra}`, of which {module} is missing: {install}"
            raise MissingExtraError(message, extra=extra, install=install) from error
