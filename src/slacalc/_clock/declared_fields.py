"""The fields that a policy declares, and what an event that sets others is refused with.

A policy with a section ``fields`` allows events to set those fields, attributes, and the fields
that have a meaning in every event. Values are compared as conditions compare them: as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._clock.clauses import text_of
from slacalc._policy.attributes import restricted, value_text
from slacalc._policy.conditions import OWN_FIELDS
from slacalc._time.missing import is_missing
from slacalc.errors import EventError, SlacalcError, TicketError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slacalc._clock.events import Event
    from slacalc._policy.attributes import Attribute
    from slacalc._policy.data import PolicyData


class DeclaredFields:
    """The fields that events may set, and their values.

    Args:
        policy: A version of a policy with a section ``fields``.

    Attributes:
        names: The names of the fields.
        restricted: The declared fields that do not take any value.
    """

    def __init__(self, policy: PolicyData) -> None:
        fields: Mapping[str, Attribute] = policy.fields or {}
        self._known = dict.fromkeys((*fields, *policy.attributes, *sorted(OWN_FIELDS)))
        self.names = frozenset(self._known)
        self.restricted = restricted(fields)
        self._texts = {
            name: frozenset(map(value_text, field.values))
            for name, field in self.restricted.items()
            if field.values
        }

    def concerns(self, name: str) -> bool:
        """Whether events that have the field may be refused for it."""
        return name not in self.names or name in self.restricted

    def check_event(self, event: Event) -> None:
        """Refuse an event that sets an undeclared field, or a field to an undeclared value.

        Raises:
            EventError: It does.
        """
        for name, value in event.fields.items():
            if name not in self.names:
                what = "a field of the policy"
                raise unknown_name(
                    EventError,
                    what,
                    name,
                    self._known,
                    where=event.type,
                    event=event.type,
                    field=name,
                )
            if value is not None and name in self.restricted:
                self._check_value(name, value, event.type)

    def check_ticket(self, ticket: Mapping[str, Any]) -> None:
        """Refuse a ticket in which a declared field has an undeclared value.

        Raises:
            TicketError: It has; fields that are not declared may have any value.
        """
        for name in self.restricted:
            if name in ticket and not is_missing(ticket[name]):
                self._check_value(name, ticket[name])

    def accepts(self, name: str, value: Any) -> bool:
        """Whether events may set a field to a value."""
        if name in self.restricted and value is not None:
            try:
                self._check_value(name, value)
            except SlacalcError:
                return False
        return name in self.names

    def _check_value(self, name: str, value: Any, event: str = "") -> None:
        field, texts = self.restricted[name], self._texts.get(name)
        facts = {"where": event, "event": event, "field": name} if event else {"attribute": name}
        error = EventError if event else TicketError
        if texts is None:
            try:
                field.read(name, value)
            except SlacalcError as refused:
                msg = f"{name} = {value!r} cannot be read: give {field.expected}"
                raise error(msg, given=value, suggestions=[], **facts) from refused
        elif text_of(value) not in texts:
            legal = map(value_text, field.values)
            raise unknown_name(error, f"a value of {name}", value, legal, **facts)
