"""What one writer records of a ticket, to be applied again if another writer came first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slacalc._time.instants import to_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import pendulum

    from slacalc._clock.clock import Clock
    from slacalc._clock.events import Event
    from slacalc._clock.status import Status
    from slacalc._policy.policy import Policy


class Recording:
    """Events and values of one ticket, on their way into its row.

    They are applied at once, so that `clock` shows what they do, and kept, so that `apply_to` can
    apply them to a clock that another writer has stored meanwhile. Neither loses anything: a clock
    puts events where they belong, whenever they come in.

    Args:
        clock: The clock as it was read.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._steps: list[Callable[[Clock], Clock]] = []

    def insert(self, *events: Event, key: str | int = "") -> None:
        """Add events in their places, each once; see `Clock.insert`.

        Args:
            *events: The events, in any order.
            key: The name of the message that a single event comes from.

        Raises:
            DuplicateEventError: The clock has another event of that key, or the event without one.
            EventError: The policy does not know what an event says.
        """
        self._do(lambda clock: clock.insert(*events, key=key))

    def observe(self, at: datetime | str, /, **fields: Any) -> None:
        """Set fields of the ticket to what they are from an instant on; see `Clock.observe`.

        Args:
            at: The instant; one before the opening counts as the opening, so that the clocks of
                machines may differ a little. What a later event has set stays as it is.
            **fields: The fields with their values; those that are the same already do nothing.
        """

        def step(clock: Clock) -> Clock:
            is_early = to_instant(at) < to_instant(clock.opened_at)
            return clock.observe(clock.opened_at if is_early else at, **fields)

        self._do(step)

    def rejudge(self, policy: Policy) -> None:
        """Evaluate the ticket under another policy from its opening on; see `Clock.rejudged`.

        Args:
            policy: The policy.
        """
        self._do(lambda clock: clock.rejudged(policy))

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

    def apply_to(self, clock: Clock) -> Clock:
        """The clock after all that was recorded.

        Args:
            clock: The clock of the ticket as another writer has stored it.
        """
        for step in self._steps:
            clock = step(clock)
        return clock

    def _do(self, step: Callable[[Clock], Clock]) -> None:
        self.clock = step(self.clock)  # first, so that what is refused is not recorded
        self._steps.append(step)
