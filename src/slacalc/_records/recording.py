"""What one writer records of a ticket, to be applied again if another writer came first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slacalc._clock.clock import progress_of
from slacalc._policy.policy import check_policy
from slacalc._time.instants import HOUR, LATEST, to_instant, to_utc
from slacalc.errors import EventError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import pendulum

    from slacalc._clock.clock import Clock
    from slacalc._clock.events import Event
    from slacalc._clock.status import Status
    from slacalc._policy.policy import Policy

# Databases round instants, and with wall times one of autumn may be read an hour late.
_MARGIN = 3 * HOUR


class Recording:
    """Events and values of one ticket, on their way into its row.

    They are applied at once, so that `clock` shows what they do, and kept, so that `apply_to` can
    apply them to a clock that another writer has stored meanwhile. Neither loses anything: a clock
    puts events where they belong, whenever they come in.

    Args:
        clock: The clock as it was read.

    Raises:
        EventError: The ticket has text that databases do not store.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = self._read = clock
        self._steps: list[Callable[[Clock], Clock]] = []
        self._first_at = LATEST
        self._is_rejudged = False
        _check_texts("created", clock.ticket)

    def insert(self, *events: Event, key: str | int = "") -> None:
        """Add events in their places, each once; see `Clock.insert`.

        Args:
            *events: The events, in any order.
            key: The name of the message that a single event comes from.

        Raises:
            DuplicateEventError: The clock has another event of that key, or the event without one.
            EventError: The policy does not know what an event says, or databases do not store it:
                a NUL, or half a surrogate pair.
        """

        def step(clock: Clock) -> Clock:
            after = clock.insert(*events, key=key)
            for event in events:
                _check_texts(event.type, event.fields)
                _check_texts(event.type, {"type": event.type, "key": str(key) or event.key})
            return after

        self._do(step)
        self._first_at = min([self._first_at, *(to_instant(event.at) for event in events)])

    def observe(self, at: datetime | str, /, **fields: Any) -> None:
        """Set fields of the ticket to what they are from an instant on; see `Clock.observe`.

        Args:
            at: The instant; one before the opening counts as the opening, so that the clocks of
                machines may differ a little. What a later event has set stays as it is.
            **fields: The fields with their values; those that are the same already do nothing.

        Raises:
            EventError: The policy does not know a value, or databases do not store it.
        """

        def step(clock: Clock) -> Clock:
            is_early = to_instant(at) < to_instant(clock.opened_at)
            after = clock.observe(clock.opened_at if is_early else at, **fields)
            _check_texts("changed", fields)
            return after

        self._do(step)
        self._first_at = min(self._first_at, to_instant(at))

    def rejudge(self, policy: Policy) -> None:
        """Evaluate the ticket under another policy from its opening on; see `Clock.rejudged`.

        Args:
            policy: The policy.

        Raises:
            PolicyError: It is not a policy.
            TicketError: The ticket does not fit it.
        """
        check_policy(policy)
        self._do(lambda clock: clock.rejudged(policy))
        self._is_rejudged = True

    def status(self, as_of: datetime | str) -> Status:
        """The status of all metrics; see `Clock.status`."""
        return self.clock.status(as_of)

    @property
    def fields(self) -> Mapping[str, Any]:
        """What the ticket has now; see `Clock.fields`."""
        return self.clock.fields

    @property
    def last_event_at(self) -> pendulum.DateTime:
        """The instant of the last event, or of the opening."""
        return self.clock.last_event_at

    def complete_until(self, looked_at: datetime | None) -> datetime | None:
        """The instant up to which the outbox still has the notices of the clock.

        Those of before need not be computed again, which takes long for a long log.

        Args:
            looked_at: The instant up to which the outbox was filled last; None if it never was.

        Returns:
            The instant; None if all are to be computed, also where another policy or another
            release of what evaluates the ticket may have moved them.
        """
        was_evaluated = progress_of(self._read).before is None  # and its state was stored
        if looked_at is None or self._is_rejudged or not was_evaluated:
            return None
        until = min(to_instant(looked_at) - _MARGIN, self._first_at - 1)
        return to_utc(until) if until > to_instant(self._read.opened_at) else None

    def apply_to(self, clock: Clock) -> Clock:
        """The clock after all that was recorded.

        Args:
            clock: The clock of the ticket as another writer has stored it.
        """
        self._read = clock
        for step in self._steps:
            clock = step(clock)
        self.clock = clock
        return clock

    def _do(self, step: Callable[[Clock], Clock]) -> None:
        self.clock = step(self.clock)  # first, so that what is refused is not recorded
        self._steps.append(step)


def _check_texts(event: str, fields: Mapping[str, Any]) -> None:
    """Refuse texts that a database refuses, which spoils the transaction of the caller."""
    for name, value in fields.items():
        for text in (name, *_texts_in(value)):
            if "\0" in text or not (text.isascii() or _is_unicode(text)):
                msg = (
                    f"{event}: {name!r} contains {text!r}, with a NUL or half a surrogate pair, "
                    "which databases do not store: leave it out"
                )
                raise EventError(msg, event=event, field=name, given=text, suggestions=[])


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from _texts_in(pair)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts_in(one)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
