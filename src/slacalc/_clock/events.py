"""Events: what happened to a ticket, as plain data.

Types and fields of events are the policy's own. `VOCABULARY` lists the few types that have a
meaning by themselves where a policy does not say otherwise. An event is refused only if it cannot
be stored, or if its type looks like a known one misspelled (see `state_machine`).

Read next: `clauses`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from functools import total_ordering
from operator import attrgetter
from sys import intern
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._clock.cycles import Override
from slacalc._policy.attributes import plain_value
from slacalc._policy.matching import one_slip
from slacalc._policy.value_sets import read_number
from slacalc._schema.shapes import FrozenMap
from slacalc._time.instants import to_instant, zone
from slacalc._time.missing import is_missing
from slacalc.errors import EventError, SlacalcError, located, unknown_metric

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
    "paused": "the clocks pause, for a `reason`",
    "resumed": "they run again: those of the `reason`, or all",
    "overridden": "a due date set by hand, with `metric`, `due`, `author` and `reason`",
    "note": "something to remember",
}
_NO_FIELDS: FrozenMap[Any] = FrozenMap()
CREATED, CHANGED, OVERRIDDEN = "created", "changed", "overridden"
_KEYS = frozenset({"at", "type", "fields", "key"})
_MAX_LENGTH = 100  # characters of a type, or of fields that events share
_MAX_KEY = 200  # characters of a key
_MAX_DEPTH = 50  # of a field's value
_MAX_KNOWN = 4_000  # fields that events share


@total_ordering
@attrs.frozen(init=False, repr=False, eq=False)
class Event:
    """Something that happened to a ticket at an instant.

    Events are equal if instant, type, fields and key are, and sort by their instants.

    Args:
        at: The instant: an aware datetime, or ISO 8601 text with an offset.
        type: The type, a name that the policy uses, such as ``"resolved"``.
        **fields: Further data, in values that JSON has: ``by="agent"``, ``status="pending"``. Dates
            and datetimes are stored as text. A field that is None is removed from the ticket.

    Attributes:
        type: The type.
        fields: The fields, as a frozen mapping.
        key: What names the event in the program it comes from, such as the id of a message; the
            empty string if nothing does. `with_key` sets it.

    Raises:
        EventError: The type is not text of 1 to 100 characters, or JSON has no such value as one of
            the fields.
        NaiveDatetimeError: The instant has no offset.

    Example:
        >>> from slacalc import Event
        >>> Event("2024-05-03T16:00:00+02:00", "replied", by="agent")
        Event('2024-05-03T14:00:00+00:00', 'replied', by='agent')
    """

    __module__ = "slacalc"

    type: str
    fields: Mapping[str, Any]
    _instant: int = attrs.field(alias="_instant")
    _beside: tuple[str, ...] = attrs.field(alias="_beside")
    """The fields that stood beside ``fields`` in plain data, and are written there again."""
    key: str = ""

    def __init__(self, at: datetime | str, type: str, /, **fields: Any) -> None:  # noqa: A002 - the field's name
        if not isinstance(type, str) or not 0 < len(type) <= _MAX_LENGTH:
            msg = f"{type!r} is not a type of event: give a name such as 'resolved'"
            raise EventError(msg, event=str(type), given=type, suggestions=[])
        frozen = _fields_of(fields, type) if fields else _NO_FIELDS
        if type.__class__ is str:
            type = intern(type)  # noqa: A001 - which thousands of events share
        self.__attrs_init__(type, frozen, to_instant(at), (), "")

    @property
    def at(self) -> pendulum.DateTime:
        """The instant, in UTC."""
        return zone("UTC").datetime(self._instant)

    def with_key(self, key: str | int) -> Event:
        """The same event with a key, by which `Clock.insert` and `replay` know it again.

        Args:
            key: What names the event in the program it comes from, such as the id of a message, in
                at most 200 characters; the empty string for nothing.

        Raises:
            EventError: It is neither text nor an integer, or too long.

        Example:
            >>> from slacalc import Event
            >>> event = Event("2024-05-03T14:00:00Z", "replied", by="agent").with_key("msg-17")
            >>> event.to_dict()["key"]
            'msg-17'
        """
        copy = object.__new__(Event)
        copy.__setstate__(self.__getstate__() | {"key": _key_text(key, self.type)})
        return copy

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _ATTRIBUTES}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in (_NEWER | state).items():
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Event):
            return NotImplemented
        mine = (self._instant, self.type, self.key, self.fields)
        return mine == (instant_of(other), other.type, other.key, other.fields)

    def __lt__(self, other: Event) -> bool:
        return self._instant < instant_of(other)

    def __hash__(self) -> int:
        return hash((self._instant, self.type))

    def __repr__(self) -> str:
        named = all(name.isidentifier() for name in self.fields)
        if named:
            fields = "".join(f", {name}={value!r}" for name, value in self.fields.items())
        else:
            fields = f", **{dict(self.fields)!r}"
        key = f".with_key({self.key!r})" if self.key else ""
        return f"Event({self.at.isoformat()!r}, {self.type!r}{fields}){key}"

    def to_dict(self) -> dict[str, Any]:
        """The event as plain data for JSON: ``at``, ``type``, and if any ``key`` and ``fields``."""
        data: dict[str, Any] = {"at": self.at.isoformat(), "type": self.type}
        if self.key:
            data["key"] = self.key
        fields = thawed(self.fields)
        beside = {name: fields.pop(name) for name in self._beside}
        return data | ({"fields": fields} if fields else {}) | beside

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Event:
        """The event that plain data describe, as `to_dict` returns them.

        Args:
            data: The data: ``at``, ``type``, ``key`` and ``fields``. Everything else is a field
                too, as every other column of a table of events is; a field that is named ``key``
                must be in ``fields``.

        Raises:
            EventError: ``at`` or ``type`` is missing, ``fields`` is not a mapping, ``key`` is
                neither text nor an integer, or a field has two values.

        Example:
            >>> from slacalc import Event
            >>> Event.from_dict({"at": "2024-05-03T14:00:00Z", "type": "replied", "by": "agent"})
            Event('2024-05-03T14:00:00+00:00', 'replied', by='agent')
        """
        fields = data.get("fields") or {} if isinstance(data, Mapping) else None
        if not isinstance(fields, Mapping) or not {"at", "type"} <= data.keys():
            msg = f'{data!r} is not an event: give {{"at": …, "type": …, "fields": {{…}}}}'
            raise EventError(msg, event="", given=data, suggestions=[])
        fields = {str(name): fields[name] for name in fields}
        beside = {str(name): data[name] for name in data if name not in _KEYS}
        for name, value in beside.items():
            if one_slip(name, "fields") and isinstance(value, Mapping):
                msg = f"{name!r} of {data['type']!r} is a table; did you mean 'fields'?"
                raise EventError(
                    msg, event=str(data["type"]), field=name, given=value, suggestions=["fields"]
                )
            if name in fields and fields[name] != value:
                msg = f"{data['type']!r} has two values of {name}: {value!r}, and {fields[name]!r}"
                msg += " in fields"
                raise EventError(
                    msg, event=str(data["type"]), field=name, given=value, suggestions=[]
                )
        event = cls(data["at"], data["type"], **fields | beside)
        if beside:
            object.__setattr__(event, "_beside", tuple(beside))
        if data.get("key") is not None:
            object.__setattr__(event, "key", _key_text(data["key"], event.type))
        return event

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The JSON Schema of what `from_dict` reads, for models of a web service."""
        from slacalc._clock.json_schemas import SCHEMAS  # noqa: PLC0415 - rarely needed

        return deepcopy(SCHEMAS["Event"])


_ATTRIBUTES = tuple(field.name for field in attrs.fields(Event))
_NEWER: dict[str, Any] = {"_beside": (), "key": ""}  # which pickles of earlier versions do not have
instant_of: Callable[[Event], int] = attrgetter("_instant")
"""The instant of an event, in microseconds since 1970."""


_shared_fields: dict[tuple[Any, ...], FrozenMap[Any]] = {}
_seen_once: set[int] = set()  # hashes of fields that become shared when they come again


def _fields_of(fields: Mapping[str, Any], event: str) -> FrozenMap[Any]:
    """The fields of an event, frozen; events that say the same in few words share them.

    Most events of a help desk do, and their fields are most of the memory of a clock.
    """
    kinds = tuple(map(type, fields.values()))
    if not _SHAREABLE.issuperset(kinds):
        return FrozenMap({name: plain(name, value, event) for name, value in fields.items()})
    key = kinds, *fields.items()  # with the kinds, because 1 equals True
    shared = _shared_fields.get(key)
    if shared is None:
        shared, hashed = FrozenMap(fields), hash(key)
        if hashed not in _seen_once:
            _keep_few(_seen_once)
            _seen_once.add(hashed)
        elif len(str(fields)) <= _MAX_LENGTH:
            _keep_few(_shared_fields)
            _shared_fields[key] = shared
    return shared


def _keep_few(known: dict[Any, Any] | set[Any]) -> None:
    if len(known) >= _MAX_KNOWN:
        known.clear()


def _key_text(key: Any, event: str) -> str:
    """The key of an event, as text.

    Raises:
        EventError: It is neither text nor an integer, or too long.
    """
    if type(key) is int:
        return str(key)
    if not isinstance(key, str) or len(key) > _MAX_KEY:
        msg = f"{key!r} is not a key of {event!r}: give text of at most {_MAX_KEY} characters"
        raise EventError(msg, event=event, field="key", given=key, suggestions=[])
    return str(key)


def plain(name: str, value: Any, event: str = "", depth: int = 0) -> Any:
    """A field's value as JSON has it, frozen.

    Args:
        name: The field, for messages.
        value: The value.
        event: The type of the event, for messages.
        depth: How deep the value is nested in that of the field.

    Raises:
        EventError: JSON has no such value, or it is nested too deep.
    """
    if type(value) in _PLAIN or value is None:
        return value
    of = f" of {event!r}" if event else ""
    if depth > _MAX_DEPTH:
        msg = f"{name}{of} is nested too deep: at most {_MAX_DEPTH} levels can be stored"
        raise EventError(msg, event=event, field=name, given=value, suggestions=[])
    if is_missing(value):
        return None
    value = _builtin(value)
    if isinstance(value, list | tuple):
        return tuple(plain(name, item, event, depth + 1) for item in value)
    if isinstance(value, Mapping):
        return FrozenMap({str(key): plain(name, value[key], event, depth + 1) for key in value})
    for kind, as_json in _AS_JSON:
        if isinstance(value, kind) and not (isinstance(value, float) and math.isinf(value)):
            return as_json(value)
    msg = f"{name} = {value!r}{of} cannot be stored: give a value that JSON has, such as text"
    raise EventError(msg, event=event, field=name, given=value, suggestions=[])


def _builtin(value: Any) -> Any:
    """A value of NumPy, a set or a `Decimal` as a built-in list or number; others unchanged."""
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, Decimal):
        number = read_number(value)
        return value if number is None else plain_value(number)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        # A narrow float is the decimal number that it shows, not the double nearest to its bits.
        is_float = value.dtype.kind == "f" and not hasattr(value, "__len__")
        return float(str(value)) if is_float else value.tolist()
    return value


_PLAIN = frozenset({str, int, bool})
_SHAREABLE = _PLAIN | {type(None)}
_AS_JSON: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (date, lambda value: value.isoformat()),
    (float, float),
    (str, str.__str__),  # members of a string enumeration become plain text
    (int, int),
)


def thawed(value: Any) -> Any:
    """Plain dictionaries and lists in place of frozen ones."""
    if isinstance(value, Mapping):
        return {name: thawed(item) for name, item in value.items()}
    return [thawed(item) for item in value] if isinstance(value, tuple) else value


def read_events(log: Any) -> list[Event]:
    """Read a log of `Event` objects, of plain data, or of both.

    Raises:
        EventError: One of them cannot be read; the message names its place.
    """
    events = []
    for place, entry in enumerate(log):
        try:
            events.append(entry if isinstance(entry, Event) else Event.from_dict(entry))
        except SlacalcError as error:
            error.where = f"events[{place}]" + (f".{error.where}" if error.where else "")
            raise
    return events


# Due dates set by hand ---------------------------------------------------------------------------


def override_metric(event: Event, names: list[str]) -> str:
    """The metric whose due date an event sets by hand.

    Raises:
        EventError: The event does not name a metric.
        UnknownMetricError: The policy has no such metric.
    """
    name = event.fields.get("metric")
    if name in names:
        return str(name)
    if name is None:
        msg = f"{OVERRIDDEN} needs metric, due, author and reason; it has no metric"
        raise EventError(msg, event=event.type, field="metric", given=None, suggestions=[])
    with located(OVERRIDDEN):
        raise unknown_metric(name, names, "the policy")


def read_override(event: Event, metric: str) -> Override | None:
    """The due date that an event sets by hand; None if it takes one back (``due=None``).

    Raises:
        EventError: ``due``, ``author`` or ``reason`` is missing, or the limit is before the due.
    """
    fields = event.fields
    for field in ("due", "author", "reason"):
        if field not in fields or (field != "due" and not fields[field]):
            msg = f"{OVERRIDDEN} of {metric} needs due, author and reason; it has no {field}"
            raise EventError(msg, event=event.type, field=field, given=None, suggestions=[])
    if fields["due"] is None:
        return None
    with located(f"{OVERRIDDEN}.due"):
        due = to_instant(fields["due"])
    limit_text = fields.get("limit")
    with located(f"{OVERRIDDEN}.limit"):
        limit = due if limit_text is None else to_instant(limit_text)
    if limit < due:
        msg = (
            f"{OVERRIDDEN} of {metric}: the limit {limit_text} comes before the due {fields['due']}"
        )
        raise EventError(msg, event=event.type, field="limit", given=limit_text, suggestions=[])
    author, reason = str(fields["author"]), str(fields["reason"])
    return Override(due, limit, author, reason, instant_of(event))
