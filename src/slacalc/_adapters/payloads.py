"""Values of payloads, each with the path that leads to it.

Whatever is wrong with a value becomes a `PayloadError` with its path. Records of a history are
brought `in_order`: by instant, then by id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from slacalc._time.instants import EARLIEST, LATEST, to_instant_in_zone, zone
from slacalc.errors import PayloadError, SlacalcError, path_text, safe_repr

if TYPE_CHECKING:
    from slacalc._time.instants import Zone

_FINER = re.compile(r"(\.\d{6})\d+")  # digits beyond microseconds
_NAMED_UTC = re.compile(r"\s*UTC$")
_REQUIRED = object()
_MAX_ID, _MAX_DIGITS = 100, 18
_TOO_LARGE = 10**_MAX_ID  # for a number


class Node:
    """A value in a payload, with the path that leads to it.

    Args:
        value: The value; None if there is none.
        path: The keys and numbers that lead to it.
    """

    __slots__ = ("path", "value")

    def __init__(self, value: Any, path: tuple[str | int, ...] = ()) -> None:
        self.value, self.path = value, path

    def error(self, *, expected: str) -> PayloadError:
        """Make the error that the value is not what is expected."""
        fault = "is missing" if self.value is None else f"is {safe_repr(self.value)}"
        msg = f"the value {fault}: expected {expected}"
        return PayloadError(msg, where=path_text(self.path), given=self.value)

    def __bool__(self) -> bool:
        return self.value not in (None, "")

    def __getitem__(self, key: str) -> Node:
        """The value of a key; without a value there is none below it either."""
        if self.value is None:
            return Node(None, (*self.path, key))
        if not isinstance(self.value, Mapping):
            raise self.error(expected="an object")
        return Node(self.value.get(key), (*self.path, key))

    def __iter__(self) -> Iterator[Node]:
        """The items of a list; none if it is missing."""
        if self.value is None:
            return
        if not isinstance(self.value, list | tuple):
            raise self.error(expected="a list")
        for number, item in enumerate(self.value):
            yield Node(item, (*self.path, number))

    def items(self) -> Iterator[tuple[str, Node]]:
        """The keys and values of an object; none if it is missing."""
        if self.value is None:
            return
        if not isinstance(self.value, Mapping):
            raise self.error(expected="an object")
        for key in self.value:
            yield str(key), self[key]

    def unwrapped(self, key: str) -> Node:
        """The value of a key in which an API wraps its answer, or else this one."""
        is_wrapped = isinstance(self.value, Mapping) and key in self.value
        return self[key] if is_wrapped else self

    def records(self, key: str) -> Node:
        """The value as a list, which a page of an API may have under a key.

        Raises:
            PayloadError: It is not a list, or only one page of several.
        """
        node = self.unwrapped(key)
        if not isinstance(node.value, list | tuple):
            raise node.error(expected="a list")
        if node is not self:
            for more in (self["next_page"], self["meta"]["has_more"]):
                if more and more.value is not False:
                    raise more.error(expected="all pages, put together in a list")
        return node

    def required(self, key: str) -> Node:
        """The value of a key that must be there, if only with null.

        Raises:
            PayloadError: It is not there.
        """
        node = self[key]
        if node.value is None and key not in (self.value or {}):
            raise node.error(expected="a value, or null for none")
        return node

    def needed(self, expected: str = "a list, which may be empty") -> Node:
        """This value, which must not be null.

        Raises:
            PayloadError: It is null.
        """
        if self.value is None:
            raise self.error(expected=expected)
        return self

    def with_value(self, value: Any) -> Node:
        """Another value in the same place."""
        return Node(value, self.path)

    def id(self, default: Any = _REQUIRED) -> Any:
        """The value as an id, which is text or a number."""
        if self.value is None and default is not _REQUIRED:
            return default
        is_text = isinstance(self.value, str) and 0 < len(self.value) <= _MAX_ID
        if not is_text and (type(self.value) is not int or abs(self.value) >= _TOO_LARGE):
            raise self.error(expected=f"an id: a number, or text of at most {_MAX_ID} characters")
        return self.value

    def flag(self) -> bool | None:
        """The value as true or false, which may be text; None if it is missing."""
        if not self:
            return None
        text = str(self.value).lower() if isinstance(self.value, str | bool) else ""
        if text not in ("true", "false"):
            raise self.error(expected="true or false")
        return text == "true"

    def number(self, expected: str) -> int:
        """The value as a number that is not negative; it may be text."""
        is_number = type(self.value) is int and abs(self.value) < _TOO_LARGE
        text = str(self.value) if is_number or isinstance(self.value, str) else ""
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
            raise self.error(expected=expected)
        return int(text)

    def choice(self, *words: str) -> str:
        """The value as one of some words."""
        if self.value not in words:
            raise self.error(expected=f"one of {', '.join(words)}")
        return str(self.value)

    def field(self) -> Any:
        """The value as that of a field, which has text, a number, a flag, or a list of these."""
        items = self.value if isinstance(self.value, list | tuple) else [self.value]
        for item in items:
            is_number = isinstance(item, int | float) and -_TOO_LARGE < item < _TOO_LARGE
            if not (item is None or isinstance(item, str) or is_number):
                raise self.error(expected="text, a number, true or false, or a list of these")
        return self.value

    def instant(self, wall: Zone | None = None) -> int:
        """The value as an instant in microseconds; what is finer is cut off.

        Args:
            wall: The zone of times without an offset. Default: UTC.
        """
        if not isinstance(self.value, str):
            raise self.error(expected="an instant as text")
        text = _NAMED_UTC.sub("Z", _FINER.sub(r"\1", self.value))
        try:
            return to_instant_in_zone(text, wall or zone("UTC"))
        except SlacalcError as error:
            raise self.error(expected="an instant such as '2026-05-18T09:00:00Z'") from error

    def span(self, unit: str) -> timedelta | None:
        """The value as a length of time, from a number of some unit; None if it is missing."""
        if not self:
            return None
        try:
            return timedelta(**{unit: self.number(unit)})
        except OverflowError:
            raise self.error(expected=f"fewer {unit}") from None

    def millis(self) -> int:
        """The value as an instant in microseconds, from milliseconds since 1970."""
        at = self.number("milliseconds since 1970") * 1000
        if not EARLIEST <= at < LATEST:
            raise self.error(expected="an instant in the years 1900 to 2200")
        return at


def in_order(
    records: Iterable[Node],
    at: Callable[[Node], int] = lambda record: record["created_at"].instant(),
    key: Callable[[Node], Node] = lambda record: record["id"],
) -> list[tuple[int, Any, Node]]:
    """Records by their instants, then by their ids if these are numbers; each id counts once.

    Args:
        records: The records.
        at: The instant of a record. Default: its ``created_at``.
        key: The id of a record. Default: its ``id``.

    Returns:
        Instant, id and record.
    """
    known: dict[str, tuple[int, Any, Node]] = {}
    for record in records:
        number = key(record).id()
        known.setdefault(str(number), (at(record), number, record))
    return sorted(known.values(), key=lambda each: (each[0], rank(each[1])))


def rank(number: Any) -> int:
    """The place of an id among those of one instant."""
    text = str(number)
    return int(text) if text.isascii() and text.isdigit() else 0
