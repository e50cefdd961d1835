"""Every error that this library raises.

All derive from `SlacalcError`, so that one `except` catches them, and each also derives from the
built-in error that it refines. A message says what was given, where it is and what would be right;
the same facts are attributes, so that a program need not parse the message.

Internal code raises errors about unknown names by `unknown_name`, `unknown_metric` and
`unknown_column`, errors about optional dependencies by `require_extra`, and adds the place of a
value by `located`. Whatever a message repeats of the input is escaped and cut by `one_line`.

This is one subject: a class for each kind of error, with its facts, and what makes their messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = [
    "CalendarError",
    "ClockError",
    "ColumnError",
    "ContractError",
    "DateError",
    "DuplicateEventError",
    "EventError",
    "Fault",
    "HolidaysError",
    "HorizonError",
    "HoursError",
    "InstantError",
    "LanguageError",
    "LateEventError",
    "MissingExtraError",
    "NaiveDatetimeError",
    "NeverOpen",
    "PayloadError",
    "PolicyError",
    "PresetError",
    "ProvisionalError",
    "RecordError",
    "ReportError",
    "ReversedRangeError",
    "SlacalcError",
    "SqlError",
    "TicketError",
    "TimeZoneError",
    "UnknownMetricError",
    "WorkError",
]

_MAX_LISTED, _MAX_KNOWN = 12, 100  # of more names than that, a few say nothing
_MAX_LINE, _MAX_QUOTED, _MAX_WORD = 600, 120, 250  # characters of a message and parts of it
# Quoted text, or what has no spaces, that is too long; an apostrophe does not begin a quotation.
_TOO_LONG = re.compile(
    rf"(?<!\w)'(?:[^'\\]|\\.){{{_MAX_QUOTED},}}+'"
    rf'|(?<!\w)"(?:[^"\\]|\\.){{{_MAX_QUOTED},}}+"'
    rf"|\S{{{_MAX_WORD},}}+"
)
_MAX_NAME = 80  # characters of a name that are compared with others
_MAX_COMPARED = 20_000  # characters of all the names that are compared with one
_MAX_PAIRS = 40_000  # pairs of characters, one of the name and one of another name like it


class SlacalcError(Exception):
    """The base class of all errors of this library.

    Args:
        message: One or two sentences for the person who meets the error.
        **facts: The facts in the message; each becomes an attribute.

    Attributes:
        where: The path to the invalid value inside what was given, such as
            ``exceptions.2026-12-24``; empty if there is none.
        limit: The most of something that there may be, if there was more; else None.
    """

    where: str = ""
    limit: int | None = None

    _MAX_LINES = 1

    def __init__(self, message: str, **facts: Any) -> None:
        lines = message.split("\n", self._MAX_LINES - 1)
        super().__init__("\n".join(map(one_line, lines)))
        self.__dict__.update(facts)

    def __str__(self) -> str:
        message = str(self.args[0])  # KeyError would return its repr
        return f"{one_line(self.where)}: {message}" if self.where else message

    def in_language(self, language: str) -> str:
        """Return the message in a language, with the place of the value.

        Args:
            language: The language, such as ``"zh"``. A message that is not translated is English.

        Example:
            >>> from slacalc import Calendar, SlacalcError
            >>> try:
            ...     Calendar("Europe/Paris", {"mon-fri": "9-17:75"})
            ... except SlacalcError as error:
            ...     print(error.in_language("zh"))
            week.mon-fri：'9-17:75' 中的 '17:75' 不是一天中的时刻：分与秒最大为 59
        """
        from slacalc._phrases import in_language  # noqa: PLC0415 - which stands above

        return in_language(str(self), language)

    def to_dict(self) -> dict[str, Any]:
        """Return the error as plain data, ready for JSON.

        Returns:
            ``error`` is the name of the class, ``message`` the whole message, ``where`` the path,
            ``facts`` the other attributes that were set, and ``faults`` those of a `PolicyError`.
            What JSON does not have is text in ``facts``.

        Example:
            >>> from slacalc import Calendar, SlacalcError
            >>> try:
            ...     Calendar("Europe/Paris", {"mon-fri": "9-25"})
            ... except SlacalcError as error:
            ...     data = error.to_dict()
            >>> data["error"], data["where"], data["facts"]
            ('HoursError', 'week.mon-fri', {'given': '9-25'})
        """
        facts = {name: self.__dict__[name] for name in self.__dict__ if name not in _OWN_KEYS}
        faults = [fault.to_dict() for fault in self.__dict__.get("faults", ())]
        return {
            "error": type(self).__name__,
            "message": str(self),
            "where": one_line(self.where),
            "facts": {name: _plain(facts[name]) for name in facts},
            "faults": faults,
        }

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """Return the JSON Schema of what `to_dict` returns."""
        text, count = {"type": "string"}, {"type": ["integer", "null"], "minimum": 1}
        fault = {
            "path": text,
            "message": text,
            "found": text,
            "expected": text,
            "suggestions": {"type": "array", "items": text},
            "line": count,
            "column": count,
        }
        faults = {"title": "Fault", "type": "object", "properties": fault, "required": [*fault]}
        properties = {
            "error": text | {"description": "The name of the error's class."},
            "message": text | {"description": "One or two sentences for the person who meets it."},
            "where": text | {"description": "The path to the invalid value; empty if none."},
            "facts": {"type": "object", "description": "The facts of the message, by name."},
            "faults": {
                "type": "array",
                "items": faults,
                "description": "All faults of a policy; empty for other errors.",
            },
        }
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Error",
            "type": "object",
            "properties": properties,
            "required": [*properties],
            "additionalProperties": False,
        }


_OWN_KEYS = ("where", "faults")
_MAX_NESTED = 8  # levels of a value that was given


def _plain(value: Any, depth: int = 0) -> Any:
    """A value as JSON has it; text for what JSON does not have."""
    if value is None or type(value) in (bool, int) or (type(value) is float and isfinite(value)):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if depth < _MAX_NESTED and isinstance(value, Mapping):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if depth < _MAX_NESTED and isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, depth + 1) for item in value]
    if hasattr(value, "to_dict") and type(value).__module__ == "slacalc":
        return value.to_dict()
    return value.isoformat() if isinstance(value, date) else one_line(safe_repr(value))


def safe_repr(value: object) -> str:
    """The ``repr`` of a value; an ellipsis if it is nested too deeply, or too large a number."""
    try:
        return repr(value)
    except (RecursionError, ValueError):
        return "…"


class InstantError(SlacalcError, ValueError):
    """A value is not an instant, or a text cannot be read as one.

    Attributes:
        given: The value that was given.
    """

    given: Any


class NaiveDatetimeError(InstantError):
    """A datetime has no time zone, so that it does not say which instant is meant."""


class HorizonError(SlacalcError, ValueError):
    """An instant, or the end of some work, is outside the supported years.

    Attributes:
        instant: The instant, as text.
        horizon: The first and last supported year.
    """

    instant: str
    horizon: tuple[int, int]


class ProvisionalError(SlacalcError, ValueError):
    """With ``strict=True``: an answer depends on holidays that are not officially published yet.

    Attributes:
        instant: The answer, or the instant that was given, as text.
        since: The first date whose holidays are not published.
    """

    instant: str
    since: date


class NeverOpen(SlacalcError, ValueError):  # noqa: N818 - the name that users know
    """A calendar has no working time at all, so that work on it would never end.

    Attributes:
        time_zone: The time zone of the calendar.
    """

    time_zone: str


class WorkError(SlacalcError, ValueError):
    """A length of work cannot be read, or is ambiguous.

    Attributes:
        given: The value that was given.
        suggestions: Texts that are similar and can be read.
    """

    given: Any
    suggestions: Sequence[str] = ()


class HoursError(SlacalcError, ValueError):
    """Opening hours, or the names of weekdays, cannot be read.

    Attributes:
        given: The whole text or value that was given.
    """

    given: Any


class DateError(SlacalcError, ValueError):
    """A date or a range of dates cannot be read.

    Attributes:
        given: The value that was given.
    """

    given: Any


class ReversedRangeError(SlacalcError, ValueError):
    """A range ends before it begins.

    Attributes:
        start: The start that was given.
        end: The end that was given.
    """

    start: Any
    end: Any


class TimeZoneError(SlacalcError, LookupError):
    """A time zone is not in the IANA time zone database.

    Attributes:
        given: The name that was given.
        suggestions: Known names that are similar.
    """

    given: Any
    suggestions: list[str]


class HolidaysError(SlacalcError, ValueError):
    """A list of holidays cannot be read, or its country, subdivision or category is unknown.

    Attributes:
        given: The value that was given.
        suggestions: Known names that are similar.
    """

    given: Any
    suggestions: list[str]


class LanguageError(SlacalcError, LookupError):
    """There is no translation into a language.

    Attributes:
        given: The language that was given.
        suggestions: Known languages with similar codes.
    """

    given: Any
    suggestions: list[str]


class CalendarError(SlacalcError, ValueError):
    """The parts of a calendar do not fit together.

    Attributes:
        given: The value that does not fit.
    """

    given: Any


class ColumnError(SlacalcError, ValueError):
    """A column is missing, has invalid values, or does not fit the other columns.

    Attributes:
        column: The name of the column, or of the argument.
        given: The values that were given.
        row: The first invalid row, from 0; only set if single rows are invalid.
    """

    column: str
    given: Any
    row: int


class ReportError(SlacalcError, ValueError):
    """An argument of a report is invalid.

    Attributes:
        argument: The name of the argument.
        given: The value that was given.
    """

    argument: str
    given: Any


class ContractError(SlacalcError, ValueError):
    """An argument of `slacalc.contract` is invalid, such as a fee without a currency.

    Attributes:
        argument: The name of the argument.
        given: The value that was given.
        reason: Of a fee that lacks: what depends on it; else an empty string.
        unit: The kind of period for which it lacks; empty string for the period itself.
        example: A fee in the currency of the policy.
    """

    argument: str
    given: Any
    reason: str = ""
    unit: str = ""
    example: str = ""


class SqlError(SlacalcError, ValueError):
    """What was given to write SQL from does not do.

    Attributes:
        given: The value that was given.
    """

    given: Any


class MissingExtraError(SlacalcError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        extra: The extra of this package that includes the dependency.
        install: The command that installs the extra.
    """

    extra: str
    install: str


class Fault(NamedTuple):
    """One fault of a policy.

    Args:
        path: Where the fault is, as keys and indices from the top of the document.
        message: What is wrong, in one sentence.
        found: The value, cut short; empty if a value is missing.
        expected: What would be right.
        suggestions: Known names that are similar.
        line: The line in the TOML text, from 1; None if the policy was not read from TOML.
        column: The column in that line, from 1.
        of_meaning: Whether a JSON Schema cannot find the fault, such as a name that is not
            declared.
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
        """The path as text, such as ``tables.vip[2].targets.arrival``; empty for the whole."""
        return path_text(self.path)

    def in_language(self, language: str) -> str:
        """Return the fault in a language, such as ``"zh"``, as `SlacalcError.in_language` does."""
        from slacalc._phrases import in_language  # noqa: PLC0415 - which stands above

        return in_language(str(self), language)

    def __str__(self) -> str:
        where = self.where
        if self.line is not None:
            where = f"line {self.line}, column {self.column}" + (f": {where}" if where else "")
        message = one_line(self.message)
        return f"{one_line(where)}: {message}" if where else message

    def to_dict(self) -> dict[str, Any]:
        """Return the fault as plain data, ready for JSON."""
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
    """A policy has faults. The error lists all of them, not only the first.

    Attributes:
        faults: The faults, in the order of the document.
        source: The file of the policy; empty if it was not read from a file.
    """

    faults: tuple[Fault, ...]
    source: str = ""

    MAX_SHOWN: ClassVar = 50
    _MAX_LINES = MAX_SHOWN + 2  # one for the number of faults, and one for how many more there are

    @classmethod
    def of(cls, faults: Iterable[Fault], source: str = "") -> PolicyError:
        """Make the error that lists faults.

        Args:
            faults: The faults.
            source: The file of the policy; default: unknown.
        """
        faults = tuple(faults)
        lines = [str(fault) for fault in faults[: cls.MAX_SHOWN]]
        if len(faults) > cls.MAX_SHOWN:
            lines.append(f"… and {len(faults) - cls.MAX_SHOWN} more")
        if len(faults) == 1 and not source:
            message = lines[0]
        else:
            count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
            in_file = f" in {source}" if source else ""
            message = "\n  ".join([f"the policy has {count}{in_file}:", *lines])
        return cls(message, faults=faults, source=source)


class TicketError(SlacalcError, ValueError):
    """A ticket does not fit the policy.

    Attributes:
        attribute: The attribute of the ticket that does not fit.
        given: The value of the attribute; None if it is missing.
        known: The values that the policy declares for it.
        suggestions: Known names that are similar.
    """

    attribute: str
    given: Any
    known: tuple[Any, ...] = ()
    suggestions: list[str]


class EventError(SlacalcError, ValueError):
    """An event cannot be read, or does not fit the policy or the ticket.

    Attributes:
        event: The type of the event.
        field: The invalid field; empty if it is not a single field.
        given: The value that was given.
        suggestions: Known names that are similar.
    """

    event: str
    field: str = ""
    given: Any = None
    suggestions: list[str]


class LateEventError(EventError):
    """An event is earlier than the last event of a clock, or than its opening.

    Attributes:
        at: The instant of the event, as text.
        last: The earliest instant that would be accepted, as text.
    """

    at: str
    last: str


class DuplicateEventError(EventError):
    """An event that is inserted into a clock is in its log already, or has the key of another."""


class ClockError(SlacalcError, ValueError):
    """A stored clock cannot be opened, or an instant is before the opening of a clock.

    Attributes:
        given: The value that was given.
    """

    given: Any = None


class PayloadError(SlacalcError, ValueError):
    """What a product gave for a ticket cannot be read; `where` is the path to the invalid value.

    Attributes:
        given: The value that was given; None if it is missing.
    """

    given: Any = None


class RecordError(SlacalcError, ValueError):
    """The record of a ticket in a database is missing, not set up, or cannot be written.

    Attributes:
        ticket: What names the ticket; None if the error is not of a single one.
    """

    ticket: Any = None


class UnknownMetricError(SlacalcError, KeyError):
    """A policy, or a table of results, has no metric of this name.

    Attributes:
        given: The name that was given.
        suggestions: Known names that are similar.
    """

    given: str
    suggestions: list[str]


class PresetError(SlacalcError, LookupError):
    """There is no preset of this name.

    Attributes:
        given: The name that was given.
        suggestions: Known names that are similar.
    """

    given: Any
    suggestions: list[str]


ErrorT = TypeVar("ErrorT", bound=SlacalcError)


def one_line(text: str) -> str:
    r"""Make a text safe to be shown in a message, and cut it to a line.

    Args:
        text: A message, or a part of one.

    Returns:
        The text. What cannot be printed, such as line breaks, control characters and halves of
        surrogate pairs, is escaped as in the ``repr`` of text. Long quotations and long runs
        without spaces end with an ellipsis, and what is longer than a few lines all the same has
        one instead of its middle.

    Example:
        >>> print(one_line("gold\x1b[2J\n"))
        gold\x1b[2J\n
        >>> one_line(f"{'x' * 1000!r} is not a tier").count("x")
        117
    """
    if len(text) > 4 * _MAX_LINE:  # for speed
        text = _without_middle(text, 4 * _MAX_LINE)
    text = escape_unprintable(text)
    if len(text) <= _MAX_QUOTED:
        return text
    text = _TOO_LONG.sub(_cut, text)
    return text if len(text) <= _MAX_LINE else _without_middle(text, _MAX_LINE)


def escape_unprintable(text: str) -> str:
    """Escape what cannot be printed, such as control characters and halves of surrogate pairs."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def escape_lines(text: str) -> str:
    """Escape what cannot be printed, other than line breaks."""
    return text if text.isprintable() else "\n".join(map(escape_unprintable, text.split("\n")))


def _without_middle(text: str, length: int) -> str:
    return f"{text[: length // 2]} … {text[3 - length // 2 :]}"


def _cut(match: re.Match[str]) -> str:
    whole = match[0]
    if whole[0] == whole[-1] in "'\"":
        return f"{whole[: _MAX_QUOTED - 2]}…{whole[0]}"
    return f"{whole[: _MAX_WORD - 2]}…"


def path_text(path: Iterable[str | int]) -> str:
    """Format a path: ``tables.vip[2].targets``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text and not part.startswith("[") else part
    return text


@contextmanager
def located(where: str) -> Iterator[None]:
    """Add the place of a value to each `SlacalcError` that is raised inside the block.

    Args:
        where: The place. Where blocks are nested, the outermost place comes first.
    """
    try:
        yield
    except SlacalcError as error:
        between = "." if error.where and not error.where.startswith("[") else ""
        error.where = where + between + error.where
        raise


def did_you_mean(
    name: object, known: Iterable[str], *, alike: float = 0.6
) -> tuple[str, list[str]]:
    """Suggest known names that are similar to the one that was given.

    Args:
        name: The name that was given.
        known: The names that would be right.
        alike: How similar a name must be, from 0 to 1.

    Returns:
        A clause such as ``; did you mean 'CN'?``, empty if no name is similar, and the names.
    """
    import difflib  # noqa: PLC0415 - only for messages

    by_folded, compared = {}, 0
    for each in known:
        compared += len(each)
        if compared > _MAX_COMPARED:
            break
        by_folded[each[:_MAX_NAME].casefold()] = each
    matcher: difflib.SequenceMatcher[str] = difflib.SequenceMatcher()
    folded_name = str(name)[:_MAX_NAME].casefold()
    matcher.set_seq2(folded_name)
    # Whether two names have the same letters is soon known; whether in the same order, is not.
    letters = []
    for folded in by_folded:
        matcher.set_seq1(folded)
        if matcher.real_quick_ratio() >= alike and (ratio := matcher.quick_ratio()) >= alike:
            letters.append((ratio, folded))
    close, length = [], max(len(folded_name), 1)
    for _, folded in sorted(letters, reverse=True)[: _MAX_PAIRS // length**2]:
        matcher.set_seq1(folded)
        if (ratio := matcher.ratio()) >= alike:
            close.append((ratio, folded))
    names = [by_folded[folded] for _, folded in sorted(close, reverse=True)[:2]]
    return (f"; did you mean {' or '.join(map(repr, names))}?" if names else ""), names


def did_you_mean_words(
    text: str, words: Iterable[str], is_right: Callable[[str], object]
) -> tuple[str, list[str]]:
    """Suggest a text in which misspelt words are replaced by similar known ones.

    Args:
        text: The text that was given.
        words: The words that it may consist of, beside numbers.
        is_right: Returns whether a text would be right.

    Returns:
        A clause such as ``; did you mean '4 working hours'?``, empty if no text is right, and the
        text in a list.
    """
    known = frozenset(words)

    def similar(match: re.Match[str]) -> str:
        names = [] if match[0] in known else did_you_mean(match[0], sorted(known), alike=0.65)[1]
        return names[0] if names else match[0]

    if len(text) > _MAX_NAME:
        return "", []
    suggestion = re.sub(r"[^\W\d_]{2,}", similar, " ".join(text.lower().split()))
    if suggestion == text or not is_right(suggestion):
        return "", []
    return f"; did you mean {suggestion!r}?", [suggestion]


def unknown_name(
    error: type[ErrorT],
    what: str,
    name: object,
    known: Iterable[object],
    /,
    *,
    where: str = "",
    hint: str = "",
    **facts: Any,
) -> ErrorT:
    """Make an error for a name that is not among those known, and suggest similar ones.

    Args:
        error: The class of the error.
        what: What the name should be, with its article, such as ``a metric of helpdesk``.
        name: The name that was given.
        known: The names that would be right. The message lists them, or the first of many.
        where: The argument, or the path to the value, that the name was given for.
        hint: What to do, with the punctuation before it, such as ``: write "mon" or "daily"``.
        **facts: Further attributes of the error, besides ``given`` and ``suggestions``.

    Returns:
        The error, which the caller raises.

    Example:
        >>> raise unknown_name(PresetError, "a preset", "itl", ["itil", "boston"])
        Traceback (most recent call last):
        slacalc.errors.PresetError: 'itl' is not a preset (itil, boston); did you mean 'itil'?
    """
    message, suggestions = unknown_name_message(what, name, known, hint)
    if where:
        facts["where"] = where
    return error(message, **{"given": name, "suggestions": suggestions} | facts)


def unknown_name_message(
    what: str, name: object, known: Iterable[object], hint: str = ""
) -> tuple[str, list[str]]:
    """The message of `unknown_name`, and the names that it suggests."""
    names = list(map(str, known))
    clause, suggestions = did_you_mean(name, names)
    listed = ""
    if names and len(names) <= _MAX_LISTED:
        listed = f" ({', '.join(names)})"
    elif names and len(names) <= _MAX_KNOWN and not suggestions:
        listed = f" ({', '.join(names[:_MAX_LISTED])}, …)"
    return f"{name!r} is not {what}{listed}{hint}{clause}", suggestions


def unknown_metric(name: object, known: Iterable[str], owner: str) -> UnknownMetricError:
    """Make the error for a metric that a policy or a table does not have.

    Args:
        name: The name that was given.
        known: The metrics that there are.
        owner: What does not have the metric, such as the name of the policy or ``the table``.
    """
    return unknown_name(UnknownMetricError, f"a metric of {owner}", name, known)


def unknown_column(
    name: str,
    known: Iterable[object],
    owner: str = "the table",
    /,
    *,
    where: str = "",
    hint: str = "",
) -> ColumnError:
    """Make the error for a column that a table does not have.

    Args:
        name: The name of the column.
        known: The columns that there are; ``given`` of the error.
        owner: What does not have the column.
        where: The argument, or the path to the value, that names the column.
        hint: What to do, with the punctuation before it.
    """
    names, what = list(map(str, known)), f"a column of {owner}"
    return unknown_name(
        ColumnError, what, name, names, where=where, hint=hint, column=name, given=names
    )


def require_extra(extra: str, purpose: str, *modules: str) -> None:
    """Raise an error that shows the ``pip install`` command if a module is not installed.

    Args:
        extra: The extra of this package that includes the modules.
        purpose: The beginning of the message, such as ``reports need``.
        *modules: The modules.

    Raises:
        MissingExtraError: One of the modules cannot be imported.
    """
    for module in modules:
        try:
            import_module(module)
        except ImportError as error:
            install = f'pip install "slacalc[{extra}]"'
            message = f"{purpose} the extra `{extra}`, but {module} is not installed: {install}"
            raise MissingExtraError(message, extra=extra, install=install) from error
