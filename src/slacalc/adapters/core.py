"""What the adapters share: reading payloads, and making the log of a ticket out of changes.

A `Node` is a place in a payload; whatever is wrong there becomes a `PayloadError` with its path. A
`Source` describes what a product gives out, and a `Reader` is a source with the caller's options. A
`LogBuilder` collects changes and messages. The attributes of the ticket at its opening are those of
today with all changes taken back; each change becomes an event ``changed``. If it takes the ticket
to another stage, an event ``resolved``, ``closed``, ``cancelled`` or ``reopened`` follows, and
``assigned`` if it sets another assignee.

Read next: `jira`, the first of the sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from slacalc._clock.clock import Clock, replay
from slacalc._clock.declared_fields import DeclaredFields
from slacalc._clock.events import Event
from slacalc._time.instants import (
    EARLIEST,
    LATEST,
    to_instant,
    to_instant_in_zone,
    to_utc,
    zone,
)
from slacalc.errors import PayloadError, SlacalcError, located, path_text, safe_repr, unknown_name

if TYPE_CHECKING:
    from datetime import datetime

    from slacalc._policy.policy import Policy
    from slacalc._time.instants import Zone

Agents: TypeAlias = Container[Any] | Callable[[Any], bool]
"""The users who are agents, by their ids, or a function of an id."""
Names: TypeAlias = Mapping[str, str]
"""By field of the product the name of the attribute or field in the policy."""
Values: TypeAlias = Mapping[str, Mapping[Any, Any]]
"""By field of the policy and value of the product the value in the policy."""

AGENT, CUSTOMER, SYSTEM, UNKNOWN = "agent", "customer", "system", "unknown"
OPEN, RESOLVED, CLOSED, CANCELLED = "open", "resolved", "closed", "cancelled"
_STAGE_EVENTS = {
    OPEN: ("reopened",),
    RESOLVED: ("resolved",),
    CLOSED: ("resolved", "closed"),
    CANCELLED: ("cancelled",),
}
MESSAGE_FIELDS: Mapping[str, tuple[Any, ...]] = {
    "by": (AGENT, CUSTOMER, SYSTEM, UNKNOWN),
    "public": (True, False),
}
_FINER = re.compile(r"(\.\d{6})\d+")  # digits beyond microseconds
_NAMED_UTC = re.compile(r"\s*UTC$")
_REQUIRED = object()
_MAX_ID, _MAX_DIGITS, _MAX_CHAIN = 100, 18, 50
_TOO_LARGE = 10**_MAX_ID  # for a number


class TicketLog(NamedTuple):
    """A ticket as an adapter reads it.

    Args:
        ticket: Its attributes when it was opened; ``id`` is the product's name of it.
        opened_at: The instant of its opening, in UTC.
        events: What happened to it since, in order. Each has a key, made of the product's own ids,
            that is the same whenever it is read again: `Clock.insert` inserts it once.
    """

    ticket: Mapping[str, Any]
    opened_at: datetime
    events: tuple[Event, ...]

    def replay(self, policy: Policy) -> Clock:
        """The clock of the ticket under a policy, after all events; see `slacalc.replay`."""
        return replay(policy, self.ticket, self.events_for(policy), self.opened_at)

    def insert_into(self, clock: Clock) -> Clock:
        """The clock with the events that it does not have yet; see `Clock.insert`.

        Raises:
            PayloadError: See `events_for`.
            DuplicateEventError: The product now says something else of an event that the clock has:
                a message was made private, or other users are agents. `replay` makes a new clock.
        """
        return clock.insert(*self.events_for(clock))

    def events_for(self, target: Policy | Clock) -> list[Event]:
        """The events without fields that a policy does not declare, and would refuse.

        Args:
            target: The policy, or the clock that the events are for. If the policy has no section
                ``fields``, all fields stay.

        Raises:
            PayloadError: The clock was opened at another instant, or with other attributes: the
                history of the ticket is not whole, or it is another ticket.
        """
        policy = target.policy if isinstance(target, Clock) else target
        if isinstance(target, Clock):
            self._check_opening(target)
        version = policy.version_in_force(to_instant(self.opened_at))
        if version.fields is None:
            return list(self.events)
        known = DeclaredFields(version).names
        fitting = []
        for event in self.events:
            fields = {name: value for name, value in event.fields.items() if name in known}
            if fields or not event.fields:
                fitting.append(Event(event.at, event.type, **fields).with_key(event.key))
        return fitting

    def _check_opening(self, clock: Clock) -> None:
        """Refuse a clock whose ticket was not opened like this one."""
        keys = {str(event.key) for event in clock.events}
        first = [event for event in self.events if ":opening/" in str(event.key)]
        new = [event for event in first if event.key not in keys]
        opened, known = (str(to_utc(to_instant(each.opened_at))) for each in (self, clock))
        pairs: dict[str, tuple[Any, Any]] = {"opened_at": (opened, known)}
        for name in self.ticket.keys() - {"id"}:
            if name in clock.ticket or new:
                pairs[name] = self.ticket[name], clock.ticket.get(name)
        for event in new:  # a clock that was read before would have them
            source, _, _ = str(event.key).partition("opening/")
            if any(key.startswith(source) for key in keys):
                pairs[event.type] = event.type, None
        for name, (ours, known) in pairs.items():
            if _plain(ours) != _plain(known):
                msg = (
                    f"the ticket was opened with {ours!r}, and the clock with {known!r}: its "
                    "history is not whole, or was rewritten, or it is another ticket; read the "
                    "whole history, and `replay` it if the product has rewritten it"
                )
                raise PayloadError(msg, where=name, given=ours)


def _plain(value: Any) -> Any:
    """A value as it is after it was stored as JSON."""
    return [*map(_plain, value)] if isinstance(value, list | tuple) else value


def read_many(
    payloads: Iterable[Any], read: Callable[[Any], TicketLog]
) -> tuple[list[TicketLog], list[SlacalcError]]:
    """Read many tickets; one that cannot be read does not keep the others from it.

    Args:
        payloads: What the product gave for each ticket.
        read: The function of an adapter, such as ``partial(jira.read, agents=agents)``.

    Returns:
        The logs, and the errors. Where an error is, `SlacalcError.where`, begins with the number of
        the payload, from 0: ``[3].changelog.histories[0].created``.

    Example:
        >>> from slacalc.adapters import generic, read_many
        >>> tickets = [{"id": 1, "opened_at": "2026-05-18T09:00Z"}, {"id": 2, "opened_at": "?"}]
        >>> logs, errors = read_many(tickets, lambda ticket: generic.read(ticket, []))
        >>> len(logs), errors[0].where
        (1, '[1].opened_at')
    """
    logs, errors = [], []
    for number, payload in enumerate(payloads):
        try:
            with located(f"[{number}]"):
                logs.append(read(payload))
        except SlacalcError as error:
            errors.append(error)
    return logs, errors


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
        what = "is missing" if self.value is None else f"is {safe_repr(self.value)}"
        msg = f"the value {what}: expected {expected}"
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


class Source(NamedTuple):
    """What a product gives out.

    Args:
        name: The module of its adapter.
        names: Its fields that are read without being named, with their names in the ticket.
        values: By field the values that are documented, and what they are in the ticket. Default:
            any, as they are.
        stage: The stage of a ticket with some fields: open, resolved, closed or cancelled.
        fields: Further fields on which the stage depends.
        assignee: The field that has the assignee; empty if it is not known.
        events: The types of events that the adapter makes, beside those of changes and messages.
        messages: The values that the fields of a message can have.
    """

    name: str
    names: Names
    values: Mapping[str, Mapping[Any, Any]]
    stage: Callable[[Mapping[str, Any]], str]
    fields: tuple[str, ...] = ()
    assignee: str = ""
    events: tuple[str, ...] = ("resolved", "closed", "cancelled", "reopened", "assigned")
    messages: Mapping[str, tuple[Any, ...]] = MESSAGE_FIELDS

    def with_stages(self, stages: Mapping[Any, str] | None) -> Source:
        """The source with further values of its first field that make another stage."""
        if not stages:
            return self
        for unknown in {*stages.values()} - _STAGE_EVENTS.keys():
            msg = f"{unknown!r} is not a stage: give one of {', '.join(map(repr, _STAGE_EVENTS))}"
            raise PayloadError(msg, where="stages", given=unknown)
        usual, further = self.stage, by_text(stages)

        def stage(fields: Mapping[str, Any]) -> str:
            return lookup(further, fields.get(self.fields[0])) or usual(fields)

        events = (event for each in stages.values() for event in _STAGE_EVENTS[each])
        return self._replace(stage=stage, events=tuple(dict.fromkeys((*self.events, *events))))


def unread_field(field: str, known: Iterable[str]) -> PayloadError:
    """The error for a name of a field that would be as today from the opening on."""
    what = "a field whose history is read"
    return unknown_name(PayloadError, what, field, known, where="names")


def by_text(known: Mapping[Any, Any]) -> dict[str, Any]:
    """A mapping by the texts of its keys: products have codes as numbers and as text."""
    return {str(key): known[key] for key in known}


def lookup(known: Mapping[str, Any], value: Any) -> Any:
    """What stands for a value in a mapping `by_text`; None if nothing does."""
    return None if isinstance(value, list | tuple) else known.get(str(value))


def as_they_are(*values: str) -> Mapping[str, str]:
    """The values of a field that are the same in the ticket."""
    return {value: value for value in values}


def stage_by_status(field: str, stages: Mapping[Any, str]) -> Callable[[Mapping[str, Any]], str]:
    """The stage by the value of one field; tickets are open with any other value."""
    known = by_text(stages)
    return lambda fields: lookup(known, fields.get(field)) or OPEN


class Reader:
    """A source with the options of the caller.

    Args:
        source: The source.
        agents: Who is an agent.
        names: Further fields of the product, or other names for the usual ones.
        values: Values of the product, and those of the policy that they stand for; what is not
            listed stays as it is.
    """

    def __init__(
        self,
        source: Source,
        agents: Agents = (),
        names: Names | None = None,
        values: Values | None = None,
    ) -> None:
        self.source, self._agents = source, _frozen(agents)
        further = names or {}
        # A field with the name of a usual one stands in for that.
        usual = source.names.items()
        self.names = {field: name for field, name in usual if name not in further.values()}
        self.names |= further
        for name in self.names.values():
            if name == "id" or [*self.names.values()].count(name) > 1:
                reason = "the ticket's own" if name == "id" else "that of several fields"
                msg = f"the name {name!r} is {reason}: give each field a name of its own"
                raise PayloadError(msg, where="names" if further else "fields", given=name)
        self._values = {
            name: {key: each.value for key, each in known.items()}
            for name, known in Node(values, ("values",)).items()
        }
        for name in self._values.keys() - {*self.names.values()}:
            known = self.names.values()
            raise unknown_name(PayloadError, "the name of a field", name, known, where="values")
        for field in self.names.keys() & source.values.keys():
            name = self.names[field]
            self._values[name] = by_text(source.values[field]) | self._values.get(name, {})

    def reads(self, field: str) -> bool:
        """Whether a field of the product has a name in the policy, or makes the stage."""
        return field in self.names or field in (*self.source.fields, self.source.assignee)

    def named(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The values of fields of the product as the policy has them, by their names there."""
        names = self.names
        return {
            names[field]: self.value(names[field], fields[field])
            for field in fields
            if field in names
        }

    def value(self, name: str, value: Any) -> Any:
        """The value of a field in the policy."""
        values = self._values.get(name, {})
        if isinstance(value, list | tuple):
            return [self.value(name, item) for item in value] if values else [*value]
        known = lookup(values, value)
        return value if known is None else known

    def values_of(self, field: str) -> tuple[Any, ...] | None:
        """The values that a field of the product can have in the policy; None for any."""
        if field not in self.source.values:
            return None
        return tuple(dict.fromkeys(self._values[self.names[field]].values()))

    def codes_of(self, field: str) -> Mapping[str, Any]:
        """The values of a field of the product that have others in the policy."""
        return self._values.get(self.names[field], {})

    def by(self, user: Any) -> str:
        """Who wrote a message: by the id of a user, in a `Node` or not; None if not known."""
        node = user if isinstance(user, Node) else Node(user)
        if not node:
            return UNKNOWN
        user = node.id()
        if callable(self._agents):
            is_agent = self._agents(user)
        else:
            is_agent = user in self._agents or str(user) in self._agents
        return AGENT if is_agent else CUSTOMER


def _frozen(agents: Agents) -> Agents:
    """The ids of agents, which are looked up several times.

    Raises:
        PayloadError: They are not a collection of ids, or can be gone through only once.
    """
    if isinstance(agents, str):
        return (agents,)
    if isinstance(agents, list | tuple):
        return frozenset(agent.id() for agent in Node(agents, ("agents",)))
    if not (callable(agents) or isinstance(agents, Container)):  # as generators are not
        node = Node(agents, ("agents",))
        raise node.error(expected="a set or a list of ids, or a function of an id")
    return agents


class _Change(NamedTuple):
    at: int
    key: str
    field: str
    before: Any
    after: Any


class LogBuilder:
    """Collects what happened to a ticket.

    Args:
        reader: The reader.
        ticket: The product's name of the ticket.
        opened: The instant of its opening.
    """

    def __init__(self, reader: Reader, ticket: Any, opened: int) -> None:
        self._reader, self._opened = reader, opened
        self._ticket = ticket
        self._today: dict[str, Any] = {}
        self._changes: list[_Change] = []
        self._events: list[tuple[Event, str]] = []
        self._ends: dict[str, list[tuple[int, Any, Any]]] = {}

    def has(self, field: str, value: Any) -> None:
        """Note what a field of the product is today: a `Node` or a value."""
        if self._reader.reads(field):
            self._today[field] = _field_value(value)

    def change(self, at: int, key: Any, field: str, before: Any, after: Any) -> None:
        """Note a change of a field of the product; changes with one key are one event."""
        if self._reader.reads(field):
            values = _field_value(before), _field_value(after)
            self._changes.append(_Change(at, str(key), field, *values))

    def ended(self, field: str, changes: Iterable[tuple[int, Any, Any]]) -> None:
        """Note how a ticket ended by the times that it has itself, which may be none.

        They count if the ticket is not open today, and no change of the field is noted. If there
        are none then, `log` raises a `PayloadError`.

        Args:
            field: The field of the product that makes the stage.
            changes: Instants, with the value of the field before and after.
        """
        self._ends[field] = list(changes)

    def message(self, at: int, key: Any, by: str, *, public: bool) -> None:
        """Note a message; one from before the opening came from another ticket, and is dropped."""
        self.event(at, key, "replied", by=by, public=public)

    def event(self, at: int, key: Any, type_: str, **fields: Any) -> None:
        """Note an event of the product; see `message`."""
        if at >= self._opened:
            self._events.append((Event(to_utc(at), type_, **fields), str(key)))

    def log(self) -> TicketLog:
        """Make the log."""
        reader, source = self._reader, self._reader.source
        self._note_ends()
        self._changes = _in_chains(sorted(self._changes, key=itemgetter(0)))
        fields = self._fields_at_opening()
        opening = {name: value for name, value in reader.named(fields).items() if value is not None}
        keyed = [*self._events]
        stage = source.stage(fields)
        if fields.get(source.assignee) is not None:
            keyed.append((Event(to_utc(self._opened), "assigned"), "opening/assigned"))
        keyed += self._stage_events(self._opened, "opening", OPEN, stage)
        for key, (at, changed) in self._updates().items():
            after = {
                field: changed[field] for field in changed if changed[field] != fields.get(field)
            }
            fields |= after
            if named := reader.named(after):
                keyed.append((Event(to_utc(at), "changed", **named), key))
            if after.get(source.assignee) is not None:
                keyed.append((Event(to_utc(at), "assigned"), f"{key}/assigned"))
            before, stage = stage, source.stage(fields)
            keyed += self._stage_events(at, key, before, stage)
        keyed.sort(key=lambda pair: pair[0])
        events: dict[str, Event] = {}
        for event, key in keyed:
            events.setdefault(key, event.with_key(f"{source.name}:{key}"))
        ticket = {"id": self._ticket, **opening}
        return TicketLog(ticket, to_utc(self._opened), tuple(events.values()))

    def _note_ends(self) -> None:
        """Note the ends of a ticket whose history does not have them."""
        stage = self._reader.source.stage(self._today)
        if stage == OPEN:
            return
        changed = {change.field for change in self._changes}
        if self._ends and not any(self._ends[each] or each in changed for each in self._ends):
            msg = f"the ticket is {stage}, and neither it nor its history says since when: "
            raise PayloadError(
                msg + "fetch its whole history", where=", ".join(self._ends), given=stage
            )
        for field in self._ends.keys() - changed:
            for number, (at, before, after) in enumerate(self._ends[field], 1):
                self.change(at, f"{field}-{number}", field, before, after)

    def _fields_at_opening(self) -> dict[str, Any]:
        """The fields of today with all changes since the opening taken back."""
        fields = dict(self._today)
        for change in reversed(self._changes):
            fields[change.field] = change.before
        for change in self._changes:  # what was changed by then is how the ticket came in
            if change.at <= self._opened:
                fields[change.field] = change.after
        return fields

    def _updates(self) -> dict[str, tuple[int, dict[str, Any]]]:
        """By key, the instant of an update since the opening, and the fields that it sets."""
        updates: dict[str, tuple[int, dict[str, Any]]] = {}
        for change in self._changes:
            if change.at > self._opened:
                _, changed = updates.setdefault(change.key, (change.at, {}))
                changed[change.field] = change.after
        return updates

    @staticmethod
    def _stage_events(at: int, key: str, before: str, after: str) -> Iterator[tuple[Event, str]]:
        """The events of a ticket that goes from one stage to another."""
        if before != after:
            for type_ in _STAGE_EVENTS[after]:
                if type_ != before:
                    yield Event(to_utc(at), type_), f"{key}/{type_}"


def _in_chains(changes: list[_Change]) -> list[_Change]:
    """Changes of one instant in such an order that each begins with what the last one left."""
    known: dict[str, Any] = {}
    ordered: list[_Change] = []
    for _, batch in groupby(changes, itemgetter(0)):
        waiting = [*batch]
        while waiting:
            following = waiting[0]
            if 1 < len(waiting) <= _MAX_CHAIN:
                following = next(
                    (each for each in waiting if _follows(each, known, waiting)), following
                )
            waiting.remove(following)
            known[following.field] = following.after
            ordered.append(following)
    return ordered


def _follows(change: _Change, known: Mapping[str, Any], waiting: list[_Change]) -> bool:
    """Whether a change follows what is known of its field, or is not made by one that waits."""
    if change.field in known:
        return bool(known[change.field] == change.before)
    others = (each.after for each in waiting if each.field == change.field and each is not change)
    return change.before not in others


def _field_value(value: Any) -> Any:
    """The value of a field; empty text counts as none."""
    value = (value if isinstance(value, Node) else Node(value)).field()
    return None if value == "" else value
