"""What a product gives out, and how a caller wants it read.

A `Source` describes a product: its fields, their values, and which of these end a ticket. A
`Reader` is a source with the caller's options.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from slacalc._adapters.payloads import Node
from slacalc.errors import PayloadError, unknown_name

Agents: TypeAlias = Container[Any] | Callable[[Any], bool]
"""The users who are agents, by their ids, or a function of an id."""
Names: TypeAlias = Mapping[str, str]
"""By field of the product the name of the attribute or field in the policy."""
Values: TypeAlias = Mapping[str, Mapping[Any, Any]]
"""By field of the policy and value of the product the value in the policy."""
AGENT, CUSTOMER, SYSTEM, UNKNOWN = "agent", "customer", "system", "unknown"
OPEN, RESOLVED, CLOSED, CANCELLED = "open", "resolved", "closed", "cancelled"
STAGE_EVENTS = {
    OPEN: ("reopened",),
    RESOLVED: ("resolved",),
    CLOSED: ("resolved", "closed"),
    CANCELLED: ("cancelled",),
}
MESSAGE_FIELDS: Mapping[str, tuple[Any, ...]] = {
    "by": (AGENT, CUSTOMER, SYSTEM, UNKNOWN),
    "public": (True, False),
}


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
        for unknown in {*stages.values()} - STAGE_EVENTS.keys():
            msg = f"{unknown!r} is not a stage: give one of {', '.join(map(repr, STAGE_EVENTS))}"
            raise PayloadError(msg, where="stages", given=unknown)
        usual, further = self.stage, by_text(stages)

        def stage(fields: Mapping[str, Any]) -> str:
            return lookup(further, fields.get(self.fields[0])) or usual(fields)

        events = (event for each in stages.values() for event in STAGE_EVENTS[each])
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
