"""Events: what happened to a ticket, as open data.

Types and fields are the policy's words. A few types have a meaning of their own where a policy does
not say otherwise; `VOCABULARY` lists them all. An event is refused only where it cannot be read, or
where its type seems to be a known one misspelled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import total_ordering
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._policy.attributes import is_missing
from slacalc._schema.shapes import FrozenMap
from slacalc._time.instants import to_instant, zone
from slacalc.errors import EventError, SlacalcError

if TYPE_CHECKING:
    import pendulum

VOCABULARY: Mapping[str, str] = {
    "created": "the request came in; its fields become the ticket's",
    "accepted": "somebody took it on",
    "assigned": "it was given to a group, a person or a vendor",
    "responded": "the customer had a first answer",
    "replied": "a message, with `by` for who wrote it: agent or customer",
    "arrived": "the engineer is on site",
    "resolved": "the matter is solved",
    "reopened": "it is not, after all",
    "closed": "nothing more will happen",
    "cancelled": "it is void",
    "changed": "fields of the ticket changed; they are the event's fields",
    "paused": "the clocks rest, for a `reason`",
    "resumed": "they run again: those of the `reason`, or all",
    "overridden": "a due date set by hand, with `metric`, `due`, `author` and `reason`",
    "note": "something to remember",
}
CREATED, CHANGED, OVERRIDDEN = "created", "changed", "overridden"
_LONGEST = 100


@total_ordering
@attrs.frozen(init=False, repr=False, eq=False)
class Event:
    """Something that happened to a ticket at an instant.

    Args:
        at: When: an aware datetime, or ISO 8601 text with an offset.
        type: What: a word of the policy, such as ``"resolved"``.
        **fields: What else is to be said of it, ready for JSON: ``by="agent"``,
            ``status="pending"``. Dates and datetimes become text; None takes a field away from
            the ticket.

    Raises:
        EventError: The type is no name, or a field holds what JSON cannot.
        NaiveDatetimeError: The instant has no offset.

    Events sort by their instants.

    Example:
        >>> from slacalc import Event
        >>> Event("2024-05-03T16:00:00+02:00", "replied", by="agent")
        Event('2024-05-03T14:00:00+00:00', 'replied', by='agent')
    """

    type: str
    fields: Mapping[str, Any]
    _instant: int = attrs.field(alias="_instant")
    _more: Mapping[str, Any] = attrs.field(alias="_more")
    """What a stored event bore besides, kept for those who know it."""

    def __init__(self, at: datetime | str, type: str, /, **fields: Any) -> None:  # noqa: A002 - the field's word
        if not isinstance(type, str) or not 0 < len(type) <= _LONGEST:
            msg = f"{type!r} is no type of event: give a name such as 'resolved'"
            raise EventError(msg, event=str(type), given=type, suggestions=[])
        frozen = FrozenMap({name: plain(name, one, type) for name, one in fields.items()})
        self.__attrs_init__(type=type, fields=frozen, _instant=to_instant(at), _more=_NOTHING)

    @property
    def at(self) -> pendulum.DateTime:
        """When it happened, in UTC."""
        return zone("UTC").datetime(self._instant)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Event):
            return NotImplemented
        mine = (self._instant, self.type, self.fields)
        return mine == (other._instant, other.type, other.fields)

    def __lt__(self, other: Event) -> bool:
        return self._instant < other._instant

    def __hash__(self) -> int:
        return hash((self._instant, self.type))

    def __repr__(self) -> str:
        named = all(name.isidentifier() for name in self.fields)
        if named:
            fields = "".join(f", {name}={value!r}" for name, value in self.fields.items())
        else:
            fields = f", **{dict(self.fields)!r}"
        return f"Event({self.at.isoformat()!r}, {self.type!r}{fields})"

    def to_dict(self) -> dict[str, Any]:
        """The event as plain data, ready for JSON."""
        data: dict[str, Any] = {"at": self.at.isoformat(), "type": self.type}
        if self.fields:
            data["fields"] = thawed(self.fields)
        return data | dict(self._more)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Event:
        """The event that plain data describe, as `to_dict` gives them; other keys are kept.

        Raises:
            EventError: It lacks its instant or its type.
        """
        fields = data.get("fields") or {} if isinstance(data, Mapping) else None
        if not isinstance(fields, Mapping) or not {"at", "type"} <= data.keys():
            msg = f'{data!r} is no event: give {{"at": …, "type": …, "fields": {{…}}}}'
            raise EventError(msg, event="", given=data, suggestions=[])
        event = cls(data["at"], data["type"], **{str(name): one for name, one in fields.items()})
        more = {name: one for name, one in data.items() if name not in ("at", "type", "fields")}
        if more:
            object.__setattr__(event, "_more", FrozenMap(more))
        return event


_NOTHING: Mapping[str, Any] = FrozenMap()


def plain(name: str, value: Any, event: str = "") -> Any:
    """A value as JSON has it, frozen.

    Raises:
        EventError: JSON has nothing like it.
    """
    if type(value) in _PLAIN or value is None:
        return value
    if is_missing(value):
        return None
    if isinstance(value, list | tuple):
        return tuple(plain(name, one, event) for one in value)
    if isinstance(value, Mapping):
        return FrozenMap({str(key): plain(name, one, event) for key, one in value.items()})
    for kind, as_json in _AS_JSON:
        if isinstance(value, kind):
            return as_json(value)
    if hasattr(value, "item") and not hasattr(value, "__len__"):  # a number of NumPy
        return plain(name, value.item(), event)
    of = f" of {event!r}" if event else ""
    msg = f"{name} = {value!r}{of} cannot be stored: give what JSON has, such as text"
    raise EventError(msg, event=event, field=name, given=value, suggestions=[])


_PLAIN = frozenset({str, int, bool})
_AS_JSON: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (date, lambda value: value.isoformat()),
    (float, float),
    (str, str.__str__),  # of an enumeration
    (int, int),
)


def thawed(value: Any) -> Any:
    """Plain dictionaries and lists in place of frozen ones."""
    if isinstance(value, Mapping):
        return {name: thawed(one) for name, one in value.items()}
    return [thawed(one) for one in value] if isinstance(value, tuple) else value


def read_events(given: Any) -> list[Event]:
    """Events as they come: objects, or the plain data of some.

    Raises:
        EventError: One cannot be read; the message says which.
    """
    events = []
    for place, one in enumerate(given):
        try:
            events.append(one if isinstance(one, Event) else Event.from_dict(one))
        except SlacalcError as error:
            error.where = f"events[{place}]" + (f".{error.where}" if error.where else "")
            raise
    return events
