"""The log of a ticket, made out of what it is today and of its changes.

The attributes of the ticket at its opening are those of today with all changes taken back; each
change becomes an event ``changed``. If it takes the ticket to another stage, an event ``resolved``,
``closed``, ``cancelled`` or ``reopened`` follows, and ``assigned`` if it sets another assignee.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from slacalc._adapters.payloads import Node
from slacalc._adapters.sources import OPEN, STAGE_EVENTS, Reader
from slacalc._adapters.ticket_logs import TicketLog
from slacalc._clock.events import Event
from slacalc._time.instants import to_utc
from slacalc.errors import PayloadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MAX_CHAIN = 50


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
            msg = (
                f"the ticket is {stage}, and neither it nor its history says since when: fetch its "
                "whole history"
            )
            raise PayloadError(msg, where=", ".join(self._ends), given=stage)
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
            for type_ in STAGE_EVENTS[after]:
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
