"""Faults of a document, collected while it is read.

Each fault is noted with its path, and `INVALID` takes the place of the value, so that the rest of
the document is read and checked as well.
"""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any, TypeAlias

from slacalc._schema.limits import MAX_FAULTS
from slacalc.errors import Fault, PolicyError, SlacalcError, did_you_mean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

DocumentPath: TypeAlias = tuple[str | int, ...]
"""The keys and the indices of lists that lead from the top of a document to a value."""

INVALID: Any = type("Invalid", (), {"__repr__": lambda _: "INVALID", "__bool__": lambda _: False})()
"""Stands for a value that could not be read and whose fault is already noted."""


class TooManyFaultsError(Exception):
    """The document has `MAX_FAULTS` faults, so that reading stops."""


class Faults:
    """A collection of faults.

    Attributes:
        collected: The faults, in the order in which they were noted.
    """

    def __init__(self) -> None:
        self.collected: list[Fault] = []
        self._totals: dict[str, int] = {}

    def add(
        self,
        path: DocumentPath,
        value: Any,
        expected: str,
        *,
        known: Iterable[Any] = (),
        of_meaning: bool = False,
        description: str = "",
    ) -> Any:
        """Note a value that is not what is expected, and return `INVALID`.

        Args:
            path: Where the value is.
            value: The value.
            expected: What would be right.
            known: Names that would be right, of which the message suggests those that are similar.
            of_meaning: Whether a JSON Schema cannot find the fault.
            description: What was found, as the message says it; default: the value.
        """
        text, expected = description or describe_value(value), one_line(expected)
        is_shown = len(self.collected) < PolicyError.MAX_SHOWN
        clause, suggestions = did_you_mean(value, map(str, known)) if is_shown else ("", [])
        message = f"found {text}, expected {expected}{clause}"
        return self._note(
            Fault(path, message, text, expected, tuple(suggestions), of_meaning=of_meaning)
        )

    def add_missing(self, path: DocumentPath, expected: str, *, of_meaning: bool = False) -> Any:
        """Note a value that is missing, and return `INVALID`."""
        message = f"is missing: expected {expected}"
        return self._note(Fault(path, message, "", expected, of_meaning=of_meaning))

    def add_too_many(
        self, path: DocumentPath, count: int, what: str, limit: int, *, of_meaning: bool = False
    ) -> Any:
        """Note that there is more of something than may be, and return `INVALID`."""
        return self.add(
            path,
            None,
            f"{what} of at most {limit:,}",
            of_meaning=of_meaning,
            description=f"{count:,}",
        )

    def has_too_many(self, path: DocumentPath, count: int, what: str, limit: int) -> bool:
        """Whether there is more of something in the whole document than may be; notes it once.

        Args:
            path: Where some of it is.
            count: How much of it is there.
            what: What it is, in the plural, such as ``dates of holidays in all calendars``.
            limit: The most that there may be.
        """
        before = self._totals.get(what, 0)
        self._totals[what] = before + count
        if before <= limit < before + count:
            text = f"{count:,}, which makes {before + count:,} {what}"
            self.add(path, None, f"at most {limit:,}", of_meaning=True, description=text)
        return before + count > limit

    def add_error(
        self, path: DocumentPath, value: Any, error: SlacalcError, *, of_meaning: bool = True
    ) -> Any:
        """Note an error that the library raised for a value, and return `INVALID`."""
        inner = (error.where,) if error.where else ()
        message = str(error.args[0])
        text, suggestions = describe_value(value), tuple(getattr(error, "suggestions", ()))
        return self._note(
            Fault((*path, *inner), message, text, message, suggestions, of_meaning=of_meaning)
        )

    def _note(self, fault: Fault) -> Any:
        if len(self.collected) == MAX_FAULTS:
            message = f"reading stopped here, after {MAX_FAULTS} faults"
            self.collected.append(Fault(fault.path, message))
            raise TooManyFaultsError
        self.collected.append(fault._replace(message=one_line(fault.message)))
        return INVALID


_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = 80
_repr.maxdict = _repr.maxlist = 4


def describe_value(value: Any) -> str:
    """Return a short text for a value in a message: `true`, `nothing`, or a repr cut short."""
    try:
        text = _repr.repr(value)
    except Exception:  # noqa: BLE001 - the repr of a foreign object may raise anything
        text = f"an object of type {type(value).__name__}"
    return {"True": "true", "False": "false", "None": "nothing"}.get(text, text)
