"""The faults of a document, gathered while it is read.

Whatever is wrong is noted with its path, and `INVALID` stands in for the value, so that the rest is
read and judged as well.
"""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any, TypeAlias

from slacalc.errors import Fault, SlacalcError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

INVALID: Any = type("Bad", (), {"__repr__": lambda _: "BAD", "__bool__": lambda _: False})()
"""Stands for a value that could not be read; the fault is already noted."""

DocumentPath: TypeAlias = tuple[str | int, ...]


MOST = 200
"""So many faults end the reading: whoever made them has other worries, or wants to keep us busy."""


_LONGEST = 600  # letters of a message


class TooManyFaultsError(Exception):
    """There are so many faults that reading on is of no use."""


class Faults:
    """The faults found so far, in the order of the document."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(
        self,
        path: DocumentPath,
        given: Any,
        expected: str,
        *,
        known: Any = (),
        meaning: bool = False,
        told: str = "",
    ) -> Any:
        """Note what was found and what would be right; return `INVALID`."""
        found = told or describe_value(given)
        clause, suggestions = did_you_mean(given, map(str, known)) if known else ("", [])
        message = f"found {found}, expected {expected}{clause}"
        self._note(Fault(path, message, found, expected, tuple(suggestions), of_meaning=meaning))
        return INVALID

    def missing(self, path: DocumentPath, expected: str, *, meaning: bool = False) -> Any:
        """Note that something is not there."""
        message = f"is missing: expected {expected}"
        self._note(Fault(path, message, "", expected, of_meaning=meaning))
        return INVALID

    def caught(
        self, path: DocumentPath, given: Any, error: SlacalcError, *, meaning: bool = True
    ) -> Any:
        """Note an error that a part of the library raised on a value."""
        inner = (error.where,) if error.where else ()
        message = str(error.args[0])
        if len(message) > _LONGEST:
            message = f"{message[: _LONGEST // 2]} … {message[-_LONGEST // 2 :]}"
        suggestions = tuple(getattr(error, "suggestions", ()))
        self._note(
            Fault(
                (*path, *inner),
                message,
                describe_value(given),
                message,
                suggestions,
                of_meaning=meaning,
            )
        )
        return INVALID

    def adopt(self, path: DocumentPath, faults: Iterable[Fault]) -> None:
        """Note the faults of a part that was read on its own, under the part's path."""
        for fault in faults:
            self._note(fault._replace(path=(*path, *fault.path)))

    def _note(self, fault: Fault) -> None:
        if len(self.found) == MOST:
            message = f"reading stopped here, after {MOST} faults"
            self.found.append(Fault(fault.path, message))
            raise TooManyFaultsError
        self.found.append(fault)


_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80
_short.maxdict = _short.maxlist = 4


def describe_value(given: Any) -> str:
    """A value as a message shows it: as its kind and its beginning."""
    try:
        text = _short.repr(given)
    except Exception:  # noqa: BLE001 - a foreign object may fail to show itself in any way
        text = f"an object of type {type(given).__name__}"
    return {"True": "true", "False": "false", "None": "nothing"}.get(text, text)
