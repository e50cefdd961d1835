"""The log of a ticket as an adapter has read it, and how it gets into a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._clock.clock import Clock, replay
from slacalc._clock.declared_fields import DeclaredFields
from slacalc._clock.events import Event, thawed
from slacalc._time.instants import to_instant, to_utc
from slacalc.errors import PayloadError, SlacalcError, located

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from slacalc._policy.policy import Policy


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
            if thawed(ours) != thawed(known):  # a clock keeps lists as tuples
                msg = (
                    f"the ticket was opened with {ours!r}, and the clock with {known!r}: its "
                    "history is not whole, or was rewritten, or it is another ticket; read the "
                    "whole history, and `replay` it if the product has rewritten it"
                )
                raise PayloadError(msg, where=name, given=ours)


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
